/* SPDX-License-Identifier: Apache-2.0 */
/* promela_deeds: what each step does to the world of the model, as lines of Promela. */
#include "compiler/prove/promela_int.h"

struct doing {
  struct promela *p;
  const struct step *step;
  struct promela_deed *deed;
};

static uint32_t resource_of(const struct doing *d, enum part part)
{
  const struct argument *argument = step_argument(d->p->graph, d->step, part, 0);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? INDEX_NONE : argument->resource;
}

static bool is_kind(const struct doing *d, uint32_t resource, enum kind kind)
{
  return resource != INDEX_NONE && d->p->graph->resources[resource].kind == kind;
}

static void set(struct doing *d, struct text variable, const char *value)
{
  if (variable.length == 0)
    return;
  buffer_format(&d->deed->first, "  %.*s = %s;\n", TEXT_ARG(variable), value);
  d->deed->touches_world = true;
}

static void set_accepted(struct doing *d, uint32_t receiver, uint32_t certificate,
                         enum promela_version version, bool yes)
{
  if (promela_is_called(d->p, receiver, certificate))
    set(d, promela_accepts(d->p, receiver, certificate, version), yes ? "true" : "false");
}

/* Where the old and the new authority are one, it is one root. */
static void set_root(struct doing *d, uint32_t receiver, uint32_t certificate,
                     enum promela_version version, bool yes)
{
  struct text root = promela_root(d->p, receiver, certificate, version);
  if (root.length == 0 || !promela_is_called(d->p, receiver, certificate))
    return;
  set(d, root, yes ? "true" : "false");
  struct text other =
      promela_root(d->p, receiver, certificate, version == VERSION_NEW ? VERSION_OLD : VERSION_NEW);
  struct text name = d->p->graph->resources[certificate].name;
  buffer_format(&d->deed->first, "  if :: same_root_%u -> %.*s = %s :: else fi; /* of %.*s */\n",
                certificate, TEXT_ARG(other), yes ? "true" : "false", TEXT_ARG(name));
}

static bool holds_one(const struct doing *d, uint32_t receiver)
{
  const struct graph_value *many = graph_setting_value(d->p->graph, receiver, KEY_ACCEPTS_MANY, 0);
  return is_kind(d, receiver, KIND_SYSTEM) && many != NULL && many->number == 0;
}

static void accept_or_drop(struct doing *d, bool yes)
{
  uint32_t receiver = resource_of(d, PART_PLACE);
  if (receiver == INDEX_NONE || is_kind(d, receiver, KIND_KEYSTORE))
    return;
  const struct argument *object;
  for (uint32_t n = 0; (object = step_argument(d->p->graph, d->step, PART_OBJECT, n)) != NULL;
       n++) {
    enum promela_version version = promela_version_of(object);
    if (object->kind != ARGUMENT_RESOURCE || version == VERSION_NONE)
      continue;
    if (promela_has_member(object, MEMBER_ROOT) || promela_has_member(object, MEMBER_CHAIN)) {
      set_root(d, receiver, object->resource, version, yes);
      continue;
    }
    set_accepted(d, receiver, object->resource, version, yes);
    if (yes && version == VERSION_NEW && holds_one(d, receiver))
      set_accepted(d, receiver, object->resource, VERSION_OLD, false);
  }
}

static void put_into_slot(struct doing *d)
{
  const struct argument *with = step_argument(d->p->graph, d->step, PART_WITH, 0);
  uint32_t receiver = resource_of(d, PART_PLACE);
  if (with == NULL || with->kind != ARGUMENT_RESOURCE || receiver == INDEX_NONE)
    return;
  enum promela_version version = promela_version_of(with);
  if (version == VERSION_NONE)
    return;
  set_accepted(d, receiver, with->resource, version == VERSION_NEW ? VERSION_OLD : VERSION_NEW,
               false);
  set_accepted(d, receiver, with->resource, version, true);
}

