/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder: a graph while it grows. Used by lower and by rplan's reader.
 *
 * (1) The arrays grow in buffers of their own (realloc moves pages, it does not copy them) and
 *     belong to the arena at the end, so a graph of a million steps is in memory once.
 * (2) Indices are handed out in the order of the calls; nothing added is moved or taken back.
 */
#ifndef RENEW_GRAPH_BUILDER_H
#define RENEW_GRAPH_BUILDER_H

#include "compiler/graph/graph.h"

struct builder {
  struct arena *arena;
  struct buffer sources, resources, settings, values, steps, undo, arguments, guards, indices,
      texts, orders, order_ways;
};

void builder_start(struct builder *builder, struct arena *arena);
/* Each returns the index of what was added. */
uint32_t builder_add_source(struct builder *builder, struct graph_source source);
uint32_t builder_add_resource(struct builder *builder, struct resource resource);
uint32_t builder_add_setting(struct builder *builder, struct graph_setting setting);
uint32_t builder_add_value(struct builder *builder, struct graph_value value);
uint32_t builder_add_step(struct builder *builder, const struct step *step);
uint32_t builder_add_undo(struct builder *builder, const struct step *step);
uint32_t builder_add_argument(struct builder *builder, struct argument argument);
uint32_t builder_add_guard(struct builder *builder, struct guard_node guard);
uint32_t builder_add_index(struct builder *builder, uint32_t index);
uint32_t builder_add_text(struct builder *builder, struct text text);
uint32_t builder_add_order(struct builder *builder, struct graph_order order);
uint32_t builder_add_order_way(struct builder *builder, uint32_t number);
uint32_t builder_order_way_count(const struct builder *builder);
/* How many were added so far: where a range begins. */
uint32_t builder_step_count(const struct builder *builder);
uint32_t builder_argument_count(const struct builder *builder);
uint32_t builder_index_count(const struct builder *builder);
uint32_t builder_text_count(const struct builder *builder);
uint32_t builder_setting_count(const struct builder *builder);
uint32_t builder_value_count(const struct builder *builder);
/* Valid until the next step is added. */
struct step *builder_step(struct builder *builder, uint32_t step);
/* Moves the arrays into `graph`, counts and numbers the actions, and leaves an empty builder. */
void builder_finish(struct builder *builder, struct graph *graph);
/* Gives everything back; for a builder that is not finished. */
void builder_drop(struct builder *builder);

#endif
