/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failure: what follows a step that failed, and the states that only a person can leave.
 *
 * `on failure stop` (the default): the step is failed, no further step begins. `continue`: the step
 * counts as skipped. `roll-back`: what the step did is put back, then as stop. A check belongs to
 * its step: where a check fails, the step's own `on failure` counts, and its act is put back.
 */
#include "runtime/engine/engine_int.h"

static const char retry_how[] = "remove the cause, then: renew retry %.*s %.*s";
static const char decide_how[] =
    "look at the target; then: renew decide %.*s %.*s done|redo --because \"...\"";

/* The step whose act and whose `on failure` count. */
static uint32_t owner_of(const struct engine *engine, uint32_t step)
{
  uint32_t owner = engine->graph->steps[step].checks;
  return owner == INDEX_NONE ? step : owner;
}

static bool can_undo(struct engine *engine, uint32_t step)
{
  const struct step *of = &engine->graph->steps[step];
  const struct provider *provider = engine_provider(engine, step);
  return of->undo != INDEX_NONE || provider->undo != NULL;
}

static void report(struct engine *engine, uint32_t step, enum diag_code code,
                   const struct answer *answer, const char *what, const char *way_out)
{
  struct diag_list *diags = engine->given->diags;
  struct text id = engine->graph->steps[step].id;
  struct diag *diag =
      diag_add_nowhere(diags, code, "`%.*s` %s: %.*s", TEXT_ARG(id), what, TEXT_ARG(answer->says));
  if (answer->has_code && !diag_is_muted(answer->code))
    diag_add_note(diags, diag, "%s: %s", diag_code_name(answer->code),
                  diag_code_title(answer->code));
  if (answer->help.length > 0)
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(answer->help));
  diag_add_help(diags, diag, way_out, TEXT_ARG(engine->run->id),
                TEXT_ARG(text_shell_word(engine->arena, id)));
}

void engine_roll_back(struct engine *engine, uint32_t step)
{
  struct record record = engine_record(engine, RECORD_UNDO, "begun", TEXT_NONE);
  if (!engine_write(engine, step, &record, STEP_UNDOING, false))
    return;
  engine_tell(engine, EVENT_UNDO, step, TEXT("putting back what was before"), TEXT_NONE);
  engine_give(engine, step, JOB_UNDO);
}

bool engine_wants_roll_back(struct engine *engine, uint32_t step)
{
  uint32_t owner = owner_of(engine, step);
  return engine->graph->steps[owner].on_failure == FAILURE_ROLL_BACK && can_undo(engine, owner) &&
         (owner == step || engine->slots[owner].status == STEP_DONE);
}

static void go_on_without(struct engine *engine, uint32_t step, struct record *record)
{
  struct slot *slot = &engine->slots[step];
  record_add_text(record, "reason", TEXT("failed, and the plan goes on"));
  if (!engine_write(engine, step, record, STEP_SKIPPED, false))
    return;
  engine_tell(
      engine, EVENT_SKIP, step,
      text_format(engine->arena, "failed, and the plan goes on: %.*s", TEXT_ARG(slot->says)),
      TEXT_NONE);
  engine_settle(engine, step);
}

