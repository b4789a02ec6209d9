/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_mutation: one mistake after the other is put into every plan of plans/: a token is deleted,
 * doubled or misspelt, a brace or a quotation mark is dropped; parse, check and lowering together must
 * see it. The floors of the language: at least 90 % of the mistakes seen, at least 93 % of those
 * with a finding on the mistaken line, at most 1.3 errors a mistake; a doubled token seen in 98 %; a
 * dropped brace on its line, or that of its partner, in 95 % where lines are indented, in 60 % where
 * they are not. That no other line is lost is asserted by mutation_test. A misspelt label or plan name
 * is a good name too: those are the mistakes that are not seen.
 */
#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/check/plan.h"
#include "compiler/graph/graph.h"

enum mutation { DELETED, DOUBLED, MISSPELT, OPENING_QUOTE, CLOSING_QUOTE, BRACE, MUTATION__COUNT };

static const char *const mutation_words[] = {"deleted token",         "doubled token",
                                             "misspelt token",        "dropped opening quote",
                                             "dropped closing quote", "dropped brace"};

struct tally {
  uint32_t mutants, seen, on_line, errors;
};

struct token {
  size_t at, length;
};

enum { FILE_LIMIT_BYTES = 1 << 18, TOKENS_MAX = 1 << 15 };

static char root[4096];

static uint32_t line_at(struct text text, size_t at)
{
  uint32_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += text.at[i] == '\n';
  return line;
}

static bool is_word_byte(char byte)
{
  return isalnum((unsigned char)byte) || byte == '-' || byte == '.';
}

static size_t text_end(struct text text, size_t at)
{
  bool block = text.length - at > 3 && memcmp(text.at + at, "\"\"\"", 3) == 0;
  if (block) {
    const char *end = memmem(text.at + at + 3, text.length - at - 3, "\"\"\"", 3);
    return (size_t)(end - text.at) + 3;
  }
  for (at++; text.at[at] != '"'; at++)
    at += text.at[at] == '\\';
  return at + 1;
}

/* Words, times, texts and signs behind the first line, without comments. */
static size_t find_tokens(struct text text, struct token *tokens)
{
  size_t count = 0;
  for (size_t at = strlen("renew 1\n"); at < text.length;) {
    size_t end = at + 1;
    char byte = text.at[at];
    if (byte == '#') {
      while (end < text.length && text.at[end] != '\n')
        end++;
    } else if (byte == '"') {
      end = text_end(text, at);
    } else if (is_word_byte(byte)) {
      while (end < text.length &&
             (is_word_byte(text.at[end]) || (isdigit((unsigned char)byte) && text.at[end] == ':' &&
                                             isdigit((unsigned char)text.at[end - 1]))))
        end++;
    } else if (end < text.length && strchr("=!<>", byte) != NULL && text.at[end] == '=') {
      end++;
    }
    assert_true(count < TOKENS_MAX);
    if (byte != '#' && !isspace((unsigned char)byte))
      tokens[count++] = (struct token){at, end - at};
    at = end;
  }
  return count;
}

static struct text spliced(struct arena *arena, struct text text, size_t at, size_t cut,
                           struct text put)
{
  return text_format(arena, "%.*s%.*s%.*s", (int)at, text.at, TEXT_ARG(put),
                     (int)(text.length - at - cut), text.at + at + cut);
}

/* The mutant; TEXT_NONE where the mistake cannot be made with this token. */
static struct text mutate(struct arena *arena, struct text text, struct token token,
                          enum mutation mutation)
{
  char first = text.at[token.at];
  bool brace = first == '{' || first == '}';
  bool quoted = first == '"' && token.length > 2 && text.at[token.at + 1] != '"';
  struct text word = {text.at + token.at, token.length};
  size_t middle = token.at + token.length / 2;
  switch (mutation) {
  case DELETED:
    return brace ? TEXT_NONE : spliced(arena, text, token.at, token.length, TEXT_NONE);
  case DOUBLED:
    return spliced(arena, text, token.at, 0, text_format(arena, "%.*s ", TEXT_ARG(word)));
  case MISSPELT:
    if (!is_word_byte(first) || !islower((unsigned char)text.at[middle]))
      return TEXT_NONE;
    return spliced(arena, text, middle, 1, text.at[middle] == 'q' ? TEXT("x") : TEXT("q"));
  case OPENING_QUOTE:
    return quoted ? spliced(arena, text, token.at, 1, TEXT_NONE) : TEXT_NONE;
  case CLOSING_QUOTE:
    return quoted ? spliced(arena, text, token.at + token.length - 1, 1, TEXT_NONE) : TEXT_NONE;
  case BRACE:
    return brace ? spliced(arena, text, token.at, 1, TEXT_NONE) : TEXT_NONE;
  case MUTATION__COUNT:
    break;
  }
  return TEXT_NONE;
}

/* The line of the brace's partner; that of the token itself where it is none. */
static uint32_t partner_line(struct text text, const struct token *tokens, size_t count,
                             size_t index)
{
  int depth = 0, step = text.at[tokens[index].at] == '}' ? -1 : 1;
  for (size_t i = index; i < count; i += (size_t)step) {
    char byte = text.at[tokens[i].at];
    depth += (byte == '{') - (byte == '}');
    if (depth == 0)
      return line_at(text, tokens[i].at);
  }
  return line_at(text, tokens[index].at);
}

