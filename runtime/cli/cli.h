/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: what all verbs share: global flags, exit codes, compiling, printing. Only this folder prints
 * to the terminal or ends the process.
 */
#ifndef RENEW_CLI_CLI_H
#define RENEW_CLI_CLI_H

#include "compiler/base/diag.h"
#include "compiler/check/configuration.h"
#include "compiler/check/plan.h"
#include "compiler/graph/graph.h"
#include "compiler/verify/verify.h"
#include "compiler/report/report.h"

#ifndef RENEW_VERSION
#define RENEW_VERSION "0.1.0"
#endif

enum exit_code {
  EXIT_OK = 0,
  EXIT_ANSWER_NO = 1,      /* the text is wrong; not a plan */
  EXIT_USAGE = 2,
  EXIT_CANNOT_WORK = 3,    /* cannot be read; a store of another version; a failed fsync */
  EXIT_STEP_FAILED = 4,
  EXIT_WAITING = 5,        /* a person, a date, the next opening of the window */
  EXIT_REFUSED = 6,        /* a freeze, another run's lock */
  EXIT_NOT_APPROVED = 7,   /* damage or edit of a plan file, wrong digest, bad signature */
  EXIT_REMOTE = 8,
  EXIT_NEEDS_DECISION = 9, /* unknown outcome, drift, damaged journal */
  EXIT_WORK_DUE = 10,
  EXIT_INTERRUPTED = 130
};

/* A text in the place of a file: an editor's, not saved yet. */
struct cli_text {
  const char *path; /* absolute */
  struct text bytes;
};

struct cli {
  struct arena *arena;
  const char *verb;
  int argc;          /* what stands behind the verb, global flags taken out */
  char **argv;
  const char *folder;      /* -C DIR, or NULL */
  const char *root;        /* absolute: nearest folder upwards with renew.conf or .git */
  const char *store;       /* --store PATH of store.db; default below $XDG_STATE_HOME/renew */
  struct param_given *given; /* --set NAME=VALUE */
  uint32_t given_count;
  struct text *roles;      /* --as-role ROLE,... */
  uint32_t role_count;
  struct output *output;   /* cli_output.c: documents and the log; NULL: findings are not shown */
  struct report_options report; /* --format, --color, --ascii, --error-limit */
  /* --allow, --deny; what renew.conf says of findings counts less. */
  struct diag_rules rules;
  bool wants_style;        /* the verb speaks of style (check, fix) */
  bool style;              /* --style: show style hints; else they are only counted */
  uint32_t style_count;    /* style hints that cli_report did not show */
  bool quiet, verbose, no_input;
  bool is_demo; /* --profile demo: cli_demo.h */
  uint32_t ignored_count; /* files and folders that .renewignore left out of the last search */
  bool store_is_given, wants_demo;
  int64_t at_s;            /* --at TIME: the pretended now of plan and check; 0 = the clock */
  struct text zone;        /* --tz ZONE: instants are shown in it; "" = in their own */
  struct text plan;        /* --plan NAME: of a file with several plans */
  const struct configuration *demands; /* the repository's renew.conf; see cli_demands */
  const char *demands_root;            /* whose it is */
  enum exit_code demands_code;
  const char *revision;    /* files are read as they were there (cli_git.c); NULL: as they are */
  const struct cli_text *texts; /* of cli_compile_text: what stands in the place of other files */
  uint32_t text_count;
  const char *misused;     /* an option without its value; cli_arguments reports it */
};

/* One row a verb. */
#define COMMAND(name, function, arguments, says) int function(struct cli *cli);
#include "runtime/cli/commands.def"
#undef COMMAND

struct proof;

struct compiled {
  struct arena *arena;
  struct source_set *sources;
  struct diag_list *diags;
  struct program *program; /* NULL where the file could not be read */
  const struct proof *proof; /* of the plan judged last; NULL where its text was not clean */
  int64_t now_s;             /* for which it was judged */
  const struct configuration *demands; /* of the root's renew.conf; NULL without */
  uint32_t plan;           /* decl; INDEX_NONE where the file has none, or several and none was named */
};

