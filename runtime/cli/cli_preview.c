/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_preview: the dry run: the same engine with the providers that pretend, a store in memory,
 * a clock that is moved, and a stand-in for people. What is printed is what the engine would
 * have done, in its order, with what is known about each step: probed, simulated, unknowable.
 */
#include <stdio.h>

#include "runtime/cli/cli_demo.h"
#include "runtime/cli/cli_execute.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_times.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/preview.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/survey.h"
#include "compiler/pki/cert.h"

enum { MS = 1000 };

static const char *const fidelity_words[] = {"probed", "simulated", "unknowable"};

struct preview_state {
  struct cli *cli;
  const struct graph *graph;
  bool *is_gated;     /* by step: somebody approves it first */
  bool *is_guarded;   /* by step: only a run knows whether it is done */
  bool *has_acted;    /* by step: it would do something, or ask */
  bool *has_waited;   /* by step: its wait has been told */
  uint32_t due_count; /* steps that would */
  uint32_t counts[3];
  struct text unknowable; /* labels of the unknowable steps, the first ones */
  const struct timetable *times;
  const struct ways_back *ways;
  const struct text *notes; /* by step: of its time */
};

/* People are not asked: gates open, and what only a run can decide is shown as if it were so. */
static bool stand_in(void *of, const struct step *step, enum wait_kind wait)
{
  struct preview_state *state = of;
  size_t index = (size_t)(step - state->graph->steps);
  if (wait == WAIT_APPROVAL)
    state->is_gated[index] = true;
  if (wait == WAIT_QUESTION)
    state->is_guarded[index] = true;
  return true;
}

/* The certificate that does not exist yet, and that the guard speaks of: "client.new"; "" without. */
static struct text unknown_new(const struct preview_state *state, uint32_t guard)
{
  const struct graph *graph = state->graph;
  if (guard == INDEX_NONE)
    return TEXT("");
  const struct guard_node *node = &graph->guards[guard];
  uint32_t operands[2] = {node->left, node->right};
  switch (node->op) {
  case GUARD_NOT:
    return unknown_new(state, node->left);
  case GUARD_AND:
  case GUARD_OR: {
    struct text left = unknown_new(state, node->left);
    return left.length != 0 ? left : unknown_new(state, node->right);
  }
  case GUARD_FACT:
    operands[1] = node->left;
    break;
  case GUARD_EQUAL:
  case GUARD_UNEQUAL:
    break;
  case GUARD_CONSTANT:
    return TEXT("");
  }
  for (int i = 0; i < 2; i++) {
    const struct argument *argument = &graph->arguments[operands[i]];
    if (argument->kind == ARGUMENT_RESOURCE && argument->members[0] == MEMBER_NEW)
      return text_format(state->cli->arena, "%.*s.new",
                         TEXT_ARG(graph->resources[argument->resource].name));
  }
  return TEXT("");
}

static const char *word_of(const struct preview_state *state, const struct run_event *event,
                           enum fidelity fidelity)
{
  bool is_there = event->kind == EVENT_OK && !state->has_acted[event->step];
  if (event->kind == EVENT_SKIP || is_there)
    return "skip";
  if (event->kind == EVENT_WAIT)
    return "wait";
  if (state->is_guarded[event->step])
    return "maybe";
  return fidelity == FIDELITY_UNKNOWABLE ? "ask" : "do";
}

static void print_json(struct preview_state *state, const struct run_event *event,
                       enum fidelity fidelity)
{
  const struct step *step = &state->graph->steps[event->step];
  char utc[UTC_TEXT_BYTES];
  utc_format(event->at_ms, utc);
  json_t *item = json_object();
  json_object_set_new(item, "utc", json_string(utc));
  json_object_set_new(item, "event", json_string("would"));
  json_object_set_new(item, "does", json_string(word_of(state, event, fidelity)));
  json_object_set_new(item, "step", cli_json_text(step->id));
  json_object_set_new(item, "number", json_integer(step->number));
  json_object_set_new(item, "role", cli_json_text(state->graph->resources[step->role].name));
  json_object_set_new(item, "says", cli_json_text(event->says));
  json_object_set_new(item, "fidelity", json_string(fidelity_words[fidelity]));
  json_object_set_new(item, "needs-approval", json_boolean(state->is_gated[event->step]));
  json_object_set_new(item, "depends-on-guard", json_boolean(state->is_guarded[event->step]));
  struct text unknown =
      state->is_guarded[event->step] ? unknown_new(state, step->guard) : TEXT_NONE;
  if (unknown.length != 0)
    json_object_set_new(item, "decided-when-known", cli_json_text(unknown));
  if (state->notes[event->step].length != 0)
    json_object_set_new(item, "time", cli_json_text(state->notes[event->step]));
  cli_json_print(item, "renew.event/1");
}

