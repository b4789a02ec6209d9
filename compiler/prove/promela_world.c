/* SPDX-License-Identifier: Apache-2.0 */
/* promela_world: who opens connections to whom, and the variables that say what is so. From the
 * declarations and the words of the steps only. */
#include <string.h>

#include "compiler/prove/promela_int.h"

static const int64_t day_s = 24 * 60 * 60;

bool promela_has_member(const struct argument *argument, enum member member)
{
  for (int i = 0; i < MEMBERS_MAX; i++)
    if (argument->members[i] == member)
      return true;
  return false;
}

enum promela_version promela_version_of(const struct argument *argument)
{
  return promela_has_member(argument, MEMBER_NEW)   ? VERSION_NEW
         : promela_has_member(argument, MEMBER_OLD) ? VERSION_OLD
                                                    : VERSION_NONE;
}

static void add_id(struct buffer *out, struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    buffer_add(out, plain ? &c : "_", 1);
  }
}

struct text promela_id(struct promela *p, struct text wish)
{
  struct buffer out = {0};
  add_id(&out, wish);
  while (out.size_bytes > 1 && out.bytes[out.size_bytes - 1] == '_')
    out.size_bytes--;
  size_t length = out.size_bytes;
  for (uint32_t n = 2; !text_map_add(&p->names, text_copy(p->arena, buffer_text(&out)), 0, NULL);
       n++) {
    out.size_bytes = length;
    buffer_format(&out, "_%u", n);
  }
  struct text id = text_copy(p->arena, buffer_text(&out));
  buffer_free(&out);
  return id;
}

static struct text plain_id(struct promela *p, struct text text)
{
  struct buffer out = {0};
  add_id(&out, text);
  struct text id = text_copy(p->arena, buffer_text(&out));
  buffer_free(&out);
  return id;
}

static struct text name_of(const struct promela *p, uint32_t resource)
{
  return p->graph->resources[resource].name;
}

static bool accepts_by(const struct promela *p, uint32_t receiver, const char *word)
{
  const struct graph_value *value = graph_setting_value(p->graph, receiver, KEY_ACCEPTS, 0);
  return value != NULL && text_is(value->text, word);
}

static bool keeps_key(const struct promela *p, uint32_t certificate)
{
  const struct graph_value *value = graph_setting_value(p->graph, certificate, KEY_KEEP_KEY, 0);
  return value != NULL && value->number != 0;
}

struct text promela_alias(struct promela *p, uint32_t certificate)
{
  return plain_id(p, text_format(p->arena, "%.*s_alias", TEXT_ARG(name_of(p, certificate))));
}

struct text promela_accepts(struct promela *p, uint32_t receiver, uint32_t certificate,
                            enum promela_version version)
{
  if (accepts_by(p, receiver, "issuer") ||
      (p->graph->resources[receiver].kind == KIND_FLOW && !p->authorized[receiver]))
    return TEXT_NONE;
  /* Where both versions have what is compared in common, there is one entry for both. */
  bool same = accepts_by(p, receiver, "subject") || accepts_by(p, receiver, "san") ||
              (accepts_by(p, receiver, "public-key") && keeps_key(p, certificate));
  return plain_id(p, text_format(p->arena, "%.*s_accepts_%.*s%s", TEXT_ARG(name_of(p, receiver)),
                                 TEXT_ARG(name_of(p, certificate)),
                                 same                     ? ""
                                 : version == VERSION_NEW ? "_new"
                                                          : "_old"));
}

struct text promela_root(struct promela *p, uint32_t receiver, uint32_t certificate,
                         enum promela_version version)
{
  if (p->graph->resources[receiver].kind != KIND_SYSTEM || !p->root_in_play[certificate])
    return TEXT_NONE;
  return plain_id(p, text_format(p->arena, "%.*s_trusts_root_of_%.*s_%s",
                                 TEXT_ARG(name_of(p, receiver)), TEXT_ARG(name_of(p, certificate)),
                                 version == VERSION_NEW ? "new" : "old"));
}

