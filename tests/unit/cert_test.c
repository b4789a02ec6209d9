/* SPDX-License-Identifier: Apache-2.0 */
/* cert_test: requests, the local authority's signature, and what is read from PEM files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/crypto/cert.h"
#include "runtime/crypto/csr.h"
#include "runtime/crypto/key.h"
#include "runtime/crypto/sign.h"
#include "tests/unit/pki.h"

static struct arena *arena;
static struct text error;
static struct pki pki;

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  pki = pki_make(arena, NULL);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  pki_free(&pki);
  arena_free(arena);
  return 0;
}

static const char *zero(struct text a)
{
  return text_zero(arena, a);
}

static struct cert issue(const char *subject, int64_t now_s, int64_t valid_for_s)
{
  struct csr_wish wish = {.subject = text_of(subject)};
  struct sign_wish sign = {csr_make(arena, pki.key, &wish, &error), now_s, valid_for_s};
  struct cert cert = {0};
  assert_true(sign.csr_pem.length > 0);
  assert_true(sign_request(arena, &pki.root, pki.root_key, &sign, &cert, &error));
  return cert;
}

static void subjects_read_as_they_were_written(void **state)
{
  (void)state;
  static const char *const subjects[] = {"CN=acme-prod,O=Acme,C=DE", "CN=a\\,b,O=x",
                                         "CN=M\xC3\xBCller,OU=a+O=b", "CN=a\\+b"};
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
    struct cert cert = issue(subjects[i], pki.now_s, 86400);
    assert_string_equal(zero(cert.subject), subjects[i]);
  }
  struct csr_wish wish = {.subject = TEXT("acme")};
  assert_int_equal(csr_make(arena, pki.key, &wish, &error).length, 0);
  assert_true(text_starts_with(error, "`acme` is no distinguished name"));
  wish.subject = TEXT("XX=acme");
  assert_int_equal(csr_make(arena, pki.key, &wish, &error).length, 0);
  assert_true(text_starts_with(error, "`XX=acme` cannot stand in"));
}

static void the_authority_makes_client_certificates(void **state)
{
  (void)state;
  struct cert a = issue("CN=a", pki.now_s, 86400), b = issue("CN=a", pki.now_s, 86400);
  assert_true(a.for_clients);
  assert_false(a.is_ca);
  assert_false(a.self_signed);
  assert_true(cert_issued_by(&a, &pki.root));
  assert_true(cert_matches_key(&a, pki.key));
  assert_false(cert_matches_key(&a, pki.root_key));
  assert_false(text_equal(a.serial, b.serial));
  assert_in_range(a.serial.length, 24, 32); /* 128 bits, leading zeroes left out */
  assert_int_equal(a.not_after_s, pki.now_s + 86400);
  assert_int_equal(cert_validity(&a, pki.now_s), VALIDITY_NOW);
  assert_int_equal(cert_validity(&a, pki.now_s + 86401), VALIDITY_OVER);
  assert_int_equal(cert_validity(&a, pki.now_s - 86400), VALIDITY_NOT_YET);
}

static void nothing_outlives_its_issuer(void **state)
{
  (void)state;
  struct cert cert = issue("CN=a", pki.now_s, (int64_t)100 * 365 * 86400);
  assert_int_equal(cert.not_after_s, pki.root.not_after_s);
}

static void names_are_copied_and_a_forged_request_is_not_signed(void **state)
{
  (void)state;
  struct text names[] = {TEXT("a.example"), TEXT("10.0.0.1"), TEXT("x@a.example")};
  struct csr_wish wish = {.subject = TEXT("CN=a"), .names = names, .name_count = 3};
  struct text csr = csr_make(arena, pki.key, &wish, &error);
  struct sign_wish sign = {csr, pki.now_s, 86400};
  struct cert cert;
  assert_true(sign_request(arena, &pki.root, pki.root_key, &sign, &cert, &error));
  assert_non_null(memmem(cert.der.at, cert.der.length, "a.example", 9));
  assert_non_null(memmem(cert.der.at, cert.der.length, "\x0a\x00\x00\x01", 4));
  /* One bit of the signature, three characters before the end of the base64 text. */
  char *forged = text_zero(arena, csr);
  char *tail = strstr(forged, "\n-----END") - 6;
  *tail = *tail == 'A' ? 'B' : 'A';
  sign.csr_pem = text_of(forged);
  assert_false(sign_request(arena, &pki.root, pki.root_key, &sign, &cert, &error));
}

static void chains_are_put_in_order(void **state)
{
  (void)state;
  struct cert leaf = issue("CN=a", pki.now_s, 86400);
  struct text mess = text_format(arena, "\xEF\xBB\xBFsubject=x\r\n%.*s\r\nnote\r\n%.*s%.*s",
                                 TEXT_ARG(cert_to_pem(arena, &pki.root)),
                                 TEXT_ARG(cert_to_pem(arena, &pki.other_root)),
                                 TEXT_ARG(cert_to_pem(arena, &leaf)));
  struct cert_list all, ordered;
  assert_true(cert_read_pem(arena, mess, &all, &error));
  assert_int_equal(all.count, 3);
  ordered = certs_in_order(arena, &all, &leaf);
  assert_int_equal(ordered.count, 2);
  assert_true(cert_same(&ordered.items[0], &leaf));
  assert_true(cert_same(certs_root(&ordered), &pki.root));
  assert_int_equal(certs_without_root(&ordered).count, 1);
  struct cert_list lone = {&pki.root, 1};
  assert_int_equal(certs_without_root(&lone).count, 1);
}

static void damage_is_no_certificate(void **state)
{
  (void)state;
  struct cert_list all;
  assert_true(cert_read_pem(arena, TEXT(""), &all, &error));
  assert_int_equal(all.count, 0);
  char *cut = text_zero(arena, cert_to_pem(arena, &pki.root));
  memset(strstr(cut, "\n") + 1, 'A', 20);
  assert_false(cert_read_pem(arena, text_of(cut), &all, &error));
  assert_true(text_starts_with(error, "certificate 1 of it is damaged"));
}

static void the_escaped_form_has_no_odd_character(void **state)
{
  (void)state;
  struct text escaped = cert_to_escaped(arena, &pki.root);
  assert_true(text_starts_with(escaped, "-----BEGIN%20CERTIFICATE-----%0A"));
  assert_true(text_ends_with(escaped, "-----END%20CERTIFICATE-----%0A"));
  assert_null(memchr(escaped.at, '+', escaped.length));
  assert_null(memchr(escaped.at, '/', escaped.length));
  assert_int_equal(cert_sha1(arena, &pki.root).length, 40);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(subjects_read_as_they_were_written),
      cmocka_unit_test(the_authority_makes_client_certificates),
      cmocka_unit_test(nothing_outlives_its_issuer),
      cmocka_unit_test(names_are_copied_and_a_forged_request_is_not_signed),
      cmocka_unit_test(chains_are_put_in_order),
      cmocka_unit_test(damage_is_no_certificate),
      cmocka_unit_test(the_escaped_form_has_no_odd_character),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
