/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell: the findings of a proof as a reader of the plan needs them: where, who, what may happen, in
 * which order, and what to write instead.
 */
#include <string.h>

#include "compiler/prove/tell.h"

enum { NODES_SHOWN = 5, STEPS_SHOWN = 10 };

struct span tell_step_span(const struct telling *t, uint32_t index)
{
  if (t->program == NULL || index == INDEX_NONE)
    return (struct span){0, 0, 0};
  const struct step *step = &t->graph->steps[index];
  const struct source_set *sources = t->program->sources;
  struct text path = t->graph->sources[step->source].path;
  for (uint32_t i = 0; i < sources->count; i++) {
    const struct source *source = &sources->files[i];
    if (!text_equal(source->path, path) || step->line == 0 || step->line > source->line_count)
      continue;
    uint32_t at = source->line_starts[step->line - 1] + step->column - 1;
    return (struct span){i, at, (uint32_t)step->label.length};
  }
  return (struct span){0, 0, 0};
}

const struct decl *tell_decl(const struct telling *t, uint32_t resource)
{
  if (t->program == NULL || resource == INDEX_NONE)
    return NULL;
  const struct resource *row = &t->graph->resources[resource];
  uint32_t found = program_find(t->program, row->kind, row->name);
  return found == UINT32_MAX ? NULL : &t->program->decls[found];
}

/* The line of a key of a declaration; where it has none, the declaration's name. */
struct span tell_key_span(const struct telling *t, uint32_t resource, enum key key)
{
  const struct decl *decl = tell_decl(t, resource);
  if (decl == NULL)
    return (struct span){0, 0, 0};
  const struct setting *setting = decl_setting(decl, key);
  return setting == NULL ? decl->name_span : setting->span;
}

struct text tell_name(const struct telling *t, uint32_t resource)
{
  return t->graph->resources[resource].name;
}

static struct text role_name(const struct telling *t, uint32_t step)
{
  return tell_name(t, t->graph->steps[step].role);
}

static struct text id_of(const struct telling *t, uint32_t step)
{
  return t->graph->steps[step].id;
}

static const struct connection *connection_of(const struct telling *t,
                                              const struct proof_finding *f)
{
  return &t->proof->model->connections[f->connection];
}

static const struct call *call_of(const struct telling *t, const struct proof_finding *f)
{
  return f->connection == INDEX_NONE ? NULL : connection_of(t, f)->call;
}

/* "worker-1, worker-2 and 3 more"; the flow or the caller where it has no nodes. */
struct text tell_who(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct buffer out = {0};
  uint32_t shown = f->node_count > NODES_SHOWN + 1 ? NODES_SHOWN : f->node_count;
  for (uint32_t i = 0; i < shown; i++)
    buffer_format(&out, "%s%.*s", i == 0 ? "" : ", ",
                  TEXT_ARG(text_starts_with(f->nodes[i], "*") ? TEXT("any of the systems")
                           : text_is(f->nodes[i], "any")      ? TEXT("a node that nobody named")
                                                              : f->nodes[i]));
  if (shown < f->node_count)
    buffer_format(&out, " and %u more", f->node_count - shown);
  if (f->node_count == 0)
    buffer_format(&out, "%s`%.*s`",
                  c->kind == PRESENTER_TARGETS ? "a communication system of " : "",
                  TEXT_ARG(tell_name(t, c->presenter)));
  struct text who = text_copy(t->diags->arena, buffer_text(&out));
  buffer_free(&out);
  return who;
}

static struct text version_of(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  return text_format(t->diags->arena, "%.*s.%s", TEXT_ARG(tell_name(t, c->certificate)),
                     f->version == HELD_OLD ? "old" : "new");
}

struct diag *tell_start(const struct telling *t, const struct proof_finding *f, uint32_t step,
                        const char *headline, const char *name)
{
  if (t->program == NULL)
    return diag_add_nowhere(t->diags, f->code, headline, name);
  return diag_add(t->diags, f->code, tell_step_span(t, step), headline, name);
}

void tell_label_step(const struct telling *t, struct diag *diag, uint32_t step, const char *label,
                     struct text name, struct text other)
{
  if (t->program == NULL || step == INDEX_NONE)
    return;
  struct text text = text_format(t->diags->arena, label, TEXT_ARG(name), TEXT_ARG(other));
  diag_add_label(t->diags, diag, tell_step_span(t, step), "%.*s", TEXT_ARG(text));
}

