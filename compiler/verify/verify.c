/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: see verify.h. A bad state is three things at once: a caller shows a version, the receiver does
 * not accept it, the caller runs. Each of them began somewhere (a write, or the beginning of the run) and
 * ends where a later write, or a load behind it, takes it away. The state cannot be where one of the
 * three has ended for sure before another one begins.
 */
#include "compiler/verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/verify/conditions.h"
#include "compiler/verify/reading.h"

enum { NOTES_MAX = 256 };

struct event {
  uint32_t step; /* INDEX_NONE: the beginning */
  bool at_end;
};

/* Where a node is started, the first of several starts may have been it: `also` are the others. */
struct load {
  struct event begin, end;
  uint32_t also_first, also_count; /* into checking.also: steps */
  bool is_start;
};

/* The acts of a row that happen under one way in which the conditions turn out. */
struct acts {
  struct buffer items; /* struct act */
  const struct act *at;
  uint32_t count;
  uint8_t initial;
  bool is_chain; /* each is known to come before the next */
};

struct note {
  uint32_t before, after;
};

struct checking {
  struct arena *arena;
  const struct graph *graph;
  const struct verify_orders *orders;
  struct reading reading;
  bool *is_chain; /* by row: its acts are a chain */
  struct acts shown, judged, runs;
  struct buffer loads, trust_loads; /* struct load */
  struct buffer also;               /* uint32_t: acts of c->runs */
  bool is_new;                      /* asks beyond what is noted */
  struct note notes[NOTES_MAX];
  uint32_t note_count;
  struct text wrong;
};

/* ---- orders ---- */

static bool lasts(const struct checking *c, uint32_t step)
{
  return effect_lasts(c->graph->steps[step].effect);
}

/* Whether a comes before b, or is b; what that rests on is remembered until it is needed. */
static bool before(struct checking *c, struct event a, struct event b)
{
  if (a.step == b.step)
    return !a.at_end || b.at_end || !lasts(c, a.step);
  if (a.step > b.step || c->note_count == NOTES_MAX ||
      !c->orders->before(c->orders->of, a.step, b.step, c->is_new))
    return false;
  c->notes[c->note_count++] = (struct note){a.step, b.step};
  return true;
}

static void keep_notes(struct checking *c)
{
  for (uint32_t i = 0; i < c->note_count; i++)
    c->orders->note(c->orders->of, c->notes[i].before, c->notes[i].after);
  c->note_count = 0;
}

static bool happens(const struct checking *c, const struct atoms *atoms, uint32_t mask,
                    const struct act *act)
{
  return conditions_hold(c->graph, atoms, mask, c->graph->steps[act->step].guard);
}

static void add_row_guards(const struct checking *c, struct atoms *atoms, uint32_t row)
{
  const struct reading *r = &c->reading;
  for (uint32_t i = row == ROW_NONE ? ACT_NONE : r->rows[row].first; i != ACT_NONE;
       i = r->acts[i].next)
    conditions_add_guard(c->graph, atoms, c->graph->steps[r->acts[i].step].guard);
}

/* ---- acts and loads of one question ---- */

static void take_acts(struct checking *c, struct acts *acts, uint32_t row,
                      const struct atoms *atoms, uint32_t mask)
{
  const struct reading *r = &c->reading;
  acts->items.size_bytes = 0;
  for (uint32_t i = r->rows[row].first; i != ACT_NONE; i = r->acts[i].next)
    if (happens(c, atoms, mask, &r->acts[i]))
      buffer_add(&acts->items, &r->acts[i], sizeof r->acts[i]);
  acts->at = (const struct act *)(const void *)acts->items.bytes;
  acts->count = (uint32_t)(acts->items.size_bytes / sizeof *acts->at);
  acts->initial = r->rows[row].initial;
  acts->is_chain = c->is_chain[row];
}

