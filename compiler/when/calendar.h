/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calendar: the days on which a provider issues and rotates. A provider without a published zone:
 * a day begins at its earliest (UTC+14) where it is a deadline, at its latest (UTC-12) where it is a
 * start.
 */
#ifndef RENEW_WHEN_CALENDAR_H
#define RENEW_WHEN_CALENDAR_H

#include "compiler/when/schedule.h"

enum { CALENDAR_DAYS_MAX = 64 };

enum calendar_list { CALENDAR_ISSUE, CALENDAR_ROTATE };

struct calendar {
  const struct zone *zone;            /* NULL: unknown */
  int64_t days[2][CALENDAR_DAYS_MAX]; /* month * 100 + day */
  uint32_t day_count[2];
  struct text events; /* what its file holds; summaries with `issue` and `rotat` */
};

struct calendar_day {
  int64_t naive_s; /* its midnight */
  int64_t earliest_ms, latest_ms;
};

/* The last day that can have begun at the instant, or the first that cannot (`after`). */
bool calendar_find(const struct calendar *calendar, enum calendar_list list, bool after,
                   int64_t at_ms, struct calendar_day *ret_day);
/* The issue day of the cycle that the instant lies in, or else of the next one, and the first
 * rotation after it. False for what is not known. */
bool calendar_cycle(const struct calendar *calendar, int64_t now_ms, struct calendar_day *ret_issue,
                    bool *ret_has_rotate, struct calendar_day *ret_rotate);

#endif
