/* SPDX-License-Identifier: Apache-2.0 */
/* reading: see reading.h. First the callers, which need the declarations only; then each step. */
#include "compiler/verify/reading.h"

#include <string.h>

static bool yes(const struct reading *r, uint32_t resource, enum key key, bool otherwise)
{
  const struct graph_value *value = graph_setting_value(r->graph, resource, key, 0);
  return value == NULL ? otherwise : value->number != 0;
}

static int64_t seconds(const struct reading *r, uint32_t resource, enum key key, int64_t otherwise)
{
  const struct graph_value *value = graph_setting_value(r->graph, resource, key, 0);
  return value == NULL || value->kind != VALUE_DURATION ? otherwise : value->number;
}

static bool says(const struct reading *r, uint32_t resource, enum key key, const char *word)
{
  const struct graph_value *value = graph_setting_value(r->graph, resource, key, 0);
  return value != NULL && text_is(value->text, word);
}

static bool names(const struct argument *argument, enum member member)
{
  for (int i = 0; i < MEMBERS_MAX; i++)
    if (argument->members[i] == member)
      return true;
  return false;
}

static enum holds version_of(const struct argument *argument)
{
  return names(argument, MEMBER_NEW)   ? HOLDS_NEW
         : names(argument, MEMBER_OLD) ? HOLDS_OLD
                                       : HOLDS_NONE;
}

static uint32_t slot_of(const struct reading *r, enum thing thing, uint32_t a, uint32_t b,
                        uint32_t c)
{
  uint64_t hash = UINT64_C(1469598103934665603);
  const uint32_t parts[] = {(uint32_t)thing, a, b, c};
  for (int i = 0; i < 4; i++)
    hash = (hash ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15), hash ^= hash >> 29;
  uint32_t at = (uint32_t)hash & (r->slot_count - 1);
  for (; r->slots[at] != 0; at = (at + 1) & (r->slot_count - 1)) {
    const struct row *row = &r->rows[r->slots[at] - 1];
    if (row->thing == thing && row->a == a && row->b == b && row->c == c)
      break;
  }
  return at;
}

uint32_t reading_row(const struct reading *r, enum thing thing, uint32_t a, uint32_t b, uint32_t c)
{
  return r->slots[slot_of(r, thing, a, b, c)] - 1; /* 0 - 1 is ROW_NONE */
}

static void *room(struct reading *r, void *items, uint32_t count, uint32_t *capacity, size_t bytes)
{
  if (count < *capacity)
    return items;
  *capacity = *capacity == 0 ? 256 : *capacity * 2;
  return arena_grow(r->arena, items, count, *capacity, bytes);
}

static uint8_t initial_of(enum thing thing, uint32_t version)
{
  if (thing == THING_ALIAS || thing == THING_SHOWN)
    return HOLDS_OLD;
  return thing == THING_RUNS || version == HOLDS_OLD ? HOLDS_YES : HOLDS_NO;
}

/* The row of that thing, new or known. */
static uint32_t row_of(struct reading *r, enum thing thing, uint32_t a, uint32_t b, uint32_t c)
{
  if ((r->row_count + 1) * 2 > r->slot_count) {
    r->slot_count = r->slot_count == 0 ? 512 : r->slot_count * 2;
    r->slots = arena_array(r->arena, r->slot_count, sizeof *r->slots);
    for (uint32_t i = 0; i < r->row_count; i++)
      r->slots[slot_of(r, r->rows[i].thing, r->rows[i].a, r->rows[i].b, r->rows[i].c)] = i + 1;
  }
  uint32_t slot = slot_of(r, thing, a, b, c);
  if (r->slots[slot] != 0)
    return r->slots[slot] - 1;
  r->rows = room(r, r->rows, r->row_count, &r->row_room, sizeof *r->rows);
  r->rows[r->row_count] = (struct row){.thing = thing,
                                       .a = a,
                                       .b = b,
                                       .c = c,
                                       .initial = initial_of(thing, c),
                                       .first = ACT_NONE,
                                       .last = ACT_NONE,
                                       .next_of_owner = ROW_NONE,
                                       .first_link = ROW_NONE};
  if (thing == THING_LOADS) {
    r->rows[r->row_count].next_of_owner = r->first_loads[a];
    r->first_loads[a] = r->row_count;
  }
  r->slots[slot] = ++r->row_count;
  return r->row_count - 1;
}

