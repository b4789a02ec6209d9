/* SPDX-License-Identifier: Apache-2.0 */
/*
 * question: see question.h. The literals are: runs, presents, not accepted (or: root not trusted). Each
 * becomes a table of intervals; Theorem 1 decides each tuple.
 */
#include "compiler/prove/question.h"

void question_situation(struct proving *p, const struct connection *c, const struct atoms *atoms,
                        uint32_t mask, bool kept_for_nothing, struct situation *ret)
{
  struct load *loads;
  ret->load_count = loads_of(p, c, atoms, mask, kept_for_nothing, &loads);
  ret->loads = loads;
  ret->source = active_writes(p, atoms, mask, c->source, SCRATCH_SOURCE);
  struct written running = {NULL, 0, HELD_YES};
  if (c->running != REGISTER_NONE)
    running = active_writes(p, atoms, mask, c->running, SCRATCH_RUNNING);
  ret->always_runs = !question_has_stop(running);
  if (ret->always_runs)
    intervals_always(&ret->runs);
  else
    intervals_of_register(&p->events->known, running, HELD_YES, &ret->runs);
}

static struct written judged_writes(struct proving *p, const struct question *q, uint32_t mask)
{
  if (q->is_root && !q->c->call->pins_chain &&
      atoms_same_root(&q->atoms, mask, q->c->call->certificate))
    return both_roots(p, q->c, &q->atoms, mask);
  return active_writes(p, &q->atoms, mask, q->judged, SCRATCH_JUDGED);
}

static const uint32_t *judged_waits(struct proving *p, const struct question *q,
                                    uint32_t *ret_count)
{
  const uint32_t *roots = q->c->call->roots;
  return q->is_root
             ? question_waits(p, SCRATCH_BEHIND_JUDGED, roots[HELD_OLD], roots[HELD_NEW], ret_count)
             : question_waits(p, SCRATCH_BEHIND_JUDGED, q->judged, REGISTER_NONE, ret_count);
}

/* What the receiver does not accept (yet, or any more); its own cache makes it late. */
static void judged_table(struct proving *p, const struct question *q, uint32_t mask,
                         struct intervals *ret)
{
  struct written judged = judged_writes(p, q, mask);
  if (q->c->call->trust_s <= 0) {
    intervals_of_register(&p->events->known, judged, HELD_NO, ret);
    return;
  }
  struct buffer *waits = &p->scratch[SCRATCH_WAITS];
  waits->size_bytes = 0;
  uint32_t count;
  const uint32_t *behind = judged_waits(p, q, &count);
  for (uint32_t i = 0; i < count; i++) {
    const struct wait *wait = &p->model->waits[behind[i]];
    if (wait->seconds < q->c->call->trust_s ||
        !question_guard_holds(p, &q->atoms, mask, wait->guard))
      continue;
    struct load load = {wait->first, wait->last, wait->step, wait->guard, 0, 0};
    buffer_add(waits, &load, sizeof load);
  }
  intervals_of_cache(&p->events->known, judged, (const struct load *)(const void *)waits->bytes,
                     (uint32_t)(waits->size_bytes / sizeof(struct load)), NULL, HELD_NO, ret);
}

/* Connections of one call are judged by the same registers: their tables are made once. */
static const struct intervals *judged_by(struct proving *p, const struct question *q, uint32_t mask,
                                         struct intervals *room)
{
  if (q->judged == REGISTER_NONE) {
    intervals_always(room);
    return room;
  }
  if (q->atoms.count != 0 || q->c->call->trust_s > 0) {
    judged_table(p, q, mask, room);
    return room;
  }
  struct judged *kept = &p->judged[q->version * 2 + q->is_root];
  if (!kept->is_made || kept->reg != q->judged) {
    kept->is_made = true;
    kept->reg = q->judged;
    judged_table(p, q, mask, &kept->table);
  }
  return &kept->table;
}

bool question_ask(struct proving *p, const struct question *q, const struct situation *situation,
                  uint32_t mask, struct answer *a)
{
  struct poset *known = &p->events->known;
  intervals_of_cache(known, situation->source, situation->loads, situation->load_count,
                     loads_also(p), (uint8_t)q->version, &a->presents);
  a->mask = mask;
  a->order[LITERAL_PRESENTS] = &a->presents;
  a->order[LITERAL_JUDGED] = judged_by(p, q, mask, &a->judged);
  a->order[LITERAL_RUNS] = &situation->runs;
  a->is_unclear = false;
  for (uint32_t i = 0; i < LITERAL__COUNT; i++)
    a->is_unclear |= a->order[i]->is_full;
  a->chosen[LITERAL_RUNS] = 0;
  p->question_count++;
  return intervals_meet(known, a->order, situation->always_runs ? LITERAL_RUNS : LITERAL__COUNT,
                        a->chosen);
}

