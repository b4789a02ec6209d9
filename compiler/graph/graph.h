/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph: one plan, expanded: arrays and index ranges, no pointers between steps. Made by lower or
 * by rplan's reader; the engine, the views and the proof read it.
 *
 * (1) Steps stand in text order. An edge goes from a later to an earlier step ("waits for"): step i
 *     waits only for steps with a smaller index, so a graph that satisfies this has no cycle;
 *     graph_check verifies it and everything else that the engine relies on.
 * (2) STEP_JOIN stands where a block ends, so that a wide block followed by a wide block needs
 *     N + M edges, not N * M. It has no role, no verb, no number and is done when what it waits for
 *     is done.
 * (3) `check` lines are steps of their own (`LABEL.check`, `LABEL.check-2`), run by the role that
 *     owns the keystore of their certificate; whatever waits for the step waits for its checks.
 * (4) Texts are resolved: no ${...} is left but ${node} in a flow's commands, which the provider
 *     fills; step.argv has it filled. A command in a setting is written so that words_split gives
 *     the words back one by one.
 * (5) Paths are relative to the root, as the plan file must not name a host's folders; absolute
 *     ones are kept as written.
 */
#ifndef RENEW_GRAPH_GRAPH_H
#define RENEW_GRAPH_GRAPH_H

#include "compiler/check/plan.h"
#include "compiler/tables/tables.h"

/* STEPS_MAX counts actions; the ends of blocks are fewer than those. */
enum { STEPS_MAX = 1000000, NODES_MAX = 2 * STEPS_MAX, GUARD_NESTING_MAX = 250 };
#define INDEX_NONE UINT32_MAX

struct range {
  uint32_t first;
  uint32_t count;
};

/* A declaration that the plan needs, or that something it needs refers to. */
struct resource {
  enum kind kind;
  struct text name;
  struct text title;
  struct range settings; /* into graph.settings */
};

struct graph_setting {
  enum key key;
  struct range values; /* into graph.values */
};

/* As struct value, with decl = index into graph.resources. */
struct graph_value {
  enum value_kind kind;
  enum member member;
  struct text text; /* resolved */
  int64_t number;
  uint32_t resource;
};

enum argument_kind { ARGUMENT_RESOURCE, ARGUMENT_TEXT, ARGUMENT_WORD, ARGUMENT_NUMBER };

struct argument {
  enum part part;
  enum argument_kind kind;
  uint32_t resource;                /* ARGUMENT_RESOURCE */
  enum member members[MEMBERS_MAX]; /* [0] = OLD or NEW, then ROOT, CHAIN ... */
  struct text text;                 /* TEXT, WORD (node names are WORD) */
  int64_t number;                   /* NUMBER: status codes, seconds */
};

enum guard_op {
  GUARD_NOT, /* left: a guard that stands before this one, as for AND and OR */
  GUARD_AND,
  GUARD_OR,
  GUARD_EQUAL, /* two ARGUMENT operands compared at run time */
  GUARD_UNEQUAL,
  GUARD_FACT,    /* one operand: client.old.root.used-elsewhere */
  GUARD_CONSTANT /* left = 0 or 1 */
};

struct guard_node {
  enum guard_op op;
  uint32_t left; /* guard index, or argument index for EQUAL, UNEQUAL, FACT */
  uint32_t right;
};

enum step_kind { STEP_ACTION, STEP_JOIN };

