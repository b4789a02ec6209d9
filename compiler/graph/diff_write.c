/* SPDX-License-Identifier: Apache-2.0 */
/* diff_write: a difference as text for a terminal, as Markdown for a merge request, as JSON. What touches
 * a running connection stands first: that is what the review is for. */
#include <jansson.h>
#include <stdlib.h>

#include "compiler/graph/diff.h"
#include "compiler/graph/view_int.h"

static const char *const kind_signs[] = {"+", "-", "=", "~", "*"};
static const char *const change_words[] = {"added", "removed", "renamed", "moved", "changed"};

static void count_line(const struct diff *diff, struct buffer *out)
{
  uint32_t counts[CHANGE_CHANGED + 1] = {0};
  bool first = true;
  for (uint32_t i = 0; i < diff->count; i++)
    counts[diff->changes[i].kind]++;
  for (int kind = CHANGE_ADDED; kind <= CHANGE_CHANGED; kind++) {
    if (counts[kind] == 0)
      continue;
    buffer_format(out, "%s%u %s", first ? "" : ", ", counts[kind], change_words[kind]);
    first = false;
  }
}

static void text_change(struct arena *arena, const struct diff_change *change, struct buffer *out)
{
  struct text old = text_visible(arena, change->old), new = text_visible(arena, change->new);
  buffer_format(out, "  %s %s %.*s %s", kind_signs[change->kind], change->what,
                TEXT_ARG(change->name), change_words[change->kind]);
  if (change->kind == CHANGE_RENAMED || change->kind == CHANGE_MOVED) {
    buffer_format(out, ": %.*s -> %.*s\n", TEXT_ARG(old), TEXT_ARG(new));
    return;
  }
  buffer_add_zero(out, "\n");
  if (old.length != 0)
    buffer_format(out, "      - %.*s\n", TEXT_ARG(old));
  if (new.length != 0)
    buffer_format(out, "      + %.*s\n", TEXT_ARG(new));
}

static void markdown_change(struct arena *arena, const struct diff_change *change,
                            struct buffer *out)
{
  buffer_format(out, "| %s | %s | ", change_words[change->kind], change->what);
  view_markdown_text(text_visible(arena, change->name), out);
  buffer_add_zero(out, " | ");
  view_markdown_text(text_visible(arena, change->old), out);
  buffer_add_zero(out, " | ");
  view_markdown_text(text_visible(arena, change->new), out);
  buffer_add_zero(out, " |\n");
}

static void write_parts(struct arena *arena, const struct diff *diff, bool markdown,
                        struct buffer *out)
{
  static const char *const titles[] = {"What a running connection presents or accepts",
                                       "Everything else"};
  for (int part = 0; part < 2; part++) {
    bool started = false;
    for (uint32_t i = 0; i < diff->count; i++) {
      if (diff->changes[i].touches_connection != (part == 0))
        continue;
      if (!started && markdown)
        buffer_format(out, "\n### %s\n\n| | | Name | Was | Is |\n|---|---|---|---|---|\n",
                      titles[part]);
      else if (!started)
        buffer_format(out, "\n%s\n", titles[part]);
      started = true;
      if (markdown)
        markdown_change(arena, &diff->changes[i], out);
      else
        text_change(arena, &diff->changes[i], out);
    }
  }
}

