/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_pkcs12: any bytes as a PKCS#12 file, without a password: listed, and where it has a pair, a
 * pair of it taken out; what was written can be read. */
#include <assert.h>
#include <stdint.h>

#include "runtime/crypto/pkcs12.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_out(struct arena *arena, struct text file, struct text alias)
{
  struct pkcs12_error error;
  struct pkcs12 *p12 = pkcs12_open(arena, file, NULL, &error);
  struct secret *fresh = p12 == NULL ? NULL : pkcs12_remove(p12, alias, &error);
  assert(p12 != NULL && (fresh != NULL || error.says.length > 0));
  secret_free(fresh);
  pkcs12_free(p12);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct arena *arena = arena_new("fuzz", 0);
  struct text file = {(const char *)data, size};
  struct pkcs12_error error;
  struct pkcs12_entry *entries;
  uint32_t count = 0;
  struct pkcs12 *p12 = pkcs12_open(arena, file, NULL, &error);
  if (p12 == NULL)
    assert(error.trouble != PKCS12_FINE && error.says.length > 0);
  else
    pkcs12_list(p12, &entries, &count);
  pkcs12_free(p12);
  for (uint32_t i = 0; i < count && i < 2; i++)
    if (entries[i].kind == PKCS12_PAIR && entries[i].alias.at != NULL)
      take_out(arena, file, entries[i].alias);
  arena_free(arena);
  return 0;
}
