/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_why: why a step waits, why it was let through, for what it was refused: the three gates in their
 * order (approval, safety, time), each with the fact that counts.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli_belief.h"
#include "runtime/engine/guard.h"
#include "runtime/engine/signoff.h"

struct why {
  struct opened *opened;
  const struct graph *graph;
  const struct step *step;
  uint32_t index;
  struct step_row *rows;
  size_t row_count;
  struct journal_row *journal;
  size_t journal_count;
};

/* One step that this one rests on. */
struct ground {
  uint32_t step;
  enum step_status status;
  const char *evidence; /* "observed", "signed", "nobody looked"; "" while it is not done */
  struct text without;  /* what could happen; "" where it is a matter of order only */
  struct text told;     /* the steps that bring the word of it; "" where one role did both */
};

static const struct step_row *row_of(const struct why *w, uint32_t step)
{
  static const struct step_row untouched;
  for (size_t i = 0; i < w->row_count; i++)
    if (w->rows[i].step == step)
      return &w->rows[i];
  return &untouched;
}

static struct text place_of(const struct why *w, const struct step *step)
{
  return text_format(w->opened->arena, "%.*s:%u:%u",
                     TEXT_ARG(w->graph->sources[step->source].path), step->line, step->column);
}

static bool is_settled(enum step_status status)
{
  return status == STEP_DONE || status == STEP_SKIPPED;
}

static const char *evidence_of(const struct why *w, uint32_t step)
{
  struct text id = w->graph->steps[step].id;
  for (size_t i = w->journal_count; i > 0; i--) {
    const struct journal_row *row = &w->journal[i - 1];
    if (!text_equal(row->step, id) || !journal_row_says(row, "status", TEXT("done")))
      continue;
    if (text_is(row->kind, record_words[RECORD_DECIDE]) ||
        journal_row_says(row, "how", TEXT("confirmed")))
      return "signed";
    bool was_blind = journal_row_says(row, "how", TEXT("acted")) &&
                     (cli_table_of(&w->opened->run)->find(w->graph, &w->graph->steps[step])->supports &
                      CAN_PROBE) == 0;
    return was_blind || journal_row_says(row, "how", TEXT("waited")) ? "nobody looked" : "observed";
  }
  return "";
}

/* With everything before it done but that one step: what could be met then. */
static struct text without(const struct why *w, uint32_t step)
{
  struct belief belief, after;
  struct clash clash;
  belief_make(&belief, w->opened->arena, w->graph, false);
  for (uint32_t i = 0; i < w->index; i++)
    if (i != step && w->graph->steps[i].kind == STEP_ACTION)
      belief_take(&belief, i, STEP_DONE, false, true);
  belief_copy(&after, &belief, w->opened->arena);
  belief_take(&after, w->index, STEP_INTENT, false, true);
  if (!belief_find_clash(&after, &belief, w->index, &clash))
    return TEXT_NONE;
  return clash_words(w->opened->arena, &after, &clash);
}

static struct text messengers(const struct why *w, const struct graph_order *order)
{
  struct text told = TEXT_NONE;
  for (uint32_t i = 0; i + 1 < order->way.count; i += 2)
    if (w->graph->order_ways[order->way.first + i + 1] == 0) {
      struct text id = w->graph->steps[w->graph->order_ways[order->way.first + i]].id;
      told = told.length == 0 ? id
                              : text_format(w->opened->arena, "%.*s, %.*s", TEXT_ARG(told),
                                            TEXT_ARG(id));
    }
  return told;
}

static uint32_t find_grounds(const struct why *w, struct ground **ret)
{
  uint32_t count = 0;
  struct ground *grounds =
      arena_array(w->opened->arena, (size_t)w->graph->order_count + 1, sizeof *grounds);
  for (uint32_t i = 0; i < w->graph->order_count; i++) {
    const struct graph_order *order = &w->graph->orders[i];
    if (order->after != w->index)
      continue;
    enum step_status status = row_of(w, order->before)->status;
    grounds[count++] =
        (struct ground){order->before, status,
                        status == STEP_DONE ? evidence_of(w, order->before) : "",
                        without(w, order->before), messengers(w, order)};
  }
  *ret = grounds;
  return count;
}

