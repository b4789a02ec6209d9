/* SPDX-License-Identifier: Apache-2.0 */
/* csr: a request for a certificate, PKCS#10 in PEM, signed by the key that it is for. */
#ifndef RENEW_CRYPTO_CSR_H
#define RENEW_CRYPTO_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct private_key;

struct csr_wish {
  struct text subject;      /* RFC 4514: "CN=acme-prod,O=Acme,C=DE" */
  const struct text *names; /* subject alternative names: host names, addresses, mail, URIs */
  uint32_t name_count;
};

/* TEXT_NONE with a reason. */
struct text csr_make(struct arena *arena, const struct private_key *key,
                     const struct csr_wish *wish, struct text *ret_error);
/* The public half that a request is for: good for comparing, not for signing. NULL with a reason. */
struct private_key *csr_key(struct text csr_pem, struct text *ret_error);
struct cert;
/* Whether the certificate has the subject that the request (PEM) asks for, compared as X.500 names:
 * case and blanks do not count, order does. */
bool csr_same_subject(struct text csr_pem, const struct cert *cert);
/* The same of a written name: "CN=acme-prod,O=Acme,C=DE". */
bool cert_has_subject(struct arena *arena, const struct cert *cert, struct text subject);

#endif
