/* SPDX-License-Identifier: Apache-2.0 */
/* belief: see belief.h. */
#include "runtime/engine/belief_int.h"

#include <string.h>

static void *copy_array(struct arena *arena, const void *items, size_t count, size_t bytes)
{
  void *copy = arena_array(arena, count + 1, bytes);
  memcpy(copy, items, count * bytes);
  return copy;
}

void belief_make(struct belief *b, struct arena *arena, const struct graph *graph, bool is_strict)
{
  *b = (struct belief){.is_strict = is_strict};
  struct reading *r = &b->reading;
  reading_make(r, arena, graph);
  b->may = arena_array(arena, (size_t)r->row_count + 1, 1);
  b->was = arena_array(arena, (size_t)r->act_count + 1, 1);
  b->shows = arena_array(arena, (size_t)r->link_count + 1, 1);
  b->fresh = arena_array(arena, (size_t)r->link_count + 1, 1);
  b->is_same_root = arena_array(arena, (size_t)r->row_count + 1, sizeof(bool));
  b->begun = arena_array(arena, (size_t)graph->step_count + 1, sizeof(bool));
  b->first_act = arena_array(arena, (size_t)graph->step_count + 2, sizeof(uint32_t));
  for (uint32_t i = 0; i < r->row_count; i++)
    b->may[i] = BIT(r->rows[i].initial);
  for (uint32_t i = 0; i < r->link_count; i++)
    b->shows[i] = b->may[r->links[i].source];
  for (uint32_t i = 0; i < r->act_count; i++)
    b->first_act[r->acts[i].step + 1] = i + 1;
  for (uint32_t i = 1; i <= graph->step_count; i++)
    if (b->first_act[i] < b->first_act[i - 1])
      b->first_act[i] = b->first_act[i - 1];
}

void belief_copy(struct belief *to, const struct belief *from, struct arena *arena)
{
  const struct reading *r = &from->reading;
  *to = *from;
  to->may = copy_array(arena, from->may, r->row_count, 1);
  to->was = copy_array(arena, from->was, r->act_count, 1);
  to->shows = copy_array(arena, from->shows, r->link_count, 1);
  to->fresh = copy_array(arena, from->fresh, r->link_count, 1);
  to->begun = copy_array(arena, from->begun, r->graph->step_count, sizeof(bool));
  to->is_same_root = copy_array(arena, from->is_same_root, r->row_count, sizeof(bool));
}

/* The callers that read a row, or load there. */
uint32_t belief_first_reader(const struct belief *b, uint32_t row)
{
  const struct row *of = &b->reading.rows[row];
  switch (of->thing) {
  case THING_ALIAS:
    return b->reading.first_link[of->a];
  case THING_SHOWN:
    return b->reading.first_link[of->c];
  case THING_ACCEPTS:
  case THING_TRUSTS:
    return b->reading.first_link[of->b];
  case THING_LOADS:
    return of->first_link;
  case THING_RUNS: {
    uint32_t loads = reading_row(&b->reading, THING_LOADS, of->a, of->b, 0);
    return loads == ROW_NONE ? ROW_NONE : b->reading.rows[loads].first_link;
  }
  case THING_WAITS:
  case THING_SIGHTS:
    return ROW_NONE;
  }
  return ROW_NONE;
}

uint32_t belief_next_reader(const struct belief *b, uint32_t row, uint32_t link)
{
  enum thing thing = b->reading.rows[row].thing;
  const struct link *of = &b->reading.links[link];
  return thing == THING_LOADS || thing == THING_RUNS ? of->next_of_loads : of->next_of_certificate;
}

bool belief_is_read_by(const struct belief *b, uint32_t row, uint32_t link)
{
  const struct link *of = &b->reading.links[link];
  switch (b->reading.rows[row].thing) {
  case THING_ALIAS:
  case THING_SHOWN:
    return of->source == row;
  case THING_ACCEPTS:
  case THING_TRUSTS:
    for (int version = HOLDS_OLD; version < HOLDS__COUNT; version++)
      if (of->accepts[version] == row || of->trusts[version] == row)
        return true;
    return false;
  default:
    return true;
  }
}

/* Whoever reads it may see the new value at once. */
static void spread(struct belief *b, uint32_t row)
{
  enum thing thing = b->reading.rows[row].thing;
  if (thing != THING_ALIAS && thing != THING_SHOWN)
    return;
  for (uint32_t i = belief_first_reader(b, row); i != ROW_NONE; i = belief_next_reader(b, row, i))
    if (b->reading.links[i].source == row) {
      b->shows[i] |= b->may[row];
      if (b->fresh[i] != 0)
        b->fresh[i] |= b->may[row];
    }
}

static void begin_load(struct belief *b, uint32_t row)
{
  for (uint32_t i = belief_first_reader(b, row); i != ROW_NONE; i = belief_next_reader(b, row, i)) {
    b->fresh[i] = b->may[b->reading.links[i].source];
    b->shows[i] |= b->fresh[i];
  }
}

