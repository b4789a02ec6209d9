/* SPDX-License-Identifier: Apache-2.0 */
/* cli_times: see cli_times.h. */
#include "runtime/cli/cli_times.h"

enum { MS = 1000 };

const struct timetable *cli_times(struct arena *arena, const struct proof *proof, int64_t now_s,
                                  const struct ways_back **ret_ways)
{
  struct time_facts facts = {.now_ms = now_s * MS};
  struct timetable *times = timetable_make(arena, proof, &facts);
  *ret_ways = ways_back_find(arena, proof);
  ways_back_time(*ret_ways, times);
  return times;
}

/* A distance to a date that nobody knows yet is said once, at the step that has to keep it. */
static bool is_obliged(const struct proof *proof, uint32_t step)
{
  for (uint32_t i = 0; i < proof->obligation_count; i++)
    if (proof->obligations[i].step == step)
      return true;
  return false;
}

struct text *cli_time_notes(struct arena *arena, const struct timetable *times,
                            const struct ways_back *ways)
{
  const struct graph *graph = times->graph;
  struct text *notes = arena_array(arena, (size_t)graph->step_count + 1, sizeof *notes);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].kind != STEP_ACTION)
      continue;
    const struct step_time *time = &times->steps[i];
    if (time->latest_ms != TIME_NEVER || time->rest_s > 0 || time->back_s > 0 ||
        is_obliged(times->proof, i))
      notes[i] = timetable_note(arena, times, i);
    if (i == ways->point)
      notes[i] = text_format(arena, "point of no return%s%.*s", notes[i].length == 0 ? "" : "; ",
                             TEXT_ARG(notes[i]));
  }
  return notes;
}
