/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower: one plan of a checked program, expanded into a graph: blocks, loops and procedures become
 * steps and edges. Judges nothing that check has judged.
 *
 * (1) Every statement gets one entry and gives one exit (a step, or INDEX_NONE for the beginning),
 *     so the edges are as many as the steps, and a wide block behind a wide one costs N + M.
 * (2) A guard skips a step, never an edge: what waits for a skipped step waits for what that waited
 *     for.
 */
#include <string.h>

#include "compiler/base/digest.h"
#include "compiler/graph/lower_int.h"

static uint32_t lower_statements(struct lowering *l, const struct site *site,
                                 const struct stmt *stmt, uint32_t entry);

/* Steps side by side: what the line behind them waits for. */
struct ends {
  struct buffer indices;
};

static void ends_add(struct ends *ends, uint32_t end, uint32_t entry)
{
  /* A branch without steps ends where it began, and that is waited for anyway. */
  if (end != entry)
    buffer_add(&ends->indices, &end, sizeof end);
}

static uint32_t ends_join(struct lowering *l, struct ends *ends, uint32_t entry)
{
  const uint32_t *indices = (const uint32_t *)(const void *)ends->indices.bytes;
  uint32_t count = (uint32_t)(ends->indices.size_bytes / sizeof *indices);
  uint32_t end = count == 0 ? entry : indices[0];
  if (count > 1) {
    struct step join = {.kind = STEP_JOIN,
                        .role = INDEX_NONE,
                        .guard = INDEX_NONE,
                        .checks = INDEX_NONE,
                        .undo = INDEX_NONE,
                        .window = INDEX_NONE,
                        .sign_off_role = INDEX_NONE,
                        .waits_for = {builder_index_count(&l->builder), count}};
    for (uint32_t i = 0; i < count; i++)
      builder_add_index(&l->builder, indices[i]);
    end = builder_add_step(&l->builder, &join);
  }
  buffer_free(&ends->indices);
  return end;
}

/* SAP-6ec6-18: one instance of the whole body for each element: a restart on every node. */
static uint32_t lower_for_each(struct lowering *l, const struct site *site, const struct stmt *loop,
                               uint32_t entry)
{
  struct elements elements = {0};
  if (!lower_set(l, site, loop, &elements))
    return entry;
  if (elements.is_open)
    entry = lower_read_set(l, site, loop, &elements, entry);
  struct ends ends = {0};
  struct binding *local = &site->frame->locals[loop->local];
  struct binding hidden = *local;
  uint32_t last = entry;
  for (uint32_t i = 0; i < elements.count && !l->failed; i++) {
    *local = elements.items[i].binding;
    local->name = loop->variable;
    struct site inner = *site;
    buffer_add(&l->keys, "[", 1);
    buffer_add_text(&l->keys, elements.items[i].key);
    buffer_add(&l->keys, "]", 1);
    inner.keys.count = (uint32_t)l->keys.size_bytes - inner.keys.first;
    last = lower_statements(l, &inner, loop->children, loop->one_at_a_time ? last : entry);
    l->keys.size_bytes = site->keys.first + site->keys.count;
    if (!loop->one_at_a_time)
      ends_add(&ends, last, entry);
  }
  *local = hidden;
  buffer_free(&elements.owned);
  return loop->one_at_a_time ? last : ends_join(l, &ends, entry);
}

enum { CYCLE_SHOWN = 8 };

struct branch {
  const struct stmt *stmt;
  uint32_t end;
  enum { BRANCH_NEW, BRANCH_OPEN, BRANCH_DONE } state;
};

struct together {
  struct branch *branches;
  uint32_t count;
  uint32_t entry;
  struct text_map branch_of; /* label: the branch that it stands in */
  uint32_t *path;            /* of the branches that wait for one another */
};

static uint32_t lower_statement(struct lowering *l, const struct site *site,
                                const struct stmt *stmt, uint32_t entry);

/* As deep as blocks nest. */
static void note_labels(struct together *block, const struct stmt *stmt, uint32_t branch)
{
  if (stmt->label.length != 0)
    text_map_add(&block->branch_of, stmt->label, branch, NULL);
  for (const struct stmt *child = stmt->children; child != NULL; child = child->next)
    note_labels(block, child, branch);
  for (const struct stmt *child = stmt->otherwise; child != NULL; child = child->next)
    note_labels(block, child, branch);
}

/* The branch that this one stands `after`; NULL. */
static struct branch *branch_before(const struct together *block, uint32_t index)
{
  uint32_t before;
  struct text after = block->branches[index].stmt->options.after;
  if (after.length == 0 || !text_map_find(&block->branch_of, after, &before) || before == index)
    return NULL;
  return &block->branches[before];
}

