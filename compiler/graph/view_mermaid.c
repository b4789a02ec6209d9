/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_mermaid: the step graph as a Mermaid flowchart, as GitHub and GitLab draw it in Markdown.
 *
 * (1) Every character of a text that is not a letter, a digit or plain punctuation is an entity code:
 *     quotes, brackets, `%%{...}%%`, back-ticks and tags have a meaning to Mermaid also inside quotes.
 * (2) No colour of its own but strokes: the page's theme, light or dark, draws the rest.
 */
#include "compiler/graph/view_int.h"

#include <string.h>

enum { SAYS_COLUMNS = 70 };

void view_mermaid_text(struct text text, struct buffer *out)
{
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.at[i];
    bool plain = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 (c >= '0' && c <= '9') || (c != '\0' && strchr(" .,-_/", c) != NULL);
    if (plain)
      buffer_add(out, &text.at[i], 1);
    else if (c < 0x20 || c == 0x7f)
      buffer_add(out, " ", 1);
    else
      buffer_format(out, "#%d;", c);
  }
}

static const char *class_of(const struct step *step)
{
  if (step->effect == EFFECT_MESSAGE || step->effect == EFFECT_DELIVER)
    return "message";
  if (step->effect == EFFECT_LOOK)
    return "look";
  return step->enters ? "enter" : "act";
}

/* The sentence without the role: the lane says that. */
static struct text says_of(const struct graph *graph, const struct step *step)
{
  struct text says = step->sentence, role = graph->resources[step->role].name;
  if (step->roles.count == 1 && says.length > role.length + 1 &&
      memcmp(says.at, role.at, role.length) == 0 && says.at[role.length] == ' ')
    says = (struct text){says.at + role.length + 1, says.length - role.length - 1};
  return says;
}

static void add_step(const struct graph *graph, struct arena *arena, uint32_t index,
                     struct buffer *out)
{
  const struct step *step = &graph->steps[index];
  buffer_format(out, "    s%u[\"%u ", index, step->number);
  view_mermaid_text(step->id, out);
  buffer_add_zero(out, "<br/>");
  view_mermaid_text(view_fit(arena, says_of(graph, step), SAYS_COLUMNS), out);
  buffer_format(out, "\"]:::%s%s\n", class_of(step), step->guard != INDEX_NONE ? "Maybe" : "");
}

static void add_lane(const struct graph *graph, struct arena *arena, uint32_t role,
                     struct buffer *out)
{
  buffer_format(out, "  subgraph r%u[\"", role);
  view_mermaid_text(view_title(&graph->resources[role]), out);
  buffer_add_zero(out, "\"]\n");
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION && graph->steps[i].role == role)
      add_step(graph, arena, i, out);
  buffer_add_zero(out, "  end\n");
}

static void add_edges(const struct graph *graph, struct buffer *out)
{
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    for (uint32_t j = 0; j < step->waits_for.count; j++) {
      uint32_t before = graph->indices[step->waits_for.first + j];
      bool message = step->kind == STEP_ACTION && graph->steps[before].kind == STEP_ACTION &&
                     view_reaches(graph, &graph->steps[before], step->role);
      buffer_format(out, "  s%u %s s%u\n", before, message ? "-.->" : "-->", i);
    }
  }
}

void view_mermaid(const struct graph *graph, struct buffer *ret_bytes)
{
  static const struct {
    const char *name, *stroke;
  } classes[] = {
      {"act", "#64748b"}, {"enter", "#c2570c"}, {"look", "#15803d"}, {"message", "#1d5fd0"}};
  struct arena *arena = arena_new("view", 0);
  struct numbers roles = view_roles(arena, graph);
  struct buffer *out = ret_bytes;
  buffer_add_zero(out, "flowchart TD\n");
  for (uint32_t i = 0; i < roles.count; i++)
    add_lane(graph, arena, roles.items[i], out);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_JOIN)
      buffer_format(out, "  s%u(( ))\n", i);
  add_edges(graph, out);
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    buffer_format(out, "  classDef %s stroke:%s,stroke-width:2px\n", classes[i].name,
                  classes[i].stroke);
    buffer_format(out, "  classDef %sMaybe stroke:%s,stroke-width:2px,stroke-dasharray:5 3\n",
                  classes[i].name, classes[i].stroke);
  }
  arena_free(arena);
}
