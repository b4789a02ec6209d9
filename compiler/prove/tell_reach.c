/* SPDX-License-Identifier: Apache-2.0 */
/* tell_reach: a caller that presents what its receiver refuses: which, how it comes to that, and what to
 * write instead. */
#include "compiler/prove/tell.h"

static void note_cache(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  const struct call *c = tell_call(t, f);
  if (c->kind != PRESENTER_NODE)
    return;
  if (c->cache_s < 0 || c->cache_s % 3600 != 0)
    diag_add_note(t->diags, diag,
                  "between the exchange and its restart a node may use either "
                  "certificate: it caches what the keystore held");
  else
    diag_add_note(t->diags, diag,
                  "between the exchange and its restart a node may use either certificate: it "
                  "caches what the keystore held, for up to %lldh",
                  (long long)(c->cache_s / 3600));
}

/* The step before, by which the receiver accepts it once it reads its trust again; INDEX_NONE. */
static uint32_t accepted_before(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  uint32_t reg = f->is_root ? c->roots[f->version] : c->accepted[f->version], found = INDEX_NONE;
  if (c->trust_s <= 0 || reg == REGISTER_NONE)
    return INDEX_NONE;
  struct written written = model_register(t->proof->model, reg);
  for (uint32_t i = 0; i < written.count; i++)
    if (written.writes[i].value == HELD_YES &&
        events_in_text(t->proof->events, written.writes[i].step, f->early))
      found = written.writes[i].step;
  return found;
}

static void tell_trust_cache(const struct telling *t, const struct proof_finding *f,
                             struct diag *diag, uint32_t accepted)
{
  const struct call *c = tell_call(t, f);
  struct text receiver = tell_name(t, c->receiver);
  long long minutes = (long long)((c->trust_s + 59) / 60);
  diag_set_label(t->diags, diag,
                 "%.*s may then present %.*s, and `%.*s` may still judge by what it read before",
                 TEXT_ARG(tell_who(t, f)), TEXT_ARG(tell_version(t, f)), TEXT_ARG(receiver));
  tell_label_step(t, diag, accepted, "`%.*s` is given it here, and reads it within its cache's time%.*s",
                  receiver, TEXT_NONE);
  tell_note_trace(t, f, diag);
  diag_add_help(t->diags, diag,
                "let that time pass behind `%.*s`, in one step, before `%.*s`: %.*s waits for %lldm",
                TEXT_ARG(tell_id(t, accepted)), TEXT_ARG(tell_id(t, f->early)),
                TEXT_ARG(tell_owner(t, c->receiver)), minutes);
}

void tell_601(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text who = tell_who(t, f), what = tell_version(t, f), receiver = tell_name(t, c->receiver);
  struct diag *diag = tell_start(
      t, f, f->early,
      c->kind == PRESENTER_NODE
          ? "a running node may present a certificate that the receiver does not accept%s"
          : "a caller may present a certificate that the receiver does not accept%s",
      "");
  uint32_t accepted = f->late == INDEX_NONE ? accepted_before(t, f) : INDEX_NONE;
  if (accepted != INDEX_NONE) {
    tell_trust_cache(t, f, diag, accepted);
    return;
  }
  if (f->late == INDEX_NONE) {
    diag_set_label(t->diags, diag,
                   "%.*s may present %.*s from here on; no step makes `%.*s` accept it",
                   TEXT_ARG(who), TEXT_ARG(what), TEXT_ARG(receiver));
    diag_add_help(t->diags, diag, "write a step before it: %.*s accepts %.*s.old, %.*s.new on %.*s",
                  TEXT_ARG(tell_owner(t, c->receiver)), TEXT_ARG(tell_name(t, c->certificate)),
                  TEXT_ARG(tell_name(t, c->certificate)), TEXT_ARG(receiver));
  } else {
    bool first = events_in_text(t->proof->events, f->early, f->late);
    const char *why = f->is_untold ? text_format(t->diags->arena, "... but nobody tells %.*s so",
                                                 TEXT_ARG(tell_role(t, f->after)))
                                         .at
                      : first ? "... but this step comes first"
                              : "... but this step may come first";
    diag_set_label(t->diags, diag, "%s: %.*s may then present %.*s", why, TEXT_ARG(who),
                   TEXT_ARG(what));
    tell_label_step(t, diag, f->late,
                    f->is_root ? "`%.*s` trusts the root of %.*s only from here on ..."
                               : "`%.*s` accepts %.*s only from here on ...",
                    receiver, what);
  }
  tell_note_trace(t, f, diag);
  note_cache(t, f, diag);
  if (f->is_untold) {
    tell_untold(t, f, diag);
  } else if (f->late != INDEX_NONE) {
    diag_add_help(t->diags, diag, "move `%.*s` before `%.*s`%s", TEXT_ARG(tell_id(t, f->late)),
                  TEXT_ARG(tell_id(t, f->early)),
                  c->kind == PRESENTER_NODE ? ", or write `policy downtime` and stop the flow first"
                                            : "");
    tell_add_move(t, diag, f);
  }
}

