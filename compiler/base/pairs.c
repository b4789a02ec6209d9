/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: see pairs.h. Open addressing; at most half of the slots are taken. */
#include "compiler/base/pairs.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64, KEPT_BYTES = 64 * 1024 };

void pairs_start(struct pairs *pairs, struct arena *arena)
{
  *pairs = (struct pairs){.arena = arena};
}

static uint64_t slot_value(uint32_t first, uint32_t second)
{
  return ((uint64_t)first << 32 | second) + 1;
}

/* The slot that holds the value, or the empty one where it belongs. Eight neighbours lie side by side,
 * in one line of the cache, for they are asked for one behind the other. */
static uint64_t *slot_of(const struct pairs *pairs, uint64_t value)
{
  enum { NEIGHBOURS = 8 };
  uint32_t mask = pairs->slot_count - 1;
  uint64_t group = (value / NEIGHBOURS * 0x9E3779B97F4A7C15u) >> 32;
  uint32_t i = (uint32_t)(group * NEIGHBOURS + value % NEIGHBOURS) & mask;
  while (pairs->slots[i] != 0 && pairs->slots[i] != value)
    i = (i + 1) & mask;
  return &pairs->slots[i];
}

static uint64_t *new_slots(struct arena *arena, uint32_t count)
{
  size_t bytes = count * sizeof(uint64_t);
  if (bytes < KEPT_BYTES)
    return arena_alloc(arena, bytes);
  uint64_t *slots = calloc(count, sizeof *slots);
  if (slots == NULL)
    abort();
  return arena_keep(arena, slots, bytes);
}

static void widen(struct pairs *pairs)
{
  struct pairs old = *pairs;
  pairs->slot_count = old.slot_count == 0 ? FIRST_SLOTS : old.slot_count * 2;
  pairs->slots = new_slots(pairs->arena, pairs->slot_count);
  for (uint32_t i = 0; i < old.slot_count; i++)
    if (old.slots[i] != 0)
      *slot_of(pairs, old.slots[i]) = old.slots[i];
  size_t old_bytes = old.slot_count * sizeof *old.slots;
  if (old_bytes >= KEPT_BYTES)
    arena_drop(pairs->arena, old.slots, old_bytes);
}

bool pairs_add(struct pairs *pairs, uint32_t first, uint32_t second)
{
  if (pairs->count * 2 >= pairs->slot_count)
    widen(pairs);
  uint64_t value = slot_value(first, second), *slot = slot_of(pairs, value);
  if (*slot != 0)
    return false;
  *slot = value;
  pairs->count++;
  return true;
}

bool pairs_have(const struct pairs *pairs, uint32_t first, uint32_t second)
{
  return pairs->slot_count != 0 && *slot_of(pairs, slot_value(first, second)) != 0;
}
