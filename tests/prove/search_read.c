/* SPDX-License-Identifier: Apache-2.0 */
/* search_read: what the search needs of a plan, read from its graph: who calls whom, what each step does,
 * and who has to know what. No state is visited here. */
#include <string.h>

#include "tests/prove/search_int.h"

static const int64_t day_s = 24 * 60 * 60;

static bool fail(struct search *s, const char *why)
{
  if (s->why == NULL)
    s->why = why;
  return false;
}

static const struct graph_value *value_of(const struct search *s, uint32_t resource, enum key key,
                                          uint32_t slot)
{
  return graph_setting_value(s->graph, resource, key, slot);
}

static bool says(const struct search *s, uint32_t resource, enum key key, const char *word)
{
  const struct graph_value *value = value_of(s, resource, key, 0);
  return value != NULL && text_is(value->text, word);
}

static bool has_member(const struct argument *argument, enum member member)
{
  return argument->members[0] == member || argument->members[1] == member ||
         argument->members[2] == member;
}

static uint8_t version_of(const struct argument *argument)
{
  return has_member(argument, MEMBER_NEW)   ? SEARCH_NEW
         : has_member(argument, MEMBER_OLD) ? SEARCH_OLD
                                            : SEARCH_NONE;
}

static const struct argument *part_of(const struct search *s, const struct step *step,
                                      enum part part)
{
  return step_argument(s->graph, step, part, 0);
}

static uint32_t thing_at(const struct search *s, const struct step *step, enum part part)
{
  const struct argument *argument = part_of(s, step, part);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? INDEX_NONE : argument->resource;
}

/* Who calls whom. */

static bool is_spoken_of(const struct search *s, uint32_t certificate)
{
  for (uint32_t i = 0; i < s->graph->argument_count; i++)
    if (s->graph->arguments[i].kind == ARGUMENT_RESOURCE &&
        s->graph->arguments[i].resource == certificate &&
        version_of(&s->graph->arguments[i]) != SEARCH_NONE)
      return true;
  const struct graph_setting *renews =
      graph_setting_nth(s->graph, s->graph->plan_resource, KEY_RENEWS, 0);
  for (uint32_t i = 0; renews != NULL && i < renews->values.count; i++)
    if (s->graph->values[renews->values.first + i].resource == certificate)
      return true;
  return false;
}

static bool is_new_root_spoken_of(const struct search *s, uint32_t certificate)
{
  for (uint32_t i = 0; i < s->graph->argument_count; i++)
    if (s->graph->arguments[i].kind == ARGUMENT_RESOURCE &&
        s->graph->arguments[i].resource == certificate &&
        has_member(&s->graph->arguments[i], MEMBER_ROOT) &&
        version_of(&s->graph->arguments[i]) == SEARCH_NEW)
      return true;
  return false;
}

/* A flow whose list of callers the plan changes looks at that list. */
static bool lets_callers_in(const struct search *s, uint32_t flow)
{
  for (uint32_t i = 0; i < s->graph->step_count; i++) {
    const struct step *step = &s->graph->steps[i];
    if (step->kind == STEP_ACTION &&
        (step->effect == EFFECT_AUTHORIZE_CALLER || step->effect == EFFECT_DROP_CALLER) &&
        thing_at(s, step, PART_PLACE) == flow)
      return true;
  }
  return false;
}

static uint32_t entry_of(struct search *s, uint32_t receiver, uint32_t certificate)
{
  for (uint32_t i = 0; i < s->entry_count; i++)
    if (s->entries[i].receiver == receiver && s->entries[i].certificate == certificate)
      return i;
  if (s->entry_count == SEARCH_ENTRIES) {
    fail(s, "more receivers than the search has room for");
    return 0;
  }
  const struct graph_value *trust = value_of(s, receiver, KEY_CACHES_TRUST, 0);
  const struct graph_value *keeps = value_of(s, certificate, KEY_KEEP_KEY, 0);
  const struct graph_value *pins = value_of(s, receiver, KEY_PINS_CHAIN, 0);
  s->entries[s->entry_count] = (struct entry){
      .receiver = receiver,
      .certificate = certificate,
      .pins_chain = pins != NULL && pins->number != 0,
      .is_one_element =
          says(s, receiver, KEY_ACCEPTS, "subject") || says(s, receiver, KEY_ACCEPTS, "san") ||
          (says(s, receiver, KEY_ACCEPTS, "public-key") && keeps != NULL && keeps->number != 0),
      .trust_s = trust != NULL && trust->kind == VALUE_DURATION ? trust->number : 0,
      .root_atom = SEARCH_ATOMS};
  return s->entry_count++;
}

static uint32_t place_of(struct search *s, uint32_t owner, struct text node, bool is_node)
{
  for (uint32_t i = 0; i < s->place_count; i++)
    if (s->places[i].owner == owner && text_equal(s->places[i].node, node))
      return i;
  if (s->place_count == SEARCH_PLACES) {
    fail(s, "more nodes than the search has room for");
    return 0;
  }
  s->places[s->place_count] = (struct site){.owner = owner,
                                            .node = node,
                                            .is_node = is_node,
                                            .is_joiner = is_node && text_is(node, "any")};
  return s->place_count++;
}

