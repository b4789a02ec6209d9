/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configuration: renew.conf, written in the language of plans; its keys are the kinds CONFIGURATION
 * and PROFILE of grammar/keys.def. There are two of them, and they do not say the same:
 *
 *   the repository's  renew.conf at its root: what is demanded of the plans, reviewed with them
 *   the machine's     outside of every repository: also what plans may run, and how this machine
 *                     reaches others
 *
 * (1) A repository never allows a command, names a program or a way to the network: whoever may edit
 *     a plan could then do it.
 * (2) Reading is all: nothing is opened, run or resolved here.
 */
#ifndef RENEW_CHECK_CONFIGURATION_H
#define RENEW_CHECK_CONFIGURATION_H

#include "compiler/check/plan.h"
#include "compiler/check/profile.h"

enum conf_owner { CONF_OF_REPOSITORY, CONF_OF_MACHINE };

struct configuration {
  struct text path; /* as read */
  struct profile profile;
  struct diag_rules rules; /* what becomes of warnings; the command line counts more */
  bool forbidden[VERB__COUNT];
  const struct decl *decl; /* all settings, for who reaches others */
};

/* Findings go to diags, with places in sources. Never NULL; complete only without errors. */
const struct configuration *check_configuration(struct arena *arena, struct source_set *sources,
                                                uint32_t file, enum conf_owner owner,
                                                struct diag_list *diags);

#endif
