/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: two queues under one lock, a semaphore that counts what was given, and an eventfd that wakes the
 * loop. A semaphore, for a worker that wakes need not take the lock again that the giver may still hold.
 */
#include "runtime/engine/worker.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct queue {
  struct work *first, **end;
};

struct worker_pool {
  pthread_mutex_t lock;
  sem_t given_count;
  pthread_cond_t is_enough_back;
  struct queue given, back;
  uint32_t back_count, wanted_count; /* wanted by worker_wait_for; 0: nobody waits */
  bool stops;
  int wakes;
  uint32_t worker_count;
  pthread_t workers[WORKERS_MAX];
};

static void queue_add(struct queue *queue, struct work *work)
{
  work->next = NULL;
  *queue->end = work;
  queue->end = &work->next;
}

static struct work *queue_take(struct queue *queue)
{
  struct work *work = queue->first;
  if (work == NULL)
    return NULL;
  queue->first = work->next;
  if (queue->first == NULL)
    queue->end = &queue->first;
  return work;
}

/* Only who finds the queue empty wakes the loop, which takes all that is there. */
static void hand_back(struct worker_pool *pool, struct work *work)
{
  const uint64_t one = 1;
  pthread_mutex_lock(&pool->lock);
  bool is_first = pool->back.first == NULL;
  queue_add(&pool->back, work);
  bool is_enough = ++pool->back_count == pool->wanted_count;
  pthread_mutex_unlock(&pool->lock);
  if (is_enough)
    pthread_cond_signal(&pool->is_enough_back);
  if (is_first && write(pool->wakes, &one, sizeof one) < 0) {
    /* Only a full counter refuses, and a full counter is readable: the loop wakes anyway. */
  }
}

/* NULL: the pool stops. */
static struct work *next_work(struct worker_pool *pool)
{
  while (sem_wait(&pool->given_count) != 0)
    continue; /* a signal */
  pthread_mutex_lock(&pool->lock);
  struct work *work = pool->stops ? NULL : queue_take(&pool->given);
  pthread_mutex_unlock(&pool->lock);
  return work;
}

static void *worker_main(void *argument)
{
  struct worker_pool *pool = argument;
  struct work *work;
  while ((work = next_work(pool)) != NULL) {
    work->run(work);
    hand_back(pool, work);
  }
  return NULL;
}

struct worker_pool *worker_pool_new(uint32_t worker_count)
{
  struct worker_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL)
    return NULL;
  pthread_mutex_init(&pool->lock, NULL);
  sem_init(&pool->given_count, 0, 0);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&pool->is_enough_back, &attributes);
  pthread_condattr_destroy(&attributes);
  pool->given.end = &pool->given.first;
  pool->back.end = &pool->back.first;
  pool->wakes = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (worker_count > WORKERS_MAX)
    worker_count = WORKERS_MAX;
  for (; pool->wakes >= 0 && pool->worker_count < worker_count; pool->worker_count++) {
    if (pthread_create(&pool->workers[pool->worker_count], NULL, worker_main, pool) != 0)
      break;
  }
  if (pool->wakes < 0 || (worker_count != 0 && pool->worker_count == 0)) {
    worker_pool_free(pool);
    return NULL;
  }
  return pool;
}

void worker_pool_free(struct worker_pool *pool)
{
  if (pool == NULL)
    return;
  pthread_mutex_lock(&pool->lock);
  pool->stops = true;
  pthread_mutex_unlock(&pool->lock);
  for (uint32_t i = 0; i < pool->worker_count; i++)
    sem_post(&pool->given_count);
  for (uint32_t i = 0; i < pool->worker_count; i++)
    pthread_join(pool->workers[i], NULL);
  if (pool->wakes >= 0)
    close(pool->wakes);
  sem_destroy(&pool->given_count);
  pthread_cond_destroy(&pool->is_enough_back);
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

void worker_give(struct worker_pool *pool, struct work *work)
{
  if (pool->worker_count == 0) {
    work->run(work);
    queue_add(&pool->back, work);
    pool->back_count++;
    return;
  }
  pthread_mutex_lock(&pool->lock);
  queue_add(&pool->given, work);
  pthread_mutex_unlock(&pool->lock);
  sem_post(&pool->given_count);
}

void worker_wait_for(struct worker_pool *pool, uint32_t count, int64_t most_us)
{
  enum { US = 1000 * 1000, NS = 1000 };
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  int64_t at_us = (int64_t)until.tv_sec * US + until.tv_nsec / NS + most_us;
  until = (struct timespec){at_us / US, at_us % US * NS};
  pthread_mutex_lock(&pool->lock);
  pool->wanted_count = count;
  while (pool->back_count < count &&
         pthread_cond_timedwait(&pool->is_enough_back, &pool->lock, &until) == 0)
    continue;
  pool->wanted_count = 0;
  pthread_mutex_unlock(&pool->lock);
}

struct work *worker_take_all(struct worker_pool *pool)
{
  uint64_t count;
  if (pool->worker_count != 0 && read(pool->wakes, &count, sizeof count) < 0) {
    /* Nothing was written since; the queue below says whether there is work all the same. */
  }
  pthread_mutex_lock(&pool->lock);
  struct work *first = pool->back.first;
  pool->back.first = NULL;
  pool->back.end = &pool->back.first;
  pool->back_count = 0;
  pthread_mutex_unlock(&pool->lock);
  return first;
}

int worker_wakes(const struct worker_pool *pool)
{
  return pool->wakes;
}
