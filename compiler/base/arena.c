/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena: see arena.h. Blocks double up to 1 MiB, so small plans stay small and large ones few.
 *
 * (1) What lies behind a block's used bytes is zero: nothing is given back into a block.
 */
#include "compiler/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK_BYTES = 8 * 1024, LAST_BLOCK_BYTES = 1024 * 1024 };

struct block {
  struct block *next;
  size_t capacity_bytes;
  size_t used_bytes;
  alignas(max_align_t) unsigned char bytes[];
};

struct kept {
  struct kept *next;
  void *piece;
};

struct arena {
  struct block *blocks;
  struct kept *kept;
  const char *phase;
  size_t limit_bytes;
  size_t used_bytes;
  size_t next_block_bytes;
  arena_exhausted_fn *exhausted;
};

static void exhausted_default(const char *phase, size_t limit_bytes)
{
  (void)phase;
  (void)limit_bytes;
  abort();
}

static arena_exhausted_fn *exhausted_now = exhausted_default;

void arena_on_exhausted(arena_exhausted_fn *exhausted)
{
  exhausted_now = exhausted;
}

struct arena *arena_new(const char *phase, size_t limit_bytes)
{
  struct arena *arena = calloc(1, sizeof *arena);
  if (arena == NULL) {
    exhausted_now(phase, limit_bytes);
    abort();
  }
  arena->phase = phase;
  arena->limit_bytes = limit_bytes != 0 ? limit_bytes : (size_t)2 << 30;
  arena->next_block_bytes = FIRST_BLOCK_BYTES;
  arena->exhausted = exhausted_now;
  return arena;
}

/* All but what is in `stays`. */
static void give_back(struct arena *arena, struct block *stays)
{
  for (const struct kept *kept = arena->kept; kept != NULL; kept = kept->next)
    free(kept->piece);
  for (struct block *block = arena->blocks; block != NULL;) {
    struct block *next = block->next;
    if (block != stays)
      free(block);
    block = next;
  }
  arena->blocks = stays;
  arena->kept = NULL;
  arena->used_bytes = 0;
}

void arena_free(struct arena *arena)
{
  if (arena == NULL)
    return;
  give_back(arena, NULL);
  free(arena);
}

void arena_reset(struct arena *arena)
{
  struct block *last = arena->blocks;
  give_back(arena, last);
  if (last == NULL)
    return;
  memset(last->bytes, 0, last->used_bytes);
  last->used_bytes = 0;
  last->next = NULL;
}

static void *give_up(struct arena *arena)
{
  arena->exhausted(arena->phase, arena->limit_bytes);
  abort();
}

static struct block *add_block(struct arena *arena, size_t size_bytes)
{
  size_t capacity = arena->next_block_bytes;
  if (capacity < sizeof(struct block) + size_bytes)
    capacity = sizeof(struct block) + size_bytes;
  struct block *block = calloc(1, capacity);
  if (block == NULL)
    give_up(arena);
  block->capacity_bytes = capacity - sizeof *block;
  block->next = arena->blocks;
  arena->blocks = block;
  if (arena->next_block_bytes < LAST_BLOCK_BYTES)
    arena->next_block_bytes *= 2;
  return block;
}

static void *take(struct arena *arena, size_t size_bytes, size_t alignment)
{
  struct block *block = arena->blocks;
  size_t gap = block == NULL ? 0 : -block->used_bytes & (alignment - 1);
  if (size_bytes > SIZE_MAX / 2 || size_bytes + gap > arena->limit_bytes - arena->used_bytes)
    give_up(arena);
  if (block == NULL || block->capacity_bytes - block->used_bytes < size_bytes + gap) {
    block = add_block(arena, size_bytes);
    gap = 0;
  }
  void *piece = block->bytes + block->used_bytes + gap;
  block->used_bytes += size_bytes + gap;
  arena->used_bytes += size_bytes + gap;
  return piece;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
  return take(arena, size_bytes, alignof(max_align_t));
}

char *arena_bytes(struct arena *arena, size_t size_bytes)
{
  return take(arena, size_bytes, 1);
}

void *arena_array(struct arena *arena, size_t count, size_t item_bytes)
{
  if (item_bytes != 0 && count > SIZE_MAX / item_bytes)
    give_up(arena);
  return arena_alloc(arena, count * item_bytes);
}

/* The last piece of a block grows where it lies: what is behind it is free, and zero. */
static bool lengthen(struct arena *arena, const void *items, size_t size_bytes, size_t new_bytes)
{
  struct block *block = arena->blocks;
  size_t more_bytes = new_bytes - size_bytes;
  if (block == NULL || (const unsigned char *)items + size_bytes != block->bytes + block->used_bytes ||
      more_bytes > block->capacity_bytes - block->used_bytes ||
      more_bytes > arena->limit_bytes - arena->used_bytes)
    return false;
  block->used_bytes += more_bytes;
  arena->used_bytes += more_bytes;
  return true;
}

void *arena_grow(struct arena *arena, const void *items, size_t count, size_t new_count,
                 size_t item_bytes)
{
  assert(new_count >= count);
  if (item_bytes != 0 && new_count > SIZE_MAX / item_bytes)
    give_up(arena);
  if (count != 0 && lengthen(arena, items, count * item_bytes, new_count * item_bytes))
    return (void *)items;
  void *grown = arena_array(arena, new_count, item_bytes);
  if (count != 0)
    memcpy(grown, items, count * item_bytes);
  return grown;
}

void *arena_keep(struct arena *arena, void *piece, size_t size_bytes)
{
  if (size_bytes > arena->limit_bytes - arena->used_bytes)
    give_up(arena);
  arena->used_bytes += size_bytes;
  struct kept *kept = ARENA_NEW(arena, struct kept);
  *kept = (struct kept){arena->kept, piece};
  arena->kept = kept;
  return piece;
}

void arena_drop(struct arena *arena, void *piece, size_t size_bytes)
{
  for (struct kept **at = &arena->kept; *at != NULL; at = &(*at)->next)
    if ((*at)->piece == piece) {
      *at = (*at)->next;
      free(piece);
      arena->used_bytes -= size_bytes;
      return;
    }
  assert(!"a piece that the arena did not take over");
}

size_t arena_used_bytes(const struct arena *arena)
{
  return arena->used_bytes;
}
