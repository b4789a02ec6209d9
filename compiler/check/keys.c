/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: the `key value` lines of a block, against the rows of grammar/keys.def.
 *
 * (1) A block with a line that could not be read lacks no key: that line may have been it.
 */
#include "compiler/check/checker.h"

#include <string.h>

static bool has_steps(enum kind kind)
{
  return kind == KIND_PLAN || kind == KIND_PROCEDURE;
}

/* The key that the line begins with: the row of most words wins. */
bool key_of_line(enum kind kind, const struct tokens *tokens, enum key *ret_key,
                 uint32_t *ret_word_count)
{
  uint32_t most = 0;
  for (uint32_t i = 0; i < key_row_count; i++) {
    uint32_t count;
    if (key_rows[i].kind != kind || !tokens_start_with(tokens, key_rows[i].words, &count) ||
        count <= most)
      continue;
    most = count;
    *ret_key = key_rows[i].key;
  }
  *ret_word_count = most;
  return most != 0;
}

/* A declaration with thousands of settings is still read in linear time. */
static void index_settings(struct checker *c, struct decl *decl)
{
  enum { SETTINGS_FEW = 32 };
  uint32_t last = decl->setting_count - 1;
  if (decl->setting_count == SETTINGS_FEW) {
    decl->setting_of = arena_array(c->arena, KEY__COUNT, sizeof *decl->setting_of);
    for (uint32_t i = last; i-- > 0;)
      decl->setting_of[decl->settings[i].key] = i + 1;
  }
  if (decl->setting_of != NULL && decl->setting_of[decl->settings[last].key] == 0)
    decl->setting_of[decl->settings[last].key] = last + 1;
}

static struct setting *add_setting(struct checker *c, struct decl *decl, enum key key)
{
  if ((decl->setting_count & (decl->setting_count - 1)) == 0) {
    uint32_t capacity = decl->setting_count == 0 ? 1 : decl->setting_count * 2;
    decl->settings =
        arena_grow(c->arena, decl->settings, decl->setting_count, capacity, sizeof *decl->settings);
  }
  struct setting *setting = &decl->settings[decl->setting_count++];
  *setting = (struct setting){.key = key};
  index_settings(c, decl);
  return setting;
}

/* The row whose form the line fits by its first word: `key` has three. */
static const struct key_row *choose_row(enum kind kind, enum key key, const struct tokens *tokens)
{
  const struct key_row *first = NULL;
  uint32_t count = 0;
  for (uint32_t i = 0; i < key_row_count; i++) {
    if (key_rows[i].kind != kind || key_rows[i].key != key)
      continue;
    count++;
    if (first == NULL)
      first = &key_rows[i];
    if (form_accepts(tokens, key_rows[i].form))
      return &key_rows[i];
  }
  return count == 1 ? first : NULL;
}

/* None of the rows of the key begins like the line: name the first words of all. */
static void report_rows(struct checker *c, enum kind kind, enum key key,
                        const struct tokens *tokens)
{
  struct buffer choices = {0};
  for (uint32_t i = 0; i < key_row_count; i++)
    if (key_rows[i].kind == kind && key_rows[i].key == key)
      buffer_format(&choices, "%s%.*s", choices.size_bytes == 0 ? "" : "|",
                    (int)strcspn(key_rows[i].form, " "), key_rows[i].form);
  if (tokens->at < tokens->count) {
    form_report_choice(c, key_words[key], &tokens->items[tokens->at], choices.bytes);
  } else {
    struct diag *diag = diag_add(c->diags, DIAG_E0201, tokens->end,
                                 "`%s` lacks something at the line's end", key_words[key]);
    diag_set_label(c->diags, diag, "one of %s is expected here", choices.bytes);
  }
  buffer_free(&choices);
}

