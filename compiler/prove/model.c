/* SPDX-License-Identifier: Apache-2.0 */
/* model: see model.h. First the connections, which need the declarations only; then each step's
 * writes and loads, as the tables say; then both are sorted by what they belong to. */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/model_int.h"

static const int64_t day_s = 24 * 60 * 60;

bool setting_yes(const struct graph *graph, uint32_t resource, enum key key, bool otherwise)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, 0);
  return value == NULL ? otherwise : value->number != 0;
}

int64_t setting_seconds(const struct graph *graph, uint32_t resource, enum key key, uint32_t slot,
                        int64_t otherwise)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, slot);
  return value == NULL || value->kind != VALUE_DURATION ? otherwise : value->number;
}

bool argument_has_member(const struct argument *argument, enum member member)
{
  for (int i = 0; i < MEMBERS_MAX; i++)
    if (argument->members[i] == member)
      return true;
  return false;
}

enum held argument_version(const struct argument *argument)
{
  return argument_has_member(argument, MEMBER_NEW)   ? HELD_NEW
         : argument_has_member(argument, MEMBER_OLD) ? HELD_OLD
                                                     : HELD_NONE;
}

static uint64_t key_hash(const struct register_key *key)
{
  static const uint64_t mix = UINT64_C(0x9e3779b97f4a7c15);
  uint64_t hash = ((uint64_t)key->a << 32 | key->b) + (uint64_t)key->what * 4 + key->version;
  hash *= mix;
  hash = (hash ^ hash >> 32) * mix;
  return hash ^ hash >> 29;
}

static void keys_grow(struct register_keys *keys, struct arena *arena)
{
  uint32_t slots = keys->slot_count == 0 ? 256 : keys->slot_count * 2;
  keys->slots = arena_array(arena, slots, sizeof *keys->slots);
  keys->slot_count = slots;
  for (uint32_t i = 0; i < keys->count; i++) {
    uint32_t at = (uint32_t)(key_hash(&keys->items[i]) & (slots - 1));
    while (keys->slots[at] != 0)
      at = (at + 1) & (slots - 1);
    keys->slots[at] = i + 1;
  }
}

uint32_t register_keys_look(const struct register_keys *keys, struct register_key key)
{
  if (keys->slot_count == 0)
    return REGISTER_NONE;
  uint32_t at = (uint32_t)(key_hash(&key) & (keys->slot_count - 1));
  for (; keys->slots[at] != 0; at = (at + 1) & (keys->slot_count - 1)) {
    const struct register_key *item = &keys->items[keys->slots[at] - 1];
    if (item->what == key.what && item->a == key.a && item->b == key.b &&
        item->version == key.version)
      return keys->slots[at] - 1;
  }
  return REGISTER_NONE;
}

/* The number of the thing with that key, old or new. */
uint32_t register_keys_find(struct register_keys *keys, struct arena *arena,
                            struct register_key key)
{
  if ((keys->count + 1) * 2 > keys->slot_count)
    keys_grow(keys, arena);
  uint32_t known = register_keys_look(keys, key);
  if (known != REGISTER_NONE)
    return known;
  uint32_t at = (uint32_t)(key_hash(&key) & (keys->slot_count - 1));
  while (keys->slots[at] != 0)
    at = (at + 1) & (keys->slot_count - 1);
  if (keys->count == keys->capacity) {
    uint32_t capacity = keys->capacity == 0 ? 256 : keys->capacity * 2;
    keys->items = arena_grow(arena, keys->items, keys->count, capacity, sizeof *keys->items);
    keys->capacity = capacity;
  }
  keys->items[keys->count] = key;
  keys->slots[at] = keys->count + 1;
  return keys->count++;
}

uint32_t model_reg(struct making *m, enum register_what what, uint32_t a, uint32_t b,
                   enum held version)
{
  return register_keys_find(&m->registers, m->model->arena,
                            (struct register_key){what, a, b, version});
}

static uint32_t node_number(struct making *m, struct text node)
{
  uint32_t known = m->node_names.count;
  return text_map_add(&m->node_names, node, known, &known) ? m->node_names.count - 1 : known;
}

