/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_parse: any bytes through the parser and every format of the report. What must hold of any
 * file: a limited number of findings, each inside the file, and lines whose spans lie in it.
 */
#include <stdlib.h>

#include "compiler/report/report.h"
#include "compiler/syntax/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void demand(bool holds)
{
  if (!holds)
    abort();
}

static void demand_span(const struct source *source, struct span span)
{
  demand((size_t)span.at + span.length <= source->bytes.length);
}

static void visit_lines(const struct source *source, const struct line *line, int depth)
{
  demand(depth <= PARSE_DEPTH_LIMIT);
  for (; line != NULL; line = line->next) {
    demand_span(source, line->span);
    uint32_t count = 0;
    for (const struct phrase *phrase = line->phrases; phrase != NULL; phrase = phrase->next) {
      demand_span(source, phrase->span);
      demand(phrase->term_count > 0);
      count++;
    }
    demand(count == line->phrase_count);
    if (line->block != NULL)
      visit_lines(source, line->block->lines, depth + 1);
    if (line->otherwise != NULL)
      visit_lines(source, line->otherwise->lines, depth + 1);
  }
}

static void report_in_every_format(const struct diag_list *diags, const struct source_set *sources)
{
  const enum report_format formats[] = {REPORT_HUMAN, REPORT_PLAIN, REPORT_JSON};
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    struct report_options options = {.format = formats[i], .color = i % 2 == 0, .error_limit = 20};
    struct buffer out = {0};
    report_write(diags, sources, &options, &out);
    for (size_t k = 0; k < out.size_bytes; k++) {
      unsigned char byte = (unsigned char)out.bytes[k];
      demand(byte >= ' ' || byte == '\n' || byte == '\x1b');
      demand(byte != '\x1b' || options.color);
    }
    buffer_free(&out);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
  struct arena *arena = arena_new("fuzz", 0);
  struct source_set sources;
  struct diag_list diags;
  uint32_t file;
  size_t bad;
  source_set_start(&sources, arena, TEXT(""));
  diag_list_start(&diags, arena);
  struct text text = {(const char *)bytes, size_bytes};
  if (source_give(&sources, TEXT("fuzz.renew"), text, &file, &bad) == SOURCE_OK) {
    struct ast_file *ast = parse_source(arena, &sources, file, &diags);
    demand(diags.count <= PARSE_FINDINGS_LIMIT);
    demand(ast->has_errors == (diags.count != 0));
    for (uint32_t i = 0; i < diags.count; i++)
      demand_span(&sources.files[file], diags.items[i]->primary);
    visit_lines(&sources.files[file], ast->lines, 0);
    diag_list_sort(&diags);
    report_in_every_format(&diags, &sources);
  }
  arena_free(arena);
  return 0;
}
