/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsp_refs: where a name is declared and meant, in all files below the root, and renaming it.
 *
 * (1) A rename is proved before it is proposed: all files that know the name are checked with the new
 *     texts, and must be as free of errors as they were. What it could hide or be hidden by refuses it.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/lsp_names.h"

enum { FILES_MAX = 2000, NAME_MAX_BYTES = 64 };

struct meant {
  const char *path; /* absolute */
  uint32_t at, length;
  json_t *range;
};

struct known_file {
  const char *path;
  struct text before, after;
};

/* A declaration, and where it is meant. */
struct finding_refs {
  struct lsp *lsp;
  struct arena *arena;
  const char *path; /* of the file that declares it */
  uint32_t at;
  struct text name;
  struct meant *places;
  uint32_t count, capacity;
  struct text_map seen;
  struct known_file *files; /* those that know it */
  uint32_t file_count;
  const struct lsp_analysis *analysis; /* the one that is walked */
  uint32_t decl;
  struct text new_name;
  struct text problem;
};

static const char *path_of(struct arena *arena, const struct lsp_analysis *analysis, uint32_t file)
{
  return text_format(arena, "%s/%.*s", analysis->cli.root,
                     TEXT_ARG(analysis->compiled.sources->files[file].path))
      .at;
}

static void add_place(struct finding_refs *refs, struct span span)
{
  const char *path = path_of(refs->arena, refs->analysis, span.file);
  if (!text_map_add(&refs->seen, text_format(refs->arena, "%u %s", span.at, path), 0, NULL))
    return;
  if (refs->count == refs->capacity) {
    refs->capacity = refs->capacity == 0 ? 64 : refs->capacity * 2;
    refs->places =
        arena_grow(refs->arena, refs->places, refs->count, refs->capacity, sizeof *refs->places);
  }
  struct text bytes = refs->analysis->compiled.sources->files[span.file].bytes;
  refs->places[refs->count++] = (struct meant){
      path, span.at, span.length, lsp_range_in(refs->lsp, bytes, span.at, span.length)};
}

static void on_reference(struct span span, uint32_t decl, void *with)
{
  struct finding_refs *refs = with;
  if (decl == refs->decl)
    add_place(refs, span);
}

/* The declaration in this program; LSP_NONE where it does not reach it. */
static uint32_t find_decl(struct finding_refs *refs, const struct lsp_analysis *analysis)
{
  const struct program *program = analysis->compiled.program;
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++) {
    const struct decl *decl = &program->decls[i];
    if (decl->name_span.at == refs->at && text_equal(decl->name, refs->name) &&
        strcmp(path_of(refs->arena, analysis, decl->file), refs->path) == 0)
      return i;
  }
  return LSP_NONE;
}

static struct text text_at(struct lsp *lsp, struct arena *arena, const char *path)
{
  for (uint32_t i = 0; i < lsp->count; i++)
    if (lsp->documents[i]->is_file && strcmp(lsp->documents[i]->path, path) == 0)
      return buffer_text(&lsp->documents[i]->text);
  struct text bytes = TEXT_NONE;
  cli_read_file(arena, path, SOURCE_LIMIT_BYTES, &bytes);
  if (text_starts_with(bytes, "\xEF\xBB\xBF")) /* no part of a source */
    bytes = (struct text){bytes.at + 3, bytes.length - 3};
  return bytes;
}

/* Names that the new one could hide, or be hidden by, in this program. */
static void look_for_conflicts(struct finding_refs *refs, const struct lsp_analysis *analysis)
{
  const struct program *program = analysis->compiled.program;
  for (uint32_t i = 0; i < program->decl_count; i++)
    if (text_equal(program->decls[i].name, refs->new_name))
      refs->problem =
          text_format(refs->arena, "`%.*s` is declared already, in %.*s", TEXT_ARG(refs->new_name),
                      TEXT_ARG(program->sources->files[program->decls[i].file].path));
  for (uint32_t i = 0; i < program->file_count; i++) {
    struct lsp_rows rows;
    struct lsp_imports imports;
    uint32_t token;
    lsp_rows_read(program->sources->files[program->files[i]].bytes, &rows);
    lsp_imports_read(analysis, &rows, &imports);
    bool hides = false;
    for (uint32_t j = 0; j < imports.count; j++)
      hides = hides || text_equal(imports.items[j].prefix, refs->new_name);
    for (uint32_t j = 0; j < rows.count; j++)
      hides = hides || lsp_local(&rows, j, refs->new_name, &token) != LSP_NONE;
    if (hides)
      refs->problem = text_format(
          refs->arena, "`%.*s` is a loop variable, a parameter or an import in %.*s",
          TEXT_ARG(refs->new_name), TEXT_ARG(program->sources->files[program->files[i]].path));
    arena_free(rows.arena);
  }
}

