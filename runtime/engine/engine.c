/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: the life of one step. Each edge is a function of this file, of gates.c or of failure.c;
 * each is one record, and the records of a turn of the loop are one transaction in the store (held.c),
 * so a process that dies stands before an edge or behind it.
 *
 *   pending   -> skipped    [engine_take_guard]       `when` is no
 *   pending   -> waiting    [engine_wait]             a person, gate, window, date, question, retry
 *   waiting   -> pending    [signoff_sign, signoff_decide]   approved; answered
 *   waiting   -> confirmed  [signoff_sign]            a person's step was done
 *   pending   -> done       [close_step]              the target is so already
 *   pending   -> intent     [engine_begin_act]               also from waiting, confirmed and redo
 *   intent    -> acted      [engine_take_outcome]     the provider said DONE
 *   intent    -> intent     [engine_take_outcome]     in doubt: as if it had died
 *   intent    -> waiting    [engine_take_outcome]     a ticket, a person, a retry
 *   intent    -> failed     [engine_fail]             refused
 *   acted     -> done       [close_step]              the effect is there
 *   acted     -> failed     [engine_fail]             the effect is not to be seen
 *   any look  -> unknown    [engine_give_up]          only a person can say
 *   unknown   -> done, redo [signoff_decide]
 *   failed    -> pending    [signoff_retry]           also from undone
 *   failed    -> skipped    [signoff_skip]            also from pending and waiting
 *   acted, done -> undoing  [engine_roll_back]        `on failure roll-back`
 *   undoing   -> undone     [engine_take_undo]
 *
 * What holds in a state: in `intent` the target may have either state; in `acted` it has the new
 * one or the provider lied; in `done` and `skipped` the steps behind it may run; in every other
 * state it has the old one or one that a person is asked about.
 */
#include "runtime/engine/engine_int.h"

#include "runtime/store/failpoint.h"
#include "runtime/engine/resume.h"
#include "runtime/engine/retry.h"
#include "runtime/engine/signoff.h"

enum { MS = 1000 };

/* The role lets a person's step close without a word when its effect is seen. */
static bool closes_on_evidence(const struct engine *engine, const struct step *step)
{
  const struct graph_value *closes =
      graph_setting_value(engine->graph, step->role, KEY_CLOSES_ON, 0);
  return closes != NULL && closes->number != 0;
}

static bool is_confirmed(const struct engine *engine, uint32_t step)
{
  return signoff_is_complete(engine->graph, &engine->graph->steps[step], MEANS_CONFIRM,
                             engine->signoffs, engine->signoff_count);
}

/* Told and written down once; half a change is worse than a late one, so nothing follows. */
static void tell_if_late(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  const struct step *of = &engine->graph->steps[step];
  int64_t late_ms = engine->clock->now_ms() - slot->ready_ms - of->within_s * MS;
  if (of->within_s == 0 || slot->ready_ms == 0 || late_ms <= 0 || slot->late_is_told)
    return;
  slot->late_is_told = true;
  struct text says =
      text_format(engine->arena, "`%.*s` takes longer than `within` allows, by %lld s",
                  TEXT_ARG(of->id), (long long)(late_ms / MS));
  struct record record = engine_record(engine, RECORD_NOTE, "late", says);
  record_add_text(&record, "code", TEXT("W1109"));
  if (engine_note(engine, &record, step)) {
    diag_add_nowhere(engine->given->diags, DIAG_W1109, "%.*s", TEXT_ARG(says));
    engine_tell(engine, EVENT_NOTE, step, says, TEXT_NONE);
  }
}

static void close_step(struct engine *engine, uint32_t step, const char *how,
                       const struct answer *answer)
{
  struct record record = engine_record(engine, RECORD_DONE, how, answer->says);
  engine_record_answer(&record, answer);
  if (answer->says.length > 0)
    engine->slots[step].says = engine_keep(engine, answer->says);
  FAILPOINT("before-DONE");
  tell_if_late(engine, step);
  if (!engine_write(engine, step, &record, STEP_DONE, false))
    return;
  FAILPOINT_BEHIND(engine, "DONE");
  engine_tell(engine, EVENT_OK, step, answer->says, TEXT_NONE);
  engine_settle(engine, step);
}

