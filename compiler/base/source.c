/* SPDX-License-Identifier: Apache-2.0 */
/* source: see source.h. */
#include "compiler/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void source_set_start(struct source_set *set, struct arena *arena, struct text root)
{
  *set = (struct source_set){.arena = arena, .root = text_copy(arena, root)};
}

static void find_lines(struct arena *arena, struct source *source)
{
  const char *end = source->bytes.at + source->bytes.length;
  uint32_t count = 1;
  for (const char *at = source->bytes.at; at < end; at++)
    count += *at == '\n';
  source->line_starts = arena_array(arena, count, sizeof *source->line_starts);
  source->line_count = 1;
  for (const char *at = source->bytes.at;
       (at = memchr(at, '\n', (size_t)(end - at))) != NULL && ++at <= end;)
    source->line_starts[source->line_count++] = (uint32_t)(at - source->bytes.at);
}

static bool find_known(const struct source_set *set, struct text identity, uint32_t *ret_file)
{
  for (uint32_t i = 0; i < set->count; i++)
    if (text_equal(set->files[i].identity, identity)) {
      *ret_file = i;
      return true;
    }
  return false;
}

/* Where the first bad byte stands, and which way out there is. */
static struct text describe_refused(struct arena *arena, struct text bytes, size_t bad_offset)
{
  uint32_t line = 1;
  for (size_t i = 0; i < bad_offset; i++)
    line += bytes.at[i] == '\n';
  bool is_utf16 = bytes.length >= 2 &&
                  (memcmp(bytes.at, "\xFF\xFE", 2) == 0 || memcmp(bytes.at, "\xFE\xFF", 2) == 0);
  bool is_binary = memchr(bytes.at, '\0', bytes.length) != NULL;
  return text_format(arena, "line %u; %s", line,
                     is_utf16    ? "it looks like UTF-16: save it as UTF-8"
                     : is_binary ? "it looks like no text at all"
                                 : "it may be Windows-1252 or ISO 8859-1: save it as UTF-8");
}

static enum source_status add_source(struct source_set *set, struct text path, struct text bytes,
                                     struct text identity, uint32_t *ret_file,
                                     size_t *ret_bad_offset)
{
  if (bytes.length > SOURCE_LIMIT_BYTES)
    return SOURCE_TOO_LARGE;
  if (bytes.length >= 3 && memcmp(bytes.at, "\xEF\xBB\xBF", 3) == 0) {
    bytes.at += 3;
    bytes.length -= 3;
  }
  if (!text_is_utf8(bytes, ret_bad_offset)) {
    set->refused = describe_refused(set->arena, bytes, *ret_bad_offset);
    return SOURCE_NOT_UTF8;
  }
  if (set->count == set->capacity) {
    uint32_t capacity = set->capacity == 0 ? 8 : set->capacity * 2;
    set->files = arena_grow(set->arena, set->files, set->count, capacity, sizeof *set->files);
    set->capacity = capacity;
  }
  struct source *source = &set->files[set->count];
  source->path = text_copy(set->arena, path);
  source->bytes = bytes;
  source->identity = identity;
  find_lines(set->arena, source);
  *ret_file = set->count++;
  return SOURCE_OK;
}

enum source_status source_give(struct source_set *set, struct text path, struct text bytes,
                               uint32_t *ret_file, size_t *ret_bad_offset)
{
  if (bytes.length > SOURCE_LIMIT_BYTES)
    return SOURCE_TOO_LARGE;
  return add_source(set, path, text_copy(set->arena, bytes), text_copy(set->arena, path), ret_file,
                    ret_bad_offset);
}

