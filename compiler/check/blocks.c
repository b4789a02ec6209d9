/* SPDX-License-Identifier: Apache-2.0 */
/* blocks: the lines of a step's block, against the OPTION rows of grammar/verbs.def. */
#include "compiler/check/checker.h"

#include <string.h>

static void report_range(struct checker *c, struct stmt *stmt, const struct value *value,
                         int64_t max)
{
  if (value->kind != VALUE_NUMBER || (value->number >= 1 && value->number <= max))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0112, value->span, "this number is out of range");
  diag_set_label(c->diags, diag, "1 to %d is expected", (int)max);
  stmt->poisoned = true;
}

/* A param stands for its value; without one it counts as not written. */
static int64_t number_of(const struct checker *c, const struct value *value)
{
  if (value->kind == VALUE_REF && value->decl != DECL_NONE &&
      c->program->decls[value->decl].param != NULL)
    return c->program->decls[value->decl].param->value.number;
  return value->number;
}

static void add_was(struct checker *c, struct body_scope *body, const struct value *value)
{
  if (body->was_count == body->was_capacity) {
    uint32_t capacity = body->was_capacity == 0 ? 4 : body->was_capacity * 2;
    body->was = arena_grow(c->arena, body->was, body->was_count, capacity, sizeof *body->was);
    body->was_capacity = capacity;
  }
  body->was[body->was_count++] = (struct was){value->text, value->span};
}

static void apply(struct checker *c, struct scope *scope, struct stmt *stmt, enum option option,
                  const struct captures *captures)
{
  struct step_options *options = &stmt->options;
  const struct capture *items = captures->items;
  switch (option) {
  case OPTION_ON_FAILURE:
    options->on_failure = text_is(items[0].value.text, "roll-back")  ? FAILURE_ROLL_BACK
                          : text_is(items[0].value.text, "continue") ? FAILURE_CONTINUE
                                                                     : FAILURE_STOP;
    return;
  case OPTION_SIGN_OFF:
    options->needs_sign_off = true;
    report_range(c, stmt, &items[0].value, STEP_SIGNERS_MAX);
    options->sign_off_count = (uint32_t)number_of(c, &items[0].value);
    options->sign_off_count_of = items[0].operand;
    options->sign_off_by = items[1].operand;
    options->not_author = items[2].value.kind != VALUE_NONE;
    return;
  case OPTION_WITHIN:
    options->within_s = number_of(c, &items[0].value);
    options->within_of = items[0].operand;
    return;
  case OPTION_RETRY:
    report_range(c, stmt, &items[0].value, STEP_TRIES_MAX);
    options->retry_count = (uint32_t)number_of(c, &items[0].value);
    options->retry_every_s = number_of(c, &items[1].value);
    options->retry_count_of = items[0].operand;
    options->retry_every_of = items[1].operand;
    return;
  case OPTION_EVIDENCE:
    options->evidence = items[0].value.kind == VALUE_TEXT
                            ? items[0].value.text
                            : text_format(c->arena, "${%.*s}", TEXT_ARG(items[0].value.text));
    return;
  case OPTION_DURING:
    options->during = items[0].operand;
    return;
  case OPTION_ANY_TIME:
    options->at_any_time = true;
    return;
  case OPTION_WAS:
    options->was = items[0].value.text;
    add_was(c, scope->body, &items[0].value);
    return;
  case OPTION_AFTER:
    options->after = items[0].value.text;
    options->after_span = items[0].value.span;
    return;
  case OPTION_CHECK:
  case OPTION_UNDO:
  case OPTION__COUNT:
    return;
  }
}

static bool find_option(const struct tokens *tokens, bool on_line, enum option *ret_option,
                        uint32_t *ret_word_count)
{
  uint32_t most = 0;
  for (int option = 0; option < OPTION__COUNT; option++) {
    uint32_t count;
    if ((on_line && !option_rows[option].on_line) ||
        !tokens_start_with(tokens, option_rows[option].words, &count) || count <= most)
      continue;
    most = count;
    *ret_option = (enum option)option;
  }
  *ret_word_count = most;
  return most != 0;
}

/* How many words at tokens->at are an option that may stand at the line's end; 0 = none. */
uint32_t blocks_option_words(const struct tokens *tokens)
{
  enum option option;
  uint32_t count;
  find_option(tokens, true, &option, &count);
  return count;
}

/* The words of the option at tokens->at that stands in the step's block alone; 0 = none. */
uint32_t blocks_block_words(const struct tokens *tokens)
{
  enum option option;
  uint32_t count;
  return find_option(tokens, false, &option, &count) && !option_rows[option].on_line ? count : 0;
}

