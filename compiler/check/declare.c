/* SPDX-License-Identifier: Apache-2.0 */
/*
 * declare: the lines at the top of a file: which declarations there are, before any of them is
 * looked into.
 *
 * (1) Every declaration line gives a declaration, even where its name is missing or taken: what
 *     stands in its block is checked all the same.
 */
#include "compiler/check/checker.h"

#include <string.h>

static bool has_no_block(enum kind kind)
{
  return kind == KIND_PARAM || kind == KIND_SECRET;
}

static uint32_t add_decl(struct checker *c, uint32_t unit, const struct line *line, enum kind kind)
{
  struct program *program = c->program;
  if (program->decl_count == c->decl_capacity) {
    uint32_t capacity = c->decl_capacity == 0 ? 64 : c->decl_capacity * 2;
    program->decls =
        arena_grow(c->arena, program->decls, program->decl_count, capacity, sizeof *program->decls);
    c->infos = arena_grow(c->arena, c->infos, program->decl_count, capacity, sizeof *c->infos);
    c->decl_capacity = capacity;
  }
  uint32_t index = program->decl_count++;
  struct decl *decl = &program->decls[index];
  decl->kind = kind;
  decl->file = c->units[unit].file;
  decl->doc = line->doc;
  decl->name_span = line->span;
  c->infos[index].line = line;
  c->infos[index].unit = unit;
  c->infos[index].next_same = DECL_NONE;
  return index;
}

/* The line may have meant another name than the one that was read, or one where none was read. */
static void forget_names(struct checker *c, uint32_t unit)
{
  c->units[unit].names_incomplete = true;
}

static void report_lacks_name(struct checker *c, const struct line *line, enum kind kind)
{
  const struct term *second = line->phrases->terms->next;
  struct span span = second != NULL ? second->span : span_end_point(line->phrases->terms->span);
  struct diag *diag =
      diag_add(c->diags, DIAG_E0218, span, "this `%s` has no name", kind_words[kind]);
  diag_set_label(c->diags, diag,
                 second != NULL && second->kind == TERM_TEXT
                     ? "its name stands before the title, without quotes"
                     : "write a name here: lower-case words with hyphens");
}

static void report_lacks_body(struct checker *c, uint32_t decl)
{
  struct decl *there = &c->program->decls[decl];
  struct diag *diag =
      diag_add(c->diags, DIAG_E0218, span_end_point(c->infos[decl].line->span),
               "%s `%.*s` says nothing", kind_words[there->kind], TEXT_ARG(there->name));
  diag_set_label(c->diags, diag, "a block `{ ... }` is expected here");
  c->infos[decl].has_broken = true;
}

/* The rest of `KIND NAME "Title"`. */
static void read_title(struct checker *c, uint32_t unit, struct decl *decl, const struct term *term)
{
  if (term != NULL && term->kind == TERM_TEXT) {
    struct scope scope = {.unit = unit};
    decl->title = term->text;
    values_check_text(c, &scope, term, "title");
    term = term->next;
  }
  if (term == NULL)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0201, term->span, "`%.*s` does not belong here",
                               TEXT_ARG(term->text));
  diag_set_label(c->diags, diag, "a title in quotes or `{` is expected here");
  forget_names(c, unit);
}

static void declare_line(struct checker *c, uint32_t unit, const struct line *line, enum kind kind)
{
  uint32_t index = add_decl(c, unit, line, kind);
  struct decl *decl = &c->program->decls[index];
  const struct term *second = line->phrases->terms->next;
  if (second == NULL || second->kind != TERM_NAME) {
    report_lacks_name(c, line, kind);
    forget_names(c, unit);
    decl->poisoned = true;
  } else {
    decl->name = second->text;
    decl->name_span = second->span;
    names_add(c, index);
    if (!has_no_block(kind) && line->block == NULL)
      report_lacks_body(c, index);
  }
  if (kind == KIND_PARAM)
    params_declare(c, index);
  else if (second != NULL && second->kind == TERM_NAME && kind != KIND_SECRET)
    read_title(c, unit, decl, second->next);
  if (kind == KIND_TABLE && decl->name.length != 0)
    rows_declare(c, index);
}

