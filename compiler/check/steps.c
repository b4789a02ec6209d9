/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps: one sentence: `label: ROLE verb parts [when ...] [block]`.
 *
 * (1) The subject is the first word, or the first words with commas between them; the verb follows.
 * (2) A step with a finding of its own is poisoned: no later phase derives anything from it.
 */
#include "compiler/check/checker.h"

#include <string.h>

enum { PART_ROWS_MAX = 8 };

/* ---- labels ---- */

/* "replaces" -> "replace", "switches" -> "switch" */
static struct text label_of_verb(struct text verb)
{
  if (text_ends_with(verb, "ches"))
    verb.length -= strlen("es");
  else if (text_ends_with(verb, "s"))
    verb.length -= strlen("s");
  return verb;
}

/* E0208: the label is proposed. */
void steps_report_no_label(struct checker *c, const struct line *line, const char *verb)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_E0208, span_point(line->span), "the step has no label");
  struct text label = label_of_verb(text_of(verb));
  diag_set_label(c->diags, diag, "write a name and a colon here, for example `%.*s:`",
                 TEXT_ARG(label));
  diag_add_fix(c->diags, diag, FIX_TEMPLATE, span_point(line->span),
               text_format(c->arena, "%.*s: ", TEXT_ARG(label)), "write `%.*s:`", TEXT_ARG(label));
}

/* ---- subject and verb ---- */

static bool is_name(const struct token *token)
{
  return token->kind == TOKEN_TERM &&
         (token->term->kind == TERM_NAME || token->term->kind == TERM_PATH);
}

static bool is_verb(const struct token *token)
{
  enum verb verb;
  return token->kind == TOKEN_TERM && token->term->kind == TERM_NAME &&
         (verb_find(token->text, &verb) || verb_find_alias(token->text, &verb));
}

static void report_no_role(struct checker *c, const struct token *token, const char *label)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_E0209, token->span, "a step begins with the role that acts");
  diag_set_label(c->diags, diag, "%s", label);
  diag_add_help(c->diags, diag, "label: ROLE verb ...");
}

static bool read_subject(struct checker *c, struct scope *scope, struct stmt *stmt,
                         const struct token *token, struct operand ***tail)
{
  struct resolved found;
  if (!names_resolve(c, scope, token->term, 1u << KIND_ROLE, &found))
    return false;
  if (found.sorts != SORT_BIT(SORT_ROLE)) {
    report_no_role(c, token,
                   text_format(c->arena, "this is %s", sort_says(sort_first(found.sorts))).at);
    return false;
  }
  struct operand *operand = ARENA_NEW(c->arena, struct operand);
  *operand = found.operand;
  **tail = operand;
  *tail = &operand->next;
  stmt->subject_count++;
  return true;
}

/* Subjects up to the verb: NAME, NAME, NAME VERB. */
static bool read_subjects(struct checker *c, struct scope *scope, struct stmt *stmt,
                          struct tokens *tokens)
{
  bool good = true;
  struct operand **tail = &stmt->subjects;
  for (;;) {
    const struct token *token = &tokens->items[tokens->at];
    if (tokens->at >= tokens->count || !is_name(token)) {
      const struct token at_end = {.span = tokens->end};
      report_no_role(c, tokens->at < tokens->count ? token : &at_end, "a role is expected here");
      return false;
    }
    bool verb_first = stmt->subject_count == 0 && is_verb(token) &&
                      (tokens->at + 1 >= tokens->count || !is_verb(token + 1));
    if (verb_first) {
      report_no_role(c, token, "this is the verb; write the role before it");
      return false;
    }
    good &= read_subject(c, scope, stmt, token, &tail);
    tokens->at++;
    if (tokens->at >= tokens->count || tokens->items[tokens->at].kind != TOKEN_COMMA)
      return good;
    tokens->at++;
  }
}

