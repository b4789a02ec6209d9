/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe: fresh handshakes and calls, at every address of a host.
 *
 * (1) One answer of one address is evidence for that address only: all are asked.
 * (2) Expected is what was read, never what was not: silence is neither accepted nor refused.
 */
#ifndef RENEW_PROVIDERS_PROBE_H
#define RENEW_PROVIDERS_PROBE_H

#include "runtime/crypto/tls.h"
#include "runtime/providers/safe.h"

enum { PROBE_ROUNDS = 3, PROBE_LIMIT_S = 10 };

enum expected { EXPECT_ACCEPTED, EXPECT_REFUSED };

struct probe_report {
  bool as_expected;
  bool was_judged; /* some address gave an answer that is a yes or a no */
  struct text says;
};

/* The system has an https address that can be asked. */
bool probe_is_possible(const struct call *call, uint32_t system);
/* `rounds` handshakes with the pair at each address; stops at the first that is not as expected. */
struct probe_report probe_pair(const struct call *call, uint32_t system, const struct pair *pair,
                               enum expected expected, uint32_t rounds);
/* The same with a GET at the system's address, judged by the status. What the statuses mean for a
 * certificate is said. codes: as for probe_call. */
struct probe_report probe_pair_call(const struct call *call, uint32_t system,
                                    const struct pair *pair, const int64_t *codes,
                                    uint32_t code_count, uint32_t rounds);
/* `rounds` calls of an address. codes: of `returns`, negative = must not be; none = what is neither
 * a refusal nor a fault of the server. */
struct probe_report probe_call(const struct call *call, struct text url, const int64_t *codes,
                               uint32_t code_count, uint32_t rounds);
/* Nothing listens at any address of it. */
struct probe_report probe_silence(const struct call *call, struct text url);
/* The server certificate at that address is this one. */
struct probe_report probe_server(const struct call *call, struct text url,
                                 const struct cert *expected);

/* The system's server answers a handshake that presents nothing, with a chain that its roots verify. */
struct probe_report probe_door(const struct call *call, uint32_t system);

#endif
