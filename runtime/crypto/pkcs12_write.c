/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs12_write: the file again, with one pair replaced or taken away. What stays is copied as bytes,
 * bag by bag, and compared once more in the finished file.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/sha.h>

#include "runtime/crypto/pkcs12_int.h"

static bool failed(struct pkcs12 *p12, struct pkcs12_error *ret_error, const char *what)
{
  return pkcs12_fail(ret_error, PKCS12_NOT_OURS,
                     text_format(p12->arena, "%s (%.*s)", what, TEXT_ARG(crypto_error(p12->arena))),
                     NULL);
}

bool pkcs12_stands_alone(const struct bag *bag)
{
  /* Java names the certificates of a chain by their subjects; that is no entry. */
  bool is_named = bag->alias.at != NULL && !text_equal(bag->alias, bag->cert.subject);
  return is_named || bag->is_trusted || bag->id != NULL;
}

static bool has(const struct cert_list *certs, const struct cert *cert)
{
  for (uint32_t i = 0; i < certs->count; i++)
    if (cert_same(&certs->items[i], cert))
      return true;
  return false;
}

/* Whether another key's chain goes through the certificate. */
static bool is_needed(struct pkcs12 *p12, const struct bag *key, const struct cert *cert)
{
  struct cert_list all = pkcs12_certs(p12);
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    struct bag *other = &p12->bags[i];
    if (other == key || !pkcs12_is_key(other) || other->is_dropped)
      continue;
    const struct bag *leaf = pkcs12_leaf_of(p12, other);
    /* A key that cannot be opened may need any of them. */
    if (leaf == NULL)
      return true;
    struct cert_list chain = certs_in_order(p12->arena, &all, &leaf->cert);
    if (has(&chain, cert))
      return true;
  }
  return false;
}

/* What the new leaf's chain takes of the file and of what comes with it: a root that is there stays
 * where the new chain ends in it. */
static struct cert_list new_chain(struct pkcs12 *p12, const struct cert_list *chain)
{
  struct cert_list all = pkcs12_certs(p12);
  all.items = arena_grow(p12->arena, all.items, all.count, (size_t)all.count + chain->count,
                         sizeof *all.items);
  for (uint32_t i = 0; i < chain->count; i++)
    all.items[all.count++] = chain->items[i];
  return certs_in_order(p12->arena, &all, &chain->items[0]);
}

/* The old chain goes with its pair, but for what is an entry of its own, what another pair needs,
 * and what the new chain needs too. */
static void drop_chain(struct pkcs12 *p12, const struct bag *key, const struct bag *leaf,
                       const struct cert_list *stays)
{
  struct cert_list all = pkcs12_certs(p12);
  struct cert_list old = certs_in_order(p12->arena, &all, &leaf->cert);
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    struct bag *bag = &p12->bags[i];
    if (bag == leaf || !bag->has_cert || bag->is_nested || pkcs12_stands_alone(bag) ||
        !has(&old, &bag->cert) || has(stays, &bag->cert) || is_needed(p12, key, &bag->cert))
      continue;
    bag->is_dropped = true;
    p12->safes[bag->safe].is_changed = true;
  }
}

/* Behind the header of the object at *at; false where it is none of definite length. */
static bool enter(const unsigned char **at, const unsigned char *end, long *ret_length)
{
  int tag, class;
  int form = ASN1_get_object(at, ret_length, &tag, &class, end - *at);
  return (form & 0x81) == 0;
}

/* What stands behind kind and value of a bag. */
static bool skip_to_attributes(const unsigned char *der, size_t der_bytes,
                               struct text *ret_attributes)
{
  const unsigned char *at = der, *end = der + der_bytes;
  long length;
  bool good = der_bytes > 0 && enter(&at, end, &length);
  for (int i = 0; good && i < 2; i++) {
    good = enter(&at, end, &length);
    at += good ? length : 0;
  }
  if (good)
    *ret_attributes = (struct text){(const char *)at, (size_t)(end - at)};
  return good;
}

