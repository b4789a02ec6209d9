/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_folder: the state folder around the database: may it be used, who holds a run, what was the
 * last record that was seen written, and was there a write that may not have reached the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/store/store_int.h"

enum {
  FOLDER_MODE = 0700,
  FILE_MODE = 0600,
  PATH_BYTES = 4096,
  ANCHOR_BYTES = 160, /* fixed, so that one pwrite replaces it */
  LOCK_TEXT_BYTES = 128
};

/* Not in linux/magic.h on every system. */
enum {
  MAGIC_SMB = 0x517B,
  MAGIC_CIFS = 0xFF534D42 - 0x100000000,
  MAGIC_SMB2 = 0xFE534D42 - 0x100000000,
  MAGIC_FUSE = 0x65735546,
  MAGIC_CEPH = 0x00C36400,
  MAGIC_9P = 0x01021997
};

bool store_refuses_filesystem(long type)
{
  switch ((int32_t)(uint32_t)(unsigned long)type) {
  case NFS_SUPER_MAGIC:
  case AFS_SUPER_MAGIC:
  case CODA_SUPER_MAGIC:
  case MAGIC_SMB:
  case MAGIC_CIFS:
  case MAGIC_SMB2:
  case MAGIC_FUSE:
  case MAGIC_CEPH:
  case MAGIC_9P:
    return true;
  }
  return false;
}

char *store_folder_of(const char *path)
{
  char *copy = strdup(path);
  if (copy == NULL)
    abort();
  char *folder = strdup(dirname(copy));
  if (folder == NULL)
    abort();
  free(copy);
  return folder;
}

static enum store_result unusable(struct diag_list *diags, const char *folder, const char *help,
                                  const char *reason)
{
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E1115, "the state folder %s cannot be used: %s", folder, reason);
  diag_add_help(diags, diag, "%s", help);
  return STORE_UNUSABLE;
}

/* The folder and those above it, each for the owner only. */
static bool make_folders(const char *folder)
{
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return false;
  }
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST)
      return false;
    *slash = '/';
  }
  return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST;
}

static bool make_parts(const char *folder)
{
  static const char *const parts[] = {"keys", "outbox", "logs", "locks", "evidence"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/%s", folder, parts[i]) >= (int)sizeof path) {
      errno = ENAMETOOLONG;
      return false;
    }
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST)
      return false;
  }
  return true;
}

enum store_result store_folder_check(const char *folder, bool creates, struct diag_list *diags)
{
  struct stat status;
  if (stat(folder, &status) != 0) {
    if (errno != ENOENT || !creates)
      return errno == ENOENT
                 ? STORE_NONE
                 : unusable(diags, folder, "give another one with --store", strerror(errno));
    if (!make_folders(folder) || stat(folder, &status) != 0)
      return unusable(diags, folder, "make it, or give another one with --store", strerror(errno));
  }
  if (!S_ISDIR(status.st_mode))
    return unusable(diags, folder, "give the path of store.db in a folder with --store",
                    "it is no folder");
  if (status.st_uid != geteuid())
    return unusable(diags, folder, "run as its owner, or give another one with --store",
                    "it belongs to another user");
  if ((status.st_mode & 077) != 0) {
    char help[PATH_BYTES + sizeof "chmod 700 "];
    snprintf(help, sizeof help, "chmod 700 %s", folder);
    return unusable(diags, folder, help,
                    "it holds staged keys, and others than its owner may enter it");
  }
  struct statfs system;
  if (statfs(folder, &system) == 0 && store_refuses_filesystem(system.f_type))
    return unusable(diags, folder, "give a folder on a local disk with --store",
                    "it lies on a network file system, where locks are not to be trusted");
  if (creates && !make_parts(folder))
    return unusable(diags, folder, "make it writable, or give another one with --store",
                    strerror(errno));
  return STORE_OK;
}

static int open_part(const struct store *store, const char *part, int flags)
{
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/%s", store->folder, part) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return open(path, flags | O_CLOEXEC, FILE_MODE);
}

/* pid and moment as the holder wrote them; words for people even where it wrote nothing. */
static void read_holder(int fd, char ret_words[LOCK_TEXT_BYTES])
{
  ssize_t size_bytes = pread(fd, ret_words, LOCK_TEXT_BYTES - 1, 0);
  if (size_bytes <= 0) {
    snprintf(ret_words, LOCK_TEXT_BYTES, "another process");
    return;
  }
  ret_words[size_bytes] = '\0';
  ret_words[strcspn(ret_words, "\n")] = '\0';
}

enum store_result store_lock_run(struct store *store, struct text run, int64_t now_ms,
                                 struct diag_list *diags)
{
  if (store->folder[0] == '\0')
    return STORE_OK;
  char part[PATH_BYTES];
  snprintf(part, sizeof part, "locks/%.*s.lock", TEXT_ARG(run));
  int fd = open_part(store, part, O_RDWR | O_CREAT);
  if (fd < 0)
    return unusable(diags, store->folder, "make it writable, or give another one with --store",
                    strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char holder[LOCK_TEXT_BYTES];
    read_holder(fd, holder);
    close(fd);
    struct diag *diag = diag_add_nowhere(diags, DIAG_E1105, "run %.*s is being executed by %s",
                                         TEXT_ARG(run), holder);
    diag_add_help(diags, diag,
                  "wait until it ends or pauses; `renew status %.*s` shows where it is",
                  TEXT_ARG(run));
    return STORE_HELD;
  }
  char utc[UTC_TEXT_BYTES], words[LOCK_TEXT_BYTES];
  utc_format(now_ms, utc);
  int length = snprintf(words, sizeof words, "process %ld since %s\n", (long)getpid(), utc);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, words, (size_t)length, 0) != length) {
    close(fd);
    return unusable(diags, store->folder, "make room, then try again", strerror(errno));
  }
  store_unlock_run(store);
  store->lock_fd = fd;
  return STORE_OK;
}

