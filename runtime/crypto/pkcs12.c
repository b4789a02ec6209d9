/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs12: see pkcs12.h: reading. Schemes are pkcs12_scheme.c, writing pkcs12_write.c. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/provider.h>
#include <utf8proc.h>

#include "runtime/crypto/pkcs12_int.h"

enum { NAMES_SHOWN = 6 };

static const char trusted_oid[] = "2.16.840.1.113894.746875.1.1"; /* Java's trustedKeyUsage */

bool pkcs12_fail(struct pkcs12_error *error, enum pkcs12_trouble trouble, struct text says,
                 const char *help)
{
  *error = (struct pkcs12_error){trouble, says, help == NULL ? TEXT_NONE : text_of(help)};
  return false;
}

bool pkcs12_is_key(const struct bag *bag)
{
  return bag->kind == BAG_KEY || bag->kind == BAG_LOCKED_KEY;
}

static enum bag_kind kind_of(const PKCS12_SAFEBAG *bag)
{
  switch (PKCS12_SAFEBAG_get_nid(bag)) {
  case NID_keyBag:
    return BAG_KEY;
  case NID_pkcs8ShroudedKeyBag:
    return BAG_LOCKED_KEY;
  case NID_certBag:
    return BAG_CERT;
  case NID_crlBag:
    return BAG_CRL;
  case NID_secretBag:
    return BAG_SECRET;
  case NID_safeContentsBag:
    return BAG_NEST;
  }
  return BAG_OTHER;
}

static void read_attributes(struct arena *arena, struct bag *bag)
{
  const STACK_OF(X509_ATTRIBUTE) *attributes = PKCS12_SAFEBAG_get0_attrs(bag->parsed);
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
    char oid[sizeof trusted_oid + 1];
    X509_ATTRIBUTE *one = sk_X509_ATTRIBUTE_value(attributes, i);
    ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(one, 0);
    int nid = OBJ_obj2nid(X509_ATTRIBUTE_get0_object(one));
    OBJ_obj2txt(oid, sizeof oid, X509_ATTRIBUTE_get0_object(one), 1);
    if (strcmp(oid, trusted_oid) == 0)
      bag->is_trusted = true;
    if (nid == NID_localKeyID && value != NULL && value->type == V_ASN1_OCTET_STRING)
      bag->id = value->value.octet_string;
  }
  char *name = PKCS12_get_friendlyname(bag->parsed);
  if (name != NULL)
    bag->alias = text_copy(arena, text_of(name));
  OPENSSL_free(name);
}

static void read_cert(struct arena *arena, struct bag *bag)
{
  X509 *x509 = PKCS12_SAFEBAG_get_bag_nid(bag->parsed) == NID_x509Certificate
                   ? PKCS12_SAFEBAG_get1_cert(bag->parsed)
                   : NULL;
  ERR_clear_error();
  if (x509 == NULL)
    return;
  bag->cert = cert_of_x509(arena, x509);
  bag->has_cert = true;
  X509_free(x509);
}

static struct bag *add_bag(struct pkcs12 *p12, PKCS12_SAFEBAG *parsed, uint32_t safe)
{
  if (p12->bag_count == PKCS12_BAGS_MAX)
    return NULL;
  if ((p12->bag_count & (p12->bag_count - 1)) == 0)
    p12->bags = arena_grow(p12->arena, p12->bags, p12->bag_count,
                           p12->bag_count == 0 ? 1 : (size_t)p12->bag_count * 2, sizeof *p12->bags);
  struct bag *bag = &p12->bags[p12->bag_count++];
  *bag = (struct bag){.parsed = parsed, .safe = safe, .kind = kind_of(parsed)};
  read_attributes(p12->arena, bag);
  if (bag->kind == BAG_CERT)
    read_cert(p12->arena, bag);
  return bag;
}

static bool add_nested(struct pkcs12 *p12, const PKCS12_SAFEBAG *nest, uint32_t safe)
{
  const STACK_OF(PKCS12_SAFEBAG) *inside = PKCS12_SAFEBAG_get0_safes(nest);
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(inside); i++) {
    PKCS12_SAFEBAG *parsed = sk_PKCS12_SAFEBAG_value(inside, i);
    struct bag *bag = add_bag(p12, parsed, safe);
    if (bag == NULL)
      return false;
    bag->is_nested = true;
    if (bag->kind == BAG_NEST && !add_nested(p12, parsed, safe))
      return false;
  }
  return true;
}