static void report_twice(struct checker *c, const struct setting *first, struct span span)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_E0405, span, "`%s` is given twice", key_words[first->key]);
  diag_set_label(c->diags, diag, "this is the second");
  diag_add_label(c->diags, diag, first->span, "the first is here");
  diag_add_fix(c->diags, diag, FIX_UNSAFE, source_whole_lines(c->sources, span), TEXT(""),
               "remove the second");
}

static void store(struct checker *c, struct decl *decl, const struct key_row *row,
                  const struct captures *captures, struct span span)
{
  if ((row->flags & KEY_REPEATED) == 0) {
    const struct setting *first = decl_setting(decl, row->key);
    if (first != NULL) {
      report_twice(c, first, span);
      return;
    }
  }
  struct setting *setting = add_setting(c, decl, row->key);
  setting->span = span;
  setting->value_count = captures->count;
  setting->values = arena_array(c->arena, captures->count, sizeof *setting->values);
  for (uint32_t i = 0; i < captures->count; i++)
    setting->values[i] = captures->items[i].value;
}

/* Whether a row of the key fits what stands at tokens->at. */
bool keys_accept(enum kind kind, enum key key, const struct tokens *tokens)
{
  for (uint32_t i = 0; i < key_row_count; i++)
    if (key_rows[i].kind == kind && key_rows[i].key == key &&
        form_accepts(tokens, key_rows[i].form))
      return true;
  return false;
}

/* Reads the key at tokens->at. */
void keys_read(struct checker *c, uint32_t decl, struct tokens *tokens, enum key key,
               uint32_t word_count, struct span span)
{
  struct decl *there = &c->program->decls[decl];
  struct scope scope = {.unit = c->infos[decl].unit};
  scope.has_csr = there->kind == KIND_CA && key == KEY_COMMAND;
  scope.has_node = there->kind == KIND_FLOW && (key == KEY_START_WITH || key == KEY_STOP_WITH ||
                                                key == KEY_RESTART_WITH || key == KEY_OBSERVED_BY);
  tokens->at += word_count;
  const struct key_row *row = choose_row(there->kind, key, tokens);
  if (row == NULL) {
    report_rows(c, there->kind, key, tokens);
    c->infos[decl].has_broken = true;
    return;
  }
  struct captures captures = {0};
  if (!form_match(c, &scope, key_words[key], row->form, tokens, &captures) ||
      !form_end(c, key_words[key], tokens)) {
    c->infos[decl].has_broken = true;
    return;
  }
  store(c, there, row, &captures, span);
}

/* Whether a key of the kind begins with the word. */
bool keys_begins(enum kind kind, struct text word)
{
  for (uint32_t i = 0; i < key_row_count; i++)
    if (key_rows[i].kind == kind &&
        text_equal(word, (struct text){key_rows[i].words, strcspn(key_rows[i].words, " ")}))
      return true;
  return false;
}

/* The row whose first word is nearest; NULL where none is near. */
static const struct key_row *nearest_row(enum kind kind, struct text word, bool *ret_alone)
{
  const struct key_row *nearest = NULL;
  struct text found = TEXT_NONE;
  size_t limit = word.length / 3 > 1 ? word.length / 3 : 1, best = limit + 1;
  *ret_alone = true;
  for (uint32_t i = 0; i < key_row_count; i++) {
    struct text first = {key_rows[i].words, strcspn(key_rows[i].words, " ")};
    size_t distance = key_rows[i].kind == kind ? text_distance(word, first, limit) : limit + 1;
    if (distance > limit)
      continue;
    *ret_alone &= nearest == NULL || text_equal(first, found);
    if (distance >= best)
      continue;
    best = distance;
    nearest = &key_rows[i];
    found = first;
  }
  return nearest;
}

/* Would the line be well with the key's words in place of its first? */
static bool would_fit(const struct key_row *row, const struct tokens *tokens)
{
  enum { STEP_WORDS_LEAST = 4 }; /* a step that lost its colon begins like a key, too */
  bool has_steps_too = row->kind == KIND_PLAN || row->kind == KIND_PROCEDURE;
  if (has_steps_too && tokens->count >= STEP_WORDS_LEAST)
    return false;
  struct tokens rest = *tokens;
  const char *second = strchr(row->words, ' ');
  uint32_t count = 0;
  rest.at = 1;
  if (second != NULL && !tokens_start_with(&rest, second + 1, &count))
    return false;
  rest.at += count;
  return keys_accept(row->kind, row->key, &rest);
}

