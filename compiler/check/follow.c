/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow: `LABEL: follow PROCEDURE with NAME VALUE, ...`: the arguments of a procedure, and that no
 * procedure follows itself.
 *
 * (1) The roles of `needs role` are found by name where the procedure is followed.
 */
#include "compiler/check/checker.h"

enum { FOLLOW_DEPTH_MAX = 64 };

static void note_follow(struct checker *c, uint32_t from, uint32_t to)
{
  struct decl_info *info = &c->infos[from];
  for (uint32_t i = 0; i < info->follow_count; i++)
    if (info->follows[i] == to)
      return;
  info->follows = arena_grow(c->arena, info->follows, info->follow_count, info->follow_count + 1,
                             sizeof *info->follows);
  info->follows[info->follow_count++] = to;
}

static bool find_parameter(const struct body *body, struct text name, uint32_t *ret_index)
{
  for (uint32_t i = 0; i < body->parameter_count; i++)
    if (text_equal(body->parameters[i].name, name)) {
      *ret_index = i;
      return true;
    }
  return false;
}

static bool report_no_parameter(struct checker *c, const struct body *body, uint32_t procedure,
                                const struct token *token)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0212, token->span, "the procedure takes no `%.*s`",
                               TEXT_ARG(token->text));
  struct text *names = arena_array(c->arena, body->parameter_count, sizeof *names);
  for (uint32_t i = 0; i < body->parameter_count; i++)
    names[i] = body->parameters[i].name;
  bool alone;
  struct text nearest = text_nearest_alone(token->text, names, body->parameter_count, &alone);
  if (nearest.length != 0) {
    diag_suggest(c->diags, diag, token->span, nearest, alone);
  } else {
    diag_set_label(c->diags, diag, "its parameters stand behind its own `with`");
  }
  names_show_declared(c, diag, procedure);
  return false;
}

/* A parameter whose procedure asks for `.ca`, given a certificate that has none. */
static bool check_needs(struct checker *c, const struct resolved *found, uint32_t needs,
                        const struct token *token)
{
  for (int member = 0; found->decl != DECL_NONE && member < MEMBER__COUNT; member++) {
    enum key key;
    const struct decl *decl = &c->program->decls[found->decl];
    if ((needs >> member & 1) == 0 || c->infos[found->decl].has_broken ||
        !sort_member_key(sort_first(found->sorts), (enum member)member, &key) ||
        decl_setting(decl, key) != NULL)
      continue;
    struct diag *diag = diag_add(c->diags, DIAG_E0404, token->span,
                                 "`%.*s` has no `%s`, and the procedure needs it",
                                 TEXT_ARG(decl->name), key_words[key]);
    diag_set_label(c->diags, diag, "the procedure asks for its `.%s`", member_words[member]);
    names_show_declared(c, diag, found->decl);
    return false;
  }
  return true;
}

static bool report_value(struct checker *c, const struct parameter *parameter,
                         const struct token *token, const char *is)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0402, token->span, "`%.*s` needs %s",
                               TEXT_ARG(parameter->name), param_type_says(parameter->type));
  diag_set_label(c->diags, diag, "this is %s", is);
  diag_add_label(c->diags, diag, parameter->span, "the parameter is declared here");
  return false;
}

/* A plain value: as it stands, or a param or another procedure's parameter of that type. */
static bool take_value(struct checker *c, struct scope *scope, const struct parameter *parameter,
                       const struct token *token, struct operand **ret_operand)
{
  struct operand operand;
  if (token->kind != TOKEN_TERM)
    return report_value(c, parameter, token, "no value");
  const struct term *term = token->term;
  if (term->kind == TERM_NAME || term->kind == TERM_PATH) {
    struct resolved found;
    if (!names_resolve(c, scope, term, 1u << KIND_PARAM, &found))
      return false;
    uint64_t refused = found.sorts & ~SORT_BIT(param_sort(parameter->type));
    if (refused != 0)
      return report_value(c, parameter, token, sort_says(sort_first(refused)));
    operand = found.operand;
  } else if (!param_takes(parameter->type, term, &operand)) {
    return report_value(c, parameter, token, term_says(term));
  } else if (term->kind == TERM_TEXT) {
    values_check_text(c, scope, term, "follow");
  }
  *ret_operand = ARENA_NEW(c->arena, struct operand);
  **ret_operand = operand;
  return true;
}

