/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor: `renew doctor`: is everything there that this machine, and the named plans, need?
 *
 * (1) Looks only: nothing is written, no program is started, no value of a secret is kept or shown.
 * (2) No socket is opened without --live.
 * (3) What a run would refuse before its first step is found by the same functions (prepare of the
 *     providers, conf_read, store_open); the doctor adds what a run cannot know to be wrong.
 * (4) A check that is not ok has a fix: what to type, or which line to write where.
 */
#ifndef RENEW_CLI_DOCTOR_H
#define RENEW_CLI_DOCTOR_H

#include "runtime/cli/cli_run.h"
#include "runtime/providers/world.h"

enum check_result { CHECK_OK, CHECK_WARN, CHECK_FAIL, CHECK__COUNT };

struct check {
  const char *area; /* "clock", "secret" */
  enum check_result result;
  struct text says;
  struct text fix; /* TEXT_NONE only with CHECK_OK */
};

struct doctor {
  struct cli *cli;
  bool live;
  const struct conf *conf; /* the machine's */
  struct check *checks;
  uint32_t count;
  /* The newest date that is known to be past: this machine's clock cannot stand before it. */
  int64_t past_s;
  const char *past_of;
};

/* fix: TEXT_NONE where nothing is to be done. */
void doctor_add(struct doctor *doctor, const char *area, enum check_result result, struct text fix,
                const char *says, ...) __attribute__((format(printf, 5, 6)));
/* Each finding as a check; with sources its place stands before it. False where there is none. */
bool doctor_add_findings(struct doctor *doctor, const char *area, const struct diag_list *diags,
                         const struct source_set *sources);
/* A file whose date is known to be past. */
void doctor_witness(struct doctor *doctor, const char *path);
/* As a shell takes it. */
struct text doctor_quote(struct doctor *doctor, const char *word);
/* Nobody but its owner and root may write it, nor a folder above it; else a check that says who may.
 * path: absolute. */
bool doctor_is_guarded(struct doctor *doctor, const char *area, const char *path);

void doctor_machine(struct doctor *doctor);       /* program, libraries, limits */
void doctor_configuration(struct doctor *doctor); /* both renew.conf; sets doctor->conf */
void doctor_state(struct doctor *doctor);
void doctor_plan(struct doctor *doctor, const char *word);
void doctor_clock(struct doctor *doctor); /* last: what was seen says what is past */

#endif
