/* SPDX-License-Identifier: Apache-2.0 */
/* rplan_parts: what steps are about: arguments, guards, resources, values. See rplan_int.h. */
#include "compiler/graph/rplan_int.h"

bool rplan_is_writing(const struct document *d)
{
  return canon_is_writing(&d->canon);
}

struct text rplan_io_word(struct document *d, const char *word)
{
  struct text text = text_of(word);
  if (!rplan_is_writing(d))
    text = TEXT_NONE;
  canon_text(&d->canon, &text);
  return text;
}

static void io_kind(struct document *d, enum kind *kind)
{
  struct text word = rplan_io_word(d, kind_words[*kind]);
  if (!rplan_is_writing(d) && !kind_find(word, kind))
    canon_break(&d->canon);
}

static void io_setting_key(struct document *d, enum key *key)
{
  struct text word = rplan_io_word(d, key_words[*key]);
  if (!rplan_is_writing(d) && !key_find(word, key))
    canon_break(&d->canon);
}

static void io_part(struct document *d, enum part *part)
{
  struct text word = rplan_io_word(d, part_words[*part]);
  if (!rplan_is_writing(d) && !part_find(word, part))
    canon_break(&d->canon);
}

static void io_member(struct document *d, enum member *member)
{
  struct text word = rplan_io_word(d, member_words[*member]);
  if (!rplan_is_writing(d) && (word.length == 0 || !member_find(word, member)))
    canon_break(&d->canon);
}

static void io_members(struct document *d, struct argument *argument)
{
  struct canon *c = &d->canon;
  if (!canon_has(c, "members", argument->members[0] != MEMBER_NONE))
    return;
  canon_bracket(c, '[');
  uint32_t count = 0;
  while (canon_more(c, count < MEMBERS_MAX && argument->members[count] != MEMBER_NONE)) {
    if (count == MEMBERS_MAX) {
      canon_break(c);
      return;
    }
    io_member(d, &argument->members[count++]);
  }
  canon_bracket(c, ']');
}

/* Each kind has its own key, so that no kind needs a name. */
static void io_argument(struct document *d, struct argument *argument)
{
  struct canon *c = &d->canon;
  bool writing = rplan_is_writing(d);
  enum argument_kind kind = argument->kind;
  canon_bracket(c, '{');
  io_members(d, argument);
  if (canon_has(c, "number", writing && kind == ARGUMENT_NUMBER)) {
    argument->kind = ARGUMENT_NUMBER;
    canon_number(c, &argument->number);
    canon_key(c, "part");
    io_part(d, &argument->part);
    canon_bracket(c, '}');
    return;
  }
  canon_key(c, "part");
  io_part(d, &argument->part);
  if (canon_has(c, "resource", writing && kind == ARGUMENT_RESOURCE)) {
    argument->kind = ARGUMENT_RESOURCE;
    canon_index(c, &argument->resource);
  } else if (canon_has(c, "text", writing && kind == ARGUMENT_TEXT)) {
    argument->kind = ARGUMENT_TEXT;
    canon_text(c, &argument->text);
  } else {
    canon_key(c, "word");
    argument->kind = ARGUMENT_WORD;
    canon_text(c, &argument->text);
  }
  canon_bracket(c, '}');
}

void rplan_io_arguments(struct document *d, struct range *range)
{
  struct canon *c = &d->canon;
  if (!canon_has(c, "arguments", range->count != 0))
    return;
  struct range read = {builder_argument_count(&d->builder), 0};
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, i < range->count); i++) {
    struct argument argument = {0};
    if (rplan_is_writing(d))
      argument = d->graph->arguments[range->first + i];
    io_argument(d, &argument);
    if (!rplan_is_writing(d))
      builder_add_argument(&d->builder, argument);
  }
  canon_bracket(c, ']');
  read.count = builder_argument_count(&d->builder) - read.first;
  if (!rplan_is_writing(d))
    *range = read;
}

/* The argument that a guard compares. */
static void io_operand(struct document *d, uint32_t *index)
{
  struct argument argument = {0};
  if (rplan_is_writing(d))
    argument = d->graph->arguments[*index];
  io_argument(d, &argument);
  if (!rplan_is_writing(d))
    *index = builder_add_argument(&d->builder, argument);
}

static void io_pair(struct document *d, struct guard_node *node,
                    void (*io_side)(struct document *d, uint32_t *index))
{
  canon_bracket(&d->canon, '[');
  if (canon_more(&d->canon, true))
    io_side(d, &node->left);
  if (canon_more(&d->canon, true))
    io_side(d, &node->right);
  canon_bracket(&d->canon, ']');
}

