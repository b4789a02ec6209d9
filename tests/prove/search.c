/* SPDX-License-Identifier: Apache-2.0 */
/* search: see search.h. The worlds that were met lie in one array, with a table of hashes beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prove/search_int.h"

enum { PHASE_NOT, PHASE_BEGUN, PHASE_ENDED, PHASE_DONE };

static uint64_t get(const uint64_t *world, struct field field)
{
  return world[field.word] >> field.shift & field.mask;
}

static void put(uint64_t *world, struct field field, uint64_t value)
{
  world[field.word] = (world[field.word] & ~(field.mask << field.shift)) | value << field.shift;
}

static uint32_t phase_of(const uint64_t *world, uint32_t step)
{
  return (uint32_t)(world[step / 32] >> step % 32 * 2 & 3);
}

static void put_phase(uint64_t *world, uint32_t step, uint32_t phase)
{
  uint64_t *word = &world[step / 32];
  *word = (*word & ~(UINT64_C(3) << step % 32 * 2)) | (uint64_t)phase << step % 32 * 2;
}

bool search_same_root(const struct search *s, uint32_t entry)
{
  uint32_t atom = s->entries[entry].root_atom;
  return atom != SEARCH_ATOMS && !s->entries[entry].pins_chain && (s->assignment >> atom & 1) != 0;
}

/* The sets of one caller, or of what one receiver believes: set m belongs to the processes that the loads
 * and waits of m will end. */
struct sets {
  uint64_t bits;
  uint32_t width, count; /* of one set; how many */
};

static struct sets sets_of(const uint64_t *world, struct field field, uint32_t width)
{
  uint32_t total = (uint32_t)__builtin_popcountll(field.mask);
  return (struct sets){get(world, field), width, total / width};
}

static uint64_t set_at(const struct sets *sets, uint32_t m)
{
  return sets->bits >> m * sets->width & ((UINT64_C(1) << sets->width) - 1);
}

/* Whoever is there reads again: what it then holds outlives the waits that have begun. */
static void spread(struct sets *sets, uint32_t value, uint32_t waits)
{
  struct sets was = *sets;
  for (uint32_t m = 0; m < was.count; m++)
    if (set_at(&was, m) != 0)
      sets->bits |= UINT64_C(1) << ((m & ~waits) * sets->width + value);
}

static void tag(struct sets *sets, uint32_t bit)
{
  struct sets was = *sets;
  sets->bits = 0;
  for (uint32_t m = 0; m < was.count; m++)
    sets->bits |= set_at(&was, m) << (m | 1u << bit) * sets->width;
}

static void end(struct sets *sets, uint32_t bit)
{
  for (uint32_t m = 0; m < sets->count; m++)
    if ((m >> bit & 1) != 0)
      sets->bits &= ~(((UINT64_C(1) << sets->width) - 1) << m * sets->width);
}

/* Bits of a caller's sets: first the loads of its place, then its waits. */
static uint32_t wait_bits(const struct search *s, uint32_t call)
{
  uint32_t loads = s->places[s->calls[call].place].load_count;
  return ((1u << __builtin_popcount(s->calls[call].waits)) - 1) << loads;
}

static uint32_t nth_wait(uint32_t waits, uint32_t wait)
{
  return (uint32_t)__builtin_popcount(waits & ((1u << wait) - 1));
}

static uint32_t source_value(const struct search *s, const uint64_t *world, uint32_t call)
{
  return (uint32_t)get(world, s->sources[s->calls[call].source].value);
}

static void put_source(const struct search *s, uint64_t *world, const struct op *op)
{
  put(world, s->sources[op->at].value, op->value);
  for (uint32_t i = 0; i < s->call_count; i++) {
    if (s->calls[i].source != op->at)
      continue;
    struct sets sets = sets_of(world, s->held[i], HELD_BITS);
    spread(&sets, op->value, wait_bits(s, i));
    put(world, s->held[i], sets.bits);
  }
}

