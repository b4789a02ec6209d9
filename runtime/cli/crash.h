/* SPDX-License-Identifier: Apache-2.0 */
/* crash: E0001, exit 3, with a report file and the command to say again, whatever broke. */
#ifndef RENEW_CLI_CRASH_H
#define RENEW_CLI_CRASH_H

#include "compiler/base/arena.h"

/* The arena must live as long as the program. */
void crash_watch(struct arena *arena, int argc, char **argv);

#endif
