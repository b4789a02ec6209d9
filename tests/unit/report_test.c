/* SPDX-License-Identifier: Apache-2.0 */
/* report: whole messages, byte for byte, in each format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/report/report.h"

struct fixture {
  struct arena *arena;
  struct source_set sources;
  struct diag_list diags;
};

static int set_up(void **state)
{
  struct arena *arena = arena_new("test", 0);
  struct fixture *fixture = ARENA_NEW(arena, struct fixture);
  fixture->arena = arena;
  source_set_start(&fixture->sources, arena, TEXT(""));
  diag_list_start(&fixture->diags, arena);
  *state = fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  arena_free(fixture->arena);
  return 0;
}

static uint32_t give(struct fixture *fixture, const char *path, const char *bytes)
{
  uint32_t file;
  size_t bad;
  enum source_status status =
      source_give(&fixture->sources, text_of(path), text_of(bytes), &file, &bad);
  assert_int_equal(status, SOURCE_OK);
  return file;
}

/* The nth occurrence (from 1) of words in the file. */
static struct span find(const struct fixture *fixture, uint32_t file, const char *words, int nth)
{
  const char *bytes = fixture->sources.files[file].bytes.at, *at = bytes;
  for (; nth > 0; nth--) {
    at = strstr(at == bytes ? at : at + 1, words);
    assert_non_null(at);
  }
  return (struct span){file, (uint32_t)(at - bytes), (uint32_t)strlen(words)};
}

static void expect(struct fixture *fixture, struct report_options options, const char *expected)
{
  struct buffer out = {0};
  diag_list_sort(&fixture->diags);
  report_write(&fixture->diags, &fixture->sources, &options, &out);
  assert_string_equal(out.bytes == NULL ? "" : out.bytes, expected);
  buffer_free(&out);
}

static const struct report_options human = {.format = REPORT_HUMAN};
static const struct report_options plain = {.format = REPORT_PLAIN};
static const struct report_options json = {.format = REPORT_JSON};

/* The example of docs/DIAGNOSTICS: a primary and a secondary mark, far apart, a note and a help. */
static void two_places_far_apart(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "plans/client.renew",
                       "\n\n\n\n\n\n\n\n  accept: admin accepts client.new on erp\n\n"
                       "  exchange: admin replaces client.old with client.new in store\n");
  struct diag *diag = diag_add(&fixture->diags, DIAG_E0206, find(fixture, file, "exchange", 1),
                               "this stands too early");
  diag_set_label(&fixture->diags, diag, "before `accept`");
  diag_add_label(&fixture->diags, diag, find(fixture, file, "erp", 1), "known only from here");
  diag_add_note(&fixture->diags, diag, "a note\nof two lines");
  diag_add_help(&fixture->diags, diag, "move it");
  expect(fixture, human,
         "error[E0206]: this stands too early\n"
         "  --> plans/client.renew:11:3\n"
         "   |\n"
         " 9 |   accept: admin accepts client.new on erp\n"
         "   |                                       --- known only from here\n"
         "…\n"
         "11 |   exchange: admin replaces client.old with client.new in store\n"
         "   |   ^^^^^^^^ before `accept`\n"
         "   |\n"
         "   = note: a note\n"
         "     of two lines\n"
         "   = help: move it\n"
         "   = explain: renew explain E0206\n"
         "\n"
         "1 error\n");
}

static void two_marks_on_a_line_and_a_fix(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a.renew", "gives x to reciever\n");
  struct span wrong = find(fixture, file, "reciever", 1);
  struct diag *diag = diag_add(&fixture->diags, DIAG_E0201, wrong, "no `reciever`");
  diag_add_label(&fixture->diags, diag, find(fixture, file, "gives", 1), "asked here");
  diag_add_fix(&fixture->diags, diag, FIX_SAFE, wrong, TEXT("receiver"), "write `receiver`");
  struct report_options options = {.format = REPORT_HUMAN, .ascii = true};
  expect(fixture, options,
         "error[E0201]: no `reciever`\n"
         " --> a.renew:1:12\n"
         "  |\n"
         "1 | gives x to reciever\n"
         "  |            ^^^^^^^^\n"
         "  | ----- asked here\n"
         "  |\n"
         "  = help: write `receiver`   [fix: safe]\n"
         "  = explain: renew explain E0201\n"
         "\n"
         "1 error\n");
}

static void marks_stand_under_wide_and_tabbed_words(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a.renew", "\tb \"日本\"\tu\u0308x here\n");
  struct diag *diag = diag_add(&fixture->diags, DIAG_E0201, find(fixture, file, "here", 1), "wide");
  diag_set_label(&fixture->diags, diag, "label");
  expect(fixture, human,
         "error[E0201]: wide\n"
         " --> a.renew:1:18\n"
         "  |\n"
         "1 |         b \"日本\"        u\u0308x here\n"
         "  |                            ^^^^ label\n"
         "  |\n"
         "  = explain: renew explain E0201\n"
         "\n"
         "1 error\n");
}