static void judge(const char *path, struct text text, uint32_t line, uint32_t partner,
                  struct tally *tally)
{
  struct arena *arena = arena_new("mutant", 0);
  struct source_set sources;
  struct diag_list diags;
  uint32_t file;
  size_t bad_offset;
  source_set_start(&sources, arena, text_of(root));
  diag_list_start(&diags, arena);
  assert_int_equal(source_give(&sources, text_of(path), text, &file, &bad_offset), SOURCE_OK);
  struct program *program = check_program(arena, &sources, file, NULL, &diags);
  for (uint32_t i = 0; i < program->decl_count && !diag_list_has_errors(&diags); i++) {
    if (program->decls[i].kind != KIND_PLAN || program->decls[i].file != file)
      continue;
    struct graph *graph = lower_plan(arena, program, i, false, &diags);
    struct checked_graph checked;
    if (graph != NULL)
      graph_check(graph, &diags, &checked);
  }
  diag_list_sort(&diags);
  bool on_line = false;
  for (uint32_t i = 0; i < diags.count; i++) {
    const struct diag *diag = diags.items[i];
    uint32_t found = diag->has_place && diag->primary.file == file
                         ? source_place(&sources, diag->primary).line
                         : 0;
    on_line |= found == line || found == partner;
  }
  tally->mutants++;
  tally->seen += diags.count != 0;
  tally->on_line += on_line;
  tally->errors += diags.error_count;
  arena_free(arena);
}

static void mutate_plan(const char *path, struct text text, enum mutation first,
                        struct tally *tallies)
{
  static struct token tokens[TOKENS_MAX];
  size_t count = find_tokens(text, tokens);
  for (size_t i = 0; i < count; i++)
    for (int mutation = (int)first; mutation < MUTATION__COUNT; mutation++) {
      struct arena *arena = arena_new("mutant text", 0);
      struct text mutant = mutate(arena, text, tokens[i], (enum mutation)mutation);
      uint32_t line = line_at(text, tokens[i].at);
      uint32_t partner = mutation == BRACE ? partner_line(text, tokens, count, i) : line;
      if (mutant.length != 0)
        judge(path, mutant, line, partner, &tallies[mutation]);
      arena_free(arena);
    }
}

static struct text without_indentation(struct arena *arena, struct text text)
{
  struct buffer made = {0};
  bool first = true;
  for (size_t i = 0; i < text.length; i++) {
    if (!first || text.at[i] != ' ')
      buffer_add(&made, text.at + i, 1);
    first = text.at[i] == '\n' || (first && text.at[i] == ' ');
  }
  struct text copy = text_copy(arena, buffer_text(&made));
  buffer_free(&made);
  return copy;
}

static size_t each_plan(bool indented, enum mutation first, struct tally *tallies)
{
  glob_t found;
  assert_int_equal(glob("plans/*.renew", 0, NULL, &found), 0);
  glob("plans/*/*.renew", GLOB_APPEND, NULL, &found);
  static char bytes[FILE_LIMIT_BYTES];
  size_t files = 0;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    if (text_ends_with(text_of(found.gl_pathv[i]), ".test.renew"))
      continue;
    FILE *file = fopen(found.gl_pathv[i], "rb");
    assert_non_null(file);
    struct arena *arena = arena_new("test", 0);
    struct text text = {bytes, fread(bytes, 1, sizeof bytes, file)};
    fclose(file);
    assert_true(text.length < sizeof bytes);
    mutate_plan(found.gl_pathv[i], indented ? text : without_indentation(arena, text), first,
                tallies);
    arena_free(arena);
    files++;
  }
  globfree(&found);
  return files;
}

static double percent(uint32_t part, uint32_t whole)
{
  return whole == 0 ? 0 : 100.0 * part / whole;
}

static void print_tally(const char *name, const struct tally *tally)
{
  printf("# %-22s %6u mistakes, %5.1f %% seen, of those %5.1f %% on the line, %.2f errors each\n",
         name, tally->mutants, percent(tally->seen, tally->mutants),
         percent(tally->on_line, tally->seen),
         tally->seen == 0 ? 0 : 1.0 * tally->errors / tally->seen);
}

static void one_mistake_is_seen_where_it_is_and_once(void **state)
{
  (void)state;
  struct tally tallies[MUTATION__COUNT] = {0}, all = {0};
  size_t files = each_plan(true, DELETED, tallies);
  for (int mutation = 0; mutation < MUTATION__COUNT; mutation++) {
    print_tally(mutation_words[mutation], &tallies[mutation]);
    all.mutants += tallies[mutation].mutants;
    all.seen += tallies[mutation].seen;
    all.on_line += tallies[mutation].on_line;
    all.errors += tallies[mutation].errors;
  }
  printf("# %zu files\n", files);
  print_tally("all", &all);
  assert_true(files > 8 && all.mutants > 5000);
  assert_true(all.seen * 100 >= all.mutants * 90);
  assert_true(all.on_line * 100 >= all.seen * 93);
  assert_true(all.errors * 10 <= all.seen * 13);
  assert_true(tallies[DOUBLED].seen * 100 >= tallies[DOUBLED].mutants * 98);
  assert_true(tallies[BRACE].on_line * 100 >= tallies[BRACE].mutants * 95);
}

static void a_dropped_brace_is_found_without_indentation(void **state)
{
  (void)state;
  struct tally tallies[MUTATION__COUNT] = {0};
  each_plan(false, BRACE, tallies);
  print_tally("brace, not indented", &tallies[BRACE]);
  assert_true(tallies[BRACE].mutants > 100);
  assert_true(tallies[BRACE].on_line * 100 >= tallies[BRACE].mutants * 60);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_mistake_is_seen_where_it_is_and_once),
      cmocka_unit_test(a_dropped_brace_is_found_without_indentation),
  };
  if (getcwd(root, sizeof root) == NULL)
    return 1;
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
