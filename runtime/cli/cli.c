/* SPDX-License-Identifier: Apache-2.0 */
/* cli: compiling, loading and reporting for all verbs. See cli.h. */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/graph/demands.h"
#include "compiler/graph/rplan.h"
#include "compiler/prove/knowledge.h"
#include "compiler/prove/prove.h"
#include "compiler/prove/timetable.h"
#include "compiler/prove/witness.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/conf.h"

/* What renew.conf says of findings, and over it what the command line says. */
static struct diag_rules rules_of(const struct cli *cli)
{
  if (cli->demands == NULL)
    return cli->rules;
  struct diag_rules rules = cli->demands->rules;
  for (int i = 0; i < DIAG__COUNT; i++)
    if (cli->rules.codes[i] != RULE_NONE)
      rules.codes[i] = cli->rules.codes[i];
  if (cli->rules.warnings != RULE_NONE)
    rules.warnings = cli->rules.warnings;
  if (cli->rules.style != RULE_NONE)
    rules.style = cli->rules.style;
  return rules;
}

enum exit_code cli_report(struct cli *cli, struct diag_list *diags,
                          const struct source_set *sources)
{
  struct diag_rules rules = rules_of(cli);
  diag_list_judge(diags, &rules);
  if (!cli->style)
    cli->style_count += diag_list_drop_style(diags);
  if (diags->count == 0)
    return EXIT_OK;
  /* What an earlier version was warned of is past. */
  if (cli->revision != NULL && !diag_list_has_errors(diags))
    return EXIT_OK;
  diag_list_sort(diags);
  cli_output_take(cli, diags, sources);
  if (diag_list_has_code(diags, DIAG_E0001) || diag_list_has_code(diags, DIAG_E0002) ||
      diag_list_has_code(diags, DIAG_E1122))
    return EXIT_CANNOT_WORK;
  if (diag_list_has_code(diags, DIAG_E1102) || diag_list_has_code(diags, DIAG_E1123))
    return EXIT_NOT_APPROVED;
  return diag_list_has_errors(diags) ? EXIT_ANSWER_NO : EXIT_OK;
}

enum exit_code cli_unreadable(struct cli *cli, const char *what, const char *path, const char *why)
{
  struct diag_list *diags = ARENA_NEW(cli->arena, struct diag_list);
  diag_list_start(diags, cli->arena);
  struct diag *diag = diag_add_nowhere(diags, DIAG_E0002, "%s %s cannot be read: %s", what, path, why);
  if (access(path, F_OK) != 0 && errno == ENOENT)
    diag_add_help(diags, diag, "paths are relative to the current folder, or to -C DIR");
  return cli_report(cli, diags, NULL);
}

/* The path below the root; for a file elsewhere the root becomes that file's own. */
static struct text below_root(struct cli *cli, const char *path)
{
  const char *absolute = cli_absolute(cli, path);
  size_t length = strlen(cli->root);
  if (strcmp(cli->root, "/") == 0)
    return text_of(absolute + 1);
  if (strncmp(absolute, cli->root, length) == 0 && absolute[length] == '/')
    return text_of(absolute + length + 1);
  const char *slash = strrchr(absolute, '/');
  struct text folder =
      text_format(cli->arena, "%.*s", slash == absolute ? 1 : (int)(slash - absolute), absolute);
  const char *root = cli_find_root(cli, folder.at);
  length = strlen(root);
  bool below = strncmp(absolute, root, length) == 0 && absolute[length] == '/';
  /* Through a link the root may not be a beginning of the path: then the folder is the root. */
  cli->root = below ? root : folder.at;
  return text_of(absolute + (below ? length : folder.length) + 1);
}

