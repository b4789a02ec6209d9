/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checker: what the files of this folder share while one program is checked. Not for others: the
 * outside sees plan.h.
 *
 * (1) A name that nothing declares is reported once per file; later uses of it are silent and
 *     poison the step they stand in.
 * (2) A file of which not every name is known (a broken declaration line, a failed import) reports
 *     no unknown name.
 * (3) A line in which parse found something is read, and nothing more is said about it.
 * (4) No function here recurses deeper than the nesting that parse lets through, IMPORTS_MAX,
 *     GUARD_DEPTH_MAX or FOLLOW_DEPTH_MAX.
 */
#ifndef RENEW_CHECK_CHECKER_H
#define RENEW_CHECK_CHECKER_H

#include "compiler/base/pairs.h"
#include "compiler/check/plan.h"
#include "compiler/when/calendar.h"

enum {
  DECL_NONE = UINT32_MAX,
  IMPORTS_MAX = 256,     /* files reached from one program */
  ROWS_MAX = 100000,     /* rows of a table */
  SEGMENTS_MAX = 6,      /* of a path a.b.c */
  WRONG_KINDS_MAX = 1000, /* E0302: a file of other lines is no plan */
  SUGGESTIONS_MAX = 200, /* "did you mean" looks at every name; hostile input gets none */
  ALIAS_MAX_BYTES = 255,
  GUARD_DEPTH_MAX = 64,
  CAPTURES_START = 8,
  VISIBLE_WORDS = IMPORTS_MAX / 64 + 1
};

/* What a name or a member of it is, finer than its kind: `client` and `client.new` differ. */
enum sort {
  SORT_CERTIFICATE,
  SORT_VERSION, /* client.old, client.new */
  SORT_ARTEFACT,         /* a credential, an SSH key, an OpenPGP key */
  SORT_ARTEFACT_VERSION, /* user.old, user.new */
  SORT_ROOT,
  SORT_CHAIN,
  SORT_FINGERPRINT,
  SORT_FACT, /* yes or no, known at run time */
  SORT_SERVICE_KEY,
  SORT_KEY_VERSION,
  SORT_BUNDLE,
  SORT_KEY_CERTIFICATE,
  SORT_KEYSTORE,
  SORT_CA,
  SORT_SYSTEM,
  SORT_FLOW,
  SORT_TENANT,
  SORT_ABAP,
  SORT_SPACE,
  SORT_INSTANCE,
  SORT_ROLE,
  SORT_SECRET,
  SORT_WINDOW,
  SORT_FREEZE,
  SORT_CALENDAR,
  SORT_TABLE,
  SORT_PROCEDURE,
  SORT_PLAN,
  SORT_SCENARIO,
  SORT_NODE,
  SORT_TARGET,
  SORT_ROW,
  SORT_NODES,
  SORT_TARGETS,
  SORT_FLOWS,
  SORT_TEXT,
  SORT_WORD,
  SORT_NUMBER,
  SORT_DURATION,
  SORT_MOMENT,
  SORT_YES_NO,
  SORT__COUNT
};

/* A set of sorts is a uint64_t: a column of a table may hold several. 0 = unknown, reported. */

#define SORT_BIT(sort) ((uint64_t)1 << (sort))

struct import {
  uint32_t unit; /* DECL_NONE where it could not be read */
  struct text prefix;
  struct span span;
  bool used;
};

/* One file of the program. */
struct unit {
  uint32_t file;
  struct ast_file *ast;
  struct import *imports;
  uint32_t import_count;
  uint64_t visible[VISIBLE_WORDS]; /* units whose names are visible here without a prefix */
  uint32_t *flaws;                 /* where parse found something, ascending */
  uint32_t flaw_count;
  bool names_incomplete;
  bool loading;
};

struct column {
  enum { COLUMN_UNREAD, COLUMN_KEY, COLUMN_THINGS } state;
  uint64_t sorts;
  uint32_t first_row[SORT__COUNT]; /* of each sort: a row to point at */
};

