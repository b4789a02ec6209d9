/* SPDX-License-Identifier: Apache-2.0 */
/* people_test: what waits for people, dates and windows; what they say, and whether it counts. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/fake.h"

enum { HOUR_MS = 3600 * 1000 };

static void add_person(const char *id)
{
  uint32_t step = fake_add(id, VERB_ACCEPTS, EFFECT_ADD_ACCEPTED);
  fake.scripts[step].provider.supports = IS_PERSON;
  fake.scripts[step].provider.probe = NULL;
  fake.scripts[step].says[0] = OUTCOME_WAIT;
  fake.scripts[step].say_count = 1;
}

static void a_person_is_asked_once_and_confirms(void **state)
{
  (void)state;
  add_person("a");
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  assert_int_equal(fake_run(), END_WAITING);
  assert_string_equal(fake_calls(), "apply a");
  assert_string_equal(fake_events(), "wait a");
  assert_int_equal(fake_row(0).wait, WAIT_PERSON);
  assert_int_equal(fake_go(), END_WAITING);
  assert_string_equal(fake_calls(), "");
  assert_string_equal(fake_events(), "wait a");
  assert_int_equal(fake_sign(0, "alice", NULL), SIGNING_OK);
  assert_int_equal(fake_row(0).status, STEP_CONFIRMED);
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "apply-confirmed a; probe b; apply b; probe b");
}

static void the_evidence_reaches_the_provider(void **state)
{
  (void)state;
  add_person("a");
  assert_int_equal(fake_run(), END_WAITING);
  struct signing signing = fake_signing(0, "alice", "alice");
  signing.evidence = TEXT("/state/evidence/answer.pem");
  enum signoff_means means;
  bool complete;
  assert_int_equal(signoff_sign(&signing, false, &fake.diags, &means, &complete), SIGNING_OK);
  assert_int_equal(means, MEANS_CONFIRM);
  assert_true(complete);
  assert_int_equal(fake_go(), END_DONE);
  assert_true(text_is(fake.scripts[0].evidence, "/state/evidence/answer.pem"));
}

static void an_answer_that_does_not_do_is_asked_for_again(void **state)
{
  (void)state;
  add_person("a");
  fake.scripts[0].says[1] = OUTCOME_REFUSED;
  fake.scripts[0].says[2] = OUTCOME_DONE;
  fake.scripts[0].say_count = 3;
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_sign(0, "alice", NULL), SIGNING_OK);
  assert_int_equal(fake_go(), END_WAITING);
  assert_int_equal(fake_row(0).wait, WAIT_PERSON);
  assert_int_equal(fake_go(), END_WAITING);
  assert_int_equal(fake_sign(0, "alice", NULL), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void a_rejected_step_is_failed(void **state)
{
  (void)state;
  add_person("a");
  assert_int_equal(fake_run(), END_WAITING);
  struct signing signing = fake_signing(0, "alice", NULL);
  enum signoff_means means;
  bool complete;
  assert_int_equal(signoff_sign(&signing, true, &fake.diags, &means, &complete), SIGNING_OK);
  assert_int_equal(means, MEANS_REJECT);
  assert_int_equal(fake_go(), END_FAILED);
  assert_int_equal(signoff_retry(&signing, &fake.diags), SIGNING_OK);
  assert_int_equal(fake_go(), END_WAITING);
  assert_string_equal(fake_calls(), "apply a");
}

/* decisions: approve is before INTENT, confirm after the fact. */
static void a_gate_opens_before_the_intent(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->needs_sign_off = true;
  fake_step(0)->sign_off_role = FAKE_BOB;
  assert_int_equal(fake_run(), END_WAITING);
  assert_string_equal(fake_calls(), "");
  assert_int_equal(fake_records("intent"), 0);
  assert_int_equal(fake_sign(0, "carol", "alice"), SIGNING_REFUSED);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1110));
  assert_int_equal(fake_sign(0, "carol", "bob"), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void n_of_a_role_are_different_people(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->needs_sign_off = true;
  fake_step(0)->sign_off_count = 2;
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_sign(0, "carol", NULL), SIGNING_OK);
  assert_int_equal(fake_sign(0, "carol", NULL), SIGNING_OK);
  assert_int_equal(fake_go(), END_WAITING);
  assert_int_equal(fake_sign(0, "dave", NULL), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void not_the_author(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->needs_sign_off = true;
  fake_step(0)->not_author = true;
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_sign(0, "alice", NULL), SIGNING_REFUSED);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1110));
  assert_int_equal(fake_sign(0, "carol", NULL), SIGNING_OK);
}

