/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile_test: what an organisation demands, and the day of the check, decide; where neither is
 * given, nothing is judged by the date.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "compiler/check/plan.h"

enum { DAY_S = 86400 };

static struct arena *arena;
static struct diag_list diags;

static void check(const char *text, int64_t now_s, const struct profile *profile)
{
  struct source_set sources;
  struct check_options options = {.now_s = now_s, .profile = profile};
  uint32_t file;
  size_t bad_offset;
  source_set_start(&sources, arena, TEXT(""));
  diag_list_start(&diags, arena);
  assert_int_equal(source_give(&sources, TEXT("test.renew"), text_of(text), &file, &bad_offset),
                   SOURCE_OK);
  check_program(arena, &sources, file, &options, &diags);
}

static bool found(enum diag_code code)
{
  return diag_list_has_code(&diags, code);
}

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  arena_free(arena);
  return 0;
}

static int64_t day(int year, int month, int day_of_month)
{
  struct tm parts = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day_of_month};
  return (int64_t)timegm(&parts);
}

#define STORE "renew 1\nkeystore store {\n  kind manual\n}\n"
#define CERTIFICATE(lines) "certificate client {\n  in store\n  alias \"client\"\n" lines "}\n"

static void the_profile_decides_about_keys(void **state)
{
  (void)state;
  static const char text[] = STORE CERTIFICATE("  key rsa 3072\n");
  struct profile strict = profile_default;
  check(text, 0, NULL);
  assert_int_equal(diags.count, 0);
  strict.rsa_recommended = 4096;
  check(text, 0, &strict);
  assert_true(found(DIAG_W0702) && !found(DIAG_E0701));
  strict.rsa_min = 4096;
  check(text, 0, &strict);
  assert_true(found(DIAG_E0701) && !found(DIAG_W0702));
}

static void the_profile_decides_about_validity(void **state)
{
  (void)state;
  static const char text[] = STORE CERTIFICATE("  valid for 730d\n");
  struct profile strict = profile_default;
  check(text, day(2027, 1, 15), NULL);
  assert_int_equal(diags.count, 0);
  strict.max_validity_s = (int64_t)398 * DAY_S;
  check(text, 0, &strict);
  assert_true(found(DIAG_W0716));
}

#define KEY                                                                                        \
  "renew 1\nsecret cf from credential \"cf\"\nspace prod {\n  organization \"a\"\n  name \"b\"\n"  \
  "  api \"https://cf.example/\"\n  login oauth with cf\n}\nservice-instance inbound {\n"          \
  "  in prod\n  plan integration-flow\n}\nservice-key shop {\n  of inbound\n"                      \
  "  key-type certificate\n  valid for 180d\n  key-size 3072\n}\n"

static void the_profile_decides_about_service_keys(void **state)
{
  (void)state;
  struct profile strict = profile_default;
  check(KEY, 0, NULL);
  assert_int_equal(diags.count, 0);
  strict.max_key_validity_s = (int64_t)90 * DAY_S;
  check(KEY, 0, &strict);
  assert_true(found(DIAG_W0912));
}

#define PUBLIC(parameters, lines)                                                                  \
  STORE "ca public {\n  protocol acme\n" parameters                                                \
        "}\nrole admin \"A\" {\n  reach by console\n}\n"                                           \
        "system peer {\n  owner admin\n}\nflow out {\n  calls peer with client\n}\n" CERTIFICATE(  \
            "  subject \"CN=client.example\"\n  signed by public\n" lines)
#define LETS_ENCRYPT "  directory \"https://ACME-v02.api.letsencrypt.org/directory\"\n"

static void the_day_decides_about_public_authorities(void **state)
{
  (void)state;
  static const char plain[] = PUBLIC(LETS_ENCRYPT, "");
  static const char asked[] = PUBLIC(LETS_ENCRYPT "  profile \"tlsclient\"\n", "");
  static const char own[] = PUBLIC("  directory \"https://acme.example/directory\"\n", "");
  check(plain, day(2026, 2, 10), NULL);
  assert_false(found(DIAG_E0720));
  check(plain, day(2026, 2, 11), NULL);
  assert_true(found(DIAG_E0720));
  check(asked, day(2026, 7, 7), NULL);
  assert_false(found(DIAG_E0720));
  check(asked, day(2026, 7, 8), NULL);
  assert_true(found(DIAG_E0720));
  check(plain, 0, NULL);
  assert_false(found(DIAG_E0720));
  check(own, day(2030, 1, 1), NULL);
  assert_int_equal(diags.count, 0);
}

static void the_day_decides_about_public_validity(void **state)
{
  (void)state;
  static const struct {
    int64_t days;
    int year, month, day;
    bool warned;
  } rows[] = {{398, 2026, 3, 14, false}, {200, 2026, 3, 15, false}, {201, 2026, 3, 15, true},
              {100, 2027, 3, 15, false}, {101, 2027, 3, 15, true},  {47, 2029, 3, 15, false},
              {48, 2029, 3, 15, true}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const char *text =
        text_format(arena, PUBLIC(LETS_ENCRYPT, "  valid for %lldd\n"), (long long)rows[i].days).at;
    check(text, day(rows[i].year, rows[i].month, rows[i].day), NULL);
    assert_int_equal(found(DIAG_W0716), rows[i].warned);
  }
}

int main(void)
{
  cmocka_set_message_output(CM_OUTPUT_TAP);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_profile_decides_about_keys),
      cmocka_unit_test(the_profile_decides_about_validity),
      cmocka_unit_test(the_profile_decides_about_service_keys),
      cmocka_unit_test(the_day_decides_about_public_authorities),
      cmocka_unit_test(the_day_decides_about_public_validity),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
