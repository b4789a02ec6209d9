/* SPDX-License-Identifier: Apache-2.0 */
/* letter_words: see letter_words.h. */
#include "runtime/providers/letter_words.h"

#include "compiler/graph/views.h"
#include "compiler/graph/window.h"

enum { OUTLOOK_MAX = 12, SECONDS_OF_MINUTE = 60, MS_OF_SECOND = 1000 };

struct text letter_role(const struct call *call, uint32_t role)
{
  const struct resource *of = &call->graph->resources[role];
  struct text company = setting_text(call, role, KEY_OF, 0);
  if (of->title.length == 0 && company.length == 0)
    return of->name;
  return text_format(call->arena, "%.*s%s%.*s (%.*s)",
                     TEXT_ARG(of->title.length == 0 ? of->name : of->title),
                     company.length == 0 ? "" : " of ", TEXT_ARG(company), TEXT_ARG(of->name));
}

const char *letter_hint(enum effect effect)
{
  switch (effect) {
  case EFFECT_AGREEMENT:
    return "If this time does not suit you, answer with one that does.";
  case EFFECT_ADD_ACCEPTED:
    return "From then on each of them is let in: add what is missing, take nothing away.";
  case EFFECT_ADD_ROOT:
  case EFFECT_ADD_TRUSTED:
    return "Add it to what is trusted there; take nothing away.";
  case EFFECT_SET_SLOT:
    return "One certificate is held there: put the new one in the place of the old one.";
  case EFFECT_SET_ALIAS:
    return "Put the new key pair under the alias of the old one; the alias stays the same.";
  case EFFECT_PRESENT:
    return "From then on the new one is presented, and the old one no more.";
  case EFFECT_RESTART:
    return "It has to load its keystore again: no process of before may be left.";
  case EFFECT_DROP_ACCEPTED:
  case EFFECT_DROP_CALLER:
    return "From then on it is not let in any more; leave everything else as it is.";
  case EFFECT_DROP_ALIAS:
    return "Take it away for good; leave everything else as it is.";
  case EFFECT_DROP_SERVICE_KEY:
  case EFFECT_REVOKE:
    return "This is for good: there is no way back.";
  case EFFECT_LOOK:
    return "Only look; change nothing.";
  case EFFECT_MAKE_KEY:
  case EFFECT_ADD_INSTANCE:
  case EFFECT_ADD_SERVICE_KEY:
  case EFFECT_SIGN:
  case EFFECT_DELIVER:
  case EFFECT_MESSAGE:
  case EFFECT_START:
  case EFFECT_STOP:
  case EFFECT_DEPLOY:
  case EFFECT_UNDEPLOY:
  case EFFECT_EXPORT:
  case EFFECT_WAIT:
  case EFFECT_BACK_UP:
  case EFFECT_RESTORE:
  case EFFECT_ACTIVATE:
  case EFFECT_AUTHORIZE_CALLER:
  case EFFECT_READ_SET:
  case EFFECT__COUNT:
    break;
  }
  return "";
}

/* ---- what the step names ---- */

static void add_line(struct buffer *words, const char *label, struct text value)
{
  if (value.length != 0)
    buffer_format(words, "  %-8s %.*s\n", label, TEXT_ARG(value));
}

static struct text when_open(const struct call *call, uint32_t window)
{
  struct opening opening;
  char from[MOMENT_TEXT_BYTES], until[MOMENT_TEXT_BYTES];
  int64_t now_ms = call->world->now_s() * MS_OF_SECOND;
  enum window_status status = window_at(call->graph, window, now_ms, &opening);
  if (status != WINDOW_OPEN && status != WINDOW_LATER)
    return TEXT("");
  moment_format(call->graph, window, opening.start_ms, from);
  moment_format(call->graph, window, opening.end_ms, until);
  return text_format(call->arena, "%s to %s", from, until);
}

/* Renew holds its bytes: what is to be compared. Else what the plan says of it. */
static void add_certificate(const struct call *call, const struct argument *argument,
                            struct buffer *words, struct buffer *pem)
{
  struct answer unsaid = {0};
  struct text one_pem, lines;
  bool is_old = argument_has(argument, MEMBER_OLD), is_root = argument_has(argument, MEMBER_ROOT);
  if (letter_certificates(call, argument, &one_pem, &lines, &unsaid)) {
    if (!is_root)
      buffer_add_zero(words, is_old ? "In use when this renewal began:\n" : "The new one:\n");
    buffer_format(words, "%.*s\n", TEXT_ARG(lines));
    buffer_add_text(pem, one_pem);
    return;
  }
  buffer_format(words, "%s %.*s: %s\n", is_root ? "Root of" : "Certificate",
                TEXT_ARG(argument_name(call, argument)),
                is_old ? "the one that is in use when this renewal begins" : "the new one");
  if (!is_root)
    add_line(words, "subject", setting_text(call, argument->resource, KEY_SUBJECT, 0));
  add_line(words, "alias", setting_text(call, argument->resource, KEY_ALIAS, 0));
  buffer_add_zero(words, "\n");
}

