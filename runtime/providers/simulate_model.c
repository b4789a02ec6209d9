/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_model: what a step means for the simulated landscape. The facts are listed in docs
 * ("The simulated landscape" of ARCHITECTURE.md); a step is a few facts and their new values. */
#include "runtime/providers/simulate_int.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/providers/step.h"

enum { NODES_OF_FLOW_MAX = 64 };

const char *fact_value(const struct simulation *simulation, struct text fact, const char *otherwise)
{
  const json_t *value = json_object_getn(simulation->facts, fact.at, fact.length);
  return json_is_string(value) ? json_string_value(value) : otherwise;
}

void fact_set(struct simulation *simulation, struct text fact, struct text value)
{
  json_object_setn_new(simulation->facts, fact.at, fact.length,
                       json_stringn(value.at, value.length));
}

static bool is_yes(const struct simulation *simulation, struct text fact, bool otherwise)
{
  return strcmp(fact_value(simulation, fact, otherwise ? "yes" : "no"), "yes") == 0;
}

static struct text name_of(const struct graph *graph, uint32_t resource)
{
  return resource == INDEX_NONE ? TEXT("") : graph->resources[resource].name;
}

static const char *version_of(const struct argument *argument)
{
  return argument->members[0] == MEMBER_NEW ? "new" : "old";
}

static struct text setting_word(const struct graph *graph, uint32_t resource, enum key key)
{
  const struct graph_value *value =
      resource == INDEX_NONE ? NULL : graph_setting_value(graph, resource, key, 0);
  return value == NULL ? TEXT("") : value->text;
}

static uint32_t referred(const struct graph *graph, uint32_t resource, enum key key)
{
  const struct graph_value *value =
      resource == INDEX_NONE ? NULL : graph_setting_value(graph, resource, key, 0);
  return value == NULL || value->kind != VALUE_REF ? INDEX_NONE : value->resource;
}

/* The nodes of a flow, else of its tenant; a flow without any has one that has no name. */
static uint32_t nodes_of(const struct graph *graph, uint32_t flow, struct text *nodes)
{
  uint32_t count = 0, tenant = referred(graph, flow, KEY_ON);
  const struct graph_setting *setting;
  for (uint32_t i = 0; (setting = graph_setting_nth(graph, flow, KEY_NODE, i)) != NULL; i++)
    if (count < NODES_OF_FLOW_MAX)
      nodes[count++] = graph->values[setting->values.first].text;
  uint32_t lists[] = {flow, tenant};
  for (size_t k = 0; k < 2 && count == 0; k++) {
    setting = lists[k] == INDEX_NONE ? NULL : graph_setting_nth(graph, lists[k], KEY_NODES, 0);
    for (uint32_t i = 0; setting != NULL && i < setting->values.count; i++)
      if (count < NODES_OF_FLOW_MAX &&
          !text_is(graph->values[setting->values.first + i].text, "any"))
        nodes[count++] = graph->values[setting->values.first + i].text;
  }
  if (count == 0)
    nodes[count++] = TEXT("");
  return count;
}

static void add(struct changes *changes, struct text fact, struct text value, const char *otherwise)
{
  if (changes->count < CHANGES_MAX)
    changes->items[changes->count++] = (struct change){fact, value, otherwise};
}

static struct text accepted_fact(struct arena *arena, struct text system, struct text certificate,
                                 const char *version)
{
  return text_format(arena, "accepted %.*s/%.*s.%s", TEXT_ARG(system), TEXT_ARG(certificate),
                     version);
}

static struct text alias_fact(struct arena *arena, const struct graph *graph, uint32_t certificate)
{
  return text_format(arena, "alias %.*s/%.*s",
                     TEXT_ARG(name_of(graph, referred(graph, certificate, KEY_IN))),
                     TEXT_ARG(name_of(graph, certificate)));
}

