/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex: drives the rules of grammar/lexer.re over one source: tokens, comments, and the characters
 * that may not stand where they stand. Texts are lex_text.c, names and values lex_value.c.
 *
 * (1) One finding about characters a line; after LEX_BAD_LINES_LIMIT such lines the rest is not read:
 *     it is no plan.
 * (2) A character that cannot be understood makes a BAD token; one that only has to go makes none.
 */
#include "compiler/syntax/parse_int.h"

#include <string.h>

#include <utf8proc.h>

enum { LEX_BAD_LINES_LIMIT = 8, INDENT_MAX = UINT16_MAX, TAB_COLUMNS = 8 };

struct range {
  int32_t first, last;
  const char *name;
};

/* Characters that nobody sees, or that change the order in which others are seen. */
static const struct range invisible[] = {
    {0x0000, 0x0000, "NUL"},
    {0x0001, 0x0008, "control character"},
    {0x000B, 0x001F, "control character"},
    {0x007F, 0x009F, "control character"},
    {0x00A0, 0x00A0, "no-break space"},
    {0x00AD, 0x00AD, "soft hyphen"},
    {0x034F, 0x034F, "combining grapheme joiner"},
    {0x061C, 0x061C, "bidirectional control"},
    {0x115F, 0x1160, "invisible filler"},
    {0x17B4, 0x17B5, "invisible vowel"},
    {0x180B, 0x180F, "invisible separator"},
    {0x1680, 0x1680, "space of another script"},
    {0x2000, 0x200A, "typographic space"},
    {0x200B, 0x200B, "zero-width space"},
    {0x200C, 0x200D, "zero-width joiner"},
    {0x200E, 0x200F, "bidirectional control"},
    {0x2028, 0x2029, "line separator"},
    {0x202A, 0x202E, "bidirectional control"},
    {0x202F, 0x202F, "no-break space"},
    {0x205F, 0x205F, "typographic space"},
    {0x2060, 0x2065, "zero-width character"},
    {0x2066, 0x2069, "bidirectional control"},
    {0x206A, 0x206F, "invisible format character"},
    {0x3000, 0x3000, "ideographic space"},
    {0x3164, 0x3164, "invisible filler"},
    {0xFEFF, 0xFEFF, "byte order mark in the middle of the file"},
    {0xFFA0, 0xFFA0, "invisible filler"},
    {0xFFF9, 0xFFFB, "invisible format character"},
    {0xE0000, 0xE0FFF, "invisible tag character"},
};

static const struct range *find_invisible(int32_t point)
{
  for (size_t i = 0; i < sizeof invisible / sizeof invisible[0]; i++)
    if (point >= invisible[i].first && point <= invisible[i].last)
      return &invisible[i];
  return NULL;
}

static bool is_space(int32_t point)
{
  return point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
         point == 0x202F || point == 0x205F || point == 0x3000;
}

/* The source is valid UTF-8 (source.h 3), so this always advances. */
static const unsigned char *next_point(const unsigned char *at, const unsigned char *end,
                                       int32_t *ret_point)
{
  utf8proc_int32_t point;
  utf8proc_ssize_t used = utf8proc_iterate(at, end - at, &point);
  *ret_point = used > 0 ? point : *at;
  return at + (used > 0 ? used : 1);
}

struct span lex_span(const struct lexer *lexer, const unsigned char *from, const unsigned char *to)
{
  return parse_span(lexer->parse, (uint32_t)(from - lexer->start), (uint32_t)(to - from));
}

static uint16_t indent_of(const struct lexer *lexer, const unsigned char *from)
{
  uint32_t columns = 0;
  for (const unsigned char *at = lexer->line_start; at < from && columns < INDENT_MAX; at++)
    columns = *at == '\t' ? columns / TAB_COLUMNS * TAB_COLUMNS + TAB_COLUMNS : columns + 1;
  return (uint16_t)(columns < INDENT_MAX ? columns : INDENT_MAX);
}

/* The comment lines above this token become its documentation. */
static void attach_doc(struct lexer *lexer, uint32_t at)
{
  struct parse *parse = lexer->parse;
  struct comment *from = lexer->doc_from;
  lexer->doc_from = NULL;
  if (from == NULL || lexer->doc_last_line + 1 != lexer->line)
    return;
  struct buffer joined = {0};
  for (const struct comment *comment = from; comment != NULL; comment = comment->next) {
    struct text written = source_text(parse->sources, comment->span);
    if (!text_starts_with(written, "##"))
      continue;
    if (joined.size_bytes != 0 || comment != from)
      buffer_add_zero(&joined, "\n");
    buffer_add_text(&joined, comment->text);
  }
  if (parse->doc_count == parse->doc_capacity) {
    uint32_t capacity = parse->doc_capacity == 0 ? 16 : parse->doc_capacity * 2;
    parse->docs =
        arena_grow(parse->scratch, parse->docs, parse->doc_count, capacity, sizeof *parse->docs);
    parse->doc_capacity = capacity;
  }
  struct text text = text_copy(parse->arena, buffer_text(&joined));
  parse->docs[parse->doc_count++] = (struct doc){at, text};
  buffer_free(&joined);
}