static void walk_file(struct finding_refs *refs, const char *path)
{
  struct lsp_analysis analysis;
  lsp_start_analysis(refs->lsp, path, &analysis);
  struct text bytes = text_at(refs->lsp, refs->arena, path);
  cli_compile_text(&analysis.cli, path, bytes, &analysis.compiled);
  refs->analysis = &analysis;
  refs->decl = find_decl(refs, &analysis);
  if (refs->decl != LSP_NONE) {
    refs->files[refs->file_count++] = (struct known_file){path, bytes, bytes};
    if (refs->new_name.length != 0 && diag_list_has_errors(analysis.compiled.diags))
      refs->problem = text_format(refs->arena, "%s has errors: mend them first", path);
    add_place(refs, analysis.compiled.program->decls[refs->decl].name_span);
    lsp_each_reference(&analysis, on_reference, refs);
    if (refs->new_name.length != 0)
      look_for_conflicts(refs, &analysis);
  }
  lsp_end_analysis(&analysis);
}

/* The declaration that is meant at the position, as refs; false without. */
static bool start_refs(struct lsp *lsp, struct lsp_document *document, const json_t *params,
                       struct finding_refs *ret, struct span *ret_word)
{
  struct lsp_analysis *analysis = lsp_analyse(lsp, document);
  struct lsp_rows rows;
  struct lsp_word word;
  struct lsp_imports imports;
  uint32_t segment, token, decl = LSP_NONE;
  uint32_t at = lsp_offset(lsp, document, json_object_get(params, "position"));
  lsp_rows_read(buffer_text(&document->text), &rows);
  if (analysis->compiled.program != NULL && lsp_word_at(&rows, at, &word)) {
    lsp_imports_read(analysis, &rows, &imports);
    decl = lsp_lookup(analysis, &imports, word.text, &segment);
    bool is_label = rows.rows[word.row].count > 1 && word.index == 0 &&
                    rows.tokens[word.token + 1].kind == LSP_COLON;
    if (is_label || (decl != LSP_NONE && word.segment_index != segment) ||
        lsp_local(&rows, word.row, word.text, &token) != LSP_NONE)
      decl = LSP_NONE;
  }
  if (decl != LSP_NONE) {
    const struct decl *of = &analysis->compiled.program->decls[decl];
    *ret = (struct finding_refs){.lsp = lsp, .arena = arena_new("editor", 0)};
    ret->path = path_of(ret->arena, analysis, of->file);
    ret->at = of->name_span.at;
    ret->name = text_copy(ret->arena, of->name);
    *ret_word = (struct span){0, word.segment_at, (uint32_t)word.segment.length};
    text_map_start(&ret->seen, ret->arena);
  }
  arena_free(rows.arena);
  return decl != LSP_NONE;
}

static void end_refs(struct finding_refs *refs)
{
  for (uint32_t i = 0; i < refs->count; i++)
    json_decref(refs->places[i].range);
  arena_free(refs->arena);
}

/* Every file below the root, and the documents that are not there yet. */
static void find_refs(struct finding_refs *refs, struct lsp_document *document)
{
  struct lsp *lsp = refs->lsp;
  struct cli cli = document->analysis.cli;
  size_t count = 0;
  char **paths = cli_find_files(&cli, FILES_OF_BOTH, &count);
  refs->files = arena_array(refs->arena, FILES_MAX + lsp->count + 1, sizeof *refs->files);
  if (count > FILES_MAX) {
    refs->problem = text_format(refs->arena, "more than %d files lie below the root", FILES_MAX);
    count = FILES_MAX;
  }
  for (size_t i = 0; i < count; i++)
    walk_file(refs, paths[i]);
  for (uint32_t i = 0; i < lsp->count; i++) {
    bool is_known = false;
    for (size_t j = 0; j < count && !is_known; j++)
      is_known = strcmp(paths[j], lsp->documents[i]->path) == 0;
    if (!is_known && !lsp_is_configuration(lsp->documents[i]))
      walk_file(refs, lsp->documents[i]->path);
  }
}

