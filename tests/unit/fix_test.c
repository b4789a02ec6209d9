/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fix: edits that overlap are never both applied; and over mutants of all plans each safe fix, applied
 * alone, takes its finding away and makes no other.
 */
#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/fix.h"
#include "compiler/check/plan.h"

enum { FILE_LIMIT_BYTES = 1 << 18 };

/* --- which edits are applied --- */

static void overlapping_fixes_are_not_both_applied(void **state)
{
  (void)state;
  struct arena *arena = arena_new("test", 0);
  struct source_set sources;
  struct diag_list diags;
  uint32_t file;
  size_t bad;
  source_set_start(&sources, arena, TEXT(""));
  diag_list_start(&diags, arena);
  assert_int_equal(source_give(&sources, TEXT("x"), TEXT("0123456789"), &file, &bad), SOURCE_OK);
  static const struct {
    uint32_t at, length;
    const char *text;
    enum fix_kind kind;
  } edits[] = {
      {0, 1, "a", FIX_SAFE},     {1, 2, "never", FIX_SAFE}, /* touches the first */
      {3, 1, "b", FIX_UNSAFE},   {4, 0, "t", FIX_TEMPLATE}, {5, 2, "", FIX_SAFE},
      {6, 1, "never", FIX_SAFE}, {9, 1, "end", FIX_SAFE},
  };
  for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
    struct span span = {file, edits[i].at, edits[i].length};
    struct diag *diag = diag_add(&diags, DIAG_E0304, span, "finding %zu", i);
    diag_add_fix(&diags, diag, edits[i].kind, span, text_of(edits[i].text), "do");
  }
  struct fix_choice choice = {0};
  struct buffer text = {0}, fixed = {0};
  assert_true(fix_apply(&diags, &sources, file, &choice, arena, &text, &fixed));
  assert_string_equal(text.bytes, "a123478end");
  assert_int_equal(fixed.size_bytes / sizeof(void *), 3);
  buffer_free(&text);
  buffer_free(&fixed);
  choice.unsafe = true;
  assert_true(fix_apply(&diags, &sources, file, &choice, arena, &text, &fixed));
  assert_string_equal(text.bytes, "a12b478end");
  buffer_free(&text);
  buffer_free(&fixed);
  bool codes[DIAG__COUNT] = {[DIAG_E0101] = true};
  choice.codes = codes;
  assert_false(fix_apply(&diags, &sources, file, &choice, arena, &text, &fixed));
  assert_string_equal(text.bytes, "0123456789");
  buffer_free(&text);
  buffer_free(&fixed);
  arena_free(arena);
}

/* --- over mutants --- */

struct world {
  struct arena *arena;
  struct source_set sources;
  struct diag_list diags;
};

static char root[4096];

static void compile(const char *path, struct text text, struct world *ret)
{
  uint32_t file;
  size_t bad;
  ret->arena = arena_new("mutant", 0);
  source_set_start(&ret->sources, ret->arena, text_of(root));
  diag_list_start(&ret->diags, ret->arena);
  assert_int_equal(source_give(&ret->sources, text_of(path), text, &file, &bad), SOURCE_OK);
  check_program(ret->arena, &ret->sources, file, NULL, &ret->diags);
  diag_list_sort(&ret->diags);
}

static uint32_t count_key(const struct world *world, struct arena *arena, struct text key)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < world->diags.count; i++)
    count += text_equal(fix_key(arena, world->diags.items[i]), key);
  return count;
}

struct tally {
  size_t mutants, with_fix, safe, bad;
  size_t by_code[DIAG__COUNT], bad_by_code[DIAG__COUNT];
};

