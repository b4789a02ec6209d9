/* SPDX-License-Identifier: Apache-2.0 */
/*
 * goals: checks G and P. When every step is done, every node runs, has loaded the new pair for sure, and
 * each certificate that the plan renews was renewed once; a downtime leaves the old one accepted nowhere
 * but where the plan says so; and nothing is used before it is made.
 */
#include <string.h>

#include "compiler/prove/question.h"

enum { SAME_REACH = 8 };

static struct proof_finding *last_alike(struct proving *p, enum diag_code code, uint32_t connection)
{
  struct proof_finding *all = (struct proof_finding *)(void *)p->findings.bytes;
  uint32_t count = (uint32_t)(p->findings.size_bytes / sizeof *all);
  const struct connection *c = &p->model->connections[connection];
  for (uint32_t i = count; i > 0 && i + SAME_REACH > count; i--) {
    struct proof_finding *f = &all[i - 1];
    if (f->code != code || f->connection == INDEX_NONE)
      continue;
    const struct connection *other = &p->model->connections[f->connection];
    if (other->call->presenter == c->call->presenter &&
        other->call->certificate == c->call->certificate)
      return f;
  }
  return NULL;
}

/* One finding a flow and certificate, with the nodes that it is about. */
static void add_for_node(struct proving *p, struct proof_finding *f)
{
  struct text node = connection_node(p->model, &p->model->connections[f->connection]);
  struct proof_finding *known = last_alike(p, f->code, f->connection);
  struct proof_finding *to = known == NULL ? f : known;
  bool told = to->node_count != 0 && text_equal(to->nodes[to->node_count - 1], node);
  if (node.length != 0 && !told) {
    if ((to->node_count & (to->node_count - 1)) == 0)
      to->nodes = arena_grow(p->arena, to->nodes, to->node_count, (size_t)to->node_count * 2 + 1,
                             sizeof *to->nodes);
    to->nodes[to->node_count++] = node;
  }
  if (known == NULL)
    add_finding(p, f);
}

/* Under one way in which the conditions may turn out: false where a node goes on with the old pair. */
static bool is_loaded(struct proving *p, const struct connection *c, const struct atoms *atoms,
                      uint32_t mask, struct write *ret_exchange)
{
  struct written written = active_writes(p, atoms, mask, c->source, SCRATCH_SOURCE);
  uint32_t first = INDEX_NONE,
           last = INDEX_NONE; /* of those that put the new one behind anything else */
  for (uint32_t i = 0; i < written.count; i++) {
    if (written.writes[i].value != HELD_NEW)
      continue;
    first = last == INDEX_NONE || last + 1 != i ? i : first;
    last = i;
  }
  bool is_exchanged = last != INDEX_NONE;
  struct load *loads;
  p->trusts_unseen = true; /* that it is there is the goal; that it ends is E0631 */
  uint32_t count = is_exchanged ? loads_of(p, c, atoms, mask, true, &loads) : 0;
  p->trusts_unseen = false;
  if (is_exchanged)
    *ret_exchange = written.writes[last];
  for (uint32_t w = first; is_exchanged && w <= last; w++)
    for (uint32_t i = 0; i < count; i++)
      if (intervals_load_behind(&p->events->known, written.writes[w].event, &loads[i],
                                loads_also(p)))
        return true;
  return !is_exchanged;
}

/* The restart of the text that its role need not do behind the exchange. */
static void find_late_load(struct proving *p, const struct connection *c, const struct atoms *atoms,
                           uint32_t mask, const struct write *exchange, struct proof_finding *f)
{
  const struct place_loads *place = &p->model->places[c->place];
  for (uint32_t i = 0; i < place->count; i++) {
    uint32_t step = p->model->loads[place->first + i];
    if (!events_in_text(p->events, exchange->step, step) ||
        !guard_holds(p->model, atoms, mask, p->graph->steps[step].guard))
      continue;
    f->late = f->after = step;
    f->before = exchange->step;
  }
}

