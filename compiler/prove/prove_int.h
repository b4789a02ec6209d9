/* SPDX-License-Identifier: Apache-2.0 */
/* prove_int: what the checks of the proof share. Not for others. */
#ifndef RENEW_PROVE_PROVE_INT_H
#define RENEW_PROVE_PROVE_INT_H

#include "compiler/prove/model.h"
#include "compiler/prove/prove.h"

/* What loads_of, active_writes and both_roots give lives there until the next call for the same. */
enum scratch {
  SCRATCH_SOURCE,
  SCRATCH_RUNNING,
  SCRATCH_JUDGED,
  SCRATCH_ROOTS,
  SCRATCH_LOADS,
  SCRATCH_ALSO, /* events that loads speak of */
  SCRATCH_WAITS,
  SCRATCH_BEHIND_SOURCE, /* waits: waits_behind */
  SCRATCH_BEHIND_JUDGED,
  SCRATCH__COUNT
};

/* When a register says no, where no guard has a say. */
struct judged {
  bool is_made;
  uint32_t reg;
  struct intervals table;
};

struct proving {
  struct arena *arena;
  const struct graph *graph;
  struct model *model;
  struct events *events;
  bool is_downtime;
  struct buffer findings; /* struct proof_finding */
  uint64_t question_count;
  struct buffer scratch[SCRATCH__COUNT];
  struct judged judged[2 * HELD__COUNT]; /* of the question asked last, by version and root */
  uint32_t behind[2];                    /* whose waits are in SCRATCH_BEHIND_*: register + 1 */
  bool *is_racing;                       /* by register */
  bool *is_failed;                       /* by connection: a finding of the proof stands for it */
  bool *is_unseen;                       /* by resource: nobody sees when its restart is over */
  bool *is_blind;                        /* by resource: E0727 stands for it */
  bool is_way_back;                      /* the plan's goal is not asked for */
  const struct atoms *given;             /* how some atoms turn out; NULL: any of them either way */
  uint32_t given_mask;
  bool trusts_unseen;                    /* what would be so, if they were seen */
};

/* Whether the text has the missing order, so that only a message is missing. */
void finding_judge_order(struct proving *p, struct proof_finding *finding);
/* A finding with nothing in it but its code. */
struct proof_finding finding_of(enum diag_code code);
void add_finding(struct proving *p, const struct proof_finding *finding);

/* Events and model of a graph; nothing is judged yet. */
void proving_start(struct proving *p, struct arena *arena, const struct graph *graph);
void proving_end(struct proving *p);

/* question.c, safety.c: check S. */
/* Whether a cut is reachable at which the connection presents that version and it is refused (for its
 * root; HELD_NONE: at which it finds nothing to present). True, too, where that is not decidable. */
bool safety_is_reachable(struct proving *p, uint32_t connection, enum held version, bool is_root);
/* Something that the connection rests on is written by two steps without an order. */
bool safety_is_racing(struct proving *p, uint32_t connection);
void check_safety(struct proving *p);
/* An order of two steps that rules out a tuple of a question. */
struct safety_pair {
  uint32_t before, after; /* steps */
};
/* The pairs that rule the question's tuples out, each once. False where there is nothing to ask, or a
 * tuple is not ruled out. */
bool safety_pairs(struct proving *p, uint32_t connection, enum held version, bool is_root,
                  struct safety_pair *pairs, uint32_t room, uint32_t *ret_count);

/* seen.c: which restarts have an end; E0727. */
void seen_start(struct proving *p);
void check_seen(struct proving *p);

/* keeps.c: E0633, E0634. */
void check_kept(struct proving *p);
/* A step that takes an old certificate away that is to be kept. */
bool keeps_is_removal(const struct graph *graph, const struct step *step, uint32_t *ret_resource);
/* deployed.c: E0712 of what is authorized and used before the deployment. */
void check_deployed(struct proving *p);
/* log_on.c: E0635. */
void check_log_on(struct proving *p);
/* go_on.c: E0636. */
void check_going_on(struct proving *p);
/* unsent.c: E0637. */
void check_unsent(struct proving *p);
/* Whether an error was found so far. */
bool proving_is_unsafe(const struct proving *p);
/* back_roll.c: E0630. */
void check_roll_backs(struct proving *p);

/* races.c: R, and what is not decidable. */
void check_races(struct proving *p);
/* goals.c: G and P. */
void check_goals(struct proving *p);
/* Of them: each node that was to be restarted has the new pair for sure (E0603). */
void check_loads(struct proving *p);
/* cases.c: a way in which the conditions may turn out in which that step is done, and none of those before
 * it with the effect (on the resource's new version; INDEX_NONE: on whatever). */
bool cases_leave_out(struct proving *p, uint32_t index, enum effect effect, uint32_t resource,
                     struct text *ret_when);
/* E0627 of a pair that is made or signed under a condition. */
void cases_check_made(struct proving *p, uint32_t resource);
/* habits.c: E0611, E0625, E0623 and the warnings of group 06. */
void check_habits(struct proving *p);
/* claims.c */
void state_claims(struct proving *p, struct proof *proof);

/* The loads of a connection's place that count under an assignment; waits that are long enough too. */
uint32_t loads_of(struct proving *p, const struct connection *c, const struct atoms *atoms,
                  uint32_t mask, bool kept_for_nothing, struct load **ret_loads);
/* The events that the loads found last speak of. */
const uint32_t *loads_also(const struct proving *p);
/* What both root registers of a connection get where the two roots are one; atoms NULL: under any
 * guard. */
struct written both_roots(struct proving *p, const struct connection *c, const struct atoms *atoms,
                          uint32_t mask);
struct written active_writes(struct proving *p, const struct atoms *atoms, uint32_t mask,
                             uint32_t reg, enum scratch scratch);

#endif
