/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_review: a plan as a comment of a merge request: verdict, the phases of the proof, obligations,
 * assumptions, open sets, what it touches, the steps. Markdown.
 *
 * (1) Never longer than REVIEW_BYTES_MAX, and nothing is cut without a word: each part says how many of
 *     its lines are left out and where they can be read.
 * (2) What the verdict is, and what it rests on, is given: the checker or the proof says it.
 */
#include "compiler/graph/view_int.h"

#include <inttypes.h>

enum { PART_BYTES_MAX = 9000, TAIL_BYTES = 600 };

struct review_writer {
  const struct graph *graph;
  const struct review *review;
  struct arena *arena;
  struct buffer *out;
  struct buffer row;
  size_t limit; /* of the part that is being written */
  uint32_t left_out;
};

static void begin_part(struct review_writer *w, const char *title, size_t bytes)
{
  buffer_format(w->out, "\n### %s\n\n", title);
  w->limit = w->out->size_bytes + bytes;
  if (w->limit > REVIEW_BYTES_MAX - TAIL_BYTES)
    w->limit = REVIEW_BYTES_MAX - TAIL_BYTES;
  w->left_out = 0;
}

/* The row stands, or is counted: once one is left out, all behind it are. */
static void end_row(struct review_writer *w)
{
  if (w->left_out == 0 && w->out->size_bytes + w->row.size_bytes <= w->limit)
    buffer_add_text(w->out, buffer_text(&w->row));
  else
    w->left_out++;
  w->row.size_bytes = 0;
}

static void end_part_with(struct review_writer *w, const char *what, const char *command,
                          const char *option)
{
  if (w->left_out != 0)
    buffer_format(w->out, "\n**%" PRIu32 " more %s not shown here:** `renew %s %.*s %s`\n",
                  w->left_out, what, command, TEXT_ARG(w->review->name), option);
}

static void end_part(struct review_writer *w, const char *what)
{
  end_part_with(w, what, "show", "--as md");
}

static void cell(struct review_writer *w, struct text text)
{
  view_markdown_text(text_visible(w->arena, text), &w->row);
}

static void write_head(struct review_writer *w)
{
  const struct graph *graph = w->graph;
  buffer_add_zero(&w->row, "## ");
  cell(w, view_fit(w->arena, graph->title.length != 0 ? graph->title : graph->name, 200));
  buffer_add_zero(&w->row, "\n\n**Verdict: ");
  cell(w, w->review->verdict);
  buffer_add_zero(&w->row, ".** ");
  cell(w, w->review->why);
  buffer_format(&w->row, "\n\n`%.*s`, policy %.*s", TEXT_ARG(graph->name), TEXT_ARG(graph->policy));
  const struct graph_value *window =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  if (window != NULL)
    buffer_format(&w->row, ", window `%.*s`", TEXT_ARG(graph->resources[window->resource].name));
  if (graph->change.length != 0) {
    buffer_add_zero(&w->row, ", change ");
    cell(w, view_fit(w->arena, graph->change, 100));
  }
  buffer_format(&w->row, ", %u steps\n\n", graph->action_count);
  buffer_format(&w->row, "| digest | |\n|---|---|\n| template | `%.*s` |\n| plan | `%.*s` |\n",
                TEXT_ARG(graph->template_digest), TEXT_ARG(w->review->digest));
  buffer_add_text(w->out, buffer_text(&w->row));
  w->row.size_bytes = 0;
}

static void write_claims(struct review_writer *w)
{
  const struct review *review = w->review;
  begin_part(w, "Obligations", PART_BYTES_MAX);
  for (uint32_t i = 0; i < review->obligation_count; i++) {
    buffer_add_zero(&w->row, "- ");
    cell(w, review->obligations[i]);
    buffer_add_zero(&w->row, "\n");
    end_row(w);
  }
  if (review->obligation_count == 0)
    buffer_add_zero(w->out, "none\n");
  end_part(w, "obligations");
  begin_part(w, "Assumptions", PART_BYTES_MAX);
  if (review->assumption_count == 0)
    buffer_add_zero(w->out, "none\n");
  else
    buffer_add_zero(w->out, "| | Assumption | Rests on |\n|---|---|---|\n");
  for (uint32_t i = 0; i < review->assumption_count; i++) {
    const struct review_assumption *one = &review->assumptions[i];
    buffer_format(&w->row, "| %s | ", one->id);
    cell(w, one->says);
    buffer_format(&w->row, " | %s |\n", one->standing);
    end_row(w);
  }
  end_part(w, "assumptions");
}

/* Who presents what, phase by phase, and why the order of the steps is as it is. */
static void write_phases(struct review_writer *w)
{
  const struct review *review = w->review;
  if (review->phase_count == 0)
    return;
  begin_part(w, "Who presents what, and what is accepted", PART_BYTES_MAX);
  buffer_add_zero(w->out, "| From step | May be presented | Is accepted |\n|---|---|---|\n");
  for (uint32_t i = 0; i < review->phase_count; i++) {
    const struct review_phase *phase = &review->phases[i];
    if (phase->who.length != 0) {
      buffer_add_zero(&w->row, "| **");
      cell(w, phase->who);
      buffer_add_zero(&w->row, "** | | |\n");
    }
    buffer_add_zero(&w->row, "| ");
    cell(w, phase->from);
    buffer_add_zero(&w->row, " | ");
    cell(w, phase->presents);
    buffer_add_zero(&w->row, " | ");
    cell(w, phase->accepts);
    buffer_add_zero(&w->row, " |\n");
    end_row(w);
  }
  end_part_with(w, "phases are", "check", "--explain-safety");
  begin_part(w, "What the order is for", PART_BYTES_MAX);
  for (uint32_t i = 0; i < review->order_count; i++) {
    buffer_format(&w->row, "- `%.*s` before `%.*s`: ", TEXT_ARG(review->orders[i].before),
                  TEXT_ARG(review->orders[i].after));
    cell(w, review->orders[i].says);
    buffer_add_zero(&w->row, "\n");
    end_row(w);
  }
  if (review->order_count == 0)
    buffer_add_zero(w->out, "no order of steps is needed\n");
  end_part_with(w, "orders are", "check", "--explain-safety");
}

