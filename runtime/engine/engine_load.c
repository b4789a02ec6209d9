/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_load: a run from the store into memory: what is done, what was left half way, what waits.
 * The journal is proved first; on a damaged one nothing is executed.
 */
#include <string.h>

#include "runtime/engine/engine_int.h"

static void take_row(struct engine *engine, const struct step_row *row)
{
  struct slot *slot = &engine->slots[row->step];
  slot->status = row->status;
  slot->wait = row->wait;
  slot->failed_tries = row->failed_tries;
  slot->has_acted = row->failed_tries > 0 || row->status == STEP_INTENT || row->status == STEP_ACTED;
  slot->ready_ms = row->ready_ms;
  slot->until_ms = row->until_ms;
  slot->says = row->says;
}

static bool is_settled(const struct engine *engine, uint32_t step)
{
  enum step_status status = engine->slots[step].status;
  return status == STEP_DONE || status == STEP_SKIPPED;
}

/* Who waits for whom, the other way round. */
static void index_followers(struct engine *engine)
{
  const struct graph *graph = engine->graph;
  uint32_t edge_count = 0;
  engine->follower_starts =
      arena_array(engine->arena, (size_t)graph->step_count + 1, sizeof(uint32_t));
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct range *waits_for = &graph->steps[i].waits_for;
    edge_count += waits_for->count;
    for (uint32_t k = 0; k < waits_for->count; k++)
      engine->follower_starts[graph->indices[waits_for->first + k] + 1]++;
  }
  for (uint32_t i = 0; i < graph->step_count; i++)
    engine->follower_starts[i + 1] += engine->follower_starts[i];
  engine->followers = arena_array(engine->arena, (size_t)edge_count + 1, sizeof(uint32_t));
  uint32_t *next = arena_array(engine->arena, (size_t)graph->step_count + 1, sizeof(uint32_t));
  memcpy(next, engine->follower_starts, ((size_t)graph->step_count + 1) * sizeof(uint32_t));
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct range *waits_for = &graph->steps[i].waits_for;
    for (uint32_t k = 0; k < waits_for->count; k++)
      engine->followers[next[graph->indices[waits_for->first + k]]++] = i;
  }
}

/* Steps stand in an order in which each waits for earlier ones only, so one pass is enough. */
static void count_unmet(struct engine *engine)
{
  const struct graph *graph = engine->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    struct slot *slot = &engine->slots[i];
    for (uint32_t k = 0; k < step->waits_for.count; k++)
      slot->unmet += is_settled(engine, graph->indices[step->waits_for.first + k]) ? 0 : 1;
    if (step->kind == STEP_JOIN)
      slot->status = slot->unmet == 0 ? STEP_DONE : STEP_PENDING;
    else
      engine->unsettled_count += is_settled(engine, i) ? 0 : 1;
  }
}

static bool doubt_step(struct engine *engine, uint32_t step, bool is_last)
{
  struct record record =
      engine_record(engine, RECORD_NOTE, "suspect", TEXT("the last write may not be on the disk"));
  struct step_row row = {0};
  struct store_write write = {.run = engine->run->id, .record = &record, .clears_suspect = is_last};
  enum step_status status = step == INDEX_NONE ? STEP_PENDING : engine->slots[step].status;
  if (status == STEP_ACTED || status == STEP_DONE) {
    struct slot *slot = &engine->slots[step];
    row = (struct step_row){.step = step,
                            .id = engine->graph->steps[step].id,
                            .status = STEP_INTENT,
                            .failed_tries = slot->failed_tries,
                            .ready_ms = slot->ready_ms,
                            .says = slot->says};
    record_set_step(&record, step, row.id, STEP_INTENT);
    write.step = &row;
    write.expected = status;
  }
  enum store_result result = STORE_OK;
  if (write.step != NULL || is_last)
    result = store_write(engine->given->store, &write, engine->given->diags);
  record_free(&record);
  if (result == STORE_OK && write.step != NULL)
    engine->slots[step].status = STEP_INTENT;
  return result == STORE_OK;
}

/*
 * A write of this run may not have reached the disk (a failed fsync): the last step that the journal
 * names is doubted, even where it reads done, and every step that the same transaction named. Their
 * targets are looked at again.
 */
