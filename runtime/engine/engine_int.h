/* SPDX-License-Identifier: Apache-2.0 */
/* engine_int: what the files of the engine share; nobody else includes it. */
#ifndef RENEW_ENGINE_ENGINE_INT_H
#define RENEW_ENGINE_ENGINE_INT_H

#include <pthread.h>

#include "runtime/engine/belief.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/guard.h"
#include "compiler/graph/window.h"
#include "runtime/engine/worker.h"

struct event;
struct timetable;
struct ways_back;
struct event_base;

/* A step in this process. status, wait, failed_tries, ready_ms, until_ms are as in the store. */
struct slot {
  enum step_status status;
  enum wait_kind wait;
  uint32_t failed_tries;
  int64_t ready_ms;
  int64_t until_ms;
  struct text says;
  struct text lost; /* the words of an answer that leaves it in doubt; of this process alone */
  uint32_t unmet; /* steps that it still waits for */
  bool queued;    /* in the queue */
  bool busy;      /* a job of it is under way */
  bool sits;      /* in the list of waits that are sat out */
  bool may_pass;  /* its guard said yes */
  bool is_asked;  /* its approver was told, and this was said of it: */
  struct text asked;
  bool was_looked_at; /* nothing in the world speaks against its act (before.c) */
  bool is_told;       /* its wait was told by this process */
  bool late_is_told;
  bool healing_is_told;
  bool down_is_told;
  uint8_t due_told; /* enum due_state */
  bool was_seen;    /* its target was seen before it acted */
  bool has_acted;   /* it may have: an act of it was begun, by this process or an earlier one */
  int64_t began_ms; /* monotonic: of what is under way */
};

enum job_kind { JOB_GUARD, JOB_PROBE, JOB_APPLY, JOB_UNDO, JOB_LOOK, JOB_ASK };

/* A step whose target is looked at before another one acts. */
struct sighting {
  uint32_t step;
  const struct provider *provider;
  enum observation observed;
  struct text says;
};

struct job {
  struct work work; /* first: the pool's */
  struct engine *engine;
  enum job_kind kind;
  uint32_t step;
  struct arena *arena;
  struct call call;
  const struct provider *provider;
  struct answer answer;
  enum outcome outcome;
  enum observation observed;
  struct guard_verdict guard;
  const struct signoff_row
      *answers; /* as they were when the job was given: the loop reads new ones */
  size_t answer_count;
  struct sighting *looks; /* JOB_LOOK */
  uint32_t approver;      /* JOB_ASK: a resource */
  uint32_t look_count;
};

/* One of three: a job to give, an event to tell, a failpoint. */
struct held {
  struct job *job;
  bool is_event;
  struct run_event event; /* its texts live as long as the answer of the job that brought them */
  const char *point;
};

struct engine {
  const struct engine_world *given;
  const struct graph *graph;
  const struct clock *clock;
  const struct run_row *run;
  struct arena *arena;
  struct window_book *book;
  const struct timetable *times; /* what has to be done by when; NULL: nothing is watched */
  const struct ways_back *ways;  /* of a downtime; else NULL */
  int64_t watched_ms;            /* when it was looked at last */
  struct belief belief;          /* what the run did to the world, as far as it is known */
  struct slot *slots;
  uint32_t *follower_starts; /* followers[starts[i] .. starts[i + 1]) wait for step i */
  uint32_t *followers;
  uint32_t *queue; /* a ring of step_count places */
  uint32_t queue_first, queue_count;
  uint32_t *sitting;
  uint32_t sitting_count;
  uint32_t unsettled_count; /* actions that are neither done nor skipped */
  struct signoff_row *signoffs;
  size_t signoff_count;
  struct worker_pool *pool;
  uint32_t job_count, job_limit; /* held jobs count */
  uint32_t taken_count;          /* jobs that ended in the last turn */
  struct held *held;             /* malloc; held.c */
  uint32_t held_count, held_capacity;
  struct job *taken; /* their answers are read until the commit */
  bool has_written;  /* since the last commit */
  struct event_base *base;
  struct event *wakes, *interrupt, *timer;
  bool stops;     /* no further step begins; what acts is brought to its end */
  bool cancels;   /* a person asked for the end of the run */
  bool is_broken; /* the store takes no write */
  enum run_end end;
  uint32_t dice;           /* of the pauses */
  pthread_mutex_t looking; /* one look at a time: a target's own command is not run twice at once */
};

enum { JOB_ARENA_BYTES = 256 * 1024 * 1024 };

