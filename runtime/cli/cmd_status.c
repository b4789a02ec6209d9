/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_status: the runs of the store, or one run step by step: what is done, what waits for whom. */
#include <stdio.h>

#include "runtime/cli/cli_belief.h"
#include "runtime/cli/cli_demo.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_run.h"
#include "runtime/cli/cli_execute.h"
#include "runtime/engine/due.h"
#include "runtime/engine/guard.h"

static bool is_settled(enum step_status status)
{
  return status == STEP_DONE || status == STEP_SKIPPED;
}

static uint32_t count_settled(const struct step_row *rows, size_t row_count)
{
  uint32_t settled = 0;
  for (size_t i = 0; i < row_count; i++)
    settled += is_settled(rows[i].status) ? 1 : 0;
  return settled;
}

/* "waiting for its approval", "done" */
static struct text status_says(struct arena *arena, const struct step_row *row)
{
  if (row->status == STEP_WAITING)
    return text_format(arena, "waiting: %s", wait_words[row->wait]);
  return text_of(status_words[row->status]);
}

static const struct step_row *row_of(const struct step_row *rows, size_t row_count, uint32_t step)
{
  for (size_t i = 0; i < row_count; i++)
    if (rows[i].step == step)
      return &rows[i];
  return NULL;
}

/* A run that goes on, and what it has to keep. */
struct watching {
  const struct timetable *times; /* NULL: the run is over */
  int64_t now_ms;
};

static bool has_begun(const struct step_row *row)
{
  return row->status != STEP_PENDING && row->status != STEP_WAITING;
}

static struct text begin_by(struct opened *opened, const struct watching *w,
                            const struct step_row *row)
{
  return w->times == NULL || has_begun(row)
             ? TEXT_NONE
             : due_says(opened->arena, w->times, row->step, w->now_ms);
}

static void print_step(struct opened *opened, const struct watching *w, const struct step *step,
                       const struct step_row *row)
{
  const struct graph *graph = opened->checked.graph;
  struct task task;
  printf("%3u/%u %-18.*s %-24.*s %-16.*s %.*s\n", step->number, graph->action_count,
         TEXT_ARG(status_says(opened->arena, row)), TEXT_ARG(step->id),
         TEXT_ARG(graph->resources[step->role].name),
         TEXT_ARG(row->status == STEP_WAITING && row->wait == WAIT_QUESTION
                      ? guard_question(opened->arena, row->says)
                      : row->says));
  if (cli_task(opened->arena, opened->store, &opened->run, graph, row, &task))
    printf("        %.*s has to %s: %.*s\n", TEXT_ARG(task.role), task.word,
           TEXT_ARG(task.command));
  /* A step that nobody could begin yet says nothing of it: the one that it waits for does. */
  struct text due = row->status == STEP_WAITING ? begin_by(opened, w, row) : TEXT_NONE;
  if (due.length != 0)
    printf("        it %.*s\n", TEXT_ARG(due));
}

static const char *obligation_state(const struct watching *w, uint32_t step,
                                    const struct step_row *row)
{
  static const char *const words[] = {[DUE_FREE] = "open",
                                      [DUE_AHEAD] = "open",
                                      [DUE_SOON] = "due within a day",
                                      [DUE_MISSED] = "missed"};
  if (row != NULL && is_settled(row->status))
    return "met";
  if (row != NULL && has_begun(row))
    return "under way";
  return words[due_state_of(w->times, step, w->now_ms)];
}

static void print_obligations(struct opened *opened, const struct watching *w,
                              const struct step_row *rows, size_t row_count)
{
  const struct proof *proof = w->times == NULL ? NULL : w->times->proof;
  for (uint32_t i = 0; proof != NULL && i < proof->obligation_count; i++) {
    uint32_t step = proof->obligations[i].step;
    printf("obligation (%s): %.*s\n", obligation_state(w, step, row_of(rows, row_count, step)),
           TEXT_ARG(timetable_obligation(opened->arena, w->times, i)));
  }
}

static json_t *obligations_json(struct opened *opened, const struct watching *w,
                                const struct step_row *rows, size_t row_count)
{
  const struct proof *proof = w->times == NULL ? NULL : w->times->proof;
  json_t *all = json_array();
  for (uint32_t i = 0; proof != NULL && i < proof->obligation_count; i++) {
    uint32_t step = proof->obligations[i].step;
    const struct due *due = timetable_due(w->times, i);
    json_t *item = json_object();
    char utc[UTC_TEXT_BYTES];
    json_object_set_new(item, "step", cli_json_text(proof->graph->steps[step].id));
    json_object_set_new(item, "state",
                        json_string(obligation_state(w, step, row_of(rows, row_count, step))));
    json_object_set_new(item, "says",
                        cli_json_text(timetable_obligation(opened->arena, w->times, i)));
    if (due->is_known) {
      utc_format(due->at_ms, utc);
      json_object_set_new(item, "done-by", json_string(utc));
    }
    json_array_append_new(all, item);
  }
  return all;
}

