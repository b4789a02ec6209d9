/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_rows: where a line of the language begins. A newline begins one, but not inside ( ) and not
 * behind a comma.
 *
 * (1) A parenthesis or a comma that was left open does not swallow the file: a label, a declaration,
 *     `for each`, `together` or a brace begins a line whatever was open. So does, indented no deeper
 *     than the line it would continue, a key or the next row of a table.
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

static bool begins_with_key(const struct parse *parse, const struct token *token)
{
  struct text word = parse_token_text(parse, token);
  for (int i = 0; i < KEY__COUNT; i++) {
    struct text words = text_of(key_words[i]);
    bool whole = words.length >= word.length &&
                 (words.length == word.length || words.at[word.length] == ' ');
    if (whole && text_equal(word, (struct text){words.at, word.length}))
      return true;
  }
  return false;
}

/* What is known of the row so far. */
struct rows {
  const struct token *first; /* of the row */
  uint32_t parens;
  int before;        /* kind of the token before */
  bool is_table_row; /* the row opened a `table`, or stands in one */
};

/* layout_rows.c (1) */
static bool begins_row_anyway(const struct parse *parse, const struct rows *rows, uint32_t index)
{
  const struct token *token = raw_at(parse, index), *next = raw_at(parse, index + 1);
  if (token->kind == TOKEN_FOREACH || token->kind == TOKEN_TOGETHER)
    return true;
  bool preposition = token->kind == TOKEN_PREP || token->kind == TOKEN_IN;
  if (preposition && rows->before == TOKEN_COMMA)
    return true;
  bool label = token->kind == TOKEN_ID && next->kind == TOKEN_COLON && !(next->flags & FLAG_FIRST);
  bool outdented = token->indent != 0 && token->indent <= rows->first->indent;
  if (outdented && token->kind == TOKEN_ID && (rows->is_table_row || begins_with_key(parse, token)))
    return true;
  return label || layout_is_declaration(parse, index);
}

static bool is_reserved(int kind)
{
  switch (kind) {
  case TOKEN_NOT:
  case TOKEN_AND:
  case TOKEN_OR:
  case TOKEN_PREP:
  case TOKEN_IN:
  case TOKEN_WHEN:
  case TOKEN_OTHERWISE:
  case TOKEN_TOGETHER:
  case TOKEN_FOREACH:
  case TOKEN_YESNO:
    return true;
  default:
    return false;
  }
}

/* `role on "Title"`, `param to as string`; not `secret from env "X"`, which lacks its name. */
static bool is_declared_name(const struct parse *parse, uint32_t index)
{
  const struct token *kind_word = raw_at(parse, index - 1), *next = raw_at(parse, index + 1);
  enum kind kind;
  if (kind_word->kind != TOKEN_ID || !(kind_word->flags & FLAG_ROW) || kind_word->indent != 0 ||
      !kind_find(parse_token_text(parse, kind_word), &kind))
    return false;
  return next->kind == TOKEN_TEXT || next->kind == TOKEN_LB || next->kind == TOKEN_PREP;
}

/* A reserved word where a name is declared: told, and kept as the name that it was to be. */
static void take_reserved_name(struct parse *parse, uint32_t index)
{
  struct token *token = &parse->raw.items[index];
  if (index == 0 || !is_reserved(token->kind))
    return;
  bool is_operator =
      token->kind == TOKEN_NOT || token->kind == TOKEN_AND || token->kind == TOKEN_OR;
  bool is_variable = is_operator && raw_at(parse, index - 1)->kind == TOKEN_FOREACH;
  if (!is_variable && !is_declared_name(parse, index))
    return;
  token->kind = TOKEN_ID;
  token->flags |= FLAG_FLAWED;
  parse_report_reserved(parse, token, "name");
}

void layout_mark_rows(struct parse *parse)
{
  struct rows rows = {0};
  for (uint32_t i = 0; i < parse->raw.count; i++) {
    struct token *token = &parse->raw.items[i];
    if (token->kind == 0)
      continue;
    take_reserved_name(parse, i);
    bool brace = token->kind == TOKEN_LB || token->kind == TOKEN_RB;
    bool joined = rows.parens != 0 || rows.before == TOKEN_COMMA;
    bool begins = rows.before == 0 ||
                  ((token->flags & FLAG_FIRST) && (!joined || begins_row_anyway(parse, &rows, i)));
    bool behind_brace = rows.before == TOKEN_LB || rows.before == TOKEN_RB;
    if (begins || behind_brace)
      rows.first = token;
    if (begins && !brace) {
      token->flags |= FLAG_ROW;
      rows.is_table_row |= parse_word_is(parse, token, "table");
    }
    rows.is_table_row = rows.is_table_row && token->kind != TOKEN_RB;
    if (begins || brace)
      rows.parens = 0;
    if (token->kind == TOKEN_LP)
      rows.parens++;
    else if (token->kind == TOKEN_RP && rows.parens != 0)
      rows.parens--;
    rows.before = token->kind;
  }
}
