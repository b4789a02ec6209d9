/* SPDX-License-Identifier: Apache-2.0 */
/* back_roll: `on failure roll-back` with an `undo:` of its own, proven: E0630. See back.h (1). */
#include "compiler/prove/back_int.h"

/* Proofs of one plan's ways back may walk over that many steps together. */
enum { WORK_MAX = 40000000, TOLD_MAX = 20 };

bool back_is_safe(struct arena *arena, const struct graph *graph, struct proof *ret_proof)
{
  return back_is_safe_in(arena, graph, NULL, 0, ret_proof);
}

static bool take_findings(struct proving *p, struct proof *ret_proof)
{
  *ret_proof = (struct proof){
      .graph = p->graph,
      .model = p->model,
      .events = p->events,
      .verdict = VERDICT_UNSAFE,
      .finding_count = (uint32_t)(p->findings.size_bytes / sizeof(struct proof_finding))};
  const struct proof_finding *found = (const struct proof_finding *)(const void *)p->findings.bytes;
  ret_proof->findings = arena_array(p->arena, (size_t)ret_proof->finding_count + 1, sizeof *found);
  for (uint32_t i = 0; i < ret_proof->finding_count; i++)
    ret_proof->findings[i] = found[i];
  bool is_safe = ret_proof->finding_count == 0 && !p->events->known.is_exhausted;
  proving_end(p);
  return is_safe;
}

static void start_given(struct proving *p, struct arena *arena, const struct graph *graph,
                        const struct atoms *given, uint32_t given_mask)
{
  proving_start(p, arena, graph);
  p->given = given;
  p->given_mask = given_mask;
}

bool back_is_safe_in(struct arena *arena, const struct graph *graph, const struct atoms *given,
                     uint32_t given_mask, struct proof *ret_proof)
{
  struct proving p;
  start_given(&p, arena, graph, given, given_mask);
  p.is_way_back = true;
  check_races(&p);
  check_safety(&p);
  return take_findings(&p, ret_proof);
}

bool back_is_loaded_in(struct arena *arena, const struct graph *graph, const struct atoms *given,
                       uint32_t given_mask, struct proof *ret_proof)
{
  struct proving p;
  start_given(&p, arena, graph, given, given_mask);
  check_loads(&p);
  return take_findings(&p, ret_proof);
}

/* What the engine does not begin when the step has failed: all that waits for it. */
static void leave_out(struct back_graph *b, uint32_t failed)
{
  const struct graph *graph = b->from;
  bool *is_behind = arena_array(b->arena, (size_t)graph->step_count + 1, sizeof *is_behind);
  is_behind[failed] = true;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    for (uint32_t j = 0; j < step->waits_for.count && !is_behind[i]; j++)
      is_behind[i] = is_behind[graph->indices[step->waits_for.first + j]];
    if (i != failed && is_behind[i])
      back_leave_out(b, i);
  }
  b->is_behind = is_behind;
}

/* The undo is asked for by the engine when the step has failed: who does it knows of both. */
static void add_undo(struct back_graph *b, uint32_t failed, struct step undo)
{
  const struct step *step = &b->from->steps[failed];
  const uint32_t roles[] = {undo.role, step->role};
  undo.id = text_format(b->arena, "undo of %.*s", TEXT_ARG(step->id));
  undo.label = TEXT("undo");
  back_add(b, undo, roles, 2, &failed, 1);
}

/* decisions, verb table: a store that is put back as it was holds the old pair again, of each certificate
 * that the plan has exchanged in it so far. */
static void add_restores(struct back_graph *b, uint32_t failed, const struct step *undo)
{
  const struct graph *graph = b->from;
  const struct argument *store = step_argument(graph, undo, PART_OBJECT, 0);
  for (uint32_t i = 0; i < graph->step_count && store != NULL; i++) {
    const struct step *exchange = &graph->steps[i];
    const struct argument *place = step_argument(graph, exchange, PART_PLACE, 0);
    const struct argument *given = step_argument(graph, exchange, PART_WITH, 0);
    if ((i != failed && b->is_behind[i]) || exchange->effect != EFFECT_SET_ALIAS || place == NULL ||
        given == NULL || place->resource != store->resource)
      continue;
    struct argument arguments[] = {*given, *given, *place};
    arguments[0].part = PART_OBJECT;
    arguments[1].members[0] = MEMBER_OLD;
    struct step put = *undo;
    put.effect = EFFECT_SET_ALIAS;
    put.verb = VERB_REPLACES;
    put.guard = exchange->guard;
    put.arguments = back_arguments(b, arguments, 3);
    add_undo(b, failed, put);
  }
}

