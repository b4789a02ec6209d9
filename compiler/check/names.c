/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: which declaration or local a written path means, and what its members are.
 *
 * (1) A local hides an import's prefix, a prefix hides a declaration; a file's own declaration
 *     hides an imported one (W0316 says so where it is declared).
 * (2) Work per name is bounded by the number of files, whatever the number of declarations.
 */
#include "compiler/check/checker.h"

#include <string.h>

/* Adds the declaration to the names of its unit; false where the unit has the name already. */
bool names_add(struct checker *c, uint32_t decl)
{
  struct text name = c->program->decls[decl].name;
  struct decl_info *info = &c->infos[decl];
  info->next_same = DECL_NONE;
  uint32_t other;
  if (text_map_add(&c->first_of_name, name, decl, &other))
    return true;
  for (;; other = c->infos[other].next_same) {
    if (c->infos[other].unit == info->unit) {
      struct diag *diag = diag_add(c->diags, DIAG_E0303, c->program->decls[decl].name_span,
                                   "`%.*s` is declared twice", TEXT_ARG(name));
      diag_set_label(c->diags, diag, "this is the second");
      names_show_declared(c, diag, other);
      return false;
    }
    if (c->infos[other].next_same == DECL_NONE)
      break;
  }
  c->infos[other].next_same = decl;
  return true;
}

void names_show_declared(struct checker *c, struct diag *diag, uint32_t decl)
{
  const struct decl *there = &c->program->decls[decl];
  diag_add_label(c->diags, diag, there->name_span, "`%.*s` is declared as %s here",
                 TEXT_ARG(there->name), sort_says(sort_of_kind(there->kind)));
}

static struct text reported_key(struct checker *c, uint32_t unit, struct text name)
{
  return text_format(c->arena, "%u %.*s", unit, TEXT_ARG(name));
}

/* checker.h (1), (2): true where an unknown name is not worth a finding. */
bool names_is_silent(struct checker *c, uint32_t unit, struct text name)
{
  if (c->units[unit].names_incomplete)
    return true;
  return !text_map_add(&c->reported, reported_key(c, unit, name), 0, NULL);
}

static void report_ambiguous(struct checker *c, uint32_t unit, struct text name, struct span span,
                             uint32_t first, uint32_t second)
{
  if (names_is_silent(c, unit, name))
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0310, span, "two imported files declare `%.*s`", TEXT_ARG(name));
  diag_set_label(c->diags, diag, "which of them is meant?");
  names_show_declared(c, diag, first);
  names_show_declared(c, diag, second);
  diag_add_help(c->diags, diag, "import one of the files `as NAME` and write `NAME.%.*s`",
                TEXT_ARG(name));
}

static void mark_used(struct checker *c, uint32_t unit, uint32_t decl)
{
  c->infos[decl].used = true;
  c->infos[decl].used_by_main |= unit == 0;
}

/* DECL_NONE where nothing of that name is visible, or (with a finding) where two are. */
uint32_t names_find(struct checker *c, uint32_t unit, struct text name, struct span span)
{
  uint32_t decl, found = DECL_NONE;
  if (!text_map_find(&c->first_of_name, name, &decl))
    return DECL_NONE;
  for (; decl != DECL_NONE; decl = c->infos[decl].next_same) {
    if (c->infos[decl].unit == unit) {
      found = decl;
      break;
    }
    if (!unit_sees(&c->units[unit], c->infos[decl].unit))
      continue;
    if (found != DECL_NONE && span.length != 0) {
      report_ambiguous(c, unit, name, span, found, decl);
      return DECL_NONE;
    }
    found = decl;
  }
  if (found != DECL_NONE && span.length != 0)
    mark_used(c, unit, found);
  return found;
}

struct local *names_local(const struct scope *scope, struct text name)
{
  if (scope->body == NULL)
    return NULL;
  for (uint32_t i = scope->body->local_count; i-- > 0;)
    if (text_equal(scope->body->locals[i].name, name))
      return &scope->body->locals[i];
  return NULL;
}

static bool fits_kinds(const struct checker *c, uint32_t decl, uint32_t kinds)
{
  return kinds == 0 || (kinds >> c->program->decls[decl].kind & 1) != 0;
}

struct nearest {
  struct text word, found;
  size_t limit, best;
  bool alone;
};

static void consider(struct nearest *nearest, struct text name)
{
  size_t distance = text_distance(nearest->word, name, nearest->limit);
  if (distance > nearest->limit || text_equal(name, nearest->found))
    return;
  nearest->alone = nearest->found.length == 0;
  if (distance < nearest->best) {
    nearest->best = distance;
    nearest->found = name;
  }
}

