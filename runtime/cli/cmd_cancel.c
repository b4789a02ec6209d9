/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_cancel: ends a run for good. What acts is brought to its end, nothing further begins,
 * staged keys are wiped, its certificates are free again. Nothing is put back: that is `on
 * failure roll-back`.
 */
#include <stdio.h>

#include "runtime/cli/cli_execute.h"

static enum exit_code ask_for_end(struct cli *cli, struct opened *opened, const char *because)
{
  struct record record;
  record_start(&record, RECORD_CANCEL, cli_run_clock(cli)->now_ms());
  record_add_text(&record, "signer", cli_signer(cli));
  record_add_text(&record, "because", text_of(because));
  struct store_write write = {
      .run = opened->run.id, .record = &record, .sets_state = true, .state = RUN_CANCELLING};
  enum store_result result = store_write(opened->store, &write, opened->diags);
  record_free(&record);
  if (result != STORE_OK)
    cli_report(cli, opened->diags, NULL);
  return cli_exit_of_store(result);
}

/* Another process executes the run: it sees the wish and ends the run itself. */
static bool is_executed_elsewhere(struct cli *cli, struct opened *opened)
{
  struct diag_list unheard;
  diag_list_start(&unheard, cli->arena);
  enum store_result result =
      store_lock_run(opened->store, opened->run.id, cli_run_clock(cli)->now_ms(), &unheard);
  store_unlock_run(opened->store);
  return result == STORE_HELD;
}

int cmd_cancel(struct cli *cli)
{
  const char *because = cli_take_value(cli, "--because");
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  if (because == NULL || because[0] == '\0')
    return cli_usage(cli, "cancel needs a reason for the journal: --because \"...\"");
  struct opened opened;
  enum exit_code code = cli_open_run(cli, STORE_TO_WRITE, text_of(cli->argv[0]), &opened);
  if (code == EXIT_OK && (opened.run.state == RUN_DONE || opened.run.state == RUN_CANCELLED)) {
    printf("run %.*s is %s already\n", TEXT_ARG(opened.run.id), run_state_words[opened.run.state]);
    cli_close(&opened);
    return EXIT_OK;
  }
  if (code == EXIT_OK)
    code = ask_for_end(cli, &opened, because);
  if (code == EXIT_OK && is_executed_elsewhere(cli, &opened)) {
    printf("asked: run %.*s ends as soon as what it does now is done\n", TEXT_ARG(opened.run.id));
  } else if (code == EXIT_OK) {
    code = cli_execute(cli, &opened);
    if (store_run_state(opened.store, opened.run.id) == RUN_CANCELLED)
      code = EXIT_OK;
  }
  cli_close(&opened);
  return code;
}
