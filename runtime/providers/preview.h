/* SPDX-License-Identifier: Apache-2.0 */
/* preview: how much of a step a dry run knows. */
#ifndef RENEW_PROVIDERS_PREVIEW_H
#define RENEW_PROVIDERS_PREVIEW_H

#include "runtime/providers/provider.h"

/* live: probes may look at local files and addresses. */
enum fidelity preview_fidelity(const struct graph *graph, const struct step *step, bool live);

#endif
