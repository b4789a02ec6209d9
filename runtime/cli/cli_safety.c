/* SPDX-License-Identifier: Apache-2.0 */
/* cli_safety: `check --explain-safety`: the proof as a table, or as one JSON document a plan. */
#include <stdio.h>

#include "compiler/prove/explain.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_times.h"
#include "runtime/store/journal.h"

static void add_where(json_t *array, bool holds, const char *word)
{
  if (holds)
    json_array_append_new(array, json_string(word));
}

static json_t *phases_json(const struct explain_connection *c)
{
  json_t *phases = json_array();
  for (uint32_t i = 0; i < c->phase_count; i++) {
    json_t *phase = json_object();
    json_object_set_new(phase, "from", cli_json_text(c->phases[i].begins));
    json_object_set_new(phase, "presents", cli_json_text(c->phases[i].presents));
    json_object_set_new(phase, "accepts", cli_json_text(c->phases[i].accepts));
    const struct explain_phase *p = &c->phases[i];
    json_t *may = json_array(), *accepted = json_array();
    add_where(may, p->may_old, "old");
    add_where(may, p->may_new, "new");
    add_where(may, p->may_nothing, "nothing");
    add_where(accepted, p->accepts_old, "old");
    add_where(accepted, p->accepts_new, "new");
    json_object_set_new(phase, "may_present", may);
    json_object_set_new(phase, "accepted", accepted);
    json_object_set_new(phase, "step",
                        p->step == INDEX_NONE ? json_null()
                                              : cli_json_text(c->graph->steps[p->step].id));
    json_object_set_new(phase, "runs", json_boolean(p->runs));
    json_object_set_new(phase, "refused", json_boolean(p->is_broken));
    json_array_append_new(phases, phase);
  }
  return phases;
}

static json_t *reasons_json(const struct explain_connection *c)
{
  json_t *reasons = json_array();
  for (uint32_t i = 0; i < c->reason_count; i++) {
    json_t *reason = json_object();
    json_object_set_new(reason, "says", cli_json_text(c->reasons[i].says));
    if (c->reasons[i].before.length != 0) {
      json_object_set_new(reason, "before", cli_json_text(c->reasons[i].before));
      json_object_set_new(reason, "after", cli_json_text(c->reasons[i].after));
    }
    json_array_append_new(reasons, reason);
  }
  return reasons;
}

/* null where nobody is refused; the words may be empty. */
static json_t *refused_json(const struct explain_connection *c)
{
  if (c->broken == NULL)
    return json_null();
  struct arena *arena = arena_new("explanation", 0);
  json_t *refused = json_object();
  json_object_set_new(refused, "code", json_string(diag_code_name(c->broken->code)));
  json_object_set_new(refused, "steps_done", json_integer(c->broken->trace_total));
  json_object_set_new(refused, "missing", cli_json_text(explain_missing(arena, c)));
  arena_free(arena);
  return refused;
}

static json_t *connection_json(const struct explain_connection *c)
{
  const struct graph *graph = c->graph;
  json_t *object = json_object(), *nodes = json_array();
  json_object_set_new(object, "caller", cli_json_text(graph->resources[c->presenter].name));
  json_object_set_new(object, "receiver", cli_json_text(graph->resources[c->receiver].name));
  json_object_set_new(object, "certificate", cli_json_text(graph->resources[c->certificate].name));
  for (uint32_t i = 0; i < c->node_count; i++)
    json_array_append_new(nodes, cli_json_text(c->nodes[i]));
  json_object_set_new(object, "nodes", nodes);
  json_object_set_new(object, "refused", refused_json(c));
  json_object_set_new(object, "phases", phases_json(c));
  json_object_set_new(object, "order", reasons_json(c));
  json_object_set_new(object, "retired", cli_json_text(c->retired));
  if (c->back_of != INDEX_NONE)
    json_object_set_new(object, c->goes_on ? "without" : "way_back_of", cli_json_text(graph->steps[c->back_of].id));
  return object;
}

static json_t *obligation_json(const struct timetable *times, uint32_t index)
{
  const struct graph *graph = times->graph;
  const struct proof_obligation *from = &times->proof->obligations[index];
  const struct due *due = timetable_due(times, index);
  json_t *obligation = json_object();
  char utc[UTC_TEXT_BYTES];
  json_object_set_new(obligation, "step", cli_json_text(graph->steps[from->step].id));
  json_object_set_new(obligation, "says", cli_json_text(from->says));
  if (due->is_known) {
    utc_format(due->at_ms, utc);
    json_object_set_new(obligation, "done_by", json_string(utc));
  }
  return obligation;
}

