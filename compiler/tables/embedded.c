/* SPDX-License-Identifier: Apache-2.0 */
/* embedded: finds one of the files that the program carries. */
#include "compiler/tables/embedded.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *name, const void *file)
{
  return strcmp(name, ((const struct embedded *)file)->name);
}

const struct embedded *embedded_find(const struct embedded *files, size_t count, const char *name)
{
  return bsearch(name, files, count, sizeof *files, by_name);
}
