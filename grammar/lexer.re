/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lexer.re: which characters make which token. One rule a line; the list of words is this file. What
 * a token is worth, and what is wrong with it, is said in compiler/syntax/lex*.c.
 *
 * (1) The source ends with a NUL that is not counted (source.h 2); a NUL before it is a bad byte.
 * (2) A rule never looks behind the end of a line, so one mistake costs one line.
 * (3) What a rule reads ahead in vain, the next tokens take in one piece: the lexer stays linear.
 */
#include "compiler/syntax/parse_int.h"

bool lex_next(struct lexer *lexer)
{
  const unsigned char *marker, *context, *from = lexer->cursor;
  /*!re2c
  re2c:define:YYCTYPE = "unsigned char";
  re2c:define:YYCURSOR = lexer->cursor;
  re2c:define:YYMARKER = marker;
  re2c:define:YYCTXMARKER = context;
  re2c:yyfill:enable = 0;

  name     = [a-z][a-z0-9]* ("-" [a-z0-9]+)*;
  path     = name ("." name)+;
  word     = [A-Za-z_][A-Za-z0-9_.-]*;
  behind   = [^A-Za-z0-9_.-];
  date     = [0-9]{4} "-" [0-9]{2} "-" [0-9]{2};
  time     = [0-9]{2} ":" [0-9]{2};
  unit     = ("second" | "minute" | "hour" | "day" | "week" | "month" | "year") "s"?;
  month    = "January" | "February" | "March" | "April" | "May" | "June" | "July" | "August"
           | "September" | "October" | "November" | "December";
  bare     = [^ \t\r\n\x00"{}(),];

  "\x00"   { return from < lexer->end && lex_bad(lexer, from); }
  [ \t]+   { return true; }
  "\r"? "\n" { return lex_newline(lexer); }
  "#"      { return lex_comment(lexer, from); }

  "{"      { return lex_token(lexer, from, TOKEN_LB); }
  "}"      { return lex_token(lexer, from, TOKEN_RB); }
  "("      { return lex_token(lexer, from, TOKEN_LP); }
  ")"      { return lex_token(lexer, from, TOKEN_RP); }
  ","      { return lex_token(lexer, from, TOKEN_COMMA); }
  ":"      { return lex_token(lexer, from, TOKEN_COLON); }
  "=="     { return lex_token(lexer, from, TOKEN_EQ); }
  "!="     { return lex_token(lexer, from, TOKEN_NE); }
  "<="     { return lex_token(lexer, from, TOKEN_LE); }
  ">="     { return lex_token(lexer, from, TOKEN_GE); }
  "<"      { return lex_token(lexer, from, TOKEN_LT); }
  ">"      { return lex_token(lexer, from, TOKEN_GT); }
  "+"      { return lex_token(lexer, from, TOKEN_PLUS); }
  "-"      { return lex_token(lexer, from, TOKEN_MINUS); }
  "=" | ":=" { return lex_equals(lexer, from); }
  ";"      { return lex_semicolon(lexer, from); }

  "for" [ \t]+ "each" / behind { return lex_token(lexer, from, TOKEN_FOREACH); }
  "when"      { return lex_token(lexer, from, TOKEN_WHEN); }
  "otherwise" { return lex_token(lexer, from, TOKEN_OTHERWISE); }
  "together"  { return lex_token(lexer, from, TOKEN_TOGETHER); }
  "and"       { return lex_token(lexer, from, TOKEN_AND); }
  "or"        { return lex_token(lexer, from, TOKEN_OR); }
  "not"       { return lex_token(lexer, from, TOKEN_NOT); }
  "in"        { return lex_token(lexer, from, TOKEN_IN); }
  "to" | "from" | "into" | "on" | "at" | "with" | "as" | "by" | "for" | "until" | "within"
  | "after" | "before" | "using" | "keeping" | "of" | "during" { return lex_token(lexer, from, TOKEN_PREP); }
  "yes" | "no" { return lex_yes_no(lexer, from); }
  "true" | "false" | "off" { return lex_wrong_yes_no(lexer, from); }
  name     { return lex_name(lexer, from, TOKEN_ID); }
  path     { return lex_name(lexer, from, TOKEN_PATH); }
  word     { return lex_word(lexer, from); }

  "\""     { return lex_text(lexer, from); }
  "\"\"\"" { return lex_block_text(lexer, from); }
  "'"      { return lex_single_quoted(lexer, from); }

  [0-9]+   { return lex_number(lexer, from); }
  ([0-9]+ [smhdw])+ { return lex_duration(lexer, from); }
  [0-9]+ [ \t]+ unit / behind { return lex_duration_in_words(lexer, from); }
  date     { return lex_date(lexer, from, TOKEN_DATE); }
  date "T" time "Z"? { return lex_date(lexer, from, TOKEN_DATETIME); }
  time     { return lex_time(lexer, from); }
  month [ \t]+ [0-9]+ { return lex_month_day(lexer, from); }
  [0-9]+ ([-:.]? [0-9A-Za-z_]+)* { return lex_digits(lexer, from); }
  [0-9]+ "/" [0-9]+ "/" [0-9]+ { return lex_slashed_date(lexer, from); }

  [A-Za-z]+ "://" bare* { return lex_unquoted(lexer, from); }
  ("." | "..")? "/" bare* { return lex_unquoted(lexer, from); }
  word "@" bare* { return lex_unquoted(lexer, from); }
  *        { return lex_bad(lexer, from); }
  */
}