static void report_verb(struct checker *c, const struct token *token, struct text instead,
                        bool alone, bool is_alias)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0210, token->span,
                               "`%.*s` is no verb of this language", TEXT_ARG(token->text));
  if (instead.length == 0) {
    diag_set_label(c->diags, diag, "behind the role stands what it does");
    diag_add_help(c->diags, diag,
                  "for example: creates, gives, accepts, replaces, restarts, "
                  "removes (renew explain verb replaces)");
    return;
  }
  diag_suggest(c->diags, diag, token->span, instead, alone);
  if (is_alias)
    diag_set_label(c->diags, diag, "the verb is `%.*s`", TEXT_ARG(instead));
}

static bool read_verb(struct checker *c, struct stmt *stmt, struct tokens *tokens)
{
  if (tokens->at >= tokens->count) {
    struct diag *diag = diag_add(c->diags, DIAG_E0210, tokens->end, "the step has no verb");
    diag_set_label(c->diags, diag, "what does the role do?");
    return false;
  }
  const struct token *token = &tokens->items[tokens->at++];
  bool is_word = token->kind == TOKEN_TERM && token->term->kind == TERM_NAME;
  if (is_word && verb_find(token->text, &stmt->verb))
    return true;
  enum verb alias;
  if (is_word && verb_find_alias(token->text, &alias)) {
    report_verb(c, token, text_of(verb_rows[alias].word), true, true);
    return false;
  }
  struct text words[VERB__COUNT];
  for (int verb = 0; verb < VERB__COUNT; verb++)
    words[verb] = text_of(verb_rows[verb].word);
  bool alone;
  struct text nearest = text_nearest_alone(token->text, words, VERB__COUNT, &alone);
  report_verb(c, token, nearest, alone, false);
  return false;
}

/* ---- what the parts mean together ---- */

static void report_step(struct checker *c, struct stmt *stmt, enum diag_code code, struct span span,
                        const char *headline, const char *label)
{
  struct diag *diag = diag_add(c->diags, code, span, "%s", headline);
  diag_set_label(c->diags, diag, "%s", label);
  diag_add_help(c->diags, diag, "%s", verb_rows[stmt->verb].form);
  stmt->poisoned = true;
}

/* The sort that an operand has without its members; SORT__COUNT for a word or a column. */
static bool operand_kind(const struct checker *c, const struct scope *scope,
                         const struct operand *operand, enum kind *ret_kind)
{
  if (operand->kind == OPERAND_DECL && operand->member_count == 0) {
    *ret_kind = c->program->decls[operand->decl].kind;
    return true;
  }
  for (uint32_t i = 0; operand->kind == OPERAND_LOCAL && operand->member_count == 0 &&
                       operand->column.length == 0 && i < scope->body->local_count;
       i++)
    for (int kind = 0; scope->body->locals[i].number == operand->local && kind < KIND__COUNT;
         kind++)
      if (scope->body->locals[i].sorts == SORT_BIT(sort_of_kind((enum kind)kind)) &&
          kind != KIND_PARAM) {
        *ret_kind = (enum kind)kind;
        return true;
      }
  return false;
}

static void demand_new(struct checker *c, struct stmt *stmt)
{
  const struct part_value *object = parts_find(stmt, PART_OBJECT);
  const struct operand *first = object->operands;
  if (first->member_count == 0 || first->members[0] == MEMBER_NEW)
    return;
  report_step(c, stmt, DIAG_E0401, first->span, "only the new one can be made",
              "write `.new` here");
}

/* A thing lives in one place: the alias of another store is another pair, a key of another instance another
 * key. */
static void check_home(struct checker *c, struct stmt *stmt, enum key key,
                       const struct operand *place)
{
  const struct operand *object = parts_find(stmt, PART_OBJECT)->operands;
  if (object->kind != OPERAND_DECL || place->kind != OPERAND_DECL)
    return;
  const struct decl *thing = &c->program->decls[object->decl];
  const struct value *home = decl_value(thing, key, 0);
  if (home == NULL || home->kind != VALUE_REF || home->decl == place->decl)
    return;
  struct text name = c->program->decls[home->decl].name;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0212, place->span, "`%.*s` does not live in `%.*s`",
               TEXT_ARG(thing->name), TEXT_ARG(c->program->decls[place->decl].name));
  diag_set_label(c->diags, diag, "it lives in `%.*s`", TEXT_ARG(name));
  diag_add_label(c->diags, diag, home->span, "said here");
  diag_add_help(c->diags, diag, "write `in %.*s`", TEXT_ARG(name));
  stmt->poisoned = true;
}

