/* SPDX-License-Identifier: Apache-2.0 */
/* step: see step.h. */
#include "runtime/providers/step.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

struct text setting_text(const struct call *call, uint32_t resource, enum key key, uint32_t slot)
{
  const struct graph_value *value = graph_setting_value(call->graph, resource, key, slot);
  return value == NULL || value->kind == VALUE_NONE ? TEXT_NONE : value->text;
}

uint32_t setting_resource(const struct call *call, uint32_t resource, enum key key, uint32_t slot)
{
  const struct graph_value *value = graph_setting_value(call->graph, resource, key, slot);
  return value == NULL || value->kind != VALUE_REF ? INDEX_NONE : value->resource;
}

int64_t setting_number(const struct call *call, uint32_t resource, enum key key, uint32_t slot,
                       int64_t otherwise)
{
  const struct graph_value *value = graph_setting_value(call->graph, resource, key, slot);
  return value == NULL || value->kind == VALUE_NONE ? otherwise : value->number;
}

const char *plan_path(const struct call *call, struct text path)
{
  if (text_starts_with(path, "/"))
    return text_zero(call->arena, path);
  return text_format(call->arena, "%s/%.*s", call->world->root, TEXT_ARG(path)).at;
}

const char *setting_path(const struct call *call, uint32_t resource, enum key key, uint32_t slot)
{
  struct text path = setting_text(call, resource, key, slot);
  return path.length == 0 ? NULL : plan_path(call, path);
}

const struct argument *step_argument_of_kind(const struct graph *graph, const struct step *step,
                                             enum kind kind)
{
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && graph->resources[argument->resource].kind == kind)
      return argument;
  }
  return NULL;
}

uint32_t step_resource(const struct graph *graph, const struct step *step, enum part part)
{
  const struct argument *argument = step_argument(graph, step, part, 0);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? INDEX_NONE : argument->resource;
}

struct text step_node(const struct call *call)
{
  const struct argument *place = step_argument(call->graph, call->step, PART_PLACE, 0);
  return place == NULL || place->kind == ARGUMENT_RESOURCE ? TEXT_NONE : place->text;
}

bool argument_has(const struct argument *argument, enum member member)
{
  for (uint32_t i = 0; i < MEMBERS_MAX; i++)
    if (argument->members[i] == member)
      return true;
  return false;
}

struct text argument_name(const struct call *call, const struct argument *argument)
{
  struct text name = call->graph->resources[argument->resource].name;
  bool old = argument_has(argument, MEMBER_OLD);
  return text_format(call->arena, "%.*s.%s", TEXT_ARG(name), old ? "old" : "new");
}

bool certificate_is_held(const struct graph *graph, uint32_t certificate)
{
  return certificate != INDEX_NONE && graph->resources[certificate].kind == KIND_CERTIFICATE &&
         graph_setting_value(graph, certificate, KEY_HELD_BY, 0) != NULL;
}

bool certificate_is_ours(const struct graph *graph, uint32_t certificate)
{
  if (certificate == INDEX_NONE || certificate_is_held(graph, certificate) ||
      graph_setting_value(graph, certificate, KEY_ISSUED_BY, 0) != NULL)
    return false;
  const struct graph_value *keystore = graph_setting_value(graph, certificate, KEY_IN, 0);
  if (keystore == NULL || keystore->kind != VALUE_REF)
    return true;
  const struct graph_value *kind = graph_setting_value(graph, keystore->resource, KEY_KIND_OF, 0);
  return kind != NULL && (text_is(kind->text, "pem") || text_is(kind->text, "pkcs12") ||
                          text_is(kind->text, "sap-tenant"));
}

