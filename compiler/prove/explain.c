/* SPDX-License-Identifier: Apache-2.0 */
/* explain: see explain.h. */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/explain.h"
#include "compiler/prove/prove_int.h"

enum { PAIRS_MAX = 64 };

const char *const standing_words[] = {[STANDING_ASSUMED] = "assumed",
                                      [STANDING_STATED] = "stated",
                                      [STANDING_CHECKED] = "checked",
                                      [STANDING_OBSERVED] = "observed"};

struct explaining {
  struct arena *arena;
  const struct proof *proof;
  struct proving proving; /* to ask again */
};

/* What one connection is like after a step of the text. */
struct moment {
  bool may[HELD__COUNT];
  bool accepts[HELD__COUNT], trusts[HELD__COUNT];
  bool runs;
};

static struct text name_of(const struct explaining *e, uint32_t resource)
{
  return e->proof->graph->resources[resource].name;
}

static bool writes_of(const struct explaining *e, uint32_t reg, uint32_t step, uint8_t *ret_value)
{
  if (reg == REGISTER_NONE)
    return false;
  struct written written = model_register(e->proof->model, reg);
  bool found = false;
  for (uint32_t i = 0; i < written.count; i++)
    if (written.writes[i].step == step) {
      *ret_value = written.writes[i].value;
      found = true;
    }
  return found;
}

static bool loads_at(const struct explaining *e, const struct connection *c, uint32_t step)
{
  const struct place_loads *place = &e->proof->model->places[c->place];
  for (uint32_t i = 0; i < place->count; i++)
    if (e->proof->model->loads[place->first + i] == step)
      return true;
  return false;
}

/* The state behind the step; false where the step does not touch the connection. */
static bool advance(const struct explaining *e, const struct connection *c, uint32_t step,
                    uint8_t *source, struct moment *m)
{
  uint8_t value;
  bool touched = false;
  if (writes_of(e, c->source, step, &value)) {
    *source = value;
    m->may[value] = touched = true;
  }
  if (writes_of(e, c->running, step, &value)) {
    touched |= m->runs != (value == HELD_YES);
    m->runs = value == HELD_YES;
  }
  if (loads_at(e, c, step)) {
    memset(m->may, 0, sizeof m->may);
    m->may[*source] = touched = true;
  }
  for (int v = HELD_OLD; v <= HELD_NEW; v++) {
    if (writes_of(e, c->call->accepted[v], step, &value)) {
      touched |= m->accepts[v] != (value == HELD_YES);
      m->accepts[v] = value == HELD_YES;
    }
    if (writes_of(e, c->call->roots[v], step, &value)) {
      touched |= m->trusts[v] != (value == HELD_YES);
      m->trusts[v] = value == HELD_YES;
    }
  }
  return touched;
}

static struct moment first_moment(const struct connection *c, const struct model *model)
{
  struct moment m = {.runs = true};
  m.may[HELD_OLD] = true;
  for (int v = HELD_OLD; v <= HELD_NEW; v++) {
    m.accepts[v] = c->call->accepted[v] == REGISTER_NONE ||
                   model->register_initial[c->call->accepted[v]] == HELD_YES;
    m.trusts[v] = c->call->roots[v] == REGISTER_NONE ||
                  model->register_initial[c->call->roots[v]] == HELD_YES;
  }
  return m;
}

static void add_item(struct buffer *out, struct text name, const char *what)
{
  buffer_format(out, "%s%.*s%s", out->size_bytes == 0 ? "" : ", ", TEXT_ARG(name), what);
}

static struct text done(const struct explaining *e, struct buffer *out, const char *otherwise)
{
  struct text text =
      out->size_bytes == 0 ? text_of(otherwise) : text_copy(e->arena, buffer_text(out));
  buffer_free(out);
  return text;
}

