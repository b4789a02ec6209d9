/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsp: what the parts of `renew lsp` share: open documents, what the compiler says of them, places.
 *
 * (1) One thread. A document is checked whole after each change, 150 ms after the last one, or at
 *     once where a request needs it.
 * (2) A place of the protocol counts lines from 0 and, within a line, UTF-16 units or (where the
 *     client offers it) bytes. Everything inside counts bytes.
 * (3) A handler returns a new reference; NULL where it called lsp_refuse.
 */
#ifndef RENEW_CLI_LSP_H
#define RENEW_CLI_LSP_H

#include <jansson.h>

#include "runtime/cli/cli.h"

/* What the compiler says of a text. cli is a copy with an arena and a root of its own. */
struct lsp_analysis {
  struct cli cli;
  struct compiled compiled; /* arena NULL: none yet */
  uint64_t stamp;           /* the state of all documents that it is about */
};

struct lsp_document {
  char *uri;
  char *path;   /* absolute */
  bool is_file; /* else an unsaved text: nothing on disk is meant */
  struct buffer text;
  struct buffer lines; /* uint32_t: where each begins */
  int64_t version;
  int64_t due_ms; /* when it is to be checked; 0: nothing to do */
  struct lsp_analysis analysis;
};

struct lsp {
  struct cli *cli;
  struct lsp_document **documents;
  uint32_t count;
  uint64_t stamp; /* grows with every change of a document */
  bool is_utf8, has_snippets, has_tree;
  bool is_begun, is_shut, is_over;
  struct buffer refusal;
};

typedef json_t *lsp_handler(struct lsp *lsp, struct lsp_document *document, const json_t *params);

/* lsp_wire.c: messages on standard input and output. */
struct wire {
  struct buffer in;
  size_t at;     /* read up to here */
  uint64_t skip; /* bytes of a message that is too large */
  bool is_closed;
};
enum wire_result { WIRE_NONE, WIRE_MESSAGE, WIRE_TOO_LARGE, WIRE_NO_JSON };
/* Waits up to timeout_ms (-1: for ever) and takes what is there; false at the end. */
bool wire_read(struct wire *wire, int timeout_ms);
enum wire_result wire_next(struct wire *wire, json_t **ret_message);
/* Takes the reference. False where nobody reads any more. */
bool wire_write(json_t *message);

/* lsp_text.c: documents and places. */
struct lsp_document *lsp_find(const struct lsp *lsp, const char *uri);
struct lsp_document *lsp_open(struct lsp *lsp, const char *uri, struct text bytes, int64_t version);
void lsp_close(struct lsp *lsp, struct lsp_document *document);
void lsp_change(struct lsp *lsp, struct lsp_document *document, const json_t *change);
uint32_t lsp_offset(const struct lsp *lsp, const struct lsp_document *document,
                    const json_t *position);
json_t *lsp_range(const struct lsp *lsp, const struct lsp_document *document, uint32_t at,
                  uint32_t length);
/* The same in any text. */
json_t *lsp_range_in(const struct lsp *lsp, struct text bytes, uint32_t at, uint32_t length);
json_t *lsp_text(struct text bytes); /* as JSON */
json_t *lsp_uri(const char *path);
/* {"uri", "range"} of a place in what was compiled. */
json_t *lsp_location(const struct lsp *lsp, const struct lsp_analysis *analysis, struct span span);
json_t *lsp_edit(const struct lsp *lsp, const struct lsp_document *document, struct span span,
                 struct text text);

/* lsp_rows.c: words and lines of a text that need not be right. */
enum lsp_token_kind { LSP_WORD, LSP_STRING, LSP_COMMA, LSP_COLON, LSP_MARK };
struct lsp_token {
  enum lsp_token_kind kind;
  uint32_t at, length;
};
enum { LSP_NONE = UINT32_MAX, LSP_DEPTH_MAX = 64 };
struct lsp_row {
  uint32_t first, count; /* tokens, without braces */
  uint32_t parent;       /* row; LSP_NONE at the top */
  uint32_t open, close;  /* where its braces stand; LSP_NONE without */
};
struct lsp_rows {
  struct arena *arena;
  struct text bytes;
  struct lsp_token *tokens;
  uint32_t token_count, token_capacity;
  struct lsp_row *rows;
  uint32_t count, capacity;
  uint32_t stack[LSP_DEPTH_MAX], depth; /* rows whose blocks are open at the end */
  bool in_string, in_comment;           /* the text ends in one */
  bool ends_row;                        /* what follows begins a row */
};
/* Release with arena_free(ret->arena). */
void lsp_rows_read(struct text bytes, struct lsp_rows *ret);
struct text lsp_token_text(const struct lsp_rows *rows, uint32_t token);
/* The token's text where it is a word; else TEXT_NONE. */
struct text lsp_word(const struct lsp_rows *rows, const struct lsp_row *row, uint32_t index);
/* The words of the row behind `from` begin with these; how many they are. */
uint32_t lsp_row_begins(const struct lsp_rows *rows, const struct lsp_row *row, uint32_t from,
                        const char *words);
/* The kind that the outermost block around the row declares; KIND__COUNT without. */
enum kind lsp_row_kind(const struct lsp_rows *rows, uint32_t row);
/* Whether it is a row of steps: directly, or in `for each`, `when`, `together`. */
bool lsp_row_is_steps(const struct lsp_rows *rows, uint32_t parent);
bool lsp_is_configuration(const struct lsp_document *document);

/* lsp_check.c: what the compiler says. */
struct lsp_analysis *lsp_analyse(struct lsp *lsp, struct lsp_document *document);
/* The last one, however old: for names. */
struct lsp_analysis *lsp_last(struct lsp *lsp, struct lsp_document *document);
void lsp_start_analysis(struct lsp *lsp, const char *path, struct lsp_analysis *ret);
void lsp_end_analysis(struct lsp_analysis *analysis);
json_t *lsp_diagnostics(struct lsp *lsp, struct lsp_document *document);
lsp_handler lsp_code_action;
/* Sets what the client is told instead of a result; returns NULL. */
json_t *lsp_refuse(struct lsp *lsp, const char *format, ...) __attribute__((format(printf, 2, 3)));

lsp_handler lsp_completion;                                                 /* lsp_complete.c */
lsp_handler lsp_hover;                                                      /* lsp_hover.c */
lsp_handler lsp_definition, lsp_references, lsp_rename, lsp_prepare_rename; /* lsp_names.c */
lsp_handler lsp_formatting, lsp_symbols, lsp_folding;                       /* lsp_shape.c */

#endif
