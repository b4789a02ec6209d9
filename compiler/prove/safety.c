/* SPDX-License-Identifier: Apache-2.0 */
/*
 * safety: check S. For each connection and each certificate that it may present: is there a cut at which
 * it runs, presents it, and the receiver does not accept it?
 *
 * (1) The literals are: runs, presents, not accepted (or: root not trusted). Each becomes a table of
 *     intervals; Theorem 1 decides each tuple; every assignment to the guards' atoms is asked.
 * (2) A load of a place that was stopped before is a start: no old process is left from its begin on. If
 *     another start may have come between, that one may have been it, and this one does nothing.
 * (3) A load whose end nobody sees (seen.c) ends nothing.
 */
#include <string.h>

#include "compiler/prove/prove_int.h"

enum { NODES_TOLD_MAX = 4096, FINDINGS_MAX = 400, GROUP_REACH = 8, TRACE_SHORT = 6 };

static bool is_active(struct proving *p, const struct atoms *atoms, uint32_t mask, uint32_t guard)
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
    if (is_active(p, atoms, mask, all.writes[i].guard))
      buffer_add(out, &all.writes[i], sizeof(struct write));
  return (struct written){(const struct write *)(const void *)out->bytes,
                          (uint32_t)(out->size_bytes / sizeof(struct write)), all.initial};
}

static bool has_stop(struct written running)
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

/* (2): false where nothing stops the node before the event. Else the load that makes it run: the event,
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

/* Time counts as a load where it is long enough for the cache and for kept connections. */
static void add_waits(struct proving *p, const struct connection *c, const struct atoms *atoms,
                      uint32_t mask, bool kept_for_nothing, struct buffer *out)
{
  if (c->call->cache_s < 0 || (c->call->kept_s < 0 && !kept_for_nothing))
    return;
  int64_t least = c->call->cache_s + (c->call->kept_s < 0 ? 0 : c->call->kept_s);
  for (uint32_t i = 0; i < p->model->wait_count; i++) {
    const struct wait *wait = &p->model->waits[i];
    if (wait->seconds >= least && is_active(p, atoms, mask, wait->guard))
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
        sight->version == HELD_OLD && !sight->of_root && is_active(p, atoms, mask, sight->guard))
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
  bool stops = has_stop(running);
  for (uint32_t i = 0; i < place->count; i++) {
    struct load load = model_load(p->model, p->model->loads[place->first + i]);
    if (!is_active(p, atoms, mask, load.guard))
      continue;
    struct load start = load;
    bool stopped = stops && find_start(p, running, &start);
    if (stopped)
      add_load(out, start);
    if (load.begin == load.end || (stopped && start.also_count == 0))
      continue; /* it runs already, and a start does nothing; or no old process is left */
    if (p->is_unseen[c->call->presenter] && !p->trusts_unseen)
      continue; /* (3): the old processes may stay for ever */
    add_load(out, load);
  }
  add_waits(p, c, atoms, mask, kept_for_nothing, out);
  add_sights(p, c, atoms, mask, out);
  *ret_loads = (struct load *)(void *)out->bytes;
  return (uint32_t)(out->size_bytes / sizeof(struct load));
}

/* One question: at this connection, this certificate, judged by this register. */
struct question {
  const struct connection *c;
  uint32_t index;
  enum held version;
  bool is_root;
  uint32_t judged; /* register; REGISTER_NONE: nothing is presented at all */
  struct atoms atoms;
};

enum { LITERAL_PRESENTS, LITERAL_JUDGED, LITERAL_RUNS, LITERAL__COUNT };

struct answer {
  uint32_t mask;
  struct intervals presents, judged;
  const struct intervals *order[LITERAL__COUNT];
  uint32_t chosen[LITERALS_MAX];
  bool is_unclear;
};

/* What all questions about a connection share, under one assignment; in scratch space. */
struct situation {
  struct intervals runs;
  bool always_runs;
  struct written source;
  const struct load *loads;
  uint32_t load_count;
};

