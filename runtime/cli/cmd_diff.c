/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_diff: a plan against what it was: at a revision of the repository, in a compiled plan, in another
 * file. 0: the same; 1: it differs.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/graph/diff.h"
#include "runtime/cli/cli.h"

static bool find_form(struct cli *cli, const char *word, enum diff_form *ret_form)
{
  if (word == NULL)
    *ret_form = cli->report.format == REPORT_JSON ? DIFF_JSON : DIFF_TEXT;
  else if (strcmp(word, "text") == 0)
    *ret_form = DIFF_TEXT;
  else if (strcmp(word, "md") == 0 || strcmp(word, "markdown") == 0)
    *ret_form = DIFF_MARKDOWN;
  else if (strcmp(word, "json") == 0)
    *ret_form = DIFF_JSON;
  else
    return cli_usage(cli, "--as is text, md or json, not `%s`", word) == EXIT_OK;
  return true;
}

struct renames {
  struct arena *arena;
  struct diff_rename *items;
  uint32_t count;
};

static void collect_renames(struct renames *renames, const struct stmt *stmt)
{
  for (; stmt != NULL; stmt = stmt->next) {
    if (stmt->options.was.length != 0) {
      renames->items = arena_grow(renames->arena, renames->items, renames->count,
                                  renames->count + 1, sizeof *renames->items);
      renames->items[renames->count++] = (struct diff_rename){stmt->label, stmt->options.was};
    }
    collect_renames(renames, stmt->children);
    collect_renames(renames, stmt->otherwise);
  }
}

static bool is_file(const char *word)
{
  struct text text = text_of(word);
  return text_ends_with(text, ".renew") || text_ends_with(text, ".rplan");
}

/* The one plan file below the root, where none is named. */
static enum exit_code find_plan(struct cli *cli, const char **ret_path)
{
  size_t count = 0;
  if (cli->argc == 2)
    return cli_find_plan(cli, cli->argv[1], ret_path);
  char **paths = cli_find_files(cli, FILES_OF_PLANS, &count);
  if (count == 1) {
    *ret_path = paths[0];
    return EXIT_OK;
  }
  return cli_usage(cli, "say which plan: renew diff %s PLAN", cli->argv[0]);
}

static enum exit_code load_old(struct cli *cli, const char *base, const char *path,
                               struct loaded *ret)
{
  if (is_file(base))
    return cli_load(cli, base, false, ret);
  if (!cli_git_has(cli, base)) {
    struct diag_list diags;
    diag_list_start(&diags, cli->arena);
    struct diag *diag = diag_add_nowhere(
        &diags, DIAG_E0002, "`%s` is no revision of the repository at %s", base, cli->root);
    diag_add_help(&diags, diag, "name a commit, a branch or a tag, a .rplan or a .renew file");
    return cli_report(cli, &diags, NULL);
  }
  cli->revision = base;
  enum exit_code code = cli_load(cli, path, false, ret);
  cli->revision = NULL;
  return code;
}

static int print_difference(struct cli *cli, const struct loaded *old, const struct loaded *new,
                            enum diff_form form)
{
  struct renames renames = {.arena = cli->arena};
  const struct program *program = new->compiled.program;
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++)
    if (program->decls[i].kind == KIND_PLAN || program->decls[i].kind == KIND_PROCEDURE)
      collect_renames(&renames, program->decls[i].body->stmts);
  struct diff diff;
  struct buffer out = {0};
  diff_graphs(cli->arena, old->checked.graph, new->checked.graph, renames.items, renames.count,
              &diff);
  diff_write(&diff, old->checked.graph, new->checked.graph, form, &out);
  if (!cli->quiet)
    fwrite(out.bytes, 1, out.size_bytes, stdout);
  buffer_free(&out);
  return diff.count == 0 ? EXIT_OK : EXIT_ANSWER_NO;
}

int cmd_diff(struct cli *cli)
{
  const char *as = cli_take_value(cli, "--as"), *path = NULL;
  enum diff_form form = DIFF_TEXT;
  if (!cli_arguments(cli, 1, 2) || !find_form(cli, as, &form))
    return EXIT_USAGE;
  const char *base = cli->argv[0];
  struct loaded old = {0}, new = {0};
  enum exit_code code = find_plan(cli, &path);
  if (code == EXIT_OK)
    code = cli_load(cli, path, false, &new);
  if (code == EXIT_OK)
    code = load_old(cli, base, path, &old);
  int result = code;
  if (code == EXIT_OK)
    result = print_difference(cli, &old, &new, form);
  arena_free(old.compiled.arena);
  arena_free(new.compiled.arena);
  return result;
}
