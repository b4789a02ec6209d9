/* SPDX-License-Identifier: Apache-2.0 */
/* keystore_int: what the files of the PEM keystore share. */
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

#endif
