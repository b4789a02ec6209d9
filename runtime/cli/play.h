/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play: plays a scenario: the real engine, store and sign-offs, a simulated landscape, people who
 * answer as the scenario says, a clock that stands still between events.
 *
 * (1) Each part of the run, between two waits, is a process of its own, as it is for people: what
 *     the next part knows stands in the store. `kill` ends such a process at once.
 * (2) Nothing depends on the machine's clock or on chance: two plays are the same.
 * (3) Nothing stays: store and landscape live in a folder that goes at the end.
 */
#ifndef RENEW_CLI_PLAY_H
#define RENEW_CLI_PLAY_H

#include "runtime/cli/cli_demo.h"
#include "runtime/engine/engine.h"

struct play {
  struct cli *cli;
  struct arena *arena;
  const struct decl *scenario;
  const struct program *program;
  struct checked_graph checked;
  struct proven_graph proven;
  struct diag_list *diags; /* what does not hold */
  const char *store_path, *landscape_path;
  struct fault *faults;
  uint32_t fault_count;
  bool *is_used;     /* by setting: said once, done once */
  int64_t *asked_ms; /* by step; 0 = not asked */
  int64_t now_ms;
  struct run_row run; /* has its id after the first part */
  enum run_end end;
  bool is_dead; /* the last part was killed, or crashed */
};

/* The setting of that key that speaks of the step, by its id or its label; NULL without. */
const struct setting *play_setting(const struct play *play, enum key key, const struct step *step);
/* The scenario's own mistakes: steps that the plan does not have (E1211), nothing expected (W1212). */
void play_check(const struct decl *scenario, const struct graph *graph, struct diag_list *diags);
/* Plays; false with a message where it cannot be played here. Findings of expectations go to diags. */
bool play_scenario(struct cli *cli, struct compiled *compiled, uint32_t scenario);

/* play_people.c: what people say now. True: somebody said something, and the run goes on. */
bool play_answer(struct play *play, struct store *store);
/* play_expect.c: each expectation that does not hold is E1210. */
void play_judge(struct play *play);

#endif
