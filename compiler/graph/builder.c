/* SPDX-License-Identifier: Apache-2.0 */
/* builder: see builder.h. */
#include "compiler/graph/builder.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_BYTES = 64 * 1024 };

void builder_start(struct builder *builder, struct arena *arena)
{
  *builder = (struct builder){.arena = arena};
}

static uint32_t add(struct buffer *buffer, const void *item, size_t item_bytes)
{
  uint32_t index = (uint32_t)(buffer->size_bytes / item_bytes);
  buffer_add(buffer, item, item_bytes);
  return index;
}

uint32_t builder_add_source(struct builder *builder, struct graph_source source)
{
  return add(&builder->sources, &source, sizeof source);
}

uint32_t builder_add_resource(struct builder *builder, struct resource resource)
{
  return add(&builder->resources, &resource, sizeof resource);
}

uint32_t builder_add_setting(struct builder *builder, struct graph_setting setting)
{
  return add(&builder->settings, &setting, sizeof setting);
}

uint32_t builder_add_value(struct builder *builder, struct graph_value value)
{
  return add(&builder->values, &value, sizeof value);
}

uint32_t builder_add_step(struct builder *builder, const struct step *step)
{
  return add(&builder->steps, step, sizeof *step);
}

uint32_t builder_add_undo(struct builder *builder, const struct step *step)
{
  return add(&builder->undo, step, sizeof *step);
}

uint32_t builder_add_argument(struct builder *builder, struct argument argument)
{
  return add(&builder->arguments, &argument, sizeof argument);
}

uint32_t builder_add_guard(struct builder *builder, struct guard_node guard)
{
  return add(&builder->guards, &guard, sizeof guard);
}

uint32_t builder_add_index(struct builder *builder, uint32_t index)
{
  return add(&builder->indices, &index, sizeof index);
}

uint32_t builder_add_text(struct builder *builder, struct text text)
{
  return add(&builder->texts, &text, sizeof text);
}

uint32_t builder_add_order(struct builder *builder, struct graph_order order)
{
  return add(&builder->orders, &order, sizeof order);
}

uint32_t builder_add_order_way(struct builder *builder, uint32_t number)
{
  return add(&builder->order_ways, &number, sizeof number);
}

uint32_t builder_order_way_count(const struct builder *builder)
{
  return (uint32_t)(builder->order_ways.size_bytes / sizeof(uint32_t));
}

uint32_t builder_step_count(const struct builder *builder)
{
  return (uint32_t)(builder->steps.size_bytes / sizeof(struct step));
}

uint32_t builder_argument_count(const struct builder *builder)
{
  return (uint32_t)(builder->arguments.size_bytes / sizeof(struct argument));
}

uint32_t builder_index_count(const struct builder *builder)
{
  return (uint32_t)(builder->indices.size_bytes / sizeof(uint32_t));
}

uint32_t builder_text_count(const struct builder *builder)
{
  return (uint32_t)(builder->texts.size_bytes / sizeof(struct text));
}

uint32_t builder_setting_count(const struct builder *builder)
{
  return (uint32_t)(builder->settings.size_bytes / sizeof(struct graph_setting));
}

uint32_t builder_value_count(const struct builder *builder)
{
  return (uint32_t)(builder->values.size_bytes / sizeof(struct graph_value));
}

struct step *builder_step(struct builder *builder, uint32_t step)
{
  return (struct step *)(void *)builder->steps.bytes + step;
}

/* A large array is not copied: for a moment it would be in memory twice. */
static void *move(struct arena *arena, struct buffer *buffer, size_t item_bytes,
                  uint32_t *ret_count)
{
  *ret_count = (uint32_t)(buffer->size_bytes / item_bytes);
  if (buffer->size_bytes > KEPT_BYTES) {
    void *fitting = realloc(buffer->bytes, buffer->size_bytes);
    void *kept = arena_keep(arena, fitting != NULL ? fitting : buffer->bytes, buffer->size_bytes);
    *buffer = (struct buffer){0};
    return kept;
  }
  void *items = arena_array(arena, *ret_count, item_bytes);
  if (*ret_count != 0)
    memcpy(items, buffer->bytes, buffer->size_bytes);
  buffer_free(buffer);
  return items;
}

void builder_finish(struct builder *b, struct graph *graph)
{
  struct arena *arena = b->arena;
  graph->arena = arena;
  graph->sources = move(arena, &b->sources, sizeof(struct graph_source), &graph->source_count);
  graph->resources = move(arena, &b->resources, sizeof(struct resource), &graph->resource_count);
  graph->settings = move(arena, &b->settings, sizeof(struct graph_setting), &graph->setting_count);
  graph->values = move(arena, &b->values, sizeof(struct graph_value), &graph->value_count);
  graph->steps = move(arena, &b->steps, sizeof(struct step), &graph->step_count);
  graph->undo = move(arena, &b->undo, sizeof(struct step), &graph->undo_count);
  graph->arguments = move(arena, &b->arguments, sizeof(struct argument), &graph->argument_count);
  graph->guards = move(arena, &b->guards, sizeof(struct guard_node), &graph->guard_count);
  graph->indices = move(arena, &b->indices, sizeof(uint32_t), &graph->index_count);
  graph->texts = move(arena, &b->texts, sizeof(struct text), &graph->text_count);
  graph->orders = move(arena, &b->orders, sizeof(struct graph_order), &graph->order_count);
  graph->order_ways = move(arena, &b->order_ways, sizeof(uint32_t), &graph->order_way_count);
  graph->action_count = 0;
  for (uint32_t i = 0; i < graph->step_count; i++)
    graph->steps[i].number = graph->steps[i].kind == STEP_ACTION ? ++graph->action_count : 0;
}

void builder_drop(struct builder *b)
{
  buffer_free(&b->sources);
  buffer_free(&b->resources);
  buffer_free(&b->settings);
  buffer_free(&b->values);
  buffer_free(&b->steps);
  buffer_free(&b->undo);
  buffer_free(&b->arguments);
  buffer_free(&b->guards);
  buffer_free(&b->indices);
  buffer_free(&b->texts);
  buffer_free(&b->orders);
  buffer_free(&b->order_ways);
}