/* The nth word of a line that could not be read, by hand. */
static struct text raw_word(struct text line, uint32_t nth)
{
  for (size_t at = 0; at < line.length;) {
    while (at < line.length && line.at[at] == ' ')
      at++;
    size_t end = at;
    while (end < line.length &&
           (line.at[end] == '-' || (line.at[end] >= 'a' && line.at[end] <= 'z') ||
            (line.at[end] >= '0' && line.at[end] <= '9')))
      end++;
    if (end == at)
      return TEXT_NONE;
    if (nth == 0)
      return (struct text){line.at + at, end - at};
    nth--;
    at = end;
  }
  return TEXT_NONE;
}

/* A line that could not be read: its name is known where it can be made out, so that its uses are
 * not reported. */
static void declare_broken(struct checker *c, uint32_t unit, const struct line *line)
{
  struct text raw = source_text(c->sources, line->span);
  enum kind kind;
  if (!kind_find(raw_word(raw, 0), &kind)) {
    forget_names(c, unit);
    return;
  }
  uint32_t index = add_decl(c, unit, line, kind);
  struct decl *decl = &c->program->decls[index];
  decl->name = raw_word(raw, 1);
  decl->poisoned = true;
  if (decl->name.length != 0)
    names_add(c, index);
  /* A procedure's parameters are names too. */
  if (decl->name.length == 0 || kind == KIND_PROCEDURE)
    forget_names(c, unit);
}

static void report_wrong_kind(struct checker *c, const struct line *line)
{
  const struct term *first = line->phrases->terms;
  if (c->wrong_kind_count++ >= WRONG_KINDS_MAX)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0302, first->span,
                               "there is nothing of the kind `%.*s`", TEXT_ARG(first->text));
  struct text words[KIND_DECLARED_COUNT + 1];
  for (int i = 0; i < KIND_DECLARED_COUNT; i++)
    words[i] = text_of(kind_words[i]);
  words[KIND_DECLARED_COUNT] = TEXT("import");
  bool alone;
  struct text nearest = text_nearest_alone(first->text, words, KIND_DECLARED_COUNT + 1, &alone);
  if (nearest.length != 0) {
    diag_suggest(c->diags, diag, first->span, nearest, alone);
  } else {
    diag_set_label(c->diags, diag, "a declaration begins with its kind: role, system, plan ...");
  }
  if (c->wrong_kind_count == WRONG_KINDS_MAX)
    diag_add_note(c->diags, diag, "%d lines are like this; the others are not told",
                  WRONG_KINDS_MAX);
}

/* "the block of `tenant` or `system`": the kinds that have the key with which the line begins. */
static struct text key_owners(struct checker *c, const struct line *line)
{
  struct tokens tokens = tokens_of_line(c, line);
  struct buffer words = {0};
  for (int kind = 0; kind < KIND_DECLARED_COUNT; kind++) {
    enum key key;
    uint32_t count;
    if (key_of_line((enum kind)kind, &tokens, &key, &count))
      buffer_format(&words, "%s`%s`", words.size_bytes == 0 ? "the block of " : " or ",
                    kind_words[kind]);
  }
  struct text owners = text_copy(c->arena, buffer_text(&words));
  buffer_free(&words);
  return owners;
}

