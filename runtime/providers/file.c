/* SPDX-License-Identifier: Apache-2.0 */
/* file: see file.h. */
#include "runtime/providers/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { ATTRIBUTES_MAX_BYTES = 64 * 1024 }; /* the kernel's own bound */

static struct text why(struct arena *arena, const char *what, const char *path)
{
  return text_format(arena, "%s %s: %s", what, path, strerror(errno));
}

const char *file_folder_of(struct arena *arena, const char *path)
{
  const char *slash = strrchr(path, '/');
  if (slash == NULL)
    return ".";
  if (slash == path)
    return "/";
  return text_zero(arena, (struct text){path, (size_t)(slash - path)});
}

bool file_sync_folder_of(const char *path)
{
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
  if (length >= sizeof folder)
    return false;
  memcpy(folder, slash == NULL ? "." : path, length);
  folder[length] = '\0';
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool good = fsync(fd) == 0;
  close(fd);
  return good;
}

static bool write_all(int fd, const char *bytes, size_t size_bytes)
{
  while (size_bytes > 0) {
    ssize_t put = write(fd, bytes, size_bytes);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return false;
    bytes += put;
    size_bytes -= (size_t)put;
  }
  return true;
}

/* ACL and label live in extended attributes; a file system without them has nothing to keep. */
static bool copy_attributes(int from, int to)
{
  char names[ATTRIBUTES_MAX_BYTES], value[ATTRIBUTES_MAX_BYTES];
  ssize_t names_bytes = flistxattr(from, names, sizeof names);
  if (names_bytes < 0)
    return errno == ENOTSUP;
  for (char *name = names; name < names + names_bytes; name += strlen(name) + 1) {
    ssize_t value_bytes = fgetxattr(from, name, value, sizeof value);
    if (value_bytes < 0)
      return false;
    char present[ATTRIBUTES_MAX_BYTES];
    if (fgetxattr(to, name, present, sizeof present) == value_bytes &&
        memcmp(present, value, (size_t)value_bytes) == 0)
      continue;
    if (fsetxattr(to, name, value, (size_t)value_bytes, 0) != 0)
      return false;
  }
  return true;
}

/* Gives the new file the rights of the old one; `old` is -1 where there is none. */
static bool keep_rights(int old, int fresh, mode_t new_mode)
{
  struct stat was, is;
  if (old < 0)
    return fchmod(fresh, new_mode) == 0;
  if (fstat(old, &was) != 0 || fstat(fresh, &is) != 0)
    return false;
  if ((was.st_uid != is.st_uid || was.st_gid != is.st_gid) &&
      fchown(fresh, was.st_uid, was.st_gid) != 0)
    return false;
  return fchmod(fresh, was.st_mode & 07777) == 0 && copy_attributes(old, fresh);
}

static bool same_content(int fd, const char *bytes, size_t size_bytes)
{
  struct stat facts;
  char piece[4096];
  size_t at = 0;
  if (fstat(fd, &facts) != 0 || facts.st_size < 0 || (size_t)facts.st_size != size_bytes)
    return false;
  while (at < size_bytes) {
    ssize_t got = pread(fd, piece, sizeof piece, (off_t)at);
    if (got <= 0 || (size_t)got > size_bytes - at || memcmp(piece, bytes + at, (size_t)got) != 0)
      return false;
    at += (size_t)got;
  }
  return true;
}

/* A fixed name: what a crash leaves behind, maybe half a private key, the next attempt removes. */
static char *beside(struct arena *arena, const char *path)
{
  return text_zero(arena, text_format(arena, "%s.renew-new", path));
}

static enum file_change write_beside(struct arena *arena, const char *path, int old,
                                     const char *bytes, size_t size_bytes, mode_t new_mode,
                                     struct text *ret_error)
{
  enum file_change change = FILE_FAILED;
  char *fresh = beside(arena, path);
  if (unlink(fresh) != 0 && errno != ENOENT) {
    *ret_error = why(arena, "cannot remove", fresh);
    return FILE_FAILED;
  }
  int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    *ret_error = why(arena, "cannot write", fresh);
    return FILE_FAILED;
  }
  if (!keep_rights(old, fd, new_mode))
    *ret_error = why(arena, "cannot keep owner, group and rights of", path);
  else if (!write_all(fd, bytes, size_bytes) || fsync(fd) != 0)
    *ret_error = why(arena, "cannot write", fresh);
  else
    change = FILE_CHANGED;
  close(fd);
  if (change == FILE_FAILED)
    unlink(fresh);
  return change;
}

static enum file_change prepare(struct arena *arena, const char *path, const char *bytes,
                                size_t size_bytes, mode_t new_mode, struct text *ret_error)
{
  char real[PATH_MAX];
  if (realpath(path, real) != NULL)
    path = real;
  int old = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (old < 0 && errno != ENOENT) {
    *ret_error = why(arena, "cannot read", path);
    return FILE_FAILED;
  }
  enum file_change change = FILE_UNCHANGED;
  if (old < 0 || !same_content(old, bytes, size_bytes))
    change = write_beside(arena, path, old, bytes, size_bytes, new_mode, ret_error);
  if (old >= 0)
    close(old);
  return change;
}

