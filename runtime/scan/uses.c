/* SPDX-License-Identifier: Apache-2.0 */
/* uses: see uses.h. */
#include "runtime/scan/uses.h"

#include <string.h>

const char *const use_purpose_words[USE__COUNT] = {
    "TLS client certificate", "TLS trust", "signing",      "decryption", "encryption",
    "verification",           "SSH key",   "OpenPGP user", "other"};
const char *const use_how_words[HOW__COUNT] = {
    "named",          "any", "ssh-default", "run-time", "partner-directory", "credential",
    "unset-parameter"};
const char *const use_certainty_words[USE_CERTAINTY__COUNT] = {"no", "maybe", "yes"};

enum { PARAMETER_DEPTH_MAX = 8, PARAMETERS_MAX = 1000, CONSTANTS_MAX = 8 };

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
  const char *components, *key, *values, *beside;
};
static const struct authorization_rule authorization_rules[] = {
#define AUTHORIZATION(component, key, values, beside) {component, key, values, beside},
#include "runtime/scan/uses.def"
};

static const char *const no_keys[] = {
#define NO_KEY(key) key,
#include "runtime/scan/uses.def"
};

/* Whether `word` is one of "a|b|c", in whatever case. */
static bool is_one_of(struct text word, const char *words)
{
  while (*words != '\0') {
    size_t length = strcspn(words, "|");
    if (length == word.length && strncasecmp(words, word.at, length) == 0)
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

/* A parameter may name others; a circle of them, or a bomb, has no value. */
static bool put_in(const struct properties *parameters, struct text written, int depth,
                   uint32_t *left, struct buffer *out)
{
  bool is_whole = true;
  const char *at = written.at, *end = written.at + written.length;
  while (at < end) {
    const char *open = memmem(at, (size_t)(end - at), "{{", 2);
    const char *close = open == NULL ? NULL : memmem(open, (size_t)(end - open), "}}", 2);
    if (close == NULL)
      break;
    struct text value, name = {open + 2, (size_t)(close - open - 2)};
    buffer_add(out, at, (size_t)(open - at));
    bool is_known =
        depth<PARAMETER_DEPTH_MAX && * left> 0 && properties_find(parameters, name, &value);
    *left -= *left > 0;
    if (is_known)
      is_whole = put_in(parameters, value, depth + 1, left, out) && is_whole;
    else
      buffer_add(out, open, (size_t)(close + 2 - open));
    is_whole = is_whole && is_known;
    at = close + 2;
  }
  buffer_add(out, at, (size_t)(end - at));
  return is_whole;
}

struct text uses_resolve(struct arena *arena, const struct properties *parameters,
                         struct text written, bool *ret_is_whole)
{
  *ret_is_whole = true;
  if (written.length < 4 || memmem(written.at, written.length, "{{", 2) == NULL)
    return text_trimmed(written);
  struct buffer out = {0};
  uint32_t left = PARAMETERS_MAX;
  *ret_is_whole = put_in(parameters, written, 0, &left, &out);
  struct text all = text_copy(arena, text_trimmed(buffer_text(&out)));
  buffer_free(&out);
  return all;
}

/* The cells of a table, written there or as a parameter. Parameters in its cells are left to be put in: what
 * stands in them is no XML, but may have '&' in it. */
static uint32_t table_of(struct arena *arena, const struct properties *parameters,
                         struct text written, struct flow_cell **ret_cells)
{
  bool is_whole;
  uint32_t count = flow_table(arena, written, ret_cells);
  return count != 0
             ? count
             : flow_table(arena, uses_resolve(arena, parameters, written, &is_whole), ret_cells);
}

static bool is_expression(struct text value)
{
  return value.length >= 2 && memmem(value.at, value.length, "${", 2) != NULL;
}

static enum use_how how_of(struct text value, bool is_set, enum use_how otherwise)
{
  /* As SAP's packages are delivered: <Receiver PrivateKeyAlias>. */
  bool is_placeholder = value.length > 2 && value.at[0] == '<' && value.at[value.length - 1] == '>';
  return !is_set || is_placeholder        ? HOW_UNSET
         : is_expression(value)           ? HOW_RUN_TIME
         : text_starts_with(value, "pd:") ? HOW_PARTNER
                                          : otherwise;
}

/* Channels of the first releases have a box in place of a choice: with user and password, or not. */
static bool has_box(struct arena *arena, const struct flow_element *element,
                    const struct properties *parameters, const char *words)
{
  struct text written;
  bool is_whole;
  return flow_value(element, TEXT("enableBasicAuthentication"), &written) &&
         is_one_of(plain_word(arena, uses_resolve(arena, parameters, written, &is_whole)), words);
}

static bool without_certificate(struct arena *arena, const struct flow_element *element,
                                const struct properties *parameters)
{
  return has_box(arena, element, parameters, "true|1");
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
    return without_certificate(arena, element, parameters) ? USE_NO : USE_MAYBE;
  struct text value = uses_resolve(arena, parameters, written, &is_whole);
  if (!is_whole || is_expression(value) || text_starts_with(value, "pd:") || value.length == 0)
    return USE_MAYBE;
  struct text word = plain_word(arena, value);
  /* "Dynamic": a header of the message says how. */
  return is_one_of(word, values) ? USE_YES : text_is(word, "dynamic") ? USE_MAYBE : USE_NO;
}

/* The rule that says who may call the flow through this channel; NULL: nobody calls it. */
static const struct authorization_rule *inbound_rule(const struct flow_element *element)
{
  struct text written;
  if (element->place != FLOW_CHANNEL || !text_is(element->direction, "Sender"))
    return NULL;
  for (size_t i = 0; i < sizeof authorization_rules / sizeof *authorization_rules; i++) {
    const struct authorization_rule *rule = &authorization_rules[i];
    if (is_one_of(element->component, rule->components) ||
        (*rule->components == '\0' && flow_value(element, text_of(rule->key), &written) &&
         (*rule->beside == '\0' || flow_value(element, text_of(rule->beside), &written))))
      return rule;
  }
  return NULL;
}

static bool is_inbound(const struct flow_element *element, struct text key)
{
  const struct authorization_rule *rule = inbound_rule(element);
  return rule != NULL && text_is(key, rule->key);
}

struct use *uses_add(struct arena *arena, struct uses *uses)
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
      (!flow_value(element, text_of(rule->condition), &written) || written.length == 0) &&
      !has_box(arena, element, parameters, "false|0"))
    return;
  *uses_add(arena, uses) = (struct use){.element = element,
                                        .script = TEXT(""),
                                        .key = property->key,
                                        .written = property->value,
                                        .value = value,
                                        .purpose = rule->purpose,
                                        .how = how,
                                        .in_use = in_use,
                                        .line = property->line};
}

