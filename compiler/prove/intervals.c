/* SPDX-License-Identifier: Apache-2.0 */
/* intervals: see intervals.h. */
#include "compiler/prove/intervals.h"

/* Each before the next: then every pair is ordered. */
static bool is_chain(struct poset *poset, struct written written)
{
  for (uint32_t i = 1; i < written.count; i++)
    if (!poset_before(poset, written.writes[i - 1].event, written.writes[i].event))
      return false;
  return true;
}

bool intervals_race(struct poset *poset, struct written written, uint32_t *ret_first,
                    uint32_t *ret_second)
{
  if (is_chain(poset, written))
    return false;
  for (uint32_t i = 0; i < written.count; i++)
    for (uint32_t j = i + 1; j < written.count; j++)
      if (written.writes[i].value != written.writes[j].value &&
          !poset_before(poset, written.writes[i].event, written.writes[j].event)) {
        *ret_first = i;
        *ret_second = j;
        return true;
      }
  return false;
}

static void add_interval(struct intervals *table, uint32_t begin)
{
  if (table->count == INTERVALS_MAX) {
    table->is_full = true;
    return;
  }
  table->items[table->count++] = (struct interval){begin, table->end_count, 0};
}

/* An end that another one always precedes says nothing more. */
static void add_end(struct poset *poset, struct intervals *table, uint32_t end)
{
  if (table->is_full)
    return;
  const struct interval *interval = &table->items[table->count - 1];
  for (uint32_t i = 0; i < interval->end_count; i++) {
    uint32_t known = table->ends[interval->first_end + i];
    if ((known & END_AT_BEGIN) == 0 && poset_before(poset, known, end & ~END_AT_BEGIN))
      return;
  }
  if (table->end_count == INTERVAL_ENDS_MAX) {
    table->is_full = true;
    return;
  }
  table->ends[table->end_count++] = end;
  table->items[table->count - 1].end_count++;
}

/* The writes that end what write `from` (or the beginning) began: of another value, behind it. */
static bool ends_it(struct poset *poset, struct written written, uint32_t from, uint32_t other,
                    uint8_t value)
{
  if (written.writes[other].value == value)
    return false;
  return from == UINT32_MAX || (other != from && poset_before(poset, written.writes[from].event,
                                                              written.writes[other].event));
}

void intervals_of_register(struct poset *poset, struct written written, uint8_t value,
                           struct intervals *ret)
{
  ret->count = ret->end_count = 0;
  ret->is_full = false;
  for (uint32_t from = UINT32_MAX; from == UINT32_MAX || from < written.count; from++) {
    uint8_t holds = from == UINT32_MAX ? written.initial : written.writes[from].value;
    if (holds != value)
      continue;
    add_interval(ret, from == UINT32_MAX ? EVENT_NONE : written.writes[from].event);
    for (uint32_t i = 0; i < written.count && !ret->is_full; i++)
      if (ends_it(poset, written, from, i, value))
        add_end(poset, ret, written.writes[i].event);
  }
}

bool intervals_load_behind(struct poset *poset, uint32_t event, const struct load *load,
                           const uint32_t *also)
{
  for (uint32_t i = 0; i < load->also_count; i++)
    if (!poset_before(poset, event, also[load->also_first + i]))
      return false;
  return poset_before(poset, event, load->begin);
}

static void add_load_end(struct poset *poset, struct intervals *ret, struct written written,
                         uint32_t from, uint8_t value, const struct load *load,
                         const uint32_t *also)
{
  bool is_behind_itself = false;
  for (uint32_t j = 0; j < written.count; j++) {
    if (!ends_it(poset, written, from, j, value) ||
        !poset_before(poset, written.writes[j].event, load->begin))
      continue;
    if (intervals_load_behind(poset, written.writes[j].event, load, also)) {
      add_end(poset, ret, load->end);
      return;
    }
    is_behind_itself = true;
  }
  if (is_behind_itself && load->begin == load->end)
    add_end(poset, ret, load->end | END_AT_BEGIN);
}

/* A value that a write took away is gone for sure at the end of a load that began behind that write. */
void intervals_of_cache(struct poset *poset, struct written written, const struct load *loads,
                        uint32_t load_count, const uint32_t *also, uint8_t value,
                        struct intervals *ret)
{
  ret->count = ret->end_count = 0;
  ret->is_full = false;
  for (uint32_t from = UINT32_MAX; from == UINT32_MAX || from < written.count; from++) {
    uint8_t holds = from == UINT32_MAX ? written.initial : written.writes[from].value;
    if (holds != value)
      continue;
    add_interval(ret, from == UINT32_MAX ? EVENT_NONE : written.writes[from].event);
    for (uint32_t i = 0; i < load_count && !ret->is_full; i++)
      add_load_end(poset, ret, written, from, value, &loads[i], also);
  }
}

void intervals_always(struct intervals *ret)
{
  ret->count = ret->end_count = 0;
  ret->is_full = false;
  add_interval(ret, EVENT_NONE);
}

bool intervals_ruling(struct poset *poset, const struct intervals *const *tables, uint32_t count,
                      const uint32_t *chosen, uint32_t *ret_end, uint32_t *ret_begin)
{
  for (uint32_t i = 0; i < count; i++) {
    uint32_t begin = tables[i]->items[chosen[i]].begin;
    for (uint32_t j = 0; j < count && begin != EVENT_NONE; j++) {
      const struct interval *other = &tables[j]->items[chosen[j]];
      for (uint32_t k = 0; i != j && k < other->end_count; k++) {
        uint32_t end = tables[j]->ends[other->first_end + k];
        bool rules = (end & END_AT_BEGIN) != 0 ? (end & ~END_AT_BEGIN) == begin
                                               : poset_before(poset, end, begin);
        if (!rules)
          continue;
        *ret_end = end & ~END_AT_BEGIN;
        *ret_begin = begin;
        return true;
      }
    }
  }
  return false;
}

bool intervals_next(const struct intervals *const *tables, uint32_t count, uint32_t *chosen)
{
  uint32_t at = 0;
  while (at < count && ++chosen[at] == tables[at]->count)
    chosen[at++] = 0;
  return at < count;
}

static uint64_t tuple_weight(const struct intervals *const *tables, uint32_t count,
                             const uint32_t *chosen)
{
  uint64_t last = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t begin = tables[i]->items[chosen[i]].begin;
    if (begin != EVENT_NONE && (uint64_t)begin + 1 > last)
      last = (uint64_t)begin + 1;
  }
  return last;
}

bool intervals_meet(struct poset *poset, const struct intervals *const *tables, uint32_t count,
                    uint32_t ret_chosen[LITERALS_MAX])
{
  uint32_t chosen[LITERALS_MAX] = {0}, end, begin;
  uint64_t best = UINT64_MAX;
  for (uint32_t i = 0; i < count; i++)
    if (tables[i]->count == 0)
      return false;
  do {
    uint64_t weight = tuple_weight(tables, count, chosen);
    if (weight < best && !intervals_ruling(poset, tables, count, chosen, &end, &begin)) {
      best = weight;
      for (uint32_t i = 0; i < count; i++)
        ret_chosen[i] = chosen[i];
    }
  } while (intervals_next(tables, count, chosen));
  return best != UINT64_MAX;
}
