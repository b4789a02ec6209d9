/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout: balances the braces, so that a lost or surplus one costs one finding at its own line.
 *
 * (1) Where every brace has its partner, nothing is judged: indentation is free.
 * (2) Where not, and the text is indented, a line that stands deeper or shallower than its block
 *     names the brace. Where the text is not indented, words do: a declaration ends all blocks, a
 *     label ends the block of a step, `for each` opens one.
 * (3) A file whose braces balance is still repaired when a declaration stands at column 0 inside an
 *     indented block: two mistakes that cancel each other out.
 */
#include "compiler/syntax/parse_int.h"

#include "compiler/tables/tables.h"

enum brace_mode { BRACES_BALANCED, BRACES_BY_INDENT, BRACES_BY_WORDS };

struct survey {
  uint32_t surplus;  /* `}` without `{` */
  uint32_t unclosed; /* `{` without `}` */
  uint32_t deeper;   /* blocks whose first line is indented, closing braces that go back */
  uint32_t flat;     /* ... and those where not */
  bool misplaced;    /* layout.c (3) */
};

static struct survey survey_braces(const struct parse *parse)
{
  struct survey survey = {0};
  uint32_t line_indent = 0;
  int before = 0;
  for (uint32_t i = 0; i < parse->raw.count; i++) {
    const struct token *token = &parse->raw.items[i];
    if (token->kind == 0)
      continue;
    if (token->flags & FLAG_FIRST) {
      bool opened = before == TOKEN_LB, closes = token->kind == TOKEN_RB;
      bool good = closes ? token->indent < line_indent : token->indent > line_indent;
      survey.deeper += opened != closes && good;
      survey.flat += opened != closes && !good;
      survey.misplaced |= survey.unclosed != 0 && layout_is_declaration(parse, i);
      line_indent = token->indent;
    }
    if (token->kind == TOKEN_LB)
      survey.unclosed++;
    else if (token->kind == TOKEN_RB && survey.unclosed != 0)
      survey.unclosed--;
    else if (token->kind == TOKEN_RB)
      survey.surplus++;
    before = token->kind;
  }
  return survey;
}

static enum brace_mode mode_of(const struct survey *survey)
{
  bool indented = survey->deeper > 2 * survey->flat;
  if (survey->surplus == 0 && survey->unclosed == 0 && !(survey->misplaced && indented))
    return BRACES_BALANCED;
  return indented ? BRACES_BY_INDENT : BRACES_BY_WORDS;
}

static struct open_brace *top(struct layout *layout)
{
  return &layout->open[layout->depth - 1];
}

static struct span brace_span(const struct layout *layout, uint32_t depth)
{
  return parse_token_span(layout->parse, &layout->parse->laid.items[layout->open[depth].laid]);
}

/* One brace is missing, and the indentation says where: in front of the comments and blank lines that
 * belong to the line that noticed it. */
static void propose_close(struct layout *layout, uint32_t kept_depth, const struct token *noticed,
                          struct diag *diag)
{
  struct parse *parse = layout->parse;
  if (!layout->one_is_missing || layout->depth != kept_depth + 1)
    return;
  const struct token *last = layout_last(layout);
  uint32_t at = last->at + last->length;
  while (at < noticed->at && parse->bytes.at[at] != '\n')
    at++;
  if (at >= noticed->at)
    return;
  int32_t indent = layout->open[kept_depth].indent;
  struct text close = text_format(parse->arena, "\n%*s}", indent < 0 ? 0 : indent, "");
  diag_add_fix(parse->diags, diag, FIX_SAFE, parse_span(parse, at, 0), close,
               "close it before line %u",
               source_place(parse->sources, parse_token_span(parse, noticed)).line);
}

static void report_missing_close(struct layout *layout, uint32_t kept_depth,
                                 const struct token *noticed)
{
  struct parse *parse = layout->parse;
  if (!parse_has_room(parse))
    return;
  struct span open = brace_span(layout, layout->depth - 1);
  struct diag *diag =
      diag_add(parse->diags, DIAG_E0206, open, "`}` is missing for the block opened at line %u",
               source_place(parse->sources, open).line);
  diag_set_label(parse->diags, diag, "this block is not closed");
  for (uint32_t i = layout->depth - 1; i-- > kept_depth;)
    diag_add_label(parse->diags, diag, brace_span(layout, i), "nor is this one");
  if (noticed == NULL) {
    diag_add_note(parse->diags, diag, "the file ends before its `}`");
    return;
  }
  propose_close(layout, kept_depth, noticed, diag);
  diag_add_label(parse->diags, diag, parse_token_span(parse, noticed),
                 "the block should be closed before this line");
}

