/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph: the invariants of graph.h, checked, and its accessors. Trusts nothing that lower or the
 * plan file's reader did; never recurses, so a graph of a million steps needs no deep stack.
 */
#include "compiler/graph/graph.h"

#include <assert.h>
#include <string.h>

struct checking {
  const struct graph *graph;
  struct diag_list *diags;
  struct arena *arena; /* of this check alone */
  bool sound;
};

/* One finding is enough: what is unsound was not written by a person, and is not to be repaired by
 * one. */
static bool refuse(struct checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct checking *c, const char *format, ...)
{
  if (!c->sound)
    return false;
  c->sound = false;
  va_list values;
  va_start(values, format);
  struct text says = text_vformat(c->diags->arena, format, values);
  va_end(values);
  enum diag_code code = c->graph->is_compiled ? DIAG_E0001 : DIAG_E1102;
  struct diag *diag =
      diag_add_nowhere(c->diags, code, "the compiled plan is not sound: %.*s", TEXT_ARG(says));
  if (code == DIAG_E0001) {
    diag_add_help(c->diags, diag, "this is a mistake in renew: report it with the plan's files");
    return false;
  }
  diag_add_help(c->diags, diag, "compile the plan again and have it approved again");
  return false;
}

static bool in_range(struct range range, uint32_t count)
{
  return range.first <= count && range.count <= count - range.first;
}

static bool check_resources(struct checking *c)
{
  const struct graph *g = c->graph;
  for (uint32_t i = 0; i < g->resource_count; i++) {
    const struct resource *resource = &g->resources[i];
    if ((unsigned)resource->kind >= KIND__COUNT || resource->name.length == 0)
      return refuse(c, "resource %u has no kind or no name", i);
    if (!in_range(resource->settings, g->setting_count))
      return refuse(c, "settings of resource %u", i);
    if (i > 0 && text_compare(g->resources[i - 1].name, resource->name) > 0)
      return refuse(c, "resource %u is out of order", i);
  }
  for (uint32_t i = 0; i < g->setting_count; i++)
    if ((unsigned)g->settings[i].key >= KEY__COUNT ||
        !in_range(g->settings[i].values, g->value_count))
      return refuse(c, "setting %u", i);
  for (uint32_t i = 0; i < g->value_count; i++) {
    const struct graph_value *value = &g->values[i];
    bool refers = value->kind == VALUE_REF || value->kind == VALUE_MEMBER;
    if ((unsigned)value->kind > VALUE_MEMBER || (unsigned)value->member >= MEMBER__COUNT)
      return refuse(c, "value %u is of no kind", i);
    if (refers ? value->resource >= g->resource_count : value->resource != 0)
      return refuse(c, "value %u names no resource", i);
  }
  if (g->plan_resource >= g->resource_count || g->resources[g->plan_resource].kind != KIND_PLAN ||
      !text_equal(g->resources[g->plan_resource].name, g->name))
    return refuse(c, "the plan is not among its resources");
  return true;
}

static bool check_sources(struct checking *c)
{
  const struct graph *g = c->graph;
  for (uint32_t i = 0; i < g->source_count; i++) {
    const struct graph_source *source = &g->sources[i];
    if (source->path.length == 0 || source->path.at[0] == '/')
      return refuse(c, "source %u has no path below the root", i);
    if (source->sha256.length != 64)
      return refuse(c, "source %u has no digest", i);
    if (i > 0 && text_compare(g->sources[i - 1].path, source->path) >= 0)
      return refuse(c, "source %u is out of order", i);
  }
  if (g->template_digest.length != 64)
    return refuse(c, "the template has no digest");
  if (!text_is(g->policy, "overlap") && !text_is(g->policy, "downtime"))
    return refuse(c, "the policy is neither `overlap` nor `downtime`");
  return true;
}

static bool is_argument_sound(const struct graph *g, const struct argument *argument)
{
  if ((unsigned)argument->part >= PART__COUNT)
    return false;
  for (int i = 0; i < MEMBERS_MAX; i++) {
    if ((unsigned)argument->members[i] >= MEMBER__COUNT)
      return false;
    bool behind_gap =
        i > 0 && argument->members[i] != MEMBER_NONE && argument->members[i - 1] == MEMBER_NONE;
    if (behind_gap || (argument->members[i] != MEMBER_NONE && argument->kind != ARGUMENT_RESOURCE))
      return false;
  }
  switch (argument->kind) {
  case ARGUMENT_RESOURCE:
    return argument->resource < g->resource_count;
  case ARGUMENT_TEXT:
  case ARGUMENT_WORD:
  case ARGUMENT_NUMBER:
    return true;
  }
  return false;
}

