/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_model: what a tenant's interface declares in its $metadata (EDMX): which entity sets, which
 * properties. Read once a process, and only when something depends on it.
 *
 * (1) A document that cannot be read forbids nothing: the answers themselves will tell.
 * (2) A 404 is believed to mean "no such entry" only where the service itself has said it. The router
 *     before it says 404, too, when the service is away; then nothing is known of the entry.
 */
#ifndef RENEW_PROVIDERS_TENANT_MODEL_H
#define RENEW_PROVIDERS_TENANT_MODEL_H

#include "runtime/providers/tenant.h"

/* property: "" asks for the set itself. True also where the tenant's document is not known. */
bool tenant_knows(struct tenant *tenant, const char *set, const char *property);
/* Logs on and looks at what the interface declares, for doctor and plan --live. False with words. */
bool tenant_answers(const struct call *call, uint32_t resource, struct answer *answer);
/* What a 404 to a request of that path means: TENANT_MISSING, or TENANT_AWAY or TENANT_NO with words. */
enum tenant_end tenant_judge_missing(struct tenant *tenant, struct text path, struct text body,
                                     struct answer *answer);

#endif
