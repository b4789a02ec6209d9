/* SPDX-License-Identifier: Apache-2.0 */
/* graph_test: what graph_check accepts and refuses; what lowering makes of blocks, loops, procedures,
 * checks, guards, commands and paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/graph/views.h"
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

static bool is_sound(const struct graph *graph)
{
  struct checked_graph checked = {NULL};
  struct diag_list diags;
  diag_list_start(&diags, p.arena);
  bool sound = graph_check(graph, &diags, &checked);
  assert_int_equal(sound, checked.graph == graph);
  /* What no file brought in is the compiler's own mistake. */
  enum diag_code code = graph->is_compiled ? DIAG_E0001 : DIAG_E1102;
  assert_int_equal(!sound, diag_list_has_code(&diags, code));
  return sound;
}

static struct graph *lower(const char *steps)
{
  struct graph *graph = planned_lower(&p, "", steps, true);
  for (uint32_t i = 0; graph == NULL && i < p.diags.count; i++)
    print_message("# %.*s\n", TEXT_ARG(p.diags.items[i]->headline));
  assert_non_null(graph);
  assert_true(is_sound(graph));
  return graph;
}

#define EDGES(steps, expected) assert_string_equal(planned_edges(&p, lower(steps)), expected)

static const struct step *find(const struct graph *graph, const char *id)
{
  uint32_t index = graph_find_step(graph, text_of(id));
  assert_int_not_equal(index, INDEX_NONE);
  return &graph->steps[index];
}

static void assert_text(struct text got, const char *expected)
{
  assert_string_equal(text_zero(p.arena, got), expected);
}

/* --- graph_check --- */

static void a_chain_is_sound(void **state)
{
  (void)state;
  assert_true(is_sound(planned_chain(p.arena, 3)));
  assert_true(is_sound(planned_chain(p.arena, 0)));
}

static void a_million_steps_need_no_deep_stack(void **state)
{
  (void)state;
  struct graph *graph = planned_chain(p.arena, STEPS_MAX);
  assert_true(is_sound(graph));
  assert_int_equal(graph->action_count, STEPS_MAX);
  assert_false(is_sound(planned_chain(p.arena, STEPS_MAX + 1)));
}

/* Each row breaks one invariant of a sound graph. */
#define BREAK(name, change)                                                                        \
  static void name(void **state)                                                                   \
  {                                                                                                \
    (void)state;                                                                                   \
    struct graph *g = planned_chain(p.arena, 4);                                                   \
    assert_true(is_sound(g));                                                                      \
    change;                                                                                        \
    assert_false(is_sound(g));                                                                     \
  }

BREAK(a_step_waits_for_itself, g->indices[g->steps[2].waits_for.first] = 2)
BREAK(a_step_waits_for_a_later_one, g->indices[g->steps[2].waits_for.first] = 3)
BREAK(a_wait_beyond_the_steps, g->indices[g->steps[2].waits_for.first] = 4000)
BREAK(a_wait_stands_twice, (g->steps[2].waits_for = (struct range){g->index_count - 3, 3},
                            g->indices[g->index_count - 3] = 0, g->indices[g->index_count - 1] = 0))
BREAK(a_range_beyond_the_indices, g->steps[1].waits_for.count = 1000)
BREAK(a_range_that_overflows,
      (g->steps[1].waits_for.first = 3, g->steps[1].waits_for.count = UINT32_MAX))
