/* SPDX-License-Identifier: Apache-2.0 */
/* when_test: zones, rules, calendar files, openings, freezes; the shared rows of local times and
 * rules where they lie beside the repository. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <libical/ical.h>

#include "compiler/when/schedule.h"

#define DATA "../shared/data/calendar/"

static struct arena *arena;

static int start_arena(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  return 0;
}

static int end_arena(void **state)
{
  (void)state;
  arena_free(arena);
  return 0;
}

static struct zone zone_of(const char *name)
{
  struct zone zone;
  assert_true(zone_find(text_of(name), &zone));
  return zone;
}

/* "2027-03-28T02:30" */
static int64_t naive(const char *text)
{
  int64_t found;
  bool is_utc, is_day;
  assert_true(naive_read(text_of(text), &found, &is_utc, &is_day));
  return found;
}

static int64_t utc_ms(const char *text)
{
  return naive(text) * 1000;
}

static void gap_and_fold(void **state)
{
  (void)state;
  const struct {
    const char *zone, *local, *utc;
    enum local_kind kind;
  } cases[] = {
      {"Europe/Berlin", "2027-01-15T12:00", "2027-01-15T11:00", LOCAL_PLAIN},
      {"Europe/Berlin", "2027-03-28T01:59", "2027-03-28T00:59", LOCAL_PLAIN},
      {"Europe/Berlin", "2027-03-28T02:00", "2027-03-28T01:00", LOCAL_GAP},
      {"Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:30", LOCAL_GAP}, /* means 03:30 */
      {"Europe/Berlin", "2027-03-28T03:00", "2027-03-28T01:00", LOCAL_PLAIN},
      {"Europe/Berlin", "2027-10-31T02:00", "2027-10-31T00:00", LOCAL_FOLD},
      {"Europe/Berlin", "2027-10-31T02:59:59", "2027-10-31T00:59:59", LOCAL_FOLD},
      {"Europe/Berlin", "2027-10-31T03:00", "2027-10-31T02:00", LOCAL_PLAIN},
      {"America/New_York", "2027-03-14T02:30", "2027-03-14T07:30", LOCAL_GAP},
      {"America/New_York", "2027-11-07T01:30", "2027-11-07T05:30", LOCAL_FOLD},
      {"Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-02T15:45", LOCAL_GAP},
      {"Asia/Kolkata", "2027-06-01", "2027-05-31T18:30", LOCAL_PLAIN},
      {"UTC", "2028-02-29", "2028-02-29T00:00", LOCAL_PLAIN},
      {"+05:30", "2027-06-01", "2027-05-31T18:30", LOCAL_PLAIN},
      {"UTC-3", "2027-06-01T12:00", "2027-06-01T15:00", LOCAL_PLAIN},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct zone zone = zone_of(cases[i].zone);
    enum local_kind kind;
    assert_int_equal(zone_to_utc(&zone, naive(cases[i].local), &kind), naive(cases[i].utc));
    assert_int_equal(kind, cases[i].kind);
  }
}

static void names_of_zones(void **state)
{
  (void)state;
  static const char *const wrong[] = {
      "",  "Europe/Berlni",  "../../etc/passwd", "/etc/passwd", "UTC+15", "+1:2:3",
      "+", "Europe/Berlin\n"};
  struct zone zone;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_false(zone_find(text_of(wrong[i]), &zone));
  assert_true(text_is(zone_nearest(TEXT("Europe/Berlni")), "Europe/Berlin"));
  assert_true(text_is(zone_nearest(TEXT("berlin")), "Europe/Berlin"));
  assert_int_equal(zone_nearest(TEXT("qqqqqqqqqqqqqqqqq")).length, 0);
  assert_true(zone_is_offset(TEXT("Etc/GMT-1")));
  assert_true(zone_is_offset(TEXT("+0530")));
  assert_false(zone_is_offset(TEXT("UTC")));
  assert_false(zone_is_offset(TEXT("Europe/Berlin")));
}

