/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imports: the files of a program. An import is relative to the file that writes it and never
 * leaves the root; the same file reached twice is one file.
 *
 * (1) Recursion is bounded by IMPORTS_MAX: every level loads one more file.
 */
#include "compiler/check/ask.h"
#include "compiler/check/checker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/syntax/parse.h"

struct chain {
  uint32_t units[IMPORTS_MAX + 1];
  uint32_t count;
};

enum { PATH_SEGMENTS_MAX = 64 };

/* `path` seen from the folder of `from`, without "." and ".."; false where it leaves the root. */
bool imports_join_path(struct arena *arena, struct text from, struct text path,
                       struct text *ret_joined)
{
  struct text segments[PATH_SEGMENTS_MAX];
  uint32_t count = 0;
  size_t folder = from.length;
  while (folder > 0 && from.at[folder - 1] != '/')
    folder--;
  struct text whole = text_format(arena, "%.*s%.*s", (int)folder, from.at, TEXT_ARG(path));
  for (size_t at = 0; at <= whole.length;) {
    const char *slash = memchr(whole.at + at, '/', whole.length - at);
    size_t end = slash == NULL ? whole.length : (size_t)(slash - whole.at);
    struct text segment = {whole.at + at, end - at};
    at = end + 1;
    if (segment.length == 0 || text_is(segment, "."))
      continue;
    if (text_is(segment, "..")) {
      if (count == 0)
        return false;
      count--;
    } else if (count == PATH_SEGMENTS_MAX) {
      return false;
    } else {
      segments[count++] = segment;
    }
  }
  struct buffer joined = {0};
  for (uint32_t i = 0; i < count; i++)
    buffer_format(&joined, "%s%.*s", i == 0 ? "" : "/", TEXT_ARG(segments[i]));
  *ret_joined = text_copy(arena, buffer_text(&joined));
  buffer_free(&joined);
  return true;
}

bool ask_join_path(struct arena *arena, struct text from, struct text path, struct text *ret_joined)
{
  return imports_join_path(arena, from, path, ret_joined);
}

static bool find_source(const struct source_set *sources, struct text path, uint32_t *ret_file)
{
  for (uint32_t i = 0; i < sources->count; i++)
    if (text_equal(sources->files[i].path, path)) {
      *ret_file = i;
      return true;
    }
  return false;
}

static void report_outside(struct checker *c, struct span span, struct text path)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0309, span,
                               "the import \"%.*s\" leaves the repository root", TEXT_ARG(path));
  diag_set_label(c->diags, diag, "this file is not below the root");
  diag_add_help(c->diags, diag, "write a path relative to this file, to a file of the repository");
}

static void report_open(struct checker *c, enum source_status status, struct span span,
                        struct text path, size_t bad_offset)
{
  struct diag *diag;
  switch (status) {
  case SOURCE_MISSING:
    diag = diag_add(c->diags, DIAG_E0307, span, "the imported file does not exist");
    diag_set_label(c->diags, diag, "searched: %.*s", TEXT_ARG(path));
    diag_add_help(c->diags, diag, "a path is relative to the file that imports");
    return;
  case SOURCE_UNREADABLE:
    diag = diag_add(c->diags, DIAG_E0002, span, "%.*s cannot be read", TEXT_ARG(path));
    diag_set_label(c->diags, diag, "%s",
                   errno == 0 || errno == ENXIO ? "it is no regular file" : strerror(errno));
    return;
  case SOURCE_TOO_LARGE:
    diag = diag_add(c->diags, DIAG_E0004, span, "%.*s is larger than %d MiB", TEXT_ARG(path),
                    SOURCE_LIMIT_BYTES / 1024 / 1024);
    diag_set_label(c->diags, diag, "imported here");
    return;
  case SOURCE_NOT_UTF8:
    diag = diag_add(c->diags, DIAG_E0003, span, "%.*s is not UTF-8", TEXT_ARG(path));
    diag_set_label(c->diags, diag, "its byte %zu is the first that fits no character",
                   bad_offset + 1);
    diag_add_help(c->diags, diag, "%.*s", TEXT_ARG(c->sources->refused));
    return;
  case SOURCE_OUTSIDE_ROOT:
    report_outside(c, span, path);
    return;
  case SOURCE_OK:
    return;
  }
}

