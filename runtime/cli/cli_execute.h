/* SPDX-License-Identifier: Apache-2.0 */
/* cli_execute: a run in the hands of the engine, and what is printed meanwhile: run, resume,
 * cancel. */
#ifndef RENEW_CLI_CLI_EXECUTE_H
#define RENEW_CLI_CLI_EXECUTE_H

#include "runtime/cli/cli_run.h"
#include "runtime/engine/engine.h"

/* The events of a run, as lines or as JSON. */
struct progress {
  struct cli *cli;
  struct store *store; /* for the commands that a wait names */
  const struct run_row *run;
  const struct graph *graph;
  uint32_t settled_count;
  uint32_t task_count; /* waits for people told so far */
  struct text asked;   /* the first role that was asked */
  int64_t until_ms;    /* the nearest instant that is waited for; 0 = none */
  int label_columns, role_columns;
  bool is_unread;      /* what is written reaches nobody any more */
  bool has_live_line; /* stderr is a terminal: lines go there, with one line that changes */
};

/* Folders, configuration, prompts, clock of this process. Findings go to opened->diags. */
bool cli_world(struct cli *cli, struct opened *opened, const struct clock *clock, const char *root,
               struct world *ret_world);
/* The clock of run and resume; --at counts in test builds only. NULL: reported. */
const struct clock *cli_run_clock(struct cli *cli);
/* Locks the opened run and executes what can be executed now. */
enum exit_code cli_execute(struct cli *cli, struct opened *opened);
/* An engine_begin before it; opened->run holds rplan, digest. Then as cli_execute. */
enum exit_code cli_begin(struct cli *cli, struct opened *opened);
enum exit_code cli_exit_of_end(enum run_end end);

void progress_start(struct progress *progress, struct cli *cli, struct opened *opened);
void progress_header(struct progress *progress);
void progress_tell(void *of, const struct run_event *event); /* run_event_fn */
void progress_end(struct progress *progress, enum run_end end);

#endif
