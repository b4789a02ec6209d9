/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse: which lines a text makes, what a mistake costs, and where its finding stands. A tree is
 * compared as text: one line of it a line, its block indented, kinds in the words of `add_lines`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/syntax/parse.h"

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

static const char *const op_words[] = {
    [EXPR_TERM] = "",         [EXPR_NOT] = "not",          [EXPR_AND] = "and", [EXPR_OR] = "or",
    [EXPR_EQUAL] = "==",      [EXPR_UNEQUAL] = "!=",       [EXPR_LESS] = "<",  [EXPR_GREATER] = ">",
    [EXPR_LESS_EQUAL] = "<=", [EXPR_GREATER_EQUAL] = ">=", [EXPR_PLUS] = "+",  [EXPR_MINUS] = "-",
};

static void add_expr(struct buffer *out, const struct expr *expr);

static void add_term(struct buffer *out, const struct term *term)
{
  if (term->kind == TERM_EXPR)
    add_expr(out, term->expr);
  else if (term->kind == TERM_TEXT)
    buffer_format(out, "\"%.*s\"", TEXT_ARG(term->text));
  else
    buffer_add_text(out, term->text);
}

static void add_expr(struct buffer *out, const struct expr *expr)
{
  if (expr->op == EXPR_TERM) {
    add_term(out, expr->term);
    return;
  }
  buffer_format(out, "(%s ", op_words[expr->op]);
  add_expr(out, expr->left);
  if (expr->right != NULL) {
    buffer_add_zero(out, " ");
    add_expr(out, expr->right);
  }
  buffer_add_zero(out, ")");
}

static void add_phrases(struct buffer *out, const struct phrase *phrase, uint32_t count)
{
  for (; phrase != NULL; phrase = phrase->next, count--) {
    uint32_t terms = 0;
    for (const struct term *term = phrase->terms; term != NULL; term = term->next, terms++) {
      if (terms != 0)
        buffer_add_zero(out, " ");
      add_term(out, term);
    }
    assert_int_equal(terms, phrase->term_count);
    buffer_add_zero(out, phrase->next != NULL ? ", " : "");
  }
  assert_int_equal(count, 0);
}

static void add_lines(struct buffer *out, const struct line *line, int depth);

static void add_block(struct buffer *out, const char *word, const struct block *block, int depth)
{
  if (block == NULL) {
    buffer_add_zero(out, "\n");
    return;
  }
  buffer_format(out, "%s{\n", word);
  add_lines(out, block->lines, depth + 1);
  buffer_format(out, "%*s}", depth * 2, "");
}

static void add_line(struct buffer *out, const struct line *line, int depth)
{
  static const char *const words[] = {[LINE_PLAIN] = "",
                                      [LINE_FOR_EACH] = "for-each ",
                                      [LINE_WHEN] = "when ",
                                      [LINE_TOGETHER] = "together ",
                                      [LINE_BROKEN] = "BROKEN "};
  if (line->doc.at != NULL)
    buffer_format(out, "[%.*s] ", TEXT_ARG(line->doc));
  buffer_add_zero(out, words[line->kind]);
  if (line->label.at != NULL)
    buffer_format(out, "%.*s: ", TEXT_ARG(line->label));
  if (line->kind == LINE_FOR_EACH)
    buffer_format(out, "%.*s in ", TEXT_ARG(line->variable));
  add_phrases(out, line->phrases, line->phrase_count);
  uint32_t clauses = 0;
  for (const struct clause *clause = line->clauses; clause != NULL; clause = clause->next) {
    buffer_format(out, " <%.*s> ", TEXT_ARG(clause->preposition));
    add_phrases(out, clause->phrases, clause->phrase_count);
    clauses++;
  }
  assert_int_equal(clauses, line->clause_count);
  if (line->guard != NULL) {
    buffer_add_zero(out, line->kind == LINE_WHEN ? "" : " ?");
    add_expr(out, line->guard);
  }
  add_block(out, " ", line->block, depth);
  if (line->otherwise != NULL)
    add_block(out, " otherwise ", line->otherwise, depth);
  if (line->block != NULL)
    buffer_add_zero(out, "\n");
}

static void add_lines(struct buffer *out, const struct line *line, int depth)
{
  for (; line != NULL; line = line->next) {
    buffer_format(out, "%*s", depth * 2, "");
    add_line(out, line, depth);
  }
}

