/* SPDX-License-Identifier: Apache-2.0 */
/* rplan_test: a plan file is read as it would be written, and in no other way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/digest.h"
#include "compiler/graph/rplan.h"
#include "tests/unit/plans.h"

static struct planned p;

static int setup(void **state)
{
  (void)state;
  planned_start(&p);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  planned_end(&p);
  return 0;
}

/* Every kind of value, argument, guard and option stands in it. */
static const char everything[] =
    "  a: admin creates client.new\n"
    "  when client.new.root != client.old.root and not client.old.root.used-elsewhere {\n"
    "    b: admin gives client.new.root to peer\n"
    "  } otherwise {\n"
    "    c: admin tells peer \"A \\\"quoted\\\" \\\\ word,\\n\\ta line and \\u{fc}\"\n"
    "  }\n"
    "  d: admin waits for 90m\n"
    "  for each node in out.nodes {\n"
    "    e: admin restarts out on node within 15m {\n"
    "      needs sign-off by 2 of peer not author\n"
    "      retry 3 times every 1m\n"
    "      evidence \"the log\"\n"
    "      on failure continue\n"
    "    }\n"
    "  }\n"
    "  f: admin replaces client.old with client.new in store keeping alias {\n"
    "    on failure roll-back\n"
    "    undo: admin restores store\n"
    "    check call of out on n-1 with client.new returns not 401, 403\n"
    "  }\n"
    "  g: admin, peer agree on night\n"
    "  h: peer removes client.old from server at any time\n";

static struct text written(const struct graph *graph)
{
  struct buffer out = {0};
  rplan_write(graph, &out);
  struct text bytes = text_copy(p.arena, buffer_text(&out));
  buffer_free(&out);
  return bytes;
}

static struct text plan_file(void)
{
  struct graph *graph = planned_lower(&p, "", everything, true);
  for (uint32_t i = 0; graph == NULL && i < p.diags.count; i++)
    print_message("# %.*s\n", TEXT_ARG(p.diags.items[i]->headline));
  assert_non_null(graph);
  return written(graph);
}

/* The document with a last line that fits it. */
static struct text sealed(struct text document)
{
  struct digest digest = digest_of(document);
  return text_format(p.arena, "%.*ssha256 %s\n", TEXT_ARG(document), digest.hex);
}

static struct text document_of(struct text file)
{
  return (struct text){file.at, file.length - strlen("sha256 \n") - DIGEST_HEX};
}

static struct graph *read_file(struct text bytes, enum diag_code expected)
{
  struct diag_list diags;
  diag_list_start(&diags, p.arena);
  struct graph *graph = rplan_read(p.arena, bytes, &diags);
  if (graph == NULL)
    assert_true(diag_list_has_code(&diags, expected));
  else
    assert_int_equal(diags.count, 0);
  return graph;
}

static void what_is_read_is_written_again(void **state)
{
  (void)state;
  struct text bytes = plan_file();
  struct graph *graph = read_file(bytes, DIAG_E1102);
  assert_non_null(graph);
  assert_true(text_equal(written(graph), bytes));
  assert_int_equal(graph->undo_count, 1);
  uint32_t step = graph_find_step(graph, TEXT("e[\"node 2\"]"));
  assert_int_not_equal(step, INDEX_NONE);
  assert_int_equal(graph->steps[step].retry_count, 3);
  assert_int_equal(graph->steps[step].retry_every_s, 60);
  assert_int_equal(graph->steps[step].sign_off_count, 2);
  assert_true(graph->steps[step].not_author);
  assert_true(text_is(graph->texts[graph->steps[step].argv.first + 2], "node 2"));
  const struct argument *code = step_argument(
      graph, &graph->steps[graph_find_step(graph, TEXT("f.check"))], PART_EXPECTED, 1);
  assert_int_equal(code->number, -403);
  uint32_t tells = graph_find_step(graph, TEXT("c"));
  assert_true(text_is(step_argument(graph, &graph->steps[tells], PART_TEXT, 0)->text,
                      "A \"quoted\" \\ word,\n\ta line and \xc3\xbc"));
}