/* Its finding is gone, and nothing is there that was not there before. */
static void judge_fix(const char *path, const struct world *before, const struct diag *diag,
                      struct tally *tally)
{
  struct arena *arena = arena_new("fix", 0);
  struct buffer text = {0}, fixed = {0};
  struct fix_choice choice = {0};
  struct diag_list one;
  diag_list_start(&one, arena);
  struct diag *item = (struct diag *)(uintptr_t)diag;
  one.items = &item;
  one.count = 1;
  assert_true(fix_apply(&one, &before->sources, 0, &choice, arena, &text, &fixed));
  struct world after;
  compile(path, buffer_text(&text), &after);
  struct text key = fix_key(arena, diag);
  bool good = count_key(&after, arena, key) < count_key(before, arena, key);
  for (uint32_t i = 0; i < after.diags.count && good; i++) {
    struct text other = fix_key(arena, after.diags.items[i]);
    good = count_key(&after, arena, other) <= count_key(before, arena, other);
  }
  tally->safe++;
  tally->by_code[diag->code]++;
  if (!good) {
    tally->bad++;
    if (tally->bad_by_code[diag->code]++ < 3) {
      struct place place = source_place(&before->sources, diag->primary);
      print_message("# %s:%u: %.*s: %.*s, after it %u findings\n#   %.*s\n", path, place.line,
                    TEXT_ARG(key), TEXT_ARG(diag->fix_says), after.diags.count,
                    TEXT_ARG(source_line(&before->sources.files[0], place.line)));
      for (uint32_t i = 0; i < after.diags.count && i < 3; i++)
        print_message("#   then: %.*s\n", TEXT_ARG(fix_key(arena, after.diags.items[i])));
    }
  }
  buffer_free(&text);
  buffer_free(&fixed);
  arena_free(after.arena);
  arena_free(arena);
}

static void judge(const char *path, struct text mutant, struct tally *tally)
{
  struct world world;
  compile(path, mutant, &world);
  tally->mutants++;
  size_t safe_before = tally->safe;
  for (uint32_t i = 0; i < world.diags.count; i++)
    if (world.diags.items[i]->fix_kind == FIX_SAFE)
      judge_fix(path, &world, world.diags.items[i], tally);
  tally->with_fix += tally->safe != safe_before;
  arena_free(world.arena);
}

/* Mistakes as they are made: what each puts in the place of a word; empty: not of this word. */
static size_t mistake(int kind, struct text word, struct text behind, char *out, size_t size)
{
  size_t middle = word.length / 2;
  bool name = islower((unsigned char)word.at[0]);
  bool line_end = behind.length == 0 || behind.at[0] == '\n';
  const char *hyphen = memchr(word.at, '-', word.length);
  int w = (int)word.length;
  const char *at = word.at;
  switch (kind) {
  case 0: /* a letter lost */
    return name && w > 2 ? (size_t)snprintf(out, size, "%.*s%.*s", (int)middle, at,
                                            w - (int)middle - 1, at + middle + 1)
                         : 0;
  case 1: /* a letter mistaken */
    return name ? (size_t)snprintf(out, size, "%.*sq%.*s", (int)middle, at, w - (int)middle - 1,
                                   at + middle + 1)
                : 0;
  case 2: /* two letters exchanged */
    return name && w > 3 && at[1] != at[2] && islower((unsigned char)at[1]) &&
                   islower((unsigned char)at[2])
               ? (size_t)snprintf(out, size, "%c%c%c%.*s", at[0], at[2], at[1], w - 3, at + 3)
               : 0;
  case 3: /* twice */
    return (size_t)snprintf(out, size, "%.*s %.*s", w, at, w, at);
  case 4: /* another language's names */
    return hyphen != NULL && name ? (size_t)snprintf(out, size, "%.*s_%.*s", (int)(hyphen - at), at,
                                                     w - (int)(hyphen - at) - 1, hyphen + 1)
                                  : 0;
  case 5: /* its line ends */
    return line_end ? (size_t)snprintf(out, size, "%.*s;", w, at) : 0;
  case 6: /* its assignments */
    return name && behind.length != 0 && behind.at[0] == ' '
               ? (size_t)snprintf(out, size, "%.*s =", w, at)
               : 0;
  case 7: /* its truth */
    return w == 3 && memcmp(at, "yes", 3) == 0 ? (size_t)snprintf(out, size, "true") : 0;
  case 8: /* its braces */
    return w == 1 && at[0] == '{' ? (size_t)snprintf(out, size, "\n{") : 0;
  case 9: /* its quotation marks */
    return at[0] == '"' && w > 2 && at[1] != '"'
               ? (size_t)snprintf(out, size, "'%.*s'", w - 2, at + 1)
               : 0;
  case 10: /* a sign lost */
    return w == 1 ? (size_t)snprintf(out, size, " ") : 0;
  case 11: /* a duration in words */
    return w > 1 && isdigit((unsigned char)at[0]) && at[w - 1] == 'd'
               ? (size_t)snprintf(out, size, "%.*s days", w - 1, at)
               : 0;
  case 12: /* a brace too many */
    return w == 1 && at[0] == '}' ? (size_t)snprintf(out, size, "}\n}") : 0;
  case 13: /* a fraction */
    return w > 1 && isdigit((unsigned char)at[0]) && strchr("mhdw", at[w - 1]) != NULL
               ? (size_t)snprintf(out, size, "1.5%c", at[w - 1])
               : 0;
  default:
    return 0;
  }
}

