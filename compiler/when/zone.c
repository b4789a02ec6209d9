/* SPDX-License-Identifier: Apache-2.0 */
/* zone: see zone.h. */
#include "compiler/when/zone.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
  MS = 1000,
  MINUTE_S = 60,
  HOUR_S = 3600,
  DAY_S = 86400,
  OFFSET_MAX_S = 14 * HOUR_S,
  ABBREVIATION_BYTES = 16,
  CANDIDATES_MAX = 1024
};

/* What an offset may begin with; a bare sign, too. */
static struct text behind_prefix(struct text name)
{
  static const char *const prefixes[] = {"UTC", "GMT", "Etc/UTC"};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    size_t length = strlen(prefixes[i]);
    if (name.length > length && text_starts_with(name, prefixes[i]))
      return (struct text){name.at + length, name.length - length};
  }
  return name;
}

/* +1, +01, +0530, +05:30 behind an optional UTC or GMT. */
static bool read_offset(struct text name, int32_t *ret_offset_s)
{
  struct text rest = behind_prefix(name);
  char bytes[8], digits[8];
  if (rest.length < 2 || rest.length >= sizeof bytes || (rest.at[0] != '+' && rest.at[0] != '-'))
    return false;
  snprintf(bytes, sizeof bytes, "%.*s", TEXT_ARG(rest));
  size_t count = 0;
  for (const char *at = bytes + 1; *at != '\0'; at++) {
    if (*at == ':' && (at == bytes + 2 || at == bytes + 3))
      continue;
    if (*at < '0' || *at > '9')
      return false;
    digits[count++] = *at;
  }
  digits[count] = '\0';
  int hours = 0, minutes = 0;
  if (count <= 2)
    sscanf(digits, "%d", &hours);
  else if (count == 3)
    sscanf(digits, "%1d%2d", &hours, &minutes);
  else if (count == 4)
    sscanf(digits, "%2d%2d", &hours, &minutes);
  else
    return false;
  int32_t offset_s = hours * HOUR_S + minutes * MINUTE_S;
  if (count == 0 || minutes >= MINUTE_S || offset_s > OFFSET_MAX_S)
    return false;
  *ret_offset_s = bytes[0] == '-' ? -offset_s : offset_s;
  return true;
}

/* A name becomes the name of a file below the zone database. */
static bool is_plain_name(struct text name)
{
  if (name.length == 0 || name.length >= ZONE_NAME_BYTES || name.at[0] == '/')
    return false;
  for (size_t i = 0; i < name.length; i++) {
    char c = name.at[i];
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter && (c == '\0' || strchr("/_+-", c) == NULL))
      return false;
  }
  return true;
}

bool zone_find(struct text name, struct zone *ret_zone)
{
  struct zone zone = {.kind = ZONE_UTC};
  if (!is_plain_name(name) && !zone_is_offset(name))
    return false;
  snprintf(zone.name, sizeof zone.name, "%.*s", TEXT_ARG(name));
  if (text_is(name, "UTC") || text_is(name, "Etc/UTC")) {
    *ret_zone = zone;
    return true;
  }
  if (read_offset(name, &zone.offset_s)) {
    zone.kind = ZONE_FIXED;
    *ret_zone = zone;
    return true;
  }
  zone.kind = ZONE_NAMED;
  zone.of = icaltimezone_get_builtin_timezone(zone.name);
  if (zone.of == NULL)
    return false;
  *ret_zone = zone;
  return true;
}

bool zone_is_offset(struct text name)
{
  int32_t offset_s;
  return text_starts_with(name, "Etc/GMT+") || text_starts_with(name, "Etc/GMT-") ||
         read_offset(name, &offset_s);
}

struct text zone_nearest(struct text name)
{
  struct text candidates[CANDIDATES_MAX];
  size_t count = 0;
  icalarray *zones = icaltimezone_get_builtin_timezones();
  for (size_t i = 0; i < zones->num_elements && count < CANDIDATES_MAX; i++) {
    const char *location = icaltimezone_get_location(icalarray_element_at(zones, i));
    if (location != NULL)
      candidates[count++] = text_of(location);
  }
  struct text nearest = text_nearest(name, candidates, count);
  /* "Berlin", "berlin": the last part alone. */
  for (size_t i = 0; nearest.length == 0 && i < count; i++) {
    const char *slash = memrchr(candidates[i].at, '/', candidates[i].length);
    if (slash != NULL && name.length > 2 && strlen(slash + 1) == name.length &&
        strncasecmp(slash + 1, name.at, name.length) == 0)
      nearest = candidates[i];
  }
  return nearest;
}

int64_t zone_offset(const struct zone *zone, int64_t utc_s)
{
  if (zone->kind != ZONE_NAMED)
    return zone->kind == ZONE_FIXED ? zone->offset_s : 0;
  struct icaltimetype when =
      icaltime_from_timet_with_zone((time_t)utc_s, 0, icaltimezone_get_utc_timezone());
  int is_daylight;
  return icaltimezone_get_utc_offset_of_utc_time(zone->of, &when, &is_daylight);
}

