/* SPDX-License-Identifier: Apache-2.0 */
/* x509: OpenSSL's objects of a certificate: for this folder and runtime/crypto, nobody else. */
#ifndef RENEW_PKI_X509_H
#define RENEW_PKI_X509_H

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "compiler/pki/cert.h"

/* A new X509 of the certificate's bytes; NULL only without memory (the bytes were parsed
 * before). */
X509 *cert_to_x509(const struct cert *cert);
/* Everything that struct cert holds, in the arena. */
struct cert cert_of_x509(struct arena *arena, X509 *x509);
/* RFC 2253, UTF-8 kept: "CN=acme-prod,O=Acme,C=DE". */
struct text name_to_text(struct arena *arena, const X509_NAME *name);
/* The copy of a memory BIO's bytes. */
struct text bio_to_text(struct arena *arena, BIO *bio);

#endif
