/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_fmt: plan files in the one layout. Without an option it writes them; --check, --diff and --list
 * only look. A file whose lines cannot be read stays as it is, with its findings.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/difference.h"
#include "compiler/syntax/format.h"
#include "runtime/cli/cli.h"

struct formatting {
  struct cli *cli;
  bool check, diff, list;
  uint32_t changed;
  enum exit_code code;
};

static void worse(struct formatting *formatting, enum exit_code code)
{
  if (code > formatting->code)
    formatting->code = code;
}

static bool only_looks(const struct formatting *formatting)
{
  return formatting->check || formatting->diff || formatting->list;
}

static void show(struct formatting *formatting, struct text name, struct text before,
                 struct text after)
{
  if (formatting->check)
    worse(formatting, EXIT_ANSWER_NO);
  if (formatting->list || !only_looks(formatting)) {
    if (!formatting->cli->quiet || formatting->list)
      printf("%.*s\n", TEXT_ARG(name));
    return;
  }
  struct buffer out = {0};
  difference_unified(name, before, after, isatty(STDOUT_FILENO), &out);
  fwrite(out.bytes, 1, out.size_bytes, stdout);
  buffer_free(&out);
}

/* What is on the disk can differ from the source's text by a byte order mark. */
static void act(struct formatting *formatting, const char *path, struct text name,
                struct text before, struct text after)
{
  if (path == NULL && !only_looks(formatting)) {
    fwrite(after.at, 1, after.length, stdout);
    return;
  }
  if (text_equal(before, after))
    return;
  formatting->changed++;
  if (path != NULL && !only_looks(formatting) && !cli_rewrite_file(path, after)) {
    fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
    worse(formatting, EXIT_CANNOT_WORK);
    return;
  }
  show(formatting, name, before, after);
}

static void format_file(struct formatting *formatting, const char *path)
{
  struct cli *cli = formatting->cli;
  struct compiled read;
  bool given = strcmp(path, "-") == 0;
  if (!cli_read_source(cli, given ? NULL : path, &read)) {
    worse(formatting, cli_report(cli, read.diags, read.sources));
    arena_free(read.arena);
    return;
  }
  struct source *source = &read.sources->files[0];
  struct buffer made = {0};
  switch (format_source(read.sources, 0, read.diags, &made)) {
  case FORMAT_OK:
    act(formatting, given ? NULL : path, source->path, source->bytes, buffer_text(&made));
    break;
  case FORMAT_BROKEN:
    worse(formatting, cli_report(cli, read.diags, read.sources));
    break;
  case FORMAT_UNSAFE:
    fprintf(stderr,
            "renew: %s: the formatted text would not say the same, so it was not written; please "
            "report this file\n",
            path);
    worse(formatting, EXIT_CANNOT_WORK);
    break;
  }
  buffer_free(&made);
  arena_free(read.arena);
}

int cmd_fmt(struct cli *cli)
{
  struct formatting formatting = {.cli = cli};
  formatting.check = cli_take_flag(cli, "--check");
  formatting.diff = cli_take_flag(cli, "--diff");
  formatting.list = cli_take_flag(cli, "--list");
  if (!cli_arguments(cli, 0, cli->argc))
    return EXIT_USAGE;
  size_t count;
  char **paths;
  if (cli_take_files(cli, FILES_OF_BOTH, &paths, &count) != EXIT_OK)
    return EXIT_USAGE;
  cli_tell_ignored(cli);
  for (size_t i = 0; i < count; i++)
    format_file(&formatting, paths[i]);
  if (formatting.check && formatting.changed != 0 && !cli->quiet)
    fprintf(stderr, "renew: %u file%s not formatted; `renew fmt` formats %s\n", formatting.changed,
            formatting.changed == 1 ? " is" : "s are", formatting.changed == 1 ? "it" : "them");
  return formatting.code;
}
