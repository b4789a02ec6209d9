/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lexer: what the characters of a line make: terms with their values, and findings with their place.
 * Everything is seen through parse_source, as check sees it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/syntax/parse.h"

enum { NAME_MAX_TESTED = 80 };

struct parsed {
  struct arena *arena;
  struct source_set sources;
  struct diag_list diags;
  struct ast_file *ast;
};

static struct parsed parse_bytes(struct text bytes)
{
  struct parsed parsed = {.arena = arena_new("test", 0)};
  uint32_t file;
  size_t bad;
  source_set_start(&parsed.sources, parsed.arena, TEXT(""));
  diag_list_start(&parsed.diags, parsed.arena);
  assert_int_equal(source_give(&parsed.sources, TEXT("x.renew"), bytes, &file, &bad), SOURCE_OK);
  parsed.ast = parse_source(parsed.arena, &parsed.sources, file, &parsed.diags);
  diag_list_sort(&parsed.diags);
  return parsed;
}

static const char *const term_words[] = {
    [TERM_NAME] = "name",         [TERM_PATH] = "path",         [TERM_TEXT] = "text",
    [TERM_NUMBER] = "number",     [TERM_DURATION] = "duration", [TERM_DATE] = "date",
    [TERM_DATETIME] = "datetime", [TERM_TIME] = "time",         [TERM_MONTH_DAY] = "month-day",
    [TERM_YES_NO] = "yes-no",     [TERM_EXPR] = "expr",
};

/* "name a; duration 5400 90m": kind, number where it has one, and text. */
static void add_terms(struct buffer *out, const struct phrase *phrase)
{
  for (; phrase != NULL; phrase = phrase->next) {
    for (const struct term *term = phrase->terms; term != NULL; term = term->next) {
      buffer_format(out, "%s%s ", out->size_bytes == 0 ? "" : "; ", term_words[term->kind]);
      if (term->kind == TERM_NUMBER || term->kind == TERM_DURATION || term->kind == TERM_TIME ||
          term->kind == TERM_MONTH_DAY || term->kind == TERM_YES_NO)
        buffer_format(out, "%lld ", (long long)term->number);
      buffer_format(out, "%s%.*s", term->is_block ? "block " : "", TEXT_ARG(term->text));
    }
    if (phrase->next != NULL)
      buffer_add_zero(out, ";,");
  }
}

static void add_findings(struct buffer *out, const struct parsed *parsed)
{
  for (uint32_t i = 0; i < parsed->diags.count; i++) {
    const struct diag *diag = parsed->diags.items[i];
    struct place place = source_place(&parsed->sources, diag->primary);
    buffer_format(out, "%s%s %u:%u+%u", i == 0 ? "" : ", ", diag_code_name(diag->code), place.line,
                  place.column, diag->primary.length);
  }
}

/* The terms of the last line, and the findings, of `renew 1`, then line. */
static void expect(const char *line, const char *terms, const char *findings)
{
  struct buffer source = {0}, got_terms = {0}, got_findings = {0};
  buffer_add_zero(&source, "renew 1\n");
  buffer_add_zero(&source, line);
  struct parsed parsed = parse_bytes(buffer_text(&source));
  const struct line *last = parsed.ast->lines;
  while (last != NULL && last->next != NULL)
    last = last->next;
  buffer_add_zero(&got_terms, "");
  if (last != NULL) {
    if (last->kind == LINE_BROKEN)
      buffer_add_zero(&got_terms, "broken");
    add_terms(&got_terms, last->phrases);
  }
  buffer_add_zero(&got_findings, "");
  add_findings(&got_findings, &parsed);
  assert_string_equal(got_terms.bytes, terms);
  assert_string_equal(got_findings.bytes, findings);
  buffer_free(&source);
  buffer_free(&got_terms);
  buffer_free(&got_findings);
  arena_free(parsed.arena);
}

static void names_and_paths(void **state)
{
  (void)state;
  expect("a b-2 c3.d-e.f when-x yes-no for-each and or not",
         "name a; name b-2; path c3.d-e.f; "
         "name when-x; name yes-no; name for-each; name and; name or; name not",
         "");
  expect("tenantAdmin CLIENT_new HTTPServer x__y a-- b..c d.",
         "name tenant-admin; "
         "name client-new; name http-server; name x-y; name a; path b.c; name d",
         "E0106 2:1+11, E0106 2:13+10, E0106 2:24+10, E0106 2:35+4, E0106 2:40+3, E0106 2:44+4, "
         "E0106 2:49+2");
  expect("a ___ b", "broken; name a", "E0106 2:3+3");
  expect("3rd-node 10.0.0.1", "text 3rd-node; text 10.0.0.1", "E0106 2:1+8, E0106 2:10+8");
}

