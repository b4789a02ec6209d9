/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oracle: the proof against an explicit search. Random plans of up to 12 steps, and every partial order
 * of up to 5 steps, are executed in every order that their people's knowledge allows, with every crash
 * and repetition; a state in which a running node may present what the receiver refuses has to be found
 * by the proof, and nothing else.
 *
 * The search shares nothing with the proof: knowledge is a closure over pairs, a node is a set of
 * processes that each read the keystore when they like, a crash repeats what was not yet done.
 *   PROVE_PLANS=N    random plans (default 20,000)      PROVE_SEED=N
 *   PROVE_ORDERS=all every assignment to every order of 5 (default: a sample of them)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/graph/builder.h"
#include "compiler/prove/prove_int.h"

enum { STEPS = 12, NODES = 2, ROLES = 3, LOADS = 4, STATES_MAX = 400000 };

enum deed {
  ACCEPT_NEW,
  ACCEPT_OLD,
  REMOVE_OLD,
  REMOVE_NEW,
  IMPORT_NEW_ROOT,
  REMOVE_OLD_ROOT,
  REMOVE_NEW_ROOT,
  SLOT_NEW,
  EXCHANGE,
  EXCHANGE_BACK,
  RESTART_0,
  RESTART_1,
  RESTART_ALL,
  STOP_0,
  STOP_1,
  START_0,
  START_1,
  TELL_0,
  TELL_1,
  TELL_2,
  DEED__COUNT
};

enum { GUARD_NEVER_ASKED = 0, GUARD_OTHER_ROOT, GUARD_SAME_ROOT, GUARD_UNUSED, GUARD__COUNT };

struct plan {
  uint32_t count;
  enum deed deeds[STEPS];
  uint32_t roles[STEPS];   /* bits */
  uint32_t signers[STEPS]; /* bits */
  uint32_t waits[STEPS];   /* bits of earlier steps */
  uint32_t guards[STEPS];
  bool is_atomic;
  bool holds_one;
  bool is_unseen; /* nobody sees when a restart is over: its old processes may stay */
};

static uint64_t seed = 88172645463325252u;
static uint32_t below(uint32_t limit)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (uint32_t)(seed >> 33) % limit;
}

/* The plan as the proof gets it. */

enum { R_ROLE, R_STORE = ROLES, R_CLIENT, R_SERVER, R_FLOW, R_PLAN, R__COUNT };

static void add_word(struct builder *b, enum key key, const char *word, uint32_t *count)
{
  builder_add_setting(b, (struct graph_setting){key, {builder_value_count(b), 1}});
  builder_add_value(b, (struct graph_value){.kind = VALUE_WORD, .text = text_of(word)});
  ++*count;
}

static void add_refs(struct builder *b, enum key key, uint32_t first, uint32_t second,
                     uint32_t *count)
{
  builder_add_setting(b, (struct graph_setting){key, {builder_value_count(b), 1 + (second != 0)}});
  builder_add_value(b, (struct graph_value){.kind = VALUE_REF, .resource = first});
  if (second != 0)
    builder_add_value(b, (struct graph_value){.kind = VALUE_REF, .resource = second});
  ++*count;
}

static void add_resource(struct builder *b, enum kind kind, const char *name, uint32_t count)
{
  uint32_t first = builder_setting_count(b) - count;
  builder_add_resource(b, (struct resource){kind, text_of(name), TEXT_NONE, {first, count}});
}

