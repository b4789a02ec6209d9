/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_progress: the events of a run for people and machines.
 *
 * One line an event: number, what happened, label, role, words, time taken. On a terminal the
 * lines go to stderr above a line that says where the run is, and stdout has the last line only;
 * otherwise all of it is on stdout. --json: one object a line, schema renew.event/1, on stdout.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/cli_demo.h"
#include "runtime/cli/cli_execute.h"
#include "runtime/cli/cli_json.h"
#include "compiler/graph/window.h"

enum { COLUMNS_MAX = 28, MS_PER_S = 1000, SHOWN_TOOK_MS = 100, DIGEST_SHOWN = 12 };

static bool as_json(const struct progress *progress)
{
  return progress->cli->report.format == REPORT_JSON;
}

static int wider(int columns, struct text word)
{
  return (int)word.length > columns && word.length <= COLUMNS_MAX ? (int)word.length : columns;
}

static FILE *lines_of(const struct progress *progress)
{
  return progress->has_live_line ? stderr : stdout;
}

void progress_start(struct progress *progress, struct cli *cli, struct opened *opened)
{
  *progress = (struct progress){.cli = cli,
                                .store = opened->store,
                                .run = &opened->run,
                                .graph = opened->checked.graph,
                                .has_live_line =
                                    isatty(STDERR_FILENO) && cli->report.format != REPORT_JSON};
  for (uint32_t i = 0; i < progress->graph->step_count; i++) {
    const struct step *step = &progress->graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    progress->label_columns = wider(progress->label_columns, step->id);
    progress->role_columns =
        wider(progress->role_columns, progress->graph->resources[step->role].name);
  }
  enum step_status *statuses =
      signoff_statuses(cli->arena, opened->store, progress->graph, opened->run.id);
  for (uint32_t i = 0; i < progress->graph->step_count; i++) {
    bool settled = statuses[i] == STEP_DONE || statuses[i] == STEP_SKIPPED;
    progress->settled_count += progress->graph->steps[i].kind == STEP_ACTION && settled ? 1 : 0;
  }
}

static void show_moment(const struct progress *progress, uint32_t resource, int64_t at_ms,
                        char ret_words[MOMENT_TEXT_BYTES])
{
  struct zone zone;
  if (progress->cli->zone.length != 0 && zone_find(progress->cli->zone, &zone))
    zone_says(&zone, at_ms, ret_words);
  else
    moment_format(progress->graph, resource, at_ms, ret_words);
}

void progress_header(struct progress *progress)
{
  const struct graph *graph = progress->graph;
  if (as_json(progress) || progress->cli->quiet)
    return;
  FILE *out = lines_of(progress);
  if (progress->cli->is_demo)
    fprintf(out, "%s\n", DEMO_SAYS);
  fprintf(out, "%.*s  run %.*s  digest %.*s…", TEXT_ARG(graph->name), TEXT_ARG(progress->run->id),
          DIGEST_SHOWN, progress->run->digest.at);
  const struct graph_value *during =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  struct opening opening;
  int64_t now_ms = cli_run_clock(progress->cli)->now_ms();
  if (during != NULL && window_at(graph, during->resource, now_ms, &opening) != WINDOW_UNKNOWN) {
    char start[MOMENT_TEXT_BYTES], end[MOMENT_TEXT_BYTES];
    show_moment(progress, during->resource, opening.start_ms, start);
    show_moment(progress, during->resource, opening.end_ms, end);
    fprintf(out, "  window %s to %s", start, end);
  }
  fputc('\n', out);
  fflush(out);
}

