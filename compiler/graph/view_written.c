/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_written: what the sources say of a plan beyond its graph: documentation comments, and procedures
 * as they are written. Not for a plan file: it holds neither.
 *
 * (1) A `follow` is one line: the steps of one group have the same first part of their identity and stand
 *     one behind the other.
 */
#include <string.h>

#include "compiler/graph/view_int.h"

struct written {
  struct arena *arena;
  const struct graph *graph;
  const struct program *program;
  struct text_map docs; /* FILE:LINE of a documented statement */
  struct text *doc_texts;
  uint32_t doc_count, doc_capacity;
};

static struct text place_key(struct arena *arena, struct text path, uint32_t line)
{
  return text_format(arena, "%u:%.*s", line, TEXT_ARG(path));
}

static void collect_docs(struct written *w, const struct stmt *stmt)
{
  for (; stmt != NULL; stmt = stmt->next) {
    if (stmt->doc.length != 0) {
      if (w->doc_count == w->doc_capacity) {
        w->doc_capacity = w->doc_capacity == 0 ? 16 : w->doc_capacity * 2;
        w->doc_texts =
            arena_grow(w->arena, w->doc_texts, w->doc_count, w->doc_capacity, sizeof *w->doc_texts);
      }
      struct text path = w->program->sources->files[stmt->span.file].path;
      uint32_t line = source_place(w->program->sources, stmt->span).line;
      w->doc_texts[w->doc_count] = stmt->doc;
      text_map_add(&w->docs, place_key(w->arena, path, line), w->doc_count++, NULL);
    }
    collect_docs(w, stmt->children);
    collect_docs(w, stmt->otherwise);
  }
}

struct written *view_written(struct arena *arena, const struct graph *graph,
                             const struct program *program)
{
  struct written *w = ARENA_NEW(arena, struct written);
  *w = (struct written){.arena = arena, .graph = graph, .program = program};
  text_map_start(&w->docs, arena);
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++)
    if (program->decls[i].body != NULL)
      collect_docs(w, program->decls[i].body->stmts);
  return w;
}

static const struct decl *plan_of(const struct written *w)
{
  for (uint32_t i = 0; w->program != NULL && i < w->program->decl_count; i++)
    if (w->program->decls[i].kind == KIND_PLAN &&
        text_equal(w->program->decls[i].name, w->graph->name))
      return &w->program->decls[i];
  return NULL;
}

struct text written_plan_doc(const struct written *w)
{
  const struct decl *plan = plan_of(w);
  return plan == NULL ? TEXT_NONE : text_visible(w->arena, written_words(w->arena, plan->doc));
}

struct text written_doc(const struct written *w, const struct step *step)
{
  uint32_t found;
  if (w->doc_count == 0)
    return TEXT_NONE;
  struct text path = w->graph->sources[step->source].path;
  return text_map_find(&w->docs, place_key(w->arena, path, step->line), &found)
             ? text_visible(w->arena, written_words(w->arena, w->doc_texts[found]))
             : TEXT_NONE;
}

/* On one line, with one blank between its words. */
struct text written_words(struct arena *arena, struct text text)
{
  char *bytes = arena_alloc(arena, text.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    bool blank =
        text.at[i] == ' ' || text.at[i] == '\n' || text.at[i] == '\t' || text.at[i] == '\r';
    if (!blank)
      bytes[length++] = text.at[i];
    else if (length != 0 && bytes[length - 1] != ' ')
      bytes[length++] = ' ';
  }
  while (length != 0 && bytes[length - 1] == ' ')
    length--;
  return (struct text){bytes, length};
}

/* "renew-one[erp]" of "renew-one[erp]/create"; a key in brackets may hold a slash. */
struct text written_group(struct text id)
{
  bool quoted = false;
  for (size_t i = 0; i < id.length; i++) {
    if (id.at[i] == '\\' && quoted)
      i++;
    else if (id.at[i] == '"')
      quoted = !quoted;
    else if (id.at[i] == '/' && !quoted)
      return (struct text){id.at, i};
  }
  return TEXT_NONE;
}

static struct text label_of(const struct written *w, const struct stmt *stmt)
{
  return stmt->label.length != 0 || stmt->kind != STMT_FOLLOW
             ? stmt->label
             : w->program->decls[stmt->procedure].name;
}

