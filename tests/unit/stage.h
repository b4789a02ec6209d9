/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage: a plan text, compiled, and a world in a folder of its own: what the tests of the providers
 * call them with. The folder has the files of pki.h.
 */
#ifndef RENEW_TESTS_STAGE_H
#define RENEW_TESTS_STAGE_H

#include "compiler/graph/graph.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/own.h"
#include "runtime/providers/step.h"
#include "tests/unit/pki.h"

struct stage {
  struct arena *arena;
  struct pki pki;
  const struct graph *graph;
  struct world world;
  struct text run;
};

static inline int64_t stage_now_s(void)
{
  return (int64_t)time(NULL);
}

static inline int64_t stage_monotonic_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline const struct graph *stage_compile(struct arena *arena, const char *plan)
{
  struct source_set *sources = ARENA_NEW(arena, struct source_set);
  struct diag_list diags;
  uint32_t file = 0;
  size_t bad;
  diag_list_start(&diags, arena);
  source_set_start(sources, arena, TEXT(""));
  if (source_give(sources, TEXT("plan.renew"), text_of(plan), &file, &bad) != SOURCE_OK)
    abort();
  struct program *program = check_program(arena, sources, file, NULL, &diags);
  const struct graph *graph = NULL;
  for (uint32_t i = 0; i < program->decl_count && !diag_list_has_errors(&diags); i++)
    if (program->decls[i].kind == KIND_PLAN)
      graph = lower_plan(arena, program, i, true, &diags);
  for (uint32_t i = 0; i < diags.count && graph == NULL; i++)
    fprintf(stderr, "%s: %.*s\n", diag_code_name(diags.items[i]->code),
            TEXT_ARG(diags.items[i]->headline));
  if (graph == NULL)
    abort();
  return graph;
}

static inline struct stage stage_new(const char *plan)
{
  struct stage stage = {.arena = arena_new("stage", 0), .run = TEXT("2027-03-06-a")};
  stage.pki = pki_make(stage.arena, NULL);
  stage.graph = stage_compile(stage.arena, plan);
  char *folder = text_zero(stage.arena, text_of(stage.pki.folder));
  stage.world = (struct world){.arena = stage.arena,
                               .root = folder,
                               .state_folder = text_format(stage.arena, "%s/state", folder).at,
                               .now_s = stage_now_s,
                               .monotonic_ms = stage_monotonic_ms,
                               .machine_ns = clock_machine_ns,
                               .booted_ns = clock_booted_ns};
  return stage;
}

static inline void stage_free(struct stage *stage)
{
  pki_free(&stage->pki);
  arena_free(stage->arena);
}

static inline void stage_shell(const struct stage *stage, const char *command)
{
  pki_shell(stage->pki.folder, command);
}

static inline const char *stage_read(const struct stage *stage, const char *name)
{
  return text_zero(stage->arena, pki_read(stage->arena, stage->pki.folder, name));
}

static inline void stage_write(const struct stage *stage, const char *name, const char *words)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", stage->pki.folder, name);
  FILE *file = fopen(path, "w");
  if (file == NULL || fputs(words, file) < 0 || fclose(file) != 0)
    abort();
}

static inline bool stage_has(const struct stage *stage, const char *name)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", stage->pki.folder, name);
  return access(path, F_OK) == 0;
}

/* label: NULL for what has no step. */
static inline struct call stage_call(struct stage *stage, const char *label)
{
  struct call call = {.arena = stage->arena,
                      .graph = stage->graph,
                      .world = &stage->world,
                      .run = stage->run,
                      .attempt = 1};
  uint32_t at = label == NULL ? INDEX_NONE : graph_find_step(stage->graph, text_of(label));
  if (label != NULL && at == INDEX_NONE)
    abort();
  if (label != NULL)
    call.step = &stage->graph->steps[at];
  return call;
}

static inline const struct provider *stage_provider(const struct call *call)
{
  return providers_real.find(call->graph, call->step);
}

static inline enum outcome stage_apply(struct stage *stage, const char *label,
                                       struct answer *answer)
{
  struct call call = stage_call(stage, label);
  *answer = (struct answer){0};
  return stage_provider(&call)->apply(&call, answer);
}

static inline enum observation stage_probe(struct stage *stage, const char *label,
                                           struct answer *answer)
{
  struct call call = stage_call(stage, label);
  *answer = (struct answer){0};
  return stage_provider(&call)->probe(&call, answer);
}

static inline enum outcome stage_undo(struct stage *stage, const char *label, struct answer *answer)
{
  struct call call = stage_call(stage, label);
  *answer = (struct answer){0};
  return stage_provider(&call)->undo(&call, answer);
}

/* The code of the first finding of a step's prepare; DIAG__COUNT without one. */
static inline enum diag_code stage_prepare(struct stage *stage, const char *label)
{
  struct call call = stage_call(stage, label);
  struct diag_list diags;
  diag_list_start(&diags, stage->arena);
  stage_provider(&call)->prepare(&call, &diags);
  return diags.count == 0 ? DIAG__COUNT : diags.items[0]->code;
}

#endif
