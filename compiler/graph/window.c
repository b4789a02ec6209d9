/* SPDX-License-Identifier: Apache-2.0 */
/* window: windows, freezes, moments of a plan at run time. See window.h for the rules. */
#include "compiler/graph/window.h"

enum { MS = 1000 };

/* A resource's schedule; is_known is false where it could not be read. */
struct page {
  bool is_known;
  struct schedule schedule;
};

struct window_book {
  const struct graph *graph;
  struct page *pages; /* by resource */
  struct schedule *freezes;
  uint32_t *freeze_resources;
  uint32_t freeze_count;
};

static struct text setting_words(const struct graph *graph, uint32_t resource, enum key key,
                                 uint32_t slot)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, slot);
  return value == NULL ? TEXT_NONE : value->text;
}

static int64_t setting_count(const struct graph *graph, uint32_t resource, enum key key,
                             uint32_t slot)
{
  const struct graph_value *value = graph_setting_value(graph, resource, key, slot);
  return value == NULL ? 0 : value->number;
}

static struct schedule_words words_of(const struct graph *graph, uint32_t resource)
{
  struct schedule_words words = {
      .zone = setting_words(graph, resource, KEY_ZONE, 0),
      .weekday = setting_words(graph, resource, KEY_EVERY, 0),
      .at = setting_words(graph, resource, KEY_AT, 0),
      .rule = setting_words(graph, resource, KEY_RRULE, 0),
      .starting = setting_words(graph, resource, KEY_RRULE, 3),
      .first = setting_words(graph, resource, KEY_FROM, 0),
      .last = setting_words(graph, resource, KEY_FROM, 1),
      .events = setting_words(graph, resource, KEY_FILE, 1),
      .length_s = setting_count(graph, resource, KEY_AT, 1),
  };
  enum key times = words.weekday.length != 0 ? KEY_EVERY : KEY_RRULE;
  words.from_minute = setting_count(graph, resource, times, 1);
  words.until_minute = setting_count(graph, resource, times, 2);
  return words;
}

static bool read_schedule(struct arena *arena, const struct graph *graph, uint32_t resource,
                          struct schedule *ret_schedule)
{
  struct schedule_words words = words_of(graph, resource);
  return schedule_read(arena, &words, ret_schedule) == SCHEDULE_READ;
}

/* Of the others the page is never touched: a page is large, and they are many. */
static bool has_page(const struct graph *graph, uint32_t resource)
{
  enum kind kind = graph->resources[resource].kind;
  return kind == KIND_WINDOW || kind == KIND_FREEZE;
}

struct window_book *window_book_open(struct arena *arena, const struct graph *graph)
{
  struct window_book *book = ARENA_NEW(arena, struct window_book);
  uint32_t count = graph->resource_count;
  *book = (struct window_book){.graph = graph};
  book->pages = arena_array(arena, (size_t)count + 1, sizeof *book->pages);
  book->freezes = arena_array(arena, (size_t)count + 1, sizeof *book->freezes);
  book->freeze_resources = arena_array(arena, (size_t)count + 1, sizeof *book->freeze_resources);
  for (uint32_t i = 0; i < count; i++) {
    if (!has_page(graph, i))
      continue;
    struct page *page = &book->pages[i];
    page->is_known = read_schedule(arena, graph, i, &page->schedule);
    if (graph->resources[i].kind != KIND_FREEZE || !page->is_known)
      continue;
    book->freezes[book->freeze_count] = page->schedule;
    book->freeze_resources[book->freeze_count++] = i;
  }
  return book;
}

void window_book_close(struct window_book *book)
{
  for (uint32_t i = 0; book != NULL && i < book->graph->resource_count; i++)
    if (has_page(book->graph, i))
      schedule_free(&book->pages[i].schedule);
}

bool window_book_has_freeze(const struct window_book *book)
{
  return book->freeze_count != 0;
}

static enum window_status status_of(bool found, const struct opening *opening, int64_t now_ms)
{
  if (!found)
    return WINDOW_OVER;
  return now_ms >= opening->start_ms ? WINDOW_OPEN : WINDOW_LATER;
}