static void add_landscape(struct builder *b, const struct plan *plan)
{
  static const char *const names[] = {"role-0", "role-1", "role-2"};
  for (int i = 0; i < ROLES; i++)
    add_resource(b, KIND_ROLE, names[i], 0);
  uint32_t count = 0;
  add_word(b, KEY_KIND_OF, plan->is_atomic ? "pem" : "pkcs11", &count);
  add_resource(b, KIND_KEYSTORE, "store", count);
  count = 0;
  add_refs(b, KEY_IN, R_STORE, 0, &count);
  add_resource(b, KIND_CERTIFICATE, "client", count);
  builder_add_setting(b, (struct graph_setting){KEY_ACCEPTS_MANY, {builder_value_count(b), 1}});
  builder_add_value(b, (struct graph_value){.kind = VALUE_YES_NO, .number = !plan->holds_one});
  add_resource(b, KIND_SYSTEM, "server", 1);
  count = 0;
  builder_add_setting(b, (struct graph_setting){KEY_NODES, {builder_value_count(b), NODES}});
  builder_add_value(b, (struct graph_value){.kind = VALUE_WORD, .text = TEXT("n-0")});
  builder_add_value(b, (struct graph_value){.kind = VALUE_WORD, .text = TEXT("n-1")});
  count++;
  add_refs(b, KEY_CALLS, R_SERVER, R_CLIENT, &count);
  if (plan->is_unseen)
    add_word(b, KEY_RESTART_WITH, "restart", &count);
  add_resource(b, KIND_FLOW, "flow", count);
  count = 0;
  add_refs(b, KEY_RENEWS, R_CLIENT, 0, &count);
  add_resource(b, KIND_PLAN, "plan", count);
}

static struct argument thing(enum part part, uint32_t resource, enum member first,
                             enum member second)
{
  return (struct argument){.part = part,
                           .kind = ARGUMENT_RESOURCE,
                           .resource = resource,
                           .members = {first, second, MEMBER_NONE}};
}

static void add_guards(struct builder *b)
{
  uint32_t new_root =
      builder_add_argument(b, thing(PART_OBJECT, R_CLIENT, MEMBER_NEW, MEMBER_ROOT));
  uint32_t old_root =
      builder_add_argument(b, thing(PART_OBJECT, R_CLIENT, MEMBER_OLD, MEMBER_ROOT));
  uint32_t used = builder_add_argument(b, thing(PART_OBJECT, R_CLIENT, MEMBER_OLD, MEMBER_NONE));
  builder_add_guard(b, (struct guard_node){GUARD_CONSTANT, 1, 0});
  builder_add_guard(b, (struct guard_node){GUARD_UNEQUAL, new_root, old_root});
  builder_add_guard(b, (struct guard_node){GUARD_EQUAL, old_root, new_root});
  builder_add_guard(b, (struct guard_node){GUARD_FACT, used, 0});
}

struct deed_row {
  enum verb verb;
  enum effect effect;
  enum member version;
  bool is_root;
  int node;
};

static const struct deed_row deed_rows[DEED__COUNT] = {
    [ACCEPT_NEW] = {VERB_ACCEPTS, EFFECT_ADD_ACCEPTED, MEMBER_NEW, false, -1},
    [ACCEPT_OLD] = {VERB_ACCEPTS, EFFECT_ADD_ACCEPTED, MEMBER_OLD, false, -1},
    [REMOVE_OLD] = {VERB_REMOVES, EFFECT_DROP_ACCEPTED, MEMBER_OLD, false, -1},
    [REMOVE_NEW] = {VERB_REMOVES, EFFECT_DROP_ACCEPTED, MEMBER_NEW, false, -1},
    [IMPORT_NEW_ROOT] = {VERB_IMPORTS, EFFECT_ADD_ROOT, MEMBER_NEW, true, -1},
    [REMOVE_OLD_ROOT] = {VERB_REMOVES, EFFECT_DROP_ACCEPTED, MEMBER_OLD, true, -1},
    [REMOVE_NEW_ROOT] = {VERB_REMOVES, EFFECT_DROP_ACCEPTED, MEMBER_NEW, true, -1},
    [SLOT_NEW] = {VERB_REPLACES, EFFECT_SET_SLOT, MEMBER_NEW, false, -1},
    [EXCHANGE] = {VERB_REPLACES, EFFECT_SET_ALIAS, MEMBER_NEW, false, -1},
    [EXCHANGE_BACK] = {VERB_REPLACES, EFFECT_SET_ALIAS, MEMBER_OLD, false, -1},
    [RESTART_0] = {VERB_RESTARTS, EFFECT_RESTART, MEMBER_NONE, false, 0},
    [RESTART_1] = {VERB_RESTARTS, EFFECT_RESTART, MEMBER_NONE, false, 1},
    [RESTART_ALL] = {VERB_DEPLOYS, EFFECT_DEPLOY, MEMBER_NONE, false, -1},
    [STOP_0] = {VERB_STOPS, EFFECT_STOP, MEMBER_NONE, false, 0},
    [STOP_1] = {VERB_STOPS, EFFECT_STOP, MEMBER_NONE, false, 1},
    [START_0] = {VERB_STARTS, EFFECT_START, MEMBER_NONE, false, 0},
    [START_1] = {VERB_STARTS, EFFECT_START, MEMBER_NONE, false, 1},
    [TELL_0] = {VERB_TELLS, EFFECT_MESSAGE, MEMBER_NONE, false, -1},
    [TELL_1] = {VERB_TELLS, EFFECT_MESSAGE, MEMBER_NONE, false, -1},
    [TELL_2] = {VERB_TELLS, EFFECT_MESSAGE, MEMBER_NONE, false, -1},
};

