/* SPDX-License-Identifier: Apache-2.0 */
/* service_key: see service_key.h. */
#include "runtime/providers/service_key.h"

#include <ctype.h>
#include <string.h>
#include <sys/random.h>

#include "compiler/base/digest.h"
#include "compiler/pki/cert.h"
#include "runtime/providers/safe.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/world.h"

enum { LABEL_MAX = 63, MARK_BYTES = 8, SHOWN_HEX = 4, DIGEST_SHOWN_HEX = 16 };

static struct text declared_name(const struct call *call, uint32_t key)
{
  return call->graph->resources[key].name;
}

/* ---- K.new ---- */

static const char *mark_path(const struct call *call)
{
  return safe_path(call, TEXT("run"), ".mark");
}

/* Once made it stays: each look at a key asks for it several times. */
static struct text read_mark(const struct call *call)
{
  struct text bytes, error, mark;
  struct sessions *sessions = call->world->sessions;
  struct text about = text_format(call->arena, "mark %.*s", TEXT_ARG(call->run));
  if (sessions != NULL && sessions_recall(sessions, call->arena, about, &mark))
    return mark;
  if (file_read(call->arena, mark_path(call), &bytes, &error) != FILE_FOUND ||
      bytes.length < MARK_BYTES * 2)
    return TEXT("");
  mark = (struct text){bytes.at, MARK_BYTES * 2};
  if (sessions != NULL)
    sessions_remember(sessions, about, mark);
  return mark;
}

bool service_key_mark(const struct call *call, struct text *ret_error)
{
  unsigned char dice[MARK_BYTES];
  char hex[MARK_BYTES * 2 + 1];
  if (read_mark(call).length != 0)
    return true;
  if (getrandom(dice, sizeof dice, 0) != (ssize_t)sizeof dice) {
    *ret_error = TEXT("the system gives no random numbers");
    return false;
  }
  for (size_t i = 0; i < sizeof dice; i++)
    snprintf(hex + 2 * i, 3, "%02x", dice[i]);
  return safe_make_folder(call, ret_error) &&
         file_replace(call->arena, mark_path(call), text_of(hex), 0600, ret_error) != FILE_FAILED;
}

struct text service_key_run_label(const struct call *call)
{
  struct text mark = read_mark(call);
  return service_key_label(
      call, text_format(call->arena, "%.*s-%.*s", TEXT_ARG(call->run), TEXT_ARG(mark)));
}

struct text service_key_new_name(const struct call *call, uint32_t key)
{
  struct text name = declared_name(call, key), mark = read_mark(call);
  if (mark.length == 0)
    return TEXT("");
  struct text end = text_format(call->arena, "%.*s-%.*s", TEXT_ARG(call->run), SHOWN_HEX, mark.at);
  if (name.length + 1 + end.length <= SERVICE_KEY_NAME_MAX)
    return text_format(call->arena, "%.*s-%.*s", TEXT_ARG(name), TEXT_ARG(end));
  /* Cut, with what tells it from another one that is cut at the same place. */
  struct digest digest = digest_of(name);
  size_t taken = 2 + SHOWN_HEX + end.length;
  size_t room = taken < SERVICE_KEY_NAME_MAX ? SERVICE_KEY_NAME_MAX - taken : 1;
  return text_format(call->arena, "%.*s-%.*s-%.*s", (int)room, name.at, SHOWN_HEX, digest.hex,
                     TEXT_ARG(end));
}

/* Cloud Foundry, metadata: letters, digits, -_. ; a letter or digit at both ends; at most 63. */
struct text service_key_label(const struct call *call, struct text name)
{
  bool fits = name.length != 0 && name.length <= LABEL_MAX && isalnum((unsigned char)name.at[0]) &&
              isalnum((unsigned char)name.at[name.length - 1]);
  for (size_t i = 0; i < name.length && fits; i++)
    fits = isalnum((unsigned char)name.at[i]) || strchr("-_.", name.at[i]) != NULL;
  if (fits)
    return name;
  struct digest mark = digest_of(name);
  return text_format(call->arena, "%.*s", DIGEST_SHOWN_HEX, mark.hex);
}

enum cloud_end service_key_open(const struct call *call, uint32_t key, struct cloud *ret_cloud,
                                struct text *ret_instance, struct answer *answer)
{
  uint32_t instance = setting_resource(call, key, KEY_OF, 0);
  uint32_t space = setting_resource(call, instance, KEY_IN, 0);
  enum cloud_end end = cloud_open(call, space, ret_cloud, answer);
  return end == CLOUD_OK ? cloud_instance(ret_cloud, instance, ret_instance, answer) : end;
}

