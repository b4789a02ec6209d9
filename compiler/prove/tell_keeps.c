/* SPDX-License-Identifier: Apache-2.0 */
/* tell_keeps: keys without an overlap, certificates that are to be kept, and the tool's own log-on. */
#include "compiler/prove/tell.h"

void tell_633(const struct telling *t, const struct proof_finding *f)
{
  struct text name = tell_name(t, f->resource);
  struct diag *diag = tell_start(t, f, f->early, "`%s` is not pinned, and so has no overlap",
                                 text_zero(t->diags->arena, name));
  diag_set_label(t->diags, diag,
                 "once the new one is seen, the old one is refused; while the sender switches, "
                 "either may come");
  if (t->program != NULL)
    diag_add_label(t->diags, diag, tell_key_span(t, f->resource, KEY_PINNED), "here");
  diag_add_help(t->diags, diag,
                "write `pinned yes`, make a second key for the new certificate, and delete the old "
                "one last");
}

void tell_retained(const struct telling *t, uint32_t step, uint32_t resource, struct text until)
{
  struct text name = tell_name(t, resource);
  struct proof_finding f = {.code = DIAG_E0634};
  struct diag *diag = tell_start(t, &f, step, "`%s.old` is to be kept, and this takes it away",
                                 text_zero(t->diags->arena, name));
  if (until.length == 0)
    diag_set_label(t->diags, diag, "it is kept for ever");
  else
    diag_set_label(t->diags, diag, "it is kept until %.*s, and this may come before",
                   TEXT_ARG(until));
  if (t->program != NULL)
    diag_add_label(t->diags, diag, tell_key_span(t, resource, KEY_RETAIN), "so it says here");
  if (until.length == 0)
    diag_add_help(t->diags, diag, "take the step out, or the line `retain until`");
  else
    diag_add_help(t->diags, diag, "write a step before it: ROLE waits until %.*s", TEXT_ARG(until));
}

void tell_634(const struct telling *t, const struct proof_finding *f)
{
  tell_retained(t, f->early, f->resource, TEXT_NONE);
}

void tell_635(const struct telling *t, const struct proof_finding *f)
{
  struct text system = tell_name(t, f->resource);
  struct text certificate =
      tell_name(t, graph_setting_value(t->graph, f->resource, KEY_LOGIN, 1)->resource);
  struct diag *diag = tell_start(
      t, f, f->early, "renew could lock itself out of `%s`: it logs on with what the plan renews",
      text_zero(t->diags->arena, system));
  diag_set_label(t->diags, diag, "for this it logs on to `%.*s` with `%.*s.new`", TEXT_ARG(system),
                 TEXT_ARG(certificate));
  tell_label_step(t, diag, f->late,
                  "from here on it has no other, and nothing says that it is taken%.*s%.*s",
                  TEXT_NONE, TEXT_NONE);
  if (t->program != NULL)
    diag_add_label(t->diags, diag, tell_key_span(t, f->resource, KEY_LOGIN), "so it says here");
  diag_add_help(t->diags, diag,
                "let the steps on `%.*s` come before `%.*s`, or renew `%.*s` by a plan of its own",
                TEXT_ARG(system), TEXT_ARG(tell_id(t, f->late)), TEXT_ARG(certificate));
  diag_add_help(t->diags, diag, "or log on in another way: login oauth with SECRET");
}
