/* SPDX-License-Identifier: Apache-2.0 */
/* view_show: the numbered procedure: as text for a terminal, as Markdown for a ticket, as JSON. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "compiler/graph/view_int.h"

enum { ID_COLUMNS_MAX = 32, GROUP_ROLES_MAX = 32 };

struct view {
  const struct graph *graph;
  struct arena *arena;
  uint32_t role; /* INDEX_NONE = all */
  struct numbers roles;
  uint32_t
      *then; /* one role's list, by number: the next step of another role that waits; 0 = none */
  struct buffer *out;
  const struct written *written;
  const struct text *times;
  bool folds; /* a `follow` is one line */
  int width, number_width;
};

static bool is_shown(const struct view *v, const struct step *step)
{
  return step->kind == STEP_ACTION &&
         (v->role == INDEX_NONE || view_has_role(v->graph, step, v->role));
}

static struct text plan_window(const struct graph *graph)
{
  const struct graph_value *value = graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  return value == NULL ? TEXT_NONE : graph->resources[value->resource].name;
}

static void say_head(const struct view *v, const char *between)
{
  const struct graph *graph = v->graph;
  buffer_format(v->out, "policy %.*s", TEXT_ARG(graph->policy));
  struct text window = plan_window(graph);
  if (window.length != 0)
    buffer_format(v->out, "%swindow %.*s", between, TEXT_ARG(window));
  if (graph->change.length != 0)
    buffer_format(v->out, "%schange %.*s", between, TEXT_ARG(graph->change));
  buffer_format(v->out, "%s%u step%s%s%u role%s", between, graph->action_count,
                graph->action_count == 1 ? "" : "s", between, v->roles.count,
                v->roles.count == 1 ? "" : "s");
}

/* Who goes on when one's own step is done: the first one of another role. */
static void find_then(struct view *v)
{
  const struct graph *graph = v->graph;
  v->then = arena_array(v->arena, (size_t)graph->action_count + 1, sizeof *v->then);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION || view_has_role(graph, step, v->role))
      continue;
    struct numbers after = view_after(v->arena, graph, step);
    for (uint32_t k = 0; k < after.count; k++)
      if (v->then[after.items[k]] == 0)
        v->then[after.items[k]] = step->number;
  }
}

static void add_note_of_then(struct view *v, const struct step *step, struct notes *notes)
{
  if (v->then == NULL || v->then[step->number] == 0 || notes->count == VIEW_NOTES_MAX)
    return;
  const struct step *next = view_numbered(v->graph, v->then[step->number]);
  notes->items[notes->count++] =
      text_format(v->arena, "then %.*s goes on with %u, %.*s",
                  TEXT_ARG(v->graph->resources[next->role].name), next->number, TEXT_ARG(next->id));
}

/* For one role's list: whose step comes before, where it is not one's own. */
static void add_note_of_others(struct view *v, const struct step *step, struct notes *notes)
{
  struct numbers after = view_after(v->arena, v->graph, step);
  add_note_of_then(v, step, notes);
  if (v->role == INDEX_NONE || after.count != 1 || notes->count == VIEW_NOTES_MAX)
    return;
  const struct step *before = view_numbered(v->graph, after.items[0]);
  if (view_has_role(v->graph, before, v->role))
    return;
  if (view_is_next(&after, step)) { /* else "after N" stands there already: say it better */
    memmove(&notes->items[1], &notes->items[0], notes->count * sizeof notes->items[0]);
    notes->count++;
  }
  notes->items[0] =
      text_format(v->arena, "after %u: %.*s", before->number, TEXT_ARG(before->sentence));
}

static void add_note_of_time(const struct view *v, const struct step *step, struct notes *notes)
{
  struct text time = v->times == NULL ? TEXT_NONE : v->times[step - v->graph->steps];
  if (time.length != 0 && notes->count < VIEW_NOTES_MAX)
    notes->items[notes->count++] = time;
}