/* Words of other languages for what is a structure here; NULL. */
static const char *structure_for(struct text word)
{
  static const struct {
    const char *word, *here;
  } words[] = {{"foreach", "for each NAME in SET {"},
               {"loop", "for each NAME in SET {"},
               {"while", "for each NAME in SET {"},
               {"if", "when CONDITION {"},
               {"unless", "when not CONDITION {"},
               {"else", "} otherwise {"},
               {"elif", "} otherwise {"},
               {"parallel", "together {"},
               {"concurrently", "together {"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (text_is(word, words[i].word))
      return words[i].here;
  return NULL;
}

/* `allow commnds in`: the first word begins keys of this kind, and the second one goes on with none. */
static bool report_unfinished(struct checker *c, enum kind kind, const struct tokens *tokens)
{
  struct text first = tokens->items[0].text;
  struct buffer ways = {0};
  struct text only = TEXT_NONE;
  for (uint32_t i = 0; i < key_row_count; i++) {
    struct text words = text_of(key_rows[i].words);
    uint32_t word_count;
    if (tokens_start_with(tokens, key_rows[i].words, &word_count)) {
      buffer_free(&ways); /* whole, but of another kind: that is said instead */
      return false;
    }
    if (key_rows[i].kind != kind || words.length <= first.length || words.at[first.length] != ' ' ||
        memcmp(words.at, first.at, first.length) != 0)
      continue;
    only = ways.size_bytes == 0 ? words : TEXT_NONE;
    buffer_format(&ways, "%s`%.*s`", ways.size_bytes == 0 ? "" : ", ", TEXT_ARG(words));
  }
  bool is_one = ways.size_bytes != 0 && tokens->count > 1;
  if (is_one) {
    struct span span = span_join(tokens->items[0].span, tokens->items[1].span);
    struct diag *diag =
        diag_add(c->diags, DIAG_E0301, span, "a `%s` has no key `%.*s %.*s`", kind_words[kind],
                 TEXT_ARG(first), TEXT_ARG(tokens->items[1].text));
    diag_set_label(c->diags, diag, "it has %.*s", TEXT_ARG(buffer_text(&ways)));
    /* `drains in 5m`: one small word for another. */
    if (only.length != 0 && tokens->items[1].kind == TOKEN_PREPOSITION)
      diag_add_fix(c->diags, diag, FIX_UNSAFE, span, only, "write `%.*s`", TEXT_ARG(only));
  }
  buffer_free(&ways);
  return is_one;
}

/* The line of a step's block that the tokens begin; NULL where they begin none. */
static const char *option_words(const struct tokens *tokens)
{
  for (int option = 0; option < OPTION__COUNT; option++) {
    uint32_t ignored;
    if (tokens_start_with(tokens, option_rows[option].words, &ignored))
      return option_rows[option].words;
  }
  return NULL;
}

/* E0301 at the line's first word; help where nothing is near and no other kind has the key. */
void keys_report_unknown(struct checker *c, enum kind kind, const struct tokens *tokens,
                         const char *help)
{
  const struct token *token = &tokens->items[0];
  if (report_unfinished(c, kind, tokens))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0301, token->span, "a `%s` has no key `%.*s`",
                               kind_words[kind], TEXT_ARG(token->text));
  const char *structure =
      kind == KIND_PLAN || kind == KIND_PROCEDURE ? structure_for(token->text) : NULL;
  if (structure != NULL) {
    diag_set_label(c->diags, diag, "write `%s`", structure);
    return;
  }
  const char *option = kind == KIND_PLAN || kind == KIND_PROCEDURE ? option_words(tokens) : NULL;
  if (option != NULL) {
    diag_set_label(c->diags, diag, "it belongs into the braces of a step");
    if (strcmp(option, "check") == 0)
      diag_add_help(c->diags, diag,
                    "a look between two steps is a step itself: look: ROLE checks ...");
    else
      diag_add_help(c->diags, diag, "write `{` behind the step, this line, and `}`");
    return;
  }
  bool alone;
  const struct key_row *nearest = nearest_row(kind, token->text, &alone);
  const char *elsewhere = NULL;
  for (uint32_t i = 0; i < key_row_count && elsewhere == NULL; i++) {
    uint32_t word_count;
    if (tokens_start_with(tokens, key_rows[i].words, &word_count))
      elsewhere = kind_words[key_rows[i].kind];
  }
  if (nearest != NULL && elsewhere == NULL) {
    struct text first = {nearest->words, strcspn(nearest->words, " ")};
    if (!text_equal(first, token->text))
      diag_suggest(c->diags, diag, token->span, first, alone && would_fit(nearest, tokens));
    diag_set_label(c->diags, diag, "did you mean `%s`?", nearest->words);
    return;
  }
  diag_set_label(c->diags, diag, "not known in this block");
  if (elsewhere != NULL)
    diag_add_help(c->diags, diag, "it is a key of `%s`", elsewhere);
  else
    diag_add_help(c->diags, diag, "%s", help);
}

/* `policy: overlap`: a key with a colon, no step. Parse lets it through where a role may follow. */
bool keys_has_colon(enum kind kind, const struct line *line)
{
  bool is_key = keys_begins(kind, line->label);
  const struct term *second = line->phrases == NULL ? NULL : line->phrases->terms->next;
  enum verb verb;
  return is_key && (second == NULL || second->kind != TERM_NAME ||
                    (!verb_find(second->text, &verb) && !verb_find_alias(second->text, &verb)));
}

static void report_colon(struct checker *c, const struct line *line)
{
  struct span colon = span_end_point(line->label_span);
  colon.length = 1;
  struct diag *diag = diag_add(c->diags, DIAG_E0114, colon, "`:` is not needed");
  diag_set_label(c->diags, diag, "a value stands directly behind its key");
  diag_add_fix(c->diags, diag, FIX_SAFE, colon, TEXT(""), "remove it");
}

static void read_key_tokens(struct checker *c, uint32_t decl, const struct line *line,
                            struct tokens *tokens)
{
  enum kind kind = c->program->decls[decl].kind;
  enum key key;
  uint32_t count;
  if (!key_of_line(kind, tokens, &key, &count)) {
    c->infos[decl].has_broken = true;
    if (line->block != NULL && kind_find(tokens->items[0].text, &kind))
      bodies_report_place(c, line, "a file, outside of all blocks");
    else
      keys_report_unknown(c, c->program->decls[decl].kind, tokens,
                          text_format(c->arena, "renew explain kind %s lists its keys",
                                      kind_words[c->program->decls[decl].kind])
                              .at);
    return;
  }
  keys_read(c, decl, tokens, key, count, line->span);
  if (line->block != NULL)
    bodies_report_place(c, line, "another block: a key has none of its own, and");
  if (line->guard != NULL) {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0201, line->guard->span, "`when` does not belong behind a key");
    diag_set_label(c->diags, diag, "only steps have conditions");
  }
}

