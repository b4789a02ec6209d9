/* SPDX-License-Identifier: Apache-2.0 */
/* due: see due.h. The engine warns once a process and writes it down once; what is late stays late. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compiler/prove/back.h"
#include "runtime/engine/due.h"
#include "runtime/engine/engine_int.h"

enum { MS = 1000, WATCH_EVERY_MS = 60000, MINUTE_S = 60 };

/* The fact `C.old.until` of the record that bound the old ones. */
static int64_t bound_until(struct arena *arena, struct text body, struct text name)
{
  struct text key = text_format(arena, "\"%.*s.old.until\":\"", TEXT_ARG(name));
  const char *at = memmem(body.at, body.length, key.at, key.length);
  struct tm parts = {0};
  if (at == NULL)
    return 0;
  size_t left = body.length - (size_t)(at - body.at) - key.length;
  char words[sizeof "2027-02-28 10:00"] = {0};
  if (left < sizeof words - 1)
    return 0;
  memcpy(words, at + key.length, sizeof words - 1);
  if (strptime(words, "%Y-%m-%d %H:%M", &parts) == NULL)
    return 0;
  return (int64_t)timegm(&parts) * MS;
}

struct timetable *run_times(struct arena *arena, const struct checked_graph *checked,
                            const struct run_row *run, struct store *store)
{
  const struct graph *graph = checked->graph;
  int64_t *ends_ms = arena_array(arena, (size_t)graph->resource_count + 1, sizeof *ends_ms);
  struct journal_row *rows;
  size_t row_count;
  store_journal(store, arena, run->id, &rows, &row_count);
  for (size_t i = 0; i < row_count; i++)
    for (uint32_t j = 0; j < graph->resource_count; j++)
      if (text_is(rows[i].kind, record_words[RECORD_BIND]) &&
          graph->resources[j].kind == KIND_CERTIFICATE)
        ends_ms[j] = bound_until(arena, rows[i].body, graph->resources[j].name);
  struct time_facts facts = {.now_ms = run->begun_ms, .ends_ms = ends_ms};
  return timetable_make(arena, prove_plan(arena, checked), &facts);
}

enum due_state due_state_of(const struct timetable *times, uint32_t step, int64_t now_ms)
{
  int64_t latest_ms = times->steps[step].latest_ms;
  if (latest_ms == TIME_NEVER)
    return DUE_FREE;
  return now_ms > latest_ms                              ? DUE_MISSED
         : now_ms > latest_ms - DUE_SOON_S * (int64_t)MS ? DUE_SOON
                                                         : DUE_AHEAD;
}

struct text due_says(struct arena *arena, const struct timetable *times, uint32_t step,
                     int64_t now_ms)
{
  int64_t latest_ms = times->steps[step].latest_ms;
  if (latest_ms == TIME_NEVER)
    return TEXT_NONE;
  bool is_missed = now_ms > latest_ms;
  int64_t away_s = (is_missed ? now_ms - latest_ms : latest_ms - now_ms) / MS;
  away_s -= away_s % MINUTE_S;
  return text_format(arena, "%s to begin by %.*s, %s%.*s%s", is_missed ? "had" : "has",
                     TEXT_ARG(timetable_latest(arena, times, step)), is_missed ? "" : "in ",
                     TEXT_ARG(time_length(arena, away_s)), is_missed ? " ago" : "");
}

/* ---- the engine's part ---- */

void engine_find_dues(struct engine *engine)
{
  /* A dry run judges nothing by the date. */
  if (engine->given->options->without_workers)
    return;
  struct timetable *times =
      run_times(engine->arena, &engine->given->proven.checked, engine->run, engine->given->store);
  if (times->is_downtime) {
    const struct ways_back *ways = ways_back_find(engine->arena, times->proof);
    ways_back_time(ways, times);
    engine->ways = ways;
  }
  engine->times = times;
}

static bool has_begun(const struct engine *engine, uint32_t step)
{
  enum step_status status = engine->slots[step].status;
  return status != STEP_PENDING && status != STEP_WAITING;
}

static bool is_written(struct engine *engine, uint32_t step, const char *how)
{
  struct journal_row *rows;
  size_t row_count;
  store_journal(engine->given->store, engine->arena, engine->run->id, &rows, &row_count);
  struct text mark = text_format(engine->arena, "\"about\":\"%s\"", how);
  for (size_t i = 0; i < row_count; i++)
    if (text_is(rows[i].kind, record_words[RECORD_NOTE]) &&
        text_equal(rows[i].step, engine->graph->steps[step].id) &&
        memmem(rows[i].body.at, rows[i].body.length, mark.at, mark.length) != NULL)
      return true;
  return false;
}

static void warn(struct engine *engine, uint32_t step, enum due_state state)
{
  const char *how = state == DUE_MISSED ? "due-missed" : "due-soon";
  const struct timetable *times = engine->times;
  const struct due *due = &times->dues[times->steps[step].due];
  struct text id = engine->graph->steps[step].id;
  struct text says =
      text_format(engine->arena, "`%.*s` %.*s", TEXT_ARG(id),
                  TEXT_ARG(due_says(engine->arena, times, step, engine->clock->now_ms())));
  if (!is_written(engine, step, how)) {
    struct record record = engine_record(engine, RECORD_NOTE, how, says);
    record_add_text(&record, "code", TEXT("W1132"));
    if (!engine_note(engine, &record, step))
      return;
  }
  struct diag *diag = diag_add_nowhere(engine->given->diags, DIAG_W1132, "%.*s", TEXT_ARG(says));
  uint32_t obligation = times->steps[step].due;
  if (due->kind != DUE_DEADLINE)
    diag_add_note(engine->given->diags, diag, "%.*s",
                  TEXT_ARG(timetable_obligation(engine->arena, times, obligation)));
  else
    diag_add_note(engine->given->diags, diag, "the plan's deadline hangs on it");
  engine_tell(engine, EVENT_NOTE, step, says, TEXT_NONE);
}

void engine_watch_dues(struct engine *engine)
{
  int64_t now_ms = engine->clock->now_ms();
  if (engine->times == NULL || engine->is_broken || engine->stops ||
      (engine->watched_ms != 0 && now_ms < engine->watched_ms + WATCH_EVERY_MS))
    return;
  engine->watched_ms = now_ms;
  bool *told = arena_array(engine->arena, (size_t)engine->times->due_count + 1, sizeof *told);
  /* Of each date the first step that is still to begin: what hangs on it begins later. */
  for (uint32_t i = 0; i < engine->graph->step_count; i++) {
    uint32_t due = engine->times->steps[i].due;
    if (engine->graph->steps[i].kind != STEP_ACTION || due == INDEX_NONE || told[due] ||
        has_begun(engine, i))
      continue;
    told[due] = true;
    enum due_state state = due_state_of(engine->times, i, now_ms);
    if (state < DUE_SOON || engine->slots[i].due_told == (uint8_t)state)
      continue;
    engine->slots[i].due_told = (uint8_t)state;
    warn(engine, i, state);
  }
}

struct text engine_with_due(struct engine *engine, uint32_t step, struct text says)
{
  struct text due =
      engine->times == NULL ? TEXT_NONE : timetable_latest(engine->arena, engine->times, step);
  if (due.length == 0 || engine->times->steps[step].latest_ms == TIME_NEVER)
    return says;
  return text_format(engine->arena, "%.*s (to begin by %.*s)", TEXT_ARG(says), TEXT_ARG(due));
}
