/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs12: a PKCS#12 file (.p12, .pfx): what is in it, and one pair of it replaced.
 *
 * Not a converter: a file keeps its encryption, its MAC, its iterations, and whatever else it holds.
 *
 * (1) Only the pair under the alias changes. Every other safe bag is written as the bytes that stood
 *     there (secret keys, revocation lists, still encrypted keys, nested safes, unknown kinds and
 *     unknown attributes alike), in its place; a part of the file that holds nothing of the pair stays
 *     encrypted as it was.
 * (2) What was written is read back before it is given out, and compared bag by bag.
 * (3) A wrong password, a damaged file, a file of another kind and a method that this machine does not
 *     have are four different troubles: the last one is never called a wrong password.
 * (4) An alias is compared as written; where no entry is so written, without regard to case, as Java
 *     does. Two entries whose aliases differ in case only are a trouble: a Java reader sees one.
 */
#ifndef RENEW_CRYPTO_PKCS12_H
#define RENEW_CRYPTO_PKCS12_H

#include "runtime/crypto/cert.h"
#include "runtime/crypto/key.h"

enum {
  PKCS12_ITERATIONS_MAX = 5000000, /* Java's own bound; a file may name two thousand millions */
  PKCS12_BAGS_MAX = 20000
};

enum pkcs12_trouble {
  PKCS12_FINE,
  PKCS12_OTHER_KIND,  /* no PKCS#12 at all */
  PKCS12_DAMAGED,     /* cut off, changed, or not what its own structure says */
  PKCS12_CLOSED,      /* the password does not open it */
  PKCS12_UNSUPPORTED, /* a method that this machine does not have */
  PKCS12_NO_ALIAS,    /* nothing under the alias */
  PKCS12_NO_PAIR,     /* a certificate only, or a key without its certificate */
  PKCS12_NOT_UNIQUE,  /* two entries for one alias */
  PKCS12_NOT_OURS     /* it can be read, and is not rewritten */
};

struct pkcs12_error {
  enum pkcs12_trouble trouble;
  struct text says;
  struct text help; /* TEXT_NONE where there is nothing to advise */
};

enum pkcs12_kind {
  PKCS12_PAIR,   /* a private key; with its certificate where `chain` has one */
  PKCS12_CERT,   /* a certificate that belongs to no key */
  PKCS12_SECRET, /* a secret key or another secret */
  PKCS12_CRL,    /* a revocation list */
  PKCS12_OPAQUE  /* of a kind that is not known */
};

struct pkcs12_entry {
  enum pkcs12_kind kind;
  struct text alias; /* UTF-8; at == NULL: it has none */
  bool is_trusted;   /* Java: a trusted certificate */
  bool is_nested;
  struct cert_list chain; /* leaf first; empty where it has no certificate */
  struct text key;        /* "RSA 3072"; "" where it cannot be opened */
  bool belongs_together;  /* the certificate is the key's */
};

struct pkcs12;

/* The bytes of a file. password: NULL or empty where it has none. NULL with the error. */
struct pkcs12 *pkcs12_open(struct arena *arena, struct text file, const struct secret *password,
                           struct pkcs12_error *ret_error);
void pkcs12_free(struct pkcs12 *p12); /* NULL is legal */

/* In the order of the file; chain certificates of a pair are part of its entry. */
void pkcs12_list(struct pkcs12 *p12, struct pkcs12_entry **ret_entries, uint32_t *ret_count);
/* "AES-256-CBC by PBKDF2 (hmacWithSHA256), 10000 iterations; MAC sha256, 10000 iterations" */
struct text pkcs12_protection(const struct pkcs12 *p12);

/* The pair under the alias; a file with one nameless pair has it under every alias. The key is the
 * caller's. It need not be the certificate's: that is for the caller to look at. */
bool pkcs12_read_pair(struct pkcs12 *p12, struct text alias, struct private_key **ret_key,
                      struct cert_list *ret_chain, struct pkcs12_error *ret_error);
/* The file with the pair replaced; key and leaf keep their attributes. chain: leaf first, as it is to
 * stand in the file. NULL with the error. Once for each pkcs12_open. */
struct secret *pkcs12_replace(struct pkcs12 *p12, struct text alias, const struct private_key *key,
                              const struct cert_list *chain, struct pkcs12_error *ret_error);
/* The file without the pair and what of its chain nobody else needs. Once for each pkcs12_open. */
struct secret *pkcs12_remove(struct pkcs12 *p12, struct text alias, struct pkcs12_error *ret_error);

/* A new file with one pair, to hand over (pkcs12_make.c). chain: leaf first. NULL with a reason. */
struct secret *pkcs12_make(struct arena *arena, struct text alias, const struct private_key *key,
                           const struct cert_list *chain, const struct secret *password,
                           struct text *ret_error);
/* 192 random bits as text, for such a file. NULL without randomness. */
struct secret *secret_random_password(void);
struct secret *secret_to_base64(const struct secret *bytes);

/* Whether two files hold the same but for the pairs under the alias. */
bool pkcs12_same_others(struct pkcs12 *a, struct pkcs12 *b, struct text alias);

#endif