BREAK(arguments_beyond_the_end, g->steps[1].arguments.count = 1)
BREAK(a_command_beyond_the_end, g->steps[1].argv.count = 1)
BREAK(a_role_that_is_none, g->steps[1].role = 1)
BREAK(a_role_beyond_the_resources, g->steps[1].role = 2)
BREAK(a_step_without_subjects, g->steps[1].roles.count = 0)
BREAK(a_subject_that_is_no_role, g->indices[g->steps[1].roles.first] = 1)
BREAK(a_guard_beyond_the_guards, g->steps[1].guard = 0)
BREAK(a_window_that_is_none, g->steps[1].window = 0)
BREAK(an_undo_beyond_the_undos, g->steps[1].undo = 0)
BREAK(a_check_of_no_step, (g->steps[1].checks = 0, g->steps[1].verb = VERB_WAITS))
BREAK(two_steps_with_one_identity, g->steps[3].id = g->steps[1].id)
BREAK(a_step_without_identity, g->steps[1].id = TEXT_NONE)
BREAK(a_step_without_sentence, g->steps[1].sentence = TEXT_NONE)
BREAK(a_number_out_of_turn, g->steps[1].number = 3)
BREAK(a_wrong_count_of_steps, g->action_count = 5)
BREAK(a_verb_beyond_the_verbs, g->steps[1].verb = VERB__COUNT)
BREAK(an_effect_beyond_the_effects, g->steps[1].effect = EFFECT__COUNT)
BREAK(a_kind_beyond_the_kinds, g->resources[0].kind = KIND__COUNT)
BREAK(a_step_of_no_kind, memset(&g->steps[1].kind, 0x7f, sizeof g->steps[1].kind))
BREAK(a_time_before_now, g->steps[1].within_s = -1)
BREAK(a_sign_off_by_nobody, g->steps[1].needs_sign_off = true)
BREAK(a_place_in_no_source, g->steps[1].source = 1)
BREAK(a_line_zero, g->steps[1].line = 0)
BREAK(resources_out_of_order, (g->resources[0].name = TEXT("zebra"), (void)0))
BREAK(settings_beyond_the_end, g->resources[0].settings.count = 1)
BREAK(a_plan_that_is_none, g->plan_resource = 0)
BREAK(a_policy_of_its_own, g->policy = TEXT("hope"))
BREAK(a_template_without_digest, g->template_digest = TEXT("abc"))
BREAK(a_source_with_a_host_path, g->sources[0].path = TEXT("/etc/passwd"))
BREAK(a_source_without_digest, g->sources[0].sha256 = TEXT(""))
BREAK(a_join_with_a_role, g->steps[1].kind = STEP_JOIN)

static void guards_stand_before_what_uses_them(void **state)
{
  (void)state;
  struct graph *g = planned_chain(p.arena, 2);
  g->guards = arena_array(p.arena, 300, sizeof *g->guards);
  g->guards[0] = (struct guard_node){GUARD_CONSTANT, 1, 0};
  g->guard_count = 1;
  assert_true(is_sound(g));
  g->guards[0].left = 2;
  assert_false(is_sound(g));
  g->guards[0] = (struct guard_node){GUARD_NOT, 0, 0};
  assert_false(is_sound(g));
  g->guards[0] = (struct guard_node){GUARD_FACT, 0, 0};
  assert_false(is_sound(g));
  g->guards[0] = (struct guard_node){GUARD_CONSTANT, 1, 0};
  for (uint32_t i = 1; i < 300; i++)
    g->guards[i] = (struct guard_node){GUARD_AND, i - 1, i - 1};
  g->guard_count = GUARD_NESTING_MAX;
  assert_true(is_sound(g));
  g->guard_count = GUARD_NESTING_MAX + 1;
  assert_false(is_sound(g));
}

/* --- lowering --- */

/* SAP-6ec6-5: text order is execution order. */
static void text_order_is_the_order_of_the_steps(void **state)
{
  (void)state;
  EDGES("  a: admin creates client.new\n  b: admin gets client.new signed by local\n"
        "  c: admin gives client.new to peer\n",
        "0:a< 1:b<0 2:c<1");
}

static void a_block_side_by_side_ends_in_a_join(void **state)
{
  (void)state;
  EDGES("  a: admin creates client.new\n  together {\n    b: admin tells peer \"b\"\n"
        "    c: admin tells peer \"c\"\n    d: admin tells peer \"d\"\n  }\n"
        "  together {\n    e: admin tells peer \"e\"\n    f: admin tells peer \"f\"\n  }\n"
        "  g: admin tells peer \"g\"\n",
        "0:a< 1:b<0 2:c<0 3:d<0 4:join<1,2,3 5:e<4 6:f<4 7:join<5,6 8:g<7");
}

static void after_waits_inside_a_block(void **state)
{
  (void)state;
  /* written first, done last: what is waited for stands before it in the graph */
  EDGES("  a: admin creates client.new\n  together {\n    b: admin tells peer \"b\" after d\n"
        "    c: admin tells peer \"c\"\n    d: admin tells peer \"d\"\n  }\n",
        "0:a< 1:d<0 2:b<1 3:c<0 4:join<2,3,1");
}

static void two_that_wait_for_each_other_are_refused(void **state)
{
  (void)state;
  assert_null(planned_lower(&p, "",
                            "  together {\n    b: admin tells peer \"b\" after d\n"
                            "    d: admin tells peer \"d\" after b\n  }\n",
                            true));
  assert_true(diag_list_has_code(&p.diags, DIAG_E0614));
}

