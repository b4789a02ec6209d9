/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_names: which declaration a written path means, and where else it is meant. See lsp_names.h. */
#include "runtime/cli/lsp_names.h"

#include <string.h>

#include "compiler/check/ask.h"

static uint32_t find_file(const struct source_set *sources, struct text path)
{
  for (uint32_t i = 0; i < sources->count; i++)
    if (text_equal(sources->files[i].path, path))
      return i;
  return LSP_NONE;
}

void lsp_imports_read(const struct lsp_analysis *analysis, const struct lsp_rows *rows,
                      struct lsp_imports *ret)
{
  const struct source_set *sources = analysis->compiled.sources;
  *ret =
      (struct lsp_imports){.items = arena_array(rows->arena, rows->count + 1, sizeof *ret->items)};
  for (uint32_t i = 0; i < rows->count && sources->count != 0; i++) {
    const struct lsp_row *row = &rows->rows[i];
    if (row->parent != LSP_NONE || row->count < 2 || !text_is(lsp_word(rows, row, 0), "import") ||
        rows->tokens[row->first + 1].kind != LSP_STRING)
      continue;
    struct lsp_token token = rows->tokens[row->first + 1];
    struct lsp_import *import = &ret->items[ret->count++];
    import->span = (struct span){0, token.at, token.length};
    import->path =
        (struct text){rows->bytes.at + token.at + 1, token.length < 2 ? 0 : token.length - 2};
    import->prefix = text_is(lsp_word(rows, row, 2), "as") ? lsp_word(rows, row, 3) : TEXT_NONE;
    struct text joined;
    import->file = ask_join_path(rows->arena, sources->files[0].path, import->path, &joined)
                       ? find_file(sources, joined)
                       : LSP_NONE;
  }
}

bool lsp_word_at(const struct lsp_rows *rows, uint32_t offset, struct lsp_word *ret)
{
  uint32_t low = 0, high = rows->token_count;
  while (low < high) { /* the first token that ends at the offset or behind it */
    uint32_t middle = low + (high - low) / 2;
    if (rows->tokens[middle].at + rows->tokens[middle].length < offset)
      low = middle + 1;
    else
      high = middle;
  }
  /* Between two tokens that touch, the word counts. */
  if (low + 1 < rows->token_count && rows->tokens[low].kind != LSP_WORD &&
      rows->tokens[low + 1].at == offset)
    low++;
  if (low == rows->token_count || rows->tokens[low].at > offset ||
      rows->tokens[low].kind != LSP_WORD)
    return false;
  *ret = (struct lsp_word){.token = low, .text = lsp_token_text(rows, low)};
  while (ret->row + 1 < rows->count && rows->rows[ret->row + 1].first <= low)
    ret->row++;
  ret->index = low - rows->rows[ret->row].first;
  uint32_t inside = offset - rows->tokens[low].at, start = 0;
  for (uint32_t i = 0; i < inside; i++)
    if (ret->text.at[i] == '.') {
      start = i + 1;
      ret->segment_index++;
    }
  const char *dot = memchr(ret->text.at + start, '.', ret->text.length - start);
  ret->segment =
      (struct text){ret->text.at + start,
                    dot == NULL ? ret->text.length - start : (size_t)(dot - ret->text.at) - start};
  ret->segment_at = rows->tokens[low].at + start;
  return true;
}

static struct text segment_of(struct text path, uint32_t index)
{
  for (; index > 0; index--) {
    const char *dot = memchr(path.at, '.', path.length);
    if (dot == NULL)
      return TEXT_NONE;
    path = (struct text){dot + 1, path.length - (size_t)(dot + 1 - path.at)};
  }
  const char *dot = path.length == 0 ? NULL : memchr(path.at, '.', path.length);
  return dot == NULL ? path : (struct text){path.at, (size_t)(dot - path.at)};
}

static struct text prefix_of(const struct lsp_imports *imports, uint32_t file)
{
  for (uint32_t i = 0; i < imports->count; i++)
    if (imports->items[i].file == file)
      return imports->items[i].prefix;
  return TEXT_NONE;
}

