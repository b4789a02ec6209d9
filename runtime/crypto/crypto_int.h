/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_int: what the files of this folder share, and nobody else may see. */
#ifndef RENEW_CRYPTO_CRYPTO_INT_H
#define RENEW_CRYPTO_CRYPTO_INT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "compiler/pki/error.h"
#include "compiler/pki/x509.h"
#include "runtime/crypto/cert.h"
#include "runtime/crypto/key.h"

struct private_key {
  EVP_PKEY *pkey;
};

/* SHA-2 of the key's strength; NULL for Ed25519, which brings its own. */
const EVP_MD *sign_digest_of(const struct private_key *key);

#endif