/* SAP-6ec6-18: one instance of the body for each node. */
static void a_loop_is_one_instance_an_element(void **state)
{
  (void)state;
  EDGES("  a: admin creates client.new\n  for each node in out.nodes {\n"
        "    r: admin restarts out on node\n    t: admin tells peer \"${node}\"\n  }\n"
        "  z: admin tells peer \"z\"\n",
        "0:a< 1:r[n-1]<0 2:t[n-1]<1 3:r[\"node 2\"]<0 4:t[\"node 2\"]<3 5:r[n-3]<0 6:t[n-3]<5 "
        "7:join<2,4,6 8:z<7");
}

static void one_at_a_time_is_a_chain(void **state)
{
  (void)state;
  EDGES("  for each node in out.nodes, one at a time {\n    r: admin restarts out on node\n  }\n",
        "0:r[n-1]< 1:r[\"node 2\"]<0 2:r[n-3]<1");
}

static void a_table_gives_things_and_values(void **state)
{
  (void)state;
  struct graph *graph = lower("  for each row in pairs using name {\n"
                              "    a: admin creates row.cert.new\n"
                              "    b: admin tells peer \"${row.name}: ${row.cert}\"\n"
                              "  }\n");
  assert_string_equal(planned_edges(&p, graph),
                      "0:a[one]< 1:b[one]<0 2:a[two]< 3:b[two]<2 4:join<1,3");
  assert_text(find(graph, "a[two]")->sentence, "admin creates other.new");
  assert_text(find(graph, "b[one]")->sentence, "admin tells peer \"one: client\"");
  assert_text(find(graph, "b[two]")->sentence, "admin tells peer \"two: other\"");
}

static void a_procedure_is_expanded_where_it_is_followed(void **state)
{
  (void)state;
  struct graph *graph =
      planned_lower(&p,
                    "procedure renew-it with certificate cert, flow f {\n"
                    "  needs role admin, peer\n"
                    "  create: admin creates cert.new\n"
                    "  sign: admin gets cert.new signed by cert.ca\n"
                    "  swap: admin replaces cert.old with cert.new in cert.keystore keeping alias\n"
                    "  for each node in f.nodes {\n    restart: admin restarts f on node\n  }\n}\n",
                    "  for each row in pairs using name {\n"
                    "    do: follow renew-it with cert row.cert, f out\n  }\n",
                    true);
  assert_non_null(graph);
  assert_true(is_sound(graph));
  assert_int_equal(graph->action_count, 12);
  assert_text(find(graph, "do[two]/swap")->sentence,
              "admin replaces other.old with other.new in other-store keeping alias");
  assert_text(find(graph, "do[two]/restart[\"node 2\"]")->sentence, "admin restarts out on node 2");
  assert_text(find(graph, "do[one]/sign")->sentence, "admin gets client.new signed by local");
}

static void a_check_is_a_step_of_the_owner(void **state)
{
  (void)state;
  struct graph *graph = lower("  a: admin creates client.new\n"
                              "  acc: peer accepts client.old, client.new on server {\n"
                              "    check tls to server with client.new\n"
                              "    check client.old present on server\n  }\n"
                              "  z: peer tells admin \"z\"\n");
  assert_string_equal(planned_edges(&p, graph), "0:a< 1:acc<0 2:acc.check<1 3:acc.check-2<2 4:z<3");
  const struct step *check = find(graph, "acc.check");
  assert_text(graph->resources[check->role].name, "admin");
  assert_text(check->sentence, "admin checks tls to server with client.new");
  assert_int_equal(check->checks, 1);
  assert_false(check->enters);
  check = find(graph, "acc.check-2");
  assert_text(graph->resources[check->role].name, "peer");
  assert_text(check->sentence, "peer checks client.old present on server");
  assert_int_equal(check->checks, 1);
}

