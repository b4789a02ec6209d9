/* SPDX-License-Identifier: Apache-2.0 */
/* retry: the arithmetic of trying again. */
#include "runtime/engine/retry.h"

enum { SPREAD_PARTS = 4 };

bool retry_is_left(uint32_t failed_tries, uint32_t plan_count)
{
  return failed_tries <= (plan_count == 0 ? RETRY_DEFAULT_COUNT : plan_count);
}

int64_t retry_pause_ms(uint32_t failed_tries, int64_t first_pause_ms, int64_t asked_ms,
                       uint32_t dice)
{
  int64_t limit_ms =
      first_pause_ms > RETRY_LONGEST_PAUSE_MS ? first_pause_ms : RETRY_LONGEST_PAUSE_MS;
  int64_t pause_ms = first_pause_ms;
  for (uint32_t i = 1; i < failed_tries && pause_ms < limit_ms; i++)
    pause_ms *= 2;
  if (pause_ms > limit_ms)
    pause_ms = limit_ms;
  pause_ms += (int64_t)(dice % (uint32_t)(pause_ms / SPREAD_PARTS + 1));
  return pause_ms < asked_ms ? asked_ms : pause_ms;
}
