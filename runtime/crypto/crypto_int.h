/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_int: what the files of this folder share, and nobody else may see. */
#ifndef RENEW_CRYPTO_CRYPTO_INT_H
#define RENEW_CRYPTO_CRYPTO_INT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "runtime/crypto/cert.h"
#include "runtime/crypto/error.h"
#include "runtime/crypto/key.h"

struct private_key {
  EVP_PKEY *pkey;
};

/* A new X509 of the certificate's bytes; NULL only without memory (the bytes were parsed
 * before). */
X509 *cert_to_x509(const struct cert *cert);
/* Everything that struct cert holds, in the arena. */
struct cert cert_of_x509(struct arena *arena, X509 *x509);
/* SHA-2 of the key's strength; NULL for Ed25519, which brings its own. */
const EVP_MD *sign_digest_of(const struct private_key *key);
/* RFC 2253, UTF-8 kept: "CN=acme-prod,O=Acme,C=DE". */
struct text name_to_text(struct arena *arena, const X509_NAME *name);
/* The copy of a memory BIO's bytes. */
struct text bio_to_text(struct arena *arena, BIO *bio);

#endif
