/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake: plans of a few steps and a table of providers that follow a script, for tests of the
 * engine. Without a script a step's target is a bit: probe sees it, apply sets it, undo clears
 * it.
 */
#ifndef RENEW_TESTS_FAKE_H
#define RENEW_TESTS_FAKE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/graph/builder.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/signoff.h"

#define FAKE __attribute__((unused)) static

enum {
  FAKE_STEPS_MAX = 512,
  FAKE_SCRIPT_MAX = 8,
  FAKE_PLAN = 0,
  FAKE_ALICE = 1,
  FAKE_BOB = 2,
  FAKE_WINDOW = 3,
  FAKE_CERTIFICATE = 4,
  FAKE_KEYSTORE = 5
};

struct fake_script {
  struct provider provider;
  enum observation sees[FAKE_SCRIPT_MAX]; /* the last one stays */
  int see_count, seen_count;
  enum outcome says[FAKE_SCRIPT_MAX];
  int say_count, said_count;
  enum outcome undo_says;
  int64_t retry_after_s;
  bool is_set;
  struct text evidence;
};

static struct fake {
  struct arena *arena;
  struct builder builder;
  struct graph graph;
  struct checked_graph checked;
  struct fake_script scripts[FAKE_STEPS_MAX];
  struct fake_script undo_scripts[FAKE_STEPS_MAX];
  struct store *store;
  struct run_row run;
  struct diag_list diags;
  struct engine_options options;
  struct world world;
  pthread_mutex_t lock;
  struct buffer calls;  /* "probe a; apply a; " */
  struct buffer events; /* "ok a; " */
  int acting, acting_most;
  bool begins_together; /* applies wait for one another */
  enum observation fact_known;
  const char *facts[2]; /* of client.new.root and client.old.root */
  int bound_count, released_count;
  bool prepare_fails;
} fake;

static int64_t fake_now_ms;

FAKE int64_t fake_clock_now_ms(void)
{
  return fake_now_ms;
}

FAKE void fake_clock_jump(int64_t to_ms)
{
  fake_now_ms = to_ms;
}

static const struct clock fake_clock_jumping = {fake_clock_now_ms, clock_monotonic_ms,
                                                fake_clock_jump};
__attribute__((unused)) static const struct clock fake_clock_still = {fake_clock_now_ms,
                                                                      clock_monotonic_ms, NULL};

FAKE void fake_log(struct buffer *log, const char *what, const struct step *step)
{
  pthread_mutex_lock(&fake.lock);
  buffer_format(log, "%s%s %.*s", log->size_bytes > 0 ? "; " : "", what, TEXT_ARG(step->id));
  pthread_mutex_unlock(&fake.lock);
}

FAKE struct fake_script *fake_script_of(const struct step *step)
{
  if (step >= fake.graph.undo && step < fake.graph.undo + fake.graph.undo_count)
    return &fake.undo_scripts[step - fake.graph.undo];
  return &fake.scripts[step - fake.graph.steps];
}

FAKE enum observation fake_probe(const struct call *call, struct answer *answer)
{
  struct fake_script *script = fake_script_of(call->step);
  fake_log(&fake.calls, "probe", call->step);
  answer->says = TEXT("looked");
  if (script->see_count == 0)
    return script->is_set ? OBSERVED_AFTER : OBSERVED_BEFORE;
  int at = script->seen_count < script->see_count ? script->seen_count++ : script->see_count - 1;
  return script->sees[at];
}