static void io_guard_index(struct document *d, uint32_t *index)
{
  canon_index(&d->canon, index);
}

static bool is_op(struct document *d, struct guard_node *node, const char *key, enum guard_op op)
{
  if (!canon_has(&d->canon, key, rplan_is_writing(d) && node->op == op))
    return false;
  node->op = op;
  return true;
}

void rplan_io_guard(struct document *d, struct guard_node *node)
{
  canon_bracket(&d->canon, '{');
  if (is_op(d, node, "and", GUARD_AND) || is_op(d, node, "or", GUARD_OR))
    io_pair(d, node, io_guard_index);
  else if (is_op(d, node, "equal", GUARD_EQUAL) || is_op(d, node, "unequal", GUARD_UNEQUAL))
    io_pair(d, node, io_operand);
  else if (is_op(d, node, "fact", GUARD_FACT))
    io_operand(d, &node->left);
  else if (is_op(d, node, "not", GUARD_NOT))
    canon_index(&d->canon, &node->left);
  else {
    canon_key(&d->canon, "constant");
    node->op = GUARD_CONSTANT;
    bool yes = node->left != 0;
    canon_yes_no(&d->canon, &yes);
    node->left = yes;
  }
  canon_bracket(&d->canon, '}');
}

static bool is_value(struct document *d, struct graph_value *value, const char *key,
                     enum value_kind kind)
{
  if (!canon_has(&d->canon, key, rplan_is_writing(d) && value->kind == kind))
    return false;
  value->kind = kind;
  return true;
}

static void io_value(struct document *d, struct graph_value *value)
{
  struct canon *c = &d->canon;
  if (canon_null(c, rplan_is_writing(d) && value->kind == VALUE_NONE))
    return;
  canon_bracket(c, '{');
  if (is_value(d, value, "date", VALUE_DATE) || is_value(d, value, "datetime", VALUE_DATETIME) ||
      is_value(d, value, "text", VALUE_TEXT) || is_value(d, value, "word", VALUE_WORD))
    canon_text(c, &value->text);
  else if (is_value(d, value, "minutes", VALUE_TIME) ||
           is_value(d, value, "month-day", VALUE_MONTH_DAY) ||
           is_value(d, value, "number", VALUE_NUMBER) ||
           is_value(d, value, "seconds", VALUE_DURATION))
    canon_number(c, &value->number);
  else if (is_value(d, value, "yes", VALUE_YES_NO)) {
    bool yes = value->number != 0;
    canon_yes_no(c, &yes);
    value->number = yes;
  } else if (is_value(d, value, "resource", VALUE_REF))
    canon_index(c, &value->resource);
  else {
    canon_key(c, "member");
    value->kind = VALUE_MEMBER;
    io_member(d, &value->member);
    canon_key(c, "resource");
    canon_index(c, &value->resource);
  }
  canon_bracket(c, '}');
}

static void io_setting(struct document *d, struct graph_setting *setting)
{
  struct canon *c = &d->canon;
  canon_bracket(c, '{');
  canon_key(c, "key");
  io_setting_key(d, &setting->key);
  canon_key(c, "values");
  struct range read = {builder_value_count(&d->builder), 0};
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, i < setting->values.count); i++) {
    struct graph_value value = {0};
    if (rplan_is_writing(d))
      value = d->graph->values[setting->values.first + i];
    io_value(d, &value);
    if (!rplan_is_writing(d))
      builder_add_value(&d->builder, value);
  }
  canon_bracket(c, ']');
  canon_bracket(c, '}');
  read.count = builder_value_count(&d->builder) - read.first;
  if (!rplan_is_writing(d))
    setting->values = read;
}

void rplan_io_resource(struct document *d, struct resource *resource)
{
  struct canon *c = &d->canon;
  canon_bracket(c, '{');
  canon_key(c, "kind");
  io_kind(d, &resource->kind);
  canon_key(c, "name");
  canon_text(c, &resource->name);
  canon_key(c, "settings");
  struct range read = {builder_setting_count(&d->builder), 0};
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, i < resource->settings.count); i++) {
    struct graph_setting setting = {0};
    if (rplan_is_writing(d))
      setting = d->graph->settings[resource->settings.first + i];
    io_setting(d, &setting);
    if (!rplan_is_writing(d))
      builder_add_setting(&d->builder, setting);
  }
  canon_bracket(c, ']');
  canon_optional_text(c, "title", &resource->title);
  canon_bracket(c, '}');
  read.count = builder_setting_count(&d->builder) - read.first;
  if (!rplan_is_writing(d))
    resource->settings = read;
}
