/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsp_complete: what may be written at the cursor. Only the text before it counts, and of the rest of
 * the program the names: a line that is being written is broken, and that is as it should be.
 */
#include <string.h>

#include "compiler/check/ask.h"
#include "runtime/cli/lsp_propose.h"

enum { ITEMS_MAX = 2000 };

void propose(struct proposals *p, enum item_kind kind, struct text word, struct text detail,
             struct text says, struct text snippet)
{
  enum { PLAIN = 1, SNIPPET = 2 };
  size_t count = json_array_size(p->items);
  if (count >= ITEMS_MAX)
    return;
  for (size_t i = 0; i < count && kind != ITEM_NAME; i++) {
    const json_t *label = json_object_get(json_array_get(p->items, i), "label");
    if (text_is(word, json_string_value(label)))
      return;
  }
  bool is_snippet = snippet.length != 0 && p->lsp->has_snippets;
  struct text order = text_format(p->arena, "%05zu", count);
  json_t *item =
      json_pack("{s:o,s:i,s:o,s:i,s:o}", "label", lsp_text(word), "kind", (int)kind, "sortText",
                lsp_text(order), "insertTextFormat", is_snippet ? SNIPPET : PLAIN, "textEdit",
                lsp_edit(p->lsp, p->document, p->replaced, is_snippet ? snippet : word));
  if (detail.length != 0)
    json_object_set_new(item, "detail", lsp_text(detail));
  if (says.length != 0)
    json_object_set_new(item, "documentation", lsp_text(says));
  json_array_append_new(p->items, item);
}

void propose_word(struct proposals *p, const char *word)
{
  propose(p, ITEM_WORD, text_of(word), TEXT_NONE, TEXT_NONE, TEXT_NONE);
}

void propose_choice(struct proposals *p, const char *words)
{
  for (const char *at = words; *at != '\0';) {
    size_t length = strcspn(at, "|");
    propose(p, ITEM_WORD, (struct text){at, length}, TEXT_NONE, TEXT_NONE, TEXT_NONE);
    at += length + (at[length] == '|');
  }
}

static void propose_name(struct proposals *p, struct text name, enum kind kind,
                         const struct decl *decl)
{
  struct text detail = text_of(kind_words[kind]);
  if (decl != NULL && decl->title.length != 0)
    detail = text_format(p->arena, "%s \"%.*s\"", kind_words[kind], TEXT_ARG(decl->title));
  propose(p, ITEM_NAME, name, detail, decl == NULL ? TEXT_NONE : decl->doc, TEXT_NONE);
}

/* The name, and the paths of members from it, that are of those types. */
static void propose_paths(struct proposals *p, struct text name, enum kind kind,
                          const struct decl *decl, unsigned types)
{
  enum member members[2] = {MEMBER_NONE};
  if ((ask_types(kind, members, 0) & types) != 0)
    propose_name(p, name, kind, decl);
  for (int first = MEMBER_NONE + 1; first < MEMBER__COUNT; first++) {
    members[0] = (enum member)first;
    if (!ask_member(kind, members, 0, members[0]))
      continue;
    struct text path = text_format(p->arena, "%.*s.%s", TEXT_ARG(name), member_words[first]);
    if ((ask_types(kind, members, 1) & types) != 0)
      propose_name(p, path, kind, decl);
    for (int second = MEMBER_NONE + 1; second < MEMBER__COUNT; second++) {
      members[1] = (enum member)second;
      if (ask_member(kind, members, 1, members[1]) && (ask_types(kind, members, 2) & types) != 0)
        propose_name(p, text_format(p->arena, "%.*s.%s", TEXT_ARG(path), member_words[second]),
                     kind, decl);
    }
  }
}

/* Loop variables and the parameters of the procedure around. */
static void propose_locals(struct proposals *p, unsigned types)
{
  const struct lsp_rows *rows = &p->rows;
  for (uint32_t at = p->parent; at != LSP_NONE; at = rows->rows[at].parent) {
    const struct lsp_row *row = &rows->rows[at];
    if (lsp_row_begins(rows, row, 0, "for each") != 0 && (types & TYPE_ROLE) == 0 && row->count > 2)
      propose(p, ITEM_NAME, lsp_word(rows, row, 2), TEXT("loop variable"), TEXT_NONE, TEXT_NONE);
    for (uint32_t i = 3; text_is(lsp_word(rows, row, 0), "procedure") && i < row->count; i++) {
      enum kind kind;
      struct text name = lsp_word(rows, row, i);
      if (name.length != 0 && kind_find(lsp_word(rows, row, i - 1), &kind))
        propose_paths(p, name, kind, NULL, types);
    }
  }
}