static void add_act(struct reading *r, uint32_t number, struct act act)
{
  struct row *row = &r->rows[number];
  act.row = number;
  act.next = ACT_NONE;
  r->acts = room(r, r->acts, r->act_count, &r->act_room, sizeof *r->acts);
  if (row->last == ACT_NONE)
    row->first = r->act_count;
  else
    r->acts[row->last].next = r->act_count;
  row->last = r->act_count;
  row->count++;
  r->acts[r->act_count++] = act;
}

static uint32_t node_number(struct reading *r, struct text node)
{
  uint32_t number = r->nodes.count;
  return text_map_add(&r->nodes, node, number, &number) ? r->nodes.count - 1 : number;
}

/* The old and the new one may be the same to a receiver: it compares a name, or a key that stays. */
static uint32_t accepts_row(struct reading *r, uint32_t receiver, uint32_t certificate,
                            enum holds version)
{
  bool is_same =
      says(r, receiver, KEY_ACCEPTS, "subject") || says(r, receiver, KEY_ACCEPTS, "san") ||
      (says(r, receiver, KEY_ACCEPTS, "public-key") && yes(r, certificate, KEY_KEEP_KEY, false));
  return row_of(r, THING_ACCEPTS, receiver, certificate, is_same ? HOLDS_OLD : version);
}

/* What the callers' pass knows of the plan's sentences. */
struct spoken {
  bool *of, *of_new_root, *lets_in; /* by resource */
  struct text_map targets;          /* "certificate name" of communication systems */
  struct buffer target_names, target_of;
};

static int64_t kept_seconds(const struct reading *r, uint32_t flow)
{
  int64_t lives = seconds(r, flow, KEY_CONNECTIONS_LIVE, -1);
  if (lives < 0 || graph_setting_value(r->graph, flow, KEY_SESSIONS_RESUME, 0) == NULL)
    return -1;
  int64_t resumes = seconds(r, flow, KEY_SESSIONS_RESUME, 0);
  return lives > resumes ? lives : resumes;
}

/* A command that came back has not restarted anything yet (corrections 1). */
static bool is_unseen(const struct reading *r, uint32_t flow)
{
  return graph_setting_nth(r->graph, flow, KEY_RESTART_WITH, 0) != NULL &&
         graph_setting_nth(r->graph, flow, KEY_OBSERVED_BY, 0) == NULL &&
         seconds(r, flow, KEY_DRAINS_WITHIN, 0) <= 0 &&
         seconds(r, flow, KEY_APPLIES_WITHIN, 0) <= 0;
}

