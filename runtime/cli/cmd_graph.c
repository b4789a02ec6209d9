/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_graph: the step graph as a picture, one lane a role; with --calls, who calls whom; with --safety, who
 * may present what and what is accepted; or the plan as a model for SPIN. The last two show a plan that the
 * proof refuses, too: that is what they are for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/graph/views.h"
#include "compiler/prove/picture.h"
#include "compiler/prove/promela.h"
#include "compiler/prove/prove.h"
#include "runtime/cli/cli.h"

enum { GRAPH_PROMELA = GRAPH_MERMAID + 1 };

static const struct {
  const char *word, *ends, *other_end;
  int form;
} forms[] = {{"dot", ".dot", ".gv", GRAPH_DOT},
             {"svg", ".svg", ".svg", GRAPH_SVG},
             {"mermaid", ".mmd", ".mermaid", GRAPH_MERMAID},
             {"promela", ".pml", ".promela", GRAPH_PROMELA}};

/* By its word, else by the file's name. */
static bool find_form(struct cli *cli, const char *as, const char *path, int *ret_form)
{
  *ret_form = GRAPH_DOT;
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    bool by_name = as == NULL && path != NULL &&
                   (text_ends_with(text_of(path), forms[i].ends) ||
                    text_ends_with(text_of(path), forms[i].other_end));
    if (by_name || (as != NULL && strcmp(as, forms[i].word) == 0)) {
      *ret_form = forms[i].form;
      return true;
    }
  }
  return as == NULL ||
         cli_usage(cli, "--as is dot, svg, mermaid or promela, not `%s`", as) == EXIT_OK;
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

struct wish {
  int form;
  bool calls, safety;
};

static void draw_safety(struct arena *arena, const struct proof *proof, struct buffer *out)
{
  picture_svg(proof, explain_proof(arena, proof), out);
}

/* A plan file is proven again: it holds no proof that could be drawn. */
static const struct proof *proof_of(const struct loaded *loaded, const struct graph *graph)
{
  const struct proof *proof = loaded->compiled.proof;
  struct checked_graph checked = {graph};
  return proof != NULL ? proof : prove_plan(loaded->compiled.arena, &checked);
}

static enum exit_code make(struct cli *cli, const struct wish *wish, const struct loaded *loaded,
                           const struct graph *graph, struct buffer *out)
{
  if (wish->form == GRAPH_PROMELA) {
    struct text why;
    if (promela_write(cli->arena, graph, out, &why))
      return EXIT_OK;
    fprintf(stderr, "renew: no model for SPIN: %.*s\n", TEXT_ARG(why));
    return EXIT_CANNOT_WORK;
  }
  enum graph_form form = (enum graph_form)wish->form;
  if (wish->safety)
    draw_safety(loaded->compiled.arena, proof_of(loaded, graph), out);
  else if (wish->calls)
    view_calls(graph, form, out);
  else
    draw(graph, form, out);
  if (form == GRAPH_MERMAID)
    tell_limits(graph, out);
  return EXIT_OK;
}

/* What was found wrong is on stderr; a plan whose text is clean has a graph all the same. */
static const struct graph *graph_of(const struct wish *wish, const struct loaded *loaded,
                                    enum exit_code code)
{
  if (code == EXIT_OK)
    return loaded->checked.graph;
  bool is_refused = (wish->safety || wish->form == GRAPH_PROMELA) && code == EXIT_ANSWER_NO &&
                    loaded->compiled.proof != NULL;
  return is_refused ? loaded->compiled.proof->graph : NULL;
}

int cmd_graph(struct cli *cli)
{
  const char *as = cli_take_value(cli, "--as"), *path = cli_take_value(cli, "-o");
  struct wish wish = {.calls = cli_take_flag(cli, "--calls"),
                      .safety = cli_take_flag(cli, "--safety")};
  if (!cli_arguments(cli, 1, 1) || !find_form(cli, as, path, &wish.form))
    return EXIT_USAGE;
  if (wish.calls && (wish.safety || wish.form == GRAPH_PROMELA))
    return cli_usage(cli, "--calls is a picture of its own: leave %s away",
                     wish.safety ? "--safety" : "--as promela");
  bool is_named = path != NULL && (text_ends_with(text_of(path), forms[GRAPH_DOT].ends) ||
                                   text_ends_with(text_of(path), forms[GRAPH_DOT].other_end));
  if (wish.safety && as == NULL && wish.form == GRAPH_DOT && !is_named)
    wish.form = GRAPH_SVG;
  if (wish.safety && wish.form != GRAPH_SVG)
    return cli_usage(cli,
                     "--safety is drawn as svg; renew check --explain-safety says it in words");
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], false, &loaded);
  const struct graph *graph = graph_of(&wish, &loaded, code);
  struct buffer out = {0};
  enum exit_code made = graph == NULL ? code : make(cli, &wish, &loaded, graph, &out);
  if (graph != NULL && made == EXIT_OK) {
    if (path == NULL) {
      fwrite(out.bytes, 1, out.size_bytes, stdout);
    } else if (!cli_write_file(path, buffer_text(&out))) {
      fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
      made = EXIT_CANNOT_WORK;
    }
  }
  buffer_free(&out);
  arena_free(loaded.compiled.arena);
  return made == EXIT_OK ? code : made;
}