static struct explain_phase say_moment(const struct explaining *e, const struct connection *c,
                                       const struct moment *m)
{
  struct text name = name_of(e, c->call->certificate);
  struct buffer presents = {0}, accepts = {0};
  if (m->runs) {
    if (m->may[HELD_OLD])
      add_item(&presents, name, ".old");
    if (m->may[HELD_NEW])
      add_item(&presents, name, ".new");
    if (m->may[HELD_NONE])
      add_item(&presents, TEXT("nothing"), "");
  }
  if (m->accepts[HELD_OLD])
    add_item(&accepts, name, ".old");
  if (m->accepts[HELD_NEW])
    add_item(&accepts, name, ".new");
  if (c->call->roots_in_play && m->trusts[HELD_NEW])
    add_item(&accepts, name, ".new.root");
  return (struct explain_phase){.step = INDEX_NONE,
                                .begins = TEXT("at the beginning"),
                                .presents = done(e, &presents, "it is stopped"),
                                .accepts = done(e, &accepts, "nothing"),
                                .runs = m->runs,
                                .may_old = m->runs && m->may[HELD_OLD],
                                .may_new = m->runs && m->may[HELD_NEW],
                                .may_nothing = m->runs && m->may[HELD_NONE],
                                .accepts_old = m->accepts[HELD_OLD],
                                .accepts_new = m->accepts[HELD_NEW],
                                .trusts_old = !c->call->roots_in_play || m->trusts[HELD_OLD],
                                .trusts_new = !c->call->roots_in_play || m->trusts[HELD_NEW]};
}

/* How many writes of what it reads stand before the step. */
static uint32_t writes_before(const struct explaining *e, const struct connection *c, uint32_t step)
{
  struct written source = model_register(e->proof->model, c->source);
  uint32_t count = 0;
  for (uint32_t i = 0; i < source.count; i++)
    count += source.writes[i].step < step;
  return count;
}

/* (1) */
static bool goes_alike(const struct explaining *e, const struct connection *a,
                       const struct connection *b)
{
  const struct model *model = e->proof->model;
  const struct place_loads *left = &model->places[a->place], *right = &model->places[b->place];
  if (left->count != right->count ||
      (a->running == REGISTER_NONE) != (b->running == REGISTER_NONE) || a->source != b->source)
    return false;
  for (uint32_t i = 0; i < left->count; i++) {
    uint32_t l = model->loads[left->first + i], r = model->loads[right->first + i];
    if (e->proof->graph->steps[l].effect != e->proof->graph->steps[r].effect ||
        writes_before(e, a, l) != writes_before(e, b, r))
      return false;
  }
  if (a->running == REGISTER_NONE)
    return true;
  struct written stops = model_register(model, a->running),
                 others = model_register(model, b->running);
  bool alike = stops.count == others.count;
  for (uint32_t i = 0; alike && i < stops.count; i++)
    alike = stops.writes[i].value == others.writes[i].value &&
            writes_before(e, a, stops.writes[i].step) == writes_before(e, b, others.writes[i].step);
  return alike;
}

static bool is_alike(const struct explaining *e, const struct connection *a,
                     const struct connection *b)
{
  return a->call == b->call && a->joins_late == b->joins_late && goes_alike(e, a, b);
}

/* `switch[*1]`: what holds for two elements of an open set holds for any number of them. */
static bool is_of_set(struct text id)
{
  return text_ends_with(id, "[*1]") || text_ends_with(id, "[*2]");
}

static bool is_on_node(const struct explaining *e, uint32_t step)
{
  const struct argument *node =
      step_argument(e->proof->graph, &e->proof->graph->steps[step], PART_PLACE, 0);
  return node != NULL && node->kind == ARGUMENT_WORD;
}

/* `restart[worker-1]` is `restart (on each node)` where several nodes share the table. */
static struct text step_name(const struct explaining *e, uint32_t step, uint32_t node_count)
{
  const struct step *row = &e->proof->graph->steps[step];
  if (is_of_set(row->id))
    return text_format(e->arena, "%.*s (of each)", TEXT_ARG(row->label));
  if (!is_on_node(e, step) || node_count < 2)
    return row->id;
  /* Written once for each node, it has a name for each. */
  bool is_repeated = row->id.length != row->label.length;
  return text_format(e->arena, "%.*s (%son each node)", TEXT_ARG(row->label),
                     is_repeated ? "" : "likewise ");
}

/* Whether the old one still opens a door when every step is done. */
static struct text say_retired(const struct explaining *e, const struct connection *c,
                               const struct moment *last, uint32_t dropped)
{
  struct text receiver = name_of(e, c->call->receiver);
  bool tells_apart = c->call->accepted[HELD_OLD] != REGISTER_NONE &&
                     c->call->accepted[HELD_OLD] != c->call->accepted[HELD_NEW];
  const char *root = c->call->roots_in_play && last->trusts[HELD_OLD] && !last->accepts[HELD_OLD]
                         ? "; its root stays trusted"
                         : "";
  if (!tells_apart)
    return text_format(e->arena, "no: `%.*s` does not tell the two apart", TEXT_ARG(receiver));
  if (last->accepts[HELD_OLD])
    return text_format(
        e->arena, "no: `%.*s` accepts it when every step is done%s", TEXT_ARG(receiver),
        c->call->roots_in_play && !last->trusts[HELD_OLD] ? ", but trusts its root no more" : "");
  if (dropped == INDEX_NONE)
    return text_format(e->arena, "from the beginning%s", root);
  return text_format(e->arena, "from `%.*s` on%s", TEXT_ARG(e->proof->graph->steps[dropped].id),
                     root);
}

