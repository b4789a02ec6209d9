/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff: see diff.h.
 *
 * (1) A step is the same by its identity, or by `was`. Two unnamed changes at once (a rename without
 *     `was`) are one removed and one added: whoever reviews is not guessed for.
 * (2) Moved is the smallest set of steps whose place among the common ones changed: the rest is the
 *     longest sequence that both versions have in this order.
 */
#include "compiler/graph/diff.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/graph/view_int.h"

struct differ {
  struct arena *arena;
  const struct graph *old, *new;
  struct diff *diff;
  uint32_t *old_of; /* by new step: the old one; INDEX_NONE */
  uint32_t *new_of;
};

static struct diff_change *add(struct differ *d, enum change_kind kind, const char *what,
                               struct text name, struct text old, struct text new)
{
  struct diff *diff = d->diff;
  if (diff->count == diff->capacity) {
    diff->capacity = diff->capacity == 0 ? 32 : diff->capacity * 2;
    diff->changes =
        arena_grow(d->arena, diff->changes, diff->count, diff->capacity, sizeof *diff->changes);
  }
  diff->changes[diff->count] = (struct diff_change){kind, what, name, old, new, false};
  return &diff->changes[diff->count++];
}

/* --- steps --- */

/* What a running connection presents or accepts, or the moment at which it may. */
static bool touches(const struct step *step)
{
  return step->enters || step->effect == EFFECT_ADD_ACCEPTED || step->effect == EFFECT_START;
}

