/* SPDX-License-Identifier: Apache-2.0 */
/*
 * active: what counts of a connection when its guards turn out in one way: the writes of a register, the
 * loads of a place, time and looks that stand for loads.
 *
 * (1) A load of a place that was stopped before is a start: no old process is left from its begin on. If
 *     another start may have come between, that one may have been it, and this one does nothing.
 * (2) A load whose end nobody sees (seen.c) ends nothing.
 */

#include <stdlib.h>

#include "compiler/prove/question.h"

enum { WAITS_FEW = 16 };

bool question_guard_holds(struct proving *p, const struct atoms *atoms, uint32_t mask,
                          uint32_t guard)
{
  return guard_holds(p->model, atoms, mask, guard);
}

/* The writes of a register under an assignment, and the initial value, in scratch space. */
struct written active_writes(struct proving *p, const struct atoms *atoms, uint32_t mask,
                             uint32_t reg, enum scratch scratch)
{
  struct written all = model_register(p->model, reg);
  if (atoms->count == 0 && all.count != 0) {
    bool plain = true;
    for (uint32_t i = 0; i < all.count; i++)
      plain = plain && all.writes[i].guard == INDEX_NONE;
    if (plain)
      return all;
  }
  struct buffer *out = &p->scratch[scratch];
  out->size_bytes = 0;
  for (uint32_t i = 0; i < all.count; i++)
    if (question_guard_holds(p, atoms, mask, all.writes[i].guard))
      buffer_add(out, &all.writes[i], sizeof(struct write));
  return (struct written){(const struct write *)(const void *)out->bytes,
                          (uint32_t)(out->size_bytes / sizeof(struct write)), all.initial};
}

/* The root of both versions may be one: what is written to either is written to both. */
struct written both_roots(struct proving *p, const struct connection *c, const struct atoms *atoms,
                          uint32_t mask)
{
  struct buffer *both = &p->scratch[SCRATCH_ROOTS];
  both->size_bytes = 0;
  struct written a = model_register(p->model, c->call->roots[HELD_OLD]);
  struct written b = model_register(p->model, c->call->roots[HELD_NEW]);
  for (uint32_t i = 0, j = 0; i < a.count || j < b.count;) {
    bool first = j == b.count || (i < a.count && a.writes[i].event <= b.writes[j].event);
    const struct write *write = first ? &a.writes[i++] : &b.writes[j++];
    if (atoms == NULL || question_guard_holds(p, atoms, mask, write->guard))
      buffer_add(both, write, sizeof *write);
  }
  return (struct written){(const struct write *)(const void *)both->bytes,
                          (uint32_t)(both->size_bytes / sizeof(struct write)), HELD_YES};
}

bool question_has_stop(struct written running)
{
  for (uint32_t i = 0; i < running.count; i++)
    if (running.writes[i].value == HELD_NO)
      return true;
  return false;
}

static bool is_stopped_between(struct poset *known, struct written running, uint32_t start,
                               uint32_t event)
{
  for (uint32_t i = 0; i < running.count; i++)
    if (running.writes[i].value == HELD_NO && poset_before(known, start, running.writes[i].event) &&
        poset_before(known, running.writes[i].event, event))
      return true;
  return false;
}

/* (1): false where nothing stops the node before the event. Else the load that makes it run: the event,
 * or whoever else may have come before it. */
static bool find_start(struct proving *p, struct written running, struct load *load)
{
  struct poset *known = &p->events->known;
  struct buffer *also = &p->scratch[SCRATCH_ALSO];
  bool stopped = false;
  for (uint32_t i = 0; i < running.count && !stopped; i++)
    stopped = running.writes[i].value == HELD_NO &&
              poset_before(known, running.writes[i].event, load->begin);
  if (!stopped)
    return false;
  load->also_first = (uint32_t)(also->size_bytes / sizeof(uint32_t));
  for (uint32_t i = 0; i < running.count; i++) {
    uint32_t other = running.writes[i].event;
    if (running.writes[i].value == HELD_NO || other == load->begin ||
        poset_before(known, load->begin, other) ||
        is_stopped_between(known, running, other, load->begin))
      continue;
    buffer_add(also, &other, sizeof other);
    load->also_count++;
  }
  load->end = load->begin;
  return true;
}

static void add_load(struct buffer *out, struct load load)
{
  buffer_add(out, &load, sizeof load);
}

static void add_wait(struct proving *p, struct buffer *out, uint32_t event)
{
  uint32_t low = 0, high = p->model->wait_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (p->model->waits[middle].first < event)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < p->model->wait_count && p->model->waits[low].first == event)
    buffer_add(out, &low, sizeof low);
}

/* Where a write has a short future, that is gone over; else all waits are. */
static void add_waits_behind(struct proving *p, uint32_t event, struct buffer *out)
{
  struct poset *known = &p->events->known;
  const uint32_t *near;
  uint32_t count;
  if (p->model->wait_count > WAITS_FEW &&
      poset_near(known, event, p->model->wait_count, &near, &count)) {
    for (uint32_t i = 0; i < count; i++)
      add_wait(p, out, near[i]);
    return;
  }
  for (uint32_t i = 0; i < p->model->wait_count; i++)
    if (poset_before(known, event, p->model->waits[i].first))
      buffer_add(out, &i, sizeof i);
}

