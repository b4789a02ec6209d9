/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forms: matches what a line says against a form of grammar/keys.def and captures its values.
 *
 * (1) One token of look-ahead decides whether an optional group is there: no backtracking, so the
 *     work is linear in the line.
 * (2) The first mismatch is the only finding of a form.
 */
#include "compiler/check/checker.h"

#include <ctype.h>
#include <string.h>

enum { ALTERNATIVES_MAX = 16 };

struct element { /* one word of a form: its alternatives */
  struct text words[ALTERNATIVES_MAX];
  const struct form_type *types[ALTERNATIVES_MAX]; /* NULL: the word stands for itself */
  uint32_t count;
  bool is_list;
  bool has_types; /* an alternative is in upper case */
};

struct matcher {
  struct checker *c;
  const struct scope *scope;
  const char *what;
  struct tokens *tokens;
  struct captures *captures;
};

/* The form's next word; *form moves behind it. */
static struct element next_element(const char **form)
{
  struct element element;
  element.count = 0;
  element.is_list = element.has_types = false;
  size_t length = strcspn(*form, " ]");
  struct text whole = {*form, length};
  *form += length;
  if (text_ends_with(whole, ",...")) {
    element.is_list = true;
    whole.length -= strlen(",...");
  }
  for (size_t at = 0; at <= whole.length && element.count < ALTERNATIVES_MAX;) {
    const char *bar = memchr(whole.at + at, '|', whole.length - at);
    size_t end = bar == NULL ? whole.length : (size_t)(bar - whole.at);
    struct text word = {whole.at + at, end - at};
    bool is_type = isupper((unsigned char)whole.at[at]) != 0;
    element.types[element.count] = is_type ? form_type_find(word) : NULL;
    element.words[element.count++] = word;
    element.has_types |= is_type;
    at = end + 1;
  }
  return element;
}

static const struct token *now(const struct tokens *tokens)
{
  return tokens->at < tokens->count ? &tokens->items[tokens->at] : NULL;
}

static bool is_word(const struct token *token, struct text word)
{
  bool can_be = token->kind == TOKEN_PREPOSITION ||
                (token->kind == TOKEN_TERM && token->term->kind == TERM_NAME);
  return can_be && text_equal(token->text, word);
}

/* Whether the next token can begin the form: a group in brackets is then there. */
bool form_accepts(const struct tokens *tokens, const char *form)
{
  const struct token *token = now(tokens);
  if (token == NULL || *form == '\0')
    return token == NULL;
  struct element element = next_element(&form);
  for (uint32_t i = 0; i < element.count; i++) {
    const struct form_type *type = element.types[i];
    if (type == NULL && is_word(token, element.words[i]))
      return true;
    if (type != NULL && token->kind == TOKEN_TERM &&
        form_type_is_number(type) == (token->term->kind == TERM_NUMBER))
      return true;
  }
  return false;
}

static struct capture *add_capture(struct matcher *m)
{
  struct captures *captures = m->captures;
  if (captures->count == captures->capacity) {
    uint32_t capacity = captures->capacity == 0 ? CAPTURES_START : captures->capacity * 2;
    captures->items = arena_grow(m->tokens->arena, captures->items, captures->count, capacity,
                                 sizeof *captures->items);
    captures->capacity = capacity;
  }
  struct capture *capture = &captures->items[captures->count++];
  *capture = (struct capture){0};
  capture->value.decl = DECL_NONE;
  return capture;
}

static struct text element_says(struct matcher *m, const struct element *element)
{
  struct buffer words = {0};
  for (uint32_t i = 0; i < element->count; i++) {
    const struct form_type *type = element->types[i];
    if (i != 0)
      buffer_add_zero(&words, i + 1 == element->count ? " or " : ", ");
    if (type != NULL)
      buffer_add_zero(&words, form_type_says(type));
    else
      buffer_format(&words, "`%.*s`", TEXT_ARG(element->words[i]));
  }
  struct text said = text_copy(m->c->arena, buffer_text(&words));
  buffer_free(&words);
  return said;
}

