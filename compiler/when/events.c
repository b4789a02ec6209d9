/* SPDX-License-Identifier: Apache-2.0 */
/* events: see events.h. Lines are split here, because libical keeps none; their values are libical's. */
#include "compiler/when/events.h"

#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/when/recur.h"

enum { MS = 1000, DAY_S = 86400, LINES_MAX = 60000, TIMEZONES_MAX = 64, INSTANTS_MAX = 4096 };

struct event {
  uint32_t line;
  struct text uid;
  struct text summary;
  struct zone zone;
  bool is_day, recurs, is_cancelled, is_moved;
  int64_t start_naive, length_s; /* length_s: of a day event in local days */
  int64_t moved_naive;           /* is_moved: the occurrence that it stands for */
  struct recur recur;
  int64_t *except, *extra;
  uint32_t except_count, extra_count;
};

struct file_line { /* unfolded */
  struct text text;
  uint32_t number;
};

struct own_zone {
  struct text id;
  icaltimezone *zone;
};

struct events {
  struct arena *arena;
  const struct zone *zone;
  struct file_line *lines;
  uint32_t line_count;
  struct event *items;
  uint32_t count;
  struct own_zone own[TIMEZONES_MAX];
  uint32_t own_count;
  struct buffer written;
  struct events_problem problem;
};