static uint32_t source_of(struct search *s, uint32_t certificate, uint32_t place)
{
  for (uint32_t i = 0; i < s->source_count; i++)
    if (s->sources[i].certificate == certificate && s->sources[i].place == place)
      return i;
  if (s->source_count == SEARCH_SOURCES) {
    fail(s, "more aliases than the search has room for");
    return 0;
  }
  s->sources[s->source_count] = (struct origin){.certificate = certificate, .place = place};
  return s->source_count++;
}

static void add_call(struct search *s, uint32_t presenter, struct text node, bool is_node,
                     const struct graph_value *call)
{
  uint32_t certificate = call[1].resource, receiver = call[0].resource;
  if (!is_spoken_of(s, certificate))
    return;
  if (s->call_count == SEARCH_CALLS) {
    fail(s, "more connections than the search has room for");
    return;
  }
  const struct graph_value *of = value_of(s, certificate, KEY_OF, 0);
  if (s->graph->resources[certificate].kind == KIND_SERVICEKEY && of != NULL)
    receiver = of->resource;
  enum kind kind = s->graph->resources[receiver].kind;
  struct search_call c = {.presenter = presenter,
                          .receiver = receiver,
                          .certificate = certificate,
                          .node = node,
                          .is_node = is_node,
                          .place = place_of(s, presenter, node, is_node),
                          .entry = entry_of(s, receiver, certificate)};
  c.is_joiner = s->places[c.place].is_joiner;
  c.source = source_of(s, certificate, is_node ? INDEX_NONE : c.place);
  c.compares_element = !says(s, receiver, KEY_ACCEPTS, "issuer") &&
                       (kind != KIND_FLOW || lets_callers_in(s, receiver));
  c.compares_root = kind == KIND_SYSTEM &&
                    (is_new_root_spoken_of(s, certificate) || s->entries[c.entry].pins_chain);
  s->calls[s->call_count++] = c;
}

static bool add_nodes(struct search *s, uint32_t flow, uint32_t of, const struct graph_value *call)
{
  bool found = false;
  struct range settings = s->graph->resources[of].settings;
  for (uint32_t i = settings.first; i < settings.first + settings.count; i++) {
    const struct graph_setting *setting = &s->graph->settings[i];
    uint32_t count = setting->key == KEY_NODES  ? setting->values.count
                     : setting->key == KEY_NODE ? 1
                                                : 0;
    for (uint32_t j = 0; j < count; j++) {
      const struct graph_value *value = &s->graph->values[setting->values.first + j];
      if (value->kind == VALUE_NONE)
        continue;
      add_call(s, flow, value->text, true, call);
      found = true;
    }
  }
  return found;
}

/* A switch may name a communication system that only the ABAP system knows: a caller of its own. */
static void add_targets(struct search *s, uint32_t abap, const struct graph_value *call)
{
  bool found = false;
  for (uint32_t i = 0; i < s->graph->step_count; i++) {
    const struct step *step = &s->graph->steps[i];
    if (step->kind != STEP_ACTION || step->effect != EFFECT_PRESENT ||
        thing_at(s, step, PART_PLACE) != call[1].resource)
      continue;
    const struct argument *who = part_of(s, step, PART_OBJECT);
    if (who == NULL || who->kind == ARGUMENT_RESOURCE)
      continue;
    found = true;
    bool is_known = false;
    for (uint32_t j = 0; j < s->call_count && !is_known; j++)
      is_known = s->calls[j].presenter == abap && s->calls[j].certificate == call[1].resource &&
                 s->calls[j].receiver == call[0].resource &&
                 text_equal(s->calls[j].node, who->text);
    if (!is_known)
      add_call(s, abap, who->text, false, call);
  }
  if (!found)
    add_call(s, abap, TEXT_NONE, false, call);
}

static void read_calls(struct search *s)
{
  for (uint32_t i = 0; i < s->graph->resource_count; i++) {
    enum kind kind = s->graph->resources[i].kind;
    if (kind != KIND_FLOW && kind != KIND_SYSTEM && kind != KIND_ABAP)
      continue;
    const struct graph_setting *calls;
    for (uint32_t n = 0; (calls = graph_setting_nth(s->graph, i, KEY_CALLS, n)) != NULL; n++) {
      const struct graph_value *call = &s->graph->values[calls->values.first];
      if (calls->values.count < 2 || call[0].kind != VALUE_REF || call[1].kind != VALUE_REF)
        continue;
      const struct graph_value *on = value_of(s, i, KEY_ON, 0);
      if (kind == KIND_ABAP)
        add_targets(s, i, call);
      else if (kind == KIND_SYSTEM)
        add_call(s, i, TEXT_NONE, false, call);
      else if (!add_nodes(s, i, i, call) &&
               (on == NULL || on->kind != VALUE_REF || !add_nodes(s, i, on->resource, call)))
        add_call(s, i, TEXT_NONE, true, call);
    }
  }
}

/* What each step does. */