static bool is_renamed(const struct doing *d, uint32_t keystore, uint32_t certificate)
{
  const struct graph_value *made = graph_setting_value(d->p->graph, keystore, KEY_KEY_MADE, 0);
  const struct graph_value *keeps = graph_setting_value(d->p->graph, certificate, KEY_KEEP_KEY, 0);
  return made != NULL && text_is(made->text, "in-tenant") && (keeps == NULL || keeps->number == 0);
}

static bool is_at_once(const struct doing *d, uint32_t keystore, uint32_t certificate)
{
  const struct graph *graph = d->p->graph;
  const struct graph_value *kind = graph_setting_value(graph, keystore, KEY_KIND_OF, 0);
  const struct store_row *store = kind == NULL ? NULL : store_find(kind->text);
  return (store == NULL || store->atomic) && !is_renamed(d, keystore, certificate);
}

/* `replaces` and `activates`: what the alias holds; two writes where the store cannot do it at once. */
static void put_under_alias(struct doing *d)
{
  const struct argument *given = step_argument(d->p->graph, d->step, PART_WITH, 0);
  uint32_t keystore = resource_of(d, PART_PLACE);
  if (given == NULL)
    given = step_argument(d->p->graph, d->step, PART_OBJECT, 0);
  if (given == NULL || given->kind != ARGUMENT_RESOURCE)
    return;
  struct text alias = promela_alias(d->p, given->resource);
  const char *version = promela_version_of(given) == VERSION_OLD ? "OLD" : "NEW";
  d->deed->touches_world = true;
  if (keystore != INDEX_NONE && !is_at_once(d, keystore, given->resource)) {
    buffer_format(&d->deed->first, "  %.*s = NONE; /* not at once: the alias is empty between */\n",
                  TEXT_ARG(alias));
    buffer_format(&d->deed->second, "  %.*s = %s;\n", TEXT_ARG(alias), version);
    return;
  }
  set(d, alias, version);
}

static void drop_alias(struct doing *d)
{
  const struct argument *object;
  for (uint32_t n = 0; (object = step_argument(d->p->graph, d->step, PART_OBJECT, n)) != NULL; n++)
    if (object->kind == ARGUMENT_RESOURCE && promela_version_of(object) != VERSION_NEW &&
        !promela_has_member(object, MEMBER_ROOT))
      set(d, promela_alias(d->p, object->resource), "NONE");
}

/* A backup holds what it held when it was made: anything. */
static void restore(struct doing *d)
{
  uint32_t keystore = resource_of(d, PART_PLACE) != INDEX_NONE ? resource_of(d, PART_PLACE)
                                                               : resource_of(d, PART_OBJECT);
  for (uint32_t i = 0; i < d->p->graph->resource_count; i++) {
    const struct graph_value *in = graph_setting_value(d->p->graph, i, KEY_IN, 0);
    if (!d->p->touched[i] || !is_kind(d, i, KIND_CERTIFICATE) || in == NULL ||
        in->resource != keystore)
      continue;
    struct text alias = promela_alias(d->p, i);
    buffer_format(&d->deed->first,
                  "  if :: %.*s = NONE :: %.*s = OLD :: %.*s = NEW fi; /* nobody knows */\n",
                  TEXT_ARG(alias), TEXT_ARG(alias), TEXT_ARG(alias));
    d->deed->touches_world = true;
  }
}

/* The step that made the key says where; without such a step it may be in the store. */
static bool was_made_in(const struct doing *d, uint32_t certificate, uint32_t keystore)
{
  const struct graph *graph = d->p->graph;
  const struct graph_value *way = graph_setting_value(graph, keystore, KEY_KEY_MADE, 0);
  const struct step *step = d->step;
  if (way != NULL && text_is(way->text, "in-tenant"))
    return is_renamed(d, keystore, certificate);
  while (step-- > graph->steps) {
    const struct argument *object = step_argument(graph, step, PART_OBJECT, 0);
    const struct argument *place = step_argument(graph, step, PART_PLACE, 0);
    if (step->kind == STEP_ACTION && step->effect == EFFECT_MAKE_KEY && object != NULL &&
        object->kind == ARGUMENT_RESOURCE && object->resource == certificate)
      return place != NULL && place->kind == ARGUMENT_RESOURCE && place->resource == keystore;
  }
  return true;
}

