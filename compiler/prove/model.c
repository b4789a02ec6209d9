/* SPDX-License-Identifier: Apache-2.0 */
/* model: see model.h. First the connections, which need the declarations only; then each step's
 * writes and loads, as the tables say; then both are sorted by what they belong to. */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/model_int.h"

bool setting_yes(const struct graph *graph, uint32_t resource, enum key key, bool otherwise)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, 0);
  return value == NULL ? otherwise : value->number != 0;
}

int64_t setting_seconds(const struct graph *graph, uint32_t resource, enum key key, uint32_t slot,
                        int64_t otherwise)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, slot);
  return value == NULL || value->kind != VALUE_DURATION ? otherwise : value->number;
}

bool argument_has_member(const struct argument *argument, enum member member)
{
  for (int i = 0; i < MEMBERS_MAX && argument->members[i] != MEMBER_NONE; i++)
    if (argument->members[i] == member)
      return true;
  return false;
}

enum held argument_version(const struct argument *argument)
{
  return argument->members[0] == MEMBER_NONE         ? HELD_NONE
         : argument_has_member(argument, MEMBER_NEW) ? HELD_NEW
         : argument_has_member(argument, MEMBER_OLD) ? HELD_OLD
                                                     : HELD_NONE;
}

void *model_take(struct arena *arena, struct buffer *buffer, size_t item_bytes, uint32_t *ret_count)
{
  *ret_count = (uint32_t)(buffer->size_bytes / item_bytes);
  if (*ret_count == 0)
    return arena_alloc(arena, item_bytes);
  void *taken = realloc(buffer->bytes, buffer->size_bytes);
  if (taken == NULL)
    abort();
  size_t size_bytes = buffer->size_bytes;
  *buffer = (struct buffer){0};
  return arena_keep(arena, taken, size_bytes);
}

static void note_target(struct making *m, const struct step *step)
{
  const struct argument *who = step_argument(m->model->graph, step, PART_OBJECT, 0);
  const struct argument *given = step_argument(m->model->graph, step, PART_PLACE, 0);
  if (who == NULL || who->kind == ARGUMENT_RESOURCE || given == NULL ||
      given->kind != ARGUMENT_RESOURCE)
    return;
  struct text key = text_format(m->scratch, "%u %.*s", given->resource, TEXT_ARG(who->text));
  struct made_target target = {given->resource, who->text};
  if (text_map_add(&m->target_names, key, 0, NULL))
    buffer_add(&m->targets, &target, sizeof target);
}

/* What the plan's sentences speak of, before anything else. */
static void survey(struct making *m)
{
  const struct graph *graph = m->model->graph;
  for (uint32_t i = 0; i < graph->argument_count; i++) {
    const struct argument *argument = &graph->arguments[i];
    if (argument->kind != ARGUMENT_RESOURCE)
      continue;
    if (argument_version(argument) != HELD_NONE)
      m->is_touched[argument->resource] = true;
    if (argument_has_member(argument, MEMBER_ROOT) && argument_version(argument) == HELD_NEW)
      m->is_root_in_play[argument->resource] = true;
  }
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].effect == EFFECT_PRESENT)
      note_target(m, &graph->steps[i]);
    /* Who may be taken from a flow's list was let in by it. */
    enum effect effect = graph->steps[i].effect;
    const struct argument *place =
        effect == EFFECT_AUTHORIZE_CALLER || effect == EFFECT_DROP_CALLER
            ? step_argument(graph, &graph->steps[i], PART_PLACE, 0)
            : NULL;
    if (place != NULL && place->kind == ARGUMENT_RESOURCE)
      m->is_authorized[place->resource] = true;
  }
  const struct graph_setting *renews =
      graph_setting_nth(graph, graph->plan_resource, KEY_RENEWS, 0);
  if (renews == NULL)
    return;
  m->model->renewed = arena_array(m->model->arena, renews->values.count, sizeof(uint32_t));
  for (uint32_t i = 0; i < renews->values.count; i++) {
    const struct graph_value *value = &graph->values[renews->values.first + i];
    if (value->kind != VALUE_REF)
      continue;
    m->model->renewed[m->model->renewed_count++] = value->resource;
    m->model->is_renewed[value->resource] = m->is_touched[value->resource] = true;
  }
}

