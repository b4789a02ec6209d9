/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syntax_error: the finding for a token that did not fit, in the words of the person who wrote it.
 *
 * (1) One finding a line; none where a token of the line has one already (parse_int.h 2).
 * (2) What was expected comes from the parser's own states, at most EXPECTED_MAX things, in words.
 */
#include "compiler/syntax/parse_int.h"

enum { EXPECTED_MAX = 6 };

/* In the order in which they are named. Tokens with the same words are named once. */
static const struct {
  int kind;
  const char *words;
} expectable[] = {
    {TOKEN_ID, "a name"},
    {TOKEN_IN, "`in`"},
    {TOKEN_TEXT, "a text in double quotes"},
    {TOKEN_NUMBER, "a value"},
    {TOKEN_COMMA, "`,`"},
    {TOKEN_COLON, "`:`"},
    {TOKEN_RP, "`)`"},
    {TOKEN_EQ, "a comparison such as `==`"},
    {TOKEN_AND, "`and`"},
    {TOKEN_OR, "`or`"},
    {TOKEN_PREP, "a word such as `with`"},
    {TOKEN_WHEN, "`when`"},
    {TOKEN_LB, "`{`"},
    {TOKEN_NL, "the end of the line"},
    {TOKEN_RB, "`}`"},
};

