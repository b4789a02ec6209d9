/* SPDX-License-Identifier: Apache-2.0 */
/* model_steps: what each step writes and loads, as grammar/verbs.def says of its effect. */
#include <string.h>

#include "compiler/prove/model_int.h"

struct reading {
  struct making *m;
  const struct graph *graph;
  uint32_t index;
  const struct step *step;
  const struct writes_row *row;
  uint32_t first, last; /* events */
};

static void add_write(struct reading *r, uint32_t number, uint32_t event, uint8_t value)
{
  struct made_write made = {number, {event, r->index, r->step->guard, value}};
  buffer_add(&r->m->writes, &made, sizeof made);
}

static void add_load(struct reading *r, uint32_t place)
{
  struct made_load made = {place, r->index};
  buffer_add(&r->m->loads, &made, sizeof made);
}

static uint32_t resource_of(const struct reading *r, enum part part)
{
  const struct argument *argument = step_argument(r->graph, r->step, part, 0);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? INDEX_NONE : argument->resource;
}

static bool is_kind(const struct reading *r, uint32_t resource, enum kind kind)
{
  return resource != INDEX_NONE && r->graph->resources[resource].kind == kind;
}

static bool holds_one(const struct reading *r, uint32_t receiver)
{
  return is_kind(r, receiver, KIND_SYSTEM) &&
         !setting_yes(r->graph, receiver, KEY_ACCEPTS_MANY, true);
}

static enum held other_version(enum held version)
{
  return version == HELD_NEW ? HELD_OLD : HELD_NEW;
}

static void write_accepted(struct reading *r, uint32_t receiver, const struct argument *object,
                           bool yes)
{
  enum held version = argument_version(object);
  if (object->kind != ARGUMENT_RESOURCE || version == HELD_NONE)
    return;
  if (argument_has_member(object, MEMBER_ROOT) || argument_has_member(object, MEMBER_CHAIN)) {
    add_write(r, model_root(r->m, receiver, object->resource, version), r->first, yes);
    return;
  }
  uint32_t given = model_accepted(r->m, receiver, object->resource, version);
  uint32_t other = model_accepted(r->m, receiver, object->resource, other_version(version));
  add_write(r, given, r->first, yes);
  /* Where only one fits, the new one takes the old one's place, if they are two to the receiver. */
  if (yes && holds_one(r, receiver) && version == HELD_NEW && other != given)
    add_write(r, other, r->first, HELD_NO);
}

static void read_accepted(struct reading *r, bool yes)
{
  uint32_t receiver = resource_of(r, PART_PLACE);
  if (receiver == INDEX_NONE || is_kind(r, receiver, KIND_KEYSTORE))
    return;
  const struct argument *object;
  for (uint32_t n = 0; (object = step_argument(r->graph, r->step, PART_OBJECT, n)) != NULL; n++)
    write_accepted(r, receiver, object, yes);
}

static void read_slot(struct reading *r)
{
  const struct argument *with = step_argument(r->graph, r->step, PART_WITH, 0);
  uint32_t receiver = resource_of(r, PART_PLACE);
  if (with == NULL || with->kind != ARGUMENT_RESOURCE || receiver == INDEX_NONE)
    return;
  enum held version = argument_version(with);
  if (version == HELD_NONE)
    return;
  uint32_t given = model_accepted(r->m, receiver, with->resource, version);
  uint32_t other = model_accepted(r->m, receiver, with->resource, other_version(version));
  add_write(r, given, r->first, HELD_YES);
  if (other != given)
    add_write(r, other, r->first, HELD_NO);
}

/* The tenant makes a pair beside the one in place, and renames both; with `keep key yes` it makes none, and
 * the new certificate comes to the key in one call. */
static bool is_made_by_tenant(const struct reading *r, uint32_t keystore)
{
  const struct graph_value *made = graph_setting_value(r->graph, keystore, KEY_KEY_MADE, 0);
  return made != NULL && text_is(made->text, "in-tenant");
}

static bool is_atomic(const struct reading *r, uint32_t keystore, const struct argument *given)
{
  const struct graph_value *kind = graph_setting_value(r->graph, keystore, KEY_KIND_OF, 0);
  const struct store_row *row = kind == NULL ? NULL : store_find(kind->text);
  return (row == NULL || row->atomic) &&
         (!is_made_by_tenant(r, keystore) ||
          setting_yes(r->graph, given->resource, KEY_KEEP_KEY, false));
}

