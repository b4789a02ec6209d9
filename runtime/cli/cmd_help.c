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
    {"-C DIR", "", "as if started in DIR"},
    {"--plan NAME", "", "which plan of a file that holds several"},
    {"--set NAME=VALUE", "", "a parameter's value; may stand several times"},
    {"--at TIME", "", "pretend that it is TIME (UTC, 2027-03-06T22:05): plan and check"},
    {"--store PATH", "", "the store.db of the runs; default $XDG_STATE_HOME/renew/store.db"},
    {"--as-role ROLE,...", "", "act for these roles only"},
    {"--format F", "", "human, plain or json: the shape of findings; --json is --format json"},
    {"--color WHEN", "", "auto, always or never; --no-color"},
    {"--ascii", "", "no character beyond ASCII in frames"},
    {"--error-limit N", "", "errors shown at most, or `none`; default 20"},
    {"--no-input", "", "never ask on the terminal"},
    {"-q, --quiet", "", "findings only"},
    {"-v, --verbose", "", "more about each step"},
    {"-h, --help", "", "this text; with a verb, the verb's"},
};

static const struct row exit_codes[] = {
    {"0", "", "done, valid, nothing due"},
    {"1", "", "the answer is no: the text is wrong, or not a plan"},
    {"2", "", "wrong use of the command line"},
    {"3", "", "cannot work: a file cannot be read, a store of another version, a failed fsync"},
    {"4", "", "a step failed; the state is consistent, `renew resume` goes on"},
    {"5", "", "waiting: for a person, a date, the next opening of the window"},
    {"6", "", "refused: a freeze, or another run holds the lock"},
    {"7", "", "refused: damage or edit of a plan file, wrong digest, bad signature"},
    {"8", "", "a remote system was unreachable or refused, and nothing was changed"},
    {"9", "", "a person must decide: unknown outcome, drift, damaged journal"},
    {"10", "", "work is due"},
    {"128+n", "", "ended by signal n (130: Ctrl-C)"},
};

static void print_rows(const struct row *rows, size_t count, int width)
{
  for (size_t i = 0; i < count; i++)
    printf("  %-*s  %s\n", width, rows[i].name, rows[i].says);
}

enum exit_code cli_welcome(struct cli *cli)
{
  (void)cli;
  puts("renew: certificate renewals as plans that are checked, reviewed and executed\n"
       "\n"
       "  renew check plans/overlap.renew                      is the plan right?\n"
       "  renew show plans/overlap.renew --role tenant-admin   what do I have to do?\n"
       "  renew plan plans/overlap.renew                       what would happen? (changes "
       "nothing)\n"
       "  renew plan plans/overlap.renew -o overlap.rplan      the plan that people approve\n"
       "  renew run overlap.rplan --digest HEX                 do it\n"
       "  renew resume RUN                                     go on where it stopped\n"
       "\n"
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
    printf("renew %s %s\n\n  %s\n\nOptions for every verb and the exit status: renew help\n", word,
           verbs[i].arguments, verbs[i].says);
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