/* ---- K.old ---- */

static const char *id_path(const struct call *call, uint32_t key)
{
  return safe_path(call, text_format(call->arena, "%.*s.old", TEXT_ARG(declared_name(call, key))),
                   ".id");
}

static bool read_id(const struct call *call, uint32_t key, struct text *ret_guid)
{
  struct text bytes, error;
  if (file_read(call->arena, id_path(call, key), &bytes, &error) != FILE_FOUND)
    return false;
  while (bytes.length != 0 && bytes.at[bytes.length - 1] == '\n')
    bytes.length--;
  *ret_guid = bytes;
  return true;
}

static enum cloud_end candidates(const struct call *call, uint32_t key, struct cloud *cloud,
                                 struct text instance, struct cf_resource **ret_keys,
                                 uint32_t *ret_count, struct answer *answer);

/* A dry run binds nothing: the key that a run would bind now. */
static enum cloud_end find_unbound(const struct call *call, uint32_t key, struct cloud *cloud,
                                   struct text instance, struct cf_resource *ret_key,
                                   struct answer *answer)
{
  struct cf_resource *keys = NULL;
  uint32_t count = 0;
  enum cloud_end end = candidates(call, key, cloud, instance, &keys, &count, answer);
  if (end == CLOUD_OK && count == 1)
    *ret_key = keys[0];
  if (end != CLOUD_OK || count == 1)
    return end;
  answer_say(call, answer,
             count == 0 ? "the platform has no key that could be %.*s.old"
                        : "several keys could be %.*s.old: a run would refuse",
             TEXT_ARG(declared_name(call, key)));
  return CLOUD_NO;
}

enum cloud_end service_key_find(const struct call *call, const struct argument *argument,
                                struct cloud *cloud, struct text instance,
                                struct cf_resource *ret_key, struct answer *answer)
{
  struct text guid;
  uint32_t key = argument->resource;
  if (!argument_has(argument, MEMBER_OLD)) {
    struct text name = service_key_new_name(call, key);
    return name.length == 0 ? CLOUD_MISSING
                            : cloud_key_named(cloud, instance, name, ret_key, answer);
  }
  if (!read_id(call, key, &guid)) {
    if (call->world->live)
      return find_unbound(call, key, cloud, instance, ret_key, answer);
    answer_say(call, answer, "which key %.*s is was not bound when the run began",
               TEXT_ARG(argument_name(call, argument)));
    return CLOUD_NO;
  }
  if (guid.length == 0)
    return CLOUD_MISSING;
  enum cloud_end end = cloud_key_read(cloud, guid, ret_key, answer);
  if (end != CLOUD_OK || text_equal(cf_value(&ret_key->relations, "service_instance"), instance))
    return end;
  answer_say(call, answer, "%.*s belongs to another service instance now",
             TEXT_ARG(argument_name(call, argument)));
  return CLOUD_NO;
}

bool service_key_is_there(const struct call *call, const struct argument *argument, bool *ret_there,
                          struct text *ret_error)
{
  struct cloud cloud;
  struct cf_resource key = {0};
  struct text instance;
  struct answer why = {0};
  enum cloud_end end = service_key_open(call, argument->resource, &cloud, &instance, &why);
  if (end == CLOUD_OK)
    end = service_key_find(call, argument, &cloud, instance, &key, &why);
  /* A key that is being made, or whose request failed, lets nobody in. */
  bool is_made =
      key.state.length == 0 || !text_is(key.operation, "create") || text_is(key.state, "succeeded");
  *ret_there = end == CLOUD_OK && is_made;
  *ret_error = why.says;
  return end == CLOUD_OK || end == CLOUD_MISSING;
}

/* The keys that may be K.old: those with the label, without this run's own; else the one of the
 * declared name. */
static enum cloud_end candidates(const struct call *call, uint32_t key, struct cloud *cloud,
                                 struct text instance, struct cf_resource **ret_keys,
                                 uint32_t *ret_count, struct answer *answer)
{
  struct text own = service_key_new_name(call, key), name = setting_text(call, key, KEY_NAME, 0);
  struct text label = text_format(call->arena, "renew-key=%.*s",
                                  TEXT_ARG(service_key_label(call, declared_name(call, key))));
  struct cf_resource *keys;
  uint32_t count, kept = 0;
  enum cloud_end end = cloud_keys(cloud, instance, label, &keys, &count, answer);
  if (end != CLOUD_OK)
    return end;
  for (uint32_t i = 0; i < count; i++)
    if (!text_equal(keys[i].name, own))
      keys[kept++] = keys[i];
  *ret_keys = keys;
  *ret_count = kept;
  if (kept != 0)
    return CLOUD_OK;
  *ret_keys = ARENA_NEW(call->arena, struct cf_resource);
  end = cloud_key_named(cloud, instance, name.length != 0 ? name : declared_name(call, key),
                        *ret_keys, answer);
  *ret_count = end == CLOUD_OK;
  return end == CLOUD_MISSING ? CLOUD_OK : end;
}

