/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_loop: the loop around the steps: what is ready, what workers bring back, what time brings,
 * what other processes wrote.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

#include "compiler/prove/timetable.h"
#include "runtime/engine/engine_int.h"
#include "runtime/providers/world.h"

#include "runtime/engine/signoff.h"

enum { MS = 1000, US = 1000, GATHER_FROM = 4, GATHER_US = 2000 };

const char *const event_words[] = {"acting", "ok",      "wait", "skip", "retry",
                                   "fail",   "unknown", "undo", "note"};

const struct provider *engine_provider(struct engine *engine, uint32_t step)
{
  return engine->given->table->find(engine->graph, &engine->graph->steps[step]);
}

struct text engine_keep(struct engine *engine, struct text value)
{
  return value.length == 0 ? TEXT_NONE : text_copy(engine->arena, value);
}

void engine_worsen(struct engine *engine, enum run_end end)
{
  if (end > engine->end)
    engine->end = end;
}

/* Whose answer is missing: what `tasks` and the message name. */
static uint32_t asked_role(struct engine *engine, uint32_t step)
{
  const struct graph *graph = engine->graph;
  const struct step *of = &graph->steps[step];
  const struct slot *slot = &engine->slots[step];
  uint32_t role = INDEX_NONE;
  if (slot->wait == WAIT_PERSON || slot->wait == WAIT_APPROVAL)
    role =
        signoff_missing_role(graph, of, slot->wait == WAIT_PERSON ? MEANS_CONFIRM : MEANS_APPROVE,
                             engine->signoffs, engine->signoff_count);
  if (slot->wait == WAIT_QUESTION) {
    const struct argument *place = step_argument(graph, of, PART_PLACE, 0);
    if (place != NULL && place->kind == ARGUMENT_RESOURCE) {
      const struct graph_value *owner = graph_setting_value(graph, place->resource, KEY_OWNER, 0);
      role = owner == NULL ? INDEX_NONE : owner->resource;
    }
  }
  return role == INDEX_NONE ? of->role : role;
}

void engine_tell(struct engine *engine, enum event_kind kind, uint32_t step, struct text says,
                 struct text help)
{
  const struct engine_options *options = engine->given->options;
  if (options->tell == NULL)
    return;
  struct run_event event = {.kind = kind,
                            .step = step,
                            .at_ms = engine->clock->now_ms(),
                            .says = says,
                            .help = help,
                            .role = INDEX_NONE};
  if (step != INDEX_NONE) {
    const struct slot *slot = &engine->slots[step];
    unsigned supports = engine_provider(engine, step)->supports;
    event.wait = slot->wait;
    event.until_ms = slot->until_ms;
    event.role = asked_role(engine, step);
    if (slot->began_ms != 0)
      event.took_ms = engine->clock->monotonic_ms() - slot->began_ms;
    event.fidelity = FIDELITY_SIMULATED;
    if (slot->was_seen)
      event.fidelity = FIDELITY_PROBED;
    else if ((supports & (IS_PERSON | IS_MESSAGE)) != 0)
      event.fidelity = FIDELITY_UNKNOWABLE;
  }
  engine_hold_event(engine, &event);
}

void engine_queue(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  if (slot->queued || slot->busy)
    return;
  slot->queued = true;
  uint32_t place = (engine->queue_first + engine->queue_count++) % engine->graph->step_count;
  engine->queue[place] = step;
}

void engine_settle(struct engine *engine, uint32_t step)
{
  if (engine->graph->steps[step].kind == STEP_ACTION)
    engine->unsettled_count--;
  for (uint32_t k = engine->follower_starts[step]; k < engine->follower_starts[step + 1]; k++) {
    uint32_t follower = engine->followers[k];
    if (--engine->slots[follower].unmet == 0)
      engine_queue(engine, follower);
  }
}