/* A line of a block that has keys only. */
void keys_read_line(struct checker *c, uint32_t decl, const struct line *line)
{
  enum kind kind = c->program->decls[decl].kind;
  if (line->kind != LINE_PLAIN) {
    bodies_report_place(c, line, "a plan or a procedure");
    return;
  }
  if (line->label.length != 0) {
    c->infos[decl].has_broken = true;
    if (keys_has_colon(kind, line))
      report_colon(c, line);
    else
      bodies_report_place(c, line, "a plan or a procedure");
    return;
  }
  /* In memory of its own, which the next line has again: what lasts are its values. */
  struct arena *own = c->line != NULL ? c->line : arena_new("line", 0);
  c->line = NULL;
  struct tokens tokens = tokens_in(own, line);
  read_key_tokens(c, decl, line, &tokens);
  arena_reset(own);
  c->line = own;
}

/* In a plan or procedure, only the lines that begin with a key; the others are steps. */
static void read_plan_line(struct checker *c, uint32_t decl, const struct line *line)
{
  enum kind kind = c->program->decls[decl].kind;
  enum key key;
  uint32_t count;
  if (line->kind != LINE_PLAIN)
    return;
  struct tokens tokens = tokens_of_line(c, line);
  bool is_key = line->label.length == 0 ? key_of_line(kind, &tokens, &key, &count)
                                        : keys_has_colon(kind, line);
  if (is_key)
    keys_read_line(c, decl, line);
  else if (line->label.length == 0)
    c->infos[decl].has_broken = true; /* perhaps a key, misspelt: bodies says so */
}

