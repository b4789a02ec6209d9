/* SPDX-License-Identifier: Apache-2.0 */
/* play_expect: what a scenario expects, against what stands in journal and landscape at the end. */
#include <string.h>

#include "runtime/cli/play.h"
#include "compiler/graph/window.h"

struct outcome_of_play {
  struct play *play;
  struct store *store;
  struct simulation *simulation;
  struct step_row *steps;
  size_t step_count;
  struct journal_row *journal;
  size_t journal_count;
};

static struct diag *fails(struct outcome_of_play *of, const struct setting *setting,
                          struct text says)
{
  struct diag *diag = diag_add(of->play->diags, DIAG_E1210, setting->span, "scenario `%.*s`: %.*s",
                               TEXT_ARG(of->play->scenario->name), TEXT_ARG(says));
  diag_set_label(of->play->diags, diag, "this was expected");
  return diag;
}

static bool names(struct text word, const struct step *step)
{
  return text_equal(word, step->id) || text_equal(word, step->label);
}

static enum step_status status_of(const struct outcome_of_play *of, uint32_t step)
{
  for (size_t i = 0; i < of->step_count; i++)
    if (of->steps[i].step == step)
      return of->steps[i].status;
  return STEP_PENDING;
}

/* The first or last record of that kind about a step of that name; -1 without. */
static int64_t record_of(const struct outcome_of_play *of, struct text word, enum record_kind kind,
                         bool last)
{
  const struct graph *graph = of->play->checked.graph;
  int64_t found = -1;
  for (size_t i = 0; i < of->journal_count; i++) {
    if (!text_is(of->journal[i].kind, record_words[kind]) || of->journal[i].step.length == 0)
      continue;
    uint32_t step = graph_find_step(graph, of->journal[i].step);
    if (step == INDEX_NONE || !names(word, &graph->steps[step]))
      continue;
    if (found < 0 || last)
      found = (int64_t)i;
  }
  return found;
}

static const char *word_of_end(enum run_end end)
{
  switch (end) {
  case END_DONE:
    return "done";
  case END_WAITING:
  case END_PAUSED:
    return "waiting";
  case END_FAILED:
    return "failed";
  case END_REFUSED:
  case END_CANCELLED:
    return "refused";
  case END_REMOTE:
    return "unreachable";
  case END_UNDECIDED:
  case END_UNUSABLE:
    return "undecided";
  }
  return "undecided";
}

/* The steps that the run stands at, for the message. */
static struct text stands_at(const struct outcome_of_play *of)
{
  struct buffer words = {0};
  for (size_t i = 0; i < of->step_count; i++) {
    enum step_status status = of->steps[i].status;
    if (status == STEP_DONE || status == STEP_SKIPPED || status == STEP_PENDING)
      continue;
    buffer_format(&words, "%s`%.*s` (%s%s%s)", words.size_bytes == 0 ? " at " : ", ",
                  TEXT_ARG(of->steps[i].id), status_words[status],
                  of->steps[i].wait == WAIT_NOTHING ? "" : ": ", wait_words[of->steps[i].wait]);
  }
  struct text all = text_copy(of->play->arena, buffer_text(&words));
  buffer_free(&words);
  return all;
}

static void judge_end(struct outcome_of_play *of, const struct setting *setting)
{
  const struct graph *graph = of->play->checked.graph;
  struct text at = setting->values[1].kind == VALUE_NONE ? TEXT_NONE : setting->values[1].text;
  bool holds = text_is(setting->values[0].text, word_of_end(of->play->end)), is_there = false;
  for (uint32_t i = 0; i < graph->step_count && at.length != 0; i++) {
    enum step_status status = status_of(of, i);
    is_there |= names(at, &graph->steps[i]) && status != STEP_DONE && status != STEP_SKIPPED &&
                status != STEP_PENDING;
  }
  if (!holds || (at.length != 0 && !is_there))
    fails(of, setting,
          text_format(of->play->arena, "the run is %s%.*s", word_of_end(of->play->end),
                      TEXT_ARG(stands_at(of))));
}