static bool keep_id(const struct call *call, uint32_t key, struct text guid, struct answer *answer)
{
  struct text error = TEXT_NONE;
  struct text line = text_format(call->arena, "%.*s\n", TEXT_ARG(guid));
  if (safe_make_folder(call, &error) &&
      file_replace(call->arena, id_path(call, key), line, 0600, &error) != FILE_FAILED)
    return true;
  answer_say(call, answer, "%.*s", TEXT_ARG(error));
  return false;
}

static bool choose(const struct call *call, uint32_t key, const struct cf_resource *keys,
                   uint32_t count, bool must_be_there, struct answer *answer)
{
  struct text name = declared_name(call, key), names = TEXT("");
  if (count == 0 && must_be_there) {
    answer_say(call, answer, "the platform has no key that could be %.*s.old", TEXT_ARG(name));
    answer_help(
        call, answer,
        "write `name \"...\"` in the service-key: what the key that is there now is called");
    return false;
  }
  for (uint32_t i = 0; i < count; i++)
    names = text_format(call->arena, "%.*s%s%.*s", TEXT_ARG(names), i == 0 ? "" : ", ",
                        TEXT_ARG(text_visible(call->arena, keys[i].name)));
  if (count > 1) {
    answer_say(call, answer, "%u keys could be %.*s.old: %.*s", count, TEXT_ARG(name),
               TEXT_ARG(names));
    answer_help(call, answer,
                "delete those that nobody uses (cf delete-service-key), then begin "
                "again");
    return false;
  }
  if (!keep_id(call, key, count == 0 ? TEXT("") : keys[0].guid, answer))
    return false;
  const char *fact = text_format(call->arena, "%.*s.old", TEXT_ARG(name)).at;
  answer_add_fact(call->arena, answer, fact,
                  count == 0 ? TEXT("none")
                             : text_format(call->arena, "%.*s (%.*s)", TEXT_ARG(names),
                                           TEXT_ARG(text_visible(call->arena, keys[0].guid))));
  return true;
}

/* ---- a renewal that would be refused ---- */

static bool is_created(const struct call *call, uint32_t key)
{
  for (uint32_t i = 0; i < call->graph->step_count; i++) {
    const struct step *step = &call->graph->steps[i];
    const struct argument *made = step_argument_of_kind(call->graph, step, KIND_SERVICEKEY);
    if (step->effect == EFFECT_ADD_SERVICE_KEY && made != NULL && made->resource == key)
      return true;
  }
  return false;
}

/* The leaf that a key on the platform holds; NULL where the platform does not show it. */
static const struct cert *held_certificate(const struct call *call, struct cloud *cloud,
                                           struct text guid)
{
  struct cf_credentials given;
  struct cert_list certs = {0};
  struct secret *details = NULL;
  struct answer ignored = {0};
  if (cloud_details(cloud, guid, &details, &ignored) == CLOUD_OK &&
      cf_read_credentials(call->arena, details, &given) && given.certificate.length != 0 &&
      cert_read_pem(call->arena, given.certificate, &certs, &ignored.says))
    certs = certs_in_order(call->arena, &certs, NULL);
  secret_free(details);
  return certs.count == 0 ? NULL : &certs.items[0];
}

/* SAP Help, "Service Key Types": a certificate is taken once over all instances; of two keys that are not
 * pinned and have the same names neither is told from the other. What the platform would refuse behind
 * the first steps is said before them. */