/* What is written to either of two rows is written to both. */
static void take_both(struct checking *c, struct acts *acts, uint32_t one, uint32_t two,
                      const struct atoms *atoms, uint32_t mask)
{
  const struct reading *r = &c->reading;
  uint32_t i = r->rows[one].first, j = r->rows[two].first;
  acts->items.size_bytes = 0;
  while (i != ACT_NONE || j != ACT_NONE) {
    bool is_one = j == ACT_NONE || (i != ACT_NONE && r->acts[i].step <= r->acts[j].step);
    const struct act *act = &r->acts[is_one ? i : j];
    if (happens(c, atoms, mask, act))
      buffer_add(&acts->items, act, sizeof *act);
    i = is_one ? act->next : i;
    j = is_one ? j : act->next;
  }
  acts->at = (const struct act *)(const void *)acts->items.bytes;
  acts->count = (uint32_t)(acts->items.size_bytes / sizeof *acts->at);
  acts->initial = HOLDS_YES;
  acts->is_chain = false;
}

static struct event event_of(const struct act *act)
{
  return (struct event){act->step, act->at_end};
}

static bool has_stop(const struct acts *runs)
{
  for (uint32_t i = 0; i < runs->count; i++)
    if (runs->at[i].value == HOLDS_NO)
      return true;
  return false;
}

static bool runs_before(struct checking *c, uint32_t i, uint32_t j)
{
  return c->runs.is_chain ? i < j : before(c, event_of(&c->runs.at[i]), event_of(&c->runs.at[j]));
}

static bool is_stopped_between(struct checking *c, uint32_t start, uint32_t at)
{
  for (uint32_t i = 0; i < c->runs.count; i++)
    if (c->runs.at[i].value == HOLDS_NO && runs_before(c, start, i) && runs_before(c, i, at))
      return true;
  return false;
}

/* Behind a stop the node is started by the step, or by another start that may come before it: then
 * nothing of an older process is left. False where no stop is known to come before. */
static bool find_start(struct checking *c, uint32_t step, struct load *load)
{
  uint32_t at = 0;
  bool is_stopped = false;
  while (at < c->runs.count && c->runs.at[at].step != step)
    at++;
  for (uint32_t i = 0; i < c->runs.count && at < c->runs.count && !is_stopped; i++)
    is_stopped = c->runs.at[i].value == HOLDS_NO && runs_before(c, i, at);
  if (!is_stopped)
    return false;
  *load = (struct load){.begin = event_of(&c->runs.at[at]), .is_start = true};
  load->end = load->begin;
  load->also_first = (uint32_t)(c->also.size_bytes / sizeof(uint32_t));
  for (uint32_t i = 0; i < c->runs.count; i++) {
    if (c->runs.at[i].value == HOLDS_NO || i == at || runs_before(c, at, i) ||
        is_stopped_between(c, i, at))
      continue;
    buffer_add(&c->also, &i, sizeof i);
    load->also_count++;
  }
  return true;
}

static void add_load(struct buffer *loads, const struct act *act, bool is_long)
{
  struct load load = {.begin = {act->step, false}, .end = {act->step, is_long}};
  buffer_add(loads, &load, sizeof load);
}

/* Time counts as a load where it is longer than what keeps the old value. */
static void add_waits(struct checking *c, struct buffer *loads, int64_t least_s,
                      const struct atoms *atoms, uint32_t mask)
{
  const struct reading *r = &c->reading;
  for (uint32_t i = r->rows[r->waits].first; i != ACT_NONE; i = r->acts[i].next)
    if (reading_wait_s(r, &r->acts[i]) >= least_s && happens(c, atoms, mask, &r->acts[i]))
      add_load(loads, &r->acts[i], true);
}

