/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: instants at run time: when a window is open, and what moment a plan's words name.
 *
 * (1) Local time becomes UTC by RFC 5545: in a gap the offset before the gap counts (02:30 is then
 *     03:30), in a fold the first of the two. libical's own conversion answers otherwise, so only
 *     its offsets at UTC instants are used.
 * (2) A window that crosses midnight ends on the next local day.
 * (3) An opening is half open: its end is outside.
 * Freezes, RRULEs and .ics files are not read yet: such a window is WINDOW_UNKNOWN.
 */
#ifndef RENEW_ENGINE_WINDOW_H
#define RENEW_ENGINE_WINDOW_H

#include "compiler/graph/graph.h"

struct opening {
  int64_t start_ms, end_ms;
};

enum window_status {
  WINDOW_OPEN,   /* *ret is the opening */
  WINDOW_LATER,  /* *ret is the next one */
  WINDOW_OVER,   /* it does not open again */
  WINDOW_UNKNOWN /* no such zone, or a form that is not read yet */
};

enum window_status window_at(const struct graph *graph, uint32_t window, int64_t now_ms,
                             struct opening *ret_opening);

/* A local date and time in an IANA zone; false where the zone is not known. */
struct local_time {
  int year, month, day, minute; /* minute of the day; may be beyond it */
};
bool wall_to_utc(const char *zone, struct local_time local, int64_t *ret_utc_ms);
/* "2027-03-06 22:00 CET (21:00 UTC)"; UTC alone where the zone is not known or "". */
enum { MOMENT_TEXT_BYTES = 96 };
void zone_format(const char *zone, int64_t utc_ms, char ret_text[MOMENT_TEXT_BYTES]);

/* What the run knows of time. */
struct moment_context {
  const struct graph *graph;
  int64_t begun_ms; /* of the run: calendars count from it */
  int64_t now_ms;
  uint32_t window; /* of the step or the plan: its zone is that of a bare date; INDEX_NONE: UTC */
};
/* A text (2027-03-01, 2027-03-01T22:00, ...Z), window.start, window.end, calendar.issue,
 * calendar.rotate. False where it names no instant. */
bool moment_of_argument(const struct moment_context *context, const struct argument *argument,
                        int64_t *ret_utc_ms);
bool moment_of_text(const struct moment_context *context, struct text text, int64_t *ret_utc_ms);
/* The zone of a window as written; "" without one. NUL-terminated, in the arena. */
const char *window_zone(struct arena *arena, const struct graph *graph, uint32_t window);

#endif