static bool check_guards(struct checking *c)
{
  const struct graph *g = c->graph;
  for (uint32_t i = 0; i < g->argument_count; i++)
    if (!is_argument_sound(g, &g->arguments[i]))
      return refuse(c, "argument %u", i);
  uint8_t *depths = arena_array(c->arena, g->guard_count, sizeof *depths);
  for (uint32_t i = 0; i < g->guard_count; i++) {
    const struct guard_node *node = &g->guards[i];
    uint8_t deepest = 0;
    bool sound = false;
    switch (node->op) {
    case GUARD_AND:
    case GUARD_OR:
      sound = node->left < i && node->right < i;
      if (sound)
        deepest =
            depths[node->left] > depths[node->right] ? depths[node->left] : depths[node->right];
      break;
    case GUARD_NOT:
      sound = node->left < i && node->right == 0;
      if (sound)
        deepest = depths[node->left];
      break;
    case GUARD_EQUAL:
    case GUARD_UNEQUAL:
      sound = node->left < g->argument_count && node->right < g->argument_count;
      break;
    case GUARD_FACT:
      sound = node->left < g->argument_count && node->right == 0 &&
              g->arguments[node->left].kind == ARGUMENT_RESOURCE;
      break;
    case GUARD_CONSTANT:
      sound = node->left <= 1 && node->right == 0;
      break;
    }
    if (!sound || deepest >= GUARD_NESTING_MAX)
      return refuse(c, "guard %u", i);
    depths[i] = (uint8_t)(deepest + 1);
  }
  return true;
}

bool graph_is_never(const struct graph *graph, uint32_t guard)
{
  for (; guard != INDEX_NONE; guard = graph->guards[guard].left) {
    const struct guard_node *node = &graph->guards[guard];
    if (node->op == GUARD_CONSTANT)
      return node->left == 0;
    if (node->op != GUARD_AND)
      return false;
    const struct guard_node *right = &graph->guards[node->right];
    if (right->op == GUARD_CONSTANT && right->left == 0)
      return true;
  }
  return false;
}

/* What holds for a step and for an undo step alike. */
static bool check_action(struct checking *c, const struct step *step)
{
  const struct graph *g = c->graph;
  struct text id = step->id;
  if (id.length == 0 || step->label.length == 0 || step->sentence.length == 0)
    return refuse(c, "a step lacks its name or its sentence");
  if ((unsigned)step->verb >= VERB__COUNT || (unsigned)step->effect >= EFFECT__COUNT ||
      (unsigned)step->on_failure > FAILURE_CONTINUE)
    return refuse(c, "what step %.*s does", TEXT_ARG(id));
  if (step->role >= g->resource_count || g->resources[step->role].kind != KIND_ROLE)
    return refuse(c, "step %.*s has no role", TEXT_ARG(id));
  if (!in_range(step->arguments, g->argument_count) || !in_range(step->argv, g->text_count) ||
      !in_range(step->roles, g->index_count))
    return refuse(c, "a range of step %.*s", TEXT_ARG(id));
  for (uint32_t i = 0; i < step->roles.count; i++) {
    uint32_t role = g->indices[step->roles.first + i];
    if (role >= g->resource_count || g->resources[role].kind != KIND_ROLE)
      return refuse(c, "a subject of step %.*s is no role", TEXT_ARG(id));
  }
  if (step->roles.count == 0)
    return refuse(c, "step %.*s has no subject", TEXT_ARG(id));
  if (step->guard != INDEX_NONE && step->guard >= g->guard_count)
    return refuse(c, "the guard of step %.*s", TEXT_ARG(id));
  if (step->undo != INDEX_NONE && step->undo >= g->undo_count)
    return refuse(c, "the undo of step %.*s", TEXT_ARG(id));
  if (step->window != INDEX_NONE &&
      (step->window >= g->resource_count || g->resources[step->window].kind != KIND_WINDOW))
    return refuse(c, "the window of step %.*s", TEXT_ARG(id));
  if (step->sign_off_role != INDEX_NONE && (step->sign_off_role >= g->resource_count ||
                                            g->resources[step->sign_off_role].kind != KIND_ROLE))
    return refuse(c, "who signs step %.*s", TEXT_ARG(id));
  if (step->needs_sign_off != (step->sign_off_count > 0) ||
      (!step->needs_sign_off && (step->sign_off_role != INDEX_NONE || step->not_author)))
    return refuse(c, "the sign-off of step %.*s", TEXT_ARG(id));
  if (step->within_s < 0 || step->retry_every_s < 0)
    return refuse(c, "a time of step %.*s", TEXT_ARG(id));
  if (step->source >= g->source_count || step->line == 0 || step->column == 0)
    return refuse(c, "the place of step %.*s", TEXT_ARG(id));
  return true;
}

static bool check_join(struct checking *c, const struct step *step, uint32_t index)
{
  bool empty = step->id.length == 0 && step->role == INDEX_NONE && step->number == 0 &&
               step->guard == INDEX_NONE && step->checks == INDEX_NONE &&
               step->undo == INDEX_NONE && step->window == INDEX_NONE && step->roles.count == 0 &&
               step->arguments.count == 0 && step->argv.count == 0 && !step->enters;
  if (!empty || step->waits_for.count == 0)
    return refuse(c, "the end of a block at step %u", index);
  return true;
}

