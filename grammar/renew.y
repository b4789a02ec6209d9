/* SPDX-License-Identifier: Apache-2.0 */
/*
 * renew.y: the structure of a plan file, and nothing else. What a line may mean where it stands is
 * check's business; the newline filter, brace repair and all limits are layout's, so that every token
 * here is inside balanced braces and each line begins with NL.
 *
 * (1) No conflicts; compiled with `lemon -c` (honest lists of what was expected).
 * (2) A mistake costs its line: `error` stands behind NL only, and each error production lets the
 *     next mistake be reported at once (yyerrcnt; otherwise Lemon is silent for three tokens).
 * (3) The file ends with one NL: Lemon gives up at the end of input, never at a token.
 * (4) Comparisons are levels of the grammar: with lemon 3.40 a %nonassoc operator still associates.
 * (5) %stack_size is PARSER_STACK_LIMIT of parse_int.h. The stack is bounded by PARSE_DEPTH_LIMIT and the limits of layout.c; no %destructor.
 */
%name renew_parser
%token_prefix TOKEN_
%token_type {uint32_t}
%extra_argument {struct parse *parse}
%stack_size 1000
%include {
#include <assert.h>
#include "compiler/syntax/parse_int.h"
}
%token BAD.
%fallback ID NOT AND OR.
%left OR.
%left AND.
%right NOT.
%syntax_error { parse_syntax_error(parse, TOKEN); }
%stack_overflow { assert(!"renew.y (5)"); }

%type top {struct line_list}
%type line {struct line *}
%type open {struct open_block}
%type block {struct block *}
%type head {struct line_parts}
%type body {struct line_parts}
%type body0 {struct line_parts}
%type clauses {struct clause_list}
%type clause {struct clause *}
%type prep {uint32_t}
%type items {struct phrase_list}
%type phrase {struct phrase_parts}
%type term {struct term *}
%type expr {struct expr *}
%type comparison {struct expr *}
%type sum {struct expr *}

file ::= top(A) NL. { parse->lines = A.first; }
top(A) ::= . { A = (struct line_list){0}; }
top(A) ::= top(B) line(C). { A = build_add_line(B, C); }
open(A) ::= LB(B). { A = build_open(B); yypParser->yyerrcnt = -1; }
open(A) ::= open(B) line(C). { A = build_open_add(B, C); }
block(A) ::= open(B) RB(C). { A = build_block(parse, B, C); }

line(A) ::= NL(N) head(B). { A = build_plain(parse, N, B, NULL); }
line(A) ::= NL(N) head(B) block(C). { A = build_plain(parse, N, B, C); }
line(A) ::= NL(N) FOREACH ID(V) IN items(B) block(D). { A = build_for_each(parse, N, V, B, (struct clause_list){0}, D); }
line(A) ::= NL(N) FOREACH ID(V) IN items(B) clauses(C) block(D). { A = build_for_each(parse, N, V, B, C, D); }
line(A) ::= NL(N) WHEN expr(B) block(C). { A = build_when(parse, N, B, C, NULL); }
line(A) ::= NL(N) WHEN expr(B) block(C) OTHERWISE block(D). { A = build_when(parse, N, B, C, D); }
line(A) ::= NL(N) TOGETHER block(B). { A = build_together(parse, N, B); }
line(A) ::= NL(N) error. { A = build_broken(parse, N, NULL, NULL); yypParser->yyerrcnt = -1; }
line(A) ::= NL(N) error block(B). { A = build_broken(parse, N, B, NULL); yypParser->yyerrcnt = -1; }
line(A) ::= NL(N) error block(B) OTHERWISE block(C). { A = build_broken(parse, N, B, C); yypParser->yyerrcnt = -1; }

head(A) ::= body(B). { A = B; }
head(A) ::= ID(L) COLON body(B). { A = build_label(B, L); }
body(A) ::= body0(B). { A = B; }
body(A) ::= body0(B) WHEN expr(C). { A = build_guard(B, C); }
body0(A) ::= items(B). { A = build_body(B, (struct clause_list){0}); }
body0(A) ::= clause(B). { A = build_body((struct phrase_list){0}, build_clauses(B)); }
body0(A) ::= body0(B) clause(C). { A = build_body_add(B, C); }
clauses(A) ::= clause(B). { A = build_clauses(B); }
clauses(A) ::= clauses(B) clause(C). { A = build_add_clause(B, C); }
clause(A) ::= prep(B) items(C). { A = build_clause(parse, B, C); }
prep(A) ::= PREP(B). { A = B; }
prep(A) ::= IN(B). { A = B; }
items(A) ::= phrase(B). { A = build_items(B); }
items(A) ::= items(B) COMMA phrase(C). { A = build_add_item(B, C); }
phrase(A) ::= term(B). { A = build_phrase(parse, B); }
phrase(A) ::= phrase(B) term(C). { A = build_add_term(B, C); }