/* The tree and the findings ("E0201 2:5", one after the other) of `renew 1` and text. */
static void expect(const char *text, const char *tree, const char *findings)
{
  struct buffer source = {0}, got_tree = {0}, got_findings = {0};
  buffer_format(&source, "renew 1\n%s", text);
  struct parsed parsed = parse_bytes(buffer_text(&source));
  buffer_add_zero(&got_tree, "");
  add_lines(&got_tree, parsed.ast->lines, 0);
  buffer_add_zero(&got_findings, "");
  for (uint32_t i = 0; i < parsed.diags.count; i++) {
    struct place place = source_place(&parsed.sources, parsed.diags.items[i]->primary);
    buffer_format(&got_findings, "%s%s %u:%u", i == 0 ? "" : ", ",
                  diag_code_name(parsed.diags.items[i]->code), place.line, place.column);
  }
  assert_string_equal(got_tree.bytes, tree);
  assert_string_equal(got_findings.bytes, findings);
  assert_int_equal(parsed.ast->has_errors, findings[0] != '\0');
  buffer_free(&source);
  buffer_free(&got_tree);
  buffer_free(&got_findings);
  arena_free(parsed.arena);
}

/* Headline and label of the only finding of `renew 1` and text. */
static void expect_message(const char *text, const char *headline, const char *label)
{
  struct buffer source = {0};
  buffer_format(&source, "renew 1\n%s", text);
  struct parsed parsed = parse_bytes(buffer_text(&source));
  assert_int_equal(parsed.diags.count, 1);
  const struct diag *diag = parsed.diags.items[0];
  assert_string_equal(text_zero(parsed.arena, diag->headline), headline);
  assert_string_equal(text_zero(parsed.arena, diag->label), label);
  buffer_free(&source);
  arena_free(parsed.arena);
}

/* --- what is well --- */

static void every_kind_of_line(void **state)
{
  (void)state;
  expect("a b c, d on e, f g with h when i == j {\n  k\n}\n"
         "l: m\n"
         "in n\n"
         "o: from p into q\n"
         "for each r in s, t using u {\n  v\n}\n"
         "for each w in x {\n}\n"
         "when y {\n  z\n} otherwise {\n  aa\n}\n"
         "when bb {\n}\notherwise {\n}\n"
         "together {\n  cc\n}\n",
         "a b c, d <on> e, f g <with> h ?(== i j) {\n  k\n}\n"
         "l: m\n"
         " <in> n\n"
         "o:  <from> p <into> q\n"
         "for-each r in s, t <using> u {\n  v\n}\n"
         "for-each w in x {\n}\n"
         "when y {\n  z\n} otherwise {\n  aa\n}\n"
         "when bb {\n} otherwise {\n}\n"
         "together  {\n  cc\n}\n",
         "");
}

static void lines_side_by_side(void **state)
{
  (void)state;
  expect("a { b } c { } d {\n}\ne { f { g } h }",
         "a {\n  b\n}\nc {\n}\nd {\n}\ne {\n  f {\n    g\n  }\n  h\n}\n", "");
}

static void how_operators_bind(void **state)
{
  (void)state;
  expect("when not a and b or c == d + e - 1 and not (f or g) {\n}\n",
         "when (or (and (not a) b) (and (== c (- (+ d e) 1)) (not (or f g)))) {\n}\n", "");
  expect("when a <= b and c >= d and e < f and g > h and i != j { }",
         "when (and (and (and (and (<= a b) (>= c d)) (< e f)) (> g h)) (!= i j)) {\n}\n", "");
  /* Where no operator fits they are words. */
  expect("a returns not 401, 403 or 404 and b", "a returns not 401, 403 or 404 and b\n", "");
}

static void documentation_belongs_to_the_line_below(void **state)
{
  (void)state;
  expect(
      "\n## of the file\n\n## one\n# renew: allow W0705 \"x\"\n## two\na {\n  ## three\n  b # c\n"
      "  ##\n  d\n}\n# e\nf ## g\nh\n",
      "[one\ntwo] a {\n  [three] b\n  [] d\n}\nf\nh\n", "");
}