FAKE enum outcome fake_apply(const struct call *call, struct answer *answer)
{
  struct fake_script *script = fake_script_of(call->step);
  fake_log(&fake.calls, call->confirmed ? "apply-confirmed" : "apply", call->step);
  script->evidence = text_copy(fake.arena, call->evidence);
  pthread_mutex_lock(&fake.lock);
  fake.acting++;
  if (fake.acting > fake.acting_most)
    fake.acting_most = fake.acting;
  pthread_mutex_unlock(&fake.lock);
  for (int i = 0; fake.begins_together && i < 2000; i++) {
    pthread_mutex_lock(&fake.lock);
    bool together = fake.acting_most >= 2;
    pthread_mutex_unlock(&fake.lock);
    if (together)
      break;
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  pthread_mutex_lock(&fake.lock);
  fake.acting--;
  pthread_mutex_unlock(&fake.lock);
  answer->says = TEXT("acted");
  answer->retry_after_s = script->retry_after_s;
  enum outcome outcome = OUTCOME_DONE;
  if (script->say_count > 0)
    outcome = script->says[script->said_count < script->say_count ? script->said_count++
                                                                  : script->say_count - 1];
  script->is_set = script->is_set || outcome == OUTCOME_DONE;
  return outcome;
}

FAKE enum outcome fake_undo(const struct call *call, struct answer *answer)
{
  struct fake_script *script = fake_script_of(call->step);
  fake_log(&fake.calls, "undo", call->step);
  answer->says = TEXT("put back");
  script->is_set = false;
  return script->undo_says;
}

FAKE void fake_prepare(const struct call *call, struct diag_list *diags)
{
  fake_log(&fake.calls, "prepare", call->step);
  diag_add_nowhere(diags, DIAG_E0002, "step %.*s cannot work", TEXT_ARG(call->step->id));
}

FAKE const struct provider *fake_find(const struct graph *graph, const struct step *step)
{
  (void)graph;
  return &fake_script_of(step)->provider;
}

FAKE enum outcome fake_bind(const struct call *call, struct answer *answer)
{
  answer_add_fact(call->arena, answer, "client.old", TEXT("4a1b"));
  fake.bound_count++;
  return OUTCOME_DONE;
}

FAKE void fake_release(const struct call *call)
{
  (void)call;
  fake.released_count++;
}

FAKE enum observation fake_fact(const struct call *call, const struct argument *argument,
                                struct text *ret_value, struct answer *answer)
{
  (void)call;
  answer->says = TEXT("asked");
  *ret_value = text_of(fake.facts[argument->members[0] == MEMBER_NEW ? 0 : 1]);
  return fake.fact_known;
}

static const struct provider_table fake_table = {fake_find, fake_bind, fake_release, fake_fact, NULL};

FAKE void fake_tell(void *of, const struct run_event *event)
{
  (void)of;
  if (event->step != INDEX_NONE && event->kind != EVENT_ACTING)
    fake_log(&fake.events, event_words[event->kind], &fake.graph.steps[event->step]);
}

/* A resource of that kind; settings follow with fake_setting before the next one. */
FAKE uint32_t fake_resource(enum kind kind, const char *name)
{
  return builder_add_resource(
      &fake.builder, (struct resource){.kind = kind,
                                       .name = text_of(name),
                                       .settings = {builder_setting_count(&fake.builder), 0}});
}

FAKE void fake_setting(uint32_t resource, enum key key, const struct graph_value *values,
                       uint32_t value_count)
{
  struct resource *rows = (struct resource *)(void *)fake.builder.resources.bytes;
  struct range range = {builder_value_count(&fake.builder), value_count};
  for (uint32_t i = 0; i < value_count; i++)
    builder_add_value(&fake.builder, values[i]);
  builder_add_setting(&fake.builder, (struct graph_setting){key, range});
  rows[resource].settings.count++;
}

/* A step that waits for the one before it; refined in place through fake_step. */
FAKE uint32_t fake_add(const char *id, enum verb verb, enum effect effect)
{
  uint32_t index = builder_step_count(&fake.builder);
  struct range none = {0, 0};
  struct step step = {.kind = STEP_ACTION,
                      .verb = verb,
                      .effect = effect,
                      .enters = verb_rows[verb].enters,
                      .id = text_of(id),
                      .label = text_of(id),
                      .sentence = text_of(id),
                      .number = index + 1,
                      .role = FAKE_ALICE,
                      .roles = none,
                      .arguments = none,
                      .argv = none,
                      .guard = INDEX_NONE,
                      .checks = INDEX_NONE,
                      .undo = INDEX_NONE,
                      .window = INDEX_NONE,
                      .sign_off_role = INDEX_NONE};
  step.waits_for.first = builder_index_count(&fake.builder);
  if (index > 0) {
    builder_add_index(&fake.builder, index - 1);
    step.waits_for.count = 1;
  }
  fake.scripts[index].provider = (struct provider){.name = "fake",
                                                   .supports = CAN_PROBE | CAN_REPEAT | CAN_UNDO,
                                                   .probe = fake_probe,
                                                   .apply = fake_apply,
                                                   .undo = fake_undo};
  return builder_add_step(&fake.builder, &step);
}

FAKE struct step *fake_step(uint32_t index)
{
  return builder_step(&fake.builder, index);
}

FAKE void fake_waits_for(uint32_t index, uint32_t first, uint32_t count)
{
  struct range range = {builder_index_count(&fake.builder), count};
  for (uint32_t i = 0; i < count; i++)
    builder_add_index(&fake.builder, first + i);
  fake_step(index)->waits_for = range;
}

FAKE uint32_t fake_argument(struct argument argument)
{
  return builder_add_argument(&fake.builder, argument);
}

/* 2027-03-06 is a Saturday: 12:00 UTC. */
enum { FAKE_NOON_S = 1804334400 };

FAKE void fake_start(void)
{
  memset(&fake, 0, sizeof fake);
  pthread_mutex_init(&fake.lock, NULL);
  fake_now_ms = (int64_t)FAKE_NOON_S * 1000;
  fake.arena = arena_new("test", 0);
  diag_list_start(&fake.diags, fake.arena);
  fake.fact_known = OBSERVED_AFTER;
  fake.facts[0] = fake.facts[1] = "root-1";
  builder_start(&fake.builder, fake.arena);
  fake_resource(KIND_PLAN, "plan");
  fake_setting(FAKE_PLAN, KEY_RENEWS,
               &(struct graph_value){.kind = VALUE_REF, .resource = FAKE_CERTIFICATE}, 1);
  fake_resource(KIND_ROLE, "alice");
  fake_resource(KIND_ROLE, "bob");
  fake_resource(KIND_WINDOW, "saturday-night");
  const struct graph_value zone = {.kind = VALUE_TEXT, .text = TEXT("Europe/Berlin")};
  const struct graph_value every[] = {{.kind = VALUE_WORD, .text = TEXT("saturday")},
                                      {.kind = VALUE_TIME, .number = 22 * 60},
                                      {.kind = VALUE_TIME, .number = 2 * 60}};
  fake_setting(FAKE_WINDOW, KEY_ZONE, &zone, 1);
  fake_setting(FAKE_WINDOW, KEY_EVERY, every, 3);
  fake_resource(KIND_CERTIFICATE, "client");
  fake_setting(FAKE_CERTIFICATE, KEY_IN,
               &(struct graph_value){.kind = VALUE_REF, .resource = FAKE_KEYSTORE}, 1);
  fake_setting(FAKE_CERTIFICATE, KEY_ALIAS,
               &(struct graph_value){.kind = VALUE_TEXT, .text = TEXT("erp")}, 1);
  fake_resource(KIND_KEYSTORE, "keystore");
  fake_setting(FAKE_KEYSTORE, KEY_OWNER,
               &(struct graph_value){.kind = VALUE_REF, .resource = FAKE_BOB}, 1);
  fake.options = (struct engine_options){.clock = &fake_clock_jumping,
                                         .patience_ms = PATIENCE_MS,
                                         .worker_count = 4,
                                         .tell = fake_tell};
}

/* The graph is complete; the run is begun in a store in memory (or in one that the test opened). */
FAKE enum store_result fake_begin(void)
{
  builder_finish(&fake.builder, &fake.graph);
  fake.graph.arena = fake.arena;
  fake.graph.name = TEXT("plan");
  fake.graph.policy = TEXT("overlap");
  fake.graph.plan_resource = FAKE_PLAN;
  fake.checked.graph = &fake.graph;
  if (fake.store == NULL)
    fake.store = store_open_memory();
  static struct digest digest;
  digest = digest_of(TEXT("plan"));
  fake.run = (struct run_row){.digest = digest_text(&digest),
                              .rplan = TEXT("plan"),
                              .root = TEXT("/"),
                              .by = TEXT("alice")};
  struct engine_world world = {{fake.checked}, &fake_table,   fake.store,
                               &fake.world,  &fake.options, &fake.diags};
  return engine_begin(&world, &fake.run);
}

FAKE enum run_end fake_go(void)
{
  buffer_free(&fake.calls);
  buffer_free(&fake.events);
  diag_list_start(&fake.diags, fake.arena);
  struct engine_world world = {{fake.checked}, &fake_table,   fake.store,
                               &fake.world,  &fake.options, &fake.diags};
  assert_int_equal(store_run(fake.store, fake.arena, fake.run.id, &fake.run), STORE_OK);
  return engine_run(&world, &fake.run);
}

FAKE enum run_end fake_run(void)
{
  assert_int_equal(fake_begin(), STORE_OK);
  return fake_go();
}

FAKE const char *fake_calls(void)
{
  return fake.calls.bytes == NULL ? "" : fake.calls.bytes;
}

FAKE const char *fake_events(void)
{
  return fake.events.bytes == NULL ? "" : fake.events.bytes;
}

FAKE struct step_row fake_row(uint32_t index)
{
  struct step_row *rows;
  size_t count;
  store_steps(fake.store, fake.arena, fake.run.id, &rows, &count);
  for (size_t i = 0; i < count; i++)
    if (rows[i].step == index)
      return rows[i];
  return (struct step_row){.step = index, .id = fake.graph.steps[index].id};
}

/* What a process that died would have left. */
FAKE void fake_leave(uint32_t index, enum step_status status)
{
  struct step_row row = fake_row(index);
  enum step_status expected = row.status;
  row.status = status;
  struct record record;
  record_start(&record, RECORD_INTENT, fake_now_ms);
  record_set_step(&record, index, row.id, status);
  struct store_write write = {
      .run = fake.run.id, .record = &record, .step = &row, .expected = expected};
  assert_int_equal(store_write(fake.store, &write, &fake.diags), STORE_OK);
  record_free(&record);
}

FAKE struct signing fake_signing(uint32_t index, const char *signer, const char *role)
{
  return (struct signing){.store = fake.store,
                          .graph = &fake.graph,
                          .run = &fake.run,
                          .step = index,
                          .signer = text_of(signer),
                          .role = role == NULL ? TEXT_NONE : text_of(role),
                          .because = TEXT("tested"),
                          .now_ms = fake_now_ms,
                          .arena = fake.arena};
}

FAKE enum signing_result fake_sign(uint32_t index, const char *signer, const char *role)
{
  enum signoff_means means;
  bool complete;
  struct signing signing = fake_signing(index, signer, role);
  return signoff_sign(&signing, false, &fake.diags, &means, &complete);
}

FAKE enum signing_result fake_decide(uint32_t index, const char *word)
{
  struct signing signing = fake_signing(index, "alice", NULL);
  return signoff_decide(&signing, text_of(word), &fake.diags);
}

/* How many records of that kind the run has. */
FAKE int fake_records(const char *kind)
{
  struct journal_row *rows;
  size_t count;
  int found = 0;
  store_journal(fake.store, fake.arena, fake.run.id, &rows, &count);
  for (size_t i = 0; i < count; i++)
    found += text_is(rows[i].kind, kind) ? 1 : 0;
  return found;
}

FAKE void fake_end(void)
{
  store_close(fake.store);
  buffer_free(&fake.calls);
  buffer_free(&fake.events);
  builder_drop(&fake.builder);
  pthread_mutex_destroy(&fake.lock);
  arena_free(fake.arena);
}

FAKE int fake_setup(void **state)
{
  (void)state;
  fake_start();
  return 0;
}

FAKE int fake_teardown(void **state)
{
  (void)state;
  fake_end();
  return 0;
}

#endif
