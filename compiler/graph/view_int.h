/* SPDX-License-Identifier: Apache-2.0 */
/* view_int: what the views share: a graph's parts in words. Not for others. */
#ifndef RENEW_GRAPH_VIEW_INT_H
#define RENEW_GRAPH_VIEW_INT_H

#include "compiler/graph/views.h"

/* Numbers of the steps that must be done before: joins are looked through. */
struct numbers {
  uint32_t *items; /* ascending, each once */
  uint32_t count;
};

/* Makes `numbers` of every step cheap: a wide join is walked once per step that waits for it. */
struct numbers view_after(struct arena *arena, const struct graph *graph, const struct step *step);
/* "4, 6-8"; of very many the first ones, the last one and how many. */
void view_say_numbers(const struct numbers *numbers, struct buffer *out);
/* Nothing to say where the step simply follows the one before it. */
bool view_is_next(const struct numbers *after, const struct step *step);

/* The conditions of a step, each as a few words: "after 10", "only when ...", "within 15m". */
enum { VIEW_NOTES_MAX = 12 };
struct notes {
  struct text items[VIEW_NOTES_MAX];
  uint32_t count;
};
struct notes view_notes(struct arena *arena, const struct graph *graph, const struct step *step);

bool view_has_role(const struct graph *graph, const struct step *step, uint32_t role);
/* The step that has this number. */
const struct step *view_numbered(const struct graph *graph, uint32_t number);
/* The roles that act, in the order in which they first do. */
struct numbers view_roles(struct arena *arena, const struct graph *graph);
/* Whether the step hands something to the role: it tells or gives. */
bool view_reaches(const struct graph *graph, const struct step *step, uint32_t role);
/* Whether one of the step's arguments is that resource. */
bool view_names(const struct graph *graph, const struct step *step, uint32_t resource);
void view_say_duration(int64_t seconds, struct buffer *out); /* "24h" */
/* An author's words as Markdown's words: nothing of them is markup. */
void view_markdown_text(struct text text, struct buffer *out);
/* A text in Mermaid, between the quotes. */
void view_mermaid_text(struct text text, struct buffer *out);
/* A text of Graphviz with its quotes: on one line; with its line ends, each line to the left. */
void view_dot_quote(struct buffer *out, struct text text);
void view_dot_lines(struct buffer *out, struct text text);
/* At most so many columns; what is longer ends with an ellipsis, or begins with one. */
struct text view_fit(struct arena *arena, struct text text, uint32_t columns);
struct text view_fit_end(struct arena *arena, struct text text, uint32_t columns);
struct text view_title(const struct resource *role); /* "Tenant administrator", else the name */

/* view_written.c: what the sources say beyond the graph. program may be NULL: then nothing. */
struct written;
struct written *view_written(struct arena *arena, const struct graph *graph,
                             const struct program *program);
struct text written_words(struct arena *arena, struct text text);
struct text written_plan_doc(const struct written *w);
struct text written_doc(const struct written *w, const struct step *step);
/* The `follow` that a step belongs to, with its key; TEXT_NONE for one of the plan itself. */
struct text written_group(struct text id);
/* "follow PROCEDURE with ..." as it is written; TEXT_NONE where the plan has no such line. */
struct text written_follow(const struct written *w, struct text group);
/* The procedures that the plan follows, each once, and their lines. */
struct written_line {
  uint32_t number; /* 0: no step, but a block's head or a check */
  uint32_t depth;
  struct text label, says, doc;
  bool needs_sign_off;
};
typedef void written_line_fn(const struct written_line *line, void *with);
struct numbers written_procedures(const struct written *w);
const struct decl *written_procedure(const struct written *w, uint32_t procedure);
void written_list(const struct written *w, uint32_t procedure, written_line_fn *line, void *with);

#endif