/* (1): every wait goes back, none stands twice; so there is no cycle, and every step is reached. */
static bool check_waits(struct checking *c, const struct step *step, uint32_t index,
                        uint32_t *last_waiter)
{
  const struct graph *g = c->graph;
  if (!in_range(step->waits_for, g->index_count))
    return refuse(c, "what step %u waits for", index);
  for (uint32_t i = 0; i < step->waits_for.count; i++) {
    uint32_t before = g->indices[step->waits_for.first + i];
    if (before >= index)
      return refuse(c, "step %u waits for itself or a later one", index);
    if (last_waiter[before] == index)
      return refuse(c, "step %u waits for step %u twice", index, before);
    last_waiter[before] = index;
  }
  return true;
}

/* (3) of graph.h: a check directly or by other checks waits for the step that it belongs to. */
static bool check_belongs(struct checking *c, const struct step *step, uint32_t index)
{
  const struct graph *g = c->graph;
  if (step->checks == INDEX_NONE)
    return true;
  bool sound = step->verb == VERB_CHECKS && step->checks < index && step->waits_for.count == 1 &&
               g->steps[step->checks].kind == STEP_ACTION &&
               g->steps[step->checks].checks == INDEX_NONE;
  if (sound) {
    uint32_t before = g->indices[step->waits_for.first];
    sound = before == step->checks || g->steps[before].checks == step->checks;
  }
  return sound || refuse(c, "what check %.*s belongs to", TEXT_ARG(step->id));
}

static bool check_steps(struct checking *c)
{
  const struct graph *g = c->graph;
  struct text_map ids;
  text_map_start(&ids, c->arena);
  uint32_t *last_waiter = arena_array(c->arena, g->step_count, sizeof *last_waiter);
  bool *undone = arena_array(c->arena, g->undo_count, sizeof *undone);
  uint32_t number = 0;
  if (g->action_count > STEPS_MAX || g->step_count > NODES_MAX)
    return refuse(c, "more than %d steps", STEPS_MAX);
  for (uint32_t i = 0; i < g->step_count; i++) {
    const struct step *step = &g->steps[i];
    if (step->kind != STEP_ACTION && step->kind != STEP_JOIN)
      return refuse(c, "step %u is of no kind", i);
    /* index 0 means "no waiter yet": step 0 waits for nothing, so it never marks anything */
    if (!check_waits(c, step, i, last_waiter))
      return false;
    if (step->kind == STEP_JOIN) {
      if (!check_join(c, step, i))
        return false;
      continue;
    }
    if (!check_action(c, step) || !check_belongs(c, step, i))
      return false;
    if (step->number != ++number)
      return refuse(c, "the number of step %.*s", TEXT_ARG(step->id));
    if (!text_map_add(&ids, step->id, i, NULL))
      return refuse(c, "two steps are called %.*s", TEXT_ARG(step->id));
    if (step->undo != INDEX_NONE) {
      if (undone[step->undo])
        return refuse(c, "two steps share the undo of %.*s", TEXT_ARG(step->id));
      undone[step->undo] = true;
    }
  }
  if (number != g->action_count)
    return refuse(c, "the count of its steps");
  for (uint32_t i = 0; i < g->undo_count; i++) {
    const struct step *undo = &g->undo[i];
    if (!undone[i] || undo->kind != STEP_ACTION || undo->number != 0 ||
        undo->waits_for.count != 0 || undo->undo != INDEX_NONE || undo->checks != INDEX_NONE)
      return refuse(c, "undo step %u", i);
    if (!check_action(c, undo))
      return false;
  }
  return true;
}

bool graph_check(const struct graph *graph, struct diag_list *diags,
                 struct checked_graph *ret_checked)
{
  assert(graph != NULL && diags != NULL && ret_checked != NULL);
  struct checking c = {.graph = graph, .diags = diags, .sound = true};
  c.arena = arena_new("graph", 0);
  bool sound = check_sources(&c) && check_resources(&c) && check_guards(&c) && check_steps(&c);
  arena_free(c.arena);
  if (sound)
    ret_checked->graph = graph;
  return sound;
}

const struct graph_setting *graph_setting_nth(const struct graph *graph, uint32_t resource,
                                              enum key key, uint32_t nth)
{
  assert(resource < graph->resource_count);
  struct range range = graph->resources[resource].settings;
  for (uint32_t i = 0; i < range.count; i++) {
    const struct graph_setting *setting = &graph->settings[range.first + i];
    if (setting->key == key && nth-- == 0)
      return setting;
  }
  return NULL;
}

const struct graph_value *graph_setting_value(const struct graph *graph, uint32_t resource,
                                              enum key key, uint32_t slot)
{
  const struct graph_setting *setting = graph_setting_nth(graph, resource, key, 0);
  if (setting == NULL || slot >= setting->values.count)
    return NULL;
  const struct graph_value *value = &graph->values[setting->values.first + slot];
  return value->kind == VALUE_NONE ? NULL : value;
}

const struct argument *step_argument(const struct graph *graph, const struct step *step,
                                     enum part part, uint32_t nth)
{
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->part == part && nth-- == 0)
      return argument;
  }
  return NULL;
}

uint32_t graph_find_step(const struct graph *graph, struct text id)
{
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION && text_equal(graph->steps[i].id, id))
      return i;
  return INDEX_NONE;
}
