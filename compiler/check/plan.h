/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: the checked program: every name resolved, every key and part typed, nothing expanded yet.
 * Made by check, read by lower. check_program is its only maker.
 *
 * (1) A reference is an index into `decls`, or a local (a loop variable, a parameter of a
 *     procedure) by its number in the enclosing body; names are kept for messages only.
 * (2) A step that has a finding of its own is marked `poisoned`; nothing is derived from it.
 * (3) Settings follow grammar/keys.def slot by slot; an absent optional slot is VALUE_NONE.
 * (4) A param where a value is due is a reference to its declaration (KIND_PARAM). `yes` and `no` in
 *     a guard are OPERAND_WORD with number 1 or 0.
 */
#ifndef RENEW_CHECK_PLAN_H
#define RENEW_CHECK_PLAN_H

#include "compiler/base/diag.h"
#include "compiler/base/source.h"
#include "compiler/check/profile.h"
#include "compiler/syntax/ast.h"
#include "compiler/tables/tables.h"

enum value_kind {
  VALUE_NONE,
  VALUE_WORD,      /* text: a word of a choice, a NAME or a WEEKDAY */
  VALUE_TEXT,      /* text, ${param} still inside */
  VALUE_NUMBER,    /* number */
  VALUE_DURATION,  /* number = seconds */
  VALUE_YES_NO,    /* number */
  VALUE_DATE,      /* text 2027-03-01 */
  VALUE_DATETIME,  /* text */
  VALUE_TIME,      /* number = minutes since midnight */
  VALUE_MONTH_DAY, /* number = month * 100 + day */
  VALUE_REF,       /* decl */
  VALUE_MEMBER     /* decl and member: calendar.issue, agreed.start */
};

enum member {
  MEMBER_NONE,
  MEMBER_OLD,
  MEMBER_NEW,
  MEMBER_ROOT,
  MEMBER_CHAIN,
  MEMBER_KEYSTORE,
  MEMBER_CA,
  MEMBER_FINGERPRINT,
  MEMBER_USED_ELSEWHERE,
  MEMBER_BUNDLE,
  MEMBER_CERTIFICATE,
  MEMBER_NODES,
  MEMBER_FLOWS,
  MEMBER_COMMUNICATION_SYSTEMS,
  MEMBER_START,
  MEMBER_END,
  MEMBER_ISSUE,
  MEMBER_ROTATE,
  MEMBER__COUNT
};

extern const char *const member_words[MEMBER__COUNT]; /* "used-elsewhere"; "" for NONE */
bool member_find(struct text word, enum member *ret_member);

struct value {
  enum value_kind kind;
  enum member member;
  struct text text;
  int64_t number;
  uint32_t decl;
  struct span span;
};

struct setting {
  enum key key;
  struct value *values;
  uint32_t value_count;
  struct span span;
};

enum { MEMBERS_MAX = 3 };

enum operand_kind {
  OPERAND_DECL,     /* decl, members */
  OPERAND_LOCAL,    /* local (number), members; column where the local is a table's row */
  OPERAND_TEXT,     /* text with ${path} inside */
  OPERAND_WORD,     /* text */
  OPERAND_NUMBER,   /* number */
  OPERAND_DURATION, /* number = seconds */
  OPERAND_MOMENT    /* text: a date or datetime as written */
};

struct operand {
  enum operand_kind kind;
  uint32_t decl;
  uint32_t local;
  struct text column; /* row.cert: "cert" */
  enum member members[MEMBERS_MAX];
  uint32_t member_count;
  struct text text;
  int64_t number;
  struct span span;
  struct operand *next;
};

struct part_value {
  enum part part;
  struct text preposition; /* as written: "in" or "on" */
  struct operand *operands;
  uint32_t operand_count;
  struct span span;
  struct part_value *next;
};

/* A guard or a comparison; leaves are operands. */
struct guard {
  enum expr_op op;
  struct operand *operand; /* EXPR_TERM */
  struct guard *left, *right;
  struct span span;
};

enum { STEP_TRIES_MAX = 100, STEP_SIGNERS_MAX = 100 };
enum on_failure { FAILURE_STOP, FAILURE_ROLL_BACK, FAILURE_CONTINUE };

enum stmt_kind { STMT_STEP, STMT_FOR_EACH, STMT_WHEN, STMT_TOGETHER, STMT_FOLLOW };

struct step_options {
  enum on_failure on_failure;
  bool needs_sign_off;
  uint32_t sign_off_count;    /* N of ROLE; 0 = 1 */
  struct operand *sign_off_by; /* NULL = the step's own role */
  bool not_author;
  int64_t within_s;      /* 0 = none */
  uint32_t retry_count;  /* 0 = none */
  int64_t retry_every_s;
  /* What stands for the number in a procedure or a table's row; NULL where the number is known. */
  const struct operand *sign_off_count_of, *within_of, *retry_count_of, *retry_every_of;
  struct text evidence;
  struct operand *during; /* NULL = the plan's window */
  bool at_any_time;
  struct text was;
  struct text after; /* label of a step of the same `together` */
  struct span after_span;
  bool sealed; /* gives sealed */
};

