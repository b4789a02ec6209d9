/* SPDX-License-Identifier: Apache-2.0 */
/* store_int: what the files of runtime/store share; nobody else includes it. */
#ifndef RENEW_STORE_STORE_INT_H
#define RENEW_STORE_STORE_INT_H

#include <sqlite3.h>

#include "runtime/store/store.h"

/* clang-format off: SQL reads as SQL */
#define STORE_STATEMENTS(X)                                                                        \
  X(BEGIN, "BEGIN IMMEDIATE")                                                                      \
  X(COMMIT, "COMMIT")                                                                              \
  X(ROLLBACK, "ROLLBACK")                                                                          \
  X(DATA_VERSION, "PRAGMA data_version")                                                           \
  X(NEXT_LETTERS,                                                                                  \
    "INSERT INTO counter(date, next) VALUES(?1, 1)"                                                \
    " ON CONFLICT(date) DO UPDATE SET next = next + 1 RETURNING next")                             \
  X(ADD_RUN,                                                                                       \
    "INSERT INTO run(id, plan, digest, rplan, root, by, state, begun_ms)"                          \
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7)")                                                 \
  X(ADD_RESERVATION, "INSERT INTO reservation(target, run, since) VALUES(?1, ?2, ?3)")             \
  X(RESERVATION, "SELECT run, since FROM reservation WHERE target = ?1")                           \
  X(FREE_RESERVATIONS, "DELETE FROM reservation WHERE run = ?1")                                   \
  X(HEAD, "SELECT seq, hash FROM journal WHERE run = ?1 ORDER BY seq DESC LIMIT 1")                \
  X(RECORD, "SELECT hash FROM journal WHERE run = ?1 AND seq = ?2")                                \
  X(DIGEST, "SELECT digest FROM run WHERE id = ?1")                                                \
  X(ADD_RECORD,                                                                                    \
    "INSERT INTO journal(run, seq, utc, kind, step, body, hash)"                                   \
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                                         \
  /* a first row only where the step was pending; a later one only from the expected status */     \
  X(SET_STEP,                                                                                      \
    "INSERT INTO step(run, step, id, status, wait, failed_tries, ready_ms, until_ms, says)"        \
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"                                                   \
    " WHERE ?10 = 'pending' OR EXISTS (SELECT 1 FROM step WHERE run = ?1 AND step = ?2)"           \
    " ON CONFLICT(run, step) DO UPDATE SET status = excluded.status, wait = excluded.wait,"        \
    " failed_tries = excluded.failed_tries, ready_ms = excluded.ready_ms,"                         \
    " until_ms = excluded.until_ms, says = excluded.says WHERE step.status = ?10")                 \
  X(ADD_SIGNOFF,                                                                                   \
    "INSERT INTO signoff(run, seq, step, means, role, signer, item, decision, note, evidence,"     \
    " evidence_sha256, on_behalf_of, because)"                                                     \
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")                             \
  X(VOID_SIGNOFFS,                                                                                 \
    "UPDATE signoff SET void = 1 WHERE run = ?1 AND step = ?2 AND means <> 'answer'")              \
  X(ADD_MESSAGE, "INSERT OR IGNORE INTO outbox(message_id, run, step) VALUES(?1, ?2, ?3)")         \
  X(DROP_MESSAGE, "DELETE FROM outbox WHERE message_id = ?1")                                      \
  X(SET_STATE, "UPDATE run SET state = ?2 WHERE id = ?1")                                          \
  X(SET_SUSPECT, "UPDATE run SET suspect = 1 WHERE state IN ('open', 'cancelling')")               \
  X(SET_SUSPECT_FROM, "UPDATE run SET suspect = ?2 WHERE id = ?1 AND suspect <> 0")                \
  X(CLEAR_SUSPECT, "UPDATE run SET suspect = 0 WHERE id = ?1")                                     \
  X(STATE, "SELECT state FROM run WHERE id = ?1")                                                  \
  X(RUN,                                                                                           \
    "SELECT id, plan, digest, root, by, state, begun_ms, suspect, rplan FROM run WHERE id = ?1")   \
  X(RUNS,                                                                                          \
    "SELECT id, plan, digest, root, by, state, begun_ms, suspect FROM run"                         \
    " ORDER BY begun_ms DESC, rowid DESC")                                                         \
  X(KNOWS_DIGEST, "SELECT 1 FROM run WHERE digest = ?1 LIMIT 1")                                   \
  X(STEPS,                                                                                         \
    "SELECT step, id, status, wait, failed_tries, ready_ms, until_ms, says FROM step"              \
    " WHERE run = ?1 ORDER BY step")                                                               \
  X(SIGNOFFS,                                                                                      \
    "SELECT seq, step, means, role, signer, item, decision, note, evidence, evidence_sha256,"      \
    " on_behalf_of, because FROM signoff WHERE run = ?1 AND void = 0 ORDER BY seq")                \
  X(JOURNAL,                                                                                       \
    "SELECT seq, utc, kind, step, body, hash FROM journal WHERE run = ?1 ORDER BY seq")
/* clang-format on */

enum statement {
#define X(id, sql) STATEMENT_##id,
  STORE_STATEMENTS(X)
#undef X
      STATEMENT__COUNT
};

struct store {
  sqlite3 *db;
  sqlite3_stmt *statements[STATEMENT__COUNT];
  char *folder;      /* "" in memory */
  char *path;        /* of the file, as messages name it; NULL in memory */
  int anchor_fd;     /* -1: none */
  int lock_fd;       /* -1: no run is held */
  bool broken;       /* a write or read failed: no further write is tried */
  int read_code;     /* SQLite's, of the first read that failed; 0 */
  char *read_error;  /* its words */
  bool read_is_told;
  bool in_memory;    /* a dry run: one transaction for its whole life, never written */
  bool gathers;      /* store_write leaves its transaction open for store_commit */
  bool has_gathered; /* it is open */
  struct {
    struct text run; /* the writer's, who outlives the transaction */
    int64_t first;   /* record of the transaction that is open, or was the last one */
    int64_t seq;     /* its last one */
    struct digest hash;
  } last;
  int64_t data_version;
};

/* store_sqlite.c */
sqlite3_stmt *store_statement(struct store *store, enum statement which);
void store_bind_text(sqlite3_stmt *statement, int at, struct text value);
bool store_run_statement(struct store *store, enum statement which);
/* Is there another row? A failure is kept for store_read_well: what was read is not all. */
bool store_next_row(struct store *store, sqlite3_stmt *statement);
/* Appends the record; the row's columns say what its body says. */
bool store_append_record(struct store *store, struct text run, const struct record *record,
                         int64_t *ret_seq, struct digest *ret_hash);
/* As store_failed, and undoes what can be undone. */
enum store_result store_roll_back(struct store *store, const char *doing, struct diag_list *diags);
/* Names SQLite's reason; marks the folder where the disk may hold less than was promised. */
enum store_result store_failed(struct store *store, const char *doing, struct diag_list *diags);

/* STORE_UNUSABLE; says why where nobody was told yet. */
enum store_result store_still_broken(struct store *store, struct diag_list *diags);

/* store_folder.c */
char *store_folder_of(const char *path); /* malloc'ed */
enum store_result store_folder_check(const char *folder, bool creates, struct diag_list *diags);
enum store_result store_folder_open_anchor(struct store *store, struct diag_list *diags);
void store_folder_close_anchor(struct store *store);
void store_folder_set_anchor(struct store *store, struct text run, int64_t seq, struct text hash);
/* Does the anchor name a record? */
bool store_folder_remembers(const struct store *store);
/* E1117: the store is `what`, and the anchor's record is gone. */
enum store_result store_folder_refuse(struct store *store, const char *what,
                                      struct diag_list *diags);
enum store_result store_folder_check_anchor(struct store *store, struct diag_list *diags);
/* With the first record of the transaction; the first of a transaction without one is seq 0. */
void store_folder_mark_suspect(struct store *store, struct text run, int64_t seq);
/* The run's name is in the buffer; "" where nobody could write it. */
enum { SUSPECT_RUN_BYTES = 128 };
bool store_folder_is_suspect(const struct store *store, char ret_run[SUSPECT_RUN_BYTES],
                             int64_t *ret_seq);
void store_folder_clear_suspect(struct store *store);

#endif
