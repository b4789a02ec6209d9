/* SPDX-License-Identifier: Apache-2.0 */
/* races: check R: two steps that write different values to one thing are ordered, or the one that comes
 * last would decide. And what no order can make decidable. */
#include "compiler/prove/prove_int.h"

enum { RACES_MAX = 100 };

/* Whether both steps can happen in one run: `when` and `otherwise` cannot. */
static bool can_both_happen(struct proving *p, const struct write *a, const struct write *b)
{
  struct atoms atoms = {.count = 0};
  atoms_add_guard(p->model, &atoms, a->guard);
  atoms_add_guard(p->model, &atoms, b->guard);
  if (atoms.is_full)
    return true;
  for (uint32_t mask = 0; mask < (1u << atoms.count); mask++)
    if (guard_holds(p->model, &atoms, mask, a->guard) &&
        guard_holds(p->model, &atoms, mask, b->guard))
      return true;
  return false;
}

static void check_register(struct proving *p, uint32_t reg)
{
  struct written written = model_register(p->model, reg);
  uint32_t first, second;
  if (written.count < 2 || !intervals_race(&p->events->known, written, &first, &second))
    return;
  const struct write *a = &written.writes[first], *b = &written.writes[second];
  if (a->step == b->step || !can_both_happen(p, a, b))
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
    check_register(p, i);
  check_copies(p);
}
