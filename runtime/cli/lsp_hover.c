/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_hover: what the word below the cursor is: from the tables, or where it is declared. */
#include <string.h>

#include "runtime/cli/lsp_names.h"

enum { SHOWN_LINES_MAX = 30 };

struct hover {
  struct lsp *lsp;
  struct lsp_document *document;
  struct lsp_rows rows;
  struct lsp_word word;
  struct buffer says;
};

static void say_verb(struct hover *h, enum verb verb)
{
  const struct verb_row *row = &verb_rows[verb];
  buffer_format(&h->says, "**%s**: %s\n\n```renew\n%s\n```\n", row->word, row->says, row->form);
  for (int i = 0; verb == VERB_CHECKS && i < LOOK__COUNT; i++)
    buffer_format(&h->says, "- `%s`: %s\n", look_rows[i].form, look_rows[i].says);
  buffer_format(&h->says, "\n%s\n",
                row->enters ? "A window binds it: it changes what a running connection presents or "
                              "accepts."
                            : "It runs at any time.");
}

static void say_kind(struct hover *h, enum kind kind)
{
  buffer_format(&h->says, "**%s**: %s\n\n", kind_words[kind], kind_says[kind]);
  for (uint32_t i = 0; i < key_row_count; i++)
    if (key_rows[i].kind == kind)
      buffer_format(&h->says, "- `%s%s%s`%s: %s\n", key_rows[i].words,
                    key_rows[i].form[0] == '\0' ? "" : " ", key_rows[i].form,
                    (key_rows[i].flags & KEY_REQUIRED) != 0 ? " (required)" : "", key_rows[i].says);
}

static void say_key(struct hover *h, const struct key_row *row)
{
  buffer_format(&h->says, "**%s** of a %s: %s\n\n```renew\n%s %s\n```\n", row->words,
                kind_words[row->kind], row->says, row->words, row->form);
  if (row->otherwise[0] != '\0')
    buffer_format(&h->says, "\nDefault: %s\n", row->otherwise);
  if ((row->flags & KEY_REPEATED) != 0)
    buffer_add_zero(&h->says, "\nMay stand several times.\n");
}

static void say_code(struct hover *h, enum diag_code code)
{
  buffer_format(&h->says, "%s**%s**: %s\n\n%s\n", h->says.size_bytes == 0 ? "" : "\n---\n\n",
                diag_code_name(code), diag_code_title(code), diag_code_explanation(code));
}

/* The declaration as it is written, at most SHOWN_LINES_MAX lines. */
static void say_source(struct hover *h, struct text bytes, uint32_t name_at)
{
  struct lsp_rows rows;
  lsp_rows_read(bytes, &rows);
  uint32_t row = 0;
  while (row + 1 < rows.count && rows.tokens[rows.rows[row + 1].first].at <= name_at)
    row++;
  if (row >= rows.count) {
    arena_free(rows.arena);
    return;
  }
  uint32_t start = rows.tokens[rows.rows[row].first].at, end = rows.rows[row].close;
  if (end == LSP_NONE) {
    struct lsp_token last = rows.tokens[rows.rows[row].first + rows.rows[row].count - 1];
    end = last.at + last.length - 1;
  }
  uint32_t lines = 0, at = start;
  for (; at <= end && at < bytes.length && lines < SHOWN_LINES_MAX; at++)
    lines += bytes.at[at] == '\n';
  buffer_format(&h->says, "```renew\n%.*s%s\n```\n", (int)(at - start), bytes.at + start,
                at <= end && at < bytes.length ? "..." : "");
  arena_free(rows.arena);
}

static bool say_declaration(struct hover *h)
{
  struct lsp_analysis *analysis = lsp_analyse(h->lsp, h->document);
  struct lsp_imports imports;
  uint32_t segment, token;
  lsp_imports_read(analysis, &h->rows, &imports);
  const char *dot = memchr(h->word.text.at, '.', h->word.text.length);
  struct text first = {h->word.text.at,
                       dot == NULL ? h->word.text.length : (size_t)(dot - h->word.text.at)};
  uint32_t local = lsp_local(&h->rows, h->word.row, first, &token);
  if (local != LSP_NONE) {
    const struct lsp_row *row = &h->rows.rows[local];
    struct lsp_token last = h->rows.tokens[row->first + row->count - 1];
    uint32_t start = h->rows.tokens[row->first].at;
    buffer_format(&h->says, "**%.*s** is declared by\n\n```renew\n%.*s\n```\n", TEXT_ARG(first),
                  (int)(last.at + last.length - start), h->rows.bytes.at + start);
    return true;
  }
  uint32_t index = lsp_lookup(analysis, &imports, h->word.text, &segment);
  if (index == LSP_NONE || h->word.segment_index < segment)
    return false;
  const struct decl *decl = &analysis->compiled.program->decls[index];
  const struct source *source = &analysis->compiled.sources->files[decl->file];
  buffer_format(&h->says, "**%.*s**, a %s", TEXT_ARG(decl->name), kind_words[decl->kind]);
  if (decl->title.length != 0)
    buffer_format(&h->says, ": %.*s", TEXT_ARG(decl->title));
  if (decl->file != 0)
    buffer_format(&h->says, " (%.*s)", TEXT_ARG(source->path));
  buffer_add_zero(&h->says, "\n\n");
  if (decl->doc.length != 0)
    buffer_format(&h->says, "%.*s\n\n", TEXT_ARG(decl->doc));
  say_source(h, source->bytes, decl->name_span.at);
  return true;
}

