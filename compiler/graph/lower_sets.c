/* SPDX-License-Identifier: Apache-2.0 */
/* lower_sets: the elements of a `for each`, in the order in which they are written. */
#include <stdlib.h>
#include <string.h>

#include "compiler/graph/lower_int.h"

struct collecting {
  struct lowering *l;
  struct buffer elements;
  struct text_map keys; /* a set holds an element once */
};

static bool is_name(struct text word)
{
  bool dash_may_follow = false;
  for (size_t i = 0; i < word.length; i++) {
    char c = word.at[i];
    bool letter = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
    if (!letter && !(digit && i > 0) && !(c == '-' && dash_may_follow))
      return false;
    dash_may_follow = letter || digit;
  }
  return word.length != 0 && dash_may_follow;
}

/* Keys that are not names are quoted: restart["node 1"]. */
static struct text key_text(struct arena *arena, struct text key)
{
  if (is_name(key))
    return key;
  key = text_visible(arena, key);
  char *bytes = arena_alloc(arena, key.length * 2 + 3);
  size_t length = 0;
  bytes[length++] = '"';
  for (size_t i = 0; i < key.length; i++) {
    if (key.at[i] == '"' || key.at[i] == '\\')
      bytes[length++] = '\\';
    bytes[length++] = key.at[i];
  }
  bytes[length++] = '"';
  return (struct text){bytes, length};
}

static void add_element(struct collecting *c, struct text key, struct binding binding)
{
  if (!text_map_add(&c->keys, key, 0, NULL))
    return;
  struct element element = {key_text(c->l->arena, key), binding};
  buffer_add(&c->elements, &element, sizeof element);
}

static void add_node(struct collecting *c, const struct value *value)
{
  struct text node =
      value->kind == VALUE_TEXT ? lower_text(c->l, NULL, value->text, value->span) : value->text;
  add_element(c, node, (struct binding){.thing = {.kind = THING_WORD, .text = node}});
}

/* nodes NAME, ... and node NAME at TEXT; of a flow on a tenant, the tenant's. */
static void collect_nodes(struct collecting *c, const struct decl *decl)
{
  bool any = false;
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    if (setting->key != KEY_NODES && setting->key != KEY_NODE)
      continue;
    uint32_t count = setting->key == KEY_NODE ? 1 : setting->value_count;
    for (uint32_t j = 0; j < count; j++)
      if (setting->values[j].kind != VALUE_NONE && !text_is(setting->values[j].text, "any"))
        add_node(c, &setting->values[j]);
    any = true;
  }
  const struct value *tenant = decl_value(decl, KEY_ON, 0);
  if (!any && tenant != NULL && tenant->kind == VALUE_REF)
    collect_nodes(c, &c->l->program->decls[tenant->decl]);
}

static int compare_decls(const void *a, const void *b, void *decls)
{
  const struct decl *left = (const struct decl *)decls + *(const uint32_t *)a;
  const struct decl *right = (const struct decl *)decls + *(const uint32_t *)b;
  return text_compare(left->name, right->name);
}

/* certificate.flows: the flows that call somebody with it, by name. */
static void collect_flows(struct collecting *c, uint32_t certificate)
{
  const struct program *program = c->l->program;
  struct buffer flows = {0};
  for (uint32_t i = 0; i < program->decl_count; i++) {
    const struct decl *decl = &program->decls[i];
    bool calls = false;
    for (uint32_t j = 0; decl->kind == KIND_FLOW && j < decl->setting_count; j++)
      calls |= decl->settings[j].key == KEY_CALLS && decl->settings[j].value_count > 1 &&
               decl->settings[j].values[1].kind == VALUE_REF &&
               decl->settings[j].values[1].decl == certificate;
    if (calls)
      buffer_add(&flows, &i, sizeof i);
  }
  uint32_t *indices = (uint32_t *)(void *)flows.bytes;
  size_t count = flows.size_bytes / sizeof *indices;
  if (count != 0)
    qsort_r(indices, count, sizeof *indices, compare_decls, program->decls);
  for (size_t i = 0; i < count; i++)
    add_element(c, program->decls[indices[i]].name,
                (struct binding){.thing = {.kind = THING_RESOURCE, .decl = indices[i]}});
  buffer_free(&flows);
}

