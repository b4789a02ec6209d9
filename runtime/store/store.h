/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: what survives the process: runs with their plan files, the state of their steps, the
 * journal, sign-offs, messages and reservations. One folder, of which one file is a database.
 *
 *   store.db    (with -wal and -shm: three files are one store; copying one of them is no backup)
 *   keys/ outbox/ logs/ evidence/     the providers': staged keys, messages, output, answers
 *   locks/RUN.lock                    held by the process that executes the run
 *   anchor                            the last record that was seen written (run, seq, hash)
 *   suspect                           there after a failed fsync, until the next start: the first record
 *                                     of the transaction (run, seq)
 *
 * (1) A change of a step and its journal record are one transaction (store_write); nothing else
 *     changes a step.
 * (2) store_write that did not say STORE_OK changed nothing that a later start would not see, and
 *     after STORE_UNUSABLE the store takes no further write: a failed fsync is never retried. Between
 *     store_gather and store_commit STORE_OK only says that the commit will write it.
 * (3) A change names the status that it starts from; where another process was first it is
 *     STORE_CONFLICT and nothing is written.
 * (4) The store is used by one thread (the engine's loop).
 * (5) A store that lacks the record which the anchor names is older than what was seen: refused, for
 *     reading, too, and so is one that is empty or gone beside such an anchor.
 */
#ifndef RENEW_STORE_STORE_H
#define RENEW_STORE_STORE_H

#include "compiler/base/diag.h"
#include "runtime/store/journal.h"

enum { STORE_VERSION = 1 };

enum store_result {
  STORE_OK,
  STORE_NONE,     /* there is no such row, or no store */
  STORE_CONFLICT, /* another process changed it first: read again */
  STORE_HELD,     /* another run or process has it: exit 6 */
  STORE_UNUSABLE, /* read-only, full, another version, a failed fsync: exit 3 */
  STORE_DAMAGED   /* the chain is broken, or the store is older than the anchor: exit 9 */
};

enum run_state {
  RUN_OPEN,       /* pending, paused or executing */
  RUN_CANCELLING, /* ends at the next safe point */
  RUN_DONE,
  RUN_CANCELLED,
  RUN_STATE__COUNT
};

extern const char *const run_state_words[RUN_STATE__COUNT];

struct run_row {
  struct text id; /* 2027-03-06-a */
  struct text plan;
  struct text digest;
  struct text rplan; /* the plan file's bytes */
  struct text root;  /* absolute: where the plan's relative paths start */
  struct text by;    /* the OS user who began it */
  enum run_state state;
  int64_t begun_ms;
  int64_t suspect; /* 0; else a write of this run may not be on disk: doubt its last step, and those of
                      the records from this one on */
};

enum wait_kind {
  WAIT_NOTHING,
  WAIT_PERSON,   /* a person's step: to be confirmed */
  WAIT_APPROVAL, /* a gate */
  WAIT_QUESTION, /* a guard that only a person can answer */
  WAIT_WINDOW,
  WAIT_DATE,
  WAIT_RETRY,
  WAIT_TICKET, /* the target works on it */
  WAIT_ROLE,   /* another role's executor does it */
  WAIT_GUARD,  /* the world is not what the proof counts on */
  WAIT__COUNT
};

extern const char *const wait_words[WAIT__COUNT];

struct step_row {
  uint32_t step;
  struct text id;
  enum step_status status;
  enum wait_kind wait;
  uint32_t failed_tries; /* that ended in nothing, over all processes */
  int64_t ready_ms;      /* when it could have begun; 0 = not yet */
  int64_t until_ms;      /* of a wait; 0 = not known */
  struct text says;      /* the last sentence about it */
};

enum signoff_means { MEANS_CONFIRM, MEANS_APPROVE, MEANS_REJECT, MEANS_ANSWER, MEANS__COUNT };

extern const char *const means_words[MEANS__COUNT];

struct signoff_row {
  int64_t seq; /* of its journal record; set by the store */
  uint32_t step;
  enum signoff_means means;
  struct text role;
  struct text signer;
  struct text item;     /* ANSWER: the fact asked for */
  struct text decision; /* ANSWER: yes or no */
  struct text note;
  struct text evidence; /* path in the state folder */
  struct text evidence_sha256;
  struct text on_behalf_of;
  struct text because;
};

struct store;

enum store_mode {
  STORE_TO_READ,  /* STORE_NONE where there is none, or an empty file */
  STORE_TO_WRITE, /* the same */
  STORE_TO_CREATE /* makes folder and file */
};

/* path: of store.db. Reasons go to diags. */
enum store_result store_open(const char *path, enum store_mode mode, struct diag_list *diags,
                             struct store **ret_store);
/* In memory: no folder, no lock, no anchor; for dry runs and tests. */
struct store *store_open_memory(void);
void store_close(struct store *store);               /* NULL is legal */
const char *store_folder(const struct store *store); /* "" in memory */

/* Executing a run is for one process; STORE_HELD names it. Freed by the end of the process too. */
enum store_result store_lock_run(struct store *store, struct text run, int64_t now_ms,
                                 struct diag_list *diags);
void store_unlock_run(struct store *store);

/*
 * Begins a run: its row (row->id is given by the store from the date of begun_ms, behind what it
 * says: "demo-" or nothing), its first record, and a reservation of each target for the run's life. STORE_HELD (E1105) where one is
 * taken.
 */
enum store_result store_begin(struct store *store, struct run_row *row, struct record *record,
                              const struct text *targets, size_t target_count,
                              struct diag_list *diags);

/* One transaction. Parts that are NULL or empty change nothing. */
struct store_write {
  struct text run;
  struct record *record;       /* required */
  const struct step_row *step; /* its new row */
  enum step_status expected;   /* the status that it had */
  const struct signoff_row *signoff;
  struct text message_id; /* a message about to be sent: it stands in the outbox until .. */
  bool message_is_sent;   /* .. it was sent */
  bool sets_state;        /* the run's state; an end frees its reservations */
  enum run_state state;
  bool clears_suspect;
  bool voids_signoffs; /* what was signed for the step so far counts no more */
};

enum store_result store_write(struct store *store, const struct store_write *write,
                              struct diag_list *diags);
/*
 * From store_gather on, writes stand in one transaction until store_commit, which makes all of them
 * durable with one fsync, or none: where one of them fails, the gathered ones before it are gone, too.
 * One that is STORE_CONFLICT leaves the others alone. The store's own readers see what was gathered.
 */
void store_gather(struct store *store);
enum store_result store_commit(struct store *store, struct diag_list *diags);

/* Rows are copied into the arena. */
enum store_result store_run(struct store *store, struct arena *arena, struct text id,
                            struct run_row *ret_row);
/* All runs, the youngest first, without their plan files. */
void store_runs(struct store *store, struct arena *arena, struct run_row **ret_rows,
                size_t *ret_row_count);
/* True where a run of that plan digest was begun in this store: the plan was approved here. */
bool store_knows_digest(struct store *store, struct text digest);
enum run_state store_run_state(struct store *store, struct text run);
void store_steps(struct store *store, struct arena *arena, struct text run,
                 struct step_row **ret_rows, size_t *ret_row_count);
/* Those that count, in their order. */
void store_signoffs(struct store *store, struct arena *arena, struct text run,
                    struct signoff_row **ret_rows, size_t *ret_row_count);
void store_journal(struct store *store, struct arena *arena, struct text run,
                   struct journal_row **ret_rows, size_t *ret_row_count);
/* STORE_UNUSABLE, with its reason, where a read since the opening failed: what the functions that give rows gave
 * is then not all. */
enum store_result store_read_well(struct store *store, struct diag_list *diags);
/* The chain, and every step's row against what the chain says. STORE_DAMAGED with E1106. */
enum store_result store_verify(struct store *store, struct arena *arena, struct text run,
                               struct diag_list *diags, struct journal_verdict *ret_verdict);
/* True when another connection wrote since the last call. */
bool store_changed_elsewhere(struct store *store);
const char *store_library(void); /* "3.40.1": the SQLite that runs */
/* True for file systems on which locks or shared memory are not to be trusted (statfs f_type). */
bool store_refuses_filesystem(long type);

#endif
