/* SPDX-License-Identifier: Apache-2.0 */
/* store_test: what survives: transactions, locks, reservations, refusals; torn logs (T1), bit
 * rot (T2), a failed fsync. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "compiler/base/text.h"
#include "runtime/store/store.h"

enum { PATH_BYTES = 4096, NOW_S = 1804334400, STEP_COUNT = 4 };

static struct arena *arena;
static struct diag_list diags;
static char folder[PATH_BYTES], path[PATH_BYTES + 16];
static struct digest plan_digest;

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  diag_list_start(&diags, arena);
  plan_digest = digest_of(TEXT("plan"));
  snprintf(folder, sizeof folder, "%s/renew-store.XXXXXX",
           getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/store.db", folder);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  char command[PATH_BYTES + 16];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  assert_int_equal(system(command), 0);
  arena_free(arena);
  return 0;
}

static struct store *open_store(enum store_mode mode)
{
  struct store *store = NULL;
  assert_int_equal(store_open(path, mode, &diags, &store), STORE_OK);
  return store;
}

static enum store_result begin(struct store *store, const char *target, struct run_row *ret_run)
{
  *ret_run = (struct run_row){.plan = TEXT("plan"),
                              .digest = digest_text(&plan_digest),
                              .rplan = TEXT("bytes"),
                              .root = TEXT("/root"),
                              .by = TEXT("alice"),
                              .begun_ms = (int64_t)NOW_S * 1000};
  struct text targets[] = {text_of(target)};
  struct record record;
  record_start(&record, RECORD_START, ret_run->begun_ms);
  record_add_text(&record, "digest", ret_run->digest);
  record_add_text(&record, "plan", ret_run->plan);
  record_add_text(&record, "by", ret_run->by);
  record_add_text(&record, "root", ret_run->root);
  enum store_result result = store_begin(store, ret_run, &record, targets, 1, &diags);
  record_free(&record);
  return result;
}

static enum store_result change(struct store *store, const struct run_row *run, uint32_t step,
                                enum step_status from, enum step_status to)
{
  char id[16];
  snprintf(id, sizeof id, "step-%u", step);
  struct record record;
  record_start(&record, RECORD_NOTE, (int64_t)NOW_S * 1000);
  record_set_step(&record, step, text_of(id), to);
  struct step_row row = {.step = step, .id = text_of(id), .status = to, .says = TEXT("words")};
  struct store_write write = {.run = run->id, .record = &record, .step = &row, .expected = from};
  enum store_result result = store_write(store, &write, &diags);
  record_free(&record);
  return result;
}

/* A run with a few steps done and one half way. */
static void fill(struct store *store, struct run_row *run)
{
  assert_int_equal(begin(store, "keystore#erp", run), STORE_OK);
  for (uint32_t i = 0; i < STEP_COUNT; i++) {
    assert_int_equal(change(store, run, i, STEP_PENDING, STEP_INTENT), STORE_OK);
    if (i + 1 < STEP_COUNT) {
      assert_int_equal(change(store, run, i, STEP_INTENT, STEP_ACTED), STORE_OK);
      assert_int_equal(change(store, run, i, STEP_ACTED, STEP_DONE), STORE_OK);
    }
  }
}

static enum step_status status_of(struct store *store, const struct run_row *run, uint32_t step)
{
  struct step_row *rows;
  size_t count;
  store_steps(store, arena, run->id, &rows, &count);
  for (size_t i = 0; i < count; i++)
    if (rows[i].step == step)
      return rows[i].status;
  return STEP_PENDING;
}

static void what_was_written_is_there_again(void **state)
{
  (void)state;
  struct run_row run, again;
  struct journal_verdict verdict;
  struct store *store = open_store(STORE_TO_CREATE);
  fill(store, &run);
  assert_true(text_is(run.id, "2027-03-06-a"));
  store_close(store);
  store = open_store(STORE_TO_WRITE);
  assert_int_equal(store_run(store, arena, run.id, &again), STORE_OK);
  assert_true(text_is(again.rplan, "bytes"));
  assert_true(text_is(again.by, "alice"));
  assert_int_equal(status_of(store, &run, 0), STEP_DONE);
  assert_int_equal(status_of(store, &run, STEP_COUNT - 1), STEP_INTENT);
  assert_int_equal(store_verify(store, arena, run.id, &diags, &verdict), STORE_OK);
  assert_int_equal(verdict.good_count, 1 + 3 * STEP_COUNT - 2);
  assert_true(store_knows_digest(store, run.digest));
  assert_false(store_knows_digest(store, TEXT("other")));
  assert_int_equal(store_run(store, arena, TEXT("2027-03-06-z"), &again), STORE_NONE);
  store_close(store);
}

