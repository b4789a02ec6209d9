/* SPDX-License-Identifier: Apache-2.0 */
/*
 * knowledge: who may do what, who has what, and who knows what is done: group 05, judged on one
 * lowered plan. Not the proof that no bad state is reachable; it works on the same messages.
 *
 * (1) An order between two roles is witnessed by gives, tells, agree and approvals only; that the
 *     engine waits is not known to a person. A `check` is the engine's own and witnesses nothing.
 * (2) No false alarm before completeness: what is not ordered in the text is not judged, a guarded
 *     hand-over counts as made, and who owns nothing that is declared may do anything.
 * (3) A statement is reported once for a cause, whatever the number of its instances.
 * (4) A plan with more than KNOWLEDGE_ROLES_MAX roles is not judged by its order (W0505, W0511).
 */
#ifndef RENEW_PROVE_KNOWLEDGE_H
#define RENEW_PROVE_KNOWLEDGE_H

#include "compiler/graph/graph.h"

enum { KNOWLEDGE_ROLES_MAX = 1024 };

/* Step `after` relies on step `before` of another role, and no message says that it is done; before
 * is INDEX_NONE where `after` is the first step of a role that nobody tells to begin. */
struct knowledge_gap {
  uint32_t before;
  uint32_t after;
  bool is_refused; /* the proof says it as an error of its own */
};

struct knowledge {
  const struct graph *graph;
  const struct program *program;
  struct diag_list *diags;
  struct knowledge_gap *gaps;
  uint32_t gap_count;
  uint32_t gap_capacity;
  bool has_errors;
};

/* Findings of group 05 but for the gaps, which are only collected. */
void knowledge_find(struct knowledge *knowledge, const struct graph *graph,
                    const struct program *program, struct diag_list *diags);
/* The proof refuses what can happen because of a gap before this step: no hint about it is left. */
void knowledge_refuse(struct knowledge *knowledge, uint32_t after);
/* W0505, W0511 and W0514 for the gaps that nobody refused, where knowledge_find has found no error. */
void knowledge_report(struct knowledge *knowledge);

/* The sentence of the step in its source, for findings about a lowered plan; an empty span at the
 * plan's name where the step comes from no source of the program. */
struct span knowledge_span(const struct program *program, const struct graph *graph,
                           const struct step *step);

#endif
