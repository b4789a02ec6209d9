/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format: the layout itself, line by line; and over all plans, all files of tests/reject, and mutants
 * of both: a file that parses is formatted, its tokens and comments stay (format_source refuses
 * otherwise), and a second time changes nothing.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/difference.h"
#include "compiler/syntax/format.h"

enum { FILE_LIMIT_BYTES = 1 << 20 };

static enum format_result format(struct text bytes, struct buffer *ret_bytes)
{
  struct arena *arena = arena_new("test", 0);
  struct source_set sources;
  struct diag_list diags;
  uint32_t file;
  size_t bad;
  source_set_start(&sources, arena, TEXT(""));
  diag_list_start(&diags, arena);
  enum format_result result = FORMAT_BROKEN;
  if (source_give(&sources, TEXT("x.renew"), bytes, &file, &bad) == SOURCE_OK)
    result = format_source(&sources, file, &diags, ret_bytes);
  arena_free(arena);
  return result;
}

static void becomes(const char *before, const char *after)
{
  struct buffer made = {0};
  assert_int_equal(format(text_of(before), &made), FORMAT_OK);
  assert_string_equal(made.bytes, after);
  buffer_free(&made);
  assert_int_equal(format(text_of(after), &made), FORMAT_OK);
  assert_string_equal(made.bytes, after);
  buffer_free(&made);
}

static void words_have_one_blank_between_them(void **state)
{
  (void)state;
  becomes("renew   1\nrole\ta   \"A\"{\n\treach by   mail\"x\"  \n}",
          "renew 1\n\nrole a \"A\" {\n  reach by mail \"x\"\n}\n");
  becomes("renew 1\nflow f{\n nodes a,b ,c\n}\n", "renew 1\n\nflow f {\n  nodes a, b, c\n}\n");
  becomes("renew 1\nplan p {\n a :b creates c when(x==y)and  not( d )\n}\n",
          "renew 1\n\nplan p {\n  a: b creates c when (x == y) and not (d)\n}\n");
  becomes("renew 1\nplan p {\nfor \t each n in f.nodes{\n on March   1\n}}\n",
          "renew 1\n\nplan p {\n  for each n in f.nodes {\n    on March 1\n  }\n}\n");
}

static void line_ends_are_lf(void **state)
{
  (void)state;
  becomes("renew 1\r\nrole a \"A\" {\r\n  of \"\"\"\r\n    x\r\n    y\r\n  \"\"\"\r\n}\r\n",
          "renew 1\n\nrole a \"A\" {\n  of \"\"\"\n    x\n    y\n  \"\"\"\n}\n");
}

static void blank_lines_part_declarations(void **state)
{
  (void)state;
  becomes(
      "renew 1\n\n\n\n# head\nimport \"a\"\nimport \"b\"\n\n\nsecret a from env \"A\"\nsecret b "
      "from env \"B\"\nrole a \"A\" {\n\n  of \"x\"\n\n\n  of \"y\"\n\n}\n## of b\nrole b \"B\" "
      "{\n}\nimport \"c\"\n\n\n",
      "renew 1\n\n# head\nimport \"a\"\nimport \"b\"\n\nsecret a from env \"A\"\nsecret b from "
      "env \"B\"\n\nrole a \"A\" {\n  of \"x\"\n\n  of \"y\"\n}\n\n## of b\nrole b \"B\" "
      "{\n}\n\nimport \"c\"\n");
}

static void comments_keep_their_place(void **state)
{
  (void)state;
  becomes(
      "renew 1 # edition\n#a  \n  # b\n\nrole a \"A\" {# opens\n# first\n   of \"x\"    # "
      "behind\n      # last\n\n} # end\n# tail",
      "renew 1 # edition\n\n#a\n# b\n\nrole a \"A\" { # opens\n  # first\n  of \"x\" # behind\n  "
      "# last\n} # end\n\n# tail\n");
  becomes("renew 1\nplan p {\nwhen a {\n b\n}\n# why\notherwise {\nc\n}\n}\n",
          "renew 1\n\nplan p {\n  when a {\n    b\n  }\n  # why\n  otherwise {\n    c\n  }\n}\n");
}