static bool has_word(struct text lower, const char *word)
{
  return memmem(lower.at, lower.length, word, strlen(word)) != NULL;
}

/* Named like an alias of a key: of credentials and secure parameters there are many. */
static bool is_like_alias(struct arena *arena, struct text name)
{
  static const char *const others[] = {"credential", "secret", "password", "apikey", "accesskey"};
  struct text lower = text_lower(arena, name);
  for (size_t i = 0; i < sizeof no_keys / sizeof *no_keys; i++)
    if (text_is(name, no_keys[i]))
      return false;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (has_word(lower, others[i]))
      return false;
  bool is_token = has_word(lower, "token") && !has_word(lower, "key") && !has_word(lower, "sign");
  return !text_is(lower, "alias") && has_word(lower, "alias") && !is_token;
}

/* In a step that signs, encrypts or proves with keys of the keystore "alias" alone is one of theirs. */
static bool is_key_step(struct arena *arena, const struct flow_element *element)
{
  struct text lower = text_lower(arena, element->component);
  return element->place == FLOW_STEP && !text_starts_with(lower, "pgp") &&
         (has_word(lower, "sign") || has_word(lower, "crypt"));
}

static bool is_alias_of(struct arena *arena, const struct flow_element *element, struct text name)
{
  return is_like_alias(arena, name) || (text_is(name, "alias") && is_key_step(arena, element));
}

/* What a key is for that no rule knows, by the name of its property and of the step. */
static enum use_purpose purpose_by_name(struct arena *arena, const struct flow_element *element,
                                        struct text key)
{
  static const struct {
    const char *word;
    enum use_purpose purpose;
  } words[] = {{"verif", USE_VERIFICATION},
               {"decrypt", USE_DECRYPTION},
               {"encrypt", USE_ENCRYPTION},
               {"sign", USE_SIGNING},
               {"trust", USE_TLS_TRUST},
               {"root", USE_TLS_TRUST},
               {"ssh", USE_SSH}};
  bool is_channel = element->place == FLOW_CHANNEL;
  struct text names[] = {text_lower(arena, key),
                         is_channel ? TEXT("") : text_lower(arena, element->component)};
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < sizeof words / sizeof *words; j++)
      if (has_word(names[i], words[j].word))
        return words[j].purpose;
  bool is_own = has_word(names[0], "private") || has_word(names[0], "keystore") ||
                has_word(names[0], "client");
  return is_channel && is_own ? USE_TLS_CLIENT : USE_OTHER;
}