/* The trace: the steps that were done, and what may then happen. */
void tell_note_trace(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  const struct call *c = call_of(t, f);
  if (f->trace_count == 0 || c == NULL)
    return;
  struct buffer out = {0};
  uint32_t shown = f->trace_count > STEPS_SHOWN ? STEPS_SHOWN : f->trace_count;
  uint32_t from = f->trace_count - shown;
  for (uint32_t i = from; i < f->trace_count; i++)
    buffer_format(&out, "%s%.*s", i == from ? (from != 0 ? "..., " : "") : ", ",
                  TEXT_ARG(id_of(t, f->trace[i])));
  struct text who = tell_who(t, f);
  struct text says = f->version == HELD_NONE ? TEXT("may find no certificate")
                                             : text_format(t->diags->arena, "may present %.*s",
                                                           TEXT_ARG(version_of(t, f)));
  diag_add_note(t->diags, diag,
                "it can happen so: after %u of %u steps (%s) %.*s %.*s, and `%.*s` refuses",
                f->trace_total, t->graph->action_count, out.bytes, TEXT_ARG(who), TEXT_ARG(says),
                TEXT_ARG(tell_name(t, c->receiver)));
  if (f->when.length != 0)
    diag_add_note(t->diags, diag, "this is the case in which %.*s", TEXT_ARG(f->when));
  buffer_free(&out);
}

static void note_cache(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  const struct call *c = call_of(t, f);
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

/* decisions 2: the text has the order, but who acts was not told. */
static void tell_untold(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  struct text doer = role_name(t, f->after);
  diag_add_note(t->diags, diag, "%.*s cannot know that `%.*s` is done: no message says so",
                TEXT_ARG(doer), TEXT_ARG(id_of(t, f->before)));
  struct missing_message message;
  if (!tell_find_message(t, f->before, f->after, &message))
    return;
  if (!tell_add_message(t, diag, &message))
    diag_add_help(t->diags, diag, "write a message before `%.*s`: %.*s tells %.*s \"...\"",
                  TEXT_ARG(id_of(t, message.before)), TEXT_ARG(message.sender),
                  TEXT_ARG(message.hearer));
}

static void tell_601(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct text who = tell_who(t, f), what = version_of(t, f), receiver = tell_name(t, c->receiver);
  struct diag *diag = tell_start(
      t, f, f->early,
      c->kind == PRESENTER_NODE
          ? "a running node may present a certificate that the receiver does not accept%s"
          : "a caller may present a certificate that the receiver does not accept%s",
      "");
  if (f->late == INDEX_NONE) {
    diag_set_label(t->diags, diag,
                   "%.*s may present %.*s from here on; no step makes `%.*s` accept it",
                   TEXT_ARG(who), TEXT_ARG(what), TEXT_ARG(receiver));
    diag_add_help(t->diags, diag, "write a step before it: ROLE accepts %.*s.old, %.*s.new on %.*s",
                  TEXT_ARG(tell_name(t, c->certificate)), TEXT_ARG(tell_name(t, c->certificate)),
                  TEXT_ARG(receiver));
  } else {
    bool first = events_in_text(t->proof->events, f->early, f->late);
    const char *why = f->is_untold ? text_format(t->diags->arena, "... but nobody tells %.*s so",
                                                 TEXT_ARG(role_name(t, f->after)))
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
    diag_add_help(t->diags, diag, "move `%.*s` before `%.*s`%s", TEXT_ARG(id_of(t, f->late)),
                  TEXT_ARG(id_of(t, f->early)),
                  c->kind == PRESENTER_NODE ? ", or write `policy downtime` and stop the flow first"
                                            : "");
    tell_add_move(t, diag, f);
  }
}

static void tell_602(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct text who = tell_who(t, f), what = version_of(t, f), receiver = tell_name(t, c->receiver);
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
                    f->before != f->late ? role_name(t, f->late) : what,
                    f->before != f->late ? TEXT_NONE : who);
  tell_note_trace(t, f, diag);
  if (f->is_untold)
    tell_untold(t, f, diag);
  else if (f->late != INDEX_NONE)
    diag_add_help(t->diags, diag, "move `%.*s` behind `%.*s`", TEXT_ARG(id_of(t, f->early)),
                  TEXT_ARG(id_of(t, f->late)));
  else
    diag_add_help(t->diags, diag, "first let %.*s use the new one; remove the old one last",
                  TEXT_ARG(who));
  if (!f->is_untold && f->late != INDEX_NONE)
    tell_add_move(t, diag, f);
}

/* A plan that waits instead of restarting learns how long it would have to. */
static void note_wait(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  const struct call *c = call_of(t, f);
  if (t->proof->model->wait_count == 0 || c->cache_s < 0 || c->kept_s < 0)
    return;
  diag_add_note(
      t->diags, diag,
      "time alone is enough from %lldh on: the cache, and then the longest kept connection "
      "or session",
      (long long)((c->cache_s + c->kept_s + 3599) / 3600));
}