static void put_judged(const struct search *s, uint64_t *world, uint32_t entry,
                       const struct judged *judged, uint8_t value)
{
  put(world, judged->value, value);
  if (!judged->has_readers)
    return;
  struct sets sets = sets_of(world, judged->readers, JUDGED_BITS);
  spread(&sets, value, (1u << s->entries[entry].wait_count) - 1);
  put(world, judged->readers, sets.bits);
}

static void put_root(const struct search *s, uint64_t *world, const struct op *op)
{
  const struct entry *entry = &s->entries[op->at];
  bool both = search_same_root(s, op->at);
  for (int v = SEARCH_OLD; v <= SEARCH_NEW; v++)
    if (both || v == op->version)
      put_judged(s, world, op->at, &entry->roots[v], op->value);
}

static void start_fresh(const struct search *s, uint64_t *world, uint32_t call)
{
  put(world, s->held[call],
      get(world, s->held[call]) | UINT64_C(1) << source_value(s, world, call));
}

static void begin_load(const struct search *s, uint64_t *world, const struct op *op)
{
  const struct site *place = &s->places[op->at];
  for (uint32_t i = 0; i < s->call_count; i++) {
    if (s->calls[i].place != op->at)
      continue;
    struct sets sets = sets_of(world, s->held[i], HELD_BITS);
    tag(&sets, op->value);
    put(world, s->held[i], sets.bits);
    start_fresh(s, world, i);
  }
  if (place->is_node)
    put(world, place->running, 1);
}

static void end_load(const struct search *s, uint64_t *world, const struct op *op)
{
  for (uint32_t i = 0; i < s->call_count; i++) {
    if (s->calls[i].place != op->at)
      continue;
    struct sets sets = sets_of(world, s->held[i], HELD_BITS);
    end(&sets, op->value);
    put(world, s->held[i], sets.bits);
  }
}

static void stop_or_start(const struct search *s, uint64_t *world, const struct op *op)
{
  bool starts = op->kind == OP_START;
  if (get(world, s->places[op->at].running) == starts)
    return;
  put(world, s->places[op->at].running, starts);
  for (uint32_t i = 0; i < s->call_count; i++)
    if (s->calls[i].place == op->at) {
      put(world, s->held[i], 0);
      if (starts)
        start_fresh(s, world, i);
    }
}

static void wait_judged(const struct search *s, uint64_t *world, uint32_t at, bool begins,
                        const struct judged *judged, uint32_t wait)
{
  struct sets sets = sets_of(world, judged->readers, JUDGED_BITS);
  uint32_t bit = nth_wait(s->entries[at].waits, wait);
  if (!judged->has_readers)
    return;
  if (begins) {
    tag(&sets, bit);
    sets.bits |= UINT64_C(1) << get(world, judged->value);
  } else {
    end(&sets, bit);
  }
  put(world, judged->readers, sets.bits);
}

static void pass_time(const struct search *s, uint64_t *world, const struct op *op)
{
  bool begins = op->kind == OP_WAIT_BEGIN;
  for (uint32_t i = 0; i < s->call_count; i++) {
    if ((s->calls[i].waits >> op->at & 1) == 0)
      continue;
    struct sets sets = sets_of(world, s->held[i], HELD_BITS), was = sets;
    uint32_t loads = s->places[s->calls[i].place].load_count;
    uint32_t bit = loads + nth_wait(s->calls[i].waits, op->at);
    if (begins) {
      tag(&sets, bit);
      spread(&was, source_value(s, world, i), wait_bits(s, i));
      /* Each process may have read again after the time began. */
      for (uint32_t m = 0; m < was.count; m++)
        if ((m & wait_bits(s, i)) == 0 && set_at(&was, m) != 0)
          sets.bits |= UINT64_C(1) << (m * HELD_BITS + source_value(s, world, i));
    } else {
      end(&sets, bit);
    }
    put(world, s->held[i], sets.bits);
  }
  for (uint32_t i = 0; i < s->entry_count; i++)
    for (int v = SEARCH_OLD; v <= SEARCH_NEW && (s->entries[i].waits >> op->at & 1) != 0; v++) {
      wait_judged(s, world, i, begins, &s->entries[i].elements[v], op->at);
      wait_judged(s, world, i, begins, &s->entries[i].roots[v], op->at);
    }
}

