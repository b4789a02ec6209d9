/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carrier: how a letter reaches a role: a file (console: the run's outbox; file: a folder of the
 * role's), a mail, or a call of a webhook.
 *
 * (1) Carried = durable there, or taken by the mail server (250), or answered with 2xx.
 * (2) What was carried is noted beside the letter in the outbox (NAME.to-ROLE), durably: it is not
 *     carried again. Between the carrier's answer and the note the process may die: then the letter
 *     goes out twice with the same Message-ID (mail) and Idempotency-Key (webhook).
 */
#ifndef RENEW_PROVIDERS_CARRIER_H
#define RENEW_PROVIDERS_CARRIER_H

#include "runtime/providers/letter.h"

/* Whether renew itself can reach the role; a mail needs a server in renew.conf, else a person sends
 * it. role: a resource. */
bool carrier_reaches(const struct world *world, const struct graph *graph, uint32_t role);
/* Whether the note of (2) is there; *ret_says (NULL is legal): what the carrier said then. */
bool carrier_is_done(const struct call *call, uint32_t role, struct text name,
                     struct text *ret_says);
/* OUTCOME_DONE, or why not. name: of the letter's files, without suffix. */
enum outcome carrier_carry(const struct call *call, uint32_t role, const struct letter *letter,
                           struct text name, struct answer *answer);

#endif
