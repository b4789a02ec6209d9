/* SPDX-License-Identifier: Apache-2.0 */
/* keystore: see keystore.h. Backups are keystore_backup.c, generations keystore_folder.c. */
#include "runtime/providers/keystore.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/providers/keystore_int.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/tenant.h"

bool keystore_is_ours(const struct graph *graph, uint32_t resource)
{
  const struct graph_value *kind =
      resource == INDEX_NONE ? NULL : graph_setting_value(graph, resource, KEY_KIND_OF, 0);
  return kind != NULL && (text_is(kind->text, "pem") || text_is(kind->text, "pkcs12"));
}

bool keystore_open(const struct call *call, uint32_t resource, uint32_t certificate,
                   struct keystore *ret_keystore, struct text *ret_error)
{
  struct keystore keystore = {.resource = resource};
  const char *file = setting_path(call, resource, KEY_FILE, 0);
  const char *folder = setting_path(call, resource, KEY_FOLDER, 0);
  const char *cert = setting_path(call, resource, KEY_CERTIFICATE_FILE, 0);
  const char *key = setting_path(call, resource, KEY_KEY_FILE, 0);
  if (file != NULL) {
    bool is_pkcs12 = text_is(setting_text(call, resource, KEY_KIND_OF, 0), "pkcs12");
    keystore.form = is_pkcs12 ? KEYSTORE_PKCS12 : KEYSTORE_FILE;
    if (certificate != INDEX_NONE)
      keystore.alias = setting_text(call, certificate, KEY_ALIAS, 0);
    keystore.path = keystore.cert_path = keystore.key_path = file;
  } else if (folder != NULL) {
    keystore.form = KEYSTORE_FOLDER;
    keystore.path = folder;
    keystore.cert_path = text_format(call->arena, "%s/current/cert.pem", folder).at;
    keystore.key_path = text_format(call->arena, "%s/current/key.pem", folder).at;
  } else if (cert != NULL && key != NULL) {
    keystore.form = KEYSTORE_LOOSE;
    keystore.path = keystore.cert_path = cert;
    keystore.key_path = key;
  } else {
    *ret_error = text_format(call->arena,
                             "keystore `%.*s` names no `file`, no `folder`, and not "
                             "both `certificate file` and `key file`",
                             TEXT_ARG(call->graph->resources[resource].name));
    return false;
  }
  *ret_keystore = keystore;
  return true;
}

static enum file_found read_certs(const struct call *call, const struct keystore *keystore,
                                  struct cert_list *ret_chain, struct text *ret_error)
{
  struct secret *bytes = NULL;
  struct cert_list certs;
  /* The file may hold the key as well: its bytes stay in pages of their own. */
  enum file_found found = file_read_secret(call->arena, keystore->cert_path, &bytes, ret_error);
  if (found != FILE_FOUND)
    return found;
  bool good = cert_read_pem(
      call->arena, (struct text){(const char *)secret_view(bytes), secret_size_bytes(bytes)},
      &certs, ret_error);
  secret_free(bytes);
  if (good && certs.count == 0) {
    *ret_error = text_format(call->arena, "%s holds no certificate", keystore->cert_path);
    good = false;
  }
  if (!good)
    return FILE_UNREADABLE;
  /* Servers take the first certificate for their own; so do we. */
  *ret_chain = certs_in_order(call->arena, &certs, &certs.items[0]);
  return FILE_FOUND;
}

enum file_found keystore_read_chain(const struct call *call, const struct keystore *keystore,
                                    const struct secret *password, struct cert_list *ret_chain,
                                    struct answer *answer)
{
  if (keystore->form != KEYSTORE_PKCS12)
    return read_certs(call, keystore, ret_chain, &answer->says);
  struct pair pair = {0};
  enum file_found found = keystore_read_pkcs12(call, keystore, password, &pair, answer);
  *ret_chain = pair.chain;
  pair_free(&pair);
  return found;
}

