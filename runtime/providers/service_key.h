/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_key: which key on the platform a declared service key is.
 *
 *   K.new   the key that this run makes: its name is made of the declared name, the run's and the run's
 *           mark, and the platform takes a name once an instance, so that a request that arrives twice
 *           makes one key. The mark is random (STATE/keys/RUN/run.mark): two state folders may have runs
 *           of the same name
 *   K.old   what stood there when the run began: bound once (STATE/keys/RUN/K.old.id), constant from then
 *           on. It is the key that renew made in an earlier run (label renew-key), or the one of the
 *           name that is declared
 */
#ifndef RENEW_PROVIDERS_SERVICE_KEY_H
#define RENEW_PROVIDERS_SERVICE_KEY_H

#include "runtime/providers/cloud.h"

enum { SERVICE_KEY_NAME_MAX = 32 }; /* SAP Help: a name has at most 32 characters */

/* Makes the run's mark durable, before the first step. */
bool service_key_mark(const struct call *call, struct text *ret_error);
/* The name that K.new has on the platform; "" where the run has no mark (a dry run). */
struct text service_key_new_name(const struct call *call, uint32_t key);
/* Its label: the declared name, in what the platform takes as one. */
struct text service_key_label(const struct call *call, struct text name);
/* What tells this run's keys from all others. */
struct text service_key_run_label(const struct call *call);
/* Opens the space of the key's instance, and finds the instance. CLOUD_MISSING: a step of the plan creates it,
 * and it is not there. */
enum cloud_end service_key_open(const struct call *call, uint32_t key, struct cloud *ret_cloud,
                                struct text *ret_instance, struct answer *answer);
/* The key that K.old or K.new is; CLOUD_MISSING where it is not there. */
enum cloud_end service_key_find(const struct call *call, const struct argument *argument,
                                struct cloud *cloud, struct text instance,
                                struct cf_resource *ret_key, struct answer *answer);
/* Whether it is there, for `checks`. False with the reason. */
bool service_key_is_there(const struct call *call, const struct argument *argument,
                          bool *ret_there, struct text *ret_error);
/* For the beginning of a run. False with words and help; *ret_outcome says what kind. */
bool service_key_bind(const struct call *call, uint32_t key, bool must_be_there,
                      enum outcome *ret_outcome, struct answer *answer);

/* Facts of the credentials, for the journal; false where the certificate is not the one wanted. */
bool service_key_judge(const struct call *call, uint32_t key, const struct secret *details,
                       struct answer *answer);
/* The leaf of `certificate from file`. False with the reason. */
struct cert;
bool service_key_certificate(const struct call *call, uint32_t key, const struct cert **ret_cert,
                             struct text *ret_error);

#endif