/* The last branch of the path waits for one that is in it already. */
static void tell_cycle(struct lowering *l, const struct together *block, uint32_t depth)
{
  const struct stmt *last = block->branches[block->path[depth - 1]].stmt;
  const struct branch *closed = branch_before(block, block->path[depth - 1]);
  struct diag *diag = diag_add(l->diags, DIAG_E0614, last->options.after_span,
                               "`%.*s` can never begin", TEXT_ARG(last->label));
  diag_set_label(l->diags, diag, "it waits for `%.*s`, which waits for it in turn",
                 TEXT_ARG(last->options.after));
  uint32_t from = depth - 1;
  while (&block->branches[block->path[from]] != closed)
    from--;
  for (uint32_t i = from; i + 1 < depth; i++) {
    const struct stmt *stmt = block->branches[block->path[i]].stmt;
    if (i - from < CYCLE_SHOWN || i + 2 == depth)
      diag_add_label(l->diags, diag, stmt->options.after_span, "`%.*s` waits for `%.*s`",
                     TEXT_ARG(stmt->label), TEXT_ARG(stmt->options.after));
  }
  diag_add_help(l->diags, diag, "take one of the `after` away");
  l->failed = true;
}

/* A branch that stands `after` another one comes behind it in the graph, wherever it is written:
 * graph.h (1). Those may be as many as there are branches. */
static void lower_branch(struct lowering *l, const struct site *site, struct together *block,
                         uint32_t index)
{
  uint32_t depth = 0;
  block->path[depth++] = index;
  while (depth > 0 && !l->failed) {
    struct branch *branch = &block->branches[block->path[depth - 1]];
    struct branch *before = branch_before(block, block->path[depth - 1]);
    if (before != NULL && before->state == BRANCH_OPEN) {
      tell_cycle(l, block, depth);
      return;
    }
    if (before != NULL && before->state == BRANCH_NEW) {
      branch->state = BRANCH_OPEN;
      block->path[depth++] = (uint32_t)(before - block->branches);
      continue;
    }
    branch->end =
        lower_statement(l, site, branch->stmt, before == NULL ? block->entry : before->end);
    branch->state = BRANCH_DONE;
    depth--;
  }
}

static uint32_t lower_together(struct lowering *l, const struct site *site, const struct stmt *stmt,
                               uint32_t entry)
{
  struct together block = {.entry = entry};
  bool has_order = false;
  for (const struct stmt *child = stmt->children; child != NULL; child = child->next) {
    block.count++;
    has_order = has_order || child->options.after.length != 0;
  }
  block.branches = arena_array(l->arena, block.count, sizeof *block.branches);
  block.path = arena_array(l->arena, has_order ? block.count : 1, sizeof *block.path);
  text_map_start(&block.branch_of, l->arena);
  uint32_t at = 0;
  for (const struct stmt *child = stmt->children; child != NULL; child = child->next) {
    if (has_order)
      note_labels(&block, child, at);
    block.branches[at++].stmt = child;
  }
  struct ends ends = {0};
  for (uint32_t i = 0; i < block.count && !l->failed; i++) {
    if (block.branches[i].state == BRANCH_NEW)
      lower_branch(l, site, &block, i);
    ends_add(&ends, block.branches[i].end, entry);
  }
  return ends_join(l, &ends, entry);
}

static uint32_t lower_follow(struct lowering *l, const struct site *site, const struct stmt *stmt,
                             uint32_t entry)
{
  const struct decl *procedure = &l->program->decls[stmt->procedure];
  const struct body *body = procedure->body;
  struct frame frame = {arena_array(l->arena, body->local_count, sizeof *frame.locals),
                        body->local_count};
  for (uint32_t i = 0; i < body->parameter_count; i++)
    frame.locals[i] = (struct binding){.name = body->parameters[i].name,
                                       .thing = lower_thing(l, site, stmt->arguments[i])};
  struct text label = stmt->label.length != 0 ? stmt->label : procedure->name;
  struct site inner = *site;
  inner.frame = &frame;
  inner.prefix = text_join(l->arena, (struct text[]){lower_id(l, site, label), TEXT("/")}, 2);
  inner.keys = (struct range){(uint32_t)l->keys.size_bytes, 0};
  return lower_statements(l, &inner, body->stmts, entry);
}

static uint32_t lower_when(struct lowering *l, const struct site *site, const struct stmt *stmt,
                           uint32_t around, uint32_t entry)
{
  uint32_t last = lower_statements(l, site, stmt->children, entry);
  if (stmt->otherwise == NULL)
    return last;
  struct site inner = *site;
  inner.guard = lower_guard_not(l, site, stmt->guard, around);
  return lower_statements(l, &inner, stmt->otherwise, last);
}