static void apply(const struct search *s, uint64_t *world, struct range ops)
{
  for (uint32_t i = ops.first; i < ops.first + ops.count; i++) {
    const struct op *op = &s->ops[i];
    switch (op->kind) {
    case OP_SOURCE:
      put_source(s, world, op);
      break;
    case OP_ELEMENT:
      put_judged(s, world, op->at, &s->entries[op->at].elements[op->version], op->value);
      break;
    case OP_ROOT:
      put_root(s, world, op);
      break;
    case OP_LOAD_BEGIN:
      begin_load(s, world, op);
      break;
    case OP_LOAD_END:
      end_load(s, world, op);
      break;
    case OP_STOP:
    case OP_START:
      stop_or_start(s, world, op);
      break;
    case OP_WAIT_BEGIN:
    case OP_WAIT_END:
      pass_time(s, world, op);
      break;
    case OP_SIGHT: /* nobody holds anything but what is there now */
      put(world, s->held[op->at], 0);
      start_fresh(s, world, op->at);
      break;
    }
  }
}

/* The table of worlds. */

static uint64_t hash_world(const uint64_t *world, uint32_t words)
{
  uint64_t hash = 0;
  for (uint32_t i = 0; i < words; i++) {
    hash = (hash ^ world[i]) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
  }
  return hash;
}

static void grow(struct search *s)
{
  s->slot_count *= 4;
  free(s->slots);
  s->slots = calloc(s->slot_count, sizeof *s->slots);
  if (s->slots == NULL)
    abort();
  for (uint32_t i = 0; i < s->state_count; i++) {
    uint64_t hash = hash_world(&s->states[(size_t)i * s->word_count], s->word_count);
    uint32_t at = (uint32_t)(hash & (s->slot_count - 1));
    while (s->slots[at] != 0)
      at = (at + 1) & (s->slot_count - 1);
    s->slots[at] = i + 1;
    s->slot_of[i] = at;
  }
}

static void room_for_one(struct search *s)
{
  if (s->state_count < s->state_room)
    return;
  s->state_room = s->state_room == 0 ? 4096 : s->state_room * 2;
  s->states = realloc(s->states, (size_t)s->state_room * SEARCH_WORDS * sizeof *s->states);
  s->slot_of = realloc(s->slot_of, (size_t)s->state_room * sizeof *s->slot_of);
  if (s->states == NULL || s->slot_of == NULL)
    abort();
}

static void meet(struct search *s, const uint64_t *world)
{
  if ((s->state_count + 1) * 2 > s->slot_count)
    grow(s);
  uint32_t at = (uint32_t)(hash_world(world, s->word_count) & (s->slot_count - 1));
  for (; s->slots[at] != 0; at = (at + 1) & (s->slot_count - 1))
    if (memcmp(&s->states[(size_t)(s->slots[at] - 1) * s->word_count], world,
               s->word_count * sizeof *world) == 0)
      return;
  room_for_one(s);
  memcpy(&s->states[(size_t)s->state_count * s->word_count], world, s->word_count * sizeof *world);
  s->slot_of[s->state_count] = at;
  s->slots[at] = ++s->state_count;
}

/* What may happen next. */

static void go(struct search *s, const uint64_t *from, uint32_t step, uint32_t phase,
               struct range ops)
{
  uint64_t world[SEARCH_WORDS];
  memcpy(world, from, s->word_count * sizeof *world);
  apply(s, world, ops);
  put_phase(world, step, phase);
  meet(s, world);
}

static uint64_t done_in(const struct search *s, const uint64_t *world)
{
  uint64_t done = 0;
  for (uint32_t i = 0; i < s->step_count; i++) {
    uint32_t phase = phase_of(world, i);
    bool is_done = phase == PHASE_DONE ||
                   (s->options.returns_early && s->steps[i].is_load && phase != PHASE_NOT);
    if (is_done)
      done |= UINT64_C(1) << i;
  }
  return done;
}

