/* SPDX-License-Identifier: Apache-2.0 */
/* guard: evaluation of `when` with facts from providers and answers from people. */
#include "runtime/engine/guard.h"

struct guard_context {
  const struct call *call;
  const struct provider_table *table;
  const struct signoff_row *answers;
  size_t answer_count;
};

struct text argument_words(struct arena *arena, const struct graph *graph,
                           const struct argument *argument)
{
  if (argument->kind == ARGUMENT_NUMBER)
    return text_format(arena, "%lld", (long long)argument->number);
  if (argument->kind != ARGUMENT_RESOURCE)
    return argument->text;
  struct text words = graph->resources[argument->resource].name;
  for (int i = 0; i < MEMBERS_MAX && argument->members[i] != MEMBER_NONE; i++)
    words = text_format(arena, "%.*s.%s", TEXT_ARG(words), member_words[argument->members[i]]);
  return words;
}

static bool find_answer(const struct guard_context *context, struct text fact,
                        struct guard_verdict *ret_verdict)
{
  for (size_t i = context->answer_count; i > 0; i--) {
    const struct signoff_row *row = &context->answers[i - 1];
    if (row->means != MEANS_ANSWER || !text_equal(row->item, fact))
      continue;
    ret_verdict->result = text_is(row->decision, "yes") ? GUARD_IS_YES : GUARD_IS_NO;
    ret_verdict->says = text_format(context->call->arena, "%.*s: %.*s, says %.*s", TEXT_ARG(fact),
                                    TEXT_ARG(row->decision), TEXT_ARG(row->signer));
    return true;
  }
  return false;
}

struct text guard_question(struct arena *arena, struct text fact)
{
  static const char suffix[] = ".used-elsewhere", too_late[] = GUARD_TOO_LATE;
  if (text_ends_with(fact, too_late)) {
    fact.length -= sizeof too_late - 1;
    return text_format(arena, "begin `%.*s`, although it may be too late to back out?",
                       TEXT_ARG(fact));
  }
  if (!text_ends_with(fact, suffix))
    return text_format(arena, "does `%.*s` hold?", TEXT_ARG(fact));
  fact.length -= sizeof suffix - 1;
  return text_format(arena, "is %.*s used in any other communication?", TEXT_ARG(fact));
}

static struct guard_verdict ask(const struct guard_context *context, struct text fact,
                                struct text reason)
{
  struct guard_verdict verdict = {.result = GUARD_IS_OPEN, .fact = fact, .says = reason};
  find_answer(context, fact, &verdict);
  return verdict;
}

static struct guard_verdict evaluate_fact(const struct guard_context *context,
                                          const struct argument *argument)
{
  struct arena *arena = context->call->arena;
  struct text fact = argument_words(arena, context->call->graph, argument);
  bool person_knows = false;
  for (int i = 0; i < MEMBERS_MAX; i++)
    person_knows = person_knows || argument->members[i] == MEMBER_USED_ELSEWHERE;
  struct text value;
  struct answer answer = {0};
  if (person_knows || context->table->fact == NULL ||
      context->table->fact(context->call, argument, &value, &answer) != OBSERVED_AFTER)
    return ask(context, fact, answer.says);
  return (struct guard_verdict){
      .result = text_is(value, "yes") ? GUARD_IS_YES : GUARD_IS_NO,
      .says = text_format(arena, "%.*s is %.*s", TEXT_ARG(fact), TEXT_ARG(value)),
  };
}

/* SAP-6ec6-9, SAP-6ec6-30: whether the root changed is compared, not believed. */
static struct guard_verdict evaluate_comparison(const struct guard_context *context,
                                                const struct guard_node *node)
{
  struct arena *arena = context->call->arena;
  const struct graph *graph = context->call->graph;
  const struct argument *sides[2] = {&graph->arguments[node->left], &graph->arguments[node->right]};
  struct text words[2], values[2];
  for (int i = 0; i < 2; i++)
    words[i] = argument_words(arena, graph, sides[i]);
  bool wants_equal = node->op == GUARD_EQUAL;
  for (int i = 0; i < 2; i++) {
    struct answer answer = {0};
    values[i] = words[i];
    if (sides[i]->kind != ARGUMENT_RESOURCE)
      continue;
    if (context->table->fact == NULL ||
        context->table->fact(context->call, sides[i], &values[i], &answer) != OBSERVED_AFTER)
      return ask(context,
                 text_format(arena, "%.*s %s %.*s", TEXT_ARG(words[0]),
                             wants_equal ? "==" : "!=", TEXT_ARG(words[1])),
                 answer.says);
  }
  bool equal = text_equal(values[0], values[1]);
  return (struct guard_verdict){
      .result = equal == wants_equal ? GUARD_IS_YES : GUARD_IS_NO,
      .says = text_format(arena, "%.*s is %s as %.*s", TEXT_ARG(words[0]),
                          equal ? "the same" : "not the same", TEXT_ARG(words[1])),
  };
}

static struct guard_verdict evaluate(const struct guard_context *context, uint32_t guard)
{
  const struct graph *graph = context->call->graph;
  const struct guard_node *node = &graph->guards[guard];
  struct guard_verdict left, right;
  switch (node->op) {
  case GUARD_NOT:
    left = evaluate(context, node->left);
    if (left.result != GUARD_IS_OPEN)
      left.result = left.result == GUARD_IS_YES ? GUARD_IS_NO : GUARD_IS_YES;
    return left;
  case GUARD_AND:
  case GUARD_OR: {
    enum guard_result decides = node->op == GUARD_AND ? GUARD_IS_NO : GUARD_IS_YES;
    left = evaluate(context, node->left);
    if (left.result == decides)
      return left;
    right = evaluate(context, node->right);
    return right.result == decides || left.result != GUARD_IS_OPEN ? right : left;
  }
  case GUARD_EQUAL:
  case GUARD_UNEQUAL:
    return evaluate_comparison(context, node);
  case GUARD_FACT:
    return evaluate_fact(context, &graph->arguments[node->left]);
  case GUARD_CONSTANT:
    return (struct guard_verdict){.result = node->left ? GUARD_IS_YES : GUARD_IS_NO};
  }
  return (struct guard_verdict){.result = GUARD_IS_OPEN};
}

struct guard_verdict guard_evaluate(const struct call *call, const struct provider_table *table,
                                    uint32_t guard, const struct signoff_row *answers,
                                    size_t answer_count)
{
  struct guard_context context = {call, table, answers, answer_count};
  return evaluate(&context, guard);
}