/* `needs role a, b` of the procedure around. */
static void propose_needed_roles(struct proposals *p)
{
  for (uint32_t i = 0; i < p->rows.count; i++) {
    const struct lsp_row *row = &p->rows.rows[i];
    if (row->parent == LSP_NONE || row->parent != p->parent ||
        lsp_row_begins(&p->rows, row, 0, "needs role") == 0)
      continue;
    for (uint32_t j = 2; j < row->count; j++)
      if (lsp_word(&p->rows, row, j).length != 0)
        propose_name(p, lsp_word(&p->rows, row, j), KIND_ROLE, NULL);
  }
}

void propose_types(struct proposals *p, unsigned types)
{
  const struct program *program = p->analysis->compiled.program;
  propose_locals(p, types);
  if ((types & TYPE_ROLE) != 0)
    propose_needed_roles(p);
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++) {
    const struct decl *decl = &program->decls[i];
    propose_paths(p, lsp_visible(p->arena, p->analysis, &p->imports, i), decl->kind, decl, types);
  }
}

void propose_kind(struct proposals *p, enum kind kind)
{
  const struct program *program = p->analysis->compiled.program;
  if (kind == KIND_ROLE)
    propose_needed_roles(p);
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++)
    if (program->decls[i].kind == kind)
      propose_name(p, lsp_visible(p->arena, p->analysis, &p->imports, i), kind, &program->decls[i]);
}

/* --- behind a dot --- */

static void propose_members(struct proposals *p)
{
  struct text path = p->prefix;
  uint32_t segment;
  uint32_t decl = lsp_lookup(p->analysis, &p->imports, path, &segment);
  enum kind kind = KIND__COUNT;
  if (decl != LSP_NONE)
    kind = p->analysis->compiled.program->decls[decl].kind;
  enum member members[MEMBERS_MAX] = {MEMBER_NONE};
  uint32_t count = 0, at = 0, start = 0;
  for (uint32_t i = 0; i < path.length; i++) {
    if (path.at[i] != '.')
      continue;
    struct text word = {path.at + start, i - start};
    if (at == 0 && decl == LSP_NONE) { /* a parameter of a procedure */
      uint32_t token, row = lsp_local(&p->rows, p->parent, word, &token);
      if (row != LSP_NONE && token > 0)
        kind_find(lsp_token_text(&p->rows, token - 1), &kind);
    }
    if (at > segment && (count == MEMBERS_MAX || !member_find(word, &members[count++])))
      return;
    start = i + 1;
    at++;
  }
  p->replaced.at += start;
  p->replaced.length -= start;
  if (at <= segment && decl == LSP_NONE) { /* behind an import's name */
    for (uint32_t i = 0; i < p->imports.count; i++)
      for (uint32_t j = 0;
           start > 0 && p->imports.items[i].prefix.length == start - 1 &&
           memcmp(p->imports.items[i].prefix.at, path.at, start - 1) == 0 &&
           p->analysis->compiled.program != NULL && j < p->analysis->compiled.program->decl_count;
           j++) {
        const struct decl *of = &p->analysis->compiled.program->decls[j];
        if (of->file == p->imports.items[i].file)
          propose_name(p, of->name, of->kind, of);
      }
  }
  for (int i = MEMBER_NONE + 1; kind != KIND__COUNT && i < MEMBER__COUNT; i++)
    if (ask_member(kind, members, count, (enum member)i))
      propose_word(p, member_words[i]);
}

/* --- lines --- */

static struct text kind_snippet(struct proposals *p, enum kind kind)
{
  struct buffer out = {0};
  uint32_t number = 2;
  buffer_format(&out, "%s ${1:name}", kind_words[kind]);
  if (kind == KIND_PARAM) {
    buffer_add_zero(&out, " as ${2|string,number,duration,date,datetime,yes-no|}");
  } else if (kind == KIND_TABLE) {
    buffer_add_zero(&out, " with ${2:name, cert} {\n  $0\n}");
  } else {
    buffer_add_zero(&out, kind == KIND_SECRET ? "" : " {\n");
    for (uint32_t i = 0; i < key_row_count; i++) {
      const struct key_row *row = &key_rows[i];
      if (row->kind != kind || (row->flags & KEY_REQUIRED) == 0)
        continue;
      buffer_format(&out, "%s%s", kind == KIND_SECRET ? " " : "  ", row->words);
      snippet_form(&out, row->form, &number);
      buffer_add_zero(&out, kind == KIND_SECRET ? "" : "\n");
    }
    buffer_add_zero(&out, kind == KIND_SECRET ? "" : "  $0\n}");
  }
  struct text snippet = text_copy(p->arena, buffer_text(&out));
  buffer_free(&out);
  return snippet;
}

