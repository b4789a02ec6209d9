/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_tasks: what people have to do, over all runs of the store: who, what, and what to type. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli_demo.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_run.h"
#include "runtime/engine/guard.h"

struct listing {
  struct cli *cli;
  struct text role; /* TEXT_NONE: everybody's */
  json_t *tasks;    /* with --json */
  uint32_t task_count;
  bool is_known;       /* an open run has the role */
  struct buffer roles; /* struct text: of all open runs */
};

static void take_roles(struct listing *listing, const struct graph *graph)
{
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    if (graph->resources[i].kind != KIND_ROLE)
      continue;
    listing->is_known |= text_equal(graph->resources[i].name, listing->role);
    buffer_add(&listing->roles, &graph->resources[i].name, sizeof(struct text));
  }
}

/* A role that nobody has is a slip, and no reason to believe that nothing is to be done. */
static enum exit_code judge_role(struct listing *listing)
{
  const struct text *roles = (const struct text *)(const void *)listing->roles.bytes;
  size_t count = listing->roles.size_bytes / sizeof *roles;
  if (listing->role.length == 0 || listing->is_known || count == 0)
    return EXIT_OK;
  struct text nearest = text_nearest(listing->role, roles, count);
  if (nearest.length != 0)
    return cli_usage(listing->cli, "no open run has a role `%.*s`; did you mean `%.*s`?",
                     TEXT_ARG(listing->role), TEXT_ARG(nearest));
  return cli_usage(listing->cli, "no open run has a role `%.*s`", TEXT_ARG(listing->role));
}

/* What the step's wait says but for its sentence, which stands above: what lies ready to be sent or
 * signed, and where; who was asked. */
static struct text said_beside(const struct step_row *row, const struct step *step)
{
  struct text says = row->says;
  if ((row->wait != WAIT_PERSON && row->wait != WAIT_APPROVAL) || says.length == 0)
    return TEXT("");
  const char *sentence = memmem(says.at, says.length, step->sentence.at, step->sentence.length);
  if (sentence != NULL) {
    const char *behind = sentence + step->sentence.length;
    says = (struct text){behind, says.length - (size_t)(behind - says.at)};
  }
  while (says.length > 0 && says.at[0] == ' ')
    says = (struct text){says.at + 1, says.length - 1};
  return says;
}

static void add_task(struct listing *listing, const struct run_row *run, const struct graph *graph,
                     const struct step_row *row, const struct task *task)
{
  const struct step *step = &graph->steps[row->step];
  struct text more = said_beside(row, step);
  listing->task_count++;
  if (listing->tasks != NULL) {
    json_t *item = json_object();
    json_object_set_new(item, "run", cli_json_text(run->id));
    json_object_set_new(item, "step", cli_json_text(row->id));
    json_object_set_new(item, "role", cli_json_text(task->role));
    json_object_set_new(item, "task", json_string(task->word));
    json_object_set_new(item, "sentence", cli_json_text(step->sentence));
    if (more.length > 0)
      json_object_set_new(item, "says", cli_json_text(more));
    json_object_set_new(item, "command", cli_json_text(task->command));
    json_array_append_new(listing->tasks, item);
    return;
  }
  printf("%.*s  %.*s  %.*s has to %s: %.*s\n", TEXT_ARG(run->id), TEXT_ARG(row->id),
         TEXT_ARG(task->role), task->word, TEXT_ARG(step->sentence));
  if (step->evidence.length > 0)
    printf("    evidence: %.*s\n", TEXT_ARG(step->evidence));
  if (row->wait == WAIT_QUESTION && row->says.length > 0)
    printf("    question: %.*s\n", TEXT_ARG(guard_question(listing->cli->arena, row->says)));
  if (more.length > 0)
    printf("    %.*s\n", TEXT_ARG(more));
  printf("    %.*s\n", TEXT_ARG(task->command));
}

static enum exit_code list_run(struct listing *listing, struct opened *opened, const struct text id)
{
  struct run_row run;
  struct proven_graph proven;
  if (store_run(opened->store, opened->arena, id, &run) != STORE_OK)
    return EXIT_OK;
  enum exit_code code = cli_read_plan(listing->cli, opened, &run, &proven);
  if (code != EXIT_OK)
    return code;
  take_roles(listing, proven.checked.graph);
  struct step_row *rows;
  size_t row_count;
  store_steps(opened->store, opened->arena, run.id, &rows, &row_count);
  for (size_t i = 0; i < row_count; i++) {
    struct task task;
    if (!cli_task(opened->arena, opened->store, &run, proven.checked.graph, &rows[i], &task))
      continue;
    if (listing->role.length == 0 || text_equal(listing->role, task.role))
      add_task(listing, &run, proven.checked.graph, &rows[i], &task);
  }
  return EXIT_OK;
}

static void end_list(struct listing *listing)
{
  if (listing->task_count == 0)
    cli_point_to_demo(listing->cli, "tasks");
  if (listing->tasks == NULL) {
    if (listing->task_count == 0 && !listing->cli->quiet)
      printf("nobody has anything to do\n");
    return;
  }
  json_t *whole = json_object();
  json_object_set_new(whole, "tasks", listing->tasks);
  cli_json_print(whole, "renew.tasks/1");
}

int cmd_tasks(struct cli *cli)
{
  const char *me = cli_take_value(cli, "--me");
  if (!cli_arguments(cli, 0, 0))
    return EXIT_USAGE;
  struct listing listing = {.cli = cli, .role = text_of(me)};
  if (me == NULL && cli->role_count > 0)
    listing.role = cli->roles[0];
  if (cli->report.format == REPORT_JSON)
    listing.tasks = json_array();
  struct opened opened;
  enum exit_code code = cli_open_store(cli, STORE_TO_READ, &opened);
  struct run_row *runs = NULL;
  size_t run_count = 0;
  if (code == EXIT_OK && opened.store != NULL)
    store_runs(opened.store, opened.arena, &runs, &run_count);
  for (size_t i = 0; i < run_count && code == EXIT_OK; i++) {
    if (runs[i].state == RUN_OPEN || runs[i].state == RUN_CANCELLING)
      code = list_run(&listing, &opened, runs[i].id);
  }
  if (code == EXIT_OK)
    code = cli_has_read(cli, &opened);
  if (code == EXIT_OK)
    code = judge_role(&listing);
  if (code == EXIT_OK)
    end_list(&listing);
  else
    json_decref(listing.tasks);
  buffer_free(&listing.roles);
  cli_close(&opened);
  return code;
}
