/* SPDX-License-Identifier: Apache-2.0 */
/* window_test: local times in UTC by the rule of RFC 5545, openings, moments. */
#include "tests/unit/fake.h"

#include <time.h>

#include "compiler/graph/window.h"

/* "2027-03-28 01:30" in UTC as milliseconds. */
static int64_t utc(const char *text)
{
  struct tm parts = {0};
  assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                          &parts.tm_hour, &parts.tm_min),
                   5);
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return (int64_t)timegm(&parts) * 1000;
}

static void a_weekly_window_opens_and_shuts(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  assert_int_equal(fake_begin(), STORE_OK);
  const struct {
    const char *now;
    enum window_status status;
    const char *start, *end;
  } cases[] = {
      {"2027-03-06 12:00", WINDOW_LATER, "2027-03-06 21:00", "2027-03-07 01:00"},
      {"2027-03-06 20:59", WINDOW_LATER, "2027-03-06 21:00", "2027-03-07 01:00"},
      {"2027-03-06 21:00", WINDOW_OPEN, "2027-03-06 21:00", "2027-03-07 01:00"},
      {"2027-03-07 00:59", WINDOW_OPEN, "2027-03-06 21:00", "2027-03-07 01:00"},
      {"2027-03-07 01:00", WINDOW_LATER, "2027-03-13 21:00", "2027-03-14 01:00"},
      {"2027-03-08 00:00", WINDOW_LATER, "2027-03-13 21:00", "2027-03-14 01:00"},
      /* The night in which the clocks go forward: from 22:00 CET to 02:00, which is a gap. */
      {"2027-03-27 22:00", WINDOW_OPEN, "2027-03-27 21:00", "2027-03-28 01:00"},
      /* And back: until the first 02:00. */
      {"2027-10-30 23:30", WINDOW_OPEN, "2027-10-30 20:00", "2027-10-31 00:00"},
      {"2027-10-31 00:30", WINDOW_LATER, "2027-11-06 21:00", "2027-11-07 01:00"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct opening opening;
    assert_int_equal(window_at(&fake.graph, FAKE_WINDOW, utc(cases[i].now), &opening),
                     cases[i].status);
    assert_int_equal(opening.start_ms, utc(cases[i].start));
    assert_int_equal(opening.end_ms, utc(cases[i].end));
  }
}

static uint32_t add_calendar(void)
{
  uint32_t calendar = fake_resource(KIND_CALENDAR, "sap");
  const struct graph_value zone = {.kind = VALUE_WORD, .text = TEXT("unknown")};
  const struct graph_value issue[] = {{.kind = VALUE_MONTH_DAY, .number = 201},
                                      {.kind = VALUE_MONTH_DAY, .number = 801}};
  const struct graph_value rotate[] = {{.kind = VALUE_MONTH_DAY, .number = 301},
                                       {.kind = VALUE_MONTH_DAY, .number = 901}};
  fake_setting(calendar, KEY_ZONE, &zone, 1);
  fake_setting(calendar, KEY_ISSUE_ON, issue, 2);
  fake_setting(calendar, KEY_ROTATE_ON, rotate, 2);
  return calendar;
}

/* SAP-f7a5-5, SAP-f7a5-6: issued on February 1 and August 1, rotated on March 1 and September 1. */
static void a_run_belongs_to_one_issue_date(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  uint32_t calendar = add_calendar();
  assert_int_equal(fake_begin(), STORE_OK);
  const struct {
    const char *begun, *issue, *rotate;
  } cases[] = {
      /* `zone unknown`: a day that is waited for has begun everywhere, at 12:00 UTC. */
      {"2027-02-10 12:00", "2027-02-01 12:00", "2027-03-01 12:00"},
      {"2027-03-06 12:00", "2027-02-01 12:00", "2027-03-01 12:00"},
      {"2027-08-01 00:00", "2027-08-01 12:00", "2027-09-01 12:00"},
      {"2028-01-31 09:59", "2027-08-01 12:00", "2027-09-01 12:00"},
      {"2028-01-31 10:00", "2028-02-01 12:00", "2028-03-01 12:00"}, /* February somewhere */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct moment_context context = {&fake.graph, utc(cases[i].begun), utc("2029-01-01 00:00"),
                                     INDEX_NONE};
    struct argument issue = {
        .kind = ARGUMENT_RESOURCE, .resource = calendar, .members = {MEMBER_ISSUE}};
    struct argument rotate = issue;
    rotate.members[0] = MEMBER_ROTATE;
    int64_t found;
    assert_true(moment_of_argument(&context, &issue, &found));
    assert_int_equal(found, utc(cases[i].issue));
    assert_true(moment_of_argument(&context, &rotate, &found));
    assert_int_equal(found, utc(cases[i].rotate));
  }
}

static void a_moment_takes_the_zone_of_its_window(void **state)
{
  (void)state;
  fake_add("a", VERB_REPLACES, EFFECT_SET_ALIAS);
  assert_int_equal(fake_begin(), STORE_OK);
  struct moment_context bare = {&fake.graph, 0, 0, INDEX_NONE}, berlin = bare;
  berlin.window = FAKE_WINDOW;
  int64_t found;
  assert_true(moment_of_text(&bare, TEXT("2027-03-01"), &found));
  assert_int_equal(found, utc("2027-03-01 00:00"));
  assert_true(moment_of_text(&berlin, TEXT("2027-03-01T22:00"), &found));
  assert_int_equal(found, utc("2027-03-01 21:00"));
  assert_true(moment_of_text(&berlin, TEXT("2027-03-01T22:00Z"), &found));
  assert_int_equal(found, utc("2027-03-01 22:00"));
  assert_false(moment_of_text(&berlin, TEXT("tomorrow"), &found));
  assert_false(moment_of_text(&berlin, TEXT("2027-03-01T22:00+01"), &found));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_weekly_window_opens_and_shuts),
      TEST(a_run_belongs_to_one_issue_date),
      TEST(a_moment_takes_the_zone_of_its_window),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
