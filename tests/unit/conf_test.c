/* SPDX-License-Identifier: Apache-2.0 */
/* conf_test: renew.conf decides what a plan may run on this machine, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "compiler/base/digest.h"
#include "runtime/providers/conf.h"
#include "tests/unit/pki.h"

static struct arena *arena;
static char folder[] = "/tmp/renew-conf.XXXXXX";
static struct diag_list diags;

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  if (mkdtemp(folder) == NULL)
    return 1;
  pki_shell(folder, "mkdir -p good/deep bad repo && for f in good/a good/deep/b bad/c; do "
                    "printf '#!/bin/sh\\n' > $f; chmod 755 $f; done && echo data > good/data && "
                    "ln -s ../bad/c good/link && cp good/a good/open && chmod 777 good/open");
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  pki_shell("/", text_format(arena, "rm -rf %s", folder).at);
  arena_free(arena);
  return 0;
}

static const char *path(const char *name)
{
  return text_format(arena, "%s/%s", folder, name).at;
}

static const struct conf *read_lines(const char *lines)
{
  FILE *file = fopen(path("renew.conf"), "w");
  assert_non_null(file);
  fprintf(file, "renew 1\n\n%s\n", lines);
  fclose(file);
  diag_list_start(&diags, arena);
  return conf_read(arena, path("renew.conf"), path("repo"), &diags);
}

static bool allows(const struct conf *conf, const char *name)
{
  struct text reason = TEXT_NONE;
  bool yes = conf_allows(arena, conf, path(name), &reason);
  assert_true(yes || reason.length > 0);
  return yes;
}

static void a_folder_allows_what_lies_in_it(void **state)
{
  (void)state;
  const struct conf *conf =
      read_lines(text_format(arena, "allow commands in \"%s\"", path("good")).at);
  assert_int_equal(diags.count, 0);
  assert_true(allows(conf, "good/a"));
  assert_true(allows(conf, "good/deep/b"));
  assert_true(allows(conf, "good/../good/a"));
  assert_false(allows(conf, "bad/c"));
  assert_false(allows(conf, "good/../bad/c"));
  assert_false(allows(conf, "good/link")); /* leads out of the folder */
  assert_false(allows(conf, "good/data")); /* cannot be run */
  assert_false(allows(conf, "good/open")); /* everybody may write it */
  assert_false(allows(conf, "good/none"));
}

static void a_relative_folder_lies_beside_the_file(void **state)
{
  (void)state;
  const struct conf *conf = read_lines("allow commands in \"good\"");
  assert_true(allows(conf, "good/a"));
  assert_false(allows(conf, "bad/c"));
}

static void a_listed_file_is_known_by_its_bytes(void **state)
{
  (void)state;
  struct text bytes = pki_read(arena, folder, "bad/c");
  struct digest digest = digest_of(bytes);
  const struct conf *conf = read_lines(
      text_format(arena, "allow command \"%s\" sha256 \"%s\"", path("bad/c"), digest.hex).at);
  assert_int_equal(diags.count, 0);
  assert_true(allows(conf, "bad/c"));
  assert_false(allows(conf, "good/a"));
  pki_shell(folder, "echo 'rm -rf /' >> bad/c");
  assert_false(allows(conf, "bad/c"));
}

static void without_a_file_nothing_is_allowed(void **state)
{
  (void)state;
  diag_list_start(&diags, arena);
  assert_false(allows(conf_read(arena, NULL, folder, &diags), "good/a"));
  assert_int_equal(diags.count, 0);
  conf_read(arena, path("none.conf"), folder, &diags);
  assert_true(diag_list_has_code(&diags, DIAG_E1121));
}

static void a_wrong_line_is_named(void **state)
{
  (void)state;
  static const char *const wrong[] = {"allow everything", "allow commands \"good\"",
                                      "allow command \"good/a\" sha256 \"12\"", "forbid {"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    const struct conf *conf = read_lines(wrong[i]);
    assert_true(diag_list_has_code(&diags, DIAG_E1121));
    assert_false(allows(conf, "good/a"));
  }
}

static void a_file_in_the_repository_is_refused(void **state)
{
  (void)state;
  pki_shell(folder, "printf 'renew 1\\n\\nallow commands in \"/\"\\n' > repo/renew.conf && "
                    "ln -sf repo/renew.conf outside.conf");
  static const char *const names[] = {"repo/renew.conf", "outside.conf"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    diag_list_start(&diags, arena);
    const struct conf *conf = conf_read(arena, path(names[i]), path("repo"), &diags);
    assert_true(diag_list_has_code(&diags, DIAG_E1121));
    assert_false(allows(conf, "good/a"));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_folder_allows_what_lies_in_it),
      cmocka_unit_test(a_relative_folder_lies_beside_the_file),
      cmocka_unit_test(a_listed_file_is_known_by_its_bytes),
      cmocka_unit_test(without_a_file_nothing_is_allowed),
      cmocka_unit_test(a_wrong_line_is_named),
      cmocka_unit_test(a_file_in_the_repository_is_refused),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
