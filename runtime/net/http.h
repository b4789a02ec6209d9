/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: one call on a connection of its own.
 *
 * (1) A call never uses a kept connection or a resumed session: both show what was accepted once
 *     (FRESH_CONNECT, FORBID_REUSE, SSL_SESSIONID_CACHE = 0; each alone is not enough).
 * (2) Environment proxies are ignored; the wish names one, or none is used.
 * (3) The server's certificate is verified, always.
 * Without a client certificate: those calls are judged by runtime/crypto/tls.h.
 */
#ifndef RENEW_NET_HTTP_H
#define RENEW_NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct http_wish {
  struct text url;
  struct text address;      /* connect to this one of the host's addresses; TEXT_NONE = any */
  const char *method;       /* "GET" */
  const char *roots_file;   /* NULL = the system's trust store */
  struct text proxy;        /* "http://host:port"; TEXT_NONE = none */
  const char *content_type; /* of the body; NULL = no body */
  struct text body;
  struct text idempotency_key; /* header of that name; TEXT_NONE = none */
  int64_t timeout_ms;
};

enum http_end {
  HTTP_ANSWERED,    /* status is set */
  HTTP_NO_LISTENER, /* the connection was refused: nothing runs there */
  HTTP_FAILED       /* any other reason, in `error` */
};

struct http_answer {
  enum http_end end;
  int status;
  struct text error;
};

struct http_answer http_call(struct arena *arena, const struct http_wish *wish);

#endif
