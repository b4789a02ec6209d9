/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore_backup: PATH.bak-RUN, the bytes of a keystore's files as they were before this run wrote
 * them. 0600 whatever the file's own rights are: it holds the old key.
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/providers/keystore_int.h"

static uint32_t files_of(const struct keystore *keystore, const char *paths[2])
{
  uint32_t count = 0;
  if (keystore->form == KEYSTORE_FOLDER)
    return 0;
  paths[count++] = keystore->cert_path;
  if (keystore->form == KEYSTORE_LOOSE)
    paths[count++] = keystore->key_path;
  return count;
}

const char *keystore_backup_path(const struct call *call, const char *path)
{
  return text_format(call->arena, "%s.bak-%.*s", path, TEXT_ARG(call->run)).at;
}

static bool copy(const struct call *call, const char *from, const char *to, struct text *ret_error)
{
  struct secret *bytes = NULL;
  if (file_read_secret(call->arena, from, &bytes, ret_error) != FILE_FOUND)
    return false;
  bool good = file_replace_secret(call->arena, to, bytes, 0600, ret_error) != FILE_FAILED;
  secret_free(bytes);
  return good;
}

bool keystore_has_backup(const struct call *call, const struct keystore *keystore)
{
  const char *paths[2];
  uint32_t count = files_of(keystore, paths);
  for (uint32_t i = 0; i < count; i++)
    if (access(keystore_backup_path(call, paths[i]), F_OK) != 0)
      return false;
  return count > 0;
}

bool keystore_back_up(const struct call *call, const struct keystore *keystore,
                      struct text *ret_error)
{
  const char *paths[2];
  uint32_t count = files_of(keystore, paths);
  for (uint32_t i = 0; i < count; i++) {
    const char *backup = keystore_backup_path(call, paths[i]);
    /* Once a run: a second one would keep the new key in place of the old one. */
    if (access(backup, F_OK) != 0 && !copy(call, paths[i], backup, ret_error))
      return false;
  }
  return true;
}

enum file_found keystore_restore(const struct call *call, const struct keystore *keystore,
                                 struct text *ret_error)
{
  const char *paths[2];
  uint32_t count = files_of(keystore, paths);
  if (!keystore_has_backup(call, keystore))
    return FILE_MISSING;
  /* The key first, as in a replacement of loose files. */
  for (uint32_t i = count; i > 0; i--)
    if (!copy(call, keystore_backup_path(call, paths[i - 1]), paths[i - 1], ret_error))
      return FILE_UNREADABLE;
  return FILE_FOUND;
}

static int newest_first(const char *a, const char *b)
{
  struct stat one, other;
  if (stat(a, &one) != 0 || stat(b, &other) != 0)
    return 0;
  if (one.st_mtim.tv_sec != other.st_mtim.tv_sec)
    return one.st_mtim.tv_sec < other.st_mtim.tv_sec ? 1 : -1;
  return (one.st_mtim.tv_nsec < other.st_mtim.tv_nsec) -
         (one.st_mtim.tv_nsec > other.st_mtim.tv_nsec);
}

/* Removes all but the newest `keep_count` backups of one file. */
static void prune_file(const struct call *call, const char *path, int64_t keep_count)
{
  glob_t found;
  struct buffer pattern = {0};
  struct text error;
  for (const char *c = path; *c != '\0'; c++) {
    if (strchr("*?[]\\", *c) != NULL)
      buffer_add(&pattern, "\\", 1);
    buffer_add(&pattern, c, 1);
  }
  buffer_add_zero(&pattern, ".bak-*");
  if (glob(pattern.bytes, 0, NULL, &found) == 0) {
    for (size_t i = 1; i < found.gl_pathc; i++)
      for (size_t j = i; j > 0 && newest_first(found.gl_pathv[j - 1], found.gl_pathv[j]) > 0; j--) {
        char *swap = found.gl_pathv[j];
        found.gl_pathv[j] = found.gl_pathv[j - 1];
        found.gl_pathv[j - 1] = swap;
      }
    for (size_t i = 0; i < found.gl_pathc; i++)
      if ((int64_t)i >= keep_count)
        file_remove(call->arena, found.gl_pathv[i], &error);
    globfree(&found);
  }
  buffer_free(&pattern);
}

void keystore_prune(const struct call *call, const struct keystore *keystore)
{
  const char *paths[2];
  const struct graph_value *keep =
      graph_setting_value(call->graph, keystore->resource, KEY_KEEP_BACKUPS, 0);
  struct text error;
  if (keystore->form == KEYSTORE_FOLDER) {
    /* Without the key nothing was promised about older generations of other tools: one is kept. */
    keystore_prune_generations(call, keystore, keep == NULL ? 1 : keep->number);
    return;
  }
  uint32_t count = files_of(keystore, paths);
  for (uint32_t i = 0; i < count; i++) {
    /* Without the key only this run's own backup goes. */
    if (keep == NULL)
      file_remove(call->arena, keystore_backup_path(call, paths[i]), &error);
    else
      prune_file(call, paths[i], keep->number);
  }
}
