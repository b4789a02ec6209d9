/* SPDX-License-Identifier: Apache-2.0 */
/* diag: see diag.h. */
#include "compiler/base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct code_facts {
  const char *name;
  enum severity severity;
  const char *title;
  const char *explanation;
};

static const struct code_facts codes[DIAG__COUNT] = {
#define DIAG(code, severity, title, explanation)                                                   \
  [DIAG_##code] = {#code, SEVERITY_##severity, title, explanation},
#include "compiler/base/diag_codes.def"
#undef DIAG
};

const char *diag_code_name(enum diag_code code)
{
  return codes[code].name;
}

enum severity diag_code_severity(enum diag_code code)
{
  return codes[code].severity;
}

const char *diag_code_title(enum diag_code code)
{
  return codes[code].title;
}

const char *diag_code_explanation(enum diag_code code)
{
  return codes[code].explanation;
}

bool diag_code_find(struct text name, enum diag_code *ret_code)
{
  for (int i = 0; i < DIAG__COUNT; i++)
    if (text_is(name, codes[i].name)) {
      *ret_code = (enum diag_code)i;
      return true;
    }
  return false;
}

void diag_list_start(struct diag_list *list, struct arena *arena)
{
  *list = (struct diag_list){.arena = arena};
}

bool diag_is_muted(enum diag_code code)
{
#ifdef REDPROOF
  const char *muted = getenv("RENEW_MUTE");
  return muted != NULL && strcmp(muted, codes[code].name) == 0;
#else
  (void)code;
  return false;
#endif
}

static void count(struct diag_list *list, enum severity severity, uint32_t change)
{
  switch (severity) {
  case SEVERITY_ERROR:
    list->error_count += change;
    return;
  case SEVERITY_WARNING:
    list->warning_count += change;
    return;
  case SEVERITY_STYLE:
    list->style_count += change;
    return;
  }
}

static void uncount(struct diag_list *list, const struct diag *diag)
{
  count(list, diag->severity, UINT32_MAX); /* one less */
}

static struct diag *add(struct diag_list *list, enum diag_code code, struct text headline)
{
  struct diag *diag = ARENA_NEW(list->arena, struct diag);
  diag->code = code;
  diag->severity = codes[code].severity;
  diag->headline = headline;
  if (diag_is_muted(code))
    return diag;
  if (list->count == list->capacity) {
    uint32_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
    list->items = arena_grow(list->arena, list->items, list->count, capacity, sizeof(void *));
    list->capacity = capacity;
  }
  list->items[list->count++] = diag;
  count(list, diag->severity, 1);
  return diag;
}

struct diag *diag_add(struct diag_list *list, enum diag_code code, struct span primary,
                      const char *headline, ...)
{
  va_list values;
  va_start(values, headline);
  struct diag *diag = add(list, code, text_vformat(list->arena, headline, values));
  va_end(values);
  diag->has_place = true;
  diag->primary = primary;
  return diag;
}

struct diag *diag_add_nowhere(struct diag_list *list, enum diag_code code, const char *headline,
                              ...)
{
  va_list values;
  va_start(values, headline);
  struct diag *diag = add(list, code, text_vformat(list->arena, headline, values));
  va_end(values);
  return diag;
}

void diag_set_label(struct diag_list *list, struct diag *diag, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  diag->label = text_vformat(list->arena, format, values);
  va_end(values);
}

void diag_add_label(struct diag_list *list, struct diag *diag, struct span span, const char *format,
                    ...)
{
  struct diag_label *label = ARENA_NEW(list->arena, struct diag_label);
  va_list values;
  va_start(values, format);
  label->text = text_vformat(list->arena, format, values);
  va_end(values);
  label->span = span;
  struct diag_label **tail = &diag->secondary;
  while (*tail != NULL)
    tail = &(*tail)->next;
  *tail = label;
}

static void add_line(struct arena *arena, struct diag_line **tail, const char *format,
                     va_list values)
{
  struct diag_line *line = ARENA_NEW(arena, struct diag_line);
  line->text = text_vformat(arena, format, values);
  while (*tail != NULL)
    tail = &(*tail)->next;
  *tail = line;
}

void diag_add_help(struct diag_list *list, struct diag *diag, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  add_line(list->arena, &diag->helps, format, values);
  va_end(values);
}

void diag_add_note(struct diag_list *list, struct diag *diag, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  add_line(list->arena, &diag->notes, format, values);
  va_end(values);
}

void diag_add_fix(struct diag_list *list, struct diag *diag, enum fix_kind kind, struct span span,
                  struct text new_text, const char *says, ...)
{
  struct diag_edit *edit = ARENA_NEW(list->arena, struct diag_edit);
  edit->span = span;
  edit->text = text_copy(list->arena, new_text);
  struct diag_edit **tail = &diag->edits;
  while (*tail != NULL)
    tail = &(*tail)->next;
  *tail = edit;
  if (diag->fix_kind != FIX_NONE)
    return;
  diag->fix_kind = kind;
  va_list values;
  va_start(values, says);
  diag->fix_says = text_vformat(list->arena, says, values);
  va_end(values);
}

void diag_suggest(struct diag_list *list, struct diag *diag, struct span span, struct text instead,
                  bool alone)
{
  diag_set_label(list, diag, "did you mean `%.*s`?", TEXT_ARG(instead));
  diag_add_fix(list, diag, alone ? FIX_SAFE : FIX_UNSAFE, span, instead, "write `%.*s`",
               TEXT_ARG(instead));
}

/* --- severities --- */

bool diag_rules_add(struct diag_rules *rules, struct text word, enum diag_rule rule,
                    const char **ret_why)
{
  enum diag_code code;
  if (text_is(word, "warnings")) {
    rules->warnings = (uint8_t)rule;
    return true;
  }
  if (text_is(word, "style")) {
    rules->style = (uint8_t)rule;
    return true;
  }
  if (!diag_code_find(word, &code)) {
    *ret_why = "no code of a finding; it is a code such as W0408, `warnings` or `style`";
    return false;
  }
  if (rule == RULE_ALLOW && codes[code].severity == SEVERITY_ERROR) {
    *ret_why = "an error, and errors cannot be allowed";
    return false;
  }
  rules->codes[code] = (uint8_t)rule;
  return true;
}

static enum diag_rule rule_of(const struct diag_rules *rules, const struct diag *diag)
{
  if (diag->severity == SEVERITY_ERROR)
    return RULE_NONE;
  if (rules->codes[diag->code] != RULE_NONE)
    return rules->codes[diag->code];
  return diag->severity == SEVERITY_WARNING ? rules->warnings : rules->style;
}

void diag_list_judge(struct diag_list *list, const struct diag_rules *rules)
{
  uint32_t kept = 0;
  for (uint32_t i = 0; i < list->count; i++) {
    struct diag *diag = list->items[i];
    enum diag_rule rule = rule_of(rules, diag);
    if (rule == RULE_ALLOW) {
      uncount(list, diag);
      continue;
    }
    list->items[kept++] = diag;
    if (rule != RULE_DENY)
      continue;
    diag_add_note(list, diag, "%s, made an error by `deny`",
                  diag->severity == SEVERITY_WARNING ? "a warning" : "a style hint");
    uncount(list, diag);
    diag->severity = SEVERITY_ERROR;
    count(list, diag->severity, 1);
  }
  list->count = kept;
}

uint32_t diag_list_drop_style(struct diag_list *list)
{
  uint32_t kept = 0, dropped = list->style_count;
  for (uint32_t i = 0; i < list->count; i++)
    if (list->items[i]->severity != SEVERITY_STYLE)
      list->items[kept++] = list->items[i];
  list->count = kept;
  list->style_count = 0;
  return dropped;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
  return (a > b) - (a < b);
}

static int compare(const void *left, const void *right)
{
  const struct diag *a = *(struct diag *const *)left, *b = *(struct diag *const *)right;
  if (a->has_place != b->has_place)
    return a->has_place ? 1 : -1;
  int order = compare_numbers(a->primary.file, b->primary.file);
  if (order == 0)
    order = compare_numbers(a->primary.at, b->primary.at);
  if (order == 0)
    order = compare_numbers(a->code, b->code);
  return order != 0 ? order : text_compare(a->headline, b->headline);
}

void diag_list_sort(struct diag_list *list)
{
  if (list->count == 0)
    return;
  qsort(list->items, list->count, sizeof *list->items, compare);
  uint32_t kept = 1;
  for (uint32_t i = 1; i < list->count; i++) {
    if (compare(&list->items[kept - 1], &list->items[i]) != 0) {
      list->items[kept++] = list->items[i];
      continue;
    }
    uncount(list, list->items[i]);
  }
  list->count = kept;
}

void diag_list_cut(struct diag_list *list, uint32_t count)
{
  for (uint32_t i = count; i < list->count; i++) {
    uncount(list, list->items[i]);
  }
  if (count < list->count)
    list->count = count;
}

void diag_list_remove(struct diag_list *list, uint32_t index)
{
  uncount(list, list->items[index]);
  for (uint32_t i = index + 1; i < list->count; i++)
    list->items[i - 1] = list->items[i];
  list->count--;
}

bool diag_list_has_errors(const struct diag_list *list)
{
  return list->error_count != 0;
}

bool diag_list_has_code(const struct diag_list *list, enum diag_code code)
{
  for (uint32_t i = 0; i < list->count; i++)
    if (list->items[i]->code == code)
      return true;
  return false;
}
