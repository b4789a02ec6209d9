/* SPDX-License-Identifier: Apache-2.0 */
/* explain_text: the explanation for a terminal. */
#include <string.h>

#include "compiler/prove/explain.h"

enum { NODES_SHOWN = 8, COLUMN_MAX = 40 };

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

/* A cell, and what stands between it and the next one. */
static void put_cell(struct buffer *out, struct text text, size_t width)
{
  pad(out, text, width);
  buffer_add_zero(out, "  ");
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
  put_cell(out, from, first);
  put_cell(out, presents, second);
  buffer_add_text(out, accepts);
  buffer_add_zero(out, "\n");
  for (uint32_t i = 0; i < c->phase_count; i++) {
    buffer_add_zero(out, c->phases[i].is_broken ? "! " : "  ");
    put_cell(out, c->phases[i].begins, first);
    put_cell(out, c->phases[i].presents, second);
    buffer_add_text(out, c->phases[i].accepts);
    buffer_add_zero(out, c->phases[i].is_broken ? "   <-- refused\n" : "\n");
  }
}

static void put_reason(const struct explain_reason *reason, struct buffer *out)
{
  if (reason->before.length == 0)
    buffer_format(out, "    %.*s\n", TEXT_ARG(reason->says));
  else
    buffer_format(out, "    `%.*s` before `%.*s`: %.*s\n", TEXT_ARG(reason->before),
                  TEXT_ARG(reason->after), TEXT_ARG(reason->says));
}

struct text explain_missing(struct arena *arena, const struct explain_connection *c)
{
  const struct graph *graph = c->graph;
  const struct proof_finding *finding = c->broken;
  if (c->is_unsent)
    return text_format(arena, "write `%.*s` without a condition, behind what it tells of",
                       TEXT_ARG(graph->steps[c->back_of].id));
  if (c->goes_on)
    return text_format(arena, "write into `%.*s`: on failure stop",
                       TEXT_ARG(graph->steps[c->back_of].id));
  if (c->back_of != INDEX_NONE)
    return text_format(arena, "put back only what `%.*s` itself has changed, or: on failure stop",
                       TEXT_ARG(graph->steps[c->back_of].id));
  uint32_t before = finding->before, after = finding->after;
  if (before != INDEX_NONE && (after == INDEX_NONE || after == before))
    return finding->code != DIAG_E0603
               ? TEXT_NONE
               : text_format(arena, "missing: a step behind `%.*s` that restarts it",
                             TEXT_ARG(graph->steps[before].id));
  if (before == INDEX_NONE || after == INDEX_NONE)
    return TEXT_NONE;
  struct text first = graph->steps[before].id, second = graph->steps[after].id;
  uint32_t role = graph->steps[after].role;
  if (finding->is_untold && role != INDEX_NONE)
    return text_format(arena, "missing: nobody tells %.*s, who does `%.*s`, that `%.*s` is done",
                       TEXT_ARG(graph->resources[role].name), TEXT_ARG(second), TEXT_ARG(first));
  return text_format(arena, "missing: `%.*s` before `%.*s`", TEXT_ARG(first), TEXT_ARG(second));
}

struct text explain_who(struct arena *arena, const struct explain_connection *c)
{
  const struct graph *graph = c->graph;
  /* An open set's elements have no names yet. */
  bool is_open = c->node_count != 0 && text_starts_with(c->nodes[0], "*");
  struct buffer out = {0};
  if (c->back_of != INDEX_NONE)
    buffer_format(&out, "when %.*s %s: ", TEXT_ARG(graph->steps[c->back_of].id),
                  c->is_unsent ? "is left out"
                  : c->goes_on ? "fails and the plan goes on" : "is rolled back");
  buffer_format(&out, "%s%.*s", is_open ? "each communication system of " : "",
                TEXT_ARG(graph->resources[c->presenter].name));
  for (uint32_t i = 0; !is_open && i < c->node_count && i < NODES_SHOWN; i++)
    buffer_format(&out, "%s%.*s", i == 0 ? " on " : ", ", TEXT_ARG(c->nodes[i]));
  if (!is_open && c->node_count > NODES_SHOWN)
    buffer_format(&out, " and %u more", c->node_count - NODES_SHOWN);
  buffer_format(&out, " calls %.*s with %.*s", TEXT_ARG(graph->resources[c->receiver].name),
                TEXT_ARG(graph->resources[c->certificate].name));
  struct text who = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return who;
}

static bool is_refused(const struct explain_connection *c)
{
  for (uint32_t i = 0; i < c->phase_count; i++)
    if (c->phases[i].is_broken)
      return true;
  return false;
}

static void put_connection(const struct explain_connection *c, struct buffer *out)
{
  const struct graph *graph = c->graph;
  struct arena *arena = arena_new("explanation", 0);
  buffer_format(out, "\n%.*s\n", TEXT_ARG(explain_who(arena, c)));
  if (c->broken != NULL)
    buffer_format(out, "  the shortest way to a refused connection (%u of %u steps done):\n",
                  c->broken->trace_total, graph->action_count);
  put_phases(c, out);
  struct text missing = c->broken == NULL ? TEXT_NONE : explain_missing(arena, c);
  if (missing.length != 0)
    buffer_format(out, "  %.*s\n", TEXT_ARG(missing));
  if (c->reason_count != 0)
    buffer_add_zero(out, is_refused(c) ? "  what does hold:\n" : "  why nobody is refused:\n");
  for (uint32_t i = 0; i < c->reason_count; i++)
    put_reason(&c->reasons[i], out);
  buffer_format(out, "  retired(%.*s.old): %.*s\n", TEXT_ARG(graph->resources[c->certificate].name),
                TEXT_ARG(c->retired));
  arena_free(arena);
}

void explain_text(const struct proof *proof, const struct explanation *explanation,
                  const struct timetable *times, const struct ways_back *ways,
                  struct buffer *ret_bytes)
{
  const struct graph *graph = proof->graph;
  buffer_format(ret_bytes, "%.*s: %s\n", TEXT_ARG(graph->name), verdict_words[proof->verdict]);
  for (uint32_t i = 0; i < explanation->connection_count; i++)
    put_connection(&explanation->connections[i], ret_bytes);
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