bool promela_is_called(const struct promela *p, uint32_t receiver, uint32_t certificate)
{
  for (uint32_t i = 0; i < p->caller_count; i++)
    if (p->callers[i].receiver == receiver && p->callers[i].certificate == certificate)
      return true;
  return false;
}

static int64_t seconds_of(const struct promela *p, uint32_t resource, enum key key,
                          int64_t otherwise)
{
  const struct graph_value *value = graph_setting_value(p->graph, resource, key, 0);
  return value == NULL || value->kind != VALUE_DURATION ? otherwise : value->number;
}

int64_t promela_trust_seconds(const struct promela *p, uint32_t receiver)
{
  return seconds_of(p, receiver, KEY_CACHES_TRUST, 0);
}

/* The key store's cache, and behind it the connections and sessions that are kept. */
static int64_t keeps_old_seconds(const struct promela *p, uint32_t flow)
{
  int64_t lives = seconds_of(p, flow, KEY_CONNECTIONS_LIVE, -1);
  const struct graph_value *session = graph_setting_value(p->graph, flow, KEY_SESSIONS_RESUME, 0);
  if (lives < 0 || session == NULL)
    return -1;
  int64_t resumes = session->kind == VALUE_DURATION ? session->number : 0;
  return seconds_of(p, flow, KEY_CACHES_KEYSTORE, day_s) + (lives > resumes ? lives : resumes);
}

static bool is_renewed(const struct promela *p, uint32_t certificate)
{
  const struct graph_setting *renews =
      graph_setting_nth(p->graph, p->graph->plan_resource, KEY_RENEWS, 0);
  for (uint32_t i = 0; renews != NULL && i < renews->values.count; i++) {
    const struct graph_value *value = &p->graph->values[renews->values.first + i];
    if (value->kind == VALUE_REF && value->resource == certificate)
      return true;
  }
  return false;
}

static void add_caller(struct promela *p, struct buffer *out, bool is_node, uint32_t presenter,
                       struct text node, const struct graph_value *call)
{
  uint32_t certificate = call[1].resource;
  if (!p->touched[certificate])
    return;
  struct promela_caller caller = {.is_node = is_node,
                                  .is_any = is_node && text_is(node, "any"),
                                  .is_renewed = is_renewed(p, certificate),
                                  .presenter = presenter,
                                  .node = node,
                                  .receiver = call[0].resource,
                                  .certificate = certificate,
                                  .keeps_old_s = is_node ? keeps_old_seconds(p, presenter) : -1};
  const struct graph_value *of = graph_setting_value(p->graph, certificate, KEY_OF, 0);
  if (p->graph->resources[certificate].kind == KIND_SERVICEKEY && of != NULL)
    caller.receiver = of->resource; /* the instance judges its keys, not the flow */
  struct text name = name_of(p, presenter);
  struct text who = node.length == 0
                        ? text_format(p->arena, "%.*s_calls", TEXT_ARG(name))
                        : text_format(p->arena, "%.*s_on_%.*s", TEXT_ARG(name), TEXT_ARG(node));
  caller.id = promela_id(p, who);
  caller.source = is_node ? promela_alias(p, certificate)
                          : plain_id(p, text_format(p->arena, "%.*s_uses_%.*s", TEXT_ARG(who),
                                                    TEXT_ARG(name_of(p, certificate))));
  buffer_add(out, &caller, sizeof caller);
}

static bool add_nodes(struct promela *p, struct buffer *out, uint32_t flow, uint32_t of,
                      const struct graph_value *call)
{
  struct range settings = p->graph->resources[of].settings;
  bool found = false;
  for (uint32_t i = 0; i < settings.count; i++) {
    const struct graph_setting *setting = &p->graph->settings[settings.first + i];
    if (setting->key != KEY_NODES && setting->key != KEY_NODE)
      continue;
    uint32_t count = setting->key == KEY_NODE ? 1 : setting->values.count;
    for (uint32_t j = 0; j < count; j++) {
      const struct graph_value *value = &p->graph->values[setting->values.first + j];
      if (value->kind == VALUE_NONE)
        continue;
      add_caller(p, out, true, flow, value->text, call);
      found = true;
    }
  }
  return found;
}

