/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange: one request and its answer on a kept connection; no log-on of its own, no retry, no
 * redirect. For session.c.
 *
 * (1) The request leaves at most once: where libcurl would send it again by itself because a kept
 *     connection had died, a write ends as EXCHANGE_LOST.
 * (2) Bounds: time, bytes of the headers, bytes of the body before and after gzip.
 */
#ifndef RENEW_NET_EXCHANGE_H
#define RENEW_NET_EXCHANGE_H

#include "runtime/net/library.h"
#include "runtime/net/session.h"

struct exchange_wish {
  const char *url, *method;
  const char *const *headers; /* "Name: value"; NULL at the end */
  struct text body;           /* with has_body */
  const struct secret *secret_body;
  bool has_body;
  bool answer_is_secret;
  const struct secret *bearer;      /* NULL = none */
  const struct secret *credentials; /* "user:password"; NULL = none */
  const struct secret *pair;        /* PEM; NULL = none */
  const char *roots_file;
  const char *proxy;
  int64_t timeout_ms;
  size_t body_limit_bytes;
};

enum exchange_end {
  EXCHANGE_ANSWERED,
  EXCHANGE_NOT_SENT, /* nothing of the request left */
  EXCHANGE_LOST
};

struct exchange {
  enum exchange_end end;
  bool may_help_again; /* not ANSWERED: the reason may be gone in a moment */
  int status;
  struct text body;
  struct secret *secret_body;
  struct session_header *headers;
  uint32_t header_count;
  struct text redirect; /* absolute address; TEXT_NONE without */
  struct text says;
};

/* curl: as new or reset, and reset after; its connections and shared cookies stay. */
struct exchange exchange_make(CURL *curl, struct arena *arena, const struct exchange_wish *wish);

#endif
