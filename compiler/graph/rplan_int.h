/* SPDX-License-Identifier: Apache-2.0 */
/* rplan_int: what the two files of the plan file's writer and reader share. Not for others. */
#ifndef RENEW_GRAPH_RPLAN_INT_H
#define RENEW_GRAPH_RPLAN_INT_H

#include "compiler/graph/builder.h"
#include "compiler/graph/canon.h"
#include "compiler/graph/rplan.h"

/*
 * Each io function is writer and reader of one thing: the order of its calls is the sorted order of
 * the keys. While writing, `graph` is what is written; while reading, everything goes into
 * `builder`.
 */
struct document {
  struct canon canon;
  const struct graph *graph; /* writing */
  struct builder builder;    /* reading */
};

bool rplan_is_writing(const struct document *d);
/* A word of a table: `word` while writing; what was read while reading. */
struct text rplan_io_word(struct document *d, const char *word);
void rplan_io_arguments(struct document *d, struct range *range);
void rplan_io_guard(struct document *d, struct guard_node *node);
void rplan_io_resource(struct document *d, struct resource *resource);

#endif
