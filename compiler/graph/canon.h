/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canon: canonical JSON, written and read by the same calls, so that both sides cannot differ.
 * Not a JSON library: it reads nothing but what it would write.
 *
 * (1) No blanks, keys in the order of the calls (which is their sorted order), numbers without
 *     leading zeros, in texts only " and \ and bytes below 0x20 escaped, all else as UTF-8.
 * (2) While writing, every value is an input; while reading, an output. The first byte that is not
 *     canonical makes the reader `broken`; from then on every call leaves its output alone.
 */
#ifndef RENEW_GRAPH_CANON_H
#define RENEW_GRAPH_CANON_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct canon {
  struct buffer *out; /* writing; NULL while reading */
  struct text in;
  size_t at;
  struct arena *arena; /* for texts with escapes; all others point into `in` */
  bool broken;
  bool fresh; /* nothing stands yet in the innermost object or list */
};

bool canon_is_writing(const struct canon *canon);
void canon_break(struct canon *canon);
/* One of { } [ ]. */
void canon_bracket(struct canon *canon, char bracket);
void canon_key(struct canon *canon, const char *key);
/* An optional member: whether it is there; while writing that is `present`. */
bool canon_has(struct canon *canon, const char *key, bool present);
/* One more item of a list; while writing that is `more`. */
bool canon_more(struct canon *canon, bool more);
void canon_text(struct canon *canon, struct text *text);
void canon_number(struct canon *canon, int64_t *number);
void canon_index(struct canon *canon, uint32_t *index);
void canon_yes_no(struct canon *canon, bool *yes);
/* `null` in the place of an item: while writing, `none` says so. */
bool canon_null(struct canon *canon, bool none);
/* "key":true, or nothing. */
void canon_flag(struct canon *canon, const char *key, bool *flag);
/* "key":"text", or nothing where it is empty. */
void canon_optional_text(struct canon *canon, const char *key, struct text *text);
void canon_optional_number(struct canon *canon, const char *key, int64_t *number);
/* "key":index, or nothing where it is UINT32_MAX. */
void canon_optional_index(struct canon *canon, const char *key, uint32_t *index);

#endif
