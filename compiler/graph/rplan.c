/* SPDX-License-Identifier: Apache-2.0 */
/* rplan: see rplan.h and docs/RPLAN.md: the two lines, the document, the steps. */
#include "compiler/graph/rplan_int.h"

#include <assert.h>
#include <string.h>

#include "compiler/base/digest.h"

#define FORMAT_WORD "renew.plan/"
static const char last_line_word[] = "sha256 ";
enum { LAST_LINE_BYTES = sizeof last_line_word - 1 + DIGEST_HEX + 1 };

static void io_verb(struct document *d, enum verb *verb)
{
  struct text word = rplan_io_word(d, verb_rows[*verb].word);
  if (!rplan_is_writing(d) && !verb_find(word, verb))
    canon_break(&d->canon);
}

static void io_effect(struct document *d, enum effect *effect)
{
  struct text word = rplan_io_word(d, effect_words[*effect]);
  if (!rplan_is_writing(d) && !effect_find(word, effect))
    canon_break(&d->canon);
}

static const char *const failure_words[] = {
    [FAILURE_STOP] = "stop", [FAILURE_ROLL_BACK] = "roll-back", [FAILURE_CONTINUE] = "continue"};

static void io_on_failure(struct document *d, enum on_failure *on_failure)
{
  if (!canon_has(&d->canon, "on-failure", *on_failure != FAILURE_STOP))
    return;
  struct text word = rplan_io_word(d, failure_words[*on_failure]);
  if (rplan_is_writing(d))
    return;
  if (text_is(word, failure_words[FAILURE_ROLL_BACK]))
    *on_failure = FAILURE_ROLL_BACK;
  else if (text_is(word, failure_words[FAILURE_CONTINUE]))
    *on_failure = FAILURE_CONTINUE;
  else
    canon_break(&d->canon);
}

/* A list of indices, or of texts, behind a key; nothing where it is empty. */
static void io_indices(struct document *d, const char *key, struct range *range)
{
  struct canon *c = &d->canon;
  if (!canon_has(c, key, range->count != 0))
    return;
  struct range read = {builder_index_count(&d->builder), 0};
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, i < range->count); i++) {
    uint32_t index = rplan_is_writing(d) ? d->graph->indices[range->first + i] : 0;
    canon_index(c, &index);
    if (!rplan_is_writing(d))
      builder_add_index(&d->builder, index);
  }
  canon_bracket(c, ']');
  read.count = builder_index_count(&d->builder) - read.first;
  if (!rplan_is_writing(d))
    *range = read;
}

static void io_argv(struct document *d, struct range *range)
{
  struct canon *c = &d->canon;
  if (!canon_has(c, "argv", range->count != 0))
    return;
  struct range read = {builder_text_count(&d->builder), 0};
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, i < range->count); i++) {
    struct text word = rplan_is_writing(d) ? d->graph->texts[range->first + i] : TEXT_NONE;
    canon_text(c, &word);
    if (!rplan_is_writing(d))
      builder_add_text(&d->builder, word);
  }
  canon_bracket(c, ']');
  read.count = builder_text_count(&d->builder) - read.first;
  if (!rplan_is_writing(d))
    *range = read;
}

/* A join says so and what it waits for; everything else of it is empty. */
static void io_join(struct document *d, struct step *step)
{
  bool yes = true;
  canon_yes_no(&d->canon, &yes);
  if (!yes)
    canon_break(&d->canon);
  step->kind = STEP_JOIN;
  io_indices(d, "waits-for", &step->waits_for);
  canon_bracket(&d->canon, '}');
}

static void io_step(struct document *d, struct step *step)
{
  struct canon *c = &d->canon;
  canon_bracket(c, '{');
  if (canon_has(c, "join", rplan_is_writing(d) && step->kind == STEP_JOIN)) {
    io_join(d, step);
    return;
  }
  rplan_io_arguments(d, &step->arguments);
  io_argv(d, &step->argv);
  canon_optional_index(c, "checks", &step->checks);
  canon_key(c, "column");
  canon_index(c, &step->column);
  canon_key(c, "effect");
  io_effect(d, &step->effect);
  canon_flag(c, "enters", &step->enters);
  canon_optional_text(c, "evidence", &step->evidence);
  canon_optional_index(c, "guard", &step->guard);
  canon_key(c, "id");
  canon_text(c, &step->id);
  canon_key(c, "label");
  canon_text(c, &step->label);
  canon_key(c, "line");
  canon_index(c, &step->line);
  canon_flag(c, "needs-sign-off", &step->needs_sign_off);
  canon_flag(c, "not-author", &step->not_author);
  canon_key(c, "number");
  canon_index(c, &step->number);
  io_on_failure(d, &step->on_failure);
  int64_t retry_count = step->retry_count;
  canon_optional_number(c, "retry-count", &retry_count);
  if (retry_count < 0 || retry_count > UINT32_MAX)
    canon_break(c);
  step->retry_count = (uint32_t)retry_count;
  canon_optional_number(c, "retry-every-seconds", &step->retry_every_s);
  canon_key(c, "role");
  canon_index(c, &step->role);
  io_indices(d, "roles", &step->roles);
  canon_flag(c, "sealed", &step->sealed);
  canon_key(c, "sentence");
  canon_text(c, &step->sentence);
  int64_t sign_off_count = step->sign_off_count;
  canon_optional_number(c, "sign-off-count", &sign_off_count);
  if (sign_off_count < 0 || sign_off_count > UINT32_MAX)
    canon_break(c);
  step->sign_off_count = (uint32_t)sign_off_count;
  canon_optional_index(c, "sign-off-role", &step->sign_off_role);
  canon_key(c, "source");
  canon_index(c, &step->source);
  canon_optional_index(c, "undo", &step->undo);
  canon_key(c, "verb");
  io_verb(d, &step->verb);
  io_indices(d, "waits-for", &step->waits_for);
  canon_optional_text(c, "was", &step->was);
  canon_optional_index(c, "window", &step->window);
  canon_optional_number(c, "within-seconds", &step->within_s);
  canon_bracket(c, '}');
}