static enum file_found read_key(const struct call *call, const struct keystore *keystore,
                                const struct secret *password, struct private_key **ret_key,
                                struct text *ret_error)
{
  struct secret *bytes = NULL;
  struct text reason;
  enum file_found found = file_read_secret(call->arena, keystore->key_path, &bytes, ret_error);
  if (found != FILE_FOUND)
    return found;
  struct private_key *key = key_from_pem(call->arena, bytes, password, &reason);
  secret_free(bytes);
  if (key == NULL) {
    *ret_error = text_format(call->arena, "%s: %.*s", keystore->key_path, TEXT_ARG(reason));
    return FILE_UNREADABLE;
  }
  *ret_key = key;
  return FILE_FOUND;
}

enum file_found keystore_read_pair(const struct call *call, const struct keystore *keystore,
                                   const struct secret *password, struct pair *ret_pair,
                                   struct answer *answer)
{
  struct pair pair = {0};
  if (keystore->form == KEYSTORE_PKCS12)
    return keystore_read_pkcs12(call, keystore, password, ret_pair, answer);
  enum file_found found = read_certs(call, keystore, &pair.chain, &answer->says);
  if (found == FILE_FOUND)
    found = read_key(call, keystore, password, &pair.key, &answer->says);
  if (found == FILE_FOUND)
    *ret_pair = pair;
  return found;
}

static struct secret *whole_file(const struct secret *key_pem, struct text certs_pem)
{
  size_t key_bytes = secret_size_bytes(key_pem);
  struct secret *whole = secret_new(key_bytes + certs_pem.length);
  if (whole == NULL)
    return NULL;
  memcpy(secret_bytes(whole), secret_view(key_pem), key_bytes);
  memcpy(secret_bytes(whole) + key_bytes, certs_pem.at, certs_pem.length);
  return whole;
}

/* Both new files are complete and durable before the first name changes. */
static enum file_change write_loose(const struct call *call, const struct keystore *keystore,
                                    const struct secret *key_pem, struct text certs_pem,
                                    struct text *ret_error)
{
  enum file_change key =
      file_prepare_secret(call->arena, keystore->key_path, key_pem, 0600, ret_error);
  if (key == FILE_FAILED)
    return FILE_FAILED;
  enum file_change cert =
      file_prepare(call->arena, keystore->cert_path, certs_pem, 0644, ret_error);
  if (cert == FILE_FAILED || !file_commit(call->arena, keystore->key_path, key, ret_error) ||
      !file_commit(call->arena, keystore->cert_path, cert, ret_error))
    return FILE_FAILED;
  return key == FILE_CHANGED || cert == FILE_CHANGED ? FILE_CHANGED : FILE_UNCHANGED;
}

static enum file_change write_pem(const struct call *call, const struct keystore *keystore,
                                  const struct pair *pair, const struct secret *password,
                                  struct text *ret_error)
{
  struct cert_list shown = certs_without_root(&pair->chain);
  struct text certs_pem = certs_to_pem(call->arena, &shown);
  struct secret *key_pem = key_to_pem(call->arena, pair->key, password, ret_error);
  enum file_change change = FILE_FAILED;
  if (key_pem == NULL)
    return FILE_FAILED;
  switch (keystore->form) {
  case KEYSTORE_FILE: {
    struct secret *whole = whole_file(key_pem, certs_pem);
    if (whole != NULL)
      change = file_replace_secret(call->arena, keystore->path, whole, 0600, ret_error);
    secret_free(whole);
    break;
  }
  case KEYSTORE_FOLDER:
    change = keystore_write_generation(call, keystore, key_pem, &shown, ret_error);
    break;
  case KEYSTORE_LOOSE:
    change = write_loose(call, keystore, key_pem, certs_pem, ret_error);
    break;
  case KEYSTORE_PKCS12:
    break;
  }
  secret_free(key_pem);
  return change;
}

enum file_change keystore_write_pair(const struct call *call, const struct keystore *keystore,
                                     const struct cert *expected, const struct pair *pair,
                                     const struct secret *password, struct answer *answer)
{
  return keystore->form == KEYSTORE_PKCS12
             ? keystore_write_pkcs12(call, keystore, expected, pair, password, answer)
             : write_pem(call, keystore, pair, password, &answer->says);
}

enum file_change keystore_drop_pair(const struct call *call, const struct keystore *keystore,
                                    const struct cert *expected, const struct secret *password,
                                    struct answer *answer)
{
  return keystore_write_pkcs12(call, keystore, expected, NULL, password, answer);
}

