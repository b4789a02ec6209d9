/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main: the global flags, the root, and the dispatch over commands.def.
 *
 * (1) A global flag stands anywhere, before or behind the verb; what is no global flag is left to
 *     the verb (cli_args.c).
 * (2) The program ends here, or where an arena is exhausted; nowhere else.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/when/zone.h"
#include "runtime/cli/cli_demo.h"
#include "runtime/cli/crash.h"

enum {
  ERROR_LIMIT_DEFAULT = 20,
  MMAP_THRESHOLD_BYTES = 2 * 1024 * 1024,
  TRIM_THRESHOLD_BYTES = 64 * 1024 * 1024
};

struct command {
  const char *name;
  int (*run)(struct cli *cli);
};

static const struct command commands[] = {
#define COMMAND(name, function, arguments, says) {name, function},
#include "runtime/cli/commands.def"
#undef COMMAND
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void give_up(const char *phase, size_t limit_bytes)
{
  fprintf(stderr, "renew: the %s phase needs more than %zu MiB of memory; nothing was done\n",
          phase, limit_bytes >> 20);
  exit(EXIT_CANNOT_WORK);
}

static bool is_terminal(int fd)
{
  const char *term = getenv("TERM");
  return isatty(fd) && term != NULL && strcmp(term, "dumb") != 0;
}

static void set_defaults(struct cli *cli)
{
  const char *no_color = getenv("NO_COLOR");
  cli->report = (struct report_options){.format = REPORT_HUMAN, .error_limit = ERROR_LIMIT_DEFAULT};
  cli->report.color = is_terminal(STDERR_FILENO) && (no_color == NULL || no_color[0] == '\0');
  setlocale(LC_CTYPE, "");
  cli->report.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

static bool set_format(struct cli *cli, const char *word)
{
  const char *actions = getenv("GITHUB_ACTIONS");
  if (strcmp(word, "auto") == 0)
    word = actions != NULL && strcmp(actions, "true") == 0 ? "github" : "human";
  if (cli_format_of(word, strlen(word), &cli->report.format))
    return true;
  struct buffer words = {0};
  for (int i = 0; i < REPORT__COUNT; i++)
    buffer_format(&words, "%s, ", report_format_words[i]);
  cli_usage(cli, "--format is %sor auto, not `%s`", words.bytes, word);
  buffer_free(&words);
  return false;
}

static bool set_color(struct cli *cli, const char *word)
{
  if (strcmp(word, "always") == 0)
    cli->report.color = true;
  else if (strcmp(word, "never") == 0)
    cli->report.color = false;
  else if (strcmp(word, "auto") != 0)
    return cli_usage(cli, "--color is auto, always or never, not `%s`", word) == EXIT_OK;
  return true;
}

static bool set_error_limit(struct cli *cli, const char *word)
{
  char *end = NULL;
  errno = 0;
  unsigned long limit = strtoul(word, &end, 10);
  bool none = strcmp(word, "none") == 0;
  if (!none && (end == word || *end != '\0' || errno != 0 || word[0] == '-' || limit > UINT32_MAX))
    return cli_usage(cli, "--error-limit is a number or `none`, not `%s`", word) == EXIT_OK;
  cli->report.error_limit = none ? 0 : (uint32_t)limit;
  return true;
}

/* 2027-03-06T22:05[:30][Z]; UTC either way. */
static bool set_at(struct cli *cli, const char *word)
{
  static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%MZ",
                                      "%Y-%m-%dT%H:%M"};
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    struct tm fields = {0};
    const char *end = strptime(word, forms[i], &fields);
    if (end != NULL && *end == '\0') {
      cli->at_s = timegm(&fields);
      return true;
    }
  }
  return cli_usage(cli, "--at is a time in UTC such as 2027-03-06T22:05, not `%s`", word) ==
         EXIT_OK;
}

static bool set_zone(struct cli *cli, const char *word)
{
  struct zone zone;
  cli->zone = text_of(word);
  if (zone_find(cli->zone, &zone))
    return true;
  struct text nearest = zone_nearest(cli->zone);
  if (nearest.length != 0)
    return cli_usage(cli, "--tz: there is no zone `%s`; did you mean `%.*s`?", word,
                     TEXT_ARG(nearest)) == EXIT_OK;
  return cli_usage(cli, "--tz is a zone such as Europe/Berlin, not `%s`", word) == EXIT_OK;
}

enum { PARAMS_LIMIT_BYTES = 1024 * 1024 };

static bool add_given(struct cli *cli, const char *word)
{
  const char *equals = strchr(word, '=');
  if (equals == NULL || equals == word)
    return cli_usage(cli, "--set needs NAME=VALUE, not `%s`", word) == EXIT_OK;
  cli->given = arena_grow(cli->arena, cli->given, cli->given_count, cli->given_count + 1,
                          sizeof *cli->given);
  cli->given[cli->given_count++] =
      (struct param_given){{word, (size_t)(equals - word)}, text_of(equals + 1)};
  return true;
}

