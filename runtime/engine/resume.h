/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resume: one table says what follows from a step's durable state and what was observed. It is used
 * in the first process as in every later one: there is no other way to go on.
 */
#ifndef RENEW_ENGINE_RESUME_H
#define RENEW_ENGINE_RESUME_H

#include "runtime/providers/provider.h"
#include "runtime/store/store.h"

enum next_act {
  NEXT_CLOSE,  /* the effect is there: done */
  NEXT_ACT,    /* INTENT, apply */
  NEXT_LATER,  /* could not look: look again */
  NEXT_DRIFT,  /* the target is in a state that the plan does not know: a person decides */
  NEXT_DECIDE, /* whether it happened cannot be seen: a person decides */
  NEXT_MISSING /* said to be done, and not to be seen: look again, then it failed */
};

/* observed: OBSERVED_NOTHING where the provider cannot probe. */
enum next_act resume_next(enum step_status status, enum observation observed, unsigned supports);

#endif
