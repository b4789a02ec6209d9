/* SPDX-License-Identifier: Apache-2.0 */
/*
 * times: windows, freezes and calendars, each for itself. What is read here is put behind the
 * values of its key, for the plan file: the events of an .ics file, and the instant at which a
 * window or a freeze of one date begins.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/check/checker.h"

enum { MS = 1000, DAY_S = 86400, YEAR_DAYS = 366, FEBRUARY_29 = 229, MONTH_DAY_BASE = 100 };

const struct value *times_value(struct checker *c, const struct decl *decl, enum key key,
                                uint32_t slot)
{
  const struct value *value = decl_value(decl, key, slot);
  if (value == NULL || value->kind == VALUE_NONE)
    return NULL;
  if (value->kind != VALUE_REF || c->program->decls[value->decl].kind != KIND_PARAM)
    return value;
  const struct param_body *param = c->program->decls[value->decl].param;
  return param != NULL && param->has_value ? &param->value : NULL;
}

static struct text words(struct checker *c, const struct decl *decl, enum key key, uint32_t slot)
{
  const struct value *value = times_value(c, decl, key, slot);
  return value == NULL ? TEXT_NONE : value->text;
}

static int64_t number(struct checker *c, const struct decl *decl, enum key key, uint32_t slot)
{
  const struct value *value = times_value(c, decl, key, slot);
  return value == NULL ? 0 : value->number;
}

bool times_schedule(struct checker *c, uint32_t index, struct schedule *ret_schedule)
{
  const struct decl *decl = &c->program->decls[index];
  struct schedule_words said = {.zone = words(c, decl, KEY_ZONE, 0),
                                .weekday = words(c, decl, KEY_EVERY, 0),
                                .at = words(c, decl, KEY_AT, 0),
                                .rule = words(c, decl, KEY_RRULE, 0),
                                .starting = words(c, decl, KEY_RRULE, 3),
                                .first = words(c, decl, KEY_FROM, 0),
                                .last = words(c, decl, KEY_FROM, 1),
                                .events = words(c, decl, KEY_FILE, 1),
                                .length_s = number(c, decl, KEY_AT, 1)};
  enum key times = said.weekday.length != 0 ? KEY_EVERY : KEY_RRULE;
  said.from_minute = number(c, decl, times, 1);
  said.until_minute = number(c, decl, times, 2);
  return schedule_read(c->arena, &said, ret_schedule) == SCHEDULE_READ;
}

bool times_calendar(struct checker *c, uint32_t index, struct zone *zone,
                    struct calendar *ret_calendar)
{
  const struct decl *decl = &c->program->decls[index];
  struct text name = words(c, decl, KEY_ZONE, 0);
  bool is_unknown = text_is(name, "unknown");
  if (!is_unknown && !zone_find(name, zone))
    return false;
  *ret_calendar =
      (struct calendar){.zone = is_unknown ? NULL : zone, .events = words(c, decl, KEY_FILE, 1)};
  static const enum key keys[] = {KEY_ISSUE_ON, KEY_ROTATE_ON};
  for (uint32_t list = 0; list < 2; list++) {
    const struct value *value;
    uint32_t count = 0;
    while (count < CALENDAR_DAYS_MAX && (value = times_value(c, decl, keys[list], count)) != NULL)
      ret_calendar->days[list][count++] = value->number;
    ret_calendar->day_count[list] = count;
  }
  return true;
}

struct text times_says(struct checker *c, const struct decl *decl, int64_t utc_ms)
{
  char said[MOMENT_TEXT_BYTES];
  struct zone zone;
  bool known = decl != NULL && zone_find(words(c, decl, KEY_ZONE, 0), &zone);
  zone_says(known ? &zone : NULL, utc_ms, said);
  return text_copy(c->arena, text_of(said));
}

/* Another value behind those that were written. */
static void add_value(struct checker *c, struct decl *decl, enum key key, struct value added)
{
  struct setting *setting = (struct setting *)(uintptr_t)decl_setting(decl, key);
  setting->values = arena_grow(c->arena, setting->values, setting->value_count,
                               setting->value_count + 1, sizeof *setting->values);
  setting->values[setting->value_count++] = added;
}