static void guards_are_joined_and_folded(void **state)
{
  (void)state;
  struct graph *graph =
      lower("  when client.new.root != client.old.root {\n"
            "    a: admin tells peer \"a\" when not client.old.root.used-elsewhere\n"
            "    b: admin tells peer \"b\" when word == \"x\"\n"
            "    c: admin tells peer \"c\" when word != \"x\" or client.old.root.used-elsewhere\n"
            "  } otherwise {\n    d: admin tells peer \"d\"\n  }\n");
  struct buffer out = {0};
  for (uint32_t i = 0; i < graph->step_count; i++) {
    view_guard(graph, graph->steps[i].guard, &out);
    buffer_add_zero(&out, "; ");
  }
  assert_text(buffer_text(&out),
              "client.new.root != client.old.root and not client.old.root.used-elsewhere; no; "
              "client.new.root != client.old.root; not client.new.root != client.old.root; ");
  buffer_free(&out);
}

static void windows_bind_what_enters(void **state)
{
  (void)state;
  struct graph *graph =
      lower("  a: admin creates client.new\n"
            "  b: admin replaces client.old with client.new in store keeping alias\n"
            "  c: peer removes client.old from server at any time\n"
            "  d: admin tells peer \"d\" during night\n");
  assert_int_equal(find(graph, "a")->window, INDEX_NONE);
  assert_true(find(graph, "b")->enters);
  assert_text(graph->resources[find(graph, "b")->window].name, "night");
  assert_false(find(graph, "c")->enters);
  assert_int_equal(find(graph, "c")->window, INDEX_NONE);
  assert_true(find(graph, "d")->enters);
}

static void a_value_never_becomes_a_second_word(void **state)
{
  (void)state;
  struct graph *graph =
      lower("  for each node in out.nodes {\n    r: admin restarts out on node\n  }\n");
  const struct step *step = find(graph, "r[\"node 2\"]");
  assert_int_equal(step->argv.count, 5);
  const struct text *argv = &graph->texts[step->argv.first];
  assert_text(argv[0], "org/bin/restart");
  assert_text(argv[1], "--node");
  assert_text(argv[2], "node 2");
  assert_text(argv[4], "it's one; word");
}

static uint32_t resource(const struct graph *graph, const char *name)
{
  for (uint32_t i = 0; i < graph->resource_count; i++)
    if (text_is(graph->resources[i].name, name))
      return i;
  return INDEX_NONE;
}

static void only_what_is_reached_is_a_resource(void **state)
{
  (void)state;
  struct graph *graph = lower("  a: admin creates client.new\n  b: admin tells peer \"b\"\n");
  assert_int_not_equal(resource(graph, "store"), INDEX_NONE);
  assert_int_not_equal(resource(graph, "local"), INDEX_NONE);
  assert_int_not_equal(resource(graph, "night"), INDEX_NONE);
  /* Who presents the certificate, and to whom: the proof has to see everybody. */
  assert_int_not_equal(resource(graph, "out"), INDEX_NONE);
  assert_int_not_equal(resource(graph, "server"), INDEX_NONE);
  assert_int_equal(resource(graph, "other"), INDEX_NONE);
  assert_int_equal(resource(graph, "pairs"), INDEX_NONE);
  uint32_t store = resource(graph, "store");
  assert_text(graph_setting_value(graph, store, KEY_FILE, 0)->text, "org/keys/client.pem");
  assert_null(graph_setting_value(graph, store, KEY_PASSWORD, 0));
}

static void a_command_of_a_system_is_quoted_again(void **state)
{
  (void)state;
  struct graph *graph = lower("  a: admin creates client.new\n"
                              "  b: peer accepts client.old, client.new on server\n");
  assert_text(graph_setting_value(graph, resource(graph, "server"), KEY_RELOAD_WITH, 0)->text,
              "org/bin/reload 'a b' \"it's one; word\"");
}

static void an_open_quote_is_refused(void **state)
{
  (void)state;
  assert_null(planned_lower(&p,
                            "system broken {\n  owner peer\n  kind trust-file\n  trusts file "
                            "\"t\"\n  reload with command \"a 'b\"\n}\n",
                            "  a: peer accepts client.new on broken\n", true));
  assert_true(diag_list_has_code(&p.diags, DIAG_E0415));
}

static void a_missing_value_is_asked_for_when_it_counts(void **state)
{
  (void)state;
  struct graph *graph =
      planned_lower(&p, "param change as string\n", "  a: admin tells peer \"${change}\"\n", false);
  assert_non_null(graph);
  assert_text(find(graph, "a")->sentence, "admin tells peer \"${change}\"");
  lower_plan(p.arena, p.program, program_find(p.program, KIND_PLAN, TEXT("test")), true, &p.diags);
  assert_true(diag_list_has_code(&p.diags, DIAG_E0313));
}

