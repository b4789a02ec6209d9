/* SPDX-License-Identifier: Apache-2.0 */
/* timetable_say: a timetable in words. */
#include "compiler/prove/timetable.h"

#include "compiler/graph/window.h"

enum { MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

struct text time_length(struct arena *arena, int64_t seconds)
{
  struct buffer out = {0};
  static const struct {
    char unit;
    int64_t seconds;
  } units[] = {{'d', DAY_S}, {'h', HOUR_S}, {'m', MINUTE_S}, {'s', 1}};
  int64_t left = seconds;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    int64_t count = left / units[i].seconds;
    left %= units[i].seconds;
    if (count != 0)
      buffer_format(&out, "%lld%c", (long long)count, units[i].unit);
  }
  struct text said = out.size_bytes == 0 ? TEXT("0s") : text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return said;
}

/* "client.old expires" */
static struct text due_words(struct arena *arena, const struct timetable *times,
                             const struct due *due)
{
  struct text name = times->graph->resources[due->resource].name;
  switch (due->kind) {
  case DUE_EXPIRY:
    return text_format(arena, "%.*s.old expires", TEXT_ARG(name));
  case DUE_ACTIVATION:
    return text_format(arena, "%.*s.old expires (the provider switches in its last 24 hours)",
                       TEXT_ARG(name));
  case DUE_ROTATION:
    return text_format(arena, "%.*s.rotate (the provider switches then)", TEXT_ARG(name));
  case DUE_DEADLINE:
    return TEXT("the deadline of the plan");
  }
  return TEXT_NONE;
}

static struct text moment(struct arena *arena, const struct timetable *times, int64_t at_ms)
{
  char words[MOMENT_TEXT_BYTES];
  moment_format(times->graph, times->window, at_ms, words);
  return text_copy(arena, text_of(words));
}

struct text timetable_latest(struct arena *arena, const struct timetable *times, uint32_t step)
{
  const struct step_time *time = &times->steps[step];
  if (time->latest_ms != TIME_NEVER)
    return moment(arena, times, time->latest_ms);
  if (time->lead_s < 0)
    return TEXT_NONE;
  const struct due *due = &times->dues[time->lead_due];
  return text_format(arena, "%.*s before %.*s", TEXT_ARG(time_length(arena, time->lead_s)),
                     TEXT_ARG(due_words(arena, times, due)));
}

struct text timetable_note(struct arena *arena, const struct timetable *times, uint32_t step)
{
  const struct step_time *time = &times->steps[step];
  struct buffer out = {0};
  struct text latest = timetable_latest(arena, times, step);
  if (latest.length != 0)
    buffer_format(&out, "latest start %.*s", TEXT_ARG(latest));
  if (time->rest_s > 0 && times->window != INDEX_NONE)
    buffer_format(&out, "%slast start %.*s before the window closes",
                  out.size_bytes == 0 ? "" : "; ", TEXT_ARG(time_length(arena, time->rest_s)));
  if (time->back_s > 0 && times->window != INDEX_NONE)
    buffer_format(&out, "%sback out by %.*s before the window closes",
                  out.size_bytes == 0 ? "" : "; ", TEXT_ARG(time_length(arena, time->back_s)));
  struct text said = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return said;
}

const struct due *timetable_due(const struct timetable *times, uint32_t obligation)
{
  return &times->dues[obligation];
}

struct text timetable_obligation(struct arena *arena, const struct timetable *times,
                                 uint32_t obligation)
{
  const struct proof_obligation *from = &times->proof->obligations[obligation];
  const struct due *due = timetable_due(times, obligation);
  struct text latest = timetable_latest(arena, times, from->step);
  if (due->is_known)
    return text_format(arena, "%.*s: done by %.*s, begun by %.*s", TEXT_ARG(from->says),
                       TEXT_ARG(moment(arena, times, due->at_ms)), TEXT_ARG(latest));
  return text_format(arena, "%.*s: begun at the latest %.*s; when that is, the run finds out",
                     TEXT_ARG(from->says), TEXT_ARG(latest));
}