/* The nearest visible name of those kinds (0 = any), or TEXT_NONE. */
struct text names_nearest(struct checker *c, const struct scope *scope, struct text word,
                          uint32_t kinds, bool *ret_alone)
{
  *ret_alone = false;
  if (c->suggestion_count++ >= SUGGESTIONS_MAX)
    return TEXT_NONE;
  size_t limit = word.length / 3 > 1 ? word.length / 3 : 1;
  /* not every letter may differ */
  struct nearest nearest = {.word = word,
                            .limit = limit,
                            .best = limit < word.length ? limit + 1 : word.length,
                            .alone = true};
  for (uint32_t i = 0; scope->body != NULL && i < scope->body->local_count; i++)
    consider(&nearest, scope->body->locals[i].name);
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    if (fits_kinds(c, i, kinds) && unit_sees(&c->units[scope->unit], c->infos[i].unit))
      consider(&nearest, c->program->decls[i].name);
  *ret_alone = nearest.alone;
  return nearest.found;
}

enum { ROLE_ONLY = 1u << KIND_ROLE, MEMBERS_SHOWN_MAX = 6 };

/* A name of a block whose variable could not be read, or a role of a broken `needs role`. */
static bool is_derived(const struct checker *c, const struct scope *scope, uint32_t kinds)
{
  if (scope->body == NULL)
    return false;
  return scope->body->unknown_depth != 0 ||
         (kinds == ROLE_ONLY && c->infos[scope->body->decl].has_broken &&
          c->program->decls[scope->body->decl].kind == KIND_PROCEDURE);
}

/* What was proposed for an unknown name, by the number that c->reported has for it. */
struct unknown {
  struct diag *diag;
  struct text name;
  uint32_t unit;
};

static void keep_unknown(struct checker *c, uint32_t unit, struct diag *diag, struct text nearest)
{
  uint32_t count = c->unknown_count;
  if ((count & (count - 1)) == 0) /* full: the capacity is the next power of two */
    c->unknowns = arena_grow(c->arena, c->unknowns, count, count == 0 ? 1 : (size_t)count * 2,
                             sizeof *c->unknowns);
  c->unknowns[c->unknown_count++] = (struct unknown){diag, nearest, unit};
}

/* The same unknown name again: its finding's fix mends this place too. */
static void mend_again(struct checker *c, uint32_t unit, struct text name, struct span span)
{
  uint32_t number;
  if (!text_map_find(&c->reported, reported_key(c, unit, name), &number) || number == 0)
    return;
  const struct unknown *unknown = &c->unknowns[number - 1];
  if (unknown->diag->fix_kind != FIX_NONE && span.length == name.length)
    diag_add_fix(c->diags, unknown->diag, FIX_NONE, span, unknown->name, " ");
}

/* Where nothing else names the near name, its declaration may be the misspelt one. */
void names_judge_fixes(struct checker *c)
{
  for (uint32_t i = 0; i < c->unknown_count; i++) {
    const struct unknown *unknown = &c->unknowns[i];
    uint32_t decl = names_find(c, unknown->unit, unknown->name, (struct span){0});
    if (decl != DECL_NONE && !c->infos[decl].used && unknown->diag->fix_kind == FIX_SAFE)
      unknown->diag->fix_kind = FIX_UNSAFE;
  }
}

static void report_unknown(struct checker *c, const struct scope *scope, struct text name,
                           struct span span, uint32_t kinds)
{
  if (c->units[scope->unit].names_incomplete)
    return;
  if (!text_map_add(&c->reported, reported_key(c, scope->unit, name), c->unknown_count + 1, NULL)) {
    mend_again(c, scope->unit, name, span);
    return;
  }
  if (is_derived(c, scope, kinds)) {
    keep_unknown(c, scope->unit, ARENA_NEW(c->arena, struct diag), TEXT_NONE);
    return;
  }
  struct diag *diag;
  if (kinds == ROLE_ONLY)
    diag = diag_add(c->diags, DIAG_E0305, span, "there is no role `%.*s`", TEXT_ARG(name));
  else
    diag = diag_add(c->diags, DIAG_E0304, span, "nothing is called `%.*s`", TEXT_ARG(name));
  bool alone;
  struct text nearest = names_nearest(c, scope, name, kinds, &alone);
  if (nearest.length == 0) {
    nearest = names_nearest(c, scope, name, 0, &alone);
    alone = false; /* of another kind: it cannot be what stands here */
  }
  keep_unknown(c, scope->unit, diag, nearest);
  if (nearest.length != 0 && !text_equal(nearest, name)) {
    /* A loop's variable may be the misspelt one: whether something names it is not counted. */
    alone = alone && names_local(scope, nearest) == NULL;
    diag_suggest(c->diags, diag, span, nearest, alone);
    return;
  }
  diag_set_label(c->diags, diag, "not declared in this file or in what it imports");
  if (kinds == ROLE_ONLY && scope->body != NULL &&
      c->program->decls[scope->body->decl].kind == KIND_PROCEDURE)
    diag_add_help(c->diags, diag,
                  "a procedure names the roles it takes from the plan: "
                  "`needs role %.*s`",
                  TEXT_ARG(name));
  else if (kinds == ROLE_ONLY)
    diag_add_help(c->diags, diag, "declare it: role %.*s \"Title\" { reach by mail \"...\" }",
                  TEXT_ARG(name));
}

