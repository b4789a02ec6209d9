/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_int: what the files lower*.c share while one plan is expanded. Not for others.
 *
 * (1) A `thing` has nothing left to look up: no local, no parameter, no `.ca` or `.keystore`.
 * (2) References are declaration indices until the end; lower_resources_finish turns them into
 *     indices of resources, which are sorted by name.
 * (3) Functions that recurse do so along blocks and `follow`, at most LOWER_DEPTH_MAX deep.
 */
#ifndef RENEW_GRAPH_LOWER_INT_H
#define RENEW_GRAPH_LOWER_INT_H

#include "compiler/graph/builder.h"
#include "compiler/graph/graph.h"

enum { LOWER_DEPTH_MAX = 64 };

enum thing_kind {
  THING_RESOURCE, /* decl, members */
  THING_TEXT,
  THING_WORD,
  THING_NUMBER,
  THING_DURATION, /* number = seconds */
  THING_MOMENT,   /* text as written */
  THING_YES_NO,   /* number */
  THING_UNKNOWN   /* a parameter without a value, where none is needed; text = ${name} */
};

struct thing {
  enum thing_kind kind;
  uint32_t decl;
  enum member members[MEMBERS_MAX];
  uint32_t member_count;
  struct text text;
  int64_t number;
  struct text says; /* for sentences, where it is not what the others say */
};

/* What a loop variable or a parameter of a procedure stands for, now. */
struct binding {
  struct text name; /* empty: not bound */
  bool is_row;
  const struct decl *table; /* is_row */
  uint32_t row;
  struct thing thing; /* else */
};

struct frame { /* of a plan or a procedure */
  struct binding *locals;
  uint32_t local_count;
};

/* Where a statement stands in the expansion. */
struct site {
  struct frame *frame;
  struct text prefix; /* "renew-one[erp]/" */
  struct range keys;  /* "[erp][worker-1]": of lowering.keys, the end of it */
  uint32_t guard;     /* all guards around it; INDEX_NONE = none */
  uint32_t depth;
};

/* An operand of the statement that becomes a step now, and what it means there. */
struct word {
  enum part part; /* not of a subject */
  struct thing thing;
};

/* A piece of a sentence's template. */
struct piece {
  enum { PIECE_TEXT, PIECE_ROLE, PIECE_SUBJECTS, PIECE_WORDS, PIECE_CODES } kind;
  struct text text; /* PIECE_TEXT */
  uint32_t first;   /* the others but ROLE: of the statement's words */
  uint32_t count;
};

/* What of a statement is the same for every step that it becomes: read for the first of them. */
struct shape {
  bool is_read;
  struct place place;
  const struct effect_row *any_effect; /* where the kind of no place decides */
  /* The words that decide what it does, and on what: INDEX_NONE without. */
  uint32_t object, place_word, recipient, with;
  struct piece *pieces;
  uint32_t piece_count;
};

struct lowering {
  struct arena *arena;
  const struct program *program;
  const struct decl *plan;
  struct diag_list *diags;
  struct builder builder;
  uint32_t plan_decl;
  uint32_t action_count;
  uint32_t window; /* the plan's; a declaration, or INDEX_NONE */
  bool needs_values;
  bool failed;
  uint32_t *source_of_file;
  bool *is_reached;       /* by declaration */
  bool *is_missing_known; /* a parameter's missing value was reported */
  struct text_map set_names; /* identities of the steps that read open sets */
  struct buffer reached;  /* declarations, in the order in which they were met */
  struct buffer scratch;  /* a text while it is put together */
  struct buffer words;    /* of the statement that becomes a step now: subjects, then parts */
  struct buffer keys;     /* of the loops around it: "[erp][worker-1]" */
  struct shape *shapes;   /* by statement */
};

/* lower_things.c */
struct thing lower_thing(struct lowering *l, const struct site *site,
                         const struct operand *operand);
struct thing lower_param(struct lowering *l, uint32_t decl, struct span span);
/* With ${...} filled in; site may be NULL (a declaration), and then ${node} stays. */
struct text lower_text(struct lowering *l, const struct site *site, struct text text,
                       struct span span);
/* As a person writes it: client.new, worker-1, "text", 90m. */
void thing_say(const struct lowering *l, const struct thing *thing, struct buffer *out);
/* "renew-one[erp]/restart[worker-1]" */
struct text lower_id(struct lowering *l, const struct site *site, struct text label);
bool thing_same(const struct thing *a, const struct thing *b);
/* The argument of a step or of a guard. */
struct argument thing_argument(struct lowering *l, const struct thing *thing, enum part part);
struct text duration_text(struct arena *arena, int64_t seconds);

/* lower_resources.c */
uint32_t lower_reach(struct lowering *l, uint32_t decl); /* returns decl */
/* All that is reached, into the builder; returns the resource of the plan. */
uint32_t lower_resources_finish(struct lowering *l);
/* A path as written in `file`, below the root. */
struct text lower_path(struct lowering *l, uint32_t file, struct text path);
/* The words of a command, split before anything is filled in; false with a finding. `node` fills
 * ${node} where it is not empty. */
bool lower_command(struct lowering *l, const struct value *command, struct text node,
                   struct text **ret_words, uint32_t *ret_count);

/* lower_guards.c: the guard, or its opposite, and the one around it; INDEX_NONE = always. */
uint32_t lower_guard(struct lowering *l, const struct site *site, const struct guard *guard,
                     uint32_t around);
uint32_t lower_guard_not(struct lowering *l, const struct site *site, const struct guard *guard,
                         uint32_t around);

/* lower_sets.c */
struct element {
  struct text key; /* for the identity */
  struct binding binding;
};
struct elements {
  const struct element *items; /* of `owned` */
  struct buffer owned;
  uint32_t count;
  bool is_open;     /* only a remote system knows the set */
  bool is_generic;  /* is_open: the elements were not given */
  struct thing set; /* is_open */
};
/* The elements are the caller's, who gives them back with buffer_free(&elements.owned). */
bool lower_set(struct lowering *l, const struct site *site, const struct stmt *loop,
               struct elements *ret_elements);

/* lower_open.c: the step that reads an open set again, before the block; what the block waits for.
 * The elements of it that were given are in ret_given; false where none were. */
uint32_t lower_read_set(struct lowering *l, const struct site *site, const struct stmt *loop,
                        const struct elements *elements, uint32_t entry);
bool lower_given(struct lowering *l, const struct thing *set, struct text *ret_given);

/* lower_steps.c: the step, its checks, its undo; returns what the next step waits for. */
uint32_t lower_step(struct lowering *l, const struct site *site, const struct stmt *stmt,
                    uint32_t entry);
/* Of the statement that lower_step has just looked up. */
const struct word *lower_words(const struct lowering *l);
/* NULL without; else *ret_first is the first of its words. */
const struct part_value *stmt_part(const struct stmt *stmt, enum part part, uint32_t *ret_first);
/* lower_sentence.c */
void lower_template(struct lowering *l, const struct stmt *stmt, struct shape *shape);
struct text lower_sentence(struct lowering *l, const struct shape *shape, uint32_t role_decl);

#endif
