/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness_way: the way on which the doer of one step learns that another one is done (verify.h says what a
 * way is). Most orders are of one role, or one message apart: those are tried first. What is left is
 * found by a search over all steps between, whose work is bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/witness_int.h"

enum { CLIMB_MAX = 64, TRIES_MAX = 6, ROLES_MAX = 256 };
static const uint64_t work_max = UINT64_C(400000000);

static void push(struct ways *w, uint32_t step, uint32_t entry)
{
  buffer_add(&w->way, &step, sizeof step);
  buffer_add(&w->way, &entry, sizeof entry);
}

static uint32_t entry_of(const struct ways *w, uint32_t step, uint32_t before)
{
  struct range waits = w->graph->steps[step].waits_for;
  for (uint32_t k = 0; k < waits.count; k++)
    if (w->graph->indices[waits.first + k] == before)
      return k + 1;
  return 0;
}

/* ---- the order of the text, chain by chain ---- */

struct hop {
  uint32_t step, entry;
};

/* Up from x along the ends of its chains, down from y along their heads: blocks within blocks. */
static bool climb(struct ways *w, uint32_t x, uint32_t y)
{
  struct hop up[CLIMB_MAX], down[CLIMB_MAX];
  const uint32_t *of = w->chains.of;
  uint32_t up_count = 0, at = x;
  up[up_count++] = (struct hop){x, 0};
  while (up_count < CLIMB_MAX) {
    uint32_t tail = w->tail[of[at]], next = w->follower[tail];
    if (next == INDEX_NONE || next > y)
      break;
    up[up_count++] = (struct hop){next, entry_of(w, next, tail)};
    at = next;
  }
  uint32_t down_count = 0, low = y;
  for (;;) {
    for (uint32_t i = 0; i < up_count; i++)
      if (of[up[i].step] == of[low] && up[i].step <= low) {
        for (uint32_t k = 1; k <= i; k++)
          push(w, up[k].step, up[k].entry);
        while (down_count > 0)
          down_count--, push(w, down[down_count].step, down[down_count].entry);
        return true;
      }
    uint32_t head = w->head[of[low]];
    struct range waits = w->graph->steps[head].waits_for;
    if (down_count == CLIMB_MAX || waits.count == 0)
      return false;
    down[down_count++] = (struct hop){head, 1};
    low = w->graph->indices[waits.first];
    if (low < x)
      return false;
  }
}

static void push_back_path(struct ways *w, uint32_t x, uint32_t y)
{
  /* from[s] is the step behind s on the path: from x to y. */
  for (uint32_t at = x; at != y; at = w->from[at]) {
    uint32_t next = w->from[at];
    if (w->chains.of[at] != w->chains.of[next])
      push(w, next, entry_of(w, next, at));
  }
}

/* All steps before y, back to x. */
static bool search_text(struct ways *w, uint32_t x, uint32_t y)
{
  struct buffer queue = {0};
  bool found = false;
  w->search++;
  w->seen[y] = w->search;
  buffer_add(&queue, &y, sizeof y);
  for (size_t i = 0; i * sizeof y < queue.size_bytes && !found && w->work < work_max; i++) {
    uint32_t at;
    memcpy(&at, queue.bytes + i * sizeof at, sizeof at);
    struct range waits = w->graph->steps[at].waits_for;
    w->work += waits.count + 1;
    for (uint32_t k = 0; k < waits.count && !found; k++) {
      uint32_t before = w->graph->indices[waits.first + k];
      if (before < x || w->seen[before] == w->search)
        continue;
      w->seen[before] = w->search;
      w->from[before] = at;
      found = before == x;
      buffer_add(&queue, &before, sizeof before);
    }
  }
  buffer_free(&queue);
  if (found)
    push_back_path(w, x, y);
  return found;
}

static bool text_way(struct ways *w, uint32_t x, uint32_t y, bool thorough)
{
  if (x > y)
    return false;
  if (w->chains.of[x] == w->chains.of[y])
    return true;
  size_t kept = w->way.size_bytes;
  if (climb(w, x, y))
    return true;
  w->way.size_bytes = kept;
  return thorough && search_text(w, x, y);
}

