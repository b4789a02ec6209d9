/* SPDX-License-Identifier: Apache-2.0 */
/* view_dot: the graph for Graphviz: a cluster a role, points for the ends of blocks. */
#include "compiler/graph/view_int.h"

static void add_quoted(struct buffer *out, struct text text, const char *newline)
{
  buffer_add(out, "\"", 1);
  for (size_t i = 0; i < text.length; i++) {
    if (text.at[i] == '"' || text.at[i] == '\\')
      buffer_add(out, "\\", 1);
    if (text.at[i] == '\n')
      buffer_add_zero(out, newline);
    else
      buffer_add(out, &text.at[i], 1);
  }
  buffer_add(out, "\"", 1);
}

void view_dot_quote(struct buffer *out, struct text text)
{
  add_quoted(out, text, " ");
}

void view_dot_lines(struct buffer *out, struct text text)
{
  add_quoted(out, text, "\\l");
}

static void add_lane(const struct graph *graph, uint32_t role, struct arena *arena,
                     struct buffer *out)
{
  buffer_format(out, "  subgraph cluster_%u {\n    label=", role);
  view_dot_quote(out, view_title(&graph->resources[role]));
  buffer_add_zero(out, ";\n");
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind == STEP_JOIN || step->role != role)
      continue;
    buffer_format(out, "    s%u [label=", i);
    view_dot_quote(out, text_format(arena, "%u  %.*s", step->number, TEXT_ARG(step->id)));
    buffer_add_zero(out, ", tooltip=");
    view_dot_quote(out, step->sentence);
    buffer_add_zero(out, step->guard != INDEX_NONE ? ", style=\"rounded,dashed\"];\n" : "];\n");
  }
  buffer_add_zero(out, "  }\n");
}

void view_dot(const struct graph *graph, struct buffer *ret_bytes)
{
  struct buffer *out = ret_bytes;
  struct arena *arena = arena_new("view", 0);
  buffer_add_zero(out, "digraph ");
  view_dot_quote(out, graph->name);
  buffer_add_zero(out, " {\n  label=");
  view_dot_quote(out, graph->title.length != 0 ? graph->title : graph->name);
  buffer_add_zero(out,
                  ";\n  labelloc=t;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];"
                  "\n  fontname=\"sans-serif\";\n");
  struct numbers roles = view_roles(arena, graph);
  for (uint32_t i = 0; i < roles.count; i++)
    add_lane(graph, roles.items[i], arena, out);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_JOIN)
      buffer_format(out, "  s%u [shape=point];\n", i);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    for (uint32_t j = 0; j < step->waits_for.count; j++) {
      uint32_t before = graph->indices[step->waits_for.first + j];
      bool message = step->kind == STEP_ACTION && graph->steps[before].kind == STEP_ACTION &&
                     view_reaches(graph, &graph->steps[before], step->role);
      buffer_format(out, "  s%u -> s%u%s;\n", before, i,
                    message ? " [style=dashed, color=blue]" : "");
    }
  }
  buffer_add_zero(out, "}\n");
  arena_free(arena);
}