/* The attributes of a bag as they stand, or, where the id is missing, with it. ret_bag: what they
 * are a part of, for OPENSSL_free. */
static bool find_attributes(const struct bag *old, const ASN1_OCTET_STRING *id,
                            unsigned char **ret_bag, struct text *ret_attributes)
{
  /* Java pairs key and certificate by this id alone. */
  bool lacks_id = old->id == NULL && id != NULL;
  if (!lacks_id && skip_to_attributes(old->der, old->der_bytes, ret_attributes))
    return true;
  const unsigned char *at = old->der;
  PKCS12_SAFEBAG *copy = d2i_PKCS12_SAFEBAG(NULL, &at, (long)old->der_bytes);
  bool good = copy != NULL &&
              (!lacks_id || PKCS12_add_localkeyid(copy, (unsigned char *)ASN1_STRING_get0_data(id),
                                                  ASN1_STRING_length(id)) == 1);
  int der_bytes = good ? i2d_PKCS12_SAFEBAG(copy, ret_bag) : -1;
  PKCS12_SAFEBAG_free(copy);
  return der_bytes > 0 && skip_to_attributes(*ret_bag, (size_t)der_bytes, ret_attributes);
}

/* The new bag with the old one's attributes; OpenSSL 3.0 cannot set them. */
static bool set_fresh(struct pkcs12 *p12, struct bag *old, const ASN1_OCTET_STRING *id,
                      const PKCS12_SAFEBAG *fresh)
{
  unsigned char *bag = NULL, *der = NULL;
  struct text attributes;
  long body_bytes = 0;
  int der_bytes = i2d_PKCS12_SAFEBAG(fresh, &der);
  const unsigned char *body = der;
  bool good = der_bytes > 0 && enter(&body, der + der_bytes, &body_bytes) &&
              find_attributes(old, id, &bag, &attributes);
  if (good) {
    int inside = (int)body_bytes + (int)attributes.length;
    int whole = ASN1_object_size(1, inside, V_ASN1_SEQUENCE);
    old->fresh = OPENSSL_malloc((size_t)whole);
    unsigned char *at = old->fresh;
    ASN1_put_object(&at, 1, inside, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    memcpy(at, body, (size_t)body_bytes);
    if (attributes.length > 0)
      memcpy(at + body_bytes, attributes.at, attributes.length);
    old->fresh_bytes = whole;
    p12->safes[old->safe].is_changed = true;
  }
  OPENSSL_free(bag);
  OPENSSL_clear_free(der, der_bytes > 0 ? (size_t)der_bytes : 0);
  return good;
}

static PKCS12_SAFEBAG *locked_bag(struct pkcs12 *p12, const struct bag *old,
                                  PKCS8_PRIV_KEY_INFO *open, struct pkcs12_error *ret_error)
{
  const X509_ALGOR *algorithm;
  struct pkcs12_scheme scheme;
  X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(old->parsed), &algorithm, NULL);
  if (!pkcs12_scheme_of(p12, algorithm, &scheme, ret_error))
    return NULL;
  X509_ALGOR *again = pkcs12_scheme_again(&scheme);
  if (again == NULL) {
    failed(p12, ret_error, "the old key is encrypted in a way that is read and not written");
    return NULL;
  }
  X509_SIG *locked = PKCS8_set0_pbe_ex(p12->pass, p12->pass_bytes, open, again, p12->context, NULL);
  if (locked == NULL)
    X509_ALGOR_free(again);
  PKCS12_SAFEBAG *bag = locked == NULL ? NULL : PKCS12_SAFEBAG_create0_pkcs8(locked);
  if (locked != NULL && bag == NULL)
    X509_SIG_free(locked);
  if (bag == NULL)
    failed(p12, ret_error, "the new key cannot be encrypted");
  return bag;
}

