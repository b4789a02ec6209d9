/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs7: the certificates of a PKCS#7 file (.p7b, .p7c), as many authorities answer. No signature of it
 * is verified: it carries certificates, and each of them is judged by itself. */
#ifndef RENEW_CRYPTO_PKCS7_H
#define RENEW_CRYPTO_PKCS7_H

#include "runtime/crypto/cert.h"

/* PEM or DER. False where the bytes are none, or hold no certificate. */
bool pkcs7_read_certs(struct arena *arena, struct text bytes, struct cert_list *ret_certs);

#endif