static void demand_keys(struct checker *c, uint32_t decl)
{
  const struct decl *there = &c->program->decls[decl];
  for (uint32_t i = 0; i < key_row_count; i++) {
    const struct key_row *row = &key_rows[i];
    if (row->kind != there->kind || (row->flags & KEY_REQUIRED) == 0 ||
        decl_setting(there, row->key) != NULL)
      continue;
    enum diag_code code = row->key == KEY_ZONE ? DIAG_E0801 : DIAG_E0404;
    struct diag *diag = diag_add(c->diags, code, there->name_span, "%s `%.*s` lacks `%s`",
                                 kind_words[there->kind], TEXT_ARG(there->name), row->words);
    if (row->key == KEY_ZONE) {
      diag_set_label(c->diags, diag, "write `zone \"Europe/Berlin\"` in this block%s",
                     there->kind == KIND_CALENDAR ? ", or `zone unknown`" : "");
      continue;
    }
    size_t length = strcspn(row->form, ",");
    diag_set_label(c->diags, diag, "write `%s %.*s%s` in this block", row->words, (int)length,
                   row->form, row->form[length] == '\0' ? "" : ", ...");
    diag_add_note(c->diags, diag, "%s: %s", row->words, row->says);
  }
}

void keys_check(struct checker *c, uint32_t decl)
{
  struct decl *there = &c->program->decls[decl];
  const struct line *line = c->infos[decl].line;
  if (there->kind == KIND_TABLE || there->kind == KIND_PARAM)
    return;
  if (there->kind == KIND_SECRET && line->kind == LINE_PLAIN) {
    secrets_check_source(c, decl);
    return;
  }
  const struct line *first = line->block == NULL ? NULL : line->block->lines;
  for (const struct line *inner = first; inner != NULL; inner = inner->next) {
    struct diag_list *before = flaw_begin(c, c->infos[decl].unit, inner);
    if (inner->kind == LINE_BROKEN)
      c->infos[decl].has_broken = true;
    else if (has_steps(there->kind))
      read_plan_line(c, decl, inner);
    else
      keys_read_line(c, decl, inner);
    flaw_end(c, before);
  }
  if (!there->poisoned && !c->infos[decl].has_broken)
    demand_keys(c, decl);
}

const struct setting *decl_setting(const struct decl *decl, enum key key)
{
  if (decl->setting_of != NULL)
    return decl->setting_of[key] == 0 ? NULL : &decl->settings[decl->setting_of[key] - 1];
  for (uint32_t i = 0; i < decl->setting_count; i++)
    if (decl->settings[i].key == key)
      return &decl->settings[i];
  return NULL;
}

const struct value *decl_value(const struct decl *decl, enum key key, uint32_t slot)
{
  const struct setting *setting = decl_setting(decl, key);
  if (setting == NULL || slot >= setting->value_count || setting->values[slot].kind == VALUE_NONE)
    return NULL;
  return &setting->values[slot];
}
