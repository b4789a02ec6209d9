/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: byte strings with a length, growable byte buffers, and a map from text to a number.
 *
 * Text is UTF-8 and not NUL-terminated unless a function says so. Bytes of a `struct text` belong to
 * somebody else (a source, an arena, a literal); a `struct buffer` owns its bytes (malloc).
 */
#ifndef RENEW_BASE_TEXT_H
#define RENEW_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "compiler/base/arena.h"

struct text {
  const char *at;
  size_t length; /* bytes */
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
#define TEXT_NONE ((struct text){NULL, 0})
/* For printf's "%.*s". */
#define TEXT_ARG(value) (int)(value).length, (value).at == NULL ? "" : (value).at

struct text text_of(const char *zero_terminated);
/* In line: compared is against literals, whose length is then a constant. */
static inline bool text_equal(struct text a, struct text b)
{
  return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}
static inline bool text_is(struct text a, const char *zero_terminated)
{
  return text_equal(a, (struct text){zero_terminated, strlen(zero_terminated)});
}
bool text_starts_with(struct text a, const char *zero_terminated);
bool text_ends_with(struct text a, const char *zero_terminated);
/* Without the white space of ASCII around it. */
struct text text_trimmed(struct text a);
/* <0, 0, >0 as memcmp over bytes, the shorter first. */
int text_compare(struct text a, struct text b);
struct text text_copy(struct arena *arena, struct text a);
/* A NUL-terminated copy, for system calls and libraries. */
char *text_zero(struct arena *arena, struct text a);
/* All of the parts, one behind the other. */
struct text text_join(struct arena *arena, const struct text *parts, size_t count);
struct text text_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct text text_vformat(struct arena *arena, const char *format, va_list values);

/* Damerau-Levenshtein distance, counted up to `limit` (returns limit + 1 when beyond). */
size_t text_distance(struct text a, struct text b, size_t limit);
/* The nearest of `count` candidates within max(1, length / 3), or TEXT_NONE ("did you mean"). */
struct text text_nearest(struct text word, const struct text *candidates, size_t count);
/* The same; *ret_alone: no other candidate lies within that distance, so nothing else can be meant. */
struct text text_nearest_alone(struct text word, const struct text *candidates, size_t count,
                               bool *ret_alone);
/* Lower case, letter by letter, in no language's own way (Java's ROOT). */
struct text text_lower(struct arena *arena, struct text a);
/* Columns on a terminal (East Asian wide = 2, combining = 0, tab to the next multiple of 8). */
size_t text_width(struct text a);
/* Whether a terminal or a reader would not see the character as one: controls, bidirectional marks,
 * no-break blanks. */
bool text_hides(int32_t point);
/* As people may see it, on one line: line ends and tabs as blanks, what text_hides as <U+XXXX>. */
struct text text_visible(struct arena *arena, struct text a);
/* One word of a command that is typed into a shell: quoted where the shell would read it otherwise,
 * as the brackets of restart[node-a]. */
struct text text_shell_word(struct arena *arena, struct text a);
/* Whether all of it is UTF-8; if not, *ret_bad_offset is the first byte that is none. */
bool text_is_utf8(struct text a, size_t *ret_bad_offset);

struct buffer {
  char *bytes; /* always NUL-terminated once non-NULL */
  size_t size_bytes;
  size_t capacity_bytes;
};

void buffer_reserve(struct buffer *buffer, size_t more_bytes);
/* In line, for arrays grow by it item by item: the size is then a constant. */
static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t size_bytes)
{
  if (buffer->capacity_bytes - buffer->size_bytes <= size_bytes)
    buffer_reserve(buffer, size_bytes);
  if (size_bytes != 0)
    memcpy(buffer->bytes + buffer->size_bytes, bytes, size_bytes);
  buffer->size_bytes += size_bytes;
  buffer->bytes[buffer->size_bytes] = '\0';
}
void buffer_add_text(struct buffer *buffer, struct text a);
void buffer_add_zero(struct buffer *buffer, const char *zero_terminated);
void buffer_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct text buffer_text(const struct buffer *buffer);
void buffer_free(struct buffer *buffer); /* NULL is legal; leaves an empty buffer */

/*
 * A map from text to a number: insert and find only; lives in an arena. The entries stand in the
 * order in which they came; the slots hold of each its hash and its place, so that a look touches a
 * key only where it is (nearly always) the one that is looked for.
 */
struct text_map {
  struct arena *arena;
  struct text_map_slot *slots;
  struct text_map_entry *entries;
  uint32_t slot_count;
  uint32_t count;
};

void text_map_start(struct text_map *map, struct arena *arena);
/* False when the key is there already; *ret_existing (NULL is legal) is then its value. */
bool text_map_add(struct text_map *map, struct text key, uint32_t value, uint32_t *ret_existing);
bool text_map_find(const struct text_map *map, struct text key, uint32_t *ret_value);

#endif