static void an_instant_is_shown_in_both_zones(void **state)
{
  (void)state;
  char words[MOMENT_TEXT_BYTES];
  struct zone zone = zone_of("Europe/Berlin"), fixed = zone_of("+05:30");
  zone_says(&zone, utc_ms("2027-03-06T21:00"), words);
  assert_string_equal(words, "2027-03-06 22:00 CET (21:00 UTC)");
  zone_says(&zone, utc_ms("2027-07-31T23:00"), words);
  assert_string_equal(words, "2027-08-01 01:00 CEST (2027-07-31 23:00 UTC)");
  zone_says(&fixed, utc_ms("2027-03-06T01:00"), words);
  assert_string_equal(words, "2027-03-06 06:30 +05:30 (01:00 UTC)");
  zone_says(NULL, utc_ms("2027-03-06T21:00"), words);
  assert_string_equal(words, "2027-03-06 21:00 UTC");
}

struct row {
  char zone[64], local[32], kind[64], utc[32];
};

static bool row_holds(const struct row *row, const struct zone *zone)
{
  enum local_kind found;
  int64_t got = zone_to_utc(zone, naive(row->local), &found);
  enum local_kind want = strcmp(row->kind, "gap") == 0       ? LOCAL_GAP
                         : strcmp(row->kind, "overlap") == 0 ? LOCAL_FOLD
                                                             : found;
  return got == naive(row->utc) && found == want;
}

/* Rows of zones whose rules changed after the rows were made hold with the rules of then. */
static uint32_t wrong_with_older_rules(const struct row *rows, uint32_t count)
{
  char bytes[8192];
  FILE *file = fopen("tests/unit/zones-2025.ics", "r");
  assert_non_null(file);
  bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
  fclose(file);
  icalcomponent *calendar = icalparser_parse_string(bytes);
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < count; i++) {
    struct zone zone = {.kind = ZONE_NAMED,
                        .of = icalcomponent_get_timezone(calendar, rows[i].zone)};
    assert_non_null(zone.of);
    if (!row_holds(&rows[i], &zone)) {
      wrong++;
      printf("# wrong: %s %s\n", rows[i].zone, rows[i].local);
    }
  }
  icalcomponent_free(calendar);
  return wrong;
}

static void shared_local_times(void **state)
{
  (void)state;
  FILE *file = fopen(DATA "local-times.tsv", "r");
  if (file == NULL) {
    printf("# skipped: %slocal-times.tsv is not there\n", DATA);
    return; /* cmocka's skip() says "not ok" in TAP */
  }
  static struct row older[200];
  char line[256];
  uint32_t rows = 0, older_count = 0;
  assert_non_null(fgets(line, sizeof line, file));
  while (fgets(line, sizeof line, file) != NULL) {
    struct row row;
    assert_int_equal(sscanf(line, "%63s\t%31s\t%63s\t%31s", row.zone, row.local, row.kind, row.utc),
                     4);
    rows++;
    struct zone zone = zone_of(row.zone);
    if (row_holds(&row, &zone))
      continue;
    /* Only these two zones have had other rules since. */
    if (strcmp(row.zone, "America/Havana") != 0)
      assert_string_equal(row.zone, "Africa/Casablanca");
    assert_true(older_count < 200);
    older[older_count++] = row;
  }
  fclose(file);
  printf("# local times: %u rows, %u of them by the zone rules of 2025\n", rows, older_count);
  assert_true(rows > 1000);
  assert_int_equal(wrong_with_older_rules(older, older_count), 0);
}

static bool expands_as_expected(const json_t *row, bool *ret_refused)
{
  struct recur recur;
  struct text problem, part;
  struct text rule = text_of(json_string_value(json_object_get(row, "rrule")));
  *ret_refused = !recur_read(arena, rule, &recur, &problem, &part);
  if (*ret_refused)
    return strstr(text_zero(arena, problem), "X-BYEASTER") != NULL &&
           strstr(text_zero(arena, rule), "X-BYEASTER=") != NULL;
  struct zone zone = zone_of("UTC");
  struct recur_walk *walk =
      recur_begin(&recur, &zone, naive(json_string_value(json_object_get(row, "dtstart"))));
  bool good = walk != NULL;
  size_t i;
  json_t *expected;
  json_array_foreach(json_object_get(row, "expect"), i, expected)
  {
    int64_t got;
    good = good && recur_next(walk, &got) && got == naive(json_string_value(expected));
  }
  recur_end(walk);
  return good;
}

