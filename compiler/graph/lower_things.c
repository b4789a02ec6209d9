/* SPDX-License-Identifier: Apache-2.0 */
/* lower_things: what an operand means where it stands in the expansion, and how it is written. */
#include <inttypes.h>
#include <string.h>

#include "compiler/graph/lower_int.h"

struct text duration_text(struct arena *arena, int64_t seconds)
{
  static const struct {
    char unit;
    int64_t seconds;
  } units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (seconds % units[i].seconds == 0 && (seconds != 0 || units[i].unit == 's'))
      return text_format(arena, "%" PRId64 "%c", seconds / units[i].seconds, units[i].unit);
  return TEXT_NONE;
}

static struct text month_day_text(struct arena *arena, int64_t month_day)
{
  static const char *const months[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
  return text_format(arena, "%s %d", months[(month_day / 100 - 1) % 12], (int)(month_day % 100));
}

/* The value of a parameter as a thing. */
static struct thing value_thing(struct lowering *l, const struct value *value)
{
  struct thing thing = {.kind = THING_TEXT, .text = value->text, .number = value->number};
  switch (value->kind) {
  case VALUE_NONE:
  case VALUE_TEXT:
    break;
  case VALUE_WORD:
    thing.kind = THING_WORD;
    break;
  case VALUE_NUMBER:
    thing.kind = THING_NUMBER;
    break;
  case VALUE_DURATION:
    thing.kind = THING_DURATION;
    break;
  case VALUE_YES_NO:
    thing.kind = THING_YES_NO;
    break;
  case VALUE_DATE:
  case VALUE_DATETIME:
    thing.kind = THING_MOMENT;
    break;
  case VALUE_TIME:
    thing.text =
        text_format(l->arena, "%02d:%02d", (int)(value->number / 60), (int)(value->number % 60));
    break;
  case VALUE_MONTH_DAY:
    thing.text = month_day_text(l->arena, value->number);
    break;
  case VALUE_REF:
  case VALUE_MEMBER:
    thing.kind = THING_RESOURCE;
    thing.decl = value->decl;
    thing.members[0] = value->member;
    thing.member_count = value->member != MEMBER_NONE;
    break;
  }
  return thing;
}

struct thing lower_param(struct lowering *l, uint32_t decl, struct span span)
{
  const struct decl *param = &l->program->decls[decl];
  if (param->param->has_value)
    return value_thing(l, &param->param->value);
  if (l->needs_values && !l->is_missing_known[decl]) {
    l->is_missing_known[decl] = true;
    struct diag *diag = diag_add(l->diags, DIAG_E0313, span, "the parameter `%.*s` has no value",
                                 TEXT_ARG(param->name));
    diag_set_label(l->diags, diag, "needed here");
    diag_add_label(l->diags, diag, param->name_span, "declared here, without a default");
    diag_add_help(l->diags, diag, "give it one: --set %.*s=VALUE", TEXT_ARG(param->name));
  }
  return (struct thing){.kind = THING_UNKNOWN,
                        .text = text_format(l->arena, "${%.*s}", TEXT_ARG(param->name))};
}

static bool step_into(struct lowering *l, struct thing *thing, enum key key)
{
  const struct value *value = decl_value(&l->program->decls[thing->decl], key, 0);
  if (value == NULL || value->kind != VALUE_REF)
    return false;
  thing->decl = value->decl;
  return true;
}

static void add_member(struct lowering *l, struct thing *thing, enum member member)
{
  if (thing->kind != THING_RESOURCE)
    return;
  bool is_artefact = kind_is_artefact(l->program->decls[thing->decl].kind);
  bool whole = is_artefact && thing->member_count == 0;
  if (whole && member == MEMBER_KEYSTORE && step_into(l, thing, KEY_IN))
    return;
  if (whole && member == MEMBER_CA && step_into(l, thing, KEY_SIGNED_BY))
    return;
  if (thing->member_count < MEMBERS_MAX)
    thing->members[thing->member_count++] = member;
}

static struct thing bound_thing(struct lowering *l, const struct site *site,
                                const struct binding *binding, struct text column);

/* `operand` without its members. */
static struct thing base_thing(struct lowering *l, const struct site *site,
                               const struct operand *operand)
{
  struct thing thing = {.kind = THING_TEXT, .text = operand->text, .number = operand->number};
  switch (operand->kind) {
  case OPERAND_DECL:
    if (l->program->decls[operand->decl].kind == KIND_PARAM)
      return lower_param(l, operand->decl, operand->span);
    thing.kind = THING_RESOURCE;
    thing.decl = operand->decl;
    break;
  case OPERAND_LOCAL:
    return bound_thing(l, site, &site->frame->locals[operand->local], operand->column);
  case OPERAND_TEXT:
    thing.text = lower_text(l, site, operand->text, operand->span);
    break;
  case OPERAND_WORD:
    thing.kind = THING_WORD;
    break;
  case OPERAND_NUMBER:
    thing.kind = THING_NUMBER;
    break;
  case OPERAND_DURATION:
    thing.kind = THING_DURATION;
    break;
  case OPERAND_MOMENT:
    thing.kind = THING_MOMENT;
    break;
  }
  return thing;
}

struct thing lower_thing(struct lowering *l, const struct site *site, const struct operand *operand)
{
  struct thing thing = base_thing(l, site, operand);
  for (uint32_t i = 0; i < operand->member_count; i++)
    add_member(l, &thing, operand->members[i]);
  return thing;
}

static const struct table_cell *find_cell(const struct binding *row, struct text column)
{
  const struct table_body *table = row->table->table;
  for (uint32_t i = 0; i < table->column_count; i++)
    if (text_equal(table->columns[i], column))
      return &table->cells[row->row * table->column_count + i];
  return NULL;
}

static struct thing bound_thing(struct lowering *l, const struct site *site,
                                const struct binding *binding, struct text column)
{
  if (!binding->is_row)
    return binding->thing;
  const struct table_cell *cell = find_cell(binding, column);
  if (cell == NULL)
    return (struct thing){.kind = THING_TEXT};
  if (cell->operand == NULL || cell->operand->kind == OPERAND_LOCAL)
    return (struct thing){.kind = THING_TEXT, .text = cell->text};
  return lower_thing(l, site, cell->operand);
}

/* "name.rest" -> "name"; *ret_rest is what stands behind the dot. */
static struct text first_segment(struct text path, struct text *ret_rest)
{
  const char *dot = memchr(path.at, '.', path.length);
  if (dot == NULL) {
    *ret_rest = TEXT_NONE;
    return path;
  }
  size_t length = (size_t)(dot - path.at);
  *ret_rest = (struct text){dot + 1, path.length - length - 1};
  return (struct text){path.at, length};
}

static const struct binding *find_binding(const struct site *site, struct text name)
{
  if (site == NULL)
    return NULL;
  for (uint32_t i = site->frame->local_count; i-- > 0;)
    if (site->frame->locals[i].name.length != 0 && text_equal(site->frame->locals[i].name, name))
      return &site->frame->locals[i];
  return NULL;
}

/* What ${path} is replaced by; false where it stays as it is. */
static bool say_path(struct lowering *l, const struct site *site, struct text path,
                     struct span span, struct buffer *out)
{
  struct text rest;
  struct text name = first_segment(path, &rest);
  const struct binding *binding = find_binding(site, name);
  struct thing thing;
  if (binding != NULL) {
    struct text column = binding->is_row ? first_segment(rest, &rest) : TEXT_NONE;
    thing = bound_thing(l, site, binding, column);
  } else {
    uint32_t decl = program_find(l->program, KIND_PARAM, name);
    if (decl == INDEX_NONE) {
      if (site == NULL && (text_is(path, "node") || text_is(path, "csr")))
        return false;
      buffer_add_text(out, path); /* the name of a declared thing */
      return true;
    }
    thing = lower_param(l, decl, span);
  }
  while (rest.length != 0) {
    enum member member;
    if (member_find(first_segment(rest, &rest), &member))
      add_member(l, &thing, member);
  }
  if (thing.kind == THING_TEXT)
    buffer_add_text(out, thing.text);
  else
    thing_say(l, &thing, out);
  return true;
}

struct text lower_text(struct lowering *l, const struct site *site, struct text text,
                       struct span span)
{
  if (text.length == 0 || memmem(text.at, text.length, "${", 2) == NULL)
    return text;
  struct buffer out = {0};
  for (size_t at = 0; at < text.length;) {
    const char *open = memmem(text.at + at, text.length - at, "${", 2);
    size_t start = open == NULL ? text.length : (size_t)(open - text.at);
    buffer_add(&out, text.at + at, start - at);
    if (open == NULL)
      break;
    const char *close = memchr(open, '}', text.length - start);
    if (close == NULL) {
      buffer_add(&out, open, text.length - start);
      break;
    }
    size_t end = (size_t)(close - text.at) + 1;
    struct text path = {open + 2, end - start - 3};
    if (path.length == 0 || !say_path(l, site, path, span, &out))
      buffer_add(&out, open, end - start);
    at = end;
  }
  struct text filled = text_copy(l->arena, buffer_text(&out));
  buffer_free(&out);
  return filled;
}

void thing_say(const struct lowering *l, const struct thing *thing, struct buffer *out)
{
  if (thing->says.length != 0) {
    buffer_add_text(out, thing->says);
    return;
  }
  switch (thing->kind) {
  case THING_RESOURCE:
    buffer_add_text(out, l->program->decls[thing->decl].name);
    for (uint32_t i = 0; i < thing->member_count; i++) {
      buffer_add(out, ".", 1);
      buffer_add_zero(out, member_words[thing->members[i]]);
    }
    break;
  case THING_TEXT:
    buffer_add(out, "\"", 1);
    buffer_add_text(out, thing->text);
    buffer_add(out, "\"", 1);
    break;
  case THING_WORD:
  case THING_MOMENT:
  case THING_UNKNOWN:
    buffer_add_text(out, thing->text);
    break;
  case THING_NUMBER:
    buffer_format(out, "%" PRId64, thing->number);
    break;
  case THING_DURATION:
    buffer_add_text(out, duration_text(l->arena, thing->number));
    break;
  case THING_YES_NO:
    buffer_add_zero(out, thing->number != 0 ? "yes" : "no");
    break;
  }
}

struct text lower_id(struct lowering *l, const struct site *site, struct text label)
{
  struct text keys = {l->keys.bytes + site->keys.first, site->keys.count};
  return text_join(l->arena, (struct text[]){site->prefix, label, keys}, 3);
}

bool thing_same(const struct thing *a, const struct thing *b)
{
  bool texts = (a->kind == THING_TEXT || a->kind == THING_WORD) &&
               (b->kind == THING_TEXT || b->kind == THING_WORD);
  if (!texts && a->kind != b->kind)
    return false;
  return a->decl == b->decl && a->number == b->number && a->member_count == b->member_count &&
         memcmp(a->members, b->members, sizeof a->members) == 0 && text_equal(a->text, b->text);
}

struct argument thing_argument(struct lowering *l, const struct thing *thing, enum part part)
{
  struct argument argument = {.part = part, .kind = ARGUMENT_TEXT, .text = thing->text};
  switch (thing->kind) {
  case THING_RESOURCE:
    argument.kind = ARGUMENT_RESOURCE;
    argument.resource = lower_reach(l, thing->decl);
    memcpy(argument.members, thing->members, sizeof argument.members);
    argument.text = TEXT_NONE;
    break;
  case THING_NUMBER:
  case THING_DURATION:
    argument.kind = ARGUMENT_NUMBER;
    argument.number = thing->number;
    argument.text = TEXT_NONE;
    break;
  case THING_YES_NO:
    argument.kind = ARGUMENT_WORD;
    argument.text = thing->number != 0 ? TEXT("yes") : TEXT("no");
    break;
  case THING_WORD:
    argument.kind = ARGUMENT_WORD;
    break;
  case THING_TEXT:
  case THING_MOMENT:
  case THING_UNKNOWN:
    break;
  }
  return argument;
}
