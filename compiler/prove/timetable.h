/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timetable: when each step of a proven plan has to begin at the latest, so that what the proof relies on
 * is done in time; and whether the windows leave room for it. Pure: `now` is an argument.
 *
 * A simple temporal network over the step graph: a step ends at the earliest when its waits are over, at
 * the latest when it has to; every edge says "not before", so one pass forward and one pass back are exact,
 * openings of windows included: each step takes the last opening that still fits.
 *
 * (1) A step counts with the time that the plan states for it: `within`, a `waits for`, the bound of a
 *     drain. What states none counts as nothing: the true latest start is then earlier.
 * (2) A date that is not known before the run (when a certificate expires) binds by its distance to it.
 * (3) A provider's day without a zone counts from its earliest instant on earth, clocks differ by at most
 *     CLOCK_SKEW_S (assumption A9).
 */
#ifndef RENEW_PROVE_TIMETABLE_H
#define RENEW_PROVE_TIMETABLE_H

#include "compiler/prove/prove.h"

#define TIME_NEVER INT64_MAX

enum { CLOCK_SKEW_S = 300 };

/* What something has to be done by. */
struct due {
  enum due_kind kind;
  uint32_t resource; /* certificate, calendar; the plan for its deadline */
  bool is_known;
  int64_t at_ms;    /* known: the last instant at which the step may end */
  int64_t margin_s; /* what was taken off the date itself */
  uint32_t step;    /* INDEX_NONE: each step of the plan that is not behind it anyway */
};

struct step_time {
  int64_t takes_s;   /* that the plan states; else 0 */
  int64_t latest_ms; /* latest safe start; TIME_NEVER: no known date binds it */
  uint32_t due;      /* that binds it; INDEX_NONE */
  int64_t lead_s;    /* at the latest that long before due `lead_due`; < 0: none */
  uint32_t lead_due;
  int64_t earliest_ms;
  int64_t rest_s;   /* downtime: from its beginning until the flow runs again; < 0: not in it */
  int64_t back_s;   /* downtime: how long the way back takes, when it is done; < 0: there is none */
  bool is_too_late; /* no opening is left for it in time */
};

struct timetable {
  const struct proof *proof;
  const struct graph *graph;
  int64_t now_ms, from_ms; /* from: when the plan can begin */
  struct step_time *steps;
  struct due *dues;
  uint32_t due_count;
  uint32_t window;         /* of the plan; INDEX_NONE */
  int64_t open_s;          /* the longest of its openings; < 0: not known */
  uint32_t unstated_count; /* actions that state no time */
  bool is_downtime;
  uint32_t first_down, last_down; /* the first step that stops, the last that starts; INDEX_NONE */
};

/* What is known of the world: when each certificate's old version expires (by resource, 0: unknown). */
struct time_facts {
  int64_t now_ms;
  const int64_t *ends_ms; /* NULL: of none */
};

struct timetable *timetable_make(struct arena *arena, const struct proof *proof,
                                 const struct time_facts *facts);
/* Whether the plan has anything that time could miss: a window, a deadline, a provider's days. */
bool timetable_matters(const struct graph *graph);
/* W0610, W0622, E0632, E0816. */
void timetable_tell(const struct timetable *times, const struct program *program,
                    struct diag_list *diags);

/* "2027-02-28 21:55 CET (20:55 UTC)", "20m before client.old expires"; TEXT_NONE where nothing binds it. */
struct text timetable_latest(struct arena *arena, const struct timetable *times, uint32_t step);
/* What a step has to say of its time, for lists of steps: "latest start ..., back out by ...". */
struct text timetable_note(struct arena *arena, const struct timetable *times, uint32_t step);
/* An obligation with its date: "restart is done before client.old expires: ...". */
struct text timetable_obligation(struct arena *arena, const struct timetable *times,
                                 uint32_t obligation);
/* The due of an obligation of the proof. */
const struct due *timetable_due(const struct timetable *times, uint32_t obligation);
/* "1h30m" */
struct text time_length(struct arena *arena, int64_t seconds);

#endif
