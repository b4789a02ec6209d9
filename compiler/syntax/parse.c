/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse: see parse.h. The phases of this folder in their order: tokens, the edition, layout, grammar.
 * Not here: what a word means where it stands (compiler/check).
 */
#include "compiler/syntax/parse_int.h"

#include <stdlib.h>

enum { EDITION = 1 };

bool parse_has_room(const struct parse *parse)
{
  return parse->diags->count < parse->diag_limit;
}

struct span parse_span(const struct parse *parse, uint32_t at, uint32_t length)
{
  return (struct span){parse->file, at, length};
}

struct span parse_token_span(const struct parse *parse, const struct token *token)
{
  return parse_span(parse, token->at, token->length);
}

struct text parse_token_text(const struct parse *parse, const struct token *token)
{
  return (struct text){parse->bytes.at + token->at, token->length};
}

bool parse_word_is(const struct parse *parse, const struct token *token, const char *word)
{
  return text_is(parse_token_text(parse, token), word);
}

struct text parse_shown(const struct parse *parse, struct text text)
{
  if (text.length <= SHOWN_LIMIT_BYTES)
    return text;
  size_t length = SHOWN_LIMIT_BYTES;
  while (length != 0 && ((unsigned char)text.at[length] & 0xC0) == 0x80)
    length--;
  return text_format(parse->arena, "%.*s…", (int)length, text.at);
}

void token_list_add(struct arena *arena, struct token_list *list, struct token token)
{
  if (list->count == list->capacity) {
    uint32_t capacity = list->capacity == 0 ? 256 : list->capacity * 2;
    list->items = arena_grow(arena, list->items, list->count, capacity, sizeof *list->items);
    list->capacity = capacity;
  }
  list->items[list->count++] = token;
}

void parse_report_reserved(struct parse *parse, const struct token *word, const char *as)
{
  if (!parse_has_room(parse))
    return;
  struct text shown = parse_shown(parse, parse_token_text(parse, word));
  struct diag *diag = diag_add(parse->diags, DIAG_E0203, parse_token_span(parse, word),
                               "`%.*s` cannot be a %s", TEXT_ARG(shown), as);
  diag_set_label(parse->diags, diag, "a word of the language; take another name");
}

void parse_report_too_deep(struct parse *parse, const struct token *token, const char *what)
{
  if (parse->too_deep || !parse_has_room(parse))
    return;
  parse->too_deep = true;
  struct diag *diag =
      diag_add(parse->diags, DIAG_E0220, parse_token_span(parse, token), "nested too deep");
  diag_set_label(parse->diags, diag, "%s", what);
}

/* --- the first line --- */

static bool is_edition_row(const struct parse *parse, uint32_t index)
{
  const struct token *tokens = parse->raw.items;
  return (tokens[index].flags & FLAG_FIRST) && tokens[index].kind == TOKEN_ID &&
         parse_word_is(parse, &tokens[index], "renew");
}

static uint32_t row_end(const struct parse *parse, uint32_t index)
{
  uint32_t end = index + 1;
  while (end < parse->raw.count && !(parse->raw.items[end].flags & FLAG_FIRST))
    end++;
  return end;
}

static struct span rows_span(const struct parse *parse, uint32_t from, uint32_t end)
{
  const struct token *tokens = parse->raw.items;
  return span_join(parse_token_span(parse, &tokens[from]),
                   parse_token_span(parse, &tokens[end - 1]));
}

static void report_edition(struct parse *parse, struct span span, const char *headline,
                           const char *label)
{
  if (!parse_has_room(parse))
    return;
  struct diag *diag = diag_add(parse->diags, DIAG_E0217, span, "%s", headline);
  diag_set_label(parse->diags, diag, "%s", label);
  bool is_first = span.length != 0 && source_place(parse->sources, span).line == 1;
  if (is_first) {
    diag_add_fix(parse->diags, diag, FIX_UNSAFE, span, TEXT("renew 1"), "write `renew 1`");
    return;
  }
  diag_add_fix(parse->diags, diag, FIX_SAFE, parse_span(parse, 0, 0), TEXT("renew 1\n"),
               "write `renew 1` as the first line");
  if (span.length != 0)
    diag_add_fix(parse->diags, diag, FIX_SAFE, span, TEXT(""), " ");
}

