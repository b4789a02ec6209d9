/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: one program, phase by phase. Each phase needs the one before it:
 *
 *   imports_load       all files, parsed
 *   declare_all        all names
 *   declare_check_all  keys of things, then of plans, then steps
 *   follow_find_cycles, rows_finish, unused_report: what only the whole shows
 *   certs, aliases, service_keys, cert_files, cert_plans: rules of groups 07 and 09
 */
#include "compiler/check/checker.h"

/* Groups whose findings are complete when check is done: 00 to 04, 07 to 09, 10 and 12. */
enum {
  GROUP_LAST = 4,
  GROUP_CERTIFICATES = 7,
  GROUP_TIME = 8,
  GROUP_SERVICE_KEYS = 9,
  GROUP_SECRETS = 10,
  GROUP_STYLE = 12
};

struct program *check_program(struct arena *arena, struct source_set *sources, uint32_t file,
                              const struct check_options *options, struct diag_list *diags)
{
  static const struct check_options nothing = {0};
  if (options == NULL)
    options = &nothing;
  struct checker *c = ARENA_NEW(arena, struct checker);
  struct program *program = ARENA_NEW(arena, struct program);
  *c = (struct checker){
      .arena = arena,
      .tree = arena_new("tree", 0),
      .sources = sources,
      .diags = diags,
      .program = program,
      .now_s = options->now_s,
      .with_style = options->with_style,
      .profile = options->profile != NULL ? options->profile : &profile_default,
  };
  diag_list_start(&c->dropped, arena);
  program->arena = arena;
  program->sources = sources;
  program->given = options->given;
  program->given_count = options->given_count;
  text_map_start(&c->first_of_name, arena);
  text_map_start(&c->reported, arena);
  text_map_start(&c->node_names, arena);
  pairs_start(&c->node_members, arena);
  imports_load(c, file);
  for (uint32_t i = 0; i < c->unit_count; i++)
    secrets_scan(c, &c->units[i]);
  declare_all(c);
  params_give(c, options->given, options->given_count);
  declare_check_all(c);
  follow_find_cycles(c);
  rows_finish(c);
  certs_check(c);
  aliases_check(c);
  aliases_check_steps(c);
  service_keys_check(c);
  cert_files_check(c);
  tracked_check(c);
  cert_plans_check(c);
  unused_report(c);
  times_check(c);
  times_check_plans(c);
  names_judge_fixes(c);
  if (options->with_style)
    style_report(c);
  suppress_read(c);
  program_suppress(program, diags, 0, GROUP_LAST);
  program_suppress(program, diags, GROUP_CERTIFICATES, GROUP_CERTIFICATES);
  program_suppress(program, diags, GROUP_SERVICE_KEYS, GROUP_SERVICE_KEYS);
  program_suppress(program, diags, GROUP_TIME, GROUP_TIME);
  program_suppress(program, diags, GROUP_SECRETS, GROUP_SECRETS);
  if (options->with_style)
    program_suppress(program, diags, GROUP_STYLE, GROUP_STYLE);
  arena_free(c->tree);
  arena_free(c->line);
  return program;
}
