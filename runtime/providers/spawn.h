/* SPDX-License-Identifier: Apache-2.0 */
/* spawn: one process in a session of its own, waited for until a deadline. Policy is
 * command.h's. */
#ifndef RENEW_PROVIDERS_SPAWN_H
#define RENEW_PROVIDERS_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct spawn_wish {
  const char *program;
  const char **argv;        /* NULL-terminated */
  const char **environment; /* NULL-terminated */
  const char *folder;
  const char *input;  /* file for standard input; NULL = /dev/null */
  const char *output; /* files for standard output and error; NULL = output_fd and /dev/null */
  const char *errors;
  int output_fd;
  int lock_fd; /* -1, or a locked descriptor that the child keeps */
  int64_t until_ms;
  int64_t (*monotonic_ms)(void);
};

struct spawn_end {
  int status;   /* as of waitpid */
  bool is_late; /* it was ended by us */
};

/* False with errno where it could not be started. */
bool spawn_and_wait(const struct spawn_wish *wish, struct spawn_end *ret_end);
/* A process other than this one that keeps `lock_path` open where spawn put it; 0 without. */
pid_t spawn_find_holder(const char *lock_path);

#endif