/* `read by any alias`: signing a key of that store puts a pair there that every reader may take. */
static void sign(struct doing *d)
{
  const struct argument *object = step_argument(d->p->graph, d->step, PART_OBJECT, 0);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE ||
      !is_kind(d, object->resource, KIND_CERTIFICATE))
    return;
  const struct graph_value *in = graph_setting_value(d->p->graph, object->resource, KEY_IN, 0);
  if (in != NULL && graph_setting_nth(d->p->graph, in->resource, KEY_READ_BY, 0) != NULL &&
      was_made_in(d, object->resource, in->resource))
    set(d, promela_alias(d->p, object->resource), "NEW");
}

static void touch(struct doing *d, uint32_t caller)
{
  d->deed->touched++;
  d->deed->touched_only = d->deed->touched == 1 ? caller : INDEX_NONE;
}

static void load(struct doing *d, uint32_t at, const char *what)
{
  struct promela_caller *c = &d->p->callers[at];
  uint32_t bit = c->load_count++;
  if (bit >= PROMELA_LOADS_MAX) {
    d->p->why = text_format(d->p->arena, "%.*s loads more than %d times", TEXT_ARG(c->id),
                            PROMELA_LOADS_MAX);
    return;
  }
  buffer_format(&d->deed->first, "  %s_begins(%.*s, %.*s, %u);\n", what, TEXT_ARG(c->id),
                TEXT_ARG(c->source), 1u << bit);
  buffer_format(&d->deed->second, "  %s_ends(%.*s, %u);\n", what, TEXT_ARG(c->id), 1u << bit);
  touch(d, at);
}

static void on_nodes(struct doing *d)
{
  uint32_t flow = resource_of(d, PART_OBJECT);
  const struct argument *node = step_argument(d->p->graph, d->step, PART_PLACE, 0);
  for (uint32_t i = 0; i < d->p->caller_count; i++) {
    const struct promela_caller *c = &d->p->callers[i];
    /* Whoever restarts the nodes that he knows does not reach the one that nobody named. */
    if (!c->is_node || c->is_any || c->presenter != flow ||
        (node != NULL && !text_equal(node->text, c->node)))
      continue;
    if (d->step->effect == EFFECT_START) {
      buffer_format(&d->deed->first, "  starts(%.*s, %.*s);\n", TEXT_ARG(c->id),
                    TEXT_ARG(c->source));
      touch(d, i);
    } else if (d->step->effect == EFFECT_STOP || d->step->effect == EFFECT_UNDEPLOY) {
      buffer_format(&d->deed->first, "  stops(%.*s);\n", TEXT_ARG(c->id));
      touch(d, i);
    } else {
      load(d, i, "load");
    }
  }
}

static void switch_caller(struct doing *d)
{
  const struct argument *given = step_argument(d->p->graph, d->step, PART_PLACE, 0);
  const struct argument *who = step_argument(d->p->graph, d->step, PART_OBJECT, 0);
  if (given == NULL || given->kind != ARGUMENT_RESOURCE || who == NULL)
    return;
  const char *version = promela_version_of(given) == VERSION_OLD ? "OLD" : "NEW";
  for (uint32_t i = 0; i < d->p->caller_count; i++) {
    const struct promela_caller *c = &d->p->callers[i];
    bool is_meant = who->kind == ARGUMENT_RESOURCE
                        ? c->presenter == who->resource
                        : is_kind(d, c->presenter, KIND_ABAP) && text_equal(c->node, who->text);
    if (c->is_node || !is_meant || c->certificate != given->resource)
      continue;
    set(d, c->source, version);
    load(d, i, "load");
  }
}

static void revoke(struct doing *d)
{
  const struct argument *object = step_argument(d->p->graph, d->step, PART_OBJECT, 0);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE ||
      promela_version_of(object) == VERSION_NONE)
    return;
  for (uint32_t i = 0; i < d->p->caller_count; i++)
    if (d->p->callers[i].certificate == object->resource)
      set(d,
          promela_accepts(d->p, d->p->callers[i].receiver, object->resource,
                          promela_version_of(object)),
          "false");
}

