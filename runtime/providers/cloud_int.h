/* SPDX-License-Identifier: Apache-2.0 */
/* cloud_int: what cloud.c and cloud_login.c share, and nobody else may see. */
#ifndef RENEW_PROVIDERS_CLOUD_INT_H
#define RENEW_PROVIDERS_CLOUD_INT_H

#include "runtime/providers/cloud.h"

/* CLOUD_OK: it was answered, whatever the status; else with words. */
enum cloud_end cloud_end_of(const struct call *call, uint32_t space,
                            const struct session_answer *said, struct answer *answer);

#endif
