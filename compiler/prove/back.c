/* SPDX-License-Identifier: Apache-2.0 */
/* back: safe points, and the way back from each of them. See back.h. */
#include <string.h>

#include "compiler/prove/back_int.h"

enum { WORK_MAX = 3000000, POINTS_MAX = 400 };

struct finding_back {
  struct arena *arena;
  const struct proof *proof;
  const struct graph *graph;
  struct ways_back *out;
};

/* Nothing of the plan's own can bring back what these take away. */
static bool is_point(const struct graph *graph, uint32_t index)
{
  const struct step *step = &graph->steps[index];
  const struct argument *object;
  if (step->kind != STEP_ACTION)
    return false;
  switch (step->effect) {
  case EFFECT_DROP_SERVICE_KEY:
  case EFFECT_REVOKE:
  case EFFECT_DROP_ALIAS:
  case EFFECT_ACTIVATE:
    return true;
  case EFFECT_DROP_ACCEPTED:
  case EFFECT_DROP_CALLER:
    for (uint32_t n = 0; (object = step_argument(graph, step, PART_OBJECT, n)) != NULL; n++)
      if (argument_version(object) == HELD_OLD)
        return true;
    return false;
  default:
    return false;
  }
}

uint32_t point_of_no_return(const struct graph *graph)
{
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (is_point(graph, i))
      return i;
  return INDEX_NONE;
}

/* ---- the steps back ---- */

struct making_way {
  struct finding_back *of;
  struct back_graph b;
  uint32_t role;      /* everybody: all have been told that the run goes back */
  uint32_t last;      /* step of the new graph */
  struct buffer said; /* struct text */
  struct text head;   /* of the last one, without its node */
};

/* "restart orders on n-1", and then ", n-2" */
static void say_step(struct making_way *w, struct text said, struct text node)
{
  struct text *last = (struct text *)(void *)w->said.bytes;
  size_t count = w->said.size_bytes / sizeof *last;
  struct text head = {said.at, said.length - node.length};
  if (node.length != 0 && w->head.length != 0 && text_equal(head, w->head)) {
    last[count - 1] =
        text_format(w->of->arena, "%.*s, %.*s", TEXT_ARG(last[count - 1]), TEXT_ARG(node));
    return;
  }
  w->head = node.length == 0 ? TEXT_NONE : head;
  buffer_add(&w->said, &said, sizeof said);
}

static void add_step(struct making_way *w, struct step step, const char *verb)
{
  const struct graph *graph = w->of->graph;
  const struct argument *object = NULL, *place = NULL;
  step.role = w->role;
  step.guard = INDEX_NONE;
  w->last = back_add(&w->b, step, &w->role, 1, &w->last, 1);
  const struct argument *all = (const struct argument *)(const void *)w->b.arguments.bytes;
  for (uint32_t i = 0; i < step.arguments.count; i++) {
    const struct argument *argument = &all[step.arguments.first + i];
    if (argument->part == PART_OBJECT)
      object = argument;
    else if (argument->part == PART_PLACE)
      place = argument;
  }
  if (object == NULL)
    return;
  struct text name =
      object->kind == ARGUMENT_RESOURCE ? graph->resources[object->resource].name : object->text;
  bool is_pair = step.effect == EFFECT_SET_ALIAS || step.effect == EFFECT_SET_SLOT;
  struct text where = place == NULL                      ? TEXT_NONE
                      : place->kind == ARGUMENT_RESOURCE ? graph->resources[place->resource].name
                                                         : place->text;
  struct text said =
      step.effect == EFFECT_PRESENT
          ? text_format(w->of->arena, "switch %.*s to %.*s.old", TEXT_ARG(name), TEXT_ARG(where))
          : text_format(w->of->arena, "%s %.*s%s%s%.*s", verb, TEXT_ARG(name),
                        is_pair ? ".old" : "",
                        where.length == 0 ? ""
                        : is_pair         ? " back into "
                                          : " on ",
                        TEXT_ARG(where));
  say_step(w, said, is_pair || step.effect == EFFECT_PRESENT ? TEXT_NONE : where);
}

/* `replaces A.new with A.old`, `switches S to A.old`. */
static void swap_back(struct making_way *w, const struct step *step)
{
  const struct graph *graph = w->of->graph;
  struct argument swapped[8];
  uint32_t count = step->arguments.count < 8 ? step->arguments.count : 8;
  memcpy(swapped, &graph->arguments[step->arguments.first], count * sizeof *swapped);
  for (uint32_t i = 0; i < count; i++) {
    if (swapped[i].kind != ARGUMENT_RESOURCE)
      continue;
    if (swapped[i].members[0] == MEMBER_NEW)
      swapped[i].members[0] = MEMBER_OLD;
    else if (swapped[i].members[0] == MEMBER_OLD)
      swapped[i].members[0] = MEMBER_NEW;
  }
  struct step back = *step;
  back.arguments = back_arguments(&w->b, swapped, count);
  add_step(w, back, "put");
}

