/* SPDX-License-Identifier: Apache-2.0 */
/* races: check R: two steps that write different values to one thing are ordered, or the one that comes
 * last would decide. And what no order can make decidable. */
#include "compiler/prove/prove_int.h"

enum { RACES_MAX = 100 };

/* Whether both steps can happen in one run: `when` and `otherwise` cannot. same_root_of: a certificate
 * whose two roots have to be one for it; INDEX_NONE. */
static bool can_both_happen(struct proving *p, const struct write *a, const struct write *b,
                            uint32_t same_root_of)
{
  struct atoms atoms = {.count = 0};
  if (same_root_of != INDEX_NONE)
    atoms_add_same_root(p->model, &atoms, same_root_of);
  atoms_add_guard(p->model, &atoms, a->guard);
  atoms_add_guard(p->model, &atoms, b->guard);
  if (atoms.is_full)
    return true;
  for (uint32_t mask = 0; mask < (1u << atoms.count); mask++)
    if ((p->given == NULL || atoms_agree(&atoms, mask, p->given, p->given_mask)) &&
        (same_root_of == INDEX_NONE || atoms_same_root(&atoms, mask, same_root_of)) &&
        guard_holds(p->model, &atoms, mask, a->guard) &&
        guard_holds(p->model, &atoms, mask, b->guard))
      return true;
  return false;
}

static bool find_race(struct proving *p, struct written written, uint32_t same_root_of,
                      const struct write **ret_a, const struct write **ret_b)
{
  uint32_t first, second;
  if (written.count < 2 || !intervals_race(&p->events->known, written, &first, &second))
    return false;
  /* The pair that was found may be one that never happens together: look at all then. */
  for (uint32_t i = 0; i < written.count; i++)
    for (uint32_t j = i + 1; j < written.count; j++) {
      const struct write *a = &written.writes[i], *b = &written.writes[j];
      if (a->value == b->value || a->step == b->step || !can_both_happen(p, a, b, same_root_of) ||
          poset_before(&p->events->known, a->event, b->event))
        continue;
      *ret_a = a;
      *ret_b = b;
      return true;
    }
  return false;
}

static void check_writes(struct proving *p, struct written written, uint32_t same_root_of,
                         uint32_t reg)
{
  const struct write *a, *b;
  if (!find_race(p, written, same_root_of, &a, &b))
    return;
  p->is_racing[reg] = true;
  if (p->findings.size_bytes / sizeof(struct proof_finding) >= RACES_MAX)
    return;
  struct proof_finding f = finding_of(DIAG_E0616);
  f.early = b->step;
  f.late = a->step;
  finding_judge_order(p, &f);
  add_finding(p, &f);
}

/* Where the old and the new root are one, what is written to either is written to both. */
static void check_roots(struct proving *p)
{
  uint32_t done = REGISTER_NONE;
  for (uint32_t i = 0; i < p->model->connection_count; i++) {
    const struct connection *c = &p->model->connections[i];
    if (c->call->roots[HELD_OLD] == REGISTER_NONE || c->call->roots[HELD_OLD] == done)
      continue;
    done = c->call->roots[HELD_OLD];
    if (!p->is_racing[c->call->roots[HELD_OLD]] && c->call->roots_in_play && !c->call->pins_chain)
      check_writes(p, both_roots(p, c, NULL, 0), c->call->certificate, c->call->roots[HELD_OLD]);
  }
}

/* decisions, verb table: the value of a restored keystore is no constant. */
static void check_copies(struct proving *p)
{
  for (uint32_t i = 0; i < p->model->copy_count; i++) {
    struct proof_finding f = finding_of(DIAG_E0624);
    f.early = p->model->copies[i];
    add_finding(p, &f);
  }
}

void check_races(struct proving *p)
{
  p->is_racing = arena_array(p->arena, (size_t)p->model->register_count + 1, sizeof(bool));
  for (uint32_t i = 0; i < p->model->register_count; i++)
    check_writes(p, model_register(p->model, i), INDEX_NONE, i);
  check_roots(p);
  check_copies(p);
}