static bool check_zone(struct checker *c, const struct decl *decl)
{
  const struct value *value = times_value(c, decl, KEY_ZONE, 0);
  struct zone zone;
  if (value == NULL || (decl->kind == KIND_CALENDAR && value->kind == VALUE_WORD))
    return value != NULL;
  struct span span = decl_value(decl, KEY_ZONE, 0)->span;
  if (memmem(value->text.at, value->text.length, "${", 2) != NULL)
    return false;
  if (!zone_find(value->text, &zone)) {
    struct text nearest = zone_nearest(value->text);
    struct diag *diag = diag_add(c->diags, DIAG_E0802, span, "there is no time zone \"%.*s\"",
                                 TEXT_ARG(text_visible(c->arena, value->text)));
    if (nearest.length != 0) {
      diag_set_label(c->diags, diag, "did you mean \"%.*s\"?", TEXT_ARG(nearest));
      diag_add_fix(c->diags, diag, FIX_UNSAFE, span,
                   text_format(c->arena, "\"%.*s\"", TEXT_ARG(nearest)), "write \"%.*s\"",
                   TEXT_ARG(nearest));
    } else {
      diag_set_label(c->diags, diag, "the zone database does not have this name");
      diag_add_help(c->diags, diag, "write a place, such as \"Europe/Berlin\", or \"UTC\"");
    }
    return false;
  }
  if (zone_is_offset(value->text)) {
    struct diag *diag =
        diag_add(c->diags, DIAG_W0815, span, "the zone of %s `%.*s` is a fixed offset",
                 kind_words[decl->kind], TEXT_ARG(decl->name));
    diag_set_label(c->diags, diag, "it does not follow summer and winter time");
    diag_add_help(c->diags, diag, "write a place, such as \"Europe/Berlin\", or \"UTC\"");
  }
  return true;
}

static bool report_length(struct checker *c, struct span span, const struct decl *decl,
                          const char *label)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0803, span, "%s `%.*s` ends before it begins",
                               kind_words[decl->kind], TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "%s", label);
  return false;
}

static bool check_lengths(struct checker *c, const struct decl *decl)
{
  static const enum key keys[] = {KEY_EVERY, KEY_RRULE};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const struct value *from = decl_value(decl, keys[i], 1), *until = decl_value(decl, keys[i], 2);
    if (from != NULL && until != NULL && from->kind == VALUE_TIME && from->number == until->number)
      return report_length(c, until->span, decl, "this is the minute in which it begins");
  }
  const struct value *length = times_value(c, decl, KEY_AT, 1);
  if (length != NULL && length->number <= 0)
    return report_length(c, decl_value(decl, KEY_AT, 1)->span, decl, "it lasts no time");
  const struct value *first = times_value(c, decl, KEY_FROM, 0);
  const struct value *last = times_value(c, decl, KEY_FROM, 1);
  if (decl->kind == KIND_FREEZE && first != NULL && last != NULL &&
      text_compare(last->text, first->text) < 0)
    return report_length(c, decl_value(decl, KEY_FROM, 1)->span, decl,
                         "this day lies before the first one");
  return true;
}

/* Which day of a calendar it would be depends on the day of the question, and a window is one. */
static bool check_date(struct checker *c, const struct decl *decl)
{
  const struct value *at = decl_value(decl, KEY_AT, 0);
  if (at == NULL || at->kind != VALUE_MEMBER)
    return true;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0402, at->span,
               "window `%.*s` begins at a date, and this is none of its own", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "a date is wanted, such as 2027-03-06T22:00");
  diag_add_help(
      c->diags, diag,
      "write the date; or let the plan wait for the calendar (`starts on %.*s`), and give "
      "the window `every`, `rrule` or `file`",
      TEXT_ARG(source_text(c->sources, at->span)));
  return false;
}

