/* SPDX-License-Identifier: Apache-2.0 */
/* play: the parts of a run, each in a process of its own. See play.h. */
#include "runtime/cli/play.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/graph/rplan.h"
#include "compiler/prove/witness.h"
#include "runtime/cli/cli_folder.h"
#include "compiler/graph/window.h"
#include "runtime/providers/conf.h"

enum { PARTS_MAX = 10000, END_CODE = 32, MS = 1000, DICE = 1 };

const struct setting *play_setting(const struct play *play, enum key key, const struct step *step)
{
  for (uint32_t i = 0; i < play->scenario->setting_count; i++) {
    const struct setting *setting = &play->scenario->settings[i];
    if (setting->key == key && (text_equal(setting->values[0].text, step->id) ||
                                text_equal(setting->values[0].text, step->label)))
      return setting;
  }
  return NULL;
}

static enum fault_kind fault_of(const struct setting *setting)
{
  if (setting->key == KEY_KILL_BEFORE)
    return FAULT_KILL_BEFORE;
  if (setting->key == KEY_KILL_AFTER)
    return FAULT_KILL_AFTER;
  struct text word = setting->values[1].text;
  return text_is(word, "refused")       ? FAULT_REFUSED
         : text_is(word, "unreachable") ? FAULT_UNREACHABLE
                                        : FAULT_IN_DOUBT;
}

static void read_faults(struct play *play)
{
  const struct decl *decl = play->scenario;
  play->faults = arena_array(play->arena, decl->setting_count + 1, sizeof *play->faults);
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    if (setting->key != KEY_FAIL && setting->key != KEY_KILL_BEFORE &&
        setting->key != KEY_KILL_AFTER)
      continue;
    bool has_count = setting->key == KEY_FAIL && setting->value_count > 2 &&
                     setting->values[2].kind == VALUE_NUMBER;
    play->faults[play->fault_count++] =
        (struct fault){.kind = fault_of(setting),
                       .step = setting->values[0].text,
                       .count = has_count ? (uint32_t)setting->values[2].number : 1};
  }
}

static struct simulation *open_landscape(const struct play *play)
{
  const struct value *new_root = decl_value(play->scenario, KEY_NEW_ROOT, 0);
  struct simulation_setup setup = {.has_new_root = new_root != NULL && new_root->number != 0,
                                   .faults = play->faults,
                                   .fault_count = play->fault_count};
  struct simulation *simulation = simulation_new(play->arena, &setup);
  if (simulation_use_file(simulation, play->landscape_path))
    return simulation;
  simulation_free(simulation);
  return NULL;
}

/* In a process of its own, which ends here. */
static void play_part(struct play *play, bool begins)
{
  struct diag_list diags;
  diag_list_start(&diags, play->arena);
  struct store *store = NULL;
  enum store_result result =
      store_open(play->store_path, begins ? STORE_TO_CREATE : STORE_TO_WRITE, &diags, &store);
  struct simulation *simulation = open_landscape(play);
  enum run_end end = END_UNUSABLE;
  clock_virtual_set(play->now_ms);
  struct world world = {.arena = play->arena,
                        .root = play->cli->root,
                        .state_folder = store == NULL ? "" : store_folder(store),
                        .conf = conf_read(play->arena, NULL, play->cli->root, &diags),
                        .simulation = simulation,
                        .now_s = clock_virtual_now_s,
                        .monotonic_ms = clock_monotonic_ms};
  struct engine_options options = {
      .clock = &clock_virtual, .patience_ms = PATIENCE_MS, .worker_count = 1, .dice = DICE};
  struct engine_world given = {.proven = play->proven,
                               .table = &providers_simulated,
                               .store = store,
                               .world = &world,
                               .options = &options,
                               .diags = &diags};
  if (result == STORE_OK && begins)
    result = engine_begin(&given, &play->run);
  if (result == STORE_OK)
    result = store_lock_run(store, play->run.id, play->now_ms, &diags);
  if (result == STORE_OK && simulation != NULL)
    end = engine_run(&given, &play->run);
  if (simulation != NULL)
    simulation_keep_now(simulation, clock_virtual.now_ms());
  if (end == END_UNUSABLE)
    cli_report(play->cli, &diags, NULL);
  store_close(store);
  fflush(stderr);
  _exit(END_CODE + (int)end);
}