static void add_op(struct search *s, enum op_kind kind, uint32_t at, uint8_t version, uint8_t value)
{
  if (s->op_count == SEARCH_OPS) {
    fail(s, "more effects than the search has room for");
    return;
  }
  s->ops[s->op_count++] = (struct op){kind, version, value, at};
}

static bool holds_one(const struct search *s, uint32_t receiver)
{
  const struct graph_value *many = value_of(s, receiver, KEY_ACCEPTS_MANY, 0);
  return s->graph->resources[receiver].kind == KIND_SYSTEM && many != NULL && many->number == 0;
}

/* Also where nobody calls: then it is nobody's business. */
static uint32_t find_entry(const struct search *s, uint32_t receiver, uint32_t certificate)
{
  for (uint32_t i = 0; i < s->entry_count; i++)
    if (s->entries[i].receiver == receiver && s->entries[i].certificate == certificate)
      return i;
  return INDEX_NONE;
}

static void put_element(struct search *s, uint32_t entry, uint8_t version, uint8_t value)
{
  add_op(s, OP_ELEMENT, entry, s->entries[entry].is_one_element ? SEARCH_OLD : version, value);
}

static void read_objects(struct search *s, const struct step *step, uint8_t value)
{
  uint32_t receiver = thing_at(s, step, PART_PLACE);
  if (receiver == INDEX_NONE)
    return;
  const struct argument *object;
  for (uint32_t n = 0; (object = step_argument(s->graph, step, PART_OBJECT, n)) != NULL; n++) {
    uint8_t version = version_of(object);
    uint32_t entry = object->kind == ARGUMENT_RESOURCE && version != SEARCH_NONE
                         ? find_entry(s, receiver, object->resource)
                         : INDEX_NONE;
    if (entry == INDEX_NONE)
      continue;
    if (has_member(object, MEMBER_ROOT) || has_member(object, MEMBER_CHAIN)) {
      add_op(s, OP_ROOT, entry, version, value);
      continue;
    }
    /* One that fits one only drops what it had. */
    if (value == 1 && version == SEARCH_NEW && holds_one(s, receiver) &&
        !s->entries[entry].is_one_element)
      put_element(s, entry, SEARCH_OLD, 0);
    put_element(s, entry, version, value);
  }
}

static void read_slot(struct search *s, const struct step *step)
{
  const struct argument *with = part_of(s, step, PART_WITH);
  uint32_t receiver = thing_at(s, step, PART_PLACE);
  if (with == NULL || with->kind != ARGUMENT_RESOURCE || receiver == INDEX_NONE)
    return;
  uint8_t version = version_of(with);
  uint32_t entry = find_entry(s, receiver, with->resource);
  if (entry == INDEX_NONE || version == SEARCH_NONE)
    return;
  if (!s->entries[entry].is_one_element)
    put_element(s, entry, version == SEARCH_NEW ? SEARCH_OLD : SEARCH_NEW, 0);
  put_element(s, entry, version, 1);
}

static uint32_t alias_of(const struct search *s, uint32_t certificate)
{
  for (uint32_t i = 0; i < s->source_count; i++)
    if (s->sources[i].certificate == certificate && s->sources[i].place == INDEX_NONE)
      return i;
  return INDEX_NONE;
}

static void put_alias(struct search *s, uint32_t certificate, uint8_t value)
{
  uint32_t alias = alias_of(s, certificate);
  if (alias != INDEX_NONE)
    add_op(s, OP_SOURCE, alias, 0, value);
}

static bool keeps_key(const struct search *s, uint32_t certificate)
{
  const struct graph_value *keeps = value_of(s, certificate, KEY_KEEP_KEY, 0);
  return keeps != NULL && keeps->number != 0;
}

static bool takes_two_changes(const struct search *s, uint32_t keystore, uint32_t certificate)
{
  if (keystore == INDEX_NONE)
    return false;
  const struct graph_value *kind = value_of(s, keystore, KEY_KIND_OF, 0);
  const struct store_row *row = kind == NULL ? NULL : store_find(kind->text);
  return (row != NULL && !row->atomic) ||
         (says(s, keystore, KEY_KEY_MADE, "in-tenant") && !keeps_key(s, certificate));
}

/* `replaces A with B in K`, `activates A in K`; true where it is two changes. */
static bool read_exchange(struct search *s, const struct step *step, bool second)
{
  const struct argument *given = part_of(s, step, PART_WITH);
  if (given == NULL)
    given = part_of(s, step, PART_OBJECT);
  if (given == NULL || given->kind != ARGUMENT_RESOURCE)
    return false;
  uint8_t version = version_of(given) == SEARCH_OLD ? SEARCH_OLD : SEARCH_NEW;
  bool two = takes_two_changes(s, thing_at(s, step, PART_PLACE), given->resource);
  if (!second)
    put_alias(s, given->resource, two ? SEARCH_NONE : version);
  else if (two)
    put_alias(s, given->resource, version);
  return two;
}

