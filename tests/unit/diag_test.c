/* SPDX-License-Identifier: Apache-2.0 */
/* diag: order, each cause once, totals, and a code table that is sorted and complete. digest: known
 * answers of SHA-256 (FIPS 180-4 examples). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/diag.h"
#include "compiler/base/digest.h"

static void findings_are_sorted_and_said_once(void **state)
{
  (void)state;
  struct arena *arena = arena_new("test", 0);
  struct diag_list list;
  diag_list_start(&list, arena);
  diag_add(&list, DIAG_E0304, (struct span){0, 50, 3}, "late");
  diag_add(&list, DIAG_E0304, (struct span){0, 10, 3}, "early");
  diag_add(&list, DIAG_E0304, (struct span){0, 10, 3}, "early");
  diag_add_nowhere(&list, DIAG_E0002, "nowhere");
  assert_int_equal(list.error_count, 4);
  diag_list_sort(&list);
  assert_int_equal(list.count, 3);
  assert_int_equal(list.error_count, 3);
  assert_true(text_is(list.items[0]->headline, "nowhere"));
  assert_true(text_is(list.items[1]->headline, "early"));
  assert_true(text_is(list.items[2]->headline, "late"));
  assert_true(diag_list_has_code(&list, DIAG_E0002));
  assert_false(diag_list_has_code(&list, DIAG_E0305));
  arena_free(arena);
}

static void every_code_has_a_row_that_explains(void **state)
{
  (void)state;
  for (int i = 0; i < DIAG__COUNT; i++) {
    enum diag_code code = (enum diag_code)i, found;
    const char *name = diag_code_name(code);
    assert_true(strlen(diag_code_title(code)) > 5);
    assert_true(strlen(diag_code_explanation(code)) > 40);
    assert_true(diag_code_find(text_of(name), &found));
    assert_int_equal(found, code);
    assert_int_equal(name[0] == 'E', diag_code_severity(code) == SEVERITY_ERROR);
    if (i > 0 && strcmp(diag_code_name((enum diag_code)(i - 1)) + 1, name + 1) > 0)
      fail_msg("%s is not in its place", name);
  }
}

static void sha256_is_sha256(void **state)
{
  (void)state;
  struct digest digest = digest_of(TEXT("abc"));
  assert_string_equal(digest.hex,
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  digest = digest_of(TEXT_NONE);
  assert_string_equal(digest.hex,
                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  digest = digest_of_two(TEXT("a"), TEXT("bc"));
  struct digest_state *pieces = digest_start();
  digest_add(pieces, "ab", 2);
  digest_add(pieces, "c", 1);
  struct digest whole = digest_end(pieces);
  assert_string_equal(digest.hex, whole.hex);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(findings_are_sorted_and_said_once),
      cmocka_unit_test(every_code_has_a_row_that_explains),
      cmocka_unit_test(sha256_is_sha256),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
