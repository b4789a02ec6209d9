/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs12_scheme: how a PKCS#12 file, or a part of it, is encrypted and authenticated. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "runtime/crypto/pkcs12_int.h"

static struct text name_of(struct arena *arena, const ASN1_OBJECT *object)
{
  char words[80];
  if (OBJ_obj2nid(object) != NID_undef)
    return text_of(OBJ_nid2ln(OBJ_obj2nid(object)));
  OBJ_obj2txt(words, sizeof words, object, 1);
  return text_copy(arena, text_of(words));
}

static bool too_many(struct pkcs12 *p12, int64_t iterations, struct pkcs12_error *ret_error)
{
  if (iterations > 0 && iterations <= PKCS12_ITERATIONS_MAX)
    return false;
  pkcs12_fail(ret_error, PKCS12_UNSUPPORTED,
              text_format(p12->arena,
                          "it asks for %lld rounds to derive its key; %d is the most that is tried",
                          (long long)iterations, PKCS12_ITERATIONS_MAX),
              "if the file is yours, write it again with fewer: keytool -importkeystore");
  return true;
}

/* PBES2 with PBKDF2. Other key derivations are read by OpenSSL where it can, and not written. */
static bool read_pbes2(const X509_ALGOR *algorithm, struct pkcs12_scheme *scheme)
{
  PBE2PARAM *both = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
  PBKDF2PARAM *derive = NULL;
  if (both == NULL)
    return false;
  scheme->cipher_nid = OBJ_obj2nid(both->encryption->algorithm);
  if (OBJ_obj2nid(both->keyfunc->algorithm) == NID_id_pbkdf2)
    derive = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), both->keyfunc->parameter);
  if (derive != NULL && derive->salt->type == V_ASN1_OCTET_STRING) {
    scheme->iterations = ASN1_INTEGER_get(derive->iter);
    scheme->salt_bytes = ASN1_STRING_length(derive->salt->value.octet_string);
    scheme->prf_nid = derive->prf == NULL ? NID_hmacWithSHA1 : OBJ_obj2nid(derive->prf->algorithm);
    scheme->can_be_written = scheme->prf_nid != NID_undef;
  }
  bool good = derive != NULL || OBJ_obj2nid(both->keyfunc->algorithm) != NID_id_pbkdf2;
  if (derive == NULL)
    scheme->iterations = 1;
  PBKDF2PARAM_free(derive);
  PBE2PARAM_free(both);
  return good;
}

static bool read_own(const X509_ALGOR *algorithm, struct pkcs12_scheme *scheme)
{
  PBEPARAM *given = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
  int digest_nid;
  EVP_PBE_KEYGEN *derive;
  if (given == NULL)
    return false;
  scheme->iterations = given->iter == NULL ? 1 : ASN1_INTEGER_get(given->iter);
  scheme->salt_bytes = ASN1_STRING_length(given->salt);
  PBEPARAM_free(given);
  scheme->can_be_written = EVP_PBE_find(EVP_PBE_TYPE_OUTER, scheme->pbe_nid, &scheme->cipher_nid,
                                        &digest_nid, &derive) == 1;
  return true;
}

/* The legacy provider is loaded for this file alone: the rest of the program stays without it. */
static bool load_legacy(struct pkcs12 *p12)
{
  if (p12->context != NULL)
    return true;
  p12->context = OSSL_LIB_CTX_new();
  if (p12->context == NULL)
    return false;
  p12->standard = OSSL_PROVIDER_load(p12->context, "default");
  p12->legacy = OSSL_PROVIDER_load(p12->context, "legacy");
  return p12->standard != NULL && p12->legacy != NULL;
}

static bool has_cipher(struct pkcs12 *p12, int nid)
{
  const char *name = OBJ_nid2sn(nid);
  for (int attempt = 0; name != NULL && attempt < 2; attempt++) {
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(p12->context, name, NULL);
    bool there = cipher != NULL;
    EVP_CIPHER_free(cipher);
    ERR_clear_error();
    if (there)
      return true;
    if (attempt > 0 || !load_legacy(p12))
      break;
  }
  ERR_clear_error();
  return false;
}

