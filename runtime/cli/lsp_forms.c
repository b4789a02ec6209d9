/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsp_forms: the forms of keys.def and of a step's options, read as automata: after the words that
 * stand there, what may come next. A form is at most FORM_MAX words; a bit set of them is the state.
 */
#include <string.h>

#include "runtime/cli/lsp_propose.h"

enum { FORM_MAX = 30, GROUPS_MAX = 4 };

struct element {
  struct text words; /* "mail|webhook", "TEXT" */
  bool is_list;
  uint8_t skips[GROUPS_MAX]; /* groups that begin here: the element behind each */
  uint32_t skip_count;
};

struct form {
  struct element items[FORM_MAX];
  uint32_t count;
};

static void read_form(const char *words, struct form *ret)
{
  uint32_t open[GROUPS_MAX], depth = 0;
  *ret = (struct form){0};
  for (const char *at = words; *at != '\0' && ret->count < FORM_MAX;) {
    size_t length = strcspn(at, " ");
    struct text word = {at, length};
    at += length + (at[length] == ' ');
    for (; word.length > 0 && word.at[0] == '['; word.at++, word.length--)
      if (depth < GROUPS_MAX)
        open[depth++] = ret->count;
    uint32_t closes = 0;
    for (; word.length > 0 && word.at[word.length - 1] == ']'; word.length--)
      closes++;
    struct element *element = &ret->items[ret->count++];
    element->is_list = text_ends_with(word, ",...");
    word.length -= element->is_list ? 4 : 0;
    element->words = word;
    for (; closes > 0 && depth > 0; closes--) {
      struct element *first = &ret->items[open[--depth]];
      if (first->skip_count < GROUPS_MAX)
        first->skips[first->skip_count++] = (uint8_t)ret->count;
    }
  }
}

/* The next of "a|b|c"; false at the end. */
static bool next_choice(struct text *words, struct text *ret_word)
{
  if (words->length == 0)
    return false;
  const char *bar = memchr(words->at, '|', words->length);
  size_t length = bar == NULL ? words->length : (size_t)(bar - words->at);
  *ret_word = (struct text){words->at, length};
  size_t past = length + (bar != NULL);
  *words = (struct text){words->at + past, words->length - past};
  return true;
}

static bool is_type(struct text word)
{
  return word.length != 0 && word.at[0] >= 'A' && word.at[0] <= 'Z';
}

static bool takes(const struct element *element, const struct lsp_token *token, struct text text)
{
  struct text words = element->words, word;
  while (next_choice(&words, &word))
    if (is_type(word) ? token->kind == LSP_WORD || token->kind == LSP_STRING
                      : text_equal(word, text))
      return true;
  return false;
}

static uint32_t close_over(const struct form *form, uint32_t states)
{
  for (uint32_t i = 0; i < form->count; i++)
    for (uint32_t j = 0; (states >> i & 1) != 0 && j < form->items[i].skip_count; j++)
      states |= 1u << form->items[i].skips[j];
  return states;
}

static bool is_month(struct text text)
{
  return text.length != 0 && text.at[0] >= 'A' && text.at[0] <= 'Z';
}

static uint32_t step(const struct form *form, uint32_t states, const struct lsp_token *token,
                     struct text text)
{
  uint32_t next = 0;
  for (uint32_t i = 0; i <= form->count; i++) {
    if ((states >> i & 1) == 0)
      continue;
    if (token->kind == LSP_COMMA) {
      if (i > 0 && form->items[i - 1].is_list)
        next |= 1u << (i - 1);
    } else if (i < form->count && takes(&form->items[i], token, text)) {
      /* `February 1` are two words */
      bool stays = text_is(form->items[i].words, "MONTHDAY") && is_month(text);
      next |= 1u << (stays ? i : i + 1);
    }
  }
  return close_over(form, next);
}

