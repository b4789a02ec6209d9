/* SPDX-License-Identifier: Apache-2.0 */
/* fix: edits of the source that add the order which is missing. */
#include <string.h>

#include "compiler/prove/tell.h"

static bool is_message_to(const struct graph *graph, const struct step *step, uint32_t role)
{
  if (step->effect != EFFECT_MESSAGE && step->effect != EFFECT_DELIVER)
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && argument->resource == role &&
        (argument->part == PART_OBJECT || argument->part == PART_RECIPIENT))
      return true;
  }
  return false;
}

/* Where a message of somebody else reaches the role anyway, that one needs to know first. */
bool tell_find_message(const struct telling *t, uint32_t before, uint32_t after,
                       struct missing_message *ret)
{
  const struct graph *graph = t->graph;
  uint32_t knows = graph->steps[before].role, acts = graph->steps[after].role;
  if (knows == acts)
    return false;
  *ret = (struct missing_message){tell_name(t, knows), tell_name(t, acts), before, after};
  for (uint32_t i = after; i > before; i--) {
    const struct step *step = &graph->steps[i - 1];
    if (step->kind == STEP_JOIN || step->role == knows || !is_message_to(graph, step, acts) ||
        !events_in_text(t->proof->events, before, i - 1) ||
        !events_in_text(t->proof->events, i - 1, after))
      continue;
    ret->hearer = tell_name(t, step->role);
    ret->before = i - 1;
    return true;
  }
  return true;
}

static bool is_label(const struct graph *graph, struct text label)
{
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (text_equal(graph->steps[i].label, label))
      return true;
  return false;
}

static struct text free_label(const struct telling *t, struct text of)
{
  struct arena *arena = t->diags->arena;
  struct text label = text_format(arena, "report-%.*s", TEXT_ARG(of));
  for (int i = 2; is_label(t->graph, label); i++)
    label = text_format(arena, "report-%.*s-%d", TEXT_ARG(of), i);
  return label;
}

bool tell_add_message(const struct telling *t, struct diag *diag,
                      const struct missing_message *message)
{
  const struct step *before = &t->graph->steps[message->before];
  /* A step that was made out of a procedure, or inside a block, has other names in scope. */
  bool plain = t->program != NULL && before->checks == INDEX_NONE &&
               memchr(before->id.at, '/', before->id.length) == NULL;
  if (!plain)
    return false;
  struct span at = tell_step_span(t, message->before);
  const struct source *source = &t->program->sources->files[at.file];
  uint32_t line_start = source->line_starts[before->line - 1];
  struct text indent = {source->bytes.at + line_start, at.at - line_start};
  struct text done = t->graph->steps[message->done].label;
  struct text label = free_label(t, done);
  struct text line = text_format(t->diags->arena, "%.*s%.*s: %.*s tells %.*s \"Done: %.*s.\"\n",
                                 TEXT_ARG(indent), TEXT_ARG(label), TEXT_ARG(message->sender),
                                 TEXT_ARG(message->hearer), TEXT_ARG(done));
  diag_add_fix(t->diags, diag, FIX_SAFE, (struct span){at.file, line_start, 0}, line,
               "write before `%.*s`: %.*s", TEXT_ARG(before->label),
               TEXT_ARG(((struct text){line.at + indent.length, line.length - indent.length - 1})));
  return true;
}

void tell_add_move(const struct telling *t, struct diag *diag, const struct proof_finding *f)
{
  (void)t;
  (void)diag;
  (void)f;
}
