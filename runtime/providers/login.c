/* SPDX-License-Identifier: Apache-2.0 */
/* login: see login.h. */
#include "runtime/providers/login.h"

#include <string.h>

#include <jansson.h>

#include "runtime/net/token.h"
#include "runtime/net/url.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/keystore.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/sessions.h"

/* What a service key says; the texts belong to `root`. */
struct service_key {
  json_t *root;
  const char *token_url, *client, *client_secret, *certificate, *key;
};

static const char *words_at(const json_t *at, const char *name)
{
  return json_string_value(json_object_get(at, name));
}

/* False with a reason that says nothing of the content. */
static bool service_key_read(const struct secret *secret, struct service_key *ret_key,
                             const char **ret_reason)
{
  struct service_key found = {0};
  found.root = json_loadb((const char *)secret_view(secret), secret_size_bytes(secret), 0, NULL);
  const json_t *at = json_object_get(found.root, "oauth");
  if (!json_is_object(at))
    at = found.root;
  found.token_url = words_at(at, "tokenurl");
  found.client = words_at(at, "clientid");
  found.client_secret = words_at(at, "clientsecret");
  found.certificate = words_at(at, "certificate");
  found.key = words_at(at, "key");
  bool has_pair = found.certificate != NULL && found.key != NULL;
  *ret_reason = found.root == NULL        ? "it is no JSON"
                : found.token_url == NULL ? "it has no `tokenurl`"
                : found.client == NULL    ? "it has no `clientid`"
                : found.client_secret == NULL && !has_pair
                    ? "it has neither `clientsecret` nor `certificate` with `key`"
                    : NULL;
  if (*ret_reason == NULL) {
    *ret_key = found;
    return true;
  }
  json_decref(found.root);
  return false;
}

/* Who logs on where: the same for all steps of a process. */
static struct text name_of_login(const struct call *call, uint32_t resource)
{
  uint32_t with = setting_resource(call, resource, KEY_LOGIN, 1);
  enum key key = call->graph->resources[resource].kind == KIND_SPACE ? KEY_API : KEY_URL;
  return text_format(call->arena, "%.*s %.*s %.*s", TEXT_ARG(setting_text(call, resource, key, 0)),
                     TEXT_ARG(setting_text(call, resource, KEY_LOGIN, 0)),
                     TEXT_ARG(with == INDEX_NONE ? TEXT("") : call->graph->resources[with].name));
}

static struct text name_of_refusal(const struct call *call, uint32_t resource)
{
  return text_format(call->arena, "refused %.*s", TEXT_ARG(name_of_login(call, resource)));
}

void login_was_refused(const struct call *call, uint32_t resource)
{
  if (call->world->sessions != NULL)
    sessions_remember(call->world->sessions, name_of_refusal(call, resource), TEXT("401"));
}

bool login_is_allowed(const struct call *call)
{
  return !call->world->live || call->world->trusted;
}

static bool refuse_key(const struct call *call, uint32_t resource, const char *reason,
                       struct answer *answer)
{
  answer_say(call, answer, "the secret of `login oauth` of `%.*s` is no service key: %s",
             TEXT_ARG(call->graph->resources[resource].name), reason);
  answer_set_code(answer, DIAG_E1013);
  answer_help(call, answer,
              "put the service key there as it was downloaded (JSON with tokenurl, clientid and "
              "clientsecret)");
  return false;
}

static struct secret *pem_of(const char *key, const char *certificate)
{
  size_t key_bytes = strlen(key), cert_bytes = strlen(certificate);
  struct secret *pair = secret_new(key_bytes + cert_bytes + 1);
  if (pair == NULL)
    return NULL;
  memcpy(secret_bytes(pair), key, key_bytes);
  secret_bytes(pair)[key_bytes] = '\n';
  memcpy(secret_bytes(pair) + key_bytes + 1, certificate, cert_bytes);
  return pair;
}

/* The pair of a declared certificate, as PEM of key, leaf and chain. */
static struct secret *declared_pair(const struct call *call, uint32_t certificate,
                                    struct answer *answer)
{
  struct keystore keystore;
  struct pair pair = {0};
  struct secret *password = NULL, *key_pem = NULL, *whole = NULL;
  uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
  if (place == INDEX_NONE || !keystore_is_ours(call->graph, place)) {
    answer_say(call, answer, "the certificate of the log-on is in no keystore that renew can open");
    answer_help(call, answer, "log on with a certificate of a `pem` or `pkcs12` keystore");
    return NULL;
  }
  if (keystore_open(call, place, certificate, &keystore, &answer->says) &&
      secret_of_setting(call, place, KEY_PASSWORD, 0, &password, answer) &&
      keystore_read_pair(call, &keystore, password, &pair, answer) == FILE_FOUND) {
    struct text certs = certs_to_pem(call->arena, &pair.chain);
    key_pem = key_to_pem(call->arena, pair.key, NULL, &answer->says);
    if (key_pem != NULL)
      whole = secret_new(secret_size_bytes(key_pem) + certs.length);
    if (whole != NULL) {
      memcpy(secret_bytes(whole), secret_view(key_pem), secret_size_bytes(key_pem));
      memcpy(secret_bytes(whole) + secret_size_bytes(key_pem), certs.at, certs.length);
    }
  }
  secret_free(key_pem);
  secret_free(password);
  pair_free(&pair);
  return whole;
}

/* A call waits this long for a system that is busy; longer patience is the engine's, which says so. */
enum { PATIENCE_MS = 5000 };

