/* SPDX-License-Identifier: Apache-2.0 */
/* journal: records, their chain and its proof. See journal.h for the invariants. */
#include "runtime/store/journal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CANONICAL = JSON_COMPACT | JSON_SORT_KEYS };

const char *const record_words[RECORD__COUNT] = {
#define X(id, word) [RECORD_##id] = word,
    RECORD_KINDS(X)
#undef X
};

const char *const status_words[STEP__COUNT] = {
#define X(id, word) [STEP_##id] = word,
    STEP_STATUSES(X)
#undef X
};

bool status_find(struct text word, enum step_status *ret_status)
{
  for (int i = 0; i < STEP__COUNT; i++) {
    if (text_is(word, status_words[i])) {
      *ret_status = (enum step_status)i;
      return true;
    }
  }
  return false;
}

void utc_format(int64_t utc_ms, char ret_text[UTC_TEXT_BYTES])
{
  int64_t seconds = utc_ms / 1000, rest_ms = utc_ms % 1000;
  if (rest_ms < 0) {
    rest_ms += 1000;
    seconds -= 1;
  }
  time_t when = (time_t)seconds;
  struct tm utc;
  gmtime_r(&when, &utc);
  size_t length = strftime(ret_text, UTC_TEXT_BYTES - 5, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(ret_text + length, UTC_TEXT_BYTES - length, ".%03dZ", (int)rest_ms);
}

/* Never NULL: a record is written even where a program printed bytes that are no text. NUL is text
 * for JSON, but the reader refuses it. */
static json_t *string_of(struct text value)
{
  json_t *string = NULL;
  if (value.length == 0)
    string = json_string("");
  else if (memchr(value.at, '\0', value.length) == NULL)
    string = json_stringn(value.at, value.length);
  if (string != NULL)
    return string;
  char *copy = malloc(value.length + 1);
  if (copy == NULL)
    abort();
  for (size_t i = 0; i < value.length; i++)
    copy[i] = value.at[i] > 0 ? value.at[i] : '?';
  string = json_stringn(copy, value.length);
  free(copy);
  if (string == NULL)
    abort();
  return string;
}

static json_t *new_object(void)
{
  json_t *object = json_object();
  if (object == NULL)
    abort();
  return object;
}

void record_start(struct record *record, enum record_kind kind, int64_t utc_ms)
{
  *record = (struct record){.kind = kind, .utc_ms = utc_ms, .step = RECORD_NO_STEP};
  record->fields = new_object();
}

void record_set_step(struct record *record, uint32_t step, struct text id, enum step_status status)
{
  record->step = step;
  record->step_id = id;
  record->has_status = true;
  record->status = status;
}

void record_add_text(struct record *record, const char *name, struct text value)
{
  if (value.length > 0)
    json_object_set_new(record->fields, name, string_of(value));
}

void record_add_number(struct record *record, const char *name, int64_t value)
{
  json_object_set_new(record->fields, name, json_integer(value));
}

void record_add_fact(struct record *record, const char *name, struct text value)
{
  json_t *facts = json_object_get(record->fields, "facts");
  if (facts == NULL) {
    facts = new_object();
    json_object_set_new(record->fields, "facts", facts);
  }
  json_object_set_new(facts, name, string_of(value));
}

void record_free(struct record *record)
{
  json_decref(record->fields);
  record->fields = NULL;
}

char *record_body(const struct record *record, struct text run, int64_t seq)
{
  char utc[UTC_TEXT_BYTES];
  utc_format(record->utc_ms, utc);
  json_t *body = json_copy(record->fields);
  if (body == NULL)
    abort();
  json_object_set_new(body, "run", string_of(run));
  json_object_set_new(body, "seq", json_integer(seq));
  json_object_set_new(body, "utc", json_string(utc));
  json_object_set_new(body, "kind", json_string(record_words[record->kind]));
  if (record->step != RECORD_NO_STEP) {
    json_object_set_new(body, "step", string_of(record->step_id));
    json_object_set_new(body, "index", json_integer(record->step));
  }
  if (record->has_status)
    json_object_set_new(body, "status", json_string(status_words[record->status]));
  char *bytes = json_dumps(body, CANONICAL);
  json_decref(body);
  if (bytes == NULL)
    abort();
  return bytes;
}

static bool member_is(json_t *body, const char *name, struct text expected)
{
  json_t *value = json_object_get(body, name);
  if (value == NULL)
    return expected.length == 0;
  return json_is_string(value) &&
         text_equal((struct text){json_string_value(value), json_string_length(value)}, expected);
}

bool journal_row_says(const struct journal_row *row, const char *member, struct text expected)
{
  json_t *body = json_loadb(row->body.at, row->body.length, 0, NULL);
  bool says = body != NULL && member_is(body, member, expected);
  json_decref(body);
  return says;
}

/* NULL when the row is right; else why it is not. */
static const char *row_fault(const struct journal_row *row, int64_t expected_seq,
                             struct text previous)
{
  struct digest hash = digest_of_two(previous, row->body);
  if (!text_equal(digest_text(&hash), row->hash))
    return "its hash is not that of its body and the record before";
  if (row->seq != expected_seq)
    return "a record is missing before it";
  json_t *body = json_loadb(row->body.at == NULL ? "" : row->body.at, row->body.length, 0, NULL);
  if (!json_is_object(body)) {
    json_decref(body);
    return "its body is no JSON object";
  }
  const char *fault = NULL;
  if (json_integer_value(json_object_get(body, "seq")) != row->seq ||
      !member_is(body, "utc", row->utc) || !member_is(body, "kind", row->kind) ||
      !member_is(body, "step", row->step))
    fault = "its columns say something else than its body";
  json_decref(body);
  return fault;
}

void journal_verify(const struct journal_row *rows, size_t row_count, struct text digest,
                    struct journal_verdict *ret_verdict)
{
  struct journal_verdict verdict = {.head = digest};
  for (size_t i = 0; i < row_count; i++) {
    verdict.reason = row_fault(&rows[i], (int64_t)i + 1, verdict.head);
    if (verdict.reason != NULL) {
      verdict.damaged = true;
      break;
    }
    verdict.head = rows[i].hash;
    verdict.good_count++;
  }
  *ret_verdict = verdict;
}

/* False where the record changes no step, or is no record. */
static bool read_status(const struct journal_row *row, uint32_t *ret_step,
                        enum step_status *ret_status)
{
  json_t *body = json_loadb(row->body.at, row->body.length, 0, NULL);
  json_t *index = json_object_get(body, "index");
  const char *word = json_string_value(json_object_get(body, "status"));
  bool good = json_is_integer(index) && word != NULL && json_integer_value(index) >= 0 &&
              json_integer_value(index) < RECORD_STEP_LIMIT &&
              status_find(text_of(word), ret_status);
  if (good)
    *ret_step = (uint32_t)json_integer_value(index);
  json_decref(body);
  return good;
}

enum step_status *journal_replay(const struct journal_row *rows, size_t row_count,
                                 size_t *ret_step_count)
{
  enum step_status *statuses = NULL, status = STEP_PENDING;
  size_t count = 0, capacity = 0;
  uint32_t step;
  for (size_t i = 0; i < row_count; i++) {
    if (!read_status(&rows[i], &step, &status))
      continue;
    if (step >= capacity) {
      capacity = (size_t)step * 2 + 16;
      statuses = realloc(statuses, capacity * sizeof *statuses);
      if (statuses == NULL)
        abort();
    }
    for (; count <= step; count++)
      statuses[count] = STEP_PENDING;
    statuses[step] = status;
  }
  *ret_step_count = count;
  return statuses;
}

void journal_export_row(const struct journal_row *row, struct buffer *ret_bytes)
{
  json_t *line = new_object();
  json_object_set_new(line, "schema", json_string("renew.journal/1"));
  json_object_set_new(line, "hash", string_of(row->hash));
  json_t *body = json_loadb(row->body.at, row->body.length, 0, NULL);
  json_object_set_new(line, "body", body != NULL ? body : string_of(row->body));
  char *bytes = json_dumps(line, CANONICAL);
  json_decref(line);
  if (bytes == NULL)
    abort();
  buffer_add_zero(ret_bytes, bytes);
  buffer_add_zero(ret_bytes, "\n");
  free(bytes);
}

/* The row that one line of an export holds; false where it is none. */
static bool row_of_line(struct arena *arena, struct text line, struct journal_row *ret_row,
                        struct text *ret_digest)
{
  json_t *root = json_loadb(line.at, line.length, 0, NULL);
  json_t *body = json_object_get(root, "body");
  const char *hash = json_string_value(json_object_get(root, "hash"));
  const char *schema = json_string_value(json_object_get(root, "schema"));
  bool good = json_is_object(body) && hash != NULL && schema != NULL &&
              strcmp(schema, "renew.journal/1") == 0;
  if (good) {
    char *bytes = json_dumps(body, CANONICAL);
    if (bytes == NULL)
      abort();
    const char *utc = json_string_value(json_object_get(body, "utc"));
    const char *kind = json_string_value(json_object_get(body, "kind"));
    const char *step = json_string_value(json_object_get(body, "step"));
    const char *digest = json_string_value(json_object_get(body, "digest"));
    *ret_row = (struct journal_row){
        .seq = json_integer_value(json_object_get(body, "seq")),
        .utc = text_copy(arena, text_of(utc == NULL ? "" : utc)),
        .kind = text_copy(arena, text_of(kind == NULL ? "" : kind)),
        .step = text_copy(arena, text_of(step == NULL ? "" : step)),
        .body = text_copy(arena, text_of(bytes)),
        .hash = text_copy(arena, text_of(hash)),
    };
    *ret_digest = text_copy(arena, text_of(digest == NULL ? "" : digest));
    free(bytes);
  }
  json_decref(root);
  return good;
}

bool journal_verify_file(struct arena *arena, struct text bytes,
                         struct journal_verdict *ret_verdict)
{
  struct journal_verdict verdict = {0};
  size_t at = 0;
  while (at < bytes.length) {
    const char *end = memchr(bytes.at + at, '\n', bytes.length - at);
    size_t length = end == NULL ? bytes.length - at : (size_t)(end - bytes.at) - at;
    bool is_last = end == NULL || at + length + 1 == bytes.length;
    struct journal_row row;
    struct text digest;
    bool readable =
        end != NULL && row_of_line(arena, (struct text){bytes.at + at, length}, &row, &digest);
    if (!readable && is_last) {
      /* A crash tears the last line only; whatever stands before it was written whole. */
      verdict.torn_bytes = bytes.length - at;
      break;
    }
    if (readable && verdict.good_count == 0)
      verdict.head = digest;
    verdict.reason =
        readable ? row_fault(&row, verdict.good_count + 1, verdict.head) : "its line is no record";
    if (verdict.reason != NULL) {
      verdict.damaged = true;
      break;
    }
    verdict.head = row.hash;
    verdict.good_count++;
    at += length + 1;
  }
  if (verdict.good_count == 0 && !verdict.damaged)
    return false;
  *ret_verdict = verdict;
  return true;
}
