/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse_int: what lexer, layout, grammar and parse share. Private to compiler/syntax and grammar/.
 *
 *   bytes -- lex_source --> raw tokens -- layout_tokens --> laid tokens -- renew_parser --> lines
 *
 * (1) A token is 16 bytes; what it means (a decoded text, seconds) lies in `values`, made once.
 * (2) FLAG_FLAWED: a finding about this token is in the list already, so the line that holds it has
 *     no syntax finding of its own (one cause, one finding).
 * (3) Every finding of this phase asks parse_has_room first (PARSE_FINDINGS_LIMIT).
 */
#ifndef RENEW_SYNTAX_PARSE_INT_H
#define RENEW_SYNTAX_PARSE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/base/diag.h"
#include "compiler/base/source.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/parse.h"
#include "renew.h"

/* Limits of a plan file (decisions, ambiguity 41); each is E0112 where it is exceeded. */
enum {
  NAME_LIMIT_BYTES = 64,
  PATH_LIMIT_BYTES = 256,
  TEXT_LIMIT_BYTES = 4 * 1024,
  BLOCK_TEXT_LIMIT_BYTES = 64 * 1024,
  NUMBER_LIMIT = 1000000000, /* no key counts further, and it fits every integer type behind us */
  SHOWN_LIMIT_BYTES = 40     /* of the user's words in a message */
};

/* What a file holds at most (E0004): a syntax tree of it stays below a gigabyte. */
enum { WORDS_LIMIT = 4000000, LINES_LIMIT = 1000000 };

#define DURATION_LIMIT_S INT64_C(3155760000) /* a hundred years */

enum token_flag {
  FLAG_FIRST = 1,   /* nothing stands before it on its source line */
  FLAG_ROW = 2,     /* begins a line of the language */
  FLAG_FLAWED = 4,  /* (2) */
  FLAG_SUPPLIED = 8 /* not in the source: brace repair put it here */
};

struct token {
  uint8_t kind; /* TOKEN_* of renew.h; 0: taken out */
  uint8_t flags;
  uint16_t indent; /* columns before it, where FLAG_FIRST */
  uint32_t at;
  uint32_t length;
  uint32_t value; /* index into parse.values; 0: as written */
};

struct token_list {
  struct token *items;
  uint32_t count;
  uint32_t capacity;
};

struct token_value {
  struct text text;
  int64_t number;
  bool is_block;
};

/* Documentation comments of the line whose first token stands at `at`. */
struct doc {
  uint32_t at;
  struct text text;
};

enum { PARSER_STACK_LIMIT = 1000 }; /* renew.y (5) */

/* The states on the parser's stack. */
struct parser_states {
  uint32_t count;
  uint16_t items[PARSER_STACK_LIMIT];
};

struct parse {
  struct arena *arena;   /* of every text that the tree names */
  struct arena *tree;    /* of lines, phrases, terms */
  struct arena *scratch; /* of the tokens, their values and the documentation's index */
  const struct source_set *sources;
  uint32_t file;
  struct text bytes;
  struct diag_list *diags;
  uint32_t diag_limit; /* no finding is added from this count on */
  uint32_t diag_start;
  struct token_list raw;
  struct token_list laid;
  struct token_value *values;
  uint32_t value_count, value_capacity;
  struct doc *docs;
  uint32_t doc_count, doc_capacity;
  struct comment *comments, *last_comment;
  struct parser_states before; /* the current token: what could have stood in its place */
  struct line *lines;
  bool too_deep; /* E0220 is reported */
};

bool parse_has_room(const struct parse *parse);
struct span parse_span(const struct parse *parse, uint32_t at, uint32_t length);
struct span parse_token_span(const struct parse *parse, const struct token *token);
struct text parse_token_text(const struct parse *parse, const struct token *token);
/* As written, shortened for a message. */
struct text parse_shown(const struct parse *parse, struct text text);
bool parse_word_is(const struct parse *parse, const struct token *token, const char *word);
void token_list_add(struct arena *arena, struct token_list *list, struct token token);
/* E0203; as: "name", "label". */
void parse_report_reserved(struct parse *parse, const struct token *word, const char *as);
/* E0220, once a file. */
void parse_report_too_deep(struct parse *parse, const struct token *token, const char *what);

