/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff: what a reviewer has to look at between two versions of a plan: steps, declarations, and who
 * presents and accepts what. Meaning is compared, not text: comments, layout, line numbers and the order
 * of declarations are no difference. Pure.
 */
#ifndef RENEW_GRAPH_DIFF_H
#define RENEW_GRAPH_DIFF_H

#include "compiler/graph/graph.h"

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_RENAMED, CHANGE_MOVED, CHANGE_CHANGED };

struct diff_change {
  enum change_kind kind;
  const char *what;        /* "step", "certificate", "call", "plan" */
  struct text name;        /* "restart[worker-1]" */
  struct text old, new;    /* in words; one of them "" where it is not there */
  bool touches_connection; /* what a running connection presents or accepts */
};

/* A connection, and the steps that change what it presents or accepts, in their order; "" where the
 * version has no such connection. */
struct diff_call {
  struct text name; /* "orders calls erp-backend with client" */
  struct text old, new;
};

struct diff {
  struct diff_call *calls;
  uint32_t call_count, calls_left_out;
  struct diff_change *changes;
  uint32_t count, capacity;
};

struct diff_rename { /* `was OLD` on the step LABEL */
  struct text label, was;
};

void diff_graphs(struct arena *arena, const struct graph *old, const struct graph *new,
                 const struct diff_rename *renames, uint32_t rename_count, struct diff *ret_diff);

/* diff_calls.c: fills the connections. */
void diff_find_calls(struct arena *arena, const struct graph *old, const struct graph *new,
                     struct diff *diff);

enum diff_form { DIFF_TEXT, DIFF_MARKDOWN, DIFF_JSON };
void diff_write(const struct diff *diff, const struct graph *old, const struct graph *new,
                enum diff_form form, struct buffer *ret_bytes);

#endif
