/* SPDX-License-Identifier: Apache-2.0 */
/* report_int: what the formats share. Private to compiler/report. */
#ifndef RENEW_REPORT_REPORT_INT_H
#define RENEW_REPORT_REPORT_INT_H

#include <jansson.h>

#include "compiler/report/report.h"

/*
 * Text of a plan file as a terminal may see it: tabs become blanks, and what is invisible, reorders
 * other characters or commands the terminal becomes <U+XXXX>. Starts at `column` (0-based), returns
 * the column behind it. out: NULL only measures.
 */
size_t report_clean(struct text text, size_t column, struct buffer *out);
/* The same for headlines and labels; a newline becomes `newline`. */
void report_clean_words(struct text text, const char *newline, struct buffer *out);

const char *report_severity(enum severity severity);
void report_human(const struct diag *diag, const struct source_set *sources,
                  const struct report_options *options, struct buffer *out);
void report_plain(const struct diag *diag, const struct source_set *sources, struct buffer *out);
void report_json(const struct diag *diag, const struct source_set *sources, struct buffer *out);

/* JSON: a failed call is out of memory, and ends the program as in base/text. Text that is no UTF-8 is
 * cleaned. */
json_t *report_json_text(struct text text);
void report_json_set(json_t *object, const char *key, json_t *value);
void report_json_append(json_t *array, json_t *value);
/* Indented, with a line end; frees the value. */
void report_json_end(json_t *value, struct buffer *out);

/* The headline, the label, notes, helps and fix: what one text has to say. `newline` between them. */
void report_words(const struct finding *finding, const char *newline, struct buffer *out);
/* prefix and path of a finding; "." where it has none. */
struct text report_path(const struct report_about *about, struct text path, struct buffer *out);

struct report_job {
  const struct findings *findings;
  const struct report_about *about;
  struct buffer *out;
};
void report_github(const struct report_job *job);
void report_sarif(const struct report_job *job);
void report_gitlab(const struct report_job *job);
void report_junit(const struct report_job *job);
void report_checkstyle(const struct report_job *job);
void report_rdjson(const struct report_job *job);
void report_tap(const struct report_job *job);

#endif