/* Reads the option at tokens->at, with its finding where it has one; false where there is none. */
bool blocks_option_at(struct checker *c, struct scope *scope, struct stmt *stmt,
                      struct tokens *tokens, bool on_line)
{
  enum option option;
  uint32_t count;
  if (!find_option(tokens, on_line, &option, &count))
    return false;
  const char *words = option_rows[option].words;
  struct span span = tokens->items[tokens->at].span;
  tokens->at += count;
  struct captures captures = {0};
  if (!form_match(c, scope, words, option_rows[option].form, tokens, &captures)) {
    stmt->poisoned = true;
    return true;
  }
  if ((scope->body->options_given >> option & 1) != 0) {
    struct diag *diag = diag_add(c->diags, DIAG_E0405, span, "`%s` is given twice", words);
    diag_set_label(c->diags, diag, "this is the second");
    stmt->poisoned = true;
    return true;
  }
  scope->body->options_given |= 1u << option;
  apply(c, scope, stmt, option, &captures);
  return true;
}

static void report_unknown(struct checker *c, const struct tokens *tokens)
{
  const struct token *token = &tokens->items[0];
  struct diag *diag = diag_add(c->diags, DIAG_E0301, token->span,
                               "a step's block has no line `%.*s`", TEXT_ARG(token->text));
  struct text words[OPTION__COUNT];
  for (int option = 0; option < OPTION__COUNT; option++) {
    const char *at = option_rows[option].words;
    words[option] = (struct text){at, strcspn(at, " :")};
  }
  struct text nearest = text_nearest(token->text, words, OPTION__COUNT);
  for (int option = 0; nearest.length != 0 && option < OPTION__COUNT; option++) {
    if (words[option].at != nearest.at)
      continue;
    diag_set_label(c->diags, diag, "did you mean `%s`?", option_rows[option].words);
    if (!text_equal(nearest, token->text))
      diag_add_fix(c->diags, diag, FIX_UNSAFE, token->span, nearest, "write `%.*s`",
                   TEXT_ARG(nearest));
    return;
  }
  diag_set_label(c->diags, diag, "not known in this block");
  diag_add_help(c->diags, diag,
                "check, on failure, undo:, needs sign-off, within, retry, "
                "evidence, during, at any time, was, after");
}

static void read_undo(struct checker *c, struct scope *scope, struct stmt *stmt,
                      const struct line *line, bool is_undo)
{
  if (is_undo) {
    bodies_report_place(c, line, "the block of a step, not of another `undo:`;");
    return;
  }
  if (stmt->undo != NULL) {
    struct diag *diag = diag_add(c->diags, DIAG_E0405, line->label_span, "`undo:` is given twice");
    diag_set_label(c->diags, diag, "this is the second");
    diag_add_label(c->diags, diag, stmt->undo->span, "the first is here");
    return;
  }
  stmt->undo = steps_read(c, scope, line, true);
}

static void read_line(struct checker *c, struct scope *scope, struct stmt *stmt,
                      const struct line *line, bool is_undo, struct stmt ***last_check)
{
  if (line->kind == LINE_BROKEN) {
    stmt->poisoned = true;
    return;
  }
  if (line->kind != LINE_PLAIN || (line->label.length != 0 && !text_is(line->label, "undo"))) {
    bodies_report_place(c, line, "the plan, behind this step's block");
    return;
  }
  if (line->label.length != 0) {
    read_undo(c, scope, stmt, line, is_undo);
    return;
  }
  struct tokens tokens = tokens_of_line(c, line);
  if (token_is(&tokens.items[0], "check")) {
    struct stmt *look = looks_read_line(c, scope, line, &tokens);
    **last_check = look;
    *last_check = &look->next;
    return;
  }
  if (!blocks_option_at(c, scope, stmt, &tokens, false)) {
    report_unknown(c, &tokens);
    stmt->poisoned = true;
    return;
  }
  if (!stmt->poisoned && !form_end(c, "this line", &tokens))
    stmt->poisoned = true;
  if (line->block != NULL || line->guard != NULL)
    bodies_report_place(c, line, "a block of steps: a condition or a block of its own, and it");
}

void blocks_read(struct checker *c, struct scope *scope, struct stmt *stmt,
                 const struct block *block, bool is_undo)
{
  if (block == NULL)
    return;
  struct stmt **last_check = &stmt->checks;
  for (const struct line *line = block->lines; line != NULL; line = line->next)
    read_line(c, scope, stmt, line, is_undo, &last_check);
}
