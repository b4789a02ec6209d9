/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs12_make: a new PKCS#12 with one pair, to hand over; files that are there are pkcs12_write.c's. */
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <string.h>

#include "runtime/crypto/crypto_int.h"
#include "runtime/crypto/pkcs12.h"

enum { ITERATIONS = 10000, PASSWORD_RANDOM_BYTES = 24 };

struct secret *secret_random_password(void)
{
  unsigned char random[PASSWORD_RANDOM_BYTES];
  struct secret *password = secret_new(PASSWORD_RANDOM_BYTES * 4 / 3 + 1);
  if (password != NULL && RAND_bytes(random, sizeof random) == 1) {
    EVP_EncodeBlock(secret_bytes(password), random, sizeof random);
    secret_cut(password, PASSWORD_RANDOM_BYTES * 4 / 3);
  } else {
    secret_free(password);
    password = NULL;
  }
  OPENSSL_cleanse(random, sizeof random);
  return password;
}

struct secret *secret_to_base64(const struct secret *bytes)
{
  size_t size = secret_size_bytes(bytes);
  struct secret *written = secret_new((size + 2) / 3 * 4 + 1);
  if (written == NULL)
    return NULL;
  EVP_EncodeBlock(secret_bytes(written), secret_view(bytes), (int)size);
  secret_cut(written, (size + 2) / 3 * 4);
  return written;
}

static STACK_OF(X509) * stack_of(const struct cert_list *chain)
{
  STACK_OF(X509) *stack = sk_X509_new_null();
  for (uint32_t i = 1; stack != NULL && i < chain->count; i++) {
    X509 *one = cert_to_x509(&chain->items[i]);
    if (one == NULL || sk_X509_push(stack, one) <= 0)
      X509_free(one);
  }
  return stack;
}

struct secret *pkcs12_make(struct arena *arena, struct text alias, const struct private_key *key,
                           const struct cert_list *chain, const struct secret *password,
                           struct text *ret_error)
{
  unsigned char *der = NULL;
  struct secret *file = NULL;
  struct secret *pass = secret_new(secret_size_bytes(password) + 1);
  X509 *leaf = cert_to_x509(&chain->items[0]);
  STACK_OF(X509) *others = stack_of(chain);
  PKCS12 *made = NULL;
  if (pass != NULL && leaf != NULL && others != NULL) {
    memcpy(secret_bytes(pass), secret_view(password), secret_size_bytes(password));
    made = PKCS12_create((const char *)secret_view(pass), text_zero(arena, alias), key->pkey, leaf,
                         others, NID_aes_256_cbc, NID_aes_256_cbc, ITERATIONS, ITERATIONS, 0);
  }
  int size = made == NULL ? -1 : i2d_PKCS12(made, &der);
  if (size > 0)
    file = secret_copy(der, (size_t)size);
  if (file == NULL)
    *ret_error = TEXT("the PKCS#12 cannot be made");
  if (der != NULL)
    OPENSSL_clear_free(der, size > 0 ? (size_t)size : 0);
  PKCS12_free(made);
  sk_X509_pop_free(others, X509_free);
  X509_free(leaf);
  secret_free(pass);
  return file;
}
