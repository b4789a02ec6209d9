/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the real clock, and one that is moved instead of waited for. */
#include "runtime/engine/clock.h"

#include <stdatomic.h>
#include <time.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

/* Read by worker threads while the loop moves it. */
static _Atomic int64_t simulated_shift_ms;
static _Atomic int64_t virtual_now_ms;

static int64_t read_clock(clockid_t which)
{
  struct timespec now;
  clock_gettime(which, &now);
  return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static int64_t real_now_ms(void)
{
  return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
  return read_clock(CLOCK_MONOTONIC);
}

static int64_t read_ns(clockid_t which)
{
  struct timespec now;
  clock_gettime(which, &now);
  return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_machine_ns(void)
{
  return read_ns(CLOCK_REALTIME);
}

int64_t clock_booted_ns(void)
{
  return read_ns(CLOCK_REALTIME) - read_ns(CLOCK_BOOTTIME);
}

static int64_t simulated_now_ms(void)
{
  return real_now_ms() + atomic_load(&simulated_shift_ms);
}

void clock_shift_to(int64_t to_ms)
{
  atomic_store(&simulated_shift_ms, to_ms - real_now_ms());
}

int64_t clock_real_now_s(void)
{
  return real_now_ms() / MS_PER_S;
}

int64_t clock_simulated_now_s(void)
{
  return simulated_now_ms() / MS_PER_S;
}

static int64_t get_virtual_now_ms(void)
{
  return atomic_load(&virtual_now_ms);
}

void clock_virtual_set(int64_t now_ms)
{
  atomic_store(&virtual_now_ms, now_ms);
}

int64_t clock_virtual_now_s(void)
{
  return get_virtual_now_ms() / MS_PER_S;
}

const struct clock clock_real = {real_now_ms, clock_monotonic_ms, NULL};
const struct clock clock_simulated = {simulated_now_ms, clock_monotonic_ms, clock_shift_to};
const struct clock clock_virtual = {get_virtual_now_ms, clock_monotonic_ms, clock_virtual_set};
const struct clock clock_shifted = {simulated_now_ms, clock_monotonic_ms, NULL};
