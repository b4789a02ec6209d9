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

/* The instance of the declared name; CLOUD_MISSING: it is not there. *space: its guid, "" the first time. */
enum cloud_end cloud_instance_look(struct cloud *cloud, uint32_t instance, struct text *space,
                                   struct cf_resource *ret_found, struct answer *answer);
/* Whether it is finished, and what the plan says of it. CLOUD_NO: in words, what differs. */
enum cloud_end cloud_instance_judge(struct cloud *cloud, uint32_t instance,
                                    const struct cf_resource *found, struct answer *answer);
/* Whether a step of the plan creates it. */
bool cloud_instance_is_created(const struct graph *graph, uint32_t instance);
struct text cloud_instance_name(const struct call *call, uint32_t instance);
struct text cloud_instance_offering(const struct call *call, uint32_t instance);
/* What it is created with, as JSON. */
struct text cloud_instance_parameters(const struct call *call, uint32_t instance);
/* The lines `parameter` of a key or instance: what its author knows, as it stands there. */
struct json_t;
void cloud_add_written(const struct call *call, uint32_t resource, struct json_t *parameters);

#endif
