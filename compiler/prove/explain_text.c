/* SPDX-License-Identifier: Apache-2.0 */
/* explain_text: the explanation for a terminal. */
#include <string.h>

#include "compiler/prove/explain.h"

enum { NODES_SHOWN = 6, COLUMN_MAX = 40 };

static void pad(struct buffer *out, struct text text, size_t width)
{
  buffer_add_text(out, text);
  for (size_t column = text_width(text); column < width; column++)
    buffer_add(out, " ", 1);
}

static size_t wider(size_t width, struct text text)
{
  size_t own = text_width(text);
  return own > width ? own : width;
}

static void put_phases(const struct explain_connection *c, struct buffer *out)
{
  struct text from = TEXT("from"), presents = TEXT("may be presented"),
              accepts = TEXT("is accepted");
  size_t first = wider(0, from), second = wider(0, presents);
  for (uint32_t i = 0; i < c->phase_count; i++) {
    first = wider(first, c->phases[i].begins);
    second = wider(second, c->phases[i].presents);
  }
  buffer_add_zero(out, "  ");
  pad(out, from, first + 2);
  pad(out, presents, second + 2);
  buffer_add_text(out, accepts);
  buffer_add_zero(out, "\n");
  for (uint32_t i = 0; i < c->phase_count; i++) {
    buffer_add_zero(out, "  ");
    pad(out, c->phases[i].begins, first + 2);
    pad(out, c->phases[i].presents, second + 2);
    buffer_add_text(out, c->phases[i].accepts);
    buffer_add_zero(out, "\n");
  }
}

static void put_connection(const struct graph *graph, const struct explain_connection *c,
                           struct buffer *out)
{
  /* An open set's elements have no names yet. */
  bool is_open = c->node_count != 0 && text_starts_with(c->nodes[0], "*");
  buffer_format(out, "\n%s%.*s", is_open ? "each communication system of " : "",
                TEXT_ARG(graph->resources[c->presenter].name));
  for (uint32_t i = 0; !is_open && i < c->node_count && i < NODES_SHOWN; i++)
    buffer_format(out, "%s%.*s", i == 0 ? " on " : ", ", TEXT_ARG(c->nodes[i]));
  if (c->node_count > NODES_SHOWN)
    buffer_format(out, " and %u more", c->node_count - NODES_SHOWN);
  buffer_format(out, " calls %.*s with %.*s\n", TEXT_ARG(graph->resources[c->receiver].name),
                TEXT_ARG(graph->resources[c->certificate].name));
  put_phases(c, out);
  for (uint32_t i = 0; i < c->reason_count; i++) {
    const struct explain_reason *reason = &c->reasons[i];
    buffer_format(out, "  never: %.*s", TEXT_ARG(reason->state));
    if (reason->before.length != 0)
      buffer_format(out, ", as `%.*s` comes before `%.*s`", TEXT_ARG(reason->before),
                    TEXT_ARG(reason->after));
    else
      buffer_add_zero(out, ", as no step could bring it about");
    buffer_add_zero(out, "\n");
  }
  buffer_format(out, "  retired(%.*s.old): %.*s\n", TEXT_ARG(graph->resources[c->certificate].name),
                TEXT_ARG(c->retired));
}

void explain_text(const struct proof *proof, const struct explanation *explanation,
                  const struct timetable *times, const struct ways_back *ways,
                  struct buffer *ret_bytes)
{
  const struct graph *graph = proof->graph;
  buffer_format(ret_bytes, "%.*s: %s\n", TEXT_ARG(graph->name), verdict_words[proof->verdict]);
  for (uint32_t i = 0; i < explanation->connection_count; i++)
    put_connection(graph, &explanation->connections[i], ret_bytes);
  explain_times(times, ways, ret_bytes);
  struct arena *arena = arena_new("explanation", 0);
  buffer_format(ret_bytes, "\n%.*s\n", TEXT_ARG(explain_count(arena, proof)));
  arena_free(arena);
  for (uint32_t i = 0; i < proof->assumption_count; i++) {
    const struct proof_assumption *a = &proof->assumptions[i];
    buffer_format(ret_bytes, "  %-4s%-26s%-10s%.*s\n", a->id, a->title, standing_words[a->standing],
                  TEXT_ARG(a->says));
  }
}