static void add_link(struct reading *r, const struct spoken *spoken, enum caller_kind kind,
                     uint32_t caller, struct text node, const struct graph_value *call)
{
  static const int64_t a_day_s = 24 * 60 * 60;
  uint32_t certificate = call[1].resource, number = node_number(r, node);
  struct link link = {.kind = kind,
                      .caller = caller,
                      .receiver = call[0].resource,
                      .certificate = certificate,
                      .node = node,
                      .is_unknown = kind == CALLER_NODE && text_is(node, "any"),
                      .is_unseen = kind == CALLER_NODE && is_unseen(r, caller),
                      .runs = ROW_NONE,
                      .asks_roots = spoken->of_new_root[certificate],
                      .cache_s = -1,
                      .kept_s = -1,
                      .next_of_certificate = r->first_link[certificate]};
  const struct graph_value *of = graph_setting_value(r->graph, certificate, KEY_OF, 0);
  if (r->graph->resources[certificate].kind == KIND_SERVICEKEY && of != NULL)
    link.receiver = of->resource;
  const struct graph_value *pins = graph_setting_value(r->graph, link.receiver, KEY_PINS_CHAIN, 0);
  link.pins_chain = pins != NULL && pins->number != 0;
  link.asks_roots |= link.pins_chain;
  if (kind == CALLER_NODE) {
    link.source = row_of(r, THING_ALIAS, certificate, 0, 0);
    link.runs = row_of(r, THING_RUNS, caller, number, 0);
    link.cache_s = seconds(r, caller, KEY_CACHES_KEYSTORE, a_day_s);
    link.kept_s = kept_seconds(r, caller);
  } else {
    link.source = row_of(r, THING_SHOWN, caller, number, certificate);
  }
  link.loads = row_of(r, THING_LOADS, caller, number, 0);
  link.trust_s = seconds(r, link.receiver, KEY_CACHES_TRUST, 0);
  enum kind judge = r->graph->resources[link.receiver].kind;
  for (int version = HOLDS_NONE; version < HOLDS__COUNT; version++) {
    link.accepts[version] = link.trusts[version] = ROW_NONE;
    if (version == HOLDS_NONE || (judge == KIND_FLOW && !spoken->lets_in[link.receiver]))
      continue;
    if (!says(r, link.receiver, KEY_ACCEPTS, "issuer"))
      link.accepts[version] = accepts_row(r, link.receiver, certificate, (enum holds)version);
    if (judge == KIND_SYSTEM)
      link.trusts[version] = row_of(r, THING_TRUSTS, link.receiver, certificate, (uint32_t)version);
  }
  r->links = room(r, r->links, r->link_count, &r->link_room, sizeof *r->links);
  link.next_of_loads = r->rows[link.loads].first_link;
  r->rows[link.loads].first_link = r->link_count;
  r->first_link[certificate] = r->link_count;
  r->links[r->link_count++] = link;
}

static bool add_nodes(struct reading *r, const struct spoken *spoken, uint32_t flow, uint32_t of,
                      const struct graph_value *call)
{
  bool found = false;
  struct range settings = r->graph->resources[of].settings;
  for (uint32_t i = 0; i < settings.count; i++) {
    const struct graph_setting *setting = &r->graph->settings[settings.first + i];
    bool is_list = setting->key == KEY_NODES;
    for (uint32_t j = 0; j < setting->values.count && (is_list || setting->key == KEY_NODE); j++) {
      const struct graph_value *value = &r->graph->values[setting->values.first + j];
      if (value->kind == VALUE_NONE || (!is_list && j > 0))
        continue; /* `node NAME at URL`: the second one is an address */
      add_link(r, spoken, CALLER_NODE, flow, value->text, call);
      found = true;
    }
  }
  return found;
}

static void add_caller(struct reading *r, const struct spoken *spoken, uint32_t caller,
                       const struct graph_value *call)
{
  enum kind kind = r->graph->resources[caller].kind;
  if (kind == KIND_SYSTEM) {
    add_link(r, spoken, CALLER_SENDER, caller, TEXT_NONE, call);
    return;
  }
  bool found = false;
  if (kind == KIND_FLOW) {
    const struct graph_value *tenant = graph_setting_value(r->graph, caller, KEY_ON, 0);
    found = add_nodes(r, spoken, caller, caller, call) ||
            (tenant != NULL && tenant->kind == VALUE_REF &&
             add_nodes(r, spoken, caller, tenant->resource, call));
    if (!found)
      add_link(r, spoken, CALLER_NODE, caller, TEXT_NONE, call);
    return;
  }
  const struct text *target = (const struct text *)(const void *)spoken->target_names.bytes;
  const uint32_t *of = (const uint32_t *)(const void *)spoken->target_of.bytes;
  for (size_t i = 0; i < spoken->target_of.size_bytes / sizeof *of; i++)
    if (of[i] == call[1].resource) {
      add_link(r, spoken, CALLER_TARGETS, caller, target[i], call);
      found = true;
    }
  if (!found)
    add_link(r, spoken, CALLER_TARGETS, caller, TEXT_NONE, call);
}

