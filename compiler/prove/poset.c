/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poset: see poset.h. Most questions are about events close to one another, or about a few events again
 * and again: the first are walked, of the others the whole past, or future, is kept as a bit set. What is
 * left is a search from both ends inside the numbers between them.
 */
#include <assert.h>
#include <string.h>

#include "compiler/prove/poset.h"

enum { WALK_MAX = 8, ASKED_OFTEN = 12, QUEUE_FIRST = 256, PASTS_FOR_NOTHING = 4 };
static const uint64_t work_max = UINT64_C(4000000000);

void poset_of_ranges(struct poset *poset, struct arena *arena, uint32_t count, uint32_t *back_first,
                     uint32_t *back)
{
  *poset = (struct poset){
      .arena = arena, .count = count, .back_first = back_first, .back = back, .work_max = work_max};
  for (int i = 0; i < CLOSURES_KEPT; i++)
    poset->before[i].event = poset->behind[i].event = EVENT_NONE;
}

void poset_build(struct poset *poset, struct arena *arena, uint32_t count,
                 const struct poset_edge *edges, uint32_t edge_count)
{
  /* It comes one ahead: filling moves each entry to where it belongs. */
  uint32_t *first = arena_array(arena, (size_t)count + 2, sizeof *first);
  uint32_t *back = arena_array(arena, (size_t)edge_count + 1, sizeof *back);
  for (uint32_t i = 0; i < edge_count; i++) {
    assert(edges[i].from < edges[i].to);
    first[edges[i].to + 2]++;
  }
  for (uint32_t i = 2; i < count + 2; i++)
    first[i] += first[i - 1];
  for (uint32_t i = 0; i < edge_count; i++)
    back[first[edges[i].to + 1]++] = edges[i].from;
  poset_of_ranges(poset, arena, count, first, back);
}

/* (2) */
static void turn_edges(struct poset *poset)
{
  uint32_t edge_count = poset->back_first[poset->count];
  uint32_t *first = arena_array(poset->arena, (size_t)poset->count + 2, sizeof *first);
  poset->next = arena_array(poset->arena, (size_t)edge_count + 1, sizeof *poset->next);
  for (uint32_t i = 0; i < edge_count; i++)
    first[poset->back[i] + 2]++;
  for (uint32_t i = 2; i < poset->count + 2; i++)
    first[i] += first[i - 1];
  for (uint32_t event = 0; event < poset->count; event++)
    for (uint32_t i = poset->back_first[event]; i < poset->back_first[event + 1]; i++)
      poset->next[first[poset->back[i] + 1]++] = event;
  poset->next_first = first;
  poset->seen = arena_array(poset->arena, (size_t)poset->count + 1, sizeof *poset->seen);
  poset->work += edge_count;
}

/* One end of a search. */
struct front {
  const uint32_t *first, *edges;
  uint32_t end; /* 0: forward, 1: back */
  uint32_t head, tail;
  uint64_t edges_due; /* of what waits in the queue */
};

static void front_push(struct poset *poset, struct front *front, uint32_t event)
{
  uint32_t *room = &poset->queue_room[front->end];
  if (front->tail == *room) {
    uint32_t more = *room == 0 ? QUEUE_FIRST : *room * 2;
    poset->queues[front->end] =
        arena_grow(poset->arena, poset->queues[front->end], *room, more, sizeof(uint32_t));
    *room = more;
  }
  poset->seen[event] = poset->search * 2 + front->end;
  poset->queues[front->end][front->tail++] = event;
  front->edges_due += front->first[event + 1] - front->first[event] + 1;
}

/* Expands one event; true when the other end was met. */
static bool front_step(struct poset *poset, struct front *front, uint32_t low, uint32_t high)
{
  uint32_t event = poset->queues[front->end][front->head++];
  uint32_t last = front->first[event + 1], mine = poset->search * 2 + front->end;
  front->edges_due -= last - front->first[event] + 1;
  poset->work += last - front->first[event] + 1;
  for (uint32_t i = front->first[event]; i < last; i++) {
    uint32_t other = front->edges[i];
    if (other < low || other > high || poset->seen[other] == mine)
      continue;
    if (poset->seen[other] == (mine ^ 1))
      return true;
    front_push(poset, front, other);
  }
  return false;
}

static bool search(struct poset *poset, uint32_t a, uint32_t b)
{
  poset->search++;
  struct front forward = {poset->next_first, poset->next, 0, 0, 0, 0};
  struct front back = {poset->back_first, poset->back, 1, 0, 0, 0};
  front_push(poset, &forward, a);
  front_push(poset, &back, b);
  while (forward.head < forward.tail && back.head < back.tail) {
    if (poset->work > poset->work_max) {
      poset->is_exhausted = true;
      return false;
    }
    struct front *cheaper = forward.edges_due <= back.edges_due ? &forward : &back;
    if (front_step(poset, cheaper, a, b))
      return true;
  }
  return false;
}

static void bit_set(uint64_t *bits, uint32_t event)
{
  bits[event / 64] |= UINT64_C(1) << (event % 64);
}

/* Adds what comes before the events that are in: an edge leads to a smaller number, so one way down is
 * enough. `low` and `high` are words; returns how many edges that took. */
static uint64_t close_down(const struct poset *poset, uint64_t *bits, uint32_t *low, uint32_t high)
{
  uint64_t work = 0;
  for (uint32_t word = high + 1; word-- > *low;)
    for (uint64_t left = bits[word]; left != 0;) {
      uint32_t bit = 63 - (uint32_t)__builtin_clzll(left), event = word * 64 + bit;
      for (uint32_t i = poset->back_first[event]; i < poset->back_first[event + 1]; i++) {
        bit_set(bits, poset->back[i]);
        if (poset->back[i] / 64 < *low)
          *low = poset->back[i] / 64;
      }
      work += poset->back_first[event + 1] - poset->back_first[event] + 1;
      left = bits[word] & ((UINT64_C(1) << bit) - 1);
    }
  return work;
}

