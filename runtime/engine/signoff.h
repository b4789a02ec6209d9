/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signoff: what people say about a run, and whether it counts.
 *
 *   confirm   ends a step that a person does, after the fact
 *   approve   opens a step with `needs sign-off`, before its INTENT
 *   reject    either of them, refused: the step fails
 *   answer    yes or no to what only a person knows (a guard); done or redo to an unknown outcome
 *
 * (1) A sign-off counts for a role that the step waits for, and only while it waits.
 * (2) A role whose channel is `signature` or `web` is not signed for on the console, nor by another
 *     role on its behalf.
 * (3) `not author`: who began the run does not count. N of a role: N different signers.
 * (4) Each function writes its record and its row in one transaction; what is refused changes
 *     nothing.
 */
#ifndef RENEW_ENGINE_SIGNOFF_H
#define RENEW_ENGINE_SIGNOFF_H

#include "compiler/graph/graph.h"
#include "runtime/store/store.h"

enum signing_result {
  SIGNING_OK,
  SIGNING_REFUSED, /* does not count, or the step does not wait for it: exit 7 */
  SIGNING_UNUSABLE /* the store: exit 3 */
};

struct signing {
  struct store *store;
  const struct graph *graph;
  const struct run_row *run;
  uint32_t step;
  struct text signer;
  struct text role; /* TEXT_NONE: the only role that is still missing */
  struct text note;
  struct text because;
  struct text on_behalf_of;
  struct text evidence; /* path in the state folder */
  struct text evidence_sha256;
  bool is_simulated; /* of a run whose landscape is simulated: any channel is the console */
  int64_t now_ms;
  struct arena *arena;
};

/* *ret_means: CONFIRM or APPROVE (or REJECT); *ret_complete: the step waits for nobody more. */
enum signing_result signoff_sign(const struct signing *signing, bool reject,
                                 struct diag_list *diags, enum signoff_means *ret_means,
                                 bool *ret_complete);
/* word: done, redo, yes or no. */
enum signing_result signoff_decide(const struct signing *signing, struct text word,
                                   struct diag_list *diags);
enum signing_result signoff_retry(const struct signing *signing, struct diag_list *diags);
/* Leaves the step out, unless that breaks something (skip.c). */
enum signing_result signoff_skip(const struct signing *signing, struct diag_list *diags);

/* Do the rows hold all that the step's confirmation or approval needs? */
bool signoff_is_complete(const struct graph *graph, const struct step *step,
                         enum signoff_means means, const struct signoff_row *rows,
                         size_t row_count);
/* The first role that is still missing; INDEX_NONE when complete. */
uint32_t signoff_missing_role(const struct graph *graph, const struct step *step,
                              enum signoff_means means, const struct signoff_row *rows,
                              size_t row_count);
/* Statuses of all steps, from the store's rows; joins by what they wait for. In the arena. */
enum step_status *signoff_statuses(struct arena *arena, struct store *store,
                                   const struct graph *graph, struct text run);

#endif