static void comments_are_kept_in_order(void **state)
{
  (void)state;
  struct parsed parsed = parse_bytes(TEXT("renew 1\n# a\nb # c\r\n##  d\n#"));
  const char *expected[] = {"a", "c", " d", ""};
  const struct comment *comment = parsed.ast->comments;
  for (int i = 0; i < 4; i++, comment = comment->next) {
    assert_non_null(comment);
    assert_string_equal(text_zero(parsed.arena, comment->text), expected[i]);
  }
  assert_null(comment);
  arena_free(parsed.arena);
}

static void spans_are_the_words_themselves(void **state)
{
  (void)state;
  struct parsed parsed = parse_bytes(TEXT("renew 1\n  l: a b, c on d when e {\n    f\n  }\n"));
  const struct line *line = parsed.ast->lines;
#define SPAN(span) text_zero(parsed.arena, source_text(&parsed.sources, span))
  assert_string_equal(SPAN(line->span), "l: a b, c on d when e");
  assert_string_equal(SPAN(line->label_span), "l");
  assert_string_equal(SPAN(line->phrases->span), "a b");
  assert_string_equal(SPAN(line->clauses->span), "on d");
  assert_string_equal(SPAN(line->clauses->preposition_span), "on");
  assert_string_equal(SPAN(line->guard->span), "e");
  assert_string_equal(SPAN(line->block->open), "{");
  assert_string_equal(SPAN(line->block->close), "}");
  assert_string_equal(SPAN(line->block->lines->span), "f");
#undef SPAN
  arena_free(parsed.arena);
}

/* --- the first line --- */

static void expect_edition(const char *text, int64_t edition, const char *finding, bool has_lines)
{
  struct parsed parsed = parse_bytes(text_of(text));
  assert_int_equal(parsed.ast->edition, edition);
  assert_int_equal(parsed.diags.count, finding[0] != '\0');
  if (finding[0] != '\0')
    assert_string_equal(diag_code_name(parsed.diags.items[0]->code), finding);
  assert_int_equal(parsed.ast->lines != NULL, has_lines);
  arena_free(parsed.arena);
}

static void the_edition(void **state)
{
  (void)state;
  expect_edition("renew 1", 1, "", false);
  expect_edition("\xEF\xBB\xBFrenew 1 # x\r\na\r\n", 1, "", true);
  expect_edition("", 0, "E0217", false);
  expect_edition("a b\n", 0, "E0217", true);
  expect_edition("\nrenew 1\na\n", 0, "E0217", true);
  expect_edition("a\nrenew 1\n", 0, "E0217", true);
  expect_edition("renew\na\n", 0, "E0217", true);
  expect_edition("renew one\na\n", 0, "E0217", true);
  expect_edition("renew 0\na\n", 0, "E0217", true);
  expect_edition("renew 1 2\na\n", 0, "E0217", true);
  /* Of a newer edition nothing is judged. */
  expect_edition("renew 2\n) ) )\n", 2, "E0009", false);
  expect_edition("renew 1\na {\n  renew 45d before expiry\n}\n", 1, "", true);
}

/* --- one mistake, one line, one finding --- */

static void a_mistake_costs_its_line(void **state)
{
  (void)state;
  expect("a\nb ) c\nd\n", "a\nBROKEN b\nd\n", "E0201 3:3");
  expect(") a\nb\n", "BROKEN \nb\n", "E0202 2:1");
  expect("a {\n  ) b\n  c\n}\nd\n", "a {\n  BROKEN \n  c\n}\nd\n", "E0202 3:3");
  expect("a ) {\n  ) b\n  c\n}\nd ) e\n", "BROKEN a {\n  BROKEN \n  c\n}\nBROKEN d\n",
         "E0201 2:3, E0202 3:3, E0201 6:3");
  expect("role x ) {\n  b\n}\n", "BROKEN role x {\n  b\n}\n", "E0201 2:8");
  expect("l: a b ) c {\n  d\n}\n", "BROKEN l: a b {\n  d\n}\n", "E0201 2:8");
  expect("when a == {\n  b\n} otherwise {\n  c\n}\nd\n",
         "BROKEN  {\n  b\n} otherwise {\n  c\n}\nd\n", "E0201 2:11");
  expect("a on\nb\n", "BROKEN a\nb\n", "E0108 2:3");
  expect("a with\nb\n", "BROKEN a\nb\n", "E0201 2:7");
  expect("a with", "BROKEN a\n", "E0201 2:7");
  expect("a {\n  b with\n}\nc\n", "a {\n  BROKEN b\n}\nc\n", "E0201 3:9");
  expect("a (b\nc: d\n", "BROKEN a\nc: d\n", "E0201 2:5");
  expect("when (a == b {\n  c\n}\nd\n", "BROKEN  {\n  c\n}\nd\n", "E0201 2:14");
  expect("a == b\nc\n", "BROKEN a\nc\n", "E0201 2:3");
  expect("a < b\nc\n", "BROKEN a\nc\n", "E0201 2:3");
}