static int compare_numbers(const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

const uint32_t *question_waits(struct proving *p, enum scratch scratch, uint32_t reg,
                               uint32_t other, uint32_t *ret_count)
{
  struct buffer *out = &p->scratch[scratch];
  uint32_t *behind = &p->behind[scratch - SCRATCH_BEHIND_SOURCE];
  uint32_t *waits = (uint32_t *)(void *)out->bytes;
  *ret_count = (uint32_t)(out->size_bytes / sizeof *waits);
  if (*behind == reg + 1)
    return waits;
  *behind = reg + 1;
  out->size_bytes = 0;
  for (uint32_t at = reg; at != REGISTER_NONE && p->model->wait_count != 0;
       at = at == reg ? other : REGISTER_NONE) {
    struct written written = model_register(p->model, at);
    for (uint32_t i = 0; i < written.count; i++)
      add_waits_behind(p, written.writes[i].event, out);
  }
  waits = (uint32_t *)(void *)out->bytes;
  uint32_t count = (uint32_t)(out->size_bytes / sizeof *waits), kept = 0;
  if (count != 0)
    qsort(waits, count, sizeof *waits, compare_numbers);
  for (uint32_t i = 0; i < count; i++)
    if (kept == 0 || waits[i] != waits[kept - 1])
      waits[kept++] = waits[i];
  out->size_bytes = kept * sizeof *waits;
  *ret_count = kept;
  return waits;
}

/* Time counts as a load where it is long enough for the cache and for kept connections. */
static void add_waits(struct proving *p, const struct connection *c, const struct atoms *atoms,
                      uint32_t mask, bool kept_for_nothing, struct buffer *out)
{
  if (c->call->cache_s < 0 || (c->call->kept_s < 0 && !kept_for_nothing))
    return;
  int64_t least = c->call->cache_s + (c->call->kept_s < 0 ? 0 : c->call->kept_s);
  uint32_t count;
  const uint32_t *waits =
      question_waits(p, SCRATCH_BEHIND_SOURCE, c->source, REGISTER_NONE, &count);
  for (uint32_t i = 0; i < count; i++) {
    const struct wait *wait = &p->model->waits[waits[i]];
    if (wait->seconds >= least && question_guard_holds(p, atoms, mask, wait->guard))
      add_load(out, (struct load){wait->first, wait->last, wait->step, wait->guard, 0, 0});
  }
}

/* A node that nobody named is seen to be gone where somebody looked. */
static void add_sights(struct proving *p, const struct connection *c, const struct atoms *atoms,
                       uint32_t mask, struct buffer *out)
{
  for (uint32_t i = 0; c->joins_late && i < p->model->sight_count; i++) {
    const struct sight *sight = &p->model->sights[i];
    if (sight->certificate == c->call->certificate && sight->receiver == c->call->receiver &&
        sight->version == HELD_OLD && !sight->of_root &&
        question_guard_holds(p, atoms, mask, sight->guard))
      add_load(out, (struct load){sight->event, sight->event, sight->step, sight->guard, 0, 0});
  }
}

const uint32_t *loads_also(const struct proving *p)
{
  return (const uint32_t *)(const void *)p->scratch[SCRATCH_ALSO].bytes;
}

uint32_t loads_of(struct proving *p, const struct connection *c, const struct atoms *atoms,
                  uint32_t mask, bool kept_for_nothing, struct load **ret_loads)
{
  struct buffer *out = &p->scratch[SCRATCH_LOADS];
  out->size_bytes = 0;
  p->scratch[SCRATCH_ALSO].size_bytes = 0;
  const struct place_loads *place = &p->model->places[c->place];
  struct written running = {NULL, 0, HELD_YES};
  if (c->running != REGISTER_NONE)
    running = active_writes(p, atoms, mask, c->running, SCRATCH_RUNNING);
  bool stops = question_has_stop(running);
  for (uint32_t i = 0; i < place->count; i++) {
    struct load load = model_load(p->model, p->model->loads[place->first + i]);
    if (!question_guard_holds(p, atoms, mask, load.guard))
      continue;
    struct load start = load;
    bool stopped = stops && find_start(p, running, &start);
    if (stopped)
      add_load(out, start);
    if (load.begin == load.end || (stopped && start.also_count == 0))
      continue; /* it runs already, and a start does nothing; or no old process is left */
    if (p->is_unseen[c->call->presenter] && !p->trusts_unseen)
      continue; /* (2): the old processes may stay for ever */
    add_load(out, load);
  }
  add_waits(p, c, atoms, mask, kept_for_nothing, out);
  add_sights(p, c, atoms, mask, out);
  *ret_loads = (struct load *)(void *)out->bytes;
  return (uint32_t)(out->size_bytes / sizeof(struct load));
}
