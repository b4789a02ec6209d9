/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule: when a window is open and a freeze holds: weekly, once, by a rule, by days, by a file.
 *
 * (1) What crosses midnight ends on the next local day.
 * (2) An opening is half open: its end is outside. The last day of a freeze is inside.
 */
#ifndef RENEW_WHEN_SCHEDULE_H
#define RENEW_WHEN_SCHEDULE_H

#include "compiler/when/events.h"
#include "compiler/when/recur.h"

enum schedule_kind {
  SCHEDULE_WEEKLY, /* weekday, from_minute, until_minute */
  SCHEDULE_RULE,   /* rule, from_minute, until_minute, starting */
  SCHEDULE_ONCE,   /* start, length_s */
  SCHEDULE_DAYS,   /* first_day, last_day */
  SCHEDULE_FILE    /* events */
};

struct schedule {
  enum schedule_kind kind;
  struct zone zone;
  int weekday; /* 0 = Sunday */
  int64_t from_minute, until_minute;
  struct recur rule;
  bool has_starting;
  int64_t starting_naive;      /* a day */
  int64_t start_s, length_s;   /* UTC */
  enum local_kind start_kind;
  int64_t first_day, last_day; /* naive */
  struct events *events;
};

/* What a declaration says, and where it says nothing TEXT_NONE. */
struct schedule_words {
  struct text zone;
  struct text weekday;  /* `every` */
  struct text at;       /* `at`: 2027-03-06T22:00[Z] */
  struct text rule;     /* `rrule` */
  struct text starting; /* of the rule: a date */
  struct text first, last; /* `from`: dates */
  struct text events;   /* what the file holds */
  int64_t from_minute, until_minute, length_s;
};

enum schedule_read {
  SCHEDULE_READ,
  SCHEDULE_ZONE_UNKNOWN,
  SCHEDULE_NO_MOMENT, /* a date that has no value yet, or is none */
  SCHEDULE_BAD_RULE,
  SCHEDULE_BAD_FILE
};

/* schedule_free gives it back, where it was read. */
enum schedule_read schedule_read(struct arena *arena, const struct schedule_words *words,
                                 struct schedule *ret_schedule);
/* -1: no weekday. */
int schedule_weekday(struct text word);
/* The opening that holds now, or the next one; false: none is left. ret_start (NULL is legal): how
 * its start stands in its zone. */
bool schedule_next(const struct schedule *schedule, int64_t now_ms, struct opening *ret_opening,
                   enum local_kind *ret_start);
void schedule_free(struct schedule *schedule);

/*
 * Openings without what lies in freezes: the first piece that ends behind now. False: none is left,
 * or none within FREE_TRIES openings. *ret_freeze (NULL is legal): the freeze that covers now or
 * the first opening that was lost, or -1.
 */
enum { FREE_TRIES = 2000 };
bool schedule_next_free(const struct schedule *window, const struct schedule *freezes,
                        uint32_t freeze_count, int64_t now_ms, int64_t least_ms,
                        struct opening *ret_opening, int *ret_freeze);

/* A day of a provider without a published zone: its earliest or latest beginning on earth. */
int64_t day_earliest_s(int64_t naive_day);
int64_t day_latest_s(int64_t naive_day);

#endif