static bool doubt_last_steps(struct engine *engine)
{
  struct journal_row *rows;
  size_t row_count;
  store_journal(engine->given->store, engine->arena, engine->run->id, &rows, &row_count);
  uint32_t last = INDEX_NONE;
  for (size_t i = row_count; i > 0; i--) {
    uint32_t step = rows[i - 1].step.length == 0 ? INDEX_NONE
                                                 : graph_find_step(engine->graph, rows[i - 1].step);
    if (last == INDEX_NONE)
      last = step;
    bool is_marked = engine->run->suspect > 1 && rows[i - 1].seq >= engine->run->suspect;
    if (!is_marked && last != INDEX_NONE)
      break;
    if (is_marked && step != INDEX_NONE && step != last && !doubt_step(engine, step, false))
      return false;
  }
  return doubt_step(engine, last, true);
}

/* What was left half way first, then what is ready; what only a person can move stops the rest. */
static void queue_all(struct engine *engine)
{
  const struct graph *graph = engine->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    struct slot *slot = &engine->slots[i];
    if (step->kind == STEP_JOIN || is_settled(engine, i))
      continue;
    switch (slot->status) {
    case STEP_FAILED:
    case STEP_UNDONE:
    case STEP_UNKNOWN:
      engine_report_again(engine, i);
      if (slot->status == STEP_FAILED && step->checks != INDEX_NONE &&
          engine_wants_roll_back(engine, i))
        engine_roll_back(engine, step->checks);
      break;
    case STEP_PENDING:
    case STEP_WAITING:
    case STEP_CONFIRMED:
    case STEP_INTENT:
    case STEP_ACTED:
    case STEP_REDO:
    case STEP_UNDOING:
      if (slot->unmet == 0)
        engine_queue(engine, i);
      break;
    case STEP_DONE:
    case STEP_SKIPPED:
    case STEP__COUNT:
      break;
    }
  }
}

static void read_belief(struct engine *engine)
{
  struct journal_row *rows;
  size_t row_count;
  store_journal(engine->given->store, engine->arena, engine->run->id, &rows, &row_count);
  belief_make(&engine->belief, engine->arena, engine->graph, false);
  belief_read(&engine->belief, engine->given->table, rows, row_count);
}

enum run_end engine_load(struct engine *engine)
{
  const struct graph *graph = engine->graph;
  struct store *store = engine->given->store;
  struct journal_verdict verdict;
  enum store_result proved =
      store_verify(store, engine->arena, engine->run->id, engine->given->diags, &verdict);
  if (proved != STORE_OK)
    return proved == STORE_UNUSABLE ? END_UNUSABLE : END_UNDECIDED;
  struct step_row *rows;
  size_t row_count;
  store_steps(store, engine->arena, engine->run->id, &rows, &row_count);
  store_signoffs(store, engine->arena, engine->run->id, &engine->signoffs, &engine->signoff_count);
  if (store_read_well(store, engine->given->diags) != STORE_OK)
    return END_UNUSABLE;
  engine->slots = arena_array(engine->arena, graph->step_count, sizeof *engine->slots);
  engine->queue = arena_array(engine->arena, graph->step_count, sizeof *engine->queue);
  engine->sitting = arena_array(engine->arena, graph->step_count, sizeof *engine->sitting);
  for (size_t i = 0; i < row_count; i++) {
    if (rows[i].step < graph->step_count)
      take_row(engine, &rows[i]);
  }
  if (engine->run->suspect != 0 && !doubt_last_steps(engine))
    return END_UNUSABLE;
  read_belief(engine);
  index_followers(engine);
  count_unmet(engine);
  engine->cancels = store_run_state(store, engine->run->id) == RUN_CANCELLING;
  engine->stops = engine->cancels;
  queue_all(engine);
  return END_DONE;
}

void engine_reload(struct engine *engine)
{
  struct store *store = engine->given->store;
  struct step_row *rows;
  size_t row_count;
  store_signoffs(store, engine->arena, engine->run->id, &engine->signoffs, &engine->signoff_count);
  store_steps(store, engine->arena, engine->run->id, &rows, &row_count);
  for (size_t i = 0; i < row_count; i++) {
    uint32_t step = rows[i].step;
    if (step >= engine->graph->step_count || engine->slots[step].busy ||
        engine->slots[step].status == rows[i].status)
      continue;
    take_row(engine, &rows[i]);
    belief_take(&engine->belief, step, rows[i].status, false, true);
    engine->slots[step].is_told = false;
    if (is_settled(engine, step))
      engine_settle(engine, step);
    else if (engine->slots[step].unmet == 0)
      engine_queue(engine, step);
  }
  if (store_run_state(store, engine->run->id) == RUN_CANCELLING)
    engine->cancels = engine->stops = true;
}
