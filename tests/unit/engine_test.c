/* SPDX-License-Identifier: Apache-2.0 */
/* engine_test: the life of steps with providers that follow a script: order, resume, retries,
 * people, windows, failures. */
#include "tests/unit/fake.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/engine/resume.h"
#include "runtime/engine/retry.h"

/* engine.h (1): probe, INTENT, apply, OUTCOME, probe, DONE. */
static void a_step_is_looked_at_before_and_after_it_acts(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("b", VERB_CREATES, EFFECT_MAKE_KEY);
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a; probe b; apply b; probe b");
  struct journal_row *rows;
  size_t count;
  store_journal(fake.store, fake.arena, fake.run.id, &rows, &count);
  const char *kinds[] = {"start",  "bind",    "intent", "outcome", "done",
                         "intent", "outcome", "done",   "finish"};
  assert_int_equal(count, sizeof kinds / sizeof *kinds);
  for (size_t i = 0; i < count; i++)
    assert_true(text_is(rows[i].kind, kinds[i]));
  struct journal_verdict verdict;
  assert_int_equal(store_verify(fake.store, fake.arena, fake.run.id, &fake.diags, &verdict),
                   STORE_OK);
}

static void what_is_so_already_is_done_without_an_act(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].is_set = true;
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_calls(), "probe a");
  assert_int_equal(fake_records("intent"), 0);
}

/* I9 */
static void a_run_that_is_done_does_nothing_again(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  assert_int_equal(fake_run(), END_DONE);
  int finished = fake_records("finish");
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "");
  assert_int_equal(fake_records("finish"), finished);
  assert_int_equal(fake.bound_count, 1);
  assert_int_equal(fake.released_count, 1);
}

/* After a failed fsync the last step is doubted, even where it reads done. */
static void a_doubtful_write_is_looked_at_again(void **state)
{
  (void)state;
  char folder[] = "/tmp/renew-engine.XXXXXX", path[64], command[64];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/store.db", folder);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(store_open(path, STORE_TO_CREATE, &fake.diags, &fake.store), STORE_OK);
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  assert_int_equal(fake_begin(), STORE_OK);
  fake_leave(0, STEP_INTENT);
  fake_leave(0, STEP_ACTED);
  fake_leave(0, STEP_DONE);
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "UPDATE run SET suspect = 1", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a; probe b; apply b; probe b");
  assert_int_equal(store_run(fake.store, fake.arena, fake.run.id, &fake.run), STORE_OK);
  assert_int_equal(fake.run.suspect, 0);
  assert_int_equal(system(command), 0);
}

/* Every row of the table in resume.c, as the pure function. */
static void the_resume_table(void **state)
{
  (void)state;
  const unsigned none = 0, probe = CAN_PROBE, repeat = CAN_PROBE | CAN_REPEAT;
  static const enum observation seen[] = {OBSERVED_AFTER, OBSERVED_BEFORE, OBSERVED_NEITHER,
                                          OBSERVED_NOTHING};
  const struct {
    enum step_status status;
    unsigned supports;
    enum next_act next[4];
  } rows[] = {
      {STEP_PENDING, probe, {NEXT_CLOSE, NEXT_ACT, NEXT_DRIFT, NEXT_LATER}},
      {STEP_PENDING, repeat, {NEXT_CLOSE, NEXT_ACT, NEXT_DRIFT, NEXT_ACT}},
      {STEP_PENDING, none, {NEXT_CLOSE, NEXT_ACT, NEXT_DRIFT, NEXT_ACT}},
      {STEP_PENDING, IS_PERSON | probe, {NEXT_CLOSE, NEXT_ACT, NEXT_ACT, NEXT_ACT}},
      {STEP_REDO, probe, {NEXT_CLOSE, NEXT_ACT, NEXT_ACT, NEXT_ACT}},
      {STEP_INTENT, probe, {NEXT_CLOSE, NEXT_ACT, NEXT_DECIDE, NEXT_DECIDE}},
      {STEP_INTENT, repeat, {NEXT_CLOSE, NEXT_ACT, NEXT_ACT, NEXT_ACT}},
      {STEP_INTENT, none, {NEXT_CLOSE, NEXT_ACT, NEXT_DECIDE, NEXT_DECIDE}},
      {STEP_INTENT, IS_PERSON, {NEXT_CLOSE, NEXT_ACT, NEXT_ACT, NEXT_ACT}},
      {STEP_ACTED, probe, {NEXT_CLOSE, NEXT_MISSING, NEXT_DECIDE, NEXT_LATER}},
      {STEP_ACTED, repeat, {NEXT_CLOSE, NEXT_MISSING, NEXT_DECIDE, NEXT_LATER}},
      {STEP_ACTED, none, {NEXT_CLOSE, NEXT_MISSING, NEXT_DECIDE, NEXT_CLOSE}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t k = 0; k < 4; k++)
      assert_int_equal(resume_next(rows[i].status, seen[k], rows[i].supports), rows[i].next[k]);
}

/* The same through the engine: a process died behind INTENT. */
static enum run_end die_at_intent(unsigned supports, enum observation observed)
{
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].provider.supports = supports;
  fake.scripts[0].sees[0] = observed;
  fake.scripts[0].sees[1] = OBSERVED_AFTER;
  fake.scripts[0].see_count = 2;
  assert_int_equal(fake_begin(), STORE_OK);
  fake_leave(0, STEP_INTENT);
  return fake_go();
}

