/* SPDX-License-Identifier: Apache-2.0 */
/* model_keys: numbers for the things of the world: registers, and the places where loads happen. A
 * thing is known by the numbers of its resources; only a node has a name of its own. */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/model_int.h"

enum { SLOTS_FIRST = 64 };

static uint32_t mix(uint64_t key)
{
  static const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
  key *= factor;
  key = (key ^ key >> 32) * factor;
  return (uint32_t)(key >> 32);
}

static void slots_new(uint32_t **slots, uint32_t *count)
{
  free(*slots);
  *count = *count == 0 ? SLOTS_FIRST : *count * 4;
  *slots = calloc(*count, sizeof **slots);
  if (*slots == NULL)
    abort();
}

static void pairs_widen(struct pair_numbers *numbers)
{
  const uint64_t *pairs = (const uint64_t *)(const void *)numbers->pairs.bytes;
  uint32_t count = (uint32_t)(numbers->pairs.size_bytes / sizeof *pairs);
  slots_new(&numbers->slots, &numbers->slot_count);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = mix(pairs[i]) & (numbers->slot_count - 1);
    while (numbers->slots[at] != 0)
      at = (at + 1) & (numbers->slot_count - 1);
    numbers->slots[at] = i + 1;
  }
}

/* True where the pair is new: its number is then the next one. */
static bool pair_number(struct pair_numbers *numbers, uint32_t a, uint32_t b, uint32_t *ret_number)
{
  uint64_t pair = (uint64_t)a << 32 | b;
  uint32_t count = (uint32_t)(numbers->pairs.size_bytes / sizeof pair);
  if (count * 2 >= numbers->slot_count)
    pairs_widen(numbers);
  const uint64_t *pairs = (const uint64_t *)(const void *)numbers->pairs.bytes;
  uint32_t at = mix(pair) & (numbers->slot_count - 1);
  for (; numbers->slots[at] != 0; at = (at + 1) & (numbers->slot_count - 1))
    if (pairs[numbers->slots[at] - 1] == pair) {
      *ret_number = numbers->slots[at] - 1;
      return false;
    }
  numbers->slots[at] = count + 1;
  buffer_add(&numbers->pairs, &pair, sizeof pair);
  *ret_number = count;
  return true;
}

uint32_t model_register_new(struct making *m, uint8_t initial)
{
  buffer_add(&m->initial, &initial, 1);
  return (uint32_t)m->initial.size_bytes - 1;
}

uint32_t model_alias(struct making *m, uint32_t certificate)
{
  if (m->alias[certificate] == REGISTER_NONE)
    m->alias[certificate] = model_register_new(m, HELD_OLD);
  return m->alias[certificate];
}

uint32_t model_presented(struct making *m, uint32_t place, uint32_t certificate)
{
  uint32_t number;
  if (pair_number(&m->presented_of, place, certificate, &number)) {
    uint32_t reg = model_register_new(m, HELD_OLD);
    buffer_add(&m->presented, &reg, sizeof reg);
  }
  return ((const uint32_t *)(const void *)m->presented.bytes)[number];
}

static struct acceptance *acceptance_of(struct making *m, uint32_t receiver, uint32_t certificate)
{
  uint32_t number;
  if (pair_number(&m->acceptance_of, receiver, certificate, &number)) {
    struct acceptance fresh;
    memset(&fresh, 0xff, sizeof fresh);
    buffer_add(&m->acceptances, &fresh, sizeof fresh);
  }
  return &((struct acceptance *)(void *)m->acceptances.bytes)[number];
}

static uint32_t one_of(struct making *m, uint32_t *reg, enum held version)
{
  if (*reg == REGISTER_NONE)
    *reg = model_register_new(m, version == HELD_OLD ? HELD_YES : HELD_NO);
  return *reg;
}

bool accepts_by(const struct graph *graph, uint32_t receiver, const char *word)
{
  const struct graph_value *value = graph_setting_value(graph, receiver, KEY_ACCEPTS, 0);
  return value != NULL && text_is(value->text, word);
}

