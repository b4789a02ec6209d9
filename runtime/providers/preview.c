/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preview: the substitute table of a dry run. Nothing is changed, nobody is asked, no command is run, no
 * secret is read; every step is answered DONE with the sentence of what would have been done.
 *
 * (1) It never probes on the engine's behalf: a world in which nothing changes would contradict the
 *     steps that were pretended. With world.live the real probe is asked once, inside apply, and what
 *     it saw stands in the answer.
 * (2) Providers that people stand for are pretended as well; the engine's stand-in answers gates.
 */
#include "runtime/providers/preview.h"

#include "runtime/providers/step.h"

enum fidelity preview_fidelity(const struct graph *graph, const struct step *step, bool live)
{
  const struct provider *real = providers_real.find(graph, step);
  /* A person's mind, and whether a message was read, cannot be known before. */
  if ((real->supports & IS_PERSON) != 0)
    return FIDELITY_UNKNOWABLE;
  return live && (real->supports & CAN_PROBE) != 0 ? FIDELITY_PROBED : FIDELITY_SIMULATED;
}

static void say_what(const struct call *call, const struct provider *real, struct answer *answer)
{
  if (real->preview != NULL)
    real->preview(call, answer);
  else if ((real->supports & IS_PERSON) != 0)
    answer_say(call, answer, "a person: %.*s", TEXT_ARG(call->step->sentence));
  else
    answer_say(call, answer, "would do: %.*s", TEXT_ARG(call->step->sentence));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  const struct provider *real = providers_real.find(call->graph, call->step);
  struct answer seen = {0};
  say_what(call, real, ret_answer);
  if (preview_fidelity(call->graph, call->step, call->world->live) == FIDELITY_PROBED) {
    enum observation observed = real->probe(call, &seen);
    ret_answer->says = text_format(call->arena, "%.*s (now: %s, %.*s)", TEXT_ARG(ret_answer->says),
                                   observation_word(observed), TEXT_ARG(seen.says));
  }
  return OUTCOME_DONE;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "a dry run");
}

static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  return answer_end(call, ret_answer, OUTCOME_DONE, "would undo: %.*s",
                    TEXT_ARG(call->step->sentence));
}

static const struct provider pretended = {
    .name = "preview",
    .supports = CAN_REPEAT | CAN_UNDO,
    .probe = probe,
    .apply = apply,
    .undo = undo,
};

static const struct provider *find(const struct graph *graph, const struct step *step)
{
  (void)graph;
  (void)step;
  return &pretended;
}

const struct provider_table providers_preview = {.find = find};
