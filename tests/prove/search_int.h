/* SPDX-License-Identifier: Apache-2.0 */
/* search_int: what the two halves of the search share: what was read of a plan. Not for others. */
#ifndef RENEW_TESTS_PROVE_SEARCH_INT_H
#define RENEW_TESTS_PROVE_SEARCH_INT_H

#include "tests/prove/search.h"

enum {
  SEARCH_PLACES = 64,
  SEARCH_ENTRIES = 32,
  SEARCH_SOURCES = 64,
  SEARCH_WAITS = 4,
  SEARCH_OPS = 512,
  SEARCH_NODES = 512, /* steps of the graph, joins and checks too */
  SEARCH_ROLES = 64,
  HELD_BITS = 3,  /* of one set of what is held */
  JUDGED_BITS = 2 /* of one set of what is believed */
};

struct field {
  uint32_t word, shift;
  uint64_t mask;
};

/* One thing that a receiver looks at: an entry of a certificate or of a root. */
struct judged {
  struct field value;
  struct field readers; /* what its processes believe; where it keeps what it read */
  bool has_readers;
};

struct entry {
  uint32_t receiver, certificate;
  bool is_one_element; /* both versions are the same to it */
  bool pins_chain;     /* no chain is another one's */
  int64_t trust_s;
  uint32_t waits; /* bits: longer than trust_s */
  uint32_t wait_count;
  uint32_t root_atom; /* SEARCH_ATOMS: none */
  struct judged elements[SEARCH_VERSIONS], roots[SEARCH_VERSIONS];
};

struct site {
  uint32_t owner;
  struct text node;
  bool is_node, is_joiner;
  uint32_t load_count;
  struct field running;
};

/* What a caller reads: an alias, or to what it was switched. */
struct origin {
  uint32_t certificate, place; /* INDEX_NONE: an alias, whoever reads it */
  struct field value;
};

enum op_kind {
  OP_SOURCE,
  OP_ELEMENT,
  OP_ROOT,
  OP_LOAD_BEGIN,
  OP_LOAD_END,
  OP_STOP,
  OP_START,
  OP_WAIT_BEGIN,
  OP_WAIT_END,
  OP_SIGHT
};

struct op {
  enum op_kind kind;
  uint8_t version, value;
  uint32_t at; /* source, entry, place, wait, call */
};

struct search_step {
  uint32_t step; /* of the graph */
  uint32_t guard;
  struct range first, second; /* into ops */
  bool lasts, is_load, is_silent;
  uint64_t needs; /* of the search's steps */
};

struct search_wait {
  int64_t seconds;
};

/* How a step may fail: atoms; SEARCH_ATOMS: it cannot. */
struct failing {
  uint32_t fails, acts_all_the_same, stops_half_way;
};

struct search_atom {
  bool is_root;
  uint32_t certificate;
  struct text name;
};

struct search {
  struct arena *arena; /* of what was read */
  const struct graph *graph;
  struct search_options options;
  const char *why;
  struct search_call calls[SEARCH_CALLS];
  struct field held[SEARCH_CALLS];
  uint32_t call_count;
  struct entry entries[SEARCH_ENTRIES];
  uint32_t entry_count;
  struct site places[SEARCH_PLACES];
  uint32_t place_count;
  struct origin sources[SEARCH_SOURCES];
  uint32_t source_count;
  struct search_wait waits[SEARCH_WAITS];
  uint32_t wait_count;
  struct op ops[SEARCH_OPS];
  uint32_t op_count;
  struct search_step steps[SEARCH_STEPS];
  uint32_t step_count;
  struct search_atom atoms[SEARCH_ATOMS];
  uint32_t atom_count;
  uint32_t step_of[SEARCH_NODES]; /* by step of the graph; INDEX_NONE: left out */
  struct failing failing[SEARCH_NODES];
  uint64_t node_needs[SEARCH_NODES][SEARCH_NODES / 64];
  uint32_t word_count, bits_used;
  /* The run. */
  uint32_t assignment;
  bool happens[SEARCH_STEPS], is_half[SEARCH_STEPS];
  uint64_t *states; /* word_count each */
  uint32_t state_count, state_room;
  uint32_t *slots, *slot_of;
  uint32_t slot_count;
};

bool search_same_root(const struct search *s, uint32_t entry);
bool search_guard_holds(const struct search *s, uint32_t guard);
/* Whether the step (of the graph) has its effect; whether those hear of it who are to hear. */
bool search_acts(const struct search *s, uint32_t step);
bool search_is_heard(const struct search *s, uint32_t step);
/* Of an exchange of two changes: it fails between them. */
bool search_stops_half_way(const struct search *s, uint32_t step);
/* Who has to know what, as the assignment of the run says. */
void search_find_needs(struct search *s);

#endif