static const struct step empty_step = {.role = INDEX_NONE,
                                       .guard = INDEX_NONE,
                                       .checks = INDEX_NONE,
                                       .undo = INDEX_NONE,
                                       .window = INDEX_NONE,
                                       .sign_off_role = INDEX_NONE};

static void io_steps(struct document *d, const char *key, const struct step *steps,
                     uint32_t step_count,
                     uint32_t (*add)(struct builder *builder, const struct step *step))
{
  struct canon *c = &d->canon;
  canon_key(c, key);
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, i < step_count); i++) {
    struct step step = rplan_is_writing(d) ? steps[i] : empty_step;
    io_step(d, &step);
    if (rplan_is_writing(d))
      continue;
    if (i >= NODES_MAX)
      canon_break(c);
    /* The number is read for its place in the text only: builder_finish counts, and the
     * comparison of the bytes finds a wrong one. An undo step has none. */
    add(&d->builder, &step);
  }
  canon_bracket(c, ']');
}

static void io_guards(struct document *d)
{
  struct canon *c = &d->canon;
  canon_key(c, "guards");
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, rplan_is_writing(d) && i < d->graph->guard_count); i++) {
    struct guard_node node = {0};
    if (rplan_is_writing(d))
      node = d->graph->guards[i];
    rplan_io_guard(d, &node);
    if (!rplan_is_writing(d))
      builder_add_guard(&d->builder, node);
  }
  canon_bracket(c, ']');
}

static void io_resources(struct document *d)
{
  struct canon *c = &d->canon;
  canon_key(c, "resources");
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, rplan_is_writing(d) && i < d->graph->resource_count); i++) {
    struct resource resource = {0};
    if (rplan_is_writing(d))
      resource = d->graph->resources[i];
    rplan_io_resource(d, &resource);
    if (!rplan_is_writing(d))
      builder_add_resource(&d->builder, resource);
  }
  canon_bracket(c, ']');
}

static void io_sources(struct document *d)
{
  struct canon *c = &d->canon;
  canon_key(c, "sources");
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, rplan_is_writing(d) && i < d->graph->source_count); i++) {
    struct graph_source source = {{NULL, 0}, {NULL, 0}};
    if (rplan_is_writing(d))
      source = d->graph->sources[i];
    canon_bracket(c, '{');
    canon_key(c, "path");
    canon_text(c, &source.path);
    canon_key(c, "sha256");
    canon_text(c, &source.sha256);
    canon_bracket(c, '}');
    if (!rplan_is_writing(d))
      builder_add_source(&d->builder, source);
  }
  canon_bracket(c, ']');
}

/* [before, after, and the way in pairs of numbers] */
static void io_order(struct document *d, struct graph_order *order)
{
  struct canon *c = &d->canon;
  canon_bracket(c, '[');
  if (canon_more(c, true))
    canon_index(c, &order->before);
  if (canon_more(c, true))
    canon_index(c, &order->after);
  uint32_t first = builder_order_way_count(&d->builder), count = 0;
  for (; canon_more(c, rplan_is_writing(d) && count < order->way.count); count++) {
    uint32_t number = rplan_is_writing(d) ? d->graph->order_ways[order->way.first + count] : 0;
    canon_index(c, &number);
    if (!rplan_is_writing(d))
      builder_add_order_way(&d->builder, number);
  }
  canon_bracket(c, ']');
  if (!rplan_is_writing(d))
    order->way = (struct range){first, count};
}

static void io_certificate(struct document *d)
{
  struct canon *c = &d->canon;
  canon_key(c, "certificate");
  canon_bracket(c, '[');
  for (uint32_t i = 0; canon_more(c, rplan_is_writing(d) && i < d->graph->order_count); i++) {
    struct graph_order order = {0};
    if (rplan_is_writing(d))
      order = d->graph->orders[i];
    io_order(d, &order);
    if (!rplan_is_writing(d))
      builder_add_order(&d->builder, order);
  }
  canon_bracket(c, ']');
}