/* NAME=VALUE a line; blank lines and lines that begin with # say nothing. */
static enum exit_code add_given_file(struct cli *cli, const char *path)
{
  struct text bytes;
  errno = 0;
  if (!cli_read_file(cli->arena, path, PARAMS_LIMIT_BYTES, &bytes))
    return cli_unreadable(cli, "the file of parameters", path,
                          errno == EINVAL  ? "it is no regular file"
                          : errno == EFBIG ? "it is larger than 1 MiB"
                                           : strerror(errno));
  size_t bad_offset;
  if (!text_is_utf8(bytes, &bad_offset) || memchr(bytes.at, '\0', bytes.length) != NULL)
    return cli_usage(cli, "the parameters in %s are no text in UTF-8", path);
  uint32_t line_number = 0;
  size_t mark = text_starts_with(bytes, "\xef\xbb\xbf") ? 3 : 0; /* some editors write one */
  for (size_t at = mark; at < bytes.length; line_number++) {
    const char *end = memchr(bytes.at + at, '\n', bytes.length - at);
    size_t length = end == NULL ? bytes.length - at : (size_t)(end - bytes.at) - at;
    struct text line = {bytes.at + at, length};
    at += length + 1;
    if (line.length != 0 && line.at[line.length - 1] == '\r')
      line.length--;
    if (line.length == 0 || line.at[0] == '#')
      continue;
    const char *word = text_zero(cli->arena, line), *equals = strchr(word, '=');
    if (equals == NULL || equals == word)
      return cli_usage(cli, "%s:%u: a line says NAME=VALUE, not `%s`", path, line_number + 1, word);
    if (!add_given(cli, word))
      return EXIT_USAGE;
  }
  return EXIT_OK;
}

/* --set behind --params: what is said on the command line comes last, and counts. */
static enum exit_code take_params(struct cli *cli)
{
  const char *value;
  while ((value = cli_take_value(cli, "--params")) != NULL) {
    enum exit_code code = add_given_file(cli, value);
    if (code != EXIT_OK)
      return code;
  }
  while ((value = cli_take_value(cli, "--set")) != NULL)
    if (!add_given(cli, value))
      return EXIT_USAGE;
  return EXIT_OK;
}

static bool add_roles(struct cli *cli, const char *word)
{
  for (const char *at = word;;) {
    const char *end = strchrnul(at, ',');
    if (end == at)
      return cli_usage(cli, "--as-role needs ROLE,... and not `%s`", word) == EXIT_OK;
    cli->roles = arena_grow(cli->arena, cli->roles, cli->role_count, cli->role_count + 1,
                            sizeof *cli->roles);
    cli->roles[cli->role_count++] = (struct text){at, (size_t)(end - at)};
    if (*end == '\0')
      return true;
    at = end + 1;
  }
}

static bool add_rules(struct cli *cli, const char *option, enum diag_rule rule)
{
  for (const char *word; (word = cli_take_value(cli, option)) != NULL;)
    for (const char *at = word, *end;; at = end + 1) {
      end = strchrnul(at, ',');
      const char *why = NULL;
      if (!diag_rules_add(&cli->rules, (struct text){at, (size_t)(end - at)}, rule, &why))
        return cli_usage(cli, "%s: `%.*s` is %s", option, (int)(end - at), at, why) == EXIT_OK;
      if (*end == '\0')
        break;
    }
  return true;
}

static bool take_values(struct cli *cli)
{
  const char *value;
  /* First, so that what is wrong with the rest is told in it. */
  if (cli_take_flag(cli, "--json"))
    cli->report.format = REPORT_JSON;
  if ((value = cli_take_value(cli, "--format")) != NULL && !set_format(cli, value))
    return false;
  cli->folder = cli_take_value(cli, "-C");
  cli->store = cli_take_value(cli, "--store");
  cli->store_is_given = cli->store != NULL;
  cli->plan = text_of(cli_take_value(cli, "--plan"));
  const char *profile = cli_take_value(cli, "--profile");
  if (profile != NULL && strcmp(profile, "demo") != 0)
    return cli_usage(cli, "there is no profile `%s`, only `demo`", profile) == EXIT_OK;
  cli->wants_demo = profile != NULL;
  while ((value = cli_take_value(cli, "--as-role")) != NULL)
    if (!add_roles(cli, value))
      return false;
  if ((value = cli_take_value(cli, "--color")) != NULL && !set_color(cli, value))
    return false;
  if (!add_rules(cli, "--allow", RULE_ALLOW) || !add_rules(cli, "--deny", RULE_DENY))
    return false;
  if ((value = cli_take_value(cli, "--error-limit")) != NULL && !set_error_limit(cli, value))
    return false;
  if ((value = cli_take_value(cli, "--at")) != NULL && !set_at(cli, value))
    return false;
  if ((value = cli_take_value(cli, "--tz")) != NULL && !set_zone(cli, value))
    return false;
  return true;
}

