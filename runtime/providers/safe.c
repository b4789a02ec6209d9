/* SPDX-License-Identifier: Apache-2.0 */
/* safe: see safe.h. */
#include "runtime/providers/safe.h"

#include "runtime/providers/keystore.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/providers/secrets.h"

void pair_free(struct pair *pair)
{
  if (pair == NULL)
    return;
  key_free(pair->key);
  pair->key = NULL;
}

const char *safe_path(const struct call *call, struct text name, const char *ending)
{
  return run_path(call, "keys", text_format(call->arena, "%.*s.%s", TEXT_ARG(name), ending));
}

bool safe_make_folder(const struct call *call, struct text *ret_error)
{
  return file_make_folder(call->arena, run_path(call, "keys", TEXT_NONE), 0700, ret_error);
}

enum file_found safe_read_key(const struct call *call, struct text name,
                              const struct secret *password, struct private_key **ret_key,
                              struct text *ret_error)
{
  struct secret *pem = NULL;
  const char *path = safe_path(call, name, "key");
  enum file_found found = file_read_secret(call->arena, path, &pem, ret_error);
  if (found != FILE_FOUND)
    return found;
  struct text reason;
  struct private_key *key = key_from_pem(call->arena, pem, password, &reason);
  secret_free(pem);
  if (key == NULL) {
    *ret_error = text_format(call->arena, "%s: %.*s", path, TEXT_ARG(reason));
    return FILE_UNREADABLE;
  }
  *ret_key = key;
  return FILE_FOUND;
}

bool safe_write_key(const struct call *call, struct text name, const struct private_key *key,
                    const struct secret *password, struct text *ret_error)
{
  if (!safe_make_folder(call, ret_error))
    return false;
  struct secret *pem = key_to_pem(call->arena, key, password, ret_error);
  if (pem == NULL)
    return false;
  enum file_change change =
      file_replace_secret(call->arena, safe_path(call, name, "key"), pem, 0600, ret_error);
  secret_free(pem);
  return change != FILE_FAILED;
}

/* A dry run binds nothing: what is in place now is what a run would bind. "client.old" */
static enum file_found read_in_place(const struct call *call, struct text name,
                                     struct cert_list *ret_chain, struct text *ret_error)
{
  static const char ending[] = ".old";
  struct answer answer = {0};
  enum file_found found = FILE_MISSING;
  answer_say(call, &answer, "%.*s is made during the run", TEXT_ARG(name));
  bool is_old = text_ends_with(name, ending);
  name.length -= is_old ? sizeof ending - 1 : 0;
  for (uint32_t i = 0; is_old && i < call->graph->resource_count; i++) {
    const struct resource *resource = &call->graph->resources[i];
    if (resource->kind == KIND_CERTIFICATE && text_equal(resource->name, name))
      found = keystore_look(call, i, ret_chain, &answer);
  }
  *ret_error = answer.says;
  return found;
}

enum file_found safe_read_chain(const struct call *call, struct text name,
                                struct cert_list *ret_chain, struct text *ret_error)
{
  if (call->world->live)
    return read_in_place(call, name, ret_chain, ret_error);
  struct text pem;
  struct cert_list certs;
  const char *path = safe_path(call, name, "pem");
  enum file_found found = file_read(call->arena, path, &pem, ret_error);
  if (found != FILE_FOUND)
    return found;
  if (!cert_read_pem(call->arena, pem, &certs, ret_error))
    return FILE_UNREADABLE;
  if (certs.count == 0) {
    *ret_error = text_format(call->arena, "%s holds no certificate", path);
    return FILE_UNREADABLE;
  }
  /* Written in order by us; the leaf is the first also where its issuer is not there. */
  *ret_chain = certs_in_order(call->arena, &certs, &certs.items[0]);
  return FILE_FOUND;
}

bool safe_write_chain(const struct call *call, struct text name, const struct cert_list *chain,
                      struct text *ret_error)
{
  return safe_make_folder(call, ret_error) &&
         file_replace(call->arena, safe_path(call, name, "pem"), certs_to_pem(call->arena, chain),
                      0600, ret_error) != FILE_FAILED;
}

bool safe_password(const struct call *call, uint32_t certificate, struct secret **ret_password,
                   struct answer *answer)
{
  uint32_t keystore = setting_resource(call, certificate, KEY_IN, 0);
  *ret_password = NULL;
  if (keystore != INDEX_NONE &&
      !secret_of_setting(call, keystore, KEY_PASSWORD, 0, ret_password, answer))
    return false;
  /* A PKCS#12 may have an empty password; a key is not encrypted with one. */
  if (*ret_password != NULL && secret_size_bytes(*ret_password) == 0) {
    secret_free(*ret_password);
    *ret_password = NULL;
  }
  return true;
}

bool safe_read_pair(const struct call *call, const struct argument *argument, struct pair *ret_pair,
                    struct answer *answer)
{
  struct pair pair = {0};
  struct secret *password = NULL;
  struct text name = argument_name(call, argument), error = TEXT_NONE;
  if (!safe_password(call, argument->resource, &password, answer))
    return false;
  enum file_found found = safe_read_key(call, name, password, &pair.key, &error);
  secret_free(password);
  if (found == FILE_FOUND)
    found = safe_read_chain(call, name, &pair.chain, &error);
  if (found == FILE_FOUND && !cert_matches_key(&pair.chain.items[0], pair.key)) {
    answer_set_code(answer, DIAG_E0724);
    error = text_format(call->arena, "the key and the certificate of %.*s do not belong together",
                        TEXT_ARG(name));
    found = FILE_UNREADABLE;
  }
  if (found == FILE_FOUND) {
    *ret_pair = pair;
    return true;
  }
  pair_free(&pair);
  answer->says =
      found == FILE_MISSING
          ? text_format(call->arena, "the run's safe has no pair of %.*s yet", TEXT_ARG(name))
          : error;
  return false;
}

/* Old blocks of a file may outlive its name; what can be overwritten is. */
static void overwrite(int folder, const char *name)
{
  static const char zeroes[4096];
  struct stat facts;
  int fd = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return;
  off_t left = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_size : 0;
  while (left > 0) {
    size_t piece = left < (off_t)sizeof zeroes ? (size_t)left : sizeof zeroes;
    ssize_t put = write(fd, zeroes, piece);
    if (put <= 0)
      break;
    left -= put;
  }
  fsync(fd);
  close(fd);
}

void safe_wipe(const struct call *call)
{
  const char *path = run_path(call, "keys", TEXT_NONE);
  DIR *folder = opendir(path);
  if (folder == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    overwrite(dirfd(folder), entry->d_name);
    unlinkat(dirfd(folder), entry->d_name, 0);
  }
  fsync(dirfd(folder));
  closedir(folder);
  rmdir(path);
  file_sync_folder_of(path);
}
