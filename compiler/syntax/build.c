/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build: the actions of grammar/renew.y: tokens become terms, phrases, clauses and lines (ast.h).
 *
 * (1) Every list is appended to in constant time; nothing here recurses.
 * (2) `key: value` (E0114) is judged here, because only a whole line and its block show it.
 */
#include "compiler/syntax/parse_int.h"

#include "compiler/tables/tables.h"

static const struct token *laid(const struct parse *parse, uint32_t index)
{
  return &parse->laid.items[index];
}

static struct span laid_span(const struct parse *parse, uint32_t index)
{
  return parse_token_span(parse, laid(parse, index));
}

static struct text laid_text(const struct parse *parse, uint32_t index)
{
  const struct token *token = laid(parse, index);
  struct text text = parse->values[token->value].text;
  return text.at != NULL ? text : parse_token_text(parse, token);
}

/* --- expressions --- */

static struct expr *new_expr(struct parse *parse, enum expr_op op, struct span span)
{
  struct expr *expr = ARENA_NEW(parse->tree, struct expr);
  expr->op = op;
  expr->span = span;
  return expr;
}

struct expr *build_leaf(struct parse *parse, struct term *term)
{
  struct expr *expr = new_expr(parse, EXPR_TERM, term->span);
  expr->term = term;
  return expr;
}

struct expr *build_not(struct parse *parse, uint32_t token, struct expr *expr)
{
  struct expr *made = new_expr(parse, EXPR_NOT, span_join(laid_span(parse, token), expr->span));
  made->left = expr;
  return made;
}

struct expr *build_binary(struct parse *parse, enum expr_op op, struct expr *left,
                          struct expr *right)
{
  struct expr *made = new_expr(parse, op, span_join(left->span, right->span));
  made->left = left;
  made->right = right;
  return made;
}

/* --- terms, phrases, clauses --- */

struct term *build_term(struct parse *parse, enum term_kind kind, uint32_t token)
{
  const struct token_value *value = &parse->values[laid(parse, token)->value];
  struct term *term = ARENA_NEW(parse->tree, struct term);
  term->kind = kind;
  term->span = laid_span(parse, token);
  term->text = laid_text(parse, token);
  term->number = value->number;
  term->is_block = value->is_block;
  return term;
}

struct term *build_parenthesised(struct parse *parse, uint32_t open, struct expr *expr,
                                 uint32_t close)
{
  struct term *term = ARENA_NEW(parse->tree, struct term);
  term->kind = TERM_EXPR;
  term->span = span_join(laid_span(parse, open), laid_span(parse, close));
  term->text = source_text(parse->sources, term->span);
  term->expr = expr;
  return term;
}

struct phrase_parts build_phrase(struct parse *parse, struct term *term)
{
  struct phrase *phrase = ARENA_NEW(parse->tree, struct phrase);
  phrase->terms = term;
  phrase->term_count = 1;
  phrase->span = term->span;
  return (struct phrase_parts){phrase, term};
}

struct phrase_parts build_add_term(struct phrase_parts parts, struct term *term)
{
  parts.last->next = term;
  parts.phrase->term_count++;
  parts.phrase->span = span_join(parts.phrase->span, term->span);
  return (struct phrase_parts){parts.phrase, term};
}

struct phrase_list build_items(struct phrase_parts parts)
{
  return (struct phrase_list){parts.phrase, parts.phrase, 1};
}

struct phrase_list build_add_item(struct phrase_list list, struct phrase_parts parts)
{
  list.last->next = parts.phrase;
  return (struct phrase_list){list.first, parts.phrase, list.count + 1};
}

struct clause *build_clause(struct parse *parse, uint32_t preposition, struct phrase_list items)
{
  struct clause *clause = ARENA_NEW(parse->tree, struct clause);
  clause->preposition = laid_text(parse, preposition);
  clause->preposition_span = laid_span(parse, preposition);
  clause->phrases = items.first;
  clause->phrase_count = items.count;
  clause->span = span_join(clause->preposition_span, items.last->span);
  return clause;
}

struct clause_list build_clauses(struct clause *clause)
{
  return (struct clause_list){clause, clause, 1};
}

