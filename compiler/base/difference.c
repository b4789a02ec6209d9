/* SPDX-License-Identifier: Apache-2.0 */
/* difference: see difference.h. E. Myers' greedy search over lines; each round's reach is kept, so
 * that the way can be walked back. */
#include "compiler/base/difference.h"

#include <string.h>

enum { CONTEXT_LINES = 3 };

struct lines {
  struct text *items; /* each with its line end */
  uint32_t *ids;      /* the same number for the same line */
  uint32_t count;
};

static struct lines lines_of(struct arena *arena, struct text_map *ids, struct text text)
{
  struct lines lines = {0};
  uint32_t count = 1;
  for (size_t i = 0; i < text.length; i++)
    count += text.at[i] == '\n';
  lines.items = arena_array(arena, count, sizeof *lines.items);
  lines.ids = arena_array(arena, count, sizeof *lines.ids);
  for (size_t at = 0; at < text.length;) {
    const char *end = memchr(text.at + at, '\n', text.length - at);
    size_t length = end == NULL ? text.length - at : (size_t)(end - text.at) + 1 - at;
    struct text line = {text.at + at, length};
    uint32_t id = ids->count;
    text_map_add(ids, line, id, &id);
    lines.items[lines.count] = line;
    lines.ids[lines.count++] = id;
    at += length;
  }
  return lines;
}

struct change {
  struct arena *arena;
  struct lines before, after;
  bool *removed, *added; /* by line */
};

/* One round: how far each diagonal reaches with `edits` edits. */
static bool reach(const struct change *change, uint32_t from, int64_t before_count,
                  int64_t after_count, int32_t *ends, int32_t edits)
{
  const uint32_t *a = change->before.ids + from, *b = change->after.ids + from;
  for (int32_t k = -edits; k <= edits; k += 2) {
    bool down = k == -edits || (k != edits && ends[k - 1] < ends[k + 1]);
    int64_t x = down ? ends[k + 1] : ends[k - 1] + 1, y = x - k;
    while (x < before_count && y < after_count && y >= 0 && a[x] == b[y]) {
      x++;
      y++;
    }
    ends[k] = (int32_t)x;
    if (x >= before_count && y >= after_count)
      return true;
  }
  return false;
}

static void walk_back(struct change *change, uint32_t from, int32_t **rounds, int32_t edits,
                      int64_t x, int64_t y)
{
  for (int32_t d = edits; d > 0; d--) {
    const int32_t *ends = rounds[d - 1] + DIFFERENCE_EDITS_MAX + 1;
    int32_t k = (int32_t)(x - y);
    bool down = k == -d || (k != d && ends[k - 1] < ends[k + 1]);
    int32_t before_k = down ? k + 1 : k - 1;
    x = ends[before_k];
    y = x - before_k;
    if (down)
      change->added[from + y] = true;
    else
      change->removed[from + x] = true;
  }
}

static void mark_changes(struct change *change)
{
  uint32_t from = 0, before_end = change->before.count, after_end = change->after.count;
  const uint32_t *a = change->before.ids, *b = change->after.ids;
  while (from < before_end && from < after_end && a[from] == b[from])
    from++;
  while (before_end > from && after_end > from && a[before_end - 1] == b[after_end - 1]) {
    before_end--;
    after_end--;
  }
  size_t width = 2 * DIFFERENCE_EDITS_MAX + 3;
  int32_t *ends = arena_array(change->arena, width, sizeof *ends);
  int32_t *rounds[DIFFERENCE_EDITS_MAX + 1];
  for (int32_t edits = 0; edits <= DIFFERENCE_EDITS_MAX; edits++) {
    bool done = reach(change, from, before_end - from, after_end - from,
                      ends + DIFFERENCE_EDITS_MAX + 1, edits);
    rounds[edits] = arena_array(change->arena, width, sizeof *ends);
    memcpy(rounds[edits], ends, width * sizeof *ends);
    if (done) {
      walk_back(change, from, rounds, edits, before_end - from, after_end - from);
      return;
    }
  }
  for (uint32_t i = from; i < before_end; i++)
    change->removed[i] = true;
  for (uint32_t i = from; i < after_end; i++)
    change->added[i] = true;
}

