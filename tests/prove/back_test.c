/* SPDX-License-Identifier: Apache-2.0 */
/*
 * back: roll-backs, proven and searched (search.h). Random plans in which one step fails and is put back:
 * what waits for it never begins, everything else may.
 *   own undo   the undo does anything at all: the proof of the way back and the search agree
 *   inverse    the undo takes back what the step did: where the search finds the plan safe, it finds the way
 *              back safe, too. That is why an inverse needs no proof of its own (compiler/prove/back.h).
 *   PROVE_BACKS=N  random plans (default 20,000; 2,000 in the sanitizer build)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/prove/back_int.h"
#include "tests/prove/made_plan.h"
#include "tests/prove/search.h"

#ifdef __SANITIZE_ADDRESS__
enum { PLANS_USUAL = 2000 };
#else
enum { PLANS_USUAL = 20000 };
#endif

enum { STATES_LIMIT = 100000, SHOWN = 3 };

struct tally {
  unsigned long long plans, racing, too_large, safe, unsafe, disagree;
};

static void note_bad(struct search *s, const struct search_world *world, void *with)
{
  bool *bad = with;
  for (uint32_t i = 0; i < search_call_count(s); i++) {
    uint32_t may = search_presents(s, world, i);
    *bad |= (may >> SEARCH_NONE & 1) != 0;
    for (uint32_t v = SEARCH_OLD; v <= SEARCH_NEW; v++)
      if ((may >> v & 1) != 0)
        *bad |= search_refuses_element(s, world, i, v) || search_refuses_root(s, world, i, v);
  }
}

/* False where it is too large. */
static bool find_bad(struct search *s, const struct graph *graph, const bool *only, bool *ret_bad)
{
  struct search_options options = {.only = only};
  *ret_bad = false;
  if (!search_read(s, graph, &options))
    return false;
  for (uint32_t a = 0; a < 1u << search_atom_count(s); a++)
    if (!search_run(s, a, STATES_LIMIT, note_bad, ret_bad))
      return false;
  return true;
}

static void find_others(const struct made_plan *plan, uint32_t failed, bool *only)
{
  bool behind[MADE_STEPS] = {false};
  behind[failed] = true;
  for (uint32_t i = 0; i < plan->count; i++) {
    for (uint32_t j = 0; j < i; j++)
      behind[i] |= (plan->steps[i].waits >> j & 1) != 0 && behind[j];
    only[i] = i == failed || !behind[i];
  }
}

/* The last step of the plan becomes the undo of the one that fails. */
static struct graph *graph_with_undo(struct arena *arena, const struct made_plan *plan,
                                     uint32_t failed)
{
  struct graph *graph = made_graph(arena, plan);
  graph->undo = &graph->steps[plan->count - 1];
  graph->undo_count = 1;
  graph->step_count--;
  graph->action_count--;
  graph->steps[failed].undo = 0;
  graph->steps[failed].on_failure = FAILURE_ROLL_BACK;
  return graph;
}

static bool is_racing(const struct proof *proof)
{
  for (uint32_t i = 0; proof != NULL && i < proof->finding_count; i++)
    if (proof->findings[i].code == DIAG_E0616 || proof->findings[i].code == DIAG_E0624)
      return true;
  return false;
}

static void add_undo(struct made_plan *plan, uint32_t failed, struct made_step undo, uint32_t role)
{
  undo.roles = (uint8_t)(1u << role | plan->steps[failed].roles);
  undo.signers = 0;
  undo.waits = (uint16_t)(1u << failed);
  plan->steps[plan->count++] = undo;
}

