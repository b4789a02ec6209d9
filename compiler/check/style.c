/* SPDX-License-Identifier: Apache-2.0 */
/*
 * style: group 12: what is right and could be read more easily. Of the first file only, and only where
 * there is no error: the imported files are asked on their own.
 *
 * (1) No hint changes what a plan does, so none is an error unless it is denied.
 */
#include "compiler/check/checker.h"

#include <string.h>
#include <time.h>


enum {
  LABEL_MAX_BYTES = 40,
  MESSAGE_MAX_CHARACTERS = 200,
  PROCEDURE_MAX_STEPS = 25,
  SAME_STEPS_LEAST = 3, /* one sentence that two plans share is no procedure */
  DUE_SOON_S = 30 * 86400
};

/* --- S1201 --- */

static void check_layout(struct checker *c)
{
  uint32_t file = c->units[0].file, offset = c->units[0].ast->layout_at;
  if (offset == LAYOUT_KEPT)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_S1201, (struct span){file, offset, 0}, "the file is not formatted");
  diag_set_label(c->diags, diag, "the first difference is here");
  struct text path = c->sources->files[file].path;
  diag_add_help(c->diags, diag, "renew fmt %.*s", TEXT_ARG(path));
}

/* --- S1202, S1203, S1205: steps --- */

static void check_label(struct checker *c, const struct stmt *stmt)
{
  if (stmt->label.length <= LABEL_MAX_BYTES)
    return;
  struct span span = {stmt->span.file, stmt->span.at, (uint32_t)stmt->label.length};
  struct diag *diag =
      diag_add(c->diags, DIAG_S1202, span, "a label of %zu letters", stmt->label.length);
  diag_set_label(c->diags, diag, "it is typed in `renew sign RUN LABEL`: at most %d",
                 LABEL_MAX_BYTES);
}

static uint32_t count_characters(struct text text)
{
  uint32_t count = 0;
  for (size_t i = 0; i < text.length; i++)
    count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
  return count;
}

static void check_message(struct checker *c, const struct stmt *stmt)
{
  const struct part_value *part =
      stmt->kind == STMT_STEP && stmt->verb == VERB_TELLS ? parts_find(stmt, PART_TEXT) : NULL;
  if (part == NULL || part->operands == NULL || part->operands->kind != OPERAND_TEXT)
    return;
  uint32_t count = count_characters(part->operands->text);
  if (count <= MESSAGE_MAX_CHARACTERS)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_S1203, part->operands->span, "a message of %u characters", count);
  diag_set_label(c->diags, diag, "people read the first %d; say what is done and what to do",
                 MESSAGE_MAX_CHARACTERS);
}

static void each_step(struct checker *c, const struct stmt *stmt,
                      void (*act)(struct checker *c, const struct stmt *stmt))
{
  for (; stmt != NULL; stmt = stmt->next) {
    if (stmt->kind == STMT_STEP || stmt->kind == STMT_FOLLOW)
      act(c, stmt);
    each_step(c, stmt->children, act);
    each_step(c, stmt->otherwise, act);
  }
}

static uint32_t count_steps(const struct stmt *stmt)
{
  uint32_t count = 0;
  for (; stmt != NULL; stmt = stmt->next)
    count += (stmt->kind == STMT_STEP || stmt->kind == STMT_FOLLOW) + count_steps(stmt->children) +
             count_steps(stmt->otherwise);
  return count;
}

static void check_length(struct checker *c, const struct decl *decl)
{
  uint32_t count = decl->kind == KIND_PROCEDURE ? count_steps(decl->body->stmts) : 0;
  if (count <= PROCEDURE_MAX_STEPS)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_S1205, decl->name_span, "a procedure of %u steps", count);
  diag_set_label(c->diags, diag, "nobody keeps more than %d in mind: make two of it",
                 PROCEDURE_MAX_STEPS);
}

/* --- S1204 --- */

/* A file of one plan may say at its head what the plan is for. */
static bool head_describes(const struct checker *c)
{
  const struct ast_file *ast = c->units[0].ast;
  const struct comment *first = ast->comments;
  uint32_t bodies = 0;
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    bodies += c->infos[i].unit == 0 && (c->program->decls[i].kind == KIND_PLAN ||
                                        c->program->decls[i].kind == KIND_PROCEDURE);
  return bodies == 1 && first != NULL && ast->lines != NULL &&
         first->span.at < ast->lines->span.at &&
         text_starts_with(source_text(c->sources, first->span), "##");
}

