/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe: has a reload, restart, start or stop happened? A command that returned says nothing.
 *
 *   observed by nginx PID-FILE     no process is left that began before the files were written
 *   observed by command TEXT       our command was run after that, and this one ends with 0
 *   drains within, applies within  our command ended well that long ago
 */
#ifndef RENEW_PROVIDERS_OBSERVE_H
#define RENEW_PROVIDERS_OBSERVE_H

#include "runtime/providers/step.h"

enum seen {
  SEEN_YES,
  SEEN_NOT_YET,
  SEEN_NEVER_ASKED, /* not yet, and our command was not run since the files were written */
  SEEN_NO_WAY       /* nothing is declared that could see it */
};

struct sight {
  enum seen seen;
  struct text says;
};

struct observe_wish {
  uint32_t resource; /* system or flow */
  int64_t since_ns;  /* when the files were written that are to be in use */
  const char *what;  /* the command's name, as in struct command */
  bool is_stop;      /* to be seen: nothing runs any more */
};

struct sight observe(const struct call *call, const struct observe_wish *wish);
/* Something is declared that can see a reload of the resource. */
bool observe_is_possible(const struct call *call, uint32_t resource);
/* How long the resource may take, by its own declaration; 0 where nothing is said. */
int64_t observe_bound_s(const struct call *call, uint32_t resource);
/* Lets the clocks of files and processes come apart, so that what starts now is newer than the
 * files. */
void observe_step_behind(const struct world *world, int64_t since_ns);
void observe_prepare(const struct call *call, uint32_t resource, struct diag_list *diags);

#endif
