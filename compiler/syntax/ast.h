/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ast: one file as its lines, nothing judged. Made by parse, read by check.
 *
 * (1) A line is kept whatever its words mean; placement, names and types are check's business.
 * (2) Everything lives in the arena of the syntax phase; spans point into the source set.
 * (3) A line with a syntax error is LINE_BROKEN, with its block where one follows: what stands in
 *     the block is still there, and no finding is derived from the broken line itself. Its label and
 *     the names that it begins with (at most two: a kind and a name, one phrase) are kept where they
 *     can be read, so that check can take what was to be declared here as known.
 */
#ifndef RENEW_SYNTAX_AST_H
#define RENEW_SYNTAX_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/source.h"
#include "compiler/base/text.h"

enum term_kind {
  TERM_NAME,      /* text = the name */
  TERM_PATH,      /* text = a.b.c */
  TERM_TEXT,      /* text = decoded, ${path} still inside; block text too (is_block) */
  TERM_NUMBER,    /* number */
  TERM_DURATION,  /* number = seconds */
  TERM_DATE,      /* text as written, 2027-03-01 */
  TERM_DATETIME,  /* text as written, 2027-03-01T22:00 or ...Z */
  TERM_TIME,      /* number = minutes since midnight */
  TERM_MONTH_DAY, /* number = month * 100 + day */
  TERM_YES_NO,    /* number = 1 or 0 */
  TERM_EXPR       /* expr: ( ... ) */
};

struct term {
  enum term_kind kind;
  bool is_block;
  struct span span;
  struct text text; /* for all kinds but TEXT: as written */
  int64_t number;
  struct expr *expr;
  struct term *next;
};

enum expr_op {
  EXPR_TERM,
  EXPR_NOT,
  EXPR_AND,
  EXPR_OR,
  EXPR_EQUAL,
  EXPR_UNEQUAL,
  EXPR_LESS,
  EXPR_GREATER,
  EXPR_LESS_EQUAL,
  EXPR_GREATER_EQUAL,
  EXPR_PLUS,
  EXPR_MINUS
};

struct expr {
  enum expr_op op;
  struct span span;
  struct term *term;         /* EXPR_TERM */
  struct expr *left, *right; /* EXPR_NOT: left only */
};

/* Terms side by side, without a comma between them. */
struct phrase {
  struct term *terms;
  uint32_t term_count;
  struct span span;
  struct phrase *next; /* after a comma */
};

/* A preposition and its phrases. */
struct clause {
  struct text preposition; /* "with" */
  struct span preposition_span;
  struct phrase *phrases;
  uint32_t phrase_count;
  struct span span;
  struct clause *next;
};

enum line_kind {
  LINE_PLAIN,    /* [label:] phrases clauses [when guard] [block] */
  LINE_FOR_EACH, /* for each variable in phrases clauses block */
  LINE_WHEN,     /* when guard block [otherwise other] */
  LINE_TOGETHER, /* together block */
  LINE_BROKEN    /* syntax error [block [otherwise other]] */
};

struct block {
  struct line *lines;
  struct span open;  /* its "{" */
  struct span close; /* its "}"; length 0 where it was supplied */
};

struct line {
  enum line_kind kind;
  struct span span;  /* without the block */
  struct text label; /* TEXT_NONE without */
  struct span label_span;
  struct text doc;        /* the ## lines above, joined with newlines */
  struct phrase *phrases; /* may be NULL where the line starts with a preposition */
  uint32_t phrase_count;
  struct clause *clauses;
  uint32_t clause_count;
  struct text variable; /* LINE_FOR_EACH */
  struct span variable_span;
  struct expr *guard;
  struct block *block;
  struct block *otherwise;
  struct line *next;
};

struct comment {
  struct span span;
  struct text text; /* without # and the blank behind it */
  struct comment *next;
};

#define LAYOUT_KEPT UINT32_MAX

struct ast_file {
  uint32_t file;            /* index into the source set */
  uint32_t layout_at;       /* where `fmt` would first write something else; or LAYOUT_KEPT */
  int64_t edition;          /* 0 where `renew N` is missing or wrong */
  struct line *lines;       /* without the `renew 1` line */
  struct comment *comments; /* all, in order: suppressions are found here */
  bool has_errors;
};

#endif