static bool report_rule(struct checker *c, struct span span, const struct decl *decl,
                        struct text label, const char *help)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0818, span, "the rule of %s `%.*s` cannot be used",
                               kind_words[decl->kind], TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "%.*s", TEXT_ARG(label));
  if (help != NULL)
    diag_add_help(c->diags, diag, "%s", help);
  return false;
}

static bool check_rule(struct checker *c, const struct decl *decl)
{
  const struct value *rule = times_value(c, decl, KEY_RRULE, 0);
  if (rule == NULL)
    return true;
  struct span span = decl_value(decl, KEY_RRULE, 0)->span;
  struct recur recur;
  struct text problem, part;
  if (!recur_read(c->arena, rule->text, &recur, &problem, &part)) {
    const char *example = "for example: rrule \"FREQ=MONTHLY;BYDAY=2SA\" from 22:00 until 02:00";
    return report_rule(c, span, decl, problem, example);
  }
  if (recur.freq >= FREQ_HOURLY || recur_has_time(&recur))
    return report_rule(c, span, decl, TEXT("the time of day stands behind the rule"),
                       "let the rule give days (FREQ=DAILY and longer, no BYHOUR); the times are "
                       "those of `from` and `until`");
  const char *needs = recur_needs_start(&recur);
  bool has_start =
      decl_value(decl, KEY_RRULE, 3) != NULL && decl_value(decl, KEY_RRULE, 3)->kind != VALUE_NONE;
  if (needs != NULL && !has_start)
    return report_rule(c, span, decl, text_of(needs),
                       "write that day behind the times: ... until 02:00 starting 2027-01-02");
  struct schedule schedule;
  struct opening opening;
  if (times_schedule(c, (uint32_t)(decl - c->program->decls), &schedule) &&
      !schedule_next(&schedule, 0, &opening, NULL))
    return report_rule(c, span, decl, TEXT("no day fits it, ever"), NULL);
  return true;
}

static struct diag *report_file(struct checker *c, struct span span, const struct value *path)
{
  return diag_add(c->diags, DIAG_E0819, span, "the calendar file \"%.*s\" cannot be used",
                  TEXT_ARG(text_visible(c->arena, path->text)));
}

/* The line of the file, as a place to point at. */
static struct span span_of_line(const struct source *source, uint32_t file, uint32_t line)
{
  size_t at = 0, end;
  for (uint32_t i = 1; i < line && at < source->bytes.length; i++) {
    const char *lf = memchr(source->bytes.at + at, '\n', source->bytes.length - at);
    at = lf == NULL ? source->bytes.length : (size_t)(lf - source->bytes.at) + 1;
  }
  for (end = at; end < source->bytes.length && strchr("\r\n", source->bytes.at[end]) == NULL;)
    end++;
  return (struct span){file, (uint32_t)at, (uint32_t)(end - at)};
}

static bool open_file(struct checker *c, const struct value *path, uint32_t *ret_file)
{
  struct text joined;
  size_t bad;
  enum source_status status = SOURCE_OUTSIDE_ROOT;
  struct text declaring = c->sources->files[path->span.file].path;
  if (path->text.length != 0 && path->text.at[0] != '/' &&
      imports_join_path(c->arena, declaring, path->text, &joined))
    status = source_open(c->sources, joined, ret_file, &bad);
  const char *label = NULL;
  switch (status) {
  case SOURCE_OK:
    return true;
  case SOURCE_MISSING:
    label = "there is no such file";
    break;
  case SOURCE_UNREADABLE:
    label = "it cannot be read, or is no regular file";
    break;
  case SOURCE_OUTSIDE_ROOT:
    label = "it must lie in the repository, beside the plans that name it";
    break;
  case SOURCE_TOO_LARGE:
    label = "it is too large";
    break;
  case SOURCE_NOT_UTF8:
    label = "it is no text in UTF-8: save it as UTF-8";
    break;
  }
  diag_set_label(c->diags, report_file(c, path->span, path), "%s", label);
  return false;
}