/* The bags of an open part, each with the bytes that it stands for. False: they are none. */
static bool read_bags(struct pkcs12 *p12, uint32_t index)
{
  struct safe_part *safe = &p12->safes[index];
  const unsigned char *at = safe->plain;
  long length;
  int tag, class;
  int form = ASN1_get_object(&at, &length, &tag, &class, safe->plain_bytes);
  const unsigned char *all = safe->plain + safe->plain_bytes;
  if ((form & 0x80) != 0 || (form & V_ASN1_CONSTRUCTED) == 0 || tag != V_ASN1_SEQUENCE ||
      class != V_ASN1_UNIVERSAL)
    return false;
  bool is_open_ended = (form & 1) != 0; /* BER: its end is two zero bytes */
  const unsigned char *end = is_open_ended ? all : at + length;
  while (at < end) {
    const unsigned char *from = at;
    if (is_open_ended && end - at >= 2 && at[0] == 0 && at[1] == 0)
      return true;
    PKCS12_SAFEBAG *parsed = d2i_PKCS12_SAFEBAG(NULL, &at, end - at);
    struct bag *bag = parsed == NULL ? NULL : add_bag(p12, parsed, index);
    if (bag == NULL) {
      PKCS12_SAFEBAG_free(parsed);
      return false;
    }
    bag->der = from;
    bag->der_bytes = (size_t)(at - from);
    if (bag->kind == BAG_NEST && !add_nested(p12, parsed, index))
      return false;
  }
  return !is_open_ended;
}

/* Frees what read_bags made of a part that turned out to be none. */
static void forget_bags(struct pkcs12 *p12, uint32_t from)
{
  for (uint32_t i = from; i < p12->bag_count; i++)
    if (!p12->bags[i].is_nested)
      PKCS12_SAFEBAG_free(p12->bags[i].parsed);
  p12->bag_count = from;
}

static void forget_plain(struct safe_part *safe)
{
  OPENSSL_clear_free(safe->plain, (size_t)safe->plain_bytes);
  safe->plain = NULL;
  safe->plain_bytes = 0;
}

static bool take_plain(struct pkcs12 *p12, uint32_t index, const ASN1_OCTET_STRING *octets)
{
  struct safe_part *safe = &p12->safes[index];
  int size_bytes = ASN1_STRING_length(octets);
  safe->plain = OPENSSL_memdup(ASN1_STRING_get0_data(octets), (size_t)size_bytes);
  safe->plain_bytes = safe->plain == NULL ? 0 : size_bytes;
  uint32_t before = p12->bag_count;
  safe->is_open = safe->plain != NULL && read_bags(p12, index);
  if (!safe->is_open)
    forget_bags(p12, before);
  return safe->is_open;
}

static bool decrypt_part(struct pkcs12 *p12, uint32_t index, struct pkcs12_error *ret_error)
{
  struct safe_part *safe = &p12->safes[index];
  const PKCS7_ENC_CONTENT *locked = safe->content->d.encrypted->enc_data;
  if (!pkcs12_scheme_of(p12, locked->algorithm, &safe->scheme, ret_error))
    return false;
  for (int attempt = 0; attempt < 2 && !safe->is_open; attempt++) {
    uint32_t before = p12->bag_count;
    ERR_clear_error();
    if (PKCS12_pbe_crypt_ex(locked->algorithm, p12->pass, p12->pass_bytes,
                            ASN1_STRING_get0_data(locked->enc_data),
                            ASN1_STRING_length(locked->enc_data), &safe->plain, &safe->plain_bytes,
                            0, p12->context, NULL) == NULL)
      safe->plain = NULL;
    safe->is_open = safe->plain != NULL && read_bags(p12, index);
    if (safe->is_open || p12->password != NULL)
      break;
    forget_bags(p12, before);
    forget_plain(safe);
    p12->pass = p12->pass == NULL ? "" : NULL;
  }
  ERR_clear_error();
  return safe->is_open || pkcs12_fail(ret_error, PKCS12_CLOSED,
                                      TEXT("the password does not open a part of it"), NULL);
}