static void check_description(struct checker *c, const struct decl *decl)
{
  if (decl->doc.length != 0 || head_describes(c))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_S1204, decl->name_span, "a %s without a description",
                               kind_words[decl->kind]);
  diag_set_label(c->diags, diag, "write `## what it is for` on the line above");
}

/* --- S1206 --- */

struct seen {
  struct span span;
  uint32_t plan;
};

struct same {
  struct text_map texts; /* a step's words without its label: index of seen */
  struct seen *seen;
  uint32_t seen_count;
  uint32_t plan;
  uint32_t count, first; /* of this plan: steps that another has, too */
  struct span span;
};

static struct text sentence_of(const struct checker *c, const struct stmt *stmt)
{
  struct text text = source_text(c->sources, stmt->span);
  size_t label = stmt->label.length == 0 ? 0 : stmt->label.length + 1;
  if (label < text.length) {
    text.at += label;
    text.length -= label;
  }
  return text;
}

static void compare_steps(struct checker *c, struct same *same, const struct stmt *stmt)
{
  for (; stmt != NULL; stmt = stmt->next) {
    compare_steps(c, same, stmt->children);
    compare_steps(c, same, stmt->otherwise);
    if (stmt->kind != STMT_STEP)
      continue;
    uint32_t before;
    if (text_map_add(&same->texts, sentence_of(c, stmt), same->seen_count, &before)) {
      uint32_t count = same->seen_count;
      if ((count & (count - 1)) == 0)
        same->seen = arena_grow(c->arena, same->seen, count, count == 0 ? 1 : (size_t)count * 2,
                                sizeof *same->seen);
      same->seen[same->seen_count++] = (struct seen){stmt->span, same->plan};
    } else if (same->seen[before].plan != same->plan) {
      if (same->count++ == 0) {
        same->span = stmt->span;
        same->first = before;
      }
    }
  }
}

static void check_same(struct checker *c)
{
  struct same same = {0};
  text_map_start(&same.texts, c->arena);
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = &c->program->decls[i];
    if (decl->kind != KIND_PLAN || decl->body == NULL || c->infos[i].unit != 0)
      continue;
    same.plan = i;
    same.count = 0;
    compare_steps(c, &same, decl->body->stmts);
    if (same.count < SAME_STEPS_LEAST)
      continue;
    const struct seen *first = &same.seen[same.first];
    const struct decl *other = &c->program->decls[first->plan];
    struct diag *diag =
        diag_add(c->diags, DIAG_S1206, same.span, "%u steps of `%.*s` stand in `%.*s`, too",
                 same.count, TEXT_ARG(decl->name), TEXT_ARG(other->name));
    diag_set_label(c->diags, diag, "the first of them");
    diag_add_label(c->diags, diag, first->span, "and there");
    diag_add_help(c->diags, diag, "write them once, as a procedure, and `follow` it in both plans");
  }
}

/* --- S1207, S1209: dates --- */

struct dates {
  const struct term *first; /* the first date literal */
  const struct term *soon;  /* the first within DUE_SOON_S from now */
};

static bool is_soon(int64_t now_s, struct text date)
{
  struct tm day = {0};
  char words[] = "YYYY-MM-DD";
  for (size_t i = 0; i + 1 < sizeof words; i++)
    words[i] = date.at[i];
  if (strptime(words, "%Y-%m-%d", &day) == NULL)
    return false;
  int64_t from_s = (int64_t)timegm(&day) - now_s;
  return from_s > -86400 && from_s <= DUE_SOON_S;
}

static void find_dates(const struct checker *c, const struct line *line, struct dates *dates);

static void find_in_phrases(const struct checker *c, const struct phrase *phrase,
                            struct dates *dates)
{
  for (; phrase != NULL; phrase = phrase->next)
    for (const struct term *term = phrase->terms; term != NULL; term = term->next) {
      if (term->kind != TERM_DATE && term->kind != TERM_DATETIME)
        continue;
      if (dates->first == NULL)
        dates->first = term;
      if (dates->soon == NULL && c->now_s != 0 && is_soon(c->now_s, term->text))
        dates->soon = term;
    }
}