static struct range add_arguments(struct builder *b, enum deed deed)
{
  const struct deed_row *row = &deed_rows[deed];
  enum member root = row->is_root ? MEMBER_ROOT : MEMBER_NONE;
  enum member other = row->version == MEMBER_NEW ? MEMBER_OLD : MEMBER_NEW;
  uint32_t first = builder_argument_count(b);
  if (row->effect == EFFECT_MESSAGE) {
    builder_add_argument(b, thing(PART_OBJECT, (uint32_t)(deed - TELL_0), MEMBER_NONE, root));
  } else if (row->verb == VERB_REPLACES) {
    builder_add_argument(b, thing(PART_OBJECT, R_CLIENT, other, root));
    builder_add_argument(b, thing(PART_WITH, R_CLIENT, row->version, root));
    builder_add_argument(
        b, thing(PART_PLACE, deed == SLOT_NEW ? R_SERVER : R_STORE, MEMBER_NONE, MEMBER_NONE));
  } else if (row->version != MEMBER_NONE) {
    builder_add_argument(b, thing(PART_OBJECT, R_CLIENT, row->version, root));
    builder_add_argument(b, thing(PART_PLACE, R_SERVER, MEMBER_NONE, MEMBER_NONE));
  } else {
    builder_add_argument(b, thing(PART_OBJECT, R_FLOW, MEMBER_NONE, MEMBER_NONE));
    if (row->node >= 0)
      builder_add_argument(b,
                           (struct argument){.part = PART_PLACE,
                                             .kind = ARGUMENT_WORD,
                                             .text = row->node == 0 ? TEXT("n-0") : TEXT("n-1")});
  }
  return (struct range){first, builder_argument_count(b) - first};
}

static struct graph *make_graph(struct arena *arena, const struct plan *plan)
{
  static const char *const ids[STEPS] = {"s0", "s1", "s2", "s3", "s4",  "s5",
                                         "s6", "s7", "s8", "s9", "s10", "s11"};
  struct graph *graph = ARENA_NEW(arena, struct graph);
  struct builder b;
  builder_start(&b, arena);
  add_landscape(&b, plan);
  add_guards(&b);
  for (uint32_t i = 0; i < plan->count; i++) {
    const struct deed_row *row = &deed_rows[plan->deeds[i]];
    struct step step = {.kind = STEP_ACTION,
                        .verb = row->verb,
                        .effect = row->effect,
                        .id = text_of(ids[i]),
                        .label = text_of(ids[i]),
                        .guard = plan->guards[i] == 0 ? INDEX_NONE : plan->guards[i],
                        .checks = INDEX_NONE,
                        .undo = INDEX_NONE,
                        .window = INDEX_NONE,
                        .sign_off_role = INDEX_NONE};
    step.arguments = add_arguments(&b, plan->deeds[i]);
    step.roles.first = builder_index_count(&b);
    for (uint32_t r = 0; r < ROLES; r++)
      if ((plan->roles[i] >> r & 1) != 0) {
        step.role = r;
        builder_add_index(&b, r);
        step.roles.count++;
      }
    for (uint32_t r = 0; r < ROLES; r++)
      if ((plan->signers[i] >> r & 1) != 0) {
        step.needs_sign_off = true;
        step.sign_off_role = r;
      }
    step.waits_for.first = builder_index_count(&b);
    for (uint32_t j = 0; j < i; j++)
      if ((plan->waits[i] >> j & 1) != 0) {
        builder_add_index(&b, j);
        step.waits_for.count++;
      }
    builder_add_step(&b, &step);
  }
  graph->name = TEXT("plan");
  graph->policy =
      TEXT("downtime"); /* the model is the same; the findings' names are not asked for */
  graph->plan_resource = R_PLAN;
  builder_finish(&b, graph);
  return graph;
}

