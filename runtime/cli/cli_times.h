/* SPDX-License-Identifier: Apache-2.0 */
/* cli_times: a proof's dates and ways back, as the verbs print them. */
#ifndef RENEW_CLI_TIMES_H
#define RENEW_CLI_TIMES_H

#include "compiler/prove/back.h"
#include "compiler/prove/timetable.h"

const struct timetable *cli_times(struct arena *arena, const struct proof *proof, int64_t now_s,
                                  const struct ways_back **ret_ways);
/* What each step has to say of its time, and which one is the point of no return: notes by step. */
struct text *cli_time_notes(struct arena *arena, const struct timetable *times,
                            const struct ways_back *ways);

#endif
