/* SPDX-License-Identifier: Apache-2.0 */
/* model_connect: the calls that the declarations name, and each one's connections. */
#include <stdlib.h>

#include "compiler/prove/model_int.h"

static const int64_t day_s = 24 * 60 * 60;

/* Which registers say that the receiver accepts this version (decisions 14). */
static void connect_accepted(struct making *m, struct call *c, enum held version)
{
  const struct graph *graph = m->model->graph;
  enum kind kind = graph->resources[c->receiver].kind;
  c->accepted[version] = c->roots[version] = REGISTER_NONE;
  if (kind == KIND_FLOW && !m->is_authorized[c->receiver])
    return;
  const struct graph_value *by = graph_setting_value(graph, c->receiver, KEY_ACCEPTS, 0);
  if (by == NULL || !text_is(by->text, "issuer"))
    c->accepted[version] = model_accepted(m, c->receiver, c->certificate, version);
  if (kind == KIND_SYSTEM)
    c->roots[version] = model_root(m, c->receiver, c->certificate, version);
}

static int64_t kept_seconds(const struct graph *graph, uint32_t flow)
{
  const struct graph_value *session = graph_setting_value(graph, flow, KEY_SESSIONS_RESUME, 0);
  int64_t lives = setting_seconds(graph, flow, KEY_CONNECTIONS_LIVE, 0, -1);
  if (lives < 0 || session == NULL)
    return -1;
  int64_t resumes = session->kind == VALUE_DURATION ? session->number : 0;
  return lives > resumes ? lives : resumes;
}

/* NULL where no sentence of the plan touches the certificate. */
static struct call *add_call(struct making *m, enum presenter_kind kind, uint32_t presenter,
                             const struct graph_value *call)
{
  struct model *model = m->model;
  const struct graph *graph = model->graph;
  uint32_t certificate = call[1].resource;
  if (!m->is_touched[certificate])
    return NULL;
  struct call *c = &model->calls[model->call_count++];
  *c = (struct call){.kind = kind,
                     .presenter = presenter,
                     .receiver = call[0].resource,
                     .certificate = certificate,
                     .accepted = {[HELD_NONE] = REGISTER_NONE},
                     .roots = {[HELD_NONE] = REGISTER_NONE},
                     .roots_in_play = m->is_root_in_play[certificate],
                     .cache_s = -1,
                     .kept_s = -1,
                     .first = (uint32_t)(m->connections.size_bytes / sizeof(struct connection)),
                     .next_with_certificate = INDEX_NONE};
  const struct graph_value *of = graph_setting_value(graph, certificate, KEY_OF, 0);
  if (graph->resources[certificate].kind == KIND_SERVICEKEY && of != NULL)
    c->receiver = of->resource; /* the instance judges, not the flow */
  if (kind == PRESENTER_NODE) {
    c->cache_s = setting_seconds(graph, presenter, KEY_CACHES_KEYSTORE, 0, day_s);
    c->kept_s = kept_seconds(graph, presenter);
  }
  c->pins_chain = setting_yes(graph, c->receiver, KEY_PINS_CHAIN, false);
  c->roots_in_play |= c->pins_chain;
  const struct graph_value *when = graph_setting_value(graph, c->receiver, KEY_ACCEPTS, 1);
  c->at_request = when != NULL && text_is(when->text, "request");
  c->trust_s = setting_seconds(graph, c->receiver, KEY_CACHES_TRUST, 0, 0);
  return c;
}

static void connect(struct making *m, struct call *call, struct text node)
{
  struct connection c = {.call = call, .running = REGISTER_NONE};
  c.place = model_place(m, call->presenter, node);
  c.joins_late = call->kind == PRESENTER_NODE && text_is(node, "any");
  c.source = call->kind == PRESENTER_NODE ? model_alias(m, call->certificate)
                                          : model_presented(m, c.place, call->certificate);
  /* Behind its source, so that registers are numbered by who reads them first. */
  if (call->count++ == 0) {
    connect_accepted(m, call, HELD_OLD);
    connect_accepted(m, call, HELD_NEW);
  }
  buffer_add(&m->connections, &c, sizeof c);
}

