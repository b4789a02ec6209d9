/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skip: a person leaves a step out. What the step would have changed is then missing to all that comes
 * behind it, so the guard is asked first: the rest of the plan, with the step and without it, from the
 * world as the run believes it to be.
 *
 * (1) Refused (E1124) is what breaks, in the rest, a connection that is not broken with the step; what
 *     leaves a caller stopped; and what leaves a caller with the old certificate until it expires.
 * (2) What the guard knows nothing of (a key that was not made, a check) is refused where a later step that
 *     changes something comes behind it (E1119); a message is not: its word goes another way.
 */
#include "runtime/engine/belief.h"
#include "runtime/engine/signoff_int.h"

enum { TRACE_MAX = 12 };

static uint32_t relying_step(const struct graph *graph, uint32_t index,
                             const enum step_status *statuses)
{
  struct arena *arena = arena_new("skip", 0);
  bool *relies = arena_array(arena, graph->step_count, sizeof *relies);
  uint32_t found = INDEX_NONE;
  relies[index] = true;
  for (uint32_t i = index + 1; i < graph->step_count && found == INDEX_NONE; i++) {
    const struct step *step = &graph->steps[i];
    for (uint32_t k = 0; k < step->waits_for.count; k++)
      relies[i] = relies[i] || relies[graph->indices[step->waits_for.first + k]];
    if (relies[i] && step->kind == STEP_ACTION && verb_rows[step->verb].enters &&
        statuses[i] != STEP_DONE && statuses[i] != STEP_SKIPPED)
      found = i;
  }
  arena_free(arena);
  return found;
}

/* The rest of the plan, told twice. */
struct leaving {
  const struct signing *signing;
  const enum step_status *statuses;
  struct belief with, without;
  struct text breaks; /* what happens without the step */
  uint32_t at;        /* the step that does it; INDEX_NONE: when all is done */
};

static bool is_settled(enum step_status status)
{
  return status == STEP_DONE || status == STEP_SKIPPED;
}

static bool has_value(const struct belief *b, uint32_t row, unsigned value)
{
  return row != ROW_NONE && (b->may[row] & 1u << value) != 0;
}

static struct text caller_words(const struct leaving *l, uint32_t at)
{
  const struct link *link = &l->without.reading.links[at];
  return text_format(l->signing->arena, "`%.*s`%s%.*s",
                     TEXT_ARG(l->signing->graph->resources[link->caller].name),
                     link->node.length == 0 ? "" : " on ", TEXT_ARG(link->node));
}

/* What is left behind when all else is done. */
static bool find_left_behind(struct leaving *l)
{
  const struct graph *graph = l->signing->graph;
  for (uint32_t i = 0; i < l->without.reading.link_count; i++) {
    const struct link *link = &l->without.reading.links[i];
    struct text certificate = graph->resources[link->certificate].name;
    if (link->runs != ROW_NONE && has_value(&l->with, link->runs, HOLDS_YES) &&
        !has_value(&l->without, link->runs, HOLDS_YES)) {
      l->breaks =
          text_format(l->signing->arena, "%.*s stays stopped", TEXT_ARG(caller_words(l, i)));
      return true;
    }
    bool is_old = (l->without.shows[i] & 1u << HOLDS_OLD) != 0;
    if (is_old && (l->with.shows[i] & 1u << HOLDS_OLD) == 0) {
      l->breaks = text_format(l->signing->arena,
                              "%.*s may go on showing `%.*s.old`, which nobody accepts once it has "
                              "expired",
                              TEXT_ARG(caller_words(l, i)), TEXT_ARG(certificate));
      return true;
    }
  }
  return false;
}

static bool find_break(struct leaving *l)
{
  const struct graph *graph = l->signing->graph;
  struct clash clash;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    bool is_left_out = i == l->signing->step;
    if (graph->steps[i].kind != STEP_ACTION || is_settled(l->statuses[i]))
      continue;
    belief_take(&l->with, i, STEP_INTENT, false, true);
    if (!is_left_out)
      belief_take(&l->without, i, STEP_INTENT, false, true);
    if (belief_find_clash(&l->without, &l->with, i, &clash)) {
      l->at = is_left_out ? INDEX_NONE : i;
      l->breaks = clash_words(l->signing->arena, &l->without, &clash);
      return true;
    }
    belief_take(&l->with, i, STEP_DONE, false, true);
    if (!is_left_out)
      belief_take(&l->without, i, STEP_DONE, false, true);
  }
  return find_left_behind(l);
}

