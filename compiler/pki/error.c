/* SPDX-License-Identifier: Apache-2.0 */
/* error: see error.h. */
#include "compiler/pki/error.h"

#include <openssl/err.h>

struct text crypto_error(struct arena *arena)
{
  struct text all = TEXT("");
  struct text last = TEXT_NONE;
  for (unsigned long code; (code = ERR_get_error()) != 0;) {
    const char *reason = ERR_reason_error_string(code);
    struct text one = reason != NULL ? text_of(reason) : text_format(arena, "error %lx", code);
    /* The layers of OpenSSL report the same reason one above the other. */
    if (text_equal(one, last))
      continue;
    all =
        text_format(arena, "%.*s%s%.*s", TEXT_ARG(all), all.length == 0 ? "" : "; ", TEXT_ARG(one));
    last = one;
  }
  return all.length == 0 ? TEXT("no reason given") : all;
}
