/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bodies: the lines of a plan or a procedure: which is a step, which opens a block, which does not
 * belong there.
 *
 * (1) Labels are unique in one body, blocks included; `undo` is no label.
 * (2) Recursion is bounded by the nesting that parse lets through.
 */
#include "compiler/check/checker.h"

#include <string.h>

/* E0219: where the line belongs instead. */
void bodies_report_place(struct checker *c, const struct line *line, const char *where)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0219, line->span, "this line does not belong here");
  diag_set_label(c->diags, diag, "it belongs into %s", where);
}

struct local *bodies_add_local(struct checker *c, struct scope *scope, struct text name,
                               struct span span, uint64_t sorts, uint32_t decl)
{
  struct body_scope *body = scope->body;
  const struct local *other = names_local(scope, name);
  if (other != NULL) {
    struct diag *diag = diag_add(c->diags, DIAG_E0303, span, "`%.*s` is a name of this block twice",
                                 TEXT_ARG(name));
    diag_set_label(c->diags, diag, "this is the second");
    diag_add_label(c->diags, diag, other->span, "the first is here");
  }
  if (body->local_count == body->local_capacity) {
    uint32_t capacity = body->local_capacity == 0 ? 8 : body->local_capacity * 2;
    body->locals =
        arena_grow(c->arena, body->locals, body->local_count, capacity, sizeof *body->locals);
    body->local_capacity = capacity;
  }
  struct local *local = &body->locals[body->local_count++];
  *local = (struct local){name, span, sorts, body->body->local_count++, decl, 0};
  return local;
}

static void add_label(struct checker *c, struct scope *scope, struct text label, struct span span)
{
  struct body_scope *body = scope->body;
  uint32_t first;
  if (!text_map_add(&body->labels, label, body->label_count, &first)) {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0306, span, "two steps are called `%.*s`", TEXT_ARG(label));
    diag_set_label(c->diags, diag, "this is the second");
    diag_add_label(c->diags, diag, body->label_spans[first], "the first is here");
    diag_add_help(c->diags, diag, "a label names one step of a plan, its blocks included");
    return;
  }
  if (body->label_count == body->label_capacity) {
    uint32_t capacity = body->label_capacity == 0 ? 16 : body->label_capacity * 2;
    body->label_spans = arena_grow(c->arena, body->label_spans, body->label_count, capacity,
                                   sizeof *body->label_spans);
    body->label_capacity = capacity;
  }
  body->label_spans[body->label_count++] = span;
}

/* ---- the parameters of a procedure ---- */

static void add_parameter(struct body *body, struct local *locals, struct parameter parameter,
                          uint64_t sorts)
{
  uint32_t index = body->parameter_count++;
  body->parameters[index] = parameter;
  locals[index] = (struct local){parameter.name, parameter.span, sorts, index, DECL_NONE, 0};
}

static bool can_be_parameter(enum kind kind)
{
  return kind != KIND_PLAN && kind != KIND_PROCEDURE && kind != KIND_TABLE && kind != KIND_PARAM &&
         kind != KIND_SECRET;
}

/* `certificate cert`: a declared thing; `duration patience`: a plain value. */
static void read_parameter(struct checker *c, struct body *body, struct local *locals,
                           const struct phrase *phrase)
{
  const struct term *first = phrase->terms;
  if (phrase->term_count != 2 || first->kind != TERM_NAME || first->next->kind != TERM_NAME) {
    struct diag *diag = diag_add(c->diags, DIAG_E0201, phrase->span,
                                 "a parameter is two words: its kind and its name");
    diag_set_label(c->diags, diag, "write for example `certificate cert`");
    return;
  }
  struct parameter parameter = {
      .kind = KIND_PARAM, .name = first->next->text, .span = first->next->span};
  if (kind_find(first->text, &parameter.kind) && can_be_parameter(parameter.kind)) {
    add_parameter(body, locals, parameter, SORT_BIT(sort_of_kind(parameter.kind)));
    return;
  }
  parameter.kind = KIND_PARAM;
  if (param_type_find(first->text, &parameter.type)) {
    add_parameter(body, locals, parameter, SORT_BIT(param_sort(parameter.type)));
    return;
  }
  struct diag *diag = diag_add(c->diags, DIAG_E0302, first->span,
                               "a parameter cannot be of the kind `%.*s`", TEXT_ARG(first->text));
  diag_set_label(c->diags, diag, "known are certificate, flow, system, keystore, role ...");
  diag_add_help(c->diags, diag,
                "a plain value is string, number, duration, date, datetime or yes-no");
  parameter.kind = KIND_CERTIFICATE;
  add_parameter(body, locals, parameter, 0);
}