/* Nothing of the file is kept, and nothing more is said about it. */
static void refuse_size(struct lexer *lexer, const unsigned char *from, const char *what,
                        uint32_t limit)
{
  struct parse *parse = lexer->parse;
  struct diag *diag = diag_add(parse->diags, DIAG_E0004, lex_span(lexer, from, from),
                               "the file has more than %u %s", limit, what);
  diag_set_label(parse->diags, diag, "nothing of the file is used");
  diag_add_help(parse->diags, diag, "split the file, and import its parts");
  parse->diag_limit = parse->diags->count;
  lexer->is_too_large = true;
  lexer->cursor = lexer->end;
}

struct token *lex_add(struct lexer *lexer, const unsigned char *from, int kind)
{
  lexer->row_count += lexer->first || kind == TOKEN_LB || kind == TOKEN_RB;
  if (lexer->row_count > LINES_LIMIT && !lexer->is_too_large)
    refuse_size(lexer, from, "lines and braces", LINES_LIMIT);
  else if (lexer->parse->raw.count == WORDS_LIMIT && !lexer->is_too_large)
    refuse_size(lexer, from, "words", WORDS_LIMIT);
  struct token token = {.kind = (uint8_t)kind,
                        .at = (uint32_t)(from - lexer->start),
                        .length = (uint32_t)(lexer->cursor - from)};
  if (lexer->first) {
    token.flags = FLAG_FIRST;
    token.indent = indent_of(lexer, from);
    attach_doc(lexer, token.at);
  }
  lexer->first = false;
  token_list_add(lexer->parse->scratch, &lexer->parse->raw, token);
  return &lexer->parse->raw.items[lexer->parse->raw.count - 1];
}

bool lex_token(struct lexer *lexer, const unsigned char *from, int kind)
{
  lex_add(lexer, from, kind);
  return true;
}

void lex_set_value(struct lexer *lexer, struct token *token, struct token_value value)
{
  struct parse *parse = lexer->parse;
  if (parse->value_count == parse->value_capacity) {
    uint32_t capacity = parse->value_capacity == 0 ? 64 : parse->value_capacity * 2;
    parse->values = arena_grow(parse->scratch, parse->values, parse->value_count, capacity,
                               sizeof *parse->values);
    parse->value_capacity = capacity;
  }
  token->value = parse->value_count;
  parse->values[parse->value_count++] = value;
}

bool lex_newline(struct lexer *lexer)
{
  lexer->line_start = lexer->cursor;
  lexer->line++;
  lexer->first = true;
  lexer->line_is_bad = false;
  lexer->line_mark = lexer->parse->diags->count;
  return true;
}

bool lex_comment(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  const unsigned char *end = memchr(from, '\n', (size_t)(lexer->end - from));
  if (end == NULL)
    end = lexer->end;
  lexer->cursor = end;
  if (end > from && end[-1] == '\r')
    end--;
  lex_check_invisible(lexer, from, end);
  const unsigned char *text = from;
  while (text < end && *text == '#' && text - from < 2)
    text++;
  bool is_doc = text - from == 2;
  if (text < end && *text == ' ')
    text++;
  struct comment *comment = ARENA_NEW(parse->arena, struct comment);
  comment->span = lex_span(lexer, from, end);
  while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
    end--;
  comment->text = (struct text){(const char *)text, (size_t)(end - text)};
  if (parse->last_comment == NULL)
    parse->comments = comment;
  else
    parse->last_comment->next = comment;
  parse->last_comment = comment;
  if (!lexer->first)
    return true;
  bool goes_on = lexer->doc_from != NULL && lexer->doc_last_line + 1 == lexer->line;
  if (!goes_on)
    lexer->doc_from = is_doc ? comment : NULL;
  lexer->doc_last_line = lexer->line;
  return true;
}