static void collect_rows(struct collecting *c, const struct decl *decl, struct text using_column)
{
  const struct table_body *table = decl->table;
  uint32_t key = 0;
  for (uint32_t i = 0; i < table->column_count; i++)
    if (text_equal(table->columns[i], using_column))
      key = i;
  for (uint32_t i = 0; i < table->row_count; i++)
    add_element(c, table->cells[i * table->column_count + key].text,
                (struct binding){.is_row = true, .table = decl, .row = i});
}

static void report_open(struct lowering *l, const struct stmt *loop, const struct thing *set)
{
  struct diag *diag = diag_add(l->diags, DIAG_E0414, loop->set->span,
                               "only the remote system knows the elements of this set");
  diag_set_label(l->diags, diag, "a plan that is executed or approved names each step");
  struct text name = l->program->decls[set->decl].name;
  diag_add_help(l->diags, diag, "say them: --set %.*s.%s=NAME,NAME; they become part of the plan",
                TEXT_ARG(name), member_words[set->members[set->member_count - 1]]);
  const struct value *mode = decl_value(&l->program->decls[set->decl], KEY_MODE, 0);
  if (mode != NULL && text_is(mode->text, "api"))
    diag_add_help(l->diags, diag, "which they are now: renew plan PLAN --live --trust-plan");
  diag_add_help(l->diags, diag, "or name them in a `table` and write `for each row in TABLE`");
}

/* NAME,NAME: blanks around a name do not count. */
static void collect_given(struct collecting *c, struct text given)
{
  for (size_t at = 0; at < given.length;) {
    const char *comma = memchr(given.at + at, ',', given.length - at);
    size_t end = comma == NULL ? given.length : (size_t)(comma - given.at);
    size_t from = at, to = end;
    while (from < to && given.at[from] == ' ')
      from++;
    while (to > from && given.at[to - 1] == ' ')
      to--;
    struct text name = text_copy(c->l->arena, (struct text){given.at + from, to - from});
    if (name.length != 0)
      add_element(c, name, (struct binding){.thing = {.kind = THING_WORD, .text = name}});
    at = end + 1;
  }
}

/* A set that only the remote system knows. Without its elements two stand for all: what holds for
 * two side by side holds for any number. */
static void collect_open(struct collecting *c, const struct stmt *loop, const struct thing *set)
{
  static const char *const generic[] = {"*1", "*2"};
  static const char *const says[] = {"one of", "another of"};
  struct text given;
  lower_reach(c->l, set->decl);
  if (lower_given(c->l, set, &given)) {
    collect_given(c, given);
    return;
  }
  if (c->l->needs_values) {
    report_open(c->l, loop, set);
    c->l->failed = true;
  }
  thing_say(c->l, set, &c->l->scratch);
  struct text name = text_copy(c->l->arena, buffer_text(&c->l->scratch));
  c->l->scratch.size_bytes = 0;
  for (size_t i = 0; i < sizeof generic / sizeof generic[0]; i++) {
    struct text word = text_of(generic[i]);
    struct element element = {
        word,
        {.thing = {.kind = THING_WORD,
                   .text = word,
                   .says = text_format(c->l->arena, "%s %.*s", says[i], TEXT_ARG(name))}}};
    buffer_add(&c->elements, &element, sizeof element);
  }
}

bool lower_set(struct lowering *l, const struct site *site, const struct stmt *loop,
               struct elements *ret_elements)
{
  struct collecting c = {.l = l};
  struct thing set = lower_thing(l, site, loop->set);
  if (set.kind != THING_RESOURCE)
    return false;
  /* Of this set alone: a large plan has many large ones. */
  struct arena *scratch = arena_new("set", 0);
  text_map_start(&c.keys, scratch);
  const struct decl *decl = &l->program->decls[set.decl];
  enum member member = set.member_count == 0 ? MEMBER_NONE : set.members[set.member_count - 1];
  if (decl->kind == KIND_TABLE)
    collect_rows(&c, decl, loop->using_column);
  else if (member == MEMBER_NODES)
    collect_nodes(&c, decl);
  else if (member == MEMBER_FLOWS)
    collect_flows(&c, set.decl);
  else
    collect_open(&c, loop, &set);
  ret_elements->is_open =
      decl->kind != KIND_TABLE && member != MEMBER_NODES && member != MEMBER_FLOWS;
  ret_elements->set = set;
  struct text given;
  ret_elements->is_generic = ret_elements->is_open && !lower_given(l, &set, &given);
  ret_elements->count = (uint32_t)(c.elements.size_bytes / sizeof(struct element));
  ret_elements->items = (const struct element *)(const void *)c.elements.bytes;
  ret_elements->owned = c.elements;
  arena_free(scratch);
  return true;
}
