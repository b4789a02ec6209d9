/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsp_rows: the words and lines of a text that is being written. Never refuses, reports nothing: what
 * is wrong with the text is the parser's to say.
 *
 * (1) Rows begin where layout_rows lets them begin: at a line's first word, but not inside ( ) and not
 *     behind a comma.
 * (2) A `}` that is missing does not swallow the file: a declaration at column 0 ends all blocks.
 */
#include <string.h>

#include "runtime/cli/lsp.h"

struct reader {
  struct lsp_rows *rows;
  uint32_t at, parens;
  bool first; /* no token on this line yet */
  uint32_t line_start;
};

static bool is_word_byte(char byte)
{
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

static uint32_t word_end(struct text bytes, uint32_t at)
{
  bool number = bytes.at[at] >= '0' && bytes.at[at] <= '9';
  while (at < bytes.length && (is_word_byte(bytes.at[at]) || (number && bytes.at[at] == ':')))
    at++;
  return at;
}

/* Behind the closing quote, or at the end of the line; of the text for a block text. */
static uint32_t string_end(struct text bytes, uint32_t at, bool *ret_is_open)
{
  bool block = bytes.length - at >= 3 && memcmp(bytes.at + at, "\"\"\"", 3) == 0;
  *ret_is_open = false;
  if (block) {
    const char *end = memmem(bytes.at + at + 3, bytes.length - at - 3, "\"\"\"", 3);
    *ret_is_open = end == NULL;
    return end == NULL ? (uint32_t)bytes.length : (uint32_t)(end - bytes.at) + 3;
  }
  for (at++; at < bytes.length && bytes.at[at] != '\n'; at++) {
    if (bytes.at[at] == '"')
      return at + 1;
    if (bytes.at[at] == '\\' && at + 1 < bytes.length && bytes.at[at + 1] != '\n')
      at++;
  }
  *ret_is_open = true;
  return at;
}

struct text lsp_token_text(const struct lsp_rows *rows, uint32_t token)
{
  return (struct text){rows->bytes.at + rows->tokens[token].at, rows->tokens[token].length};
}

struct text lsp_word(const struct lsp_rows *rows, const struct lsp_row *row, uint32_t index)
{
  if (index >= row->count || rows->tokens[row->first + index].kind != LSP_WORD)
    return TEXT_NONE;
  return lsp_token_text(rows, row->first + index);
}

uint32_t lsp_row_begins(const struct lsp_rows *rows, const struct lsp_row *row, uint32_t from,
                        const char *words)
{
  uint32_t count = 0;
  for (const char *at = words; *at != '\0'; count++) {
    size_t length = strcspn(at, " ");
    struct text word = lsp_word(rows, row, from + count);
    /* `undo:` is a word and a colon */
    bool colon = at[length - 1] == ':';
    if (!text_equal(word, (struct text){at, length - colon}))
      return 0;
    at += length + (at[length] == ' ');
  }
  return count;
}

static bool next_is_colon(struct text bytes, uint32_t at)
{
  while (at < bytes.length && (bytes.at[at] == ' ' || bytes.at[at] == '\t'))
    at++;
  return at < bytes.length && bytes.at[at] == ':';
}

/* Column 0 and a kind's word with a name behind it, or `import`. */
static bool is_declaration(const struct reader *reader, struct text word)
{
  enum kind kind;
  struct text bytes = reader->rows->bytes;
  uint32_t at = reader->at + (uint32_t)word.length;
  if (reader->at != reader->line_start || at >= bytes.length || bytes.at[at] != ' ')
    return false;
  return text_is(word, "import") || kind_find(word, &kind);
}

static bool begins_row(struct reader *reader, enum lsp_token_kind kind, struct text word)
{
  struct lsp_rows *rows = reader->rows;
  if (rows->ends_row)
    return true;
  if (!reader->first)
    return false;
  bool comma = rows->tokens[rows->token_count - 1].kind == LSP_COMMA;
  if (reader->parens == 0 && !comma)
    return true;
  return kind == LSP_WORD &&
         (text_is(word, "for") || text_is(word, "together") || is_declaration(reader, word) ||
          next_is_colon(rows->bytes, reader->at + (uint32_t)word.length));
}

static void add_row(struct lsp_rows *rows)
{
  if (rows->count == rows->capacity) {
    rows->capacity = rows->capacity == 0 ? 256 : rows->capacity * 2;
    rows->rows =
        arena_grow(rows->arena, rows->rows, rows->count, rows->capacity, sizeof *rows->rows);
  }
  rows->rows[rows->count++] = (struct lsp_row){
      .first = rows->token_count,
      .parent = rows->depth == 0 ? LSP_NONE : rows->stack[rows->depth - 1],
      .open = LSP_NONE,
      .close = LSP_NONE,
  };
  rows->ends_row = false;
}

static void add_token(struct reader *reader, enum lsp_token_kind kind, uint32_t length)
{
  struct lsp_rows *rows = reader->rows;
  struct text word = {rows->bytes.at + reader->at, length};
  if (begins_row(reader, kind, word)) {
    reader->parens = 0;
    if (kind == LSP_WORD && is_declaration(reader, word))
      rows->depth = 0;
    add_row(rows);
  }
  if (rows->token_count == rows->token_capacity) {
    rows->token_capacity = rows->token_capacity == 0 ? 1024 : rows->token_capacity * 2;
    rows->tokens = arena_grow(rows->arena, rows->tokens, rows->token_count, rows->token_capacity,
                              sizeof *rows->tokens);
  }
  rows->tokens[rows->token_count++] = (struct lsp_token){kind, reader->at, length};
  rows->rows[rows->count - 1].count++;
  reader->first = false;
}

static void take_brace(struct reader *reader, bool opens)
{
  struct lsp_rows *rows = reader->rows;
  if (opens && (rows->ends_row || rows->count == 0))
    add_row(rows);
  if (opens && rows->depth < LSP_DEPTH_MAX) {
    rows->rows[rows->count - 1].open = reader->at;
    rows->stack[rows->depth++] = rows->count - 1;
  } else if (!opens && rows->depth > 0) {
    rows->rows[rows->stack[--rows->depth]].close = reader->at;
  }
  rows->ends_row = true;
  reader->first = false;
  reader->parens = 0;
}

/* One word, mark or comment; reader->at moves behind it. */
static void take(struct reader *reader)
{
  struct lsp_rows *rows = reader->rows;
  struct text bytes = rows->bytes;
  char byte = bytes.at[reader->at];
  uint32_t length = 1;
  if (byte == '\n') {
    reader->first = true;
    reader->line_start = reader->at + 1;
  } else if (byte == '#') {
    const char *end = memchr(bytes.at + reader->at, '\n', bytes.length - reader->at);
    length =
        end == NULL ? (uint32_t)bytes.length - reader->at : (uint32_t)(end - bytes.at) - reader->at;
    rows->in_comment = end == NULL;
  } else if (byte == '"') {
    bool is_open;
    uint32_t end = string_end(bytes, reader->at, &is_open);
    length = end - reader->at;
    rows->in_string = is_open && end == bytes.length;
    add_token(reader, LSP_STRING, length);
  } else if (byte == '{' || byte == '}') {
    take_brace(reader, byte == '{');
  } else if (is_word_byte(byte)) {
    length = word_end(bytes, reader->at) - reader->at;
    add_token(reader, LSP_WORD, length);
  } else if (byte != ' ' && byte != '\t' && byte != '\r') {
    if (byte == '(')
      reader->parens++;
    add_token(reader, byte == ',' ? LSP_COMMA : byte == ':' ? LSP_COLON : LSP_MARK, 1);
    if (byte == '(')
      reader->parens = reader->parens == 0 ? 1 : reader->parens;
    else if (byte == ')' && reader->parens > 0)
      reader->parens--;
  }
  reader->at += length;
}

void lsp_rows_read(struct text bytes, struct lsp_rows *ret)
{
  *ret = (struct lsp_rows){.arena = arena_new("editor", 0), .bytes = bytes, .ends_row = true};
  struct reader reader = {.rows = ret, .first = true};
  while (reader.at < bytes.length)
    take(&reader);
}

enum kind lsp_row_kind(const struct lsp_rows *rows, uint32_t row)
{
  if (row == LSP_NONE)
    return KIND__COUNT;
  while (rows->rows[row].parent != LSP_NONE)
    row = rows->rows[row].parent;
  struct text word = lsp_word(rows, &rows->rows[row], 0);
  for (int i = 0; i < KIND__COUNT; i++)
    if (text_is(word, kind_words[i]))
      return (enum kind)i;
  return KIND__COUNT;
}

bool lsp_row_is_steps(const struct lsp_rows *rows, uint32_t parent)
{
  enum kind kind = lsp_row_kind(rows, parent);
  if (kind != KIND_PLAN && kind != KIND_PROCEDURE)
    return false;
  for (; rows->rows[parent].parent != LSP_NONE; parent = rows->rows[parent].parent) {
    struct text word = lsp_word(rows, &rows->rows[parent], 0);
    if (!text_is(word, "for") && !text_is(word, "when") && !text_is(word, "together") &&
        !text_is(word, "otherwise"))
      return false;
  }
  return true;
}

bool lsp_is_configuration(const struct lsp_document *document)
{
  return text_ends_with(text_of(document->path), "/renew.conf");
}
