/* SPDX-License-Identifier: Apache-2.0 */
/* view_words: see view_int.h and views.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/graph/view_int.h"

enum { NUMBERS_SAID_MAX = 16 };

static void say_argument(const struct graph *graph, const struct argument *argument,
                         struct buffer *out)
{
  switch (argument->kind) {
  case ARGUMENT_RESOURCE:
    buffer_add_text(out, graph->resources[argument->resource].name);
    for (int i = 0; i < MEMBERS_MAX && argument->members[i] != MEMBER_NONE; i++)
      buffer_format(out, ".%s", member_words[argument->members[i]]);
    break;
  case ARGUMENT_TEXT:
    buffer_format(out, "\"%.*s\"", TEXT_ARG(argument->text));
    break;
  case ARGUMENT_WORD:
    buffer_add_text(out, argument->text);
    break;
  case ARGUMENT_NUMBER:
    buffer_format(out, "%" PRId64, argument->number);
    break;
  }
}

/* As deep as graph_check lets guards nest. */
static void say_guard(const struct graph *graph, uint32_t index, bool inner, struct buffer *out)
{
  const struct guard_node *node = &graph->guards[index];
  switch (node->op) {
  case GUARD_NOT:
    buffer_add_zero(out, "not ");
    say_guard(graph, node->left, true, out);
    break;
  case GUARD_AND:
  case GUARD_OR:
    buffer_add_zero(out, inner ? "(" : "");
    say_guard(graph, node->left, graph->guards[node->left].op != node->op, out);
    buffer_add_zero(out, node->op == GUARD_AND ? " and " : " or ");
    say_guard(graph, node->right, graph->guards[node->right].op != node->op, out);
    buffer_add_zero(out, inner ? ")" : "");
    break;
  case GUARD_EQUAL:
  case GUARD_UNEQUAL:
    say_argument(graph, &graph->arguments[node->left], out);
    buffer_add_zero(out, node->op == GUARD_EQUAL ? " == " : " != ");
    say_argument(graph, &graph->arguments[node->right], out);
    break;
  case GUARD_FACT:
    say_argument(graph, &graph->arguments[node->left], out);
    break;
  case GUARD_CONSTANT:
    buffer_add_zero(out, node->left != 0 ? "yes" : "no");
    break;
  }
}

void view_guard(const struct graph *graph, uint32_t guard, struct buffer *ret_bytes)
{
  say_guard(graph, guard, false, ret_bytes);
}