/* The number of the place where loads of that node happen. */
static uint32_t place_of(struct making *m, uint32_t owner, struct text node)
{
  struct register_key key = {WHAT_PLACE, owner, node_number(m, node), HELD_NONE};
  uint32_t place = register_keys_find(&m->places, m->model->arena, key);
  if (place * sizeof(struct place_loads) == m->place_rows.size_bytes) {
    /* A list of the owner's places through `first`, until the loads are sorted. */
    struct place_loads row = {.owner = owner, .node = node, .first = m->first_place[owner]};
    buffer_add(&m->place_rows, &row, sizeof row);
    m->first_place[owner] = place + 1;
  }
  return place;
}

static bool accepts_by(const struct graph *graph, uint32_t receiver, const char *word)
{
  const struct graph_value *value = graph_setting_value(graph, receiver, KEY_ACCEPTS, 0);
  return value != NULL && text_is(value->text, word);
}

/* What a receiver compares may be the same for both versions. */
uint32_t model_accepted(struct making *m, uint32_t receiver, uint32_t certificate,
                        enum held version)
{
  const struct graph *graph = m->model->graph;
  bool same = accepts_by(graph, receiver, "subject") || accepts_by(graph, receiver, "san") ||
              (accepts_by(graph, receiver, "public-key") &&
               setting_yes(graph, certificate, KEY_KEEP_KEY, false));
  return model_reg(m, WHAT_ACCEPTED, receiver, certificate, same ? HELD_OLD : version);
}

/* Which registers say that the receiver accepts this version (decisions 14). */
static void connect_accepted(struct making *m, struct connection *c, enum held version)
{
  const struct graph *graph = m->model->graph;
  enum kind kind = graph->resources[c->receiver].kind;
  c->accepted[version] = c->roots[version] = REGISTER_NONE;
  if (kind == KIND_FLOW && !m->is_authorized[c->receiver])
    return;
  if (!accepts_by(graph, c->receiver, "issuer"))
    c->accepted[version] = model_accepted(m, c->receiver, c->certificate, version);
  if (kind == KIND_SYSTEM)
    c->roots[version] = model_reg(m, WHAT_ROOT, c->receiver, c->certificate, version);
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

static void connect(struct making *m, enum presenter_kind kind, uint32_t presenter,
                    struct text node, const struct graph_value *call)
{
  struct model *model = m->model;
  const struct graph *graph = model->graph;
  uint32_t certificate = call[1].resource;
  if (!m->is_touched[certificate])
    return;
  struct connection c = {.kind = kind,
                         .presenter = presenter,
                         .node = node,
                         .joins_late = kind == PRESENTER_NODE && text_is(node, "any"),
                         .receiver = call[0].resource,
                         .certificate = certificate,
                         .running = REGISTER_NONE,
                         .cache_s = -1,
                         .kept_s = -1};
  const struct graph_value *of = graph_setting_value(graph, certificate, KEY_OF, 0);
  if (graph->resources[certificate].kind == KIND_SERVICEKEY && of != NULL)
    c.receiver = of->resource; /* the instance judges, not the flow */
  if (kind == PRESENTER_NODE) {
    c.source = model_reg(m, WHAT_ALIAS, certificate, 0, HELD_NONE);
    c.running = model_reg(m, WHAT_RUNNING, presenter, node_number(m, node), HELD_NONE);
    c.cache_s = setting_seconds(graph, presenter, KEY_CACHES_KEYSTORE, 0, day_s);
    c.kept_s = kept_seconds(graph, presenter);
  } else {
    c.source = model_reg(m, WHAT_PRESENTED, place_of(m, presenter, node), certificate, HELD_NONE);
  }
  c.place = place_of(m, presenter, node);
  connect_accepted(m, &c, HELD_OLD);
  connect_accepted(m, &c, HELD_NEW);
  c.accepted[HELD_NONE] = c.roots[HELD_NONE] = REGISTER_NONE;
  c.roots_in_play = m->is_root_in_play[certificate];
  const struct graph_value *when = graph_setting_value(graph, c.receiver, KEY_ACCEPTS, 1);
  c.at_request = when != NULL && text_is(when->text, "request");
  c.trust_s = setting_seconds(graph, c.receiver, KEY_CACHES_TRUST, 0, 0);
  buffer_add(&m->connections, &c, sizeof c);
}

static void connect_nodes(struct making *m, uint32_t flow, uint32_t of,
                          const struct graph_value *call, bool *found)
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
      if (value->kind == VALUE_NONE)
        continue;
      connect(m, PRESENTER_NODE, flow, value->text, call);
      *found = true;
    }
  }
}

