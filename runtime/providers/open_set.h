/* SPDX-License-Identifier: Apache-2.0 */
/* open_set: the elements of a set that only a remote system knows, compared with those of the plan. */
#ifndef RENEW_PROVIDERS_OPEN_SET_H
#define RENEW_PROVIDERS_OPEN_SET_H

#include "runtime/providers/provider.h"

/* list: one name a line. DONE, or REFUSED naming what is there and not expected, and what is missing. */
enum outcome open_set_compare(const struct call *call, struct text list, struct answer *ret_answer);

#endif
