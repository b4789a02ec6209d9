/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_check: compiles files and says what is wrong with them. Touches no network and no secret.
 * Findings go to stderr, the summary to stdout.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/cli.h"

enum { FOLDER_DEPTH_MAX = 64 };

struct totals {
  uint32_t plans;
  uint32_t steps;
  struct text_map roles; /* by name: one person's work in two plans is one role */
  uint32_t warnings;
  enum exit_code code;
};

struct found_files {
  struct buffer paths; /* const char * */
};

static bool is_plan_file(const char *name)
{
  struct text text = text_of(name);
  return text_ends_with(text, ".renew") && !text_ends_with(text, ".test.renew");
}

/* A folder with a root's mark of its own is another repository. */
static bool is_other_root(struct cli *cli, const char *folder)
{
  return access(text_format(cli->arena, "%s/renew.conf", folder).at, F_OK) == 0 ||
         access(text_format(cli->arena, "%s/.git", folder).at, F_OK) == 0;
}

static void find_files(struct cli *cli, const char *folder, int depth, struct found_files *found)
{
  DIR *dir = opendir(folder);
  if (dir == NULL || depth > FOLDER_DEPTH_MAX) {
    if (dir != NULL)
      closedir(dir);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    const char *path = text_format(cli->arena, "%s/%s", folder, entry->d_name).at;
    struct stat facts;
    if (lstat(path, &facts) != 0)
      continue;
    if (S_ISDIR(facts.st_mode) && !is_other_root(cli, path))
      find_files(cli, path, depth + 1, found);
    else if (S_ISREG(facts.st_mode) && is_plan_file(entry->d_name))
      buffer_add(&found->paths, &path, sizeof path);
  }
  closedir(dir);
}

static int compare_paths(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void worse(struct totals *totals, enum exit_code code)
{
  /* What cannot be read outweighs what is wrong: the answer is then incomplete. */
  if (code > totals->code)
    totals->code = code;
}

static void count_graph(struct totals *totals, const struct graph *graph)
{
  totals->plans++;
  totals->steps += graph->action_count;
  for (uint32_t i = 0; i < graph->step_count; i++)
    for (uint32_t j = 0; j < graph->steps[i].roles.count; j++) {
      uint32_t role = graph->indices[graph->steps[i].roles.first + j];
      text_map_add(&totals->roles, text_copy(totals->roles.arena, graph->resources[role].name), 0,
                   NULL);
    }
}

static void check_plans(struct compiled *compiled, struct totals *totals)
{
  const struct program *program = compiled->program;
  uint32_t main_file = 0; /* the file itself is the first of its source set */
  for (uint32_t i = 0; i < program->decl_count; i++) {
    if (program->decls[i].kind != KIND_PLAN || program->decls[i].file != main_file)
      continue;
    struct graph *graph = lower_plan(compiled->arena, program, i, false, compiled->diags);
    struct checked_graph checked;
    if (graph != NULL && graph_check(graph, compiled->diags, &checked))
      count_graph(totals, graph);
  }
}

static void check_file(struct cli *cli, const char *path, struct totals *totals)
{
  struct compiled compiled;
  cli_compile(cli, path, TEXT_NONE, &compiled);
  if (compiled.program != NULL && !diag_list_has_errors(compiled.diags))
    check_plans(&compiled, totals);
  worse(totals, cli_report(cli, compiled.diags, compiled.sources));
  totals->warnings += compiled.diags->warning_count;
  arena_free(compiled.arena);
}

static const char *plural(uint32_t count)
{
  return count == 1 ? "" : "s";
}

static void print_summary(const struct totals *totals, size_t file_count)
{
  if (file_count > 1)
    printf("%zu files, ", file_count);
  if (totals->plans == 0)
    printf("no plan: ok");
  else
    printf("%u plan%s, %u step%s, %u role%s: ok", totals->plans, plural(totals->plans),
           totals->steps, plural(totals->steps), totals->roles.count, plural(totals->roles.count));
  if (totals->warnings != 0)
    printf(", %u warning%s", totals->warnings, plural(totals->warnings));
  printf("\n");
}

int cmd_check(struct cli *cli)
{
  if (!cli_arguments(cli, 0, cli->argc))
    return EXIT_USAGE;
  struct totals totals = {.code = EXIT_OK};
  text_map_start(&totals.roles, cli->arena);
  size_t count = (size_t)cli->argc;
  struct found_files found = {0};
  if (count == 0) {
    if (!is_other_root(cli, cli->root) && !cli->quiet)
      fprintf(stderr, "renew: no renew.conf or .git above: checking %s\n", cli->root);
    find_files(cli, cli->root, 0, &found);
    count = found.paths.size_bytes / sizeof(char *);
  }
  char **paths = cli->argc != 0 ? cli->argv : (char **)(void *)found.paths.bytes;
  if (cli->argc == 0 && count > 1)
    qsort(paths, count, sizeof *paths, compare_paths);
  for (size_t i = 0; i < count; i++)
    check_file(cli, paths[i], &totals);
  buffer_free(&found.paths);
  if (totals.code == EXIT_OK && !cli->quiet && cli->report.format != REPORT_JSON)
    print_summary(&totals, count);
  return totals.code;
}