/* The property that says how the channel logs on at the other side, where it says by certificate. */
static const struct flow_property *logs_on_by_certificate(struct arena *arena,
                                                          const struct flow_element *element,
                                                          const struct properties *parameters,
                                                          bool *ret_says)
{
  *ret_says = false;
  for (uint32_t i = 0; i < element->count; i++) {
    const struct flow_property *property = &element->properties[i];
    bool is_whole;
    struct text value = uses_resolve(arena, parameters, property->value, &is_whole);
    if (!has_word(text_lower(arena, property->key), "auth") || is_inbound(element, property->key) ||
        value.length == 0)
      continue;
    *ret_says = true;
    /* AMQP writes what it carries before it: "Transport_OAuth2". */
    if (has_word(plain_word(arena, value), "clientcert"))
      return property;
  }
  return NULL;
}

static const struct alias_rule *rule_of(const struct flow_element *element, struct text key)
{
  for (size_t i = 0; i < sizeof alias_rules / sizeof *alias_rules; i++) {
    const struct alias_rule *rule = &alias_rules[i];
    if (rule->place == element->place && text_is(key, rule->key) &&
        is_one_of(element->component, rule->components) &&
        (*rule->direction == '\0' || text_is(element->direction, rule->direction)))
      return rule;
  }
  return NULL;
}

/* A table: its cells that are named like an alias; in a table that is known, or named, for its aliases and
 * has no cell that is named so, each cell may be one. */
static void take_cells(struct arena *arena, const struct flow_element *element,
                       const struct flow_property *property, const struct properties *parameters,
                       const struct flow_cell *cells, uint32_t count, struct uses *uses)
{
  const struct alias_rule *rule = rule_of(element, property->key);
  bool is_named = false;
  for (uint32_t i = 0; i < count; i++)
    is_named = is_named || is_like_alias(arena, cells[i].id) || text_is(cells[i].id, "alias");
  for (uint32_t i = 0; i < count; i++) {
    bool is_alias = is_alias_of(arena, element, cells[i].id) ||
                    (text_is(cells[i].id, "alias") && is_like_alias(arena, property->key)),
         is_whole;
    struct text value = uses_resolve(arena, parameters, cells[i].value, &is_whole);
    if (cells[i].value.length == 0 ||
        (!is_alias && (is_named || (rule == NULL && !is_like_alias(arena, property->key)))))
      continue;
    struct text words =
        text_format(arena, "%.*s %.*s", TEXT_ARG(property->key), TEXT_ARG(cells[i].id));
    *uses_add(arena, uses) = (struct use){
        .element = element,
        .script = TEXT(""),
        .key = property->key,
        .written = cells[i].value,
        .value = value,
        .purpose = rule != NULL ? rule->purpose : purpose_by_name(arena, element, words),
        .how = how_of(value, is_whole && value.length != 0, HOW_NAMED),
        .in_use = is_alias ? USE_YES : USE_MAYBE,
        .line = property->line};
  }
}

static void take_property(struct arena *arena, const struct flow_element *element,
                          const struct flow_property *property, const struct properties *parameters,
                          struct uses *uses)
{
  bool says;
  struct flow_cell *cells;
  uint32_t count = table_of(arena, parameters, property->value, &cells);
  const struct alias_rule *rule = rule_of(element, property->key);
  if (count != 0) {
    take_cells(arena, element, property, parameters, cells, count, uses);
  } else if (rule != NULL) {
    take_alias(arena, element, property, parameters, rule, uses);
  } else if (property->value.length != 0 && is_alias_of(arena, element, property->key)) {
    const struct alias_rule other = {.purpose = purpose_by_name(arena, element, property->key),
                                     .condition = "",
                                     .values = "",
                                     .empty = EMPTY_NOTHING};
    uint32_t before = uses->count;
    take_alias(arena, element, property, parameters, &other, uses);
    /* Nobody knows of this adapter whether what stands there beside another log-on is used. */
    if (uses->count != before && other.purpose == USE_TLS_CLIENT &&
        logs_on_by_certificate(arena, element, parameters, &says) == NULL && says)
      uses->items[before].in_use = USE_MAYBE;
  }
}

/* A credential of this kind names the key pair that signs the assertion (SAP Help, "Deploying an OAuth2
 * SAML Bearer Assertion"); no interface tells which. */
