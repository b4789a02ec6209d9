/* SPDX-License-Identifier: Apache-2.0 */
/*
 * safe_test: the way of a pair through the run's safe: bound, made, signed once, put in place as
 * one thing, put back, wiped. SAP-6ec6-6, SAP-6ec6-7, SAP-6ec6-13, SAP-6ec6-14.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/providers/keystore.h"
#include "tests/unit/stage.h"

static const char head[] = "renew 1\n"
                           "role admin \"Administrator\" {\n  reach by console \"admin\"\n}\n"
                           "secret store-password from env \"RENEW_TEST_STORE\"\n"
                           "ca corporate {\n  protocol local\n  certificate file \"root.pem\"\n"
                           "  key file \"root.key\"\n}\n"
                           "ca elsewhere {\n  protocol manual\n}\n";

static const char body[] =
    "certificate client {\n  in store\n  alias \"client\"\n  subject \"CN=client,O=Acme\"\n"
    "  names \"client.example\"\n  key ec p-256\n  signed by corporate\n  valid for 90d\n}\n"
    "plan p \"P\" {\n  renews client\n  policy overlap\n"
    "  create: admin creates client.new\n"
    "  sign: admin gets client.new signed by corporate\n"
    "  exchange: admin replaces client.old with client.new in store keeping alias\n}\n";

static const char one_file[] = "keystore store {\n  kind pem\n  file \"store.pem\"\n}\n";
static const char generations[] = "keystore store {\n  kind pem\n  folder \"store\"\n}\n";
static const char loose[] = "keystore store {\n  kind pem\n  certificate file \"client.pem\"\n"
                            "  key file \"client.key\"\n}\n";
static const char locked[] = "keystore store {\n  kind pem\n  file \"store.pem\"\n"
                             "  password with store-password\n}\n";

static struct stage stage;
static struct answer answer;

static void begin(const char *keystore)
{
  static char plan[8192];
  snprintf(plan, sizeof plan, "%s%s%s", head, keystore, body);
  stage = stage_new(plan);
  stage_shell(&stage, "cat client.key client.pem > store.pem && chmod 640 store.pem");
  stage_shell(&stage, "mkdir -p store/gen-7 && cp client.key store/gen-7/key.pem && "
                      "cp client.pem store/gen-7/cert.pem && ln -s gen-7 store/current");
}

static void bind(void)
{
  struct call call = stage_call(&stage, NULL);
  answer = (struct answer){0};
  assert_int_equal(providers_bind(&call, &answer), OUTCOME_DONE);
}

static void make_and_sign(void)
{
  assert_int_equal(stage_apply(&stage, "create", &answer), OUTCOME_DONE);
  assert_int_equal(stage_apply(&stage, "sign", &answer), OUTCOME_DONE);
}

/* The pair that the openssl program finds in two files belongs together. */
static bool belongs_together(const char *cert, const char *key)
{
  char command[512];
  snprintf(command, sizeof command,
           "cd %s && [ \"$(openssl x509 -in %s -noout -pubkey)\" = \"$(openssl pkey -in %s "
           "-passin pass:sesame -pubout)\" ]",
           stage.pki.folder, cert, key);
  return system(command) == 0;
}

static bool presents_new(const char *name)
{
  struct cert now = pki_cert(stage.arena, stage.pki.folder, name);
  struct cert made =
      pki_cert(stage.arena, stage.pki.folder, "state/keys/2027-03-06-a/client.new.pem");
  return cert_same(&now, &made);
}

static void the_old_pair_is_bound_once(void **state)
{
  (void)state;
  begin(one_file);
  bind();
  assert_string_equal(answer.facts->name, "client.old");
  assert_true(text_equal(answer.facts->value, stage.pki.client.fingerprint));
  /* What comes under the alias later does not become the old pair. */
  stage_shell(&stage, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
                      "/CN=x -keyout x.key -out x.pem && cat x.key x.pem > store.pem");
  bind();
  assert_true(text_equal(answer.facts->value, stage.pki.client.fingerprint));
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_NEITHER);
  stage_free(&stage);
}

static void one_key_and_one_certificate_a_run(void **state)
{
  (void)state;
  begin(one_file);
  bind();
  assert_int_equal(stage_probe(&stage, "create", &answer), OBSERVED_BEFORE);
  assert_int_equal(stage_apply(&stage, "create", &answer), OUTCOME_DONE);
  const char *key = stage_read(&stage, "state/keys/2027-03-06-a/client.new.key");
  assert_int_equal(stage_apply(&stage, "create", &answer), OUTCOME_DONE);
  assert_string_equal(stage_read(&stage, "state/keys/2027-03-06-a/client.new.key"), key);
  assert_int_equal(stage_probe(&stage, "create", &answer), OBSERVED_AFTER);
  assert_int_equal(stage_probe(&stage, "sign", &answer), OBSERVED_BEFORE);
  assert_int_equal(stage_apply(&stage, "sign", &answer), OUTCOME_DONE);
  const char *first = stage_read(&stage, "state/keys/2027-03-06-a/client.new.pem");
  /* A crash between the issued list and the safe: the certificate is taken from the list. */
  stage_shell(&stage, "rm state/keys/2027-03-06-a/client.new.pem");
  assert_int_equal(stage_apply(&stage, "sign", &answer), OUTCOME_DONE);
  assert_string_equal(stage_read(&stage, "state/keys/2027-03-06-a/client.new.pem"), first);
  assert_int_equal(stage_probe(&stage, "sign", &answer), OBSERVED_AFTER);
  assert_string_equal(answer.facts->name, "fingerprint");
  stage_free(&stage);
}