void engine_begin_act(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  const struct step *of = &engine->graph->steps[step];
  /* What a person has done already is taken in at any time; what a person only allowed is not. */
  bool was_done =
      slot->status == STEP_CONFIRMED && (engine_provider(engine, step)->supports & IS_PERSON) != 0;
  if (!was_done && !engine_pass_window(engine, step))
    return;
  if (slot->status != STEP_CONFIRMED && !engine_may_act(engine, step))
    return;
  slot->was_looked_at = false;
  struct record record = engine_record(engine, RECORD_INTENT, NULL, TEXT_NONE);
  record_add_text(&record, "effect", text_of(effect_words[of->effect]));
  record_add_number(&record, "attempt", slot->failed_tries + 1);
  FAILPOINT("before-INTENT");
  if (!engine_write(engine, step, &record, STEP_INTENT, false))
    return;
  FAILPOINT_BEHIND(engine, "INTENT");
  engine_tell(engine, EVENT_ACTING, step, of->sentence, TEXT_NONE);
  slot->has_acted = true;
  engine_give(engine, step, JOB_APPLY);
}

/* A step that is ready, or one that another process left behind. */
void engine_consider(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  const struct step *of = &engine->graph->steps[step];
  unsigned supports = engine_provider(engine, step)->supports;
  switch (slot->status) {
  case STEP_PENDING:
  case STEP_WAITING:
    if (slot->ready_ms == 0)
      slot->ready_ms = engine->clock->now_ms();
    tell_if_late(engine, step);
    if (engine->stops || !engine_pass_gates(engine, step))
      return;
    if (of->effect == EFFECT_WAIT) {
      close_step(engine, step, "waited", &(struct answer){.says = TEXT("the time has come")});
      return;
    }
    break;
  case STEP_CONFIRMED:
  case STEP_REDO:
    if (engine->stops)
      return;
    break;
  case STEP_INTENT:
  case STEP_ACTED:
    break;
  case STEP_UNDOING:
    engine_give(engine, step, JOB_UNDO);
    return;
  case STEP_DONE:
  case STEP_SKIPPED:
  case STEP_FAILED:
  case STEP_UNKNOWN:
  case STEP_UNDONE:
  case STEP__COUNT:
    return;
  }
  if ((supports & CAN_PROBE) != 0) {
    engine_give(engine, step, JOB_PROBE);
    return;
  }
  struct job blind = {.step = step, .observed = OBSERVED_NOTHING};
  blind.provider = engine_provider(engine, step);
  engine_take_observation(engine, &blind);
}

void engine_take_guard(struct engine *engine, struct job *job)
{
  struct slot *slot = &engine->slots[job->step];
  const struct guard_verdict *guard = &job->guard;
  struct text says = engine_keep(engine, guard->says);
  bool is_yes = guard->result == GUARD_IS_YES;
  if (guard->result == GUARD_IS_OPEN) {
    const struct engine_options *options = engine->given->options;
    const struct step *of = &engine->graph->steps[job->step];
    if (options->stand_in == NULL) {
      /* The row of a question says the fact itself: signoff_decide answers that fact. */
      engine_wait(engine, job->step, WAIT_QUESTION, 0, engine_keep(engine, guard->fact), says);
      return;
    }
    is_yes = options->stand_in(options->of, of, WAIT_QUESTION);
  }
  if (is_yes) {
    slot->may_pass = true;
    engine_queue(engine, job->step);
    return;
  }
  struct record record = engine_record(engine, RECORD_SKIP, NULL, says);
  record_add_text(&record, "reason", TEXT("guard"));
  slot->says = says;
  if (!engine_write(engine, job->step, &record, STEP_SKIPPED, false))
    return;
  belief_take(&engine->belief, job->step, STEP_SKIPPED, true, true);
  engine_tell(engine, EVENT_SKIP, job->step, says, TEXT_NONE);
  engine_settle(engine, job->step);
}

/* Nothing was sent, or nothing could be seen: after a pause again, as often as the plan says. The
 * status is kept: what is in doubt stays in doubt. */
