/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain: the certificates of one file as a chain, and where it ends. Judges what a plan's files say;
 * not a verification of a handshake, which the peer does with its own rules.
 *
 * (1) A certificate that stands twice counts once; `repeated` says that it did.
 * (2) Order in the file is of no account: the chain begins with the leaf.
 * (3) Two different leaves are no chain; nobody can know which one is meant.
 */
#ifndef RENEW_PKI_CHAIN_H
#define RENEW_PKI_CHAIN_H

#include "compiler/pki/cert.h"

enum { CHAIN_MAX = 32 }; /* a chain is two to five; more is a bundle of roots, named by mistake */

struct chain {
  struct cert_list ordered;       /* the leaf first */
  bool repeated;                  /* a certificate stood twice */
  const struct cert *second_leaf; /* NULL: there is one */
};

enum chain_end {
  CHAIN_TRUSTED,    /* it leads to one of the trusted */
  CHAIN_OTHER_ROOT, /* it ends with a root that is none of them */
  CHAIN_INCOMPLETE  /* its last certificate's issuer is in neither */
};

/* False where there are none, or more than CHAIN_MAX different ones. */
bool chain_make(struct arena *arena, const struct cert_list *certs, struct chain *ret_chain);
enum chain_end chain_ends(const struct chain *chain, const struct cert_list *trusted);
/* The one that was last valid of them all: a list that is over as a whole. NULL for an empty list. */
const struct cert *certs_last_valid(const struct cert_list *certs);

#endif
