/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gates: what stands between a ready step and its act, in this order: its guard, the role's
 * executor, its date, its approval, its window. Each gate that is shut is a wait with its own
 * name.
 */
#include "runtime/engine/engine_int.h"

#include "runtime/engine/signoff.h"
#include "compiler/graph/window.h"

enum { MS = 1000 };

/* corrections: a step that only heals is never refused by a closed window. What the proof will say
 * exactly is here the verb: it makes something work, and breaks nothing that works. */
static bool heals(const struct step *step)
{
  switch (step->effect) {
  case EFFECT_START:
  case EFFECT_RESTART:
  case EFFECT_ADD_ACCEPTED:
    return true;
  case EFFECT_MAKE_KEY:
  case EFFECT_ADD_SERVICE_KEY:
  case EFFECT_SIGN:
  case EFFECT_DELIVER:
  case EFFECT_MESSAGE:
  case EFFECT_AGREEMENT:
  case EFFECT_ADD_ROOT:
  case EFFECT_ADD_TRUSTED:
  case EFFECT_SET_ALIAS:
  case EFFECT_SET_SLOT:
  case EFFECT_STOP:
  case EFFECT_DEPLOY:
  case EFFECT_UNDEPLOY:
  case EFFECT_EXPORT:
  case EFFECT_PRESENT:
  case EFFECT_DROP_ACCEPTED:
  case EFFECT_DROP_ALIAS:
  case EFFECT_DROP_SERVICE_KEY:
  case EFFECT_LOOK:
  case EFFECT_WAIT:
  case EFFECT_BACK_UP:
  case EFFECT_RESTORE:
  case EFFECT_ACTIVATE:
  case EFFECT_REVOKE:
  case EFFECT_AUTHORIZE_CALLER:
  case EFFECT_DROP_CALLER:
  case EFFECT_READ_SET:
  case EFFECT__COUNT:
    return false;
  }
  return false;
}

/* The run has begun to change what runs: from here on, healing must not wait. */
static bool has_entered(const struct engine *engine)
{
  for (uint32_t i = 0; i < engine->graph->step_count; i++) {
    const struct step *step = &engine->graph->steps[i];
    enum step_status status = engine->slots[i].status;
    if (step->kind == STEP_ACTION && step->enters && !heals(step) && status != STEP_PENDING &&
        status != STEP_WAITING && status != STEP_SKIPPED)
      return true;
  }
  return false;
}

static void tell_healing(struct engine *engine, uint32_t step)
{
  if (engine->slots[step].healing_is_told)
    return;
  engine->slots[step].healing_is_told = true;
  struct text says =
      text_format(engine->arena, "`%.*s` runs outside the window: it heals, and is not held back",
                  TEXT_ARG(engine->graph->steps[step].id));
  struct record record = engine_record(engine, RECORD_NOTE, "healing", says);
  record_add_text(&record, "code", TEXT("W1113"));
  if (!engine_note(engine, &record, step))
    return;
  diag_add_nowhere(engine->given->diags, DIAG_W1113, "%.*s", TEXT_ARG(says));
  engine_tell(engine, EVENT_NOTE, step, says, TEXT_NONE);
}

static struct text name_of(const struct engine *engine, uint32_t resource)
{
  return engine->graph->resources[resource].name;
}

static struct text moment_words(struct engine *engine, uint32_t resource, int64_t at_ms)
{
  char words[MOMENT_TEXT_BYTES];
  moment_format(engine->graph, resource, at_ms, words);
  return text_copy(engine->arena, text_of(words));
}

/* No opening is left that is long enough. */
static void refuse_window(struct engine *engine, uint32_t step, uint32_t freeze)
{
  const struct step *of = &engine->graph->steps[step];
  struct text because = freeze == INDEX_NONE
                            ? TEXT_NONE
                            : text_format(engine->arena, "; freeze `%.*s` takes openings away",
                                          TEXT_ARG(name_of(engine, freeze)));
  struct text what = of->window == INDEX_NONE
                         ? text_format(engine->arena, "the freeze does not end for it")
                         : text_format(engine->arena, "window `%.*s` does not open again for it",
                                       TEXT_ARG(name_of(engine, of->window)));
  engine_worsen(engine, END_REFUSED);
  engine_wait(engine, step, WAIT_WINDOW, 0, what, TEXT_NONE);
  struct diag *diag = diag_add_nowhere(engine->given->diags, DIAG_E1104,
                                       "`%.*s` cannot begin: %.*s with enough time%.*s",
                                       TEXT_ARG(of->id), TEXT_ARG(what), TEXT_ARG(because));
  diag_add_help(
      engine->given->diags, diag,
      "end this run (renew cancel %.*s --because \"...\") and begin one with a later window",
      TEXT_ARG(engine->run->id));
}

