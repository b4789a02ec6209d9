/* SPDX-License-Identifier: Apache-2.0 */
/* tell_goals: what the plan says that it does, and does not; what the proof cannot decide. */
#include "compiler/prove/tell.h"

void tell_616(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag =
      tell_start(t, f, f->early, "two steps write the same thing, and nothing orders them%s", "");
  diag_set_label(t->diags, diag, "which of the two comes last decides");
  tell_label_step(t, diag, f->late, "the other one%.*s%.*s", TEXT_NONE, TEXT_NONE);
  if (f->is_untold)
    tell_untold(t, f, diag);
  else
    diag_add_help(t->diags, diag,
                  "write `after %.*s` behind one of them, or take them out of `together`",
                  TEXT_ARG(t->graph->steps[f->late].label));
}

/* Old and new are easily confused: `replaces C.new with C.old`. */
static uint32_t puts_back(const struct graph *graph, uint32_t resource)
{
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    const struct argument *with = step_argument(graph, step, PART_WITH, 0);
    if (step->kind == STEP_ACTION && step->effect == EFFECT_SET_ALIAS && with != NULL &&
        with->kind == ARGUMENT_RESOURCE && with->resource == resource &&
        with->members[0] == MEMBER_OLD)
      return i;
  }
  return INDEX_NONE;
}

void tell_619(const struct telling *t, const struct proof_finding *f)
{
  struct text name = tell_name(t, f->resource);
  struct diag *diag;
  if (t->program == NULL)
    diag = diag_add_nowhere(t->diags, f->code, "no step renews `%.*s`", TEXT_ARG(name));
  else
    diag = diag_add(t->diags, f->code, tell_key_span(t, t->graph->plan_resource, KEY_RENEWS),
                    "no step renews `%.*s`", TEXT_ARG(name));
  diag_set_label(t->diags, diag, "the plan says so, but nothing puts %.*s.new into use",
                 TEXT_ARG(name));
  uint32_t back = puts_back(t->graph, f->resource);
  tell_label_step(t, diag, back, "this step puts %.*s.old into use, not the new one%.*s", name,
                  TEXT_NONE);
  if (t->graph->resources[f->resource].kind == KIND_SERVICEKEY)
    diag_add_help(t->diags, diag, "write: ROLE creates %.*s.new in INSTANCE", TEXT_ARG(name));
  else if (back != INDEX_NONE)
    diag_add_help(t->diags, diag, "write there: replaces %.*s.old with %.*s.new", TEXT_ARG(name),
                  TEXT_ARG(name));
  else
    diag_add_help(t->diags, diag, "write: ROLE replaces %.*s.old with %.*s.new in KEYSTORE",
                  TEXT_ARG(name), TEXT_ARG(name));
}

void tell_624(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct diag *diag = f->early == INDEX_NONE
                          ? tell_start_plan(t, f, "this cannot be proven")
                          : tell_start(t, f, f->early, "this cannot be proven%s", "");
  if (c == NULL && f->early != INDEX_NONE) {
    diag_set_label(t->diags, diag, "what it puts there is known only when it happens");
    diag_add_help(t->diags, diag, "write it as `undo:` of the step that it takes back");
    return;
  }
  if (c == NULL) {
    diag_set_label(t->diags, diag, "the plan is too large for the proof to come to an end");
  } else if (f->early == INDEX_NONE) {
    diag_set_label(t->diags, diag, "too many repetitions meet in what `%.*s` presents to `%.*s`",
                   TEXT_ARG(tell_name(t, c->presenter)), TEXT_ARG(tell_name(t, c->receiver)));
  } else {
    diag_set_label(
        t->diags, diag,
        "with its condition more than %d decide whether `%.*s` accepts what `%.*s` presents",
        ATOMS_MAX, TEXT_ARG(tell_name(t, c->receiver)), TEXT_ARG(tell_name(t, c->presenter)));
    if (f->late != f->early)
      tell_label_step(t, diag, f->late, "the first of them%.*s%.*s", TEXT_NONE, TEXT_NONE);
    diag_add_help(t->diags, diag,
                  "let fewer conditions decide about one connection, or split the plan");
    return;
  }
  diag_add_help(t->diags, diag, "split the plan");
}

void tell_627(const struct telling *t, const struct proof_finding *f)
{
  bool signs = t->graph->steps[f->early].effect == EFFECT_SIGN;
  struct text name = tell_name(t, f->resource);
  struct diag *diag = tell_start(t, f, f->early, "`%s.new` is used before it is there",
                                 text_zero(t->diags->arena, name));
  if (f->when.length != 0) {
    diag_set_label(t->diags, diag, signs ? "its key pair is not created in every case"
                                         : "it is not signed in every case");
    tell_note_case(t, f, diag);
    return;
  }
  diag_set_label(t->diags, diag,
                 f->late == INDEX_NONE
                     ? signs ? "no step creates its key pair" : "no step gets it signed"
                     : "this step comes first");
  tell_label_step(t, diag, f->late, "it is there only from here on%.*s%.*s", TEXT_NONE, TEXT_NONE);
  if (f->late != INDEX_NONE)
    diag_add_help(t->diags, diag, "move `%.*s` before `%.*s`", TEXT_ARG(tell_id(t, f->late)),
                  TEXT_ARG(tell_id(t, f->early)));
  else if (signs)
    diag_add_help(t->diags, diag, "write a step before it: ROLE creates %.*s.new", TEXT_ARG(name));
  else
    diag_add_help(t->diags, diag,
                  "write two steps before it: ROLE creates %.*s.new, and ROLE gets "
                  "%.*s.new signed by CA",
                  TEXT_ARG(name), TEXT_ARG(name));
}

void tell_628(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "`%s` is renewed twice in one plan",
                                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "what would be old and what new here?");
  tell_label_step(t, diag, f->late, "it is exchanged here already%.*s%.*s", TEXT_NONE, TEXT_NONE);
  diag_add_help(t->diags, diag, "take one of the two steps away, or write a second plan");
}

void tell_915(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag =
      tell_start(t, f, f->early, "a key is made in `%s` before the instance is there",
                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag,
                 events_in_text(t->proof->events, f->early, f->late) ? "this step comes first"
                                                                    : "this step may come first");
  tell_label_step(t, diag, f->late, "the instance is created here%.*s%.*s", TEXT_NONE, TEXT_NONE);
  diag_add_help(t->diags, diag, "move `%.*s` before `%.*s`", TEXT_ARG(tell_id(t, f->late)),
                TEXT_ARG(tell_id(t, f->early)));
}
