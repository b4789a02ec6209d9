/* SPDX-License-Identifier: Apache-2.0 */
/* uses: see uses.h. */
#include "runtime/scan/uses.h"

#include <string.h>

const char *const use_purpose_words[USE__COUNT] = {
    "TLS client certificate", "TLS trust", "signing",      "decryption", "encryption",
    "verification",           "SSH key",   "OpenPGP user", "other"};
const char *const use_how_words[HOW__COUNT] = {
    "named", "any", "ssh-default", "run-time", "partner-directory", "unset-parameter"};
const char *const use_certainty_words[USE_CERTAINTY__COUNT] = {"no", "maybe", "yes"};

enum empty_means { EMPTY_ANY, EMPTY_SSH_DEFAULT, EMPTY_NOTHING };

struct alias_rule {
  enum flow_place place;
  const char *components, *direction, *key;
  enum use_purpose purpose;
  const char *condition, *values;
  enum empty_means empty;
};
static const struct alias_rule alias_rules[] = {
#define ALIAS(place, component, direction, key, purpose, condition, values, empty)                 \
  {FLOW_##place, component, direction, key, USE_##purpose, condition, values, EMPTY_##empty},
#include "runtime/scan/uses.def"
};

struct users_rule {
  enum flow_place place;
  const char *components, *key, *cell;
};
static const struct users_rule users_rules[] = {
#define USERS(place, component, key, cell) {FLOW_##place, component, key, cell},
#include "runtime/scan/uses.def"
};

struct authorization_rule {
  const char *components, *key, *values;
};
static const struct authorization_rule authorization_rules[] = {
#define AUTHORIZATION(component, key, values) {component, key, values},
#include "runtime/scan/uses.def"
};

/* Whether `word` is one of "a|b|c". */
static bool is_one_of(struct text word, const char *words)
{
  while (*words != '\0') {
    size_t length = strcspn(words, "|");
    if (length == word.length && memcmp(words, word.at, length) == 0)
      return true;
    words += length + (words[length] == '|');
  }
  return false;
}

/* "Client Certificate" and "client_certificate" are one word to whoever compares. */
static struct text plain_word(struct arena *arena, struct text a)
{
  struct text lower = text_lower(arena, a);
  char *copy = text_zero(arena, lower);
  size_t length = 0;
  for (size_t i = 0; i < lower.length; i++)
    if (strchr(" \t_-", copy[i]) == NULL)
      copy[length++] = copy[i];
  return (struct text){copy, length};
}

struct text uses_resolve(struct arena *arena, const struct properties *parameters,
                         struct text written, bool *ret_is_whole)
{
  *ret_is_whole = true;
  if (written.length < 4 || memmem(written.at, written.length, "{{", 2) == NULL)
    return written;
  struct buffer out = {0};
  const char *at = written.at, *end = written.at + written.length;
  while (at < end) {
    const char *open = memmem(at, (size_t)(end - at), "{{", 2);
    const char *close = open == NULL ? NULL : memmem(open, (size_t)(end - open), "}}", 2);
    if (close == NULL)
      break;
    struct text value, name = {open + 2, (size_t)(close - open - 2)};
    buffer_add(&out, at, (size_t)(open - at));
    if (properties_find(parameters, name, &value)) {
      buffer_add_text(&out, value);
    } else {
      *ret_is_whole = false;
      buffer_add(&out, open, (size_t)(close + 2 - open));
    }
    at = close + 2;
  }
  buffer_add(&out, at, (size_t)(end - at));
  struct text all = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return all;
}

static bool is_expression(struct text value)
{
  return value.length >= 2 && memmem(value.at, value.length, "${", 2) != NULL;
}

static enum use_how how_of(struct text value, bool is_set, enum use_how otherwise)
{
  return !is_set                          ? HOW_UNSET
         : is_expression(value)           ? HOW_RUN_TIME
         : text_starts_with(value, "pd:") ? HOW_PARTNER
                                          : otherwise;
}

/* Whether the element's property has one of the values. */
static enum use_certainty condition_holds(struct arena *arena, const struct flow_element *element,
                                          const struct properties *parameters, const char *key,
                                          const char *values)
{
  struct text written;
  bool is_whole;
  if (*key == '\0')
    return USE_YES;
  if (!flow_value(element, text_of(key), &written))
    return USE_MAYBE;
  struct text value = uses_resolve(arena, parameters, written, &is_whole);
  if (!is_whole || is_expression(value) || text_starts_with(value, "pd:") || value.length == 0)
    return USE_MAYBE;
  return is_one_of(plain_word(arena, value), values) ? USE_YES : USE_NO;
}

static struct use *add_use(struct arena *arena, struct uses *uses)
{
  if (uses->count == uses->capacity) {
    uses->capacity = uses->capacity == 0 ? 16 : uses->capacity * 2;
    uses->items = arena_grow(arena, uses->items, uses->count, uses->capacity, sizeof *uses->items);
  }
  return memset(&uses->items[uses->count++], 0, sizeof *uses->items);
}

static void take_alias(struct arena *arena, const struct flow_element *element,
                       const struct flow_property *property, const struct properties *parameters,
                       const struct alias_rule *rule, struct uses *uses)
{
  bool is_whole;
  struct text value = uses_resolve(arena, parameters, property->value, &is_whole);
  enum use_certainty in_use =
      condition_holds(arena, element, parameters, rule->condition, rule->values);
  enum use_how empty = rule->empty == EMPTY_ANY ? HOW_ANY : HOW_SSH_DEFAULT;
  enum use_how how = how_of(value, is_whole, value.length != 0 ? HOW_NAMED : empty);
  if (value.length == 0 && (rule->empty == EMPTY_NOTHING || in_use == USE_NO))
    return;
  /* A channel whose log-on is not set, and which names no alias either, says nothing of keys. */
  struct text written;
  if (value.length == 0 && in_use == USE_MAYBE &&
      (!flow_value(element, text_of(rule->condition), &written) || written.length == 0))
    return;
  *add_use(arena, uses) = (struct use){.element = element,
                                       .script = TEXT(""),
                                       .key = property->key,
                                       .written = property->value,
                                       .value = value,
                                       .purpose = rule->purpose,
                                       .how = how,
                                       .in_use = in_use,
                                       .line = property->line};
}

/* A property that no rule knows and that is named like an alias; of credentials there are many. */
static bool is_like_alias(struct arena *arena, const struct flow_property *property)
{
  struct text key = text_lower(arena, property->key);
  return property->value.length != 0 && !text_is(key, "alias") &&
         memmem(key.at, key.length, "alias", 5) != NULL &&
         memmem(key.at, key.length, "credential", 10) == NULL;
}

static void take_property(struct arena *arena, const struct flow_element *element,
                          const struct flow_property *property, const struct properties *parameters,
                          struct uses *uses)
{
  static const struct alias_rule other = {
      .purpose = USE_OTHER, .condition = "", .values = "", .empty = EMPTY_NOTHING};
  const struct alias_rule *found = is_like_alias(arena, property) ? &other : NULL;
  for (size_t i = 0; i < sizeof alias_rules / sizeof *alias_rules; i++) {
    const struct alias_rule *rule = &alias_rules[i];
    if (rule->place == element->place && text_is(property->key, rule->key) &&
        is_one_of(element->component, rule->components) &&
        (*rule->direction == '\0' || text_is(element->direction, rule->direction)))
      found = rule;
  }
  if (found != NULL)
    take_alias(arena, element, property, parameters, found, uses);
}

static void take_users(struct arena *arena, const struct flow_element *element,
                       const struct flow_property *property, const struct properties *parameters,
                       struct uses *uses)
{
  for (size_t i = 0; i < sizeof users_rules / sizeof *users_rules; i++) {
    const struct users_rule *rule = &users_rules[i];
    if (rule->place != element->place || !text_is(property->key, rule->key) ||
        !is_one_of(element->component, rule->components))
      continue;
    struct flow_cell *cells;
    uint32_t count = flow_table(arena, property->value, &cells);
    for (uint32_t j = 0; j < count; j++) {
      bool is_whole;
      struct text value = uses_resolve(arena, parameters, cells[j].value, &is_whole);
      if (!text_is(cells[j].id, rule->cell) || cells[j].value.length == 0)
        continue;
      *add_use(arena, uses) =
          (struct use){.element = element,
                       .script = TEXT(""),
                       .key = property->key,
                       .written = cells[j].value,
                       .value = value,
                       .purpose = USE_OPENPGP,
                       .how = how_of(value, is_whole && value.length != 0, HOW_NAMED),
                       .in_use = USE_YES,
                       .line = property->line};
    }
  }
}

/* The rows of `clientCertificates`; stale and empty ones stand there as well. */
static void take_names(struct arena *arena, const struct flow_element *element,
                       const struct properties *parameters, struct called_by *caller)
{
  struct text written;
  bool is_whole;
  if (!flow_value(element, TEXT("clientCertificates"), &written))
    return;
  struct flow_cell *cells;
  uint32_t count = flow_table(arena, uses_resolve(arena, parameters, written, &is_whole), &cells);
  caller->subjects = arena_array(arena, (size_t)count + 1, sizeof *caller->subjects);
  caller->issuers = arena_array(arena, (size_t)count + 1, sizeof *caller->issuers);
  uint32_t row = UINT32_MAX;
  for (uint32_t i = 0; i < count; i++) {
    bool is_subject = text_ends_with(cells[i].id, "subjectDN");
    if ((!is_subject && !text_ends_with(cells[i].id, "issuerDN")) || cells[i].value.length == 0)
      continue;
    if (cells[i].row != row) {
      row = cells[i].row;
      caller->subjects[caller->pair_count] = caller->issuers[caller->pair_count] = TEXT("");
      caller->pair_count++;
    }
    *(is_subject ? &caller->subjects[caller->pair_count - 1]
                 : &caller->issuers[caller->pair_count - 1]) = cells[i].value;
  }
}

static void take_authorization(struct arena *arena, const struct flow_element *element,
                               const struct properties *parameters, struct uses *uses)
{
  for (size_t i = 0; i < sizeof authorization_rules / sizeof *authorization_rules; i++) {
    const struct authorization_rule *rule = &authorization_rules[i];
    struct text key = text_of(rule->key);
    if (element->place != FLOW_CHANNEL || !text_is(element->direction, "Sender") ||
        !is_one_of(element->component, rule->components))
      continue;
    struct called_by caller = {.element = element, .role = TEXT(""), .line = element->line};
    for (uint32_t j = 0; j < element->count; j++)
      if (text_equal(element->properties[j].key, key))
        caller.line = element->properties[j].line;
    caller.by_names = condition_holds(arena, element, parameters, rule->key, rule->values);
    struct text role;
    bool is_whole;
    if (flow_value(element, TEXT("userRole"), &role))
      caller.role = uses_resolve(arena, parameters, role, &is_whole);
    if (caller.by_names != USE_NO)
      take_names(arena, element, parameters, &caller);
    uses->callers =
        arena_grow(arena, uses->callers, uses->caller_count, uses->caller_count + 1, sizeof caller);
    uses->callers[uses->caller_count++] = caller;
  }
}

void uses_of_flow(struct arena *arena, const struct flow *flow, const struct properties *parameters,
                  struct uses *uses)
{
  for (uint32_t i = 0; i < flow->count; i++) {
    const struct flow_element *element = &flow->elements[i];
    for (uint32_t j = 0; j < element->count; j++) {
      take_property(arena, element, &element->properties[j], parameters, uses);
      take_users(arena, element, &element->properties[j], parameters, uses);
    }
    take_authorization(arena, element, parameters, uses);
  }
}

bool use_may_be(const struct use *use, struct text alias)
{
  if (use->in_use == USE_NO || use->purpose == USE_OPENPGP)
    return false;
  if (use->how == HOW_SSH_DEFAULT)
    return text_is(alias, "id_rsa") || text_is(alias, "id_dsa");
  return use->how != HOW_NAMED || text_equal(use->value, alias);
}
