/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recur: rules expanded. A period (a year, a month, a week, a day) gives its days, those that the
 * rule's parts let through; each gives its times; BYSETPOS picks from what the period gave. Rules of
 * hours, minutes and seconds walk over days and make the periods inside of a day.
 */
#include "compiler/when/recur.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60, WEEK_DAYS = 7, YEAR_MAX = 9999 };

struct recur_walk {
  struct recur recur;
  int64_t start_s, until_s;
  int64_t start_day; /* days since 1970 */
  int64_t period;    /* days since 1970: where the next period begins */
  uint32_t left;     /* of COUNT */
  bool is_over;
  uint32_t barren_days;
  struct buffer found; /* int64_t: of the period, ascending */
  size_t found_at;
};

struct day {
  int64_t number;                                /* since 1970 */
  int year, month, month_day, weekday, year_day; /* year_day: 1.. */
  int month_days, year_days;
};

static bool is_leap(int year)
{
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int month, int year)
{
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static struct day day_of(int64_t number)
{
  struct naive_parts parts = naive_parts(number * DAY_S);
  struct day day = {.number = number,
                    .year = parts.year,
                    .month = parts.month,
                    .month_day = parts.day,
                    .weekday = parts.weekday,
                    .month_days = days_in(parts.month, parts.year),
                    .year_days = is_leap(parts.year) ? 366 : 365};
  day.year_day = (int)(number - naive_of(parts.year, 1, 1, 0) / DAY_S) + 1;
  return day;
}

static void day_step(struct day *day)
{
  bool new_month = day->month_day == day->month_days;
  if (new_month && day->month == 12) {
    *day = day_of(day->number + 1);
    return;
  }
  day->number++;
  day->year_day++;
  day->weekday = (day->weekday + 1) % WEEK_DAYS;
  day->month_day = new_month ? 1 : day->month_day + 1;
  day->month += new_month ? 1 : 0;
  day->month_days = new_month ? days_in(day->month, day->year) : day->month_days;
}

static bool has(const struct recur_list *list, int number)
{
  for (uint32_t i = 0; i < list->count; i++)
    if (list->items[i] == number)
      return true;
  return list->count == 0;
}

/* From the front or from the end. */
static bool has_either(const struct recur_list *list, int number, int count)
{
  return has(list, number) || has(list, number - count - 1);
}

/* ISO 8601's weeks, with the rule's own first day: the first has four days of the year. */
static bool week_fits(const struct recur *recur, const struct day *day)
{
  if (recur->weeks.count == 0)
    return true;
  int64_t into = (day->weekday - recur->week_start + WEEK_DAYS) % WEEK_DAYS;
  struct day fourth = day_of(day->number - into + 3); /* its year is the week's */
  int week = (fourth.year_day - 1) / WEEK_DAYS + 1;
  int rest = fourth.year_days - fourth.year_day;
  int weeks = week + rest / WEEK_DAYS;
  return has_either(&recur->weeks, week, weeks);
}

static bool nth_fits(const struct recur *recur, const struct day *day, int nth)
{
  bool by_month = recur->freq == FREQ_MONTHLY || recur->months.count != 0;
  if (nth == 0 || recur->freq > FREQ_MONTHLY)
    return true;
  int place = by_month ? day->month_day : day->year_day;
  int length = by_month ? day->month_days : day->year_days;
  return nth > 0 ? (place - 1) / WEEK_DAYS + 1 == nth : (length - place) / WEEK_DAYS + 1 == -nth;
}

static bool weekday_fits(const struct recur *recur, const struct day *day)
{
  for (uint32_t i = 0; i < recur->weekday_count; i++)
    if (recur->weekdays[i].weekday == day->weekday && nth_fits(recur, day, recur->weekdays[i].nth))
      return true;
  return recur->weekday_count == 0;
}

static bool day_fits(const struct recur *recur, const struct day *day)
{
  return has(&recur->months, day->month) &&
         has_either(&recur->month_days, day->month_day, day->month_days) &&
         has_either(&recur->year_days, day->year_day, day->year_days) && weekday_fits(recur, day) &&
         week_fits(recur, day);
}

/* What the rule leaves open is taken from the first day. */
static void fill_from_start(struct recur *recur, int64_t start_s)
{
  struct naive_parts start = naive_parts(start_s);
  bool has_day = recur->weekday_count != 0 || recur->month_days.count != 0 ||
                 recur->year_days.count != 0 || recur->weeks.count != 0;
  if (!has_day && recur->freq == FREQ_YEARLY && recur->months.count == 0)
    recur->months = (struct recur_list){{(int16_t)start.month}, 1};
  if (!has_day && recur->freq <= FREQ_MONTHLY)
    recur->month_days = (struct recur_list){{(int16_t)start.day}, 1};
  if (!has_day && recur->freq == FREQ_WEEKLY)
    recur->weekdays[recur->weekday_count++] = (struct recur_weekday){start.weekday, 0};
  if (recur->freq < FREQ_HOURLY && recur->hours.count == 0)
    recur->hours = (struct recur_list){{(int16_t)(start.second / HOUR_S)}, 1};
  if (recur->freq < FREQ_MINUTELY && recur->minutes.count == 0)
    recur->minutes = (struct recur_list){{(int16_t)(start.second / MINUTE_S % 60)}, 1};
  if (recur->freq < FREQ_SECONDLY && recur->seconds.count == 0)
    recur->seconds = (struct recur_list){{(int16_t)(start.second % 60)}, 1};
}

struct recur_walk *recur_begin(const struct recur *recur, const struct zone *zone,
                               int64_t start_naive_s)
{
  struct recur_walk *walk = calloc(1, sizeof *walk);
  if (walk == NULL)
    abort();
  walk->recur = *recur;
  walk->start_s = start_naive_s;
  walk->left = recur->count;
  walk->until_s = !recur->has_until     ? INT64_MAX
                  : recur->until_is_utc ? zone_to_naive(zone, recur->until_s)
                                        : recur->until_s;
  fill_from_start(&walk->recur, start_naive_s);
  struct naive_parts start = naive_parts(start_naive_s);
  walk->start_day = (start_naive_s - start.second) / DAY_S;
  walk->period = walk->start_day;
  if (recur->freq == FREQ_YEARLY)
    walk->period = naive_of(start.year, 1, 1, 0) / DAY_S;
  else if (recur->freq == FREQ_MONTHLY)
    walk->period = naive_of(start.year, start.month, 1, 0) / DAY_S;
  else if (recur->freq == FREQ_WEEKLY)
    walk->period -= (start.weekday - recur->week_start + WEEK_DAYS) % WEEK_DAYS;
  return walk;
}

static void add_found(struct recur_walk *walk, int64_t at_s)
{
  buffer_add(&walk->found, &at_s, sizeof at_s);
}

/* A list of times as the marks of a clock, ascending. */
static void mark(const struct recur_list *list, bool *marks, int count)
{
  for (int i = 0; i < count; i++)
    marks[i] = list->count == 0;
  for (uint32_t i = 0; i < list->count; i++)
    marks[list->items[i]] = true;
}

static void add_times(struct recur_walk *walk, int64_t day, int first_hour, int hour_count,
                      int first_minute, int minute_count)
{
  bool minutes[60], seconds[60];
  mark(&walk->recur.minutes, minutes, 60);
  mark(&walk->recur.seconds, seconds, 60);
  /* Most rules have one time a day: 86,400 looks for it on each day are felt in `check`. */
  for (int hour = first_hour; hour < first_hour + hour_count; hour++) {
    if (!has(&walk->recur.hours, hour))
      continue;
    for (int minute = first_minute; minute < first_minute + minute_count; minute++)
      for (int second = 0; minutes[minute] && second < 60; second++)
        if (seconds[second])
          add_found(walk, day * DAY_S + (int64_t)hour * HOUR_S + minute * MINUTE_S + second);
  }
}

/* BYSETPOS over what came since `from` (a place in found). */
static void take_positions(struct recur_walk *walk, size_t from)
{
  const struct recur_list *positions = &walk->recur.positions;
  int64_t *all = (int64_t *)(void *)walk->found.bytes;
  size_t end = walk->found.size_bytes / sizeof *all, count = end - from, kept = from;
  if (positions->count == 0 || count == 0)
    return;
  for (size_t i = from; i < end; i++) {
    int place = (int)(i - from) + 1;
    bool wanted = false;
    for (uint32_t j = 0; j < positions->count; j++)
      wanted |= positions->items[j] == place || positions->items[j] == place - (int)count - 1;
    if (wanted)
      all[kept++] = all[i];
  }
  walk->found.size_bytes = kept * sizeof *all;
}

static size_t found_count(const struct recur_walk *walk)
{
  return walk->found.size_bytes / sizeof(int64_t);
}

static bool is_on(const struct recur_walk *walk, int64_t at, int64_t unit_s)
{
  int64_t steps = at - walk->start_s / unit_s;
  return steps >= 0 && steps % walk->recur.interval == 0;
}

/* Of one day: each hour, minute or second is a period of its own. */
static void fill_subdaily(struct recur_walk *walk, int64_t day)
{
  const struct recur *recur = &walk->recur;
  for (int hour = 0; hour < 24; hour++) {
    if (!has(&recur->hours, hour))
      continue;
    size_t from = found_count(walk);
    if (recur->freq == FREQ_HOURLY) {
      if (is_on(walk, day * 24 + hour, HOUR_S))
        add_times(walk, day, hour, 1, 0, 60);
      take_positions(walk, from);
      continue;
    }
    for (int minute = 0; minute < 60; minute++) {
      from = found_count(walk);
      int64_t at = (day * 24 + hour) * 60 + minute;
      if (!has(&recur->minutes, minute))
        continue;
      if (recur->freq == FREQ_MINUTELY && is_on(walk, at, MINUTE_S))
        add_times(walk, day, hour, 1, minute, 1);
      for (int second = 0; recur->freq == FREQ_SECONDLY && second < 60; second++)
        if (has(&recur->seconds, second) && is_on(walk, at * 60 + second, 1))
          add_found(walk, at * 60 + second);
      if (recur->freq == FREQ_MINUTELY)
        take_positions(walk, from);
    }
  }
}

/* The period's days, and where the next one begins. */
static uint32_t step_period(struct recur_walk *walk)
{
  const struct recur *recur = &walk->recur;
  struct day first = day_of(walk->period);
  uint32_t interval = recur->interval;
  int months;
  switch (recur->freq) {
  case FREQ_YEARLY:
    walk->period = first.year + (int64_t)interval > YEAR_MAX
                       ? INT64_MAX
                       : naive_of(first.year + (int)interval, 1, 1, 0) / DAY_S;
    return (uint32_t)first.year_days;
  case FREQ_MONTHLY:
    months = first.month - 1 + (int)interval;
    walk->period = first.year + months / 12 > YEAR_MAX
                       ? INT64_MAX
                       : naive_of(first.year + months / 12, months % 12 + 1, 1, 0) / DAY_S;
    return (uint32_t)first.month_days;
  case FREQ_WEEKLY:
    walk->period += (int64_t)interval * WEEK_DAYS;
    return WEEK_DAYS;
  case FREQ_DAILY:
    walk->period += interval;
    return 1;
  case FREQ_HOURLY:
  case FREQ_MINUTELY:
  case FREQ_SECONDLY:
    walk->period++;
    return 1;
  }
  return 1;
}

static void fill_period(struct recur_walk *walk)
{
  static const int64_t last_day = (YEAR_MAX + 1 - 1970) * (int64_t)366;
  if (walk->period > last_day || walk->barren_days > BARREN_DAYS_MAX ||
      walk->period * DAY_S > walk->until_s) {
    walk->is_over = true;
    return;
  }
  struct day day = day_of(walk->period);
  uint32_t days = step_period(walk);
  walk->found.size_bytes = 0;
  walk->found_at = 0;
  walk->barren_days += days;
  for (uint32_t i = 0; i < days; i++, day_step(&day)) {
    /* In the first week the days before the first one are not its. */
    if (!day_fits(&walk->recur, &day) ||
        (walk->recur.freq == FREQ_WEEKLY && day.number < walk->start_day))
      continue;
    if (walk->recur.freq >= FREQ_HOURLY)
      fill_subdaily(walk, day.number);
    else
      add_times(walk, day.number, 0, 24, 0, 60);
  }
  if (walk->recur.freq < FREQ_HOURLY)
    take_positions(walk, 0);
}

bool recur_next(struct recur_walk *walk, int64_t *ret_naive_s)
{
  while (!walk->is_over) {
    if (walk->found_at == found_count(walk)) {
      fill_period(walk);
      continue;
    }
    int64_t at_s = ((int64_t *)(void *)walk->found.bytes)[walk->found_at++];
    if (at_s < walk->start_s)
      continue;
    if (at_s > walk->until_s || (walk->recur.count != 0 && walk->left == 0)) {
      walk->is_over = true;
      break;
    }
    walk->left--;
    walk->barren_days = 0;
    *ret_naive_s = at_s;
    return true;
  }
  return false;
}

void recur_end(struct recur_walk *walk)
{
  if (walk == NULL)
    return;
  buffer_free(&walk->found);
  free(walk);
}