uint32_t lsp_lookup(const struct lsp_analysis *analysis, const struct lsp_imports *imports,
                    struct text path, uint32_t *ret_segment)
{
  const struct program *program = analysis->compiled.program;
  struct text name = segment_of(path, 0);
  uint32_t file = LSP_NONE, found = LSP_NONE;
  *ret_segment = 0;
  for (uint32_t i = 0; i < imports->count; i++)
    if (imports->items[i].prefix.length != 0 && text_equal(imports->items[i].prefix, name)) {
      file = imports->items[i].file;
      name = segment_of(path, 1);
      *ret_segment = 1;
      if (file == LSP_NONE)
        return LSP_NONE;
    }
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++) {
    const struct decl *decl = &program->decls[i];
    if (!text_equal(decl->name, name))
      continue;
    if (decl->file == (file == LSP_NONE ? 0 : file))
      return i;
    if (file == LSP_NONE && prefix_of(imports, decl->file).length == 0)
      found = i;
  }
  return found;
}

struct text lsp_visible(struct arena *arena, const struct lsp_analysis *analysis,
                        const struct lsp_imports *imports, uint32_t decl)
{
  const struct decl *of = &analysis->compiled.program->decls[decl];
  struct text prefix = of->file == 0 ? TEXT_NONE : prefix_of(imports, of->file);
  if (prefix.length == 0)
    return of->name;
  return text_format(arena, "%.*s.%.*s", TEXT_ARG(prefix), TEXT_ARG(of->name));
}

uint32_t lsp_local(const struct lsp_rows *rows, uint32_t row, struct text name, uint32_t *ret_token)
{
  for (uint32_t at = row; at != LSP_NONE; at = rows->rows[at].parent) {
    const struct lsp_row *here = &rows->rows[at];
    if (lsp_row_begins(rows, here, 0, "for each") != 0 &&
        text_equal(lsp_word(rows, here, 2), name)) {
      *ret_token = here->first + 2;
      return at;
    }
    if (!text_is(lsp_word(rows, here, 0), "procedure"))
      continue;
    for (uint32_t i = 3; i < here->count; i++) { /* procedure NAME with KIND NAME, ... */
      enum kind kind;
      if (kind_find(lsp_word(rows, here, i - 1), &kind) &&
          text_equal(lsp_word(rows, here, i), name)) {
        *ret_token = here->first + i;
        return at;
      }
    }
  }
  return LSP_NONE;
}

uint32_t lsp_label_row(const struct lsp_rows *rows, struct text label)
{
  for (uint32_t i = 0; i < rows->count; i++) {
    const struct lsp_row *row = &rows->rows[i];
    if (row->count > 2 && rows->tokens[row->first + 1].kind == LSP_COLON &&
        text_equal(lsp_word(rows, row, 0), label) && lsp_row_is_steps(rows, row->parent))
      return i;
  }
  return LSP_NONE;
}

/* --- where declarations are meant --- */

struct visiting {
  const struct lsp_analysis *analysis;
  lsp_reference_fn *visit;
  void *with;
};

static void see(const struct visiting *v, struct span span, uint32_t decl)
{
  const struct program *program = v->analysis->compiled.program;
  if (decl >= program->decl_count || span.length == 0)
    return;
  struct text path = source_text(program->sources, span), name = program->decls[decl].name;
  for (uint32_t at = 0, i = 0; at < path.length; i++) {
    struct text segment = segment_of(path, i);
    if (text_equal(segment, name)) {
      v->visit((struct span){span.file, span.at + at, (uint32_t)segment.length}, decl, v->with);
      return;
    }
    at += (uint32_t)segment.length + 1;
  }
}

static void see_operands(const struct visiting *v, const struct operand *operand)
{
  for (; operand != NULL; operand = operand->next)
    if (operand->kind == OPERAND_DECL)
      see(v, operand->span, operand->decl);
}

static void see_guard(const struct visiting *v, const struct guard *guard)
{
  if (guard == NULL)
    return;
  see_operands(v, guard->operand);
  see_guard(v, guard->left);
  see_guard(v, guard->right);
}

