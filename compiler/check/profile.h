/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile: what an organisation demands of every plan. The checker reads it; renew.conf fills it.
 * Not a setting of a plan: a plan cannot loosen what it is judged by.
 *
 * profile_default is what holds where nobody wrote one; each value has its source beside it.
 */
#ifndef RENEW_CHECK_PROFILE_H
#define RENEW_CHECK_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

struct profile {
  int64_t rsa_min;            /* bits; fewer are E0701 */
  int64_t rsa_recommended;    /* bits; fewer are W0702 */
  int64_t max_validity_s;     /* of a certificate (W0716); 0 = only what its authority allows */
  int64_t max_key_validity_s; /* of a service key (W0912); 0 = no limit */
  bool change_number_required;
};

extern const struct profile profile_default;

#endif
