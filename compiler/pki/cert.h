/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert: certificates as plain facts in an arena. Nothing to free: whoever needs OpenSSL's object
 * makes one of `der`, inside this folder.
 *
 * Not a verifier of chains: that is the business of the TLS handshake (tls.h) and of the peer; what
 * a plan's own files say about theirs is chain.h.
 */
#ifndef RENEW_PKI_CERT_H
#define RENEW_PKI_CERT_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

enum { CERTS_MAX = 10000 }; /* in one file: bundles of all public roots have about 150 */

struct cert {
  struct text der;
  struct text fingerprint; /* SHA-256, lower-case hex */
  struct text subject;     /* RFC 2253 */
  struct text issuer;
  struct text serial; /* hex */
  int64_t not_before_s;
  int64_t not_after_s;
  bool self_signed; /* issuer = subject, and its own key verifies it */
  bool is_ca;
  bool for_clients; /* no extended key usage, or clientAuth among them */
  bool may_sign;    /* no key usage, or digitalSignature among them */
  bool is_rsa;
  uint32_t key_bits;
  struct text key;       /* "rsa 2048", "ec p-256", "ed25519" */
  struct text signature; /* "sha256", "sha1", "ed25519": what its issuer signed with */
  bool weak_signature;   /* MD2, MD4, MD5, SHA-1 */
  unsigned long subject_hash, issuer_hash; /* equal names have equal ones */
};

struct cert_list {
  struct cert *items;
  uint32_t count;
};

enum validity { VALIDITY_NOW, VALIDITY_NOT_YET, VALIDITY_OVER };

/*
 * Every certificate of a PEM text, in order. Text between the blocks, other blocks, CRLF and a byte
 * order mark do no harm; a damaged certificate does. An empty list is no failure.
 */
bool cert_read_pem(struct arena *arena, struct text pem, struct cert_list *ret_certs,
                   struct text *ret_error);
/* One certificate, DER; every byte must belong to it, or to OpenSSL's trust settings behind it. */
bool cert_read_der(struct arena *arena, struct text der, bool has_trust_settings,
                   struct cert *ret_cert, struct text *ret_error);
/* Ends with a line end. */
struct text cert_to_pem(struct arena *arena, const struct cert *cert);
struct text certs_to_pem(struct arena *arena, const struct cert_list *certs);
/* What nginx's $ssl_client_escaped_cert holds for it. */
struct text cert_to_escaped(struct arena *arena, const struct cert *cert);
/* SHA-1, lower-case hex: nginx's $ssl_client_fingerprint, for receivers that can do no other. */
struct text cert_sha1(struct arena *arena, const struct cert *cert);

enum validity cert_validity(const struct cert *cert, int64_t now_s);
bool cert_issued_by(const struct cert *cert, const struct cert *issuer);
bool cert_same(const struct cert *a, const struct cert *b);

/*
 * The leaf first, then each issuer that `certs` has, up to the root; what does not belong to the
 * leaf is left out. leaf: NULL takes the first certificate that issued no other one.
 */
struct cert_list certs_in_order(struct arena *arena, const struct cert_list *certs,
                                const struct cert *leaf);
/* Of an ordered list: without the self-signed root at its end (a lone self-signed one stays). */
struct cert_list certs_without_root(const struct cert_list *ordered);
/* Of an ordered list: the self-signed one at its end; NULL where it ends before. */
const struct cert *certs_root(const struct cert_list *ordered);

/* "2027-03-01 12:00 UTC" */
struct text cert_time_text(struct arena *arena, int64_t time_s);

#endif
