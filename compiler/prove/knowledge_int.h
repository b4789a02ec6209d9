/* SPDX-License-Identifier: Apache-2.0 */
/* knowledge_int: what the files of the knowledge pass share. Not for others. */
#ifndef RENEW_PROVE_KNOWLEDGE_INT_H
#define RENEW_PROVE_KNOWLEDGE_INT_H

#include "compiler/prove/knowledge.h"

struct judging {
  struct knowledge *out;
  const struct graph *graph;
  const struct program *program;
  struct diag_list *diags;
  struct arena *arena;  /* of this pass alone */
  struct text_map said; /* CODE and place: what was reported */
};

/* places.c */
/* False where this code was reported at the same statement before. */
bool first_time(struct judging *j, enum diag_code code, const struct step *step, struct text about);
struct span step_span(const struct judging *j, const struct step *step);
/* The word in the step's sentence, where it is written so; else the sentence. */
struct span word_span(const struct judging *j, const struct step *step, struct text word);
/* The place where the resource is declared; false where no single one has the name. */
bool declared_at(const struct judging *j, uint32_t resource, struct span *ret_span);
/* A line of its own before the step: a fix to be looked at, or words where the label is taken. */
void propose_line_before(struct judging *j, struct diag *diag, const struct step *step,
                         struct text label, struct text line);
bool label_exists(const struct judging *j, struct text label);
struct text role_word(const struct judging *j, uint32_t role);
/* client.new.root */
struct text argument_word(const struct judging *j, const struct argument *argument);

/* order.c: whether `before` ends before `after` begins; true where that is too far to see. */
bool stands_before(const struct graph *graph, uint32_t before, uint32_t after);
void order_judge(struct judging *j);
/* knowledge.c: a restart that relies on an exchange. */
bool knowledge_is_restart(const struct graph *graph, const struct knowledge_gap *gap);

/* artefacts.c */
void artefacts_judge(struct judging *j);

/* people.c */
void people_judge(struct judging *j);

#endif