static void compare_own(struct search *s, const struct made_plan *plan, uint32_t failed,
                        uint32_t role, struct tally *tally)
{
  struct arena *arena = arena_new("back", 0);
  bool only[MADE_STEPS], bad;
  find_others(plan, failed, only);
  only[plan->count - 1] = true;
  struct graph *graph = graph_with_undo(arena, plan, failed);
  graph->undo[0].role = role;
  const struct proof *proof = prove_roll_back(arena, graph, failed);
  tally->plans++;
  if (is_racing(proof))
    tally->racing++;
  else if (!find_bad(s, made_graph(arena, plan), only, &bad))
    tally->too_large++;
  else {
    tally->unsafe += bad;
    tally->safe += !bad;
    if (bad == (proof == NULL) && tally->disagree++ < SHOWN) {
      print_message("step %u fails, the last one puts back: the proof says %s, the search %s\n",
                    failed, proof == NULL ? "safe" : "unsafe", bad ? "unsafe" : "safe");
      made_print(plan, print_message);
    }
  }
  arena_free(arena);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
  const char *value = getenv(name);
  return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

static bool is_one_role(const struct made_step *step, uint32_t *ret_role)
{
  for (uint32_t r = 0; r < MADE_ROLES; r++)
    if (step->roles == 1u << r) {
      *ret_role = r;
      return true;
    }
  return false;
}

static struct made_step draw_undo(struct draw *draw)
{
  static const enum deed deeds[] = {
      DEED_ACCEPT,  DEED_REMOVE, DEED_EXCHANGE, DEED_EXCHANGE, DEED_REMOVE_ROOT, DEED_IMPORT_ROOT,
      DEED_RESTART, DEED_STOP,   DEED_START,    DEED_SLOT,     DEED_SWITCH};
  return (struct made_step){.deed = deeds[draw_below(draw, sizeof deeds / sizeof *deeds)],
                            .is_old = draw_below(draw, 2) == 0,
                            .is_second = draw_below(draw, 6) == 0,
                            .node = (uint8_t)draw_below(draw, 3)};
}

static void an_undo_of_its_own_agrees(void **state)
{
  (void)state;
  struct search *s = search_new();
  struct tally tally = {0};
  struct draw draw = {number_from("PROVE_SEED", UINT64_C(88172645463325252))};
  uint64_t wanted = number_from("PROVE_BACKS", PLANS_USUAL);
  while (tally.plans < wanted) {
    struct made_plan plan;
    uint32_t role, ignored;
    made_random(&draw, &plan);
    uint32_t failed = draw_below(&draw, plan.count);
    role = draw_below(&draw, MADE_ROLES);
    if (plan.count == MADE_STEPS || !is_one_role(&plan.steps[failed], &ignored))
      continue;
    add_undo(&plan, failed, draw_undo(&draw), role);
    compare_own(s, &plan, failed, role, &tally);
  }
  search_free(s);
  print_message("# own undo: plans=%llu disagree=%llu safe=%llu unsafe=%llu racing=%llu "
                "too-large=%llu\n",
                tally.plans, tally.disagree, tally.safe, tally.unsafe, tally.racing,
                tally.too_large);
  assert_int_equal(tally.disagree, 0);
  assert_true(tally.safe * 20 > tally.plans);
  assert_true(tally.unsafe * 20 > tally.plans);
}

/* False where the step has no plain inverse, or does not change anything by itself. */
static bool invert(const struct made_plan *plan, uint32_t failed, struct made_step *ret_undo)
{
  const struct made_step *step = &plan->steps[failed];
  uint32_t same = HAS_BY_SUBJECT | HAS_BY_KEPT_KEY | HAS_ONE_ONLY;
  *ret_undo = *step;
  switch (step->deed) {
  case DEED_ACCEPT:
    ret_undo->deed = DEED_REMOVE;
    return !step->is_old && (plan->features & same) == 0;
  case DEED_REMOVE:
    ret_undo->deed = DEED_ACCEPT;
    return step->is_old && (plan->features & HAS_ONE_ONLY) == 0;
  case DEED_EXCHANGE:
  case DEED_SLOT:
    ret_undo->is_old = !step->is_old;
    return !step->is_old && (plan->features & HAS_ANY_ALIAS) == 0;
  case DEED_SWITCH:
    ret_undo->is_old = !step->is_old;
    return !step->is_old;
  default:
    return false;
  }
}

/* The thing that a step writes, as far as this test tells them apart. */
static uint32_t thing_of(enum deed deed)
{
  switch (deed) {
  case DEED_ACCEPT:
  case DEED_REMOVE:
  case DEED_SLOT:
  case DEED_REVOKE:
    return 1;
  case DEED_EXCHANGE:
  case DEED_DROP_ALIAS:
  case DEED_SIGN:
    return 2;
  case DEED_SWITCH:
    return 3;
  default:
    return 0;
  }
}

/* Nobody else writes it: then the inverse puts back what was there. */
static bool writes_alone(const struct made_plan *plan, uint32_t failed)
{
  for (uint32_t i = 0; i < plan->count; i++)
    if (i != failed && thing_of(plan->steps[i].deed) == thing_of(plan->steps[failed].deed) &&
        (thing_of(plan->steps[i].deed) != 1 ||
         plan->steps[i].is_old == plan->steps[failed].is_old || plan->steps[i].deed == DEED_SLOT ||
         plan->steps[failed].deed == DEED_SLOT))
      return false;
  return true;
}

static void an_inverse_is_safe_where_the_plan_is(void **state)
{
  (void)state;
  struct search *s = search_new();
  struct tally tally = {0};
  struct draw draw = {number_from("PROVE_SEED", UINT64_C(88172645463325252))};
  uint64_t wanted = number_from("PROVE_BACKS", PLANS_USUAL) / 4;
  while (tally.plans < wanted) {
    struct made_plan plan;
    struct made_step undo;
    uint32_t role;
    bool only[MADE_STEPS], bad;
    made_random(&draw, &plan);
    uint32_t failed = draw_below(&draw, plan.count);
    if (plan.count == MADE_STEPS || !is_one_role(&plan.steps[failed], &role) ||
        !invert(&plan, failed, &undo) || !writes_alone(&plan, failed))
      continue;
    struct arena *arena = arena_new("back", 0);
    struct proving p;
    proving_start(&p, arena, made_graph(arena, &plan));
    check_races(&p);
    bool races = p.findings.size_bytes != 0;
    proving_end(&p);
    tally.plans++;
    if (races)
      tally.racing++;
    else if (!find_bad(s, made_graph(arena, &plan), NULL, &bad))
      tally.too_large++;
    else if (bad)
      tally.unsafe++;
    else {
      tally.safe++;
      find_others(&plan, failed, only);
      add_undo(&plan, failed, undo, role);
      only[plan.count - 1] = true;
      if (find_bad(s, made_graph(arena, &plan), only, &bad) && bad && tally.disagree++ < SHOWN) {
        print_message("step %u fails and is put back: the plan is safe, the way back is not\n",
                      failed);
        made_print(&plan, print_message);
      }
    }
    arena_free(arena);
  }
  search_free(s);
  print_message("# inverse: plans=%llu disagree=%llu safe=%llu unsafe=%llu racing=%llu "
                "too-large=%llu\n",
                tally.plans, tally.disagree, tally.safe, tally.unsafe, tally.racing,
                tally.too_large);
  assert_int_equal(tally.disagree, 0);
  assert_true(tally.safe * 50 > tally.plans);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_undo_of_its_own_agrees),
      cmocka_unit_test(an_inverse_is_safe_where_the_plan_is),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests_name("back", tests, NULL, NULL);
}