static void take_bearer(struct arena *arena, const struct flow_element *element,
                        const struct properties *parameters, struct uses *uses)
{
  static const char *const names[] = {"credentialName", "credential_name", "alias"};
  for (uint32_t i = 0; i < element->count; i++) {
    const struct flow_property *property = &element->properties[i];
    bool is_whole;
    struct text value = uses_resolve(arena, parameters, property->value, &is_whole), name;
    if (element->place != FLOW_CHANNEL || !has_word(text_lower(arena, property->key), "auth") ||
        !has_word(plain_word(arena, value), "samlbearer"))
      continue;
    struct text credential = TEXT("");
    for (size_t j = 0; j < sizeof names / sizeof *names && credential.length == 0; j++)
      if (flow_value(element, text_of(names[j]), &name))
        credential = uses_resolve(arena, parameters, name, &is_whole);
    *uses_add(arena, uses) = (struct use){.element = element,
                                          .script = TEXT(""),
                                          .key = property->key,
                                          .written = property->value,
                                          .value = credential,
                                          .purpose = USE_SIGNING,
                                          .how = HOW_CREDENTIAL,
                                          .in_use = USE_YES,
                                          .line = property->line};
    return;
  }
}

/* An adapter that has no property for the alias, or whose property is known by no rule and empty. */
static void take_unnamed(struct arena *arena, const struct flow_element *element,
                         const struct properties *parameters, uint32_t before, struct uses *uses)
{
  bool says;
  const struct flow_property *property =
      element->place == FLOW_CHANNEL ? logs_on_by_certificate(arena, element, parameters, &says)
                                     : NULL;
  for (uint32_t i = before; i < uses->count; i++)
    if (uses->items[i].purpose == USE_TLS_CLIENT || uses->items[i].purpose == USE_OTHER)
      return;
  if (property != NULL)
    *uses_add(arena, uses) = (struct use){.element = element,
                                          .script = TEXT(""),
                                          .key = property->key,
                                          .written = property->value,
                                          .value = TEXT(""),
                                          .purpose = USE_TLS_CLIENT,
                                          .how = HOW_ANY,
                                          .in_use = USE_YES,
                                          .line = property->line};
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
    uint32_t count = table_of(arena, parameters, property->value, &cells);
    for (uint32_t j = 0; j < count; j++) {
      bool is_whole;
      struct text value = uses_resolve(arena, parameters, cells[j].value, &is_whole);
      if ((*rule->cell != '\0' && !text_is(cells[j].id, rule->cell)) || cells[j].value.length == 0)
        continue;
      *uses_add(arena, uses) =
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
  uint32_t count = table_of(arena, parameters, written, &cells);
  caller->subjects = arena_array(arena, (size_t)count + 1, sizeof *caller->subjects);
  caller->issuers = arena_array(arena, (size_t)count + 1, sizeof *caller->issuers);
  uint32_t row = UINT32_MAX;
  for (uint32_t i = 0; i < count; i++) {
    bool is_subject = text_ends_with(cells[i].id, "subjectDN");
    struct text name = uses_resolve(arena, parameters, cells[i].value, &is_whole);
    if ((!is_subject && !text_ends_with(cells[i].id, "issuerDN")) || name.length == 0)
      continue;
    if (cells[i].row != row) {
      row = cells[i].row;
      caller->subjects[caller->pair_count] = caller->issuers[caller->pair_count] = TEXT("");
      caller->pair_count++;
    }
    *(is_subject ? &caller->subjects[caller->pair_count - 1]
                 : &caller->issuers[caller->pair_count - 1]) = name;
  }
}

static void take_authorization(struct arena *arena, const struct flow_element *element,
                               const struct properties *parameters, struct uses *uses)
{
  const struct authorization_rule *rule = inbound_rule(element);
  if (rule == NULL)
    return;
  struct called_by caller = {.element = element, .role = TEXT(""), .line = element->line};
  for (uint32_t j = 0; j < element->count; j++)
    if (text_is(element->properties[j].key, rule->key))
      caller.line = element->properties[j].line;
  caller.by_names = condition_holds(arena, element, parameters, rule->key, rule->values);
  struct text role;
  bool is_whole;
  if (flow_value(element, TEXT("userRole"), &role))
    caller.role = uses_resolve(arena, parameters, role, &is_whole);
  if (caller.by_names != USE_NO)
    take_names(arena, element, parameters, &caller);
  if (caller.by_names == USE_MAYBE && caller.pair_count != 0 &&
      has_box(arena, element, parameters, "false|0"))
    caller.by_names = USE_YES;
  if (uses->caller_count == uses->caller_capacity) {
    uses->caller_capacity = uses->caller_capacity == 0 ? 4 : uses->caller_capacity * 2;
    uses->callers =
        arena_grow(arena, uses->callers, uses->caller_count, uses->caller_capacity, sizeof caller);
  }
  uses->callers[uses->caller_count++] = caller;
}

/* What the steps of a flow give to headers and properties as constants, by "${header.x}". */
struct constants {
  struct arena *arena;
  struct text_map places;
  struct constant {
    struct text values;
    uint32_t count;
  } * items;
  uint32_t count, capacity;
};

static void add_constant(struct constants *all, const char *kind, struct text name,
                         struct text value)
{
  struct arena *arena = all->arena;
  uint32_t place;
  struct text key = text_format(arena, "${%s.%.*s}", kind, TEXT_ARG(name));
  if (!text_map_find(&all->places, key, &place)) {
    if (all->count == all->capacity) {
      all->capacity = all->capacity == 0 ? 16 : all->capacity * 2;
      all->items = arena_grow(arena, all->items, all->count, all->capacity, sizeof *all->items);
    }
    place = all->count++;
    all->items[place] = (struct constant){TEXT(""), 0};
    text_map_add(&all->places, key, place, NULL);
  }
  struct constant *one = &all->items[place];
  if (one->count++ < CONSTANTS_MAX)
    one->values = text_format(arena, "%.*s%s%.*s", TEXT_ARG(one->values),
                              one->count == 1 ? "" : "; ", TEXT_ARG(value));
}

static void add_constants(struct constants *all, const char *kind, struct text table,
                          const struct properties *parameters)
{
  struct flow_cell *cells;
  uint32_t count = flow_table(all->arena, table, &cells);
  for (uint32_t i = 0; i < count;) {
    uint32_t row = cells[i].row;
    bool is_constant = false, is_whole;
    struct text name = TEXT(""), value = TEXT("");
    for (; i < count && cells[i].row == row; i++) {
      is_constant =
          is_constant || (text_is(cells[i].id, "Type") && text_is(cells[i].value, "constant"));
      if (text_is(cells[i].id, "Name"))
        name = cells[i].value;
      if (text_is(cells[i].id, "Value"))
        value = uses_resolve(all->arena, parameters, cells[i].value, &is_whole);
    }
    if (is_constant && name.length != 0 && value.length != 0)
      add_constant(all, kind, name, value);
  }
}

/* Says of the expressions what this flow itself gives to them. */
static void take_constants(struct arena *arena, const struct flow *flow,
                           const struct properties *parameters, uint32_t first, struct uses *uses)
{
  struct constants all = {.arena = arena};
  bool is_asked = false;
  for (uint32_t i = first; i < uses->count; i++) {
    uses->items[i].set_to = TEXT("");
    is_asked = is_asked || uses->items[i].how == HOW_RUN_TIME;
  }
  if (!is_asked)
    return;
  text_map_start(&all.places, arena);
  for (uint32_t i = 0; i < flow->count; i++) {
    struct text table;
    if (flow->elements[i].place != FLOW_STEP)
      continue;
    if (flow_value(&flow->elements[i], TEXT("headerTable"), &table))
      add_constants(&all, "header", table, parameters);
    if (flow_value(&flow->elements[i], TEXT("propertyTable"), &table))
      add_constants(&all, "property", table, parameters);
  }
  for (uint32_t i = first; i < uses->count; i++) {
    uint32_t place;
    if (uses->items[i].how == HOW_RUN_TIME &&
        text_map_find(&all.places, uses->items[i].value, &place))
      uses->items[i].set_to = all.items[place].values;
  }
}

void uses_of_flow(struct arena *arena, const struct flow *flow, const struct properties *parameters,
                  struct uses *uses)
{
  uint32_t first = uses->count;
  for (uint32_t i = 0; i < flow->count; i++) {
    const struct flow_element *element = &flow->elements[i];
    uint32_t before = uses->count;
    for (uint32_t j = 0; j < element->count; j++) {
      take_property(arena, element, &element->properties[j], parameters, uses);
      take_users(arena, element, &element->properties[j], parameters, uses);
    }
    take_unnamed(arena, element, parameters, before, uses);
    take_bearer(arena, element, parameters, uses);
    take_authorization(arena, element, parameters, uses);
  }
  take_constants(arena, flow, parameters, first, uses);
}

bool use_may_be(const struct use *use, struct text alias)
{
  if (use->in_use == USE_NO || use->purpose == USE_OPENPGP)
    return false;
  if (use->how == HOW_SSH_DEFAULT)
    return text_is(alias, "id_rsa") || text_is(alias, "id_dsa");
  return use->how != HOW_NAMED || text_equal(use->value, alias);
}
