/* SPDX-License-Identifier: Apache-2.0 */
/* report_gitlab: GitLab's Code Quality report: an array of objects, each with the fields that it
 * demands: description, check_name, fingerprint, severity, location. */
#include "compiler/report/report_int.h"

static const char *severity_of(enum severity severity)
{
  switch (severity) {
  case SEVERITY_ERROR:
    return "critical";
  case SEVERITY_WARNING:
    return "minor";
  case SEVERITY_STYLE:
    return "info";
  }
  return "critical";
}

static json_t *location_of(const struct report_job *job, const struct finding *finding)
{
  json_t *location = json_object(), *lines = json_object();
  struct buffer path = {0};
  const struct finding_place *place = &finding->place;
  report_json_set(location, "path", report_json_text(report_path(job->about, place->path, &path)));
  report_json_set(lines, "begin", json_integer(place->line == 0 ? 1 : place->line));
  if (place->line != 0)
    report_json_set(lines, "end", json_integer(place->end_line));
  report_json_set(location, "lines", lines);
  buffer_free(&path);
  return location;
}

void report_gitlab(const struct report_job *job)
{
  json_t *array = json_array();
  for (uint32_t i = 0; i < job->findings->count; i++) {
    const struct finding *finding = &job->findings->items[i];
    json_t *object = json_object();
    struct buffer words = {0};
    buffer_format(&words, "%s: ", diag_code_name(finding->code));
    report_words(finding, "; ", &words);
    report_json_set(object, "type", json_string("issue"));
    report_json_set(object, "description", report_json_text(buffer_text(&words)));
    report_json_set(object, "check_name", json_string(diag_code_name(finding->code)));
    report_json_set(object, "fingerprint", report_json_text(finding->fingerprint));
    report_json_set(object, "severity", json_string(severity_of(finding->severity)));
    report_json_set(object, "location", location_of(job, finding));
    report_json_append(array, object);
    buffer_free(&words);
  }
  report_json_end(array, job->out);
}
