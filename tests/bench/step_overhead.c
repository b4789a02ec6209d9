/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step_overhead: what durability costs a step. A chain of steps whose provider does nothing goes
 * through the engine and the store on disk; beside it, in the same run and on the same disk,
 * three appends with fdatasync for each step (INTENT, OUTCOME, DONE as a plain file would have
 * them). Rounds alternate, so that a slow minute of the machine is one of both. Prints the ratio
 * of the medians; goal: at most 4.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/fake.h"

enum { CHAIN = 400, ROUNDS = 9, RECORD_BYTES = 300, APPENDS = 3, GOAL = 4, NS_PER_US = 1000 };

static double now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / NS_PER_US;
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double median(double *values)
{
  qsort(values, ROUNDS, sizeof *values, compare);
  return values[ROUNDS / 2];
}

/* Microseconds a step. */
static double appends(void)
{
  static const char record[RECORD_BYTES] = "{}";
  int fd = open("appends", O_WRONLY | O_CREAT | O_APPEND, 0600);
  double began = now_us();
  for (int i = 0; i < CHAIN * APPENDS; i++) {
    if (write(fd, record, sizeof record) != (ssize_t)sizeof record || fdatasync(fd) != 0)
      abort();
  }
  double took = now_us() - began;
  close(fd);
  unlink("appends");
  return took / CHAIN;
}

static enum outcome do_nothing(const struct call *call, struct answer *answer)
{
  (void)call;
  (void)answer;
  return OUTCOME_DONE;
}

static const struct provider idle = {.name = "idle", .supports = CAN_REPEAT, .apply = do_nothing};

static const struct provider *find_idle(const struct graph *graph, const struct step *step)
{
  (void)graph;
  (void)step;
  return &idle;
}

static const struct provider_table idle_table = {.find = find_idle};

static double steps(void)
{
  fake_start();
  if (store_open("./store.db", STORE_TO_CREATE, &fake.diags, &fake.store) != STORE_OK)
    abort();
  for (int i = 0; i < CHAIN; i++) {
    char id[16];
    snprintf(id, sizeof id, "step-%d", i);
    uint32_t step = builder_step_count(&fake.builder);
    struct step *model = fake_step(fake_add("model", VERB_CREATES, EFFECT_MAKE_KEY));
    model->id = text_copy(fake.arena, text_of(id));
    model->number = step + 1;
  }
  if (fake_begin() != STORE_OK)
    abort();
  struct engine_options options = {
      .clock = &clock_real, .patience_ms = PATIENCE_MS, .worker_count = 1};
  struct engine_world world = {{fake.checked}, &idle_table, fake.store,
                               &fake.world,  &options,    &fake.diags};
  double began = now_us();
  if (engine_run(&world, &fake.run) != END_DONE)
    abort();
  double took = now_us() - began;
  fake_end();
  return took / CHAIN;
}

/* The folder decides what fdatasync costs: argument 1, else the current folder's disk. */
int main(int argc, char **argv)
{
  char folder[] = "renew-bench.XXXXXX";
  if ((argc > 1 && chdir(argv[1]) != 0) || mkdtemp(folder) == NULL || chdir(folder) != 0)
    return 1;
  double of_steps[ROUNDS], of_appends[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    of_appends[i] = appends();
    of_steps[i] = steps();
  }
  double step_us = median(of_steps), append_us = median(of_appends);
  printf("step-overhead steps=%d step=%.0fus three-appends=%.0fus ratio=%.2f goal<=%d\n", CHAIN,
         step_us, append_us, step_us / append_us, GOAL);
  char command[64];
  snprintf(command, sizeof command, "rm -rf '../%s'", folder);
  return system(command) == 0 ? 0 : 1;
}
