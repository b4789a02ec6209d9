/* SPDX-License-Identifier: Apache-2.0 */
/*
 * safe: the run's own keeping place, STATE/keys/RUN: new pairs between `creates` and `replaces`,
 * and the old pairs that were bound when the run began.
 *
 *   client.new.key   PKCS#8, encrypted with the keystore's secret where it has one
 *   client.new.csr   the request
 *   client.new.pem   the certificate, its chain, its root where it is known
 *   client.old.key, client.old.pem   the pair as it was when the run began
 *
 * (1) Files are 0600 in folders of 0700. A key is durable before anything made of it leaves.
 * (2) Nothing here is ever made twice: what is there is used.
 * (3) Of an old pair the .pem is written last: where it is, the pair is whole and bound.
 */
#ifndef RENEW_PROVIDERS_SAFE_H
#define RENEW_PROVIDERS_SAFE_H

#include "runtime/crypto/cert.h"
#include "runtime/crypto/key.h"
#include "runtime/providers/file.h"
#include "runtime/providers/step.h"

/* A pair in hand. chain: leaf first; with the root at its end where it is known. */
struct pair {
  struct private_key *key;
  struct cert_list chain;
};

void pair_free(struct pair *pair); /* the key; NULL is legal */

/* name: "client.new". FILE_UNREADABLE with a reason, also for a wrong password. */
enum file_found safe_read_key(const struct call *call, struct text name,
                              const struct secret *password, struct private_key **ret_key,
                              struct text *ret_error);
bool safe_write_key(const struct call *call, struct text name, const struct private_key *key,
                    const struct secret *password, struct text *ret_error);
/* The chain of the name, in order; FILE_MISSING where it was not signed or not bound yet. */
enum file_found safe_read_chain(const struct call *call, struct text name,
                                struct cert_list *ret_chain, struct text *ret_error);
bool safe_write_chain(const struct call *call, struct text name, const struct cert_list *chain,
                      struct text *ret_error);
/* Both, with the password of the certificate's keystore. The answer says what is missing. */
bool safe_read_pair(const struct call *call, const struct argument *argument, struct pair *ret_pair,
                    struct answer *answer);
/* The password of the keystore of a certificate; NULL in *ret_password where it has none. */
bool safe_password(const struct call *call, uint32_t certificate, struct secret **ret_password,
                   struct answer *answer);
const char *safe_path(const struct call *call, struct text name, const char *ending);
bool safe_make_folder(const struct call *call, struct text *ret_error);
/* Overwrites and removes all of it. */
void safe_wipe(const struct call *call);

#endif