static void shared_rules(void **state)
{
  (void)state;
  json_t *rows = json_load_file(DATA "rrule-cases.json", 0, NULL);
  if (rows == NULL) {
    printf("# skipped: %srrule-cases.json is not there\n", DATA);
    return; /* cmocka's skip() says "not ok" in TAP */
  }
  size_t i;
  json_t *row;
  int wrong = 0, refused_count = 0;
  json_array_foreach(rows, i, row)
  {
    bool refused;
    if (!expands_as_expected(row, &refused)) {
      wrong++;
      printf("# wrong: %s\n", json_string_value(json_object_get(row, "name")));
    }
    refused_count += refused ? 1 : 0;
  }
  printf("# rules: %zu rows, %d refused by name, %d wrong\n", json_array_size(rows), refused_count,
         wrong);
  assert_int_equal(wrong, 0);
  assert_true(json_array_size(rows) > 100);
  assert_int_equal(refused_count, 13);
  json_decref(rows);
}

static void wrong_rules_are_named(void **state)
{
  (void)state;
  const struct {
    const char *rule, *says;
  } cases[] = {
      {"", "empty"},
      {"FREQ=YEARLY;X-BYEASTER=1", "`X-BYEASTER`"},
      {"FREQ=YEARLY;RSCALE=CHINESE", "`RSCALE`"},
      {"FREQ=YEARLY;", NULL},
      {"FREQ=YEARLY;FREQ=DAILY", "twice"},
      {"FREQ=YEARLY;;BYDAY=MO", "NAME=VALUE"},
      {"BYDAY=MO", "how often"},
      {"every saturday", "NAME=VALUE"},
      {"FREQ=FORTNIGHTLY", "not `FORTNIGHTLY`"},
      {"FREQ=WEEKLY;BYDAY=XX", "2SA for the second"},
      {"FREQ=WEEKLY;BYDAY=0SA", "2SA for the second"},
      {"FREQ=DAILY;BYHOUR=99", "from 0 to 23"},
      {"FREQ=DAILY;BYMONTHDAY=0", "but not 0"},
      {"FREQ=DAILY;UNTIL=soon", "UNTIL"},
      {"FREQ=DAILY;COUNT=-1", "from 1 on"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct recur recur;
    struct text problem = TEXT_NONE, part;
    bool good = recur_read(arena, text_of(cases[i].rule), &recur, &problem, &part);
    assert_int_equal(good, cases[i].says == NULL);
    if (!good)
      assert_non_null(strstr(text_zero(arena, problem), cases[i].says));
  }
  char *long_rule = arena_alloc(arena, 5000);
  memset(long_rule, 'A', 4999);
  struct recur recur;
  struct text problem, part;
  assert_false(recur_read(arena, text_of(long_rule), &recur, &problem, &part));
}

/* No rule keeps us: each ends by itself, with or without an occurrence. */
static void hostile_rules_end(void **state)
{
  (void)state;
  static const char *const rules[] = {
      "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
      "FREQ=MONTHLY;BYDAY=SA;BYSETPOS=9",    "FREQ=YEARLY;BYSETPOS=366;BYMONTH=1;BYDAY=MO",
      "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=2", "FREQ=YEARLY;INTERVAL=32767;BYMONTH=2;BYMONTHDAY=29"};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    struct schedule schedule = {.kind = SCHEDULE_RULE,
                                .zone = zone_of("UTC"),
                                .has_starting = true,
                                .starting_naive = naive("2027-01-01"),
                                .until_minute = 60};
    struct text problem, part;
    struct opening opening;
    if (recur_read(arena, text_of(rules[i]), &schedule.rule, &problem, &part))
      assert_false(schedule_next(&schedule, utc_ms("2027-01-02"), &opening, NULL));
  }
}

