/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate: the checker of plan files (compiler/verify) against the proof, on the random plans of the
 * oracle: it answers each question as the proof does, finds a certificate wherever all are answered
 * well, and takes no certificate that was changed, none of a plan that was changed.
 *
 * A changed certificate that is still one (another order that holds, another way that leads there) is
 * not wrong; those are asked of the proof, counted and printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/prove/prove_int.h"
#include "compiler/prove/witness.h"
#include "tests/prove/made_plan.h"

struct seen {
  uint64_t plans, questions, safe, orders, dropped, changed, cut_edges, swapped;
  uint64_t still_whole, dropped_whole, disagree, accepted_wrong;
};

static bool proof_knows(void *of, uint32_t a, uint32_t b, bool is_new)
{
  return is_new && events_knows(of, a, b);
}

static void nothing(void *of, uint32_t a, uint32_t b)
{
  (void)of;
  (void)a;
  (void)b;
}

static bool checks(const struct graph *graph)
{
  struct arena *arena = arena_new("diags", 0);
  struct diag_list diags;
  struct proven_graph proven;
  diag_list_start(&diags, arena);
  bool is_good = verify_graph(&(struct checked_graph){graph}, &diags, &proven);
  assert_true(is_good || diag_list_has_code(&diags, DIAG_E1123));
  arena_free(arena);
  return is_good;
}

/* What was accepted must be so: each order is known, and the plan is safe. */
static bool is_true(const struct graph *graph)
{
  struct arena *arena = arena_new("again", 0);
  struct events events;
  events_build(&events, arena, graph);
  bool is_so = true;
  for (uint32_t i = 0; i < graph->order_count && is_so; i++)
    is_so = events_knows(&events, graph->orders[i].before, graph->orders[i].after);
  struct verify_orders orders = {proof_knows, nothing, &events};
  is_so = is_so && verify_questions(arena, graph, &orders).length == 0;
  arena_free(arena);
  return is_so;
}

static void judge(struct seen *seen, const struct graph *graph, const struct made_plan *plan,
                  const char *how)
{
  if (!checks(graph))
    return;
  seen->still_whole++;
  if (is_true(graph))
    return;
  if (seen->accepted_wrong++ < 3) {
    print_message("accepted: %s\n", how);
    made_print(plan, print_message);
  }
}

static void change_certificate(struct seen *seen, struct graph *graph, const struct made_plan *plan)
{
  for (uint32_t i = 0; i < graph->order_count; i++) {
    struct graph_order *order = &graph->orders[i], kept = *order;
    graph->orders[i] = graph->orders[graph->order_count - 1];
    graph->order_count--;
    seen->dropped++;
    uint64_t whole = seen->still_whole;
    judge(seen, graph, plan, "an order was dropped");
    seen->dropped_whole += seen->still_whole - whole;
    graph->order_count++;
    graph->orders[graph->order_count - 1] = graph->orders[i];
    graph->orders[i] = kept;
    for (int by = -1; by <= 1; by += 2) {
      order->before = kept.before + (uint32_t)by;
      seen->changed++;
      judge(seen, graph, plan, "another first step");
      *order = kept;
      order->after = kept.after + (uint32_t)by;
      seen->changed++;
      judge(seen, graph, plan, "another second step");
      *order = kept;
    }
    for (uint32_t k = 0; k < kept.way.count; k++) {
      uint32_t *number = &graph->order_ways[kept.way.first + k], was = *number;
      for (int by = -1; by <= 1; by += 2) {
        *number = was + (uint32_t)by;
        seen->changed++;
        judge(seen, graph, plan, "another stop on the way");
      }
      *number = was;
    }
    order->way.count = kept.way.count == 0 ? 0 : kept.way.count - 2;
    if (kept.way.count != 0) {
      seen->changed++;
      judge(seen, graph, plan, "a shorter way");
    }
    *order = kept;
  }
}