static void add_callers(struct reading *r, const struct spoken *spoken)
{
  for (uint32_t i = 0; i < r->graph->resource_count; i++) {
    enum kind kind = r->graph->resources[i].kind;
    const struct graph_setting *calls;
    if (kind != KIND_FLOW && kind != KIND_SYSTEM && kind != KIND_ABAP)
      continue;
    for (uint32_t n = 0; (calls = graph_setting_nth(r->graph, i, KEY_CALLS, n)) != NULL; n++) {
      const struct graph_value *call = &r->graph->values[calls->values.first];
      if (calls->values.count >= 2 && call[0].kind == VALUE_REF && call[1].kind == VALUE_REF &&
          spoken->of[call[1].resource])
        add_caller(r, spoken, i, call);
    }
  }
}

static void hear_step(struct reading *r, struct spoken *spoken, const struct step *step)
{
  const struct argument *place = step_argument(r->graph, step, PART_PLACE, 0);
  const struct argument *who = step_argument(r->graph, step, PART_OBJECT, 0);
  if (place == NULL || place->kind != ARGUMENT_RESOURCE)
    return;
  /* Who may be taken from a flow's list was let in by it. */
  if (step->effect == EFFECT_AUTHORIZE_CALLER || step->effect == EFFECT_DROP_CALLER)
    spoken->lets_in[place->resource] = true;
  if (step->effect != EFFECT_PRESENT || who == NULL || who->kind == ARGUMENT_RESOURCE)
    return;
  struct text key = text_format(r->arena, "%u %.*s", place->resource, TEXT_ARG(who->text));
  if (!text_map_add(&spoken->targets, key, 0, NULL))
    return;
  buffer_add(&spoken->target_names, &who->text, sizeof who->text);
  buffer_add(&spoken->target_of, &place->resource, sizeof place->resource);
}

static void hear(struct reading *r, struct spoken *spoken)
{
  const struct graph *graph = r->graph;
  size_t resources = (size_t)graph->resource_count + 1;
  *spoken = (struct spoken){.of = arena_array(r->arena, resources, sizeof(bool)),
                            .of_new_root = arena_array(r->arena, resources, sizeof(bool)),
                            .lets_in = arena_array(r->arena, resources, sizeof(bool))};
  text_map_start(&spoken->targets, r->arena);
  for (uint32_t i = 0; i < graph->argument_count; i++) {
    const struct argument *argument = &graph->arguments[i];
    enum holds version = version_of(argument);
    if (argument->kind != ARGUMENT_RESOURCE || version == HOLDS_NONE)
      continue;
    spoken->of[argument->resource] = true;
    if (version == HOLDS_NEW && names(argument, MEMBER_ROOT))
      spoken->of_new_root[argument->resource] = true;
  }
  const struct graph_setting *renews =
      graph_setting_nth(graph, graph->plan_resource, KEY_RENEWS, 0);
  for (uint32_t i = 0; renews != NULL && i < renews->values.count; i++)
    if (graph->values[renews->values.first + i].kind == VALUE_REF)
      spoken->of[graph->values[renews->values.first + i].resource] = true;
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION)
      hear_step(r, spoken, &graph->steps[i]);
}

/* One step, while it is read. */
struct sentence {
  struct reading *r;
  const struct step *step;
  uint32_t index;
  const struct argument *object, *with, *place;
  uint32_t where; /* the place's resource; INDEX_NONE */
};

static bool is_thing(const struct argument *argument)
{
  return argument != NULL && argument->kind == ARGUMENT_RESOURCE;
}

static void put(const struct sentence *s, uint32_t row, bool at_end, uint8_t value)
{
  add_act(s->r, row, (struct act){.step = s->index, .at_end = at_end, .value = value});
}

static void put_load(const struct sentence *s, uint32_t row, bool lasts)
{
  add_act(s->r, row, (struct act){.step = s->index, .lasts = lasts});
}

static bool holds_one(const struct sentence *s)
{
  return s->r->graph->resources[s->where].kind == KIND_SYSTEM &&
         !yes(s->r, s->where, KEY_ACCEPTS_MANY, true);
}

