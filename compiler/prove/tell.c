/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell: the findings of a proof as a reader of the plan needs them: where, who, what may happen, in
 * which order, and what to write instead. Which function tells which finding; their words are next door.
 */
#include "compiler/prove/tell.h"

static const struct {
  enum diag_code code;
  tell_fn *tell;
} tellers[] = {
    {DIAG_E0601, tell_601},    {DIAG_E0602, tell_602},      {DIAG_E0603, tell_603},
    {DIAG_E0604, tell_604},    {DIAG_E0605, tell_605},      {DIAG_E0606, tell_606},
    {DIAG_E0607, tell_607},    {DIAG_E0608, tell_608},      {DIAG_E0609, tell_609},
    {DIAG_E0611, tell_611},    {DIAG_W0612, tell_612},      {DIAG_W0613, tell_613},
    {DIAG_E0616, tell_616},    {DIAG_W0617, tell_617},      {DIAG_W0618, tell_618},
    {DIAG_E0619, tell_619},    {DIAG_W0620, tell_620},      {DIAG_E0621, tell_621},
    {DIAG_W0623, tell_outage}, {DIAG_E0623, tell_623},      {DIAG_E0624, tell_624},
    {DIAG_E0625, tell_625},    {DIAG_E0626, tell_626},      {DIAG_E0627, tell_627},
    {DIAG_E0628, tell_628},    {DIAG_E0629, tell_629},      {DIAG_E0630, tell_back},
    {DIAG_E0631, tell_seen},   {DIAG_E0633, tell_633},      {DIAG_E0634, tell_634},
    {DIAG_E0635, tell_635},    {DIAG_E0636, tell_going_on}, {DIAG_E0637, tell_unsent},
    {DIAG_E0712, tell_712},    {DIAG_E0727, tell_seen},     {DIAG_E0909, tell_602},
    {DIAG_E0915, tell_915},
};

static void tell(const struct telling *t, const struct proof_finding *f)
{
  for (size_t i = 0; i < sizeof tellers / sizeof tellers[0]; i++)
    if (tellers[i].code == f->code)
      tellers[i].tell(t, f);
}

void prove_tell(const struct proof *proof, const struct program *program, struct diag_list *diags)
{
  struct telling t = {proof, proof->graph, program, diags};
  for (uint32_t i = 0; i < proof->finding_count; i++)
    tell(&t, &proof->findings[i]);
  tell_never(&t);
}
