/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_decide: a person says what no machine can know: how a step ended, or whether a fact holds. */
#include <stdio.h>

#include "runtime/cli/cli_run.h"

int cmd_decide(struct cli *cli)
{
  const char *because = cli_take_value(cli, "--because");
  if (!cli_arguments(cli, 3, 3))
    return EXIT_USAGE;
  struct text word = text_of(cli->argv[2]);
  if (!text_is(word, "done") && !text_is(word, "redo") && !text_is(word, "yes") &&
      !text_is(word, "no"))
    return cli_usage(cli, "`%s` is no decision: say done, redo, yes or no", cli->argv[2]);
  if (because == NULL)
    return cli_usage(cli, "a decision needs --because TEXT: it stands in the journal");
  struct opened opened;
  struct signing signing;
  enum exit_code code = cli_open_signing(cli, &opened, &signing);
  if (code == EXIT_OK) {
    signing.because = text_of(because);
    code = cli_end_signing(cli, &opened, signoff_decide(&signing, word, opened.diags));
  }
  if (code == EXIT_OK && !cli->quiet)
    printf("%.*s: %s\ngo on with: renew resume %.*s\n",
           TEXT_ARG(signing.graph->steps[signing.step].id), cli->argv[2],
           TEXT_ARG(signing.run->id));
  cli_close(&opened);
  return code;
}
