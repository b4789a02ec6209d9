/* SPDX-License-Identifier: Apache-2.0 */
/* text: see text.h. */
#include "compiler/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

static uint64_t eight_bytes(const char *at)
{
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

struct text text_of(const char *zero_terminated)
{
  return (struct text){zero_terminated, zero_terminated == NULL ? 0 : strlen(zero_terminated)};
}

bool text_starts_with(struct text a, const char *zero_terminated)
{
  size_t length = strlen(zero_terminated);
  return a.length >= length && memcmp(a.at, zero_terminated, length) == 0;
}

bool text_ends_with(struct text a, const char *zero_terminated)
{
  size_t length = strlen(zero_terminated);
  return a.length >= length && memcmp(a.at + a.length - length, zero_terminated, length) == 0;
}

struct text text_trimmed(struct text a)
{
  static const char blanks[] = " \t\r\n\v\f";
  while (a.length > 0 && memchr(blanks, a.at[0], sizeof blanks - 1) != NULL)
    a.at++, a.length--;
  while (a.length > 0 && memchr(blanks, a.at[a.length - 1], sizeof blanks - 1) != NULL)
    a.length--;
  return a;
}

int text_compare(struct text a, struct text b)
{
  size_t shorter = a.length < b.length ? a.length : b.length;
  int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);
  return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

struct text text_copy(struct arena *arena, struct text a)
{
  return (struct text){text_zero(arena, a), a.length};
}

char *text_zero(struct arena *arena, struct text a)
{
  char *bytes = arena_bytes(arena, a.length + 1);
  if (a.length != 0)
    memcpy(bytes, a.at, a.length);
  return bytes;
}

struct text text_join(struct arena *arena, const struct text *parts, size_t count)
{
  size_t length = 0;
  for (size_t i = 0; i < count; i++)
    length += parts[i].length;
  char *bytes = arena_bytes(arena, length + 1), *end = bytes;
  for (size_t i = 0; i < count; i++)
    if (parts[i].length != 0)
      end = mempcpy(end, parts[i].at, parts[i].length);
  return (struct text){bytes, length};
}

struct text text_vformat(struct arena *arena, const char *format, va_list values)
{
  char most[256]; /* nearly every text; only a longer one is written twice */
  va_list again;
  va_copy(again, values);
  int written = vsnprintf(most, sizeof most, format, values);
  size_t length = written < 0 ? 0 : (size_t)written;
  char *bytes = arena_bytes(arena, length + 1);
  if (length < sizeof most)
    memcpy(bytes, most, length);
  else
    vsnprintf(bytes, length + 1, format, again);
  va_end(again);
  return (struct text){bytes, length};
}

struct text text_format(struct arena *arena, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  struct text made = text_vformat(arena, format, values);
  va_end(values);
  return made;
}

enum { DISTANCE_WORD_MAX = 128 };

static size_t least(size_t a, size_t b, size_t c)
{
  size_t ab = a < b ? a : b;
  return ab < c ? ab : c;
}

size_t text_distance(struct text a, struct text b, size_t limit)
{
  size_t gap = a.length > b.length ? a.length - b.length : b.length - a.length;
  if (gap > limit || a.length > DISTANCE_WORD_MAX || b.length > DISTANCE_WORD_MAX)
    return limit + 1;
  size_t rows[3][DISTANCE_WORD_MAX + 1];
  size_t *before = rows[0], *last = rows[1], *now = rows[2];
  for (size_t j = 0; j <= b.length; j++)
    last[j] = j;
  for (size_t i = 1; i <= a.length; i++) {
    now[0] = i;
    for (size_t j = 1; j <= b.length; j++) {
      size_t other = a.at[i - 1] == b.at[j - 1] ? 0 : 1;
      now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + other);
      bool swapped = i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1];
      if (swapped && before[j - 2] + 1 < now[j])
        now[j] = before[j - 2] + 1;
    }
    size_t *free_row = before;
    before = last;
    last = now;
    now = free_row;
  }
  return last[b.length] <= limit ? last[b.length] : limit + 1;
}

