/* SPDX-License-Identifier: Apache-2.0 */
/* cloud_int: what the files of cloud share, and nobody else may see. */
#ifndef RENEW_PROVIDERS_CLOUD_INT_H
#define RENEW_PROVIDERS_CLOUD_INT_H

#include "runtime/providers/cloud.h"

struct text cloud_space_name(const struct cloud *cloud);
/* CLOUD_OK: it was answered, whatever the status; else with words. */
enum cloud_end cloud_end_of(const struct call *call, uint32_t space,
                            const struct session_answer *said, struct answer *answer);
/* The path with one more filter; its end is a NUL. */
struct text cloud_with_query(const struct cloud *cloud, const char *path, const char *name,
                             struct text value);
/* The one of exactly that name in the list behind the path. */
enum cloud_end cloud_find_one(struct cloud *cloud, struct text path, struct text name,
                              struct cf_resource *ret_found, struct answer *answer);

#endif
