/* SPDX-License-Identifier: Apache-2.0 */
/*
 * difference: two texts as a unified diff (three lines of context), for people and for patch(1).
 *
 * (1) Applied to `before`, it makes `after`, a missing last line end included.
 * (2) The fewest lines, up to DIFFERENCE_EDITS_MAX of them; beyond, everything between what both
 *     begin and end with counts as replaced. Work is bounded by lines * DIFFERENCE_EDITS_MAX.
 */
#ifndef RENEW_BASE_DIFFERENCE_H
#define RENEW_BASE_DIFFERENCE_H

#include "compiler/base/text.h"

enum { DIFFERENCE_EDITS_MAX = 1000 };

/* Nothing where they are equal. visible: what a terminal would not show stands as <U+XXXX>; then (1)
 * does not hold. */
void difference_unified(struct text name, struct text before, struct text after, bool visible,
                        struct buffer *ret_bytes);

#endif
