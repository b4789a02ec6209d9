/* SPDX-License-Identifier: Apache-2.0 */
/* cert: see cert.h. */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "compiler/base/digest.h"
#include "compiler/pki/error.h"
#include "compiler/pki/x509.h"

struct text bio_to_text(struct arena *arena, BIO *bio)
{
  char *bytes;
  long size_bytes = BIO_get_mem_data(bio, &bytes);
  return text_copy(arena, (struct text){bytes, size_bytes < 0 ? 0 : (size_t)size_bytes});
}

struct text name_to_text(struct arena *arena, const X509_NAME *name)
{
  BIO *bio = BIO_new(BIO_s_mem());
  if (bio == NULL)
    return TEXT_NONE;
  X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
  struct text words = bio_to_text(arena, bio);
  BIO_free(bio);
  return words;
}

static int64_t seconds_of(const ASN1_TIME *when)
{
  struct tm broken_down;
  if (ASN1_TIME_to_tm(when, &broken_down) != 1)
    return 0;
  return (int64_t)timegm(&broken_down);
}

static struct text serial_text(struct arena *arena, X509 *x509)
{
  struct text words = TEXT_NONE;
  BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
  char *hex = number == NULL ? NULL : BN_bn2hex(number);
  if (hex != NULL) {
    char *copy = text_zero(arena, text_of(hex));
    for (char *c = copy; *c != '\0'; c++)
      *c = (char)tolower((unsigned char)*c);
    words = text_of(copy);
  }
  OPENSSL_free(hex);
  BN_free(number);
  return words;
}

static bool verifies_itself(X509 *x509)
{
  bool yes = X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0 &&
             X509_verify(x509, X509_get0_pubkey(x509)) == 1;
  ERR_clear_error();
  return yes;
}

/* "rsa 2048", "ec p-256", "ed25519": as a plan writes it. */
static struct text key_text(struct arena *arena, const EVP_PKEY *pkey, uint32_t bits)
{
  char group[64] = "";
  size_t length = 0;
  switch (EVP_PKEY_get_base_id(pkey)) {
  case EVP_PKEY_RSA:
  case EVP_PKEY_RSA_PSS:
    return text_format(arena, "rsa %u", bits);
  case EVP_PKEY_EC:
    if (EVP_PKEY_get_group_name(pkey, group, sizeof group, &length) != 1)
      return TEXT("ec");
    if (strcmp(group, SN_X9_62_prime256v1) == 0)
      return TEXT("ec p-256");
    if (strcmp(group, SN_secp384r1) == 0)
      return TEXT("ec p-384");
    return strcmp(group, SN_secp521r1) == 0 ? TEXT("ec p-521") : text_format(arena, "ec %s", group);
  case EVP_PKEY_ED25519:
    return TEXT("ed25519");
  default: /* an open set of OpenSSL's numbers */
    return text_copy(arena, text_of(OBJ_nid2sn(EVP_PKEY_get_base_id(pkey))));
  }
}

static void add_key_facts(struct arena *arena, X509 *x509, struct cert *cert)
{
  const EVP_PKEY *pkey = X509_get0_pubkey(x509);
  if (pkey == NULL) {
    cert->key = TEXT("unknown");
    return;
  }
  int bits = EVP_PKEY_get_bits(pkey), kind = EVP_PKEY_get_base_id(pkey);
  cert->key_bits = bits < 0 ? 0 : (uint32_t)bits;
  cert->is_rsa = kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS;
  cert->key = key_text(arena, pkey, cert->key_bits);
}

static void add_signature_facts(struct arena *arena, X509 *x509, struct cert *cert)
{
  int digest = NID_undef, algorithm = NID_undef;
  if (X509_get_signature_info(x509, &digest, &algorithm, NULL, NULL) != 1 || digest == NID_undef)
    digest = algorithm != NID_undef ? algorithm : X509_get_signature_nid(x509);
  const char *word = OBJ_nid2sn(digest);
  char *lower = text_zero(arena, text_of(word == NULL ? "unknown" : word));
  for (char *at = lower; *at != '\0'; at++)
    *at = (char)tolower((unsigned char)*at);
  cert->signature = text_of(lower);
  /* RFC 6149, 6150, 6151; SHA-1: RFC 9155, CA/Browser Forum BR 7.1.3.2. */
  cert->weak_signature = digest == NID_md2 || digest == NID_md4 || digest == NID_md5 ||
                         digest == NID_sha1 || digest == NID_mdc2;
}