/* accepts, imports, creates KEY in, authorizes; removes, deletes: each object is a row of its own. */
static void read_accepts(const struct sentence *s, bool value)
{
  const struct graph *graph = s->r->graph;
  const struct argument *object;
  if (s->where == INDEX_NONE || graph->resources[s->where].kind == KIND_KEYSTORE)
    return;
  for (uint32_t n = 0; (object = step_argument(graph, s->step, PART_OBJECT, n)) != NULL; n++) {
    enum holds version = version_of(object);
    if (!is_thing(object) || version == HOLDS_NONE)
      continue;
    if (names(object, MEMBER_ROOT) || names(object, MEMBER_CHAIN)) {
      put(s, row_of(s->r, THING_TRUSTS, s->where, object->resource, version), false, value);
      continue;
    }
    uint32_t row = accepts_row(s->r, s->where, object->resource, version);
    uint32_t old = accepts_row(s->r, s->where, object->resource, HOLDS_OLD);
    put(s, row, false, value);
    if (value && version == HOLDS_NEW && old != row && holds_one(s))
      put(s, old, false, HOLDS_NO);
  }
}

/* replaces ... on SYSTEM: the one that is put in drops the other one. */
static void read_slot(const struct sentence *s)
{
  enum holds version = is_thing(s->with) ? version_of(s->with) : HOLDS_NONE;
  if (version == HOLDS_NONE || s->where == INDEX_NONE)
    return;
  uint32_t in = accepts_row(s->r, s->where, s->with->resource, version);
  uint32_t out =
      accepts_row(s->r, s->where, s->with->resource, version == HOLDS_NEW ? HOLDS_OLD : HOLDS_NEW);
  put(s, in, false, HOLDS_YES);
  if (out != in)
    put(s, out, false, HOLDS_NO);
}

static void read_alias(const struct sentence *s)
{
  const struct argument *given = s->with != NULL ? s->with : s->object;
  if (!is_thing(given))
    return;
  uint32_t row = row_of(s->r, THING_ALIAS, given->resource, 0, 0);
  const struct graph_value *kind =
      s->where == INDEX_NONE ? NULL : graph_setting_value(s->r->graph, s->where, KEY_KIND_OF, 0);
  const struct store_row *store = kind == NULL ? NULL : store_find(kind->text);
  /* Two renames, unless the pair in place keeps its key and takes the certificate. */
  bool is_renamed = s->where != INDEX_NONE && says(s->r, s->where, KEY_KEY_MADE, "in-tenant") &&
                    !yes(s->r, given->resource, KEY_KEEP_KEY, false);
  bool in_two = s->where != INDEX_NONE && ((store != NULL && !store->atomic) || is_renamed);
  if (in_two)
    put(s, row, false, HOLDS_NONE);
  put(s, row, in_two, version_of(given) == HOLDS_OLD ? HOLDS_OLD : HOLDS_NEW);
}

static void read_alias_gone(const struct sentence *s)
{
  const struct argument *object;
  for (uint32_t n = 0; (object = step_argument(s->r->graph, s->step, PART_OBJECT, n)) != NULL; n++)
    if (is_thing(object) && version_of(object) != HOLDS_NEW && !names(object, MEMBER_ROOT))
      put(s, row_of(s->r, THING_ALIAS, object->resource, 0, 0), false, HOLDS_NONE);
}

/* The key pair lies in the store before it is signed: the tenant made it, a step made it in the store, or
 * no step made it. */
static bool lies_in(const struct sentence *s, uint32_t store)
{
  const struct graph *graph = s->r->graph;
  if (says(s->r, store, KEY_KEY_MADE, "in-tenant"))
    return !yes(s->r, s->object->resource, KEY_KEEP_KEY, false);
  for (uint32_t i = s->index; i-- > 0;) {
    const struct step *maker = &graph->steps[i];
    const struct argument *made = step_argument(graph, maker, PART_OBJECT, 0);
    const struct argument *where = step_argument(graph, maker, PART_PLACE, 0);
    if (maker->kind == STEP_ACTION && maker->effect == EFFECT_MAKE_KEY && is_thing(made) &&
        made->resource == s->object->resource)
      return is_thing(where) && where->resource == store;
  }
  return true;
}

