/* SPDX-License-Identifier: Apache-2.0 */
/* tell_downtime: a receiver that holds one certificate, and the downtime that it needs. */
#include "compiler/prove/tell.h"

void tell_604(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text receiver = tell_name(t, c->receiver);
  struct diag *diag;
  if (t->program == NULL)
    diag = diag_add_nowhere(t->diags, f->code, "`%.*s` can hold one certificate only",
                            TEXT_ARG(receiver));
  else
    diag = diag_add(t->diags, f->code, tell_key_span(t, t->graph->plan_resource, KEY_POLICY),
                    "`%.*s` can hold one certificate only", TEXT_ARG(receiver));
  diag_set_label(t->diags, diag,
                 "an overlap needs a receiver that accepts the old and the new one");
  if (t->program != NULL)
    diag_add_label(t->diags, diag, tell_key_span(t, c->receiver, KEY_ACCEPTS_MANY), "it cannot");
  diag_add_help(t->diags, diag,
                "write `policy downtime`, stop the flow, and exchange on both sides: %.*s replaces "
                "%.*s.old with %.*s.new on %.*s",
                TEXT_ARG(tell_owner(t, c->receiver)), TEXT_ARG(tell_name(t, c->certificate)),
                TEXT_ARG(tell_name(t, c->certificate)), TEXT_ARG(receiver));
}

void tell_605(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text who = tell_who(t, f), flow = tell_name(t, c->presenter);
  struct diag *diag;
  if (t->program == NULL)
    diag = diag_add_nowhere(t->diags, f->code, "`%.*s` is never stopped on %.*s", TEXT_ARG(flow),
                            TEXT_ARG(who));
  else
    diag = diag_add(t->diags, f->code, tell_key_span(t, t->graph->plan_resource, KEY_POLICY),
                    "`%.*s` is never stopped on %.*s", TEXT_ARG(flow), TEXT_ARG(who));
  diag_set_label(t->diags, diag, "a downtime is safe because nothing runs in it");
  tell_note_trace(t, f, diag);
  diag_add_help(t->diags, diag,
                "stop it first: for each node in %.*s.nodes { stop: %.*s stops %.*s on node }",
                TEXT_ARG(flow), TEXT_ARG(tell_owner(t, c->presenter)), TEXT_ARG(flow));
}

void tell_606(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text who = tell_who(t, f), flow = tell_name(t, c->presenter);
  uint32_t at = f->early != INDEX_NONE ? f->early : f->late;
  struct diag *diag = tell_start(t, f, at,
                                 "`%s` runs while one side has the new certificate and the other "
                                 "has the old one",
                                 text_zero(t->diags->arena, flow));
  struct text receiver = tell_name(t, c->receiver);
  diag_set_label(t->diags, diag, "%.*s may run here and present %.*s, which `%.*s` refuses",
                 TEXT_ARG(who), TEXT_ARG(tell_version(t, f)), TEXT_ARG(receiver));
  if (f->late != INDEX_NONE && f->late != at)
    tell_label_step(t, diag, f->late,
                    f->is_untold ? "this is done before, but nobody tells %.*s so%.*s"
                                 : "this has to be done before%.*s%.*s",
                    f->is_untold ? tell_role(t, f->after) : TEXT_NONE, TEXT_NONE);
  tell_note_trace(t, f, diag);
  if (f->is_untold)
    tell_untold(t, f, diag);
  else
    diag_add_help(t->diags, diag,
                  "stop the flow on every node, exchange on both sides, then start it");
}

void tell_607(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text flow = tell_name(t, c->presenter), who = tell_who(t, f);
  struct diag *diag = tell_start(t, f, f->early, "`%s` is stopped and never started again",
                                 text_zero(t->diags->arena, flow));
  diag_set_label(t->diags, diag,
                 f->when.length == 0 ? "no step behind this one starts it on %.*s"
                                     : "it is not started again on %.*s in every case",
                 TEXT_ARG(who));
  if (tell_note_case(t, f, diag))
    return;
  diag_add_help(t->diags, diag, "write as the last step: %.*s starts %.*s on %.*s",
                TEXT_ARG(tell_owner(t, c->presenter)), TEXT_ARG(flow),
                f->node_count == 0 ? 4 : (int)f->nodes[0].length,
                f->node_count == 0 ? "NODE" : f->nodes[0].at);
}

