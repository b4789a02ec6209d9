/* SPDX-License-Identifier: Apache-2.0 */
/* fix: see fix.h. */
#include "compiler/base/fix.h"

#include <stdlib.h>

struct text fix_key(struct arena *arena, const struct diag *diag)
{
  return text_format(arena, "%s %.*s", diag_code_name(diag->code), TEXT_ARG(diag->headline));
}

bool fix_fits(const struct diag *diag, uint32_t file, const struct fix_choice *choice,
              struct arena *arena)
{
  bool kind = diag->fix_kind == FIX_SAFE || (choice->unsafe && diag->fix_kind == FIX_UNSAFE);
  if (!kind || (choice->codes != NULL && !choice->codes[diag->code]))
    return false;
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next)
    if (edit->span.file != file)
      return false;
  uint32_t ignored;
  return choice->skip == NULL || !text_map_find(choice->skip, fix_key(arena, diag), &ignored);
}

/* Edits in the order of their places; none overlaps another. */
struct edits {
  const struct diag_edit **items;
  uint32_t count, capacity;
};

/* The index of the first edit that does not end before `at`. */
static uint32_t find_place(const struct edits *edits, uint32_t at)
{
  uint32_t low = 0, high = edits->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    struct span span = edits->items[middle]->span;
    if (span.at + span.length < at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Touching counts as overlapping: two insertions at one place have no order. */
static bool is_free(const struct edits *edits, struct span span)
{
  uint32_t index = find_place(edits, span.at);
  return index == edits->count || edits->items[index]->span.at > span.at + span.length;
}

static void insert(struct arena *arena, struct edits *edits, const struct diag_edit *edit)
{
  if (edits->count == edits->capacity) {
    uint32_t capacity = edits->capacity == 0 ? 16 : edits->capacity * 2;
    edits->items = arena_grow(arena, edits->items, edits->count, capacity, sizeof *edits->items);
    edits->capacity = capacity;
  }
  uint32_t index = edits->count++;
  for (; index > 0 && edits->items[index - 1]->span.at > edit->span.at; index--)
    edits->items[index] = edits->items[index - 1];
  edits->items[index] = edit;
}

static bool all_free(const struct edits *edits, const struct diag *diag)
{
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next)
    if (!is_free(edits, edit->span))
      return false;
  return true;
}

bool fix_apply(const struct diag_list *diags, const struct source_set *sources, uint32_t file,
               const struct fix_choice *choice, struct arena *arena, struct buffer *ret_text,
               struct buffer *ret_fixed)
{
  struct edits edits = {0};
  for (uint32_t i = 0; i < diags->count; i++) {
    struct diag *diag = diags->items[i];
    if (!fix_fits(diag, file, choice, arena) || !all_free(&edits, diag))
      continue;
    for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next)
      insert(arena, &edits, edit);
    buffer_add(ret_fixed, &diag, sizeof diag);
    if (choice->only_first)
      break;
  }
  struct text text = sources->files[file].bytes;
  size_t at = 0;
  for (uint32_t i = 0; i < edits.count; i++) {
    struct span span = edits.items[i]->span;
    buffer_add(ret_text, text.at + at, span.at - at);
    buffer_add_text(ret_text, edits.items[i]->text);
    at = span.at + span.length;
  }
  buffer_add(ret_text, text.at + at, text.length - at);
  return edits.count != 0;
}