static struct text root_fact(struct arena *arena, struct text place, const struct graph *graph,
                             const struct argument *thing)
{
  return text_format(arena, "root %.*s/%.*s.%s", TEXT_ARG(place),
                     TEXT_ARG(name_of(graph, thing->resource)), version_of(thing));
}

static const char *root_before(const struct simulation *simulation, const struct argument *thing)
{
  return thing->members[0] == MEMBER_NEW && simulation->setup.has_new_root ? "no" : "yes";
}

static bool is_root(const struct argument *thing)
{
  return argument_has(thing, MEMBER_ROOT) || argument_has(thing, MEMBER_CHAIN);
}

/* Accepted or trusted by a system: each object of the step becomes `value` there. */
static void change_trust(const struct call *call, const struct simulation *simulation,
                         const char *value, struct changes *ret)
{
  struct arena *arena = call->arena;
  struct text system = name_of(call->graph, step_resource(call->graph, call->step, PART_PLACE));
  const struct argument *thing;
  for (uint32_t i = 0; (thing = step_argument(call->graph, call->step, PART_OBJECT, i)) != NULL;
       i++) {
    if (thing->kind != ARGUMENT_RESOURCE)
      continue;
    if (is_root(thing))
      add(ret, root_fact(arena, system, call->graph, thing), text_of(value),
          root_before(simulation, thing));
    else
      add(ret,
          accepted_fact(arena, system, name_of(call->graph, thing->resource), version_of(thing)),
          text_of(value), thing->members[0] == MEMBER_NEW ? "no" : "yes");
  }
}

static void change_slot(const struct call *call, struct changes *ret)
{
  struct text system = name_of(call->graph, step_resource(call->graph, call->step, PART_PLACE));
  const struct argument *old = step_argument(call->graph, call->step, PART_OBJECT, 0);
  const struct argument *next = step_argument(call->graph, call->step, PART_WITH, 0);
  if (old == NULL || next == NULL)
    return;
  add(ret, accepted_fact(call->arena, system, name_of(call->graph, old->resource), version_of(old)),
      TEXT("no"), "yes");
  add(ret,
      accepted_fact(call->arena, system, name_of(call->graph, next->resource), version_of(next)),
      TEXT("yes"), "no");
}

static const struct argument *artefact_of(const struct graph *graph, const struct step *step)
{
  const struct argument *object = step_argument(graph, step, PART_OBJECT, 0);
  return object != NULL && object->kind == ARGUMENT_RESOURCE &&
                 kind_is_artefact(graph->resources[object->resource].kind)
             ? object
             : NULL;
}

static void change_alias(const struct call *call, struct text value, struct changes *ret)
{
  const struct argument *thing = artefact_of(call->graph, call->step);
  if (thing != NULL)
    add(ret, alias_fact(call->arena, call->graph, thing->resource), value, "old");
}

/* Runs or not, and what it loads when it begins to run. */
static void change_flow(const struct call *call, const struct simulation *simulation, bool runs,
                        struct changes *ret)
{
  const struct graph *graph = call->graph;
  const struct argument *flow = step_argument_of_kind(graph, call->step, KIND_FLOW);
  struct text nodes[NODES_OF_FLOW_MAX], node = step_node(call);
  if (flow == NULL)
    return;
  uint32_t count = nodes_of(graph, flow->resource, nodes);
  for (uint32_t i = 0; i < count; i++) {
    if (node.length != 0 && !text_equal(nodes[i], node))
      continue;
    struct text place = text_format(call->arena, "%.*s@%.*s",
                                    TEXT_ARG(name_of(graph, flow->resource)), TEXT_ARG(nodes[i]));
    add(ret, text_format(call->arena, "runs %.*s", TEXT_ARG(place)),
        runs ? TEXT("yes") : TEXT("no"), "yes");
    const struct graph_setting *calls;
    for (uint32_t k = 0;
         runs && (calls = graph_setting_nth(graph, flow->resource, KEY_CALLS, k)) != NULL; k++) {
      uint32_t certificate = graph->values[calls->values.first + 1].resource;
      struct text alias = alias_fact(call->arena, graph, certificate);
      add(ret,
          text_format(call->arena, "loaded %.*s/%.*s", TEXT_ARG(place),
                      TEXT_ARG(name_of(graph, certificate))),
          text_copy(call->arena, text_of(fact_value(simulation, alias, "old"))), "old");
    }
  }
}