static bool report_missing(struct matcher *m, const struct element *element)
{
  const struct token *token = now(m->tokens);
  struct span span = token == NULL ? m->tokens->end : token->span;
  struct diag *diag;
  if (token == NULL)
    diag =
        diag_add(m->c->diags, DIAG_E0201, span, "`%s` lacks something at the line's end", m->what);
  else
    diag = diag_add(m->c->diags, DIAG_E0201, span, "`%.*s` does not fit behind `%s`",
                    TEXT_ARG(token->text), m->what);
  diag_set_label(m->c->diags, diag, "%.*s is expected here", TEXT_ARG(element_says(m, element)));
  /* `from 01:00 to 05:00`: one small word for another. */
  if (token != NULL && token->kind == TOKEN_PREPOSITION && element->count == 1 &&
      element->types[0] == NULL)
    diag_add_fix(m->c->diags, diag, FIX_UNSAFE, token->span, element->words[0], "write `%.*s`",
                 TEXT_ARG(element->words[0]));
  return false;
}

void form_report_choice(struct checker *c, const char *what, const struct token *token,
                        const char *choices)
{
  /* SAP-7f84-5: two keys have codes of their own. */
  enum diag_code code = strcmp(what, key_words[KEY_KEY_TYPE]) == 0  ? DIAG_E0901
                        : strcmp(what, key_words[KEY_PLAN_OF]) == 0 ? DIAG_E0905
                                                                    : DIAG_E0403;
  struct diag *diag = diag_add(c->diags, code, token->span, "`%s` cannot be `%.*s`", what,
                               TEXT_ARG(token->text));
  struct text words[ALTERNATIVES_MAX];
  uint32_t count = 0;
  for (const char *at = choices; *at != '\0' && count < ALTERNATIVES_MAX;) {
    size_t length = strcspn(at, "|");
    words[count++] = (struct text){at, length};
    at += length;
    at += *at == '|';
  }
  bool alone;
  struct text nearest = text_nearest_alone(token->text, words, count, &alone);
  if (nearest.length != 0) {
    diag_suggest(c->diags, diag, token->span, nearest, alone);
  } else {
    diag_set_label(c->diags, diag, "not one of the values that are known here");
  }
  struct buffer list = {0};
  for (uint32_t i = 0; i < count; i++)
    buffer_format(&list, "%s`%.*s`",
                  i == 0           ? ""
                  : i + 1 == count ? " or "
                                   : ", ",
                  TEXT_ARG(words[i]));
  diag_add_help(c->diags, diag, "write %s", list.bytes);
  buffer_free(&list);
}

static bool report_choice(struct matcher *m, const struct element *element,
                          const struct token *token)
{
  struct text last = element->words[element->count - 1];
  struct text choices = {element->words[0].at,
                         (size_t)(last.at + last.length - element->words[0].at)};
  form_report_choice(m->c, m->what, token, text_zero(m->c->arena, choices));
  return false;
}

static bool is_nearly_a_word(const struct element *element, const struct token *token)
{
  struct text words[ALTERNATIVES_MAX];
  uint32_t count = 0;
  for (uint32_t i = 0; i < element->count; i++)
    if (element->types[i] == NULL)
      words[count++] = element->words[i];
  return text_nearest(token->text, words, count).length != 0;
}