/*
 * Compiles the file (path as the user typed it), plan `name` of it or its only one (TEXT_NONE).
 * Findings stay in ret->diags; cli_report prints them to stderr, sorted, and gives the exit code.
 */
void cli_compile(struct cli *cli, const char *path, struct text name, struct compiled *ret);
/* Only reads it: source 0 of ret->sources. path NULL: standard input. False with a finding. */
bool cli_read_source(struct cli *cli, const char *path, struct compiled *ret);
/* The same of a text that stands in the file's place; the files that it imports are read, or stand
 * in cli->texts. */
void cli_compile_text(struct cli *cli, const char *path, struct text bytes, struct compiled *ret);
/* Every plan of the file (one without errors so far) is lowered and proved, each scenario compared
 * with its plan; judged (NULL is legal) is called with each plan that was judged. */
typedef void cli_plan_fn(const struct compiled *compiled, const struct graph *graph, bool is_sound,
                         void *with);
void cli_check_plans(struct compiled *compiled, cli_plan_fn *judged, void *with);
/* Reads renew.conf at the root, once; EXIT_OK where there is none. What is wrong with it is reported
 * by the first call; each one says the exit code. */
enum exit_code cli_demands(struct cli *cli);
/* The same without a report; false where there is none. */
bool cli_read_demands(struct cli *cli, struct source_set *sources, struct diag_list *diags,
                      const struct configuration **ret_demands);
enum exit_code cli_report(struct cli *cli, struct diag_list *diags,
                          const struct source_set *sources);
/* E0002, reported: `WHAT PATH cannot be read: WHY`; what: "the evidence file". Returns the exit code. */
enum exit_code cli_unreadable(struct cli *cli, const char *what, const char *path, const char *why);
/* cli_output.c: findings on their way out. */
void cli_output_start(struct cli *cli);
/* --report FORMAT=FILE, --log FILE; false: reported. */
bool cli_add_report(struct cli *cli, const char *word);
bool cli_open_log(struct cli *cli, const char *path);
bool cli_format_of(const char *word, size_t length, enum report_format *ret_format);
/* Findings are on their way: to stderr, into the log, and kept for the documents. */
void cli_output_take(struct cli *cli, const struct diag_list *diags,
                     const struct source_set *sources);