/* A list becomes ranges: loads by place, writes by register; what was made first stays first. */
static void sort_loads(struct making *m)
{
  struct model *model = m->model;
  const struct made_load *made = (const struct made_load *)(const void *)m->loads.bytes;
  uint32_t count = (uint32_t)(m->loads.size_bytes / sizeof *made);
  model->places = model_take(model->arena, &m->places, sizeof *model->places, &model->place_count);
  model->loads = arena_array(model->arena, (size_t)count + 1, sizeof *model->loads);
  for (uint32_t i = 0; i < count; i++)
    model->places[made[i].place].count++;
  uint32_t first = 0;
  for (uint32_t i = 0; i < model->place_count; i++) {
    model->places[i].first = first;
    first += model->places[i].count;
    model->places[i].count = 0;
  }
  for (uint32_t i = 0; i < count; i++) {
    struct place_loads *place = &model->places[made[i].place];
    model->loads[place->first + place->count++] = made[i].step;
  }
}

/* register_first comes one ahead: filling moves each entry to where it belongs. */
static void sort_writes(struct making *m)
{
  struct model *model = m->model;
  const struct made_write *made = (const struct made_write *)(const void *)m->writes.bytes;
  uint32_t count = (uint32_t)(m->writes.size_bytes / sizeof *made);
  model->register_initial = model_take(model->arena, &m->initial, sizeof *model->register_initial,
                                       &model->register_count);
  uint32_t *first = arena_array(model->arena, (size_t)model->register_count + 2, sizeof *first);
  model->writes = arena_array(model->arena, (size_t)count + 1, sizeof *model->writes);
  for (uint32_t i = 0; i < count; i++)
    first[made[i].reg + 2]++;
  for (uint32_t i = 2; i < model->register_count + 2; i++)
    first[i] += first[i - 1];
  for (uint32_t i = 0; i < count; i++)
    model->writes[first[made[i].reg + 1]++] = made[i].write;
  model->register_first = first;
}

struct written model_register(const struct model *model, uint32_t number)
{
  uint32_t first = model->register_first[number];
  return (struct written){&model->writes[first], model->register_first[number + 1] - first,
                          model->register_initial[number]};
}

struct load model_load(const struct model *model, uint32_t step)
{
  const struct step *row = &model->graph->steps[step];
  uint32_t first = model->events->first[step], last = model->events->last[step];
  bool starts = effect_writes(row->effect)->thing == MODEL_RUNNING;
  return (struct load){first, starts ? first : last, step, row->guard, 0, 0};
}

static void making_end(struct making *m)
{
  struct buffer *const lists[] = {&m->initial,     &m->acceptance_of.pairs,
                                  &m->acceptances, &m->presented_of.pairs,
                                  &m->presented,   &m->places,
                                  &m->connections, &m->writes,
                                  &m->loads,       &m->waits,
                                  &m->copies,      &m->sights,
                                  &m->targets};
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    buffer_free(lists[i]);
  free(m->acceptance_of.slots);
  free(m->presented_of.slots);
  free(m->place_slots);
  arena_free(m->scratch);
}

void model_build(struct model *model, struct arena *arena, const struct graph *graph,
                 struct events *events)
{
  *model = (struct model){.arena = arena, .graph = graph, .events = events};
  struct making m = {.model = model, .scratch = arena_new("model", 0)};
  size_t resources = (size_t)graph->resource_count + 1;
  m.is_touched = arena_array(m.scratch, resources, sizeof(bool));
  m.is_root_in_play = arena_array(m.scratch, resources, sizeof(bool));
  m.is_authorized = arena_array(m.scratch, resources, sizeof(bool));
  m.first_place = arena_array(m.scratch, resources, sizeof(uint32_t));
  m.next_place = arena_array(m.scratch, resources, sizeof(uint32_t));
  m.alias = arena_array(m.scratch, resources, sizeof(uint32_t));
  memset(m.alias, 0xff, resources * sizeof(uint32_t));
  model->is_renewed = arena_array(arena, resources, sizeof(bool));
  text_map_start(&m.target_names, m.scratch);
  survey(&m);
  model_connect(&m);
  model_read_steps(&m);
  sort_loads(&m);
  sort_writes(&m);
  model_find_atoms(model);
  making_end(&m);
}
