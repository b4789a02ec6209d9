/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_on: `on failure continue`: a step that fails counts as left out, and what stands behind it is done all
 * the same. So the plan is proven once more without it, as a graph of its own: what it would have changed
 * may be missing to all that follows (E0636). Without each one alone, and without all of them.
 */
#include "compiler/prove/back_int.h"

/* Proofs of one plan's cases may walk over that many steps together. */
enum { WORK_MAX = 40000000, TOLD_MAX = 20 };

static bool is_candidate(const struct step *step)
{
  return step->kind == STEP_ACTION && step->on_failure == FAILURE_CONTINUE &&
         effect_writes(step->effect) != NULL;
}

/* index INDEX_NONE: without all of them. NULL where the rest is safe. */
static struct proof *prove_without(struct arena *arena, const struct graph *graph, uint32_t index)
{
  struct proof *proof = ARENA_NEW(arena, struct proof);
  struct back_graph b;
  back_start(&b, arena, graph);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (i == index || (index == INDEX_NONE && is_candidate(&graph->steps[i])))
      back_leave_out(&b, i);
  return back_is_safe(arena, back_finish(&b), proof) ? NULL : proof;
}

static bool check_without(struct proving *p, uint32_t index, uint32_t at)
{
  struct arena *own = arena_new("without", 0);
  bool is_safe = prove_without(own, p->graph, index) == NULL;
  arena_free(own);
  if (is_safe)
    return true;
  struct proof_finding f = finding_of(DIAG_E0636);
  f.early = at;
  f.way_back = prove_without(p->arena, p->graph, index);
  add_finding(p, &f);
  return false;
}

void check_going_on(struct proving *p)
{
  uint64_t work = 0;
  uint32_t told = 0, count = 0, first = INDEX_NONE;
  if (proving_is_unsafe(p))
    return; /* whatever is wrong with the whole plan is told first */
  for (uint32_t i = 0; i < p->graph->step_count && told < TOLD_MAX; i++) {
    if (!is_candidate(&p->graph->steps[i]))
      continue;
    count++;
    first = first == INDEX_NONE ? i : first;
    work += p->graph->step_count;
    if (work > WORK_MAX) {
      struct proof_finding f = finding_of(DIAG_E0624);
      add_finding(p, &f);
      return;
    }
    told += !check_without(p, i, i);
  }
  if (count > 1 && told == 0)
    check_without(p, INDEX_NONE, first);
}