struct text since_fact(struct arena *arena, struct text alias)
{
  return text_format(arena, "since %.*s", TEXT_ARG(alias));
}

static int64_t seconds_of(const struct graph *graph, uint32_t flow, enum key key, int64_t otherwise)
{
  const struct graph_value *value = graph_setting_value(graph, flow, key, 0);
  return value == NULL ? otherwise : value->kind == VALUE_DURATION ? value->number : 0;
}

/* How long after an exchange a node may still use what it had; -1 where nobody says. */
static int64_t forgets_after_s(const struct graph *graph, uint32_t flow)
{
  enum { DAY_S = 86400 };
  int64_t lives = seconds_of(graph, flow, KEY_CONNECTIONS_LIVE, -1);
  int64_t resumes = seconds_of(graph, flow, KEY_SESSIONS_RESUME, -1);
  if (lives < 0 || resumes < 0)
    return -1;
  return seconds_of(graph, flow, KEY_CACHES_KEYSTORE, DAY_S) + (lives > resumes ? lives : resumes);
}

/* What the node uses still: what it loaded, until its bounds are over since the exchange. */
static const char *held_by_node(const struct call *call, const struct simulation *simulation,
                                uint32_t flow, struct text node, uint32_t certificate)
{
  const struct graph *graph = call->graph;
  struct text alias = alias_fact(call->arena, graph, certificate);
  struct text loaded =
      text_format(call->arena, "loaded %.*s@%.*s/%.*s", TEXT_ARG(name_of(graph, flow)),
                  TEXT_ARG(node), TEXT_ARG(name_of(graph, certificate)));
  const char *since = fact_value(simulation, since_fact(call->arena, alias), "");
  int64_t bound_s = forgets_after_s(graph, flow);
  if (*since != '\0' && bound_s >= 0 && call->world->now_s() - atoll(since) >= bound_s)
    return fact_value(simulation, alias, "old");
  return fact_value(simulation, loaded, "old");
}

static struct text presented_fact(struct arena *arena, const struct graph *graph, uint32_t system,
                                  uint32_t certificate)
{
  return text_format(arena, "presented %.*s/%.*s", TEXT_ARG(name_of(graph, system)),
                     TEXT_ARG(name_of(graph, certificate)));
}

/* A caller that is switched by hand presents the other version from then on. */
static void change_presented(const struct call *call, struct changes *ret)
{
  const struct argument *caller = step_argument(call->graph, call->step, PART_OBJECT, 0);
  const struct argument *shown = step_argument(call->graph, call->step, PART_PLACE, 0);
  if (caller != NULL && caller->kind == ARGUMENT_RESOURCE && shown != NULL &&
      shown->kind == ARGUMENT_RESOURCE &&
      call->graph->resources[caller->resource].kind == KIND_SYSTEM)
    add(ret, presented_fact(call->arena, call->graph, caller->resource, shown->resource),
        text_of(version_of(shown)), "old");
}

static struct text act_fact(const struct call *call)
{
  return text_format(call->arena, "did %.*s", TEXT_ARG(call->step->id));
}

static void change_key(const struct call *call, const char *value, struct changes *ret)
{
  const struct argument *key = step_argument_of_kind(call->graph, call->step, KIND_SERVICEKEY);
  if (key != NULL)
    add(ret,
        text_format(call->arena, "key %.*s.%s", TEXT_ARG(name_of(call->graph, key->resource)),
                    version_of(key)),
        text_of(value), key->members[0] == MEMBER_NEW ? "no" : "yes");
}