static void a_rule_opens(void **state)
{
  (void)state;
  struct schedule schedule = {.kind = SCHEDULE_RULE,
                              .zone = zone_of("Europe/Berlin"),
                              .from_minute = 22 * 60,
                              .until_minute = 2 * 60};
  struct text problem, part;
  struct opening opening;
  assert_true(recur_read(arena, TEXT("FREQ=MONTHLY;BYDAY=2SA"), &schedule.rule, &problem, &part));
  assert_null(recur_needs_start(&schedule.rule));
  assert_true(schedule_next(&schedule, utc_ms("2027-03-01"), &opening, NULL));
  assert_int_equal(opening.start_ms, utc_ms("2027-03-13T21:00"));
  assert_int_equal(opening.end_ms, utc_ms("2027-03-14T01:00"));
  assert_true(schedule_next(&schedule, opening.end_ms - 1, &opening, NULL));
  assert_int_equal(opening.start_ms, utc_ms("2027-03-13T21:00"));
  assert_true(schedule_next(&schedule, opening.end_ms, &opening, NULL));
  assert_int_equal(opening.start_ms, utc_ms("2027-04-10T20:00")); /* summer time */
  assert_true(
      recur_read(arena, TEXT("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"), &schedule.rule, &problem, &part));
  assert_non_null(recur_needs_start(&schedule.rule));
}

