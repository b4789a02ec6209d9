/* SPDX-License-Identifier: Apache-2.0 */
/* views: a graph for people: the numbered procedure as text, Markdown or JSON; the picture with one lane
 * a role, and the one of who calls whom, as dot, svg or Mermaid. Pure: graph in, bytes out. */
#ifndef RENEW_GRAPH_VIEWS_H
#define RENEW_GRAPH_VIEWS_H

#include "compiler/graph/graph.h"

enum show_form { SHOW_TEXT, SHOW_MARKDOWN, SHOW_JSON };

/* role: INDEX_NONE = all. */
void view_show(const struct graph *graph, enum show_form form, uint32_t role,
               struct buffer *ret_bytes);
void view_dot(const struct graph *graph, struct buffer *ret_bytes);
void view_svg(const struct graph *graph, struct buffer *ret_bytes);
void view_mermaid(const struct graph *graph, struct buffer *ret_bytes);
enum graph_form { GRAPH_DOT, GRAPH_SVG, GRAPH_MERMAID };
void view_calls(const struct graph *graph, enum graph_form form, struct buffer *ret_bytes);
/* A guard as it would be written: "client.new.root != client.old.root". */
void view_guard(const struct graph *graph, uint32_t guard, struct buffer *ret_bytes);

#endif
