/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_explain: the long text about a finding, or about a word of the language, from the tables. */
#include <ctype.h>
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

static int explain_option(const struct option_row *row)
{
  printf("%s\n\n  %s%s%s\n      %s\n\n", row->words, row->words, row->form[0] == '\0' ? "" : " ",
         row->form, row->says);
  if (row == &option_rows[OPTION_CHECK])
    for (int i = 0; i < LOOK__COUNT; i++)
      printf("    %s\n      %s\n", look_rows[i].form, look_rows[i].says);
  puts(row->on_line
           ? "A line of a step's block; it may stand at the end of the step's own line, too."
           : "A line of a step's block, between { and }.");
  return EXIT_OK;
}

/* The words that structure a plan. */
static const struct structure {
  const char *words, *form, *says;
} structures[] = {
    {"import", "import \"FILE\" [as NAME]",
     "Makes the names of another file visible; the path is relative to the file that writes it."},
    {"for each", "for each NAME in SET, one at a time { ... }",
     "The block once for each member of SET: TENANT.nodes, FLOW.nodes, SYSTEM.nodes, "
     "CERTIFICATE.flows, a table. The instances run side by side, unless `one at a time` is "
     "written; "
     "the line behind the block waits for all of them."},
    {"when", "when CONDITION { ... } otherwise { ... }",
     "Steps that are done only where the condition holds; `when CONDITION` may also stand at the "
     "end of "
     "a step's line. Roots, chains and fingerprints are compared with == and !=, as in "
     "client.new.root != client.old.root."},
    {"otherwise", "when CONDITION { ... } otherwise { ... }", "The steps for the other case."},
    {"together", "together { ... }",
     "Steps without an order; `after LABEL` at the end of one waits for another one of them."},
    {"follow", "LABEL: follow PROCEDURE with PARAMETER THING, ...",
     "Does the steps of a procedure."},
};

static int explain_structure(const struct structure *row)
{
  printf("%s\n\n  %s\n\n", row->words, row->form);
  print_wrapped(row->says);
  return EXIT_OK;
}

static void list_words(const char *title, const char *const *words, size_t count)
{
  printf("%s\n ", title);
  size_t column = 1;
  for (size_t i = 0; i < count; i++) {
    if (column + 2 + strlen(words[i]) > LINE_COLUMNS) {
      printf("\n ");
      column = 1;
    }
    column += (size_t)printf(" %s%s", words[i], i + 1 == count ? "" : ",");
  }
  printf("\n\n");
}

/* `renew explain` alone: what can be asked. */
static int explain_what(void)
{
  const char *words[WORDS_MAX];
  size_t count = 0;
  puts("renew explain CODE: a finding, as in error[E0305]. renew explain WORD: a word of the "
       "language:\n");
  for (int i = 0; i < VERB__COUNT; i++)
    words[count++] = verb_rows[i].word;
  list_words("verbs (label: ROLE verb ...)", words, count);
  for (count = 0; count < KIND__COUNT; count++)
    words[count] = kind_words[count];
  list_words("kinds of declarations; each lists its keys", words, count);
  for (count = 0; count < OPTION__COUNT; count++)
    words[count] = option_rows[count].words;
  list_words("lines of a step's block", words, count);
  for (count = 0; count < sizeof structures / sizeof structures[0]; count++)
    words[count] = structures[count].words;
  list_words("words that structure a plan", words, count);
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
  for (int i = 0; i < OPTION__COUNT && count < WORDS_MAX; i++)
    words[count++] = text_of(option_rows[i].words);
  return text_nearest(word, words, count);
}

/* e0601 is E0601. */
static bool find_code(struct text word, enum diag_code *ret_code)
{
  enum { CODE_BYTES = 5 };
  char upper[CODE_BYTES];
  if (word.length != CODE_BYTES)
    return false;
  memcpy(upper, word.at, CODE_BYTES);
  upper[0] = (char)toupper((unsigned char)upper[0]);
  return diag_code_find((struct text){upper, CODE_BYTES}, ret_code);
}

/* By its words, or by one of its values: `roll-back`. */
static const struct option_row *find_option(struct text word)
{
  for (int i = 0; i < OPTION__COUNT; i++)
    if (text_is(word, option_rows[i].words))
      return &option_rows[i];
  for (int i = 0; i < OPTION__COUNT; i++)
    for (const char *at = option_rows[i].form; *at != '\0'; at += strspn(at, " |[]")) {
      size_t length = strcspn(at, " |[]");
      if (word.length == length && length > 3 && memcmp(word.at, at, length) == 0)
        return &option_rows[i];
      at += length;
    }
  return NULL;
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
  if (any && find_code(word, &code))
    return explain_code(code);
  if ((any || strcmp(sort, "verb") == 0) &&
      (verb_find(word, &verb) || verb_find_alias(word, &verb)))
    return explain_verb(verb);
  if ((any || strcmp(sort, "kind") == 0) && find_kind(word, &kind))
    return explain_kind(kind);
  if ((any || strcmp(sort, "key") == 0) && key_find(word, &key))
    return explain_key(key);
  for (size_t i = 0; any && i < sizeof structures / sizeof structures[0]; i++)
    if (text_is(word, structures[i].words))
      return explain_structure(&structures[i]);
  const struct option_row *option = any ? find_option(word) : NULL;
  if (option != NULL)
    return explain_option(option);
  struct text nearest = nearest_word(word);
  const char *between = any ? "" : " ";
  if (nearest.length != 0 && !text_equal(nearest, word))
    return cli_usage(cli, "nothing is known about `%s%s%.*s`; did you mean `%.*s`?", sort, between,
                     TEXT_ARG(word), TEXT_ARG(nearest));
  return cli_usage(cli, "nothing is known about `%s%s%.*s`", sort, between, TEXT_ARG(word));
}

int cmd_explain(struct cli *cli)
{
  if (!cli_arguments(cli, 0, 8))
    return EXIT_USAGE;
  if (cli->argc == 0 || (cli->argc == 1 && strcmp(cli->argv[0], "verb") == 0))
    return explain_what();
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
