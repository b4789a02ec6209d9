/* SPDX-License-Identifier: Apache-2.0 */
/* cli_check: what stands behind the checker: every plan of a file lowered and proved. See cli.h. */
#include "runtime/cli/cli.h"
#include "runtime/cli/play.h"

enum { GROUP_ROLES = 5, GROUP_SAFETY = 6 };

/* The plan that it plays has the steps that it names. */
static void check_scenario(struct compiled *compiled, const struct decl *scenario)
{
  const struct value *plan = decl_value(scenario, KEY_PLAN_OF, 0);
  struct checked_graph checked;
  struct diag_list dropped; /* the plan's own findings are its file's */
  diag_list_start(&dropped, compiled->arena);
  struct graph *graph =
      plan == NULL ? NULL
                   : lower_plan(compiled->arena, compiled->program, plan->decl, false, &dropped);
  if (graph != NULL && graph_check(graph, &dropped, &checked))
    play_check(scenario, graph, compiled->diags);
}

void cli_check_plans(struct compiled *compiled, cli_plan_fn *judged, void *with)
{
  struct program *program = compiled->program;
  uint32_t main_file = 0; /* the file itself is the first of its source set */
  for (uint32_t i = 0; i < program->decl_count; i++) {
    if (program->decls[i].kind == KIND_SCENARIO && program->decls[i].file == main_file)
      check_scenario(compiled, &program->decls[i]);
    if (program->decls[i].kind != KIND_PLAN || program->decls[i].file != main_file)
      continue;
    struct graph *graph = lower_plan(compiled->arena, program, i, false, compiled->diags);
    struct checked_graph checked;
    if (graph == NULL || !graph_check(graph, compiled->diags, &checked))
      continue;
    bool sound = cli_judge(compiled, graph);
    if (judged != NULL)
      judged(compiled, graph, sound, with);
  }
  program_suppress(compiled->program, compiled->diags, GROUP_ROLES, GROUP_SAFETY);
}