static json_t *uri_of(const struct lsp *lsp, const char *path)
{
  for (uint32_t i = 0; i < lsp->count; i++)
    if (strcmp(lsp->documents[i]->path, path) == 0)
      return json_string(lsp->documents[i]->uri);
  return lsp_uri(path);
}

json_t *lsp_references(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  struct finding_refs refs;
  struct span word;
  if (!start_refs(lsp, document, params, &refs, &word))
    return json_null();
  find_refs(&refs, document);
  bool with_declaration =
      json_is_true(json_object_get(json_object_get(params, "context"), "includeDeclaration"));
  json_t *list = json_array();
  for (uint32_t i = 0; i < refs.count; i++) {
    const struct meant *place = &refs.places[i];
    if (with_declaration || place->at != refs.at || strcmp(place->path, refs.path) != 0)
      json_array_append_new(
          list, json_pack("{s:o,s:O}", "uri", uri_of(lsp, place->path), "range", place->range));
  }
  end_refs(&refs);
  return list;
}

/* --- definition --- */

static json_t *in_document(struct lsp *lsp, struct lsp_document *document,
                           const struct lsp_token *token)
{
  return json_pack("{s:s,s:o}", "uri", document->uri, "range",
                   lsp_range(lsp, document, token->at, token->length));
}

static json_t *definition_of_word(struct lsp *lsp, struct lsp_document *document,
                                  const struct lsp_rows *rows, const struct lsp_imports *imports,
                                  const struct lsp_word *word)
{
  const struct lsp_analysis *analysis = lsp_last(lsp, document);
  const char *dot = memchr(word->text.at, '.', word->text.length);
  struct text first = {word->text.at,
                       dot == NULL ? word->text.length : (size_t)(dot - word->text.at)};
  uint32_t token, segment;
  if (lsp_local(rows, word->row, first, &token) != LSP_NONE)
    return in_document(lsp, document, &rows->tokens[token]);
  uint32_t decl = lsp_lookup(analysis, imports, word->text, &segment);
  if (decl != LSP_NONE && word->segment_index >= segment)
    return lsp_location(lsp, analysis, analysis->compiled.program->decls[decl].name_span);
  for (uint32_t i = 0; i < imports->count; i++)
    if (text_equal(imports->items[i].prefix, first)) {
      struct lsp_token path = {LSP_STRING, imports->items[i].span.at,
                               imports->items[i].span.length};
      return in_document(lsp, document, &path);
    }
  uint32_t label = lsp_label_row(rows, word->text);
  if (label != LSP_NONE)
    return in_document(lsp, document, &rows->tokens[rows->rows[label].first]);
  return json_null();
}

json_t *lsp_definition(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  struct lsp_rows rows;
  struct lsp_imports imports;
  struct lsp_word word;
  uint32_t at = lsp_offset(lsp, document, json_object_get(params, "position"));
  const struct lsp_analysis *analysis = lsp_analyse(lsp, document);
  lsp_rows_read(buffer_text(&document->text), &rows);
  lsp_imports_read(analysis, &rows, &imports);
  json_t *result = json_null();
  if (lsp_word_at(&rows, at, &word))
    result = definition_of_word(lsp, document, &rows, &imports, &word);
  for (uint32_t i = 0; json_is_null(result) && i < imports.count; i++) {
    struct span span = imports.items[i].span;
    if (imports.items[i].file != LSP_NONE && span.at <= at && at <= span.at + span.length)
      result = lsp_location(lsp, analysis, (struct span){imports.items[i].file, 0, 0});
  }
  arena_free(rows.arena);
  return result;
}

/* --- rename --- */

json_t *lsp_prepare_rename(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  struct finding_refs refs;
  struct span word;
  if (!start_refs(lsp, document, params, &refs, &word))
    return lsp_refuse(lsp, "only what is declared can be renamed: a role, a certificate, a "
                           "system ...; not a label, a loop variable or a word of the language");
  json_t *result = json_pack("{s:o,s:o}", "range", lsp_range(lsp, document, word.at, word.length),
                             "placeholder", lsp_text(refs.name));
  end_refs(&refs);
  return result;
}