void model_changes(const struct call *call, const struct simulation *simulation,
                   struct changes *ret_changes)
{
  const struct argument *next = step_argument(call->graph, call->step, PART_WITH, 0);
  ret_changes->count = 0;
  switch (call->step->effect) {
  case EFFECT_ADD_ACCEPTED:
  case EFFECT_ADD_ROOT:
  case EFFECT_ADD_TRUSTED:
    change_trust(call, simulation, "yes", ret_changes);
    break;
  case EFFECT_DROP_ACCEPTED:
    change_trust(call, simulation, "no", ret_changes);
    break;
  case EFFECT_SET_SLOT:
    change_slot(call, ret_changes);
    break;
  case EFFECT_SET_ALIAS:
    change_alias(call, text_of(next == NULL ? "new" : version_of(next)), ret_changes);
    break;
  case EFFECT_ACTIVATE:
    change_alias(call, TEXT("new"), ret_changes);
    break;
  case EFFECT_DROP_ALIAS:
    change_alias(call, TEXT("none"), ret_changes);
    break;
  case EFFECT_START:
    change_flow(call, simulation, true, ret_changes);
    break;
  case EFFECT_STOP:
  case EFFECT_UNDEPLOY:
    change_flow(call, simulation, false, ret_changes);
    break;
  case EFFECT_RESTART:
  case EFFECT_DEPLOY:
    change_flow(call, simulation, true, ret_changes);
    add(ret_changes, act_fact(call), TEXT("yes"), "no");
    break;
  case EFFECT_ADD_SERVICE_KEY:
    change_key(call, "yes", ret_changes);
    break;
  case EFFECT_DROP_SERVICE_KEY:
    change_key(call, "no", ret_changes);
    break;
  case EFFECT_PRESENT:
    change_presented(call, ret_changes);
    add(ret_changes, act_fact(call), TEXT("yes"), "no");
    break;
  case EFFECT_MAKE_KEY:
  case EFFECT_ADD_INSTANCE:
  case EFFECT_SIGN:
  case EFFECT_DELIVER:
  case EFFECT_MESSAGE:
  case EFFECT_AGREEMENT:
  case EFFECT_EXPORT:
  case EFFECT_LOOK:
  case EFFECT_WAIT:
  case EFFECT_BACK_UP:
  case EFFECT_RESTORE:
  case EFFECT_REVOKE:
  case EFFECT_AUTHORIZE_CALLER:
  case EFFECT_DROP_CALLER:
  case EFFECT_READ_SET:
  case EFFECT__COUNT:
    add(ret_changes, act_fact(call), TEXT("yes"), "no");
    break;
  }
}

/* Whether the peer takes this version of the certificate; else the words for why not. */
static bool is_taken(struct arena *arena, const struct graph *graph,
                     const struct simulation *simulation, uint32_t peer, uint32_t certificate,
                     const char *version, const char **ret_lacks)
{
  struct text name = name_of(graph, certificate), at = name_of(graph, peer);
  const struct graph_value *by = graph_setting_value(graph, peer, KEY_ACCEPTS, 0);
  bool is_new = strcmp(version, "new") == 0;
  bool by_issuer = by != NULL && text_is(by->text, "issuer");
  struct text root = text_format(arena, "root %.*s/%.*s.%s", TEXT_ARG(at), TEXT_ARG(name), version);
  bool trusted = is_yes(simulation, root, !is_new || !simulation->setup.has_new_root);
  *ret_lacks = trusted ? "accept" : "trust";
  return trusted &&
         (by_issuer || is_yes(simulation, accepted_fact(arena, at, name, version), !is_new));
}

