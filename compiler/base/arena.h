/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena: memory of one phase, taken piece by piece, given back whole.
 *
 * Not a general allocator: nothing is freed singly, nothing is moved.
 *
 * (1) Every byte handed out is zero.
 * (2) Every piece is aligned for any C type, but those of arena_bytes: texts stand side by side.
 * (3) An arena never hands out more than its limit; arena_alloc then calls the `exhausted` function
 *     given at creation, which must not return (the program's main gives one that ends the process
 *     with exit code 3 and names the phase and the limit).
 */
#ifndef RENEW_BASE_ARENA_H
#define RENEW_BASE_ARENA_H

#include <stddef.h>

struct arena;

typedef void arena_exhausted_fn(const char *phase, size_t limit_bytes);

/* The function that every arena made after this call uses when it is exhausted; default: abort(). */
void arena_on_exhausted(arena_exhausted_fn *exhausted);

/* phase: a word for messages ("syntax"), kept by reference. limit_bytes: 0 means 2 GiB. */
struct arena *arena_new(const char *phase, size_t limit_bytes);
void arena_free(struct arena *arena); /* NULL is legal */
/* Takes all pieces back; what they lay in is handed out again. */
void arena_reset(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size_bytes);
/* count * size with the overflow checked. */
void *arena_array(struct arena *arena, size_t count, size_t item_bytes);
char *arena_bytes(struct arena *arena, size_t size_bytes); /* for text: not aligned */
/* The array of `count` items, grown: in its place where nothing was taken behind it, else a copy; the
 * old piece stays until the arena goes. */
void *arena_grow(struct arena *arena, const void *items, size_t count, size_t new_count,
                 size_t item_bytes);
/* Takes over a piece that malloc gave: it counts against the limit and goes with the arena. */
void *arena_keep(struct arena *arena, void *piece, size_t size_bytes);
/* Frees a piece that was taken over, before the arena goes. */
void arena_drop(struct arena *arena, void *piece, size_t size_bytes);
size_t arena_used_bytes(const struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