struct decl_info {
  const struct line *line;
  uint32_t unit;
  uint32_t next_same; /* the next declaration of the same name, in another unit */
  bool used;
  bool used_by_main;
  bool has_broken;          /* a line of its block could not be read */
  uint32_t nodes_of;        /* the declaration whose nodes are its nodes; DECL_NONE without */
  bool has_flow;            /* a certificate: a flow calls with it */
  struct column *columns;   /* of a table */
  struct local *parameters; /* of a procedure, once its body was read */
  uint32_t *follows;        /* procedures that a procedure follows */
  uint32_t follow_count;
  enum { WALK_NEW, WALK_OPEN, WALK_DONE } walk;
};

struct checker {
  struct arena *arena;
  struct arena *tree; /* of the files' lines: gone when the program is checked */
  struct arena *line; /* of the line that is read now; NULL while it is in use */
  struct source_set *sources;
  struct diag_list *diags;
  struct diag_list dropped; /* takes what is derived from a flawed line */
  struct program *program;
  struct unit *units;
  uint32_t unit_count;
  struct decl_info *infos; /* beside program->decls */
  uint32_t decl_capacity;
  struct text_map first_of_name;
  struct text_map reported;     /* names already said to be unknown: index + 1 of unknowns, or 0 */
  struct unknown *unknowns;     /* what was proposed for them */
  uint32_t unknown_count;
  struct text_map node_names; /* of all tenants, flows and systems: numbers, one a name */
  struct pairs node_members;  /* a declaration and the number of a node's name */
  uint32_t suggestion_count;
  uint32_t wrong_kind_count;
  bool has_plan; /* the first file holds a plan */
  bool with_style;
  int64_t now_s; /* 0 = unknown */
  const struct profile *profile;
  struct text_map aliases;     /* "KEYSTORE ALIAS" -> certificate */
  struct text_map key_files;   /* fingerprint, path or names -> service key */
  const struct cert **leaves;  /* by declaration: what its file holds; NULL where none was read */
};

/* A loop variable or a parameter, while its block is read. */
struct local {
  struct text name;
  struct span span;
  uint64_t sorts;
  uint32_t number;
  uint32_t decl;  /* the table of a row; the tenant, flow or system of a node; else DECL_NONE */
  uint32_t needs; /* bits 1 << member: members that the procedure asks of this parameter */
};

struct was {
  struct text label;
  struct span span;
};

/* A plan's or a procedure's steps, while they are read. */
struct body_scope {
  struct body *body;
  uint32_t decl;
  struct local *locals; /* those in sight, outermost first */
  uint32_t local_count;
  uint32_t local_capacity;
  struct text_map labels; /* label -> index into label_spans */
  struct span *label_spans;
  uint32_t label_count;
  uint32_t label_capacity;
  struct was *was;
  uint32_t was_count;
  uint32_t was_capacity;
  uint32_t options_given; /* bits 1 << option: of the step that is read now */
  uint32_t unknown_depth; /* blocks around whose variable could not be read */
  bool has_broken;
};

/* Where a name is looked up. */
struct scope {
  uint32_t unit;
  struct body_scope *body; /* NULL in a declaration */
  bool has_node;           /* ${node} is known: the command of a flow */
  bool has_csr;            /* ${csr} is known: the command of a ca */
};

struct resolved {
  uint64_t sorts; /* 0: unknown, already reported */
  struct operand operand;
  uint32_t decl;               /* the named declaration; DECL_NONE for a local */
  struct local *local;         /* NULL for a declaration */
  const struct column *column; /* row.cert */
};

/* A line as one row of words, values and commas. */
struct token {
  enum { TOKEN_TERM, TOKEN_PREPOSITION, TOKEN_COMMA } kind;
  const struct term *term; /* TOKEN_TERM */
  struct text text;        /* as written; "," for a comma */
  struct span span;
};

struct tokens {
  struct arena *arena; /* of the items, and of what is captured of them */
  struct token *items;
  uint32_t count;
  uint32_t at;
  struct span end; /* the point behind the last */
};

