/* SPDX-License-Identifier: Apache-2.0 */
/* store_rows: reading the store: rows as structs in the caller's arena, and the proof of a run. */
#include <stdlib.h>
#include <string.h>

#include "runtime/store/store_int.h"

static struct text text_column(struct arena *arena, sqlite3_stmt *statement, int column)
{
  const void *bytes = sqlite3_column_blob(statement, column);
  struct text value = {bytes, (size_t)sqlite3_column_bytes(statement, column)};
  return bytes == NULL ? TEXT("") : text_copy(arena, value);
}

/* The index of the word in the column; 0 where it is none of them. */
static int word_column(sqlite3_stmt *statement, int column, const char *const *words, int count)
{
  const char *word = (const char *)sqlite3_column_text(statement, column);
  for (int i = 0; word != NULL && i < count; i++) {
    if (strcmp(word, words[i]) == 0)
      return i;
  }
  return 0;
}

static struct run_row run_columns(struct arena *arena, sqlite3_stmt *statement)
{
  return (struct run_row){
      .id = text_column(arena, statement, 0),
      .plan = text_column(arena, statement, 1),
      .digest = text_column(arena, statement, 2),
      .root = text_column(arena, statement, 3),
      .by = text_column(arena, statement, 4),
      .state = (enum run_state)word_column(statement, 5, run_state_words, RUN_STATE__COUNT),
      .begun_ms = sqlite3_column_int64(statement, 6),
      .suspect = sqlite3_column_int64(statement, 7),
  };
}

enum store_result store_run(struct store *store, struct arena *arena, struct text id,
                            struct run_row *ret_row)
{
  sqlite3_stmt *statement = store_statement(store, STATEMENT_RUN);
  store_bind_text(statement, 1, id);
  bool found = store_next_row(store, statement);
  if (found) {
    *ret_row = run_columns(arena, statement);
    ret_row->rplan = text_column(arena, statement, 8);
  }
  sqlite3_reset(statement);
  return found ? STORE_OK : store->read_code != 0 ? STORE_UNUSABLE : STORE_NONE;
}

/* Room for one more row behind `count`, doubling; arrays of an arena are copied when they grow. */
static void *grow(struct arena *arena, void *rows, size_t count, size_t *capacity, size_t row_bytes)
{
  if (count < *capacity)
    return rows;
  size_t wider = *capacity == 0 ? 16 : *capacity * 2;
  *capacity = wider;
  return arena_grow(arena, rows, count, wider, row_bytes);
}

void store_runs(struct store *store, struct arena *arena, struct run_row **ret_rows,
                size_t *ret_row_count)
{
  struct run_row *rows = NULL;
  size_t count = 0, capacity = 0;
  sqlite3_stmt *statement = store_statement(store, STATEMENT_RUNS);
  while (store_next_row(store, statement)) {
    rows = grow(arena, rows, count, &capacity, sizeof *rows);
    rows[count++] = run_columns(arena, statement);
  }
  sqlite3_reset(statement);
  *ret_rows = rows;
  *ret_row_count = count;
}

bool store_knows_digest(struct store *store, struct text digest)
{
  sqlite3_stmt *statement = store_statement(store, STATEMENT_KNOWS_DIGEST);
  store_bind_text(statement, 1, digest);
  bool found = store_next_row(store, statement);
  sqlite3_reset(statement);
  return found;
}

enum run_state store_run_state(struct store *store, struct text run)
{
  sqlite3_stmt *statement = store_statement(store, STATEMENT_STATE);
  store_bind_text(statement, 1, run);
  enum run_state state = RUN_OPEN;
  if (store_next_row(store, statement))
    state = (enum run_state)word_column(statement, 0, run_state_words, RUN_STATE__COUNT);
  sqlite3_reset(statement);
  return state;
}

