/* SPDX-License-Identifier: Apache-2.0 */
/* belief_judge: what a belief comes to: which pairs may be refused, what a step would heal. See belief.h. */
#include "runtime/engine/belief_int.h"

static bool may_run(const struct belief *b, const struct link *link)
{
  return link->runs == ROW_NONE || (b->may[link->runs] & BIT(HOLDS_YES)) != 0;
}

/* The receiver may not take what is shown. */
static bool is_refused(const struct belief *b, const struct clash *clash)
{
  const struct link *link = &b->reading.links[clash->link];
  if (clash->version == HOLDS_NONE)
    return true;
  uint32_t row = clash->of_root ? link->trusts[clash->version] : link->accepts[clash->version];
  if (clash->of_root && clash->version == HOLDS_NEW && row != ROW_NONE && b->is_same_root[row])
    row = link->trusts[HOLDS_OLD];
  return row != ROW_NONE && (!clash->of_root || link->asks_roots) &&
         (b->may[row] & BIT(HOLDS_NO)) != 0;
}

bool belief_clashes(const struct belief *b, const struct clash *clash)
{
  return (b->shows[clash->link] & BIT(clash->version)) != 0 &&
         may_run(b, &b->reading.links[clash->link]) && is_refused(b, clash);
}

static bool find_at_link(const struct belief *after, const struct belief *before, uint32_t link,
                         struct clash *ret)
{
  for (int version = HOLDS_NONE; version < HOLDS__COUNT; version++)
    for (int of_root = 0; of_root <= (version != HOLDS_NONE); of_root++) {
      struct clash clash = {link, (enum holds)version, of_root != 0};
      if (!belief_clashes(after, &clash) || (before != NULL && belief_clashes(before, &clash)))
        continue;
      *ret = clash;
      return true;
    }
  return false;
}

bool belief_find_clash(const struct belief *after, const struct belief *before, uint32_t step,
                       struct clash *ret)
{
  if (step == INDEX_NONE) {
    for (uint32_t i = 0; i < after->reading.link_count; i++)
      if (find_at_link(after, before, i, ret))
        return true;
    return false;
  }
  for (uint32_t i = after->first_act[step]; i < after->first_act[step + 1]; i++) {
    uint32_t row = after->reading.acts[i].row;
    for (uint32_t k = belief_first_reader(after, row); k != ROW_NONE;
         k = belief_next_reader(after, row, k))
      if (belief_is_read_by(after, row, k) && find_at_link(after, before, k, ret))
        return true;
  }
  return false;
}

/* ---- what heals ---- */

/* What the caller shows, or would, were it started: who is stopped for sure reads everything anew. */
static uint8_t would_show(const struct belief *b, uint32_t link)
{
  const struct link *of = &b->reading.links[link];
  return may_run(b, of) ? b->shows[link] : b->may[of->source];
}

static uint32_t count_refused(const struct belief *b, uint32_t link, uint8_t shown)
{
  uint32_t count = 0;
  for (int version = HOLDS_NONE; version < HOLDS__COUNT; version++)
    for (int of_root = 0; of_root <= (version != HOLDS_NONE); of_root++) {
      struct clash clash = {link, (enum holds)version, of_root != 0};
      count += (shown & BIT(version)) != 0 && is_refused(b, &clash);
    }
  return count;
}

static bool may_be_down(const struct belief *b, const struct link *link)
{
  return link->runs != ROW_NONE && (b->may[link->runs] & BIT(HOLDS_NO)) != 0;
}

static bool is_in_doubt(uint8_t shown)
{
  return (shown & (shown - 1)) != 0;
}

enum healing { HEALING_BREAKS, HEALING_NOTHING, HEALING_HEALS };

/* now, and when the step has begun, and when it is done. */
static enum healing healing_at(const struct belief *now, const struct belief *begun,
                               const struct belief *done, uint32_t at)
{
  const struct link *link = &now->reading.links[at];
  uint8_t shown_now = would_show(now, at), shown_done = would_show(done, at);
  uint8_t shown_begun = would_show(begun, at);
  /* Who starts reads anew: what it showed before it was stopped is gone. */
  if (!may_run(now, link))
    shown_begun = shown_done;
  uint32_t refused_now = count_refused(now, at, shown_now);
  if ((may_run(now, link) && (shown_begun & ~shown_now) != 0) ||
      (may_be_down(begun, link) && !may_be_down(now, link)) ||
      (may_run(now, link) && count_refused(begun, at, shown_begun) > refused_now) ||
      count_refused(done, at, shown_done) > refused_now)
    return HEALING_BREAKS;
  bool is_better = count_refused(done, at, shown_done) < refused_now ||
                   (may_be_down(now, link) && !may_be_down(done, link)) ||
                   (is_in_doubt(shown_now) && !is_in_doubt(shown_done));
  return is_better ? HEALING_HEALS : HEALING_NOTHING;
}

bool belief_heals(const struct belief *now, uint32_t step)
{
  const struct reading *r = &now->reading;
  if (!belief_concerns(now, step))
    return effect_heals(r->graph->steps[step].effect);
  struct arena *arena = arena_new("healing", 0);
  struct belief begun, done;
  enum healing found = HEALING_NOTHING;
  belief_copy(&begun, now, arena);
  belief_take(&begun, step, STEP_INTENT, false, true);
  belief_copy(&done, &begun, arena);
  belief_take(&done, step, STEP_DONE, false, true);
  for (uint32_t i = now->first_act[step]; i < now->first_act[step + 1]; i++) {
    uint32_t row = r->acts[i].row;
    for (uint32_t k = belief_first_reader(now, row); k != ROW_NONE;
         k = belief_next_reader(now, row, k)) {
      enum healing of_link =
          belief_is_read_by(now, row, k) ? healing_at(now, &begun, &done, k) : HEALING_NOTHING;
      if (found != HEALING_BREAKS && of_link != HEALING_NOTHING)
        found = of_link;
    }
  }
  arena_free(arena);
  return found == HEALING_HEALS;
}

bool belief_concerns(const struct belief *b, uint32_t step)
{
  for (uint32_t i = b->first_act[step]; i < b->first_act[step + 1]; i++)
    if (belief_first_reader(b, b->reading.acts[i].row) != ROW_NONE)
      return true;
  return false;
}

struct text clash_words(struct arena *arena, const struct belief *b, const struct clash *clash)
{
  const struct graph *graph = b->reading.graph;
  const struct link *link = &b->reading.links[clash->link];
  struct text who =
      text_format(arena, "`%.*s`%s%.*s", TEXT_ARG(graph->resources[link->caller].name),
                  link->node.length == 0 ? "" : " on ", TEXT_ARG(link->node));
  struct text certificate = graph->resources[link->certificate].name;
  struct text receiver = graph->resources[link->receiver].name;
  if (clash->version == HOLDS_NONE)
    return text_format(arena, "%.*s may find no `%.*s` to show to `%.*s`", TEXT_ARG(who),
                       TEXT_ARG(certificate), TEXT_ARG(receiver));
  return text_format(arena, "%.*s may show `%.*s.%s` while `%.*s` does not %s", TEXT_ARG(who),
                     TEXT_ARG(certificate), clash->version == HOLDS_NEW ? "new" : "old",
                     TEXT_ARG(receiver), clash->of_root ? "trust its root" : "accept it");
}
