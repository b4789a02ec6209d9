/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutation: one mistake after the other is put into every plan of plans/, and the parser must find
 * it where it is, once, and lose no other line. Here the syntax alone is measured: what only check
 * can see (a misspelt name) is counted and not asserted.
 *
 * The floors (language.md 2): at most 1.3 findings a mistake; at least 93 % of the first findings on
 * the mistaken line; never more than that line lost; a dropped brace on its line or the line that
 * opened its block in 95 % of the cases, and in 60 % where the text is not indented.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/syntax/parse.h"

enum { FILE_LIMIT_BYTES = 1 << 20, WORDS_MAX = 1 << 16, LINES_MAX = 1 << 14 };

struct word {
  size_t at, length;
};

struct tally {
  size_t mutants, detected, findings, on_line, lost_too_many;
};

/* --- one parse --- */

struct outcome {
  uint32_t findings;
  uint32_t first_line; /* of the first finding; 0: none */
  bool any_on[2];      /* a finding on lines[0], lines[1] */
  size_t line_count;
  uint64_t lines[LINES_MAX];
};

static uint64_t hash_of(struct text text, uint64_t hash)
{
  for (size_t i = 0; i < text.length; i++)
    if (text.at[i] != ' ')
      hash = (hash ^ (unsigned char)text.at[i]) * UINT64_C(1099511628211);
  return hash;
}

static void collect_lines(const struct source_set *sources, const struct line *line,
                          struct outcome *outcome)
{
  for (; line != NULL; line = line->next) {
    if (line->kind != LINE_BROKEN && outcome->line_count < LINES_MAX)
      outcome->lines[outcome->line_count++] =
          hash_of(source_text(sources, line->span), UINT64_C(14695981039346656037));
    if (line->block != NULL)
      collect_lines(sources, line->block->lines, outcome);
    if (line->otherwise != NULL)
      collect_lines(sources, line->otherwise->lines, outcome);
  }
}

