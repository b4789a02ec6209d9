/* SPDX-License-Identifier: Apache-2.0 */
/* request: the certificate request of a declared certificate, kept in the run's safe. */
#ifndef RENEW_PROVIDERS_REQUEST_H
#define RENEW_PROVIDERS_REQUEST_H

#include "runtime/crypto/key.h"
#include "runtime/providers/step.h"

/* Subject and names as declared; signed by the key. TEXT_NONE with a reason. The one that is in the
 * safe is used again: what was sent to a CA once stays the request. */
struct text request_make(const struct call *call, const struct argument *wanted,
                         const struct private_key *key, struct text *ret_error);

#endif