static void read_dropped(struct search *s, const struct step *step)
{
  const struct argument *object;
  for (uint32_t n = 0; (object = step_argument(s->graph, step, PART_OBJECT, n)) != NULL; n++)
    if (object->kind == ARGUMENT_RESOURCE && version_of(object) != SEARCH_NEW &&
        !has_member(object, MEMBER_ROOT))
      put_alias(s, object->resource, SEARCH_NONE);
}

/* Whether the pair is in the store when it is signed: by the last `creates` before it; without one, it may be. */
static bool is_in_store(const struct search *s, const struct step *sign, uint32_t certificate,
                        uint32_t store)
{
  if (says(s, store, KEY_KEY_MADE, "in-tenant"))
    return !keeps_key(s, certificate);
  for (const struct step *step = sign - 1; step >= s->graph->steps; step--) {
    const struct argument *object = part_of(s, step, PART_OBJECT),
                          *place = part_of(s, step, PART_PLACE);
    if (step->kind != STEP_ACTION || step->effect != EFFECT_MAKE_KEY || object == NULL ||
        object->kind != ARGUMENT_RESOURCE || object->resource != certificate)
      continue;
    return place != NULL && place->kind == ARGUMENT_RESOURCE && place->resource == store;
  }
  return true;
}

/* A pair that is signed in a store whose readers name no alias is one that they may take. */
static void read_signed(struct search *s, const struct step *step)
{
  const struct argument *object = part_of(s, step, PART_OBJECT);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE ||
      s->graph->resources[object->resource].kind != KIND_CERTIFICATE)
    return;
  const struct graph_value *in = value_of(s, object->resource, KEY_IN, 0);
  if (in != NULL && graph_setting_nth(s->graph, in->resource, KEY_READ_BY, 0) != NULL &&
      is_in_store(s, step, object->resource, in->resource))
    put_alias(s, object->resource, SEARCH_NEW);
}

static void read_revoked(struct search *s, const struct step *step)
{
  const struct argument *object = part_of(s, step, PART_OBJECT);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE || version_of(object) == SEARCH_NONE)
    return;
  for (uint32_t i = 0; i < s->entry_count; i++)
    if (s->entries[i].certificate == object->resource)
      put_element(s, i, version_of(object), 0);
}

static bool is_unseen(const struct search *s, uint32_t flow)
{
  const struct graph_value *drains = value_of(s, flow, KEY_DRAINS_WITHIN, 0);
  return value_of(s, flow, KEY_RESTART_WITH, 0) != NULL &&
         value_of(s, flow, KEY_OBSERVED_BY, 0) == NULL && (drains == NULL || drains->number <= 0);
}

/* The places that a step on a flow reaches: one node, or all that somebody named. */
static void read_flow(struct search *s, const struct step *step, enum op_kind kind, bool second,
                      struct search_step *mine)
{
  uint32_t flow = thing_at(s, step, PART_OBJECT);
  const struct argument *node = part_of(s, step, PART_PLACE);
  for (uint32_t i = 0; i < s->place_count && flow != INDEX_NONE; i++) {
    struct site *place = &s->places[i];
    if (place->owner != flow || place->is_joiner ||
        (node != NULL && !text_equal(node->text, place->node)))
      continue;
    if (kind != OP_LOAD_BEGIN) {
      add_op(s, kind, i, 0, 0);
      continue;
    }
    mine->is_load = true;
    if (!second)
      add_op(s, OP_LOAD_BEGIN, i, 0, (uint8_t)place->load_count);
    /* Of a command that nobody looks behind, the old processes may stay. */
    if ((second && !is_unseen(s, flow)) || s->options.loads_at_once)
      add_op(s, OP_LOAD_END, i, 0, (uint8_t)place->load_count);
  }
}

/* `switches X to C` */
static void read_switch(struct search *s, const struct step *step, bool second)
{
  const struct argument *given = part_of(s, step, PART_PLACE), *who = part_of(s, step, PART_OBJECT);
  if (given == NULL || given->kind != ARGUMENT_RESOURCE || who == NULL)
    return;
  for (uint32_t i = 0; i < s->source_count; i++) {
    const struct origin *source = &s->sources[i];
    if (source->place == INDEX_NONE || source->certificate != given->resource)
      continue;
    struct site *place = &s->places[source->place];
    bool meant = who->kind == ARGUMENT_RESOURCE
                     ? place->owner == who->resource
                     : s->graph->resources[place->owner].kind == KIND_ABAP &&
                           text_equal(place->node, who->text);
    if (!meant)
      continue;
    if (!second) {
      add_op(s, OP_SOURCE, i, 0, version_of(given) == SEARCH_OLD ? SEARCH_OLD : SEARCH_NEW);
      add_op(s, OP_LOAD_BEGIN, source->place, 0, (uint8_t)place->load_count);
    } else {
      add_op(s, OP_LOAD_END, source->place, 0, (uint8_t)place->load_count);
    }
  }
}

/* The bits of the loads are given once both halves of the step were read. */
static void count_loads(struct search *s, const struct search_step *mine)
{
  for (uint32_t i = 0; i < mine->first.count; i++) {
    const struct op *op = &s->ops[mine->first.first + i];
    if (op->kind == OP_LOAD_BEGIN)
      s->places[op->at].load_count++;
  }
}

