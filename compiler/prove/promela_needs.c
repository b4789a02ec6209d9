/* SPDX-License-Identifier: Apache-2.0 */
/* promela_needs: behind which steps one stands, as far as those who do it can know. Not from events.c. */
#include "compiler/prove/promela_int.h"

/* Who does and hears a step is read here once more, and not taken from events.c: a model that shared the
 * prover's reading would agree with its mistakes. */
static bool acts(const struct graph *graph, const struct step *step, uint32_t role)
{
  for (uint32_t i = 0; i < step->roles.count; i++)
    if (graph->indices[step->roles.first + i] == role)
      return true;
  return step->role == role;
}

static bool is_told(const struct graph *graph, const struct step *step, uint32_t role)
{
  if (step->effect != EFFECT_DELIVER && step->effect != EFFECT_MESSAGE)
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if ((argument->part == PART_RECIPIENT || argument->part == PART_OBJECT) &&
        argument->kind == ARGUMENT_RESOURCE && argument->resource == role)
      return true;
  }
  return false;
}

static bool bit(const uint64_t *row, uint32_t at)
{
  return (row[at / 64] >> (at % 64) & 1) != 0;
}

static void set_bit(uint64_t *row, uint32_t at)
{
  row[at / 64] |= UINT64_C(1) << (at % 64);
}

bool promela_may_be_missing(const struct graph *graph, const struct step *step)
{
  bool is_always = step->guard == INDEX_NONE || (graph->guards[step->guard].op == GUARD_CONSTANT &&
                                                 graph->guards[step->guard].left != 0);
  return !is_always || step->on_failure == FAILURE_CONTINUE;
}

/* Who does a step keeps his place whether it happens or not; the others need not have heard of it. */
static void note_how(struct promela *p, uint32_t step, uint32_t before, uint32_t role)
{
  const struct step *now = &p->graph->steps[step], *done = &p->graph->steps[before];
  bool self = now->role == role || !promela_may_be_missing(p->graph, now);
  bool other = done->role == role || !promela_may_be_missing(p->graph, done);
  enum promela_how how = self && other ? HOW_ALWAYS
                         : self        ? HOW_OTHER
                         : other       ? HOW_ITSELF
                                       : HOW_BOTH;
  p->hows[(size_t)step * p->graph->step_count + before] |= (uint8_t)(1u << how);
}

/* What one of its people knows of: what they did, and what somebody told them. */
static void note_need(struct promela *p, uint32_t step, uint32_t before, uint32_t role)
{
  const struct step *done = &p->graph->steps[before];
  if (acts(p->graph, done, role) || is_told(p->graph, done, role))
    note_how(p, step, before, role);
  if (acts(p->graph, done, role)) {
    set_bit(&p->needs[step * p->words], before);
  } else if (is_told(p->graph, done, role)) {
    set_bit(&p->needs[step * p->words], before);
    set_bit(&p->told[step * p->words], before);
  }
}

/* Behind which steps of the text this one stands, as far as those who do it or sign it can know. */
void promela_find_needs(struct promela *p)
{
  const struct graph *graph = p->graph;
  p->words = graph->step_count / 64 + 1;
  uint64_t *text = arena_array(p->arena, p->words * (graph->step_count + 1), sizeof *text);
  p->needs = arena_array(p->arena, p->words * (graph->step_count + 1), sizeof *text);
  p->told = arena_array(p->arena, p->words * (graph->step_count + 1), sizeof *text);
  p->hows = arena_array(p->arena, (size_t)graph->step_count * graph->step_count + 1, 1);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    uint64_t *row = &text[i * p->words];
    for (uint32_t n = 0; n < step->waits_for.count; n++) {
      uint32_t before = graph->indices[step->waits_for.first + n];
      set_bit(row, before);
      for (size_t w = 0; w < p->words; w++)
        row[w] |= text[before * p->words + w];
    }
    for (uint32_t j = 0; step->kind != STEP_JOIN && j < i; j++) {
      if (!bit(row, j) || graph->steps[j].kind == STEP_JOIN)
        continue;
      note_need(p, i, j, step->role);
      for (uint32_t r = 0; r < step->roles.count; r++)
        note_need(p, i, j, graph->indices[step->roles.first + r]);
      if (step->needs_sign_off && step->sign_off_role != INDEX_NONE)
        note_need(p, i, j, step->sign_off_role);
    }
  }
}

uint8_t promela_hows(const struct promela *p, uint32_t step, uint32_t before)
{
  return p->hows[(size_t)step * p->graph->step_count + before];
}

static bool is_always_behind(const struct promela *p, uint32_t step, uint32_t before)
{
  return (promela_hows(p, step, before) & 1u << HOW_ALWAYS) != 0;
}

/* Left out where another one that is needed in any case needs it itself. */
bool promela_is_said(const struct promela *p, uint32_t step, uint32_t before)
{
  const uint64_t *needs = &p->needs[step * p->words];
  if (!bit(needs, before))
    return false;
  for (uint32_t j = before + 1; j < step; j++)
    if (is_always_behind(p, step, j) && is_always_behind(p, j, before))
      return false;
  return true;
}

bool promela_was_told(const struct promela *p, uint32_t step, uint32_t before)
{
  return bit(&p->told[step * p->words], before);
}