/* engine_loop.c: the queue, jobs, events. */
bool engine_open_loop(struct engine *engine);
void engine_close_loop(struct engine *engine);
/* Until nothing can be done now, and nothing is worth waiting for. */
void engine_loop(struct engine *engine);
void engine_queue(struct engine *engine, uint32_t step);
/* Done or skipped: those that waited for it come nearer. */
void engine_settle(struct engine *engine, uint32_t step);
void engine_give(struct engine *engine, uint32_t step, enum job_kind kind);
void engine_give_looks(struct engine *engine, uint32_t step, enum job_kind kind,
                       const struct sighting *looks, uint32_t look_count);
void engine_sit(struct engine *engine, uint32_t step);
void engine_worsen(struct engine *engine, enum run_end end);
void engine_tell(struct engine *engine, enum event_kind kind, uint32_t step, struct text says,
                 struct text help);
const struct provider *engine_provider(struct engine *engine, uint32_t step);
struct text engine_keep(struct engine *engine, struct text value);

/* held.c: what waits for the commit of the turn. */
void engine_hold_job(struct engine *engine, struct job *job);
void engine_hold_event(struct engine *engine, const struct run_event *event);
void engine_hold_point(struct engine *engine, const char *name);
/* The job was taken in: freed behind the commit. */
void engine_hold_answer(struct engine *engine, struct job *job);
void engine_free_job(struct job *job);
/* Makes the records of this turn durable, then begins its jobs and tells its events. */
void engine_commit(struct engine *engine);
/* The last commit: no job begins any more. */
void engine_end_turns(struct engine *engine);
/* A failpoint behind a record: reached when that is durable. */
#ifdef FAULTS
#define FAILPOINT_BEHIND(engine, name) engine_hold_point(engine, name)
#else
#define FAILPOINT_BEHIND(engine, name) ((void)0)
#endif

/* before.c: the guard before each act: refuse what would break a connection as the world is now. */
/* True: nothing has to be looked at, or it was. False: the look is under way. */
bool engine_may_act(struct engine *engine, uint32_t step);
void engine_look(const struct job *job);
void engine_take_look(struct engine *engine, struct job *job);
/* engine.c */
void engine_begin_act(struct engine *engine, uint32_t step);

/* engine_load.c: from the store into slots, and again after another process wrote. */
enum run_end engine_load(struct engine *engine);
void engine_reload(struct engine *engine);

/* engine.c: the life of a step. */
void engine_consider(struct engine *engine, uint32_t step);
void engine_take_guard(struct engine *engine, struct job *job);
void engine_take_observation(struct engine *engine, struct job *job);
void engine_take_outcome(struct engine *engine, struct job *job);

/* engine_write.c: records. */
struct record engine_record(struct engine *engine, enum record_kind kind, const char *what,
                            struct text says);
void engine_record_answer(struct record *record, const struct answer *answer);
/* Writes record and row; frees the record. False: another process was first, or the store is
 * broken. */
bool engine_write(struct engine *engine, uint32_t step, struct record *record,
                  enum step_status status, bool voids_signoffs);
/* A record that changes no step. */
bool engine_note(struct engine *engine, struct record *record, uint32_t step);
void engine_wait(struct engine *engine, uint32_t step, enum wait_kind wait, int64_t until_ms,
                 struct text says, struct text help);
/* failure.c: what follows a failed step. */
void engine_fail(struct engine *engine, uint32_t step, enum record_kind kind,
                 const struct answer *answer, const char *outcome, bool acted);
/* The step, or the one that it checks, says roll-back, and has something to put back. */
bool engine_wants_roll_back(struct engine *engine, uint32_t step);
void engine_roll_back(struct engine *engine, uint32_t step);
void engine_take_undo(struct engine *engine, struct job *job);
/* A step that an earlier process left failed, undone or unknown: told anew, with its way out. */
void engine_report_again(struct engine *engine, uint32_t step);
void engine_give_up(struct engine *engine, uint32_t step, enum diag_code code,
                    const struct answer *answer);

/* due.c: obligations with a date. */
void engine_find_dues(struct engine *engine);
/* W1132 for what is due soon, or was missed. */
void engine_watch_dues(struct engine *engine);
/* What a person is told at a wait, with the date that the step has to keep. */
struct text engine_with_due(struct engine *engine, uint32_t step, struct text says);

/* gates.c: what stands between a step that is ready and its act. True: it may go on now. */
bool engine_pass_gates(struct engine *engine, uint32_t step);
/* gate_window.c */
bool engine_pass_window(struct engine *engine, uint32_t step);
/* In the zone of the window or freeze. */
struct text engine_moment(struct engine *engine, uint32_t resource, int64_t at_ms);
/* Findings about windows that cannot be read here. */
bool engine_windows_are_known(const struct graph *graph, struct diag_list *diags);
/* W0817 for each that the plan file holds at another instant. */
void engine_tell_moved_windows(struct engine *engine);

#endif
