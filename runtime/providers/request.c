/* SPDX-License-Identifier: Apache-2.0 */
/* request: see request.h. */
#include "runtime/providers/request.h"

#include "runtime/crypto/csr.h"
#include "runtime/providers/safe.h"

struct text request_make(const struct call *call, const struct argument *wanted,
                         const struct private_key *key, struct text *ret_error)
{
  const struct graph *graph = call->graph;
  const struct graph_setting *names = graph_setting_nth(graph, wanted->resource, KEY_NAMES, 0);
  const char *path = safe_path(call, argument_name(call, wanted), "csr");
  struct text csr = TEXT_NONE;
  if (file_read(call->arena, path, &csr, ret_error) == FILE_FOUND && csr.length != 0)
    return csr;
  struct csr_wish wish = {.subject = setting_text(call, wanted->resource, KEY_SUBJECT, 0),
                          .name_count = names == NULL ? 0 : names->values.count};
  struct text *list = arena_array(call->arena, (size_t)wish.name_count + 1, sizeof *list);
  for (uint32_t i = 0; i < wish.name_count; i++)
    list[i] = graph->values[names->values.first + i].text;
  wish.names = list;
  csr = csr_make(call->arena, key, &wish, ret_error);
  if (csr.length != 0 && file_replace(call->arena, path, csr, 0600, ret_error) == FILE_FAILED)
    return TEXT_NONE;
  return csr;
}
