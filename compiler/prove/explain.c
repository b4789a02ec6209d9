/* SPDX-License-Identifier: Apache-2.0 */
/* explain: see explain.h. The phases are those of the text's own order: the engine's run. */
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
                                       const struct moment *m, struct text begins)
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
  return (struct explain_phase){begins, done(e, &presents, "it is stopped"),
                                done(e, &accepts, "nothing")};
}

/* Whether two nodes of a flow are touched by the same kinds of steps: then one table is enough. */
static bool is_alike(const struct explaining *e, const struct connection *a,
                     const struct connection *b)
{
  const struct model *model = e->proof->model;
  return a->call->presenter == b->call->presenter && a->call->receiver == b->call->receiver &&
         a->call->certificate == b->call->certificate && a->call->kind == b->call->kind &&
         a->joins_late == b->joins_late &&
         model->places[a->place].count == model->places[b->place].count;
}

static struct text phase_name(const struct explaining *e, uint32_t step, uint32_t node_count)
{
  const struct step *row = &e->proof->graph->steps[step];
  const struct argument *node = step_argument(e->proof->graph, row, PART_PLACE, 0);
  bool on_node = node != NULL && node->kind == ARGUMENT_WORD && node_count > 1;
  if (!on_node)
    return row->id;
  return text_format(e->arena, "%.*s (on each node)", TEXT_ARG(row->label));
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

static void find_phases(const struct explaining *e, const struct connection *c,
                        struct explain_connection *to)
{
  struct buffer phases = {0};
  struct moment m = first_moment(c, e->proof->model);
  uint8_t source = HELD_OLD;
  uint32_t dropped = INDEX_NONE;
  struct explain_phase phase = say_moment(e, c, &m, TEXT("at the beginning"));
  buffer_add(&phases, &phase, sizeof phase);
  for (uint32_t i = 0; i < e->proof->graph->step_count; i++) {
    bool accepted = m.accepts[HELD_OLD];
    if (e->proof->graph->steps[i].kind == STEP_JOIN || !advance(e, c, i, &source, &m))
      continue;
    dropped = accepted && !m.accepts[HELD_OLD] ? i : dropped;
    phase = say_moment(e, c, &m, phase_name(e, i, to->node_count));
    buffer_add(&phases, &phase, sizeof phase);
  }
  to->retired = say_retired(e, c, &m, dropped);
  to->phase_count = (uint32_t)(phases.size_bytes / sizeof phase);
  to->phases = arena_array(e->arena, to->phase_count, sizeof phase);
  memcpy(to->phases, phases.bytes, phases.size_bytes);
  buffer_free(&phases);
}

static void add_reasons(struct explaining *e, uint32_t index, enum held version, bool is_root,
                        struct buffer *reasons)
{
  const struct connection *c = &e->proof->model->connections[index];
  struct safety_pair pairs[PAIRS_MAX];
  uint32_t count = 0;
  if (!safety_pairs(&e->proving, index, version, is_root, pairs, PAIRS_MAX, &count))
    return;
  struct text state = text_format(
      e->arena, "%.*s.%s%s is presented and refused", TEXT_ARG(name_of(e, c->call->certificate)),
      version == HELD_OLD ? "old" : "new", is_root ? " under a root that is not trusted" : "");
  if (version == HELD_NONE)
    state = TEXT("nothing is presented");
  for (uint32_t i = 0; i < count; i++) {
    struct explain_reason reason = {state, e->proof->graph->steps[pairs[i].before].id,
                                    e->proof->graph->steps[pairs[i].after].id};
    buffer_add(reasons, &reason, sizeof reason);
  }
  struct explain_reason none = {state, TEXT_NONE, TEXT_NONE};
  if (count == 0 && version != HELD_NONE)
    buffer_add(reasons, &none, sizeof none);
}

static void find_reasons(struct explaining *e, uint32_t index, struct explain_connection *to)
{
  struct buffer reasons = {0};
  for (int version = HELD_NONE; version < HELD__COUNT; version++)
    for (int is_root = 0; is_root <= 1; is_root++)
      add_reasons(e, index, (enum held)version, is_root != 0, &reasons);
  to->reason_count = (uint32_t)(reasons.size_bytes / sizeof(struct explain_reason));
  to->reasons = arena_array(e->arena, (size_t)to->reason_count + 1, sizeof *to->reasons);
  if (to->reason_count != 0)
    memcpy(to->reasons, reasons.bytes, reasons.size_bytes);
  buffer_free(&reasons);
}

const struct explanation *explain_proof(struct arena *arena, const struct proof *proof)
{
  struct explaining e = {.arena = arena, .proof = proof};
  e.proving = (struct proving){
      .arena = arena, .graph = proof->graph, .model = proof->model, .events = proof->events};
  seen_start(&e.proving);
  struct explanation *all = ARENA_NEW(arena, struct explanation);
  struct buffer connections = {0};
  const struct model *model = proof->model;
  for (uint32_t i = 0; i < model->connection_count;) {
    const struct connection *c = &model->connections[i];
    uint32_t end = i + 1;
    while (end < model->connection_count && is_alike(&e, c, &model->connections[end]))
      end++;
    struct explain_connection made = {.presenter = c->call->presenter,
                                      .receiver = c->call->receiver,
                                      .certificate = c->call->certificate};
    made.nodes = arena_array(arena, end - i, sizeof *made.nodes);
    for (uint32_t j = i; j < end; j++)
      if (connection_node(model, &model->connections[j]).length != 0)
        made.nodes[made.node_count++] = connection_node(model, &model->connections[j]);
    find_phases(&e, c, &made);
    find_reasons(&e, i, &made);
    buffer_add(&connections, &made, sizeof made);
    i = end;
  }
  all->connection_count = (uint32_t)(connections.size_bytes / sizeof(struct explain_connection));
  all->connections =
      arena_array(arena, (size_t)all->connection_count + 1, sizeof *all->connections);
  if (all->connection_count != 0)
    memcpy(all->connections, connections.bytes, connections.size_bytes);
  buffer_free(&connections);
  proving_end(&e.proving);
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
