/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person: what nobody automates (yet): the step's own sentence is the task, a person's answer ends
 * it. The role hears of it by its own carrier (carrier.h), once; where that does not work the step
 * waits all the same, and `renew tasks` shows it.
 */
#include "runtime/providers/person.h"

#include "runtime/providers/carrier.h"
#include "runtime/providers/own.h"
#include "runtime/providers/safe.h"

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "only a person can see this");
}

/* Tells one role that it is its turn. Console roles look at `renew tasks` anyway. */
static void ask_role(const struct call *call, uint32_t role, bool is_approval, struct buffer *says)
{
  struct text name = text_format(call->arena, "%.*s.%s", TEXT_ARG(step_file_name(call)),
                                 is_approval ? "approval" : "task");
  struct text path = TEXT_NONE;
  struct answer answer = {0};
  if (role == INDEX_NONE || text_is(setting_text(call, role, KEY_REACH, 0), "console"))
    return;
  if (carrier_is_done(call, role, name, NULL)) {
    buffer_add_zero(says, " (asked before)");
    return;
  }
  struct letter letter = letter_make_task(call, role, is_approval);
  if (!carrier_reaches(call->world, call->graph, role)) {
    bool is_left = letter_leave(call, &letter, role, name, &path, &answer);
    buffer_format(says, is_left ? " (send %.*s to %.*s)" : " (not asked: %.*s%.*s)",
                  TEXT_ARG(is_left ? path : answer.says),
                  TEXT_ARG(is_left ? setting_text(call, role, KEY_REACH, 1) : TEXT("")));
    return;
  }
  enum outcome outcome = carrier_carry(call, role, &letter, name, &answer);
  buffer_format(says, outcome == OUTCOME_DONE ? " (asked, %.*s)" : " (not asked: %.*s)",
                TEXT_ARG(answer.says));
}

void providers_ask(const struct call *call, uint32_t role, struct answer *ret_answer)
{
  struct buffer says = {0};
  ask_role(call, role, true, &says);
  ret_answer->says = text_copy(call->arena, buffer_text(&says));
  buffer_free(&says);
}

/* All who are to answer. What was done, to be said behind the sentence. */
static struct text ask(const struct call *call)
{
  const struct step *step = call->step;
  struct buffer says = {0};
  for (uint32_t i = 0; i < step->roles.count; i++)
    ask_role(call, call->graph->indices[step->roles.first + i], false, &says);
  if (step->roles.count == 0)
    ask_role(call, step->role, false, &says);
  struct text said = text_copy(call->arena, buffer_text(&says));
  buffer_free(&says);
  return said;
}

enum outcome person_ask(const struct call *call, struct text words, struct answer *ret_answer)
{
  struct text asked = ask(call);
  answer_help(call, ret_answer, "renew sign %.*s %.*s", TEXT_ARG(call->run),
              TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return answer_end(call, ret_answer, OUTCOME_WAIT, "%.*s%.*s", TEXT_ARG(words), TEXT_ARG(asked));
}

/* SAP-f7a5-11. Who is to trust a certificate compares its fingerprint: where the run knows it, it is said. */
static struct text sentence(const struct call *call)
{
  const struct argument *thing;
  struct text words = call->step->sentence, error;
  struct cert_list chain;
  if (call->step->effect != EFFECT_ADD_ACCEPTED && call->step->effect != EFFECT_SET_SLOT)
    return words;
  for (uint32_t i = 0; i < call->step->arguments.count; i++) {
    thing = &call->graph->arguments[call->step->arguments.first + i];
    if (thing->kind == ARGUMENT_RESOURCE && argument_has(thing, MEMBER_NEW) &&
        call->graph->resources[thing->resource].kind == KIND_CERTIFICATE &&
        safe_read_chain(call, argument_name(call, thing), &chain, &error) == FILE_FOUND)
      words =
          text_format(call->arena, "%.*s; %.*s is SHA-256 %.*s", TEXT_ARG(words),
                      TEXT_ARG(argument_name(call, thing)), TEXT_ARG(chain.items[0].fingerprint));
  }
  return words;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  if (call->confirmed)
    return answer_end(call, ret_answer, OUTCOME_DONE, "confirmed: %.*s",
                      TEXT_ARG(call->step->sentence));
  return person_ask(call, sentence(call), ret_answer);
}

const struct provider provider_person = {
    .name = "person",
    .supports = IS_PERSON,
    .probe = probe,
    .apply = apply,
};
