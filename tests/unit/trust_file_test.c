/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust_file_test: the lists of a receiver: entries are added and dropped, everything else stays;
 * and a step is done when the change is in force. SAP-6ec6-10, SAP-6ec6-11, SAP-6ec6-21,
 * SAP-6ec6-32.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/providers/pins.h"
#include "runtime/providers/safe.h"
#include "tests/unit/stage.h"

static const char plan[] =
    "renew 1\n"
    "role admin \"Administrator\" {\n  reach by console \"admin\"\n}\n"
    "keystore store {\n  kind pem\n  certificate file \"client.pem\"\n  key file "
    "\"client.key\"\n}\n"
    "ca corporate {\n  protocol local\n  certificate file \"other.pem\"\n  key file "
    "\"other.key\"\n}\n"
    "system receiver {\n  owner admin\n  kind trust-file\n  trusts file \"roots.pem\"\n"
    "  pins file \"pins\" as sha256\n  reload with command \"bin/reload\"\n"
    "  observed by command \"bin/reloaded\"\n}\n"
    "system single {\n  owner admin\n  kind trust-file\n  trusts file \"single.pem\"\n"
    "  drains within 1s\n  reload with command \"bin/reload\"\n}\n"
    "certificate client {\n  in store\n  alias \"client\"\n  subject \"CN=client\"\n"
    "  key ec p-256\n  signed by corporate\n}\n"
    "plan p \"P\" {\n  renews client\n  policy overlap\n"
    "  create: admin creates client.new\n"
    "  sign: admin gets client.new signed by corporate\n"
    "  import-root: admin imports client.new.root into receiver\n"
    "  accept-both: admin accepts client.old, client.new on receiver\n"
    "  remove-old: admin removes client.old from receiver\n"
    "  slot: admin replaces client.old with client.new on single\n}\n";

static struct stage stage;
static struct answer answer;

static int setup(void **state)
{
  (void)state;
  struct diag_list diags;
  stage = stage_new(plan);
  diag_list_start(&diags, stage.arena);
  stage_shell(&stage,
              "mkdir bin repo && printf 'renew 1\\n\\nallow commands in \"bin\"\\n' > conf && "
              "printf '#!/bin/sh\\necho x >> reloads\\ncp pins running\\n' > bin/reload && "
              "printf '#!/bin/sh\\ncmp pins running\\n' > bin/reloaded && chmod 755 bin/*");
  stage_shell(&stage, "cat root.pem > roots.pem; (echo '# accepted'; openssl x509 -in client.pem "
                      "-noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; "
                      "echo '# the end') > pins; cat root.pem client.pem > single.pem");
  stage.world.conf =
      conf_read(stage.arena, text_format(stage.arena, "%s/conf", stage.pki.folder).at,
                text_format(stage.arena, "%s/repo", stage.pki.folder).at, &diags);
  struct call call = stage_call(&stage, NULL);
  return diags.count != 0 || providers_bind(&call, &answer) != OUTCOME_DONE ||
         stage_apply(&stage, "create", &answer) != OUTCOME_DONE ||
         stage_apply(&stage, "sign", &answer) != OUTCOME_DONE;
}

static int teardown(void **state)
{
  (void)state;
  stage_free(&stage);
  return 0;
}

static void every_form_adds_and_drops_one_entry(void **state)
{
  (void)state;
  static const char *const before[] = {"", "# a comment\n", "# no line end", "\n\n# blank\n\n"};
  for (int form = PINS_PEM; form <= PINS_NGINX_MAP; form++)
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
      struct arena *arena = stage.arena;
      struct text content = text_of(before[i]);
      struct text one = pins_add(arena, form, content, &stage.pki.client);
      struct text two = pins_add(arena, form, one, &stage.pki.root);
      assert_false(pins_has(arena, form, content, &stage.pki.client));
      assert_true(pins_has(arena, form, two, &stage.pki.client));
      assert_true(pins_has(arena, form, two, &stage.pki.root));
      assert_false(pins_has(arena, form, two, &stage.pki.other_root));
      assert_true(text_equal(pins_add(arena, form, two, &stage.pki.client), two));
      struct text back = pins_drop(arena, form, two, &stage.pki.root);
      assert_true(text_equal(back, one));
      back = pins_drop(arena, form, back, &stage.pki.client);
      assert_true(text_starts_with(back, before[i]));
      assert_true(back.length <= content.length + 1); /* at most the line end that was missing */
    }
}

static void entries_of_other_hands_are_known(void **state)
{
  (void)state;
  struct arena *arena = stage.arena;
  const struct cert *cert = &stage.pki.client;
  struct text upper = text_format(arena, "  %.*s # ours\r\nrest\n", TEXT_ARG(cert->fingerprint));
  assert_true(pins_has(arena, PINS_SHA256, upper, cert));
  assert_string_equal(text_zero(arena, pins_drop(arena, PINS_SHA256, upper, cert)), "rest\n");
  /* A prefix is not the entry, and a comment is none. */
  struct text longer = text_format(arena, "%.*s0\n# %.*s\n", TEXT_ARG(cert->fingerprint),
                                   TEXT_ARG(cert->fingerprint));
  assert_false(pins_has(arena, PINS_SHA256, longer, cert));
  struct text map = text_format(arena, "\"%.*s\" 1;\n", TEXT_ARG(cert_to_escaped(arena, cert)));
  assert_int_equal(pins_drop(arena, PINS_NGINX_MAP, map, cert).length, 0);
}