static bool open_part(struct pkcs12 *p12, uint32_t index, struct pkcs12_error *ret_error)
{
  struct safe_part *safe = &p12->safes[index];
  PKCS7 *content = safe->content;
  if (PKCS7_type_is_data(content)) {
    if (content->d.data != NULL && take_plain(p12, index, content->d.data))
      return true;
    return pkcs12_fail(ret_error, PKCS12_DAMAGED, TEXT("a part of it does not hold what it should"),
                       NULL);
  }
  safe->is_encrypted = true;
  if (PKCS7_type_is_encrypted(content)) {
    const PKCS7_ENCRYPT *encrypted = content->d.encrypted;
    if (encrypted == NULL || encrypted->enc_data == NULL || encrypted->enc_data->enc_data == NULL ||
        encrypted->enc_data->algorithm == NULL)
      return pkcs12_fail(ret_error, PKCS12_DAMAGED, TEXT("an encrypted part of it is empty"), NULL);
    return decrypt_part(p12, index, ret_error);
  }
  return pkcs12_fail(ret_error, PKCS12_UNSUPPORTED,
                     TEXT("a part of it is encrypted for a public key, not by a password"), NULL);
}

/* A part that cannot be opened is a trouble only for who needs what is in it; where there is no
 * MAC, no part that opens means that the password is wrong. */
static bool open_parts(struct pkcs12 *p12, struct pkcs12_error *ret_error)
{
  bool has_mac = PKCS12_mac_present(p12->parsed) != 0;
  uint32_t locked_count = 0, opened_count = 0;
  struct pkcs12_error error = {0}, first = {0};
  for (uint32_t i = 0; i < p12->safe_count; i++) {
    bool good = open_part(p12, i, &error);
    if (!good && error.trouble == PKCS12_DAMAGED) {
      *ret_error = error;
      return false;
    }
    if (!good && first.trouble == PKCS12_FINE)
      first = error;
    locked_count += p12->safes[i].is_encrypted;
    opened_count += p12->safes[i].is_encrypted && good;
  }
  if (first.trouble == PKCS12_FINE || opened_count > 0)
    goto out;
  if (first.trouble == PKCS12_UNSUPPORTED || (!has_mac && locked_count > 0)) {
    *ret_error = first;
    return false;
  }
out:
  p12->closed_part = first.says;
  return true;
}