static void judge_order(struct outcome_of_play *of, const struct setting *setting)
{
  struct text first = setting->values[0].text, then = setting->values[1].text;
  int64_t a = record_of(of, first, RECORD_DONE, true), b = record_of(of, then, RECORD_DONE, false);
  struct text missing = a < 0 ? first : then;
  if (a < 0 || b < 0)
    fails(of, setting, text_format(of->play->arena, "`%.*s` was not done", TEXT_ARG(missing)));
  else if (a > b)
    fails(of, setting,
          text_format(of->play->arena, "`%.*s` was done before `%.*s`", TEXT_ARG(then),
                      TEXT_ARG(first)));
}

static void judge_each(struct outcome_of_play *of, const struct setting *setting,
                       enum record_kind kind, const char *what)
{
  for (uint32_t i = 0; i < setting->value_count; i++)
    if (record_of(of, setting->values[i].text, kind, false) < 0)
      fails(of, setting,
            text_format(of->play->arena, "`%.*s` was not %s", TEXT_ARG(setting->values[i].text),
                        what));
}

static struct text name_of(const struct outcome_of_play *of, const struct value *value)
{
  return of->play->program->decls[value->decl].name;
}

static void judge_message(struct outcome_of_play *of, const struct setting *setting)
{
  struct text part = setting->values[1].kind == VALUE_NONE ? TEXT_NONE : setting->values[1].text;
  struct text role = name_of(of, &setting->values[0]);
  if (!simulation_told(of->simulation, role, part))
    fails(of, setting,
          text_format(of->play->arena, "`%.*s` got no%s message", TEXT_ARG(role),
                      part.length == 0 ? "" : " such"));
}

static void judge_accepted(struct outcome_of_play *of, const struct setting *setting, bool wanted)
{
  struct arena *arena = of->play->arena;
  struct text system = name_of(of, &setting->values[setting->value_count - 1]);
  for (uint32_t i = 0; i + 1 < setting->value_count; i++) {
    const struct value *value = &setting->values[i];
    struct text name =
        text_format(arena, "%.*s.%s", TEXT_ARG(name_of(of, value)), member_words[value->member]);
    if (simulation_accepts(of->simulation, system, name) != wanted)
      fails(of, setting,
            text_format(arena, "%.*s is %s by %.*s at the end", TEXT_ARG(name),
                        wanted ? "not accepted" : "accepted", TEXT_ARG(system)));
  }
}

static void judge_present(struct outcome_of_play *of, const struct setting *setting)
{
  const struct value *value = &setting->values[0];
  if (!simulation_holds(of->simulation, name_of(of, &setting->values[1]), name_of(of, value),
                        member_words[value->member]))
    fails(of, setting,
          text_format(of->play->arena, "%.*s does not hold %.*s.%s at the end",
                      TEXT_ARG(name_of(of, &setting->values[1])), TEXT_ARG(name_of(of, value)),
                      member_words[value->member]));
}

static void judge_begun(struct outcome_of_play *of, const struct setting *setting)
{
  struct moment_context context = {.window = INDEX_NONE};
  bool after = text_is(setting->values[1].text, "after");
  int64_t wanted_ms = 0, at = record_of(of, setting->values[0].text, RECORD_INTENT, !after);
  char utc[UTC_TEXT_BYTES];
  if (at < 0) {
    fails(of, setting,
          text_format(of->play->arena, "`%.*s` never acted", TEXT_ARG(setting->values[0].text)));
    return;
  }
  moment_of_text(&context, setting->values[2].text, &wanted_ms);
  utc_format(wanted_ms, utc);
  struct text was = of->journal[at].utc;
  int order = text_compare(was, text_of(utc));
  if (after ? order < 0 : order > 0)
    fails(of, setting,
          text_format(of->play->arena, "`%.*s` acted at %.*s", TEXT_ARG(setting->values[0].text),
                      TEXT_ARG(was)));
}

