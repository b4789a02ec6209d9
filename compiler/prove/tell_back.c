/* SPDX-License-Identifier: Apache-2.0 */
/* tell_back: what breaks the connection when a step has failed: its roll-back, or going on without it. Both
 * have a graph of their own. */
#include "compiler/prove/tell.h"

/* The step that puts back: the last one of the way back. */
static uint32_t undo_of(const struct telling *back)
{
  return back->graph->step_count - 1;
}

static struct text what_happens(const struct telling *back, const struct proof_finding *f)
{
  const struct connection *c =
      f->connection == INDEX_NONE ? NULL : &back->proof->model->connections[f->connection];
  struct arena *arena = back->diags->arena;
  if (f->code == DIAG_E0616)
    return TEXT(
        "nothing says whether it comes before or behind another step that changes the same");
  if (c == NULL)
    return TEXT("what it puts there is known only when it happens");
  if (f->code == DIAG_E0603 && f->trace_count == 0)
    return text_format(arena, "this may come before, and then %.*s may go on with %.*s.old",
                       TEXT_ARG(tell_who(back, f)),
                       TEXT_ARG(tell_name(back, c->call->certificate)));
  if (f->version == HELD_NONE)
    return text_format(arena, "%.*s may then find no key pair", TEXT_ARG(tell_who(back, f)));
  return text_format(arena, "%.*s may then present %.*s.%s, and `%.*s` refuses it",
                     TEXT_ARG(tell_who(back, f)), TEXT_ARG(tell_name(back, c->call->certificate)),
                     f->version == HELD_OLD ? "old" : "new",
                     TEXT_ARG(tell_name(back, c->call->receiver)));
}

void tell_back(const struct telling *t, const struct proof_finding *f)
{
  const struct telling back = {f->way_back, f->way_back->graph, t->program, t->diags};
  struct text id = tell_id(t, f->early);
  struct diag *diag =
      t->program == NULL
          ? diag_add_nowhere(t->diags, f->code, "the roll-back of `%.*s` breaks the connection",
                             TEXT_ARG(id))
          : diag_add(t->diags, f->code, tell_step_span(&back, undo_of(&back)),
                     "the roll-back of `%.*s` breaks the connection", TEXT_ARG(id));
  if (back.proof->finding_count != 0) {
    const struct proof_finding *found = &back.proof->findings[0];
    struct text happens = what_happens(&back, found);
    diag_set_label(t->diags, diag, "%.*s", TEXT_ARG(happens));
    tell_note_trace(&back, found, diag);
  }
  tell_label_step(t, diag, f->early, "when this or a check of it fails%.*s%.*s", TEXT_NONE,
                  TEXT_NONE);
  diag_add_help(t->diags, diag,
                "put back only what `%.*s` itself has changed, or write `on failure stop`",
                TEXT_ARG(id));
}

void tell_unsent(const struct telling *t, const struct proof_finding *f)
{
  const struct telling without = {f->way_back, f->way_back->graph, t->program, t->diags};
  const struct step *step = &t->graph->steps[f->early];
  const struct proof_finding *found =
      f->way_back->finding_count == 0 ? NULL : &f->way_back->findings[0];
  bool fails = step->on_failure == FAILURE_CONTINUE;
  struct diag *diag =
      tell_start(t, f, f->early, "a later step relies on `%s`, which not every run has",
                 text_zero(t->diags->arena, tell_id(t, f->early)));
  diag_set_label(t->diags, diag,
                 fails ? "by `on failure continue` nobody need hear of it"
                       : "where its condition is no, nobody hears of it");
  if (found != NULL) {
    struct text happens = what_happens(&without, found);
    uint32_t at =
        found->code == DIAG_E0603 && found->late != INDEX_NONE ? found->late : found->early;
    if (at != INDEX_NONE && at != f->early)
      tell_label_step(t, diag, at, "%.*s%.*s", happens, TEXT_NONE);
    tell_note_trace(&without, found, diag);
  }
  if (f->when.length != 0)
    diag_add_note(t->diags, diag, "this is the case in which %.*s", TEXT_ARG(f->when));
  diag_add_help(t->diags, diag,
                fails ? "write into its block: on failure stop"
                      : "write the message without `when`, behind what it tells of");
}

/* "`a` fails", "`a` and `b` both fail", "`a` and 3 more fail" */
static const char *who_fails(const struct telling *t, const struct proof_finding *f)
{
  struct text said =
      f->node_count < 2
          ? text_format(t->diags->arena, "`%.*s` fails", TEXT_ARG(tell_id(t, f->early)))
      : f->node_count == 2 ? text_format(t->diags->arena, "`%.*s` and `%.*s` both fail",
                                         TEXT_ARG(f->nodes[0]), TEXT_ARG(f->nodes[1]))
                           : text_format(t->diags->arena, "`%.*s` and %u more fail",
                                         TEXT_ARG(f->nodes[0]), f->node_count - 1);
  return text_zero(t->diags->arena, said);
}

void tell_going_on(const struct telling *t, const struct proof_finding *f)
{
  const struct telling without = {f->way_back, f->way_back->graph, t->program, t->diags};
  const struct proof_finding *found =
      f->way_back->finding_count == 0 ? NULL : &f->way_back->findings[0];
  struct diag *diag = tell_start(
      t, f, f->early, "where %s, the plan goes on and breaks the connection", who_fails(t, f));
  diag_set_label(t->diags, diag, "by `on failure continue` a failure counts as left out");
  for (uint32_t i = 1; i < f->node_count; i++)
    tell_label_step(t, diag, graph_find_step(t->graph, f->nodes[i]), "and so does this one%.*s%.*s",
                    TEXT_NONE, TEXT_NONE);
  if (found != NULL) {
    struct text happens = what_happens(&without, found);
    if (found->early != INDEX_NONE && found->early != f->early)
      tell_label_step(t, diag, found->early, "%.*s%.*s", happens, TEXT_NONE);
    tell_note_trace(&without, found, diag);
  }
  diag_add_help(t->diags, diag, "write into its block: on failure stop");
}
