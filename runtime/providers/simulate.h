/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate: providers of a landscape that does not exist: `--profile demo` and `renew test`. Nothing
 * outside of one small file is touched: no network, no command, no keystore, no mailbox, no secret.
 *
 * (1) Every answer of these providers begins with "SIMULATED", so that no output, journal or report
 *     of such a run reads like a real one.
 * (2) The landscape is a few facts: what each alias holds, what each receiver accepts and trusts,
 *     which node runs and what it loaded. A fact that nobody changed has the value that it has
 *     before a renewal. They are kept in a file beside the store: a run that was killed finds its
 *     landscape as it left it.
 * (3) What a person does by hand in reality is done by a person here: what is simulated is the
 *     systems, not the people. What SAP's platforms, a CA or a command would do is done at once.
 * (4) A node between the exchange and its restart may present either pair; a call fails, and an
 *     outage is noted, where the receiver does not accept each pair that may be presented.
 */
#ifndef RENEW_PROVIDERS_SIMULATE_H
#define RENEW_PROVIDERS_SIMULATE_H

#include "runtime/providers/provider.h"
#include "runtime/providers/world.h"

extern const struct provider_table providers_simulated;

enum fault_kind {
  FAULT_REFUSED,
  FAULT_UNREACHABLE,
  FAULT_IN_DOUBT,
  FAULT_KILL_BEFORE,
  FAULT_KILL_AFTER
};

struct fault {
  enum fault_kind kind;
  struct text step; /* its id, or the label of several */
  uint32_t count;   /* how often it happens, over all processes of the run */
};

struct simulation_setup {
  int64_t pause_ms;  /* what an act takes, so that a person can look on */
  bool has_new_root; /* the CA changed its root since the old certificate */
  const struct fault *faults;
  uint32_t fault_count;
  void (*before_kill)(void); /* NULL, or called before the process ends by a fault */
};

/* Lives in the arena; simulation_free releases what is in it. */
struct simulation *simulation_new(struct arena *arena, const struct simulation_setup *setup);
void simulation_free(struct simulation *simulation); /* NULL is legal */
/* The file of a run's landscape: read where it is there, written from now on at every change. False
 * with errno where it cannot be read (EINVAL: it is none). */
bool simulation_use_file(struct simulation *simulation, const char *path);

/* The instant that the simulated clock had last; 0 = never kept. */
int64_t simulation_now_ms(const struct simulation *simulation);
bool simulation_keep_now(struct simulation *simulation, int64_t now_ms);

/* For the expectations of a scenario. name: "client.new". */
bool simulation_accepts(const struct simulation *simulation, struct text system, struct text name);
bool simulation_holds(const struct simulation *simulation, struct text keystore,
                      struct text certificate, const char *version);
uint32_t simulation_outage_count(const struct simulation *simulation);
/* "after `remove-old`: outbound on worker-1 is not accepted by receiver"; TEXT_NONE behind the last */
struct text simulation_outage(const struct simulation *simulation, uint32_t nth);
/* Whether a message went to the role whose text holds `part` (TEXT_NONE: any text). */
bool simulation_told(const struct simulation *simulation, struct text role, struct text part);

#endif
