/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete: `renew __complete -- WORD...`: what may stand in the place of the last word, one a line
 * with its description behind a tab; :files or :folders where a path may. Read from commands.def,
 * help.def, the plan files below the root and the store.
 *
 * (1) Never a word on stderr, never another exit code than 0: somebody is typing.
 * (2) What an option or operand means is what its word in the tables says: PLAN, RUN, LABEL, ROLE,
 *     FILE, md|json. A word that is not known here completes nothing.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/graph/rplan.h"
#include "compiler/tables/tables.h"
#include "runtime/cli/cli_demo.h"

enum { SAYS_COLUMNS = 72, OPERANDS_MAX = 8, VALUE_BYTES = 128 };

struct flag_row {
  const char *verb; /* "" = every verb */
  const char *name; /* "--role ROLE", "-q, --quiet" */
  const char *says;
};

static const struct flag_row flag_rows[] = {
#define FLAG(name, says) {"", name, says},
#include "runtime/cli/help.def"
#define ARGUMENT(verb, name, says) {verb, name, says},
#include "runtime/cli/help.def"
};
enum { FLAG_COUNT = sizeof flag_rows / sizeof flag_rows[0] };

static const struct {
  const char *name, *arguments, *says;
} verb_lines[] = {
#define COMMAND(name, function, arguments, says) {name, arguments, says},
#include "runtime/cli/commands.def"
#undef COMMAND
};
enum { VERB_COUNT = sizeof verb_lines / sizeof verb_lines[0] };

struct asked {
  struct cli *cli;
  struct text current; /* what is typed of the value */
  struct text before;  /* "--as=", "warnings,": stays before each candidate */
  const char *verb;    /* NULL: it is to be completed */
  const char *operands[OPERANDS_MAX];
  uint32_t operand_count;
  const char *kind; /* of declarations that are looked for */
  bool has_paths;   /* :files was said */
  struct text_map said;
};

static void offer(struct asked *a, struct text word, struct text says)
{
  if (word.length < a->current.length ||
      memcmp(word.at, a->current.length == 0 ? "" : a->current.at, a->current.length) != 0)
    return;
  if (!text_map_add(&a->said, text_copy(a->cli->arena, word), 1, NULL))
    return;
  struct text shown = text_visible(a->cli->arena, says);
  size_t length = shown.length > SAYS_COLUMNS ? SAYS_COLUMNS : shown.length;
  /* No half of a character. */
  while (length < shown.length && length > 0 && ((unsigned char)shown.at[length] & 0xC0) == 0x80)
    length--;
  printf("%.*s%.*s\t%.*s\n", TEXT_ARG(a->before), TEXT_ARG(word), (int)length, shown.at);
}

/* The pieces of "-q, --quiet", "--api URL, --space ORG/SPACE": a flag and its value's word. */
static bool next_flag(const char **at, struct text *ret_flag, struct text *ret_value)
{
  while (**at == ',' || **at == ' ')
    (*at)++;
  if (**at != '-')
    return false;
  size_t flag = strcspn(*at, " ,");
  *ret_flag = (struct text){*at, flag};
  *at += flag;
  *ret_value = TEXT_NONE;
  if (**at == ' ') {
    (*at)++;
    /* "ROLE,..." is one word */
    const char *end = strstr(*at, ", -");
    size_t value = end == NULL ? strlen(*at) : (size_t)(end - *at);
    *ret_value = (struct text){*at, value};
    *at += value;
  }
  return true;
}

static bool is_of(const struct asked *a, const struct flag_row *row)
{
  return row->verb[0] == '\0' || (a->verb != NULL && strcmp(row->verb, a->verb) == 0);
}

/* The word of the flag's value: "ROLE,..."; TEXT_NONE where it has none or is not known. */
static struct text value_of_flag(const struct asked *a, struct text wanted)
{
  struct text flag, value;
  for (int i = 0; i < FLAG_COUNT; i++)
    for (const char *at = flag_rows[i].name;
         is_of(a, &flag_rows[i]) && next_flag(&at, &flag, &value);)
      if (text_equal(flag, wanted))
        return value;
  return TEXT_NONE;
}