/* Enough time for whoever has the old one still, in a cache or in a connection that is kept. */
static void wait(struct doing *d)
{
  const struct argument *lasts = step_argument(d->p->graph, d->step, PART_FOR, 0);
  if (lasts == NULL || lasts->kind != ARGUMENT_NUMBER)
    return;
  for (uint32_t i = 0; i < d->p->caller_count; i++)
    if (d->p->callers[i].keeps_old_s >= 0 && lasts->number >= d->p->callers[i].keeps_old_s) {
      d->p->callers[i].waits |= 1u << d->p->callers[i].load_count;
      load(d, i, "time");
    }
  for (uint32_t i = 0; i < d->p->graph->resource_count; i++) {
    int64_t trust = promela_trust_seconds(d->p, i);
    if (trust <= 0 || lasts->number < trust)
      continue;
    uint32_t bit = d->p->door_waits[i]++;
    if (bit >= PROMELA_LOADS_MAX)
      d->p->why = TEXT("the plan waits too often for a receiver's cache");
    buffer_format(&d->deed->first, "  door_%u_time_begins(%u);\n", i, 1u << bit % 31);
    buffer_format(&d->deed->second, "  door_%u_time_ends(%u);\n", i, 1u << bit % 31);
    d->deed->touches_world = true;
  }
}

/* `checks C.old unused on S`: a node that nobody named was looked for, and has the old one no more. */
static void look(struct doing *d)
{
  const struct argument *what = step_argument(d->p->graph, d->step, PART_CHECK, 0);
  const struct argument *object = step_argument(d->p->graph, d->step, PART_OBJECT, 0);
  uint32_t receiver = resource_of(d, PART_PLACE);
  if (what == NULL || !text_is(what->text, look_rows[LOOK_UNUSED].word) || object == NULL ||
      object->kind != ARGUMENT_RESOURCE || promela_version_of(object) != VERSION_OLD ||
      promela_has_member(object, MEMBER_ROOT))
    return;
  for (uint32_t i = 0; i < d->p->caller_count; i++) {
    const struct promela_caller *c = &d->p->callers[i];
    if (!c->is_any || c->certificate != object->resource || c->receiver != receiver)
      continue;
    buffer_format(&d->deed->first, "  is_looked_for(%.*s, %.*s);\n", TEXT_ARG(c->id),
                  TEXT_ARG(c->source));
    touch(d, i);
  }
}

void promela_deed(struct promela *p, uint32_t index, struct promela_deed *ret)
{
  *ret = (struct promela_deed){.touched_only = INDEX_NONE};
  struct doing d = {p, &p->graph->steps[index], ret};
  switch (d.step->effect) {
  case EFFECT_ADD_ACCEPTED:
  case EFFECT_ADD_ROOT:
  case EFFECT_ADD_SERVICE_KEY:
  case EFFECT_AUTHORIZE_CALLER:
    accept_or_drop(&d, true);
    return;
  case EFFECT_DROP_ACCEPTED:
  case EFFECT_DROP_CALLER:
  case EFFECT_DROP_SERVICE_KEY:
    accept_or_drop(&d, false);
    return;
  case EFFECT_SET_SLOT:
    put_into_slot(&d);
    return;
  case EFFECT_SET_ALIAS:
  case EFFECT_ACTIVATE:
    put_under_alias(&d);
    return;
  case EFFECT_DROP_ALIAS:
    drop_alias(&d);
    return;
  case EFFECT_RESTORE:
    restore(&d);
    return;
  case EFFECT_SIGN:
    sign(&d);
    return;
  case EFFECT_START:
  case EFFECT_STOP:
  case EFFECT_UNDEPLOY:
  case EFFECT_RESTART:
  case EFFECT_DEPLOY:
    on_nodes(&d);
    return;
  case EFFECT_PRESENT:
    switch_caller(&d);
    return;
  case EFFECT_REVOKE:
    revoke(&d);
    return;
  case EFFECT_WAIT:
    wait(&d);
    return;
  case EFFECT_LOOK:
    look(&d);
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
