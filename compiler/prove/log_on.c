/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_on: the tool itself is a user: what logs on to a system with a certificate (`login certificate with C`)
 * shows the new one as soon as a step has exchanged it, and nothing in a plan can make the system take that.
 * So where a plan exchanges C, its steps on that system come before (E0635). What the system accepts at the
 * log-on is no part of the model.
 */
#include "compiler/prove/prove_int.h"

enum { HOMES_MAX = 4 };

/* The system that one logs on to for this: a keystore's tenant, a service key's space; INDEX_NONE. */
static uint32_t home_of(const struct graph *graph, uint32_t resource)
{
  static const enum key keys[] = {KEY_OF, KEY_ON, KEY_IN};
  for (uint32_t depth = 0; depth < HOMES_MAX; depth++) {
    uint32_t next = INDEX_NONE;
    if (graph_setting_value(graph, resource, KEY_LOGIN, 0) != NULL)
      return resource;
    /* A certificate's own steps are local, but for the place that they name. */
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
      const struct graph_value *value = graph_setting_value(graph, resource, keys[i], 0);
      if (value != NULL && value->kind == VALUE_REF && next == INDEX_NONE &&
          graph->resources[resource].kind != KIND_CERTIFICATE)
        next = value->resource;
    }
    if (next == INDEX_NONE)
      return INDEX_NONE;
    resource = next;
  }
  return INDEX_NONE;
}

static bool is_by_person(const struct graph *graph, uint32_t resource)
{
  const struct graph_value *way = graph_setting_value(graph, resource, KEY_RESTART_BY, 0);
  const struct graph_value *mode = graph_setting_value(graph, resource, KEY_MODE, 0);
  return (way != NULL && text_is(way->text, "person")) ||
         (mode != NULL && text_is(mode->text, "manual"));
}

/* Messages, waits and agreements touch no system; a look that is refused leaves nothing half way. */
static bool acts_on(const struct graph *graph, const struct step *step, uint32_t system)
{
  const struct argument *argument;
  if (step->effect == EFFECT_MESSAGE || step->effect == EFFECT_DELIVER ||
      step->effect == EFFECT_WAIT || step->effect == EFFECT_AGREEMENT ||
      step->effect == EFFECT_LOOK || is_by_person(graph, system))
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && !is_by_person(graph, argument->resource) &&
        home_of(graph, argument->resource) == system)
      return true;
  }
  return false;
}

static void check_exchange(struct proving *p, uint32_t system, uint32_t exchange)
{
  const struct graph *graph = p->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (i == exchange || step->kind != STEP_ACTION || !acts_on(graph, step, system) ||
        events_in_text(p->events, i, exchange))
      continue;
    struct proof_finding f = finding_of(DIAG_E0635);
    f.early = i;
    f.late = exchange;
    f.resource = system;
    add_finding(p, &f);
    return;
  }
}

static uint32_t exchange_of(const struct graph *graph, uint32_t certificate)
{
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    const struct argument *given = step_argument(graph, step, PART_WITH, 0);
    if (step->kind == STEP_ACTION && step->effect == EFFECT_SET_ALIAS && given != NULL &&
        given->kind == ARGUMENT_RESOURCE && given->resource == certificate)
      return i;
  }
  return INDEX_NONE;
}

void check_log_on(struct proving *p)
{
  for (uint32_t i = 0; i < p->graph->resource_count; i++) {
    const struct graph_value *way = graph_setting_value(p->graph, i, KEY_LOGIN, 0);
    const struct graph_value *with = graph_setting_value(p->graph, i, KEY_LOGIN, 1);
    if (way == NULL || with == NULL || !text_is(way->text, "certificate"))
      continue;
    uint32_t exchange = exchange_of(p->graph, with->resource);
    if (exchange != INDEX_NONE)
      check_exchange(p, i, exchange);
  }
}
