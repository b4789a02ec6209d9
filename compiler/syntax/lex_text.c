/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex_text: text in double quotes, block text, and text in the wrong quotes.
 *
 * (1) A text ends at its quotation mark or at the line's end, closed or not; a `{` at the end of an
 *     unclosed text is given back, so that the block below keeps its opening.
 * (2) Where a text is not closed, the other findings of its line go: they came from words that were
 *     meant to be text.
 */
#include "compiler/syntax/parse_int.h"

#include <string.h>

#include <utf8proc.h>

#include "compiler/tables/tables.h"

static bool is_blank(unsigned char byte)
{
  return byte == ' ' || byte == '\t' || byte == '\r';
}

static const unsigned char *trim_end(const unsigned char *from, const unsigned char *to)
{
  while (to > from && is_blank(to[-1]))
    to--;
  return to;
}

static const unsigned char *line_end(const struct lexer *lexer, const unsigned char *from)
{
  const unsigned char *end = memchr(from, '\n', (size_t)(lexer->end - from));
  return end != NULL ? end : lexer->end;
}

/* It stays in the text as it is written. */
static void report_escape(struct lexer *lexer, struct buffer *buffer, const unsigned char *from,
                          const unsigned char *to, const char *why)
{
  struct parse *parse = lexer->parse;
  buffer_add(buffer, from, (size_t)(to - from));
  if (!parse_has_room(parse))
    return;
  struct span span = lex_span(lexer, from, to);
  struct text written = source_text(parse->sources, span);
  struct diag *diag = diag_add(parse->diags, DIAG_E0103, span, "unknown escape `%.*s`",
                               TEXT_ARG(parse_shown(parse, written)));
  diag_set_label(parse->diags, diag, "%s", why);
  diag_add_fix(parse->diags, diag, FIX_UNSAFE, parse_span(parse, span.at, 1), TEXT("\\\\"),
               "write `\\\\` where a backslash is meant");
}

/* \u{1F511}; from: the backslash. Returns what follows. */
static const unsigned char *decode_point(struct lexer *lexer, struct buffer *buffer,
                                         const unsigned char *from, const unsigned char *to)
{
  enum { HEX_DIGITS_MAX = 6 };
  const unsigned char *at = from + 2;
  int32_t point = 0;
  int digits = 0;
  if (at < to && *at == '{')
    for (at++; at < to && digits <= HEX_DIGITS_MAX; at++, digits++) {
      int digit = *at >= '0' && *at <= '9'   ? *at - '0'
                  : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10
                  : *at >= 'A' && *at <= 'F' ? *at - 'A' + 10
                                             : -1;
      if (digit < 0)
        break;
      point = point * 16 + digit;
    }
  bool well = digits > 0 && digits <= HEX_DIGITS_MAX && at < to && *at == '}';
  if (!well || point == 0 || !utf8proc_codepoint_valid(point)) {
    const unsigned char *end = well ? at + 1 : from + 2;
    report_escape(lexer, buffer, from, end,
                  well ? "no character has this number" : "write it as `\\u{1F511}`");
    return end;
  }
  utf8proc_uint8_t bytes[4];
  buffer_add(buffer, bytes, (size_t)utf8proc_encode_char(point, bytes));
  return at + 1;
}

static void decode(struct lexer *lexer, struct buffer *buffer, const unsigned char *from,
                   const unsigned char *to)
{
  for (const unsigned char *at = from; at < to;) {
    const unsigned char *backslash = memchr(at, '\\', (size_t)(to - at));
    const unsigned char *end = backslash != NULL ? backslash : to;
    buffer_add(buffer, at, (size_t)(end - at));
    if (backslash == NULL)
      return;
    unsigned char letter = backslash + 1 < to ? backslash[1] : '\0';
    at = backslash + 2;
    if (letter == 'n')
      buffer_add_zero(buffer, "\n");
    else if (letter == 't')
      buffer_add_zero(buffer, "\t");
    else if (letter == '"' || letter == '\\')
      buffer_add(buffer, &letter, 1);
    else if (letter == 'u')
      at = decode_point(lexer, buffer, backslash, to);
    else {
      while (at < to && (*at & 0xC0) == 0x80)
        at++;
      if (at > to)
        at = to;
      report_escape(lexer, buffer, backslash, at, "the escapes are \\\" \\\\ \\n \\t \\u{...}");
    }
  }
}

static void report_too_long(struct lexer *lexer, const struct token *token, const char *what,
                            size_t limit_bytes)
{
  struct parse *parse = lexer->parse;
  if (!parse_has_room(parse))
    return;
  struct diag *diag = diag_add(parse->diags, DIAG_E0112, parse_token_span(parse, token),
                               "%s is longer than %zu bytes", what, limit_bytes);
  diag_set_label(parse->diags, diag, "%u bytes", token->length);
}

