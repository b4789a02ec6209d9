/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_xml: JUnit and checkstyle, through libxml2's writer.
 *
 * (1) JUnit: the attributes that readers demand (name, tests, failures, errors, skipped, time,
 *     timestamp; classname) and no other: some refuse what they do not know.
 * (2) A case without errors passes; each error of it is a case that failed. Warnings pass, and are told
 *     in <system-out>.
 * (3) XML has no place for control characters: text is cleaned as for a terminal.
 */
#include "compiler/report/report_int.h"

#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct xml {
  const struct report_job *job;
  xmlBufferPtr bytes;
  xmlTextWriterPtr to;
};

static void xml_start(struct xml *xml, const struct report_job *job)
{
  xml->job = job;
  xml->bytes = xmlBufferCreate();
  xml->to = xml->bytes == NULL ? NULL : xmlNewTextWriterMemory(xml->bytes, 0);
  if (xml->to == NULL)
    abort();
  xmlTextWriterSetIndent(xml->to, 1);
  xmlTextWriterStartDocument(xml->to, NULL, "UTF-8", NULL);
}

static void xml_end(struct xml *xml)
{
  xmlTextWriterEndDocument(xml->to);
  xmlFreeTextWriter(xml->to);
  buffer_add(xml->job->out, xmlBufferContent(xml->bytes), (size_t)xmlBufferLength(xml->bytes));
  xmlBufferFree(xml->bytes);
}

static void begin(struct xml *xml, const char *element)
{
  xmlTextWriterStartElement(xml->to, BAD_CAST element);
}

static void end(struct xml *xml)
{
  xmlTextWriterEndElement(xml->to);
}

/* (3); the two characters of Unicode that are none have no place either. */
static void clean(struct text text, struct buffer *out)
{
  size_t from = out->size_bytes;
  report_clean_words(text, "\n", out);
  for (size_t i = from; i + 2 < out->size_bytes; i++)
    if (memcmp(out->bytes + i, "\xEF\xBF\xBE", 3) == 0 ||
        memcmp(out->bytes + i, "\xEF\xBF\xBF", 3) == 0)
      out->bytes[i + 2] = '\xBD';
}

static void attribute(struct xml *xml, const char *name, struct text value)
{
  struct buffer out = {0};
  clean(value, &out);
  xmlTextWriterWriteAttribute(xml->to, BAD_CAST name, BAD_CAST(out.bytes == NULL ? "" : out.bytes));
  buffer_free(&out);
}

static void number(struct xml *xml, const char *name, uint32_t value)
{
  xmlTextWriterWriteFormatAttribute(xml->to, BAD_CAST name, "%" PRIu32, value);
}

static void content(struct xml *xml, struct text text)
{
  struct buffer out = {0};
  clean(text, &out);
  xmlTextWriterWriteString(xml->to, BAD_CAST(out.bytes == NULL ? "" : out.bytes));
  buffer_free(&out);
}

/* --- JUnit --- */

struct counts {
  uint32_t tests, failures, skipped;
};

static bool is_error_of(const struct finding *finding, uint32_t in_case)
{
  return finding->in_case == in_case && finding->severity == SEVERITY_ERROR;
}

static uint32_t errors_of(const struct findings *findings, uint32_t in_case)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < findings->count; i++)
    count += is_error_of(&findings->items[i], in_case);
  return count;
}

static void start_case(struct xml *xml, struct text class_name, struct text name)
{
  begin(xml, "testcase");
  attribute(xml, "classname", class_name);
  attribute(xml, "name", name);
  attribute(xml, "time", TEXT("0.000"));
}

static void write_failure(struct xml *xml, struct text class_name, const struct finding *finding)
{
  struct buffer name = {0}, words = {0};
  buffer_format(&name, "%s", diag_code_name(finding->code));
  if (finding->has_place)
    buffer_format(&name, " %.*s:%u:%u", TEXT_ARG(finding->place.path), finding->place.line,
                  finding->place.column);
  report_words(finding, "\n", &words);
  start_case(xml, class_name, buffer_text(&name));
  begin(xml, "failure");
  attribute(xml, "message", finding->message);
  attribute(xml, "type", text_of(diag_code_name(finding->code)));
  content(xml, buffer_text(&words));
  end(xml);
  end(xml);
  buffer_free(&name);
  buffer_free(&words);
}

/* (2): what did not fail is told in the case itself. */
static void write_told(struct xml *xml, uint32_t in_case, struct text says)
{
  const struct findings *findings = xml->job->findings;
  struct buffer out = {0};
  buffer_add_text(&out, says);
  for (uint32_t i = 0; i < findings->count; i++) {
    const struct finding *finding = &findings->items[i];
    if (finding->in_case != in_case || finding->severity == SEVERITY_ERROR)
      continue;
    if (out.size_bytes != 0)
      buffer_add_zero(&out, "\n");
    if (finding->has_place)
      buffer_format(&out, "%.*s:%u:%u: ", TEXT_ARG(finding->place.path), finding->place.line,
                    finding->place.column);
    buffer_format(&out, "%s[%s]: ", report_severity(finding->severity),
                  diag_code_name(finding->code));
    report_words(finding, "\n  ", &out);
  }
  if (out.size_bytes != 0) {
    begin(xml, "system-out");
    content(xml, buffer_text(&out));
    end(xml);
  }
  buffer_free(&out);
}

/* The cases of one suite stand together: [from, ret) have the same. */
static uint32_t suite_end(const struct findings *findings, uint32_t from)
{
  uint32_t to = from;
  while (to < findings->case_count &&
         text_equal(findings->cases[to].suite, findings->cases[from].suite))
    to++;
  return to;
}

