/* SPDX-License-Identifier: Apache-2.0 */
/* key: see key.h. */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "runtime/crypto/crypto_int.h"

static const char *curve_of(uint32_t bits)
{
  return bits == 384 ? "P-384" : bits == 521 ? "P-521" : "P-256";
}

static struct private_key *wrap(EVP_PKEY *pkey)
{
  struct private_key *key = pkey == NULL ? NULL : malloc(sizeof *key);
  if (key == NULL) {
    EVP_PKEY_free(pkey);
    return NULL;
  }
  key->pkey = pkey;
  return key;
}

struct private_key *key_generate(struct arena *arena, struct key_type type, struct text *ret_error)
{
  EVP_PKEY *pkey = NULL;
  ERR_clear_error();
  switch (type.algorithm) {
  case KEY_ALGORITHM_RSA:
    pkey = EVP_RSA_gen(type.bits);
    break;
  case KEY_ALGORITHM_EC:
    pkey = EVP_EC_gen(curve_of(type.bits));
    break;
  case KEY_ALGORITHM_ED25519:
    pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    break;
  }
  struct private_key *key = wrap(pkey);
  if (key == NULL)
    *ret_error = crypto_error(arena);
  return key;
}

static int give_password(char *into, int room, int writing, void *with)
{
  (void)writing;
  const struct secret *password = with;
  /* -1, not 0: OpenSSL must neither ask at the terminal nor try the empty password. */
  if (password == NULL || secret_size_bytes(password) > (size_t)room)
    return -1;
  memcpy(into, secret_view(password), secret_size_bytes(password));
  return (int)secret_size_bytes(password);
}

struct secret *key_to_pem(struct arena *arena, const struct private_key *key,
                          const struct secret *password, struct text *ret_error)
{
  struct secret *pem = NULL;
  ERR_clear_error();
  BIO *bio = BIO_new(BIO_s_mem());
  const EVP_CIPHER *cipher = password == NULL ? NULL : EVP_aes_256_cbc();
  if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, cipher, NULL, 0, give_password,
                                                   (void *)password) != 1)
    goto out;
  char *bytes;
  long size_bytes = BIO_get_mem_data(bio, &bytes);
  pem = secret_copy(bytes, (size_t)size_bytes);
  OPENSSL_cleanse(bytes, (size_t)size_bytes);
out:
  BIO_free(bio);
  if (pem == NULL)
    *ret_error = crypto_error(arena);
  return pem;
}

static struct text why_no_key(struct arena *arena, const struct secret *pem,
                              const struct secret *password)
{
  static const char mark[] = "PRIVATE KEY-----";
  int reason = ERR_GET_REASON(ERR_peek_last_error());
  struct text words = crypto_error(arena);
  if (memmem(secret_view(pem), secret_size_bytes(pem), mark, sizeof mark - 1) == NULL)
    return TEXT("it holds no private key");
  bool was_asked = reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_PROBLEMS_GETTING_PASSWORD ||
                   text_is(words, "interrupted or cancelled");
  if (password == NULL && was_asked)
    return TEXT("the private key is encrypted and no password is named");
  return text_format(arena, "the private key cannot be read (%.*s)", TEXT_ARG(words));
}

struct private_key *key_from_pem(struct arena *arena, const struct secret *pem,
                                 const struct secret *password, struct text *ret_error)
{
  static const unsigned char mark[] = {0xEF, 0xBB, 0xBF};
  const unsigned char *bytes = secret_view(pem);
  size_t size_bytes = secret_size_bytes(pem);
  if (size_bytes >= sizeof mark && memcmp(bytes, mark, sizeof mark) == 0) {
    bytes += sizeof mark;
    size_bytes -= sizeof mark;
  }
  ERR_clear_error();
  BIO *bio = BIO_new_mem_buf(bytes, (int)size_bytes);
  EVP_PKEY *pkey =
      bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)password);
  BIO_free(bio);
  struct private_key *key = wrap(pkey);
  if (key == NULL)
    *ret_error = why_no_key(arena, pem, password);
  ERR_clear_error();
  return key;
}

void key_free(struct private_key *key)
{
  if (key == NULL)
    return;
  EVP_PKEY_free(key->pkey);
  free(key);
}

bool key_same_public(const struct private_key *a, const struct private_key *b)
{
  return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

struct text key_describe(struct arena *arena, const struct private_key *key)
{
  if (EVP_PKEY_is_a(key->pkey, "RSA"))
    return text_format(arena, "RSA %d", EVP_PKEY_get_bits(key->pkey));
  char group[64] = "";
  if (EVP_PKEY_is_a(key->pkey, "EC") &&
      EVP_PKEY_get_group_name(key->pkey, group, sizeof group, NULL) == 1)
    return text_format(arena, "EC %s",
                       strcmp(group, "prime256v1") == 0  ? "P-256"
                       : strcmp(group, "secp384r1") == 0 ? "P-384"
                       : strcmp(group, "secp521r1") == 0 ? "P-521"
                                                         : group);
  return text_of(EVP_PKEY_is_a(key->pkey, "ED25519") ? "Ed25519"
                                                     : EVP_PKEY_get0_type_name(key->pkey));
}

bool cert_matches_key(const struct cert *cert, const struct private_key *key)
{
  X509 *x509 = cert_to_x509(cert);
  bool matches = x509 != NULL && EVP_PKEY_eq(X509_get0_pubkey(x509), key->pkey) == 1;
  X509_free(x509);
  ERR_clear_error();
  return matches;
}