struct walk { /* a path, segment by segment */
  struct text segments[SEGMENTS_MAX];
  struct span spans[SEGMENTS_MAX];
  uint32_t count;
  uint32_t at;
};

static bool split_path(struct checker *c, struct text path, struct span span, struct walk *ret)
{
  *ret = (struct walk){0};
  for (size_t at = 0; at <= path.length;) {
    const char *dot = at == path.length ? NULL : memchr(path.at + at, '.', path.length - at);
    size_t end = dot == NULL ? path.length : (size_t)(dot - path.at);
    if (ret->count == SEGMENTS_MAX) {
      struct diag *diag =
          diag_add(c->diags, DIAG_E0311, span, "`%.*s` has too many parts", TEXT_ARG(path));
      diag_set_label(c->diags, diag, "at most %d names with dots between them", SEGMENTS_MAX);
      return false;
    }
    ret->segments[ret->count] = (struct text){path.at + at, end - at};
    ret->spans[ret->count] =
        span.length == path.length
            ? (struct span){span.file, span.at + (uint32_t)at, (uint32_t)(end - at)}
            : span;
    ret->count++;
    at = end + 1;
  }
  return true;
}

static void report_member(struct checker *c, const struct walk *walk, enum sort sort,
                          const struct resolved *base)
{
  struct text word = walk->segments[walk->at];
  struct diag *diag = diag_add(c->diags, DIAG_E0311, walk->spans[walk->at], "%s has no `.%.*s`",
                               sort_says(sort), TEXT_ARG(word));
  struct text words[MEMBER__COUNT];
  uint32_t count = sort_members(sort, words, MEMBER__COUNT);
  bool alone;
  struct text nearest = text_nearest_alone(word, words, count, &alone);
  if (nearest.length != 0) {
    diag_suggest(c->diags, diag, walk->spans[walk->at], nearest, alone);
    diag_set_label(c->diags, diag, "did you mean `.%.*s`?", TEXT_ARG(nearest));
  } else if (count == 0) {
    diag_set_label(c->diags, diag, "nothing may follow a dot here");
  } else {
    struct buffer list = {0};
    for (uint32_t i = 0; i < count && i < MEMBERS_SHOWN_MAX; i++)
      buffer_format(&list, "%s.%.*s", i == 0 ? "" : ", ", TEXT_ARG(words[i]));
    diag_set_label(c->diags, diag, "it has %s%s", list.bytes,
                   count > MEMBERS_SHOWN_MAX ? " ..." : "");
    buffer_free(&list);
  }
  if (base->decl != DECL_NONE)
    names_show_declared(c, diag, base->decl);
}

/* A member that rests on a key of the declaration: `client.ca` on `signed by`. */
static bool check_member_key(struct checker *c, const struct walk *walk, enum sort sort,
                             enum member member, struct resolved *base)
{
  enum key key;
  if (!sort_member_key(sort, member, &key))
    return true;
  if (base->local != NULL)
    base->local->needs |= 1u << member;
  if (base->decl == DECL_NONE || c->infos[base->decl].has_broken)
    return true;
  const struct decl *decl = &c->program->decls[base->decl];
  if (decl_setting(decl, key) != NULL ||
      (decl->kind == KIND_CALENDAR && decl_setting(decl, KEY_FILE) != NULL))
    return true;
  struct diag *diag = diag_add(c->diags, DIAG_E0404, walk->spans[walk->at],
                               "`%.*s` has no `%s`, so there is no `.%.*s`", TEXT_ARG(decl->name),
                               key_words[key], TEXT_ARG(walk->segments[walk->at]));
  diag_set_label(c->diags, diag, "asked for here");
  names_show_declared(c, diag, base->decl);
  return false;
}

