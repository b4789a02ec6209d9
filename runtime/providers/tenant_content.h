/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_content: the design-time flows and script collections of a tenant, fetched one by one, for who
 * looks into them; and what runs. Reads only. A package that may not be read is told, and the others are
 * read.
 * Sources: docs/SYSTEMS.md, "Integration content".
 */
#ifndef RENEW_PROVIDERS_TENANT_CONTENT_H
#define RENEW_PROVIDERS_TENANT_CONTENT_H

#include "runtime/providers/tenant.h"

/* A bundle (a zip archive), or why it could not be fetched (bytes without length). */
typedef void tenant_take_bundle(struct text package, struct text id, struct text bytes,
                                struct text says, void *with);
/* Not TENANT_OK: the list of packages could not be read; the answer says why. */
enum tenant_end tenant_each_bundle(struct tenant *tenant, tenant_take_bundle *take, void *with,
                                   struct answer *answer);

typedef void tenant_take_running(struct text id, struct text version, struct text status,
                                 void *with);
enum tenant_end tenant_each_running(struct tenant *tenant, tenant_take_running *take, void *with,
                                    struct answer *answer);

#endif