/* The search. */

struct world {
  uint32_t phases; /* 2 bits a step: 0, 1 begun, 2 ended, 3 done */
  uint8_t alias;   /* enum held */
  uint8_t accepted[HELD__COUNT], roots[HELD__COUNT];
  uint8_t runs[NODES];
  /* By which loads will end it (bits): what a process of the node may hold (bits of enum held). */
  uint8_t held[NODES][1 << LOADS];
};

struct searching {
  const struct plan *plan;
  uint32_t needs[STEPS]; /* bits: steps that have to be done before */
  uint32_t load_of[STEPS][NODES];
  bool same_root, is_unused;
  struct world *states;
  uint32_t count;
  uint32_t *slots;
  uint32_t *slot_of; /* by state, so that only those are emptied again */
  uint32_t slot_count;
  bool is_too_large;
  bool bad[NODES][HELD__COUNT][2];
};

static void find_needs(struct searching *s)
{
  const struct plan *plan = s->plan;
  uint32_t before[STEPS];
  for (uint32_t i = 0; i < plan->count; i++) {
    before[i] = plan->waits[i];
    for (uint32_t j = 0; j < i; j++)
      if ((plan->waits[i] >> j & 1) != 0)
        before[i] |= before[j];
  }
  for (uint32_t i = 0; i < plan->count; i++) {
    uint32_t who = plan->roles[i] | plan->signers[i];
    s->needs[i] = 0;
    for (uint32_t j = 0; j < i; j++) {
      if ((before[i] >> j & 1) == 0)
        continue;
      uint32_t told = plan->deeds[j] >= TELL_0 ? 1u << (plan->deeds[j] - TELL_0) : 0;
      if (((plan->roles[j] | told) & who) != 0)
        s->needs[i] |= 1u << j | s->needs[j];
    }
  }
}

static bool acts_on(enum deed deed, int node)
{
  const struct deed_row *row = &deed_rows[deed];
  return row->node == node ||
         (row->node < 0 && (row->effect == EFFECT_RESTART || row->effect == EFFECT_DEPLOY));
}

static bool is_load(enum deed deed)
{
  return deed == RESTART_0 || deed == RESTART_1 || deed == RESTART_ALL;
}

static bool happens(const struct searching *s, uint32_t step)
{
  switch (s->plan->guards[step]) {
  case GUARD_OTHER_ROOT:
    return !s->same_root;
  case GUARD_SAME_ROOT:
    return s->same_root;
  case GUARD_UNUSED:
    return s->is_unused;
  }
  return true;
}

static void set_alias(struct world *w, uint8_t value)
{
  w->alias = value;
  for (int n = 0; n < NODES; n++)
    for (int m = 0; m < 1 << LOADS; m++)
      if (w->held[n][m] != 0)
        w->held[n][m] |= (uint8_t)(1 << value);
}

static void fresh_process(struct world *w, int node)
{
  w->held[node][0] |= (uint8_t)(1 << w->alias);
}

