/* SPDX-License-Identifier: Apache-2.0 */
/* model_atoms: guards over atoms. An atom is what only the run will know; a question is asked for
 * every way in which it may turn out (decisions 15). */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/model_int.h"

/* Atoms are numbered by the first guard that asks; those of roots by their certificate. */
static const uint32_t atom_root = UINT32_C(0x80000000);
static const uint32_t atom_none = UINT32_MAX;

struct leaf {
  enum guard_op op;
  const struct argument *left, *right;
};

static struct leaf leaf_of(const struct graph *graph, uint32_t guard)
{
  const struct guard_node *node = &graph->guards[guard];
  struct leaf leaf = {node->op, &graph->arguments[node->left], NULL};
  if (node->op != GUARD_FACT)
    leaf.right = &graph->arguments[node->right];
  return leaf;
}

static int compare_arguments(const struct argument *a, const struct argument *b)
{
  if (a->kind != b->kind)
    return (int)a->kind - (int)b->kind;
  if (a->kind == ARGUMENT_RESOURCE) {
    if (a->resource != b->resource)
      return a->resource < b->resource ? -1 : 1;
    return memcmp(a->members, b->members, sizeof a->members);
  }
  if (a->kind == ARGUMENT_NUMBER)
    return (a->number > b->number) - (a->number < b->number);
  return text_compare(a->text, b->text);
}

/* client.new.root and client.old.root, in either order. */
static bool compares_roots(const struct leaf *leaf)
{
  return leaf->right != NULL && leaf->left->kind == ARGUMENT_RESOURCE &&
         leaf->right->kind == ARGUMENT_RESOURCE && leaf->left->resource == leaf->right->resource &&
         argument_has_member(leaf->left, MEMBER_ROOT) &&
         argument_has_member(leaf->right, MEMBER_ROOT);
}

static struct leaf normal_leaf(struct leaf leaf)
{
  if (leaf.op == GUARD_UNEQUAL)
    leaf.op = GUARD_EQUAL;
  if (leaf.right != NULL && compare_arguments(leaf.left, leaf.right) > 0) {
    const struct argument *left = leaf.left;
    leaf.left = leaf.right;
    leaf.right = left;
  }
  return leaf;
}

struct numbered_leaf {
  struct leaf leaf;
  uint32_t guard;
};

static int compare_leaves(const void *a, const void *b)
{
  const struct numbered_leaf *left = a, *right = b;
  if (left->leaf.op != right->leaf.op)
    return (int)left->leaf.op - (int)right->leaf.op;
  int order = compare_arguments(left->leaf.left, right->leaf.left);
  if (order == 0 && left->leaf.right != NULL)
    order = compare_arguments(left->leaf.right, right->leaf.right);
  return order;
}

static int compare_numbered(const void *a, const void *b)
{
  int order = compare_leaves(a, b);
  const struct numbered_leaf *left = a, *right = b;
  return order != 0 ? order : (left->guard > right->guard) - (left->guard < right->guard);
}

void model_find_atoms(struct model *model)
{
  const struct graph *graph = model->graph;
  model->atom_of = arena_array(model->arena, (size_t)graph->guard_count + 1, sizeof(uint32_t));
  struct numbered_leaf *leaves =
      arena_array(model->arena, (size_t)graph->guard_count + 1, sizeof *leaves);
  uint32_t count = 0;
  for (uint32_t i = 0; i < graph->guard_count; i++) {
    enum guard_op op = graph->guards[i].op;
    model->atom_of[i] = atom_none;
    if (op != GUARD_EQUAL && op != GUARD_UNEQUAL && op != GUARD_FACT)
      continue;
    struct leaf leaf = leaf_of(graph, i);
    if (compares_roots(&leaf))
      model->atom_of[i] = atom_root | leaf.left->resource;
    else
      leaves[count++] = (struct numbered_leaf){normal_leaf(leaf), i};
  }
  if (count != 0)
    qsort(leaves, count, sizeof *leaves, compare_numbered);
  uint32_t same = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (compare_leaves(&leaves[same], &leaves[i]) != 0)
      same = i;
    model->atom_of[leaves[i].guard] = leaves[same].guard;
  }
}

static void add_atom(struct atoms *atoms, uint32_t atom)
{
  for (uint32_t i = 0; i < atoms->count; i++)
    if (atoms->items[i] == atom)
      return;
  if (atoms->count == ATOMS_MAX) {
    atoms->is_full = true;
    return;
  }
  atoms->items[atoms->count++] = atom;
}

