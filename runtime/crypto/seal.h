/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal: bytes that only the named certificates' owners can read: a CMS envelope (RFC 5652), AES-256-CBC,
 * as PEM. Opened with `openssl cms -decrypt -inform PEM -in FILE -inkey KEY`.
 */
#ifndef RENEW_CRYPTO_SEAL_H
#define RENEW_CRYPTO_SEAL_H

#include "compiler/pki/cert.h"
#include "runtime/crypto/secret.h"

/* Each of the certificates opens it alone; RSA or EC. Other bytes at every call. TEXT_NONE with a
 * reason. */
struct text seal_make(struct arena *arena, const struct secret *plain,
                      const struct cert *const *recipients, uint32_t recipient_count,
                      struct text *ret_error);

#endif
