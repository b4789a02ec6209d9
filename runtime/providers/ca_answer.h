/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_answer: what an authority gave back, judged before it is believed. Used by every protocol whose
 * answer comes from outside.
 *
 * (1) It must be for the run's own key, have the asked subject, be valid now, and be good for clients.
 * (2) Its issuer must be known: in the answer, in the old chain, or among the roots that the plan names.
 *     A leaf without its intermediate is refused everywhere, but only later.
 */
#ifndef RENEW_PROVIDERS_CA_ANSWER_H
#define RENEW_PROVIDERS_CA_ANSWER_H

#include "runtime/crypto/cert.h"
#include "runtime/crypto/key.h"
#include "runtime/providers/step.h"

/* The key of the certificate, out of the run's safe. */
bool ca_answer_key(const struct call *call, const struct argument *wanted,
                   struct private_key **ret_key, struct answer *answer);
/* PEM with whatever around it, DER, or PKCS#7. False: it holds no certificate. */
bool ca_answer_read(const struct call *call, struct text bytes, struct cert_list *ret_certs,
                    struct text *ret_error);
/* The certificate of that key; NULL without. */
const struct cert *ca_answer_leaf(const struct cert_list *certs, const struct private_key *key);
/* Judges the bytes and puts the chain into the safe: DONE, or REFUSED with reason and way out. from:
 * whose answer it is, for people: "answer.pem". */
enum outcome ca_answer_take(const struct call *call, const struct argument *wanted,
                            const struct private_key *key, struct text bytes, const char *from,
                            struct answer *answer);
/* Whether the safe has the chain. */
enum observation ca_answer_probe(const struct call *call, struct answer *ret_answer);

#endif
