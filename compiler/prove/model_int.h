/* SPDX-License-Identifier: Apache-2.0 */
/* model_int: what the files model*.c share while a model is made. Not for others. */
#ifndef RENEW_PROVE_MODEL_INT_H
#define RENEW_PROVE_MODEL_INT_H

#include "compiler/prove/model.h"

enum register_what {
  WHAT_ALIAS,     /* a: certificate */
  WHAT_PRESENTED, /* a: place of the caller, b: certificate */
  WHAT_RUNNING,   /* a: flow, b: node */
  WHAT_ACCEPTED,  /* a: receiver, b: certificate; version */
  WHAT_ROOT,
  WHAT_PLACE /* a: flow or caller, b: node */
};

struct register_key {
  enum register_what what;
  uint32_t a, b;
  enum held version;
};

/* Keys to consecutive numbers. */
struct register_keys {
  struct register_key *items;
  uint32_t count, capacity;
  uint32_t *slots; /* number + 1; 0 = free */
  uint32_t slot_count;
};

struct made_write {
  uint32_t reg;
  struct write write;
};

struct made_load {
  uint32_t place;
  struct load load;
};

/* A communication system that a step switches. */
struct made_target {
  uint32_t certificate;
  struct text name;
};

struct making {
  struct model *model;
  struct register_keys registers, places;
  struct text_map node_names, target_names;
  bool *is_touched, *is_root_in_play, *is_authorized; /* by resource */
  uint32_t *first_place; /* by resource: 1 + the place made last of it; place.first is the next */
  struct buffer connections, writes, loads, place_rows, waits, copies, sights, targets;
};

/* REGISTER_NONE where there is none with that key. */
uint32_t register_keys_look(const struct register_keys *keys, struct register_key key);
uint32_t register_keys_find(struct register_keys *keys, struct arena *arena,
                            struct register_key key);
uint32_t model_reg(struct making *m, enum register_what what, uint32_t a, uint32_t b,
                   enum held version);
uint32_t model_accepted(struct making *m, uint32_t receiver, uint32_t certificate,
                        enum held version);
/* model_steps.c */
void model_read_steps(struct making *m);
/* model_atoms.c */
void model_find_atoms(struct model *model);

#endif
