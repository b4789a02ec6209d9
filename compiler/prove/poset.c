/* SPDX-License-Identifier: Apache-2.0 */
/* poset: see poset.h. A question is a search from both ends inside the numbers between them; an event
 * that is asked about again and again gets its whole past, or future, as a bit set. */
#include <string.h>

#include "compiler/prove/poset.h"

enum { ASKED_OFTEN = 12 };
static const uint64_t work_max = UINT64_C(4000000000);

static uint32_t *count_edges(struct arena *arena, uint32_t count, const struct poset_edge *edges,
                             uint32_t edge_count, bool forward)
{
  uint32_t *first = arena_array(arena, (size_t)count + 2, sizeof *first);
  for (uint32_t i = 0; i < edge_count; i++)
    first[(forward ? edges[i].from : edges[i].to) + 2]++;
  for (uint32_t i = 2; i < count + 2; i++)
    first[i] += first[i - 1];
  return first;
}

/* `first` comes one ahead: filling moves each entry to where it belongs. */
static uint32_t *fill_edges(struct arena *arena, uint32_t *first, const struct poset_edge *edges,
                            uint32_t edge_count, bool forward)
{
  uint32_t *ends = arena_array(arena, (size_t)edge_count + 1, sizeof *ends);
  for (uint32_t i = 0; i < edge_count; i++) {
    uint32_t at = forward ? edges[i].from : edges[i].to;
    ends[first[at + 1]++] = forward ? edges[i].to : edges[i].from;
  }
  return ends;
}

void poset_build(struct poset *poset, struct arena *arena, uint32_t count,
                 const struct poset_edge *edges, uint32_t edge_count)
{
  *poset = (struct poset){.arena = arena, .count = count, .work_max = work_max};
  poset->next_first = count_edges(arena, count, edges, edge_count, true);
  poset->next = fill_edges(arena, poset->next_first, edges, edge_count, true);
  poset->back_first = count_edges(arena, count, edges, edge_count, false);
  poset->back = fill_edges(arena, poset->back_first, edges, edge_count, false);
  poset->seen_forward = arena_array(arena, (size_t)count + 1, sizeof(uint32_t));
  poset->seen_back = arena_array(arena, (size_t)count + 1, sizeof(uint32_t));
  poset->queue_forward = arena_array(arena, (size_t)count + 1, sizeof(uint32_t));
  poset->queue_back = arena_array(arena, (size_t)count + 1, sizeof(uint32_t));
  poset->before.event = poset->behind.event = EVENT_NONE;
}

/* One end of a search. */
struct front {
  const uint32_t *first, *edges;
  uint32_t *seen, *queue;
  uint32_t head, tail;
  uint64_t edges_due; /* of what waits in the queue */
};

static void front_push(struct front *front, uint32_t event, uint32_t search)
{
  front->seen[event] = search;
  front->queue[front->tail++] = event;
  front->edges_due += front->first[event + 1] - front->first[event] + 1;
}

/* Expands one event; true when the other end was met. */
static bool front_step(struct poset *poset, struct front *front, const uint32_t *met, uint32_t low,
                       uint32_t high)
{
  uint32_t event = front->queue[front->head++];
  uint32_t last = front->first[event + 1];
  front->edges_due -= last - front->first[event] + 1;
  poset->work += last - front->first[event] + 1;
  for (uint32_t i = front->first[event]; i < last; i++) {
    uint32_t other = front->edges[i];
    if (other < low || other > high || front->seen[other] == poset->search)
      continue;
    if (met[other] == poset->search)
      return true;
    front_push(front, other, poset->search);
  }
  return false;
}

static bool search(struct poset *poset, uint32_t a, uint32_t b)
{
  poset->search++;
  struct front forward = {
      poset->next_first, poset->next, poset->seen_forward, poset->queue_forward, 0, 0, 0};
  struct front back = {
      poset->back_first, poset->back, poset->seen_back, poset->queue_back, 0, 0, 0};
  front_push(&forward, a, poset->search);
  front_push(&back, b, poset->search);
  while (forward.head < forward.tail && back.head < back.tail) {
    if (poset->work > poset->work_max) {
      poset->is_exhausted = true;
      return false;
    }
    bool met = forward.edges_due <= back.edges_due
                   ? front_step(poset, &forward, poset->seen_back, a, b)
                   : front_step(poset, &back, poset->seen_forward, a, b);
    if (met)
      return true;
  }
  return false;
}

static void bit_set(uint64_t *bits, uint32_t event)
{
  bits[event / 64] |= UINT64_C(1) << (event % 64);
}

/* Everything behind `event`, or before it. */
static void close_over(struct poset *poset, struct poset_closure *closure, bool forward)
{
  size_t words = poset->count / 64 + 1;
  if (closure->bits == NULL)
    closure->bits = arena_array(poset->arena, words, sizeof(uint64_t));
  memset(closure->bits, 0, words * sizeof(uint64_t));
  const uint32_t *first = forward ? poset->next_first : poset->back_first;
  const uint32_t *edges = forward ? poset->next : poset->back;
  uint32_t *queue = poset->queue_forward, head = 0, tail = 0;
  bit_set(closure->bits, closure->event);
  queue[tail++] = closure->event;
  while (head < tail) {
    uint32_t event = queue[head++];
    poset->work += first[event + 1] - first[event] + 1;
    for (uint32_t i = first[event]; i < first[event + 1]; i++)
      if (!poset_holds(closure->bits, edges[i])) {
        bit_set(closure->bits, edges[i]);
        queue[tail++] = edges[i];
      }
  }
  closure->is_ready = true;
}

static bool is_asked_often(struct poset_closure *closure, uint32_t event)
{
  if (closure->event != event) {
    closure->event = event;
    closure->asked = 0;
    closure->is_ready = false;
  }
  return ++closure->asked > ASKED_OFTEN;
}

bool poset_before(struct poset *poset, uint32_t a, uint32_t b)
{
  if (a == EVENT_NONE || a == b)
    return true;
  if (b == EVENT_NONE || a > b)
    return false;
  bool much_before = is_asked_often(&poset->before, b);
  bool much_behind = is_asked_often(&poset->behind, a);
  if (much_before) {
    if (!poset->before.is_ready)
      close_over(poset, &poset->before, false);
    return poset_holds(poset->before.bits, a);
  }
  if (much_behind) {
    if (!poset->behind.is_ready)
      close_over(poset, &poset->behind, true);
    return poset_holds(poset->behind.bits, b);
  }
  return search(poset, a, b);
}

uint32_t poset_least_cut(struct poset *poset, const uint32_t *events, uint32_t event_count,
                         uint64_t **ret_cut)
{
  uint64_t *cut = arena_array(poset->arena, poset->count / 64 + 1, sizeof *cut);
  uint32_t *queue = poset->queue_back, head = 0, tail = 0;
  for (uint32_t i = 0; i < event_count; i++)
    if (events[i] != EVENT_NONE && !poset_holds(cut, events[i])) {
      bit_set(cut, events[i]);
      queue[tail++] = events[i];
    }
  while (head < tail) {
    uint32_t event = queue[head++];
    for (uint32_t i = poset->back_first[event]; i < poset->back_first[event + 1]; i++)
      if (!poset_holds(cut, poset->back[i])) {
        bit_set(cut, poset->back[i]);
        queue[tail++] = poset->back[i];
      }
  }
  *ret_cut = cut;
  return tail;
}
