/* SPDX-License-Identifier: Apache-2.0 */
/* cli_open: opening the store and a run of it for a verb. See cli_run.h. */
#include <string.h>
#include <pwd.h>
#include <unistd.h>

#include "compiler/graph/rplan.h"
#include "runtime/cli/cli_demo.h"
#include "runtime/engine/clock.h"

enum exit_code cli_exit_of_store(enum store_result result)
{
  switch (result) {
  case STORE_OK:
    return EXIT_OK;
  case STORE_NONE:
  case STORE_UNUSABLE:
    return EXIT_CANNOT_WORK;
  case STORE_CONFLICT:
  case STORE_HELD:
    return EXIT_REFUSED;
  case STORE_DAMAGED:
    return EXIT_NEEDS_DECISION;
  }
  return EXIT_CANNOT_WORK;
}

static enum exit_code report(struct cli *cli, struct opened *opened, enum exit_code code)
{
  cli_report(cli, opened->diags, NULL);
  return code;
}

enum exit_code cli_open_store(struct cli *cli, enum store_mode mode, struct opened *ret)
{
  *ret = (struct opened){.arena = cli->arena};
  ret->diags = ARENA_NEW(cli->arena, struct diag_list);
  diag_list_start(ret->diags, cli->arena);
  enum store_result result = store_open(cli->store, mode, ret->diags, &ret->store);
  if (result == STORE_OK || (result == STORE_NONE && mode != STORE_TO_CREATE))
    return EXIT_OK;
  return report(cli, ret, cli_exit_of_store(result));
}

enum exit_code cli_has_read(struct cli *cli, struct opened *opened)
{
  if (opened->store == NULL)
    return EXIT_OK;
  enum store_result result = store_read_well(opened->store, opened->diags);
  return result == STORE_OK ? EXIT_OK : report(cli, opened, cli_exit_of_store(result));
}

enum exit_code cli_read_plan(struct cli *cli, struct opened *opened, const struct run_row *run,
                             struct proven_graph *ret_proven)
{
  struct graph *graph = rplan_read(opened->arena, run->rplan, opened->diags);
  struct checked_graph checked;
  if (graph != NULL && graph_check(graph, opened->diags, &checked) &&
      verify_graph(&checked, opened->diags, ret_proven))
    return EXIT_OK;
  bool other_release = diag_list_has_code(opened->diags, DIAG_E1122);
  return report(cli, opened, other_release ? EXIT_CANNOT_WORK : EXIT_NOT_APPROVED);
}

enum exit_code cli_open_run(struct cli *cli, enum store_mode mode, struct text run,
                            struct opened *ret)
{
  if (cli_is_demo_run(run))
    cli_use_demo(cli);
  enum exit_code code = cli_open_store(cli, mode, ret);
  if (code != EXIT_OK)
    return code;
  enum store_result result = STORE_NONE;
  if (ret->store != NULL)
    result = store_run(ret->store, ret->arena, run, &ret->run);
  if (result == STORE_NONE) {
    struct diag *diag = diag_add_nowhere(ret->diags, DIAG_E1118, "there is no run `%.*s` in %s",
                                         TEXT_ARG(run), cli->store);
    diag_add_help(ret->diags, diag,
                  "`renew status` lists the runs; `--store PATH` names another store");
    return report(cli, ret, EXIT_CANNOT_WORK);
  }
  if (result != STORE_OK)
    return cli_has_read(cli, ret);
  enum exit_code read = cli_read_plan(cli, ret, &ret->run, &ret->proven);
  ret->checked = ret->proven.checked;
  return read;
}

void cli_close(struct opened *opened)
{
  store_close(opened->store);
  opened->store = NULL;
}

static struct text nearest_step(const struct opened *opened, struct text label)
{
  const struct graph *graph = opened->checked.graph;
  struct text *ids = arena_array(opened->arena, graph->step_count, sizeof *ids);
  for (uint32_t i = 0; i < graph->step_count; i++)
    ids[i] = graph->steps[i].id;
  return text_nearest(label, ids, graph->step_count);
}

/* Who was told of the step before it was renamed knows it by its old label, `was LABEL`; with the key of
 * its instance or without: "swap", "swap[worker-1]". */
static bool is_called(const struct step *step, struct text label)
{
  if (step->kind != STEP_ACTION || text_equal(step->label, label))
    return step->kind == STEP_ACTION;
  if (step->was.length == 0 || label.length < step->was.length ||
      memcmp(label.at, step->was.at, step->was.length) != 0)
    return false;
  struct text key = {label.at + step->was.length, label.length - step->was.length};
  return key.length == 0 || (key.at[0] == '[' && text_ends_with(step->id, key.at));
}

