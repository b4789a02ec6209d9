/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: a set of pairs of numbers; insert and find only; lives in an arena. */
#ifndef RENEW_BASE_PAIRS_H
#define RENEW_BASE_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/arena.h"

struct pairs {
  struct arena *arena;
  uint64_t *slots; /* the pair, plus 1; 0: empty */
  uint32_t slot_count;
  uint32_t count;
};

void pairs_start(struct pairs *pairs, struct arena *arena);
/* False when the pair is there already. At most one of the two is UINT32_MAX. */
bool pairs_add(struct pairs *pairs, uint32_t first, uint32_t second);
bool pairs_have(const struct pairs *pairs, uint32_t first, uint32_t second);

#endif
