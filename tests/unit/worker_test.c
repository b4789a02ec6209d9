/* SPDX-License-Identifier: Apache-2.0 */
/* worker_test: what is given is run once and comes back once, whoever waits for how much of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/engine/worker.h"

enum { MANY = 1000, LONG_US = 20 * 1000 * 1000 };

static atomic_int runs[MANY];
static struct work works[MANY];

static void count_run(struct work *work)
{
  atomic_fetch_add(&runs[work - works], 1);
}

/* How many come back in one go; each is counted down again. */
static uint32_t take(struct worker_pool *pool)
{
  uint32_t count = 0;
  for (struct work *work = worker_take_all(pool); work != NULL; work = work->next, count++)
    assert_int_equal(atomic_fetch_sub(&runs[work - works], 1), 1);
  return count;
}

static struct worker_pool *give_many(uint32_t worker_count)
{
  struct worker_pool *pool = worker_pool_new(worker_count);
  assert_non_null(pool);
  for (uint32_t i = 0; i < MANY; i++) {
    works[i] = (struct work){.run = count_run};
    worker_give(pool, &works[i]);
  }
  return pool;
}

static void all_that_was_wanted_is_back(void **state)
{
  (void)state;
  struct worker_pool *pool = give_many(WORKERS_MAX);
  worker_wait_for(pool, MANY, LONG_US);
  assert_int_equal(take(pool), MANY);
  assert_int_equal(take(pool), 0);
  worker_pool_free(pool);
}

static void each_comes_back_once_in_parts(void **state)
{
  (void)state;
  struct worker_pool *pool = give_many(3);
  for (uint32_t back = 0, some; back < MANY; back += some) {
    uint32_t wanted = MANY - back < 7 ? MANY - back : 7;
    worker_wait_for(pool, wanted, LONG_US);
    some = take(pool);
    assert_true(some >= wanted);
  }
  for (uint32_t i = 0; i < MANY; i++)
    assert_int_equal(atomic_load(&runs[i]), 0);
  worker_pool_free(pool);
}

/* Nobody gives anything: the time alone ends it. */
static void a_wait_in_vain_ends(void **state)
{
  (void)state;
  struct worker_pool *pool = worker_pool_new(2);
  assert_non_null(pool);
  worker_wait_for(pool, 1, 1000);
  assert_int_equal(take(pool), 0);
  worker_pool_free(pool);
}

static void without_workers_it_is_back_at_once(void **state)
{
  (void)state;
  struct worker_pool *pool = give_many(0);
  worker_wait_for(pool, MANY, LONG_US);
  assert_int_equal(take(pool), MANY);
  worker_pool_free(pool);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_that_was_wanted_is_back),
      cmocka_unit_test(each_comes_back_once_in_parts),
      cmocka_unit_test(a_wait_in_vain_ends),
      cmocka_unit_test(without_workers_it_is_back_at_once),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
