/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person: what nobody automates (yet): the step's own sentence is the task, a person's answer ends
 * it. And messages to roles that are reached by mail or webhook: the text is written, a person
 * sends it.
 */
#include "runtime/providers/letter.h"
#include "runtime/providers/own.h"
#include "runtime/providers/step.h"

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "only a person can see this");
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  if (call->confirmed)
    return answer_end(call, ret_answer, OUTCOME_DONE, "confirmed: %.*s",
                      TEXT_ARG(call->step->sentence));
  answer_help(call, ret_answer, "renew sign %.*s %.*s", TEXT_ARG(call->run),
              TEXT_ARG(call->step->id));
  return answer_end(call, ret_answer, OUTCOME_WAIT, "%.*s", TEXT_ARG(call->step->sentence));
}

static enum outcome apply_message(const struct call *call, struct answer *ret_answer)
{
  struct text path = TEXT_NONE;
  if (call->confirmed)
    return answer_end(call, ret_answer, OUTCOME_DONE, "confirmed: the message was sent");
  if (!letter_write_to_outbox(call, &path, ret_answer))
    return OUTCOME_REFUSED;
  answer_help(call, ret_answer, "send it, then: renew sign %.*s %.*s", TEXT_ARG(call->run),
              TEXT_ARG(call->step->id));
  return answer_end(call, ret_answer, OUTCOME_WAIT, "send this message: %.*s", TEXT_ARG(path));
}

const struct provider provider_person = {
    .name = "person",
    .supports = IS_PERSON,
    .probe = probe,
    .apply = apply,
};

const struct provider provider_message = {
    .name = "person-message",
    .supports = IS_PERSON | IS_MESSAGE | CAN_REPEAT,
    .probe = probe,
    .apply = apply_message,
};
