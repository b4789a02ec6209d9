/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider: one system that a step acts on, behind a const table of functions.
 *
 * Call order for one attempt of one step, by the engine (or by nobody):
 *   prepare    once a run, before any step: reads only; every reason why the step cannot work is
 *              named now (missing file, key that does not match, command outside the allow-list)
 *   probe      what is there?  Reads only. Before INTENT and again after apply
 *   apply      make it so. Only between a durable INTENT and its OUTCOME. Repeatable for CLASS_SET
 *   undo       put back what was before this step's apply (roll-back)
 * Every function runs in a worker thread, must not touch the store, must respect call.deadline, and
 * keeps nothing between calls but in the world that it acts on: a process may die between any two.
 *
 * (1) DONE only when observed: apply that could not see its effect answers IN_DOUBT, never DONE.
 * (2) A provider that cannot probe says so (`supports` lacks CAN_PROBE): then INTENT without OUTCOME
 *     is a person's decision after a crash, unless `supports` has CAN_REPEAT (apply twice = once).
 * (3) No secret, no private key enters an answer.
 * (4) IS_PERSON: apply without `confirmed` asks (repeatable, the same message again) and answers
 *     WAIT. After the person's answer the engine probes (CAN_PROBE), and where the effect is not
 *     to be seen calls apply once more with `confirmed` and `evidence`: it takes the answer in
 *     (a certificate that came back from a manual CA) and says DONE, WAIT (nothing to take in) or
 *     REFUSED with the reason.
 */
#ifndef RENEW_PROVIDERS_PROVIDER_H
#define RENEW_PROVIDERS_PROVIDER_H

#include <stdint.h>
#include <stdio.h>

#include "compiler/base/diag.h"
#include "compiler/graph/graph.h"

enum outcome {
  OUTCOME_DONE,         /* so now, or so already */
  OUTCOME_WAIT,         /* not yet: a person, a date, a ticket; ask again after retry_after_s */
  OUTCOME_REFUSED,      /* the same request fails again */
  OUTCOME_UNREACHABLE,  /* nothing was sent; a retry is safe */
  OUTCOME_IN_DOUBT,     /* sent, answer lost: only probe decides */
  OUTCOME_MISCONFIGURED /* a person must change something first */
};

enum observation {
  OBSERVED_AFTER,   /* the post-condition holds: the step is done */
  OBSERVED_BEFORE,  /* the state before the step */
  OBSERVED_NEITHER, /* something else: a person decides */
  OBSERVED_NOTHING  /* could not look (reason in the answer) */
};

enum {
  CAN_PROBE = 1,
  CAN_REPEAT = 2,
  CAN_UNDO = 4,
  IS_PERSON = 8,
  IS_MESSAGE = 16,
  TAKES_FILE = 32, /* IS_PERSON: the answer is a file; without it apply refuses */
  TAKES_PRINT = 128, /* with TAKES_FILE: the fingerprint that the file has to have comes with the answer */
  MAY_ASK = 64 /* apply may answer WAIT with `asks`: the step's role confirms what the answer says,
                      then apply is called once more with `confirmed` */
};

enum fidelity { FIDELITY_PROBED, FIDELITY_SIMULATED, FIDELITY_UNKNOWABLE };

struct world; /* world.h: where this executor works: folders, configuration, secrets, clock */

struct call {
  struct arena *arena; /* of this call; thread-private */
  const struct graph *graph;
  const struct step *step;
  struct world *world;
  struct text run;
  uint32_t attempt;     /* 1.. */
  int64_t deadline_ms;  /* monotonic; 0 = none */
  struct text begin_by; /* "2026-12-11 12:30 UTC": the proof's date for the step; "" = none */
  bool confirmed; /* IS_PERSON, MAY_ASK: the person has answered; apply takes the answer (below) */
  bool by_guard;  /* probe: whether the effect stands now, by whatever hand and whenever it came */
  struct text evidence; /* IS_PERSON: absolute path of the file given with the answer; often "" */
  struct text note;     /* IS_PERSON: the remark given with the answer; often "" */
};

