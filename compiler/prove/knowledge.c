/* SPDX-License-Identifier: Apache-2.0 */
/* knowledge: see knowledge.h. */
#include "compiler/prove/knowledge_int.h"

void knowledge_find(struct knowledge *knowledge, const struct graph *graph,
                    const struct program *program, struct diag_list *diags)
{
  *knowledge = (struct knowledge){.graph = graph, .program = program, .diags = diags};
  struct judging j = {.out = knowledge, .graph = graph, .program = program, .diags = diags};
  uint32_t errors_before = diags->error_count;
  j.arena = arena_new("knowledge", 0);
  text_map_start(&j.said, j.arena);
  people_judge(&j);
  artefacts_judge(&j);
  order_judge(&j);
  knowledge->has_errors = diags->error_count != errors_before;
  arena_free(j.arena);
}

static bool same_statement(const struct step *a, const struct step *b)
{
  return a->source == b->source && a->line == b->line && a->column == b->column;
}

void knowledge_refuse(struct knowledge *knowledge, uint32_t after)
{
  const struct step *steps = knowledge->graph->steps;
  for (uint32_t i = 0; i < knowledge->gap_count; i++)
    if (same_statement(&steps[knowledge->gaps[i].after], &steps[after]))
      knowledge->gaps[i].is_refused = true;
}

/* The exchange that a restart is about. */
static bool is_exchange(const struct step *step)
{
  return step->effect == EFFECT_SET_ALIAS || step->effect == EFFECT_ACTIVATE;
}

static bool is_restart(const struct step *step)
{
  return step->effect == EFFECT_RESTART || step->effect == EFFECT_START ||
         step->effect == EFFECT_DEPLOY;
}

bool knowledge_is_restart(const struct graph *graph, const struct knowledge_gap *gap)
{
  return is_exchange(&graph->steps[gap->before]) && is_restart(&graph->steps[gap->after]);
}

static void report_untold(struct judging *j, const struct step *step)
{
  struct text role = role_word(j, step->role);
  if (!first_time(j, DIAG_W0514, step, role))
    return;
  struct diag *diag = diag_add(j->diags, DIAG_W0514, step_span(j, step),
                               "nobody tells `%.*s` when to begin", TEXT_ARG(role));
  diag_set_label(j->diags, diag, "its first step, and no `tells` or `gives` to it stands before");
  diag_add_help(j->diags, diag, "write before it: ask-%.*s: ROLE tells %.*s \"...\"",
                TEXT_ARG(step->label), TEXT_ARG(role));
}

static void report_gap(struct judging *j, const struct knowledge_gap *gap)
{
  const struct step *before = &j->graph->steps[gap->before];
  const struct step *after = &j->graph->steps[gap->after];
  struct text from = role_word(j, before->role), to = role_word(j, after->role);
  enum diag_code code = knowledge_is_restart(j->graph, gap) ? DIAG_W0511 : DIAG_W0505;
  if (!first_time(j, code, after, from))
    return;
  struct diag *diag =
      diag_add(j->diags, code, step_span(j, after), "`%.*s` cannot know that `%.*s` is done",
               TEXT_ARG(to), TEXT_ARG(before->label));
  diag_set_label(j->diags, diag,
                 code == DIAG_W0511 ? "a restart before the exchange loads the old key pair again"
                                    : "this step comes after it, and no message says so");
  diag_add_label(j->diags, diag, step_span(j, before), "`%.*s` does it here", TEXT_ARG(from));
  struct text label = text_format(j->arena, "report-%.*s", TEXT_ARG(before->label));
  struct text line =
      text_format(j->arena, "%.*s: %.*s tells %.*s \"%.*s is done.\"", TEXT_ARG(label),
                  TEXT_ARG(from), TEXT_ARG(to), TEXT_ARG(before->label));
  propose_line_before(j, diag, after, label, line);
}

void knowledge_report(struct knowledge *knowledge)
{
  /* A gap is often what the error left behind: its cause is said. */
  if (knowledge->has_errors)
    return;
  struct judging j = {.out = knowledge,
                      .graph = knowledge->graph,
                      .program = knowledge->program,
                      .diags = knowledge->diags};
  j.arena = arena_new("knowledge", 0);
  text_map_start(&j.said, j.arena);
  for (uint32_t i = 0; i < knowledge->gap_count; i++)
    if (!knowledge->gaps[i].is_refused) {
      if (knowledge->gaps[i].before == INDEX_NONE)
        report_untold(&j, &j.graph->steps[knowledge->gaps[i].after]);
      else
        report_gap(&j, &knowledge->gaps[i]);
    }
  arena_free(j.arena);
}