static uint32_t lower_statement(struct lowering *l, const struct site *site,
                                const struct stmt *stmt, uint32_t entry)
{
  struct site inner = *site;
  if (stmt->guard != NULL)
    inner.guard = lower_guard(l, site, stmt->guard, site->guard);
  switch (stmt->kind) {
  case STMT_STEP:
    return lower_step(l, &inner, stmt, entry);
  case STMT_FOR_EACH:
    return lower_for_each(l, &inner, stmt, entry);
  case STMT_WHEN:
    return lower_when(l, &inner, stmt, site->guard, entry);
  case STMT_TOGETHER:
    return lower_together(l, &inner, stmt, entry);
  case STMT_FOLLOW:
    return lower_follow(l, &inner, stmt, entry);
  }
  return entry;
}

/* SAP-6ec6-5: text order is the order of the steps. */
static uint32_t lower_statements(struct lowering *l, const struct site *site,
                                 const struct stmt *stmt, uint32_t entry)
{
  struct site inner = *site;
  if (++inner.depth > LOWER_DEPTH_MAX) {
    l->failed = true;
    struct diag *diag =
        diag_add(l->diags, DIAG_E0220, stmt == NULL ? l->plan->name_span : stmt->span,
                 "blocks and procedures are nested too deep here");
    diag_set_label(l->diags, diag, "more than %d levels", LOWER_DEPTH_MAX);
    return entry;
  }
  for (; stmt != NULL && !l->failed; stmt = stmt->next)
    if (!stmt->poisoned)
      entry = lower_statement(l, &inner, stmt, entry);
  return entry;
}

static void lower_sources(struct lowering *l, struct graph *graph)
{
  const struct program *program = l->program;
  struct digest_state *state = digest_start();
  struct text edition = text_format(l->arena, "renew %lld\n", (long long)program->edition);
  digest_add(state, edition.at, edition.length);
  l->source_of_file = arena_array(l->arena, program->sources->count, sizeof *l->source_of_file);
  for (uint32_t i = 0; i < program->file_count; i++) {
    const struct source *source = &program->sources->files[program->files[i]];
    struct digest digest = digest_of(source->bytes);
    struct text hex = text_copy(l->arena, digest_text(&digest));
    struct text line = text_format(l->arena, "%.*s  %.*s\n", TEXT_ARG(hex), TEXT_ARG(source->path));
    digest_add(state, line.at, line.length);
    l->source_of_file[program->files[i]] =
        builder_add_source(&l->builder, (struct graph_source){source->path, hex});
  }
  struct digest digest = digest_end(state);
  graph->template_digest = text_copy(l->arena, digest_text(&digest));
}

static struct text plan_text(struct lowering *l, enum key key)
{
  const struct value *value = decl_value(l->plan, key, 0);
  if (value == NULL)
    return TEXT_NONE;
  if (value->kind == VALUE_REF) {
    struct thing thing = lower_param(l, value->decl, value->span);
    return thing.text;
  }
  return lower_text(l, NULL, value->text, value->span);
}

struct graph *lower_plan(struct arena *arena, const struct program *program, uint32_t decl,
                         bool needs_values, struct diag_list *diags)
{
  struct lowering l = {.arena = arena,
                       .program = program,
                       .plan = &program->decls[decl],
                       .plan_decl = decl,
                       .diags = diags,
                       .needs_values = needs_values,
                       .window = INDEX_NONE};
  struct graph *graph = ARENA_NEW(arena, struct graph);
  builder_start(&l.builder, arena);
  text_map_start(&l.set_names, arena);
  l.is_reached = arena_array(arena, program->decl_count, sizeof *l.is_reached);
  l.is_missing_known = arena_array(arena, program->decl_count, sizeof *l.is_missing_known);
  l.shapes = arena_array(arena, program->stmt_count, sizeof *l.shapes);
  graph->name = l.plan->name;
  graph->title = text_visible(arena, l.plan->title);
  graph->edition = program->edition;
  graph->is_compiled = true;
  graph->policy = plan_text(&l, KEY_POLICY);
  graph->change = plan_text(&l, KEY_CHANGE);
  lower_sources(&l, graph);
  const struct value *window = decl_value(l.plan, KEY_DURING, 0);
  if (window != NULL)
    l.window = lower_reach(&l, window->decl);
  /* A freeze binds every plan of the program; nobody has to name it. */
  for (uint32_t i = 0; i < program->decl_count; i++)
    if (program->decls[i].kind == KIND_FREEZE)
      lower_reach(&l, i);
  lower_reach(&l, decl);
  struct frame frame = {arena_array(arena, l.plan->body->local_count, sizeof(struct binding)),
                        l.plan->body->local_count};
  struct site site = {.frame = &frame, .guard = INDEX_NONE};
  lower_statements(&l, &site, l.plan->body->stmts, INDEX_NONE);
  if (!l.failed)
    graph->plan_resource = lower_resources_finish(&l);
  buffer_free(&l.reached);
  buffer_free(&l.scratch);
  buffer_free(&l.words);
  buffer_free(&l.keys);
  if (l.failed) {
    builder_drop(&l.builder);
    return NULL;
  }
  builder_finish(&l.builder, graph);
  return graph;
}