static void report_unreadable(struct cli *cli, struct diag_list *diags, enum source_status status,
                              const char *path, const struct source_set *sources, size_t bad_offset)
{
  struct diag *diag;
  int reason = errno;
  struct text nearest;
  switch (status) {
  case SOURCE_MISSING:
    diag = diag_add_nowhere(diags, DIAG_E0002, "%s cannot be read: there is no such file", path);
    nearest = cli_nearest_file(cli, path);
    if (nearest.length != 0)
      diag_add_help(diags, diag, "did you mean `%.*s`?", TEXT_ARG(nearest));
    else
      diag_add_help(diags, diag, "paths are relative to the current folder, or to -C DIR");
    return;
  case SOURCE_UNREADABLE:
    diag = diag_add_nowhere(diags, DIAG_E0002, "%s cannot be read: %s", path,
                            reason == 0 || reason == ENXIO ? "it is no regular file"
                                                           : strerror(reason));
    if (reason == EACCES)
      diag_add_help(diags, diag, "ask its owner for the right to read it: ls -l %s", path);
    return;
  case SOURCE_OUTSIDE_ROOT:
    diag = diag_add_nowhere(diags, DIAG_E0309, "%s leads out of the repository by a link", path);
    diag_add_help(diags, diag, "copy the file into the repository, or check it where it lies");
    return;
  case SOURCE_TOO_LARGE:
    diag_add_nowhere(diags, DIAG_E0004, "%s is larger than %d MiB", path,
                     SOURCE_LIMIT_BYTES / 1024 / 1024);
    return;
  case SOURCE_NOT_UTF8:
    diag = diag_add_nowhere(diags, DIAG_E0003,
                            "%s is not UTF-8: its byte %zu is the first that fits no character",
                            path, bad_offset + 1);
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(sources->refused));
    return;
  case SOURCE_OK:
    return;
  }
}

static uint32_t find_plan(const struct program *program, uint32_t file, struct text name)
{
  uint32_t found = INDEX_NONE;
  for (uint32_t i = 0; i < program->decl_count; i++) {
    const struct decl *decl = &program->decls[i];
    if (decl->kind != KIND_PLAN || decl->file != file)
      continue;
    if (name.length != 0 && !text_equal(decl->name, name))
      continue;
    if (found != INDEX_NONE)
      return INDEX_NONE;
    found = i;
  }
  return found;
}

static enum source_status give_stdin(struct source_set *sources, uint32_t *ret_file,
                                     size_t *ret_bad_offset)
{
  struct buffer bytes = {0};
  char piece[1 << 16];
  for (ssize_t got; (got = read(STDIN_FILENO, piece, sizeof piece)) != 0;) {
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      buffer_free(&bytes);
      return SOURCE_UNREADABLE;
    }
    buffer_add(&bytes, piece, (size_t)got);
    if (bytes.size_bytes > SOURCE_LIMIT_BYTES)
      break;
  }
  enum source_status status =
      source_give(sources, TEXT("stdin"), buffer_text(&bytes), ret_file, ret_bad_offset);
  buffer_free(&bytes);
  return status;
}

static void start_compile(struct compiled *ret)
{
  *ret = (struct compiled){.arena = arena_new("compile", 0), .plan = INDEX_NONE};
  ret->sources = ARENA_NEW(ret->arena, struct source_set);
  ret->diags = ARENA_NEW(ret->arena, struct diag_list);
  diag_list_start(ret->diags, ret->arena);
}

bool cli_read_source(struct cli *cli, const char *path, struct compiled *ret)
{
  start_compile(ret);
  struct text below = path == NULL ? TEXT_NONE : below_root(cli, path);
  source_set_start(ret->sources, ret->arena, text_of(cli->root));
  if (cli->revision != NULL) {
    ret->sources->fetch = cli_git_fetch;
    ret->sources->fetch_of = cli;
    path = text_format(cli->arena, "%s at %s", path, cli->revision).at;
  }
  uint32_t file;
  size_t bad_offset = 0;
  errno = 0;
  enum source_status status = path == NULL ? give_stdin(ret->sources, &file, &bad_offset)
                                           : source_open(ret->sources, below, &file, &bad_offset);
  if (status != SOURCE_OK)
    report_unreadable(cli, ret->diags, status, path == NULL ? "standard input" : path, ret->sources,
                      bad_offset);
  return status == SOURCE_OK;
}

bool cli_read_demands(struct cli *cli, struct source_set *sources, struct diag_list *diags,
                      const struct configuration **ret_demands)
{
  uint32_t file;
  size_t bad_offset = 0;
  *ret_demands = NULL;
  source_set_start(sources, cli->arena, text_of(cli->root));
  errno = 0;
  enum source_status status = source_open(sources, TEXT("renew.conf"), &file, &bad_offset);
  int reason = errno;
  const char *path = text_format(cli->arena, "%s/renew.conf", cli->root).at;
  /* A link that leads nowhere is a file that somebody meant: what it demanded must not just go. */
  struct stat link;
  if (status == SOURCE_MISSING && lstat(path, &link) != 0)
    return false;
  const char *machine = conf_find(cli->arena);
  bool of_machine = machine != NULL && strcmp(cli_absolute(cli, machine), path) == 0;
  errno = reason;
  if (status != SOURCE_OK)
    report_unreadable(cli, diags, status, path, sources, bad_offset);
  else
    *ret_demands = check_configuration(cli->arena, sources, file,
                                       of_machine ? CONF_OF_MACHINE : CONF_OF_REPOSITORY, diags);
  return true;
}