/* Those that every question about the connection has. */
void question_atoms(struct proving *p, const struct connection *c, struct atoms *ret)
{
  ret->count = 0;
  ret->is_full = false;
  if (p->graph->guard_count == 0)
    return;
  atoms_add_register(p->model, ret, c->source);
  atoms_add_register(p->model, ret, c->running);
  const struct place_loads *place = &p->model->places[c->place];
  for (uint32_t i = 0; i < place->count; i++)
    atoms_add_guard(p->model, ret, p->graph->steps[p->model->loads[place->first + i]].guard);
  uint32_t count;
  const uint32_t *waits =
      question_waits(p, SCRATCH_BEHIND_SOURCE, c->source, REGISTER_NONE, &count);
  for (uint32_t i = 0; i < count; i++)
    atoms_add_guard(p->model, ret, p->model->waits[waits[i]].guard);
  for (uint32_t i = 0; c->joins_late && i < p->model->sight_count; i++)
    atoms_add_guard(p->model, ret, p->model->sights[i].guard);
}

static void atoms_of_question(struct proving *p, const struct atoms *connection, struct question *q)
{
  q->atoms = *connection;
  if (p->graph->guard_count == 0 && !q->is_root)
    return;
  if (q->is_root) {
    atoms_add_same_root(p->model, &q->atoms, q->c->call->certificate);
    atoms_add_register(p->model, &q->atoms, q->c->call->roots[HELD_OLD]);
    atoms_add_register(p->model, &q->atoms, q->c->call->roots[HELD_NEW]);
  } else {
    atoms_add_register(p->model, &q->atoms, q->judged);
  }
  if (q->c->call->trust_s <= 0 || q->judged == REGISTER_NONE)
    return;
  uint32_t count;
  const uint32_t *waits = judged_waits(p, q, &count);
  for (uint32_t i = 0; i < count; i++)
    atoms_add_guard(p->model, &q->atoms, p->model->waits[waits[i]].guard);
}

/* Whether the question has an answer, in some way in which its atoms may turn out. `situation`, where it
 * is not NULL, is the connection's under no atoms. */
bool question_find_answer(struct proving *p, struct question *q, const struct atoms *atoms,
                          const struct situation *situation, struct answer *a)
{
  struct situation of_mask;
  atoms_of_question(p, atoms, q);
  a->is_unclear = q->atoms.is_full;
  if (q->atoms.count == 0 && situation != NULL && !a->is_unclear)
    return question_ask(p, q, situation, 0, a) || a->is_unclear;
  for (uint32_t mask = 0; !a->is_unclear && mask < (1u << q->atoms.count); mask++) {
    if (p->given != NULL && !atoms_agree(&q->atoms, mask, p->given, p->given_mask))
      continue;
    question_situation(p, q->c, &q->atoms, mask, false, &of_mask);
    if (question_ask(p, q, &of_mask, mask, a))
      return true;
  }
  return a->is_unclear;
}

/* False where there is nothing to ask: the receiver does not compare that. */
bool question_make(struct proving *p, uint32_t index, enum held version, bool is_root,
                   struct question *q)
{
  const struct connection *c = &p->model->connections[index];
  *q = (struct question){.c = c, .index = index, .version = version, .is_root = is_root};
  q->judged = is_root ? c->call->roots[version] : c->call->accepted[version];
  if (version == HELD_NONE)
    return !is_root;
  return q->judged != REGISTER_NONE && (!is_root || c->call->roots_in_play);
}

bool safety_is_reachable(struct proving *p, uint32_t connection, enum held version, bool is_root)
{
  struct question q;
  struct answer a;
  struct atoms atoms;
  question_atoms(p, &p->model->connections[connection], &atoms);
  return question_make(p, connection, version, is_root, &q) &&
         question_find_answer(p, &q, &atoms, NULL, &a);
}

uint32_t question_step(struct proving *p, uint32_t event)
{
  return event == EVENT_NONE ? INDEX_NONE : p->events->step_of[event];
}

static void add_pair(struct safety_pair *pairs, uint32_t room, uint32_t before, uint32_t after,
                     uint32_t *count)
{
  for (uint32_t i = 0; i < *count; i++)
    if (pairs[i].before == before && pairs[i].after == after)
      return;
  if (*count < room && before != after)
    pairs[(*count)++] = (struct safety_pair){before, after};
}

bool safety_pairs(struct proving *p, uint32_t connection, enum held version, bool is_root,
                  struct safety_pair *pairs, uint32_t room, uint32_t *ret_count)
{
  struct question q;
  struct answer a;
  struct atoms atoms;
  struct situation situation;
  question_atoms(p, &p->model->connections[connection], &atoms);
  if (!question_make(p, connection, version, is_root, &q) ||
      question_find_answer(p, &q, &atoms, NULL, &a))
    return false;
  for (uint32_t mask = 0; mask < (1u << q.atoms.count); mask++) {
    uint32_t chosen[LITERALS_MAX] = {0}, end, begin;
    question_situation(p, q.c, &q.atoms, mask, false, &situation);
    question_ask(p, &q, &situation, mask, &a);
    bool any = true;
    for (uint32_t i = 0; i < LITERAL__COUNT; i++)
      any = any && a.order[i]->count != 0;
    for (; any; any = intervals_next(a.order, LITERAL__COUNT, chosen))
      if (intervals_ruling(&p->events->known, a.order, LITERAL__COUNT, chosen, &end, &begin))
        add_pair(pairs, room, question_step(p, end), question_step(p, begin), ret_count);
  }
  return true;
}
