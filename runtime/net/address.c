/* SPDX-License-Identifier: Apache-2.0 */
/* address: see address.h. */
#include "runtime/net/address.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct address describe(struct arena *arena, const struct addrinfo *info)
{
  struct address address = {.raw_bytes = info->ai_addrlen};
  char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
  memcpy(&address.raw, info->ai_addr, info->ai_addrlen);
  getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof host, port, sizeof port,
              NI_NUMERICHOST | NI_NUMERICSERV);
  address.host = text_copy(arena, text_of(host));
  address.shown = text_format(arena, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
  return address;
}

bool address_find(struct arena *arena, struct text host, uint16_t port,
                  struct address_list *ret_addresses, struct text *ret_error)
{
  struct addrinfo wish = {
      .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  int failed = getaddrinfo(text_zero(arena, host), service, &wish, &found);
  if (failed != 0) {
    *ret_error = text_format(arena, "the name `%.*s` is not known: %s", TEXT_ARG(host),
                             gai_strerror(failed));
    return false;
  }
  struct address_list list = {arena_array(arena, ADDRESSES_MAX, sizeof(struct address)), 0};
  for (struct addrinfo *at = found; at != NULL && list.count < ADDRESSES_MAX; at = at->ai_next)
    list.items[list.count++] = describe(arena, at);
  freeaddrinfo(found);
  *ret_addresses = list;
  return true;
}

static bool wait_connected(int fd, int64_t deadline_ms, int64_t (*monotonic_ms)(void))
{
  for (;;) {
    int64_t left = deadline_ms - monotonic_ms();
    if (left <= 0) {
      errno = ETIMEDOUT;
      return false;
    }
    struct pollfd one = {.fd = fd, .events = POLLOUT};
    int ready = poll(&one, 1, left > INT32_MAX ? INT32_MAX : (int)left);
    if (ready < 0 && errno != EINTR)
      return false;
    if (ready > 0)
      break;
  }
  int fault = 0;
  socklen_t size = sizeof fault;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0)
    return false;
  errno = fault;
  return fault == 0;
}

int address_connect(struct arena *arena, const struct address *address, int64_t deadline_ms,
                    int64_t (*monotonic_ms)(void), struct text *ret_error)
{
  int fd = socket(address->raw.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && (connect(fd, (const struct sockaddr *)&address->raw, address->raw_bytes) == 0 ||
                  (errno == EINPROGRESS && wait_connected(fd, deadline_ms, monotonic_ms))))
    return fd;
  *ret_error = text_of(errno == ECONNREFUSED ? "nothing listens there" : strerror(errno));
  *ret_error = text_copy(arena, *ret_error);
  if (fd >= 0)
    close(fd);
  return -1;
}