static struct events *read_events(const char *body, struct events_problem *problem)
{
  struct zone zone = zone_of("Europe/Berlin");
  struct text bytes =
      text_format(arena, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n%sEND:VCALENDAR\r\n", body);
  return events_read(arena, bytes, &zone, problem);
}

#define EVENT(lines) "BEGIN:VEVENT\r\n" lines "END:VEVENT\r\n"

static void openings_of_a_file(void **state)
{
  (void)state;
  const struct {
    const char *body, *now, *start, *end;
  } cases[] = {
      {EVENT("DTSTART:20270306T210000Z\r\nDTEND:20270307T010000Z\r\n"), "2027-03-01",
       "2027-03-06T21:00", "2027-03-07T01:00"},
      {EVENT("DTSTART:20270306T210000Z\r\nDTEND:20270307T010000Z\r\n"), "2027-03-07T01:00", NULL,
       NULL},
      {EVENT("DTSTART;TZID=America/New_York:20270306T220000\r\nDURATION:PT4H\r\n"), "2027-03-01",
       "2027-03-07T03:00", "2027-03-07T07:00"},
      /* floating: the window's zone; a folded line */
      {EVENT("DTSTART:2027\r\n 0306T220000\r\nDURATION:PT1H\r\n"), "2027-03-01", "2027-03-06T21:00",
       "2027-03-06T22:00"},
      {EVENT("DTSTART;VALUE=DATE:20270306\r\n"), "2027-03-01", "2027-03-05T23:00",
       "2027-03-06T23:00"},
      {EVENT("DTSTART;VALUE=DATE:20270327\r\nDTEND;VALUE=DATE:20270329\r\n"), "2027-03-01",
       "2027-03-26T23:00", "2027-03-28T22:00"},
      {EVENT("DTSTART;TZID=Europe/Berlin:20270102T220000\r\nDURATION:PT4H\r\n"
             "RRULE:FREQ=WEEKLY;BYDAY=SA\r\nEXDATE;TZID=Europe/Berlin:20270306T220000\r\n"),
       "2027-03-01", "2027-03-13T21:00", "2027-03-14T01:00"},
      {EVENT("UID:a\r\nDTSTART;TZID=Europe/Berlin:20270102T220000\r\nDURATION:PT4H\r\n"
             "RRULE:FREQ=WEEKLY;BYDAY=SA\r\n")
           EVENT("UID:a\r\nRECURRENCE-ID;TZID=Europe/Berlin:20270306T220000\r\n"
                 "DTSTART;TZID=Europe/Berlin:20270307T080000\r\nDURATION:PT2H\r\n"),
       "2027-03-01", "2027-03-07T07:00", "2027-03-07T09:00"},
      {EVENT("DTSTART:20270306T210000Z\r\nDURATION:PT1H\r\nSTATUS:CANCELLED\r\n")
           EVENT("DTSTART:20270406T210000Z\r\nDURATION:PT1H\r\nRDATE:20270320T210000Z\r\n"
                 "RRULE:FREQ=DAILY;COUNT=2\r\n"),
       "2027-03-01", "2027-03-20T21:00", "2027-03-20T22:00"},
      /* a zone that only the file knows */
      {"BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\n"
       "DTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
       "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
       "DTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
       "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n" EVENT(
           "DTSTART;TZID=W. Europe Standard Time:20270706T220000\r\nDURATION:PT1H\r\n"),
       "2027-03-01", "2027-07-06T20:00", "2027-07-06T21:00"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct events_problem problem = {0};
    struct events *events = read_events(cases[i].body, &problem);
    if (events == NULL)
      fail_msg("case %zu: line %u: %.*s", i, problem.line, TEXT_ARG(problem.says));
    for (int again = 0; again < 2; again++) { /* and as the plan file keeps it */
      struct opening opening;
      bool found = events_next(events, NULL, utc_ms(cases[i].now), &opening, NULL);
      assert_int_equal(found, cases[i].start != NULL);
      if (found) {
        assert_int_equal(opening.start_ms, utc_ms(cases[i].start));
        assert_int_equal(opening.end_ms, utc_ms(cases[i].end));
      }
      struct buffer kept = {0};
      struct zone zone = zone_of("Europe/Berlin");
      events_write(events, &kept);
      struct text bytes = text_copy(arena, buffer_text(&kept));
      buffer_free(&kept);
      events_free(events);
      events = events_read(arena, bytes, &zone, &problem);
      assert_non_null(events);
    }
    events_free(events);
  }
}

static void damaged_files_are_told_with_their_line(void **state)
{
  (void)state;
  const struct {
    const char *body;
    uint32_t line;
    const char *says;
  } cases[] = {
      {"", 0, "no event"},
      {"BEGIN:VEVENT\r\n", 4, "ends what was not begun"},
      {"garbage\r\n", 3, "no colon"},
      {"\x01\x02\r\n", 3, "no colon"},
      {"\xff\xfe\r\n", 0, "UTF-8"},
      {EVENT("SUMMARY:x\r\n"), 3, "no DTSTART"},
      {EVENT("DTSTART:tomorrow\r\nDURATION:PT1H\r\n"), 4, "DTSTART"},
      {EVENT("DTSTART:20270230T220000\r\nDURATION:PT1H\r\n"), 4, "no date"},
      {EVENT("DTSTART:20270306T220000\r\nDTEND:20270305T220000\r\n"), 5, "before it has begun"},
      {EVENT("DTSTART:20270306T220000\r\n"), 3, "does not say when it ends"},
      {EVENT("DTSTART;TZID=Mars/Olympus:20270306T220000\r\nDURATION:PT1H\r\n"), 4, "Mars/Olympus"},
      {EVENT("SUMMARY:x\r\nDTSTART:20270306T220000\r\nDURATION:PT1H\r\n"
             "RRULE:FREQ=YEARLY;X-BYEASTER=1\r\n"),
       7, "X-BYEASTER"},
      {EVENT("DTSTART:20270306T220000\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY\r\n"), 6, "once a day"},
      {EVENT("DTSTART:20270306T220000\r\nDURATION:PT1H\r\n"
             "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n"),
       6, "no day at all"},
      {EVENT("DTSTART:20270306T220000\r\nDURATION:PT1H\r\nEXRULE:FREQ=DAILY\r\n"), 6, "EXRULE"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct events_problem problem = {0};
    assert_null(read_events(cases[i].body, &problem));
    if (strstr(text_zero(arena, problem.says), cases[i].says) == NULL)
      fail_msg("case %zu says: %.*s", i, TEXT_ARG(problem.says));
    assert_int_equal(problem.line, cases[i].line);
  }
  struct zone zone = zone_of("UTC");
  struct events_problem problem;
  assert_null(events_read(arena, TEXT(""), &zone, &problem));
  assert_null(events_read(arena, TEXT("BEGIN:VCALENDAR"), &zone, &problem));
  assert_null(events_read(arena, TEXT("hello\n"), &zone, &problem));
}

static void freezes_cut_windows(void **state)
{
  (void)state;
  struct schedule window = {.kind = SCHEDULE_WEEKLY,
                            .zone = zone_of("UTC"),
                            .weekday = 6,
                            .from_minute = 22 * 60,
                            .until_minute = 2 * 60};
  struct schedule freezes[] = {
      {.kind = SCHEDULE_DAYS,
       .zone = zone_of("UTC"),
       .first_day = naive("2026-12-20"),
       .last_day = naive("2027-01-02")},
      {.kind = SCHEDULE_WEEKLY,
       .zone = zone_of("UTC"),
       .weekday = 0,
       .from_minute = 60,
       .until_minute = 3 * 60},
  };
  const int64_t hour_ms = 3600 * 1000;
  struct opening opening;
  int freeze;
  assert_true(schedule_next_free(&window, freezes, 1, utc_ms("2026-12-15"), 0, &opening, &freeze));
  assert_int_equal(opening.start_ms, utc_ms("2026-12-19T22:00"));
  assert_int_equal(opening.end_ms, utc_ms("2026-12-20T00:00")); /* cut by the freeze */
  assert_int_equal(freeze, -1);
  /* Too short for three hours; the last day of the freeze, a Saturday, is inside. */
  assert_true(schedule_next_free(&window, freezes, 1, utc_ms("2026-12-15"), 3 * hour_ms, &opening,
                                 &freeze));
  assert_int_equal(opening.start_ms, utc_ms("2027-01-09T22:00"));
  assert_int_equal(freeze, 0);
  /* The freeze ends inside of the opening: the rest of it is free. */
  assert_true(schedule_next_free(&window, freezes, 1, utc_ms("2027-01-01"), 0, &opening, &freeze));
  assert_int_equal(opening.start_ms, utc_ms("2027-01-03T00:00"));
  assert_int_equal(opening.end_ms, utc_ms("2027-01-03T02:00"));
  assert_int_equal(freeze, 0);
  assert_true(schedule_next_free(&window, freezes, 2, utc_ms("2027-02-01"), 0, &opening, &freeze));
  assert_int_equal(opening.end_ms, utc_ms("2027-02-07T01:00"));
  /* Without a window: until the next freeze. */
  assert_true(schedule_next_free(NULL, freezes, 1, utc_ms("2026-12-25"), 0, &opening, &freeze));
  assert_int_equal(opening.start_ms, utc_ms("2027-01-03"));
  assert_int_equal(freeze, 0);
  /* A weekly freeze over the whole opening: never, and it says so in bounded time. */
  freezes[0] = (struct schedule){.kind = SCHEDULE_WEEKLY,
                                 .zone = zone_of("UTC"),
                                 .weekday = 6,
                                 .from_minute = 21 * 60,
                                 .until_minute = 3 * 60};
  assert_false(schedule_next_free(&window, freezes, 1, utc_ms("2027-02-01"), 0, &opening, &freeze));
  assert_int_equal(freeze, 0);
}

static void an_unknown_zone_takes_the_worst_of_the_earth(void **state)
{
  (void)state;
  assert_int_equal(day_earliest_s(naive("2027-03-01")), naive("2027-02-28T10:00"));
  assert_int_equal(day_latest_s(naive("2027-03-01")), naive("2027-03-01T12:00"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_arena, end_arena)
  const struct CMUnitTest tests[] = {
      TEST(gap_and_fold),
      TEST(names_of_zones),
      TEST(an_instant_is_shown_in_both_zones),
      TEST(shared_local_times),
      TEST(shared_rules),
      TEST(wrong_rules_are_named),
      TEST(hostile_rules_end),
      TEST(a_rule_opens),
      TEST(openings_of_a_file),
      TEST(damaged_files_are_told_with_their_line),
      TEST(freezes_cut_windows),
      TEST(an_unknown_zone_takes_the_worst_of_the_earth),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