struct text text_nearest_alone(struct text word, const struct text *candidates, size_t count,
                               bool *ret_alone)
{
  size_t limit = word.length / 3 > 1 ? word.length / 3 : 1, best = limit + 1;
  struct text nearest = TEXT_NONE;
  *ret_alone = true;
  for (size_t i = 0; i < count && best != 0; i++) {
    size_t distance = text_distance(word, candidates[i], limit);
    if (distance > limit || text_equal(candidates[i], nearest))
      continue;
    *ret_alone = nearest.length == 0;
    if (distance < best) {
      best = distance;
      nearest = candidates[i];
    }
  }
  return nearest;
}

struct text text_nearest(struct text word, const struct text *candidates, size_t count)
{
  bool alone;
  return text_nearest_alone(word, candidates, count, &alone);
}

struct text text_lower(struct arena *arena, struct text a)
{
  enum { POINT_MAX_BYTES = 4 };
  char *lower = arena_alloc(arena, a.length * POINT_MAX_BYTES + 1);
  size_t length = 0;
  for (size_t i = 0; i < a.length;) {
    utf8proc_int32_t point;
    if ((unsigned char)a.at[i] < 0x80) { /* as nearly all are */
      lower[length++] = (char)(a.at[i] + (a.at[i] >= 'A' && a.at[i] <= 'Z' ? 'a' - 'A' : 0));
      i++;
      continue;
    }
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)a.at + i,
                                             (utf8proc_ssize_t)(a.length - i), &point);
    if (used <= 0) { /* no UTF-8: the byte as it is */
      lower[length++] = a.at[i++];
      continue;
    }
    length +=
        (size_t)utf8proc_encode_char(utf8proc_tolower(point), (utf8proc_uint8_t *)lower + length);
    i += (size_t)used;
  }
  return (struct text){lower, length};
}

size_t text_width(struct text a)
{
  size_t width = 0;
  for (size_t i = 0; i < a.length;) {
    if (a.at[i] == '\t') {
      width = width / 8 * 8 + 8;
      i++;
      continue;
    }
    utf8proc_int32_t point;
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)a.at + i,
                                             (utf8proc_ssize_t)(a.length - i), &point);
    if (used <= 0) {
      width++;
      i++;
      continue;
    }
    int columns = utf8proc_charwidth(point);
    width += columns > 0 ? (size_t)columns : 0;
    i += (size_t)used;
  }
  return width;
}

bool text_hides(int32_t point)
{
  if (point == 0xA0)
    return true;
  switch (utf8proc_category(point)) {
  case UTF8PROC_CATEGORY_CC:
  case UTF8PROC_CATEGORY_CF:
  case UTF8PROC_CATEGORY_CS:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
    return true;
  default:
    return false;
  }
}

struct text text_shell_word(struct arena *arena, struct text a)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+,";
  size_t fits = 0;
  while (fits < a.length && a.at[fits] != '\0' && strchr(plain, a.at[fits]) != NULL)
    fits++;
  if (fits == a.length && fits != 0)
    return a;
  struct buffer quoted = {0};
  buffer_add(&quoted, "'", 1);
  for (size_t i = 0; i < a.length; i++)
    if (a.at[i] == '\'')
      buffer_add(&quoted, "'\\''", 4);
    else
      buffer_add(&quoted, a.at + i, 1);
  buffer_add(&quoted, "'", 1);
  struct text word = text_copy(arena, buffer_text(&quoted));
  buffer_free(&quoted);
  return word;
}

/* Eight bytes at once: one of them is a control, DEL or no ASCII. A byte that is, at most, makes one
 * above it seem so: the answer for all is right. */
static bool one_of_eight_hides(uint64_t bytes)
{
  const uint64_t each = 0x0101010101010101u, high = each * 0x80;
  uint64_t below_blank = (bytes - each * 0x20) & ~bytes, del = bytes ^ each * 0x7F;
  return ((below_blank | bytes | ((del - each) & ~del)) & high) != 0;
}