static void lists_and_commas(void **state)
{
  (void)state;
  expect("a {\n  b c, d,\n}\ne\n", "a {\n  BROKEN b c\n}\ne\n", "E0205 3:9");
  expect("a b,\nc: d\n", "BROKEN a b\nc: d\n", "E0205 2:4");
  expect("a b,", "BROKEN a b\n", "E0205 2:4");
  expect("a b, {\n  c\n}\n", "BROKEN a b {\n  c\n}\n", "E0205 2:4");
  expect("a b,, c\nd\n", "BROKEN a b\nd\n", "E0201 2:5");
  expect("plan p {\n  renews a,\n  policy overlap\n}\n",
         "plan p {\n  BROKEN renews a\n  policy overlap\n}\n", "E0205 3:11");
  expect("table t with a, b {\n  c,\n  d, e\n}\n", "table t <with> a, b {\n  BROKEN c\n  d, e\n}\n",
         "E0205 3:4");
}

static void reserved_words(void **state)
{
  (void)state;
  expect("for each in in a {\n  b\n}\n", "BROKEN  {\n  b\n}\n", "E0203 2:10");
  expect("together: a b\nc\n", "BROKEN \nc\n", "E0203 2:1");
  expect("and: a b\nc\n", "BROKEN \nc\n", "E0203 2:1");
  expect("for each not in a {\n}\n", "for-each not in a {\n}\n", "E0203 2:10");
  /* The name is kept: whoever uses it says nothing new. */
  expect("role on \"Title\" {\n}\n", "role on \"Title\" {\n}\n", "E0203 2:6");
  expect("role or {\n}\n", "role or {\n}\n", "E0203 2:6");
  expect("param to as string\n", "param to <as> string\n", "E0203 2:7");
  expect("secret from env \"X\"\n", "secret <from> env \"X\"\n", "");
  expect("for each a of b {\n  c\n}\n", "BROKEN  {\n  c\n}\n", "E0215 2:12");
  expect("for each {\n  c\n}\n", "BROKEN  {\n  c\n}\n", "E0215 2:9");
  expect("for each a\nb\n", "BROKEN \nb\n", "E0215 2:11");
}

static void otherwise_alone(void **state)
{
  (void)state;
  expect("a\notherwise {\n  b\n}\nc\n", "a\nBROKEN  {\n  b\n}\nc\n", "E0216 3:1");
  expect("a {\n  b\n} otherwise {\n  c\n}\n", "a {\n  b\n}\nBROKEN  {\n  c\n}\n", "E0216 4:3");
  expect("when a {\n} otherwise {\n} otherwise {\n}\n",
         "when a {\n} otherwise {\n}\nBROKEN  {\n}\n", "E0216 4:3");
}

static void keys_with_a_colon(void **state)
{
  (void)state;
  expect("role r {\n  reach: by console \"x\"\n  title: \"y\"\n}\n",
         "role r {\n  reach <by> console \"x\"\n  title \"y\"\n}\n", "E0114 3:8, E0114 4:8");
  expect("plan p {\n  a: b c d\n  deadline: 2027-03-01\n}\n",
         "plan p {\n  a: b c d\n  deadline 2027-03-01\n}\n", "E0114 4:11");
  expect("ask restart: b tells c\n", "ask restart b tells c\n", "E0114 2:12");
}

/* --- braces --- */

