/* SPDX-License-Identifier: Apache-2.0 */
/* promela_facts: the conditions of a plan as variables of the model, each tried both ways. */
#include "compiler/prove/promela_int.h"

static bool compares_roots(const struct graph *graph, const struct guard_node *node)
{
  const struct argument *a = &graph->arguments[node->left], *b = &graph->arguments[node->right];
  return a->kind == ARGUMENT_RESOURCE && b->kind == ARGUMENT_RESOURCE &&
         a->resource == b->resource && promela_has_member(a, MEMBER_ROOT) &&
         promela_has_member(b, MEMBER_ROOT);
}

/* The fact's own words are its name: the same question is the same fact. */
static struct text fact_of(struct promela *p, uint32_t guard)
{
  struct guard_node node = p->graph->guards[guard];
  if (node.op != GUARD_FACT && compares_roots(p->graph, &node))
    return text_format(p->arena, "same_root_%u", p->graph->arguments[node.left].resource);
  struct buffer words = {0};
  for (int side = 0; side < (node.op == GUARD_FACT ? 1 : 2); side++) {
    const struct argument *a = &p->graph->arguments[side == 0 ? node.left : node.right];
    buffer_add_zero(&words, side == 0 ? "fact" : "_is");
    if (a->kind == ARGUMENT_RESOURCE) {
      buffer_format(&words, "_%.*s", TEXT_ARG(p->graph->resources[a->resource].name));
      for (int i = 0; i < MEMBERS_MAX && a->members[i] != MEMBER_NONE; i++)
        buffer_format(&words, "_%s", member_words[a->members[i]]);
    } else if (a->kind == ARGUMENT_NUMBER) {
      buffer_format(&words, "_%lld", (long long)a->number);
    } else {
      buffer_format(&words, "_%.*s", TEXT_ARG(a->text));
    }
  }
  for (size_t i = 0; i < words.size_bytes; i++) {
    unsigned char c = (unsigned char)words.bytes[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
      words.bytes[i] = '_';
  }
  struct text fact = text_copy(p->arena, buffer_text(&words));
  buffer_free(&words);
  return fact;
}

void promela_say_guard(struct promela *p, uint32_t guard, struct buffer *out)
{
  const struct guard_node *node = &p->graph->guards[guard];
  switch (node->op) {
  case GUARD_NOT:
    /* Two of them in a row would be another operator. */
    buffer_add_zero(out, "!(");
    promela_say_guard(p, node->left, out);
    buffer_add_zero(out, ")");
    return;
  case GUARD_AND:
  case GUARD_OR:
    buffer_add_zero(out, "(");
    promela_say_guard(p, node->left, out);
    buffer_add_zero(out, node->op == GUARD_AND ? " && " : " || ");
    promela_say_guard(p, node->right, out);
    buffer_add_zero(out, ")");
    return;
  case GUARD_EQUAL:
  case GUARD_FACT:
    buffer_add_text(out, fact_of(p, guard));
    return;
  case GUARD_UNEQUAL:
    buffer_format(out, "!%.*s", TEXT_ARG(fact_of(p, guard)));
    return;
  case GUARD_CONSTANT:
    buffer_add_zero(out, node->left != 0 ? "true" : "false");
    return;
  }
}

/* A comment and a name each: the steps that may fail. */
static void put_failures(struct promela *p, struct buffer *out)
{
  bool any = false;
  for (uint32_t i = 0; i < p->graph->step_count; i++) {
    const struct step *step = &p->graph->steps[i];
    if (step->kind == STEP_JOIN || step->on_failure != FAILURE_CONTINUE)
      continue;
    if (!any)
      buffer_add_zero(out,
                      "\n/* on failure continue: 1 it fails; 2 it fails, and had its effect */\n"
                      "bool has_failed;\n");
    any = true;
    buffer_format(out, "byte fails_%.*s;\n", TEXT_ARG(p->step_ids[i]));
  }
}

void promela_put_failure(struct promela *p, uint32_t step, bool has_effect, struct buffer *choices)
{
  struct text id = p->step_ids[step];
  if (p->graph->steps[step].on_failure != FAILURE_CONTINUE)
    return;
  p->may_fail = true;
  buffer_format(choices, "    if :: fails_%.*s = 1;%s", TEXT_ARG(id),
                has_effect ? " has_failed = true" : "");
  if (has_effect)
    buffer_format(choices, " :: fails_%.*s = 2", TEXT_ARG(id));
  buffer_add_zero(choices, " :: true fi;\n");
}

void promela_say_happens(struct promela *p, uint32_t step, bool is_heard, struct buffer *out)
{
  const struct step *row = &p->graph->steps[step];
  buffer_add_zero(out, "(");
  if (row->guard != INDEX_NONE)
    promela_say_guard(p, row->guard, out);
  if (row->on_failure == FAILURE_CONTINUE)
    buffer_format(out, "%sfails_%.*s %s", row->guard == INDEX_NONE ? "" : " && ",
                  TEXT_ARG(p->step_ids[step]), is_heard ? "== 0" : "!= 1");
  buffer_add_zero(out, ")");
}

void promela_put_facts(struct promela *p, struct buffer *out, struct buffer *choices)
{
  struct text_map seen;
  text_map_start(&seen, p->arena);
  buffer_add_zero(out, "\n/* What only the run will know. Both answers are tried. */\n");
  for (uint32_t i = 0; i < p->graph->resource_count; i++) {
    if (p->graph->resources[i].kind != KIND_CERTIFICATE || !p->root_in_play[i])
      continue;
    struct text fact = text_format(p->arena, "same_root_%u", i);
    text_map_add(&seen, fact, 0, NULL);
    struct text name = p->graph->resources[i].name;
    buffer_format(out, "bool %.*s; /* %.*s.new.root is %.*s.old.root */\n", TEXT_ARG(fact),
                  TEXT_ARG(name), TEXT_ARG(name));
    buffer_format(choices, "    if :: %.*s = true :: true fi;\n", TEXT_ARG(fact));
  }
  for (uint32_t i = 0; i < p->graph->guard_count; i++) {
    enum guard_op op = p->graph->guards[i].op;
    if (op != GUARD_EQUAL && op != GUARD_UNEQUAL && op != GUARD_FACT)
      continue;
    struct text fact = fact_of(p, i);
    if (!text_map_add(&seen, fact, 0, NULL))
      continue;
    buffer_format(out, "bool %.*s;\n", TEXT_ARG(fact));
    buffer_format(choices, "    if :: %.*s = true :: true fi;\n", TEXT_ARG(fact));
  }
  put_failures(p, out);
}