/* SAP-6ec6-17, SAP-6ec6-18: a node that nobody restarts goes on with what it has cached. */
static void check_loaded(struct proving *p, uint32_t index)
{
  const struct connection *c = &p->model->connections[index];
  if (c->call->kind != PRESENTER_NODE || c->joins_late || p->is_failed[index])
    return;
  struct proof_finding f = finding_of(DIAG_E0603);
  f.connection = index;
  f.version = HELD_OLD;
  struct atoms atoms;
  question_atoms(p, c, &atoms);
  uint32_t cases = 1u << atoms.count, left_out = 0, first = 0;
  struct write exchange = {0}, found = {0};
  for (uint32_t mask = 0; mask < cases; mask++) {
    if (p->given != NULL && !atoms_agree(&atoms, mask, p->given, p->given_mask))
      continue;
    if (is_loaded(p, c, &atoms, mask, &found))
      continue;
    if (left_out++ == 0) {
      first = mask;
      exchange = found;
    }
  }
  if (left_out == 0) {
    if (!atoms.is_full)
      return;
    f.code = DIAG_E0624;
    f.early = f.late = found.step;
    add_finding(p, &f);
    return;
  }
  f.early = exchange.step;
  if (left_out < cases)
    f.when = atoms_say(p->model, &atoms, first);
  find_late_load(p, c, &atoms, first, &exchange, &f);
  finding_judge_order(p, &f);
  add_for_node(p, &f);
}

void check_loads(struct proving *p)
{
  for (uint32_t i = 0; i < p->model->connection_count; i++)
    check_loaded(p, i);
}

/* Under one way in which the conditions may turn out: the step that stops it for good; INDEX_NONE. */
static uint32_t stop_for_good(struct proving *p, const struct connection *c,
                              const struct atoms *atoms, uint32_t mask)
{
  struct written running = active_writes(p, atoms, mask, c->running, SCRATCH_RUNNING);
  uint32_t stop = INDEX_NONE;
  for (uint32_t i = 0; i < running.count; i++)
    stop = running.writes[i].value == HELD_NO ? running.writes[i].step : INDEX_NONE;
  return stop;
}

/* False where it stays stopped. */
static bool check_started(struct proving *p, uint32_t index)
{
  const struct connection *c = &p->model->connections[index];
  if (c->running == REGISTER_NONE)
    return true;
  struct proof_finding f = finding_of(DIAG_E0607);
  f.connection = index;
  struct atoms atoms = {.count = 0};
  atoms_add_register(p->model, &atoms, c->running);
  uint32_t cases = 1u << atoms.count, left_out = 0, first = 0;
  for (uint32_t mask = 0; mask < cases; mask++) {
    uint32_t stop = stop_for_good(p, c, &atoms, mask);
    if (stop != INDEX_NONE && left_out++ == 0) {
      f.early = stop;
      first = mask;
    }
  }
  if (left_out == 0)
    return true;
  if (left_out < cases)
    f.when = atoms_say(p->model, &atoms, first);
  add_for_node(p, &f);
  return false;
}

/* What the plan's steps do to each certificate or key, by resource. */
struct deed {
  uint32_t made, signed_; /* the first steps; INDEX_NONE */
  uint32_t put;           /* the first step that puts the new one into use */
  uint32_t put_again;
  uint32_t used;      /* the first step that needs it */
  uint32_t activated; /* the provider made it */
};

static bool is_new_of(const struct argument *argument, uint32_t *ret_resource)
{
  if (argument->kind != ARGUMENT_RESOURCE || argument_version(argument) != HELD_NEW)
    return false;
  *ret_resource = argument->resource;
  return true;
}

static void note_put(struct proving *p, struct deed *deed, uint32_t step)
{
  const struct step *now = &p->graph->steps[step];
  if (deed->put == INDEX_NONE) {
    deed->put = step;
    return;
  }
  const struct step *before = &p->graph->steps[deed->put];
  struct argument const *here = step_argument(p->graph, now, PART_PLACE, 0);
  struct argument const *there = step_argument(p->graph, before, PART_PLACE, 0);
  bool same_place = here != NULL && there != NULL && here->resource == there->resource;
  if (now->effect == EFFECT_SET_ALIAS && before->effect == EFFECT_SET_ALIAS && same_place &&
      now->guard == before->guard && deed->put_again == INDEX_NONE)
    deed->put_again = step;
}

