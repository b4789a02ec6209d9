/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_graph: the step graph as a picture, one lane a role. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/graph/views.h"
#include "runtime/cli/cli.h"

int cmd_graph(struct cli *cli)
{
  const char *as = cli_take_value(cli, "--as"), *path = cli_take_value(cli, "-o");
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  bool svg =
      as != NULL ? strcmp(as, "svg") == 0 : path != NULL && text_ends_with(text_of(path), ".svg");
  if (as != NULL && !svg && strcmp(as, "dot") != 0)
    return cli_usage(cli, "--as is dot or svg, not `%s`", as);
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], false, &loaded);
  struct buffer out = {0};
  if (code == EXIT_OK) {
    if (svg)
      view_svg(loaded.checked.graph, &out);
    else
      view_dot(loaded.checked.graph, &out);
    if (path == NULL) {
      fwrite(out.bytes, 1, out.size_bytes, stdout);
    } else if (!cli_write_file(path, buffer_text(&out))) {
      fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
      code = EXIT_CANNOT_WORK;
    }
  }
  buffer_free(&out);
  arena_free(loaded.compiled.arena);
  return code;
}