struct clause_list build_add_clause(struct clause_list list, struct clause *clause)
{
  if (list.count == 0)
    return build_clauses(clause);
  list.last->next = clause;
  return (struct clause_list){list.first, clause, list.count + 1};
}

/* --- the parts of a line --- */

struct line_parts build_body(struct phrase_list items, struct clause_list clauses)
{
  return (struct line_parts){.items = items, .clauses = clauses};
}

struct line_parts build_body_add(struct line_parts parts, struct clause *clause)
{
  parts.clauses = build_add_clause(parts.clauses, clause);
  return parts;
}

struct line_parts build_guard(struct line_parts parts, struct expr *guard)
{
  parts.guard = guard;
  return parts;
}

struct line_parts build_label(struct line_parts parts, uint32_t label)
{
  parts.label = label;
  return parts;
}

/* --- blocks and lines --- */

struct line_list build_add_line(struct line_list list, struct line *line)
{
  if (list.first == NULL)
    return (struct line_list){line, line};
  list.last->next = line;
  return (struct line_list){list.first, line};
}

struct open_block build_open(uint32_t token)
{
  return (struct open_block){.token = token};
}

struct open_block build_open_add(struct open_block open, struct line *line)
{
  open.lines = build_add_line(open.lines, line);
  return open;
}

struct block *build_block(struct parse *parse, struct open_block open, uint32_t close)
{
  struct block *block = ARENA_NEW(parse->tree, struct block);
  block->lines = open.lines.first;
  block->open = laid_span(parse, open.token);
  block->close = laid_span(parse, close);
  return block;
}

static struct text doc_at(const struct parse *parse, uint32_t at)
{
  uint32_t low = 0, high = parse->doc_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (parse->docs[middle].at < at)
      low = middle + 1;
    else
      high = middle;
  }
  bool found = low < parse->doc_count && parse->docs[low].at == at;
  return found ? parse->docs[low].text : TEXT_NONE;
}

static struct span row_span(const struct parse *parse, uint32_t nl)
{
  uint32_t last = nl + 1;
  for (uint32_t i = last; i < parse->laid.count; i++) {
    int kind = laid(parse, i)->kind;
    if (kind == TOKEN_NL || kind == TOKEN_LB || kind == TOKEN_RB)
      break;
    last = i;
  }
  if (last >= parse->laid.count)
    last = parse->laid.count - 1;
  return span_join(parse_span(parse, laid(parse, nl)->at, 0), laid_span(parse, last));
}

static struct line *new_line(struct parse *parse, enum line_kind kind, uint32_t nl,
                             struct block *block)
{
  struct line *line = ARENA_NEW(parse->tree, struct line);
  line->kind = kind;
  line->span = row_span(parse, nl);
  line->doc = doc_at(parse, laid(parse, nl)->at);
  line->block = block;
  return line;
}

static void set_items(struct line *line, struct phrase_list items)
{
  line->phrases = items.first;
  line->phrase_count = items.count;
}

static void report_colon(struct parse *parse, const struct line *line)
{
  if (!parse_has_room(parse))
    return;
  uint32_t at = line->label_span.at + line->label_span.length;
  while (parse->bytes.at[at] != ':' && at < parse->bytes.length)
    at++;
  struct span span = parse_span(parse, at, 1);
  struct diag *diag = diag_add(parse->diags, DIAG_E0114, span, "`:` is not needed");
  diag_set_label(parse->diags, diag, "a value stands directly behind its key");
  diag_add_fix(parse->diags, diag, FIX_SAFE, span, TEXT(""), "remove it");
}

/* The label was a key: it becomes the first word of the line. */
static void unlabel(struct parse *parse, struct line *line)
{
  report_colon(parse, line);
  struct term *term = ARENA_NEW(parse->tree, struct term);
  term->kind = TERM_NAME;
  term->text = line->label;
  term->span = line->label_span;
  if (line->phrases == NULL) {
    line->phrases = build_phrase(parse, term).phrase;
    line->phrase_count = 1;
  } else {
    struct phrase *phrase = line->phrases;
    term->next = phrase->terms;
    phrase->terms = term;
    phrase->term_count++;
    phrase->span = span_join(term->span, phrase->span);
  }
  line->label = TEXT_NONE;
  line->label_span = (struct span){0};
}

