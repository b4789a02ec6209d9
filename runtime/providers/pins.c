/* SPDX-License-Identifier: Apache-2.0 */
/* pins: see pins.h. An entry is a stretch of whole lines; every form finds its stretches its own
 * way. */
#include "runtime/providers/pins.h"

#include <string.h>
#include <strings.h>

static const char *const form_words[] = {"pem", "sha256", "sha1", "nginx-map"};

bool pins_form_find(struct text word, enum pins_form *ret_form)
{
  for (size_t i = 0; i < sizeof form_words / sizeof *form_words; i++)
    if (text_is(word, form_words[i])) {
      *ret_form = (enum pins_form)i;
      return true;
    }
  return false;
}

/* The line that begins at `at`, with its line end. */
static struct text line_at(struct text content, size_t at)
{
  const char *end = memchr(content.at + at, '\n', content.length - at);
  size_t length = end == NULL ? content.length - at : (size_t)(end + 1 - (content.at + at));
  return (struct text){content.at + at, length};
}

static struct text skip_blanks(struct text line)
{
  while (line.length > 0 && (line.at[0] == ' ' || line.at[0] == '\t')) {
    line.at++;
    line.length--;
  }
  return line;
}

/* The word with which the line of an entry begins. */
static struct text line_word(struct arena *arena, enum pins_form form, const struct cert *cert)
{
  if (form == PINS_SHA1)
    return cert_sha1(arena, cert);
  if (form == PINS_NGINX_MAP)
    return text_format(arena, "\"%.*s\"", TEXT_ARG(cert_to_escaped(arena, cert)));
  return cert->fingerprint;
}

static bool begins_with_word(struct text line, struct text word)
{
  line = skip_blanks(line);
  if (line.length < word.length || strncasecmp(line.at, word.at, word.length) != 0)
    return false;
  return line.length == word.length || strchr(" \t\r\n#;", line.at[word.length]) != NULL;
}

/* The length of the PEM block that begins at this line; 0 where none does. */
static size_t block_length(struct text content, size_t at)
{
  static const char begin[] = "-----BEGIN ", end[] = "-----END ";
  if (content.length - at < sizeof begin - 1 ||
      memcmp(content.at + at, begin, sizeof begin - 1) != 0)
    return 0;
  for (size_t next = at; next < content.length;) {
    struct text line = line_at(content, next);
    next += line.length;
    if (text_starts_with(line, end))
      return next - at;
  }
  return 0;
}

/* The length of the entry of `cert` that begins at this line; 0 where none does. */
static size_t entry_length(struct arena *arena, enum pins_form form, struct text content, size_t at,
                           struct text word, const struct cert *cert)
{
  if (form != PINS_PEM) {
    struct text line = line_at(content, at);
    return begins_with_word(line, word) ? line.length : 0;
  }
  size_t length = block_length(content, at);
  struct cert_list found;
  struct text error;
  bool is_it = length != 0 &&
               cert_read_pem(arena, (struct text){content.at + at, length}, &found, &error) &&
               found.count == 1 && cert_same(&found.items[0], cert);
  return is_it ? length : 0;
}

bool pins_has(struct arena *arena, enum pins_form form, struct text content,
              const struct cert *cert)
{
  struct text word = line_word(arena, form, cert);
  for (size_t at = 0; at < content.length; at += line_at(content, at).length)
    if (entry_length(arena, form, content, at, word, cert) != 0)
      return true;
  return false;
}

struct text pins_add(struct arena *arena, enum pins_form form, struct text content,
                     const struct cert *cert)
{
  if (pins_has(arena, form, content, cert))
    return content;
  bool is_open = content.length != 0 && content.at[content.length - 1] != '\n';
  struct text entry = form == PINS_PEM ? cert_to_pem(arena, cert) : line_word(arena, form, cert);
  const char *behind = form == PINS_PEM ? "" : "\n";
  if (form == PINS_NGINX_MAP)
    behind = text_format(arena, " 1; # sha256 %.*s\n", TEXT_ARG(cert->fingerprint)).at;
  return text_format(arena, "%.*s%s%.*s%s", TEXT_ARG(content), is_open ? "\n" : "", TEXT_ARG(entry),
                     behind);
}

struct text pins_drop(struct arena *arena, enum pins_form form, struct text content,
                      const struct cert *cert)
{
  struct text word = line_word(arena, form, cert);
  char *kept = arena_alloc(arena, content.length + 1);
  size_t kept_length = 0;
  for (size_t at = 0; at < content.length;) {
    size_t dropped = entry_length(arena, form, content, at, word, cert);
    size_t length = dropped != 0 ? dropped : line_at(content, at).length;
    if (dropped == 0) {
      memcpy(kept + kept_length, content.at + at, length);
      kept_length += length;
    }
    at += length;
  }
  return (struct text){kept, kept_length};
}
