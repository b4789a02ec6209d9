/* SPDX-License-Identifier: Apache-2.0 */
/* poset_test: poset_before and poset_least_cut against a closure computed the plain way, over random
 * orders of many shapes, asked in the ways that the proof asks: near by, far away, one event again and
 * again, in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/prove/poset.h"

enum { EVENTS_MAX = 300, ORDERS = 400, QUESTIONS = 2000 };

static uint64_t seed = UINT64_C(88172645463325252);

static uint32_t below(uint32_t limit)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (uint32_t)(seed >> 33) % limit;
}

/* Whether a comes before b, or is b: by the plain way. */
static bool reach[EVENTS_MAX][EVENTS_MAX];

static uint32_t make_order(struct poset *poset, struct arena *arena, uint32_t count)
{
  static struct poset_edge edges[EVENTS_MAX * 8];
  uint32_t edge_count = 0, shape = below(4), near = 1 + below(count);
  memset(reach, 0, sizeof reach);
  for (uint32_t b = 0; b < count; b++) {
    reach[b][b] = true;
    uint32_t preds = shape == 0 ? 1 : shape == 1 ? below(2) : below(4);
    if (shape == 3 && below(20) == 0)
      preds = 7;
    for (uint32_t i = 0; i < preds && b > 0; i++) {
      uint32_t a = below(3) == 0 ? below(b) : b - 1 - below(b < near ? b : near);
      edges[edge_count++] = (struct poset_edge){a, b};
      for (uint32_t x = 0; x <= a; x++)
        reach[x][b] |= reach[x][a];
    }
  }
  poset_build(poset, arena, count, edges, edge_count);
  return edge_count;
}

static void ask(struct poset *poset, uint32_t a, uint32_t b)
{
  if (poset_before(poset, a, b) != (a <= b && reach[a][b]))
    fail_msg("%u before %u of %u: should be %d", a, b, poset->count, reach[a][b]);
}

static void every_answer_is_the_plain_one(void **state)
{
  (void)state;
  uint64_t yes = 0;
  for (uint32_t n = 0; n < ORDERS; n++) {
    struct arena *arena = arena_new("test", 0);
    struct poset poset;
    uint32_t count = 2 + below(EVENTS_MAX - 2);
    make_order(&poset, arena, count);
    uint32_t hub = below(count);
    for (uint32_t i = 0; i < QUESTIONS; i++) {
      uint32_t a = below(count), b = below(count);
      if (i % 500 == 0)
        hub = below(count);
      switch (n % 4) {
      case 0:
        break;
      case 1:
        a = hub;
        break;
      case 2:
        b = hub;
        break;
      default:
        a = i % 2 == 0 ? hub : a;
        b = i % 2 == 0 ? b : hub;
      }
      ask(&poset, a, b);
      yes += a < b && reach[a][b];
    }
    assert_true(poset_before(&poset, EVENT_NONE, hub));
    assert_false(poset_before(&poset, hub, EVENT_NONE));
    assert_false(poset.is_exhausted);
    arena_free(arena);
  }
  assert_true(yes > ORDERS * QUESTIONS / 20);
}

static void a_cut_holds_what_comes_before(void **state)
{
  (void)state;
  for (uint32_t n = 0; n < ORDERS; n++) {
    struct arena *arena = arena_new("test", 0);
    struct poset poset;
    uint32_t count = 2 + below(EVENTS_MAX - 2), held = 0;
    make_order(&poset, arena, count);
    uint32_t events[] = {below(count), EVENT_NONE, below(count)};
    uint64_t *cut;
    uint32_t told = poset_least_cut(&poset, events, below(2) == 0 ? 2 : 3, &cut);
    bool two = poset_holds(cut, events[2]);
    for (uint32_t i = 0; i < count; i++) {
      bool first = i <= events[0] && reach[i][events[0]];
      bool second = i <= events[2] && reach[i][events[2]];
      held += poset_holds(cut, i);
      assert_true(!first || poset_holds(cut, i));
      assert_true(!poset_holds(cut, i) || first || (two && second));
    }
    assert_int_equal(told, held);
    arena_free(arena);
  }
}

static void what_is_near_is_all_that_comes_behind(void **state)
{
  (void)state;
  uint32_t small = 0;
  for (uint32_t n = 0; n < ORDERS; n++) {
    struct arena *arena = arena_new("test", 0);
    struct poset poset;
    uint32_t count = 2 + below(EVENTS_MAX - 2), event = below(count), found, behind = 0;
    make_order(&poset, arena, count);
    const uint32_t *events;
    bool is_near = poset_near(&poset, event, 1 + below(40), &events, &found);
    for (uint32_t i = event; i < count; i++)
      behind += reach[event][i];
    for (uint32_t i = 0; i < found; i++)
      assert_true(events[i] >= event && reach[event][events[i]]);
    assert_true(!is_near || found == behind);
    small += is_near && found > 1;
    assert_true(poset_near(&poset, event, EVENTS_MAX * 8, &events, &found));
    assert_int_equal(found, behind);
    arena_free(arena);
  }
  assert_true(small > ORDERS / 20);
}

static void work_that_is_too_much_is_said(void **state)
{
  (void)state;
  uint32_t exhausted = 0;
  for (uint32_t n = 0; n < ORDERS; n++) {
    struct arena *arena = arena_new("test", 0);
    struct poset poset;
    make_order(&poset, arena, EVENTS_MAX);
    poset.work_max = 0;
    for (uint32_t i = 0; i < QUESTIONS && !poset.is_exhausted; i++) {
      uint32_t a = below(EVENTS_MAX), b = below(EVENTS_MAX);
      /* Whatever it says is so, but for a `no` that it marks. */
      bool is_before = poset_before(&poset, a, b);
      if (is_before || !poset.is_exhausted)
        assert_int_equal(is_before, a <= b && reach[a][b]);
    }
    exhausted += poset.is_exhausted;
    arena_free(arena);
  }
  assert_true(exhausted > ORDERS / 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_answer_is_the_plain_one),
      cmocka_unit_test(a_cut_holds_what_comes_before),
      cmocka_unit_test(what_is_near_is_all_that_comes_behind),
      cmocka_unit_test(work_that_is_too_much_is_said),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests_name("poset", tests, NULL, NULL);
}