static void add_phase(const struct explaining *e, const struct connection *c, uint32_t step,
                      const struct moment *m, struct explain_connection *to, struct buffer *phases)
{
  struct explain_phase phase = say_moment(e, c, m);
  /* A refusal without a way there (E0604) is seen in the text's own order. */
  if (e->proof->verdict == VERDICT_UNSAFE && to->broken == NULL)
    phase.is_broken = phase.may_nothing ||
                      (phase.may_old && !(phase.accepts_old && phase.trusts_old)) ||
                      (phase.may_new && !(phase.accepts_new && phase.trusts_new));
  if (step != INDEX_NONE) {
    bool several = to->node_count > 1 && to->broken == NULL;
    phase.step = step;
    phase.on_each = (several && is_on_node(e, step)) || is_of_set(e->proof->graph->steps[step].id);
    phase.begins = step_name(e, step, several ? to->node_count : 1);
  }
  buffer_add(phases, &phase, sizeof phase);
}

/* What the finding says of the last phase, whatever the steps before it do besides. */
static void break_phase(const struct explaining *e, const struct connection *c, struct moment *m,
                        struct explain_connection *to, struct buffer *phases)
{
  const struct proof_finding *f = to->broken;
  m->runs = m->may[f->version] = true;
  if (f->version != HELD_NONE && f->is_root)
    m->trusts[f->version] = false;
  else if (f->version != HELD_NONE)
    m->accepts[f->version] = false;
  struct explain_phase *last =
      (struct explain_phase *)(void *)phases->bytes + (phases->size_bytes / sizeof *last - 1);
  struct explain_phase phase = say_moment(e, c, m);
  phase.step = last->step;
  phase.begins = last->begins;
  phase.is_broken = true;
  *last = phase;
}

static void add_writers(const struct explaining *e, uint32_t reg, struct buffer *steps)
{
  if (reg == REGISTER_NONE)
    return;
  struct written written = model_register(e->proof->model, reg);
  for (uint32_t i = 0; i < written.count; i++)
    buffer_add(steps, &written.writes[i].step, sizeof written.writes[i].step);
}

