/* SPDX-License-Identifier: Apache-2.0 */
/*
 * habits: what no order can make good: a step that destroys without anybody's word for it, a downtime
 * that nobody agreed on, a root that others may need, an exchange that nobody looks at afterwards.
 */
#include <string.h>

#include "compiler/prove/prove_int.h"

static void add_step_finding(struct proving *p, enum diag_code code, uint32_t step, uint32_t other,
                             uint32_t resource)
{
  struct proof_finding f = finding_of(code);
  f.early = step;
  f.late = other;
  f.resource = resource;
  add_finding(p, &f);
}

static const struct argument *object_of(const struct proving *p, uint32_t step)
{
  const struct argument *object = step_argument(p->graph, &p->graph->steps[step], PART_OBJECT, 0);
  return object == NULL || object->kind != ARGUMENT_RESOURCE ? NULL : object;
}

static uint32_t place_of(const struct proving *p, uint32_t step)
{
  const struct argument *place = step_argument(p->graph, &p->graph->steps[step], PART_PLACE, 0);
  return place == NULL || place->kind != ARGUMENT_RESOURCE ? INDEX_NONE : place->resource;
}

static bool is_word(const struct graph *graph, uint32_t resource, enum key key, const char *word)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, 0);
  return value != NULL && text_is(value->text, word);
}

/* decisions 1: what a person does by hand is done by a person. */
static bool is_by_hand(const struct graph *graph, uint32_t place)
{
  switch (graph->resources[place].kind) {
  case KIND_KEYSTORE:
    return is_word(graph, place, KEY_KIND_OF, "manual");
  case KIND_CA:
    return is_word(graph, place, KEY_PROTOCOL, "manual");
  default:
    return false;
  }
}

/* What cannot be put back. An entry of a receiver's list can, and a root: they are public. */
static void check_destroying(struct proving *p, uint32_t index)
{
  const struct step *step = &p->graph->steps[index];
  const struct argument *object = object_of(p, index);
  uint32_t place = place_of(p, index);
  if ((object != NULL && argument_has_member(object, MEMBER_ROOT)) || step->needs_sign_off ||
      step->on_failure == FAILURE_ROLL_BACK || step->undo != INDEX_NONE || place == INDEX_NONE ||
      is_by_hand(p->graph, place))
    return;
  add_step_finding(p, DIAG_E0611, index, INDEX_NONE, place);
}

/* The first stop needs a window that everybody has agreed on. */
static void check_agreement(struct proving *p)
{
  uint32_t agreed = INDEX_NONE;
  for (uint32_t i = 0; p->is_downtime && i < p->graph->step_count; i++) {
    const struct step *step = &p->graph->steps[i];
    if (step->kind == STEP_JOIN)
      continue;
    if (step->effect == EFFECT_AGREEMENT)
      agreed = i;
    if (step->effect != EFFECT_STOP && step->effect != EFFECT_UNDEPLOY)
      continue;
    struct proof_finding f = finding_of(DIAG_E0625);
    f.early = i;
    if (agreed == INDEX_NONE || !events_in_text(p->events, agreed, i) ||
        cases_leave_out(p, i, EFFECT_AGREEMENT, INDEX_NONE, &f.when))
      add_finding(p, &f);
    return;
  }
}

/* The leaves of the condition that ask whether the certificate, or its root, is used elsewhere. */
static void find_asked(const struct proving *p, uint32_t guard, uint32_t certificate,
                       uint32_t *leaves, uint32_t *count)
{
  const struct guard_node *node = &p->graph->guards[guard];
  const struct argument *fact = &p->graph->arguments[node->left];
  switch (node->op) {
  case GUARD_NOT:
    find_asked(p, node->left, certificate, leaves, count);
    return;
  case GUARD_AND:
  case GUARD_OR:
    find_asked(p, node->left, certificate, leaves, count);
    find_asked(p, node->right, certificate, leaves, count);
    return;
  case GUARD_FACT:
    if (*count < ATOMS_MAX && fact->kind == ARGUMENT_RESOURCE && fact->resource == certificate &&
        argument_has_member(fact, MEMBER_USED_ELSEWHERE))
      leaves[(*count)++] = guard;
    return;
  case GUARD_EQUAL:
  case GUARD_UNEQUAL:
  case GUARD_CONSTANT:
    return;
  }
}

