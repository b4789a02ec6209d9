/* SPDX-License-Identifier: Apache-2.0 */
/* digest: see digest.h. SHA-256 cannot fail but for memory, so failure ends the process. */
#include "compiler/base/digest.h"

#include <stdlib.h>

#include <openssl/evp.h>

struct digest_state {
  EVP_MD_CTX *context;
};

struct digest_state *digest_start(void)
{
  struct digest_state *state = malloc(sizeof *state);
  if (state == NULL || (state->context = EVP_MD_CTX_new()) == NULL ||
      EVP_DigestInit_ex(state->context, EVP_sha256(), NULL) != 1)
    abort();
  return state;
}

void digest_add(struct digest_state *state, const void *bytes, size_t size_bytes)
{
  if (EVP_DigestUpdate(state->context, bytes, size_bytes) != 1)
    abort();
}

struct digest digest_end(struct digest_state *state)
{
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int raw_size = 0;
  if (EVP_DigestFinal_ex(state->context, raw, &raw_size) != 1 || raw_size != DIGEST_BYTES)
    abort();
  EVP_MD_CTX_free(state->context);
  free(state);
  struct digest digest = {{0}};
  for (int i = 0; i < DIGEST_BYTES; i++) {
    digest.hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
    digest.hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
  }
  return digest;
}

struct digest digest_of_two(struct text first, struct text second)
{
  struct digest_state *state = digest_start();
  digest_add(state, first.at, first.length);
  digest_add(state, second.at, second.length);
  return digest_end(state);
}

struct digest digest_of(struct text bytes)
{
  return digest_of_two(bytes, TEXT_NONE);
}

struct text digest_text(const struct digest *digest)
{
  return (struct text){digest->hex, DIGEST_HEX};
}