static void a_clean_end_leaves_one_file(void **state)
{
  (void)state;
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE);
  fill(store, &run);
  store_close(store);
  char log[PATH_BYTES + 32];
  struct stat status;
  snprintf(log, sizeof log, "%s-wal", path);
  assert_true(stat(log, &status) != 0 || status.st_size == 0);
  assert_int_equal(stat(folder, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0700);
}

static void letters_count_the_runs_of_a_day(void **state)
{
  (void)state;
  struct store *store = open_store(STORE_TO_CREATE);
  struct run_row run;
  for (int i = 0; i < 28; i++) {
    char target[16];
    snprintf(target, sizeof target, "target-%d", i);
    assert_int_equal(begin(store, target, &run), STORE_OK);
    if (i == 25)
      assert_true(text_is(run.id, "2027-03-06-z"));
  }
  assert_true(text_is(run.id, "2027-03-06-ab"));
  store_close(store);
}

/* store.h (3) */
static void who_comes_second_writes_nothing(void **state)
{
  (void)state;
  struct run_row run;
  struct store *first = open_store(STORE_TO_CREATE), *second = open_store(STORE_TO_WRITE);
  assert_int_equal(begin(first, "keystore#erp", &run), STORE_OK);
  assert_true(store_changed_elsewhere(second));
  assert_false(store_changed_elsewhere(second));
  assert_int_equal(change(second, &run, 0, STEP_PENDING, STEP_WAITING), STORE_OK);
  assert_true(store_changed_elsewhere(first));
  assert_int_equal(change(first, &run, 0, STEP_PENDING, STEP_INTENT), STORE_CONFLICT);
  assert_int_equal(change(first, &run, 1, STEP_INTENT, STEP_DONE), STORE_CONFLICT);
  struct journal_row *rows;
  size_t count;
  store_journal(first, arena, run.id, &rows, &count);
  assert_int_equal(count, 2);
  assert_int_equal(change(first, &run, 0, STEP_WAITING, STEP_INTENT), STORE_OK);
  store_close(second);
  store_close(first);
}

static void a_certificate_is_reserved_for_the_life_of_a_run(void **state)
{
  (void)state;
  struct run_row run, other;
  struct store *store = open_store(STORE_TO_CREATE);
  assert_int_equal(begin(store, "keystore#erp", &run), STORE_OK);
  assert_int_equal(begin(store, "keystore#erp", &other), STORE_HELD);
  assert_true(diag_list_has_code(&diags, DIAG_E1105));
  assert_non_null(strstr(text_zero(arena, diags.items[0]->headline), "2027-03-06-a"));
  struct run_row *rows;
  size_t count;
  store_runs(store, arena, &rows, &count);
  assert_int_equal(count, 1);
  assert_int_equal(begin(store, "keystore#other", &other), STORE_OK);
  struct record record;
  record_start(&record, RECORD_FINISH, 0);
  struct store_write write = {
      .run = run.id, .record = &record, .sets_state = true, .state = RUN_DONE};
  assert_int_equal(store_write(store, &write, &diags), STORE_OK);
  record_free(&record);
  assert_int_equal(begin(store, "keystore#erp", &other), STORE_OK);
  store_close(store);
}

static void a_run_is_executed_by_one_process(void **state)
{
  (void)state;
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE);
  assert_int_equal(begin(store, "keystore#erp", &run), STORE_OK);
  assert_int_equal(store_lock_run(store, run.id, (int64_t)NOW_S * 1000, &diags), STORE_OK);
  struct store *other = open_store(STORE_TO_WRITE);
  assert_int_equal(store_lock_run(other, run.id, 0, &diags), STORE_HELD);
  char expected[128];
  snprintf(expected, sizeof expected,
           "run 2027-03-06-a is being executed by process %ld since 2027-03-06T12:00:00.000Z",
           (long)getpid());
  assert_string_equal(text_zero(arena, diags.items[0]->headline), expected);
  store_unlock_run(store);
  assert_int_equal(store_lock_run(other, run.id, 0, &diags), STORE_OK);
  store_close(other);
  store_close(store);
}

