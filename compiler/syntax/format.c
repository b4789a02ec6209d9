/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format: see format.h. Which item begins a line, how deep it stands, and where a blank line stands.
 *
 * (1) A line is broken where one of the language begins, behind a comma whose list is broken
 *     somewhere, and inside ( ) where it was; it is never joined or wrapped for its length.
 * (2) A block that stands on one line stays on it.
 */
#include "compiler/syntax/format.h"

#include <string.h>

#include "compiler/syntax/format_int.h"

enum { INDENT_COLUMNS = 2 };

/* --- which lists are broken (1) --- */

static bool ends_list(const struct item *item)
{
  switch (item->kind) {
  case TOKEN_PREP:
  case TOKEN_IN:
  case TOKEN_WHEN:
  case TOKEN_LB:
  case TOKEN_RB:
    return true;
  default:
    return item->begins_row;
  }
}

static void mark_list(struct item *items, uint32_t from, uint32_t end)
{
  bool broken = false;
  uint32_t parens = 0;
  for (uint32_t i = from; i < end; i++) {
    parens += items[i].kind == TOKEN_LP;
    parens -= items[i].kind == TOKEN_RP && parens != 0;
    items[i].is_list_comma = items[i].kind == TOKEN_COMMA && parens == 0;
    broken |= items[i].is_list_comma && items[i + 1].newlines != 0;
  }
  for (uint32_t i = from; i < end; i++)
    items[i].is_list_comma &= broken;
}

static void mark_lists(struct items *list)
{
  uint32_t from = 0;
  for (uint32_t i = 0; i < list->count; i++)
    if (ends_list(&list->items[i])) {
      mark_list(list->items, from, i);
      from = i;
    }
  mark_list(list->items, from, list->count);
}

/* --- which blocks stand on one line (2) --- */

static void mark_blocks(struct items *list)
{
  uint32_t open[PARSE_DEPTH_LIMIT + 1], depth = 0;
  for (uint32_t i = 0; i < list->count; i++) {
    struct item *item = &list->items[i];
    if (item->newlines != 0 && depth != 0)
      for (uint32_t k = depth; k-- > 0 && list->items[open[k]].one_line;)
        list->items[open[k]].one_line = false;
    if (item->kind == TOKEN_LB && depth < PARSE_DEPTH_LIMIT) {
      item->one_line = true;
      open[depth++] = i;
    } else if (item->kind == TOKEN_RB && depth != 0) {
      struct item *opening = &list->items[open[--depth]];
      opening->partner = i;
    }
  }
}

/* --- blank lines --- */

struct writer {
  const struct items *list;
  struct buffer *out;
  uint32_t depth;
  uint32_t one_line_end; /* the `}` of the block on one line around the item; 0: none */
};

static bool row_has_block(const struct items *list, uint32_t index)
{
  for (uint32_t i = index; i < list->count; i++) {
    if (list->items[i].kind == TOKEN_LB)
      return true;
    if (i > index && (list->items[i].begins_row || list->items[i].kind == TOKEN_RB))
      return false;
  }
  return false;
}

/* A run of comment lines belongs to the line directly below it. */
static bool leads_to_block(const struct items *list, uint32_t index)
{
  while (index < list->count && list->items[index].kind == ITEM_COMMENT) {
    index++;
    if (index < list->count && list->items[index].newlines != 1)
      return false;
  }
  return index < list->count && row_has_block(list, index);
}

static bool is_comment_line(const struct item *item)
{
  return item->kind == ITEM_COMMENT && (item->newlines != 0 || item->at == 0);
}

static bool is_edition_end(const struct items *list, uint32_t index)
{
  return index == 1 && list->items[0].kind == TOKEN_ID && list->items[1].kind == TOKEN_NUMBER;
}

static bool wants_blank(const struct writer *writer, uint32_t index)
{
  const struct items *list = writer->list;
  const struct item *item = &list->items[index];
  uint32_t before = index - 1;
  bool comment_above = is_comment_line(&list->items[before]);
  while (before > 0 && list->items[before].kind == ITEM_COMMENT && !comment_above)
    before--; /* a comment at the end of its line */
  int above = list->items[before].kind;
  if (above == TOKEN_LB || item->kind == TOKEN_RB || item->kind == TOKEN_OTHERWISE)
    return false;
  if (item->newlines > 1)
    return true;
  if (writer->depth != 0 || comment_above)
    return false;
  return above == TOKEN_RB || is_edition_end(list, before) || leads_to_block(list, index);
}

/* --- lines --- */

static bool goes_on(const struct items *list, uint32_t index)
{
  while (index < list->count && list->items[index].kind == ITEM_COMMENT)
    index++;
  if (index == list->count || index == 0)
    return false;
  const struct item *item = &list->items[index];
  return !item->begins_row && item->kind != TOKEN_RB && item->kind != TOKEN_OTHERWISE;
}

