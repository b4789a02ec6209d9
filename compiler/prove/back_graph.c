/* SPDX-License-Identifier: Apache-2.0 */
/* back_graph: a graph out of some steps of another one, and of steps that come behind them. */
#include <string.h>

#include "compiler/prove/back_int.h"

void back_start(struct back_graph *b, struct arena *arena, const struct graph *from)
{
  *b = (struct back_graph){.arena = arena, .from = from, .never = from->guard_count};
  struct guard_node never = {GUARD_CONSTANT, 0, 0};
  buffer_add(&b->arguments, from->arguments, from->argument_count * sizeof *from->arguments);
  buffer_add(&b->indices, from->indices, from->index_count * sizeof *from->indices);
  buffer_add(&b->steps, from->steps, from->step_count * sizeof *from->steps);
  buffer_add(&b->guards, from->guards, from->guard_count * sizeof *from->guards);
  buffer_add(&b->guards, &never, sizeof never);
}

static uint32_t index_count(const struct back_graph *b)
{
  return (uint32_t)(b->indices.size_bytes / sizeof(uint32_t));
}

static void add_index(struct back_graph *b, uint32_t index)
{
  buffer_add(&b->indices, &index, sizeof index);
}

/* What the plan speaks of stays what it is: who is asked for a name, who is a caller. */
void back_leave_out(struct back_graph *b, uint32_t step)
{
  ((struct step *)(void *)b->steps.bytes)[step].guard = b->never;
}

void back_half_done(struct back_graph *b, uint32_t step)
{
  struct step *row = &((struct step *)(void *)b->steps.bytes)[step];
  const struct argument *given = step_argument(b->from, row, PART_WITH, 0);
  if (given == NULL)
    given = step_argument(b->from, row, PART_OBJECT, 0);
  struct argument gone = *given;
  gone.part = PART_OBJECT;
  gone.members[0] = MEMBER_OLD;
  row->effect = EFFECT_DROP_ALIAS;
  row->arguments = back_arguments(b, &gone, 1);
}

static uint32_t add_guard(struct back_graph *b, enum guard_op op, uint32_t left, uint32_t right)
{
  struct guard_node node = {op, left, right};
  buffer_add(&b->guards, &node, sizeof node);
  return (uint32_t)(b->guards.size_bytes / sizeof node) - 1;
}

void back_may_fail(struct back_graph *b, uint32_t step)
{
  struct step *row = &((struct step *)(void *)b->steps.bytes)[step];
  struct argument failure = {.kind = ARGUMENT_TEXT,
                             .text = text_format(b->arena, "failure of `%.*s`", TEXT_ARG(row->id))};
  uint32_t fails = add_guard(b, GUARD_FACT, back_arguments(b, &failure, 1).first, 0);
  uint32_t is_done = add_guard(b, GUARD_NOT, fails, 0);
  row->guard = row->guard == INDEX_NONE ? is_done : add_guard(b, GUARD_AND, row->guard, is_done);
}

struct range back_arguments(struct back_graph *b, const struct argument *arguments, uint32_t count)
{
  struct range range = {(uint32_t)(b->arguments.size_bytes / sizeof *arguments), count};
  buffer_add(&b->arguments, arguments, count * sizeof *arguments);
  return range;
}

uint32_t back_add(struct back_graph *b, struct step step, const uint32_t *roles,
                  uint32_t role_count, const uint32_t *waits, uint32_t wait_count)
{
  step.roles = (struct range){index_count(b), role_count};
  for (uint32_t i = 0; i < role_count; i++)
    add_index(b, roles[i]);
  step.waits_for = (struct range){index_count(b), wait_count};
  for (uint32_t i = 0; i < wait_count; i++)
    add_index(b, waits[i]);
  step.checks = step.undo = INDEX_NONE;
  step.on_failure = FAILURE_STOP;
  step.needs_sign_off = false;
  step.kind = STEP_ACTION;
  buffer_add(&b->steps, &step, sizeof step);
  return (uint32_t)(b->steps.size_bytes / sizeof step) - 1;
}

static void *keep(struct arena *arena, struct buffer *buffer, size_t item_bytes,
                  uint32_t *ret_count)
{
  *ret_count = (uint32_t)(buffer->size_bytes / item_bytes);
  void *kept = arena_array(arena, (size_t)*ret_count + 1, item_bytes);
  if (*ret_count != 0)
    memcpy(kept, buffer->bytes, buffer->size_bytes);
  buffer_free(buffer);
  return kept;
}

struct graph *back_finish(struct back_graph *b)
{
  struct graph *graph = ARENA_NEW(b->arena, struct graph);
  *graph = *b->from;
  graph->arena = b->arena;
  graph->arguments =
      keep(b->arena, &b->arguments, sizeof *graph->arguments, &graph->argument_count);
  graph->indices = keep(b->arena, &b->indices, sizeof *graph->indices, &graph->index_count);
  graph->guards = keep(b->arena, &b->guards, sizeof *graph->guards, &graph->guard_count);
  graph->steps = keep(b->arena, &b->steps, sizeof *graph->steps, &graph->step_count);
  graph->action_count = 0;
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION)
      graph->steps[i].number = ++graph->action_count;
  return graph;
}
