/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading: what a plan's steps do to the world, read from its graph: who calls whom with what, and which
 * step changes what of it. The checker of plan files and the engine's guard work on it.
 *
 * It is no part of the proof: it shares no code and no table with compiler/prove, so that a mistake
 * there does not become a mistake here. docs/SAFETY.md says what both have to read.
 *
 * (1) A row is one thing that can change: what an alias holds, what a caller shows, whether a node
 *     runs, one version of one certificate (or root) that one receiver accepts, the loads of a node.
 * (2) An act is what one step does to one row, at its begin or at its end; the acts of a row stand in
 *     the order of the graph's steps.
 */
#ifndef RENEW_VERIFY_READING_H
#define RENEW_VERIFY_READING_H

#include "compiler/graph/graph.h"

/* What an alias holds or a caller shows; the other rows hold no or yes. */
enum holds { HOLDS_NONE, HOLDS_OLD, HOLDS_NEW, HOLDS__COUNT };
enum { HOLDS_NO = 0, HOLDS_YES = 1 };

#define ROW_NONE UINT32_MAX
#define ACT_NONE UINT32_MAX

enum thing {
  THING_ALIAS,   /* a: certificate */
  THING_SHOWN,   /* a: caller, b: node, c: certificate */
  THING_RUNS,    /* a: flow, b: node */
  THING_ACCEPTS, /* a: receiver, b: certificate, c: version */
  THING_TRUSTS,  /* as ACCEPTS: its root */
  THING_LOADS,   /* a: flow or caller, b: node */
  THING_WAITS,   /* the one row of all waits */
  THING_SIGHTS   /* the one row of all looks that nobody uses something any more */
};

struct act {
  uint32_t step;
  bool at_end;   /* of a step that lasts */
  uint8_t value; /* enum holds; not of loads, waits and sights */
  bool lasts;    /* of a load: it is over only at the step's end */
  uint32_t row;
  uint32_t next; /* of the same row; ACT_NONE */
};

struct row {
  enum thing thing;
  uint32_t a, b, c;
  uint8_t initial;
  uint32_t first, last; /* acts; ACT_NONE */
  uint32_t count;
  uint32_t next_of_owner; /* LOADS: another node of the same caller; ROW_NONE */
  uint32_t first_link;    /* LOADS: what is called from there; ROW_NONE */
};

enum caller_kind { CALLER_NODE, CALLER_SENDER, CALLER_TARGETS };

/* One node of a flow (or another caller) that calls one receiver with one certificate. */
struct link {
  enum caller_kind kind;
  uint32_t caller, receiver, certificate;
  struct text node;     /* "" where it has no name */
  bool is_unknown;      /* `nodes any`: one that nobody named */
  bool is_unseen;       /* nothing shows that a restart of it is over */
  uint32_t source;      /* row: what it reads */
  uint32_t runs, loads; /* rows */
  uint32_t accepts[HOLDS__COUNT], trusts[HOLDS__COUNT]; /* rows; ROW_NONE: not compared */
  bool asks_roots;         /* the plan speaks of a new root, or the receiver pins chains */
  bool pins_chain;         /* another chain, though its root may be the same */
  int64_t cache_s, kept_s; /* how long it may go on with what it read; < 0: no bound */
  int64_t trust_s;         /* how long the receiver may; 0: not at all */
  uint32_t next_of_certificate, next_of_loads;
};

struct reading {
  struct arena *arena;
  const struct graph *graph;
  struct row *rows;
  uint32_t row_count, row_room;
  uint32_t *slots, slot_count;
  struct act *acts;
  uint32_t act_count, act_room;
  struct link *links;
  uint32_t link_count, link_room;
  struct text_map nodes;
  uint32_t waits, sights; /* rows */
  uint32_t *first_link;   /* by resource: of a certificate; ROW_NONE */
  uint32_t *first_loads;  /* by resource: of a caller; ROW_NONE */
  uint32_t restores;      /* a step whose effect is no constant; INDEX_NONE */
};

void reading_make(struct reading *reading, struct arena *arena, const struct graph *graph);
/* A step of that effect may be seen begun and not ended. */
bool effect_lasts(enum effect effect);
/* ROW_NONE where the plan knows no such thing. */
uint32_t reading_row(const struct reading *reading, enum thing thing, uint32_t a, uint32_t b,
                     uint32_t c);
/* How long a wait takes. */
int64_t reading_wait_s(const struct reading *reading, const struct act *wait);

#endif
