/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_content: see tenant_content.h. */
#include "runtime/providers/tenant_content.h"

#include "runtime/providers/tenant_model.h"

enum { PACKAGES_MAX = 10000 };

static const char role[] = "WorkspacePackagesRead";

/* Kinds of artifacts whose bundle may name keys [SPEC]. */
static const char *const kinds[] = {"IntegrationDesigntimeArtifacts",
                                    "ScriptCollectionDesigntimeArtifacts"};

struct names {
  struct arena *arena;
  struct text *items;
  uint32_t count;
};

static bool keep_id(const struct odata_entry *entry, void *with)
{
  struct names *names = with;
  struct text id = odata_value(entry, "Id");
  if (id.length == 0)
    return true;
  /* Full at each power of two. */
  if ((names->count & (names->count - 1)) == 0)
    names->items = arena_grow(names->arena, names->items, names->count,
                              names->count == 0 ? 1 : names->count * 2, sizeof *names->items);
  names->items[names->count++] = text_copy(names->arena, id);
  return names->count < PACKAGES_MAX;
}

static void fetch(struct tenant *tenant, const char *kind, struct text package, struct text id,
                  tenant_take_bundle *take, void *with)
{
  struct arena *arena = tenant->call->arena;
  struct answer answer = {0};
  struct tenant_wish wish = {.method = "GET",
                             .path = text_format(arena, "/%s(Id=%.*s,Version='active')/$value",
                                                 kind, TEXT_ARG(odata_quote(arena, id))),
                             .accept = "application/zip",
                             .role = role};
  struct tenant_said said = tenant_call(tenant, &wish, &answer);
  if (said.end == TENANT_OK)
    take(package, id, said.body, TEXT(""), with);
  else
    take(package, id, TEXT_NONE, answer.says, with);
}

static void fetch_kind(struct tenant *tenant, const char *kind, struct text package,
                       tenant_take_bundle *take, void *with)
{
  struct arena *arena = tenant->call->arena;
  struct names artifacts = {.arena = arena};
  struct answer why = {0};
  struct text path = text_format(arena, "/IntegrationPackages(%.*s)/%s?$select=Id",
                                 TEXT_ARG(odata_quote(arena, package)), kind);
  if (tenant_each(tenant, path, role, keep_id, &artifacts, &why) != TENANT_OK)
    take(package, TEXT(""), TEXT_NONE, why.says, with);
  for (uint32_t i = 0; i < artifacts.count; i++)
    fetch(tenant, kind, package, artifacts.items[i], take, with);
  if (artifacts.count == PACKAGES_MAX)
    take(package, TEXT(""), TEXT_NONE, TEXT("has more than 10,000 artifacts"), with);
}

enum tenant_end tenant_each_bundle(struct tenant *tenant, tenant_take_bundle *take, void *with,
                                   struct answer *answer)
{
  struct names packages = {.arena = tenant->call->arena};
  enum tenant_end end = tenant_each(tenant, TEXT("/IntegrationPackages?$select=Id"), role, keep_id,
                                    &packages, answer);
  if (end != TENANT_OK)
    return end;
  bool has_kind[sizeof kinds / sizeof *kinds];
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    has_kind[i] = i == 0 || tenant_knows(tenant, kinds[i], "");
  for (uint32_t i = 0; i < packages.count; i++)
    for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++)
      if (has_kind[j])
        fetch_kind(tenant, kinds[j], packages.items[i], take, with);
  if (packages.count == PACKAGES_MAX)
    take(TEXT("its packages"), TEXT(""), TEXT_NONE, TEXT("are more than 10,000"), with);
  return end;
}

struct running {
  struct arena *arena;
  tenant_take_running *take;
  void *with;
};

static bool pass_running(const struct odata_entry *entry, void *with)
{
  const struct running *running = with;
  struct arena *arena = running->arena;
  running->take(text_copy(arena, odata_value(entry, "Id")),
                text_copy(arena, odata_value(entry, "Version")),
                text_copy(arena, odata_value(entry, "Status")), running->with);
  return true;
}

enum tenant_end tenant_each_running(struct tenant *tenant, tenant_take_running *take, void *with,
                                    struct answer *answer)
{
  struct running running = {tenant->call->arena, take, with};
  return tenant_each(tenant, TEXT("/IntegrationRuntimeArtifacts?$select=Id,Version,Status"),
                     "MonitoringDataRead", pass_running, &running, answer);
}
