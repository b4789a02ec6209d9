/* SPDX-License-Identifier: Apache-2.0 */
/*
 * before: the guard before each act. The proof says that no order of the plan's own steps breaks a
 * connection; this says that the world is still the one that it speaks of: the steps that had to be done
 * before this one have their effect, and the ones behind it have not happened by another hand.
 *
 * (1) What is looked at comes from the plan's certificate (the steps that this one rests on) and from the
 *     steps that write what its callers' receivers accept. A target that cannot be looked at says nothing.
 * (2) Refused is a step behind which a clash is possible that was not possible before it: a world that is
 *     broken already may get healthier, and does not get worse.
 * (3) A dry run looks at nothing: its steps have no effect.
 */
#include "runtime/engine/engine_int.h"

enum { LOOKS_MAX = 32 };

struct choosing {
  struct engine *engine;
  uint32_t step;
  struct sighting looks[LOOKS_MAX];
  uint32_t count;
};

static void choose(struct choosing *c, uint32_t step)
{
  struct engine *engine = c->engine;
  enum step_status status = engine->slots[step].status;
  /* What may begin at any moment looks for itself. */
  bool is_ahead = (status == STEP_PENDING || status == STEP_WAITING) && engine->slots[step].unmet > 0;
  if (step == c->step || (status != STEP_DONE && !is_ahead) || c->count == LOOKS_MAX ||
      !belief_tells(&engine->belief, step))
    return;
  for (uint32_t i = 0; i < c->count; i++)
    if (c->looks[i].step == step)
      return;
  const struct provider *provider = engine_provider(engine, step);
  if ((provider->supports & CAN_PROBE) != 0)
    c->looks[c->count++] = (struct sighting){
        .step = step, .provider = provider};
}

/* The certificate's orders stand by the step that has to wait. */
static void choose_certified(struct choosing *c)
{
  const struct graph *graph = c->engine->graph;
  uint32_t low = 0, high = graph->order_count;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (graph->orders[mid].after < c->step)
      low = mid + 1;
    else
      high = mid;
  }
  for (; low < graph->order_count && graph->orders[low].after == c->step; low++)
    choose(c, graph->orders[low].before);
}

static void choose_writers(struct choosing *c, uint32_t row)
{
  const struct reading *r = &c->engine->belief.reading;
  for (uint32_t i = row == ROW_NONE ? ACT_NONE : r->rows[row].first; i != ACT_NONE;
       i = r->acts[i].next)
    choose(c, r->acts[i].step);
}

/* Who writes what the receivers of this certificate accept. */
static void choose_receivers(struct choosing *c)
{
  const struct belief *belief = &c->engine->belief;
  const struct reading *r = &belief->reading;
  for (uint32_t i = belief->first_act[c->step]; i < belief->first_act[c->step + 1]; i++) {
    const struct row *row = &r->rows[r->acts[i].row];
    uint32_t link = row->thing == THING_ALIAS || row->thing == THING_SHOWN
                        ? r->first_link[row->thing == THING_ALIAS ? row->a : row->c]
                        : row->first_link;
    for (; link != ROW_NONE && c->count < LOOKS_MAX; link = r->links[link].next_of_certificate)
      for (int version = HOLDS_OLD; version < HOLDS__COUNT; version++) {
        choose_writers(c, r->links[link].accepts[version]);
        choose_writers(c, r->links[link].trusts[version]);
      }
  }
}

bool engine_may_act(struct engine *engine, uint32_t step)
{
  struct slot *slot = &engine->slots[step];
  if (slot->was_looked_at || engine->given->options->stand_in != NULL ||
      !belief_concerns(&engine->belief, step))
    return true;
  struct choosing c = {.engine = engine, .step = step};
  choose_certified(&c);
  choose_receivers(&c);
  engine_give_looks(engine, step, JOB_LOOK, c.looks, c.count);
  return false;
}

void engine_look(const struct job *job)
{
  pthread_mutex_lock(&job->engine->looking);
  for (uint32_t i = 0; i < job->look_count; i++) {
    struct sighting *look = &job->looks[i];
    struct call call = job->call;
    struct answer answer = {0};
    call.step = &job->engine->graph->steps[look->step];
    call.by_guard = true;
    look->observed = look->provider->probe(&call, &answer);
    look->says = answer.says;
  }
  pthread_mutex_unlock(&job->engine->looking);
}

static struct text step_word(const struct engine *engine, uint32_t step)
{
  return engine->graph->steps[step].id;
}

/* What was found other than it was left. */
static void add_findings(struct engine *engine, const struct job *job, const bool *differs,
                         struct diag *diag)
{
  for (uint32_t i = 0; i < job->look_count; i++) {
    const struct sighting *look = &job->looks[i];
    if (!differs[i])
      continue;
    bool was_done = engine->slots[look->step].status == STEP_DONE;
    diag_add_note(engine->given->diags, diag, "`%.*s` %s: %.*s",
                  TEXT_ARG(step_word(engine, look->step)),
                  was_done ? "was done, and is not so any more"
                           : "has not begun, and is so already",
                  TEXT_ARG(look->says));
  }
}

static void refuse(struct engine *engine, const struct job *job, const struct belief *after,
                   const struct clash *clash, const bool *differs)
{
  struct diag_list *diags = engine->given->diags;
  struct text words = clash_words(engine->arena, after, clash);
  engine->stops = true;
  engine_worsen(engine, END_UNDECIDED);
  engine_wait(engine, job->step, WAIT_GUARD, 0,
              text_format(engine->arena, "with it %.*s", TEXT_ARG(words)), TEXT_NONE);
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E1124, "`%.*s` is held back: with it %.*s",
                       TEXT_ARG(step_word(engine, job->step)), TEXT_ARG(words));
  add_findings(engine, job, differs, diag);
  diag_add_help(diags, diag, "put it back as the plan left it, then: renew resume %.*s",
                TEXT_ARG(engine->run->id));
  diag_add_help(diags, diag, "what the step waits for: renew why %.*s %.*s",
                TEXT_ARG(engine->run->id),
                TEXT_ARG(text_shell_word(engine->arena, step_word(engine, job->step))));
}

static void tell_broken(struct engine *engine, uint32_t step, const struct belief *now,
                        const struct clash *clash)
{
  struct text words = clash_words(engine->arena, now, clash);
  struct text says = text_format(engine->arena, "already so, and `%.*s` makes it no worse: %.*s",
                                 TEXT_ARG(step_word(engine, step)), TEXT_ARG(words));
  struct record record = engine_record(engine, RECORD_NOTE, "already-broken", says);
  if (engine_note(engine, &record, step))
    engine_tell(engine, EVENT_NOTE, step, says, TEXT_NONE);
}

void engine_take_look(struct engine *engine, struct job *job)
{
  struct belief now, after;
  struct clash clash;
  bool differs[LOOKS_MAX] = {false};
  if (engine->stops)
    return;
  belief_copy(&now, &engine->belief, job->arena);
  for (uint32_t i = 0; i < job->look_count; i++)
    differs[i] = belief_observe(&now, job->looks[i].step, job->looks[i].observed);
  belief_copy(&after, &now, job->arena);
  belief_take(&after, job->step, STEP_INTENT, false, true);
  if (belief_find_clash(&after, &now, job->step, &clash)) {
    refuse(engine, job, &after, &clash, differs);
    return;
  }
  if (belief_find_clash(&now, NULL, job->step, &clash))
    tell_broken(engine, job->step, &now, &clash);
  engine->slots[job->step].was_looked_at = true;
  engine_begin_act(engine, job->step);
}
