/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_test: plays the scenarios of *.test.renew files and says which of their expectations hold: TAP
 * on stdout, or any other form of findings (--format, --report).
 */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/play.h"

/* What the scenario's `set` lines give, behind what --set gave. */
static void give_values(struct cli *cli, const struct decl *scenario)
{
  for (uint32_t i = 0; i < scenario->setting_count; i++) {
    const struct setting *setting = &scenario->settings[i];
    if (setting->key != KEY_SET)
      continue;
    cli->given = arena_grow(cli->arena, cli->given, cli->given_count, cli->given_count + 1,
                            sizeof *cli->given);
    cli->given[cli->given_count++] =
        (struct param_given){text_copy(cli->arena, setting->values[0].text),
                             text_copy(cli->arena, setting->values[1].text)};
  }
}

static enum exit_code play_one(struct cli *cli, const char *path, const struct decl *scenario,
                               uint32_t index)
{
  struct compiled compiled;
  struct param_given *given = cli->given;
  uint32_t given_count = cli->given_count;
  give_values(cli, scenario);
  cli_compile(cli, path, TEXT_NONE, &compiled);
  cli->given = given;
  cli->given_count = given_count;
  bool played = true;
  if (compiled.program != NULL && !diag_list_has_errors(compiled.diags))
    played = play_scenario(cli, &compiled, index);
  enum exit_code code = cli_report(cli, compiled.diags, compiled.sources);
  arena_free(compiled.arena);
  return played ? code : EXIT_CANNOT_WORK;
}

static void worse(enum exit_code *code, enum exit_code other)
{
  *code = other > *code ? other : *code;
}

static enum exit_code test_file(struct cli *cli, const char *path, uint32_t *ret_count)
{
  struct compiled compiled;
  cli_compile(cli, path, TEXT_NONE, &compiled);
  struct text shown = compiled.program == NULL ? text_of(path) : compiled.sources->files[0].path;
  struct text suite = text_format(cli->arena, "renew test %.*s", TEXT_ARG(shown));
  shown = text_copy(cli->arena, shown);
  enum exit_code code = EXIT_OK;
  if (compiled.program == NULL || diag_list_has_errors(compiled.diags)) {
    findings_case(cli_findings(cli), suite, shown, shown);
    code = cli_report(cli, compiled.diags, compiled.sources);
    findings_end_case(cli_findings(cli));
    (*ret_count)++;
  }
  for (uint32_t i = 0;
       code == EXIT_OK && compiled.program != NULL && i < compiled.program->decl_count; i++) {
    const struct decl *decl = &compiled.program->decls[i];
    if (decl->kind != KIND_SCENARIO || decl->file != 0)
      continue;
    (*ret_count)++;
    struct text name = text_format(cli->arena, "%.*s%s%.*s", TEXT_ARG(decl->name),
                                   decl->title.length == 0 ? "" : ": ", TEXT_ARG(decl->title));
    findings_case(cli_findings(cli), suite, name, shown);
    enum exit_code one = play_one(cli, path, decl, i);
    findings_end_case(cli_findings(cli));
    /* The next scenario is played whatever this one says. */
    if (one == EXIT_CANNOT_WORK)
      code = one;
  }
  arena_free(compiled.arena);
  return code;
}

int cmd_test(struct cli *cli)
{
  if (!cli_arguments(cli, 0, cli->argc))
    return EXIT_USAGE;
  size_t count;
  char **paths;
  if (cli_take_files(cli, FILES_OF_SCENARIOS, &paths, &count) != EXIT_OK)
    return EXIT_USAGE;
  if (cli->report.format == REPORT_HUMAN)
    cli->report.format = REPORT_TAP;
  enum exit_code code = EXIT_OK;
  uint32_t scenario_count = 0;
  for (size_t i = 0; i < count; i++)
    worse(&code, test_file(cli, paths[i], &scenario_count));
  if (scenario_count == 0 && code == EXIT_OK)
    return cli_usage(cli, count == 0 ? "there is no *.test.renew below %s" : "%s holds no scenario",
                     count == 0 ? cli->root : paths[0]);
  if (code == EXIT_OK && findings_count(cli_findings(cli), SEVERITY_ERROR) != 0)
    code = EXIT_ANSWER_NO;
  return code;
}
