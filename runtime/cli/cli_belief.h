/* SPDX-License-Identifier: Apache-2.0 */
/* cli_belief: what a run knows of the world, for `status` and `why`. */
#ifndef RENEW_CLI_CLI_BELIEF_H
#define RENEW_CLI_CLI_BELIEF_H

#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_run.h"
#include "runtime/engine/belief.h"

const struct provider_table *cli_table_of(const struct run_row *run);
/* From the run's journal. */
void cli_belief(struct opened *opened, bool is_strict, struct belief *ret);
void cli_print_belief(const struct belief *belief);
json_t *cli_belief_json(const struct belief *belief);

#endif
