/* SPDX-License-Identifier: Apache-2.0 */
/* gzip: a whole gzip (or zlib) stream unpacked, within a bound. */
#ifndef RENEW_NET_GZIP_H
#define RENEW_NET_GZIP_H

#include "compiler/base/text.h"

enum gzip_end {
  GZIP_WHOLE,
  GZIP_BROKEN, /* ends early, or is none, or goes on behind its end */
  GZIP_TOO_LARGE
};

enum gzip_end gzip_unpack(struct arena *arena, struct text packed, size_t limit_bytes,
                          struct text *ret_bytes);

#endif