static void died_and_it_happened(void **state)
{
  (void)state;
  assert_int_equal(die_at_intent(CAN_PROBE, OBSERVED_AFTER), END_DONE);
  assert_string_equal(fake_calls(), "probe a");
}

static void died_and_it_did_not_happen(void **state)
{
  (void)state;
  assert_int_equal(die_at_intent(CAN_PROBE, OBSERVED_BEFORE), END_DONE);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a");
}

static void died_half_way_and_may_repeat(void **state)
{
  (void)state;
  assert_int_equal(die_at_intent(CAN_PROBE | CAN_REPEAT, OBSERVED_NEITHER), END_DONE);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a");
}

static void died_half_way_and_a_person_decides(void **state)
{
  (void)state;
  assert_int_equal(die_at_intent(CAN_PROBE, OBSERVED_NEITHER), END_UNDECIDED);
  assert_string_equal(fake_calls(), "probe a");
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1112));
  assert_int_equal(fake_go(), END_UNDECIDED);
  assert_string_equal(fake_calls(), "");
  assert_int_equal(fake_decide(0, "yes"), SIGNING_REFUSED);
  assert_int_equal(fake_decide(0, "redo"), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void died_unseen_and_a_person_says_done(void **state)
{
  (void)state;
  assert_int_equal(die_at_intent(0, OBSERVED_NOTHING), END_UNDECIDED);
  assert_string_equal(fake_calls(), "");
  assert_int_equal(fake_decide(0, "done"), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "");
}

/* A person's redo acts whatever is there. */
static void redo_acts_where_a_look_would_doubt(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].provider.supports = CAN_PROBE;
  fake.scripts[0].sees[0] = OBSERVED_NEITHER;
  fake.scripts[0].sees[1] = OBSERVED_NEITHER;
  fake.scripts[0].sees[2] = OBSERVED_AFTER;
  fake.scripts[0].see_count = 3;
  assert_int_equal(fake_run(), END_UNDECIDED);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1101));
  assert_int_equal(fake_records("intent"), 0);
  assert_int_equal(fake_decide(0, "redo"), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a");
}

static void died_behind_the_outcome(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  assert_int_equal(fake_begin(), STORE_OK);
  fake_leave(0, STEP_INTENT);
  fake_leave(0, STEP_ACTED);
  fake.scripts[0].is_set = true;
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "probe a");
}

static void an_answer_that_was_lost_is_looked_for(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].provider.supports = CAN_PROBE;
  fake.scripts[0].says[0] = OUTCOME_IN_DOUBT;
  fake.scripts[0].say_count = 1;
  fake.scripts[0].sees[0] = OBSERVED_BEFORE;
  fake.scripts[0].sees[1] = OBSERVED_AFTER;
  fake.scripts[0].see_count = 2;
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a");
}

