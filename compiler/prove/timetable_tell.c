/* SPDX-License-Identifier: Apache-2.0 */
/* timetable_tell: what does not fit: W0610, W0622, E0632; E0816, where no day of beginning would help. */
#include "compiler/prove/tell.h"
#include "compiler/prove/timetable.h"

#include "compiler/graph/window.h"

enum { MS = 1000, TOLD_MAX = 20 };

struct telling_times {
  struct telling t;
  const struct timetable *times;
  struct arena *arena;
  uint32_t told;
};

static const struct step_time *time_of(const struct telling_times *t, uint32_t step)
{
  return &t->times->steps[step];
}

static struct text length(const struct telling_times *t, int64_t seconds)
{
  return time_length(t->arena, seconds);
}

static struct text says(const struct telling_times *t, int64_t at_ms)
{
  char words[MOMENT_TEXT_BYTES];
  moment_format(t->times->graph, t->times->window, at_ms, words);
  return text_copy(t->arena, text_of(words));
}

static struct diag *add(const struct telling_times *t, enum diag_code code, uint32_t step,
                        struct text headline)
{
  if (t->t.program == NULL)
    return diag_add_nowhere(t->t.diags, code, "%.*s", TEXT_ARG(headline));
  return diag_add(t->t.diags, code, tell_step_span(&t->t, step), "%.*s", TEXT_ARG(headline));
}

static void label_window(const struct telling_times *t, struct diag *diag, uint32_t window)
{
  const struct decl *decl = tell_decl(&t->t, window);
  if (decl != NULL)
    diag_add_label(t->t.diags, diag, decl->name_span, "it is open for %.*s at the longest",
                   TEXT_ARG(length(t, t->times->open_s)));
}

/* What the time of a downtime is made of: the steps on the longest way. */
static void note_way(const struct telling_times *t, struct diag *diag, uint32_t from)
{
  const struct graph *graph = t->times->graph;
  struct buffer out = {0};
  int64_t rest_s = time_of(t, from)->rest_s;
  for (uint32_t i = from; i <= t->times->last_down; i++) {
    const struct step_time *time = time_of(t, i);
    if (time->rest_s != rest_s || time->takes_s == 0)
      continue;
    buffer_format(&out, "%s%.*s %.*s", out.size_bytes == 0 ? "" : ", ",
                  TEXT_ARG(graph->steps[i].id), TEXT_ARG(length(t, time->takes_s)));
    rest_s -= time->takes_s;
  }
  diag_add_note(t->t.diags, diag, "the longest way through the downtime: %s",
                out.bytes == NULL ? "" : out.bytes);
  buffer_free(&out);
}

static void tell_downtime(struct telling_times *t)
{
  const struct timetable *times = t->times;
  uint32_t first = times->first_down;
  if (first == INDEX_NONE || times->open_s < 0 || time_of(t, first)->rest_s <= times->open_s)
    return;
  struct text window = tell_name(&t->t, times->window);
  struct diag *diag =
      add(t, DIAG_E0632, first,
          text_format(t->arena, "the downtime does not fit into `%.*s`", TEXT_ARG(window)));
  diag_set_label(t->t.diags, diag, "from here on the flow may be down for %.*s",
                 TEXT_ARG(length(t, time_of(t, first)->rest_s)));
  label_window(t, diag, times->window);
  note_way(t, diag, first);
  diag_add_help(t->t.diags, diag, "agree on a longer window, or on shorter limits (`within`)");
}

/* A step that no opening is long enough for: it would wait for ever. */
static void tell_unfit(struct telling_times *t)
{
  const struct timetable *times = t->times;
  for (uint32_t i = 0; i < times->graph->step_count && t->told < TOLD_MAX; i++) {
    const struct step *step = &times->graph->steps[i];
    if (step->kind != STEP_ACTION || !step->enters || effect_heals(step->effect) ||
        step->window == INDEX_NONE || step->window != times->window || times->open_s < 0 ||
        step->within_s <= times->open_s)
      continue;
    t->told++;
    struct diag *diag =
        add(t, DIAG_W0610, i,
            text_format(t->arena, "`%.*s` fits into no opening of `%.*s`", TEXT_ARG(step->id),
                        TEXT_ARG(tell_name(&t->t, step->window))));
    diag_set_label(t->t.diags, diag, "it may take %.*s, and begins only where all of it fits",
                   TEXT_ARG(length(t, step->within_s)));
    label_window(t, diag, step->window);
    diag_add_help(t->t.diags, diag,
                  "write a shorter `within`, a longer window, or `at any time` for this step");
  }
}

