/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_rows: where a line of the language begins. A newline begins one, but not inside ( ) and not
 * behind a comma.
 *
 * (1) A parenthesis or a comma that was left open does not swallow the file: a label, a declaration,
 *     `for each`, `together` or a brace begins a line whatever was open.
 */
#include "compiler/syntax/parse_int.h"

#include "compiler/tables/tables.h"

static const struct token *raw_at(const struct parse *parse, uint32_t index)
{
  static const struct token none = {0};
  return index < parse->raw.count ? &parse->raw.items[index] : &none;
}

static bool row_has_block(const struct parse *parse, uint32_t index)
{
  for (uint32_t i = index; i < parse->raw.count; i++) {
    if (parse->raw.items[i].kind == TOKEN_LB)
      return true;
    if (i > index && (parse->raw.items[i].flags & FLAG_FIRST))
      return false;
  }
  return false;
}

/* At column 0: `import "..."`, `secret NAME`, `param NAME`, and KIND NAME with a `{` on its line
 * (a key may be called like a kind: `plan integration-flow`, `keystore NAME`). */
bool layout_is_declaration(const struct parse *parse, uint32_t raw_index)
{
  const struct token *token = raw_at(parse, raw_index), *next = raw_at(parse, raw_index + 1);
  if (token->kind != TOKEN_ID || !(token->flags & FLAG_FIRST) || token->indent != 0)
    return false;
  if (parse_word_is(parse, token, "import"))
    return next->kind == TOKEN_TEXT;
  enum kind kind;
  if (next->kind != TOKEN_ID || !kind_find(parse_token_text(parse, token), &kind))
    return false;
  return kind == KIND_SECRET || kind == KIND_PARAM || row_has_block(parse, raw_index);
}

/* layout_rows.c (1) */
static bool begins_row_anyway(const struct parse *parse, uint32_t index)
{
  const struct token *token = raw_at(parse, index), *next = raw_at(parse, index + 1);
  if (token->kind == TOKEN_FOREACH || token->kind == TOKEN_TOGETHER)
    return true;
  bool label = token->kind == TOKEN_ID && next->kind == TOKEN_COLON && !(next->flags & FLAG_FIRST);
  return label || layout_is_declaration(parse, index);
}

void layout_mark_rows(struct parse *parse)
{
  uint32_t parens = 0;
  int before = 0;
  for (uint32_t i = 0; i < parse->raw.count; i++) {
    struct token *token = &parse->raw.items[i];
    if (token->kind == 0)
      continue;
    bool brace = token->kind == TOKEN_LB || token->kind == TOKEN_RB;
    bool joined = parens != 0 || before == TOKEN_COMMA;
    bool begins = before == 0 || ((token->flags & FLAG_FIRST) &&
                                  (!joined || begins_row_anyway(parse, i)));
    if (begins && !brace)
      token->flags |= FLAG_ROW;
    if (begins || brace)
      parens = 0;
    if (token->kind == TOKEN_LP)
      parens++;
    else if (token->kind == TOKEN_RP && parens != 0)
      parens--;
    before = token->kind;
  }
}
