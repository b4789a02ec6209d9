/* SPDX-License-Identifier: Apache-2.0 */
/* window: zones, openings, moments. See window.h for the rules. */
#include "runtime/engine/window.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
  MS = 1000,
  MINUTE_S = 60,
  DAY_S = 86400,
  DAY_MINUTES = 1440,
  WEEK_DAYS = 7,
  ZONE_BYTES = 64,
  MONTH_DAY_BASE = 100, /* VALUE_MONTH_DAY: month * 100 + day */
  ABBREVIATION_BYTES = 16
};

static const char *const weekday_words[WEEK_DAYS] = {"sunday",   "monday", "tuesday", "wednesday",
                                                     "thursday", "friday", "saturday"};

/* NULL for UTC itself and where the zone is not known; then *ret_known says which. */
static icaltimezone *find_zone(const char *name, bool *ret_known)
{
  *ret_known = strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0;
  if (*ret_known || name[0] == '\0')
    return NULL;
  icaltimezone *zone = icaltimezone_get_builtin_timezone(name);
  *ret_known = zone != NULL;
  return zone;
}

static int64_t offset_at(icaltimezone *zone, int64_t utc_s)
{
  if (zone == NULL)
    return 0;
  struct icaltimetype when =
      icaltime_from_timet_with_zone((time_t)utc_s, 0, icaltimezone_get_utc_timezone());
  int is_daylight;
  return icaltimezone_get_utc_offset_of_utc_time(zone, &when, &is_daylight);
}

/* Seconds of a local date and time as if its zone were UTC; days beyond a month carry over. */
static int64_t naive_seconds(struct local_time local)
{
  struct tm parts = {.tm_year = local.year - 1900, .tm_mon = local.month - 1, .tm_mday = local.day};
  return (int64_t)timegm(&parts) + (int64_t)local.minute * MINUTE_S;
}

static int64_t local_to_utc(icaltimezone *zone, int64_t naive_s)
{
  int64_t before = offset_at(zone, naive_s - DAY_S), after = offset_at(zone, naive_s + DAY_S);
  bool before_fits = offset_at(zone, naive_s - before) == before;
  bool after_fits = offset_at(zone, naive_s - after) == after;
  /* Both fit in a fold: the first occurrence is the one with the offset before the change. Neither
   * fits in a gap: the offset before it counts too. */
  return naive_s - (after_fits && !before_fits ? after : before);
}

bool wall_to_utc(const char *name, struct local_time local, int64_t *ret_utc_ms)
{
  bool known;
  icaltimezone *zone = find_zone(name, &known);
  if (!known)
    return false;
  *ret_utc_ms = local_to_utc(zone, naive_seconds(local)) * MS;
  return true;
}

/* "CET" where the zone has a name for its offset, else "+05:30". */
static void offset_name(icaltimezone *zone, int64_t utc_s, char ret_name[ABBREVIATION_BYTES])
{
  struct icaltimetype when =
      icaltime_from_timet_with_zone((time_t)utc_s, 0, icaltimezone_get_utc_timezone());
  int is_daylight;
  int offset_s = icaltimezone_get_utc_offset_of_utc_time(zone, &when, &is_daylight);
  const char *names = icaltimezone_get_tznames(zone);
  const char *slash = names == NULL ? NULL : strchr(names, '/');
  if (names != NULL && strlen(names) < ABBREVIATION_BYTES) {
    if (slash == NULL)
      snprintf(ret_name, ABBREVIATION_BYTES, "%s", names);
    else if (is_daylight)
      snprintf(ret_name, ABBREVIATION_BYTES, "%s", slash + 1);
    else
      snprintf(ret_name, ABBREVIATION_BYTES, "%.*s", (int)(slash - names), names);
    return;
  }
  int minutes = (offset_s < 0 ? -offset_s : offset_s) / MINUTE_S;
  snprintf(ret_name, ABBREVIATION_BYTES, "%c%02d:%02d", offset_s < 0 ? '-' : '+',
           minutes / MINUTE_S % 100, minutes % MINUTE_S);
}

