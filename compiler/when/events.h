/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: the events of an iCalendar file (.ics), as openings. libical parses; what is found wrong
 * has its line.
 *
 * (1) A damaged file gives one finding, the first, and no event.
 * (2) Floating times and whole days are of the zone that the caller gives; a TZID is looked up in
 *     the zone database first, then in the file's own VTIMEZONE.
 * (3) An event that is cancelled, or moved (RECURRENCE-ID), does not happen at its old time.
 * (4) Work is bounded: EVENTS_BYTES_MAX, EVENTS_MAX, and recur.h (2).
 * (5) events_write gives what events_read reads again: times and summaries, nothing of people.
 */
#ifndef RENEW_WHEN_EVENTS_H
#define RENEW_WHEN_EVENTS_H

#include "compiler/when/zone.h"

enum { EVENTS_BYTES_MAX = 1024 * 1024, EVENTS_MAX = 1000, EVENTS_DEPTH_MAX = 8 };

struct opening {
  int64_t start_ms, end_ms; /* half open */
};

struct events_problem {
  uint32_t line; /* 1-based; 0 = the whole file */
  struct text says;
  struct text help; /* often TEXT_NONE */
};

struct events;
/* NULL: *ret_problem says why. events_free gives it back. */
struct events *events_read(struct arena *arena, struct text bytes, const struct zone *zone,
                           struct events_problem *ret_problem);
void events_free(struct events *events); /* NULL is legal */
void events_write(const struct events *events, struct buffer *out);
uint32_t events_count(const struct events *events);

/* The opening that holds now_ms, or the next one; only events whose summary has `word` in it (any
 * case; NULL: all). False: none is left. ret_start_naive (NULL is legal): its local start. */
bool events_next(const struct events *events, const char *word, int64_t now_ms,
                 struct opening *ret_opening, int64_t *ret_start_naive);

#endif