void cli_output_misuse(struct cli *cli, struct text says);
/* Writes the documents; returns the exit code, which becomes 3 where one cannot be written. */
int cli_output_end(struct cli *cli, int code);
/* A line (with its line end) of the log; nothing where there is none. */
void cli_log(struct cli *cli, struct text line);
bool cli_logs(const struct cli *cli);
bool cli_is_text(const struct cli *cli); /* words for people on stdout, no JSON and no document */
bool cli_wants_cases(const struct cli *cli); /* a document was asked for */
struct findings *cli_findings(struct cli *cli);
/* cli_git.c: whether git knows the commit; a file of cli->revision, for source_set.fetch. */
bool cli_git_has(struct cli *cli, const char *revision);
int cli_git_fetch(void *of, struct arena *arena, struct text path, struct text *ret_bytes);
/* cli_safety.c: the table of check --explain-safety, on stdout. */
void cli_explain_safety(struct cli *cli, const struct proof *proof, int64_t now_s);
/* What `renew` alone prints. */
enum exit_code cli_welcome(struct cli *cli);
/* The templates of `renew new`, with what each asks. */
void cli_help_new(void);
/* `renew: WORDS` and the hint to the help; returns EXIT_USAGE. */
enum exit_code cli_usage(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What only a lowered plan shows: the people of it. False where that is an error. */
bool cli_judge(struct compiled *compiled, const struct graph *graph);

/* A plan that was compiled from FILE.renew, or read from FILE.rplan. */
struct loaded {
  struct compiled compiled; /* of FILE.renew; else only arena and diags are set */
  bool from_rplan;
  struct checked_graph checked;
  struct proven_graph proven;
  struct text bytes;  /* the plan file */
  struct text digest; /* the plan digest: SHA-256 of its document line, hex */
};

/*
 * The plan of `path` (its only one, or cli->plan). Findings are reported; anything but EXIT_OK is
 * the exit code of the verb. needs_values: every parameter must have one (plan -o, run).
 */
enum exit_code cli_load(struct cli *cli, const char *path, bool needs_values, struct loaded *ret);
/* The resource of the role that --role or --as-role names; false with a usage message. */
bool cli_find_role(struct cli *cli, const struct graph *graph, const char *name,
                   uint32_t *ret_resource);

/*
 * What a verb takes from its own arguments; what is found leaves argv. Options stand anywhere, as
 * `--name VALUE` or `--name=VALUE`; behind `--` nothing is an option. cli_arguments comes last:
 * it refuses what is left of options, and another number of arguments than `least` to `most`.
 */
bool cli_take_flag(struct cli *cli, const char *name);
const char *cli_take_value(struct cli *cli, const char *name); /* NULL where absent */
bool cli_arguments(struct cli *cli, int least, int most);

/* Absolute, without "." and ".."; links are not followed. */
const char *cli_absolute(struct cli *cli, const char *path);
/* The nearest folder upwards with renew.conf or .git, else `folder` itself; absolute. */
const char *cli_find_root(struct cli *cli, const char *folder);
/* Whether the folder has a root's mark: renew.conf or .git. */
bool cli_is_root(struct cli *cli, const char *folder);

/* *.renew without *.test.renew, or those, or both */
enum file_wanted { FILES_OF_PLANS, FILES_OF_SCENARIOS, FILES_OF_BOTH };
/* All of them below the root but what .renewignore leaves out, sorted; absolute paths, in the arena. */
char **cli_find_files(struct cli *cli, enum file_wanted wanted, size_t *ret_count);
/* cli_ignore.c; path: from the root on. */
struct ignore;
struct ignore *cli_ignore_read(struct cli *cli);
bool cli_ignores(const struct ignore *ignore, const char *path, bool is_folder);
/* How much the last search left out, on stderr. */
void cli_tell_ignored(const struct cli *cli);
/* The words of the command line, each folder as the files below it; without a word those below the root.
 * A folder without any is reported: EXIT_USAGE. */
enum exit_code cli_take_files(struct cli *cli, enum file_wanted wanted, char ***ret_paths,
                              size_t *ret_count);
/* The file below the root whose name is nearly that one; TEXT_NONE without. */
struct text cli_nearest_file(struct cli *cli, const char *path);
/*
 * What PLAN means: the path of a file, or the name of a plan (cli->plan is then set) or of a file
 * below the root. Reported where it is none or several; then not EXIT_OK.
 */
enum exit_code cli_find_plan(struct cli *cli, const char *word, const char **ret_path);

/* What the plan files below the root declare, in their order: "role", its name, its title. */
struct declared {
  struct text kind; /* valid during the call; the others as long as cli->arena */
  struct text name, title;
  const char *path;
};
typedef void cli_take_declared(void *of, const struct declared *declared);
void cli_each_declared(struct cli *cli, cli_take_declared *take, void *of);
/* `renew __complete -- WORD...`: what may stand in the last word's place; for the scripts of
 * `renew completion`, not for people. */
int cli_complete(struct cli *cli);

/* A regular file of at most limit_bytes (else EFBIG); false with errno. */
bool cli_read_file(struct arena *arena, const char *path, size_t limit_bytes,
                   struct text *ret_bytes);
/* Replaces the file whole or not at all: a new file beside it, fsync, rename, fsync of the folder.
 * False with errno where that failed; the old file is then untouched. */
bool cli_write_file(const char *path, struct text bytes);
/* The same for a file that is there: a link stays a link, mode and owner stay, and a file that may
 * not be written is not replaced. */
bool cli_rewrite_file(const char *path, struct text bytes);

#endif