static void take_loads(struct checking *c, const struct link *link, const struct atoms *atoms,
                       uint32_t mask)
{
  const struct reading *r = &c->reading;
  bool stops = has_stop(&c->runs);
  c->loads.size_bytes = c->trust_loads.size_bytes = c->also.size_bytes = 0;
  for (uint32_t i = r->rows[link->loads].first; i != ACT_NONE; i = r->acts[i].next) {
    const struct act *act = &r->acts[i];
    if (!happens(c, atoms, mask, act))
      continue;
    struct load start;
    c->note_count = 0;
    if (stops && find_start(c, act->step, &start))
      buffer_add(&c->loads, &start, sizeof start);
    /* A start of what runs already does nothing; a restart that nobody sees end ends nothing. */
    if (act->lasts && !link->is_unseen)
      add_load(&c->loads, act, true);
  }
  if (link->cache_s >= 0 && link->kept_s >= 0)
    add_waits(c, &c->loads, link->cache_s + link->kept_s, atoms, mask);
  if (link->trust_s > 0)
    add_waits(c, &c->trust_loads, link->trust_s, atoms, mask);
  for (uint32_t i = r->rows[r->sights].first; link->is_unknown && i != ACT_NONE;
       i = r->acts[i].next) {
    const struct step *look = &c->graph->steps[r->acts[i].step];
    if (step_argument(c->graph, look, PART_OBJECT, 0)->resource == link->certificate &&
        step_argument(c->graph, look, PART_PLACE, 0)->resource == link->receiver &&
        happens(c, atoms, mask, &r->acts[i]))
      add_load(&c->loads, &r->acts[i], false);
  }
}

/* ---- the question ---- */

struct literal {
  const struct acts *acts;
  const struct buffer *loads; /* it is read again only there; NULL: at once */
  uint8_t value;
  bool is_always;
  uint32_t begin; /* into acts; UINT32_MAX: the beginning */
};

static const struct event at_beginning = {INDEX_NONE, false};

static struct event begin_of(const struct literal *l)
{
  return l->is_always || l->begin == UINT32_MAX ? at_beginning : event_of(&l->acts->at[l->begin]);
}

/* What was written is what the load reads. */
static bool is_read(struct checking *c, struct event written, const struct load *load)
{
  const uint32_t *also = (const uint32_t *)(const void *)c->also.bytes;
  for (uint32_t i = 0; i < load->also_count; i++)
    if (!before(c, written, event_of(&c->runs.at[also[load->also_first + i]])))
      return false;
  return before(c, written, load->begin);
}

/* Another value was written behind the literal's begin, and (load: where it is cached) read. */
static bool is_overwritten(struct checking *c, const struct literal *l, struct event by,
                           const struct load *load)
{
  for (uint32_t w = 0; w < l->acts->count; w++) {
    uint32_t mark = c->note_count;
    struct event written = event_of(&l->acts->at[w]);
    if (l->acts->at[w].value != l->value && w != l->begin &&
        (load == NULL ? before(c, written, by) : is_read(c, written, load)) &&
        (l->begin == UINT32_MAX || before(c, event_of(&l->acts->at[l->begin]), written)))
      return true;
    c->note_count = mark;
  }
  return false;
}

/* The literal has ended for sure where `by` happens. */
static bool has_ended(struct checking *c, const struct literal *l, struct event by)
{
  if (l->loads == NULL)
    return is_overwritten(c, l, by, NULL);
  size_t count = l->loads->size_bytes / sizeof(struct load);
  for (size_t i = 0; i < count; i++) {
    struct load load = ((const struct load *)(const void *)l->loads->bytes)[i];
    uint32_t mark = c->note_count;
    size_t also = c->also.size_bytes;
    if (load.is_start && load.begin.step == by.step)
      load.also_count = 0; /* it runs because of this start: nobody else's counts */
    if (before(c, load.end, by) && is_overwritten(c, l, by, &load)) {
      if (load.is_start) /* once more, for what it rests on */
        find_start(c, load.begin.step, &load);
      c->also.size_bytes = also;
      return true;
    }
    c->note_count = mark;
  }
  return false;
}