/* What is created fits where: a key pair in a keystore, a service key in its instance, and that in its
 * space. */
static void check_creates(struct checker *c, struct scope *scope, struct stmt *stmt)
{
  static const struct {
    enum kind made, place;
    enum key home;
    const char *lacks, *says; /* lacks: NULL where the place may be left out, and be another */
  } rows[] = {
      {KIND_SERVICEKEY, KIND_INSTANCE, KEY_OF, "write `in` and the service-instance here",
       "a service key is made in a service-instance"},
      {KIND_INSTANCE, KIND_SPACE, KEY_IN, "write `in` and the space here",
       "a service-instance is created in a space"},
      {KIND_CERTIFICATE, KIND_KEYSTORE, KEY_IN, NULL, "a key pair is made in a keystore"},
  };
  demand_new(c, stmt);
  const struct operand *object = parts_find(stmt, PART_OBJECT)->operands;
  const struct part_value *place = parts_find(stmt, PART_PLACE);
  struct operand base = *object;
  base.member_count = 0;
  enum kind object_kind, place_kind;
  if (!operand_kind(c, scope, &base, &object_kind))
    return;
  size_t row = 0; /* the last one is that of every other kind */
  while (row + 1 < sizeof rows / sizeof *rows && rows[row].made != object_kind)
    row++;
  if (place == NULL) {
    if (rows[row].lacks != NULL)
      report_step(c, stmt, DIAG_E0211, span_end_point(object->span),
                  "`creates` does not say in what", rows[row].lacks);
    return;
  }
  if (!operand_kind(c, scope, place->operands, &place_kind))
    return;
  if (place_kind != rows[row].place)
    report_step(c, stmt, DIAG_E0212, place->operands->span, rows[row].says,
                text_format(c->arena, "this is %s", sort_says(sort_of_kind(place_kind))).at);
  else if (rows[row].lacks != NULL)
    check_home(c, stmt, rows[row].home, place->operands);
}

/* SAP-6ec6-13: what reads the keystore finds the pair by its alias. */
static void warn_alias(struct checker *c, const struct part_value *place)
{
  struct span end = span_end_point(place->operands->span);
  struct diag *diag =
      diag_add(c->diags, DIAG_W0705, place->operands->span, "the exchange does not keep the alias");
  diag_set_label(c->diags, diag,
                 "flows find the pair by its alias; write `keeping alias` behind it");
  diag_add_fix(c->diags, diag, FIX_SAFE, end, TEXT(" keeping alias"), "write `keeping alias`");
}

/* An alias, and the place of a receiver, belong to one certificate; only its own next version follows. */
static void check_next_version(struct checker *c, struct stmt *stmt)
{
  const struct part_value *with = parts_find(stmt, PART_WITH);
  const struct operand *object = parts_find(stmt, PART_OBJECT)->operands;
  if (with == NULL || object->kind != OPERAND_DECL || with->operands->kind != OPERAND_DECL ||
      object->decl == with->operands->decl)
    return;
  struct text old = c->program->decls[object->decl].name;
  struct text given = c->program->decls[with->operands->decl].name;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0212, with->operands->span,
               "`%.*s` and `%.*s` are two certificates: one does not take the other's place",
               TEXT_ARG(old), TEXT_ARG(given));
  diag_set_label(c->diags, diag, "another certificate than the one replaced");
  diag_add_help(c->diags, diag, "write `replaces %.*s.old with %.*s.new`", TEXT_ARG(given),
                TEXT_ARG(given));
  stmt->poisoned = true;
}

