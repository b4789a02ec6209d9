/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_plan: the dry run, and with -o the compiled plan that people approve. The file is written
 * first: what the preview then shows is what stands in it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli_run.h"

static enum exit_code write_plan(struct cli *cli, const struct loaded *loaded, const char *path)
{
  const struct graph *graph = loaded->checked.graph;
  if (!cli_write_file(path, loaded->bytes)) {
    fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
    return EXIT_CANNOT_WORK;
  }
  if (!cli->quiet && cli_is_text(cli)) {
    printf("template %.*s\n", TEXT_ARG(graph->template_digest));
    printf("plan     %.*s\n", TEXT_ARG(loaded->digest));
    printf("written to %s; run it with: renew run %s --digest %.*s\n\n", path, path,
           TEXT_ARG(loaded->digest));
  }
  return EXIT_OK;
}

int cmd_plan(struct cli *cli)
{
  const char *path = cli_take_value(cli, "-o");
  bool live = cli_take_flag(cli, "--live");
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  if (live && cli->is_demo)
    return cli_usage(cli, "--profile demo has no live landscape to look at: leave --live away");
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], path != NULL, &loaded);
  if (code == EXIT_OK && path != NULL)
    code = write_plan(cli, &loaded, path);
  int result = code;
  if (code == EXIT_OK)
    result = cli_preview(cli, &loaded.checked, loaded.digest, live);
  arena_free(loaded.compiled.arena);
  return result;
}