static bool name_kind(struct arena *arena, struct text file, struct pkcs12_error *ret_error)
{
  const unsigned char *at = (const unsigned char *)file.at;
  static const char by_keytool[] = "convert it: keytool -importkeystore -srckeystore OLD "
                                   "-destkeystore NEW.p12 -deststoretype pkcs12";
  bool is_long = file.length >= 4;
  if (file.length == 0)
    return pkcs12_fail(ret_error, PKCS12_OTHER_KIND, TEXT("the file is empty"), NULL);
  if (is_long && memcmp(at, "\xFE\xED\xFE\xED", 4) == 0)
    return pkcs12_fail(ret_error, PKCS12_OTHER_KIND, TEXT("it is a Java keystore (JKS)"),
                       by_keytool);
  if (is_long && memcmp(at, "\xCE\xCE\xCE\xCE", 4) == 0)
    return pkcs12_fail(ret_error, PKCS12_OTHER_KIND, TEXT("it is a Java keystore (JCEKS)"),
                       by_keytool);
  if (memmem(file.at, file.length, "-----BEGIN ", 11) != NULL)
    return pkcs12_fail(ret_error, PKCS12_OTHER_KIND, TEXT("it is PEM, not PKCS#12"),
                       "write `kind pem`, or convert it: openssl pkcs12 -export");
  if (at[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
    return pkcs12_fail(ret_error, PKCS12_DAMAGED,
                       text_format(arena,
                                   "it is no whole PKCS#12 file: it is cut off, damaged, or "
                                   "something else in DER (%zu bytes)",
                                   file.length),
                       "look at it with `openssl asn1parse -inform DER -in FILE`; take a copy that "
                       "opens");
  if (is_long && memcmp(at, "MI", 2) == 0) /* 30 80..83 in base64 */
    return pkcs12_fail(ret_error, PKCS12_OTHER_KIND,
                       TEXT("it is text: base64, as downloads write it"),
                       "decode it: openssl base64 -d -in FILE -out NEW.p12");
  return pkcs12_fail(ret_error, PKCS12_OTHER_KIND, TEXT("it is no PKCS#12 file"), NULL);
}

static bool parse(struct pkcs12 *p12, struct text file, struct pkcs12_error *ret_error)
{
  const unsigned char *at = (const unsigned char *)file.at;
  const unsigned char *end = at + file.length;
  if (file.length > INT32_MAX)
    return pkcs12_fail(ret_error, PKCS12_DAMAGED, TEXT("it is too large"), NULL);
  ERR_clear_error();
  p12->parsed = file.length == 0 ? NULL : d2i_PKCS12(NULL, &at, (long)file.length);
  ERR_clear_error();
  if (p12->parsed == NULL)
    return name_kind(p12->arena, file, ret_error);
  if (at != end)
    return pkcs12_fail(
        ret_error, PKCS12_DAMAGED,
        text_format(p12->arena, "%zu bytes stand behind its end", (size_t)(end - at)), NULL);
  return true;
}

static bool unpack(struct pkcs12 *p12, struct pkcs12_error *ret_error)
{
  p12->parts = PKCS12_unpack_authsafes(p12->parsed);
  ERR_clear_error();
  if (p12->parts == NULL)
    return pkcs12_fail(ret_error, PKCS12_DAMAGED,
                       TEXT("what it holds cannot be read, or is signed with a key instead of a "
                            "password"),
                       NULL);
  p12->safe_count = (uint32_t)sk_PKCS7_num(p12->parts);
  p12->safes = arena_array(p12->arena, (size_t)p12->safe_count + 1, sizeof *p12->safes);
  for (uint32_t i = 0; i < p12->safe_count; i++)
    p12->safes[i].content = sk_PKCS7_value(p12->parts, (int)i);
  return open_parts(p12, ret_error);
}

struct pkcs12 *pkcs12_open(struct arena *arena, struct text file, const struct secret *password,
                           struct pkcs12_error *ret_error)
{
  struct pkcs12 *p12 = ARENA_NEW(arena, struct pkcs12);
  *ret_error = (struct pkcs12_error){0};
  p12->arena = arena;
  if (password != NULL && secret_size_bytes(password) > 0) {
    size_t size_bytes = secret_size_bytes(password);
    /* With a zero byte behind it: some of OpenSSL's functions look for one. */
    p12->password = secret_new(size_bytes + 1);
    if (p12->password == NULL) {
      pkcs12_fail(ret_error, PKCS12_CLOSED, TEXT("the password is too long"), NULL);
      return NULL;
    }
    memcpy(secret_bytes(p12->password), secret_view(password), size_bytes);
    p12->pass = (const char *)secret_view(p12->password);
    p12->pass_bytes = (int)size_bytes;
  }
  if (parse(p12, file, ret_error) &&
      (PKCS12_mac_present(p12->parsed) == 0 || pkcs12_check_mac(p12, ret_error)) &&
      unpack(p12, ret_error))
    return p12;
  pkcs12_free(p12);
  return NULL;
}

void pkcs12_free(struct pkcs12 *p12)
{
  if (p12 == NULL)
    return;
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    EVP_PKEY_free(p12->bags[i].pkey);
    OPENSSL_clear_free(p12->bags[i].fresh, (size_t)p12->bags[i].fresh_bytes);
    OPENSSL_free(p12->bags[i].behind);
  }
  forget_bags(p12, 0);
  for (uint32_t i = 0; i < p12->safe_count; i++)
    forget_plain(&p12->safes[i]);
  sk_PKCS7_pop_free(p12->parts, PKCS7_free);
  PKCS12_free(p12->parsed);
  secret_free(p12->password);
  OSSL_PROVIDER_unload(p12->legacy);
  OSSL_PROVIDER_unload(p12->standard);
  OSSL_LIB_CTX_free(p12->context);
}

static PKCS8_PRIV_KEY_INFO *unlock(struct pkcs12 *p12, const struct bag *bag,
                                   struct pkcs12_error *ret_error)
{
  const X509_ALGOR *algorithm;
  struct pkcs12_scheme scheme;
  const X509_SIG *locked = PKCS12_SAFEBAG_get0_pkcs8(bag->parsed);
  PKCS8_PRIV_KEY_INFO *open = NULL;
  X509_SIG_get0(locked, &algorithm, NULL);
  if (!pkcs12_scheme_of(p12, algorithm, &scheme, ret_error))
    return NULL;
  open = PKCS8_decrypt_ex(locked, p12->pass, p12->pass_bytes, p12->context, NULL);
  if (open == NULL && p12->password == NULL)
    open = PKCS8_decrypt_ex(locked, p12->pass == NULL ? "" : NULL, 0, p12->context, NULL);
  if (open == NULL)
    pkcs12_fail(ret_error, PKCS12_CLOSED,
                p12->password == NULL
                    ? TEXT("the key has a password, and none is named")
                    : TEXT("the password does not open the key: it has another one than the file"),
                NULL);
  return open;
}

EVP_PKEY *pkcs12_open_key(struct pkcs12 *p12, struct bag *bag, struct pkcs12_error *ret_error)
{
  if (bag->pkey != NULL)
    return bag->pkey;
  bag->was_tried = true;
  ERR_clear_error();
  PKCS8_PRIV_KEY_INFO *unlocked = bag->kind == BAG_LOCKED_KEY ? unlock(p12, bag, ret_error) : NULL;
  const PKCS8_PRIV_KEY_INFO *open =
      bag->kind == BAG_KEY ? PKCS12_SAFEBAG_get0_p8inf(bag->parsed) : unlocked;
  /* In the process's own context: the key is used by the rest of the program. */
  bag->pkey = open == NULL ? NULL : EVP_PKCS82PKEY(open);
  if (open != NULL && bag->pkey == NULL)
    pkcs12_fail(ret_error, PKCS12_UNSUPPORTED,
                text_format(p12->arena, "the key cannot be used (%.*s)",
                            TEXT_ARG(crypto_error(p12->arena))),
                NULL);
  PKCS8_PRIV_KEY_INFO_free(unlocked);
  ERR_clear_error();
  return bag->pkey;
}

static bool fits(const struct bag *cert, EVP_PKEY *pkey)
{
  struct private_key key = {pkey};
  return cert->has_cert && cert_matches_key(&cert->cert, &key);
}

static bool same_id(const struct bag *a, const struct bag *b)
{
  return a->id != NULL && b->id != NULL && ASN1_OCTET_STRING_cmp(a->id, b->id) == 0;
}

/* By the id that both carry, else by the key itself. An id alone is believed where the key cannot
 * be opened, or fits nothing else. */
struct bag *pkcs12_leaf_of(struct pkcs12 *p12, struct bag *key)
{
  struct pkcs12_error ignored;
  struct bag *by_id = NULL;
  EVP_PKEY *pkey = key->was_tried && key->pkey == NULL ? NULL : pkcs12_open_key(p12, key, &ignored);
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    struct bag *bag = &p12->bags[i];
    if (!bag->has_cert || bag->is_dropped || !same_id(bag, key))
      continue;
    if (pkey != NULL && fits(bag, pkey))
      return bag;
    by_id = by_id == NULL ? bag : by_id;
  }
  for (uint32_t i = 0; pkey != NULL && i < p12->bag_count; i++)
    if (!p12->bags[i].is_dropped && fits(&p12->bags[i], pkey))
      return &p12->bags[i];
  return by_id;
}

