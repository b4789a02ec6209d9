/* SPDX-License-Identifier: Apache-2.0 */
/* timetable: see timetable.h. */
#include "compiler/prove/timetable.h"

#include <string.h>

#include "compiler/graph/window.h"
#include "compiler/prove/model.h"

enum { MS = 1000, OPENINGS_MAX = 4000, OPENINGS_LOOKED_AT = 60, DAY_S = 86400 };

/* The openings of one window, without freezes, from the plan's beginning on. */
/* Read from the first on as far as somebody asks: a weekly window has them for all time. */
struct openings {
  struct opening *items;
  uint32_t count, room;
  uint32_t window;
  int64_t from_ms; /* of the next one */
  bool is_begun, is_known;
  bool is_ended; /* there are no more */
  bool is_cut;   /* there may be more behind the last one, and they are not read */
};

struct making_times {
  struct arena *arena;
  struct timetable *out;
  const struct graph *graph;
  const struct time_facts *facts;
  struct window_book *book;
  struct openings *openings; /* by resource; the last one: freezes alone */
  int64_t *finish_ms;        /* by step: when it has to have ended */
  uint32_t *finish_due;
  int64_t *end_ms; /* by step: when it has ended at the earliest */
  bool *is_past;   /* by step: behind a wait that reaches the deadline */
};

static uint32_t resource_of(const struct graph *graph, const struct step *step, enum part part)
{
  const struct argument *argument = step_argument(graph, step, part, 0);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? INDEX_NONE : argument->resource;
}

static int64_t bound_s(const struct graph *graph, uint32_t resource)
{
  if (resource == INDEX_NONE)
    return 0;
  int64_t drains_s = setting_seconds(graph, resource, KEY_DRAINS_WITHIN, 0, 0);
  int64_t applies_s = setting_seconds(graph, resource, KEY_APPLIES_WITHIN, 0, 0);
  return drains_s > applies_s ? drains_s : applies_s;
}

static int64_t wait_s(const struct graph *graph, const struct step *step)
{
  const struct argument *length =
      step->effect == EFFECT_WAIT ? step_argument(graph, step, PART_FOR, 0) : NULL;
  return length == NULL || length->kind != ARGUMENT_NUMBER ? 0 : length->number;
}

/* (1) */
static int64_t takes_s(const struct graph *graph, const struct step *step)
{
  if (step->within_s > 0)
    return step->within_s;
  switch (step->effect) {
  case EFFECT_WAIT:
    return wait_s(graph, step);
  case EFFECT_START:
  case EFFECT_STOP:
  case EFFECT_RESTART:
  case EFFECT_DEPLOY:
    return bound_s(graph, resource_of(graph, step, PART_OBJECT));
  case EFFECT_ADD_ACCEPTED:
  case EFFECT_ADD_ROOT:
  case EFFECT_SET_SLOT:
  case EFFECT_DROP_ACCEPTED:
    return bound_s(graph, resource_of(graph, step, PART_PLACE));
  default:
    return 0;
  }
}

static uint32_t window_slot(const struct making_times *m, const struct step *step)
{
  return step->window == INDEX_NONE ? m->graph->resource_count : step->window;
}

static bool is_bound(const struct making_times *m, const struct step *step)
{
  return step->kind == STEP_ACTION && step->enters &&
         (step->window != INDEX_NONE || window_book_has_freeze(m->book));
}

static bool read_opening(struct making_times *m, struct openings *o)
{
  uint32_t freeze;
  struct opening opening;
  o->is_cut = o->count == OPENINGS_MAX && !o->is_ended;
  if (o->is_ended || o->is_cut)
    return false;
  enum window_status status =
      window_book_free_at(m->book, o->window, o->from_ms, 0, &opening, &freeze);
  o->is_known = status != WINDOW_UNKNOWN;
  o->is_ended = status != WINDOW_OPEN && status != WINDOW_LATER;
  if (o->is_ended)
    return false;
  if (o->count == o->room) {
    uint32_t room = o->room == 0 ? 8 : o->room * 2;
    o->items = arena_grow(m->arena, o->items, o->room, room, sizeof *o->items);
    o->room = room;
  }
  o->items[o->count++] = opening;
  o->from_ms = opening.end_ms;
  o->is_ended = opening.end_ms == INT64_MAX;
  return true;
}

