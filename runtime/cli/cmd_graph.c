/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_graph: the step graph as a picture, one lane a role; with --calls, who calls whom. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/graph/views.h"
#include "runtime/cli/cli.h"

static bool find_form(struct cli *cli, const char *as, const char *path, enum graph_form *ret_form)
{
  struct text file = text_of(path);
  if (as == NULL)
    *ret_form = path == NULL                                                       ? GRAPH_DOT
                : text_ends_with(file, ".svg")                                     ? GRAPH_SVG
                : text_ends_with(file, ".mmd") || text_ends_with(file, ".mermaid") ? GRAPH_MERMAID
                                                                                   : GRAPH_DOT;
  else if (strcmp(as, "dot") == 0)
    *ret_form = GRAPH_DOT;
  else if (strcmp(as, "svg") == 0)
    *ret_form = GRAPH_SVG;
  else if (strcmp(as, "mermaid") == 0)
    *ret_form = GRAPH_MERMAID;
  else
    return cli_usage(cli, "--as is dot, svg or mermaid, not `%s`", as) == EXIT_OK;
  return true;
}

static void draw(const struct graph *graph, enum graph_form form, struct buffer *out)
{
  switch (form) {
  case GRAPH_DOT:
    view_dot(graph, out);
    break;
  case GRAPH_SVG:
    view_svg(graph, out);
    break;
  case GRAPH_MERMAID:
    view_mermaid(graph, out);
    break;
  }
}

/* What GitHub draws of one diagram. */
static void tell_limits(const struct graph *graph, const struct buffer *out)
{
  enum { TEXT_MAX = 50000, EDGES_MAX = 500 };
  uint32_t edges = 0;
  for (uint32_t i = 0; i < graph->step_count; i++)
    edges += graph->steps[i].waits_for.count;
  if (out->size_bytes > TEXT_MAX || edges > EDGES_MAX)
    fprintf(
        stderr,
        "renew: this is more than GitHub draws (%d characters, %d edges); --as svg has no limit\n",
        TEXT_MAX, EDGES_MAX);
}

int cmd_graph(struct cli *cli)
{
  const char *as = cli_take_value(cli, "--as"), *path = cli_take_value(cli, "-o");
  bool calls = cli_take_flag(cli, "--calls");
  enum graph_form form = GRAPH_DOT;
  if (!cli_arguments(cli, 1, 1) || !find_form(cli, as, path, &form))
    return EXIT_USAGE;
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], false, &loaded);
  struct buffer out = {0};
  if (code == EXIT_OK) {
    if (calls)
      view_calls(loaded.checked.graph, form, &out);
    else
      draw(loaded.checked.graph, form, &out);
    if (form == GRAPH_MERMAID)
      tell_limits(loaded.checked.graph, &out);
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
