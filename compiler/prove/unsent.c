/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unsent: messages, agreements and sign-offs that not every run has: their condition turns out no, or they
 * may fail (`on failure continue`). Then nobody learns by them, so the plan is proven once more for
 * each way in which their conditions may turn out, without what they tell (E0637). A plan that is safe
 * without any of them needs one such proof.
 */
#include "compiler/prove/back_int.h"

/* All these proofs may walk over that many steps together. */
enum { WORK_MAX = 40000000 };

struct unsent {
  struct proving *p;
  uint32_t *carriers; /* steps */
  uint32_t count;
  struct atoms atoms;
};

static bool tells_others(const struct step *step)
{
  return step->kind == STEP_ACTION &&
         (step->effect == EFFECT_MESSAGE || step->effect == EFFECT_DELIVER ||
          step->effect == EFFECT_AGREEMENT || step->needs_sign_off || step->roles.count > 1);
}

static bool may_fail(const struct step *step)
{
  return step->on_failure == FAILURE_CONTINUE;
}

/* No condition can make it stay out. */
static bool is_always(const struct graph *graph, uint32_t guard)
{
  return guard == INDEX_NONE ||
         (graph->guards[guard].op == GUARD_CONSTANT && graph->guards[guard].left != 0);
}

static void find_carriers(struct unsent *u)
{
  const struct graph *graph = u->p->graph;
  u->carriers = arena_array(u->p->arena, (size_t)graph->step_count + 1, sizeof *u->carriers);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (!tells_others(step) || (is_always(graph, step->guard) && !may_fail(step)))
      continue;
    u->carriers[u->count++] = i;
    atoms_add_guard(u->p->model, &u->atoms, step->guard);
  }
}

static bool is_mute(const struct unsent *u, uint32_t carrier, uint32_t mask)
{
  const struct step *step = &u->p->graph->steps[carrier];
  return may_fail(step) || !guard_holds(u->p->model, &u->atoms, mask, step->guard);
}

/* It keeps its place and its role, and nobody else hears of it. */
static void mute(struct back_graph *b, uint32_t index)
{
  struct step *step = &((struct step *)(void *)b->steps.bytes)[index];
  if (step->effect == EFFECT_MESSAGE || step->effect == EFFECT_DELIVER ||
      step->effect == EFFECT_AGREEMENT)
    step->effect = EFFECT_LOOK;
  step->roles.count = 0;
  step->needs_sign_off = false;
}

/* NULL where it is safe. `is_any`: without all of them, however the conditions turn out. */
static struct proof *prove_case(struct arena *arena, const struct unsent *u, bool is_any,
                                uint32_t mask)
{
  struct proof *proof = ARENA_NEW(arena, struct proof);
  struct back_graph b;
  back_start(&b, arena, u->p->graph);
  for (uint32_t i = 0; i < u->count; i++)
    if (is_any || is_mute(u, u->carriers[i], mask))
      mute(&b, u->carriers[i]);
  const struct graph *graph = back_finish(&b);
  return back_is_safe_in(arena, graph, is_any ? NULL : &u->atoms, mask, proof) ? NULL : proof;
}

static bool is_safe(const struct unsent *u, bool is_any, uint32_t mask)
{
  struct arena *own = arena_new("unsent", 0);
  bool safe = prove_case(own, u, is_any, mask) == NULL;
  arena_free(own);
  return safe;
}

/* The last one that is not sent before what goes wrong. */
static uint32_t culprit(const struct unsent *u, const struct proof *proof, bool is_any,
                        uint32_t mask)
{
  uint32_t found = u->carriers[0];
  bool is_found = false;
  uint32_t end = proof->finding_count == 0 ? INDEX_NONE : proof->findings[0].early;
  for (uint32_t i = 0; i < u->count; i++)
    if ((is_any || is_mute(u, u->carriers[i], mask)) && (!is_found || u->carriers[i] < end)) {
      found = u->carriers[i];
      is_found = true;
    }
  return found;
}

static void report(const struct unsent *u, bool is_any, uint32_t mask)
{
  struct proof_finding f = finding_of(DIAG_E0637);
  struct proof *proof = prove_case(u->p->arena, u, is_any, mask);
  f.way_back = proof;
  f.early = culprit(u, proof, is_any, mask);
  if (!is_any)
    f.when = atoms_say(u->p->model, &u->atoms, mask);
  add_finding(u->p, &f);
}

void check_unsent(struct proving *p)
{
  struct unsent u = {.p = p};
  if (proving_is_unsafe(p))
    return; /* whatever is wrong with the whole plan is told first */
  find_carriers(&u);
  if (u.count == 0 || is_safe(&u, true, 0))
    return;
  uint32_t cases = 1u << u.atoms.count;
  if (u.atoms.is_full || (uint64_t)cases * p->graph->step_count > WORK_MAX) {
    report(&u, true, 0); /* undecided is not safe */
    return;
  }
  for (uint32_t mask = 0; mask < cases; mask++) {
    bool any = false;
    for (uint32_t i = 0; i < u.count && !any; i++)
      any = is_mute(&u, u.carriers[i], mask);
    if (!any || is_safe(&u, false, mask))
      continue;
    report(&u, false, mask);
    return;
  }
}