struct capture {
  struct value value;
  struct operand *operand; /* where the value is a name */
};

struct captures {
  struct capture *items;
  uint32_t count;
  uint32_t capacity;
};

/* sorts.c */
const char *sort_says(enum sort sort);  /* "a certificate" */
unsigned sort_types(enum sort sort);    /* TYPE_ bits of tables.h */
enum sort sort_of_kind(enum kind kind); /* a param's is SORT_TEXT */
uint64_t sort_member(uint64_t sorts, enum member member, enum sort *ret_refused);
struct text types_say(struct arena *arena, unsigned types); /* "a keystore or a system" */
struct text types_form(struct arena *arena, unsigned types);            /* "KEYSTORE|SYSTEM" */
enum sort sort_first(uint64_t sorts);
/* The key without which a declaration of this sort does not have the member; false without. */
bool sort_member_key(enum sort sort, enum member member, enum key *ret_key);
/* Members of a sort, for "did you mean". */
uint32_t sort_members(enum sort sort, struct text *ret_words, uint32_t limit);

/* imports.c */
void imports_load(struct checker *c, uint32_t file);
/* A path as written in the file `from`, from the root; false where it leaves the root. */
bool imports_join_path(struct arena *arena, struct text from, struct text path,
                       struct text *ret_joined);
bool unit_sees(const struct unit *unit, uint32_t other);
/* checker.h (3): from here to flaw_end nothing is said where the line is flawed. */
struct diag_list *flaw_begin(struct checker *c, uint32_t unit, const struct line *line);
void flaw_end(struct checker *c, struct diag_list *before);
/* What stands there could not be read: its value is not what was meant. */
bool flaw_within(const struct checker *c, struct span span);

/* declare.c */
void declare_all(struct checker *c);
void declare_check_all(struct checker *c);

/* names.c */
bool names_add(struct checker *c, uint32_t decl);
uint32_t names_find(struct checker *c, uint32_t unit, struct text name, struct span span);
bool names_resolve(struct checker *c, const struct scope *scope, const struct term *term,
                   uint32_t kinds, struct resolved *ret);
bool names_resolve_text(struct checker *c, const struct scope *scope, struct text path,
                        struct span span, uint32_t kinds, struct resolved *ret);
struct local *names_local(const struct scope *scope, struct text name);
bool names_is_silent(struct checker *c, uint32_t unit, struct text name);
struct text names_nearest(struct checker *c, const struct scope *scope, struct text word,
                          uint32_t kinds, bool *ret_alone);
void names_judge_fixes(struct checker *c); /* when all names were read */
void names_show_declared(struct checker *c, struct diag *diag, uint32_t decl);

/* nodes.c */
void nodes_collect(struct checker *c);
bool nodes_any(const struct checker *c, uint32_t decl); /* its own, or its tenant's */
/* A node of `of` that is none of `flow`'s; TEXT_NONE where all are, or nothing is known. */
struct text nodes_missing(struct checker *c, uint32_t of, uint32_t flow);
bool nodes_has(struct checker *c, uint32_t decl, struct text node);

/* tokens.c */
struct tokens tokens_of_line(struct checker *c, const struct line *line);
struct tokens tokens_in(struct arena *arena, const struct line *line);
uint32_t tokens_count(const struct line *line);
bool token_is(const struct token *token, const char *word);
bool tokens_start_with(const struct tokens *tokens, const char *words, uint32_t *ret_count);
const char *term_says(const struct term *term);

/* form_types.c */
struct form_type;
const struct form_type *form_type_find(struct text name);
const char *form_type_says(const struct form_type *type);
bool form_type_is_number(const struct form_type *type);
bool form_take_value(struct checker *c, const struct scope *scope, const char *what,
                     const struct form_type *const *types, uint32_t type_count,
                     const struct token *token, struct capture *capture);
/* "duration" */
bool param_type_find(struct text word, enum param_type *ret_type);
const char *param_type_says(enum param_type type); /* "a duration such as 15m" */
/* The term as an operand of that type; false where it is none. */
bool param_takes(enum param_type type, const struct term *term, struct operand *ret_operand);
enum sort param_sort(enum param_type type);

