/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_open: the step that stands before the block of an open set. The plan was approved with
 * these elements; the set is read again before the first of them is touched.
 * SAP-f7a5-12: which communication systems use the expiring certificate.
 *
 * (1) It belongs to the owner of the system, has the effect read-set and no verb of its own.
 * (2) Its arguments are the set (object), what narrows it (with) and each element (expected).
 */
#include "compiler/graph/lower_int.h"

bool lower_given(struct lowering *l, const struct thing *set, struct text *ret_given)
{
  const char *member = member_words[set->members[set->member_count - 1]];
  struct text key =
      text_format(l->arena, "%.*s.%s", TEXT_ARG(l->program->decls[set->decl].name), member);
  for (uint32_t i = l->program->given_count; i-- > 0;)
    if (text_equal(l->program->given[i].name, key)) {
      *ret_given = l->program->given[i].value;
      return true;
    }
  return false;
}

/* target.set; a second block of the same variable has target.set-2. */
static struct text name_of(struct lowering *l, const struct site *site, const struct stmt *loop,
                           struct text *ret_label)
{
  for (uint32_t nth = 1;; nth++) {
    *ret_label = nth == 1 ? text_format(l->arena, "%.*s.set", TEXT_ARG(loop->variable))
                          : text_format(l->arena, "%.*s.set-%u", TEXT_ARG(loop->variable), nth);
    struct text id = lower_id(l, site, *ret_label);
    if (text_map_add(&l->set_names, id, 0, NULL))
      return id;
  }
}

static struct text sentence_of(struct lowering *l, const struct elements *elements,
                               const struct thing *narrows, uint32_t role)
{
  struct buffer *out = &l->scratch;
  out->size_bytes = 0;
  buffer_format(out, "%.*s reads ", TEXT_ARG(l->program->decls[role].name));
  thing_say(l, &elements->set, out);
  if (narrows != NULL) {
    buffer_add_zero(out, " using ");
    thing_say(l, narrows, out);
  }
  buffer_add_zero(out, elements->is_generic   ? " before the first is touched"
                       : elements->count == 0 ? " again: none is expected"
                                              : " again: only ");
  for (uint32_t i = 0; i < elements->count && !elements->is_generic; i++) {
    buffer_add_zero(out, i == 0 ? "" : ", ");
    thing_say(l, &elements->items[i].binding.thing, out);
  }
  if (elements->count != 0 && !elements->is_generic)
    buffer_add_zero(out, elements->count == 1 ? " is expected" : " are expected");
  struct text sentence = text_visible(l->arena, text_copy(l->arena, buffer_text(out)));
  out->size_bytes = 0;
  return sentence;
}

uint32_t lower_read_set(struct lowering *l, const struct site *site, const struct stmt *loop,
                        const struct elements *elements, uint32_t entry)
{
  const struct value *owner = decl_value(&l->program->decls[elements->set.decl], KEY_OWNER, 0);
  if (owner == NULL || owner->kind != VALUE_REF || l->failed)
    return entry;
  struct place place = source_place(l->program->sources, loop->span);
  struct thing narrows;
  if (loop->using_operand != NULL)
    narrows = lower_thing(l, site, loop->using_operand);
  struct step step = {.kind = STEP_ACTION,
                      .verb = VERB_CHECKS,
                      .effect = EFFECT_READ_SET,
                      .role = lower_reach(l, owner->decl),
                      .guard = site->guard,
                      .checks = INDEX_NONE,
                      .undo = INDEX_NONE,
                      .window = INDEX_NONE,
                      .sign_off_role = INDEX_NONE,
                      .source = l->source_of_file[loop->span.file],
                      .line = place.line,
                      .column = place.column};
  step.id = name_of(l, site, loop, &step.label);
  step.sentence =
      sentence_of(l, elements, loop->using_operand == NULL ? NULL : &narrows, step.role);
  step.roles = (struct range){builder_index_count(&l->builder), 1};
  builder_add_index(&l->builder, step.role);
  uint32_t first = builder_argument_count(&l->builder);
  builder_add_argument(&l->builder, thing_argument(l, &elements->set, PART_OBJECT));
  if (loop->using_operand != NULL)
    builder_add_argument(&l->builder, thing_argument(l, &narrows, PART_WITH));
  for (uint32_t i = 0; i < elements->count; i++)
    builder_add_argument(&l->builder,
                         thing_argument(l, &elements->items[i].binding.thing, PART_EXPECTED));
  step.arguments = (struct range){first, builder_argument_count(&l->builder) - first};
  l->action_count++;
  step.waits_for = (struct range){builder_index_count(&l->builder), entry != INDEX_NONE};
  if (entry != INDEX_NONE)
    builder_add_index(&l->builder, entry);
  return builder_add_step(&l->builder, &step);
}
