/* SPDX-License-Identifier: Apache-2.0 */
/* calendar: see calendar.h. */
#include "compiler/when/calendar.h"

enum { MS = 1000, DAY_S = 86400, MONTH_DAY_BASE = 100, LEAP_YEARS_APART = 9, BACK_DAYS = 3 * 366 };

static struct calendar_day day_of(const struct zone *zone, int64_t naive_s)
{
  if (zone == NULL)
    return (struct calendar_day){naive_s, day_earliest_s(naive_s) * MS, day_latest_s(naive_s) * MS};
  int64_t begins_ms = zone_to_utc(zone, naive_s, NULL) * MS;
  return (struct calendar_day){naive_s, begins_ms, begins_ms};
}

struct pick {
  bool after, found;
  int64_t at_ms;
  struct calendar_day best;
};

static void offer(struct pick *pick, struct calendar_day day)
{
  if (pick->after != (day.earliest_ms > pick->at_ms))
    return;
  bool better = pick->after ? day.earliest_ms < pick->best.earliest_ms
                            : day.earliest_ms > pick->best.earliest_ms;
  if (!pick->found || better)
    pick->best = day;
  pick->found = true;
}

static void offer_days(const struct calendar *calendar, enum calendar_list list, struct pick *pick)
{
  int year = naive_parts(pick->at_ms / MS).year;
  for (uint32_t i = 0; i < calendar->day_count[list]; i++)
    for (int at = year - LEAP_YEARS_APART; at <= year + LEAP_YEARS_APART; at++) {
      int month = (int)(calendar->days[list][i] / MONTH_DAY_BASE);
      int64_t naive_s = naive_of(at, month, (int)(calendar->days[list][i] % MONTH_DAY_BASE), 0);
      /* February 29 is no day of a common year. */
      if (naive_parts(naive_s).month == month)
        offer(pick, day_of(calendar->zone, naive_s));
    }
}

static void offer_events(const struct calendar *calendar, enum calendar_list list,
                         struct pick *pick)
{
  struct zone utc = {.kind = ZONE_UTC};
  struct events_problem problem;
  struct arena *arena = arena_new("calendar", 0);
  struct events *events = events_read(arena, calendar->events,
                                      calendar->zone == NULL ? &utc : calendar->zone, &problem);
  int64_t from_ms = pick->at_ms - BACK_DAYS * (int64_t)DAY_S * MS, naive_s;
  struct opening opening;
  const char *word = list == CALENDAR_ISSUE ? "issue" : "rotat";
  for (int i = 0; events != NULL && i < FREE_TRIES; i++) {
    if (!events_next(events, word, from_ms, &opening, &naive_s))
      break;
    offer(pick, day_of(calendar->zone, naive_s - naive_parts(naive_s).second));
    if (pick->after ? pick->found : opening.start_ms > pick->at_ms + 2 * (int64_t)DAY_S * MS)
      break;
    from_ms = opening.end_ms;
  }
  events_free(events);
  arena_free(arena);
}

bool calendar_find(const struct calendar *calendar, enum calendar_list list, bool after,
                   int64_t at_ms, struct calendar_day *ret_day)
{
  struct pick pick = {.after = after, .at_ms = at_ms};
  offer_days(calendar, list, &pick);
  if (calendar->events.length != 0)
    offer_events(calendar, list, &pick);
  *ret_day = pick.best;
  return pick.found;
}

bool calendar_cycle(const struct calendar *calendar, int64_t now_ms, struct calendar_day *ret_issue,
                    bool *ret_has_rotate, struct calendar_day *ret_rotate)
{
  for (int ahead = 0; ahead < 2; ahead++) {
    if (!calendar_find(calendar, CALENDAR_ISSUE, ahead == 1, now_ms, ret_issue))
      continue;
    *ret_has_rotate =
        calendar_find(calendar, CALENDAR_ROTATE, true, ret_issue->earliest_ms, ret_rotate);
    if (ahead == 1 || (*ret_has_rotate && ret_rotate->earliest_ms > now_ms))
      return true;
  }
  return false;
}