static struct text folded(struct arena *arena, struct text alias)
{
  utf8proc_uint8_t *lower = NULL;
  utf8proc_ssize_t length =
      utf8proc_map((const utf8proc_uint8_t *)alias.at, (utf8proc_ssize_t)alias.length, &lower,
                   UTF8PROC_STABLE | UTF8PROC_CASEFOLD);
  if (length < 0)
    return alias;
  struct text copy = text_copy(arena, (struct text){(const char *)lower, (size_t)length});
  free(lower);
  return copy;
}

/* What an entry is called: the key's name, or its certificate's. */
static struct text alias_of(struct pkcs12 *p12, struct bag *bag)
{
  if (bag->alias.at != NULL || !pkcs12_is_key(bag))
    return bag->alias;
  const struct bag *leaf = pkcs12_leaf_of(p12, bag);
  return leaf == NULL ? TEXT_NONE : leaf->alias;
}

static bool is_entry(const struct bag *bag)
{
  return pkcs12_is_key(bag) || bag->kind == BAG_SECRET || (bag->has_cert && bag->is_trusted);
}

/* "`a`, `b` and 3 more" */
static struct text names_there(struct pkcs12 *p12)
{
  struct text words = TEXT("");
  uint32_t count = 0;
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    struct bag *bag = &p12->bags[i];
    struct text alias = pkcs12_is_key(bag) ? alias_of(p12, bag) : TEXT_NONE;
    if (alias.at != NULL && ++count <= NAMES_SHOWN)
      words = text_format(p12->arena, "%.*s%s`%.*s`", TEXT_ARG(words), count == 1 ? "" : ", ",
                          TEXT_ARG(text_visible(p12->arena, alias)));
  }
  if (count == 0)
    return TEXT("it holds no pair that has a name");
  if (count > NAMES_SHOWN)
    words = text_format(p12->arena, "%.*s and %u more", TEXT_ARG(words), count - NAMES_SHOWN);
  return text_format(p12->arena, "its pairs are %.*s", TEXT_ARG(words));
}

