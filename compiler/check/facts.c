/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts: what the rules about certificates, keystores and service keys ask of declarations and steps.
 *
 * (1) A value that is not known at check (a param without value, a name that nothing declares) is
 *     NULL: no rule speaks of it.
 */
#include "compiler/check/checker.h"

#include <ctype.h>

bool facts_is_broken(const struct checker *c, uint32_t decl)
{
  return c->program->decls[decl].poisoned || c->infos[decl].has_broken;
}

const struct value *facts_known(const struct checker *c, const struct value *value)
{
  if (value == NULL || value->kind != VALUE_REF)
    return value;
  const struct param_body *param = c->program->decls[value->decl].param;
  if (c->program->decls[value->decl].kind != KIND_PARAM)
    return value;
  return param != NULL && param->has_value ? &param->value : NULL;
}

const struct value *facts_value(const struct checker *c, const struct decl *decl, enum key key,
                                uint32_t slot)
{
  return facts_known(c, decl_value(decl, key, slot));
}

bool facts_is_word(const struct checker *c, const struct decl *decl, enum key key, const char *word)
{
  const struct value *value = facts_value(c, decl, key, 0);
  return value != NULL && value->kind == VALUE_WORD && text_is(value->text, word);
}

bool facts_number(const struct checker *c, const struct decl *decl, enum key key,
                  enum value_kind kind, int64_t *ret_number)
{
  const struct value *value = facts_value(c, decl, key, 0);
  if (value == NULL || value->kind != kind)
    return false;
  *ret_number = value->number;
  return true;
}

uint32_t facts_ref(const struct value *value)
{
  return value != NULL && value->kind == VALUE_REF ? value->decl : DECL_NONE;
}

/* A text that is known when it is checked: without ${...}. */
bool facts_text(const struct value *value, struct text *ret_text)
{
  if (value == NULL || value->kind != VALUE_TEXT)
    return false;
  for (size_t i = 0; i + 1 < value->text.length; i++)
    if (value->text.at[i] == '$' && value->text.at[i + 1] == '{')
      return false;
  *ret_text = value->text;
  return true;
}

static void walk(const struct stmt *stmts, facts_step_fn *visit, void *with)
{
  for (const struct stmt *stmt = stmts; stmt != NULL; stmt = stmt->next) {
    if (!stmt->poisoned && (stmt->kind == STMT_STEP || stmt->kind == STMT_FOLLOW))
      visit(stmt, with);
    if (stmt->undo != NULL && !stmt->undo->poisoned)
      visit(stmt->undo, with);
    walk(stmt->children, visit, with);
    walk(stmt->otherwise, visit, with);
  }
}

void facts_each_step(const struct decl *decl, facts_step_fn *visit, void *with)
{
  if (decl->body != NULL)
    walk(decl->body->stmts, visit, with);
}

uint32_t facts_operand(const struct stmt *stmt, enum part part)
{
  const struct part_value *value = parts_find(stmt, part);
  return value != NULL && value->operands != NULL && value->operands->kind == OPERAND_DECL
             ? value->operands->decl
             : DECL_NONE;
}

struct text facts_days(struct arena *arena, int64_t seconds)
{
  enum { HOUR_S = 3600, DAY_S = 86400 };
  return seconds % DAY_S == 0 ? text_format(arena, "%lldd", (long long)(seconds / DAY_S))
                              : text_format(arena, "%lldh", (long long)(seconds / HOUR_S));
}

/* ---- distinguished names ---- */

struct part_at {
  struct text rest;
};

static bool next_part(struct part_at *at, struct text *ret_part)
{
  if (at->rest.length == 0)
    return false;
  size_t end = 0;
  while (end < at->rest.length && at->rest.at[end] != ',' && at->rest.at[end] != '+')
    end += at->rest.at[end] == '\\' && end + 1 < at->rest.length ? 2 : 1;
  *ret_part = (struct text){at->rest.at, end};
  size_t taken = end < at->rest.length ? end + 1 : end;
  at->rest = (struct text){at->rest.at + taken, at->rest.length - taken};
  return true;
}

/* Letters without case, blanks left out: how receivers compare a part of a name. */
static bool same_part(struct text a, struct text b)
{
  size_t i = 0, j = 0;
  for (;;) {
    while (i < a.length && a.at[i] == ' ')
      i++;
    while (j < b.length && b.at[j] == ' ')
      j++;
    if (i == a.length || j == b.length)
      return i == a.length && j == b.length;
    if (tolower((unsigned char)a.at[i++]) != tolower((unsigned char)b.at[j++]))
      return false;
  }
}

static uint32_t count_parts(struct text name, struct text part)
{
  uint32_t count = 0;
  struct part_at at = {name};
  for (struct text other; next_part(&at, &other);)
    count += same_part(part, other);
  return count;
}

/* The order of the parts is written in both directions (RFC 4514, OpenSSL, Java). */
bool facts_same_name(struct text a, struct text b)
{
  uint32_t count_a = 0, count_b = 0;
  struct part_at at = {a};
  for (struct text part; next_part(&at, &part); count_a++)
    if (count_parts(b, part) != count_parts(a, part))
      return false;
  at = (struct part_at){b};
  for (struct text part; next_part(&at, &part);)
    count_b++;
  return count_a == count_b;
}

bool facts_name_part(struct text name, uint32_t index, struct text *ret_part)
{
  struct part_at at = {name};
  for (uint32_t i = 0; next_part(&at, ret_part); i++)
    if (i == index) {
      while (ret_part->length != 0 && ret_part->at[0] == ' ') {
        ret_part->at++;
        ret_part->length--;
      }
      return true;
    }
  return false;
}
