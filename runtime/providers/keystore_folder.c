/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore_folder: generations of a PEM keystore: FOLDER/gen-N/{key,cert,chain}.pem behind the link
 * FOLDER/current.
 *
 * (1) A generation is complete and durable before the link is replaced by a rename; a reader
 *     follows the link to one whole generation, always.
 * (2) An unfinished one has a name that no reader looks at (new-RUN) and is removed by the next
 *     attempt.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/providers/keystore_int.h"

enum { GENERATIONS_MAX = 1000 }; /* looked at; a folder has a handful */

static const char generation_prefix[] = "gen-";
static const char *const parts[] = {"key.pem", "cert.pem", "chain.pem"};
enum { PART_COUNT = sizeof parts / sizeof *parts };

static const char *inside(const struct call *call, const char *folder, const char *name)
{
  return text_format(call->arena, "%s/%s", folder, name).at;
}

/* The number of "gen-12"; 0 for another name. */
static long number_of(const char *name)
{
  size_t length = sizeof generation_prefix - 1;
  if (strncmp(name, generation_prefix, length) != 0 || !isdigit((unsigned char)name[length]))
    return 0;
  char *end;
  long number = strtol(name + length, &end, 10);
  return *end == '\0' ? number : 0;
}

/* All generation numbers, the largest first. */
static uint32_t list_numbers(const char *folder, long *numbers)
{
  uint32_t count = 0;
  DIR *entries = opendir(folder);
  if (entries == NULL)
    return 0;
  for (struct dirent *entry; (entry = readdir(entries)) != NULL && count < GENERATIONS_MAX;) {
    long number = number_of(entry->d_name);
    uint32_t at = count;
    if (number == 0)
      continue;
    for (; at > 0 && numbers[at - 1] < number; at--)
      numbers[at] = numbers[at - 1];
    numbers[at] = number;
    count++;
  }
  closedir(entries);
  return count;
}

static long current_number(const struct call *call, const char *folder)
{
  char target[256];
  ssize_t length = readlink(inside(call, folder, "current"), target, sizeof target - 1);
  if (length < 0)
    return 0;
  target[length] = '\0';
  const char *slash = strrchr(target, '/');
  return number_of(slash == NULL ? target : slash + 1);
}

static void remove_generation(const struct call *call, const char *path)
{
  for (int i = 0; i < PART_COUNT; i++)
    unlink(inside(call, path, parts[i]));
  rmdir(path);
}

/* mode, owner and group of a new generation are those of the one that is current. */
static bool take_rights(const struct call *call, const char *folder, const char *fresh)
{
  struct stat facts;
  for (int i = -1; i < PART_COUNT; i++) {
    const char *was = inside(call, folder, i < 0 ? "current" : inside(call, "current", parts[i]));
    const char *is = i < 0 ? fresh : inside(call, fresh, parts[i]);
    if (stat(was, &facts) != 0)
      continue;
    if (chown(is, facts.st_uid, facts.st_gid) != 0 && errno != EPERM)
      return false;
    if (chmod(is, facts.st_mode & 07777) != 0)
      return false;
  }
  return true;
}

static bool fill_generation(const struct call *call, const char *path, const struct secret *key_pem,
                            const struct cert_list *shown, struct text *ret_error)
{
  struct cert_list above = {shown->items + 1, shown->count - 1};
  struct arena *arena = call->arena;
  return file_replace_secret(arena, inside(call, path, parts[0]), key_pem, 0600, ret_error) !=
             FILE_FAILED &&
         file_replace(arena, inside(call, path, parts[1]), certs_to_pem(arena, shown), 0644,
                      ret_error) != FILE_FAILED &&
         file_replace(arena, inside(call, path, parts[2]), certs_to_pem(arena, &above), 0644,
                      ret_error) != FILE_FAILED;
}

/* Points `current` to gen-N by a rename. */
static bool point_to(const struct call *call, const char *folder, long number,
                     struct text *ret_error)
{
  const char *fresh = inside(call, folder, "current.renew-new");
  struct text target = text_format(call->arena, "%s%ld", generation_prefix, number);
  unlink(fresh);
  if (symlink(target.at, fresh) == 0)
    return file_rename(call->arena, fresh, inside(call, folder, "current"), ret_error);
  *ret_error = text_format(call->arena, "cannot make the link %s: %s", fresh, strerror(errno));
  return false;
}

enum file_change keystore_write_generation(const struct call *call, const struct keystore *keystore,
                                           const struct secret *key_pem,
                                           const struct cert_list *shown, struct text *ret_error)
{
  const char *folder = keystore->path;
  long numbers[GENERATIONS_MAX];
  uint32_t count = list_numbers(folder, numbers);
  long number = count == 0 ? 1 : numbers[0] + 1;
  struct text unfinished = text_format(call->arena, "new-%.*s", TEXT_ARG(call->run));
  const char *fresh = inside(call, folder, unfinished.at);
  const char *generation =
      inside(call, folder, text_format(call->arena, "%s%ld", generation_prefix, number).at);
  remove_generation(call, fresh);
  if (!file_make_folder(call->arena, fresh, 0700, ret_error) ||
      !fill_generation(call, fresh, key_pem, shown, ret_error))
    return FILE_FAILED;
  if (!take_rights(call, folder, fresh)) {
    *ret_error = text_format(call->arena, "cannot keep owner and rights of %s/current", folder);
    return FILE_FAILED;
  }
  return file_rename(call->arena, fresh, generation, ret_error) &&
                 point_to(call, folder, number, ret_error)
             ? FILE_CHANGED
             : FILE_FAILED;
}

void keystore_prune_generations(const struct call *call, const struct keystore *keystore,
                                int64_t keep_count)
{
  long numbers[GENERATIONS_MAX];
  uint32_t count = list_numbers(keystore->path, numbers);
  long current = current_number(call, keystore->path);
  for (uint32_t i = 0; i < count && current != 0; i++) {
    if (numbers[i] == current)
      continue;
    if (keep_count-- > 0)
      continue;
    struct text name = text_format(call->arena, "%s%ld", generation_prefix, numbers[i]);
    remove_generation(call, inside(call, keystore->path, name.at));
  }
}
