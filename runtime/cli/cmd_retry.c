/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_retry: a step that failed is tried again at the next resume. */
#include <stdio.h>

#include "runtime/cli/cli_run.h"

int cmd_retry(struct cli *cli)
{
  const char *because = cli_take_value(cli, "--because");
  if (!cli_arguments(cli, 2, 2))
    return EXIT_USAGE;
  struct opened opened;
  struct signing signing;
  enum exit_code code = cli_open_signing(cli, &opened, &signing);
  if (code == EXIT_OK) {
    signing.because = text_of(because);
    code = cli_end_signing(cli, &opened, signoff_retry(&signing, opened.diags));
  }
  if (code == EXIT_OK && !cli->quiet)
    printf("%.*s is tried again with: renew resume %.*s\n",
           TEXT_ARG(signing.graph->steps[signing.step].id), TEXT_ARG(signing.run->id));
  cli_close(&opened);
  return code;
}
