/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: threads that run calls of providers, so that a slow target or a key of 4096 bits does not
 * hold the loop. Knows nothing of steps.
 *
 * (1) Work that was given is run exactly once, in the order given, and comes back exactly once
 *     through worker_take, in the thread that gave it.
 * (2) worker_wakes is readable whenever work may have come back.
 */
#ifndef RENEW_ENGINE_WORKER_H
#define RENEW_ENGINE_WORKER_H

#include <stdint.h>

enum { WORKERS_MAX = 16 };

/* First member of what a caller gives. */
struct work {
  void (*run)(struct work *work);
  struct work *next;
};

struct worker_pool;

/* NULL where no thread can be made. 0 workers: what is given is run at once, by who gives it, and
 * worker_wakes says nothing. */
struct worker_pool *worker_pool_new(uint32_t worker_count);
/* Waits for the work under way; work not begun is dropped. NULL is legal. */
void worker_pool_free(struct worker_pool *pool);
void worker_give(struct worker_pool *pool, struct work *work);
/* All that has come back, the earliest first, linked by `next`; NULL: nothing. */
struct work *worker_take_all(struct worker_pool *pool);
/* Until so much has come back that was not taken yet, or for that long. */
void worker_wait_for(struct worker_pool *pool, uint32_t count, int64_t most_us);
int worker_wakes(const struct worker_pool *pool);

#endif