static struct notes notes_of(struct view *v, const struct step *step)
{
  struct notes notes = view_notes(v->arena, v->graph, step);
  add_note_of_time(v, step, &notes);
  add_note_of_others(v, step, &notes);
  return notes;
}

/* The steps of one `follow`, from the first one on. */
struct group {
  struct text name; /* "renew-one[erp]" */
  struct text says;
  uint32_t first, last; /* numbers */
  uint32_t next;        /* the index behind it */
  struct text roles;
};

static bool find_group(struct view *v, uint32_t index, struct group *ret)
{
  const struct graph *graph = v->graph;
  struct text name = v->folds ? written_group(graph->steps[index].id) : TEXT_NONE;
  struct text says = name.length == 0 ? TEXT_NONE : written_follow(v->written, name);
  if (says.length == 0)
    return false;
  struct buffer roles = {0};
  uint32_t said[GROUP_ROLES_MAX], said_count = 0;
  *ret = (struct group){.name = name, .says = says, .first = graph->steps[index].number};
  for (ret->next = index; ret->next < graph->step_count; ret->next++) {
    const struct step *step = &graph->steps[ret->next];
    if (step->kind != STEP_ACTION)
      continue;
    if (!text_equal(written_group(step->id), name))
      break;
    ret->last = step->number;
    for (uint32_t i = 0; i < step->roles.count && said_count < GROUP_ROLES_MAX; i++) {
      uint32_t role = graph->indices[step->roles.first + i], k = 0;
      while (k < said_count && said[k] != role)
        k++;
      if (k < said_count)
        continue;
      said[said_count++] = role;
      buffer_format(&roles, "%s%.*s", roles.size_bytes == 0 ? "" : ", ",
                    TEXT_ARG(graph->resources[role].name));
    }
  }
  ret->roles = text_copy(v->arena, buffer_text(&roles));
  buffer_free(&roles);
  return true;
}

static void text_label(struct view *v, struct text label)
{
  size_t columns = text_width(label);
  buffer_format(v->out, "  %.*s%*s  ", TEXT_ARG(label),
                columns < (size_t)v->width ? v->width - (int)columns : 0, "");
}

static void text_below(struct view *v, struct text says)
{
  if (says.length != 0)
    buffer_format(v->out, "%*s%.*s\n", v->number_width + v->width + 6, "", TEXT_ARG(says));
}

static void text_line(const struct written_line *line, void *with)
{
  struct view *v = with;
  if (line->number == 0)
    buffer_format(v->out, "%*s  %*s%.*s\n", v->number_width, "", (int)line->depth * 2, "",
                  TEXT_ARG(line->says));
  else {
    buffer_format(v->out, "%*u%*s", v->number_width, line->number, (int)line->depth * 2, "");
    text_label(v, line->label);
    buffer_format(v->out, "%.*s%s\n", TEXT_ARG(line->says),
                  line->needs_sign_off ? " (needs sign-off)" : "");
  }
  text_below(v, line->doc);
}

static void text_procedures(struct view *v)
{
  struct numbers procedures = v->folds ? written_procedures(v->written) : (struct numbers){NULL, 0};
  for (uint32_t i = 0; i < procedures.count; i++) {
    const struct decl *procedure = written_procedure(v->written, procedures.items[i]);
    buffer_format(v->out, "\nprocedure %.*s, as written\n", TEXT_ARG(procedure->name));
    struct text doc = written_words(v->arena, text_visible(v->arena, procedure->doc));
    if (doc.length != 0)
      buffer_format(v->out, "%.*s\n", TEXT_ARG(doc));
    buffer_add_zero(v->out, "\n");
    written_list(v->written, procedures.items[i], text_line, v);
  }
  if (procedures.count != 0)
    buffer_add_zero(v->out, "\n--expand shows each of its steps in the plan\n");
}

/* The widest label that is not too wide. */
static void widen(struct view *v, struct text label)
{
  int columns = (int)text_width(label);
  if (columns > v->width && columns <= ID_COLUMNS_MAX)
    v->width = columns;
}

