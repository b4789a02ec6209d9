/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_sarif: SARIF 2.1.0, as GitHub's code scanning takes it.
 *
 * (1) Exactly one run; rules only of the codes that fired; every result has a location, and no line
 *     is 0. What belongs to no file is a notification of the invocation.
 * (2) URIs are relative to the repository and percent-encoded, so they do not change between hosts.
 * (3) At most RESULTS_MAX results and RELATED_MAX related places a result; what is left out is said in
 *     a notification. Errors come first, so that a limit of a reader hides warnings.
 */
#include "compiler/report/report_int.h"

#include <string.h>

enum { RESULTS_MAX = 25000, RELATED_MAX = 900, FINGERPRINT_SHOWN = 16 };

static const char *level(enum severity severity)
{
  switch (severity) {
  case SEVERITY_ERROR:
    return "error";
  case SEVERITY_WARNING:
    return "warning";
  case SEVERITY_STYLE:
    return "note";
  }
  return "error";
}

static json_t *message(struct text text)
{
  json_t *object = json_object();
  report_json_set(object, "text", report_json_text(text));
  return object;
}

/* (2): what RFC 3986 reserves or does not know is %XX; a colon in the first part would be a scheme. */
static json_t *uri_of(const struct report_job *job, struct text path)
{
  struct buffer whole = {0}, uri = {0};
  struct text text = report_path(job->about, path, &whole);
  /* What lies outside the repository is no relative reference. */
  if (text_starts_with(text, "/"))
    buffer_add_zero(&uri, "file://");
  const char *slash = memchr(text.at, '/', text.length);
  size_t first_part = slash == NULL ? text.length : (size_t)(slash - text.at);
  if (memchr(text.at, ':', first_part) != NULL)
    buffer_add_zero(&uri, "./");
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.at[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 (c != '\0' && strchr("-._~/:@!$&'()*+,;=", c) != NULL);
    if (plain)
      buffer_add(&uri, &text.at[i], 1);
    else
      buffer_format(&uri, "%%%02X", c);
  }
  json_t *value = report_json_text(buffer_text(&uri));
  buffer_free(&whole);
  buffer_free(&uri);
  return value;
}

static json_t *artifact(const struct report_job *job, struct text path)
{
  json_t *object = json_object();
  report_json_set(object, "uri", uri_of(job, path));
  struct buffer whole = {0};
  if (!text_starts_with(report_path(job->about, path, &whole), "/"))
    report_json_set(object, "uriBaseId", json_string("%SRCROOT%"));
  buffer_free(&whole);
  return object;
}

static json_t *region(const struct finding_place *place)
{
  json_t *object = json_object();
  report_json_set(object, "startLine", json_integer(place->line == 0 ? 1 : place->line));
  if (place->line != 0) {
    report_json_set(object, "startColumn", json_integer(place->column_utf16));
    report_json_set(object, "endLine", json_integer(place->end_line));
    report_json_set(object, "endColumn", json_integer(place->end_column_utf16));
  }
  return object;
}

static json_t *location(const struct report_job *job, const struct finding_place *place)
{
  json_t *object = json_object(), *physical = json_object();
  report_json_set(physical, "artifactLocation", artifact(job, place->path));
  report_json_set(physical, "region", region(place));
  report_json_set(object, "physicalLocation", physical);
  return object;
}

static json_t *related(const struct report_job *job, const struct finding *finding)
{
  json_t *array = json_array();
  for (uint32_t i = 0; i < finding->related_count && i < RELATED_MAX; i++) {
    json_t *object = location(job, &finding->related[i].place);
    report_json_set(object, "id", json_integer((json_int_t)i + 1));
    report_json_set(object, "message", message(finding->related[i].text));
    report_json_append(array, object);
  }
  return array;
}

/* A template has gaps that a person fills: nothing to apply. */
static json_t *fixes(const struct report_job *job, const struct finding *finding)
{
  json_t *array = json_array();
  if (finding->fix_kind != FIX_SAFE && finding->fix_kind != FIX_UNSAFE)
    return array;
  json_t *fix = json_object(), *changes = json_array();
  report_json_set(fix, "description", message(finding->fix_says));
  for (uint32_t i = 0; i < finding->edit_count; i++) {
    const struct finding_edit *edit = &finding->edits[i];
    json_t *change = json_object(), *list = json_array(), *replacement = json_object();
    report_json_set(replacement, "deletedRegion", region(&edit->place));
    report_json_set(replacement, "insertedContent", message(edit->text));
    report_json_append(list, replacement);
    report_json_set(change, "artifactLocation", artifact(job, edit->place.path));
    report_json_set(change, "replacements", list);
    report_json_append(changes, change);
  }
  report_json_set(fix, "artifactChanges", changes);
  report_json_append(array, fix);
  return array;
}

