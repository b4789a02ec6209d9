/* SPDX-License-Identifier: Apache-2.0 */
/* report_rdjson: reviewdog's format; columns count UTF-8 bytes. A fix of one edit is a suggestion; one
 * of several edits is none, for reviewdog would offer them one by one. */
#include "compiler/report/report_int.h"

static const char *severity_of(enum severity severity)
{
  switch (severity) {
  case SEVERITY_ERROR:
    return "ERROR";
  case SEVERITY_WARNING:
    return "WARNING";
  case SEVERITY_STYLE:
    return "INFO";
  }
  return "ERROR";
}

static json_t *point(uint32_t line, uint32_t column)
{
  json_t *object = json_object();
  report_json_set(object, "line", json_integer(line));
  report_json_set(object, "column", json_integer(column));
  return object;
}

static json_t *range_of(const struct finding_place *place)
{
  json_t *range = json_object();
  report_json_set(range, "start", point(place->line, place->column));
  report_json_set(range, "end", point(place->end_line, place->end_column));
  return range;
}

static json_t *location_of(const struct report_job *job, const struct finding_place *place)
{
  struct buffer path = {0};
  json_t *location = json_object();
  report_json_set(location, "path", report_json_text(report_path(job->about, place->path, &path)));
  if (place->line != 0)
    report_json_set(location, "range", range_of(place));
  buffer_free(&path);
  return location;
}

static json_t *diagnostic_of(const struct report_job *job, const struct finding *finding)
{
  json_t *object = json_object(), *code = json_object(), *suggestions = json_array(),
         *related = json_array();
  struct buffer words = {0};
  report_words(finding, "\n", &words);
  report_json_set(object, "message", report_json_text(buffer_text(&words)));
  report_json_set(object, "location", location_of(job, &finding->place));
  report_json_set(object, "severity", json_string(severity_of(finding->severity)));
  report_json_set(code, "value", json_string(diag_code_name(finding->code)));
  report_json_set(object, "code", code);
  bool applies = finding->fix_kind == FIX_SAFE || finding->fix_kind == FIX_UNSAFE;
  if (applies && finding->edit_count == 1) {
    json_t *suggestion = json_object();
    report_json_set(suggestion, "range", range_of(&finding->edits[0].place));
    report_json_set(suggestion, "text", report_json_text(finding->edits[0].text));
    report_json_append(suggestions, suggestion);
  }
  report_json_set(object, "suggestions", suggestions);
  for (uint32_t i = 0; i < finding->related_count; i++) {
    json_t *place = json_object();
    report_json_set(place, "message", report_json_text(finding->related[i].text));
    report_json_set(place, "location", location_of(job, &finding->related[i].place));
    report_json_append(related, place);
  }
  report_json_set(object, "related_locations", related);
  buffer_free(&words);
  return object;
}

void report_rdjson(const struct report_job *job)
{
  json_t *document = json_object(), *source = json_object(), *diagnostics = json_array();
  report_json_set(source, "name", json_string("renew"));
  report_json_set(document, "source", source);
  for (uint32_t i = 0; i < job->findings->count; i++)
    report_json_append(diagnostics, diagnostic_of(job, &job->findings->items[i]));
  report_json_set(document, "diagnostics", diagnostics);
  report_json_end(document, job->out);
}
