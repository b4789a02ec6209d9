/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rplan: a graph as bytes and back. docs/RPLAN.md is the format; each function of rplan.c and
 * rplan_parts.c is writer and reader of one thing.
 *
 * (1) One canonical JSON document on one line, keys sorted, no blank, and a last line
 *     "sha256 HEX\n" over all bytes before it. The same graph gives the same bytes on any host.
 * (2) The reader takes canonical bytes only: whatever it accepts, the writer writes again byte by
 *     byte.
 * (3) Nothing of the document is used before the last line was found right.
 * (4) Memory is bounded by a constant times the bytes; nothing recurses.
 */
#ifndef RENEW_GRAPH_RPLAN_H
#define RENEW_GRAPH_RPLAN_H

#include "compiler/base/diag.h"
#include "compiler/graph/graph.h"

enum { RPLAN_FORMAT = 2, RPLAN_LIMIT_BYTES = 1024 * 1024 * 1024 };

/* The graph must be sound (graph_check). */
void rplan_write(const struct graph *graph, struct buffer *ret_bytes);
/* The plan digest: SHA-256 of the document line (what the last line says), pointing into `bytes`;
 * TEXT_NONE where there is no last line. */
struct text rplan_digest(struct text bytes);
/* NULL with E1102 (damage) or E1122 (format of another version) where these are no plan file.
 * The graph has passed graph_check; its texts point into `bytes`, which must outlive it. */
struct graph *rplan_read(struct arena *arena, struct text bytes, struct diag_list *diags);

#endif
