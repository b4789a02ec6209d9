/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore_pkcs12: the pair under an alias of a PKCS#12 file, read and replaced.
 *
 * (1) Compare-and-set: under a lock of the file, the leaf in place must be the expected one, and the
 *     file's bytes those that were read, before the new file takes its name. Other programs do not know
 *     of the lock; what they write between that last look and the rename is lost.
 * (2) Nothing is written that was not read back: see pkcs12.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/crypto/pkcs12.h"
#include "runtime/providers/keystore_int.h"

static enum diag_code code_of(enum pkcs12_trouble trouble)
{
  switch (trouble) {
  case PKCS12_OTHER_KIND:
  case PKCS12_DAMAGED:
    return DIAG_E0728;
  case PKCS12_CLOSED:
    return DIAG_E0726;
  case PKCS12_UNSUPPORTED:
    return DIAG_E0729;
  case PKCS12_NO_ALIAS:
  case PKCS12_NO_PAIR:
    return DIAG_E0725;
  case PKCS12_NOT_UNIQUE:
    return DIAG_E0704;
  case PKCS12_NOT_OURS:
  case PKCS12_FINE:
    break;
  }
  return DIAG_E0722;
}

static void say_error(const struct call *call, const struct keystore *keystore,
                      const struct pkcs12_error *error, struct answer *answer)
{
  answer_set_code(answer, code_of(error->trouble));
  answer_say(call, answer, "%s: %.*s", keystore->path, TEXT_ARG(error->says));
  answer->help = error->help;
  if (error->trouble == PKCS12_CLOSED && error->help.length == 0)
    answer_help(call, answer, "try it: openssl pkcs12 -info -noout -in %s", keystore->path);
}

static enum file_found read_bytes(const struct call *call, const char *path,
                                  struct secret **ret_bytes, struct answer *answer)
{
  enum file_found found = file_read_secret(call->arena, path, ret_bytes, &answer->says);
  if (found != FILE_FOUND)
    answer_set_code(answer, DIAG_E0725);
  return found;
}

static struct pkcs12 *open_bytes(const struct call *call, const struct secret *bytes,
                                 const struct secret *password, struct pkcs12_error *ret_error)
{
  struct text file = {(const char *)secret_view(bytes), secret_size_bytes(bytes)};
  return pkcs12_open(call->arena, file, password, ret_error);
}

enum file_found keystore_read_pkcs12(const struct call *call, const struct keystore *keystore,
                                     const struct secret *password, struct pair *ret_pair,
                                     struct answer *answer)
{
  struct secret *bytes = NULL;
  struct pkcs12_error error;
  enum file_found found = read_bytes(call, keystore->path, &bytes, answer);
  if (found != FILE_FOUND)
    return found;
  struct pkcs12 *p12 = open_bytes(call, bytes, password, &error);
  bool good = p12 != NULL &&
              pkcs12_read_pair(p12, keystore->alias, &ret_pair->key, &ret_pair->chain, &error);
  pkcs12_free(p12);
  secret_free(bytes);
  if (good)
    return FILE_FOUND;
  say_error(call, keystore, &error, answer);
  if (call->world->live && error.trouble == PKCS12_CLOSED)
    answer_say(call, answer, "%s is closed: a dry run reads no password", keystore->path);
  return error.trouble == PKCS12_NO_ALIAS ? FILE_MISSING : FILE_UNREADABLE;
}

/* A descriptor of the file that has the name, locked; -1 with a reason. */
static int lock_file(const struct call *call, const char *path, struct answer *answer)
{
  enum { ATTEMPTS = 100 };
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    struct stat held, named;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || flock(fd, LOCK_EX) != 0 || fstat(fd, &held) != 0) {
      answer_say(call, answer, "cannot lock %s: %s", path, strerror(errno));
      if (fd >= 0)
        close(fd);
      return -1;
    }
    /* Who had the lock before may have put another file in its place. */
    if (stat(path, &named) == 0 && named.st_ino == held.st_ino && named.st_dev == held.st_dev)
      return fd;
    close(fd);
  }
  answer_say(call, answer, "%s is replaced again and again by somebody else", path);
  return -1;
}

