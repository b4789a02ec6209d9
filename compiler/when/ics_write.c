/* SPDX-License-Identifier: Apache-2.0 */
/* ics_write: see ics_write.h. */
#include "compiler/when/ics_write.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

enum { MS = 1000, DAY_S = 86400, HOUR_S = 3600, YEARS_SEEN = 4, ZONES_MAX = 64, WEEK_DAYS = 7 };

/* One change of the clocks that comes every year. */
struct change {
  int month, weekday;
  int nth;        /* 1.. from the front, -1 the last; 0: not told yet */
  int64_t second; /* of the day, by the clock before */
  int64_t from_s, to_s;
  bool is_daylight;
  char name[16];
};

static int64_t find_change(const struct zone *zone, int64_t low_s, int64_t high_s)
{
  int64_t before = zone_offset(zone, low_s);
  while (high_s - low_s > 1) {
    int64_t middle_s = low_s + (high_s - low_s) / 2;
    if (zone_offset(zone, middle_s) == before)
      low_s = middle_s;
    else
      high_s = middle_s;
  }
  return high_s;
}

/* The changes of one year, at most two; -1 where there are more. */
static int changes_of_year(const struct zone *zone, int year, int64_t ret_at_s[2])
{
  int64_t at_s = naive_of(year, 1, 1, 0), end_s = naive_of(year + 1, 1, 1, 0);
  int count = 0;
  for (; at_s < end_s; at_s += DAY_S) {
    if (zone_offset(zone, at_s) == zone_offset(zone, at_s + DAY_S))
      continue;
    if (count == 2)
      return -1;
    ret_at_s[count++] = find_change(zone, at_s, at_s + DAY_S);
  }
  return count;
}

static int month_days(int year, int month)
{
  return naive_parts(naive_of(year, month + 1, 1, -DAY_S)).day;
}

static struct change change_at(const struct zone *zone, int64_t at_s)
{
  int64_t from_s = zone_offset(zone, at_s - 1);
  struct naive_parts local = naive_parts(at_s + from_s);
  struct change change = {.month = local.month,
                          .weekday = local.weekday,
                          .second = local.second,
                          .from_s = from_s,
                          .to_s = zone_offset(zone, at_s),
                          .is_daylight = zone_is_daylight(zone, at_s)};
  zone_abbreviation(zone, at_s, change.name);
  return change;
}

/* Whether the year's change fits the rule; narrows down which day it is. */
static bool fits(struct change *rule, const struct zone *zone, int64_t at_s, bool *may_be_last,
                 int *nth)
{
  struct change here = change_at(zone, at_s);
  struct naive_parts local = naive_parts(at_s + here.from_s);
  int place = (local.day - 1) / WEEK_DAYS + 1;
  *may_be_last &= month_days(local.year, local.month) - local.day < WEEK_DAYS;
  if (*nth == 0)
    *nth = place;
  else if (*nth != place)
    *nth = -1;
  return here.month == rule->month && here.weekday == rule->weekday &&
         here.second == rule->second && here.from_s == rule->from_s && here.to_s == rule->to_s;
}

/* False: the zone has no rules that come every year. */
static bool find_rules(const struct zone *zone, int year, struct change rules[2], int *ret_count)
{
  int64_t at_s[2];
  bool may_be_last[2] = {true, true};
  int nth[2] = {0, 0};
  *ret_count = changes_of_year(zone, year, at_s);
  if (*ret_count != 0 && *ret_count != 2)
    return false;
  for (int i = 0; i < *ret_count; i++)
    rules[i] = change_at(zone, at_s[i]);
  for (int ahead = 0; ahead < YEARS_SEEN; ahead++) {
    if (changes_of_year(zone, year + ahead, at_s) != *ret_count)
      return false;
    for (int i = 0; i < *ret_count; i++)
      if (!fits(&rules[i], zone, at_s[i], &may_be_last[i], &nth[i]))
        return false;
  }
  for (int i = 0; i < *ret_count; i++) {
    rules[i].nth = may_be_last[i] ? -1 : nth[i];
    if (!may_be_last[i] && nth[i] < 0)
      return false;
  }
  return true;
}

