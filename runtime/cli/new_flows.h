/* SPDX-License-Identifier: Apache-2.0 */
/*
 * new_flows: the flows of a plan that `renew new` writes, taken from integration flows as they are
 * exported (runtime/scan): each that may present the key pair of the plan's alias is declared, and each
 * step on the template's one flow is written for each of them.
 */
#ifndef RENEW_CLI_NEW_FLOWS_H
#define RENEW_CLI_NEW_FLOWS_H

#include "runtime/cli/cli.h"

/* words: a filled template with a flow `outbound`. EXIT_OK with *words changed, or reported. */
enum exit_code new_flows_put(struct cli *cli, const char *path, struct text *words);

#endif