/* Supplies the `}` of every block deeper than kept_depth; noticed: NULL at the end of the file. */
static void close_missing(struct layout *layout, uint32_t kept_depth, const struct token *noticed)
{
  if (layout->depth <= kept_depth)
    return;
  report_missing_close(layout, kept_depth, noticed);
  const struct token *last = layout_last(layout);
  struct token close = {.kind = TOKEN_RB, .flags = FLAG_SUPPLIED, .at = last->at + last->length};
  while (layout->depth > kept_depth)
    layout_put(layout, close);
}

static void supply_open(struct layout *layout)
{
  struct parse *parse = layout->parse;
  struct span end = span_end_point(parse_token_span(parse, layout_last(layout)));
  if (parse_has_room(parse)) {
    struct diag *diag =
        diag_add(parse->diags, DIAG_E0204, end, "`{` is missing at the end of this line");
    diag_set_label(parse->diags, diag, "the lines below stand in a block that nothing opens");
    diag_add_fix(parse->diags, diag, FIX_UNSAFE, end, TEXT(" {"), "write `{` here");
  }
  layout_put(layout, (struct token){.kind = TOKEN_LB, .flags = FLAG_SUPPLIED, .at = end.at});
}

static void drop_surplus(struct layout *layout, const struct token *token)
{
  struct parse *parse = layout->parse;
  if (!parse_has_room(parse))
    return;
  struct span span = parse_token_span(parse, token);
  struct diag *diag = diag_add(parse->diags, DIAG_E0207, span, "`}` closes nothing");
  diag_set_label(parse->diags, diag, "every block above is closed already");
  diag_add_fix(parse->diags, diag, layout->one_is_surplus ? FIX_SAFE : FIX_UNSAFE,
               layout->one_is_surplus ? source_whole_lines(parse->sources, span) : span, TEXT(""),
               "remove it");
}

/* `{ {` where a `}` is missing: the second brace is a slip, and opens nothing. */
static bool drop_doubled_open(struct layout *layout, const struct token *token)
{
  struct parse *parse = layout->parse;
  if (layout_last(layout)->kind != TOKEN_LB || (token->flags & FLAG_FIRST))
    return false;
  if (parse_has_room(parse)) {
    struct span span = parse_token_span(parse, token);
    struct diag *diag = diag_add(parse->diags, DIAG_E0202, span, "`{` stands twice");
    diag_set_label(parse->diags, diag, "the block is open already");
    diag_add_fix(parse->diags, diag, FIX_UNSAFE, span, TEXT(""), "remove it");
  }
  return true;
}

/* --- by indentation --- */

struct repair {
  struct layout layout;
  struct survey survey;
  uint32_t no_close_before; /* looked ahead up to here in vain */
};

/* Does the next line that stands no deeper than `indent` close a block of that depth? */
static bool closes_ahead(struct repair *repair, uint32_t from, int32_t indent)
{
  const struct token_list *raw = &repair->layout.parse->raw;
  if (from < repair->no_close_before)
    return false;
  uint32_t i = from;
  for (; i < raw->count; i++) {
    const struct token *token = &raw->items[i];
    if ((token->flags & FLAG_FIRST) && token->indent <= indent)
      break;
  }
  if (i < raw->count && raw->items[i].kind == TOKEN_RB && raw->items[i].indent == indent)
    return true;
  repair->no_close_before = i;
  return false;
}

static void line_by_indent(struct repair *repair, uint32_t index)
{
  struct layout *layout = &repair->layout;
  const struct token *token = &layout->parse->raw.items[index];
  int32_t indent = token->indent;
  bool closes = token->kind == TOKEN_RB;
  if (layout->depth != 0 && top(layout)->content < 0 && !closes) {
    /* A block that is not indented says nothing about where it ends. */
    if (indent <= top(layout)->indent && !layout_is_declaration(layout->parse, index))
      top(layout)->indent = -1;
    top(layout)->content = indent;
  }
  uint32_t kept = layout->depth;
  while (kept != 0 && layout->open[kept - 1].indent >= indent + closes)
    kept--;
  close_missing(layout, kept, token);
  int last = layout_last(layout)->kind;
  bool deeper = indent > layout->line_indent && last != TOKEN_LB && last != TOKEN_RB && last != 0;
  if (deeper && !closes && closes_ahead(repair, index, layout->line_indent)) {
    supply_open(layout);
    if (layout->depth != 0)
      top(layout)->content = indent;
  }
}

