/* SPDX-License-Identifier: Apache-2.0 */
/* csr: see csr.h. */
#include "runtime/crypto/csr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "runtime/crypto/crypto_int.h"

enum { NAME_PARTS_MAX = 64 }; /* of one distinguished name; X.500 names have about ten */

struct name_part {
  char *type;
  char *value;
  bool joined; /* by "+" to the part before it */
};

static bool is_hex_pair(const char *at)
{
  return isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1]);
}

static int hex_value(char c)
{
  return c <= '9' ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Takes one value off `at` (NUL-terminated) into `out`; returns the place behind it. */
static const char *read_value(const char *at, char *out)
{
  char *last_kept = out; /* trailing blanks count only when escaped */
  bool quoted = *at == '"';
  if (quoted)
    at++;
  while (*at != '\0' && (quoted ? *at != '"' : *at != ',' && *at != '+')) {
    bool escaped = *at == '\\' && at[1] != '\0';
    if (escaped && is_hex_pair(at + 1)) {
      *out++ = (char)(hex_value(at[1]) * 16 + hex_value(at[2]));
      at += 3;
    } else if (escaped) {
      *out++ = at[1];
      at += 2;
    } else {
      *out++ = *at++;
    }
    if (quoted || escaped || out[-1] != ' ')
      last_kept = out;
  }
  if (quoted && *at == '"')
    at++;
  *last_kept = '\0';
  while (*at == ' ')
    at++;
  return at;
}

/* Splits "CN=a,O=b" into parts; 0 where it is not a distinguished name. */
static uint32_t split_name(struct arena *arena, const char *at, struct name_part *parts)
{
  uint32_t count = 0;
  bool joined = false;
  while (count < NAME_PARTS_MAX) {
    while (*at == ' ')
      at++;
    const char *equals = strchr(at, '=');
    if (equals == NULL || equals == at)
      return 0;
    size_t length = (size_t)(equals - at);
    while (length > 0 && at[length - 1] == ' ')
      length--;
    struct name_part *part = &parts[count++];
    part->type = text_zero(arena, (struct text){at, length});
    part->joined = joined;
    at = equals + 1;
    while (*at == ' ')
      at++;
    part->value = arena_alloc(arena, strlen(at) + 1);
    at = read_value(at, part->value);
    if (*at == '\0')
      return count;
    if (*at != ',' && *at != '+')
      return 0;
    joined = *at == '+';
    at++;
  }
  return 0;
}

static bool add_part(X509_NAME *name, const struct name_part *part, int set)
{
  return X509_NAME_add_entry_by_txt(name, part->type, MBSTRING_UTF8,
                                    (const unsigned char *)part->value, -1, -1, set) == 1;
}

/* RFC 4514 writes the last part of the sequence first. */
static X509_NAME *make_name(struct arena *arena, struct text subject, struct text *ret_error)
{
  struct name_part parts[NAME_PARTS_MAX];
  uint32_t count = split_name(arena, text_zero(arena, subject), parts);
  X509_NAME *name = X509_NAME_new();
  bool good = name != NULL && (count > 0 || subject.length == 0);
  if (!good)
    *ret_error =
        text_format(arena, "`%.*s` is no distinguished name: write \"CN=name,O=company,C=DE\"",
                    TEXT_ARG(subject));
  for (uint32_t end = count; good && end > 0;) {
    uint32_t start = end - 1;
    while (start > 0 && parts[start].joined)
      start--;
    for (uint32_t i = start; good && i < end; i++) {
      good = add_part(name, &parts[i], i == start ? 0 : -1);
      if (!good)
        *ret_error = text_format(arena, "`%s=%s` cannot stand in a distinguished name (%.*s)",
                                 parts[i].type, parts[i].value, TEXT_ARG(crypto_error(arena)));
    }
    end = start;
  }
  if (good)
    return name;
  X509_NAME_free(name);
  return NULL;
}

static bool add_one_name(GENERAL_NAMES *all, struct arena *arena, struct text word)
{
  unsigned char address[16];
  const char *zero = text_zero(arena, word);
  bool is_ip = inet_pton(AF_INET, zero, address) == 1 || inet_pton(AF_INET6, zero, address) == 1;
  int type = is_ip                         ? GEN_IPADD
             : strstr(zero, "://") != NULL ? GEN_URI
             : strchr(zero, '@') != NULL   ? GEN_EMAIL
                                           : GEN_DNS;
  GENERAL_NAME *name = a2i_GENERAL_NAME(NULL, NULL, NULL, type, zero, 0);
  if (name == NULL)
    return false;
  if (sk_GENERAL_NAME_push(all, name) > 0)
    return true;
  GENERAL_NAME_free(name);
  return false;
}

static bool add_names(X509_REQ *request, struct arena *arena, const struct csr_wish *wish)
{
  if (wish->name_count == 0)
    return true;
  GENERAL_NAMES *names = GENERAL_NAMES_new();
  STACK_OF(X509_EXTENSION) *extensions = NULL;
  bool good = names != NULL;
  for (uint32_t i = 0; good && i < wish->name_count; i++)
    good = add_one_name(names, arena, wish->names[i]);
  int critical = wish->subject.length == 0;
  good = good && X509V3_add1_i2d(&extensions, NID_subject_alt_name, names, critical, 0) == 1 &&
         X509_REQ_add_extensions(request, extensions) == 1;
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  GENERAL_NAMES_free(names);
  return good;
}

struct text csr_make(struct arena *arena, const struct private_key *key,
                     const struct csr_wish *wish, struct text *ret_error)
{
  struct text pem = TEXT_NONE;
  ERR_clear_error();
  BIO *bio = BIO_new(BIO_s_mem());
  X509_REQ *request = X509_REQ_new();
  X509_NAME *name = make_name(arena, wish->subject, ret_error);
  if (name == NULL)
    goto out;
  if (bio != NULL && request != NULL && X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
      X509_REQ_set_subject_name(request, name) == 1 &&
      X509_REQ_set_pubkey(request, key->pkey) == 1 && add_names(request, arena, wish) &&
      X509_REQ_sign(request, key->pkey, sign_digest_of(key)) > 0 &&
      PEM_write_bio_X509_REQ(bio, request) == 1)
    pem = bio_to_text(arena, bio);
  else
    *ret_error = crypto_error(arena);
out:
  X509_NAME_free(name);
  X509_REQ_free(request);
  BIO_free(bio);
  return pem;
}

bool csr_same_subject(struct text csr_pem, const struct cert *cert)
{
  BIO *bio = BIO_new_mem_buf(csr_pem.at, (int)csr_pem.length);
  X509_REQ *request = bio == NULL ? NULL : PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
  X509 *x509 = cert_to_x509(cert);
  bool same = request != NULL && x509 != NULL &&
              X509_NAME_cmp(X509_REQ_get_subject_name(request), X509_get_subject_name(x509)) == 0;
  X509_free(x509);
  X509_REQ_free(request);
  BIO_free(bio);
  ERR_clear_error();
  return same;
}

bool cert_has_subject(struct arena *arena, const struct cert *cert, struct text subject)
{
  struct text ignored;
  X509_NAME *name = make_name(arena, subject, &ignored);
  X509 *x509 = cert_to_x509(cert);
  bool same = name != NULL && x509 != NULL && X509_NAME_cmp(name, X509_get_subject_name(x509)) == 0;
  X509_free(x509);
  X509_NAME_free(name);
  ERR_clear_error();
  return same;
}

struct private_key *csr_key(struct text csr_pem, struct text *ret_error)
{
  BIO *bio = BIO_new_mem_buf(csr_pem.at, (int)csr_pem.length);
  X509_REQ *request = bio == NULL ? NULL : PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
  EVP_PKEY *pkey = request == NULL ? NULL : X509_REQ_get_pubkey(request);
  struct private_key *key = NULL;
  if (pkey == NULL || X509_REQ_verify(request, pkey) != 1) {
    *ret_error = TEXT("it is no certificate request, or its signature does not fit its key");
    EVP_PKEY_free(pkey);
  } else {
    key = calloc(1, sizeof *key);
    if (key == NULL)
      abort();
    key->pkey = pkey;
  }
  X509_REQ_free(request);
  BIO_free(bio);
  ERR_clear_error();
  return key;
}