term(A) ::= ID(B). { A = build_term(parse, TERM_NAME, B); }
term(A) ::= PATH(B). { A = build_term(parse, TERM_PATH, B); }
term(A) ::= TEXT(B). { A = build_term(parse, TERM_TEXT, B); }
term(A) ::= NUMBER(B). { A = build_term(parse, TERM_NUMBER, B); }
term(A) ::= DURATION(B). { A = build_term(parse, TERM_DURATION, B); }
term(A) ::= DATE(B). { A = build_term(parse, TERM_DATE, B); }
term(A) ::= DATETIME(B). { A = build_term(parse, TERM_DATETIME, B); }
term(A) ::= TIME(B). { A = build_term(parse, TERM_TIME, B); }
term(A) ::= MONTHDAY(B). { A = build_term(parse, TERM_MONTH_DAY, B); }
term(A) ::= YESNO(B). { A = build_term(parse, TERM_YES_NO, B); }
term(A) ::= LP(B) expr(C) RP(D). { A = build_parenthesised(parse, B, C, D); }

expr(A) ::= expr(B) OR expr(C). { A = build_binary(parse, EXPR_OR, B, C); }
expr(A) ::= expr(B) AND expr(C). { A = build_binary(parse, EXPR_AND, B, C); }
expr(A) ::= NOT(N) expr(B). { A = build_not(parse, N, B); }
expr(A) ::= comparison(B). { A = B; }
comparison(A) ::= sum(B). { A = B; }
comparison(A) ::= sum(B) EQ sum(C). { A = build_binary(parse, EXPR_EQUAL, B, C); }
comparison(A) ::= sum(B) NE sum(C). { A = build_binary(parse, EXPR_UNEQUAL, B, C); }
comparison(A) ::= sum(B) LT sum(C). { A = build_binary(parse, EXPR_LESS, B, C); }
comparison(A) ::= sum(B) GT sum(C). { A = build_binary(parse, EXPR_GREATER, B, C); }
comparison(A) ::= sum(B) LE sum(C). { A = build_binary(parse, EXPR_LESS_EQUAL, B, C); }
comparison(A) ::= sum(B) GE sum(C). { A = build_binary(parse, EXPR_GREATER_EQUAL, B, C); }
sum(A) ::= sum(B) PLUS term(C). { A = build_binary(parse, EXPR_PLUS, B, build_leaf(parse, C)); }
sum(A) ::= sum(B) MINUS term(C). { A = build_binary(parse, EXPR_MINUS, B, build_leaf(parse, C)); }
sum(A) ::= term(B). { A = build_leaf(parse, B); }

%code {
static_assert(PARSER_STACK_LIMIT == YYSTACKDEPTH, "renew.y (5)");

void renew_parser_mark(const void *opaque, struct parser_states *ret_states)
{
  const yyParser *parser = opaque;
  ret_states->count = (uint32_t)(parser->yytos - parser->yystack) + 1;
  for (uint32_t i = 0; i < ret_states->count; i++)
    ret_states->items[i] = parser->yystack[i].stateno;
}

/* Played on a copy of the states: lookaheads are merged, so a reduction alone promises nothing. */
bool renew_parser_takes(const struct parser_states *from, int token)
{
#ifdef YYCOVERAGE
  return false; /* only what the parser itself asks is counted */
#endif
  struct parser_states states = *from;
  for (;;) {
    YYACTIONTYPE action =
        yy_find_shift_action((YYCODETYPE)token, states.items[states.count - 1]);
    if (action <= YY_MAX_SHIFTREDUCE || action == YY_ACCEPT_ACTION)
      return true;
    if (action < YY_MIN_REDUCE)
      return false;
    states.count += yyRuleInfoNRhs[action - YY_MIN_REDUCE];
    YYACTIONTYPE next = yy_find_reduce_action(states.items[states.count - 1],
                                              yyRuleInfoLhs[action - YY_MIN_REDUCE]);
    if (states.count == PARSER_STACK_LIMIT)
      return false;
    states.items[states.count++] = next;
  }
}
}
