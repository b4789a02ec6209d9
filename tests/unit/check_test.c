/* SPDX-License-Identifier: Apache-2.0 */
/* check: what the lowerer finds in a checked program: settings by slot, sentences by part, locals,
 * tables, procedures with their roles, params; and that hostile shapes end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/check/plan.h"

struct world {
  struct arena *arena;
  struct source_set sources;
  struct diag_list diags;
  struct program *program;
};

static void open_world(struct world *w)
{
  char root[4096];
  assert_non_null(getcwd(root, sizeof root));
  w->arena = arena_new("test", 0);
  source_set_start(&w->sources, w->arena, text_of(root));
  diag_list_start(&w->diags, w->arena);
}

static void check_file(struct world *w, const char *path)
{
  uint32_t file;
  size_t bad_offset;
  open_world(w);
  assert_int_equal(source_open(&w->sources, text_of(path), &file, &bad_offset), SOURCE_OK);
  w->program = check_program(w->arena, &w->sources, file, NULL, &w->diags);
}

static void check_text(struct world *w, const char *text, const struct param_given *given,
                       uint32_t given_count)
{
  uint32_t file;
  size_t bad_offset;
  open_world(w);
  assert_int_equal(source_give(&w->sources, TEXT("test.renew"), text_of(text), &file, &bad_offset),
                   SOURCE_OK);
  struct check_options options = {.given = given, .given_count = given_count};
  w->program = check_program(w->arena, &w->sources, file, &options, &w->diags);
}

static void close_world(struct world *w)
{
  arena_free(w->arena);
}

static const struct decl *decl_of(const struct world *w, enum kind kind, const char *name)
{
  uint32_t index = program_find(w->program, kind, text_of(name));
  assert_int_not_equal(index, UINT32_MAX);
  return &w->program->decls[index];
}

/* The step of that label, blocks included. */
static const struct stmt *step_of(const struct stmt *stmts, const char *label)
{
  for (const struct stmt *stmt = stmts; stmt != NULL; stmt = stmt->next) {
    if (text_is(stmt->label, label))
      return stmt;
    const struct stmt *inner = step_of(stmt->children, label);
    if (inner == NULL)
      inner = step_of(stmt->otherwise, label);
    if (inner != NULL)
      return inner;
  }
  return NULL;
}

static const struct part_value *part_of(const struct stmt *stmt, enum part part)
{
  for (const struct part_value *value = stmt->parts; value != NULL; value = value->next)
    if (value->part == part)
      return value;
  return NULL;
}

static bool operand_is(const struct world *w, const struct operand *operand, const char *name,
                       enum member first, enum member second)
{
  return operand->kind == OPERAND_DECL && text_is(w->program->decls[operand->decl].name, name) &&
         operand->members[0] == first && operand->members[1] == second;
}

static void settings_stand_in_their_slots(void **state)
{
  (void)state;
  struct world w;
  check_file(&w, "plans/overlap.renew");
  assert_int_equal(w.diags.count, 0);
  assert_int_equal(w.program->decl_count, 13);
  const struct decl *tenant = decl_of(&w, KIND_TENANT, "acme-prod");
  assert_true(text_is(decl_value(tenant, KEY_LOGIN, 0)->text, "oauth"));
  assert_int_equal(decl_value(tenant, KEY_LOGIN, 1)->kind, VALUE_REF);
  assert_int_equal(decl_setting(tenant, KEY_NODES)->value_count, 3);
  const struct decl *client = decl_of(&w, KIND_CERTIFICATE, "client");
  assert_int_equal(decl_value(client, KEY_KEY_TYPE_OF, 0)->number, 3072);
  assert_int_equal(decl_value(client, KEY_VALID_FOR, 0)->number, 365 * 86400);
  const struct decl *window = decl_of(&w, KIND_WINDOW, "saturday-night");
  assert_true(text_is(decl_value(window, KEY_EVERY, 0)->text, "saturday"));
  assert_int_equal(decl_value(window, KEY_EVERY, 2)->number, 2 * 60);
  const struct decl *plan = decl_of(&w, KIND_PLAN, "renew-client-overlap");
  assert_int_equal(decl_value(plan, KEY_DURING, 0)->decl,
                   program_find(w.program, KIND_WINDOW, TEXT("saturday-night")));
  assert_null(decl_value(plan, KEY_DEADLINE, 0));
  close_world(&w);
}