/* The communication systems that a step switches; where none is named, one stands for all. */
static void add_targets(struct promela *p, struct buffer *out, uint32_t abap,
                        const struct graph_value *call)
{
  bool found = false;
  struct text_map seen;
  text_map_start(&seen, p->arena);
  for (uint32_t i = 0; i < p->graph->step_count; i++) {
    const struct step *step = &p->graph->steps[i];
    if (step->kind == STEP_JOIN || step->effect != EFFECT_PRESENT)
      continue;
    const struct argument *who = step_argument(p->graph, step, PART_OBJECT, 0);
    const struct argument *given = step_argument(p->graph, step, PART_PLACE, 0);
    if (who == NULL || who->kind == ARGUMENT_RESOURCE || given == NULL ||
        given->kind != ARGUMENT_RESOURCE || given->resource != call[1].resource)
      continue;
    found = true;
    if (text_map_add(&seen, who->text, 0, NULL))
      add_caller(p, out, false, abap, who->text, call);
  }
  if (!found)
    add_caller(p, out, false, abap, TEXT_NONE, call);
}

static void add_calls(struct promela *p, struct buffer *out, uint32_t resource)
{
  const struct graph *graph = p->graph;
  enum kind kind = graph->resources[resource].kind;
  const struct graph_setting *calls;
  for (uint32_t n = 0; (calls = graph_setting_nth(graph, resource, KEY_CALLS, n)) != NULL; n++) {
    const struct graph_value *call = &graph->values[calls->values.first];
    if (calls->values.count < 2 || call[0].kind != VALUE_REF || call[1].kind != VALUE_REF)
      continue;
    if (kind == KIND_ABAP) {
      add_targets(p, out, resource, call);
    } else if (kind == KIND_SYSTEM) {
      add_caller(p, out, false, resource, TEXT_NONE, call);
    } else if (kind == KIND_FLOW) {
      const struct graph_value *tenant = graph_setting_value(graph, resource, KEY_ON, 0);
      if (!add_nodes(p, out, resource, resource, call) &&
          !(tenant != NULL && tenant->kind == VALUE_REF &&
            add_nodes(p, out, resource, tenant->resource, call)))
        add_caller(p, out, true, resource, TEXT_NONE, call);
    }
  }
}

static void note_words(struct promela *p)
{
  const struct graph *graph = p->graph;
  for (uint32_t i = 0; i < graph->argument_count; i++) {
    const struct argument *argument = &graph->arguments[i];
    if (argument->kind != ARGUMENT_RESOURCE)
      continue;
    p->touched[argument->resource] |= promela_version_of(argument) != VERSION_NONE;
    p->root_in_play[argument->resource] |=
        promela_has_member(argument, MEMBER_ROOT) && promela_version_of(argument) == VERSION_NEW;
  }
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].effect != EFFECT_AUTHORIZE_CALLER)
      continue;
    const struct argument *place = step_argument(graph, &graph->steps[i], PART_PLACE, 0);
    if (place != NULL && place->kind == ARGUMENT_RESOURCE)
      p->authorized[place->resource] = true;
  }
  for (uint32_t i = 0; i < graph->resource_count; i++)
    p->touched[i] |= is_renewed(p, i);
}

void promela_find_callers(struct promela *p)
{
  struct buffer out = {0};
  size_t resources = (size_t)p->graph->resource_count + 1;
  p->touched = arena_array(p->arena, resources, sizeof(bool));
  p->root_in_play = arena_array(p->arena, resources, sizeof(bool));
  p->authorized = arena_array(p->arena, resources, sizeof(bool));
  note_words(p);
  for (uint32_t i = 0; i < p->graph->resource_count; i++)
    add_calls(p, &out, i);
  p->caller_count = (uint32_t)(out.size_bytes / sizeof *p->callers);
  p->callers = arena_array(p->arena, (size_t)p->caller_count + 1, sizeof *p->callers);
  if (p->caller_count != 0)
    memcpy(p->callers, out.bytes, out.size_bytes);
  buffer_free(&out);
}
