/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order: which role knows which step of which other role to be done (W0505, W0511, W0514).
 *
 * (1) Each role has a clock: for each role the last of its steps that this one knows to be done. A
 *     message hands the sender's clock over. Steps are walked in text order, so branches side by side
 *     may hear of one another: then a gap is missed, never invented.
 * (2) A step relies on the last steps of other roles that touch something it touches: its
 *     certificates, systems, flows and stores, and what a flow calls with. Two steps on the same side
 *     of the connection at different places share no more than the certificate's name: what one
 *     receiver accepts is nothing to another one, nor are callers or looks.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/knowledge_int.h"

enum { WALK_MAX = 4096 /* steps looked at for one question */ };

bool stands_before(const struct graph *graph, uint32_t before, uint32_t after)
{
  uint32_t stack[WALK_MAX];
  uint32_t top = 0, seen = 0;
  if (before >= after)
    return false;
  stack[top++] = after;
  while (top > 0) {
    uint32_t at = stack[--top];
    if (at == before || ++seen == WALK_MAX)
      return true;
    struct range waits = graph->steps[at].waits_for;
    for (uint32_t i = 0; i < waits.count; i++) {
      uint32_t next = graph->indices[waits.first + i];
      if (next < before)
        continue;
      if (top == WALK_MAX)
        return true;
      stack[top++] = next;
    }
  }
  return false;
}

/* Which end of the connection a step changes. */
enum side { SIDE_NONE, SIDE_RECEIVER, SIDE_CALLER, SIDE_LOOK };

/* The last step of a role and a side that touched a resource. */
struct touch {
  uint32_t role; /* number among the plan's roles */
  enum side side;
  uint32_t step;
  uint32_t next; /* into touches; INDEX_NONE */
};

struct order {
  struct judging *j;
  uint32_t *number_of; /* resource -> number of the role */
  uint32_t role_count;
  uint32_t *clock;      /* [role * role_count + of]: step + 1, 0 = nothing known */
  bool *is_told;        /* by role */
  uint32_t *touched_by; /* resource -> first touch */
  struct touch *touches;
  uint32_t touch_count, touch_capacity;
  uint32_t *things; /* of the step that is looked at */
  uint32_t thing_count, thing_capacity;
  uint32_t *relied; /* by role: the last step relied on, + 1 */
};

static bool is_thing(enum kind kind)
{
  return kind_is_artefact(kind) || kind == KIND_SERVICEKEY || kind == KIND_SYSTEM ||
         kind == KIND_FLOW || kind == KIND_KEYSTORE || kind == KIND_INSTANCE || kind == KIND_ABAP;
}

static void add_thing(struct order *o, uint32_t resource)
{
  if (!is_thing(o->j->graph->resources[resource].kind))
    return;
  for (uint32_t i = 0; i < o->thing_count; i++)
    if (o->things[i] == resource)
      return;
  if (o->thing_count == o->thing_capacity) {
    uint32_t capacity = o->thing_capacity == 0 ? 16 : o->thing_capacity * 2;
    o->things = arena_grow(o->j->arena, o->things, o->thing_count, capacity, sizeof *o->things);
    o->thing_capacity = capacity;
  }
  o->things[o->thing_count++] = resource;
}

static void collect_things(struct order *o, const struct step *step)
{
  const struct graph *graph = o->j->graph;
  o->thing_count = 0;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind != ARGUMENT_RESOURCE)
      continue;
    add_thing(o, argument->resource);
    const struct graph_setting *calls;
    for (uint32_t nth = 0; graph->resources[argument->resource].kind == KIND_FLOW &&
                           (calls = graph_setting_nth(graph, argument->resource, KEY_CALLS, nth));
         nth++)
      if (calls->values.count > 1 && graph->values[calls->values.first + 1].kind == VALUE_REF)
        add_thing(o, graph->values[calls->values.first + 1].resource);
  }
}

static enum side side_of(const struct step *step)
{
  const struct writes_row *writes = effect_writes(step->effect);
  if (step->effect == EFFECT_LOOK)
    return SIDE_LOOK;
  if (writes == NULL)
    return SIDE_NONE;
  switch (writes->thing) {
  case MODEL_ACCEPTED:
  case MODEL_SLOT:
    return SIDE_RECEIVER;
  case MODEL_PRESENTED:
  case MODEL_RUNNING:
  case MODEL_LOADED:
    return SIDE_CALLER;
  case MODEL_ALIAS:
  case MODEL_REVOKED:
  case MODEL_TIME:
    break;
  }
  return SIDE_NONE;
}

