/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_format: any bytes through the formatter. A file that parses is formatted with the same tokens
 * and comments (format_source compares them), a second time changes nothing, and the difference
 * between the two is made.
 */
#include <stdlib.h>

#include "compiler/base/difference.h"
#include "compiler/syntax/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void demand(bool holds)
{
  if (!holds)
    abort();
}

static enum format_result format(struct text text, struct buffer *ret_bytes)
{
  struct arena *arena = arena_new("fuzz", 0);
  struct source_set sources;
  struct diag_list diags;
  uint32_t file;
  size_t bad;
  source_set_start(&sources, arena, TEXT(""));
  diag_list_start(&diags, arena);
  enum format_result result = FORMAT_BROKEN;
  if (source_give(&sources, TEXT("fuzz.renew"), text, &file, &bad) == SOURCE_OK) {
    result = format_source(&sources, file, &diags, ret_bytes);
    demand((result == FORMAT_BROKEN) == (diags.count != 0));
  }
  arena_free(arena);
  return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
  struct buffer once = {0}, twice = {0}, difference = {0};
  struct text text = {(const char *)bytes, size_bytes};
  enum format_result result = format(text, &once);
  demand(result != FORMAT_UNSAFE);
  if (result == FORMAT_OK) {
    demand(format(buffer_text(&once), &twice) == FORMAT_OK);
    demand(text_equal(buffer_text(&once), buffer_text(&twice)));
  }
  difference_unified(TEXT("fuzz"), text, buffer_text(&once), true, &difference);
  buffer_free(&once);
  buffer_free(&twice);
  buffer_free(&difference);
  return 0;
}