static void add_line(const struct change *change, char sign, struct text line, bool visible,
                     struct buffer *out)
{
  bool ended = line.length != 0 && line.at[line.length - 1] == '\n';
  struct text words = {line.at, line.length - ended};
  buffer_add(out, &sign, 1);
  buffer_add_text(out, visible ? text_visible(change->arena, words) : words);
  buffer_add_zero(out, ended ? "\n" : "\n\\ No newline at end of file\n");
}

static void add_range(struct buffer *out, char sign, uint32_t from, uint32_t end)
{
  /* An empty range is named by the line before it. */
  buffer_format(out, "%c%u", sign, end == from ? from : from + 1);
  if (end - from != 1)
    buffer_format(out, ",%u", end - from);
}

/* The end of the hunk that begins at the change before[*at], after[*other]: where more than twice the
 * context follows without a change. */
static void hunk_end(const struct change *change, uint32_t *at, uint32_t *other)
{
  uint32_t x = *at, y = *other, same = 0;
  while (x < change->before.count || y < change->after.count) {
    bool removed = x < change->before.count && change->removed[x];
    bool added = y < change->after.count && change->added[y];
    if (removed || added) {
      x += removed;
      y += added && !removed;
      same = 0;
      *at = x;
      *other = y;
    } else if (++same > 2 * CONTEXT_LINES) {
      return;
    } else {
      x++;
      y++;
    }
  }
}

static uint32_t least(uint32_t a, uint32_t b)
{
  return a < b ? a : b;
}

static void add_hunk(const struct change *change, uint32_t x, uint32_t y, uint32_t x_end,
                     uint32_t y_end, bool visible, struct buffer *out)
{
  uint32_t before_count = least(CONTEXT_LINES, x);
  uint32_t behind_count = least(CONTEXT_LINES, change->before.count - x_end);
  x -= before_count;
  y -= before_count;
  x_end += behind_count;
  y_end += behind_count;
  buffer_add_zero(out, "@@ ");
  add_range(out, '-', x, x_end);
  buffer_add_zero(out, " ");
  add_range(out, '+', y, y_end);
  buffer_add_zero(out, " @@\n");
  while (x < x_end || y < y_end) {
    if (x < x_end && change->removed[x])
      add_line(change, '-', change->before.items[x++], visible, out);
    else if (y < y_end && change->added[y])
      add_line(change, '+', change->after.items[y++], visible, out);
    else {
      add_line(change, ' ', change->before.items[x++], visible, out);
      y++;
    }
  }
}

void difference_unified(struct text name, struct text before, struct text after, bool visible,
                        struct buffer *ret_bytes)
{
  if (text_equal(before, after))
    return;
  struct arena *arena = arena_new("difference", 0);
  struct text_map ids;
  text_map_start(&ids, arena);
  struct change change = {.arena = arena};
  change.before = lines_of(arena, &ids, before);
  change.after = lines_of(arena, &ids, after);
  change.removed = arena_array(arena, (size_t)change.before.count + 1, 1);
  change.added = arena_array(arena, (size_t)change.after.count + 1, 1);
  mark_changes(&change);
  buffer_format(ret_bytes, "--- a/%.*s\n+++ b/%.*s\n", TEXT_ARG(name), TEXT_ARG(name));
  for (uint32_t x = 0, y = 0; x < change.before.count || y < change.after.count;) {
    if (!(x < change.before.count && change.removed[x]) &&
        !(y < change.after.count && change.added[y])) {
      x++;
      y++;
      continue;
    }
    uint32_t x_end = x, y_end = y;
    hunk_end(&change, &x_end, &y_end);
    add_hunk(&change, x, y, x_end, y_end, visible, ret_bytes);
    x = x_end;
    y = y_end;
  }
  arena_free(arena);
}