struct step {
  enum step_kind kind;
  enum verb verb;
  enum effect effect;
  bool enters; /* a window binds it (and `at any time` was not written) */
  bool sealed;
  struct text id; /* "restart[worker-1]", "renew-one[erp]/create"; "" for a join */
  struct text label;
  struct text sentence; /* what a person reads */
  struct text evidence; /* what the author asks for */
  struct text was;      /* the label that it had before; "" */
  uint32_t number;      /* 1.. over actions; 0 for a join */
  uint32_t role;        /* resource; INDEX_NONE for a join */
  struct range roles;   /* into graph.indices: all subjects (agree has several) */
  struct range arguments;
  struct range waits_for; /* into graph.indices: step indices */
  struct range argv;      /* into graph.texts: the command of start, stop, restart; else empty */
  uint32_t guard;         /* INDEX_NONE = always; all guards around it joined by AND */
  uint32_t checks;        /* a check step: the step that it belongs to; else INDEX_NONE */
  uint32_t undo;          /* into graph.undo; INDEX_NONE = the verb's inverse */
  uint32_t window;        /* resource; INDEX_NONE = none */
  enum on_failure on_failure;
  bool needs_sign_off;
  uint32_t sign_off_count;
  uint32_t sign_off_role; /* resource; INDEX_NONE = the step's own */
  bool not_author;
  int64_t within_s;
  uint32_t retry_count;
  int64_t retry_every_s;
  uint32_t source; /* index into graph.sources */
  uint32_t line;   /* 1-based */
  uint32_t column;
};

struct graph_source {
  struct text path;
  struct text sha256;
};

/*
 * One order of two steps that the plan's safety rests on, of the certificate that compiler/prove made:
 * whoever does `after` knows then that `before` is done. compiler/verify walks the way; its form stands in
 * verify.h.
 */
struct graph_order {
  uint32_t before, after;
  struct range way; /* into graph.order_ways: pairs */
};

struct graph {
  struct arena *arena;
  struct text name; /* of the plan */
  struct text title;
  struct text policy; /* "overlap" or "downtime" */
  struct text change;
  int64_t edition;
  bool is_compiled; /* made by lower in this process; not from a plan file */
  uint32_t plan_resource;      /* the plan's own declaration among the resources */
  struct text template_digest; /* over sources and edition */

  struct graph_source *sources;
  uint32_t source_count;
  struct resource *resources;
  uint32_t resource_count;
  struct graph_setting *settings;
  uint32_t setting_count;
  struct graph_value *values;
  uint32_t value_count;
  struct step *steps;
  uint32_t step_count;
  uint32_t action_count;
  struct step *undo; /* steps that run only in a roll-back; not in any edge */
  uint32_t undo_count;
  struct argument *arguments;
  uint32_t argument_count;
  struct guard_node *guards;
  uint32_t guard_count;
  uint32_t *indices;
  uint32_t index_count;
  struct text *texts;
  uint32_t text_count;
  struct graph_order *orders; /* the certificate; empty until the plan was proven */
  uint32_t order_count;
  uint32_t *order_ways;
  uint32_t order_way_count;
};

/* A graph that graph_check has found sound; the only type that the engine takes. */
struct checked_graph {
  const struct graph *graph;
};

/*
 * Expands plan `decl` of the program. NULL (with findings) where it cannot: more than STEPS_MAX
 * steps, a parameter without value where `needs_values`, an open set.
 */
struct graph *lower_plan(struct arena *arena, const struct program *program, uint32_t decl,
                         bool needs_values, struct diag_list *diags);

/* The guard is no whatever the run finds: a row or a param decided it when the plan was compiled. */
bool graph_is_never(const struct graph *graph, uint32_t guard);

/* Numbered invariants of this header, every range and index, reachability of every step. Where one
 * does not hold: E1102, or E0001 where no file but the compiler made it. */
bool graph_check(const struct graph *graph, struct diag_list *diags,
                 struct checked_graph *ret_checked);

/* The value in a slot of a key of a resource; NULL where absent. */
const struct graph_value *graph_setting_value(const struct graph *graph, uint32_t resource,
                                              enum key key, uint32_t slot);
/* The n-th setting of a repeated key (0-based); NULL behind the last. */
const struct graph_setting *graph_setting_nth(const struct graph *graph, uint32_t resource,
                                              enum key key, uint32_t nth);
/* The i-th argument of that part; NULL behind the last. */
const struct argument *step_argument(const struct graph *graph, const struct step *step,
                                     enum part part, uint32_t nth);
/* INDEX_NONE without. */
uint32_t graph_find_step(const struct graph *graph, struct text id);

#endif