static struct text approval(const struct why *w)
{
  struct signoff_row *rows;
  size_t count;
  struct arena *arena = w->opened->arena;
  if (!w->step->needs_sign_off)
    return TEXT("none is needed");
  store_signoffs(w->opened->store, arena, w->opened->run.id, &rows, &count);
  uint32_t role = signoff_missing_role(w->graph, w->step, MEANS_APPROVE, rows, count);
  if (role != INDEX_NONE)
    return text_format(arena, "missing: of `%.*s`: renew sign %.*s %.*s",
                       TEXT_ARG(w->graph->resources[role].name), TEXT_ARG(w->opened->run.id),
                       TEXT_ARG(text_shell_word(arena, w->step->id)));
  for (size_t i = count; i > 0; i--)
    if (rows[i - 1].step == w->index && rows[i - 1].means == MEANS_APPROVE)
      return text_format(arena, "given by %.*s for `%.*s`", TEXT_ARG(rows[i - 1].signer),
                         TEXT_ARG(rows[i - 1].role));
  return TEXT("given");
}

/* What stands in the way now, or how it came through. */
static struct text verdict(const struct why *w)
{
  struct arena *arena = w->opened->arena;
  const struct step_row *row = row_of(w, w->index);
  for (uint32_t i = 0; i < w->step->waits_for.count; i++) {
    uint32_t before = w->graph->indices[w->step->waits_for.first + i];
    bool is_open = w->graph->steps[before].kind == STEP_ACTION &&
                   !is_settled(row_of(w, before)->status);
    if (is_open && (row->status == STEP_PENDING))
      return text_format(arena, "it waits for `%.*s`, which is %s",
                         TEXT_ARG(w->graph->steps[before].id),
                         status_words[row_of(w, before)->status]);
  }
  switch (row->status) {
  case STEP_DONE:
    return text_format(arena, "it was let through, and is done (%s)%s%.*s",
                       evidence_of(w, w->index), row->says.length == 0 ? "" : ": ",
                       TEXT_ARG(row->says));
  case STEP_WAITING:
    return row->wait == WAIT_GUARD
               ? text_format(arena, "the guard holds it back: %.*s", TEXT_ARG(row->says))
               : text_format(arena, "it waits (%s): %.*s", wait_words[row->wait],
                             TEXT_ARG(row->wait == WAIT_QUESTION ? guard_question(arena, row->says)
                                                                 : row->says));
  case STEP_PENDING:
    return TEXT("nothing that it waits for is named: what stands before it is not done, or the next "
                "`renew resume` begins it");
  default:
    return text_format(arena, "it is %s%s%.*s", status_words[row->status],
                       row->says.length == 0 ? "" : ": ", TEXT_ARG(row->says));
  }
}

static struct text time_words(const struct why *w)
{
  const struct step_row *row = row_of(w, w->index);
  struct arena *arena = w->opened->arena;
  if (row->status == STEP_WAITING && (row->wait == WAIT_WINDOW || row->wait == WAIT_DATE))
    return row->says;
  if (w->step->window == INDEX_NONE || !w->step->enters)
    return TEXT("no window binds it");
  return text_format(arena, "window `%.*s`", TEXT_ARG(w->graph->resources[w->step->window].name));
}

static struct text asked(const struct why *w)
{
  struct task task;
  const struct step_row *row = row_of(w, w->index);
  if (!cli_task(w->opened->arena, w->opened->store, &w->opened->run, w->graph, row, &task))
    return TEXT("nobody is asked now");
  return text_format(w->opened->arena, "`%.*s` has to %s: %.*s", TEXT_ARG(task.role), task.word,
                     TEXT_ARG(task.command));
}

static void print_ground(const struct why *w, const struct ground *ground)
{
  const struct step *step = &w->graph->steps[ground->step];
  printf("    %s %.*s  %.*s\n", status_words[ground->status], TEXT_ARG(step->id),
         TEXT_ARG(place_of(w, step)));
  printf("      %.*s\n", TEXT_ARG(step->sentence));
  if (ground->status == STEP_DONE)
    printf("      evidence: %s\n", ground->evidence);
  else if (ground->status != STEP_SKIPPED)
    printf("      evidence: missing, it is not done\n");
  if (ground->without.length != 0)
    printf("      without it %.*s\n", TEXT_ARG(ground->without));
  if (ground->told.length != 0)
    printf("      `%.*s` learns of it by %.*s\n",
           TEXT_ARG(w->graph->resources[w->step->role].name), TEXT_ARG(ground->told));
}