static void the_digest_is_the_last_line(void **state)
{
  (void)state;
  struct text bytes = plan_file();
  struct digest digest = digest_of(document_of(bytes));
  assert_true(text_equal(rplan_digest(bytes), digest_text(&digest)));
  assert_int_equal(rplan_digest(TEXT("short")).length, 0);
}

static void the_same_plan_gives_the_same_bytes(void **state)
{
  (void)state;
  struct text first = plan_file();
  struct text kept = text_format(p.arena, "%.*s", TEXT_ARG(first));
  char *outlives = test_malloc(kept.length);
  memcpy(outlives, kept.at, kept.length);
  planned_end(&p);
  planned_start(&p);
  struct text second = plan_file();
  assert_int_equal(second.length, kept.length);
  assert_memory_equal(second.at, outlives, second.length);
  test_free(outlives);
}

/* Each byte in four ways; tests/run/rplan_flip.t does the same through the program. */
static void no_byte_can_be_changed(void **state)
{
  (void)state;
  struct text bytes = plan_file();
  char *copy = text_zero(p.arena, bytes);
  static const unsigned char masks[] = {0x01, 0x20, 0x80, 0xff};
  struct arena *scratch = arena_new("flip", 0);
  for (size_t i = 0; i < bytes.length; i++)
    for (size_t j = 0; j < sizeof masks; j++) {
      copy[i] = (char)(bytes.at[i] ^ masks[j]);
      struct diag_list diags;
      diag_list_start(&diags, scratch);
      assert_null(rplan_read(scratch, (struct text){copy, bytes.length}, &diags));
      assert_true(diag_list_has_code(&diags, DIAG_E1102));
      copy[i] = bytes.at[i];
    }
  arena_free(scratch);
}

static void no_part_is_a_plan(void **state)
{
  (void)state;
  struct text bytes = plan_file();
  for (size_t length = 0; length < bytes.length; length++)
    assert_null(read_file((struct text){bytes.at, length}, DIAG_E1102));
  assert_null(read_file(text_format(p.arena, "%.*s\n", TEXT_ARG(bytes)), DIAG_E1102));
}

/* A change with a new last line: canonical or not, it must not crash; and what is taken is canonical. */
static void what_is_taken_is_canonical(void **state)
{
  (void)state;
  struct text bytes = plan_file(), document = document_of(bytes);
  char *copy = text_zero(p.arena, document);
  struct arena *scratch = arena_new("change", 0);
  for (size_t i = 0; i + 1 < document.length; i++) {
    for (int change = 0; change < 3; change++) {
      static const char values[] = {'0', '"', '}'};
      copy[i] = values[change];
      struct digest digest = digest_of((struct text){copy, document.length});
      struct text file = text_format(scratch, "%ssha256 %s\n", copy, digest.hex);
      struct diag_list diags;
      diag_list_start(&diags, scratch);
      struct graph *graph = rplan_read(scratch, file, &diags);
      if (graph != NULL) {
        struct buffer again = {0};
        rplan_write(graph, &again);
        assert_true(text_equal(buffer_text(&again), file));
        buffer_free(&again);
      } else {
        assert_true(diag_list_has_code(&diags, DIAG_E1102) ||
                    diag_list_has_code(&diags, DIAG_E1122));
      }
      copy[i] = document.at[i];
    }
    if (i % 256 == 0) {
      arena_free(scratch);
      scratch = arena_new("change", 0);
    }
  }
  arena_free(scratch);
}

/* The one occurrence of `from` replaced, sealed again. */
static struct text edited(struct text bytes, const char *from, const char *to)
{
  struct text document = document_of(bytes);
  const char *at = memmem(document.at, document.length, from, strlen(from));
  assert_non_null(at);
  size_t before = (size_t)(at - document.at), behind = before + strlen(from);
  return sealed(text_format(p.arena, "%.*s%s%.*s", (int)before, document.at, to,
                            (int)(document.length - behind), document.at + behind));
}