static json_t *step_json(struct opened *opened, const struct watching *w, const struct step *step,
                         const struct step_row *row)
{
  json_t *item = json_object();
  struct task task;
  json_object_set_new(item, "step", cli_json_text(step->id));
  json_object_set_new(item, "number", json_integer(step->number));
  json_object_set_new(item, "role",
                      cli_json_text(opened->checked.graph->resources[step->role].name));
  json_object_set_new(item, "status", json_string(status_words[row->status]));
  json_object_set_new(item, "waits-for", json_string(wait_words[row->wait]));
  json_object_set_new(item, "says", cli_json_text(row->says));
  if (cli_task(opened->arena, opened->store, &opened->run, opened->checked.graph, row, &task))
    json_object_set_new(item, "command", cli_json_text(task.command));
  if (begin_by(opened, w, row).length != 0) {
    char utc[UTC_TEXT_BYTES];
    utc_format(w->times->steps[row->step].latest_ms, utc);
    json_object_set_new(item, "begin-by", json_string(utc));
  }
  return item;
}

static json_t *run_json(const struct run_row *run)
{
  char begun[UTC_TEXT_BYTES];
  utc_format(run->begun_ms, begun);
  json_t *item = json_object();
  json_object_set_new(item, "run", cli_json_text(run->id));
  json_object_set_new(item, "plan", cli_json_text(run->plan));
  json_object_set_new(item, "digest", cli_json_text(run->digest));
  json_object_set_new(item, "state", json_string(run_state_words[run->state]));
  json_object_set_new(item, "by", cli_json_text(run->by));
  json_object_set_new(item, "begun", json_string(begun));
  if (cli_is_demo_run(run->id))
    json_object_set_new(item, "simulated", json_true());
  return item;
}

static enum exit_code show_run(struct cli *cli, const char *id)
{
  struct opened opened;
  enum exit_code code = cli_open_run(cli, STORE_TO_READ, text_of(id), &opened);
  if (code == EXIT_OK) {
    const struct graph *graph = opened.checked.graph;
    struct step_row *rows;
    size_t row_count;
    store_steps(opened.store, opened.arena, opened.run.id, &rows, &row_count);
    json_t *steps = cli->report.format == REPORT_JSON ? json_array() : NULL;
    struct watching w = {.now_ms = cli_run_clock(cli)->now_ms()};
    if (opened.run.state != RUN_DONE && opened.run.state != RUN_CANCELLED)
      w.times = run_times(opened.arena, &opened.checked, &opened.run, opened.store);
    if (steps == NULL)
      printf("%.*s  run %.*s  %s  digest %.12s…  %u of %u steps\n", TEXT_ARG(opened.run.plan),
             TEXT_ARG(opened.run.id), run_state_words[opened.run.state], opened.run.digest.at,
             count_settled(rows, row_count), graph->action_count);
    for (uint32_t i = 0; i < graph->step_count; i++) {
      const struct step *step = &graph->steps[i];
      const struct step_row untouched = {.step = i, .id = step->id};
      const struct step_row *row = row_of(rows, row_count, i);
      if (step->kind != STEP_ACTION)
        continue;
      if (row == NULL)
        row = &untouched;
      if (steps == NULL)
        print_step(&opened, &w, step, row);
      else
        json_array_append_new(steps, step_json(&opened, &w, step, row));
    }
    struct belief belief;
    cli_belief(&opened, true, &belief);
    if (steps != NULL) {
      json_t *whole = run_json(&opened.run);
      json_object_set_new(whole, "world", cli_belief_json(&belief));
      json_object_set_new(whole, "steps", steps);
      json_object_set_new(whole, "obligations", obligations_json(&opened, &w, rows, row_count));
      cli_json_print(whole, "renew.status/1");
    } else {
      cli_print_belief(&belief);
      print_obligations(&opened, &w, rows, row_count);
    }
    code = cli_has_read(cli, &opened);
  }
  cli_close(&opened);
  return code;
}

static enum exit_code list_runs(struct cli *cli)
{
  struct opened opened;
  enum exit_code code = cli_open_store(cli, STORE_TO_READ, &opened);
  struct run_row *runs = NULL;
  size_t run_count = 0;
  if (code == EXIT_OK && opened.store != NULL)
    store_runs(opened.store, opened.arena, &runs, &run_count);
  if (code == EXIT_OK)
    code = cli_has_read(cli, &opened);
  json_t *list = cli->report.format == REPORT_JSON ? json_array() : NULL;
  for (size_t i = 0; i < run_count; i++) {
    char begun[UTC_TEXT_BYTES];
    utc_format(runs[i].begun_ms, begun);
    if (list != NULL)
      json_array_append_new(list, run_json(&runs[i]));
    else
      printf("%.*s  %-10s  %.*s  begun %s by %.*s\n", TEXT_ARG(runs[i].id),
             run_state_words[runs[i].state], TEXT_ARG(runs[i].plan), begun, TEXT_ARG(runs[i].by));
  }
  if (run_count == 0 && code == EXIT_OK)
    cli_point_to_demo(cli, "status");
  if (list != NULL) {
    json_t *whole = json_object();
    json_object_set_new(whole, "runs", list);
    cli_json_print(whole, "renew.status/1");
  } else if (run_count == 0 && code == EXIT_OK && !cli->quiet) {
    printf("no run yet; begin one with: renew run FILE\n");
  }
  cli_close(&opened);
  return code;
}

int cmd_status(struct cli *cli)
{
  if (!cli_arguments(cli, 0, 1))
    return EXIT_USAGE;
  return cli->argc == 1 ? show_run(cli, cli->argv[0]) : list_runs(cli);
}