static void propose_top(struct proposals *p)
{
  if (p->row.count == 0) {
    for (uint32_t i = 0; i < KIND_DECLARED_COUNT; i++)
      propose(p, ITEM_KIND, text_of(kind_words[i]), text_of(kind_says[i]), TEXT_NONE,
              kind_snippet(p, (enum kind)i));
    propose(p, ITEM_WORD, TEXT("import"), TEXT("the declarations of another file"), TEXT_NONE,
            TEXT("import \"$1\""));
    return;
  }
  struct text word = lsp_word(&p->rows, &p->row, 0);
  bool is_behind_with = text_is(lsp_word(&p->rows, &p->row, p->row.count - 1), "with") ||
                        p->rows.tokens[p->row.first + p->row.count - 1].kind == LSP_COMMA;
  if (text_is(word, "secret") && p->row.count >= 2) {
    if (p->row.count == 2)
      propose_word(p, "from");
    else
      propose_form(p, KIND_SECRET, KEY_FROM, "env|file|command|prompt|vault|credential TEXT", 3);
  } else if (text_is(word, "procedure") && p->row.count > 2 && is_behind_with) {
    for (int i = 0; i < KIND_DECLARED_COUNT; i++)
      propose_word(p, kind_words[i]);
  } else if (text_is(word, "param") && text_is(lsp_word(&p->rows, &p->row, 2), "as") &&
             p->row.count == 3) {
    propose_choice(p, "string|number|duration|date|datetime|yes-no");
  }
}

/* Whether a line of the same block says that key already. */
static bool is_said(const struct proposals *p, const char *words)
{
  for (uint32_t i = 0; i < p->rows.count; i++)
    if (p->rows.rows[i].parent == p->parent &&
        lsp_row_begins(&p->rows, &p->rows.rows[i], 0, words) != 0)
      return true;
  return false;
}

/* One key, or one option of a step: the rest of its words, or what its form lets follow. */
static void propose_line(struct proposals *p, enum kind kind, int key, const char *words,
                         const char *form, struct text says)
{
  uint32_t count = lsp_row_begins(&p->rows, &p->row, 0, words);
  bool colon = words[strlen(words) - 1] == ':';
  if (count != 0 && !colon) {
    propose_form(p, kind, (enum key)key, form, count);
    return;
  }
  uint32_t typed = 0;
  const char *at = words;
  for (; typed < p->row.count && *at != '\0'; typed++) {
    size_t length = strcspn(at, " ");
    if (!text_equal(lsp_word(&p->rows, &p->row, typed), (struct text){at, length}))
      return;
    at += length + (at[length] == ' ');
  }
  if (typed < p->row.count || *at == '\0')
    return;
  struct buffer snippet = {0};
  uint32_t number = 1;
  buffer_add_zero(&snippet, at);
  if (strcmp(form, "LOOK") == 0 || strcmp(form, "SENTENCE") == 0)
    buffer_add_zero(&snippet, " ");
  else
    snippet_form(&snippet, form, &number);
  propose(p, ITEM_KEY, text_of(at), text_format(p->arena, "%s %s", words, form), says,
          text_copy(p->arena, buffer_text(&snippet)));
  buffer_free(&snippet);
}

static void propose_keys(struct proposals *p, enum kind kind)
{
  for (uint32_t i = 0; i < key_row_count; i++) {
    const struct key_row *row = &key_rows[i];
    if (row->kind != kind || (kind == KIND_SECRET && row->key == KEY_FROM))
      continue;
    if (p->row.count == 0 && (row->flags & KEY_REPEATED) == 0 && is_said(p, row->words))
      continue;
    struct text says = text_of(row->says);
    if (row->otherwise[0] != '\0')
      says = text_format(p->arena, "%s; default: %s", row->says, row->otherwise);
    propose_line(p, kind, (int)row->key, row->words, row->form, says);
  }
}

static void propose_steps(struct proposals *p)
{
  bool labelled = p->row.count >= 2 && p->rows.tokens[p->row.first + 1].kind == LSP_COLON;
  if (p->row.count == 0) {
    propose(p, ITEM_SNIPPET, TEXT("step"), TEXT("label: ROLE VERB ..."),
            TEXT("one step of the plan"), TEXT("${1:label}: ${2:role} $0"));
    propose(p, ITEM_SNIPPET, TEXT("for each"), TEXT("for each NAME in SET { }"), TEXT_NONE,
            TEXT("for each ${1:node} in ${2:set} {\n  $0\n}"));
    propose(p, ITEM_SNIPPET, TEXT("when"), TEXT("when GUARD { }"), TEXT_NONE,
            TEXT("when ${1:guard} {\n  $0\n}"));
    propose(p, ITEM_SNIPPET, TEXT("together"), TEXT("together { }"), TEXT_NONE,
            TEXT("together {\n  $0\n}"));
  }
  if (lsp_row_begins(&p->rows, &p->row, 0, "for each") != 0) {
    if (p->row.count == 3)
      propose_word(p, "in");
    enum kind sets[] = {KIND_TENANT, KIND_FLOW, KIND_SYSTEM, KIND_ABAP, KIND_TABLE};
    for (size_t i = 0; p->row.count == 4 && i < sizeof sets / sizeof sets[0]; i++)
      propose_kind(p, sets[i]);
    return;
  }
  propose_sentence(p, labelled ? 2 : 0);
}