/* Whether the step is left out in each case in which the answer is that it is used elsewhere. */
static bool heeds_use(const struct proving *p, uint32_t guard, uint32_t certificate)
{
  uint32_t leaves[ATOMS_MAX], count = 0;
  if (guard == INDEX_NONE)
    return false;
  find_asked(p, guard, certificate, leaves, &count);
  struct atoms atoms = {.count = 0};
  atoms_add_guard(p->model, &atoms, guard);
  for (uint32_t mask = 0; count != 0 && mask < (1u << atoms.count); mask++) {
    uint32_t used = 0;
    while (used < count && guard_holds(p->model, &atoms, mask, leaves[used]))
      used++;
    if (used == count && guard_holds(p->model, &atoms, mask, guard))
      return false;
  }
  return count != 0;
}

static bool somebody_looked(struct proving *p, uint32_t step, uint32_t certificate)
{
  for (uint32_t i = 0; i < p->model->sight_count; i++) {
    const struct sight *sight = &p->model->sights[i];
    if (sight->certificate == certificate && sight->receiver == place_of(p, step) &&
        events_in_text(p->events, sight->step, step))
      return true;
  }
  return false;
}

/* Another certificate of the same authority that is used at the same receiver. */
static uint32_t other_user(const struct proving *p, uint32_t receiver, uint32_t certificate)
{
  const struct graph *graph = p->graph;
  const struct graph_value *authority = graph_setting_value(graph, certificate, KEY_SIGNED_BY, 0);
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    const struct graph_setting *calls;
    for (uint32_t n = 0; (calls = graph_setting_nth(graph, i, KEY_CALLS, n)) != NULL; n++) {
      if (calls->values.count < 2)
        continue;
      const struct graph_value *call = &graph->values[calls->values.first];
      const struct graph_value *other =
          graph_setting_value(graph, call[1].resource, KEY_SIGNED_BY, 0);
      if (call[0].resource == receiver && call[1].resource != certificate && authority != NULL &&
          other != NULL && other->resource == authority->resource)
        return call[1].resource;
    }
  }
  return INDEX_NONE;
}

/* SAP-6ec6-22: the old root, only if nothing else uses it. */
static void check_root(struct proving *p, uint32_t index)
{
  const struct argument *object = object_of(p, index);
  if (object == NULL || !argument_has_member(object, MEMBER_ROOT) ||
      place_of(p, index) == INDEX_NONE || heeds_use(p, p->graph->steps[index].guard, object->resource) ||
      somebody_looked(p, index, object->resource))
    return;
  uint32_t other = other_user(p, place_of(p, index), object->resource);
  struct proof_finding f = finding_of(other == INDEX_NONE ? DIAG_E0621 : DIAG_E0609);
  f.early = index;
  f.resource = other == INDEX_NONE ? object->resource : other;
  f.is_root = true;
  add_finding(p, &f);
}

/* Lemma 3: a request that comes late lands on what another one wrote. */
static void check_late(struct proving *p)
{
  for (uint32_t reg = 0; reg < p->model->register_count; reg++) {
    struct written written = model_register(p->model, reg);
    for (uint32_t i = 1; i < written.count; i++) {
      uint32_t step = written.writes[i].step, before = written.writes[i - 1].step;
      const struct writes_row *row = effect_writes(p->graph->steps[step].effect);
      uint32_t place = place_of(p, step);
      if (step == before || row == NULL || row->thing != MODEL_ALIAS || place == INDEX_NONE ||
          p->graph->resources[place].kind != KIND_KEYSTORE)
        continue;
      const struct graph_value *kind = graph_setting_value(p->graph, place, KEY_KIND_OF, 0);
      const struct store_row *store = kind == NULL ? NULL : store_find(kind->text);
      if (store == NULL || store->fenced ||
          p->graph->steps[step].effect == p->graph->steps[before].effect)
        continue; /* twice the same is E0628 */
      add_step_finding(p, DIAG_E0623, step, before, place);
      return;
    }
  }
}