/* Every process of the node that is there now will be gone when load `bit` ends. */
static void begin_load(struct world *w, int node, uint32_t bit)
{
  if (w->runs[node] == 0) {
    w->runs[node] = 1;
    fresh_process(w, node);
    return;
  }
  uint8_t moved[1 << LOADS] = {0};
  for (uint32_t m = 0; m < 1u << LOADS; m++)
    moved[m | bit] |= w->held[node][m];
  memcpy(w->held[node], moved, sizeof moved);
  fresh_process(w, node);
}

static void end_load(struct world *w, int node, uint32_t bit)
{
  for (uint32_t m = 0; m < 1u << LOADS; m++)
    if ((m & bit) != 0)
      w->held[node][m] = 0;
}

static void set_root(const struct searching *s, struct world *w, int version, uint8_t yes)
{
  w->roots[version] = yes;
  if (s->same_root)
    w->roots[HELD_OLD] = w->roots[HELD_NEW] = yes;
}

static void apply_first(const struct searching *s, struct world *w, uint32_t step)
{
  enum deed deed = s->plan->deeds[step];
  switch (deed) {
  case ACCEPT_NEW:
    w->accepted[HELD_NEW] = 1;
    if (s->plan->holds_one)
      w->accepted[HELD_OLD] = 0;
    return;
  case ACCEPT_OLD:
    w->accepted[HELD_OLD] = 1;
    return;
  case REMOVE_OLD:
    w->accepted[HELD_OLD] = 0;
    return;
  case REMOVE_NEW:
    w->accepted[HELD_NEW] = 0;
    return;
  case IMPORT_NEW_ROOT:
    set_root(s, w, HELD_NEW, 1);
    return;
  case REMOVE_OLD_ROOT:
    set_root(s, w, HELD_OLD, 0);
    return;
  case REMOVE_NEW_ROOT:
    set_root(s, w, HELD_NEW, 0);
    return;
  case SLOT_NEW:
    w->accepted[HELD_NEW] = 1;
    w->accepted[HELD_OLD] = 0;
    return;
  case EXCHANGE:
  case EXCHANGE_BACK:
    set_alias(w, !s->plan->is_atomic ? HELD_NONE : deed == EXCHANGE ? HELD_NEW : HELD_OLD);
    return;
  case RESTART_0:
  case RESTART_1:
  case RESTART_ALL:
    for (int n = 0; n < NODES; n++)
      if (acts_on(deed, n))
        begin_load(w, n, 1u << s->load_of[step][n]);
    return;
  case STOP_0:
  case STOP_1:
    w->runs[deed - STOP_0] = 0;
    memset(w->held[deed - STOP_0], 0, sizeof w->held[0]);
    return;
  case START_0:
  case START_1:
    if (w->runs[deed - START_0] == 0) {
      w->runs[deed - START_0] = 1;
      fresh_process(w, (int)(deed - START_0));
    }
    return;
  case TELL_0:
  case TELL_1:
  case TELL_2:
  case DEED__COUNT:
    return;
  }
}

static void apply_second(const struct searching *s, struct world *w, uint32_t step)
{
  enum deed deed = s->plan->deeds[step];
  if (deed == EXCHANGE || deed == EXCHANGE_BACK) {
    if (!s->plan->is_atomic)
      set_alias(w, deed == EXCHANGE ? HELD_NEW : HELD_OLD);
  } else if (is_load(deed) && !s->plan->is_unseen) {
    for (int n = 0; n < NODES; n++)
      if (acts_on(deed, n))
        end_load(w, n, 1u << s->load_of[step][n]);
  }
}

static uint64_t hash_world(const struct world *w)
{
  const unsigned char *bytes = (const unsigned char *)w;
  uint64_t hash = 1469598103934665603u;
  for (size_t i = 0; i < sizeof *w; i++)
    hash = (hash ^ bytes[i]) * 1099511628211u;
  return hash ^ hash >> 31;
}

