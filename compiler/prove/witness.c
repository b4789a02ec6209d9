/* SPDX-License-Identifier: Apache-2.0 */
/* witness: see witness.h. The checker's own questions are asked, and answered by the proof's order of
 * events; what the answers rest on is the certificate. */
#include "compiler/prove/witness.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/prove/events.h"
#include "compiler/prove/witness_int.h"

struct pair {
  uint32_t before, after;
};

struct collecting {
  struct events *events;
  struct buffer pairs; /* struct pair */
  uint32_t *slots;     /* pair + 1 */
  uint32_t slot_count;
  bool *is_needed; /* by pair: of the second round */
};

static uint32_t pair_count(const struct collecting *c)
{
  return (uint32_t)(c->pairs.size_bytes / sizeof(struct pair));
}

static struct pair *pair_at(const struct collecting *c, uint32_t i)
{
  return &((struct pair *)(void *)c->pairs.bytes)[i];
}

static uint32_t slot_of(const struct collecting *c, uint32_t a, uint32_t b)
{
  uint64_t hash = ((uint64_t)b << 32 | a) * UINT64_C(0x9e3779b97f4a7c15);
  uint32_t at = (uint32_t)(hash >> 32) & (c->slot_count - 1);
  for (; c->slots[at] != 0; at = (at + 1) & (c->slot_count - 1)) {
    const struct pair *pair = pair_at(c, c->slots[at] - 1);
    if (pair->before == a && pair->after == b)
      break;
  }
  return at;
}

static void grow(struct collecting *c)
{
  free(c->slots);
  c->slot_count = c->slot_count == 0 ? 1024 : c->slot_count * 2;
  c->slots = calloc(c->slot_count, sizeof *c->slots);
  if (c->slots == NULL)
    abort();
  for (uint32_t i = 0; i < pair_count(c); i++)
    c->slots[slot_of(c, pair_at(c, i)->before, pair_at(c, i)->after)] = i + 1;
}

static bool is_before(void *of, uint32_t a, uint32_t b, bool is_new)
{
  struct collecting *c = of;
  return c->slots[slot_of(c, a, b)] != 0 || (is_new && events_knows(c->events, a, b));
}

static void collect(void *of, uint32_t a, uint32_t b)
{
  struct collecting *c = of;
  struct pair pair = {a, b};
  if (c->slots[slot_of(c, a, b)] != 0)
    return;
  if ((pair_count(c) + 2) * 2 > c->slot_count)
    grow(c);
  c->slots[slot_of(c, a, b)] = pair_count(c) + 1;
  buffer_add(&c->pairs, &pair, sizeof pair);
}

static bool is_collected(void *of, uint32_t a, uint32_t b, bool is_new)
{
  struct collecting *c = of;
  return !is_new && c->slots[slot_of(c, a, b)] != 0;
}

static void need(void *of, uint32_t a, uint32_t b)
{
  struct collecting *c = of;
  c->is_needed[c->slots[slot_of(c, a, b)] - 1] = true;
}

static int compare_pairs(const void *a, const void *b)
{
  const struct pair *left = a, *right = b;
  if (left->after != right->after)
    return left->after < right->after ? -1 : 1;
  return (left->before > right->before) - (left->before < right->before);
}

/* By the step that has to wait; those that a later answer made needless are left out. */
static void settle(struct collecting *c, struct arena *arena, const struct graph *graph)
{
  struct verify_orders orders = {is_collected, need, c};
  c->is_needed = arena_array(arena, (size_t)pair_count(c) + 1, sizeof *c->is_needed);
  verify_questions(arena, graph, &orders);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < pair_count(c); i++)
    if (c->is_needed[i])
      *pair_at(c, kept++) = *pair_at(c, i);
  c->pairs.size_bytes = kept * sizeof(struct pair);
  if (kept > 1)
    qsort(c->pairs.bytes, kept, sizeof(struct pair), compare_pairs);
}

static bool find_ways(const struct collecting *c, struct arena *arena, struct graph *graph)
{
  struct ways ways;
  struct buffer all = {0};
  bool found = true;
  ways_start(&ways, arena, graph);
  graph->order_count = pair_count(c);
  graph->orders = arena_array(graph->arena, (size_t)graph->order_count + 1, sizeof *graph->orders);
  for (uint32_t i = 0; found && i < graph->order_count; i++) {
    struct pair pair = *pair_at(c, i);
    found = ways_find(&ways, pair.before, pair.after);
    graph->orders[i] = (struct graph_order){
        pair.before,
        pair.after,
        {(uint32_t)(all.size_bytes / sizeof(uint32_t)),
         (uint32_t)(ways.way.size_bytes / sizeof(uint32_t))}};
    buffer_add(&all, ways.way.bytes, ways.way.size_bytes);
  }
  graph->order_way_count = (uint32_t)(all.size_bytes / sizeof(uint32_t));
  graph->order_ways =
      arena_array(graph->arena, (size_t)graph->order_way_count + 1, sizeof(uint32_t));
  if (all.size_bytes != 0)
    memcpy(graph->order_ways, all.bytes, all.size_bytes);
  buffer_free(&all);
  ways_end(&ways);
  return found;
}

bool witness_write(const struct proof *proof, struct graph *graph, struct diag_list *diags,
                   struct proven_graph *ret_proven)
{
  struct arena *arena = arena_new("certificate", 0);
  struct collecting c = {.events = proof->events};
  struct verify_orders orders = {is_before, collect, &c};
  grow(&c);
  struct text open = verify_questions(arena, graph, &orders);
  bool found = false;
  if (open.length == 0) {
    settle(&c, arena, graph);
    found = find_ways(&c, arena, graph);
  }
  free(c.slots);
  buffer_free(&c.pairs);
  if (!found) {
    struct diag *diag = diag_add_nowhere(
        diags, DIAG_E0624, "the proof's certificate cannot be made%s%.*s",
        open.length == 0 ? ": the plan is too large and too tangled to say who learns what from whom"
                         : ": ",
        TEXT_ARG(open));
    diag_add_help(diags, diag,
                  "put steps that belong together into one block, and the messages between the roles "
                  "on the way from one block to the next");
  }
  arena_free(arena);
  struct checked_graph checked = {graph};
  return found && verify_graph(&checked, diags, ret_proven);
}