static void check_backup(struct proving *p, uint32_t index)
{
  uint32_t place = place_of(p, index);
  if (place == INDEX_NONE)
    return;
  const struct graph_value *kind = graph_setting_value(p->graph, place, KEY_KIND_OF, 0);
  const struct store_row *store = kind == NULL ? NULL : store_find(kind->text);
  if (store == NULL || store->keeps)
    return;
  const uint8_t *effects = p->events->effects, *at = effects;
  while ((at = memchr(at, EFFECT_BACK_UP, (size_t)(effects + index - at))) != NULL) {
    uint32_t step = (uint32_t)(at++ - effects);
    const struct argument *object = object_of(p, step);
    if (object != NULL && object->resource == place && events_in_text(p->events, step, index))
      return;
  }
  add_step_finding(p, DIAG_W0613, index, INDEX_NONE, place);
}

/* Undeployed and deployed: between the two the flow answers none of its own senders. Each flow once. */
static void check_restart(struct proving *p, uint32_t index)
{
  const struct argument *flow = object_of(p, index);
  if (p->is_downtime || flow == NULL || flow->kind != ARGUMENT_RESOURCE ||
      !is_word(p->graph, flow->resource, KEY_RESTART_BY, "undeploy-deploy"))
    return;
  for (uint32_t i = 0; i < index; i++) {
    const struct argument *before = object_of(p, i);
    if (p->graph->steps[i].effect == EFFECT_RESTART && before != NULL &&
        before->kind == ARGUMENT_RESOURCE && before->resource == flow->resource)
      return;
  }
  add_step_finding(p, DIAG_W0623, index, INDEX_NONE, flow->resource);
}

/* Receivers of what is renewed, each once. */
static void check_receivers(struct proving *p)
{
  bool *told = arena_array(p->arena, (size_t)p->graph->resource_count + 1, sizeof *told);
  for (uint32_t i = 0; !p->is_downtime && i < p->model->connection_count; i++) {
    const struct connection *c = &p->model->connections[i];
    if (told[c->call->receiver] || !p->model->is_renewed[c->call->certificate] ||
        p->graph->resources[c->call->receiver].kind != KIND_SYSTEM ||
        graph_setting_nth(p->graph, c->call->receiver, KEY_ACCEPTS_MANY, 0) != NULL)
      continue;
    told[c->call->receiver] = true;
    struct proof_finding f = finding_of(DIAG_W0620);
    f.connection = i;
    f.resource = c->call->receiver;
    add_finding(p, &f);
  }
}

static bool is_called(const struct proving *p, uint32_t certificate)
{
  return p->model->first_call[certificate] != INDEX_NONE;
}

/* The steps that look, and those that take an old certificate away from where it was accepted, in the
 * order of the text. */
struct looks {
  uint32_t *steps;
  uint32_t count;
  uint32_t *drops, *next_drop, drop_count; /* steps; the next one of the same certificate */
  uint32_t *first_drop;                    /* by resource; INDEX_NONE */
};

static void find_looks(struct proving *p, struct looks *looks)
{
  uint32_t looking = 0, dropping = 0;
  const uint8_t *effects = p->events->effects;
  for (uint32_t i = 0; i < p->graph->step_count; i++) {
    looking += effects[i] == EFFECT_LOOK;
    dropping += effects[i] == EFFECT_DROP_ACCEPTED || effects[i] == EFFECT_DROP_SERVICE_KEY ||
                effects[i] == EFFECT_REVOKE;
  }
  *looks =
      (struct looks){.steps = arena_array(p->arena, (size_t)looking + 1, sizeof(uint32_t)),
                     .drops = arena_array(p->arena, (size_t)dropping + 1, sizeof(uint32_t)),
                     .next_drop = arena_array(p->arena, (size_t)dropping + 1, sizeof(uint32_t))};
  looks->first_drop = arena_array(p->arena, (size_t)p->graph->resource_count + 1, sizeof(uint32_t));
  memset(looks->first_drop, 0xff, p->graph->resource_count * sizeof(uint32_t));
  for (uint32_t i = 0; i < p->graph->step_count; i++)
    if (effects[i] == EFFECT_LOOK)
      looks->steps[looks->count++] = i;
  for (uint32_t i = p->graph->step_count; i-- > 0;) {
    if (effects[i] != EFFECT_DROP_ACCEPTED && effects[i] != EFFECT_DROP_SERVICE_KEY &&
        effects[i] != EFFECT_REVOKE)
      continue;
    const struct argument *object = object_of(p, i);
    if (object == NULL || argument_has_member(object, MEMBER_ROOT) ||
        argument_version(object) != HELD_OLD)
      continue;
    looks->drops[looks->drop_count] = i;
    looks->next_drop[looks->drop_count] = looks->first_drop[object->resource];
    looks->first_drop[object->resource] = looks->drop_count++;
  }
}