static void note_step(struct proving *p, struct deed *deeds, uint32_t index)
{
  const struct step *step = &p->graph->steps[index];
  const struct writes_row *writes = effect_writes(step->effect);
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &p->graph->arguments[step->arguments.first + i];
    uint32_t resource;
    if (!is_new_of(argument, &resource))
      continue;
    struct deed *deed = &deeds[resource];
    bool is_key = p->graph->resources[resource].kind == KIND_SERVICEKEY;
    if (step->effect == EFFECT_MAKE_KEY || step->effect == EFFECT_ADD_SERVICE_KEY)
      deed->made = deed->made == INDEX_NONE ? index : deed->made;
    else if (step->effect == EFFECT_SIGN)
      deed->signed_ = deed->signed_ == INDEX_NONE ? index : deed->signed_;
    bool puts =
        writes != NULL && ((writes->thing == MODEL_ALIAS && writes->value != WRITTEN_NONE) ||
                           writes->thing == MODEL_PRESENTED);
    /* `replaces C.new with C.old` puts the old one back. */
    bool is_replaced = argument->part == PART_OBJECT && step_argument(p->graph, step, PART_WITH, 0);
    puts = puts && !is_replaced;
    if (puts || (is_key && step->effect == EFFECT_ADD_SERVICE_KEY))
      note_put(p, deed, index);
    bool needs =
        puts ||
        (writes != NULL && (writes->thing == MODEL_ACCEPTED || writes->thing == MODEL_SLOT)) ||
        step->effect == EFFECT_DELIVER;
    /* What the provider made is activated, not made. */
    bool makes = step->effect == EFFECT_ADD_SERVICE_KEY || step->effect == EFFECT_ACTIVATE;
    if (step->effect == EFFECT_ACTIVATE)
      deed->activated = index;
    if (needs && !makes && deed->used == INDEX_NONE)
      deed->used = index;
  }
}

/* Where people keep the store, the new pair may lie there already; the plan then says nothing of it. */
static bool is_made_by_hand(struct proving *p, uint32_t resource, const struct deed *deed)
{
  const struct graph_value *in = graph_setting_value(p->graph, resource, KEY_IN, 0);
  const struct graph_value *kind =
      in == NULL ? NULL : graph_setting_value(p->graph, in->resource, KEY_KIND_OF, 0);
  return deed->made == INDEX_NONE && deed->signed_ == INDEX_NONE && kind != NULL &&
         text_is(kind->text, "manual");
}

static void check_deed(struct proving *p, uint32_t resource, const struct deed *deed)
{
  const struct graph *graph = p->graph;
  struct proof_finding f = finding_of(DIAG_E0619);
  f.resource = resource;
  if (deed->put == INDEX_NONE) {
    add_finding(p, &f);
    return;
  }
  if (deed->put_again != INDEX_NONE) {
    f.code = DIAG_E0628;
    f.early = deed->put_again;
    f.late = deed->put;
    add_finding(p, &f);
  }
  bool made_elsewhere = graph->resources[resource].kind != KIND_CERTIFICATE ||
                        graph_setting_nth(graph, resource, KEY_ISSUED_BY, 0) != NULL ||
                        deed->activated != INDEX_NONE;
  if (made_elsewhere || deed->used == INDEX_NONE || is_made_by_hand(p, resource, deed))
    return;
  f.code = DIAG_E0627;
  f.early = deed->used;
  f.late = deed->signed_;
  if (deed->signed_ == INDEX_NONE || !events_in_text(p->events, deed->signed_, deed->used)) {
    add_finding(p, &f);
    return;
  }
  f.early = deed->signed_;
  f.late = deed->made;
  if (deed->made == INDEX_NONE || !events_in_text(p->events, deed->made, deed->signed_))
    add_finding(p, &f);
  else if (p->graph->steps[deed->made].guard != INDEX_NONE ||
           p->graph->steps[deed->signed_].guard != INDEX_NONE)
    cases_check_made(p, resource);
}