static void expand(struct search *s, const uint64_t *world)
{
  static const struct range nothing = {0, 0};
  uint64_t done = done_in(s, world);
  for (uint32_t i = 0; i < s->step_count; i++) {
    const struct search_step *step = &s->steps[i];
    uint32_t begun = step->lasts ? PHASE_BEGUN : PHASE_ENDED;
    switch (phase_of(world, i)) {
    case PHASE_NOT:
      if ((step->needs & ~done) != 0)
        break;
      /* What changes nothing is not different when it is begun. */
      if (!s->happens[i] || step->is_silent)
        go(s, world, i, PHASE_DONE, nothing);
      else
        go(s, world, i, begun, step->first);
      break;
    case PHASE_BEGUN:
      go(s, world, i, PHASE_ENDED, s->is_half[i] ? nothing : step->second);
      if (!s->options.no_crashes)
        go(s, world, i, PHASE_BEGUN, step->first);
      break;
    case PHASE_ENDED:
      go(s, world, i, PHASE_DONE, nothing);
      if (!s->options.no_crashes)
        go(s, world, i, begun, step->first);
      break;
    }
  }
}

static void begin_world(struct search *s, uint64_t *world)
{
  memset(world, 0, SEARCH_WORDS * sizeof *world);
  for (uint32_t i = 0; i < s->source_count; i++)
    put(world, s->sources[i].value, SEARCH_OLD);
  for (uint32_t i = 0; i < s->entry_count; i++)
    for (int v = SEARCH_OLD; v <= SEARCH_NEW; v++) {
      struct judged *element = &s->entries[i].elements[v], *root = &s->entries[i].roots[v];
      uint64_t trusts = v == SEARCH_OLD || search_same_root(s, i);
      put(world, element->value, v == SEARCH_OLD);
      put(world, root->value, trusts);
      if (element->has_readers) {
        put(world, element->readers, UINT64_C(1) << (v == SEARCH_OLD));
        put(world, root->readers, UINT64_C(1) << trusts);
      }
    }
  for (uint32_t i = 0; i < s->place_count; i++)
    if (s->places[i].is_node)
      put(world, s->places[i].running, 1);
  for (uint32_t i = 0; i < s->call_count; i++)
    start_fresh(s, world, i);
}

/* What has not failed has acted: that is one way, not two. */
static bool says_nothing_new(const struct search *s)
{
  for (uint32_t i = 0; s->options.as_it_turns_out && i < s->graph->step_count; i++) {
    const struct failing *f = &s->failing[i];
    if (f->acts_all_the_same != SEARCH_ATOMS && (s->assignment >> f->fails & 1) == 0 &&
        (s->assignment >> f->acts_all_the_same & 1) != 0)
      return true;
  }
  return false;
}

bool search_run(struct search *s, uint32_t assignment, uint32_t limit, search_visit *visit,
                void *with)
{
  for (uint32_t i = 0; i < s->state_count; i++)
    s->slots[s->slot_of[i]] = 0;
  s->state_count = 0;
  s->assignment = assignment;
  if (says_nothing_new(s))
    return true;
  for (uint32_t i = 0; i < s->step_count; i++)
    s->happens[i] = search_acts(s, s->steps[i].step);
  for (uint32_t i = 0; i < s->step_count; i++)
    s->is_half[i] = search_stops_half_way(s, s->steps[i].step);
  if (s->options.as_it_turns_out)
    search_find_needs(s);
  uint64_t world[SEARCH_WORDS];
  begin_world(s, world);
  meet(s, world);
  for (uint32_t at = 0; at < s->state_count; at++) {
    struct search_world now;
    memcpy(now.words, &s->states[(size_t)at * s->word_count], s->word_count * sizeof *world);
    if (visit != NULL)
      visit(s, &now, with);
    expand(s, now.words);
    if (s->state_count > limit)
      return false;
  }
  return true;
}