static void adding_drops_nothing(void **state)
{
  (void)state;
  assert_int_equal(stage_prepare(&stage, "accept-both"), DIAG__COUNT);
  assert_int_equal(stage_probe(&stage, "accept-both", &answer), OBSERVED_BEFORE);
  assert_int_equal(stage_apply(&stage, "accept-both", &answer), OUTCOME_DONE);
  assert_int_equal(stage_probe(&stage, "accept-both", &answer), OBSERVED_AFTER);
  stage_shell(&stage, "[ \"$(wc -l < pins)\" = 4 ] && head -1 pins | grep -q '# accepted' && "
                      "sed -n 3p pins | grep -q '# the end' && [ \"$(wc -l < reloads)\" = 1 ]");
  /* Twice is as once, and reloads nothing. */
  assert_int_equal(stage_apply(&stage, "accept-both", &answer), OUTCOME_DONE);
  stage_shell(&stage, "[ \"$(wc -l < pins)\" = 4 ] && [ \"$(wc -l < reloads)\" = 1 ]");
}

static void written_is_not_in_force(void **state)
{
  (void)state;
  stage_shell(&stage, "echo old > running");
  assert_int_equal(stage_probe(&stage, "accept-both", &answer), OBSERVED_BEFORE);
  assert_non_null(strstr(answer.says.at, "not in force"));
  stage_shell(&stage, "cp pins running");
  assert_int_equal(stage_probe(&stage, "accept-both", &answer), OBSERVED_AFTER);
}

static void undo_takes_back_only_what_the_step_added(void **state)
{
  (void)state;
  stage_shell(&stage, "echo 0000 >> pins"); /* somebody else's entry, in between */
  assert_int_equal(stage_undo(&stage, "accept-both", &answer), OUTCOME_DONE);
  stage_shell(&stage, "[ \"$(wc -l < pins)\" = 4 ] && tail -1 pins | grep -qx 0000 && "
                      "sed -n 2p pins | grep -Eqx '[0-9a-f]{64}'");
  struct text pins = text_of(stage_read(&stage, "pins"));
  assert_true(pins_has(stage.arena, PINS_SHA256, pins, &stage.pki.client));
}

static void removing_takes_one_entry(void **state)
{
  (void)state;
  assert_int_equal(stage_apply(&stage, "accept-both", &answer), OUTCOME_DONE);
  assert_int_equal(stage_apply(&stage, "remove-old", &answer), OUTCOME_DONE);
  struct text pins = text_of(stage_read(&stage, "pins"));
  struct cert new =
      pki_cert(stage.arena, stage.pki.folder, "state/keys/2027-03-06-a/client.new.pem");
  assert_false(pins_has(stage.arena, PINS_SHA256, pins, &stage.pki.client));
  assert_true(pins_has(stage.arena, PINS_SHA256, pins, &new));
  assert_int_equal(stage_undo(&stage, "remove-old", &answer), OUTCOME_DONE);
  pins = text_of(stage_read(&stage, "pins"));
  assert_true(pins_has(stage.arena, PINS_SHA256, pins, &stage.pki.client));
}

static void a_root_goes_into_the_trusted_roots(void **state)
{
  (void)state;
  assert_int_equal(stage_apply(&stage, "import-root", &answer), OUTCOME_DONE);
  struct text roots = text_of(stage_read(&stage, "roots.pem"));
  assert_true(pins_has(stage.arena, PINS_PEM, roots, &stage.pki.root));
  assert_true(pins_has(stage.arena, PINS_PEM, roots, &stage.pki.other_root));
}

/* No list of pins: the leaf stands beside the roots; and a bound of time is waited for. */
static void a_receiver_of_one_certificate_exchanges_it(void **state)
{
  (void)state;
  assert_int_equal(stage_apply(&stage, "slot", &answer), OUTCOME_DONE);
  assert_non_null(strstr(answer.says.at, "1 s are over"));
  struct text roots = text_of(stage_read(&stage, "single.pem"));
  struct cert new =
      pki_cert(stage.arena, stage.pki.folder, "state/keys/2027-03-06-a/client.new.pem");
  assert_false(pins_has(stage.arena, PINS_PEM, roots, &stage.pki.client));
  assert_true(pins_has(stage.arena, PINS_PEM, roots, &new));
  assert_true(pins_has(stage.arena, PINS_PEM, roots, &stage.pki.root));
  assert_int_equal(stage_probe(&stage, "slot", &answer), OBSERVED_AFTER);
}

static void a_reload_that_fails_closes_nothing(void **state)
{
  (void)state;
  stage_shell(&stage,
              "printf '#!/bin/sh\\necho broken >&2\\nexit 1\\n' > bin/reload && echo > running");
  assert_int_equal(stage_apply(&stage, "remove-old", &answer), OUTCOME_REFUSED);
  assert_non_null(strstr(answer.says.at, "broken"));
  assert_int_equal(stage_probe(&stage, "remove-old", &answer), OBSERVED_BEFORE);
}

static void missing_files_are_named_first(void **state)
{
  (void)state;
  stage_shell(&stage, "mv pins pins.away");
  assert_int_equal(stage_prepare(&stage, "accept-both"), DIAG_E0708);
  stage_shell(&stage, "mv pins.away pins && chmod 644 bin/reload");
  assert_int_equal(stage_prepare(&stage, "accept-both"), DIAG_E1011);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_form_adds_and_drops_one_entry),
      cmocka_unit_test(entries_of_other_hands_are_known),
      cmocka_unit_test(adding_drops_nothing),
      cmocka_unit_test(written_is_not_in_force),
      cmocka_unit_test(undo_takes_back_only_what_the_step_added),
      cmocka_unit_test(removing_takes_one_entry),
      cmocka_unit_test(a_root_goes_into_the_trusted_roots),
      cmocka_unit_test(a_receiver_of_one_certificate_exchanges_it),
      cmocka_unit_test(a_reload_that_fails_closes_nothing),
      cmocka_unit_test(missing_files_are_named_first),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