/* --- lexer: lex.c drives, grammar/lexer.re holds the rules --- */
struct lexer {
  struct parse *parse;
  const unsigned char *start, *cursor, *end;
  const unsigned char *line_start;
  uint32_t line;
  bool first;             /* no token on this source line yet */
  bool is_too_large;      /* beyond a limit of the file: nothing of it is used */
  bool line_is_bad;       /* one character finding a line */
  uint32_t line_mark;     /* findings before this line */
  uint32_t row_count;     /* lines with a word on them, and braces */
  uint32_t bad_count;     /* lines with characters that cannot stand there */
  uint32_t doc_last_line; /* the comment lines that the next line may own; 0: none */
  struct comment *doc_from;
};

void lex_source(struct parse *parse);
/* One step of grammar/lexer.re: a token, a blank or a finding; false at the end. */
bool lex_next(struct lexer *lexer);

bool lex_newline(struct lexer *lexer);
bool lex_comment(struct lexer *lexer, const unsigned char *from);
bool lex_token(struct lexer *lexer, const unsigned char *from, int kind);
bool lex_bad(struct lexer *lexer, const unsigned char *from);
bool lex_unquoted(struct lexer *lexer, const unsigned char *from);
bool lex_equals(struct lexer *lexer, const unsigned char *from);
bool lex_semicolon(struct lexer *lexer, const unsigned char *from);
/* E0105 for what is invisible between the two; false where something was. */
bool lex_check_invisible(struct lexer *lexer, const unsigned char *from, const unsigned char *to);
struct token *lex_add(struct lexer *lexer, const unsigned char *from, int kind);
void lex_set_value(struct lexer *lexer, struct token *token, struct token_value value);
struct span lex_span(const struct lexer *lexer, const unsigned char *from, const unsigned char *to);

bool lex_text(struct lexer *lexer, const unsigned char *from);
bool lex_block_text(struct lexer *lexer, const unsigned char *from);
bool lex_single_quoted(struct lexer *lexer, const unsigned char *from);

/* E0106: a proposed name is sure only where the file has it: declared, or written well elsewhere. */
void lex_judge_names(struct parse *parse);
bool lex_name(struct lexer *lexer, const unsigned char *from, int kind);
bool lex_word(struct lexer *lexer, const unsigned char *from);
bool lex_wrong_yes_no(struct lexer *lexer, const unsigned char *from);
bool lex_yes_no(struct lexer *lexer, const unsigned char *from);
bool lex_number(struct lexer *lexer, const unsigned char *from);
bool lex_duration(struct lexer *lexer, const unsigned char *from);
bool lex_duration_in_words(struct lexer *lexer, const unsigned char *from);
bool lex_date(struct lexer *lexer, const unsigned char *from, int kind);
bool lex_time(struct lexer *lexer, const unsigned char *from);
bool lex_month_day(struct lexer *lexer, const unsigned char *from);
bool lex_digits(struct lexer *lexer, const unsigned char *from);
bool lex_slashed_date(struct lexer *lexer, const unsigned char *from);

/* --- layout: lines and braces --- */
struct open_brace {
  uint32_t laid;    /* its `{` in the laid list */
  uint32_t line;    /* counted source lines, to see "on the same line" */
  int32_t indent;   /* of the line that opened it; -1: tells nothing */
  int32_t content;  /* of its first line; -1: none yet */
  bool is_when;     /* `otherwise` may follow */
  bool is_labelled; /* the block of a step */
};

struct layout {
  struct parse *parse;
  struct open_brace open[PARSE_DEPTH_LIMIT];
  uint32_t depth;
  uint32_t skipped;           /* braces open inside a block that is too deep */
  uint32_t row;               /* laid index of the first token of the row */
  uint32_t parens, operators; /* of the row */
  uint32_t line;              /* counted source lines */
  int32_t line_indent;        /* of the last source line that began a row or with a brace */
  bool one_is_missing;        /* one `}` is all that is wrong, and the text is indented */
  bool one_is_surplus;        /* the same of one `}` too many */
  bool closed_when;           /* the last token closed the block of a `when` */
};