static void read_alias(struct reading *r)
{
  uint32_t keystore = resource_of(r, PART_PLACE);
  const struct argument *given = step_argument(r->graph, r->step, PART_WITH, 0);
  if (given == NULL)
    given = step_argument(r->graph, r->step, PART_OBJECT, 0);
  if (given == NULL || given->kind != ARGUMENT_RESOURCE)
    return;
  if (r->row->value == WRITTEN_NONE) {
    const struct argument *object;
    for (uint32_t n = 0; (object = step_argument(r->graph, r->step, PART_OBJECT, n)) != NULL; n++)
      if (object->kind == ARGUMENT_RESOURCE && argument_version(object) != HELD_NEW &&
          !argument_has_member(object, MEMBER_ROOT))
        add_write(r, model_alias(r->m, object->resource), r->first, HELD_NONE);
    return;
  }
  if (r->row->value == WRITTEN_KEPT) {
    buffer_add(&r->m->copies, &r->index, sizeof r->index);
    return;
  }
  uint32_t alias = model_alias(r->m, given->resource);
  enum held version = argument_version(given) == HELD_OLD ? HELD_OLD : HELD_NEW;
  if (keystore != INDEX_NONE && !is_atomic(r, keystore, given)) {
    add_write(r, alias, r->first, HELD_NONE);
    add_write(r, alias, r->last, version);
    return;
  }
  add_write(r, alias, r->first, version);
}

/* `switches SYSTEM to C`; a communication system stands for all of its ABAP system's. */
static void read_presented(struct reading *r)
{
  const struct model *model = r->m->model;
  const struct argument *given = step_argument(r->graph, r->step, PART_PLACE, 0);
  const struct argument *who = step_argument(r->graph, r->step, PART_OBJECT, 0);
  if (given == NULL || given->kind != ARGUMENT_RESOURCE || who == NULL)
    return;
  uint32_t done = REGISTER_NONE;
  for (uint32_t n = model->first_call[given->resource]; n != INDEX_NONE;
       n = model->calls[n].next_with_certificate) {
    const struct call *call = &model->calls[n];
    bool by_name = who->kind != ARGUMENT_RESOURCE;
    if (call->kind == PRESENTER_NODE ||
        (by_name ? call->kind != PRESENTER_TARGETS : call->presenter != who->resource))
      continue;
    for (uint32_t i = call->first; i < call->first + call->count; i++) {
      const struct connection *c = &model->connections[i];
      uint32_t count;
      const struct place_loads *place = &making_places(r->m, &count)[c->place];
      if (c->source == done || (by_name && !text_equal(place->node, who->text)))
        continue;
      done = c->source;
      add_write(r, c->source, r->first, argument_version(given) == HELD_OLD ? HELD_OLD : HELD_NEW);
      add_load(r, c->place);
    }
  }
}

static void stop_place(struct reading *r, uint32_t place)
{
  if (r->m->running[place] == REGISTER_NONE)
    r->m->running[place] = model_register_new(r->m, HELD_YES);
}

static void act_on_place(struct reading *r, uint32_t place)
{
  uint32_t running = r->m->running[place];
  bool runs = r->row->thing == MODEL_LOADED || r->row->value == WRITTEN_YES;
  if (running != REGISTER_NONE)
    add_write(r, running, r->first, runs ? HELD_YES : HELD_NO);
  if (runs)
    add_load(r, place);
}

/* SAP-6ec6-18: a step on one node says nothing of the others. */
static void read_nodes(struct reading *r, void (*act)(struct reading *r, uint32_t place))
{
  uint32_t flow = resource_of(r, PART_OBJECT), count;
  if (flow == INDEX_NONE || r->m->first_place[flow] == 0)
    return;
  const struct argument *node = step_argument(r->graph, r->step, PART_PLACE, 0);
  const struct place_loads *places = making_places(r->m, &count);
  if (node != NULL) {
    uint32_t place =
        text_is(node->text, "any") ? REGISTER_NONE : model_place_find(r->m, flow, node->text);
    if (place != REGISTER_NONE)
      act(r, place);
    return;
  }
  for (uint32_t i = r->m->first_place[flow] - 1; i < count && places[i].owner == flow; i++)
    if (!text_is(places[i].node, "any")) /* whoever restarts all need not know of it */
      act(r, i);
}

static void read_revoked(struct reading *r)
{
  const struct model *model = r->m->model;
  const struct argument *object = step_argument(r->graph, r->step, PART_OBJECT, 0);
  enum held version = object == NULL ? HELD_NONE : argument_version(object);
  if (version == HELD_NONE || object->kind != ARGUMENT_RESOURCE)
    return;
  uint32_t done = REGISTER_NONE;
  for (uint32_t n = model->first_call[object->resource]; n != INDEX_NONE;
       n = model->calls[n].next_with_certificate) {
    uint32_t accepted = model->calls[n].accepted[version];
    if (accepted == REGISTER_NONE || accepted == done)
      continue;
    done = accepted;
    add_write(r, accepted, r->first, HELD_NO);
  }
}

static void read_time(struct reading *r)
{
  const struct argument *lasts = step_argument(r->graph, r->step, PART_FOR, 0);
  if (lasts == NULL || lasts->kind != ARGUMENT_NUMBER)
    return;
  struct wait wait = {r->first, r->last, r->index, r->step->guard, lasts->number};
  buffer_add(&r->m->waits, &wait, sizeof wait);
}

/* Where the key of this certificate was made: `creates C.new in STORE`, else beside whoever makes it. No
 * step made it: it may have been there. */
