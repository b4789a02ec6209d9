/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params: values given when the plan is compiled: `param NAME as TYPE [default VALUE]` and
 * --set NAME=VALUE.
 *
 * (1) A param without value is an unknown of its type; only plan -o and run demand one (E0313).
 */
#include "compiler/check/checker.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PARAM_TYPES "string|number|duration|date|datetime|yes-no"

static const char *const type_words[] = {
    [PARAM_STRING] = "string", [PARAM_NUMBER] = "number",     [PARAM_DURATION] = "duration",
    [PARAM_DATE] = "date",     [PARAM_DATETIME] = "datetime", [PARAM_YES_NO] = "yes-no",
};

static const enum value_kind type_values[] = {
    [PARAM_STRING] = VALUE_TEXT,       [PARAM_NUMBER] = VALUE_NUMBER,
    [PARAM_DURATION] = VALUE_DURATION, [PARAM_DATE] = VALUE_DATE,
    [PARAM_DATETIME] = VALUE_DATETIME, [PARAM_YES_NO] = VALUE_YES_NO,
};

bool param_type_find(struct text word, enum param_type *ret_type)
{
  for (int i = PARAM_STRING; i <= PARAM_YES_NO; i++)
    if (text_is(word, type_words[i])) {
      *ret_type = (enum param_type)i;
      return true;
    }
  return false;
}

const char *param_type_says(enum param_type type)
{
  static const char *const says[] = {
      [PARAM_STRING] = "a text in quotes",
      [PARAM_NUMBER] = "a number",
      [PARAM_DURATION] = "a duration such as 15m",
      [PARAM_DATE] = "a date such as 2027-03-01",
      [PARAM_DATETIME] = "a time such as 2027-03-06T22:00",
      [PARAM_YES_NO] = "yes or no",
  };
  return says[type];
}

bool param_takes(enum param_type type, const struct term *term, struct operand *ret_operand)
{
  static const struct {
    enum term_kind term;
    enum operand_kind operand;
  } rows[] = {
      [PARAM_STRING] = {TERM_TEXT, OPERAND_TEXT},
      [PARAM_NUMBER] = {TERM_NUMBER, OPERAND_NUMBER},
      [PARAM_DURATION] = {TERM_DURATION, OPERAND_DURATION},
      [PARAM_DATE] = {TERM_DATE, OPERAND_MOMENT},
      [PARAM_DATETIME] = {TERM_DATETIME, OPERAND_MOMENT},
      [PARAM_YES_NO] = {TERM_YES_NO, OPERAND_WORD}, /* plan.h (4) */
  };
  *ret_operand = (struct operand){.kind = rows[type].operand,
                                  .decl = DECL_NONE,
                                  .text = term->text,
                                  .number = term->number,
                                  .span = term->span};
  return term->kind == rows[type].term || (type == PARAM_DATETIME && term->kind == TERM_DATE);
}

static bool fits(enum param_type type, const struct value *value)
{
  return value->kind == type_values[type] || (type == PARAM_DATETIME && value->kind == VALUE_DATE);
}

void params_declare(struct checker *c, uint32_t index)
{
  struct decl *decl = &c->program->decls[index];
  const struct line *line = c->infos[index].line;
  decl->param = ARENA_NEW(c->arena, struct param_body);
  if (decl->name.length == 0)
    return;
  struct tokens tokens = tokens_of_line(c, line);
  struct captures captures = {0};
  struct scope scope = {.unit = c->infos[index].unit};
  tokens.at = 2;
  if (!form_match(c, &scope, "param", "as " PARAM_TYPES " [default VALUE]", &tokens, &captures) ||
      !form_end(c, "param", &tokens)) {
    decl->poisoned = true;
    return;
  }
  struct param_body *param = decl->param;
  param_type_find(captures.items[0].value.text, &param->type);
  param->value = captures.items[1].value;
  param->has_value = param->value.kind != VALUE_NONE;
  if (line->block != NULL)
    bodies_report_place(c, line, "another declaration: a param has no block, and");
  if (!param->has_value || fits(param->type, &param->value))
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0402, param->value.span, "the default of `%.*s` is no %s",
               TEXT_ARG(decl->name), type_words[param->type]);
  diag_set_label(c->diags, diag, "a %s is expected here", type_words[param->type]);
  param->has_value = false;
}

static bool read_number(struct text word, int64_t *ret_number)
{
  size_t digits = 0;
  int64_t number = 0;
  for (; digits < word.length && isdigit((unsigned char)word.at[digits]); digits++)
    number = number * 10 + (word.at[digits] - '0');
  if (digits == 0 || digits != word.length || digits > strlen("1000000000"))
    return false;
  *ret_number = number;
  return true;
}

