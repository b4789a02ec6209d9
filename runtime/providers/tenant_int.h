/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_int: what the providers of a tenant's keystore share. */
#ifndef RENEW_PROVIDERS_TENANT_INT_H
#define RENEW_PROVIDERS_TENANT_INT_H

#include "runtime/providers/secrets.h"
#include "runtime/providers/tenant.h"

struct text tenant_alias_new(const struct call *call, struct text alias); /* "ALIAS.new" */
struct text tenant_alias_old(const struct call *call, struct text alias);

/* tenant_keys.c. The tenant of the step's keystore, which its place names or its certificate. */
bool tenant_open_step(const struct call *call, struct tenant *ret_tenant, struct answer *answer);
void tenant_prepare_step(const struct call *call, struct diag_list *diags);

/* `keep key yes`: another certificate for the pair that is there. */
bool tenant_keeps_key(const struct call *call, uint32_t certificate);

/* tenant_backup.c. The backup has one slot: aliases with a pair or certificate that it holds and the
 * keystore does not (any more). TEXT_NONE: nothing, or there is no backup. */
enum tenant_end tenant_backup_would_lose(struct tenant *tenant, struct text *ret_aliases,
                                         struct answer *answer);
/* Aliases but `except` that are not what they were when the backup was taken. */
enum tenant_end tenant_changed_since_backup(struct tenant *tenant, struct text except,
                                            struct text *ret_aliases, struct answer *answer);

#endif