static void a_child_that_dies_gives_the_lock_back(void **state)
{
  (void)state;
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE);
  assert_int_equal(begin(store, "keystore#erp", &run), STORE_OK);
  store_close(store);
  pid_t child = fork();
  if (child == 0) {
    struct store *own = open_store(STORE_TO_WRITE);
    _exit(store_lock_run(own, run.id, 0, &diags) == STORE_OK ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  store = open_store(STORE_TO_WRITE);
  assert_int_equal(store_lock_run(store, run.id, 0, &diags), STORE_OK);
  store_close(store);
}

static enum store_result refused(enum store_mode mode, enum diag_code code)
{
  struct store *store = NULL;
  enum store_result result = store_open(path, mode, &diags, &store);
  assert_null(store);
  assert_true(diag_list_has_code(&diags, code));
  return result;
}

static void run_sql(const char *sql)
{
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

static void another_version_is_refused_unchanged(void **state)
{
  (void)state;
  store_close(open_store(STORE_TO_CREATE));
  run_sql("UPDATE meta SET version = 2");
  assert_int_equal(refused(STORE_TO_WRITE, DIAG_E1116), STORE_UNUSABLE);
  assert_non_null(strstr(text_zero(arena, diags.items[0]->headline), "version 2"));
}

static void a_file_that_is_no_store_is_refused(void **state)
{
  (void)state;
  run_sql("CREATE TABLE other(a)");
  assert_int_equal(refused(STORE_TO_CREATE, DIAG_E1116), STORE_UNUSABLE);
  FILE *file = fopen(path, "w");
  for (int i = 0; i < 1000; i++)
    fputs("this is no database\n", file);
  fclose(file);
  assert_int_equal(refused(STORE_TO_CREATE, DIAG_E1116), STORE_UNUSABLE);
}

static void a_folder_that_others_enter_is_refused(void **state)
{
  (void)state;
  assert_int_equal(chmod(folder, 0750), 0);
  assert_int_equal(refused(STORE_TO_CREATE, DIAG_E1115), STORE_UNUSABLE);
  struct stat status;
  assert_int_not_equal(stat(path, &status), 0);
}

static void no_store_is_made_by_reading(void **state)
{
  (void)state;
  struct store *store = NULL;
  struct stat status;
  assert_int_equal(store_open(path, STORE_TO_READ, &diags, &store), STORE_NONE);
  assert_int_equal(store_open(path, STORE_TO_WRITE, &diags, &store), STORE_NONE);
  assert_int_not_equal(stat(path, &status), 0);
}

static void network_file_systems_are_refused(void **state)
{
  (void)state;
  static const long refused_types[] = {0x6969, 0xFF534D42, 0xFE534D42, 0x517B, 0x65735546};
  static const long good_types[] = {0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794c7630};
  for (size_t i = 0; i < sizeof refused_types / sizeof *refused_types; i++)
    assert_true(store_refuses_filesystem(refused_types[i]));
  for (size_t i = 0; i < sizeof good_types / sizeof *good_types; i++)
    assert_false(store_refuses_filesystem(good_types[i]));
}

static void copy_file(const char *from, const char *to)
{
  char command[4 * PATH_BYTES];
  snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
  assert_int_equal(system(command), 0);
}

/* R4: an older copy in its place is not taken for the state of the world. */
static void an_older_store_is_refused(void **state)
{
  (void)state;
  struct run_row run;
  char copy[PATH_BYTES + 32], anchor[PATH_BYTES + 32];
  snprintf(copy, sizeof copy, "%s/copy", folder);
  snprintf(anchor, sizeof anchor, "%s/anchor", folder);
  struct store *store = open_store(STORE_TO_CREATE);
  fill(store, &run);
  store_close(store);
  copy_file(path, copy);
  store = open_store(STORE_TO_WRITE);
  assert_int_equal(change(store, &run, STEP_COUNT - 1, STEP_INTENT, STEP_ACTED), STORE_OK);
  store_close(store);
  copy_file(copy, path);
  assert_int_equal(refused(STORE_TO_WRITE, DIAG_E1117), STORE_DAMAGED);
  assert_int_equal(unlink(anchor), 0);
  store_close(open_store(STORE_TO_WRITE));
}

/*
 * T1: the log of a run that was killed, cut at every offset (every frame's edges, and a stride
 * between them): the store opens, what is there proves itself, and no step is claimed whose
 * record is gone.
 */
static void a_torn_log_loses_its_tail_only(void **state)
{
  (void)state;
  struct run_row run;
  char log[PATH_BYTES + 32], saved[2][PATH_BYTES + 32], anchor[PATH_BYTES + 32];
  snprintf(log, sizeof log, "%s-wal", path);
  snprintf(saved[0], sizeof saved[0], "%s/saved.db", folder);
  snprintf(saved[1], sizeof saved[1], "%s/saved.wal", folder);
  snprintf(anchor, sizeof anchor, "%s/anchor", folder);
  struct store *store = open_store(STORE_TO_CREATE);
  fill(store, &run);
  copy_file(path, saved[0]);
  copy_file(log, saved[1]);
  store_close(store);
  struct stat status;
  assert_int_equal(stat(saved[1], &status), 0);
  const off_t header = 32, frame = 24 + 4096;
  int64_t most = 0, opened = 0;
  for (off_t size = status.st_size; size >= 0; size--) {
    off_t in_frame = size < header ? 0 : (size - header) % frame;
    if (in_frame > 2 && in_frame < frame - 2 && in_frame % 1021 != 0)
      continue;
    copy_file(saved[0], path);
    copy_file(saved[1], log);
    assert_int_equal(truncate(log, size), 0);
    unlink(anchor);
    struct journal_verdict verdict = {0};
    store = open_store(STORE_TO_CREATE);
    enum store_result result = store_verify(store, arena, run.id, &diags, &verdict);
    assert_true(result == STORE_OK || result == STORE_NONE);
    most = verdict.good_count > most ? verdict.good_count : most;
    opened++;
    store_close(store);
  }
  assert_int_equal(most, 1 + 3 * STEP_COUNT - 2);
  assert_true(opened > 100);
}

static void flip_bit(const char *table, const char *column, const char *where, int bit)
{
  char sql[512];
  sqlite3 *db;
  sqlite3_stmt *select = NULL, *update = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s", column, table, where);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &select, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(select), SQLITE_ROW);
  int size = sqlite3_column_bytes(select, 0);
  char *bytes = malloc((size_t)size + 1);
  memcpy(bytes, sqlite3_column_text(select, 0), (size_t)size + 1);
  sqlite3_finalize(select);
  bytes[bit / 8 % size] ^= (char)(1 << bit % 8);
  snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1 WHERE %s", table, column, where);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &update, NULL), SQLITE_OK);
  sqlite3_bind_text(update, 1, bytes, size, SQLITE_TRANSIENT);
  assert_int_equal(sqlite3_step(update), SQLITE_DONE);
  sqlite3_finalize(update);
  sqlite3_close(db);
  free(bytes);
}

/* T2: bits of the last records' body and hash, and of a step's status, changed through SQL. */
static void bit_rot_is_damage(void **state)
{
  (void)state;
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE);
  fill(store, &run);
  store_close(store);
  const struct {
    const char *table, *column, *where;
    int bit_count;
  } places[] = {{"journal", "body", "seq = 11", 400},
                {"journal", "hash", "seq = 11", 512},
                {"journal", "body", "seq = 8", 64},
                {"journal", "kind", "seq = 9", 32},
                {"run", "root", "1", 32},
                {"run", "digest", "1", 64},
                {"step", "status", "step = 1", 32}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    for (int bit = 0; bit < places[i].bit_count; bit += 7) {
      struct journal_verdict verdict;
      flip_bit(places[i].table, places[i].column, places[i].where, bit);
      store = open_store(STORE_TO_READ);
      assert_int_equal(store_verify(store, arena, run.id, &diags, &verdict), STORE_DAMAGED);
      assert_true(diag_list_has_code(&diags, DIAG_E1106));
      store_close(store);
      flip_bit(places[i].table, places[i].column, places[i].where, bit);
    }
  }
  run_sql("DELETE FROM step WHERE step = 1");
  struct journal_verdict verdict;
  store = open_store(STORE_TO_READ);
  assert_int_equal(store_verify(store, arena, run.id, &diags, &verdict), STORE_DAMAGED);
  store_close(store);
}

/* What a reader would act upon. */
static struct text answers_of(struct store *store, const struct run_row *run)
{
  struct run_row row = {0};
  struct buffer words = {0};
  store_run(store, arena, run->id, &row);
  buffer_format(&words, "%.*s %.*s %.*s %.*s", TEXT_ARG(row.plan), TEXT_ARG(row.digest),
                TEXT_ARG(row.root), TEXT_ARG(row.by));
  for (uint32_t i = 0; i < STEP_COUNT; i++)
    buffer_format(&words, " %s", status_words[status_of(store, run, i)]);
  struct text copy = text_copy(arena, buffer_text(&words));
  buffer_free(&words);
  return copy;
}

/* T2: any bit of the file. It is seen (by us or by SQLite), or it changes no answer. */
static void any_flipped_bit_of_the_file(void **state)
{
  (void)state;
  enum { FLIPS = 1500 };
  struct run_row run;
  struct stat status;
  struct store *store = open_store(STORE_TO_CREATE);
  fill(store, &run);
  struct text good = answers_of(store, &run);
  store_close(store);
  assert_int_equal(stat(path, &status), 0);
  int seen = 0;
  uint32_t dice = 20270306;
  for (int i = 0; i < FLIPS; i++) {
    dice = dice * 1664525u + 1013904223u;
    long at = (long)(((uint64_t)dice * (uint64_t)status.st_size * 8) >> 32);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, at / 8, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at / 8, SEEK_SET);
    fputc(byte ^ (1 << at % 8), file);
    fclose(file);
    store = NULL;
    struct journal_verdict verdict;
    bool opened = store_open(path, STORE_TO_READ, &diags, &store) == STORE_OK;
    if (opened && store_verify(store, arena, run.id, &diags, &verdict) == STORE_OK)
      assert_true(text_equal(answers_of(store, &run), good));
    else
      seen++;
    store_close(store);
    file = fopen(path, "r+b");
    fseek(file, at / 8, SEEK_SET);
    fputc(byte, file);
    fclose(file);
  }
  assert_true(seen > 0 && seen < FLIPS);
}