static bool check_file(struct checker *c, struct decl *decl)
{
  const struct value *path = decl_value(decl, KEY_FILE, 0);
  struct zone zone;
  uint32_t file;
  if (path == NULL || path->kind != VALUE_TEXT)
    return true;
  if (!zone_find(words(c, decl, KEY_ZONE, 0), &zone)) /* `unknown`: its days are days */
    zone = (struct zone){.kind = ZONE_UTC};
  if (!open_file(c, path, &file))
    return false;
  const struct source *source = &c->sources->files[file];
  struct events_problem problem;
  struct events *events = events_read(c->arena, source->bytes, &zone, &problem);
  if (events == NULL) {
    bool has_line = problem.line != 0;
    struct diag *diag =
        report_file(c, has_line ? span_of_line(source, file, problem.line) : path->span, path);
    diag_set_label(c->diags, diag, "%.*s", TEXT_ARG(problem.says));
    if (has_line)
      diag_add_label(c->diags, diag, path->span, "named here");
    if (problem.help.length != 0)
      diag_add_help(c->diags, diag, "%.*s", TEXT_ARG(problem.help));
    return false;
  }
  struct buffer kept = {0};
  events_write(events, &kept);
  add_value(c, decl, KEY_FILE,
            (struct value){.kind = VALUE_TEXT,
                           .text = text_copy(c->arena, buffer_text(&kept)),
                           .span = path->span});
  buffer_free(&kept);
  events_free(events);
  return true;
}

/* E0809, W0810: SAP-f7a5-5, SAP-f7a5-6. */
static void check_days(struct checker *c, const struct decl *decl)
{
  static const enum key keys[] = {KEY_ISSUE_ON, KEY_ROTATE_ON};
  const struct value *days[2 * CALENDAR_DAYS_MAX], *value;
  bool rotates[2 * CALENDAR_DAYS_MAX];
  uint32_t count = 0;
  for (uint32_t list = 0; list < 2; list++)
    for (uint32_t slot = 0;
         slot < CALENDAR_DAYS_MAX && (value = times_value(c, decl, keys[list], slot)) != NULL;
         slot++) {
      uint32_t at = count++;
      for (; at > 0 && days[at - 1]->number > value->number; at--) {
        days[at] = days[at - 1];
        rotates[at] = rotates[at - 1];
      }
      days[at] = value;
      rotates[at] = list == 1;
      if (value->number == FEBRUARY_29)
        diag_set_label(
            c->diags,
            diag_add(c->diags, DIAG_W0810, value->span, "`February 29` exists in leap years only"),
            "in other years the calendar has no such day");
    }
  if (!decl_setting(decl, KEY_ISSUE_ON) || !decl_setting(decl, KEY_ROTATE_ON) ||
      decl_setting(decl, KEY_FILE))
    return;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t before = (i + count - 1) % count;
    if (rotates[i] != rotates[before] || count == 1)
      continue;
    struct diag *diag = diag_add(c->diags, DIAG_E0809, days[i]->span,
                                 rotates[i] ? "this rotation has no issue day of its own"
                                            : "this issue has no rotation before the next one");
    diag_set_label(c->diags, diag, "the day before it in the calendar is %s, too",
                   rotates[i] ? "a rotation" : "an issue");
    diag_add_label(c->diags, diag, days[before]->span, "this one");
    return;
  }
}