/* A reader that names no alias takes every signed pair that it finds in its store. */
static void read_signed(const struct sentence *s)
{
  if (!is_thing(s->object) || s->r->graph->resources[s->object->resource].kind != KIND_CERTIFICATE)
    return;
  const struct graph_value *in = graph_setting_value(s->r->graph, s->object->resource, KEY_IN, 0);
  if (in != NULL && graph_setting_nth(s->r->graph, in->resource, KEY_READ_BY, 0) != NULL &&
      lies_in(s, in->resource))
    put(s, row_of(s->r, THING_ALIAS, s->object->resource, 0, 0), false, HOLDS_NEW);
}

static void read_shown(const struct sentence *s)
{
  if (!is_thing(s->place) || s->object == NULL)
    return;
  for (uint32_t i = s->r->first_link[s->place->resource]; i != ROW_NONE;
       i = s->r->links[i].next_of_certificate) {
    const struct link *link = &s->r->links[i];
    bool is_meant = is_thing(s->object)
                        ? link->caller == s->object->resource
                        : link->kind == CALLER_TARGETS && text_equal(link->node, s->object->text);
    const struct row *row = &s->r->rows[link->source];
    bool is_done = row->last != ACT_NONE && s->r->acts[row->last].step == s->index;
    if (!is_meant || link->kind == CALLER_NODE || is_done)
      continue;
    put(s, link->source, false, version_of(s->place) == HOLDS_OLD ? HOLDS_OLD : HOLDS_NEW);
    put_load(s, link->loads, true);
  }
}

static void read_node(const struct sentence *s, uint32_t loads)
{
  uint32_t runs = row_of(s->r, THING_RUNS, s->r->rows[loads].a, s->r->rows[loads].b, 0);
  switch (s->step->effect) {
  case EFFECT_STOP:
  case EFFECT_UNDEPLOY:
    put(s, runs, false, HOLDS_NO);
    return;
  case EFFECT_START:
    put(s, runs, false, HOLDS_YES);
    put_load(s, loads, false);
    return;
  default:
    put(s, runs, false, HOLDS_YES);
    put_load(s, loads, true);
    return;
  }
}

/* A step on one node says nothing of the others; none reaches the node that nobody named. */
static void read_nodes(const struct sentence *s)
{
  if (!is_thing(s->object))
    return;
  uint32_t any = UINT32_MAX, node;
  text_map_find(&s->r->nodes, TEXT("any"), &any);
  if (s->place != NULL) {
    bool is_known = text_map_find(&s->r->nodes, s->place->text, &node) && node != any;
    uint32_t row =
        is_known ? reading_row(s->r, THING_LOADS, s->object->resource, node, 0) : ROW_NONE;
    if (row != ROW_NONE)
      read_node(s, row);
    return;
  }
  for (uint32_t row = s->r->first_loads[s->object->resource]; row != ROW_NONE;
       row = s->r->rows[row].next_of_owner)
    if (s->r->rows[row].b != any)
      read_node(s, row);
}

static void read_revoked(const struct sentence *s)
{
  enum holds version = is_thing(s->object) ? version_of(s->object) : HOLDS_NONE;
  if (version == HOLDS_NONE)
    return;
  for (uint32_t i = s->r->first_link[s->object->resource]; i != ROW_NONE;
       i = s->r->links[i].next_of_certificate) {
    uint32_t row = s->r->links[i].accepts[version];
    if (row != ROW_NONE &&
        (s->r->rows[row].last == ACT_NONE || s->r->acts[s->r->rows[row].last].step != s->index))
      put(s, row, false, HOLDS_NO);
  }
}

static void read_look(const struct sentence *s)
{
  const struct argument *look = step_argument(s->r->graph, s->step, PART_CHECK, 0);
  if (look != NULL && text_is(look->text, "unused") && is_thing(s->object) &&
      s->where != INDEX_NONE && version_of(s->object) == HOLDS_OLD &&
      !names(s->object, MEMBER_ROOT))
    put_load(s, s->r->sights, false);
}