struct cert cert_of_x509(struct arena *arena, X509 *x509)
{
  int der_bytes = i2d_X509(x509, NULL);
  unsigned char *der = arena_alloc(arena, (size_t)der_bytes + 1);
  unsigned char *end = der;
  i2d_X509(x509, &end);
  struct text bytes = {(const char *)der, (size_t)der_bytes};
  struct digest digest = digest_of(bytes);
  uint32_t flags = X509_get_extension_flags(x509);
  struct cert cert = {
      .der = bytes,
      .fingerprint = text_copy(arena, digest_text(&digest)),
      .subject = name_to_text(arena, X509_get_subject_name(x509)),
      .issuer = name_to_text(arena, X509_get_issuer_name(x509)),
      .serial = serial_text(arena, x509),
      .not_before_s = seconds_of(X509_get0_notBefore(x509)),
      .not_after_s = seconds_of(X509_get0_notAfter(x509)),
      .self_signed = verifies_itself(x509),
      .is_ca = (flags & EXFLAG_CA) != 0,
      .for_clients = (flags & EXFLAG_XKUSAGE) == 0 ||
                     (X509_get_extended_key_usage(x509) & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0,
      .may_sign =
          (flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) != 0,
      .subject_hash = X509_subject_name_hash(x509),
      .issuer_hash = X509_issuer_name_hash(x509),
  };
  add_key_facts(arena, x509, &cert);
  add_signature_facts(arena, x509, &cert);
  ERR_clear_error();
  return cert;
}

X509 *cert_to_x509(const struct cert *cert)
{
  const unsigned char *at = (const unsigned char *)cert->der.at;
  return d2i_X509(NULL, &at, (long)cert->der.length);
}

static bool add_cert(struct arena *arena, struct cert_list *list, X509 *x509)
{
  if (list->count == CERTS_MAX)
    return false;
  bool full = (list->count & (list->count - 1)) == 0; /* 0, 1, 2, 4, 8 ... are the capacities */
  if (full)
    list->items = arena_grow(arena, list->items, list->count,
                             list->count == 0 ? 1 : (size_t)list->count * 2, sizeof *list->items);
  list->items[list->count++] = cert_of_x509(arena, x509);
  return true;
}

static bool is_certificate_block(const char *name)
{
  return strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0 ||
         strcmp(name, PEM_STRING_X509_TRUSTED) == 0;
}

/* One PEM block; false at the end of the text or at damage (*ret_error is then set). */
static bool read_block(struct arena *arena, BIO *bio, struct cert_list *certs,
                       struct text *ret_error)
{
  char *name = NULL, *header = NULL;
  unsigned char *bytes = NULL;
  long size_bytes;
  if (PEM_read_bio(bio, &name, &header, &bytes, &size_bytes) != 1) {
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
      *ret_error = crypto_error(arena);
    return false;
  }
  bool good = true;
  if (is_certificate_block(name)) {
    const unsigned char *at = bytes;
    X509 *x509 = strcmp(name, PEM_STRING_X509_TRUSTED) == 0 ? d2i_X509_AUX(NULL, &at, size_bytes)
                                                            : d2i_X509(NULL, &at, size_bytes);
    if (x509 == NULL)
      *ret_error = text_format(arena, "certificate %u of it is damaged (%.*s)", certs->count + 1,
                               TEXT_ARG(crypto_error(arena)));
    else if (!add_cert(arena, certs, x509))
      *ret_error = text_format(arena, "it holds more than %d certificates", CERTS_MAX);
    good = ret_error->length == 0;
    X509_free(x509);
  }
  /* The block may have been a private key. */
  OPENSSL_clear_free(bytes, (size_t)size_bytes);
  OPENSSL_free(name);
  OPENSSL_free(header);
  return good;
}

bool cert_read_pem(struct arena *arena, struct text pem, struct cert_list *ret_certs,
                   struct text *ret_error)
{
  if (text_starts_with(pem, "\xEF\xBB\xBF")) {
    pem.at += 3;
    pem.length -= 3;
  }
  ERR_clear_error();
  struct cert_list certs = {0};
  struct text error = TEXT_NONE;
  BIO *bio = BIO_new_mem_buf(pem.at == NULL ? "" : pem.at, (int)pem.length);
  if (bio == NULL) {
    *ret_error = crypto_error(arena);
    return false;
  }
  while (read_block(arena, bio, &certs, &error))
    continue;
  BIO_free(bio);
  ERR_clear_error();
  if (error.length != 0) {
    *ret_error = error;
    return false;
  }
  *ret_certs = certs;
  return true;
}

bool cert_read_der(struct arena *arena, struct text der, bool has_trust_settings,
                   struct cert *ret_cert, struct text *ret_error)
{
  ERR_clear_error();
  const unsigned char *at = (const unsigned char *)der.at, *start = at;
  X509 *x509 = has_trust_settings ? d2i_X509_AUX(NULL, &at, (long)der.length)
                                  : d2i_X509(NULL, &at, (long)der.length);
  if (x509 == NULL) {
    *ret_error = crypto_error(arena);
    return false;
  }
  bool whole = (size_t)(at - start) == der.length;
  if (whole)
    *ret_cert = cert_of_x509(arena, x509);
  else
    *ret_error = text_format(arena, "%zu bytes behind its end", der.length - (size_t)(at - start));
  X509_free(x509);
  return whole;
}

struct text cert_to_pem(struct arena *arena, const struct cert *cert)
{
  struct text pem = TEXT_NONE;
  BIO *bio = BIO_new(BIO_s_mem());
  X509 *x509 = cert_to_x509(cert);
  if (bio != NULL && x509 != NULL && PEM_write_bio_X509(bio, x509) == 1)
    pem = bio_to_text(arena, bio);
  X509_free(x509);
  BIO_free(bio);
  return pem;
}

struct text certs_to_pem(struct arena *arena, const struct cert_list *certs)
{
  struct buffer all = {0};
  for (uint32_t i = 0; i < certs->count; i++)
    buffer_add_text(&all, cert_to_pem(arena, &certs->items[i]));
  struct text pem = text_copy(arena, buffer_text(&all));
  buffer_free(&all);
  return pem;
}

struct text cert_to_escaped(struct arena *arena, const struct cert *cert)
{
  struct text pem = cert_to_pem(arena, cert);
  char *escaped = arena_alloc(arena, pem.length * 3 + 1);
  size_t length = 0;
  for (size_t i = 0; i < pem.length; i++) {
    unsigned char c = (unsigned char)pem.at[i];
    if (isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      escaped[length++] = (char)c;
      continue;
    }
    escaped[length++] = '%';
    escaped[length++] = "0123456789ABCDEF"[c >> 4];
    escaped[length++] = "0123456789ABCDEF"[c & 15];
  }
  return (struct text){escaped, length};
}

struct text cert_sha1(struct arena *arena, const struct cert *cert)
{
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int raw_bytes = 0;
  struct text hex = TEXT("");
  if (EVP_Digest(cert->der.at, cert->der.length, raw, &raw_bytes, EVP_sha1(), NULL) != 1)
    return hex;
  for (unsigned int i = 0; i < raw_bytes; i++)
    hex = text_format(arena, "%.*s%02x", TEXT_ARG(hex), raw[i]);
  return hex;
}

enum validity cert_validity(const struct cert *cert, int64_t now_s)
{
  if (now_s < cert->not_before_s)
    return VALIDITY_NOT_YET;
  return now_s > cert->not_after_s ? VALIDITY_OVER : VALIDITY_NOW;
}

bool cert_issued_by(const struct cert *cert, const struct cert *issuer)
{
  if (cert->issuer_hash != issuer->subject_hash)
    return false;
  X509 *below = cert_to_x509(cert), *above = cert_to_x509(issuer);
  bool yes = below != NULL && above != NULL &&
             X509_NAME_cmp(X509_get_issuer_name(below), X509_get_subject_name(above)) == 0 &&
             X509_verify(below, X509_get0_pubkey(above)) == 1;
  X509_free(below);
  X509_free(above);
  ERR_clear_error();
  return yes;
}

bool cert_same(const struct cert *a, const struct cert *b)
{
  return text_equal(a->der, b->der);
}

static const struct cert *first_leaf(const struct cert_list *certs)
{
  for (uint32_t i = 0; i < certs->count; i++) {
    bool issued_one = false;
    for (uint32_t j = 0; j < certs->count && !issued_one; j++)
      issued_one = !cert_same(&certs->items[i], &certs->items[j]) &&
                   cert_issued_by(&certs->items[j], &certs->items[i]);
    if (!issued_one)
      return &certs->items[i];
  }
  return certs->count == 0 ? NULL : &certs->items[0];
}

struct cert_list certs_in_order(struct arena *arena, const struct cert_list *certs,
                                const struct cert *leaf)
{
  struct cert_list ordered = {0};
  const struct cert *at = leaf != NULL ? leaf : first_leaf(certs);
  ordered.items = arena_array(arena, (size_t)certs->count + 1, sizeof *ordered.items);
  while (at != NULL && ordered.count <= certs->count) {
    ordered.items[ordered.count++] = *at;
    const struct cert *above = NULL;
    for (uint32_t i = 0; i < certs->count && !at->self_signed && above == NULL; i++)
      if (!cert_same(at, &certs->items[i]) && cert_issued_by(at, &certs->items[i]))
        above = &certs->items[i];
    at = above;
  }
  return ordered;
}

struct cert_list certs_without_root(const struct cert_list *ordered)
{
  struct cert_list shorter = *ordered;
  if (shorter.count > 1 && shorter.items[shorter.count - 1].self_signed)
    shorter.count--;
  return shorter;
}

const struct cert *certs_root(const struct cert_list *ordered)
{
  if (ordered->count == 0 || !ordered->items[ordered->count - 1].self_signed)
    return NULL;
  return &ordered->items[ordered->count - 1];
}

struct text cert_time_text(struct arena *arena, int64_t time_s)
{
  time_t seconds = (time_t)time_s;
  struct tm parts;
  char words[64];
  if (gmtime_r(&seconds, &parts) == NULL ||
      strftime(words, sizeof words, "%Y-%m-%d %H:%M UTC", &parts) == 0)
    return text_format(arena, "%lld s", (long long)time_s);
  return text_copy(arena, text_of(words));
}
