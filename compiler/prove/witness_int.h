/* SPDX-License-Identifier: Apache-2.0 */
/* witness_int: finding the way of an order. For witness.c. */
#ifndef RENEW_PROVE_WITNESS_INT_H
#define RENEW_PROVE_WITNESS_INT_H

#include "compiler/verify/verify.h"

struct message {
  uint32_t step, next; /* next of the same role; INDEX_NONE */
};

struct ways {
  struct arena *arena;
  const struct graph *graph;
  struct chains chains;
  uint32_t *tail, *head;       /* by chain */
  uint32_t *follower;          /* by step: the first step that waits for it on another chain */
  struct buffer *sends;        /* by role resource: uint32_t steps in which it brings something to others */
  uint32_t *seen, *from;       /* of one search over steps */
  uint32_t search;
  uint64_t work;
  struct buffer way;           /* uint32_t pairs: the result */
};

void ways_start(struct ways *ways, struct arena *arena, const struct graph *graph);
void ways_end(struct ways *ways);
/* The way of (before, after) in ways->way; false where none was found within the work allowed. */
bool ways_find(struct ways *ways, uint32_t before, uint32_t after);

#endif
