/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: the providers, and the file that keeps their landscape. See simulate.h. */
#include "runtime/providers/simulate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/providers/simulate_int.h"
#include "runtime/providers/step.h"

enum { MS = 1000, KILLED = 137 };

struct simulation *simulation_new(struct arena *arena, const struct simulation_setup *setup)
{
  struct simulation *simulation = ARENA_NEW(arena, struct simulation);
  *simulation = (struct simulation){.arena = arena, .setup = *setup, .facts = json_object()};
  pthread_mutex_init(&simulation->lock, NULL);
  return simulation;
}

void simulation_free(struct simulation *simulation)
{
  if (simulation == NULL)
    return;
  json_decref(simulation->facts);
  free(simulation->path);
  pthread_mutex_destroy(&simulation->lock);
}

/* Whole or not at all; that it survives a power cut is not asked of a landscape that is none. */
static bool keep(const struct simulation *simulation)
{
  if (simulation->path == NULL)
    return true;
  size_t length = strlen(simulation->path);
  char *next = malloc(length + sizeof ".new");
  if (next == NULL)
    abort();
  memcpy(next, simulation->path, length);
  memcpy(next + length, ".new", sizeof ".new");
  bool good = json_dump_file(simulation->facts, next, JSON_INDENT(1) | JSON_SORT_KEYS) == 0 &&
              rename(next, simulation->path) == 0;
  free(next);
  return good;
}

bool simulation_use_file(struct simulation *simulation, const char *path)
{
  free(simulation->path);
  simulation->path = strdup(path);
  if (access(path, F_OK) != 0)
    return keep(simulation);
  json_error_t error;
  json_t *facts = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
  if (!json_is_object(facts)) {
    json_decref(facts);
    errno = EINVAL;
    return false;
  }
  json_decref(simulation->facts);
  simulation->facts = facts;
  simulation->setup.has_new_root |= json_is_true(json_object_get(facts, "new-root"));
  return true;
}

int64_t simulation_now_ms(const struct simulation *simulation)
{
  return json_integer_value(json_object_get(simulation->facts, "now-ms"));
}

bool simulation_keep_now(struct simulation *simulation, int64_t now_ms)
{
  json_object_set_new(simulation->facts, "now-ms", json_integer(now_ms));
  return keep(simulation);
}

bool simulation_accepts(const struct simulation *simulation, struct text system, struct text name)
{
  struct arena *arena = simulation->arena;
  struct text fact = text_format(arena, "accepted %.*s/%.*s", TEXT_ARG(system), TEXT_ARG(name));
  return strcmp(fact_value(simulation, fact, text_ends_with(name, ".new") ? "no" : "yes"), "yes") ==
         0;
}

bool simulation_holds(const struct simulation *simulation, struct text keystore,
                      struct text certificate, const char *version)
{
  struct text fact =
      text_format(simulation->arena, "alias %.*s/%.*s", TEXT_ARG(keystore), TEXT_ARG(certificate));
  return strcmp(fact_value(simulation, fact, "old"), version) == 0;
}

uint32_t simulation_outage_count(const struct simulation *simulation)
{
  return (uint32_t)json_array_size(json_object_get(simulation->facts, "outages"));
}

struct text simulation_outage(const struct simulation *simulation, uint32_t nth)
{
  const json_t *line = json_array_get(json_object_get(simulation->facts, "outages"), nth);
  return line == NULL ? TEXT_NONE
                      : (struct text){json_string_value(line), json_string_length(line)};
}

bool simulation_told(const struct simulation *simulation, struct text role, struct text part)
{
  size_t i;
  json_t *message;
  json_array_foreach(json_object_get(simulation->facts, "messages"), i, message)
  {
    const char *to = json_string_value(json_object_get(message, "to"));
    const char *text = json_string_value(json_object_get(message, "text"));
    if (to != NULL && text_is(role, to) && text != NULL &&
        (part.length == 0 || memmem(text, strlen(text), part.at, part.length) != NULL))
      return true;
  }
  return false;
}

static struct simulation *landscape_of(const struct call *call)
{
  return call->world->simulation;
}

