/* SPDX-License-Identifier: Apache-2.0 */
/*
 * back: ways back, proven as graphs of their own by the same checks: the steps that were done, and behind
 * them those that put back what they did.
 *
 * (1) `on failure roll-back` with a sentence of its own (`undo:`) is proven when the plan is checked
 *     (E0630). Where the verb's own inverse is meant, the plan's proof is enough: the inverse writes what was
 *     there before, nothing behind the step has begun, and so each connection may present what it may
 *     present in a cut of the plan, to a receiver that accepts what it accepted in that cut
 *     (tests/prove/oracle_test.c asks the search about it).
 * (2) A safe point is where a run may be cancelled: everything up to a step of the text is done, nothing is
 *     half way. What cancelling leaves is a state of the plan, and so proven; the way back from there is the
 *     plan with old and new exchanged: stop what was started, put back the receiver's one certificate and
 *     the pair, then start or restart what reads it.
 * (3) The point of no return is the first step behind which there is no such way: what it takes away is
 *     gone, or only others could bring it back.
 */
#ifndef RENEW_PROVE_BACK_H
#define RENEW_PROVE_BACK_H

#include "compiler/prove/timetable.h"

struct way_back {
  uint32_t behind;    /* step */
  struct text leaves; /* what cancelling here leaves */
  bool is_down;       /* something is stopped */
  bool is_gone;       /* behind the point of no return */
  bool is_proven;     /* else there is no way back that is safe */
  struct text *steps; /* sentences; 0: there is nothing to put back */
  uint32_t step_count;
  int64_t takes_s; /* by the limits that the plan states */
};

struct ways_back {
  struct way_back *items;
  uint32_t count;
  uint32_t point; /* step of no return; INDEX_NONE: the plan has none */
  bool is_cut;    /* too large a plan: no safe point was looked at */
};

/* Of a plan that is not unsafe. */
const struct ways_back *ways_back_find(struct arena *arena, const struct proof *proof);
/* Into the timetable's back_s: of each safe point in a downtime from which there is a proven way. */
void ways_back_time(const struct ways_back *ways, struct timetable *times);
/* The step of no return alone: for any plan, at no cost. */
uint32_t point_of_no_return(const struct graph *graph);

#endif
