/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_run: what the verbs that run share: opening the store, and a run of it with its plan; and what
 * the verbs that compile call from here.
 */
#ifndef RENEW_CLI_CLI_RUN_H
#define RENEW_CLI_CLI_RUN_H

#include "runtime/cli/cli.h"
#include "runtime/engine/signoff.h"
#include "runtime/store/store.h"

/* The dry run of `renew plan`: each step as what would be done, asked or skipped, on stdout. Returns the
 * exit code. */
struct preview_wish {
  struct text digest; /* of the plan */
  bool live;          /* probes may look at files and addresses */
  bool trusted;       /* with live: secrets and commands of observation too */
  bool exit_code;     /* 10 where something is to be done */
};
int cli_preview(struct cli *cli, const struct proven_graph *proven,
                const struct preview_wish *wish);
struct world;
struct survey;
/* What the plan assumes and what is there; findings where they differ. False where some do. */
bool cli_live(struct cli *cli, const struct graph *graph, struct world *world,
              struct survey *ret_survey);

/* The store, and (where one was asked for) a run of it. Everything lives in `arena`. */
struct opened {
  struct arena *arena;
  struct diag_list *diags;
  struct store *store; /* NULL: there is no store yet */
  struct run_row run;
  struct checked_graph checked; /* read back from the run's own plan file */
  struct proven_graph proven;
};

/*
 * Opens the store. Where there is none, it is EXIT_OK and a NULL store, unless it was to be made. Findings are
 * reported here; anything but EXIT_OK is the verb's exit code. cli_close in every case.
 */
enum exit_code cli_open_store(struct cli *cli, enum store_mode mode, struct opened *ret);
/* What was read of the store is all of it; else told, and the verb's exit code. */
enum exit_code cli_has_read(struct cli *cli, struct opened *opened);
/* Opens the store and the run of that name with its graph. */
enum exit_code cli_open_run(struct cli *cli, enum store_mode mode, struct text run,
                            struct opened *ret);
/* The graph of another run of the opened store; reported as above. */
enum exit_code cli_read_plan(struct cli *cli, struct opened *opened, const struct run_row *run,
                             struct proven_graph *ret_proven);
void cli_close(struct opened *opened);
enum exit_code cli_exit_of_store(enum store_result result);

/* The step that LABEL names: its identity (restart[worker-1]), or its label where only one has it. */
enum exit_code cli_find_step(struct cli *cli, struct opened *opened, const char *label,
                             uint32_t *ret_step);
/* The OS user's name: who speaks on this console. */
struct text cli_signer(struct cli *cli);
/* The words of one person about one step: RUN and LABEL are the verb's first two arguments. */
enum exit_code cli_open_signing(struct cli *cli, struct opened *ret_opened,
                                struct signing *ret_signing);
enum exit_code cli_end_signing(struct cli *cli, struct opened *opened, enum signing_result result);

/* What a person has to do about a step now; false: nothing. */
struct task {
  const char *word;    /* "confirm", "approve", "answer", "decide" */
  struct text role;    /* TEXT_NONE where anybody decides */
  struct text command; /* what to type */
};
bool cli_task(struct arena *arena, struct store *store, const struct run_row *run,
              const struct graph *graph, const struct step_row *row, struct task *ret_task);

#endif