/* Some literal has ended before another one begins. */
static bool is_excluded(struct checking *c, const struct literal literals[3])
{
  for (int is_new = 0; is_new <= 1; is_new++) {
    c->is_new = is_new != 0;
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        struct event begin = begin_of(&literals[i]);
        c->note_count = 0;
        if (i != j && begin.step != INDEX_NONE && !literals[j].is_always &&
            has_ended(c, &literals[j], begin)) {
          keep_notes(c);
          return true;
        }
      }
  }
  return false;
}

/* The next begin of a literal, from UINT32_MAX (the beginning, where it holds there) on. */
static bool next_begin(struct literal *l, bool is_first)
{
  if (is_first)
    l->begin = UINT32_MAX;
  if (l->is_always)
    return is_first;
  if (is_first && l->acts->initial == l->value)
    return true;
  for (uint32_t i = l->begin + 1; i < l->acts->count; i++)
    if (l->acts->at[i].value == l->value) {
      l->begin = i;
      return true;
    }
  return false;
}

static bool all_excluded(struct checking *c, struct literal l[3])
{
  for (bool a = next_begin(&l[0], true); a; a = next_begin(&l[0], false))
    for (bool b = next_begin(&l[1], true); b; b = next_begin(&l[1], false))
      for (bool d = next_begin(&l[2], true); d; d = next_begin(&l[2], false))
        if (!is_excluded(c, l))
          return false;
  return true;
}

struct question {
  const struct link *link;
  enum holds version;
  bool of_root;
  uint32_t judged; /* row; ROW_NONE: nothing is shown at all */
};

static bool is_same_root(const struct atoms *atoms, uint32_t mask, uint32_t certificate)
{
  for (uint32_t i = 0; i < atoms->count; i++)
    if (atoms->guards[i] == (ROOT_ATOM | certificate))
      return (mask >> i & 1) != 0;
  return false;
}

static bool ask(struct checking *c, const struct question *q, const struct atoms *atoms,
                uint32_t mask)
{
  const struct link *link = q->link;
  bool stops = false;
  c->runs.count = 0;
  if (link->runs != ROW_NONE) {
    take_acts(c, &c->runs, link->runs, atoms, mask);
    stops = has_stop(&c->runs);
  }
  c->is_new = true;
  take_loads(c, link, atoms, mask);
  take_acts(c, &c->shown, link->source, atoms, mask);
  if (q->judged != ROW_NONE && q->of_root && !link->pins_chain &&
      is_same_root(atoms, mask, link->certificate))
    take_both(c, &c->judged, link->trusts[HOLDS_OLD], link->trusts[HOLDS_NEW], atoms, mask);
  else if (q->judged != ROW_NONE)
    take_acts(c, &c->judged, q->judged, atoms, mask);
  struct literal literals[3] = {
      {&c->shown, &c->loads, (uint8_t)q->version, false, 0},
      {&c->judged, link->trust_s > 0 ? &c->trust_loads : NULL, HOLDS_NO, q->judged == ROW_NONE, 0},
      {&c->runs, NULL, HOLDS_YES, !stops, 0},
  };
  return all_excluded(c, literals);
}

static const char *const version_words[] = {"nothing", "its old version", "its new version"};

static void complain(struct checking *c, const struct question *q)
{
  const struct graph *graph = c->graph;
  const struct link *link = q->link;
  c->wrong = text_format(
      c->arena, "nothing in it rules out that `%.*s`%s%.*s shows %s of `%.*s` while `%.*s` %s",
      TEXT_ARG(graph->resources[link->caller].name), link->node.length == 0 ? "" : " on ",
      TEXT_ARG(link->node), version_words[q->version],
      TEXT_ARG(graph->resources[link->certificate].name),
      TEXT_ARG(graph->resources[link->receiver].name),
      q->judged == ROW_NONE ? "wants to see it"
      : q->of_root          ? "does not trust its root"
                            : "does not accept it");
}