static void report_invisible(struct lexer *lexer, const unsigned char *from,
                             const unsigned char *to, int32_t point, const char *name)
{
  struct parse *parse = lexer->parse;
  if (!parse_has_room(parse))
    return;
  struct span span = lex_span(lexer, from, to);
  struct diag *diag = diag_add(parse->diags, DIAG_E0105, span,
                               "invisible character U+%04X in a plan file", (unsigned)point);
  diag_set_label(parse->diags, diag, "%s", name);
  bool space = is_space(point);
  diag_add_fix(parse->diags, diag, FIX_SAFE, span, space ? TEXT(" ") : TEXT(""), "%s",
               space ? "write an ordinary blank" : "remove it");
}

bool lex_check_invisible(struct lexer *lexer, const unsigned char *from, const unsigned char *to)
{
  bool clean = true;
  for (const unsigned char *at = from; at < to;) {
    if (*at >= 0x20 && *at < 0x7F) {
      at++;
      continue;
    }
    int32_t point;
    const unsigned char *next = next_point(at, to, &point);
    bool line_end = point == '\n' || (point == '\r' && next < to && *next == '\n');
    const struct range *range = line_end ? NULL : find_invisible(point);
    if (range != NULL && clean)
      report_invisible(lexer, at, next, point, range->name);
    clean = clean && range == NULL;
    at = next;
  }
  return clean;
}

struct replacement {
  int32_t point;
  const char *says;
  const char *instead; /* NULL: no fix */
};

/* What word processors and other languages make of the signs of this one. */
static const struct replacement replacements[] = {
    {0x201C, "a typographic quotation mark; text stands in straight ones", "\""},
    {0x201D, "a typographic quotation mark; text stands in straight ones", "\""},
    {0x201E, "a typographic quotation mark; text stands in straight ones", "\""},
    {0x2018, "a typographic quotation mark; text stands in straight ones", "\""},
    {0x2019, "a typographic quotation mark; text stands in straight ones", "\""},
    {0x00AB, "a typographic quotation mark; text stands in straight ones", "\""},
    {0x00BB, "a typographic quotation mark; text stands in straight ones", "\""},
    {0x2010, "a typographic hyphen", "-"},
    {0x2011, "a typographic hyphen", "-"},
    {0x2013, "a dash; names have a plain hyphen", "-"},
    {0x2014, "a dash; names have a plain hyphen", "-"},
    {0x2212, "a mathematical minus sign", "-"},
    {0x2260, "write `!=`", "!="},
    {0x2264, "write `<=`", "<="},
    {0x2265, "write `>=`", ">="},
    {'`', "text stands in double quotes", "\""},
    {'&', "write `and`", NULL},
    {'|', "write `or`", NULL},
    {'!', "write `not`, or `!=`", NULL},
    {'[', "a list has no brackets: write its members with commas", NULL},
    {']', "a list has no brackets: write its members with commas", NULL},
    {'$', "`${...}` stands inside text only", NULL},
    {'\\', "a backslash stands inside text only; a line goes on behind a comma", NULL},
    {'@', "names of the outside world stand in double quotes", NULL},
    {'%', "values have no percent sign", NULL},
    {'=', "a line begins with a word", NULL},
    {';', "a statement begins on a line of its own", NULL},
};

static const struct replacement *find_replacement(int32_t point)
{
  for (size_t i = 0; i < sizeof replacements / sizeof replacements[0]; i++)
    if (replacements[i].point == point)
      return &replacements[i];
  return NULL;
}

static void report_bad(struct lexer *lexer, const unsigned char *from, const unsigned char *to,
                       int32_t point)
{
  struct diag_list *diags = lexer->parse->diags;
  struct span span = lex_span(lexer, from, to);
  const struct replacement *replacement = find_replacement(point);
  struct diag *diag = diag_add(diags, DIAG_E0104, span, "`%.*s` (U+%04X) cannot stand here",
                               TEXT_ARG(source_text(lexer->parse->sources, span)), (unsigned)point);
  if (replacement != NULL)
    diag_set_label(diags, diag, "%s", replacement->says);
  else
    diag_set_label(diags, diag,
                   "outside text in double quotes only plain letters, digits and "
                   "the signs of the language are read");
  if (replacement != NULL && replacement->instead != NULL)
    diag_add_fix(diags, diag, FIX_UNSAFE, span, text_of(replacement->instead), "write `%s`",
                 replacement->instead);
}

/* The rest of a file that is no plan would give one finding a line. */
static void give_up(struct lexer *lexer)
{
  struct diag_list *diags = lexer->parse->diags;
  if (diags->count > lexer->parse->diag_start)
    diag_add_note(diags, diags->items[diags->count - 1],
                  "%d lines have such characters; this does not look like a plan, and the rest of "
                  "the file is not read",
                  LEX_BAD_LINES_LIMIT);
  lexer->parse->diag_limit = diags->count;
  lexer->cursor = lexer->end;
}

