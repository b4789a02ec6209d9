/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: see events.h. One pass over the steps a role: what the role knows at each step is an event
 * of its own where two ways join, else the event that it knows of last.
 */
#include <string.h>

#include "compiler/prove/events.h"

/* The order of the events of one step. */
enum rank { RANK_KNOWN, RANK_FIRST, RANK_LAST, RANK_TOLD };

/* A step is as long as three cache lines, and there are as many ways over the steps as roles: what they
 * ask of each step is put together first. */
enum { DOER_BITS = 0x7fffffff, LOOK_CLOSER = ~DOER_BITS };

struct building {
  const struct graph *graph;
  const struct poset *text;
  uint32_t *doers; /* by step: the role; LOOK_CLOSER where it is not the only one that matters */
  struct arena *scratch; /* goes when the events are made */
  struct buffer edges;   /* struct poset_edge, of events as they were made */
  struct buffer places;  /* by event as it was made: step * 4 + enum rank */
  uint32_t *first, *last;
  uint32_t *known; /* of the role at hand, by step */
  uint32_t *met;   /* by event: the merge that met it */
  uint32_t merge;
  uint32_t met_count;
};

static uint32_t event_count(const struct building *b)
{
  return (uint32_t)(b->places.size_bytes / sizeof(uint32_t));
}

static uint32_t add_event(struct building *b, uint32_t step, enum rank rank)
{
  uint32_t event = event_count(b), place = step * 4 + rank;
  buffer_add(&b->places, &place, sizeof place);
  return event;
}

static void add_edge(struct building *b, uint32_t from, uint32_t to)
{
  struct poset_edge edge = {from, to};
  if (from != EVENT_NONE && from != to)
    buffer_add(&b->edges, &edge, sizeof edge);
}

static uint32_t doer_of(const struct graph *graph, const struct step *step)
{
  bool is_one = step->roles.count == 0 ||
                (step->roles.count == 1 && graph->indices[step->roles.first] == step->role);
  bool is_alone = is_one && !step->needs_sign_off && step->effect != EFFECT_DELIVER &&
                  step->effect != EFFECT_MESSAGE;
  return (step->role & DOER_BITS) | (is_alone ? 0 : LOOK_CLOSER);
}

static void add_steps(struct building *b, struct events *events)
{
  const struct graph *graph = b->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    b->first[i] = b->last[i] = INDEX_NONE;
    events->effects[i] = step->kind == STEP_JOIN ? EFFECT__COUNT : (uint8_t)step->effect;
    b->doers[i] = DOER_BITS;
    if (step->kind == STEP_JOIN)
      continue;
    b->doers[i] = doer_of(graph, step);
    events->sign_off_count += step->needs_sign_off;
    b->first[i] = b->last[i] = add_event(b, i, RANK_FIRST);
    const struct writes_row *writes = effect_writes(step->effect);
    if (writes != NULL && writes->lasts) {
      b->last[i] = add_event(b, i, RANK_LAST);
      add_edge(b, b->first[i], b->last[i]);
    }
  }
}

/* What the role knows where several ways come together. */
static uint32_t merge_known(struct building *b, uint32_t at, uint32_t extra)
{
  const uint32_t *waits = &b->text->back[b->text->back_first[at]];
  uint32_t wait_count = b->text->back_first[at + 1] - b->text->back_first[at];
  uint32_t only = EVENT_NONE, joined = EVENT_NONE;
  uint32_t count = wait_count + (extra != EVENT_NONE);
  if (count == 1)
    return wait_count == 1 ? b->known[waits[0]] : extra;
  b->merge++;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t event = i < wait_count ? b->known[waits[i]] : extra;
    if (event == EVENT_NONE || b->met[event] == b->merge)
      continue;
    b->met[event] = b->merge;
    if (only == EVENT_NONE) {
      only = event;
      continue;
    }
    if (joined == EVENT_NONE) {
      joined = add_event(b, at, extra == EVENT_NONE ? RANK_KNOWN : RANK_TOLD);
      add_edge(b, only, joined);
    }
    add_edge(b, event, joined);
  }
  return joined != EVENT_NONE ? joined : only;
}

static bool acts(const struct graph *graph, const struct step *step, uint32_t role)
{
  for (uint32_t i = 0; i < step->roles.count; i++)
    if (graph->indices[step->roles.first + i] == role)
      return true;
  return step->role == role;
}

static bool is_told(const struct graph *graph, const struct step *step, uint32_t role)
{
  if (step->effect != EFFECT_DELIVER && step->effect != EFFECT_MESSAGE)
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if ((argument->part == PART_RECIPIENT || argument->part == PART_OBJECT) &&
        argument->kind == ARGUMENT_RESOURCE && argument->resource == role)
      return true;
  }
  return false;
}

static bool signs(const struct step *step, uint32_t role)
{
  return step->needs_sign_off && step->sign_off_role == role;
}

/* The room of `met` is not known before: events come while it is used. */
static void room_for(struct building *b, uint32_t more)
{
  uint32_t need = event_count(b) + more + 1;
  if (need <= b->met_count)
    return;
  uint32_t room = need + need / 4;
  b->met = arena_grow(b->scratch, b->met, b->met_count, room, sizeof *b->met);
  b->met_count = room;
}

