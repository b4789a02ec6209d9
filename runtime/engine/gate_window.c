/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate_window: the last gate: the step's window, the freezes, and in a downtime the time that the way back
 * needs before the window closes.
 *
 * (1) A window holds back what enters an uncertain state, never what heals: what makes something work
 *     again, as the run believes the world to be (belief_heals).
 * (2) A downtime does not begin where the opening is too short for all of it.
 * (3) A step of a downtime behind which there is a way back does not begin when that way no longer fits into
 *     the opening: a person says whether to go on (E1133). Nor does it begin outside the window while
 *     something is stopped; that is an error, and no quiet wait.
 */
#include "compiler/prove/back.h"
#include "runtime/engine/engine_int.h"

enum { MS = 1000 };

/* The run has begun to change what runs: from here on, healing must not wait. */
static bool has_entered(const struct engine *engine)
{
  for (uint32_t i = 0; i < engine->graph->step_count; i++) {
    const struct step *step = &engine->graph->steps[i];
    enum step_status status = engine->slots[i].status;
    if (step->kind == STEP_ACTION && step->enters && !effect_heals(step->effect) &&
        status != STEP_PENDING && status != STEP_WAITING && status != STEP_SKIPPED)
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

struct text engine_moment(struct engine *engine, uint32_t resource, int64_t at_ms)
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
  struct text until = engine_moment(engine, freeze, hold->end_ms);
  uint32_t zone_of = of->window == INDEX_NONE ? freeze : of->window;
  struct text opens = engine_moment(engine, zone_of, next->start_ms);
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

/* ---- a downtime ---- */

static bool has_begun(const struct engine *engine, uint32_t step)
{
  enum step_status status = engine->slots[step].status;
  return status != STEP_PENDING && status != STEP_WAITING && status != STEP_SKIPPED;
}

static bool is_stop(const struct step *step)
{
  return step->effect == EFFECT_STOP || step->effect == EFFECT_UNDEPLOY;
}

/* From the first stop on, until the last start is done. */
static bool is_down(const struct engine *engine)
{
  const struct timetable *times = engine->times;
  if (times == NULL || times->last_down == INDEX_NONE || times->first_down == INDEX_NONE)
    return false;
  bool is_stopped = false, is_started = true;
  for (uint32_t i = times->first_down; i <= times->last_down; i++) {
    const struct step *step = &engine->graph->steps[i];
    enum step_status status = engine->slots[i].status;
    if (step->kind != STEP_ACTION)
      continue;
    is_stopped |= is_stop(step) && has_begun(engine, i);
    if (step->effect == EFFECT_START || step->effect == EFFECT_DEPLOY)
      is_started &= status == STEP_DONE || status == STEP_SKIPPED;
  }
  return is_stopped && !is_started;
}

/* How long the way back takes that is there behind the step; < 0: there is none, or nothing is down. */
static int64_t back_s(const struct engine *engine, uint32_t step)
{
  const struct graph *graph = engine->graph;
  /* Of the steps of one label, a node each, the last one has it. */
  for (uint32_t i = step; engine->times != NULL && i < graph->step_count; i++) {
    if (graph->steps[i].kind != STEP_ACTION ||
        !text_equal(graph->steps[i].label, graph->steps[step].label))
      continue;
    if (engine->times->steps[i].back_s >= 0)
      return engine->times->steps[i].back_s;
  }
  return -1;
}

/* The time that has to be left in the opening for the step to begin. */
static int64_t least_ms(const struct engine *engine, uint32_t step)
{
  const struct step *of = &engine->graph->steps[step];
  int64_t least_s = of->within_s;
  if (engine->times != NULL && engine->times->is_downtime && is_stop(of) && !is_down(engine) &&
      engine->times->steps[step].rest_s > least_s)
    least_s = engine->times->steps[step].rest_s;
  return least_s * MS;
}

/* What has to be done now to go back: of the last safe point that was reached. */
static struct text way_words(struct engine *engine, uint32_t step)
{
  const struct way_back *way = NULL;
  for (uint32_t i = 0; engine->ways != NULL && i < engine->ways->count; i++)
    if (engine->ways->items[i].behind < step && engine->ways->items[i].is_down &&
        engine->ways->items[i].is_proven)
      way = &engine->ways->items[i];
  struct text words = TEXT_NONE;
  for (uint32_t i = 0; way != NULL && i < way->step_count; i++)
    words = text_format(engine->arena, "%.*s%s%.*s", TEXT_ARG(words), i == 0 ? "" : "; ",
                        TEXT_ARG(way->steps[i]));
  return words;
}

static void help_back(struct engine *engine, struct diag *diag, uint32_t step)
{
  struct text words = way_words(engine, step);
  if (words.length != 0)
    diag_add_help(engine->given->diags, diag,
                  "to go back: %.*s; then: renew cancel %.*s --because \"...\"", TEXT_ARG(words),
                  TEXT_ARG(engine->run->id));
}

static struct text left_words(struct engine *engine, int64_t until_ms)
{
  int64_t left_s = (until_ms - engine->clock->now_ms()) / MS;
  return time_length(engine->arena, left_s < 0 ? 0 : left_s);
}

/* (3), what a person is asked. */
static struct text question_of(struct engine *engine, uint32_t step)
{
  return text_format(engine->arena, "%.*s" GUARD_TOO_LATE, TEXT_ARG(engine->graph->steps[step].id));
}

enum said { SAID_NOTHING, SAID_NO, SAID_YES };

static enum said answer_to(const struct engine *engine, uint32_t step, struct text fact)
{
  for (size_t i = engine->signoff_count; i > 0; i--) {
    const struct signoff_row *row = &engine->signoffs[i - 1];
    if (row->step == step && row->means == MEANS_ANSWER && text_equal(row->item, fact))
      return text_is(row->decision, "yes") ? SAID_YES : SAID_NO;
  }
  return SAID_NOTHING;
}

/* True: somebody has said yes. */
static bool ask_to_go_on(struct engine *engine, uint32_t step, int64_t close_ms)
{
  const struct step *of = &engine->graph->steps[step];
  const struct step_time *time = &engine->times->steps[step];
  struct text fact = question_of(engine, step);
  if (answer_to(engine, step, fact) == SAID_YES)
    return true;
  struct slot *slot = &engine->slots[step];
  bool is_told = slot->is_told && slot->wait == WAIT_QUESTION;
  engine_worsen(engine, END_UNDECIDED);
  engine_wait(engine, step, WAIT_QUESTION, 0, fact, TEXT_NONE);
  if (is_told)
    return false;
  struct diag_list *diags = engine->given->diags;
  struct diag *diag = diag_add_nowhere(
      diags, DIAG_E1133, "`%.*s` is held back: begun now, it may be too late to back out",
      TEXT_ARG(of->id));
  diag_add_note(diags, diag,
                "%.*s left in the window; the step may take %.*s, and the way back behind it %.*s",
                TEXT_ARG(left_words(engine, close_ms)),
                TEXT_ARG(time_length(engine->arena, time->takes_s)),
                TEXT_ARG(time_length(engine->arena, back_s(engine, step))));
  if (time->rest_s > 0)
    diag_add_note(diags, diag, "from here to the end of the last start it may take %.*s",
                  TEXT_ARG(time_length(engine->arena, time->rest_s)));
  diag_add_help(diags, diag,
                "to go on all the same: renew decide %.*s %.*s yes --because \"...\", then: renew "
                "resume %.*s",
                TEXT_ARG(engine->run->id), TEXT_ARG(text_shell_word(engine->arena, of->id)),
                TEXT_ARG(engine->run->id));
  help_back(engine, diag, step);
  return false;
}

/* (3) */
static bool pass_way_back(struct engine *engine, uint32_t step, const struct opening *opening)
{
  const struct step *of = &engine->graph->steps[step];
  int64_t way_s = of->enters && !effect_heals(of->effect) ? back_s(engine, step) : -1;
  if (way_s < 0 || opening->end_ms == INT64_MAX)
    return true;
  int64_t needs_ms = (engine->times->steps[step].takes_s + way_s) * MS;
  return engine->clock->now_ms() + needs_ms <= opening->end_ms ||
         ask_to_go_on(engine, step, opening->end_ms);
}

/* Production stands still, and the window does not let the run go on: nobody may take that for a wait. */
static void tell_down_outside(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  if (!is_down(engine) || slot->down_is_told)
    return;
  slot->down_is_told = true;
  engine_worsen(engine, END_UNDECIDED);
  struct diag *diag = diag_add_nowhere(
      engine->given->diags, DIAG_E1133,
      "the window closed in the middle of the downtime: `%.*s` may not begin, and what "
      "was stopped stays so",
      TEXT_ARG(engine->graph->steps[step].id));
  help_back(engine, diag, step);
}

/* ---- the gate ---- */

/* Somebody was asked whether to go on while there was time: then it is theirs to say. */
static bool is_asked(struct engine *engine, uint32_t step)
{
  const struct slot *slot = &engine->slots[step];
  struct text fact = question_of(engine, step);
  return (slot->wait == WAIT_QUESTION && text_equal(slot->says, fact)) ||
         answer_to(engine, step, fact) != SAID_NOTHING;
}

enum shut { SHUT_HEALS, SHUT_ASKS, SHUT_WAITS };

/* No more in the opening that is there, or none is there. */
static enum shut pass_shut(struct engine *engine, uint32_t step, enum window_status status)
{
  if ((status != WINDOW_OVER && !has_entered(engine)) || !belief_heals(&engine->belief, step))
    return SHUT_WAITS;
  if (!effect_heals(engine->graph->steps[step].effect) && is_asked(engine, step) &&
      !ask_to_go_on(engine, step, 0))
    return SHUT_ASKS;
  tell_healing(engine, step);
  return SHUT_HEALS;
}

static void wait_for_opening(struct engine *engine, uint32_t step, const struct opening *opening,
                             uint32_t freeze)
{
  const struct step *of = &engine->graph->steps[step];
  uint32_t window = of->enters ? of->window : INDEX_NONE;
  struct text words =
      engine_moment(engine, window == INDEX_NONE ? freeze : window, opening->start_ms);
  struct opening now;
  uint32_t ignored;
  bool is_short = window_book_free_at(engine->book, window, engine->clock->now_ms(), 0, &now,
                                      &ignored) == WINDOW_OPEN;
  struct text because =
      is_short
          ? text_format(engine->arena, "%.*s are left in this opening and %.*s may be needed: ",
                        TEXT_ARG(left_words(engine, now.end_ms)),
                        TEXT_ARG(time_length(engine->arena, least_ms(engine, step) / MS)))
          : TEXT_NONE;
  engine_wait(engine, step, WAIT_WINDOW, opening->start_ms,
              text_format(engine->arena, "%.*swindow `%.*s` opens %.*s", TEXT_ARG(because),
                          TEXT_ARG(name_of(engine, window)), TEXT_ARG(words)),
              TEXT_NONE);
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
  enum window_status status =
      window_book_free_at(engine->book, window, now_ms,
                          effect_heals(of->effect) ? 0 : least_ms(engine, step), &opening, &freeze);
  if (status == WINDOW_OPEN)
    return pass_way_back(engine, step, &opening);
  enum shut shut = pass_shut(engine, step, status);
  if (shut != SHUT_WAITS)
    return shut == SHUT_HEALS;
  tell_down_outside(engine, step);
  if (status == WINDOW_OVER || status == WINDOW_UNKNOWN) {
    refuse_window(engine, step, freeze);
    return false;
  }
  uint32_t holds = window_book_frozen(engine->book, now_ms, &hold);
  if (holds != INDEX_NONE)
    refuse_frozen(engine, step, holds, &hold, &opening);
  else
    wait_for_opening(engine, step, &opening, freeze);
  return false;
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
    struct text planned = engine_moment(engine, i, planned_ms),
                found = engine_moment(engine, i, now_ms);
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
