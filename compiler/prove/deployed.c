/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deployed: the names that a flow on a tenant lets in are part of what is deployed (SAP-7f84-18): what a step
 * authorizes is in force when the flow was deployed behind it, and not before (E0712). The model counts
 * the authorization itself; this looks that the deployment stands between it and the first use.
 */
#include "compiler/prove/prove_int.h"

static uint32_t resource_of(const struct graph *graph, const struct step *step, enum part part)
{
  const struct argument *argument = step_argument(graph, step, part, 0);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? INDEX_NONE : argument->resource;
}

static bool is_action(const struct step *step, enum effect effect)
{
  return step->kind == STEP_ACTION && step->effect == effect;
}

static bool authorizes(const struct graph *graph, const struct step *step, uint32_t certificate)
{
  const struct argument *object;
  for (uint32_t n = 0; (object = step_argument(graph, step, PART_OBJECT, n)) != NULL; n++)
    if (object->kind == ARGUMENT_RESOURCE && object->resource == certificate &&
        argument_version(object) == HELD_NEW)
      return true;
  return false;
}

static bool calls(const struct graph *graph, uint32_t sender, uint32_t flow, uint32_t certificate)
{
  const struct graph_setting *setting;
  for (uint32_t n = 0;
       sender != INDEX_NONE && (setting = graph_setting_nth(graph, sender, KEY_CALLS, n)) != NULL;
       n++) {
    const struct graph_value *values = &graph->values[setting->values.first];
    if (setting->values.count > 1 && values[0].resource == flow &&
        values[1].resource == certificate)
      return true;
  }
  return false;
}

static bool is_deployed_between(struct proving *p, uint32_t flow, uint32_t before, uint32_t after)
{
  for (uint32_t i = before + 1; i < after; i++)
    if (is_action(&p->graph->steps[i], EFFECT_DEPLOY) &&
        resource_of(p->graph, &p->graph->steps[i], PART_OBJECT) == flow &&
        events_in_text(p->events, before, i) && events_in_text(p->events, i, after))
      return true;
  return false;
}

static void check_authorization(struct proving *p, uint32_t index)
{
  const struct graph *graph = p->graph;
  uint32_t flow = resource_of(graph, &graph->steps[index], PART_PLACE);
  if (flow == INDEX_NONE || graph_setting_value(graph, flow, KEY_ON, 0) == NULL)
    return;
  for (uint32_t i = index + 1; i < graph->step_count; i++) {
    const struct step *use = &graph->steps[i];
    const struct argument *given = step_argument(graph, use, PART_PLACE, 0);
    if (!is_action(use, EFFECT_PRESENT) || given == NULL || given->kind != ARGUMENT_RESOURCE ||
        argument_version(given) != HELD_NEW ||
        !authorizes(graph, &graph->steps[index], given->resource) ||
        !calls(graph, resource_of(graph, use, PART_OBJECT), flow, given->resource) ||
        is_deployed_between(p, flow, index, i))
      continue;
    struct proof_finding f = finding_of(DIAG_E0712);
    f.early = i;
    f.late = index;
    f.resource = flow;
    add_finding(p, &f);
    return;
  }
}

void check_deployed(struct proving *p)
{
  for (uint32_t i = 0; i < p->graph->step_count; i++)
    if (is_action(&p->graph->steps[i], EFFECT_AUTHORIZE_CALLER))
      check_authorization(p, i);
}