static bool check_question(struct checking *c, const struct question *q)
{
  struct atoms atoms = {.count = 0};
  const struct link *link = q->link;
  add_row_guards(c, &atoms, link->source);
  add_row_guards(c, &atoms, link->runs);
  add_row_guards(c, &atoms, link->loads);
  add_row_guards(c, &atoms, c->reading.waits);
  add_row_guards(c, &atoms, link->is_unknown ? c->reading.sights : ROW_NONE);
  add_row_guards(c, &atoms, q->judged);
  if (q->of_root) {
    conditions_add(c->graph, &atoms, ROOT_ATOM | link->certificate);
    add_row_guards(c, &atoms, link->trusts[HOLDS_OLD]);
    add_row_guards(c, &atoms, link->trusts[HOLDS_NEW]);
  }
  bool is_safe = !atoms.is_full;
  for (uint32_t mask = 0; is_safe && mask < (UINT32_C(1) << atoms.count); mask++)
    is_safe = ask(c, q, &atoms, mask);
  if (!is_safe)
    complain(c, q);
  return is_safe;
}

/* False where there is nothing to ask. */
static bool make_question(const struct link *link, uint32_t version, bool of_root,
                          struct question *ret)
{
  *ret = (struct question){link, (enum holds)version, of_root,
                           of_root ? link->trusts[version] : link->accepts[version]};
  if (version == HOLDS_NONE)
    return !of_root;
  return ret->judged != ROW_NONE && (!of_root || link->asks_roots);
}

static bool check_link(struct checking *c, const struct link *link)
{
  struct question q;
  for (uint32_t version = HOLDS_NONE; version < HOLDS__COUNT; version++)
    for (int of_root = 0; of_root <= 1; of_root++)
      if (make_question(link, version, of_root != 0, &q) && !check_question(c, &q))
        return false;
  return true;
}

/* ---- writers of one thing ---- */

static bool can_both(struct checking *c, const struct act *a, const struct act *b, uint32_t root_of)
{
  struct atoms atoms = {.count = 0};
  if (root_of != INDEX_NONE)
    conditions_add(c->graph, &atoms, ROOT_ATOM | root_of);
  conditions_add_guard(c->graph, &atoms, c->graph->steps[a->step].guard);
  conditions_add_guard(c->graph, &atoms, c->graph->steps[b->step].guard);
  for (uint32_t mask = 0; !atoms.is_full && mask < (UINT32_C(1) << atoms.count); mask++)
    if ((root_of == INDEX_NONE || is_same_root(&atoms, mask, root_of)) &&
        happens(c, &atoms, mask, a) && happens(c, &atoms, mask, b))
      return true;
  return atoms.is_full;
}

static bool is_ordered(struct checking *c, const struct act *a, const struct act *b)
{
  for (int is_new = 0; is_new <= 1; is_new++) {
    c->is_new = is_new != 0;
    c->note_count = 0;
    if (before(c, event_of(a), event_of(b)))
      return true;
  }
  return false;
}

static bool make_chain(struct checking *c, const struct acts *acts)
{
  for (uint32_t i = 1; i < acts->count; i++)
    if (!is_ordered(c, &acts->at[i - 1], &acts->at[i]))
      return false;
  for (uint32_t i = 1; i < acts->count; i++) {
    is_ordered(c, &acts->at[i - 1], &acts->at[i]);
    keep_notes(c);
  }
  return true;
}

/* Acts of different values are ordered, or the one that comes last would decide. */
static bool check_acts(struct checking *c, const struct acts *acts, uint32_t root_of,
                       bool *ret_is_chain)
{
  bool is_one_value = true;
  for (uint32_t i = 1; i < acts->count; i++)
    is_one_value = is_one_value && acts->at[i].value == acts->at[0].value;
  *ret_is_chain = !is_one_value && make_chain(c, acts);
  for (uint32_t j = 1; j < acts->count && !is_one_value && !*ret_is_chain; j++)
    for (uint32_t i = 0; i < j; i++) {
      const struct act *a = &acts->at[i], *b = &acts->at[j];
      if (a->value == b->value || a->step == b->step || !can_both(c, a, b, root_of))
        continue;
      if (!is_ordered(c, a, b)) {
        c->wrong = text_format(c->arena, "nothing in it says which of `%.*s` and `%.*s` comes last",
                               TEXT_ARG(c->graph->steps[a->step].id),
                               TEXT_ARG(c->graph->steps[b->step].id));
        return false;
      }
      keep_notes(c);
    }
  return true;
}