/* In the old key's form: encrypted in the same way, or in the clear where the old one was. */
static bool renew_key(struct pkcs12 *p12, struct bag *old, const struct private_key *key,
                      const ASN1_OCTET_STRING *id, struct pkcs12_error *ret_error)
{
  PKCS8_PRIV_KEY_INFO *open = EVP_PKEY2PKCS8(key->pkey);
  PKCS12_SAFEBAG *bag = NULL;
  bool good = false;
  if (open == NULL)
    return failed(p12, ret_error, "the new key cannot be written");
  if (old->kind == BAG_LOCKED_KEY) {
    bag = locked_bag(p12, old, open, ret_error);
  } else {
    bag = PKCS12_SAFEBAG_create0_p8inf(open);
    open = bag == NULL ? open : NULL; /* the bag's own now */
    if (bag == NULL)
      failed(p12, ret_error, "the new key cannot be written");
  }
  if (bag != NULL) {
    good = set_fresh(p12, old, id, bag);
    if (!good)
      failed(p12, ret_error, "the new key cannot be written");
  }
  PKCS12_SAFEBAG_free(bag);
  PKCS8_PRIV_KEY_INFO_free(open);
  return good;
}

static bool renew_leaf(struct pkcs12 *p12, struct bag *old, const struct cert *leaf,
                       const ASN1_OCTET_STRING *id, struct pkcs12_error *ret_error)
{
  X509 *x509 = cert_to_x509(leaf);
  PKCS12_SAFEBAG *bag = x509 == NULL ? NULL : PKCS12_SAFEBAG_create_cert(x509);
  bool good = bag != NULL && set_fresh(p12, old, id, bag);
  PKCS12_SAFEBAG_free(bag);
  X509_free(x509);
  return good || failed(p12, ret_error, "the new certificate cannot be written");
}

/* The intermediates that are not in the file yet, behind the leaf. */
static bool add_chain(struct pkcs12 *p12, struct bag *leaf, const struct cert_list *chain,
                      struct pkcs12_error *ret_error)
{
  struct cert_list there = pkcs12_certs(p12);
  for (uint32_t i = 1; i < chain->count; i++) {
    unsigned char *der = NULL;
    if (has(&there, &chain->items[i]))
      continue;
    X509 *x509 = cert_to_x509(&chain->items[i]);
    PKCS12_SAFEBAG *bag = x509 == NULL ? NULL : PKCS12_SAFEBAG_create_cert(x509);
    int der_bytes = bag == NULL ? -1 : i2d_PKCS12_SAFEBAG(bag, &der);
    if (der_bytes > 0) {
      leaf->behind = OPENSSL_realloc(leaf->behind, leaf->behind_bytes + (size_t)der_bytes);
      memcpy(leaf->behind + leaf->behind_bytes, der, (size_t)der_bytes);
      leaf->behind_bytes += (size_t)der_bytes;
    }
    OPENSSL_free(der);
    PKCS12_SAFEBAG_free(bag);
    X509_free(x509);
    if (der_bytes <= 0)
      return failed(p12, ret_error, "a certificate of the chain cannot be written");
  }
  return true;
}

/* The SafeContents of one part: a SEQUENCE of its bags. OPENSSL_clear_free, *ret_bytes. */
static unsigned char *join_bags(const struct pkcs12 *p12, uint32_t safe, int *ret_bytes)
{
  size_t size_bytes = 0;
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    const struct bag *bag = &p12->bags[i];
    if (bag->safe == safe && !bag->is_nested && !bag->is_dropped)
      size_bytes +=
          (bag->fresh != NULL ? (size_t)bag->fresh_bytes : bag->der_bytes) + bag->behind_bytes;
  }
  int whole =
      size_bytes > INT32_MAX / 2 ? -1 : ASN1_object_size(1, (int)size_bytes, V_ASN1_SEQUENCE);
  unsigned char *bytes = whole <= 0 ? NULL : OPENSSL_malloc((size_t)whole), *at = bytes;
  if (bytes == NULL)
    return NULL;
  ASN1_put_object(&at, 1, (int)size_bytes, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    const struct bag *bag = &p12->bags[i];
    if (bag->safe != safe || bag->is_nested || bag->is_dropped)
      continue;
    size_t own_bytes = bag->fresh != NULL ? (size_t)bag->fresh_bytes : bag->der_bytes;
    memcpy(at, bag->fresh != NULL ? bag->fresh : bag->der, own_bytes);
    at += own_bytes;
    if (bag->behind_bytes > 0)
      memcpy(at, bag->behind, bag->behind_bytes);
    at += bag->behind_bytes;
  }
  *ret_bytes = whole;
  return bytes;
}

