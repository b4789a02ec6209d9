/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recur: recurrence rules (RFC 5545, RRULE) over local time, read and expanded here: libical 3.0
 * answers 54 of the 106 known rules of the tests otherwise, or not within seconds.
 *
 * (1) What is not understood is refused by its name, never passed over.
 * (2) Work is bounded: a rule ends behind the year 9999, and where BARREN_DAYS_MAX days, more than
 *     the calendar's whole circle of 400 years, hold no occurrence.
 * (3) An ordinal before a weekday (2SA) counts in months and years; elsewhere it says nothing.
 */
#ifndef RENEW_WHEN_RECUR_H
#define RENEW_WHEN_RECUR_H

#include "compiler/when/zone.h"

enum { RECUR_BYTES_MAX = 1000, RECUR_LIST_MAX = 400, BARREN_DAYS_MAX = 147000 };

enum recur_freq {
  FREQ_YEARLY,
  FREQ_MONTHLY,
  FREQ_WEEKLY,
  FREQ_DAILY,
  FREQ_HOURLY,
  FREQ_MINUTELY,
  FREQ_SECONDLY
};

struct recur_list {
  int16_t items[RECUR_LIST_MAX];
  uint32_t count;
};

struct recur_weekday {
  int weekday; /* 0 = Sunday */
  int nth;     /* 0: each */
};

struct recur {
  enum recur_freq freq;
  uint32_t interval;
  uint32_t count; /* 0 = endless */
  bool has_until, until_is_utc;
  int64_t until_s;
  int week_start; /* 0 = Sunday */
  struct recur_list seconds, minutes, hours, month_days, year_days, weeks, months, positions;
  struct recur_weekday weekdays[RECUR_LIST_MAX];
  uint32_t weekday_count;
};

/* False: *ret_problem says what is wrong, and *ret_part (in `rule`) where. */
bool recur_read(struct arena *arena, struct text rule, struct recur *ret_recur,
                struct text *ret_problem, struct text *ret_part);
/* Why the rule says nothing without its first day: it counts from it, or takes the day from it.
 * NULL where it does not need one. */
const char *recur_needs_start(const struct recur *recur);
bool recur_has_time(const struct recur *recur); /* BYHOUR, BYMINUTE, BYSECOND */

/* The occurrences, ascending, one after the other. `zone` is that of the local time (for UNTIL in
 * UTC); start is the first day and time, itself an occurrence only where the rule says so. */
struct recur_walk;
struct recur_walk *recur_begin(const struct recur *recur, const struct zone *zone,
                               int64_t start_naive_s);
bool recur_next(struct recur_walk *walk, int64_t *ret_naive_s);
void recur_end(struct recur_walk *walk); /* NULL is legal */

#endif