/* The parameters that the header lists, then the roles of `needs role`. */
void bodies_declare(struct checker *c, uint32_t decl)
{
  struct decl *there = &c->program->decls[decl];
  const struct line *line = c->infos[decl].line;
  struct body *body = ARENA_NEW(c->arena, struct body);
  const struct setting *roles = decl_setting(there, KEY_NEEDS_ROLE);
  uint32_t limit = roles == NULL ? 0 : roles->value_count;
  for (const struct clause *clause = line->clauses; clause != NULL; clause = clause->next)
    limit += clause->phrase_count;
  body->parameters = arena_array(c->arena, limit, sizeof *body->parameters);
  struct local *locals = arena_array(c->arena, limit, sizeof *locals);
  uint32_t error_count = c->diags->error_count;
  for (const struct clause *clause = line->clauses; clause != NULL; clause = clause->next) {
    if (!text_is(clause->preposition, "with")) {
      struct diag *diag = diag_add(c->diags, DIAG_E0201, clause->preposition_span,
                                   "`%.*s` does not belong here", TEXT_ARG(clause->preposition));
      diag_set_label(c->diags, diag, "parameters stand behind `with`");
      continue;
    }
    for (const struct phrase *phrase = clause->phrases; phrase != NULL; phrase = phrase->next)
      read_parameter(c, body, locals, phrase);
  }
  for (uint32_t i = 0; roles != NULL && i < roles->value_count; i++)
    add_parameter(body, locals,
                  (struct parameter){.kind = KIND_ROLE,
                                     .name = roles->values[i].text,
                                     .span = roles->values[i].span},
                  SORT_BIT(SORT_ROLE));
  there->poisoned |= c->diags->error_count != error_count;
  there->body = body;
  c->infos[decl].parameters = locals;
}

/* ---- lines ---- */

struct stmt *bodies_new_stmt(struct checker *c, enum stmt_kind kind, const struct line *line)
{
  struct stmt *stmt = ARENA_NEW(c->arena, struct stmt);
  stmt->kind = kind;
  stmt->number = c->program->stmt_count++;
  stmt->span = line->span;
  stmt->doc = line->doc;
  return stmt;
}

static void check_after(struct checker *c, const struct stmt *stmt, const struct text_map *labels)
{
  uint32_t place;
  if (stmt->options.after.length == 0)
    return;
  if (labels != NULL && text_map_find(labels, stmt->options.after, &place) &&
      !text_equal(stmt->label, stmt->options.after))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0320, stmt->options.after_span,
                               "`after` names no other step of the same `together`");
  diag_set_label(c->diags, diag, "`%.*s` is not one of its steps", TEXT_ARG(stmt->options.after));
  diag_add_help(c->diags, diag, "elsewhere the order of the lines is the order of the steps");
}

static void check_afters(struct checker *c, const struct stmt *first, bool is_together)
{
  struct text_map labels;
  text_map_start(&labels, c->arena);
  for (const struct stmt *stmt = first; is_together && stmt != NULL; stmt = stmt->next)
    if (stmt->label.length != 0)
      text_map_add(&labels, stmt->label, 0, NULL);
  for (const struct stmt *stmt = first; stmt != NULL; stmt = stmt->next)
    check_after(c, stmt, is_together ? &labels : NULL);
}

static struct stmt *read_when(struct checker *c, struct scope *scope, const struct line *line,
                              bool is_together)
{
  struct stmt *stmt = bodies_new_stmt(c, STMT_WHEN, line);
  stmt->guard = guards_read(c, scope, line->guard, &stmt->poisoned);
  stmt->children =
      bodies_statements(c, scope, line->block == NULL ? NULL : line->block->lines, is_together);
  if (line->otherwise != NULL)
    stmt->otherwise = bodies_statements(c, scope, line->otherwise->lines, is_together);
  return stmt;
}

/* A line that could not be read: what stands in its block is still looked at. */
static void read_broken(struct checker *c, struct scope *scope, const struct line *line)
{
  struct text raw = source_text(c->sources, line->span);
  scope->body->has_broken = true;
  bool is_for = text_starts_with(raw, "for");
  bool is_block = is_for || text_starts_with(raw, "when") || text_starts_with(raw, "together");
  scope->body->unknown_depth += is_for;
  if (is_block && line->block != NULL)
    bodies_statements(c, scope, line->block->lines, true);
  if (is_block && line->otherwise != NULL)
    bodies_statements(c, scope, line->otherwise->lines, true);
  scope->body->unknown_depth -= is_for;
}

