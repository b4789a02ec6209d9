/* SPDX-License-Identifier: Apache-2.0 */
/* scan_tenant: the flows of a tenant that a plan declares, fetched with the plan's own log-on. */
#ifndef RENEW_CLI_SCAN_TENANT_H
#define RENEW_CLI_SCAN_TENANT_H

#include "runtime/cli/cli.h"
#include "runtime/scan/scan.h"

/* EXIT_OK with *ret_scan filled, or reported. */
enum exit_code scan_tenant(struct cli *cli, const char *tenant, const char *plan,
                           struct scan *ret_scan);

#endif
