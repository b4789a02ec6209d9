/* SPDX-License-Identifier: Apache-2.0 */
/* tell: what the files that put a proof into words share. Not for others. */
#ifndef RENEW_PROVE_TELL_H
#define RENEW_PROVE_TELL_H

#include "compiler/prove/prove_int.h"

struct telling {
  const struct proof *proof;
  const struct graph *graph;
  const struct program *program; /* NULL: no places */
  struct diag_list *diags;
};

/* A message that would let a role know that a step is done. */
struct missing_message {
  struct text sender, hearer;
  uint32_t done;   /* the step that it speaks of */
  uint32_t before; /* the step before whose line it belongs */
};

/* tell_words.c */
struct span tell_step_span(const struct telling *t, uint32_t index);
const struct decl *tell_decl(const struct telling *t, uint32_t resource);
/* The line of a key of a declaration; where it has none, the declaration's name. */
struct span tell_key_span(const struct telling *t, uint32_t resource, enum key key);
struct text tell_name(const struct telling *t, uint32_t resource);
/* Who may change it, where the plan says so; else "ROLE". */
struct text tell_owner(const struct telling *t, uint32_t resource);
struct text tell_role(const struct telling *t, uint32_t step);
/* The step's label as it is written: of two elements that stand for an open set (`switch[*1]`) without them. */
struct text tell_id(const struct telling *t, uint32_t step);
/* "`check call of FLOW on NODE` in the block of the restart": a look at who presents the certificate; of
 * whoever calls in the plan where it is INDEX_NONE. */
struct text tell_look(const struct telling *t, uint32_t certificate);
const struct connection *tell_connection(const struct telling *t, const struct proof_finding *f);
/* NULL where the finding is about no connection. */
const struct call *tell_call(const struct telling *t, const struct proof_finding *f);
/* "worker-1, worker-2 and 3 more"; the flow or the caller where it has no nodes. */
struct text tell_who(const struct telling *t, const struct proof_finding *f);
/* "client.old" */
struct text tell_version(const struct telling *t, const struct proof_finding *f);
struct diag *tell_start(const struct telling *t, const struct proof_finding *f, uint32_t step,
                        const char *headline, const char *name);
/* At the plan's name. */
struct diag *tell_start_plan(const struct telling *t, const struct proof_finding *f,
                             const char *headline);
void tell_label_step(const struct telling *t, struct diag *diag, uint32_t step, const char *label,
                     struct text name, struct text other);
void tell_note_trace(const struct telling *t, const struct proof_finding *f, struct diag *diag);
/* Which case it is, and what to write; false where it is so in each. */
bool tell_note_case(const struct telling *t, const struct proof_finding *f, struct diag *diag);
/* The text has the order, but who acts was not told (decisions 2). */
void tell_untold(const struct telling *t, const struct proof_finding *f, struct diag *diag);

typedef void tell_fn(const struct telling *t, const struct proof_finding *f);
/* tell_reach.c */
tell_fn tell_601, tell_602, tell_603, tell_608, tell_621, tell_626;
/* tell_downtime.c */
tell_fn tell_604, tell_605, tell_606, tell_607, tell_625, tell_629;
/* tell_goals.c */
tell_fn tell_616, tell_619, tell_624, tell_627, tell_628, tell_915;
/* tell_habits.c */
tell_fn tell_609, tell_611, tell_612, tell_613, tell_617, tell_618, tell_620, tell_623, tell_712,
    tell_outage;
/* tell_back.c: E0630, E0636, E0637; tell_seen.c: E0631, E0727 */
tell_fn tell_back, tell_going_on, tell_unsent, tell_seen;
/* tell_keeps.c */
tell_fn tell_633, tell_634, tell_635;
/* until: "" where it is kept for ever. */
void tell_retained(const struct telling *t, uint32_t step, uint32_t resource, struct text until);
/* never.c: W0615 */
void tell_never(const struct telling *t);
/* fix.c */
bool tell_find_message(const struct telling *t, uint32_t before, uint32_t after,
                       struct missing_message *ret);
/* The line of the step; of the outermost `together` around it, inside which nothing is before it, or
 * `for each`, where it stands for several steps: one message is enough for all of them. */
uint32_t fix_line_before(const struct source *source, const struct step *step);
/* The line as an edit; false where it cannot be written as one. */
bool tell_add_message(const struct telling *t, struct diag *diag,
                      const struct missing_message *message);
void tell_add_move(const struct telling *t, struct diag *diag, const struct proof_finding *f);

#endif