static bool take_globals(struct cli *cli)
{
  if (!take_values(cli))
    return false;
  if (cli_take_flag(cli, "--no-color"))
    cli->report.color = false;
  if (cli_take_flag(cli, "--ascii"))
    cli->report.ascii = true;
  cli->quiet = cli_take_flag(cli, "--quiet") || cli_take_flag(cli, "-q");
  cli->verbose = cli_take_flag(cli, "--verbose") || cli_take_flag(cli, "-v");
  cli->no_input = cli_take_flag(cli, "--no-input");
  if (cli->misused != NULL)
    return cli_usage(cli, "%s needs a value", cli->misused) == EXIT_OK;
  return true;
}

/* store.db below the state folder; absolute, for nothing may depend on where we stand. */
static void find_store(struct cli *cli)
{
  if (cli->store != NULL) {
    cli->store = cli_absolute(cli, cli->store);
    return;
  }
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  if (state != NULL && state[0] == '/') {
    cli->store = text_format(cli->arena, "%s/renew/store.db", state).at;
    return;
  }
  /* A unit or a cron job without HOME has to find the same runs, or two of them would renew one pair. */
  if (home == NULL || home[0] != '/') {
    const struct passwd *entry = getpwuid(geteuid());
    home = entry != NULL && entry->pw_dir != NULL && entry->pw_dir[0] == '/' ? entry->pw_dir : "";
  }
  cli->store = text_format(cli->arena, "%s/.local/state/renew/store.db", home).at;
}

static const struct command *find_command(const char *name)
{
  for (int i = 0; i < COMMAND_COUNT; i++)
    if (strcmp(commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static int unknown_verb(struct cli *cli, const char *word)
{
  struct text names[COMMAND_COUNT];
  for (int i = 0; i < COMMAND_COUNT; i++)
    names[i] = text_of(commands[i].name);
  struct text nearest = text_nearest(text_of(word), names, COMMAND_COUNT);
  if (nearest.length != 0)
    return cli_usage(cli, "there is no verb `%s`; did you mean `%.*s`?", word, TEXT_ARG(nearest));
  return cli_usage(cli, "there is no verb `%s`", word);
}

static int dispatch(struct cli *cli)
{
  cli->root = "";
  if (!take_globals(cli))
    return EXIT_USAGE;
  if (cli->folder != NULL && chdir(cli->folder) != 0) {
    fprintf(stderr, "renew: -C %s: %s\n", cli->folder, strerror(errno));
    return EXIT_CANNOT_WORK;
  }
  cli->root = cli_find_root(cli, ".");
  const char *value;
  while ((value = cli_take_value(cli, "--report")) != NULL)
    if (!cli_add_report(cli, value))
      return EXIT_USAGE;
  if ((value = cli_take_value(cli, "--log")) != NULL && !cli_open_log(cli, value))
    return EXIT_CANNOT_WORK;
  /* Behind -C, --report and --log: the file is sought from there, and what is wrong with it is told there. */
  enum exit_code code = take_params(cli);
  if (cli->misused != NULL)
    return cli_usage(cli, "%s needs a value", cli->misused);
  if (code != EXIT_OK)
    return code;
  find_store(cli);
  if (cli->wants_demo)
    cli_use_demo(cli);
  bool wants_help = cli_take_flag(cli, "--help") || cli_take_flag(cli, "-h");
  if (cli_take_flag(cli, "--version"))
    return cmd_version(cli);
  if (cli->argc == 0 && !wants_help)
    return cli_welcome(cli);
  if (wants_help)
    return cmd_help(cli);
  const char *word = cli->argv[0];
  if (word[0] == '-')
    return cli_usage(cli, "there is no option `%s`", word);
  if (strcmp(word, "__complete") == 0)
    return cli_complete(cli);
  const struct command *command = find_command(word);
  if (command == NULL)
    return unknown_verb(cli, word);
  cli->verb = command->name;
  cli->argv++;
  cli->argc--;
  return command->run(cli);
}

int main(int argc, char **argv)
{
#ifdef __GLIBC__
  /* Or it rises with what is freed, and large arrays are copied where they could be remapped. */
  mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
  /* What one file of many took is there for the next: a page that goes back costs a fault again. */
  mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
#endif
  arena_on_exhausted(give_up);
  struct cli cli = {.arena = arena_new("command line", 0), .verb = ""};
  crash_watch(cli.arena, argc, argv);
  cli.argv = arena_array(cli.arena, (size_t)argc + 1, sizeof *cli.argv);
  cli.argc = argc > 0 ? argc - 1 : 0;
  for (int i = 0; i < cli.argc; i++)
    cli.argv[i] = argv[i + 1];
  set_defaults(&cli);
  cli_output_start(&cli);
  int code = cli_output_end(&cli, dispatch(&cli));
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "renew: standard output cannot be written: %s\n", strerror(errno));
    code = code == EXIT_OK ? EXIT_CANNOT_WORK : code;
  }
  arena_free(cli.arena);
  return code;
}