static void visit(struct searching *s, const struct world *w)
{
  uint32_t at = (uint32_t)(hash_world(w) & (s->slot_count - 1));
  for (; s->slots[at] != 0; at = (at + 1) & (s->slot_count - 1))
    if (memcmp(&s->states[s->slots[at] - 1], w, sizeof *w) == 0)
      return;
  if (s->count == STATES_MAX) {
    s->is_too_large = true;
    return;
  }
  s->states[s->count] = *w;
  s->slot_of[s->count] = at;
  s->slots[at] = ++s->count;
  for (int n = 0; n < NODES; n++) {
    if (w->runs[n] == 0)
      continue;
    uint8_t may = 0;
    for (int m = 0; m < 1 << LOADS; m++)
      may |= w->held[n][m];
    for (int v = HELD_NONE; v < HELD__COUNT; v++) {
      if ((may >> v & 1) == 0)
        continue;
      s->bad[n][v][0] |= v == HELD_NONE || w->accepted[v] == 0;
      s->bad[n][v][1] |= v != HELD_NONE && w->roots[v] == 0;
    }
  }
}

static uint32_t phase_of(const struct world *w, uint32_t step)
{
  return w->phases >> (step * 2) & 3;
}

static void go(struct searching *s, struct world w, uint32_t step, uint32_t phase, bool first,
               bool second)
{
  bool real = happens(s, step);
  if (first && real)
    apply_first(s, &w, step);
  if (second && real)
    apply_second(s, &w, step);
  w.phases = (w.phases & ~(3u << (step * 2))) | phase << (step * 2);
  visit(s, &w);
}

static void expand(struct searching *s, const struct world *w)
{
  uint32_t done = 0;
  for (uint32_t i = 0; i < s->plan->count; i++)
    if (phase_of(w, i) == 3)
      done |= 1u << i;
  for (uint32_t i = 0; i < s->plan->count; i++) {
    bool lasts = is_load(s->plan->deeds[i]) || s->plan->deeds[i] == EXCHANGE ||
                 s->plan->deeds[i] == EXCHANGE_BACK;
    switch (phase_of(w, i)) {
    case 0:
      if ((s->needs[i] & ~done) == 0)
        go(s, *w, i, lasts ? 1 : 2, true, false);
      break;
    case 1:
      go(s, *w, i, 2, false, true);
      go(s, *w, i, 1, true, false); /* a crash: it is begun again */
      break;
    case 2:
      go(s, *w, i, 3, false, false);
      go(s, *w, i, lasts ? 1 : 2, true, false); /* a crash before it was written down as done */
      break;
    }
  }
}

static void search_all(struct searching *s)
{
  for (int atoms = 0; atoms < 4 && !s->is_too_large; atoms++) {
    s->same_root = (atoms & 1) != 0;
    s->is_unused = (atoms & 2) != 0;
    for (uint32_t i = 0; i < s->count; i++)
      s->slots[s->slot_of[i]] = 0;
    s->count = 0;
    struct world w;
    memset(&w, 0, sizeof w);
    w.alias = HELD_OLD;
    w.accepted[HELD_OLD] = 1;
    w.roots[HELD_OLD] = 1;
    w.roots[HELD_NEW] = s->same_root;
    for (int n = 0; n < NODES; n++) {
      w.runs[n] = 1;
      fresh_process(&w, n);
    }
    visit(s, &w);
    for (uint32_t at = 0; at < s->count && !s->is_too_large; at++) {
      struct world now = s->states[at];
      expand(s, &now);
    }
  }
}

static struct searching *searching_new(void)
{
  struct searching *s = calloc(1, sizeof *s);
  s->slot_count = 1 << 20;
  s->slots = calloc(s->slot_count, sizeof *s->slots);
  s->states = calloc(STATES_MAX, sizeof *s->states);
  s->slot_of = calloc(STATES_MAX, sizeof *s->slot_of);
  return s;
}

static void searching_free(struct searching *s)
{
  free(s->slots);
  free(s->states);
  free(s->slot_of);
  free(s);
}

/* One plan, both ways. */

struct tally {
  uint64_t plans, races, too_large, questions, reachable, disagree;
};

