/* SPDX-License-Identifier: Apache-2.0 */
/* odata_text: times, aliases and literals as OData writes them. */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "runtime/net/odata.h"

/* Digits at *at, `least` to `most` of them. */
static bool take_number(struct text value, size_t *at, size_t least, size_t most,
                        int64_t *ret_number)
{
  size_t from = *at;
  int64_t number = 0;
  while (*at < value.length && *at - from < most && value.at[*at] >= '0' && value.at[*at] <= '9')
    number = number * 10 + (value.at[(*at)++] - '0');
  *ret_number = number;
  return *at - from >= least;
}

static bool take(struct text value, size_t *at, char wanted)
{
  if (*at >= value.length || value.at[*at] != wanted)
    return false;
  (*at)++;
  return true;
}

/* The number is an instant already; the offset only says in which zone it was written. */
static bool read_json_time(struct text value, int64_t *ret_ms)
{
  size_t at = strlen("/Date(");
  int64_t offset;
  bool is_negative = take(value, &at, '-');
  if (!take_number(value, &at, 1, 16, ret_ms))
    return false;
  if (is_negative)
    *ret_ms = -*ret_ms;
  if ((take(value, &at, '+') || take(value, &at, '-')) && !take_number(value, &at, 1, 4, &offset))
    return false;
  return take(value, &at, ')') && take(value, &at, '/') && at == value.length;
}

static bool read_zone(struct text value, size_t *at, int64_t *ret_offset_s)
{
  int64_t hours, minutes;
  *ret_offset_s = 0;
  if (*at == value.length || take(value, at, 'Z')) /* DateTime has no zone and is UTC */
    return *at == value.length;
  bool is_west = take(value, at, '-');
  if ((!is_west && !take(value, at, '+')) || !take_number(value, at, 2, 2, &hours) ||
      !take(value, at, ':') || !take_number(value, at, 2, 2, &minutes))
    return false;
  *ret_offset_s = (hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
  return *at == value.length;
}

bool odata_time(struct text value, int64_t *ret_ms)
{
  if (text_starts_with(value, "/Date("))
    return read_json_time(value, ret_ms);
  int64_t year, month, day, hour, minute, second = 0, offset_s, ms = 0;
  size_t at = 0;
  if (!take_number(value, &at, 4, 4, &year) || !take(value, &at, '-') ||
      !take_number(value, &at, 2, 2, &month) || !take(value, &at, '-') ||
      !take_number(value, &at, 2, 2, &day) || !take(value, &at, 'T') ||
      !take_number(value, &at, 2, 2, &hour) || !take(value, &at, ':') ||
      !take_number(value, &at, 2, 2, &minute) || month < 1 || month > 12 || day < 1 || day > 31)
    return false;
  if (take(value, &at, ':') && !take_number(value, &at, 2, 2, &second))
    return false;
  if (take(value, &at, '.')) {
    size_t from = at;
    int64_t fraction;
    if (!take_number(value, &at, 1, 9, &fraction))
      return false;
    for (size_t digits = at - from; digits != 3; digits < 3 ? digits++ : digits--)
      fraction = digits < 3 ? fraction * 10 : fraction / 10;
    ms = fraction;
  }
  struct tm parts = {.tm_year = (int)year - 1900,
                     .tm_mon = (int)month - 1,
                     .tm_mday = (int)day,
                     .tm_hour = (int)hour,
                     .tm_min = (int)minute,
                     .tm_sec = (int)second};
  if (!read_zone(value, &at, &offset_s))
    return false;
  *ret_ms = ((int64_t)timegm(&parts) - offset_s) * 1000 + ms;
  return true;
}

struct text odata_time_literal(struct arena *arena, int64_t time_s)
{
  struct tm parts;
  char written[32];
  time_t at = (time_t)time_s;
  gmtime_r(&at, &parts);
  strftime(written, sizeof written, "%Y-%m-%dT%H:%M:%S", &parts);
  return text_format(arena, "datetime'%s'", written);
}

struct text odata_hex(struct arena *arena, struct text alias)
{
  static const char digits[] = "0123456789abcdef";
  char *hex = arena_alloc(arena, alias.length * 2 + 1);
  for (size_t i = 0; i < alias.length; i++) {
    unsigned char c = (unsigned char)alias.at[i];
    hex[2 * i] = digits[c >> 4];
    hex[2 * i + 1] = digits[c & 15];
  }
  return (struct text){hex, alias.length * 2};
}

static int digit_of(char c)
{
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

bool odata_unhex(struct arena *arena, struct text hex, struct text *ret_alias)
{
  char *alias = arena_alloc(arena, hex.length / 2 + 1);
  for (size_t i = 0; i + 1 < hex.length; i += 2) {
    int high = digit_of(hex.at[i]), low = digit_of(hex.at[i + 1]);
    if (high < 0 || low < 0)
      return false;
    alias[i / 2] = (char)(high << 4 | low);
  }
  *ret_alias = (struct text){alias, hex.length / 2};
  return hex.length % 2 == 0;
}

bool odata_same_hex(struct text a, struct text b)
{
  return a.length == b.length && (a.length == 0 || strncasecmp(a.at, b.at, a.length) == 0);
}

struct text odata_escape(struct arena *arena, struct text value)
{
  static const char digits[] = "0123456789ABCDEF";
  char *escaped = arena_alloc(arena, value.length * 3 + 1);
  size_t length = 0;
  for (size_t i = 0; i < value.length; i++) {
    unsigned char c = (unsigned char)value.at[i];
    bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    (c != '\0' && strchr("-._~", c) != NULL);
    if (is_plain) {
      escaped[length++] = (char)c;
    } else {
      escaped[length++] = '%';
      escaped[length++] = digits[c >> 4];
      escaped[length++] = digits[c & 15];
    }
  }
  return (struct text){escaped, length};
}

struct text odata_literal(struct arena *arena, struct text value)
{
  struct buffer literal = {0};
  buffer_add_zero(&literal, "'");
  for (size_t i = 0; i < value.length; i++) {
    if (value.at[i] == '\'')
      buffer_add_zero(&literal, "'");
    buffer_add(&literal, &value.at[i], 1);
  }
  buffer_add_zero(&literal, "'");
  struct text text = text_copy(arena, buffer_text(&literal));
  buffer_free(&literal);
  return text;
}

/* The outer quotes stay as they are, as in SAP's examples: IntegrationRuntimeArtifacts('x'). */
struct text odata_quote(struct arena *arena, struct text value)
{
  struct text literal = odata_literal(arena, value);
  struct text inner = {literal.at + 1, literal.length - 2};
  return text_format(arena, "'%.*s'", TEXT_ARG(odata_escape(arena, inner)));
}

struct text odata_join(struct arena *arena, const struct text *aliases, uint32_t count)
{
  struct buffer joined = {0};
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0)
      buffer_add_zero(&joined, ";");
    for (size_t j = 0; j < aliases[i].length; j++) {
      char c = aliases[i].at[j];
      if (c == ';' || c == '\\')
        buffer_add_zero(&joined, "\\");
      buffer_add(&joined, &c, 1);
    }
  }
  struct text list = text_copy(arena, buffer_text(&joined));
  buffer_free(&joined);
  return list;
}