/* False with a finding where the import names no readable file below the root. */
static bool open_import(struct checker *c, const struct unit *unit, const struct value *path,
                        uint32_t *ret_file)
{
  struct text from = c->sources->files[unit->file].path, joined;
  if (path->text.length == 0) {
    struct diag *diag = diag_add(c->diags, DIAG_E0307, path->span, "the import names no file");
    diag_set_label(c->diags, diag, "write the file's path here");
    return false;
  }
  if (path->text.at[0] == '/' || memchr(path->text.at, '\0', path->text.length) != NULL ||
      !imports_join_path(c->arena, from, path->text, &joined)) {
    report_outside(c, path->span, path->text);
    return false;
  }
  if (find_source(c->sources, joined, ret_file))
    return true;
  size_t bad_offset = 0;
  enum source_status status = source_open(c->sources, joined, ret_file, &bad_offset);
  report_open(c, status, path->span, joined, bad_offset);
  return status == SOURCE_OK;
}

static void report_cycle(struct checker *c, const struct chain *chain, uint32_t first,
                         struct span span)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0308, span, "imports run in a circle");
  struct text closing = c->sources->files[c->units[chain->units[first]].file].path;
  diag_set_label(c->diags, diag, "%.*s is being read already", TEXT_ARG(closing));
  struct buffer words = {0};
  for (uint32_t i = first; i < chain->count; i++)
    buffer_format(&words, "%.*s imports ",
                  TEXT_ARG(c->sources->files[c->units[chain->units[i]].file].path));
  buffer_add_text(&words, closing);
  diag_add_note(c->diags, diag, "%s", words.bytes);
  buffer_free(&words);
  diag_add_help(c->diags, diag, "move what both need into a third file");
}

static uint32_t find_unit(const struct checker *c, uint32_t file)
{
  for (uint32_t i = 0; i < c->unit_count; i++)
    if (c->units[i].file == file)
      return i;
  return DECL_NONE;
}

static void report_too_many(struct checker *c, struct span span)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_E0004, span, "more than %d files are imported", IMPORTS_MAX);
  diag_set_label(c->diags, diag, "this import is one too many");
}

static uint32_t load(struct checker *c, uint32_t file, struct chain *chain);

/* The unit of the imported file; DECL_NONE (with a finding) where there is none. */
static uint32_t reach(struct checker *c, uint32_t from, const struct value *path,
                      struct chain *chain)
{
  uint32_t file;
  if (!open_import(c, &c->units[from], path, &file))
    return DECL_NONE;
  uint32_t known = find_unit(c, file);
  if (known == DECL_NONE && c->unit_count > IMPORTS_MAX) {
    report_too_many(c, path->span);
    return DECL_NONE;
  }
  if (known == DECL_NONE)
    return load(c, file, chain);
  if (!c->units[known].loading)
    return known;
  uint32_t first = 0;
  while (chain->units[first] != known)
    first++;
  report_cycle(c, chain, first, path->span);
  return DECL_NONE;
}

static void add_import(struct checker *c, uint32_t from, const struct line *line,
                       struct chain *chain)
{
  struct tokens tokens = tokens_of_line(c, line);
  struct captures captures = {0};
  struct scope scope = {.unit = from};
  tokens.at = 1;
  struct import import = {.unit = DECL_NONE, .span = line->span};
  if (form_match(c, &scope, "import", "TEXT [as NAME]", &tokens, &captures) &&
      form_end(c, "import", &tokens)) {
    import.unit = reach(c, from, &captures.items[0].value, chain);
    import.prefix = captures.items[1].value.text;
  }
  struct unit *unit = &c->units[from];
  if (import.unit == DECL_NONE && import.prefix.length == 0)
    unit->names_incomplete = true;
  for (uint32_t i = 0; import.prefix.length != 0 && i < unit->import_count; i++)
    if (text_equal(unit->imports[i].prefix, import.prefix)) {
      struct diag *diag = diag_add(c->diags, DIAG_E0303, captures.items[1].value.span,
                                   "two imports are called `%.*s`", TEXT_ARG(import.prefix));
      diag_set_label(c->diags, diag, "this is the second");
      diag_add_label(c->diags, diag, unit->imports[i].span, "the first is here");
    }
  unit->imports[unit->import_count++] = import;
  if (import.unit == DECL_NONE)
    return;
  const struct unit *other = &c->units[import.unit];
  unit->names_incomplete |= import.prefix.length == 0 && other->names_incomplete;
  for (uint32_t i = 0; import.prefix.length == 0 && i < VISIBLE_WORDS; i++)
    unit->visible[i] |= other->visible[i];
}

