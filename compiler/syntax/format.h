/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format: the one layout of a plan file. Works on the tokens and comments as they were written, never
 * on the tree, so that nothing can be lost that the tree does not hold.
 *
 * (1) format(format(x)) = format(x).
 * (2) The result has the same tokens, lines, documentation and comments as the source; it is read
 *     again and compared before it is given out.
 * (3) A file with a finding of the lexer or the grammar is not formatted: its lines are not known.
 */
#ifndef RENEW_SYNTAX_FORMAT_H
#define RENEW_SYNTAX_FORMAT_H

#include "compiler/base/diag.h"
#include "compiler/base/source.h"

enum format_result {
  FORMAT_OK,
  FORMAT_BROKEN, /* (3): diags says why */
  FORMAT_UNSAFE  /* (2) did not hold: a mistake of the formatter; *ret_bytes is empty */
};

enum format_result format_source(const struct source_set *sources, uint32_t file,
                                 struct diag_list *diags, struct buffer *ret_bytes);

#endif