static void offer_flags(struct asked *a)
{
  struct text flag, value;
  for (int i = 0; i < FLAG_COUNT; i++)
    for (const char *at = flag_rows[i].name;
         is_of(a, &flag_rows[i]) && next_flag(&at, &flag, &value);)
      offer(a, flag, text_of(flag_rows[i].says));
}

static void take_declared(void *of, const struct declared *declared)
{
  struct asked *a = of;
  size_t root_length = strcmp(a->cli->root, "/") == 0 ? 0 : strlen(a->cli->root);
  if (text_is(declared->kind, a->kind))
    offer(a, declared->name,
          declared->title.length != 0 ? declared->title
                                      : text_of(declared->path + root_length + 1));
}

static void offer_declared(struct asked *a, const char *kind)
{
  a->kind = kind;
  cli_each_declared(a->cli, take_declared, a);
}

/* The store of the real runs, or that of the simulated ones. NULL without. */
static struct store *open_store(struct asked *a, bool demo)
{
  struct cli cli = *a->cli;
  struct store *store = NULL;
  struct diag_list dropped;
  diag_list_start(&dropped, a->cli->arena);
  if (demo)
    cli_use_demo(&cli);
  return store_open(cli.store, STORE_TO_READ, &dropped, &store) == STORE_OK ? store : NULL;
}

static void offer_runs(struct asked *a)
{
  bool any = strcmp(a->verb, "status") == 0 || strcmp(a->verb, "journal") == 0;
  for (int demo = 0; demo < (a->cli->store_is_given ? 1 : 2); demo++) {
    struct store *store = open_store(a, demo != 0);
    struct run_row *rows;
    size_t count = 0;
    if (store != NULL)
      store_runs(store, a->cli->arena, &rows, &count);
    for (size_t i = 0; i < count; i++)
      if (any || rows[i].state == RUN_OPEN || rows[i].state == RUN_CANCELLING)
        offer(a, rows[i].id,
              text_format(a->cli->arena, "%.*s, %s", TEXT_ARG(rows[i].plan),
                          run_state_words[rows[i].state]));
    store_close(store);
  }
}

/* The steps of the run for which the verb is meant. */
static bool is_meant(const char *verb, const struct step_row *row)
{
  if (strcmp(verb, "sign") == 0)
    return row->status == STEP_WAITING && (row->wait == WAIT_PERSON || row->wait == WAIT_APPROVAL);
  if (strcmp(verb, "decide") == 0)
    return row->status == STEP_UNKNOWN ||
           (row->status == STEP_WAITING && row->wait == WAIT_QUESTION);
  if (strcmp(verb, "retry") == 0)
    return row->status == STEP_FAILED || row->status == STEP_UNDONE;
  return strcmp(verb, "why") == 0 ||
         (row->status != STEP_DONE && row->status != STEP_SKIPPED);
}

static void offer_labels(struct asked *a)
{
  struct arena *arena = a->cli->arena;
  struct text run = a->operand_count == 0 ? TEXT_NONE : text_of(a->operands[0]);
  struct store *store = open_store(a, cli_is_demo_run(run));
  struct run_row row;
  struct diag_list dropped;
  diag_list_start(&dropped, arena);
  if (store != NULL && store_run(store, arena, run, &row) == STORE_OK) {
    struct graph *graph = rplan_read(arena, row.rplan, &dropped);
    struct step_row *rows;
    size_t count;
    store_steps(store, arena, run, &rows, &count);
    /* A step that nobody has come to has no row. */
    uint32_t step_count = graph == NULL ? 0 : graph->step_count;
    struct step_row *of = arena_array(arena, (size_t)step_count + 1, sizeof *of);
    for (size_t i = 0; i < count; i++)
      if (rows[i].step < step_count)
        of[rows[i].step] = rows[i];
    for (uint32_t i = 0; i < step_count; i++)
      if (graph->steps[i].kind == STEP_ACTION && is_meant(a->verb, &of[i]))
        offer(a, graph->steps[i].id, graph->steps[i].sentence);
  }
  store_close(store);
}

static void offer_codes(struct asked *a, bool with_groups)
{
  for (int i = 0; i < DIAG__COUNT; i++)
    offer(a, text_of(diag_code_name(i)), text_of(diag_code_title(i)));
  if (with_groups) {
    offer(a, TEXT("warnings"), TEXT("all warnings"));
    offer(a, TEXT("style"), TEXT("all style hints"));
  }
}

