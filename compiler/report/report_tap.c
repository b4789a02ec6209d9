/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_tap: TAP 14, readable by harnesses of TAP 13.
 *
 * (1) One test point a case: a checked file, a step of a dry run. It fails where it has an error.
 * (2) What was found about it stands before it as a subtest, indented by 4, with its comment line;
 *     details in a YAML block indented by 2, every value a JSON string, which YAML is a superset of.
 * (3) A description is one line; `#` and `\` are escaped, so that no plan writes a directive.
 */
#include "compiler/report/report_int.h"

#include <stdlib.h>
#include <string.h>

static void add_description(struct text text, struct buffer *out)
{
  struct buffer clean = {0};
  report_clean_words(text, " ", &clean);
  for (size_t i = 0; i < clean.size_bytes; i++) {
    if (clean.bytes[i] == '#' || clean.bytes[i] == '\\')
      buffer_add(out, "\\", 1);
    buffer_add(out, &clean.bytes[i], 1);
  }
  buffer_free(&clean);
}

static void add_value(const char *key, struct text text, struct buffer *out)
{
  struct buffer clean = {0};
  report_clean_words(text, "\n", &clean);
  json_t *value = report_json_text(buffer_text(&clean));
  char *bytes = json_dumps(value, JSON_ENCODE_ANY);
  if (bytes == NULL)
    abort();
  buffer_format(out, "      %s: %s\n", key, bytes);
  free(bytes);
  json_decref(value);
  buffer_free(&clean);
}

static void add_finding(const struct finding *finding, uint32_t number, struct buffer *out)
{
  struct buffer words = {0};
  bool fails = finding->severity == SEVERITY_ERROR;
  buffer_format(out, "    %s %u - %s: ", fails ? "not ok" : "ok", number,
                diag_code_name(finding->code));
  add_description(finding->message, out);
  buffer_add_zero(out, "\n      ---\n");
  add_value("code", text_of(diag_code_name(finding->code)), out);
  add_value("severity", text_of(report_severity(finding->severity)), out);
  report_words(finding, "\n", &words);
  add_value("message", buffer_text(&words), out);
  if (finding->has_place) {
    add_value("file", finding->place.path, out);
    buffer_format(out, "      line: %u\n      column: %u\n", finding->place.line,
                  finding->place.column);
  }
  buffer_add_zero(out, "      ...\n");
  buffer_free(&words);
}

/* The subtest of a case; says whether it fails. */
static bool add_subtest(const struct findings *findings, uint32_t in_case, struct text name,
                        struct buffer *out)
{
  uint32_t count = 0;
  bool fails = false;
  for (uint32_t i = 0; i < findings->count; i++) {
    const struct finding *finding = &findings->items[i];
    if (finding->in_case != in_case)
      continue;
    if (count++ == 0) {
      buffer_add_zero(out, "# Subtest: ");
      add_description(name, out);
      buffer_add_zero(out, "\n");
    }
    add_finding(finding, count, out);
    fails = fails || finding->severity == SEVERITY_ERROR;
  }
  if (count != 0)
    buffer_format(out, "    1..%u\n", count);
  return fails;
}

void report_tap(const struct report_job *job)
{
  const struct findings *findings = job->findings;
  struct buffer *out = job->out, others = {0};
  uint32_t number = 0;
  bool others_fail = add_subtest(findings, UINT32_MAX, TEXT("renew"), &others);
  buffer_format(out, "TAP version 14\n1..%u\n",
                findings->case_count + findings->misuse_count + (others.size_bytes != 0));
  for (uint32_t i = 0; i < findings->case_count; i++) {
    const struct report_case *of = &findings->cases[i];
    bool fails = add_subtest(findings, i, of->name, out);
    buffer_format(out, "%s %u - ", fails ? "not ok" : "ok", ++number);
    add_description(of->name, out);
    if (!fails && of->result == CASE_SKIPPED) {
      buffer_add_zero(out, " # SKIP ");
      add_description(of->says, out);
    }
    buffer_add_zero(out, "\n");
  }
  for (uint32_t i = 0; i < findings->misuse_count; i++) {
    buffer_format(out, "not ok %u - usage: ", ++number);
    add_description(findings->misuses[i], out);
    buffer_add_zero(out, "\n");
  }
  if (others.size_bytes != 0) {
    buffer_add_text(out, buffer_text(&others));
    buffer_format(out, "%s %u - renew\n", others_fail ? "not ok" : "ok", ++number);
  }
  buffer_free(&others);
}
