/* SPDX-License-Identifier: Apache-2.0 */
/* words_test: a command line is split as a shell splits it, and nothing is expanded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "compiler/base/words.h"

static struct arena *arena;

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  arena_free(arena);
  return 0;
}

/* The words joined by '|', or "!" where the line cannot be split. */
static const char *split(const char *line)
{
  struct text *words = NULL;
  uint32_t count = 0;
  if (!words_split(arena, text_of(line), &words, &count))
    return "!";
  struct text joined = TEXT("");
  for (uint32_t i = 0; i < count; i++) {
    assert_int_equal(words[i].at[words[i].length], 0);
    joined =
        text_format(arena, "%.*s%s%.*s", TEXT_ARG(joined), i == 0 ? "" : "|", TEXT_ARG(words[i]));
  }
  return text_zero(arena, joined);
}

static void words_are_separated_by_blanks(void **state)
{
  (void)state;
  assert_string_equal(split(""), "");
  assert_string_equal(split("  \t "), "");
  assert_string_equal(split(" nginx  -s\treload\n"), "nginx|-s|reload");
  assert_string_equal(split("a b c d e f g"), "a|b|c|d|e|f|g");
}

static void quotes_keep_what_they_hold(void **state)
{
  (void)state;
  assert_string_equal(split("a 'b  c' d"), "a|b  c|d");
  assert_string_equal(split("a \"b 'c' \\\"d\\\\ \\n\""), "a|b 'c' \"d\\ \\n");
  assert_string_equal(split("x'y'\"z\""), "xyz");
  assert_string_equal(split("a '' b"), "a||b");
  assert_string_equal(split("a\\ b \\'c"), "a b|'c");
}

static void what_is_not_closed_is_no_command(void **state)
{
  (void)state;
  assert_string_equal(split("a 'b"), "!");
  assert_string_equal(split("a \"b"), "!");
  assert_string_equal(split("a \\"), "!");
  assert_string_equal(split("a \"b\\"), "!");
}

static void nothing_is_expanded(void **state)
{
  (void)state;
  assert_string_equal(split("ssh ${node} $HOME `id` * ; rm|x >f &"),
                      "ssh|${node}|$HOME|`id`|*|;|rm|x|>f|&");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_separated_by_blanks),
      cmocka_unit_test(quotes_keep_what_they_hold),
      cmocka_unit_test(what_is_not_closed_is_no_command),
      cmocka_unit_test(nothing_is_expanded),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