/* Behind the step, to somebody who knew something before. */
static uint32_t add_told(struct building *b, uint32_t at, uint32_t knows)
{
  if (knows == EVENT_NONE)
    return b->last[at];
  uint32_t told = add_event(b, at, RANK_TOLD);
  add_edge(b, knows, told);
  add_edge(b, b->last[at], told);
  return told;
}

static void add_role(struct building *b, uint32_t role)
{
  const struct graph *graph = b->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    room_for(b, 2);
    bool is_doer = b->doers[i] == role, hears = false, is_signer = false;
    if ((b->doers[i] & LOOK_CLOSER) != 0) {
      is_doer = acts(graph, step, role);
      hears = !is_doer && is_told(graph, step, role);
      is_signer = !is_doer && signs(step, role);
    }
    uint32_t knows = merge_known(b, i, hears && !is_signer ? b->last[i] : EVENT_NONE);
    if (is_doer || is_signer)
      add_edge(b, knows, b->first[i]);
    if (is_doer)
      knows = b->last[i];
    else if (is_signer && hears) /* who signs a message does so before it is sent */
      knows = add_told(b, i, knows);
    b->known[i] = knows;
  }
}

/* Events in the order of their steps: then an edge goes from a smaller to a larger number. */
static uint32_t *order_events(struct building *b)
{
  uint32_t count = event_count(b);
  const uint32_t *places = (const uint32_t *)(const void *)b->places.bytes;
  uint32_t place_count = b->graph->step_count * 4 + 4;
  uint32_t *start = arena_array(b->scratch, (size_t)place_count + 1, sizeof *start);
  uint32_t *number = arena_array(b->scratch, (size_t)count + 1, sizeof *number);
  for (uint32_t i = 0; i < count; i++)
    start[places[i] + 1]++;
  for (uint32_t i = 1; i <= place_count; i++)
    start[i] += start[i - 1];
  for (uint32_t i = 0; i < count; i++)
    number[i] = start[places[i]]++;
  return number;
}

static uint32_t shown_step(uint32_t place)
{
  return place % 4 == RANK_FIRST || place % 4 == RANK_LAST ? place / 4 : INDEX_NONE;
}

static void finish_known(struct events *events, struct building *b, struct arena *arena)
{
  uint32_t count = event_count(b);
  uint32_t *number = order_events(b);
  struct poset_edge *edges = (struct poset_edge *)(void *)b->edges.bytes;
  uint32_t edge_count = (uint32_t)(b->edges.size_bytes / sizeof *edges);
  for (uint32_t i = 0; i < edge_count; i++)
    edges[i] = (struct poset_edge){number[edges[i].from], number[edges[i].to]};
  poset_build(&events->known, arena, count, edges, edge_count);
  events->step_of = arena_array(arena, (size_t)count + 1, sizeof *events->step_of);
  const uint32_t *places = (const uint32_t *)(const void *)b->places.bytes;
  for (uint32_t i = 0; i < count; i++)
    events->step_of[number[i]] = shown_step(places[i]);
  for (uint32_t i = 0; i < b->graph->step_count; i++)
    if (b->first[i] != INDEX_NONE) {
      b->first[i] = number[b->first[i]];
      b->last[i] = number[b->last[i]];
    }
  events->first = b->first;
  events->last = b->last;
}

static void build_text(struct events *events, struct arena *arena)
{
  const struct graph *graph = events->graph;
  uint32_t *first = arena_array(arena, (size_t)graph->step_count + 1, sizeof *first), count = 0;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    first[i] = count;
    count += graph->steps[i].waits_for.count;
  }
  first[graph->step_count] = count;
  uint32_t *waits = arena_array(arena, (size_t)count + 1, sizeof *waits);
  for (uint32_t i = 0; i < graph->step_count; i++)
    memcpy(&waits[first[i]], &graph->indices[graph->steps[i].waits_for.first],
           (first[i + 1] - first[i]) * sizeof *waits);
  poset_of_ranges(&events->text, arena, graph->step_count, first, waits);
}

void events_build(struct events *events, struct arena *arena, const struct graph *graph)
{
  size_t steps = (size_t)graph->step_count + 1;
  *events = (struct events){.graph = graph, .effects = arena_array(arena, steps, 1)};
  build_text(events, arena);
  struct building b = {.graph = graph, .text = &events->text, .scratch = arena_new("events", 0)};
  b.doers = arena_array(b.scratch, steps, sizeof *b.doers);
  b.first = arena_array(arena, steps, sizeof *b.first);
  b.last = arena_array(arena, steps, sizeof *b.last);
  b.known = arena_array(b.scratch, steps, sizeof *b.known);
  add_steps(&b, events);
  for (uint32_t i = 0; i < graph->resource_count; i++)
    if (graph->resources[i].kind == KIND_ROLE)
      add_role(&b, i);
  finish_known(events, &b, arena);
  buffer_free(&b.edges);
  buffer_free(&b.places);
  arena_free(b.scratch);
}

bool events_knows(struct events *events, uint32_t a, uint32_t b)
{
  return poset_before(&events->known, events->last[a], events->first[b]);
}

bool events_in_text(struct events *events, uint32_t a, uint32_t b)
{
  return a != b && poset_before(&events->text, a, b);
}
