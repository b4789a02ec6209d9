/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: a proof as a table: for each connection the phases of the plan, who may present what, what
 * the receiver accepts, and which order of two steps rules each bad state out. Pure.
 *
 * (1) Nodes of one flow that go the same way share a table.
 */
#ifndef RENEW_PROVE_EXPLAIN_H
#define RENEW_PROVE_EXPLAIN_H

#include "compiler/prove/back.h"
#include "compiler/prove/prove.h"
#include "compiler/prove/timetable.h"

struct explain_phase {
  struct text begins;   /* "at the beginning", "exchange", "restart (3 nodes)" */
  struct text presents; /* "client.old, client.new"; "nothing: it is stopped" */
  struct text accepts;
};

struct explain_reason {
  struct text state;         /* what never happens: "client.new is presented and not accepted" */
  struct text before, after; /* steps; empty: nothing in the plan could make it happen */
};

struct explain_connection {
  uint32_t presenter, receiver, certificate; /* resources */
  struct text *nodes;
  uint32_t node_count;
  struct explain_phase *phases;
  uint32_t phase_count;
  struct explain_reason *reasons;
  uint32_t reason_count;
  struct text retired; /* apart from availability: from when on nobody is let in with the old one */
};

struct explanation {
  struct explain_connection *connections;
  uint32_t connection_count;
};

const struct explanation *explain_proof(struct arena *arena, const struct proof *proof);
void explain_text(const struct proof *proof, const struct explanation *explanation,
                  const struct timetable *times, const struct ways_back *ways,
                  struct buffer *ret_bytes);
/* Its part about time and the ways back. */
void explain_times(const struct timetable *times, const struct ways_back *ways,
                   struct buffer *ret_bytes);

extern const char *const standing_words[]; /* "assumed", "stated", "checked", "observed" */
/* "17 assumptions: 5 observed, 6 checked, 2 stated, 4 assumed" */
struct text explain_count(struct arena *arena, const struct proof *proof);

#endif
