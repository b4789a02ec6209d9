/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_scan: any bytes as an export (a zip), as a flow with any parameters and table, and as a script: read,
 * or refused with a reason; never more. The first byte says as what.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/scan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void judge(const struct uses *uses)
{
  for (uint32_t i = 0; i < uses->count; i++) {
    const struct use *use = &uses->items[i];
    if (use->how >= HOW__COUNT || use->purpose >= USE__COUNT || use->key.at == NULL ||
        (use->how == HOW_NAMED && use->value.length == 0))
      abort();
    use_may_be(use, TEXT("alias"));
  }
}

static void as_export(struct arena *arena, struct text bytes)
{
  struct scan scan = {0};
  scan_bundle(arena, bytes, TEXT("export"), &scan);
  for (uint32_t i = 0; i < scan.count; i++)
    judge(&scan.flows[i].uses);
  for (uint32_t i = 0; i < scan.trouble_count; i++)
    if (scan.troubles[i].says.length == 0)
      abort();
}

/* Up to a NUL the flow, behind it its parameters. */
static void as_flow(struct arena *arena, struct text bytes)
{
  struct flow flow;
  struct properties parameters;
  struct text error = TEXT_NONE, rest = TEXT_NONE;
  struct uses uses = {0};
  const char *end = bytes.length == 0 ? NULL : memchr(bytes.at, '\0', bytes.length);
  if (end != NULL) {
    rest = (struct text){end + 1, bytes.length - (size_t)(end + 1 - bytes.at)};
    bytes.length = (size_t)(end - bytes.at);
  }
  properties_read(arena, rest, &parameters);
  if (flow_read(arena, bytes, &flow, &error))
    uses_of_flow(arena, &flow, &parameters, &uses);
  else if (error.length == 0)
    abort();
  judge(&uses);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
  struct uses uses = {0};
  if (size_bytes == 0)
    return 0;
  struct text rest = {(const char *)bytes + 1, size_bytes - 1};
  struct arena *arena = arena_new("fuzz", 0);
  switch (bytes[0] % 3) {
  case 0:
    as_export(arena, rest);
    break;
  case 1:
    as_flow(arena, rest);
    break;
  default:
    uses_of_script(arena, TEXT("script"), rest, &uses);
    judge(&uses);
    break;
  }
  arena_free(arena);
  return 0;
}
