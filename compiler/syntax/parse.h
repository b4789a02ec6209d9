/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse: one source into lines. All lexical and syntax findings (groups 01 and 02 as far as they
 * need no table) go to the list; the result is never NULL.
 *
 * (1) Work and memory are linear in the source; nesting deeper than PARSE_DEPTH_LIMIT is E0220.
 * (2) At most PARSE_FINDINGS_LIMIT findings are collected from one file; a file that is no plan at
 *     all (binary) yields few.
 */
#ifndef RENEW_SYNTAX_PARSE_H
#define RENEW_SYNTAX_PARSE_H

#include "compiler/base/diag.h"
#include "compiler/base/source.h"
#include "compiler/syntax/ast.h"

enum { PARSE_DEPTH_LIMIT = 16, PARSE_FINDINGS_LIMIT = 1000 };

struct ast_file *parse_source(struct arena *arena, const struct source_set *sources, uint32_t file,
                              struct diag_list *diags);
/* The same, with the lines and all that hangs on them in `tree`, which may go before `arena`, where
 * texts and findings are. wants_layout: ast_file.layout_at is judged, while the tokens are at hand. */
struct ast_file *parse_into(struct arena *arena, struct arena *tree,
                            const struct source_set *sources, uint32_t file, bool wants_layout,
                            struct diag_list *diags);

#endif
