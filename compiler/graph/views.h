/* SPDX-License-Identifier: Apache-2.0 */
/* views: a graph for people: the numbered procedure as text, Markdown or JSON; the change ticket; the
 * picture with one lane a role, and the one of who calls whom, as dot, svg or Mermaid. Pure: graph
 * in, bytes out. */
#ifndef RENEW_GRAPH_VIEWS_H
#define RENEW_GRAPH_VIEWS_H

#include "compiler/graph/graph.h"

enum show_form { SHOW_TEXT, SHOW_MARKDOWN, SHOW_JSON };

struct show_wish {
  enum show_form form;
  uint32_t role; /* INDEX_NONE = all */
  bool expand;   /* each step of a `follow`; one role's list, JSON and a plan file always do */
  const struct program *program; /* NULL: a plan file, which holds neither procedures nor comments */
  const struct text *times; /* by step: what the proof says of its time; NULL: nothing */
};
void view_show(const struct graph *graph, const struct show_wish *wish, struct buffer *ret_bytes);
void view_dot(const struct graph *graph, struct buffer *ret_bytes);
void view_svg(const struct graph *graph, struct buffer *ret_bytes);
void view_mermaid(const struct graph *graph, struct buffer *ret_bytes);
enum graph_form { GRAPH_DOT, GRAPH_SVG, GRAPH_MERMAID };
void view_calls(const struct graph *graph, enum graph_form form, struct buffer *ret_bytes);

/* What a reviewer is told beside the plan itself; the proof or the checker says it. */
struct review_assumption {
  const char *id;       /* "A1" */
  const char *standing; /* "stated" */
  struct text says;
};
/* A phase of the proof's table; what the order of two steps is for. */
struct review_phase {
  struct text who; /* "orders on n1, n2 calls erp with client"; "" where it is that of the row above */
  struct text from, presents, accepts;
};
struct review_order {
  struct text before, after, says;
};
struct review {
  struct text name;    /* by which the plan is called on the command line */
  struct text digest;  /* of the plan */
  struct text verdict; /* "safe under obligations" */
  struct text why;
  struct text *obligations;
  uint32_t obligation_count;
  struct review_assumption *assumptions;
  uint32_t assumption_count;
  const struct text *times; /* by step: what the proof says of its time; NULL: nothing */
  struct review_phase *phases;
  uint32_t phase_count;
  struct review_order *orders;
  uint32_t order_count;
};
enum { REVIEW_BYTES_MAX = 65000 };
void view_review(const struct graph *graph, const struct review *review, struct buffer *ret_bytes);
void review_add_obligation(struct arena *arena, struct review *review, struct text says);
/* Each approval that the plan demands is an obligation. */
void review_add_sign_offs(struct arena *arena, const struct graph *graph, struct review *review);

enum change_form { CHANGE_MARKDOWN, CHANGE_JSON, CHANGE_CSV };
/* What a change ticket says and no graph knows. */
struct change_facts {
  struct text start, end; /* UTC, 2027-03-06 21:00:00; TEXT_NONE where no date is known */
  struct text dates;      /* the same in words, with the local time */
  const bool *puts_back;  /* by step index: a roll-back is renew's own doing, not a person's */
};
/* The plan as a change ticket, under the names of ServiceNow's fields. */
void view_change(const struct graph *graph, enum change_form form, const struct change_facts *facts,
                 struct buffer *ret_bytes);
/* A guard as it would be written: "client.new.root != client.old.root". */
void view_guard(const struct graph *graph, uint32_t guard, struct buffer *ret_bytes);

#endif
