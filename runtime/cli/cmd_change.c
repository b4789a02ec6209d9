/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_change: the plan as a change ticket. The dates are those of the next opening of its window that
 * no freeze takes away, from now (or --at) or from the plan's own first day on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compiler/graph/views.h"
#include "runtime/cli/cli.h"
#include "runtime/engine/clock.h"
#include "compiler/graph/window.h"
#include "runtime/providers/provider.h"

enum { MS = 1000 };

static bool find_form(struct cli *cli, const char *word, enum change_form *ret_form)
{
  if (word == NULL)
    *ret_form = cli->report.format == REPORT_JSON ? CHANGE_JSON : CHANGE_MARKDOWN;
  else if (strcmp(word, "md") == 0)
    *ret_form = CHANGE_MARKDOWN;
  else if (strcmp(word, "json") == 0)
    *ret_form = CHANGE_JSON;
  else if (strcmp(word, "csv") == 0)
    *ret_form = CHANGE_CSV;
  else
    return cli_usage(cli, "--as is md, json or csv, not `%s`", word) == EXIT_OK;
  return true;
}

/* The plan's own, else that of the first step that has one. */
static uint32_t find_window(const struct graph *graph)
{
  const struct graph_value *during =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  if (during != NULL)
    return during->resource;
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].window != INDEX_NONE)
      return graph->steps[i].window;
  return INDEX_NONE;
}

/* Not before the plan's `starts on`. */
static int64_t earliest_ms(const struct graph *graph, int64_t now_ms)
{
  int64_t start_ms;
  return plan_start(graph, now_ms, &start_ms) && start_ms > now_ms ? start_ms : now_ms;
}

static struct text utc_text(struct arena *arena, int64_t utc_ms)
{
  char words[32];
  time_t utc_s = utc_ms / MS;
  struct tm fields;
  gmtime_r(&utc_s, &fields);
  strftime(words, sizeof words, "%Y-%m-%d %H:%M:%S", &fields);
  return text_format(arena, "%s", words);
}

static void find_dates(struct cli *cli, const struct graph *graph, struct change_facts *facts)
{
  uint32_t window = find_window(graph), freeze;
  struct opening opening;
  char from[MOMENT_TEXT_BYTES], until[MOMENT_TEXT_BYTES];
  if (window == INDEX_NONE) {
    fprintf(stderr, "renew: the plan names no window (`during WINDOW`): the ticket has no dates\n");
    return;
  }
  struct text name = graph->resources[window].name;
  int64_t now_ms = (cli->at_s != 0 ? cli->at_s : clock_real_now_s()) * MS;
  struct window_book *book = window_book_open(cli->arena, graph);
  enum window_status status =
      window_book_free_at(book, window, earliest_ms(graph, now_ms), 0, &opening, &freeze);
  switch (status) {
  case WINDOW_OPEN:
  case WINDOW_LATER:
    facts->start = utc_text(cli->arena, opening.start_ms);
    facts->end = utc_text(cli->arena, opening.end_ms);
    moment_format(graph, window, opening.start_ms, from);
    moment_format(graph, window, opening.end_ms, until);
    facts->dates = text_format(cli->arena, "Window %.*s: %s to %s.", TEXT_ARG(name), from, until);
    break;
  case WINDOW_OVER:
    fprintf(stderr, "renew: window %.*s does not open any more: the ticket has no dates\n",
            TEXT_ARG(name));
    break;
  case WINDOW_UNKNOWN:
    fprintf(stderr,
            "renew: when window %.*s opens is not known yet: the ticket has no dates\n"
            "help: give the plan's parameters a value: --set NAME=VALUE\n",
            TEXT_ARG(name));
    break;
  }
  window_book_close(book);
}

int cmd_change(struct cli *cli)
{
  const char *as = cli_take_value(cli, "--as");
  enum change_form form = CHANGE_MARKDOWN;
  if (!cli_arguments(cli, 1, 1) || !find_form(cli, as, &form))
    return EXIT_USAGE;
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], false, &loaded);
  if (code == EXIT_OK) {
    const struct graph *graph = loaded.checked.graph;
    bool *puts_back = arena_array(cli->arena, graph->step_count + 1, sizeof *puts_back);
    for (uint32_t i = 0; i < graph->step_count; i++)
      puts_back[i] = graph->steps[i].kind == STEP_ACTION &&
                     (providers_real.find(graph, &graph->steps[i])->supports & CAN_UNDO) != 0;
    struct change_facts facts = {.puts_back = puts_back};
    struct buffer out = {0};
    find_dates(cli, graph, &facts);
    view_change(graph, form, &facts, &out);
    fwrite(out.bytes, 1, out.size_bytes, stdout);
    buffer_free(&out);
  }
  arena_free(loaded.compiled.arena);
  return code;
}
