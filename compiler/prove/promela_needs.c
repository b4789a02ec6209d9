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

/* What one of its people knows of: what they did, and what somebody told them. */
static void note_need(struct promela *p, uint32_t step, uint32_t before, uint32_t role)
{
  const struct step *done = &p->graph->steps[before];
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

/* Left out where another one that is needed needs it itself. */
bool promela_is_said(const struct promela *p, uint32_t step, uint32_t before)
{
  const uint64_t *needs = &p->needs[step * p->words];
  if (!bit(needs, before))
    return false;
  for (uint32_t j = before + 1; j < step; j++)
    if (bit(needs, j) && bit(&p->needs[j * p->words], before))
      return false;
  return true;
}

bool promela_was_told(const struct promela *p, uint32_t step, uint32_t before)
{
  return bit(&p->told[step * p->words], before);
}
