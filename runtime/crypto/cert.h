/* SPDX-License-Identifier: Apache-2.0 */
/* cert: compiler/pki/cert.h, and what it cannot know: which private key belongs to a certificate. */
#ifndef RENEW_CRYPTO_CERT_H
#define RENEW_CRYPTO_CERT_H

#include "compiler/pki/cert.h"

struct private_key;

bool cert_matches_key(const struct cert *cert, const struct private_key *key);

#endif