static void read_step(const struct sentence *s)
{
  const struct argument *length = step_argument(s->r->graph, s->step, PART_FOR, 0);
  switch (s->step->effect) {
  case EFFECT_ADD_ACCEPTED:
  case EFFECT_ADD_ROOT:
  case EFFECT_ADD_SERVICE_KEY:
  case EFFECT_AUTHORIZE_CALLER:
    read_accepts(s, true);
    return;
  case EFFECT_DROP_ACCEPTED:
  case EFFECT_DROP_CALLER:
  case EFFECT_DROP_SERVICE_KEY:
    read_accepts(s, false);
    return;
  case EFFECT_SET_SLOT:
    read_slot(s);
    return;
  case EFFECT_SET_ALIAS:
  case EFFECT_ACTIVATE:
    read_alias(s);
    return;
  case EFFECT_DROP_ALIAS:
    read_alias_gone(s);
    return;
  case EFFECT_SIGN:
    read_signed(s);
    return;
  case EFFECT_RESTORE:
    s->r->restores = s->index;
    return;
  case EFFECT_PRESENT:
    read_shown(s);
    return;
  case EFFECT_START:
  case EFFECT_STOP:
  case EFFECT_RESTART:
  case EFFECT_DEPLOY:
  case EFFECT_UNDEPLOY:
    read_nodes(s);
    return;
  case EFFECT_REVOKE:
    read_revoked(s);
    return;
  case EFFECT_LOOK:
    read_look(s);
    return;
  case EFFECT_WAIT:
    if (length != NULL && length->kind == ARGUMENT_NUMBER)
      put_load(s, s->r->waits, true);
    return;
  case EFFECT_MAKE_KEY:
  case EFFECT_ADD_INSTANCE:
  case EFFECT_DELIVER:
  case EFFECT_MESSAGE:
  case EFFECT_AGREEMENT:
  case EFFECT_ADD_TRUSTED:
  case EFFECT_EXPORT:
  case EFFECT_BACK_UP:
  case EFFECT_READ_SET:
  case EFFECT__COUNT:
    return;
  }
}

bool effect_lasts(enum effect effect)
{
  return effect == EFFECT_SET_ALIAS || effect == EFFECT_ACTIVATE || effect == EFFECT_RESTORE ||
         effect == EFFECT_PRESENT || effect == EFFECT_RESTART || effect == EFFECT_DEPLOY ||
         effect == EFFECT_WAIT;
}

int64_t reading_wait_s(const struct reading *r, const struct act *wait)
{
  return step_argument(r->graph, &r->graph->steps[wait->step], PART_FOR, 0)->number;
}

void reading_make(struct reading *r, struct arena *arena, const struct graph *graph)
{
  *r = (struct reading){.arena = arena, .graph = graph, .restores = INDEX_NONE};
  size_t resources = (size_t)graph->resource_count + 1;
  r->first_link = arena_array(arena, resources, sizeof *r->first_link);
  r->first_loads = arena_array(arena, resources, sizeof *r->first_loads);
  memset(r->first_link, 0xff, resources * sizeof *r->first_link);
  memset(r->first_loads, 0xff, resources * sizeof *r->first_loads);
  text_map_start(&r->nodes, arena);
  r->waits = row_of(r, THING_WAITS, 0, 0, 0);
  r->sights = row_of(r, THING_SIGHTS, 0, 0, 0);
  struct spoken spoken;
  hear(r, &spoken);
  add_callers(r, &spoken);
  buffer_free(&spoken.target_names);
  buffer_free(&spoken.target_of);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind == STEP_JOIN)
      continue;
    struct sentence s = {r,
                         step,
                         i,
                         step_argument(graph, step, PART_OBJECT, 0),
                         step_argument(graph, step, PART_WITH, 0),
                         step_argument(graph, step, PART_PLACE, 0),
                         INDEX_NONE};
    if (is_thing(s.place))
      s.where = s.place->resource;
    read_step(&s);
  }
}
