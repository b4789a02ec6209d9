/* SPDX-License-Identifier: Apache-2.0 */
/* made_plan: see made_plan.h. The landscape, then the steps. */
#include "tests/prove/made_plan.h"

#include "compiler/graph/builder.h"

const char *const deed_words[DEED__COUNT] = {
    "accept",  "remove", "import root",   "remove root", "slot",       "exchange",  "drop",
    "restart", "deploy", "stop",          "start",       "undeploy",   "tell",      "give",
    "agree",   "switch", "switch target", "add key",     "delete key", "authorize", "drop caller",
    "wait",    "look",   "sign",          "revoke"};

const char *const feature_words[FEATURE_COUNT] = {
    "cluster",     "late-joiner", "shared-alias", "second-pair", "service-key", "let-in",
    "two-changes", "any-alias",   "one-only",     "lazy-trust",  "bounded",     "unseen",
    "targets",     "by-subject",  "by-issuer",    "by-new-key",  "by-kept-key", "pins-chain"};

enum {
  R_STORE = MADE_ROLES,
  R_CLIENT,
  R_OTHER,
  R_KEY,
  R_INSTANCE,
  R_CA,
  R_WINDOW,
  R_SERVER,
  R_SERVER_2,
  R_FLOW,
  R_FLOW_2,
  R_DOOR, /* a flow that is called */
  R_SENDER,
  R_ABAP,
  R_PLAN
};

static const int64_t hour_s = 60 * 60;

/* Settings of the resource that is added next. */
struct landing {
  struct builder *b;
  uint32_t count;
};

static void begin_setting(struct landing *l, enum key key, uint32_t values)
{
  builder_add_setting(l->b, (struct graph_setting){key, {builder_value_count(l->b), values}});
  l->count++;
}

static void add_word(struct landing *l, enum key key, const char *word)
{
  begin_setting(l, key, 1);
  builder_add_value(l->b, (struct graph_value){.kind = VALUE_WORD, .text = text_of(word)});
}

static void add_ref(struct landing *l, enum key key, uint32_t resource)
{
  begin_setting(l, key, 1);
  builder_add_value(l->b, (struct graph_value){.kind = VALUE_REF, .resource = resource});
}

static void add_call(struct landing *l, uint32_t receiver, uint32_t certificate)
{
  begin_setting(l, KEY_CALLS, 2);
  builder_add_value(l->b, (struct graph_value){.kind = VALUE_REF, .resource = receiver});
  builder_add_value(l->b, (struct graph_value){.kind = VALUE_REF, .resource = certificate});
}

static void add_yes_no(struct landing *l, enum key key, bool yes)
{
  begin_setting(l, key, 1);
  builder_add_value(l->b, (struct graph_value){.kind = VALUE_YES_NO, .number = yes});
}

static void add_hours(struct landing *l, enum key key, int64_t hours)
{
  begin_setting(l, key, 1);
  builder_add_value(l->b, (struct graph_value){.kind = VALUE_DURATION, .number = hours * hour_s});
}

static void add_nodes(struct landing *l, const char *const *names, uint32_t count)
{
  begin_setting(l, KEY_NODES, count);
  for (uint32_t i = 0; i < count; i++)
    builder_add_value(l->b, (struct graph_value){.kind = VALUE_WORD, .text = text_of(names[i])});
}

static void land(struct landing *l, enum kind kind, const char *name)
{
  uint32_t first = builder_setting_count(l->b) - l->count;
  builder_add_resource(l->b, (struct resource){kind, text_of(name), TEXT_NONE, {first, l->count}});
  l->count = 0;
}

static void add_server(struct landing *l, uint32_t features, const char *name)
{
  add_yes_no(l, KEY_ACCEPTS_MANY, (features & HAS_ONE_ONLY) == 0);
  if ((features & HAS_BY_SUBJECT) != 0)
    add_word(l, KEY_ACCEPTS, "subject");
  else if ((features & HAS_BY_ISSUER) != 0)
    add_word(l, KEY_ACCEPTS, "issuer");
  else if ((features & (HAS_BY_KEY | HAS_BY_KEPT_KEY)) != 0)
    add_word(l, KEY_ACCEPTS, "public-key");
  if ((features & HAS_PINNED_CHAIN) != 0)
    add_yes_no(l, KEY_PINS_CHAIN, true);
  if ((features & HAS_LAZY_TRUST) != 0)
    add_hours(l, KEY_CACHES_TRUST, 2);
  land(l, KIND_SYSTEM, name);
}