static bool put_part(struct pkcs12 *p12, struct safe_part *safe, const unsigned char *plain,
                     int plain_bytes)
{
  if (!safe->is_encrypted)
    return ASN1_OCTET_STRING_set(safe->content->d.data, plain, plain_bytes) == 1;
  PKCS7_ENC_CONTENT *locked = safe->content->d.encrypted->enc_data;
  X509_ALGOR *again = pkcs12_scheme_again(&safe->scheme);
  unsigned char *cipher = NULL;
  int cipher_bytes = 0;
  if (again == NULL)
    return false;
  bool good = PKCS12_pbe_crypt_ex(again, p12->pass, p12->pass_bytes, plain, plain_bytes, &cipher,
                                  &cipher_bytes, 1, p12->context, NULL) != NULL &&
              ASN1_OCTET_STRING_set(locked->enc_data, cipher, cipher_bytes) == 1;
  OPENSSL_free(cipher);
  if (!good) {
    X509_ALGOR_free(again);
    return false;
  }
  X509_ALGOR_free(locked->algorithm);
  locked->algorithm = again;
  return true;
}

/* Digest, iterations and length of the salt are the file's. */
static bool put_mac(struct pkcs12 *p12, PKCS12 *fresh)
{
  enum { SALT_LEAST_BYTES = 8 };
  const ASN1_INTEGER *rounds;
  const X509_ALGOR *algorithm;
  const ASN1_OCTET_STRING *salt;
  const ASN1_OBJECT *digest;
  if (PKCS12_mac_present(p12->parsed) == 0)
    return true;
  PKCS12_get0_mac(NULL, &algorithm, &salt, &rounds, p12->parsed);
  X509_ALGOR_get0(&digest, NULL, NULL, algorithm);
  int salt_bytes = ASN1_STRING_length(salt);
  return PKCS12_set_mac(fresh, p12->pass, p12->pass_bytes, NULL,
                        salt_bytes < SALT_LEAST_BYTES ? SALT_LEAST_BYTES : salt_bytes,
                        rounds == NULL ? 1 : (int)ASN1_INTEGER_get(rounds),
                        EVP_get_digestbyobj(digest)) == 1;
}

static struct secret *put_together(struct pkcs12 *p12, struct pkcs12_error *ret_error)
{
  unsigned char *der = NULL;
  int der_bytes = -1;
  for (uint32_t i = 0; i < p12->safe_count; i++) {
    int plain_bytes = 0;
    if (!p12->safes[i].is_changed)
      continue;
    unsigned char *plain = join_bags(p12, i, &plain_bytes);
    bool good = plain != NULL && put_part(p12, &p12->safes[i], plain, plain_bytes);
    OPENSSL_clear_free(plain, (size_t)plain_bytes);
    if (!good) {
      failed(p12, ret_error, "a part of it is encrypted in a way that is read and not written");
      return NULL;
    }
  }
  PKCS12 *fresh = PKCS12_init_ex(NID_pkcs7_data, p12->context, NULL);
  if (fresh != NULL && PKCS12_pack_authsafes(fresh, p12->parts) == 1 && put_mac(p12, fresh))
    der_bytes = i2d_PKCS12(fresh, &der);
  PKCS12_free(fresh);
  struct secret *file = der_bytes <= 0 ? NULL : secret_copy(der, (size_t)der_bytes);
  OPENSSL_clear_free(der, der_bytes <= 0 ? 0 : (size_t)der_bytes);
  if (file == NULL)
    failed(p12, ret_error,
           der_bytes > SECRET_LIMIT_BYTES ? "the new file is too large"
                                          : "the new file cannot be made");
  return file;
}

