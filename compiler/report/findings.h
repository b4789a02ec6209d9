/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings: what a whole call of the program found, over all its files, for the formats that are one
 * document: SARIF, GitLab, JUnit and their like. Pure: lists in, one struct, bytes out.
 *
 * (1) A finding is complete in itself: places are lines and columns, texts are copies. The sources may
 *     go.
 * (2) A case is what was asked about: a checked file, a step of a dry run. Findings belong to the case
 *     that was open when they were taken.
 * (3) A finding in a file that several plans import is one finding, of the first case.
 * (4) The fingerprint does not change when the line moves: SHA-256 over code, path, the line's words and
 *     which of several equal ones it is.
 */
#ifndef RENEW_REPORT_FINDINGS_H
#define RENEW_REPORT_FINDINGS_H

#include "compiler/base/diag.h"

/* 1-based; ends are exclusive. */
struct finding_place {
  struct text path;
  uint32_t line, column, column_utf16;
  uint32_t end_line, end_column, end_column_utf16;
};

struct finding_note { /* another place that a finding speaks of */
  struct finding_place place;
  struct text text;
};

struct finding_edit {
  struct finding_place place;
  struct text text;
};

struct finding {
  enum diag_code code;
  enum severity severity;
  struct text message, label;
  bool has_place;
  struct finding_place place; /* without one: only its path, that of the case, may be known */
  struct finding_note *related;
  uint32_t related_count;
  struct text *helps;
  uint32_t help_count;
  struct text *notes;
  uint32_t note_count;
  enum fix_kind fix_kind;
  struct text fix_says;
  struct finding_edit *edits;
  uint32_t edit_count;
  uint32_t in_case;        /* index; UINT32_MAX: of none */
  struct text fingerprint; /* 64 hex digits */
  uint32_t nth;            /* 1..: of those that are equal but for their line */
};

enum case_result { CASE_OK, CASE_SKIPPED };

struct report_case {
  struct text suite; /* the verb and what it was asked about: "renew check" */
  struct text name;  /* "plans/overlap.renew"; "4 accept-both" */
  struct text path;  /* of the file; "" without */
  enum case_result result;
  struct text says; /* why it was skipped; what a step would do */
};

struct findings {
  struct arena *arena;
  struct finding *items;
  uint32_t count, capacity;
  struct report_case *cases;
  uint32_t case_count, case_capacity;
  bool is_open;           /* the last case takes what is found */
  struct text_map seen;   /* (3) */
  struct text_map equals; /* (4): index into equal_counts */
  uint32_t *equal_counts, equal_capacity;
  struct text *misuses; /* the program was called wrongly: "there is no verb `chekc`" */
  uint32_t misuse_count;
};

void findings_start(struct findings *findings, struct arena *arena);
/* Opens a case; what is taken from now on is its own. */
struct report_case *findings_case(struct findings *findings, struct text suite, struct text name,
                                  struct text path);
/* What is taken from now on belongs to no case. */
void findings_end_case(struct findings *findings);
/* Copies a sorted list. sources may be NULL where no finding has a place. */
void findings_take(struct findings *findings, const struct diag_list *diags,
                   const struct source_set *sources);
void findings_misuse(struct findings *findings, struct text says);
uint32_t findings_count(const struct findings *findings, enum severity severity);

#endif
