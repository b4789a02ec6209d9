/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demands: whether a plan does what a renew.conf forbids. The repository's is asked when a plan is
 * checked, the machine's before a run begins; a compiled plan may come from anywhere.
 */
#ifndef RENEW_GRAPH_DEMANDS_H
#define RENEW_GRAPH_DEMANDS_H

#include "compiler/base/source.h"
#include "compiler/check/configuration.h"
#include "compiler/graph/graph.h"

/* E1012 for each step whose verb is forbidden. sources: NULL where the texts are not at hand. */
void demands_judge_verbs(const struct graph *graph, const struct configuration *conf,
                         const struct source_set *sources, struct diag_list *diags);
/* E1012 for what the profile demands: bits of RSA keys, validity, the change number. The checker
 * judges the texts themselves; this is for a compiled plan on another machine. */
void demands_judge_profile(const struct graph *graph, const struct configuration *conf,
                           struct diag_list *diags);

#endif
