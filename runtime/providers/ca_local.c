/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_local: `gets CERTIFICATE.new signed by CA` where the CA is a certificate and a key in files.
 *
 * (1) Exactly one certificate a run and step, kill -9 anywhere: under a lock beside the CA key, the
 *     certificate itself is appended to KEYFILE.issued and made durable before it goes anywhere
 *     else. Who comes later finds it there by run, step and key.
 * (2) A half written entry at the end of that list is a crash before anything left: it is cut off.
 * (3) Refused before anything is done: a CA key that others may read (E1007), a CA certificate that
 *     is not valid now (E0709), a key that is not the certificate's (E0724).
 * SAP-6ec6-7: the new certificate is signed by a CA.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/crypto/sign.h"
#include "runtime/providers/ca_answer.h"
#include "runtime/providers/own.h"
#include "runtime/providers/request.h"
#include "runtime/providers/safe.h"
#include "runtime/providers/secrets.h"

enum { VALID_FOR_DEFAULT_S = 365 * 86400 };

struct authority {
  struct private_key *key;
  struct cert_list chain; /* its own certificate first */
  const char *list_path;  /* KEYFILE.issued */
  const char *lock_path;
};

/* Opens the CA's files. False with words, code and help in the answer. */
static bool open_authority(const struct call *call, uint32_t ca, struct authority *ret_authority,
                           struct answer *answer)
{
  struct authority authority = {0};
  struct cert_list certs = {0};
  struct text pem, error = TEXT_NONE;
  struct secret *password = NULL, *key_pem = NULL;
  const char *cert_path = setting_path(call, ca, KEY_CERTIFICATE_FILE, 0);
  const char *key_path = setting_path(call, ca, KEY_KEY_FILE, 0);
  struct text name = call->graph->resources[ca].name;
  if (cert_path == NULL || key_path == NULL) {
    answer_say(call, answer, "ca `%.*s` names no `certificate file` or no `key file`",
               TEXT_ARG(name));
    return false;
  }
  if (file_read(call->arena, cert_path, &pem, &error) != FILE_FOUND ||
      !cert_read_pem(call->arena, pem, &certs, &error) || certs.count == 0) {
    answer_set_code(answer, DIAG_E0708);
    answer_say(call, answer, "%s holds no certificate%s%.*s", cert_path,
               error.length == 0 ? "" : ": ", TEXT_ARG(error));
    answer_help(call, answer,
                "`certificate file` of ca `%.*s` is a PEM file with the CA's "
                "certificate first",
                TEXT_ARG(name));
    return false;
  }
  if (file_is_open_to_others(key_path)) {
    answer_set_code(answer, DIAG_E1007);
    answer_say(call, answer, "the CA key %s may be read by group or others", key_path);
    answer_help(call, answer, "chmod 600 %s", key_path);
    return false;
  }
  if (!secret_of_setting(call, ca, KEY_KEY_FILE, 1, &password, answer))
    return false;
  if (file_read_secret(call->arena, key_path, &key_pem, &error) == FILE_FOUND)
    authority.key = key_from_pem(call->arena, key_pem, password, &error);
  secret_free(key_pem);
  secret_free(password);
  if (authority.key == NULL) {
    answer_say(call, answer, "the CA key %s: %.*s", key_path, TEXT_ARG(error));
    return false;
  }
  authority.chain = certs_in_order(call->arena, &certs, &certs.items[0]);
  authority.list_path = text_format(call->arena, "%s.issued", key_path).at;
  authority.lock_path = text_format(call->arena, "%s.lock", key_path).at;
  *ret_authority = authority;
  return true;
}

