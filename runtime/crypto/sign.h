/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign: the act of a local authority: one client certificate for one request.
 *
 * (1) The serial is 128 random bits; who calls keeps the list of what was issued.
 * (2) Extensions are ours, not the request's, but for its subject alternative names: no authority,
 *     digital signature, clientAuth, key identifiers of subject and issuer.
 * (3) The validity ends with the issuer's at the latest, and begins with the issuer's at the
 *     earliest.
 */
#ifndef RENEW_CRYPTO_SIGN_H
#define RENEW_CRYPTO_SIGN_H

#include "runtime/crypto/cert.h"
#include "runtime/crypto/key.h"

enum {
  SIGN_SERIAL_BYTES = 16,
  SIGN_BACKDATE_S = 300 /* clocks of peers differ by minutes (corrections: A9) */
};

struct sign_wish {
  struct text csr_pem;
  int64_t now_s;
  int64_t valid_for_s;
};

/* False with a reason. The request's own signature is verified first. */
bool sign_request(struct arena *arena, const struct cert *issuer,
                  const struct private_key *issuer_key, const struct sign_wish *wish,
                  struct cert *ret_cert, struct text *ret_error);

#endif