static void add_thing(const struct call *call, const struct argument *argument,
                      struct buffer *words, struct buffer *pem)
{
  const struct resource *of = &call->graph->resources[argument->resource];
  if (of->kind == KIND_ROLE || of->kind == KIND_PLAN)
    return;
  if (of->kind == KIND_CERTIFICATE && argument->members[0] != MEMBER_NONE) {
    add_certificate(call, argument, words, pem);
    return;
  }
  const char *kind = kind_words[of->kind];
  buffer_format(words, "%c%s %.*s%s%.*s\n", kind[0] - 'a' + 'A', kind + 1, TEXT_ARG(of->name),
                of->title.length == 0 ? "" : ": ", TEXT_ARG(of->title));
  add_line(words, "address", setting_text(call, argument->resource, KEY_URL, 0));
  add_line(words, "artifact", setting_text(call, argument->resource, KEY_ARTIFACT, 0));
  add_line(words, "file", setting_text(call, argument->resource, KEY_FILE, 0));
  if (of->kind == KIND_WINDOW)
    add_line(words, "open", when_open(call, argument->resource));
  buffer_add_zero(words, "\n");
}

static bool same_thing(const struct argument *a, const struct argument *b)
{
  bool same =
      a->kind == ARGUMENT_RESOURCE && b->kind == ARGUMENT_RESOURCE && a->resource == b->resource;
  for (int i = 0; i < MEMBERS_MAX; i++)
    same = same && a->members[i] == b->members[i];
  return same;
}

void letter_add_things(const struct call *call, struct buffer *words, struct buffer *pem)
{
  const struct argument *arguments = &call->graph->arguments[call->step->arguments.first];
  for (uint32_t i = 0; i < call->step->arguments.count; i++) {
    bool is_told = arguments[i].kind != ARGUMENT_RESOURCE;
    for (uint32_t k = 0; k < i && !is_told; k++)
      is_told = same_thing(&arguments[i], &arguments[k]);
    if (!is_told)
      add_thing(call, &arguments[i], words, pem);
  }
}

/* ---- when ---- */

void letter_add_time(const struct call *call, struct buffer *words)
{
  const struct step *step = call->step;
  struct text open = step->window == INDEX_NONE ? TEXT("") : when_open(call, step->window);
  if (open.length != 0)
    buffer_format(words, "When: in the window %.*s, %.*s.\n",
                  TEXT_ARG(call->graph->resources[step->window].name), TEXT_ARG(open));
  if (step->within_s > 0)
    buffer_format(words, "How long: within %lld minutes of this message.\n",
                  (long long)((step->within_s + SECONDS_OF_MINUTE - 1) / SECONDS_OF_MINUTE));
  if (call->begin_by.length != 0)
    buffer_format(words, "At the latest: %.*s.\n", TEXT_ARG(call->begin_by));
  if (open.length != 0 || step->within_s > 0 || call->begin_by.length != 0)
    buffer_add_zero(words, "\n");
}

/* ---- what comes later ---- */

static bool is_of(const struct graph *graph, const struct step *step, uint32_t role)
{
  if (step->kind != STEP_ACTION || step->effect == EFFECT_DELIVER ||
      step->effect == EFFECT_MESSAGE || step->checks != INDEX_NONE ||
      graph_is_never(graph, step->guard))
    return false;
  for (uint32_t i = 0; i < step->roles.count; i++)
    if (graph->indices[step->roles.first + i] == role)
      return true;
  return step->role == role;
}

/* Whether it names something that this step hands over: of thirty certificates, that one. */
static bool is_about(const struct call *call, const struct step *step)
{
  const struct graph *graph = call->graph;
  const struct argument *given;
  for (uint32_t n = 0; (given = step_argument(graph, call->step, PART_OBJECT, n)) != NULL; n++)
    for (uint32_t i = 0; i < step->arguments.count; i++) {
      const struct argument *named = &graph->arguments[step->arguments.first + i];
      if (given->kind == ARGUMENT_RESOURCE && named->kind == ARGUMENT_RESOURCE &&
          named->resource == given->resource)
        return true;
    }
  return false;
}

void letter_add_outlook(const struct call *call, uint32_t role, struct buffer *words)
{
  const struct graph *graph = call->graph;
  uint32_t count = 0;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->number <= call->step->number || !is_of(graph, step, role) || !is_about(call, step) ||
        count++ >= OUTLOOK_MAX)
      continue;
    if (count == 1)
      buffer_format(words,
                    "Your part in this renewal, %.*s, comes later, in this order. You need not "
                    "do anything yet:\n\n",
                    TEXT_ARG(letter_role(call, role)));
    buffer_format(words, "  %3u  %.*s", step->number, TEXT_ARG(step->sentence));
    if (step->guard != INDEX_NONE) {
      buffer_add_zero(words, " (only when ");
      view_guard(graph, step->guard, words);
      buffer_add_zero(words, ")");
    }
    buffer_add_zero(words, "\n");
  }
  if (count > OUTLOOK_MAX)
    buffer_format(words, "  and %u more\n", count - OUTLOOK_MAX);
  if (count > 0)
    buffer_add_zero(words, "\n");
}