static void find_in_block(const struct checker *c, const struct block *block, struct dates *dates)
{
  if (block != NULL)
    find_dates(c, block->lines, dates);
}

static void find_dates(const struct checker *c, const struct line *line, struct dates *dates)
{
  for (; line != NULL; line = line->next) {
    find_in_phrases(c, line->phrases, dates);
    for (const struct clause *clause = line->clauses; clause != NULL; clause = clause->next)
      find_in_phrases(c, clause->phrases, dates);
    find_in_block(c, line->block, dates);
    find_in_block(c, line->otherwise, dates);
  }
}

static uint32_t visible_calendar(const struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    if (c->program->decls[i].kind == KIND_CALENDAR && unit_sees(&c->units[0], c->infos[i].unit))
      return i;
  return DECL_NONE;
}

static void check_dates(struct checker *c, const struct decl *decl, const struct dates *dates)
{
  uint32_t calendar = visible_calendar(c);
  if (decl->kind != KIND_PLAN || dates->first == NULL || calendar == DECL_NONE)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_S1207, dates->first->span,
                               "a date stands in the plan, and there is a calendar");
  diag_set_label(c->diags, diag, "next year it is another one: write `%.*s.rotate` or `.issue`",
                 TEXT_ARG(c->program->decls[calendar].name));
  names_show_declared(c, diag, calendar);
}

static bool finds(struct text text, const char *word)
{
  return memmem(text.at, text.length, word, strlen(word)) != NULL;
}

static void check_open_work(struct checker *c, const struct dates *dates)
{
  if (dates->soon == NULL)
    return;
  for (const struct comment *comment = c->units[0].ast->comments; comment != NULL;
       comment = comment->next) {
    const char *word = finds(comment->text, "TODO")    ? "TODO"
                       : finds(comment->text, "FIXME") ? "FIXME"
                                                       : NULL;
    if (word == NULL)
      continue;
    struct diag *diag = diag_add(c->diags, DIAG_S1209, comment->span,
                                 "%s in a plan that is due within 30 days", word);
    diag_set_label(c->diags, diag, "do it, or write down why not");
    diag_add_label(c->diags, diag, dates->soon->span, "due");
  }
}

/* --- S1208 --- */

static bool names_a_text_file(enum key key)
{
  return key == KEY_SEAL_TO || key == KEY_MEMBER || key == KEY_CERTIFICATE_FROM ||
         key == KEY_TRUSTED_BY;
}

/* Keystores, trust lists and secrets of a server lie where the server wants them; what a plan reads
 * belongs beside it. */
static void check_paths(struct checker *c, const struct decl *decl)
{
  bool is_dates = decl->kind == KIND_WINDOW || decl->kind == KIND_CALENDAR;
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    if (!names_a_text_file(setting->key) && !(is_dates && setting->key == KEY_FILE))
      continue;
    for (uint32_t k = 0; k < setting->value_count; k++) {
      const struct value *value = &setting->values[k];
      if (value->kind != VALUE_TEXT || !text_starts_with(value->text, "/"))
        continue;
      struct diag *diag = diag_add(c->diags, DIAG_S1208, value->span, "an absolute path");
      diag_set_label(c->diags, diag, "put the file beside the plan, where it is reviewed with it");
    }
  }
}

/* --- the whole --- */

static void check_step(struct checker *c, const struct stmt *stmt)
{
  check_label(c, stmt);
  check_message(c, stmt);
}

static void check_body(struct checker *c, uint32_t index)
{
  const struct decl *decl = &c->program->decls[index];
  struct dates dates = {0};
  find_in_block(c, c->infos[index].line->block, &dates);
  check_description(c, decl);
  check_length(c, decl);
  each_step(c, decl->body->stmts, check_step);
  check_dates(c, decl, &dates);
  if (decl->kind == KIND_PLAN)
    check_open_work(c, &dates);
}

void style_report(struct checker *c)
{
  if (c->unit_count == 0 || diag_list_has_errors(c->diags))
    return;
  check_layout(c);
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = &c->program->decls[i];
    if (c->infos[i].unit != 0 || decl->poisoned)
      continue;
    check_paths(c, decl);
    bool has_body = decl->kind == KIND_PLAN || decl->kind == KIND_PROCEDURE;
    if (has_body && decl->body != NULL)
      check_body(c, i);
  }
  check_same(c);
}
