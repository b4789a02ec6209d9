/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls: one handshake that judges whether a server lets a client certificate in.
 *
 * (1) One connection a judgement: a new SSL_CTX, no session cache, no ticket, nothing kept. A
 *     resumed session shows what was accepted once, not what is accepted now.
 * (2) The end of the handshake says nothing: in TLS 1.3 the refusal comes after it. A certificate
 *     is judged only when a byte of the answer, an orderly close or an alert was *read*.
 * (3) The server is verified, always, before our certificate is sent; there is no way to switch it
 *     off.
 * (4) An answer that says neither yes nor no (a reset, 5xx, silence) is never taken for a refusal.
 */
#ifndef RENEW_CRYPTO_TLS_H
#define RENEW_CRYPTO_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/crypto/cert.h"
#include "runtime/crypto/key.h"

enum tls_version { TLS_VERSION_ANY, TLS_VERSION_1_2, TLS_VERSION_1_3 };

enum tls_result {
  TLS_ACCEPTED,      /* `status` is the answer's, 0 after an orderly close */
  TLS_REFUSED_ALERT, /* `alert` is its number */
  TLS_REFUSED_HTTP,  /* `status`: 400, 401, 403, 495, 496 */
  TLS_NOT_ASKED,     /* the server let us in and asked for no certificate: proves nothing */
  TLS_CA_NOT_NAMED, /* let in, but its list of authorities lacks ours: other clients send nothing */
  TLS_PEER_UNEXPECTED, /* the server's own chain is not the expected one; nothing was presented */
  TLS_UNREACHABLE      /* nothing was read that says yes or no */
};

struct tls_wish {
  struct text host;              /* for SNI, verification and the Host line */
  struct text path;              /* "/" */
  const char *method;            /* "HEAD" */
  bool wants_title;              /* of the page that comes with the status */
  const struct private_key *key; /* NULL presents nothing */
  const struct cert_list *chain; /* leaf first, without root */
  const struct cert_list *roots; /* NULL = the system's trust store */
  enum tls_version version;
  int64_t now_s;       /* for the server's certificate */
  int64_t deadline_ms; /* by monotonic_ms */
  int64_t (*monotonic_ms)(void);
};

struct tls_verdict {
  enum tls_result result;
  bool is_silent; /* TLS_UNREACHABLE: the handshake ended well, and nothing came behind it in time */
  int status;
  int alert;
  struct text version; /* "TLSv1.3" */
  struct text peer;    /* subject of the server's certificate */
  struct text issuer;  /* and who issued it */
  struct text named;   /* the authorities that the server names, "; " between them */
  struct text title;   /* where it was wanted: "400 No required SSL certificate was sent" */
  struct text says;    /* the result in words, with the alert's or status's meaning */
};

/* fd: a connected socket; is made non-blocking, stays the caller's. */
struct tls_verdict tls_probe(struct arena *arena, int fd, const struct tls_wish *wish);
const char *tls_result_word(enum tls_result result); /* "refused by alert" */
/* The statuses by which an HTTP server refuses a certificate after a good handshake. */
bool tls_status_refuses(int status);

#endif