static json_t *event_json(const struct progress *progress, const struct run_event *event,
                          struct text command)
{
  const struct graph *graph = progress->graph;
  char utc[UTC_TEXT_BYTES];
  utc_format(event->at_ms, utc);
  json_t *item = json_object();
  json_object_set_new(item, "run", cli_json_text(progress->run->id));
  json_object_set_new(item, "utc", json_string(utc));
  json_object_set_new(item, "event", json_string(event_words[event->kind]));
  if (progress->cli->is_demo)
    json_object_set_new(item, "simulated", json_true());
  json_object_set_new(item, "says", cli_json_text(event->says));
  if (event->help.length > 0)
    json_object_set_new(item, "help", cli_json_text(event->help));
  if (command.length > 0)
    json_object_set_new(item, "command", cli_json_text(command));
  if (event->step == INDEX_NONE)
    return item;
  const struct step *step = &graph->steps[event->step];
  json_object_set_new(item, "step", cli_json_text(step->id));
  json_object_set_new(item, "number", json_integer(step->number));
  json_object_set_new(item, "role", cli_json_text(graph->resources[event->role].name));
  json_object_set_new(item, "took-ms", json_integer(event->took_ms));
  if (event->wait != WAIT_NOTHING)
    json_object_set_new(item, "waits-for", json_string(wait_words[event->wait]));
  if (event->until_ms != 0) {
    utc_format(event->until_ms, utc);
    json_object_set_new(item, "until", json_string(utc));
  }
  return item;
}

/* What to type, where a person is waited for. */
static struct text command_of(struct progress *progress, const struct run_event *event)
{
  if (event->step == INDEX_NONE || progress->store == NULL ||
      (event->kind != EVENT_WAIT && event->kind != EVENT_UNKNOWN))
    return TEXT_NONE;
  struct step_row row = {.step = event->step,
                         .id = progress->graph->steps[event->step].id,
                         .status = event->kind == EVENT_WAIT ? STEP_WAITING : STEP_UNKNOWN,
                         .wait = event->wait};
  struct task task;
  if (!cli_task(progress->cli->arena, progress->store, progress->run, progress->graph, &row, &task))
    return TEXT_NONE;
  if (event->kind == EVENT_WAIT && progress->task_count++ == 0)
    progress->asked = progress->graph->resources[event->role].name;
  return text_format(progress->cli->arena, "%s with: %.*s", task.word, TEXT_ARG(task.command));
}

static void print_line(struct progress *progress, const struct run_event *event,
                       struct text command)
{
  const struct graph *graph = progress->graph;
  const struct step *step = event->step == INDEX_NONE ? NULL : &graph->steps[event->step];
  FILE *out = lines_of(progress);
  if (step == NULL) {
    fprintf(out, "%.*s\n", TEXT_ARG(event->says));
    return;
  }
  struct text says = event->says.length > 0 ? event->says : step->sentence;
  struct text role = graph->resources[event->role == INDEX_NONE ? step->role : event->role].name;
  fprintf(out, "%3u/%u %-7s %-*.*s %-*.*s %.*s", step->number, graph->action_count,
          event_words[event->kind], progress->label_columns, TEXT_ARG(step->id),
          progress->role_columns, TEXT_ARG(role), TEXT_ARG(says));
  if (command.length > 0)
    fprintf(out, "; %.*s", TEXT_ARG(command));
  if (event->took_ms >= SHOWN_TOOK_MS && event->kind == EVENT_OK)
    fprintf(out, "  %lld.%llds", (long long)(event->took_ms / MS_PER_S),
            (long long)(event->took_ms % MS_PER_S / SHOWN_TOOK_MS));
  fputc('\n', out);
}

static void clear_live_line(const struct progress *progress)
{
  if (progress->has_live_line)
    fputs("\r\033[K", stderr);
}

/* Nobody reads any more (`| head`, a terminal that was closed): what acts is brought to its end, and the
 * run pauses at a safe point, as with Ctrl-C. */
static void pause_unread(struct progress *progress)
{
  if (progress->is_unread || !ferror(lines_of(progress)))
    return;
  progress->is_unread = true;
  raise(SIGINT);
}

