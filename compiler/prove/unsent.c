/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unsent: messages, agreements and sign-offs that not every run has: their condition turns out no, or they
 * may fail (`on failure continue`). Then nobody learns by them, so the plan is proven once more for
 * each way in which their conditions may turn out, without what they tell (E0637). A plan that is safe
 * without any of them needs one such proof. What else may fail is done or not (go_on.c); a step that fails
 * may have had its effect: then it was signed before, and who did not do it has not heard of it.
 */
#include "compiler/prove/back_int.h"

/* All these proofs may walk over that many steps together. */
enum { WORK_MAX = 40000000, SIGNED_MAX = 6 };

struct unsent {
  struct proving *p;
  uint32_t *carriers; /* steps */
  uint32_t count;
  struct atoms atoms;
  uint32_t signed_steps[SIGNED_MAX]; /* that change something and may fail */
  uint32_t signed_count;
  bool is_full;
};

/* How it turns out: which conditions hold, and which of the signed steps have had no effect. */
struct outcome {
  bool is_any; /* nothing is told, whatever turns out */
  uint32_t mask, failed;
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
    if (!goes_on_without(step) || !step->needs_sign_off)
      continue;
    if (u->signed_count == SIGNED_MAX)
      u->is_full = true;
    else
      u->signed_steps[u->signed_count++] = i;
  }
  u->is_full |= u->atoms.is_full;
}

static bool is_mute(const struct unsent *u, uint32_t carrier, const struct outcome *o)
{
  const struct step *step = &u->p->graph->steps[carrier];
  return o->is_any || may_fail(step) || !guard_holds(u->p->model, &u->atoms, o->mask, step->guard);
}

static uint32_t place_among_signed(const struct unsent *u, uint32_t step)
{
  for (uint32_t i = 0; i < u->signed_count; i++)
    if (u->signed_steps[i] == step)
      return i;
  return INDEX_NONE;
}

/* It has had its effect, so it was signed. */
static bool was_signed(const struct unsent *u, uint32_t step, const struct outcome *o)
{
  uint32_t at = place_among_signed(u, step);
  return !o->is_any && at != INDEX_NONE && (o->failed >> at & 1) == 0 &&
         guard_holds(u->p->model, &u->atoms, o->mask, u->p->graph->steps[step].guard);
}

/* It keeps its place and its role, and nobody else hears of it. */
static void mute(struct back_graph *b, uint32_t index, bool keeps_sign_off)
{
  struct step *step = &((struct step *)(void *)b->steps.bytes)[index];
  if (step->effect == EFFECT_MESSAGE || step->effect == EFFECT_DELIVER ||
      step->effect == EFFECT_AGREEMENT)
    step->effect = EFFECT_LOOK;
  step->roles.count = 0;
  step->needs_sign_off = step->needs_sign_off && keeps_sign_off;
}

static void let_fail(struct back_graph *b, const struct unsent *u, const struct outcome *o)
{
  for (uint32_t i = 0; i < u->p->graph->step_count; i++) {
    if (!goes_on_without(&u->p->graph->steps[i]))
      continue;
    uint32_t at = place_among_signed(u, i);
    if (o->is_any || at == INDEX_NONE)
      back_may_fail(b, i);
    else if ((o->failed >> at & 1) != 0)
      back_leave_out(b, i);
  }
}

static const struct graph *make_case(struct arena *arena, const struct unsent *u,
                                     const struct outcome *o, bool fails)
{
  struct back_graph b;
  back_start(&b, arena, u->p->graph);
  if (fails)
    let_fail(&b, u, o);
  for (uint32_t i = 0; i < u->count; i++)
    if (is_mute(u, u->carriers[i], o))
      mute(&b, u->carriers[i], was_signed(u, u->carriers[i], o));
  return back_finish(&b);
}

/* NULL where it is safe. A restart that failed is one that people see; one that was done too early is not. */
static struct proof *prove_case(struct arena *arena, const struct unsent *u,
                                const struct outcome *o)
{
  struct proof *proof = ARENA_NEW(arena, struct proof);
  const struct atoms *given = o->is_any ? NULL : &u->atoms;
  if (!back_is_safe_in(arena, make_case(arena, u, o, true), given, o->mask, proof))
    return proof;
  return o->failed != 0 ||
                 back_is_loaded_in(arena, make_case(arena, u, o, false), given, o->mask, proof)
             ? NULL
             : proof;
}

static bool is_safe(const struct unsent *u, const struct outcome *o)
{
  struct arena *own = arena_new("unsent", 0);
  bool safe = prove_case(own, u, o) == NULL;
  arena_free(own);
  return safe;
}

/* The last one that is not sent before what goes wrong. */
static uint32_t culprit(const struct unsent *u, const struct proof *proof, const struct outcome *o)
{
  uint32_t found = u->carriers[0];
  bool is_found = false;
  uint32_t end = proof->finding_count == 0 ? INDEX_NONE : proof->findings[0].early;
  for (uint32_t i = 0; i < u->count; i++)
    if (is_mute(u, u->carriers[i], o) && (!is_found || u->carriers[i] < end)) {
      found = u->carriers[i];
      is_found = true;
    }
  return found;
}

static void report(const struct unsent *u, const struct outcome *o)
{
  struct proof_finding f = finding_of(DIAG_E0637);
  struct proof *proof = prove_case(u->p->arena, u, o);
  f.way_back = proof;
  f.early = culprit(u, proof, o);
  if (!o->is_any)
    f.when = atoms_say(u->p->model, &u->atoms, o->mask);
  add_finding(u->p, &f);
}

static bool is_any_mute(const struct unsent *u, const struct outcome *o)
{
  for (uint32_t i = 0; i < u->count; i++)
    if (is_mute(u, u->carriers[i], o))
      return true;
  return false;
}

void check_unsent(struct proving *p)
{
  struct unsent u = {.p = p};
  const struct outcome any = {.is_any = true};
  if (proving_is_unsafe(p))
    return; /* whatever is wrong with the whole plan is told first */
  find_carriers(&u);
  if (u.count == 0 || is_safe(&u, &any))
    return;
  uint32_t masks = 1u << u.atoms.count, cases = masks << u.signed_count;
  if (u.is_full || (uint64_t)cases * p->graph->step_count > WORK_MAX) {
    report(&u, &any); /* undecided is not safe */
    return;
  }
  for (uint32_t at = 0; at < cases; at++) {
    const struct outcome o = {false, at % masks, at / masks};
    if (!is_any_mute(&u, &o) || is_safe(&u, &o))
      continue;
    report(&u, &o);
    return;
  }
}