static bool writes(const struct belief *b, uint32_t step, uint32_t row)
{
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++)
    if (b->reading.acts[i].row == row)
      return true;
  return false;
}

/* A caller that was switched shows what the same step gave it. */
static void end_load(struct belief *b, uint32_t row, uint32_t step)
{
  for (uint32_t i = belief_first_reader(b, row); i != ROW_NONE; i = belief_next_reader(b, row, i))
    if (b->fresh[i] != 0) {
      uint32_t source = b->reading.links[i].source;
      b->shows[i] = writes(b, step, source) ? b->may[source] : b->fresh[i];
      b->fresh[i] = 0;
    }
}

/* Where nothing runs, a start reads everything anew. */
static void begin_anew(struct belief *b, const struct act *act)
{
  if (b->reading.rows[act->row].thing != THING_RUNS || act->value != HOLDS_YES ||
      b->may[act->row] != BIT(HOLDS_NO))
    return;
  for (uint32_t i = belief_first_reader(b, act->row); i != ROW_NONE;
       i = belief_next_reader(b, act->row, i))
    b->shows[i] = b->may[b->reading.links[i].source];
}

static bool is_value(const struct belief *b, const struct act *act)
{
  return b->reading.rows[act->row].thing < THING_LOADS;
}

static void begin(struct belief *b, uint32_t step)
{
  b->begun[step] = true;
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++) {
    const struct act *act = &b->reading.acts[i];
    if (is_value(b, act)) {
      begin_anew(b, act);
      b->was[i] = b->may[act->row];
      b->may[act->row] |= BIT(act->value);
      spread(b, act->row);
    }
  }
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++)
    if (b->reading.rows[b->reading.acts[i].row].thing == THING_LOADS)
      begin_load(b, b->reading.acts[i].row);
}

/* Time is a load to the proof, where it was long enough for what a caller keeps. */
static void end_wait(struct belief *b, const struct act *wait)
{
  int64_t waited_s = reading_wait_s(&b->reading, wait);
  for (uint32_t i = 0; i < b->reading.link_count && !b->is_strict; i++) {
    const struct link *link = &b->reading.links[i];
    if (link->cache_s >= 0 && link->kept_s >= 0 && waited_s >= link->cache_s + link->kept_s)
      b->shows[i] = b->may[link->source];
  }
}

static void end(struct belief *b, uint32_t step, bool is_evident)
{
  if (!b->begun[step])
    begin(b, step);
  if (b->is_strict && !is_evident)
    return;
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++) {
    const struct act *act = &b->reading.acts[i];
    enum thing thing = b->reading.rows[act->row].thing;
    if (is_value(b, act))
      b->may[act->row] = BIT(act->value);
    else if (thing == THING_LOADS)
      end_load(b, act->row, step);
    else if (thing == THING_WAITS)
      end_wait(b, act);
  }
}

static void take_back(struct belief *b, uint32_t step)
{
  for (uint32_t i = b->first_act[step]; b->begun[step] && i < b->first_act[step + 1]; i++)
    if (is_value(b, &b->reading.acts[i]))
      b->may[b->reading.acts[i].row] = b->was[i];
  b->begun[step] = false;
}

/* A new root that nobody had to import is the old one. */
static void skip_by_guard(struct belief *b, uint32_t step)
{
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++) {
    const struct act *act = &b->reading.acts[i];
    if (b->reading.rows[act->row].thing == THING_TRUSTS && act->value == HOLDS_YES)
      b->is_same_root[act->row] = true;
  }
}

void belief_take(struct belief *b, uint32_t step, enum step_status status, bool by_guard,
                 bool is_evident)
{
  switch (status) {
  case STEP_INTENT:
    if (!b->begun[step])
      begin(b, step);
    return;
  case STEP_DONE:
    end(b, step, is_evident);
    return;
  case STEP_UNDOING:
    begin(b, step);
    return;
  case STEP_UNDONE:
    take_back(b, step);
    return;
  case STEP_SKIPPED:
    if (by_guard)
      skip_by_guard(b, step);
    return;
  case STEP_PENDING:
  case STEP_WAITING:
  case STEP_CONFIRMED:
  case STEP_ACTED:
  case STEP_FAILED:
  case STEP_UNKNOWN:
  case STEP_REDO:
  case STEP__COUNT:
    return;
  }
}

static uint8_t every_value(const struct belief *b, uint32_t row)
{
  enum thing thing = b->reading.rows[row].thing;
  return thing == THING_ALIAS || thing == THING_SHOWN
             ? (uint8_t)(BIT(HOLDS_NONE) | BIT(HOLDS_OLD) | BIT(HOLDS_NEW))
             : (uint8_t)(BIT(HOLDS_NO) | BIT(HOLDS_YES));
}

