/* SPDX-License-Identifier: Apache-2.0 */
/* back_int: what the files of the ways back share. Not for others. */
#ifndef RENEW_PROVE_BACK_INT_H
#define RENEW_PROVE_BACK_INT_H

#include "compiler/prove/back.h"
#include "compiler/prove/prove_int.h"

/* A graph while it is made: all steps of the other one, and those that come behind. */
struct back_graph {
  struct arena *arena;
  const struct graph *from;
  uint32_t never;        /* a guard */
  const bool *is_behind; /* by step: left out */
  struct buffer steps, indices, arguments, guards;
};

void back_start(struct back_graph *b, struct arena *arena, const struct graph *from);
/* The step is never done; it keeps its place. */
void back_leave_out(struct back_graph *b, uint32_t step);
/* Of an exchange that takes two changes: the first was made, and not the second. */
void back_half_done(struct back_graph *b, uint32_t step);
/* The step is done or not: nobody knows before. */
void back_may_fail(struct back_graph *b, uint32_t step);
struct range back_arguments(struct back_graph *b, const struct argument *arguments, uint32_t count);
uint32_t back_add(struct back_graph *b, struct step step, const uint32_t *roles,
                  uint32_t role_count, const uint32_t *waits, uint32_t wait_count);
struct graph *back_finish(struct back_graph *b);

/* go_on.c: `on failure continue`, and it changes something. */
bool goes_on_without(const struct step *step);
/* Of a step with `on failure roll-back`; NULL: the way back is safe. */
struct proof *prove_roll_back(struct arena *arena, const struct graph *graph, uint32_t index);
/* Proves what was made, as far as connections can break: false with the first finding. */
bool back_is_safe(struct arena *arena, const struct graph *graph, struct proof *ret_proof);
/* Only where the given atoms turn out as the mask says; NULL: in any case. */
bool back_is_safe_in(struct arena *arena, const struct graph *graph, const struct atoms *given,
                     uint32_t given_mask, struct proof *ret_proof);
/* Whether every node has the new pair when all is done. */
bool back_is_loaded_in(struct arena *arena, const struct graph *graph, const struct atoms *given,
                       uint32_t given_mask, struct proof *ret_proof);

#endif
