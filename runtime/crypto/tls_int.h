/* SPDX-License-Identifier: Apache-2.0 */
/* tls_int: what tls_hands.c, tls.c and tls_look.c share. */
#ifndef RENEW_CRYPTO_TLS_INT_H
#define RENEW_CRYPTO_TLS_INT_H

#include <signal.h>

#include <openssl/ssl.h>

#include "runtime/crypto/crypto_int.h"
#include "runtime/crypto/tls.h"
#include "runtime/crypto/tls_look.h"

/* What the callbacks see while the handshake runs. */
struct watch {
  struct arena *arena;
  bool asked;       /* the server sent a CertificateRequest */
  bool names_ours;  /* ... and its list is empty or has our issuer */
  bool ticket_seen; /* TLS 1.3: the server is through with our certificate */
  int alert;        /* received, fatal; -1 none */
  char first[5];    /* the first bytes of the peer: a record's header, if it speaks TLS */
  int first_count;
  int verify_error;
  struct text peer;
  struct text issuer;
  struct text named;
  const struct cert_list *chain;
  struct tls_seen *seen; /* of one who only looks; NULL: the peer is verified, always */
};

enum step_end { STEP_GOOD, STEP_CLOSED, STEP_LATE, STEP_BROKEN };

/* An SSL of its own on the socket; watch lives as long. NULL with a reason. */
SSL *tls_open(int fd, const struct tls_wish *wish, struct watch *watch, struct text *ret_error);
enum step_end tls_shake_hands(SSL *ssl, const struct tls_wish *wish);
/* What follows from a return value of SSL_connect, SSL_read or SSL_write; STEP_GOOD = try again. */
enum step_end tls_after(SSL *ssl, int returned, const struct tls_wish *wish, int64_t until_ms);
/* A peer that is gone must not end this process: OpenSSL writes without MSG_NOSIGNAL. */
bool tls_block_broken_pipe(sigset_t *ret_before);
void tls_unblock_broken_pipe(const sigset_t *before);

/* "certificate required" */
const char *tls_alert_word(int alert);

#endif