/* A file system whose fsync fails when it is told to: SQLite's own, with one function exchanged. */
static sqlite3_vfs failing_vfs, *real_vfs;
static sqlite3_io_methods failing_methods;
static const sqlite3_io_methods *real_methods;
static int syncs_until_failure = -1;

static int failing_sync(sqlite3_file *file, int flags)
{
  if (syncs_until_failure > 0 && --syncs_until_failure == 0)
    return SQLITE_IOERR_FSYNC;
  return real_methods->xSync(file, flags);
}

static int failing_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                        int *ret_flags)
{
  (void)vfs;
  int code = real_vfs->xOpen(real_vfs, name, file, flags, ret_flags);
  /* The log alone: a commit is durable when its sync returned. */
  if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
    real_methods = file->pMethods;
    failing_methods = *real_methods;
    failing_methods.xSync = failing_sync;
    file->pMethods = &failing_methods;
  }
  return code;
}

static void register_failing(void)
{
  real_vfs = sqlite3_vfs_find(NULL);
  failing_vfs = *real_vfs;
  failing_vfs.zName = "failing";
  failing_vfs.xOpen = failing_open;
  assert_int_equal(sqlite3_vfs_register(&failing_vfs, 1), SQLITE_OK);
}

/* store.h (2): after a failed fsync nothing is written, and the next start doubts the last step. */
static void a_failed_fsync_is_never_tried_again(void **state)
{
  (void)state;
  register_failing();
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE);
  assert_int_equal(begin(store, "keystore#erp", &run), STORE_OK);
  assert_int_equal(change(store, &run, 0, STEP_PENDING, STEP_INTENT), STORE_OK);
  syncs_until_failure = 1;
  assert_int_equal(change(store, &run, 0, STEP_INTENT, STEP_DONE), STORE_UNUSABLE);
  assert_true(diag_list_has_code(&diags, DIAG_E1115));
  syncs_until_failure = -1;
  assert_int_equal(change(store, &run, 1, STEP_PENDING, STEP_INTENT), STORE_UNUSABLE);
  store_close(store);
  sqlite3_vfs_unregister(&failing_vfs);
  char mark[PATH_BYTES + 32];
  struct stat status;
  snprintf(mark, sizeof mark, "%s/suspect", folder);
  assert_int_equal(stat(mark, &status), 0);
  store = open_store(STORE_TO_WRITE);
  assert_int_not_equal(stat(mark, &status), 0);
  assert_int_equal(store_run(store, arena, run.id, &run), STORE_OK);
  assert_int_equal(run.suspect, 3);
  struct journal_verdict verdict;
  assert_int_equal(store_verify(store, arena, run.id, &diags, &verdict), STORE_OK);
  store_close(store);
}

