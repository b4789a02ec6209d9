/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_show: the plan as the numbered procedure that people read. */
#include <stdio.h>
#include <string.h>

#include "compiler/graph/views.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/cli_times.h"
#include "runtime/engine/clock.h"

static bool find_form(struct cli *cli, const char *word, enum show_form *ret_form)
{
  if (word == NULL)
    *ret_form = cli->report.format == REPORT_JSON ? SHOW_JSON : SHOW_TEXT;
  else if (strcmp(word, "text") == 0)
    *ret_form = SHOW_TEXT;
  else if (strcmp(word, "md") == 0)
    *ret_form = SHOW_MARKDOWN;
  else if (strcmp(word, "json") == 0)
    *ret_form = SHOW_JSON;
  else
    return cli_usage(cli, "--as is text, md or json, not `%s`", word) == EXIT_OK;
  return true;
}

int cmd_show(struct cli *cli)
{
  const char *as = cli_take_value(cli, "--as"), *role = cli_take_value(cli, "--role");
  enum show_form form = SHOW_TEXT;
  bool expand = cli_take_flag(cli, "--expand");
  if (!cli_arguments(cli, 1, 1) || !find_form(cli, as, &form))
    return EXIT_USAGE;
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], false, &loaded);
  uint32_t resource = INDEX_NONE;
  if (code == EXIT_OK && role != NULL && !cli_find_role(cli, loaded.checked.graph, role, &resource))
    code = EXIT_USAGE;
  if (code == EXIT_OK) {
    struct buffer out = {0};
    const struct proof *proof = loaded.compiled.proof != NULL
                                    ? loaded.compiled.proof
                                    : prove_plan(loaded.compiled.arena, &loaded.checked);
    const struct ways_back *ways;
    int64_t now_s = cli->at_s != 0 ? cli->at_s : clock_real_now_s();
    const struct timetable *times = cli_times(loaded.compiled.arena, proof, now_s, &ways);
    struct show_wish wish = {form, resource, expand, loaded.compiled.program,
                             cli_time_notes(loaded.compiled.arena, times, ways)};
    view_show(loaded.checked.graph, &wish, &out);
    fwrite(out.bytes, 1, out.size_bytes, stdout);
    buffer_free(&out);
  }
  arena_free(loaded.compiled.arena);
  return code;
}