/* "`exchange`, `restart[node-b]`": what the rest does on the way to it. */
static struct text trace_of(const struct leaving *l)
{
  const struct graph *graph = l->signing->graph;
  struct text trace = TEXT_NONE;
  uint32_t count = 0;
  for (uint32_t i = 0; i < graph->step_count && (l->at == INDEX_NONE || i <= l->at); i++) {
    if (graph->steps[i].kind != STEP_ACTION || is_settled(l->statuses[i]) ||
        i == l->signing->step || !belief_concerns(&l->without, i))
      continue;
    if (count++ == TRACE_MAX)
      return text_format(l->signing->arena, "%.*s, ...", TEXT_ARG(trace));
    trace = text_format(l->signing->arena, "%.*s%s`%.*s`", TEXT_ARG(trace),
                        trace.length == 0 ? "" : ", ", TEXT_ARG(graph->steps[i].id));
  }
  return trace;
}

static enum signing_result refuse(const struct signing *signing, struct diag *diag,
                                  struct diag_list *diags)
{
  diag_add_help(diags, diag,
                "remove the cause and `renew retry %.*s %.*s`, or end the run: renew "
                "cancel %.*s --because \"...\"",
                TEXT_ARG(signing->run->id),
                TEXT_ARG(text_shell_word(signing->arena, signing->graph->steps[signing->step].id)),
                TEXT_ARG(signing->run->id));
  return SIGNING_REFUSED;
}

static enum signing_result refuse_break(const struct leaving *l, struct diag_list *diags)
{
  const struct graph *graph = l->signing->graph;
  struct text id = graph->steps[l->signing->step].id, trace = trace_of(l);
  struct diag *diag =
      l->at == INDEX_NONE
          ? diag_add_nowhere(diags, DIAG_E1124, "`%.*s` is not left out: without it %.*s",
                             TEXT_ARG(id), TEXT_ARG(l->breaks))
          : diag_add_nowhere(diags, DIAG_E1124,
                             "`%.*s` is not left out: without it, when `%.*s` is done, %.*s",
                             TEXT_ARG(id), TEXT_ARG(graph->steps[l->at].id), TEXT_ARG(l->breaks));
  if (trace.length != 0)
    diag_add_note(diags, diag, "the way there: %.*s", TEXT_ARG(trace));
  return refuse(l->signing, diag, diags);
}

/* The proof rests on it, whatever the guard finds in the order of the text. */
static bool rests_on(const struct signing *signing, const enum step_status *statuses)
{
  const struct graph *graph = signing->graph;
  for (uint32_t i = 0; i < graph->order_count; i++)
    if (graph->orders[i].before == signing->step && !is_settled(statuses[graph->orders[i].after]))
      return true;
  return false;
}

static enum signing_result ask_guard(const struct signing *signing,
                                     const enum step_status *statuses, struct diag_list *diags)
{
  const struct graph *graph = signing->graph;
  const struct step *step = &graph->steps[signing->step];
  struct leaving l = {.signing = signing, .statuses = statuses, .at = INDEX_NONE};
  struct journal_row *rows;
  size_t row_count;
  store_journal(signing->store, signing->arena, signing->run->id, &rows, &row_count);
  belief_make(&l.without, signing->arena, graph, false);
  belief_read(&l.without, NULL, rows, row_count);
  bool concerns = belief_concerns(&l.without, signing->step);
  if (concerns) {
    belief_copy(&l.with, &l.without, signing->arena);
    if (find_break(&l))
      return refuse_break(&l, diags);
  }
  uint32_t relying = relying_step(graph, signing->step, statuses);
  bool is_harmless = concerns && !rests_on(signing, statuses);
  /* What a message says, the person who leaves it out says to the other in another way. */
  if (relying == INDEX_NONE || step->effect == EFFECT_MESSAGE || is_harmless)
    return SIGNING_OK;
  struct diag *diag = diag_add_nowhere(
      diags, DIAG_E1119, "step `%.*s` cannot be left out: `%.*s` comes after it and relies on it",
      TEXT_ARG(step->id), TEXT_ARG(graph->steps[relying].id));
  diag_add_note(diags, diag, "`%.*s` %s something; without `%.*s` it may break the connection",
                TEXT_ARG(graph->steps[relying].id), verb_rows[graph->steps[relying].verb].word,
                TEXT_ARG(step->id));
  return refuse(signing, diag, diags);
}

enum signing_result signoff_skip(const struct signing *signing, struct diag_list *diags)
{
  struct step_row row = signoff_read_row(signing);
  if (row.status != STEP_PENDING && row.status != STEP_WAITING && row.status != STEP_FAILED &&
      row.status != STEP_UNDONE)
    return signoff_refuse_state(signing, &row, "it cannot be left out any more", diags);
  enum step_status *statuses =
      signoff_statuses(signing->arena, signing->store, signing->graph, signing->run->id);
  enum signing_result result = ask_guard(signing, statuses, diags);
  if (result != SIGNING_OK)
    return result;
  struct change change = signoff_change_start(signing, &row, RECORD_SKIP, STEP_SKIPPED);
  change.row.says = text_format(signing->arena, "left out by %.*s: %.*s", TEXT_ARG(signing->signer),
                                TEXT_ARG(signing->because));
  record_add_text(&change.record, "reason", TEXT("person"));
  return signoff_change_write(signing, &change, diags);
}
