/* SPDX-License-Identifier: Apache-2.0 */
/* tell_seen: restarts and reloads that nobody sees end. */
#include "compiler/prove/tell.h"

static const char ways[] = "observed by nginx \"PID-FILE\", observed by command \"...\", or drains "
                           "within 30s";

static void tell_unseen_reload(const struct telling *t, const struct proof_finding *f)
{
  struct text name = tell_name(t, f->resource);
  bool is_flow = t->graph->resources[f->resource].kind == KIND_FLOW;
  struct diag *diag = tell_start(t, f, f->early,
                                 is_flow ? "nobody can see whether a command of `%s` did its work"
                                         : "nobody can see whether the reload of `%s` happened",
                                 text_zero(t->diags->arena, name));
  diag_set_label(t->diags, diag, "the command returns before it has happened");
  if (t->program != NULL)
    diag_add_label(t->diags, diag,
                   tell_key_span(t, f->resource, is_flow ? KEY_RESTART_WITH : KEY_RELOAD_WITH),
                   "nothing is declared that would see it");
  diag_add_help(t->diags, diag, "write into `%.*s`: %s%s", TEXT_ARG(name), ways,
                is_flow ? "; or the address at which each node is called: node NAME at \"URL\""
                        : "");
}

static void tell_unseen_end(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = t->proof->model->connections[f->connection].call;
  struct text flow = tell_name(t, c->presenter), who = tell_who(t, f);
  struct diag *diag = tell_start(t, f, f->early, "an old process of `%s` may still be there",
                                 text_zero(t->diags->arena, flow));
  diag_set_label(t->diags, diag,
                 "`%.*s` refuses %.*s.old from here on, and an old process of %.*s may present it",
                 TEXT_ARG(tell_name(t, c->receiver)), TEXT_ARG(tell_name(t, c->certificate)),
                 TEXT_ARG(who));
  tell_label_step(
      t, diag, f->late,
      "calls show that the new processes answer, not that the old ones are gone%.*s%.*s", TEXT_NONE,
      TEXT_NONE);
  if (t->program != NULL)
    diag_add_label(t->diags, diag, tell_key_span(t, c->presenter, KEY_RESTART_WITH),
                   "it returns at once");
  tell_note_trace(t, f, diag);
  diag_add_help(t->diags, diag, "write into `%.*s`: %s", TEXT_ARG(flow), ways);
}

void tell_seen(const struct telling *t, const struct proof_finding *f)
{
  if (f->code == DIAG_E0727)
    tell_unseen_reload(t, f);
  else
    tell_unseen_end(t, f);
}
