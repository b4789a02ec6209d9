/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preview: the substitute tables of a dry run. Nothing is changed, nobody is asked, no command is
 * run, no secret is read; every step is answered DONE with the sentence of what would have been
 * done.
 *
 * (1) Without `live` nothing is looked at. With it the real probe is let through until the step was
 *     pretended; afterwards the step's effect is there, as far as the run can see.
 * (2) A live probe that finds neither the state before nor after is shown and not taken for drift:
 *     the steps before it were only pretended.
 * (3) What a person does or reads stays marked as such: a dry run cannot know it.
 */
#include "runtime/providers/preview.h"

#include "runtime/providers/simulate.h"
#include "runtime/providers/step.h"

struct preview {
  struct arena *arena;
  bool *was_pretended; /* by step index; a step's calls follow one another */
  struct text *found;  /* by step index: what was there before it was pretended */
};

struct preview *preview_new(struct arena *arena, const struct graph *graph)
{
  struct preview *preview = ARENA_NEW(arena, struct preview);
  preview->arena = arena;
  preview->found = arena_array(arena, (size_t)graph->step_count + 1, sizeof *preview->found);
  preview->was_pretended =
      arena_array(arena, (size_t)graph->step_count + 1, sizeof *preview->was_pretended);
  return preview;
}

/* NULL for a step of a roll-back, which is in no order that could be remembered. */
static bool *memory_of(const struct call *call)
{
  const struct graph *graph = call->graph;
  struct preview *preview = call->world->preview;
  bool is_step = call->step >= graph->steps && call->step < graph->steps + graph->step_count;
  return preview == NULL || !is_step ? NULL : &preview->was_pretended[call->step - graph->steps];
}

static void say_would(const struct call *call, struct answer *ret_answer)
{
  const struct provider *real = call->world->simulation == NULL
                                    ? providers_real.find(call->graph, call->step)
                                    : providers_simulated.find(call->graph, call->step);
  if (real->preview != NULL)
    real->preview(call, ret_answer);
  else
    answer_say(call, ret_answer, "%s: %.*s",
               (real->supports & IS_PERSON) != 0 ? "a person would do" : "would do",
               TEXT_ARG(call->step->sentence));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  bool *was_pretended = memory_of(call);
  if (was_pretended != NULL)
    *was_pretended = true;
  say_would(call, ret_answer);
  return OUTCOME_DONE;
}

static enum observation probe_nothing(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "a dry run does not look");
}

static enum observation probe_live(const struct call *call, struct answer *ret_answer)
{
  const bool *was_pretended = memory_of(call);
  struct preview *preview = call->world->preview;
  size_t index = (size_t)(call->step - call->graph->steps);
  if (was_pretended != NULL && *was_pretended) {
    say_would(call, ret_answer);
    struct text found = preview->found[index];
    if (found.length != 0)
      answer_say(call, ret_answer, "%.*s; now: %.*s", TEXT_ARG(ret_answer->says), TEXT_ARG(found));
    return OBSERVED_AFTER;
  }
  enum observation observed = providers_real.find(call->graph, call->step)->probe(call, ret_answer);
  /* The loop itself makes the calls of a dry run, so its arena may be used. */
  if (was_pretended != NULL)
    preview->found[index] = text_copy(preview->arena, ret_answer->says);
  return observed == OBSERVED_NEITHER ? OBSERVED_BEFORE : observed;
}

static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  return answer_end(call, ret_answer, OUTCOME_DONE, "would undo: %.*s",
                    TEXT_ARG(call->step->sentence));
}

#define PRETENDED(more, look, ...)                                                                 \
  {                                                                                                \
    .name = "preview", .supports = CAN_REPEAT | CAN_UNDO | (more), .probe = (look),                \
    .apply = apply, .undo = undo, __VA_ARGS__                                                      \
  }
static const struct provider pretended = PRETENDED(0, probe_nothing, );
static const struct provider pretended_person = PRETENDED(IS_PERSON, probe_nothing, );
static const struct provider pretended_message = PRETENDED(IS_MESSAGE, probe_nothing, );
/* What would stop a run stops its rehearsal: but only of a plan that may open its secrets. */
static void prepare_live(const struct call *call, struct diag_list *diags)
{
  const struct provider *real = providers_real.find(call->graph, call->step);
  if (call->world->trusted && real->prepare != NULL)
    real->prepare(call, diags);
}

static const struct provider pretended_live =
    PRETENDED(CAN_PROBE, probe_live, .prepare = prepare_live);
#undef PRETENDED

static const struct provider *pretended_for(unsigned supports)
{
  if ((supports & IS_PERSON) != 0)
    return &pretended_person;
  return (supports & IS_MESSAGE) != 0 ? &pretended_message : &pretended;
}

static const struct provider *find(const struct graph *graph, const struct step *step)
{
  return pretended_for(providers_real.find(graph, step)->supports);
}

static const struct provider *find_simulated(const struct graph *graph, const struct step *step)
{
  return pretended_for(providers_simulated.find(graph, step)->supports);
}

static const struct provider *find_live(const struct graph *graph, const struct step *step)
{
  const struct provider *blind = find(graph, step);
  bool can_look = (providers_real.find(graph, step)->supports & CAN_PROBE) != 0;
  return blind == &pretended && can_look ? &pretended_live : blind;
}

const struct provider_table providers_preview = {.find = find};
const struct provider_table providers_preview_simulated = {.find = find_simulated};
const struct provider_table providers_preview_live = {.find = find_live};