static bool judge_new(const struct call *call, uint32_t key, struct cloud *cloud,
                      const struct cf_resource *old, struct answer *answer)
{
  const struct cert *new;
  struct text error = TEXT_NONE, name = declared_name(call, key);
  if (!text_is(setting_text(call, key, KEY_KEY_TYPE, 0), "external-certificate") ||
      !is_created(call, key) || !service_key_certificate(call, key, &new, &error))
    return true;
  const struct cert *held = held_certificate(call, cloud, old->guid);
  struct text print =
      held != NULL ? held->fingerprint : cf_value(&old->annotations, "renew-certificate-sha256");
  if (text_equal(print, new->fingerprint)) {
    answer_say(call, answer, "%s still holds the certificate of %.*s.old (SHA-256 %.*s)",
               setting_path(call, key, KEY_CERTIFICATE_FROM, 0), TEXT_ARG(name), TEXT_ARG(print));
    answer_help(
        call, answer,
        "put the sender's new certificate there: the platform takes a certificate once, over "
        "all service keys");
    return false;
  }
  if (setting_number(call, key, KEY_PINNED, 0, 1) != 0 || held == NULL ||
      !text_equal(held->subject, new->subject) || !text_equal(held->issuer, new->issuer))
    return true;
  answer_say(
      call, answer,
      "%.*s is not pinned, and the new certificate has the subject and issuer of %.*s.old: the "
      "platform would not tell the two keys apart",
      TEXT_ARG(name), TEXT_ARG(name));
  answer_help(
      call, answer, "%s: the sender may switch without a new key",
      new->not_before_s >= held->not_before_s
          ? "create nothing; the platform takes the new certificate by its names"
          : "take a certificate that was issued later than the old one, and create nothing");
  return false;
}

bool service_key_bind(const struct call *call, uint32_t key, bool must_be_there,
                      enum outcome *ret_outcome, struct answer *answer)
{
  struct cloud cloud;
  struct text instance, guid;
  struct cf_resource *keys = NULL;
  uint32_t count = 0;
  if (read_id(call, key, &guid))
    return true;
  enum cloud_end end = service_key_open(call, key, &cloud, &instance, answer);
  if (end == CLOUD_MISSING) /* a step of the plan creates its instance: there is no old key */
    return choose(call, key, NULL, 0, false, answer);
  if (end == CLOUD_OK)
    end = candidates(call, key, &cloud, instance, &keys, &count, answer);
  *ret_outcome = end == CLOUD_LOST ? OUTCOME_UNREACHABLE : cloud_outcome(end);
  if (end != CLOUD_OK)
    return false;
  *ret_outcome = OUTCOME_MISCONFIGURED;
  return (count != 1 || judge_new(call, key, &cloud, &keys[0], answer)) &&
         choose(call, key, keys, count, must_be_there, answer);
}

/* ---- what a key holds ---- */

bool service_key_certificate(const struct call *call, uint32_t key, const struct cert **ret_cert,
                             struct text *ret_error)
{
  struct text bytes;
  struct cert_list certs;
  const char *path = setting_path(call, key, KEY_CERTIFICATE_FROM, 0);
  if (path == NULL) {
    *ret_error = TEXT("the plan names no certificate file");
    return false;
  }
  if (file_read(call->arena, path, &bytes, ret_error) != FILE_FOUND ||
      !cert_read_pem(call->arena, bytes, &certs, ret_error))
    return false;
  certs = certs_in_order(call->arena, &certs, NULL);
  if (certs.count == 0) {
    *ret_error = text_format(call->arena, "%s holds no certificate", path);
    return false;
  }
  *ret_cert = &certs.items[0];
  return true;
}

bool service_key_judge(const struct call *call, uint32_t key, const struct secret *details,
                       struct answer *answer)
{
  struct cf_credentials given;
  struct cert_list certs = {0};
  struct text error = TEXT_NONE;
  if (!cf_read_credentials(call->arena, details, &given)) {
    answer_say(call, answer, "the platform shows no credentials of the key");
    return false;
  }
  if (given.client.length != 0)
    answer_add_fact(call->arena, answer, "client", text_visible(call->arena, given.client));
  if (given.certificate.length != 0 &&
      cert_read_pem(call->arena, given.certificate, &certs, &error))
    certs = certs_in_order(call->arena, &certs, NULL);
  if (certs.count != 0) {
    answer_add_fact(call->arena, answer, "fingerprint", certs.items[0].fingerprint);
    answer_add_fact(call->arena, answer, "until",
                    cert_time_text(call->arena, certs.items[0].not_after_s));
  }
  const struct cert *wanted;
  struct text type = setting_text(call, key, KEY_KEY_TYPE, 0);
  if (!text_is(type, "external-certificate") || certs.count == 0)
    return true;
  if (!service_key_certificate(call, key, &wanted, &error)) {
    answer_say(call, answer, "%.*s", TEXT_ARG(error));
    return false;
  }
  if (cert_same(wanted, &certs.items[0]))
    return true;
  answer_say(call, answer, "the key holds another certificate (SHA-256 %.*s) than the file",
             TEXT_ARG(certs.items[0].fingerprint));
  return false;
}
