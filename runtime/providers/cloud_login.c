/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_login: the log-on to a space: where its UAA is (discovery), and which grant the secret is for.
 * One a process: later steps and other threads find the session again.
 */
#include <string.h>

#include <jansson.h>

#include "runtime/net/token.h"
#include "runtime/net/url.h"
#include "runtime/providers/cloud_int.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/login.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/world.h"

/* What a secret says. Texts and secrets belong to it. */
struct logon {
  enum token_grant grant;
  struct text client, user, origin;
  struct secret *client_secret, *password, *refresh, *assertion;
};

static void logon_free(struct logon *logon)
{
  secret_free(logon->client_secret);
  secret_free(logon->password);
  secret_free(logon->refresh);
  secret_free(logon->assertion);
}

static struct secret *secret_at(const json_t *object, const char *name)
{
  const json_t *value = json_object_get(object, name);
  return json_is_string(value) && json_string_length(value) != 0
             ? secret_copy(json_string_value(value), json_string_length(value))
             : NULL;
}

static struct text words_at(struct arena *arena, const json_t *object, const char *name)
{
  const char *words = json_string_value(json_object_get(object, name));
  return words == NULL ? TEXT("") : text_copy(arena, text_of(words));
}

static const char *read_object(struct arena *arena, const json_t *object, struct logon *logon)
{
  logon->client = words_at(arena, object, "clientid");
  logon->user = words_at(arena, object, "username");
  logon->origin = words_at(arena, object, "origin");
  logon->client_secret = secret_at(object, "clientsecret");
  logon->password = secret_at(object, "password");
  logon->refresh = secret_at(object, "refresh_token");
  logon->assertion = secret_at(object, "assertion");
  bool has_client = logon->client.length != 0;
  if (!has_client)
    logon->client = TEXT("cf"); /* the command line's own client; its secret is empty */
  logon->grant = logon->refresh != NULL                               ? TOKEN_REFRESH
                 : logon->assertion != NULL                           ? TOKEN_ASSERTION
                 : logon->user.length != 0 && logon->password != NULL ? TOKEN_PASSWORD
                                                                      : TOKEN_CLIENT_CREDENTIALS;
  return logon->grant != TOKEN_CLIENT_CREDENTIALS || (has_client && logon->client_secret != NULL)
             ? NULL
             : "it has neither `username` and `password`, nor `clientid` and `clientsecret`, nor "
               "`refresh_token`, nor `assertion`";
}

/* NULL, or why it is none; never with a word of the secret. */
static const char *logon_read(struct arena *arena, const struct secret *secret, struct logon *logon)
{
  const char *bytes = (const char *)secret_view(secret);
  size_t length = secret_size_bytes(secret);
  json_t *object = json_loadb(bytes, length, 0, NULL);
  const char *why = NULL;
  *logon = (struct logon){.grant = TOKEN_PASSWORD, .client = TEXT("cf"), .origin = TEXT("")};
  if (json_is_object(object)) {
    why = read_object(arena, object, logon);
  } else {
    const char *colon = length == 0 ? NULL : memchr(bytes, ':', length);
    size_t behind = colon == NULL ? 0 : (size_t)(colon + 1 - bytes);
    if (colon == NULL || colon == bytes || behind == length || bytes[0] == '{') {
      why = "it is neither user:password nor a JSON object";
    } else {
      logon->user = text_copy(arena, (struct text){bytes, behind - 1});
      logon->password = secret_copy(bytes + behind, length - behind);
    }
  }
  json_decref(object);
  return why;
}

static enum cloud_end refuse_secret(const struct call *call, uint32_t space, const char *why,
                                    struct answer *answer)
{
  answer_say(call, answer, "the secret of the `login` of space `%.*s` cannot be used: %s",
             TEXT_ARG(call->graph->resources[space].name), why);
  answer_help(
      call, answer,
      "put `user:password` there, or {\"clientid\":...,\"clientsecret\":...} (docs/SYSTEMS.md "
      "has all forms)");
  return CLOUD_CLOSED;
}

static struct session_settings settings_for(const struct call *call, struct text base)
{
  struct url url = {0};
  struct text ignored;
  url_parse(call->arena, base, &url, &ignored);
  return (struct session_settings){
      .base = base,
      .roots_file = conf_roots(call->arena, call->world->conf, url.host),
      .proxy = conf_proxy(call->world->conf, url.host),
      .timeout_ms = conf_answer_ms(call->world->conf),
      .now_s = call->world->now_s,
      .monotonic_ms = call->world->monotonic_ms,
  };
}

/* GET / names the UAA; it must not lead from https to http. */
static enum cloud_end discover(const struct call *call, uint32_t space, struct text api,
                               struct text *ret_uaa, struct answer *answer)
{
  struct session_settings settings = settings_for(call, api);
  struct session *session = session_new(&settings, call->arena, &answer->says);
  if (session == NULL)
    return CLOUD_NO;
  const struct session_wish wish = {.method = "GET",
                                    .path = TEXT("/"),
                                    .accept = "application/json",
                                    .deadline_ms = call->deadline_ms};
  struct session_answer said = session_call(session, call->arena, &wish);
  enum cloud_end end = cloud_end_of(call, space, &said, answer);
  if (end == CLOUD_OK) {
    struct cf_body body = cf_read(call->arena, said.body);
    bool is_safe = text_starts_with(body.uaa, "https://") || !text_starts_with(api, "https://");
    *ret_uaa = body.uaa;
    if (!session_is_good(&said) || body.form != CF_ROOT || body.uaa.length == 0 || !is_safe) {
      answer_say(call, answer,
                 "%.*s is no address of a Cloud Foundry API: it answered %d and names "
                 "no log-on server",
                 TEXT_ARG(api), said.status);
      end = said.status >= 500 ? CLOUD_AWAY : CLOUD_NO;
    }
  }
  session_free(session);
  return end == CLOUD_LOST ? CLOUD_AWAY : end; /* only a read */
}