/* A step begins with a role, so a label before a value is a key. */
static bool begins_with_value(const struct line *line)
{
  if (line->phrases == NULL)
    return false;
  switch (line->phrases->terms->kind) {
  case TERM_TEXT:
  case TERM_NUMBER:
  case TERM_DURATION:
  case TERM_DATE:
  case TERM_DATETIME:
  case TERM_TIME:
  case TERM_MONTH_DAY:
  case TERM_YES_NO:
    return true;
  case TERM_NAME:
  case TERM_PATH:
  case TERM_EXPR:
    return false;
  }
  return false;
}

/* Blocks of declarations hold keys, but for plans and procedures, which hold labelled steps. */
static bool holds_keys(const struct line *line)
{
  if (line->label.at != NULL || line->phrases == NULL || line->phrases->terms->kind != TERM_NAME)
    return false;
  enum kind kind;
  return kind_find(line->phrases->terms->text, &kind) && kind != KIND_PLAN &&
         kind != KIND_PROCEDURE;
}

struct line *build_plain(struct parse *parse, uint32_t nl, struct line_parts parts,
                         struct block *block)
{
  struct line *line = new_line(parse, LINE_PLAIN, nl, block);
  set_items(line, parts.items);
  line->clauses = parts.clauses.first;
  line->clause_count = parts.clauses.count;
  line->guard = parts.guard;
  if (parts.label != 0) {
    line->label = laid_text(parse, parts.label);
    line->label_span = laid_span(parse, parts.label);
    if (begins_with_value(line))
      unlabel(parse, line);
  }
  if (block != NULL && holds_keys(line))
    for (struct line *inner = block->lines; inner != NULL; inner = inner->next)
      if (inner->kind == LINE_PLAIN && inner->label.at != NULL)
        unlabel(parse, inner);
  return line;
}

struct line *build_for_each(struct parse *parse, uint32_t nl, uint32_t variable,
                            struct phrase_list items, struct clause_list clauses,
                            struct block *block)
{
  struct line *line = new_line(parse, LINE_FOR_EACH, nl, block);
  set_items(line, items);
  line->clauses = clauses.first;
  line->clause_count = clauses.count;
  line->variable = laid_text(parse, variable);
  line->variable_span = laid_span(parse, variable);
  return line;
}

struct line *build_when(struct parse *parse, uint32_t nl, struct expr *guard, struct block *block,
                        struct block *otherwise)
{
  struct line *line = new_line(parse, LINE_WHEN, nl, block);
  line->guard = guard;
  line->otherwise = otherwise;
  return line;
}

struct line *build_together(struct parse *parse, uint32_t nl, struct block *block)
{
  return new_line(parse, LINE_TOGETHER, nl, block);
}

/* What can still be read of it: the label, and the names that it begins with, up to two (a kind and
 * a name), so that check can keep what was to be declared here as known. */
struct line *build_broken(struct parse *parse, uint32_t nl, struct block *block,
                          struct block *otherwise)
{
  enum { NAMES_KEPT = 2 };
  struct line *line = new_line(parse, LINE_BROKEN, nl, block);
  line->otherwise = otherwise;
  uint32_t at = nl + 1, count = parse->laid.count;
  if (at + 1 < count && laid(parse, at)->kind == TOKEN_ID &&
      laid(parse, at + 1)->kind == TOKEN_COLON) {
    line->label = laid_text(parse, at);
    line->label_span = laid_span(parse, at);
    at += 2;
  }
  struct phrase_parts parts = {0};
  for (int kept = 0; kept < NAMES_KEPT && at < count && laid(parse, at)->kind == TOKEN_ID;
       kept++, at++) {
    struct term *term = build_term(parse, TERM_NAME, at);
    parts = kept == 0 ? build_phrase(parse, term) : build_add_term(parts, term);
  }
  if (parts.phrase != NULL)
    set_items(line, build_items(parts));
  return line;
}
