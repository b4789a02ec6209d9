/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_sqlite: the store as one SQLite database: opening, its tables, the one function that
 * writes. Reading stands in store_rows.c, the folder around the file in store_folder.c.
 *
 * WAL with synchronous=FULL: a COMMIT that returned is on the disk. synchronous=NORMAL would be
 * four times as fast and lose the last records at a power loss.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "runtime/store/failpoint.h"
#include "runtime/store/store_int.h"

enum { BUSY_TIMEOUT_MS = 5000 };

/* clang-format off: SQL reads as SQL */
static const char schema[] =
    "CREATE TABLE meta(version INTEGER NOT NULL);"
    "INSERT INTO meta VALUES(1);"
    "CREATE TABLE counter("
    "  date TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE run("
    "  id TEXT NOT NULL UNIQUE, plan TEXT NOT NULL, digest TEXT NOT NULL, rplan BLOB NOT NULL,"
    "  root TEXT NOT NULL, by TEXT NOT NULL, state TEXT NOT NULL, begun_ms INTEGER NOT NULL,"
    "  suspect INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE step("
    "  run TEXT NOT NULL, step INTEGER NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL,"
    "  wait TEXT NOT NULL, failed_tries INTEGER NOT NULL, ready_ms INTEGER NOT NULL,"
    "  until_ms INTEGER NOT NULL, says TEXT NOT NULL, PRIMARY KEY(run, step)) WITHOUT ROWID;"
    "CREATE TABLE journal("
    "  run TEXT NOT NULL, seq INTEGER NOT NULL, utc TEXT NOT NULL, kind TEXT NOT NULL,"
    "  step TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL,"
    "  PRIMARY KEY(run, seq)) WITHOUT ROWID;"
    "CREATE TABLE signoff("
    "  run TEXT NOT NULL, seq INTEGER NOT NULL, step INTEGER NOT NULL, means TEXT NOT NULL,"
    "  role TEXT NOT NULL, signer TEXT NOT NULL, item TEXT NOT NULL, decision TEXT NOT NULL,"
    "  note TEXT NOT NULL, evidence TEXT NOT NULL, evidence_sha256 TEXT NOT NULL,"
    "  on_behalf_of TEXT NOT NULL, because TEXT NOT NULL, void INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY(run, seq)) WITHOUT ROWID;"
    "CREATE TABLE outbox("
    "  message_id TEXT PRIMARY KEY, run TEXT NOT NULL, step INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE reservation("
    "  target TEXT PRIMARY KEY, run TEXT NOT NULL, since TEXT NOT NULL) WITHOUT ROWID;";
/* clang-format on */

static const char *const statement_texts[STATEMENT__COUNT] = {
#define X(id, sql) [STATEMENT_##id] = sql,
    STORE_STATEMENTS(X)
#undef X
};

const char *const run_state_words[RUN_STATE__COUNT] = {"open", "cancelling", "done", "cancelled"};
const char *const wait_words[WAIT__COUNT] = {"",     "person", "approval", "question", "window",
                                             "date", "retry",  "ticket",   "role",     "guard"};
const char *const means_words[MEANS__COUNT] = {"confirm", "approve", "reject", "answer"};

sqlite3_stmt *store_statement(struct store *store, enum statement which)
{
  sqlite3_stmt **statement = &store->statements[which];
  if (*statement == NULL)
    sqlite3_prepare_v3(store->db, statement_texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement,
                       NULL);
  else
    sqlite3_reset(*statement);
  return *statement;
}