static void offer_language(struct asked *a, const char *what)
{
  for (int i = 0; strcmp(what, "verb") == 0 && i < VERB__COUNT; i++)
    offer(a, text_of(verb_rows[i].word), text_of(verb_rows[i].says));
  for (int i = 0; strcmp(what, "kind") == 0 && i < KIND__COUNT; i++)
    offer(a, text_of(kind_words[i]), TEXT("a kind of declaration"));
}

static void offer_verbs(struct asked *a)
{
  for (int i = 0; i < VERB_COUNT; i++)
    offer(a, text_of(verb_lines[i].name), text_of(verb_lines[i].says));
}

/* "md|json|csv", "demo": lower case is meant literally. */
static bool is_literal(struct text word)
{
  for (size_t i = 0; i < word.length; i++)
    if (word.at[i] >= 'A' && word.at[i] <= 'Z')
      return false;
  return word.length != 0;
}

static void offer_each(struct asked *a, struct text words)
{
  for (size_t at = 0; at <= words.length;) {
    const char *end = memchr(words.at + at, '|', words.length - at);
    size_t length = end == NULL ? words.length - at : (size_t)(end - words.at) - at;
    if (words.at[at] != '-')
      offer(a, (struct text){words.at + at, length}, TEXT(""));
    at += length + 1;
  }
}

/* Of "E0304,W03": the last piece is completed. */
static void keep_pieces(struct asked *a)
{
  const char *comma =
      a->current.length == 0 ? NULL : memrchr(a->current.at, ',', a->current.length);
  if (comma == NULL)
    return;
  size_t length = (size_t)(comma + 1 - a->current.at);
  a->before =
      text_format(a->cli->arena, "%.*s%.*s", TEXT_ARG(a->before), (int)length, a->current.at);
  a->current = (struct text){a->current.at + length, a->current.length - length};
}

static void offer_formats(struct asked *a, const char *behind)
{
  for (int i = 0; i < REPORT__COUNT; i++)
    offer(a, text_format(a->cli->arena, "%s%s", report_format_words[i], behind), TEXT(""));
}

static void offer_paths(struct asked *a, const char *directive)
{
  if (!a->has_paths)
    puts(directive);
  a->has_paths = true;
}

/* What the tables' word means. */
static void offer_value(struct asked *a, struct text word)
{
  static const char *const kinds[][2] = {
      {"ROLE", "role"}, {"KEYSTORE", "keystore"}, {"NAME", "plan"}};
  if (text_ends_with(word, ",...")) {
    keep_pieces(a);
    word.length -= strlen(",...");
  } else if (text_ends_with(word, "...")) {
    word.length -= strlen("...");
  }
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (text_is(word, kinds[i][0]))
      offer_declared(a, kinds[i][1]);
  if (text_is(word, "PLAN")) {
    offer_declared(a, "plan");
    offer_paths(a, ":files");
  } else if (text_starts_with(word, "FILE") || text_is(word, "PATH")) {
    offer_paths(a, ":files");
  } else if (text_is(word, "DIR")) {
    offer_paths(a, ":folders");
  } else if (text_is(word, "RUN")) {
    offer_runs(a);
  } else if (text_is(word, "LABEL")) {
    offer_labels(a);
  } else if (text_is(word, "CODE")) {
    offer_codes(a, a->before.length != 0 || a->verb == NULL || strcmp(a->verb, "explain") != 0);
  } else if (text_is(word, "VERB")) {
    offer_verbs(a);
  } else if (text_is(word, "NAME=VALUE")) {
    offer_declared(a, "param");
  } else if (text_is(word, "F")) {
    offer_formats(a, "");
  } else if (text_is(word, "F=FILE")) {
    offer_formats(a, "=");
  } else if (text_is(word, "WHEN")) {
    offer_each(a, TEXT("auto|always|never"));
  } else if (is_literal(word)) {
    offer_each(a, word);
  }
}

/* The next word of a verb's arguments, without its brackets. */
static bool next_token(const char **at, struct text *ret_word, bool *ret_closes)
{
  while (**at == ' ' || **at == '[')
    (*at)++;
  size_t length = strcspn(*at, " ");
  if (length == 0)
    return false;
  *ret_closes = (*at)[length - 1] == ']';
  *ret_word = (struct text){*at, length - (*ret_closes ? 1 : 0)};
  *at += length;
  return true;
}

