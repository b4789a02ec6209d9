/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_calls: each connection before and after: which steps change what its caller presents and what its
 * receiver accepts, in the order of the text. Steps and their order, not a proof: `renew check` is that.
 */
#include "compiler/graph/diff.h"
#include "compiler/graph/view_int.h"

/* A fleet has thousands: nobody reads those side by side, and their steps are listed above anyway. */
enum { IDS_SHOWN_MAX = 12, CALLS_MAX = 100 };

static bool changes_receiver(enum effect effect)
{
  return effect == EFFECT_ADD_ACCEPTED || effect == EFFECT_DROP_ACCEPTED ||
         effect == EFFECT_ADD_ROOT || effect == EFFECT_ADD_TRUSTED || effect == EFFECT_SET_SLOT;
}

static bool changes_caller(enum effect effect)
{
  return effect == EFFECT_SET_ALIAS || effect == EFFECT_DROP_ALIAS || effect == EFFECT_PRESENT ||
         effect == EFFECT_START || effect == EFFECT_STOP || effect == EFFECT_RESTART ||
         effect == EFFECT_DEPLOY;
}

struct call_of {
  uint32_t caller, receiver, certificate;
};

static bool find_call(const struct graph *graph, uint32_t resource, uint32_t nth,
                      struct call_of *ret)
{
  const struct graph_setting *setting = graph_setting_nth(graph, resource, KEY_CALLS, nth);
  if (setting == NULL || setting->values.count < 2)
    return false;
  const struct graph_value *values = &graph->values[setting->values.first];
  *ret = (struct call_of){resource, INDEX_NONE, INDEX_NONE};
  if (values[0].kind == VALUE_REF && values[1].kind == VALUE_REF)
    *ret = (struct call_of){resource, values[0].resource, values[1].resource};
  return true;
}

/* "erp-backend: accept-both; orders-outbound: exchange, restart[worker-1]; erp-backend: remove-old" */
static struct text say_order(struct arena *arena, const struct graph *graph,
                             const struct call_of *call)
{
  struct buffer out = {0};
  uint32_t last = INDEX_NONE, shown = 0, left_out = 0;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    uint32_t who = INDEX_NONE;
    if (changes_receiver(step->effect) && view_names(graph, step, call->receiver) &&
        view_names(graph, step, call->certificate))
      who = call->receiver;
    else if (changes_caller(step->effect) &&
             (view_names(graph, step, call->caller) || view_names(graph, step, call->certificate)))
      who = call->caller;
    if (who == INDEX_NONE)
      continue;
    if (who == last && shown >= IDS_SHOWN_MAX) {
      left_out++;
      continue;
    }
    if (left_out != 0)
      buffer_format(&out, " and %u more", left_out);
    left_out = 0;
    shown = who == last ? shown + 1 : 1;
    if (who != last)
      buffer_format(&out, "%s%.*s: ", last == INDEX_NONE ? "" : "; ",
                    TEXT_ARG(graph->resources[who].name));
    buffer_format(&out, "%s%.*s", who == last ? ", " : "", TEXT_ARG(step->id));
    last = who;
  }
  if (left_out != 0)
    buffer_format(&out, " and %u more", left_out);
  struct text text =
      last == INDEX_NONE ? TEXT("no step changes it") : text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

static void add_calls(struct arena *arena, const struct graph *graph, struct diff *diff,
                      struct text_map *names, bool is_new)
{
  struct call_of call;
  for (uint32_t i = 0; i < graph->resource_count; i++)
    for (uint32_t nth = 0; find_call(graph, i, nth, &call); nth++) {
      if (call.receiver == INDEX_NONE)
        continue;
      struct text name = text_format(arena, "%.*s calls %.*s with %.*s",
                                     TEXT_ARG(graph->resources[call.caller].name),
                                     TEXT_ARG(graph->resources[call.receiver].name),
                                     TEXT_ARG(graph->resources[call.certificate].name));
      uint32_t at = diff->call_count;
      if (text_map_add(names, name, diff->call_count < CALLS_MAX ? at : CALLS_MAX, &at)) {
        if (diff->call_count == CALLS_MAX) {
          diff->calls_left_out++;
          continue;
        }
        if (diff->calls == NULL)
          diff->calls = arena_array(arena, CALLS_MAX, sizeof *diff->calls);
        diff->calls[diff->call_count++] =
            (struct diff_call){.name = name, .old = TEXT(""), .new = TEXT("")};
      }
      if (at >= diff->call_count)
        continue;
      struct text says = say_order(arena, graph, &call);
      if (is_new)
        diff->calls[at].new = says;
      else
        diff->calls[at].old = says;
    }
}

void diff_find_calls(struct arena *arena, const struct graph *old, const struct graph *new,
                     struct diff *diff)
{
  struct text_map names;
  text_map_start(&names, arena);
  add_calls(arena, old, diff, &names, false);
  add_calls(arena, new, diff, &names, true);
}
