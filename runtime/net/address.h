/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address: every A and AAAA address behind a host name, and a connection to one of them. What is
 * said about one address is said about that address only, so callers go through all of them.
 */
#ifndef RENEW_NET_ADDRESS_H
#define RENEW_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "compiler/base/text.h"

enum { ADDRESSES_MAX = 64 }; /* of one name; large content networks answer with about 16 */

struct address {
  struct sockaddr_storage raw;
  socklen_t raw_bytes;
  struct text shown; /* "127.0.0.1:443", "[::1]:443" */
  struct text host;  /* "127.0.0.1", "::1" */
};

struct address_list {
  struct address *items;
  uint32_t count;
};

bool address_find(struct arena *arena, struct text host, uint16_t port,
                  struct address_list *ret_addresses, struct text *ret_error);
/* A connected, non-blocking socket; -1 with a reason. deadline_ms: by monotonic_ms. */
int address_connect(struct arena *arena, const struct address *address, int64_t deadline_ms,
                    int64_t (*monotonic_ms)(void), struct text *ret_error);

#endif
