/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failpoint: places at which a test build dies or pauses, one before and one behind each durable
 * change. In a normal build FAILPOINT is nothing.
 *
 *     RENEW_FAILPOINT=INTENT:kill@3      die (SIGKILL) when the place is reached the third time
 *     RENEW_FAILPOINT=before-DONE:sleep  pause a second, each time
 */
#ifndef RENEW_STORE_FAILPOINT_H
#define RENEW_STORE_FAILPOINT_H

#ifdef FAULTS
void failpoint_reach(const char *name);
#define FAILPOINT(name) failpoint_reach(name)
#else
#define FAILPOINT(name) ((void)0)
#endif

#endif