static enum keystore_sight compare(const struct cert *leaf, const struct private_key *key,
                                   const struct cert *old, const struct cert *wanted)
{
  bool is_new = wanted != NULL && cert_same(leaf, wanted);
  bool is_old = old != NULL && cert_same(leaf, old);
  if (key == NULL || cert_matches_key(leaf, key))
    return is_new ? KEYSTORE_NEW : is_old ? KEYSTORE_OLD : KEYSTORE_FOREIGN;
  const struct cert *other = is_new ? old : is_old ? wanted : NULL;
  return other != NULL && cert_matches_key(other, key) ? KEYSTORE_BETWEEN : KEYSTORE_FOREIGN;
}

static void describe(const struct call *call, const struct keystore *keystore,
                     enum keystore_sight sight, const struct cert *leaf, struct answer *answer)
{
  switch (sight) {
  case KEYSTORE_NEW:
  case KEYSTORE_OLD:
    answer_say(call, answer, "%s holds the %s pair (SHA-256 %.16s...)", keystore->path,
               sight == KEYSTORE_NEW ? "new" : "old", leaf->fingerprint.at);
    break;
  case KEYSTORE_BETWEEN:
    answer_say(call, answer,
               "%s: key and certificate are of two different pairs: a replacement was "
               "cut off; it is completed first of all",
               keystore->path);
    break;
  case KEYSTORE_FOREIGN:
    answer_say(call, answer,
               "%s holds neither the old nor the new pair, but %.*s (SHA-256 %.*s), or "
               "a key that does not belong to it",
               keystore->path, TEXT_ARG(leaf->subject), TEXT_ARG(leaf->fingerprint));
    answer_help(call, answer,
                "somebody changed the keystore since the run began; put the right pair in place, "
                "then: renew decide %.*s %.*s redo --because \"...\"",
                TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
    break;
  case KEYSTORE_EMPTY:
  case KEYSTORE_UNREADABLE:
    break;
  }
}

enum keystore_sight keystore_see(const struct call *call, const struct keystore *keystore,
                                 const struct cert *old, const struct cert *wanted,
                                 struct answer *answer)
{
  struct pair pair = {0};
  struct secret *password = NULL;
  struct answer why = {0};
  enum file_found found;
  if (call->world->live) {
    found = keystore_read_chain(call, keystore, NULL, &pair.chain, &why);
  } else {
    if (!secret_of_setting(call, keystore->resource, KEY_PASSWORD, 0, &password, answer))
      return KEYSTORE_UNREADABLE;
    found = keystore_read_pair(call, keystore, password, &pair, &why);
    secret_free(password);
  }
  if (found != FILE_FOUND) {
    answer->says = why.says;
    answer->help = why.help;
    if (why.has_code)
      answer_set_code(answer, why.code);
    return found == FILE_MISSING ? KEYSTORE_EMPTY : KEYSTORE_UNREADABLE;
  }
  const struct cert *leaf = &pair.chain.items[0];
  enum keystore_sight sight = compare(leaf, pair.key, old, wanted);
  describe(call, keystore, sight, leaf, answer);
  answer_add_fact(call->arena, answer, "fingerprint", leaf->fingerprint);
  pair_free(&pair);
  return sight;
}

enum file_found keystore_look(const struct call *call, uint32_t certificate,
                              struct cert_list *ret_chain, struct answer *answer)
{
  struct keystore keystore;
  struct secret *password = NULL;
  struct text error = TEXT_NONE;
  uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
  if (place != INDEX_NONE && keystore_is_tenant(call->graph, place))
    return tenant_look(call, certificate, ret_chain, answer);
  if (place == INDEX_NONE || !keystore_is_ours(call->graph, place)) {
    answer_say(call, answer, "only the owner of its keystore can look into it");
    return FILE_MISSING;
  }
  if (!keystore_open(call, place, certificate, &keystore, &error)) {
    answer_say(call, answer, "%.*s", TEXT_ARG(error));
    return FILE_UNREADABLE;
  }
  bool may_open = !call->world->live || call->world->trusted;
  if (may_open && !secret_of_setting(call, place, KEY_PASSWORD, 0, &password, answer))
    return FILE_UNREADABLE;
  enum file_found found = keystore_read_chain(call, &keystore, password, ret_chain, answer);
  secret_free(password);
  return found;
}
