/* SPDX-License-Identifier: Apache-2.0 */
/* format_int: a file as its tokens and comments, in order. Private to format*.c. */
#ifndef RENEW_SYNTAX_FORMAT_INT_H
#define RENEW_SYNTAX_FORMAT_INT_H

#include "compiler/syntax/parse_int.h"

enum { ITEM_COMMENT = 255 }; /* beside the TOKEN_ kinds */

struct item {
  uint8_t kind;
  bool begins_row;     /* a line of the language begins with it */
  bool is_list_comma;  /* the next item of the list stands on a line of its own */
  bool one_line;       /* `{`: its block stands on this line */
  uint32_t partner;    /* `{`: its `}` */
  uint32_t at;         /* offset in the source */
  uint32_t newlines;   /* in the source, before it: 0, 1, or 2 for more */
  struct text text;    /* as written; a comment without blanks at its end */
  struct text decoded; /* of a block text */
};

struct items {
  struct item *items; /* one more than count, zero */
  uint32_t count;
  struct token_list laid; /* with the places where lines begin */
  struct doc *docs;
  uint32_t doc_count;
};

/* Of tokens that have no finding of the lexer or of the layout. */
void items_of_parse(struct arena *arena, const struct parse *parse, struct items *ret_items);
/* False where the source has a finding of the lexer or of the layout. */
bool items_read(struct arena *arena, const struct source_set *sources, uint32_t file,
                struct items *ret_items);
/* Whether the text has the same tokens, lines, documentation and comments. */
bool items_hold(struct arena *arena, const struct items *items, struct text text);

#endif
