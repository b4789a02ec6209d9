/* SPDX-License-Identifier: Apache-2.0 */
/* report_int: what the formats share. Private to compiler/report. */
#ifndef RENEW_REPORT_REPORT_INT_H
#define RENEW_REPORT_REPORT_INT_H

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

#endif
