/* SPDX-License-Identifier: Apache-2.0 */
/* cli_safety: `check --explain-safety`: the proof as a table, or as one JSON document a plan. */
#include <stdio.h>

#include "compiler/prove/explain.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/cli_json.h"

static json_t *phases_json(const struct explain_connection *c)
{
  json_t *phases = json_array();
  for (uint32_t i = 0; i < c->phase_count; i++) {
    json_t *phase = json_object();
    json_object_set_new(phase, "from", cli_json_text(c->phases[i].begins));
    json_object_set_new(phase, "presents", cli_json_text(c->phases[i].presents));
    json_object_set_new(phase, "accepts", cli_json_text(c->phases[i].accepts));
    json_array_append_new(phases, phase);
  }
  return phases;
}

static json_t *reasons_json(const struct explain_connection *c)
{
  json_t *reasons = json_array();
  for (uint32_t i = 0; i < c->reason_count; i++) {
    json_t *reason = json_object();
    json_object_set_new(reason, "never", cli_json_text(c->reasons[i].state));
    if (c->reasons[i].before.length != 0) {
      json_object_set_new(reason, "before", cli_json_text(c->reasons[i].before));
      json_object_set_new(reason, "after", cli_json_text(c->reasons[i].after));
    }
    json_array_append_new(reasons, reason);
  }
  return reasons;
}

static json_t *connection_json(const struct graph *graph, const struct explain_connection *c)
{
  json_t *object = json_object(), *nodes = json_array();
  json_object_set_new(object, "caller", cli_json_text(graph->resources[c->presenter].name));
  json_object_set_new(object, "receiver", cli_json_text(graph->resources[c->receiver].name));
  json_object_set_new(object, "certificate", cli_json_text(graph->resources[c->certificate].name));
  for (uint32_t i = 0; i < c->node_count; i++)
    json_array_append_new(nodes, cli_json_text(c->nodes[i]));
  json_object_set_new(object, "nodes", nodes);
  json_object_set_new(object, "phases", phases_json(c));
  json_object_set_new(object, "ruled_out", reasons_json(c));
  json_object_set_new(object, "retired", cli_json_text(c->retired));
  return object;
}

static void print_json(const struct proof *proof, const struct explanation *explanation)
{
  const struct graph *graph = proof->graph;
  json_t *object = json_object(), *connections = json_array();
  json_t *obligations = json_array(), *assumptions = json_array();
  json_object_set_new(object, "plan", cli_json_text(graph->name));
  json_object_set_new(object, "verdict", json_string(verdict_words[proof->verdict]));
  for (uint32_t i = 0; i < explanation->connection_count; i++)
    json_array_append_new(connections, connection_json(graph, &explanation->connections[i]));
  for (uint32_t i = 0; i < proof->obligation_count; i++) {
    json_t *obligation = json_object();
    const struct proof_obligation *from = &proof->obligations[i];
    json_object_set_new(obligation, "step", cli_json_text(graph->steps[from->step].id));
    json_object_set_new(obligation, "says", cli_json_text(from->says));
    json_array_append_new(obligations, obligation);
  }
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
  json_object_set_new(object, "assumptions", assumptions);
  cli_json_print(object, "renew.safety/1");
}

void cli_explain_safety(struct cli *cli, const struct proof *proof)
{
  struct arena *arena = arena_new("explanation", 0);
  const struct explanation *explanation = explain_proof(arena, proof);
  if (cli->report.format == REPORT_JSON) {
    print_json(proof, explanation);
  } else {
    struct buffer out = {0};
    explain_text(proof, explanation, &out);
    buffer_add_zero(&out, "\n");
    fwrite(out.bytes, 1, out.size_bytes, stdout);
    buffer_free(&out);
  }
  arena_free(arena);
}