/* ---- who learns ---- */

static bool is_role(const struct graph *graph, uint32_t resource)
{
  return graph->resources[resource].kind == KIND_ROLE;
}

/* The first step of `sends` behind x. */
static uint32_t first_behind(const struct buffer *sends, uint32_t x)
{
  const uint32_t *items = (const uint32_t *)(const void *)sends->bytes;
  uint32_t low = 0, high = (uint32_t)(sends->size_bytes / sizeof *items);
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (items[mid] <= x)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

/* One message between: from a role that learns at x to one that y needs. */
static bool by_one_message(struct ways *w, uint32_t x, uint32_t y)
{
  const struct graph *graph = w->graph;
  for (uint32_t role = 0; role < graph->resource_count; role++) {
    const struct buffer *sends = &w->sends[role];
    if (!is_role(graph, role) || sends->size_bytes == 0 ||
        !order_learns(graph, &graph->steps[x], role))
      continue;
    const uint32_t *items = (const uint32_t *)(const void *)sends->bytes;
    uint32_t first = first_behind(sends, x), end = first_behind(sends, y - 1);
    for (uint32_t tried = 0; tried < 2 * TRIES_MAX && first + tried / 2 < end; tried++) {
      uint32_t step = items[tried % 2 == 0 ? first + tried / 2 : end - 1 - tried / 2];
      w->work++;
      w->way.size_bytes = 0;
      if (!order_shares(graph, step, y) || !text_way(w, x, step, false))
        continue;
      push(w, step, 0);
      if (text_way(w, step, y, false))
        return true;
    }
  }
  return false;
}

/* What each role knows of x at each step up to y: the step at which it learned it. */
struct spread {
  uint32_t *roles; /* resources */
  uint32_t role_count, first;
  uint32_t *known; /* (step - first) * role_count + role: step + 1 of learning; 0 = nothing */
};

static uint32_t *known_at(const struct spread *s, uint32_t step)
{
  return &s->known[(size_t)(step - s->first) * s->role_count];
}

static void spread_step(struct ways *w, const struct spread *s, uint32_t at)
{
  const struct graph *graph = w->graph;
  const struct step *step = &graph->steps[at];
  uint32_t *known = known_at(s, at);
  bool is_learned = at == s->first;
  for (uint32_t k = 0; k < step->waits_for.count; k++) {
    uint32_t before = graph->indices[step->waits_for.first + k];
    for (uint32_t i = 0; before >= s->first && i < s->role_count; i++)
      if (known_at(s, before)[i] != 0 && known[i] == 0)
        known[i] = known_at(s, before)[i];
  }
  w->work += (uint64_t)step->waits_for.count * s->role_count + 1;
  if (step->kind == STEP_JOIN)
    return;
  for (uint32_t i = 0; i < s->role_count && !is_learned; i++)
    is_learned = known[i] != 0 && order_needs(graph, step, s->roles[i]);
  for (uint32_t i = 0; i < s->role_count && is_learned; i++)
    if (order_learns(graph, step, s->roles[i]) && known[i] == 0)
      known[i] = at + 1;
}

/* Back from y: from whom each one learned it. */
static bool collect_stops(struct ways *w, const struct spread *s, uint32_t y, struct buffer *stops)
{
  uint32_t at = y;
  while (at != s->first) {
    const struct step *step = &w->graph->steps[at];
    uint32_t learned_at = UINT32_MAX;
    for (uint32_t k = 0; k < step->waits_for.count; k++) {
      uint32_t before = w->graph->indices[step->waits_for.first + k];
      for (uint32_t i = 0; before >= s->first && i < s->role_count; i++) {
        uint32_t stop = known_at(s, before)[i];
        if (stop != 0 && stop - 1 < learned_at && order_needs(w->graph, step, s->roles[i]))
          learned_at = stop - 1;
      }
    }
    if (learned_at == UINT32_MAX)
      return false;
    buffer_add(stops, &learned_at, sizeof learned_at);
    at = learned_at;
  }
  return true;
}

/* By all messages there are. */
static bool by_spreading(struct ways *w, uint32_t x, uint32_t y)
{
  const struct graph *graph = w->graph;
  struct spread s = {.first = x};
  s.roles = calloc(graph->resource_count + 1, sizeof *s.roles);
  for (uint32_t i = 0; s.roles != NULL && i < graph->resource_count; i++)
    if (is_role(graph, i) && s.role_count < ROLES_MAX)
      s.roles[s.role_count++] = i;
  size_t cells = (size_t)(y - x + 1) * s.role_count;
  w->work += cells / 8;
  if (w->work < work_max)
    s.known = calloc(cells + 1, sizeof *s.known);
  struct buffer stops = {0};
  bool found = s.roles != NULL && s.known != NULL;
  for (uint32_t at = x; found && at < y; at++)
    spread_step(w, &s, at);
  found = found && collect_stops(w, &s, y, &stops);
  const uint32_t *stop = (const uint32_t *)(const void *)stops.bytes;
  uint32_t at = x;
  w->way.size_bytes = 0;
  /* The last one is x itself. */
  for (size_t i = stops.size_bytes / sizeof *stop; found && i-- > 1;) {
    found = text_way(w, at, stop[i - 1], true);
    push(w, stop[i - 1], 0);
    at = stop[i - 1];
  }
  found = found && text_way(w, at, y, true);
  buffer_free(&stops);
  free(s.known);
  free(s.roles);
  return found;
}

bool ways_find(struct ways *w, uint32_t before, uint32_t after)
{
  w->way.size_bytes = 0;
  if (order_shares(w->graph, before, after) && text_way(w, before, after, false))
    return true;
  if (by_one_message(w, before, after))
    return true;
  w->way.size_bytes = 0;
  return by_spreading(w, before, after);
}

/* A step in which a role acts or signs, and somebody else learns. */
static void note_sends(struct ways *w, uint32_t at)
{
  const struct step *step = &w->graph->steps[at];
  bool tells = step->effect == EFFECT_MESSAGE || step->effect == EFFECT_DELIVER ||
               step->roles.count > 1;
  if (step->kind == STEP_JOIN)
    return;
  if (tells)
    buffer_add(&w->sends[step->role], &at, sizeof at);
  for (uint32_t i = 0; tells && i < step->roles.count; i++)
    if (w->graph->indices[step->roles.first + i] != step->role)
      buffer_add(&w->sends[w->graph->indices[step->roles.first + i]], &at, sizeof at);
  bool signs = step->needs_sign_off && step->sign_off_role != INDEX_NONE &&
               step->sign_off_role != step->role;
  if (signs)
    buffer_add(&w->sends[step->sign_off_role], &at, sizeof at);
}

void ways_start(struct ways *w, struct arena *arena, const struct graph *graph)
{
  *w = (struct ways){.arena = arena, .graph = graph};
  size_t steps = (size_t)graph->step_count + 1;
  chains_make(&w->chains, arena, graph);
  w->tail = arena_array(arena, steps, sizeof *w->tail);
  w->head = arena_array(arena, steps, sizeof *w->head);
  w->follower = arena_array(arena, steps, sizeof *w->follower);
  w->seen = arena_array(arena, steps, sizeof *w->seen);
  w->from = arena_array(arena, steps, sizeof *w->from);
  w->sends = arena_array(arena, (size_t)graph->resource_count + 1, sizeof *w->sends);
  memset(w->head, 0xff, steps * sizeof *w->head);
  memset(w->follower, 0xff, steps * sizeof *w->follower);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    uint32_t chain = w->chains.of[i];
    w->tail[chain] = i;
    if (w->head[chain] == INDEX_NONE)
      w->head[chain] = i;
    struct range waits = graph->steps[i].waits_for;
    for (uint32_t k = 0; k < waits.count; k++) {
      uint32_t before = graph->indices[waits.first + k];
      if (w->chains.of[before] != chain && w->follower[before] == INDEX_NONE)
        w->follower[before] = i;
    }
    note_sends(w, i);
  }
}

void ways_end(struct ways *w)
{
  for (uint32_t i = 0; i < w->graph->resource_count; i++)
    buffer_free(&w->sends[i]);
  buffer_free(&w->way);
}