static void connect_nodes(struct making *m, struct call *call, uint32_t of)
{
  const struct graph *graph = m->model->graph;
  struct range settings = graph->resources[of].settings;
  for (uint32_t i = 0; i < settings.count; i++) {
    const struct graph_setting *setting = &graph->settings[settings.first + i];
    if (setting->key != KEY_NODES && setting->key != KEY_NODE)
      continue;
    uint32_t count = setting->key == KEY_NODE ? 1 : setting->values.count;
    for (uint32_t j = 0; j < count; j++) {
      const struct graph_value *value = &graph->values[setting->values.first + j];
      if (value->kind != VALUE_NONE)
        connect(m, call, value->text);
    }
  }
}

/* The nodes of a flow: its own, else its tenant's, else one that has no name. */
static void connect_flow(struct making *m, struct call *call)
{
  const struct graph_value *tenant =
      graph_setting_value(m->model->graph, call->presenter, KEY_ON, 0);
  connect_nodes(m, call, call->presenter);
  if (call->count == 0 && tenant != NULL && tenant->kind == VALUE_REF)
    connect_nodes(m, call, tenant->resource);
  if (call->count == 0)
    connect(m, call, TEXT_NONE);
}

/* Each communication system that a step switches is a caller of its own; where none is named, one
 * stands for all. */
static void connect_targets(struct making *m, struct call *call)
{
  const struct made_target *targets = (const struct made_target *)(const void *)m->targets.bytes;
  size_t count = m->targets.size_bytes / sizeof *targets;
  for (size_t i = 0; i < count; i++)
    if (targets[i].certificate == call->certificate)
      connect(m, call, targets[i].name);
  if (call->count == 0)
    connect(m, call, TEXT_NONE);
}

static void connect_calls(struct making *m, uint32_t presenter)
{
  const struct graph *graph = m->model->graph;
  struct range settings = graph->resources[presenter].settings;
  enum kind kind = graph->resources[presenter].kind;
  for (uint32_t i = 0; i < settings.count; i++) {
    const struct graph_setting *line = &graph->settings[settings.first + i];
    if (line->key != KEY_CALLS || line->values.count < 2)
      continue;
    const struct graph_value *values = &graph->values[line->values.first];
    if (values[0].kind != VALUE_REF || values[1].kind != VALUE_REF)
      continue;
    struct call *call = add_call(m,
                                 kind == KIND_FLOW   ? PRESENTER_NODE
                                 : kind == KIND_ABAP ? PRESENTER_TARGETS
                                                     : PRESENTER_SENDER,
                                 presenter, values);
    if (call == NULL)
      continue;
    if (kind == KIND_FLOW)
      connect_flow(m, call);
    else if (kind == KIND_ABAP)
      connect_targets(m, call);
    else
      connect(m, call, TEXT_NONE);
  }
}

static bool is_presenter(enum kind kind)
{
  return kind == KIND_FLOW || kind == KIND_SYSTEM || kind == KIND_ABAP;
}

static uint32_t count_lines(const struct graph *graph)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < graph->setting_count; i++)
    count += graph->settings[i].key == KEY_CALLS;
  return count;
}

void model_connect(struct making *m)
{
  struct model *model = m->model;
  const struct graph *graph = model->graph;
  model->calls = arena_array(model->arena, (size_t)count_lines(graph) + 1, sizeof *model->calls);
  model->first_call =
      arena_array(model->arena, (size_t)graph->resource_count + 1, sizeof *model->first_call);
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    model->first_call[i] = INDEX_NONE;
    if (is_presenter(graph->resources[i].kind))
      connect_calls(m, i);
  }
  for (uint32_t i = model->call_count; i-- > 0;) {
    struct call *call = &model->calls[i];
    call->next_with_certificate = model->first_call[call->certificate];
    model->first_call[call->certificate] = i;
  }
  model->connections = model_take(model->arena, &m->connections, sizeof *model->connections,
                                  &model->connection_count);
}
