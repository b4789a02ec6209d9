/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_propose: one request for completion: the line before the cursor, and what is proposed for it. */
#ifndef RENEW_CLI_LSP_PROPOSE_H
#define RENEW_CLI_LSP_PROPOSE_H

#include "runtime/cli/lsp_names.h"

enum item_kind {
  ITEM_VERB = 3,
  ITEM_NAME = 6,
  ITEM_KIND = 7,
  ITEM_KEY = 10,
  ITEM_WORD = 14,
  ITEM_SNIPPET = 15
};

struct proposals {
  struct lsp *lsp;
  struct lsp_document *document;
  const struct lsp_analysis *analysis;
  struct arena *arena;
  struct lsp_rows rows; /* of the text before the cursor, without the word that is being written */
  struct lsp_row row;   /* the line that the cursor is on; count 0 at its beginning */
  uint32_t parent;      /* row */
  struct text prefix;   /* the word that is being written */
  struct span replaced; /* by what is chosen */
  struct lsp_imports imports;
  json_t *items;
};

/* detail, says, snippet: TEXT_NONE without. */
void propose(struct proposals *p, enum item_kind kind, struct text word, struct text detail,
             struct text says, struct text snippet);
void propose_word(struct proposals *p, const char *word);
/* Every name (and member of one) that is of one of these TYPE bits. */
void propose_types(struct proposals *p, unsigned types);
void propose_kind(struct proposals *p, enum kind kind);
/* "a|b" */
void propose_choice(struct proposals *p, const char *words);

/* lsp_forms.c: what may follow by a form of keys.def, behind the row's token `from`. */
void propose_form(struct proposals *p, enum kind kind, enum key key, const char *form,
                  uint32_t from);
/* "by mail|webhook [TEXT]" as a snippet, with placeholders numbered from *number. */
void snippet_form(struct buffer *out, const char *form, uint32_t *number);

/* lsp_sentence.c: a step from its first role on. */
void propose_sentence(struct proposals *p, uint32_t from);
void propose_look(struct proposals *p, uint32_t from);

#endif