/* The nodes of a flow: its own, else its tenant's, else one that has no name. */
static void connect_flow(struct making *m, uint32_t flow, const struct graph_value *call)
{
  bool found = false;
  const struct graph_value *tenant = graph_setting_value(m->model->graph, flow, KEY_ON, 0);
  connect_nodes(m, flow, flow, call, &found);
  if (!found && tenant != NULL && tenant->kind == VALUE_REF)
    connect_nodes(m, flow, tenant->resource, call, &found);
  if (!found)
    connect(m, PRESENTER_NODE, flow, TEXT_NONE, call);
}

/* Each communication system that a step switches is a caller of its own; where none is named, one
 * stands for all. */
static void connect_targets(struct making *m, uint32_t abap, const struct graph_value *call)
{
  const struct made_target *targets = (const struct made_target *)(const void *)m->targets.bytes;
  size_t count = m->targets.size_bytes / sizeof *targets;
  bool found = false;
  for (size_t i = 0; i < count; i++)
    if (targets[i].certificate == call[1].resource) {
      connect(m, PRESENTER_TARGETS, abap, targets[i].name, call);
      found = true;
    }
  if (!found)
    connect(m, PRESENTER_TARGETS, abap, TEXT_NONE, call);
}

static void connect_all(struct making *m)
{
  const struct graph *graph = m->model->graph;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    enum kind kind = graph->resources[i].kind;
    if (kind != KIND_FLOW && kind != KIND_SYSTEM && kind != KIND_ABAP)
      continue;
    const struct graph_setting *calls;
    for (uint32_t n = 0; (calls = graph_setting_nth(graph, i, KEY_CALLS, n)) != NULL; n++) {
      if (calls->values.count < 2)
        continue;
      const struct graph_value *call = &graph->values[calls->values.first];
      if (call[0].kind != VALUE_REF || call[1].kind != VALUE_REF)
        continue;
      if (kind == KIND_FLOW)
        connect_flow(m, i, call);
      else if (kind == KIND_ABAP)
        connect_targets(m, i, call);
      else
        connect(m, PRESENTER_SENDER, i, TEXT_NONE, call);
    }
  }
  m->model->connection_count = (uint32_t)(m->connections.size_bytes / sizeof(struct connection));
  m->model->connections = arena_array(m->model->arena, (size_t)m->model->connection_count + 1,
                                      sizeof(struct connection));
  if (m->model->connection_count != 0)
    memcpy(m->model->connections, m->connections.bytes, m->connections.size_bytes);
}

static void note_target(struct making *m, const struct step *step)
{
  const struct argument *who = step_argument(m->model->graph, step, PART_OBJECT, 0);
  const struct argument *given = step_argument(m->model->graph, step, PART_PLACE, 0);
  if (who == NULL || who->kind == ARGUMENT_RESOURCE || given == NULL ||
      given->kind != ARGUMENT_RESOURCE)
    return;
  struct text key = text_format(m->model->arena, "%u %.*s", given->resource, TEXT_ARG(who->text));
  struct made_target target = {given->resource, who->text};
  if (text_map_add(&m->target_names, key, 0, NULL))
    buffer_add(&m->targets, &target, sizeof target);
}

/* What the plan's sentences speak of, before anything else. */
static void survey(struct making *m)
{
  const struct graph *graph = m->model->graph;
  for (uint32_t i = 0; i < graph->argument_count; i++) {
    const struct argument *argument = &graph->arguments[i];
    if (argument->kind != ARGUMENT_RESOURCE)
      continue;
    if (argument_version(argument) != HELD_NONE)
      m->is_touched[argument->resource] = true;
    if (argument_has_member(argument, MEMBER_ROOT) && argument_version(argument) == HELD_NEW)
      m->is_root_in_play[argument->resource] = true;
  }
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].effect == EFFECT_PRESENT)
      note_target(m, &graph->steps[i]);
    const struct argument *place = graph->steps[i].effect == EFFECT_AUTHORIZE_CALLER
                                       ? step_argument(graph, &graph->steps[i], PART_PLACE, 0)
                                       : NULL;
    if (place != NULL && place->kind == ARGUMENT_RESOURCE)
      m->is_authorized[place->resource] = true;
  }
  const struct graph_setting *renews =
      graph_setting_nth(graph, graph->plan_resource, KEY_RENEWS, 0);
  if (renews == NULL)
    return;
  m->model->renewed = arena_array(m->model->arena, renews->values.count, sizeof(uint32_t));
  for (uint32_t i = 0; i < renews->values.count; i++) {
    const struct graph_value *value = &graph->values[renews->values.first + i];
    if (value->kind != VALUE_REF)
      continue;
    m->model->renewed[m->model->renewed_count++] = value->resource;
    m->model->is_renewed[value->resource] = m->is_touched[value->resource] = true;
  }
}