/* What nobody expected is a failure even where the scenario says nothing about it. */
static void judge_outages(struct outcome_of_play *of)
{
  struct play *play = of->play;
  const struct setting *setting = decl_setting(play->scenario, KEY_EXPECT_OUTAGE);
  struct text expected = setting == NULL || text_is(setting->values[0].text, "never")
                             ? TEXT_NONE
                             : setting->values[0].text;
  bool seen = false;
  for (uint32_t i = 0; i < simulation_outage_count(of->simulation); i++) {
    struct text says = simulation_outage(of->simulation, i);
    bool is_it =
        expected.length != 0 && memmem(says.at, says.length, expected.at, expected.length) != NULL;
    seen |= is_it;
    if (is_it)
      continue;
    struct diag *diag = diag_add(
        play->diags, DIAG_E1210, setting == NULL ? play->scenario->name_span : setting->span,
        "scenario `%.*s`: an outage %.*s", TEXT_ARG(play->scenario->name), TEXT_ARG(says));
    diag_set_label(play->diags, diag, "no outage was expected");
    diag_add_help(play->diags, diag,
                  "mend the plan; or, where the scenario shows this very mistake, write `expect "
                  "outage LABEL`");
  }
  if (expected.length != 0 && !seen)
    fails(of, setting, TEXT("there was no such outage"));
}

static void judge_skipped(struct outcome_of_play *of, const struct setting *setting)
{
  judge_each(of, setting, RECORD_SKIP, "left out");
}

/* The engine's own note, whatever became of the step. */
static void judge_warned(struct outcome_of_play *of, const struct setting *setting)
{
  for (uint32_t i = 0; i < setting->value_count; i++) {
    struct text word = setting->values[i].text;
    bool is_warned = false;
    for (size_t j = 0; j < of->journal_count && !is_warned; j++) {
      uint32_t step = of->journal[j].step.length == 0
                          ? INDEX_NONE
                          : graph_find_step(of->play->checked.graph, of->journal[j].step);
      struct text body = of->journal[j].body;
      is_warned = step != INDEX_NONE && names(word, &of->play->checked.graph->steps[step]) &&
                  memmem(body.at, body.length, "W1132", strlen("W1132")) != NULL;
    }
    if (!is_warned)
      fails(of, setting,
            text_format(of->play->arena, "nobody was warned of `%.*s`", TEXT_ARG(word)));
  }
}

static void judge_signed(struct outcome_of_play *of, const struct setting *setting)
{
  judge_each(of, setting, RECORD_SIGN, "signed by anybody");
}

static void judge_is_accepted(struct outcome_of_play *of, const struct setting *setting)
{
  judge_accepted(of, setting, true);
}

static void judge_dropped(struct outcome_of_play *of, const struct setting *setting)
{
  judge_accepted(of, setting, false);
}

static const struct judgement {
  enum key key;
  void (*judge)(struct outcome_of_play *of, const struct setting *setting);
} judgements[] = {
    {KEY_EXPECT, judge_end},
    {KEY_EXPECT_ORDER, judge_order},
    {KEY_EXPECT_SKIPPED, judge_skipped},
    {KEY_EXPECT_WARNED, judge_warned},
    {KEY_EXPECT_SIGNED, judge_signed},
    {KEY_EXPECT_MESSAGE, judge_message},
    {KEY_EXPECT_ACCEPTED, judge_is_accepted},
    {KEY_EXPECT_DROPPED, judge_dropped},
    {KEY_EXPECT_PRESENT, judge_present},
    {KEY_EXPECT_BEGUN, judge_begun},
};

static void judge(struct outcome_of_play *of, const struct setting *setting)
{
  for (size_t i = 0; i < sizeof judgements / sizeof judgements[0]; i++)
    if (judgements[i].key == setting->key)
      judgements[i].judge(of, setting);
}

