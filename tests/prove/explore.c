/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore: the explicit search on plans that people wrote, for the shell tests.
 *   explore states FILE          each plan: its prefixes, and for each connection which sets of
 *                                certificates can be presented and accepted at one moment
 *   explore at FILE STEP,...     the bad states that these steps and what they need can reach
 *   explore verdict FILE         each plan: `safe` or `unsafe`, however its conditions turn out and whatever
 *                                fails with `on failure continue`; with `--reloads-at-once` before it, in a
 *                                mutant of the model in which a reload that returned has happened
 *   explore compare FILE OTHER [ROOT]
 *                                whether both reach the same states and the same end: `same-states`;
 *                                `same-for-callers` where only what no caller meets is different (what a
 *                                receiver would say to somebody who does not call); `differs: ...`
 * Paths are relative to the current folder, which is the root (OTHER's: ROOT). `--plan NAME` before the
 * files picks one.
 * Exits 2 where the search cannot decide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prove/search.h"

enum { LIMIT = 3000000, PLANS_MAX = 16 };

static const char *wanted;
static bool loads_at_once;

struct compiled_file {
  struct arena *arena;
  struct program *program;
  struct graph *graphs[PLANS_MAX];
  uint32_t count;
};

static void fail(const char *about, const char *why)
{
  fprintf(stderr, "explore: %s: %s\n", about, why);
  exit(2);
}

static void compile(const char *path, const char *root, struct compiled_file *ret)
{
  *ret = (struct compiled_file){.arena = arena_new("explore", 0)};
  struct source_set *sources = ARENA_NEW(ret->arena, struct source_set);
  struct diag_list *diags = ARENA_NEW(ret->arena, struct diag_list);
  diag_list_start(diags, ret->arena);
  char here[4096];
  if (realpath(root, here) == NULL)
    fail(root, "no such folder");
  source_set_start(sources, ret->arena, text_copy(ret->arena, text_of(here)));
  uint32_t file;
  size_t bad_offset;
  if (source_open(sources, text_of(path), &file, &bad_offset) != SOURCE_OK)
    fail(path, "cannot be read");
  struct program *program = check_program(ret->arena, sources, file, NULL, diags);
  if (program == NULL || diag_list_has_errors(diags))
    fail(path, "does not check");
  for (uint32_t i = 0; i < program->decl_count && ret->count < PLANS_MAX; i++) {
    if (program->decls[i].kind != KIND_PLAN || program->decls[i].file != file ||
        (wanted != NULL && !text_is(program->decls[i].name, wanted)))
      continue;
    struct graph *graph = lower_plan(ret->arena, program, i, false, diags);
    struct checked_graph checked;
    if (graph == NULL || !graph_check(graph, diags, &checked))
      fail(path, "cannot be lowered");
    ret->graphs[ret->count++] = graph;
  }
  if (ret->count == 0)
    fail(path, "has no such plan");
}

static void read_plan(struct search *s, const struct graph *graph,
                      const struct search_options *options)
{
  if (!search_read(s, graph, options))
    fail("the search", search_why(s));
}

static void run(struct search *s, uint32_t assignment, search_visit *visit, void *with)
{
  if (!search_run(s, assignment, LIMIT, visit, with))
    fail("the search", "more states than it has room for");
}

static const char *versions(uint32_t bits, uint32_t empty_is_none)
{
  static const char *const words[] = {"-",   "nothing",     "old",     "nothing+old",
                                      "new", "nothing+new", "old+new", "nothing+old+new"};
  return bits == 0 && empty_is_none ? "none" : words[bits];
}

static uint32_t accepts(const struct search *s, const struct search_world *w, uint32_t call)
{
  uint32_t bits = 0;
  for (uint32_t v = SEARCH_OLD; v <= SEARCH_NEW; v++)
    if (!search_call(s, call)->compares_element || !search_refuses_element(s, w, call, v))
      bits |= 1u << v;
  return bits;
}

static uint32_t trusts(const struct search *s, const struct search_world *w, uint32_t call)
{
  uint32_t bits = 0;
  for (uint32_t v = SEARCH_OLD; v <= SEARCH_NEW; v++)
    if (!search_call(s, call)->compares_root || !search_refuses_root(s, w, call, v))
      bits |= 1u << v;
  return bits;
}

static struct text name_of(const struct graph *graph, uint32_t resource)
{
  return graph->resources[resource].name;
}

/* The case that is searched, by the names of its conditions. */
static void print_case(const struct search *s, uint32_t assignment)
{
  printf(" case=");
  bool any = false;
  for (uint32_t i = 0; i < search_atom_count(s); i++)
    if ((assignment >> i & 1) != 0) {
      printf("%s%.*s", any ? ";" : "", TEXT_ARG(search_atom_name(s, i)));
      any = true;
    }
  printf("%s\n", any ? "" : "-");
}

static void print_call(const struct search *s, const struct graph *graph, uint32_t call)
{
  const struct search_call *c = search_call(s, call);
  printf("caller=%.*s node=%.*s receiver=%.*s certificate=%.*s",
         TEXT_ARG(name_of(graph, c->presenter)), (int)(c->node.length == 0 ? 1 : c->node.length),
         c->node.length == 0 ? "-" : c->node.at, TEXT_ARG(name_of(graph, c->receiver)),
         TEXT_ARG(name_of(graph, c->certificate)));
}

/* states */

struct classes {
  uint32_t counts[SEARCH_CALLS][8][8][8];
  uint32_t ends;
};

static void note_class(struct search *s, const struct search_world *w, void *with)
{
  struct classes *classes = with;
  for (uint32_t i = 0; i < search_call_count(s); i++)
    classes->counts[i][search_presents(s, w, i)][accepts(s, w, i)][trusts(s, w, i)]++;
  classes->ends += search_is_end(s, w);
}

static void print_classes(const struct search *s, const struct graph *graph,
                          const struct classes *classes, uint32_t assignment)
{
  for (uint32_t i = 0; i < search_call_count(s); i++)
    for (uint32_t p = 0; p < 8; p++)
      for (uint32_t a = 0; a < 8; a++)
        for (uint32_t t = 0; t < 8; t++) {
          if (classes->counts[i][p][a][t] == 0)
            continue;
          printf("class ");
          print_call(s, graph, i);
          printf(" presents=%s", versions(p, 0));
          printf(" accepts=%s", versions(a, 1));
          printf(" trusts=%s states=%u", versions(t, 1), classes->counts[i][p][a][t]);
          print_case(s, assignment);
        }
}

/* A prefix is a set of steps that are done, without one that has only begun. */
struct prefixes {
  const struct graph *graph;
  uint64_t *hashes;
  uint32_t count, room;
};

static void note_prefix(struct search *s, const struct search_world *w, void *with)
{
  struct prefixes *p = with;
  uint64_t hash = 1469598103934665603u;
  for (uint32_t i = 0; i < p->graph->step_count; i++)
    hash = (hash ^ search_has_begun(s, w, i)) * 1099511628211u;
  if (p->count == p->room) {
    p->room = p->room == 0 ? 4096 : p->room * 2;
    p->hashes = realloc(p->hashes, p->room * sizeof *p->hashes);
    if (p->hashes == NULL)
      abort();
  }
  p->hashes[p->count++] = hash;
}

static int compare_numbers(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static uint32_t unique(uint64_t *numbers, uint32_t count)
{
  uint32_t kept = 0;
  if (count != 0)
    qsort(numbers, count, sizeof *numbers, compare_numbers);
  for (uint32_t i = 0; i < count; i++)
    if (kept == 0 || numbers[kept - 1] != numbers[i])
      numbers[kept++] = numbers[i];
  return kept;
}

static uint32_t count_prefixes(struct search *s, const struct graph *graph)
{
  const struct search_options all = {.keeps_silent = true, .no_crashes = true};
  struct prefixes prefixes = {.graph = graph};
  read_plan(s, graph, &all);
  run(s, 0, note_prefix, &prefixes);
  uint32_t count = unique(prefixes.hashes, prefixes.count);
  free(prefixes.hashes);
  return count;
}

static void print_states(struct search *s, const struct graph *graph)
{
  static struct classes classes;
  printf("plan %.*s steps=%u prefixes=%u\n", TEXT_ARG(graph->name), graph->action_count,
         count_prefixes(s, graph));
  read_plan(s, graph, NULL);
  for (uint32_t a = 0; a < 1u << search_atom_count(s); a++) {
    memset(&classes, 0, sizeof classes);
    run(s, a, note_class, &classes);
    printf("searched states=%u ends=%u", search_state_count(s), classes.ends);
    print_case(s, a);
    print_classes(s, graph, &classes, a);
  }
}

/* at */

static void print_bad(struct search *s, const struct graph *graph, const struct classes *classes,
                      uint32_t assignment)
{
  for (uint32_t i = 0; i < search_call_count(s); i++)
    for (uint32_t p = 0; p < 8; p++)
      for (uint32_t a = 0; a < 8; a++)
        for (uint32_t t = 0; t < 8; t++)
          for (uint32_t v = SEARCH_NONE; v <= SEARCH_NEW; v++) {
            bool accepted = v != SEARCH_NONE && (a >> v & 1) != 0 && (t >> v & 1) != 0;
            if (classes->counts[i][p][a][t] == 0 || (p >> v & 1) == 0 || accepted)
              continue;
            printf("bad ");
            print_call(s, graph, i);
            printf(" presents=%s", versions(1u << v, 0));
            printf(" accepts=%s", versions(a, 1));
            printf(" trusts=%s states=%u", versions(t, 1), classes->counts[i][p][a][t]);
            print_case(s, assignment);
          }
}

/* Which steps are named, and what they need: a cut. */
static bool *cut_of(struct search *s, const struct graph *graph, char *names)
{
  bool *only = calloc(graph->step_count + 1, sizeof *only);
  read_plan(s, graph, NULL);
  for (char *name = strtok(names, ", "); name != NULL; name = strtok(NULL, ", ")) {
    uint32_t step = graph_find_step(graph, text_of(name));
    if (step == INDEX_NONE)
      fail(name, "no such step");
    only[step] = true;
    for (uint32_t i = 0; i < step; i++)
      if (search_needs(s, step, i))
        only[i] = true;
  }
  return only;
}

static void print_at(struct search *s, const struct graph *graph, char *names)
{
  static struct classes classes;
  bool *only = cut_of(s, graph, names);
  const struct search_options options = {.only = only};
  read_plan(s, graph, &options);
  for (uint32_t a = 0; a < 1u << search_atom_count(s); a++) {
    memset(&classes, 0, sizeof classes);
    run(s, a, note_class, &classes);
    print_bad(s, graph, &classes, a);
  }
  free(only);
}

/* verdict */

static void note_bad(struct search *s, const struct search_world *w, void *with)
{
  bool *is_bad = with;
  for (uint32_t i = 0; i < search_call_count(s); i++) {
    uint32_t presents = search_presents(s, w, i);
    *is_bad |= (presents & ~(accepts(s, w, i) & trusts(s, w, i))) != 0;
  }
}

static void print_verdict(struct search *s, const struct graph *graph)
{
  bool is_bad = false;
  const struct search_options options = {.loads_at_once = loads_at_once, .as_it_turns_out = true};
  read_plan(s, graph, &options);
  for (uint32_t a = 0; a < 1u << search_atom_count(s); a++)
    run(s, a, note_bad, &is_bad);
  printf("%s\n", is_bad ? "unsafe" : "safe");
}

/* compare */

struct shadow {
  uint64_t *numbers;
  uint32_t count, room;
};

static void cast(struct shadow *shadow, uint64_t number)
{
  if (shadow->count == shadow->room) {
    shadow->room = shadow->room == 0 ? 4096 : shadow->room * 2;
    shadow->numbers = realloc(shadow->numbers, shadow->room * sizeof *shadow->numbers);
    if (shadow->numbers == NULL)
      abort();
  }
  shadow->numbers[shadow->count++] = number;
}

/* What a world looks like: to all, to those who call, and where it ends. */
struct looks {
  struct shadow all, callers, ends;
};

static void note_looks(struct search *s, const struct search_world *w, void *with)
{
  struct looks *looks = with;
  uint64_t all = 1469598103934665603u, callers = all;
  for (uint32_t i = 0; i < search_call_count(s); i++) {
    uint32_t presents = search_presents(s, w, i), may = accepts(s, w, i) & trusts(s, w, i);
    uint32_t held = 0;
    for (uint32_t v = SEARCH_OLD; v <= SEARCH_NEW; v++)
      held |= (uint32_t)search_element(s, w, i, v) << v | (uint32_t)search_root(s, w, i, v)
                                                              << (v + 3);
    uint64_t whole = presents | accepts(s, w, i) << 3 | trusts(s, w, i) << 6 | held << 9 |
                     search_source(s, w, i) << 16 | (uint32_t)search_runs(s, w, i) << 20;
    all = (all ^ whole) * 1099511628211u;
    callers = (callers ^ (presents | (presents & may) << 3)) * 1099511628211u;
  }
  cast(&looks->all, all);
  cast(&looks->callers, callers);
  if (search_is_end(s, w))
    cast(&looks->ends, all);
}

static bool is_same(struct shadow *a, struct shadow *b)
{
  a->count = unique(a->numbers, a->count);
  b->count = unique(b->numbers, b->count);
  return a->count == b->count &&
         (a->count == 0 || memcmp(a->numbers, b->numbers, a->count * sizeof *a->numbers) == 0);
}

static void forget(struct looks *looks)
{
  free(looks->all.numbers);
  free(looks->callers.numbers);
  free(looks->ends.numbers);
  *looks = (struct looks){0};
}

/* The conditions of both plans, by name; each plan's own bits of an assignment to all of them. */
static uint32_t own_bits(const struct search *s, const struct text *names, uint32_t count,
                         uint32_t assignment)
{
  uint32_t bits = 0;
  for (uint32_t i = 0; i < search_atom_count(s); i++)
    for (uint32_t j = 0; j < count; j++)
      if (text_equal(search_atom_name(s, i), names[j]))
        bits |= (assignment >> j & 1) << i;
  return bits;
}

static uint32_t add_names(const struct search *s, struct text *names, uint32_t count)
{
  for (uint32_t i = 0; i < search_atom_count(s); i++) {
    bool known = false;
    for (uint32_t j = 0; j < count; j++)
      known |= text_equal(search_atom_name(s, i), names[j]);
    if (!known)
      names[count++] = search_atom_name(s, i);
  }
  return count;
}

static void print_comparison(struct search *a, const struct graph *left, struct search *b,
                             const struct graph *right)
{
  struct text names[2 * 8];
  read_plan(a, left, NULL);
  read_plan(b, right, NULL);
  if (search_call_count(a) != search_call_count(b)) {
    printf("differs: other connections\n");
    return;
  }
  uint32_t count = add_names(b, names, add_names(a, names, 0));
  bool all = true, callers = true, ends = true;
  for (uint32_t i = 0; i < 1u << count; i++) {
    struct looks of_a = {0}, of_b = {0};
    run(a, own_bits(a, names, count, i), note_looks, &of_a);
    run(b, own_bits(b, names, count, i), note_looks, &of_b);
    all &= is_same(&of_a.all, &of_b.all);
    callers &= is_same(&of_a.callers, &of_b.callers);
    ends &= is_same(&of_a.ends, &of_b.ends);
    forget(&of_a);
    forget(&of_b);
  }
  if (ends && callers)
    printf("%s\n", all ? "same-states" : "same-for-callers");
  else
    printf("differs:%s%s\n", callers ? "" : " what callers meet", ends ? "" : " the end");
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "--reloads-at-once") == 0) {
    loads_at_once = true;
    argv++;
    argc--;
  }
  if (argc > 3 && strcmp(argv[1], "--plan") == 0) {
    wanted = argv[2];
    argv += 2;
    argc -= 2;
  }
  if (argc < 3)
    return 2;
  struct compiled_file file, other = {0};
  struct search *s = search_new(), *t = search_new();
  compile(argv[2], ".", &file);
  if (strcmp(argv[1], "states") == 0) {
    for (uint32_t i = 0; i < file.count; i++)
      print_states(s, file.graphs[i]);
  } else if (strcmp(argv[1], "verdict") == 0) {
    for (uint32_t i = 0; i < file.count; i++)
      print_verdict(s, file.graphs[i]);
  } else if (strcmp(argv[1], "at") == 0 && argc == 4) {
    print_at(s, file.graphs[0], argv[3]);
  } else if (strcmp(argv[1], "compare") == 0 && (argc == 4 || argc == 5)) {
    compile(argv[3], argc == 5 ? argv[4] : ".", &other);
    if (other.count != file.count)
      fail(argv[3], "has other plans");
    for (uint32_t i = 0; i < file.count; i++)
      print_comparison(s, file.graphs[i], t, other.graphs[i]);
    arena_free(other.arena);
  } else {
    return 2;
  }
  search_free(s);
  search_free(t);
  arena_free(file.arena);
  return 0;
}