static void add_flow(struct landing *l, uint32_t features, bool second)
{
  static const char *const nodes[] = {"n-0", "n-1", "any"}, *const alone[] = {"n-0", "any"};
  uint32_t joins = (features & HAS_LATE_JOINER) != 0;
  if (!second && (features & HAS_CLUSTER) != 0)
    add_nodes(l, nodes, 2 + joins);
  else
    add_nodes(l, alone, second ? 1 : 1 + joins);
  if (!second)
    add_call(l, R_SERVER, R_CLIENT);
  else if ((features & HAS_SECOND_FLOW) != 0)
    add_call(l, R_SERVER, R_CLIENT);
  if (second && (features & HAS_SECOND_PAIR) != 0)
    add_call(l, R_SERVER_2, R_OTHER);
  if ((features & HAS_BOUNDED_CACHE) != 0) {
    add_hours(l, KEY_CACHES_KEYSTORE, 4);
    add_hours(l, KEY_CONNECTIONS_LIVE, 1);
    add_hours(l, KEY_SESSIONS_RESUME, 2);
  }
  if ((features & HAS_UNSEEN) != 0)
    add_word(l, KEY_RESTART_WITH, "restart");
  land(l, KIND_FLOW, second ? "flow-2" : "flow");
}

static void add_landscape(struct builder *b, uint32_t features)
{
  static const char *const roles[MADE_ROLES] = {"role-0", "role-1", "role-2"};
  struct landing l = {b, 0};
  for (int i = 0; i < MADE_ROLES; i++)
    land(&l, KIND_ROLE, roles[i]);
  add_word(&l, KEY_KIND_OF, (features & HAS_TWO_CHANGES) != 0 ? "pkcs11" : "pem");
  if ((features & HAS_ANY_ALIAS) != 0)
    add_word(&l, KEY_READ_BY, "any");
  land(&l, KIND_KEYSTORE, "store");
  add_ref(&l, KEY_IN, R_STORE);
  add_yes_no(&l, KEY_KEEP_KEY, (features & HAS_BY_KEPT_KEY) != 0);
  land(&l, KIND_CERTIFICATE, "client");
  add_ref(&l, KEY_IN, R_STORE);
  land(&l, KIND_CERTIFICATE, "other");
  add_ref(&l, KEY_OF, R_INSTANCE);
  land(&l, KIND_SERVICEKEY, "key");
  land(&l, KIND_INSTANCE, "instance");
  land(&l, KIND_CA, "ca");
  land(&l, KIND_WINDOW, "night");
  add_server(&l, features, "server");
  add_server(&l, features & (HAS_LAZY_TRUST), "server-2");
  add_flow(&l, features, false);
  add_flow(&l, features, true);
  land(&l, KIND_FLOW, "door");
  if ((features & HAS_SENDER_KEY) != 0)
    add_call(&l, R_DOOR, R_KEY);
  if ((features & HAS_SENDER_CERT) != 0)
    add_call(&l, R_DOOR, R_OTHER);
  land(&l, KIND_SYSTEM, "sender");
  if ((features & HAS_TARGETS) != 0)
    add_call(&l, R_SERVER_2, R_OTHER);
  land(&l, KIND_ABAP, "abap");
  add_ref(&l, KEY_RENEWS, R_CLIENT);
  land(&l, KIND_PLAN, "plan");
}

/* What a step says. */

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