/* Those that note_step looks at. */
static bool is_deed(enum effect effect)
{
  const struct writes_row *writes = effect_writes(effect);
  return effect == EFFECT_MAKE_KEY || effect == EFFECT_ADD_SERVICE_KEY || effect == EFFECT_SIGN ||
         effect == EFFECT_DELIVER ||
         (writes != NULL && (writes->thing == MODEL_ALIAS || writes->thing == MODEL_PRESENTED ||
                             writes->thing == MODEL_ACCEPTED || writes->thing == MODEL_SLOT));
}

static void check_deeds(struct proving *p)
{
  const struct graph *graph = p->graph;
  struct deed *deeds = arena_array(p->arena, (size_t)graph->resource_count + 1, sizeof *deeds);
  memset(deeds, 0xff, ((size_t)graph->resource_count + 1) * sizeof *deeds);
  bool matters[EFFECT__COUNT + 1] = {false};
  for (int i = 0; i < EFFECT__COUNT; i++)
    matters[i] = is_deed((enum effect)i);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (matters[p->events->effects[i]])
      note_step(p, deeds, i);
  for (uint32_t i = 0; i < p->model->renewed_count; i++)
    check_deed(p, p->model->renewed[i], &deeds[p->model->renewed[i]]);
}

static bool creates(const struct proving *p, uint32_t index, uint32_t instance)
{
  const struct step *step = &p->graph->steps[index];
  const struct argument *made = step_argument(p->graph, step, PART_OBJECT, 0);
  return step->effect == EFFECT_ADD_INSTANCE && made != NULL && made->kind == ARGUMENT_RESOURCE &&
         made->resource == instance;
}

/* SAP-7f84-10: the instance first, then its keys. One that no step creates is there. */
static void check_instance(struct proving *p, uint32_t key_step, uint32_t *first)
{
  const struct argument *place = step_argument(p->graph, &p->graph->steps[key_step], PART_PLACE, 0);
  if (place == NULL || place->kind != ARGUMENT_RESOURCE || first[place->resource] == INDEX_NONE)
    return;
  for (uint32_t i = first[place->resource]; i < p->graph->step_count; i++)
    if (creates(p, i, place->resource) && events_in_text(p->events, i, key_step))
      return;
  struct proof_finding f = finding_of(DIAG_E0915);
  f.resource = place->resource;
  f.early = key_step;
  f.late = first[place->resource];
  add_finding(p, &f);
  first[place->resource] = INDEX_NONE; /* once an instance: one move mends them all */
}

static void check_instances(struct proving *p)
{
  const struct graph *graph = p->graph;
  const uint8_t *effects = p->events->effects;
  uint32_t *first = arena_array(p->arena, (size_t)graph->resource_count + 1, sizeof *first);
  memset(first, 0xff, ((size_t)graph->resource_count + 1) * sizeof *first);
  bool any = false;
  for (uint32_t i = graph->step_count; i-- > 0;) {
    const struct argument *made = effects[i] == EFFECT_ADD_INSTANCE
                                      ? step_argument(graph, &graph->steps[i], PART_OBJECT, 0)
                                      : NULL;
    if (made != NULL && made->kind == ARGUMENT_RESOURCE)
      first[made->resource] = i;
    any = any || made != NULL;
  }
  for (uint32_t i = 0; any && i < graph->step_count; i++)
    if (effects[i] == EFFECT_ADD_SERVICE_KEY)
      check_instance(p, i, first);
}

