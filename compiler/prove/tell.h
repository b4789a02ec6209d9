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

struct span tell_step_span(const struct telling *t, uint32_t index);
const struct decl *tell_decl(const struct telling *t, uint32_t resource);
struct text tell_name(const struct telling *t, uint32_t resource);

/* A message that would let a role know that a step is done. */
struct missing_message {
  struct text sender, hearer;
  uint32_t done;   /* the step that it speaks of */
  uint32_t before; /* the step before whose line it belongs */
};

/* tell.c */
struct diag *tell_start(const struct telling *t, const struct proof_finding *f, uint32_t step,
                        const char *headline, const char *name);
void tell_label_step(const struct telling *t, struct diag *diag, uint32_t step, const char *label,
                     struct text name, struct text other);
void tell_note_trace(const struct telling *t, const struct proof_finding *f, struct diag *diag);
struct text tell_who(const struct telling *t, const struct proof_finding *f);
/* The line of a key of a declaration; where it has none, the declaration's name. */
struct span tell_key_span(const struct telling *t, uint32_t resource, enum key key);
/* tell_back.c: E0630 */
void tell_back(const struct telling *t, const struct proof_finding *f);
/* tell_seen.c: E0631, E0727 */
void tell_seen(const struct telling *t, const struct proof_finding *f);
/* never.c: W0615 */
void tell_never(const struct telling *t);
/* fix.c */
bool tell_find_message(const struct telling *t, uint32_t before, uint32_t after,
                       struct missing_message *ret);
/* The line as an edit; false where it cannot be written as one. */
bool tell_add_message(const struct telling *t, struct diag *diag,
                      const struct missing_message *message);
void tell_add_move(const struct telling *t, struct diag *diag, const struct proof_finding *f);

#endif