static const struct {
  enum verb verb;
  enum effect effect;
} deed_effects[DEED__COUNT] = {
    [DEED_ACCEPT] = {VERB_ACCEPTS, EFFECT_ADD_ACCEPTED},
    [DEED_REMOVE] = {VERB_REMOVES, EFFECT_DROP_ACCEPTED},
    [DEED_IMPORT_ROOT] = {VERB_IMPORTS, EFFECT_ADD_ROOT},
    [DEED_REMOVE_ROOT] = {VERB_REMOVES, EFFECT_DROP_ACCEPTED},
    [DEED_SLOT] = {VERB_REPLACES, EFFECT_SET_SLOT},
    [DEED_EXCHANGE] = {VERB_REPLACES, EFFECT_SET_ALIAS},
    [DEED_DROP_ALIAS] = {VERB_REMOVES, EFFECT_DROP_ALIAS},
    [DEED_RESTART] = {VERB_RESTARTS, EFFECT_RESTART},
    [DEED_DEPLOY] = {VERB_DEPLOYS, EFFECT_DEPLOY},
    [DEED_STOP] = {VERB_STOPS, EFFECT_STOP},
    [DEED_START] = {VERB_STARTS, EFFECT_START},
    [DEED_UNDEPLOY] = {VERB_UNDEPLOYS, EFFECT_UNDEPLOY},
    [DEED_TELL] = {VERB_TELLS, EFFECT_MESSAGE},
    [DEED_GIVE] = {VERB_GIVES, EFFECT_DELIVER},
    [DEED_AGREE] = {VERB_AGREE, EFFECT_AGREEMENT},
    [DEED_SWITCH] = {VERB_SWITCHES, EFFECT_PRESENT},
    [DEED_SWITCH_TARGET] = {VERB_SWITCHES, EFFECT_PRESENT},
    [DEED_ADD_KEY] = {VERB_CREATES, EFFECT_ADD_SERVICE_KEY},
    [DEED_DELETE_KEY] = {VERB_DELETES, EFFECT_DROP_SERVICE_KEY},
    [DEED_AUTHORIZE] = {VERB_AUTHORIZES, EFFECT_AUTHORIZE_CALLER},
    [DEED_DROP_CALLER] = {VERB_REMOVES, EFFECT_DROP_CALLER},
    [DEED_WAIT] = {VERB_WAITS, EFFECT_WAIT},
    [DEED_LOOK] = {VERB_CHECKS, EFFECT_LOOK},
    [DEED_SIGN] = {VERB_GETS, EFFECT_SIGN},
    [DEED_REVOKE] = {VERB_REVOKES, EFFECT_REVOKE},
};

static void add_flow_arguments(struct builder *b, const struct made_step *step)
{
  builder_add_argument(
      b, thing(PART_OBJECT, step->is_second ? R_FLOW_2 : R_FLOW, MEMBER_NONE, MEMBER_NONE));
  if (step->node < 2)
    builder_add_argument(b, (struct argument){.part = PART_PLACE,
                                              .kind = ARGUMENT_WORD,
                                              .text = step->node == 0 ? TEXT("n-0") : TEXT("n-1")});
}

static void add_look(struct builder *b, const struct made_step *step)
{
  builder_add_argument(b, (struct argument){.part = PART_CHECK,
                                            .kind = ARGUMENT_WORD,
                                            .text = text_of(look_rows[LOOK_UNUSED].word)});
  builder_add_argument(b, thing(PART_OBJECT, R_CLIENT, MEMBER_OLD, MEMBER_NONE));
  builder_add_argument(
      b, thing(PART_PLACE, step->is_second ? R_SERVER_2 : R_SERVER, MEMBER_NONE, MEMBER_NONE));
}

/* OBJECT.version[.root] and a place. */
static void add_object(struct builder *b, const struct made_step *step, uint32_t object, bool root,
                       uint32_t place)
{
  enum member version = step->is_old ? MEMBER_OLD : MEMBER_NEW;
  builder_add_argument(b, thing(PART_OBJECT, object, version, root ? MEMBER_ROOT : MEMBER_NONE));
  if (place != INDEX_NONE)
    builder_add_argument(b, thing(PART_PLACE, place, MEMBER_NONE, MEMBER_NONE));
}