static void add_text(struct lexer *lexer, const unsigned char *from, const unsigned char *content,
                     const unsigned char *content_end)
{
  struct parse *parse = lexer->parse;
  lex_check_invisible(lexer, content, content_end);
  struct token_value value = {0};
  size_t length = (size_t)(content_end - content);
  if (length == 0 || memchr(content, '\\', length) == NULL) {
    value.text = (struct text){(const char *)content, length};
  } else {
    struct buffer decoded = {0};
    decode(lexer, &decoded, content, content_end);
    value.text = text_copy(parse->arena, buffer_text(&decoded));
    buffer_free(&decoded);
  }
  struct token *token = lex_add(lexer, from, TOKEN_TEXT);
  lex_set_value(lexer, token, value);
  if (value.text.length > TEXT_LIMIT_BYTES)
    report_too_long(lexer, token, "this text", TEXT_LIMIT_BYTES);
}

static void drop_findings_of_line(struct lexer *lexer)
{
  if (lexer->parse->diags->count > lexer->line_mark)
    diag_list_cut(lexer->parse->diags, lexer->line_mark);
}

/* Nothing closes it: where the words before it were no words either, or nothing stands behind it, it
 * is the closing mark, and the opening one is missing. */
static void unclosed(struct lexer *lexer, const unsigned char *from,
                     const unsigned char *content_end)
{
  struct parse *parse = lexer->parse;
  bool stray = parse->diags->count > lexer->line_mark || content_end <= from + 1;
  drop_findings_of_line(lexer);
  lexer->line_is_bad = true;
  if (stray) {
    lexer->cursor = from + 1;
    lex_add(lexer, from, TOKEN_BAD)->flags |= FLAG_FLAWED;
    lexer->cursor = content_end > from + 1 ? content_end : from + 1;
  } else {
    add_text(lexer, from, from + 1, content_end);
    drop_findings_of_line(lexer);
    parse->raw.items[parse->raw.count - 1].flags |= FLAG_FLAWED;
  }
  if (!parse_has_room(parse))
    return;
  const unsigned char *shown_end = stray ? from + 1 : content_end;
  struct diag *diag = diag_add(parse->diags, DIAG_E0101, lex_span(lexer, from, shown_end),
                               "text is not closed on this line");
  if (stray) {
    diag_set_label(parse->diags, diag, "one quotation mark alone; its partner is missing");
    return;
  }
  diag_set_label(parse->diags, diag, "begins here and has no closing `\"`");
  diag_add_fix(parse->diags, diag, FIX_UNSAFE, lex_span(lexer, content_end, content_end),
               TEXT("\""), "close it with `\"` where it ends");
  diag_add_help(parse->diags, diag, "a text of several lines stands between `\"\"\"` and `\"\"\"`");
}

/* lex_text.c (1) */
static const unsigned char *unclosed_end(const unsigned char *from, const unsigned char *to)
{
  const unsigned char *end = trim_end(from, to);
  if (end > from && end[-1] == '{' && (end - 1 == from || is_blank(end[-2])))
    end = trim_end(from, end - 1);
  return end;
}

bool lex_text(struct lexer *lexer, const unsigned char *from)
{
  const unsigned char *at = from + 1;
  while (at < lexer->end && *at != '\n' && *at != '"') {
    bool pair = *at == '\\' && at + 1 < lexer->end && at[1] != '\n';
    at += pair ? 2 : 1;
  }
  bool closed = at < lexer->end && *at == '"';
  lexer->cursor = closed ? at + 1 : unclosed_end(from + 1, at);
  if (closed)
    add_text(lexer, from, from + 1, at);
  else
    unclosed(lexer, from, lexer->cursor);
  return true;
}

bool lex_single_quoted(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  const unsigned char *at = from + 1;
  while (at < lexer->end && *at != '\n' && *at != '\'')
    at++;
  const unsigned char *close = at < lexer->end && *at == '\'' ? at : NULL;
  const unsigned char *end = close != NULL ? close : unclosed_end(from + 1, at);
  lexer->cursor = close != NULL ? close + 1 : end;
  add_text(lexer, from, from + 1, end);
  if (close == NULL)
    parse->raw.items[parse->raw.count - 1].flags |= FLAG_FLAWED;
  if (!parse_has_room(parse))
    return true;
  struct span span = lex_span(lexer, from, lexer->cursor);
  struct diag *diag = diag_add(parse->diags, DIAG_E0107, span, "text in single quotes");
  diag_set_label(parse->diags, diag, "text stands in double quotes");
  if (close == NULL || memchr(from, '"', (size_t)(close - from)) != NULL ||
      end - from > TEXT_LIMIT_BYTES)
    return true;
  diag_add_fix(parse->diags, diag, FIX_SAFE, lex_span(lexer, from, from + 1), TEXT("\""),
               "write double quotes");
  diag_add_fix(parse->diags, diag, FIX_SAFE, lex_span(lexer, close, close + 1), TEXT("\""), " ");
  return true;
}

struct block_text {
  const unsigned char *content;     /* behind the opening marks */
  const unsigned char *content_end; /* the closing marks, or where the text is taken to end */
  const unsigned char *end;         /* behind the closing marks */
  bool closed;
};

