/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search: a plan executed in every order that its people's knowledge allows, with every crash and every
 * repetition, state by state. What the proof is compared with; it shares nothing with compiler/prove: it
 * reads the graph itself, knowledge is a closure over pairs, a node is a set of processes that read the
 * keystore when they like.
 *
 * (1) A world is packed into words: how far each step is, what each alias holds, what each receiver
 *     accepts, which nodes run, and what the processes of each caller may hold.
 * (2) A process is known by the loads and waits that will end it: held[those] is the set of what it may
 *     present. A set, because it may read again at any moment.
 * (3) A step is: not begun, begun, ended, written down as done. A crash before the last makes it begin
 *     again.
 * (4) Steps that change nothing of the world are left out, but for what they tell (search_options).
 * (5) Who has to know what is found anew for each way in which the conditions and failures turn out.
 */
#ifndef RENEW_TESTS_PROVE_SEARCH_H
#define RENEW_TESTS_PROVE_SEARCH_H

#include "compiler/graph/graph.h"

enum { SEARCH_NONE, SEARCH_OLD, SEARCH_NEW, SEARCH_VERSIONS };
enum {
  SEARCH_WORDS = 24,
  SEARCH_STEPS = 64,
  SEARCH_CALLS = 64,
  SEARCH_ATOMS = 8,
  SEARCH_LOADS = 4,
  SEARCH_STATES = 4000000
};

/* One caller and one receiver with one certificate. */
struct search_call {
  uint32_t presenter, receiver, certificate; /* resources */
  struct text node;                          /* of a flow; or a communication system */
  bool is_node;                              /* of a flow: it can be stopped */
  bool compares_element, compares_root;      /* what the receiver looks at */
  uint32_t place, source, entry;             /* into the search's own tables */
  uint32_t held;                             /* field */
  uint32_t waits;                            /* bits: waits that are long enough */
  bool is_joiner;
};

struct search_options {
  bool keeps_silent;  /* steps that change nothing are states, too: all prefixes */
  bool loads_at_once; /* a mutant of the model: a load has happened when it has begun */
  bool returns_early; /* a load's step is called done when it has begun: its command came back */
  bool no_crashes;
  /* What does not happen tells nobody: its condition is no, or (`on failure continue`) it has failed, with
   * its effect or without. Else each step is done that has no condition, and each message is sent. */
  bool as_it_turns_out;
  const bool *only; /* by step: the others never begin; NULL: all */
};

struct search;

struct search *search_new(void);
void search_free(struct search *s);
/* False where the plan is larger than the search's tables, or not decidable; search_why says it. */
bool search_read(struct search *s, const struct graph *graph, const struct search_options *options);
const char *search_why(const struct search *s);

uint32_t search_call_count(const struct search *s);
const struct search_call *search_call(const struct search *s, uint32_t call);
/* What only the run will know; bit i of an assignment is atom i. */
uint32_t search_atom_count(const struct search *s);
/* A name that two plans about the same things share. */
struct text search_atom_name(const struct search *s, uint32_t atom);

struct search_world {
  uint64_t words[SEARCH_WORDS];
};

/* Called for each world, once. */
typedef void search_visit(struct search *s, const struct search_world *world, void *with);
/* False where there are more than `limit` worlds. */
bool search_run(struct search *s, uint32_t assignment, uint32_t limit, search_visit *visit,
                void *with);
uint32_t search_state_count(const struct search *s);

/* What a caller may present now: bits 1 << SEARCH_NONE, ...; 0 where it does not run. */
uint32_t search_presents(const struct search *s, const struct search_world *world, uint32_t call);
/* Whether that version's element and root may be refused now. */
bool search_refuses_element(const struct search *s, const struct search_world *world, uint32_t call,
                            uint32_t version);
bool search_refuses_root(const struct search *s, const struct search_world *world, uint32_t call,
                         uint32_t version);
/* The register itself, without the receiver's cache. */
bool search_element(const struct search *s, const struct search_world *world, uint32_t call,
                    uint32_t version);
bool search_root(const struct search *s, const struct search_world *world, uint32_t call,
                 uint32_t version);
uint32_t search_source(const struct search *s, const struct search_world *world, uint32_t call);
bool search_runs(const struct search *s, const struct search_world *world, uint32_t call);
/* Every step that happens is done, and nothing is left to begin. */
bool search_is_end(const struct search *s, const struct search_world *world);
/* In this assignment each step whose condition holds has its effect. */
bool search_is_whole(const struct search *s);
/* Whether the step (of the graph) has begun. */
bool search_has_begun(const struct search *s, const struct search_world *world, uint32_t step);
/* Which steps have to be done before this one, of the graph. */
bool search_needs(const struct search *s, uint32_t step, uint32_t before);

#endif