static void other_spellings_are_refused(void **state)
{
  (void)state;
  static const char *const edits[][2] = {
      {"{\"$format\"", "{ \"$format\""},
      {"\"edition\":1", "\"edition\":01"},
      {"\"edition\":1", "\"edition\":1.0"},
      {"\"edition\":1", "\"edition\":-0"},
      {"\"edition\":1", "\"edition\":99999999999999999999"},
      {"\"name\":\"test\"", "\"name\":\"\\u0074est\""},
      {"\"name\":\"test\"", "\"name\":\"te\\/st\""},
      {"\"name\":\"test\"", "\"name\":\"te\xff\""},
      {"\"name\":\"test\"", "\"name\":\"te\x01\""},
      {"\"name\":\"test\"", "\"name\":\"test\",\"name\":\"test\""},
      {"\"name\":\"test\"", "\"nome\":\"test\""},
      {"\"number\":1,", "\"number\":2,"},
      {"\"within-seconds\":900", "\"within-seconds\":0"},
      {"\"roles\":[", "\"roles\":[],\"sealed\":["},
      {"\"verb\":\"creates\"", "\"verb\":\"destroys\""},
      {"\"kind\":\"role\"", "\"kind\":\"king\""},
      {"\"waits-for\":[0]", "\"waits-for\":[9]"},
      {"\"waits-for\":[0]", "\"waits-for\":[4294967295]"},
      {"\"waits-for\":[0]", "\"waits-for\":[]"},
      {"\"policy\":\"overlap\"", "\"policy\":\"luck\""},
      {"{\"join\":true", "{\"join\":false"},
      {"\"undo\":[{", "\"undo\":[{\"argv\":[],"},
      {"\"sha256\":\"", "\"sha256\":\"0"},
      {"\"path\":\"org/test.renew\"", "\"path\":\"/org/test.renew\""},
  };
  struct text bytes = plan_file();
  for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
    if (read_file(edited(bytes, edits[i][0], edits[i][1]), DIAG_E1102) != NULL)
      fail_msg("taken: %s", edits[i][1]);
}

static void another_format_is_named(void **state)
{
  (void)state;
  struct text bytes = plan_file();
  assert_null(read_file(edited(bytes, "renew.plan/2", "renew.plan/3"), DIAG_E1122));
  assert_null(
      read_file(sealed(TEXT("{\"$format\":\"renew.plan/77\",\"all\":\"new\"}\n")), DIAG_E1122));
  assert_null(read_file(sealed(TEXT("{\"$format\":\"renew.plan/0\"}\n")), DIAG_E1102));
  assert_null(read_file(sealed(TEXT("{\"format\":2}\n")), DIAG_E1102));
}

static void deep_and_wide_rubbish_is_refused(void **state)
{
  (void)state;
  struct buffer deep = {0};
  buffer_add_zero(&deep, "{\"$format\":\"renew.plan/2\",\"certificate\":[],\"edition\":1,\"guards\":[");
  for (int i = 0; i < 100000; i++)
    buffer_add_zero(&deep, "[");
  buffer_add_zero(&deep, "\n");
  assert_null(read_file(sealed(buffer_text(&deep)), DIAG_E1102));
  buffer_free(&deep);
  struct buffer wide = {0};
  buffer_add_zero(&wide, "{\"$format\":\"renew.plan/2\",\"certificate\":[],\"edition\":1,\"guards\":[");
  for (int i = 0; i < 100000; i++)
    buffer_add_zero(&wide, i == 0 ? "{\"constant\":true}" : ",{\"not\":0}");
  buffer_add_zero(&wide, "]\n");
  assert_null(read_file(sealed(buffer_text(&wide)), DIAG_E1102));
  buffer_free(&wide);
}

static void a_large_plan_comes_back(void **state)
{
  (void)state;
  struct text bytes = written(planned_chain(p.arena, 100000));
  struct graph *graph = read_file(bytes, DIAG_E1102);
  assert_non_null(graph);
  assert_int_equal(graph->action_count, 100000);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      T(what_is_read_is_written_again),
      T(the_digest_is_the_last_line),
      T(the_same_plan_gives_the_same_bytes),
      T(no_byte_can_be_changed),
      T(no_part_is_a_plan),
      T(what_is_taken_is_canonical),
      T(other_spellings_are_refused),
      T(another_format_is_named),
      T(deep_and_wide_rubbish_is_refused),
      T(a_large_plan_comes_back),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