static bool begins_line(const struct writer *writer, uint32_t index)
{
  const struct items *list = writer->list;
  const struct item *item = &list->items[index], *before = &list->items[index - 1];
  if (item->kind == ITEM_COMMENT)
    return item->newlines != 0;
  if (before->kind == ITEM_COMMENT)
    return true;
  if (writer->one_line_end != 0)
    return false;
  if (item->begins_row || item->kind == TOKEN_RB)
    return true;
  if (item->kind == TOKEN_OTHERWISE || item->kind == TOKEN_LB)
    return false;
  return before->is_list_comma || item->newlines != 0;
}

static void add_line_start(struct writer *writer, uint32_t index)
{
  const struct items *list = writer->list;
  bool inner = goes_on(list, index);
  if (index != 0) {
    buffer_add_zero(writer->out, "\n");
    if (!inner && wants_blank(writer, index))
      buffer_add_zero(writer->out, "\n");
  }
  for (uint32_t i = 0; i < (writer->depth + inner) * INDENT_COLUMNS; i++)
    buffer_add_zero(writer->out, " ");
}

static bool wants_space(const struct item *before, const struct item *item)
{
  if (item->kind == ITEM_COMMENT)
    return true;
  return item->kind != TOKEN_COMMA && item->kind != TOKEN_COLON && item->kind != TOKEN_RP &&
         before->kind != TOKEN_LP;
}

/* `for each` and `March 1`: two words, and one blank between them. */
static void add_two_words(struct buffer *out, struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    bool blank = text.at[i] == ' ' || text.at[i] == '\t';
    if (blank && i != 0 && (text.at[i - 1] == ' ' || text.at[i - 1] == '\t'))
      continue;
    if (text.at[i] != '\r')
      buffer_add(out, blank ? " " : text.at + i, 1);
  }
}

/* As it is written, but for the line ends of block text. */
static void add_words(struct writer *writer, const struct item *item)
{
  struct text text = item->text;
  if (item->kind == TOKEN_FOREACH || item->kind == TOKEN_MONTHDAY) {
    add_two_words(writer->out, text);
    return;
  }
  for (const char *end; (end = memchr(text.at, '\r', text.length)) != NULL;) {
    size_t length = (size_t)(end - text.at);
    buffer_add(writer->out, text.at, length);
    text = (struct text){end + 1, text.length - length - 1};
  }
  buffer_add_text(writer->out, text);
}

static void write_item(struct writer *writer, uint32_t index)
{
  const struct item *item = &writer->list->items[index];
  if (item->kind == TOKEN_RB && writer->one_line_end == 0)
    writer->depth--;
  if (index == 0 || begins_line(writer, index))
    add_line_start(writer, index);
  else if (wants_space(item - 1, item))
    buffer_add_zero(writer->out, " ");
  add_words(writer, item);
  if (item->kind == TOKEN_RB && writer->one_line_end == index)
    writer->one_line_end = 0;
  else if (item->kind == TOKEN_LB && writer->one_line_end == 0 && item->one_line)
    writer->one_line_end = item->partner;
  else if (item->kind == TOKEN_LB && writer->one_line_end == 0)
    writer->depth++;
}

static void write_items(struct items *list, struct buffer *out)
{
  mark_lists(list);
  mark_blocks(list);
  struct writer writer = {.list = list, .out = out};
  for (uint32_t i = 0; i < list->count; i++)
    write_item(&writer, i);
  if (list->count != 0)
    buffer_add_zero(out, "\n");
}

/* --- the whole --- */

enum format_result format_source(const struct source_set *sources, uint32_t file,
                                 struct diag_list *diags, struct buffer *ret_bytes)
{
  struct arena *arena = arena_new("format", 0);
  struct ast_file *ast = parse_source(arena, sources, file, diags);
  bool broken = ast->has_errors;
  arena_free(arena);
  if (broken)
    return FORMAT_BROKEN;
  arena = arena_new("format", 0);
  struct items items;
  enum format_result result = FORMAT_UNSAFE;
  if (items_read(arena, sources, file, &items)) {
    write_items(&items, ret_bytes);
    if (items_hold(arena, &items, buffer_text(ret_bytes)))
      result = FORMAT_OK;
  }
  if (result != FORMAT_OK)
    buffer_free(ret_bytes);
  arena_free(arena);
  return result;
}

uint32_t format_differs_at(const struct parse *parse)
{
  struct items items;
  struct buffer made = {0};
  struct text text = parse->bytes;
  items_of_parse(parse->scratch, parse, &items);
  buffer_reserve(&made, text.length);
  write_items(&items, &made);
  size_t at = 0;
  while (at < text.length && at < made.size_bytes && text.at[at] == made.bytes[at])
    at++;
  bool kept = at == text.length && at == made.size_bytes;
  buffer_free(&made);
  return kept ? LAYOUT_KEPT : (uint32_t)at;
}
