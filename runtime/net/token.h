/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token: OAuth 2.0 access tokens (RFC 6749, RFC 7523, RFC 8705), fetched when they are needed, kept until
 * shortly before they expire. SAP's XSUAA and Cloud Foundry's UAA are asked the same way.
 *
 * (1) One thread fetches; the others wait for it and share the result.
 * (2) 401 at the resource drops the token that was refused, once: whoever comes with an older one finds
 *     the newer (token_refused). SAP may refuse a token before its stated expiry.
 * (3) A refused log-on (400 or 401 of the token server) is not repeated by this source: the password
 *     may lock a user. A refused refresh token falls back to the first grant, once.
 * (4) Tokens and passwords are struct secret; no answer of the token server reaches a message but its
 *     `error` word.
 */
#ifndef RENEW_NET_TOKEN_H
#define RENEW_NET_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"
#include "runtime/crypto/secret.h"

struct token_source;

enum token_grant {
  TOKEN_CLIENT_CREDENTIALS, /* client, client_secret or pair */
  TOKEN_PASSWORD,           /* user, password; then refresh_token as long as it is taken */
  TOKEN_REFRESH,            /* refresh */
  TOKEN_ASSERTION           /* assertion: RFC 7523 */
};

/* Copied, secrets too. */
struct token_settings {
  struct text url; /* of the token endpoint, "https://.../oauth/token" */
  enum token_grant grant;
  struct text client;                 /* the client's id; "cf" for the command line's own */
  const struct secret *client_secret; /* NULL = the empty one */
  struct text user;
  const struct secret *password;
  const struct secret *refresh;
  const struct secret *assertion;
  struct text origin; /* identity provider: login_hint {"origin":"..."}; TEXT_NONE = none */
  const struct secret
      *pair;           /* mTLS at the token server: the client's id goes into the body; NULL */
  bool grant_in_query; /* SAP Help: POST <tokenurl>?grant_type=client_credentials, no body */
  const char *roots_file;
  struct text proxy;
  int64_t timeout_ms, patience_ms; /* 0 = the session's defaults */
  int64_t (*now_s)(void);
  int64_t (*monotonic_ms)(void);
};

enum token_end { TOKEN_HERE, TOKEN_UNREACHABLE, TOKEN_REFUSED };

struct token_source *token_source_new(const struct token_settings *settings, struct arena *arena,
                                      struct text *ret_error); /* NULL with a reason */
void token_source_free(struct token_source *source);           /* cleanses; NULL is legal */

/* A copy of the token, the caller's to free; *ret_serial names it to token_refused. */
enum token_end token_take(struct token_source *source, struct arena *arena, int64_t deadline_ms,
                          struct secret **ret_token, uint64_t *ret_serial, struct text *ret_says);
/* The resource answered 401 to that token. True where it is worth one more attempt. */
bool token_refused(struct token_source *source, uint64_t serial);

#endif
