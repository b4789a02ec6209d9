/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_put: the newline filter's last step. Takes the tokens one after the other, with balanced
 * braces, and puts NL where a line begins: before the first token of a row, and behind `{` and `}`
 * on the same source line; never before `{`, `}` or the `otherwise` of a `when`.
 *
 * (1) Behind it each `{` follows a token of its line, each colon a label, and nesting (of blocks,
 *     parentheses and operators) is bounded: the grammar has no rule about them.
 * (2) What must not stand where it stands becomes BAD, or goes, with its finding.
 */
#include "compiler/syntax/parse_int.h"

enum { OPERATORS_LIMIT = 100 };

const struct token *layout_last(const struct layout *layout)
{
  static const struct token none = {0};
  const struct token_list *laid = &layout->parse->laid;
  return laid->count == 0 ? &none : &laid->items[laid->count - 1];
}

static void put(struct layout *layout, struct token token)
{
  token_list_add(layout->parse->scratch, &layout->parse->laid, token);
  layout->closed_when = false;
}

static void put_bad(struct layout *layout, struct token token)
{
  token.kind = TOKEN_BAD;
  token.flags |= FLAG_FLAWED;
  put(layout, token);
}

static void put_newline(struct layout *layout, uint32_t at)
{
  put(layout, (struct token){.kind = TOKEN_NL, .at = at});
  layout->row = layout->parse->laid.count;
  layout->parens = layout->operators = 0;
}

static uint32_t place_in_row(const struct layout *layout)
{
  return layout->parse->laid.count - layout->row;
}

/* Between two lines: nothing of a line stands before. */
static bool is_between(const struct layout *layout)
{
  int kind = layout_last(layout)->kind;
  return kind == 0 || kind == TOKEN_LB || kind == TOKEN_RB;
}

static void report_colon(struct parse *parse, const struct token *colon, int before)
{
  if (!parse_has_room(parse))
    return;
  struct span span = parse_token_span(parse, colon);
  struct diag *diag = diag_add(parse->diags, DIAG_E0114, span, "`:` is not needed");
  if (before == TOKEN_TEXT) { /* "reach": "console", */
    diag_set_label(parse->diags, diag,
                   "this looks like JSON: here a key has no quotes, no `:` and no comma behind it");
    return;
  }
  diag_set_label(parse->diags, diag, "a value stands directly behind its key");
  diag_add_fix(parse->diags, diag, FIX_UNSAFE, span, TEXT(""), "remove it");
  if (before == TOKEN_ID)
    diag_add_help(parse->diags, diag,
                  "a label is one name, with hyphens between its words: `ask-restart:`");
}

static void put_colon(struct layout *layout, struct token token)
{
  struct token before = *layout_last(layout);
  switch (place_in_row(layout)) {
  case 0:
    put(layout, token);
    return;
  case 1:
    switch (before.kind) {
    case TOKEN_ID:
      put(layout, token);
      return;
    case TOKEN_NOT:
    case TOKEN_AND:
    case TOKEN_OR:
    case TOKEN_PREP:
    case TOKEN_IN:
    case TOKEN_WHEN:
    case TOKEN_FOREACH:
    case TOKEN_TOGETHER:
    case TOKEN_YESNO:
      parse_report_reserved(layout->parse, &before, "label");
      put_bad(layout, token);
      return;
    default:
      break;
    }
    break;
  default:
    break;
  }
  report_colon(layout->parse, &token, before.kind);
}

static void put_otherwise(struct layout *layout, struct token token)
{
  struct parse *parse = layout->parse;
  if (layout->closed_when) {
    put(layout, token);
    layout->row = parse->laid.count - 1;
    return;
  }
  if (!is_between(layout) && !(token.flags & FLAG_ROW)) {
    put(layout, token);
    return;
  }
  put_newline(layout, token.at);
  put_bad(layout, token);
  if (!parse_has_room(parse))
    return;
  struct diag *diag = diag_add(parse->diags, DIAG_E0216, parse_token_span(parse, &token),
                               "`otherwise` without `when`");
  diag_set_label(parse->diags, diag, "no `when` block ends directly before it");
  diag_add_help(parse->diags, diag,
                "write `when CONDITION { ... } otherwise { ... }`, or turn the condition around");
}

