/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_demo: `--profile demo`: a run whose landscape is simulated (runtime/providers/simulate.h).
 *
 * (1) It has a store of its own, beside that of the real runs, and its name begins with "demo-": a
 *     verb that is given such a name works on that store, with the simulated providers, always.
 * (2) Its clock runs as the real one, from --at on where that was given, and jumps over waits for a
 *     date or a window. It is kept with the landscape.
 */
#ifndef RENEW_CLI_CLI_DEMO_H
#define RENEW_CLI_CLI_DEMO_H

#include "runtime/cli/cli_run.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/simulate.h"

#define DEMO_PREFIX "demo-"
#define DEMO_SAYS                                                                                  \
  "SIMULATED (profile demo): no tenant, receiver, CA or mailbox of the plan is touched"

/* From now on the verb works on the demo's store; where --store was given, on that one. */
void cli_use_demo(struct cli *cli);
bool cli_is_demo_run(struct text run);
/* Who looks for a run of the demo in the store of the real runs is told where it is: "renew VERB
 * --profile demo". Says nothing where there is no demo's store. */
void cli_point_to_demo(struct cli *cli, const char *verb);
/* The landscape of the opened run, and the clock as it was kept. NULL: reported in opened->diags. */
struct simulation *demo_open(struct cli *cli, struct opened *opened);
/* The same before the run has a name: --at sets the clock. */
struct simulation *demo_begin(struct cli *cli);
/* The run has its name now: its landscape is kept from here on. False: reported. */
bool demo_keep(struct cli *cli, struct opened *opened, struct simulation *simulation);
void demo_close(struct simulation *simulation, const struct clock *clock);
/* What time it is for the run: the demo's clock, or the real one. */
int64_t demo_now_ms(struct cli *cli, struct opened *opened);

#endif
