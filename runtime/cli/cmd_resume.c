/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_resume: goes on where a run paused, failed or died. A run that is done stays done: exit 0. */
#include <stdio.h>

#include "runtime/cli/cli_execute.h"

int cmd_resume(struct cli *cli)
{
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  struct opened opened;
  enum exit_code code = cli_open_run(cli, STORE_TO_WRITE, text_of(cli->argv[0]), &opened);
  if (code == EXIT_OK && opened.run.state == RUN_CANCELLED) {
    printf("run %.*s was cancelled; begin a new one with: renew run FILE  (exit %d)\n",
           TEXT_ARG(opened.run.id), EXIT_REFUSED);
    code = EXIT_REFUSED;
  } else if (code == EXIT_OK && opened.run.state == RUN_DONE) {
    if (!cli->quiet)
      printf("done: run %.*s has nothing left to do\n", TEXT_ARG(opened.run.id));
  } else if (code == EXIT_OK) {
    code = cli_execute(cli, &opened);
  }
  cli_close(&opened);
  return code;
}
