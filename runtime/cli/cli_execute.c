/* SPDX-License-Identifier: Apache-2.0 */
/* cli_execute: the world of this process, the lock of a run, the engine, the exit code. */
#include <signal.h>
#include <unistd.h>

#include "compiler/graph/demands.h"
#include "runtime/cli/cli_demo.h"
#include "runtime/cli/cli_execute.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/sessions.h"

enum { MS = 1000 };

enum exit_code cli_exit_of_end(enum run_end end)
{
  switch (end) {
  case END_DONE:
    return EXIT_OK;
  case END_WAITING:
    return EXIT_WAITING;
  case END_PAUSED:
    return EXIT_INTERRUPTED;
  case END_CANCELLED:
  case END_REFUSED:
    return EXIT_REFUSED;
  case END_REMOTE:
    return EXIT_REMOTE;
  case END_FAILED:
    return EXIT_STEP_FAILED;
  case END_UNDECIDED:
    return EXIT_NEEDS_DECISION;
  case END_UNUSABLE:
    return EXIT_CANNOT_WORK;
  }
  return EXIT_CANNOT_WORK;
}

const struct clock *cli_run_clock(struct cli *cli)
{
#ifdef FAULTS
  static bool is_shifted;
  if (cli->at_s != 0) {
    if (!is_shifted)
      clock_shift_to(cli->at_s * MS);
    is_shifted = true;
    return &clock_shifted;
  }
#endif
  return cli->is_demo ? &clock_simulated : &clock_real;
}

bool cli_world(struct cli *cli, struct opened *opened, const struct clock *clock, const char *root,
               struct world *ret_world)
{
  uint32_t errors_before = opened->diags->error_count;
  *ret_world = (struct world){
      .arena = cli->arena,
      .root = root,
      .state_folder = opened->store == NULL ? "" : store_folder(opened->store),
      .conf = conf_read(cli->arena, conf_find(cli->arena), root, opened->diags),
      .may_prompt = !cli->no_input && isatty(STDIN_FILENO),
      .prompts = prompts_new(cli->arena),
      .sessions = sessions_new(),
      .now_s = clock == &clock_real ? clock_real_now_s : clock_simulated_now_s,
      .monotonic_ms = clock_monotonic_ms,
      .machine_ns = clock_machine_ns,
      .booted_ns = clock_booted_ns,
  };
  return opened->diags->error_count == errors_before;
}

/* Whether the machine's renew.conf forbids what the plan does. A run that has begun goes on: to stop
 * it half way would be worse than what is forbidden. */
static bool machine_agrees(struct opened *opened, const struct world *world)
{
  const struct configuration *conf = conf_demands(world->conf);
  if (conf == NULL)
    return true;
  demands_judge_verbs(opened->checked.graph, conf, NULL, opened->diags);
  demands_judge_profile(opened->checked.graph, conf, opened->diags);
  return !diag_list_has_errors(opened->diags);
}

static enum exit_code run_engine(struct cli *cli, struct opened *opened, bool begins)
{
  const struct clock *clock = cli_run_clock(cli);
  struct world world = {0};
  struct progress progress;
  struct engine_options options = {.clock = clock,
                                   .patience_ms = PATIENCE_MS,
                                   .roles = cli->roles,
                                   .role_count = cli->role_count,
                                   .tell = progress_tell,
                                   .of = &progress,
                                   .interruptible = true};
  struct engine_world given = {.proven = opened->proven,
                               .table = cli->is_demo ? &providers_simulated : &providers_real,
                               .store = opened->store,
                               .world = &world,
                               .options = &options,
                               .diags = opened->diags};
  const char *root = begins ? cli->root : text_zero(cli->arena, opened->run.root);
  enum exit_code code = EXIT_CANNOT_WORK;
  enum store_result result = STORE_OK;
  if (!cli_world(cli, opened, clock, root, &world))
    goto out;
  if (begins && !machine_agrees(opened, &world))
    goto out;
  if (cli->is_demo && begins)
    world.simulation = demo_begin(cli);
  else if (cli->is_demo)
    world.simulation = demo_open(cli, opened);
  if (cli->is_demo && world.simulation == NULL)
    goto out;
  if (begins)
    result = engine_begin(&given, &opened->run);
  if (result == STORE_OK && begins && cli->is_demo && !demo_keep(cli, opened, world.simulation))
    goto out;
  if (result == STORE_OK)
    result = store_lock_run(opened->store, opened->run.id, clock->now_ms(), opened->diags);
  if (result != STORE_OK) {
    code = cli_exit_of_store(result);
    goto out;
  }
  signal(SIGPIPE, SIG_IGN);
  progress_start(&progress, cli, opened);
  progress_header(&progress);
  enum run_end end = engine_run(&given, &opened->run);
  progress_end(&progress, end);
  code = cli_exit_of_end(end);
out:
  demo_close(world.simulation, clock);
  prompts_free(world.prompts);
  sessions_free(world.sessions);
  cli_report(cli, opened->diags, NULL);
  return code;
}

enum exit_code cli_execute(struct cli *cli, struct opened *opened)
{
  return run_engine(cli, opened, false);
}

enum exit_code cli_begin(struct cli *cli, struct opened *opened)
{
  return run_engine(cli, opened, true);
}
