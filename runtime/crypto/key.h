/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key: a private key. It leaves this module as PKCS#8 PEM inside a struct secret, and in no other
 * way.
 */
#ifndef RENEW_CRYPTO_KEY_H
#define RENEW_CRYPTO_KEY_H

#include <stdint.h>

#include "compiler/base/text.h"
#include "runtime/crypto/secret.h"

enum key_algorithm { KEY_ALGORITHM_RSA, KEY_ALGORITHM_EC, KEY_ALGORITHM_ED25519 };

struct key_type {
  enum key_algorithm algorithm;
  uint32_t bits; /* rsa: of the modulus; ec: 256, 384 or 521 */
};

struct private_key;

/* NULL with a reason. RSA takes up to seconds. */
struct private_key *key_generate(struct arena *arena, struct key_type type, struct text *ret_error);
/* Encrypted (PBKDF2, AES-256) where a password is given; NULL = in the clear. */
struct secret *key_to_pem(struct arena *arena, const struct private_key *key,
                          const struct secret *password, struct text *ret_error);
/*
 * The first private key among the PEM blocks, in any of OpenSSL's forms; certificates beside it,
 * text before it, CRLF and a byte order mark do no harm. A password for a key in the clear is not
 * used.
 */
struct private_key *key_from_pem(struct arena *arena, const struct secret *pem,
                                 const struct secret *password, struct text *ret_error);
void key_free(struct private_key *key); /* NULL is legal */

bool key_same_public(const struct private_key *a, const struct private_key *b);
/* "EC P-256", "RSA 3072", "Ed25519" */
struct text key_describe(struct arena *arena, const struct private_key *key);

#endif
