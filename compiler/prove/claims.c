/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claims: what the verdict rests on: obligations, and the assumptions A1 to A17 with what stands behind
 * each of them in this plan (corrections 8).
 *
 * (1) `observed`: a step of the plan looks, in the run, before anything relies on it. `checked`: the
 *     compiler or the engine holds it. `stated`: somebody wrote it into a declaration, or signs for it.
 *     `assumed`: nobody did; the plan may still break there.
 */
#include <stdarg.h>
#include <string.h>

#include "compiler/prove/prove_int.h"

struct claims {
  struct proving *p;
  struct proof *proof;
  struct buffer obligations, assumptions;
};

static void oblige(struct claims *c, uint32_t step, enum due_kind kind, uint32_t resource,
                   struct text says)
{
  struct proof_obligation obligation = {step, kind, resource, says};
  buffer_add(&c->obligations, &obligation, sizeof obligation);
}

static void assume(struct claims *c, const char *id, const char *title, enum standing standing,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));
static void assume(struct claims *c, const char *id, const char *title, enum standing standing,
                   const char *format, ...)
{
  va_list values;
  va_start(values, format);
  struct proof_assumption assumption = {id, title, standing,
                                        text_vformat(c->p->arena, format, values)};
  va_end(values);
  buffer_add(&c->assumptions, &assumption, sizeof assumption);
}

static struct text name_of(const struct claims *c, uint32_t resource)
{
  return c->p->graph->resources[resource].name;
}

/* The last step that makes somebody present the certificate's new version for sure. */
static uint32_t last_switch(const struct claims *c, uint32_t certificate)
{
  const struct model *model = c->p->model;
  uint32_t last = INDEX_NONE;
  for (uint32_t n = model->first_call[certificate]; n != INDEX_NONE;
       n = model->calls[n].next_with_certificate)
    for (uint32_t i = 0; i < model->calls[n].count; i++) {
      const struct connection *connection = &model->connections[model->calls[n].first + i];
      const struct place_loads *place = &model->places[connection->place];
      for (uint32_t j = 0; j < place->count; j++) {
        uint32_t step = model->loads[place->first + j];
        last = last == INDEX_NONE || step > last ? step : last;
      }
    }
  return last;
}

/* decisions 15: an old certificate that expires before everybody uses the new one breaks any plan. */
static void oblige_before_expiry(struct claims *c)
{
  const struct model *model = c->p->model;
  for (uint32_t i = 0; i < model->renewed_count; i++) {
    uint32_t certificate = model->renewed[i], step = last_switch(c, certificate);
    if (step == INDEX_NONE)
      continue;
    oblige(c, step, DUE_EXPIRY, certificate,
           text_format(c->p->arena, "%.*s is done before %.*s.old expires",
                       TEXT_ARG(c->p->graph->steps[step].id), TEXT_ARG(name_of(c, certificate))));
  }
}

/* An outside writer: on that day the provider switches whoever has not switched himself. */
static void oblige_before_rotation(struct claims *c)
{
  const struct graph *graph = c->p->graph;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    const struct graph_value *rotates = graph->resources[i].kind == KIND_CALENDAR
                                            ? graph_setting_value(graph, i, KEY_ROTATES, 0)
                                            : NULL;
    for (uint32_t j = 0; rotates != NULL && j < graph->step_count; j++) {
      const struct step *step = &graph->steps[j];
      const struct argument *object = step_argument(graph, step, PART_OBJECT, 0);
      if (step->effect != EFFECT_ADD_ACCEPTED || object == NULL ||
          object->kind != ARGUMENT_RESOURCE || object->resource != rotates->resource)
        continue;
      oblige(c, j, DUE_ROTATION, i,
             text_format(c->p->arena, "%.*s is done before %.*s.rotate: the provider switches then",
                         TEXT_ARG(step->id), TEXT_ARG(graph->resources[i].name)));
    }
  }
}

/* SAP activates a pending key by itself in the last 24 hours of the old one (an outside writer, A11): what
 * makes the receiver accept the new one has to be done before. */
static void oblige_before_activation(struct claims *c)
{
  const struct graph *graph = c->p->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *activates = &graph->steps[i];
    const struct argument *object = step_argument(graph, activates, PART_OBJECT, 0);
    if (activates->kind != STEP_ACTION || activates->effect != EFFECT_ACTIVATE || object == NULL ||
        object->kind != ARGUMENT_RESOURCE)
      continue;
    for (uint32_t j = 0; j < i; j++) {
      const struct step *step = &graph->steps[j];
      const struct argument *accepted = step_argument(graph, step, PART_OBJECT, 0);
      bool is_it = false;
      for (uint32_t n = 0; (accepted = step_argument(graph, step, PART_OBJECT, n)) != NULL; n++)
        is_it |= accepted->kind == ARGUMENT_RESOURCE && accepted->resource == object->resource;
      if (!is_it || (step->effect != EFFECT_ADD_ACCEPTED && step->effect != EFFECT_ADD_ROOT))
        continue;
      oblige(c, j, DUE_ACTIVATION, object->resource,
             text_format(c->p->arena,
                         "%.*s is done 24h before %.*s.old expires: the provider activates the new "
                         "one by itself then",
                         TEXT_ARG(step->id), TEXT_ARG(name_of(c, object->resource))));
    }
  }
}