static void act_again(struct making_way *w, const struct step *step, enum effect effect,
                      enum verb verb)
{
  struct step again = *step;
  again.effect = effect;
  again.verb = verb;
  add_step(w, again, verb == VERB_STOPS ? "stop" : verb == VERB_STARTS ? "start" : "restart");
}

static bool is_start(enum effect effect)
{
  return effect == EFFECT_START;
}

static bool is_load(enum effect effect)
{
  return effect == EFFECT_RESTART || effect == EFFECT_DEPLOY;
}

static bool is_stop(enum effect effect)
{
  return effect == EFFECT_STOP || effect == EFFECT_UNDEPLOY;
}

static bool puts_new(const struct graph *graph, const struct step *step)
{
  const struct argument *given = step_argument(graph, step, PART_WITH, 0);
  if (step->effect == EFFECT_PRESENT)
    given = step_argument(graph, step, PART_PLACE, 0);
  return (step->effect == EFFECT_SET_ALIAS || step->effect == EFFECT_SET_SLOT ||
          step->effect == EFFECT_PRESENT) &&
         given != NULL && argument_version(given) == HELD_NEW;
}

/* In stages: what has to stop; what is put back, the newest first; what reads it again. */
static void add_way(struct making_way *w, uint32_t behind)
{
  const struct graph *graph = w->of->graph;
  bool is_put = false;
  for (uint32_t i = 0; i <= behind; i++)
    is_put |= graph->steps[i].kind == STEP_ACTION && puts_new(graph, &graph->steps[i]);
  for (uint32_t i = 0; i <= behind; i++)
    if (graph->steps[i].kind == STEP_ACTION && is_start(graph->steps[i].effect) && is_put)
      act_again(w, &graph->steps[i], EFFECT_STOP, VERB_STOPS);
  for (uint32_t i = behind + 1; i > 0; i--)
    if (graph->steps[i - 1].kind == STEP_ACTION && puts_new(graph, &graph->steps[i - 1]))
      swap_back(w, &graph->steps[i - 1]);
  for (uint32_t i = 0; i <= behind; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    if (is_stop(step->effect))
      act_again(w, step, EFFECT_START, VERB_STARTS);
    else if (is_load(step->effect) && is_put)
      act_again(w, step, EFFECT_RESTART, VERB_RESTARTS);
  }
}

/* The longest limit of each stage, one behind the other. */
static int64_t takes_back(const struct graph *graph, const struct timetable *times, uint32_t behind)
{
  int64_t stop_s = 0, put_s = 0, start_s = 0;
  for (uint32_t i = 0; i <= behind; i++) {
    const struct step *step = &graph->steps[i];
    int64_t takes_s = times->steps[i].takes_s;
    if (step->kind != STEP_ACTION)
      continue;
    if (is_start(step->effect) && takes_s > stop_s)
      stop_s = takes_s;
    else if (puts_new(graph, step))
      put_s += takes_s;
    else if ((is_stop(step->effect) || is_load(step->effect)) && takes_s > start_s)
      start_s = takes_s;
  }
  return stop_s + put_s + start_s;
}

/* Everybody is told; then one after the other, as the run says. */
static void begin_way(struct making_way *w, struct finding_back *f, struct arena *arena,
                      uint32_t behind)
{
  const struct graph *graph = f->graph;
  *w = (struct making_way){.of = f};
  back_start(&w->b, arena, graph);
  uint32_t *roles = arena_array(arena, (size_t)graph->resource_count + 1, sizeof *roles);
  uint32_t *waits = arena_array(arena, (size_t)behind + 1, sizeof *waits), role_count = 0;
  for (uint32_t i = 0; i < graph->resource_count; i++)
    if (graph->resources[i].kind == KIND_ROLE)
      roles[role_count++] = i;
  w->role = graph->steps[behind].role;
  for (uint32_t i = 0; i <= behind; i++)
    waits[i] = i;
  for (uint32_t i = behind + 1; i < graph->step_count; i++)
    back_leave_out(&w->b, i);
  struct step told = {.verb = VERB_AGREE,
                      .effect = EFFECT_AGREEMENT,
                      .id = TEXT("back out"),
                      .label = TEXT("back out"),
                      .role = w->role,
                      .guard = INDEX_NONE,
                      .window = INDEX_NONE,
                      .sign_off_role = INDEX_NONE};
  w->last = back_add(&w->b, told, roles, role_count, waits, behind + 1);
}

static void find_way(struct finding_back *f, const struct timetable *times, uint32_t behind,
                     struct way_back *way)
{
  struct arena *arena = arena_new("way back", 0);
  struct making_way w;
  struct proof proof;
  begin_way(&w, f, arena, behind);
  add_way(&w, behind);
  way->step_count = (uint32_t)(w.said.size_bytes / sizeof(struct text));
  way->steps = arena_array(f->arena, (size_t)way->step_count + 1, sizeof *way->steps);
  if (way->step_count != 0)
    memcpy(way->steps, w.said.bytes, w.said.size_bytes);
  way->is_proven = back_is_safe(arena, back_finish(&w.b), &proof);
  way->takes_s = takes_back(f->graph, times, behind);
  buffer_free(&w.said);
  arena_free(arena);
}

/* ---- what cancelling leaves ---- */

