/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_int: what the files of the simulated landscape share. */
#ifndef RENEW_PROVIDERS_SIMULATE_INT_H
#define RENEW_PROVIDERS_SIMULATE_INT_H

#include <jansson.h>
#include <pthread.h>

#include "runtime/providers/simulate.h"

struct simulation {
  struct arena *arena;
  struct simulation_setup setup;
  pthread_mutex_t lock; /* workers act side by side */
  json_t *facts;        /* {"accepted receiver/client.new": "yes"} */
  char *path;           /* NULL: nothing is kept */
};

/* A fact: what it is about, what it becomes, and what it was before any renewal. */
struct change {
  struct text fact;
  struct text value;
  const char *otherwise;
};

enum { CHANGES_MAX = 256 };

struct changes {
  struct change items[CHANGES_MAX];
  uint32_t count;
};

/* simulate_model.c: what a step changes, and whether what it looks for holds. */
void model_changes(const struct call *call, const struct simulation *simulation,
                   struct changes *ret_changes);
bool model_holds(const struct call *call, const struct simulation *simulation,
                 struct text *ret_says);
/* Each connection that would fail now is noted once for the step behind which it began. */
void model_note_outages(const struct call *call, struct simulation *simulation);
bool model_needs_person(const struct graph *graph, const struct step *step);

/* When the alias changed last, seconds since 1970. */
struct text since_fact(struct arena *arena, struct text alias);
const char *fact_value(const struct simulation *simulation, struct text fact,
                       const char *otherwise);
void fact_set(struct simulation *simulation, struct text fact, struct text value);

#endif