static uint32_t issued_count(void)
{
  uint32_t count = 0;
  for (const char *at = stage_read(&stage, "root.key.issued");
       (at = strstr(at, "-----BEGIN CERTIFICATE-----")) != NULL; at++)
    count++;
  return count;
}

static void a_torn_entry_of_the_issued_list_is_cut_off(void **state)
{
  (void)state;
  begin(one_file);
  bind();
  assert_int_equal(stage_apply(&stage, "create", &answer), OUTCOME_DONE);
  stage_write(
      &stage, "root.key.issued",
      "# run 2027-03-06-a step sign serial 1 sha256 2 at 3\n-----BEGIN CERTIFICATE-----\nMII");
  assert_int_equal(stage_apply(&stage, "sign", &answer), OUTCOME_DONE);
  assert_int_equal(issued_count(), 1);
  /* Another run gets another one, behind the first. */
  stage.run = TEXT("2027-03-06-b");
  bind();
  make_and_sign();
  assert_int_equal(issued_count(), 2);
  stage_free(&stage);
}

static void the_local_authority_refuses_bad_ground(void **state)
{
  (void)state;
  begin(one_file);
  assert_int_equal(stage_prepare(&stage, "sign"), DIAG__COUNT);
  stage_shell(&stage, "chmod 644 root.key");
  assert_int_equal(stage_prepare(&stage, "sign"), DIAG_E1007);
  stage_shell(&stage, "cp client.key root.key && chmod 600 root.key");
  assert_int_equal(stage_prepare(&stage, "sign"), DIAG_E0724);
  stage_shell(&stage, "echo nothing > root.pem");
  assert_int_equal(stage_prepare(&stage, "sign"), DIAG_E0708);
  stage_free(&stage);
}

static int64_t far_future(void)
{
  return stage_now_s() + (int64_t)20 * 365 * 86400;
}

static int64_t far_past(void)
{
  return stage_now_s() - (int64_t)20 * 365 * 86400;
}

static void an_issuer_must_be_valid_by_our_clock(void **state)
{
  (void)state;
  begin(one_file);
  stage.world.now_s = far_future;
  assert_int_equal(stage_prepare(&stage, "sign"), DIAG_E0709);
  stage.world.now_s = far_past;
  assert_int_equal(stage_prepare(&stage, "sign"), DIAG_E0709);
  stage_free(&stage);
}

/* NAME in place: the file's rights are kept, and the old pair comes back byte by byte. */
static void exchange_and_back(const char *keystore, const char *cert, const char *key)
{
  begin(keystore);
  const char *before = stage_read(&stage, cert);
  bind();
  assert_int_equal(stage_prepare(&stage, "exchange"), DIAG__COUNT);
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_BEFORE);
  make_and_sign();
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_BEFORE);
  assert_int_equal(stage_apply(&stage, "exchange", &answer), OUTCOME_DONE);
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_AFTER);
  assert_true(belongs_together(cert, key));
  assert_true(presents_new(cert));
  assert_int_equal(stage_apply(&stage, "exchange", &answer), OUTCOME_DONE);
  assert_int_equal(stage_undo(&stage, "exchange", &answer), OUTCOME_DONE);
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_BEFORE);
  assert_true(belongs_together(cert, key));
  if (strcmp(keystore, generations) != 0)
    assert_string_equal(stage_read(&stage, cert), before);
}

static void one_file_is_replaced_as_one_thing(void **state)
{
  (void)state;
  exchange_and_back(one_file, "store.pem", "store.pem");
  stage_shell(&stage, "[ \"$(stat -c %a store.pem)\" = 640 ]");
  stage_shell(&stage, "[ \"$(stat -c %a store.pem.bak-2027-03-06-a)\" = 600 ]");
  stage_free(&stage);
}

static void generations_stand_behind_a_link(void **state)
{
  (void)state;
  exchange_and_back(generations, "store/current/cert.pem", "store/current/key.pem");
  stage_shell(&stage, "[ \"$(readlink store/current)\" = gen-9 ] && [ -e store/gen-8/chain.pem ]");
  stage_shell(&stage, "! ls -d store/new-* store/*renew-new*");
  stage_free(&stage);
}

static void two_files_are_replaced_key_first(void **state)
{
  (void)state;
  exchange_and_back(loose, "client.pem", "client.key");
  stage_free(&stage);
}

