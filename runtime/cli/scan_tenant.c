/* SPDX-License-Identifier: Apache-2.0 */
/* scan_tenant: see scan_tenant.h. */
#include "runtime/cli/scan_tenant.h"

#include <stdio.h>
#include <unistd.h>

#include "runtime/cli/cli_run.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/tenant_content.h"

struct fetching {
  struct arena *arena;
  struct scan *scan;
  const char *tenant;
};

static void take(struct text package, struct text id, struct text bytes, struct text says,
                 void *with)
{
  struct fetching *fetching = with;
  struct text shown = text_format(fetching->arena, "%s:%.*s%s%.*s", fetching->tenant,
                                  TEXT_ARG(package), id.length == 0 ? "" : "/", TEXT_ARG(id));
  uint32_t before = fetching->scan->count;
  if (bytes.length == 0)
    scan_add_trouble(fetching->arena, fetching->scan, shown,
                     says.length == 0 ? TEXT("is empty") : says);
  else
    scan_bundle(fetching->arena, bytes, shown, fetching->scan);
  /* What the tenant calls it is what is restarted. */
  for (uint32_t i = before; i < fetching->scan->count; i++)
    fetching->scan->flows[i].id = id;
}

struct running {
  struct text_map places;
  struct scan *scan;
};

static void take_running(struct text id, struct text version, struct text status, void *with)
{
  struct running *running = with;
  uint32_t place;
  if (!text_map_find(&running->places, id, &place))
    return;
  running->scan->flows[place].runs = version;
  running->scan->flows[place].runs_status = status;
}

/* What was designed is read; what runs may be another version. */
static void ask_what_runs(struct cli *cli, struct tenant *tenant, struct fetching *fetching)
{
  struct running running = {.scan = fetching->scan};
  struct answer answer = {0};
  text_map_start(&running.places, cli->arena);
  for (uint32_t i = 0; i < fetching->scan->count; i++) {
    text_map_add(&running.places, fetching->scan->flows[i].id, i, NULL);
    fetching->scan->flows[i].runs = TEXT("");
  }
  if (tenant_each_running(tenant, take_running, &running, &answer) == TENANT_OK)
    return;
  for (uint32_t i = 0; i < fetching->scan->count; i++)
    fetching->scan->flows[i].runs = TEXT_NONE;
  fprintf(stderr, "renew: which of them run is not known: %.*s\n",
          TEXT_ARG(text_visible(cli->arena, answer.says)));
}

static enum exit_code fetch_all(struct cli *cli, const struct call *call, uint32_t resource,
                                struct fetching *fetching)
{
  struct answer answer = {0};
  struct tenant tenant;
  bool good = tenant_open(call, resource, &tenant, &answer) &&
              tenant_each_bundle(&tenant, take, fetching, &answer) == TENANT_OK;
  if (good)
    ask_what_runs(cli, &tenant, fetching);
  tenant_close(&tenant);
  if (good)
    return EXIT_OK;
  fprintf(stderr, "renew: %.*s\n", TEXT_ARG(text_visible(cli->arena, answer.says)));
  if (answer.help.length != 0)
    fprintf(stderr, "  = help: %.*s\n", TEXT_ARG(text_visible(cli->arena, answer.help)));
  return EXIT_REMOTE;
}

enum exit_code scan_tenant(struct cli *cli, const char *name, const char *plan,
                           struct scan *ret_scan)
{
  struct loaded loaded;
  struct diag_list diags;
  *ret_scan = (struct scan){0};
  enum exit_code code = cli_load(cli, plan, false, &loaded);
  if (code != EXIT_OK)
    return code;
  diag_list_start(&diags, cli->arena);
  struct world world = {.arena = cli->arena,
                        .root = cli->root,
                        .state_folder = "",
                        .conf = conf_read(cli->arena, conf_find(cli->arena), cli->root, &diags),
                        .may_prompt = !cli->no_input && isatty(STDIN_FILENO),
                        .sessions = sessions_new(),
                        .now_s = clock_real_now_s,
                        .monotonic_ms = clock_monotonic_ms};
  const struct graph *graph = loaded.checked.graph;
  struct call call = {.arena = cli->arena, .world = &world, .graph = graph, .run = TEXT("scan")};
  struct fetching fetching = {cli->arena, ret_scan, name};
  uint32_t tenant = INDEX_NONE;
  for (uint32_t i = 0; i < graph->resource_count; i++)
    if (graph->resources[i].kind == KIND_TENANT && text_is(graph->resources[i].name, name))
      tenant = i;
  if (diag_list_has_errors(&diags))
    code = cli_report(cli, &diags, NULL);
  else if (tenant == INDEX_NONE)
    code = cli_usage(cli, "%s has no tenant `%s`", plan, name);
  else
    code = fetch_all(cli, &call, tenant, &fetching);
  sessions_free(world.sessions);
  scan_link(cli->arena, ret_scan);
  arena_free(loaded.compiled.arena);
  return code;
}
