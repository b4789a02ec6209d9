/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held: what one turn of the loop decided waits here until its records are on the disk. All records of a
 * turn are one transaction: with 16 calls under way their outcomes arrive together, and one fsync serves
 * them all.
 *
 * (1) A job begins, and an event is told, behind the commit of every record written before it: an intent is
 *     durable before its act, an outcome before the look that follows it and before the next step.
 * (2) Where the commit fails none of them happens: what acted is in doubt, and is probed at the next start.
 */
#include <stdlib.h>

#include "runtime/engine/engine_int.h"

#include "runtime/store/failpoint.h"

static struct held *add(struct engine *engine)
{
  if (engine->held_count == engine->held_capacity) {
    engine->held_capacity = engine->held_capacity == 0 ? 64 : engine->held_capacity * 2;
    engine->held = realloc(engine->held, engine->held_capacity * sizeof *engine->held);
    if (engine->held == NULL)
      abort();
  }
  struct held *held = &engine->held[engine->held_count++];
  *held = (struct held){0};
  return held;
}

void engine_hold_job(struct engine *engine, struct job *job)
{
  add(engine)->job = job;
}

void engine_hold_event(struct engine *engine, const struct run_event *event)
{
  struct held *held = add(engine);
  held->is_event = true;
  held->event = *event;
}

void engine_hold_point(struct engine *engine, const char *name)
{
  add(engine)->point = name;
}

void engine_hold_answer(struct engine *engine, struct job *job)
{
  job->work.next = engine->taken == NULL ? NULL : &engine->taken->work;
  engine->taken = job;
}

void engine_free_job(struct job *job)
{
  arena_free(job->arena);
  free(job);
}

static void give_up_job(struct engine *engine, struct job *job)
{
  engine->slots[job->step].busy = false;
  engine->job_count--;
  engine_free_job(job);
}

static void let_go(struct engine *engine, bool is_durable, bool begins_jobs)
{
  const struct engine_options *options = engine->given->options;
  for (uint32_t i = 0; i < engine->held_count; i++) {
    const struct held *held = &engine->held[i];
    if (held->job != NULL && is_durable && begins_jobs)
      worker_give(engine->pool, &held->job->work);
    else if (held->job != NULL)
      give_up_job(engine, held->job);
    else if (held->is_event && is_durable)
      options->tell(options->of, &held->event);
    else if (held->point != NULL && is_durable)
      FAILPOINT(held->point);
  }
  engine->held_count = 0;
  while (engine->taken != NULL) {
    struct job *job = engine->taken;
    engine->taken = (struct job *)job->work.next;
    engine_free_job(job);
  }
}

static bool commit(struct engine *engine)
{
  if (engine->is_broken)
    return false;
  if (engine->has_written)
    FAILPOINT("before-COMMIT");
  engine->has_written = false;
  if (store_commit(engine->given->store, engine->given->diags) == STORE_OK)
    return true;
  engine->is_broken = engine->stops = true;
  engine_worsen(engine, END_UNUSABLE);
  return false;
}

void engine_commit(struct engine *engine)
{
  let_go(engine, commit(engine), true);
  store_gather(engine->given->store);
}

void engine_end_turns(struct engine *engine)
{
  let_go(engine, commit(engine), false);
  free(engine->held);
  engine->held = NULL;
}