/* Whether some receiver accepts the old one no more. */
static bool is_old_gone(const struct finding_back *f, uint32_t behind)
{
  const struct model *model = f->proof->model;
  for (uint32_t i = 0; i < model->call_count; i++) {
    uint32_t old = model->calls[i].accepted[HELD_OLD];
    if (old == REGISTER_NONE)
      continue;
    struct written written = model_register(model, old);
    bool is_accepted = written.initial == HELD_YES;
    for (uint32_t j = 0; j < written.count; j++)
      if (written.writes[j].step <= behind)
        is_accepted = written.writes[j].value == HELD_YES;
    if (!is_accepted)
      return true;
  }
  return false;
}

static void say_down(const struct finding_back *f, uint32_t behind, struct way_back *way)
{
  const struct graph *graph = f->graph;
  const struct model *model = f->proof->model;
  uint32_t count = 0, flow = INDEX_NONE, flows = 0;
  for (uint32_t i = 0; i < model->connection_count; i++) {
    const struct connection *c = &model->connections[i];
    bool runs = true;
    struct written running = {NULL, 0, HELD_YES};
    if (c->running != REGISTER_NONE)
      running = model_register(model, c->running);
    for (uint32_t j = 0; j < running.count; j++)
      if (running.writes[j].step <= behind)
        runs = running.writes[j].value == HELD_YES;
    if (runs)
      continue;
    count++;
    flows += c->call->presenter != flow;
    flow = c->call->presenter;
  }
  way->is_down = count != 0;
  if (count == 0)
    return;
  way->leaves =
      text_format(f->arena, "%.*s%s stopped on %u node%s", TEXT_ARG(graph->resources[flow].name),
                  flows > 1 ? " and others are" : " is", count, count == 1 ? "" : "s");
}

static void say_leaves(const struct finding_back *f, uint32_t behind, struct way_back *way)
{
  const struct graph *graph = f->graph;
  bool is_put = false, is_touched = false, all_loaded = true;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    if (i <= behind) {
      is_put |= puts_new(graph, step);
      is_touched |= effect_writes(step->effect) != NULL && step->effect != EFFECT_WAIT;
    } else if (is_load(step->effect) || is_start(step->effect) || puts_new(graph, step)) {
      all_loaded = false;
    }
  }
  say_down(f, behind, way);
  if (way->is_down)
    return;
  way->leaves = !is_touched              ? TEXT("nothing has changed")
                : !is_put                ? TEXT("the old one is in use")
                : is_old_gone(f, behind) ? TEXT("the new one is in use, the old one is gone")
                : all_loaded ? TEXT("the new one is in use, the old one is still accepted")
                             : TEXT("either one may be presented, and both are accepted");
}

/* Steps behind which a run looks otherwise than before. */
static bool is_worth_a_line(const struct graph *graph, uint32_t index)
{
  const struct step *step = &graph->steps[index];
  const struct writes_row *row = effect_writes(step->effect);
  return step->kind == STEP_ACTION && row != NULL && row->thing != MODEL_TIME;
}

static bool is_next_of_same(const struct graph *graph, uint32_t index)
{
  for (uint32_t i = index + 1; i < graph->step_count; i++)
    if (is_worth_a_line(graph, i))
      return text_equal(graph->steps[i].label, graph->steps[index].label) &&
             graph->steps[i].effect == graph->steps[index].effect;
  return false;
}

static bool is_too_much(const struct finding_back *f)
{
  uint64_t points = 0;
  for (uint32_t i = 0; i < f->graph->step_count; i++)
    points += is_worth_a_line(f->graph, i);
  return points > POINTS_MAX || points * f->graph->step_count > WORK_MAX;
}

const struct ways_back *ways_back_find(struct arena *arena, const struct proof *proof)
{
  struct ways_back *out = ARENA_NEW(arena, struct ways_back);
  struct finding_back f = {.arena = arena, .proof = proof, .graph = proof->graph, .out = out};
  struct time_facts facts = {0};
  out->point = point_of_no_return(proof->graph);
  out->is_cut = is_too_much(&f);
  if (out->is_cut || proof->verdict == VERDICT_UNSAFE)
    return out;
  const struct timetable *times = timetable_make(arena, proof, &facts);
  out->items = arena_array(arena, (size_t)proof->graph->step_count + 1, sizeof *out->items);
  for (uint32_t i = 0; i < proof->graph->step_count; i++) {
    if (!is_worth_a_line(proof->graph, i) || is_next_of_same(proof->graph, i))
      continue;
    struct way_back *way = &out->items[out->count++];
    *way = (struct way_back){.behind = i, .is_gone = out->point != INDEX_NONE && i >= out->point};
    say_leaves(&f, i, way);
    if (!way->is_gone)
      find_way(&f, times, i, way);
  }
  return out;
}

void ways_back_time(const struct ways_back *ways, struct timetable *times)
{
  for (uint32_t i = 0; i < ways->count; i++) {
    const struct way_back *way = &ways->items[i];
    if (way->is_down && way->is_proven && !way->is_gone)
      times->steps[way->behind].back_s = way->takes_s;
  }
}