static bool begins_declaration(const unsigned char *from, const unsigned char *to)
{
  const unsigned char *end = from;
  while (end < to && ((*end >= 'a' && *end <= 'z') || *end == '-'))
    end++;
  struct text word = {(const char *)from, (size_t)(end - from)};
  enum kind kind;
  return (end < to && *from == '}') || kind_find(word, &kind) || text_is(word, "import");
}

/* The closing marks may have lost one of theirs; else the text ends before the next declaration. */
static void find_lost_end(const struct lexer *lexer, struct block_text *block)
{
  block->content_end = block->end = trim_end(block->content, lexer->end);
  for (const unsigned char *line = line_end(lexer, block->content); line < lexer->end;
       line = line_end(lexer, line)) {
    line++;
    const unsigned char *first = line, *end = line_end(lexer, line);
    while (first < end && is_blank(*first))
      first++;
    size_t marks = 0;
    while (first + marks < end && first[marks] == '"')
      marks++;
    if (marks > 0 && trim_end(first, end) == first + marks) {
      block->content_end = line - 1;
      block->end = first + marks;
      return;
    }
    if (begins_declaration(line, end)) {
      block->content_end = block->end = line - 1;
      return;
    }
  }
}

static struct block_text find_block_text(const struct lexer *lexer, const unsigned char *from)
{
  struct block_text block = {.content = from + 3};
  for (const unsigned char *at = block.content; at < lexer->end; at++) {
    if (*at == '\\' && at + 1 < lexer->end) {
      at++;
    } else if (lexer->end - at >= 3 && memcmp(at, "\"\"\"", 3) == 0) {
      block.content_end = at;
      block.end = at + 3;
      block.closed = true;
      return block;
    }
  }
  find_lost_end(lexer, &block);
  return block;
}

static size_t margin_of(const unsigned char *from, const unsigned char *to)
{
  const unsigned char *at = from;
  while (at < to && (*at == ' ' || *at == '\t'))
    at++;
  return (size_t)(at - from);
}

/* Leading blanks that all lines but the first have in common; lines of blanks only do not count. */
static size_t common_margin(const struct lexer *lexer, const struct block_text *block)
{
  size_t margin = SIZE_MAX;
  const unsigned char *line = line_end(lexer, block->content);
  while (line < block->content_end) {
    line++;
    const unsigned char *end = line_end(lexer, line);
    if (end > block->content_end)
      end = block->content_end;
    if (trim_end(line, end) > line && margin_of(line, end) < margin)
      margin = margin_of(line, end);
    line = end;
  }
  return margin;
}

static struct text block_content(struct lexer *lexer, const struct block_text *block)
{
  struct buffer text = {0};
  size_t margin = common_margin(lexer, block);
  const unsigned char *line = block->content;
  bool first = true, empty = true;
  for (;; first = false) {
    const unsigned char *end = line_end(lexer, line);
    bool last = end >= block->content_end;
    if (last)
      end = block->content_end;
    bool blank = trim_end(line, end) == line;
    const unsigned char *shown_end = end > line && end[-1] == '\r' ? end - 1 : end;
    if (blank)
      shown_end = line;
    if (!((first || last) && blank)) {
      if (!empty)
        buffer_add_zero(&text, "\n");
      empty = false;
      size_t cut = first || blank ? 0 : margin;
      decode(lexer, &text, line + cut, shown_end);
    }
    if (last)
      break;
    line = end + 1;
  }
  struct text copy = text_copy(lexer->parse->arena, buffer_text(&text));
  buffer_free(&text);
  return copy;
}

static void report_unclosed_block(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  if (!parse_has_room(parse))
    return;
  struct diag *diag = diag_add(parse->diags, DIAG_E0102, lex_span(lexer, from, from + 3),
                               "block text is not closed");
  diag_set_label(parse->diags, diag, "begins here and has no closing `\"\"\"`");
  diag_add_help(parse->diags, diag, "write `\"\"\"` on a line of its own where the text ends");
}

bool lex_block_text(struct lexer *lexer, const unsigned char *from)
{
  struct block_text block = find_block_text(lexer, from);
  lex_check_invisible(lexer, block.content, block.content_end);
  lexer->cursor = block.end;
  struct token *token = lex_add(lexer, from, TOKEN_TEXT);
  uint32_t index = lexer->parse->raw.count - 1;
  struct token_value value = {.text = block_content(lexer, &block), .is_block = true};
  token = &lexer->parse->raw.items[index];
  lex_set_value(lexer, token, value);
  if (!block.closed) {
    token->flags |= FLAG_FLAWED;
    report_unclosed_block(lexer, from);
  }
  if (value.text.length > BLOCK_TEXT_LIMIT_BYTES)
    report_too_long(lexer, token, "this block text", BLOCK_TEXT_LIMIT_BYTES);
  for (const unsigned char *at = from; at < block.end; at++)
    if (*at == '\n') {
      lexer->line++;
      lexer->line_start = at + 1;
    }
  return true;
}
