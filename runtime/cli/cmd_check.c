/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_check: compiles files and says what is wrong with them. Touches no network and no secret.
 * Findings go to stderr, the summary to stdout.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/cli.h"
#include "runtime/engine/clock.h"

struct totals {
  struct cli *cli;
  uint32_t plans;
  uint32_t steps;
  struct text_map roles; /* by name: one person's work in two plans is one role */
  uint32_t warnings;
  bool explains_safety;
  enum exit_code code;
};

static void worse(struct totals *totals, enum exit_code code)
{
  /* What cannot be read outweighs what is wrong: the answer is then incomplete. */
  if (code > totals->code)
    totals->code = code;
}

static void count_graph(struct totals *totals, const struct graph *graph)
{
  totals->plans++;
  totals->steps += graph->action_count;
  for (uint32_t i = 0; i < graph->step_count; i++)
    for (uint32_t j = 0; j < graph->steps[i].roles.count; j++) {
      uint32_t role = graph->indices[graph->steps[i].roles.first + j];
      text_map_add(&totals->roles, text_copy(totals->roles.arena, graph->resources[role].name), 0,
                   NULL);
    }
}

static void take_plan(const struct compiled *compiled, const struct graph *graph, bool is_sound,
                      void *with)
{
  struct totals *totals = with;
  if (is_sound)
    count_graph(totals, graph);
  if (totals->explains_safety && compiled->proof != NULL)
    cli_explain_safety(totals->cli, compiled->proof, compiled->now_s);
}

/* renew.conf by name: its folder is then the root. */
static bool is_configuration(struct cli *cli, const char *path)
{
  const char *absolute = cli_absolute(cli, path), *slash = strrchr(absolute, '/');
  if (strcmp(slash + 1, "renew.conf") != 0 || access(absolute, F_OK) != 0)
    return false;
  cli->root =
      text_format(cli->arena, "%.*s", slash == absolute ? 1 : (int)(slash - absolute), absolute).at;
  return true;
}

static void check_file(struct cli *cli, const char *path, struct totals *totals)
{
  struct compiled compiled;
  cli_compile(cli, path, TEXT_NONE, &compiled);
  worse(totals, cli->demands_code);
  struct text shown = compiled.program == NULL ? text_of(path) : compiled.sources->files[0].path;
  findings_case(cli_findings(cli), TEXT("renew check"), shown, shown);
  if (compiled.program != NULL && !diag_list_has_errors(compiled.diags))
    cli_check_plans(&compiled, take_plan, totals);
  worse(totals, cli_report(cli, compiled.diags, compiled.sources));
  totals->warnings += compiled.diags->warning_count;
  findings_end_case(cli_findings(cli));
  arena_free(compiled.arena);
}

/* A compiled plan: what it rests on is read and verified as before a run. */
static void check_compiled(struct cli *cli, const char *path, struct totals *totals)
{
  struct loaded loaded;
  enum exit_code code = cli_load(cli, path, false, &loaded);
  worse(totals, code);
  if (code == EXIT_OK)
    count_graph(totals, loaded.checked.graph);
  arena_free(loaded.compiled.arena);
}

static const char *plural(uint32_t count)
{
  return count == 1 ? "" : "s";
}

static void print_summary(const struct totals *totals, size_t file_count, uint32_t style_count,
                          int64_t took_ms)
{
  if (file_count > 1)
    printf("%zu files, ", file_count);
  if (totals->plans == 0)
    printf("no plan: ok");
  else
    printf("%u plan%s, %u step%s, %u role%s: ok", totals->plans, plural(totals->plans),
           totals->steps, plural(totals->steps), totals->roles.count, plural(totals->roles.count));
  if (totals->warnings != 0)
    printf(", %u warning%s", totals->warnings, plural(totals->warnings));
  if (style_count != 0)
    printf(", %u style hint%s (renew check --style)", style_count, plural(style_count));
  /* A time is for who waited for it; what a program reads is the same each time. */
  if (isatty(STDOUT_FILENO))
    printf(" (%lld ms)", (long long)took_ms);
  printf("\n");
}

int cmd_check(struct cli *cli)
{
  struct totals totals = {
      .cli = cli, .code = EXIT_OK, .explains_safety = cli_take_flag(cli, "--explain-safety")};
  cli->style = cli_take_flag(cli, "--style");
  cli->wants_style = true;
  if (!cli_arguments(cli, 0, cli->argc))
    return EXIT_USAGE;
  int64_t began_ms = clock_monotonic_ms();
  text_map_start(&totals.roles, cli->arena);
  size_t count;
  char **paths;
  if (cli_take_files(cli, FILES_OF_PLANS, &paths, &count) != EXIT_OK)
    return EXIT_USAGE;
  if (cli->argc == 0) {
    if (!cli_is_root(cli, cli->root) && !cli->quiet)
      fprintf(stderr, "renew: no renew.conf or .git above: checking %s\n", cli->root);
    worse(&totals, cli_demands(cli));
    cli_tell_ignored(cli);
  }
  for (size_t i = 0; i < count && totals.code != EXIT_USAGE; i++) {
    const char *path;
    if (is_configuration(cli, paths[i])) {
      worse(&totals, cli_demands(cli));
      continue;
    }
    if (text_ends_with(text_of(paths[i]), ".rplan")) {
      check_compiled(cli, paths[i], &totals);
      continue;
    }
    enum exit_code code = cli_find_plan(cli, paths[i], &path);
    if (code == EXIT_OK)
      check_file(cli, path, &totals);
    worse(&totals, code);
  }
  if (totals.code == EXIT_OK && !cli->quiet && cli_is_text(cli))
    print_summary(&totals, count, cli->report.format == REPORT_HUMAN ? cli->style_count : 0,
                  clock_monotonic_ms() - began_ms);
  return totals.code;
}