static void tell_603(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct text who = tell_who(t, f), flow = tell_name(t, c->presenter);
  struct diag *diag =
      tell_start(t, f, f->early, "the flow `%s` is not restarted on every node after the exchange",
                 text_zero(t->diags->arena, flow));
  if (f->late != INDEX_NONE)
    tell_label_step(t, diag, f->late, "who does this need not know of the exchange%.*s%.*s",
                    TEXT_NONE, TEXT_NONE);
  diag_set_label(t->diags, diag, "%.*s may go on with %.*s.old: %s", TEXT_ARG(who),
                 TEXT_ARG(tell_name(t, c->certificate)),
                 f->late == INDEX_NONE ? "no step behind this one restarts it there"
                                       : "the restart may come before");
  note_cache(t, f, diag);
  note_wait(t, f, diag);
  if (f->is_untold)
    tell_untold(t, f, diag);
  else if (connection_of(t, f)->joins_late)
    diag_add_help(t->diags, diag,
                  "no step can restart it: let somebody look before the old one goes: ROLE checks "
                  "%.*s.old unused on %.*s",
                  TEXT_ARG(tell_name(t, c->certificate)), TEXT_ARG(tell_name(t, c->receiver)));
  else
    diag_add_help(
        t->diags, diag,
        "write behind it: for each node in %.*s.nodes { restart: ROLE restarts %.*s on node }",
        TEXT_ARG(flow), TEXT_ARG(flow));
}

static void tell_604(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
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
                "write `policy downtime`, stop the flow, and exchange on both sides: ROLE replaces "
                "%.*s.old with %.*s.new on %.*s",
                TEXT_ARG(tell_name(t, c->certificate)), TEXT_ARG(tell_name(t, c->certificate)),
                TEXT_ARG(receiver));
}

static void tell_605(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
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
                "stop it first: for each node in %.*s.nodes { stop: ROLE stops %.*s on node }",
                TEXT_ARG(flow), TEXT_ARG(flow));
}

static void tell_606(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct text who = tell_who(t, f), flow = tell_name(t, c->presenter);
  uint32_t at = f->early != INDEX_NONE ? f->early : f->late;
  struct diag *diag = tell_start(t, f, at,
                                 "`%s` runs while one side has the new certificate and the other "
                                 "has the old one",
                                 text_zero(t->diags->arena, flow));
  struct text receiver = tell_name(t, c->receiver);
  diag_set_label(t->diags, diag, "%.*s may run here and present %.*s, which `%.*s` refuses",
                 TEXT_ARG(who), TEXT_ARG(version_of(t, f)), TEXT_ARG(receiver));
  if (f->late != INDEX_NONE && f->late != at)
    tell_label_step(t, diag, f->late,
                    f->is_untold ? "this is done before, but nobody tells %.*s so%.*s"
                                 : "this has to be done before%.*s%.*s",
                    f->is_untold ? role_name(t, f->after) : TEXT_NONE, TEXT_NONE);
  tell_note_trace(t, f, diag);
  if (f->is_untold)
    tell_untold(t, f, diag);
  else
    diag_add_help(t->diags, diag,
                  "stop the flow on every node, exchange on both sides, then start it");
}

static void tell_607(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct text flow = tell_name(t, c->presenter), who = tell_who(t, f);
  struct diag *diag = tell_start(t, f, f->early, "`%s` is stopped and never started again",
                                 text_zero(t->diags->arena, flow));
  diag_set_label(t->diags, diag, "no step behind this one starts it on %.*s", TEXT_ARG(who));
  diag_add_help(t->diags, diag, "write as the last step: ROLE starts %.*s on %.*s", TEXT_ARG(flow),
                f->node_count == 0 ? 4 : (int)f->nodes[0].length,
                f->node_count == 0 ? "NODE" : f->nodes[0].at);
}

static void tell_608(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct text receiver = tell_name(t, c->receiver), name = tell_name(t, c->certificate);
  struct diag *diag = tell_start(t, f, f->early, "`%s` is never given the new root",
                                 text_zero(t->diags->arena, receiver));
  diag_set_label(t->diags, diag,
                 "%.*s may present %.*s.new from here on, whose root may be another one",
                 TEXT_ARG(tell_who(t, f)), TEXT_ARG(name));
  tell_note_trace(t, f, diag);
  diag_add_help(t->diags, diag,
                "write a step before it: ROLE imports %.*s.new.root into %.*s when "
                "%.*s.new.root != %.*s.old.root",
                TEXT_ARG(name), TEXT_ARG(receiver), TEXT_ARG(name), TEXT_ARG(name));
}