/* `in` a keystore, `on` a system; a system that accepts several has nothing to replace. */
static void check_replaces(struct checker *c, struct scope *scope, struct stmt *stmt)
{
  const struct part_value *place = parts_find(stmt, PART_PLACE);
  const struct part_value *keeping = parts_find(stmt, PART_KEEPING);
  enum kind kind;
  if (!operand_kind(c, scope, place->operands, &kind))
    return;
  bool in_keystore = kind == KIND_KEYSTORE;
  if (in_keystore != text_is(place->preposition, "in")) {
    report_step(c, stmt, DIAG_E0212, place->span,
                in_keystore ? "a pair is replaced `in` a keystore"
                            : "a certificate is replaced `on` a system",
                in_keystore ? "write `in`" : "write `on`");
    return;
  }
  if (!in_keystore && keeping != NULL) {
    report_step(c, stmt, DIAG_E0212, keeping->span, "a system has no alias to keep",
                "`keeping alias` belongs to a keystore");
    return;
  }
  check_next_version(c, stmt);
  if (in_keystore && keeping == NULL)
    warn_alias(c, place);
  if (in_keystore) {
    check_home(c, stmt, KEY_IN, place->operands);
    return;
  }
  if (place->operands->kind != OPERAND_DECL)
    return;
  const struct value *many =
      decl_value(&c->program->decls[place->operands->decl], KEY_ACCEPTS_MANY, 0);
  if (many == NULL || many->kind != VALUE_YES_NO || many->number == 0)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0212, place->operands->span,
                               "`%.*s` accepts several certificates: nothing is replaced on it",
                               TEXT_ARG(c->program->decls[place->operands->decl].name));
  diag_set_label(c->diags, diag, "it says `accepts-many yes`");
  diag_add_help(c->diags, diag, "write `accepts` before the exchange and `removes` after it");
  stmt->poisoned = true;
}

static void check_waits(struct checker *c, struct stmt *stmt, struct span end)
{
  const struct part_value *until = parts_find(stmt, PART_UNTIL);
  const struct part_value *duration = parts_find(stmt, PART_FOR);
  if (until == NULL && duration == NULL)
    report_step(c, stmt, DIAG_E0211, end, "`waits` does not say how long",
                "write `until DATE` or `for DURATION` here");
  if (until != NULL && duration != NULL)
    report_step(c, stmt, DIAG_E0212, duration->span, "`waits` has two ends",
                "`until` or `for`, not both");
}

/* The nodes of one flow, walked through for another: only where both run on the same ones. */
static void check_loop_node(struct checker *c, struct scope *scope, struct stmt *stmt,
                            const struct operand *node, uint32_t flow)
{
  const struct local *local = NULL;
  for (uint32_t i = 0; node->column.length == 0 && i < scope->body->local_count; i++)
    if (scope->body->locals[i].number == node->local)
      local = &scope->body->locals[i];
  if (local == NULL || local->sorts != SORT_BIT(SORT_NODE) || local->decl == DECL_NONE ||
      c->infos[flow].has_broken || c->infos[local->decl].has_broken)
    return;
  struct text missing = nodes_missing(c, local->decl, flow);
  if (missing.length == 0)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0304, node->span, "`%.*s` does not run on `%.*s`",
                               TEXT_ARG(c->program->decls[flow].name), TEXT_ARG(missing));
  diag_set_label(c->diags, diag, "these are the nodes of `%.*s`",
                 TEXT_ARG(c->program->decls[local->decl].name));
  names_show_declared(c, diag, flow);
  diag_add_help(c->diags, diag, "write `for each %.*s in %.*s.nodes`", TEXT_ARG(local->name),
                TEXT_ARG(c->program->decls[flow].name));
  stmt->poisoned = true;
}

