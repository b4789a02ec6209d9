/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeps: what a declaration alone rules out: a key that is not pinned has no overlap (E0633), and a
 * certificate that is to be kept is not taken away (E0634; a date is the timetable's).
 */
#include "compiler/prove/prove_int.h"

static const struct argument *resource_of(const struct graph *graph, const struct step *step,
                                          enum part part, uint32_t nth)
{
  const struct argument *argument = step_argument(graph, step, part, nth);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? NULL : argument;
}

/* The platform takes the name of an unpinned certificate, and lets the old one in no more once it has seen
 * the new one: while its sender switches, either may come. */
static void check_unpinned(struct proving *p, uint32_t index)
{
  const struct graph *graph = p->graph;
  const struct step *step = &graph->steps[index];
  const struct argument *given = resource_of(graph, step, PART_PLACE, 0);
  if (p->is_downtime || step->effect != EFFECT_PRESENT || given == NULL ||
      argument_version(given) != HELD_NEW ||
      graph->resources[given->resource].kind != KIND_SERVICEKEY ||
      setting_yes(graph, given->resource, KEY_PINNED, true))
    return;
  struct proof_finding f = finding_of(DIAG_E0633);
  f.early = index;
  f.resource = given->resource;
  add_finding(p, &f);
}

bool keeps_is_removal(const struct graph *graph, const struct step *step, uint32_t *ret_resource)
{
  bool removes = step->effect == EFFECT_DROP_ACCEPTED || step->effect == EFFECT_DROP_ALIAS ||
                 step->effect == EFFECT_DROP_CALLER || step->effect == EFFECT_REVOKE ||
                 step->effect == EFFECT_DROP_SERVICE_KEY;
  const struct argument *object;
  for (uint32_t n = 0; removes && (object = step_argument(graph, step, PART_OBJECT, n)) != NULL;
       n++)
    if (object->kind == ARGUMENT_RESOURCE && argument_version(object) != HELD_NEW &&
        graph_setting_nth(graph, object->resource, KEY_RETAIN, 0) != NULL) {
      *ret_resource = object->resource;
      return true;
    }
  return false;
}

static void check_retained(struct proving *p, uint32_t index)
{
  uint32_t resource;
  if (!keeps_is_removal(p->graph, &p->graph->steps[index], &resource))
    return;
  const struct graph_value *until = graph_setting_value(p->graph, resource, KEY_RETAIN, 0);
  if (until == NULL || until->kind != VALUE_YES_NO || until->number == 0)
    return;
  struct proof_finding f = finding_of(DIAG_E0634);
  f.early = index;
  f.resource = resource;
  add_finding(p, &f);
}

void check_kept(struct proving *p)
{
  for (uint32_t i = 0; i < p->graph->step_count; i++) {
    if (p->graph->steps[i].kind != STEP_ACTION)
      continue;
    check_unpinned(p, i);
    check_retained(p, i);
  }
}
