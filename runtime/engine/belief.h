/* SPDX-License-Identifier: Apache-2.0 */
/*
 * belief: what a run knows of the world: for each thing that its plan changes, the values that it may have
 * now; for each caller, which versions it may present. Certain where only one value is left.
 *
 * Not the proof: it says how things stand, from what the journal holds and from what was looked at.
 *
 * (1) What may happen is believed at once: with INTENT a thing may have its new value, and the old one.
 *     What is certain needs evidence: the step's effect was observed, or a person signed for it.
 * (2) In a strict belief (`status`) nothing else makes certain; time never does. In the other one (the
 *     guard) a step that is done is done: that is what the proof counts on.
 */
#ifndef RENEW_ENGINE_BELIEF_H
#define RENEW_ENGINE_BELIEF_H

#include "compiler/verify/reading.h"
#include "runtime/providers/provider.h"
#include "runtime/store/store.h"

struct belief {
  struct reading reading;
  bool is_strict;
  uint8_t *may;        /* by row: bits of enum holds */
  uint8_t *was;        /* by act: what its row may have had before it began */
  uint8_t *shows;      /* by link: bits of enum holds */
  uint8_t *fresh;      /* by link: what a load that began may have read; 0 = none is under way */
  bool *begun;         /* by step */
  bool *is_same_root;  /* by row: the new root is the old one: its import was left out for that */
  uint32_t *first_act; /* by step: into reading.acts, which stand in the order of steps */
};

void belief_make(struct belief *belief, struct arena *arena, const struct graph *graph,
                 bool is_strict);
/* A deep enough copy to look ahead in. */
void belief_copy(struct belief *to, const struct belief *from, struct arena *arena);
/* The step is in that status now. by_guard: of a skipped one, its condition did not hold; is_evident:
 * of a done one, somebody looked or signed. */
void belief_take(struct belief *belief, uint32_t step, enum step_status status, bool by_guard,
                 bool is_evident);
/* Somebody looked at the step's target. False where that says nothing else than was believed. */
bool belief_observe(struct belief *belief, uint32_t step, enum observation observed);
/* Whether a look at the step's target would say anything of those things. */
bool belief_tells(const struct belief *belief, uint32_t step);
/* All that the journal says. The table says what was seen: NULL will do where nothing has to be evident. */
void belief_read(struct belief *belief, const struct provider_table *table,
                 const struct journal_row *rows, size_t row_count);

/* A pair that may be met: what is shown, and what of it the receiver may not take. */
struct clash {
  uint32_t link;
  enum holds version; /* HOLDS_NONE: nothing is there to show */
  bool of_root;
};

/* Whether the pair may be met now. */
bool belief_clashes(const struct belief *belief, const struct clash *clash);
/* The first clash (from *at on) that `after` has and `before` (NULL: nothing) has not, among the links
 * that the step changes; step INDEX_NONE: among all. */
bool belief_find_clash(const struct belief *after, const struct belief *before, uint32_t step,
                       struct clash *ret_clash);
/* "`orders` on worker-1 may show client.new while `erp` does not accept it" */
struct text clash_words(struct arena *arena, const struct belief *belief,
                        const struct clash *clash);
/* Whether the step makes something work, as things stand: it breaks nothing, shows nothing new, stops
 * nothing; and of a caller a clash goes (were it started), or it runs again, or is no more in doubt of what
 * it shows. Of what the belief knows nothing of the effect says it. */
bool belief_heals(const struct belief *belief, uint32_t step);
/* Whether the step changes anything that a caller shows or a receiver accepts. */
bool belief_concerns(const struct belief *belief, uint32_t step);
/* "certain-old", "maybe", "certain-new", "none"; of the versions a link may show. */
const char *belief_word(uint8_t versions);

#endif
