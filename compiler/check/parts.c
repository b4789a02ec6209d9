/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts: the parts of a sentence behind its verb, against the PART rows of grammar/verbs.def.
 *
 * (1) The first finding of a sentence ends its reading: what follows is seldom a second mistake.
 */
#include "compiler/check/checker.h"

#include <string.h>

struct reader {
  struct checker *c;
  struct scope *scope;
  struct sentence *s;
  const struct part_row *row; /* the part that operands belong to now; NULL right behind the verb */
  struct part_value *part;
  struct operand **tail; /* where the part's next operand goes */
};

static const char *const part_asks[PART__COUNT] = {
    [PART_OBJECT] = "what",   [PART_TEXT] = "what to say", [PART_WITH] = "what",
    [PART_PLACE] = "what",    [PART_RECIPIENT] = "whom",   [PART_BY] = "whom",
    [PART_AS] = "what",       [PART_AT] = "when",          [PART_UNTIL] = "when",
    [PART_FOR] = "how long",  [PART_KEEPING] = "what",     [PART_CHECK] = "what",
    [PART_EXPECTED] = "what",
};

const struct part_value *parts_find(const struct stmt *stmt, enum part part)
{
  for (const struct part_value *value = stmt->parts; value != NULL; value = value->next)
    if (value->part == part)
      return value;
  return NULL;
}

static struct part_value *add_part(struct checker *c, struct stmt *stmt, enum part part,
                                   struct span span)
{
  struct part_value *value = ARENA_NEW(c->arena, struct part_value);
  value->part = part;
  value->span = span;
  struct part_value **tail = &stmt->parts;
  while (*tail != NULL)
    tail = &(*tail)->next;
  *tail = value;
  return value;
}

void parts_add_word(struct checker *c, struct stmt *stmt, enum part part, struct text word,
                    struct span span)
{
  struct part_value *value = add_part(c, stmt, part, span);
  value->operands = ARENA_NEW(c->arena, struct operand);
  value->operand_count = 1;
  value->operands->kind = OPERAND_WORD;
  value->operands->decl = DECL_NONE;
  value->operands->text = word;
  value->operands->span = span;
}

static bool fail(struct reader *r, struct diag *diag)
{
  if (diag != NULL)
    diag_add_help(r->c->diags, diag, "%s", r->s->form);
  r->s->stmt->poisoned = true;
  return false;
}

/* ---- operands ---- */

static uint32_t kinds_of_types(unsigned types)
{
  static const struct {
    unsigned type;
    enum kind kind;
  } rows[] = {
      {TYPE_ROOT, KIND_CERTIFICATE},
      {TYPE_SERVICEKEY, KIND_SERVICEKEY},
      {TYPE_BUNDLE, KIND_SERVICEKEY},
      {TYPE_KEYSTORE, KIND_KEYSTORE},
      {TYPE_SYSTEM, KIND_SYSTEM},
      {TYPE_INSTANCE, KIND_INSTANCE},
      {TYPE_SPACE, KIND_SPACE},
      {TYPE_CA, KIND_CA},
      {TYPE_FLOW, KIND_FLOW},
      {TYPE_WINDOW, KIND_WINDOW},
      {TYPE_ABAP, KIND_ABAP},
      {TYPE_ROLE, KIND_ROLE},
      {TYPE_MOMENT, KIND_CALENDAR},
  };
  uint32_t kinds = (types & TYPE_CERTIFICATE) != 0 ? kinds_of_artefacts() : 0;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if ((types & rows[i].type) != 0)
      kinds |= 1u << rows[i].kind;
  return kinds;
}