/* One alternative of the element fits the token, or a finding says what would. */
static bool match_value(struct matcher *m, const struct element *element)
{
  const struct token *token = now(m->tokens);
  if (token == NULL || token->kind == TOKEN_COMMA)
    return report_missing(m, element);
  const struct form_type *types[ALTERNATIVES_MAX];
  uint32_t type_count = 0;
  for (uint32_t i = 0; i < element->count; i++) {
    const struct form_type *type = element->types[i];
    if (type != NULL) {
      types[type_count++] = type;
    } else if (is_word(token, element->words[i])) {
      struct capture *capture = add_capture(m);
      capture->value.kind = VALUE_WORD;
      capture->value.text = token->text;
      capture->value.span = token->span;
      m->tokens->at++;
      return true;
    }
  }
  if (token->kind != TOKEN_TERM)
    return report_missing(m, element);
  if (!element->has_types)
    return token->term->kind == TERM_NAME ? report_choice(m, element, token)
                                          : report_missing(m, element);
  if (type_count < element->count && token->term->kind == TERM_NAME &&
      is_nearly_a_word(element, token))
    return report_choice(m, element, token); /* `zone unkown`: no zone, but a slip */
  if (!form_take_value(m->c, m->scope, m->what, types, type_count, token, add_capture(m)))
    return false;
  m->tokens->at++;
  return true;
}

static bool match_list(struct matcher *m, const struct element *element)
{
  for (;;) {
    if (!match_value(m, element))
      return false;
    const struct token *token = now(m->tokens);
    if (token == NULL || token->kind != TOKEN_COMMA)
      return true;
    m->tokens->at++;
  }
}

/* A single word of the form: it must be there, and captures nothing. */
static bool match_word(struct matcher *m, const struct element *element)
{
  const struct token *token = now(m->tokens);
  if (token == NULL || !is_word(token, element->words[0]))
    return report_missing(m, element);
  m->tokens->at++;
  return true;
}

/*
 * Matches up to the form's end or its `]`. skip: the group is absent, its slots stay empty.
 * A group of plain words only is a slot of its own ("not author").
 */
static bool match_group(struct matcher *m, const char **form, bool skip, bool is_optional)
{
  uint32_t captured = m->captures->count;
  struct span first = {0};
  if (!skip && now(m->tokens) != NULL)
    first = now(m->tokens)->span;
  for (;;) {
    while (**form == ' ')
      (*form)++;
    if (**form == '\0' || **form == ']')
      break;
    if (**form == '[') {
      (*form)++;
      bool absent = skip || now(m->tokens) == NULL || !form_accepts(m->tokens, *form);
      if (!match_group(m, form, absent, true))
        return false;
      (*form)++;
      continue;
    }
    struct element element = next_element(form);
    bool captures = element.count > 1 || element.has_types;
    if (skip && captures)
      add_capture(m);
    if (skip)
      continue;
    if (!(element.is_list ? match_list(m, &element)
          : captures      ? match_value(m, &element)
                          : match_word(m, &element)))
      return false;
  }
  if (is_optional && m->captures->count == captured) {
    struct capture *capture = add_capture(m);
    capture->value.kind = skip ? VALUE_NONE : VALUE_WORD;
    capture->value.span = first;
  }
  return true;
}

/*
 * Matches tokens from tokens->at on; what stands behind the form is left. what: the words that the
 * form follows, for messages. False with one finding where it does not fit.
 */
bool form_match(struct checker *c, const struct scope *scope, const char *what, const char *form,
                struct tokens *tokens, struct captures *captures)
{
  struct matcher m = {c, scope, what, tokens, captures};
  return match_group(&m, &form, false, false);
}

/* False with a finding where something is left on the line. */
bool form_end(struct checker *c, const char *what, const struct tokens *tokens)
{
  const struct token *token = now(tokens);
  if (token == NULL)
    return true;
  struct diag *diag = diag_add(c->diags, DIAG_E0201, token->span,
                               "`%.*s` is one word too many for `%s`", TEXT_ARG(token->text), what);
  diag_set_label(c->diags, diag, "the line should end before this");
  for (uint32_t i = 0; i < key_row_count; i++) {
    uint32_t ignored;
    if (!tokens_start_with(tokens, key_rows[i].words, &ignored))
      continue;
    diag_add_help(c->diags, diag, "each key stands on a line of its own");
    break;
  }
  return false;
}
