/* SPDX-License-Identifier: Apache-2.0 */
/* turn_test: held.c: no act before its intent is on the disk, one fsync for what ends together, and nothing
 * begun where the disk took nothing. */
#include "tests/unit/fake.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANY = 32, RECORDS_A_STEP = 3 };

static char folder[64], path[96];

/* SQLite's own file system, whose syncs of the log are counted; the one with this number fails. */
static sqlite3_vfs counting_vfs, *real_vfs;
static sqlite3_io_methods counting_methods;
static const sqlite3_io_methods *real_methods;
static int syncs, failing_sync;

static int on_sync(sqlite3_file *file, int flags)
{
  return ++syncs == failing_sync ? SQLITE_IOERR_FSYNC : real_methods->xSync(file, flags);
}

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                   int *ret_flags)
{
  (void)vfs;
  int code = real_vfs->xOpen(real_vfs, name, file, flags, ret_flags);
  if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
    real_methods = file->pMethods;
    counting_methods = *real_methods;
    counting_methods.xSync = on_sync;
    file->pMethods = &counting_methods;
  }
  return code;
}

static int setup(void **state)
{
  fake_setup(state);
  snprintf(folder, sizeof folder, "/tmp/renew-turn.XXXXXX");
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/store.db", folder);
  real_vfs = sqlite3_vfs_find(NULL);
  counting_vfs = *real_vfs;
  counting_vfs.zName = "counting";
  counting_vfs.xOpen = on_open;
  assert_int_equal(sqlite3_vfs_register(&counting_vfs, 1), SQLITE_OK);
  assert_int_equal(store_open(path, STORE_TO_CREATE, &fake.diags, &fake.store), STORE_OK);
  return 0;
}

static int teardown(void **state)
{
  char command[96];
  fake_teardown(state);
  sqlite3_vfs_unregister(&counting_vfs);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

/* As another process sees it: only what was committed. */
static void assert_durable(const struct call *call, const char *expected)
{
  sqlite3 *db;
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, real_vfs->zName), SQLITE_OK);
  assert_int_equal(
      sqlite3_prepare_v2(db, "SELECT status FROM step WHERE step = ?1", -1, &statement, NULL),
      SQLITE_OK);
  sqlite3_bind_int64(statement, 1, call->step - fake.graph.steps);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_string_equal((const char *)sqlite3_column_text(statement, 0), expected);
  sqlite3_finalize(statement);
  sqlite3_close(db);
}

static enum outcome apply_seeing(const struct call *call, struct answer *answer)
{
  assert_durable(call, "intent");
  return fake_apply(call, answer);
}

static enum observation probe_seeing(const struct call *call, struct answer *answer)
{
  if (fake_script_of(call->step)->is_set)
    assert_durable(call, "acted");
  return fake_probe(call, answer);
}

/* Steps without an order; the calls are made by the loop itself, so that the turns are always the same. */
static void add_many(uint32_t count)
{
  fake.options.without_workers = true;
  fake.options.worker_count = 16;
  for (uint32_t i = 0; i < count; i++) {
    fake_add(text_format(fake.arena, "s%u", i).at, VERB_REPLACES, EFFECT_SET_ALIAS);
    fake_step(i)->waits_for.count = 0;
    fake.scripts[i].provider.apply = apply_seeing;
    fake.scripts[i].provider.probe = probe_seeing;
  }
}

static void an_intent_is_durable_before_the_act_and_an_outcome_before_the_look(void **state)
{
  (void)state;
  add_many(MANY);
  assert_int_equal(fake_run(), END_DONE);
  assert_int_equal(fake_records("intent"), MANY);
  assert_int_equal(fake_records("outcome"), MANY);
  assert_int_equal(fake_records("done"), MANY);
}

static void what_ends_together_is_written_with_one_sync(void **state)
{
  (void)state;
  add_many(MANY);
  assert_int_equal(fake_begin(), STORE_OK);
  syncs = 0;
  assert_int_equal(fake_go(), END_DONE);
  assert_true(syncs > 0 && syncs < MANY * RECORDS_A_STEP / 4);
}

/* The process dies with the disk: nothing was begun whose intent is not there, and the next one ends it. */
static void where_the_disk_takes_nothing_nothing_is_begun(void **state)
{
  (void)state;
  add_many(4);
  assert_int_equal(fake_begin(), STORE_OK);
  syncs = 0;
  failing_sync = 2; /* the record of what was bound is the first, the intents are the second */
  assert_int_equal(fake_go(), END_UNUSABLE);
  assert_null(strstr(fake_calls(), "apply"));
  assert_string_equal(fake_events(), "");
  assert_true(diag_list_has_code(&fake.diags, DIAG_E1115));
  failing_sync = 0;
  store_close(fake.store);
  assert_int_equal(store_open(path, STORE_TO_WRITE, &fake.diags, &fake.store), STORE_OK);
  assert_int_equal(fake_go(), END_DONE);
  for (uint32_t i = 0; i < 4; i++)
    assert_true(fake.scripts[i].is_set);
}

/* What was acted on and could not be written is in doubt, and is looked at; no act happens twice. */
static void an_outcome_that_was_lost_is_looked_for(void **state)
{
  (void)state;
  add_many(4);
  assert_int_equal(fake_begin(), STORE_OK);
  syncs = 0;
  failing_sync = 3; /* the outcomes */
  assert_int_equal(fake_go(), END_UNUSABLE);
  assert_non_null(strstr(fake_calls(), "apply s0"));
  failing_sync = 0;
  store_close(fake.store);
  assert_int_equal(store_open(path, STORE_TO_WRITE, &fake.diags, &fake.store), STORE_OK);
  for (uint32_t i = 0; i < 4; i++)
    fake.scripts[i].provider.probe = fake_probe;
  assert_int_equal(fake_go(), END_DONE);
  assert_null(strstr(fake_calls(), "apply"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(an_intent_is_durable_before_the_act_and_an_outcome_before_the_look),
      TEST(what_ends_together_is_written_with_one_sync),
      TEST(where_the_disk_takes_nothing_nothing_is_begun),
      TEST(an_outcome_that_was_lost_is_looked_for),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