static void a_replacement_that_was_cut_off_is_completed(void **state)
{
  (void)state;
  begin(loose);
  bind();
  make_and_sign();
  /* As after a crash between the two renames: the new key, the old certificate. */
  stage_shell(&stage, "cp state/keys/2027-03-06-a/client.new.key client.key");
  assert_false(belongs_together("client.pem", "client.key"));
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_BEFORE);
  assert_int_equal(stage_apply(&stage, "exchange", &answer), OUTCOME_DONE);
  assert_true(belongs_together("client.pem", "client.key"));
  assert_true(presents_new("client.pem"));
  /* A key that is nobody's is another matter. */
  stage_shell(&stage, "cp other.key client.key");
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_NEITHER);
  assert_int_equal(stage_apply(&stage, "exchange", &answer), OUTCOME_REFUSED);
  stage_free(&stage);
}

static void keys_are_encrypted_where_a_password_is_declared(void **state)
{
  (void)state;
  begin(locked);
  setenv("RENEW_TEST_STORE", "sesame", 1);
  stage_shell(&stage, "openssl pkey -in client.key -aes256 -passout pass:sesame -out locked.key && "
                      "cat locked.key client.pem > store.pem");
  bind();
  make_and_sign();
  assert_int_equal(stage_apply(&stage, "exchange", &answer), OUTCOME_DONE);
  assert_int_equal(stage_probe(&stage, "exchange", &answer), OBSERVED_AFTER);
  assert_true(belongs_together("store.pem", "store.pem"));
  stage_shell(&stage, "! grep -r 'BEGIN PRIVATE KEY' store.pem* state");
  stage_shell(&stage, "[ $(grep -rl 'BEGIN ENCRYPTED PRIVATE KEY' store.pem state | wc -l) = 3 ]");
  unsetenv("RENEW_TEST_STORE");
  assert_int_equal(stage_prepare(&stage, "exchange"), DIAG_E1009);
  assert_int_equal(stage_apply(&stage, "exchange", &answer), OUTCOME_REFUSED);
  assert_int_equal(answer.code, DIAG_E1009);
  stage_free(&stage);
}

static void what_is_missing_is_named_before_anything_is_done(void **state)
{
  (void)state;
  begin(one_file);
  stage_shell(&stage, "cat other.key client.pem > store.pem");
  assert_int_equal(stage_prepare(&stage, "exchange"), DIAG_E0724);
  stage_shell(&stage, "cat client.pem > store.pem");
  assert_int_equal(stage_prepare(&stage, "exchange"), DIAG_E0725);
  stage_shell(&stage, "rm store.pem");
  assert_int_equal(stage_prepare(&stage, "exchange"), DIAG_E0725);
  stage_free(&stage);
}

static void the_safe_is_wiped_when_the_run_ends(void **state)
{
  (void)state;
  begin(one_file);
  bind();
  make_and_sign();
  assert_int_equal(stage_apply(&stage, "exchange", &answer), OUTCOME_DONE);
  struct call call = stage_call(&stage, NULL);
  providers_release(&call);
  assert_false(stage_has(&stage, "state/keys/2027-03-06-a"));
  assert_false(stage_has(&stage, "store.pem.bak-2027-03-06-a"));
  assert_true(belongs_together("store.pem", "store.pem"));
  stage_free(&stage);
}

static void guards_get_fingerprints(void **state)
{
  (void)state;
  begin(one_file);
  struct call call = stage_call(&stage, "exchange");
  struct argument root = *step_argument(stage.graph, call.step, PART_OBJECT, 0);
  struct text value = TEXT_NONE;
  root.members[1] = MEMBER_ROOT;
  assert_int_equal(providers_fact(&call, &root, &value, &answer), OBSERVED_NOTHING);
  bind();
  /* The keystore does not hold the root; the file of the CA does. */
  assert_int_equal(providers_fact(&call, &root, &value, &answer), OBSERVED_AFTER);
  assert_true(text_equal(value, stage.pki.root.fingerprint));
  stage_free(&stage);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_old_pair_is_bound_once),
      cmocka_unit_test(one_key_and_one_certificate_a_run),
      cmocka_unit_test(a_torn_entry_of_the_issued_list_is_cut_off),
      cmocka_unit_test(the_local_authority_refuses_bad_ground),
      cmocka_unit_test(an_issuer_must_be_valid_by_our_clock),
      cmocka_unit_test(one_file_is_replaced_as_one_thing),
      cmocka_unit_test(generations_stand_behind_a_link),
      cmocka_unit_test(two_files_are_replaced_key_first),
      cmocka_unit_test(a_replacement_that_was_cut_off_is_completed),
      cmocka_unit_test(keys_are_encrypted_where_a_password_is_declared),
      cmocka_unit_test(what_is_missing_is_named_before_anything_is_done),
      cmocka_unit_test(the_safe_is_wiped_when_the_run_ends),
      cmocka_unit_test(guards_get_fingerprints),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