/* store.h (2): what was gathered is on the disk whole, or not at all; who reads elsewhere sees it then. */
static void gathered_writes_are_one_transaction(void **state)
{
  (void)state;
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE), *other = open_store(STORE_TO_READ);
  assert_int_equal(begin(store, "keystore#erp", &run), STORE_OK);
  store_changed_elsewhere(other);
  store_gather(store);
  assert_int_equal(change(store, &run, 0, STEP_PENDING, STEP_INTENT), STORE_OK);
  assert_int_equal(change(store, &run, 1, STEP_PENDING, STEP_INTENT), STORE_OK);
  /* Who was second changes nothing, also not what was gathered. */
  assert_int_equal(change(store, &run, 0, STEP_PENDING, STEP_DONE), STORE_CONFLICT);
  assert_int_equal(change(store, &run, 0, STEP_INTENT, STEP_ACTED), STORE_OK);
  assert_int_equal(status_of(store, &run, 0), STEP_ACTED);
  assert_int_equal(status_of(other, &run, 0), STEP_PENDING);
  assert_false(store_changed_elsewhere(other));
  assert_int_equal(store_commit(store, &diags), STORE_OK);
  assert_int_equal(status_of(other, &run, 0), STEP_ACTED);
  assert_int_equal(status_of(other, &run, 1), STEP_INTENT);
  assert_int_equal(store_commit(store, &diags), STORE_OK);
  /* From here on each is its own again. */
  assert_int_equal(change(store, &run, 2, STEP_PENDING, STEP_INTENT), STORE_OK);
  assert_int_equal(status_of(other, &run, 2), STEP_INTENT);
  struct journal_verdict verdict;
  assert_int_equal(store_verify(other, arena, run.id, &diags, &verdict), STORE_OK);
  assert_int_equal(verdict.good_count, 5);
  store_close(other);
  store_close(store);
}