/* The outermost bags that came from the old file, in order; NULL at the end. */
static const struct bag *next_kept(const struct pkcs12 *p12, uint32_t *at)
{
  while (*at < p12->bag_count) {
    const struct bag *bag = &p12->bags[(*at)++];
    if (!bag->is_nested && !bag->is_dropped && bag->fresh == NULL)
      return bag;
  }
  return NULL;
}

/* Every kept bag is in the new file, byte by byte and in the same order; nothing else is, but what
 * was put there. */
static bool is_as_meant(const struct pkcs12 *p12, const struct pkcs12 *written)
{
  uint32_t old_at = 0, known = 0, added = 0;
  const struct bag *kept = next_kept(p12, &old_at);
  for (uint32_t i = 0; i < written->bag_count; i++) {
    const struct bag *bag = &written->bags[i];
    if (bag->is_nested)
      continue;
    known++;
    if (kept != NULL && kept->der_bytes == bag->der_bytes &&
        memcmp(kept->der, bag->der, bag->der_bytes) == 0)
      kept = next_kept(p12, &old_at);
    else
      added++;
  }
  uint32_t fresh = 0, put = 0;
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    fresh += p12->bags[i].fresh != NULL;
    put += p12->bags[i].behind_bytes > 0;
  }
  return kept == NULL && added >= fresh && (put > 0 || added == fresh) && known >= added;
}

static struct secret *finish(struct pkcs12 *p12, struct text alias, const struct private_key *key,
                             const struct cert *leaf, struct pkcs12_error *ret_error)
{
  struct secret *file = put_together(p12, ret_error);
  if (file == NULL)
    return NULL;
  struct secret *password = NULL;
  if (p12->password != NULL)
    password = secret_copy(p12->pass, (size_t)p12->pass_bytes);
  struct pkcs12_error error = {0};
  struct text bytes = {(const char *)secret_view(file), secret_size_bytes(file)};
  struct pkcs12 *written = pkcs12_open(p12->arena, bytes, password, &error);
  struct private_key *key_there = NULL;
  struct cert_list chain = {0};
  bool good = written != NULL && is_as_meant(p12, written);
  if (good && key != NULL)
    good = pkcs12_read_pair(written, alias, &key_there, &chain, &error) &&
           key_same_public(key, key_there) && cert_same(&chain.items[0], leaf);
  key_free(key_there);
  pkcs12_free(written);
  secret_free(password);
  if (good)
    return file;
  secret_free(file);
  pkcs12_fail(
      ret_error, PKCS12_NOT_OURS,
      text_format(p12->arena,
                  "the new file would not hold what it should, so nothing was written%s%.*s",
                  error.says.length == 0 ? "" : ": ", TEXT_ARG(error.says)),
      "please keep a copy of the file and report this");
  return NULL;
}

static bool find_pair(struct pkcs12 *p12, struct text alias, struct bag **ret_key,
                      struct bag **ret_leaf, struct pkcs12_error *ret_error)
{
  struct bag *key = pkcs12_find(p12, alias, ret_error);
  struct bag *leaf = key == NULL ? NULL : pkcs12_leaf_of(p12, key);
  if (key == NULL)
    return false;
  if (leaf == NULL)
    return pkcs12_fail(ret_error, PKCS12_NO_PAIR,
                       text_format(p12->arena,
                                   "no certificate of it belongs to the key under `%.*s`",
                                   TEXT_ARG(alias)),
                       NULL);
  if (key->is_nested || leaf->is_nested)
    return pkcs12_fail(ret_error, PKCS12_NOT_OURS,
                       text_format(p12->arena,
                                   "the pair under `%.*s` lies in a safe inside another safe",
                                   TEXT_ARG(alias)),
                       "make the file again without nesting: keytool -importkeystore");
  *ret_key = key;
  *ret_leaf = leaf;
  return true;
}