/* False where no process can be had. */
static bool run_part(struct play *play, bool begins)
{
  fflush(stdout);
  fflush(stderr);
  pid_t pid = fork();
  if (pid == 0)
    play_part(play, begins);
  int status;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) {
    fprintf(stderr, "renew: no process for the scenario: %s\n", strerror(errno));
    return false;
  }
  play->is_dead = !WIFEXITED(status) || WEXITSTATUS(status) < END_CODE ||
                  WEXITSTATUS(status) > END_CODE + END_UNUSABLE;
  if (!play->is_dead)
    play->end = (enum run_end)(WEXITSTATUS(status) - END_CODE);
  struct simulation *simulation = open_landscape(play);
  if (simulation != NULL && simulation_now_ms(simulation) > play->now_ms)
    play->now_ms = simulation_now_ms(simulation);
  simulation_free(simulation);
  return true;
}

/* The run's row, once it is born; then what people say. False: nobody says anything more. */
static bool go_between(struct play *play)
{
  struct diag_list diags;
  diag_list_start(&diags, play->arena);
  struct store *store = NULL;
  if (store_open(play->store_path, STORE_TO_WRITE, &diags, &store) != STORE_OK)
    return false;
  struct run_row *rows;
  size_t count;
  store_runs(store, play->arena, &rows, &count);
  bool goes_on = count > 0 && store_run(store, play->arena, rows[0].id, &play->run) == STORE_OK;
  if (goes_on && !play->is_dead)
    goes_on = play->end != END_DONE && play->end != END_UNUSABLE && play_answer(play, store);
  store_close(store);
  return goes_on;
}

static bool play_parts(struct play *play)
{
  bool begins = true;
  uint32_t part = 0;
  do {
    if (!run_part(play, begins))
      return false;
    begins = false;
  } while (part++ < PARTS_MAX && go_between(play));
  if (play->is_dead) {
    fprintf(stderr, "renew: the program died in scenario `%.*s`, which did not ask for it\n",
            TEXT_ARG(play->scenario->name));
    return false;
  }
  return play->end != END_UNUSABLE;
}

static bool moment_of(const struct value *value, int64_t *ret_ms)
{
  struct moment_context context = {.window = INDEX_NONE};
  return moment_of_text(&context, value->text, ret_ms);
}

/* A set that only the remote system knows has two elements here, as in a dry run. */
static struct graph *lower_for_play(struct compiled *compiled, uint32_t plan)
{
  struct diag_list tried;
  diag_list_start(&tried, compiled->arena);
  lower_plan(compiled->arena, compiled->program, plan, true, &tried);
  bool has_open_set = diag_list_has_code(&tried, DIAG_E0414);
  return lower_plan(compiled->arena, compiled->program, plan, !has_open_set, compiled->diags);
}

bool play_scenario(struct cli *cli, struct compiled *compiled, uint32_t scenario)
{
  const struct program *program = compiled->program;
  const struct decl *decl = &program->decls[scenario];
  struct play play = {.cli = cli,
                      .arena = compiled->arena,
                      .scenario = decl,
                      .program = program,
                      .diags = compiled->diags};
  uint32_t plan = decl_value(decl, KEY_PLAN_OF, 0)->decl;
  struct graph *graph = lower_for_play(compiled, plan);
  if (graph == NULL || !graph_check(graph, compiled->diags, &play.checked))
    return true;
  if (!cli_judge(compiled, graph) ||
      !witness_write(compiled->proof, graph, compiled->diags, &play.proven))
    return true;
  play_check(decl, graph, compiled->diags);
  if (diag_list_has_errors(compiled->diags) ||
      !moment_of(decl_value(decl, KEY_BEGINS_AT, 0), &play.now_ms))
    return true;
  read_faults(&play);
  play.is_used = arena_array(play.arena, decl->setting_count + 1, sizeof(bool));
  play.asked_ms = arena_array(play.arena, graph->step_count, sizeof(int64_t));
  struct buffer bytes = {0};
  rplan_write(graph, &bytes);
  play.run = (struct run_row){.rplan = text_copy(play.arena, buffer_text(&bytes)),
                              .root = text_of(cli->root),
                              .by = TEXT("scenario"),
                              .id = TEXT(DEMO_PREFIX)};
  play.run.digest = rplan_digest(play.run.rplan);
  buffer_free(&bytes);
  const char *folder = cli_temporary_folder(cli, "renew-play");
  if (folder == NULL)
    return false;
  play.store_path = text_format(play.arena, "%s/state/store.db", folder).at;
  play.landscape_path = text_format(play.arena, "%s/landscape.json", folder).at;
  bool played = play_parts(&play);
  if (played)
    play_judge(&play);
  cli_remove_folder(folder);
  return played;
}
