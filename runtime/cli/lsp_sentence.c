/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_sentence: what may come next in a step, by the parts of verbs.def. See lsp_propose.h. */
#include <string.h>

#include "compiler/check/ask.h"
#include "runtime/cli/lsp_propose.h"

enum { PARTS_MAX = 40 };

/* The parts of a verb, or of the looks that the sentence may still become. */
struct parts {
  const struct part_row *rows[PARTS_MAX];
  bool used[PARTS_MAX];
  uint32_t count;
};

static void add_part(struct parts *parts, const struct part_row *row)
{
  if (parts->count < PARTS_MAX)
    parts->rows[parts->count++] = row;
}

static void parts_of_verb(enum verb verb, struct parts *ret)
{
  *ret = (struct parts){0};
  for (uint32_t i = 0; i < part_row_count; i++)
    if (part_rows[i].verb == verb)
      add_part(ret, &part_rows[i]);
}

/* look < 0: those that begin with the thing looked at. */
static void parts_of_look(int look, struct parts *ret)
{
  *ret = (struct parts){0};
  for (uint32_t i = 0; i < look_part_row_count; i++) {
    enum look of = look_part_rows[i].look;
    bool bare = of == LOOK_ABSENT || of == LOOK_PRESENT || of == LOOK_UNUSED;
    if (look < 0 ? bare : of == (enum look)look)
      add_part(ret, &look_part_rows[i].row);
  }
}

/* The words of "in|on" that stand at the row's token `at`, whole; 0 without. *ret_rest: the words that
 * are still missing where the row ends in the middle. */
static uint32_t find_preposition(const struct proposals *p, const char *prepositions, uint32_t at,
                                 const char **ret_rest)
{
  for (const char *word = prepositions; *word != '\0';) {
    size_t length = strcspn(word, "|");
    char *alone = text_zero(p->arena, (struct text){word, length});
    uint32_t count = lsp_row_begins(&p->rows, &p->row, at, alone);
    if (count != 0)
      return count;
    char *blank = strchr(alone, ' ');
    if (blank != NULL && at + 1 == p->row.count) {
      *blank = '\0';
      if (lsp_row_begins(&p->rows, &p->row, at, alone) != 0)
        *ret_rest = blank + 1;
    }
    word += length + (word[length] == '|');
  }
  return 0;
}

static void propose_values(struct proposals *p, const struct part_row *row)
{
  if ((row->types & TYPE_WORD) != 0)
    propose_choice(p, row->words);
  propose_types(p, row->types);
}

static void propose_rest(struct proposals *p, const struct parts *parts)
{
  for (uint32_t i = 0; i < parts->count; i++)
    if (!parts->used[i] && parts->rows[i]->prepositions[0] != '\0')
      propose_choice(p, parts->rows[i]->prepositions);
  propose_word(p, "when");
  for (int i = 0; i < OPTION__COUNT; i++)
    if (option_rows[i].on_line)
      propose(p, ITEM_KEY, text_of(option_rows[i].words), text_of(option_rows[i].form),
              text_of(option_rows[i].says), TEXT_NONE);
}

static int bare_part(const struct parts *parts)
{
  for (uint32_t i = 0; i < parts->count; i++)
    if (parts->rows[i]->prepositions[0] == '\0')
      return (int)i;
  return -1;
}

static void propose_parts(struct proposals *p, struct parts *parts, uint32_t from)
{
  int current = bare_part(parts);
  bool has_value = false;
  for (uint32_t at = from; at < p->row.count;) {
    const char *rest = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < parts->count && count == 0; i++) {
      count = find_preposition(p, parts->rows[i]->prepositions, at, &rest);
      if (count != 0) {
        current = (int)i;
        parts->used[i] = true;
        has_value = false;
      }
    }
    if (count == 0 && rest != NULL) {
      propose_word(p, rest);
      return;
    }
    if (count == 0 && text_is(lsp_word(&p->rows, &p->row, at), "when"))
      return;
    if (count == 0)
      has_value = p->rows.tokens[p->row.first + at].kind != LSP_COMMA;
    at += count == 0 ? 1 : count;
  }
  if (current >= 0 && !has_value)
    propose_values(p, parts->rows[current]);
  else
    propose_rest(p, parts);
}