static void add_exchange(struct builder *b, const struct made_step *step, uint32_t object,
                         uint32_t place)
{
  enum member version = step->is_old ? MEMBER_OLD : MEMBER_NEW;
  enum member other = step->is_old ? MEMBER_NEW : MEMBER_OLD;
  builder_add_argument(b, thing(PART_OBJECT, object, other, MEMBER_NONE));
  builder_add_argument(b, thing(PART_WITH, object, version, MEMBER_NONE));
  builder_add_argument(b, thing(PART_PLACE, place, MEMBER_NONE, MEMBER_NONE));
}

static struct range add_arguments(struct builder *b, uint32_t features,
                                  const struct made_step *step)
{
  uint32_t first = builder_argument_count(b);
  uint32_t pair = step->is_second ? R_OTHER : R_CLIENT;
  uint32_t server = step->is_second ? R_SERVER_2 : R_SERVER;
  /* Who of the two callers of the door is switched. */
  bool by_key =
      (features & HAS_SENDER_CERT) == 0 || ((features & HAS_SENDER_KEY) != 0 && !step->is_second);
  enum member version = step->is_old ? MEMBER_OLD : MEMBER_NEW;
  switch (step->deed) {
  case DEED_ACCEPT:
  case DEED_REMOVE:
    add_object(b, step, pair, false, server);
    break;
  case DEED_IMPORT_ROOT:
  case DEED_REMOVE_ROOT:
    add_object(b, step, pair, true, server);
    break;
  case DEED_SLOT:
    add_exchange(b, step, pair, server);
    break;
  case DEED_EXCHANGE:
    add_exchange(b, step, pair, R_STORE);
    break;
  case DEED_DROP_ALIAS:
    builder_add_argument(b, thing(PART_OBJECT, pair, MEMBER_OLD, MEMBER_NONE));
    builder_add_argument(b, thing(PART_PLACE, R_STORE, MEMBER_NONE, MEMBER_NONE));
    break;
  case DEED_RESTART:
  case DEED_DEPLOY:
  case DEED_STOP:
  case DEED_START:
  case DEED_UNDEPLOY:
    add_flow_arguments(b, step);
    break;
  case DEED_TELL:
    builder_add_argument(b, thing(PART_OBJECT, step->recipient, MEMBER_NONE, MEMBER_NONE));
    break;
  case DEED_GIVE:
    builder_add_argument(b, thing(PART_OBJECT, pair, MEMBER_NEW, MEMBER_NONE));
    builder_add_argument(b, thing(PART_RECIPIENT, step->recipient, MEMBER_NONE, MEMBER_NONE));
    break;
  case DEED_AGREE:
    builder_add_argument(b, thing(PART_OBJECT, R_WINDOW, MEMBER_NONE, MEMBER_NONE));
    break;
  case DEED_SWITCH:
    builder_add_argument(b, thing(PART_OBJECT, R_SENDER, MEMBER_NONE, MEMBER_NONE));
    builder_add_argument(b, thing(PART_PLACE, by_key ? R_KEY : R_OTHER, version, MEMBER_NONE));
    break;
  case DEED_SWITCH_TARGET:
    builder_add_argument(b, (struct argument){.part = PART_OBJECT,
                                              .kind = ARGUMENT_TEXT,
                                              .text = step->node == 0 ? TEXT("*1") : TEXT("*2")});
    builder_add_argument(b, thing(PART_PLACE, R_OTHER, version, MEMBER_NONE));
    break;
  case DEED_ADD_KEY:
  case DEED_DELETE_KEY:
    add_object(b, step, R_KEY, false, R_INSTANCE);
    break;
  case DEED_AUTHORIZE:
  case DEED_DROP_CALLER:
    add_object(b, step, R_OTHER, false, R_DOOR);
    break;
  case DEED_WAIT:
    builder_add_argument(b, (struct argument){.part = PART_FOR,
                                              .kind = ARGUMENT_NUMBER,
                                              .number = step->hours * hour_s});
    break;
  case DEED_LOOK:
    add_look(b, step);
    break;
  case DEED_SIGN:
    builder_add_argument(b, thing(PART_OBJECT, pair, MEMBER_NEW, MEMBER_NONE));
    builder_add_argument(b, thing(PART_BY, R_CA, MEMBER_NONE, MEMBER_NONE));
    break;
  case DEED_REVOKE:
    add_object(b, step, pair, false, R_CA);
    break;
  case DEED__COUNT:
    break;
  }
  return (struct range){first, builder_argument_count(b) - first};
}

