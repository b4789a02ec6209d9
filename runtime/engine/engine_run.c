/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_run: the beginning of a run (preflight, reservation), this process's part of it, and
 * its end.
 */
#include <sys/random.h>

#include "runtime/engine/engine_int.h"

#include "runtime/store/failpoint.h"

static struct call run_call(struct engine *engine)
{
  return (struct call){.arena = engine->arena,
                       .graph = engine->graph,
                       .world = engine->given->world,
                       .run = engine->run->id};
}

static bool is_bound(struct engine *engine)
{
  struct journal_row *rows;
  size_t row_count;
  store_journal(engine->given->store, engine->arena, engine->run->id, &rows, &row_count);
  for (size_t i = 0; i < row_count; i++) {
    if (text_is(rows[i].kind, record_words[RECORD_BIND]))
      return true;
  }
  return false;
}

/* What the certificates are now is written down once, and is C.old from then on. */
static enum run_end bind_old(struct engine *engine)
{
  if (engine->given->table->bind == NULL || is_bound(engine))
    return END_DONE;
  struct call call = run_call(engine);
  struct answer answer = {0};
  enum outcome outcome = engine->given->table->bind(&call, &answer);
  if (outcome != OUTCOME_DONE) {
    bool is_remote = outcome == OUTCOME_UNREACHABLE || outcome == OUTCOME_IN_DOUBT;
    struct diag *diag = diag_add_nowhere(engine->given->diags, is_remote ? DIAG_E1108 : DIAG_E1107,
                                         "what is there before the run could not be kept: %.*s",
                                         TEXT_ARG(answer.says));
    if (answer.help.length > 0)
      diag_add_help(engine->given->diags, diag, "%.*s", TEXT_ARG(answer.help));
    diag_add_help(engine->given->diags, diag, "no step was begun; then: renew resume %.*s",
                  TEXT_ARG(engine->run->id));
    return is_remote ? END_REMOTE : END_FAILED;
  }
  struct record record = engine_record(engine, RECORD_BIND, NULL, answer.says);
  engine_record_answer(&record, &answer);
  return engine_note(engine, &record, INDEX_NONE) ? END_DONE : END_UNUSABLE;
}

/* The run is over: staged keys go first, so that an end that was written has nothing left to do. */
static enum run_end finish(struct engine *engine)
{
  bool is_done = engine->unsettled_count == 0;
  if (engine->is_broken || (!is_done && !engine->cancels) ||
      (engine->cancels && engine->end == END_UNDECIDED))
    return engine->end;
  if (engine->given->table->release != NULL) {
    struct call call = run_call(engine);
    engine->given->table->release(&call);
  }
  struct record record = engine_record(engine, RECORD_FINISH, NULL, TEXT_NONE);
  enum run_state state = is_done ? RUN_DONE : RUN_CANCELLED;
  record_add_text(&record, "state", text_of(run_state_words[state]));
  struct store_write write = {
      .run = engine->run->id, .record = &record, .sets_state = true, .state = state};
  FAILPOINT("before-FINISH");
  enum store_result result = store_write(engine->given->store, &write, engine->given->diags);
  record_free(&record);
  if (result != STORE_OK)
    return END_UNUSABLE;
  FAILPOINT("FINISH");
  return is_done ? END_DONE : END_CANCELLED;
}

