/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gates: what stands between a ready step and its act, in this order: its guard, the role's
 * executor, its date, its approval, its window (gate_window.c). Each gate that is shut is a wait with
 * its own name.
 */
#include "runtime/engine/engine_int.h"

#include "runtime/engine/signoff.h"
#include "compiler/graph/window.h"

enum { MS = 1000 };

/* Where bare dates of the plan are shown. */
static uint32_t plan_zone(const struct graph *graph)
{
  const struct graph_value *during =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  return during == NULL ? INDEX_NONE : during->resource;
}

/* The plan's `starts on`: before it nothing begins, not even a question. */
static bool pass_start(struct engine *engine, uint32_t step)
{
  int64_t start_ms;
  if (!plan_start(engine->graph, engine->run->begun_ms, &start_ms) ||
      start_ms <= engine->clock->now_ms())
    return true;
  engine_wait(engine, step, WAIT_DATE, start_ms,
              text_format(engine->arena, "the plan starts on %.*s",
                          TEXT_ARG(engine_moment(engine, plan_zone(engine->graph), start_ms))),
              TEXT_NONE);
  return false;
}

/* What calendars count from: a run that waits for its start belongs to the cycle of the start. */
static int64_t counted_from_ms(const struct engine *engine)
{
  int64_t start_ms, begun_ms = engine->run->begun_ms;
  return plan_start(engine->graph, begun_ms, &start_ms) && start_ms > begun_ms ? start_ms
                                                                               : begun_ms;
}

/* `waits until|for`, and `at MOMENT` of a message. */
static bool pass_date(struct engine *engine, uint32_t step)
{
  const struct graph *graph = engine->graph;
  const struct step *of = &graph->steps[step];
  struct slot *slot = &engine->slots[step];
  int64_t now_ms = engine->clock->now_ms(), until_ms = 0;
  uint32_t window = of->window == INDEX_NONE ? plan_zone(graph) : of->window;
  int64_t from_ms = counted_from_ms(engine);
  struct moment_context context = {graph, from_ms, now_ms, window};
  const struct argument *length = step_argument(graph, of, PART_FOR, 0);
  const struct argument *moment = step_argument(graph, of, PART_UNTIL, 0);
  if (of->effect != EFFECT_WAIT) {
    length = NULL;
    moment = step_argument(graph, of, PART_AT, 0);
  }
  /* The wait for the plan's start is over, and was not this one. */
  if (slot->wait == WAIT_DATE && slot->until_ms != 0 && slot->until_ms != from_ms)
    until_ms = slot->until_ms; /* `agreed.start` must not become the start of the opening after */
  else if (length != NULL)
    until_ms = (slot->ready_ms > from_ms ? slot->ready_ms : from_ms) + length->number * MS;
  else if (moment != NULL && !moment_of_argument(&context, moment, &until_ms))
    until_ms = 0;
  if (until_ms <= now_ms)
    return true;
  char words[MOMENT_TEXT_BYTES];
  moment_format(graph, window, until_ms, words);
  engine_wait(engine, step, WAIT_DATE, until_ms, text_format(engine->arena, "until %s", words),
              TEXT_NONE);
  return false;
}

static bool pass_role(struct engine *engine, uint32_t step)
{
  const struct engine_options *options = engine->given->options;
  struct text role = engine->graph->resources[engine->graph->steps[step].role].name;
  for (uint32_t i = 0; i < options->role_count; i++) {
    if (text_equal(options->roles[i], role))
      return true;
  }
  if (options->role_count == 0)
    return true;
  engine_wait(engine, step, WAIT_ROLE, 0,
              text_format(engine->arena, "the executor of `%.*s` does it", TEXT_ARG(role)),
              TEXT_NONE);
  return false;
}

static bool pass_approval(struct engine *engine, uint32_t step)
{
  const struct engine_options *options = engine->given->options;
  const struct step *of = &engine->graph->steps[step];
  if (!of->needs_sign_off)
    return true;
  uint32_t role = signoff_missing_role(engine->graph, of, MEANS_APPROVE, engine->signoffs,
                                       engine->signoff_count);
  if (role == INDEX_NONE)
    return true;
  if (options->stand_in != NULL)
    return options->stand_in(options->of, of, WAIT_APPROVAL);
  if (engine->given->table->ask != NULL && !engine->slots[step].is_asked) {
    engine_give(engine, step, JOB_ASK);
    return false;
  }
  engine_wait(engine, step, WAIT_APPROVAL, 0,
              text_format(engine->arena, "needs the approval of `%.*s`: %.*s%.*s",
                          TEXT_ARG(engine->graph->resources[role].name), TEXT_ARG(of->sentence),
                          TEXT_ARG(engine->slots[step].asked)),
              TEXT_NONE);
  return false;
}

bool engine_pass_gates(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  const struct step *of = &engine->graph->steps[step];
  if (of->checks != INDEX_NONE && engine->slots[of->checks].status == STEP_SKIPPED) {
    struct record record = engine_record(engine, RECORD_SKIP, NULL, TEXT("its step was left out"));
    record_add_text(&record, "reason", TEXT("step"));
    if (engine_write(engine, step, &record, STEP_SKIPPED, false)) {
      engine_tell(engine, EVENT_SKIP, step, TEXT("its step was left out"), TEXT_NONE);
      engine_settle(engine, step);
    }
    return false;
  }
  /* A person who was asked is not asked again; the answer comes as another status. */
  if (slot->status == STEP_WAITING && slot->wait == WAIT_PERSON) {
    if (!slot->is_told)
      engine_tell(engine, EVENT_WAIT, step, slot->says, TEXT_NONE);
    slot->is_told = true;
    engine_worsen(engine, END_WAITING);
    return false;
  }
  if (slot->status == STEP_WAITING && (slot->wait == WAIT_RETRY || slot->wait == WAIT_TICKET) &&
      slot->until_ms > engine->clock->now_ms()) {
    engine_sit(engine, step);
    return false;
  }
  if (!pass_start(engine, step))
    return false;
  /* What waits behind its guard has passed it. */
  bool is_guarded = slot->status == STEP_PENDING || slot->wait == WAIT_QUESTION;
  if (of->guard != INDEX_NONE && is_guarded && !slot->may_pass) {
    engine_give(engine, step, JOB_GUARD);
    return false;
  }
  return pass_role(engine, step) && pass_date(engine, step) && pass_approval(engine, step) &&
         engine_pass_window(engine, step);
}
