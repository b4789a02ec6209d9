/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_help: what the program can do: all of it, or one verb. Printed from commands.def. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli.h"

struct row {
  const char *name;
  const char *arguments;
  const char *says;
};

static const struct row verbs[] = {
#define COMMAND(name, function, arguments, says) {name, arguments, says},
#include "runtime/cli/commands.def"
#undef COMMAND
};
enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

static const struct row flags[] = {
#define FLAG(name, says) {name, "", says},
#include "runtime/cli/help.def"
};

static const struct row exit_codes[] = {
#define EXIT(code, says) {code, "", says},
#include "runtime/cli/help.def"
};

/* name is the verb that the line is about, arguments the flag or the command line. */
static const struct row verb_flags[] = {
#define ARGUMENT(verb, name, says) {verb, name, says},
#include "runtime/cli/help.def"
};
static const struct row examples[] = {
#define EXAMPLE(verb, line, says) {verb, line, says},
#include "runtime/cli/help.def"
};

static void print_rows(const struct row *rows, size_t count, int width)
{
  for (size_t i = 0; i < count; i++)
    printf("  %-*s  %s\n", width, rows[i].name, rows[i].says);
}

/* The rows about one verb: what to write, and below it what that does. */
static void print_about(const char *verb, const struct row *rows, size_t count)
{
  bool any = false;
  for (size_t i = 0; i < count; i++)
    if (strcmp(rows[i].name, verb) == 0) {
      printf("  %s\n      %s\n", rows[i].arguments, rows[i].says);
      any = true;
    }
  if (any)
    putchar('\n');
}

enum exit_code cli_welcome(struct cli *cli)
{
  (void)cli;
  puts("renew: certificate renewals as plans that are checked, reviewed and executed\n"
       "\n"
       "  renew check                                is every plan here right?\n"
       "  renew show client --role receiver-admin    what does one of us have to do?\n"
       "  renew plan renew-client-overlap            what would happen? (changes nothing)\n"
       "\n"
       "Start with `renew new`: it asks a few questions and writes a first plan.\n"
       "Try it without a landscape: `renew run PLAN --profile demo`.\n"
       "`renew help` lists all verbs, `renew explain CODE` explains a finding.");
  return EXIT_OK;
}

static int help_all(void)
{
  puts("renew check plans/overlap.renew\n"
       "renew plan plans/overlap.renew -o overlap.rplan\n"
       "renew run overlap.rplan --digest HEX\n"
       "\n"
       "VERBS");
  print_rows(verbs, VERB_COUNT, 8);
  puts("\nOPTIONS (before or behind the verb)");
  print_rows(flags, sizeof flags / sizeof flags[0], 18);
  puts("\nEXIT STATUS");
  print_rows(exit_codes, sizeof exit_codes / sizeof exit_codes[0], 5);
  puts("\nstdout holds data, stderr holds messages. `renew help VERB` says more about a verb.");
  return EXIT_OK;
}

static int help_verb(struct cli *cli, const char *word)
{
  struct text names[VERB_COUNT];
  for (int i = 0; i < VERB_COUNT; i++) {
    names[i] = text_of(verbs[i].name);
    if (strcmp(verbs[i].name, word) != 0)
      continue;
    printf("renew %s %s\n\n  %s\n\n", word, verbs[i].arguments, verbs[i].says);
    print_about(word, verb_flags, sizeof verb_flags / sizeof verb_flags[0]);
    if (strcmp(word, "new") == 0)
      cli_help_new();
    print_about(word, examples, sizeof examples / sizeof examples[0]);
    puts("Options for every verb and the exit status: renew help");
    return EXIT_OK;
  }
  struct text nearest = text_nearest(text_of(word), names, VERB_COUNT);
  if (nearest.length != 0)
    return cli_usage(cli, "there is no verb `%s`; did you mean `%.*s`?", word, TEXT_ARG(nearest));
  return cli_usage(cli, "there is no verb `%s`", word);
}

/* `renew help VERB`, and `renew VERB ... --help`, where the verb is still the first argument. */
int cmd_help(struct cli *cli)
{
  if (cli->argc != 0 && cli->verb[0] == '\0' && strcmp(cli->argv[0], "help") == 0) {
    cli->argv++;
    cli->argc--;
  }
  return cli->argc == 0 ? help_all() : help_verb(cli, cli->argv[0]);
}
