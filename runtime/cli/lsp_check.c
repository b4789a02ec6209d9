/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_check: what the compiler and the proof say of a document, and what they propose. See lsp.h. */
#include <stdarg.h>
#include <string.h>

#include "runtime/cli/lsp.h"
#include "runtime/providers/conf.h"

enum { DIAGNOSTICS_MAX = 1000, ACTIONS_MAX = 100 };

json_t *lsp_refuse(struct lsp *lsp, const char *format, ...)
{
  struct arena *arena = arena_new("editor", 0);
  va_list values;
  va_start(values, format);
  lsp->refusal.size_bytes = 0;
  buffer_add_text(&lsp->refusal, text_vformat(arena, format, values));
  va_end(values);
  arena_free(arena);
  return NULL;
}

void lsp_end_analysis(struct lsp_analysis *analysis)
{
  if (analysis->compiled.arena == NULL)
    return;
  arena_free(analysis->compiled.arena);
  arena_free(analysis->cli.arena);
  *analysis = (struct lsp_analysis){0};
}

/* Every check has its own memory and finds its own root: renew.conf may have changed since. */
void lsp_start_analysis(struct lsp *lsp, const char *path, struct lsp_analysis *ret)
{
  *ret = (struct lsp_analysis){.cli = *lsp->cli, .stamp = lsp->stamp};
  struct cli *cli = &ret->cli;
  cli->arena = arena_new("editor", 0);
  cli->output = NULL;
  cli->demands = NULL;
  cli->demands_root = NULL;
  cli->wants_style = cli->style = true;
  const char *slash = strrchr(path, '/');
  cli->root = cli_find_root(
      cli, text_format(cli->arena, "%.*s", slash == path ? 1 : (int)(slash - path), path).at);
  struct cli_text *texts = arena_array(cli->arena, lsp->count + 1, sizeof *texts);
  for (uint32_t i = 0; i < lsp->count; i++)
    if (lsp->documents[i]->is_file)
      texts[cli->text_count++] =
          (struct cli_text){lsp->documents[i]->path, buffer_text(&lsp->documents[i]->text)};
  cli->texts = texts;
}

static void check_configuration_text(struct lsp_analysis *analysis, const char *path,
                                     struct text bytes)
{
  struct compiled *compiled = &analysis->compiled;
  *compiled = (struct compiled){.arena = arena_new("compile", 0), .plan = INDEX_NONE};
  compiled->sources = ARENA_NEW(compiled->arena, struct source_set);
  compiled->diags = ARENA_NEW(compiled->arena, struct diag_list);
  diag_list_start(compiled->diags, compiled->arena);
  source_set_start(compiled->sources, compiled->arena, text_of(analysis->cli.root));
  const char *machine = conf_find(analysis->cli.arena);
  bool of_machine = machine != NULL && strcmp(cli_absolute(&analysis->cli, machine), path) == 0;
  uint32_t file;
  size_t bad_offset;
  if (source_give(compiled->sources, TEXT("renew.conf"), bytes, &file, &bad_offset) == SOURCE_OK)
    check_configuration(compiled->arena, compiled->sources, file,
                        of_machine ? CONF_OF_MACHINE : CONF_OF_REPOSITORY, compiled->diags);
}

struct lsp_analysis *lsp_analyse(struct lsp *lsp, struct lsp_document *document)
{
  struct lsp_analysis *analysis = &document->analysis;
  if (analysis->compiled.arena != NULL && analysis->stamp == lsp->stamp)
    return analysis;
  lsp_end_analysis(analysis);
  lsp_start_analysis(lsp, document->path, analysis);
  struct compiled *compiled = &analysis->compiled;
  struct text bytes = buffer_text(&document->text);
  if (lsp_is_configuration(document)) {
    check_configuration_text(analysis, document->path, bytes);
    diag_list_sort(compiled->diags);
    return analysis;
  }
  cli_compile_text(&analysis->cli, document->path, bytes, compiled);
  if (compiled->program != NULL && !diag_list_has_errors(compiled->diags))
    cli_check_plans(compiled, NULL, NULL);
  cli_report(&analysis->cli, compiled->diags, compiled->sources);
  diag_list_sort(compiled->diags);
  return analysis;
}

struct lsp_analysis *lsp_last(struct lsp *lsp, struct lsp_document *document)
{
  if (document->analysis.compiled.program != NULL)
    return &document->analysis;
  return lsp_analyse(lsp, document);
}

static bool is_here(const struct diag *diag)
{
  return diag->has_place && diag->primary.file == 0;
}

static json_t *related_of(const struct lsp *lsp, const struct lsp_analysis *analysis,
                          const struct diag *diag)
{
  json_t *related = json_array();
  if (diag->has_place && diag->primary.file != 0)
    json_array_append_new(related, json_pack("{s:o,s:o}", "location",
                                             lsp_location(lsp, analysis, diag->primary), "message",
                                             lsp_text(diag->label)));
  for (const struct diag_label *label = diag->secondary; label != NULL; label = label->next)
    json_array_append_new(related, json_pack("{s:o,s:o}", "location",
                                             lsp_location(lsp, analysis, label->span), "message",
                                             lsp_text(label->text)));
  return related;
}