static bool is_key(struct checker *c, const struct scope *scope, const struct line *line)
{
  enum kind kind = c->program->decls[scope->body->decl].kind;
  enum key key;
  uint32_t count;
  if (line->kind != LINE_PLAIN)
    return false;
  if (line->label.length != 0)
    return keys_has_colon(kind, line);
  struct tokens tokens = tokens_of_line(c, line);
  return key_of_line(kind, &tokens, &key, &count);
}

/* `for node in ...`, `on failure stop`: a preposition begins no line of a plan. */
static void report_start(struct checker *c, const struct line *line)
{
  const struct clause *clause = line->clauses;
  bool is_for = text_is(clause->preposition, "for");
  struct diag *diag =
      diag_add(c->diags, DIAG_E0202, clause->preposition_span,
               "a line of a plan cannot start with `%.*s`", TEXT_ARG(clause->preposition));
  diag_set_label(c->diags, diag,
                 is_for ? "write `for each NAME in SET {`"
                        : "a label, a key of the plan or a block is expected here");
}

static struct stmt *read_plain(struct checker *c, struct scope *scope, const struct line *line)
{
  if (text_is(line->label, "undo")) {
    bodies_report_place(c, line, "the block of a step");
    return NULL;
  }
  if (line->label.length != 0)
    add_label(c, scope, line->label, line->label_span);
  const struct term *first = line->phrases == NULL ? NULL : line->phrases->terms;
  if (first == NULL && line->label.length == 0) {
    report_start(c, line);
    scope->body->has_broken = true;
    return NULL;
  }
  if (first != NULL && first->kind == TERM_NAME && text_is(first->text, "follow"))
    return follow_read(c, scope, line);
  return steps_read(c, scope, line, false);
}

static struct stmt *read_line(struct checker *c, struct scope *scope, const struct line *line,
                              bool is_together)
{
  struct stmt *stmt = NULL;
  struct diag_list *before;
  switch (line->kind) {
  case LINE_PLAIN:
    before = flaw_begin(c, scope->unit, line);
    stmt = read_plain(c, scope, line);
    if (stmt != NULL && c->diags == &c->dropped)
      stmt->poisoned = true;
    flaw_end(c, before);
    return stmt;
  case LINE_FOR_EACH:
    return sets_read(c, scope, line);
  case LINE_WHEN:
    return read_when(c, scope, line, is_together);
  case LINE_TOGETHER:
    stmt = bodies_new_stmt(c, STMT_TOGETHER, line);
    stmt->children =
        bodies_statements(c, scope, line->block == NULL ? NULL : line->block->lines, true);
    return stmt;
  case LINE_BROKEN:
    read_broken(c, scope, line);
    return NULL;
  }
  return NULL;
}

struct stmt *bodies_statements(struct checker *c, struct scope *scope, const struct line *lines,
                               bool is_together)
{
  struct stmt *first = NULL, **tail = &first;
  for (const struct line *line = lines; line != NULL; line = line->next) {
    if (is_key(c, scope, line))
      continue;
    struct stmt *stmt = read_line(c, scope, line, is_together);
    if (stmt == NULL)
      continue;
    *tail = stmt;
    tail = &stmt->next;
  }
  if (!scope->body->has_broken)
    check_afters(c, first, is_together);
  return first;
}

static void check_was(struct checker *c, const struct body_scope *body)
{
  for (uint32_t i = 0; i < body->was_count; i++) {
    uint32_t index;
    if (!text_map_find(&body->labels, body->was[i].label, &index))
      continue;
    struct diag *diag =
        diag_add(c->diags, DIAG_E0319, body->was[i].span, "`was` names a step that is still here");
    diag_set_label(c->diags, diag, "`was` takes the label that the step had before");
    diag_add_label(c->diags, diag, body->label_spans[index], "`%.*s` is this step's label",
                   TEXT_ARG(body->was[i].label));
  }
}

void bodies_check(struct checker *c, uint32_t decl)
{
  struct decl *there = &c->program->decls[decl];
  const struct line *line = c->infos[decl].line;
  struct body_scope body = {.decl = decl};
  if (there->body == NULL)
    there->body = ARENA_NEW(c->arena, struct body);
  body.body = there->body;
  text_map_start(&body.labels, c->arena);
  struct scope scope = {.unit = c->infos[decl].unit, .body = &body};
  for (uint32_t i = 0; i < there->body->parameter_count; i++)
    bodies_add_local(c, &scope, there->body->parameters[i].name, there->body->parameters[i].span,
                     c->infos[decl].parameters[i].sorts, DECL_NONE);
  if (line->block != NULL)
    there->body->stmts = bodies_statements(c, &scope, line->block->lines, false);
  for (uint32_t i = 0; i < there->body->parameter_count; i++)
    c->infos[decl].parameters[i].needs = body.locals[i].needs;
  check_was(c, &body);
}
