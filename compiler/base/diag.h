/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag: findings, collected and never printed here. compiler/report writes them in every format.
 *
 * (1) A finding has one code of diag_codes.def, one headline, one primary span with a label, any
 *     number of secondary spans, help and note lines, and at most one fix (edits by byte range).
 * (2) The headline and the label each make sense alone and do not repeat each other.
 * (3) A list is filled in any order; diag_list_sort puts it into the order of files, lines, columns.
 * (4) Run-time findings have no span (`has_place` is false) or point into the plan's source.
 * (5) Compiled with -DREDPROOF, the code named by the environment variable RENEW_MUTE is never
 *     collected: `make redproof` shows with it that each code's test fails without its emission.
 */
#ifndef RENEW_BASE_DIAG_H
#define RENEW_BASE_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/source.h"
#include "compiler/base/text.h"

enum diag_code {
#define DIAG(code, severity, title, explanation) DIAG_##code,
#include "compiler/base/diag_codes.def"
#undef DIAG
  DIAG__COUNT
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_STYLE };

enum fix_kind { FIX_NONE, FIX_SAFE, FIX_UNSAFE, FIX_TEMPLATE };

struct diag_label {
  struct span span;
  struct text text;
  struct diag_label *next;
};

struct diag_line {
  struct text text;
  struct diag_line *next;
};

struct diag_edit {
  struct span span; /* length 0 inserts */
  struct text text;
  struct diag_edit *next;
};

struct diag {
  enum diag_code code;
  enum severity severity; /* of the code, or what diag_list_judge made of it */
  struct text headline;
  bool has_place;
  struct span primary;
  struct text label;
  struct diag_label *secondary;
  struct diag_line *helps;
  struct diag_line *notes;
  enum fix_kind fix_kind;
  struct text fix_says; /* "write `receiver-admin`" */
  struct diag_edit *edits;
};

struct diag_list {
  struct arena *arena;
  struct diag **items;
  uint32_t count;
  uint32_t capacity;
  uint32_t error_count;
  uint32_t warning_count;
  uint32_t style_count;
};

enum diag_rule { RULE_NONE, RULE_ALLOW, RULE_DENY };

/*
 * What the command line and the configuration make of warnings and style hints; all zero: nothing.
 * A rule for a code counts more than one for its group, a later one more than an earlier one.
 */
struct diag_rules {
  uint8_t codes[DIAG__COUNT]; /* enum diag_rule */
  uint8_t warnings, style;
};

void diag_list_start(struct diag_list *list, struct arena *arena);
/* Adds a finding and returns it for the calls below; never NULL. */
struct diag *diag_add(struct diag_list *list, enum diag_code code, struct span primary,
                      const char *headline, ...) __attribute__((format(printf, 4, 5)));
struct diag *diag_add_nowhere(struct diag_list *list, enum diag_code code, const char *headline,
                              ...) __attribute__((format(printf, 3, 4)));
void diag_set_label(struct diag_list *list, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_add_label(struct diag_list *list, struct diag *diag, struct span span,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_add_help(struct diag_list *list, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_add_note(struct diag_list *list, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds one edit to the finding's fix; the first call names it. */
void diag_add_fix(struct diag_list *list, struct diag *diag, enum fix_kind kind, struct span span,
                  struct text new_text, const char *says, ...)
    __attribute__((format(printf, 6, 7)));
/* "did you mean": the label and the fix; safe where nothing else can be meant (alone). */
void diag_suggest(struct diag_list *list, struct diag *diag, struct span span, struct text instead,
                  bool alone);
/* word: a code, `warnings` or `style`. False where it is none of these, or an error that is to be
 * allowed; *ret_why then says so. */
bool diag_rules_add(struct diag_rules *rules, struct text word, enum diag_rule rule,
                    const char **ret_why);
/* What is allowed goes; what is denied becomes an error, with a note that says so. */
void diag_list_judge(struct diag_list *list, const struct diag_rules *rules);
/* Takes the style hints out; returns how many. */
uint32_t diag_list_drop_style(struct diag_list *list);
/* Takes back what was added after the first `count` findings (before any sort). */
void diag_list_cut(struct diag_list *list, uint32_t count);
/* By file, place, then code; equal findings (same code, same place, same headline) once. */
void diag_list_sort(struct diag_list *list);
void diag_list_remove(struct diag_list *list, uint32_t index);
bool diag_list_has_errors(const struct diag_list *list);
bool diag_list_has_code(const struct diag_list *list, enum diag_code code);

/* Whether a build with -DREDPROOF was told not to speak of the code; never in any other. */
bool diag_is_muted(enum diag_code code);
const char *diag_code_name(enum diag_code code); /* "E0304" */
enum severity diag_code_severity(enum diag_code code);
const char *diag_code_title(enum diag_code code);
const char *diag_code_explanation(enum diag_code code);
bool diag_code_find(struct text name, enum diag_code *ret_code);

#endif