void play_judge(struct play *play)
{
  struct outcome_of_play of = {.play = play};
  struct diag_list diags;
  diag_list_start(&diags, play->arena);
  struct simulation_setup setup = {0};
  of.simulation = simulation_new(play->arena, &setup);
  simulation_use_file(of.simulation, play->landscape_path);
  if (store_open(play->store_path, STORE_TO_READ, &diags, &of.store) == STORE_OK) {
    store_steps(of.store, play->arena, play->run.id, &of.steps, &of.step_count);
    store_journal(of.store, play->arena, play->run.id, &of.journal, &of.journal_count);
    for (uint32_t i = 0; i < play->scenario->setting_count; i++)
      judge(&of, &play->scenario->settings[i]);
    judge_outages(&of);
  }
  store_close(of.store);
  simulation_free(of.simulation);
}

static bool names_steps(enum key key)
{
  static const enum key keys[] = {KEY_ANSWER,       KEY_REJECT,         KEY_DECIDE,
                                  KEY_FAIL,         KEY_KILL_BEFORE,    KEY_KILL_AFTER,
                                  KEY_RETRY_STEP,   KEY_SKIP_STEP,      KEY_EXPECT,
                                  KEY_EXPECT_ORDER, KEY_EXPECT_SKIPPED, KEY_EXPECT_SIGNED,
                                  KEY_EXPECT_BEGUN, KEY_EXPECT_OUTAGE,  KEY_EXPECT_WARNED};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (keys[i] == key)
      return true;
  return false;
}

static void check_step(const struct graph *graph, const struct value *value,
                       struct diag_list *diags)
{
  struct text *known = arena_array(diags->arena, 2 * (size_t)graph->step_count + 1, sizeof *known);
  size_t count = 0;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].kind != STEP_ACTION)
      continue;
    if (names(value->text, &graph->steps[i]))
      return;
    known[count++] = graph->steps[i].label;
    known[count++] = graph->steps[i].id;
  }
  struct diag *diag = diag_add(diags, DIAG_E1211, value->span, "plan `%.*s` has no step `%.*s`",
                               TEXT_ARG(graph->name), TEXT_ARG(value->text));
  struct text nearest = text_nearest(value->text, known, count);
  if (nearest.length != 0)
    diag_set_label(diags, diag, "did you mean `%.*s`?", TEXT_ARG(nearest));
  else
    diag_set_label(diags, diag, "no label of the plan reads so");
  diag_add_help(diags, diag, "the steps: renew show %.*s", TEXT_ARG(graph->name));
}

void play_check(const struct decl *scenario, const struct graph *graph, struct diag_list *diags)
{
  bool expects = false;
  for (uint32_t i = 0; i < scenario->setting_count; i++) {
    const struct setting *setting = &scenario->settings[i];
    expects |= setting->key >= KEY_EXPECT && setting->key <= KEY_EXPECT_OUTAGE;
    for (uint32_t k = 0; k < setting->value_count && names_steps(setting->key); k++) {
      const struct value *value = &setting->values[k];
      bool is_end = setting->key == KEY_EXPECT && k == 0;
      bool is_word = setting->key != KEY_EXPECT_ORDER && setting->key != KEY_EXPECT_SKIPPED &&
                     setting->key != KEY_EXPECT_SIGNED && setting->key != KEY_EXPECT_WARNED &&
                     setting->key != KEY_EXPECT && k > 0;
      bool is_never = setting->key == KEY_EXPECT_OUTAGE && text_is(value->text, "never");
      if (value->kind != VALUE_NONE && !is_end && !is_word && !is_never)
        check_step(graph, value, diags);
    }
  }
  if (expects)
    return;
  struct diag *diag = diag_add(diags, DIAG_W1212, scenario->name_span,
                               "scenario `%.*s` expects nothing", TEXT_ARG(scenario->name));
  diag_set_label(diags, diag, "it passes whatever the plan does");
  diag_add_help(diags, diag, "write at least how the run ends: expect done");
}