/* The rule's day in 1970. */
static int64_t first_day(const struct change *rule)
{
  int days = month_days(1970, rule->month);
  int64_t day = naive_of(1970, rule->month, rule->nth < 0 ? days - 6 : 7 * rule->nth - 6, 0);
  while (naive_parts(day).weekday != rule->weekday)
    day += DAY_S;
  return day + rule->second;
}

static struct icaltimetype ical_of(int64_t naive_s)
{
  return icaltime_from_timet_with_zone((time_t)naive_s, 0, NULL);
}

static void add_observance(icalcomponent *observed, icalcomponent_kind kind, int64_t start_naive,
                           int64_t from_s, int64_t to_s, const char *name, const char *rule)
{
  icalcomponent *part = icalcomponent_new(kind);
  icalcomponent_add_property(part, icalproperty_new_dtstart(ical_of(start_naive)));
  icalcomponent_add_property(part, icalproperty_new_tzoffsetfrom((int)from_s));
  icalcomponent_add_property(part, icalproperty_new_tzoffsetto((int)to_s));
  icalcomponent_add_property(part, icalproperty_new_tzname(name));
  if (rule != NULL)
    icalcomponent_add_property(part, icalproperty_new_rrule(icalrecurrencetype_from_string(rule)));
  icalcomponent_add_component(observed, part);
}