struct text fill_node(const struct call *call, struct text words)
{
  static const char mark[] = "${node}";
  struct text filled = words;
  struct text node = call->step == NULL ? TEXT_NONE : step_node(call);
  for (;;) {
    const char *at =
        filled.length == 0 ? NULL : memmem(filled.at, filled.length, mark, sizeof mark - 1);
    if (at == NULL || node.length == 0)
      return filled;
    size_t before = (size_t)(at - filled.at);
    size_t behind = before + sizeof mark - 1;
    filled = text_format(call->arena, "%.*s%.*s%.*s", (int)before, filled.at, TEXT_ARG(node),
                         (int)(filled.length - behind), filled.at + behind);
    /* A node named "${node}" would go on for ever. */
    if (memmem(node.at, node.length, mark, sizeof mark - 1) != NULL)
      return filled;
  }
}

const char *run_path(const struct call *call, const char *folder, struct text name)
{
  return text_format(call->arena, "%s/%s/%.*s%s%.*s", call->world->state_folder, folder,
                     TEXT_ARG(call->run), name.length == 0 ? "" : "/", TEXT_ARG(name))
      .at;
}

struct text step_file_name(const struct call *call)
{
  char *name = text_zero(call->arena, call->step->id);
  for (char *c = name; *c != '\0'; c++)
    if (*c == '/' || *c == '"')
      *c = '+';
  /* A file name of "." or ".." cannot come out of a label. */
  return text_of(name);
}

int64_t step_until_ms(const struct call *call, int64_t otherwise_s)
{
  int64_t limit_s =
      call->step != NULL && call->step->within_s > 0 ? call->step->within_s : otherwise_s;
  int64_t until_ms = call->world->monotonic_ms() + limit_s * 1000;
  return call->deadline_ms != 0 && call->deadline_ms < until_ms ? call->deadline_ms : until_ms;
}

bool step_pause(const struct call *call, int64_t pause_ms, int64_t until_ms)
{
  int64_t left_ms = until_ms - call->world->monotonic_ms();
  if (left_ms <= 0)
    return false;
  if (pause_ms > left_ms)
    pause_ms = left_ms;
  struct timespec pause = {pause_ms / 1000, (pause_ms % 1000) * 1000000};
  nanosleep(&pause, NULL);
  return true;
}

void answer_say(const struct call *call, struct answer *answer, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  answer->says = text_vformat(call->arena, format, values);
  va_end(values);
}

void answer_help(const struct call *call, struct answer *answer, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  answer->help = text_vformat(call->arena, format, values);
  va_end(values);
}

enum outcome answer_end(const struct call *call, struct answer *answer, enum outcome outcome,
                        const char *format, ...)
{
  va_list values;
  va_start(values, format);
  answer->says = text_vformat(call->arena, format, values);
  va_end(values);
  return outcome;
}

enum observation answer_saw(const struct call *call, struct answer *answer,
                            enum observation observed, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  answer->says = text_vformat(call->arena, format, values);
  va_end(values);
  return observed;
}

void answer_set_code(struct answer *answer, enum diag_code code)
{
  answer->code = code;
  answer->has_code = true;
}

void answer_add_fact(struct arena *arena, struct answer *answer, const char *name,
                     struct text value)
{
  struct fact *fact = ARENA_NEW(arena, struct fact);
  fact->name = text_zero(arena, text_of(name));
  fact->value = text_copy(arena, value);
  struct fact **tail = &answer->facts;
  while (*tail != NULL)
    tail = &(*tail)->next;
  *tail = fact;
}

const char *outcome_word(enum outcome outcome)
{
  switch (outcome) {
  case OUTCOME_DONE:
    return "done";
  case OUTCOME_WAIT:
    return "wait";
  case OUTCOME_REFUSED:
    return "refused";
  case OUTCOME_UNREACHABLE:
    return "unreachable";
  case OUTCOME_IN_DOUBT:
    return "in-doubt";
  case OUTCOME_MISCONFIGURED:
    return "misconfigured";
  }
  return "?";
}

const char *observation_word(enum observation observed)
{
  switch (observed) {
  case OBSERVED_AFTER:
    return "after";
  case OBSERVED_BEFORE:
    return "before";
  case OBSERVED_NEITHER:
    return "neither";
  case OBSERVED_NOTHING:
    return "nothing";
  }
  return "?";
}