/* A node that is written by its name must be one of the flow's. */
static void check_node(struct checker *c, struct scope *scope, struct stmt *stmt)
{
  const struct part_value *object = parts_find(stmt, PART_OBJECT);
  const struct part_value *place = parts_find(stmt, PART_PLACE);
  if (object == NULL || place == NULL || place->operands == NULL ||
      object->operands->kind != OPERAND_DECL)
    return;
  if (place->operands->kind == OPERAND_LOCAL)
    check_loop_node(c, scope, stmt, place->operands, object->operands->decl);
  if (place->operands->kind != OPERAND_WORD)
    return;
  const struct operand *node = place->operands;
  const struct decl *flow = &c->program->decls[object->operands->decl];
  if (c->infos[object->operands->decl].has_broken ||
      nodes_has(c, object->operands->decl, node->text))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0304, node->span, "`%.*s` has no node `%.*s`",
                               TEXT_ARG(flow->name), TEXT_ARG(node->text));
  diag_set_label(c->diags, diag,
                 nodes_any(c, object->operands->decl) ? "not among its nodes"
                                                      : "no node is declared for it");
  names_show_declared(c, diag, object->operands->decl);
  stmt->poisoned = true;
}

/* One role alone has nobody to agree with; the same role twice is one. */
static void check_agree(struct checker *c, struct stmt *stmt)
{
  const struct operand *first = stmt->subjects, *again = NULL;
  for (const struct operand *a = first; a != NULL && again == NULL; a = a->next)
    for (const struct operand *b = a->next; b != NULL; b = b->next)
      if (a->kind == OPERAND_DECL && b->kind == OPERAND_DECL && a->decl == b->decl)
        again = b;
  if (stmt->subject_count > 1 && again == NULL)
    return;
  report_step(c, stmt, DIAG_E0509, again != NULL ? again->span : first->span,
              again != NULL ? "a role agrees with itself" : "one role alone agrees with nobody",
              again != NULL ? "named twice" : "write the other role behind it, with a comma");
}

static void check_meaning(struct checker *c, struct scope *scope, struct stmt *stmt,
                          struct span end)
{
  switch (stmt->verb) {
  case VERB_CREATES:
    check_creates(c, scope, stmt);
    return;
  case VERB_GETS:
    demand_new(c, stmt);
    return;
  case VERB_GIVES:
    secrets_check_gives(c, stmt);
    return;
  case VERB_REPLACES:
    check_replaces(c, scope, stmt);
    return;
  case VERB_AGREE:
    check_agree(c, stmt);
    return;
  case VERB_WAITS:
    check_waits(c, stmt, end);
    return;
  case VERB_STARTS:
  case VERB_STOPS:
  case VERB_RESTARTS:
  case VERB_CHECKS:
    check_node(c, scope, stmt);
    return;
  case VERB_TELLS:
  case VERB_ACCEPTS:
  case VERB_IMPORTS:
  case VERB_DEPLOYS:
  case VERB_UNDEPLOYS:
  case VERB_EXPORTS:
  case VERB_SWITCHES:
  case VERB_REMOVES:
  case VERB_DELETES:
  case VERB_BACKS_UP:
  case VERB_RESTORES:
  case VERB_ACTIVATES:
  case VERB_REVOKES:
  case VERB_AUTHORIZES:
  case VERB__COUNT:
    return;
  }
}

/* ---- the sentence ---- */

static void read_parts(struct checker *c, struct scope *scope, struct stmt *stmt,
                       struct tokens *tokens)
{
  if (stmt->verb == VERB_CHECKS) {
    looks_read(c, scope, stmt, tokens, true);
    return;
  }
  if (stmt->verb == VERB_GIVES && tokens->at + 1 < tokens->count &&
      token_is(&tokens->items[tokens->at], "sealed") &&
      tokens->items[tokens->at + 1].kind == TOKEN_TERM) {
    stmt->options.sealed = true;
    tokens->at++;
  }
  const struct part_row *rows[PART_ROWS_MAX];
  uint32_t row_count = 0;
  for (uint32_t i = 0; i < part_row_count; i++)
    if (part_rows[i].verb == stmt->verb && row_count < PART_ROWS_MAX)
      rows[row_count++] = &part_rows[i];
  struct sentence sentence = {
      .what = verb_rows[stmt->verb].word,
      .form = verb_rows[stmt->verb].form,
      .rows = rows,
      .row_count = row_count,
      .stmt = stmt,
      .tokens = tokens,
      .takes_options = true,
  };
  parts_read(c, scope, &sentence);
}