bool pkcs12_scheme_of(struct pkcs12 *p12, const X509_ALGOR *algorithm,
                      struct pkcs12_scheme *ret_scheme, struct pkcs12_error *ret_error)
{
  struct pkcs12_scheme scheme = {.pbe_nid = OBJ_obj2nid(algorithm->algorithm),
                                 .cipher_nid = NID_undef};
  ERR_clear_error();
  bool good =
      algorithm->parameter != NULL &&
      (scheme.pbe_nid == NID_pbes2 ? read_pbes2(algorithm, &scheme) : read_own(algorithm, &scheme));
  ERR_clear_error();
  if (!good)
    return pkcs12_fail(ret_error, PKCS12_UNSUPPORTED,
                       text_format(p12->arena,
                                   "it is encrypted by a method that is not known (%.*s)",
                                   TEXT_ARG(name_of(p12->arena, algorithm->algorithm))),
                       NULL);
  if (too_many(p12, scheme.iterations, ret_error))
    return false;
  if (!has_cipher(p12, scheme.cipher_nid))
    return pkcs12_fail(
        ret_error, PKCS12_UNSUPPORTED,
        text_format(
            p12->arena,
            "it is encrypted with %.*s, which needs OpenSSL's legacy provider; this machine "
            "has none",
            TEXT_ARG(name_of(p12->arena, algorithm->algorithm))),
        "install the legacy provider (Debian: libssl3), or write the file again with AES: "
        "keytool -importkeystore");
  *ret_scheme = scheme;
  return true;
}

X509_ALGOR *pkcs12_scheme_again(const struct pkcs12_scheme *scheme)
{
  enum { SALT_LEAST_BYTES = 8 };
  int salt_bytes = scheme->salt_bytes < SALT_LEAST_BYTES ? SALT_LEAST_BYTES : scheme->salt_bytes;
  if (!scheme->can_be_written)
    return NULL;
  if (scheme->pbe_nid != NID_pbes2)
    return PKCS5_pbe_set(scheme->pbe_nid, (int)scheme->iterations, NULL, salt_bytes);
  const EVP_CIPHER *cipher = EVP_get_cipherbynid(scheme->cipher_nid);
  return cipher == NULL ? NULL
                        : PKCS5_pbe2_set_iv(cipher, (int)scheme->iterations, NULL, salt_bytes, NULL,
                                            scheme->prf_nid);
}

struct text pkcs12_scheme_text(struct arena *arena, const struct pkcs12_scheme *scheme)
{
  if (scheme->pbe_nid != NID_pbes2)
    return text_format(arena, "%s, %lld iterations", OBJ_nid2ln(scheme->pbe_nid),
                       (long long)scheme->iterations);
  const char *cipher = OBJ_nid2sn(scheme->cipher_nid);
  if (!scheme->can_be_written)
    return text_format(arena, "%s", cipher);
  return text_format(arena, "%s by PBKDF2 (%s), %lld iterations", cipher,
                     OBJ_nid2sn(scheme->prf_nid), (long long)scheme->iterations);
}

static bool mac_is_known(struct pkcs12 *p12, struct pkcs12_error *ret_error)
{
  const ASN1_INTEGER *rounds;
  const X509_ALGOR *algorithm;
  const ASN1_OBJECT *digest;
  PKCS12_get0_mac(NULL, &algorithm, NULL, &rounds, p12->parsed);
  X509_ALGOR_get0(&digest, NULL, NULL, algorithm);
  if (too_many(p12, rounds == NULL ? 1 : ASN1_INTEGER_get(rounds), ret_error))
    return false;
  if (OBJ_obj2nid(digest) != NID_undef && EVP_get_digestbyobj(digest) != NULL)
    return true;
  ERR_clear_error();
  return pkcs12_fail(
      ret_error, PKCS12_UNSUPPORTED,
      text_format(
          p12->arena,
          "its integrity is protected by %.*s, which this OpenSSL (%s) cannot check: whether "
          "the password is right cannot be told",
          TEXT_ARG(name_of(p12->arena, digest)), OpenSSL_version(OPENSSL_VERSION_STRING)),
      "write the file again with the classic MAC: keytool -importkeystore, or "
      "openssl pkcs12 -export");
}

bool pkcs12_check_mac(struct pkcs12 *p12, struct pkcs12_error *ret_error)
{
  if (!mac_is_known(p12, ret_error))
    return false;
  /* Programs disagree on what no password is: no bytes, or the two of an empty BMPString. */
  for (int attempt = 0; attempt < 2; attempt++) {
    ERR_clear_error();
    if (PKCS12_verify_mac(p12->parsed, p12->pass, p12->pass_bytes) == 1)
      return true;
    if (p12->password != NULL)
      break;
    p12->pass = "";
  }
  ERR_clear_error();
  return pkcs12_fail(
      ret_error, PKCS12_CLOSED,
      p12->password == NULL ? TEXT("it has a password, and none is named")
                            : TEXT("the password does not open it, or it was changed since it was "
                                   "written (its MAC does not fit)"),
      p12->password == NULL ? "name it: `password with SECRET` in the keystore" : NULL);
}