/* A freeze holds now: the run is refused, and can be resumed at the next opening. */
static void refuse_frozen(struct engine *engine, uint32_t step, uint32_t freeze,
                          const struct opening *hold, const struct opening *next)
{
  const struct step *of = &engine->graph->steps[step];
  struct text until = moment_words(engine, freeze, hold->end_ms);
  uint32_t zone_of = of->window == INDEX_NONE ? freeze : of->window;
  struct text opens = moment_words(engine, zone_of, next->start_ms);
  struct text says = text_format(engine->arena, "freeze `%.*s` holds until %.*s",
                                 TEXT_ARG(name_of(engine, freeze)), TEXT_ARG(until));
  bool is_told = engine->slots[step].is_told;
  /* Where time is moved instead of waited for, the freeze is only one more wait. */
  if (engine->clock->jump == NULL)
    engine_worsen(engine, END_REFUSED);
  engine_wait(engine, step, WAIT_WINDOW, next->start_ms, says, TEXT_NONE);
  if (is_told || engine->clock->jump != NULL)
    return;
  struct diag *diag =
      diag_add_nowhere(engine->given->diags, DIAG_E1104, "`%.*s` may not begin: %.*s",
                       TEXT_ARG(of->id), TEXT_ARG(says));
  diag_add_help(engine->given->diags, diag, "it can begin %.*s: renew resume %.*s", TEXT_ARG(opens),
                TEXT_ARG(engine->run->id));
}

bool engine_pass_window(struct engine *engine, uint32_t step)
{
  const struct step *of = &engine->graph->steps[step];
  /* `at any time` lifts the window from a step; nothing lifts a freeze. */
  uint32_t window = of->enters ? of->window : INDEX_NONE;
  bool is_bound = of->enters || verb_rows[of->verb].enters;
  if (!is_bound || (window == INDEX_NONE && !window_book_has_freeze(engine->book)))
    return true;
  int64_t now_ms = engine->clock->now_ms();
  struct opening opening, hold;
  uint32_t freeze;
  /* What cannot end inside does not begin; the next opening has its whole length. */
  enum window_status status = window_book_free_at(
      engine->book, window, now_ms, heals(of) ? 0 : of->within_s * MS, &opening, &freeze);
  if (status == WINDOW_OPEN)
    return true;
  if (heals(of) && (status == WINDOW_OVER || has_entered(engine))) {
    tell_healing(engine, step);
    return true;
  }
  if (status == WINDOW_OVER || status == WINDOW_UNKNOWN) {
    refuse_window(engine, step, freeze);
    return false;
  }
  uint32_t holds = window_book_frozen(engine->book, now_ms, &hold);
  if (holds != INDEX_NONE) {
    refuse_frozen(engine, step, holds, &hold, &opening);
    return false;
  }
  struct text words =
      moment_words(engine, window == INDEX_NONE ? freeze : window, opening.start_ms);
  engine_wait(engine, step, WAIT_WINDOW, opening.start_ms,
              text_format(engine->arena, "window `%.*s` opens %.*s",
                          TEXT_ARG(name_of(engine, window)), TEXT_ARG(words)),
              TEXT_NONE);
  return false;
}

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
                          TEXT_ARG(moment_words(engine, plan_zone(engine->graph), start_ms))),
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

bool engine_windows_are_known(const struct graph *graph, struct diag_list *diags)
{
  bool known = true;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    struct opening opening;
    enum kind kind = graph->resources[i].kind;
    if ((kind != KIND_WINDOW && kind != KIND_FREEZE) ||
        window_at(graph, i, 0, &opening) != WINDOW_UNKNOWN)
      continue;
    known = false;
    struct diag *diag = diag_add_nowhere(diags, DIAG_E1104, "when %s `%.*s` %s is not known here",
                                         kind_words[kind], TEXT_ARG(graph->resources[i].name),
                                         kind == KIND_WINDOW ? "opens" : "holds");
    diag_add_help(diags, diag,
                  "its zone must be an IANA name that this system knows, and its dates must have "
                  "values");
  }
  return known;
}

void engine_tell_moved_windows(struct engine *engine)
{
  const struct graph *graph = engine->graph;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    int64_t planned_ms, now_ms;
    enum kind kind = graph->resources[i].kind;
    if ((kind != KIND_WINDOW && kind != KIND_FREEZE) ||
        !window_moved(graph, i, &planned_ms, &now_ms))
      continue;
    struct text planned = moment_words(engine, i, planned_ms),
                found = moment_words(engine, i, now_ms);
    struct diag *diag =
        diag_add_nowhere(engine->given->diags, DIAG_W0817,
                         "%s `%.*s` begins at another instant than when the plan was compiled",
                         kind_words[kind], TEXT_ARG(graph->resources[i].name));
    diag_add_note(engine->given->diags, diag, "compiled: %.*s", TEXT_ARG(planned));
    diag_add_note(engine->given->diags, diag, "now, and what counts: %.*s", TEXT_ARG(found));
    diag_add_help(engine->given->diags, diag,
                  "the rules of the time zone changed; ask those who approved the plan whether the "
                  "local time is what they meant");
  }
}