static void add_step(struct builder *b, const struct made_plan *plan, uint32_t index)
{
  static const char *const ids[MADE_STEPS] = {"s0", "s1", "s2", "s3", "s4",  "s5",
                                              "s6", "s7", "s8", "s9", "s10", "s11"};
  const struct made_step *made = &plan->steps[index];
  struct step step = {.kind = STEP_ACTION,
                      .verb = deed_effects[made->deed].verb,
                      .effect = deed_effects[made->deed].effect,
                      .id = text_of(ids[index]),
                      .label = text_of(ids[index]),
                      .guard = made->guard == MADE_ALWAYS ? INDEX_NONE : made->guard,
                      .checks = INDEX_NONE,
                      .undo = INDEX_NONE,
                      .on_failure = made->goes_on ? FAILURE_CONTINUE : FAILURE_STOP,
                      .window = INDEX_NONE,
                      .sign_off_role = INDEX_NONE};
  step.arguments = add_arguments(b, plan->features, made);
  step.roles.first = builder_index_count(b);
  for (uint32_t r = 0; r < MADE_ROLES; r++)
    if ((made->roles >> r & 1) != 0) {
      step.role = r;
      builder_add_index(b, r);
      step.roles.count++;
    }
  for (uint32_t r = 0; r < MADE_ROLES; r++)
    if ((made->signers >> r & 1) != 0) {
      step.needs_sign_off = true;
      step.sign_off_role = r;
    }
  step.waits_for.first = builder_index_count(b);
  for (uint32_t j = 0; j < index; j++)
    if ((made->waits >> j & 1) != 0) {
      builder_add_index(b, j);
      step.waits_for.count++;
    }
  builder_add_step(b, &step);
}

struct graph *made_graph(struct arena *arena, const struct made_plan *plan)
{
  struct graph *graph = ARENA_NEW(arena, struct graph);
  struct builder b;
  builder_start(&b, arena);
  add_landscape(&b, plan->features);
  add_guards(&b);
  for (uint32_t i = 0; i < plan->count; i++)
    add_step(&b, plan, i);
  graph->name = TEXT("plan");
  /* The model is the same for both policies; the names of the findings are not asked for. */
  graph->policy = TEXT("downtime");
  graph->plan_resource = R_PLAN;
  builder_finish(&b, graph);
  return graph;
}

void made_print(const struct made_plan *plan, void (*print)(const char *format, ...))
{
  print("landscape:");
  for (uint32_t i = 0; i < FEATURE_COUNT; i++)
    if ((plan->features >> i & 1) != 0)
      print(" %s", feature_words[i]);
  print("\n");
  for (uint32_t i = 0; i < plan->count; i++) {
    const struct made_step *s = &plan->steps[i];
    print("  %u: roles %u signers %u guard %u waits %#x: %s %s%s node %u hours %u to role %u%s\n",
          i, s->roles, s->signers, s->guard, s->waits, deed_words[s->deed],
          s->is_old ? "old" : "new", s->is_second ? " (second)" : "", s->node, s->hours,
          s->recipient, s->goes_on ? ", and goes on" : "");
  }
}

/* At random. */

uint32_t draw_below(struct draw *draw, uint32_t limit)
{
  draw->seed ^= draw->seed << 13;
  draw->seed ^= draw->seed >> 7;
  draw->seed ^= draw->seed << 17;
  return (uint32_t)(draw->seed >> 33) % limit;
}

static uint32_t draw_features(struct draw *draw)
{
  static const uint32_t by[] = {HAS_BY_SUBJECT, HAS_BY_ISSUER, HAS_BY_KEY, HAS_BY_KEPT_KEY};
  /* How often each is drawn, of 16. */
  static const uint8_t often[] = {8, 2, 4, 4, 4, 3, 3, 2, 3, 3, 5, 1, 3};
  uint32_t features = 0;
  for (uint32_t i = 0; i < sizeof often; i++)
    if (draw_below(draw, 16) < often[i])
      features |= 1u << i;
  if (draw_below(draw, 2) == 0)
    features |= by[draw_below(draw, 4)];
  if (draw_below(draw, 8) == 0)
    features |= HAS_PINNED_CHAIN;
  return features;
}