static void who_is_not_asked_does_not_sign(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->needs_sign_off = true;
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(1)->needs_sign_off = true;
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_sign(1, "alice", NULL), SIGNING_REFUSED);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1119));
}

/* SAP-6ec6-25: both sides agree; one word is not enough. */
static void every_named_role_agrees(void **state)
{
  (void)state;
  uint32_t step = fake_add("a", VERB_AGREE, EFFECT_AGREEMENT);
  fake.scripts[step].provider.supports = IS_PERSON;
  fake.scripts[step].says[0] = OUTCOME_WAIT;
  fake.scripts[step].say_count = 1;
  fake_step(step)->roles.first = builder_index_count(&fake.builder);
  fake_step(step)->roles.count = 2;
  builder_add_index(&fake.builder, FAKE_ALICE);
  builder_add_index(&fake.builder, FAKE_BOB);
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_sign(0, "carol", NULL), SIGNING_REFUSED);
  assert_int_equal(fake_sign(0, "carol", "alice"), SIGNING_OK);
  assert_int_equal(fake_go(), END_WAITING);
  assert_int_equal(fake_sign(0, "dave", "bob"), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void a_step_closes_on_evidence_where_its_role_says_so(void **state)
{
  (void)state;
  for (int closes = 0; closes < 2; closes++) {
    fake_end();
    fake_start();
    add_person("a");
    fake.scripts[0].provider.supports = IS_PERSON | CAN_PROBE;
    fake.scripts[0].provider.probe = fake_probe;
    fake.scripts[0].is_set = true;
    if (closes == 1) {
      /* Settings of a resource stand together, so the role is declared anew at the end. */
      uint32_t role = fake_resource(KIND_ROLE, "eve");
      fake_setting(role, KEY_CLOSES_ON, &(struct graph_value){.kind = VALUE_YES_NO, .number = 1},
                   1);
      fake_step(0)->role = role;
    }
    assert_int_equal(fake_run(), closes == 1 ? END_DONE : END_WAITING);
  }
}

static uint32_t add_guard(enum guard_op op, uint32_t left, uint32_t right)
{
  return builder_add_guard(&fake.builder, (struct guard_node){op, left, right});
}

static struct argument root_of(enum member version, enum member more)
{
  return (struct argument){.part = PART_OBJECT,
                           .kind = ARGUMENT_RESOURCE,
                           .resource = FAKE_CERTIFICATE,
                           .members = {version, MEMBER_ROOT, more}};
}

/* SAP-6ec6-9 */
static void a_guard_compares_roots(void **state)
{
  (void)state;
  for (int changed = 0; changed < 2; changed++) {
    fake_end();
    fake_start();
    fake.facts[0] = changed == 1 ? "root-2" : "root-1";
    fake_add("a", VERB_IMPORTS, EFFECT_ADD_ROOT);
    uint32_t left = fake_argument(root_of(MEMBER_NEW, MEMBER_NONE));
    uint32_t right = fake_argument(root_of(MEMBER_OLD, MEMBER_NONE));
    fake_step(0)->guard = add_guard(GUARD_UNEQUAL, left, right);
    assert_int_equal(fake_run(), END_DONE);
    assert_string_equal(fake_events(), changed == 1 ? "ok a" : "skip a");
    assert_int_equal(fake_row(0).status, changed == 1 ? STEP_DONE : STEP_SKIPPED);
  }
}

/* SAP-6ec6-22: the old root goes only if nothing else uses it, which only a person knows. */
static void used_elsewhere_is_a_question(void **state)
{
  (void)state;
  for (int used = 0; used < 2; used++) {
    fake_end();
    fake_start();
    fake_add("a", VERB_REMOVES, EFFECT_DROP_ACCEPTED);
    uint32_t fact = fake_argument(root_of(MEMBER_OLD, MEMBER_USED_ELSEWHERE));
    fake_step(0)->guard = add_guard(GUARD_NOT, add_guard(GUARD_FACT, fact, 0), 0);
    assert_int_equal(fake_run(), END_WAITING);
    assert_int_equal(fake_row(0).wait, WAIT_QUESTION);
    assert_true(text_is(fake_row(0).says, "client.old.root.used-elsewhere"));
    assert_int_equal(fake_go(), END_WAITING);
    assert_int_equal(fake_decide(0, "done"), SIGNING_REFUSED);
    assert_int_equal(fake_decide(0, used == 1 ? "yes" : "no"), SIGNING_OK);
    assert_int_equal(fake_go(), END_DONE);
    assert_string_equal(fake_events(), used == 1 ? "skip a" : "ok a");
  }
}

/* What is decided without the question is not asked. */
static void a_guard_that_is_no_asks_nobody(void **state)
{
  (void)state;
  fake_add("a", VERB_REMOVES, EFFECT_DROP_ACCEPTED);
  uint32_t left = fake_argument(root_of(MEMBER_NEW, MEMBER_NONE));
  uint32_t right = fake_argument(root_of(MEMBER_OLD, MEMBER_NONE));
  uint32_t fact = fake_argument(root_of(MEMBER_OLD, MEMBER_USED_ELSEWHERE));
  uint32_t differs = add_guard(GUARD_UNEQUAL, left, right);
  uint32_t unused = add_guard(GUARD_NOT, add_guard(GUARD_FACT, fact, 0), 0);
  fake_step(0)->guard = add_guard(GUARD_AND, unused, differs);
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_events(), "skip a");
}

