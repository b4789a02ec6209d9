/* SPDX-License-Identifier: Apache-2.0 */
/* sessions_test: what many threads need at once is looked up by one of them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/providers/sessions.h"

enum { THREADS = 16, PAUSE_NS = 20 * 1000 * 1000 };

static struct sessions *sessions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int looked_up, recalled;
static bool is_found;

static void *look_up(void *ignored)
{
  (void)ignored;
  struct arena *arena = arena_new("test", 0);
  struct text guid;
  bool is_first = sessions_first(sessions, TEXT("instance"));
  bool is_known = sessions_recall(sessions, arena, TEXT("instance"), &guid);
  if (!is_known)
    nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
  if (!is_known && is_found)
    sessions_remember(sessions, TEXT("instance"), TEXT("guid"));
  pthread_mutex_lock(&lock);
  looked_up += !is_known;
  recalled += is_known && text_is(guid, "guid");
  pthread_mutex_unlock(&lock);
  if (is_first)
    sessions_over(sessions, TEXT("instance"));
  arena_free(arena);
  return NULL;
}

static void run_all(bool finds)
{
  pthread_t threads[THREADS];
  sessions = sessions_new();
  looked_up = recalled = 0;
  is_found = finds;
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, look_up, NULL), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  sessions_free(sessions);
}

static void one_looks_up_for_all(void **state)
{
  (void)state;
  run_all(true);
  assert_int_equal(looked_up, 1);
  assert_int_equal(recalled, THREADS - 1);
}

/* What it did not find, each may look for itself, and nobody waits for nothing. */
static void what_was_not_found_is_everybodys(void **state)
{
  (void)state;
  run_all(false);
  assert_int_equal(looked_up, THREADS);
  assert_int_equal(recalled, 0);
}

static void other_names_do_not_wait(void **state)
{
  (void)state;
  sessions = sessions_new();
  assert_true(sessions_first(sessions, TEXT("a")));
  assert_true(sessions_first(sessions, TEXT("b")));
  sessions_over(sessions, TEXT("a"));
  assert_false(sessions_first(sessions, TEXT("a")));
  sessions_free(sessions);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_looks_up_for_all),
                                     cmocka_unit_test(what_was_not_found_is_everybodys),
                                     cmocka_unit_test(other_names_do_not_wait)};
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