static void put_operator(struct layout *layout, struct token token)
{
  layout->operators++;
  if (layout->operators <= OPERATORS_LIMIT) {
    put(layout, token);
    return;
  }
  parse_report_too_deep(layout->parse, &token, "more than 100 operators in one line");
  put_bad(layout, token);
}

static void put_word(struct layout *layout, struct token token)
{
  if ((token.flags & FLAG_ROW) || is_between(layout))
    put_newline(layout, token.at);
  switch (token.kind) {
  case TOKEN_COLON:
    put_colon(layout, token);
    return;
  case TOKEN_LP:
    layout->parens++;
    if (layout->parens > PARSE_DEPTH_LIMIT) {
      parse_report_too_deep(layout->parse, &token, "more than 16 parentheses inside each other");
      put_bad(layout, token);
      return;
    }
    break;
  case TOKEN_RP:
    layout->parens -= layout->parens != 0;
    break;
  case TOKEN_NOT:
  case TOKEN_AND:
  case TOKEN_OR:
  case TOKEN_EQ:
  case TOKEN_NE:
  case TOKEN_LT:
  case TOKEN_GT:
  case TOKEN_LE:
  case TOKEN_GE:
  case TOKEN_PLUS:
  case TOKEN_MINUS:
    put_operator(layout, token);
    return;
  default:
    break;
  }
  put(layout, token);
}

static void report_lone_brace(struct parse *parse, const struct token *token)
{
  if (!parse_has_room(parse))
    return;
  struct diag *diag = diag_add(parse->diags, DIAG_E0202, parse_token_span(parse, token),
                               "a line cannot start with `{`");
  diag_set_label(parse->diags, diag, "no words before it say what this block is");
}

static void report_brace_on_own_line(struct layout *layout, const struct token *token)
{
  struct parse *parse = layout->parse;
  if (!parse_has_room(parse))
    return;
  struct span span = parse_token_span(parse, token);
  struct span words_end = span_end_point(parse_token_span(parse, layout_last(layout)));
  struct diag *diag =
      diag_add(parse->diags, DIAG_E0204, span, "`{` must be on the line of its opening words");
  diag_set_label(parse->diags, diag, "a newline ended the line above already");
  diag_add_fix(parse->diags, diag, FIX_SAFE, words_end, TEXT(" {"),
               "write `{` at the end of the line above");
  diag_add_fix(parse->diags, diag, FIX_SAFE, span, TEXT(""), " ");
}

static void open_block(struct layout *layout, struct token token)
{
  struct parse *parse = layout->parse;
  if (is_between(layout)) {
    report_lone_brace(parse, &token);
    put_newline(layout, token.at);
    put_bad(layout, token);
  } else if ((token.flags & FLAG_FIRST) && !(token.flags & FLAG_SUPPLIED)) {
    report_brace_on_own_line(layout, &token);
  }
  if (layout->depth == PARSE_DEPTH_LIMIT) {
    parse_report_too_deep(parse, &token, "more than 16 blocks inside each other");
    parse->laid.items[parse->laid.count - 1].flags |= FLAG_FLAWED;
    layout->skipped = 1;
    return;
  }
  const struct token *row = &parse->laid.items[layout->row];
  bool has_two = place_in_row(layout) >= 2;
  layout->open[layout->depth++] =
      (struct open_brace){.laid = parse->laid.count,
                          .line = layout->line,
                          .indent = layout->line_indent,
                          .content = -1,
                          .is_when = row->kind == TOKEN_WHEN,
                          .is_labelled = has_two && row[1].kind == TOKEN_COLON};
  put(layout, token);
}

void layout_put(struct layout *layout, struct token token)
{
  if (layout->skipped != 0) {
    layout->skipped += token.kind == TOKEN_LB;
    layout->skipped -= token.kind == TOKEN_RB;
    return;
  }
  switch (token.kind) {
  case TOKEN_LB:
    open_block(layout, token);
    return;
  case TOKEN_RB:
    put(layout, token);
    layout->closed_when = layout->open[--layout->depth].is_when;
    return;
  case TOKEN_OTHERWISE:
    put_otherwise(layout, token);
    return;
  default:
    put_word(layout, token);
    return;
  }
}

/* renew.y (3) */
void layout_put_end(struct layout *layout)
{
  put_newline(layout, (uint32_t)layout->parse->bytes.length);
}
