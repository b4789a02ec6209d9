/* SPDX-License-Identifier: Apache-2.0 */
/* cli_args: options out of an argument vector, and what is wrong with the rest. See cli.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli.h"

enum exit_code cli_usage(struct cli *cli, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  struct text says = text_vformat(cli->arena, format, values);
  va_end(values);
  cli_output_misuse(cli, says);
  if (cli->report.format == REPORT_JSON) {
    struct buffer out = {0};
    report_misuse(says, &out);
    fwrite(out.bytes, 1, out.size_bytes, stderr);
    buffer_free(&out);
    return EXIT_USAGE;
  }
  fprintf(stderr, "renew: %.*s\nhelp: renew help%s%s\n", TEXT_ARG(says),
          cli->verb[0] == '\0' ? "" : " ", cli->verb);
  return EXIT_USAGE;
}

static void drop(struct cli *cli, int at, int count)
{
  memmove(&cli->argv[at], &cli->argv[at + count],
          (size_t)(cli->argc - at - count + 1) * sizeof *cli->argv);
  cli->argc -= count;
}

static bool ends_options(const char *argument)
{
  return strcmp(argument, "--") == 0;
}

bool cli_take_flag(struct cli *cli, const char *name)
{
  for (int i = 0; i < cli->argc && !ends_options(cli->argv[i]); i++)
    if (strcmp(cli->argv[i], name) == 0) {
      drop(cli, i, 1);
      return true;
    }
  return false;
}

const char *cli_take_value(struct cli *cli, const char *name)
{
  size_t length = strlen(name);
  for (int i = 0; i < cli->argc && !ends_options(cli->argv[i]); i++) {
    const char *argument = cli->argv[i];
    if (strncmp(argument, name, length) != 0)
      continue;
    if (argument[length] == '=' && name[1] == '-') {
      drop(cli, i, 1);
      return argument + length + 1;
    }
    if (argument[length] != '\0')
      continue;
    if (i + 1 == cli->argc || ends_options(cli->argv[i + 1])) {
      cli->misused = name;
      drop(cli, i, 1);
      return NULL;
    }
    const char *value = cli->argv[i + 1];
    drop(cli, i, 2);
    return value;
  }
  return NULL;
}

static const char *arguments_of(const char *verb)
{
#define COMMAND(name, function, arguments, says)                                                   \
  if (strcmp(verb, name) == 0)                                                                     \
    return arguments;
#include "runtime/cli/commands.def"
#undef COMMAND
  return "";
}

bool cli_arguments(struct cli *cli, int least, int most)
{
  if (cli->misused != NULL) {
    cli_usage(cli, "%s needs a value", cli->misused);
    return false;
  }
  for (int i = 0; i < cli->argc; i++) {
    if (ends_options(cli->argv[i])) {
      drop(cli, i, 1);
      break;
    }
    if (cli->argv[i][0] == '-' && cli->argv[i][1] != '\0') {
      cli_usage(cli, "`%s` has no option `%s`: renew %s %s", cli->verb, cli->argv[i], cli->verb,
                arguments_of(cli->verb));
      return false;
    }
  }
  if (cli->argc < least || cli->argc > most) {
    cli_usage(cli, "`%s` %s: renew %s %s", cli->verb,
              cli->argc < least ? "needs more" : "takes less", cli->verb, arguments_of(cli->verb));
    return false;
  }
  return true;
}