static bool take_argument(struct checker *c, struct scope *scope, const struct parameter *parameter,
                          uint32_t needs, const struct token *token, struct operand **ret_operand)
{
  struct resolved found;
  if (parameter->kind == KIND_PARAM)
    return take_value(c, scope, parameter, token, ret_operand);
  if (token->kind != TOKEN_TERM ||
      (token->term->kind != TERM_NAME && token->term->kind != TERM_PATH)) {
    struct diag *diag = diag_add(c->diags, DIAG_E0402, token->span, "`%.*s` needs the name of a %s",
                                 TEXT_ARG(parameter->name), kind_words[parameter->kind]);
    diag_set_label(c->diags, diag, "not a name");
    return false;
  }
  if (!names_resolve(c, scope, token->term, 1u << parameter->kind, &found))
    return false;
  if ((found.sorts & ~SORT_BIT(sort_of_kind(parameter->kind))) != 0) {
    uint64_t refused = found.sorts & ~SORT_BIT(sort_of_kind(parameter->kind));
    struct diag *diag =
        diag_add(c->diags, DIAG_E0401, token->span, "`%.*s` needs %s", TEXT_ARG(parameter->name),
                 sort_says(sort_of_kind(parameter->kind)));
    diag_set_label(c->diags, diag, "this is %s", sort_says(sort_first(refused)));
    diag_add_label(c->diags, diag, parameter->span, "the parameter is declared here");
    return false;
  }
  *ret_operand = ARENA_NEW(c->arena, struct operand);
  **ret_operand = found.operand;
  return check_needs(c, &found, needs, token);
}

/* NAME VALUE, NAME VALUE ... */
static bool read_arguments(struct checker *c, struct scope *scope, struct stmt *stmt,
                           struct tokens *tokens)
{
  const struct body *body = c->program->decls[stmt->procedure].body;
  const struct local *locals = c->infos[stmt->procedure].parameters;
  while (tokens->at < tokens->count) {
    const struct token *name = &tokens->items[tokens->at];
    if (tokens->at + 1 >= tokens->count || name->kind != TOKEN_TERM || name[1].kind != TOKEN_TERM) {
      struct diag *diag =
          diag_add(c->diags, DIAG_E0211, name->span, "`%.*s` has no value", TEXT_ARG(name->text));
      diag_set_label(c->diags, diag, "an argument is two words: the parameter and its value");
      return false;
    }
    uint32_t index;
    if (!find_parameter(body, name->text, &index))
      return report_no_parameter(c, body, stmt->procedure, name);
    if (stmt->arguments[index] != NULL) {
      struct diag *diag =
          diag_add(c->diags, DIAG_E0213, name->span, "`%.*s` is given twice", TEXT_ARG(name->text));
      diag_set_label(c->diags, diag, "this is the second");
      diag_add_label(c->diags, diag, stmt->arguments[index]->span, "the first is here");
      return false;
    }
    if (!take_argument(c, scope, &body->parameters[index], locals[index].needs, name + 1,
                       &stmt->arguments[index]))
      return false;
    tokens->at += 2;
    if (tokens->at < tokens->count && tokens->items[tokens->at].kind == TOKEN_COMMA &&
        tokens->at + 1 < tokens->count)
      tokens->at++;
    else if (tokens->at < tokens->count)
      return form_end(c, "follow", tokens);
  }
  return true;
}

