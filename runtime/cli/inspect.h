/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: what `renew inspect` shows of a certificate, whichever keystore it is in. */
#ifndef RENEW_CLI_INSPECT_H
#define RENEW_CLI_INSPECT_H

#include "compiler/pki/cert.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_run.h"
#include "runtime/providers/provider.h"

/* "  subject  ...": five lines, indented. */
void inspect_print_cert(struct cli *cli, const struct cert *cert, int64_t now_s);
json_t *inspect_cert_json(struct cli *cli, const struct cert *cert);
/* Days that were begun and are not over count from this moment. */
int64_t inspect_now_s(const struct cli *cli);

/* Every entry of a tenant's keystore, page by page. keystore: of call->graph. */
enum exit_code inspect_tenant(struct cli *cli, struct call *call, uint32_t keystore);

#endif