static bool read_duration(struct text word, int64_t *ret_seconds)
{
  static const struct {
    char unit;
    int64_t seconds;
  } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
  int64_t total = 0;
  size_t at = 0;
  while (at < word.length) {
    size_t from = at;
    while (at < word.length && isdigit((unsigned char)word.at[at]))
      at++;
    int64_t number, seconds = 0;
    if (at == word.length || !read_number((struct text){word.at + from, at - from}, &number))
      return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
      if (units[i].unit == word.at[at])
        seconds = units[i].seconds;
    if (seconds == 0)
      return false;
    total += number * seconds;
    at++;
  }
  *ret_seconds = total;
  return word.length != 0;
}

static bool read_value(enum param_type type, struct text word, struct value *value)
{
  value->kind = type_values[type];
  value->text = word;
  switch (type) {
  case PARAM_STRING:
    return true;
  case PARAM_NUMBER:
    return read_number(word, &value->number);
  case PARAM_DURATION:
    return read_duration(word, &value->number);
  case PARAM_DATE:
    return values_is_date(word);
  case PARAM_DATETIME:
    if (values_is_date(word))
      value->kind = VALUE_DATE;
    return values_is_datetime(word) || values_is_date(word);
  case PARAM_YES_NO:
    value->number = text_is(word, "yes");
    return text_is(word, "yes") || text_is(word, "no");
  }
  return false;
}

static void give(struct checker *c, struct decl *decl, struct text word)
{
  struct value value = {.decl = DECL_NONE, .span = decl->name_span};
  if (read_value(decl->param->type, text_copy(c->arena, word), &value)) {
    decl->param->value = value;
    decl->param->has_value = true;
    return;
  }
  const char *type = type_words[decl->param->type];
  struct diag *diag =
      diag_add(c->diags, DIAG_E0402, decl->name_span, "the value given by --set %.*s=%.*s is no %s",
               TEXT_ARG(decl->name), TEXT_ARG(word), type);
  diag_set_label(c->diags, diag, "declared as %s here", type);
}

/* --set SYSTEM.communication-systems=a,b names the elements of an open set: lower reads it. */
static bool is_open_set(const struct checker *c, struct text name)
{
  const char *dot = memchr(name.at, '.', name.length);
  return dot != NULL &&
         text_is((struct text){dot + 1, (size_t)(name.at + name.length - dot - 1)},
                 member_words[MEMBER_COMMUNICATION_SYSTEMS]) &&
         program_find(c->program, KIND_ABAP, (struct text){name.at, (size_t)(dot - name.at)}) !=
             DECL_NONE;
}

static void report_no_param(struct checker *c, struct text name)
{
  struct diag *diag =
      diag_add_nowhere(c->diags, DIAG_E0314, "there is no param `%.*s`", TEXT_ARG(name));
  struct scope scope = {.unit = 0};
  bool alone;
  struct text nearest = names_nearest(c, &scope, name, 1u << KIND_PARAM, &alone);
  if (nearest.length != 0)
    diag_add_help(c->diags, diag, "did you mean --set %.*s=...?", TEXT_ARG(nearest));
  else
    diag_add_help(c->diags, diag, "declare it: param %.*s as string", TEXT_ARG(name));
}

/* Said again later: the last word counts. */
static bool is_said_again(const struct param_given *given, uint32_t given_count, uint32_t index)
{
  for (uint32_t i = index + 1; i < given_count; i++)
    if (text_equal(given[i].name, given[index].name))
      return true;
  return false;
}

void params_give(struct checker *c, const struct param_given *given, uint32_t given_count)
{
  for (uint32_t i = 0; i < given_count; i++) {
    uint32_t decl = program_find(c->program, KIND_PARAM, given[i].name);
    if (is_said_again(given, given_count, i))
      continue;
    if (decl != DECL_NONE && !c->program->decls[decl].poisoned)
      give(c, &c->program->decls[decl], given[i].value);
    else if (decl == DECL_NONE && !is_open_set(c, given[i].name))
      report_no_param(c, given[i].name);
  }
}

uint32_t program_find(const struct program *program, enum kind kind, struct text name)
{
  for (uint32_t i = 0; i < program->decl_count; i++)
    if (program->decls[i].kind == kind && text_equal(program->decls[i].name, name))
      return i;
  return DECL_NONE;
}
