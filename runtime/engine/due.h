/* SPDX-License-Identifier: Apache-2.0 */
/*
 * due: the dates that a run has to keep: the obligations of its proof, the plan's deadline. The rules are
 * the compiler's (compiler/prove/timetable.h); here they get the instants that only a run knows: when it
 * began, and when each old certificate expires.
 */
#ifndef RENEW_ENGINE_DUE_H
#define RENEW_ENGINE_DUE_H

#include "compiler/prove/timetable.h"
#include "runtime/store/store.h"

enum { DUE_SOON_S = 24 * 60 * 60 };

enum due_state { DUE_FREE, DUE_AHEAD, DUE_SOON, DUE_MISSED };

/* What the journal's first records say of the old certificates counts. */
struct timetable *run_times(struct arena *arena, const struct checked_graph *checked,
                                  const struct run_row *run, struct store *store);
/* Of a step that has not begun. */
enum due_state due_state_of(const struct timetable *times, uint32_t step, int64_t now_ms);
/* "has to begin by 2027-02-28 09:55 UTC, in 20h"; TEXT_NONE where no known date binds it. */
struct text due_says(struct arena *arena, const struct timetable *times, uint32_t step,
                     int64_t now_ms);

#endif