static bool is_expected(const struct call *call, const struct keystore *keystore,
                        struct pkcs12 *p12, const struct cert *expected, struct answer *answer)
{
  struct private_key *key = NULL;
  struct cert_list chain;
  struct pkcs12_error error;
  if (!pkcs12_read_pair(p12, keystore->alias, &key, &chain, &error)) {
    say_error(call, keystore, &error, answer);
    return false;
  }
  key_free(key);
  if (expected == NULL || cert_same(&chain.items[0], expected))
    return true;
  answer_set_code(answer, DIAG_E1101);
  answer_say(call, answer,
             "%s holds another certificate than a moment ago: %.*s (SHA-256 %.16s...)",
             keystore->path, TEXT_ARG(chain.items[0].subject), chain.items[0].fingerprint.at);
  answer_help(call, answer, "somebody else writes this keystore; look at it, then try again");
  return false;
}

/* Puts the new bytes in place of the ones that were read. */
static enum file_change put(const struct call *call, const char *path, const struct secret *was,
                            const struct secret *fresh, struct answer *answer)
{
  struct secret *now = NULL;
  enum file_change change = file_prepare_secret(call->arena, path, fresh, 0600, &answer->says);
  if (change == FILE_FAILED)
    return FILE_FAILED;
  bool is_same = read_bytes(call, path, &now, answer) == FILE_FOUND && secret_equal(was, now);
  secret_free(now);
  if (!is_same) {
    file_forget(call->arena, path);
    answer_set_code(answer, DIAG_E1101);
    answer_say(call, answer, "%s was changed by somebody else in this moment; nothing was written",
               path);
    answer_help(call, answer, "see what the other program does there, then try again");
    return FILE_FAILED;
  }
  return file_commit(call->arena, path, change, &answer->says) ? FILE_CHANGED : FILE_FAILED;
}

enum file_change keystore_write_pkcs12(const struct call *call, const struct keystore *keystore,
                                       const struct cert *expected, const struct pair *pair,
                                       const struct secret *password, struct answer *answer)
{
  struct secret *bytes = NULL, *fresh = NULL;
  struct pkcs12 *p12 = NULL;
  struct pkcs12_error error = {0};
  enum file_change change = FILE_FAILED;
  int lock = lock_file(call, keystore->path, answer);
  if (lock < 0)
    return FILE_FAILED;
  if (read_bytes(call, keystore->path, &bytes, answer) != FILE_FOUND)
    goto out;
  p12 = open_bytes(call, bytes, password, &error);
  if (p12 == NULL) {
    say_error(call, keystore, &error, answer);
    goto out;
  }
  if (!is_expected(call, keystore, p12, expected, answer))
    goto out;
  struct cert_list shown = pair == NULL ? (struct cert_list){0} : certs_without_root(&pair->chain);
  fresh = pair == NULL ? pkcs12_remove(p12, keystore->alias, &error)
                       : pkcs12_replace(p12, keystore->alias, pair->key, &shown, &error);
  if (fresh == NULL)
    say_error(call, keystore, &error, answer);
  else
    change = put(call, keystore->path, bytes, fresh, answer);
out:
  pkcs12_free(p12);
  secret_free(fresh);
  secret_free(bytes);
  close(lock);
  return change;
}

bool keystore_backup_fits(const struct call *call, const struct keystore *keystore,
                          const struct secret *password)
{
  const char *paths[2] = {keystore->path, keystore_backup_path(call, keystore->path)};
  struct secret *bytes[2] = {NULL, NULL};
  struct pkcs12 *p12[2] = {NULL, NULL};
  struct answer ignored = {0};
  struct pkcs12_error error;
  for (int i = 0; i < 2; i++)
    if (read_bytes(call, paths[i], &bytes[i], &ignored) == FILE_FOUND)
      p12[i] = open_bytes(call, bytes[i], password, &error);
  bool fits =
      p12[0] != NULL && p12[1] != NULL && pkcs12_same_others(p12[0], p12[1], keystore->alias);
  for (int i = 0; i < 2; i++) {
    pkcs12_free(p12[i]);
    secret_free(bytes[i]);
  }
  return fits;
}
