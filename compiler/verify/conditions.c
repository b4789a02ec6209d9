/* SPDX-License-Identifier: Apache-2.0 */
/* conditions: see conditions.h. */
#include "compiler/verify/conditions.h"

static bool is_same_argument(const struct argument *a, const struct argument *b)
{
  return a->kind == b->kind &&
         (a->kind == ARGUMENT_RESOURCE
              ? a->resource == b->resource && memcmp(a->members, b->members, sizeof a->members) == 0
          : a->kind == ARGUMENT_NUMBER ? a->number == b->number
                                       : text_equal(a->text, b->text));
}

static bool has_root(const struct argument *argument)
{
  for (int i = 0; i < MEMBERS_MAX; i++)
    if (argument->members[i] == MEMBER_ROOT)
      return true;
  return false;
}

static bool is_same_leaf(const struct graph *graph, uint32_t a, uint32_t b)
{
  const struct guard_node *left = &graph->guards[a], *right = &graph->guards[b];
  const struct argument *all = graph->arguments;
  if ((left->op == GUARD_FACT) != (right->op == GUARD_FACT))
    return false;
  if (left->op == GUARD_FACT)
    return is_same_argument(&all[left->left], &all[right->left]);
  return (is_same_argument(&all[left->left], &all[right->left]) &&
          is_same_argument(&all[left->right], &all[right->right])) ||
         (is_same_argument(&all[left->left], &all[right->right]) &&
          is_same_argument(&all[left->right], &all[right->left]));
}

/* client.new.root == client.old.root has a name of its own: the model asks for it, too. */
static uint32_t atom_of(const struct graph *graph, uint32_t leaf)
{
  const struct guard_node *node = &graph->guards[leaf];
  if (node->op == GUARD_FACT)
    return leaf;
  const struct argument *left = &graph->arguments[node->left];
  const struct argument *right = &graph->arguments[node->right];
  bool is_roots = left->kind == ARGUMENT_RESOURCE && right->kind == ARGUMENT_RESOURCE &&
                  left->resource == right->resource && has_root(left) && has_root(right);
  return is_roots ? ROOT_ATOM | left->resource : leaf;
}

static uint32_t find_atom(const struct graph *graph, const struct atoms *atoms, uint32_t atom)
{
  for (uint32_t i = 0; i < atoms->count; i++) {
    uint32_t known = atoms->guards[i];
    if (known == atom || (((known | atom) & ROOT_ATOM) == 0 && is_same_leaf(graph, known, atom)))
      return i;
  }
  return UINT32_MAX;
}

void conditions_add(const struct graph *graph, struct atoms *atoms, uint32_t atom)
{
  if (find_atom(graph, atoms, atom) != UINT32_MAX)
    return;
  if (atoms->count == CONDITIONS_MAX)
    atoms->is_full = true;
  else
    atoms->guards[atoms->count++] = atom;
}

void conditions_add_guard(const struct graph *graph, struct atoms *atoms, uint32_t guard)
{
  if (guard == INDEX_NONE)
    return;
  const struct guard_node *node = &graph->guards[guard];
  if (node->op == GUARD_EQUAL || node->op == GUARD_UNEQUAL || node->op == GUARD_FACT)
    conditions_add(graph, atoms, atom_of(graph, guard));
  else if (node->op != GUARD_CONSTANT) {
    conditions_add_guard(graph, atoms, node->left);
    conditions_add_guard(graph, atoms, node->op == GUARD_NOT ? INDEX_NONE : node->right);
  }
}

bool conditions_hold(const struct graph *graph, const struct atoms *atoms, uint32_t mask,
                     uint32_t guard)
{
  if (guard == INDEX_NONE)
    return true;
  const struct guard_node *node = &graph->guards[guard];
  switch (node->op) {
  case GUARD_CONSTANT:
    return node->left != 0;
  case GUARD_NOT:
    return !conditions_hold(graph, atoms, mask, node->left);
  case GUARD_AND:
    return conditions_hold(graph, atoms, mask, node->left) &&
           conditions_hold(graph, atoms, mask, node->right);
  case GUARD_OR:
    return conditions_hold(graph, atoms, mask, node->left) ||
           conditions_hold(graph, atoms, mask, node->right);
  case GUARD_EQUAL:
  case GUARD_UNEQUAL:
  case GUARD_FACT:
    break;
  }
  uint32_t at = find_atom(graph, atoms, atom_of(graph, guard));
  bool is_so = at != UINT32_MAX && (mask >> at & 1) != 0;
  return is_so != (node->op == GUARD_UNEQUAL);
}