/* What a receiver compares may be the same for both versions. */
uint32_t model_accepted(struct making *m, uint32_t receiver, uint32_t certificate,
                        enum held version)
{
  const struct graph *graph = m->model->graph;
  const struct graph_value *by = graph_setting_value(graph, receiver, KEY_ACCEPTS, 0);
  bool same =
      by != NULL &&
      (text_is(by->text, "subject") || text_is(by->text, "san") ||
       (text_is(by->text, "public-key") && setting_yes(graph, certificate, KEY_KEEP_KEY, false)));
  if (same)
    version = HELD_OLD;
  return one_of(m, &acceptance_of(m, receiver, certificate)->accepted[version], version);
}

uint32_t model_root(struct making *m, uint32_t receiver, uint32_t certificate, enum held version)
{
  return one_of(m, &acceptance_of(m, receiver, certificate)->roots[version], version);
}

static uint32_t place_hash(uint32_t owner, struct text node)
{
  uint64_t hash = owner, word;
  size_t at = 0;
  for (; at + sizeof word <= node.length; at += sizeof word) {
    memcpy(&word, node.at + at, sizeof word);
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
  }
  word = node.length;
  for (; at < node.length; at++)
    word = word << 8 | (unsigned char)node.at[at];
  return mix(hash ^ word);
}

static bool is_place(const struct place_loads *place, uint32_t owner, struct text node)
{
  return place->owner == owner && text_equal(place->node, node);
}

/* The slot of that node, or the free one where it belongs. */
static uint32_t *place_slot(const struct making *m, uint32_t owner, struct text node)
{
  uint32_t count;
  const struct place_loads *places = making_places(m, &count);
  uint32_t at = place_hash(owner, node) & (m->place_slot_count - 1);
  while (m->place_slots[at] != 0 && !is_place(&places[m->place_slots[at] - 1], owner, node))
    at = (at + 1) & (m->place_slot_count - 1);
  return &m->place_slots[at];
}

static void places_widen(struct making *m)
{
  uint32_t count;
  const struct place_loads *places = making_places(m, &count);
  if (count * 2 < m->place_slot_count)
    return;
  slots_new(&m->place_slots, &m->place_slot_count);
  for (uint32_t i = 0; i < count; i++)
    *place_slot(m, places[i].owner, places[i].node) = i + 1;
}

/* The place behind the one that was looked at last, or the owner's first; it need not be the node's. */
static uint32_t place_due(const struct making *m, uint32_t owner)
{
  uint32_t count, due = m->next_place[owner];
  const struct place_loads *places = making_places(m, &count);
  return due == count || places[due].owner != owner ? m->first_place[owner] - 1 : due;
}

static bool is_due(struct making *m, uint32_t owner, struct text node, uint32_t *ret_place)
{
  uint32_t count;
  const struct place_loads *places = making_places(m, &count);
  if (m->first_place[owner] == 0)
    return false;
  *ret_place = place_due(m, owner);
  if (!is_place(&places[*ret_place], owner, node))
    return false;
  m->next_place[owner] = *ret_place + 1;
  return true;
}

uint32_t model_place_find(struct making *m, uint32_t owner, struct text node)
{
  uint32_t place;
  if (m->first_place[owner] == 0)
    return REGISTER_NONE;
  if (is_due(m, owner, node, &place))
    return place;
  m->next_place[owner] = *place_slot(m, owner, node);
  return m->next_place[owner] == 0 ? REGISTER_NONE : m->next_place[owner] - 1;
}

uint32_t model_place(struct making *m, uint32_t owner, struct text node)
{
  uint32_t place;
  if (is_due(m, owner, node, &place))
    return place;
  places_widen(m);
  uint32_t *slot = place_slot(m, owner, node);
  if (*slot == 0) {
    struct place_loads row = {.owner = owner, .node = node};
    buffer_add(&m->places, &row, sizeof row);
    making_places(m, slot);
    if (m->first_place[owner] == 0)
      m->first_place[owner] = *slot;
  }
  m->next_place[owner] = *slot;
  return *slot - 1;
}
