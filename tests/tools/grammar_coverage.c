/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grammar_coverage FILE...: parses the files with a parser that was compiled with -DYYCOVERAGE, and
 * prints the pairs of state and lookahead that none of them reached. Ends with 1 where one is left.
 */
#include <stdio.h>

#include "compiler/syntax/parse.h"

int renew_parserCoverage(FILE *stream); /* of the generated parser */

static bool parse_file(const char *path)
{
  struct arena *arena = arena_new("coverage", 0);
  struct source_set sources;
  struct diag_list diags;
  uint32_t file;
  size_t bad;
  source_set_start(&sources, arena, TEXT(""));
  diag_list_start(&diags, arena);
  bool read = source_open(&sources, text_of(path), &file, &bad) == SOURCE_OK;
  if (read)
    parse_source(arena, &sources, file, &diags);
  else
    fprintf(stderr, "%s cannot be read\n", path);
  arena_free(arena);
  return read;
}

int main(int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (!parse_file(argv[i]))
      return 2;
  return renew_parserCoverage(stdout) == 0 ? 0 : 1;
}