static void write_case(struct xml *xml, uint32_t index)
{
  const struct findings *findings = xml->job->findings;
  const struct report_case *of = &findings->cases[index];
  if (errors_of(findings, index) != 0) {
    for (uint32_t i = 0; i < findings->count; i++)
      if (is_error_of(&findings->items[i], index))
        write_failure(xml, of->suite, &findings->items[i]);
    return;
  }
  start_case(xml, of->suite, of->name);
  if (of->result == CASE_SKIPPED) {
    begin(xml, "skipped");
    attribute(xml, "message", of->says);
    end(xml);
    write_told(xml, index, TEXT_NONE);
  } else {
    write_told(xml, index, of->says);
  }
  end(xml);
}

static void timestamp(const struct xml *xml, char *out, size_t out_bytes)
{
  struct tm fields;
  time_t now = (time_t)xml->job->about->now_s;
  gmtime_r(&now, &fields);
  strftime(out, out_bytes, "%Y-%m-%dT%H:%M:%S", &fields);
}

static void suite_attributes(struct xml *xml, struct text name, const struct counts *counts,
                             bool is_whole)
{
  char when[32];
  attribute(xml, "name", name);
  number(xml, "tests", counts->tests);
  number(xml, "failures", counts->failures);
  number(xml, "errors", 0);
  if (!is_whole)
    number(xml, "skipped", counts->skipped);
  attribute(xml, "time", TEXT("0.000"));
  if (is_whole)
    return;
  timestamp(xml, when, sizeof when);
  attribute(xml, "timestamp", text_of(when));
}

static struct counts count_cases(const struct findings *findings, uint32_t from, uint32_t to)
{
  struct counts counts = {0};
  for (uint32_t i = from; i < to; i++) {
    uint32_t errors = errors_of(findings, i);
    counts.tests += errors == 0 ? 1 : errors;
    counts.failures += errors;
    counts.skipped += errors == 0 && findings->cases[i].result == CASE_SKIPPED;
  }
  return counts;
}

/* Findings of no case, and how the program was called. */
static struct counts count_others(const struct findings *findings)
{
  uint32_t count = errors_of(findings, UINT32_MAX) + findings->misuse_count;
  return (struct counts){.tests = count, .failures = count};
}

static void write_others(struct xml *xml)
{
  const struct findings *findings = xml->job->findings;
  struct counts counts = count_others(findings);
  if (counts.tests == 0)
    return;
  begin(xml, "testsuite");
  suite_attributes(xml, TEXT("renew"), &counts, false);
  for (uint32_t i = 0; i < findings->count; i++)
    if (is_error_of(&findings->items[i], UINT32_MAX))
      write_failure(xml, TEXT("renew"), &findings->items[i]);
  for (uint32_t i = 0; i < findings->misuse_count; i++) {
    start_case(xml, TEXT("renew"), TEXT("usage"));
    begin(xml, "failure");
    attribute(xml, "message", findings->misuses[i]);
    attribute(xml, "type", TEXT("usage"));
    end(xml);
    end(xml);
  }
  end(xml);
}

void report_junit(const struct report_job *job)
{
  const struct findings *findings = job->findings;
  struct xml xml;
  xml_start(&xml, job);
  struct counts all = count_cases(findings, 0, findings->case_count);
  struct counts others = count_others(findings);
  all.tests += others.tests;
  all.failures += others.failures;
  begin(&xml, "testsuites");
  suite_attributes(&xml, TEXT("renew"), &all, true);
  for (uint32_t from = 0, to; from < findings->case_count; from = to) {
    to = suite_end(findings, from);
    struct counts counts = count_cases(findings, from, to);
    begin(&xml, "testsuite");
    suite_attributes(&xml, findings->cases[from].suite, &counts, false);
    for (uint32_t i = from; i < to; i++)
      write_case(&xml, i);
    end(&xml);
  }
  write_others(&xml);
  end(&xml);
  xml_end(&xml);
}

/* --- checkstyle --- */

static void write_error(struct xml *xml, const struct finding *finding)
{
  static const char *const words[] = {
      [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_STYLE] = "info"};
  struct buffer out = {0};
  begin(xml, "error");
  number(xml, "line", finding->place.line == 0 ? 1 : finding->place.line);
  number(xml, "column", finding->place.column == 0 ? 1 : finding->place.column);
  attribute(xml, "severity", text_of(words[finding->severity]));
  report_words(finding, "\n", &out);
  attribute(xml, "message", buffer_text(&out));
  out.size_bytes = 0;
  buffer_format(&out, "renew.%s", diag_code_name(finding->code));
  attribute(xml, "source", buffer_text(&out));
  end(xml);
  buffer_free(&out);
}

void report_checkstyle(const struct report_job *job)
{
  const struct findings *findings = job->findings;
  struct text_map files;
  struct buffer path = {0};
  struct xml xml;
  text_map_start(&files, findings->arena);
  xml_start(&xml, job);
  begin(&xml, "checkstyle");
  attribute(&xml, "version", TEXT("4.3"));
  for (uint32_t i = 0; i < findings->count; i++) {
    struct text of = findings->items[i].place.path;
    if (!text_map_add(&files, of, i, NULL))
      continue;
    begin(&xml, "file");
    attribute(&xml, "name", report_path(job->about, of, &path));
    for (uint32_t j = i; j < findings->count; j++)
      if (text_equal(findings->items[j].place.path, of))
        write_error(&xml, &findings->items[j]);
    end(&xml);
  }
  end(&xml);
  xml_end(&xml);
  buffer_free(&path);
}
