/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nginx: what the processes of one nginx say about a reload. `nginx -s reload` returns long before
 * it has happened: new workers come up, old ones finish what they have begun.
 */
#ifndef RENEW_PROVIDERS_NGINX_H
#define RENEW_PROVIDERS_NGINX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "compiler/base/text.h"

struct nginx {
  pid_t master;          /* 0: does not run */
  uint32_t worker_count; /* children of the master */
  uint32_t old_count;    /* of them: begun before `since` */
  pid_t old_worker;      /* one of these */
};

/* booted_ns: when the machine was booted (struct world). False where the pid file cannot be read for another reason than that it is not there. */
bool nginx_look(struct arena *arena, const char *pid_file, int64_t since_ns, int64_t booted_ns,
                struct nginx *ret_nginx, struct text *ret_error);

#endif
