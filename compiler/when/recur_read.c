/* SPDX-License-Identifier: Apache-2.0 */
/* recur_read: a rule's text, part by part. See recur.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/when/recur.h"

struct reading {
  struct arena *arena;
  struct recur *recur;
  struct text name, value, part;
  struct text problem;
  bool has_freq;
};

static bool fail(struct reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct reading *r, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  r->problem = text_vformat(r->arena, format, values);
  va_end(values);
  return false;
}

/* Up to the next comma; false at the end. */
static bool next_item(struct text *rest, struct text *ret_item)
{
  if (rest->at == NULL)
    return false;
  const char *comma = memchr(rest->at, ',', rest->length);
  *ret_item = (struct text){rest->at, comma == NULL ? rest->length : (size_t)(comma - rest->at)};
  *rest = comma == NULL ? TEXT_NONE : (struct text){comma + 1, rest->length - ret_item->length - 1};
  return true;
}

static bool read_number(struct text word, long least, long most, long *ret_number)
{
  char bytes[16], *end;
  size_t sign = word.length > 0 && (word.at[0] == '-' || word.at[0] == '+') ? 1 : 0;
  if (word.length <= sign || word.length >= sizeof bytes || word.at[sign] < '0' ||
      word.at[sign] > '9')
    return false;
  snprintf(bytes, sizeof bytes, "%.*s", TEXT_ARG(word));
  *ret_number = strtol(bytes, &end, 10);
  return *end == '\0' && *ret_number >= least && *ret_number <= most;
}

static bool read_list(struct reading *r, struct recur_list *list, long least, long most)
{
  struct text rest = r->value, item;
  long number;
  while (next_item(&rest, &item)) {
    /* least < 0: counted from the end, and then 0 is no place */
    if (!read_number(item, least, most, &number) || (least < 0 && number == 0))
      return fail(r, "`%.*s` takes numbers from %ld to %ld%s", TEXT_ARG(r->name), least, most,
                  least < 0 ? ", but not 0" : "");
    if (list->count == RECUR_LIST_MAX)
      return fail(r, "`%.*s` has too many numbers", TEXT_ARG(r->name));
    list->items[list->count++] = (int16_t)number;
  }
  return true;
}