/*
 * The operands of "RUN LABEL done|redo --because TEXT": RUN, LABEL, done|redo; of "CODE | verb V" the
 * first is CODE or verb. What stands in the place that is asked for is offered; from a repeated one
 * on everything that follows, too.
 */
static void offer_operand(struct asked *a, const char *arguments)
{
  uint32_t place = 0;
  bool repeats = false, joins = false, closes, skips = false;
  struct text word;
  for (const char *at = arguments; next_token(&at, &word, &closes);) {
    if (skips || word.at[0] == '-') { /* a flag, and its value */
      skips = !skips && word.at[0] == '-' && word.length > 1 && !closes;
      continue;
    }
    if (text_is(word, "|")) {
      joins = true;
      continue;
    }
    /* V, K: the name behind `verb`, `key`, `kind` */
    if (word.length == 1 && word.at[0] != 'F')
      continue;
    place += !joins && !repeats;
    joins = false;
    repeats =
        repeats || text_ends_with(word, "...") || memmem(word.at, word.length, "...", 3) != NULL;
    struct text first = word;
    const char *bar = memchr(word.at, '|', word.length);
    if (bar != NULL && !is_literal(word))
      first.length = (size_t)(bar - word.at);
    if (place == a->operand_count + 1 || (repeats && place <= a->operand_count + 1))
      offer_value(a, first);
  }
}

static const char *arguments_of(const char *verb)
{
  for (int i = 0; i < VERB_COUNT; i++)
    if (strcmp(verb_lines[i].name, verb) == 0)
      return verb_lines[i].arguments;
  return NULL;
}

/* Words before the last one: the verb, its operands, and what changes where we look. Returns the flag
 * whose value the last word is; NULL without. */
static const char *read_words(struct asked *a, int count)
{
  struct cli *cli = a->cli;
  for (int i = 0; i < count; i++) {
    const char *word = cli->argv[i];
    if (word[0] != '-' || word[1] == '\0') {
      if (a->verb == NULL)
        a->verb = word;
      else if (a->operand_count < OPERANDS_MAX)
        a->operands[a->operand_count++] = word;
      continue;
    }
    if (strchr(word, '=') != NULL || value_of_flag(a, text_of(word)).length == 0)
      continue;
    if (i + 1 == count)
      return word;
    const char *value = cli->argv[++i];
    if (strcmp(word, "-C") == 0 && chdir(value) == 0)
      cli->root = cli_find_root(cli, ".");
    if (strcmp(word, "--store") == 0) {
      cli->store = cli_absolute(cli, value);
      cli->store_is_given = true;
    }
  }
  return NULL;
}

int cli_complete(struct cli *cli)
{
  struct asked a = {.cli = cli};
  text_map_start(&a.said, cli->arena);
  /* The word itself, and the -- behind it. */
  for (int i = 0; i < 2 && cli->argc > 0; i++) {
    cli->argv++;
    cli->argc--;
  }
  int last = cli->argc - 1;
  const char *current = last < 0 ? "" : cli->argv[last];
  const char *flag = read_words(&a, last < 0 ? 0 : last);
  const char *equals = current[0] == '-' ? strchr(current, '=') : NULL;
  a.current = text_of(current);
  if (flag != NULL) {
    offer_value(&a, value_of_flag(&a, text_of(flag)));
    return EXIT_OK;
  }
  if (equals != NULL) {
    struct text name = {current, (size_t)(equals - current)};
    a.before = (struct text){current, name.length + 1};
    a.current = text_of(equals + 1);
    offer_value(&a, value_of_flag(&a, name));
    return EXIT_OK;
  }
  if (current[0] == '-') {
    offer_flags(&a);
    return EXIT_OK;
  }
  if (a.verb == NULL) {
    offer_verbs(&a);
    return EXIT_OK;
  }
  const char *arguments = arguments_of(a.verb);
  bool is_explain = strcmp(a.verb, "explain") == 0;
  if (is_explain && a.operand_count == 1)
    offer_language(&a, a.operands[0]);
  else if (arguments != NULL)
    offer_operand(&a, arguments);
  return EXIT_OK;
}