/* A message is kept once, whatever dies on the way. */
static void keep_messages(const struct call *call, struct simulation *simulation)
{
  const struct graph *graph = call->graph;
  bool is_delivery = call->step->effect == EFFECT_DELIVER;
  json_t *messages = json_object_get(simulation->facts, "messages");
  if (messages == NULL) {
    messages = json_array();
    json_object_set_new(simulation->facts, "messages", messages);
  }
  const struct argument *text = step_argument(graph, call->step, PART_TEXT, 0), *role;
  struct text says = is_delivery || text == NULL ? call->step->sentence : text->text;
  enum part part = is_delivery ? PART_RECIPIENT : PART_OBJECT;
  for (uint32_t i = 0; (role = step_argument(graph, call->step, part, i)) != NULL; i++) {
    struct text to = graph->resources[role->resource].name;
    json_array_append_new(messages, json_pack("{s:s%,s:s%,s:s%}", "step", call->step->id.at,
                                              call->step->id.length, "to", to.at, to.length, "text",
                                              says.at, says.length));
  }
}

/* The fault that happens at this try; its count goes down in the landscape, not in this process. */
static const struct fault *next_fault(const struct call *call, struct simulation *simulation,
                                      bool kills_after)
{
  for (uint32_t i = 0; i < simulation->setup.fault_count; i++) {
    const struct fault *fault = &simulation->setup.faults[i];
    if ((fault->kind == FAULT_KILL_AFTER) != kills_after ||
        (!text_equal(fault->step, call->step->id) && !text_equal(fault->step, call->step->label)))
      continue;
    struct text fact = text_format(call->arena, "fault %u %.*s", i, TEXT_ARG(call->step->id));
    json_int_t happened =
        json_integer_value(json_object_getn(simulation->facts, fact.at, fact.length));
    if (happened >= fault->count)
      continue;
    json_object_setn_new(simulation->facts, fact.at, fact.length, json_integer(happened + 1));
    keep(simulation);
    return fault;
  }
  return NULL;
}

static void die(const struct simulation *simulation)
{
  if (simulation->setup.before_kill != NULL)
    simulation->setup.before_kill();
  _exit(KILLED);
}

static void make_changes(const struct call *call, struct simulation *simulation, bool back)
{
  struct changes changes;
  model_changes(call, simulation, &changes);
  for (uint32_t i = 0; i < changes.count; i++)
    fact_set(simulation, changes.items[i].fact,
             back ? text_of(changes.items[i].otherwise) : changes.items[i].value);
  /* From when on nodes forget what the alias held before. */
  for (uint32_t i = 0; i < changes.count; i++)
    if (text_starts_with(changes.items[i].fact, "alias "))
      fact_set(simulation, since_fact(call->arena, changes.items[i].fact),
               text_format(call->arena, "%lld", (long long)call->world->now_s()));
  if (!back && (call->step->effect == EFFECT_DELIVER || call->step->effect == EFFECT_MESSAGE))
    keep_messages(call, simulation);
  model_note_outages(call, simulation);
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct simulation *simulation = landscape_of(call);
  struct changes changes;
  pthread_mutex_lock(&simulation->lock);
  model_changes(call, simulation, &changes);
  bool is_so = true;
  for (uint32_t i = 0; i < changes.count; i++)
    is_so = is_so && text_is(changes.items[i].value, fact_value(simulation, changes.items[i].fact,
                                                                changes.items[i].otherwise));
  pthread_mutex_unlock(&simulation->lock);
  return answer_saw(call, ret_answer, is_so ? OBSERVED_AFTER : OBSERVED_BEFORE, "SIMULATED: %.*s",
                    TEXT_ARG(call->step->sentence));
}

static enum outcome fail(const struct call *call, const struct fault *fault,
                         const struct simulation *simulation, struct answer *ret_answer)
{
  switch (fault->kind) {
  case FAULT_REFUSED:
    break;
  case FAULT_UNREACHABLE:
    return answer_end(call, ret_answer, OUTCOME_UNREACHABLE, "SIMULATED: nobody answers");
  case FAULT_IN_DOUBT:
    return answer_end(call, ret_answer, OUTCOME_IN_DOUBT, "SIMULATED: the answer was lost");
  case FAULT_KILL_BEFORE:
  case FAULT_KILL_AFTER:
    die(simulation);
  }
  return answer_end(call, ret_answer, OUTCOME_REFUSED, "SIMULATED: the target refused");
}