/* follow.c (1) */
static bool find_role(struct checker *c, struct scope *scope, struct stmt *stmt, uint32_t index,
                      struct span span)
{
  const struct parameter *role = &c->program->decls[stmt->procedure].body->parameters[index];
  const struct local *local = names_local(scope, role->name);
  struct operand *operand = ARENA_NEW(c->arena, struct operand);
  operand->span = span;
  operand->decl = DECL_NONE;
  if (local != NULL) {
    operand->kind = OPERAND_LOCAL;
    operand->local = local->number;
  } else {
    operand->kind = OPERAND_DECL;
    operand->decl = names_find(c, scope->unit, role->name, span);
    if (operand->decl == DECL_NONE && names_is_silent(c, scope->unit, role->name))
      return false;
  }
  if (local == NULL &&
      (operand->decl == DECL_NONE || c->program->decls[operand->decl].kind != KIND_ROLE)) {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0305, span, "there is no role `%.*s` here", TEXT_ARG(role->name));
    diag_set_label(c->diags, diag, "the procedure needs it");
    diag_add_label(c->diags, diag, role->span, "asked for here");
    return false;
  }
  stmt->arguments[index] = operand;
  return true;
}

static bool complete_arguments(struct checker *c, struct scope *scope, struct stmt *stmt,
                               const struct token *name, struct span end)
{
  const struct body *body = c->program->decls[stmt->procedure].body;
  for (uint32_t i = 0; i < body->parameter_count; i++) {
    const struct parameter *parameter = &body->parameters[i];
    if (stmt->arguments[i] != NULL)
      continue;
    if (parameter->kind == KIND_ROLE && !find_role(c, scope, stmt, i, name->span))
      return false;
    if (parameter->kind == KIND_ROLE)
      continue;
    struct diag *diag;
    if (parameter->kind == KIND_PARAM) {
      diag = diag_add(c->diags, DIAG_E0211, end, "`follow %.*s` gives no `%.*s`",
                      TEXT_ARG(name->text), TEXT_ARG(parameter->name));
      diag_set_label(c->diags, diag, "write `%.*s` and %s here", TEXT_ARG(parameter->name),
                     param_type_says(parameter->type));
    } else {
      diag = diag_add(c->diags, DIAG_E0211, end, "`follow %.*s` does not say which %s",
                      TEXT_ARG(name->text), kind_words[parameter->kind]);
      diag_set_label(c->diags, diag, "write `%.*s NAME` here", TEXT_ARG(parameter->name));
    }
    diag_add_label(c->diags, diag, parameter->span, "the parameter is declared here");
    return false;
  }
  return true;
}

/* The procedure's claim and the plan's are one claim. */
static bool check_policy(struct checker *c, const struct scope *scope, uint32_t procedure,
                         const struct token *name)
{
  const struct decl *inner = &c->program->decls[procedure];
  const struct value *ours = decl_value(&c->program->decls[scope->body->decl], KEY_POLICY, 0);
  const struct value *theirs = decl_value(inner, KEY_POLICY, 0);
  if (ours == NULL || theirs == NULL || ours->kind != VALUE_WORD || theirs->kind != VALUE_WORD ||
      text_equal(ours->text, theirs->text))
    return true;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0321, name->span, "`%.*s` is a procedure for policy %.*s",
               TEXT_ARG(inner->name), TEXT_ARG(theirs->text));
  diag_set_label(c->diags, diag, "followed under policy %.*s", TEXT_ARG(ours->text));
  diag_add_label(c->diags, diag, ours->span, "the claim of the plan");
  diag_add_label(c->diags, diag, theirs->span, "the claim of the procedure");
  diag_add_help(c->diags, diag, "follow a procedure for %.*s, or claim the same in both",
                TEXT_ARG(ours->text));
  return false;
}

