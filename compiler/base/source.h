/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: the text files of one compilation, and places in them.
 *
 * (1) A path is kept as it is shown: relative to the root, with '/'. No host path leaves this module.
 * (2) Bytes end with one NUL that is not counted in `bytes.length` (the lexer's sentinel).
 * (3) A file is valid UTF-8 or it is not in the set; a byte order mark at its start is not part of
 *     `bytes`, but offsets count from behind it.
 * (4) The same file reached twice (two paths, a link) is one source.
 */
#ifndef RENEW_BASE_SOURCE_H
#define RENEW_BASE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

enum { SOURCE_LIMIT_BYTES = 16 * 1024 * 1024 };

/* A stretch of bytes of one source. length 0 is a point (an insertion place). */
struct span {
  uint32_t file; /* index into source_set.files */
  uint32_t at;
  uint32_t length;
};

/* 1-based; column counts UTF-8 bytes, column_utf16 UTF-16 units. */
struct place {
  uint32_t line;
  uint32_t column;
  uint32_t column_utf16;
};

struct source {
  struct text path;
  struct text bytes;
  uint32_t *line_starts;
  uint32_t line_count;
  struct text identity; /* device and inode, or the name of a given text */
};

struct source_set {
  struct arena *arena;
  struct text root; /* absolute, without a trailing '/'; "" when all texts were given */
  struct source *files;
  uint32_t count;
  uint32_t capacity;
  struct text refused; /* of the last SOURCE_NOT_UTF8: the line, and what the file looks like */
  /* Where files are read instead of the disk (a revision); NULL: the disk. 0 is SOURCE_OK. */
  int (*fetch)(void *of, struct arena *arena, struct text path, struct text *ret_bytes);
  void *fetch_of;
};

enum source_status {
  SOURCE_OK,
  SOURCE_MISSING,     /* no such file */
  SOURCE_UNREADABLE,  /* another error; errno says which */
  SOURCE_TOO_LARGE,   /* above SOURCE_LIMIT_BYTES */
  SOURCE_NOT_UTF8,    /* *ret_bad_offset is the first bad byte */
  SOURCE_OUTSIDE_ROOT /* the file, links followed, does not lie below the root */
};

void source_set_start(struct source_set *set, struct arena *arena, struct text root);
/* path: relative to the root. On SOURCE_OK *ret_file is its index, old or new. */
enum source_status source_open(struct source_set *set, struct text path, uint32_t *ret_file,
                               size_t *ret_bad_offset);
/* A text that is no file (tests, standard input); path is what messages show. Same checks. */
enum source_status source_give(struct source_set *set, struct text path, struct text bytes,
                               uint32_t *ret_file, size_t *ret_bad_offset);

struct place source_place(const struct source_set *set, struct span span);
/* 1-based line without its line end. */
struct text source_line(const struct source *source, uint32_t line);
/* The lines that the span stands on, with their line ends, where nothing else stands on them; else the
 * span with the blanks before it: what goes when the span is removed. */
struct span source_whole_lines(const struct source_set *set, struct span span);
struct text source_text(const struct source_set *set, struct span span);
/* The span from the start of a to the end of b, in a's file. */
struct span span_join(struct span a, struct span b);
struct span span_point(struct span a);     /* the point before a */
struct span span_end_point(struct span a); /* the point behind a */

#endif