static void tell_616(const struct telling *t, const struct proof_finding *f)
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

static void tell_619(const struct telling *t, const struct proof_finding *f)
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

static void tell_621(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
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

static void tell_624(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "this cannot be proven%s", "");
  if (f->early != INDEX_NONE) {
    diag_set_label(t->diags, diag, "what it puts there is known only when it happens");
    diag_add_help(t->diags, diag, "write it as `undo:` of the step that it takes back");
    return;
  }
  const struct call *c = call_of(t, f);
  if (c == NULL)
    diag_set_label(t->diags, diag, "the plan is too large for the proof to come to an end");
  else
    diag_set_label(t->diags, diag,
                   "too many conditions or repetitions meet in what `%.*s` presents to `%.*s`",
                   TEXT_ARG(tell_name(t, c->presenter)), TEXT_ARG(tell_name(t, c->receiver)));
  diag_add_help(t->diags, diag, "split the plan");
}

static void tell_626(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
  struct diag *diag = tell_start(t, f, f->early, "a running node may find no key pair%s", "");
  diag_set_label(t->diags, diag,
                 "there is a moment in which the alias is empty, and %.*s may read it",
                 TEXT_ARG(tell_who(t, f)));
  tell_note_trace(t, f, diag);
  diag_add_help(t->diags, diag, "stop `%.*s` on every node first, or replace the pair in one step",
                TEXT_ARG(tell_name(t, c->presenter)));
}

static void tell_627(const struct telling *t, const struct proof_finding *f)
{
  bool signs = t->graph->steps[f->early].effect == EFFECT_SIGN;
  struct text name = tell_name(t, f->resource);
  struct diag *diag = tell_start(t, f, f->early, "`%s.new` is used before it is there",
                                 text_zero(t->diags->arena, name));
  diag_set_label(t->diags, diag,
                 f->late == INDEX_NONE
                     ? signs ? "no step creates its key pair" : "no step gets it signed"
                     : "this step comes first");
  tell_label_step(t, diag, f->late, "it is there only from here on%.*s%.*s", TEXT_NONE, TEXT_NONE);
  if (f->late != INDEX_NONE)
    diag_add_help(t->diags, diag, "move `%.*s` before `%.*s`", TEXT_ARG(id_of(t, f->late)),
                  TEXT_ARG(id_of(t, f->early)));
  else if (signs)
    diag_add_help(t->diags, diag, "write a step before it: ROLE creates %.*s.new", TEXT_ARG(name));
  else
    diag_add_help(t->diags, diag,
                  "write two steps before it: ROLE creates %.*s.new, and ROLE gets "
                  "%.*s.new signed by CA",
                  TEXT_ARG(name), TEXT_ARG(name));
}

static void tell_628(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "`%s` is renewed twice in one plan",
                                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "what would be old and what new here?");
  tell_label_step(t, diag, f->late, "it is exchanged here already%.*s%.*s", TEXT_NONE, TEXT_NONE);
  diag_add_help(t->diags, diag, "take one of the two steps away, or write a second plan");
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

static void tell_629(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = call_of(t, f);
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
                "write a step behind the exchange: ROLE removes %.*s.old from %.*s; or say that it "
                "stays: keeps %.*s.old on %.*s",
                TEXT_ARG(name), TEXT_ARG(receiver), TEXT_ARG(name), TEXT_ARG(receiver));
}

static void tell_609(const struct telling *t, const struct proof_finding *f)
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

static void tell_611(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "`%s` destroys something, and nobody signs for it",
                                 text_zero(t->diags->arena, id_of(t, f->early)));
  diag_set_label(t->diags, diag, "renew does this by itself, and it cannot be put back");
  diag_add_help(t->diags, diag, "write into its block: needs sign-off");
}

static void tell_612(const struct telling *t, const struct proof_finding *f)
{
  struct text name = tell_name(t, f->resource);
  struct diag *diag = tell_start(t, f, f->early, "nobody looks whether `%s.new` works",
                                 text_zero(t->diags->arena, name));
  diag_set_label(t->diags, diag, "no step behind this one looks at a connection");
  diag_add_help(t->diags, diag, "write into the block of the restart: check call of FLOW on NODE");
}

static void tell_613(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "the old pair of `%s` cannot be put back",
                                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "this kind of keystore gives no key out, and no step backs it up");
  diag_add_help(t->diags, diag, "write a step before it: ROLE backs-up %.*s",
                TEXT_ARG(tell_name(t, f->resource)));
}