/* The act is what the row held anyway: that the step has not happened says nothing of it. */
static bool changes_nothing(const struct belief *b, uint32_t at)
{
  const struct act *act = &b->reading.acts[at];
  uint8_t held = b->begun[act->step] ? b->was[at] : b->may[act->row];
  return (held & BIT(act->value)) != 0;
}

/* Of several acts of one step on one row the last one stands. */
static bool is_last_of_row(const struct belief *b, uint32_t at)
{
  const struct act *acts = b->reading.acts;
  return at + 1 == b->first_act[acts[at].step + 1] || acts[at + 1].row != acts[at].row;
}

static bool is_load(const struct belief *b, const struct act *act)
{
  return b->reading.rows[act->row].thing == THING_LOADS;
}

/* What was read there is not what was to be read. */
static void lose_load(struct belief *b, uint32_t row)
{
  for (uint32_t i = belief_first_reader(b, row); i != ROW_NONE; i = belief_next_reader(b, row, i))
    b->shows[i] |= (uint8_t)(BIT(HOLDS_OLD) | BIT(HOLDS_NEW));
}

bool belief_tells(const struct belief *b, uint32_t step)
{
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++)
    if (is_value(b, &b->reading.acts[i]) ? !changes_nothing(b, i)
                                         : b->begun[step] && is_load(b, &b->reading.acts[i]))
      return true;
  return false;
}

bool belief_observe(struct belief *b, uint32_t step, enum observation observed)
{
  bool differs = false;
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++) {
    const struct act *act = &b->reading.acts[i];
    uint8_t now = is_value(b, act) ? b->may[act->row] : 0, seen = now;
    if (is_load(b, act) && b->begun[step] &&
        (observed == OBSERVED_BEFORE || observed == OBSERVED_NEITHER)) {
      lose_load(b, act->row);
      differs = true;
    }
    if (!is_value(b, act) || !is_last_of_row(b, i) || observed == OBSERVED_NOTHING ||
        (observed == OBSERVED_BEFORE && changes_nothing(b, i)))
      continue;
    if (observed == OBSERVED_AFTER)
      seen = BIT(act->value);
    else if (observed == OBSERVED_BEFORE)
      seen =
          b->begun[step] ? b->was[i] & (uint8_t)~BIT(act->value) : now & (uint8_t)~BIT(act->value);
    else if (observed == OBSERVED_NEITHER)
      seen = every_value(b, act->row);
    if (seen == 0)
      seen = every_value(b, act->row) & (uint8_t)~BIT(act->value);
    if (seen == now)
      continue;
    differs = true;
    b->may[act->row] = seen;
    spread(b, act->row);
  }
  return differs;
}

static bool is_evident(const struct graph *graph, const struct provider_table *table, uint32_t step,
                       const struct journal_row *row)
{
  if (text_is(row->kind, record_words[RECORD_DECIDE]))
    return true;
  if (journal_row_says(row, "how", TEXT("waited")))
    return false;
  bool was_blind = journal_row_says(row, "how", TEXT("acted"));
  unsigned supports = table->find(graph, &graph->steps[step])->supports;
  return !was_blind || (supports & CAN_PROBE) != 0;
}

void belief_read(struct belief *b, const struct provider_table *table,
                 const struct journal_row *rows, size_t row_count)
{
  const struct graph *graph = b->reading.graph;
  struct arena *arena = b->reading.arena;
  struct text_map steps;
  text_map_start(&steps, arena);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (b->first_act[i + 1] > b->first_act[i])
      text_map_add(&steps, graph->steps[i].id, i, NULL);
  for (size_t i = 0; i < row_count; i++) {
    uint32_t step;
    if (rows[i].step.length == 0 || !text_map_find(&steps, rows[i].step, &step))
      continue;
    /* Most records are of these two kinds, and say nothing else. */
    bool is_intent = text_is(rows[i].kind, record_words[RECORD_INTENT]);
    bool is_done = text_is(rows[i].kind, record_words[RECORD_DONE]);
    for (int status = 0; status < STEP__COUNT; status++) {
      if ((is_intent && status != STEP_INTENT) || (is_done && status != STEP_DONE))
        continue;
      if (!is_intent && !is_done &&
          !journal_row_says(&rows[i], "status", text_of(status_words[status])))
        continue;
      bool by_guard = status == STEP_SKIPPED && journal_row_says(&rows[i], "reason", TEXT("guard"));
      belief_take(b, step, (enum step_status)status, by_guard,
                  status == STEP_DONE &&
                      (!b->is_strict || is_evident(graph, table, step, &rows[i])));
      break;
    }
  }
}

const char *belief_word(uint8_t versions)
{
  if (versions == BIT(HOLDS_OLD))
    return "certain-old";
  if (versions == BIT(HOLDS_NEW))
    return "certain-new";
  return versions == BIT(HOLDS_NONE) ? "none" : "maybe";
}
