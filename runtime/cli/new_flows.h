/* SPDX-License-Identifier: Apache-2.0 */
/*
 * new_flows: the flows of a plan that `renew new` writes, taken from integration flows as they are
 * exported (runtime/scan): each that may present the key pair of the plan's alias is declared, and each
 * step on the template's one flow is written for each of them.
 */
#ifndef RENEW_CLI_NEW_FLOWS_H
#define RENEW_CLI_NEW_FLOWS_H

#include "runtime/cli/cli.h"
#include "runtime/scan/scan.h"

struct new_flows {
  const char *path;
  struct scan scan;
  struct text alias;     /* with which most of them log on; "" where none names one */
  struct text others;    /* ", "-separated; "" */
  uint32_t count, total; /* of the flows, those that name the alias */
};

/* EXIT_OK, or reported. */
enum exit_code new_flows_read(struct cli *cli, const char *path, struct new_flows *ret_flows);
/* words: a filled template with a flow `outbound`. EXIT_OK with *words changed, or reported. is_chosen:
 * somebody named the alias, so that a plan for flows that do not use it would be a mistake. */
enum exit_code new_flows_put(struct cli *cli, const struct new_flows *flows, bool is_chosen,
                             struct text *words);

#endif
