/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_version: what this program is and which formats it reads and writes. */
#include <stdio.h>

#include "compiler/graph/rplan.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_run.h"

enum { EDITION = 1 };

int cmd_version(struct cli *cli)
{
  if (!cli_arguments(cli, 0, cli->verb[0] == '\0' ? cli->argc : 0))
    return EXIT_USAGE;
  if (cli->report.format == REPORT_JSON) {
    json_t *object = json_pack("{s:s, s:i, s:i, s:i}", "version", RENEW_VERSION, "edition", EDITION,
                               "plan_format", RPLAN_FORMAT, "store_version", STORE_VERSION);
    cli_json_print(object, "renew.version/1");
    return EXIT_OK;
  }
  printf("renew %s (edition %d, plan file format %d, store version %d)\n", RENEW_VERSION, EDITION,
         RPLAN_FORMAT, STORE_VERSION);
  return EXIT_OK;
}