static bool read_call(struct checker *c, struct scope *scope, struct stmt *stmt,
                      struct tokens *tokens)
{
  const struct token *name = tokens->count > 1 ? &tokens->items[1] : NULL;
  if (name == NULL || name->kind != TOKEN_TERM ||
      (name->term->kind != TERM_NAME && name->term->kind != TERM_PATH)) {
    struct diag *diag = diag_add(c->diags, DIAG_E0211, name == NULL ? tokens->end : name->span,
                                 "`follow` does not say which procedure");
    diag_set_label(c->diags, diag, "write the name of a procedure here");
    return false;
  }
  struct resolved found;
  if (!names_resolve(c, scope, name->term, 1u << KIND_PROCEDURE, &found))
    return false;
  if (found.sorts != SORT_BIT(SORT_PROCEDURE)) {
    struct diag *diag = diag_add(c->diags, DIAG_E0401, name->span, "`follow` needs a procedure");
    diag_set_label(c->diags, diag, "this is %s", sort_says(sort_first(found.sorts)));
    return false;
  }
  stmt->procedure = found.decl;
  if (!check_policy(c, scope, found.decl, name))
    return false;
  note_follow(c, scope->body->decl, found.decl);
  const struct body *body = c->program->decls[found.decl].body;
  stmt->arguments = arena_array(c->arena, body->parameter_count, sizeof *stmt->arguments);
  tokens->at = 2;
  if (tokens->at < tokens->count && !token_is(&tokens->items[2], "with"))
    return form_end(c, "follow", tokens);
  tokens->at += tokens->at < tokens->count;
  return read_arguments(c, scope, stmt, tokens) &&
         complete_arguments(c, scope, stmt, name, tokens->end);
}

struct stmt *follow_read(struct checker *c, struct scope *scope, const struct line *line)
{
  struct stmt *stmt = bodies_new_stmt(c, STMT_FOLLOW, line);
  stmt->label = line->label;
  stmt->procedure = DECL_NONE;
  stmt->guard = guards_read(c, scope, line->guard, &stmt->poisoned);
  struct tokens tokens = tokens_of_line(c, line);
  if (line->label.length == 0)
    steps_report_no_label(c, line, "follow");
  if (!read_call(c, scope, stmt, &tokens))
    stmt->poisoned = true;
  if (line->block != NULL)
    bodies_report_place(c, line, "the procedure: `follow` has no block of its own, and it");
  return stmt;
}

struct path {
  uint32_t decls[FOLLOW_DEPTH_MAX];
  uint32_t count;
};

static void report_cycle(struct checker *c, const struct path *path, uint32_t to)
{
  const struct decl *decl = &c->program->decls[to];
  struct diag *diag = diag_add(c->diags, DIAG_E0312, decl->name_span,
                               "the procedure `%.*s` follows itself", TEXT_ARG(decl->name));
  struct buffer words = {0};
  uint32_t first = 0;
  while (path->decls[first] != to)
    first++;
  for (uint32_t i = first; i < path->count; i++)
    buffer_format(&words, "%.*s follows ", TEXT_ARG(c->program->decls[path->decls[i]].name));
  buffer_add_text(&words, decl->name);
  diag_set_label(c->diags, diag, "%s", words.bytes);
  buffer_free(&words);
}

static void walk(struct checker *c, struct path *path, uint32_t decl)
{
  struct decl_info *info = &c->infos[decl];
  if (info->walk == WALK_DONE)
    return;
  if (info->walk == WALK_OPEN) {
    report_cycle(c, path, decl);
    return;
  }
  if (path->count == FOLLOW_DEPTH_MAX) {
    struct diag *diag = diag_add(c->diags, DIAG_E0220, c->program->decls[decl].name_span,
                                 "procedures follow one another too deep");
    diag_set_label(c->diags, diag, "at most %d, one inside the other", FOLLOW_DEPTH_MAX);
    return;
  }
  info->walk = WALK_OPEN;
  path->decls[path->count++] = decl;
  for (uint32_t i = 0; i < info->follow_count; i++)
    walk(c, path, info->follows[i]);
  path->count--;
  info->walk = WALK_DONE;
}

void follow_find_cycles(struct checker *c)
{
  struct path path = {.count = 0};
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    walk(c, &path, i);
}
