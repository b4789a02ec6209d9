/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: what time it is. The only file that calls clock_gettime; everybody else is given a clock.
 *
 * UTC in milliseconds for instants (windows, dates, records), monotonic for limits. A clock with
 * `jump` does not let anybody wait: the engine moves it to the instant instead (dry runs, tests).
 */
#ifndef RENEW_ENGINE_CLOCK_H
#define RENEW_ENGINE_CLOCK_H

#include <stdint.h>

struct clock {
  int64_t (*now_ms)(void);
  int64_t (*monotonic_ms)(void);
  void (*jump)(int64_t to_ms); /* NULL: time passes by itself */
};

extern const struct clock clock_real;
/* Starts as the real one; moved by its jump (and never backwards but for the first time). */
extern const struct clock clock_simulated;
/* Time passes by itself, but from another instant on (clock_shift_to): `run --at` of test builds */
extern const struct clock clock_shifted;
void clock_shift_to(int64_t now_ms);
/* Stands still but for its jumps, and starts at what it is set to: a scenario is the same each time */
extern const struct clock clock_virtual;
void clock_virtual_set(int64_t now_ms);

/* For struct world. */
int64_t clock_real_now_s(void);
int64_t clock_simulated_now_s(void);
int64_t clock_virtual_now_s(void);
int64_t clock_monotonic_ms(void);
/* Of the machine, never moved: what files and processes are dated by. */
int64_t clock_machine_ns(void);
int64_t clock_booted_ns(void); /* when the machine was booted, since 1970 */

#endif