static void an_undo_stands_beside(void **state)
{
  (void)state;
  struct graph *graph =
      lower("  a: admin replaces client.old with client.new in store keeping alias {\n"
            "    on failure roll-back\n"
            "    undo: admin restores store\n  }\n");
  assert_int_equal(graph->step_count, 1);
  assert_int_equal(graph->undo_count, 1);
  assert_int_equal(graph->steps[0].undo, 0);
  assert_text(graph->undo[0].id, "a.undo");
  assert_text(graph->undo[0].sentence, "admin restores store");
  assert_int_equal(graph->steps[0].on_failure, FAILURE_ROLL_BACK);
}

static void a_sentence_commands_no_terminal(void **state)
{
  (void)state;
  struct graph *graph =
      lower("  a: admin tells peer \"red \\u{1b}[31m,\\tturn \\u{202e} and\\nline\"\n");
  assert_text(graph->steps[0].sentence,
              "admin tells peer \"red <U+001B>[31m, turn <U+202E> and line\"");
  assert_text(step_argument(graph, &graph->steps[0], PART_TEXT, 0)->text,
              "red \x1b[31m,\tturn \xe2\x80\xae and\nline");
}

static void wide_behind_wide_needs_few_edges(void **state)
{
  (void)state;
  struct buffer steps = {0};
  for (int block = 0; block < 2; block++) {
    buffer_add_zero(&steps, "  together {\n");
    for (int i = 0; i < 100; i++)
      buffer_format(&steps, "    s-%d-%d: admin tells peer \"x\"\n", block, i);
    buffer_add_zero(&steps, "  }\n");
  }
  struct graph *graph = lower(steps.bytes);
  buffer_free(&steps);
  uint32_t edges = 0;
  for (uint32_t i = 0; i < graph->step_count; i++)
    edges += graph->steps[i].waits_for.count;
  assert_int_equal(edges, 100 + 100 + 100);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      T(a_chain_is_sound),
      T(a_million_steps_need_no_deep_stack),
      T(a_step_waits_for_itself),
      T(a_step_waits_for_a_later_one),
      T(a_wait_beyond_the_steps),
      T(a_wait_stands_twice),
      T(a_range_beyond_the_indices),
      T(a_range_that_overflows),
      T(arguments_beyond_the_end),
      T(a_command_beyond_the_end),
      T(a_role_that_is_none),
      T(a_role_beyond_the_resources),
      T(a_step_without_subjects),
      T(a_subject_that_is_no_role),
      T(a_guard_beyond_the_guards),
      T(a_window_that_is_none),
      T(an_undo_beyond_the_undos),
      T(a_check_of_no_step),
      T(two_steps_with_one_identity),
      T(a_step_without_identity),
      T(a_step_without_sentence),
      T(a_number_out_of_turn),
      T(a_wrong_count_of_steps),
      T(a_verb_beyond_the_verbs),
      T(an_effect_beyond_the_effects),
      T(a_kind_beyond_the_kinds),
      T(a_step_of_no_kind),
      T(a_time_before_now),
      T(a_sign_off_by_nobody),
      T(a_place_in_no_source),
      T(a_line_zero),
      T(resources_out_of_order),
      T(settings_beyond_the_end),
      T(a_plan_that_is_none),
      T(a_policy_of_its_own),
      T(a_template_without_digest),
      T(a_source_with_a_host_path),
      T(a_source_without_digest),
      T(a_join_with_a_role),
      T(guards_stand_before_what_uses_them),
      T(text_order_is_the_order_of_the_steps),
      T(a_block_side_by_side_ends_in_a_join),
      T(after_waits_inside_a_block),
      T(two_that_wait_for_each_other_are_refused),
      T(a_loop_is_one_instance_an_element),
      T(one_at_a_time_is_a_chain),
      T(a_table_gives_things_and_values),
      T(a_procedure_is_expanded_where_it_is_followed),
      T(a_check_is_a_step_of_the_owner),
      T(guards_are_joined_and_folded),
      T(windows_bind_what_enters),
      T(a_value_never_becomes_a_second_word),
      T(only_what_is_reached_is_a_resource),
      T(a_command_of_a_system_is_quoted_again),
      T(an_open_quote_is_refused),
      T(a_missing_value_is_asked_for_when_it_counts),
      T(an_undo_stands_beside),
      T(a_sentence_commands_no_terminal),
      T(wide_behind_wide_needs_few_edges),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
