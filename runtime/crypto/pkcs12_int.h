/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs12_int: what the files of pkcs12 share. */
#ifndef RENEW_CRYPTO_PKCS12_INT_H
#define RENEW_CRYPTO_PKCS12_INT_H

#include <openssl/pkcs12.h>

#include "runtime/crypto/crypto_int.h"
#include "runtime/crypto/pkcs12.h"

enum bag_kind { BAG_KEY, BAG_LOCKED_KEY, BAG_CERT, BAG_CRL, BAG_SECRET, BAG_NEST, BAG_OTHER };

/* How something is encrypted: an AlgorithmIdentifier, understood. */
struct pkcs12_scheme {
  int pbe_nid;    /* NID_pbes2, or one of PKCS#12's own */
  int cipher_nid; /* NID_undef: not known */
  int prf_nid;    /* with NID_pbes2 */
  int64_t iterations;
  int salt_bytes;
  bool can_be_written; /* again, with a new salt */
};

struct bag {
  const unsigned char *der; /* as it stood, in `plain` of its safe */
  size_t der_bytes;
  PKCS12_SAFEBAG *parsed; /* owned by the outermost bag */
  enum bag_kind kind;
  uint32_t safe;
  bool is_nested;
  bool is_trusted;
  struct text alias;
  const ASN1_OCTET_STRING *id;
  bool has_cert;
  struct cert cert;
  EVP_PKEY *pkey; /* after pkcs12_open_key */
  bool was_tried;
  /* What is written: */
  bool is_dropped;
  unsigned char *fresh; /* instead of `der` */
  int fresh_bytes;
  unsigned char *behind; /* new bags behind this one */
  size_t behind_bytes;
};

struct safe_part {
  PKCS7 *content; /* owned by `parts` */
  unsigned char *plain;
  int plain_bytes;
  bool is_encrypted;
  bool is_open;
  bool is_changed;
  struct pkcs12_scheme scheme;
};

struct pkcs12 {
  struct arena *arena;
  PKCS12 *parsed;
  STACK_OF(PKCS7) * parts;
  struct safe_part *safes;
  uint32_t safe_count;
  struct bag *bags; /* nested ones behind the bag that holds them */
  uint32_t bag_count;
  struct secret *password; /* NULL: none */
  const char *pass;        /* what OpenSSL is given: NULL and "" are different passwords to it */
  int pass_bytes;
  OSSL_LIB_CTX *context; /* NULL: the process's; else one with the legacy provider */
  OSSL_PROVIDER *legacy, *standard;
  struct text closed_part; /* why a part could not be opened; TEXT_NONE where all could */
};

bool pkcs12_fail(struct pkcs12_error *error, enum pkcs12_trouble trouble, struct text says,
                 const char *help);

/* pkcs12_scheme.c. False with the error: not understood, too many iterations, no such cipher here. */
bool pkcs12_scheme_of(struct pkcs12 *p12, const X509_ALGOR *algorithm,
                      struct pkcs12_scheme *ret_scheme, struct pkcs12_error *ret_error);
/* The same with a new salt. NULL: cannot be written. */
X509_ALGOR *pkcs12_scheme_again(const struct pkcs12_scheme *scheme);
struct text pkcs12_scheme_text(struct arena *arena, const struct pkcs12_scheme *scheme);
/* False with the error, PKCS12_CLOSED where no password fits. */
bool pkcs12_check_mac(struct pkcs12 *p12, struct pkcs12_error *ret_error);

/* pkcs12.c. NULL with the error. */
EVP_PKEY *pkcs12_open_key(struct pkcs12 *p12, struct bag *bag, struct pkcs12_error *ret_error);
struct bag *pkcs12_leaf_of(struct pkcs12 *p12, struct bag *key);
struct bag *pkcs12_find(struct pkcs12 *p12, struct text alias, struct pkcs12_error *ret_error);
bool pkcs12_is_key(const struct bag *bag);
/* All certificates of the file but those of dropped bags. */
struct cert_list pkcs12_certs(struct pkcs12 *p12);
/* The certificate as an entry of its own: named, trusted, or somebody's leaf by its id. */
bool pkcs12_stands_alone(const struct bag *bag);

#endif