static void widen_line(const struct written_line *line, void *with)
{
  widen(with, line->label);
}

static void find_widths(struct view *v)
{
  const struct graph *graph = v->graph;
  struct group group;
  bool folded = false;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    if (!is_shown(v, &graph->steps[i]))
      continue;
    if (find_group(v, i, &group)) {
      widen(v, group.name);
      folded = true;
      i = group.next - 1;
    } else {
      widen(v, graph->steps[i].id);
    }
  }
  v->folds = folded;
  struct numbers procedures = folded ? written_procedures(v->written) : (struct numbers){NULL, 0};
  for (uint32_t i = 0; i < procedures.count; i++)
    written_list(v->written, procedures.items[i], widen_line, v);
  v->number_width = graph->action_count > 99 ? graph->action_count > 9999 ? 7 : 4 : 2;
  if (folded)
    v->number_width = v->number_width * 2 + 1;
}

static void text_group(struct view *v, const struct group *group)
{
  struct text numbers = text_format(v->arena, "%u-%u", group->first, group->last);
  if (group->first == group->last)
    numbers = text_format(v->arena, "%u", group->first);
  buffer_format(v->out, "%*s%.*s", v->number_width - (int)numbers.length, "", TEXT_ARG(numbers));
  text_label(v, group->name);
  buffer_format(v->out, "%.*s\n", TEXT_ARG(group->says));
  text_below(v, text_format(v->arena, "by %.*s", TEXT_ARG(group->roles)));
}

static void show_text(struct view *v)
{
  const struct graph *graph = v->graph;
  find_widths(v);
  int number_width = v->number_width, width = v->width;
  buffer_format(v->out, "%.*s", TEXT_ARG(graph->name));
  if (graph->title.length != 0)
    buffer_format(v->out, ": %.*s", TEXT_ARG(graph->title));
  buffer_add_zero(v->out, "\n");
  say_head(v, ", ");
  if (v->role != INDEX_NONE)
    buffer_format(v->out, "\nwhat %.*s does:", TEXT_ARG(graph->resources[v->role].name));
  struct text doc = written_plan_doc(v->written);
  if (doc.length != 0)
    buffer_format(v->out, "\n%.*s", TEXT_ARG(doc));
  buffer_add_zero(v->out, "\n\n");
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    struct group group;
    if (!is_shown(v, step))
      continue;
    if (find_group(v, i, &group)) {
      text_group(v, &group);
      i = group.next - 1;
      continue;
    }
    buffer_format(v->out, "%*u", number_width, step->number);
    text_label(v, step->id);
    buffer_format(v->out, "%.*s\n", TEXT_ARG(step->sentence));
    text_below(v, written_doc(v->written, step));
    struct notes notes = notes_of(v, step);
    for (uint32_t j = 0; j < notes.count; j++)
      buffer_format(v->out, "%*s%s%.*s%s", j == 0 ? number_width + width + 6 : 0, "",
                    j == 0 ? "" : "; ", TEXT_ARG(notes.items[j]), j + 1 == notes.count ? "\n" : "");
  }
  text_procedures(v);
}

static void markdown_doc(struct view *v, struct text doc)
{
  if (doc.length == 0)
    return;
  buffer_add_zero(v->out, "<br>");
  view_markdown_text(doc, v->out);
}

static void markdown_group(struct view *v, const struct group *group)
{
  buffer_format(v->out, "| %u-%u | ", group->first, group->last);
  view_markdown_text(group->name, v->out);
  buffer_add_zero(v->out, " | ");
  view_markdown_text(group->roles, v->out);
  buffer_add_zero(v->out, " | ");
  view_markdown_text(group->says, v->out);
  buffer_add_zero(v->out, " | |\n");
}

