/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: a program of the executor's machine, run for a step.
 *
 * (1) No shell: an argument vector. The program must be allowed by renew.conf (conf.h), else E1011.
 * (2) The environment is PATH, LANG=C.UTF-8, RENEW_RUN, RENEW_STEP, RENEW_ATTEMPT and RENEW_TOKEN
 *     (the same at every attempt of a step: for scripts that hand it on). Nothing is inherited.
 * (3) Standard input is /dev/null, or a file; output goes to files, never to a pipe: a pipe's end would kill
 *     the program between its stop and its start when we die.
 * (4) It has a session of its own and holds a locked descriptor of STATE/locks/RUN/NAME.lock:
 *     whoever comes after a crash sees that it still runs, and waits.
 * (5) At the limit its session is ended; what has left the session keeps the lock and is seen.
 */
#ifndef RENEW_PROVIDERS_COMMAND_H
#define RENEW_PROVIDERS_COMMAND_H

#include "runtime/crypto/secret.h"
#include "runtime/providers/step.h"

enum { COMMAND_LIMIT_S = 60 };

struct command {
  struct text *argv;
  uint32_t argc;
  const char *folder; /* working folder, and where a relative program is looked for */
  const char *input;  /* file for standard input; NULL: /dev/null */
  const char *what;   /* "" for the step's own; "reload", "observe": names log and lock */
};

enum command_end {
  COMMAND_EXITED,    /* status */
  COMMAND_SIGNALLED, /* status = the signal */
  COMMAND_LATE,      /* ended by us at the limit */
  COMMAND_ORPHAN,    /* one from before still runs; nothing was started */
  COMMAND_REFUSED,   /* not allowed; nothing was started */
  COMMAND_FAILED     /* could not be started */
};

/* What the lock file tells about the last command of that name, in this run and step. */
enum command_past {
  COMMAND_NEVER,
  COMMAND_BEGUN, /* also: ended by a signal, so that what it did is not known */
  COMMAND_ENDED_WELL,
  COMMAND_ENDED_BADLY
};

struct command_result {
  enum command_end end;
  int status;
  struct text says;
  const char *output; /* path of the standard output; ".err" beside it */
};

/* The words of a setting, `${node}` filled in, to be run in the folder of the plan file. False
 * where a quote is not closed or nothing is written. */
bool command_split(const struct call *call, struct text words, const char *what,
                   struct command *ret_command);
/* The step's own argument vector. */
struct command command_of_step(const struct call *call);
/* False with the reason. ret_program: the file. */
bool command_is_allowed(const struct call *call, const struct command *command,
                        const char **ret_program, struct text *ret_reason);
/* Adds E1011 where it is not allowed. */
void command_prepare(const struct call *call, const struct command *command,
                     struct diag_list *diags);

struct command_result command_run(const struct call *call, const struct command *command);
/* As if it had never been run: its result was judged, and the next attempt is a new one. */
void command_forget(const struct call *call, const char *what);
/* Where the standard output of that attempt is, or would be. */
const char *command_output(const struct call *call, const char *what, uint32_t attempt);
/* Also after a crash. *ret_at_ns: when that was written, nanoseconds since 1970. */
enum command_past command_past(const struct call *call, const char *what, int64_t *ret_at_ns);
/* Exit 0 is OUTCOME_DONE; everything else with words, code and help. */
enum outcome command_outcome(const struct call *call, const struct command_result *result,
                             struct answer *answer);

/* Runs a program whose standard output is a secret: nothing of it is written to any file. */
struct secret *command_read_secret(const struct call *call, const struct command *command,
                                   struct text *ret_error);

#endif