static void read_wait(struct search *s, const struct step *step, bool second)
{
  const struct argument *lasts = part_of(s, step, PART_FOR);
  if (lasts == NULL || lasts->kind != ARGUMENT_NUMBER)
    return;
  if (second) {
    add_op(s, OP_WAIT_END, s->wait_count - 1, 0, 0);
    return;
  }
  if (s->wait_count == SEARCH_WAITS) {
    fail(s, "more waits than the search has room for");
    return;
  }
  s->waits[s->wait_count++].seconds = lasts->number;
  add_op(s, OP_WAIT_BEGIN, s->wait_count - 1, 0, 0);
}

/* `checks C.old unused on S` */
static void read_sight(struct search *s, const struct step *step)
{
  const struct argument *look = part_of(s, step, PART_CHECK);
  const struct argument *object = part_of(s, step, PART_OBJECT);
  if (look == NULL || !text_is(look->text, look_rows[LOOK_UNUSED].word) || object == NULL ||
      object->kind != ARGUMENT_RESOURCE || version_of(object) != SEARCH_OLD ||
      has_member(object, MEMBER_ROOT))
    return;
  for (uint32_t i = 0; i < s->call_count; i++)
    if (s->calls[i].is_joiner && s->calls[i].certificate == object->resource &&
        s->calls[i].receiver == thing_at(s, step, PART_PLACE))
      add_op(s, OP_SIGHT, i, 0, 0);
}

static void read_effect(struct search *s, const struct step *step, bool second,
                        struct search_step *mine)
{
  switch (step->effect) {
  case EFFECT_SET_ALIAS:
  case EFFECT_ACTIVATE:
    read_exchange(s, step, second);
    return;
  case EFFECT_RESTART:
  case EFFECT_DEPLOY:
    read_flow(s, step, OP_LOAD_BEGIN, second, mine);
    return;
  case EFFECT_PRESENT:
    read_switch(s, step, second);
    return;
  case EFFECT_WAIT:
    read_wait(s, step, second);
    return;
  default:
    break;
  }
  if (second)
    return;
  switch (step->effect) {
  case EFFECT_ADD_ACCEPTED:
  case EFFECT_ADD_ROOT:
  case EFFECT_ADD_SERVICE_KEY:
  case EFFECT_AUTHORIZE_CALLER:
    read_objects(s, step, 1);
    return;
  case EFFECT_DROP_ACCEPTED:
  case EFFECT_DROP_CALLER:
  case EFFECT_DROP_SERVICE_KEY:
    read_objects(s, step, 0);
    return;
  case EFFECT_SET_SLOT:
    read_slot(s, step);
    return;
  case EFFECT_DROP_ALIAS:
    read_dropped(s, step);
    return;
  case EFFECT_START:
    read_flow(s, step, OP_START, false, mine);
    return;
  case EFFECT_STOP:
  case EFFECT_UNDEPLOY:
    read_flow(s, step, OP_STOP, false, mine);
    return;
  case EFFECT_REVOKE:
    read_revoked(s, step);
    return;
  case EFFECT_SIGN:
    read_signed(s, step);
    return;
  case EFFECT_LOOK:
    read_sight(s, step);
    return;
  case EFFECT_RESTORE:
    fail(s, "a restore writes what a copy held: no constant");
    return;
  default:
    return;
  }
}

static void read_steps(struct search *s)
{
  for (uint32_t i = 0; i < s->graph->step_count; i++) {
    const struct step *step = &s->graph->steps[i];
    s->step_of[i] = INDEX_NONE;
    if (step->kind == STEP_JOIN || (s->options.only != NULL && !s->options.only[i]))
      continue;
    struct search_step mine = {.step = i, .guard = step->guard};
    mine.first.first = s->op_count;
    read_effect(s, step, false, &mine);
    mine.first.count = s->op_count - mine.first.first;
    mine.second.first = s->op_count;
    read_effect(s, step, true, &mine);
    mine.second.count = s->op_count - mine.second.first;
    count_loads(s, &mine);
    mine.is_silent = mine.first.count + mine.second.count == 0;
    mine.lasts = mine.second.count != 0 || mine.is_load;
    if (mine.is_silent && !s->options.keeps_silent)
      continue;
    if (s->step_count == SEARCH_STEPS) {
      fail(s, "more steps than the search has room for");
      return;
    }
    s->step_of[i] = s->step_count;
    s->steps[s->step_count++] = mine;
  }
}

/* Who has to know what: the closure. */

static bool does(const struct search *s, const struct step *step, uint32_t role)
{
  for (uint32_t i = 0; i < step->roles.count; i++)
    if (s->graph->indices[step->roles.first + i] == role)
      return true;
  return step->role == role;
}

static bool hears(const struct search *s, const struct step *step, uint32_t role)
{
  if (step->effect != EFFECT_DELIVER && step->effect != EFFECT_MESSAGE)
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &s->graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && argument->resource == role &&
        (argument->part == PART_RECIPIENT || argument->part == PART_OBJECT))
      return true;
  }
  return false;
}