static bool say_option(struct hover *h, const struct lsp_row *row)
{
  for (int i = 0; i < OPTION__COUNT; i++) {
    for (uint32_t from = 0; from <= h->word.index; from++) {
      uint32_t count = lsp_row_begins(&h->rows, row, from, option_rows[i].words);
      if (h->word.index >= from + count || count == 0 || (from != 0 && !option_rows[i].on_line))
        continue;
      buffer_format(&h->says, "**%s**: %s\n\n```renew\n%s %s\n```\n", option_rows[i].words,
                    option_rows[i].says, option_rows[i].words, option_rows[i].form);
      return true;
    }
  }
  return false;
}

static bool say_row_key(struct hover *h, const struct lsp_row *row, enum kind kind)
{
  const struct key_row *found = NULL;
  for (uint32_t i = 0; i < key_row_count; i++) {
    uint32_t count = lsp_row_begins(&h->rows, row, 0, key_rows[i].words);
    bool longer = found == NULL || strlen(key_rows[i].words) > strlen(found->words);
    if (key_rows[i].kind == kind && h->word.index < count && longer)
      found = &key_rows[i];
  }
  if (found != NULL)
    say_key(h, found);
  return found != NULL;
}

static bool say_look(struct hover *h, const struct lsp_row *row)
{
  bool looks = text_is(lsp_word(&h->rows, row, 0), "check");
  for (uint32_t i = 0; i < h->word.index; i++)
    looks = looks || text_is(lsp_word(&h->rows, row, i), "checks");
  for (int i = 0; looks && i < LOOK__COUNT; i++)
    if (text_is(h->word.text, look_rows[i].word)) {
      buffer_format(&h->says, "**check %s**: %s\n\n```renew\n%s\n```\n", look_rows[i].word,
                    look_rows[i].says, look_rows[i].form);
      return true;
    }
  return false;
}

static bool is_behind_colon(const struct hover *h, const struct lsp_row *row)
{
  return row->count > 1 && h->rows.tokens[row->first + 1].kind == LSP_COLON;
}

/* A verb stands behind its role; a role may be called like a verb. */
static bool say_step_word(struct hover *h, const struct lsp_row *row)
{
  enum verb verb;
  uint32_t first = is_behind_colon(h, row) ? 2 : 0;
  bool is_free = row->parent != LSP_NONE && h->word.index > first;
  for (uint32_t i = first + 1; i < h->word.index; i++)
    is_free = is_free && !verb_find(lsp_word(&h->rows, row, i), &verb);
  if (is_free && verb_find(h->word.text, &verb)) {
    say_verb(h, verb);
    return true;
  }
  return say_look(h, row);
}

static void say_word(struct hover *h)
{
  const struct lsp_row *row = &h->rows.rows[h->word.row];
  enum kind kind = lsp_row_kind(&h->rows, h->word.row);
  bool steps = row->parent != LSP_NONE && (kind == KIND_PLAN || kind == KIND_PROCEDURE);
  if (row->parent == LSP_NONE && h->word.index == 0 && kind != KIND__COUNT) {
    say_kind(h, kind);
    return;
  }
  if (row->parent == LSP_NONE && lsp_is_configuration(h->document) &&
      say_row_key(h, row, KIND_CONFIGURATION))
    return;
  if (steps && say_step_word(h, row))
    return;
  bool direct = row->parent != LSP_NONE && h->rows.rows[row->parent].parent == LSP_NONE &&
                !is_behind_colon(h, row);
  if (direct && kind != KIND__COUNT && say_row_key(h, row, kind))
    return;
  if (say_declaration(h))
    return;
  if (steps && say_option(h, row))
    return;
  if (steps && h->word.index == 0 && is_behind_colon(h, row))
    buffer_format(&h->says, "**%.*s**, a step of this plan\n", TEXT_ARG(h->word.text));
}

static void say_findings(struct hover *h, uint32_t at)
{
  const struct diag_list *diags = lsp_analyse(h->lsp, h->document)->compiled.diags;
  for (uint32_t i = 0; i < diags->count; i++) {
    const struct diag *diag = diags->items[i];
    if (diag->has_place && diag->primary.file == 0 && diag->primary.at <= at &&
        at < diag->primary.at + diag->primary.length)
      say_code(h, diag->code);
  }
}

json_t *lsp_hover(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  struct hover h = {.lsp = lsp, .document = document};
  uint32_t at = lsp_offset(lsp, document, json_object_get(params, "position"));
  lsp_rows_read(buffer_text(&document->text), &h.rows);
  bool is_word = lsp_word_at(&h.rows, at, &h.word);
  if (is_word)
    say_word(&h);
  say_findings(&h, at);
  json_t *result = json_null();
  if (h.says.size_bytes != 0) {
    result = json_pack("{s:{s:s,s:o}}", "contents", "kind", "markdown", "value",
                       lsp_text(buffer_text(&h.says)));
    if (is_word)
      json_object_set_new(result, "range",
                          lsp_range(lsp, document, h.rows.tokens[h.word.token].at,
                                    h.rows.tokens[h.word.token].length));
  }
  arena_free(h.rows.arena);
  buffer_free(&h.says);
  return result;
}
