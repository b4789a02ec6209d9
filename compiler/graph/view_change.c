/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_change: the plan as a change ticket: JSON and CSV under the names of ServiceNow's fields, and
 * Markdown for everything else.
 *
 * (1) What the plan does not know (risk, priority, who asked for it) is left out: an empty field would
 *     overwrite what the ticket says.
 * (2) No cell of the CSV is a formula, whatever an author wrote: what begins like one is preceded by
 *     an apostrophe, which a spreadsheet takes for "this is text".
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "compiler/graph/view_int.h"

enum { SHORT_COLUMNS = 160 /* ServiceNow's short_description */ };

enum field {
  FIELD_NUMBER,
  FIELD_SHORT_DESCRIPTION,
  FIELD_TYPE,
  FIELD_START_DATE,
  FIELD_END_DATE,
  FIELD_ASSIGNMENT_GROUP,
  FIELD_CMDB_CI,
  FIELD_DESCRIPTION,
  FIELD_JUSTIFICATION,
  FIELD_IMPLEMENTATION_PLAN,
  FIELD_TEST_PLAN,
  FIELD_BACKOUT_PLAN,
  FIELD__COUNT
};

static const struct {
  const char *name;
  const char *heading;
} fields[FIELD__COUNT] = {
    {"number", "Number"},
    {"short_description", "Short description"},
    {"type", "Type"},
    {"start_date", "Planned start (UTC)"},
    {"end_date", "Planned end (UTC)"},
    {"assignment_group", "Assignment group"},
    {"cmdb_ci", "Configuration items"},
    {"description", "Description"},
    {"justification", "Justification"},
    {"implementation_plan", "Implementation plan"},
    {"test_plan", "Test plan"},
    {"backout_plan", "Backout plan"},
};

struct ticket {
  const struct graph *graph;
  struct arena *arena;
  const struct change_facts *facts;
  struct text values[FIELD__COUNT]; /* lines end with LF, the last one has no end */
};

static void keep(struct ticket *t, enum field field, struct buffer *out)
{
  while (out->size_bytes != 0 && out->bytes[out->size_bytes - 1] == '\n')
    out->size_bytes--;
  t->values[field] = text_copy(t->arena, buffer_text(out));
  buffer_free(out);
}

/* A parameter that has no value yet is no value. */
static bool is_known(struct text text)
{
  return text.length != 0 && memmem(text.at, text.length, "${", 2) == NULL;
}

static void say_names(struct ticket *t, const struct numbers *resources, struct buffer *out)
{
  for (uint32_t i = 0; i < resources->count; i++)
    buffer_format(out, "%s%.*s", i == 0 ? "" : ", ",
                  TEXT_ARG(view_title(&t->graph->resources[resources->items[i]])));
}

static void describe(struct ticket *t, const struct numbers *roles)
{
  const struct graph *graph = t->graph;
  struct buffer out = {0};
  buffer_format(&out, "%.*s\n\nPlan: %.*s (%.*s), policy %.*s, %u steps.\n",
                TEXT_ARG(graph->title.length != 0 ? graph->title : graph->name),
                TEXT_ARG(graph->name), TEXT_ARG(graph->sources[0].path), TEXT_ARG(graph->policy),
                graph->action_count);
  buffer_add_zero(&out, "Acting: ");
  say_names(t, roles, &out);
  buffer_add_zero(&out, ".\n");
  if (t->facts->dates.length != 0)
    buffer_format(&out, "%.*s\n", TEXT_ARG(t->facts->dates));
  buffer_format(&out, "Reviewed text: template digest %.*s.\n", TEXT_ARG(graph->template_digest));
  keep(t, FIELD_DESCRIPTION, &out);
}

static void justify(struct ticket *t)
{
  const struct graph *graph = t->graph;
  struct buffer out = {0};
  const struct graph_setting *renews =
      graph_setting_nth(graph, graph->plan_resource, KEY_RENEWS, 0);
  for (uint32_t i = 0; renews != NULL && i < renews->values.count; i++) {
    uint32_t renewed = graph->values[renews->values.first + i].resource;
    const struct graph_value *subject = graph_setting_value(graph, renewed, KEY_SUBJECT, 0);
    buffer_format(&out, "%s %.*s", kind_words[graph->resources[renewed].kind],
                  TEXT_ARG(graph->resources[renewed].name));
    if (subject != NULL && subject->text.length != 0)
      buffer_format(&out, " (%.*s)", TEXT_ARG(subject->text));
    buffer_add_zero(&out, " is renewed before it expires.\n");
  }
  buffer_add_zero(&out,
                  text_is(graph->policy, "overlap")
                      ? "The connection stays up: the receiver accepts the old and the new one "
                        "until nobody presents the old one any more.\n"
                      : "The connection is down between the first stop and the last start.\n");
  keep(t, FIELD_JUSTIFICATION, &out);
}