static uint64_t close_up(const struct poset *poset, uint64_t *bits, uint32_t low, uint32_t *high)
{
  uint64_t work = 0;
  for (uint32_t word = low; word <= *high; word++)
    for (uint64_t left = bits[word]; left != 0;) {
      uint32_t bit = (uint32_t)__builtin_ctzll(left), event = word * 64 + bit;
      for (uint32_t i = poset->next_first[event]; i < poset->next_first[event + 1]; i++) {
        bit_set(bits, poset->next[i]);
        if (poset->next[i] / 64 > *high)
          *high = poset->next[i] / 64;
      }
      work += poset->next_first[event + 1] - poset->next_first[event] + 1;
      left = bits[word] & ~(((UINT64_C(1) << bit) - 1) | UINT64_C(1) << bit);
    }
  return work;
}

/* Everything before the closure's event, or behind it. */
static void close_over(struct poset *poset, struct poset_closure *closure, bool forward)
{
  if (closure->bits == NULL)
    closure->bits = arena_array(poset->arena, (size_t)poset->count / 64 + 1, sizeof(uint64_t));
  else
    memset(closure->bits + closure->low, 0, (closure->high - closure->low + 1) * sizeof(uint64_t));
  closure->low = closure->high = closure->event / 64;
  bit_set(closure->bits, closure->event);
  poset->work += forward ? close_up(poset, closure->bits, closure->low, &closure->high)
                         : close_down(poset, closure->bits, &closure->low, closure->high);
  poset->work += closure->high - closure->low;
  closure->is_ready = true;
}

/* What is kept of the event; for an event that is new, in the place of the one not asked for longest. */
static struct poset_closure *closure_of(struct poset *poset, struct poset_closure *kept,
                                        uint32_t event)
{
  struct poset_closure *oldest = kept;
  for (int i = 0; i < CLOSURES_KEPT; i++) {
    if (kept[i].event == event) {
      oldest = &kept[i];
      break;
    }
    if (kept[i].used < oldest->used)
      oldest = &kept[i];
  }
  if (oldest->event != event) {
    oldest->event = event;
    oldest->asked = 0;
    oldest->is_ready = false;
  }
  oldest->used = ++poset->asked;
  oldest->asked++;
  return oldest;
}

/* Over the only event that leads to it, and so on. */
static uint32_t walk_back(const struct poset *poset, uint32_t event, uint32_t to)
{
  for (int i = 0; i < WALK_MAX && event > to; i++) {
    uint32_t first = poset->back_first[event];
    if (poset->back_first[event + 1] - first != 1)
      break;
    event = poset->back[first];
  }
  return event;
}

bool poset_before(struct poset *poset, uint32_t a, uint32_t b)
{
  if (a == EVENT_NONE || a == b)
    return true;
  if (b == EVENT_NONE || a > b)
    return false;
  b = walk_back(poset, b, a);
  if (b <= a || poset->back_first[b] == poset->back_first[b + 1])
    return a == b;
  struct poset_closure *before = closure_of(poset, poset->before, b);
  if (before->is_ready)
    return poset_holds(before->bits, a);
  struct poset_closure *behind = closure_of(poset, poset->behind, a);
  if (behind->is_ready)
    return poset_holds(behind->bits, b);
  if (poset->work > poset->work_max) {
    poset->is_exhausted = true;
    return false;
  }
  /* As long as pasts are cheap, the other edges are not worth their room. */
  uint64_t whole = (uint64_t)poset->count + poset->back_first[poset->count];
  if (before->asked > ASKED_OFTEN ||
      (poset->next == NULL && poset->work < whole * PASTS_FOR_NOTHING)) {
    close_over(poset, before, false);
    return poset_holds(before->bits, a);
  }
  if (poset->next == NULL)
    turn_edges(poset);
  if (behind->asked > ASKED_OFTEN) {
    close_over(poset, behind, true);
    return poset_holds(behind->bits, b);
  }
  return search(poset, a, b);
}

bool poset_near(struct poset *poset, uint32_t event, uint32_t limit, const uint32_t **ret_events,
                uint32_t *ret_count)
{
  if (poset->next == NULL)
    turn_edges(poset);
  poset->search++;
  struct front forward = {poset->next_first, poset->next, 0, 0, 0, 0};
  front_push(poset, &forward, event);
  while (forward.head < forward.tail && forward.edges_due <= (uint64_t)limit * 2)
    (void)front_step(poset, &forward, event, UINT32_MAX);
  *ret_events = poset->queues[0];
  *ret_count = forward.tail;
  return forward.head == forward.tail && forward.tail <= limit;
}

uint32_t poset_least_cut(struct poset *poset, const uint32_t *events, uint32_t event_count,
                         uint64_t **ret_cut)
{
  uint32_t words = poset->count / 64 + 1, low = words, high = 0, count = 0;
  uint64_t *cut = arena_array(poset->arena, words, sizeof *cut);
  for (uint32_t i = 0; i < event_count; i++) {
    if (events[i] == EVENT_NONE)
      continue;
    bit_set(cut, events[i]);
    low = events[i] / 64 < low ? events[i] / 64 : low;
    high = events[i] / 64 > high ? events[i] / 64 : high;
  }
  if (low < words)
    close_down(poset, cut, &low, high);
  for (uint32_t i = low; i <= high && i < words; i++)
    count += (uint32_t)__builtin_popcountll(cut[i]);
  *ret_cut = cut;
  return count;
}
