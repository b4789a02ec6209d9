/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_guards: `when` as guard nodes. What can be decided now is decided now; the rest is judged
 * when the step becomes ready. A parameter that has no value yet may be anything: what is asked of it is a
 * condition of its own, which the proof turns both ways; a graph that is executed has none.
 */
#include "compiler/graph/lower_int.h"

struct judged {
  enum { JUDGED_NO, JUDGED_YES, JUDGED_LATER } state;
  uint32_t index; /* JUDGED_LATER */
};

static struct judged later(uint32_t index)
{
  return (struct judged){JUDGED_LATER, index};
}

static struct judged known(bool yes)
{
  return (struct judged){yes ? JUDGED_YES : JUDGED_NO, 0};
}

static void report_late(struct lowering *l, const struct guard *guard, const char *label)
{
  if (!l->needs_values)
    return;
  struct diag *diag = diag_add(l->diags, DIAG_E0414, guard->span,
                               "this cannot be decided when the plan is compiled");
  diag_set_label(l->diags, diag, "%s", label);
}

/* What a parameter without a value is asked: `${careful} == yes`. */
static struct judged open_question(struct lowering *l, enum guard_op op, struct text name,
                                   struct text value)
{
  struct argument sides[2] = {{.kind = ARGUMENT_TEXT, .part = PART_OBJECT, .text = name},
                              {.kind = ARGUMENT_TEXT, .part = PART_OBJECT, .text = value}};
  uint32_t left = builder_add_argument(&l->builder, sides[0]);
  uint32_t right = builder_add_argument(&l->builder, sides[1]);
  return later(builder_add_guard(&l->builder, (struct guard_node){op, left, right}));
}

static struct judged judge_term(struct lowering *l, const struct site *site,
                                const struct guard *guard)
{
  struct thing thing = lower_thing(l, site, guard->operand);
  switch (thing.kind) {
  case THING_YES_NO:
  case THING_NUMBER:
  case THING_DURATION:
    return known(thing.number != 0);
  case THING_WORD:
  case THING_TEXT:
  case THING_MOMENT:
    return known(text_is(thing.text, "yes"));
  case THING_UNKNOWN:
    return open_question(l, GUARD_EQUAL, thing.text, TEXT("yes"));
  case THING_RESOURCE:
    break;
  }
  uint32_t argument = builder_add_argument(&l->builder, thing_argument(l, &thing, PART_OBJECT));
  return later(builder_add_guard(&l->builder, (struct guard_node){GUARD_FACT, argument, 0}));
}

/* A number that stands for a term, a sum or a difference; false where it is none. */
static bool number_of(struct lowering *l, const struct site *site, const struct guard *guard,
                      int64_t *ret_number)
{
  if (guard->op == EXPR_TERM) {
    struct thing thing = lower_thing(l, site, guard->operand);
    *ret_number = thing.number;
    return thing.kind == THING_NUMBER || thing.kind == THING_DURATION;
  }
  int64_t left, right;
  if ((guard->op != EXPR_PLUS && guard->op != EXPR_MINUS) ||
      !number_of(l, site, guard->left, &left) || !number_of(l, site, guard->right, &right))
    return false;
  return guard->op == EXPR_PLUS ? !__builtin_add_overflow(left, right, ret_number)
                                : !__builtin_sub_overflow(left, right, ret_number);
}

static bool is_unknown(struct lowering *l, const struct site *site, const struct guard *guard)
{
  return guard->op == EXPR_TERM && lower_thing(l, site, guard->operand).kind == THING_UNKNOWN;
}

/* Nothing but yes is the other one of no. */
static struct judged judge_unknown(struct lowering *l, const struct thing *unknown,
                                   const struct thing *other, bool equal)
{
  if (other->kind == THING_YES_NO)
    return open_question(l, equal == (other->number != 0) ? GUARD_EQUAL : GUARD_UNEQUAL,
                         unknown->text, TEXT("yes"));
  struct text value = other->text;
  if (other->kind == THING_NUMBER || other->kind == THING_DURATION)
    value = text_format(l->arena, "%lld", (long long)other->number);
  else if (other->kind == THING_RESOURCE)
    value = l->program->decls[other->decl].name;
  return open_question(l, equal ? GUARD_EQUAL : GUARD_UNEQUAL, unknown->text, value);
}

static struct judged judge_same(struct lowering *l, const struct site *site,
                                const struct guard *guard)
{
  bool equal = guard->op == EXPR_EQUAL;
  int64_t left_number, right_number;
  if (number_of(l, site, guard->left, &left_number) &&
      number_of(l, site, guard->right, &right_number))
    return known((left_number == right_number) == equal);
  if (guard->left->op != EXPR_TERM || guard->right->op != EXPR_TERM) {
    report_late(l, guard, "only numbers and durations are added");
    return known(true);
  }
  struct thing left = lower_thing(l, site, guard->left->operand);
  struct thing right = lower_thing(l, site, guard->right->operand);
  if (left.kind == THING_UNKNOWN)
    return judge_unknown(l, &left, &right, equal);
  if (right.kind == THING_UNKNOWN)
    return judge_unknown(l, &right, &left, equal);
  /* Two names mean the same thing or not; what a member holds is seen at run time only. */
  bool runtime = (left.kind == THING_RESOURCE && left.member_count != 0) ||
                 (right.kind == THING_RESOURCE && right.member_count != 0);
  if (!runtime || thing_same(&left, &right))
    return known(thing_same(&left, &right) == equal);
  uint32_t first = builder_add_argument(&l->builder, thing_argument(l, &left, PART_OBJECT));
  uint32_t second = builder_add_argument(&l->builder, thing_argument(l, &right, PART_OBJECT));
  enum guard_op op = equal ? GUARD_EQUAL : GUARD_UNEQUAL;
  return later(builder_add_guard(&l->builder, (struct guard_node){op, first, second}));
}

