/* SPDX-License-Identifier: Apache-2.0 */
/* explain_times: obligations with their dates, the latest start of each step, safe points and the ways
 * back, for a terminal. */
#include "compiler/prove/explain.h"

enum { LINES_SHOWN = 200, WAY_SHOWN = 6 };

static void pad(struct buffer *out, struct text text, size_t width)
{
  buffer_add_text(out, text);
  for (size_t column = text_width(text); column < width; column++)
    buffer_add(out, " ", 1);
}

static size_t widest(const struct graph *graph, size_t width, uint32_t step)
{
  size_t own = text_width(graph->steps[step].id);
  return own > width ? own : width;
}

static void put_obligations(struct arena *arena, const struct timetable *times, struct buffer *out)
{
  if (times->proof->obligation_count != 0)
    buffer_add_zero(out, "\nobligations\n");
  for (uint32_t i = 0; i < times->proof->obligation_count; i++)
    buffer_format(out, "  %.*s\n", TEXT_ARG(timetable_obligation(arena, times, i)));
}

/* A run of steps that have the same to say is one line. */
struct time_line {
  uint32_t first, last; /* steps */
  struct text note;
};

static struct text line_label(struct arena *arena, const struct graph *graph,
                              const struct time_line *line)
{
  struct text first = graph->steps[line->first].id;
  return line->first == line->last ? first
                                   : text_format(arena, "%.*s to %.*s", TEXT_ARG(first),
                                                 TEXT_ARG(graph->steps[line->last].id));
}

static void put_times(struct arena *arena, const struct timetable *times, struct buffer *out)
{
  const struct graph *graph = times->graph;
  struct time_line *lines = arena_array(arena, (size_t)graph->step_count + 1, sizeof *lines);
  uint32_t count = 0;
  size_t width = 0;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].kind != STEP_ACTION)
      continue;
    struct text note = timetable_note(arena, times, i);
    if (count != 0 && text_equal(lines[count - 1].note, note))
      lines[count - 1].last = i;
    else
      lines[count++] = (struct time_line){i, i, note};
  }
  for (uint32_t i = 0; i < count; i++) {
    size_t own = lines[i].note.length == 0 ? 0 : text_width(line_label(arena, graph, &lines[i]));
    width = own > width ? own : width;
  }
  if (width == 0)
    return;
  buffer_add_zero(out, "\ntime\n");
  for (uint32_t i = 0; i < count && i < LINES_SHOWN; i++) {
    if (lines[i].note.length == 0)
      continue;
    buffer_add_zero(out, "  ");
    pad(out, line_label(arena, graph, &lines[i]), width + 2);
    buffer_add_text(out, lines[i].note);
    buffer_add_zero(out, "\n");
  }
  if (count > LINES_SHOWN)
    buffer_add_zero(out, "  ... (--format json has all)\n");
  if (times->unstated_count != 0)
    buffer_format(out, "  %u of %u steps state no limit (`within`) and count as nothing\n",
                  times->unstated_count, graph->action_count);
}

static void put_way(const struct way_back *way, struct buffer *out)
{
  if (way->is_gone) {
    buffer_add_zero(out, "no way back");
    return;
  }
  if (!way->is_proven) {
    buffer_add_zero(out, "no way back that is safe");
    return;
  }
  if (way->step_count == 0)
    buffer_add_zero(out, "nothing to put back");
  for (uint32_t i = 0; i < way->step_count && i < WAY_SHOWN; i++)
    buffer_format(out, "%s%.*s", i == 0 ? "back: " : "; ", TEXT_ARG(way->steps[i]));
  if (way->step_count > WAY_SHOWN)
    buffer_format(out, "; and %u more", way->step_count - WAY_SHOWN);
}

static void put_ways(const struct graph *graph, const struct ways_back *ways, struct buffer *out)
{
  size_t width = 0, leaves = 0;
  for (uint32_t i = 0; i < ways->count; i++) {
    width = widest(graph, width, ways->items[i].behind);
    size_t own = text_width(ways->items[i].leaves);
    leaves = own > leaves ? own : leaves;
  }
  if (ways->count != 0)
    buffer_add_zero(out, "\ncancelled behind a step, the plan leaves\n");
  for (uint32_t i = 0; i < ways->count; i++) {
    const struct way_back *way = &ways->items[i];
    buffer_add_zero(out, "  ");
    pad(out, graph->steps[way->behind].id, width + 2);
    pad(out, way->leaves, leaves + 2);
    put_way(way, out);
    buffer_add_zero(out, "\n");
  }
  if (ways->is_cut)
    buffer_add_zero(out, "\nthe plan is too large for its ways back to be listed\n");
  if (ways->point != INDEX_NONE)
    buffer_format(out, "point of no return: %.*s\n", TEXT_ARG(graph->steps[ways->point].id));
  else
    buffer_add_zero(out, "point of no return: none\n");
}

void explain_times(const struct timetable *times, const struct ways_back *ways,
                   struct buffer *ret_bytes)
{
  struct arena *arena = arena_new("explanation", 0);
  put_obligations(arena, times, ret_bytes);
  put_times(arena, times, ret_bytes);
  put_ways(times->graph, ways, ret_bytes);
  arena_free(arena);
}
