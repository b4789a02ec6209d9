/* SPDX-License-Identifier: Apache-2.0 */
/*
 * habits: what no order can make good: a step that destroys without anybody's word for it, a downtime
 * that nobody agreed on, an exchange that nobody looks at afterwards.
 */
#include "compiler/prove/prove_int.h"

static void add_step_finding(struct proving *p, enum diag_code code, uint32_t step, uint32_t other)
{
  struct proof_finding f = finding_of(code);
  f.early = step;
  f.late = other;
  add_finding(p, &f);
}

void check_habits(struct proving *p)
{
  (void)p;
  (void)add_step_finding;
}