static void tell_plan(const struct telling *t, const struct proof_finding *f, const char *headline,
                      const char *label, const char *help)
{
  const struct decl *decl = tell_decl(t, t->graph->plan_resource);
  struct diag *diag = decl == NULL ? diag_add_nowhere(t->diags, f->code, "%s", headline)
                                   : diag_add(t->diags, f->code, decl->name_span, "%s", headline);
  diag_set_label(t->diags, diag, "%s", label);
  diag_add_help(t->diags, diag, "%s", help);
}

static void tell_618(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "`%s` comes before anybody has looked",
                                 text_zero(t->diags->arena, id_of(t, f->early)));
  diag_set_label(t->diags, diag, "this cannot be taken back");
  tell_label_step(t, diag, f->late, "no look stands between the exchange and it%.*s%.*s", TEXT_NONE,
                  TEXT_NONE);
  diag_add_help(t->diags, diag,
                "look first: check call of FLOW on NODE in the block of the restart");
}

static void tell_620(const struct telling *t, const struct proof_finding *f)
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

static void tell_623(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "a late request to `%s` could undo this",
                                 text_zero(t->diags->arena, tell_name(t, f->resource)));
  diag_set_label(t->diags, diag, "this writes what the other step wrote before");
  tell_label_step(t, diag, f->late, "given up and repeated, this may arrive after it%.*s%.*s",
                  TEXT_NONE, TEXT_NONE);
  diag_add_help(t->diags, diag, "replace the pair in one step: ROLE replaces ... keeping alias");
}

static void tell_625(const struct telling *t, const struct proof_finding *f)
{
  struct diag *diag = tell_start(t, f, f->early, "nobody has agreed on this downtime%s", "");
  diag_set_label(t->diags, diag, "the flow stops here");
  diag_add_help(t->diags, diag, "write a step before it: ROLE, ROLE agree on WINDOW");
}

static void tell_habit(const struct telling *t, const struct proof_finding *f)
{
  switch ((int)f->code) {
  case DIAG_E0609:
    tell_609(t, f);
    return;
  case DIAG_E0611:
    tell_611(t, f);
    return;
  case DIAG_W0612:
    tell_612(t, f);
    return;
  case DIAG_W0613:
    tell_613(t, f);
    return;
  case DIAG_W0617:
    tell_plan(t, f, "nothing verifies this renewal", "none of its steps looks at a connection",
              "write into the block of the restart or switch: check call of FLOW on NODE");
    return;
  case DIAG_W0618:
    tell_618(t, f);
    return;
  case DIAG_W0620:
    tell_620(t, f);
    return;
  case DIAG_E0623:
    tell_623(t, f);
    return;
  case DIAG_E0625:
    tell_625(t, f);
    return;
  }
}

static void tell(const struct telling *t, const struct proof_finding *f)
{
  switch ((int)f->code) {
  case DIAG_E0601:
    tell_601(t, f);
    return;
  case DIAG_E0602:
  case DIAG_E0909:
    tell_602(t, f);
    return;
  case DIAG_E0603:
    tell_603(t, f);
    return;
  case DIAG_E0604:
    tell_604(t, f);
    return;
  case DIAG_E0605:
    tell_605(t, f);
    return;
  case DIAG_E0606:
    tell_606(t, f);
    return;
  case DIAG_E0607:
    tell_607(t, f);
    return;
  case DIAG_E0608:
    tell_608(t, f);
    return;
  case DIAG_E0616:
    tell_616(t, f);
    return;
  case DIAG_E0619:
    tell_619(t, f);
    return;
  case DIAG_E0621:
    if (f->is_root)
      tell_root_answer(t, f);
    else
      tell_621(t, f);
    return;
  case DIAG_E0624:
    tell_624(t, f);
    return;
  case DIAG_E0626:
    tell_626(t, f);
    return;
  case DIAG_E0627:
    tell_627(t, f);
    return;
  case DIAG_E0628:
    tell_628(t, f);
    return;
  case DIAG_E0629:
    tell_629(t, f);
    return;
  case DIAG_E0630:
    tell_back(t, f);
    return;
  case DIAG_E0631:
  case DIAG_E0727:
    tell_seen(t, f);
    return;
  }
  tell_habit(t, f);
}

void prove_tell(const struct proof *proof, const struct program *program, struct diag_list *diags)
{
  struct telling t = {proof, proof->graph, program, diags};
  for (uint32_t i = 0; i < proof->finding_count; i++)
    tell(&t, &proof->findings[i]);
  tell_never(&t);
}
