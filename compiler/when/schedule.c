/* SPDX-License-Identifier: Apache-2.0 */
/* schedule: see schedule.h. */
#include "compiler/when/schedule.h"

enum { MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, DAY_MINUTES = 1440, WEEK_DAYS = 7 };

int schedule_weekday(struct text word)
{
  static const char *const words[WEEK_DAYS] = {"sunday",   "monday", "tuesday", "wednesday",
                                               "thursday", "friday", "saturday"};
  for (int i = 0; i < WEEK_DAYS; i++)
    if (text_is(word, words[i]))
      return i;
  return -1;
}

static bool read_day(struct text text, int64_t *ret_naive)
{
  bool is_utc, is_day;
  return naive_read(text, ret_naive, &is_utc, &is_day) && is_day;
}

static enum schedule_read read_rule(struct arena *arena, const struct schedule_words *words,
                                    struct schedule *schedule)
{
  struct text problem, part;
  if (!recur_read(arena, words->rule, &schedule->rule, &problem, &part))
    return SCHEDULE_BAD_RULE;
  schedule->kind = SCHEDULE_RULE;
  schedule->has_starting = words->starting.length != 0;
  if (schedule->has_starting && !read_day(words->starting, &schedule->starting_naive))
    return SCHEDULE_NO_MOMENT;
  return SCHEDULE_READ;
}

static enum schedule_read read_once(const struct schedule_words *words, struct schedule *schedule)
{
  bool is_utc, is_day;
  int64_t naive;
  if (!naive_read(words->at, &naive, &is_utc, &is_day))
    return SCHEDULE_NO_MOMENT;
  schedule->kind = SCHEDULE_ONCE;
  schedule->start_s =
      is_utc ? naive : zone_to_utc(&schedule->zone, naive, &schedule->start_kind);
  schedule->length_s = words->length_s;
  return SCHEDULE_READ;
}

enum schedule_read schedule_read(struct arena *arena, const struct schedule_words *words,
                                 struct schedule *ret_schedule)
{
  struct schedule schedule = {.from_minute = words->from_minute,
                              .until_minute = words->until_minute};
  struct events_problem problem;
  enum schedule_read end = SCHEDULE_READ;
  if (!zone_find(words->zone, &schedule.zone))
    return SCHEDULE_ZONE_UNKNOWN;
  if (words->weekday.length != 0) {
    schedule.kind = SCHEDULE_WEEKLY;
    schedule.weekday = schedule_weekday(words->weekday);
    end = schedule.weekday < 0 ? SCHEDULE_NO_MOMENT : SCHEDULE_READ;
  } else if (words->rule.length != 0) {
    end = read_rule(arena, words, &schedule);
  } else if (words->at.length != 0) {
    end = read_once(words, &schedule);
  } else if (words->events.length != 0) {
    schedule.kind = SCHEDULE_FILE;
    schedule.events = events_read(arena, words->events, &schedule.zone, &problem);
    end = schedule.events == NULL ? SCHEDULE_BAD_FILE : SCHEDULE_READ;
  } else {
    schedule.kind = SCHEDULE_DAYS;
    end = read_day(words->first, &schedule.first_day) && read_day(words->last, &schedule.last_day)
              ? SCHEDULE_READ
              : SCHEDULE_NO_MOMENT;
  }
  if (end == SCHEDULE_READ)
    *ret_schedule = schedule;
  return end;
}

/* From and until of the schedule on the local day that begins at `naive_day`. */
static struct opening opening_on(const struct schedule *schedule, int64_t naive_day,
                                 enum local_kind *ret_start)
{
  int64_t length = schedule->until_minute - schedule->from_minute;
  if (length <= 0)
    length += DAY_MINUTES;
  int64_t start = naive_day + schedule->from_minute * MINUTE_S;
  return (struct opening){zone_to_utc(&schedule->zone, start, ret_start) * MS,
                          zone_to_utc(&schedule->zone, start + length * MINUTE_S, NULL) * MS};
}

/* A gap may swallow an opening whole. */
static bool is_ahead(const struct opening *opening, int64_t now_ms)
{
  return now_ms < opening->end_ms && opening->start_ms < opening->end_ms;
}

static bool next_weekly(const struct schedule *schedule, int64_t now_ms,
                        struct opening *ret_opening, enum local_kind *ret_start)
{
  int64_t local_s = zone_to_naive(&schedule->zone, now_ms / MS);
  struct naive_parts today = naive_parts(local_s);
  int64_t midnight = local_s - today.second;
  int first = (schedule->weekday - today.weekday - WEEK_DAYS) % WEEK_DAYS - WEEK_DAYS;
  for (int ahead = first; ahead <= 2 * WEEK_DAYS; ahead += WEEK_DAYS) {
    enum local_kind start;
    struct opening opening = opening_on(schedule, midnight + (int64_t)ahead * DAY_S, &start);
    if (!is_ahead(&opening, now_ms))
      continue;
    *ret_opening = opening;
    *ret_start = start;
    return true;
  }
  return false;
}