static void take_out(struct parse *parse, uint32_t from, uint32_t end)
{
  for (uint32_t i = from; i < end; i++)
    parse->raw.items[i].kind = 0;
}

static bool is_on_first_line(const struct parse *parse, const struct token *token)
{
  return source_place(parse->sources, parse_token_span(parse, token)).line == 1;
}

/* `renew N` that came too late; at column 0 and alone on its line, or it is something else. */
static bool find_late_edition(const struct parse *parse, uint32_t *ret_index)
{
  for (uint32_t i = 0; i + 1 < parse->raw.count; i++)
    if (is_edition_row(parse, i) && parse->raw.items[i].indent == 0 && row_end(parse, i) == i + 2 &&
        parse->raw.items[i + 1].kind == TOKEN_NUMBER) {
      *ret_index = i;
      return true;
    }
  return false;
}

/* Takes the edition's line out of the tokens. Returns the edition, 0 where it is missing or wrong. */
static int64_t take_edition(struct parse *parse)
{
  struct token *tokens = parse->raw.items;
  if (parse->raw.count != 0 && is_edition_row(parse, 0) && is_on_first_line(parse, &tokens[0])) {
    uint32_t end = row_end(parse, 0);
    struct span span = rows_span(parse, 0, end);
    bool well = end == 2 && tokens[1].kind == TOKEN_NUMBER;
    int64_t edition = well ? parse->values[tokens[1].value].number : 0;
    take_out(parse, 0, end);
    if (edition >= EDITION)
      return edition;
    report_edition(parse, span, "the first line names no edition",
                   "the line is `renew 1`, and nothing else");
    return 0;
  }
  uint32_t late;
  if (!find_late_edition(parse, &late)) {
    report_edition(parse, parse_span(parse, 0, 0), "`renew 1` is missing",
                   "a plan file begins with the edition of the language");
    return 0;
  }
  report_edition(parse, rows_span(parse, late, late + 2), "`renew 1` is not the first line",
                 "the edition stands before everything else, comments too");
  take_out(parse, late, late + 2);
  return 0;
}

static void report_newer_edition(struct parse *parse, int64_t edition)
{
  if (!parse_has_room(parse))
    return;
  const struct token *tokens = parse->raw.items;
  struct span span =
      span_join(parse_token_span(parse, &tokens[0]), parse_token_span(parse, &tokens[1]));
  struct diag *diag = diag_add(parse->diags, DIAG_E0009, span,
                               "this file is written in edition %lld", (long long)edition);
  diag_set_label(parse->diags, diag, "this program knows editions up to %d", EDITION);
  diag_add_help(parse->diags, diag, "install a newer renew; nothing else of this file was read");
}

/* --- what is no plan at all --- */

struct foreign {
  const char *begins; /* bytes behind white space */
  const char *behind; /* what the next byte behind white space is one of; NULL: anything */
  const char *what, *help;
};

static const struct foreign foreigns[] = {
    {"{\"$format\":\"renew.plan/", NULL, "this is a compiled plan, and its name ends in .rplan",
     "its steps: renew show FILE.rplan; findings are about the source that it was made from"},
    {"-----BEGIN ", NULL, "this is a certificate or a key", "what is in it: renew inspect FILE"},
    {"{", "\"}", "this is JSON", NULL},
    {"[", "\"{[]", "this is JSON", NULL},
    {"---", "\n\r", "this is YAML", NULL},
    {"%YAML", NULL, "this is YAML", NULL},
    {"<?xml", NULL, "this is XML", NULL},
    {"<!DOCTYPE", NULL, "this is HTML or XML", NULL},
    {"<html", NULL, "this is HTML", NULL},
};

static size_t skip_white(struct text bytes, size_t at, bool lines)
{
  while (at < bytes.length && (bytes.at[at] == ' ' || bytes.at[at] == '\t' ||
                               (lines && (bytes.at[at] == '\n' || bytes.at[at] == '\r'))))
    at++;
  return at;
}