static void print_plan(const struct plan *plan)
{
  static const char *const names[DEED__COUNT] = {
      "accept new",      "accept old",      "remove old", "remove new", "import new root",
      "remove old root", "remove new root", "slot new",   "exchange",   "exchange back",
      "restart 0",       "restart 1",       "deploy",     "stop 0",     "stop 1",
      "start 0",         "start 1",         "tell 0",     "tell 1",     "tell 2"};
  print_message("atomic=%d one=%d unseen=%d\n", plan->is_atomic, plan->holds_one, plan->is_unseen);
  for (uint32_t i = 0; i < plan->count; i++)
    print_message("  %u: roles %u signers %u guard %u waits %#x: %s\n", i, plan->roles[i],
                  plan->signers[i], plan->guards[i], plan->waits[i], names[plan->deeds[i]]);
}

static bool is_racing(const struct proving *p)
{
  for (uint32_t i = 0; i < p->model->register_count; i++)
    if (p->is_racing[i])
      return true;
  return false;
}

static void compare(struct searching *s, const struct plan *plan, struct tally *tally)
{
  struct arena *arena = arena_new("oracle", 0);
  struct graph *graph = make_graph(arena, plan);
  struct proving p;
  proving_start(&p, arena, graph);
  check_races(&p);
  tally->plans++;
  s->plan = plan;
  s->is_too_large = false;
  memset(s->bad, 0, sizeof s->bad);
  bool races = is_racing(&p);
  tally->races += races;
  if (!races) {
    find_needs(s);
    search_all(s);
    tally->too_large += s->is_too_large;
  }
  for (uint32_t n = 0; !races && !s->is_too_large && n < NODES; n++)
    for (int v = HELD_NONE; v < HELD__COUNT; v++)
      for (int root = 0; root <= (v != HELD_NONE); root++) {
        bool found = safety_is_reachable(&p, n, (enum held)v, root != 0);
        tally->questions++;
        tally->reachable += found;
        if (found == s->bad[n][v][root])
          continue;
        if (tally->disagree++ < 3) {
          print_message("node %u version %d root %d: proof %d, search %d\n", n, v, root, found,
                        s->bad[n][v][root]);
          print_plan(plan);
        }
      }
  proving_end(&p);
  arena_free(arena);
}

/* False where a node has more loads than the search keeps apart. */
static bool number_loads(struct searching *s, const struct plan *plan)
{
  for (int n = 0; n < NODES; n++) {
    uint32_t next = 0;
    for (uint32_t i = 0; i < plan->count; i++)
      if (is_load(plan->deeds[i]) && acts_on(plan->deeds[i], n)) {
        if (next == LOADS)
          return false;
        s->load_of[i][n] = next++;
      }
  }
  return true;
}

