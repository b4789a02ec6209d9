/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_calendar: when something is due: issue and rotation days, windows, freezes and deadlines of the
 * plans, in their own zone and in UTC; also as an iCalendar file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/when/calendar.h"
#include "compiler/when/ics_write.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/cli_json.h"
#include "runtime/engine/clock.h"
#include "compiler/graph/window.h"

enum {
  MS = 1000,
  DAY_S = 86400,
  DAYS_MAX = 3660,
  ITEMS_MAX = 20000,
  PLANS_SHOWN = 3,
  ICS_LIMIT_BYTES = 16 << 20
};

struct item {
  const char *kind; /* "window", "freeze", "issue", "rotation", "deadline" */
  struct text name; /* of the window, freeze or calendar; of the plan for a deadline */
  struct text plans;
  uint32_t plan_count;     /* beyond the first */
  const struct zone *zone; /* NULL: none is published, or UTC */
  bool is_day, zone_is_unknown;
  int64_t day_naive;
  struct opening opening; /* of a day: from its earliest to its latest beginning */
  struct text frozen_by;
};

struct agenda {
  struct cli *cli;
  int64_t now_ms, end_ms; /* end_ms: 0 = the next of each */
  struct item *items;
  uint32_t count;
  const struct zone *shown; /* --tz */
  struct text_map seen;     /* things that several plans share: index of its first item + 1 */
};

static void add_item(struct agenda *agenda, struct item item)
{
  if (agenda->count == ITEMS_MAX)
    return;
  if ((agenda->count & (agenda->count + 1)) == 0)
    agenda->items = arena_grow(agenda->cli->arena, agenda->items, agenda->count,
                               2 * (size_t)agenda->count + 1, sizeof item);
  item.name = text_copy(agenda->cli->arena, item.name);
  item.plans = text_copy(agenda->cli->arena, item.plans);
  item.frozen_by = text_copy(agenda->cli->arena, item.frozen_by);
  agenda->items[agenda->count++] = item;
}

static bool is_wanted(const struct agenda *agenda, int64_t start_ms, uint32_t found)
{
  return agenda->end_ms == 0 ? found == 0 : start_ms < agenda->end_ms;
}

/* The zone of a resource; NULL where none is published. Lives as long as the program. */
static const struct zone *keep_zone(struct agenda *agenda, const struct graph *graph,
                                    uint32_t resource)
{
  const struct graph_value *name = graph_setting_value(graph, resource, KEY_ZONE, 0);
  struct zone *zone = ARENA_NEW(agenda->cli->arena, struct zone);
  return name != NULL && zone_find(name->text, zone) ? zone : NULL;
}

/* One plan more for what another plan has brought already: the same thing of the same file. */
static bool is_known(struct agenda *agenda, const struct graph *graph, uint32_t resource,
                     const char *kind)
{
  struct text key =
      text_format(agenda->cli->arena, "%s %.*s", kind, TEXT_ARG(graph->resources[resource].name));
  for (uint32_t slot = 0; slot < 4; slot++) {
    static const enum key keys[] = {KEY_ZONE, KEY_EVERY, KEY_AT, KEY_RRULE, KEY_FROM, KEY_FILE};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
      const struct graph_value *value = graph_setting_value(graph, resource, keys[i], slot);
      if (value != NULL)
        key = text_format(agenda->cli->arena, "%.*s|%.*s %lld", TEXT_ARG(key),
                          TEXT_ARG(value->text), (long long)value->number);
    }
  }
  uint32_t first = agenda->count, existing;
  if (text_map_add(&agenda->seen, key, first, &existing))
    return false;
  for (uint32_t i = existing; i < agenda->count; i++) {
    struct item *item = &agenda->items[i];
    bool is_it =
        text_equal(item->name, graph->resources[resource].name) && strcmp(item->kind, kind) == 0;
    if (is_it && item->plan_count++ < PLANS_SHOWN)
      item->plans = text_format(agenda->cli->arena, "%.*s, %.*s", TEXT_ARG(item->plans),
                                TEXT_ARG(graph->name));
  }
  return true;
}

