/* SPDX-License-Identifier: Apache-2.0 */
/* guards: `when` conditions: what is compared with what, and that the whole is yes or no. */
#include "compiler/check/checker.h"

static const uint64_t answers = SORT_BIT(SORT_YES_NO) | SORT_BIT(SORT_FACT);
static const uint64_t ordered =
    SORT_BIT(SORT_NUMBER) | SORT_BIT(SORT_DURATION) | SORT_BIT(SORT_MOMENT);
/* What may stand on both sides of == and !=. */
static const uint64_t comparable =
    SORT_BIT(SORT_ROOT) | SORT_BIT(SORT_CHAIN) | SORT_BIT(SORT_FINGERPRINT) | SORT_BIT(SORT_TEXT) |
    SORT_BIT(SORT_NUMBER) | SORT_BIT(SORT_DURATION) | SORT_BIT(SORT_MOMENT) |
    SORT_BIT(SORT_YES_NO) | SORT_BIT(SORT_FACT) | SORT_BIT(SORT_NODE) |
    /* which declared thing a row or a parameter stands for */
    SORT_BIT(SORT_CERTIFICATE) | SORT_BIT(SORT_ARTEFACT) | SORT_BIT(SORT_SERVICE_KEY) | SORT_BIT(SORT_KEYSTORE) |
    SORT_BIT(SORT_SYSTEM) | SORT_BIT(SORT_FLOW) | SORT_BIT(SORT_TENANT) | SORT_BIT(SORT_CA);

struct reader {
  struct checker *c;
  const struct scope *scope;
  bool poisoned;
};

static struct guard *read_expr(struct reader *r, const struct expr *expr, uint32_t depth,
                               uint64_t *ret_sorts);

static struct operand *read_literal(struct reader *r, const struct term *term, uint64_t *ret_sorts)
{
  struct operand *operand = ARENA_NEW(r->c->arena, struct operand);
  operand->decl = DECL_NONE;
  operand->span = term->span;
  operand->text = term->text;
  operand->number = term->number;
  switch (term->kind) {
  case TERM_TEXT:
    values_check_text(r->c, r->scope, term, "when");
    operand->kind = OPERAND_TEXT;
    *ret_sorts = SORT_BIT(SORT_TEXT);
    return operand;
  case TERM_NUMBER:
    operand->kind = OPERAND_NUMBER;
    *ret_sorts = SORT_BIT(SORT_NUMBER);
    return operand;
  case TERM_DURATION:
    operand->kind = OPERAND_DURATION;
    *ret_sorts = SORT_BIT(SORT_DURATION);
    return operand;
  case TERM_DATE:
  case TERM_DATETIME:
    operand->kind = OPERAND_MOMENT;
    *ret_sorts = SORT_BIT(SORT_MOMENT);
    return operand;
  case TERM_YES_NO:
    operand->kind = OPERAND_WORD;
    *ret_sorts = SORT_BIT(SORT_YES_NO);
    return operand;
  case TERM_NAME:
  case TERM_PATH:
  case TERM_TIME:
  case TERM_MONTH_DAY:
  case TERM_EXPR:
    break;
  }
  struct diag *diag =
      diag_add(r->c->diags, DIAG_E0402, term->span, "%s cannot be compared", term_says(term));
  diag_set_label(r->c->diags, diag, "not a value that a condition may hold");
  r->poisoned = true;
  return operand;
}

static struct guard *read_term(struct reader *r, const struct expr *expr, uint32_t depth,
                               uint64_t *ret_sorts)
{
  const struct term *term = expr->term;
  if (term->kind == TERM_EXPR)
    return read_expr(r, term->expr, depth + 1, ret_sorts);
  struct guard *guard = ARENA_NEW(r->c->arena, struct guard);
  guard->op = EXPR_TERM;
  guard->span = expr->span;
  if (term->kind != TERM_NAME && term->kind != TERM_PATH) {
    guard->operand = read_literal(r, term, ret_sorts);
    return guard;
  }
  struct resolved found = {0};
  if (!names_resolve(r->c, r->scope, term, 0, &found))
    r->poisoned = true;
  guard->operand = ARENA_NEW(r->c->arena, struct operand);
  *guard->operand = found.operand;
  *ret_sorts = found.sorts;
  return guard;
}