static int weekday_of(struct text word)
{
  static const char *const words[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  for (int i = 0; i < 7; i++)
    if (text_is(word, words[i]))
      return i;
  return -1;
}

static bool read_weekdays(struct reading *r)
{
  struct text rest = r->value, item;
  while (next_item(&rest, &item)) {
    struct text word = item;
    long nth = 0;
    if (item.length > 2) {
      word = (struct text){item.at + item.length - 2, 2};
      if (!read_number((struct text){item.at, item.length - 2}, -53, 53, &nth) || nth == 0)
        nth = 100;
    }
    int weekday = weekday_of(word);
    if (weekday < 0 || nth == 100)
      return fail(r,
                  "`BYDAY` takes SU, MO, TU, WE, TH, FR, SA, or 2SA for the second, -1SU for the "
                  "last");
    if (r->recur->weekday_count == RECUR_LIST_MAX)
      return fail(r, "`BYDAY` has too many days");
    r->recur->weekdays[r->recur->weekday_count++] = (struct recur_weekday){weekday, (int)nth};
  }
  return true;
}

static bool read_freq(struct reading *r)
{
  static const char *const words[] = {"YEARLY", "MONTHLY",  "WEEKLY",  "DAILY",
                                      "HOURLY", "MINUTELY", "SECONDLY"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (text_is(r->value, words[i])) {
      r->recur->freq = (enum recur_freq)i;
      r->has_freq = true;
      return true;
    }
  return fail(r, "`FREQ` is DAILY, WEEKLY, MONTHLY or YEARLY, not `%.*s`",
              TEXT_ARG(text_visible(r->arena, r->value)));
}

/* 20271231, 20271231T235959, 20271231T235959Z, and the same with hyphens and colons. */
static bool read_until(struct reading *r)
{
  char digits[32] = "", *out = digits;
  bool is_utc = false;
  for (size_t i = 0; i < r->value.length && out < digits + sizeof digits - 1; i++) {
    char c = r->value.at[i];
    if (c == 'Z' && i + 1 == r->value.length)
      is_utc = true;
    else if (c != '-' && c != ':')
      *out++ = c;
  }
  int year, month, day, hour = 23, minute = 59, second = 59, used = 0;
  bool good = strlen(digits) == 8 || strlen(digits) == 15;
  good = good && sscanf(digits, "%4d%2d%2d%n", &year, &month, &day, &used) == 3 && used == 8;
  if (good && digits[8] != '\0')
    good = sscanf(digits + 8, "T%2d%2d%2d%n", &hour, &minute, &second, &used) == 3 && used == 7;
  if (!good || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59)
    return fail(r, "`UNTIL` is a date such as 20271231, or 20271231T220000Z");
  r->recur->has_until = true;
  r->recur->until_is_utc = is_utc;
  r->recur->until_s = naive_of(year, month, day, (int64_t)hour * 3600 + minute * 60 + second);
  return true;
}

static bool read_positive(struct reading *r, uint32_t *ret_number)
{
  long number;
  if (!read_number(r->value, 1, 1000000, &number))
    return fail(r, "`%.*s` is a number from 1 on, not `%.*s`", TEXT_ARG(r->name),
                TEXT_ARG(text_visible(r->arena, r->value)));
  *ret_number = (uint32_t)number;
  return true;
}

static bool read_part(struct reading *r)
{
  struct recur *recur = r->recur;
  const struct {
    const char *name;
    struct recur_list *list;
    int least, most;
  } lists[] = {
      {"BYSECOND", &recur->seconds, 0, 59},
      {"BYMINUTE", &recur->minutes, 0, 59},
      {"BYHOUR", &recur->hours, 0, 23},
      {"BYMONTHDAY", &recur->month_days, -31, 31},
      {"BYYEARDAY", &recur->year_days, -366, 366},
      {"BYWEEKNO", &recur->weeks, -53, 53},
      {"BYMONTH", &recur->months, 1, 12},
      {"BYSETPOS", &recur->positions, -366, 366},
  };
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    if (text_is(r->name, lists[i].name))
      return read_list(r, lists[i].list, lists[i].least, lists[i].most);
  if (text_is(r->name, "FREQ"))
    return read_freq(r);
  if (text_is(r->name, "BYDAY"))
    return read_weekdays(r);
  if (text_is(r->name, "UNTIL"))
    return read_until(r);
  if (text_is(r->name, "COUNT"))
    return read_positive(r, &recur->count);
  if (text_is(r->name, "INTERVAL"))
    return read_positive(r, &recur->interval);
  if (!text_is(r->name, "WKST"))
    return fail(r, "the rule part `%.*s` is not supported",
                TEXT_ARG(text_visible(r->arena, r->name)));
  recur->week_start = weekday_of(r->value);
  return recur->week_start >= 0 || fail(r, "`WKST` is SU, MO, TU, WE, TH, FR or SA");
}

static bool read_parts(struct reading *r, struct text rule)
{
  struct text seen[16];
  size_t seen_count = 0;
  for (size_t at = 0; at < rule.length;) {
    const char *semicolon = memchr(rule.at + at, ';', rule.length - at);
    size_t end = semicolon == NULL ? rule.length : (size_t)(semicolon - rule.at);
    r->part = (struct text){rule.at + at, end - at};
    at = end + 1;
    const char *equals = r->part.length == 0 ? NULL : memchr(r->part.at, '=', r->part.length);
    if (equals == NULL || equals + 1 == r->part.at + r->part.length)
      return fail(r, "a part of a rule is NAME=VALUE, not `%.*s`",
                  TEXT_ARG(text_visible(r->arena, r->part)));
    r->name = (struct text){r->part.at, (size_t)(equals - r->part.at)};
    r->value = (struct text){equals + 1, r->part.length - r->name.length - 1};
    for (size_t i = 0; i < seen_count; i++)
      if (text_equal(seen[i], r->name))
        return fail(r, "the rule part `%.*s` stands twice", TEXT_ARG(r->name));
    if (!read_part(r))
      return false;
    if (seen_count < sizeof seen / sizeof seen[0])
      seen[seen_count++] = r->name;
  }
  return true;
}

bool recur_read(struct arena *arena, struct text rule, struct recur *ret_recur,
                struct text *ret_problem, struct text *ret_part)
{
  *ret_recur = (struct recur){.interval = 1, .week_start = 1};
  struct reading r = {.arena = arena, .recur = ret_recur, .part = rule};
  bool good;
  if (rule.length == 0 || rule.length > RECUR_BYTES_MAX) {
    good = fail(&r, rule.length == 0 ? "the rule is empty" : "the rule is too long");
  } else {
    good = read_parts(&r, rule);
    if (good && !r.has_freq) {
      r.part = rule;
      good = fail(&r, "the rule does not say how often: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY");
    }
  }
  *ret_problem = r.problem;
  *ret_part = r.part;
  return good;
}

const char *recur_needs_start(const struct recur *recur)
{
  if (recur->count != 0)
    return "COUNT counts from a first day";
  if (recur->interval != 1)
    return "INTERVAL counts from a first day";
  bool has_day = recur->weekday_count != 0 || recur->month_days.count != 0 ||
                 recur->year_days.count != 0 || recur->weeks.count != 0;
  return recur->freq <= FREQ_WEEKLY && !has_day ? "the rule names no day of its own" : NULL;
}

bool recur_has_time(const struct recur *recur)
{
  return recur->hours.count != 0 || recur->minutes.count != 0 || recur->seconds.count != 0;
}