static struct openings *openings_of(struct making_times *m, const struct step *step)
{
  struct openings *o = &m->openings[window_slot(m, step)];
  if (o->is_begun)
    return o;
  *o = (struct openings){.is_begun = true, .window = step->window, .from_ms = m->out->from_ms};
  read_opening(m, o);
  return o;
}

/* NULL where there is no such opening. */
static const struct opening *nth_opening(struct making_times *m, struct openings *o, uint32_t nth)
{
  while (o->count <= nth)
    if (!read_opening(m, o))
      return NULL;
  return &o->items[nth];
}

/* The last instant at or before `by` at which the step may begin; false without. */
static bool last_begin(struct making_times *m, const struct step *step, int64_t by_ms,
                       int64_t *ret_ms)
{
  *ret_ms = by_ms;
  if (!is_bound(m, step))
    return true;
  struct openings *o = openings_of(m, step);
  while (o->is_known && (o->count == 0 || o->items[o->count - 1].start_ms <= by_ms))
    if (!read_opening(m, o))
      break;
  if (!o->is_known || (o->is_cut && o->items[o->count - 1].end_ms <= by_ms))
    return true;
  uint32_t low = 0, high = o->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (o->items[middle].start_ms <= by_ms)
      low = middle + 1;
    else
      high = middle;
  }
  int64_t least_ms = effect_heals(step->effect) || step->within_s == 0 ? 1 : step->within_s * MS;
  for (; low > 0; low--) {
    const struct opening *opening = &o->items[low - 1];
    int64_t last_ms = opening->end_ms == INT64_MAX ? by_ms : opening->end_ms - least_ms;
    if (last_ms > by_ms)
      last_ms = by_ms;
    if (last_ms < opening->start_ms)
      continue;
    *ret_ms = last_ms;
    return true;
  }
  return false;
}

static int64_t first_begin(struct making_times *m, const struct step *step, int64_t from_ms)
{
  if (!is_bound(m, step))
    return from_ms;
  struct openings *o = openings_of(m, step);
  int64_t least_ms = effect_heals(step->effect) ? 1 : step->within_s * MS;
  const struct opening *opening;
  for (uint32_t i = 0; o->is_known && (opening = nth_opening(m, o, i)) != NULL; i++) {
    int64_t begin_ms = opening->start_ms > from_ms ? opening->start_ms : from_ms;
    if (opening->end_ms == INT64_MAX || begin_ms + least_ms <= opening->end_ms)
      return begin_ms;
  }
  return o->is_known && !o->is_cut ? TIME_NEVER : from_ms;
}

/* ---- dates ---- */

static bool rotation_of(struct making_times *m, uint32_t calendar, int64_t *ret_ms)
{
  struct calendar days;
  struct calendar_day issue, rotate;
  struct zone zone;
  bool has_rotate;
  if (!window_calendar(m->graph, calendar, &zone, &days) ||
      !calendar_cycle(&days, m->out->from_ms, &issue, &has_rotate, &rotate) || !has_rotate)
    return false;
  *ret_ms = rotate.earliest_ms;
  return true;
}

static bool deadline_of(struct making_times *m, int64_t *ret_ms)
{
  const struct graph *graph = m->graph;
  const struct graph_value *value =
      graph_setting_value(graph, graph->plan_resource, KEY_DEADLINE, 0);
  struct moment_context context = {graph, m->out->from_ms, m->out->now_ms, m->out->window};
  if (value == NULL || value->kind == VALUE_NONE)
    return false;
  if (value->kind == VALUE_MEMBER && value->member == MEMBER_ROTATE)
    return rotation_of(m, value->resource, ret_ms);
  struct argument argument = {.kind = ARGUMENT_TEXT, .text = value->text};
  if (value->kind == VALUE_MEMBER || value->kind == VALUE_REF)
    argument = (struct argument){.kind = ARGUMENT_RESOURCE,
                                 .resource = value->resource,
                                 .members = {value->member, MEMBER_NONE, MEMBER_NONE}};
  return moment_of_argument(&context, &argument, ret_ms);
}

