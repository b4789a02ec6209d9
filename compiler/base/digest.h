/* SPDX-License-Identifier: Apache-2.0 */
/* digest: SHA-256 over bytes, as 64 lower-case hex digits. The only use of OpenSSL in base. */
#ifndef RENEW_BASE_DIGEST_H
#define RENEW_BASE_DIGEST_H

#include "compiler/base/text.h"

enum { DIGEST_BYTES = 32, DIGEST_HEX = 64 };

struct digest {
  char hex[DIGEST_HEX + 1]; /* NUL-terminated */
};

struct digest_state;

struct digest digest_of(struct text bytes);
/* Over the two pieces one after the other (the journal's chain). */
struct digest digest_of_two(struct text first, struct text second);
struct digest_state *digest_start(void);
void digest_add(struct digest_state *state, const void *bytes, size_t size_bytes);
struct digest digest_end(struct digest_state *state); /* frees the state */
struct text digest_text(const struct digest *digest);

#endif