static struct text expected_words(const struct parse *parse)
{
  const struct parser_states *states = &parse->before;
  const char *words[EXPECTED_MAX];
  size_t count = 0;
  bool name = renew_parser_takes(states, TOKEN_ID);
  bool preposition = renew_parser_takes(states, TOKEN_PREP);
  for (size_t i = 0; i < sizeof expectable / sizeof expectable[0] && count < EXPECTED_MAX; i++) {
    int kind = expectable[i].kind;
    /* `and` and `or` serve as names where no operator fits; `in` is named with its like. */
    bool is_name = name && (kind == TOKEN_AND || kind == TOKEN_OR);
    if (is_name || (kind == TOKEN_IN && preposition))
      continue;
    if (renew_parser_takes(states, kind))
      words[count++] = expectable[i].words;
  }
  struct buffer joined = {0};
  for (size_t i = 0; i < count; i++)
    buffer_format(&joined, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
  struct text text = text_copy(parse->arena, buffer_text(&joined));
  buffer_free(&joined);
  return text;
}

static bool is_keyword(int kind)
{
  return kind == TOKEN_PREP || kind == TOKEN_IN || kind == TOKEN_WHEN || kind == TOKEN_OTHERWISE ||
         kind == TOKEN_TOGETHER || kind == TOKEN_FOREACH || kind == TOKEN_YESNO;
}

/* Laid index of the first token of the row that holds `index`. A NL that did not fit belongs to the
 * row before it, which it ended too early. */
static uint32_t row_of(const struct parse *parse, uint32_t index)
{
  const struct token *tokens = parse->laid.items;
  while (index != 0 && tokens[index - 1].kind != TOKEN_NL)
    index--;
  return index;
}

static bool row_is_flawed(const struct parse *parse, uint32_t row)
{
  for (uint32_t i = row; i < parse->laid.count; i++) {
    const struct token *token = &parse->laid.items[i];
    if (token->kind == TOKEN_NL || token->kind == TOKEN_LB || token->kind == TOKEN_RB)
      return false;
    if (token->flags & FLAG_FLAWED)
      return true;
  }
  return false;
}

static struct text shown(const struct parse *parse, uint32_t index)
{
  return parse_shown(parse, parse_token_text(parse, &parse->laid.items[index]));
}

static struct span span_at(const struct parse *parse, uint32_t index)
{
  return parse_token_span(parse, &parse->laid.items[index]);
}

/* accepts-many on */
static bool report_on_as_yes(struct parse *parse, uint32_t row, uint32_t index)
{
  if (index != row + 2 || parse->laid.items[row].kind != TOKEN_ID ||
      !parse_word_is(parse, &parse->laid.items[index - 1], "on"))
    return false;
  struct span span = span_at(parse, index - 1);
  struct diag *diag = diag_add(parse->diags, DIAG_E0108, span, "`on` is no value of this language");
  diag_set_label(parse->diags, diag, "a choice is `yes` or `no`");
  diag_add_fix(parse->diags, diag, FIX_SAFE, span, TEXT("yes"), "write `yes`");
  return true;
}

static void report_comma(struct parse *parse, uint32_t comma)
{
  struct span span = span_at(parse, comma);
  struct diag *diag = diag_add(parse->diags, DIAG_E0205, span, "the list ends with a comma");
  diag_set_label(parse->diags, diag, "nothing follows it");
  diag_add_fix(parse->diags, diag, FIX_UNSAFE, span, TEXT(""), "remove it");
}

static void report_for_each(struct parse *parse, const struct token *found, uint32_t index)
{
  bool ended = found->kind == TOKEN_NL || found->kind == TOKEN_LB || found->kind == TOKEN_RB;
  struct span span = ended ? span_end_point(span_at(parse, index - 1)) : span_at(parse, index);
  struct diag *diag =
      diag_add(parse->diags, DIAG_E0215, span, "`for each` needs a name, `in` and a set");
  if (ended)
    diag_set_label(parse->diags, diag, "the line ends too early");
  else
    diag_set_label(parse->diags, diag, "`%.*s` stands in their place",
                   TEXT_ARG(shown(parse, index)));
  diag_add_help(parse->diags, diag, "write `for each node in TENANT.nodes { ... }`");
}

static void report_line_start(struct parse *parse, uint32_t index)
{
  struct diag *diag = diag_add(parse->diags, DIAG_E0202, span_at(parse, index),
                               "a line cannot start with `%.*s`", TEXT_ARG(shown(parse, index)));
  diag_set_label(parse->diags, diag,
                 "a line begins with a word: a label, a role, a key or a declaration");
  if (parse->laid.items[index].kind == TOKEN_MINUS)
    diag_add_help(parse->diags, diag,
                  "this looks like YAML: here each thing is a block of its own, for example "
                  "`role admin \"Administrator\" { ... }`");
}

/* if A != B {, which other languages write */
static bool report_if(struct parse *parse, uint32_t row, uint32_t index)
{
  if (index == row || parse->laid.items[row].kind != TOKEN_ID ||
      !parse_word_is(parse, &parse->laid.items[row], "if"))
    return false;
  struct span span = span_at(parse, row);
  struct diag *diag =
      diag_add(parse->diags, DIAG_E0202, span, "a condition does not begin with `if`");
  diag_set_label(parse->diags, diag, "write `when` here, and `otherwise` for what else is done");
  diag_add_fix(parse->diags, diag, FIX_SAFE, span, TEXT("when"), "write `when`");
  return true;
}

static void report_unexpected(struct parse *parse, uint32_t index)
{
  const struct token *found = &parse->laid.items[index];
  struct text expected = expected_words(parse);
  struct diag *diag;
  bool elsewhere = (found->flags & (FLAG_FIRST | FLAG_SUPPLIED)) != 0;
  if (found->kind == TOKEN_NL || (elsewhere && index != row_of(parse, index)))
    diag = diag_add(parse->diags, DIAG_E0201, span_end_point(span_at(parse, index - 1)),
                    "this line ends too early");
  else
    diag = diag_add(parse->diags, DIAG_E0201, span_at(parse, index), "`%.*s` does not fit here",
                    TEXT_ARG(shown(parse, index)));
  if (expected.length != 0)
    diag_set_label(parse->diags, diag, "expected %.*s", TEXT_ARG(expected));
}

void parse_syntax_error(struct parse *parse, uint32_t index)
{
  const struct token *tokens = parse->laid.items, *found = &tokens[index];
  bool ends = found->kind == TOKEN_NL || found->kind == TOKEN_RB;
  uint32_t row = row_of(parse, index);
  if (!parse_has_room(parse) || row_is_flawed(parse, row))
    return;
  const struct token *before = index > row ? &tokens[index - 1] : NULL;
  if (before == NULL)
    report_line_start(parse, index);
  else if ((ends && report_on_as_yes(parse, row, index)) || report_if(parse, row, index))
    return;
  else if (before->kind == TOKEN_COMMA && (ends || found->kind == TOKEN_LB))
    report_comma(parse, index - 1);
  else if (is_keyword(found->kind) && before->kind == TOKEN_FOREACH)
    parse_report_reserved(parse, found, "name");
  else if (tokens[row].kind == TOKEN_FOREACH && index <= row + 2)
    report_for_each(parse, found, index);
  else
    report_unexpected(parse, index);
}