static void said_done_and_never_seen_is_failed(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].sees[0] = OBSERVED_BEFORE;
  fake.scripts[0].see_count = 1;
  assert_int_equal(fake_run(), END_FAILED);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1107));
  assert_int_equal(fake_row(0).status, STEP_FAILED);
  assert_int_equal(fake_records("intent"), 1);
}

/* Tries are counted over the run: a resume has one more, not as many again. */
static void retries_are_counted_over_the_run(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].says[0] = OUTCOME_UNREACHABLE;
  fake.scripts[0].say_count = 1;
  assert_int_equal(fake_run(), END_REMOTE);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1108));
  assert_int_equal(fake_records("intent"), 1 + RETRY_DEFAULT_COUNT);
  assert_int_equal(fake_go(), END_REMOTE);
  assert_int_equal(fake_records("intent"), 2 + RETRY_DEFAULT_COUNT);
  fake.scripts[0].say_count = 0;
  assert_int_equal(fake_go(), END_DONE);
}

static void retries_as_the_plan_says(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->retry_count = 5;
  fake_step(0)->retry_every_s = 10;
  for (int i = 0; i < 5; i++)
    fake.scripts[0].says[i] = OUTCOME_UNREACHABLE;
  fake.scripts[0].says[5] = OUTCOME_DONE;
  fake.scripts[0].say_count = 6;
  int64_t began_ms = fake_now_ms;
  assert_int_equal(fake_run(), END_DONE);
  assert_true(fake_now_ms - began_ms >= (10 + 20 + 40 + 60 + 60) * 1000);
}

static void pauses_double_and_are_spread_by_a_quarter(void **state)
{
  (void)state;
  for (uint32_t dice = 0; dice < 5000; dice += 37) {
    assert_in_range(retry_pause_ms(1, 1000, 0, dice), 1000, 1250);
    assert_in_range(retry_pause_ms(3, 1000, 0, dice), 4000, 5000);
    assert_in_range(retry_pause_ms(30, 1000, 0, dice), 60000, 75000);
    assert_in_range(retry_pause_ms(9, 300000, 0, dice), 300000, 375000);
  }
  assert_int_equal(retry_pause_ms(1, 1000, 90000, 0), 90000);
  assert_true(retry_is_left(3, 0));
  assert_false(retry_is_left(4, 0));
  assert_false(retry_is_left(2, 1));
}

static void what_cannot_be_looked_at_is_looked_at_again(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].provider.supports = CAN_PROBE;
  fake.scripts[0].sees[0] = OBSERVED_NOTHING;
  fake.scripts[0].sees[1] = OBSERVED_BEFORE;
  fake.scripts[0].sees[2] = OBSERVED_NOTHING;
  fake.scripts[0].sees[3] = OBSERVED_AFTER;
  fake.scripts[0].see_count = 4;
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_calls(), "probe a; probe a; apply a; probe a; probe a");
}

static void a_ticket_is_polled(void **state)
{
  (void)state;
  fake_add("a", VERB_GETS, EFFECT_SIGN);
  fake.scripts[0].says[0] = OUTCOME_WAIT;
  fake.scripts[0].says[1] = OUTCOME_DONE;
  fake.scripts[0].say_count = 2;
  fake.scripts[0].retry_after_s = 30;
  int64_t began_ms = fake_now_ms;
  assert_int_equal(fake_run(), END_DONE);
  assert_int_equal(fake_now_ms - began_ms, 30000);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a; apply a; probe a");
}

static void steps_without_an_order_act_at_the_same_time(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("c", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(1)->waits_for.count = 0;
  fake_waits_for(2, 0, 2);
  fake.begins_together = true;
  assert_int_equal(fake_run(), END_DONE);
  assert_int_equal(fake.acting_most, 2);
  assert_string_equal(strstr(fake_calls(), "probe c"), "probe c; apply c; probe c");
}

static void a_join_passes_on(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  uint32_t join = fake_add("", VERB_CHECKS, EFFECT_LOOK);
  struct step *step = fake_step(join);
  step->kind = STEP_JOIN;
  step->role = INDEX_NONE;
  step->number = 0;
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_events(), "ok a; ok b");
  assert_int_equal(fake_go(), END_DONE);
}

