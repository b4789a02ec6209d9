/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uses_script: Groovy and JavaScript of a flow that open the keystore through KeystoreService. No parser
 * of these languages: calls of the service's methods are looked for, and what stands between their
 * brackets is a literal, a variable that one literal is given to, or something that only a run knows.
 * Source: getKey and getCertificate as SAP's own recipes call them; getKeyPair and getCertificateChain by
 * analogy, not seen. A script that has the service and calls neither is listed all the same.
 */
#include <ctype.h>
#include <string.h>

#include "runtime/scan/uses.h"

struct method {
  const char *name;
  enum use_purpose purpose;
};
static const struct method methods[] = {
    {"getKeyPair", USE_OTHER},
    {"getKey", USE_OTHER},
    {"getCertificateChain", USE_OTHER},
    {"getCertificate", USE_VERIFICATION},
};

static bool is_word(char c)
{
  return isalnum((unsigned char)c) != 0 || c == '_' || c == '$';
}

/* "literal" or 'literal' at the start of words; TEXT_NONE where it is none. */
static struct text literal(struct text words)
{
  if (words.length < 2 || (words.at[0] != '"' && words.at[0] != '\''))
    return TEXT_NONE;
  const char *end = memchr(words.at + 1, words.at[0], words.length - 1);
  return end == NULL ? TEXT_NONE : (struct text){words.at + 1, (size_t)(end - words.at - 1)};
}

static struct text trimmed(struct text words)
{
  while (words.length > 0 && isspace((unsigned char)words.at[0]) != 0)
    words.at++, words.length--;
  while (words.length > 0 && isspace((unsigned char)words.at[words.length - 1]) != 0)
    words.length--;
  return words;
}

/* The one literal that `NAME = "..."` gives to the variable; TEXT_NONE for none, or several. */
static struct text given_to(struct text script, struct text name)
{
  struct text found = TEXT_NONE;
  const char *end = script.at + script.length;
  for (const char *at = script.at;
       (at = memmem(at, (size_t)(end - at), name.at, name.length)) != NULL; at += name.length) {
    const char *behind = at + name.length;
    if ((at > script.at && (is_word(at[-1]) || at[-1] == '.')) || behind >= end || is_word(*behind))
      continue;
    struct text rest = trimmed((struct text){behind, (size_t)(end - behind)});
    if (rest.length < 2 || rest.at[0] != '=' || rest.at[1] == '=')
      continue;
    struct text value = literal(trimmed((struct text){rest.at + 1, rest.length - 1}));
    if (value.at == NULL || (found.at != NULL && !text_equal(found, value)))
      return TEXT_NONE;
    found = value;
  }
  return found;
}

static uint32_t line_of(struct text script, const char *at)
{
  uint32_t line = 1;
  for (const char *c = script.at; c < at; c++)
    line += *c == '\n';
  return line;
}

static void take_call(struct arena *arena, struct text path, struct text script, const char *at,
                      const struct method *method, struct uses *uses)
{
  const char *end = script.at + script.length, *open = at + strlen(method->name);
  if (at == script.at || at[-1] != '.' || open >= end || *open != '(')
    return;
  const char *close = memchr(open, ')', (size_t)(end - open));
  if (close == NULL)
    return;
  struct text argument = trimmed((struct text){open + 1, (size_t)(close - open - 1)});
  struct text value = literal(argument);
  bool is_name = argument.length != 0;
  for (size_t i = 0; i < argument.length; i++)
    is_name = is_name && is_word(argument.at[i]);
  if (value.at == NULL && is_name)
    value = given_to(script, argument);
  uses->items = arena_grow(arena, uses->items, uses->count, uses->count + 1, sizeof *uses->items);
  uses->capacity = uses->count + 1;
  uses->items[uses->count++] = (struct use){
      .script = path,
      .key = text_of(method->name),
      .written = text_copy(arena, argument),
      .value = value.at == NULL ? TEXT("") : text_copy(arena, value),
      .purpose = method->purpose,
      .how = value.at == NULL || memchr(value.at, '$', value.length) != NULL ? HOW_RUN_TIME
                                                                             : HOW_NAMED,
      .in_use = USE_MAYBE,
      .line = line_of(script, at)};
}

void uses_of_script(struct arena *arena, struct text path, struct text bytes, struct uses *uses)
{
  size_t bad;
  if (bytes.length == 0 || !text_is_utf8(bytes, &bad) ||
      memmem(bytes.at, bytes.length, "KeystoreService", 15) == NULL)
    return;
  uint32_t before = uses->count;
  const char *end = bytes.at + bytes.length;
  for (const char *at = bytes.at; at < end; at++)
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
      size_t length = strlen(methods[i].name);
      /* The longer name comes first, and a name ends at its bracket: each call is taken once. */
      if ((size_t)(end - at) > length && memcmp(at, methods[i].name, length) == 0 &&
          at[length] == '(')
        take_call(arena, path, bytes, at, &methods[i], uses);
    }
  if (uses->count != before)
    return;
  /* It has the service and calls it in a way that is not seen. */
  const char *at = memmem(bytes.at, bytes.length, "KeystoreService", 15);
  uses->items = arena_grow(arena, uses->items, uses->count, uses->count + 1, sizeof *uses->items);
  uses->capacity = uses->count + 1;
  uses->items[uses->count++] = (struct use){.script = path,
                                            .key = TEXT("KeystoreService"),
                                            .written = TEXT(""),
                                            .value = TEXT(""),
                                            .purpose = USE_OTHER,
                                            .how = HOW_RUN_TIME,
                                            .in_use = USE_MAYBE,
                                            .line = line_of(bytes, at)};
}