struct secret *pkcs12_replace(struct pkcs12 *p12, struct text alias, const struct private_key *key,
                              const struct cert_list *chain, struct pkcs12_error *ret_error)
{
  unsigned char sha1[SHA_DIGEST_LENGTH];
  struct bag *old_key, *old_leaf;
  struct secret *file = NULL;
  if (!find_pair(p12, alias, &old_key, &old_leaf, ret_error))
    return NULL;
  ASN1_OCTET_STRING *made = ASN1_OCTET_STRING_new();
  const ASN1_OCTET_STRING *id = old_key->id != NULL ? old_key->id : old_leaf->id;
  SHA1((const unsigned char *)chain->items[0].der.at, chain->items[0].der.length, sha1);
  if (made != NULL && id == NULL && ASN1_OCTET_STRING_set(made, sha1, sizeof sha1) == 1)
    id = made;
  struct cert_list stays = new_chain(p12, chain);
  drop_chain(p12, old_key, old_leaf, &stays);
  if (renew_key(p12, old_key, key, id, ret_error) &&
      renew_leaf(p12, old_leaf, &chain->items[0], id, ret_error) &&
      add_chain(p12, old_leaf, chain, ret_error))
    file = finish(p12, alias, key, &chain->items[0], ret_error);
  ASN1_OCTET_STRING_free(made);
  return file;
}

struct secret *pkcs12_remove(struct pkcs12 *p12, struct text alias, struct pkcs12_error *ret_error)
{
  static const struct cert_list none = {0};
  struct bag *key, *leaf;
  if (!find_pair(p12, alias, &key, &leaf, ret_error))
    return NULL;
  drop_chain(p12, key, leaf, &none);
  key->is_dropped = leaf->is_dropped = true;
  p12->safes[key->safe].is_changed = p12->safes[leaf->safe].is_changed = true;
  return finish(p12, alias, NULL, NULL, ret_error);
}

/* The next outermost bag that is no part of the pair; NULL at the end. */
static const struct bag *next_other(const struct pkcs12 *p12, const struct bag *key,
                                    const struct bag *leaf, const struct cert_list *chain,
                                    uint32_t *at)
{
  while (*at < p12->bag_count) {
    const struct bag *bag = &p12->bags[(*at)++];
    bool is_its = bag == key || bag == leaf ||
                  (bag->has_cert && !pkcs12_stands_alone(bag) && has(chain, &bag->cert));
    if (!bag->is_nested && !is_its)
      return bag;
  }
  return NULL;
}

bool pkcs12_same_others(struct pkcs12 *a, struct pkcs12 *b, struct text alias)
{
  struct pkcs12 *both[2] = {a, b};
  struct bag *key[2], *leaf[2];
  struct cert_list chain[2];
  uint32_t at[2] = {0, 0};
  struct pkcs12_error ignored;
  for (int i = 0; i < 2; i++) {
    if (!find_pair(both[i], alias, &key[i], &leaf[i], &ignored) || both[i]->closed_part.length != 0)
      return false;
    struct cert_list all = pkcs12_certs(both[i]);
    chain[i] = certs_in_order(both[i]->arena, &all, &leaf[i]->cert);
  }
  for (;;) {
    const struct bag *one = next_other(a, key[0], leaf[0], &chain[0], &at[0]);
    const struct bag *other = next_other(b, key[1], leaf[1], &chain[1], &at[1]);
    if (one == NULL || other == NULL)
      return one == other;
    if (one->der_bytes != other->der_bytes || memcmp(one->der, other->der, one->der_bytes) != 0)
      return false;
  }
}
