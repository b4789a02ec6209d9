/* SPDX-License-Identifier: Apache-2.0 */
/* plans: a plan from a text, and a graph made by hand, for the tests of the graph and its file. */
#ifndef RENEW_TESTS_PLANS_H
#define RENEW_TESTS_PLANS_H

#include "compiler/graph/builder.h"

struct planned {
  struct arena *arena;
  struct source_set sources;
  struct diag_list diags;
  struct program *program;
};

/* What every plan of these tests stands on; steps go into a plan of their own. */
static const char ground[] =
    "renew 1\n"
    "role admin \"Administrator\" {\n  reach by console \"a\"\n}\n"
    "role peer \"Peer\" {\n  reach by console \"b\"\n}\n"
    "keystore store {\n  kind pem\n  file \"keys/client.pem\"\n  owner admin\n}\n"
    "system server {\n  owner peer\n  kind trust-file\n  accepts-many yes\n"
    "  trusts file \"trust.pem\"\n  reload with command \"bin/reload 'a b' ${word}\"\n}\n"
    "flow out {\n  nodes n-1, \"node 2\", n-3\n  calls server with client\n"
    "  restart with command \"bin/restart --node ${node} --word ${word}\"\n}\n"
    "ca local {\n  protocol manual\n}\n"
    "certificate client {\n  in store\n  alias \"client\"\n  subject \"CN=client\"\n"
    "  signed by local\n}\n"
    "keystore other-store {\n  kind pem\n  file \"keys/other.pem\"\n  owner admin\n}\n"
    "certificate other {\n  in other-store\n  alias \"other\"\n  subject \"CN=other\"\n"
    "  signed by local\n}\n"
    "param word as string default \"it's one; word\"\n"
    "window night {\n  zone \"UTC\"\n  every saturday from 22:00 until 02:00\n}\n"
    "table pairs with name, cert {\n  one, client\n  two, other\n}\n";

static inline void planned_start(struct planned *p)
{
  p->arena = arena_new("test", 0);
  source_set_start(&p->sources, p->arena, TEXT(""));
  diag_list_start(&p->diags, p->arena);
}

static inline void planned_end(struct planned *p)
{
  arena_free(p->arena);
}

/* Lowers plan `test` of `ground` + `declarations` + the steps; NULL with findings. */
static inline struct graph *planned_lower(struct planned *p, const char *declarations,
                                          const char *steps, bool needs_values)
{
  struct text text = text_format(p->arena,
                                 "%s%splan test \"Test\" {\n  renews client\n  policy overlap\n"
                                 "  during night\n%s}\n",
                                 ground, declarations, steps);
  uint32_t file;
  size_t bad_offset;
  source_give(&p->sources, TEXT("org/test.renew"), text, &file, &bad_offset);
  p->program = check_program(p->arena, &p->sources, file, NULL, &p->diags);
  if (diag_list_has_errors(&p->diags))
    return NULL;
  return lower_plan(p->arena, p->program, program_find(p->program, KIND_PLAN, TEXT("test")),
                    needs_values, &p->diags);
}

/* "1 create <- ; 2 sign <- 1; ..." : numbers, identities, and what is waited for through joins (j). */
static inline const char *planned_edges(struct planned *p, const struct graph *graph)
{
  struct buffer out = {0};
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    buffer_format(&out, "%s%u:%.*s<", i == 0 ? "" : " ", i,
                  step->kind == STEP_JOIN ? 4 : (int)step->id.length,
                  step->kind == STEP_JOIN ? "join" : step->id.at);
    for (uint32_t j = 0; j < step->waits_for.count; j++)
      buffer_format(&out, "%s%u", j == 0 ? "" : ",", graph->indices[step->waits_for.first + j]);
  }
  const char *edges = text_zero(p->arena, buffer_text(&out));
  buffer_free(&out);
  return edges;
}

/* A sound graph by hand: `count` actions of one role, each behind the one before it. */
static inline struct graph *planned_chain(struct arena *arena, uint32_t count)
{
  static const char hex[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  struct graph *graph = ARENA_NEW(arena, struct graph);
  struct builder b;
  builder_start(&b, arena);
  builder_add_source(&b, (struct graph_source){TEXT("a.renew"), text_of(hex)});
  builder_add_resource(&b, (struct resource){.kind = KIND_ROLE, .name = TEXT("admin")});
  builder_add_resource(&b, (struct resource){.kind = KIND_PLAN, .name = TEXT("test")});
  for (uint32_t i = 0; i < count; i++) {
    struct step step = {.kind = STEP_ACTION,
                        .verb = VERB_WAITS,
                        .effect = EFFECT_WAIT,
                        .id = text_format(arena, "step-%u", i),
                        .label = TEXT("step"),
                        .sentence = TEXT("admin waits for 1s"),
                        .role = 0,
                        .guard = INDEX_NONE,
                        .checks = INDEX_NONE,
                        .undo = INDEX_NONE,
                        .window = INDEX_NONE,
                        .sign_off_role = INDEX_NONE,
                        .line = 1,
                        .column = 1};
    step.roles = (struct range){builder_index_count(&b), 1};
    builder_add_index(&b, 0);
    step.waits_for = (struct range){builder_index_count(&b), i > 0};
    if (i > 0)
      builder_add_index(&b, i - 1);
    builder_add_step(&b, &step);
  }
  graph->name = TEXT("test");
  graph->policy = TEXT("overlap");
  graph->edition = 1;
  graph->plan_resource = 1;
  graph->template_digest = text_of(hex);
  builder_finish(&b, graph);
  return graph;
}

#endif