enum exit_code cli_demands(struct cli *cli)
{
  if (cli->demands_root != NULL && strcmp(cli->demands_root, cli->root) == 0)
    return cli->demands_code;
  cli->demands_root = cli->root;
  struct source_set *sources = ARENA_NEW(cli->arena, struct source_set);
  struct diag_list *diags = ARENA_NEW(cli->arena, struct diag_list);
  diag_list_start(diags, cli->arena);
  bool is_there = cli_read_demands(cli, sources, diags, &cli->demands);
  cli->demands_code = is_there ? cli_report(cli, diags, sources) : EXIT_OK;
  return cli->demands_code;
}

static void check_source(struct cli *cli, struct compiled *ret)
{
  cli_demands(cli);
  ret->demands = cli->demands;
  uint32_t file = 0;
  struct check_options options = {
      .given = cli->given,
      .given_count = cli->given_count,
      .now_s = cli->at_s != 0 ? cli->at_s : clock_real_now_s(),
      .with_style = cli->wants_style,
      .profile = cli->demands == NULL ? NULL : &cli->demands->profile,
  };
  ret->now_s = options.now_s;
  ret->program = check_program(ret->arena, ret->sources, file, &options, ret->diags);
}

void cli_compile(struct cli *cli, const char *path, struct text name, struct compiled *ret)
{
  if (!cli_read_source(cli, path, ret))
    return;
  check_source(cli, ret);
  ret->plan = find_plan(ret->program, 0, name);
}

/* They are in the set before anything is read; an import finds them by their paths. */
static void give_texts(struct cli *cli, struct source_set *sources, struct text below)
{
  size_t length = strlen(cli->root), bad_offset;
  for (uint32_t i = 0; i < cli->text_count; i++) {
    const struct cli_text *text = &cli->texts[i];
    bool inside = strncmp(text->path, cli->root, length) == 0 && text->path[length] == '/';
    uint32_t file;
    if (inside && !text_is(below, text->path + length + 1))
      source_give(sources, text_of(text->path + length + 1), text->bytes, &file, &bad_offset);
  }
}

void cli_compile_text(struct cli *cli, const char *path, struct text bytes, struct compiled *ret)
{
  uint32_t file;
  size_t bad_offset;
  start_compile(ret);
  struct text below = below_root(cli, path);
  source_set_start(ret->sources, ret->arena, text_of(cli->root));
  enum source_status status = source_give(ret->sources, below, bytes, &file, &bad_offset);
  if (status != SOURCE_OK)
    report_unreadable(cli, ret->diags, status, path, ret->sources, bad_offset);
  if (status != SOURCE_OK)
    return;
  give_texts(cli, ret->sources, below);
  check_source(cli, ret);
}

/* Which plans the file has; for a name that is none of them, or for several. */
static enum exit_code no_such_plan(struct cli *cli, const char *path, const struct program *program)
{
  struct buffer names = {0};
  for (uint32_t i = 0; i < program->decl_count; i++)
    if (program->decls[i].kind == KIND_PLAN)
      buffer_format(&names, "%s%.*s", names.size_bytes == 0 ? "" : ", ",
                    TEXT_ARG(program->decls[i].name));
  enum exit_code code;
  if (names.size_bytes == 0)
    code = cli_usage(cli, "%s holds no plan", path);
  else if (cli->plan.length == 0)
    code = cli_usage(cli, "%s holds several plans; name one with --plan: %s", path, names.bytes);
  else
    code =
        cli_usage(cli, "%s holds no plan `%.*s`, but: %s", path, TEXT_ARG(cli->plan), names.bytes);
  buffer_free(&names);
  return code;
}

/* What the proof refuses is not hinted at as well. */
static void refuse_gaps(struct knowledge *knowledge, const struct proof_finding *finding)
{
  const uint32_t steps[] = {finding->after, finding->early, finding->late};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    if (steps[i] != INDEX_NONE)
      knowledge_refuse(knowledge, steps[i]);
}