void store_steps(struct store *store, struct arena *arena, struct text run,
                 struct step_row **ret_rows, size_t *ret_row_count)
{
  struct step_row *rows = NULL;
  size_t count = 0, capacity = 0;
  sqlite3_stmt *statement = store_statement(store, STATEMENT_STEPS);
  store_bind_text(statement, 1, run);
  while (store_next_row(store, statement)) {
    rows = grow(arena, rows, count, &capacity, sizeof *rows);
    rows[count++] = (struct step_row){
        .step = (uint32_t)sqlite3_column_int64(statement, 0),
        .id = text_column(arena, statement, 1),
        .status = (enum step_status)word_column(statement, 2, status_words, STEP__COUNT),
        .wait = (enum wait_kind)word_column(statement, 3, wait_words, WAIT__COUNT),
        .failed_tries = (uint32_t)sqlite3_column_int64(statement, 4),
        .ready_ms = sqlite3_column_int64(statement, 5),
        .until_ms = sqlite3_column_int64(statement, 6),
        .says = text_column(arena, statement, 7),
    };
  }
  sqlite3_reset(statement);
  *ret_rows = rows;
  *ret_row_count = count;
}

void store_signoffs(struct store *store, struct arena *arena, struct text run,
                    struct signoff_row **ret_rows, size_t *ret_row_count)
{
  struct signoff_row *rows = NULL;
  size_t count = 0, capacity = 0;
  sqlite3_stmt *statement = store_statement(store, STATEMENT_SIGNOFFS);
  store_bind_text(statement, 1, run);
  while (store_next_row(store, statement)) {
    rows = grow(arena, rows, count, &capacity, sizeof *rows);
    rows[count++] = (struct signoff_row){
        .seq = sqlite3_column_int64(statement, 0),
        .step = (uint32_t)sqlite3_column_int64(statement, 1),
        .means = (enum signoff_means)word_column(statement, 2, means_words, MEANS__COUNT),
        .role = text_column(arena, statement, 3),
        .signer = text_column(arena, statement, 4),
        .item = text_column(arena, statement, 5),
        .decision = text_column(arena, statement, 6),
        .note = text_column(arena, statement, 7),
        .evidence = text_column(arena, statement, 8),
        .evidence_sha256 = text_column(arena, statement, 9),
        .on_behalf_of = text_column(arena, statement, 10),
        .because = text_column(arena, statement, 11),
    };
  }
  sqlite3_reset(statement);
  *ret_rows = rows;
  *ret_row_count = count;
}

void store_journal(struct store *store, struct arena *arena, struct text run,
                   struct journal_row **ret_rows, size_t *ret_row_count)
{
  struct journal_row *rows = NULL;
  size_t count = 0, capacity = 0;
  sqlite3_stmt *statement = store_statement(store, STATEMENT_JOURNAL);
  store_bind_text(statement, 1, run);
  while (store_next_row(store, statement)) {
    rows = grow(arena, rows, count, &capacity, sizeof *rows);
    rows[count++] = (struct journal_row){
        .seq = sqlite3_column_int64(statement, 0),
        .utc = text_column(arena, statement, 1),
        .kind = text_column(arena, statement, 2),
        .step = text_column(arena, statement, 3),
        .body = text_column(arena, statement, 4),
        .hash = text_column(arena, statement, 5),
    };
  }
  sqlite3_reset(statement);
  *ret_rows = rows;
  *ret_row_count = count;
}

bool store_changed_elsewhere(struct store *store)
{
  sqlite3_stmt *statement = store_statement(store, STATEMENT_DATA_VERSION);
  int64_t version = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  bool changed = version != store->data_version;
  store->data_version = version;
  return changed;
}

/* The first step whose row says another status than the records do; RECORD_NO_STEP without. */
static uint32_t find_contradiction(const struct journal_row *rows, size_t row_count,
                                   const struct step_row *steps, size_t step_count)
{
  size_t replayed_count;
  enum step_status *replayed = journal_replay(rows, row_count, &replayed_count);
  uint32_t found = RECORD_NO_STEP;
  for (size_t i = 0; i < step_count && found == RECORD_NO_STEP; i++) {
    uint32_t step = steps[i].step;
    enum step_status status = step < replayed_count ? replayed[step] : STEP_PENDING;
    if (status != steps[i].status)
      found = step;
    else if (step < replayed_count)
      replayed[step] = STEP_PENDING;
  }
  /* What is left over has records but no row. */
  for (size_t i = 0; i < replayed_count && found == RECORD_NO_STEP; i++) {
    if (replayed[i] != STEP_PENDING)
      found = (uint32_t)i;
  }
  free(replayed);
  return found;
}