static bool is_name(struct text name)
{
  bool letter = false;
  for (size_t i = 0; i < name.length; i++) {
    bool low = name.at[i] >= 'a' && name.at[i] <= 'z';
    bool digit = name.at[i] >= '0' && name.at[i] <= '9';
    bool dash = name.at[i] == '-' && letter && i + 1 < name.length;
    if (!dash && !low && (!digit || i == 0))
      return false;
    letter = !dash;
  }
  return name.length != 0 && name.length <= NAME_MAX_BYTES;
}

static int by_place(const void *a, const void *b)
{
  const struct meant *one = a, *other = b;
  int order = strcmp(one->path, other->path);
  return order != 0 ? order : (one->at > other->at) - (one->at < other->at);
}

static void write_after(struct finding_refs *refs, struct known_file *file)
{
  struct buffer after = {0};
  uint32_t at = 0;
  for (uint32_t i = 0; i < refs->count; i++) {
    const struct meant *place = &refs->places[i];
    if (strcmp(place->path, file->path) != 0)
      continue;
    buffer_add(&after, file->before.at + at, place->at - at);
    buffer_add_text(&after, refs->new_name);
    at = place->at + place->length;
  }
  buffer_add(&after, file->before.at + at, file->before.length - at);
  file->after = text_copy(refs->arena, buffer_text(&after));
  buffer_free(&after);
}

/* lsp_refs.c (1) */
static void prove(struct finding_refs *refs)
{
  struct cli_text *texts = arena_array(refs->arena, refs->file_count + 1, sizeof *texts);
  for (uint32_t i = 0; i < refs->file_count; i++) {
    write_after(refs, &refs->files[i]);
    texts[i] = (struct cli_text){refs->files[i].path, refs->files[i].after};
  }
  for (uint32_t i = 0; i < refs->file_count && refs->problem.length == 0; i++) {
    struct lsp_analysis analysis;
    lsp_start_analysis(refs->lsp, refs->files[i].path, &analysis);
    analysis.cli.texts = texts;
    analysis.cli.text_count = refs->file_count;
    cli_compile_text(&analysis.cli, refs->files[i].path, refs->files[i].after, &analysis.compiled);
    const struct diag_list *diags = analysis.compiled.diags;
    for (uint32_t j = 0; j < diags->count && refs->problem.length == 0; j++)
      if (diags->items[j]->severity == SEVERITY_ERROR)
        refs->problem = text_format(refs->arena, "%s would then have an error: %.*s",
                                    refs->files[i].path, TEXT_ARG(diags->items[j]->headline));
    lsp_end_analysis(&analysis);
  }
}

json_t *lsp_rename(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  struct finding_refs refs;
  struct span word;
  const char *given = json_string_value(json_object_get(params, "newName"));
  if (!start_refs(lsp, document, params, &refs, &word))
    return lsp_refuse(lsp, "only what is declared can be renamed");
  refs.new_name = text_copy(refs.arena, text_of(given == NULL ? "" : given));
  if (!is_name(refs.new_name))
    refs.problem =
        text_format(refs.arena, "a name is of small letters, digits and single `-`, and begins "
                                "with a letter");
  else
    find_refs(&refs, document);
  if (refs.count > 1)
    qsort(refs.places, refs.count, sizeof *refs.places, by_place);
  if (refs.problem.length == 0)
    prove(&refs);
  json_t *result = NULL, *changes = json_object();
  for (uint32_t i = 0; i < refs.count; i++) {
    json_t *uri = uri_of(lsp, refs.places[i].path);
    json_t *edits = json_object_get(changes, json_string_value(uri));
    if (edits == NULL) {
      edits = json_array();
      json_object_set_new(changes, json_string_value(uri), edits);
    }
    json_array_append_new(edits, json_pack("{s:O,s:o}", "range", refs.places[i].range, "newText",
                                           lsp_text(refs.new_name)));
    json_decref(uri);
  }
  if (refs.problem.length != 0)
    lsp_refuse(lsp, "%.*s", TEXT_ARG(refs.problem));
  else
    result = json_pack("{s:O}", "changes", changes);
  json_decref(changes);
  end_refs(&refs);
  return result;
}
