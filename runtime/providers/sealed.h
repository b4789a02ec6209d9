/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed: what `gives sealed THING to ROLE` hands over: the private parts of a pair or a service key, in
 * an envelope (runtime/crypto/seal.h) that only the receiving roles can open (`seal-to`).
 *
 * (1) In the clear it stands in struct secret only, until it is sealed.
 * (2) Only the certificate that the plan declares for the role opens it; a role without one is E0515.
 */
#ifndef RENEW_PROVIDERS_SEALED_H
#define RENEW_PROVIDERS_SEALED_H

#include "runtime/providers/step.h"

/* Whether renew itself has what is to be handed over: pairs of its safe, keys on Cloud Foundry. */
bool sealed_can(const struct graph *graph, const struct step *step);
/* The envelopes, one a thing, and what they are for the receiver. OUTCOME_DONE, or why not. */
enum outcome sealed_make(const struct call *call, struct text *ret_pem, struct text *ret_lines,
                         struct answer *answer);
/* Adds a finding where a receiver's certificate cannot be read. */
void sealed_prepare(const struct call *call, struct diag_list *diags);

#endif