static bool all_visible(struct text a)
{
  size_t i = 0;
  for (; i + 8 <= a.length; i += 8)
    if (one_of_eight_hides(eight_bytes(a.at + i)))
      return false;
  for (; i < a.length; i++)
    if ((unsigned char)a.at[i] < 0x20 || (unsigned char)a.at[i] >= 0x7F)
      return false;
  return true;
}

struct text text_visible(struct arena *arena, struct text a)
{
  if (all_visible(a))
    return a;
  struct buffer out = {0};
  for (size_t i = 0; i < a.length;) {
    utf8proc_int32_t point;
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)a.at + i,
                                             (utf8proc_ssize_t)(a.length - i), &point);
    if (used <= 0) {
      used = 1;
      point = 0xFFFD;
    }
    if (point == '\n' || point == '\t')
      buffer_add(&out, " ", 1);
    else if (text_hides(point) || point == 0xFFFD)
      buffer_format(&out, "<U+%04X>", (unsigned)point);
    else
      buffer_add(&out, a.at + i, (size_t)used);
    i += (size_t)used;
  }
  struct text visible = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return visible;
}

bool text_is_utf8(struct text a, size_t *ret_bad_offset)
{
  for (size_t i = 0; i < a.length;) {
    if (i + 8 <= a.length && (eight_bytes(a.at + i) & 0x8080808080808080u) == 0) {
      i += 8;
      continue;
    }
    if ((unsigned char)a.at[i] < 0x80) {
      i++;
      continue;
    }
    utf8proc_int32_t point;
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)a.at + i,
                                             (utf8proc_ssize_t)(a.length - i), &point);
    if (used <= 0) {
      *ret_bad_offset = i;
      return false;
    }
    i += (size_t)used;
  }
  return true;
}

void buffer_reserve(struct buffer *buffer, size_t more_bytes)
{
  size_t needed = buffer->size_bytes + more_bytes + 1;
  if (needed <= buffer->capacity_bytes)
    return;
  size_t capacity = buffer->capacity_bytes < 256 ? 256 : buffer->capacity_bytes * 2;
  while (capacity < needed)
    capacity *= 2;
  char *bytes = realloc(buffer->bytes, capacity);
  if (bytes == NULL)
    abort();
  buffer->bytes = bytes;
  buffer->capacity_bytes = capacity;
}

void buffer_add_text(struct buffer *buffer, struct text a)
{
  buffer_add(buffer, a.at, a.length);
}

void buffer_add_zero(struct buffer *buffer, const char *zero_terminated)
{
  buffer_add(buffer, zero_terminated, strlen(zero_terminated));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
  va_list values, again;
  va_start(values, format);
  va_copy(again, values);
  size_t room = buffer->capacity_bytes - buffer->size_bytes;
  char *end = room == 0 ? NULL : buffer->bytes + buffer->size_bytes;
  int length = vsnprintf(end, room, format, values);
  va_end(values);
  if (length > 0 && (size_t)length >= room) {
    buffer_reserve(buffer, (size_t)length);
    vsnprintf(buffer->bytes + buffer->size_bytes, (size_t)length + 1, format, again);
  }
  buffer->size_bytes += length > 0 ? (size_t)length : 0;
  va_end(again);
}

struct text buffer_text(const struct buffer *buffer)
{
  return (struct text){buffer->bytes, buffer->size_bytes};
}

void buffer_free(struct buffer *buffer)
{
  if (buffer == NULL)
    return;
  free(buffer->bytes);
  *buffer = (struct buffer){0};
}

struct text_map_slot {
  uint32_t hash;
  uint32_t entry; /* plus 1; 0: empty */
};

struct text_map_entry {
  const char *at;
  uint32_t length;
  uint32_t value;
};

/* A table from this size on does not lie in the blocks of the arena, so that growing leaves no rest. */
enum { MAP_KEPT_BYTES = 64 * 1024, MAP_FIRST_SLOTS = 16 };