void layout_tokens(struct parse *parse);
/* layout_rows.c: marks FLAG_ROW where a line of the language begins. */
void layout_mark_rows(struct parse *parse);
bool layout_is_declaration(const struct parse *parse, uint32_t raw_index);
/* layout_put.c: into the laid list, with NL where a line begins; a `}` needs depth > 0. */
void layout_put(struct layout *layout, struct token token);
void layout_put_end(struct layout *layout);
const struct token *layout_last(const struct layout *layout);

/* --- the grammar's actions (build.c) --- */
struct line_list {
  struct line *first, *last;
};
struct open_block {
  uint32_t token;
  struct line_list lines;
};
struct phrase_list {
  struct phrase *first, *last;
  uint32_t count;
};
struct phrase_parts {
  struct phrase *phrase;
  struct term *last;
};
struct clause_list {
  struct clause *first, *last;
  uint32_t count;
};
struct line_parts {
  struct phrase_list items;
  struct clause_list clauses;
  struct expr *guard;
  uint32_t label; /* laid token; 0: none */
};

struct line_list build_add_line(struct line_list list, struct line *line);
struct open_block build_open(uint32_t token);
struct open_block build_open_add(struct open_block open, struct line *line);
struct block *build_block(struct parse *parse, struct open_block open, uint32_t close);
struct line *build_plain(struct parse *parse, uint32_t nl, struct line_parts parts,
                         struct block *block);
struct line *build_for_each(struct parse *parse, uint32_t nl, uint32_t variable,
                            struct phrase_list items, struct clause_list clauses,
                            struct block *block);
struct line *build_when(struct parse *parse, uint32_t nl, struct expr *guard, struct block *block,
                        struct block *otherwise);
struct line *build_together(struct parse *parse, uint32_t nl, struct block *block);
struct line *build_broken(struct parse *parse, uint32_t nl, struct block *block,
                          struct block *otherwise);
struct line_parts build_label(struct line_parts parts, uint32_t label);
struct line_parts build_guard(struct line_parts parts, struct expr *guard);
struct line_parts build_body(struct phrase_list items, struct clause_list clauses);
struct line_parts build_body_add(struct line_parts parts, struct clause *clause);
struct clause_list build_clauses(struct clause *clause);
struct clause_list build_add_clause(struct clause_list list, struct clause *clause);
struct clause *build_clause(struct parse *parse, uint32_t preposition, struct phrase_list items);
struct phrase_list build_items(struct phrase_parts parts);
struct phrase_list build_add_item(struct phrase_list list, struct phrase_parts parts);
struct phrase_parts build_phrase(struct parse *parse, struct term *term);
struct phrase_parts build_add_term(struct phrase_parts parts, struct term *term);
struct term *build_term(struct parse *parse, enum term_kind kind, uint32_t token);
struct term *build_parenthesised(struct parse *parse, uint32_t open, struct expr *expr,
                                 uint32_t close);
struct expr *build_leaf(struct parse *parse, struct term *term);
struct expr *build_not(struct parse *parse, uint32_t token, struct expr *expr);
struct expr *build_binary(struct parse *parse, enum expr_op op, struct expr *left,
                          struct expr *right);

/* --- findings of the grammar (syntax_error.c) --- */
/* token: index of the laid token that did not fit. */
void parse_syntax_error(struct parse *parse, uint32_t token);

/* --- the layout that a person reads (format.c) --- */
/* Where `fmt` would first write something else, or LAYOUT_KEPT; the tokens have no finding. */
uint32_t format_differs_at(const struct parse *parse);

/* --- generated from grammar/renew.y --- */
void *renew_parserAlloc(void *(*allocate)(size_t));
void renew_parserFree(void *parser, void (*release)(void *));
void renew_parser(void *parser, int kind, uint32_t token, struct parse *parse);
void renew_parser_mark(const void *parser, struct parser_states *ret_states);
/* Would a parser in these states take the token, after the reductions that it brings? */
bool renew_parser_takes(const struct parser_states *states, int token);

#endif