/* The graph is changed, the certificate is the old one. */
static void change_graph(struct seen *seen, struct graph *graph, const struct made_plan *plan)
{
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct step *step = &graph->steps[i];
    struct range kept = step->waits_for;
    for (uint32_t k = 0; k < kept.count; k++) {
      uint32_t *edges = &graph->indices[kept.first], was = edges[k];
      edges[k] = edges[kept.count - 1];
      step->waits_for.count--;
      seen->cut_edges++;
      judge(seen, graph, plan, "an edge was dropped");
      edges[k] = was;
      step->waits_for = kept;
    }
    for (uint32_t j = i + 1; j < graph->step_count; j++) {
      struct step *other = &graph->steps[j], one = *step, two = *other;
      if (one.kind == STEP_JOIN || two.kind == STEP_JOIN || one.effect == two.effect)
        continue;
      step->effect = two.effect, step->arguments = two.arguments;
      other->effect = one.effect, other->arguments = one.arguments;
      seen->swapped++;
      judge(seen, graph, plan, "two effects were swapped");
      *step = one;
      *other = two;
    }
  }
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
  const char *value = getenv(name);
  return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

static void compare_checker(const struct made_plan *plan, struct seen *seen)
{
  struct arena *arena = arena_new("checker", 0);
  struct graph *graph = made_graph(arena, plan);
  struct proving p;
  proving_start(&p, arena, graph);
  check_races(&p);
  seen->plans++;
  bool races = p.findings.size_bytes != 0, is_safe = !races; /* E0616: nothing is asked */
  struct verify_orders orders = {proof_knows, nothing, p.events};
  for (uint32_t n = 0; n < p.model->connection_count && !races; n++)
    for (uint32_t v = HELD_NONE; v < HELD__COUNT; v++)
      for (int root = 0; root <= (v != HELD_NONE); root++) {
        bool found = safety_is_reachable(&p, n, (enum held)v, root != 0);
        bool good = verify_question(arena, graph, &orders, n, v, root != 0);
        is_safe = is_safe && !found;
        seen->questions++;
        if (found != good)
          continue;
        if (seen->disagree++ < 3) {
          print_message("connection %u version %u root %d: proof %d, checker %d\n", n, v, root,
                        found, !good);
          made_print(plan, print_message);
        }
      }
  if (is_safe) {
    struct proof proof = {.graph = graph, .events = p.events};
    struct diag_list diags;
    struct proven_graph proven;
    diag_list_start(&diags, arena);
    assert_true(witness_write(&proof, graph, &diags, &proven));
    assert_ptr_equal(proven.checked.graph, graph);
    seen->safe++;
    seen->orders += graph->order_count;
    change_certificate(seen, graph, plan);
    change_graph(seen, graph, plan);
  }
  proving_end(&p);
  arena_free(arena);
}

static void checker_agrees_with_the_proof(void **state)
{
  (void)state;
  uint64_t count = number_from("CERTIFICATE_PLANS", 20000);
  struct seen seen = {0};
  struct draw draw = {number_from("PROVE_SEED", UINT64_C(88172645463325252))};
  for (uint64_t i = 0; i < count; i++) {
    struct made_plan plan;
    made_random(&draw, &plan);
    compare_checker(&plan, &seen);
  }
  print_message("# %lu plans, %lu questions, %lu safe with %lu orders; changed: %lu dropped, %lu "
                "otherwise, %lu edges cut, %lu effects swapped; %lu of them proofs as well, %lu of "
                "those where an order was dropped\n",
                (unsigned long)seen.plans, (unsigned long)seen.questions, (unsigned long)seen.safe,
                (unsigned long)seen.orders, (unsigned long)seen.dropped,
                (unsigned long)seen.changed, (unsigned long)seen.cut_edges,
                (unsigned long)seen.swapped, (unsigned long)seen.still_whole,
                (unsigned long)seen.dropped_whole);
  assert_int_equal(seen.disagree, 0);
  assert_int_equal(seen.accepted_wrong, 0);
  assert_true(seen.safe * 100 > seen.plans);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(checker_agrees_with_the_proof)};
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