/* A line at the top of a file that declares nothing. */
static void report_stray(struct checker *c, uint32_t unit, const struct line *line)
{
  if (line->kind != LINE_PLAIN || line->label.length != 0 || line->phrases == NULL) {
    bodies_report_place(c, line, "a plan or a procedure");
    return;
  }
  struct text owners = line->block == NULL ? key_owners(c, line) : TEXT_NONE;
  if (owners.length != 0) {
    bodies_report_place(c, line, text_zero(c->arena, owners));
    return;
  }
  enum verb verb;
  const struct term *second = line->phrases->terms->next;
  if (second != NULL && second->kind == TERM_NAME && verb_find(second->text, &verb)) {
    bodies_report_place(c, line, "a plan or a procedure");
    return;
  }
  forget_names(c, unit);
  report_wrong_kind(c, line);
}

static void read_top(struct checker *c, uint32_t unit, const struct line *line)
{
  enum kind kind;
  if (line->kind == LINE_BROKEN) {
    declare_broken(c, unit, line);
    return;
  }
  bool plain = line->kind == LINE_PLAIN && line->label.length == 0 && line->phrases != NULL &&
               line->phrases->terms->kind == TERM_NAME;
  if (plain && text_is(line->phrases->terms->text, "import"))
    return;
  struct diag_list *before = flaw_begin(c, unit, line);
  if (plain && kind_find(line->phrases->terms->text, &kind))
    declare_line(c, unit, line, kind);
  else
    report_stray(c, unit, line);
  if (unit == 0 && plain && text_is(line->phrases->terms->text, "plan"))
    c->has_plan = true;
  flaw_end(c, before);
}

/* Room for as many as there are lines at the top: so nothing is copied. */
static void make_room(struct checker *c)
{
  c->decl_capacity = 1;
  for (uint32_t unit = 0; unit < c->unit_count; unit++)
    for (const struct line *line = c->units[unit].ast->lines; line != NULL; line = line->next)
      c->decl_capacity++;
  c->program->decls = arena_array(c->arena, c->decl_capacity, sizeof *c->program->decls);
  c->infos = arena_array(c->arena, c->decl_capacity, sizeof *c->infos);
}

void declare_all(struct checker *c)
{
  make_room(c);
  for (uint32_t unit = 0; unit < c->unit_count; unit++)
    for (const struct line *line = c->units[unit].ast->lines; line != NULL; line = line->next)
      read_top(c, unit, line);
  for (uint32_t unit = 0; unit < c->unit_count; unit++)
    for (uint32_t other = 0; other < c->unit_count; other++)
      if (unit_sees(&c->units[unit], other) && c->units[other].names_incomplete)
        c->units[unit].names_incomplete = true;
}

static void warn_shadows(struct checker *c, uint32_t decl)
{
  const struct decl_info *info = &c->infos[decl];
  uint32_t other;
  if (!text_map_find(&c->first_of_name, c->program->decls[decl].name, &other))
    return;
  for (; other != DECL_NONE; other = c->infos[other].next_same) {
    if (c->infos[other].unit == info->unit ||
        !unit_sees(&c->units[info->unit], c->infos[other].unit))
      continue;
    struct text name = c->program->decls[decl].name;
    struct diag *diag = diag_add(c->diags, DIAG_W0316, c->program->decls[decl].name_span,
                                 "`%.*s` hides a name of an imported file", TEXT_ARG(name));
    diag_set_label(c->diags, diag, "in this file the name means this one");
    names_show_declared(c, diag, other);
    return;
  }
}

static bool has_body(const struct decl *decl)
{
  return decl->kind == KIND_PLAN || decl->kind == KIND_PROCEDURE;
}

/* Keys of things first, then of plans and procedures, then steps: each may ask what came before. */
void declare_check_all(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    if (!has_body(&c->program->decls[i]) && c->infos[i].line->phrases != NULL)
      keys_check(c, i);
  nodes_collect(c);
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    warn_shadows(c, i);
    if (has_body(&c->program->decls[i]))
      keys_check(c, i);
    kinds_check(c, i);
  }
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    if (c->program->decls[i].kind == KIND_PROCEDURE)
      bodies_declare(c, i);
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    if (has_body(&c->program->decls[i]))
      bodies_check(c, i);
}