static void a_fact_that_is_not_known_is_asked_for(void **state)
{
  (void)state;
  fake.fact_known = OBSERVED_NOTHING;
  fake_add("a", VERB_IMPORTS, EFFECT_ADD_ROOT);
  uint32_t left = fake_argument(root_of(MEMBER_NEW, MEMBER_NONE));
  uint32_t right = fake_argument(root_of(MEMBER_OLD, MEMBER_NONE));
  fake_step(0)->guard = add_guard(GUARD_UNEQUAL, left, right);
  assert_int_equal(fake_run(), END_WAITING);
  assert_true(text_is(fake_row(0).says, "client.new.root != client.old.root"));
  assert_int_equal(fake_decide(0, "no"), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_events(), "skip a");
}

/* 12:00 UTC on Saturday; the window is 22:00 to 02:00 in Berlin, 21:00 to 01:00 UTC. */
static void an_entering_step_waits_for_its_window(void **state)
{
  (void)state;
  fake_add("create", VERB_CREATES, EFFECT_MAKE_KEY);
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->window = fake_step(1)->window = FAKE_WINDOW;
  fake.options.clock = &fake_clock_still;
  assert_int_equal(fake_run(), END_WAITING);
  assert_string_equal(fake_events(), "ok create; wait a");
  assert_int_equal(fake_row(1).wait, WAIT_WINDOW);
  assert_int_equal(fake_row(1).until_ms - fake_now_ms, 9 * HOUR_MS);
  assert_true(
      text_is(fake_row(1).says, "window `saturday-night` opens 2027-03-06 22:00 CET (21:00 UTC)"));
  fake_now_ms += 9 * HOUR_MS;
  assert_int_equal(fake_go(), END_DONE);
}

static void what_cannot_end_inside_waits_for_the_next_opening(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->window = FAKE_WINDOW;
  fake_step(0)->within_s = 30 * 60;
  fake.options.clock = &fake_clock_still;
  fake_now_ms += 12 * HOUR_MS + 45 * 60 * 1000; /* 00:45 UTC, a quarter of an hour is left */
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_row(0).until_ms - fake_now_ms,
                   7 * 24 * HOUR_MS - 3 * HOUR_MS - 45 * 60 * 1000);
}

static void open_once(const char *at)
{
  const struct graph_value zone = {.kind = VALUE_TEXT, .text = TEXT("UTC")};
  const struct graph_value values[] = {{.kind = VALUE_DATETIME, .text = text_of(at)},
                                       {.kind = VALUE_DURATION, .number = 3600}};
  uint32_t window = fake_resource(KIND_WINDOW, "once");
  fake_setting(window, KEY_ZONE, &zone, 1);
  fake_setting(window, KEY_AT, values, 2);
  fake_step(0)->window = window;
}

static void a_window_that_is_over_refuses(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  open_once("2027-03-06T10:00");
  assert_int_equal(fake_run(), END_REFUSED);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1104));
  assert_int_equal(fake_records("intent"), 0);
}

/* The overrun: the window ends between the exchange and the start; the start is not held back. */
static void a_healing_step_is_never_held_back(void **state)
{
  (void)state;
  fake_add("stop", VERB_STOPS, EFFECT_STOP);
  fake_add("start", VERB_STARTS, EFFECT_START);
  fake_add("b", VERB_REMOVES, EFFECT_DROP_ACCEPTED);
  for (uint32_t i = 0; i < 3; i++)
    fake_step(i)->window = FAKE_WINDOW;
  fake_step(1)->needs_sign_off = true;
  fake.options.clock = &fake_clock_still;
  fake_now_ms += 10 * HOUR_MS;
  assert_int_equal(fake_run(), END_WAITING);
  assert_string_equal(fake_events(), "ok stop; wait start");
  fake_now_ms += 10 * HOUR_MS;
  assert_int_equal(fake_sign(1, "alice", NULL), SIGNING_OK);
  assert_int_equal(fake_go(), END_WAITING);
  assert_string_equal(fake_events(), "note start; ok start; wait b");
  assert_true(diag_list_has_code(&fake.diags, DIAG_W1113));
}