/* A wait up to the patience is sat out in this process; a clock that jumps knows no long wait. */
void engine_sit(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  int64_t wait_ms = slot->until_ms - engine->clock->now_ms();
  if (engine->clock->jump == NULL && wait_ms > engine->given->options->patience_ms) {
    engine_worsen(engine, END_WAITING);
    return;
  }
  if (!slot->sits)
    engine->sitting[engine->sitting_count++] = step;
  slot->sits = true;
}

static void run_job(struct work *work)
{
  struct job *job = (struct job *)work;
  const struct engine *engine = job->engine;
  const struct provider *provider = job->provider;
  switch (job->kind) {
  case JOB_GUARD:
    job->guard = guard_evaluate(&job->call, engine->given->table, job->call.step->guard,
                                job->answers, job->answer_count);
    break;
  case JOB_PROBE:
    job->observed = provider->probe(&job->call, &job->answer);
    break;
  case JOB_APPLY:
    job->outcome = provider->apply(&job->call, &job->answer);
    break;
  case JOB_LOOK:
    engine_look(job);
    break;
  case JOB_ASK:
    engine->given->table->ask(&job->call, job->approver, &job->answer);
    break;
  case JOB_UNDO:
    job->outcome = job->call.step == &engine->graph->steps[job->step]
                       ? provider->undo(&job->call, &job->answer)
                       : provider->apply(&job->call, &job->answer);
    break;
  }
}

/* Absolute: the store keeps it relative to its folder, which may be moved. */
static struct text last_evidence(const struct engine *engine, struct arena *arena, uint32_t step)
{
  const struct world *world = engine->given->world;
  for (size_t i = engine->signoff_count; i > 0; i--) {
    const struct signoff_row *row = &engine->signoffs[i - 1];
    if (row->step == step && row->means == MEANS_CONFIRM && row->evidence.length > 0)
      return world == NULL || world->state_folder == NULL || row->evidence.at[0] == '/'
                 ? row->evidence
                 : text_format(arena, "%s/%.*s", world->state_folder, TEXT_ARG(row->evidence));
  }
  return TEXT("");
}

static struct text last_note(const struct engine *engine, uint32_t step)
{
  for (size_t i = engine->signoff_count; i > 0; i--) {
    const struct signoff_row *row = &engine->signoffs[i - 1];
    if (row->step == step && row->means == MEANS_CONFIRM)
      return row->note;
  }
  return TEXT("");
}

void engine_give(struct engine *engine, uint32_t step, enum job_kind kind)
{
  engine_give_looks(engine, step, kind, NULL, 0);
}

void engine_give_looks(struct engine *engine, uint32_t step, enum job_kind kind,
                       const struct sighting *looks, uint32_t look_count)
{
  struct slot *slot = &engine->slots[step];
  const struct step *of = &engine->graph->steps[step];
  const struct engine_world *given = engine->given;
  struct job *job = calloc(1, sizeof *job);
  if (job == NULL)
    abort();
  /* `undo: SENTENCE` is a step of its own, which runs only here. */
  bool has_own_undo = kind == JOB_UNDO && of->undo != INDEX_NONE;
  const struct step *acting = has_own_undo ? &engine->graph->undo[of->undo] : of;
  int64_t now_ms = engine->clock->monotonic_ms();
  job->work.run = run_job;
  job->engine = engine;
  job->kind = kind;
  job->step = step;
  job->answers = engine->signoffs;
  job->answer_count = engine->signoff_count;
  job->arena = arena_new("provider", JOB_ARENA_BYTES);
  job->provider = given->table->find(engine->graph, acting);
  job->call = (struct call){.arena = job->arena,
                            .graph = engine->graph,
                            .step = acting,
                            .world = given->world,
                            .run = engine->run->id,
                            .attempt = slot->failed_tries + 1,
                            .deadline_ms = of->within_s > 0 ? now_ms + of->within_s * MS : 0};
  if (engine->times != NULL && engine->times->steps[step].latest_ms != TIME_NEVER)
    job->call.begin_by = timetable_latest(job->arena, engine->times, step);
  if (kind == JOB_ASK)
    job->approver = signoff_missing_role(engine->graph, of, MEANS_APPROVE, engine->signoffs,
                                         engine->signoff_count);
  if ((job->provider->supports & (IS_PERSON | MAY_ASK)) != 0) {
    job->call.confirmed = signoff_is_complete(engine->graph, of, MEANS_CONFIRM, engine->signoffs,
                                              engine->signoff_count);
    job->call.evidence = last_evidence(engine, job->arena, step);
    job->call.note = last_note(engine, step);
  }
  job->look_count = look_count;
  job->looks = arena_array(job->arena, (size_t)look_count + 1, sizeof *job->looks);
  for (uint32_t i = 0; i < look_count; i++)
    job->looks[i] = looks[i];
  if (slot->began_ms == 0)
    slot->began_ms = now_ms;
  slot->busy = true;
  engine->job_count++;
  engine_hold_job(engine, job);
}

