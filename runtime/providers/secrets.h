/* SPDX-License-Identifier: Apache-2.0 */
/* secrets: the value of a declared `secret`, from its source. */
#ifndef RENEW_PROVIDERS_SECRETS_H
#define RENEW_PROVIDERS_SECRETS_H

#include "runtime/crypto/secret.h"
#include "runtime/providers/step.h"

struct prompts; /* what was typed, until the process ends: nobody is asked twice */

struct prompts *prompts_new(struct arena *arena);
void prompts_free(struct prompts *prompts); /* cleanses; NULL is legal */

/* NULL with a code (E1007, E1009, E1011) and a reason. resource: the declaration of the secret. */
struct secret *secret_of(const struct call *call, uint32_t resource, enum diag_code *ret_code,
                         struct text *ret_error);
/* Asks at the terminal, without echo. NULL with a reason, also where nobody may be asked. */
struct secret *secret_ask(const struct call *call, struct text question, struct text *ret_error);
/* One that renew.conf names: a file, or where that is NULL a credential of systemd. */
struct secret *secret_of_place(const struct call *call, const char *file, struct text credential,
                               struct text *ret_error);
/* The secret in that slot of a key. *ret_secret = NULL where none is declared: no failure. */
bool secret_of_setting(const struct call *call, uint32_t resource, enum key key, uint32_t slot,
                       struct secret **ret_secret, struct answer *answer);
/* Nobody knows it before the step that needs it: it is typed, or (world.starts_nothing) printed by a
 * program that is not started. INDEX_NONE is legal. */
bool secret_is_later(const struct call *call, uint32_t resource);
/* Finds it now and forgets it, or adds the finding; nobody is asked. resource: INDEX_NONE is
 * legal. */
void secret_prepare(const struct call *call, uint32_t resource, struct diag_list *diags);

#endif
