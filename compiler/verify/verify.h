/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: the second opinion on a plan. A plan file says, beside its steps, which orders of two steps
 * its safety rests on, and for each the way on which the one learns of the other. Here those ways are
 * walked, and each bad state is looked up among the orders: nothing is searched, nothing is believed
 * that was not walked.
 *
 * Not the proof, and not its reader: it shares nothing with compiler/prove but the graph.
 *
 * (1) An order (a, b) means: whoever does b knows, when b begins, that a is done. A way is a list of
 *     stops: (step, k > 0) enters the step through the k-th entry of what it waits for; (step, 0) is a
 *     step at which somebody learns what is known so far (orders.c).
 * (2) Every bad state of every connection is excluded by orders of the certificate, every two writers of
 *     one thing are ordered by it, and it holds no order that nothing needs.
 * (3) The time grows with the plan and the certificate.
 */
#ifndef RENEW_VERIFY_VERIFY_H
#define RENEW_VERIFY_VERIFY_H

#include "compiler/base/diag.h"
#include "compiler/graph/graph.h"

/* A graph whose certificate was checked; the only thing that the engine executes. */
struct proven_graph {
  struct checked_graph checked;
};

/* E1123 where the certificate does not show that the plan is safe. */
bool verify_graph(const struct checked_graph *checked, struct diag_list *diags,
                  struct proven_graph *ret_proven);

/*
 * The questions alone, for whoever makes a certificate: `before` answers whether a is known to be
 * done when b begins (`is_new` false: from what was noted so far), `note` hears each order that an
 * answer rests on.
 */
struct verify_orders {
  bool (*before)(void *of, uint32_t a, uint32_t b, bool is_new);
  void (*note)(void *of, uint32_t a, uint32_t b);
  void *of;
};

/* TEXT_NONE where every bad state is excluded; else one that is not, in words, in the arena. */
struct text verify_questions(struct arena *arena, const struct graph *graph,
                             const struct verify_orders *orders);

/* One question of them: whether that link can show the version while it is not accepted (of_root: while its
 * root is not trusted). True where it cannot, or where there is nothing to ask. */
bool verify_question(struct arena *arena, const struct graph *graph,
                     const struct verify_orders *orders, uint32_t link, uint32_t version,
                     bool of_root);

/* orders.c: the steps of a graph as chains: a step of a chain waits for the one before it there. */
struct chains {
  const struct graph *graph;
  uint32_t *of; /* by step */
};

void chains_make(struct chains *chains, struct arena *arena, const struct graph *graph);
/* The role acts in the step or is told by it; it acts in it or signs it. */
bool order_learns(const struct graph *graph, const struct step *step, uint32_t role);
bool order_needs(const struct graph *graph, const struct step *step, uint32_t role);
/* Some role learns at `from` what it needs at `to`. */
bool order_shares(const struct graph *graph, uint32_t from, uint32_t to);
/* Whether the way of the order leads from its one step to the other. */
bool order_walk(const struct chains *chains, const struct graph_order *order);

#endif
