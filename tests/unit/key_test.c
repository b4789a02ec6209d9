/* SPDX-License-Identifier: Apache-2.0 */
/* key_test: private keys are made, leave as PKCS#8 only, and are read from whatever PEM brings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/crypto/key.h"

static struct arena *arena;
static struct text error;

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

static bool holds(const struct secret *pem, const char *words)
{
  return memmem(secret_view(pem), secret_size_bytes(pem), words, strlen(words)) != NULL;
}

static void every_type_comes_back(void **state)
{
  (void)state;
  static const struct {
    struct key_type type;
    const char *words;
  } cases[] = {{{KEY_ALGORITHM_RSA, 2048}, "RSA 2048"},
               {{KEY_ALGORITHM_EC, 256}, "EC P-256"},
               {{KEY_ALGORITHM_EC, 384}, "EC P-384"},
               {{KEY_ALGORITHM_EC, 521}, "EC P-521"},
               {{KEY_ALGORITHM_ED25519, 0}, "Ed25519"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct private_key *key = key_generate(arena, cases[i].type, &error);
    assert_non_null(key);
    assert_string_equal(text_zero(arena, key_describe(arena, key)), cases[i].words);
    struct secret *pem = key_to_pem(arena, key, NULL, &error);
    assert_non_null(pem);
    assert_true(holds(pem, "-----BEGIN PRIVATE KEY-----"));
    struct private_key *again = key_from_pem(arena, pem, NULL, &error);
    assert_non_null(again);
    assert_true(key_same_public(key, again));
    key_free(key);
    key_free(again);
    secret_free(pem);
  }
}

static void a_password_locks_and_opens(void **state)
{
  (void)state;
  struct private_key *key = key_generate(arena, (struct key_type){KEY_ALGORITHM_EC, 256}, &error);
  struct secret *right = secret_copy("right", 5), *wrong = secret_copy("wrong", 5);
  struct secret *pem = key_to_pem(arena, key, right, &error);
  assert_true(holds(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  struct private_key *again = key_from_pem(arena, pem, right, &error);
  assert_non_null(again);
  assert_true(key_same_public(key, again));
  assert_null(key_from_pem(arena, pem, wrong, &error));
  assert_true(text_starts_with(error, "the private key cannot be read"));
  assert_null(key_from_pem(arena, pem, NULL, &error));
  assert_string_equal(text_zero(arena, error),
                      "the private key is encrypted and no password is named");
  key_free(key);
  key_free(again);
  secret_free(right);
  secret_free(wrong);
  secret_free(pem);
}

/* CRLF, a byte order mark, text before and a certificate block before: all seen in real files. */
static void the_key_is_found_among_other_things(void **state)
{
  (void)state;
  struct private_key *key = key_generate(arena, (struct key_type){KEY_ALGORITHM_EC, 256}, &error);
  struct secret *pem = key_to_pem(arena, key, NULL, &error);
  struct buffer mixed = {0};
  buffer_add_zero(&mixed, "\xEF\xBB\xBF"
                          "Bag Attributes\r\n  friendlyName: x\r\n");
  for (size_t i = 0; i < secret_size_bytes(pem); i++) {
    if (secret_view(pem)[i] == '\n')
      buffer_add(&mixed, "\r", 1);
    buffer_add(&mixed, secret_view(pem) + i, 1);
  }
  struct secret *messy = secret_copy(mixed.bytes, mixed.size_bytes);
  struct private_key *again = key_from_pem(arena, messy, NULL, &error);
  assert_non_null(again);
  assert_true(key_same_public(key, again));
  struct secret *none = secret_copy("hello\n", 6);
  assert_null(key_from_pem(arena, none, NULL, &error));
  assert_string_equal(text_zero(arena, error), "it holds no private key");
  buffer_free(&mixed);
  key_free(key);
  key_free(again);
  secret_free(pem);
  secret_free(messy);
  secret_free(none);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type_comes_back),
      cmocka_unit_test(a_password_locks_and_opens),
      cmocka_unit_test(the_key_is_found_among_other_things),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
