/* SPDX-License-Identifier: Apache-2.0 */
/* looks: the forms of `check ...` and of the verb `checks`: LOOK rows of grammar/verbs.def. */
#include "compiler/check/checker.h"

enum { LOOK_ROWS_MAX = 8, STATUS_MIN = 100, STATUS_MAX = 599 };

/* tls, call and certificate stand first; absent, present and unused behind their object. */
static bool find_look(const struct tokens *tokens, enum look *ret_look, bool *ret_first)
{
  for (int look = 0; look < LOOK__COUNT; look++) {
    bool first = look == LOOK_TLS || look == LOOK_CALL || look == LOOK_CERTIFICATE;
    for (uint32_t i = tokens->at; i < (first ? tokens->at + 1 : tokens->count); i++)
      if (i < tokens->count && token_is(&tokens->items[i], look_rows[look].word)) {
        *ret_look = (enum look)look;
        *ret_first = first;
        return true;
      }
  }
  return false;
}

static void report_no_look(struct checker *c, const struct tokens *tokens)
{
  bool any = tokens->at < tokens->count;
  struct diag *diag = diag_add(
      c->diags, any ? DIAG_E0403 : DIAG_E0211, any ? tokens->items[tokens->at].span : tokens->end,
      any ? "nothing is known that is checked like this" : "`check` does not say what");
  struct text words[LOOK__COUNT];
  for (int look = 0; look < LOOK__COUNT; look++)
    words[look] = text_of(look_rows[look].word);
  struct text nearest =
      any ? text_nearest(tokens->items[tokens->at].text, words, LOOK__COUNT) : TEXT_NONE;
  if (nearest.length != 0)
    diag_set_label(c->diags, diag, "did you mean `%.*s`?", TEXT_ARG(nearest));
  else
    diag_set_label(c->diags, diag, "write for example `%s`", look_rows[LOOK_TLS].form);
  for (int look = 0; look < LOOK__COUNT; look++)
    diag_add_help(c->diags, diag, "check %s", look_rows[look].form);
}

/* `returns not 401`: a negative number must not be the answer. */
static void read_expected(struct checker *c, struct stmt *stmt)
{
  for (struct part_value *part = stmt->parts; part != NULL; part = part->next) {
    if (part->part != PART_EXPECTED)
      continue;
    for (struct operand *operand = part->operands; operand != NULL; operand = operand->next) {
      if (operand->number < STATUS_MIN || operand->number > STATUS_MAX) {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0112, operand->span, "this is no status of an answer");
        diag_set_label(c->diags, diag, "a number from %d to %d is expected", STATUS_MIN,
                       STATUS_MAX);
        stmt->poisoned = true;
      }
      if (text_is(part->preposition, "returns not"))
        operand->number = -operand->number;
    }
  }
}

void looks_read(struct checker *c, struct scope *scope, struct stmt *stmt, struct tokens *tokens,
                bool takes_options)
{
  enum look look;
  bool first;
  stmt->verb = VERB_CHECKS;
  if (!find_look(tokens, &look, &first)) {
    report_no_look(c, tokens);
    stmt->poisoned = true;
    return;
  }
  const struct part_row *rows[LOOK_ROWS_MAX];
  uint32_t row_count = 0;
  for (uint32_t i = 0; i < look_part_row_count; i++)
    if (look_part_rows[i].look == look && row_count < LOOK_ROWS_MAX)
      rows[row_count++] = &look_part_rows[i].row;
  parts_add_word(c, stmt, PART_CHECK, text_of(look_rows[look].word),
                 tokens->items[tokens->at].span);
  if (first)
    tokens->at++;
  struct sentence sentence = {
      .what = text_format(c->arena, "check %s", look_rows[look].word).at,
      .form = text_format(c->arena, "check %s", look_rows[look].form).at,
      .rows = rows,
      .row_count = row_count,
      .stmt = stmt,
      .tokens = tokens,
      .takes_options = takes_options,
  };
  parts_read(c, scope, &sentence);
  read_expected(c, stmt);
}

/* A `check` line of a step's block. */
struct stmt *looks_read_line(struct checker *c, struct scope *scope, const struct line *line,
                             struct tokens *tokens)
{
  struct stmt *stmt = bodies_new_stmt(c, STMT_STEP, line);
  stmt->guard = guards_read(c, scope, line->guard, &stmt->poisoned);
  tokens->at = 1;
  looks_read(c, scope, stmt, tokens, false);
  if (line->block != NULL)
    bodies_report_place(c, line, "the block of the step: a `check` has none of its own, and");
  return stmt;
}
