/* SPDX-License-Identifier: Apache-2.0 */
/* properties: see properties.h. */
#include "runtime/scan/properties.h"

#include <string.h>

struct reader {
  const char *at, *end;
  bool is_utf8;
};

static void add_point(struct buffer *out, uint32_t point)
{
  char bytes[4];
  size_t count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  if (count == 1) {
    bytes[0] = (char)point;
  } else {
    for (size_t i = count - 1; i > 0; i--, point >>= 6)
      bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)((0xf0u << (4 - count)) | point);
  }
  buffer_add(out, bytes, count);
}

/* \uXXXX, with `at` behind the u; a pair of surrogates is one character, half a one is none. */
static void take_unicode(struct reader *reader, struct buffer *out)
{
  uint32_t unit[2] = {0, 0};
  for (int i = 0; i < 2; i++) {
    if (i == 1) {
      if (unit[0] < 0xd800 || unit[0] > 0xdbff || reader->end - reader->at < 6 ||
          reader->at[0] != '\\' || reader->at[1] != 'u')
        break;
      reader->at += 2;
    }
    for (int digit = 0; digit < 4 && reader->at < reader->end; digit++, reader->at++) {
      const char *hex = "0123456789abcdef";
      const char *place = memchr(hex, *reader->at | 0x20, 16);
      if (place == NULL)
        break;
      unit[i] = unit[i] << 4 | (uint32_t)(place - hex);
    }
  }
  if (unit[1] >= 0xdc00 && unit[1] <= 0xdfff) {
    add_point(out, 0x10000 + ((unit[0] - 0xd800) << 10) + (unit[1] - 0xdc00));
    return;
  }
  add_point(out, unit[0] >= 0xd800 && unit[0] <= 0xdfff ? 0xfffd : unit[0]);
  if (unit[1] != 0)
    add_point(out, unit[1] >= 0xd800 && unit[1] <= 0xdbff ? 0xfffd : unit[1]);
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\f';
}
static bool is_end(char c)
{
  return c == '\n' || c == '\r';
}

static void skip_line_end(struct reader *reader)
{
  if (reader->at < reader->end && *reader->at == '\r')
    reader->at++;
  if (reader->at < reader->end && *reader->at == '\n')
    reader->at++;
}

static void skip_blanks(struct reader *reader)
{
  while (reader->at < reader->end && is_blank(*reader->at))
    reader->at++;
}

/* Over the ends of lines that are continued, so that what stands next is of the logical line. */
static void join_lines(struct reader *reader)
{
  while (reader->end - reader->at >= 2 && reader->at[0] == '\\' && is_end(reader->at[1])) {
    reader->at++;
    skip_line_end(reader);
    skip_blanks(reader);
  }
}

/* Whether the logical line goes on with one of these. */
static bool is_next(struct reader *reader, const char *any)
{
  join_lines(reader);
  return reader->at < reader->end && *reader->at != '\0' && strchr(any, *reader->at) != NULL;
}

/* One character, unescaped; false at the end of the logical line. */
static bool take(struct reader *reader, struct buffer *out)
{
  join_lines(reader);
  if (reader->at >= reader->end || is_end(*reader->at))
    return false;
  unsigned char c = (unsigned char)*reader->at++;
  if (c == '\\') {
    if (reader->at >= reader->end)
      return false;
    c = (unsigned char)*reader->at++;
    if (c == 'u') {
      take_unicode(reader, out);
      return true;
    }
    c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
  }
  if (c < 0x80 || reader->is_utf8)
    buffer_add(out, &c, 1);
  else
    add_point(out, c);
  return true;
}

static bool take_property(struct arena *arena, struct reader *reader, struct property *ret_property)
{
  struct buffer out = {0};
  while (!is_next(reader, " \t\f=:") && take(reader, &out)) {
  }
  ret_property->key = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  while (is_next(reader, " \t\f"))
    reader->at++;
  if (is_next(reader, "=:"))
    reader->at++;
  while (is_next(reader, " \t\f"))
    reader->at++;
  while (take(reader, &out)) {
  }
  ret_property->value = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return ret_property->key.length != 0;
}

void properties_read(struct arena *arena, struct text bytes, struct properties *ret_properties)
{
  size_t bad;
  *ret_properties = (struct properties){0};
  text_map_start(&ret_properties->places, arena);
  if (bytes.at == NULL)
    return;
  /* The format is ISO 8859-1; editors write UTF-8 nevertheless, and what is valid as UTF-8 is meant so. */
  struct reader reader = {bytes.at, bytes.at + bytes.length, text_is_utf8(bytes, &bad)};
  if (text_starts_with(bytes, "\xef\xbb\xbf"))
    reader.at += 3;
  uint32_t capacity = 0;
  while (reader.at < reader.end) {
    skip_blanks(&reader);
    if (reader.at < reader.end && (*reader.at == '#' || *reader.at == '!'))
      while (reader.at < reader.end && !is_end(*reader.at))
        reader.at++;
    struct property one;
    if (reader.at < reader.end && !is_end(*reader.at) && take_property(arena, &reader, &one)) {
      if (ret_properties->count == capacity) {
        capacity = capacity == 0 ? 64 : capacity * 2;
        ret_properties->items = arena_grow(arena, ret_properties->items, ret_properties->count,
                                           capacity, sizeof *ret_properties->items);
      }
      uint32_t old;
      if (!text_map_add(&ret_properties->places, one.key, ret_properties->count, &old))
        ret_properties->items[old] = one;
      else
        ret_properties->items[ret_properties->count++] = one;
    }
    while (reader.at < reader.end && is_end(*reader.at))
      reader.at++;
  }
}

bool properties_find(const struct properties *properties, struct text key, struct text *ret_value)
{
  uint32_t place;
  if (!text_map_find(&properties->places, key, &place))
    return false;
  *ret_value = properties->items[place].value;
  return true;
}
