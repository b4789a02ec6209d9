/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intervals: when a thing may hold a value, as pairs (begin, ends): it may hold it at a cut that has
 * `begin` and none of the ends. And Theorem 1: whether several of them can meet in one cut.
 *
 * Knows nothing of certificates: registers, caches and events only. A register is written; a cache
 * reads its register at a load, or at any moment between, and keeps what it read.
 *
 * (1) Writes of different values to one register are ordered; intervals_race says where they are not,
 *     and then nothing else here may be asked of that register.
 * (2) A load is two events. At `begin` somebody may read the register again; at `end` nobody is left
 *     who read it before `begin`. Where both are the same event, all read again at once.
 * (3) Where it is not known which of several events made somebody read, the load begins with the first
 *     of `begin` and `also`: it is behind a write only if all of them are. Where it is itself, it still
 *     is an end of what was read before for whoever runs because of it: a tuple with an interval that
 *     begins with that event (END_AT_BEGIN).
 */
#ifndef RENEW_PROVE_INTERVALS_H
#define RENEW_PROVE_INTERVALS_H

#include "compiler/prove/poset.h"

struct write {
  uint32_t event;
  uint32_t step;
  uint32_t guard;
  uint8_t value;
};

struct load {
  uint32_t begin, end;
  uint32_t step;
  uint32_t guard;
  uint32_t also_first, also_count; /* (3); into a list that goes with the loads */
};

#define END_AT_BEGIN UINT32_C(0x80000000) /* a bit of an end */

struct interval {
  uint32_t begin;                /* EVENT_NONE: from the beginning */
  uint32_t first_end, end_count; /* into the table's ends */
};

enum { INTERVALS_MAX = 24, INTERVAL_ENDS_MAX = 256 };

struct intervals {
  struct interval items[INTERVALS_MAX];
  uint32_t ends[INTERVAL_ENDS_MAX];
  uint32_t count, end_count;
  bool is_full; /* more than fits: nothing may be concluded */
};

/* One register as a question needs it: its active writes, in the order of their events. */
struct written {
  const struct write *writes;
  uint32_t count;
  uint8_t initial;
};

/* Two writes of different values without an order; false where there are none. */
bool intervals_race(struct poset *poset, struct written written, uint32_t *ret_first,
                    uint32_t *ret_second);
void intervals_of_register(struct poset *poset, struct written written, uint8_t value,
                           struct intervals *ret);
/* (3) */
bool intervals_load_behind(struct poset *poset, uint32_t event, const struct load *load,
                           const uint32_t *also);
/* `loads` in the order of their begins; also: NULL where none has any. */
void intervals_of_cache(struct poset *poset, struct written written, const struct load *loads,
                        uint32_t load_count, const uint32_t *also, uint8_t value,
                        struct intervals *ret);
/* From the beginning to the end. */
void intervals_always(struct intervals *ret);

enum { LITERALS_MAX = 4 };

/*
 * Theorem 1: a tuple of intervals, one of each table, meets in a cut iff no end of one comes before
 * (or is) the begin of another. False where every tuple is ruled out. Else ret_chosen is the tuple
 * whose begins come first, so that its least cut is small.
 */
bool intervals_meet(struct poset *poset, const struct intervals *const *tables, uint32_t count,
                    uint32_t ret_chosen[LITERALS_MAX]);

/* The pair of events that rules a tuple out: the end of one interval, the begin of another. False
 * where the tuple meets. */
bool intervals_ruling(struct poset *poset, const struct intervals *const *tables, uint32_t count,
                      const uint32_t *chosen, uint32_t *ret_end, uint32_t *ret_begin);
/* The next tuple; false behind the last. */
bool intervals_next(const struct intervals *const *tables, uint32_t count, uint32_t *chosen);

#endif