static void demand_answer(struct reader *r, const struct expr *expr, uint64_t sorts)
{
  if ((sorts & ~answers) == 0)
    return;
  struct diag *diag = diag_add(r->c->diags, DIAG_E0410, expr->span, "`when` needs yes or no");
  diag_set_label(r->c->diags, diag, "this is %s", sort_says(sort_first(sorts & ~answers)));
  diag_add_help(r->c->diags, diag, "compare it: client.new.root != client.old.root");
  r->poisoned = true;
}

static bool is_order(enum expr_op op)
{
  return op == EXPR_LESS || op == EXPR_GREATER || op == EXPR_LESS_EQUAL || op == EXPR_GREATER_EQUAL;
}

static void check_comparison(struct reader *r, const struct expr *expr, uint64_t left,
                             uint64_t right)
{
  if (left == 0 || right == 0)
    return;
  uint64_t allowed = is_order(expr->op) ? ordered : comparable;
  bool same = left == right || ((left | right) & ~answers) == 0;
  if (same && ((left | right) & ~allowed) == 0)
    return;
  struct diag *diag = diag_add(r->c->diags, DIAG_E0411, expr->span,
                               same ? "these cannot be compared like this"
                                    : "two different kinds of things are compared");
  diag_set_label(r->c->diags, diag, "%s and %s", sort_says(sort_first(left)),
                 sort_says(sort_first(right)));
  if (same && (left & (SORT_BIT(SORT_VERSION) | SORT_BIT(SORT_ARTEFACT_VERSION))) != 0)
    diag_add_help(r->c->diags, diag, "compare their `.root`, `.chain` or `.fingerprint`");
  r->poisoned = true;
}

/* Numbers and durations add up; a duration moves a date. */
static uint64_t sum(struct reader *r, const struct expr *expr, uint64_t left, uint64_t right)
{
  if (left == 0 || right == 0)
    return 0;
  if (left == right && (left & (SORT_BIT(SORT_NUMBER) | SORT_BIT(SORT_DURATION))) != 0)
    return left;
  if (left == SORT_BIT(SORT_MOMENT) && right == SORT_BIT(SORT_DURATION))
    return left;
  struct diag *diag = diag_add(r->c->diags, DIAG_E0411, expr->span, "these two do not add up");
  diag_set_label(r->c->diags, diag, "%s and %s", sort_says(sort_first(left)),
                 sort_says(sort_first(right)));
  r->poisoned = true;
  return 0;
}

static struct guard *read_expr(struct reader *r, const struct expr *expr, uint32_t depth,
                               uint64_t *ret_sorts)
{
  if (depth > GUARD_DEPTH_MAX) {
    struct diag *diag =
        diag_add(r->c->diags, DIAG_E0220, expr->span, "this condition is nested too deep");
    diag_set_label(r->c->diags, diag, "at most %d levels", GUARD_DEPTH_MAX);
    r->poisoned = true;
    return NULL;
  }
  if (expr->op == EXPR_TERM)
    return read_term(r, expr, depth, ret_sorts);
  struct guard *guard = ARENA_NEW(r->c->arena, struct guard);
  uint64_t left = 0, right = 0;
  guard->op = expr->op;
  guard->span = expr->span;
  guard->left = read_expr(r, expr->left, depth + 1, &left);
  if (expr->right != NULL)
    guard->right = read_expr(r, expr->right, depth + 1, &right);
  *ret_sorts = SORT_BIT(SORT_YES_NO);
  switch (expr->op) {
  case EXPR_TERM:
    break;
  case EXPR_NOT:
    demand_answer(r, expr->left, left);
    break;
  case EXPR_AND:
  case EXPR_OR:
    demand_answer(r, expr->left, left);
    demand_answer(r, expr->right, right);
    break;
  case EXPR_EQUAL:
  case EXPR_UNEQUAL:
  case EXPR_LESS:
  case EXPR_GREATER:
  case EXPR_LESS_EQUAL:
  case EXPR_GREATER_EQUAL:
    check_comparison(r, expr, left, right);
    break;
  case EXPR_PLUS:
  case EXPR_MINUS:
    *ret_sorts = sum(r, expr, left, right);
    break;
  }
  return guard;
}

/* NULL where there is no condition. */
struct guard *guards_read(struct checker *c, struct scope *scope, const struct expr *expr,
                          bool *ret_poisoned)
{
  if (expr == NULL)
    return NULL;
  struct reader r = {c, scope, false};
  uint64_t sorts = 0;
  struct guard *guard = read_expr(&r, expr, 0, &sorts);
  demand_answer(&r, expr, sorts);
  *ret_poisoned |= r.poisoned;
  return guard;
}
