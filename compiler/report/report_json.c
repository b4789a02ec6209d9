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

void report_json_set(json_t *object, const char *key, json_t *value)
{
  if (value == NULL || json_object_set_new(object, key, value) != 0)
    abort(); /* out of memory, as in base/text */
}

json_t *report_json_text(struct text text)
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

void report_json_append(json_t *array, json_t *value)
{
  if (value == NULL || json_array_append_new(array, value) != 0)
    abort();
}

static void add_line(json_t *value, size_t flags, struct buffer *out)
{
  char *bytes = json_dumps(value, flags);
  if (bytes == NULL)
    abort();
  buffer_add_zero(out, bytes);
  buffer_add_zero(out, "\n");
  free(bytes);
  json_decref(value);
}

void report_json_end(json_t *value, struct buffer *out)
{
  add_line(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER, out);
}

void report_misuse(struct text says, struct buffer *ret_bytes)
{
  json_t *object = json_object();
  report_json_set(object, "schema", json_string("renew.diag/1"));
  report_json_set(object, "code", json_string("usage"));
  report_json_set(object, "severity", json_string("error"));
  report_json_set(object, "message", report_json_text(says));
  add_line(object, JSON_COMPACT, ret_bytes);
}

static json_t *object_at(const struct source_set *sources, struct span span)
{
  struct place start = source_place(sources, span);
  struct place end = source_place(sources, span_end_point(span));
  json_t *object = json_object();
  report_json_set(object, "file", report_json_text(sources->files[span.file].path));
  report_json_set(object, "line", json_integer(start.line));
  report_json_set(object, "col", json_integer(start.column));
  report_json_set(object, "col_utf16", json_integer(start.column_utf16));
  report_json_set(object, "end_line", json_integer(end.line));
  report_json_set(object, "end_col", json_integer(end.column));
  report_json_set(object, "byte", json_integer(span.at));
  report_json_set(object, "byte_end", json_integer((json_int_t)span.at + span.length));
  return object;
}

static json_t *lines_of(const struct diag_line *lines)
{
  json_t *array = json_array();
  for (; lines != NULL; lines = lines->next)
    report_json_append(array, report_json_text(lines->text));
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
  report_json_set(fix, "applicability", json_string(applicability(diag->fix_kind)));
  report_json_set(fix, "message", report_json_text(diag->fix_says));
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next) {
    json_t *object = object_at(sources, edit->span);
    report_json_set(object, "text", report_json_text(edit->text));
    report_json_append(edits, object);
  }
  report_json_set(fix, "edits", edits);
  report_json_append(fixes, fix);
  return fixes;
}

static json_t *related_of(const struct diag *diag, const struct source_set *sources)
{
  json_t *related = json_array();
  for (const struct diag_label *label = diag->secondary; label != NULL; label = label->next) {
    json_t *object = object_at(sources, label->span);
    report_json_set(object, "message", report_json_text(label->text));
    report_json_append(related, object);
  }
  return related;
}

void report_json(const struct diag *diag, const struct source_set *sources, struct buffer *out)
{
  json_t *object = json_object();
  report_json_set(object, "schema", json_string("renew.diag/1"));
  report_json_set(object, "code", json_string(diag_code_name(diag->code)));
  report_json_set(object, "severity", json_string(report_severity(diag->severity)));
  report_json_set(object, "message", report_json_text(diag->headline));
  if (diag->has_place) {
    json_t *primary = object_at(sources, diag->primary);
    report_json_set(primary, "label", report_json_text(diag->label));
    report_json_set(object, "primary", primary);
  }
  report_json_set(object, "related", related_of(diag, sources));
  report_json_set(object, "help", lines_of(diag->helps));
  report_json_set(object, "notes", lines_of(diag->notes));
  report_json_set(object, "fixes", fixes_of(diag, sources));
  add_line(object, JSON_COMPACT, out);
}