void progress_tell(void *of, const struct run_event *event)
{
  struct progress *progress = of;
  if (event->kind == EVENT_OK || event->kind == EVENT_SKIP)
    progress->settled_count++;
  if (event->kind == EVENT_WAIT && event->until_ms != 0 &&
      (progress->until_ms == 0 || event->until_ms < progress->until_ms))
    progress->until_ms = event->until_ms;
  struct text command = command_of(progress, event);
  if (cli_logs(progress->cli))
    cli_json_log(progress->cli, event_json(progress, event, command), "renew.event/1");
  if (as_json(progress)) {
    cli_json_print(event_json(progress, event, command), "renew.event/1");
    fflush(stdout);
    pause_unread(progress);
    return;
  }
  clear_live_line(progress);
  if (event->kind != EVENT_ACTING && !progress->cli->quiet)
    print_line(progress, event, command);
  if (progress->has_live_line && event->step != INDEX_NONE)
    fprintf(stderr, "%u of %u steps  %s %.*s", progress->settled_count,
            progress->graph->action_count, event_words[event->kind],
            TEXT_ARG(progress->graph->steps[event->step].id));
  fflush(lines_of(progress));
  pause_unread(progress);
}

static struct text words_of_wait(struct progress *progress)
{
  struct arena *arena = progress->cli->arena;
  if (progress->task_count > 0)
    return text_format(arena, "paused, %u task%s open: %.*s", progress->task_count,
                       progress->task_count == 1 ? "" : "s", TEXT_ARG(progress->asked));
  if (progress->until_ms == 0)
    return TEXT("paused");
  char words[MOMENT_TEXT_BYTES];
  const struct graph *graph = progress->graph;
  const struct graph_value *during =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  show_moment(progress, during == NULL ? INDEX_NONE : during->resource, progress->until_ms, words);
  return text_format(arena, "paused until %s", words);
}

static struct text words_of_freeze(struct progress *progress)
{
  char words[MOMENT_TEXT_BYTES];
  const struct graph_value *during =
      graph_setting_value(progress->graph, progress->graph->plan_resource, KEY_DURING, 0);
  show_moment(progress, during == NULL ? INDEX_NONE : during->resource, progress->until_ms, words);
  return text_format(progress->cli->arena, "refused: a freeze holds; it can go on %s", words);
}

void progress_end(struct progress *progress, enum run_end end)
{
  clear_live_line(progress);
  if (as_json(progress))
    return;
  struct arena *arena = progress->cli->arena;
  struct text id = progress->run->id, words = TEXT_NONE;
  bool can_go_on = true;
  switch (end) {
  case END_DONE:
    words =
        text_format(arena, "done: %u steps, run %.*s", progress->graph->action_count, TEXT_ARG(id));
    can_go_on = false;
    break;
  case END_CANCELLED:
    words = text_format(arena, "cancelled: run %.*s ended for good", TEXT_ARG(id));
    can_go_on = false;
    break;
  case END_WAITING:
    words = words_of_wait(progress);
    break;
  case END_PAUSED:
    words = TEXT("paused at a safe point");
    break;
  case END_REFUSED:
    can_go_on = progress->until_ms != 0;
    words = can_go_on ? words_of_freeze(progress) : TEXT("refused: the window does not open again");
    break;
  case END_REMOTE:
    words = TEXT("stopped: a target could not be reached; nothing was changed by that step");
    break;
  case END_FAILED:
    words = TEXT("stopped: a step failed");
    can_go_on = false;
    break;
  case END_UNDECIDED:
    words = TEXT("stopped: a person must decide");
    can_go_on = false;
    break;
  case END_UNUSABLE:
    words = TEXT("stopped: the state could not be written");
    break;
  }
  printf("%.*s", TEXT_ARG(words));
  if (can_go_on)
    printf(".  Continue with: renew resume %.*s", TEXT_ARG(id));
  if (progress->cli->is_demo)
    printf("  SIMULATED");
  if (end != END_DONE)
    printf("  (exit %d)", cli_exit_of_end(end));
  putchar('\n');
  fflush(stdout);
}