static int compare_hashes(const void *left, const void *right)
{
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static void parse_text(struct text bytes, const uint32_t lines[2], struct outcome *ret_outcome)
{
  struct arena *arena = arena_new("test", 0);
  struct source_set sources;
  struct diag_list diags;
  uint32_t file;
  size_t bad;
  source_set_start(&sources, arena, TEXT(""));
  diag_list_start(&diags, arena);
  assert_int_equal(source_give(&sources, TEXT("x.renew"), bytes, &file, &bad), SOURCE_OK);
  struct ast_file *ast = parse_source(arena, &sources, file, &diags);
  diag_list_sort(&diags);
  memset(ret_outcome, 0, offsetof(struct outcome, lines));
  ret_outcome->findings = diags.count;
  for (uint32_t i = 0; i < diags.count; i++) {
    uint32_t line = source_place(&sources, diags.items[i]->primary).line;
    if (i == 0)
      ret_outcome->first_line = line;
    for (int k = 0; k < 2; k++)
      ret_outcome->any_on[k] |= line == lines[k];
  }
  collect_lines(&sources, ast->lines, ret_outcome);
  qsort(ret_outcome->lines, ret_outcome->line_count, sizeof(uint64_t), compare_hashes);
  arena_free(arena);
}

/* Lines of `before` that `after` does not have. */
static size_t lost_lines(const struct outcome *before, const struct outcome *after)
{
  size_t lost = 0;
  for (size_t i = 0, k = 0; i < before->line_count; i++) {
    while (k < after->line_count && after->lines[k] < before->lines[i])
      k++;
    if (k < after->line_count && after->lines[k] == before->lines[i])
      k++;
    else
      lost++;
  }
  return lost;
}

/* --- the plans --- */

static struct text read_plan(const char *path)
{
  FILE *stream = fopen(path, "rb");
  assert_non_null(stream);
  char *bytes = malloc(FILE_LIMIT_BYTES);
  assert_non_null(bytes);
  size_t length = fread(bytes, 1, FILE_LIMIT_BYTES, stream);
  fclose(stream);
  return (struct text){bytes, length};
}

static uint32_t line_at(struct text bytes, size_t at)
{
  uint32_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += bytes.at[i] == '\n';
  return line;
}

/* Words, texts and signs, comments left out. */
static size_t find_words(struct text bytes, struct word *words)
{
  size_t count = 0;
  for (size_t i = 0; i < bytes.length;) {
    char byte = bytes.at[i];
    size_t end = i + 1;
    if (byte == ' ' || byte == '\n') {
      i = end;
      continue;
    }
    if (byte == '#' || byte == '"') {
      while (end < bytes.length && bytes.at[end] != '\n' && (byte == '#' || bytes.at[end] != '"'))
        end += bytes.at[end] == '\\' ? 2 : 1;
      end += byte == '"';
    } else if (strchr("{}(),:", byte) == NULL) {
      while (end < bytes.length && strchr(" \n{}(),:\"#", bytes.at[end]) == NULL)
        end++;
    }
    bool time = byte >= '0' && byte <= '9' && end < bytes.length && bytes.at[end] == ':';
    if (time)
      end += 3;
    if (byte != '#' && count < WORDS_MAX)
      words[count++] = (struct word){i, end - i};
    i = end;
  }
  return count;
}

typedef struct text mutate_fn(struct text bytes, struct word word);

static struct text spliced(struct text bytes, size_t at, size_t cut, struct text put)
{
  char *made = malloc(bytes.length + put.length + 1);
  assert_non_null(made);
  memcpy(made, bytes.at, at);
  if (put.length != 0)
    memcpy(made + at, put.at, put.length);
  memcpy(made + at + put.length, bytes.at + at + cut, bytes.length - at - cut);
  return (struct text){made, bytes.length - cut + put.length};
}

static bool is_brace(struct text bytes, struct word word)
{
  return bytes.at[word.at] == '{' || bytes.at[word.at] == '}';
}

static struct text delete_word(struct text bytes, struct word word)
{
  return is_brace(bytes, word) ? TEXT_NONE : spliced(bytes, word.at, word.length, TEXT_NONE);
}

static struct text double_word(struct text bytes, struct word word)
{
  char twice[256];
  if (word.length * 2 + 1 > sizeof twice)
    return TEXT_NONE;
  int length = snprintf(twice, sizeof twice, "%.*s %.*s", (int)word.length, bytes.at + word.at,
                        (int)word.length, bytes.at + word.at);
  return spliced(bytes, word.at, word.length, (struct text){twice, (size_t)length});
}

/* One letter in the middle is lost. */
static struct text misspell_word(struct text bytes, struct word word)
{
  if (word.length < 3 || bytes.at[word.at] == '"')
    return TEXT_NONE;
  return spliced(bytes, word.at + word.length / 2, 1, TEXT_NONE);
}

static struct text drop_first_quote(struct text bytes, struct word word)
{
  return bytes.at[word.at] == '"' ? spliced(bytes, word.at, 1, TEXT_NONE) : TEXT_NONE;
}

static struct text drop_last_quote(struct text bytes, struct word word)
{
  if (bytes.at[word.at] != '"' || (word.length > 2 && bytes.at[word.at + 1] == '"'))
    return TEXT_NONE;
  return spliced(bytes, word.at + word.length - 1, 1, TEXT_NONE);
}

static struct outcome outcome_before, outcome_after;
static struct word words[WORDS_MAX];

static void mutate_plan(struct text plan, mutate_fn *mutate, struct tally *tally)
{
  uint32_t none[2] = {0, 0};
  parse_text(plan, none, &outcome_before);
  assert_int_equal(outcome_before.findings, 0);
  size_t count = find_words(plan, words);
  for (size_t i = 0; i < count; i++) {
    struct text mutant = mutate(plan, words[i]);
    if (mutant.at == NULL)
      continue;
    uint32_t lines[2] = {line_at(plan, words[i].at), 0};
    parse_text(mutant, lines, &outcome_after);
    size_t lost = lost_lines(&outcome_before, &outcome_after);
    tally->mutants++;
    tally->findings += outcome_after.findings;
    tally->detected += outcome_after.findings != 0;
    tally->on_line += outcome_after.findings != 0 && outcome_after.first_line == lines[0];
    if (lost > 1) {
      tally->lost_too_many++;
      print_message(
          "# %zu lines lost by a mistake on line %u, %u findings, first on line %u: %.*s\n", lost,
          lines[0], outcome_after.findings, outcome_after.first_line, (int)words[i].length,
          plan.at + words[i].at);
    }
    free((void *)mutant.at);
  }
}

static void each_plan(void (*act)(struct text plan, void *context), void *context)
{
  glob_t found;
  assert_int_equal(glob("plans/*.renew", 0, NULL, &found), 0);
  glob("plans/*/*.renew", GLOB_APPEND, NULL, &found);
  for (size_t i = 0; i < found.gl_pathc; i++) {
    struct text plan = read_plan(found.gl_pathv[i]);
    act(plan, context);
    free((void *)plan.at);
  }
  globfree(&found);
}

struct mutation {
  mutate_fn *mutate;
  struct tally tally;
};

static void act_mutate(struct text plan, void *context)
{
  struct mutation *mutation = context;
  mutate_plan(plan, mutation->mutate, &mutation->tally);
}

static void hold_floors(const char *name, mutate_fn *mutate)
{
  struct mutation mutation = {.mutate = mutate};
  each_plan(act_mutate, &mutation);
  const struct tally *tally = &mutation.tally;
  print_message("# %s: mutants=%zu detected=%zu findings=%zu on-the-line=%zu lost-more=%zu\n", name,
                tally->mutants, tally->detected, tally->findings, tally->on_line,
                tally->lost_too_many);
  assert_true(tally->mutants > 0);
  assert_true(tally->findings * 10 <= tally->detected * 13);
  assert_true(tally->on_line * 100 >= tally->detected * 93);
  assert_int_equal(tally->lost_too_many, 0);
}

static void a_deleted_word(void **state)
{
  (void)state;
  hold_floors("deleted", delete_word);
}

static void a_doubled_word(void **state)
{
  (void)state;
  hold_floors("doubled", double_word);
}

static void a_misspelt_word(void **state)
{
  (void)state;
  hold_floors("misspelt", misspell_word);
}

static void a_lost_opening_quote(void **state)
{
  (void)state;
  hold_floors("no opening quote", drop_first_quote);
}

static void a_lost_closing_quote(void **state)
{
  (void)state;
  hold_floors("no closing quote", drop_last_quote);
}

/* --- braces --- */

struct braces {
  bool indented;
  size_t dropped, located, findings, lost_too_many;
};

static struct text without_indentation(struct text plan)
{
  char *made = malloc(plan.length + 1);
  assert_non_null(made);
  size_t length = 0;
  bool first = true;
  for (size_t i = 0; i < plan.length; i++) {
    if (first && plan.at[i] == ' ')
      continue;
    made[length++] = plan.at[i];
    first = plan.at[i] == '\n';
  }
  return (struct text){made, length};
}

/* The line of the `{` whose `}` is words[close], or of the brace itself. */
static uint32_t opening_line(struct text plan, size_t index)
{
  size_t depth = 0;
  if (plan.at[words[index].at] == '{')
    return line_at(plan, words[index].at);
  for (size_t i = index; i-- > 0;) {
    if (plan.at[words[i].at] == '}')
      depth++;
    else if (plan.at[words[i].at] == '{' && depth-- == 0)
      return line_at(plan, words[i].at);
  }
  return 0;
}

static void act_drop_braces(struct text given, void *context)
{
  struct braces *braces = context;
  struct text plan = braces->indented ? given : without_indentation(given);
  uint32_t none[2] = {0, 0};
  parse_text(plan, none, &outcome_before);
  assert_int_equal(outcome_before.findings, 0);
  size_t count = find_words(plan, words);
  for (size_t i = 0; i < count; i++) {
    if (!is_brace(plan, words[i]))
      continue;
    struct text mutant = spliced(plan, words[i].at, 1, TEXT_NONE);
    uint32_t lines[2] = {line_at(plan, words[i].at), opening_line(plan, i)};
    parse_text(mutant, lines, &outcome_after);
    braces->dropped++;
    braces->findings += outcome_after.findings;
    bool located = outcome_after.any_on[0] || outcome_after.any_on[1];
    braces->located += located;
    braces->lost_too_many += lost_lines(&outcome_before, &outcome_after) > 1;
    if (!located && braces->indented)
      print_message("# `%c` of line %u not located: %u findings, first on line %u\n",
                    plan.at[words[i].at], lines[0], outcome_after.findings,
                    outcome_after.first_line);
    free((void *)mutant.at);
  }
  if (!braces->indented)
    free((void *)plan.at);
}

static void drop_braces(bool indented, size_t floor_percent)
{
  struct braces braces = {.indented = indented};
  each_plan(act_drop_braces, &braces);
  print_message("# braces, %s: dropped=%zu located=%zu findings=%zu lost-more=%zu\n",
                indented ? "indented" : "not indented", braces.dropped, braces.located,
                braces.findings, braces.lost_too_many);
  assert_true(braces.dropped > 0);
  assert_true(braces.located * 100 >= braces.dropped * floor_percent);
  assert_true(braces.findings * 10 <= braces.dropped * 13);
  assert_int_equal(braces.lost_too_many, 0);
}

static void a_lost_brace_where_lines_are_indented(void **state)
{
  (void)state;
  drop_braces(true, 95);
}

static void a_lost_brace_where_they_are_not(void **state)
{
  (void)state;
  drop_braces(false, 60);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_deleted_word),
      cmocka_unit_test(a_doubled_word),
      cmocka_unit_test(a_misspelt_word),
      cmocka_unit_test(a_lost_opening_quote),
      cmocka_unit_test(a_lost_closing_quote),
      cmocka_unit_test(a_lost_brace_where_lines_are_indented),
      cmocka_unit_test(a_lost_brace_where_they_are_not),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