static void add_openings(struct agenda *agenda, const struct graph *graph, uint32_t resource,
                         const struct window_book *book)
{
  bool is_window = graph->resources[resource].kind == KIND_WINDOW;
  const char *kind = is_window ? "window" : "freeze";
  if (is_known(agenda, graph, resource, kind))
    return;
  int64_t at_ms = agenda->now_ms;
  struct opening opening, hold;
  for (uint32_t found = 0;; found++) {
    enum window_status status = window_book_at(book, resource, at_ms, &opening);
    if ((status != WINDOW_OPEN && status != WINDOW_LATER) ||
        !is_wanted(agenda, opening.start_ms, found))
      return;
    uint32_t freeze = is_window ? window_book_frozen(book, opening.start_ms, &hold) : INDEX_NONE;
    add_item(agenda,
             (struct item){.kind = kind,
                           .name = graph->resources[resource].name,
                           .plans = graph->name,
                           .zone = keep_zone(agenda, graph, resource),
                           .opening = opening,
                           .frozen_by =
                               freeze == INDEX_NONE ? TEXT_NONE : graph->resources[freeze].name});
    at_ms = opening.end_ms;
  }
}

static void add_day(struct agenda *agenda, const struct graph *graph, const char *kind,
                    struct text name, const struct zone *zone, const struct calendar_day *day)
{
  add_item(agenda, (struct item){.kind = kind,
                                 .name = name,
                                 .plans = graph->name,
                                 .zone = zone,
                                 .zone_is_unknown = zone == NULL,
                                 .is_day = true,
                                 .day_naive = day->naive_s,
                                 .opening = {day->earliest_ms, day->latest_ms}});
}

static void add_calendar(struct agenda *agenda, const struct graph *graph, uint32_t resource)
{
  static const char *const kinds[] = {"issue", "rotation"};
  struct calendar calendar;
  struct zone zone;
  if (!window_calendar(graph, resource, &zone, &calendar))
    return;
  const struct zone *kept = calendar.zone == NULL ? NULL : keep_zone(agenda, graph, resource);
  for (int list = CALENDAR_ISSUE; list <= CALENDAR_ROTATE; list++) {
    if (is_known(agenda, graph, resource, kinds[list]))
      continue;
    int64_t at_ms = agenda->now_ms;
    struct calendar_day day;
    for (uint32_t found = 0;
         calendar_find(&calendar, (enum calendar_list)list, true, at_ms, &day) &&
         is_wanted(agenda, day.earliest_ms, found);
         found++, at_ms = day.earliest_ms)
      add_day(agenda, graph, kinds[list], graph->resources[resource].name, kept, &day);
  }
}

static void add_deadline(struct agenda *agenda, const struct graph *graph)
{
  const struct graph_value *deadline =
      graph_setting_value(graph, graph->plan_resource, KEY_DEADLINE, 0);
  const struct graph_value *during =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  if (deadline == NULL)
    return;
  struct calendar calendar;
  struct calendar_day issue, rotate;
  struct zone zone;
  bool has_rotate;
  if (deadline->kind == VALUE_MEMBER) {
    if (graph->resources[deadline->resource].kind == KIND_CALENDAR &&
        window_calendar(graph, deadline->resource, &zone, &calendar) &&
        calendar_cycle(&calendar, agenda->now_ms, &issue, &has_rotate, &rotate) &&
        (deadline->member != MEMBER_ROTATE || has_rotate))
      add_day(agenda, graph, "deadline", graph->name,
              calendar.zone == NULL ? NULL : keep_zone(agenda, graph, deadline->resource),
              deadline->member == MEMBER_ROTATE ? &rotate : &issue);
    return;
  }
  uint32_t window = during == NULL ? INDEX_NONE : during->resource;
  struct moment_context context = {graph, agenda->now_ms, agenda->now_ms, window};
  int64_t at_ms;
  if (!moment_of_text(&context, deadline->text, &at_ms) || at_ms < agenda->now_ms ||
      (agenda->end_ms != 0 && at_ms >= agenda->end_ms))
    return;
  add_item(agenda,
           (struct item){.kind = "deadline",
                         .name = graph->name,
                         .plans = graph->name,
                         .zone = window == INDEX_NONE ? NULL : keep_zone(agenda, graph, window),
                         .opening = {at_ms, at_ms}});
}

static void add_plan(struct agenda *agenda, const struct graph *graph)
{
  struct arena *arena = arena_new("calendar", 0);
  struct window_book *book = window_book_open(arena, graph);
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    enum kind kind = graph->resources[i].kind;
    if (kind == KIND_WINDOW || kind == KIND_FREEZE)
      add_openings(agenda, graph, i, book);
    else if (kind == KIND_CALENDAR)
      add_calendar(agenda, graph, i);
  }
  add_deadline(agenda, graph);
  window_book_close(book);
  arena_free(arena);
}