/* The same for a system that calls a system. Who compares names takes both versions. */
static bool caller_is_connected(struct arena *arena, const struct graph *graph,
                                const struct simulation *simulation, uint32_t system,
                                struct text *ret_says)
{
  const struct graph_setting *calls;
  for (uint32_t k = 0; (calls = graph_setting_nth(graph, system, KEY_CALLS, k)) != NULL; k++) {
    uint32_t peer = graph->values[calls->values.first].resource;
    uint32_t certificate = graph->values[calls->values.first + 1].resource;
    const struct graph_value *by = graph_setting_value(graph, peer, KEY_ACCEPTS, 0);
    if (graph->resources[peer].kind != KIND_SYSTEM ||
        (by != NULL && (text_is(by->text, "subject") || text_is(by->text, "san"))))
      continue;
    const char *lacks,
        *shown = fact_value(simulation, presented_fact(arena, graph, system, certificate), "old");
    if (is_taken(arena, graph, simulation, peer, certificate, shown, &lacks))
      continue;
    *ret_says = text_format(arena, "%.*s presents %.*s.%s, which %.*s does not %s",
                            TEXT_ARG(name_of(graph, system)), TEXT_ARG(name_of(graph, certificate)),
                            shown, TEXT_ARG(name_of(graph, peer)), lacks);
    return false;
  }
  return true;
}

/* The receiver takes each pair that the node may present now: (4). */
static bool is_connected(const struct call *call, const struct simulation *simulation,
                         uint32_t flow, struct text node, struct text *ret_says)
{
  const struct graph *graph = call->graph;
  struct arena *arena = call->arena;
  const struct graph_setting *calls;
  for (uint32_t k = 0; (calls = graph_setting_nth(graph, flow, KEY_CALLS, k)) != NULL; k++) {
    uint32_t system = graph->values[calls->values.first].resource;
    uint32_t certificate = graph->values[calls->values.first + 1].resource;
    struct text name = name_of(graph, certificate), peer = name_of(graph, system);
    const char *may[] = {held_by_node(call, simulation, flow, node, certificate),
                         fact_value(simulation, alias_fact(arena, graph, certificate), "old")};
    for (size_t i = 0; i < 2; i++) {
      const char *lacks;
      if (is_taken(arena, graph, simulation, system, certificate, may[i], &lacks))
        continue;
      *ret_says = text_format(arena, "%.*s%s%.*s may present %.*s.%s, which %.*s does not %s",
                              TEXT_ARG(name_of(graph, flow)), node.length == 0 ? "" : " on ",
                              TEXT_ARG(node), TEXT_ARG(name), may[i], TEXT_ARG(peer), lacks);
      return false;
    }
  }
  return true;
}

static bool flow_runs(struct arena *arena, const struct graph *graph,
                      const struct simulation *simulation, uint32_t flow, struct text node)
{
  struct text fact =
      text_format(arena, "runs %.*s@%.*s", TEXT_ARG(name_of(graph, flow)), TEXT_ARG(node));
  return is_yes(simulation, fact, true);
}

/* An outage is noted when it begins, with the step behind which it does. */
static void note_outage(const struct call *call, struct simulation *simulation, json_t *outages,
                        struct text who, bool broken, struct text says)
{
  struct text fact = text_format(call->arena, "broken %.*s", TEXT_ARG(who));
  bool was_broken = is_yes(simulation, fact, false);
  if (broken && !was_broken) {
    struct text line =
        text_format(call->arena, "after `%.*s`: %.*s", TEXT_ARG(call->step->id), TEXT_ARG(says));
    json_array_append_new(outages, json_stringn(line.at, line.length));
  }
  if (broken != was_broken)
    fact_set(simulation, fact, broken ? TEXT("yes") : TEXT("no"));
}

void model_note_outages(const struct call *call, struct simulation *simulation)
{
  const struct graph *graph = call->graph;
  struct arena *arena = call->arena;
  json_t *outages = json_object_get(simulation->facts, "outages");
  if (outages == NULL) {
    outages = json_array();
    json_object_set_new(simulation->facts, "outages", outages);
  }
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    struct text nodes[NODES_OF_FLOW_MAX], says = TEXT_NONE, name = name_of(graph, i);
    uint32_t count = graph->resources[i].kind == KIND_FLOW ? nodes_of(graph, i, nodes) : 0;
    for (uint32_t k = 0; k < count; k++) {
      bool broken = flow_runs(arena, graph, simulation, i, nodes[k]) &&
                    !is_connected(call, simulation, i, nodes[k], &says);
      note_outage(call, simulation, outages,
                  text_format(arena, "%.*s@%.*s", TEXT_ARG(name), TEXT_ARG(nodes[k])), broken,
                  says);
    }
    if (graph->resources[i].kind == KIND_SYSTEM) {
      bool broken = !caller_is_connected(arena, graph, simulation, i, &says);
      note_outage(call, simulation, outages, name, broken, says);
    }
  }
}