/* Before anything was entered there is nothing to heal: the step waits as the others do. */
static void a_healing_step_waits_while_nothing_was_entered(void **state)
{
  (void)state;
  fake_add("accept", VERB_ACCEPTS, EFFECT_ADD_ACCEPTED);
  fake_step(0)->window = FAKE_WINDOW;
  fake.options.clock = &fake_clock_still;
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_records("intent"), 0);
}

static void a_window_of_unknown_form_is_found_before_the_run(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  uint32_t window = fake_resource(KIND_WINDOW, "strange");
  const struct graph_value zone = {.kind = VALUE_TEXT, .text = TEXT("Mars/Olympus")};
  fake_setting(window, KEY_ZONE, &zone, 1);
  assert_int_equal(fake_begin(), STORE_UNUSABLE);
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1104));
}

static void waits_for_a_time(void **state)
{
  (void)state;
  uint32_t step = fake_add("a", VERB_WAITS, EFFECT_WAIT);
  fake_step(step)->arguments.first = builder_argument_count(&fake.builder);
  fake_step(step)->arguments.count = 1;
  fake_argument((struct argument){.part = PART_FOR, .kind = ARGUMENT_NUMBER, .number = 86400});
  fake.options.clock = &fake_clock_still;
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_row(0).until_ms - fake_now_ms, 24 * HOUR_MS);
  fake_now_ms += 23 * HOUR_MS;
  assert_int_equal(fake_go(), END_WAITING);
  fake_now_ms += HOUR_MS;
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "");
}

/* SAP-6ec6-26: the message leaves at the start of the window. */
static void a_message_leaves_at_its_moment(void **state)
{
  (void)state;
  uint32_t step = fake_add("a", VERB_TELLS, EFFECT_MESSAGE);
  fake.scripts[step].provider.supports = IS_MESSAGE | CAN_REPEAT;
  fake_step(step)->arguments.first = builder_argument_count(&fake.builder);
  fake_step(step)->arguments.count = 1;
  fake_argument((struct argument){.part = PART_AT,
                                  .kind = ARGUMENT_RESOURCE,
                                  .resource = FAKE_WINDOW,
                                  .members = {MEMBER_START}});
  fake.options.clock = &fake_clock_still;
  assert_int_equal(fake_run(), END_WAITING);
  assert_int_equal(fake_row(0).until_ms - fake_now_ms, 9 * HOUR_MS);
  fake_now_ms += 10 * HOUR_MS;
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "apply a");
}