static void try_later(struct engine *engine, uint32_t step, enum record_kind kind, const char *what,
                      enum step_status status, const struct answer *answer)
{
  struct slot *slot = &engine->slots[step];
  const struct step *of = &engine->graph->steps[step];
  slot->failed_tries++;
  bool again = retry_is_left(slot->failed_tries, of->retry_count);
  int64_t first_ms = of->retry_every_s * MS;
  if (first_ms == 0)
    first_ms = engine->given->options->retry_pause_ms > 0 ? engine->given->options->retry_pause_ms
                                                          : RETRY_DEFAULT_PAUSE_MS;
  engine->dice = engine->dice * 1664525u + 1013904223u; /* spreads pauses, keeps no secret */
  int64_t pause_ms =
      retry_pause_ms(slot->failed_tries, first_ms, answer->retry_after_s * MS, engine->dice >> 16);
  slot->says = engine_keep(engine, answer->says);
  slot->wait = again && status == STEP_WAITING ? WAIT_RETRY : WAIT_NOTHING;
  slot->until_ms = again ? engine->clock->now_ms() + pause_ms : 0;
  struct record record = engine_record(engine, kind, what, answer->says);
  engine_record_answer(&record, answer);
  record_add_number(&record, "failed-tries", slot->failed_tries);
  if (!again && status == STEP_WAITING)
    status = STEP_PENDING;
  if (!engine_write(engine, step, &record, status, false))
    return;
  if (again) {
    engine_tell(engine, EVENT_RETRY, step, slot->says, TEXT_NONE);
    engine_sit(engine, step);
    return;
  }
  struct diag *diag =
      diag_add_nowhere(engine->given->diags, DIAG_E1108, "`%.*s` could not reach its target: %.*s",
                       TEXT_ARG(of->id), TEXT_ARG(slot->says));
  if (answer->help.length > 0)
    diag_add_help(engine->given->diags, diag, "%.*s", TEXT_ARG(answer->help));
  diag_add_help(engine->given->diags, diag,
                slot->has_acted ? "what it has done so far stays; renew resume %.*s looks at the "
                                  "target first, and does what is left"
                                : "nothing was changed by this step; try again: renew resume %.*s",
                TEXT_ARG(engine->run->id));
  engine_tell(engine, EVENT_FAIL, step, slot->says, engine_keep(engine, answer->help));
  engine_worsen(engine, END_REMOTE);
}

/* Said to be done and not to be seen: some effects take a moment, so it is looked for again. */
static void look_again_or_fail(struct engine *engine, struct job *job)
{
  struct slot *slot = &engine->slots[job->step];
  const struct step *of = &engine->graph->steps[job->step];
  if (retry_is_left(slot->failed_tries + 1, of->retry_count)) {
    try_later(engine, job->step, RECORD_NOTE, "not to be seen yet", STEP_ACTED, &job->answer);
    return;
  }
  engine_fail(engine, job->step, RECORD_NOTE, &job->answer, "not-seen", true);
}

void engine_take_observation(struct engine *engine, struct job *job)
{
  struct slot *slot = &engine->slots[job->step];
  const struct step *of = &engine->graph->steps[job->step];
  unsigned supports = job->provider->supports;
  enum observation observed = job->observed;
  slot->was_seen = slot->was_seen || (slot->status != STEP_ACTED && observed != OBSERVED_NOTHING);
  bool by_person = (supports & IS_PERSON) != 0 && slot->status != STEP_ACTED;
  if (by_person && observed == OBSERVED_AFTER && !is_confirmed(engine, job->step) &&
      !closes_on_evidence(engine, of))
    observed = OBSERVED_BEFORE;
  enum next_act next = resume_next(slot->status, observed, supports);
  /* What only looks cannot find a wrong target: what it wants to see is not there. */
  if (of->effect == EFFECT_LOOK && next == NEXT_DRIFT)
    next = NEXT_ACT;
  switch (next) {
  case NEXT_CLOSE:
    FAILPOINT("VERIFIED");
    close_step(engine, job->step, slot->status == STEP_ACTED ? "acted" : "seen", &job->answer);
    return;
  case NEXT_ACT:
    /* In doubt and seen not to have happened, more often than the plan allows: give way. */
    if (slot->status == STEP_INTENT && slot->failed_tries > 0 &&
        !retry_is_left(slot->failed_tries, of->retry_count)) {
      slot->failed_tries--;
      /* That it has not happened is seen; why, the lost answer told. */
      if (slot->lost.length != 0)
        job->answer.says = text_format(engine->arena, "%.*s; looked for afterwards: %.*s",
                                       TEXT_ARG(slot->lost), TEXT_ARG(job->answer.says));
      try_later(engine, job->step, RECORD_NOTE, "in doubt too often", STEP_WAITING, &job->answer);
      return;
    }
    if (!engine->stops)
      engine_begin_act(engine, job->step);
    return;
  case NEXT_LATER:
    try_later(engine, job->step, RECORD_WAIT, "retry",
              slot->status == STEP_ACTED ? STEP_ACTED : STEP_WAITING, &job->answer);
    return;
  case NEXT_DRIFT:
    engine_give_up(engine, job->step, DIAG_E1101, &job->answer);
    return;
  case NEXT_DECIDE:
    engine_give_up(engine, job->step, DIAG_E1112, &job->answer);
    return;
  case NEXT_MISSING:
    look_again_or_fail(engine, job);
    return;
  }
}