static int compare_numbers(const void *a, const void *b)
{
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

struct numbers view_after(struct arena *arena, const struct graph *graph, const struct step *step)
{
  struct buffer open = {0}, found = {0};
  for (uint32_t i = 0; i < step->waits_for.count; i++)
    buffer_add(&open, &graph->indices[step->waits_for.first + i], sizeof(uint32_t));
  while (open.size_bytes != 0) {
    uint32_t index;
    open.size_bytes -= sizeof index;
    memcpy(&index, open.bytes + open.size_bytes, sizeof index);
    const struct step *before = &graph->steps[index];
    if (before->kind == STEP_ACTION) {
      buffer_add(&found, &before->number, sizeof before->number);
      continue;
    }
    for (uint32_t i = 0; i < before->waits_for.count; i++)
      buffer_add(&open, &graph->indices[before->waits_for.first + i], sizeof(uint32_t));
  }
  uint32_t count = (uint32_t)(found.size_bytes / sizeof(uint32_t)), kept = 0;
  struct numbers numbers = {arena_array(arena, count, sizeof(uint32_t)), 0};
  if (count != 0)
    memcpy(numbers.items, found.bytes, found.size_bytes);
  qsort(numbers.items, count, sizeof(uint32_t), compare_numbers);
  for (uint32_t i = 0; i < count; i++)
    if (i == 0 || numbers.items[i] != numbers.items[kept - 1])
      numbers.items[kept++] = numbers.items[i];
  numbers.count = kept;
  buffer_free(&open);
  buffer_free(&found);
  return numbers;
}

void view_say_numbers(const struct numbers *numbers, struct buffer *out)
{
  uint32_t said = 0;
  for (uint32_t i = 0; i < numbers->count; said++) {
    uint32_t last = i;
    while (last + 1 < numbers->count && numbers->items[last + 1] == numbers->items[last] + 1)
      last++;
    if (said == NUMBERS_SAID_MAX && last + 1 < numbers->count) {
      buffer_format(out, " ... %u (%u steps)", numbers->items[numbers->count - 1], numbers->count);
      return;
    }
    buffer_format(out, "%s%u", i == 0 ? "" : ", ", numbers->items[i]);
    if (last > i)
      buffer_format(out, "%s%u", last > i + 1 ? "-" : ", ", numbers->items[last]);
    i = last + 1;
  }
}

bool view_is_next(const struct numbers *after, const struct step *step)
{
  if (step->number == 1)
    return after->count == 0;
  return after->count == 1 && after->items[0] + 1 == step->number;
}

void view_say_duration(int64_t seconds, struct buffer *out)
{
  static const struct {
    char unit;
    int64_t seconds;
  } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (seconds % units[i].seconds == 0) {
      buffer_format(out, "%" PRId64 "%c", seconds / units[i].seconds, units[i].unit);
      return;
    }
}

static void keep_note(struct arena *arena, struct notes *notes, struct buffer *out)
{
  if (out->size_bytes != 0)
    notes->items[notes->count++] = text_copy(arena, buffer_text(out));
  out->size_bytes = 0;
}

static void say_after(struct arena *arena, const struct graph *graph, const struct step *step,
                      struct buffer *out)
{
  struct numbers after = view_after(arena, graph, step);
  if (view_is_next(&after, step))
    return;
  if (after.count == 0) {
    buffer_add_zero(out, "at the beginning");
    return;
  }
  buffer_add_zero(out, "after ");
  view_say_numbers(&after, out);
}

static void say_sign_off(const struct graph *graph, const struct step *step, struct buffer *out)
{
  if (!step->needs_sign_off)
    return;
  uint32_t role = step->sign_off_role == INDEX_NONE ? step->role : step->sign_off_role;
  buffer_add_zero(out, "needs sign-off by ");
  if (step->sign_off_count > 1)
    buffer_format(out, "%u of ", step->sign_off_count);
  buffer_format(out, "%.*s%s", TEXT_ARG(graph->resources[role].name),
                step->not_author ? ", not the author" : "");
}

struct notes view_notes(struct arena *arena, const struct graph *graph, const struct step *step)
{
  struct notes notes = {.count = 0};
  struct buffer out = {0};
  say_after(arena, graph, step, &out);
  keep_note(arena, &notes, &out);
  if (step->guard != INDEX_NONE) {
    buffer_add_zero(&out, "only when ");
    view_guard(graph, step->guard, &out);
  }
  keep_note(arena, &notes, &out);
  if (step->window != INDEX_NONE)
    buffer_format(&out, "in window %.*s", TEXT_ARG(graph->resources[step->window].name));
  keep_note(arena, &notes, &out);
  if (step->within_s != 0) {
    buffer_add_zero(&out, "within ");
    view_say_duration(step->within_s, &out);
  }
  keep_note(arena, &notes, &out);
  say_sign_off(graph, step, &out);
  keep_note(arena, &notes, &out);
  if (step->retry_count != 0) {
    buffer_format(&out, "retried %u times every ", step->retry_count);
    view_say_duration(step->retry_every_s, &out);
  }
  keep_note(arena, &notes, &out);
  if (step->on_failure != FAILURE_STOP)
    buffer_add_zero(&out, step->on_failure == FAILURE_ROLL_BACK ? "on failure roll-back"
                                                                : "on failure continue");
  keep_note(arena, &notes, &out);
  if (step->undo != INDEX_NONE)
    buffer_format(&out, "undo: %.*s", TEXT_ARG(graph->undo[step->undo].sentence));
  keep_note(arena, &notes, &out);
  if (step->evidence.length != 0)
    buffer_format(&out, "evidence: %.*s", TEXT_ARG(step->evidence));
  keep_note(arena, &notes, &out);
  buffer_free(&out);
  return notes;
}

bool view_has_role(const struct graph *graph, const struct step *step, uint32_t role)
{
  for (uint32_t i = 0; i < step->roles.count; i++)
    if (graph->indices[step->roles.first + i] == role)
      return true;
  return false;
}

const struct step *view_numbered(const struct graph *graph, uint32_t number)
{
  /* Numbers grow with the index, so the step is found by halves. */
  uint32_t low = number - 1, high = graph->step_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2, at = middle;
    while (at < high && graph->steps[at].kind == STEP_JOIN)
      at++;
    if (at < high && graph->steps[at].number == number)
      return &graph->steps[at];
    if (at < high && graph->steps[at].number < number)
      low = at + 1;
    else
      high = middle;
  }
  return NULL;
}

