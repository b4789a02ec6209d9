/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: the calls to one remote system, with what makes them one conversation: log-on, cookies,
 * anti-forgery token, kept connections, patience with a server that is busy. Not for probes: what a
 * server accepts is judged on a connection of its own (http.h, runtime/crypto/tls.h). Knows no product:
 * OData and Cloud Foundry read the answers.
 *
 * (1) A write is sent once. It is sent again by itself only where the answer says that nothing was done:
 *     401 with a bearer token, 403 that asks for an anti-forgery token, 429. Everything else is
 *     SESSION_LOST or the 5xx as it came: the caller reads again what is there, and decides.
 * (2) A read is sent again after a lost connection, 429, 502, 503, 504, while `patience_ms` lasts.
 * (3) Nothing is sent to another origin (scheme, host, port) than the base address: no redirect, no
 *     absolute address of an answer. Redirects of reads are followed, at most REDIRECTS_MAX.
 * (4) A password that was refused (401) is never sent again by this session: a second log-on may lock
 *     the user. With `logs_on_once` this goes for every way of logging on.
 * (5) Size, time and headers of an answer are bounded; a body that is shorter than announced or whose
 *     gzip stream ends early is no answer.
 * (6) No body is logged. Bodies with secrets stay in struct secret (secret_body).
 * (7) A session may be used by several threads at once; a call holds one connection.
 * (8) The server's certificate is verified, always. Environment proxies are ignored.
 */
#ifndef RENEW_NET_SESSION_H
#define RENEW_NET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"
#include "runtime/crypto/secret.h"

struct session;
struct token_source; /* token.h */

enum {
  REDIRECTS_MAX = 5,
  SESSION_BODY_LIMIT_BYTES = 16 * 1024 * 1024, /* default; after gzip */
  SESSION_HEADERS_LIMIT_BYTES = 64 * 1024,
  SESSION_TIMEOUT_MS = 60 * 1000, /* default, of one attempt */
  SESSION_PATIENCE_MS = 60 * 1000 /* default, of all waiting between attempts of one call */
};

enum session_login {
  SESSION_OPEN,        /* no log-on */
  SESSION_BASIC,       /* credentials: "user:password" */
  SESSION_CLIENT,      /* the same for an OAuth client: 401 is an answer, and token.c judges it */
  SESSION_BEARER,      /* tokens */
  SESSION_CERTIFICATE, /* pair */
};

/* Copied, secrets too; `tokens` is taken over. */
struct session_settings {
  struct text base; /* "https://host[:port][/prefix]"; a path of a wish is put behind it */
  enum session_login login;
  const struct secret *credentials; /* SESSION_BASIC, SESSION_CLIENT */
  struct token_source *tokens;      /* SESSION_BEARER */
  const struct secret
      *pair; /* client certificate: PEM of key, leaf, chain; also beside BASIC, BEARER; NULL */
  struct text
      csrf_path; /* GET it with X-CSRF-Token: Fetch; TEXT_NONE = the system has no such token.
                                Fetched before the first write, with SESSION_BEARER only after a 403 that
                                asks for it */
  const char *roots_file; /* NULL = the system's trust store */
  struct text proxy;      /* "http://host:port"; TEXT_NONE = none */
  bool logs_on_once;      /* (4): after a 401 no new token is fetched either */
  int64_t timeout_ms;     /* 0 = the defaults above */
  int64_t patience_ms;
  size_t body_limit_bytes;
  int64_t (*now_s)(void); /* UTC: Retry-After as a date */
  int64_t (*monotonic_ms)(void);
};

struct session *session_new(const struct session_settings *settings, struct arena *arena,
                            struct text *ret_error); /* NULL with a reason */
void session_free(struct session *session);          /* cleanses; NULL is legal */

struct session_wish {
  const char *method; /* "GET", "HEAD": reads; everything else is a write */
  struct text
      path; /* behind the base: "/v3/jobs/1?x=y"; or an absolute address of the same origin */
  const char *accept;       /* "application/json"; NULL = any */
  const char *content_type; /* of the body; NULL = no body */
  struct text body;
  const struct secret *secret_body; /* instead of `body` */
  const char *const *headers;       /* further "Name: value" lines, NULL at the end; NULL = none */
  bool
      answer_is_secret; /* the answer's body goes to answer.secret_body, and is not asked for as gzip */
  bool may_repeat;      /* a write that harms nobody when it is done twice: (2) instead of (1) */
  int64_t deadline_ms; /* monotonic; 0 = none beyond the session's own bounds */
};

enum session_end {
  SESSION_ANSWERED, /* a whole answer: status, headers, body */
  SESSION_NOT_SENT, /* nothing of it left: no connection, no log-on because the token server is away */
  SESSION_LOST,     /* it may have been carried out: the answer was lost, late or broken */
  SESSION_NO_LOGIN, /* log-on was refused (401, or by the token server): a person has to act */
  SESSION_ASTRAY    /* led to another origin, or round in circles: nothing was sent there */
};

struct session_header {
  struct text name, value; /* name in lower case */
};

struct session_answer {
  enum session_end end;
  int status;
  struct text content_type; /* without parameters, in lower case; "" where there is none */
  struct text body; /* of the call's arena, NUL behind it; TEXT_NONE with answer_is_secret */
  struct secret *secret_body; /* the caller's to free; NULL without */
  struct session_header *headers;
  uint32_t header_count;
  struct text url;        /* that answered, after redirects */
  struct text request_id; /* what the server calls this request; for the journal */
  int64_t retry_after_s;  /* what the server wants to be left alone for; 0 = it did not say */
  struct text says;       /* why not SESSION_ANSWERED: one sentence without secrets */
};

struct session_answer session_call(struct session *session, struct arena *arena,
                                   const struct session_wish *wish);
/* Without the header: TEXT_NONE. name: in lower case. */
struct text session_header(const struct session_answer *answer, const char *name);
bool session_is_good(const struct session_answer *answer); /* answered, 200 to 299 */
/* Whether an absolute address lies at the session's origin. */
bool session_is_own(const struct session *session, struct text address);

#endif