static enum exit_code add_file(struct agenda *agenda, const char *path)
{
  struct compiled compiled;
  cli_compile(agenda->cli, path, TEXT_NONE, &compiled);
  bool good = compiled.program != NULL && !diag_list_has_errors(compiled.diags);
  for (uint32_t i = 0; good && i < compiled.program->decl_count; i++) {
    const struct decl *decl = &compiled.program->decls[i];
    struct checked_graph checked;
    if (decl->kind != KIND_PLAN || decl->file != 0)
      continue;
    struct graph *graph = lower_plan(compiled.arena, compiled.program, i, false, compiled.diags);
    if (graph != NULL && graph_check(graph, compiled.diags, &checked))
      add_plan(agenda, graph);
  }
  enum exit_code code = cli_report(agenda->cli, compiled.diags, compiled.sources);
  arena_free(compiled.arena);
  return code;
}

static int compare_items(const void *a, const void *b)
{
  const struct item *left = a, *right = b;
  if (left->opening.start_ms != right->opening.start_ms)
    return left->opening.start_ms < right->opening.start_ms ? -1 : 1;
  int order = strcmp(left->kind, right->kind);
  return order != 0 ? order : text_compare(left->name, right->name);
}

static struct text moment(const struct agenda *agenda, const struct item *item, int64_t at_ms)
{
  char words[MOMENT_TEXT_BYTES];
  zone_says(agenda->shown != NULL ? agenda->shown : item->zone, at_ms, words);
  return text_copy(agenda->cli->arena, text_of(words));
}

/* What stands behind the name. */
static struct text details(const struct agenda *agenda, const struct item *item)
{
  struct arena *arena = agenda->cli->arena;
  struct text start = moment(agenda, item, item->opening.start_ms);
  struct text end = moment(agenda, item, item->opening.end_ms);
  if (item->zone_is_unknown && item->is_day)
    return text_format(arena, "no zone is published: between %.*s and %.*s", TEXT_ARG(start),
                       TEXT_ARG(end));
  if (item->is_day)
    return text_format(arena, "begins %.*s", TEXT_ARG(start));
  if (item->opening.end_ms == item->opening.start_ms)
    return TEXT_NONE;
  if (item->frozen_by.length != 0)
    return text_format(arena, "until %.*s; frozen by %.*s", TEXT_ARG(end),
                       TEXT_ARG(item->frozen_by));
  return text_format(arena, "until %.*s", TEXT_ARG(end));
}

static struct text begins(const struct agenda *agenda, const struct item *item)
{
  if (!item->is_day)
    return moment(agenda, item, item->opening.start_ms);
  struct naive_parts day = naive_parts(item->day_naive);
  return text_format(agenda->cli->arena, "%04d-%02d-%02d", day.year, day.month, day.day);
}

static void print_items(const struct agenda *agenda)
{
  for (uint32_t i = 0; i < agenda->count; i++) {
    const struct item *item = &agenda->items[i];
    struct text start = begins(agenda, item), more = details(agenda, item);
    printf("%-34.*s  %-8s  %.*s", TEXT_ARG(start), item->kind, TEXT_ARG(item->name));
    if (more.length != 0)
      printf("  %.*s", TEXT_ARG(more));
    if (!text_equal(item->plans, item->name))
      printf("  (%.*s%s)", TEXT_ARG(item->plans), item->plan_count > PLANS_SHOWN ? ", ..." : "");
    putchar('\n');
  }
  if (agenda->count == 0)
    printf("nothing is due%s\n", agenda->end_ms == 0 ? "" : " in these days");
}

static json_t *utc_json(int64_t at_ms)
{
  struct naive_parts at = naive_parts(at_ms / MS);
  char words[32];
  snprintf(words, sizeof words, "%04d-%02d-%02dT%02d:%02d:%02dZ", at.year, at.month, at.day,
           (int)(at.second / 3600), (int)(at.second / 60 % 60), (int)(at.second % 60));
  return json_string(words);
}

static void print_json(const struct agenda *agenda)
{
  json_t *items = json_array();
  for (uint32_t i = 0; i < agenda->count; i++) {
    const struct item *item = &agenda->items[i];
    json_t *object = json_object();
    json_object_set_new(object, "kind", json_string(item->kind));
    json_object_set_new(object, "name", cli_json_text(item->name));
    json_object_set_new(object, "plans", cli_json_text(item->plans));
    json_object_set_new(object, "local", cli_json_text(begins(agenda, item)));
    json_object_set_new(object, "zone",
                        item->zone == NULL ? json_null() : json_string(item->zone->name));
    json_object_set_new(object, "start", utc_json(item->opening.start_ms));
    json_object_set_new(object, "end", utc_json(item->opening.end_ms));
    if (item->frozen_by.length != 0)
      json_object_set_new(object, "frozen-by", cli_json_text(item->frozen_by));
    json_array_append_new(items, object);
  }
  json_t *document = json_object();
  json_object_set_new(document, "items", items);
  cli_json_print(document, "renew.calendar/1");
}

