/* SPDX-License-Identifier: Apache-2.0 */
/* lsp_text: open documents, their lines, and places in them as the protocol counts. See lsp.h. */
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/lsp.h"

enum { DOCUMENTS_MAX = 10000 };

/* The protocol knows three line ends, the language one and a half. */
static void find_lines(struct text bytes, struct buffer *ret_lines)
{
  ret_lines->size_bytes = 0;
  uint32_t start = 0;
  buffer_add(ret_lines, &start, sizeof start);
  for (uint32_t i = 0; i < bytes.length; i++) {
    bool ends = bytes.at[i] == '\n' ||
                (bytes.at[i] == '\r' && (i + 1 == bytes.length || bytes.at[i + 1] != '\n'));
    start = i + 1;
    if (ends)
      buffer_add(ret_lines, &start, sizeof start);
  }
}

static uint32_t line_count(const struct buffer *lines)
{
  return (uint32_t)(lines->size_bytes / sizeof(uint32_t));
}

static uint32_t line_start(const struct buffer *lines, uint32_t line)
{
  uint32_t start;
  memcpy(&start, lines->bytes + line * sizeof start, sizeof start);
  return start;
}

static unsigned char byte_at(struct text bytes, uint32_t at)
{
  return (unsigned char)bytes.at[at];
}

static uint32_t integer_of(const json_t *object, const char *key)
{
  json_int_t value = json_integer_value(json_object_get(object, key));
  return value < 0 ? 0 : value > INT32_MAX ? INT32_MAX : (uint32_t)value;
}

uint32_t lsp_offset(const struct lsp *lsp, const struct lsp_document *document,
                    const json_t *position)
{
  struct text bytes = buffer_text(&document->text);
  uint32_t line = integer_of(position, "line"), unit = integer_of(position, "character");
  if (line >= line_count(&document->lines))
    return (uint32_t)bytes.length;
  uint32_t at = line_start(&document->lines, line);
  uint32_t end = line + 1 < line_count(&document->lines) ? line_start(&document->lines, line + 1)
                                                         : (uint32_t)bytes.length;
  while (end > at && (bytes.at[end - 1] == '\n' || bytes.at[end - 1] == '\r'))
    end--;
  while (at < end && unit > 0) {
    uint32_t next = at + 1;
    while (next < end && (byte_at(bytes, next) & 0xC0) == 0x80)
      next++;
    uint32_t width = lsp->is_utf8 ? next - at : byte_at(bytes, at) >= 0xF0 ? 2 : 1;
    if (width > unit)
      break; /* in the middle of a character: before it */
    unit -= width;
    at = next;
  }
  return at;
}

static json_t *position_of(const struct lsp *lsp, struct text bytes, const struct buffer *lines,
                           uint32_t at)
{
  at = at > bytes.length ? (uint32_t)bytes.length : at;
  uint32_t low = 0, high = line_count(lines);
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (line_start(lines, middle) <= at)
      low = middle;
    else
      high = middle;
  }
  uint32_t start = line_start(lines, low), unit = 0;
  for (uint32_t i = start; i < at; i++)
    unit += lsp->is_utf8 ? 1 : ((byte_at(bytes, i) & 0xC0) != 0x80) + (byte_at(bytes, i) >= 0xF0);
  return json_pack("{s:i,s:i}", "line", (int)low, "character", (int)unit);
}

static json_t *range_of(const struct lsp *lsp, struct text bytes, const struct buffer *lines,
                        uint32_t at, uint32_t length)
{
  return json_pack("{s:o,s:o}", "start", position_of(lsp, bytes, lines, at), "end",
                   position_of(lsp, bytes, lines, at + length));
}

json_t *lsp_range(const struct lsp *lsp, const struct lsp_document *document, uint32_t at,
                  uint32_t length)
{
  return range_of(lsp, buffer_text(&document->text), &document->lines, at, length);
}

json_t *lsp_range_in(const struct lsp *lsp, struct text bytes, uint32_t at, uint32_t length)
{
  struct buffer lines = {0};
  find_lines(bytes, &lines);
  json_t *range = range_of(lsp, bytes, &lines, at, length);
  buffer_free(&lines);
  return range;
}

json_t *lsp_text(struct text bytes)
{
  json_t *text = json_stringn(bytes.at == NULL ? "" : bytes.at, bytes.length);
  return text == NULL ? json_string("") : text;
}

json_t *lsp_uri(const char *path)
{
  struct buffer uri = {0};
  buffer_add_zero(&uri, "file://");
  for (const unsigned char *at = (const unsigned char *)path; *at != '\0'; at++) {
    bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                 (*at >= '0' && *at <= '9') || strchr("/-._~", *at) != NULL;
    buffer_format(&uri, plain ? "%c" : "%%%02X", *at);
  }
  json_t *text = json_string(uri.bytes);
  buffer_free(&uri);
  return text == NULL ? json_string("") : text;
}