static void add_timezone(icalcomponent *calendar, const struct zone *zone, int year,
                         const struct change *rules, int count)
{
  static const char *const days[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  icalcomponent *observed = icalcomponent_new(ICAL_VTIMEZONE_COMPONENT);
  icalcomponent_add_property(observed, icalproperty_new_tzid(zone->name));
  for (int i = 0; i < count; i++) {
    char rule[64];
    snprintf(rule, sizeof rule, "FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", rules[i].month, rules[i].nth,
             days[rules[i].weekday]);
    add_observance(observed,
                   rules[i].is_daylight ? ICAL_XDAYLIGHT_COMPONENT : ICAL_XSTANDARD_COMPONENT,
                   first_day(&rules[i]), rules[i].from_s, rules[i].to_s, rules[i].name, rule);
  }
  if (count == 0) {
    char name[16];
    int64_t at_s = naive_of(year, 1, 1, 0), offset_s = zone_offset(zone, at_s);
    zone_abbreviation(zone, at_s, name);
    add_observance(observed, ICAL_XSTANDARD_COMPONENT, 0, offset_s, offset_s, name, NULL);
  }
  icalcomponent_add_component(calendar, observed);
}

/* The zones that stand in the file. */
struct written {
  icalcomponent *calendar;
  const char *names[ZONES_MAX];
  bool has_rules[ZONES_MAX];
  uint32_t count;
};

static bool take_zone(struct written *written, const struct zone *zone, int year)
{
  if (zone == NULL || zone->kind != ZONE_NAMED)
    return false;
  for (uint32_t i = 0; i < written->count; i++)
    if (strcmp(written->names[i], zone->name) == 0)
      return written->has_rules[i];
  if (written->count == ZONES_MAX)
    return false;
  struct change rules[2];
  int count;
  bool good = find_rules(zone, year, rules, &count);
  if (good)
    add_timezone(written->calendar, zone, year, rules, count);
  written->names[written->count] = zone->name;
  written->has_rules[written->count++] = good;
  return good;
}

static void add_time(icalcomponent *event, icalproperty *property, const struct zone *zone)
{
  if (zone != NULL)
    icalproperty_add_parameter(property, icalparameter_new_tzid(zone->name));
  icalcomponent_add_property(event, property);
}

static struct icaltimetype time_of(int64_t utc_ms, const struct zone *zone)
{
  if (zone != NULL)
    return ical_of(zone_to_naive(zone, utc_ms / MS));
  return icaltime_from_timet_with_zone((time_t)(utc_ms / MS), 0, icaltimezone_get_utc_timezone());
}

static void add_times(icalcomponent *event, const struct ics_entry *entry, const struct zone *zone)
{
  if (entry->is_day) {
    struct icaltimetype day = icaltime_from_timet_with_zone((time_t)entry->day_naive, 1, NULL);
    struct icaltimetype next =
        icaltime_from_timet_with_zone((time_t)(entry->day_naive + DAY_S), 1, NULL);
    icalcomponent_add_property(event, icalproperty_new_dtstart(day));
    icalcomponent_add_property(event, icalproperty_new_dtend(next));
    return;
  }
  add_time(event, icalproperty_new_dtstart(time_of(entry->opening.start_ms, zone)), zone);
  add_time(event, icalproperty_new_dtend(time_of(entry->opening.end_ms, zone)), zone);
}

/* The event of the same UID in the file before; NULL without. */
static icalcomponent *find_before(icalcomponent *before, const char *uid)
{
  if (before == NULL)
    return NULL;
  for (icalcomponent *event = icalcomponent_get_first_component(before, ICAL_VEVENT_COMPONENT);
       event != NULL; event = icalcomponent_get_next_component(before, ICAL_VEVENT_COMPONENT)) {
    const char *found = icalcomponent_get_uid(event);
    if (found != NULL && strcmp(found, uid) == 0)
      return event;
  }
  return NULL;
}

static int sequence_of(icalcomponent *event, icalcomponent *before)
{
  if (before == NULL)
    return 0;
  int sequence = icalcomponent_get_sequence(before);
  bool same =
      icaltime_compare(icalcomponent_get_dtstart(event), icalcomponent_get_dtstart(before)) == 0 &&
      icaltime_compare(icalcomponent_get_dtend(event), icalcomponent_get_dtend(before)) == 0;
  return same ? sequence : sequence + 1;
}

/* Readers differ in a local time that comes twice; in UTC nothing does. */
static bool is_plain(const struct zone *zone, int64_t utc_ms)
{
  enum local_kind kind;
  zone_to_utc(zone, zone_to_naive(zone, utc_ms / MS), &kind);
  return kind == LOCAL_PLAIN;
}

static void add_event(struct written *written, struct arena *arena, const struct ics_entry *entry,
                      icalcomponent *before, int64_t now_s)
{
  int year = naive_parts(now_s).year;
  const struct zone *zone = entry->zone;
  if (entry->is_day || !take_zone(written, zone, year) ||
      !is_plain(zone, entry->opening.start_ms) || !is_plain(zone, entry->opening.end_ms))
    zone = NULL;
  icalcomponent *event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
  const char *uid = text_zero(arena, entry->uid);
  icalcomponent_add_property(event, icalproperty_new_uid(uid));
  icalcomponent_add_property(event, icalproperty_new_dtstamp(time_of(now_s * MS, NULL)));
  add_times(event, entry, zone);
  icalcomponent_add_property(event, icalproperty_new_summary(text_zero(arena, entry->summary)));
  if (entry->says.length != 0)
    icalcomponent_add_property(event, icalproperty_new_description(text_zero(arena, entry->says)));
  icalcomponent_add_property(
      event, icalproperty_new_sequence(sequence_of(event, find_before(before, uid))));
  icalcomponent_add_property(event, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
  icalcomponent_add_component(written->calendar, event);
}

void ics_write(const struct ics_entry *entries, uint32_t count, struct text before, int64_t now_s,
               struct buffer *out)
{
  struct arena *arena = arena_new("calendar file", 0);
  icalcomponent *old =
      before.length == 0 ? NULL : icalparser_parse_string(text_zero(arena, before));
  struct written written = {.calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT)};
  icalcomponent_add_property(written.calendar, icalproperty_new_version("2.0"));
  icalcomponent_add_property(written.calendar, icalproperty_new_prodid("-//renew//renew 1//EN"));
  icalcomponent_add_property(written.calendar, icalproperty_new_method(ICAL_METHOD_PUBLISH));
  for (uint32_t i = 0; i < count; i++)
    add_event(&written, arena, &entries[i], old, now_s);
  char *words = icalcomponent_as_ical_string_r(written.calendar);
  buffer_add_zero(out, words);
  icalmemory_free_buffer(words);
  icalcomponent_free(written.calendar);
  if (old != NULL)
    icalcomponent_free(old);
  arena_free(arena);
}
