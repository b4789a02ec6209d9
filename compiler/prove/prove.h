/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prove: whether any allowed order, pause or crash of a plan lets a named node open a connection that
 * its receiver does not accept; and if so, the shortest way there. docs/SAFETY.md is the long text.
 *
 * (1) Pure: the same graph gives the same proof. No clock, no file.
 * (2) Exact for what the model holds: no false alarm and no miss; where a question lies outside the
 *     model or a limit, the finding E0624 says so and the verdict is not `safe`.
 */
#ifndef RENEW_PROVE_PROVE_H
#define RENEW_PROVE_PROVE_H

#include "compiler/base/diag.h"
#include "compiler/graph/graph.h"

enum verdict {
  VERDICT_SAFE,
  VERDICT_OBLIGED, /* safe, if the obligations are met */
  VERDICT_UNSAFE
};

extern const char *const verdict_words[]; /* "safe", "safe under obligations", "unsafe" */

/* What went wrong, in steps of the graph; prove_tell makes a finding with places out of it. */
struct proof;
struct proof_finding {
  enum diag_code code;
  uint32_t connection; /* into model.connections; INDEX_NONE */
  uint32_t resource;   /* what the finding is about, where it is no connection */
  uint8_t version;     /* enum held */
  bool is_root;        /* its root is meant */
  uint32_t early;      /* the step that comes too early; INDEX_NONE */
  uint32_t late;       /* the step that had to be done before; INDEX_NONE: the plan has none */
  uint32_t before,
      after;      /* the order that is missing: `before` has to be done when `after` begins */
  bool is_untold; /* the text has that order; but the role of `after` cannot know it */
  struct text *nodes;
  uint32_t node_count;
  uint32_t *trace; /* steps, in an order that is allowed */
  uint32_t trace_count;
  uint32_t trace_total; /* steps done at that point, those left out of the trace too */
  struct text when;     /* how the guards' questions turn out in this case; "" */
  const struct proof *
      way_back; /* E0630, E0636, E0637: what is wrong with the way back, or without the step: its own graph */
};

/* What an obligation counts from. */
enum due_kind {
  DUE_EXPIRY,     /* the old version expires */
  DUE_ACTIVATION, /* the provider activates the new one in the last 24 hours of the old one */
  DUE_ROTATION,   /* the provider switches on that day */
  DUE_DEADLINE    /* the plan's own; no obligation of the proof */
};

struct proof_obligation {
  uint32_t step; /* that has to be done in time */
  enum due_kind kind;
  uint32_t resource; /* certificate or calendar */
  struct text says;
};

enum standing { STANDING_ASSUMED, STANDING_STATED, STANDING_CHECKED, STANDING_OBSERVED };

struct proof_assumption {
  const char *id; /* "A1" */
  const char *title;
  enum standing standing;
  struct text says; /* what stands behind it in this plan */
};

struct model;
struct events;

struct proof {
  enum verdict verdict;
  const struct graph *graph;
  struct model *model;
  struct events *events;
  struct proof_finding *findings;
  uint32_t finding_count;
  struct proof_obligation *obligations;
  uint32_t obligation_count;
  struct proof_assumption *assumptions;
  uint32_t assumption_count;
  uint64_t question_count; /* tuples that were ruled out, or not */
};

const struct proof *prove_plan(struct arena *arena, const struct checked_graph *checked);

struct program;
/* The findings with their places in the sources of the program, and what to write instead. program may
 * be NULL (a plan file): then they have no place. */
void prove_tell(const struct proof *proof, const struct program *program, struct diag_list *diags);

#endif
