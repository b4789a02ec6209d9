/* SPDX-License-Identifier: Apache-2.0 */
/*
 * promela: a plan as a model for SPIN, so that an auditor re-runs the question with a tool that is not
 * ours: people, steps, crashes and the processes of each node as Promela processes; a connection that
 * its receiver refuses is a failed assertion, and the trail tells the steps in the plan's words.
 *
 * Not the proof in another form: it reads the graph alone (no events, no intervals, nothing that
 * compiler/prove concluded), and every effect is written out as what it does to the world.
 *
 * (1) A node is one process of that node, any of them: it may be there already or be started by a load,
 *     it reads the keystore whenever it likes, and it is gone when a load that began behind its start
 *     ends. What holds for any one of them holds for all.
 * (2) A step is begun, does what it does, and is written down as done; a crash between lets it begin again.
 */
#ifndef RENEW_PROVE_PROMELA_H
#define RENEW_PROVE_PROMELA_H

#include "compiler/graph/graph.h"

enum {
  PROMELA_STEPS_MAX = 1000,
  PROMELA_PROCESSES_MAX = 200, /* SPIN knows 255 */
  PROMELA_LOADS_MAX = 30       /* of one caller */
};

/* False where the plan is larger than SPIN takes; ret_why then says what is too many. */
bool promela_write(struct arena *arena, const struct graph *graph, struct buffer *ret_bytes,
                   struct text *ret_why);

#endif
