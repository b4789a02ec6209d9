/* SPDX-License-Identifier: Apache-2.0 */
/* file_form: what somebody brings as a certificate; a private key is seen in whatever it lies. The files
 * themselves (DER, PKCS#12, PKCS#7, PKCS#8 under a password) are made by openssl in tests/run/abap.t. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/crypto/file_form.h"

static void forms_are_told_apart(void **state)
{
  static const struct {
    const char *bytes;
    enum file_form form;
  } rows[] = {
      {"", FORM_EMPTY},
      {" \r\n\t\n", FORM_EMPTY},
      {"\xEF\xBB\xBF", FORM_EMPTY},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", FORM_PEM},
      {"-----BEGIN CERTIFICATE-----\nA\n-----BEGIN EC PRIVATE KEY-----\n", FORM_KEY},
      {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", FORM_KEY},
      {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", FORM_REQUEST},
      {"-----BEGIN NEW CERTIFICATE REQUEST-----\nAAAA\n", FORM_REQUEST},
      {"-----BEGIN PUBLIC KEY-----\nAAAA\n", FORM_PUBLIC},
      {"<html><title>Log On</title>", FORM_PAGE},
      {"\n  <!DOCTYPE html><html>", FORM_PAGE},
      {"\xFE\xED\xFE\xED....", FORM_JAVA},
      {"\xCE\xCE\xCE\xCE....", FORM_JAVA},
      {"PK\x03\x04....", FORM_ARCHIVE},
      {"\x1F\x8B....", FORM_ARCHIVE},
      {"0\x82\x01", FORM_OTHER},
      {"a word", FORM_OTHER},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    enum file_form form = file_form_of(text_of(rows[i].bytes));
    assert_int_equal(form, rows[i].form);
    assert_true(file_form_words(form)[0] != '\0');
    assert_int_equal(file_form_may_hold_key(form),
                     form == FORM_KEY || form == FORM_PKCS12 || form == FORM_JAVA);
  }
}

/* No length of a sequence, and no byte behind it, is believed. */
static void any_bytes_do_no_harm(void **state)
{
  unsigned char bytes[64];
  (void)state;
  for (unsigned seed = 0; seed < 4096; seed++) {
    for (size_t i = 0; i < sizeof bytes; i++)
      bytes[i] = (unsigned char)(seed * 2654435761u >> (i % 24)) ^ (unsigned char)(i * 37);
    bytes[0] = 0x30;
    bytes[1] = (unsigned char)seed;
    file_form_of((struct text){(const char *)bytes, 1 + seed % sizeof bytes});
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms_are_told_apart),
      cmocka_unit_test(any_bytes_do_no_harm),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
