/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore: a keystore in files, PEM in one of three forms or PKCS#12, read and replaced as one
 * thing.
 *
 *   file     one file: key, leaf, chain. Replaced by one rename: no reader ever meets a half pair
 *   folder   FOLDER/current is a link to FOLDER/gen-N with key.pem, cert.pem (leaf and chain) and
 *            chain.pem (the chain alone). A new generation is complete before the link is replaced
 *   loose    two files. They cannot be replaced together: both new ones are complete beside them,
 *            then the key is renamed, then the certificate. Between the two renames the pair does
 *            not belong together; keystore_see calls that KEYSTORE_BETWEEN, and writing again ends
 *            it
 *   pkcs12   one file with many entries, of which one pair is ours (keystore_pkcs12.c)
 *
 * (1) A key is encrypted where the keystore has a password, and never more open than the old file
 *     was.
 * (2) The chain is written without its root.
 */
#ifndef RENEW_PROVIDERS_KEYSTORE_H
#define RENEW_PROVIDERS_KEYSTORE_H

#include "runtime/providers/safe.h"

enum keystore_form { KEYSTORE_FILE, KEYSTORE_FOLDER, KEYSTORE_LOOSE, KEYSTORE_PKCS12 };

struct keystore {
  enum keystore_form form;
  uint32_t resource;
  const char *path;      /* what messages name: the file, the folder, the certificate's file */
  const char *cert_path; /* where the certificate is read */
  const char *key_path;  /* where the key is read; = cert_path for a file */
  struct text alias;     /* pkcs12: of the certificate; TEXT_NONE for the store as a whole */
};

enum keystore_sight {
  KEYSTORE_NEW,     /* the wanted pair, key and certificate */
  KEYSTORE_OLD,     /* the pair that was bound */
  KEYSTORE_BETWEEN, /* one half of each: our own write was cut off */
  KEYSTORE_EMPTY,   /* no file, or nothing under the alias */
  KEYSTORE_FOREIGN, /* another certificate, or a key that does not belong to it */
  KEYSTORE_UNREADABLE
};

/* certificate: whose alias is meant; INDEX_NONE for the store as a whole. False with a reason where
 * the declaration names no place. */
bool keystore_open(const struct call *call, uint32_t resource, uint32_t certificate,
                   struct keystore *ret_keystore, struct text *ret_error);
/* The chain in place for a certificate, with the store's password only where the plan may use its
 * secrets (a live dry run may not). FILE_MISSING with words where it has no keystore of ours. */
enum file_found keystore_look(const struct call *call, uint32_t certificate,
                              struct cert_list *ret_chain, struct answer *answer);
/* Whether a keystore of that resource is one of these: in files. */
bool keystore_is_ours(const struct graph *graph, uint32_t resource);
/* The chain in place, leaf first. Of PEM without a look at the key: the password is not used. What
 * is wrong is in the answer: words, code and help; FILE_MISSING also where nothing is under the
 * alias. */
enum file_found keystore_read_chain(const struct call *call, const struct keystore *keystore,
                                    const struct secret *password, struct cert_list *ret_chain,
                                    struct answer *answer);
enum file_found keystore_read_pair(const struct call *call, const struct keystore *keystore,
                                   const struct secret *password, struct pair *ret_pair,
                                   struct answer *answer);
/* expected: pkcs12, the leaf that is replaced, compared under the lock; NULL takes whatever is
 * there. */
enum file_change keystore_write_pair(const struct call *call, const struct keystore *keystore,
                                     const struct cert *expected, const struct pair *pair,
                                     const struct secret *password, struct answer *answer);
/* Takes the pair out of a pkcs12. */
enum file_change keystore_drop_pair(const struct call *call, const struct keystore *keystore,
                                    const struct cert *expected, const struct secret *password,
                                    struct answer *answer);
/* Which of two leaves is in place; either may be NULL. The answer says it in words. */
enum keystore_sight keystore_see(const struct call *call, const struct keystore *keystore,
                                 const struct cert *old, const struct cert *wanted,
                                 struct answer *answer);

/* PATH.bak-RUN, 0600; once a run. A folder keeps its generations instead. */
bool keystore_back_up(const struct call *call, const struct keystore *keystore,
                      struct text *ret_error);
/* The backup's bytes back in place. FILE_MISSING without a backup of this run. */
enum file_found keystore_restore(const struct call *call, const struct keystore *keystore,
                                 struct text *ret_error);
bool keystore_has_backup(const struct call *call, const struct keystore *keystore);
/* At the end of a run: keeps the newest `keep backups N` of them (none without). */
void keystore_prune(const struct call *call, const struct keystore *keystore);

#endif
