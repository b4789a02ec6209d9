/* SPDX-License-Identifier: Apache-2.0 */
/* container: see container.h. Folders by fts, archives by libzip. */
#include "runtime/scan/container.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

struct entry {
  struct text name;
  uint64_t place; /* in the archive */
};

struct container {
  struct arena *arena;
  struct container_budget *budget;
  const char *folder; /* NULL: an archive */
  zip_t *zip;
  struct entry *entries;
  uint32_t count, capacity;
};

static int by_name(const void *a, const void *b)
{
  return text_compare(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static bool add_entry(struct container *container, struct text name, uint64_t place)
{
  if (container->budget->entries_left == 0)
    return false;
  container->budget->entries_left--;
  if (container->count == container->capacity) {
    container->capacity = container->capacity == 0 ? 64 : container->capacity * 2;
    container->entries = arena_grow(container->arena, container->entries, container->count,
                                    container->capacity, sizeof *container->entries);
  }
  char *copy = text_zero(container->arena, name);
  /* Some programs write '\\' between the folders of an archive. */
  for (char *at = copy; container->zip != NULL && (at = strchr(at, '\\')) != NULL; at++)
    *at = '/';
  container->entries[container->count++] = (struct entry){text_of(copy), place};
  return true;
}

static struct container *finished(struct container *container)
{
  if (container->count != 0)
    qsort(container->entries, container->count, sizeof *container->entries, by_name);
  return container;
}

struct container *container_of_folder(struct arena *arena, const char *path, bool is_deep,
                                      struct container_budget *budget, struct text *ret_error)
{
  struct container *container = ARENA_NEW(arena, struct container);
  *container = (struct container){.arena = arena, .budget = budget, .folder = path};
  char *paths[] = {text_zero(arena, text_of(path)), NULL};
  /* Links are not followed: a folder that contains itself has no end. */
  FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  if (tree == NULL) {
    *ret_error = text_format(arena, "cannot be read: %s", strerror(errno));
    return NULL;
  }
  size_t prefix = strlen(paths[0]);
  bool fits = true;
  for (FTSENT *at; fits && (at = fts_read(tree)) != NULL;) {
    bool is_below = at->fts_info == FTS_D && at->fts_level > 0;
    if (is_below && (!is_deep || strcmp(at->fts_name, ".git") == 0))
      fts_set(tree, at, FTS_SKIP);
    if (at->fts_info != FTS_F && at->fts_info != FTS_NSOK && at->fts_info != FTS_NS)
      continue;
    struct text name = text_of(at->fts_path + prefix);
    while (text_starts_with(name, "/"))
      name.at++, name.length--;
    struct stat facts;
    if (lstat(at->fts_path, &facts) == 0 && S_ISREG(facts.st_mode))
      fits = add_entry(container, name, 0);
  }
  fts_close(tree);
  if (!fits) {
    *ret_error = TEXT("has more than 200,000 files");
    return NULL;
  }
  return finished(container);
}

struct container *container_of_zip(struct arena *arena, struct text bytes,
                                   struct container_budget *budget, struct text *ret_error)
{
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = zip_source_buffer_create(bytes.at, bytes.length, 0, &error);
  zip_t *zip = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (zip == NULL) {
    *ret_error =
        text_format(arena, "is no zip archive that can be read: %s", zip_error_strerror(&error));
    zip_source_free(source);
    zip_error_fini(&error);
    return NULL;
  }
  zip_error_fini(&error);
  struct container *container = ARENA_NEW(arena, struct container);
  *container = (struct container){.arena = arena, .budget = budget, .zip = zip};
  zip_int64_t count = zip_get_num_entries(zip, 0);
  for (zip_int64_t i = 0; i < count; i++) {
    const char *name = zip_get_name(zip, (zip_uint64_t)i, ZIP_FL_ENC_GUESS);
    if (name == NULL || *name == '\0' || name[strlen(name) - 1] == '/')
      continue;
    if (!add_entry(container, text_of(name), (uint64_t)i)) {
      *ret_error = TEXT("has more than 200,000 files");
      container_free(container);
      return NULL;
    }
  }
  return finished(container);
}

void container_free(struct container *container)
{
  if (container != NULL && container->zip != NULL)
    zip_discard(container->zip);
}

uint32_t container_count(const struct container *container)
{
  return container->count;
}

struct text container_name(const struct container *container, uint32_t index)
{
  return container->entries[index].name;
}

bool container_is_twice(const struct container *container, uint32_t index)
{
  struct text name = container->entries[index].name;
  return (index > 0 && text_equal(container->entries[index - 1].name, name)) ||
         (index + 1 < container->count && text_equal(container->entries[index + 1].name, name));
}

uint32_t container_first(const struct container *container, struct text prefix)
{
  uint32_t low = 0, high = container->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (text_compare(container->entries[middle].name, prefix) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool container_find(const struct container *container, struct text name, uint32_t *ret_index)
{
  *ret_index = container_first(container, name);
  return *ret_index < container->count && text_equal(container->entries[*ret_index].name, name);
}

/* Takes the bytes out of the budget; false: too many, with the reason. */
static bool afford(struct container_budget *budget, uint64_t size, uint64_t limit,
                   struct arena *arena, struct text *ret_error)
{
  if (size > limit) {
    *ret_error = text_format(arena, "is larger than %llu MiB", (unsigned long long)(limit >> 20));
    return false;
  }
  if (size > budget->bytes_left) {
    *ret_error = TEXT("is not read: more than 512 MiB were unpacked already");
    return false;
  }
  budget->bytes_left -= size;
  return true;
}

static bool read_zipped(struct container *container, const struct entry *entry,
                        uint64_t limit_bytes, struct text *ret_bytes, struct text *ret_error)
{
  struct arena *arena = container->arena;
  zip_stat_t facts;
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(container->zip, entry->place, 0, &system, &attributes) ==
          0 &&
      system == ZIP_OPSYS_UNIX && S_ISLNK(attributes >> 16)) {
    *ret_error = TEXT("is a link, which is not followed");
    return false;
  }
  if (zip_stat_index(container->zip, entry->place, 0, &facts) == 0 &&
      (facts.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && facts.encryption_method != ZIP_EM_NONE) {
    *ret_error = TEXT("is encrypted: export it without a password");
    return false;
  }
  if (zip_stat_index(container->zip, entry->place, 0, &facts) != 0 ||
      (facts.valid & ZIP_STAT_SIZE) == 0) {
    *ret_error = TEXT("has no size in its archive");
    return false;
  }
  if (!afford(container->budget, facts.size, limit_bytes, arena, ret_error))
    return false;
  zip_file_t *file = zip_fopen_index(container->zip, entry->place, 0);
  char *bytes = arena_alloc(arena, (size_t)facts.size + 1);
  /* What is longer than the archive says is damage, and is not unpacked further. */
  zip_int64_t got = file == NULL ? -1 : zip_fread(file, bytes, facts.size + 1);
  if (got < 0 || (uint64_t)got != facts.size) {
    const char *why = file == NULL ? zip_error_strerror(zip_get_error(container->zip))
                      : got < 0    ? zip_error_strerror(zip_file_get_error(file))
                                   : "its size is not what the archive says";
    *ret_error = text_format(arena, "cannot be unpacked: %s", why);
  }
  bool good = got >= 0 && (uint64_t)got == facts.size;
  /* The checksum is compared when the end is read. */
  char more;
  if (good && zip_fread(file, &more, 1) != 0) {
    *ret_error = TEXT("cannot be unpacked: its checksum is another one");
    good = false;
  }
  if (file != NULL)
    zip_fclose(file);
  if (good)
    *ret_bytes = (struct text){bytes, (size_t)facts.size};
  return good;
}

bool container_read_file(struct arena *arena, const char *path, uint64_t limit_bytes,
                         struct container_budget *budget, struct text *ret_bytes,
                         struct text *ret_error)
{
  struct stat facts;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  bool good = file >= 0 && fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
  if (!good)
    *ret_error =
        file >= 0 ? TEXT("is no file") : text_format(arena, "cannot be read: %s", strerror(errno));
  good = good && afford(budget, (uint64_t)facts.st_size, limit_bytes, arena, ret_error);
  size_t at = 0;
  char *bytes = good ? arena_alloc(arena, (size_t)facts.st_size + 1) : NULL;
  while (good && at < (size_t)facts.st_size) {
    ssize_t got = read(file, bytes + at, (size_t)facts.st_size - at);
    if (got < 0 && errno == EINTR)
      continue;
    good = got > 0;
    if (!good)
      *ret_error = text_format(arena, "cannot be read: %s",
                               got < 0 ? strerror(errno) : "it became shorter meanwhile");
    else
      at += (size_t)got;
  }
  if (file >= 0)
    close(file);
  if (good)
    *ret_bytes = (struct text){bytes, at};
  return good;
}

bool container_read(struct container *container, uint32_t index, uint64_t limit_bytes,
                    struct text *ret_bytes, struct text *ret_error)
{
  const struct entry *entry = &container->entries[index];
  if (container_is_twice(container, index)) {
    *ret_error = TEXT("stands twice in its archive: which one counts is not known");
    return false;
  }
  if (container->zip != NULL)
    return read_zipped(container, entry, limit_bytes, ret_bytes, ret_error);
  struct text path =
      text_format(container->arena, "%s/%.*s", container->folder, TEXT_ARG(entry->name));
  return container_read_file(container->arena, text_zero(container->arena, path), limit_bytes,
                             container->budget, ret_bytes, ret_error);
}
