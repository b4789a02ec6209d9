/* SPDX-License-Identifier: Apache-2.0 */
/* store_begin: the birth of a run: its name, its row, what it reserves, its first record. */
#include <stdio.h>
#include <string.h>

#include "runtime/store/store_int.h"

enum { LETTER_COUNT = 26, RUN_ID_BYTES = 64 };

/* 2027-03-06-a, ..., -z, -aa: the letters count the runs begun on that day. */
static bool next_run_id(struct store *store, int64_t begun_ms, char ret_id[RUN_ID_BYTES])
{
  char utc[UTC_TEXT_BYTES];
  utc_format(begun_ms, utc);
  struct text date = {utc, strlen("2027-03-06")};
  sqlite3_stmt *next = store_statement(store, STATEMENT_NEXT_LETTERS);
  store_bind_text(next, 1, date);
  bool good = sqlite3_step(next) == SQLITE_ROW;
  int64_t number = good ? sqlite3_column_int64(next, 0) : 0;
  good = good && sqlite3_step(next) == SQLITE_DONE;
  sqlite3_reset(next);
  char letters[RUN_ID_BYTES / 2];
  size_t at = sizeof letters - 1;
  letters[at] = '\0';
  for (; number > 0 && at > 0; number = (number - 1) / LETTER_COUNT)
    letters[--at] = (char)('a' + (number - 1) % LETTER_COUNT);
  snprintf(ret_id, RUN_ID_BYTES, "%.*s-%s", TEXT_ARG(date), letters + at);
  return good;
}

static bool add_run(struct store *store, const struct run_row *row)
{
  sqlite3_stmt *add = store_statement(store, STATEMENT_ADD_RUN);
  store_bind_text(add, 1, row->id);
  store_bind_text(add, 2, row->plan);
  store_bind_text(add, 3, row->digest);
  sqlite3_bind_blob64(add, 4, row->rplan.at == NULL ? "" : row->rplan.at, row->rplan.length,
                      SQLITE_TRANSIENT);
  store_bind_text(add, 5, row->root);
  store_bind_text(add, 6, row->by);
  sqlite3_bind_int64(add, 7, row->begun_ms);
  return store_run_statement(store, STATEMENT_ADD_RUN);
}

static enum store_result reserve(struct store *store, const struct run_row *row, struct text target,
                                 struct diag_list *diags)
{
  sqlite3_stmt *held = store_statement(store, STATEMENT_RESERVATION);
  store_bind_text(held, 1, target);
  if (sqlite3_step(held) == SQLITE_ROW) {
    const char *run = (const char *)sqlite3_column_text(held, 0);
    struct diag *diag =
        diag_add_nowhere(diags, DIAG_E1105, "%.*s is being renewed by run %s since %s",
                         TEXT_ARG(target), run, (const char *)sqlite3_column_text(held, 1));
    diag_add_help(diags, diag, "go on with that run: renew resume %s", run);
    diag_add_help(diags, diag, "or end it: renew cancel %s --because \"...\"", run);
    sqlite3_reset(held);
    return STORE_HELD;
  }
  sqlite3_reset(held);
  char utc[UTC_TEXT_BYTES];
  utc_format(row->begun_ms, utc);
  sqlite3_stmt *add = store_statement(store, STATEMENT_ADD_RESERVATION);
  store_bind_text(add, 1, target);
  store_bind_text(add, 2, row->id);
  store_bind_text(add, 3, text_of(utc));
  return store_run_statement(store, STATEMENT_ADD_RESERVATION) ? STORE_OK : STORE_UNUSABLE;
}

enum store_result store_begin(struct store *store, struct run_row *row, struct record *record,
                              const struct text *targets, size_t target_count,
                              struct diag_list *diags)
{
  if (store->broken)
    return store_still_broken(store, diags);
  if (!store_run_statement(store, STATEMENT_BEGIN))
    return store_failed(store, "beginning a run", diags);
  char id[RUN_ID_BYTES];
  int64_t seq = 0;
  struct digest hash = {""};
  bool good = next_run_id(store, row->begun_ms, id);
  row->id = text_format(diags->arena, "%.*s%s", TEXT_ARG(row->id), id);
  good = good && add_run(store, row);
  for (size_t i = 0; good && i < target_count; i++) {
    enum store_result result = reserve(store, row, targets[i], diags);
    if (result == STORE_HELD) {
      store_run_statement(store, STATEMENT_ROLLBACK);
      return result;
    }
    good = result == STORE_OK;
  }
  good = good && store_append_record(store, row->id, record, &seq, &hash);
  if (!good || !store_run_statement(store, STATEMENT_COMMIT))
    return store_roll_back(store, "beginning a run", diags);
  store_folder_set_anchor(store, row->id, seq, digest_text(&hash));
  return STORE_OK;
}