static bool authority_may_sign(const struct call *call, const struct authority *authority,
                               struct answer *answer)
{
  const struct cert *issuer = &authority->chain.items[0];
  if (!cert_matches_key(issuer, authority->key)) {
    answer_set_code(answer, DIAG_E0724);
    answer_say(call, answer, "the CA key is not the key of the CA certificate %.*s",
               TEXT_ARG(issuer->subject));
    answer_help(call, answer, "name the `key file` that belongs to this `certificate file`");
    return false;
  }
  enum validity validity = cert_validity(issuer, call->world->now_s());
  if (validity == VALIDITY_NOW)
    return true;
  answer_set_code(answer, DIAG_E0709);
  bool over = validity == VALIDITY_OVER;
  answer_say(
      call, answer, "the CA certificate %.*s %s %.*s", TEXT_ARG(issuer->subject),
      over ? "expired" : "is not valid before",
      TEXT_ARG(cert_time_text(call->arena, over ? issuer->not_after_s : issuer->not_before_s)));
  answer_help(call, answer, "%s",
              over ? "renew the CA first; what it signs now is refused everywhere"
                   : "look at the clock of this machine");
  return false;
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  struct answer answer = {0};
  struct authority authority = {0};
  uint32_t ca = step_resource(call->graph, call->step, PART_BY);
  uint32_t secret = setting_resource(call, ca, KEY_KEY_FILE, 1);
  /* Nobody is asked before the run begins; a typed password shows itself at the first use. */
  if (secret_is_later(call, secret)) {
    secret_prepare(call, secret, diags);
    return;
  }
  bool good = open_authority(call, ca, &authority, &answer) &&
              authority_may_sign(call, &authority, &answer);
  key_free(authority.key);
  if (good)
    return;
  struct diag *diag = diag_add_nowhere(diags, answer.has_code ? answer.code : DIAG_E0708, "%.*s",
                                       TEXT_ARG(answer.says));
  if (answer.help.length != 0)
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(answer.help));
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text name = argument_name(call, wanted), error = TEXT_NONE;
  struct cert_list chain;
  enum file_found found = safe_read_chain(call, name, &chain, &error);
  if (found == FILE_UNREADABLE)
    return answer_saw(call, ret_answer, OBSERVED_NOTHING, "%.*s", TEXT_ARG(error));
  /* An entry in the list alone is not the end: apply takes it from there. */
  if (found == FILE_MISSING)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "%.*s is not signed yet", TEXT_ARG(name));
  answer_add_fact(call->arena, ret_answer, "fingerprint", chain.items[0].fingerprint);
  answer_add_fact(call->arena, ret_answer, "serial", chain.items[0].serial);
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "%.*s is signed: serial %.*s, until %.*s",
                    TEXT_ARG(name), TEXT_ARG(chain.items[0].serial),
                    TEXT_ARG(cert_time_text(call->arena, chain.items[0].not_after_s)));
}

/* The first line of an entry, up to what differs between two entries of the same run and step. */
static struct text entry_head(const struct call *call)
{
  return text_format(call->arena, "# run %.*s step %.*s ", TEXT_ARG(call->run),
                     TEXT_ARG(call->step->id));
}

/* The length of the list's whole entries; behind it is what a crash left. */
static size_t whole_length(struct text list)
{
  static const char end[] = "-----END CERTIFICATE-----\n";
  for (size_t length = list.length; length >= sizeof end - 1; length--)
    if (memcmp(list.at + length - (sizeof end - 1), end, sizeof end - 1) == 0)
      return length;
  return 0;
}

/* The certificate that this run, step and key got before; false where there is none. The key is
 * part of it because another store may name a run the same. */
static bool find_issued(const struct call *call, struct text list, const struct private_key *key,
                        struct cert *ret_cert)
{
  struct text head = entry_head(call);
  for (size_t at = 0; at < list.length;) {
    const char *line_end = memchr(list.at + at, '\n', list.length - at);
    size_t next = line_end == NULL ? list.length : (size_t)(line_end - list.at) + 1;
    if (list.length - at >= head.length && memcmp(list.at + at, head.at, head.length) == 0) {
      const char *end = memmem(list.at + next, list.length - next, "\n# ", 3);
      struct text entry = {list.at + next,
                           end == NULL ? list.length - next : (size_t)(end + 1 - list.at) - next};
      struct cert_list found;
      struct text error;
      if (cert_read_pem(call->arena, entry, &found, &error) && found.count == 1 &&
          cert_matches_key(&found.items[0], key)) {
        *ret_cert = found.items[0];
        return true;
      }
    }
    at = next;
  }
  return false;
}

/* Appends the new certificate to the list and makes it durable. fd: the list, locked beside it. */
static bool append_issued(const struct call *call, int fd, size_t whole, const struct cert *cert,
                          struct text *ret_error)
{
  struct text entry =
      text_format(call->arena, "%.*sserial %.*s sha256 %.*s at %.*s\n%.*s",
                  TEXT_ARG(entry_head(call)), TEXT_ARG(cert->serial), TEXT_ARG(cert->fingerprint),
                  TEXT_ARG(cert_time_text(call->arena, call->world->now_s())),
                  TEXT_ARG(cert_to_pem(call->arena, cert)));
  bool good = ftruncate(fd, (off_t)whole) == 0;
  for (size_t at = 0; good && at < entry.length;) {
    ssize_t put = pwrite(fd, entry.at + at, entry.length - at, (off_t)(whole + at));
    if (put < 0 && errno == EINTR)
      continue;
    good = put > 0;
    at += good ? (size_t)put : 0;
  }
  if (good && fsync(fd) == 0)
    return true;
  *ret_error = text_format(call->arena, "the list of issued certificates cannot be written: %s",
                           strerror(errno));
  return false;
}