static bool report_type(struct reader *r, const struct token *token, const char *says,
                        const struct resolved *found)
{
  struct text wanted = types_say(r->c->arena, r->row->types);
  bool is_value = found == NULL && token->term->kind != TERM_TEXT;
  enum diag_code code = is_value ? DIAG_E0402 : DIAG_E0401;
  struct diag *diag =
      r->row->prepositions[0] == '\0'
          ? diag_add(r->c->diags, code, token->span, "`%s` needs %.*s", r->s->what,
                     TEXT_ARG(wanted))
          : diag_add(r->c->diags, code, token->span, "`%s` needs %.*s behind `%.*s`", r->s->what,
                     TEXT_ARG(wanted), TEXT_ARG(r->part->preposition));
  diag_set_label(r->c->diags, diag, "this is %s", says);
  if (found != NULL && found->decl != DECL_NONE)
    names_show_declared(r->c, diag, found->decl);
  return fail(r, diag);
}

static bool report_version(struct reader *r, const struct token *token)
{
  struct diag *diag = diag_add(r->c->diags, DIAG_E0401, token->span,
                               "`%.*s` does not say whether the old or the new one is meant",
                               TEXT_ARG(token->text));
  diag_set_label(r->c->diags, diag, "write `%.*s.new` or `%.*s.old`", TEXT_ARG(token->text),
                 TEXT_ARG(token->text));
  return fail(r, diag);
}

static uint64_t refused_sorts(uint64_t sorts, unsigned types)
{
  uint64_t refused = 0;
  for (int sort = 0; sort < SORT__COUNT; sort++)
    if ((sorts & SORT_BIT(sort)) != 0 && (sort_types((enum sort)sort) & types) == 0)
      refused |= SORT_BIT(sort);
  return refused;
}

static bool take_name(struct reader *r, const struct token *token, struct operand *operand)
{
  unsigned types = r->row->types;
  struct resolved found;
  uint32_t node;
  bool is_node = (types & TYPE_NODE) != 0 && token->term->kind == TERM_NAME &&
                 names_local(r->scope, token->text) == NULL &&
                 text_map_find(&r->c->node_names, token->text, &node);
  if (is_node) {
    operand->kind = OPERAND_WORD;
    return true;
  }
  if (!names_resolve(r->c, r->scope, token->term, kinds_of_types(types), &found))
    return fail(r, NULL);
  *operand = found.operand;
  operand->text = token->text;
  if ((found.sorts & SORT_BIT(SORT_SECRET)) != 0) {
    struct diag *diag = diag_add(r->c->diags, DIAG_E1004, token->span,
                                 "the secret `%.*s` stands in a step", TEXT_ARG(token->text));
    diag_set_label(r->c->diags, diag, "a secret is used only behind `with` in a declaration");
    return fail(r, diag);
  }
  uint64_t refused = refused_sorts(found.sorts, types);
  if (refused != 0) {
    if (found.column != NULL)
      found.decl = DECL_NONE;
    return report_type(r, token, sort_says(sort_first(refused)), &found);
  }
  if ((found.sorts & (SORT_BIT(SORT_CERTIFICATE) | SORT_BIT(SORT_ARTEFACT) | SORT_BIT(SORT_SERVICE_KEY))) != 0)
    return report_version(r, token);
  return true;
}

/* One of the words that the row lists. */
static bool take_word(struct reader *r, const struct token *token, struct operand *operand)
{
  size_t length;
  operand->kind = OPERAND_WORD;
  for (const char *at = r->row->words; *at != '\0'; at += length, at += *at == '|') {
    length = strcspn(at, "|");
    if (text_equal(token->text, (struct text){at, length}))
      return true;
  }
  form_report_choice(r->c, text_zero(r->c->arena, r->part->preposition), token, r->row->words);
  return fail(r, NULL);
}