static json_t *times_json(struct arena *arena, const struct timetable *times)
{
  json_t *all = json_array();
  char utc[UTC_TEXT_BYTES];
  for (uint32_t i = 0; i < times->graph->step_count; i++) {
    const struct step_time *time = &times->steps[i];
    struct text says = timetable_note(arena, times, i);
    if (times->graph->steps[i].kind != STEP_ACTION || says.length == 0)
      continue;
    json_t *item = json_object();
    json_object_set_new(item, "step", cli_json_text(times->graph->steps[i].id));
    json_object_set_new(item, "says", cli_json_text(says));
    if (time->takes_s != 0)
      json_object_set_new(item, "takes_s", json_integer(time->takes_s));
    if (time->latest_ms != TIME_NEVER) {
      utc_format(time->latest_ms, utc);
      json_object_set_new(item, "latest_start", json_string(utc));
    }
    if (time->lead_s >= 0)
      json_object_set_new(item, "before_due_s", json_integer(time->lead_s));
    if (time->rest_s >= 0)
      json_object_set_new(item, "before_close_s", json_integer(time->rest_s));
    if (time->back_s >= 0)
      json_object_set_new(item, "back_out_before_close_s", json_integer(time->back_s));
    json_array_append_new(all, item);
  }
  return all;
}

static json_t *ways_json(const struct graph *graph, const struct ways_back *ways)
{
  json_t *all = json_array();
  for (uint32_t i = 0; i < ways->count; i++) {
    const struct way_back *way = &ways->items[i];
    json_t *item = json_object(), *steps = json_array();
    json_object_set_new(item, "behind", cli_json_text(graph->steps[way->behind].id));
    json_object_set_new(item, "leaves", cli_json_text(way->leaves));
    json_object_set_new(item, "is_down", json_boolean(way->is_down));
    for (uint32_t j = 0; j < way->step_count; j++)
      json_array_append_new(steps, cli_json_text(way->steps[j]));
    json_object_set_new(item, "way_back", way->is_gone || !way->is_proven ? json_null() : steps);
    if (way->is_gone || !way->is_proven)
      json_decref(steps);
    json_array_append_new(all, item);
  }
  return all;
}

static void print_json(struct arena *arena, const struct proof *proof,
                       const struct explanation *explanation, const struct timetable *times,
                       const struct ways_back *ways)
{
  const struct graph *graph = proof->graph;
  json_t *object = json_object(), *connections = json_array();
  json_t *obligations = json_array(), *assumptions = json_array();
  json_object_set_new(object, "plan", cli_json_text(graph->name));
  json_object_set_new(object, "verdict", json_string(verdict_words[proof->verdict]));
  for (uint32_t i = 0; i < explanation->connection_count; i++)
    json_array_append_new(connections, connection_json(&explanation->connections[i]));
  for (uint32_t i = 0; i < proof->obligation_count; i++)
    json_array_append_new(obligations, obligation_json(times, i));
  for (uint32_t i = 0; i < proof->assumption_count; i++) {
    json_t *assumption = json_object();
    const struct proof_assumption *from = &proof->assumptions[i];
    json_object_set_new(assumption, "id", json_string(from->id));
    json_object_set_new(assumption, "title", json_string(from->title));
    json_object_set_new(assumption, "standing", json_string(standing_words[from->standing]));
    json_object_set_new(assumption, "says", cli_json_text(from->says));
    json_array_append_new(assumptions, assumption);
  }
  json_object_set_new(object, "connections", connections);
  json_object_set_new(object, "obligations", obligations);
  json_object_set_new(object, "times", times_json(arena, times));
  json_object_set_new(object, "safe_points", ways_json(graph, ways));
  json_object_set_new(object, "point_of_no_return",
                      ways->point == INDEX_NONE ? json_null()
                                                : cli_json_text(graph->steps[ways->point].id));
  json_object_set_new(object, "assumptions", assumptions);
  cli_json_print(object, "renew.safety/1");
}

void cli_explain_safety(struct cli *cli, const struct proof *proof, int64_t now_s)
{
  struct arena *arena = arena_new("explanation", 0);
  const struct explanation *explanation = explain_proof(arena, proof);
  const struct ways_back *ways;
  const struct timetable *times = cli_times(arena, proof, now_s, &ways);
  if (cli->report.format == REPORT_JSON) {
    print_json(arena, proof, explanation, times, ways);
  } else {
    struct buffer out = {0};
    explain_text(proof, explanation, times, ways, &out);
    buffer_add_zero(&out, "\n");
    fwrite(out.bytes, 1, out.size_bytes, stdout);
    buffer_free(&out);
  }
  arena_free(arena);
}
