/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_json: one finding as one line of JSON, schema renew.diag/1.
 *
 * (1) Lines and columns are 1-based; `col` counts UTF-8 bytes, `col_utf16` UTF-16 units, `byte` is
 *     the offset in the file (behind a byte order mark). Ends are exclusive.
 * (2) Written by jansson only. A text that is no valid UTF-8 (a message about bytes) is cleaned.
 */
#include "compiler/report/report_int.h"

#include <stdlib.h>

#include <jansson.h>

static void set_new(json_t *object, const char *key, json_t *value)
{
  if (value == NULL || json_object_set_new(object, key, value) != 0)
    abort(); /* out of memory, as in base/text */
}

static json_t *json_of(struct text text)
{
  json_t *value = json_stringn(text.at != NULL ? text.at : "", text.length);
  if (value != NULL)
    return value;
  struct buffer clean = {0};
  report_clean_words(text, "\n", &clean);
  value = json_stringn(clean.bytes, clean.size_bytes);
  buffer_free(&clean);
  return value;
}

static void append_new(json_t *array, json_t *value)
{
  if (value == NULL || json_array_append_new(array, value) != 0)
    abort();
}

static json_t *object_at(const struct source_set *sources, struct span span)
{
  struct place start = source_place(sources, span);
  struct place end = source_place(sources, span_end_point(span));
  json_t *object = json_object();
  set_new(object, "file", json_of(sources->files[span.file].path));
  set_new(object, "line", json_integer(start.line));
  set_new(object, "col", json_integer(start.column));
  set_new(object, "col_utf16", json_integer(start.column_utf16));
  set_new(object, "end_line", json_integer(end.line));
  set_new(object, "end_col", json_integer(end.column));
  set_new(object, "byte", json_integer(span.at));
  set_new(object, "byte_end", json_integer((json_int_t)span.at + span.length));
  return object;
}

static json_t *lines_of(const struct diag_line *lines)
{
  json_t *array = json_array();
  for (; lines != NULL; lines = lines->next)
    append_new(array, json_of(lines->text));
  return array;
}

static const char *applicability(enum fix_kind kind)
{
  switch (kind) {
  case FIX_NONE:
  case FIX_SAFE:
    return "safe";
  case FIX_UNSAFE:
    return "unsafe";
  case FIX_TEMPLATE:
    return "template";
  }
  return "unsafe";
}

static json_t *fixes_of(const struct diag *diag, const struct source_set *sources)
{
  json_t *fixes = json_array();
  if (diag->fix_kind == FIX_NONE)
    return fixes;
  json_t *fix = json_object(), *edits = json_array();
  set_new(fix, "applicability", json_string(applicability(diag->fix_kind)));
  set_new(fix, "message", json_of(diag->fix_says));
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next) {
    json_t *object = object_at(sources, edit->span);
    set_new(object, "text", json_of(edit->text));
    append_new(edits, object);
  }
  set_new(fix, "edits", edits);
  append_new(fixes, fix);
  return fixes;
}

static json_t *related_of(const struct diag *diag, const struct source_set *sources)
{
  json_t *related = json_array();
  for (const struct diag_label *label = diag->secondary; label != NULL; label = label->next) {
    json_t *object = object_at(sources, label->span);
    set_new(object, "message", json_of(label->text));
    append_new(related, object);
  }
  return related;
}

void report_json(const struct diag *diag, const struct source_set *sources, struct buffer *out)
{
  json_t *object = json_object();
  set_new(object, "schema", json_string("renew.diag/1"));
  set_new(object, "code", json_string(diag_code_name(diag->code)));
  set_new(object, "severity", json_string(report_severity(diag_code_severity(diag->code))));
  set_new(object, "message", json_of(diag->headline));
  if (diag->has_place) {
    json_t *primary = object_at(sources, diag->primary);
    set_new(primary, "label", json_of(diag->label));
    set_new(object, "primary", primary);
  }
  set_new(object, "related", related_of(diag, sources));
  set_new(object, "help", lines_of(diag->helps));
  set_new(object, "notes", lines_of(diag->notes));
  set_new(object, "fixes", fixes_of(diag, sources));
  char *line = json_dumps(object, JSON_COMPACT);
  if (line == NULL)
    abort();
  buffer_add_zero(out, line);
  buffer_add_zero(out, "\n");
  free(line);
  json_decref(object);
}
