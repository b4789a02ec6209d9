/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_shape: what a document looks like: symbols, folds, and the one layout. See lsp.h. */
#include <string.h>

#include "compiler/syntax/format.h"
#include "runtime/cli/lsp.h"

static uint32_t row_start(const struct lsp_rows *rows, const struct lsp_row *row)
{
  return row->count == 0 ? row->open : rows->tokens[row->first].at;
}

static uint32_t row_end(const struct lsp_rows *rows, const struct lsp_row *row)
{
  if (row->close != LSP_NONE)
    return row->close + 1;
  if (row->open != LSP_NONE)
    return (uint32_t)rows->bytes.length; /* its `}` is missing */
  struct lsp_token last = rows->tokens[row->first + row->count - 1];
  return last.at + last.length;
}

static int symbol_kind(enum kind kind)
{
  enum { MODULE = 2, CLASS = 5, FUNCTION = 12, VARIABLE = 13, OBJECT = 19, EVENT = 24 };
  switch (kind) {
  case KIND_PLAN:
    return MODULE;
  case KIND_PROCEDURE:
    return FUNCTION;
  case KIND_PARAM:
    return VARIABLE;
  case KIND_WINDOW:
  case KIND_FREEZE:
  case KIND_CALENDAR:
    return EVENT;
  case KIND_ROLE:
    return CLASS;
  default:
    return OBJECT;
  }
}

static json_t *symbol(const struct lsp *lsp, const struct lsp_document *document,
                      const struct lsp_rows *rows, uint32_t index, uint32_t name, int kind,
                      struct text detail)
{
  const struct lsp_row *row = &rows->rows[index];
  struct lsp_token word = rows->tokens[row->first + name];
  uint32_t start = row_start(rows, row), end = row_end(rows, row);
  json_t *range = lsp_range(lsp, document, start, end - start);
  json_t *shown = lsp_text(lsp_token_text(rows, row->first + name));
  if (!lsp->has_tree)
    return json_pack("{s:o,s:i,s:{s:s,s:o}}", "name", shown, "kind", kind, "location", "uri",
                     document->uri, "range", range);
  return json_pack("{s:o,s:o,s:i,s:o,s:o,s:[]}", "name", shown, "detail", lsp_text(detail), "kind",
                   kind, "range", range, "selectionRange",
                   lsp_range(lsp, document, word.at, word.length), "children");
}

json_t *lsp_symbols(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  (void)params;
  enum { METHOD = 6 };
  struct lsp_rows rows;
  lsp_rows_read(buffer_text(&document->text), &rows);
  json_t *list = json_array(), *declaration = NULL;
  for (uint32_t i = 0; i < rows.count; i++) {
    const struct lsp_row *row = &rows.rows[i];
    enum kind kind = lsp_row_kind(&rows, i);
    if (row->parent == LSP_NONE && (int)kind < KIND_DECLARED_COUNT &&
        lsp_word(&rows, row, 1).length != 0) {
      struct text title = TEXT_NONE;
      if (row->count > 2 && rows.tokens[row->first + 2].kind == LSP_STRING)
        title = lsp_token_text(&rows, row->first + 2);
      struct text detail = text_format(rows.arena, "%s %.*s", kind_words[kind], TEXT_ARG(title));
      declaration = symbol(lsp, document, &rows, i, 1, symbol_kind(kind), detail);
      json_array_append_new(list, declaration);
    } else if (declaration != NULL && row->count > 2 && row->parent != LSP_NONE &&
               rows.tokens[row->first + 1].kind == LSP_COLON &&
               lsp_row_is_steps(&rows, row->parent)) {
      uint32_t start = rows.tokens[row->first + 2].at;
      struct lsp_token last = rows.tokens[row->first + row->count - 1];
      struct text detail = {rows.bytes.at + start, last.at + last.length - start};
      json_array_append_new(
          lsp->has_tree ? json_object_get(declaration, "children") : list,
          symbol(lsp, document, &rows, i, 0, METHOD, text_visible(rows.arena, detail)));
    }
  }
  arena_free(rows.arena);
  return list;
}

