/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model: what the proof knows of a plan: who presents what to whom, what is written when, and what
 * is read again when. Made from a graph and the tables; docs/SAFETY.md says what each part stands for.
 *
 * (1) A register belongs to one thing of the world: what an alias holds, what a caller was switched to,
 *     whether a node runs, one element of what a receiver accepts. Elements of different certificates
 *     are different registers, so that adding one and removing another never race.
 * (2) A call is one presenter (a flow, a sender, the communication systems of an ABAP system) that calls
 *     one receiver with one certificate, as a line `calls` says. Each node of the flow, each of those
 *     systems, is a connection of its own: what is the same for all of them stands in the call.
 * (3) A node that no step stops has no register for running: it runs.
 * (4) Guards are judged over atoms (client.new.root = client.old.root, ...): every assignment to the
 *     atoms of a question counts, at most ATOMS_MAX of them.
 */
#ifndef RENEW_PROVE_MODEL_H
#define RENEW_PROVE_MODEL_H

#include "compiler/prove/events.h"
#include "compiler/prove/intervals.h"

/* What an alias holds or a caller presents; for the others 0 and 1 are no and yes. */
enum held { HELD_NONE, HELD_OLD, HELD_NEW, HELD__COUNT };
enum { HELD_NO = 0, HELD_YES = 1 };

enum { ATOMS_MAX = 6, REGISTER_NONE = UINT32_MAX };

enum presenter_kind { PRESENTER_NODE, PRESENTER_SENDER, PRESENTER_TARGETS };

struct call {
  enum presenter_kind kind;
  uint32_t presenter; /* resource: the flow, the sender, the ABAP system */
  uint32_t receiver;
  uint32_t certificate;           /* or service key */
  uint32_t accepted[HELD__COUNT]; /* registers; REGISTER_NONE: not compared */
  uint32_t roots[HELD__COUNT];
  bool roots_in_play;             /* the plan speaks of a new root */
  bool pins_chain;                /* a chain counts as another one though its root is the same */
  bool at_request;                /* the receiver judges each request */
  int64_t cache_s;                /* how long a node may use what it read; < 0: no bound */
  int64_t kept_s;                 /* how long a kept connection or a session lives; < 0: no bound */
  int64_t trust_s;                /* how long the receiver may judge by what it read; 0: at once */
  uint32_t first, count;          /* into model.connections */
  uint32_t next_with_certificate; /* call; INDEX_NONE */
};

struct connection {
  const struct call *call;
  uint32_t source;  /* register: what it reads */
  uint32_t place;   /* into model.places: its node and its loads */
  uint32_t running; /* register; REGISTER_NONE: nothing stops it */
  bool joins_late;  /* node `any`: one that nobody named */
};

/* Where loads happen: a node of a flow, or a caller. */
struct place_loads {
  struct text node;      /* "" where it has none */
  uint32_t owner;        /* resource */
  uint32_t first, count; /* into model.loads */
};

struct wait {
  uint32_t first, last; /* events */
  uint32_t step, guard;
  int64_t seconds;
};

/* Somebody looked, and found that nobody uses it there any more. */
struct sight {
  uint32_t event, step, guard;
  uint32_t certificate, receiver;
  enum held version;
  bool of_root;
};

struct model {
  struct arena *arena;
  const struct graph *graph;
  struct events *events;
  struct write *writes; /* by register, then by event */
  uint32_t *register_first;
  uint8_t *register_initial;
  uint32_t register_count;
  struct place_loads *places;
  uint32_t place_count;
  uint32_t *loads; /* steps, by place; model_load */
  struct wait *waits;
  uint32_t wait_count;
  struct call *calls;
  uint32_t call_count;
  uint32_t *first_call; /* by resource: the first call with that certificate; INDEX_NONE */
  struct connection *connections; /* by call */
  uint32_t connection_count;
  struct sight *sights;
  uint32_t sight_count;
  uint32_t *renewed; /* resources that the plan renews */
  uint32_t renewed_count;
  bool *is_renewed; /* by resource */
  uint32_t *copies; /* steps whose effect is no constant: restores */
  uint32_t copy_count;
  uint32_t *atom_of; /* by guard: the atom of a leaf */
};

void model_build(struct model *model, struct arena *arena, const struct graph *graph,
                 struct events *events);
struct written model_register(const struct model *model, uint32_t reg);
/* What the step does to a place that it loads; both ends are one event where it starts it. */
struct load model_load(const struct model *model, uint32_t step);

static inline struct text connection_node(const struct model *model, const struct connection *c)
{
  return model->places[c->place].node;
}

struct atoms {
  uint32_t items[ATOMS_MAX];
  uint32_t count;
  bool is_full; /* more than fit */
};

void atoms_add_guard(const struct model *model, struct atoms *atoms, uint32_t guard);
void atoms_add_register(const struct model *model, struct atoms *atoms, uint32_t reg);
/* Whether the roots of the certificate's two versions are the same one. */
void atoms_add_same_root(const struct model *model, struct atoms *atoms, uint32_t certificate);
bool atoms_same_root(const struct atoms *atoms, uint32_t mask, uint32_t certificate);
/* Whether two assignments say the same of the atoms that both have. */
bool atoms_agree(const struct atoms *a, uint32_t mask_a, const struct atoms *b, uint32_t mask_b);
bool guard_holds(const struct model *model, const struct atoms *atoms, uint32_t mask,
                 uint32_t guard);
/* "client.new.root is client.old.root" or its opposite, for a trace; "" where there are no atoms. */
struct text atoms_say(const struct model *model, const struct atoms *atoms, uint32_t mask);

/* Settings. */
bool setting_yes(const struct graph *graph, uint32_t resource, enum key key, bool otherwise);
int64_t setting_seconds(const struct graph *graph, uint32_t resource, enum key key, uint32_t slot,
                        int64_t otherwise);
/* OLD, NEW; HELD_NONE where the argument names no version. */
enum held argument_version(const struct argument *argument);
bool argument_has_member(const struct argument *argument, enum member member);

#endif