/* acted: the step's own act may have changed something. */
void engine_fail(struct engine *engine, uint32_t step, enum record_kind kind,
                 const struct answer *answer, const char *outcome, bool acted)
{
  struct slot *slot = &engine->slots[step];
  uint32_t owner = owner_of(engine, step);
  bool is_message = (engine_provider(engine, step)->supports & IS_MESSAGE) != 0;
  slot->says = engine_keep(engine, answer->says);
  struct record record = engine_record(engine, kind, outcome, answer->says);
  engine_record_answer(&record, answer);
  if (engine->graph->steps[owner].on_failure == FAILURE_CONTINUE) {
    go_on_without(engine, step, &record);
    return;
  }
  engine->stops = true;
  engine_worsen(engine, is_message ? END_REMOTE : END_FAILED);
  /* One record for both, so that no crash leaves a failed step without its roll-back. */
  bool undoes_itself = owner == step && acted && engine_wants_roll_back(engine, step);
  if (!engine_write(engine, step, &record, undoes_itself ? STEP_UNDOING : STEP_FAILED, false))
    return;
  engine_tell(engine, EVENT_FAIL, step, slot->says, engine_keep(engine, answer->help));
  report(engine, step, is_message ? DIAG_E1108 : DIAG_E1107, answer, "failed", retry_how);
  if (undoes_itself)
    engine_give(engine, step, JOB_UNDO);
  else if (owner != step && engine_wants_roll_back(engine, step))
    engine_roll_back(engine, owner);
  else if (acted && engine->graph->steps[owner].on_failure == FAILURE_ROLL_BACK)
    diag_add_nowhere(engine->given->diags, DIAG_E1107,
                     "`%.*s` cannot be put back by renew: it stays as it is",
                     TEXT_ARG(engine->graph->steps[owner].id));
}

void engine_take_undo(struct engine *engine, struct job *job)
{
  bool is_done = job->outcome == OUTCOME_DONE;
  struct slot *slot = &engine->slots[job->step];
  slot->says = engine_keep(engine, job->answer.says);
  struct record record =
      engine_record(engine, RECORD_UNDO, outcome_word(job->outcome), job->answer.says);
  engine_record_answer(&record, &job->answer);
  engine->stops = true;
  engine_worsen(engine, END_FAILED);
  if (!engine_write(engine, job->step, &record, is_done ? STEP_UNDONE : STEP_FAILED, false))
    return;
  engine_tell(engine, EVENT_UNDO, job->step, slot->says, engine_keep(engine, job->answer.help));
  if (is_done)
    diag_add_nowhere(engine->given->diags, DIAG_E1107, "`%.*s` was put back: %.*s",
                     TEXT_ARG(engine->graph->steps[job->step].id), TEXT_ARG(slot->says));
  else
    report(engine, job->step, DIAG_E1107, &job->answer, "could not be put back", retry_how);
}

void engine_report_again(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  const struct answer answer = {.says = slot->says};
  engine->stops = true;
  bool is_set = engine->graph->steps[step].effect == EFFECT_READ_SET;
  /* A set that was only read leaves nothing in doubt behind. */
  if (is_set && engine->cancels)
    return;
  if (slot->status == STEP_UNKNOWN) {
    engine_worsen(engine, END_UNDECIDED);
    engine_tell(engine, EVENT_UNKNOWN, step, slot->says, TEXT_NONE);
    report(engine, step, is_set ? DIAG_E1101 : DIAG_E1112, &answer,
           is_set ? "finds what the plan does not know" : "may have happened or not", decide_how);
    return;
  }
  engine_worsen(engine, END_FAILED);
  engine_tell(engine, EVENT_FAIL, step, slot->says, TEXT_NONE);
  report(engine, step, DIAG_E1107, &answer,
         slot->status == STEP_UNDONE ? "failed and was put back" : "failed", retry_how);
}

/* Only a person can say what is the case; nothing that changes something begins before. */
void engine_give_up(struct engine *engine, uint32_t step, enum diag_code code,
                    const struct answer *answer)
{
  struct slot *slot = &engine->slots[step];
  slot->says = engine_keep(engine, answer->says);
  struct record record = engine_record(engine, RECORD_NOTE, "unknown", answer->says);
  engine_record_answer(&record, answer);
  record_add_text(&record, "finding", text_of(diag_code_name(code)));
  engine->stops = true;
  engine_worsen(engine, END_UNDECIDED);
  if (!engine_write(engine, step, &record, STEP_UNKNOWN, false))
    return;
  engine_tell(engine, EVENT_UNKNOWN, step, slot->says, engine_keep(engine, answer->help));
  report(engine, step, code, answer,
         code == DIAG_E1101 ? "finds what the plan does not know" : "may have happened or not",
         decide_how);
}
