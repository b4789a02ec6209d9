/* SPDX-License-Identifier: Apache-2.0 */
/* odata: see odata.h. Which form an answer has; the two forms are odata_json.c and odata_atom.c. */
#include "runtime/net/odata.h"

#include <string.h>
#include <strings.h>

#include "runtime/net/odata_int.h"

struct odata_entry *odata_add_entry(struct arena *arena, struct odata_page *page)
{
  /* Grown where the count is a power of two: the capacity needs no field. */
  if ((page->count & (page->count - 1)) == 0)
    page->entries =
        arena_grow(arena, page->entries, page->count,
                   page->count == 0 ? 1 : (size_t)page->count * 2, sizeof *page->entries);
  return &page->entries[page->count++];
}

struct odata_value *odata_add_value(struct arena *arena, struct odata_entry *entry,
                                    struct text name)
{
  if ((entry->count & (entry->count - 1)) == 0)
    entry->values =
        arena_grow(arena, entry->values, entry->count,
                   entry->count == 0 ? 1 : (size_t)entry->count * 2, sizeof *entry->values);
  struct odata_value *value = &entry->values[entry->count++];
  value->name = name;
  return value;
}

/* The first bytes of it, at most `most`: without the letter that would be cut. */
static struct text begins_of(struct text words, size_t most)
{
  enum { LETTER_REST_MAX = 3 };
  size_t end = words.length < most ? words.length : most;
  while (end < words.length && end > 0 && most - end < LETTER_REST_MAX &&
         ((unsigned char)words.at[end] & 0xC0) == 0x80)
    end--;
  return (struct text){words.at, end};
}

struct text odata_said(struct arena *arena, struct text words)
{
  struct buffer line = {0};
  bool is_blank = true;
  for (size_t i = 0; i < words.length && line.size_bytes < 2 * (size_t)ODATA_SAID_MAX; i++) {
    bool blank = strchr(" \t\r\n", words.at[i]) != NULL;
    if (!blank)
      buffer_add(&line, &words.at[i], 1);
    else if (!is_blank)
      buffer_add_zero(&line, " ");
    is_blank = blank;
  }
  /* Nobody promises UTF-8, and what cannot be seen is longer when it is told. */
  struct text said = text_visible(arena, begins_of(buffer_text(&line), ODATA_SAID_MAX));
  said = begins_of(said, ODATA_SAID_MAX);
  while (said.length > 0 && said.at[said.length - 1] == ' ')
    said.length--;
  said = text_copy(arena, said);
  buffer_free(&line);
  return said;
}

static struct text without_blanks(struct text body)
{
  if (text_starts_with(body, "\xEF\xBB\xBF"))
    body = (struct text){body.at + 3, body.length - 3};
  while (body.length > 0 && strchr(" \t\r\n", body.at[0]) != NULL)
    body = (struct text){body.at + 1, body.length - 1};
  return body;
}

static bool begins(struct text body, const char *word)
{
  size_t length = strlen(word);
  return body.length >= length && strncasecmp(body.at, word, length) == 0;
}

static bool is_html(struct text body)
{
  return begins(body, "<!doctype html") || begins(body, "<html");
}

/* Between <title> and </title>; TEXT_NONE without. */
static struct text html_title(struct text body)
{
  for (size_t i = 0; i + 7 < body.length; i++) {
    if (strncasecmp(body.at + i, "<title>", 7) != 0)
      continue;
    struct text title = {body.at + i + 7, 0};
    while (i + 7 + title.length < body.length && title.at[title.length] != '<')
      title.length++;
    return title;
  }
  return TEXT_NONE;
}

static bool read_any(struct arena *arena, struct text body, struct odata_page *ret_page,
                     struct text *ret_error)
{
  if (body.length == 0) {
    *ret_error = TEXT("the answer is empty");
    return false;
  }
  if (is_html(body)) {
    struct text title = odata_said(arena, html_title(body));
    *ret_error = text_format(
        arena, "the answer is a web page%s%.*s, of a gateway rather than of the service",
        title.length == 0 ? "" : ", ", TEXT_ARG(title));
    return false;
  }
  if (body.at[0] == '<')
    return odata_read_atom(arena, body, ret_page, ret_error);
  if (body.at[0] == '{' || body.at[0] == '[')
    return odata_read_json(arena, body, ret_page, ret_error);
  *ret_error = TEXT("the answer is neither JSON nor XML");
  return false;
}

bool odata_read(struct arena *arena, enum odata_version version, struct text body,
                struct odata_page *ret_page, struct text *ret_error)
{
  *ret_page = (struct odata_page){.version = ODATA_2};
  if (!read_any(arena, without_blanks(body), ret_page, ret_error))
    return false;
  if (ret_page->version == version)
    return true;
  *ret_error = text_format(arena, "the answer is of OData %d.0, and %d.0 was asked",
                           (int)ret_page->version, (int)version);
  return false;
}

static bool is_named(struct text name, const char *wanted)
{
  return text_is(name, wanted);
}

struct text odata_value(const struct odata_entry *entry, const char *name)
{
  for (uint32_t i = 0; i < entry->count; i++)
    if (is_named(entry->values[i].name, name))
      return entry->values[i].text;
  return TEXT_NONE;
}

const struct odata_page *odata_inlined(const struct odata_entry *entry, const char *name)
{
  for (uint32_t i = 0; i < entry->count; i++)
    if (is_named(entry->values[i].name, name))
      return entry->values[i].inlined;
  return NULL;
}

struct odata_problem odata_read_problem(struct arena *arena, struct text body)
{
  struct odata_problem problem = {TEXT(""), TEXT(""), false, false};
  body = without_blanks(body);
  if (body.length == 0)
    return problem;
  if (is_html(body)) {
    problem.message = odata_said(arena, html_title(body));
    problem.is_page = true;
    return problem;
  }
  bool read = body.at[0] == '<'   ? odata_problem_of_xml(arena, body, &problem)
              : body.at[0] == '{' ? odata_problem_of_json(arena, body, &problem)
                                  : false;
  problem.is_odata = read;
  if (!read)
    problem.message = body;
  problem.code = odata_said(arena, problem.code);
  problem.message = odata_said(arena, problem.message);
  return problem;
}