/* `folow sap.overlap-renewal with ...` */
static bool is_mistaken_follow(struct checker *c, const struct scope *scope,
                               const struct tokens *tokens)
{
  struct text follow = TEXT("follow");
  return tokens->count > 1 && is_name(&tokens->items[0]) && !is_verb(&tokens->items[1]) &&
         text_nearest(tokens->items[0].text, &follow, 1).length != 0 &&
         names_find(c, scope->unit, tokens->items[0].text, (struct span){0}) == DECL_NONE;
}

static void read_sentence(struct checker *c, struct scope *scope, struct stmt *stmt,
                          struct tokens *tokens)
{
  if (is_mistaken_follow(c, scope, tokens)) {
    report_verb(c, &tokens->items[0], TEXT("follow"), true, false);
    stmt->poisoned = true;
    return;
  }
  bool good = read_subjects(c, scope, stmt, tokens);
  if (!good && (tokens->at >= tokens->count || !is_verb(&tokens->items[tokens->at]))) {
    stmt->poisoned = true;
    return;
  }
  if (!read_verb(c, stmt, tokens)) {
    stmt->poisoned = true;
    return;
  }
  if (stmt->subject_count > 1 && stmt->verb != VERB_AGREE)
    report_step(c, stmt, DIAG_E0209, stmt->subjects->next->span,
                "a step has one role; only `agree` has several", "this is the second");
  read_parts(c, scope, stmt, tokens);
  stmt->poisoned |= !good;
  if (!stmt->poisoned)
    check_meaning(c, scope, stmt, tokens->end);
}

/* A line of a plan that begins neither with a label nor with a key. */
static bool is_mistaken_key(struct checker *c, struct scope *scope, const struct tokens *tokens)
{
  const struct token *first = &tokens->items[0];
  if (keys_begins(c->program->decls[scope->body->decl].kind, first->text))
    return true;
  if (!is_name(first) || is_verb(first) || (tokens->count > 1 && is_verb(&tokens->items[1])))
    return false;
  uint32_t decl = names_find(c, scope->unit, first->text, (struct span){0});
  return decl == DECL_NONE || c->program->decls[decl].kind != KIND_ROLE;
}

static void report_no_key(struct checker *c, const struct scope *scope, const struct line *line,
                          const struct tokens *tokens)
{
  enum kind kind = c->program->decls[scope->body->decl].kind, other;
  if (kind_find(tokens->items[0].text, &other))
    bodies_report_place(c, line, "a file, outside of all blocks");
  else
    keys_report_unknown(c, kind, tokens, "a step is written `label: ROLE verb ...`");
}

/* NULL where the line is no step. is_undo: the sentence behind `undo:`. */
struct stmt *steps_read(struct checker *c, struct scope *scope, const struct line *line,
                        bool is_undo)
{
  struct tokens tokens = tokens_of_line(c, line);
  if (!is_undo && line->label.length == 0) {
    if (is_mistaken_key(c, scope, &tokens)) {
      report_no_key(c, scope, line, &tokens);
      return NULL;
    }
    if (!is_verb(&tokens.items[0]))
      steps_report_no_label(c, line,
                            tokens.count > 1 && is_verb(&tokens.items[1])
                                ? text_zero(c->arena, tokens.items[1].text)
                                : "step");
  }
  uint32_t options_given = scope->body->options_given;
  uint32_t error_count = c->diags->error_count;
  struct stmt *stmt = bodies_new_stmt(c, STMT_STEP, line);
  stmt->label = is_undo ? TEXT_NONE : line->label;
  scope->body->options_given = 0;
  stmt->guard = guards_read(c, scope, line->guard, &stmt->poisoned);
  read_sentence(c, scope, stmt, &tokens);
  blocks_read(c, scope, stmt, line->block, is_undo);
  stmt->poisoned |= c->diags->error_count != error_count;
  scope->body->options_given = options_given;
  return stmt;
}
