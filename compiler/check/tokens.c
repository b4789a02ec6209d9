/* SPDX-License-Identifier: Apache-2.0 */
/* tokens: a line as one row of words, values and commas, which is how forms and verbs read it. */
#include "compiler/check/checker.h"

#include <string.h>

static uint32_t count_phrases(const struct phrase *phrases)
{
  uint32_t count = 0;
  for (const struct phrase *phrase = phrases; phrase != NULL; phrase = phrase->next)
    count += phrase->term_count + 1;
  return count;
}

static void add_phrases(struct tokens *tokens, const struct phrase *phrases)
{
  for (const struct phrase *phrase = phrases; phrase != NULL; phrase = phrase->next) {
    for (const struct term *term = phrase->terms; term != NULL; term = term->next)
      tokens->items[tokens->count++] = (struct token){TOKEN_TERM, term, term->text, term->span};
    if (phrase->next != NULL)
      tokens->items[tokens->count++] =
          (struct token){TOKEN_COMMA, NULL, TEXT(","), span_end_point(phrase->span)};
  }
}

uint32_t tokens_count(const struct line *line)
{
  uint32_t count = count_phrases(line->phrases);
  for (const struct clause *clause = line->clauses; clause != NULL; clause = clause->next)
    count += 1 + count_phrases(clause->phrases);
  return count;
}

struct tokens tokens_of_line(struct checker *c, const struct line *line)
{
  return tokens_in(c->arena, line);
}

struct tokens tokens_in(struct arena *arena, const struct line *line)
{
  struct tokens tokens = {.arena = arena,
                          .items = arena_array(arena, tokens_count(line), sizeof *tokens.items)};
  add_phrases(&tokens, line->phrases);
  for (const struct clause *clause = line->clauses; clause != NULL; clause = clause->next) {
    tokens.items[tokens.count++] =
        (struct token){TOKEN_PREPOSITION, NULL, clause->preposition, clause->preposition_span};
    add_phrases(&tokens, clause->phrases);
  }
  tokens.end = tokens.count == 0 ? span_end_point(line->span)
                                 : span_end_point(tokens.items[tokens.count - 1].span);
  return tokens;
}

bool token_is(const struct token *token, const char *word)
{
  bool is_word = token->kind == TOKEN_PREPOSITION ||
                 (token->kind == TOKEN_TERM && token->term->kind == TERM_NAME);
  return is_word && text_is(token->text, word);
}

/* Whether the words ("reload with command") stand at tokens->at; *ret_count: how many they are. */
bool tokens_start_with(const struct tokens *tokens, const char *words, uint32_t *ret_count)
{
  uint32_t count = 0;
  for (const char *at = words; *at != '\0';) {
    if (tokens->at + count >= tokens->count)
      return false;
    const struct token *token = &tokens->items[tokens->at + count];
    size_t length = token->text.length;
    bool is_word = token->kind == TOKEN_PREPOSITION ||
                   (token->kind == TOKEN_TERM && token->term->kind == TERM_NAME);
    if (!is_word || length == 0 || *at != token->text.at[0] ||
        strncmp(at, token->text.at, length) != 0 || (at[length] != ' ' && at[length] != '\0'))
      return false;
    count++;
    at += length;
    at += *at == ' ';
  }
  *ret_count = count;
  return count != 0;
}

const char *term_says(const struct term *term)
{
  switch (term->kind) {
  case TERM_NAME:
    return "a name";
  case TERM_PATH:
    return "a name";
  case TERM_TEXT:
    return "a text";
  case TERM_NUMBER:
    return "a number";
  case TERM_DURATION:
    return "a duration";
  case TERM_DATE:
    return "a date";
  case TERM_DATETIME:
    return "a date with time";
  case TERM_TIME:
    return "a time of day";
  case TERM_MONTH_DAY:
    return "a day of the year";
  case TERM_YES_NO:
    return "yes or no";
  case TERM_EXPR:
    return "an expression";
  }
  return "";
}
