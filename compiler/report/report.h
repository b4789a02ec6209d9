/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: findings as text or JSON. Pure: list in, bytes out; colour and width are arguments.
 *
 *   human  header, source lines, labels, notes, help, and a last line with the totals
 *   plain  file:line:col: error[E0601]: headline: label, and the same last line
 *   json   one object a line, schema renew.diag/1 (docs/DIAGNOSTICS.md)
 */
#ifndef RENEW_REPORT_REPORT_H
#define RENEW_REPORT_REPORT_H

#include "compiler/base/diag.h"

enum report_format { REPORT_HUMAN, REPORT_PLAIN, REPORT_JSON };

struct report_options {
  enum report_format format;
  bool color;
  bool ascii;
  uint32_t error_limit; /* errors shown; 0 = all. Warnings do not use it up */
};

/* Adds to ret_bytes; nothing where nothing was found. Bytes of the plan file never reach the terminal
 * as they are: what is invisible or commands it is shown as <U+XXXX>.
 * sources may be NULL where no finding has a place. The list must be sorted. */
void report_write(const struct diag_list *diags, const struct source_set *sources,
                  const struct report_options *options, struct buffer *ret_bytes);

#endif