/* The inverse of what adds to a receiver's list: what is new to it is taken out again. */
static void add_inverse(struct back_graph *b, uint32_t failed)
{
  const struct step *step = &b->from->steps[failed];
  struct step drop = *step;
  struct buffer arguments = {0};
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &b->from->arguments[step->arguments.first + i];
    if (argument->part != PART_OBJECT || argument_version(argument) == HELD_NEW)
      buffer_add(&arguments, argument, sizeof *argument);
  }
  drop.verb = VERB_REMOVES;
  drop.effect = EFFECT_DROP_ACCEPTED;
  drop.arguments = back_arguments(b, (const struct argument *)(const void *)arguments.bytes,
                                  (uint32_t)(arguments.size_bytes / sizeof(struct argument)));
  buffer_free(&arguments);
  add_undo(b, failed, drop);
}

struct proof *prove_roll_back(struct arena *arena, const struct graph *graph, uint32_t index)
{
  const struct step *undo =
      graph->steps[index].undo == INDEX_NONE ? NULL : &graph->undo[graph->steps[index].undo];
  struct proof *proof = ARENA_NEW(arena, struct proof);
  struct back_graph b;
  back_start(&b, arena, graph);
  leave_out(&b, index);
  if (undo == NULL)
    add_inverse(&b, index);
  else if (undo->effect == EFFECT_RESTORE)
    add_restores(&b, index, undo);
  else
    add_undo(&b, index, *undo);
  return back_is_safe(arena, back_finish(&b), proof) ? NULL : proof;
}

static void check_step(struct proving *p, uint32_t index)
{
  struct arena *own = arena_new("roll-back", 0);
  bool is_safe = prove_roll_back(own, p->graph, index) == NULL;
  arena_free(own);
  if (is_safe)
    return;
  struct proof_finding f = finding_of(DIAG_E0630);
  f.early = index;
  f.way_back = prove_roll_back(p->arena, p->graph, index);
  add_finding(p, &f);
}

/* Another step adds the same to the same place, and neither knows of the other: the inverse of one takes
 * away what the other one has added. */
static bool is_shared(struct proving *p, uint32_t index)
{
  const struct graph *graph = p->graph;
  const struct step *step = &graph->steps[index];
  const struct argument *place = step_argument(graph, step, PART_PLACE, 0);
  if ((step->effect != EFFECT_ADD_ACCEPTED && step->effect != EFFECT_ADD_ROOT) || place == NULL)
    return false;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct argument *other = step_argument(graph, &graph->steps[i], PART_PLACE, 0);
    if (i != index && graph->steps[i].kind == STEP_ACTION &&
        graph->steps[i].effect == step->effect && other != NULL &&
        other->resource == place->resource && !events_knows(p->events, index, i) &&
        !events_knows(p->events, i, index))
      return true;
  }
  return false;
}

void check_roll_backs(struct proving *p)
{
  uint64_t work = 0;
  uint32_t told = 0;
  if (proving_is_unsafe(p))
    return; /* whatever is wrong with the way there is told first */
  for (uint32_t i = 0; i < p->graph->step_count && told < TOLD_MAX; i++) {
    const struct step *step = &p->graph->steps[i];
    if (step->kind == STEP_JOIN || step->on_failure != FAILURE_ROLL_BACK)
      continue;
    work += p->graph->step_count;
    if (work <= WORK_MAX && step->undo == INDEX_NONE && !is_shared(p, i))
      continue;
    size_t before = p->findings.size_bytes;
    if (work <= WORK_MAX) {
      check_step(p, i);
      told += p->findings.size_bytes != before;
      continue;
    }
    struct proof_finding f = finding_of(DIAG_E0624);
    add_finding(p, &f);
    return;
  }
}