/* forms.c */
bool form_accepts(const struct tokens *tokens, const char *form);
bool form_match(struct checker *c, const struct scope *scope, const char *what, const char *form,
                struct tokens *tokens, struct captures *captures);
bool form_end(struct checker *c, const char *what, const struct tokens *tokens);
void form_report_choice(struct checker *c, const char *what, const struct token *token,
                        const char *choices);

/* texts.c */
void values_check_text(struct checker *c, const struct scope *scope, const struct term *term,
                       const char *what);

/* values.c */
bool values_is_date(struct text word);
bool values_is_datetime(struct text word);
void values_check_url(struct checker *c, const struct value *value, const char *what);
void values_check_name(struct checker *c, const struct value *value);
void values_check_mail(struct checker *c, const struct value *value);
void values_warn_plain_http(struct checker *c, const struct value *value, const char *what);

/* keys.c */
void keys_check(struct checker *c, uint32_t decl);
void keys_report_unknown(struct checker *c, enum kind kind, const struct tokens *tokens,
                         const char *help);
void keys_read_line(struct checker *c, uint32_t decl, const struct line *line);
bool keys_begins(enum kind kind, struct text word);
bool keys_has_colon(enum kind kind, const struct line *line);
bool keys_accept(enum kind kind, enum key key, const struct tokens *tokens);
void keys_read(struct checker *c, uint32_t decl, struct tokens *tokens, enum key key,
               uint32_t word_count, struct span span);
bool key_of_line(enum kind kind, const struct tokens *tokens, enum key *ret_key,
                 uint32_t *ret_word_count);

/* kinds.c */
void kinds_check(struct checker *c, uint32_t decl);

/* times.c: windows, freezes and calendars; times_plan.c: plans. Before it lowering has nothing. */
void times_check(struct checker *c);
void times_check_plans(struct checker *c);
bool times_schedule(struct checker *c, uint32_t decl, struct schedule *ret_schedule);
bool times_calendar(struct checker *c, uint32_t decl, struct zone *zone,
                    struct calendar *ret_calendar);
/* The value of a key; of a param its value. NULL where it has none. */
const struct value *times_value(struct checker *c, const struct decl *decl, enum key key,
                                uint32_t slot);
/* "2027-03-06 22:00 CET (21:00 UTC)" in the zone of that declaration. */
struct text times_says(struct checker *c, const struct decl *decl, int64_t utc_ms);

/* params.c */
void params_declare(struct checker *c, uint32_t decl);
void params_give(struct checker *c, const struct param_given *given, uint32_t given_count);

/* rows.c */
void rows_declare(struct checker *c, uint32_t decl);
bool rows_use_key(struct checker *c, uint32_t table, struct text column, struct span span);
const struct column *rows_use_column(struct checker *c, uint32_t table, struct text column,
                                     struct span span);
void rows_finish(struct checker *c);

/* bodies.c */
void bodies_declare(struct checker *c, uint32_t decl); /* a procedure's parameters */
void bodies_check(struct checker *c, uint32_t decl);
struct stmt *bodies_new_stmt(struct checker *c, enum stmt_kind kind, const struct line *line);
struct stmt *bodies_statements(struct checker *c, struct scope *scope, const struct line *lines,
                               bool is_together);
struct local *bodies_add_local(struct checker *c, struct scope *scope, struct text name,
                               struct span span, uint64_t sorts, uint32_t decl);
void bodies_report_place(struct checker *c, const struct line *line, const char *where);

/* steps.c */
struct stmt *steps_read(struct checker *c, struct scope *scope, const struct line *line,
                        bool is_undo);
void steps_report_no_label(struct checker *c, const struct line *line, const char *verb);

/* looks.c */
void looks_read(struct checker *c, struct scope *scope, struct stmt *stmt, struct tokens *tokens,
                bool takes_options);
