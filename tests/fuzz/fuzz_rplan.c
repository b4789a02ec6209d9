/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_rplan: any bytes as a plan file. The last line is made to fit, so that the fuzzer gets behind
 * it; what the reader takes is sound, is written again byte by byte, and can be shown.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler/base/digest.h"
#include "compiler/graph/rplan.h"
#include "compiler/graph/views.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct graph *graph)
{
  struct buffer out = {0};
  view_show(graph, &(struct show_wish){SHOW_TEXT, INDEX_NONE, false, NULL}, &out);
  view_show(graph, &(struct show_wish){SHOW_MARKDOWN, INDEX_NONE, false, NULL}, &out);
  view_dot(graph, &out);
  view_svg(graph, &out);
  buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct arena *arena = arena_new("fuzz", 0);
  struct buffer file = {0};
  buffer_add(&file, data, size);
  buffer_add(&file, "\n", 1);
  struct digest digest = digest_of(buffer_text(&file));
  buffer_format(&file, "sha256 %s\n", digest.hex);
  struct diag_list diags;
  diag_list_start(&diags, arena);
  struct graph *graph = rplan_read(arena, buffer_text(&file), &diags);
  if (graph == NULL) {
    assert(diags.count == 1);
  } else {
    struct checked_graph checked;
    assert(graph_check(graph, &diags, &checked));
    struct buffer again = {0};
    rplan_write(graph, &again);
    assert(text_equal(buffer_text(&again), buffer_text(&file)));
    buffer_free(&again);
    show(graph);
  }
  buffer_free(&file);
  arena_free(arena);
  return 0;
}