static bool call_holds(const struct call *call, const struct simulation *simulation,
                       struct text *ret_says)
{
  const struct graph *graph = call->graph;
  const struct argument *flow = step_argument_of_kind(graph, call->step, KIND_FLOW);
  const struct argument *key = step_argument(graph, call->step, PART_WITH, 0);
  if (key != NULL && key->kind == ARGUMENT_RESOURCE &&
      graph->resources[key->resource].kind == KIND_SERVICEKEY) {
    struct text fact = text_format(call->arena, "key %.*s.%s",
                                   TEXT_ARG(name_of(graph, key->resource)), version_of(key));
    *ret_says = text_format(call->arena, "there is no service key %.*s.%s",
                            TEXT_ARG(name_of(graph, key->resource)), version_of(key));
    return is_yes(simulation, fact, key->members[0] != MEMBER_NEW);
  }
  if (flow == NULL)
    return true;
  struct text nodes[NODES_OF_FLOW_MAX], node = step_node(call);
  uint32_t count = nodes_of(graph, flow->resource, nodes);
  for (uint32_t i = 0; i < count; i++) {
    if (node.length != 0 && !text_equal(nodes[i], node))
      continue;
    *ret_says = text_format(call->arena, "%.*s does not run%s%.*s",
                            TEXT_ARG(name_of(graph, flow->resource)),
                            nodes[i].length == 0 ? "" : " on ", TEXT_ARG(nodes[i]));
    if (!flow_runs(call->arena, graph, simulation, flow->resource, nodes[i]) ||
        !is_connected(call, simulation, flow->resource, nodes[i], ret_says))
      return false;
  }
  return true;
}

/* Whether the place holds, accepts or knows the thing. */
static bool is_there(const struct call *call, const struct simulation *simulation,
                     const struct argument *thing, const struct argument *place)
{
  const struct graph *graph = call->graph;
  struct arena *arena = call->arena;
  bool is_new = thing->members[0] == MEMBER_NEW;
  struct text name = name_of(graph, thing->resource);
  enum kind kind = graph->resources[place->resource].kind;
  if (kind == KIND_KEYSTORE)
    return strcmp(fact_value(simulation, alias_fact(arena, graph, thing->resource), "old"),
                  version_of(thing)) == 0;
  if (kind == KIND_INSTANCE)
    return is_yes(simulation, text_format(arena, "key %.*s.%s", TEXT_ARG(name), version_of(thing)),
                  !is_new);
  if (kind == KIND_SYSTEM && is_root(thing))
    return is_yes(simulation, root_fact(arena, name_of(graph, place->resource), graph, thing),
                  strcmp(root_before(simulation, thing), "yes") == 0);
  if (kind == KIND_SYSTEM)
    return is_yes(simulation,
                  accepted_fact(arena, name_of(graph, place->resource), name, version_of(thing)),
                  !is_new);
  return is_new; /* a platform that rotates by itself has done so when somebody looks */
}

