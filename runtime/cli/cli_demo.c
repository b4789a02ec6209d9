/* SPDX-License-Identifier: Apache-2.0 */
/* cli_demo: see cli_demo.h. */
#include "runtime/cli/cli_demo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MS = 1000, PAUSE_MS = 200 };

void cli_use_demo(struct cli *cli)
{
  if (cli->is_demo)
    return;
  cli->is_demo = true;
  if (cli->store_is_given)
    return;
  /* STATE/renew/store.db -> STATE/renew/demo/store.db */
  const char *slash = strrchr(cli->store, '/');
  cli->store =
      text_format(cli->arena, "%.*s/demo%s", (int)(slash - cli->store), cli->store, slash).at;
}

bool cli_is_demo_run(struct text run)
{
  return text_starts_with(run, DEMO_PREFIX);
}

void cli_point_to_demo(struct cli *cli, const char *verb)
{
  const char *slash = strrchr(cli->store, '/');
  if (cli->is_demo || cli->store_is_given || cli->quiet || slash == NULL)
    return;
  const char *store =
      text_format(cli->arena, "%.*s/demo%s", (int)(slash - cli->store), cli->store, slash).at;
  if (access(store, F_OK) == 0)
    fprintf(stderr, "renew: the simulated runs are kept apart: renew %s --profile demo\n", verb);
}

static const char *landscape_path(struct cli *cli, struct opened *opened)
{
  const char *folder = text_format(cli->arena, "%s/landscapes", store_folder(opened->store)).at;
  mkdir(folder, 0700);
  return text_format(cli->arena, "%s/%.*s.json", folder, TEXT_ARG(opened->run.id)).at;
}

struct simulation *demo_begin(struct cli *cli)
{
  struct simulation_setup setup = {.pause_ms = PAUSE_MS};
  if (cli->at_s != 0)
    clock_shift_to(cli->at_s * MS);
  return simulation_new(cli->arena, &setup);
}

bool demo_keep(struct cli *cli, struct opened *opened, struct simulation *simulation)
{
  const char *path = landscape_path(cli, opened);
  if (simulation_use_file(simulation, path))
    return true;
  struct diag *diag =
      diag_add_nowhere(opened->diags, DIAG_E1115, "the simulated landscape %s cannot be used: %s",
                       path, errno == EINVAL ? "it is damaged" : strerror(errno));
  diag_add_help(opened->diags, diag,
                "remove that file: the landscape is then as it was before the run");
  return false;
}

struct simulation *demo_open(struct cli *cli, struct opened *opened)
{
  struct simulation_setup setup = {.pause_ms = PAUSE_MS};
  struct simulation *simulation = simulation_new(cli->arena, &setup);
  if (!demo_keep(cli, opened, simulation)) {
    simulation_free(simulation);
    return NULL;
  }
  int64_t kept_ms = simulation_now_ms(simulation);
  if (kept_ms != 0)
    clock_shift_to(kept_ms);
  return simulation;
}

void demo_close(struct simulation *simulation, const struct clock *clock)
{
  if (simulation == NULL)
    return;
  simulation_keep_now(simulation, clock->now_ms());
  simulation_free(simulation);
}

int64_t demo_now_ms(struct cli *cli, struct opened *opened)
{
  if (!cli->is_demo)
    return clock_real.now_ms();
  struct simulation *simulation = demo_open(cli, opened);
  simulation_free(simulation); /* not kept: a run may be changing it just now */
  return clock_simulated.now_ms();
}
