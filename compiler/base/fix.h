/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fix: the edits of findings, applied to a text.
 *
 * (1) A fix is applied whole or not at all; two that touch the same bytes are never both applied, the
 *     first in the text's order is.
 * (2) Nothing is judged: whether the text is better behind it is the caller's question.
 */
#ifndef RENEW_BASE_FIX_H
#define RENEW_BASE_FIX_H

#include "compiler/base/diag.h"

struct fix_choice {
  bool unsafe;                 /* those too that may not be what was meant; templates never */
  const bool *codes;           /* by code: these only; NULL = all */
  const struct text_map *skip; /* fix_key of those that are not tried again; NULL = none */
  bool only_first;             /* the first that fits, alone */
};

/* A name of the finding that outlives an edit elsewhere in the text. */
struct text fix_key(struct arena *arena, const struct diag *diag);
/* Whether the choice takes the finding's fix in that file. */
bool fix_fits(const struct diag *diag, uint32_t file, const struct fix_choice *choice,
              struct arena *arena);
/* The text of `file` with the chosen fixes; the findings that they belong to are added to
 * ret_fixed (struct diag *). False where there is none. diags: sorted. */
bool fix_apply(const struct diag_list *diags, const struct source_set *sources, uint32_t file,
               const struct fix_choice *choice, struct arena *arena, struct buffer *ret_text,
               struct buffer *ret_fixed);

#endif