static bool is_import(const struct line *line)
{
  return line->kind == LINE_PLAIN && line->label.length == 0 && line->phrases != NULL &&
         line->phrases->terms->kind == TERM_NAME && text_is(line->phrases->terms->text, "import");
}

/* A line that could not be read may have been an import: then names are missing. */
static bool may_be_import(const struct checker *c, const struct line *line)
{
  return line->kind == LINE_BROKEN &&
         text_starts_with(source_text(c->sources, line->span), "import");
}

static int compare_places(const void *a, const void *b)
{
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

static void parse_unit(struct checker *c, struct unit *unit)
{
  uint32_t before = c->diags->count;
  bool is_judged = c->with_style && unit == &c->units[0];
  unit->ast = parse_into(c->arena, c->tree, c->sources, unit->file, is_judged, c->diags);
  unit->flaws = arena_array(c->arena, c->diags->count - before, sizeof *unit->flaws);
  for (uint32_t i = before; i < c->diags->count; i++)
    unit->flaws[unit->flaw_count++] = c->diags->items[i]->primary.at;
  qsort(unit->flaws, unit->flaw_count, sizeof *unit->flaws, compare_places);
}

static bool span_is_flawed(const struct unit *unit, struct span span)
{
  uint32_t low = 0, high = unit->flaw_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (unit->flaws[middle] < span.at)
      low = middle + 1;
    else
      high = middle;
  }
  return low < unit->flaw_count && unit->flaws[low] <= span.at + span.length;
}

static bool line_is_flawed(const struct checker *c, uint32_t index, const struct line *line)
{
  return span_is_flawed(&c->units[index], line->span);
}

bool flaw_within(const struct checker *c, struct span span)
{
  for (uint32_t i = 0; i < c->unit_count; i++)
    if (c->units[i].file == span.file)
      return span_is_flawed(&c->units[i], span);
  return false;
}

struct diag_list *flaw_begin(struct checker *c, uint32_t unit, const struct line *line)
{
  struct diag_list *before = c->diags;
  if (line_is_flawed(c, unit, line))
    c->diags = &c->dropped;
  return before;
}

void flaw_end(struct checker *c, struct diag_list *before)
{
  c->diags = before;
  c->dropped.count = 0;
}

static uint32_t load(struct checker *c, uint32_t file, struct chain *chain)
{
  uint32_t index = c->unit_count++;
  struct unit *unit = &c->units[index];
  unit->file = file;
  parse_unit(c, unit);
  unit->loading = true;
  unit->visible[index / 64] |= (uint64_t)1 << index % 64;
  chain->units[chain->count++] = index;
  unit->imports = arena_array(c->arena, IMPORTS_MAX, sizeof *unit->imports);
  for (const struct line *line = unit->ast->lines; line != NULL; line = line->next) {
    if (is_import(line) && unit->import_count == IMPORTS_MAX)
      report_too_many(c, line->span);
    else if (is_import(line))
      add_import(c, index, line, chain);
    unit->names_incomplete |= may_be_import(c, line);
  }
  chain->count--;
  unit->loading = false;
  return index;
}

static int compare_paths(const void *a, const void *b, void *sources)
{
  const struct source_set *set = sources;
  return text_compare(set->files[*(const uint32_t *)a].path, set->files[*(const uint32_t *)b].path);
}

void imports_load(struct checker *c, uint32_t file)
{
  struct chain *chain = ARENA_NEW(c->arena, struct chain);
  c->units = arena_array(c->arena, IMPORTS_MAX + 1, sizeof *c->units);
  load(c, file, chain);
  struct program *program = c->program;
  program->edition = c->units[0].ast->edition;
  program->files = arena_array(c->arena, c->unit_count, sizeof *program->files);
  program->file_count = c->unit_count;
  for (uint32_t i = 0; i < c->unit_count; i++)
    program->files[i] = c->units[i].file;
  qsort_r(program->files, program->file_count, sizeof *program->files, compare_paths, c->sources);
}

bool unit_sees(const struct unit *unit, uint32_t other)
{
  return (unit->visible[other / 64] >> other % 64 & 1) != 0;
}