static void add_due(struct making_times *m, struct due due)
{
  bool is_dated = m->facts->now_ms != 0;
  switch (due.kind) {
  case DUE_EXPIRY:
  case DUE_ACTIVATION:
    due.margin_s = CLOCK_SKEW_S + (due.kind == DUE_ACTIVATION ? DAY_S : 0);
    due.is_known = m->facts->ends_ms != NULL && m->facts->ends_ms[due.resource] != 0;
    if (due.is_known)
      due.at_ms = m->facts->ends_ms[due.resource] - due.margin_s * MS;
    break;
  case DUE_ROTATION:
    due.margin_s = CLOCK_SKEW_S;
    due.is_known = is_dated && rotation_of(m, due.resource, &due.at_ms);
    due.at_ms -= due.margin_s * MS;
    break;
  case DUE_DEADLINE:
    due.is_known = is_dated && deadline_of(m, &due.at_ms);
    break;
  }
  m->out->dues[m->out->due_count++] = due;
}

/* The obligations first, so that an obligation's due has its number. */
static void find_dues(struct making_times *m)
{
  const struct proof *proof = m->out->proof;
  const struct graph *graph = m->graph;
  m->out->dues = arena_array(m->arena, (size_t)proof->obligation_count + 1, sizeof(struct due));
  for (uint32_t i = 0; i < proof->obligation_count; i++)
    add_due(m, (struct due){.kind = proof->obligations[i].kind,
                            .resource = proof->obligations[i].resource,
                            .step = proof->obligations[i].step});
  if (graph_setting_value(graph, graph->plan_resource, KEY_DEADLINE, 0) != NULL)
    add_due(m, (struct due){
                   .kind = DUE_DEADLINE, .resource = graph->plan_resource, .step = INDEX_NONE});
}

/* ---- the two passes ---- */

/* The instant that the step waits for by its own words; 0: none. */
static int64_t awaited_ms(struct making_times *m, const struct step *step)
{
  const struct graph *graph = m->graph;
  const struct argument *moment =
      step_argument(graph, step, step->effect == EFFECT_WAIT ? PART_UNTIL : PART_AT, 0);
  struct moment_context context = {graph, m->out->from_ms, m->out->from_ms,
                                   step->window == INDEX_NONE ? m->out->window : step->window};
  int64_t at_ms;
  if (moment == NULL || m->facts->now_ms == 0 || !moment_of_argument(&context, moment, &at_ms))
    return 0;
  return at_ms;
}

static void go_forward(struct making_times *m, const struct due *deadline)
{
  const struct graph *graph = m->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    int64_t at_ms = m->out->from_ms, until_ms = 0;
    for (uint32_t j = 0; j < step->waits_for.count; j++) {
      uint32_t before = graph->indices[step->waits_for.first + j];
      at_ms = m->end_ms[before] > at_ms ? m->end_ms[before] : at_ms;
      m->is_past[i] |= m->is_past[before];
    }
    if (step->kind == STEP_ACTION) {
      until_ms = awaited_ms(m, step);
      if (at_ms != TIME_NEVER)
        at_ms = first_begin(m, step, at_ms);
    }
    m->out->steps[i].earliest_ms = at_ms;
    if (at_ms != TIME_NEVER && step->kind == STEP_ACTION)
      at_ms += wait_s(graph, step) * MS;
    m->end_ms[i] = until_ms > at_ms ? until_ms : at_ms;
    m->is_past[i] |= deadline != NULL && deadline->is_known && until_ms >= deadline->at_ms;
  }
}

static void bind(struct making_times *m, uint32_t step, int64_t by_ms, uint32_t due)
{
  if (by_ms >= m->finish_ms[step])
    return;
  m->finish_ms[step] = by_ms;
  m->finish_due[step] = due;
}