static void long_names(void **state)
{
  (void)state;
  char name[NAME_MAX_TESTED + 2];
  memset(name, 'a', sizeof name);
  name[64] = '\0';
  char expected[NAME_MAX_TESTED + 16];
  snprintf(expected, sizeof expected, "name %s", name);
  expect(name, expected, "");
  name[64] = 'a';
  name[65] = '\0';
  expect(name, expected, "E0112 2:1+65");
  /* A megabyte in one name is one finding, shortened. */
  enum { MEGABYTE = 1 << 20 };
  char *large = malloc(MEGABYTE + 1);
  assert_non_null(large);
  memset(large, 'a', MEGABYTE);
  large[MEGABYTE] = '\0';
  memcpy(large, "renew 1\n", 8);
  struct parsed parsed = parse_bytes((struct text){large, MEGABYTE});
  assert_int_equal(parsed.diags.count, 1);
  assert_true(parsed.diags.items[0]->headline.length < 100);
  arena_free(parsed.arena);
  free(large);
}

static void numbers_and_durations(void **state)
{
  (void)state;
  expect("a 0 3072 1000000000",
         "name a; number 0 0; number 3072 3072; "
         "number 1000000000 1000000000",
         "");
  expect("a 1000000001", "name a; number 1000000000 1000000001", "E0112 2:3+10");
  expect("a 99999999999999999999999999", "name a; number 1000000000 99999999999999999999999999",
         "E0112 2:3+26");
  expect("a 1.5", "name a; number 0 1.5", "E0112 2:3+3");
  expect("a 90m 1h30m 24h 2w 45d 10s",
         "name a; duration 5400 90m; duration 5400 1h30m; "
         "duration 86400 24h; duration 1209600 2w; duration 3888000 45d; duration 10 10s",
         "");
  expect("a 36525d", "name a; duration 3155760000 36525d", "");
  expect("a 36526d", "name a; duration 3155760000 36526d", "E0112 2:3+6");
  expect("a 99999999999999999999w9999999999999999999999w",
         "name a; duration 3155760000 99999999999999999999w9999999999999999999999w",
         "E0112 2:3+44");
  expect("a 1.5h", "name a; duration 86400 1.5h", "E0109 2:3+4");
  expect("a 30min", "name a; duration 86400 30min", "E0109 2:3+5");
  expect("a 30 days b", "name a; duration 2592000 30 days; name b", "E0109 2:3+7");
  expect("a 2 months", "name a; duration 5184000 2 months", "E0109 2:3+8");
  expect("a 3 times 30 days-x", "name a; number 3 3; name times; number 30 30; name days-x", "");
}

static void dates_and_times(void **state)
{
  (void)state;
  expect("a 2027-03-01 2027-03-01T22:00 2027-03-01T22:00Z 22:00 00:00 23:59",
         "name a; date 2027-03-01; datetime 2027-03-01T22:00; datetime 2027-03-01T22:00Z; "
         "time 1320 22:00; time 0 00:00; time 1439 23:59",
         "");
  expect("a 2028-02-29 2000-02-29", "name a; date 2028-02-29; date 2000-02-29", "");
  expect("a 2027-02-29", "name a; date 2027-02-28", "E0110 2:3+10");
  expect("a 1900-02-29", "name a; date 1900-02-28", "E0110 2:3+10");
  expect("a 2027-13-01", "name a; date 2027-12-01", "E0110 2:3+10");
  expect("a 2027-3-1", "name a; date 2000-01-01", "E0110 2:3+8");
  expect("a 2027-03-01T24:00Z", "name a; datetime 2027-03-01T23:00Z", "E0111 2:3+17");
  expect("a 24:00", "name a; time 1380 24:00", "E0111 2:3+5");
  expect("a 22:60", "name a; time 1379 22:60", "E0111 2:3+5");
  expect("a 9:00", "name a; time 0 9:00", "E0111 2:3+4");
  expect("a 22:00:00", "name a; time 0 22:00:00", "E0111 2:3+8");
  expect("a March 1, February 29", "name a; month-day 301 March 1;,; month-day 229 February 29",
         "");
  expect("a February 30", "name a; month-day 229 February 30", "E0110 2:3+11");
  expect("a March", "name a; month-day 301 March", "E0110 2:3+5");
}