struct numbers view_roles(struct arena *arena, const struct graph *graph)
{
  bool *seen = arena_array(arena, graph->resource_count, sizeof *seen);
  struct numbers roles = {arena_array(arena, graph->resource_count, sizeof(uint32_t)), 0};
  for (uint32_t i = 0; i < graph->step_count; i++)
    for (uint32_t j = 0; j < graph->steps[i].roles.count; j++) {
      uint32_t role = graph->indices[graph->steps[i].roles.first + j];
      if (!seen[role])
        roles.items[roles.count++] = role;
      seen[role] = true;
    }
  return roles;
}

bool view_reaches(const struct graph *graph, const struct step *step, uint32_t role)
{
  if (step->effect != EFFECT_MESSAGE && step->effect != EFFECT_DELIVER)
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && argument->resource == role)
      return true;
  }
  return false;
}

struct text view_title(const struct resource *role)
{
  return role->title.length != 0 ? role->title : role->name;
}

#define ELLIPSIS "\xe2\x80\xa6"

/* Bytes of the first character. */
static size_t character_bytes(struct text text)
{
  size_t length = 1;
  while (length < text.length && ((unsigned char)text.at[length] & 0xC0) == 0x80)
    length++;
  return length;
}

struct text view_fit(struct arena *arena, struct text text, uint32_t columns)
{
  if (text_width(text) <= columns)
    return text_copy(arena, text);
  size_t fits = 0;
  while (fits < text.length) {
    size_t next = fits + character_bytes((struct text){text.at + fits, text.length - fits});
    if (text_width((struct text){text.at, next}) + 1 > columns)
      break;
    fits = next;
  }
  return text_format(arena, "%.*s" ELLIPSIS, (int)fits, text.at);
}

struct text view_fit_end(struct arena *arena, struct text text, uint32_t columns)
{
  if (text_width(text) <= columns)
    return text_copy(arena, text);
  while (text.length != 0 && text_width(text) + 1 > columns) {
    size_t first = character_bytes(text);
    text = (struct text){text.at + first, text.length - first};
  }
  return text_format(arena, ELLIPSIS "%.*s", TEXT_ARG(text));
}

void view_markdown_text(struct text text, struct buffer *out)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (c == '<')
      buffer_add_zero(out, "&lt;");
    else if (c == '&')
      buffer_add_zero(out, "&amp;");
    else if (c == '\n')
      buffer_add_zero(out, " ");
    else if (c != '\0' && strchr("|*_`[]\\", c) != NULL)
      buffer_format(out, "\\%c", c);
    else
      buffer_add(out, &c, 1);
  }
}

bool view_names(const struct graph *graph, const struct step *step, uint32_t resource)
{
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && argument->resource == resource)
      return true;
  }
  return step->window == resource;
}