static void late_is_told_and_nothing_else(void **state)
{
  (void)state;
  add_person("a");
  fake_step(0)->within_s = 60;
  fake.options.clock = &fake_clock_still;
  assert_int_equal(fake_run(), END_WAITING);
  assert_false(diag_list_has_code(&fake.diags, DIAG_W1109));
  fake_now_ms += HOUR_MS;
  assert_int_equal(fake_go(), END_WAITING);
  assert_true(diag_list_has_code(&fake.diags, DIAG_W1109));
  assert_int_equal(fake_sign(0, "alice", NULL), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
}

static void an_executor_acts_for_its_roles_only(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(1)->role = FAKE_BOB;
  const struct text alice = TEXT("alice"), bob = TEXT("bob");
  fake.options.roles = &alice;
  fake.options.role_count = 1;
  assert_int_equal(fake_run(), END_WAITING);
  assert_string_equal(fake_calls(), "probe a; apply a; probe a");
  fake.options.roles = &bob;
  assert_int_equal(fake_go(), END_DONE);
  assert_string_equal(fake_calls(), "probe b; apply b; probe b");
}

static void skipping_what_others_rely_on_is_refused(void **state)
{
  (void)state;
  fake_add("tell", VERB_TELLS, EFFECT_MESSAGE);
  fake_add("restart", VERB_RESTARTS, EFFECT_RESTART);
  fake_add("look", VERB_CHECKS, EFFECT_LOOK);
  fake_add("remove", VERB_REMOVES, EFFECT_DROP_ACCEPTED);
  fake_step(0)->needs_sign_off = fake_step(3)->needs_sign_off = true;
  assert_int_equal(fake_run(), END_WAITING);
  for (uint32_t i = 1; i < 3; i++) {
    struct signing signing = fake_signing(i, "alice", NULL);
    assert_int_equal(signoff_skip(&signing, &fake.diags), SIGNING_REFUSED);
    assert_true(diag_list_has_code(&fake.diags, DIAG_E1119));
  }
  struct signing tell = fake_signing(0, "alice", NULL), removal = fake_signing(3, "alice", NULL);
  assert_int_equal(signoff_skip(&tell, &fake.diags), SIGNING_OK);
  assert_int_equal(fake_go(), END_WAITING);
  assert_int_equal(signoff_skip(&removal, &fake.diags), SIGNING_OK);
  assert_int_equal(fake_go(), END_DONE);
  assert_int_equal(fake_row(0).status, STEP_SKIPPED);
  assert_int_equal(fake_row(3).status, STEP_SKIPPED);
}

static char store_path[64];

/* Somebody signs on another terminal while this step acts. */
static enum outcome sign_elsewhere(const struct call *call, struct answer *answer)
{
  struct diag_list diags;
  struct store *store;
  enum signoff_means means;
  bool complete;
  answer->says = TEXT("acted");
  diag_list_start(&diags, call->arena);
  if (store_open(store_path, STORE_TO_WRITE, &diags, &store) != STORE_OK)
    return OUTCOME_REFUSED;
  struct signing signing = fake_signing(0, "carol", NULL);
  signing.store = store;
  signing.arena = call->arena;
  enum signing_result result = signoff_sign(&signing, false, &diags, &means, &complete);
  store_close(store);
  return result == SIGNING_OK ? OUTCOME_DONE : OUTCOME_REFUSED;
}

static void an_approval_is_seen_while_another_step_acts(void **state)
{
  (void)state;
  char folder[] = "/tmp/renew-people.XXXXXX", command[64];
  assert_non_null(mkdtemp(folder));
  snprintf(store_path, sizeof store_path, "%s/store.db", folder);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(store_open(store_path, STORE_TO_CREATE, &fake.diags, &fake.store), STORE_OK);
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->needs_sign_off = true;
  fake_add("b", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(1)->waits_for.count = 0;
  fake.scripts[1].provider.supports = 0;
  fake.scripts[1].provider.apply = sign_elsewhere;
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_events(), "wait a; ok b; ok a");
  assert_int_equal(system(command), 0);
}

static bool agree(void *of, const struct step *step, enum wait_kind wait)
{
  (void)of;
  (void)step;
  return wait == WAIT_APPROVAL || wait == WAIT_QUESTION;
}

/* A dry run: another table, people who are not asked, a clock that is moved. */
static void a_stand_in_answers_for_people(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  fake_step(0)->needs_sign_off = true;
  fake_step(0)->window = FAKE_WINDOW;
  fake_add("b", VERB_REMOVES, EFFECT_DROP_ACCEPTED);
  uint32_t fact = fake_argument(root_of(MEMBER_OLD, MEMBER_USED_ELSEWHERE));
  fake_step(1)->guard = add_guard(GUARD_NOT, add_guard(GUARD_FACT, fact, 0), 0);
  fake.options.stand_in = agree;
  assert_int_equal(fake_run(), END_DONE);
  assert_string_equal(fake_events(), "wait a; ok a; ok b");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_person_is_asked_once_and_confirms),
      TEST(the_evidence_reaches_the_provider),
      TEST(an_answer_that_does_not_do_is_asked_for_again),
      TEST(a_rejected_step_is_failed),
      TEST(a_gate_opens_before_the_intent),
      TEST(n_of_a_role_are_different_people),
      TEST(not_the_author),
      TEST(who_is_not_asked_does_not_sign),
      TEST(every_named_role_agrees),
      TEST(a_step_closes_on_evidence_where_its_role_says_so),
      TEST(a_guard_compares_roots),
      TEST(used_elsewhere_is_a_question),
      TEST(a_guard_that_is_no_asks_nobody),
      TEST(a_fact_that_is_not_known_is_asked_for),
      TEST(an_entering_step_waits_for_its_window),
      TEST(what_cannot_end_inside_waits_for_the_next_opening),
      TEST(a_window_that_is_over_refuses),
      TEST(a_healing_step_is_never_held_back),
      TEST(a_healing_step_waits_while_nothing_was_entered),
      TEST(a_window_of_unknown_form_is_found_before_the_run),
      TEST(waits_for_a_time),
      TEST(a_message_leaves_at_its_moment),
      TEST(late_is_told_and_nothing_else),
      TEST(an_executor_acts_for_its_roles_only),
      TEST(skipping_what_others_rely_on_is_refused),
      TEST(an_approval_is_seen_while_another_step_acts),
      TEST(a_stand_in_answers_for_people),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