struct search *search_new(void)
{
  struct search *s = calloc(1, sizeof *s);
  if (s == NULL)
    abort();
  s->slot_count = 1 << 12;
  s->slots = calloc(s->slot_count, sizeof *s->slots);
  if (s->slots == NULL)
    abort();
  return s;
}

void search_free(struct search *s)
{
  if (s->arena != NULL)
    arena_free(s->arena);
  free(s->states);
  free(s->slots);
  free(s->slot_of);
  free(s);
}

/* Questions about a world. */

const char *search_why(const struct search *s)
{
  return s->why;
}
uint32_t search_call_count(const struct search *s)
{
  return s->call_count;
}
const struct search_call *search_call(const struct search *s, uint32_t call)
{
  return &s->calls[call];
}
uint32_t search_atom_count(const struct search *s)
{
  return s->atom_count;
}
struct text search_atom_name(const struct search *s, uint32_t atom)
{
  return s->atoms[atom].name;
}
uint32_t search_state_count(const struct search *s)
{
  return s->state_count;
}

bool search_runs(const struct search *s, const struct search_world *world, uint32_t call)
{
  const struct site *place = &s->places[s->calls[call].place];
  return !place->is_node || get(world->words, place->running) != 0;
}

uint32_t search_presents(const struct search *s, const struct search_world *world, uint32_t call)
{
  struct sets sets = sets_of(world->words, s->held[call], HELD_BITS);
  uint32_t may = 0;
  for (uint32_t m = 0; m < sets.count; m++)
    may |= (uint32_t)set_at(&sets, m);
  return search_runs(s, world, call) ? may : 0;
}

static const struct judged *element_of(const struct search *s, uint32_t call, uint32_t version)
{
  const struct entry *entry = &s->entries[s->calls[call].entry];
  return &entry->elements[entry->is_one_element ? SEARCH_OLD : version];
}

static bool may_refuse(const struct search_world *world, const struct judged *judged)
{
  if (!judged->has_readers)
    return get(world->words, judged->value) == 0;
  struct sets sets = sets_of(world->words, judged->readers, JUDGED_BITS);
  uint64_t may = 0;
  for (uint32_t m = 0; m < sets.count; m++)
    may |= set_at(&sets, m);
  return (may & 1) != 0;
}

bool search_refuses_element(const struct search *s, const struct search_world *world, uint32_t call,
                            uint32_t version)
{
  return s->calls[call].compares_element && may_refuse(world, element_of(s, call, version));
}

bool search_refuses_root(const struct search *s, const struct search_world *world, uint32_t call,
                         uint32_t version)
{
  return s->calls[call].compares_root &&
         may_refuse(world, &s->entries[s->calls[call].entry].roots[version]);
}

bool search_element(const struct search *s, const struct search_world *world, uint32_t call,
                    uint32_t version)
{
  return get(world->words, element_of(s, call, version)->value) != 0;
}

bool search_root(const struct search *s, const struct search_world *world, uint32_t call,
                 uint32_t version)
{
  return get(world->words, s->entries[s->calls[call].entry].roots[version].value) != 0;
}

uint32_t search_source(const struct search *s, const struct search_world *world, uint32_t call)
{
  return source_value(s, world->words, call);
}

bool search_is_end(const struct search *s, const struct search_world *world)
{
  for (uint32_t i = 0; i < s->step_count; i++)
    if (phase_of(world->words, i) != PHASE_DONE)
      return false;
  return true;
}

bool search_is_whole(const struct search *s)
{
  for (uint32_t i = 0; i < s->step_count; i++)
    if ((!s->happens[i] || s->is_half[i]) && search_guard_holds(s, s->steps[i].guard))
      return false;
  return true;
}

bool search_has_begun(const struct search *s, const struct search_world *world, uint32_t step)
{
  return s->step_of[step] != INDEX_NONE && phase_of(world->words, s->step_of[step]) != PHASE_NOT;
}

bool search_needs(const struct search *s, uint32_t step, uint32_t before)
{
  return (s->node_needs[step][before / 64] >> before % 64 & 1) != 0;
}