static const struct stmt *find_follow(const struct written *w, const struct stmt *stmt,
                                      struct text label)
{
  for (; stmt != NULL; stmt = stmt->next) {
    if (stmt->kind == STMT_FOLLOW && text_equal(label_of(w, stmt), label))
      return stmt;
    const struct stmt *inside = find_follow(w, stmt->children, label);
    if (inside == NULL)
      inside = find_follow(w, stmt->otherwise, label);
    if (inside != NULL)
      return inside;
  }
  return NULL;
}

/* The statement as it stands in the source, without its label and without its block. */
static struct text say_written(const struct written *w, const struct stmt *stmt)
{
  struct text text = source_text(w->program->sources, stmt->span);
  const char *brace = memchr(text.at, '{', text.length);
  bool has_block = brace != NULL && (brace == text.at || brace[-1] != '$');
  if (has_block)
    text.length = (size_t)(brace - text.at);
  if (stmt->label.length != 0 && text.length > stmt->label.length &&
      memcmp(text.at, stmt->label.at, stmt->label.length) == 0) {
    text.at += stmt->label.length;
    text.length -= stmt->label.length;
    while (text.length != 0 && (text.at[0] == ':' || text.at[0] == ' ')) {
      text.at++;
      text.length--;
    }
  }
  return text_visible(w->arena, written_words(w->arena, text));
}

struct text written_follow(const struct written *w, struct text group)
{
  const struct decl *plan = plan_of(w);
  const char *bracket = memchr(group.at, '[', group.length);
  struct text label = {group.at, bracket == NULL ? group.length : (size_t)(bracket - group.at)};
  const struct stmt *follow = plan == NULL ? NULL : find_follow(w, plan->body->stmts, label);
  return follow == NULL ? TEXT_NONE : say_written(w, follow);
}

/* --- procedures, as written --- */

struct listing {
  const struct written *w;
  written_line_fn *line;
  void *with;
  uint32_t number;
};

static void list_stmts(struct listing *l, const struct stmt *stmt, uint32_t depth)
{
  for (; stmt != NULL; stmt = stmt->next) {
    struct written_line line = {
        .depth = depth,
        .label = label_of(l->w, stmt),
        .says = say_written(l->w, stmt),
        .doc = text_visible(l->w->arena, written_words(l->w->arena, stmt->doc))};
    if (stmt->kind == STMT_STEP || stmt->kind == STMT_FOLLOW)
      line.number = ++l->number;
    line.needs_sign_off = stmt->kind == STMT_STEP && stmt->options.needs_sign_off;
    l->line(&line, l->with);
    for (const struct stmt *check = stmt->checks; check != NULL; check = check->next) {
      struct written_line said = {.depth = depth + 1, .says = say_written(l->w, check)};
      l->line(&said, l->with);
    }
    list_stmts(l, stmt->children, depth + 1);
    if (stmt->otherwise != NULL) {
      struct written_line otherwise = {.depth = depth, .says = TEXT("otherwise")};
      l->line(&otherwise, l->with);
      list_stmts(l, stmt->otherwise, depth + 1);
    }
  }
}

static void mark_followed(const struct written *w, const struct stmt *stmt, bool *is_followed,
                          struct numbers *order)
{
  for (; stmt != NULL; stmt = stmt->next) {
    if (stmt->kind == STMT_FOLLOW && !is_followed[stmt->procedure]) {
      is_followed[stmt->procedure] = true;
      order->items[order->count++] = stmt->procedure;
      mark_followed(w, w->program->decls[stmt->procedure].body->stmts, is_followed, order);
    }
    mark_followed(w, stmt->children, is_followed, order);
    mark_followed(w, stmt->otherwise, is_followed, order);
  }
}

struct numbers written_procedures(const struct written *w)
{
  const struct decl *plan = plan_of(w);
  struct numbers order = {NULL, 0};
  if (plan == NULL)
    return order;
  order.items = arena_array(w->arena, w->program->decl_count, sizeof *order.items);
  mark_followed(w, plan->body->stmts, arena_array(w->arena, w->program->decl_count, sizeof(bool)),
                &order);
  return order;
}

void written_list(const struct written *w, uint32_t procedure, written_line_fn *line, void *with)
{
  struct listing l = {w, line, with, 0};
  list_stmts(&l, w->program->decls[procedure].body->stmts, 0);
}

const struct decl *written_procedure(const struct written *w, uint32_t procedure)
{
  return &w->program->decls[procedure];
}