/* Finds the certificate of this run and step, or makes it. The lock is held. */
static bool issue_once(const struct call *call, const struct authority *authority,
                       const struct argument *wanted, const struct private_key *key,
                       struct cert *ret_cert, struct text *ret_error)
{
  struct text list = TEXT(""), error = TEXT_NONE;
  enum file_found found = file_read(call->arena, authority->list_path, &list, &error);
  if (found == FILE_UNREADABLE) {
    *ret_error = error;
    return false;
  }
  list.length = whole_length(list);
  if (find_issued(call, list, key, ret_cert))
    return true;
  struct sign_wish wish = {
      .now_s = call->world->now_s(),
      .valid_for_s = setting_number(call, wanted->resource, KEY_VALID_FOR, 0, VALID_FOR_DEFAULT_S)};
  wish.csr_pem = request_make(call, wanted, key, ret_error);
  if (wish.csr_pem.length == 0 || !sign_request(call->arena, &authority->chain.items[0],
                                                authority->key, &wish, ret_cert, ret_error))
    return false;
  int fd = open(authority->list_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  bool good = fd >= 0 && append_issued(call, fd, list.length, ret_cert, ret_error);
  if (fd < 0)
    *ret_error =
        text_format(call->arena, "cannot write %s: %s", authority->list_path, strerror(errno));
  else
    close(fd);
  /* The name of a new list must outlive a crash as well. */
  return good && file_sync_folder_of(authority->list_path);
}

static bool write_with_chain(const struct call *call, const struct authority *authority,
                             struct text name, const struct cert *cert, struct text *ret_error)
{
  struct cert_list chain = {
      arena_array(call->arena, (size_t)authority->chain.count + 1, sizeof *cert), 0};
  chain.items[chain.count++] = *cert;
  for (uint32_t i = 0; i < authority->chain.count; i++)
    chain.items[chain.count++] = authority->chain.items[i];
  return safe_write_chain(call, name, &chain, ret_error);
}

static enum outcome sign_under_lock(const struct call *call, const struct authority *authority,
                                    const struct argument *wanted, const struct private_key *key,
                                    struct answer *answer)
{
  struct text name = argument_name(call, wanted), error = TEXT_NONE;
  struct cert cert;
  int lock = open(authority->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX) != 0) {
    if (lock >= 0)
      close(lock);
    return answer_end(call, answer, OUTCOME_MISCONFIGURED, "cannot lock %s: %s",
                      authority->lock_path, strerror(errno));
  }
  bool issued = issue_once(call, authority, wanted, key, &cert, &error);
  close(lock);
  if (!issued || !write_with_chain(call, authority, name, &cert, &error))
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  answer_add_fact(call->arena, answer, "fingerprint", cert.fingerprint);
  answer_add_fact(call->arena, answer, "serial", cert.serial);
  return answer_end(call, answer, OUTCOME_DONE, "%.*s is signed: serial %.*s, until %.*s",
                    TEXT_ARG(name), TEXT_ARG(cert.serial),
                    TEXT_ARG(cert_time_text(call->arena, cert.not_after_s)));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct private_key *key = NULL;
  struct authority authority = {0};
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (ca_answer_key(call, wanted, &key, ret_answer) &&
      open_authority(call, step_resource(call->graph, call->step, PART_BY), &authority,
                          ret_answer) &&
           authority_may_sign(call, &authority, ret_answer))
    outcome = sign_under_lock(call, &authority, wanted, key, ret_answer);
  key_free(authority.key);
  key_free(key);
  return outcome;
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  uint32_t ca = step_resource(call->graph, call->step, PART_BY);
  answer_say(call, ret_answer, "would sign %.*s with the key of ca `%.*s`",
             TEXT_ARG(argument_name(call, wanted)), TEXT_ARG(call->graph->resources[ca].name));
}

const struct provider provider_ca_local = {
    .name = "ca-local",
    .supports = CAN_PROBE | CAN_REPEAT,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};