void store_bind_text(sqlite3_stmt *statement, int at, struct text value)
{
  sqlite3_bind_text64(statement, at, value.at == NULL ? "" : value.at, value.length,
                      SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* SQLite calls a full disk an I/O error where it needs room to read. */
static bool disk_is_full(const struct store *store)
{
  enum { ROOM_BYTES = 64 * 1024 };
  struct statvfs facts;
  return statvfs(store->folder, &facts) == 0 && facts.f_bavail * facts.f_frsize < ROOM_BYTES;
}

static enum store_result tell_failed(struct store *store, const char *doing, int code,
                                     const char *reason, struct diag_list *diags)
{
  int kind = code & 0xff;
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E1115, "%s: %s failed: %s", store->path, doing, reason);
  store->broken = true;
  if (kind == SQLITE_FULL)
    diag_add_help(diags, diag, "make room on the disk; nothing was changed; then `renew resume`");
  else if (kind == SQLITE_IOERR && disk_is_full(store))
    diag_add_help(
        diags, diag,
        "the disk is full: make room on it; `renew resume` then probes the last step again");
  else if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED)
    diag_add_help(diags, diag, "another process holds the file for too long; try again");
  else if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
    diag_add_help(
        diags, diag,
        "the file is damaged: put a copy of the three files of the store back that was made "
        "before, then look at every target before `renew resume`");
  else if (kind == SQLITE_CANTOPEN)
    diag_add_help(diags, diag,
                  "look who may read and write the file and its folder, or give another "
                  "one with --store; nothing was done");
  else
    diag_add_help(diags, diag,
                  "the last record may not be on the disk: look at the disk, then "
                  "`renew resume` probes the last step again");
  /* After a failed fsync a row may be seen without being on the disk: the next start doubts it. */
  if (kind == SQLITE_IOERR)
    store_folder_mark_suspect(store, store->last.run, store->last.first);
  return STORE_UNUSABLE;
}

enum store_result store_failed(struct store *store, const char *doing, struct diag_list *diags)
{
  return tell_failed(store, doing, sqlite3_extended_errcode(store->db), sqlite3_errmsg(store->db),
                     diags);
}

bool store_next_row(struct store *store, sqlite3_stmt *statement)
{
  int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE && store->read_code == 0) {
    store->broken = true;
    store->read_code = sqlite3_extended_errcode(store->db);
    store->read_error = strdup(sqlite3_errmsg(store->db));
  }
  return code == SQLITE_ROW;
}

enum store_result store_read_well(struct store *store, struct diag_list *diags)
{
  if (store->read_code == 0)
    return STORE_OK;
  store->read_is_told = true;
  return tell_failed(store, "reading", store->read_code,
                     store->read_error == NULL ? "" : store->read_error, diags);
}

enum store_result store_still_broken(struct store *store, struct diag_list *diags)
{
  return store->read_code == 0 || store->read_is_told ? STORE_UNUSABLE
                                                      : store_read_well(store, diags);
}

bool store_run_statement(struct store *store, enum statement which)
{
  /* SQLite walks all pages of a database in memory at each COMMIT: N steps would cost N * N. */
  bool is_frame =
      which == STATEMENT_BEGIN || which == STATEMENT_COMMIT || which == STATEMENT_ROLLBACK;
  if (store->in_memory && is_frame)
    return true;
  sqlite3_stmt *statement = store_statement(store, which);
  int code = statement == NULL ? SQLITE_ERROR : sqlite3_step(statement);
  if (statement != NULL)
    sqlite3_reset(statement);
  return code == SQLITE_DONE || code == SQLITE_ROW;
}