static void a_broken_list_has_one_item_a_line(void **state)
{
  (void)state;
  becomes(
      "renew 1\nflow f {\nnodes a, b,\nc, # third\n\nd\ncalls x with y, z\n}\n",
      "renew 1\n\nflow f {\n  nodes a,\n    b,\n    c, # third\n    d\n  calls x with y, z\n}\n");
  becomes(
      "renew 1\nplan p {\nx: r accepts a, b on s, t,\nu {\nwithin 1h\n}\n}\n",
      "renew 1\n\nplan p {\n  x: r accepts a, b on s,\n    t,\n    u {\n    within 1h\n  }\n}\n");
  becomes("renew 1\nplan p {\nwhen (a\n== b\n) {\nc\n}\n}\n",
          "renew 1\n\nplan p {\n  when (a\n    == b\n    ) {\n    c\n  }\n}\n");
}

static void a_block_on_one_line_stays_on_it(void **state)
{
  (void)state;
  becomes("renew 1\nrole a \"A\"{of   \"x\"}\nrole b \"B\" { }\n",
          "renew 1\n\nrole a \"A\" { of \"x\" }\n\nrole b \"B\" { }\n");
  becomes("renew 1\nplan p { when a { b } c\n}\n", "renew 1\n\nplan p {\n  when a { b }\n  c\n}\n");
  becomes("renew 1\nplan p { when a { b } otherwise { c } d }\n",
          "renew 1\n\nplan p { when a { b } otherwise { c } d }\n");
}

static void what_cannot_be_read_is_not_formatted(void **state)
{
  (void)state;
  struct buffer made = {0};
  assert_int_equal(format(TEXT("renew 1\nrole a \"A\" {\n"), &made), FORMAT_BROKEN);
  assert_int_equal(format(TEXT("renew 1\nrole 'a' {\n}\n"), &made), FORMAT_BROKEN);
  assert_int_equal(format(TEXT("role a \"A\" {\n}\n"), &made), FORMAT_BROKEN);
  assert_int_equal(made.size_bytes, 0);
}

/* --- over everything --- */

static struct text read_file(const char *path)
{
  FILE *stream = fopen(path, "rb");
  assert_non_null(stream);
  char *bytes = malloc(FILE_LIMIT_BYTES);
  assert_non_null(bytes);
  size_t length = fread(bytes, 1, FILE_LIMIT_BYTES, stream);
  fclose(stream);
  return (struct text){bytes, length};
}

struct tally {
  size_t files, mutants, formatted, changed;
};

/* format.h (1); (2) is format_source's own. */
static void hold(struct text bytes, struct tally *tally)
{
  struct buffer once = {0}, twice = {0};
  enum format_result result = format(bytes, &once);
  if (result == FORMAT_UNSAFE)
    print_message("# not the same words:\n%.*s\n", TEXT_ARG(bytes));
  assert_int_not_equal(result, FORMAT_UNSAFE);
  if (result == FORMAT_OK) {
    tally->formatted++;
    tally->changed += !text_equal(bytes, buffer_text(&once));
    result = format(buffer_text(&once), &twice);
    if (result != FORMAT_OK || !text_equal(buffer_text(&once), buffer_text(&twice)))
      print_message("# changes again:\n%s\n# into:\n%s\n", once.bytes, twice.bytes);
    assert_int_equal(result, FORMAT_OK);
    assert_true(text_equal(buffer_text(&once), buffer_text(&twice)));
  }
  buffer_free(&once);
  buffer_free(&twice);
}