static void write_calls(struct arena *arena, const struct diff *diff, bool markdown,
                        struct buffer *out)
{
  static const char title[] = "Who changes what is presented and accepted, in this order";
  if (diff->count == 0 || diff->call_count == 0)
    return;
  if (markdown)
    buffer_format(out, "\n### %s\n\n| Connection | Was | Is |\n|---|---|---|\n", title);
  else
    buffer_format(out, "\n%s\n", title);
  for (uint32_t i = 0; i < diff->call_count; i++) {
    const struct diff_call *call = &diff->calls[i];
    bool same = text_equal(call->old, call->new);
    struct text old = call->old.length == 0 ? TEXT("no such connection") : call->old;
    struct text new = call->new.length == 0 ? TEXT("no such connection") : call->new;
    if (!markdown) {
      buffer_format(out, "  %.*s%s\n", TEXT_ARG(call->name), same ? ": as it was" : "");
      if (!same)
        buffer_format(out, "      - %.*s\n", TEXT_ARG(text_visible(arena, old)));
      buffer_format(out, "      %c %.*s\n", same ? ' ' : '+', TEXT_ARG(text_visible(arena, new)));
      continue;
    }
    buffer_add_zero(out, "| ");
    view_markdown_text(text_visible(arena, call->name), out);
    buffer_add_zero(out, " | ");
    view_markdown_text(text_visible(arena, old), out);
    buffer_add_zero(out, " | ");
    view_markdown_text(same ? TEXT("as it was") : text_visible(arena, new), out);
    buffer_add_zero(out, " |\n");
  }
  if (diff->calls_left_out != 0)
    buffer_format(out, "%s%u more connections are not shown\n", markdown ? "\n" : "  ",
                  diff->calls_left_out);
}

static json_t *json_text(struct text text)
{
  return json_stringn(text.at == NULL ? "" : text.at, text.length);
}

static void write_json(const struct diff *diff, const struct graph *old, const struct graph *new,
                       struct buffer *out)
{
  json_t *object = json_object(), *changes = json_array();
  json_object_set_new(object, "schema", json_string("renew.diff/1"));
  json_object_set_new(object, "plan", json_text(new->name));
  json_object_set_new(object, "old-template", json_text(old->template_digest));
  json_object_set_new(object, "new-template", json_text(new->template_digest));
  for (uint32_t i = 0; i < diff->count; i++) {
    const struct diff_change *change = &diff->changes[i];
    json_t *item = json_object();
    json_object_set_new(item, "change", json_string(change_words[change->kind]));
    json_object_set_new(item, "what", json_string(change->what));
    json_object_set_new(item, "name", json_text(change->name));
    json_object_set_new(item, "old", json_text(change->old));
    json_object_set_new(item, "new", json_text(change->new));
    json_object_set_new(item, "touches-connection", json_boolean(change->touches_connection));
    json_array_append_new(changes, item);
  }
  json_object_set_new(object, "changes", changes);
  json_t *calls = json_array();
  for (uint32_t i = 0; i < diff->call_count; i++) {
    json_t *item = json_object();
    json_object_set_new(item, "connection", json_text(diff->calls[i].name));
    json_object_set_new(item, "old", json_text(diff->calls[i].old));
    json_object_set_new(item, "new", json_text(diff->calls[i].new));
    json_array_append_new(calls, item);
  }
  json_object_set_new(object, "connections", calls);
  char *bytes = json_dumps(object, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  buffer_add_zero(out, bytes);
  buffer_add_zero(out, "\n");
  free(bytes);
  json_decref(object);
}

void diff_write(const struct diff *diff, const struct graph *old, const struct graph *new,
                enum diff_form form, struct buffer *ret_bytes)
{
  struct arena *arena = arena_new("view", 0);
  switch (form) {
  case DIFF_JSON:
    write_json(diff, old, new, ret_bytes);
    break;
  case DIFF_MARKDOWN:
    buffer_add_zero(ret_bytes, "## Changes of ");
    view_markdown_text(new->title.length != 0 ? new->title : new->name, ret_bytes);
    buffer_add_zero(ret_bytes, "\n\n");
    if (diff->count == 0)
      buffer_add_zero(ret_bytes, "none");
    count_line(diff, ret_bytes);
    buffer_add_zero(ret_bytes, "\n");
    write_parts(arena, diff, true, ret_bytes);
    write_calls(arena, diff, true, ret_bytes);
    break;
  case DIFF_TEXT:
    buffer_format(ret_bytes, "%.*s: ", TEXT_ARG(new->name));
    if (diff->count == 0)
      buffer_add_zero(ret_bytes, "the same");
    count_line(diff, ret_bytes);
    buffer_add_zero(ret_bytes, "\n");
    write_parts(arena, diff, false, ret_bytes);
    write_calls(arena, diff, false, ret_bytes);
    break;
  }
  arena_free(arena);
}