bool file_commit(struct arena *arena, const char *path, enum file_change prepared,
                 struct text *ret_error)
{
  char real[PATH_MAX];
  if (realpath(path, real) != NULL)
    path = real;
  if (prepared == FILE_CHANGED && rename(beside(arena, path), path) != 0) {
    *ret_error = why(arena, "cannot replace", path);
    unlink(beside(arena, path));
    return false;
  }
  /* Of an unchanged file too: a crash may have come between its rename and the folder's fsync. */
  if (file_sync_folder_of(path))
    return true;
  *ret_error = why(arena, "cannot make durable the folder of", path);
  return false;
}

void file_forget(struct arena *arena, const char *path)
{
  char real[PATH_MAX];
  unlink(beside(arena, realpath(path, real) != NULL ? real : path));
}

enum file_change file_prepare(struct arena *arena, const char *path, struct text bytes,
                              mode_t new_mode, struct text *ret_error)
{
  return prepare(arena, path, bytes.at, bytes.length, new_mode, ret_error);
}

enum file_change file_prepare_secret(struct arena *arena, const char *path,
                                     const struct secret *bytes, mode_t new_mode,
                                     struct text *ret_error)
{
  return prepare(arena, path, (const char *)secret_view(bytes), secret_size_bytes(bytes), new_mode,
                 ret_error);
}

enum file_change file_replace(struct arena *arena, const char *path, struct text bytes,
                              mode_t new_mode, struct text *ret_error)
{
  enum file_change change = file_prepare(arena, path, bytes, new_mode, ret_error);
  bool good = change != FILE_FAILED && file_commit(arena, path, change, ret_error);
  return good ? change : FILE_FAILED;
}

enum file_change file_replace_secret(struct arena *arena, const char *path,
                                     const struct secret *bytes, mode_t new_mode,
                                     struct text *ret_error)
{
  enum file_change change = file_prepare_secret(arena, path, bytes, new_mode, ret_error);
  bool good = change != FILE_FAILED && file_commit(arena, path, change, ret_error);
  return good ? change : FILE_FAILED;
}

/* O_NONBLOCK: a named pipe must not hang us; it is refused as no regular file. */
static int open_regular(struct arena *arena, const char *path, size_t *ret_size_bytes,
                        enum file_found *ret_found, struct text *ret_error)
{
  struct stat facts;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    *ret_found = errno == ENOENT || errno == ENOTDIR ? FILE_MISSING : FILE_UNREADABLE;
    *ret_error = why(arena, "cannot read", path);
    return -1;
  }
  if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size <= FILE_LIMIT_BYTES) {
    *ret_size_bytes = (size_t)facts.st_size;
    return fd;
  }
  *ret_found = FILE_UNREADABLE;
  *ret_error = text_format(arena, "%s is no regular file, or larger than %d MiB", path,
                           FILE_LIMIT_BYTES / (1024 * 1024));
  close(fd);
  return -1;
}

enum file_found file_read(struct arena *arena, const char *path, struct text *ret_bytes,
                          struct text *ret_error)
{
  enum file_found found = FILE_UNREADABLE;
  size_t size_bytes = 0, have = 0;
  int fd = open_regular(arena, path, &size_bytes, &found, ret_error);
  if (fd < 0)
    return found;
  char *bytes = arena_alloc(arena, size_bytes + 1);
  while (have < size_bytes) {
    ssize_t got = read(fd, bytes + have, size_bytes - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      *ret_error = why(arena, "cannot read", path);
      close(fd);
      return FILE_UNREADABLE;
    }
    if (got == 0)
      break;
    have += (size_t)got;
  }
  close(fd);
  *ret_bytes = (struct text){bytes, have};
  return FILE_FOUND;
}

enum file_found file_read_secret(struct arena *arena, const char *path, struct secret **ret_bytes,
                                 struct text *ret_error)
{
  enum file_found found = FILE_UNREADABLE;
  size_t size_bytes = 0;
  int fd = open_regular(arena, path, &size_bytes, &found, ret_error);
  if (fd < 0)
    return found;
  struct secret *bytes = secret_read_fd(fd);
  if (bytes == NULL)
    *ret_error = why(arena, "cannot read", path);
  close(fd);
  if (bytes == NULL)
    return FILE_UNREADABLE;
  *ret_bytes = bytes;
  return FILE_FOUND;
}

bool file_is_open_to_others(const char *path)
{
  struct stat facts;
  return stat(path, &facts) == 0 && (facts.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

int64_t file_changed_ns(const char *path)
{
  struct stat facts;
  if (stat(path, &facts) != 0)
    return -1;
  return (int64_t)facts.st_ctim.tv_sec * 1000000000 + facts.st_ctim.tv_nsec;
}

bool file_make_folder(struct arena *arena, const char *path, mode_t mode, struct text *ret_error)
{
  struct stat facts;
  if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
    return true;
  const char *above = file_folder_of(arena, path);
  if (strcmp(above, path) != 0 && !file_make_folder(arena, above, mode, ret_error))
    return false;
  if ((mkdir(path, mode) != 0 && errno != EEXIST) || !file_sync_folder_of(path)) {
    *ret_error = why(arena, "cannot make the folder", path);
    return false;
  }
  return true;
}

bool file_remove(struct arena *arena, const char *path, struct text *ret_error)
{
  if (unlink(path) != 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return true;
    *ret_error = why(arena, "cannot remove", path);
    return false;
  }
  if (file_sync_folder_of(path))
    return true;
  *ret_error = why(arena, "cannot make durable the folder of", path);
  return false;
}

bool file_rename(struct arena *arena, const char *from, const char *to, struct text *ret_error)
{
  if (rename(from, to) == 0 && file_sync_folder_of(to))
    return true;
  *ret_error = why(arena, "cannot rename to", to);
  return false;
}