static bool take_operand(struct reader *r, const struct token *token, struct operand *operand)
{
  unsigned types = r->row->types;
  const struct term *term = token->term;
  operand->decl = DECL_NONE;
  operand->text = term->text;
  operand->number = term->number;
  operand->span = token->span;
  switch (term->kind) {
  case TERM_NAME:
    return r->row->words[0] != '\0' ? take_word(r, token, operand) : take_name(r, token, operand);
  case TERM_PATH:
    return take_name(r, token, operand);
  case TERM_TEXT:
    operand->kind = (types & TYPE_TEXT) != 0 ? OPERAND_TEXT : OPERAND_WORD;
    if ((types & (TYPE_TEXT | TYPE_NODE)) == 0)
      return report_type(r, token, "a text", NULL);
    values_check_text(r->c, r->scope, term, r->s->what);
    return true;
  case TERM_NUMBER:
    operand->kind = OPERAND_NUMBER;
    return (types & TYPE_NUMBER) != 0 || report_type(r, token, "a number", NULL);
  case TERM_DURATION:
    operand->kind = OPERAND_DURATION;
    return (types & TYPE_DURATION) != 0 || report_type(r, token, "a duration", NULL);
  case TERM_DATE:
  case TERM_DATETIME:
    operand->kind = OPERAND_MOMENT;
    return (types & TYPE_MOMENT) != 0 || report_type(r, token, "a date", NULL);
  case TERM_TIME:
  case TERM_MONTH_DAY:
  case TERM_YES_NO:
  case TERM_EXPR:
    return report_type(r, token, term_says(term), NULL);
  }
  return false;
}

/* ---- the walk along the line ---- */

static bool row_is_first(const struct part_row *row)
{
  return row->prepositions[0] == '\0';
}

/* The row behind the verb that comes next: the object, then the text of `tells`. */
static const struct part_row *next_first_row(const struct reader *r)
{
  bool passed = r->row == NULL;
  for (uint32_t i = 0; i < r->s->row_count; i++) {
    if (passed && row_is_first(r->s->rows[i]))
      return r->s->rows[i];
    passed |= r->s->rows[i] == r->row;
  }
  return NULL;
}

/* The row that the words at the token introduce. */
static const struct part_row *introduced(const struct reader *r, uint32_t *ret_word_count,
                                         struct text *ret_words)
{
  const struct part_row *found = NULL;
  *ret_word_count = 0;
  for (uint32_t i = 0; i < r->s->row_count; i++) {
    size_t length;
    for (const char *at = r->s->rows[i]->prepositions; *at != '\0';
         at += length, at += *at == '|') {
      length = strcspn(at, "|");
      uint32_t count;
      struct text words = {at, length};
      if (!tokens_start_with(r->s->tokens, text_zero(r->c->arena, words), &count) ||
          count <= *ret_word_count)
        continue;
      *ret_word_count = count;
      *ret_words = words;
      found = r->s->rows[i];
    }
  }
  return found;
}

static bool begin_part(struct reader *r, const struct part_row *row, struct text words,
                       struct span span)
{
  const struct part_value *first = parts_find(r->s->stmt, row->part);
  if (first != NULL) {
    struct diag *diag = diag_add(r->c->diags, DIAG_E0213, span, "`%.*s` is given twice to `%s`",
                                 TEXT_ARG(words), r->s->what);
    diag_set_label(r->c->diags, diag, "this is the second");
    diag_add_label(r->c->diags, diag, first->span, "the first is here");
    return fail(r, diag);
  }
  r->row = row;
  r->part = add_part(r->c, r->s->stmt, row->part, span);
  r->part->preposition = words;
  r->tail = &r->part->operands;
  return true;
}

static bool report_too_many(struct reader *r, const struct token *token)
{
  struct diag *diag =
      diag_add(r->c->diags, DIAG_E0214, token->span, "`%.*s` is one too many for `%s`",
               TEXT_ARG(token->text), r->s->what);
  if (r->row != NULL && (r->row->flags & PART_LIST) != 0 && token->kind == TOKEN_TERM) {
    diag_set_label(r->c->diags, diag, "a list needs commas");
    diag_add_fix(r->c->diags, diag, FIX_UNSAFE, span_point(token->span), TEXT(", "),
                 "put a comma before it");
  } else {
    diag_set_label(r->c->diags, diag, "only one is expected here");
  }
  return fail(r, diag);
}