static enum window_status ask(const struct schedule *schedule, int64_t now_ms,
                              struct opening *ret_opening)
{
  struct opening opening;
  bool found = schedule_next(schedule, now_ms, &opening, NULL);
  /* What is over still has a start and an end: `agreed.start` of a run that is late. */
  if (found || schedule->kind == SCHEDULE_ONCE)
    *ret_opening = opening;
  return status_of(found, &opening, now_ms);
}

enum window_status window_book_at(const struct window_book *book, uint32_t window, int64_t now_ms,
                                  struct opening *ret_opening)
{
  const struct page *page = &book->pages[window];
  return page->is_known ? ask(&page->schedule, now_ms, ret_opening) : WINDOW_UNKNOWN;
}

enum window_status window_book_free_at(const struct window_book *book, uint32_t window,
                                       int64_t now_ms, int64_t least_ms,
                                       struct opening *ret_opening, uint32_t *ret_freeze)
{
  const struct page *page = window == INDEX_NONE ? NULL : &book->pages[window];
  int freeze = -1;
  *ret_freeze = INDEX_NONE;
  if (page != NULL && !page->is_known)
    return WINDOW_UNKNOWN;
  bool found = schedule_next_free(page == NULL ? NULL : &page->schedule, book->freezes,
                                  book->freeze_count, now_ms, least_ms, ret_opening, &freeze);
  if (freeze >= 0)
    *ret_freeze = book->freeze_resources[freeze];
  return status_of(found, ret_opening, now_ms);
}

uint32_t window_book_frozen(const struct window_book *book, int64_t at_ms, struct opening *ret_hold)
{
  for (uint32_t i = 0; i < book->freeze_count; i++)
    if (schedule_next(&book->freezes[i], at_ms, ret_hold, NULL) && ret_hold->start_ms <= at_ms)
      return book->freeze_resources[i];
  return INDEX_NONE;
}

enum window_status window_at(const struct graph *graph, uint32_t window, int64_t now_ms,
                             struct opening *ret_opening)
{
  struct arena *arena = arena_new("window", 0);
  struct schedule schedule;
  enum window_status status = WINDOW_UNKNOWN;
  if (read_schedule(arena, graph, window, &schedule)) {
    status = ask(&schedule, now_ms, ret_opening);
    schedule_free(&schedule);
  }
  arena_free(arena);
  return status;
}

bool window_moved(const struct graph *graph, uint32_t resource, int64_t *ret_planned_ms,
                  int64_t *ret_now_ms)
{
  enum key key = graph->resources[resource].kind == KIND_WINDOW ? KEY_AT : KEY_FROM;
  int64_t planned_s;
  bool is_utc, is_day;
  struct opening opening;
  if (!naive_read(setting_words(graph, resource, key, 2), &planned_s, &is_utc, &is_day) ||
      window_at(graph, resource, 0, &opening) == WINDOW_UNKNOWN)
    return false;
  *ret_planned_ms = planned_s * MS;
  *ret_now_ms = opening.start_ms;
  return *ret_planned_ms != *ret_now_ms;
}

void moment_format(const struct graph *graph, uint32_t resource, int64_t utc_ms,
                   char ret_text[MOMENT_TEXT_BYTES])
{
  struct zone zone;
  bool known =
      resource != INDEX_NONE && zone_find(setting_words(graph, resource, KEY_ZONE, 0), &zone);
  zone_says(known ? &zone : NULL, utc_ms, ret_text);
}

bool moment_of_text(const struct moment_context *context, struct text text, int64_t *ret_utc_ms)
{
  struct zone zone = {.kind = ZONE_UTC};
  bool is_utc, is_day;
  int64_t naive_s;
  if (!naive_read(text, &naive_s, &is_utc, &is_day))
    return false;
  if (!is_utc && context->window != INDEX_NONE &&
      !zone_find(setting_words(context->graph, context->window, KEY_ZONE, 0), &zone))
    return false;
  *ret_utc_ms = zone_to_utc(&zone, naive_s, NULL) * MS;
  return true;
}