/* -1, 0, 1 for numbers, durations, and moments of the same form. */
static bool compare(struct lowering *l, const struct site *site, const struct guard *guard,
                    int *ret_order)
{
  int64_t left_number, right_number;
  if (number_of(l, site, guard->left, &left_number) &&
      number_of(l, site, guard->right, &right_number)) {
    *ret_order = (left_number > right_number) - (left_number < right_number);
    return true;
  }
  if (guard->left->op != EXPR_TERM || guard->right->op != EXPR_TERM)
    return false;
  struct thing left = lower_thing(l, site, guard->left->operand);
  struct thing right = lower_thing(l, site, guard->right->operand);
  if (left.kind != THING_MOMENT || right.kind != THING_MOMENT ||
      left.text.length != right.text.length)
    return false;
  *ret_order = text_compare(left.text, right.text);
  return true;
}

/* `${days} < 3`: the words of the question are its name. */
static struct judged judge_unknown_order(struct lowering *l, const struct site *site,
                                         const struct guard *guard)
{
  static const char *const signs[] = {[EXPR_LESS] = "<",
                                      [EXPR_GREATER] = ">",
                                      [EXPR_LESS_EQUAL] = "<=",
                                      [EXPR_GREATER_EQUAL] = ">="};
  struct text sides[2];
  const struct guard *of[2] = {guard->left, guard->right};
  for (int i = 0; i < 2; i++) {
    int64_t number;
    if (number_of(l, site, of[i], &number))
      sides[i] = text_format(l->arena, "%lld", (long long)number);
    else if (of[i]->op == EXPR_TERM)
      sides[i] = lower_thing(l, site, of[i]->operand).text;
    else
      return known(true); /* a sum with something that nobody knows */
  }
  return open_question(l, GUARD_EQUAL, sides[0],
                       text_format(l->arena, "%s %.*s", signs[guard->op], TEXT_ARG(sides[1])));
}

static struct judged judge_order(struct lowering *l, const struct site *site,
                                 const struct guard *guard)
{
  int order;
  if (!compare(l, site, guard, &order)) {
    if (is_unknown(l, site, guard->left) || is_unknown(l, site, guard->right))
      return judge_unknown_order(l, site, guard);
    report_late(l, guard, "only numbers, durations and dates are compared, known ones");
    return known(true);
  }
  return known(guard->op == EXPR_LESS         ? order < 0
               : guard->op == EXPR_GREATER    ? order > 0
               : guard->op == EXPR_LESS_EQUAL ? order <= 0
                                              : order >= 0);
}

static struct judged judge_both(struct lowering *l, enum guard_op op, struct judged left,
                                struct judged right)
{
  /* yes OR x = yes; no AND x = no; the other one of the two changes nothing */
  int decides = op == GUARD_OR ? JUDGED_YES : JUDGED_NO;
  if ((int)left.state == decides || (int)right.state == decides)
    return known(op == GUARD_OR);
  if (left.state != JUDGED_LATER)
    return right;
  if (right.state != JUDGED_LATER)
    return left;
  return later(builder_add_guard(&l->builder, (struct guard_node){op, left.index, right.index}));
}

static struct judged judge_not(struct lowering *l, struct judged judged)
{
  if (judged.state != JUDGED_LATER)
    return known(judged.state == JUDGED_NO);
  return later(builder_add_guard(&l->builder, (struct guard_node){GUARD_NOT, judged.index, 0}));
}

/* As deep as check lets an expression be. */
static struct judged judge(struct lowering *l, const struct site *site, const struct guard *guard)
{
  struct judged left;
  switch (guard->op) {
  case EXPR_TERM:
    return judge_term(l, site, guard);
  case EXPR_NOT:
    return judge_not(l, judge(l, site, guard->left));
  case EXPR_AND:
  case EXPR_OR:
    left = judge(l, site, guard->left);
    return judge_both(l, guard->op == EXPR_AND ? GUARD_AND : GUARD_OR, left,
                      judge(l, site, guard->right));
  case EXPR_EQUAL:
  case EXPR_UNEQUAL:
    return judge_same(l, site, guard);
  case EXPR_LESS:
  case EXPR_GREATER:
  case EXPR_LESS_EQUAL:
  case EXPR_GREATER_EQUAL:
    return judge_order(l, site, guard);
  case EXPR_PLUS:
  case EXPR_MINUS:
    break;
  }
  report_late(l, guard, "a number is neither yes nor no");
  return known(true);
}

static uint32_t and_around(struct lowering *l, struct judged judged, uint32_t around)
{
  if (judged.state == JUDGED_YES)
    return around;
  if (judged.state == JUDGED_NO)
    return builder_add_guard(&l->builder, (struct guard_node){GUARD_CONSTANT, 0, 0});
  if (around == INDEX_NONE)
    return judged.index;
  return builder_add_guard(&l->builder, (struct guard_node){GUARD_AND, around, judged.index});
}

uint32_t lower_guard(struct lowering *l, const struct site *site, const struct guard *guard,
                     uint32_t around)
{
  return and_around(l, judge(l, site, guard), around);
}

uint32_t lower_guard_not(struct lowering *l, const struct site *site, const struct guard *guard,
                         uint32_t around)
{
  return and_around(l, judge_not(l, judge(l, site, guard)), around);
}