/* The plan's line `keeps C.old on S`; NULL where it has none. certificate: INDEX_NONE for any. */
static const struct setting *keeps_line(const struct telling *t, uint32_t certificate,
                                        uint32_t system)
{
  const struct decl *plan = tell_decl(t, t->graph->plan_resource);
  for (uint32_t i = 0; plan != NULL && i < plan->setting_count; i++) {
    const struct setting *setting = &plan->settings[i];
    if (setting->key == KEY_KEEPS && setting->value_count > 1 &&
        (certificate == INDEX_NONE ||
         &t->program->decls[setting->values[0].decl] == tell_decl(t, certificate)) &&
        &t->program->decls[setting->values[1].decl] == tell_decl(t, system))
      return setting;
  }
  return NULL;
}

/* The line speaks of a connection that is not there. */
static void tell_keeps_nothing(const struct telling *t, const struct proof_finding *f)
{
  struct text system = tell_name(t, f->resource);
  const struct setting *keeps = keeps_line(t, INDEX_NONE, f->resource);
  struct diag *diag =
      keeps == NULL
          ? diag_add_nowhere(t->diags, f->code, "the plan keeps nothing on `%.*s`",
                             TEXT_ARG(system))
          : diag_add(t->diags, f->code, keeps->span, "nothing is kept on `%.*s`", TEXT_ARG(system));
  diag_set_label(t->diags, diag, "nobody calls `%.*s` with this certificate", TEXT_ARG(system));
  diag_add_help(t->diags, diag, "remove the line, or name the system that is called with it");
}

void tell_629(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  if (c == NULL) {
    tell_keeps_nothing(t, f);
    return;
  }
  struct text name = tell_name(t, c->certificate), receiver = tell_name(t, c->receiver);
  const struct setting *keeps = keeps_line(t, c->certificate, c->receiver);
  struct diag *diag;
  if (t->program == NULL) {
    diag = diag_add_nowhere(t->diags, f->code,
                            "whether `%.*s` accepts `%.*s.old` at the end is not "
                            "what the plan says",
                            TEXT_ARG(receiver), TEXT_ARG(name));
    return;
  }
  if (keeps != NULL) {
    diag = diag_add(t->diags, f->code, keeps->span, "`%.*s` does not keep `%.*s.old`",
                    TEXT_ARG(receiver), TEXT_ARG(name));
    diag_set_label(t->diags, diag, "the plan says that it goes on accepting it");
    tell_label_step(t, diag, f->early, "but this step drops it%.*s%.*s", TEXT_NONE, TEXT_NONE);
    diag_add_help(t->diags, diag, "remove the line, or the step that drops it");
    return;
  }
  diag = diag_add(t->diags, f->code, tell_key_span(t, t->graph->plan_resource, KEY_POLICY),
                  "`%.*s` still accepts `%.*s.old` when the downtime is over", TEXT_ARG(receiver),
                  TEXT_ARG(name));
  diag_set_label(t->diags, diag,
                 f->early == INDEX_NONE ? "no step drops the old certificate there"
                                        : "there is a case in which no step drops it there");
  tell_label_step(t, diag, f->early, "this step does, but not in every case%.*s%.*s", TEXT_NONE,
                  TEXT_NONE);
  diag_add_help(t->diags, diag,
                "write a step behind the exchange: %.*s removes %.*s.old from %.*s; or say that it "
                "stays: keeps %.*s.old on %.*s",
                TEXT_ARG(tell_owner(t, c->receiver)), TEXT_ARG(name), TEXT_ARG(receiver),
                TEXT_ARG(name), TEXT_ARG(receiver));
}

void tell_625(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "nobody has agreed on this downtime%s", "");
  diag_set_label(t->diags, diag, "the flow stops here");
  if (tell_note_case(t, f, diag))
    return;
  diag_add_help(t->diags, diag, "write a step before it: ROLE, ROLE agree on WINDOW");
}
