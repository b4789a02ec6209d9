/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen: whether anybody can see that a reload is over (corrections 1). A command that returns has not
 * reloaded yet: where neither its end is observed nor a bound is declared, the load has no end that the
 * proof could count on.
 *
 * (1) E0727: nothing at all can see it; the engine would refuse the step when the run begins.
 * (2) E0631: calls see that the new processes answer, not that the old ones are gone; told only where
 *     the plan relies on it (safety.c).
 * (3) What a person does is that person's word (A14), and what a tenant does is its status.
 */
#include "compiler/prove/prove_int.h"

static bool is_set(const struct graph *graph, uint32_t resource, enum key key)
{
  return graph_setting_nth(graph, resource, key, 0) != NULL;
}

static bool is_observed(const struct graph *graph, uint32_t resource)
{
  return is_set(graph, resource, KEY_OBSERVED_BY) ||
         setting_seconds(graph, resource, KEY_DRAINS_WITHIN, 0, 0) > 0 ||
         setting_seconds(graph, resource, KEY_APPLIES_WITHIN, 0, 0) > 0;
}

static bool is_word(const struct graph *graph, uint32_t resource, enum key key, const char *word)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, 0);
  return value != NULL && text_is(value->text, word);
}

void seen_start(struct proving *p)
{
  const struct graph *graph = p->graph;
  p->is_unseen = arena_array(p->arena, (size_t)graph->resource_count + 1, sizeof(bool));
  p->is_blind = arena_array(p->arena, (size_t)graph->resource_count + 1, sizeof(bool));
  for (uint32_t i = 0; i < graph->resource_count; i++)
    p->is_unseen[i] = graph->resources[i].kind == KIND_FLOW && is_set(graph, i, KEY_RESTART_WITH) &&
                      !is_observed(graph, i);
}

/* `node NAME at URL`: three calls in a row say whether it answers. */
static bool is_called(const struct graph *graph, uint32_t flow, const struct argument *node)
{
  const struct graph_setting *setting;
  for (uint32_t i = 0; (setting = graph_setting_nth(graph, flow, KEY_NODE, i)) != NULL; i++)
    if (node != NULL && text_equal(graph->values[setting->values.first].text, node->text))
      return true;
  return false;
}

/* A step whose command restarts, starts or stops; INDEX_NONE where renew does not do it or sees it. */
static uint32_t unseen_flow(const struct graph *graph, const struct step *step)
{
  bool acts =
      step->effect == EFFECT_RESTART || step->effect == EFFECT_START || step->effect == EFFECT_STOP;
  const struct argument *flow = step_argument(graph, step, PART_OBJECT, 0);
  if (!acts || step->argv.count == 0 || flow == NULL || flow->kind != ARGUMENT_RESOURCE ||
      is_observed(graph, flow->resource) ||
      is_called(graph, flow->resource, step_argument(graph, step, PART_PLACE, 0)))
    return INDEX_NONE;
  return flow->resource;
}

/* Whose pair renew itself keeps: only then does it change the receiver's files itself. */
static bool is_kept_by_us(const struct graph *graph, uint32_t certificate)
{
  const struct graph_value *in = graph_setting_value(graph, certificate, KEY_IN, 0);
  if (graph->resources[certificate].kind != KIND_CERTIFICATE ||
      is_set(graph, certificate, KEY_ISSUED_BY))
    return false;
  return in == NULL || in->kind != VALUE_REF || is_word(graph, in->resource, KEY_KIND_OF, "pem") ||
         is_word(graph, in->resource, KEY_KIND_OF, "pkcs12");
}

/* A receiver whose reload renew starts, and nothing sees. */
static uint32_t unseen_receiver(const struct graph *graph, const struct step *step)
{
  const struct argument *place = step_argument(graph, step, PART_PLACE, 0), *object;
  bool acts = step->effect == EFFECT_ADD_ACCEPTED || step->effect == EFFECT_ADD_ROOT ||
              step->effect == EFFECT_SET_SLOT || step->effect == EFFECT_DROP_ACCEPTED;
  if (!acts || place == NULL || place->kind != ARGUMENT_RESOURCE ||
      !is_word(graph, place->resource, KEY_KIND_OF, "trust-file") ||
      !is_set(graph, place->resource, KEY_RELOAD_WITH) || is_observed(graph, place->resource) ||
      (is_set(graph, place->resource, KEY_ACCEPTS) &&
       !is_word(graph, place->resource, KEY_ACCEPTS, "certificate")))
    return INDEX_NONE;
  for (uint32_t i = 0; (object = step_argument(graph, step, PART_OBJECT, i)) != NULL; i++)
    if (object->kind != ARGUMENT_RESOURCE || !is_kept_by_us(graph, object->resource))
      return INDEX_NONE;
  return place->resource;
}

/* (1): once a flow or receiver. */
void check_seen(struct proving *p)
{
  const struct graph *graph = p->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind == STEP_JOIN)
      continue;
    uint32_t unseen = unseen_flow(graph, step);
    if (unseen == INDEX_NONE)
      unseen = unseen_receiver(graph, step);
    if (unseen == INDEX_NONE || p->is_blind[unseen])
      continue;
    p->is_blind[unseen] = true;
    struct proof_finding f = finding_of(DIAG_E0727);
    f.early = i;
    f.resource = unseen;
    add_finding(p, &f);
  }
}