void atoms_add_guard(const struct model *model, struct atoms *atoms, uint32_t guard)
{
  if (guard == INDEX_NONE)
    return;
  const struct guard_node *node = &model->graph->guards[guard];
  switch (node->op) {
  case GUARD_NOT:
    atoms_add_guard(model, atoms, node->left);
    return;
  case GUARD_AND:
  case GUARD_OR:
    atoms_add_guard(model, atoms, node->left);
    atoms_add_guard(model, atoms, node->right);
    return;
  case GUARD_EQUAL:
  case GUARD_UNEQUAL:
  case GUARD_FACT:
    add_atom(atoms, model->atom_of[guard]);
    return;
  case GUARD_CONSTANT:
    return;
  }
}

void atoms_add_register(const struct model *model, struct atoms *atoms, uint32_t reg)
{
  if (reg == REGISTER_NONE)
    return;
  struct written written = model_register(model, reg);
  for (uint32_t i = 0; i < written.count; i++)
    atoms_add_guard(model, atoms, written.writes[i].guard);
}

void atoms_add_same_root(const struct model *model, struct atoms *atoms, uint32_t certificate)
{
  (void)model;
  add_atom(atoms, atom_root | certificate);
}

static bool atom_holds(const struct atoms *atoms, uint32_t mask, uint32_t atom)
{
  for (uint32_t i = 0; i < atoms->count; i++)
    if (atoms->items[i] == atom)
      return (mask >> i & 1) != 0;
  return false;
}

bool atoms_same_root(const struct atoms *atoms, uint32_t mask, uint32_t certificate)
{
  return atom_holds(atoms, mask, atom_root | certificate);
}

bool atoms_agree(const struct atoms *a, uint32_t mask_a, const struct atoms *b, uint32_t mask_b)
{
  for (uint32_t i = 0; i < a->count; i++)
    for (uint32_t j = 0; j < b->count; j++)
      if (a->items[i] == b->items[j] && (mask_a >> i & 1) != (mask_b >> j & 1))
        return false;
  return true;
}

bool guard_holds(const struct model *model, const struct atoms *atoms, uint32_t mask,
                 uint32_t guard)
{
  if (guard == INDEX_NONE)
    return true;
  const struct guard_node *node = &model->graph->guards[guard];
  switch (node->op) {
  case GUARD_NOT:
    return !guard_holds(model, atoms, mask, node->left);
  case GUARD_AND:
    return guard_holds(model, atoms, mask, node->left) &&
           guard_holds(model, atoms, mask, node->right);
  case GUARD_OR:
    return guard_holds(model, atoms, mask, node->left) ||
           guard_holds(model, atoms, mask, node->right);
  case GUARD_EQUAL:
  case GUARD_FACT:
    return atom_holds(atoms, mask, model->atom_of[guard]);
  case GUARD_UNEQUAL:
    return !atom_holds(atoms, mask, model->atom_of[guard]);
  case GUARD_CONSTANT:
    return node->left != 0;
  }
  return true;
}

static void say_argument(const struct graph *graph, const struct argument *argument,
                         struct buffer *out)
{
  if (argument->kind != ARGUMENT_RESOURCE) {
    /* A param that has no value yet stands there as it would in a text. */
    struct text said = argument->text;
    if (text_starts_with(said, "${") && text_ends_with(said, "}"))
      said = (struct text){said.at + 2, said.length - 3};
    buffer_add_text(out, said);
    return;
  }
  buffer_add_text(out, graph->resources[argument->resource].name);
  for (int i = 0; i < MEMBERS_MAX && argument->members[i] != MEMBER_NONE; i++)
    buffer_format(out, ".%s", member_words[argument->members[i]]);
}

struct text atoms_say(const struct model *model, const struct atoms *atoms, uint32_t mask)
{
  const struct graph *graph = model->graph;
  struct buffer out = {0};
  for (uint32_t i = 0; i < atoms->count; i++) {
    uint32_t atom = atoms->items[i];
    bool holds = (mask >> i & 1) != 0;
    if (out.size_bytes != 0)
      buffer_add_zero(&out, " and ");
    if ((atom & atom_root) != 0) {
      struct text name = graph->resources[atom & ~atom_root].name;
      buffer_format(&out, "%.*s.new.root %s %.*s.old.root", TEXT_ARG(name),
                    holds ? "==" : "!=", TEXT_ARG(name));
      continue;
    }
    struct leaf leaf = leaf_of(graph, atom);
    say_argument(graph, leaf.left, &out);
    if (leaf.right == NULL) {
      buffer_format(&out, " is %s", holds ? "yes" : "no");
      continue;
    }
    if (leaf.right->kind != ARGUMENT_RESOURCE &&
        (text_is(leaf.right->text, "yes") || text_is(leaf.right->text, "no"))) {
      buffer_format(&out, " is %s", text_is(leaf.right->text, "yes") == holds ? "yes" : "no");
      continue;
    }
    buffer_add_zero(&out, holds ? " == " : " != ");
    say_argument(graph, leaf.right, &out);
  }
  struct text said = text_copy(model->arena, buffer_text(&out));
  buffer_free(&out);
  return said;
}