static bool fail(struct events *e, uint32_t line, const char *help, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static bool fail(struct events *e, uint32_t line, const char *help, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  e->problem = (struct events_problem){line, text_vformat(e->arena, format, values),
                                       help == NULL ? TEXT_NONE : text_of(help)};
  va_end(values);
  return false;
}

/* Physical lines into logical ones: a line that begins with a blank goes on with the one before. */
static bool split_lines(struct events *e, struct text bytes)
{
  struct buffer lines = {0};
  uint32_t number = 0;
  for (size_t at = 0; at < bytes.length;) {
    const char *lf = memchr(bytes.at + at, '\n', bytes.length - at);
    size_t end = lf == NULL ? bytes.length : (size_t)(lf - bytes.at);
    struct text text = {bytes.at + at, end - at};
    at = end + 1;
    number++;
    if (text.length > 0 && text.at[text.length - 1] == '\r')
      text.length--;
    struct file_line *last = lines.size_bytes == 0
                                 ? NULL
                                 : (struct file_line *)(void *)(lines.bytes + lines.size_bytes) - 1;
    if (text.length == 0)
      continue;
    if ((text.at[0] == ' ' || text.at[0] == '\t') && last != NULL) {
      last->text = text_format(e->arena, "%.*s%.*s", TEXT_ARG(last->text), (int)text.length - 1,
                               text.at + 1);
      continue;
    }
    struct file_line line = {text, number};
    buffer_add(&lines, &line, sizeof line);
  }
  e->line_count = (uint32_t)(lines.size_bytes / sizeof(struct file_line));
  e->lines = arena_array(e->arena, (size_t)e->line_count + 1, sizeof *e->lines);
  if (e->line_count != 0)
    memcpy(e->lines, lines.bytes, lines.size_bytes);
  buffer_free(&lines);
  return e->line_count <= LINES_MAX || fail(e, 0, NULL, "it has more than %d lines", LINES_MAX);
}

/* "DTSTART" of "DTSTART;TZID=Europe/Berlin:2027..." */
static struct text line_name(struct text line)
{
  size_t length = 0;
  while (length < line.length && line.at[length] != ':' && line.at[length] != ';')
    length++;
  return (struct text){line.at, length};
}

static bool name_is(struct text line, const char *name)
{
  struct text found = line_name(line);
  return found.length == strlen(name) && strncasecmp(found.at, name, found.length) == 0;
}

static bool line_is(struct text line, const char *words)
{
  return line.length == strlen(words) && strncasecmp(line.at, words, line.length) == 0;
}

/* The line behind the END of the component that begins at `from`; 0 with a finding. */
static uint32_t component_end(struct events *e, uint32_t from)
{
  struct text open[EVENTS_DEPTH_MAX];
  uint32_t depth = 0;
  for (uint32_t i = from; i < e->line_count; i++) {
    struct text line = e->lines[i].text;
    if (name_is(line, "BEGIN") && line.length > 6) {
      if (depth == EVENTS_DEPTH_MAX)
        return fail(e, e->lines[i].number, NULL, "components are nested too deeply");
      open[depth++] = (struct text){line.at + 6, line.length - 6};
    } else if (name_is(line, "END") && line.length > 4) {
      struct text name = {line.at + 4, line.length - 4};
      if (depth == 0 || name.length != open[depth - 1].length ||
          strncasecmp(name.at, open[depth - 1].at, name.length) != 0)
        return fail(e, e->lines[i].number, NULL, "`%.*s` ends what was not begun",
                    TEXT_ARG(text_visible(e->arena, line)));
      if (--depth == 0)
        return i + 1;
    } else if (memchr(line.at, ':', line.length) == NULL) {
      return fail(e, e->lines[i].number, "a line is NAME:VALUE, or begins with a blank",
                  "this line has no colon");
    }
  }
  return fail(e, e->lines[from].number, "the end of the file is missing", "`%.*s` is never ended",
              TEXT_ARG(text_visible(e->arena, e->lines[from].text)));
}

static icalcomponent *parse_lines(const struct events *e, uint32_t from, uint32_t to)
{
  struct buffer text = {0};
  for (uint32_t i = from; i < to; i++) {
    buffer_add_text(&text, e->lines[i].text);
    buffer_add_zero(&text, "\r\n");
  }
  icalcomponent *component = icalparser_parse_string(text.bytes);
  buffer_free(&text);
  return component;
}

static uint32_t line_of(const struct events *e, uint32_t from, uint32_t to, const char *name)
{
  for (uint32_t i = from; i < to; i++)
    if (name_is(e->lines[i].text, name))
      return e->lines[i].number;
  return e->lines[from].number;
}

static bool read_timezone(struct events *e, uint32_t from, uint32_t to)
{
  icalcomponent *component = parse_lines(e, from, to);
  icalproperty *id =
      component == NULL ? NULL : icalcomponent_get_first_property(component, ICAL_TZID_PROPERTY);
  struct zone known;
  if (id == NULL || e->own_count == TIMEZONES_MAX) {
    if (component != NULL)
      icalcomponent_free(component);
    return fail(e, e->lines[from].number, NULL, "this time zone cannot be read");
  }
  struct text name = text_copy(e->arena, text_of(icalproperty_get_tzid(id)));
  if (zone_find(name, &known)) { /* the machine's own rules are newer than those of a file */
    icalcomponent_free(component);
    return true;
  }
  icaltimezone *zone = icaltimezone_new();
  if (!icaltimezone_set_component(zone, component)) {
    icalcomponent_free(component);
    icaltimezone_free(zone, 1);
    return fail(e, e->lines[from].number, NULL, "this time zone cannot be read");
  }
  e->own[e->own_count++] = (struct own_zone){name, zone};
  for (uint32_t i = from; i < to; i++)
    buffer_format(&e->written, "%.*s\n", TEXT_ARG(e->lines[i].text));
  return true;
}

static bool find_own_zone(const struct events *e, struct text id, struct zone *ret_zone)
{
  for (uint32_t i = 0; i < e->own_count; i++)
    if (text_equal(e->own[i].id, id)) {
      *ret_zone = (struct zone){.kind = ZONE_NAMED, .of = e->own[i].zone};
      size_t length = id.length < ZONE_NAME_BYTES ? id.length : ZONE_NAME_BYTES - 1;
      memcpy(ret_zone->name, id.at, length);
      return true;
    }
  /* "/freeassociation.sourceforge.net/Europe/Berlin": the last two parts. */
  const char *slash = memrchr(id.at, '/', id.length);
  const char *before = slash == NULL ? NULL : memrchr(id.at, '/', (size_t)(slash - id.at));
  return before != NULL &&
         zone_find((struct text){before + 1, id.length - (size_t)(before + 1 - id.at)}, ret_zone);
}

static int64_t naive_of_time(struct icaltimetype time)
{
  return naive_of(time.year, time.month, time.day,
                  (int64_t)time.hour * 3600 + time.minute * 60 + time.second);
}

/* A time of this property in `zone`, the event's. */
static bool read_zone(struct events *e, uint32_t line, icalproperty *property,
                      struct icaltimetype time, struct zone *ret_zone)
{
  icalparameter *parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
  *ret_zone = *e->zone;
  if (time.is_date)
    return true;
  if (icaltime_is_utc(time))
    return zone_find(TEXT("UTC"), ret_zone);
  if (parameter == NULL)
    return true;
  struct text id = text_copy(e->arena, text_of(icalparameter_get_tzid(parameter)));
  if (zone_find(id, ret_zone) || find_own_zone(e, id, ret_zone))
    return true;
  return fail(e, line, "export the calendar with its VTIMEZONE, or write an IANA name",
              "the time zone `%.*s` is not known, and the file does not define it",
              TEXT_ARG(text_visible(e->arena, id)));
}

static bool time_is_legal(struct icaltimetype time)
{
  return !icaltime_is_null_time(time) && icaltime_is_valid_time(time) && time.year >= 1900 &&
         time.year <= 9999 && time.month >= 1 && time.month <= 12 && time.day >= 1 &&
         time.day <= icaltime_days_in_month(time.month, time.year) && time.hour < 24 &&
         time.minute < 60 && time.second <= 60;
}

/* The value of another time property of the event, in the event's zone. */
static int64_t as_naive(const struct event *event, const struct zone *zone,
                        struct icaltimetype time)
{
  int64_t naive = naive_of_time(time);
  if (time.is_date || strcmp(zone->name, event->zone.name) == 0)
    return naive;
  return zone_to_naive(&event->zone, zone_to_utc(zone, naive, NULL));
}

static bool read_start(struct events *e, icalcomponent *component, uint32_t line,
                       struct event *event)
{
  icalproperty *start = icalcomponent_get_first_property(component, ICAL_DTSTART_PROPERTY);
  if (start == NULL)
    return fail(e, line, NULL, "an event has no DTSTART that can be read");
  struct icaltimetype time = icalproperty_get_dtstart(start);
  if (!time_is_legal(time))
    return fail(e, line, NULL, "the start of an event is no date and time");
  event->is_day = time.is_date;
  event->start_naive = naive_of_time(time);
  return read_zone(e, line, start, time, &event->zone);
}

static bool read_end(struct events *e, icalcomponent *component, uint32_t from, uint32_t to,
                     struct event *event)
{
  icalproperty *end = icalcomponent_get_first_property(component, ICAL_DTEND_PROPERTY);
  icalproperty *length = icalcomponent_get_first_property(component, ICAL_DURATION_PROPERTY);
  uint32_t line = line_of(e, from, to, end != NULL ? "DTEND" : "DURATION");
  int64_t start_utc = zone_to_utc(&event->zone, event->start_naive, NULL);
  if (end != NULL) {
    struct icaltimetype time = icalproperty_get_dtend(end);
    struct zone zone;
    if (!time_is_legal(time) || time.is_date != (event->is_day ? 1 : 0))
      return fail(e, line, NULL, "the end of an event is no date and time as its start");
    if (!read_zone(e, line, end, time, &zone))
      return false;
    event->length_s = event->is_day ? naive_of_time(time) - event->start_naive
                                    : zone_to_utc(&zone, naive_of_time(time), NULL) - start_utc;
  } else if (length != NULL) {
    event->length_s = icaldurationtype_as_int(icalproperty_get_duration(length));
  } else {
    event->length_s = event->is_day ? DAY_S : 0;
  }
  if (event->length_s > 0)
    return true;
  return fail(e, line, "write DTEND or DURATION behind DTSTART",
              end == NULL && length == NULL ? "an event does not say when it ends"
                                            : "an event ends before it has begun");
}

static bool add_instant(struct events *e, int64_t **items, uint32_t *count, int64_t naive,
                        uint32_t line)
{
  if (*count == INSTANTS_MAX)
    return fail(e, line, NULL, "an event has more than %d exceptions", INSTANTS_MAX);
  if ((*count & (*count + 1)) == 0 || *count == 0)
    *items = arena_grow(e->arena, *items, *count, 2 * (size_t)*count + 1, sizeof **items);
  (*items)[(*count)++] = naive;
  return true;
}

static bool read_exceptions(struct events *e, icalcomponent *component, uint32_t from, uint32_t to,
                            struct event *event)
{
  struct zone zone;
  uint32_t line = line_of(e, from, to, "EXDATE");
  for (icalproperty *p = icalcomponent_get_first_property(component, ICAL_EXDATE_PROPERTY);
       p != NULL; p = icalcomponent_get_next_property(component, ICAL_EXDATE_PROPERTY)) {
    struct icaltimetype time = icalproperty_get_exdate(p);
    if (!time_is_legal(time))
      return fail(e, line, NULL, "an EXDATE is no date and time");
    if (!read_zone(e, line, p, time, &zone) ||
        !add_instant(e, &event->except, &event->except_count, as_naive(event, &zone, time), line))
      return false;
  }
  line = line_of(e, from, to, "RDATE");
  for (icalproperty *p = icalcomponent_get_first_property(component, ICAL_RDATE_PROPERTY);
       p != NULL; p = icalcomponent_get_next_property(component, ICAL_RDATE_PROPERTY)) {
    struct icaltimetype time = icalproperty_get_rdate(p).time;
    if (!time_is_legal(time))
      return fail(e, line, "RDATE with a date and time is read; a period is not",
                  "an RDATE is no date and time");
    if (!read_zone(e, line, p, time, &zone) ||
        !add_instant(e, &event->extra, &event->extra_count, as_naive(event, &zone, time), line))
      return false;
  }
  icalproperty *moved = icalcomponent_get_first_property(component, ICAL_RECURRENCEID_PROPERTY);
  if (moved == NULL)
    return true;
  struct icaltimetype time = icalproperty_get_recurrenceid(moved);
  line = line_of(e, from, to, "RECURRENCE-ID");
  if (!time_is_legal(time))
    return fail(e, line, NULL, "a RECURRENCE-ID is no date and time");
  if (!read_zone(e, line, moved, time, &zone))
    return false;
  event->is_moved = true;
  event->moved_naive = zone_to_utc(&zone, naive_of_time(time), NULL);
  return true;
}

static bool read_rule(struct events *e, uint32_t from, uint32_t to, struct event *event)
{
  for (uint32_t i = from; i < to; i++) {
    struct text line = e->lines[i].text;
    if (name_is(line, "EXRULE"))
      return fail(e, e->lines[i].number, "write the exceptions as EXDATE",
                  "EXRULE is not supported");
    if (!name_is(line, "RRULE"))
      continue;
    const char *colon = memchr(line.at, ':', line.length);
    struct text rule = {colon + 1, line.length - (size_t)(colon + 1 - line.at)};
    struct text problem, part;
    if (event->recurs)
      return fail(e, e->lines[i].number, NULL, "an event has two rules");
    if (!recur_read(e->arena, rule, &event->recur, &problem, &part))
      return fail(e, e->lines[i].number, NULL, "%.*s", TEXT_ARG(problem));
    if (event->recur.freq >= FREQ_HOURLY)
      return fail(e, e->lines[i].number, NULL,
                  "an event that recurs more than once a day is no window");
    struct recur_walk *walk = recur_begin(&event->recur, &event->zone, event->start_naive);
    int64_t first;
    bool happens = walk != NULL && recur_next(walk, &first);
    recur_end(walk);
    if (!happens)
      return fail(e, e->lines[i].number, NULL, "the rule has no day at all");
    event->recurs = true;
  }
  return true;
}

static struct text property_text(struct events *e, icalcomponent *component, icalproperty_kind kind)
{
  icalproperty *property = icalcomponent_get_first_property(component, kind);
  const char *words = property == NULL ? NULL : icalproperty_get_value_as_string(property);
  return words == NULL ? TEXT_NONE : text_copy(e->arena, text_of(words));
}

static bool is_kept(struct text line)
{
  static const char *const names[] = {"DTSTART", "DTEND",         "DURATION", "RRULE",   "RDATE",
                                      "EXDATE",  "RECURRENCE-ID", "UID",      "SUMMARY", "STATUS"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (name_is(line, names[i]))
      return true;
  return false;
}

static void write_event(struct events *e, uint32_t from, uint32_t to)
{
  uint32_t depth = 0;
  buffer_add_zero(&e->written, "BEGIN:VEVENT\n");
  for (uint32_t i = from + 1; i + 1 < to; i++) {
    struct text line = e->lines[i].text;
    depth += name_is(line, "BEGIN") ? 1 : 0;
    if (depth == 0 && is_kept(line))
      buffer_format(&e->written, "%.*s\n", TEXT_ARG(line));
    depth -= name_is(line, "END") ? 1 : 0;
  }
  buffer_add_zero(&e->written, "END:VEVENT\n");
}

static bool read_event(struct events *e, uint32_t from, uint32_t to)
{
  if (e->count == EVENTS_MAX)
    return fail(e, e->lines[from].number, NULL, "it has more than %d events", EVENTS_MAX);
  struct event event = {.line = e->lines[from].number};
  icalcomponent *component = parse_lines(e, from, to);
  if (component == NULL)
    return fail(e, event.line, NULL, "this event cannot be read");
  bool good = read_start(e, component, line_of(e, from, to, "DTSTART"), &event) &&
              read_end(e, component, from, to, &event) &&
              read_exceptions(e, component, from, to, &event) && read_rule(e, from, to, &event);
  event.uid = property_text(e, component, ICAL_UID_PROPERTY);
  event.summary = property_text(e, component, ICAL_SUMMARY_PROPERTY);
  icalproperty *status = icalcomponent_get_first_property(component, ICAL_STATUS_PROPERTY);
  event.is_cancelled = status != NULL && icalproperty_get_status(status) == ICAL_STATUS_CANCELLED;
  icalcomponent_free(component);
  if (!good)
    return false;
  if ((e->count & (e->count + 1)) == 0 || e->count == 0)
    e->items = arena_grow(e->arena, e->items, e->count, 2 * (size_t)e->count + 1, sizeof *e->items);
  e->items[e->count++] = event;
  write_event(e, from, to);
  return true;
}

/* events.h (3): the series loses the occurrence that another event stands for. */
static bool take_out_moved(struct events *e)
{
  for (uint32_t i = 0; i < e->count; i++)
    for (uint32_t j = 0; e->items[i].is_moved && j < e->count; j++) {
      struct event *series = &e->items[j];
      if (series->is_moved || !text_equal(series->uid, e->items[i].uid))
        continue;
      int64_t naive = zone_to_naive(&series->zone, e->items[i].moved_naive);
      if (!add_instant(e, &series->except, &series->except_count, naive, series->line))
        return false;
    }
  return true;
}

static bool read_components(struct events *e, bool wants_zones, uint32_t from, uint32_t end)
{
  for (uint32_t i = from + 1; i + 1 < end;) {
    struct text line = e->lines[i].text;
    if (!name_is(line, "BEGIN")) {
      i++;
      continue;
    }
    uint32_t behind = component_end(e, i);
    if (behind == 0)
      return false;
    if (wants_zones && line_is(line, "BEGIN:VTIMEZONE") && !read_timezone(e, i, behind))
      return false;
    if (!wants_zones && line_is(line, "BEGIN:VEVENT") && !read_event(e, i, behind))
      return false;
    i = behind;
  }
  return true;
}

/* RFC 5545, 3.4: a file may hold several calendars, one behind the other. */
static bool read_calendars(struct events *e, bool wants_zones)
{
  for (uint32_t from = 0, end; from < e->line_count; from = end) {
    if (!line_is(e->lines[from].text, "BEGIN:VCALENDAR"))
      return fail(e, e->lines[from].number, "an iCalendar file begins with BEGIN:VCALENDAR",
                  from == 0 ? "it is no iCalendar file"
                            : "this stands behind the end of the calendar");
    end = component_end(e, from);
    if (end == 0 || !read_components(e, wants_zones, from, end))
      return false;
  }
  return true;
}

static bool read_all(struct events *e, struct text bytes)
{
  size_t bad;
  if (bytes.length > EVENTS_BYTES_MAX)
    return fail(e, 0, NULL, "it is larger than %d KiB", EVENTS_BYTES_MAX / 1024);
  if (!text_is_utf8(bytes, &bad) || memchr(bytes.at, '\0', bytes.length) != NULL)
    return fail(e, 0, NULL, "it is no text in UTF-8");
  if (!split_lines(e, bytes))
    return false;
  if (e->line_count == 0)
    return fail(e, 0, "an iCalendar file begins with BEGIN:VCALENDAR", "it is empty");
  return read_calendars(e, true) && read_calendars(e, false) && take_out_moved(e) &&
         (e->count != 0 || fail(e, 0, NULL, "it holds no event"));
}

struct events *events_read(struct arena *arena, struct text bytes, const struct zone *zone,
                           struct events_problem *ret_problem)
{
  struct events *events = ARENA_NEW(arena, struct events);
  struct zone *kept = ARENA_NEW(arena, struct zone);
  *kept = *zone;
  *events = (struct events){.arena = arena, .zone = kept};
  if (read_all(events, bytes))
    return events;
  *ret_problem = events->problem;
  events_free(events);
  return NULL;
}

void events_free(struct events *events)
{
  if (events == NULL)
    return;
  for (uint32_t i = 0; i < events->own_count; i++)
    icaltimezone_free(events->own[i].zone, 1);
  events->own_count = 0;
  buffer_free(&events->written);
}

void events_write(const struct events *events, struct buffer *out)
{
  buffer_add_zero(out, "BEGIN:VCALENDAR\n");
  buffer_add_text(out, buffer_text(&events->written));
  buffer_add_zero(out, "END:VCALENDAR\n");
}

uint32_t events_count(const struct events *events)
{
  return events->count;
}

static bool is_excepted(const struct event *event, int64_t naive)
{
  for (uint32_t i = 0; i < event->except_count; i++)
    if (event->except[i] == naive)
      return true;
  return false;
}

static struct opening opening_at(const struct event *event, int64_t naive)
{
  int64_t start_s = zone_to_utc(&event->zone, naive, NULL);
  int64_t end_s = event->is_day ? zone_to_utc(&event->zone, naive + event->length_s, NULL)
                                : start_s + event->length_s;
  return (struct opening){start_s * MS, end_s * MS};
}

struct search {
  int64_t now_ms;
  bool found;
  struct opening best;
  int64_t naive;
};

/* False: what follows in this series is not better. */
static bool offer(struct search *search, const struct event *event, int64_t naive)
{
  struct opening opening = opening_at(event, naive);
  if (is_excepted(event, naive) || opening.end_ms <= search->now_ms)
    return true;
  if (!search->found || opening.start_ms < search->best.start_ms) {
    search->found = true;
    search->best = opening;
    search->naive = naive;
  }
  return false;
}

static bool has_word(struct arena *arena, struct text summary, const char *word)
{
  return word == NULL || strcasestr(text_zero(arena, summary), word) != NULL;
}

bool events_next(const struct events *events, const char *word, int64_t now_ms,
                 struct opening *ret_opening, int64_t *ret_start_naive)
{
  struct search search = {.now_ms = now_ms};
  for (uint32_t i = 0; i < events->count; i++) {
    const struct event *event = &events->items[i];
    if (event->is_cancelled || !has_word(events->arena, event->summary, word))
      continue;
    for (uint32_t j = 0; j < event->extra_count; j++)
      offer(&search, event, event->extra[j]);
    if (!event->recurs) {
      offer(&search, event, event->start_naive);
      continue;
    }
    struct recur_walk *walk = recur_begin(&event->recur, &event->zone, event->start_naive);
    for (int64_t naive; walk != NULL && recur_next(walk, &naive) && offer(&search, event, naive);)
      continue;
    recur_end(walk);
  }
  if (!search.found)
    return false;
  *ret_opening = search.best;
  if (ret_start_naive != NULL)
    *ret_start_naive = search.naive;
  return true;
}
