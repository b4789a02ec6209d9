/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blame: what to say of a question that has an answer: which step came too early, which one had to be done
 * before, the shortest way there; and which answers have one cause.
 */

#include "compiler/prove/question.h"

enum { FINDINGS_MAX = 400, GROUP_REACH = 8, TRACE_SHORT = 6 };

/* The first end of an interval that is not yet before `begin`: the order that is missing. */
static uint32_t end_of(struct proving *p, const struct answer *a, uint32_t literal)
{
  const struct intervals *table = a->order[literal];
  const struct interval *interval = &table->items[a->chosen[literal]];
  return interval->end_count == 0
             ? INDEX_NONE
             : question_step(p, table->ends[interval->first_end] & ~END_AT_BEGIN);
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
    f->early = question_step(p, presents);
    f->late = end_of(p, a, LITERAL_JUDGED);
    f->code = q->is_root && f->late == INDEX_NONE ? DIAG_E0608 : DIAG_E0601;
    return;
  }
  f->early = question_step(p, judged);
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
    f->early = question_step(p, by_judged ? judged : presents);
    f->late = end_of(p, a, LITERAL_RUNS);
    return;
  }
  f->early = question_step(p, runs);
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
  question_situation(p, q->c, &q->atoms, mask, true, &situation);
  return !question_ask(p, q, &situation, mask, &other);
}

/* A safe way, if somebody saw the restarts end. */
static bool only_unseen(struct proving *p, const struct question *q, uint32_t mask)
{
  struct situation situation;
  struct answer other;
  if (q->c->call->kind != PRESENTER_NODE || !p->is_unseen[q->c->call->presenter])
    return false;
  p->trusts_unseen = true;
  question_situation(p, q->c, &q->atoms, mask, false, &situation);
  bool meets = question_ask(p, q, &situation, mask, &other);
  p->trusts_unseen = false;
  return !meets;
}

/* Changes what the proof speaks of: by its effect, or because this very case begins with it (a pair that is
 * signed in a store whose readers name no alias). */
static bool is_told(struct proving *p, const uint32_t *begins, uint32_t step)
{
  for (uint32_t i = 0; i < LITERAL__COUNT; i++)
    if (question_step(p, begins[i]) == step)
      return true;
  return p->graph->steps[step].kind == STEP_ACTION &&
         effect_writes(p->graph->steps[step].effect) != NULL;
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
          (all <= TRACE_SHORT || is_told(p, begins, steps[i])))
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
  if (node.length == 0)
    return;
  if ((f->node_count & (f->node_count - 1)) == 0)
    f->nodes = arena_grow(p->arena, f->nodes, f->node_count, (size_t)f->node_count * 2 + 1,
                          sizeof *f->nodes);
  f->nodes[f->node_count++] = node;
}

struct proof_finding *blame_known(struct proving *p, const struct proof_finding *f)
{
  struct proof_finding *all = (struct proof_finding *)(void *)p->findings.bytes;
  uint32_t count = (uint32_t)(p->findings.size_bytes / sizeof *all);
  for (uint32_t i = count; i > 0 && i + GROUP_REACH > count; i--)
    if (is_same_cause(p, &all[i - 1], f))
      return &all[i - 1];
  return NULL;
}

static void count_guard(struct proving *p, struct atoms *atoms, uint32_t step, uint32_t guard,
                        struct proof_finding *f)
{
  if (guard == INDEX_NONE)
    return;
  if (f->late == INDEX_NONE || step < f->late)
    f->late = step;
  atoms_add_guard(p->model, atoms, guard);
  if (atoms->is_full && f->early == INDEX_NONE)
    f->early = step;
}

static void count_register(struct proving *p, struct atoms *atoms, uint32_t reg,
                           struct proof_finding *f)
{
  if (reg == REGISTER_NONE)
    return;
  struct written written = model_register(p->model, reg);
  for (uint32_t i = 0; i < written.count; i++)
    count_guard(p, atoms, written.writes[i].step, written.writes[i].guard, f);
}

/* Too many conditions: the first step that has one, and the one with which they are too many. */
static void blame_conditions(struct proving *p, const struct question *q, struct proof_finding *f)
{
  const struct connection *c = q->c;
  const struct place_loads *place = &p->model->places[c->place];
  struct atoms atoms = {.count = 0};
  f->code = DIAG_E0624;
  if (!q->atoms.is_full)
    return;
  if (q->is_root)
    atoms_add_same_root(p->model, &atoms, c->call->certificate);
  count_register(p, &atoms, c->source, f);
  count_register(p, &atoms, c->running, f);
  for (uint32_t i = 0; i < place->count; i++) {
    uint32_t step = p->model->loads[place->first + i];
    count_guard(p, &atoms, step, p->graph->steps[step].guard, f);
  }
  uint32_t count;
  const uint32_t *waits =
      question_waits(p, SCRATCH_BEHIND_SOURCE, c->source, REGISTER_NONE, &count);
  for (uint32_t i = 0; i < count; i++)
    count_guard(p, &atoms, p->model->waits[waits[i]].step, p->model->waits[waits[i]].guard, f);
  for (uint32_t i = 0; c->joins_late && i < p->model->sight_count; i++)
    count_guard(p, &atoms, p->model->sights[i].step, p->model->sights[i].guard, f);
  count_register(p, &atoms, q->is_root ? c->call->roots[HELD_OLD] : q->judged, f);
  if (q->is_root)
    count_register(p, &atoms, c->call->roots[HELD_NEW], f);
}

void blame_report(struct proving *p, const struct question *q, const struct answer *a)
{
  struct proof_finding f = finding_of(DIAG_E0601);
  f.connection = q->index;
  f.version = (uint8_t)q->version;
  f.is_root = q->is_root;
  if (a->is_unclear)
    blame_conditions(p, q, &f);
  else if (q->version == HELD_NONE) {
    f.code = DIAG_E0626;
    f.early = question_step(p, begin_of(a, LITERAL_PRESENTS));
  } else if (p->is_downtime && q->c->call->kind == PRESENTER_NODE && !q->is_root)
    blame_downtime(p, q, a, &f);
  else
    blame_overlap(p, q, a, &f);
  if ((f.code == DIAG_E0602 || f.code == DIAG_E0603) && only_kept(p, q, a->mask))
    f.code = DIAG_E0621;
  if ((f.code == DIAG_E0602 || f.code == DIAG_E0603) && only_unseen(p, q, a->mask)) {
    f.code = DIAG_E0631;
    f.early = question_step(p, begin_of(a, LITERAL_JUDGED));
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
  struct proof_finding *known = blame_known(p, &f);
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
