/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conditions: the ways in which the conditions (`when`) of the steps of one question may turn out. The
 * checker's own: compiler/prove has another one, and the two have to agree.
 */
#ifndef RENEW_VERIFY_CONDITIONS_H
#define RENEW_VERIFY_CONDITIONS_H

#include "compiler/graph/graph.h"

enum { CONDITIONS_MAX = 6 };

/* What a condition of the plan may come to, as one bit: two guards of one atom agree. */
struct atoms {
  uint32_t guards[CONDITIONS_MAX]; /* a leaf, or ROOT_ATOM | certificate */
  uint32_t count;
  bool is_full;
};

/* Whether the new root of that certificate is the old one. */
#define ROOT_ATOM UINT32_C(0x80000000)

void conditions_add(const struct graph *graph, struct atoms *atoms, uint32_t atom);
/* All that the guard asks. */
void conditions_add_guard(const struct graph *graph, struct atoms *atoms, uint32_t guard);
bool conditions_hold(const struct graph *graph, const struct atoms *atoms, uint32_t mask,
                     uint32_t guard);

#endif
