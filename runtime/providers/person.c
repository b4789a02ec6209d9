/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person: what nobody automates (yet): the step's own sentence is the task, a person's answer ends
 * it. The role hears of it by its own carrier (carrier.h), once; where that does not work the step
 * waits all the same, and `renew tasks` shows it.
 */
#include "runtime/providers/carrier.h"
#include "runtime/providers/own.h"
#include "runtime/providers/step.h"

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "only a person can see this");
}

/* Tells the role that it is its turn. Console roles look at `renew tasks` anyway. What was done, to be
 * said behind the sentence. */
static struct text ask(const struct call *call)
{
  uint32_t role = call->step->role;
  struct text name = text_format(call->arena, "%.*s.task", TEXT_ARG(step_file_name(call)));
  bool is_console = role == INDEX_NONE ||
                    text_is(setting_text(call, role, KEY_REACH, 0), "console");
  if (is_console || !carrier_reaches(call->world, call->graph, role))
    return TEXT("");
  if (carrier_is_done(call, role, name, NULL))
    return TEXT(" (asked before)");
  struct answer answer = {0};
  struct letter letter = letter_make_task(call);
  enum outcome outcome = carrier_carry(call, role, &letter, name, &answer);
  return text_format(call->arena, outcome == OUTCOME_DONE ? " (asked: %.*s)" : " (not asked: %.*s)",
                     TEXT_ARG(answer.says));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  if (call->confirmed)
    return answer_end(call, ret_answer, OUTCOME_DONE, "confirmed: %.*s",
                      TEXT_ARG(call->step->sentence));
  struct text asked = ask(call);
  answer_help(call, ret_answer, "renew sign %.*s %.*s", TEXT_ARG(call->run),
              TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return answer_end(call, ret_answer, OUTCOME_WAIT, "%.*s%.*s", TEXT_ARG(call->step->sentence),
                    TEXT_ARG(asked));
}

const struct provider provider_person = {
    .name = "person",
    .supports = IS_PERSON,
    .probe = probe,
    .apply = apply,
};