/* A plan file must not be able to recolour, reorder or erase what a reviewer reads. */
static void nothing_commands_the_terminal(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a\x1b.renew", "a \x1b[2J \u202eb here\n");
  struct span here = find(fixture, file, "here", 1);
  struct diag *diag = diag_add(&fixture->diags, DIAG_E0105, here, "head \x1b[31m");
  diag_set_label(&fixture->diags, diag, "label \u200b\n\xff");
  expect(fixture, human,
         "error[E0105]: head <U+001B>[31m\n"
         " --> a<U+001B>.renew:1:13\n"
         "  |\n"
         "1 | a <U+001B>[2J <U+202E>b here\n"
         "  |                         ^^^^ label <U+200B> \uFFFD\n"
         "  |\n"
         "  = explain: renew explain E0105\n"
         "\n"
         "1 error\n");
  expect(fixture, plain,
         "a<U+001B>.renew:1:13: error[E0105]: head <U+001B>[31m: label <U+200B> \uFFFD\n"
         "1 error\n");
}

static void a_span_of_several_lines(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a.renew", "one two\nthree\nfour five\n");
  struct span span = span_join(find(fixture, file, "two", 1), find(fixture, file, "four", 1));
  struct diag *diag = diag_add(&fixture->diags, DIAG_E0201, span, "long");
  diag_set_label(&fixture->diags, diag, "up to here");
  expect(fixture, human,
         "error[E0201]: long\n"
         " --> a.renew:1:5\n"
         "  |\n"
         "1 | one two\n"
         "  |     ^^^\n"
         "…\n"
         "3 | four five\n"
         "  | ^^^^ up to here\n"
         "  |\n"
         "  = explain: renew explain E0201\n"
         "\n"
         "1 error\n");
}

static void a_long_line_is_shown_around_its_mark(void **state)
{
  struct fixture *fixture = *state;
  char bytes[1001];
  memset(bytes, 'a', 1000);
  memset(bytes + 500, 'b', 4);
  bytes[1000] = '\0';
  uint32_t file = give(fixture, "a.renew", bytes);
  diag_add(&fixture->diags, DIAG_E0201, find(fixture, file, "bbbb", 1), "in the middle");
  struct buffer out = {0};
  report_write(&fixture->diags, &fixture->sources, &human, &out);
  assert_non_null(strstr(out.bytes, "1 | …aaaa"));
  assert_non_null(strstr(out.bytes, "aaaa…\n"));
  const char *shown = strstr(out.bytes, "bbbb"), *mark = strstr(out.bytes, "^^^^\n");
  assert_non_null(mark);
  /* Behind the frame: the dots are three bytes and one column. */
  assert_int_equal(shown - (strstr(out.bytes, "1 | ") + 4) - 2,
                   mark - (strstr(out.bytes, "\n  | ") + 5));
  assert_true(out.size_bytes < 600);
  buffer_free(&out);
}

static void another_file(void **state)
{
  struct fixture *fixture = *state;
  uint32_t first = give(fixture, "a.renew", "role a\n"),
           second = give(fixture, "b.renew", "role b\n");
  struct diag *diag = diag_add(&fixture->diags, DIAG_E0203, find(fixture, second, "b", 1), "twice");
  diag_add_label(&fixture->diags, diag, find(fixture, first, "a", 1), "first here");
  expect(fixture, human,
         "error[E0203]: twice\n"
         " --> b.renew:1:6\n"
         "  |\n"
         "1 | role b\n"
         "  |      ^\n"
         " ::: a.renew:1:6\n"
         "  |\n"
         "1 | role a\n"
         "  |      - first here\n"
         "  |\n"
         "  = explain: renew explain E0203\n"
         "\n"
         "1 error\n");
}

static void without_a_place(void **state)
{
  struct fixture *fixture = *state;
  diag_add_nowhere(&fixture->diags, DIAG_E0002, "x.renew cannot be read");
  expect(fixture, human,
         "error[E0002]: x.renew cannot be read\n"
         "  = explain: renew explain E0002\n"
         "\n"
         "1 error\n");
  expect(fixture, plain, "error[E0002]: x.renew cannot be read\n1 error\n");
}

static void at_the_end_of_an_empty_file(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a.renew", "");
  struct diag *diag =
      diag_add(&fixture->diags, DIAG_E0217, (struct span){file, 0, 0}, "nothing here");
  diag_set_label(&fixture->diags, diag, "begin here");
  expect(fixture, human,
         "error[E0217]: nothing here\n"
         " --> a.renew:1:1\n"
         "  |\n"
         "1 |\n"
         "  | ^ begin here\n"
         "  |\n"
         "  = explain: renew explain E0217\n"
         "\n"
         "1 error\n");
}

/* Warnings do not use up the limit of errors; the totals count everything. */
static void the_limit_of_errors(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a.renew", "a b c d\n");
  diag_add(&fixture->diags, DIAG_E0201, find(fixture, file, "a", 1), "one");
  diag_add(&fixture->diags, DIAG_W1109, find(fixture, file, "b", 1), "two");
  diag_add(&fixture->diags, DIAG_E0201, find(fixture, file, "c", 1), "three");
  diag_add(&fixture->diags, DIAG_W1109, find(fixture, file, "d", 1), "four");
  struct report_options options = {.format = REPORT_PLAIN, .error_limit = 1};
  expect(fixture, options,
         "a.renew:1:1: error[E0201]: one\n"
         "a.renew:1:3: warning[W1109]: two\n"
         "a.renew:1:7: warning[W1109]: four\n"
         "2 errors, 2 warnings (1 error not shown: --error-limit none)\n");
}

static void nothing_found_is_nothing_written(void **state)
{
  struct fixture *fixture = *state;
  expect(fixture, human, "");
  expect(fixture, plain, "");
  expect(fixture, json, "");
}

static void colours_end_where_they_began(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a.renew", "a\n");
  diag_add(&fixture->diags, DIAG_E0201, find(fixture, file, "a", 1), "red");
  struct report_options options = {.format = REPORT_HUMAN, .color = true};
  expect(fixture, options,
         "\x1b[1;31merror[E0201]\x1b[0m\x1b[1m: red\x1b[0m\n"
         "\x1b[1;34m --> \x1b[0ma.renew:1:1\n"
         "\x1b[1;34m  |\x1b[0m\n"
         "\x1b[1;34m1 |\x1b[0m a\n"
         "\x1b[1;34m  |\x1b[0m \x1b[1;31m^\x1b[0m\n"
         "\x1b[1;34m  |\x1b[0m\n"
         "\x1b[1;34m  = \x1b[0mexplain: renew explain E0201\n"
         "\n"
         "1 error\n");
}

static void one_json_object_a_line(void **state)
{
  struct fixture *fixture = *state;
  uint32_t file = give(fixture, "a.renew", "x \"\U0001F511\" \"q\n");
  struct span span = find(fixture, file, "\"q", 1);
  struct diag *diag = diag_add(&fixture->diags, DIAG_E0101, span, "a \"quoted\" head");
  diag_set_label(&fixture->diags, diag, "label");
  diag_add_label(&fixture->diags, diag, find(fixture, file, "x", 1), "other");
  diag_add_help(&fixture->diags, diag, "help");
  diag_add_note(&fixture->diags, diag, "note");
  diag_add_fix(&fixture->diags, diag, FIX_UNSAFE, span_end_point(span), TEXT("\""), "close it");
  expect(fixture, json,
         "{\"schema\":\"renew.diag/1\",\"code\":\"E0101\",\"severity\":\"error\","
         "\"message\":\"a \\\"quoted\\\" head\",\"primary\":{\"file\":\"a.renew\",\"line\":1,"
         "\"col\":10,\"col_utf16\":8,\"end_line\":1,\"end_col\":12,\"byte\":9,\"byte_end\":11,"
         "\"label\":\"label\"},\"related\":[{\"file\":\"a.renew\",\"line\":1,\"col\":1,"
         "\"col_utf16\":1,\"end_line\":1,\"end_col\":2,\"byte\":0,\"byte_end\":1,"
         "\"message\":\"other\"}],\"help\":[\"help\"],\"notes\":[\"note\"],"
         "\"fixes\":[{\"applicability\":\"unsafe\",\"message\":\"close it\",\"edits\":["
         "{\"file\":\"a.renew\",\"line\":1,\"col\":12,\"col_utf16\":10,\"end_line\":1,"
         "\"end_col\":12,\"byte\":11,\"byte_end\":11,\"text\":\"\\\"\"}]}]}\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(two_places_far_apart),
      TEST(two_marks_on_a_line_and_a_fix),
      TEST(marks_stand_under_wide_and_tabbed_words),
      TEST(nothing_commands_the_terminal),
      TEST(a_span_of_several_lines),
      TEST(a_long_line_is_shown_around_its_mark),
      TEST(another_file),
      TEST(without_a_place),
      TEST(at_the_end_of_an_empty_file),
      TEST(the_limit_of_errors),
      TEST(nothing_found_is_nothing_written),
      TEST(colours_end_where_they_began),
      TEST(one_json_object_a_line),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
