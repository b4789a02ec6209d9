/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases: what a plan has only where a condition turns out well, and rests on in any case: a key pair that
 * is made, or an agreement, under a `when` that the later step does not have.
 */
#include "compiler/prove/prove_int.h"

/* Whether the step names the resource's new version; INDEX_NONE: whatever it names. */
static bool names_new(const struct proving *p, uint32_t index, uint32_t resource)
{
  const struct step *step = &p->graph->steps[index];
  for (uint32_t i = 0; i < step->arguments.count && resource != INDEX_NONE; i++) {
    const struct argument *argument = &p->graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && argument->resource == resource &&
        argument_version(argument) == HELD_NEW)
      return true;
  }
  return resource == INDEX_NONE;
}

static bool does(const struct proving *p, uint32_t index, enum effect effect, uint32_t resource)
{
  const struct step *step = &p->graph->steps[index];
  return step->kind != STEP_JOIN && step->effect == effect && names_new(p, index, resource);
}

bool cases_leave_out(struct proving *p, uint32_t index, enum effect effect, uint32_t resource,
                     struct text *ret_when)
{
  const struct graph *graph = p->graph;
  struct atoms atoms = {.count = 0};
  atoms_add_guard(p->model, &atoms, graph->steps[index].guard);
  for (uint32_t i = 0; i < index; i++)
    if (does(p, i, effect, resource))
      atoms_add_guard(p->model, &atoms, graph->steps[i].guard);
  for (uint32_t mask = 0; mask < (1u << atoms.count); mask++) {
    bool is_there = !guard_holds(p->model, &atoms, mask, graph->steps[index].guard);
    for (uint32_t i = 0; i < index && !is_there; i++)
      is_there = does(p, i, effect, resource) &&
                 guard_holds(p->model, &atoms, mask, graph->steps[i].guard);
    if (is_there)
      continue;
    *ret_when = atoms_say(p->model, &atoms, mask);
    return true;
  }
  *ret_when = TEXT("more conditions meet than can be judged together");
  return atoms.is_full;
}

static bool uses(enum effect effect)
{
  const struct writes_row *writes = effect_writes(effect);
  return effect == EFFECT_DELIVER ||
         (writes != NULL && effect != EFFECT_ACTIVATE && effect != EFFECT_ADD_SERVICE_KEY &&
          (writes->thing == MODEL_ALIAS || writes->thing == MODEL_PRESENTED ||
           writes->thing == MODEL_ACCEPTED || writes->thing == MODEL_SLOT));
}

void cases_check_made(struct proving *p, uint32_t resource)
{
  struct proof_finding f = finding_of(DIAG_E0627);
  f.resource = resource;
  for (uint32_t i = 0; i < p->graph->step_count; i++) {
    enum effect effect = p->graph->steps[i].effect, wanted = EFFECT__COUNT;
    if (p->graph->steps[i].kind != STEP_JOIN && names_new(p, i, resource))
      wanted = effect == EFFECT_SIGN ? EFFECT_MAKE_KEY : uses(effect) ? EFFECT_SIGN : EFFECT__COUNT;
    if (wanted == EFFECT__COUNT || !cases_leave_out(p, i, wanted, resource, &f.when))
      continue;
    f.early = i;
    add_finding(p, &f);
    return;
  }
}
