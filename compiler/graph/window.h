/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: instants of a plan: when a window is open and no freeze holds, and what moment a plan's
 * words name. The rules of time are compiler/when's.
 *
 * (1) A freeze outweighs a window: an opening is what is left of it.
 * (2) Instants are resolved here again, with this machine's zone rules; where the plan file holds
 *     another one, window_moved says so (W0817).
 * (3) A calendar without a published zone: a day that is waited for begins at its latest on earth, a
 *     day that must not be missed at its earliest.
 */
#ifndef RENEW_GRAPH_WINDOW_H
#define RENEW_GRAPH_WINDOW_H

#include "compiler/graph/graph.h"
#include "compiler/when/calendar.h"

enum window_status {
  WINDOW_OPEN,   /* *ret is the opening */
  WINDOW_LATER,  /* *ret is the next one */
  WINDOW_OVER,   /* it does not open again */
  WINDOW_UNKNOWN /* no such zone, or a date without value */
};

/* The windows and freezes of one plan, read once. */
struct window_book;
struct window_book *window_book_open(struct arena *arena, const struct graph *graph);
void window_book_close(struct window_book *book); /* NULL is legal */
bool window_book_has_freeze(const struct window_book *book);
/* Of the window alone. */
enum window_status window_book_at(const struct window_book *book, uint32_t window, int64_t now_ms,
                                  struct opening *ret_opening);
/*
 * What freezes leave of the window (INDEX_NONE: of all time), with at least `least_ms` left in it.
 * *ret_freeze: the freeze that holds now, or that took an opening away; INDEX_NONE without.
 */
enum window_status window_book_free_at(const struct window_book *book, uint32_t window,
                                       int64_t now_ms, int64_t least_ms,
                                       struct opening *ret_opening, uint32_t *ret_freeze);
/* The freeze that holds at the instant; INDEX_NONE without. */
uint32_t window_book_frozen(const struct window_book *book, int64_t at_ms,
                            struct opening *ret_hold);

/* As window_book_at, for one question. */
enum window_status window_at(const struct graph *graph, uint32_t window, int64_t now_ms,
                             struct opening *ret_opening);
/* The plan file holds another start of this window or freeze than this machine's zone rules give. */
bool window_moved(const struct graph *graph, uint32_t resource, int64_t *ret_planned_ms,
                  int64_t *ret_now_ms);

/* A calendar's days; *zone is filled where it has one. */
bool window_calendar(const struct graph *graph, uint32_t resource, struct zone *zone,
                     struct calendar *ret_calendar);

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
/* The plan's `starts on`, for a run begun at that instant: of a calendar the day of the cycle that the
 * instant lies in, else of the next one. False where the plan names none. */
bool plan_start(const struct graph *graph, int64_t begun_ms, int64_t *ret_utc_ms);
/* "2027-03-06 22:00 CET (21:00 UTC)" in the zone of the window or freeze; in UTC for INDEX_NONE. */
void moment_format(const struct graph *graph, uint32_t resource, int64_t utc_ms,
                   char ret_text[MOMENT_TEXT_BYTES]);

#endif
