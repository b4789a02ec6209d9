/* SPDX-License-Identifier: Apache-2.0 */
/* file_test: a replaced file has the old bytes or the new ones, and the rights of the old file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/providers/file.h"
#include "tests/unit/pki.h"

static struct arena *arena;
static char folder[] = "/tmp/renew-file.XXXXXX";
static struct text error;

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  return mkdtemp(folder) == NULL;
}

static int teardown(void **state)
{
  (void)state;
  pki_shell("/", text_format(arena, "rm -rf %s", folder).at);
  arena_free(arena);
  return 0;
}

static const char *path(const char *name)
{
  return text_format(arena, "%s/%s", folder, name).at;
}

static void a_replacement_has_three_results(void **state)
{
  (void)state;
  assert_int_equal(file_replace(arena, path("a"), TEXT("one"), 0640, &error), FILE_CHANGED);
  assert_int_equal(file_replace(arena, path("a"), TEXT("one"), 0640, &error), FILE_UNCHANGED);
  assert_int_equal(file_replace(arena, path("a"), TEXT("two"), 0640, &error), FILE_CHANGED);
  assert_int_equal(file_replace(arena, path("no/a"), TEXT("x"), 0640, &error), FILE_FAILED);
  assert_true(text_starts_with(error, "cannot write"));
  struct text bytes;
  assert_int_equal(file_read(arena, path("a"), &bytes, &error), FILE_FOUND);
  assert_true(text_is(bytes, "two"));
  assert_int_equal(file_read(arena, path("none"), &bytes, &error), FILE_MISSING);
  assert_int_equal(file_read(arena, folder, &bytes, &error), FILE_UNREADABLE);
}

static void rights_are_kept(void **state)
{
  (void)state;
  struct stat facts;
  assert_int_equal(file_replace(arena, path("b"), TEXT("one"), 0600, &error), FILE_CHANGED);
  pki_shell(folder, "chmod 2750 b");
  if (geteuid() == 0)
    pki_shell(folder, "chown 12:34 b && chmod 2750 b");
  assert_int_equal(file_replace(arena, path("b"), TEXT("two"), 0600, &error), FILE_CHANGED);
  assert_int_equal(stat(path("b"), &facts), 0);
  assert_int_equal(facts.st_mode & 07777, 02750);
  if (geteuid() == 0) {
    assert_int_equal(facts.st_uid, 12);
    assert_int_equal(facts.st_gid, 34);
  }
}

static void a_link_stays_a_link(void **state)
{
  (void)state;
  pki_shell(folder, "mkdir -p far && echo x > far/target && ln -sf far/target link");
  assert_int_equal(file_replace(arena, path("link"), TEXT("new"), 0600, &error), FILE_CHANGED);
  pki_shell(folder, "[ -L link ] && [ \"$(cat far/target)\" = new ]");
}

static void what_a_crash_left_is_removed(void **state)
{
  (void)state;
  pki_shell(folder, "echo half a key > c.renew-new && chmod 400 c.renew-new");
  assert_int_equal(file_replace(arena, path("c"), TEXT("whole"), 0600, &error), FILE_CHANGED);
  pki_shell(folder, "[ \"$(cat c)\" = whole ] && ! [ -e c.renew-new ]");
}

static void files_that_belong_together_are_prepared_first(void **state)
{
  (void)state;
  pki_shell(folder, "echo old > d");
  enum file_change change = file_prepare(arena, path("d"), TEXT("new\n"), 0600, &error);
  assert_int_equal(change, FILE_CHANGED);
  pki_shell(folder, "[ \"$(cat d)\" = old ]");
  assert_true(file_commit(arena, path("d"), change, &error));
  pki_shell(folder, "[ \"$(cat d)\" = new ]");
}

static void rights_of_others_are_seen(void **state)
{
  (void)state;
  pki_shell(folder, "echo s > e && chmod 600 e");
  assert_false(file_is_open_to_others(path("e")));
  pki_shell(folder, "chmod 640 e");
  assert_true(file_is_open_to_others(path("e")));
  assert_false(file_is_open_to_others(path("nothing")));
}

static void what_is_too_large_is_not_read(void **state)
{
  (void)state;
  struct text bytes;
  pki_shell(folder, "truncate -s 16777216 f && truncate -s 16777217 g && mkfifo h");
  assert_int_equal(file_read(arena, path("f"), &bytes, &error), FILE_FOUND);
  assert_int_equal(file_read(arena, path("g"), &bytes, &error), FILE_UNREADABLE);
  assert_int_equal(file_read(arena, path("h"), &bytes, &error), FILE_UNREADABLE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_replacement_has_three_results),
      cmocka_unit_test(rights_are_kept),
      cmocka_unit_test(a_link_stays_a_link),
      cmocka_unit_test(what_a_crash_left_is_removed),
      cmocka_unit_test(files_that_belong_together_are_prepared_first),
      cmocka_unit_test(rights_of_others_are_seen),
      cmocka_unit_test(what_is_too_large_is_not_read),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