enum run_end engine_run(const struct engine_world *world, const struct run_row *run)
{
  enum run_state state = store_run_state(world->store, run->id);
  if (state == RUN_DONE)
    return END_DONE;
  if (state == RUN_CANCELLED)
    return END_CANCELLED;
  struct engine engine = {.given = world,
                          .graph = world->proven.checked.graph,
                          .clock = world->options->clock,
                          .run = run,
                          .arena = arena_new("engine", 0)};
  pthread_mutex_init(&engine.looking, NULL);
  engine.dice = world->options->dice;
  if (engine.dice == 0 && getrandom(&engine.dice, sizeof engine.dice, 0) < 0)
    engine.dice = 1;
  enum run_end end = END_UNUSABLE;
  engine.book = window_book_open(engine.arena, engine.graph);
  engine_tell_moved_windows(&engine);
  if (engine_open_loop(&engine))
    end = engine_load(&engine);
  if (end == END_DONE && !engine.cancels)
    end = bind_old(&engine);
  if (end == END_DONE) {
    engine_find_dues(&engine);
    engine_loop(&engine);
    engine_end_turns(&engine);
    end = finish(&engine);
  }
  engine_end_turns(&engine);
  engine_close_loop(&engine);
  pthread_mutex_destroy(&engine.looking);
  window_book_close(engine.book);
  arena_free(engine.arena);
  return end;
}

/* Every reason why a step cannot work, before anything is touched. */
static bool preflight(const struct engine_world *world, const struct run_row *run)
{
  const struct graph *graph = world->proven.checked.graph;
  uint32_t errors_before = world->diags->error_count;
  engine_windows_are_known(graph, world->diags);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    const struct provider *provider = world->table->find(graph, step);
    if (provider->prepare == NULL)
      continue;
    struct call call = {.arena = arena_new("provider", JOB_ARENA_BYTES),
                        .graph = graph,
                        .step = step,
                        .world = world->world,
                        .run = run->id};
    provider->prepare(&call, world->diags);
    arena_free(call.arena);
  }
  return world->diags->error_count == errors_before;
}

void engine_targets(struct arena *arena, const struct graph *graph, struct text **ret_targets,
                    size_t *ret_target_count)
{
  uint32_t count = 0;
  while (graph_setting_value(graph, graph->plan_resource, KEY_RENEWS, count) != NULL)
    count++;
  struct text *targets = arena_array(arena, (size_t)count + 1, sizeof *targets);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t renewed = graph_setting_value(graph, graph->plan_resource, KEY_RENEWS, i)->resource;
    const struct graph_value *keystore = graph_setting_value(graph, renewed, KEY_IN, 0);
    const struct graph_value *alias = graph_setting_value(graph, renewed, KEY_ALIAS, 0);
    const struct resource *of = &graph->resources[renewed];
    targets[i] =
        keystore == NULL || alias == NULL
            ? text_format(arena, "%s %.*s", kind_words[of->kind], TEXT_ARG(of->name))
            : text_format(arena, "%.*s#%.*s", TEXT_ARG(graph->resources[keystore->resource].name),
                          TEXT_ARG(alias->text));
  }
  *ret_targets = targets;
  *ret_target_count = count;
}

enum store_result engine_begin(const struct engine_world *world, struct run_row *run)
{
  const struct graph *graph = world->proven.checked.graph;
  if (!preflight(world, run))
    return STORE_UNUSABLE;
  struct arena *arena = arena_new("engine", 0);
  struct text *targets;
  size_t target_count;
  engine_targets(arena, graph, &targets, &target_count);
  run->plan = graph->name;
  run->begun_ms = world->options->clock->now_ms();
  struct record record;
  record_start(&record, RECORD_START, run->begun_ms);
  record_add_text(&record, "plan", graph->name);
  record_add_text(&record, "policy", graph->policy);
  record_add_text(&record, "change", graph->change);
  record_add_text(&record, "digest", run->digest);
  record_add_text(&record, "template", graph->template_digest);
  record_add_text(&record, "by", run->by);
  record_add_text(&record, "root", run->root);
  if (world->world->simulation != NULL)
    record_add_text(&record, "simulated", TEXT("yes: no system of this run exists"));
  FAILPOINT("before-BEGUN");
  enum store_result result =
      store_begin(world->store, run, &record, targets, target_count, world->diags);
  FAILPOINT("BEGUN");
  record_free(&record);
  arena_free(arena);
  return result;
}