static void markdown_line(const struct written_line *line, void *with)
{
  struct view *v = with;
  buffer_add_zero(v->out, "| ");
  if (line->number != 0)
    buffer_format(v->out, "%u", line->number);
  buffer_add_zero(v->out, " | ");
  view_markdown_text(line->label, v->out);
  buffer_add_zero(v->out, " | ");
  for (uint32_t i = 0; i < line->depth; i++)
    buffer_add_zero(v->out, "&emsp;");
  view_markdown_text(line->says, v->out);
  buffer_add_zero(v->out, line->needs_sign_off ? " (needs sign-off)" : "");
  markdown_doc(v, line->doc);
  buffer_add_zero(v->out, " |\n");
}

static void markdown_procedures(struct view *v)
{
  struct numbers procedures = v->folds ? written_procedures(v->written) : (struct numbers){NULL, 0};
  for (uint32_t i = 0; i < procedures.count; i++) {
    const struct decl *procedure = written_procedure(v->written, procedures.items[i]);
    buffer_format(v->out, "\n## `%.*s`, as written\n\n", TEXT_ARG(procedure->name));
    struct text doc = written_words(v->arena, text_visible(v->arena, procedure->doc));
    if (doc.length != 0) {
      view_markdown_text(doc, v->out);
      buffer_add_zero(v->out, "\n\n");
    }
    buffer_add_zero(v->out, "| | Step | What |\n|---:|---|---|\n");
    written_list(v->written, procedures.items[i], markdown_line, v);
  }
}

static void show_row(struct view *v, const struct step *step)
{
  const struct graph *graph = v->graph;
  buffer_format(v->out, "| %u | ", step->number);
  view_markdown_text(step->id, v->out);
  buffer_add_zero(v->out, " | ");
  for (uint32_t i = 0; i < step->roles.count; i++) {
    buffer_add_zero(v->out, i == 0 ? "" : ", ");
    view_markdown_text(view_title(&graph->resources[graph->indices[step->roles.first + i]]),
                       v->out);
  }
  buffer_add_zero(v->out, " | ");
  view_markdown_text(step->sentence, v->out);
  markdown_doc(v, written_doc(v->written, step));
  buffer_add_zero(v->out, " | ");
  struct notes notes = notes_of(v, step);
  for (uint32_t i = 0; i < notes.count; i++) {
    buffer_add_zero(v->out, i == 0 ? "" : "; ");
    view_markdown_text(notes.items[i], v->out);
  }
  buffer_add_zero(v->out, " |\n");
}

static void show_markdown(struct view *v)
{
  const struct graph *graph = v->graph;
  buffer_add_zero(v->out, "# ");
  view_markdown_text(graph->title.length != 0 ? graph->title : graph->name, v->out);
  buffer_add_zero(v->out, "\n\n`");
  buffer_add_text(v->out, graph->name);
  buffer_add_zero(v->out, "`, ");
  say_head(v, ", ");
  struct text doc = written_plan_doc(v->written);
  if (doc.length != 0) {
    buffer_add_zero(v->out, "\n\n");
    view_markdown_text(doc, v->out);
  }
  find_widths(v);
  buffer_add_zero(v->out, "\n\n| | Step | Who | What | |\n|---:|---|---|---|---|\n");
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct group group;
    if (is_shown(v, &graph->steps[i]) && find_group(v, i, &group)) {
      markdown_group(v, &group);
      i = group.next - 1;
    } else if (is_shown(v, &graph->steps[i])) {
      show_row(v, &graph->steps[i]);
    }
  }
  buffer_add_zero(v->out, "\n| Role | Title | Steps |\n|---|---|---|\n");
  for (uint32_t i = 0; i < v->roles.count; i++) {
    uint32_t role = v->roles.items[i];
    if (v->role != INDEX_NONE && v->role != role)
      continue;
    struct buffer list = {0};
    struct numbers numbers = {arena_array(v->arena, graph->action_count, sizeof(uint32_t)), 0};
    for (uint32_t j = 0; j < graph->step_count; j++)
      if (graph->steps[j].kind == STEP_ACTION && view_has_role(graph, &graph->steps[j], role))
        numbers.items[numbers.count++] = graph->steps[j].number;
    view_say_numbers(&numbers, &list);
    buffer_format(v->out, "| `%.*s` | ", TEXT_ARG(graph->resources[role].name));
    view_markdown_text(view_title(&graph->resources[role]), v->out);
    buffer_format(v->out, " | %s |\n", list.bytes == NULL ? "" : list.bytes);
    buffer_free(&list);
  }
  markdown_procedures(v);
}