/* A renewal as it should be, in an order that some role's knowledge will or will not carry. */
static uint32_t draw_renewal(struct draw *draw, struct made_plan *plan)
{
  static const enum deed overlap[] = {DEED_ACCEPT,  DEED_IMPORT_ROOT, DEED_TELL,  DEED_EXCHANGE,
                                      DEED_RESTART, DEED_TELL,        DEED_REMOVE};
  static const enum deed downtime[] = {DEED_STOP, DEED_TELL, DEED_EXCHANGE,
                                       DEED_SLOT, DEED_TELL, DEED_START};
  static const enum deed by_time[] = {DEED_ACCEPT, DEED_WAIT, DEED_EXCHANGE, DEED_WAIT,
                                      DEED_REMOVE};
  static const enum deed sender[] = {DEED_ADD_KEY, DEED_AUTHORIZE,  DEED_TELL,       DEED_SWITCH,
                                     DEED_TELL,    DEED_DELETE_KEY, DEED_DROP_CALLER};
  static const enum deed targets[] = {DEED_ACCEPT,        DEED_TELL, DEED_SWITCH_TARGET,
                                      DEED_SWITCH_TARGET, DEED_TELL, DEED_REMOVE};
  static const struct {
    const enum deed *deeds;
    uint32_t count;
  } shapes[] = {{overlap, 7}, {overlap, 7}, {downtime, 6}, {by_time, 5}, {sender, 7}, {targets, 6}};
  uint32_t shape = draw_below(draw, 6);
  if (shape == 5)
    plan->features |= HAS_TARGETS;
  for (uint32_t i = 0; i < shapes[shape].count; i++) {
    struct made_step *step = &plan->steps[plan->count];
    enum deed deed = shapes[shape].deeds[i];
    if (draw_below(draw, 12) == 0 || (deed == DEED_IMPORT_ROOT && draw_below(draw, 2) == 0))
      continue;
    *step = (struct made_step){.deed = deed,
                               .is_second = shape == 5,
                               .is_old = deed == DEED_REMOVE || deed == DEED_DELETE_KEY ||
                                         deed == DEED_DROP_CALLER,
                               .node = 2,
                               .hours = (uint8_t)(1 + draw_below(draw, 9)),
                               .recipient = (uint8_t)draw_below(draw, MADE_ROLES)};
    if (deed == DEED_SWITCH_TARGET)
      step->node = (uint8_t)(plan->count % 2);
    plan->count++;
  }
  return plan->count;
}

static void draw_step(struct draw *draw, struct made_step *step)
{
  /* What a renewal is made of comes more often than what undoes it. */
  static const enum deed often[] = {DEED_ACCEPT, DEED_EXCHANGE, DEED_RESTART,
                                    DEED_REMOVE, DEED_TELL,     DEED_TELL,
                                    DEED_GIVE,   DEED_SWITCH,   DEED_WAIT};
  *step = (struct made_step){.deed = draw_below(draw, 3) != 0
                                         ? often[draw_below(draw, sizeof often / sizeof *often)]
                                         : (enum deed)draw_below(draw, DEED__COUNT),
                             .is_old = draw_below(draw, 6) == 0,
                             .is_second = draw_below(draw, 5) == 0,
                             .node = (uint8_t)draw_below(draw, 3),
                             .hours = (uint8_t)(1 + draw_below(draw, 9)),
                             .recipient = (uint8_t)draw_below(draw, MADE_ROLES)};
  if (step->deed == DEED_REMOVE || step->deed == DEED_REMOVE_ROOT ||
      step->deed == DEED_DELETE_KEY || step->deed == DEED_DROP_CALLER)
    step->is_old = draw_below(draw, 6) != 0;
}