/* `keeps C.old on S` */
static bool is_kept(const struct proving *p, const struct connection *c)
{
  const struct graph *graph = p->graph;
  struct range settings = graph->resources[graph->plan_resource].settings;
  for (uint32_t i = 0; i < settings.count; i++) {
    const struct graph_setting *keeps = &graph->settings[settings.first + i];
    if (keeps->key != KEY_KEEPS || keeps->values.count < 2)
      continue;
    const struct graph_value *values = &graph->values[keeps->values.first];
    if (values[0].resource == c->call->certificate && values[1].resource == c->call->receiver)
      return true;
  }
  return false;
}

/* Whether some case of the guards leaves it accepted at the end, and the last step that drops it. */
static bool stays_accepted(struct proving *p, uint32_t reg, uint32_t *ret_drop)
{
  struct atoms atoms = {.count = 0};
  bool stays = false;
  atoms_add_register(p->model, &atoms, reg);
  *ret_drop = INDEX_NONE;
  for (uint32_t mask = 0; mask < (1u << atoms.count); mask++) {
    struct written written = active_writes(p, &atoms, mask, reg, SCRATCH_JUDGED);
    bool is_accepted = written.initial == HELD_YES;
    for (uint32_t i = 0; i < written.count; i++) {
      is_accepted = written.writes[i].value == HELD_YES;
      if (!is_accepted)
        *ret_drop = written.writes[i].step;
    }
    stays = stays || is_accepted;
  }
  return stays;
}

/* Whether no connection before this one is judged by that register; its certificate's calls share it. */
static bool is_first_with(const struct proving *p, uint32_t index, uint32_t accepted_old)
{
  const struct model *model = p->model;
  uint32_t n = model->first_call[model->connections[index].call->certificate];
  while (model->calls[n].accepted[HELD_OLD] != accepted_old)
    n = model->calls[n].next_with_certificate;
  return model->calls[n].first == index;
}

/* decisions 29: behind a downtime the old one is accepted nowhere, or where the plan says so. */
static void check_dropped(struct proving *p, uint32_t index)
{
  const struct connection *c = &p->model->connections[index];
  uint32_t old = c->call->accepted[HELD_OLD];
  if (!p->model->is_renewed[c->call->certificate] ||
      p->graph->resources[c->call->receiver].kind != KIND_SYSTEM || old == REGISTER_NONE ||
      old == c->call->accepted[HELD_NEW] || p->is_failed[index])
    return;
  if (!is_first_with(p, index, old))
    return;
  uint32_t drop;
  bool stays = stays_accepted(p, old, &drop), is_named = is_kept(p, c);
  if (stays ? is_named : !is_named)
    return;
  struct proof_finding f = finding_of(DIAG_E0629);
  f.connection = index;
  f.resource = c->call->certificate;
  f.early = drop;
  add_finding(p, &f);
}

static bool is_called_with(const struct model *model, uint32_t certificate, uint32_t receiver)
{
  uint32_t n = model->first_call[certificate];
  while (n != INDEX_NONE && model->calls[n].receiver != receiver)
    n = model->calls[n].next_with_certificate;
  return n != INDEX_NONE;
}

/* A line `keeps` about a system that nobody calls with that certificate says nothing. */
static void check_keeps(struct proving *p)
{
  const struct graph *graph = p->graph;
  struct range settings = graph->resources[graph->plan_resource].settings;
  for (uint32_t i = 0; i < settings.count; i++) {
    const struct graph_setting *keeps = &graph->settings[settings.first + i];
    const struct graph_value *values = &graph->values[keeps->values.first];
    if (keeps->key != KEY_KEEPS || keeps->values.count < 2 ||
        is_called_with(p->model, values[0].resource, values[1].resource))
      continue;
    struct proof_finding f = finding_of(DIAG_E0629);
    f.resource = values[1].resource;
    add_finding(p, &f);
  }
}

void check_goals(struct proving *p)
{
  if (p->is_downtime)
    check_keeps(p);
  for (uint32_t i = 0; p->is_downtime && i < p->model->connection_count; i++)
    check_dropped(p, i);
  for (uint32_t i = 0; i < p->model->connection_count; i++) {
    if (check_started(p, i))
      check_loaded(p, i);
  }
  check_deeds(p);
  check_instances(p);
}
