/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_explain: the long text about a finding, or about a word of the language, from the tables. */
#include <stdio.h>
#include <string.h>

#include "compiler/tables/embedded.h"
#include "runtime/cli/cli.h"

enum { LINE_COLUMNS = 80, WORDS_MAX = 512 };

/* The text with line ends at blanks, so that no line is wider than a terminal. */
static void print_wrapped(const char *text)
{
  size_t column = 0;
  for (const char *at = text; *at != '\0';) {
    size_t length = strcspn(at, " ");
    if (column != 0 && column + 1 + length > LINE_COLUMNS) {
      putchar('\n');
      column = 0;
    }
    column += (size_t)printf("%s%.*s", column == 0 ? "" : " ", (int)length, at);
    at += length;
    while (*at == ' ')
      at++;
  }
  putchar('\n');
}

/* One example, indented; false where the program has none of that name. */
static bool print_example(const char *title, const char *subject, const char *side)
{
  struct buffer name = {0};
  buffer_format(&name, "%s.%s.renew", subject, side);
  for (size_t i = 0; i < name.size_bytes; i++)
    if (name.bytes[i] == ' ')
      name.bytes[i] = '-';
  const struct embedded *file = embedded_find(example_files, example_files_count, name.bytes);
  if (file == NULL) { /* what only a renew.conf says */
    strcpy(name.bytes + name.size_bytes - strlen("renew"), "conf");
    file = embedded_find(example_files, example_files_count, name.bytes);
  }
  buffer_free(&name);
  if (file == NULL)
    return false;
  printf("\n%s:\n\n", title);
  for (const char *line = file->content; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    printf("%s%.*s\n", length == 0 ? "" : "    ", (int)length, line);
    line += length + (line[length] == '\n');
  }
  return strstr(file->content, "\nimport \"landscape.renew\"") != NULL;
}

/* What goes wrong and what is right; a subject is a code, or verb-, key- and kind- with the word. */
static void print_examples(const char *sort, const char *subject)
{
  struct buffer name = {0};
  buffer_format(&name, "%s%s", sort, subject);
  bool imports = print_example("Wrong", name.bytes, "wrong");
  imports = print_example("Right", name.bytes, "right") || imports;
  buffer_free(&name);
  if (imports)
    puts("\n`renew explain landscape` shows what landscape.renew declares.");
}

static int explain_landscape(void)
{
  puts(embedded_find(example_files, example_files_count, "landscape.renew")->content);
  return EXIT_OK;
}

static int explain_code(enum diag_code code)
{
  static const char *const severities[] = {
      [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_STYLE] = "style"};
  printf("%s (%s): %s\n\n", diag_code_name(code), severities[diag_code_severity(code)],
         diag_code_title(code));
  print_wrapped(diag_code_explanation(code));
  print_examples("", diag_code_name(code));
  return EXIT_OK;
}

static int explain_verb(enum verb verb)
{
  const struct verb_row *row = &verb_rows[verb];
  printf("verb %s: %s\n\n  %s\n", row->word, row->says, row->form);
  if (verb == VERB_CHECKS)
    for (int i = 0; i < LOOK__COUNT; i++)
      printf("    %s\n      %s\n", look_rows[i].form, look_rows[i].says);
  printf("\n%s\n", row->enters ? "A window binds it: it changes what a running connection presents "
                                 "or accepts."
                               : "It runs at any time.");
  print_examples("verb-", row->word);
  return EXIT_OK;
}

static void print_key(const struct key_row *row)
{
  printf("  %s %s%s%s\n      %s", row->words, row->form,
         (row->flags & KEY_REQUIRED) != 0 ? "   (required)" : "",
         (row->flags & KEY_REPEATED) != 0 ? "   (may stand several times)" : "", row->says);
  if (row->otherwise[0] != '\0')
    printf("; default: %s", row->otherwise);
  putchar('\n');
}

static int explain_kind(enum kind kind)
{
  printf("kind %s: %s\n\n", kind_words[kind], kind_says[kind]);
  for (uint32_t i = 0; i < key_row_count; i++)
    if (key_rows[i].kind == kind)
      print_key(&key_rows[i]);
  print_examples("kind-", kind_words[kind]);
  return EXIT_OK;
}

static int explain_key(enum key key)
{
  printf("key %s\n", key_words[key]);
  for (uint32_t i = 0; i < key_row_count; i++)
    if (key_rows[i].key == key) {
      printf("\nof %s:\n", kind_words[key_rows[i].kind]);
      print_key(&key_rows[i]);
    }
  print_examples("key-", key_words[key]);
  return EXIT_OK;
}

/* Every word that can be explained, for "did you mean". */
static struct text nearest_word(struct text word)
{
  struct text words[WORDS_MAX];
  size_t count = 0;
  for (int i = 0; i < DIAG__COUNT && count < WORDS_MAX; i++)
    words[count++] = text_of(diag_code_name((enum diag_code)i));
  for (int i = 0; i < VERB__COUNT && count < WORDS_MAX; i++)
    words[count++] = text_of(verb_rows[i].word);
  for (int i = 0; i < KIND__COUNT && count < WORDS_MAX; i++)
    words[count++] = text_of(kind_words[i]);
  for (int i = 0; i < KEY__COUNT && count < WORDS_MAX; i++)
    words[count++] = text_of(key_words[i]);
  return text_nearest(word, words, count);
}

/* Also the kinds of renew.conf, which no plan declares. */
static bool find_kind(struct text word, enum kind *ret_kind)
{
  for (int i = 0; i < KIND__COUNT; i++)
    if (text_is(word, kind_words[i])) {
      *ret_kind = (enum kind)i;
      return true;
    }
  return false;
}

static int explain_word(struct cli *cli, const char *sort, struct text word)
{
  enum diag_code code;
  enum verb verb;
  enum kind kind;
  enum key key;
  bool any = sort[0] == '\0';
  if (any && text_equal(word, text_of("landscape")))
    return explain_landscape();
  if (any && diag_code_find(word, &code))
    return explain_code(code);
  if ((any || strcmp(sort, "verb") == 0) &&
      (verb_find(word, &verb) || verb_find_alias(word, &verb)))
    return explain_verb(verb);
  if ((any || strcmp(sort, "kind") == 0) && find_kind(word, &kind))
    return explain_kind(kind);
  if ((any || strcmp(sort, "key") == 0) && key_find(word, &key))
    return explain_key(key);
  struct text nearest = nearest_word(word);
  const char *between = any ? "" : " ";
  if (nearest.length != 0 && !text_equal(nearest, word))
    return cli_usage(cli, "nothing is known about `%s%s%.*s`; did you mean `%.*s`?", sort, between,
                     TEXT_ARG(word), TEXT_ARG(nearest));
  return cli_usage(cli, "nothing is known about `%s%s%.*s`", sort, between, TEXT_ARG(word));
}

int cmd_explain(struct cli *cli)
{
  if (!cli_arguments(cli, 1, 8))
    return EXIT_USAGE;
  static const char *const sorts[] = {"verb", "key", "kind"};
  const char *sort = "";
  int first = 0;
  for (size_t i = 0; cli->argc > 1 && i < sizeof sorts / sizeof sorts[0]; i++)
    if (strcmp(cli->argv[0], sorts[i]) == 0) {
      sort = sorts[i];
      first = 1;
    }
  /* A key may be several words: `certificate file`. */
  struct buffer word = {0};
  for (int i = first; i < cli->argc; i++)
    buffer_format(&word, "%s%s", i == first ? "" : " ", cli->argv[i]);
  int code = explain_word(cli, sort, buffer_text(&word));
  buffer_free(&word);
  return code;
}
