/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal: the record of a run: what a record is, how records are chained, how a chain is proved.
 * Pure: no database, no file, no clock. docs/JOURNAL.md is the format.
 *
 * (1) A record's body is canonical JSON (sorted keys, no blank). It holds everything that is known
 *     of the record, also what stands in columns beside it: run, seq, utc, kind, step.
 * (2) hash = sha256(previous hash || body); the first previous hash is the plan digest.
 * (3) A record that changes a step says to which status, so that the state of every step can be
 *     computed from the journal alone (journal_replay).
 * (4) No secret and no private key enters a record.
 */
#ifndef RENEW_STORE_JOURNAL_H
#define RENEW_STORE_JOURNAL_H

#include "compiler/base/diag.h"
#include "compiler/base/digest.h"

#define RECORD_KINDS(X)                                                                            \
  X(START, "start")     /* a run begins: plan, digests, who began it */                            \
  X(BIND, "bind")       /* fingerprints of what the certificates are now */                        \
  X(INTENT, "intent")   /* the next thing is an act on a target */                                 \
  X(OUTCOME, "outcome") /* what the act answered */                                                \
  X(DONE, "done")       /* the effect was observed, or confirmed by a person */                    \
  X(WAIT, "wait")       /* for a person, a window, a date, a question, a retry */                  \
  X(SIGN, "sign")       /* a person confirmed, approved or rejected */                             \
  X(DECIDE, "decide")   /* a person said what only a person knows */                               \
  X(RETRY, "retry")     /* a person asked for another attempt */                                   \
  X(SKIP, "skip")       /* a step was left out: guard, failure that goes on, or a person */        \
  X(UNDO, "undo")       /* intent and outcome of an undo */                                        \
  X(NOTE, "note")       /* something to know: late, outside the window but healing, distrust */    \
  X(CANCEL, "cancel")   /* a person asked for the end of the run */                                \
  X(FINISH, "finish")   /* the run ended: done or cancelled */

enum record_kind {
#define X(id, word) RECORD_##id,
  RECORD_KINDS(X)
#undef X
      RECORD__COUNT
};

extern const char *const record_words[RECORD__COUNT];

#define STEP_STATUSES(X)                                                                           \
  X(PENDING, "pending")                                                                            \
  X(WAITING, "waiting")                                                                            \
  X(CONFIRMED, "confirmed") /* a person answered; to be taken in */                                \
  X(INTENT, "intent")       /* about to act, or acting, or died while acting */                    \
  X(ACTED, "acted")         /* acted; the effect is still to be observed */                        \
  X(DONE, "done")                                                                                  \
  X(SKIPPED, "skipped")                                                                            \
  X(FAILED, "failed")                                                                              \
  X(UNKNOWN, "unknown") /* only a person can say what happened */                                  \
  X(REDO, "redo")       /* a person said: act, whatever is there */                                \
  X(UNDOING, "undoing") /* about to put back what was before, or died doing it */                  \
  X(UNDONE, "undone")

enum step_status {
#define X(id, word) STEP_##id,
  STEP_STATUSES(X)
#undef X
      STEP__COUNT
};

extern const char *const status_words[STEP__COUNT];
bool status_find(struct text word, enum step_status *ret_status);

enum { RECORD_NO_STEP = UINT32_MAX, RECORD_STEP_LIMIT = 1000000 };

struct record {
  enum record_kind kind;
  int64_t utc_ms;
  uint32_t step; /* index; RECORD_NO_STEP = the whole run */
  struct text step_id;
  bool has_status;
  enum step_status status; /* what the step is from now on */
  void *fields;            /* journal.c's own */
};

void record_start(struct record *record, enum record_kind kind, int64_t utc_ms);
void record_set_step(struct record *record, uint32_t step, struct text id,
                     enum step_status status);
/* Bytes that are no UTF-8 become '?'. An empty text is left out. */
void record_add_text(struct record *record, const char *name, struct text value);
void record_add_number(struct record *record, const char *name, int64_t value);
/* Into the object "facts". */
void record_add_fact(struct record *record, const char *name, struct text value);
void record_free(struct record *record);
/* The canonical body; free() it. */
char *record_body(const struct record *record, struct text run, int64_t seq);

/* 2027-03-06T21:04:11.123Z */
enum { UTC_TEXT_BYTES = 32 };
void utc_format(int64_t utc_ms, char ret_text[UTC_TEXT_BYTES]);

/* A record as it is stored. */
struct journal_row {
  int64_t seq;
  struct text utc;
  struct text kind;
  struct text step;
  struct text body;
  struct text hash;
};

struct journal_verdict {
  int64_t good_count;   /* records from the start that are right */
  struct text head;     /* hash of the last good one, or the digest */
  bool damaged;         /* record good_count + 1 is wrong */
  const char *reason;   /* of the damage */
  size_t torn_bytes;    /* a file whose last line is no record: what a crash leaves */
};

void journal_verify(const struct journal_row *rows, size_t row_count, struct text digest,
                    struct journal_verdict *ret_verdict);
/* Does the record's member say exactly that? An absent member says "". */
bool journal_row_says(const struct journal_row *row, const char *member, struct text expected);
/* The status that the records give to each step: PENDING where none does; free() the array. Its
 * count is one more than the last index named. */
enum step_status *journal_replay(const struct journal_row *rows, size_t row_count,
                                 size_t *ret_step_count);

/* One line of an export: {"body":{...},"hash":"...","schema":"renew.journal/1"}\n */
void journal_export_row(const struct journal_row *row, struct buffer *ret_bytes);
/* An exported file; the digest is what its first record says. False: not one record is in it. */
bool journal_verify_file(struct arena *arena, struct text bytes,
                         struct journal_verdict *ret_verdict);

#endif
