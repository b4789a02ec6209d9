/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness: the certificate of a proof: the orders of two steps on which the plan's safety rests, each
 * with the way on which the one learns of the other. compiler/verify checks it, and shares nothing with
 * this.
 */
#ifndef RENEW_PROVE_WITNESS_H
#define RENEW_PROVE_WITNESS_H

#include "compiler/prove/prove.h"
#include "compiler/verify/verify.h"

/*
 * Puts the certificate into the graph that was proven, and has it checked. False (with E1123 or E0624)
 * where it cannot be made or does not check: then the plan must not be taken for proven.
 */
bool witness_write(const struct proof *proof, struct graph *graph, struct diag_list *diags,
                   struct proven_graph *ret_proven);

#endif
