/* SPDX-License-Identifier: Apache-2.0 */
/* error: the one place that turns OpenSSL's error queue into words. */
#ifndef RENEW_PKI_ERROR_H
#define RENEW_PKI_ERROR_H

#include "compiler/base/text.h"

/* Empties the queue of this thread: "bad decrypt; no start line". Never empty. */
struct text crypto_error(struct arena *arena);

#endif