/* The sentence and its conditions, but for the numbers of other steps: those shift. */
static struct text say_step(struct arena *arena, const struct graph *graph, const struct step *step)
{
  struct buffer out = {0};
  struct notes notes = view_notes(arena, graph, step);
  buffer_add_text(&out, step->sentence);
  for (uint32_t i = 0; i < notes.count; i++)
    if (!text_starts_with(notes.items[i], "after ") &&
        !text_starts_with(notes.items[i], "at the beginning"))
      buffer_format(&out, "; %.*s", TEXT_ARG(notes.items[i]));
  for (uint32_t i = 0; i < step->argv.count; i++)
    buffer_format(&out, "%s%.*s", i == 0 ? "; command " : " ",
                  TEXT_ARG(graph->texts[step->argv.first + i]));
  struct text text = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

/* "restart.check[worker-1]" with `restart: ... was reload` was "reload.check[worker-1]". */
static struct text old_id(struct arena *arena, const struct step *step,
                          const struct diff_rename *renames, uint32_t rename_count)
{
  for (uint32_t i = 0; i < rename_count; i++) {
    struct text label = renames[i].label;
    const char *slash = memrchr(step->id.at, '/', step->id.length);
    size_t from = slash == NULL ? 0 : (size_t)(slash - step->id.at) + 1;
    struct text last = {step->id.at + from, step->id.length - from};
    if (last.length < label.length || memcmp(last.at, label.at, label.length) != 0 ||
        (last.length > label.length && last.at[label.length] != '[' &&
         last.at[label.length] != '.'))
      continue;
    return text_format(arena, "%.*s%.*s%.*s", (int)from, step->id.at, TEXT_ARG(renames[i].was),
                       (int)(last.length - label.length), last.at + label.length);
  }
  return step->id;
}

static void match_steps(struct differ *d, const struct diff_rename *renames, uint32_t rename_count)
{
  struct text_map ids;
  text_map_start(&ids, d->arena);
  d->old_of = arena_array(d->arena, (size_t)d->new->step_count + 1, sizeof *d->old_of);
  d->new_of = arena_array(d->arena, (size_t)d->old->step_count + 1, sizeof *d->new_of);
  memset(d->old_of, 0xff, ((size_t)d->new->step_count + 1) * sizeof *d->old_of);
  memset(d->new_of, 0xff, ((size_t)d->old->step_count + 1) * sizeof *d->new_of);
  for (uint32_t i = 0; i < d->old->step_count; i++)
    if (d->old->steps[i].kind == STEP_ACTION)
      text_map_add(&ids, d->old->steps[i].id, i, NULL);
  for (uint32_t i = 0; i < d->new->step_count; i++) {
    const struct step *step = &d->new->steps[i];
    uint32_t found;
    if (step->kind != STEP_ACTION)
      continue;
    if (!text_map_find(&ids, step->id, &found) &&
        !text_map_find(&ids, old_id(d->arena, step, renames, rename_count), &found))
      continue;
    if (d->new_of[found] != INDEX_NONE)
      continue;
    d->old_of[i] = found;
    d->new_of[found] = i;
  }
}

/* (2): longest increasing subsequence of the old places, in the new order. */
static bool *find_stayed(struct differ *d)
{
  uint32_t count = d->new->step_count, length = 0;
  uint32_t *tails = arena_array(d->arena, (size_t)count + 1, sizeof *tails);
  uint32_t *before = arena_array(d->arena, (size_t)count + 1, sizeof *before);
  bool *stayed = arena_array(d->arena, (size_t)count + 1, sizeof *stayed);
  for (uint32_t i = 0; i < count; i++) {
    if (d->old_of[i] == INDEX_NONE)
      continue;
    uint32_t low = 0, high = length;
    while (low < high) {
      uint32_t middle = low + (high - low) / 2;
      if (d->old_of[tails[middle]] < d->old_of[i])
        low = middle + 1;
      else
        high = middle;
    }
    before[i] = low == 0 ? INDEX_NONE : tails[low - 1];
    tails[low] = i;
    if (low == length)
      length++;
  }
  for (uint32_t i = length == 0 ? INDEX_NONE : tails[length - 1]; i != INDEX_NONE; i = before[i])
    stayed[i] = true;
  return stayed;
}

static struct text place_of(struct differ *d, const struct graph *graph, uint32_t index)
{
  for (uint32_t i = index; i-- > 0;)
    if (graph->steps[i].kind == STEP_ACTION)
      return text_format(d->arena, "after %.*s", TEXT_ARG(graph->steps[i].id));
  return TEXT("first");
}

static void diff_steps(struct differ *d)
{
  const bool *stayed = find_stayed(d);
  for (uint32_t i = 0; i < d->old->step_count; i++) {
    const struct step *step = &d->old->steps[i];
    if (step->kind == STEP_ACTION && d->new_of[i] == INDEX_NONE)
      add(d, CHANGE_REMOVED, "step", step->id, say_step(d->arena, d->old, step), TEXT(""))
          ->touches_connection = touches(step);
  }
  for (uint32_t i = 0; i < d->new->step_count; i++) {
    const struct step *step = &d->new->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    struct text says = say_step(d->arena, d->new, step);
    if (d->old_of[i] == INDEX_NONE) {
      add(d, CHANGE_ADDED, "step", step->id, TEXT(""), says)->touches_connection = touches(step);
      continue;
    }
    const struct step *was = &d->old->steps[d->old_of[i]];
    struct text said = say_step(d->arena, d->old, was);
    bool matters = touches(step) || touches(was);
    if (!text_equal(step->id, was->id))
      add(d, CHANGE_RENAMED, "step", step->id, was->id, step->id);
    if (!stayed[i])
      add(d, CHANGE_MOVED, "step", step->id, place_of(d, d->old, d->old_of[i]),
          place_of(d, d->new, i))
          ->touches_connection = matters;
    if (!text_equal(says, said))
      add(d, CHANGE_CHANGED, "step", step->id, said, says)->touches_connection = matters;
  }
}

/* --- declarations --- */

static void say_value(const struct graph *graph, const struct graph_value *value,
                      struct buffer *out)
{
  if (value->kind == VALUE_NONE)
    return;
  if (out->size_bytes != 0 && out->bytes[out->size_bytes - 1] != ' ')
    buffer_add_zero(out, " ");
  if (value->kind == VALUE_REF || value->kind == VALUE_MEMBER) {
    buffer_add_text(out, graph->resources[value->resource].name);
    if (value->kind == VALUE_MEMBER)
      buffer_format(out, ".%s", member_words[value->member]);
  } else if (value->kind == VALUE_DURATION) {
    view_say_duration(value->number, out);
  } else if (value->kind == VALUE_YES_NO) {
    buffer_add_zero(out, value->number != 0 ? "yes" : "no");
  } else if (value->text.length != 0) {
    buffer_add_text(out, value->text);
  } else {
    buffer_format(out, "%lld", (long long)value->number);
  }
}

/* Every setting as one text, in an order of their own: that of the lines is no meaning. */
static int compare_texts(const void *a, const void *b)
{
  return text_compare(*(const struct text *)a, *(const struct text *)b);
}

struct settings {
  struct text *items;
  uint32_t count;
};

static struct settings settings_of(struct arena *arena, const struct graph *graph,
                                   uint32_t resource)
{
  const struct resource *of = &graph->resources[resource];
  struct settings settings = {
      arena_array(arena, (size_t)of->settings.count + 1, sizeof(struct text)), 0};
  struct buffer out = {0};
  if (of->title.length != 0)
    settings.items[settings.count++] = text_format(arena, "title %.*s", TEXT_ARG(of->title));
  for (uint32_t i = 0; i < of->settings.count; i++) {
    const struct graph_setting *setting = &graph->settings[of->settings.first + i];
    out.size_bytes = 0;
    buffer_format(&out, "%s ", key_words[setting->key]);
    for (uint32_t k = 0; k < setting->values.count; k++)
      say_value(graph, &graph->values[setting->values.first + k], &out);
    settings.items[settings.count++] = text_copy(arena, buffer_text(&out));
  }
  qsort(settings.items, settings.count, sizeof *settings.items, compare_texts);
  buffer_free(&out);
  return settings;
}

/* Those of `a` that `b` has not, with "; " between them. */
static struct text only_in(struct arena *arena, const struct settings *a, const struct settings *b)
{
  struct buffer out = {0};
  uint32_t k = 0;
  for (uint32_t i = 0; i < a->count; i++) {
    while (k < b->count && text_compare(b->items[k], a->items[i]) < 0)
      k++;
    if (k < b->count && text_equal(b->items[k], a->items[i]))
      continue;
    buffer_format(&out, "%s%.*s", out.size_bytes == 0 ? "" : "; ", TEXT_ARG(a->items[i]));
  }
  struct text text = out.size_bytes == 0 ? TEXT("") : text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

static uint32_t find_resource(const struct graph *graph, const struct resource *like)
{
  for (uint32_t i = 0; i < graph->resource_count; i++)
    if (graph->resources[i].kind == like->kind && text_equal(graph->resources[i].name, like->name))
      return i;
  return INDEX_NONE;
}

static bool presents_or_accepts(enum kind kind)
{
  return kind_is_artefact(kind) || kind == KIND_SERVICEKEY || kind == KIND_SYSTEM ||
         kind == KIND_FLOW || kind == KIND_ABAP || kind == KIND_KEYSTORE;
}

static void diff_resources(struct differ *d)
{
  const struct settings nothing = {NULL, 0};
  for (uint32_t i = 0; i < d->old->resource_count; i++) {
    const struct resource *was = &d->old->resources[i];
    if (was->kind == KIND_PLAN || find_resource(d->new, was) != INDEX_NONE)
      continue;
    struct settings said = settings_of(d->arena, d->old, i);
    add(d, CHANGE_REMOVED, kind_words[was->kind], was->name, only_in(d->arena, &said, &nothing),
        TEXT(""))
        ->touches_connection = presents_or_accepts(was->kind);
  }
  for (uint32_t i = 0; i < d->new->resource_count; i++) {
    const struct resource *is = &d->new->resources[i];
    struct settings says = settings_of(d->arena, d->new, i);
    uint32_t old = is->kind == KIND_PLAN ? d->old->plan_resource : find_resource(d->old, is);
    if (old == INDEX_NONE) {
      add(d, CHANGE_ADDED, kind_words[is->kind], is->name, TEXT(""),
          only_in(d->arena, &says, &nothing))
          ->touches_connection = presents_or_accepts(is->kind);
      continue;
    }
    struct settings said = settings_of(d->arena, d->old, old);
    struct text gone = only_in(d->arena, &said, &says), come = only_in(d->arena, &says, &said);
    if (gone.length != 0 || come.length != 0)
      add(d, CHANGE_CHANGED, kind_words[is->kind], is->name, gone, come)->touches_connection =
          presents_or_accepts(is->kind);
  }
}

void diff_graphs(struct arena *arena, const struct graph *old, const struct graph *new,
                 const struct diff_rename *renames, uint32_t rename_count, struct diff *ret_diff)
{
  *ret_diff = (struct diff){0};
  struct differ d = {.arena = arena, .old = old, .new = new, .diff = ret_diff};
  if (!text_equal(old->name, new->name))
    add(&d, CHANGE_RENAMED, "plan", new->name, old->name, new->name);
  match_steps(&d, renames, rename_count);
  diff_steps(&d);
  diff_resources(&d);
  diff_find_calls(arena, old, new, ret_diff);
}