void made_random(struct draw *draw, struct made_plan *plan)
{
  *plan = (struct made_plan){.features = draw_features(draw)};
  uint32_t fixed = draw_below(draw, 2) == 0 ? draw_renewal(draw, plan) : 0;
  uint32_t more = fixed != 0 ? draw_below(draw, 4) : 3 + draw_below(draw, 6);
  if (draw_below(draw, 16) == 0)
    more = MADE_STEPS;
  for (; more != 0 && plan->count < MADE_STEPS; more--)
    draw_step(draw, &plan->steps[plan->count++]);
  /* The renewal's own steps keep their order; what was added stands anywhere. */
  for (uint32_t i = fixed; fixed != 0 && i < plan->count; i++) {
    struct made_step moved = plan->steps[i];
    uint32_t at = draw_below(draw, i + 1);
    for (uint32_t j = i; j > at; j--)
      plan->steps[j] = plan->steps[j - 1];
    plan->steps[at] = moved;
  }
  uint32_t roles = 1 + draw_below(draw, MADE_ROLES), dense = 1 + draw_below(draw, 4);
  for (uint32_t i = 0; i < plan->count; i++) {
    struct made_step *step = &plan->steps[i];
    step->roles = (uint8_t)(1u << draw_below(draw, roles));
    if (step->deed == DEED_AGREE || draw_below(draw, 16) == 0)
      step->roles |= (uint8_t)(1u << draw_below(draw, roles));
    step->signers = draw_below(draw, 12) == 0 ? (uint8_t)(1u << draw_below(draw, roles)) : 0;
    step->guard = draw_below(draw, 6) == 0 ? (uint8_t)draw_below(draw, MADE_GUARDS) : 0;
    /* Several roles do nothing but agree together. */
    bool is_one = (step->roles & (step->roles - 1)) == 0 || step->deed == DEED_AGREE;
    step->goes_on = is_one && draw_below(draw, 16) == 0;
    for (uint32_t j = 0; j < i; j++)
      if (draw_below(draw, 4) < dense || (j + 1 == i && draw_below(draw, 2) == 0))
        step->waits |= (uint16_t)(1u << j);
  }
}

/* Told from one to the other. */

enum { TENANT, RECEIVER, DEVELOPER };

struct told {
  enum deed deed;
  uint8_t role, recipient;
  bool is_old;
};

static const struct told told_overlap[] = {
    {DEED_IMPORT_ROOT, RECEIVER, 0, false},  {DEED_ACCEPT, RECEIVER, 0, false},
    {DEED_TELL, RECEIVER, TENANT, false},    {DEED_EXCHANGE, TENANT, 0, false},
    {DEED_TELL, TENANT, DEVELOPER, false},   {DEED_RESTART, DEVELOPER, 0, false},
    {DEED_TELL, DEVELOPER, RECEIVER, false}, {DEED_REMOVE, RECEIVER, 0, true}};
static const struct told told_downtime[] = {
    {DEED_IMPORT_ROOT, RECEIVER, 0, false},  {DEED_STOP, DEVELOPER, 0, false},
    {DEED_TELL, DEVELOPER, TENANT, false},   {DEED_EXCHANGE, TENANT, 0, false},
    {DEED_TELL, TENANT, RECEIVER, false},    {DEED_SLOT, RECEIVER, 0, false},
    {DEED_TELL, RECEIVER, DEVELOPER, false}, {DEED_START, DEVELOPER, 0, false}};
static const struct told told_by_time[] = {
    {DEED_IMPORT_ROOT, RECEIVER, 0, false}, {DEED_ACCEPT, RECEIVER, 0, false},
    {DEED_TELL, RECEIVER, TENANT, false},   {DEED_EXCHANGE, TENANT, 0, false},
    {DEED_WAIT, TENANT, 0, false},          {DEED_TELL, TENANT, RECEIVER, false},
    {DEED_REMOVE, RECEIVER, 0, true}};
static const struct told told_key[] = {{DEED_ADD_KEY, TENANT, 0, false},
                                       {DEED_TELL, TENANT, RECEIVER, false},
                                       {DEED_SWITCH, RECEIVER, 0, false},
                                       {DEED_TELL, RECEIVER, TENANT, false},
                                       {DEED_DELETE_KEY, TENANT, 0, true}};