static void a_lost_closing_brace(void **state)
{
  (void)state;
  const char *tree = "a {\n  b {\n    c\n  }\n  d\n}\ne {\n  f\n}\n";
  expect("a {\n  b {\n    c\n  d\n}\ne {\n  f\n}\n", tree, "E0206 3:5");
  expect("a {\n  b {\n    c\n  }\n  d\ne {\n  f\n}\n", tree, "E0206 2:3");
  expect("a {\n  b {\n    c\n  }\n  d\n}\ne {\n  f\n", tree, "E0206 8:3");
  /* Several at the end of a file are one cause. */
  expect("a {\n  b {\n    c {\n      d\n", "a {\n  b {\n    c {\n      d\n    }\n  }\n}\n",
         "E0206 4:7");
}

static void a_lost_opening_brace(void **state)
{
  (void)state;
  const char *tree = "a {\n  b {\n    c\n  }\n  d\n}\ne {\n  f\n}\n";
  expect("a {\n  b\n    c\n  }\n  d\n}\ne {\n  f\n}\n", tree, "E0204 3:4");
  expect("a\n  b {\n    c\n  }\n  d\n}\ne {\n  f\n}\n", tree, "E0204 2:2");
  expect("when a {\n  b\n} otherwise\n  c\n}\n", "when a {\n  b\n} otherwise {\n  c\n}\n",
         "E0204 4:12");
  expect("a\n{\n  b\n}\n", "a {\n  b\n}\n", "E0204 3:1");
  expect("{\n  a\n}\nb\n", "BROKEN  {\n  a\n}\nb\n", "E0202 2:1");
}

static void a_brace_too_many(void **state)
{
  (void)state;
  expect("a {\n  b {\n    c\n  }\n  }\n  d\n}\n", "a {\n  b {\n    c\n  }\n  d\n}\n", "E0207 6:3");
  expect("a {\n  b {\n    c\n  } }\n  d\n}\n", "a {\n  b {\n    c\n  }\n  d\n}\n", "E0207 5:5");
  expect("a {\n  b\n}\n}\nc\n", "a {\n  b\n}\nc\n", "E0207 5:1");
  expect("a { {\n  b\n}\nc {\n  d\n}\n", "a {\n  b\n}\nc {\n  d\n}\n", "E0202 2:5");
}

static void braces_without_indentation(void **state)
{
  (void)state;
  expect("role a {\nb\nrole c {\nd\n}\n", "role a {\n  b\n}\nrole c {\n  d\n}\n", "E0206 2:8");
  expect("role a\nb\n}\nrole c {\nd\n}\n", "role a {\n  b\n}\nrole c {\n  d\n}\n", "E0204 2:7");
  expect("plan a {\nx: b c d {\ncheck e\ny: f g h\n}\n",
         "plan a {\n  x: b c d {\n    check e\n  }\n  y: f g h\n}\n", "E0206 3:10");
  expect("plan a {\nx: b c d\ncheck e\n}\ny: f g h\n}\n",
         "plan a {\n  x: b c d {\n    check e\n  }\n  y: f g h\n}\n", "E0204 3:9");
  expect("plan a {\nfor each b in c\nx: d e f\n}\n}\n",
         "plan a {\n  for-each b in c {\n    x: d e f\n  }\n}\n", "E0204 3:16");
}

/* Where every brace has its partner, indentation is free, and a key may be called like a kind. */
static void layout_is_free(void **state)
{
  (void)state;
  expect("service-instance a {\nplan b\nkeystore c\n}\nd {\n      e\n  f\n }\n",
         "service-instance a {\n  plan b\n  keystore c\n}\nd {\n  e\n  f\n}\n", "");
  /* Two mistakes that cancel each other out are still seen. */
  expect("role a {\n  b\n\nrole c {\n  d\n}\n}\n", "role a {\n  b\n}\nrole c {\n  d\n}\n",
         "E0206 2:8, E0207 8:1");
}

/* --- limits --- */

static void repeat(struct buffer *out, const char *words, size_t count)
{
  for (size_t i = 0; i < count; i++)
    buffer_add_zero(out, words);
}

static uint32_t count_findings(struct text bytes, enum diag_code code, uint32_t *ret_all)
{
  struct parsed parsed = parse_bytes(bytes);
  uint32_t count = 0;
  for (uint32_t i = 0; i < parsed.diags.count; i++)
    count += parsed.diags.items[i]->code == code;
  *ret_all = parsed.diags.count;
  arena_free(parsed.arena);
  return count;
}

