/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uses_script: Groovy and JavaScript of a flow that open the keystore through KeystoreService. No parser
 * of these languages: calls of the service's methods are looked for, and what stands between their
 * brackets is a literal, a variable that one literal is given to, or something that only a run knows.
 * Source: getKey and getCertificate as SAP's own recipes call them; getKeyManagers, getTrustManagers: SAP
 * Help, "Accessing Trust and Key Managers", CC BY 4.0; getKeyPair and getCertificateChain by analogy, not
 * seen. A script that has the service and calls none of them is listed all the same.
 */
#include <ctype.h>
#include <string.h>

#include "runtime/scan/uses.h"

enum { SCRIPT_CALLS_MAX = 200 };

struct method {
  const char *name;
  enum use_purpose purpose;
  bool may_be_bare; /* without an alias it gives all of them */
};
static const struct method methods[] = {
    {"getKeyManagers", USE_TLS_CLIENT, true},  {"getTrustManagers", USE_TLS_TRUST, true},
    {"getKeyPair", USE_OTHER, false},          {"getKey", USE_OTHER, false},
    {"getCertificateChain", USE_OTHER, false}, {"getCertificate", USE_VERIFICATION, false},
};

static bool is_word(char c)
{
  return isalnum((unsigned char)c) != 0 || c == '_' || c == '$';
}

/* "literal" or 'literal' at the start of words, with *ret_end behind it; TEXT_NONE where it is none. */
static struct text literal(struct text words, const char **ret_end)
{
  if (words.length < 2 || (words.at[0] != '"' && words.at[0] != '\''))
    return TEXT_NONE;
  const char *end = memchr(words.at + 1, words.at[0], words.length - 1);
  if (end == NULL)
    return TEXT_NONE;
  *ret_end = end + 1;
  return (struct text){words.at + 1, (size_t)(end - words.at - 1)};
}

/* The one literal that `NAME = "..."` gives to the variable; TEXT_NONE for none, several, or one that is
 * only a part of what is given. */
static struct text given_to(struct text script, struct text name)
{
  struct text found = TEXT_NONE;
  const char *end = script.at + script.length;
  for (const char *at = script.at;
       (at = memmem(at, (size_t)(end - at), name.at, name.length)) != NULL; at += name.length) {
    const char *behind = at + name.length, *close = NULL;
    if ((at > script.at && (is_word(at[-1]) || at[-1] == '.')) || behind >= end || is_word(*behind))
      continue;
    struct text rest = text_trimmed((struct text){behind, (size_t)(end - behind)});
    if (text_starts_with(rest, "+="))
      return TEXT_NONE;
    if (rest.length < 2 || rest.at[0] != '=' || rest.at[1] == '=')
      continue;
    struct text value = literal(text_trimmed((struct text){rest.at + 1, rest.length - 1}), &close);
    while (close != NULL && close < end && (*close == ' ' || *close == '\t'))
      close++;
    bool is_whole = close != NULL && (close == end || memchr("\r\n;,)", *close, 5) != NULL);
    if (!is_whole || (found.at != NULL && !text_equal(found, value)))
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
  const char *end = script.at + script.length, *open = at + strlen(method->name), *behind = NULL;
  while (open < end && (*open == ' ' || *open == '\t'))
    open++;
  if (at == script.at || at[-1] != '.' || open >= end || *open != '(')
    return;
  const char *close = memchr(open, ')', (size_t)(end - open));
  if (close == NULL)
    return;
  struct text argument = text_trimmed((struct text){open + 1, (size_t)(close - open - 1)});
  struct text value = literal(argument, &behind);
  if (behind != argument.at + argument.length)
    value = TEXT_NONE;
  bool is_name = argument.length != 0;
  for (size_t i = 0; i < argument.length; i++)
    is_name = is_name && is_word(argument.at[i]);
  if (value.at == NULL && is_name)
    value = given_to(script, argument);
  bool is_bare = method->may_be_bare && argument.length == 0;
  bool is_named = value.length != 0 && memchr(value.at, '$', value.length) == NULL;
  if (is_bare && method->purpose == USE_TLS_TRUST)
    return;
  *uses_add(arena, uses) =
      (struct use){.script = path,
                   .key = text_of(method->name),
                   .written = text_copy(arena, argument),
                   .value = value.at == NULL ? TEXT("") : text_copy(arena, value),
                   .purpose = method->purpose,
                   .how = is_bare    ? HOW_ANY
                          : is_named ? HOW_NAMED
                                     : HOW_RUN_TIME,
                   .in_use = USE_MAYBE,
                   .line = line_of(script, at)};
}

/* What is searched: in UTF-8, and without the lines that are comments as a whole; as many lines as before. */
static struct text readable(struct arena *arena, struct text bytes)
{
  size_t bad;
  bool is_utf8 = text_is_utf8(bytes, &bad), is_start = true, is_comment = false;
  struct buffer out = {0};
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char c = (unsigned char)bytes.at[i];
    if (is_start && c == '/' && i + 1 < bytes.length && bytes.at[i + 1] == '/')
      is_comment = true;
    is_start = c == '\n' || (is_start && (c == ' ' || c == '\t'));
    is_comment = is_comment && c != '\n';
    if (is_comment)
      continue;
    const char pair[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
    if (c < 0x80 || is_utf8)
      buffer_add(&out, &c, 1);
    else
      buffer_add(&out, pair, 2);
  }
  struct text all = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return all;
}

void uses_of_script(struct arena *arena, struct text path, struct text bytes, struct uses *uses)
{
  static const char service[] = "KeystoreService";
  if (bytes.length == 0 || memmem(bytes.at, bytes.length, service, sizeof service - 1) == NULL)
    return;
  struct text script = readable(arena, bytes);
  const char *said =
      script.length == 0 ? NULL : memmem(script.at, script.length, service, sizeof service - 1);
  if (said == NULL)
    return;
  uint32_t before = uses->count;
  const char *end = script.at + script.length, *at = script.at;
  while (uses->count - before < SCRIPT_CALLS_MAX &&
         (at = memmem(at, (size_t)(end - at), "get", 3)) != NULL) {
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
      size_t length = strlen(methods[i].name);
      /* No part of a longer name. */
      if ((size_t)(end - at) > length && memcmp(at, methods[i].name, length) == 0 &&
          !is_word(at[length]))
        take_call(arena, path, script, at, &methods[i], uses);
    }
    at += 3;
  }
  if (uses->count != before && uses->count - before < SCRIPT_CALLS_MAX)
    return;
  /* It has the service and calls it in a way that is not seen, or too often. */
  *uses_add(arena, uses) = (struct use){.script = path,
                                        .key = text_of(service),
                                        .written = TEXT(""),
                                        .value = TEXT(""),
                                        .purpose = USE_OTHER,
                                        .how = HOW_RUN_TIME,
                                        .in_use = USE_MAYBE,
                                        .line = line_of(script, said)};
}