static int line_of(json_t *range, const char *side)
{
  return (int)json_integer_value(json_object_get(json_object_get(range, side), "line"));
}

static void add_fold(const struct lsp *lsp, const struct lsp_document *document, uint32_t from,
                     uint32_t to, const char *kind, json_t *folds)
{
  json_t *range = lsp_range(lsp, document, from, to - from);
  int first = line_of(range, "start"), last = line_of(range, "end");
  if (last > first)
    json_array_append_new(
        folds, json_pack("{s:i,s:i,s:s}", "startLine", first, "endLine", last, "kind", kind));
  json_decref(range);
}

json_t *lsp_folding(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  (void)params;
  struct lsp_rows rows;
  struct text bytes = buffer_text(&document->text);
  lsp_rows_read(bytes, &rows);
  json_t *folds = json_array();
  for (uint32_t i = 0; i < rows.count; i++) {
    const struct lsp_row *row = &rows.rows[i];
    if (row->open == LSP_NONE || row->close == LSP_NONE)
      continue;
    /* The line of the `}` stays in sight. */
    uint32_t end = row->close;
    while (end > row->open && bytes.at[end] != '\n')
      end--;
    add_fold(lsp, document, row->open, end, "region", folds);
  }
  /* Comments of several lines. */
  uint32_t from = LSP_NONE, to = 0;
  for (uint32_t at = 0; at < bytes.length;) {
    const char *newline = memchr(bytes.at + at, '\n', bytes.length - at);
    uint32_t end = newline == NULL ? (uint32_t)bytes.length : (uint32_t)(newline - bytes.at);
    uint32_t first = at;
    while (first < end && (bytes.at[first] == ' ' || bytes.at[first] == '\t'))
      first++;
    bool comment = first < end && bytes.at[first] == '#';
    if (comment && from == LSP_NONE)
      from = at;
    if (comment)
      to = end;
    if (from != LSP_NONE && (!comment || newline == NULL)) {
      add_fold(lsp, document, from, to, "comment", folds);
      from = LSP_NONE;
    }
    at = end + 1;
  }
  arena_free(rows.arena);
  return folds;
}

json_t *lsp_formatting(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  (void)params;
  struct arena *arena = arena_new("format", 0);
  struct source_set sources;
  struct diag_list diags;
  source_set_start(&sources, arena, TEXT_NONE);
  diag_list_start(&diags, arena);
  struct text before = buffer_text(&document->text);
  uint32_t file;
  size_t bad_offset;
  struct buffer made = {0};
  json_t *edits = json_array();
  if (source_give(&sources, TEXT("text"), before, &file, &bad_offset) == SOURCE_OK &&
      format_source(&sources, file, &diags, &made) == FORMAT_OK) {
    /* One edit, as small as it can be: what stays, stays with its marks and folds. */
    struct text after = buffer_text(&made);
    size_t head = 0, tail = 0;
    size_t least = before.length < after.length ? before.length : after.length;
    while (head < least && before.at[head] == after.at[head])
      head++;
    while (head > 0 &&
           (((unsigned char)before.at[head - 1] & 0x80) != 0 || before.at[head - 1] == '\r'))
      head--; /* never in the middle of a character, or of a line end */
    while (tail < least - head &&
           before.at[before.length - tail - 1] == after.at[after.length - tail - 1] &&
           ((unsigned char)before.at[before.length - tail - 1] & 0x80) == 0)
      tail++;
    tail -= tail > 0 && before.at[before.length - tail] == '\n';
    struct span span = {0, (uint32_t)head, (uint32_t)(before.length - tail - head)};
    if (!text_equal(before, after))
      json_array_append_new(edits,
                            lsp_edit(lsp, document, span,
                                     (struct text){after.at + head, after.length - tail - head}));
  }
  buffer_free(&made);
  arena_free(arena);
  return edits;
}
