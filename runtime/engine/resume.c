/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resume: the table of resume.h.
 *
 *   status                     after   before    neither        nothing seen   cannot probe
 *   pending waiting confirmed  close   act       drift          later (a)      act
 *   redo                       close   act       act            act            act
 *   intent (no outcome)        close   act       decide (b)     decide (b)     decide (b)
 *   acted                      close   missing   decide         later          close
 *
 *   (a) act, where the provider may act twice with the effect of once
 *   (b) act, where the provider may act twice with the effect of once, or a person is asked again
 *
 * Steps of people know no drift: what a person finds, the person judges.
 */
#include "runtime/engine/resume.h"

static enum next_act next_of_fresh(enum observation observed, unsigned supports)
{
  switch (observed) {
  case OBSERVED_AFTER:
    return NEXT_CLOSE;
  case OBSERVED_BEFORE:
    return NEXT_ACT;
  case OBSERVED_NEITHER:
    return (supports & IS_PERSON) != 0 ? NEXT_ACT : NEXT_DRIFT;
  case OBSERVED_NOTHING:
    return (supports & CAN_PROBE) == 0 || (supports & (CAN_REPEAT | IS_PERSON)) != 0 ? NEXT_ACT
                                                                                     : NEXT_LATER;
  }
  return NEXT_DECIDE;
}

static enum next_act next_of_intent(enum observation observed, unsigned supports)
{
  switch (observed) {
  case OBSERVED_AFTER:
    return NEXT_CLOSE;
  case OBSERVED_BEFORE:
    return NEXT_ACT;
  case OBSERVED_NEITHER:
  case OBSERVED_NOTHING:
    return (supports & (CAN_REPEAT | IS_PERSON)) != 0 ? NEXT_ACT : NEXT_DECIDE;
  }
  return NEXT_DECIDE;
}

static enum next_act next_of_acted(enum observation observed, unsigned supports)
{
  switch (observed) {
  case OBSERVED_AFTER:
    return NEXT_CLOSE;
  case OBSERVED_BEFORE:
    return NEXT_MISSING;
  case OBSERVED_NEITHER:
    return NEXT_DECIDE;
  case OBSERVED_NOTHING:
    return (supports & CAN_PROBE) == 0 ? NEXT_CLOSE : NEXT_LATER;
  }
  return NEXT_DECIDE;
}

enum next_act resume_next(enum step_status status, enum observation observed, unsigned supports)
{
  switch (status) {
  case STEP_PENDING:
  case STEP_WAITING:
  case STEP_CONFIRMED:
    return next_of_fresh(observed, supports);
  case STEP_REDO:
    return observed == OBSERVED_AFTER ? NEXT_CLOSE : NEXT_ACT;
  case STEP_INTENT:
    return next_of_intent(observed, supports);
  case STEP_ACTED:
    return next_of_acted(observed, supports);
  case STEP_DONE:
  case STEP_SKIPPED:
    return NEXT_CLOSE;
  case STEP_FAILED:
  case STEP_UNKNOWN:
  case STEP_UNDOING:
  case STEP_UNDONE:
  case STEP__COUNT:
    break;
  }
  return NEXT_DECIDE;
}