static void bind_lead(struct timetable *out, uint32_t step, int64_t lead_s, uint32_t due)
{
  if (lead_s <= out->steps[step].lead_s)
    return;
  out->steps[step].lead_s = lead_s;
  out->steps[step].lead_due = due;
}

static void go_back(struct making_times *m)
{
  const struct graph *graph = m->graph;
  for (uint32_t i = graph->step_count; i > 0; i--) {
    const struct step *step = &graph->steps[i - 1];
    struct step_time *time = &m->out->steps[i - 1];
    if (time->lead_s >= 0)
      time->lead_s += time->takes_s;
    if (m->finish_ms[i - 1] != TIME_NEVER) {
      int64_t by_ms = m->finish_ms[i - 1] - time->takes_s * MS;
      time->is_too_late = !last_begin(m, step, by_ms, &time->latest_ms);
      if (time->is_too_late)
        time->latest_ms = by_ms;
      time->due = m->finish_due[i - 1];
    }
    for (uint32_t j = 0; j < step->waits_for.count; j++) {
      uint32_t before = graph->indices[step->waits_for.first + j];
      if (time->latest_ms != TIME_NEVER)
        bind(m, before, time->latest_ms, time->due);
      bind_lead(m->out, before, time->lead_s, time->lead_due);
    }
  }
}

/* What makes any node or caller present the new one for sure has to be done in time, not the last alone. */
static void bind_loads(struct making_times *m, uint32_t d)
{
  const struct due *due = &m->out->dues[d];
  const struct model *model = m->out->proof->model;
  for (uint32_t i = 0; i < model->connection_count; i++) {
    const struct place_loads *place = &model->places[model->connections[i].place];
    if (model->connections[i].call->certificate != due->resource)
      continue;
    for (uint32_t j = 0; j < place->count; j++) {
      uint32_t step = model->loads[place->first + j];
      if (due->is_known)
        bind(m, step, due->at_ms, d);
      else
        bind_lead(m->out, step, due->margin_s, d);
    }
  }
}

static void bind_dues(struct making_times *m)
{
  struct timetable *out = m->out;
  for (uint32_t d = 0; d < out->due_count; d++) {
    const struct due *due = &out->dues[d];
    for (uint32_t i = 0; due->step == INDEX_NONE && due->is_known && i < m->graph->step_count; i++)
      if (!m->is_past[i])
        bind(m, i, due->at_ms, d);
    if (due->kind == DUE_EXPIRY)
      bind_loads(m, d);
    if (due->step != INDEX_NONE && due->is_known)
      bind(m, due->step, due->at_ms, d);
    else if (due->step != INDEX_NONE)
      bind_lead(out, due->step, due->margin_s, d);
  }
}

/* ---- a downtime ---- */

static void find_down(struct making_times *m)
{
  struct timetable *out = m->out;
  out->first_down = out->last_down = INDEX_NONE;
  for (uint32_t i = 0; out->is_downtime && i < m->graph->step_count; i++) {
    enum effect effect = m->graph->steps[i].effect;
    if (m->graph->steps[i].kind != STEP_ACTION)
      continue;
    if ((effect == EFFECT_STOP || effect == EFFECT_UNDEPLOY) && out->first_down == INDEX_NONE)
      out->first_down = i;
    if ((effect == EFFECT_START || effect == EFFECT_DEPLOY) && out->first_down != INDEX_NONE)
      out->last_down = i;
  }
}

/* The longest way from the beginning of each step until the flow runs again. */
static void find_rest(struct making_times *m)
{
  struct timetable *out = m->out;
  const struct graph *graph = m->graph;
  if (out->last_down == INDEX_NONE)
    return;
  for (uint32_t i = out->last_down + 1; i > out->first_down; i--) {
    const struct step *step = &graph->steps[i - 1];
    struct step_time *time = &out->steps[i - 1];
    bool starts = step->kind == STEP_ACTION &&
                  (step->effect == EFFECT_START || step->effect == EFFECT_DEPLOY);
    if (time->rest_s < 0 && !starts)
      continue;
    time->rest_s = (time->rest_s < 0 ? 0 : time->rest_s) + time->takes_s;
    for (uint32_t j = 0; j < step->waits_for.count; j++) {
      struct step_time *before = &out->steps[graph->indices[step->waits_for.first + j]];
      if (graph->indices[step->waits_for.first + j] >= out->first_down &&
          before->rest_s < time->rest_s)
        before->rest_s = time->rest_s;
    }
  }
}

