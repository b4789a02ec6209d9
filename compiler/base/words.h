/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words: a command line as its words, the way a shell splits one, and nothing else a shell does.
 *
 * (1) Blanks, tabs and line ends separate words. '...' keeps all it holds; "..." keeps all but \" and
 *     \\; outside of quotes a backslash keeps the next character. "" is a word without characters.
 * (2) Nothing is expanded: $, *, ~, |, ;, &, > and < are characters like any other. `${node}` is
 *     replaced in the words after the split, so it fills one word however it reads.
 */
#ifndef RENEW_BASE_WORDS_H
#define RENEW_BASE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

/* False where a quote is not closed or the line ends with a backslash; the outputs stay untouched. */
bool words_split(struct arena *arena, struct text line, struct text **ret_words,
                 uint32_t *ret_count);

#endif
