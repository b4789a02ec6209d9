/* SPDX-License-Identifier: Apache-2.0 */
/* demands: see demands.h. */
#include "compiler/graph/demands.h"

static bool find_span(const struct source_set *sources, const struct graph *graph,
                      const struct step *step, struct span *ret_span)
{
  const struct graph_source *from =
      step->source < graph->source_count ? &graph->sources[step->source] : NULL;
  for (uint32_t i = 0; sources != NULL && from != NULL && i < sources->count; i++) {
    const struct source *file = &sources->files[i];
    if (!text_equal(file->path, from->path) || step->line == 0 || step->line > file->line_count)
      continue;
    struct text line = source_line(file, step->line);
    size_t column = step->column == 0 ? 0 : step->column - 1;
    if (column >= line.length)
      return false;
    *ret_span = (struct span){.file = i,
                              .at = (uint32_t)((size_t)(line.at - file->bytes.at) + column),
                              .length = (uint32_t)(line.length - column)};
    return true;
  }
  return false;
}

static void add_notes(struct diag_list *diags, struct diag *diag, const struct configuration *conf)
{
  diag_add_note(diags, diag, "%.*s says so, whatever a plan says", TEXT_ARG(conf->path));
}

void demands_judge_verbs(const struct graph *graph, const struct configuration *conf,
                         const struct source_set *sources, struct diag_list *diags)
{
  struct text_map said; /* lines: a repeated step is one line */
  text_map_start(&said, diags->arena);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION || !conf->forbidden[step->verb])
      continue;
    struct text line = text_format(diags->arena, "%u:%u", step->source, step->line);
    if (!text_map_add(&said, line, 0, NULL))
      continue;
    struct span span;
    const char *word = verb_rows[step->verb].word;
    struct diag *diag;
    if (find_span(sources, graph, step, &span)) {
      diag = diag_add(diags, DIAG_E1012, span, "no plan may say `%s` here", word);
      diag_set_label(diags, diag, "`%s` is forbidden", word);
    } else {
      diag = diag_add_nowhere(diags, DIAG_E1012, "step `%.*s`: no plan may say `%s` here",
                              TEXT_ARG(step->id), word);
    }
    add_notes(diags, diag, conf);
    diag_add_help(diags, diag, "write the step in another way, or have `forbid %s` lifted there",
                  word);
  }
}

static void judge_certificate(const struct graph *graph, uint32_t resource,
                              const struct configuration *conf, struct diag_list *diags)
{
  struct text name = graph->resources[resource].name;
  const struct graph_setting *key = graph_setting_nth(graph, resource, KEY_KEY_TYPE_OF, 0);
  const struct graph_value *bits =
      key == NULL || key->values.count != 1 ? NULL : &graph->values[key->values.first];
  const struct graph_value *validity = graph_setting_value(graph, resource, KEY_VALID_FOR, 0);
  struct diag *diag;
  if (bits != NULL && bits->kind == VALUE_NUMBER && bits->number < conf->profile.rsa_min) {
    diag = diag_add_nowhere(diags, DIAG_E1012,
                            "certificate `%.*s`: an RSA key of %lld bits is too short here",
                            TEXT_ARG(name), (long long)bits->number);
    add_notes(diags, diag, conf);
    diag_add_help(diags, diag, "write `key rsa %lld`", (long long)conf->profile.rsa_min);
  }
  int64_t most_s = conf->profile.max_validity_s;
  enum { DAY_S = 86400 };
  if (most_s != 0 && validity != NULL && validity->number > most_s) {
    diag = diag_add_nowhere(diags, DIAG_E1012, "certificate `%.*s`: it would be valid too long here",
                            TEXT_ARG(name));
    add_notes(diags, diag, conf);
    diag_add_help(diags, diag, "write `valid for %lldd`", (long long)(most_s / DAY_S));
  }
}

void demands_judge_profile(const struct graph *graph, const struct configuration *conf,
                           struct diag_list *diags)
{
  for (uint32_t i = 0; i < graph->resource_count; i++)
    if (graph->resources[i].kind == KIND_CERTIFICATE)
      judge_certificate(graph, i, conf, diags);
  if (!conf->profile.change_number_required || graph->change.length != 0)
    return;
  struct diag *diag = diag_add_nowhere(diags, DIAG_E1012, "plan `%.*s` names no change ticket",
                                       TEXT_ARG(graph->name));
  add_notes(diags, diag, conf);
  diag_add_help(diags, diag, "write `change \"NUMBER\"` in the plan");
}