static void refused_stops_everything_behind_it(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].says[0] = OUTCOME_REFUSED;
  fake.scripts[0].says[1] = OUTCOME_DONE;
  fake.scripts[0].say_count = 2;
  assert_int_equal(fake_run(), END_FAILED);
  assert_string_equal(fake_calls(), "probe a; apply a");
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1107));
  assert_int_equal(fake_go(), END_FAILED);
  assert_string_equal(fake_calls(), "");
  struct signing signing = fake_signing(0, "alice", NULL);
  assert_int_equal(signoff_retry(&signing, &fake.diags), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void on_failure_continue_counts_as_skipped(void **state)
{
  (void)state;
  fake_add("a", VERB_BACKS_UP, EFFECT_BACK_UP);
  fake_step(0)->on_failure = FAILURE_CONTINUE;
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].says[0] = OUTCOME_REFUSED;
  fake.scripts[0].say_count = 1;
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_events(), "skip a; ok b");
  assert_int_equal(fake_row(0).status, STEP_SKIPPED);
}

static void on_failure_roll_back_puts_back_and_stops(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->on_failure = FAILURE_ROLL_BACK;
  fake.scripts[0].sees[0] = OBSERVED_BEFORE;
  fake.scripts[0].see_count = 1;
  assert_int_equal(fake_run(), END_FAILED);
  assert_non_null(strstr(fake_calls(), "undo a"));
  assert_int_equal(fake_row(0).status, STEP_UNDONE);
}

