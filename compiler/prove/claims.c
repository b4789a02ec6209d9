/* SPDX-License-Identifier: Apache-2.0 */
/* claims: what the verdict rests on: obligations, and the assumptions A1 to A17 with what stands behind
 * each of them in this plan. */
#include "compiler/prove/prove_int.h"

void state_claims(struct proving *p, struct proof *proof)
{
  (void)p;
  (void)proof;
}
