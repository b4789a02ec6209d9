/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poset: a partial order of events, and the one question that the proof asks of it: does this event
 * always come before that one?
 *
 * Not a general graph: events are numbered so that an edge goes from a smaller to a larger number.
 *
 * (1) poset_before is exact. It stops only when `work_max` edges were walked since the beginning;
 *     `is_exhausted` is then set, the answer is `no`, and nobody may take it for a proof.
 * (2) Only the edges to an event are kept; those from it are made when a question needs them.
 */
#ifndef RENEW_PROVE_POSET_H
#define RENEW_PROVE_POSET_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/arena.h"

#define EVENT_NONE UINT32_MAX

enum { CLOSURES_KEPT = 4 };

struct poset_edge {
  uint32_t from, to; /* from < to */
};

/* What is known whole of one event: everything before it, or behind it. */
struct poset_closure {
  uint32_t event;
  uint32_t asked; /* questions about it */
  uint32_t used;  /* when it was asked about last */
  uint64_t *bits; /* zero outside of the words low to high */
  uint32_t low, high;
  bool is_ready;
};

struct poset {
  struct arena *arena;
  uint32_t count;
  uint32_t *back_first, *back; /* the edges to an event */
  uint32_t *next_first, *next; /* (2): those from it; NULL */
  uint32_t *seen;              /* by event: twice the number of the search that met it, + its end */
  uint32_t *queues[2], queue_room[2];
  uint32_t search, asked;
  struct poset_closure before[CLOSURES_KEPT], behind[CLOSURES_KEPT];
  uint64_t work, work_max;
  bool is_exhausted;
};

/* Edges may come in any order, and twice. */
void poset_build(struct poset *poset, struct arena *arena, uint32_t count,
                 const struct poset_edge *edges, uint32_t edge_count);
/* The same from ranges: back_first has count + 1 entries; back holds, for each event, what comes before it. */
void poset_of_ranges(struct poset *poset, struct arena *arena, uint32_t count, uint32_t *back_first,
                     uint32_t *back);
/* a == b, or a comes before b in every order. EVENT_NONE is the beginning: before everything, and
 * behind nothing. */
bool poset_before(struct poset *poset, uint32_t a, uint32_t b);
/*
 * The least cut that holds the given events: all that come before one of them, and they themselves,
 * as a bit set (poset->count bits, in the arena). Returns how many those are.
 */
uint32_t poset_least_cut(struct poset *poset, const uint32_t *events, uint32_t event_count,
                         uint64_t **ret_cut);

/*
 * What comes behind the event, it too, in no order, where those are at most `limit`; false where they are
 * more. Lives until the next question.
 */
bool poset_near(struct poset *poset, uint32_t event, uint32_t limit, const uint32_t **ret_events,
                uint32_t *ret_count);

static inline bool poset_holds(const uint64_t *bits, uint32_t event)
{
  return (bits[event / 64] >> (event % 64) & 1) != 0;
}

#endif