static bool walk_members(struct checker *c, struct walk *walk, struct resolved *ret)
{
  for (; walk->at < walk->count; walk->at++) {
    enum member member;
    enum sort refused = sort_first(ret->sorts);
    uint64_t made = 0;
    if (member_find(walk->segments[walk->at], &member))
      made = sort_member(ret->sorts, member, &refused);
    if (ret->sorts == 0) /* an unknown column: reported where it is declared */
      return false;
    if (made == 0 || ret->operand.member_count == MEMBERS_MAX) {
      report_member(c, walk, refused, ret);
      return false;
    }
    if (ret->operand.member_count == 0 && ret->column == NULL &&
        !check_member_key(c, walk, sort_first(ret->sorts), member, ret))
      return false;
    ret->operand.members[ret->operand.member_count++] = member;
    ret->sorts = made;
  }
  return true;
}

static bool walk_local(struct checker *c, struct walk *walk, struct local *local,
                       struct resolved *ret)
{
  ret->local = local;
  ret->decl = DECL_NONE;
  ret->sorts = local->sorts;
  ret->operand.kind = OPERAND_LOCAL;
  ret->operand.local = local->number;
  walk->at = 1;
  if (local->sorts == SORT_BIT(SORT_ROW)) {
    if (walk->count == 1)
      return true;
    ret->column = rows_use_column(c, local->decl, walk->segments[1], walk->spans[1]);
    if (ret->column == NULL)
      return false;
    ret->operand.column = walk->segments[1];
    ret->sorts = ret->column->sorts;
    walk->at = 2;
  }
  return walk_members(c, walk, ret) && ret->sorts != 0;
}

static uint64_t decl_sorts(const struct decl *decl)
{
  if (decl->kind == KIND_PARAM)
    return SORT_BIT(param_sort(decl->param->type));
  return SORT_BIT(sort_of_kind(decl->kind));
}

static struct import *find_prefix(struct unit *unit, struct text name)
{
  for (uint32_t i = 0; i < unit->import_count; i++)
    if (unit->imports[i].prefix.length != 0 && text_equal(unit->imports[i].prefix, name))
      return &unit->imports[i];
  return NULL;
}

/* The declaration that the path begins with; moves walk->at behind it. */
static uint32_t walk_decl(struct checker *c, const struct scope *scope, struct walk *walk,
                          uint32_t kinds)
{
  struct import *import = find_prefix(&c->units[scope->unit], walk->segments[0]);
  uint32_t unit = scope->unit, decl;
  if (import != NULL) {
    import->used = true;
    if (import->unit == DECL_NONE) /* E0307 and its like said it */
      return DECL_NONE;
    if (walk->count == 1) {
      struct diag *diag = diag_add(c->diags, DIAG_E0401, walk->spans[0],
                                   "`%.*s` is an import, not a thing", TEXT_ARG(walk->segments[0]));
      diag_set_label(c->diags, diag, "write `%.*s.NAME`", TEXT_ARG(walk->segments[0]));
      return DECL_NONE;
    }
    unit = import->unit;
    walk->at = 1;
  }
  struct text name = walk->segments[walk->at];
  struct span span = walk->spans[walk->at];
  decl = names_find(c, unit, name, span);
  if (decl == DECL_NONE) {
    struct scope there = *scope;
    there.unit = unit;
    if (unit != scope->unit)
      there.body = NULL;
    report_unknown(c, &there, name, span, kinds);
    return DECL_NONE;
  }
  if (unit != scope->unit)
    mark_used(c, scope->unit, decl);
  walk->at++;
  return decl;
}

/*
 * What the path means. False where it means nothing: then a finding says so, now or earlier. kinds:
 * the kinds that are expected (bits), for the words of the finding; 0 = any.
 */
bool names_resolve_text(struct checker *c, const struct scope *scope, struct text path,
                        struct span span, uint32_t kinds, struct resolved *ret)
{
  struct walk walk;
  struct resolved found = {.decl = DECL_NONE};
  found.operand.span = span;
  found.operand.decl = DECL_NONE;
  if (!split_path(c, path, span, &walk))
    return false;
  struct local *local = names_local(scope, walk.segments[0]);
  if (local != NULL) {
    if (local->sorts == 0 || !walk_local(c, &walk, local, &found))
      return false;
    *ret = found;
    return true;
  }
  found.decl = walk_decl(c, scope, &walk, kinds);
  if (found.decl == DECL_NONE || c->program->decls[found.decl].poisoned)
    return false;
  found.operand.kind = OPERAND_DECL;
  found.operand.decl = found.decl;
  found.sorts = decl_sorts(&c->program->decls[found.decl]);
  if (!walk_members(c, &walk, &found))
    return false;
  *ret = found;
  return true;
}

bool names_resolve(struct checker *c, const struct scope *scope, const struct term *term,
                   uint32_t kinds, struct resolved *ret)
{
  return names_resolve_text(c, scope, term->text, term->span, kinds, ret);
}
