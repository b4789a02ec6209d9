/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made_plan: plans that no person wrote: a landscape with the features that the proof knows, and up to 12
 * steps on it. A plan here is a list of numbers, so that it can be drawn at random, be gone through one by
 * one, and be printed; made_graph makes the graph of it that a compiler would have made.
 */
#ifndef RENEW_TESTS_PROVE_MADE_PLAN_H
#define RENEW_TESTS_PROVE_MADE_PLAN_H

#include "compiler/graph/graph.h"

enum { MADE_STEPS = 12, MADE_ROLES = 3 };

enum deed {
  DEED_ACCEPT,
  DEED_REMOVE,
  DEED_IMPORT_ROOT,
  DEED_REMOVE_ROOT,
  DEED_SLOT,
  DEED_EXCHANGE,
  DEED_DROP_ALIAS,
  DEED_RESTART,
  DEED_DEPLOY,
  DEED_STOP,
  DEED_START,
  DEED_UNDEPLOY,
  DEED_TELL,
  DEED_GIVE,
  DEED_AGREE,
  DEED_SWITCH,
  DEED_SWITCH_TARGET,
  DEED_ADD_KEY,
  DEED_DELETE_KEY,
  DEED_AUTHORIZE,
  DEED_DROP_CALLER,
  DEED_WAIT,
  DEED_LOOK,
  DEED_SIGN,
  DEED_REVOKE,
  DEED__COUNT
};

extern const char *const deed_words[DEED__COUNT];

/* What a landscape may have: bits. */
enum feature {
  HAS_CLUSTER = 1 << 0,        /* two nodes, not one */
  HAS_LATE_JOINER = 1 << 1,    /* a node that nobody named */
  HAS_SECOND_FLOW = 1 << 2,    /* it reads the same alias */
  HAS_SECOND_PAIR = 1 << 3,    /* another certificate in the same keystore, another receiver */
  HAS_SENDER_KEY = 1 << 4,     /* a caller with a pinned service key */
  HAS_SENDER_CERT = 1 << 5,    /* a caller that a flow lets in by name */
  HAS_TWO_CHANGES = 1 << 6,    /* a keystore that needs two changes for an exchange */
  HAS_ANY_ALIAS = 1 << 7,      /* a keystore whose readers name no alias */
  HAS_ONE_ONLY = 1 << 8,       /* a receiver that holds one */
  HAS_LAZY_TRUST = 1 << 9,     /* a receiver that keeps what it read */
  HAS_BOUNDED_CACHE = 1 << 10, /* kept connections and sessions have bounds */
  HAS_UNSEEN = 1 << 11,        /* nobody sees when a restart is over */
  HAS_TARGETS = 1 << 12,       /* communication systems that are switched by name */
  HAS_BY_SUBJECT = 1 << 13,
  HAS_BY_ISSUER = 1 << 14,
  HAS_BY_KEY = 1 << 15,       /* by public key, which changes */
  HAS_BY_KEPT_KEY = 1 << 16,  /* by public key, which stays */
  HAS_PINNED_CHAIN = 1 << 17, /* a receiver that compares the whole chain */
  FEATURE_COUNT = 18
};

extern const char *const feature_words[FEATURE_COUNT];

enum made_guard { MADE_ALWAYS, MADE_OTHER_ROOT, MADE_SAME_ROOT, MADE_UNUSED, MADE_GUARDS };

struct made_step {
  enum deed deed;
  bool is_old;       /* the version it is about */
  bool is_second;    /* the second receiver's, flow's, pair's */
  uint8_t node;      /* 0, 1; 2: the whole flow */
  uint8_t hours;     /* of a wait */
  uint8_t recipient; /* role */
  uint8_t roles;     /* bits */
  uint8_t signers;   /* bits */
  uint8_t guard;     /* enum made_guard */
  bool goes_on;      /* on failure continue */
  uint16_t waits;    /* bits: earlier steps */
};

struct made_plan {
  uint32_t features;
  uint32_t count;
  struct made_step steps[MADE_STEPS];
};

struct graph *made_graph(struct arena *arena, const struct made_plan *plan);
void made_print(const struct made_plan *plan, void (*print)(const char *format, ...));

/* A sequence of its own: the same on every machine. */
struct draw {
  uint64_t seed;
};
uint32_t draw_below(struct draw *draw, uint32_t limit);
void made_random(struct draw *draw, struct made_plan *ret_plan);
/* A renewal that is right because its people tell one another; and then conditions, failures and other ways
 * to hear of it. */
void made_told(struct draw *draw, struct made_plan *ret_plan);

#endif
