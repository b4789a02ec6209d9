/* SPDX-License-Identifier: Apache-2.0 */
/* report: see report.h. Which findings are shown, the plain format, and the last line. */
#include "compiler/report/report_int.h"

#include <utf8proc.h>

enum { TAB_COLUMNS = 8 };

const char *report_severity(enum severity severity)
{
  switch (severity) {
  case SEVERITY_ERROR:
    return "error";
  case SEVERITY_WARNING:
    return "warning";
  case SEVERITY_STYLE:
    return "style";
  }
  return "error";
}

static size_t add_point(struct text bytes, utf8proc_int32_t point, struct buffer *out)
{
  if (!text_hides(point)) {
    if (out != NULL)
      buffer_add_text(out, bytes);
    int width = utf8proc_charwidth(point);
    return width > 0 ? (size_t)width : 0;
  }
  struct buffer number = {0};
  buffer_format(&number, "<U+%04X>", (unsigned)point);
  size_t width = number.size_bytes;
  if (out != NULL)
    buffer_add_text(out, buffer_text(&number));
  buffer_free(&number);
  return width;
}

size_t report_clean(struct text text, size_t column, struct buffer *out)
{
  for (size_t i = 0; i < text.length;) {
    if (text.at[i] == '\t') {
      size_t next = column / TAB_COLUMNS * TAB_COLUMNS + TAB_COLUMNS;
      for (; column < next; column++)
        if (out != NULL)
          buffer_add_zero(out, " ");
      i++;
      continue;
    }
    utf8proc_int32_t point;
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text.at + i,
                                             (utf8proc_ssize_t)(text.length - i), &point);
    if (used <= 0) {
      used = 1;
      point = 0xFFFD;
      column += add_point(TEXT("\xEF\xBF\xBD"), point, out);
    } else {
      column += add_point((struct text){text.at + i, (size_t)used}, point, out);
    }
    i += (size_t)used;
  }
  return column;
}

void report_clean_words(struct text text, const char *newline, struct buffer *out)
{
  size_t from = 0;
  for (size_t i = 0; i <= text.length; i++) {
    if (i < text.length && text.at[i] != '\n')
      continue;
    report_clean((struct text){text.at + from, i - from}, 0, out);
    if (i < text.length)
      buffer_add_zero(out, newline);
    from = i + 1;
  }
}

void report_plain(const struct diag *diag, const struct source_set *sources, struct buffer *out)
{
  if (diag->has_place) {
    struct place place = source_place(sources, diag->primary);
    report_clean(sources->files[diag->primary.file].path, 0, out);
    buffer_format(out, ":%u:%u: ", place.line, place.column);
  }
  buffer_format(out, "%s[%s]: ", report_severity(diag->severity),
                diag_code_name(diag->code));
  report_clean_words(diag->headline, " ", out);
  if (diag->label.length != 0) {
    buffer_add_zero(out, ": ");
    report_clean_words(diag->label, " ", out);
  }
  buffer_add_zero(out, "\n");
}

static void add_count(struct buffer *out, uint32_t count, const char *one, const char *many)
{
  if (count != 0)
    buffer_format(out, "%s%u %s", out->size_bytes == 0 ? "" : ", ", count, count == 1 ? one : many);
}

/* Nothing where nothing was found: what is well is said by the verb. */
static void add_totals(const struct diag_list *diags, uint32_t hidden_count, struct buffer *out)
{
  uint32_t errors = 0, warnings = 0, styles = 0;
  for (uint32_t i = 0; i < diags->count; i++)
    switch (diags->items[i]->severity) {
    case SEVERITY_ERROR:
      errors++;
      break;
    case SEVERITY_WARNING:
      warnings++;
      break;
    case SEVERITY_STYLE:
      styles++;
      break;
    }
  struct buffer line = {0};
  add_count(&line, errors, "error", "errors");
  add_count(&line, warnings, "warning", "warnings");
  add_count(&line, styles, "style hint", "style hints");
  if (line.size_bytes != 0) {
    buffer_add_text(out, buffer_text(&line));
    if (hidden_count != 0)
      buffer_format(out, " (%u error%s not shown: --error-limit none)", hidden_count,
                    hidden_count == 1 ? "" : "s");
    buffer_add_zero(out, "\n");
  }
  buffer_free(&line);
}

void report_write(const struct diag_list *diags, const struct source_set *sources,
                  const struct report_options *options, struct buffer *ret_bytes)
{
  uint32_t shown_errors = 0, hidden_errors = 0;
  for (uint32_t i = 0; i < diags->count; i++) {
    const struct diag *diag = diags->items[i];
    bool error = diag->severity == SEVERITY_ERROR;
    if (error && options->error_limit != 0 && shown_errors == options->error_limit) {
      hidden_errors++;
      continue;
    }
    shown_errors += error;
    switch (options->format) {
    case REPORT_HUMAN:
      report_human(diag, sources, options, ret_bytes);
      buffer_add_zero(ret_bytes, "\n");
      break;
    case REPORT_PLAIN:
      report_plain(diag, sources, ret_bytes);
      break;
    case REPORT_JSON:
      report_json(diag, sources, ret_bytes);
      break;
    case REPORT_GITHUB:
    case REPORT_SARIF:
    case REPORT_GITLAB:
    case REPORT_JUNIT:
    case REPORT_CHECKSTYLE:
    case REPORT_RDJSON:
    case REPORT_TAP:
    case REPORT__COUNT:
      break;
    }
  }
  if (options->format == REPORT_HUMAN || options->format == REPORT_PLAIN)
    add_totals(diags, hidden_errors, ret_bytes);
}