static void take_job(struct engine *engine, struct job *job)
{
  engine->slots[job->step].busy = false;
  engine->job_count--;
  /* After a failed write nothing more is recorded: what acted is in doubt, and is probed later. */
  if (!engine->is_broken) {
    switch (job->kind) {
    case JOB_GUARD:
      engine_take_guard(engine, job);
      break;
    case JOB_PROBE:
      engine_take_observation(engine, job);
      break;
    case JOB_APPLY:
      engine_take_outcome(engine, job);
      break;
    case JOB_LOOK:
      engine_take_look(engine, job);
      break;
    case JOB_ASK:
      engine->slots[job->step].is_asked = true;
      engine->slots[job->step].asked = engine_keep(engine, job->answer.says);
      engine_queue(engine, job->step);
      break;
    case JOB_UNDO:
      engine_take_undo(engine, job);
      break;
    }
  }
  engine_hold_answer(engine, job);
}

static void take_jobs(struct engine *engine)
{
  struct work *work = worker_take_all(engine->pool);
  engine->taken_count = 0;
  while (work != NULL) {
    engine->taken_count++;
    struct work *next = work->next; /* the job is kept until the commit, in a list of its own */
    take_job(engine, (struct job *)work);
    work = next;
  }
}

static void pump_queue(struct engine *engine)
{
  while (engine->queue_count > 0 && engine->job_count < engine->job_limit && !engine->is_broken) {
    uint32_t step = engine->queue[engine->queue_first];
    engine->queue_first = (engine->queue_first + 1) % engine->graph->step_count;
    engine->queue_count--;
    engine->slots[step].queued = false;
    if (engine->graph->steps[step].kind == STEP_JOIN) {
      engine->slots[step].status = STEP_DONE;
      engine_settle(engine, step);
    } else {
      engine_consider(engine, step);
    }
  }
}

/* Those whose instant has come are ready again; returns the nearest instant of the others, or 0. */
static int64_t wake_sitting(struct engine *engine)
{
  int64_t now_ms = engine->clock->now_ms(), nearest_ms = 0;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < engine->sitting_count; i++) {
    uint32_t step = engine->sitting[i];
    int64_t until_ms = engine->slots[step].until_ms;
    if (until_ms <= now_ms) {
      engine->slots[step].sits = false;
      engine_queue(engine, step);
      continue;
    }
    engine->sitting[kept++] = step;
    if (nearest_ms == 0 || until_ms < nearest_ms)
      nearest_ms = until_ms;
  }
  engine->sitting_count = kept;
  return nearest_ms;
}

static void on_wake(evutil_socket_t fd, short what, void *of)
{
  (void)fd;
  (void)what;
  (void)of;
}

