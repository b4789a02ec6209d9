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

static void add_load(struct reading *r, uint32_t place, uint32_t begin, uint32_t end)
{
  struct made_load made = {place, {begin, end, r->index, r->step->guard, 0, 0}};
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
    add_write(r, model_reg(r->m, WHAT_ROOT, receiver, object->resource, version), r->first, yes);
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

static bool is_atomic(const struct reading *r, uint32_t keystore, const struct argument *given)
{
  const struct graph_value *kind = graph_setting_value(r->graph, keystore, KEY_KIND_OF, 0);
  const struct store_row *row = kind == NULL ? NULL : store_find(kind->text);
  const struct graph_value *made = graph_setting_value(r->graph, keystore, KEY_KEY_MADE, 0);
  (void)given;
  return (row == NULL || row->atomic) && !(made != NULL && text_is(made->text, "in-tenant"));
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
        add_write(r, model_reg(r->m, WHAT_ALIAS, object->resource, 0, HELD_NONE), r->first,
                  HELD_NONE);
    return;
  }
  if (r->row->value == WRITTEN_KEPT) {
    buffer_add(&r->m->copies, &r->index, sizeof r->index);
    return;
  }
  uint32_t alias = model_reg(r->m, WHAT_ALIAS, given->resource, 0, HELD_NONE);
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
  const struct argument *given = step_argument(r->graph, r->step, PART_PLACE, 0);
  const struct argument *who = step_argument(r->graph, r->step, PART_OBJECT, 0);
  if (given == NULL || given->kind != ARGUMENT_RESOURCE)
    return;
  const struct connection *connections =
      (const struct connection *)(const void *)r->m->connections.bytes;
  size_t count = r->m->connections.size_bytes / sizeof *connections;
  uint32_t done = REGISTER_NONE;
  for (size_t i = 0; i < count; i++) {
    const struct connection *c = &connections[i];
    bool is_meant =
        who != NULL && who->kind == ARGUMENT_RESOURCE
            ? c->presenter == who->resource
            : who != NULL && c->kind == PRESENTER_TARGETS && text_equal(c->node, who->text);
    if (c->certificate != given->resource || !is_meant || c->kind == PRESENTER_NODE ||
        c->source == done)
      continue;
    done = c->source;
    add_write(r, c->source, r->first, argument_version(given) == HELD_OLD ? HELD_OLD : HELD_NEW);
    add_load(r, c->place, r->first, r->last);
  }
}

static void act_on_place(struct reading *r, uint32_t place)
{
  const struct place_loads *row =
      &((const struct place_loads *)(const void *)r->m->place_rows.bytes)[place];
  uint32_t node = 0;
  text_map_find(&r->m->node_names, row->node, &node);
  uint32_t running = model_reg(r->m, WHAT_RUNNING, row->owner, node, HELD_NONE);
  switch (r->row->thing) {
  case MODEL_RUNNING:
    add_write(r, running, r->first, r->row->value == WRITTEN_YES);
    if (r->row->value == WRITTEN_YES)
      add_load(r, place, r->first, r->first);
    return;
  case MODEL_LOADED:
    add_write(r, running, r->first, HELD_YES);
    add_load(r, place, r->first, r->last);
    return;
  default:
    return;
  }
}

/* SAP-6ec6-18: a step on one node says nothing of the others. */
static void read_nodes(struct reading *r)
{
  uint32_t flow = resource_of(r, PART_OBJECT);
  if (flow == INDEX_NONE)
    return;
  const struct argument *node = step_argument(r->graph, r->step, PART_PLACE, 0);
  const struct place_loads *rows = (const struct place_loads *)(const void *)r->m->place_rows.bytes;
  if (node != NULL) {
    uint32_t name;
    if (text_is(node->text, "any") || !text_map_find(&r->m->node_names, node->text, &name))
      return;
    uint32_t place =
        register_keys_look(&r->m->places, (struct register_key){WHAT_PLACE, flow, name, HELD_NONE});
    if (place != REGISTER_NONE)
      act_on_place(r, place);
    return;
  }
  for (uint32_t place = r->m->first_place[flow]; place != 0; place = rows[place - 1].first)
    if (!text_is(rows[place - 1].node, "any")) /* whoever restarts all need not know of it */
      act_on_place(r, place - 1);
}

static void read_revoked(struct reading *r)
{
  const struct argument *object = step_argument(r->graph, r->step, PART_OBJECT, 0);
  const struct connection *connections =
      (const struct connection *)(const void *)r->m->connections.bytes;
  size_t count = r->m->connections.size_bytes / sizeof *connections;
  uint32_t done = REGISTER_NONE;
  for (size_t i = 0; i < count && object != NULL && object->kind == ARGUMENT_RESOURCE; i++) {
    enum held version = argument_version(object);
    uint32_t accepted = version == HELD_NONE ? REGISTER_NONE : connections[i].accepted[version];
    if (connections[i].certificate != object->resource || accepted == REGISTER_NONE ||
        accepted == done)
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

/* A reader that names no alias takes any signed pair that it finds (corrections 5): signing a key
 * that was made in that store is a switch already. */
static void read_signed(struct reading *r)
{
  const struct argument *object = step_argument(r->graph, r->step, PART_OBJECT, 0);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE ||
      !is_kind(r, object->resource, KIND_CERTIFICATE))
    return;
  const struct graph_value *in = graph_setting_value(r->graph, object->resource, KEY_IN, 0);
  if (in == NULL || graph_setting_nth(r->graph, in->resource, KEY_READ_BY, 0) == NULL)
    return;
  add_write(r, model_reg(r->m, WHAT_ALIAS, object->resource, 0, HELD_NONE), r->first, HELD_NEW);
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

static void *keep(struct arena *arena, const struct buffer *buffer, size_t item_bytes,
                  uint32_t *ret_count)
{
  *ret_count = (uint32_t)(buffer->size_bytes / item_bytes);
  void *kept = arena_array(arena, (size_t)*ret_count + 1, item_bytes);
  if (*ret_count != 0)
    memcpy(kept, buffer->bytes, buffer->size_bytes);
  return kept;
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
    read_nodes(r);
    return;
  case MODEL_REVOKED:
    read_revoked(r);
    return;
  case MODEL_TIME:
    read_time(r);
    return;
  }
}

void model_read_steps(struct making *m)
{
  struct model *model = m->model;
  const struct graph *graph = model->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].kind == STEP_JOIN)
      continue;
    struct reading r = {.m = m,
                        .graph = graph,
                        .index = i,
                        .step = &graph->steps[i],
                        .row = effect_writes(graph->steps[i].effect),
                        .first = model->events->first[i],
                        .last = model->events->last[i]};
    read_step(&r);
  }
  model->waits = keep(model->arena, &m->waits, sizeof(struct wait), &model->wait_count);
  model->copies = keep(model->arena, &m->copies, sizeof(uint32_t), &model->copy_count);
  model->sights = keep(model->arena, &m->sights, sizeof(struct sight), &model->sight_count);
}