static bool check_writers(struct checking *c)
{
  const struct reading *r = &c->reading;
  for (uint32_t row = 0; row < r->row_count; row++) {
    if (r->rows[row].thing >= THING_LOADS || r->rows[row].count < 2)
      continue;
    struct acts *acts = &c->shown;
    acts->items.size_bytes = 0;
    for (uint32_t i = r->rows[row].first; i != ACT_NONE; i = r->acts[i].next)
      buffer_add(&acts->items, &r->acts[i], sizeof r->acts[i]);
    acts->at = (const struct act *)(const void *)acts->items.bytes;
    acts->count = r->rows[row].count;
    if (!check_acts(c, acts, INDEX_NONE, &c->is_chain[row]))
      return false;
  }
  return true;
}

/* Where the old root is the new one, both rows are one. */
static bool check_roots(struct checking *c)
{
  uint32_t done = ROW_NONE;
  for (uint32_t i = 0; i < c->reading.link_count; i++) {
    const struct link *link = &c->reading.links[i];
    uint32_t old = link->trusts[HOLDS_OLD];
    bool is_chain;
    if (old == ROW_NONE || old == done || !link->asks_roots || link->pins_chain)
      continue;
    done = old;
    struct atoms atoms = {.count = 0};
    add_row_guards(c, &atoms, old);
    add_row_guards(c, &atoms, link->trusts[HOLDS_NEW]);
    conditions_add(c->graph, &atoms, ROOT_ATOM | link->certificate);
    for (uint32_t mask = 0; !atoms.is_full && mask < (UINT32_C(1) << atoms.count); mask++) {
      if (!is_same_root(&atoms, mask, link->certificate))
        continue;
      take_both(c, &c->judged, old, link->trusts[HOLDS_NEW], &atoms, mask);
      if (!check_acts(c, &c->judged, link->certificate, &is_chain))
        return false;
    }
  }
  return true;
}

static void start(struct checking *c, struct arena *arena, const struct graph *graph,
                  const struct verify_orders *orders)
{
  *c = (struct checking){.arena = arena, .graph = graph, .orders = orders};
  reading_make(&c->reading, arena, graph);
  c->is_chain = arena_array(arena, (size_t)c->reading.row_count + 1, sizeof *c->is_chain);
}

static void end(struct checking *c)
{
  buffer_free(&c->shown.items);
  buffer_free(&c->judged.items);
  buffer_free(&c->runs.items);
  buffer_free(&c->loads);
  buffer_free(&c->trust_loads);
  buffer_free(&c->also);
}

struct text verify_questions(struct arena *arena, const struct graph *graph,
                             const struct verify_orders *orders)
{
  struct checking c;
  start(&c, arena, graph, orders);
  if (c.reading.restores != INDEX_NONE)
    c.wrong = text_format(arena, "what `%.*s` puts back is not known before it runs",
                          TEXT_ARG(graph->steps[c.reading.restores].id));
  bool is_safe = c.wrong.length == 0 && check_writers(&c) && check_roots(&c);
  for (uint32_t i = 0; is_safe && i < c.reading.link_count; i++)
    is_safe = check_link(&c, &c.reading.links[i]);
  end(&c);
  return c.wrong;
}

bool verify_question(struct arena *arena, const struct graph *graph,
                     const struct verify_orders *orders, uint32_t link, uint32_t version,
                     bool of_root)
{
  struct checking c;
  struct question q;
  start(&c, arena, graph, orders);
  bool is_safe =
      check_writers(&c) && check_roots(&c) &&
      (!make_question(&c.reading.links[link], version, of_root, &q) || check_question(&c, &q));
  end(&c);
  return is_safe;
}
