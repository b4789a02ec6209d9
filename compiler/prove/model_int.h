/* SPDX-License-Identifier: Apache-2.0 */
/* model_int: what the files model*.c share while a model is made. Not for others. */
#ifndef RENEW_PROVE_MODEL_INT_H
#define RENEW_PROVE_MODEL_INT_H

#include "compiler/prove/model.h"

/* Pairs of numbers to consecutive numbers. */
struct pair_numbers {
  struct buffer pairs; /* uint64_t */
  uint32_t *slots;     /* number + 1; 0: free */
  uint32_t slot_count;
};

/* What a receiver may accept of one certificate: a register each; REGISTER_NONE until somebody asks. */
struct acceptance {
  uint32_t accepted[HELD__COUNT], roots[HELD__COUNT];
};

struct made_write {
  uint32_t reg;
  struct write write;
};

struct made_load {
  uint32_t place, step;
};

/* A communication system that a step switches. */
struct made_target {
  uint32_t certificate;
  struct text name;
};

struct making {
  struct model *model;
  struct arena *scratch;                              /* goes when the model is made */
  bool *is_touched, *is_root_in_play, *is_authorized; /* by resource */
  struct buffer initial;                              /* uint8_t, by register */
  uint32_t *alias;                                    /* by resource: register */
  struct pair_numbers acceptance_of;                  /* receiver, certificate */
  struct buffer acceptances;                          /* struct acceptance */
  struct pair_numbers presented_of;                   /* place, certificate */
  struct buffer presented;                            /* uint32_t: register */
  struct buffer places;               /* struct place_loads; those of one owner together */
  uint32_t *first_place, *next_place; /* by resource: the owner's, + 1; the one due */
  uint32_t *place_slots;              /* by owner and node: place + 1; 0: free */
  uint32_t place_slot_count;
  uint32_t *running; /* by place: register; REGISTER_NONE */
  struct text_map target_names;
  struct buffer connections, writes, loads, waits, copies, sights, targets;
};

/* model_keys.c: numbers for things. */
uint32_t model_alias(struct making *m, uint32_t certificate);
uint32_t model_presented(struct making *m, uint32_t place, uint32_t certificate);
uint32_t model_accepted(struct making *m, uint32_t receiver, uint32_t certificate,
                        enum held version);
uint32_t model_root(struct making *m, uint32_t receiver, uint32_t certificate, enum held version);
uint32_t model_register_new(struct making *m, uint8_t initial);
/* The place of that node, made where it is not there. Nodes come in the order in which they are
 * declared, nearly always: the one due is looked at first. */
uint32_t model_place(struct making *m, uint32_t owner, struct text node);
/* REGISTER_NONE where there is none. */
uint32_t model_place_find(struct making *m, uint32_t owner, struct text node);
bool accepts_by(const struct graph *graph, uint32_t receiver, const char *word);

static inline struct place_loads *making_places(const struct making *m, uint32_t *ret_count)
{
  *ret_count = (uint32_t)(m->places.size_bytes / sizeof(struct place_loads));
  return (struct place_loads *)(void *)m->places.bytes;
}

/* model_connect.c: the calls and connections. */
void model_connect(struct making *m);
/* model_steps.c */
void model_read_steps(struct making *m);
/* model_atoms.c */
void model_find_atoms(struct model *model);
/* A list of the making becomes the model's. */
void *model_take(struct arena *arena, struct buffer *buffer, size_t item_bytes,
                 uint32_t *ret_count);

#endif