bool zone_is_daylight(const struct zone *zone, int64_t utc_s)
{
  if (zone->kind != ZONE_NAMED)
    return false;
  struct icaltimetype when =
      icaltime_from_timet_with_zone((time_t)utc_s, 0, icaltimezone_get_utc_timezone());
  int is_daylight = 0;
  icaltimezone_get_utc_offset_of_utc_time(zone->of, &when, &is_daylight);
  return is_daylight != 0;
}

int64_t zone_to_utc(const struct zone *zone, int64_t naive_s, enum local_kind *ret_kind)
{
  int64_t before = zone_offset(zone, naive_s - DAY_S), after = zone_offset(zone, naive_s + DAY_S);
  bool before_fits = zone_offset(zone, naive_s - before) == before;
  bool after_fits = zone_offset(zone, naive_s - after) == after;
  if (ret_kind != NULL)
    *ret_kind = !before_fits && !after_fits                    ? LOCAL_GAP
                : before_fits && after_fits && before != after ? LOCAL_FOLD
                                                               : LOCAL_PLAIN;
  /* Both fit in a fold: the first occurrence is the one with the offset before the change. Neither
   * fits in a gap: the offset before it counts too. */
  return naive_s - (after_fits && !before_fits ? after : before);
}

int64_t zone_to_naive(const struct zone *zone, int64_t utc_s)
{
  return utc_s + zone_offset(zone, utc_s);
}

int64_t naive_of(int year, int month, int day, int64_t second)
{
  struct tm parts = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
  return (int64_t)timegm(&parts) + second;
}

struct naive_parts naive_parts(int64_t naive_s)
{
  time_t seconds = (time_t)naive_s;
  struct tm parts;
  gmtime_r(&seconds, &parts);
  return (struct naive_parts){parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_wday,
                              (int64_t)parts.tm_hour * HOUR_S + parts.tm_min * MINUTE_S +
                                  parts.tm_sec};
}

bool naive_read(struct text text, int64_t *ret_naive_s, bool *ret_is_utc, bool *ret_is_day)
{
  char bytes[32];
  int year, month, day, hour = 0, minute = 0, second = 0, used = 0, more = 0;
  if (text.length == 0 || text.length >= sizeof bytes)
    return false;
  snprintf(bytes, sizeof bytes, "%.*s", TEXT_ARG(text));
  if (sscanf(bytes, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3)
    return false;
  *ret_is_day = bytes[used] == '\0';
  if (bytes[used] == 'T') {
    if (sscanf(bytes + used, "T%2d:%2d%n", &hour, &minute, &more) != 2)
      return false;
    used += more;
    if (bytes[used] == ':') {
      more = 0;
      if (sscanf(bytes + used, ":%2d%n", &second, &more) != 1)
        return false;
      used += more;
    }
  }
  *ret_is_utc = bytes[used] == 'Z';
  if (bytes[used + (*ret_is_utc ? 1 : 0)] != '\0')
    return false;
  *ret_naive_s = naive_of(year, month, day, (int64_t)hour * HOUR_S + minute * MINUTE_S + second);
  return true;
}

static void offset_words(int64_t offset_s, char ret_name[ABBREVIATION_BYTES])
{
  int minutes = (int)((offset_s < 0 ? -offset_s : offset_s) / MINUTE_S);
  snprintf(ret_name, ABBREVIATION_BYTES, "%c%02d:%02d", offset_s < 0 ? '-' : '+',
           minutes / MINUTE_S % 100, minutes % MINUTE_S);
}

void zone_abbreviation(const struct zone *zone, int64_t utc_s, char ret_name[ABBREVIATION_BYTES])
{
  const char *names = zone->kind == ZONE_NAMED ? icaltimezone_get_tznames(zone->of) : NULL;
  const char *slash = names == NULL ? NULL : strchr(names, '/');
  if (names == NULL || strlen(names) >= ABBREVIATION_BYTES) {
    offset_words(zone_offset(zone, utc_s), ret_name);
    return;
  }
  if (slash == NULL)
    snprintf(ret_name, ABBREVIATION_BYTES, "%s", names);
  else if (zone_is_daylight(zone, utc_s))
    snprintf(ret_name, ABBREVIATION_BYTES, "%s", slash + 1);
  else
    snprintf(ret_name, ABBREVIATION_BYTES, "%.*s", (int)(slash - names), names);
}

void zone_says(const struct zone *zone, int64_t utc_ms, char ret_text[MOMENT_TEXT_BYTES])
{
  time_t utc_s = (time_t)(utc_ms / MS);
  struct tm utc, local;
  gmtime_r(&utc_s, &utc);
  if (zone == NULL || zone->kind == ZONE_UTC) {
    strftime(ret_text, MOMENT_TEXT_BYTES, "%Y-%m-%d %H:%M UTC", &utc);
    return;
  }
  time_t local_s = (time_t)zone_to_naive(zone, utc_s);
  gmtime_r(&local_s, &local);
  char abbreviation[ABBREVIATION_BYTES], there[32], here[32];
  zone_abbreviation(zone, utc_s, abbreviation);
  strftime(there, sizeof there, "%Y-%m-%d %H:%M", &local);
  bool same_day = local.tm_mday == utc.tm_mday;
  strftime(here, sizeof here, same_day ? "%H:%M UTC" : "%Y-%m-%d %H:%M UTC", &utc);
  snprintf(ret_text, MOMENT_TEXT_BYTES, "%s %s (%s)", there, abbreviation, here);
}