/* What both sides name, and which lives at neither. */
static bool is_named_only(const struct graph *graph, uint32_t resource)
{
  enum kind kind = graph->resources[resource].kind;
  return kind_is_artefact(kind) || kind == KIND_SERVICEKEY;
}

static bool is_message(const struct step *step)
{
  return step->verb == VERB_TELLS || step->verb == VERB_GIVES || step->verb == VERB_AGREE;
}

static uint32_t *clock_of(struct order *o, uint32_t role)
{
  return &o->clock[(size_t)role * o->role_count];
}

static void hand_over(struct order *o, uint32_t from, uint32_t to)
{
  uint32_t *source = clock_of(o, from), *target = clock_of(o, to);
  for (uint32_t i = 0; i < o->role_count; i++)
    if (source[i] > target[i])
      target[i] = source[i];
  o->is_told[to] = true;
}

static void touch(struct order *o, uint32_t resource, uint32_t role, uint32_t step)
{
  enum side side = side_of(&o->j->graph->steps[step]);
  for (uint32_t at = o->touched_by[resource]; at != INDEX_NONE; at = o->touches[at].next)
    if (o->touches[at].role == role && o->touches[at].side == side) {
      o->touches[at].step = step;
      return;
    }
  if (o->touch_count == o->touch_capacity) {
    uint32_t capacity = o->touch_capacity == 0 ? 64 : o->touch_capacity * 2;
    o->touches = arena_grow(o->j->arena, o->touches, o->touch_count, capacity, sizeof *o->touches);
    o->touch_capacity = capacity;
  }
  o->touches[o->touch_count] = (struct touch){role, side, step, o->touched_by[resource]};
  o->touched_by[resource] = o->touch_count++;
}

static void add_gap(struct knowledge *knowledge, struct arena *arena, uint32_t before,
                    uint32_t after)
{
  if (knowledge->gap_count == knowledge->gap_capacity) {
    uint32_t capacity = knowledge->gap_capacity == 0 ? 16 : knowledge->gap_capacity * 2;
    knowledge->gaps =
        arena_grow(arena, knowledge->gaps, knowledge->gap_count, capacity, sizeof *knowledge->gaps);
    knowledge->gap_capacity = capacity;
  }
  knowledge->gaps[knowledge->gap_count++] = (struct knowledge_gap){before, after, false};
}

/* The role whose step is relied on latest, among those that are not known to be done. */
static uint32_t latest_unknown(struct order *o, uint32_t index, uint32_t role)
{
  uint32_t latest = INDEX_NONE;
  for (uint32_t other = 0; other < o->role_count; other++) {
    uint32_t relied = o->relied[other];
    if (relied == 0 || clock_of(o, role)[other] >= relied ||
        (latest != INDEX_NONE && relied <= o->relied[latest]))
      continue;
    if (stands_before(o->j->graph, relied - 1, index))
      latest = other;
    else
      o->relied[other] = 0;
  }
  return latest;
}

/* (2): what the step relies on, and its role does not know; the latest first, as its role knows of
 * what came before it. */
static void find_gaps(struct order *o, uint32_t index, uint32_t role)
{
  bool any = false;
  enum side side = side_of(&o->j->graph->steps[index]);
  for (uint32_t i = 0; i < o->thing_count; i++)
    for (uint32_t at = o->touched_by[o->things[i]]; at != INDEX_NONE; at = o->touches[at].next) {
      const struct touch *touch = &o->touches[at];
      if (touch->role == role || clock_of(o, role)[touch->role] > touch->step)
        continue;
      if (side != SIDE_NONE && touch->side == side &&
          is_named_only(o->j->graph, o->things[i]))
        continue;
      any = true;
      if (touch->step + 1 > o->relied[touch->role])
        o->relied[touch->role] = touch->step + 1;
    }
  for (uint32_t other; any && (other = latest_unknown(o, index, role)) != INDEX_NONE;) {
    add_gap(o->j->out, o->j->diags->arena, o->relied[other] - 1, index);
    hand_over(o, other, role); /* what follows from the same gap is not another one */
  }
  for (uint32_t other = 0; any && other < o->role_count; other++)
    o->relied[other] = 0;
}