static const struct told told_look[] = {
    {DEED_IMPORT_ROOT, RECEIVER, 0, false}, {DEED_ACCEPT, RECEIVER, 0, false},
    {DEED_TELL, RECEIVER, TENANT, false},   {DEED_EXCHANGE, TENANT, 0, false},
    {DEED_TELL, TENANT, DEVELOPER, false},  {DEED_RESTART, DEVELOPER, 0, false},
    {DEED_LOOK, DEVELOPER, 0, true},        {DEED_TELL, DEVELOPER, RECEIVER, false},
    {DEED_REMOVE, RECEIVER, 0, true}};

static const struct {
  const struct told *steps;
  uint32_t count, features;
} told_shapes[] = {{told_overlap, 8, 0},
                   {told_overlap, 8, HAS_CLUSTER},
                   {told_downtime, 8, HAS_ONE_ONLY},
                   {told_by_time, 7, HAS_BOUNDED_CACHE},
                   {told_key, 5, HAS_SENDER_KEY},
                   {told_look, 9, HAS_LATE_JOINER}};

static void add_told_step(struct draw *draw, struct made_plan *plan, const struct told *told)
{
  plan->steps[plan->count++] = (struct made_step){.deed = told->deed,
                                                  .is_old = told->is_old,
                                                  .node = 2,
                                                  .hours = (uint8_t)(6 + draw_below(draw, 3)),
                                                  .recipient = told->recipient,
                                                  .roles = (uint8_t)(1u << told->role)};
}

/* The same once more, or somebody else tells it, or all agree, or whoever is next signs. */
static void add_way_to_hear(struct draw *draw, struct made_plan *plan, const struct told *told)
{
  struct told more = *told;
  uint8_t other = (uint8_t)draw_below(draw, MADE_ROLES);
  switch (draw_below(draw, 5)) {
  case 0:
    break;
  case 1:
    more = (struct told){DEED_GIVE, told->role, other, false};
    break;
  case 2:
    more = (struct told){DEED_AGREE, told->role, 0, false};
    break;
  case 3:
    more = (struct told){DEED_TELL, other, (uint8_t)draw_below(draw, MADE_ROLES), false};
    break;
  default: /* a message is not needed where the next step is signed by who would have sent it */
    if (told->deed == DEED_TELL)
      plan->count--;
    return;
  }
  add_told_step(draw, plan, &more);
  if (more.deed == DEED_AGREE)
    plan->steps[plan->count - 1].roles |= (uint8_t)(1u << other);
}

void made_told(struct draw *draw, struct made_plan *plan)
{
  uint32_t shape = draw_below(draw, sizeof told_shapes / sizeof *told_shapes), sparse = 0;
  *plan = (struct made_plan){.features = told_shapes[shape].features};
  uint8_t signer = 0;
  for (uint32_t i = 0; i < told_shapes[shape].count; i++) {
    const struct told *told = &told_shapes[shape].steps[i];
    add_told_step(draw, plan, told);
    plan->steps[plan->count - 1].signers = signer;
    signer = 0;
    uint32_t left = told_shapes[shape].count - i - 1;
    if (plan->count + left >= MADE_STEPS || draw_below(draw, 2) == 0)
      continue;
    uint32_t before = plan->count;
    add_way_to_hear(draw, plan, told);
    if (plan->count <= before)
      signer = (uint8_t)(1u << told->role);
  }
  sparse = draw_below(draw, 4);
  for (uint32_t i = 0; i < plan->count; i++) {
    struct made_step *step = &plan->steps[i];
    bool is_one = (step->roles & (step->roles - 1)) == 0 || step->deed == DEED_AGREE;
    bool says = step->deed == DEED_TELL || step->deed == DEED_GIVE || step->deed == DEED_AGREE;
    if (draw_below(draw, says ? 2 : 10) == 0)
      step->guard = (uint8_t)draw_below(draw, MADE_GUARDS);
    step->goes_on = is_one && draw_below(draw, says ? 6 : 16) == 0;
    /* Mostly one behind the other; now and then not. */
    for (uint32_t j = 0; j < i; j++)
      if (sparse != 0 || draw_below(draw, 8) != 0)
        step->waits |= (uint16_t)(1u << j);
  }
}
