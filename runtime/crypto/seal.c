/* SPDX-License-Identifier: Apache-2.0 */
/* seal: see seal.h. */
#include "runtime/crypto/seal.h"

#include <openssl/bio.h>
#include <openssl/cms.h>

#include "runtime/crypto/crypto_int.h"

static STACK_OF(X509) * stack_of(const struct cert *const *certs, uint32_t count)
{
  STACK_OF(X509) *stack = sk_X509_new_null();
  for (uint32_t i = 0; i < count && stack != NULL; i++) {
    const unsigned char *der = (const unsigned char *)certs[i]->der.at;
    X509 *cert = d2i_X509(NULL, &der, (long)certs[i]->der.length);
    if (cert == NULL || sk_X509_push(stack, cert) == 0)
      X509_free(cert);
  }
  return stack;
}

struct text seal_make(struct arena *arena, const struct secret *plain,
                      const struct cert *const *recipients, uint32_t recipient_count,
                      struct text *ret_error)
{
  struct text sealed = TEXT_NONE;
  char *bytes = NULL;
  STACK_OF(X509) *stack = stack_of(recipients, recipient_count);
  BIO *in = BIO_new_mem_buf(secret_view(plain), (int)secret_size_bytes(plain));
  BIO *out = BIO_new(BIO_s_mem());
  CMS_ContentInfo *envelope = NULL;
  /* CMS_BINARY: without it a JSON file comes back with CRLF. */
  if (stack != NULL && sk_X509_num(stack) == (int)recipient_count && in != NULL && out != NULL)
    envelope = CMS_encrypt(stack, in, EVP_aes_256_cbc(), CMS_BINARY);
  if (envelope != NULL && PEM_write_bio_CMS_stream(out, envelope, NULL, CMS_BINARY) == 1) {
    long length = BIO_get_mem_data(out, &bytes);
    sealed = text_copy(arena, (struct text){bytes, (size_t)length});
  } else {
    *ret_error = text_format(arena, "nothing can be sealed for that certificate (%.*s)",
                             TEXT_ARG(crypto_error(arena)));
  }
  CMS_ContentInfo_free(envelope);
  BIO_free(in);
  BIO_free(out);
  sk_X509_pop_free(stack, X509_free);
  return sealed;
}