static int compare_steps(const void *a, const void *b)
{
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

/* The steps that change anything for the connection, in the text's order. */
static void find_steps(const struct explaining *e, const struct connection *c, struct buffer *steps)
{
  const struct model *model = e->proof->model;
  const struct place_loads *place = &model->places[c->place];
  add_writers(e, c->source, steps);
  add_writers(e, c->running, steps);
  for (int v = HELD_OLD; v <= HELD_NEW; v++) {
    add_writers(e, c->call->accepted[v], steps);
    add_writers(e, c->call->roots[v], steps);
  }
  if (place->count != 0)
    buffer_add(steps, &model->loads[place->first], place->count * sizeof *model->loads);
  if (steps->size_bytes != 0)
    qsort(steps->bytes, steps->size_bytes / sizeof(uint32_t), sizeof(uint32_t), compare_steps);
}

static void find_phases(const struct explaining *e, const struct connection *c,
                        struct explain_connection *to)
{
  struct buffer phases = {0}, steps = {0};
  struct moment m = first_moment(c, e->proof->model);
  uint8_t source = HELD_OLD;
  if (to->broken == NULL)
    find_steps(e, c, &steps);
  else
    buffer_add(&steps, to->broken->trace, to->broken->trace_count * sizeof *to->broken->trace);
  const uint32_t *order = (const uint32_t *)(const void *)steps.bytes;
  add_phase(e, c, INDEX_NONE, &m, to, &phases);
  for (size_t i = 0; i < steps.size_bytes / sizeof *order; i++) {
    bool is_again = i != 0 && order[i] == order[i - 1];
    if (!is_again && advance(e, c, order[i], &source, &m))
      add_phase(e, c, order[i], &m, to, &phases);
  }
  if (to->broken != NULL)
    break_phase(e, c, &m, to, &phases);
  to->phase_count = (uint32_t)(phases.size_bytes / sizeof(struct explain_phase));
  to->phases = arena_array(e->arena, to->phase_count, sizeof *to->phases);
  memcpy(to->phases, phases.bytes, phases.size_bytes);
  buffer_free(&phases);
  buffer_free(&steps);
}

/* In the text's own order, whatever the way to a refusal is. */
static struct text find_retired(const struct explaining *e, const struct connection *c)
{
  struct buffer steps = {0};
  struct moment m = first_moment(c, e->proof->model);
  uint8_t source = HELD_OLD;
  uint32_t dropped = INDEX_NONE;
  find_steps(e, c, &steps);
  const uint32_t *order = (const uint32_t *)(const void *)steps.bytes;
  for (size_t i = 0; i < steps.size_bytes / sizeof *order; i++) {
    bool accepted = m.accepts[HELD_OLD];
    advance(e, c, order[i], &source, &m);
    dropped = accepted && !m.accepts[HELD_OLD] ? order[i] : dropped;
  }
  buffer_free(&steps);
  return say_retired(e, c, &m, dropped);
}

/* The finding that is about one of these connections and tells a way. */
static const struct proof_finding *broken_of(const struct explaining *e, uint32_t first,
                                             uint32_t end)
{
  for (uint32_t i = 0; i < e->proof->finding_count; i++) {
    const struct proof_finding *f = &e->proof->findings[i];
    if (f->connection >= first && f->connection < end && f->trace_count != 0 && f->way_back == NULL)
      return f;
  }
  return NULL;
}

static bool stops_it(const struct explaining *e, uint32_t step)
{
  enum effect effect = e->proof->graph->steps[step].effect;
  return effect == EFFECT_STOP || effect == EFFECT_UNDEPLOY;
}

/* What the order of the two steps is for; pair NULL: no order is needed. */
static struct text say_reason(const struct explaining *e, const struct connection *c,
                              enum held version, bool is_root, const struct safety_pair *pair)
{
  struct text name = name_of(e, c->call->certificate);
  const char *who = c->call->kind == PRESENTER_NODE ? "a node" : "the caller";
  const char *which = version == HELD_OLD ? "old" : "new", *root = is_root ? "'s root" : "";
  if (pair == NULL)
    return text_format(e->arena, "no step could have %.*s.%s%s refused", TEXT_ARG(name), which,
                       root);
  if (version == HELD_NONE)
    return TEXT("the alias is not empty while somebody may read it");
  if (stops_it(e, pair->before))
    return text_format(e->arena, "the node is stopped while %.*s.%s%s would be refused",
                       TEXT_ARG(name), which, root);
  if (e->proof->graph->steps[pair->after].effect == EFFECT_START)
    return text_format(e->arena, "%.*s.%s%s is %s before the node starts", TEXT_ARG(name), which,
                       root, is_root ? "trusted" : "accepted");
  if (version == HELD_NEW)
    return text_format(e->arena, "%.*s.new%s is %s before %s can present it", TEXT_ARG(name), root,
                       is_root ? "trusted" : "accepted", who);
  return text_format(e->arena, "%.*s.old%s is dropped when %s can present it no more",
                     TEXT_ARG(name), root, who);
}

static bool is_known(const struct buffer *reasons, const struct explain_reason *reason)
{
  const struct explain_reason *all = (const struct explain_reason *)(const void *)reasons->bytes;
  for (size_t i = 0; i < reasons->size_bytes / sizeof *all; i++)
    if (text_equal(all[i].says, reason->says) && text_equal(all[i].before, reason->before) &&
        text_equal(all[i].after, reason->after))
      return true;
  return false;
}

static void add_reasons(struct explaining *e, uint32_t index, enum held version, bool is_root,
                        const struct explain_connection *to, struct buffer *reasons)
{
  const struct connection *c = &e->proof->model->connections[index];
  struct safety_pair pairs[PAIRS_MAX];
  uint32_t count = 0;
  if (!safety_pairs(&e->proving, index, version, is_root, pairs, PAIRS_MAX, &count))
    return;
  for (uint32_t i = 0; i < count; i++) {
    struct explain_reason reason = {
        .says = say_reason(e, c, version, is_root, &pairs[i]),
        .before = step_name(e, pairs[i].before, to->node_count),
        .after = step_name(e, pairs[i].after, to->node_count),
        .before_step = pairs[i].before,
        .after_step = pairs[i].after,
    };
    if (!is_known(reasons, &reason))
      buffer_add(reasons, &reason, sizeof reason);
  }
  struct explain_reason none = {.says = say_reason(e, c, version, is_root, NULL),
                                .before_step = INDEX_NONE,
                                .after_step = INDEX_NONE};
  if (count == 0 && version != HELD_NONE)
    buffer_add(reasons, &none, sizeof none);
}

static void find_reasons(struct explaining *e, uint32_t index, struct explain_connection *to)
{
  struct buffer reasons = {0};
  static const enum held versions[] = {HELD_NEW, HELD_OLD, HELD_NONE};
  for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
    for (int is_root = 0; is_root <= 1; is_root++)
      add_reasons(e, index, versions[i], is_root != 0, to, &reasons);
  to->reason_count = (uint32_t)(reasons.size_bytes / sizeof(struct explain_reason));
  to->reasons = arena_array(e->arena, (size_t)to->reason_count + 1, sizeof *to->reasons);
  if (to->reason_count != 0)
    memcpy(to->reasons, reasons.bytes, reasons.size_bytes);
  buffer_free(&reasons);
}

static bool is_second_of_set(const struct explaining *e, const struct connection *c)
{
  return c->call->kind == PRESENTER_TARGETS && text_is(connection_node(e->proof->model, c), "*2");
}

/* failed: of what comes behind a failure only what is refused. */
static void add_connections(struct arena *arena, const struct proof *proof,
                            const struct proof_finding *failed, struct buffer *connections)
{
  struct explaining e = {.arena = arena, .proof = proof};
  e.proving = (struct proving){
      .arena = arena, .graph = proof->graph, .model = proof->model, .events = proof->events};
  seen_start(&e.proving);
  const struct model *model = proof->model;
  for (uint32_t i = 0; i < model->connection_count;) {
    const struct connection *c = &model->connections[i];
    uint32_t end = i + 1;
    bool is_left_out = failed != NULL || is_second_of_set(&e, c);
    if (is_left_out && broken_of(&e, i, end) == NULL) {
      i = end;
      continue;
    }
    while (end < model->connection_count && is_alike(&e, c, &model->connections[end]))
      end++;
    struct explain_connection made = {.graph = proof->graph,
                                      .back_of = failed == NULL ? INDEX_NONE : failed->early,
                                      .goes_on = failed != NULL && failed->code != DIAG_E0630,
                                      .is_unsent = failed != NULL && failed->code == DIAG_E0637,
                                      .presenter = c->call->presenter,
                                      .receiver = c->call->receiver,
                                      .certificate = c->call->certificate,
                                      .has_roots = c->call->roots_in_play,
                                      .is_node = c->call->kind == PRESENTER_NODE,
                                      .broken = broken_of(&e, i, end)};
    made.nodes = arena_array(arena, end - i, sizeof *made.nodes);
    for (uint32_t j = i; j < end; j++)
      if (connection_node(model, &model->connections[j]).length != 0)
        made.nodes[made.node_count++] = connection_node(model, &model->connections[j]);
    find_phases(&e, made.broken == NULL ? c : &model->connections[made.broken->connection], &made);
    made.retired = find_retired(&e, c);
    find_reasons(&e, i, &made);
    buffer_add(connections, &made, sizeof made);
    i = end;
  }
  proving_end(&e.proving);
}

const struct explanation *explain_proof(struct arena *arena, const struct proof *proof)
{
  struct explanation *all = ARENA_NEW(arena, struct explanation);
  struct buffer connections = {0};
  add_connections(arena, proof, NULL, &connections);
  for (uint32_t i = 0; i < proof->finding_count; i++)
    if (proof->findings[i].way_back != NULL)
      add_connections(arena, proof->findings[i].way_back, &proof->findings[i], &connections);
  all->connection_count = (uint32_t)(connections.size_bytes / sizeof(struct explain_connection));
  all->connections =
      arena_array(arena, (size_t)all->connection_count + 1, sizeof *all->connections);
  if (all->connection_count != 0)
    memcpy(all->connections, connections.bytes, connections.size_bytes);
  buffer_free(&connections);
  return all;
}

struct text explain_count(struct arena *arena, const struct proof *proof)
{
  uint32_t counts[STANDING_OBSERVED + 1] = {0};
  for (uint32_t i = 0; i < proof->assumption_count; i++)
    counts[proof->assumptions[i].standing]++;
  return text_format(arena, "%u assumptions: %u observed, %u checked, %u stated, %u assumed",
                     proof->assumption_count, counts[STANDING_OBSERVED], counts[STANDING_CHECKED],
                     counts[STANDING_STATED], counts[STANDING_ASSUMED]);
}