static bool looks_between(struct proving *p, const struct looks *looks, uint32_t after,
                          uint32_t before)
{
  uint32_t low = 0, high = looks->count;
  while (low < high) { /* what stands before `after` in the text is not behind it */
    uint32_t middle = low + (high - low) / 2;
    if (looks->steps[middle] <= after)
      low = middle + 1;
    else
      high = middle;
  }
  for (uint32_t i = low; i < looks->count; i++)
    if (events_in_text(p->events, after, looks->steps[i]) &&
        (before == INDEX_NONE || !events_in_text(p->events, before, looks->steps[i])))
      return true;
  return false;
}

static void check_looks_of(struct proving *p, const struct looks *looks, uint32_t certificate,
                           uint32_t put)
{
  if (!looks_between(p, looks, put, INDEX_NONE)) {
    add_step_finding(p, DIAG_W0612, put, INDEX_NONE, certificate);
    return;
  }
  /* In a downtime nobody can look before the start. */
  uint32_t n = p->is_downtime ? INDEX_NONE : looks->first_drop[certificate];
  for (; n != INDEX_NONE; n = looks->next_drop[n])
    if (looks->drops[n] > put && !looks_between(p, looks, put, looks->drops[n])) {
      add_step_finding(p, DIAG_W0618, looks->drops[n], put, certificate);
      return;
    }
}

/* What puts each renewed certificate into use, by resource; INDEX_NONE. */
static uint32_t *find_puts(struct proving *p)
{
  uint32_t *puts = arena_array(p->arena, (size_t)p->graph->resource_count + 1, sizeof *puts);
  for (uint32_t i = 0; i < p->graph->resource_count; i++)
    puts[i] = INDEX_NONE;
  for (uint32_t reg = 0; reg < p->model->register_count; reg++) {
    struct written written = model_register(p->model, reg);
    for (uint32_t i = 0; i < written.count; i++) {
      const struct step *step = &p->graph->steps[written.writes[i].step];
      const struct writes_row *row = effect_writes(step->effect);
      if (row == NULL || (row->thing != MODEL_ALIAS && row->thing != MODEL_PRESENTED) ||
          written.writes[i].value != HELD_NEW)
        continue;
      const struct argument *given = step_argument(p->graph, step, PART_WITH, 0);
      if (given == NULL && row->thing == MODEL_PRESENTED)
        given = step_argument(p->graph, step, PART_PLACE, 0);
      if (given != NULL && given->kind == ARGUMENT_RESOURCE && puts[given->resource] == INDEX_NONE)
        puts[given->resource] = written.writes[i].step;
    }
  }
  return puts;
}

static void check_looks(struct proving *p)
{
  struct looks looks;
  find_looks(p, &looks);
  uint32_t *puts = find_puts(p);
  bool any = false;
  for (uint32_t i = 0; i < p->model->renewed_count; i++) {
    uint32_t certificate = p->model->renewed[i];
    if (puts[certificate] == INDEX_NONE || !is_called(p, certificate))
      continue;
    any = true;
    if (looks.count != 0)
      check_looks_of(p, &looks, certificate, puts[certificate]);
  }
  if (any && looks.count == 0)
    add_step_finding(p, DIAG_W0617, INDEX_NONE, INDEX_NONE, INDEX_NONE);
}

void check_habits(struct proving *p)
{
  for (uint32_t i = 0; i < p->graph->step_count; i++)
    switch (p->events->effects[i]) {
    case EFFECT_DROP_ALIAS:
    case EFFECT_DROP_SERVICE_KEY:
    case EFFECT_REVOKE:
      check_destroying(p, i);
      break;
    case EFFECT_DROP_ACCEPTED:
      check_root(p, i);
      break;
    case EFFECT_SET_ALIAS:
      check_backup(p, i);
      break;
    case EFFECT_RESTART:
      check_restart(p, i);
      break;
    default: /* an effect that nothing here is about */
      break;
    }
  check_agreement(p);
  check_late(p);
  check_receivers(p);
  check_looks(p);
}