static void say_step(struct ticket *t, const struct step *step, struct buffer *out)
{
  struct notes notes = view_notes(t->arena, t->graph, step);
  buffer_format(out, "%u. %.*s: %.*s", step->number, TEXT_ARG(step->id), TEXT_ARG(step->sentence));
  for (uint32_t i = 0; i < notes.count; i++)
    buffer_format(out, "%s%.*s%s", i == 0 ? " (" : "; ", TEXT_ARG(notes.items[i]),
                  i + 1 == notes.count ? ")" : "");
  buffer_add_zero(out, "\n");
}

static void say_steps(struct ticket *t)
{
  const struct graph *graph = t->graph;
  struct buffer all = {0}, tests = {0};
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    say_step(t, step, &all);
    bool is_test = step->verb == VERB_CHECKS && step->effect != EFFECT_READ_SET;
    if (is_test || step->checks != INDEX_NONE)
      say_step(t, step, &tests);
    else if (step->evidence.length != 0)
      buffer_format(&tests, "%u. evidence of %.*s: %.*s\n", step->number, TEXT_ARG(step->id),
                    TEXT_ARG(step->evidence));
  }
  if (tests.size_bytes == 0)
    buffer_add_zero(&tests, "No step checks anything: what was done is what its people sign.");
  keep(t, FIELD_IMPLEMENTATION_PLAN, &all);
  keep(t, FIELD_TEST_PLAN, &tests);
}

static void back_out(struct ticket *t)
{
  const struct graph *graph = t->graph;
  struct buffer out = {0};
  bool *is_checked = arena_array(t->arena, (size_t)graph->step_count + 1, sizeof *is_checked);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].checks != INDEX_NONE)
      is_checked[graph->steps[i].checks] = true;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    const char *also = is_checked[i] ? " or its check" : "";
    if (step->kind != STEP_ACTION || step->checks != INDEX_NONE)
      continue;
    if (step->on_failure == FAILURE_CONTINUE)
      buffer_format(&out, "If %u (%.*s)%s fails: it is left out, and the rest goes on.\n",
                    step->number, TEXT_ARG(step->id), also);
    if (step->on_failure == FAILURE_ROLL_BACK && step->undo == INDEX_NONE)
      buffer_format(&out, "If %u (%.*s)%s fails: what was there before is put back, by %s.\n",
                    step->number, TEXT_ARG(step->id), also,
                    t->facts->puts_back[i] ? "renew" : "its role (renew cannot do it)");
    if (step->undo != INDEX_NONE)
      buffer_format(&out, "%s %u (%.*s)%s%s: %.*s.\n",
                    step->on_failure == FAILURE_ROLL_BACK ? "If" : "To take back", step->number,
                    TEXT_ARG(step->id), also, step->on_failure == FAILURE_ROLL_BACK ? " fails" : "",
                    TEXT_ARG(graph->undo[step->undo].sentence));
  }
  buffer_format(&out,
                "%s step that fails stops the run: no further step begins, what was done stays. "
                "Remove the cause and go on (renew retry, renew resume), or end the run "
                "(renew cancel).\n",
                out.size_bytes == 0 ? "A" : "Any other");
  keep(t, FIELD_BACKOUT_PLAN, &out);
}

/* The systems, tenants, keystores that a step acts on. */
static void name_items(struct ticket *t)
{
  static const enum kind kinds[] = {KIND_TENANT, KIND_ABAP, KIND_KEYSTORE,
                                    KIND_SYSTEM, KIND_FLOW, KIND_INSTANCE};
  const struct graph *graph = t->graph;
  struct buffer out = {0};
  for (uint32_t i = 0; i < graph->resource_count; i++)
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
      if (graph->resources[i].kind == kinds[k])
        buffer_format(&out, "%s%.*s", out.size_bytes == 0 ? "" : ", ",
                      TEXT_ARG(view_title(&graph->resources[i])));
  keep(t, FIELD_CMDB_CI, &out);
}

static void fill(struct ticket *t)
{
  const struct graph *graph = t->graph;
  struct numbers roles = view_roles(t->arena, graph);
  struct text title = graph->title.length != 0 ? graph->title : graph->name;
  if (is_known(graph->change))
    t->values[FIELD_NUMBER] = graph->change;
  t->values[FIELD_SHORT_DESCRIPTION] = view_fit(t->arena, title, SHORT_COLUMNS);
  t->values[FIELD_TYPE] = TEXT("normal");
  t->values[FIELD_START_DATE] = t->facts->start;
  t->values[FIELD_END_DATE] = t->facts->end;
  /* Who begins answers for the change. */
  if (roles.count != 0)
    t->values[FIELD_ASSIGNMENT_GROUP] = view_title(&graph->resources[roles.items[0]]);
  describe(t, &roles);
  justify(t);
  name_items(t);
  say_steps(t);
  back_out(t);
}