void tell_602(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text who = tell_who(t, f), what = tell_version(t, f), receiver = tell_name(t, c->receiver);
  struct diag *diag = tell_start(
      t, f, f->early,
      f->code == DIAG_E0909 ? "the old key is deleted before its sender uses the new one%s"
      : f->is_root          ? "the old root is removed while the old certificate is in use%s"
                            : "the old certificate is removed before every node uses the new one%s",
      "");
  diag_set_label(t->diags, diag, "`%.*s` refuses %.*s from here on, and %.*s may still present it",
                 TEXT_ARG(receiver), TEXT_ARG(what), TEXT_ARG(who));
  if (f->late != INDEX_NONE)
    tell_label_step(t, diag, f->late,
                    f->before != f->late ? "... and %.*s was not told of the exchange%.*s"
                                         : "only behind this step %.*s is out of use on %.*s",
                    f->before != f->late ? tell_role(t, f->late) : what,
                    f->before != f->late ? TEXT_NONE : who);
  tell_note_trace(t, f, diag);
  if (f->is_untold)
    tell_untold(t, f, diag);
  else if (f->late != INDEX_NONE)
    diag_add_help(t->diags, diag, "move `%.*s` behind `%.*s`", TEXT_ARG(tell_id(t, f->early)),
                  TEXT_ARG(tell_id(t, f->late)));
  else
    diag_add_help(t->diags, diag, "first let %.*s use the new one; remove the old one last",
                  TEXT_ARG(who));
  if (!f->is_untold && f->late != INDEX_NONE)
    tell_add_move(t, diag, f);
}

/* A plan that waits instead of restarting learns how long it would have to. */
static void note_wait(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  const struct call *c = tell_call(t, f);
  if (t->proof->model->wait_count == 0 || c->cache_s < 0 || c->kept_s < 0)
    return;
  diag_add_note(
      t->diags, diag,
      "time alone is enough from %lldh on, waited in one step: the cache, and then the longest kept "
      "connection or session",
      (long long)((c->cache_s + c->kept_s + 3599) / 3600));
}

void tell_603(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text who = tell_who(t, f), flow = tell_name(t, c->presenter);
  struct diag *diag =
      tell_start(t, f, f->early, "the flow `%s` is not restarted on every node after the exchange",
                 text_zero(t->diags->arena, flow));
  if (f->late != INDEX_NONE)
    tell_label_step(t, diag, f->late, "who does this need not know of the exchange%.*s%.*s",
                    TEXT_NONE, TEXT_NONE);
  diag_set_label(t->diags, diag, "%.*s may go on with %.*s.old: %s", TEXT_ARG(who),
                 TEXT_ARG(tell_name(t, c->certificate)),
                 f->late != INDEX_NONE   ? "the restart may come before"
                 : f->when.length == 0 ? "no step behind this one restarts it there"
                                       : "it is not restarted there in every case");
  if (f->late == INDEX_NONE && f->trace_count == 0 && tell_note_case(t, f, diag))
    return;
  note_cache(t, f, diag);
  note_wait(t, f, diag);
  if (f->is_untold)
    tell_untold(t, f, diag);
  else if (tell_connection(t, f)->joins_late)
    diag_add_help(t->diags, diag,
                  "no step can restart it: let somebody look before the old one goes: %.*s checks "
                  "%.*s.old unused on %.*s",
                  TEXT_ARG(tell_owner(t, tell_call(t, f)->receiver)),
                  TEXT_ARG(tell_name(t, c->certificate)), TEXT_ARG(tell_name(t, c->receiver)));
  else
    diag_add_help(
        t->diags, diag,
        "write behind it: for each node in %.*s.nodes { restart: %.*s restarts %.*s on node }",
        TEXT_ARG(flow), TEXT_ARG(tell_owner(t, tell_call(t, f)->presenter)), TEXT_ARG(flow));
}