static struct lsp_document *find_path(const struct lsp *lsp, const char *path)
{
  for (uint32_t i = 0; i < lsp->count; i++)
    if (lsp->documents[i]->is_file && strcmp(lsp->documents[i]->path, path) == 0)
      return lsp->documents[i];
  return NULL;
}

json_t *lsp_location(const struct lsp *lsp, const struct lsp_analysis *analysis, struct span span)
{
  const struct source *source = &analysis->compiled.sources->files[span.file];
  struct buffer path = {0};
  buffer_format(&path, "%s/%.*s", analysis->cli.root, TEXT_ARG(source->path));
  const struct lsp_document *open = find_path(lsp, path.bytes);
  /* A document that is open has its lines at hand, where it did not change meanwhile. */
  bool is_same = open != NULL && text_equal(buffer_text(&open->text), source->bytes);
  json_t *range = is_same ? lsp_range(lsp, open, span.at, span.length)
                          : lsp_range_in(lsp, source->bytes, span.at, span.length);
  json_t *location =
      json_pack("{s:o,s:o}", "uri", open == NULL ? lsp_uri(path.bytes) : json_string(open->uri),
                "range", range);
  buffer_free(&path);
  return location;
}

json_t *lsp_edit(const struct lsp *lsp, const struct lsp_document *document, struct span span,
                 struct text text)
{
  return json_pack("{s:o,s:o}", "range", lsp_range(lsp, document, span.at, span.length), "newText",
                   lsp_text(text));
}

static int hex(char digit)
{
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  digit |= 0x20;
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* file:///a%20b -> /a b; NULL for another scheme. */
static char *path_of_uri(const char *uri)
{
  if (strncmp(uri, "file://", 7) != 0)
    return NULL;
  const char *at = strchr(uri + 7, '/');
  if (at == NULL)
    return NULL;
  char *path = strdup(at), *out = path;
  for (; *at != '\0'; at++) {
    int high = *at == '%' ? hex(at[1]) : -1, low = high < 0 ? -1 : hex(at[2]);
    bool is_escape = high >= 0 && low >= 0 && (high | low) != 0;
    *out++ = is_escape ? (char)(high * 16 + low) : *at;
    at += is_escape ? 2 : 0;
  }
  *out = '\0';
  return path;
}

struct lsp_document *lsp_find(const struct lsp *lsp, const char *uri)
{
  for (uint32_t i = 0; uri != NULL && i < lsp->count; i++)
    if (strcmp(lsp->documents[i]->uri, uri) == 0)
      return lsp->documents[i];
  return NULL;
}

static void set_text(struct lsp *lsp, struct lsp_document *document, struct text bytes)
{
  struct buffer next = {0};
  buffer_add(&next, "", 0);
  buffer_add_text(&next, bytes);
  buffer_free(&document->text);
  document->text = next;
  find_lines(buffer_text(&next), &document->lines);
  lsp->stamp++;
}

struct lsp_document *lsp_open(struct lsp *lsp, const char *uri, struct text bytes, int64_t version)
{
  struct lsp_document *document = lsp_find(lsp, uri);
  if (document == NULL) {
    if (lsp->count == DOCUMENTS_MAX)
      return NULL;
    document = calloc(1, sizeof *document);
    document->uri = strdup(uri);
    char *path = path_of_uri(uri);
    document->is_file = path != NULL;
    document->path =
        strdup(path != NULL ? cli_absolute(lsp->cli, path)
                            : text_format(lsp->cli->arena, "%s/untitled.renew", lsp->cli->root).at);
    free(path);
    lsp->documents = realloc(lsp->documents, (lsp->count + 1) * sizeof *lsp->documents);
    lsp->documents[lsp->count++] = document;
  }
  document->version = version;
  set_text(lsp, document, bytes);
  return document;
}

void lsp_close(struct lsp *lsp, struct lsp_document *document)
{
  uint32_t i = 0;
  while (lsp->documents[i] != document)
    i++;
  lsp->documents[i] = lsp->documents[--lsp->count];
  lsp->stamp++;
  lsp_end_analysis(&document->analysis);
  buffer_free(&document->text);
  buffer_free(&document->lines);
  free(document->uri);
  free(document->path);
  free(document);
}

void lsp_change(struct lsp *lsp, struct lsp_document *document, const json_t *change)
{
  const json_t *text = json_object_get(change, "text"), *range = json_object_get(change, "range");
  if (!json_is_string(text))
    return;
  struct text put = {json_string_value(text), json_string_length(text)};
  if (!json_is_object(range)) {
    set_text(lsp, document, put);
    return;
  }
  uint32_t from = lsp_offset(lsp, document, json_object_get(range, "start"));
  uint32_t to = lsp_offset(lsp, document, json_object_get(range, "end"));
  struct text old = buffer_text(&document->text);
  to = to < from ? from : to;
  struct buffer next = {0};
  buffer_add(&next, old.at, from);
  buffer_add_text(&next, put);
  buffer_add(&next, old.at + to, old.length - to);
  set_text(lsp, document, buffer_text(&next));
  buffer_free(&next);
}