/* `follow NAME`: the statement knows the procedure, not where its name stands. */
static void see_follow(const struct visiting *v, const struct stmt *stmt)
{
  static const char word[] = "follow";
  struct text line = source_text(v->analysis->compiled.sources, stmt->span);
  const char *at = memmem(line.at, line.length, word, sizeof word - 1);
  if (at == NULL)
    return;
  size_t from = (size_t)(at - line.at) + sizeof word - 1;
  while (from < line.length && (line.at[from] == ' ' || line.at[from] == '\t'))
    from++;
  size_t end = from;
  while (end < line.length && line.at[end] > ' ' && line.at[end] != ',' && line.at[end] != '{')
    end++;
  struct span span = {stmt->span.file, stmt->span.at + (uint32_t)from, (uint32_t)(end - from)};
  see(v, span, stmt->procedure);
}

static void see_statements(const struct visiting *v, const struct stmt *stmt)
{
  for (; stmt != NULL; stmt = stmt->next) {
    see_operands(v, stmt->subjects);
    for (const struct part_value *part = stmt->parts; part != NULL; part = part->next)
      see_operands(v, part->operands);
    see_guard(v, stmt->guard);
    see_operands(v, stmt->options.sign_off_by);
    see_operands(v, stmt->options.during);
    see_operands(v, stmt->set);
    see_operands(v, stmt->using_operand);
    if (stmt->kind == STMT_FOLLOW) {
      const struct body *body = v->analysis->compiled.program->decls[stmt->procedure].body;
      see_follow(v, stmt);
      for (uint32_t i = 0; stmt->arguments != NULL && body != NULL && i < body->parameter_count;
           i++)
        see_operands(v, stmt->arguments[i]);
    }
    see_statements(v, stmt->checks);
    see_statements(v, stmt->undo);
    see_statements(v, stmt->children);
    see_statements(v, stmt->otherwise);
  }
}

static void see_settings(const struct visiting *v, const struct decl *decl)
{
  const struct program *program = v->analysis->compiled.program;
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    for (uint32_t j = 0; j < setting->value_count; j++) {
      const struct value *value = &setting->values[j];
      if (value->kind == VALUE_REF || value->kind == VALUE_MEMBER)
        see(v, value->span, value->decl);
    }
    if (setting->key == KEY_SET && setting->value_count > 0) /* a scenario's `set NAME VALUE` */
      see(v, setting->values[0].span, program_find(program, KIND_PARAM, setting->values[0].text));
  }
}

/* "... ${name} ..." in a text. */
static void see_in_texts(const struct visiting *v, uint32_t file)
{
  const struct lsp_analysis *analysis = v->analysis;
  struct lsp_rows rows;
  struct lsp_imports imports;
  lsp_rows_read(analysis->compiled.sources->files[file].bytes, &rows);
  lsp_imports_read(analysis, &rows, &imports);
  for (uint32_t i = 0; i < rows.token_count; i++) {
    if (rows.tokens[i].kind != LSP_STRING)
      continue;
    struct text text = lsp_token_text(&rows, i);
    for (size_t at = 0; at + 2 < text.length; at++) {
      if (text.at[at] != '$' || text.at[at + 1] != '{' || (at > 0 && text.at[at - 1] == '$'))
        continue;
      const char *end = memchr(text.at + at, '}', text.length - at);
      size_t length = end == NULL ? 0 : (size_t)(end - text.at) - at - 2;
      uint32_t segment;
      struct text path = {text.at + at + 2, length};
      uint32_t decl = length == 0 ? LSP_NONE : lsp_lookup(analysis, &imports, path, &segment);
      if (decl != LSP_NONE)
        see(v, (struct span){file, rows.tokens[i].at + (uint32_t)at + 2, (uint32_t)length}, decl);
    }
  }
  arena_free(rows.arena);
}

void lsp_each_reference(const struct lsp_analysis *analysis, lsp_reference_fn *visit, void *with)
{
  struct visiting v = {analysis, visit, with};
  const struct program *program = analysis->compiled.program;
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++) {
    const struct decl *decl = &program->decls[i];
    see_settings(&v, decl);
    for (uint32_t j = 0; decl->table != NULL && j < decl->table->row_count; j++)
      for (uint32_t k = 0; k < decl->table->column_count; k++)
        see_operands(&v, decl->table->cells[(size_t)j * decl->table->column_count + k].operand);
    if (decl->body != NULL)
      see_statements(&v, decl->body->stmts);
  }
  for (uint32_t i = 0; program != NULL && i < program->file_count; i++)
    see_in_texts(&v, program->files[i]);
}