/* DONE, or a person's answer that there was nothing to take in of. */
static void take_done(struct engine *engine, struct job *job)
{
  struct record record = engine_record(engine, RECORD_OUTCOME, "done", job->answer.says);
  engine_record_answer(&record, &job->answer);
  if (!engine_write(engine, job->step, &record, STEP_ACTED, false))
    return;
  FAILPOINT_BEHIND(engine, "OUTCOME");
  if ((job->provider->supports & CAN_PROBE) != 0)
    engine_give(engine, job->step, JOB_PROBE);
  else
    close_step(engine, job->step, job->call.confirmed ? "confirmed" : "acted", &job->answer);
}

static void take_wait(struct engine *engine, struct job *job)
{
  struct slot *slot = &engine->slots[job->step];
  bool is_person = (job->provider->supports & IS_PERSON) != 0;
  if (is_person && job->call.confirmed) {
    take_done(engine, job);
    return;
  }
  if (is_person || job->answer.asks) {
    engine_wait(engine, job->step, WAIT_PERSON, 0, engine_keep(engine, job->answer.says),
                engine_keep(engine, job->answer.help));
    return;
  }
  int64_t pause_s = job->answer.retry_after_s > 0 ? job->answer.retry_after_s : 1;
  slot->is_told = false;
  engine_wait(engine, job->step, WAIT_TICKET, engine->clock->now_ms() + pause_s * MS,
              engine_keep(engine, job->answer.says), engine_keep(engine, job->answer.help));
}

static void take_doubt(struct engine *engine, struct job *job)
{
  struct slot *slot = &engine->slots[job->step];
  slot->failed_tries++;
  slot->lost = engine_keep(engine, job->answer.says);
  struct record record = engine_record(engine, RECORD_OUTCOME, "in-doubt", job->answer.says);
  engine_record_answer(&record, &job->answer);
  if (!engine_write(engine, job->step, &record, STEP_INTENT, false))
    return;
  FAILPOINT_BEHIND(engine, "OUTCOME");
  engine_queue(engine, job->step);
}

/* What a person brought back does not do: ask again, and count the old answer no more. */
static void ask_again(struct engine *engine, struct job *job)
{
  struct slot *slot = &engine->slots[job->step];
  slot->wait = WAIT_PERSON;
  slot->until_ms = 0;
  slot->says = engine_keep(engine, job->answer.says);
  struct record record = engine_record(engine, RECORD_OUTCOME, "refused", slot->says);
  engine_record_answer(&record, &job->answer);
  if (!engine_write(engine, job->step, &record, STEP_WAITING, true))
    return;
  engine_tell(engine, EVENT_WAIT, job->step, slot->says, engine_keep(engine, job->answer.help));
  engine_worsen(engine, END_WAITING);
}

void engine_take_outcome(struct engine *engine, struct job *job)
{
  const struct step *of = &engine->graph->steps[job->step];
  struct slot *slot = &engine->slots[job->step];
  bool looks_only = of->effect == EFFECT_LOOK;
  FAILPOINT("SENT");
  switch (job->outcome) {
  case OUTCOME_DONE:
    take_done(engine, job);
    return;
  case OUTCOME_WAIT:
    take_wait(engine, job);
    return;
  case OUTCOME_IN_DOUBT:
    take_doubt(engine, job);
    return;
  case OUTCOME_UNREACHABLE:
    try_later(engine, job->step, RECORD_OUTCOME, "unreachable", STEP_WAITING, &job->answer);
    return;
  case OUTCOME_REFUSED:
    /* What the block would be done to is not what was approved. */
    if (of->effect == EFFECT_READ_SET) {
      engine_give_up(engine, job->step, DIAG_E1101, &job->answer);
      return;
    }
    if (job->call.confirmed && (job->provider->supports & IS_PERSON) != 0) {
      ask_again(engine, job);
      return;
    }
    /* A check that the plan wants repeated is waited for; a refused act is refused again. */
    if (looks_only && of->retry_count > 0 &&
        retry_is_left(slot->failed_tries + 1, of->retry_count)) {
      try_later(engine, job->step, RECORD_OUTCOME, "refused", STEP_WAITING, &job->answer);
      return;
    }
    engine_fail(engine, job->step, RECORD_OUTCOME, &job->answer, "refused", !looks_only);
    return;
  case OUTCOME_MISCONFIGURED:
    engine_fail(engine, job->step, RECORD_OUTCOME, &job->answer, "misconfigured", false);
    return;
  }
}