static void propose_labels(struct proposals *p)
{
  const struct program *program = p->analysis->compiled.program;
  for (uint32_t i = 0; program != NULL && i < program->decl_count; i++) {
    const struct decl *decl = &program->decls[i];
    if (decl->kind != KIND_PLAN || decl->body == NULL)
      continue;
    for (const struct stmt *stmt = decl->body->stmts; stmt != NULL; stmt = stmt->next)
      for (const struct stmt *step = stmt->children == NULL ? stmt : stmt->children; step != NULL;
           step = stmt->children == NULL ? NULL : step->next)
        if (step->label.length != 0)
          propose(p, ITEM_NAME, step->label, TEXT("a step"), TEXT_NONE, TEXT_NONE);
  }
}

static void propose_verbs_named(struct proposals *p)
{
  for (int i = 0; i < VERB__COUNT; i++)
    propose(p, ITEM_WORD, text_of(verb_rows[i].word), text_of(verb_rows[i].form),
            text_of(verb_rows[i].says), TEXT_NONE);
}

/* Values that only a few types have words for; the others are for the writer to know. */
static void propose_type(struct proposals *p, enum kind kind, enum key key, struct text type)
{
  static const char weekdays[] = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
  struct text lower = text_lower(p->arena, type);
  for (int i = 0; i < KIND__COUNT; i++)
    if (text_is(lower, kind_words[i])) {
      propose_kind(p, (enum kind)i);
      return;
    }
  if (text_is(type, "YESNO"))
    propose_choice(p, "yes|no");
  else if (text_is(type, "WEEKDAY"))
    propose_choice(p, weekdays);
  else if (text_is(type, "MOMENT"))
    propose_types(p, TYPE_MOMENT);
  else if (text_is(type, "VERSION"))
    propose_types(p, TYPE_CERTIFICATE | TYPE_SERVICEKEY);
  else if (text_is(type, "NODE") && kind == KIND_SCENARIO)
    propose_labels(p);
  else if (text_is(type, "LOOK"))
    propose_look(p, p->row.count);
  else if (text_is(type, "NAME") && key == KEY_FORBID)
    propose_verbs_named(p);
  else if (text_is(type, "NAME") && key == KEY_NEEDS_ROLE)
    propose_kind(p, KIND_ROLE);
  else if (!text_is(type, "NODE"))
    propose_kind(p, KIND_PARAM);
}

void propose_form(struct proposals *p, enum kind kind, enum key key, const char *words,
                  uint32_t from)
{
  struct form form;
  read_form(words, &form);
  uint32_t states = close_over(&form, 1);
  for (uint32_t i = from; i < p->row.count && states != 0; i++)
    states = step(&form, states, &p->rows.tokens[p->row.first + i],
                  lsp_token_text(&p->rows, p->row.first + i));
  for (uint32_t i = 0; i < form.count; i++) {
    struct text choices = form.items[i].words, word;
    while ((states >> i & 1) != 0 && next_choice(&choices, &word))
      if (is_type(word))
        propose_type(p, kind, key, word);
      else
        propose(p, ITEM_WORD, word, TEXT_NONE, TEXT_NONE, TEXT_NONE);
  }
}

static void snippet_element(struct buffer *out, const struct element *element, uint32_t *number)
{
  struct text words = element->words, word;
  next_choice(&words, &word);
  bool quoted =
      text_is(word, "TEXT") || text_is(word, "URL") || text_is(word, "DN") || text_is(word, "MAIL");
  if (words.length == 0 && !is_type(word))
    buffer_add_text(out, word);
  else if (is_type(word))
    buffer_format(out, "%s${%u:%.*s}%s", quoted ? "\"" : "", (*number)++, TEXT_ARG(element->words),
                  quoted ? "\"" : "");
  else {
    buffer_format(out, "${%u|%.*s", (*number)++, TEXT_ARG(word));
    while (next_choice(&words, &word))
      buffer_format(out, ",%.*s", TEXT_ARG(word));
    buffer_add_zero(out, "|}");
  }
}

/* Without what may be absent. */
void snippet_form(struct buffer *out, const char *words, uint32_t *number)
{
  struct form form;
  read_form(words, &form);
  for (uint32_t i = 0; i < form.count;) {
    if (form.items[i].skip_count != 0) {
      i = form.items[i].skips[form.items[i].skip_count - 1];
      continue;
    }
    buffer_add_zero(out, " ");
    snippet_element(out, &form.items[i], number);
    i++;
  }
}
