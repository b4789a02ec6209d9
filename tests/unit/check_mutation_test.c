/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_mutation: a word of a sample plan is deleted, doubled or misspelt; parse and check together
 * must see it. The floors of the language: at least 90 % seen, at least 93 % of
 * those with a finding on the mistaken line, at most 1.3 errors a mistake. A misspelt label or plan
 * name is a good name too: those are the mistakes that are not seen.
 */
#include <ctype.h>
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

enum mutation { DELETED, DOUBLED, MISSPELT, MUTATION__COUNT };

struct tally {
  uint32_t mutants, seen, on_line, errors;
};

static const char *const plans[] = {
    "plans/overlap.renew",        "plans/downtime.renew",    "plans/fleet.renew",
    "plans/default-client.renew", "plans/service-key.renew", "plans/lib-overlap.renew",
};

static struct text read_plan(struct arena *arena, const char *path)
{
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  char *bytes = arena_alloc(arena, 1 << 16);
  size_t length = fread(bytes, 1, (1 << 16) - 1, file);
  fclose(file);
  return (struct text){bytes, length};
}

static bool is_word_byte(char byte)
{
  return isalnum((unsigned char)byte) || byte == '-' || byte == '.';
}

/* The next word outside of texts, comments and the first line; false at the end. */
static bool next_word(struct text text, size_t *at, struct text *ret_word)
{
  while (*at < text.length) {
    char byte = text.at[*at];
    if (byte == '#' || byte == '"') {
      char end = byte == '#' ? '\n' : '"';
      do
        (*at)++;
      while (*at < text.length && text.at[*at] != end);
      (*at)++;
    } else if (is_word_byte(byte)) {
      size_t from = *at;
      while (*at < text.length && is_word_byte(text.at[*at]))
        (*at)++;
      *ret_word = (struct text){text.at + from, *at - from};
      return true;
    } else {
      (*at)++;
    }
  }
  return false;
}

/* The text with its word changed; TEXT_NONE where the word has no letter to misspell. */
static struct text mutate(struct arena *arena, struct text text, struct text word,
                          enum mutation mutation)
{
  int before = (int)(word.at - text.at);
  const char *behind = word.at + word.length;
  int behind_length = (int)(text.at + text.length - behind);
  switch (mutation) {
  case DELETED:
    return text_format(arena, "%.*s%.*s", before, text.at, behind_length, behind);
  case DOUBLED:
    return text_format(arena, "%.*s%.*s %.*s%.*s", before, text.at, TEXT_ARG(word), TEXT_ARG(word),
                       behind_length, behind);
  case MISSPELT:
  case MUTATION__COUNT:
    break;
  }
  size_t letter = word.length / 2;
  if (!islower((unsigned char)word.at[letter]))
    return TEXT_NONE;
  struct text made = text_copy(arena, text);
  ((char *)made.at)[before + (int)letter] = word.at[letter] == 'q' ? 'x' : 'q';
  return made;
}

static uint32_t line_at(struct text text, size_t at)
{
  uint32_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += text.at[i] == '\n';
  return line;
}

static void judge(const char *path, struct text text, uint32_t line, struct tally *tally)
{
  struct arena *arena = arena_new("mutant", 0);
  struct source_set sources;
  struct diag_list diags;
  char root[4096];
  uint32_t file;
  size_t bad_offset;
  assert_non_null(getcwd(root, sizeof root));
  source_set_start(&sources, arena, text_of(root));
  diag_list_start(&diags, arena);
  assert_int_equal(source_give(&sources, text_of(path), text, &file, &bad_offset), SOURCE_OK);
  check_program(arena, &sources, file, NULL, &diags);
  diag_list_sort(&diags);
  bool on_line = false;
  for (uint32_t i = 0; i < diags.count; i++)
    on_line |=
        diags.items[i]->has_place && source_place(&sources, diags.items[i]->primary).line == line;
  tally->mutants++;
  tally->seen += diags.count != 0;
  tally->on_line += on_line;
  tally->errors += diags.error_count;
  arena_free(arena);
}

static void one_mistake_is_seen_where_it_is_and_once(void **state)
{
  (void)state;
  struct tally tally = {0};
  for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
    struct arena *arena = arena_new("test", 0);
    struct text text = read_plan(arena, plans[i]), word;
    for (size_t at = strlen("renew 1\n"); next_word(text, &at, &word);)
      for (int mutation = 0; mutation < MUTATION__COUNT; mutation++) {
        struct arena *piece = arena_new("mutant text", 0);
        struct text mutant = mutate(piece, text, word, (enum mutation)mutation);
        if (mutant.length != 0)
          judge(plans[i], mutant, line_at(text, (size_t)(word.at - text.at)), &tally);
        arena_free(piece);
      }
    arena_free(arena);
  }
  printf("# mutants %u, seen %u, on the line %u, errors %u\n", tally.mutants, tally.seen,
         tally.on_line, tally.errors);
  assert_true(tally.mutants > 2000);
  assert_true(tally.seen * 100 >= tally.mutants * 90);
  assert_true(tally.on_line * 100 >= tally.seen * 93);
  assert_true(tally.errors * 10 <= tally.seen * 13);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_mistake_is_seen_where_it_is_and_once),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