typedef uint64_t node_set[SEARCH_NODES / 64];

/* Everything that the text puts before a step. */
static void close_text(const struct search *s, node_set *before, uint32_t words)
{
  for (uint32_t i = 0; i < s->graph->step_count; i++) {
    memset(before[i], 0, words * sizeof(uint64_t));
    struct range waits = s->graph->steps[i].waits_for;
    for (uint32_t j = 0; j < waits.count; j++) {
      uint32_t other = s->graph->indices[waits.first + j];
      for (uint32_t w = 0; w < words; w++)
        before[i][w] |= before[other][w];
      before[i][other / 64] |= UINT64_C(1) << other % 64;
    }
  }
}

/* Who is not the one that does it learns by it, or is asked. */
static bool concerns_others(const struct step *step)
{
  return step->effect == EFFECT_DELIVER || step->effect == EFFECT_MESSAGE || step->needs_sign_off ||
         step->roles.count > 1;
}

bool search_is_heard(const struct search *s, uint32_t step)
{
  const struct step *row = &s->graph->steps[step];
  uint32_t fails = s->failing[step].fails;
  if (!s->options.as_it_turns_out || !concerns_others(row))
    return true;
  return search_guard_holds(s, row->guard) &&
         (fails == SEARCH_ATOMS || (s->assignment >> fails & 1) == 0);
}

bool search_stops_half_way(const struct search *s, uint32_t step)
{
  uint32_t fails = s->failing[step].fails, half = s->failing[step].stops_half_way;
  return half != SEARCH_ATOMS && (s->assignment >> half & 1) != 0 &&
         (s->assignment >> fails & 1) != 0;
}

bool search_acts(const struct search *s, uint32_t step)
{
  uint32_t fails = s->failing[step].fails, same = s->failing[step].acts_all_the_same;
  if (!search_guard_holds(s, s->graph->steps[step].guard))
    return false;
  return !s->options.as_it_turns_out || fails == SEARCH_ATOMS || search_stops_half_way(s, step) ||
         (s->assignment >> fails & 1) == 0 ||
         (same != SEARCH_ATOMS && (s->assignment >> same & 1) != 0);
}

/* By step: the roles that do it, that are told by it, and that have to know before it. */
static void find_roles(const struct search *s, uint64_t *knows, uint64_t *asks)
{
  uint32_t bit = 0;
  memset(knows, 0, s->graph->step_count * sizeof *knows);
  memset(asks, 0, s->graph->step_count * sizeof *asks);
  for (uint32_t role = 0; role < s->graph->resource_count; role++) {
    if (s->graph->resources[role].kind != KIND_ROLE)
      continue;
    uint64_t mine = UINT64_C(1) << bit++;
    for (uint32_t i = 0; i < s->graph->step_count; i++) {
      const struct step *step = &s->graph->steps[i];
      if (step->kind == STEP_JOIN)
        continue;
      bool acts = does(s, step, role), is_heard = search_is_heard(s, i);
      if (step->role == role || (is_heard && (acts || hears(s, step, role))))
        knows[i] |= mine;
      if (!is_heard && (s->step_of[i] == INDEX_NONE || !search_acts(s, i)))
        continue; /* nobody signs what does not happen */
      if (acts || (step->needs_sign_off && step->sign_off_role == role))
        asks[i] |= mine;
    }
  }
}

void search_find_needs(struct search *s)
{
  static node_set before[SEARCH_NODES];
  uint64_t knows[SEARCH_NODES], asks[SEARCH_NODES];
  uint32_t words = (s->graph->step_count + 63) / 64;
  close_text(s, before, words);
  find_roles(s, knows, asks);
  for (uint32_t i = 0; i < s->graph->step_count; i++) {
    memset(s->node_needs[i], 0, words * sizeof(uint64_t));
    for (uint32_t j = 0; j < i && asks[i] != 0; j++) {
      if ((before[i][j / 64] >> j % 64 & 1) == 0 || (knows[j] & asks[i]) == 0)
        continue;
      for (uint32_t w = 0; w < words; w++)
        s->node_needs[i][w] |= s->node_needs[j][w];
      s->node_needs[i][j / 64] |= UINT64_C(1) << j % 64;
    }
  }
  for (uint32_t i = 0; i < s->step_count; i++) {
    const uint64_t *needs = s->node_needs[s->steps[i].step];
    s->steps[i].needs = 0;
    for (uint32_t j = 0; j < i; j++)
      if ((needs[s->steps[j].step / 64] >> s->steps[j].step % 64 & 1) != 0)
        s->steps[i].needs |= UINT64_C(1) << j;
  }
}

/* What only the run will know. */

static void say_argument(const struct search *s, const struct argument *argument,
                         struct buffer *out)
{
  if (argument->kind == ARGUMENT_NUMBER)
    buffer_format(out, "%lld", (long long)argument->number);
  else if (argument->kind != ARGUMENT_RESOURCE)
    buffer_add_text(out, argument->text);
  else
    buffer_add_text(out, s->graph->resources[argument->resource].name);
  for (int i = 0; argument->kind == ARGUMENT_RESOURCE && i < MEMBERS_MAX; i++)
    if (argument->members[i] != MEMBER_NONE)
      buffer_format(out, ".%s", member_words[argument->members[i]]);
}