/* One finding for the whole file. Where an edition's line stands further down, it is a plan into which
 * something was pasted: that is judged line by line. */
static bool is_foreign(struct parse *parse)
{
  struct text bytes = parse->bytes;
  size_t start = skip_white(bytes, 0, true);
  for (size_t i = 0; i < sizeof foreigns / sizeof foreigns[0]; i++) {
    const struct foreign *foreign = &foreigns[i];
    size_t length = strlen(foreign->begins), next;
    if (bytes.length - start < length || memcmp(bytes.at + start, foreign->begins, length) != 0)
      continue;
    bool of_line = foreign->behind != NULL && strchr(foreign->behind, '\n') != NULL;
    next = skip_white(bytes, start + length, !of_line);
    if (foreign->behind != NULL &&
        (next >= bytes.length || strchr(foreign->behind, bytes.at[next]) == NULL))
      continue;
    if (memmem(bytes.at, bytes.length, "\nrenew ", sizeof "\nrenew " - 1) != NULL)
      return false;
    struct diag *diag =
        diag_add(parse->diags, DIAG_E0010, parse_span(parse, (uint32_t)start, (uint32_t)length),
                 "the file is no plan: nothing of it was read");
    diag_set_label(parse->diags, diag, "%s", foreign->what);
    diag_add_help(parse->diags, diag, "%s",
                  foreign->help != NULL
                      ? foreign->help
                      : "a plan begins with `renew 1`; renew new writes a first one");
    return true;
  }
  return false;
}

/* --- the whole --- */

static void run_grammar(struct parse *parse)
{
  void *parser = renew_parserAlloc(malloc);
  if (parser == NULL)
    abort();
  for (uint32_t i = 0; i < parse->laid.count; i++) {
    renew_parser_mark(parser, &parse->before);
    renew_parser(parser, parse->laid.items[i].kind, i, parse);
  }
  renew_parser_mark(parser, &parse->before);
  renew_parser(parser, 0, parse->laid.count, parse);
  renew_parserFree(parser, free);
}

struct ast_file *parse_into(struct arena *arena, struct arena *tree,
                            const struct source_set *sources, uint32_t file, bool wants_layout,
                            struct diag_list *diags)
{
  uint32_t errors_before = diags->error_count;
  struct parse parse = {.arena = arena,
                        .tree = tree,
                        .scratch = arena_new("tokens", 0),
                        .sources = sources,
                        .file = file,
                        .bytes = sources->files[file].bytes,
                        .diags = diags,
                        .diag_start = diags->count,
                        .diag_limit = diags->count + PARSE_FINDINGS_LIMIT};
  parse.values = ARENA_NEW(parse.scratch, struct token_value); /* 0: as written */
  parse.value_count = parse.value_capacity = 1;
  struct ast_file *ast = ARENA_NEW(tree, struct ast_file);
  ast->file = file;
  if (is_foreign(&parse)) {
    arena_free(parse.scratch);
    ast->edition = EDITION;
    ast->layout_at = LAYOUT_KEPT;
    ast->has_errors = true;
    return ast;
  }
  lex_source(&parse);
  bool is_clean = diags->count == parse.diag_start;
  lex_judge_names(&parse);
  ast->edition = take_edition(&parse);
  ast->comments = parse.comments;
  ast->layout_at = LAYOUT_KEPT;
  if (ast->edition > EDITION) {
    report_newer_edition(&parse, ast->edition);
  } else {
    uint32_t findings = diags->count;
    layout_tokens(&parse);
    is_clean &= diags->count == findings && ast->edition != 0;
    if (wants_layout && is_clean)
      ast->layout_at = format_differs_at(&parse);
    run_grammar(&parse);
    ast->lines = parse.lines;
  }
  arena_free(parse.scratch);
  ast->has_errors = diags->error_count != errors_before;
  return ast;
}

struct ast_file *parse_source(struct arena *arena, const struct source_set *sources, uint32_t file,
                              struct diag_list *diags)
{
  return parse_into(arena, arena, sources, file, false, diags);
}