static json_t *json_text(struct text text)
{
  return json_stringn(text.at == NULL ? "" : text.at, text.length);
}

static json_t *json_step(struct view *v, const struct step *step)
{
  const struct graph *graph = v->graph;
  json_t *object = json_object(), *roles = json_array(), *after = json_array(),
         *notes = json_array();
  for (uint32_t i = 0; i < step->roles.count; i++)
    json_array_append_new(roles,
                          json_text(graph->resources[graph->indices[step->roles.first + i]].name));
  struct numbers numbers = view_after(v->arena, graph, step);
  for (uint32_t i = 0; i < numbers.count; i++)
    json_array_append_new(after, json_integer(numbers.items[i]));
  struct notes said = view_notes(v->arena, graph, step);
  add_note_of_time(v, step, &said);
  for (uint32_t i = 0; i < said.count; i++)
    json_array_append_new(notes, json_text(said.items[i]));
  json_object_set_new(object, "number", json_integer(step->number));
  json_object_set_new(object, "id", json_text(step->id));
  json_object_set_new(object, "verb", json_string(verb_rows[step->verb].word));
  json_object_set_new(object, "effect", json_string(effect_words[step->effect]));
  json_object_set_new(object, "roles", roles);
  json_object_set_new(object, "sentence", json_text(step->sentence));
  struct text doc = written_doc(v->written, step);
  if (doc.length != 0)
    json_object_set_new(object, "doc", json_text(doc));
  json_object_set_new(object, "after", after);
  json_object_set_new(object, "notes", notes);
  json_object_set_new(object, "file", json_text(graph->sources[step->source].path));
  json_object_set_new(object, "line", json_integer(step->line));
  return object;
}

static void show_json(struct view *v)
{
  const struct graph *graph = v->graph;
  json_t *object = json_object(), *steps = json_array();
  json_object_set_new(object, "schema", json_string("renew.show/1"));
  json_object_set_new(object, "plan", json_text(graph->name));
  json_object_set_new(object, "title", json_text(graph->title));
  struct text doc = written_plan_doc(v->written);
  if (doc.length != 0)
    json_object_set_new(object, "doc", json_text(doc));
  json_object_set_new(object, "policy", json_text(graph->policy));
  json_object_set_new(object, "change", json_text(graph->change));
  json_object_set_new(object, "window", json_text(plan_window(graph)));
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (is_shown(v, &graph->steps[i]))
      json_array_append_new(steps, json_step(v, &graph->steps[i]));
  json_object_set_new(object, "steps", steps);
  char *bytes = json_dumps(object, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  buffer_add_zero(v->out, bytes);
  buffer_add_zero(v->out, "\n");
  free(bytes);
  json_decref(object);
}

void view_show(const struct graph *graph, const struct show_wish *wish, struct buffer *ret_bytes)
{
  struct view v = {.graph = graph,
                   .arena = arena_new("view", 0),
                   .role = wish->role,
                   .folds = !wish->expand && wish->role == INDEX_NONE && wish->program != NULL &&
                            wish->form != SHOW_JSON,
                   .times = wish->times,
                   .out = ret_bytes};
  v.roles = view_roles(v.arena, graph);
  v.written = view_written(v.arena, graph, wish->program);
  if (wish->role != INDEX_NONE)
    find_then(&v);
  switch (wish->form) {
  case SHOW_TEXT:
    show_text(&v);
    break;
  case SHOW_MARKDOWN:
    show_markdown(&v);
    break;
  case SHOW_JSON:
    show_json(&v);
    break;
  }
  arena_free(v.arena);
}
