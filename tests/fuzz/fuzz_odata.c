/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_odata: any bytes as an answer of an OData service: read, or refused with a reason; never more. */
#include <stdlib.h>

#include "runtime/net/odata.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
  struct arena *arena = arena_new("fuzz", 0);
  struct text body = {(const char *)bytes, size_bytes}, error = TEXT_NONE;
  struct odata_page page;
  struct odata_model model;
  int64_t ms;
  if (!odata_read(arena, size_bytes % 2 == 0 ? ODATA_2 : ODATA_4, body, &page, &error) &&
      error.length == 0)
    abort();
  for (uint32_t i = 0; i < page.count; i++)
    odata_value(&page.entries[i], "Hexalias");
  if (odata_read_problem(arena, body).message.length > ODATA_SAID_MAX)
    abort();
  odata_read_model(arena, body, &model, &error);
  odata_time(body, &ms);
  arena_free(arena);
  return 0;
}
