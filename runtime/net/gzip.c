/* SPDX-License-Identifier: Apache-2.0 */
/* gzip: see gzip.h. libcurl 7.88 takes a stream that ends early for a whole one. */
#include "runtime/net/gzip.h"

#include <zlib.h>

enum { WINDOW_OF_ANY_WRAPPER = 32 + MAX_WBITS, PIECE_BYTES = 64 * 1024 };

enum gzip_end gzip_unpack(struct arena *arena, struct text packed, size_t limit_bytes,
                          struct text *ret_bytes)
{
  z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.at, .avail_in = (uInt)packed.length};
  struct buffer out = {0};
  int code = inflateInit2(&stream, WINDOW_OF_ANY_WRAPPER);
  while (code == Z_OK && out.size_bytes <= limit_bytes) {
    unsigned char piece[PIECE_BYTES];
    stream.next_out = piece;
    stream.avail_out = sizeof piece;
    code = inflate(&stream, Z_NO_FLUSH);
    buffer_add(&out, piece, sizeof piece - stream.avail_out);
    if (code == Z_OK && stream.avail_in == 0 && stream.avail_out != 0)
      break;
  }
  enum gzip_end end = out.size_bytes > limit_bytes                   ? GZIP_TOO_LARGE
                      : code == Z_STREAM_END && stream.avail_in == 0 ? GZIP_WHOLE
                                                                     : GZIP_BROKEN;
  inflateEnd(&stream);
  if (end == GZIP_WHOLE)
    *ret_bytes = (struct text){text_zero(arena, buffer_text(&out)), out.size_bytes};
  buffer_free(&out);
  return end;
}