bool lex_bad(struct lexer *lexer, const unsigned char *from)
{
  int32_t point;
  lexer->cursor = next_point(from, lexer->end, &point);
  const struct range *range = find_invisible(point);
  bool report = !lexer->line_is_bad && parse_has_room(lexer->parse);
  if (range == NULL)
    lex_add(lexer, from, TOKEN_BAD)->flags |= FLAG_FLAWED;
  if (report && range != NULL)
    report_invisible(lexer, from, lexer->cursor, point, range->name);
  if (report && range == NULL)
    report_bad(lexer, from, lexer->cursor, point);
  lexer->bad_count += !lexer->line_is_bad;
  lexer->line_is_bad = true;
  if (lexer->bad_count >= LEX_BAD_LINES_LIMIT)
    give_up(lexer);
  return true;
}

/* A URL, a path or a mail address without its quotes: one finding, and the text that was meant. */
bool lex_unquoted(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  struct span span = lex_span(lexer, from, lexer->cursor);
  struct token *token = lex_add(lexer, from, TOKEN_TEXT);
  token->flags |= FLAG_FLAWED;
  struct text written = parse_token_text(parse, token);
  lex_set_value(lexer, token, (struct token_value){.text = written});
  bool report = !lexer->line_is_bad && parse_has_room(parse);
  lexer->line_is_bad = true;
  if (!report)
    return true;
  struct text shown = parse_shown(parse, written);
  struct diag *diag =
      diag_add(parse->diags, DIAG_E0104, span, "`%.*s` stands without quotes", TEXT_ARG(shown));
  bool is_line = text_equal(written, TEXT("//"));
  if (is_line || text_starts_with(written, "/*")) {
    diag_set_label(parse->diags, diag, "a comment begins with `#` and ends with its line");
    if (is_line)
      diag_add_fix(parse->diags, diag, FIX_SAFE, span, TEXT("#"), "write `#`");
    return true;
  }
  diag_set_label(parse->diags, diag, "addresses, paths and URLs are text");
  if (written.length <= TEXT_LIMIT_BYTES)
    diag_add_fix(parse->diags, diag, FIX_SAFE, span,
                 text_format(parse->arena, "\"%.*s\"", TEXT_ARG(written)), "write \"%.*s\"",
                 TEXT_ARG(shown));
  return true;
}

bool lex_equals(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  if (lexer->first) {
    lexer->cursor = from + 1;
    return lex_bad(lexer, from);
  }
  if (!parse_has_room(parse))
    return true;
  struct span span = lex_span(lexer, from, lexer->cursor);
  struct diag *diag = diag_add(parse->diags, DIAG_E0114, span, "`%.*s` is not needed",
                               TEXT_ARG(source_text(parse->sources, span)));
  diag_set_label(parse->diags, diag, "a value stands directly behind its key");
  bool between_blanks = from[-1] == ' ' && *lexer->cursor == ' ';
  diag_add_fix(parse->diags, diag, FIX_SAFE, lex_span(lexer, from - between_blanks, lexer->cursor),
               TEXT(""), "remove it");
  return true;
}

bool lex_semicolon(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  const unsigned char *behind = lexer->cursor;
  while (*behind == ';' || *behind == ' ' || *behind == '\t' || *behind == '\r')
    behind++;
  if (*behind != '\n' && *behind != '#' && *behind != '}' && behind < lexer->end) {
    lex_bad(lexer, from);
    if (lexer->cursor < behind)
      lexer->cursor = behind;
    return true;
  }
  while (*lexer->cursor == ';')
    lexer->cursor++;
  if (!parse_has_room(parse))
    return true;
  struct span span = lex_span(lexer, from, lexer->cursor);
  struct diag *diag = diag_add(parse->diags, DIAG_E0113, span, "`;` at the end of a line");
  diag_set_label(parse->diags, diag, "not needed: the line's end ends the statement");
  diag_add_fix(parse->diags, diag, FIX_SAFE, span, TEXT(""), "remove it");
  return true;
}

void lex_source(struct parse *parse)
{
  const unsigned char *bytes = (const unsigned char *)parse->bytes.at;
  struct lexer lexer = {.parse = parse,
                        .start = bytes,
                        .cursor = bytes,
                        .end = bytes + parse->bytes.length,
                        .line_start = bytes,
                        .line = 1,
                        .first = true,
                        .line_mark = parse->diags->count};
  while (lex_next(&lexer))
    continue;
  if (lexer.is_too_large) {
    parse->raw.count = 0;
    parse->doc_count = 0;
    parse->comments = NULL;
  }
}
