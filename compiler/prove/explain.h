/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: a proof as a table: for each connection the phases of the plan, who may present what, what
 * the receiver accepts, and which order of two steps rules each bad state out. Pure.
 *
 * (1) Nodes of one flow that go the same way share a table: their loads and stops stand between the
 *     same writes of what they read.
 * (2) The phases are those of the text's own order, which is the engine's; where a connection can be
 *     refused, those of the shortest way there, and the last one is broken.
 * (3) What breaks a connection when a step has failed, its roll-back (E0630) or going on without it (E0636, E0637), is
 *     a table of its own.
 */
#ifndef RENEW_PROVE_EXPLAIN_H
#define RENEW_PROVE_EXPLAIN_H

#include "compiler/prove/back.h"
#include "compiler/prove/prove.h"
#include "compiler/prove/timetable.h"

struct explain_phase {
  uint32_t step;        /* that begins it; INDEX_NONE: the beginning */
  bool on_each;         /* one such step for each node of the group */
  struct text begins;   /* "at the beginning", "exchange", "restart (on each node)" */
  struct text presents; /* "client.old, client.new"; "it is stopped" */
  struct text accepts;
  bool runs;
  bool may_old, may_new, may_nothing; /* somebody may present it */
  bool accepts_old, accepts_new;
  bool trusts_old, trusts_new; /* their roots */
  bool is_broken;              /* here somebody is refused */
};

/* What never happens, and the order of two steps that rules it out. */
struct explain_reason {
  struct text says;                 /* "client.new is accepted before a node can present it" */
  struct text before, after;        /* steps; empty: nothing in the plan could make it happen */
  uint32_t before_step, after_step; /* INDEX_NONE */
};

struct explain_connection {
  const struct graph *graph; /* the plan's, or that of a way back: steps are of it */
  uint32_t back_of;          /* the step whose failure it is about; INDEX_NONE */
  bool goes_on;              /* without it; else its roll-back */
  bool is_unsent;            /* it goes on without what that one tells */
  uint32_t presenter, receiver, certificate; /* resources */
  struct text *nodes;
  uint32_t node_count;
  struct explain_phase *phases;
  uint32_t phase_count;
  struct explain_reason *reasons;
  uint32_t reason_count;
  struct text retired; /* apart from availability: from when on nobody is let in with the old one */
  bool has_roots;      /* the plan speaks of a new root: roots are compared, too */
  bool is_node;        /* a flow on a node; else a sender */
  const struct proof_finding *broken; /* (2); NULL where nobody can be refused */
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

/* "orders on n1, n2 calls erp with client"; of many nodes the first ones and how many more; of a failure
 * "when remove-old is rolled back: ...", "when accept fails and the plan goes on: ..." */
struct text explain_who(struct arena *arena, const struct explain_connection *c);

/* What would rule the refusal out, as far as the finding knows it; "" where it does not. */
struct text explain_missing(struct arena *arena, const struct explain_connection *c);

extern const char *const standing_words[]; /* "assumed", "stated", "checked", "observed" */
/* "17 assumptions: 5 observed, 6 checked, 2 stated, 4 assumed" */
struct text explain_count(struct arena *arena, const struct proof *proof);

#endif