static struct bag *not_found(struct pkcs12 *p12, struct text alias, struct pkcs12_error *ret_error)
{
  struct text fold = folded(p12->arena, alias);
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    const struct bag *bag = &p12->bags[i];
    if (bag->alias.at == NULL || !text_equal(folded(p12->arena, bag->alias), fold))
      continue;
    pkcs12_fail(ret_error, PKCS12_NO_PAIR,
                text_format(p12->arena, "under `%.*s` it holds %s, and no key", TEXT_ARG(alias),
                            bag->has_cert ? "a certificate only" : "something else"),
                "name the alias of the pair; a certificate alone has nothing that could be "
                "exchanged");
    return NULL;
  }
  if (p12->closed_part.length != 0)
    pkcs12_fail(ret_error, PKCS12_NO_ALIAS,
                text_format(p12->arena, "in what can be opened there is no `%.*s`; %.*s",
                            TEXT_ARG(alias), TEXT_ARG(p12->closed_part)),
                NULL);
  else
    pkcs12_fail(ret_error, PKCS12_NO_ALIAS,
                text_format(p12->arena, "it has no pair under `%.*s`; %.*s", TEXT_ARG(alias),
                            TEXT_ARG(names_there(p12))),
                "write the alias as the file has it (`renew inspect FILE` lists them)");
  return NULL;
}

/* The only key of the file, where it has no name at all: openssl pkcs12 -export without -name. */
static struct bag *nameless_key(struct pkcs12 *p12)
{
  struct bag *only = NULL;
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    if (!pkcs12_is_key(&p12->bags[i]))
      continue;
    if (only != NULL)
      return NULL;
    only = &p12->bags[i];
  }
  return only != NULL && alias_of(p12, only).at == NULL ? only : NULL;
}

struct bag *pkcs12_find(struct pkcs12 *p12, struct text alias, struct pkcs12_error *ret_error)
{
  struct bag *exact = NULL, *similar = NULL;
  uint32_t count = 0;
  struct text fold = folded(p12->arena, alias);
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    struct bag *bag = &p12->bags[i];
    struct text name = is_entry(bag) ? alias_of(p12, bag) : TEXT_NONE;
    if (name.at == NULL || !text_equal(folded(p12->arena, name), fold))
      continue;
    count++;
    if (!pkcs12_is_key(bag))
      continue;
    similar = bag;
    if (text_equal(name, alias))
      exact = bag;
  }
  struct bag *found = exact != NULL ? exact : similar;
  if (found != NULL && count > 1) {
    pkcs12_fail(ret_error, PKCS12_NOT_UNIQUE,
                text_format(p12->arena,
                            "%u entries are called `%.*s`, or differ from it in case only: a Java "
                            "reader sees one of them",
                            count, TEXT_ARG(alias)),
                "give each entry a name of its own: keytool -changealias, or make the file again");
    return NULL;
  }
  if (found == NULL)
    found = nameless_key(p12);
  return found != NULL ? found : not_found(p12, alias, ret_error);
}

struct cert_list pkcs12_certs(struct pkcs12 *p12)
{
  struct cert_list all = {arena_array(p12->arena, (size_t)p12->bag_count + 1, sizeof(struct cert)),
                          0};
  for (uint32_t i = 0; i < p12->bag_count; i++)
    if (p12->bags[i].has_cert && !p12->bags[i].is_dropped)
      all.items[all.count++] = p12->bags[i].cert;
  return all;
}

bool pkcs12_read_pair(struct pkcs12 *p12, struct text alias, struct private_key **ret_key,
                      struct cert_list *ret_chain, struct pkcs12_error *ret_error)
{
  struct bag *bag = pkcs12_find(p12, alias, ret_error);
  EVP_PKEY *pkey = bag == NULL ? NULL : pkcs12_open_key(p12, bag, ret_error);
  if (pkey == NULL)
    return false;
  const struct bag *leaf = pkcs12_leaf_of(p12, bag);
  if (leaf == NULL)
    return pkcs12_fail(ret_error, PKCS12_NO_PAIR,
                       text_format(p12->arena,
                                   "no certificate of it belongs to the key under `%.*s`",
                                   TEXT_ARG(alias)),
                       NULL);
  struct private_key *key = malloc(sizeof *key);
  if (key == NULL || EVP_PKEY_up_ref(pkey) != 1)
    abort();
  key->pkey = pkey;
  struct cert_list all = pkcs12_certs(p12);
  *ret_key = key;
  *ret_chain = certs_in_order(p12->arena, &all, &leaf->cert);
  return true;
}