/* -1: the file has no table yet; -2: it is not a store of ours; else its version. */
static int64_t read_version(struct store *store)
{
  sqlite3_stmt *statement = NULL;
  int64_t version = -2;
  if (sqlite3_prepare_v2(store->db, "SELECT count(*) FROM sqlite_master", -1, &statement, NULL) ==
          SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int64(statement, 0) == 0)
    version = -1;
  sqlite3_finalize(statement);
  statement = NULL;
  if (version != -1 &&
      sqlite3_prepare_v2(store->db, "SELECT version FROM meta", -1, &statement, NULL) ==
          SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    version = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return version;
}

static enum store_result check_version(struct store *store, struct diag_list *diags)
{
  int64_t version = read_version(store);
  if (version == STORE_VERSION)
    return STORE_OK;
  if (version == -1) {
    if (store_run_statement(store, STATEMENT_BEGIN) &&
        (read_version(store) == STORE_VERSION ||
         sqlite3_exec(store->db, schema, NULL, NULL, NULL) == SQLITE_OK) &&
        store_run_statement(store, STATEMENT_COMMIT))
      return STORE_OK;
    return store_failed(store, "making its tables", diags);
  }
  if (version == -2 && sqlite3_errcode(store->db) != SQLITE_ERROR &&
      sqlite3_errcode(store->db) != SQLITE_OK && sqlite3_errcode(store->db) != SQLITE_DONE &&
      sqlite3_errcode(store->db) != SQLITE_NOTADB)
    return store_failed(store, "reading", diags);
  struct diag *diag;
  if (version == -2)
    diag = diag_add_nowhere(diags, DIAG_E1116, "%s is no store of renew", store->path);
  else
    diag = diag_add_nowhere(diags, DIAG_E1116,
                            "%s is a store of version %lld; this program reads version %d",
                            store->path, (long long)version, STORE_VERSION);
  diag_add_help(diags, diag,
                "continue its runs with the release that made it, or give another "
                "store with --store; nothing was changed");
  return STORE_UNUSABLE;
}

static const char pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                              "PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF";

/* Who turns the log on needs the file alone, and SQLite does not wait for that, lest two wait for each other. */
static bool set_pragmas(struct store *store)
{
  enum { PAUSE_MS = 10 };
  int code;
  int64_t left_ms = BUSY_TIMEOUT_MS;
  sqlite3_busy_timeout(store->db, 0);
  while (((code = sqlite3_exec(store->db, pragmas, NULL, NULL, NULL)) & 0xff) == SQLITE_BUSY &&
         left_ms > 0)
    left_ms -= sqlite3_sleep(PAUSE_MS);
  sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
  return code == SQLITE_OK;
}

/* What a failed fsync left: bring the log into the file, then let every open run doubt its end. */
static enum store_result settle_suspect(struct store *store, struct diag_list *diags)
{
  char run[SUSPECT_RUN_BYTES];
  int64_t seq;
  if (!store_folder_is_suspect(store, run, &seq))
    return STORE_OK;
  if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
          SQLITE_OK ||
      !store_run_statement(store, STATEMENT_SET_SUSPECT))
    return store_failed(store, "the checkpoint after a failed write", diags);
  if (seq > 0) {
    sqlite3_stmt *from = store_statement(store, STATEMENT_SET_SUSPECT_FROM);
    store_bind_text(from, 1, text_of(run));
    sqlite3_bind_int64(from, 2, seq);
    if (!store_run_statement(store, STATEMENT_SET_SUSPECT_FROM))
      return store_failed(store, "the mark of a failed write", diags);
  }
  store_folder_clear_suspect(store);
  return STORE_OK;
}

/* STORE_NONE: no file yet, or an empty one. */
static enum store_result look_at_file(struct store *store, const char *path,
                                      struct diag_list *diags)
{
  struct stat status;
  /* Asked first: who makes the store at this moment writes the anchor last. */
  bool is_remembered = store_folder_remembers(store);
  bool is_there = stat(path, &status) == 0;
  bool is_none = is_there ? S_ISREG(status.st_mode) && status.st_size == 0 : errno == ENOENT;
  /* Nothing is made in the place of what is lost. */
  if (is_none && is_remembered)
    return store_folder_refuse(store, is_there ? "empty" : "not there any more", diags);
  return is_none ? STORE_NONE : STORE_OK;
}