static void random_plan(struct plan *plan)
{
  /* What a renewal is made of comes more often than what undoes it. */
  static const enum deed often[] = {ACCEPT_NEW, EXCHANGE, RESTART_0, RESTART_1,  REMOVE_OLD,
                                    TELL_0,     TELL_1,   TELL_2,    RESTART_ALL};
  uint32_t kind = below(4);
  *plan =
      (struct plan){.is_atomic = below(5) != 0, .holds_one = kind == 0, .is_unseen = below(6) == 0};
  plan->count = 3 + below(below(8) == 0 ? 10 : 6);
  uint32_t roles = 1 + below(ROLES), dense = 1 + below(3);
  for (uint32_t i = 0; i < plan->count; i++) {
    plan->deeds[i] = below(3) != 0 ? often[below(sizeof often / sizeof often[0])]
                                   : (enum deed)below(DEED__COUNT);
    plan->roles[i] = 1u << below(roles);
    if (below(12) == 0)
      plan->roles[i] |= 1u << below(roles); /* several agree */
    plan->signers[i] = below(10) == 0 ? 1u << below(roles) : 0;
    plan->guards[i] = below(5) == 0 ? below(GUARD__COUNT) : 0;
    for (uint32_t j = 0; j < i; j++)
      if (below(4) < dense || (j + 1 == i && below(2) == 0))
        plan->waits[i] |= 1u << j;
  }
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
  const char *value = getenv(name);
  return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

static void random_plans_agree(void **state)
{
  (void)state;
  struct searching *s = searching_new();
  struct tally tally = {0};
  uint64_t wanted = number_from("PROVE_PLANS", 20000);
  seed = number_from("PROVE_SEED", seed);
  uint64_t first = seed;
  while (tally.plans < wanted) {
    struct plan plan;
    random_plan(&plan);
    if (number_loads(s, &plan))
      compare(s, &plan, &tally);
  }
  searching_free(s);
  print_message("# random plans=%llu seed=%llu races=%llu too-large=%llu questions=%llu "
                "reachable=%llu disagree=%llu\n",
                (unsigned long long)tally.plans, (unsigned long long)first,
                (unsigned long long)tally.races, (unsigned long long)tally.too_large,
                (unsigned long long)tally.questions, (unsigned long long)tally.reachable,
                (unsigned long long)tally.disagree);
  assert_int_equal(tally.disagree, 0);
  /* A test that compares nothing agrees, too. */
  assert_true(tally.races * 2 < tally.plans);
  assert_true(tally.too_large * 100 < tally.plans);
  assert_true(tally.reachable * 20 > tally.questions);
  assert_true(tally.reachable * 2 < tally.questions);
}

/* Naturally labelled partial orders: the closures of all sets of pairs i < j. */
static bool is_closed(const uint32_t *waits, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t j = 0; j < i; j++)
      if ((waits[i] >> j & 1) != 0 && (waits[j] & ~waits[i]) != 0)
        return false;
  return true;
}

static const enum deed small_deeds[] = {ACCEPT_NEW, EXCHANGE, RESTART_0,
                                        REMOVE_OLD, STOP_0,   START_0};
enum { SMALL = sizeof small_deeds / sizeof small_deeds[0] };

static void orders_of(struct searching *s, uint32_t count, uint32_t stride, struct tally *tally)
{
  uint32_t pairs = count * (count - 1) / 2, nth = 0, assignments = 1;
  for (uint32_t i = 0; i < count; i++)
    assignments *= SMALL;
  for (uint32_t set = 0; set < 1u << pairs; set++) {
    struct plan plan = {.count = count, .is_atomic = true};
    for (uint32_t i = 1, pair = 0; i < count; i++)
      for (uint32_t j = 0; j < i; j++, pair++)
        plan.waits[i] |= (set >> pair & 1) << j;
    if (!is_closed(plan.waits, count))
      continue;
    for (uint32_t a = 0; a < assignments; a++) {
      if (nth++ % stride != 0)
        continue;
      uint32_t rest = a;
      for (uint32_t i = 0; i < count; i++, rest /= SMALL) {
        plan.deeds[i] = small_deeds[rest % SMALL];
        plan.roles[i] = 1;
      }
      if (number_loads(s, &plan))
        compare(s, &plan, tally);
    }
  }
}

static void every_small_order_agrees(void **state)
{
  (void)state;
  struct searching *s = searching_new();
  const char *orders = getenv("PROVE_ORDERS");
  bool all = orders != NULL && strcmp(orders, "all") == 0;
  for (uint32_t count = 1; count <= 5; count++) {
    struct tally tally = {0};
    orders_of(s, count, count < 5 || all ? 1 : 401, &tally);
    print_message("# orders of %u: plans=%llu races=%llu questions=%llu reachable=%llu "
                  "disagree=%llu%s\n",
                  count, (unsigned long long)tally.plans, (unsigned long long)tally.races,
                  (unsigned long long)tally.questions, (unsigned long long)tally.reachable,
                  (unsigned long long)tally.disagree,
                  count < 5 || all ? "" : " (each 401st; PROVE_ORDERS=all)");
    assert_int_equal(tally.disagree, 0);
    assert_true(tally.plans > 0);
  }
  searching_free(s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_plans_agree),
      cmocka_unit_test(every_small_order_agrees),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