static enum outcome act(const struct call *call, struct answer *ret_answer)
{
  struct simulation *simulation = landscape_of(call);
  const struct fault *fault = next_fault(call, simulation, false);
  if (fault != NULL)
    return fail(call, fault, simulation, ret_answer);
  struct text says = TEXT_NONE;
  bool looks = call->step->effect == EFFECT_LOOK;
  if (looks && !model_holds(call, simulation, &says))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "SIMULATED: %.*s", TEXT_ARG(says));
  if (!looks)
    make_changes(call, simulation, false);
  json_object_set_new(simulation->facts, "now-ms", json_integer(call->world->now_s() * MS));
  if (!keep(simulation)) {
    answer_help(call, ret_answer, "look at the state folder, or begin a new simulated run");
    return answer_end(call, ret_answer, OUTCOME_MISCONFIGURED,
                      "SIMULATED: the landscape cannot be kept: %s", strerror(errno));
  }
  if (next_fault(call, simulation, true) != NULL)
    die(simulation);
  return answer_end(call, ret_answer, OUTCOME_DONE, "SIMULATED: %.*s",
                    TEXT_ARG(call->step->sentence));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct simulation *simulation = landscape_of(call);
  if (simulation->setup.pause_ms > 0)
    usleep((useconds_t)(simulation->setup.pause_ms * MS));
  pthread_mutex_lock(&simulation->lock);
  enum outcome outcome = act(call, ret_answer);
  pthread_mutex_unlock(&simulation->lock);
  return outcome;
}

static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  struct simulation *simulation = landscape_of(call);
  pthread_mutex_lock(&simulation->lock);
  make_changes(call, simulation, true);
  bool kept = keep(simulation);
  pthread_mutex_unlock(&simulation->lock);
  return answer_end(call, ret_answer, kept ? OUTCOME_DONE : OUTCOME_MISCONFIGURED,
                    "SIMULATED: undone: %.*s", TEXT_ARG(call->step->sentence));
}

static enum observation probe_nothing(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "SIMULATED: only a person can see this");
}

static enum outcome apply_person(const struct call *call, struct answer *ret_answer)
{
  if (call->confirmed)
    return apply(call, ret_answer);
  answer_help(call, ret_answer, "renew sign %.*s %.*s", TEXT_ARG(call->run),
              TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return answer_end(call, ret_answer, OUTCOME_WAIT, "SIMULATED: %.*s",
                    TEXT_ARG(call->step->sentence));
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  answer_say(call, ret_answer, "SIMULATED: would do: %.*s", TEXT_ARG(call->step->sentence));
}

static void preview_message(const struct call *call, struct answer *ret_answer)
{
  answer_say(call, ret_answer, "SIMULATED: would send: %.*s", TEXT_ARG(call->step->sentence));
}

static void preview_person(const struct call *call, struct answer *ret_answer)
{
  answer_say(call, ret_answer, "SIMULATED: would ask a person: %.*s",
             TEXT_ARG(call->step->sentence));
}

static const struct provider system_provider = {.name = "simulated",
                                                .supports = CAN_PROBE | CAN_REPEAT | CAN_UNDO,
                                                .probe = probe,
                                                .apply = apply,
                                                .undo = undo,
                                                .preview = preview};
static const struct provider look_provider = {.name = "simulated-look",
                                              .supports = CAN_REPEAT,
                                              .probe = probe_nothing,
                                              .apply = apply,
                                              .preview = preview};
static const struct provider message_provider = {.name = "simulated-message",
                                                 .supports = CAN_PROBE | CAN_REPEAT,
                                                 .probe = probe,
                                                 .apply = apply,
                                                 .preview = preview_message};
static const struct provider person_provider = {.name = "simulated-person",
                                                .supports = IS_PERSON | CAN_UNDO,
                                                .probe = probe_nothing,
                                                .apply = apply_person,
                                                .undo = undo,
                                                .preview = preview_person};

static const struct provider *find(const struct graph *graph, const struct step *step)
{
  if (model_needs_person(graph, step))
    return &person_provider;
  if (step->effect == EFFECT_LOOK)
    return &look_provider;
  return step->effect == EFFECT_DELIVER || step->effect == EFFECT_MESSAGE ? &message_provider
                                                                          : &system_provider;
}

/* Only the new root of a CA that changed it differs from the old one. */
static enum observation fact(const struct call *call, const struct argument *argument,
                             struct text *ret_value, struct answer *ret_answer)
{
  const struct simulation *simulation = landscape_of(call);
  bool is_new = argument->members[0] == MEMBER_NEW;
  bool differs = is_new && (simulation->setup.has_new_root || !argument_has(argument, MEMBER_ROOT));
  struct text name = argument->kind == ARGUMENT_RESOURCE
                         ? call->graph->resources[argument->resource].name
                         : argument->text;
  *ret_value = text_format(call->arena, "simulated-%.*s-%s", TEXT_ARG(name), differs ? "2" : "1");
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "SIMULATED: %.*s", TEXT_ARG(*ret_value));
}

const struct provider_table providers_simulated = {.find = find, .fact = fact};