static void write_sets(struct review_writer *w)
{
  const struct graph *graph = w->graph;
  uint32_t count = 0;
  begin_part(w, "Open sets", PART_BYTES_MAX);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (graph->steps[i].kind != STEP_ACTION || graph->steps[i].effect != EFFECT_READ_SET)
      continue;
    count++;
    buffer_format(&w->row, "- step %u: ", graph->steps[i].number);
    cell(w, graph->steps[i].sentence);
    buffer_add_zero(&w->row, "\n");
    end_row(w);
  }
  if (count == 0)
    buffer_add_zero(w->out, "none\n");
  end_part(w, "open sets");
}

/* What the plan touches, by kind, in the order of the plan. */
static void write_touched(struct review_writer *w)
{
  static const struct {
    enum kind kind;
    const char *words;
  } kinds[] = {{KIND_CERTIFICATE, "certificate"},
               {KIND_CREDENTIAL, "credential"},
               {KIND_SSHKEY, "SSH key"},
               {KIND_PGPKEY, "OpenPGP key"},
               {KIND_SERVICEKEY, "service key"},
               {KIND_KEYSTORE, "keystore"},
               {KIND_SYSTEM, "system"},
               {KIND_FLOW, "flow"},
               {KIND_ABAP, "ABAP system"},
               {KIND_WINDOW, "window"}};
  const struct graph *graph = w->graph;
  begin_part(w, "Touches", PART_BYTES_MAX);
  buffer_add_zero(w->out, "| | | Owner | Steps |\n|---|---|---|---|\n");
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (uint32_t i = 0; i < graph->resource_count; i++) {
      if (graph->resources[i].kind != kinds[k].kind)
        continue;
      struct numbers numbers = {arena_array(w->arena, graph->action_count, sizeof(uint32_t)), 0};
      for (uint32_t s = 0; s < graph->step_count; s++)
        if (graph->steps[s].kind == STEP_ACTION && view_names(graph, &graph->steps[s], i))
          numbers.items[numbers.count++] = graph->steps[s].number;
      const struct graph_value *owner = graph_setting_value(graph, i, KEY_OWNER, 0);
      buffer_format(&w->row, "| %s | `%.*s` | ", kinds[k].words,
                    TEXT_ARG(graph->resources[i].name));
      if (owner != NULL && owner->resource < graph->resource_count)
        cell(w, view_title(&graph->resources[owner->resource]));
      buffer_add_zero(&w->row, " | ");
      view_say_numbers(&numbers, &w->row);
      buffer_add_zero(&w->row, " |\n");
      end_row(w);
    }
  end_part(w, "declarations");
}

static void write_steps(struct review_writer *w)
{
  const struct graph *graph = w->graph;
  begin_part(w, "Steps", REVIEW_BYTES_MAX);
  buffer_add_zero(w->out, "| | Step | Who | What | |\n|---:|---|---|---|---|\n");
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    if (w->left_out == 0) {
      struct notes notes = view_notes(w->arena, graph, step);
      buffer_format(&w->row, "| %u | `%.*s` | ", step->number, TEXT_ARG(step->id));
      cell(w, view_title(&graph->resources[step->role]));
      buffer_add_zero(&w->row, " | ");
      cell(w, step->sentence);
      buffer_add_zero(&w->row, " | ");
      for (uint32_t k = 0; k < notes.count; k++) {
        buffer_add_zero(&w->row, k == 0 ? "" : "; ");
        cell(w, notes.items[k]);
      }
      if (w->review->times != NULL && w->review->times[i].length != 0) {
        buffer_add_zero(&w->row, notes.count == 0 ? "" : "; ");
        cell(w, w->review->times[i]);
      }
      buffer_add_zero(&w->row, " |\n");
    }
    end_row(w);
  }
  end_part(w, "steps are");
}

void view_review(const struct graph *graph, const struct review *review, struct buffer *ret_bytes)
{
  struct buffer own = {0};
  struct review_writer w = {
      .graph = graph, .review = review, .arena = arena_new("view", 0), .out = &own};
  write_head(&w);
  write_phases(&w);
  write_claims(&w);
  write_sets(&w);
  write_touched(&w);
  write_steps(&w);
  buffer_add_text(ret_bytes, buffer_text(&own));
  buffer_free(&own);
  buffer_free(&w.row);
  arena_free(w.arena);
}

void review_add_obligation(struct arena *arena, struct review *review, struct text says)
{
  review->obligations = arena_grow(arena, review->obligations, review->obligation_count,
                                   review->obligation_count + 1, sizeof *review->obligations);
  review->obligations[review->obligation_count++] = says;
}

void review_add_sign_offs(struct arena *arena, const struct graph *graph, struct review *review)
{
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION || !step->needs_sign_off)
      continue;
    uint32_t role = step->sign_off_role == INDEX_NONE ? step->role : step->sign_off_role;
    review_add_obligation(arena, review,
                          text_format(arena, "step %u, %.*s, begins after %.*s has approved it",
                                      step->number, TEXT_ARG(step->id),
                                      TEXT_ARG(view_title(&graph->resources[role]))));
  }
}
