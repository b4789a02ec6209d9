/* SPDX-License-Identifier: Apache-2.0 */
/* person: what is asked of a person, in words that may say more than the step's own sentence. */
#ifndef RENEW_PROVIDERS_PERSON_H
#define RENEW_PROVIDERS_PERSON_H

#include "runtime/providers/provider.h"

/* WAIT; the role hears of it by its own carrier, once. The answer's help is the command that confirms. */
enum outcome person_ask(const struct call *call, struct text words, struct answer *ret_answer);

#endif
