/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: a plan as a partial order of what happens, as far as its people can know it.
 *
 * (1) The engine executes text order. The proof uses less: a step comes behind another one only where
 *     the role that does it knows that the other one is done: because it did that one itself, or
 *     because a `gives`, a `tells`, an `agree` or a sign-off told it so (decisions 2).
 * (2) A step is one event, or two where what it does takes time: `first` and `last`.
 * (3) A message tells all that its sender knows.
 */
#ifndef RENEW_PROVE_EVENTS_H
#define RENEW_PROVE_EVENTS_H

#include "compiler/graph/graph.h"
#include "compiler/prove/poset.h"

struct events {
  const struct graph *graph;
  struct poset known;     /* (1) */
  struct poset text;      /* over steps: what the engine does */
  uint32_t *first, *last; /* by step; INDEX_NONE for a join */
  uint32_t *step_of;      /* by event; INDEX_NONE for what a role knows */
  uint8_t *effects;       /* by step: its enum effect; EFFECT__COUNT for a join */
  uint32_t sign_off_count;
};

void events_build(struct events *events, struct arena *arena, const struct graph *graph);
/* Whether the role of step b knows that step a is done when b begins. */
bool events_knows(struct events *events, uint32_t a, uint32_t b);
/* Whether the engine does a before b. */
bool events_in_text(struct events *events, uint32_t a, uint32_t b);

#endif