static void on_interrupt(evutil_socket_t fd, short what, void *of)
{
  (void)fd;
  (void)what;
  struct engine *engine = of;
  engine->stops = true;
  engine_worsen(engine, END_PAUSED);
  engine_tell(engine, EVENT_NOTE, INDEX_NONE,
              TEXT("pausing: what has begun is brought to its end; once more to leave at once"),
              TEXT_NONE);
  /* The second one ends the process as a crash would, which is safe. */
  event_del(engine->interrupt);
}

/* Sleeps until a worker is back, an instant has come, or somebody presses Ctrl-C. */
static void sleep_until(struct engine *engine, int64_t nearest_ms)
{
  if (nearest_ms != 0) {
    int64_t wait_ms = nearest_ms - engine->clock->now_ms();
    if (wait_ms < 0)
      wait_ms = 0;
    struct timeval wait = {(time_t)(wait_ms / MS), (suseconds_t)(wait_ms % MS * US)};
    event_add(engine->timer, &wait);
  }
  event_base_loop(engine->base, EVLOOP_ONCE);
  event_del(engine->timer);
}

/* A commit costs as much as a few requests: while jobs end close behind one another, those that end within a
 * moment share one. Half of what is under way goes on meanwhile; a job that ends alone is taken at once. */
static void gather(struct engine *engine)
{
  if (engine->job_count >= GATHER_FROM && engine->taken_count > 1)
    worker_wait_for(engine->pool, engine->job_count / 2, GATHER_US);
}

void engine_loop(struct engine *engine)
{
  for (;;) {
    if (store_changed_elsewhere(engine->given->store))
      engine_reload(engine);
    engine_watch_dues(engine);
    int64_t nearest_ms = engine->stops ? 0 : wake_sitting(engine);
    pump_queue(engine);
    engine_commit(engine);
    if (engine->job_count == 0 && engine->queue_count == 0) {
      if (nearest_ms == 0)
        nearest_ms = engine->stops ? 0 : wake_sitting(engine);
      if (engine->queue_count > 0)
        continue;
      if (nearest_ms == 0 || engine->is_broken) {
        /* A person may have answered while the last step ended. */
        if (engine->is_broken || !store_changed_elsewhere(engine->given->store))
          return;
        engine_reload(engine);
        continue;
      }
      if (engine->clock->jump != NULL) {
        engine->clock->jump(nearest_ms);
        continue;
      }
    }
    if (engine->is_broken && engine->job_count == 0)
      return;
    if (!engine->given->options->without_workers) {
      sleep_until(engine, nearest_ms);
      gather(engine);
    }
    take_jobs(engine);
  }
}

bool engine_open_loop(struct engine *engine)
{
  const struct engine_options *options = engine->given->options;
  uint32_t worker_count = options->worker_count == 0 ? WORKERS_MAX : options->worker_count;
  engine->pool = worker_pool_new(options->without_workers ? 0 : worker_count);
  engine->job_limit = worker_count;
  engine->base = event_base_new();
  if (engine->pool == NULL || engine->base == NULL)
    return false;
  engine->wakes =
      event_new(engine->base, worker_wakes(engine->pool), EV_READ | EV_PERSIST, on_wake, engine);
  engine->timer = evtimer_new(engine->base, on_wake, engine);
  engine->interrupt = evsignal_new(engine->base, SIGINT, on_interrupt, engine);
  if (engine->wakes == NULL || engine->timer == NULL || engine->interrupt == NULL)
    return false;
  event_add(engine->wakes, NULL);
  if (options->interruptible)
    event_add(engine->interrupt, NULL);
  return true;
}

void engine_close_loop(struct engine *engine)
{
  worker_pool_free(engine->pool);
  if (engine->wakes != NULL)
    event_free(engine->wakes);
  if (engine->timer != NULL)
    event_free(engine->timer);
  if (engine->interrupt != NULL)
    event_free(engine->interrupt);
  if (engine->base != NULL)
    event_base_free(engine->base);
}
