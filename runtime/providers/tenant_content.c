/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_content: see tenant_content.h. */
#include "runtime/providers/tenant_content.h"

enum { PACKAGES_MAX = 10000 };

static const char role[] = "WorkspacePackagesRead";

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
  names->items =
      arena_grow(names->arena, names->items, names->count, names->count + 1, sizeof *names->items);
  names->items[names->count++] = text_copy(names->arena, id);
  return names->count < PACKAGES_MAX;
}

static void fetch(struct tenant *tenant, struct text package, struct text id,
                  tenant_take_bundle *take, void *with)
{
  struct arena *arena = tenant->call->arena;
  struct answer answer = {0};
  struct tenant_wish wish = {
      .method = "GET",
      .path = text_format(arena, "/IntegrationDesigntimeArtifacts(Id=%.*s,Version='active')/$value",
                          TEXT_ARG(odata_quote(arena, id))),
      .accept = "application/zip",
      .role = role};
  struct tenant_said said = tenant_call(tenant, &wish, &answer);
  if (said.end == TENANT_OK)
    take(package, id, said.body, TEXT(""), with);
  else
    take(package, id, TEXT_NONE, answer.says, with);
}

enum tenant_end tenant_each_bundle(struct tenant *tenant, tenant_take_bundle *take, void *with,
                                   struct answer *answer)
{
  struct arena *arena = tenant->call->arena;
  struct names packages = {.arena = arena};
  enum tenant_end end = tenant_each(tenant, TEXT("/IntegrationPackages?$select=Id"), role, keep_id,
                                    &packages, answer);
  for (uint32_t i = 0; end == TENANT_OK && i < packages.count; i++) {
    struct names flows = {.arena = arena};
    struct answer why = {0};
    struct text path =
        text_format(arena, "/IntegrationPackages(%.*s)/IntegrationDesigntimeArtifacts?$select=Id",
                    TEXT_ARG(odata_quote(arena, packages.items[i])));
    if (tenant_each(tenant, path, role, keep_id, &flows, &why) != TENANT_OK)
      take(packages.items[i], TEXT(""), TEXT_NONE, why.says, with);
    for (uint32_t j = 0; j < flows.count; j++)
      fetch(tenant, packages.items[i], flows.items[j], take, with);
  }
  return end;
}
