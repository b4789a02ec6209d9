/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs7: see pkcs7.h. */
#include "runtime/crypto/pkcs7.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include "runtime/crypto/crypto_int.h"

static PKCS7 *parse(struct text bytes)
{
  if (bytes.length == 0 || bytes.length > INT32_MAX)
    return NULL;
  BIO *bio = BIO_new_mem_buf(bytes.at, (int)bytes.length);
  PKCS7 *parsed = bio == NULL ? NULL : PEM_read_bio_PKCS7(bio, NULL, NULL, NULL);
  BIO_free(bio);
  const unsigned char *at = (const unsigned char *)bytes.at;
  return parsed != NULL ? parsed : d2i_PKCS7(NULL, &at, (long)bytes.length);
}

bool pkcs7_read_certs(struct arena *arena, struct text bytes, struct cert_list *ret_certs)
{
  PKCS7 *parsed = parse(bytes);
  const STACK_OF(X509) *certs = NULL;
  if (parsed != NULL && PKCS7_type_is_signed(parsed) && parsed->d.sign != NULL)
    certs = parsed->d.sign->cert;
  int count = certs == NULL ? 0 : sk_X509_num(certs);
  struct cert_list list = {arena_array(arena, (size_t)count + 1, sizeof(struct cert)), 0};
  for (int i = 0; i < count && i < CERTS_MAX; i++)
    list.items[list.count++] = cert_of_x509(arena, sk_X509_value(certs, i));
  PKCS7_free(parsed);
  ERR_clear_error();
  *ret_certs = list;
  return list.count > 0;
}