static void sentences_have_their_parts(void **state)
{
  (void)state;
  struct world w;
  check_file(&w, "plans/overlap.renew");
  const struct stmt *stmts = decl_of(&w, KIND_PLAN, "renew-client-overlap")->body->stmts;
  const struct stmt *exchange = step_of(stmts, "exchange");
  assert_int_equal(exchange->verb, VERB_REPLACES);
  assert_int_equal(exchange->options.on_failure, FAILURE_ROLL_BACK);
  assert_true(operand_is(&w, part_of(exchange, PART_OBJECT)->operands, "client", MEMBER_OLD, 0));
  assert_true(operand_is(&w, part_of(exchange, PART_WITH)->operands, "client", MEMBER_NEW, 0));
  assert_true(text_is(part_of(exchange, PART_PLACE)->preposition, "in"));
  assert_true(text_is(part_of(exchange, PART_KEEPING)->operands->text, "alias"));
  const struct stmt *accept = step_of(stmts, "accept-both");
  assert_int_equal(part_of(accept, PART_OBJECT)->operand_count, 2);
  assert_int_equal(accept->checks->verb, VERB_CHECKS);
  assert_true(text_is(part_of(accept->checks, PART_CHECK)->operands->text, "tls"));
  assert_int_equal(accept->checks->subject_count, 0);
  const struct stmt *root = step_of(stmts, "import-root");
  assert_true(
      operand_is(&w, part_of(root, PART_OBJECT)->operands, "client", MEMBER_NEW, MEMBER_ROOT));
  const struct stmt *restart = step_of(stmts, "restart");
  assert_int_equal(restart->options.within_s, 15 * 60);
  assert_int_equal(part_of(restart, PART_PLACE)->operands->kind, OPERAND_LOCAL);
  close_world(&w);
}

static void a_guard_is_a_tree_of_operands(void **state)
{
  (void)state;
  struct world w;
  check_file(&w, "plans/overlap.renew");
  const struct stmt *stmt = decl_of(&w, KIND_PLAN, "renew-client-overlap")->body->stmts;
  const struct guard *last = NULL;
  for (; stmt != NULL; stmt = stmt->next)
    if (stmt->kind == STMT_WHEN)
      last = stmt->guard;
  assert_int_equal(last->op, EXPR_AND);
  assert_int_equal(last->left->op, EXPR_UNEQUAL);
  assert_int_equal(last->right->op, EXPR_NOT);
  assert_int_equal(last->right->left->operand->members[2], MEMBER_USED_ELSEWHERE);
  close_world(&w);
}

static void a_procedure_takes_its_roles_from_where_it_is_followed(void **state)
{
  (void)state;
  struct world w;
  check_file(&w, "plans/fleet.renew");
  assert_int_equal(w.diags.count, 0);
  const struct stmt *loop = decl_of(&w, KIND_PLAN, "renew-outbound-fleet")->body->stmts;
  assert_int_equal(loop->kind, STMT_FOR_EACH);
  assert_true(text_is(loop->using_column, "name"));
  const struct stmt *follow = loop->children;
  assert_int_equal(follow->kind, STMT_FOLLOW);
  const struct body *body = w.program->decls[follow->procedure].body;
  assert_int_equal(body->parameter_count, 6);
  assert_true(text_is(follow->arguments[0]->column, "cert"));
  assert_int_equal(follow->arguments[0]->local, loop->local);
  assert_int_equal(body->parameters[3].kind, KIND_ROLE);
  assert_true(operand_is(&w, follow->arguments[3], "tenant-admin", 0, 0));
  close_world(&w);
}

static void cells_are_things(void **state)
{
  (void)state;
  struct world w;
  check_file(&w, "plans/fleet.renew");
  const struct table_body *table = decl_of(&w, KIND_TABLE, "outbound")->table;
  assert_int_equal(table->row_count, 3);
  const struct table_cell *second = &table->cells[1 * table->column_count];
  assert_int_equal(second[0].operand->kind, OPERAND_WORD);
  assert_true(operand_is(&w, second[1].operand, "crm-client", 0, 0));
  assert_true(operand_is(&w, second[3].operand, "crm-backend", 0, 0));
  close_world(&w);
}

static void answers_that_must_not_come_are_negative(void **state)
{
  (void)state;
  struct world w;
  check_file(&w, "plans/default-client.renew");
  assert_int_equal(w.diags.count, 0);
  const struct stmt *stmts = decl_of(&w, KIND_PLAN, "rotate-default-client")->body->stmts;
  const struct stmt *check = step_of(stmts, "switch")->checks;
  assert_int_equal(part_of(check, PART_EXPECTED)->operands->number, -401);
  assert_int_equal(part_of(check, PART_EXPECTED)->operands->next->number, -403);
  assert_int_equal(part_of(check, PART_OBJECT)->operands->kind, OPERAND_LOCAL);
  assert_true(text_is(part_of(step_of(stmts, "export"), PART_AS)->operands->text, "pem"));
  close_world(&w);
}

