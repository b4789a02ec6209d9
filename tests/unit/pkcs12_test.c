/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs12_test: hostile files: cut at every byte, one bit flipped at every byte. Nothing is read beyond
 * its end (the sanitizer build says so), and nothing that was changed is taken for the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/crypto/pkcs12.h"
#include "tests/unit/pki.h"

static struct pki pki;
static struct text file, plain;
static struct secret *password;

static bool opens(struct text bytes, enum pkcs12_trouble *ret_trouble)
{
  struct arena *arena = arena_new("pkcs12", 0);
  struct pkcs12_error error = {0};
  struct pkcs12_entry *entries;
  uint32_t count = 0;
  struct pkcs12 *p12 = pkcs12_open(arena, bytes, password, &error);
  if (p12 != NULL)
    pkcs12_list(p12, &entries, &count);
  else
    assert_true(error.trouble != PKCS12_FINE && error.says.length > 0);
  pkcs12_free(p12);
  *ret_trouble = error.trouble;
  arena_free(arena);
  return p12 != NULL;
}

/* In a piece of its own, so that a byte read behind it is seen. */
static bool opens_copy(const char *at, size_t length, enum pkcs12_trouble *ret_trouble)
{
  char *copy = malloc(length == 0 ? 1 : length);
  memcpy(copy, at, length);
  bool good = opens((struct text){copy, length}, ret_trouble);
  free(copy);
  return good;
}

static void cut_off_everywhere(void **state)
{
  (void)state;
  enum pkcs12_trouble trouble;
  assert_true(opens_copy(file.at, file.length, &trouble));
  for (size_t length = 0; length < file.length; length++) {
    assert_false(opens_copy(file.at, length, &trouble));
    assert_true(trouble == PKCS12_DAMAGED || trouble == PKCS12_OTHER_KIND);
  }
}

static void one_bit_everywhere(void **state)
{
  (void)state;
  struct text both[] = {file, plain};
  for (int which = 0; which < 2; which++) {
    char *bytes = text_zero(pki.arena, both[which]);
    for (size_t at = 0; at < both[which].length; at++) {
      enum pkcs12_trouble trouble;
      bytes[at] = (char)(bytes[at] ^ (1 << (at % 8)));
      bool good = opens_copy(bytes, both[which].length, &trouble);
      bytes[at] = both[which].at[at];
      /* With a MAC what is inside cannot change unseen; the few that open changed its frame only. */
      if (which == 0 && good && at > 60)
        assert_true(at + 120 > both[which].length);
    }
  }
}

static void replace_keeps_and_checks(void **state)
{
  (void)state;
  struct pkcs12_error error;
  struct pkcs12 *p12 = pkcs12_open(pki.arena, file, password, &error);
  struct cert_list chain = {&pki.client, 1};
  struct secret *fresh = pkcs12_replace(p12, TEXT("client"), pki.key, &chain, &error);
  assert_non_null(fresh);
  pkcs12_free(p12);
  struct text bytes = {(const char *)secret_view(fresh), secret_size_bytes(fresh)};
  struct pkcs12 *before = pkcs12_open(pki.arena, file, password, &error);
  p12 = pkcs12_open(pki.arena, bytes, password, &error);
  assert_true(pkcs12_same_others(before, p12, TEXT("client")));
  struct text was = pkcs12_protection(before), is = pkcs12_protection(p12);
  assert_true(text_equal(was, is));
  pkcs12_free(before);
  struct secret *gone = pkcs12_remove(p12, TEXT("client"), &error);
  assert_non_null(gone);
  pkcs12_free(p12);
  bytes = (struct text){(const char *)secret_view(gone), secret_size_bytes(gone)};
  p12 = pkcs12_open(pki.arena, bytes, password, &error);
  struct private_key *key = NULL;
  assert_false(pkcs12_read_pair(p12, TEXT("client"), &key, &chain, &error));
  assert_int_equal(error.trouble, PKCS12_NO_ALIAS);
  pkcs12_free(p12);
  secret_free(fresh);
  secret_free(gone);
}

int main(void)
{
  struct arena *arena = arena_new("test", 0);
  pki = pki_make(arena, NULL);
  pki.arena = arena;
  pki_shell(pki.folder, "openssl pkcs12 -export -inkey client.key -in client.pem -name client "
                        "-iter 1 -passout pass:store -out a.p12 && openssl pkcs12 -export -inkey "
                        "client.key -in client.pem -name client -certpbe NONE -keypbe NONE -nomac "
                        "-passout pass: -out b.p12");
  file = pki_read(arena, pki.folder, "a.p12");
  plain = pki_read(arena, pki.folder, "b.p12");
  password = secret_copy("store", 5);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cut_off_everywhere),
      cmocka_unit_test(one_bit_everywhere),
      cmocka_unit_test(replace_keeps_and_checks),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  secret_free(password);
  pki_free(&pki);
  arena_free(arena);
  return failed;
}