static void print_line(struct preview_state *state, const struct run_event *event,
                       enum fidelity fidelity)
{
  const struct step *step = &state->graph->steps[event->step];
  struct text says = event->says.length > 0 ? event->says : step->sentence;
  printf("%3u/%u %-5s %-22.*s %-16.*s %.*s", step->number, state->graph->action_count,
         word_of(state, event, fidelity), TEXT_ARG(step->id),
         TEXT_ARG(state->graph->resources[step->role].name), TEXT_ARG(says));
  if (event->kind == EVENT_OK && !state->has_acted[event->step] && step->effect != EFFECT_WAIT) {
    printf(": so already (probed)");
  } else if (event->kind == EVENT_OK && step->effect != EFFECT_WAIT) {
    struct text unknown =
        state->is_guarded[event->step] ? unknown_new(state, step->guard) : TEXT_NONE;
    if (unknown.length != 0)
      printf(" [decided when %.*s is known]", TEXT_ARG(unknown));
    else if (state->is_guarded[event->step])
      printf(" [if its `when` holds]");
    if (state->is_gated[event->step])
      printf(" [after approval]");
    printf(" (%s)", fidelity_words[fidelity]);
  }
  if (state->notes[event->step].length != 0)
    printf(" [%.*s]", TEXT_ARG(state->notes[event->step]));
  putchar('\n');
}

/* A test point a step: what a person would do, and what is left out, is skipped. */
static void add_case(struct preview_state *state, const struct run_event *event,
                     enum fidelity fidelity)
{
  const struct step *step = &state->graph->steps[event->step];
  struct arena *arena = state->cli->arena;
  if (event->kind == EVENT_WAIT)
    return;
  struct report_case *added = findings_case(
      cli_findings(state->cli), text_format(arena, "renew plan %.*s", TEXT_ARG(state->graph->name)),
      text_format(arena, "%u %.*s", step->number, TEXT_ARG(step->id)),
      state->graph->sources[step->source].path);
  bool is_asked = event->kind == EVENT_OK &&
                  (fidelity == FIDELITY_UNKNOWABLE || !state->has_acted[event->step]);
  added->result = is_asked || event->kind == EVENT_SKIP ? CASE_SKIPPED : CASE_OK;
  added->says = text_copy(arena, event->says.length > 0 ? event->says : step->sentence);
  findings_end_case(cli_findings(state->cli));
}

static void tell(void *of, const struct run_event *event)
{
  struct preview_state *state = of;
  if (event->step == INDEX_NONE)
    return;
  if (event->kind == EVENT_ACTING) {
    state->has_acted[event->step] = true;
    state->due_count++;
    return;
  }
  const struct step *step = &state->graph->steps[event->step];
  enum fidelity fidelity = event->fidelity;
  if (event->kind == EVENT_OK) {
    state->counts[fidelity]++;
    if (fidelity == FIDELITY_UNKNOWABLE && state->counts[fidelity] == 1)
      state->unknowable = step->id;
  }
  if (cli_wants_cases(state->cli))
    add_case(state, event, fidelity);
  if (event->kind == EVENT_WAIT)
    state->has_waited[event->step] = true;
  /* Of a wait the moment has been told; that it comes says nothing more. */
  if (event->kind == EVENT_OK && step->effect == EFFECT_WAIT && state->has_waited[event->step])
    return;
  if (state->cli->report.format == REPORT_JSON)
    print_json(state, event, fidelity);
  else if (cli_is_text(state->cli) && !state->cli->quiet)
    print_line(state, event, fidelity);
}

/* What the proof asks for, and from where on there is no way back. */
static void print_times(const struct preview_state *state)
{
  struct cli *cli = state->cli;
  const struct graph *graph = state->graph;
  uint32_t point = state->ways->point;
  bool is_json = cli->report.format == REPORT_JSON;
  if (!is_json && (!cli_is_text(cli) || cli->quiet))
    return;
  for (uint32_t i = 0; i < state->times->proof->obligation_count; i++) {
    struct text says = timetable_obligation(cli->arena, state->times, i);
    if (!is_json) {
      printf("obligation: %.*s\n", TEXT_ARG(says));
      continue;
    }
    json_t *item = json_object();
    uint32_t step = state->times->proof->obligations[i].step;
    json_object_set_new(item, "event", json_string("obligation"));
    json_object_set_new(item, "step", cli_json_text(graph->steps[step].id));
    json_object_set_new(item, "says", cli_json_text(says));
    cli_json_print(item, "renew.event/1");
  }
  if (point == INDEX_NONE)
    return;
  if (!is_json) {
    printf("point of no return: %.*s\n", TEXT_ARG(graph->steps[point].id));
    return;
  }
  json_t *item = json_object();
  json_object_set_new(item, "event", json_string("point-of-no-return"));
  json_object_set_new(item, "step", cli_json_text(graph->steps[point].id));
  cli_json_print(item, "renew.event/1");
}

