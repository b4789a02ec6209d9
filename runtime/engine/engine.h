/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: executes a proven graph with a table of providers, a store and a clock. It does not know
 * which of these are real: a dry run is another table, a store in memory and a clock that is moved.
 *
 * (1) Order of every step that acts, without a shortcut: probe; INTENT durable; apply; OUTCOME
 *     durable; probe again; DONE durable. A step is DONE only when its effect was observed, or,
 *     where nothing can be observed, when its provider or a person said so.
 * (2) A step begins when everything that it waits for is done or skipped, and never before.
 * (3) Provider calls run in worker threads; the store is touched by the calling thread only.
 * (4) A process may die at any instant: what it did is found again by resume_next (resume.h).
 * (5) A window holds back what enters an uncertain state, never what heals.
 * (6) A failed write of the store ends the process's part at once; nothing is begun after it.
 */
#ifndef RENEW_ENGINE_ENGINE_H
#define RENEW_ENGINE_ENGINE_H

#include "compiler/graph/graph.h"
#include "compiler/verify/verify.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/provider.h"
#include "runtime/providers/world.h"
#include "runtime/store/store.h"

/* How this process's part of the run ended; the worst of what happened. */
enum run_end {
  END_DONE,      /* all steps are done or skipped */
  END_CANCELLED, /* the run ended for good, as a person asked */
  END_WAITING,   /* a person, a window, a date */
  END_PAUSED,    /* interrupted; all begun steps were brought to their end */
  END_REFUSED,   /* the window does not open again */
  END_REMOTE,    /* a target could not be reached; nothing was changed by that step */
  END_FAILED,    /* a step failed */
  END_UNDECIDED, /* a person must decide, or the journal is damaged */
  END_UNUSABLE   /* the store, or what prepare found */
};

enum event_kind {
  EVENT_ACTING, /* INTENT is written */
  EVENT_OK,
  EVENT_WAIT,
  EVENT_SKIP,
  EVENT_RETRY,
  EVENT_FAIL,
  EVENT_UNKNOWN,
  EVENT_UNDO,
  EVENT_NOTE
};

extern const char *const event_words[]; /* "ok" */

struct run_event {
  enum event_kind kind;
  uint32_t step; /* INDEX_NONE: the whole run */
  int64_t at_ms;
  int64_t took_ms;
  enum wait_kind wait; /* EVENT_WAIT */
  int64_t until_ms;    /* EVENT_WAIT, EVENT_RETRY; 0 = not known */
  uint32_t role;       /* EVENT_WAIT: whose answer is missing; else the step's */
  struct text says;
  struct text help;
  enum fidelity fidelity;
};

typedef void run_event_fn(void *of, const struct run_event *event);

struct engine_options {
  const struct clock *clock;
  int64_t patience_ms; /* waits up to this long are sat out; longer ones end the process's part */
  int64_t retry_pause_ms; /* 0 = RETRY_DEFAULT_PAUSE_MS */
  uint32_t worker_count; /* 0 = WORKERS_MAX */
  bool without_workers;  /* calls that do not act (a dry run): made by the loop itself */
  const struct text *roles; /* act for these only; role_count 0 = for all */
  uint32_t role_count;
  /* Answers in place of people (a dry run); NULL: people are asked. Its result opens a gate, and is
   * what a guard that only a person can decide comes to. */
  bool (*stand_in)(void *of, const struct step *step, enum wait_kind wait);
  run_event_fn *tell;
  void *of;           /* for stand_in and tell */
  uint32_t dice;      /* of the pauses; 0 = any */
  bool interruptible; /* SIGINT pauses; the second one ends the process */
};

enum { PATIENCE_MS = 60000 };

struct engine_world {
  struct proven_graph proven; /* nothing else is executed */
  const struct provider_table *table;
  struct store *store;
  struct world *world;
  const struct engine_options *options;
  struct diag_list *diags;
};

/*
 * Preflight (prepare of every step, windows) and the run's birth in the store: *run gets its id.
 * run holds rplan, digest, root and by. STORE_UNUSABLE with findings where a step cannot work.
 */
enum store_result engine_begin(const struct engine_world *world, struct run_row *run);
/* Executes what can be executed now. The run is locked by the caller. */
enum run_end engine_run(const struct engine_world *world, const struct run_row *run);

/* What the plan reserves for the life of a run: "keystore#alias" of each renewed certificate. */
void engine_targets(struct arena *arena, const struct graph *graph, struct text **ret_targets,
                    size_t *ret_target_count);

#endif
