/* SPDX-License-Identifier: Apache-2.0 */
/* words: see words.h. */
#include "compiler/base/words.h"

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Reads one word from *at on into `out`, which has room for the whole line. */
static bool read_word(struct text line, size_t *at, char *out, size_t *ret_length)
{
  char quote = '\0';
  size_t length = 0;
  size_t i = *at;
  for (; i < line.length && (quote != '\0' || !is_blank(line.at[i])); i++) {
    char c = line.at[i];
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
      continue;
    }
    if (quote != '\0' && c == quote) {
      quote = '\0';
      continue;
    }
    if (c == '\\' && quote != '\'') {
      bool last = i + 1 == line.length;
      if (last)
        return false;
      char next = line.at[i + 1];
      if (quote == '\0' || next == '"' || next == '\\') {
        out[length++] = next;
        i++;
        continue;
      }
    }
    out[length++] = c;
  }
  *at = i;
  *ret_length = length;
  return quote == '\0';
}

bool words_split(struct arena *arena, struct text line, struct text **ret_words,
                 uint32_t *ret_count)
{
  /* A word needs a character and a separator, so these are enough. */
  struct text *words = arena_array(arena, line.length / 2 + 1, sizeof *words);
  char *bytes = arena_alloc(arena, line.length * 2 + 1);
  uint32_t count = 0;
  for (size_t at = 0;;) {
    while (at < line.length && is_blank(line.at[at]))
      at++;
    if (at == line.length)
      break;
    size_t length;
    if (!read_word(line, &at, bytes, &length))
      return false;
    words[count++] = (struct text){bytes, length};
    /* The NUL behind each word: argument vectors are built from these without a copy. */
    bytes += length + 1;
  }
  *ret_words = words;
  *ret_count = count;
  return true;
}
