/* SPDX-License-Identifier: Apache-2.0 */
/* journal_test: the chain proves itself; every change of a record, and every lost one, is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/store/journal.h"

enum { ROW_COUNT = 6 };

static struct arena *arena;
static struct digest plan_digest;
static struct journal_row rows[ROW_COUNT];

/* Six records of two steps, chained as the store chains them. */
static int setup(void **state)
{
  (void)state;
  static const enum record_kind kinds[ROW_COUNT] = {RECORD_START, RECORD_INTENT, RECORD_OUTCOME,
                                                    RECORD_DONE,  RECORD_SKIP,   RECORD_FINISH};
  static const enum step_status statuses[ROW_COUNT] = {STEP_PENDING, STEP_INTENT,  STEP_ACTED,
                                                       STEP_DONE,    STEP_SKIPPED, STEP_PENDING};
  arena = arena_new("test", 0);
  plan_digest = digest_of(TEXT("plan"));
  struct text previous = digest_text(&plan_digest);
  for (int i = 0; i < ROW_COUNT; i++) {
    struct record record;
    char utc[UTC_TEXT_BYTES];
    record_start(&record, kinds[i], 1804334400123 + i);
    if (i == 0)
      record_add_text(&record, "digest", digest_text(&plan_digest));
    if (i > 0 && i < ROW_COUNT - 1)
      record_set_step(&record, i == 4 ? 1 : 0, i == 4 ? TEXT("b") : TEXT("a"), statuses[i]);
    record_add_text(&record, "says", TEXT("ümlaut, \"quotes\" and\nlines"));
    record_add_fact(&record, "fingerprint", TEXT("4a1b"));
    char *body = record_body(&record, TEXT("2027-03-06-a"), i + 1);
    struct digest hash = digest_of_two(previous, text_of(body));
    utc_format(record.utc_ms, utc);
    rows[i] = (struct journal_row){.seq = i + 1,
                                   .utc = text_copy(arena, text_of(utc)),
                                   .kind = text_of(record_words[kinds[i]]),
                                   .step = record.step_id.length > 0 ? record.step_id : TEXT(""),
                                   .body = text_copy(arena, text_of(body)),
                                   .hash = text_copy(arena, digest_text(&hash))};
    previous = rows[i].hash;
    free(body);
    record_free(&record);
  }
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  arena_free(arena);
  return 0;
}

static struct journal_verdict verify(size_t count)
{
  struct journal_verdict verdict;
  journal_verify(rows, count, digest_text(&plan_digest), &verdict);
  return verdict;
}

static void a_whole_chain_is_right(void **state)
{
  (void)state;
  struct journal_verdict verdict = verify(ROW_COUNT);
  assert_false(verdict.damaged);
  assert_int_equal(verdict.good_count, ROW_COUNT);
  assert_true(text_equal(verdict.head, rows[ROW_COUNT - 1].hash));
  struct digest other = digest_of(TEXT("another plan"));
  journal_verify(rows, ROW_COUNT, digest_text(&other), &verdict);
  assert_true(verdict.damaged);
}

static void a_body_is_canonical(void **state)
{
  (void)state;
  assert_string_equal(text_zero(arena, rows[3].body),
                      "{\"facts\":{\"fingerprint\":\"4a1b\"},\"index\":0,\"kind\":\"done\","
                      "\"run\":\"2027-03-06-a\",\"says\":\"ümlaut, \\\"quotes\\\" and\\nlines\","
                      "\"seq\":4,\"status\":\"done\",\"step\":\"a\","
                      "\"utc\":\"2027-03-06T12:00:00.126Z\"}");
}

/* T2 in small: each bit of body and hash of each record. */
static void every_flipped_bit_is_seen(void **state)
{
  (void)state;
  for (int i = 0; i < ROW_COUNT; i++) {
    struct text *texts[] = {&rows[i].body, &rows[i].hash, &rows[i].kind, &rows[i].utc};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
      struct text good = *texts[k];
      char *bad = text_zero(arena, good);
      *texts[k] = (struct text){bad, good.length};
      for (size_t bit = 0; bit < good.length * 8; bit++) {
        bad[bit / 8] ^= (char)(1 << bit % 8);
        struct journal_verdict verdict = verify(ROW_COUNT);
        assert_true(verdict.damaged);
        assert_int_equal(verdict.good_count, i);
        bad[bit / 8] ^= (char)(1 << bit % 8);
      }
      *texts[k] = good;
    }
  }
}

static void a_lost_or_moved_record_is_seen(void **state)
{
  (void)state;
  struct journal_row third = rows[2];
  memmove(&rows[2], &rows[3], 3 * sizeof *rows);
  struct journal_verdict verdict = verify(ROW_COUNT - 1);
  assert_true(verdict.damaged);
  assert_int_equal(verdict.good_count, 2);
  rows[5] = third;
  assert_true(verify(ROW_COUNT).damaged);
}

static void the_state_of_steps_follows_from_the_records(void **state)
{
  (void)state;
  size_t count;
  enum step_status *statuses = journal_replay(rows, ROW_COUNT, &count);
  assert_int_equal(count, 2);
  assert_int_equal(statuses[0], STEP_DONE);
  assert_int_equal(statuses[1], STEP_SKIPPED);
  free(statuses);
  statuses = journal_replay(rows, 3, &count);
  assert_int_equal(count, 1);
  assert_int_equal(statuses[0], STEP_ACTED);
  free(statuses);
}

static void bytes_that_are_no_text_are_recorded_all_the_same(void **state)
{
  (void)state;
  struct record record;
  record_start(&record, RECORD_NOTE, 0);
  record_add_text(&record, "says", (struct text){"a\0b\xff", 4});
  char *body = record_body(&record, TEXT("r"), 1);
  assert_non_null(strstr(body, "\"says\":\"a?b?\""));
  free(body);
  record_free(&record);
}

/* The tail rule of exports: torn at the end is a crash, anywhere else it is damage. */
static void an_export_proves_itself(void **state)
{
  (void)state;
  struct buffer bytes = {0};
  size_t ends[ROW_COUNT];
  for (int i = 0; i < ROW_COUNT; i++) {
    journal_export_row(&rows[i], &bytes);
    ends[i] = bytes.size_bytes;
  }
  struct journal_verdict verdict;
  for (size_t length = ends[0]; length <= bytes.size_bytes; length++) {
    size_t whole = 0;
    while (whole < ROW_COUNT && ends[whole] <= length)
      whole++;
    assert_true(journal_verify_file(arena, (struct text){bytes.bytes, length}, &verdict));
    assert_false(verdict.damaged);
    assert_int_equal(verdict.good_count, whole);
    assert_int_equal(verdict.torn_bytes, length - ends[whole - 1]);
  }
  assert_false(journal_verify_file(arena, TEXT(""), &verdict));
  assert_false(journal_verify_file(arena, (struct text){bytes.bytes, ends[0] - 1}, &verdict));
  bytes.bytes[ends[2] + 5] ^= 1;
  assert_true(journal_verify_file(arena, buffer_text(&bytes), &verdict));
  assert_true(verdict.damaged);
  assert_int_equal(verdict.good_count, 3);
  buffer_free(&bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_whole_chain_is_right),
      TEST(a_body_is_canonical),
      TEST(every_flipped_bit_is_seen),
      TEST(a_lost_or_moved_record_is_seen),
      TEST(the_state_of_steps_follows_from_the_records),
      TEST(bytes_that_are_no_text_are_recorded_all_the_same),
      TEST(an_export_proves_itself),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