static void yes_and_no(void **state)
{
  (void)state;
  expect("a yes no", "name a; yes-no 1 yes; yes-no 0 no", "");
  expect("a true false off True",
         "name a; yes-no 1 true; yes-no 0 false; yes-no 0 off; "
         "yes-no 1 True",
         "E0108 2:3+4, E0108 2:8+5, E0108 2:14+3, E0108 2:18+4");
  expect("a on", "broken; name a", "E0108 2:3+2");
}

static void texts(void **state)
{
  (void)state;
  expect("a \"\" \"b c\" \"${d}\"", "name a; text ; text b c; text ${d}", "");
  expect("a \"q\\\"b\\\\n\\n\\t\\u{41}\\u{1F511}\"", "name a; text q\"b\\n\n\tA\U0001F511", "");
  expect("a \"C:\\dir\"", "name a; text C:\\dir", "E0103 2:6+2");
  expect("a \"\\u{0}\\u{d800}\\u{1234567}\\u\"", "name a; text \\u{0}\\u{d800}\\u{1234567}\\u",
         "E0103 2:4+5, E0103 2:9+8, E0103 2:17+2, E0103 2:28+2");
  expect("a 'b' c", "name a; text b; name c", "E0107 2:3+3");
  expect("a it's b", "name a; name it; text s b", "E0107 2:5+4");
}

static void texts_that_are_not_closed(void **state)
{
  (void)state;
  expect("a \"b c\nd", "name d", "E0101 2:3+4");
  expect("a b c\"\nd", "name d", "E0101 2:6+1");
  expect("a The Words\" x", "broken; name a; name the", "E0101 2:12+1");
  /* The brace of the line is not swallowed. */
  expect("a \"b {\n  c\n}", "name a; text b", "E0101 2:3+2");
  expect("a b\" {\n  c\n}", "broken; name a; name b", "E0101 2:4+1");
}

static void block_texts(void **state)
{
  (void)state;
  expect("a \"\"\"\n    one\n      two \\u{41}\n\n    three\n    \"\"\" b",
         "name a; text block one\n  two A\n\nthree; name b", "");
  expect("a \"\"\"one\n  two\"\"\"", "name a; text block one\ntwo", "");
  expect("a \"\"\"\r\n  one\r\n  two\r\n  \"\"\"\r\nb", "name b", "");
  expect("a \"\"\" \"\" \"\"\"", "name a; text block  \"\" ", "");
  expect("a \"\"\"\n  one\n\nrole b {\n}", "name role; name b", "E0102 2:3+3");
  expect("a \"\"\"\n  one\n  \"\"\nc", "name c", "E0102 2:3+3");
  expect("a \"\"\"\n  one\n  \"\\q", "name a; text block one\n\"\\q", "E0102 2:3+3, E0103 4:4+2");
}

static void limits_of_texts(void **state)
{
  (void)state;
  enum { TEXT_BYTES = 4096, BLOCK_BYTES = 65536 };
  char *line = malloc(BLOCK_BYTES + 32);
  assert_non_null(line);
  for (int extra = 0; extra <= 1; extra++) {
    size_t sizes[2] = {(size_t)TEXT_BYTES + (size_t)extra, (size_t)BLOCK_BYTES + (size_t)extra};
    const char *quotes[2] = {"\"", "\"\"\""};
    for (int kind = 0; kind < 2; kind++) {
      size_t at = (size_t)sprintf(line, "renew 1\na %s", quotes[kind]);
      memset(line + at, 'b', sizes[kind]);
      at += sizes[kind];
      at += (size_t)sprintf(line + at, "%s\n", quotes[kind]);
      struct parsed parsed = parse_bytes((struct text){line, at});
      assert_int_equal(parsed.diags.count, extra);
      assert_int_equal(diag_list_has_code(&parsed.diags, DIAG_E0112), extra);
      arena_free(parsed.arena);
    }
  }
  free(line);
}