static void expect_nested(const char *before, const char *open, const char *middle,
                          const char *close, const char *behind, size_t depth, uint32_t findings)
{
  struct buffer bytes = {0};
  uint32_t all;
  buffer_format(&bytes, "renew 1\n%s", before);
  repeat(&bytes, open, depth);
  buffer_add_zero(&bytes, middle);
  repeat(&bytes, close, depth);
  buffer_add_zero(&bytes, behind);
  assert_int_equal(count_findings(buffer_text(&bytes), DIAG_E0220, &all), findings);
  assert_int_equal(all, findings);
  buffer_free(&bytes);
}

static void nesting_has_a_limit(void **state)
{
  (void)state;
  enum { MANY = 10000, OPERATORS = 100 };
  expect_nested("", "a { ", "b", " }", "\n", PARSE_DEPTH_LIMIT, 0);
  expect_nested("", "a { ", "b", " }", "\n", PARSE_DEPTH_LIMIT + 1, 1);
  expect_nested("", "a { ", "b", " }", "\n", MANY, 1);
  expect_nested("when ", "(", "b", ")", " { }\n", PARSE_DEPTH_LIMIT, 0);
  expect_nested("when ", "(", "b", ")", " { }\n", PARSE_DEPTH_LIMIT + 1, 1);
  expect_nested("when ", "(", "b", ")", " { }\n", MANY, 1);
  expect_nested("when ", "not ", "b", "", " { }\n", OPERATORS, 0);
  expect_nested("when ", "not ", "b", "", " { }\n", OPERATORS + 1, 1);
  expect_nested("when b", " + b", "", "", " { }\n", OPERATORS, 0);
  expect_nested("when b", " + b", "", "", " { }\n", MANY, 1);
}

/* Every construct at its deepest at once: the parser's stack holds it. */
static void the_stack_is_deep_enough(void **state)
{
  (void)state;
  struct buffer bytes = {0};
  uint32_t all;
  buffer_add_zero(&bytes, "renew 1\n");
  repeat(&bytes, "when a {\n} otherwise {\n", PARSE_DEPTH_LIMIT);
  buffer_add_zero(&bytes, "l: a, b in c, d e when ");
  repeat(&bytes, "a or b and not c == d + (", PARSE_DEPTH_LIMIT);
  buffer_add_zero(&bytes, "e");
  repeat(&bytes, ")", PARSE_DEPTH_LIMIT);
  buffer_add_zero(&bytes, "\n");
  repeat(&bytes, "}\n", PARSE_DEPTH_LIMIT);
  assert_int_equal(count_findings(buffer_text(&bytes), DIAG_E0220, &all), 0);
  assert_int_equal(all, 0);
  buffer_free(&bytes);
}

/* --- words of the messages --- */

static void what_was_expected(void **state)
{
  (void)state;
  expect_message("for each a in b\nc\n", "this line ends too early",
                 "expected a name, a text in double quotes, a value, `,`, a word such as `with` or "
                 "`{`");
  expect_message("a with )\n", "`)` does not fit here",
                 "expected a name, a text in double quotes or a value");
  expect_message("together a {\n}\n", "`a` does not fit here", "expected `{`");
  expect_message("when (a b) { }\n", "`b` does not fit here",
                 "expected `)`, a comparison such as `==`, `and` or `or`");
  expect_message("when a < b < c { }\n", "`<` does not fit here", "expected `and`, `or` or `{`");
  expect_message(", a\n", "a line cannot start with `,`",
                 "a line begins with a word: a label, a role, a key or a declaration");
  expect_message("when: a b\n", "`when` cannot be a label",
                 "a word of the language; take another name");
}

/* --- fixes --- */

/* The edits of one finding stand in the order of the text. */
static void apply_fix(struct buffer *out, struct text bytes, const struct diag *diag)
{
  size_t at = 0;
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next) {
    assert_true(edit->span.at >= at);
    buffer_add(out, bytes.at + at, edit->span.at - at);
    buffer_add_text(out, edit->text);
    at = edit->span.at + edit->span.length;
  }
  buffer_add(out, bytes.at + at, bytes.length - at);
}

