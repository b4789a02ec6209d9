/* SPDX-License-Identifier: Apache-2.0 */
/* tell_habits: what no order of the steps makes good. */
#include "compiler/prove/tell.h"

void tell_609(const struct telling *t, const struct proof_finding *f)
{
  const struct step *step = &t->graph->steps[f->early];
  struct text receiver = tell_name(t, step_argument(t->graph, step, PART_PLACE, 0)->resource);
  struct diag *diag = tell_start(t, f, f->early, "`%s` needs this root, too",
                                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "`%.*s` refuses %.*s from here on", TEXT_ARG(receiver),
                 TEXT_ARG(tell_name(t, f->resource)));
  const struct decl *decl = tell_decl(t, f->resource);
  if (decl != NULL)
    diag_add_label(t->diags, diag, decl->name_span, "it is signed by the same authority");
  diag_add_help(t->diags, diag,
                "leave the root there, or write `when not ....root.used-elsewhere`");
}

void tell_611(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "`%s` destroys something, and nobody signs for it",
                                 text_zero(t->diags->arena, tell_id(t, f->early)));
  diag_set_label(t->diags, diag, "renew does this by itself, and it cannot be put back");
  diag_add_help(t->diags, diag, "write into its block: needs sign-off");
}

void tell_612(const struct telling *t, const struct proof_finding *f)
{
  struct text name = tell_name(t, f->resource);
  struct diag *diag = tell_start(t, f, f->early, "nobody looks whether `%s.new` works",
                                 text_zero(t->diags->arena, name));
  diag_set_label(t->diags, diag, "no step behind this one looks at a connection");
  diag_add_help(t->diags, diag, "write %.*s", TEXT_ARG(tell_look(t, f->resource)));
}

void tell_613(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "the old pair of `%s` cannot be put back",
                                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "this kind of keystore gives no key out, and no step backs it up");
  diag_add_help(t->diags, diag, "write a step before it: ROLE backs-up %.*s",
                TEXT_ARG(tell_name(t, f->resource)));
}

void tell_outage(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag =
      tell_start(t, f, f->early, "this restart takes `%s` away from its own senders",
                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "undeployed, then deployed: it does not answer in between");
  diag_add_help(
      t->diags, diag,
      "write `restart by redeploy` into the flow, or tell the senders; the overlap speaks of "
      "the connections to the receiver only");
}

void tell_617(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start_plan(t, f, "nothing verifies this renewal");
  diag_set_label(t->diags, diag, "none of its steps looks at a connection");
  diag_add_help(t->diags, diag, "write %.*s", TEXT_ARG(tell_look(t, INDEX_NONE)));
}

void tell_618(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "`%s` comes before anybody has looked",
                                 text_zero(t->diags->arena, tell_id(t, f->early)));
  diag_set_label(t->diags, diag, "this cannot be taken back");
  tell_label_step(t, diag, f->late, "no look stands between the exchange and it%.*s%.*s", TEXT_NONE,
                  TEXT_NONE);
  diag_add_help(t->diags, diag, "look first: %.*s", TEXT_ARG(tell_look(t, f->resource)));
}

void tell_620(const struct telling *t, const struct proof_finding *f)
{
  struct text name = tell_name(t, f->resource);
  const struct decl *decl = tell_decl(t, f->resource);
  struct diag *diag =
      decl == NULL
          ? diag_add_nowhere(t->diags, f->code,
                             "nobody says whether `%.*s` accepts two certificates", TEXT_ARG(name))
          : diag_add(t->diags, f->code, decl->name_span,
                     "nobody says whether `%.*s` accepts two certificates", TEXT_ARG(name));
  diag_set_label(t->diags, diag, "the overlap rests on it");
  if (t->program != NULL)
    diag_add_label(t->diags, diag, tell_key_span(t, t->graph->plan_resource, KEY_POLICY), "here");
  diag_add_help(t->diags, diag, "ask its administrator, and write in it: accepts-many yes");
}

void tell_623(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "a late request to `%s` could undo this",
                                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "this writes what the other step wrote before");
  tell_label_step(t, diag, f->late, "given up and repeated, this may arrive after it%.*s%.*s",
                  TEXT_NONE, TEXT_NONE);
  diag_add_help(t->diags, diag, "replace the pair in one step: ROLE replaces ... keeping alias");
}

void tell_712(const struct telling *t, const struct proof_finding *f)
{
  struct text flow = tell_name(t, f->resource);
  struct diag *diag = tell_start(t, f, f->early, "`%s` does not let the new one in yet",
                                 text_zero(t->diags->arena, flow));
  diag_set_label(t->diags, diag, "no deployment stands between the authorization and this");
  tell_label_step(t, diag, f->late, "this is in force when the flow is deployed behind it%.*s%.*s",
                  TEXT_NONE, TEXT_NONE);
  diag_add_help(t->diags, diag, "write between them: deploy: %.*s deploys %.*s",
                TEXT_ARG(tell_role(t, f->late)), TEXT_ARG(flow));
}
