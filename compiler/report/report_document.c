/* SPDX-License-Identifier: Apache-2.0 */
/* report_document: what the formats that are one document share, and which there are. */
#include "compiler/report/report_int.h"

const char *const report_format_words[REPORT__COUNT] = {
    "human", "plain", "json", "github", "sarif", "gitlab", "junit", "checkstyle", "rdjson", "tap"};

static void (*const writers[REPORT__COUNT])(const struct report_job *job) = {
    [REPORT_GITHUB] = report_github, [REPORT_SARIF] = report_sarif,
    [REPORT_GITLAB] = report_gitlab, [REPORT_JUNIT] = report_junit,
    [REPORT_RDJSON] = report_rdjson, [REPORT_CHECKSTYLE] = report_checkstyle,
    [REPORT_TAP] = report_tap};

bool report_is_document(enum report_format format)
{
  return writers[format] != NULL;
}

void report_document(const struct findings *findings, enum report_format format,
                     const struct report_about *about, struct buffer *ret_bytes)
{
  if (writers[format] != NULL)
    writers[format](&(struct report_job){findings, about, ret_bytes});
}

struct text report_path(const struct report_about *about, struct text path, struct buffer *out)
{
  out->size_bytes = 0;
  if (path.length == 0)
    return TEXT(".");
  if (path.at[0] != '/')
    buffer_add_text(out, about->prefix);
  buffer_add_text(out, path);
  return buffer_text(out);
}

void report_words(const struct finding *finding, const char *newline, struct buffer *out)
{
  report_clean_words(finding->message, newline, out);
  if (finding->label.length != 0) {
    buffer_add_zero(out, ": ");
    report_clean_words(finding->label, newline, out);
  }
  for (uint32_t i = 0; i < finding->note_count; i++) {
    buffer_format(out, "%snote: ", newline);
    report_clean_words(finding->notes[i], newline, out);
  }
  for (uint32_t i = 0; i < finding->help_count; i++) {
    buffer_format(out, "%shelp: ", newline);
    report_clean_words(finding->helps[i], newline, out);
  }
  if (finding->fix_kind != FIX_NONE) {
    buffer_format(out, "%shelp: ", newline);
    report_clean_words(finding->fix_says, newline, out);
  }
}