struct stmt {
  enum stmt_kind kind;
  uint32_t number; /* below program.stmt_count */
  bool poisoned;
  struct text label;
  struct span span;
  struct text doc;
  struct guard *guard; /* `when` at the line's end, or the block's */

  /* STMT_STEP */
  enum verb verb;
  struct operand *subjects; /* roles */
  uint32_t subject_count;
  struct part_value *parts;
  struct step_options options;
  struct stmt *checks; /* `check ...` lines, each a STMT_STEP of VERB_CHECKS without subjects */
  struct stmt *undo;   /* STMT_STEP or NULL */

  /* STMT_FOR_EACH: set is tenant.nodes, flow.nodes, a table, ...; local is the variable */
  struct operand *set;
  uint32_t local;
  struct text variable;
  bool one_at_a_time;
  struct text using_column;      /* table: the key column */
  struct operand *using_operand; /* open sets: `using client.old` */

  /* STMT_FOLLOW: arguments in the order of the procedure's parameters, roles of `needs role` too */
  uint32_t procedure; /* decl */
  struct operand **arguments;

  struct stmt *children;  /* FOR_EACH, WHEN, TOGETHER */
  struct stmt *otherwise; /* WHEN */
  struct stmt *next;
};

struct table_cell {
  struct text text;    /* as written */
  struct operand *operand; /* a declared thing or a literal; NULL where poisoned */
  struct span span;
};

struct table_body {
  struct text *columns;
  uint32_t column_count;
  struct table_cell *cells; /* row by row */
  uint32_t row_count;
};

enum param_type { PARAM_STRING, PARAM_NUMBER, PARAM_DURATION, PARAM_DATE, PARAM_DATETIME,
                  PARAM_YES_NO };

struct parameter { /* of a procedure */
  enum kind kind;       /* KIND_PARAM: a plain value */
  enum param_type type; /* of a plain value */
  struct text name;
  struct span span;
};

struct body { /* of a plan or a procedure */
  struct stmt *stmts;
  uint32_t local_count; /* locals of a procedure: its parameters first */
  struct parameter *parameters; /* those behind `with`, then the roles of `needs role` */
  uint32_t parameter_count;
};

struct param_body {
  enum param_type type;
  bool has_value; /* a default or a given value; check makes an unknown one legal */
  struct value value;
};

struct decl {
  enum kind kind;
  uint32_t file;
  struct text name;
  struct text title;
  struct text doc;
  struct span name_span;
  struct setting *settings;
  uint32_t setting_count;
  uint32_t *setting_of; /* by key: its first setting, plus 1; NULL while there are few */
  struct table_body *table;
  struct body *body;
  struct param_body *param;
  bool poisoned;
};

/* `# renew: allow CODE "reason"`, above the line of a warning. */
struct suppression {
  enum diag_code code;
  struct span span;
  uint32_t line; /* the line that it speaks of */
  bool is_used;
  bool is_reported; /* as unused */
};

/* A value for a param, from --set NAME=VALUE. */
struct param_given {
  struct text name;
  struct text value;
};

struct program {
  struct arena *arena;
  const struct source_set *sources;
  struct decl *decls;
  uint32_t decl_count;
  uint32_t stmt_count;
  uint32_t *files; /* every source reached, sorted by path */
  uint32_t file_count;
  int64_t edition;
  struct suppression *suppressions;
  uint32_t suppression_count;
  const struct param_given *given; /* as given: the lowerer finds the elements of open sets here */
  uint32_t given_count;
};

/* What a check is told from outside. */
struct check_options {
  const struct param_given *given;
  uint32_t given_count;
  int64_t now_s;                 /* 0 = unknown: nothing is judged by the date */
  const struct profile *profile; /* NULL = profile_default */
  bool with_style;               /* group 12 too, where there is no error */
};

/*
 * Reads `file` of `sources` and all it imports, checks all of it; options: NULL gives nothing.
 * Findings of groups 00 to 04, 07, 09, 10 and 12 go to diags; the result is complete only where diags
 * has no error.
 */
struct program *check_program(struct arena *arena, struct source_set *sources, uint32_t file,
                              const struct check_options *options, struct diag_list *diags);

/*
 * Takes the findings away that a comment allows. Suppressions of codes of groups first..last that
 * allow nothing are W0006; a phase behind check calls this with its groups when it is done.
 */
void program_suppress(struct program *program, struct diag_list *diags, uint32_t first_group,
                      uint32_t last_group);
/* The declaration of that name; UINT32_MAX without. */
uint32_t program_find(const struct program *program, enum kind kind, struct text name);
/* NULL where the declaration does not have the key. */
const struct setting *decl_setting(const struct decl *decl, enum key key);
/* The value in that slot of the key; NULL where the key or the slot is absent. */
const struct value *decl_value(const struct decl *decl, enum key key, uint32_t slot);

#endif
