/* SPDX-License-Identifier: Apache-2.0 */
/* certificate: the orders of a plan file as a set: each walked once, looked up, and needed. */
#include "compiler/verify/verify.h"

struct certificate {
  const struct graph *graph;
  uint32_t *slots; /* order + 1; 0 = free */
  uint32_t slot_count;
  bool *is_needed; /* by order */
};

static uint32_t slot_of(const struct certificate *c, uint32_t a, uint32_t b)
{
  uint64_t hash = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
  uint32_t at = (uint32_t)(hash >> 32) & (c->slot_count - 1);
  for (; c->slots[at] != 0; at = (at + 1) & (c->slot_count - 1)) {
    const struct graph_order *order = &c->graph->orders[c->slots[at] - 1];
    if (order->before == a && order->after == b)
      break;
  }
  return at;
}

static bool is_certified(void *of, uint32_t a, uint32_t b, bool is_new)
{
  const struct certificate *c = of;
  return !is_new && c->slots[slot_of(c, a, b)] != 0;
}

static void need(void *of, uint32_t a, uint32_t b)
{
  const struct certificate *c = of;
  c->is_needed[c->slots[slot_of(c, a, b)] - 1] = true;
}

static struct text words_of(struct arena *arena, const struct graph *graph,
                            const struct graph_order *order)
{
  return order->before < graph->step_count && order->after < graph->step_count
             ? text_format(arena, "`%.*s` before `%.*s`",
                           TEXT_ARG(graph->steps[order->before].id),
                           TEXT_ARG(graph->steps[order->after].id))
             : TEXT("an order of steps that are not there");
}

static struct text check_certificate(struct arena *arena, const struct graph *graph)
{
  struct certificate c = {.graph = graph, .slot_count = 16};
  struct chains chains;
  chains_make(&chains, arena, graph);
  while (c.slot_count < graph->order_count * 2)
    c.slot_count *= 2;
  c.slots = arena_array(arena, c.slot_count, sizeof *c.slots);
  c.is_needed = arena_array(arena, (size_t)graph->order_count + 1, sizeof *c.is_needed);
  for (uint32_t i = 0; i < graph->order_count; i++) {
    const struct graph_order *order = &graph->orders[i];
    if (!order_walk(&chains, order))
      return text_format(arena, "nobody learns on the way that it names: %.*s",
                         TEXT_ARG(words_of(arena, graph, order)));
    uint32_t slot = slot_of(&c, order->before, order->after);
    if (c.slots[slot] != 0)
      return text_format(arena, "it says twice: %.*s", TEXT_ARG(words_of(arena, graph, order)));
    c.slots[slot] = i + 1;
  }
  struct verify_orders orders = {is_certified, need, &c};
  struct text wrong = verify_questions(arena, graph, &orders);
  for (uint32_t i = 0; i < graph->order_count && wrong.length == 0; i++)
    if (!c.is_needed[i])
      wrong = text_format(arena, "nothing needs what it says: %.*s",
                          TEXT_ARG(words_of(arena, graph, &graph->orders[i])));
  return wrong;
}

bool verify_graph(const struct checked_graph *checked, struct diag_list *diags,
                  struct proven_graph *ret_proven)
{
  struct arena *arena = arena_new("certificate", 0);
  struct text wrong = check_certificate(arena, checked->graph);
  if (wrong.length == 0)
    ret_proven->checked = *checked;
  else {
    struct diag *diag =
        diag_add_nowhere(diags, DIAG_E1123, "the plan file's proof does not hold: %.*s",
                         TEXT_ARG(wrong));
    diag_add_help(diags, diag,
                  "compile the plan again (`renew plan FILE -o FILE.rplan`) and have it reviewed; "
                  "this file was changed, or was written by a release that proved less");
  }
  arena_free(arena);
  return wrong.length == 0;
}
