/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders: walking the way of one order. What is known of a step travels with its role: from a step in
 * which the role acts or is told, along what the steps wait for, to a step in which it acts or signs;
 * there everybody learns it who acts or is told.
 */
#include "compiler/verify/verify.h"

void chains_make(struct chains *chains, struct arena *arena, const struct graph *graph)
{
  *chains = (struct chains){graph, arena_array(arena, (size_t)graph->step_count + 1,
                                               sizeof(uint32_t))};
  uint32_t *tail = arena_array(arena, (size_t)graph->step_count + 1, sizeof *tail), count = 0;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct range waits = graph->steps[i].waits_for;
    uint32_t chain = count;
    for (uint32_t k = 0; k < waits.count && chain == count; k++) {
      uint32_t before = graph->indices[waits.first + k];
      if (tail[chains->of[before]] == before)
        chain = chains->of[before];
    }
    count += chain == count;
    chains->of[i] = chain;
    tail[chain] = i;
  }
}

static bool acts(const struct graph *graph, const struct step *step, uint32_t role)
{
  for (uint32_t i = 0; i < step->roles.count; i++)
    if (graph->indices[step->roles.first + i] == role)
      return true;
  return step->role == role;
}

bool order_learns(const struct graph *graph, const struct step *step, uint32_t role)
{
  if (acts(graph, step, role))
    return true;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    bool is_told = (step->effect == EFFECT_MESSAGE && argument->part == PART_OBJECT) ||
                   (step->effect == EFFECT_DELIVER && argument->part == PART_RECIPIENT);
    if (is_told && argument->kind == ARGUMENT_RESOURCE && argument->resource == role)
      return true;
  }
  return false;
}

bool order_needs(const struct graph *graph, const struct step *step, uint32_t role)
{
  return acts(graph, step, role) || (step->needs_sign_off && step->sign_off_role == role);
}

bool order_shares(const struct graph *graph, uint32_t from, uint32_t to)
{
  const struct step *left = &graph->steps[from], *right = &graph->steps[to];
  if (left->kind == STEP_JOIN || right->kind == STEP_JOIN)
    return false;
  if (order_learns(graph, left, right->role))
    return true;
  for (uint32_t i = 0; i < right->roles.count; i++)
    if (order_learns(graph, left, graph->indices[right->roles.first + i]))
      return true;
  return right->needs_sign_off && right->sign_off_role != INDEX_NONE &&
         order_learns(graph, left, right->sign_off_role);
}

static bool along(const struct chains *chains, uint32_t from, uint32_t to)
{
  return from <= to && chains->of[from] == chains->of[to];
}

bool order_walk(const struct chains *chains, const struct graph_order *order)
{
  const struct graph *graph = chains->graph;
  uint32_t at = order->before, known_at = order->before;
  if (order->before >= order->after || order->after >= graph->step_count ||
      graph->steps[order->before].kind == STEP_JOIN)
    return false;
  for (uint32_t i = 0; i + 1 < order->way.count; i += 2) {
    uint32_t step = graph->order_ways[order->way.first + i];
    uint32_t entry = graph->order_ways[order->way.first + i + 1];
    if (step > order->after)
      return false;
    struct range waits = graph->steps[step].waits_for;
    if (entry > waits.count ||
        !along(chains, at, entry == 0 ? step : graph->indices[waits.first + entry - 1]))
      return false;
    at = step;
    if (entry != 0)
      continue;
    if (!order_shares(graph, known_at, step))
      return false;
    known_at = step;
  }
  return order->way.count % 2 == 0 && along(chains, at, order->after) &&
         order_shares(graph, known_at, order->after);
}