/* A list becomes ranges: loads by place, writes by register; what was made first stays first. */
static void sort_loads(struct making *m)
{
  struct model *model = m->model;
  const struct made_load *made = (const struct made_load *)(const void *)m->loads.bytes;
  uint32_t count = (uint32_t)(m->loads.size_bytes / sizeof *made);
  model->place_count = (uint32_t)(m->place_rows.size_bytes / sizeof(struct place_loads));
  model->places = arena_array(model->arena, (size_t)model->place_count + 1, sizeof *model->places);
  if (model->place_count != 0)
    memcpy(model->places, m->place_rows.bytes, m->place_rows.size_bytes);
  model->loads = arena_array(model->arena, (size_t)count + 1, sizeof *model->loads);
  for (uint32_t i = 0; i < count; i++)
    model->places[made[i].place].count++;
  uint32_t first = 0;
  for (uint32_t i = 0; i < model->place_count; i++) {
    model->places[i].first = first;
    first += model->places[i].count;
    model->places[i].count = 0;
  }
  for (uint32_t i = 0; i < count; i++) {
    struct place_loads *place = &model->places[made[i].place];
    model->loads[place->first + place->count++] = made[i].load;
  }
}

static void sort_writes(struct making *m)
{
  struct model *model = m->model;
  const struct made_write *made = (const struct made_write *)(const void *)m->writes.bytes;
  uint32_t count = (uint32_t)(m->writes.size_bytes / sizeof *made);
  model->register_count = m->registers.count;
  model->register_first =
      arena_array(model->arena, (size_t)model->register_count + 2, sizeof(uint32_t));
  uint32_t *next = arena_array(model->arena, (size_t)model->register_count + 2, sizeof *next);
  model->register_initial = arena_array(model->arena, (size_t)model->register_count + 1, 1);
  model->writes = arena_array(model->arena, (size_t)count + 1, sizeof *model->writes);
  for (uint32_t i = 0; i < count; i++)
    model->register_first[made[i].reg + 1]++;
  for (uint32_t i = 1; i <= model->register_count; i++)
    model->register_first[i] += model->register_first[i - 1];
  memcpy(next, model->register_first, ((size_t)model->register_count + 1) * sizeof *next);
  for (uint32_t i = 0; i < count; i++)
    model->writes[next[made[i].reg]++] = made[i].write;
  for (uint32_t i = 0; i < model->register_count; i++) {
    const struct register_key *key = &m->registers.items[i];
    model->register_initial[i] = key->what == WHAT_ALIAS || key->what == WHAT_PRESENTED ? HELD_OLD
                                 : key->what == WHAT_RUNNING                            ? HELD_YES
                                 : key->version == HELD_OLD                             ? HELD_YES
                                                                                        : HELD_NO;
  }
}

struct written model_register(const struct model *model, uint32_t number)
{
  uint32_t first = model->register_first[number];
  return (struct written){&model->writes[first], model->register_first[number + 1] - first,
                          model->register_initial[number]};
}

void model_build(struct model *model, struct arena *arena, const struct graph *graph,
                 struct events *events)
{
  *model = (struct model){.arena = arena, .graph = graph, .events = events};
  struct making m = {.model = model};
  size_t resources = (size_t)graph->resource_count + 1;
  m.is_touched = arena_array(arena, resources, sizeof(bool));
  m.is_root_in_play = arena_array(arena, resources, sizeof(bool));
  m.is_authorized = arena_array(arena, resources, sizeof(bool));
  m.first_place = arena_array(arena, resources, sizeof(uint32_t));
  model->is_renewed = arena_array(arena, resources, sizeof(bool));
  text_map_start(&m.node_names, arena);
  text_map_start(&m.target_names, arena);
  survey(&m);
  connect_all(&m);
  model_read_steps(&m);
  sort_loads(&m);
  sort_writes(&m);
  model_find_atoms(model);
  buffer_free(&m.connections);
  buffer_free(&m.writes);
  buffer_free(&m.loads);
  buffer_free(&m.place_rows);
  buffer_free(&m.waits);
  buffer_free(&m.copies);
  buffer_free(&m.sights);
  buffer_free(&m.targets);
}
