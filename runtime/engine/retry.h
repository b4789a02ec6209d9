/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry: how often, and how long until the next try. Pure.
 *
 * (1) Tries are counted over the whole run, not by process: a crash loop is no way around a limit.
 * (2) The pause doubles from try to try and is spread by a quarter, so that many executors that met
 *     the same outage do not come back at the same moment.
 */
#ifndef RENEW_ENGINE_RETRY_H
#define RENEW_ENGINE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum {
  RETRY_DEFAULT_COUNT = 3, /* of what is transient, where the plan says nothing */
  RETRY_DEFAULT_PAUSE_MS = 1000,
  RETRY_LONGEST_PAUSE_MS = 60000 /* of the doubling; a longer pause of the plan stays */
};

/* failed_tries: including the one just ended. plan_count: `retry N times`, 0 = the default. */
bool retry_is_left(uint32_t failed_tries, uint32_t plan_count);
/* asked_ms: the target's own `Retry-After`, 0 = none. dice: any number. */
int64_t retry_pause_ms(uint32_t failed_tries, int64_t first_pause_ms, int64_t asked_ms,
                       uint32_t dice);

#endif