/* Whether a `}` is one too many, where the file has one too many. */
static bool is_surplus_by_indent(struct repair *repair, const struct token *token)
{
  struct layout *layout = &repair->layout;
  if (repair->survey.surplus == 0)
    return false;
  if (token->flags & FLAG_FIRST)
    return top(layout)->indent >= 0 && top(layout)->indent < token->indent;
  return layout_last(layout)->kind == TOKEN_RB && top(layout)->line != layout->line;
}

/* --- by words --- */

static bool is_step_option(const struct parse *parse, const struct token *token)
{
  static const char *const words[] = {"check", "on",       "undo", "needs", "within",
                                      "retry", "evidence", "was",  "after"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (parse_word_is(parse, token, words[i]))
      return true;
  return false;
}

/* Does the row that was put last want a block, seen from the line below it? */
static bool lacks_open(const struct layout *layout, uint32_t below)
{
  const struct parse *parse = layout->parse;
  const struct token_list *laid = &parse->laid;
  int last = layout_last(layout)->kind;
  if (last == TOKEN_OTHERWISE)
    return true;
  if (last == 0 || last == TOKEN_LB || last == TOKEN_RB || layout->row + 2 > laid->count)
    return false;
  const struct token *row = &laid->items[layout->row];
  if (row->kind == TOKEN_FOREACH || row->kind == TOKEN_WHEN || row->kind == TOKEN_TOGETHER)
    return true;
  if (row[1].kind == TOKEN_COLON)
    return is_step_option(parse, &parse->raw.items[below]);
  enum kind kind;
  return layout->depth == 0 && row->kind == TOKEN_ID && row[1].kind == TOKEN_ID &&
         kind_find(parse_token_text(parse, row), &kind) && kind != KIND_SECRET &&
         kind != KIND_PARAM && !layout_is_declaration(parse, below);
}

static bool is_step_or_more(const struct parse *parse, uint32_t index)
{
  const struct token *token = &parse->raw.items[index];
  if (token->kind == TOKEN_FOREACH || token->kind == TOKEN_WHEN || token->kind == TOKEN_TOGETHER)
    return true;
  bool label = index + 1 < parse->raw.count && token[1].kind == TOKEN_COLON;
  return label && !parse_word_is(parse, token, "undo");
}

static void line_by_words(struct repair *repair, uint32_t index)
{
  struct layout *layout = &repair->layout;
  const struct parse *parse = layout->parse;
  const struct token *token = &parse->raw.items[index];
  if (token->kind == TOKEN_RB)
    return;
  if (lacks_open(layout, index))
    supply_open(layout);
  if (layout_is_declaration(parse, index)) {
    close_missing(layout, 0, token);
  } else if (is_step_or_more(parse, index)) {
    uint32_t kept = layout->depth;
    while (kept != 0 && layout->open[kept - 1].is_labelled)
      kept--;
    close_missing(layout, kept, token);
  }
}

void layout_tokens(struct parse *parse)
{
  layout_mark_rows(parse);
  struct repair repair = {.layout = {.parse = parse}, .survey = survey_braces(parse)};
  struct layout *layout = &repair.layout;
  enum brace_mode mode = mode_of(&repair.survey);
  layout->one_is_missing =
      mode == BRACES_BY_INDENT && repair.survey.unclosed == 1 && repair.survey.surplus == 0;
  layout->one_is_surplus =
      mode == BRACES_BY_INDENT && repair.survey.surplus == 1 && repair.survey.unclosed == 0;
  for (uint32_t i = 0; i < parse->raw.count; i++) {
    const struct token *token = &parse->raw.items[i];
    if (token->kind == 0)
      continue;
    bool first = token->flags & FLAG_FIRST;
    layout->line += first;
    bool line =
        first && layout->skipped == 0 && ((token->flags & FLAG_ROW) || token->kind == TOKEN_RB);
    if (line && mode == BRACES_BY_INDENT)
      line_by_indent(&repair, i);
    else if (line && mode == BRACES_BY_WORDS)
      line_by_words(&repair, i);
    if (line)
      layout->line_indent = token->indent;
    bool surplus =
        token->kind == TOKEN_RB && layout->skipped == 0 &&
        (layout->depth == 0 || (mode == BRACES_BY_INDENT && is_surplus_by_indent(&repair, token)));
    bool doubled = token->kind == TOKEN_LB && layout->skipped == 0 && mode != BRACES_BALANCED &&
                   repair.survey.unclosed != 0 && drop_doubled_open(layout, token);
    if (surplus)
      drop_surplus(layout, token);
    else if (!doubled)
      layout_put(layout, *token);
  }
  layout->skipped = 0;
  close_missing(layout, 0, NULL);
  layout_put_end(layout);
}