/* SAP-f7a5-5, SAP-f7a5-6: rotation days, and the issue days that go before them. */
bool window_calendar(const struct graph *graph, uint32_t resource, struct zone *zone,
                     struct calendar *ret_calendar)
{
  struct text name = setting_words(graph, resource, KEY_ZONE, 0);
  bool is_unknown = text_is(name, "unknown");
  if (!is_unknown && !zone_find(name, zone))
    return false;
  *ret_calendar = (struct calendar){.zone = is_unknown ? NULL : zone,
                                    .events = setting_words(graph, resource, KEY_FILE, 1)};
  static const enum key keys[] = {KEY_ISSUE_ON, KEY_ROTATE_ON};
  for (uint32_t list = 0; list < 2; list++) {
    const struct graph_value *value;
    uint32_t count = 0;
    while (count < CALENDAR_DAYS_MAX &&
           (value = graph_setting_value(graph, resource, keys[list], count)) != NULL)
      ret_calendar->days[list][count++] = value->number;
    ret_calendar->day_count[list] = count;
  }
  return true;
}

static bool moment_of_member(const struct moment_context *context, uint32_t resource,
                             enum member member, int64_t *ret_utc_ms)
{
  const struct graph *graph = context->graph;
  struct calendar_day issue, rotate;
  struct calendar calendar;
  struct zone zone;
  if (member == MEMBER_START || member == MEMBER_END) {
    struct opening opening = {0, 0};
    if (window_at(graph, resource, context->now_ms, &opening) == WINDOW_UNKNOWN ||
        opening.start_ms >= opening.end_ms)
      return false;
    *ret_utc_ms = member == MEMBER_START ? opening.start_ms : opening.end_ms;
    return true;
  }
  if ((member != MEMBER_ISSUE && member != MEMBER_ROTATE) ||
      !window_calendar(graph, resource, &zone, &calendar) ||
      !calendar_find(&calendar, CALENDAR_ISSUE, false, context->begun_ms, &issue))
    return false;
  /* Both are waited for here: what is waited for has begun everywhere. */
  *ret_utc_ms = issue.latest_ms;
  if (member == MEMBER_ISSUE)
    return true;
  /* A run belongs to one issue date; the rotation that counts is the first one after it. */
  if (!calendar_find(&calendar, CALENDAR_ROTATE, true, issue.earliest_ms, &rotate))
    return false;
  *ret_utc_ms = rotate.latest_ms;
  return true;
}

bool moment_of_argument(const struct moment_context *context, const struct argument *argument,
                        int64_t *ret_utc_ms)
{
  if (argument->kind == ARGUMENT_RESOURCE)
    return moment_of_member(context, argument->resource, argument->members[0], ret_utc_ms);
  return moment_of_text(context, argument->text, ret_utc_ms);
}

/* Whose zone a bare date of the plan is in. */
static uint32_t plan_window(const struct graph *graph)
{
  const struct graph_value *during =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  return during == NULL ? INDEX_NONE : during->resource;
}

bool plan_start(const struct graph *graph, int64_t begun_ms, int64_t *ret_utc_ms)
{
  const struct graph_value *value =
      graph_setting_value(graph, graph->plan_resource, KEY_STARTS_ON, 0);
  struct moment_context context = {graph, begun_ms, begun_ms, plan_window(graph)};
  if (value == NULL || value->kind == VALUE_NONE)
    return false;
  if (value->kind != VALUE_MEMBER && value->kind != VALUE_REF)
    return moment_of_text(&context, value->text, ret_utc_ms);
  if (value->member != MEMBER_ISSUE && value->member != MEMBER_ROTATE)
    return moment_of_member(&context, value->resource, value->member, ret_utc_ms);
  struct calendar calendar;
  struct calendar_day issue, rotate;
  struct zone zone;
  bool has_rotate;
  if (!window_calendar(graph, value->resource, &zone, &calendar) ||
      !calendar_cycle(&calendar, begun_ms, &issue, &has_rotate, &rotate) ||
      (value->member == MEMBER_ROTATE && !has_rotate))
    return false;
  *ret_utc_ms = value->member == MEMBER_ISSUE ? issue.latest_ms : rotate.latest_ms;
  return true;
}
