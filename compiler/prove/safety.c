/* SPDX-License-Identifier: Apache-2.0 */
/*
 * safety: check S. For each connection and each certificate that it may present: is there a cut at which
 * it runs, presents it, and the receiver does not accept it?
 */

#include "compiler/prove/question.h"

static bool is_racing(struct proving *p, uint32_t reg)
{
  return reg != REGISTER_NONE && p->is_racing[reg];
}

bool safety_is_racing(struct proving *p, uint32_t connection)
{
  const struct connection *c = &p->model->connections[connection];
  bool races = is_racing(p, c->source) || is_racing(p, c->running);
  for (int version = HELD_OLD; version <= HELD_NEW; version++)
    races |= is_racing(p, c->call->accepted[version]) || is_racing(p, c->call->roots[version]);
  return races;
}

static void check_connection(struct proving *p, uint32_t index)
{
  static const enum held versions[] = {HELD_NEW, HELD_OLD, HELD_NONE};
  const struct connection *c = &p->model->connections[index];
  if (safety_is_racing(p, index))
    return; /* E0616 stands for it */
  struct atoms atoms;
  struct situation situation;
  bool is_known = false;
  question_atoms(p, c, &atoms);
  for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
    for (int is_root = 0; is_root <= 1; is_root++) {
      struct question q;
      struct answer a;
      if (!question_make(p, index, versions[i], is_root != 0, &q))
        continue;
      if (!is_known && atoms.count == 0)
        question_situation(p, c, &atoms, 0, false, &situation);
      is_known = atoms.count == 0;
      if (!question_find_answer(p, &q, &atoms, is_known ? &situation : NULL, &a))
        continue;
      blame_report(p, &q, &a);
      is_known = false; /* the scratch space held other loads meanwhile */
    }
}

/* decisions, ambiguity 19: refused even where a stop would make the plan safe. What lets both versions in,
 * a name or an authority, is one thing to hold. */
static bool holds_one_only(struct proving *p, const struct connection *c)
{
  if (c->call->accepted[HELD_OLD] == c->call->accepted[HELD_NEW] && !c->call->roots_in_play)
    return false;
  return !p->is_downtime && p->graph->resources[c->call->receiver].kind == KIND_SYSTEM &&
         !setting_yes(p->graph, c->call->receiver, KEY_ACCEPTS_MANY, true);
}

void check_safety(struct proving *p)
{
  for (uint32_t i = 0; i < p->model->connection_count; i++) {
    const struct connection *c = &p->model->connections[i];
    if (!holds_one_only(p, c)) {
      check_connection(p, i);
      continue;
    }
    struct proof_finding f = finding_of(DIAG_E0604);
    f.connection = i;
    p->is_failed[i] = true;
    if (p->model->is_renewed[c->call->certificate] && blame_known(p, &f) == NULL)
      add_finding(p, &f);
  }
}