static enum source_status read_whole(struct arena *arena, int fd, size_t size_bytes,
                                     struct text *ret_bytes)
{
  char *bytes = arena_alloc(arena, size_bytes + 1);
  size_t have = 0;
  while (have < size_bytes) {
    ssize_t got = read(fd, bytes + have, size_bytes - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return SOURCE_UNREADABLE;
    if (got == 0)
      break;
    have += (size_t)got;
  }
  bytes[have] = '\0';
  *ret_bytes = (struct text){bytes, have};
  return SOURCE_OK;
}

static bool lies_below(struct text root, const char *real)
{
  if (root.length == 0 || text_is(root, "/"))
    return true;
  return strncmp(real, root.at, root.length) == 0 &&
         (real[root.length] == '/' || real[root.length] == '\0');
}

/* A revision has no links that could lead anywhere: a path is what it says. */
static enum source_status open_fetched(struct source_set *set, struct text path, uint32_t *ret_file,
                                       size_t *ret_bad_offset)
{
  struct text bytes;
  if (find_known(set, path, ret_file))
    return SOURCE_OK;
  enum source_status status =
      (enum source_status)set->fetch(set->fetch_of, set->arena, path, &bytes);
  if (status != SOURCE_OK)
    return status;
  return source_give(set, path, bytes, ret_file, ret_bad_offset);
}

enum source_status source_open(struct source_set *set, struct text path, uint32_t *ret_file,
                               size_t *ret_bad_offset)
{
  if (set->fetch != NULL)
    return open_fetched(set, path, ret_file, ret_bad_offset);
  char *host_path = text_zero(
      set->arena, set->root.length == 0
                      ? path
                      : text_format(set->arena, "%.*s/%.*s", TEXT_ARG(set->root), TEXT_ARG(path)));
  char real[PATH_MAX];
  if (realpath(host_path, real) == NULL)
    return errno == ENOENT || errno == ENOTDIR ? SOURCE_MISSING : SOURCE_UNREADABLE;
  if (!lies_below(set->root, real))
    return SOURCE_OUTSIDE_ROOT;
  /* O_NONBLOCK: a named pipe must not hang the compiler; it is refused below as no regular file. */
  int fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return SOURCE_UNREADABLE;
  struct stat facts;
  enum source_status status = SOURCE_UNREADABLE;
  if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    errno = S_ISDIR(facts.st_mode) ? EISDIR : 0; /* 0: no regular file */
    goto out;
  }
  struct text identity =
      text_format(set->arena, "%ju:%ju", (uintmax_t)facts.st_dev, (uintmax_t)facts.st_ino);
  status = SOURCE_OK;
  if (find_known(set, identity, ret_file))
    goto out;
  status = SOURCE_TOO_LARGE;
  if (facts.st_size > SOURCE_LIMIT_BYTES)
    goto out;
  struct text bytes;
  status = read_whole(set->arena, fd, (size_t)facts.st_size, &bytes);
  if (status == SOURCE_OK)
    status = add_source(set, path, bytes, identity, ret_file, ret_bad_offset);
out:
  close(fd);
  return status;
}

static uint32_t line_of(const struct source *source, uint32_t at)
{
  uint32_t low = 0, high = source->line_count;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (source->line_starts[middle] <= at)
      low = middle;
    else
      high = middle;
  }
  return low;
}

struct place source_place(const struct source_set *set, struct span span)
{
  const struct source *source = &set->files[span.file];
  uint32_t line = line_of(source, span.at);
  uint32_t start = source->line_starts[line];
  struct place place = {line + 1, span.at - start + 1, 1};
  for (uint32_t i = start; i < span.at && i < source->bytes.length; i++) {
    unsigned char byte = (unsigned char)source->bytes.at[i];
    place.column_utf16 += (byte & 0xC0) != 0x80;
    place.column_utf16 += byte >= 0xF0;
  }
  return place;
}

struct text source_line(const struct source *source, uint32_t line)
{
  uint32_t start = source->line_starts[line - 1];
  size_t end = line < source->line_count ? source->line_starts[line] - 1 : source->bytes.length;
  if (end > start && source->bytes.at[end - 1] == '\r')
    end--;
  return (struct text){source->bytes.at + start, end - start};
}

static bool is_blank(char byte)
{
  return byte == ' ' || byte == '\t' || byte == '\r';
}

struct span source_whole_lines(const struct source_set *set, struct span span)
{
  struct text bytes = set->files[span.file].bytes;
  uint32_t start = span.at, end = span.at + span.length;
  while (start > 0 && is_blank(bytes.at[start - 1]))
    start--;
  while (end < bytes.length && is_blank(bytes.at[end]))
    end++;
  bool whole =
      (start == 0 || bytes.at[start - 1] == '\n') && (end == bytes.length || bytes.at[end] == '\n');
  if (!whole)
    return (struct span){span.file, start, span.at + span.length - start};
  end += end < bytes.length;
  return (struct span){span.file, start, end - start};
}

struct text source_text(const struct source_set *set, struct span span)
{
  return (struct text){set->files[span.file].bytes.at + span.at, span.length};
}

struct span span_join(struct span a, struct span b)
{
  uint32_t end = b.at + b.length > a.at + a.length ? b.at + b.length : a.at + a.length;
  return (struct span){a.file, a.at, end - a.at};
}

struct span span_point(struct span a)
{
  return (struct span){a.file, a.at, 0};
}

struct span span_end_point(struct span a)
{
  return (struct span){a.file, a.at + a.length, 0};
}
