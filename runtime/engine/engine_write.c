/* SPDX-License-Identifier: Apache-2.0 */
/* engine_write: the engine's records and rows, and what it does where they cannot be written. */
#include "runtime/engine/engine_int.h"

#include "runtime/engine/signoff.h"

struct record engine_record(struct engine *engine, enum record_kind kind, const char *what,
                            struct text says)
{
  static const char *const what_names[RECORD__COUNT] = {[RECORD_OUTCOME] = "outcome",
                                                        [RECORD_DONE] = "how",
                                                        [RECORD_WAIT] = "for",
                                                        [RECORD_UNDO] = "outcome",
                                                        [RECORD_NOTE] = "about"};
  struct record record;
  record_start(&record, kind, engine->clock->now_ms());
  if (what != NULL && what_names[kind] != NULL)
    record_add_text(&record, what_names[kind], text_of(what));
  record_add_text(&record, "says", says);
  return record;
}

void engine_record_answer(struct record *record, const struct answer *answer)
{
  for (const struct fact *fact = answer->facts; fact != NULL; fact = fact->next)
    record_add_fact(record, fact->name, fact->value);
  if (answer->has_code)
    record_add_text(record, "code", text_of(diag_code_name(answer->code)));
}

static bool accept_result(struct engine *engine, enum store_result result)
{
  if (result == STORE_OK)
    return true;
  if (result != STORE_CONFLICT) {
    engine->is_broken = engine->stops = true;
    engine_worsen(engine, END_UNUSABLE);
    return false;
  }
  /* A person's word came first: what they changed is read, and the step considered anew. */
  engine_reload(engine);
  return false;
}

/* The message of a step is one, however often it is sent. */
static struct text message_id(struct engine *engine, uint32_t step, enum step_status status)
{
  bool is_message = (engine_provider(engine, step)->supports & IS_MESSAGE) != 0;
  if ((status != STEP_INTENT && status != STEP_DONE) || !is_message)
    return TEXT_NONE;
  return text_format(engine->arena, "%.*s/%.*s", TEXT_ARG(engine->run->id),
                     TEXT_ARG(engine->graph->steps[step].id));
}

bool engine_write(struct engine *engine, uint32_t step, struct record *record,
                  enum step_status status, bool voids_signoffs)
{
  struct slot *slot = &engine->slots[step];
  const struct step *of = &engine->graph->steps[step];
  if (engine->is_broken) {
    record_free(record);
    return false;
  }
  if (status == STEP_DONE || status == STEP_SKIPPED || status == STEP_INTENT) {
    slot->wait = WAIT_NOTHING;
    slot->until_ms = 0;
  }
  record_set_step(record, step, of->id, status);
  struct step_row row = {.step = step,
                         .id = of->id,
                         .status = status,
                         .wait = slot->wait,
                         .failed_tries = slot->failed_tries,
                         .ready_ms = slot->ready_ms,
                         .until_ms = slot->until_ms,
                         .says = slot->says};
  struct store_write write = {.run = engine->run->id,
                              .record = record,
                              .step = &row,
                              .expected = slot->status,
                              .message_id = message_id(engine, step, status),
                              .message_is_sent = status == STEP_DONE,
                              .voids_signoffs = voids_signoffs};
  enum store_result result = store_write(engine->given->store, &write, engine->given->diags);
  record_free(record);
  engine->has_written = true;
  if (result == STORE_OK) {
    slot->status = status;
    belief_take(&engine->belief, step, status, false, true);
  }
  return accept_result(engine, result);
}

bool engine_note(struct engine *engine, struct record *record, uint32_t step)
{
  if (engine->is_broken) {
    record_free(record);
    return false;
  }
  if (step != INDEX_NONE) {
    record->step = step;
    record->step_id = engine->graph->steps[step].id;
  }
  struct store_write write = {.run = engine->run->id, .record = record};
  enum store_result result = store_write(engine->given->store, &write, engine->given->diags);
  record_free(record);
  engine->has_written = true;
  return accept_result(engine, result);
}

/* A wait that the store knows already is told again, but not written again. */
void engine_wait(struct engine *engine, uint32_t step, enum wait_kind wait, int64_t until_ms,
                 struct text says, struct text help)
{
  struct slot *slot = &engine->slots[step];
  if (wait == WAIT_PERSON || wait == WAIT_APPROVAL)
    says = engine_with_due(engine, step, says);
  bool is_known = slot->status == STEP_WAITING && slot->wait == wait && slot->until_ms == until_ms;
  /* Behind one wait there may be another one, which nobody knows of yet. */
  slot->is_told = slot->is_told && slot->wait == wait;
  slot->wait = wait;
  slot->until_ms = until_ms;
  slot->says = says;
  if (!is_known) {
    struct record record = engine_record(engine, RECORD_WAIT, wait_words[wait], says);
    if (until_ms != 0) {
      char utc[UTC_TEXT_BYTES];
      utc_format(until_ms, utc);
      record_add_text(&record, "until", text_of(utc));
    }
    if (!engine_write(engine, step, &record, STEP_WAITING, false))
      return;
  }
  if (!slot->is_told)
    engine_tell(engine, EVENT_WAIT, step,
                wait == WAIT_QUESTION ? guard_question(engine->arena, says) : says, help);
  slot->is_told = true;
  if (until_ms != 0)
    engine_sit(engine, step);
  else
    engine_worsen(engine, END_WAITING);
}
