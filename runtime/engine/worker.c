/* SPDX-License-Identifier: Apache-2.0 */
/* worker: two queues under one lock, and an eventfd that wakes the loop. */
#include "runtime/engine/worker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
  struct work *first, **end;
};

struct worker_pool {
  pthread_mutex_t lock;
  pthread_cond_t given_some;
  struct queue given, back;
  bool stops;
  uint32_t idle_count; /* that wait for given_some */
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

/* Back it goes; only who finds the queue empty wakes the loop, which takes all that is there. */
static bool hand_back(struct worker_pool *pool, struct work *work)
{
  bool was_empty = pool->back.first == NULL;
  queue_add(&pool->back, work);
  return was_empty;
}

static void wake_loop(struct worker_pool *pool)
{
  const uint64_t one = 1;
  if (write(pool->wakes, &one, sizeof one) < 0) {
    /* Only a full counter refuses, and a full counter is readable: the loop wakes anyway. */
  }
}

static void *worker_main(void *argument)
{
  struct worker_pool *pool = argument;
  pthread_mutex_lock(&pool->lock);
  for (;;) {
    while (!pool->stops && pool->given.first == NULL) {
      pool->idle_count++;
      pthread_cond_wait(&pool->given_some, &pool->lock);
      pool->idle_count--;
    }
    if (pool->stops)
      break;
    struct work *work = queue_take(&pool->given);
    pthread_mutex_unlock(&pool->lock);
    work->run(work);
    pthread_mutex_lock(&pool->lock);
    bool wakes = hand_back(pool, work);
    pthread_mutex_unlock(&pool->lock);
    if (wakes)
      wake_loop(pool);
    pthread_mutex_lock(&pool->lock);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

struct worker_pool *worker_pool_new(uint32_t worker_count)
{
  struct worker_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL)
    return NULL;
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->given_some, NULL);
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
  pthread_cond_broadcast(&pool->given_some);
  pthread_mutex_unlock(&pool->lock);
  for (uint32_t i = 0; i < pool->worker_count; i++)
    pthread_join(pool->workers[i], NULL);
  if (pool->wakes >= 0)
    close(pool->wakes);
  pthread_cond_destroy(&pool->given_some);
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

void worker_give(struct worker_pool *pool, struct work *work)
{
  if (pool->worker_count == 0) {
    work->run(work);
    queue_add(&pool->back, work);
    return;
  }
  pthread_mutex_lock(&pool->lock);
  queue_add(&pool->given, work);
  bool somebody_waits = pool->idle_count > 0;
  pthread_mutex_unlock(&pool->lock);
  /* Behind the lock: who wakes does not find it taken. */
  if (somebody_waits)
    pthread_cond_signal(&pool->given_some);
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
  pthread_mutex_unlock(&pool->lock);
  return first;
}

int worker_wakes(const struct worker_pool *pool)
{
  return pool->wakes;
}