/* What the plan's steps look at. */
struct sights {
  bool handshake, call, removes_root;
  bool unused, is_logged; /* somebody looks; a log says who used what */
  uint32_t by_people;
  uint32_t root_step;
};

static struct sights look_at(const struct claims *c)
{
  const struct graph *graph = c->p->graph;
  const uint8_t *effects = c->p->events->effects;
  struct sights seen = {.root_step = INDEX_NONE, .by_people = c->p->events->sign_off_count};
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (effects[i] != EFFECT_LOOK && effects[i] != EFFECT_DROP_ACCEPTED &&
        effects[i] != EFFECT_AGREEMENT)
      continue;
    const struct step *step = &graph->steps[i];
    const struct argument *look = step_argument(graph, step, PART_CHECK, 0);
    if (step->effect == EFFECT_LOOK && look != NULL) {
      seen.handshake |= text_is(look->text, look_rows[LOOK_TLS].word);
      seen.call |= text_is(look->text, look_rows[LOOK_CALL].word);
      const struct argument *where = step_argument(graph, step, PART_PLACE, 0);
      if (text_is(look->text, look_rows[LOOK_UNUSED].word)) {
        seen.unused = true;
        seen.is_logged |= where != NULL && where->kind == ARGUMENT_RESOURCE &&
                          graph_setting_nth(graph, where->resource, KEY_SEEN_FROM, 0) != NULL;
      }
    }
    const struct argument *object = step_argument(graph, step, PART_OBJECT, 0);
    if (step->effect == EFFECT_DROP_ACCEPTED && object != NULL &&
        argument_has_member(object, MEMBER_ROOT)) {
      seen.removes_root = true;
      seen.root_step = i;
    }
    seen.by_people += step->effect == EFFECT_AGREEMENT && !step->needs_sign_off;
  }
  return seen;
}

/* Over all flows that present what the plan renews. */
struct flows {
  uint32_t nodes, late_joiners, loads;
  bool cache_is_default, all_bounded, all_loaded, all_observed, all_drain_known;
};

static struct flows look_at_flows(const struct claims *c)
{
  const struct graph *graph = c->p->graph;
  const struct model *model = c->p->model;
  struct flows flows = {
      .all_bounded = true, .all_loaded = true, .all_observed = true, .all_drain_known = true};
  for (uint32_t i = 0; i < model->call_count; i++) {
    const struct call *call = &model->calls[i];
    uint32_t flow = call->presenter;
    if (call->kind != PRESENTER_NODE)
      continue;
    for (uint32_t j = call->first; j < call->first + call->count; j++) {
      flows.nodes++;
      flows.late_joiners += model->connections[j].joins_late;
      flows.all_loaded &= model->places[model->connections[j].place].count != 0;
    }
    flows.cache_is_default |= graph_setting_nth(graph, flow, KEY_CACHES_KEYSTORE, 0) == NULL;
    flows.all_bounded &= call->kept_s >= 0;
    bool observed = graph_setting_nth(graph, flow, KEY_OBSERVED_BY, 0) != NULL ||
                    graph_setting_nth(graph, flow, KEY_ON, 0) != NULL;
    flows.all_observed &= observed;
    flows.all_drain_known &=
        observed || graph_setting_nth(graph, flow, KEY_DRAINS_WITHIN, 0) != NULL;
  }
  return flows;
}

/* What every kind of keystore in this plan has. */
static struct store_row common_store(const struct claims *c)
{
  const struct graph *graph = c->p->graph;
  struct store_row common = {.fenced = true, .whole = true};
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    const struct graph_value *kind = graph->resources[i].kind == KIND_KEYSTORE
                                         ? graph_setting_value(graph, i, KEY_KIND_OF, 0)
                                         : NULL;
    const struct store_row *row = kind == NULL ? NULL : store_find(kind->text);
    common.fenced &= row == NULL || row->fenced;
    common.whole &= row == NULL || row->whole;
  }
  return common;
}

