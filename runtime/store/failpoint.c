/* SPDX-License-Identifier: Apache-2.0 */
/* failpoint: see failpoint.h; empty without -DFAULTS. */
#include "runtime/store/failpoint.h"

#ifdef FAULTS
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_BYTES = 64, SLEEP_S = 1 };

void failpoint_reach(const char *name)
{
  static unsigned reached;
  const char *wish = getenv("RENEW_FAILPOINT");
  char place[NAME_BYTES], act[NAME_BYTES];
  unsigned nth = 0;
  if (wish == NULL || sscanf(wish, "%63[^:]:%63[a-z]@%u", place, act, &nth) < 2)
    return;
  if (strcmp(place, name) != 0)
    return;
  reached++;
  if (nth != 0 && reached != nth)
    return;
  if (strcmp(act, "kill") == 0)
    kill(getpid(), SIGKILL);
  else
    sleep(SLEEP_S);
}
#else
extern int failpoint_is_empty; /* ISO C wants a declaration in every file */
#endif
