/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_skip: a step is left out, for a reason that stands in the journal. What a later step that
 * changes something relies on cannot be left out: only the proof could tell whether that is safe. */
#include <stdio.h>

#include "runtime/cli/cli_run.h"

int cmd_skip(struct cli *cli)
{
  const char *because = cli_take_value(cli, "--because");
  if (!cli_arguments(cli, 2, 2))
    return EXIT_USAGE;
  if (because == NULL)
    return cli_usage(cli, "leaving a step out needs --because TEXT: it stands in the journal");
  struct opened opened;
  struct signing signing;
  enum exit_code code = cli_open_signing(cli, &opened, &signing);
  if (code == EXIT_OK) {
    signing.because = text_of(because);
    code = cli_end_signing(cli, &opened, signoff_skip(&signing, opened.diags));
  }
  if (code == EXIT_OK && !cli->quiet)
    printf("%.*s is left out; go on with: renew resume %.*s\n",
           TEXT_ARG(signing.graph->steps[signing.step].id), TEXT_ARG(signing.run->id));
  cli_close(&opened);
  return code;
}