/* Keys are names of a plan, not hostile numbers: what counts is that it takes eight bytes at once. */
static uint32_t hash_of(struct text key)
{
  const uint64_t odd = 0x9E3779B97F4A7C15u;
  uint64_t hash = key.length * odd, word = 0;
  size_t i = 0;
  for (; i + sizeof word <= key.length; i += sizeof word) {
    hash = (hash ^ eight_bytes(key.at + i)) * odd;
    hash ^= hash >> 32;
  }
  if (i < key.length) {
    memcpy(&word, key.at + i, key.length - i);
    hash = (hash ^ word) * odd;
    hash ^= hash >> 32;
  }
  return (uint32_t)((hash * odd) >> 32);
}

void text_map_start(struct text_map *map, struct arena *arena)
{
  *map = (struct text_map){.arena = arena};
}

/* The slot that has the key, or the empty one where it belongs. */
static struct text_map_slot *slot_of(const struct text_map *map, struct text key, uint32_t hash)
{
  uint32_t mask = map->slot_count - 1;
  for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
    struct text_map_slot *slot = &map->slots[i];
    if (slot->entry == 0)
      return slot;
    const struct text_map_entry *entry = &map->entries[slot->entry - 1];
    if (slot->hash == hash && entry->length == key.length &&
        memcmp(entry->at, key.at, key.length) == 0)
      return slot;
  }
}

static void *new_table(struct arena *arena, size_t size_bytes)
{
  if (size_bytes < MAP_KEPT_BYTES)
    return arena_alloc(arena, size_bytes);
  void *table = calloc(1, size_bytes);
  if (table == NULL)
    abort();
  return arena_keep(arena, table, size_bytes);
}

static void drop_table(struct arena *arena, void *table, size_t size_bytes)
{
  if (size_bytes >= MAP_KEPT_BYTES)
    arena_drop(arena, table, size_bytes);
}

/* How many entries a table of that many slots takes: three quarters. */
static uint32_t entry_limit(uint32_t slot_count)
{
  return slot_count / 4 * 3;
}

static void text_map_widen(struct text_map *map)
{
  struct text_map old = *map;
  uint32_t mask = (old.slot_count == 0 ? MAP_FIRST_SLOTS : old.slot_count * 2) - 1;
  map->slot_count = mask + 1;
  map->slots = new_table(map->arena, map->slot_count * sizeof *map->slots);
  map->entries =
      new_table(map->arena, entry_limit(map->slot_count) * sizeof *map->entries);
  if (old.slot_count == 0)
    return;
  memcpy(map->entries, old.entries, old.count * sizeof *old.entries);
  for (uint32_t i = 0; i < old.slot_count; i++) {
    if (old.slots[i].entry == 0)
      continue;
    uint32_t at = old.slots[i].hash & mask;
    while (map->slots[at].entry != 0)
      at = (at + 1) & mask;
    map->slots[at] = old.slots[i];
  }
  drop_table(map->arena, old.slots, old.slot_count * sizeof *old.slots);
  drop_table(map->arena, old.entries, entry_limit(old.slot_count) * sizeof *old.entries);
}

bool text_map_add(struct text_map *map, struct text key, uint32_t value, uint32_t *ret_existing)
{
  if (key.at == NULL)
    key.at = "";
  if (map->count == entry_limit(map->slot_count))
    text_map_widen(map);
  uint32_t hash = hash_of(key);
  struct text_map_slot *slot = slot_of(map, key, hash);
  if (slot->entry != 0) {
    if (ret_existing != NULL)
      *ret_existing = map->entries[slot->entry - 1].value;
    return false;
  }
  map->entries[map->count] = (struct text_map_entry){key.at, (uint32_t)key.length, value};
  *slot = (struct text_map_slot){hash, ++map->count};
  return true;
}

bool text_map_find(const struct text_map *map, struct text key, uint32_t *ret_value)
{
  if (map->slot_count == 0)
    return false;
  if (key.at == NULL)
    key.at = "";
  const struct text_map_slot *slot = slot_of(map, key, hash_of(key));
  if (slot->entry == 0)
    return false;
  *ret_value = map->entries[slot->entry - 1].value;
  return true;
}