/* The part that must be there, is not, and begins with other words; NULL where several are. */
static const struct part_row *part_due(const struct reader *r)
{
  const struct part_row *due = NULL;
  for (uint32_t i = 0; i < r->s->row_count; i++) {
    const struct part_row *row = r->s->rows[i];
    if ((row->flags & PART_REQUIRED) == 0 || row_is_first(row) ||
        parts_find(r->s->stmt, row->part) != NULL)
      continue;
    if (due != NULL)
      return NULL;
    due = row;
  }
  return due;
}

static bool report_foreign(struct reader *r, const struct token *token)
{
  struct diag *diag = diag_add(r->c->diags, DIAG_E0212, token->span,
                               "`%.*s` does not belong to `%s`", TEXT_ARG(token->text), r->s->what);
  const struct part_row *due = token->kind == TOKEN_PREPOSITION ? part_due(r) : NULL;
  if (due != NULL) {
    struct text word = {due->prepositions, strcspn(due->prepositions, "|")};
    diag_set_label(r->c->diags, diag, "behind `%s` it is `%.*s`", r->s->what, TEXT_ARG(word));
    diag_add_fix(r->c->diags, diag, FIX_UNSAFE, token->span, word, "write `%.*s`", TEXT_ARG(word));
  } else {
    diag_set_label(r->c->diags, diag, "`%s` has no part that begins with it", r->s->what);
  }
  return fail(r, diag);
}

/* Nothing but the line's end stands behind the sentence: no block, condition or comment. */
static bool ends_line(const struct reader *r, struct span end)
{
  struct text bytes = r->c->sources->files[end.file].bytes;
  size_t at = (size_t)end.at + end.length;
  while (at < bytes.length && (bytes.at[at] == ' ' || bytes.at[at] == '\r'))
    at++;
  return at == bytes.length || bytes.at[at] == '\n';
}

/* `... keeping alias needs sign-off`: what stands in the step's block was written on its line. */
static bool report_block_line(struct reader *r, const struct token *token, uint32_t word_count)
{
  struct tokens *tokens = r->s->tokens;
  struct span words = span_join(token->span, tokens->items[tokens->at + word_count - 1].span);
  struct span line = span_join(words, tokens->end);
  struct diag *diag =
      diag_add(r->c->diags, DIAG_E0219, words, "`%.*s` does not stand on the step's own line",
               TEXT_ARG(source_text(r->c->sources, words)));
  diag_set_label(r->c->diags, diag, "it belongs into the step's braces");
  diag_add_help(r->c->diags, diag, "write on a line of its own between `{` and `}`: %.*s",
                TEXT_ARG(source_text(r->c->sources, line)));
  r->s->stmt->poisoned = true;
  if (!ends_line(r, tokens->end))
    return false;
  int indent = (int)source_place(r->c->sources, r->s->stmt->span).column - 1;
  diag_add_fix(r->c->diags, diag, FIX_SAFE, span_point(token->span),
               text_format(r->c->arena, "{\n%*s", indent + 2, ""), "put it into braces");
  diag_add_fix(r->c->diags, diag, FIX_SAFE, tokens->end,
               text_format(r->c->arena, "\n%*s}", indent, ""), "put it into braces");
  return false;
}

/* The words of an option of blocks at the token, where nothing else can be meant. */
static uint32_t misplaced_option(const struct reader *r)
{
  uint32_t count = r->s->takes_options ? blocks_block_words(r->s->tokens) : 0;
  bool is_full = r->row != NULL && r->part->operand_count != 0 &&
                 (!row_is_first(r->row) || next_first_row(r) == NULL);
  return count > 1 || is_full ? count : 0;
}

static bool add_operand(struct reader *r, const struct token *token, bool after_comma)
{
  if (r->row == NULL || (row_is_first(r->row) && !after_comma && r->part->operand_count != 0)) {
    const struct part_row *row = next_first_row(r);
    if (row == NULL)
      return r->row == NULL ? report_foreign(r, token) : report_too_many(r, token);
    if (!begin_part(r, row, TEXT_NONE, token->span))
      return false;
  } else if (r->part->operand_count != 0 && !after_comma) {
    return report_too_many(r, token);
  }
  struct operand *operand = ARENA_NEW(r->c->arena, struct operand);
  if (!take_operand(r, token, operand))
    return false;
  *r->tail = operand;
  r->tail = &operand->next;
  r->part->operand_count++;
  r->part->span = span_join(r->part->span, token->span);
  return true;
}

