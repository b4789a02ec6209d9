/* SPDX-License-Identifier: Apache-2.0 */
/* sign: see sign.h. */
#include "runtime/crypto/sign.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "runtime/crypto/crypto_int.h"

const EVP_MD *sign_digest_of(const struct private_key *key)
{
  if (EVP_PKEY_is_a(key->pkey, "ED25519") || EVP_PKEY_is_a(key->pkey, "ED448"))
    return NULL;
  if (!EVP_PKEY_is_a(key->pkey, "EC"))
    return EVP_sha256();
  int bits = EVP_PKEY_get_bits(key->pkey);
  return bits > 384 ? EVP_sha512() : bits > 256 ? EVP_sha384() : EVP_sha256();
}

static bool set_serial(X509 *x509)
{
  unsigned char raw[SIGN_SERIAL_BYTES];
  if (RAND_bytes(raw, sizeof raw) != 1)
    return false;
  BIGNUM *number = BN_bin2bn(raw, sizeof raw, NULL);
  bool good = number != NULL && !BN_is_zero(number) &&
              BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
  BN_free(number);
  return good;
}

static bool set_validity(X509 *x509, const struct cert *issuer, const struct sign_wish *wish)
{
  int64_t from = wish->now_s - SIGN_BACKDATE_S;
  int64_t until = wish->now_s + wish->valid_for_s;
  if (from < issuer->not_before_s)
    from = issuer->not_before_s;
  if (until > issuer->not_after_s)
    until = issuer->not_after_s;
  return ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)from) != NULL &&
         ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)until) != NULL;
}

static bool add_extension(X509 *x509, X509V3_CTX *context, int nid, const char *value)
{
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
  bool good = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return good;
}

static bool copy_names(X509 *x509, X509_REQ *request)
{
  STACK_OF(X509_EXTENSION) *wished = X509_REQ_get_extensions(request);
  int at = X509v3_get_ext_by_NID(wished, NID_subject_alt_name, -1);
  bool good = at < 0 || X509_add_ext(x509, X509v3_get_ext(wished, at), -1) == 1;
  sk_X509_EXTENSION_pop_free(wished, X509_EXTENSION_free);
  return good;
}

static bool add_extensions(X509 *x509, X509 *issuer, X509_REQ *request)
{
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, x509, request, NULL, 0);
  /* The issuer's own identifier is asked for only where it has one: old roots have none. */
  bool issuer_has_id = X509_get0_subject_key_id(issuer) != NULL;
  return add_extension(x509, &context, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(x509, &context, NID_key_usage, "critical,digitalSignature") &&
         add_extension(x509, &context, NID_ext_key_usage, "clientAuth") &&
         add_extension(x509, &context, NID_subject_key_identifier, "hash") &&
         (!issuer_has_id ||
          add_extension(x509, &context, NID_authority_key_identifier, "keyid:always")) &&
         copy_names(x509, request);
}

static X509_REQ *read_request(struct text pem)
{
  BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.length);
  X509_REQ *request = bio == NULL ? NULL : PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
  BIO_free(bio);
  return request;
}

bool sign_request(struct arena *arena, const struct cert *issuer,
                  const struct private_key *issuer_key, const struct sign_wish *wish,
                  struct cert *ret_cert, struct text *ret_error)
{
  bool signed_now = false;
  ERR_clear_error();
  X509_REQ *request = read_request(wish->csr_pem);
  X509 *authority = cert_to_x509(issuer);
  X509 *x509 = X509_new();
  if (request == NULL || authority == NULL || x509 == NULL)
    goto out;
  if (X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) != 1) {
    *ret_error = TEXT("the request is not signed by the key that it names");
    ERR_clear_error();
    goto out_said;
  }
  signed_now = X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
               set_validity(x509, issuer, wish) &&
               X509_set_issuer_name(x509, X509_get_subject_name(authority)) == 1 &&
               X509_set_subject_name(x509, X509_REQ_get_subject_name(request)) == 1 &&
               X509_set_pubkey(x509, X509_REQ_get0_pubkey(request)) == 1 &&
               add_extensions(x509, authority, request) &&
               X509_sign(x509, issuer_key->pkey, sign_digest_of(issuer_key)) > 0;
  if (signed_now)
    *ret_cert = cert_of_x509(arena, x509);
out:
  if (!signed_now)
    *ret_error = crypto_error(arena);
out_said:
  X509_free(x509);
  X509_free(authority);
  X509_REQ_free(request);
  return signed_now;
}