/* The first step of a role that nobody asked to begin: one gap, whatever it relies on. */
static void begin_untold(struct order *o, uint32_t index, uint32_t role)
{
  struct knowledge *out = o->j->out;
  uint32_t count = out->gap_count;
  find_gaps(o, index, role);
  bool is_restart = out->gap_count > count && knowledge_is_restart(o->j->graph, &out->gaps[count]);
  if (!is_restart) {
    out->gap_count = count;
    add_gap(out, o->j->diags->arena, INDEX_NONE, index);
  }
  for (uint32_t other = 0; other < o->role_count; other++)
    hand_over(o, other, role);
}

static void send(struct order *o, const struct step *step, uint32_t role)
{
  const struct graph *graph = o->j->graph;
  enum part part = step->verb == VERB_TELLS ? PART_OBJECT : PART_RECIPIENT;
  const struct argument *argument;
  for (uint32_t nth = 0; (argument = step_argument(graph, step, part, nth)) != NULL; nth++)
    if (argument->kind == ARGUMENT_RESOURCE &&
        graph->resources[argument->resource].kind == KIND_ROLE)
      hand_over(o, role, o->number_of[argument->resource]);
}

static void agree(struct order *o, uint32_t index, const struct step *step)
{
  const uint32_t *roles = &o->j->graph->indices[step->roles.first];
  for (uint32_t i = 0; i < step->roles.count; i++) {
    uint32_t role = o->number_of[roles[i]];
    clock_of(o, role)[role] = index + 1;
    hand_over(o, role, o->number_of[roles[0]]);
  }
  for (uint32_t i = 1; i < step->roles.count; i++)
    hand_over(o, o->number_of[roles[0]], o->number_of[roles[i]]);
}

/* An approver says with the word that what it did itself is done. */
static void take_approval(struct order *o, const struct step *step, uint32_t role)
{
  if (step->needs_sign_off && step->sign_off_role != INDEX_NONE &&
      step->sign_off_role != step->role)
    hand_over(o, o->number_of[step->sign_off_role], role);
}

static void walk(struct order *o, uint32_t index)
{
  const struct step *step = &o->j->graph->steps[index];
  if (step->kind != STEP_ACTION || step->checks != INDEX_NONE || step->effect == EFFECT_READ_SET)
    return;
  /* A message that is never sent still says that there was nothing to say. */
  if (!is_message(step) && graph_is_never(o->j->graph, step->guard))
    return;
  uint32_t role = o->number_of[step->role];
  if (step->verb == VERB_AGREE) {
    agree(o, index, step);
    return;
  }
  take_approval(o, step, role);
  bool is_untold = !o->is_told[role] && step->waits_for.count != 0;
  o->is_told[role] = true;
  o->thing_count = 0;
  if (!is_message(step))
    collect_things(o, step);
  if (is_untold)
    begin_untold(o, index, role);
  if (!is_message(step)) {
    if (!is_untold)
      find_gaps(o, index, role);
    for (uint32_t i = 0; i < o->thing_count; i++)
      touch(o, o->things[i], role, index);
  }
  clock_of(o, role)[role] = index + 1;
  if (is_message(step))
    send(o, step, role);
}

void order_judge(struct judging *j)
{
  const struct graph *graph = j->graph;
  struct order o = {.j = j};
  o.number_of = arena_array(j->arena, graph->resource_count, sizeof *o.number_of);
  o.touched_by = arena_array(j->arena, graph->resource_count, sizeof *o.touched_by);
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    o.touched_by[i] = INDEX_NONE;
    if (graph->resources[i].kind == KIND_ROLE)
      o.number_of[i] = o.role_count++;
  }
  if (o.role_count > KNOWLEDGE_ROLES_MAX)
    return;
  o.clock = arena_array(j->arena, (size_t)o.role_count * o.role_count, sizeof *o.clock);
  o.is_told = arena_array(j->arena, o.role_count, sizeof *o.is_told);
  o.relied = arena_array(j->arena, o.role_count, sizeof *o.relied);
  for (uint32_t i = 0; i < graph->step_count; i++)
    walk(&o, i);
}
