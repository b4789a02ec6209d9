/* SPDX-License-Identifier: Apache-2.0 */
/* tell_words: places, names and sentences that the findings of the proof share. */
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

struct text tell_owner(const struct telling *t, uint32_t resource)
{
  const struct graph_value *of = graph_setting_value(t->graph, resource, KEY_OWNER, 0);
  if (of == NULL || of->kind != VALUE_REF) {
    const struct graph_value *tenant = graph_setting_value(t->graph, resource, KEY_ON, 0);
    of = tenant == NULL || tenant->kind != VALUE_REF
             ? NULL
             : graph_setting_value(t->graph, tenant->resource, KEY_OWNER, 0);
  }
  return of == NULL || of->kind != VALUE_REF ? TEXT("ROLE") : tell_name(t, of->resource);
}

struct text tell_role(const struct telling *t, uint32_t step)
{
  return tell_name(t, t->graph->steps[step].role);
}

struct text tell_id(const struct telling *t, uint32_t step)
{
  const struct step *it = &t->graph->steps[step];
  return text_ends_with(it->id, "[*1]") || text_ends_with(it->id, "[*2]") ? it->label : it->id;
}

struct text tell_look(const struct telling *t, uint32_t certificate)
{
  const struct model *model = t->proof->model;
  const struct call *call = NULL;
  for (uint32_t i = 0; i < model->call_count && call == NULL; i++)
    if (certificate == INDEX_NONE || model->calls[i].certificate == certificate)
      call = &model->calls[i];
  if (call == NULL || call->kind == PRESENTER_NODE)
    return TEXT("`check call of FLOW on NODE` in the block of the restart");
  if (call->kind == PRESENTER_TARGETS)
    return TEXT("`check call of TARGET returns not 401, 403` in the block of the step that "
                "switches TARGET");
  bool is_key = t->graph->resources[call->certificate].kind == KIND_SERVICEKEY;
  return text_format(t->diags->arena,
                     "`check call of %.*s with %.*s.new` in the block of the switch",
                     TEXT_ARG(is_key ? TEXT("FLOW") : tell_name(t, call->receiver)),
                     TEXT_ARG(tell_name(t, call->certificate)));
}

const struct connection *tell_connection(const struct telling *t, const struct proof_finding *f)
{
  return &t->proof->model->connections[f->connection];
}

const struct call *tell_call(const struct telling *t, const struct proof_finding *f)
{
  return f->connection == INDEX_NONE ? NULL : tell_connection(t, f)->call;
}

/* "worker-1, worker-2 and 3 more"; the flow or the caller where it has no nodes. */
struct text tell_who(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
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

struct text tell_version(const struct telling *t, const struct proof_finding *f)
{
  const struct call *c = tell_call(t, f);
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

struct diag *tell_start_plan(const struct telling *t, const struct proof_finding *f,
                             const char *headline)
{
  const struct decl *plan = tell_decl(t, t->graph->plan_resource);
  return plan == NULL ? diag_add_nowhere(t->diags, f->code, "%s", headline)
                      : diag_add(t->diags, f->code, plan->name_span, "%s", headline);
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
  const struct call *c = tell_call(t, f);
  if (f->trace_count == 0 || c == NULL)
    return;
  struct buffer out = {0};
  uint32_t shown = f->trace_count > STEPS_SHOWN ? STEPS_SHOWN : f->trace_count;
  uint32_t from = f->trace_count - shown;
  for (uint32_t i = from; i < f->trace_count; i++)
    buffer_format(&out, "%s%.*s", i == from ? (from != 0 ? "..., " : "") : ", ",
                  TEXT_ARG(tell_id(t, f->trace[i])));
  struct text who = tell_who(t, f);
  struct text says = f->version == HELD_NONE ? TEXT("may find no certificate")
                                             : text_format(t->diags->arena, "may present %.*s",
                                                           TEXT_ARG(tell_version(t, f)));
  diag_add_note(t->diags, diag,
                "it can happen so: after %u of %u steps (%s) %.*s %.*s, and `%.*s` refuses",
                f->trace_total, t->graph->action_count, out.bytes, TEXT_ARG(who), TEXT_ARG(says),
                TEXT_ARG(tell_name(t, c->receiver)));
  if (f->when.length != 0)
    diag_add_note(t->diags, diag, "this is the case in which %.*s", TEXT_ARG(f->when));
  buffer_free(&out);
}

/* decisions 2: the text has the order, but who acts was not told. */
void tell_untold(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  struct text doer = tell_role(t, f->after);
  diag_add_note(t->diags, diag, "%.*s cannot know that `%.*s` is done: no message says so",
                TEXT_ARG(doer), TEXT_ARG(tell_id(t, f->before)));
  struct missing_message message;
  if (!tell_find_message(t, f->before, f->after, &message))
    return;
  if (!tell_add_message(t, diag, &message))
    diag_add_help(t->diags, diag, "write a message before `%.*s`: %.*s tells %.*s \"...\"",
                  TEXT_ARG(tell_id(t, message.before)), TEXT_ARG(message.sender),
                  TEXT_ARG(message.hearer));
}

bool tell_note_case(const struct telling *t, const struct proof_finding *f, struct diag *diag)
{
  if (f->when.length == 0)
    return false;
  diag_add_note(t->diags, diag, "this is the case in which %.*s", TEXT_ARG(f->when));
  diag_add_help(t->diags, diag,
                "take the condition away from what is missing, or write the same one on both");
  return true;
}
