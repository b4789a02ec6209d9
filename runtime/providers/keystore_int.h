/* SPDX-License-Identifier: Apache-2.0 */
/* keystore_int: what the files of the keystore share. */
#ifndef RENEW_PROVIDERS_KEYSTORE_INT_H
#define RENEW_PROVIDERS_KEYSTORE_INT_H

#include "runtime/providers/keystore.h"

/* keystore_folder.c: a new gen-N, then the link. `shown`: leaf and chain without root. */
enum file_change keystore_write_generation(const struct call *call, const struct keystore *keystore,
                                           const struct secret *key_pem,
                                           const struct cert_list *shown, struct text *ret_error);
/* Removes generations that are not current, but the newest `keep` of them. */
void keystore_prune_generations(const struct call *call, const struct keystore *keystore,
                                int64_t keep_count);

/* keystore_pkcs12.c */
enum file_found keystore_read_pkcs12(const struct call *call, const struct keystore *keystore,
                                     const struct secret *password, struct pair *ret_pair,
                                     struct answer *answer);
enum file_change keystore_write_pkcs12(const struct call *call, const struct keystore *keystore,
                                       const struct cert *expected, const struct pair *pair,
                                       const struct secret *password, struct answer *answer);
/* Whether the backup of this run holds what the file holds but for the pair: then its bytes may take
 * the file's place. */
bool keystore_backup_fits(const struct call *call, const struct keystore *keystore,
                          const struct secret *password);
/* keystore_backup.c: PATH.bak-RUN */
const char *keystore_backup_path(const struct call *call, const char *path);

#endif