struct stmt *looks_read_line(struct checker *c, struct scope *scope, const struct line *line,
                             struct tokens *tokens);

/* parts.c */
struct sentence {
  const char *what; /* the verb's word, or "check tls" */
  const char *form; /* its template */
  const struct part_row *const *rows;
  uint32_t row_count;
  struct stmt *stmt;
  struct tokens *tokens;
  bool takes_options;
};
void parts_read(struct checker *c, struct scope *scope, struct sentence *sentence);
void parts_add_word(struct checker *c, struct stmt *stmt, enum part part, struct text word,
                    struct span span);
const struct part_value *parts_find(const struct stmt *stmt, enum part part);

/* follow.c */
struct stmt *follow_read(struct checker *c, struct scope *scope, const struct line *line);
void follow_find_cycles(struct checker *c);

/* blocks.c */
void blocks_read(struct checker *c, struct scope *scope, struct stmt *stmt,
                 const struct block *block, bool is_undo);
uint32_t blocks_option_words(const struct tokens *tokens);
uint32_t blocks_block_words(const struct tokens *tokens);
bool blocks_option_at(struct checker *c, struct scope *scope, struct stmt *stmt,
                      struct tokens *tokens, bool on_line);

/* guards.c */
struct guard *guards_read(struct checker *c, struct scope *scope, const struct expr *expr,
                          bool *ret_poisoned);

/* sets.c */
struct stmt *sets_read(struct checker *c, struct scope *scope, const struct line *line);

/* facts.c */
typedef void facts_step_fn(const struct stmt *stmt, void *with);
bool facts_is_broken(const struct checker *c, uint32_t decl);
/* The value, or the param's value that it names; NULL where it is not known. */
const struct value *facts_known(const struct checker *c, const struct value *value);
const struct value *facts_value(const struct checker *c, const struct decl *decl, enum key key,
                                uint32_t slot);
bool facts_is_word(const struct checker *c, const struct decl *decl, enum key key,
                   const char *word);
bool facts_number(const struct checker *c, const struct decl *decl, enum key key,
                  enum value_kind kind, int64_t *ret_number);
bool facts_text(const struct value *value, struct text *ret_text);
uint32_t facts_ref(const struct value *value); /* DECL_NONE where it is no reference */
/* Every step and `follow` of a plan or procedure, blocks included; poisoned ones left out. */
void facts_each_step(const struct decl *decl, facts_step_fn *visit, void *with);
/* The declaration that stands in that part; DECL_NONE for a local or where the part is absent. */
uint32_t facts_operand(const struct stmt *stmt, enum part part);
struct text facts_days(struct arena *arena, int64_t seconds);
/* Two distinguished names with the same parts, in any order. */
bool facts_same_name(struct text a, struct text b);
bool facts_name_part(struct text name, uint32_t index, struct text *ret_part);

/* certs.c, acme.c */
void certs_check(struct checker *c);
void certs_judge_rsa(struct checker *c, const struct value *written);
void certs_judge_renewal(struct checker *c, const struct decl *decl);
void certs_report_validity(struct checker *c, const struct value *valid, int64_t valid_s,
                           int64_t limit_s, const char *whose);
void acme_check(struct checker *c, uint32_t certificate);

/* aliases.c */
void aliases_check(struct checker *c);
void aliases_check_steps(struct checker *c);

/* cert_files.c: fills leaves. cert_plans.c reads them. */
void cert_files_check(struct checker *c);
/* tracked.c: private keys that git has. */
void tracked_check(struct checker *c);
void cert_plans_check(struct checker *c);

/* service_keys.c */
void service_keys_check(struct checker *c);

/* secrets.c */
void secrets_scan(struct checker *c, const struct unit *unit);
void secrets_check_source(struct checker *c, uint32_t decl);
void secrets_check_gives(struct checker *c, const struct stmt *stmt);

/* unused.c */
void unused_report(struct checker *c);

/* style.c */
void style_report(struct checker *c);

/* suppress.c */
void suppress_read(struct checker *c);

#endif