/* Steps that share the only opening of their window. */
static void tell_overfull(struct telling_times *t)
{
  const struct timetable *times = t->times;
  const struct graph *graph = times->graph;
  if (times->is_downtime || times->window == INDEX_NONE || times->open_s < 0 ||
      graph_setting_nth(graph, times->window, KEY_AT, 0) == NULL)
    return;
  int64_t *needs_s = arena_array(t->arena, (size_t)graph->step_count + 1, sizeof *needs_s);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    int64_t before_s = 0;
    for (uint32_t j = 0; j < step->waits_for.count; j++) {
      int64_t other_s = needs_s[graph->indices[step->waits_for.first + j]];
      before_s = other_s > before_s ? other_s : before_s;
    }
    bool is_inside = step->kind == STEP_ACTION && step->window == times->window && step->enters;
    /* Before the first of them nothing presses. */
    needs_s[i] = before_s + (is_inside || before_s > 0 ? times->steps[i].takes_s : 0);
    if (!is_inside || needs_s[i] <= times->open_s || step->within_s > times->open_s)
      continue;
    struct diag *diag =
        add(t, DIAG_W0610, i,
            text_format(t->arena, "the steps of plan `%.*s` do not fit into `%.*s`",
                        TEXT_ARG(graph->name), TEXT_ARG(tell_name(&t->t, times->window))));
    diag_set_label(t->t.diags, diag, "until here they may take %.*s",
                   TEXT_ARG(length(t, needs_s[i])));
    label_window(t, diag, times->window);
    diag_add_help(t->t.diags, diag,
                  "the window opens once: write shorter limits (`within`), a longer window, or one "
                  "that recurs");
    return;
  }
}

static bool is_missed(const struct telling_times *t, uint32_t step)
{
  const struct step_time *time = time_of(t, step);
  return time->due != INDEX_NONE && t->times->graph->steps[step].kind == STEP_ACTION &&
         (time->is_too_late || time->earliest_ms > time->latest_ms);
}

/* The plan begins with its calendar's issue, and even then the rotation of the same cycle comes first: that
 * is wrong on every day, not only from today on. */
static bool is_outrun(const struct telling_times *t, uint32_t step, int64_t *ret_start_ms)
{
  const struct timetable *times = t->times;
  const struct step_time *time = time_of(t, step);
  const struct due *due = &times->dues[time->due];
  const struct graph_value *deadline =
      due->kind == DUE_DEADLINE ? graph_setting_value(times->graph, due->resource, KEY_DEADLINE, 0)
                                : NULL;
  bool is_rotation = due->kind == DUE_ROTATION ||
                     (deadline != NULL && deadline->kind == VALUE_MEMBER &&
                      times->graph->resources[deadline->resource].kind == KIND_CALENDAR);
  return is_rotation && plan_start(times->graph, times->now_ms, ret_start_ms) &&
         (time->latest_ms < *ret_start_ms ||
          (times->now_ms <= *ret_start_ms && time->earliest_ms > time->latest_ms));
}

static void tell_outrun(struct telling_times *t, uint32_t step, int64_t start_ms)
{
  const struct timetable *times = t->times;
  const struct step_time *time = time_of(t, step);
  const struct due *due = &times->dues[time->due];
  bool has_step = due->step != INDEX_NONE;
  struct text of =
      has_step ? text_format(t->arena, "`%.*s`", TEXT_ARG(times->graph->steps[due->step].id))
               : TEXT("the plan");
  struct diag *diag =
      add(t, DIAG_E0816, step,
          text_format(t->arena, "the provider rotates before %.*s is done", TEXT_ARG(of)));
  diag_set_label(t->t.diags, diag, "it has to begin by %.*s, and the plan starts on %.*s",
                 TEXT_ARG(says(t, time->latest_ms)), TEXT_ARG(says(t, start_ms)));
  if (has_step && due->step != step && t->t.program != NULL)
    diag_add_label(t->t.diags, diag, tell_step_span(&t->t, due->step),
                   "this has to be done by %.*s", TEXT_ARG(says(t, due->at_ms)));
  diag_add_help(
      t->t.diags, diag,
      "shorten the waits and limits (`within`) before it: between the issue and the rotation "
      "there is no more time");
}

