/* SPDX-License-Identifier: Apache-2.0 */
/* cli_files: where we are, and files read and written whole. See cli.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/cli.h"

const char *cli_absolute(struct cli *cli, const char *path)
{
  char here[PATH_MAX];
  struct text joined = text_of(path);
  if (path[0] != '/' && getcwd(here, sizeof here) != NULL)
    joined = text_format(cli->arena, "%s/%s", here, path);
  char *out = arena_alloc(cli->arena, joined.length + 2);
  size_t length = 0;
  for (size_t at = 0; at < joined.length;) {
    size_t end = at;
    while (end < joined.length && joined.at[end] != '/')
      end++;
    struct text part = {joined.at + at, end - at};
    at = end + 1;
    if (part.length == 0 || text_is(part, "."))
      continue;
    if (text_is(part, "..")) {
      while (length > 0 && out[--length] != '/')
        continue;
      continue;
    }
    out[length++] = '/';
    memcpy(out + length, part.at, part.length);
    length += part.length;
  }
  if (length == 0)
    out[length++] = '/';
  out[length] = '\0';
  return out;
}

static bool is_root(struct cli *cli, struct text folder)
{
  static const char *const marks[] = {"renew.conf", ".git"};
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
    /* A link that leads nowhere counts: what it stood for is asked for where it is read. */
    if (faccessat(AT_FDCWD, text_format(cli->arena, "%.*s/%s", TEXT_ARG(folder), marks[i]).at, F_OK,
                  AT_SYMLINK_NOFOLLOW) == 0)
      return true;
  return false;
}

const char *cli_find_root(struct cli *cli, const char *folder)
{
  char real[PATH_MAX];
  const char *start = realpath(folder, real) != NULL ? real : cli_absolute(cli, folder);
  struct text at = text_copy(cli->arena, text_of(start));
  for (struct text above = at; above.length > 1;) {
    if (is_root(cli, above))
      return text_zero(cli->arena, above);
    while (above.length > 0 && above.at[above.length - 1] != '/')
      above.length--;
    if (above.length > 1)
      above.length--;
  }
  return at.at;
}

bool cli_read_file(struct arena *arena, const char *path, size_t limit_bytes,
                   struct text *ret_bytes)
{
  /* O_NONBLOCK: a named pipe must not hang us; it is refused below as no regular file. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return false;
  struct stat facts;
  int reason = EINVAL;
  bool good = false;
  if (fstat(fd, &facts) != 0) {
    reason = errno;
  } else if (!S_ISREG(facts.st_mode)) {
    reason = S_ISDIR(facts.st_mode) ? EISDIR : EINVAL;
  } else if ((uintmax_t)facts.st_size > limit_bytes) {
    reason = EFBIG;
  } else {
    size_t size = (size_t)facts.st_size, have = 0;
    char *bytes = arena_alloc(arena, size + 1);
    ssize_t got = 1;
    while (have < size && got > 0) {
      got = read(fd, bytes + have, size - have);
      if (got < 0 && errno == EINTR)
        got = 1;
      else if (got > 0)
        have += (size_t)got;
    }
    good = got >= 0;
    reason = errno;
    if (good)
      *ret_bytes = (struct text){bytes, have};
  }
  close(fd);
  errno = reason;
  return good;
}

static bool write_all(int fd, struct text bytes)
{
  for (size_t at = 0; at < bytes.length;) {
    ssize_t put = write(fd, bytes.at + at, bytes.length - at);
    if (put < 0 && errno != EINTR)
      return false;
    at += put > 0 ? (size_t)put : 0;
  }
  return true;
}

/* The name in the folder is durable only when the folder is. */
static bool sync_folder_of(const char *path)
{
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
  if (length >= sizeof folder) {
    errno = ENAMETOOLONG;
    return false;
  }
  memcpy(folder, path, length);
  folder[length] = '\0';
  int fd = open(length == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool good = fsync(fd) == 0;
  int reason = errno;
  close(fd);
  errno = reason;
  return good;
}

/* facts: of the file that is replaced, whose mode and owner are kept; NULL for a new one. */
static bool replace_file(const char *path, struct text bytes, const struct stat *facts)
{
  char next[PATH_MAX];
  if ((size_t)snprintf(next, sizeof next, "%s.XXXXXX", path) >= sizeof next) {
    errno = ENAMETOOLONG;
    return false;
  }
  int fd = mkostemp(next, O_CLOEXEC);
  if (fd < 0)
    return false;
  mode_t mask = umask(0);
  umask(mask);
  mode_t mode = facts != NULL ? facts->st_mode & 07777 : 0666 & ~mask;
  /* Another owner's file: only root can keep that; anybody else leaves a file of his own. */
  bool owned = facts == NULL || fchown(fd, facts->st_uid, facts->st_gid) == 0 ||
               (errno == EPERM && geteuid() != 0);
  bool good = owned && fchmod(fd, mode) == 0 && write_all(fd, bytes) && fsync(fd) == 0;
  int reason = errno;
  if (close(fd) != 0 && good) {
    good = false;
    reason = errno;
  }
  if (good && rename(next, path) != 0) {
    good = false;
    reason = errno;
  }
  if (!good) {
    unlink(next);
    errno = reason;
    return false;
  }
  return sync_folder_of(path);
}

bool cli_write_file(const char *path, struct text bytes)
{
  return replace_file(path, bytes, NULL);
}

bool cli_rewrite_file(const char *path, struct text bytes)
{
  char real[PATH_MAX];
  struct stat facts;
  if (realpath(path, real) == NULL || stat(real, &facts) != 0 || access(real, W_OK) != 0)
    return false;
  return replace_file(real, bytes, &facts);
}