static void params_have_types(void **state)
{
  (void)state;
  struct world w;
  const struct param_given given[] = {{TEXT("limit"), TEXT("1h30m")},
                                      {TEXT("careful"), TEXT("yes")}};
  check_text(&w,
             "renew 1\nparam limit as duration\nparam careful as yes-no\n"
             "param tries as number default 7\nparam open as string\n",
             given, 2);
  assert_int_equal(w.diags.count, 0);
  assert_int_equal(decl_of(&w, KIND_PARAM, "limit")->param->value.number, 5400);
  assert_int_equal(decl_of(&w, KIND_PARAM, "careful")->param->value.number, 1);
  assert_int_equal(decl_of(&w, KIND_PARAM, "tries")->param->value.number, 7);
  assert_false(decl_of(&w, KIND_PARAM, "open")->param->has_value);
  close_world(&w);
}

static void all_mistakes_are_found_at_once_and_each_once(void **state)
{
  (void)state;
  struct world w;
  check_text(&w,
             "renew 1\n"
             "role admin \"A\" {\n  reach by console\n}\n"
             "system one {\n  owner boss\n  url \"one\"\n}\n"
             "system two {\n  owner boss\n}\n"
             "system three {\n  accepts-many maybe\n}\n",
             NULL, 0);
  diag_list_sort(&w.diags);
  assert_int_equal(w.diags.count, 3);
  assert_int_equal(w.diags.items[0]->code, DIAG_E0305);
  assert_int_equal(w.diags.items[1]->code, DIAG_E0407);
  assert_int_equal(w.diags.items[2]->code, DIAG_E0402);
  close_world(&w);
}

static void an_allowed_warning_is_gone(void **state)
{
  (void)state;
  struct world w;
  check_text(&w,
             "renew 1\n"
             "role admin \"A\" {\n  reach by console\n}\n"
             "system one {\n  owner admin\n"
             "  # renew: allow W0408 \"in the same rack\"\n"
             "  url \"http://one.example/\"\n}\n",
             NULL, 0);
  assert_int_equal(w.diags.count, 0);
  assert_int_equal(w.diags.warning_count, 0);
  assert_int_equal(w.program->suppression_count, 1);
  assert_true(w.program->suppressions[0].is_used);
  close_world(&w);
}

static void names_behind_a_prefix_are_found(void **state)
{
  (void)state;
  struct world w;
  check_file(&w, "plans/fleet.renew");
  assert_int_equal(
      program_find(w.program, KIND_PROCEDURE, TEXT("overlap-renewal")),
      step_of(decl_of(&w, KIND_PLAN, "renew-outbound-fleet")->body->stmts, "renew-one")->procedure);
  assert_int_equal(w.program->file_count, 4);
  close_world(&w);
}

/* One line that takes the checker's loops through many names: linear or this test never ends. */
static void many_rows_and_many_unknown_names_end(void **state)
{
  (void)state;
  enum { COUNT = 50000 };
  struct buffer text = {0};
  buffer_add_zero(&text, "renew 1\nrole a \"A\" {\n  reach by console\n}\n"
                         "flow f {\n  nodes n\n}\ntable t with name, flow {\n");
  for (int i = 0; i < COUNT; i++)
    buffer_format(&text, "  k%d, f\n", i);
  buffer_add_zero(&text, "}\nprocedure p {\n  needs role a\n  for each row in t using name {\n"
                         "    go: a restarts row.flow\n  }\n");
  for (int i = 0; i < COUNT; i++)
    buffer_format(&text, "  s%d: b%d tells c%d \"x\"\n", i, i, i);
  buffer_add_zero(&text, "}\n");
  struct world w;
  check_text(&w, text.bytes, NULL, 0);
  assert_int_equal(w.diags.error_count, 2 * COUNT);
  assert_int_equal(decl_of(&w, KIND_TABLE, "t")->table->row_count, COUNT);
  close_world(&w);
  buffer_free(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(settings_stand_in_their_slots),
      cmocka_unit_test(sentences_have_their_parts),
      cmocka_unit_test(a_guard_is_a_tree_of_operands),
      cmocka_unit_test(a_procedure_takes_its_roles_from_where_it_is_followed),
      cmocka_unit_test(cells_are_things),
      cmocka_unit_test(answers_that_must_not_come_are_negative),
      cmocka_unit_test(params_have_types),
      cmocka_unit_test(all_mistakes_are_found_at_once_and_each_once),
      cmocka_unit_test(an_allowed_warning_is_gone),
      cmocka_unit_test(names_behind_a_prefix_are_found),
      cmocka_unit_test(many_rows_and_many_unknown_names_end),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