/* A check belongs to its step: where it fails, the step is put back. */
static void a_failed_check_puts_its_step_back(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->on_failure = FAILURE_ROLL_BACK;
  fake_add("a.check", VERB_CHECKS, EFFECT_LOOK);
  fake_step(1)->checks = 0;
  fake.scripts[1].provider.supports = 0;
  fake.scripts[1].says[0] = OUTCOME_REFUSED;
  fake.scripts[1].says[1] = OUTCOME_DONE;
  fake.scripts[1].say_count = 2;
  assert_int_equal(fake_run(), END_FAILED);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a; apply a.check; undo a");
  assert_int_equal(fake_row(0).status, STEP_UNDONE);
  assert_int_equal(fake_row(1).status, STEP_FAILED);
  struct signing of_check = fake_signing(1, "alice", NULL),
                 of_step = fake_signing(0, "alice", NULL);
  assert_int_equal(signoff_retry(&of_check, &fake.diags), SIGNING_REFUSED);
  assert_int_equal(signoff_retry(&of_step, &fake.diags), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void a_roll_back_that_was_killed_is_ended(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->on_failure = FAILURE_ROLL_BACK;
  assert_int_equal(fake_begin(), STORE_OK);
  fake_leave(0, STEP_INTENT);
  fake_leave(0, STEP_UNDOING);
  assert_int_equal(fake_go(), END_FAILED);
  assert_string_equal(fake_calls(), "undo a");
  assert_int_equal(fake_row(0).status, STEP_UNDONE);
}

static void an_undo_of_its_own_is_run(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->on_failure = FAILURE_ROLL_BACK;
  fake.scripts[0].sees[0] = OBSERVED_BEFORE;
  fake.scripts[0].see_count = 1;
  struct step undo = *fake_step(0);
  undo.id = TEXT("a.undo");
  undo.undo = INDEX_NONE;
  fake_step(0)->undo = builder_add_undo(&fake.builder, &undo);
  fake.undo_scripts[0].provider = fake.scripts[0].provider;
  assert_int_equal(fake_run(), END_FAILED);
  assert_non_null(strstr(fake_calls(), "apply a.undo"));
  assert_null(strstr(fake_calls(), "undo a;"));
  assert_int_equal(fake_row(0).status, STEP_UNDONE);
}

static void what_prepare_finds_stops_before_anything(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake.scripts[0].provider.prepare = fake.scripts[1].provider.prepare = fake_prepare;
  assert_int_equal(fake_begin(), STORE_UNUSABLE);
  assert_string_equal(fake_calls(), "prepare a; prepare b");
  assert_int_equal(fake.diags.error_count, 2);
  struct run_row *rows;
  size_t count;
  store_runs(fake.store, fake.arena, &rows, &count);
  assert_int_equal(count, 0);
}

/* The effect's place is told apart from the run: what the store says in between counts. */
static bool cancel_now(void *of, const struct step *step, enum wait_kind wait)
{
  (void)of;
  (void)step;
  (void)wait;
  struct record record;
  record_start(&record, RECORD_CANCEL, fake_now_ms);
  struct store_write write = {
      .run = fake.run.id, .record = &record, .sets_state = true, .state = RUN_CANCELLING};
  assert_int_equal(store_write(fake.store, &write, &fake.diags), STORE_OK);
  record_free(&record);
  return true;
}

static void a_cancelled_run_begins_nothing_more(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(1)->needs_sign_off = true;
  assert_int_equal(fake_run(), END_WAITING);
  cancel_now(NULL, NULL, WAIT_NOTHING);
  assert_int_equal(fake_go(), END_CANCELLED);
  assert_string_equal(fake_calls(), "");
  assert_int_equal(fake.released_count, 1);
  assert_int_equal(fake_go(), END_CANCELLED);
  /* Its certificate is free again. */
  struct run_row other = {.digest = fake.run.digest, .rplan = TEXT("plan"), .by = TEXT("alice")};
  struct engine_world world = {{fake.checked}, &fake_table,   fake.store,
                               &fake.world,  &fake.options, &fake.diags};
  assert_int_equal(engine_begin(&world, &other), STORE_OK);
}

static void a_certificate_belongs_to_one_run(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->needs_sign_off = true;
  assert_int_equal(fake_run(), END_WAITING);
  struct run_row other = {.digest = fake.run.digest, .rplan = TEXT("plan"), .by = TEXT("bob")};
  struct engine_world world = {{fake.checked}, &fake_table,   fake.store,
                               &fake.world,  &fake.options, &fake.diags};
  assert_int_equal(engine_begin(&world, &other), STORE_HELD);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1105));
  assert_int_equal(fake_sign(0, "alice", NULL), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
  assert_int_equal(engine_begin(&world, &other), STORE_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_step_is_looked_at_before_and_after_it_acts),
      TEST(what_is_so_already_is_done_without_an_act),
      TEST(a_run_that_is_done_does_nothing_again),
      TEST(a_doubtful_write_is_looked_at_again),
      TEST(the_resume_table),
      TEST(died_and_it_happened),
      TEST(died_and_it_did_not_happen),
      TEST(died_half_way_and_may_repeat),
      TEST(died_half_way_and_a_person_decides),
      TEST(died_unseen_and_a_person_says_done),
      TEST(redo_acts_where_a_look_would_doubt),
      TEST(died_behind_the_outcome),
      TEST(an_answer_that_was_lost_is_looked_for),
      TEST(said_done_and_never_seen_is_failed),
      TEST(retries_are_counted_over_the_run),
      TEST(retries_as_the_plan_says),
      TEST(pauses_double_and_are_spread_by_a_quarter),
      TEST(what_cannot_be_looked_at_is_looked_at_again),
      TEST(a_ticket_is_polled),
      TEST(steps_without_an_order_act_at_the_same_time),
      TEST(a_join_passes_on),
      TEST(refused_stops_everything_behind_it),
      TEST(on_failure_continue_counts_as_skipped),
      TEST(on_failure_roll_back_puts_back_and_stops),
      TEST(a_failed_check_puts_its_step_back),
      TEST(a_roll_back_that_was_killed_is_ended),
      TEST(an_undo_of_its_own_is_run),
      TEST(what_prepare_finds_stops_before_anything),
      TEST(a_cancelled_run_begins_nothing_more),
      TEST(a_certificate_belongs_to_one_run),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