bool cli_judge(struct compiled *compiled, const struct graph *graph)
{
  struct knowledge knowledge;
  uint32_t before = compiled->diags->error_count;
  knowledge_find(&knowledge, graph, compiled->program, compiled->diags);
  compiled->proof = NULL;
  /* decisions, ambiguity 27: what is not understood is not proven. */
  if (compiled->diags->error_count == before) {
    struct checked_graph checked = {graph};
    const struct proof *proof = compiled->proof = prove_plan(compiled->arena, &checked);
    for (uint32_t i = 0; i < proof->finding_count; i++)
      refuse_gaps(&knowledge, &proof->findings[i]);
    prove_tell(proof, compiled->program, compiled->diags);
    if (timetable_matters(graph)) {
      struct time_facts facts = {.now_ms = compiled->now_s * 1000};
      timetable_tell(timetable_make(compiled->arena, proof, &facts), compiled->program,
                     compiled->diags);
    }
  }
  knowledge_report(&knowledge);
  if (compiled->demands != NULL)
    demands_judge_verbs(graph, compiled->demands, compiled->sources, compiled->diags);
  return compiled->diags->error_count == before;
}

static enum exit_code load_source(struct cli *cli, const char *path, bool needs_values,
                                  struct loaded *ret)
{
  struct compiled *c = &ret->compiled;
  cli_compile(cli, path, cli->plan, c);
  if (cli_demands(cli) != EXIT_OK)
    return cli->demands_code;
  if (c->program == NULL || diag_list_has_errors(c->diags))
    return cli_report(cli, c->diags, c->sources);
  if (c->plan == INDEX_NONE) {
    cli_report(cli, c->diags, c->sources);
    return no_such_plan(cli, path, c->program);
  }
  struct graph *graph = lower_plan(c->arena, c->program, c->plan, needs_values, c->diags);
  bool sound = graph != NULL && graph_check(graph, c->diags, &ret->checked) && cli_judge(c, graph);
  /* An empty range of groups: what other plans of the file allow is not judged here. */
  program_suppress(c->program, c->diags, 1, 0);
  enum exit_code code = cli_report(cli, c->diags, c->sources);
  if (code != EXIT_OK || !sound)
    return code == EXIT_OK ? EXIT_ANSWER_NO : code;
  if (!witness_write(c->proof, graph, c->diags, &ret->proven))
    return cli_report(cli, c->diags, c->sources);
  struct buffer bytes = {0};
  rplan_write(graph, &bytes);
  ret->bytes = text_copy(c->arena, buffer_text(&bytes));
  ret->digest = rplan_digest(ret->bytes);
  buffer_free(&bytes);
  return EXIT_OK;
}

static enum exit_code load_rplan(struct cli *cli, const char *path, struct loaded *ret)
{
  struct compiled *c = &ret->compiled;
  *c = (struct compiled){.arena = arena_new("plan file", 0), .plan = INDEX_NONE};
  c->diags = ARENA_NEW(c->arena, struct diag_list);
  diag_list_start(c->diags, c->arena);
  ret->from_rplan = true;
  if (!cli_read_file(c->arena, path, RPLAN_LIMIT_BYTES, &ret->bytes)) {
    diag_add_nowhere(c->diags, DIAG_E0002, "%s cannot be read: %s", path,
                     errno == EINVAL ? "it is no regular file" : strerror(errno));
    return cli_report(cli, c->diags, NULL);
  }
  struct graph *graph = rplan_read(c->arena, ret->bytes, c->diags);
  if (graph == NULL || !graph_check(graph, c->diags, &ret->checked) ||
      !verify_graph(&ret->checked, c->diags, &ret->proven)) {
    enum exit_code code = cli_report(cli, c->diags, NULL);
    return code == EXIT_OK ? EXIT_NOT_APPROVED : code;
  }
  ret->digest = rplan_digest(ret->bytes);
  return EXIT_OK;
}

enum exit_code cli_load(struct cli *cli, const char *path, bool needs_values, struct loaded *ret)
{
  *ret = (struct loaded){.compiled = {.plan = INDEX_NONE}};
  enum exit_code code = cli_find_plan(cli, path, &path);
  if (code != EXIT_OK)
    return code;
  if (text_ends_with(text_of(path), ".rplan"))
    return load_rplan(cli, path, ret);
  return load_source(cli, path, needs_values, ret);
}

bool cli_find_role(struct cli *cli, const struct graph *graph, const char *name,
                   uint32_t *ret_resource)
{
  struct text names[64];
  size_t count = 0;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    if (graph->resources[i].kind != KIND_ROLE)
      continue;
    if (text_is(graph->resources[i].name, name)) {
      *ret_resource = i;
      return true;
    }
    if (count < sizeof names / sizeof names[0])
      names[count++] = graph->resources[i].name;
  }
  struct text nearest = text_nearest(text_of(name), names, count);
  if (nearest.length != 0)
    cli_usage(cli, "the plan has no role `%s`; did you mean `%.*s`?", name, TEXT_ARG(nearest));
  else
    cli_usage(cli, "the plan has no role `%s`", name);
  return false;
}
