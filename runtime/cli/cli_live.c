/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_live: what `plan --live` says before the first step: what the plan assumes, what is there, and
 * what was not looked at because nobody vouches for the plan.
 */
#include <stdio.h>

#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_run.h"
#include "runtime/providers/survey.h"
#include "runtime/providers/world.h"

enum { UNTRUSTED_SHOWN = 6 };

static const char *const result_words[] = {"as-assumed", "differs", "not-seen"};

static void print_row(struct cli *cli, const struct graph *graph, const struct survey_row *row)
{
  static const char *const shown[] = {"ok", "DIFFERS", "not seen"};
  struct text name = graph->resources[row->resource].name;
  if (cli->report.format == REPORT_JSON) {
    json_t *item = json_object();
    json_object_set_new(item, "event", json_string("precondition"));
    json_object_set_new(item, "about", cli_json_text(name));
    json_object_set_new(item, "result", json_string(result_words[row->result]));
    json_object_set_new(item, "assumes", cli_json_text(row->assumes));
    json_object_set_new(item, "there", cli_json_text(row->there));
    cli_json_print(item, "renew.event/1");
  } else if (cli_is_text(cli) && !cli->quiet) {
    struct text there = text_visible(cli->arena, row->there);
    struct text assumes = text_visible(cli->arena, row->assumes);
    printf("  %-8s  %.*s %.*s: %.*s\n", shown[row->result], TEXT_ARG(name), TEXT_ARG(assumes),
           TEXT_ARG(there));
  }
}

static void find_difference(struct cli *cli, const struct graph *graph,
                            const struct survey_row *row)
{
  struct diag_list diags;
  struct text name = graph->resources[row->resource].name;
  diag_list_start(&diags, cli->arena);
  struct diag *diag =
      diag_add_nowhere(&diags, DIAG_E1101, "`%.*s` is not what the plan assumes", TEXT_ARG(name));
  diag_add_note(&diags, diag, "the plan assumes: `%.*s` %.*s", TEXT_ARG(name),
                TEXT_ARG(row->assumes));
  diag_add_note(&diags, diag, "there is: %.*s", TEXT_ARG(row->there));
  if (row->help.length != 0)
    diag_add_help(&diags, diag, "%.*s", TEXT_ARG(row->help));
  cli_report(cli, &diags, NULL);
}

static void add_case(struct cli *cli, const struct graph *graph, const struct survey_row *row)
{
  struct text name =
      text_format(cli->arena, "%.*s %.*s", TEXT_ARG(graph->resources[row->resource].name),
                  TEXT_ARG(row->assumes));
  struct report_case *added = findings_case(
      cli_findings(cli), text_format(cli->arena, "assumptions of %.*s", TEXT_ARG(graph->name)),
      name, graph->sources[0].path);
  added->result = row->result == SURVEY_NOT_SEEN ? CASE_SKIPPED : CASE_OK;
  added->says = text_copy(cli->arena, row->there);
}

/* Corrections 11: a plan that nobody vouches for opens no secret and runs no command. */
static void tell_untrusted(struct cli *cli, const struct call *call)
{
  struct text names[UNTRUSTED_SHOWN];
  uint32_t count = survey_untrusted(call, names, UNTRUSTED_SHOWN);
  if (count == 0)
    return;
  struct buffer list = {0};
  for (uint32_t i = 0; i < count && i < UNTRUSTED_SHOWN; i++)
    buffer_format(&list, "%s%.*s", i == 0 ? "" : ", ", TEXT_ARG(names[i]));
  if (count > UNTRUSTED_SHOWN)
    buffer_format(&list, " and %u more", count - UNTRUSTED_SHOWN);
  struct diag_list diags;
  diag_list_start(&diags, cli->arena);
  struct diag *diag = diag_add_nowhere(
      &diags, DIAG_W1130, "nobody vouches for this plan: its secrets and commands are left alone");
  diag_add_note(&diags, diag, "not used: %s", list.bytes);
  diag_add_help(
      &diags, diag,
      "name the digest of the plan that was reviewed (--digest HEX, template or plan), or "
      "say --trust-plan");
  cli_report(cli, &diags, NULL);
  buffer_free(&list);
}

bool cli_live(struct cli *cli, const struct graph *graph, struct world *world,
              struct survey *ret_survey)
{
  struct call call = {.arena = cli->arena, .graph = graph, .world = world, .run = TEXT("live")};
  bool agrees = true;
  survey_plan(&call, ret_survey);
  if (cli_is_text(cli) && !cli->quiet && ret_survey->count != 0)
    printf("before the first step: what the plan assumes, and what is there\n");
  for (uint32_t i = 0; i < ret_survey->count; i++) {
    const struct survey_row *row = &ret_survey->rows[i];
    print_row(cli, graph, row);
    if (cli_wants_cases(cli))
      add_case(cli, graph, row);
    if (row->result == SURVEY_DIFFERS) {
      agrees = false;
      find_difference(cli, graph, row);
    }
    findings_end_case(cli_findings(cli));
  }
  if (!world->trusted)
    tell_untrusted(cli, &call);
  if (cli_is_text(cli) && !cli->quiet && ret_survey->count != 0)
    printf("\n");
  return agrees;
}