enum exit_code cli_find_step(struct cli *cli, struct opened *opened, const char *label,
                             uint32_t *ret_step)
{
  const struct graph *graph = opened->checked.graph;
  struct text wanted = text_of(label);
  uint32_t found = graph_find_step(graph, wanted), found_count = found == INDEX_NONE ? 0 : 1;
  for (uint32_t i = 0; i < graph->step_count && found_count != 1; i++) {
    if (!is_called(&graph->steps[i], wanted))
      continue;
    if (found == INDEX_NONE)
      found = i;
    else
      found_count = 2;
  }
  if (found != INDEX_NONE && found_count < 2) {
    *ret_step = found;
    return EXIT_OK;
  }
  struct diag *diag;
  if (found != INDEX_NONE) {
    diag = diag_add_nowhere(opened->diags, DIAG_E1118, "several steps have the label `%s`", label);
    diag_add_help(opened->diags, diag, "name one of them: %.*s", TEXT_ARG(graph->steps[found].id));
    return report(cli, opened, EXIT_CANNOT_WORK);
  }
  diag = diag_add_nowhere(opened->diags, DIAG_E1118, "run %.*s has no step `%s`",
                          TEXT_ARG(opened->run.id), label);
  struct text near = nearest_step(opened, wanted);
  if (near.length > 0)
    diag_add_help(opened->diags, diag, "did you mean `%.*s`?", TEXT_ARG(near));
  else
    diag_add_help(opened->diags, diag, "its steps: renew status %.*s", TEXT_ARG(opened->run.id));
  return report(cli, opened, EXIT_CANNOT_WORK);
}

struct text cli_signer(struct cli *cli)
{
  struct passwd *user = getpwuid(geteuid());
  if (user != NULL)
    return text_copy(cli->arena, text_of(user->pw_name));
  return text_format(cli->arena, "uid-%u", (unsigned)geteuid());
}

enum exit_code cli_open_signing(struct cli *cli, struct opened *ret_opened,
                                struct signing *ret_signing)
{
  enum exit_code code = cli_open_run(cli, STORE_TO_WRITE, text_of(cli->argv[0]), ret_opened);
  uint32_t step = INDEX_NONE;
  if (code == EXIT_OK)
    code = cli_find_step(cli, ret_opened, cli->argv[1], &step);
  if (code != EXIT_OK)
    return code;
  *ret_signing = (struct signing){.store = ret_opened->store,
                                  .graph = ret_opened->checked.graph,
                                  .run = &ret_opened->run,
                                  .step = step,
                                  .signer = cli_signer(cli),
                                  .role = cli->role_count > 0 ? cli->roles[0] : TEXT_NONE,
                                  .now_ms = demo_now_ms(cli, ret_opened),
                                  .is_simulated = cli->is_demo,
                                  .arena = cli->arena};
  return EXIT_OK;
}

enum exit_code cli_end_signing(struct cli *cli, struct opened *opened, enum signing_result result)
{
  switch (result) {
  case SIGNING_OK:
    return EXIT_OK;
  case SIGNING_REFUSED:
    return report(cli, opened, EXIT_NOT_APPROVED);
  case SIGNING_UNUSABLE:
    return report(cli, opened, EXIT_CANNOT_WORK);
  }
  return EXIT_CANNOT_WORK;
}

static struct text role_name(const struct graph *graph, uint32_t role)
{
  return role == INDEX_NONE ? TEXT_NONE : graph->resources[role].name;
}

bool cli_task(struct arena *arena, struct store *store, const struct run_row *run,
              const struct graph *graph, const struct step_row *row, struct task *ret_task)
{
  const struct step *step = &graph->steps[row->step];
  struct text label = text_shell_word(arena, row->id);
  /* A run that has ended asks nobody, whatever its steps were waiting for. */
  if (run->state == RUN_DONE || run->state == RUN_CANCELLED)
    return false;
  if (row->status == STEP_UNKNOWN) {
    *ret_task =
        (struct task){"decide", role_name(graph, step->role),
                      text_format(arena, "renew decide %.*s %.*s done|redo --because \"...\"",
                                  TEXT_ARG(run->id), TEXT_ARG(label))};
    return true;
  }
  if (row->status != STEP_WAITING)
    return false;
  if (row->wait == WAIT_QUESTION) {
    *ret_task = (struct task){"answer", role_name(graph, step->role),
                              text_format(arena, "renew decide %.*s %.*s yes|no --because \"...\"",
                                          TEXT_ARG(run->id), TEXT_ARG(label))};
    return true;
  }
  if (row->wait != WAIT_PERSON && row->wait != WAIT_APPROVAL)
    return false;
  enum signoff_means means = row->wait == WAIT_PERSON ? MEANS_CONFIRM : MEANS_APPROVE;
  struct signoff_row *rows;
  size_t row_count;
  store_signoffs(store, arena, run->id, &rows, &row_count);
  uint32_t role = signoff_missing_role(graph, step, means, rows, row_count);
  *ret_task = (struct task){means_words[means], role_name(graph, role), TEXT_NONE};
  /* An authority that people are: without its answer the signature ends nothing. */
  const struct provider *provider =
      (cli_is_demo_run(run->id) ? &providers_simulated : &providers_real)->find(graph, step);
  bool brings = means == MEANS_CONFIRM && (provider->supports & TAKES_FILE) != 0;
  bool takes_print = (provider->supports & TAKES_PRINT) != 0;
  bool several = means == MEANS_CONFIRM && step->roles.count > 1;
  ret_task->command =
      several ? text_format(arena, "renew sign %.*s %.*s --as-role %.*s", TEXT_ARG(run->id),
                            TEXT_ARG(label), TEXT_ARG(ret_task->role))
              : text_format(arena, "renew sign %.*s %.*s%s", TEXT_ARG(run->id), TEXT_ARG(label),
                            !brings       ? ""
                            : takes_print ? " --evidence FILE --fingerprint HEX"
                                          : " --evidence FILE");
  return true;
}
