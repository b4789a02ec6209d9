/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_on: `on failure continue`: a step that fails counts as left out, and what stands behind it is done all
 * the same. So the plan is proven once more, as a graph of its own in which each such step is done or not:
 * what it would have changed may be missing to all that follows (E0636). What fails alone is told first,
 * then the fewest that have to fail together; then an exchange that fails between its two changes.
 */
#include "compiler/prove/back_int.h"

/* Proofs of one plan's cases may walk over that many steps together; of so few each set can be asked. */
enum { WORK_MAX = 40000000, TOLD_MAX = 20, SETS_OF_MAX = 10 };

struct going_on {
  struct proving *p;
  uint32_t *steps; /* that may fail, and change something */
  uint32_t count;
  bool *fails; /* by those steps */
};

bool goes_on_without(const struct step *step)
{
  /* A look may be what tells that nobody has the old one; what is signed may be what a reader takes. */
  return step->kind == STEP_ACTION && step->on_failure == FAILURE_CONTINUE &&
         (effect_writes(step->effect) != NULL || step->effect == EFFECT_LOOK ||
          step->effect == EFFECT_SIGN);
}

static void find_candidates(struct going_on *g)
{
  const struct graph *graph = g->p->graph;
  g->steps = arena_array(g->p->arena, (size_t)graph->step_count + 1, sizeof *g->steps);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (goes_on_without(&graph->steps[i]))
      g->steps[g->count++] = i;
  g->fails = arena_array(g->p->arena, (size_t)g->count + 1, sizeof *g->fails);
}

static void let_fail(struct going_on *g, bool yes)
{
  for (uint32_t i = 0; i < g->count; i++)
    g->fails[i] = yes;
}

/* either_way: those that fail may be done as well. NULL where the rest is safe. */
static struct proof *prove_without(struct arena *arena, const struct going_on *g, bool either_way)
{
  struct proof *proof = ARENA_NEW(arena, struct proof);
  struct back_graph b;
  back_start(&b, arena, g->p->graph);
  for (uint32_t i = 0; i < g->count; i++)
    if (g->fails[i] && either_way)
      back_may_fail(&b, g->steps[i]);
    else if (g->fails[i])
      back_leave_out(&b, g->steps[i]);
  return back_is_safe(arena, back_finish(&b), proof) ? NULL : proof;
}

static bool is_safe_without(const struct going_on *g, bool either_way)
{
  struct arena *own = arena_new("without", 0);
  bool is_safe = prove_without(own, g, either_way) == NULL;
  arena_free(own);
  return is_safe;
}

static void report(struct going_on *g)
{
  struct proof_finding f = finding_of(DIAG_E0636);
  f.nodes = arena_array(g->p->arena, (size_t)g->count + 1, sizeof *f.nodes);
  for (uint32_t i = 0; i < g->count; i++) {
    if (!g->fails[i])
      continue;
    f.early = f.early == INDEX_NONE ? g->steps[i] : f.early;
    f.nodes[f.node_count++] = g->p->graph->steps[g->steps[i]].id;
  }
  f.way_back = prove_without(g->p->arena, g, false);
  add_finding(g->p, &f);
}

static void report_undecided(struct proving *p)
{
  struct proof_finding f = finding_of(DIAG_E0624);
  add_finding(p, &f);
}

/* The store cannot exchange the pair in one change: between the two there is none. */
static bool takes_two_changes(const struct proving *p, uint32_t step)
{
  for (uint32_t i = 0; i < p->model->connection_count; i++) {
    struct written written = model_register(p->model, p->model->connections[i].source);
    for (uint32_t w = 1; w < written.count; w++)
      if (written.writes[w].step == step && written.writes[w - 1].step == step)
        return true;
  }
  return false;
}

/* It failed between its two changes. NULL where the rest is safe, whatever else fails. */
static struct proof *prove_half(struct arena *arena, const struct going_on *g, uint32_t step)
{
  struct proof *proof = ARENA_NEW(arena, struct proof);
  struct back_graph b;
  back_start(&b, arena, g->p->graph);
  for (uint32_t i = 0; i < g->count; i++)
    if (g->steps[i] != step)
      back_may_fail(&b, g->steps[i]);
  back_half_done(&b, step);
  return back_is_safe(arena, back_finish(&b), proof) ? NULL : proof;
}

static void check_halves(struct going_on *g)
{
  uint64_t work = 0;
  for (uint32_t i = 0; i < g->count; i++) {
    enum effect effect = g->p->graph->steps[g->steps[i]].effect;
    if (effect != EFFECT_SET_ALIAS && effect != EFFECT_ACTIVATE)
      continue;
    work += g->p->graph->step_count + g->p->model->connection_count;
    if (work > WORK_MAX) {
      report_undecided(g->p);
      return;
    }
    if (!takes_two_changes(g->p, g->steps[i]))
      continue;
    struct proof *proof = prove_half(g->p->arena, g, g->steps[i]);
    if (proof == NULL)
      continue;
    struct proof_finding f = finding_of(DIAG_E0636);
    f.early = g->steps[i];
    f.way_back = proof;
    add_finding(g->p, &f);
    return;
  }
}

static bool report_alone(struct going_on *g)
{
  uint32_t told = 0;
  let_fail(g, false);
  for (uint32_t i = 0; i < g->count && told < TOLD_MAX; i++) {
    g->fails[i] = true;
    if (!is_safe_without(g, false)) {
      report(g);
      told++;
    }
    g->fails[i] = false;
  }
  return told != 0;
}

/* A set from which none can be taken. */
static bool report_smallest(struct going_on *g)
{
  let_fail(g, true);
  for (uint32_t i = 0; i < g->count; i++) {
    g->fails[i] = false;
    g->fails[i] = is_safe_without(g, true);
  }
  if (is_safe_without(g, false))
    return false;
  report(g);
  return true;
}

/* More conditions meet than can be judged together: each set is asked by itself. */
static void report_any_set(struct going_on *g)
{
  if (g->count > SETS_OF_MAX) {
    report_undecided(g->p);
    return;
  }
  for (uint32_t set = 1; set < UINT32_C(1) << g->count; set++) {
    for (uint32_t i = 0; i < g->count; i++)
      g->fails[i] = (set >> i & 1) != 0;
    if (is_safe_without(g, false))
      continue;
    report(g);
    return;
  }
}

void check_going_on(struct proving *p)
{
  struct going_on g = {.p = p};
  if (proving_is_unsafe(p))
    return; /* whatever is wrong with the whole plan is told first */
  find_candidates(&g);
  let_fail(&g, true);
  if (g.count == 0)
    return;
  if (is_safe_without(&g, true)) {
    check_halves(&g);
    return;
  }
  if ((uint64_t)g.count * p->graph->step_count > WORK_MAX)
    report_undecided(p);
  else if (!report_alone(&g) && !report_smallest(&g))
    report_any_set(&g);
}