/* head: what is not an array; read into, or a copy of what is written. */
static void io_document(struct document *d, struct graph *head)
{
  struct canon *c = &d->canon;
  struct text format = TEXT(FORMAT_WORD "2");
  static_assert(RPLAN_FORMAT == 2, "the word above");
  canon_bracket(c, '{');
  canon_key(c, "$format");
  canon_text(c, &format);
  io_certificate(d);
  canon_optional_text(c, "change", &head->change);
  canon_key(c, "edition");
  canon_number(c, &head->edition);
  io_guards(d);
  canon_key(c, "name");
  canon_text(c, &head->name);
  canon_key(c, "plan");
  canon_index(c, &head->plan_resource);
  canon_key(c, "policy");
  canon_text(c, &head->policy);
  io_resources(d);
  io_sources(d);
  io_steps(d, "steps", head->steps, head->step_count, builder_add_step);
  canon_key(c, "template");
  canon_text(c, &head->template_digest);
  canon_optional_text(c, "title", &head->title);
  io_steps(d, "undo", head->undo, head->undo_count, builder_add_undo);
  canon_bracket(c, '}');
}

void rplan_write(const struct graph *graph, struct buffer *ret_bytes)
{
  assert(graph != NULL && ret_bytes != NULL);
  struct document d = {.canon = {.out = ret_bytes}, .graph = graph};
  struct graph head = *graph;
  size_t start = ret_bytes->size_bytes;
  io_document(&d, &head);
  assert(!d.canon.broken);
  buffer_add(ret_bytes, "\n", 1);
  struct digest digest =
      digest_of((struct text){ret_bytes->bytes + start, ret_bytes->size_bytes - start});
  buffer_format(ret_bytes, "%s%s\n", last_line_word, digest.hex);
}

struct text rplan_digest(struct text bytes)
{
  if (bytes.length <= LAST_LINE_BYTES)
    return TEXT_NONE;
  return (struct text){bytes.at + bytes.length - DIGEST_HEX - 1, DIGEST_HEX};
}

/* (3): the document line with its line end, or false where the last line is not about it. */
static bool find_document(struct text bytes, struct text *ret_document)
{
  if (bytes.length <= LAST_LINE_BYTES + 1 || bytes.at[bytes.length - 1] != '\n')
    return false;
  struct text document = {bytes.at, bytes.length - LAST_LINE_BYTES};
  const char *last_line = bytes.at + document.length;
  if (document.at[document.length - 1] != '\n' ||
      memcmp(last_line, last_line_word, sizeof last_line_word - 1) != 0)
    return false;
  struct digest digest = digest_of(document);
  if (!text_equal(rplan_digest(bytes), digest_text(&digest)))
    return false;
  *ret_document = document;
  return true;
}

/* The format that the first bytes name; 0 where they name none. */
static int64_t find_format(struct text document)
{
  static const char start[] = "{\"$format\":\"" FORMAT_WORD;
  struct canon canon = {.in = document, .at = sizeof start - 1};
  int64_t format = 0;
  if (text_starts_with(document, start))
    canon_number(&canon, &format);
  return canon.broken || format < 0 ? 0 : format;
}

static struct graph *damaged(struct diag_list *diags, const char *how)
{
  struct diag *diag = diag_add_nowhere(diags, DIAG_E1102, "this is not a whole plan file: %s", how);
  diag_add_help(diags, diag,
                "take the file again from where it was approved, or write it again with "
                "`renew plan FILE -o FILE.rplan`");
  return NULL;
}

/* (2): writing what was read gives the same bytes. */
static bool is_canonical(const struct graph *graph, struct text bytes)
{
  struct buffer again = {0};
  rplan_write(graph, &again);
  bool same = text_equal(buffer_text(&again), bytes);
  buffer_free(&again);
  return same;
}

struct graph *rplan_read(struct arena *arena, struct text bytes, struct diag_list *diags)
{
  struct text document;
  if (bytes.length > RPLAN_LIMIT_BYTES)
    return damaged(diags, "it is larger than 1 GiB");
  if (!find_document(bytes, &document))
    return damaged(diags, "its last line is not the SHA-256 of what stands before it");
  int64_t format = find_format(document);
  if (format != 0 && format != RPLAN_FORMAT) {
    struct diag *diag = diag_add_nowhere(
        diags, DIAG_E1122, "the plan file has format %lld; this release reads format %d",
        (long long)format, RPLAN_FORMAT);
    diag_add_help(diags, diag, "compile the plan again with this release, and have it approved");
    return NULL;
  }
  struct document d = {.canon = {.in = document, .arena = arena}};
  struct graph *graph = ARENA_NEW(arena, struct graph);
  builder_start(&d.builder, arena);
  io_document(&d, graph);
  if (d.canon.broken || d.canon.at + 1 != document.length) {
    builder_drop(&d.builder);
    return damaged(diags, "it is not the canonical JSON that renew writes");
  }
  builder_finish(&d.builder, graph);
  struct checked_graph checked;
  if (!graph_check(graph, diags, &checked))
    return NULL;
  if (!is_canonical(graph, bytes))
    return damaged(diags, "it is not the canonical JSON that renew writes");
  return graph;
}