static bool read_token(struct reader *r)
{
  struct tokens *tokens = r->s->tokens;
  const struct token *token = &tokens->items[tokens->at];
  bool after_comma = false;
  if (token->kind == TOKEN_COMMA) {
    if (r->row == NULL || (r->row->flags & PART_LIST) == 0 || r->part->operand_count == 0 ||
        tokens->at + 1 == tokens->count)
      return report_too_many(r, tokens->at + 1 == tokens->count ? token : token + 1);
    after_comma = true;
    token = &tokens->items[++tokens->at];
  }
  uint32_t count = after_comma ? 0 : misplaced_option(r);
  if (count != 0)
    return report_block_line(r, token, count);
  struct text words;
  const struct part_row *row = after_comma ? NULL : introduced(r, &count, &words);
  /* `at any time` is no `at MOMENT`. */
  if (row != NULL && !(r->s->takes_options && blocks_option_words(tokens) > count)) {
    struct span span = token->span;
    tokens->at += count;
    return begin_part(r, row, words, span);
  }
  if (token->kind == TOKEN_PREPOSITION) {
    if (r->s->takes_options && blocks_option_at(r->c, r->scope, r->s->stmt, tokens, true))
      return !r->s->stmt->poisoned;
    return report_foreign(r, token);
  }
  tokens->at++;
  return add_operand(r, token, after_comma);
}

/* ---- what is missing ---- */

static void report_missing(struct reader *r, const struct part_row *row)
{
  const struct part_value *before = NULL;
  for (uint32_t i = 0; i < r->s->row_count && r->s->rows[i] != row; i++)
    if (parts_find(r->s->stmt, r->s->rows[i]->part) != NULL)
      before = parts_find(r->s->stmt, r->s->rows[i]->part);
  struct span place = before == NULL ? r->s->tokens->end : span_end_point(before->span);
  size_t length = strcspn(row->prepositions, "|");
  struct diag *diag =
      row_is_first(row)
          ? diag_add(r->c->diags, DIAG_E0211, place, "`%s` does not say %s", r->s->what,
                     part_asks[row->part])
          : diag_add(r->c->diags, DIAG_E0211, place, "`%s` does not say %.*s %s", r->s->what,
                     (int)length, row->prepositions, part_asks[row->part]);
  struct text form =
      row->words[0] != '\0' ? text_of(row->words) : types_form(r->c->arena, row->types);
  struct text written = text_format(r->c->arena, "%.*s%s%.*s", (int)length, row->prepositions,
                                    length == 0 ? "" : " ", TEXT_ARG(form));
  diag_set_label(r->c->diags, diag, "write `%.*s` here", TEXT_ARG(written));
  diag_add_fix(r->c->diags, diag, FIX_TEMPLATE, place,
               text_format(r->c->arena, " %.*s", TEXT_ARG(written)), "write `%.*s`",
               TEXT_ARG(written));
  fail(r, diag);
}

/* Reads all tokens from tokens->at on into stmt->parts. */
void parts_read(struct checker *c, struct scope *scope, struct sentence *sentence)
{
  struct reader r = {c, scope, sentence, NULL, NULL, NULL};
  while (sentence->tokens->at < sentence->tokens->count)
    if (!read_token(&r))
      return;
  for (uint32_t i = 0; i < sentence->row_count; i++) {
    const struct part_row *row = sentence->rows[i];
    const struct part_value *part = parts_find(sentence->stmt, row->part);
    bool empty = part != NULL && part->operand_count == 0;
    if ((part == NULL && (row->flags & PART_REQUIRED) != 0) || empty) {
      report_missing(&r, row);
      return;
    }
  }
}