static struct session *open_session(const struct call *call, struct text api, struct text uaa,
                                    const struct logon *logon, struct answer *answer)
{
  struct text url = text_format(call->arena, "%.*s/oauth/token", TEXT_ARG(uaa));
  struct session_settings token = settings_for(call, url);
  struct session_settings settings = settings_for(call, api);
  const struct token_settings own = {.url = url,
                                     .grant = logon->grant,
                                     .client = logon->client,
                                     .client_secret = logon->client_secret,
                                     .user = logon->user,
                                     .password = logon->password,
                                     .refresh = logon->refresh,
                                     .assertion = logon->assertion,
                                     .origin = logon->origin,
                                     .roots_file = token.roots_file,
                                     .proxy = token.proxy,
                                     .timeout_ms = token.timeout_ms,
                                     .now_s = token.now_s,
                                     .monotonic_ms = token.monotonic_ms};
  settings.login = SESSION_BEARER;
  settings.tokens = token_source_new(&own, call->arena, &answer->says);
  return settings.tokens == NULL ? NULL : session_new(&settings, call->arena, &answer->says);
}

static enum cloud_end log_on(const struct call *call, uint32_t space, struct text name,
                             struct session **ret_session, struct answer *answer)
{
  struct logon logon = {0};
  struct secret *secret = NULL;
  struct text api = setting_text(call, space, KEY_API, 0), uaa = TEXT("");
  if (!secret_of_setting(call, space, KEY_LOGIN, 1, &secret, answer))
    return CLOUD_CLOSED;
  const char *why = secret == NULL ? "the log-on needs a secret, not a certificate"
                                   : logon_read(call->arena, secret, &logon);
  enum cloud_end end = why != NULL ? refuse_secret(call, space, why, answer)
                                   : discover(call, space, api, &uaa, answer);
  if (end == CLOUD_OK) {
    struct session *session = open_session(call, api, uaa, &logon, answer);
    end = session == NULL ? CLOUD_NO : CLOUD_OK;
    if (session != NULL)
      *ret_session = sessions_keep(call->world->sessions, name, session);
  }
  logon_free(&logon);
  secret_free(secret);
  return end;
}

enum cloud_end cloud_open(const struct call *call, uint32_t space, struct cloud *ret_cloud,
                          struct answer *answer)
{
  struct sessions *sessions = call->world->sessions;
  struct text name =
      text_format(call->arena, "space %.*s", TEXT_ARG(call->graph->resources[space].name));
  if (sessions == NULL) {
    answer_say(call, answer, "a dry run does not log on");
    return CLOUD_AWAY;
  }
  if (!login_is_allowed(call)) {
    answer_say(call, answer, "nobody is logged on for a plan that nobody vouches for");
    return CLOUD_AWAY;
  }
  *ret_cloud = (struct cloud){call, space, sessions_find(sessions, name)};
  if (ret_cloud->session != NULL)
    return CLOUD_OK;
  bool is_first = sessions_first(sessions, name);
  enum cloud_end end = CLOUD_OK;
  ret_cloud->session = sessions_find(sessions, name);
  if (ret_cloud->session == NULL)
    end = log_on(call, space, name, &ret_cloud->session, answer);
  if (is_first)
    sessions_over(sessions, name);
  return end;
}

void cloud_prepare(const struct call *call, uint32_t space, struct diag_list *diags)
{
  uint32_t with = setting_resource(call, space, KEY_LOGIN, 1);
  uint32_t before = diags->count;
  struct sessions *sessions = call->world->sessions;
  struct text known, about = text_format(call->arena, "prepared %.*s",
                                         TEXT_ARG(call->graph->resources[space].name));
  if (sessions != NULL && sessions_recall(sessions, call->arena, about, &known))
    return; /* a thousand keys, one log-on */
  if (with != INDEX_NONE && call->graph->resources[with].kind == KIND_SECRET)
    secret_prepare(call, with, diags);
  if (diags->count != before || secret_is_later(call, with))
    return;
  struct answer answer = {0};
  struct logon logon = {0};
  struct secret *secret = NULL;
  const char *why = "the log-on needs a secret, not a certificate";
  if (!secret_of_setting(call, space, KEY_LOGIN, 1, &secret, &answer))
    return;
  if (secret != NULL)
    why = logon_read(call->arena, secret, &logon);
  if (why != NULL) {
    refuse_secret(call, space, why, &answer);
    struct diag *diag = diag_add_nowhere(diags, DIAG_E1009, "%.*s", TEXT_ARG(answer.says));
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(answer.help));
  } else if (sessions != NULL) {
    sessions_remember(sessions, about, TEXT("yes"));
  }
  logon_free(&logon);
  secret_free(secret);
}