/* What the first record says of the run, the run's row says too. */
static bool run_contradicts(const struct run_row *run, const struct journal_row *first)
{
  return !journal_row_says(first, "digest", run->digest) ||
         !journal_row_says(first, "plan", run->plan) || !journal_row_says(first, "by", run->by) ||
         !journal_row_says(first, "root", run->root);
}

/* A sign-off counts only as its record says it: who, for which role, what. */
static bool signoff_contradicts(const struct signoff_row *row, const struct journal_row *rows,
                                size_t row_count)
{
  if (row->seq < 1 || (uint64_t)row->seq > row_count)
    return true;
  const struct journal_row *record = &rows[row->seq - 1];
  bool is_answer = row->means == MEANS_ANSWER;
  return !journal_row_says(record, "signer", row->signer) ||
         !journal_row_says(record, "means",
                           is_answer ? TEXT("") : text_of(means_words[row->means])) ||
         !journal_row_says(record, "role", row->role) ||
         !journal_row_says(record, "item", row->item) ||
         !journal_row_says(record, "decision", row->decision) ||
         !journal_row_says(record, "evidence-sha256", row->evidence_sha256);
}

/* What the rows beside an unbroken chain say that it does not; NULL: nothing. */
static const char *find_other_contradiction(struct store *store, struct arena *arena,
                                            const struct run_row *run,
                                            const struct journal_row *rows, size_t row_count)
{
  if (run_contradicts(run, &rows[0]))
    return "the run itself is";
  struct signoff_row *signoffs;
  size_t signoff_count;
  store_signoffs(store, arena, run->id, &signoffs, &signoff_count);
  for (size_t i = 0; i < signoff_count; i++) {
    if (signoff_contradicts(&signoffs[i], rows, row_count))
      return "a sign-off is";
  }
  return NULL;
}

/* The first thing wrong, as a finding; NULL: the run proves itself. */
static struct diag *judge(struct store *store, struct arena *arena, const struct run_row *run,
                          struct diag_list *diags, struct journal_verdict *ret_verdict)
{
  struct journal_row *rows;
  struct step_row *steps;
  size_t row_count, step_count;
  store_journal(store, arena, run->id, &rows, &row_count);
  store_steps(store, arena, run->id, &steps, &step_count);
  journal_verify(rows, row_count, run->digest, ret_verdict);
  if (row_count == 0) {
    ret_verdict->damaged = true;
    ret_verdict->reason = "the run has no record at all";
  }
  if (ret_verdict->damaged)
    return diag_add_nowhere(diags, DIAG_E1106, "record %lld of run %.*s is damaged: %s",
                            (long long)ret_verdict->good_count + 1, TEXT_ARG(run->id),
                            ret_verdict->reason);
  uint32_t step = find_contradiction(rows, row_count, steps, step_count);
  if (step != RECORD_NO_STEP)
    return diag_add_nowhere(diags, DIAG_E1106,
                            "run %.*s: the state of its step with index %u is not what the journal "
                            "says",
                            TEXT_ARG(run->id), step);
  const char *other = find_other_contradiction(store, arena, run, rows, row_count);
  if (other != NULL)
    return diag_add_nowhere(diags, DIAG_E1106, "run %.*s: %s not what the journal says",
                            TEXT_ARG(run->id), other);
  return NULL;
}

enum store_result store_verify(struct store *store, struct arena *arena, struct text run,
                               struct diag_list *diags, struct journal_verdict *ret_verdict)
{
  struct run_row row;
  enum store_result result = store_run(store, arena, run, &row);
  if (result == STORE_NONE)
    return STORE_NONE;
  struct diag *diag = result == STORE_OK ? judge(store, arena, &row, diags, ret_verdict) : NULL;
  if (diag == NULL)
    return store_read_well(store, diags);
  diag_add_note(diags, diag, "records 1 to %lld are right; nothing was executed",
                (long long)ret_verdict->good_count);
  diag_add_help(diags, diag,
                "put a copy of the three files of the store back that was made before the damage, "
                "then look at every target before `renew resume`");
  return STORE_DAMAGED;
}