void tell_608(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct text receiver = tell_name(t, c->receiver), name = tell_name(t, c->certificate);
  struct diag *diag = tell_start(t, f, f->early,
                                 c->pins_chain ? "`%s` is not sure to be given the new chain"
                                               : "`%s` is never given the new root",
                                 text_zero(t->diags->arena, receiver));
  diag_set_label(t->diags, diag,
                 "%.*s may present %.*s.new from here on, whose %s may be another one",
                 TEXT_ARG(tell_who(t, f)), TEXT_ARG(name), c->pins_chain ? "chain" : "root");
  tell_note_trace(t, f, diag);
  if (!c->pins_chain) {
    diag_add_help(t->diags, diag,
                  "write a step before it: %.*s imports %.*s.new.root into %.*s when "
                  "%.*s.new.root != %.*s.old.root",
                  TEXT_ARG(tell_owner(t, c->receiver)), TEXT_ARG(name), TEXT_ARG(receiver),
                  TEXT_ARG(name), TEXT_ARG(name));
    return;
  }
  if (t->program != NULL)
    diag_add_label(t->diags, diag, tell_key_span(t, c->receiver, KEY_PINS_CHAIN),
                   "it compares the whole chain, also where the root is the same");
  diag_add_help(t->diags, diag,
                "write a step before it, without `when`: %.*s imports %.*s.new.chain into %.*s",
                TEXT_ARG(tell_owner(t, c->receiver)), TEXT_ARG(name), TEXT_ARG(receiver));
}

static void tell_root_answer(const struct telling *t, const struct proof_finding *f)
{
  struct text name = tell_name(t, f->resource);
  struct diag *diag =
      tell_start(t, f, f->early, "nobody says that `%s.old.root` is used nowhere else",
                 text_zero(t->diags->arena, name));
  diag_set_label(t->diags, diag, "whoever else needs that root is refused from here on");
  diag_add_help(
      t->diags, diag,
      "write behind it: when not %.*s.old.root.used-elsewhere (who does the step is asked), "
      "or look before: ROLE checks %.*s.old.root unused on SYSTEM",
      TEXT_ARG(name), TEXT_ARG(name));
}

void tell_621(const struct telling *t, const struct proof_finding *f)
{
  if (f->is_root) {
    tell_root_answer(t, f);
    return;
  }
  const struct call *c = tell_call(t, f);
  struct diag *diag = tell_start(t, f, f->early, "a kept connection may still carry `%s.old`",
                                 text_zero(t->diags->arena, tell_name(t, c->certificate)));
  diag_set_label(t->diags, diag,
                 "time alone is waited for, and nobody says how long `%.*s` keeps a "
                 "connection or a session",
                 TEXT_ARG(tell_name(t, c->presenter)));
  tell_note_trace(t, f, diag);
  diag_add_help(t->diags, diag,
                "restart the flow, or state in `%.*s`: connections live at most DURATION, and "
                "sessions resume for DURATION",
                TEXT_ARG(tell_name(t, c->presenter)));
}

void tell_626(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
  struct diag *diag = tell_start(t, f, f->early, "a running node may find no key pair%s", "");
  diag_set_label(t->diags, diag,
                 "there is a moment in which the alias is empty, and %.*s may read it",
                 TEXT_ARG(tell_who(t, f)));
  tell_note_trace(t, f, diag);
  diag_add_help(t->diags, diag, "stop `%.*s` on every node first, or replace the pair in one step",
                TEXT_ARG(tell_name(t, c->presenter)));
}