void store_unlock_run(struct store *store)
{
  if (store->lock_fd >= 0)
    close(store->lock_fd);
  store->lock_fd = -1;
}

enum store_result store_folder_open_anchor(struct store *store, struct diag_list *diags)
{
  store->anchor_fd = open_part(store, "anchor", O_RDWR | O_CREAT);
  if (store->anchor_fd >= 0)
    return STORE_OK;
  return unusable(diags, store->folder, "make it writable, or give another one with --store",
                  strerror(errno));
}

void store_folder_close_anchor(struct store *store)
{
  if (store->anchor_fd >= 0)
    close(store->anchor_fd);
  store->anchor_fd = -1;
}

void store_folder_set_anchor(struct store *store, struct text run, int64_t seq, struct text hash)
{
  if (store->anchor_fd < 0)
    return;
  char line[ANCHOR_BYTES + 1];
  int length =
      snprintf(line, sizeof line, "%.*s %lld %.*s", TEXT_ARG(run), (long long)seq, TEXT_ARG(hash));
  if (length < 0 || length >= ANCHOR_BYTES)
    return;
  memset(line + length, ' ', (size_t)(ANCHOR_BYTES - length));
  line[ANCHOR_BYTES - 1] = '\n';
  /* Not synced: an anchor that lags is harmless, and a failed write leaves the one before. */
  if (pwrite(store->anchor_fd, line, ANCHOR_BYTES, 0) != ANCHOR_BYTES)
    return;
}

struct anchor {
  char run[ANCHOR_BYTES + 1], hash[DIGEST_HEX + 1];
  long long seq;
};

static bool read_anchor(const struct store *store, struct anchor *ret)
{
  char line[ANCHOR_BYTES + 1] = {0};
  int fd = open_part(store, "anchor", O_RDONLY);
  if (fd < 0)
    return false;
  bool is_read = pread(fd, line, ANCHOR_BYTES, 0) > 0 &&
                 sscanf(line, "%160s %lld %64s", ret->run, &ret->seq, ret->hash) == 3;
  close(fd);
  return is_read;
}

bool store_folder_remembers(const struct store *store)
{
  struct anchor anchor;
  return read_anchor(store, &anchor);
}

enum store_result store_folder_refuse(struct store *store, const char *what,
                                      struct diag_list *diags)
{
  struct anchor anchor;
  if (!read_anchor(store, &anchor))
    return STORE_OK;
  struct diag *diag = diag_add_nowhere(diags, DIAG_E1117, "%s is %s: record %lld of run %s is gone",
                                       store->path, what, anchor.seq, anchor.run);
  diag_add_help(diags, diag,
                "put the newer store.db with its -wal and -shm back; nothing was done");
  diag_add_help(diags, diag,
                "if it is lost, look at every target of the run first, then remove "
                "%s/anchor",
                store->folder);
  diag_add_help(diags, diag,
                "one folder holds one store: a second one has a folder of its own, see --store");
  return STORE_DAMAGED;
}

enum store_result store_folder_check_anchor(struct store *store, struct diag_list *diags)
{
  enum { LOOKS = 2 }; /* another process may be writing it while it is read the first time */
  for (int look = 0; look < LOOKS; look++) {
    struct anchor anchor;
    if (!read_anchor(store, &anchor))
      return STORE_OK;
    sqlite3_stmt *statement = store_statement(store, STATEMENT_RECORD);
    store_bind_text(statement, 1, text_of(anchor.run));
    sqlite3_bind_int64(statement, 2, anchor.seq);
    int code = sqlite3_step(statement);
    /* Who only reads is told by store_verify which record is not what was written. */
    bool only_reads = store->anchor_fd < 0;
    bool same =
        code == SQLITE_ROW &&
        (only_reads || strcmp((const char *)sqlite3_column_text(statement, 0), anchor.hash) == 0);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
      return store_failed(store, "reading its last record", diags);
    sqlite3_reset(statement);
    if (same)
      return STORE_OK;
  }
  return store_folder_refuse(store, "older than what was done", diags);
}

void store_folder_mark_suspect(struct store *store, struct text run, int64_t seq)
{
  if (store->folder[0] == '\0')
    return;
  int fd = open_part(store, "suspect", O_WRONLY | O_CREAT);
  if (fd < 0)
    return;
  char line[SUSPECT_RUN_BYTES + 32];
  int length = snprintf(line, sizeof line, "%.*s %lld\n", TEXT_ARG(run), (long long)seq);
  /* On this disk the words may be lost; that the file is there says enough. */
  if (seq > 0 && length < (int)sizeof line && pwrite(fd, line, (size_t)length, 0) < length)
    (void)ftruncate(fd, 0);
  close(fd);
}

bool store_folder_is_suspect(const struct store *store, char ret_run[SUSPECT_RUN_BYTES],
                             int64_t *ret_seq)
{
  char line[SUSPECT_RUN_BYTES + 32] = {0};
  long long seq = 0;
  ret_run[0] = '\0';
  *ret_seq = 0;
  int fd = open_part(store, "suspect", O_RDONLY);
  if (fd < 0)
    return false;
  if (pread(fd, line, sizeof line - 1, 0) > 0 && sscanf(line, "%127s %lld", ret_run, &seq) == 2)
    *ret_seq = seq;
  close(fd);
  return true;
}

void store_folder_clear_suspect(struct store *store)
{
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/suspect", store->folder) < (int)sizeof path)
    unlink(path);
}