/* The only finding of the text has a fix of that kind, and behind the fix nothing is found. */
static void expect_mended(const char *text, enum fix_kind kind, const char *mended)
{
  struct parsed before = parse_bytes(text_of(text));
  assert_int_equal(before.diags.count, 1);
  assert_int_equal(before.diags.items[0]->fix_kind, kind);
  struct buffer bytes = {0};
  apply_fix(&bytes, text_of(text), before.diags.items[0]);
  assert_string_equal(bytes.bytes, mended);
  struct parsed after = parse_bytes(buffer_text(&bytes));
  assert_int_equal(after.diags.count, 0);
  buffer_free(&bytes);
  arena_free(before.arena);
  arena_free(after.arena);
}

static void fixes_mend(void **state)
{
  (void)state;
  expect_mended("a\n", FIX_SAFE, "renew 1\na\n");
  expect_mended("a\nrenew 1\n", FIX_SAFE, "renew 1\na\n\n");
  expect_mended("renew one\na\n", FIX_UNSAFE, "renew 1\na\n");
  expect_mended("renew 1\na \"b\n", FIX_UNSAFE, "renew 1\na \"b\"\n");
  expect_mended("renew 1\na \"b {\n}\n", FIX_UNSAFE, "renew 1\na \"b\" {\n}\n");
  expect_mended("renew 1\na \"C:\\dir\"\n", FIX_UNSAFE, "renew 1\na \"C:\\\\dir\"\n");
  expect_mended("renew 1\na https://b/c\n", FIX_SAFE, "renew 1\na \"https://b/c\"\n");
  expect_mended("renew 1\na\u2013b\n", FIX_UNSAFE, "renew 1\na-b\n");
  expect_mended("renew 1\na\u00A0b\n", FIX_SAFE, "renew 1\na b\n");
  expect_mended("renew 1\na\u200Bb\n", FIX_SAFE, "renew 1\nab\n");
  expect_mended("renew 1\naB_c\n", FIX_UNSAFE, "renew 1\na-b-c\n");
  expect_mended("renew 1\na 'b'\n", FIX_SAFE, "renew 1\na \"b\"\n");
  expect_mended("renew 1\na true\n", FIX_SAFE, "renew 1\na yes\n");
  expect_mended("renew 1\na on\n", FIX_SAFE, "renew 1\na yes\n");
  expect_mended("renew 1\na 30 days\n", FIX_SAFE, "renew 1\na 30d\n");
  expect_mended("renew 1\na 9:00\n", FIX_SAFE, "renew 1\na 09:00\n");
  expect_mended("renew 1\na;\n", FIX_SAFE, "renew 1\na\n");
  expect_mended("renew 1\na = b\n", FIX_SAFE, "renew 1\na b\n");
  expect_mended("renew 1\na: \"b\"\n", FIX_SAFE, "renew 1\na \"b\"\n");
  expect_mended("renew 1\na\n{\n}\n", FIX_SAFE, "renew 1\na {\n\n}\n");
  expect_mended("renew 1\na\n  b\n}\n", FIX_UNSAFE, "renew 1\na {\n  b\n}\n");
  expect_mended("renew 1\na b,", FIX_UNSAFE, "renew 1\na b");
  expect_mended("renew 1\na {\n}\n}\n", FIX_UNSAFE, "renew 1\na {\n}\n\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_of_line),
      cmocka_unit_test(lines_side_by_side),
      cmocka_unit_test(how_operators_bind),
      cmocka_unit_test(documentation_belongs_to_the_line_below),
      cmocka_unit_test(comments_are_kept_in_order),
      cmocka_unit_test(spans_are_the_words_themselves),
      cmocka_unit_test(the_edition),
      cmocka_unit_test(a_mistake_costs_its_line),
      cmocka_unit_test(lists_and_commas),
      cmocka_unit_test(reserved_words),
      cmocka_unit_test(otherwise_alone),
      cmocka_unit_test(keys_with_a_colon),
      cmocka_unit_test(a_lost_closing_brace),
      cmocka_unit_test(a_lost_opening_brace),
      cmocka_unit_test(a_brace_too_many),
      cmocka_unit_test(braces_without_indentation),
      cmocka_unit_test(layout_is_free),
      cmocka_unit_test(nesting_has_a_limit),
      cmocka_unit_test(the_stack_is_deep_enough),
      cmocka_unit_test(what_was_expected),
      cmocka_unit_test(fixes_mend),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