static struct ics_entry entry_of(const struct agenda *agenda, const struct item *item)
{
  struct arena *arena = agenda->cli->arena;
  int64_t local_s = item->is_day         ? item->day_naive
                    : item->zone == NULL ? item->opening.start_ms / MS
                                         : zone_to_naive(item->zone, item->opening.start_ms / MS);
  struct naive_parts day = naive_parts(local_s);
  return (struct ics_entry){
      .uid = text_format(arena, "%s-%.*s-%04d%02d%02d@renew", item->kind, TEXT_ARG(item->name),
                         day.year, day.month, day.day),
      .summary = text_format(arena, "%s %.*s", item->kind, TEXT_ARG(item->name)),
      .says =
          text_format(arena, "%.*s\n%.*s", TEXT_ARG(item->plans), TEXT_ARG(details(agenda, item))),
      .zone = item->zone,
      .is_day = item->is_day,
      .day_naive = item->day_naive,
      .opening = item->opening};
}

static enum exit_code write_file(const struct agenda *agenda, const char *path)
{
  struct arena *arena = agenda->cli->arena;
  struct ics_entry *entries = arena_array(arena, (size_t)agenda->count + 1, sizeof *entries);
  for (uint32_t i = 0; i < agenda->count; i++)
    entries[i] = entry_of(agenda, &agenda->items[i]);
  struct text before = TEXT_NONE;
  bool is_out = strcmp(path, "-") == 0;
  if (!is_out && !cli_read_file(arena, path, ICS_LIMIT_BYTES, &before))
    before = TEXT_NONE;
  struct buffer out = {0};
  ics_write(entries, agenda->count, before, agenda->now_ms / MS, &out);
  bool good = true;
  if (is_out)
    fwrite(out.bytes, 1, out.size_bytes, stdout);
  else
    good = cli_write_file(path, buffer_text(&out));
  if (!good)
    fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
  else if (!is_out && !agenda->cli->quiet)
    printf("%s: %u date%s\n", path, agenda->count, agenda->count == 1 ? "" : "s");
  buffer_free(&out);
  return good ? EXIT_OK : EXIT_CANNOT_WORK;
}

static bool read_days(struct cli *cli, const char *word, int64_t now_ms, int64_t *ret_end_ms)
{
  char *end = NULL;
  long days = word == NULL ? 0 : strtol(word, &end, 10);
  if (word != NULL && (end == word || *end != '\0' || days < 1 || days > DAYS_MAX))
    return cli_usage(cli, "--days is a number from 1 to %d, not `%s`", DAYS_MAX, word) == EXIT_OK;
  *ret_end_ms = word == NULL ? 0 : now_ms + days * (int64_t)DAY_S * MS;
  return true;
}

int cmd_calendar(struct cli *cli)
{
  const char *days = cli_take_value(cli, "--days"), *ics = cli_take_value(cli, "--ics");
  struct agenda agenda = {.cli = cli,
                          .now_ms = (cli->at_s != 0 ? cli->at_s : clock_real_now_s()) * MS};
  struct zone shown;
  if (!cli_arguments(cli, 0, cli->argc) || !read_days(cli, days, agenda.now_ms, &agenda.end_ms))
    return EXIT_USAGE;
  if (cli->zone.length != 0 && zone_find(cli->zone, &shown))
    agenda.shown = &shown;
  text_map_start(&agenda.seen, cli->arena);
  size_t count;
  char **paths;
  if (cli_take_files(cli, FILES_OF_PLANS, &paths, &count) != EXIT_OK)
    return EXIT_USAGE;
  enum exit_code worst = EXIT_OK;
  for (size_t i = 0; i < count; i++) {
    enum exit_code code = add_file(&agenda, paths[i]);
    worst = code > worst ? code : worst;
  }
  if (agenda.count > 1)
    qsort(agenda.items, agenda.count, sizeof *agenda.items, compare_items);
  enum exit_code written = EXIT_OK;
  if (ics != NULL)
    written = write_file(&agenda, ics);
  else if (cli->report.format == REPORT_JSON)
    print_json(&agenda);
  else
    print_items(&agenda);
  return written > worst ? written : worst;
}
