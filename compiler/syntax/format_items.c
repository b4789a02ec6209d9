/* SPDX-License-Identifier: Apache-2.0 */
/* format_items: see format_int.h. The lexer's tokens and comments in their order, and two such lists
 * compared. */
#include "compiler/syntax/format_int.h"

static uint32_t newlines_between(struct text bytes, uint32_t from, uint32_t to)
{
  uint32_t count = 0;
  for (uint32_t i = from; i < to && count < 2; i++)
    count += bytes.at[i] == '\n';
  return count;
}

static struct text without_blanks_behind(struct text text)
{
  while (text.length != 0 && (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t' ||
                              text.at[text.length - 1] == '\r'))
    text.length--;
  return text;
}

/* parse takes the tokens of `renew 1` out when it has read them. */
static int kind_of(const struct parse *parse, const struct token *token)
{
  if (token->kind != 0)
    return token->kind;
  return token == parse->raw.items ? TOKEN_ID : TOKEN_NUMBER;
}

static struct item item_of_token(const struct parse *parse, const struct token *token, int before)
{
  const struct token_value *value = &parse->values[token->value];
  bool behind_brace = before == TOKEN_LB || before == TOKEN_RB;
  bool is_brace = token->kind == TOKEN_LB || token->kind == TOKEN_RB;
  return (struct item){.kind = (uint8_t)kind_of(parse, token),
                       .begins_row = !is_brace && token->kind != TOKEN_OTHERWISE &&
                                     ((token->flags & FLAG_ROW) || behind_brace || before == 0),
                       .at = token->at,
                       .text = parse_token_text(parse, token),
                       .decoded = value->is_block ? value->text : TEXT_NONE};
}

void items_of_parse(struct arena *arena, const struct parse *parse, struct items *ret_items)
{
  uint32_t count = parse->raw.count;
  for (const struct comment *comment = parse->comments; comment != NULL; comment = comment->next)
    count++;
  ret_items->items = arena_array(arena, (size_t)count + 1, sizeof *ret_items->items);
  const struct comment *comment = parse->comments;
  uint32_t end = 0, raw = 0;
  int before = 0; /* kind of the token before */
  for (uint32_t i = 0; i < count; i++) {
    struct item *item = &ret_items->items[i];
    if (raw == parse->raw.count ||
        (comment != NULL && comment->span.at < parse->raw.items[raw].at)) {
      struct text written = source_text(parse->sources, comment->span);
      *item = (struct item){
          .kind = ITEM_COMMENT, .at = comment->span.at, .text = without_blanks_behind(written)};
      comment = comment->next;
    } else {
      *item = item_of_token(parse, &parse->raw.items[raw++], before);
      before = item->kind;
    }
    item->newlines = newlines_between(parse->bytes, end, item->at);
    end = item->at + (uint32_t)item->text.length;
  }
  ret_items->count = count;
}

bool items_read(struct arena *arena, const struct source_set *sources, uint32_t file,
                struct items *ret_items)
{
  struct diag_list diags;
  diag_list_start(&diags, arena);
  struct parse parse = {.arena = arena,
                        .scratch = arena,
                        .sources = sources,
                        .file = file,
                        .bytes = sources->files[file].bytes,
                        .diags = &diags,
                        .diag_limit = PARSE_FINDINGS_LIMIT};
  parse.values = ARENA_NEW(arena, struct token_value);
  parse.value_count = parse.value_capacity = 1;
  *ret_items = (struct items){0};
  lex_source(&parse);
  if (diags.count == 0)
    layout_tokens(&parse);
  if (diags.count != 0)
    return false;
  items_of_parse(arena, &parse, ret_items);
  ret_items->laid = parse.laid;
  ret_items->docs = parse.docs;
  ret_items->doc_count = parse.doc_count;
  return true;
}

/* Their words, with blanks and line ends seen as one. */
static bool same_words(struct text a, struct text b)
{
  size_t i = 0, k = 0;
  while (i < a.length && k < b.length) {
    bool blank_a = a.at[i] == ' ' || a.at[i] == '\t', blank_b = b.at[k] == ' ' || b.at[k] == '\t';
    if (blank_a != blank_b || (!blank_a && a.at[i] != b.at[k]))
      return false;
    if (!blank_a) {
      i++;
      k++;
      continue;
    }
    while (i < a.length && (a.at[i] == ' ' || a.at[i] == '\t'))
      i++;
    while (k < b.length && (b.at[k] == ' ' || b.at[k] == '\t'))
      k++;
  }
  return i == a.length && k == b.length;
}

static bool same_item(const struct item *a, const struct item *b)
{
  if (a->kind != b->kind || a->begins_row != b->begins_row)
    return false;
  if (a->decoded.at != NULL || b->decoded.at != NULL)
    return text_equal(a->decoded, b->decoded);
  if (a->kind == TOKEN_FOREACH || a->kind == TOKEN_MONTHDAY)
    return same_words(a->text, b->text);
  return text_equal(a->text, b->text);
}

bool items_hold(struct arena *arena, const struct items *items, struct text text)
{
  struct source_set sources;
  uint32_t file;
  size_t bad;
  struct items made;
  source_set_start(&sources, arena, TEXT(""));
  if (source_give(&sources, TEXT("formatted"), text, &file, &bad) != SOURCE_OK ||
      !items_read(arena, &sources, file, &made))
    return false;
  if (made.count != items->count || made.laid.count != items->laid.count ||
      made.doc_count != items->doc_count)
    return false;
  for (uint32_t i = 0; i < made.count; i++)
    if (!same_item(&items->items[i], &made.items[i]))
      return false;
  for (uint32_t i = 0; i < made.laid.count; i++)
    if (made.laid.items[i].kind != items->laid.items[i].kind)
      return false;
  for (uint32_t i = 0; i < made.doc_count; i++)
    if (!text_equal(made.docs[i].text, items->docs[i].text))
      return false;
  return true;
}