void zone_format(const char *name, int64_t utc_ms, char ret_text[MOMENT_TEXT_BYTES])
{
  time_t utc_s = (time_t)(utc_ms / MS);
  struct tm utc, local;
  gmtime_r(&utc_s, &utc);
  bool known;
  icaltimezone *zone = find_zone(name, &known);
  if (zone == NULL) {
    strftime(ret_text, MOMENT_TEXT_BYTES, "%Y-%m-%d %H:%M UTC", &utc);
    return;
  }
  time_t local_s = utc_s + (time_t)offset_at(zone, utc_s);
  gmtime_r(&local_s, &local);
  char abbreviation[ABBREVIATION_BYTES], there[32], here[32];
  offset_name(zone, utc_s, abbreviation);
  strftime(there, sizeof there, "%Y-%m-%d %H:%M", &local);
  bool same_day = local.tm_mday == utc.tm_mday;
  strftime(here, sizeof here, same_day ? "%H:%M UTC" : "%Y-%m-%d %H:%M UTC", &utc);
  snprintf(ret_text, MOMENT_TEXT_BYTES, "%s %s (%s)", there, abbreviation, here);
}

const char *window_zone(struct arena *arena, const struct graph *graph, uint32_t window)
{
  const struct graph_value *zone =
      window == INDEX_NONE ? NULL : graph_setting_value(graph, window, KEY_ZONE, 0);
  return zone == NULL ? "" : text_zero(arena, zone->text);
}

static bool copy_zone(const struct graph *graph, uint32_t resource, char ret_name[ZONE_BYTES])
{
  const struct graph_value *zone = graph_setting_value(graph, resource, KEY_ZONE, 0);
  if (zone == NULL || zone->text.length >= ZONE_BYTES)
    return false;
  snprintf(ret_name, ZONE_BYTES, "%.*s", TEXT_ARG(zone->text));
  return true;
}

static int weekday_of(struct text word)
{
  for (int i = 0; i < WEEK_DAYS; i++) {
    if (text_is(word, weekday_words[i]))
      return i;
  }
  return -1;
}

/* The opening of `every DAY from TIME until TIME` that holds now, or the next one. */
static enum window_status weekly(const struct graph *graph, uint32_t window, icaltimezone *zone,
                                 int64_t now_ms, struct opening *ret_opening)
{
  const struct graph_value *day = graph_setting_value(graph, window, KEY_EVERY, 0);
  const struct graph_value *from = graph_setting_value(graph, window, KEY_EVERY, 1);
  const struct graph_value *until = graph_setting_value(graph, window, KEY_EVERY, 2);
  int weekday = day == NULL ? -1 : weekday_of(day->text);
  if (weekday < 0 || from == NULL || until == NULL)
    return WINDOW_UNKNOWN;
  int64_t length = until->number - from->number;
  if (length <= 0)
    length += DAY_MINUTES;
  int64_t now_s = now_ms / MS;
  time_t today_s = (time_t)(now_s + offset_at(zone, now_s));
  struct tm today;
  gmtime_r(&today_s, &today);
  /* From the last such day that may still be open, to the one after the next. */
  int first = (weekday - today.tm_wday - WEEK_DAYS) % WEEK_DAYS - WEEK_DAYS;
  for (int ahead = first; ahead <= 2 * WEEK_DAYS; ahead += WEEK_DAYS) {
    struct local_time start = {today.tm_year + 1900, today.tm_mon + 1, today.tm_mday + ahead,
                               (int)from->number};
    struct local_time end = start;
    end.minute += (int)length;
    struct opening opening = {local_to_utc(zone, naive_seconds(start)) * MS,
                              local_to_utc(zone, naive_seconds(end)) * MS};
    if (now_ms < opening.end_ms && opening.start_ms < opening.end_ms) {
      *ret_opening = opening;
      return now_ms >= opening.start_ms ? WINDOW_OPEN : WINDOW_LATER;
    }
  }
  return WINDOW_UNKNOWN;
}

enum window_status window_at(const struct graph *graph, uint32_t window, int64_t now_ms,
                             struct opening *ret_opening)
{
  char zone_name[ZONE_BYTES];
  bool known;
  if (!copy_zone(graph, window, zone_name))
    return WINDOW_UNKNOWN;
  icaltimezone *zone = find_zone(zone_name, &known);
  if (!known)
    return WINDOW_UNKNOWN;
  if (graph_setting_value(graph, window, KEY_EVERY, 0) != NULL)
    return weekly(graph, window, zone, now_ms, ret_opening);
  const struct graph_value *at = graph_setting_value(graph, window, KEY_AT, 0);
  const struct graph_value *length = graph_setting_value(graph, window, KEY_AT, 1);
  struct moment_context context = {graph, now_ms, now_ms, window};
  int64_t start_ms;
  if (at == NULL || length == NULL || !moment_of_text(&context, at->text, &start_ms))
    return WINDOW_UNKNOWN;
  *ret_opening = (struct opening){start_ms, start_ms + length->number * MS};
  if (now_ms >= ret_opening->end_ms)
    return WINDOW_OVER;
  return now_ms >= start_ms ? WINDOW_OPEN : WINDOW_LATER;
}