void propose_look(struct proposals *p, uint32_t from)
{
  struct parts parts;
  for (int i = 0; i < LOOK__COUNT; i++) {
    bool first = i == LOOK_TLS || i == LOOK_CALL || i == LOOK_CERTIFICATE;
    if (from == p->row.count && first)
      propose(p, ITEM_WORD, text_of(look_rows[i].word), text_of(look_rows[i].form),
              text_of(look_rows[i].says), TEXT_NONE);
    if (first && text_is(lsp_word(&p->rows, &p->row, from), look_rows[i].word)) {
      parts_of_look(i, &parts);
      propose_parts(p, &parts, from + 1);
      return;
    }
  }
  parts_of_look(-1, &parts);
  propose_parts(p, &parts, from);
}

/* "replaces ${1:CERTIFICATE} with ${2:CERTIFICATE} in ${3:KEYSTORE|SYSTEM}" */
static struct text verb_snippet(struct proposals *p, enum verb verb)
{
  struct buffer out = {0};
  uint32_t number = 1;
  buffer_add_zero(&out, verb_rows[verb].word);
  for (uint32_t i = 0; i < part_row_count; i++) {
    const struct part_row *row = &part_rows[i];
    if (row->verb != verb || (row->flags & PART_REQUIRED) == 0)
      continue;
    bool text = row->types == TYPE_TEXT;
    size_t length = strcspn(row->prepositions, "|");
    struct text form = text ? TEXT("TEXT") : ask_form(p->arena, row->types);
    buffer_format(&out, " %.*s%s%s${%u:%.*s}%s", (int)length, row->prepositions,
                  length == 0 ? "" : " ", text ? "\"" : "", number++, TEXT_ARG(form),
                  text ? "\"" : "");
  }
  if (number == 1)
    buffer_add_zero(&out, " ");
  struct text snippet = text_copy(p->arena, buffer_text(&out));
  buffer_free(&out);
  return snippet;
}

static void propose_verbs(struct proposals *p)
{
  for (int i = 0; i < VERB__COUNT; i++)
    propose(p, ITEM_VERB, text_of(verb_rows[i].word), text_of(verb_rows[i].form),
            text_of(verb_rows[i].says), verb_snippet(p, (enum verb)i));
}

static void propose_follow(struct proposals *p, uint32_t from)
{
  if (from == p->row.count) {
    propose_kind(p, KIND_PROCEDURE);
    return;
  }
  if (from + 1 == p->row.count)
    propose_word(p, "with");
  else
    propose_types(p, ~0u & ~(unsigned)(TYPE_TEXT | TYPE_WORD));
}

void propose_sentence(struct proposals *p, uint32_t from)
{
  if (text_is(lsp_word(&p->rows, &p->row, from), "follow")) {
    propose_follow(p, from + 1);
    return;
  }
  for (uint32_t i = from + 1; i < p->row.count; i++) {
    enum verb verb;
    if (!verb_find(lsp_word(&p->rows, &p->row, i), &verb))
      continue;
    struct parts parts;
    parts_of_verb(verb, &parts);
    if (verb == VERB_CHECKS)
      propose_look(p, i + 1);
    else
      propose_parts(p, &parts, i + 1);
    if (verb == VERB_GIVES && i + 1 == p->row.count)
      propose_word(p, "sealed");
    return;
  }
  bool is_first = from == p->row.count;
  bool comma = !is_first && p->rows.tokens[p->row.first + p->row.count - 1].kind == LSP_COMMA;
  if (is_first || comma)
    propose_kind(p, KIND_ROLE);
  else
    propose_verbs(p);
  if (is_first)
    propose_word(p, "follow");
}
