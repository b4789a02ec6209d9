/* SPDX-License-Identifier: Apache-2.0 */
/* text: comparing, distances for "did you mean", widths, buffers, the map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/base/text.h"

static void texts_compare_by_bytes(void **state)
{
  (void)state;
  assert_true(text_equal(TEXT("ab"), text_of("ab")));
  assert_true(text_equal(TEXT_NONE, TEXT("")));
  assert_false(text_equal(TEXT("ab"), TEXT("abc")));
  assert_true(text_compare(TEXT("ab"), TEXT("abc")) < 0);
  assert_true(text_compare(TEXT("b"), TEXT("abc")) > 0);
  assert_int_equal(text_compare(TEXT("x"), TEXT("x")), 0);
  assert_true(text_starts_with(TEXT("client.new"), "client."));
  assert_true(text_ends_with(TEXT("client.new"), ".new"));
  assert_false(text_ends_with(TEXT("new"), ".new"));
}

static void distance_counts_swaps_once(void **state)
{
  (void)state;
  assert_int_equal(text_distance(TEXT("reciever"), TEXT("receiver"), 5), 1);
  assert_int_equal(text_distance(TEXT("kitten"), TEXT("sitting"), 5), 3);
  assert_int_equal(text_distance(TEXT("a"), TEXT("abcdefgh"), 3), 4);
  assert_int_equal(text_distance(TEXT(""), TEXT("ab"), 3), 2);
}

static void the_nearest_is_near_or_none(void **state)
{
  (void)state;
  const struct text words[] = {TEXT("overlap"), TEXT("downtime"), TEXT("overlay")};
  assert_true(text_is(text_nearest(TEXT("overlapp"), words, 3), "overlap"));
  assert_true(text_is(text_nearest(TEXT("overlay"), words, 3), "overlay"));
  assert_null(text_nearest(TEXT("xyz"), words, 3).at);
  assert_null(text_nearest(TEXT("overlap"), words, 0).at);
}

static void width_is_in_columns(void **state)
{
  (void)state;
  assert_int_equal(text_width(TEXT("abc")), 3);
  assert_int_equal(text_width(TEXT("\xE6\x97\xA5\xE6\x9C\xAC")), 4); /* two wide characters */
  assert_int_equal(text_width(TEXT("e\xCC\x81")), 1);                /* a combining accent */
  assert_int_equal(text_width(TEXT("a\tb")), 9);
}

static void buffers_grow(void **state)
{
  (void)state;
  struct buffer buffer = {0};
  for (int i = 0; i < 1000; i++)
    buffer_format(&buffer, "%d,", i % 10);
  buffer_add_text(&buffer, TEXT("end"));
  buffer_add_zero(&buffer, ".");
  assert_int_equal(buffer.size_bytes, 2004);
  assert_true(text_ends_with(buffer_text(&buffer), "9,end."));
  buffer_free(&buffer);
  assert_int_equal(buffer.size_bytes, 0);
  buffer_free(NULL);
}

static void the_map_finds_what_was_put(void **state)
{
  (void)state;
  enum { COUNT = 5000 };
  struct arena *arena = arena_new("test", 0);
  struct text_map map;
  uint32_t value = 7;
  text_map_start(&map, arena);
  assert_false(text_map_find(&map, TEXT("x"), &value));
  for (uint32_t i = 0; i < COUNT; i++)
    assert_true(text_map_add(&map, text_format(arena, "name-%u", i), i, NULL));
  assert_false(text_map_add(&map, TEXT("name-17"), 99, &value));
  assert_int_equal(value, 17);
  for (uint32_t i = 0; i < COUNT; i++) {
    assert_true(text_map_find(&map, text_format(arena, "name-%u", i), &value));
    assert_int_equal(value, i);
  }
  assert_false(text_map_find(&map, TEXT("name-5000"), &value));
  assert_true(text_map_add(&map, TEXT_NONE, 3, NULL));
  assert_true(text_map_find(&map, TEXT(""), &value));
  arena_free(arena);
}

static void a_word_is_quoted_where_a_shell_needs_it(void **state)
{
  (void)state;
  struct arena *arena = arena_new("test", 0);
  static const char *const pairs[][2] = {{"accept-both", "accept-both"},
                                         {"restart[worker-1]", "'restart[worker-1]'"},
                                         {"switch[a b].check", "'switch[a b].check'"},
                                         {"x[it's]", "'x[it'\\''s]'"},
                                         {"", "''"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    assert_true(text_is(text_shell_word(arena, text_of(pairs[i][0])), pairs[i][1]));
  arena_free(arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_compare_by_bytes),   cmocka_unit_test(distance_counts_swaps_once),
      cmocka_unit_test(the_nearest_is_near_or_none), cmocka_unit_test(width_is_in_columns),
      cmocka_unit_test(buffers_grow),             cmocka_unit_test(the_map_finds_what_was_put),
      cmocka_unit_test(a_word_is_quoted_where_a_shell_needs_it),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
