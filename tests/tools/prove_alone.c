/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prove_alone FILE [ROUNDS]: what the proof of the file's plan costs without the rest of the compiler:
 * compiles the plan once, proves it ROUNDS times (1), and prints "STEPS MICROSECONDS BYTES": processor time, the median
 * of the rounds, and by how much the first of them raised the peak of the resident memory. For
 * tests/bench.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/graph/graph.h"
#include "compiler/prove/knowledge.h"
#include "compiler/prove/prove.h"

enum { ROUNDS_MAX = 1000, NS_PER_US = 1000 };

static double now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / NS_PER_US;
}

/* "VmHWM" or "VmRSS" of this process, in bytes. */
static long status_bytes(const char *name)
{
  char line[256];
  long kib = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, name, strlen(name)) == 0)
      kib = strtol(line + strlen(name) + 1, NULL, 10);
  if (status != NULL)
    fclose(status);
  return kib * 1024;
}

/* The peak is counted from here on. */
static void reset_peak(void)
{
  int fd = open("/proc/self/clear_refs", O_WRONLY);
  if (fd < 0 || write(fd, "5", 1) != 1)
    fprintf(stderr, "the peak of the memory cannot be reset: what was needed before counts\n");
  if (fd >= 0)
    close(fd);
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static struct graph *compile(struct arena *arena, const char *path, struct diag_list *diags,
                             struct program **ret_program)
{
  struct source_set *sources = ARENA_NEW(arena, struct source_set);
  uint32_t file, plan = 0;
  size_t bad_offset;
  source_set_start(sources, arena, TEXT(""));
  if (source_open(sources, text_of(path), &file, &bad_offset) != SOURCE_OK)
    return NULL;
  struct program *program = check_program(arena, sources, file, NULL, diags);
  *ret_program = program;
  while (plan < program->decl_count && program->decls[plan].kind != KIND_PLAN)
    plan++;
  if (diag_list_has_errors(diags) || plan == program->decl_count)
    return NULL;
  return lower_plan(arena, program, plan, false, diags);
}

/* As `renew check` judges a plan. */
static double prove_once(const struct checked_graph *checked, const struct program *program)
{
  struct arena *arena = arena_new("proof", 0);
  struct diag_list diags;
  struct knowledge knowledge;
  diag_list_start(&diags, arena);
  double began = now_us();
  knowledge_find(&knowledge, checked->graph, program, &diags);
  const struct proof *proof = prove_plan(arena, checked);
  prove_tell(proof, program, &diags);
  knowledge_report(&knowledge);
  double took = now_us() - began;
  if (diag_list_has_errors(&diags))
    abort();
  arena_free(arena);
  return took;
}

int main(int argc, char **argv)
{
  static double took[ROUNDS_MAX];
  int rounds = argc > 2 ? atoi(argv[2]) : 1;
  struct arena *arena = arena_new("plan", 0);
  struct diag_list diags;
  struct program *program;
  struct checked_graph checked;
  diag_list_start(&diags, arena);
  struct graph *graph = argc < 2 ? NULL : compile(arena, argv[1], &diags, &program);
  if (graph == NULL || rounds < 1 || rounds > ROUNDS_MAX || !graph_check(graph, &diags, &checked)) {
    fprintf(stderr, "usage: prove_alone FILE [ROUNDS], with a plan that compiles\n");
    return 1;
  }
  reset_peak();
  long before = status_bytes("VmRSS:");
  took[0] = prove_once(&checked, program);
  long peak = status_bytes("VmHWM:") - before;
  for (int i = 1; i < rounds; i++)
    took[i] = prove_once(&checked, program);
  qsort(took, (size_t)rounds, sizeof *took, compare);
  printf("%u %.0f %ld\n", graph->action_count, took[rounds / 2], peak);
  arena_free(arena);
  return 0;
}
