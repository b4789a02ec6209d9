/* SPDX-License-Identifier: Apache-2.0 */
/*
 * question: whether one connection can reach a cut at which it presents one version of its certificate,
 * and is refused. Asked for every way in which the guards that matter may turn out.
 */
#ifndef RENEW_PROVE_QUESTION_H
#define RENEW_PROVE_QUESTION_H

#include "compiler/prove/prove_int.h"

/* One question: at this connection, this certificate, judged by this register. */
struct question {
  const struct connection *c;
  uint32_t index;
  enum held version;
  bool is_root;
  uint32_t judged; /* register; REGISTER_NONE: nothing is presented at all */
  struct atoms atoms;
};

enum { LITERAL_PRESENTS, LITERAL_JUDGED, LITERAL_RUNS, LITERAL__COUNT };

struct answer {
  uint32_t mask;
  struct intervals presents, judged;
  const struct intervals *order[LITERAL__COUNT];
  uint32_t chosen[LITERALS_MAX];
  bool is_unclear;
};

/* What all questions about a connection share, under one assignment; in scratch space. */
struct situation {
  struct intervals runs;
  bool always_runs;
  struct written source;
  const struct load *loads;
  uint32_t load_count;
};

/* active.c */
bool question_guard_holds(struct proving *p, const struct atoms *atoms, uint32_t mask,
                          uint32_t guard);
bool question_has_stop(struct written running);
/* Waits that come behind a write of the register, or of one of both: only those can be a load of what
 * reads it. `scratch`: SCRATCH_BEHIND_*; lives until the next call for it. */
const uint32_t *question_waits(struct proving *p, enum scratch scratch, uint32_t reg,
                               uint32_t other, uint32_t *ret_count);

/* question.c: false where there is nothing to ask, as the receiver does not compare that. */
bool question_make(struct proving *p, uint32_t index, enum held version, bool is_root,
                   struct question *ret);
/* Those that every question about the connection has. */
void question_atoms(struct proving *p, const struct connection *c, struct atoms *ret);
void question_situation(struct proving *p, const struct connection *c, const struct atoms *atoms,
                        uint32_t mask, bool kept_for_nothing, struct situation *ret);
/* Under one assignment. */
bool question_ask(struct proving *p, const struct question *q, const struct situation *situation,
                  uint32_t mask, struct answer *ret);
/* Whether the question has an answer, in some way in which its atoms may turn out. `situation`, where it
 * is not NULL, is the connection's under no atoms. */
bool question_find_answer(struct proving *p, struct question *q, const struct atoms *atoms,
                          const struct situation *situation, struct answer *ret);
uint32_t question_step(struct proving *p, uint32_t event);

/* blame.c: a finding for the answer. */
void blame_report(struct proving *p, const struct question *q, const struct answer *a);
/* One that was added not long ago and has the same cause; NULL. */
struct proof_finding *blame_known(struct proving *p, const struct proof_finding *f);

#endif