static void situation_of(struct proving *p, const struct connection *c, const struct atoms *atoms,
                         uint32_t mask, bool kept_for_nothing, struct situation *ret)
{
  struct load *loads;
  ret->load_count = loads_of(p, c, atoms, mask, kept_for_nothing, &loads);
  ret->loads = loads;
  ret->source = active_writes(p, atoms, mask, c->source, SCRATCH_SOURCE);
  struct written running = {NULL, 0, HELD_YES};
  if (c->running != REGISTER_NONE)
    running = active_writes(p, atoms, mask, c->running, SCRATCH_RUNNING);
  ret->always_runs = !has_stop(running);
  if (ret->always_runs)
    intervals_always(&ret->runs);
  else
    intervals_of_register(&p->events->known, running, HELD_YES, &ret->runs);
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
    if (atoms == NULL || is_active(p, atoms, mask, write->guard))
      buffer_add(both, write, sizeof *write);
  }
  return (struct written){(const struct write *)(const void *)both->bytes,
                          (uint32_t)(both->size_bytes / sizeof(struct write)), HELD_YES};
}

static struct written judged_writes(struct proving *p, const struct question *q, uint32_t mask)
{
  if (q->is_root && atoms_same_root(&q->atoms, mask, q->c->call->certificate))
    return both_roots(p, q->c, &q->atoms, mask);
  return active_writes(p, &q->atoms, mask, q->judged, SCRATCH_JUDGED);
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
  for (uint32_t i = 0; i < p->model->wait_count; i++) {
    const struct wait *wait = &p->model->waits[i];
    if (wait->seconds >= q->c->call->trust_s && is_active(p, &q->atoms, mask, wait->guard))
      add_load(waits, (struct load){wait->first, wait->last, wait->step, wait->guard, 0, 0});
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

static bool ask(struct proving *p, const struct question *q, const struct situation *situation,
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
static void atoms_of_connection(struct proving *p, const struct connection *c, struct atoms *ret)
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
  for (uint32_t i = 0; i < p->model->wait_count; i++)
    atoms_add_guard(p->model, ret, p->model->waits[i].guard);
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
}

static uint32_t step_at(struct proving *p, uint32_t event)
{
  return event == EVENT_NONE ? INDEX_NONE : p->events->step_of[event];
}

/* The first end of an interval that is not yet before `begin`: the order that is missing. */
static uint32_t end_of(struct proving *p, const struct answer *a, uint32_t literal)
{
  const struct intervals *table = a->order[literal];
  const struct interval *interval = &table->items[a->chosen[literal]];
  return interval->end_count == 0 ? INDEX_NONE
                                  : step_at(p, table->ends[interval->first_end] & ~END_AT_BEGIN);
}

static uint32_t begin_of(const struct answer *a, uint32_t literal)
{
  return a->order[literal]->items[a->chosen[literal]].begin;
}

/* A load of the place that the text has behind the exchange, although nobody was told of it. */
static uint32_t load_in_text(struct proving *p, const struct connection *c, uint32_t exchange)
{
  const struct place_loads *place = &p->model->places[c->place];
  for (uint32_t i = 0; i < place->count && exchange != INDEX_NONE; i++) {
    uint32_t step = p->model->loads[place->first + i];
    if (step == exchange || events_in_text(p->events, exchange, step))
      return step;
  }
  return INDEX_NONE;
}

/* The write that takes the old one away from what the connection reads. */
static uint32_t exchange_step(struct proving *p, const struct connection *c)
{
  struct written source = model_register(p->model, c->source);
  for (uint32_t i = 0; i < source.count; i++)
    if (source.writes[i].value == HELD_NEW)
      return source.writes[i].step;
  return INDEX_NONE;
}

static void blame_overlap(struct proving *p, const struct question *q, const struct answer *a,
                          struct proof_finding *f)
{
  uint32_t presents = begin_of(a, LITERAL_PRESENTS), judged = begin_of(a, LITERAL_JUDGED);
  bool is_instance = p->graph->resources[q->c->call->receiver].kind == KIND_INSTANCE;
  /* What came last made it so: the presenting, or the removing. */
  bool removed = judged != EVENT_NONE && (presents == EVENT_NONE || q->version == HELD_OLD ||
                                          poset_before(&p->events->known, presents, judged));
  if (!removed) {
    f->early = step_at(p, presents);
    f->late = end_of(p, a, LITERAL_JUDGED);
    f->code = q->is_root && f->late == INDEX_NONE ? DIAG_E0608 : DIAG_E0601;
    return;
  }
  f->early = step_at(p, judged);
  f->late = end_of(p, a, LITERAL_PRESENTS);
  f->code = q->version != HELD_OLD ? DIAG_E0601 : is_instance ? DIAG_E0909 : DIAG_E0602;
  if (f->late != INDEX_NONE || q->version != HELD_OLD)
    return;
  uint32_t exchange = exchange_step(p, q->c);
  f->after = f->late = load_in_text(p, q->c, exchange);
  f->before = exchange;
  if (f->late == INDEX_NONE && q->c->call->kind == PRESENTER_NODE && exchange != INDEX_NONE) {
    f->code = DIAG_E0603;
    f->early = exchange;
  }
}

static void blame_downtime(struct proving *p, const struct question *q, const struct answer *a,
                           struct proof_finding *f)
{
  if (q->c->running == REGISTER_NONE) {
    f->code = DIAG_E0605;
    return;
  }
  uint32_t runs = begin_of(a, LITERAL_RUNS);
  f->code = DIAG_E0606;
  if (runs == EVENT_NONE) {
    uint32_t presents = begin_of(a, LITERAL_PRESENTS), judged = begin_of(a, LITERAL_JUDGED);
    bool by_judged = presents == EVENT_NONE || (judged != EVENT_NONE && judged > presents);
    f->early = step_at(p, by_judged ? judged : presents);
    f->late = end_of(p, a, LITERAL_RUNS);
    return;
  }
  f->early = step_at(p, runs);
  bool waits_for_load = q->version == HELD_OLD && begin_of(a, LITERAL_PRESENTS) == EVENT_NONE &&
                        begin_of(a, LITERAL_JUDGED) != EVENT_NONE;
  f->late = waits_for_load ? exchange_step(p, q->c) : end_of(p, a, LITERAL_JUDGED);
}

/* A safe way with time alone: only a kept connection is in the way (corrections 2). */
static bool only_kept(struct proving *p, const struct question *q, uint32_t mask)
{
  struct situation situation;
  struct answer other;
  if (q->c->call->kind != PRESENTER_NODE || q->version != HELD_OLD || q->c->call->kept_s >= 0 ||
      p->model->wait_count == 0)
    return false;
  situation_of(p, q->c, &q->atoms, mask, true, &situation);
  return !ask(p, q, &situation, mask, &other);
}

/* A safe way, if somebody saw the restarts end. */
static bool only_unseen(struct proving *p, const struct question *q, uint32_t mask)
{
  struct situation situation;
  struct answer other;
  if (q->c->call->kind != PRESENTER_NODE || !p->is_unseen[q->c->call->presenter])
    return false;
  p->trusts_unseen = true;
  situation_of(p, q->c, &q->atoms, mask, false, &situation);
  bool meets = ask(p, q, &situation, mask, &other);
  p->trusts_unseen = false;
  return !meets;
}

static bool changes_something(const struct step *step)
{
  return step->kind == STEP_ACTION && effect_writes(step->effect) != NULL;
}

static bool is_behind(struct proving *p, uint32_t exchange, uint32_t step)
{
  return exchange != INDEX_NONE &&
         poset_before(&p->events->known, p->events->first[exchange], p->events->last[step]);
}

static void add_trace(struct proving *p, const struct answer *a, struct proof_finding *f)
{
  uint32_t exchange = exchange_step(p, &p->model->connections[f->connection]);
  uint32_t begins[LITERALS_MAX];
  for (uint32_t i = 0; i < LITERAL__COUNT; i++)
    begins[i] = begin_of(a, i);
  uint64_t *cut;
  poset_least_cut(&p->events->known, begins, LITERAL__COUNT, &cut);
  uint32_t *steps = arena_array(p->arena, (size_t)p->graph->step_count + 1, sizeof *steps);
  uint32_t all = 0, kept = 0;
  for (uint32_t i = 0; i < p->graph->step_count; i++) {
    uint32_t first = p->events->first[i];
    if (first != INDEX_NONE && poset_holds(cut, first))
      steps[all++] = i;
  }
  f->trace_total = all;
  /* What does not have to come behind the exchange comes before it: then no load behind it undoes the
   * case. Those steps are closed downwards, so the order is an allowed one. */
  f->trace = arena_array(p->arena, (size_t)all + 1, sizeof *f->trace);
  for (int behind = 0; behind <= 1; behind++)
    for (uint32_t i = 0; i < all; i++)
      if (is_behind(p, exchange, steps[i]) == (behind != 0) &&
          (all <= TRACE_SHORT || changes_something(&p->graph->steps[steps[i]])))
        f->trace[kept++] = steps[i];
  f->trace_count = kept;
}

static bool is_same_cause(struct proving *p, const struct proof_finding *a,
                          const struct proof_finding *b)
{
  bool any_version = a->code == DIAG_E0605 || a->code == DIAG_E0606;
  if (a->code != b->code || (a->version != b->version && !any_version) ||
      a->is_root != b->is_root || a->connection == INDEX_NONE || b->connection == INDEX_NONE)
    return false;
  const struct connection *left = &p->model->connections[a->connection];
  const struct connection *right = &p->model->connections[b->connection];
  return left->call->presenter == right->call->presenter &&
         left->call->receiver == right->call->receiver &&
         left->call->certificate == right->call->certificate &&
         (a->early == b->early || a->code == DIAG_E0606 || a->code == DIAG_E0605);
}

static void add_node(struct proving *p, struct proof_finding *f, struct text node)
{
  if (node.length == 0 || f->node_count == NODES_TOLD_MAX)
    return;
  if ((f->node_count & (f->node_count - 1)) == 0)
    f->nodes = arena_grow(p->arena, f->nodes, f->node_count, (size_t)f->node_count * 2 + 1,
                          sizeof *f->nodes);
  f->nodes[f->node_count++] = node;
}

static struct proof_finding *known_finding(struct proving *p, const struct proof_finding *f)
{
  struct proof_finding *all = (struct proof_finding *)(void *)p->findings.bytes;
  uint32_t count = (uint32_t)(p->findings.size_bytes / sizeof *all);
  for (uint32_t i = count; i > 0 && i + GROUP_REACH > count; i--)
    if (is_same_cause(p, &all[i - 1], f))
      return &all[i - 1];
  return NULL;
}

static void report(struct proving *p, const struct question *q, const struct answer *a)
{
  struct proof_finding f = finding_of(DIAG_E0601);
  f.connection = q->index;
  f.version = (uint8_t)q->version;
  f.is_root = q->is_root;
  if (a->is_unclear)
    f.code = DIAG_E0624;
  else if (q->version == HELD_NONE) {
    f.code = DIAG_E0626;
    f.early = step_at(p, begin_of(a, LITERAL_PRESENTS));
  } else if (p->is_downtime && q->c->call->kind == PRESENTER_NODE && !q->is_root)
    blame_downtime(p, q, a, &f);
  else
    blame_overlap(p, q, a, &f);
  if ((f.code == DIAG_E0602 || f.code == DIAG_E0603) && only_kept(p, q, a->mask))
    f.code = DIAG_E0621;
  if ((f.code == DIAG_E0602 || f.code == DIAG_E0603) && only_unseen(p, q, a->mask)) {
    f.code = DIAG_E0631;
    f.early = step_at(p, begin_of(a, LITERAL_JUDGED));
    f.late = load_in_text(p, q->c, exchange_step(p, q->c));
  }
  bool failed = p->is_failed[q->index];
  p->is_failed[q->index] = true;
  /* Its root goes the way of its certificate: the cause is told once. Nor is it told what follows from
   * an exchange that is not there (E0619). */
  if ((q->is_root && failed && f.code != DIAG_E0608) ||
      (f.code == DIAG_E0631 && p->is_blind[q->c->call->presenter]) ||
      (!p->is_way_back && q->version == HELD_OLD && p->model->is_renewed[q->c->call->certificate] &&
       exchange_step(p, q->c) == INDEX_NONE && q->c->call->kind == PRESENTER_NODE))
    return;
  struct proof_finding *known = known_finding(p, &f);
  if (known != NULL) {
    if (known->node_count == 0 ||
        !text_equal(known->nodes[known->node_count - 1], connection_node(p->model, q->c)))
      add_node(p, known, connection_node(p->model, q->c));
    return;
  }
  if (p->findings.size_bytes / sizeof f >= FINDINGS_MAX)
    return;
  finding_judge_order(p, &f);
  f.when = atoms_say(p->model, &q->atoms, a->mask);
  add_node(p, &f, connection_node(p->model, q->c));
  if (!a->is_unclear)
    add_trace(p, a, &f);
  add_finding(p, &f);
}

/* Whether the question has an answer, in some way in which its atoms may turn out. `situation`, where it
 * is not NULL, is the connection's under no atoms. */
static bool find_answer(struct proving *p, struct question *q, const struct atoms *atoms,
                        const struct situation *situation, struct answer *a)
{
  struct situation of_mask;
  atoms_of_question(p, atoms, q);
  a->is_unclear = q->atoms.is_full;
  if (q->atoms.count == 0 && situation != NULL && !a->is_unclear)
    return ask(p, q, situation, 0, a) || a->is_unclear;
  for (uint32_t mask = 0; !a->is_unclear && mask < (1u << q->atoms.count); mask++) {
    situation_of(p, q->c, &q->atoms, mask, false, &of_mask);
    if (ask(p, q, &of_mask, mask, a))
      return true;
  }
  return a->is_unclear;
}

/* False where there is nothing to ask: the receiver does not compare that. */
static bool question_of(struct proving *p, uint32_t index, enum held version, bool is_root,
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
  atoms_of_connection(p, &p->model->connections[connection], &atoms);
  return question_of(p, connection, version, is_root, &q) && find_answer(p, &q, &atoms, NULL, &a);
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
  atoms_of_connection(p, &p->model->connections[connection], &atoms);
  if (!question_of(p, connection, version, is_root, &q) || find_answer(p, &q, &atoms, NULL, &a))
    return false;
  for (uint32_t mask = 0; mask < (1u << q.atoms.count); mask++) {
    uint32_t chosen[LITERALS_MAX] = {0}, end, begin;
    situation_of(p, q.c, &q.atoms, mask, false, &situation);
    ask(p, &q, &situation, mask, &a);
    bool any = true;
    for (uint32_t i = 0; i < LITERAL__COUNT; i++)
      any = any && a.order[i]->count != 0;
    for (; any; any = intervals_next(a.order, LITERAL__COUNT, chosen))
      if (intervals_ruling(&p->events->known, a.order, LITERAL__COUNT, chosen, &end, &begin))
        add_pair(pairs, room, step_at(p, end), step_at(p, begin), ret_count);
  }
  return true;
}

static bool is_racing(struct proving *p, uint32_t reg)
{
  return reg != REGISTER_NONE && p->is_racing[reg];
}

bool safety_is_racing(struct proving *p, uint32_t connection)
{
  const struct connection *c = &p->model->connections[connection];
  bool races = is_racing(p, c->source) || is_racing(p, c->running);
  for (int version = HELD_OLD; version <= HELD_NEW; version++)
    races |= is_racing(p, c->call->accepted[version]) || is_racing(p, c->call->roots[version]);
  return races;
}

static void check_connection(struct proving *p, uint32_t index)
{
  static const enum held versions[] = {HELD_NEW, HELD_OLD, HELD_NONE};
  const struct connection *c = &p->model->connections[index];
  if (safety_is_racing(p, index))
    return; /* E0616 stands for it */
  struct atoms atoms;
  struct situation situation;
  bool is_known = false;
  atoms_of_connection(p, c, &atoms);
  for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
    for (int is_root = 0; is_root <= 1; is_root++) {
      struct question q;
      struct answer a;
      if (!question_of(p, index, versions[i], is_root != 0, &q))
        continue;
      if (!is_known && atoms.count == 0)
        situation_of(p, c, &atoms, 0, false, &situation);
      is_known = atoms.count == 0;
      if (!find_answer(p, &q, &atoms, is_known ? &situation : NULL, &a))
        continue;
      report(p, &q, &a);
      is_known = false; /* the scratch space held other loads meanwhile */
    }
}

/* decisions, ambiguity 19: refused even where a stop would make the plan safe. */
static bool holds_one_only(struct proving *p, const struct connection *c)
{
  return !p->is_downtime && p->graph->resources[c->call->receiver].kind == KIND_SYSTEM &&
         !setting_yes(p->graph, c->call->receiver, KEY_ACCEPTS_MANY, true);
}

void check_safety(struct proving *p)
{
  for (uint32_t i = 0; i < p->model->connection_count; i++) {
    const struct connection *c = &p->model->connections[i];
    if (!holds_one_only(p, c)) {
      check_connection(p, i);
      continue;
    }
    struct proof_finding f = finding_of(DIAG_E0604);
    f.connection = i;
    p->is_failed[i] = true;
    if (p->model->is_renewed[c->call->certificate] && known_finding(p, &f) == NULL)
      add_finding(p, &f);
  }
}