bool model_holds(const struct call *call, const struct simulation *simulation,
                 struct text *ret_says)
{
  const struct graph *graph = call->graph;
  const struct argument *form = step_argument(graph, call->step, PART_CHECK, 0);
  const struct argument *thing = step_argument(graph, call->step, PART_OBJECT, 0);
  const struct argument *place = step_argument(graph, call->step, PART_PLACE, 0);
  const struct argument *with = step_argument(graph, call->step, PART_WITH, 0);
  struct text word = form == NULL ? TEXT("") : form->text;
  *ret_says = call->step->sentence;
  if (text_is(word, "call"))
    return call_holds(call, simulation, ret_says);
  if (text_is(word, "tls") && thing != NULL && with != NULL &&
      kind_is_artefact(graph->resources[with->resource].kind)) {
    *ret_says = text_format(call->arena, "%.*s does not accept %.*s.%s",
                            TEXT_ARG(name_of(graph, thing->resource)),
                            TEXT_ARG(name_of(graph, with->resource)), version_of(with));
    return is_yes(simulation,
                  accepted_fact(call->arena, name_of(graph, thing->resource),
                                name_of(graph, with->resource), version_of(with)),
                  with->members[0] != MEMBER_NEW);
  }
  if (!text_is(word, "present") && !text_is(word, "absent"))
    return true;
  if (thing == NULL || place == NULL || thing->kind != ARGUMENT_RESOURCE ||
      place->kind != ARGUMENT_RESOURCE)
    return true;
  *ret_says = text_format(call->arena, "it is not so: %.*s", TEXT_ARG(call->step->sentence));
  return is_there(call, simulation, thing, place) == text_is(word, "present");
}

static bool is_manual(const struct graph *graph, const struct step *step, enum kind kind)
{
  const struct argument *place = step_argument_of_kind(graph, step, kind);
  if (place == NULL)
    return false;
  if (kind == KIND_SYSTEM)
    return !text_is(setting_word(graph, place->resource, KEY_KIND_OF), "trust-file");
  if (kind == KIND_ABAP)
    return !text_is(setting_word(graph, place->resource, KEY_MODE), "api");
  if (kind == KIND_CA)
    return text_is(setting_word(graph, place->resource, KEY_PROTOCOL), "manual");
  return text_is(setting_word(graph, place->resource, KEY_KIND_OF), "manual");
}

/* What a platform, a CA or a command does is simulated; what a person does is asked of a person. */
bool model_needs_person(const struct graph *graph, const struct step *step)
{
  const struct argument *flow = step_argument_of_kind(graph, step, KIND_FLOW);
  switch (step->effect) {
  case EFFECT_AGREEMENT:
  case EFFECT_PRESENT:
  case EFFECT_READ_SET:
    return true;
  case EFFECT_ADD_ACCEPTED:
  case EFFECT_ADD_ROOT:
  case EFFECT_DROP_ACCEPTED:
  case EFFECT_SET_SLOT:
    return is_manual(graph, step, KIND_SYSTEM);
  case EFFECT_SET_ALIAS:
  case EFFECT_DROP_ALIAS:
  case EFFECT_ADD_TRUSTED:
  case EFFECT_ACTIVATE:
  case EFFECT_BACK_UP:
  case EFFECT_RESTORE:
    return is_manual(graph, step, KIND_KEYSTORE);
  case EFFECT_SIGN:
  case EFFECT_REVOKE:
    return is_manual(graph, step, KIND_CA);
  case EFFECT_EXPORT:
    return is_manual(graph, step, KIND_KEYSTORE) || is_manual(graph, step, KIND_ABAP);
  case EFFECT_START:
  case EFFECT_STOP:
  case EFFECT_RESTART:
  case EFFECT_DEPLOY:
  case EFFECT_UNDEPLOY:
    return flow != NULL && text_is(setting_word(graph, flow->resource, KEY_RESTART_BY), "person");
  case EFFECT_MAKE_KEY:
  case EFFECT_ADD_INSTANCE:
  case EFFECT_ADD_SERVICE_KEY:
  case EFFECT_DELIVER:
  case EFFECT_MESSAGE:
  case EFFECT_DROP_SERVICE_KEY:
  case EFFECT_LOOK:
  case EFFECT_WAIT:
  case EFFECT_AUTHORIZE_CALLER:
  case EFFECT_DROP_CALLER:
  case EFFECT__COUNT:
    return false;
  }
  return true;
}