struct fact { /* what the journal keeps: "fingerprint" -> "4a1b..." */
  const char *name;
  struct text value;
  struct fact *next;
};

struct answer {
  struct text says; /* one sentence for people: what was found or done */
  struct fact *facts;
  bool asks;             /* OUTCOME_WAIT with MAY_ASK: for a person */
  int64_t retry_after_s; /* OUTCOME_WAIT, OUTCOME_UNREACHABLE; 0 = the engine's own back-off */
  enum diag_code code;   /* with a failure; meaningful where has_code */
  bool has_code;
  struct text help; /* what to do about it */
};

struct provider {
  const char *name; /* "keystore" */
  unsigned supports;
  /* NULL = nothing to prepare. Findings go to diags (nowhere or at the step's place). */
  void (*prepare)(const struct call *call, struct diag_list *diags);
  enum observation (*probe)(const struct call *call, struct answer *ret_answer);
  enum outcome (*apply)(const struct call *call, struct answer *ret_answer);
  /* Without CAN_UNDO it answers REFUSED, and says what a person can do. */
  enum outcome (*undo)(const struct call *call, struct answer *ret_answer);
  /* What a dry run would say it does, in one sentence; NULL = the step's own sentence. */
  void (*preview)(const struct call *call, struct answer *ret_answer);
};

/* A table of providers: the real ones, or the substitutes of a dry run. */
struct provider_table {
  const struct provider *(*find)(const struct graph *graph, const struct step *step);
  /* providers_bind, providers_release, providers_fact below; NULL = nothing to bind, nothing to
   * release, no fact is known (a dry run binds and releases nothing). */
  enum outcome (*bind)(const struct call *call, struct answer *ret_answer);
  void (*release)(const struct call *call);
  enum observation (*fact)(const struct call *call, const struct argument *argument,
                           struct text *ret_value, struct answer *ret_answer);
  /* Tells the role that its approval of the step is asked for, once a run; says what was done, or ""
   * (NULL: nobody is told). */
  void (*ask)(const struct call *call, uint32_t role, struct answer *ret_answer);
};

/* providers.c: by effect, kind of place, and that place's `kind` or `protocol`. Never NULL: what no
 * provider does is done by a person. */
extern const struct provider_table providers_real;
/* preview.c: nothing is changed, nobody is asked, no command is run, no secret is read. The live one
 * lets probes of local files and addresses through; it needs world.live and world.preview. */
extern const struct provider_table providers_preview;
extern const struct provider_table providers_preview_live;
/* The same for a simulated landscape: it needs world.simulation. */
extern const struct provider_table providers_preview_simulated;

/*
 * The rest of a run's life, once each; call->step is NULL.
 * bind      after every prepare, before the first step: C.old of every certificate is bound for the
 *           whole run: its pair is copied into the run's safe, its fingerprints are the facts that the
 *           engine journals. Idempotent; a bound certificate is not bound again after a crash
 * release   after the last step of a run that ended (done or cancelled): staged keys are wiped
 */
enum outcome providers_bind(const struct call *call, struct answer *ret_answer);
void providers_release(const struct call *call);
/* SHA-256 (hex) of what the argument names (client.new.root), for guards. OBSERVED_AFTER: known;
 * OBSERVED_NOTHING: not known yet or not to be looked at (the answer says why). */
enum observation providers_fact(const struct call *call, const struct argument *argument,
                                struct text *ret_value, struct answer *ret_answer);

/* person.c: by the role's carrier; a console role looks at `renew tasks` anyway. */
void providers_ask(const struct call *call, uint32_t role, struct answer *ret_answer);

void answer_add_fact(struct arena *arena, struct answer *answer, const char *name,
                     struct text value);
const char *outcome_word(enum outcome outcome);          /* "in-doubt" */
const char *observation_word(enum observation observed); /* "after" */

#endif