static void propose_options(struct proposals *p)
{
  if (lsp_row_begins(&p->rows, &p->row, 0, "undo") != 0 && p->row.count >= 2) {
    propose_sentence(p, 2);
    return;
  }
  if (lsp_row_begins(&p->rows, &p->row, 0, "check") != 0) {
    propose_look(p, 1);
    return;
  }
  for (int i = 0; i < OPTION__COUNT; i++)
    propose_line(p, KIND__COUNT, 0, option_rows[i].words, option_rows[i].form,
                 text_of(option_rows[i].says));
}

static void propose_here(struct proposals *p)
{
  if (p->prefix.length != 0 && memchr(p->prefix.at, '.', p->prefix.length) != NULL) {
    propose_members(p);
    return;
  }
  enum kind kind = lsp_row_kind(&p->rows, p->parent);
  if (p->parent == LSP_NONE && lsp_is_configuration(p->document)) {
    propose_keys(p, KIND_CONFIGURATION); /* they stand in no block */
    if (p->row.count == 0)
      propose(p, ITEM_KIND, TEXT("profile"), text_of(kind_says[KIND_PROFILE]), TEXT_NONE,
              TEXT("profile {\n  $0\n}"));
  } else if (p->parent == LSP_NONE) {
    propose_top(p);
  } else if (kind == KIND_PLAN || kind == KIND_PROCEDURE) {
    if (!lsp_row_is_steps(&p->rows, p->parent)) {
      propose_options(p);
      return;
    }
    if (p->rows.rows[p->parent].parent == LSP_NONE)
      propose_keys(p, kind);
    propose_steps(p);
  } else if (kind == KIND_TABLE) {
    propose_types(p, ~0u);
  } else if (kind != KIND__COUNT) {
    propose_keys(p, kind);
  }
}

/* The row that the cursor continues; an empty one where it begins a new one. */
static void find_row(struct proposals *p, struct text before, uint32_t start)
{
  struct lsp_rows *rows = &p->rows;
  p->row = (struct lsp_row){.first = rows->token_count, .open = LSP_NONE, .close = LSP_NONE};
  p->parent = rows->depth == 0 ? LSP_NONE : rows->stack[rows->depth - 1];
  if (rows->token_count == 0 || rows->ends_row)
    return;
  struct lsp_token last = rows->tokens[rows->token_count - 1];
  uint32_t end = last.at + last.length;
  bool same = memchr(before.at + end, '\n', start - end) == NULL || last.kind == LSP_COMMA;
  if (same)
    p->row = rows->rows[rows->count - 1];
}

json_t *lsp_completion(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  uint32_t end = lsp_offset(lsp, document, json_object_get(params, "position")), start = end;
  struct text bytes = buffer_text(&document->text);
  struct lsp_rows probe;
  lsp_rows_read((struct text){bytes.at, end}, &probe);
  bool is_text = probe.in_string || probe.in_comment;
  if (!is_text && probe.token_count != 0) {
    struct lsp_token last = probe.tokens[probe.token_count - 1];
    if (last.kind == LSP_WORD && last.at + last.length == end)
      start = last.at;
  }
  arena_free(probe.arena);
  json_t *items = json_array();
  if (!is_text) {
    struct proposals p = {.lsp = lsp, .document = document, .items = items};
    p.analysis = lsp_last(lsp, document);
    lsp_rows_read((struct text){bytes.at, start}, &p.rows);
    p.arena = p.rows.arena;
    p.prefix = (struct text){bytes.at + start, end - start};
    p.replaced = (struct span){0, start, end - start};
    /* The imports stand above, whatever is being written here. */
    lsp_imports_read(p.analysis, &p.rows, &p.imports);
    find_row(&p, bytes, start);
    propose_here(&p);
    arena_free(p.rows.arena);
  }
  return json_pack("{s:b,s:o}", "isIncomplete", json_array_size(items) >= ITEMS_MAX, "items",
                   items);
}