/* Within the next year an opening begins at a time that the clocks skip or repeat. */
static void check_clock_changes(struct checker *c, const struct decl *decl,
                                const struct schedule *schedule)
{
  enum key key = schedule->kind == SCHEDULE_WEEKLY ? KEY_EVERY
                 : schedule->kind == SCHEDULE_RULE ? KEY_RRULE
                                                   : KEY_AT;
  if (schedule->kind == SCHEDULE_DAYS || schedule->kind == SCHEDULE_FILE || c->now_s == 0)
    return;
  const struct value *place = decl_value(decl, key, key == KEY_AT ? 0 : 1);
  bool told[3] = {false};
  int64_t at_ms = c->now_s * MS, end_ms = at_ms + YEAR_DAYS * (int64_t)DAY_S * MS;
  struct opening opening;
  enum local_kind kind;
  for (int i = 0; i < YEAR_DAYS && schedule_next(schedule, at_ms, &opening, &kind) &&
                  opening.start_ms < end_ms;
       i++, at_ms = opening.end_ms) {
    if (kind == LOCAL_PLAIN || told[kind])
      continue;
    told[kind] = true;
    struct diag *diag =
        diag_add(c->diags, kind == LOCAL_GAP ? DIAG_W0806 : DIAG_W0807, place->span,
                 kind == LOCAL_GAP ? "%s `%.*s` begins at a time that the clocks skip"
                                   : "%s `%.*s` begins at a time that comes twice",
                 kind_words[decl->kind], TEXT_ARG(decl->name));
    diag_set_label(c->diags, diag,
                   kind == LOCAL_GAP ? "read as %.*s" : "the first one counts: %.*s",
                   TEXT_ARG(times_says(c, decl, opening.start_ms)));
  }
}

static void check_past(struct checker *c, const struct decl *decl, const struct schedule *schedule)
{
  struct opening opening;
  if (decl->kind != KIND_WINDOW || c->now_s == 0 ||
      schedule_next(schedule, c->now_s * MS, &opening, NULL))
    return;
  const struct value *path = decl_value(decl, KEY_FILE, 0);
  if (!schedule_next(schedule, 0, &opening, NULL)) {
    if (path != NULL)
      diag_set_label(c->diags, report_file(c, path->span, path),
                     "none of its events takes place: each is cancelled or taken out");
    return;
  }
  struct diag *diag = diag_add(c->diags, DIAG_W0814, decl->name_span,
                               "window `%.*s` lies in the past", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "it does not open again");
  if (schedule->kind == SCHEDULE_ONCE)
    diag_add_note(c->diags, diag, "it was open until %.*s",
                  TEXT_ARG(times_says(c, decl, opening.end_ms)));
}

/* For W0817: where the date is a date, its instant stands in the plan file. */
static void keep_instant(struct checker *c, struct decl *decl, const struct schedule *schedule)
{
  struct opening opening;
  enum key key = schedule->kind == SCHEDULE_ONCE ? KEY_AT : KEY_FROM;
  const struct setting *setting = decl_setting(decl, key);
  if ((schedule->kind != SCHEDULE_ONCE && schedule->kind != SCHEDULE_DAYS) || setting == NULL ||
      setting->value_count != 2 || !schedule_next(schedule, 0, &opening, NULL))
    return;
  struct naive_parts parts = naive_parts(opening.start_ms / MS);
  struct text utc =
      text_format(c->arena, "%04d-%02d-%02dT%02d:%02dZ", parts.year, parts.month, parts.day,
                  (int)(parts.second / 3600), (int)(parts.second / 60 % 60));
  add_value(c, decl, key,
            (struct value){.kind = VALUE_DATETIME, .text = utc, .span = setting->span});
}

void times_check(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    struct decl *decl = &c->program->decls[i];
    struct schedule schedule;
    bool is_one =
        decl->kind == KIND_WINDOW || decl->kind == KIND_FREEZE || decl->kind == KIND_CALENDAR;
    if (!is_one || decl->poisoned || c->infos[i].has_broken)
      continue;
    bool good = check_zone(c, decl);
    /* Each says what is wrong with it. */
    bool lengths = check_lengths(c, decl), date = check_date(c, decl);
    good = good && lengths && date;
    good = good && check_rule(c, decl) && check_file(c, decl);
    if (decl->kind == KIND_CALENDAR)
      check_days(c, decl);
    if (!good || decl->kind == KIND_CALENDAR || !times_schedule(c, i, &schedule))
      continue;
    check_clock_changes(c, decl, &schedule);
    check_past(c, decl, &schedule);
    keep_instant(c, decl, &schedule);
    schedule_free(&schedule);
  }
}
