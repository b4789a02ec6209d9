/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_names: which declaration a written path means, and where else it is meant. */
#ifndef RENEW_CLI_LSP_NAMES_H
#define RENEW_CLI_LSP_NAMES_H

#include "runtime/cli/lsp.h"

/* `import "path" as prefix` of a text. */
struct lsp_import {
  struct text path; /* as written */
  struct text prefix;
  struct span span; /* the path with its quotes */
  uint32_t file;    /* of the sources; LSP_NONE where it was not read */
};
struct lsp_imports {
  struct lsp_import *items;
  uint32_t count;
};

/* The path below an offset. */
struct lsp_word {
  uint32_t token, row; /* of rows */
  struct text text;    /* the whole path */
  struct text segment; /* the one that the offset is on */
  uint32_t segment_at; /* where it stands in the document */
  uint32_t segment_index;
  uint32_t index; /* among the row's tokens */
};

void lsp_imports_read(const struct lsp_analysis *analysis, const struct lsp_rows *rows,
                      struct lsp_imports *ret);
/* False where there is no word. */
bool lsp_word_at(const struct lsp_rows *rows, uint32_t offset, struct lsp_word *ret);
/* The declaration that the path begins with; *ret_segment is its segment. LSP_NONE without. */
uint32_t lsp_lookup(const struct lsp_analysis *analysis, const struct lsp_imports *imports,
                    struct text path, uint32_t *ret_segment);
/* As it is written here: "name" or "prefix.name"; TEXT_NONE where it cannot be. */
struct text lsp_visible(struct arena *arena, const struct lsp_analysis *analysis,
                        const struct lsp_imports *imports, uint32_t decl);
/* The row that declares the loop variable or the parameter of a procedure; LSP_NONE without.
 * *ret_token is the word itself. */
uint32_t lsp_local(const struct lsp_rows *rows, uint32_t row, struct text name,
                   uint32_t *ret_token);
/* The row's label in the same text; LSP_NONE without. */
uint32_t lsp_label_row(const struct lsp_rows *rows, struct text label);

typedef void lsp_reference_fn(struct span span, uint32_t decl, void *with);
/* Every place that means a declaration, the declaring ones left out. */
void lsp_each_reference(const struct lsp_analysis *analysis, lsp_reference_fn *visit, void *with);

#endif
