/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard: `when` at run time. Three values: yes, no, and a question to a person.
 *
 * (1) A guard that is decided by what is known is not asked about: `A and B` with A known to be no
 *     is no, whatever B is.
 * (2) `used-elsewhere` is never computed: no machine knows what else trusts a root. It is a
 *     question to the owner of the place, answered once a run for each fact.
 */
#ifndef RENEW_ENGINE_GUARD_H
#define RENEW_ENGINE_GUARD_H

#include "runtime/providers/provider.h"
#include "runtime/store/store.h"

/* The end of a fact that is asked of a person at the window (gate_window.c): begin STEP all the same? */
#define GUARD_TOO_LATE ".too-late-to-back-out"

enum guard_result { GUARD_IS_YES, GUARD_IS_NO, GUARD_IS_OPEN };

struct guard_verdict {
  enum guard_result result;
  struct text
      fact; /* IS_OPEN: what is asked, in the call's arena: "client.old.root.used-elsewhere" */
  struct text says; /* the reason, for people */
};

/* answers: the run's sign-off rows. */
struct guard_verdict guard_evaluate(const struct call *call, const struct provider_table *table,
                                    uint32_t guard, const struct signoff_row *answers,
                                    size_t answer_count);
/* The fact as a question to a person: "is client.old.root used in any other communication?" */
struct text guard_question(struct arena *arena, struct text fact);
/* "client.old.root" */
struct text argument_words(struct arena *arena, const struct graph *graph,
                           const struct argument *argument);

#endif