bool moment_of_text(const struct moment_context *context, struct text text, int64_t *ret_utc_ms)
{
  char bytes[32], zone[ZONE_BYTES] = "UTC", end = '\0';
  int year, month, day, hour = 0, minute = 0, used = 0;
  if (text.length == 0 || text.length >= sizeof bytes)
    return false;
  snprintf(bytes, sizeof bytes, "%.*s", TEXT_ARG(text));
  if (sscanf(bytes, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3)
    return false;
  if (bytes[used] == 'T') {
    int more = 0;
    if (sscanf(bytes + used, "T%2d:%2d%n", &hour, &minute, &more) != 2)
      return false;
    used += more;
  }
  end = bytes[used];
  if (end == 'Z')
    used++;
  else if (context->window != INDEX_NONE && !copy_zone(context->graph, context->window, zone))
    return false;
  if (bytes[used] != '\0')
    return false;
  return wall_to_utc(zone, (struct local_time){year, month, day, hour * MINUTE_S + minute},
                     ret_utc_ms);
}

/* The nearest day of the key's list: the last not after `pivot`, or the first after it.
 * SAP-f7a5-5, SAP-f7a5-6: rotation days, and the issue days that go before them. */
static bool calendar_day(const struct graph *graph, uint32_t calendar, enum key key, bool after,
                         int64_t pivot_ms, int64_t *ret_utc_ms)
{
  char zone[ZONE_BYTES];
  if (!copy_zone(graph, calendar, zone))
    return false;
  if (strcmp(zone, "unknown") == 0)
    snprintf(zone, sizeof zone, "UTC");
  time_t pivot_s = (time_t)(pivot_ms / MS);
  struct tm pivot;
  gmtime_r(&pivot_s, &pivot);
  bool found = false;
  const struct graph_value *value;
  for (uint32_t slot = 0; (value = graph_setting_value(graph, calendar, key, slot)) != NULL;
       slot++) {
    for (int year = pivot.tm_year + 1900 - 2; year <= pivot.tm_year + 1900 + 2; year++) {
      struct local_time day = {year, (int)(value->number / MONTH_DAY_BASE),
                               (int)(value->number % MONTH_DAY_BASE), 0};
      int64_t utc_ms;
      if (!wall_to_utc(zone, day, &utc_ms) || (after ? utc_ms <= pivot_ms : utc_ms > pivot_ms))
        continue;
      if (!found || (after ? utc_ms < *ret_utc_ms : utc_ms > *ret_utc_ms))
        *ret_utc_ms = utc_ms;
      found = true;
    }
  }
  return found;
}

static bool moment_of_member(const struct moment_context *context, uint32_t resource,
                             enum member member, int64_t *ret_utc_ms)
{
  const struct graph *graph = context->graph;
  int64_t issue_ms;
  if (member == MEMBER_START || member == MEMBER_END) {
    struct opening opening;
    enum window_status status = window_at(graph, resource, context->now_ms, &opening);
    if (status == WINDOW_UNKNOWN)
      return false;
    *ret_utc_ms = member == MEMBER_START ? opening.start_ms : opening.end_ms;
    return true;
  }
  if (member == MEMBER_ISSUE)
    return calendar_day(graph, resource, KEY_ISSUE_ON, false, context->begun_ms, ret_utc_ms);
  if (member != MEMBER_ROTATE)
    return false;
  /* A run belongs to one issue date; the rotation that counts is the first one after it. */
  return calendar_day(graph, resource, KEY_ISSUE_ON, false, context->begun_ms, &issue_ms) &&
         calendar_day(graph, resource, KEY_ROTATE_ON, true, issue_ms, ret_utc_ms);
}

bool moment_of_argument(const struct moment_context *context, const struct argument *argument,
                        int64_t *ret_utc_ms)
{
  if (argument->kind == ARGUMENT_RESOURCE)
    return moment_of_member(context, argument->resource, argument->members[0], ret_utc_ms);
  return moment_of_text(context, argument->text, ret_utc_ms);
}