static void what_was_gathered_and_not_committed_is_gone(void **state)
{
  (void)state;
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE);
  assert_int_equal(begin(store, "keystore#erp", &run), STORE_OK);
  store_gather(store);
  assert_int_equal(change(store, &run, 0, STEP_PENDING, STEP_INTENT), STORE_OK);
  store_close(store);
  store = open_store(STORE_TO_WRITE);
  assert_int_equal(status_of(store, &run, 0), STEP_PENDING);
  store_close(store);
}

/* Of a transaction whose fsync failed every record is doubted, not only the last one. */
static void a_failed_fsync_doubts_all_that_was_gathered(void **state)
{
  (void)state;
  register_failing();
  struct run_row run;
  struct store *store = open_store(STORE_TO_CREATE);
  assert_int_equal(begin(store, "keystore#erp", &run), STORE_OK);
  assert_int_equal(change(store, &run, 0, STEP_PENDING, STEP_INTENT), STORE_OK);
  store_gather(store);
  assert_int_equal(change(store, &run, 0, STEP_INTENT, STEP_ACTED), STORE_OK);
  assert_int_equal(change(store, &run, 1, STEP_PENDING, STEP_INTENT), STORE_OK);
  assert_int_equal(change(store, &run, 2, STEP_PENDING, STEP_INTENT), STORE_OK);
  syncs_until_failure = 1;
  assert_int_equal(store_commit(store, &diags), STORE_UNUSABLE);
  syncs_until_failure = -1;
  assert_int_equal(change(store, &run, 3, STEP_PENDING, STEP_INTENT), STORE_UNUSABLE);
  store_close(store);
  sqlite3_vfs_unregister(&failing_vfs);
  store = open_store(STORE_TO_WRITE);
  assert_int_equal(store_run(store, arena, run.id, &run), STORE_OK);
  assert_int_equal(run.suspect, 3);
  store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(what_was_written_is_there_again),
      TEST(a_clean_end_leaves_one_file),
      TEST(letters_count_the_runs_of_a_day),
      TEST(who_comes_second_writes_nothing),
      TEST(a_certificate_is_reserved_for_the_life_of_a_run),
      TEST(a_run_is_executed_by_one_process),
      TEST(a_child_that_dies_gives_the_lock_back),
      TEST(another_version_is_refused_unchanged),
      TEST(a_file_that_is_no_store_is_refused),
      TEST(a_folder_that_others_enter_is_refused),
      TEST(no_store_is_made_by_reading),
      TEST(network_file_systems_are_refused),
      TEST(an_older_store_is_refused),
      TEST(a_torn_log_loses_its_tail_only),
      TEST(bit_rot_is_damage),
      TEST(any_flipped_bit_of_the_file),
      TEST(a_failed_fsync_is_never_tried_again),
      TEST(gathered_writes_are_one_transaction),
      TEST(what_was_gathered_and_not_committed_is_gone),
      TEST(a_failed_fsync_doubts_all_that_was_gathered),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