static void print_why(const struct why *w)
{
  struct ground *grounds;
  uint32_t count = find_grounds(w, &grounds);
  printf("%.*s  %.*s\n  %.*s\n", TEXT_ARG(w->step->id), TEXT_ARG(place_of(w, w->step)),
         TEXT_ARG(w->step->sentence));
  printf("  why: %.*s\n", TEXT_ARG(verdict(w)));
  printf("  asked: %.*s\n", TEXT_ARG(asked(w)));
  printf("  approval: %.*s\n", TEXT_ARG(approval(w)));
  if (count == 0)
    printf("  safety: it changes nothing that rests on another step\n");
  else
    printf("  safety: rests on %u step%s that must be done before\n", count,
           count == 1 ? "" : "s");
  for (uint32_t i = 0; i < count; i++)
    print_ground(w, &grounds[i]);
  printf("  time: %.*s\n", TEXT_ARG(time_words(w)));
}

static void print_json(const struct why *w)
{
  struct ground *grounds;
  uint32_t count = find_grounds(w, &grounds);
  const struct step_row *row = row_of(w, w->index);
  json_t *object = json_object(), *rests = json_array();
  json_object_set_new(object, "run", cli_json_text(w->opened->run.id));
  json_object_set_new(object, "step", cli_json_text(w->step->id));
  json_object_set_new(object, "sentence", cli_json_text(w->step->sentence));
  json_object_set_new(object, "place", cli_json_text(place_of(w, w->step)));
  json_object_set_new(object, "status", json_string(status_words[row->status]));
  json_object_set_new(object, "waits-for", json_string(wait_words[row->wait]));
  json_object_set_new(object, "why", cli_json_text(verdict(w)));
  json_object_set_new(object, "asked", cli_json_text(asked(w)));
  json_object_set_new(object, "approval", cli_json_text(approval(w)));
  json_object_set_new(object, "time", cli_json_text(time_words(w)));
  for (uint32_t i = 0; i < count; i++) {
    const struct step *step = &w->graph->steps[grounds[i].step];
    json_t *item = json_object();
    json_object_set_new(item, "step", cli_json_text(step->id));
    json_object_set_new(item, "sentence", cli_json_text(step->sentence));
    json_object_set_new(item, "place", cli_json_text(place_of(w, step)));
    json_object_set_new(item, "status", json_string(status_words[grounds[i].status]));
    json_object_set_new(item, "evidence", json_string(grounds[i].evidence));
    json_object_set_new(item, "without", cli_json_text(grounds[i].without));
    json_object_set_new(item, "told-by", cli_json_text(grounds[i].told));
    json_array_append_new(rests, item);
  }
  json_object_set_new(object, "rests-on", rests);
  cli_json_print(object, "renew.why/1");
}

int cmd_why(struct cli *cli)
{
  struct opened opened;
  uint32_t step = INDEX_NONE;
  if (!cli_arguments(cli, 2, 2))
    return EXIT_USAGE;
  enum exit_code code = cli_open_run(cli, STORE_TO_READ, text_of(cli->argv[0]), &opened);
  if (code == EXIT_OK)
    code = cli_find_step(cli, &opened, cli->argv[1], &step);
  if (code == EXIT_OK) {
    struct why w = {.opened = &opened, .graph = opened.checked.graph, .index = step};
    w.step = &w.graph->steps[step];
    store_steps(opened.store, opened.arena, opened.run.id, &w.rows, &w.row_count);
    store_journal(opened.store, opened.arena, opened.run.id, &w.journal, &w.journal_count);
    code = cli_has_read(cli, &opened);
    if (code == EXIT_OK && cli->report.format == REPORT_JSON)
      print_json(&w);
    else if (code == EXIT_OK)
      print_why(&w);
  }
  cli_close(&opened);
  return code;
}
