/* SPDX-License-Identifier: Apache-2.0 */
/* never: conditions that are no in every run (W0615), as they are written: a parameter's value of today
 * says nothing of tomorrow's. */
#include "compiler/prove/tell.h"

enum known { KNOWN_NO, KNOWN_YES, KNOWN_LATER };

static bool is_same(const struct operand *a, const struct operand *b)
{
  if (a->kind != b->kind || a->kind != OPERAND_DECL || a->decl != b->decl ||
      a->member_count != b->member_count)
    return false;
  for (uint32_t i = 0; i < a->member_count; i++)
    if (a->members[i] != b->members[i])
      return false;
  return true;
}

/* As deep as check lets an expression be. */
static enum known judge(const struct guard *guard)
{
  enum known left, right;
  switch (guard->op) {
  case EXPR_TERM:
    return guard->operand->kind != OPERAND_WORD   ? KNOWN_LATER
           : text_is(guard->operand->text, "no")  ? KNOWN_NO
           : text_is(guard->operand->text, "yes") ? KNOWN_YES
                                                  : KNOWN_LATER;
  case EXPR_NOT:
    left = judge(guard->left);
    return left == KNOWN_LATER ? KNOWN_LATER : left == KNOWN_NO ? KNOWN_YES : KNOWN_NO;
  case EXPR_AND:
  case EXPR_OR:
    left = judge(guard->left);
    right = judge(guard->right);
    enum known decides = guard->op == EXPR_AND ? KNOWN_NO : KNOWN_YES;
    if (left == decides || right == decides)
      return decides;
    return left == KNOWN_LATER || right == KNOWN_LATER ? KNOWN_LATER : left;
  case EXPR_EQUAL:
  case EXPR_UNEQUAL:
    if (guard->left->op != EXPR_TERM || guard->right->op != EXPR_TERM ||
        !is_same(guard->left->operand, guard->right->operand))
      return KNOWN_LATER;
    return guard->op == EXPR_EQUAL ? KNOWN_YES : KNOWN_NO;
  default:
    return KNOWN_LATER;
  }
}

/* As deep as blocks nest. */
static void walk(const struct telling *t, const struct stmt *stmt)
{
  for (; stmt != NULL; stmt = stmt->next) {
    enum known known = stmt->guard == NULL ? KNOWN_LATER : judge(stmt->guard);
    bool is_lost = known == KNOWN_NO || (known == KNOWN_YES && stmt->otherwise != NULL);
    if (is_lost) {
      struct diag *diag =
          diag_add(t->diags, DIAG_W0615, stmt->guard->span,
                   known == KNOWN_NO ? "what this guards is never done"
                                     : "what stands behind `otherwise` is never done");
      diag_set_label(t->diags, diag,
                     known == KNOWN_NO ? "this is always no" : "this is always yes");
      diag_add_help(t->diags, diag, "correct the condition, or take the steps out");
    }
    walk(t, stmt->children);
    walk(t, stmt->otherwise);
  }
}

void tell_never(const struct telling *t)
{
  const struct decl *plan = tell_decl(t, t->graph->plan_resource);
  if (plan != NULL && plan->body != NULL)
    walk(t, plan->body->stmts);
}
