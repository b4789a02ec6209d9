/* SPDX-License-Identifier: Apache-2.0 */
/* canon: see canon.h. */
#include "compiler/graph/canon.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool canon_is_writing(const struct canon *canon)
{
  return canon->out != NULL;
}

void canon_break(struct canon *canon)
{
  canon->broken = true;
}

static bool sees(const struct canon *canon, const char *bytes, size_t length)
{
  return !canon->broken && canon->in.length - canon->at >= length &&
         memcmp(canon->in.at + canon->at, bytes, length) == 0;
}

/* Writes these bytes, or reads exactly them. */
static void exactly(struct canon *canon, const char *bytes, size_t length)
{
  if (canon_is_writing(canon))
    buffer_add(canon->out, bytes, length);
  else if (sees(canon, bytes, length))
    canon->at += length;
  else
    canon_break(canon);
}

void canon_bracket(struct canon *canon, char bracket)
{
  exactly(canon, &bracket, 1);
  canon->fresh = bracket == '{' || bracket == '[';
}

static void comma(struct canon *canon)
{
  if (!canon->fresh)
    exactly(canon, ",", 1);
  canon->fresh = false;
}

void canon_key(struct canon *canon, const char *key)
{
  comma(canon);
  exactly(canon, "\"", 1);
  exactly(canon, key, strlen(key));
  exactly(canon, "\":", 2);
}

bool canon_has(struct canon *canon, const char *key, bool present)
{
  if (!canon_is_writing(canon)) {
    size_t length = strlen(key);
    struct canon ahead = *canon;
    comma(&ahead);
    present = sees(&ahead, "\"", 1) && ahead.in.length - ahead.at > length + 2 &&
              memcmp(ahead.in.at + ahead.at + 1, key, length) == 0 &&
              ahead.in.at[ahead.at + 1 + length] == '"';
  }
  if (present)
    canon_key(canon, key);
  return present && !canon->broken;
}

bool canon_more(struct canon *canon, bool more)
{
  if (!canon_is_writing(canon))
    more = !canon->broken && !sees(canon, "]", 1);
  if (more)
    comma(canon);
  return more && !canon->broken;
}

static bool needs_escape(unsigned char byte)
{
  return byte < 0x20 || byte == '"' || byte == '\\';
}

static void write_text(struct canon *canon, struct text text)
{
  buffer_add(canon->out, "\"", 1);
  for (size_t i = 0, start = 0; i <= text.length; i++) {
    if (i < text.length && !needs_escape((unsigned char)text.at[i]))
      continue;
    buffer_add(canon->out, text.at + start, i - start);
    start = i + 1;
    if (i == text.length)
      break;
    char byte = text.at[i];
    if (byte == '"' || byte == '\\')
      buffer_format(canon->out, "\\%c", byte);
    else
      buffer_format(canon->out, "\\u%04x", (unsigned)(unsigned char)byte);
  }
  buffer_add(canon->out, "\"", 1);
}

static int hex_digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at `from` stands for; 0 where it is none of ours. */
static size_t read_escape(struct text from, char *ret_byte)
{
  if (from.length >= 2 && (from.at[1] == '"' || from.at[1] == '\\')) {
    *ret_byte = from.at[1];
    return 2;
  }
  if (from.length < 6 || memcmp(from.at, "\\u00", 4) != 0)
    return 0;
  int high = hex_digit(from.at[4]), low = hex_digit(from.at[5]);
  if (high < 0 || low < 0 || high > 1)
    return 0;
  *ret_byte = (char)(high * 16 + low);
  return 6;
}

static struct text unescape(struct canon *canon, struct text raw)
{
  char *bytes = arena_alloc(canon->arena, raw.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < raw.length;) {
    if (raw.at[i] != '\\') {
      bytes[length++] = raw.at[i++];
      continue;
    }
    size_t used = read_escape((struct text){raw.at + i, raw.length - i}, &bytes[length++]);
    if (used == 0) {
      canon_break(canon);
      return TEXT_NONE;
    }
    i += used;
  }
  return (struct text){bytes, length};
}

static void read_text(struct canon *canon, struct text *text)
{
  exactly(canon, "\"", 1);
  size_t start = canon->at, i = start;
  bool escaped = false;
  while (i < canon->in.length && canon->in.at[i] != '"') {
    if ((unsigned char)canon->in.at[i] < 0x20)
      canon_break(canon);
    if (canon->in.at[i] == '\\') {
      escaped = true;
      i++;
    }
    i++;
  }
  if (i >= canon->in.length)
    canon_break(canon);
  if (canon->broken)
    return;
  struct text raw = {canon->in.at + start, i - start};
  canon->at = i + 1;
  struct text read = escaped ? unescape(canon, raw) : raw;
  size_t bad_offset;
  if (!text_is_utf8(read, &bad_offset))
    canon_break(canon);
  if (!canon->broken)
    *text = read;
}

void canon_text(struct canon *canon, struct text *text)
{
  if (canon_is_writing(canon))
    write_text(canon, *text);
  else
    read_text(canon, text);
}

static void read_number(struct canon *canon, int64_t *number)
{
  bool negative = sees(canon, "-", 1);
  size_t i = canon->at + negative, start = i;
  int64_t value = 0;
  bool overflows = false;
  for (; i < canon->in.length && canon->in.at[i] >= '0' && canon->in.at[i] <= '9'; i++) {
    int digit = canon->in.at[i] - '0';
    overflows |=
        __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value);
  }
  bool leading_zero = i - start > 1 && canon->in.at[start] == '0';
  if (i == start || leading_zero || overflows || (negative && value == 0))
    canon_break(canon);
  if (canon->broken)
    return;
  canon->at = i;
  *number = negative ? -value : value;
}

void canon_number(struct canon *canon, int64_t *number)
{
  if (!canon_is_writing(canon)) {
    read_number(canon, number);
    return;
  }
  char digits[24];
  int length = snprintf(digits, sizeof digits, "%" PRId64, *number);
  buffer_add(canon->out, digits, (size_t)length);
}

void canon_index(struct canon *canon, uint32_t *index)
{
  int64_t number = *index;
  canon_number(canon, &number);
  if (number < 0 || number >= UINT32_MAX)
    canon_break(canon);
  if (!canon->broken)
    *index = (uint32_t)number;
}

void canon_yes_no(struct canon *canon, bool *yes)
{
  if (!canon_is_writing(canon))
    *yes = sees(canon, "true", 4);
  exactly(canon, *yes ? "true" : "false", *yes ? 4 : 5);
}

bool canon_null(struct canon *canon, bool none)
{
  if (!canon_is_writing(canon))
    none = sees(canon, "null", 4);
  if (none)
    exactly(canon, "null", 4);
  return none;
}

void canon_flag(struct canon *canon, const char *key, bool *flag)
{
  if (!canon_has(canon, key, *flag))
    return;
  exactly(canon, "true", 4);
  *flag = true;
}

void canon_optional_text(struct canon *canon, const char *key, struct text *text)
{
  if (canon_has(canon, key, text->length != 0))
    canon_text(canon, text);
}

void canon_optional_number(struct canon *canon, const char *key, int64_t *number)
{
  if (canon_has(canon, key, *number != 0))
    canon_number(canon, number);
}

void canon_optional_index(struct canon *canon, const char *key, uint32_t *index)
{
  if (canon_has(canon, key, *index != UINT32_MAX)) {
    *index = canon_is_writing(canon) ? *index : 0;
    canon_index(canon, index);
  }
}
