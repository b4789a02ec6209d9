/* SPDX-License-Identifier: Apache-2.0 */
/* source: places in bytes and UTF-16, what is refused, one file under two names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/source.h"

static void write_file(const char *folder, const char *name, const char *bytes)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  fputs(bytes, file);
  fclose(file);
}

static void places_count_bytes_and_units(void **state)
{
  (void)state;
  struct arena *arena = arena_new("test", 0);
  struct source_set set;
  uint32_t file;
  size_t bad;
  source_set_start(&set, arena, TEXT_NONE);
  /* a (1), e-acute (2 bytes), an emoji (4 bytes, 2 units), then x */
  assert_int_equal(source_give(&set, TEXT("t"), TEXT("one\r\na\xC3\xA9\xF0\x9F\x98\x80x\nlast"),
                               &file, &bad),
                   SOURCE_OK);
  struct place place = source_place(&set, (struct span){file, 12, 1});
  assert_int_equal(place.line, 2);
  assert_int_equal(place.column, 8);
  assert_int_equal(place.column_utf16, 5);
  assert_true(text_is(source_line(&set.files[file], 1), "one"));
  assert_true(text_is(source_line(&set.files[file], 3), "last"));
  assert_int_equal(set.files[file].line_count, 3);
  struct span joined = span_join((struct span){file, 2, 3}, (struct span){file, 8, 2});
  assert_int_equal(joined.at, 2);
  assert_int_equal(joined.length, 8);
  arena_free(arena);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
  (void)state;
  struct arena *arena = arena_new("test", 0);
  struct source_set set;
  uint32_t file;
  size_t bad = 0;
  source_set_start(&set, arena, TEXT_NONE);
  assert_int_equal(source_give(&set, TEXT("t"), TEXT("ab\xC0\xAF"), &file, &bad), SOURCE_NOT_UTF8);
  assert_int_equal(bad, 2);
  assert_int_equal(source_give(&set, TEXT("t"), TEXT("\xEF\xBB\xBFrenew 1"), &file, &bad),
                   SOURCE_OK);
  assert_true(text_is(set.files[file].bytes, "renew 1"));
  char *large = calloc(1, SOURCE_LIMIT_BYTES + 1);
  struct text bytes = {large, SOURCE_LIMIT_BYTES + 1};
  assert_int_equal(source_give(&set, TEXT("t"), bytes, &file, &bad), SOURCE_TOO_LARGE);
  free(large);
  arena_free(arena);
}

static void files_stay_below_the_root(void **state)
{
  (void)state;
  char folder[] = "/tmp/renew-source.XXXXXX", root[64], link_path[80];
  assert_non_null(mkdtemp(folder));
  snprintf(root, sizeof root, "%s/root", folder);
  snprintf(link_path, sizeof link_path, "%s/link.renew", root);
  mkdir(root, 0700);
  write_file(folder, "outside.renew", "renew 1\n");
  write_file(root, "inside.renew", "renew 1\n");
  assert_int_equal(symlink("../outside.renew", link_path), 0);
  struct arena *arena = arena_new("test", 0);
  struct source_set set;
  uint32_t first, second;
  size_t bad;
  char real[4096];
  assert_non_null(realpath(root, real));
  source_set_start(&set, arena, text_of(real));
  assert_int_equal(source_open(&set, TEXT("inside.renew"), &first, &bad), SOURCE_OK);
  assert_int_equal(source_open(&set, TEXT("./inside.renew"), &second, &bad), SOURCE_OK);
  assert_int_equal(first, second);
  assert_int_equal(source_open(&set, TEXT("../outside.renew"), &first, &bad),
                   SOURCE_OUTSIDE_ROOT);
  assert_int_equal(source_open(&set, TEXT("link.renew"), &first, &bad), SOURCE_OUTSIDE_ROOT);
  assert_int_equal(source_open(&set, TEXT("none.renew"), &first, &bad), SOURCE_MISSING);
  assert_int_equal(source_open(&set, TEXT("."), &first, &bad), SOURCE_UNREADABLE);
  arena_free(arena);
  unlink(link_path);
  char name[128];
  snprintf(name, sizeof name, "%s/inside.renew", root);
  unlink(name);
  rmdir(root);
  snprintf(name, sizeof name, "%s/outside.renew", folder);
  unlink(name);
  rmdir(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places_count_bytes_and_units),
      cmocka_unit_test(bytes_that_are_no_text_are_refused),
      cmocka_unit_test(files_stay_below_the_root),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
