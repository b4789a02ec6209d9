/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_look: one handshake that takes down what a server shows: its chain, whether it verifies, and which
 * client certificates it asks for. Presents nothing and sends no request, so that an unverified server
 * learns nothing: the only place where a chain that does not verify is listened to.
 */
#ifndef RENEW_CRYPTO_TLS_LOOK_H
#define RENEW_CRYPTO_TLS_LOOK_H

#include "runtime/crypto/tls.h"

struct tls_seen {
  bool has_chain;         /* false: nothing was shown; says has the reason */
  struct cert_list sent;  /* as the server sent it */
  struct cert_list built; /* from its leaf to a trusted one, or as far as it goes */
  bool verifies;          /* chain, dates and name, all of them */
  struct text why;        /* it does not */
  struct text names;      /* for which the server's certificate is: "DNS:a, IP Address:1.2.3.4" */
  bool is_other_name;     /* none of them is the host */
  bool asks;              /* for a client certificate */
  struct text named;      /* the authorities that it names, "; " between them */
  struct text version;    /* "TLSv1.3"; "" without a chain */
  bool is_whole;          /* the handshake came to its end */
  int alert;              /* that ended the handshake; -1 none */
  struct text says;
};

/* wish: host, roots, version, now_s, deadline_ms, monotonic_ms; no key is used. */
struct tls_seen tls_look(struct arena *arena, int fd, const struct tls_wish *wish);

#endif
