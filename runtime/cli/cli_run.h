/* SPDX-License-Identifier: Apache-2.0 */
/* cli_run: what the verbs that compile call from the verbs that run. */
#ifndef RENEW_CLI_CLI_RUN_H
#define RENEW_CLI_CLI_RUN_H

#include "runtime/cli/cli.h"

/* The dry run of `renew plan`: each step as what would be done, asked or skipped, on stdout.
 * digest: of the plan; live: probes may look at files and addresses. Returns the exit code. */
int cli_preview(struct cli *cli, const struct checked_graph *checked, struct text digest,
                bool live);

#endif