static bool is_made_there(const struct reading *r, uint32_t certificate, uint32_t keystore)
{
  if (is_made_by_tenant(r, keystore))
    return !setting_yes(r->graph, certificate, KEY_KEEP_KEY, false);
  for (uint32_t i = r->index; i > 0; i--) {
    const struct step *step = &r->graph->steps[i - 1];
    const struct argument *object = step_argument(r->graph, step, PART_OBJECT, 0);
    const struct argument *place = step_argument(r->graph, step, PART_PLACE, 0);
    if (step->kind == STEP_ACTION && step->effect == EFFECT_MAKE_KEY && object != NULL &&
        object->kind == ARGUMENT_RESOURCE && object->resource == certificate)
      return place != NULL && place->kind == ARGUMENT_RESOURCE && place->resource == keystore;
  }
  return true;
}

/* A reader that names no alias takes any signed pair that it finds (corrections 5): signing a key
 * that was made in that store is a switch already. */
static void read_signed(struct reading *r)
{
  const struct argument *object = step_argument(r->graph, r->step, PART_OBJECT, 0);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE ||
      !is_kind(r, object->resource, KIND_CERTIFICATE))
    return;
  const struct graph_value *in = graph_setting_value(r->graph, object->resource, KEY_IN, 0);
  if (in == NULL || graph_setting_nth(r->graph, in->resource, KEY_READ_BY, 0) == NULL ||
      !is_made_there(r, object->resource, in->resource))
    return;
  add_write(r, model_alias(r->m, object->resource), r->first, HELD_NEW);
}

/* `checks C unused on S`: somebody has looked. */
static void read_sight(struct reading *r)
{
  const struct argument *look = step_argument(r->graph, r->step, PART_CHECK, 0);
  const struct argument *object = step_argument(r->graph, r->step, PART_OBJECT, 0);
  uint32_t receiver = resource_of(r, PART_PLACE);
  if (look == NULL || !text_is(look->text, look_rows[LOOK_UNUSED].word) || object == NULL ||
      object->kind != ARGUMENT_RESOURCE || receiver == INDEX_NONE)
    return;
  struct sight sight = {r->first,
                        r->index,
                        r->step->guard,
                        object->resource,
                        receiver,
                        argument_version(object),
                        argument_has_member(object, MEMBER_ROOT)};
  buffer_add(&r->m->sights, &sight, sizeof sight);
}

static void read_step(struct reading *r)
{
  if (r->step->effect == EFFECT_LOOK)
    read_sight(r);
  if (r->step->effect == EFFECT_SIGN)
    read_signed(r);
  if (r->row == NULL)
    return;
  switch (r->row->thing) {
  case MODEL_ACCEPTED:
    read_accepted(r, r->row->value == WRITTEN_YES);
    return;
  case MODEL_SLOT:
    read_slot(r);
    return;
  case MODEL_ALIAS:
    read_alias(r);
    return;
  case MODEL_PRESENTED:
    read_presented(r);
    return;
  case MODEL_RUNNING:
  case MODEL_LOADED:
    read_nodes(r, act_on_place);
    return;
  case MODEL_REVOKED:
    read_revoked(r);
    return;
  case MODEL_TIME:
    read_time(r);
    return;
  }
}

/* Each step whose effect does something to the model. */
static void read_all(struct making *m, const bool *effects, void (*read)(struct reading *r))
{
  const struct graph *graph = m->model->graph;
  const struct events *events = m->model->events;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (!effects[events->effects[i]])
      continue;
    struct reading r = {.m = m,
                        .graph = graph,
                        .index = i,
                        .step = &graph->steps[i],
                        .row = effect_writes(graph->steps[i].effect),
                        .first = events->first[i],
                        .last = events->last[i]};
    read(&r);
  }
}

/* Which nodes are stopped at all: the others run, and nothing is written of it. */
static void read_stop(struct reading *r)
{
  read_nodes(r, stop_place);
}

void model_read_steps(struct making *m)
{
  struct model *model = m->model;
  uint32_t place_count;
  making_places(m, &place_count);
  m->running = arena_array(m->scratch, (size_t)place_count + 1, sizeof *m->running);
  memset(m->running, 0xff, ((size_t)place_count + 1) * sizeof *m->running);
  bool stops[EFFECT__COUNT + 1] = {false}, matters[EFFECT__COUNT + 1] = {false};
  for (int i = 0; i < EFFECT__COUNT; i++) {
    const struct writes_row *row = effect_writes((enum effect)i);
    matters[i] = row != NULL || i == EFFECT_LOOK || i == EFFECT_SIGN;
    stops[i] = row != NULL && row->thing == MODEL_RUNNING && row->value != WRITTEN_YES;
  }
  read_all(m, stops, read_stop);
  read_all(m, matters, read_step);
  for (uint32_t i = 0; i < model->connection_count; i++) {
    struct connection *c = &model->connections[i];
    if (c->call->kind == PRESENTER_NODE)
      c->running = m->running[c->place];
  }
  model->waits = model_take(model->arena, &m->waits, sizeof *model->waits, &model->wait_count);
  model->copies = model_take(model->arena, &m->copies, sizeof *model->copies, &model->copy_count);
  model->sights = model_take(model->arena, &m->sights, sizeof *model->sights, &model->sight_count);
}