static uint32_t atom_of(struct search *s, bool is_root, uint32_t certificate, struct text name)
{
  for (uint32_t i = 0; i < s->atom_count; i++)
    if (is_root ? s->atoms[i].is_root && s->atoms[i].certificate == certificate
                : !s->atoms[i].is_root && text_equal(s->atoms[i].name, name))
      return i;
  if (s->atom_count == SEARCH_ATOMS) {
    fail(s, "more conditions than the search has room for");
    return 0;
  }
  if (is_root)
    name = text_format(s->arena, "%.*s: one authority",
                       TEXT_ARG(s->graph->resources[certificate].name));
  s->atoms[s->atom_count] = (struct search_atom){is_root, certificate, text_copy(s->arena, name)};
  return s->atom_count++;
}

static uint32_t leaf_atom(struct search *s, const struct guard_node *node)
{
  const struct argument *left = &s->graph->arguments[node->left];
  const struct argument *right = node->op == GUARD_FACT ? NULL : &s->graph->arguments[node->right];
  if (right != NULL && left->kind == ARGUMENT_RESOURCE && right->kind == ARGUMENT_RESOURCE &&
      left->resource == right->resource && has_member(left, MEMBER_ROOT) &&
      has_member(right, MEMBER_ROOT))
    return atom_of(s, true, left->resource, TEXT_NONE);
  struct buffer a = {0}, b = {0}, name = {0};
  say_argument(s, left, &a);
  if (right != NULL)
    say_argument(s, right, &b);
  bool turned = right != NULL && text_compare(buffer_text(&a), buffer_text(&b)) > 0;
  buffer_add_text(&name, buffer_text(turned ? &b : &a));
  if (right != NULL)
    buffer_add_zero(&name, " = ");
  buffer_add_text(&name, buffer_text(turned ? &a : &b));
  uint32_t atom = atom_of(s, false, INDEX_NONE, buffer_text(&name));
  buffer_free(&a);
  buffer_free(&b);
  buffer_free(&name);
  return atom;
}

static void find_atoms(struct search *s, uint32_t guard)
{
  if (guard == INDEX_NONE)
    return;
  const struct guard_node *node = &s->graph->guards[guard];
  if (node->op == GUARD_NOT || node->op == GUARD_AND || node->op == GUARD_OR) {
    find_atoms(s, node->left);
    if (node->op != GUARD_NOT)
      find_atoms(s, node->right);
  } else if (node->op != GUARD_CONSTANT) {
    leaf_atom(s, node);
  }
}

static uint32_t failure_atom(struct search *s, uint32_t step, const char *what)
{
  return atom_of(s, false, INDEX_NONE,
                 text_format(s->arena, "`%.*s` %s", TEXT_ARG(s->graph->steps[step].id), what));
}

static bool changes_source_twice(const struct search *s, uint32_t step)
{
  const struct search_step *mine = &s->steps[step];
  return mine->first.count != 0 && mine->second.count != 0 &&
         s->ops[mine->first.first].kind == OP_SOURCE &&
         s->ops[mine->second.first].kind == OP_SOURCE;
}

/* What decides whether somebody hears of a step, and whether it has its effect. */
static void read_outcomes(struct search *s)
{
  for (uint32_t i = 0; i < s->graph->step_count; i++) {
    const struct step *step = &s->graph->steps[i];
    s->failing[i] = (struct failing){SEARCH_ATOMS, SEARCH_ATOMS, SEARCH_ATOMS};
    bool is_ours = s->step_of[i] != INDEX_NONE, others = concerns_others(step);
    if (!s->options.as_it_turns_out || step->kind == STEP_JOIN || (!is_ours && !others))
      continue;
    find_atoms(s, step->guard);
    if (step->on_failure != FAILURE_CONTINUE)
      continue;
    s->failing[i].fails = failure_atom(s, i, "fails");
    if (is_ours && others)
      s->failing[i].acts_all_the_same = failure_atom(s, i, "acts all the same");
    if (is_ours && changes_source_twice(s, s->step_of[i]))
      s->failing[i].stops_half_way = failure_atom(s, i, "stops half way");
  }
}

static void read_atoms(struct search *s)
{
  for (uint32_t i = 0; i < s->call_count; i++)
    if (s->calls[i].compares_root)
      s->entries[s->calls[i].entry].root_atom =
          atom_of(s, true, s->calls[i].certificate, TEXT_NONE);
  for (uint32_t i = 0; i < s->step_count; i++)
    find_atoms(s, s->steps[i].guard);
  read_outcomes(s);
}

