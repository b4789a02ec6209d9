/* SPDX-License-Identifier: Apache-2.0 */
/* chain: see chain.h. */
#include "compiler/pki/chain.h"

static bool has_cert(const struct cert_list *list, const struct cert *cert)
{
  for (uint32_t i = 0; i < list->count; i++)
    if (cert_same(&list->items[i], cert))
      return true;
  return false;
}

static bool issued_another(const struct cert_list *certs, const struct cert *cert)
{
  for (uint32_t i = 0; i < certs->count; i++)
    if (!cert_same(&certs->items[i], cert) && cert_issued_by(&certs->items[i], cert))
      return true;
  return false;
}

bool chain_make(struct arena *arena, const struct cert_list *certs, struct chain *ret_chain)
{
  struct cert_list once = {.items = arena_array(arena, CHAIN_MAX, sizeof *once.items)};
  *ret_chain = (struct chain){0};
  for (uint32_t i = 0; i < certs->count; i++) {
    if (has_cert(&once, &certs->items[i])) {
      ret_chain->repeated = true;
      continue;
    }
    if (once.count == CHAIN_MAX)
      return false;
    once.items[once.count++] = certs->items[i];
  }
  const struct cert *leaf = NULL;
  for (uint32_t i = 0; i < once.count; i++) {
    if (once.items[i].is_ca || issued_another(&once, &once.items[i]))
      continue;
    if (leaf == NULL)
      leaf = &once.items[i];
    else if (ret_chain->second_leaf == NULL)
      ret_chain->second_leaf = &once.items[i];
  }
  ret_chain->ordered = certs_in_order(arena, &once, leaf);
  return once.count != 0;
}

enum chain_end chain_ends(const struct chain *chain, const struct cert_list *trusted)
{
  const struct cert_list *ordered = &chain->ordered;
  for (uint32_t i = 0; i < ordered->count; i++)
    for (uint32_t j = 0; j < trusted->count; j++)
      if (cert_same(&ordered->items[i], &trusted->items[j]) ||
          cert_issued_by(&ordered->items[i], &trusted->items[j]))
        return CHAIN_TRUSTED;
  const struct cert *last = &ordered->items[ordered->count - 1];
  return last->self_signed ? CHAIN_OTHER_ROOT : CHAIN_INCOMPLETE;
}

const struct cert *certs_last_valid(const struct cert_list *certs)
{
  const struct cert *last = NULL;
  for (uint32_t i = 0; i < certs->count; i++)
    if (last == NULL || certs->items[i].not_after_s > last->not_after_s)
      last = &certs->items[i];
  return last;
}