static json_t *result(const struct report_job *job, const struct finding *finding, int rule)
{
  json_t *object = json_object(), *locations = json_array(), *prints = json_object();
  struct buffer words = {0}, print = {0};
  report_words(finding, "\n", &words);
  buffer_format(&print, "%.*s:%u", FINGERPRINT_SHOWN, finding->fingerprint.at, finding->nth);
  report_json_set(object, "ruleId", json_string(diag_code_name(finding->code)));
  report_json_set(object, "ruleIndex", json_integer(rule));
  report_json_set(object, "level", json_string(level(finding->severity)));
  report_json_set(object, "message", message(buffer_text(&words)));
  report_json_append(locations, location(job, &finding->place));
  report_json_set(object, "locations", locations);
  if (finding->related_count != 0)
    report_json_set(object, "relatedLocations", related(job, finding));
  report_json_set(prints, "primaryLocationLineHash", report_json_text(buffer_text(&print)));
  report_json_set(object, "partialFingerprints", prints);
  json_t *list = fixes(job, finding);
  if (json_array_size(list) != 0)
    report_json_set(object, "fixes", list);
  else
    json_decref(list);
  buffer_free(&words);
  buffer_free(&print);
  return object;
}

static json_t *rule_of(enum diag_code code)
{
  json_t *rule = json_object(), *configuration = json_object(), *properties = json_object(),
         *tags = json_array();
  const char *name = diag_code_name(code);
  report_json_set(rule, "id", json_string(name));
  report_json_set(rule, "shortDescription", message(text_of(diag_code_title(code))));
  report_json_set(rule, "fullDescription", message(text_of(diag_code_explanation(code))));
  report_json_set(rule, "help", message(text_of(diag_code_explanation(code))));
  report_json_set(configuration, "level", json_string(level(diag_code_severity(code))));
  report_json_set(rule, "defaultConfiguration", configuration);
  report_json_append(tags, json_string("renew"));
  report_json_append(tags, json_string(report_severity(diag_code_severity(code))));
  report_json_set(properties, "tags", tags);
  report_json_set(rule, "properties", properties);
  return rule;
}

static void notify(json_t *notifications, const char *notification_level, struct text says)
{
  json_t *object = json_object();
  report_json_set(object, "level", json_string(notification_level));
  report_json_set(object, "message", message(says));
  report_json_append(notifications, object);
}

struct run {
  json_t *rules, *results, *notifications;
  int rule_of[DIAG__COUNT]; /* index + 1; 0 = has not fired */
  int rule_count;
  uint32_t left_out;
};

static void add_finding(const struct report_job *job, struct run *run,
                        const struct finding *finding)
{
  if (!finding->has_place && finding->place.path.length == 0) {
    struct buffer words = {0};
    buffer_format(&words, "%s: ", diag_code_name(finding->code));
    report_words(finding, "\n", &words);
    notify(run->notifications, level(finding->severity), buffer_text(&words));
    buffer_free(&words);
    return;
  }
  if (json_array_size(run->results) == RESULTS_MAX) {
    run->left_out++;
    return;
  }
  if (run->rule_of[finding->code] == 0) {
    report_json_append(run->rules, rule_of(finding->code));
    run->rule_of[finding->code] = ++run->rule_count;
  }
  report_json_append(run->results, result(job, finding, run->rule_of[finding->code] - 1));
}

static json_t *invocation_of(const struct report_job *job, struct run *run)
{
  const struct findings *findings = job->findings;
  for (uint32_t i = 0; i < findings->misuse_count; i++)
    notify(run->notifications, "error", findings->misuses[i]);
  if (run->left_out != 0) {
    struct buffer says = {0};
    buffer_format(&says, "%u further results are not in this file, which holds at most %d",
                  run->left_out, RESULTS_MAX);
    notify(run->notifications, "warning", buffer_text(&says));
    buffer_free(&says);
  }
  json_t *invocation = json_object();
  /* 1 is an answer: the findings. */
  report_json_set(invocation, "executionSuccessful", json_boolean(job->about->exit_code <= 1));
  report_json_set(invocation, "exitCode", json_integer(job->about->exit_code));
  report_json_set(invocation, "toolExecutionNotifications", run->notifications);
  return invocation;
}

void report_sarif(const struct report_job *job)
{
  const struct findings *findings = job->findings;
  static const enum severity order[] = {SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_STYLE};
  struct run run = {.rules = json_array(), .results = json_array(), .notifications = json_array()};
  for (size_t s = 0; s < sizeof order / sizeof *order; s++)
    for (uint32_t i = 0; i < findings->count; i++)
      if (findings->items[i].severity == order[s])
        add_finding(job, &run, &findings->items[i]);
  json_t *driver = json_object(), *tool = json_object(), *object = json_object(),
         *invocations = json_array(), *runs = json_array(), *document = json_object();
  report_json_set(driver, "name", json_string("renew"));
  report_json_set(driver, "version", report_json_text(job->about->version));
  report_json_set(driver, "rules", run.rules);
  report_json_set(tool, "driver", driver);
  report_json_set(object, "tool", tool);
  report_json_append(invocations, invocation_of(job, &run));
  report_json_set(object, "invocations", invocations);
  report_json_set(object, "columnKind", json_string("utf16CodeUnits"));
  report_json_set(object, "results", run.results);
  report_json_append(runs, object);
  report_json_set(document, "$schema",
                  json_string("https://json.schemastore.org/sarif-2.1.0.json"));
  report_json_set(document, "version", json_string("2.1.0"));
  report_json_set(document, "runs", runs);
  report_json_end(document, job->out);
}