bool search_guard_holds(const struct search *s, uint32_t guard)
{
  if (guard == INDEX_NONE)
    return true;
  const struct guard_node *node = &s->graph->guards[guard];
  switch (node->op) {
  case GUARD_NOT:
    return !search_guard_holds(s, node->left);
  case GUARD_AND:
    return search_guard_holds(s, node->left) && search_guard_holds(s, node->right);
  case GUARD_OR:
    return search_guard_holds(s, node->left) || search_guard_holds(s, node->right);
  case GUARD_CONSTANT:
    return node->left != 0;
  case GUARD_EQUAL:
  case GUARD_UNEQUAL:
  case GUARD_FACT:
    break;
  }
  /* Its atom is known: nothing is added. */
  bool holds = (s->assignment >> leaf_atom((struct search *)(uintptr_t)s, node) & 1) != 0;
  return holds != (node->op == GUARD_UNEQUAL);
}

/* Where everything lies in a world. */

static struct field room_for(struct search *s, uint32_t bits)
{
  if (s->bits_used % 64 + bits > 64)
    s->bits_used = (s->bits_used + 63) / 64 * 64;
  struct field field = {s->bits_used / 64, s->bits_used % 64,
                        bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1};
  s->bits_used += bits;
  if (s->bits_used > SEARCH_WORDS * 64) {
    fail(s, "more state than the search has room for");
    s->bits_used = 0;
  }
  return field;
}

static void find_waits(struct search *s)
{
  for (uint32_t i = 0; i < s->call_count; i++) {
    struct search_call *c = &s->calls[i];
    const struct graph_value *cache = value_of(s, c->presenter, KEY_CACHES_KEYSTORE, 0);
    const struct graph_value *lives = value_of(s, c->presenter, KEY_CONNECTIONS_LIVE, 0);
    const struct graph_value *resumes = value_of(s, c->presenter, KEY_SESSIONS_RESUME, 0);
    if (!c->is_node || lives == NULL || lives->kind != VALUE_DURATION || resumes == NULL)
      continue; /* what is kept is kept for ever */
    int64_t kept = lives->number;
    if (resumes->kind == VALUE_DURATION && resumes->number > kept)
      kept = resumes->number;
    int64_t least = kept + (cache != NULL && cache->kind == VALUE_DURATION ? cache->number : day_s);
    for (uint32_t w = 0; w < s->wait_count; w++)
      if (s->waits[w].seconds >= least)
        c->waits |= 1u << w;
  }
  for (uint32_t i = 0; i < s->entry_count; i++)
    for (uint32_t w = 0; w < s->wait_count && s->entries[i].trust_s > 0; w++)
      if (s->waits[w].seconds >= s->entries[i].trust_s) {
        s->entries[i].waits |= 1u << w;
        s->entries[i].wait_count++;
      }
}

static void lay_out_judged(struct search *s, struct entry *entry, struct judged *judged)
{
  judged->value = room_for(s, 1);
  judged->has_readers = entry->trust_s > 0;
  if (judged->has_readers)
    judged->readers = room_for(s, JUDGED_BITS << entry->wait_count);
}

static void lay_out(struct search *s)
{
  s->bits_used = s->step_count * 2;
  if (s->step_count > 32)
    s->bits_used = 64 + (s->step_count - 32) * 2;
  for (uint32_t i = 0; i < s->source_count; i++)
    s->sources[i].value = room_for(s, 2);
  for (uint32_t i = 0; i < s->place_count; i++)
    if (s->places[i].is_node)
      s->places[i].running = room_for(s, 1);
  for (uint32_t i = 0; i < s->entry_count; i++)
    for (int v = SEARCH_OLD; v <= SEARCH_NEW; v++) {
      lay_out_judged(s, &s->entries[i], &s->entries[i].elements[v]);
      lay_out_judged(s, &s->entries[i], &s->entries[i].roots[v]);
    }
  for (uint32_t i = 0; i < s->call_count; i++) {
    const struct search_call *c = &s->calls[i];
    uint32_t bits = s->places[c->place].load_count + (uint32_t)__builtin_popcount(c->waits);
    if (bits > SEARCH_LOADS) {
      fail(s, "more loads of one node than the search keeps apart");
      return;
    }
    s->held[i] = room_for(s, HELD_BITS << bits);
  }
  s->word_count = (s->bits_used + 63) / 64;
  if (s->word_count == 0)
    s->word_count = 1;
}

bool search_read(struct search *s, const struct graph *graph, const struct search_options *options)
{
  static const struct search_options usual = {.keeps_silent = false};
  s->graph = graph;
  s->options = options == NULL ? usual : *options;
  s->why = NULL;
  s->call_count = s->entry_count = s->place_count = s->source_count = s->wait_count = 0;
  s->op_count = s->step_count = s->atom_count = s->bits_used = 0;
  if (s->arena != NULL)
    arena_free(s->arena);
  s->arena = arena_new("search", 0);
  uint32_t roles = 0;
  for (uint32_t i = 0; i < graph->resource_count; i++)
    roles += graph->resources[i].kind == KIND_ROLE;
  if (graph->step_count > SEARCH_NODES || roles > SEARCH_ROLES)
    return fail(s, "more steps or roles than the search has room for");
  read_calls(s);
  read_steps(s);
  read_atoms(s);
  if (s->why == NULL && !s->options.as_it_turns_out)
    search_find_needs(s);
  find_waits(s);
  lay_out(s);
  return s->why == NULL;
}
