/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: findings in every format. Pure: what was found in, bytes out; colour and time are arguments.
 *
 * Formats that follow the findings, file by file:
 *   human  header, source lines, labels, notes, help, and a last line with the totals
 *   plain  file:line:col: error[E0601]: headline: label, and the same last line
 *   json   one object a line, schema renew.diag/1 (docs/DIAGNOSTICS.md)
 * Formats that are one document over all of them, written at the end, also where nothing was found:
 *   github, sarif, gitlab, junit, checkstyle, rdjson, tap
 */
#ifndef RENEW_REPORT_REPORT_H
#define RENEW_REPORT_REPORT_H

#include "compiler/base/diag.h"
#include "compiler/report/findings.h"

enum report_format {
  REPORT_HUMAN,
  REPORT_PLAIN,
  REPORT_JSON,
  REPORT_GITHUB,
  REPORT_SARIF,
  REPORT_GITLAB,
  REPORT_JUNIT,
  REPORT_CHECKSTYLE,
  REPORT_RDJSON,
  REPORT_TAP,
  REPORT__COUNT
};
extern const char *const report_format_words[REPORT__COUNT]; /* "sarif" */

struct report_options {
  enum report_format format;
  bool color;
  bool ascii;
  uint32_t error_limit; /* errors shown; 0 = all. Warnings do not use it up. Documents hold all */
};

/* What a document says of the call that made it. */
struct report_about {
  struct text version; /* of the program */
  struct text verb;    /* "check" */
  struct text prefix;  /* from the folder that a CI counts from to our root: "" or "sub/folder/" */
  int64_t now_s;       /* JUnit wants to know when */
  int exit_code;
};

/* Adds to ret_bytes; nothing where nothing was found. Bytes of the plan file never reach the terminal
 * as they are: what is invisible or commands it is shown as <U+XXXX>.
 * sources may be NULL where no finding has a place. The list must be sorted. format: one of the first
 * three; for the others nothing is added. */
void report_write(const struct diag_list *diags, const struct source_set *sources,
                  const struct report_options *options, struct buffer *ret_bytes);
bool report_is_document(enum report_format format);
/* Adds the document; for a format that is none, nothing. */
void report_document(const struct findings *findings, enum report_format format,
                     const struct report_about *about, struct buffer *ret_bytes);
/* A Markdown table for a page of a CI ($GITHUB_STEP_SUMMARY); nothing where nothing was found. */
void report_summary(const struct findings *findings, const struct report_about *about,
                    struct buffer *ret_bytes);
/* `renew: SAYS` as a line of renew.diag/1, code "usage". */
void report_misuse(struct text says, struct buffer *ret_bytes);

#endif