static void print_coverage(const struct preview_state *state, struct text digest)
{
  uint32_t probed = state->counts[FIDELITY_PROBED], known = probed;
  uint32_t simulated = state->counts[FIDELITY_SIMULATED];
  uint32_t unknowable = state->counts[FIDELITY_UNKNOWABLE];
  if (state->cli->report.format == REPORT_JSON) {
    json_t *item = json_object();
    json_object_set_new(item, "event", json_string("coverage"));
    json_object_set_new(item, "digest", cli_json_text(digest));
    json_object_set_new(item, "steps", json_integer(state->graph->action_count));
    json_object_set_new(item, "probed", json_integer(probed));
    json_object_set_new(item, "simulated", json_integer(simulated));
    json_object_set_new(item, "unknowable", json_integer(unknowable));
    cli_json_print(item, "renew.event/1");
    return;
  }
  if (!cli_is_text(state->cli))
    return;
  printf("coverage: %u/%u probed, %u simulated, %u unknowable", known, state->graph->action_count,
         simulated, unknowable);
  if (unknowable > 0)
    printf(": %.*s%s", TEXT_ARG(state->unknowable), unknowable > 1 ? " ..." : "");
  printf("\ndigest %.*s\n", TEXT_ARG(digest));
}

static struct world preview_world(struct cli *cli, const struct graph *graph,
                                  const struct preview_wish *wish, struct diag_list *diags)
{
  return (struct world){
      .arena = cli->arena,
      .root = cli->root,
      .state_folder = "",
      .conf = conf_read(cli->arena, wish->trusted ? conf_find(cli->arena) : NULL, cli->root, diags),
      .live = wish->live,
      .trusted = wish->live && wish->trusted,
      .preview = wish->live ? preview_new(cli->arena, graph) : NULL,
      .sessions = wish->live ? sessions_new() : NULL,
      .now_s = clock_simulated_now_s,
      .monotonic_ms = clock_monotonic_ms,
      .machine_ns = clock_machine_ns,
      .booted_ns = clock_booted_ns};
}

static enum run_end rehearse(struct preview_state *state, const struct proven_graph *proven,
                             const struct preview_wish *wish, struct world *world,
                             struct diag_list *diags)
{
  struct engine_options options = {.clock = &clock_simulated,
                                   .patience_ms = PATIENCE_MS,
                                   .worker_count = 1, /* the order of the text */
                                   .without_workers = true,
                                   .stand_in = stand_in,
                                   .tell = tell,
                                   .of = state};
  struct store *store = store_open_memory();
  struct engine_world given = {.proven = *proven,
                               .table = wish->live            ? &providers_preview_live
                                        : state->cli->is_demo ? &providers_preview_simulated
                                                              : &providers_preview,
                               .store = store,
                               .world = world,
                               .options = &options,
                               .diags = diags};
  struct run_row run = {
      .digest = wish->digest, .root = text_of(state->cli->root), .by = TEXT("preview")};
  enum run_end end = END_UNUSABLE;
  if (engine_begin(&given, &run) == STORE_OK)
    end = engine_run(&given, &run);
  store_close(store);
  return end;
}

/* Whether anything is to be done: also no, where every certificate has time until its lead. */
static bool is_due(struct cli *cli, const struct preview_state *state, const struct survey *survey,
                   int64_t now_s)
{
  bool is_early = survey->knows_due && now_s < survey->due_s;
  if (is_early && cli_is_text(cli) && !cli->quiet)
    printf("nothing is due: `%.*s` is due from %.*s\n", TEXT_ARG(survey->due_of),
           TEXT_ARG(cert_time_text(cli->arena, survey->due_s)));
  return !is_early && state->due_count != 0;
}

int cli_preview(struct cli *cli, const struct proven_graph *proven, const struct preview_wish *wish)
{
  const struct graph *graph = proven->checked.graph;
  struct diag_list diags;
  diag_list_start(&diags, cli->arena);
  struct world world = preview_world(cli, graph, wish, &diags);
  struct preview_state state = {
      .cli = cli,
      .graph = graph,
      .is_gated = arena_array(cli->arena, graph->step_count, sizeof(bool)),
      .is_guarded = arena_array(cli->arena, graph->step_count, sizeof(bool)),
      .has_acted = arena_array(cli->arena, graph->step_count, sizeof(bool)),
      .has_waited = arena_array(cli->arena, graph->step_count, sizeof(bool)),
  };
  if (cli->is_demo)
    world.simulation = demo_begin(cli);
  if (cli->is_demo && cli_is_text(cli) && !cli->quiet)
    puts(DEMO_SAYS);
  if (cli->at_s != 0)
    clock_shift_to(cli->at_s * MS);
  struct survey survey = {0};
  int64_t now_s = world.now_s();
  state.times = cli_times(cli->arena, prove_plan(cli->arena, &proven->checked), now_s, &state.ways);
  state.notes = cli_time_notes(cli->arena, state.times, state.ways);
  bool agrees = !wish->live || cli_live(cli, graph, &world, &survey);
  enum run_end end = rehearse(&state, proven, wish, &world, &diags);
  simulation_free(world.simulation);
  sessions_free(world.sessions);
  if (end == END_DONE) {
    print_times(&state);
    print_coverage(&state, wish->digest);
  }
  enum exit_code code = cli_report(cli, &diags, NULL);
  if (!agrees)
    return EXIT_NEEDS_DECISION;
  if (end != END_DONE)
    return code == EXIT_OK ? EXIT_ANSWER_NO : code;
  bool due = is_due(cli, &state, &survey, now_s);
  return wish->exit_code && due ? EXIT_WORK_DUE : EXIT_OK;
}
