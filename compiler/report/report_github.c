/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_github: annotations of GitHub Actions, and the table of a job's summary page.
 *
 * (1) GitHub shows 10 errors, 10 warnings and 10 notices of a step and drops the rest without a word:
 *     errors come first, and what is not annotated is said.
 * (2) Annotations are not readable in the log, so everything stands there as plain lines too. No byte of
 *     a plan can be a command there: commands are stopped by a word that the text does not contain.
 * (3) The summary page takes 1 MiB of a step; the table stays far below.
 */
#include "compiler/report/report_int.h"

#include <string.h>

#include "compiler/base/digest.h"

enum { ANNOTATIONS_MAX = 10, SUMMARY_ROWS_MAX = 200, CELL_BYTES_MAX = 600, TOKEN_SHOWN = 32 };

static const enum severity order[] = {SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_STYLE};

/* In a property also what would end it. */
static void escape(struct text text, bool is_property, struct buffer *out)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (c == '%' || c == '\n' || c == '\r' || (is_property && (c == ',' || c == ':')))
      buffer_format(out, "%%%02X", (unsigned char)c);
    else
      buffer_add(out, &c, 1);
  }
}

static void annotate(const struct report_job *job, const struct finding *finding)
{
  static const char *const commands[] = {
      [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_STYLE] = "notice"};
  struct buffer clean = {0}, path = {0};
  const struct finding_place *place = &finding->place;
  buffer_format(job->out, "::%s ", commands[finding->severity]);
  if (place->path.length != 0) {
    report_clean_words(report_path(job->about, place->path, &path), " ", &clean);
    buffer_add_zero(job->out, "file=");
    escape(buffer_text(&clean), true, job->out);
    buffer_format(job->out, ",line=%u", place->line == 0 ? 1 : place->line);
    if (place->line != 0)
      buffer_format(job->out, ",endLine=%u", place->end_line);
    /* Columns of several lines are refused. */
    if (place->line != 0 && place->line == place->end_line)
      buffer_format(job->out, ",col=%u,endColumn=%u", place->column_utf16, place->end_column_utf16);
    buffer_add_zero(job->out, ",");
  }
  buffer_format(job->out, "title=%s::", diag_code_name(finding->code));
  clean.size_bytes = 0;
  report_words(finding, "\n", &clean);
  escape(buffer_text(&clean), false, job->out);
  buffer_add_zero(job->out, "\n");
  buffer_free(&clean);
  buffer_free(&path);
}

static void add_plain(const struct finding *finding, struct buffer *out)
{
  if (finding->place.path.length != 0) {
    report_clean_words(finding->place.path, " ", out);
    if (finding->has_place)
      buffer_format(out, ":%u:%u", finding->place.line, finding->place.column);
    buffer_add_zero(out, ": ");
  }
  buffer_format(out, "%s[%s]: ", report_severity(finding->severity), diag_code_name(finding->code));
  report_words(finding, "\n    ", out);
  buffer_add_zero(out, "\n");
}

static void add_total(const struct findings *findings, struct buffer *out)
{
  uint32_t errors = findings_count(findings, SEVERITY_ERROR),
           warnings = findings_count(findings, SEVERITY_WARNING),
           styles = findings_count(findings, SEVERITY_STYLE);
  buffer_format(out, "%u error%s, %u warning%s", errors, errors == 1 ? "" : "s", warnings,
                warnings == 1 ? "" : "s");
  if (styles != 0)
    buffer_format(out, ", %u style hint%s", styles, styles == 1 ? "" : "s");
}

void report_github(const struct report_job *job)
{
  const struct findings *findings = job->findings;
  struct buffer log = {0};
  uint32_t left = 0;
  for (uint32_t i = 0; i < findings->misuse_count; i++) {
    buffer_add_zero(job->out, "::error title=usage::");
    escape(findings->misuses[i], false, job->out);
    buffer_add_zero(job->out, "\n");
  }
  for (size_t s = 0; s < sizeof order / sizeof *order; s++) {
    uint32_t shown = 0;
    for (uint32_t i = 0; i < findings->count; i++) {
      const struct finding *finding = &findings->items[i];
      if (finding->severity != order[s])
        continue;
      add_plain(finding, &log);
      if (shown == ANNOTATIONS_MAX) {
        left++;
        continue;
      }
      annotate(job, finding);
      shown++;
    }
  }
  if (log.size_bytes != 0) {
    struct digest token = digest_of(buffer_text(&log));
    buffer_format(job->out, "::stop-commands::%.*s\n", TOKEN_SHOWN, token.hex);
    buffer_add_text(job->out, buffer_text(&log));
    buffer_format(job->out, "::%.*s::\n", TOKEN_SHOWN, token.hex);
    add_total(findings, job->out);
    if (left != 0)
      buffer_format(job->out, "; and %u more than GitHub annotates, see the lines above", left);
    buffer_add_zero(job->out, "\n");
  }
  buffer_free(&log);
}

/* A cell of Markdown: nothing of an author's words is markup, a link or the end of the cell. */
static void add_cell(struct text text, struct buffer *out)
{
  struct buffer clean = {0};
  report_clean_words(text, " ", &clean);
  size_t length = clean.size_bytes;
  if (length > CELL_BYTES_MAX) {
    length = CELL_BYTES_MAX;
    while (length > 0 && ((unsigned char)clean.bytes[length] & 0xC0) == 0x80)
      length--;
  }
  for (size_t i = 0; i < length; i++) {
    char c = clean.bytes[i];
    if (c == '<' || c == '>' || c == '&' || c == '@' || c == '#' || c == ':')
      buffer_format(out, "&#%d;", c);
    else if (strchr("|*_`[]\\~!$", c) != NULL)
      buffer_format(out, "\\%c", c);
    else
      buffer_add(out, &c, 1);
  }
  if (length < clean.size_bytes)
    buffer_add_zero(out, " ...");
  buffer_free(&clean);
}

void report_summary(const struct findings *findings, const struct report_about *about,
                    struct buffer *ret_bytes)
{
  struct buffer path = {0};
  uint32_t rows = 0;
  if (findings->count == 0)
    return;
  buffer_format(ret_bytes, "### renew %.*s: ", TEXT_ARG(about->verb));
  add_total(findings, ret_bytes);
  buffer_add_zero(ret_bytes, "\n\n| | Code | Where | What |\n|---|---|---|---|\n");
  for (size_t s = 0; s < sizeof order / sizeof *order; s++)
    for (uint32_t i = 0; i < findings->count && rows < SUMMARY_ROWS_MAX; i++) {
      const struct finding *finding = &findings->items[i];
      if (finding->severity != order[s])
        continue;
      rows++;
      buffer_format(ret_bytes, "| %s | %s | ", report_severity(finding->severity),
                    diag_code_name(finding->code));
      add_cell(report_path(about, finding->place.path, &path), ret_bytes);
      if (finding->has_place)
        buffer_format(ret_bytes, " line %u", finding->place.line);
      buffer_add_zero(ret_bytes, " | ");
      add_cell(finding->message, ret_bytes);
      buffer_add_zero(ret_bytes, " |\n");
    }
  if (rows < findings->count)
    buffer_format(ret_bytes, "\n... and %u more, see the log\n", findings->count - rows);
  buffer_add_zero(ret_bytes, "\n");
  buffer_free(&path);
}