/* A blank, a line end, a comment, a brace or a comma is put between two bytes, or one byte goes. */
static void hold_mutants(struct text bytes, size_t step, struct tally *tally)
{
  static const char *const put[] = {"",    " ", "\n", "\n\n\n", " # c\n",
                                    ",\n", "{", "}",  "\t",     "\r\n"};
  char *made = malloc(bytes.length + 8);
  assert_non_null(made);
  for (size_t at = 9, k = 0; at < bytes.length; at += step, k++) {
    const char *piece = put[k % (sizeof put / sizeof put[0])];
    size_t length = strlen(piece), cut = length == 0;
    memcpy(made, bytes.at, at);
    memcpy(made + at, piece, length);
    memcpy(made + at + length, bytes.at + at + cut, bytes.length - at - cut);
    hold((struct text){made, bytes.length + length - cut}, tally);
    tally->mutants++;
  }
  free(made);
}

static void each_file(const char *pattern, size_t step, struct tally *tally)
{
  glob_t found;
  assert_int_equal(glob(pattern, 0, NULL, &found), 0);
  for (size_t i = 0; i < found.gl_pathc; i++) {
    struct text bytes = read_file(found.gl_pathv[i]);
    hold(bytes, tally);
    hold_mutants(bytes, step, tally);
    tally->files++;
    free((void *)bytes.at);
  }
  globfree(&found);
}

static void nothing_is_lost_and_twice_is_once(void **state)
{
  (void)state;
  struct tally tally = {0};
  each_file("plans/*.renew", 3, &tally);
  each_file("plans/*/*.renew", 3, &tally);
  each_file("tests/reject/*.renew", 7, &tally);
  print_message("# files=%zu mutants=%zu formatted=%zu changed=%zu\n", tally.files, tally.mutants,
                tally.formatted, tally.changed);
  assert_true(tally.mutants > 1000);
  assert_true(tally.formatted > tally.mutants / 4);
}

static void plans_are_formatted(void **state)
{
  (void)state;
  struct tally tally = {0};
  glob_t found;
  assert_int_equal(glob("plans/*.renew", 0, NULL, &found), 0);
  glob("plans/*/*.renew", GLOB_APPEND, NULL, &found);
  for (size_t i = 0; i < found.gl_pathc; i++) {
    struct text bytes = read_file(found.gl_pathv[i]);
    tally.changed = 0;
    hold(bytes, &tally);
    if (tally.changed != 0)
      print_message("# %s is not formatted\n", found.gl_pathv[i]);
    assert_int_equal(tally.changed, 0);
    free((void *)bytes.at);
  }
  globfree(&found);
}

/* --- the difference --- */

static void differs(const char *before, const char *after, const char *wanted)
{
  struct buffer made = {0};
  difference_unified(TEXT("x"), text_of(before), text_of(after), false, &made);
  assert_string_equal(made.bytes == NULL ? "" : made.bytes, wanted);
  buffer_free(&made);
}

static void a_difference_is_what_diff_u_prints(void **state)
{
  (void)state;
  differs("a\nb\n", "a\nb\n", "");
  differs("a\nb\nc\n", "a\nc\n", "--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@\n a\n-b\n c\n");
  differs("", "a\n", "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
  differs("a\n", "", "--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-a\n");
  differs("a", "a\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  differs("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\nx\n3\n4\n5\n6\n7\n8\ny\n",
          "--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n 1\n-2\n+x\n 3\n 4\n 5\n 6\n 7\n 8\n-9\n+y\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_have_one_blank_between_them),
      cmocka_unit_test(line_ends_are_lf),
      cmocka_unit_test(blank_lines_part_declarations),
      cmocka_unit_test(comments_keep_their_place),
      cmocka_unit_test(a_broken_list_has_one_item_a_line),
      cmocka_unit_test(a_block_on_one_line_stays_on_it),
      cmocka_unit_test(what_cannot_be_read_is_not_formatted),
      cmocka_unit_test(nothing_is_lost_and_twice_is_once),
      cmocka_unit_test(plans_are_formatted),
      cmocka_unit_test(a_difference_is_what_diff_u_prints),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