static void characters_that_cannot_stand(void **state)
{
  (void)state;
  expect("a ü b", "broken; name a", "E0104 2:3+2");
  expect("a $ b % c\nd", "name d", "E0104 2:3+1");
  expect("a https://x/y?z#f b", "name a; text https://x/y?z#f; name b", "E0104 2:3+15");
  expect("a /etc/x ./y ops@acme.example", "name a; text /etc/x; text ./y; text ops@acme.example",
         "E0104 2:3+6");
  expect("a \u201Cb\u201D", "broken; name a", "E0104 2:3+3");
}

static void invisible_characters(void **state)
{
  (void)state;
  expect("a\u00A0b", "name a; name b", "E0105 2:2+2");
  expect("a \"b\u202Ec\"", "name a; text b\u202Ec", "E0105 2:5+3");
  expect("# c\u200Bd\na", "name a", "E0105 2:4+3");
  expect("a \uFEFF b", "name a; name b", "E0105 2:3+3");
  expect("a \rb", "name a; name b", "E0105 2:3+1");
  expect("a \"b\rc\"", "name a; text b\rc", "E0105 2:5+1");
  struct parsed parsed = parse_bytes(TEXT("\uFEFFrenew 1\na \"\0\" # \0\nb\0c\n\0"));
  struct buffer findings = {0};
  add_findings(&findings, &parsed);
  assert_string_equal(findings.bytes, "E0105 2:4+1, E0105 2:9+1, E0105 3:2+1, E0105 4:1+1");
  buffer_free(&findings);
  arena_free(parsed.arena);
}

static void signs_of_other_languages(void **state)
{
  (void)state;
  expect("a = b", "name a; name b", "E0114 2:3+1");
  expect("a := b", "name a; name b", "E0114 2:3+2");
  expect("a b: c", "name a; name b; name c", "E0114 2:4+1");
  expect("url: \"x\"", "name url; text x", "E0114 2:4+1");
  expect("= b", "broken", "E0104 2:1+1");
  expect("a;\nb;;  # c", "name b", "E0113 2:2+1, E0113 3:2+2");
  expect("a; b", "broken; name a", "E0104 2:2+1");
}

static void line_ends(void **state)
{
  (void)state;
  expect("a\r\nb c\r\n", "name b; name c", "");
  expect("a\n\n\n  # c\n\n", "name a", "");
  expect("a b,\n  c,\n\n  d", "name a; name b;,; name c;,; name d", "");
  expect("a (b\n  == c)", "name a; expr (b\n  == c)", "");
}

static void binary_bytes_give_few_findings(void **state)
{
  (void)state;
  enum { LINES = 1000, FINDINGS = 8 };
  struct buffer bytes = {0};
  buffer_add_zero(&bytes, "renew 1\n");
  for (int i = 0; i < LINES; i++)
    buffer_add(&bytes, "\x01{\x7f*%\"\n", 7);
  struct parsed parsed = parse_bytes(buffer_text(&bytes));
  assert_true(parsed.diags.count <= FINDINGS);
  bool says_so = false;
  for (uint32_t i = 0; i < parsed.diags.count; i++)
    says_so |= parsed.diags.items[i]->notes != NULL;
  assert_true(says_so);
  arena_free(parsed.arena);
  buffer_free(&bytes);
}

static void findings_are_limited(void **state)
{
  (void)state;
  struct buffer bytes = {0};
  buffer_add_zero(&bytes, "renew 1\n");
  for (int i = 0; i < 2 * PARSE_FINDINGS_LIMIT; i++)
    buffer_add_zero(&bytes, "aB ) ;\n");
  struct parsed parsed = parse_bytes(buffer_text(&bytes));
  assert_int_equal(parsed.diags.count, PARSE_FINDINGS_LIMIT);
  arena_free(parsed.arena);
  buffer_free(&bytes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_and_paths),
      cmocka_unit_test(long_names),
      cmocka_unit_test(numbers_and_durations),
      cmocka_unit_test(dates_and_times),
      cmocka_unit_test(yes_and_no),
      cmocka_unit_test(texts),
      cmocka_unit_test(texts_that_are_not_closed),
      cmocka_unit_test(block_texts),
      cmocka_unit_test(limits_of_texts),
      cmocka_unit_test(characters_that_cannot_stand),
      cmocka_unit_test(invisible_characters),
      cmocka_unit_test(signs_of_other_languages),
      cmocka_unit_test(line_ends),
      cmocka_unit_test(binary_bytes_give_few_findings),
      cmocka_unit_test(findings_are_limited),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
