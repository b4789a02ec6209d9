/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs12_list: what is in a PKCS#12 file, for people. */
#include <openssl/err.h>

#include "runtime/crypto/pkcs12_int.h"

static struct pkcs12_entry pair_of(struct pkcs12 *p12, struct bag *bag, const struct cert_list *all)
{
  struct pkcs12_error ignored;
  struct pkcs12_entry entry = {.kind = PKCS12_PAIR, .alias = bag->alias, .key = TEXT("")};
  EVP_PKEY *pkey = pkcs12_open_key(p12, bag, &ignored);
  const struct bag *leaf = pkcs12_leaf_of(p12, bag);
  struct private_key key = {pkey};
  if (pkey != NULL)
    entry.key = key_describe(p12->arena, &key);
  if (leaf == NULL)
    return entry;
  if (entry.alias.at == NULL)
    entry.alias = leaf->alias;
  entry.chain = certs_in_order(p12->arena, all, &leaf->cert);
  entry.belongs_together = pkey != NULL && cert_matches_key(&leaf->cert, &key);
  return entry;
}

static bool is_in_a_chain(const struct pkcs12_entry *entries, uint32_t count,
                          const struct cert *cert)
{
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t j = 0; entries[i].kind == PKCS12_PAIR && j < entries[i].chain.count; j++)
      if (cert_same(&entries[i].chain.items[j], cert))
        return true;
  return false;
}

static bool describe(struct pkcs12 *p12, const struct bag *bag, struct pkcs12_entry *ret_entry)
{
  struct pkcs12_entry entry = {.alias = bag->alias, .key = TEXT("")};
  switch (bag->kind) {
  case BAG_CERT:
    entry.kind = bag->has_cert ? PKCS12_CERT : PKCS12_OPAQUE;
    if (bag->has_cert) {
      entry.chain.items = arena_array(p12->arena, 1, sizeof(struct cert));
      entry.chain.items[entry.chain.count++] = bag->cert;
    }
    break;
  case BAG_SECRET:
    entry.kind = PKCS12_SECRET;
    break;
  case BAG_CRL:
    entry.kind = PKCS12_CRL;
    break;
  case BAG_OTHER:
    entry.kind = PKCS12_OPAQUE;
    break;
  case BAG_NEST:
  case BAG_KEY:
  case BAG_LOCKED_KEY:
    return false;
  }
  *ret_entry = entry;
  return true;
}

void pkcs12_list(struct pkcs12 *p12, struct pkcs12_entry **ret_entries, uint32_t *ret_count)
{
  struct pkcs12_entry *entries =
      arena_array(p12->arena, (size_t)p12->bag_count + 1, sizeof *entries);
  struct cert_list all = pkcs12_certs(p12);
  uint32_t count = 0, pair_count;
  for (uint32_t i = 0; i < p12->bag_count; i++)
    if (pkcs12_is_key(&p12->bags[i])) {
      entries[count] = pair_of(p12, &p12->bags[i], &all);
      entries[count++].is_nested = p12->bags[i].is_nested;
    }
  pair_count = count;
  for (uint32_t i = 0; i < p12->bag_count; i++) {
    const struct bag *bag = &p12->bags[i];
    bool is_told =
        bag->has_cert && !bag->is_trusted && is_in_a_chain(entries, pair_count, &bag->cert);
    if (is_told || !describe(p12, bag, &entries[count]))
      continue;
    entries[count].is_trusted = bag->is_trusted;
    entries[count++].is_nested = bag->is_nested;
  }
  *ret_entries = entries;
  *ret_count = count;
}

struct text pkcs12_protection(const struct pkcs12 *p12)
{
  struct text words = TEXT_NONE;
  for (uint32_t i = 0; i < p12->safe_count && words.length == 0; i++)
    if (p12->safes[i].is_encrypted && p12->safes[i].is_open)
      words = pkcs12_scheme_text(p12->arena, &p12->safes[i].scheme);
  if (words.length == 0)
    words = TEXT("certificates in the clear");
  if (PKCS12_mac_present(p12->parsed) == 0)
    return text_format(p12->arena, "%.*s; no MAC", TEXT_ARG(words));
  const ASN1_INTEGER *rounds;
  const X509_ALGOR *algorithm;
  const ASN1_OBJECT *digest;
  PKCS12_get0_mac(NULL, &algorithm, NULL, &rounds, p12->parsed);
  X509_ALGOR_get0(&digest, NULL, NULL, algorithm);
  return text_format(p12->arena, "%.*s; MAC %s, %ld iterations", TEXT_ARG(words),
                     OBJ_nid2sn(OBJ_obj2nid(digest)),
                     rounds == NULL ? 1L : ASN1_INTEGER_get(rounds));
}
