/* SPDX-License-Identifier: Apache-2.0 */
/* tunnel: a connection to a host through an HTTP proxy (CONNECT), for what is no HTTP itself. */
#ifndef RENEW_NET_TUNNEL_H
#define RENEW_NET_TUNNEL_H

#include <stdint.h>

#include "compiler/base/text.h"

/* A connected, non-blocking socket; -1 with a reason. proxy: "http://host:port". */
int tunnel_connect(struct arena *arena, struct text proxy, struct text host, uint16_t port,
                   int64_t timeout_ms, struct text *ret_error);

#endif