/* An editor shows one text: the headline, the label, what helps. */
static json_t *message_of(const struct lsp_analysis *analysis, const struct diag *diag)
{
  struct buffer says = {0};
  if (diag->has_place && !is_here(diag))
    buffer_format(
        &says, "in %.*s: ", TEXT_ARG(analysis->compiled.sources->files[diag->primary.file].path));
  buffer_add_text(&says, diag->headline);
  if (diag->label.length != 0)
    buffer_format(&says, "\n%.*s", TEXT_ARG(diag->label));
  for (const struct diag_line *line = diag->notes; line != NULL; line = line->next)
    buffer_format(&says, "\nnote: %.*s", TEXT_ARG(line->text));
  for (const struct diag_line *line = diag->helps; line != NULL; line = line->next)
    buffer_format(&says, "\nhelp: %.*s", TEXT_ARG(line->text));
  json_t *text = lsp_text(buffer_text(&says));
  buffer_free(&says);
  return text;
}

/* Where a finding of another file is shown: at the import that brings it, else at the beginning. */
static struct span span_here(const struct lsp_analysis *analysis, const struct diag *diag)
{
  if (is_here(diag) || !diag->has_place || analysis->compiled.sources->count == 0)
    return is_here(diag) ? diag->primary : (struct span){0};
  struct text path = analysis->compiled.sources->files[diag->primary.file].path;
  const struct source *main = &analysis->compiled.sources->files[0];
  struct span first = {0};
  for (uint32_t line = 1; line <= main->line_count; line++) {
    struct text text = source_line(main, line);
    if (!text_starts_with(text, "import "))
      continue;
    size_t from = path.length;
    while (from > 0 && path.at[from - 1] != '/')
      from--;
    struct span span = {0, main->line_starts[line - 1], (uint32_t)text.length};
    if (memmem(text.at, text.length, path.at + from, path.length - from) != NULL)
      return span;
    first = first.length == 0 ? span : first;
  }
  return first;
}

static json_t *diagnostic(const struct lsp *lsp, const struct lsp_document *document,
                          const struct lsp_analysis *analysis, const struct diag *diag)
{
  static const int severities[] = {
      [SEVERITY_ERROR] = 1, [SEVERITY_WARNING] = 2, [SEVERITY_STYLE] = 4};
  struct span span = span_here(analysis, diag);
  return json_pack(
      "{s:o,s:i,s:s,s:s,s:o,s:o}", "range", lsp_range(lsp, document, span.at, span.length),
      "severity", severities[diag->severity], "code", diag_code_name(diag->code), "source", "renew",
      "message", message_of(analysis, diag), "relatedInformation", related_of(lsp, analysis, diag));
}

json_t *lsp_diagnostics(struct lsp *lsp, struct lsp_document *document)
{
  const struct lsp_analysis *analysis = lsp_analyse(lsp, document);
  const struct diag_list *diags = analysis->compiled.diags;
  json_t *list = json_array();
  for (uint32_t i = 0; i < diags->count && i < DIAGNOSTICS_MAX; i++)
    json_array_append_new(list, diagnostic(lsp, document, analysis, diags->items[i]));
  return json_pack("{s:s,s:I,s:o}", "uri", document->uri, "version", (json_int_t)document->version,
                   "diagnostics", list);
}

/* NULL where the fix touches another file. */
static json_t *edits_of(const struct lsp *lsp, const struct lsp_document *document,
                        const struct diag *diag)
{
  json_t *edits = json_array();
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next) {
    if (edit->span.file != 0) {
      json_decref(edits);
      return NULL;
    }
    json_array_append_new(edits, lsp_edit(lsp, document, edit->span, edit->text));
  }
  return edits;
}

static void add_fix_action(const struct lsp *lsp, const struct lsp_document *document,
                           const struct lsp_analysis *analysis, const struct diag *diag,
                           json_t *actions)
{
  json_t *edits = diag->fix_kind == FIX_NONE ? NULL : edits_of(lsp, document, diag);
  if (edits == NULL)
    return;
  json_array_append_new(actions, json_pack("{s:o,s:s,s:b,s:[o],s:{s:{s:o}}}", "title",
                                           lsp_text(diag->fix_says), "kind", "quickfix",
                                           "isPreferred", diag->fix_kind == FIX_SAFE, "diagnostics",
                                           diagnostic(lsp, document, analysis, diag), "edit",
                                           "changes", document->uri, edits));
}

static void add_explain_action(const struct diag *diag, json_t *actions)
{
  const char *code = diag_code_name(diag->code);
  struct buffer title = {0};
  buffer_format(&title, "Explain %s: %s", code, diag_code_title(diag->code));
  json_array_append_new(actions, json_pack("{s:s,s:{s:s,s:s,s:[s]}}", "title", title.bytes,
                                           "command", "title", title.bytes, "command",
                                           "renew.explain", "arguments", code));
  buffer_free(&title);
}

json_t *lsp_code_action(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  const json_t *range = json_object_get(params, "range");
  uint32_t from = lsp_offset(lsp, document, json_object_get(range, "start"));
  uint32_t to = lsp_offset(lsp, document, json_object_get(range, "end"));
  const struct lsp_analysis *analysis = lsp_analyse(lsp, document);
  const struct diag_list *diags = analysis->compiled.diags;
  json_t *fixes = json_array(), *explanations = json_array();
  for (uint32_t i = 0; i < diags->count && json_array_size(explanations) < ACTIONS_MAX; i++) {
    const struct diag *diag = diags->items[i];
    struct span span = span_here(analysis, diag);
    if (span.at > to || span.at + span.length < from)
      continue;
    add_fix_action(lsp, document, analysis, diag, fixes);
    add_explain_action(diag, explanations);
  }
  json_array_extend(fixes, explanations);
  json_decref(explanations);
  return fixes;
}
