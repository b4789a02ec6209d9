/* SPDX-License-Identifier: Apache-2.0 */
/* prove: see prove.h. */
#include <string.h>

#include "compiler/prove/prove_int.h"

const char *const verdict_words[] = {[VERDICT_SAFE] = "safe",
                                     [VERDICT_OBLIGED] = "safe under obligations",
                                     [VERDICT_UNSAFE] = "unsafe"};

struct proof_finding finding_of(enum diag_code code)
{
  return (struct proof_finding){.code = code,
                                .connection = INDEX_NONE,
                                .resource = INDEX_NONE,
                                .early = INDEX_NONE,
                                .late = INDEX_NONE,
                                .before = INDEX_NONE,
                                .after = INDEX_NONE};
}

void add_finding(struct proving *p, const struct proof_finding *finding)
{
  buffer_add(&p->findings, finding, sizeof *finding);
}

static void finish(struct proving *p, struct proof *proof)
{
  proof->graph = p->graph;
  proof->model = p->model;
  proof->events = p->events;
  proof->question_count = p->question_count;
  proof->finding_count = (uint32_t)(p->findings.size_bytes / sizeof(struct proof_finding));
  proof->findings =
      arena_array(p->arena, (size_t)proof->finding_count + 1, sizeof *proof->findings);
  if (proof->finding_count != 0)
    memcpy(proof->findings, p->findings.bytes, p->findings.size_bytes);
  proof->verdict = VERDICT_SAFE;
  for (uint32_t i = 0; i < proof->finding_count; i++)
    if (diag_code_severity(proof->findings[i].code) == SEVERITY_ERROR)
      proof->verdict = VERDICT_UNSAFE;
  state_claims(p, proof);
  if (proof->verdict == VERDICT_SAFE && proof->obligation_count != 0)
    proof->verdict = VERDICT_OBLIGED;
}

void proving_start(struct proving *p, struct arena *arena, const struct graph *graph)
{
  *p = (struct proving){.arena = arena,
                        .graph = graph,
                        .model = ARENA_NEW(arena, struct model),
                        .events = ARENA_NEW(arena, struct events),
                        .is_downtime = text_is(graph->policy, "downtime")};
  events_build(p->events, arena, graph);
  model_build(p->model, arena, graph, p->events);
  p->is_failed = arena_array(arena, (size_t)p->model->connection_count + 1, sizeof(bool));
  seen_start(p);
}

void proving_end(struct proving *p)
{
  buffer_free(&p->findings);
  for (size_t i = 0; i < sizeof p->scratch / sizeof p->scratch[0]; i++)
    buffer_free(&p->scratch[i]);
}

const struct proof *prove_plan(struct arena *arena, const struct checked_graph *checked)
{
  struct proof *proof = ARENA_NEW(arena, struct proof);
  struct proving p;
  proving_start(&p, arena, checked->graph);
  check_races(&p);
  check_seen(&p);
  check_safety(&p);
  check_goals(&p);
  check_habits(&p);
  check_kept(&p);
  check_log_on(&p);
  check_deployed(&p);
  check_roll_backs(&p);
  check_going_on(&p);
  check_unsent(&p);
  if (p.events->known.is_exhausted || p.events->text.is_exhausted) {
    struct proof_finding f = finding_of(DIAG_E0624);
    add_finding(&p, &f);
  }
  finish(&p, proof);
  proving_end(&p);
  return proof;
}

bool proving_is_unsafe(const struct proving *p)
{
  const struct proof_finding *all = (const struct proof_finding *)(const void *)p->findings.bytes;
  for (size_t i = 0; i < p->findings.size_bytes / sizeof *all; i++)
    if (diag_code_severity(all[i].code) == SEVERITY_ERROR)
      return true;
  return false;
}

void finding_judge_order(struct proving *p, struct proof_finding *f)
{
  if (f->before == INDEX_NONE)
    f->before = f->late;
  if (f->after == INDEX_NONE)
    f->after = f->early;
  f->is_untold = f->before != INDEX_NONE && f->after != INDEX_NONE &&
                 events_in_text(p->events, f->before, f->after) &&
                 !events_knows(p->events, f->before, f->after);
}