static bool use_service_key(const struct call *call, uint32_t resource,
                            const struct login_wish *wish, const struct secret *secret,
                            struct session_settings *settings, struct answer *answer)
{
  struct service_key key;
  const char *reason;
  struct url url;
  if (!service_key_read(secret, &key, &reason))
    return refuse_key(call, resource, reason, answer);
  struct text token_url = text_copy(call->arena, text_of(key.token_url));
  bool good = url_parse(call->arena, token_url, &url, &answer->says);
  struct secret *client_secret =
      key.client_secret == NULL ? NULL : secret_copy(key.client_secret, strlen(key.client_secret));
  struct secret *pair =
      key.client_secret != NULL || key.key == NULL ? NULL : pem_of(key.key, key.certificate);
  if (good) {
    struct token_settings token = {
        .url = token_url,
        .grant = TOKEN_CLIENT_CREDENTIALS,
        .client = text_of(key.client),
        .client_secret = client_secret,
        .pair = pair,
        .grant_in_query = wish->grant_in_query,
        .roots_file = conf_roots(call->arena, call->world->conf, url.host),
        .proxy = conf_proxy(call->world->conf, url.host),
        .timeout_ms = conf_answer_ms(call->world->conf),
        .patience_ms = PATIENCE_MS,
        .now_s = call->world->now_s,
        .monotonic_ms = call->world->monotonic_ms,
    };
    settings->login = SESSION_BEARER;
    settings->tokens = token_source_new(&token, call->arena, &answer->says);
  }
  secret_free(client_secret);
  secret_free(pair);
  json_decref(key.root);
  return good && settings->tokens != NULL;
}

static struct session *open_session(const struct call *call, uint32_t resource,
                                    const struct login_wish *wish, struct answer *answer)
{
  struct url url;
  struct text way = setting_text(call, resource, KEY_LOGIN, 0);
  uint32_t with = setting_resource(call, resource, KEY_LOGIN, 1);
  struct secret *secret = NULL;
  if (!url_parse(call->arena, wish->base, &url, &answer->says))
    return NULL;
  struct session_settings settings = {
      .base = wish->base,
      .csrf_path = wish->csrf_path,
      .logs_on_once = wish->once,
      .roots_file = conf_roots(call->arena, call->world->conf, url.host),
      .proxy = conf_proxy(call->world->conf, url.host),
      .timeout_ms = conf_answer_ms(call->world->conf),
      .patience_ms = PATIENCE_MS,
      .now_s = call->world->now_s,
      .monotonic_ms = call->world->monotonic_ms,
  };
  if (with != INDEX_NONE && call->graph->resources[with].kind == KIND_CERTIFICATE)
    secret = declared_pair(call, with, answer);
  else if (!secret_of_setting(call, resource, KEY_LOGIN, 1, &secret, answer))
    return NULL;
  if (secret == NULL)
    return NULL;
  bool good = true;
  if (text_is(way, "certificate")) {
    settings.login = SESSION_CERTIFICATE;
    settings.pair = secret;
  } else if (text_is(way, "basic")) {
    settings.login = SESSION_BASIC;
    settings.credentials = secret;
  } else {
    good = use_service_key(call, resource, wish, secret, &settings, answer);
  }
  struct session *session = good ? session_new(&settings, call->arena, &answer->says) : NULL;
  secret_free(secret);
  return session;
}

struct session *login_open(const struct call *call, uint32_t resource,
                           const struct login_wish *wish, struct answer *answer)
{
  struct sessions *sessions = call->world->sessions;
  struct text ignored;
  if (sessions == NULL) {
    answer_say(call, answer, "nobody is logged on here");
    return NULL;
  }
  uint32_t with = setting_resource(call, resource, KEY_LOGIN, 1);
  if (call->world->starts_nothing && with != INDEX_NONE && secret_is_later(call, with)) {
    answer_say(call, answer, "its secret is known in a run only");
    return NULL;
  }
  if (sessions_recall(sessions, call->arena, name_of_refusal(call, resource), &ignored)) {
    answer_say(call, answer, "the log-on of `%.*s` was refused and is not tried again",
               TEXT_ARG(call->graph->resources[resource].name));
    answer_help(call, answer, "look at its secret, then: renew resume %.*s", TEXT_ARG(call->run));
    return NULL;
  }
  struct text name = text_format(call->arena, "%.*s %.*s", TEXT_ARG(name_of_login(call, resource)),
                                 TEXT_ARG(wish->base));
  struct session *session = sessions_find(sessions, name);
  if (session != NULL)
    return session;
  session = open_session(call, resource, wish, answer);
  return session == NULL ? NULL : sessions_keep(sessions, name, session);
}

void login_prepare(const struct call *call, uint32_t resource, struct diag_list *diags)
{
  uint32_t with = setting_resource(call, resource, KEY_LOGIN, 1);
  if (with == INDEX_NONE || call->graph->resources[with].kind == KIND_CERTIFICATE)
    return;
  uint32_t before = diags->count;
  secret_prepare(call, with, diags);
  struct answer answer = {0};
  struct secret *secret = NULL;
  struct service_key key;
  const char *reason = NULL;
  if (diags->count != before || secret_is_later(call, with) ||
      !text_is(setting_text(call, resource, KEY_LOGIN, 0), "oauth") ||
      !secret_of_setting(call, resource, KEY_LOGIN, 1, &secret, &answer))
    return;
  if (service_key_read(secret, &key, &reason)) {
    json_decref(key.root);
  } else {
    refuse_key(call, resource, reason, &answer);
    struct diag *diag = diag_add_nowhere(diags, DIAG_E1013, "%.*s", TEXT_ARG(answer.says));
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(answer.help));
  }
  secret_free(secret);
}