static bool next_by_rule(const struct schedule *schedule, int64_t now_ms,
                         struct opening *ret_opening, enum local_kind *ret_start)
{
  /* Without a first day the rule counts from nothing: any day before now will do. */
  struct naive_parts today = naive_parts(zone_to_naive(&schedule->zone, now_ms / MS));
  int64_t start =
      schedule->has_starting ? schedule->starting_naive : naive_of(today.year - 1, 1, 1, 0);
  struct recur_walk *walk =
      recur_begin(&schedule->rule, &schedule->zone, start + schedule->from_minute * MINUTE_S);
  bool found = false;
  for (int64_t naive; walk != NULL && !found && recur_next(walk, &naive);) {
    enum local_kind kind;
    int64_t day = naive - schedule->from_minute * MINUTE_S;
    struct opening opening = opening_on(schedule, day, &kind);
    if (!is_ahead(&opening, now_ms))
      continue;
    *ret_opening = opening;
    *ret_start = kind;
    found = true;
  }
  recur_end(walk);
  return found;
}

static bool next_fixed(struct opening opening, int64_t now_ms, struct opening *ret_opening)
{
  *ret_opening = opening;
  return now_ms < opening.end_ms;
}

bool schedule_next(const struct schedule *schedule, int64_t now_ms, struct opening *ret_opening,
                   enum local_kind *ret_start)
{
  enum local_kind unused;
  if (ret_start == NULL)
    ret_start = &unused;
  *ret_start = LOCAL_PLAIN;
  int64_t naive;
  switch (schedule->kind) {
  case SCHEDULE_WEEKLY:
    return next_weekly(schedule, now_ms, ret_opening, ret_start);
  case SCHEDULE_RULE:
    return next_by_rule(schedule, now_ms, ret_opening, ret_start);
  case SCHEDULE_ONCE:
    *ret_start = schedule->start_kind;
    return next_fixed(
        (struct opening){schedule->start_s * MS, (schedule->start_s + schedule->length_s) * MS},
        now_ms, ret_opening);
  case SCHEDULE_DAYS:
    return next_fixed(
        (struct opening){zone_to_utc(&schedule->zone, schedule->first_day, NULL) * MS,
                         zone_to_utc(&schedule->zone, schedule->last_day + DAY_S, NULL) * MS},
        now_ms, ret_opening);
  case SCHEDULE_FILE:
    return events_next(schedule->events, NULL, now_ms, ret_opening, &naive);
  }
  return false;
}

void schedule_free(struct schedule *schedule)
{
  events_free(schedule->events);
  schedule->events = NULL;
}

/* The freeze that holds at the instant and lasts longest; -1 without. */
static int frozen_at(const struct schedule *freezes, uint32_t count, int64_t at_ms,
                     int64_t *ret_until_ms)
{
  int found = -1;
  for (uint32_t i = 0; i < count; i++) {
    struct opening hold;
    if (!schedule_next(&freezes[i], at_ms, &hold, NULL) || hold.start_ms > at_ms ||
        (found >= 0 && hold.end_ms <= *ret_until_ms))
      continue;
    found = (int)i;
    *ret_until_ms = hold.end_ms;
  }
  return found;
}

static int64_t next_freeze_start(const struct schedule *freezes, uint32_t count, int64_t from_ms,
                                 int64_t end_ms)
{
  for (uint32_t i = 0; i < count; i++) {
    struct opening hold;
    if (schedule_next(&freezes[i], from_ms, &hold, NULL) && hold.start_ms < end_ms)
      end_ms = hold.start_ms;
  }
  return end_ms;
}

bool schedule_next_free(const struct schedule *window, const struct schedule *freezes,
                        uint32_t freeze_count, int64_t now_ms, int64_t least_ms,
                        struct opening *ret_opening, int *ret_freeze)
{
  int64_t at_ms = now_ms;
  int first_freeze = -1;
  for (int tries = 0; tries < FREE_TRIES; tries++) {
    struct opening opening = {at_ms, INT64_MAX};
    if (window != NULL && !schedule_next(window, at_ms, &opening, NULL))
      break;
    /* A whole opening is shown with its own start, also where it has begun. */
    int64_t from_ms = opening.start_ms > at_ms ? opening.start_ms : at_ms, until_ms = 0;
    int freeze = frozen_at(freezes, freeze_count, from_ms, &until_ms);
    if (freeze >= 0) {
      first_freeze = first_freeze < 0 ? freeze : first_freeze;
      at_ms = until_ms;
      continue;
    }
    int64_t end_ms = next_freeze_start(freezes, freeze_count, from_ms, opening.end_ms);
    if (opening.start_ms < from_ms &&
        frozen_at(freezes, freeze_count, opening.start_ms, &until_ms) < 0 &&
        next_freeze_start(freezes, freeze_count, opening.start_ms, end_ms) == end_ms)
      from_ms = opening.start_ms;
    int64_t usable_ms =
        end_ms == INT64_MAX ? INT64_MAX : end_ms - (from_ms > now_ms ? from_ms : now_ms);
    if (usable_ms >= least_ms) {
      *ret_opening = (struct opening){from_ms, end_ms};
      if (ret_freeze != NULL)
        *ret_freeze = first_freeze;
      return true;
    }
    at_ms = end_ms;
  }
  if (ret_freeze != NULL)
    *ret_freeze = first_freeze;
  return false;
}

int64_t day_earliest_s(int64_t naive_day)
{
  return naive_day - 14 * (int64_t)HOUR_S;
}

int64_t day_latest_s(int64_t naive_day)
{
  return naive_day + 12 * (int64_t)HOUR_S;
}