static void write_json(const struct ticket *t, struct buffer *out)
{
  json_t *object = json_object();
  json_object_set_new(object, "schema", json_string("renew.change/1"));
  for (int i = 0; i < FIELD__COUNT; i++)
    if (t->values[i].length != 0)
      json_object_set_new(object, fields[i].name,
                          json_stringn(t->values[i].at, t->values[i].length));
  char *bytes = json_dumps(object, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  buffer_add_zero(out, bytes);
  buffer_add_zero(out, "\n");
  free(bytes);
  json_decref(object);
}

/* Behind blanks too: programs that trim a cell read what is left. */
static bool looks_like_formula(struct text cell)
{
  size_t at = 0;
  while (at < cell.length && (cell.at[at] == ' ' || cell.at[at] == '\n'))
    at++;
  static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                     "\xef\xbc\xa0"};
  for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
    if (text_starts_with((struct text){cell.at + at, cell.length - at}, wide[i]))
      return true;
  return at < cell.length && memchr("=+-@\t\r", cell.at[at], 6) != NULL;
}

/* RFC 4180: every cell quoted, a quote doubled, lines end with CRLF. */
static void write_cell(struct text cell, bool is_last, struct buffer *out)
{
  buffer_add_zero(out, looks_like_formula(cell) ? "\"'" : "\"");
  for (size_t i = 0; i < cell.length; i++) {
    if (cell.at[i] == '"')
      buffer_add_zero(out, "\"");
    if (cell.at[i] == '\n')
      buffer_add_zero(out, "\r");
    buffer_add(out, &cell.at[i], 1);
  }
  buffer_add_zero(out, is_last ? "\"\r\n" : "\",");
}

static void write_csv(const struct ticket *t, struct buffer *out)
{
  int last = -1;
  for (int i = 0; i < FIELD__COUNT; i++)
    if (t->values[i].length != 0)
      last = i;
  for (int i = 0; i <= last; i++)
    if (t->values[i].length != 0)
      write_cell(text_of(fields[i].name), i == last, out);
  for (int i = 0; i <= last; i++)
    if (t->values[i].length != 0)
      write_cell(t->values[i], i == last, out);
}

/* A line that begins with "12. " is an item of a list; where items are left out it must not be one, or
 * Markdown would count them anew. */
static void write_lines(struct text text, bool is_whole, struct buffer *out)
{
  for (size_t at = 0; at <= text.length;) {
    const char *end = memchr(text.at + at, '\n', text.length - at);
    size_t length = end == NULL ? text.length - at : (size_t)(end - text.at) - at;
    struct text line = {text.at + at, length};
    size_t digits = 0;
    while (digits < length && line.at[digits] >= '0' && line.at[digits] <= '9')
      digits++;
    if (digits != 0 && !is_whole) {
      buffer_format(out, "%.*s\\", (int)digits, line.at);
      line = (struct text){line.at + digits, length - digits};
    }
    view_markdown_text(line, out);
    buffer_add_zero(out, (digits != 0 && is_whole) || length == 0 ? "\n" : "  \n");
    at += length + 1;
  }
}

static void write_markdown(const struct ticket *t, struct buffer *out)
{
  buffer_add_zero(out, "# ");
  view_markdown_text(t->values[FIELD_SHORT_DESCRIPTION], out);
  buffer_add_zero(out, "\n\n| Field | |\n|---|---|\n");
  for (int i = 0; i < FIELD_DESCRIPTION; i++) {
    if (t->values[i].length == 0 || i == FIELD_SHORT_DESCRIPTION)
      continue;
    buffer_format(out, "| %s | ", fields[i].heading);
    view_markdown_text(t->values[i], out);
    buffer_add_zero(out, " |\n");
  }
  for (int i = FIELD_DESCRIPTION; i < FIELD__COUNT; i++) {
    buffer_format(out, "\n## %s\n\n", fields[i].heading);
    write_lines(t->values[i], i != FIELD_TEST_PLAN, out);
  }
}

void view_change(const struct graph *graph, enum change_form form, const struct change_facts *facts,
                 struct buffer *ret_bytes)
{
  struct ticket t = {.graph = graph, .arena = arena_new("change", 0), .facts = facts};
  fill(&t);
  switch (form) {
  case CHANGE_MARKDOWN:
    write_markdown(&t, ret_bytes);
    break;
  case CHANGE_JSON:
    write_json(&t, ret_bytes);
    break;
  case CHANGE_CSV:
    write_csv(&t, ret_bytes);
    break;
  }
  arena_free(t.arena);
}
