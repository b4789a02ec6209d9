/* SPDX-License-Identifier: Apache-2.0 */
/* preview: what a live dry run remembers, so that what it pretended is seen afterwards. */
#ifndef RENEW_PROVIDERS_PREVIEW_H
#define RENEW_PROVIDERS_PREVIEW_H

#include "runtime/providers/provider.h"

struct preview;

/* For one pretended run of the graph; lives in the arena. */
struct preview *preview_new(struct arena *arena, const struct graph *graph);

#endif