enum { MISTAKES = 14 };

static struct text next_word(struct text text, size_t *at)
{
  while (*at < text.length && (text.at[*at] == ' ' || text.at[*at] == '\n'))
    (*at)++;
  size_t from = *at;
  if (from == text.length)
    return TEXT_NONE;
  char first = text.at[from];
  if (first == '#') {
    while (*at < text.length && text.at[*at] != '\n')
      (*at)++;
    return next_word(text, at);
  }
  (*at)++;
  if (first == '"')
    while (*at < text.length && text.at[*at - (*at == from + 1)] != '\n' &&
           (*at == from + 1 || text.at[*at - 1] != '"'))
      (*at)++;
  else if (isalnum((unsigned char)first))
    while (*at < text.length &&
           (isalnum((unsigned char)text.at[*at]) || text.at[*at] == '-' || text.at[*at] == '.'))
      (*at)++;
  return (struct text){text.at + from, *at - from};
}

static void mutate_plan(const char *path, struct text text, struct tally *tally)
{
  char put[1024];
  char *made = malloc(text.length + sizeof put);
  assert_non_null(made);
  size_t at = strlen("renew 1\n");
  for (struct text word; (word = next_word(text, &at)).length != 0;) {
    if (word.length > sizeof put / 4)
      continue;
    size_t before = (size_t)(word.at - text.at), end = before + word.length;
    for (int kind = 0; kind < MISTAKES; kind++) {
      struct text behind = {text.at + end, text.length - end};
      size_t length = mistake(kind, word, behind, put, sizeof put);
      if (length == 0 || (length == word.length && memcmp(put, word.at, length) == 0))
        continue;
      memcpy(made, text.at, before);
      memcpy(made + before, put, length);
      memcpy(made + before + length, text.at + end, text.length - end);
      judge(path, (struct text){made, before + length + text.length - end}, tally);
    }
  }
  free(made);
}

static void a_safe_fix_takes_its_finding_away_and_makes_none(void **state)
{
  (void)state;
  static struct tally tally;
  glob_t found;
  assert_non_null(getcwd(root, sizeof root));
  assert_int_equal(glob("plans/*.renew", 0, NULL, &found), 0);
  glob("plans/org/*.renew", GLOB_APPEND, NULL, &found);
  static char bytes[FILE_LIMIT_BYTES];
  for (size_t i = 0; i < found.gl_pathc; i++) {
    FILE *stream = fopen(found.gl_pathv[i], "rb");
    assert_non_null(stream);
    size_t length = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    assert_true(length < sizeof bytes);
    mutate_plan(found.gl_pathv[i], (struct text){bytes, length}, &tally);
  }
  globfree(&found);
  for (int code = 0; code < DIAG__COUNT; code++)
    if (tally.by_code[code] != 0)
      print_message("# %s: %zu safe fixes, %zu of them bad\n", diag_code_name((enum diag_code)code),
                    tally.by_code[code], tally.bad_by_code[code]);
  print_message("# mutants=%zu with-a-safe-fix=%zu fixes=%zu bad=%zu\n", tally.mutants,
                tally.with_fix, tally.safe, tally.bad);
  assert_true(tally.safe > 1000);
  assert_int_equal(tally.bad, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(overlapping_fixes_are_not_both_applied),
      cmocka_unit_test(a_safe_fix_takes_its_finding_away_and_makes_none),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