static void tell_missed(struct telling_times *t, uint32_t step)
{
  const struct timetable *times = t->times;
  const struct step_time *time = time_of(t, step);
  const struct due *due = &times->dues[time->due];
  struct text id = times->graph->steps[step].id;
  int64_t start_ms = 0;
  if (is_outrun(t, step, &start_ms)) {
    tell_outrun(t, step, start_ms);
    return;
  }
  struct diag *diag =
      add(t, DIAG_W0622, step, text_format(t->arena, "`%.*s` cannot begin in time", TEXT_ARG(id)));
  if (time->is_too_late)
    diag_set_label(t->t.diags, diag, "no opening is left before %.*s, when it has to have begun",
                   TEXT_ARG(says(t, time->latest_ms)));
  else if (time->earliest_ms == TIME_NEVER)
    diag_set_label(t->t.diags, diag, "it has to begin by %.*s, and no opening comes for it",
                   TEXT_ARG(says(t, time->latest_ms)));
  else
    diag_set_label(t->t.diags, diag, "it has to begin by %.*s, and can at the earliest %.*s",
                   TEXT_ARG(says(t, time->latest_ms)), TEXT_ARG(says(t, time->earliest_ms)));
  if (due->step != INDEX_NONE && due->step != step && t->t.program != NULL)
    diag_add_label(t->t.diags, diag, tell_step_span(&t->t, due->step),
                   "so that this is done by %.*s", TEXT_ARG(says(t, due->at_ms)));
  else if (t->t.program != NULL && due->kind == DUE_DEADLINE)
    diag_add_label(t->t.diags, diag, tell_key_span(&t->t, due->resource, KEY_DEADLINE),
                   "the deadline: %.*s", TEXT_ARG(says(t, due->at_ms)));
  diag_add_help(t->t.diags, diag,
                "begin earlier, write shorter limits (`within`), or let a window open before it");
}

/* Each date once, at the first step that cannot keep it. */
static void tell_late(struct telling_times *t)
{
  const struct timetable *times = t->times;
  bool *told = arena_array(t->arena, (size_t)times->due_count + 1, sizeof *told);
  for (uint32_t i = 0; i < times->graph->step_count && times->now_ms != 0; i++) {
    uint32_t due = times->steps[i].due;
    if (due == INDEX_NONE || told[due] || !is_missed(t, i))
      continue;
    told[due] = true;
    /* A deadline in the past is W0814. */
    if (times->dues[due].kind != DUE_DEADLINE || times->dues[due].at_ms > times->now_ms)
      tell_missed(t, i);
  }
}

/* A removal that may begin before the day until which the old one is kept. */
static void tell_kept(struct telling_times *t)
{
  const struct graph *graph = t->times->graph;
  for (uint32_t i = 0; i < graph->step_count && t->times->now_ms != 0; i++) {
    const struct step *step = &graph->steps[i];
    struct moment_context context = {graph, t->times->from_ms, t->times->now_ms, t->times->window};
    uint32_t resource;
    int64_t until_ms;
    if (step->kind != STEP_ACTION || !keeps_is_removal(graph, step, &resource))
      continue;
    const struct graph_value *until = graph_setting_value(graph, resource, KEY_RETAIN, 0);
    if (until != NULL && until->kind == VALUE_DATE &&
        moment_of_text(&context, until->text, &until_ms) && time_of(t, i)->earliest_ms < until_ms)
      tell_retained(&t->t, i, resource, until->text);
  }
}

void timetable_tell(const struct timetable *times, const struct program *program,
                    struct diag_list *diags)
{
  struct telling_times t = {
      .t = {times->proof, times->graph, program, diags}, .times = times, .arena = diags->arena};
  tell_downtime(&t);
  tell_unfit(&t);
  tell_overfull(&t);
  tell_late(&t);
  tell_kept(&t);
}

bool timetable_matters(const struct graph *graph)
{
  if (graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0) != NULL ||
      graph_setting_value(graph, graph->plan_resource, KEY_DEADLINE, 0) != NULL ||
      text_is(graph->policy, "downtime"))
    return true;
  for (uint32_t i = 0; i < graph->resource_count; i++)
    if (graph->resources[i].kind == KIND_CALENDAR ||
        graph_setting_nth(graph, i, KEY_RETAIN, 0) != NULL)
      return true;
  return false;
}
