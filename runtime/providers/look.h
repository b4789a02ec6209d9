/* SPDX-License-Identifier: Apache-2.0 */
/* look: which checks renew can make by itself. */
#ifndef RENEW_PROVIDERS_LOOK_H
#define RENEW_PROVIDERS_LOOK_H

#include "compiler/graph/graph.h"

bool look_can(const struct graph *graph, const struct step *step);

#endif
