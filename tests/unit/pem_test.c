/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_test: certificates out of texts as people have them, and the chains they make. The vectors are
 * made by the openssl program; those of ../shared/data/pem are read where they are present.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/pki/chain.h"
#include "compiler/pki/pem.h"
#include "tests/unit/pki.h"

static struct arena *arena;
static struct pki pki;
static struct text chain_text; /* client, root */
static struct pem good;

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  pki = pki_make(arena, NULL);
  struct cert pair[] = {pki.client, pki.root};
  struct cert_list list = {pair, 2};
  struct text error;
  chain_text = certs_to_pem(arena, &list);
  return pem_read(arena, chain_text, &good, &error) ? 0 : 1;
}

static int teardown(void **state)
{
  (void)state;
  pki_free(&pki);
  arena_free(arena);
  return 0;
}

static struct text replaced(struct text in, const char *what, const char *by)
{
  struct buffer out = {0};
  for (size_t i = 0; i < in.length;) {
    bool here = i + strlen(what) <= in.length && memcmp(in.at + i, what, strlen(what)) == 0;
    buffer_add(&out, here ? by : in.at + i, here ? strlen(by) : 1);
    i += here ? strlen(what) : 1;
  }
  struct text text = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

static void assert_same(struct text text, unsigned repairs)
{
  struct pem pem;
  struct text error = TEXT_NONE;
  if (!pem_read(arena, text, &pem, &error))
    fail_msg("refused: %.*s", TEXT_ARG(error));
  assert_int_equal(pem.certs.count, 2);
  assert_true(cert_same(&pem.certs.items[0], &pki.client));
  assert_true(cert_same(&pem.certs.items[1], &pki.root));
  assert_int_equal(pem.repairs, repairs);
}

static void assert_refused(struct text text, const char *words)
{
  struct pem pem;
  struct text error = TEXT_NONE;
  assert_false(pem_read(arena, text, &pem, &error));
  bool nothing = strcmp(words, "empty") == 0 || strcmp(words, "holds no certificate") == 0;
  assert_int_equal(pem.has_nothing, nothing);
  if (memmem(error.at, error.length, words, strlen(words)) == NULL)
    fail_msg("`%.*s` does not say `%s`", TEXT_ARG(error), words);
}

static void what_reads_one_way_is_read(void **state)
{
  (void)state;
  assert_same(chain_text, 0);
  assert_same(replaced(chain_text, "\n", "\r\n"), 0);
  assert_same(replaced(chain_text, "\n", "\r"), 0);
  assert_same(replaced(chain_text, "\n", " "), 0);
  assert_same(replaced(chain_text, "\n", "\n\n  \t"), 0);
  assert_same(text_format(arena, "\xEF\xBB\xBF%.*s", TEXT_ARG(chain_text)), 0);
  assert_same(replaced(chain_text, "-----BEGIN", "subject=CN = x\ndepth 2\n-----BEGIN"), 0);
  assert_same(replaced(chain_text, " CERTIFICATE-", " X509 CERTIFICATE-"), 0);
  assert_same(text_format(arena, "%.*strailing words\n", TEXT_ARG(chain_text)), 0);
}

/* the cockpit shows line ends as the two characters \n. */
static void literal_newlines_are_repaired_and_told(void **state)
{
  (void)state;
  struct text literal = replaced(chain_text, "\n", "\\n");
  assert_same(literal, PEM_LITERAL_NEWLINES);
  assert_same(replaced(chain_text, "\n", "\\r\\n"), PEM_LITERAL_NEWLINES);
  assert_same(replaced(chain_text, "\n", "\\\\n"), PEM_LITERAL_NEWLINES);
  assert_same(text_format(arena, "\"%.*s\"", TEXT_ARG(literal)), PEM_LITERAL_NEWLINES);
  struct text slashes = replaced(literal, "/", "\\/");
  assert_same(text_format(arena, "{\"clientid\": \"x\", \"certificate\": \"%.*s\"}",
                          TEXT_ARG(replaced(slashes, "=", "\\u003d"))),
              PEM_LITERAL_NEWLINES);
}

static void damage_is_refused_in_words(void **state)
{
  (void)state;
  assert_refused(TEXT(""), "empty");
  assert_refused(TEXT("no certificate here\n"), "holds no certificate");
  assert_refused((struct text){"\xFF\xFE-\0-\0-\0", 8}, "UTF-16");
  assert_refused((struct text){"-\0-\0-\0-\0", 8}, "UTF-16");
  assert_refused(good.certs.items[0].der, "binary");
  assert_refused(replaced(chain_text, "-----BEGIN", "----BEGIN"), "five dashes");
  assert_refused(replaced(chain_text, "-----BEGIN",
                          "\xE2\x80\x94\xE2\x80\x93"
                          "BEGIN"),
                 "typographic dashes");
  assert_refused(replaced(chain_text, "-----END", "-----FIN"), "no END line");
  assert_refused((struct text){chain_text.at, chain_text.length - 100}, "no END line");
  assert_refused(replaced(chain_text, "MII", "MI!"), "character in line 2");
  assert_refused(replaced(chain_text, "MIIB", "MIIC"), "cut off");
  assert_refused(
      TEXT("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"),
      "request");
  assert_refused(TEXT("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----"), "PKCS#7");
  assert_refused(TEXT("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"), "cut off");
}

static void a_private_key_is_seen(void **state)
{
  (void)state;
  struct text key = pki_read(arena, pki.folder, "client.key"), error;
  struct pem pem;
  assert_false(pem_read(arena, key, &pem, &error));
  assert_true(pem.has_private_key);
  assert_true(pem_read(arena, text_format(arena, "%.*s%.*s", TEXT_ARG(key), TEXT_ARG(chain_text)),
                       &pem, &error));
  assert_true(pem.has_private_key);
  assert_int_equal(pem.certs.count, 2);
}

static void files_that_are_none_are_named(void **state)
{
  (void)state;
  struct pem pem;
  struct text error;
  assert_int_equal(pem_read_file(arena, "/nonexistent/x.pem", &pem, &error), PEM_FILE_ABSENT);
  assert_int_equal(pem_read_file(arena, pki.folder, &pem, &error), PEM_FILE_WRONG);
  assert_true(text_is(error, "is a folder"));
  assert_int_equal(pem_read_file(arena, "/dev/zero", &pem, &error), PEM_FILE_WRONG);
  const char *path = text_format(arena, "%s/client.pem", pki.folder).at;
  assert_int_equal(pem_read_file(arena, path, &pem, &error), PEM_FILE_READ);
}

static void chains_are_put_in_order(void **state)
{
  (void)state;
  struct chain chain;
  struct cert mixed[] = {pki.root, pki.client, pki.client, pki.root};
  assert_true(chain_make(arena, &(struct cert_list){mixed, 4}, &chain));
  assert_true(chain.repeated);
  assert_null(chain.second_leaf);
  assert_int_equal(chain.ordered.count, 2);
  assert_true(cert_same(&chain.ordered.items[0], &pki.client));
  struct cert_list root = {&pki.root, 1}, other = {&pki.other_root, 1}, leaf = {&pki.client, 1};
  assert_int_equal(chain_ends(&chain, &root), CHAIN_TRUSTED);
  assert_int_equal(chain_ends(&chain, &other), CHAIN_OTHER_ROOT);
  assert_true(chain_make(arena, &leaf, &chain));
  assert_false(chain.repeated);
  assert_int_equal(chain_ends(&chain, &root), CHAIN_TRUSTED);
  assert_int_equal(chain_ends(&chain, &other), CHAIN_INCOMPLETE);
  assert_false(chain_make(arena, &(struct cert_list){0}, &chain));
}

static void two_leaves_are_no_chain(void **state)
{
  (void)state;
  pki_shell(pki.folder,
            "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout b.key"
            " -out b.csr -subj /CN=b && openssl x509 -req -in b.csr -CA root.pem -CAkey"
            " root.key -CAcreateserial -days 30 -out b.pem");
  struct cert pair[] = {pki.client, pki_cert(arena, pki.folder, "b.pem"), pki.root};
  struct chain chain;
  assert_true(chain_make(arena, &(struct cert_list){pair, 3}, &chain));
  assert_non_null(chain.second_leaf);
  assert_true(text_is(chain.second_leaf->subject, "CN=b"));
}

static void facts_of_a_certificate(void **state)
{
  (void)state;
  static const struct {
    const char *make, *key, *signature;
    bool weak, clients, signs;
  } rows[] = {
      {"rsa -pkeyopt rsa_keygen_bits:2048 -sha1", "rsa 2048", "sha1", true, true, true},
      {"ec -pkeyopt ec_paramgen_curve:P-384 -sha384 -addext extendedKeyUsage=serverAuth",
       "ec p-384", "sha384", false, false, true},
      {"ed25519 -addext keyUsage=keyAgreement", "ed25519", "ed25519", false, true, false},
      {"ec -pkeyopt ec_paramgen_curve:P-256 -addext extendedKeyUsage=clientAuth -addext"
       " keyUsage=digitalSignature",
       "ec p-256", "sha256", false, true, true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    pki_shell(pki.folder, text_format(arena,
                                      "openssl req -x509 -newkey %s -nodes -keyout f.key -out"
                                      " f.pem -subj /CN=f",
                                      rows[i].make)
                              .at);
    struct cert cert = pki_cert(arena, pki.folder, "f.pem");
    assert_true(text_is(cert.key, rows[i].key));
    assert_true(text_is(cert.signature, rows[i].signature));
    assert_int_equal(cert.weak_signature, rows[i].weak);
    assert_int_equal(cert.for_clients, rows[i].clients);
    assert_int_equal(cert.may_sign, rows[i].signs);
  }
}

/* ---- ../shared/data/pem ---- */

/* "same", "warn" or "reject", judged as the checker judges a chain's file. */
static const char *verdict(const char *path, const struct cert_list *original)
{
  struct pem pem;
  struct chain chain;
  struct text error;
  if (pem_read_file(arena, path, &pem, &error) != PEM_FILE_READ ||
      !chain_make(arena, &pem.certs, &chain) || chain.second_leaf != NULL)
    return "reject";
  if (chain.repeated || (pem.repairs & PEM_NO_MARKERS) != 0)
    return "warn";
  /* The leaf is the original's; a file of the leaf alone is the beginning of the chain. */
  for (uint32_t i = 0; i < chain.ordered.count; i++)
    if (i >= original->count || !cert_same(&chain.ordered.items[i], &original->items[i]))
      return "other";
  return "same";
}

static void every_row_of_the_shared_data(void **state)
{
  (void)state;
  const char *folder = "../shared/data/pem";
  FILE *rows = fopen(text_format(arena, "%s/EXPECT.tsv", folder).at, "r");
  if (rows == NULL) {
    print_message("# SKIP %s is not present\n", folder);
    return; /* cmocka's skip() says "not ok" in TAP */
  }
  struct pem original;
  struct chain chain;
  struct text error;
  assert_int_equal(pem_read_file(arena, text_format(arena, "%s/00-original-chain.pem", folder).at,
                                 &original, &error),
                   PEM_FILE_READ);
  assert_true(chain_make(arena, &original.certs, &chain));
  char line[512], name[256], expect[32];
  int count = 0;
  while (fgets(line, sizeof line, rows) != NULL) {
    if (sscanf(line, "%255s %31s", name, expect) != 2 || strcmp(name, "file") == 0)
      continue;
    const char *got = verdict(text_format(arena, "%s/%s", folder, name).at, &chain.ordered);
    if (strcmp(got, expect) != 0)
      fail_msg("%s: %s, expected %s", name, got, expect);
    count++;
  }
  fclose(rows);
  assert_true(count > 0);
  print_message("# %d rows of %s\n", count, folder);
}

int main(void)
{
  cmocka_set_message_output(CM_OUTPUT_TAP);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_reads_one_way_is_read),
      cmocka_unit_test(literal_newlines_are_repaired_and_told),
      cmocka_unit_test(damage_is_refused_in_words),
      cmocka_unit_test(a_private_key_is_seen),
      cmocka_unit_test(files_that_are_none_are_named),
      cmocka_unit_test(chains_are_put_in_order),
      cmocka_unit_test(two_leaves_are_no_chain),
      cmocka_unit_test(facts_of_a_certificate),
      cmocka_unit_test(every_row_of_the_shared_data),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