/* The longest opening of the plan's window: of the next ones, or what its own words say. */
static int64_t longest_s(struct making_times *m)
{
  struct timetable *out = m->out;
  if (out->window == INDEX_NONE)
    return -1;
  struct step step = {.kind = STEP_ACTION, .enters = true, .window = out->window};
  struct openings *o = openings_of(m, &step);
  const struct opening *opening;
  int64_t longest = -1;
  for (uint32_t i = 0;
       o->is_known && i < OPENINGS_LOOKED_AT && (opening = nth_opening(m, o, i)) != NULL; i++) {
    int64_t length_s = (opening->end_ms - opening->start_ms) / MS;
    longest = length_s > longest ? length_s : longest;
  }
  if (longest < 0)
    longest = setting_seconds(m->graph, out->window, KEY_AT, 1, -1);
  return longest;
}

/* Where the plan names no window, the one that its people agree on. */
static uint32_t window_of(const struct graph *graph)
{
  const struct graph_value *during =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  if (during != NULL && during->kind == VALUE_REF)
    return during->resource;
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION && graph->steps[i].effect == EFFECT_AGREEMENT)
      return resource_of(graph, &graph->steps[i], PART_OBJECT);
  return INDEX_NONE;
}

static void start(struct making_times *m)
{
  struct timetable *out = m->out;
  const struct graph *graph = m->graph;
  size_t count = (size_t)graph->step_count + 1;
  int64_t start_ms;
  out->window = window_of(graph);
  out->is_downtime = text_is(graph->policy, "downtime");
  out->now_ms = out->from_ms = m->facts->now_ms;
  if (out->now_ms != 0 && plan_start(graph, out->now_ms, &start_ms) && start_ms > out->from_ms)
    out->from_ms = start_ms;
  out->steps = arena_array(m->arena, count, sizeof *out->steps);
  m->finish_ms = arena_array(m->arena, count, sizeof *m->finish_ms);
  m->finish_due = arena_array(m->arena, count, sizeof *m->finish_due);
  m->end_ms = arena_array(m->arena, count, sizeof *m->end_ms);
  m->is_past = arena_array(m->arena, count, sizeof *m->is_past);
  m->openings = arena_array(m->arena, (size_t)graph->resource_count + 1, sizeof *m->openings);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    int64_t takes = step->kind == STEP_ACTION ? takes_s(graph, step) : 0;
    out->steps[i] = (struct step_time){.takes_s = takes,
                                       .latest_ms = TIME_NEVER,
                                       .due = INDEX_NONE,
                                       .lead_s = -1,
                                       .lead_due = INDEX_NONE,
                                       .rest_s = -1,
                                       .back_s = -1};
    m->finish_ms[i] = TIME_NEVER;
    m->finish_due[i] = INDEX_NONE;
    out->unstated_count += step->kind == STEP_ACTION && takes == 0;
  }
}

struct timetable *timetable_make(struct arena *arena, const struct proof *proof,
                                 const struct time_facts *facts)
{
  struct timetable *out = ARENA_NEW(arena, struct timetable);
  *out = (struct timetable){.proof = proof, .graph = proof->graph};
  struct making_times m = {.arena = arena, .out = out, .graph = proof->graph, .facts = facts};
  start(&m);
  m.book = window_book_open(arena, proof->graph);
  find_dues(&m);
  const struct due *last = out->due_count == 0 ? NULL : &out->dues[out->due_count - 1];
  go_forward(&m, last != NULL && last->kind == DUE_DEADLINE ? last : NULL);
  bind_dues(&m);
  go_back(&m);
  find_down(&m);
  find_rest(&m);
  out->open_s = longest_s(&m);
  window_book_close(m.book);
  return out;
}