static enum store_result open_file(struct store *store, const char *path, enum store_mode mode,
                                   struct diag_list *diags)
{
  enum store_result result = look_at_file(store, path, diags);
  if (result != STORE_OK && (result != STORE_NONE || mode != STORE_TO_CREATE))
    return result;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
              (mode == STORE_TO_CREATE ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
    return store_failed(store, "opening", diags);
  sqlite3_extended_result_codes(store->db, 1);
  /* From the first look on: another process may be making the tables right now. */
  sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
  /* SQLite falls back to reading where it may not write; a run must not find that out half way. */
  if (sqlite3_db_readonly(store->db, "main") == 1) {
    struct diag *diag = diag_add_nowhere(diags, DIAG_E1115, "%s may not be written", path);
    diag_add_help(diags, diag, "make it writable for its owner, or give another one with --store");
    return STORE_UNUSABLE;
  }
  result = check_version(store, diags);
  if (result != STORE_OK)
    return result;
  if (!set_pragmas(store))
    return store_failed(store, "opening", diags);
  if (mode != STORE_TO_READ)
    result = store_folder_open_anchor(store, diags);
  if (result == STORE_OK)
    result = store_folder_check_anchor(store, diags);
  return result == STORE_OK && mode != STORE_TO_READ ? settle_suspect(store, diags) : result;
}

static enum store_result refuse_folder(const char *path, struct diag_list *diags)
{
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
    return STORE_OK;
  struct diag *diag = diag_add_nowhere(diags, DIAG_E1115, "%s is a folder, and no store", path);
  diag_add_help(diags, diag, "name the file in it: --store %s%sstore.db", path,
                path[strlen(path) - 1] == '/' ? "" : "/");
  return STORE_UNUSABLE;
}

static struct store *new_store(void)
{
  struct store *store = calloc(1, sizeof *store);
  if (store == NULL)
    abort();
  store->anchor_fd = store->lock_fd = -1;
  return store;
}

enum store_result store_open(const char *path, enum store_mode mode, struct diag_list *diags,
                             struct store **ret_store)
{
  struct store *store = new_store();
  store->folder = store_folder_of(path);
  store->path = strdup(path);
  if (store->path == NULL)
    abort();
  enum store_result result = refuse_folder(path, diags);
  if (result == STORE_OK)
    result = store_folder_check(store->folder, mode == STORE_TO_CREATE, diags);
  if (result == STORE_OK)
    result = open_file(store, path, mode, diags);
  if (result != STORE_OK) {
    store_close(store);
    return result;
  }
  store_changed_elsewhere(store);
  *ret_store = store;
  return STORE_OK;
}

struct store *store_open_memory(void)
{
  struct store *store = new_store();
  store->folder = strdup("");
  if (store->folder == NULL || sqlite3_open(":memory:", &store->db) != SQLITE_OK ||
      sqlite3_exec(store->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
      sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
    abort();
  store->in_memory = true;
  return store;
}

void store_close(struct store *store)
{
  if (store == NULL)
    return;
  for (int i = 0; i < STATEMENT__COUNT; i++)
    sqlite3_finalize(store->statements[i]);
  /* A clean end leaves one file, so that who copies store.db alone gets all of it. */
  if (store->anchor_fd >= 0 && !store->broken) {
    FAILPOINT("before-CHECKPOINT");
    sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    FAILPOINT("CHECKPOINT");
  }
  sqlite3_close(store->db);
  store_unlock_run(store);
  store_folder_close_anchor(store);
  free(store->folder);
  free(store->path);
  free(store->read_error);
  free(store);
}

const char *store_folder(const struct store *store)
{
  return store->folder;
}

/* The number of the run's next record, and the hash that it follows: the last record's, or the plan's digest. */
static int64_t next_record(struct store *store, struct text run, char ret_previous[DIGEST_HEX + 1])
{
  int64_t seq = 1;
  ret_previous[0] = '\0';
  if (store->has_gathered && text_equal(store->last.run, run)) { /* nobody else writes meanwhile */
    snprintf(ret_previous, DIGEST_HEX + 1, "%s", store->last.hash.hex);
    return store->last.seq + 1;
  }
  sqlite3_stmt *head = store_statement(store, STATEMENT_HEAD);
  store_bind_text(head, 1, run);
  if (sqlite3_step(head) == SQLITE_ROW) {
    seq = sqlite3_column_int64(head, 0) + 1;
    snprintf(ret_previous, DIGEST_HEX + 1, "%s", (const char *)sqlite3_column_text(head, 1));
  } else {
    sqlite3_stmt *digest = store_statement(store, STATEMENT_DIGEST);
    store_bind_text(digest, 1, run);
    if (sqlite3_step(digest) == SQLITE_ROW)
      snprintf(ret_previous, DIGEST_HEX + 1, "%s", (const char *)sqlite3_column_text(digest, 0));
    sqlite3_reset(digest);
  }
  sqlite3_reset(head);
  return seq;
}

/* Appends the record; the row's columns say what its body says. */
bool store_append_record(struct store *store, struct text run, const struct record *record,
                         int64_t *ret_seq, struct digest *ret_hash)
{
  char previous[DIGEST_HEX + 1];
  int64_t seq = next_record(store, run, previous);
  char *body = record_body(record, run, seq), utc[UTC_TEXT_BYTES];
  utc_format(record->utc_ms, utc);
  struct digest hash = digest_of_two(text_of(previous), text_of(body));
  sqlite3_stmt *add = store_statement(store, STATEMENT_ADD_RECORD);
  store_bind_text(add, 1, run);
  sqlite3_bind_int64(add, 2, seq);
  store_bind_text(add, 3, text_of(utc));
  store_bind_text(add, 4, text_of(record_words[record->kind]));
  store_bind_text(add, 5, record->step == RECORD_NO_STEP ? TEXT("") : record->step_id);
  store_bind_text(add, 6, text_of(body));
  store_bind_text(add, 7, digest_text(&hash));
  bool done = sqlite3_step(add) == SQLITE_DONE;
  sqlite3_reset(add);
  free(body);
  *ret_seq = seq;
  *ret_hash = hash;
  return done;
}

static bool set_step(struct store *store, const struct store_write *write, bool *ret_conflict)
{
  const struct step_row *row = write->step;
  sqlite3_stmt *set = store_statement(store, STATEMENT_SET_STEP);
  store_bind_text(set, 1, write->run);
  sqlite3_bind_int64(set, 2, row->step);
  store_bind_text(set, 3, row->id);
  store_bind_text(set, 4, text_of(status_words[row->status]));
  store_bind_text(set, 5, text_of(wait_words[row->wait]));
  sqlite3_bind_int64(set, 6, row->failed_tries);
  sqlite3_bind_int64(set, 7, row->ready_ms);
  sqlite3_bind_int64(set, 8, row->until_ms);
  store_bind_text(set, 9, row->says);
  store_bind_text(set, 10, text_of(status_words[write->expected]));
  bool done = sqlite3_step(set) == SQLITE_DONE;
  sqlite3_reset(set);
  *ret_conflict = done && sqlite3_changes(store->db) == 0;
  return done;
}

static bool add_signoff(struct store *store, const struct store_write *write, int64_t seq)
{
  const struct signoff_row *row = write->signoff;
  sqlite3_stmt *add = store_statement(store, STATEMENT_ADD_SIGNOFF);
  store_bind_text(add, 1, write->run);
  sqlite3_bind_int64(add, 2, seq);
  sqlite3_bind_int64(add, 3, row->step);
  const struct text texts[] = {text_of(means_words[row->means]),
                               row->role,
                               row->signer,
                               row->item,
                               row->decision,
                               row->note,
                               row->evidence,
                               row->evidence_sha256,
                               row->on_behalf_of,
                               row->because};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    store_bind_text(add, 4 + (int)i, texts[i]);
  bool done = sqlite3_step(add) == SQLITE_DONE;
  sqlite3_reset(add);
  return done;
}

static bool write_rest(struct store *store, const struct store_write *write, int64_t seq)
{
  bool good = true;
  if (write->voids_signoffs) {
    sqlite3_stmt *void_them = store_statement(store, STATEMENT_VOID_SIGNOFFS);
    store_bind_text(void_them, 1, write->run);
    sqlite3_bind_int64(void_them, 2, write->record->step);
    good = store_run_statement(store, STATEMENT_VOID_SIGNOFFS);
  }
  if (good && write->signoff != NULL)
    good = add_signoff(store, write, seq);
  if (good && write->message_is_sent && write->message_id.length > 0) {
    store_bind_text(store_statement(store, STATEMENT_DROP_MESSAGE), 1, write->message_id);
    good = store_run_statement(store, STATEMENT_DROP_MESSAGE);
  } else if (good && write->message_id.length > 0) {
    sqlite3_stmt *add = store_statement(store, STATEMENT_ADD_MESSAGE);
    store_bind_text(add, 1, write->message_id);
    store_bind_text(add, 2, write->run);
    sqlite3_bind_int64(add, 3, write->record->step);
    good = store_run_statement(store, STATEMENT_ADD_MESSAGE);
  }
  if (good && write->sets_state) {
    sqlite3_stmt *set = store_statement(store, STATEMENT_SET_STATE);
    store_bind_text(set, 1, write->run);
    store_bind_text(set, 2, text_of(run_state_words[write->state]));
    good = store_run_statement(store, STATEMENT_SET_STATE);
    if (good && (write->state == RUN_DONE || write->state == RUN_CANCELLED)) {
      store_bind_text(store_statement(store, STATEMENT_FREE_RESERVATIONS), 1, write->run);
      good = store_run_statement(store, STATEMENT_FREE_RESERVATIONS);
    }
  }
  if (good && write->clears_suspect) {
    store_bind_text(store_statement(store, STATEMENT_CLEAR_SUSPECT), 1, write->run);
    good = store_run_statement(store, STATEMENT_CLEAR_SUSPECT);
  }
  return good;
}

/* Names what failed first, then undoes what can be undone. */
enum store_result store_roll_back(struct store *store, const char *doing, struct diag_list *diags)
{
  enum store_result result = store_failed(store, doing, diags);
  store_run_statement(store, STATEMENT_ROLLBACK);
  return result;
}

/* Everything of one write; a conflict is found before anything of it is written. */
static bool put(struct store *store, const struct store_write *write, bool *ret_conflict)
{
  *ret_conflict = false;
  if (write->step != NULL && (!set_step(store, write, ret_conflict) || *ret_conflict))
    return *ret_conflict;
  bool good =
      store_append_record(store, write->run, write->record, &store->last.seq, &store->last.hash);
  store->last.run = write->run;
  if (!store->has_gathered)
    store->last.first = store->last.seq;
  return good && write_rest(store, write, store->last.seq);
}

static enum store_result end_transaction(struct store *store, struct diag_list *diags)
{
  store->has_gathered = false;
  if (!store_run_statement(store, STATEMENT_COMMIT))
    return store_roll_back(store, "writing a record", diags);
  store_folder_set_anchor(store, store->last.run, store->last.seq, digest_text(&store->last.hash));
  return STORE_OK;
}

enum store_result store_write(struct store *store, const struct store_write *write,
                              struct diag_list *diags)
{
  bool conflict;
  if (store->broken)
    return store_still_broken(store, diags);
  if (!store->has_gathered && !store_run_statement(store, STATEMENT_BEGIN))
    return store_failed(store, "beginning a record", diags);
  if (!put(store, write, &conflict)) {
    store->has_gathered = false;
    return store_roll_back(store, "writing a record", diags);
  }
  if (conflict) {
    if (!store->has_gathered)
      store_run_statement(store, STATEMENT_ROLLBACK);
    return STORE_CONFLICT;
  }
  if (!store->gathers)
    return end_transaction(store, diags);
  store->has_gathered = true;
  return STORE_OK;
}

void store_gather(struct store *store)
{
  store->gathers = true;
}

enum store_result store_commit(struct store *store, struct diag_list *diags)
{
  store->gathers = false;
  if (store->broken)
    return store_still_broken(store, diags);
  return store->has_gathered ? end_transaction(store, diags) : STORE_OK;
}

const char *store_library(void)
{
  return sqlite3_libversion();
}