static void assume_nodes(struct claims *c, const struct flows *flows)
{
  if (flows->late_joiners != 0)
    assume(c, "A1", "nodes", STANDING_CHECKED,
           "a node that nobody named is reckoned with: `nodes any`");
  else
    assume(c, "A1", "nodes", STANDING_STATED,
           "the callers declared (%u) are all that present these certificates",
           c->p->model->connection_count);
  if (flows->nodes == 0)
    assume(c, "A2", "key cache", STANDING_STATED, "no flow caches a key pair in this plan");
  else if (flows->cache_is_default)
    assume(c, "A2", "key cache", STANDING_ASSUMED,
           "a node reads the keystore again after at most 24h (SAP's figure) or at its restart");
  else
    assume(c, "A2", "key cache", STANDING_STATED, "`caches keystore for` says how long");
  if (flows->nodes == 0)
    assume(c, "A3", "connections and sessions", STANDING_ASSUMED,
           "a caller opens a new connection when it was switched");
  else if (flows->all_loaded)
    assume(c, "A3", "connections and sessions", STANDING_CHECKED,
           "each node is restarted, and its connections end with its processes");
  else
    assume(c, "A3", "connections and sessions",
           flows->all_bounded ? STANDING_STATED : STANDING_ASSUMED,
           "kept connections and resumed sessions end in time");
  assume(c, "A4", "drain",
         flows->nodes == 0        ? STANDING_ASSUMED
         : flows->all_observed    ? STANDING_OBSERVED
         : flows->all_drain_known ? STANDING_STATED
                                  : STANDING_ASSUMED,
         "a restart that is reported done left no process of the old generation");
}

static void assume_doors(struct claims *c, const struct sights *seen)
{
  enum standing probed = seen->handshake || seen->call ? STANDING_OBSERVED : STANDING_STATED;
  enum standing seen_or_not = seen->handshake || seen->call ? STANDING_OBSERVED : STANDING_ASSUMED;
  assume(c, "A5", "every door", probed,
         "each address and balancer of a receiver accepts and refuses what its administrator says");
  assume(c, "A6", "selection", seen_or_not,
         "a caller presents what its alias holds, because the receiver names the issuer");
  assume(c, "A7", "chain", seen_or_not,
         "a caller sends each intermediate certificate that the receiver lacks");
  assume(c, "A8", "revocation", STANDING_ASSUMED,
         "receivers reach the revocation lists of a new authority, and nobody revokes");
  assume(c, "A9", "clocks", STANDING_ASSUMED, "clocks differ by at most 5 minutes");
  assume(c, "A10", "algorithms", probed,
         "key, signature and extended key usage of the new certificate pass the receiver's policy");
}

static void assume_writers(struct claims *c)
{
  assume(c, "A11", "no outside writer", STANDING_ASSUMED,
         "nobody else changes these keystores and receivers while the plan runs");
  const struct store_row common = common_store(c);
  if (common.whole)
    assume(c, "A12", "atomicity", STANDING_CHECKED,
           "each change of a store is of the class that its kind has");
  else
    assume(c, "A12", "atomicity", STANDING_ASSUMED,
           "who reads a PEM file takes key and certificate of one moment, or tries once more");
  if (common.fenced)
    assume(c, "A13", "late requests", STANDING_CHECKED,
           "no store of this plan takes a request late");
  else
    assume(c, "A13", "late requests", STANDING_ASSUMED,
           "a request that was given up is not applied later");
}

static void assume_people(struct claims *c, const struct sights *seen)
{
  assume(c, "A14", "people", STANDING_STATED,
         "steps that a person does or signs rest on that word (signatures asked for: %u)",
         seen->by_people);
  if (!seen->removes_root)
    assume(c, "A15", "used nowhere else", STANDING_CHECKED,
           "nothing that others may share is removed");
  else if (seen->is_logged)
    assume(c, "A15", "used nowhere else", STANDING_OBSERVED,
           "a step looks into the receiver's log before it is removed");
  else if (seen->unused)
    assume(c, "A15", "used nowhere else", STANDING_STATED,
           "somebody looks before it is removed, and no `seen from log` says where");
  else
    assume(c, "A15", "used nowhere else", STANDING_STATED,
           "who does %.*s is asked before, and the answer is kept",
           TEXT_ARG(c->p->graph->steps[seen->root_step].id));
  assume(c, "A16", "scope", STANDING_STATED,
         "authentication of the connections named; not messages in flight, not the flow's own "
         "senders, not the receiver's server certificate");
  assume(c, "A17", "tool", STANDING_CHECKED,
         "the proof is compared with an explicit search in the program's own tests");
}

static void *keep(struct arena *arena, const struct buffer *buffer, size_t item_bytes,
                  uint32_t *ret_count)
{
  *ret_count = (uint32_t)(buffer->size_bytes / item_bytes);
  void *kept = arena_array(arena, (size_t)*ret_count + 1, item_bytes);
  if (*ret_count != 0)
    memcpy(kept, buffer->bytes, buffer->size_bytes);
  return kept;
}

void state_claims(struct proving *p, struct proof *proof)
{
  struct claims c = {.p = p, .proof = proof};
  oblige_before_expiry(&c);
  oblige_before_rotation(&c);
  oblige_before_activation(&c);
  struct sights seen = look_at(&c);
  struct flows flows = look_at_flows(&c);
  assume_nodes(&c, &flows);
  assume_doors(&c, &seen);
  assume_writers(&c);
  assume_people(&c, &seen);
  proof->obligations =
      keep(p->arena, &c.obligations, sizeof *proof->obligations, &proof->obligation_count);
  proof->assumptions =
      keep(p->arena, &c.assumptions, sizeof *proof->assumptions, &proof->assumption_count);
  buffer_free(&c.obligations);
  buffer_free(&c.assumptions);
}
