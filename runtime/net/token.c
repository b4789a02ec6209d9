/* SPDX-License-Identifier: Apache-2.0 */
/* token: see token.h. */
#include "runtime/net/token.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "runtime/net/session.h"

enum {
  HTTP_BAD_REQUEST = 400,
  HTTP_NO_LOGIN = 401,
  MARGIN_MAX_S = 60, /* a token that is about to expire is not used any more */
  MARGIN_PART = 10,
  LIFE_WITHOUT_WORD_S = 300 /* the server did not say how long: RFC 6749 only recommends it */
};

struct token_source {
  struct arena *arena;
  struct token_settings settings;
  struct secret *password, *assertion;
  struct session *session; /* with the token server */
  const char *path;
  bool names_client; /* in the body: nothing else does */
  pthread_mutex_t lock;
  struct secret *token, *refresh;
  int64_t good_until_s;
  uint64_t serial;
  struct text refused; /* why the log-on is not tried again; "" = it may be */
};

static struct secret *twin(const struct secret *secret)
{
  return secret == NULL ? NULL : secret_copy(secret_view(secret), secret_size_bytes(secret));
}

/* ---- the form ---- */

/* Bytes of the form; with a NULL buffer they are only counted. */
struct form {
  unsigned char *at;
  size_t length;
};

static void put(struct form *form, const char *bytes, size_t count)
{
  if (form->at != NULL)
    memcpy(form->at + form->length, bytes, count);
  form->length += count;
}

static void put_encoded(struct form *form, const char *bytes, size_t count)
{
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static const char digits[] = "0123456789ABCDEF";
  for (size_t i = 0; i < count; i++) {
    unsigned char byte = (unsigned char)bytes[i];
    const char escaped[] = {'%', digits[byte >> 4], digits[byte & 15]};
    if (byte != 0 && strchr(plain, byte) != NULL)
      put(form, bytes + i, 1);
    else
      put(form, escaped, sizeof escaped);
  }
}

static void put_field(struct form *form, const char *name, struct text value)
{
  if (form->length != 0)
    put(form, "&", 1);
  put(form, name, strlen(name));
  put(form, "=", 1);
  put_encoded(form, value.at, value.length);
}

static void put_secret(struct form *form, const char *name, const struct secret *value)
{
  if (value != NULL)
    put_field(form, name,
              (struct text){(const char *)secret_view(value), secret_size_bytes(value)});
}

static const char *grant_word(enum token_grant grant)
{
  switch (grant) {
  case TOKEN_CLIENT_CREDENTIALS:
    return "client_credentials";
  case TOKEN_PASSWORD:
    return "password";
  case TOKEN_REFRESH:
    return "refresh_token";
  case TOKEN_ASSERTION:
    return "urn:ietf:params:oauth:grant-type:jwt-bearer";
  }
  return "";
}

static void fill(const struct token_source *source, enum token_grant grant, struct form *form)
{
  put_field(form, "grant_type", text_of(grant_word(grant)));
  if (source->names_client)
    put_field(form, "client_id", source->settings.client);
  if (grant == TOKEN_PASSWORD) {
    put_field(form, "username", source->settings.user);
    put_secret(form, "password", source->password);
  }
  if (grant == TOKEN_REFRESH)
    put_secret(form, "refresh_token", source->refresh);
  if (grant == TOKEN_ASSERTION)
    put_secret(form, "assertion", source->assertion);
}

static struct secret *form_of(const struct token_source *source, enum token_grant grant)
{
  struct form form = {0};
  fill(source, grant, &form);
  struct secret *body = secret_new(form.length);
  if (body == NULL)
    return NULL;
  form = (struct form){.at = secret_bytes(body)};
  fill(source, grant, &form);
  return body;
}

/* ---- a source's life ---- */

/* "client:secret"; the empty secret is the one of Cloud Foundry's own client. */
static struct secret *client_login(const struct token_settings *settings)
{
  size_t of_client = settings->client.length;
  size_t of_secret =
      settings->client_secret == NULL ? 0 : secret_size_bytes(settings->client_secret);
  struct secret *login = secret_new(of_client + 1 + of_secret);
  if (login == NULL)
    return NULL;
  unsigned char *at = secret_bytes(login);
  if (of_client != 0)
    memcpy(at, settings->client.at, of_client);
  at[of_client] = ':';
  if (of_secret != 0)
    memcpy(at + of_client + 1, secret_view(settings->client_secret), of_secret);
  return login;
}

static struct text encoded(struct arena *arena, struct text words)
{
  struct form form = {0};
  put_encoded(&form, words.at, words.length);
  struct text out = {arena_alloc(arena, form.length + 1), form.length};
  form = (struct form){.at = (unsigned char *)(uintptr_t)out.at};
  put_encoded(&form, words.at, words.length);
  return out;
}

/* The query of the token endpoint: what stands there already, the grant, the identity provider. */
static const char *path_of(const struct token_settings *settings, struct arena *arena)
{
  struct text url = settings->url;
  const char *mark = memchr(url.at, '?', url.length) == NULL ? "?" : "&";
  if (settings->grant_in_query) {
    url =
        text_format(arena, "%.*s%sgrant_type=%s", TEXT_ARG(url), mark, grant_word(settings->grant));
    mark = "&";
  }
  if (settings->origin.length != 0) {
    char *hint = NULL;
    json_t *object = json_pack("{s:s%}", "origin", settings->origin.at, settings->origin.length);
    if (object != NULL)
      hint = json_dumps(object, JSON_COMPACT);
    url = text_format(arena, "%.*s%slogin_hint=%.*s", TEXT_ARG(url), mark,
                      TEXT_ARG(encoded(arena, text_of(hint == NULL ? "" : hint))));
    free(hint);
    json_decref(object);
  }
  return text_zero(arena, url);
}

static struct session *open_session(struct token_source *source, struct arena *arena,
                                    struct text *ret_error)
{
  const struct token_settings *settings = &source->settings;
  struct secret *login = settings->pair == NULL ? client_login(settings) : NULL;
  const struct session_settings own = {.base = settings->url,
                                       .login =
                                           login == NULL ? SESSION_CERTIFICATE : SESSION_CLIENT,
                                       .credentials = login,
                                       .pair = settings->pair,
                                       .roots_file = settings->roots_file,
                                       .proxy = settings->proxy,
                                       .timeout_ms = settings->timeout_ms,
                                       .patience_ms = settings->patience_ms,
                                       .now_s = settings->now_s,
                                       .monotonic_ms = settings->monotonic_ms};
  struct session *session = session_new(&own, arena, ret_error);
  secret_free(login);
  return session;
}

struct token_source *token_source_new(const struct token_settings *settings, struct arena *arena,
                                      struct text *ret_error)
{
  struct token_source *source = calloc(1, sizeof *source);
  if (source == NULL)
    abort();
  pthread_mutex_init(&source->lock, NULL);
  source->arena = arena_new("token", 0);
  source->settings = *settings;
  source->settings.url = text_copy(source->arena, settings->url);
  source->settings.client = text_copy(source->arena, settings->client);
  source->settings.user = text_copy(source->arena, settings->user);
  source->names_client = settings->pair != NULL; /* RFC 8705 */
  source->password = twin(settings->password);
  source->assertion = twin(settings->assertion);
  source->refresh = twin(settings->refresh);
  source->session = settings->url.length == 0 ? NULL : open_session(source, arena, ret_error);
  if (settings->url.length == 0)
    *ret_error = TEXT("no token address is known");
  if (source->session != NULL) {
    source->path = path_of(&source->settings, source->arena);
    return source;
  }
  token_source_free(source);
  return NULL;
}

void token_source_free(struct token_source *source)
{
  if (source == NULL)
    return;
  session_free(source->session);
  secret_free(source->password);
  secret_free(source->assertion);
  secret_free(source->refresh);
  secret_free(source->token);
  pthread_mutex_destroy(&source->lock);
  arena_free(source->arena);
  free(source);
}

/* ---- asking ---- */

static struct secret *secret_member(const json_t *object, const char *name)
{
  const json_t *value = json_object_get(object, name);
  return json_is_string(value) && json_string_length(value) != 0
             ? secret_copy(json_string_value(value), json_string_length(value))
             : NULL;
}

/* How long the token is good: a number, which some servers write as a text. A server whose word is of no use
 * has said nothing. */
static int64_t life_of(const json_t *life)
{
  enum { YEAR_S = 365 * 86400 };
  int64_t life_s = json_is_integer(life)  ? json_integer_value(life)
                   : json_is_string(life) ? strtoll(json_string_value(life), NULL, 10)
                                          : 0;
  if (json_is_real(life) && json_real_value(life) > 0 && json_real_value(life) < YEAR_S)
    life_s = (int64_t)json_real_value(life);
  return life_s <= 0 ? LIFE_WITHOUT_WORD_S : life_s > YEAR_S ? YEAR_S : life_s;
}

static bool take_answer(struct token_source *source, const struct session_answer *answer)
{
  json_t *object = json_loadb((const char *)secret_view(answer->secret_body),
                              secret_size_bytes(answer->secret_body), 0, NULL);
  struct secret *token = secret_member(object, "access_token");
  struct secret *refresh = secret_member(object, "refresh_token");
  int64_t life_s = life_of(json_object_get(object, "expires_in"));
  int64_t margin_s = life_s / MARGIN_PART < MARGIN_MAX_S ? life_s / MARGIN_PART : MARGIN_MAX_S;
  json_decref(object);
  if (token == NULL) {
    secret_free(refresh);
    return false;
  }
  secret_free(source->token);
  source->token = token;
  source->serial++;
  source->good_until_s = source->settings.now_s() + life_s - margin_s;
  if (refresh != NULL) {
    secret_free(source->refresh);
    source->refresh = refresh;
  }
  return true;
}

/* RFC 6749 5.2: `error` is one of a few words; nothing else of the answer is shown. */
static struct text error_word(struct arena *arena, const struct session_answer *answer)
{
  if (answer->secret_body == NULL)
    return TEXT_NONE;
  json_t *object = json_loadb((const char *)secret_view(answer->secret_body),
                              secret_size_bytes(answer->secret_body), 0, NULL);
  const char *word = json_string_value(json_object_get(object, "error"));
  struct text shown = TEXT_NONE;
  if (word != NULL && strlen(word) < 64)
    shown = text_format(arena, " (%.*s)", TEXT_ARG(text_visible(arena, text_of(word))));
  json_decref(object);
  return shown;
}

static enum token_end ask(struct token_source *source, struct arena *arena, enum token_grant grant,
                          int64_t deadline_ms, struct text *ret_says)
{
  struct secret *form = form_of(source, grant);
  if (form == NULL) {
    *ret_says = TEXT("no memory for the log-on");
    return TOKEN_UNREACHABLE;
  }
  const struct session_wish wish = {.method = "POST",
                                    .path = text_of(source->path),
                                    .accept = "application/json",
                                    .content_type = "application/x-www-form-urlencoded",
                                    .secret_body = form,
                                    .answer_is_secret = true,
                                    .may_repeat = true,
                                    .deadline_ms = deadline_ms};
  struct session_answer answer = session_call(source->session, arena, &wish);
  enum token_end end = TOKEN_UNREACHABLE;
  if (session_is_good(&answer) && take_answer(source, &answer)) {
    end = TOKEN_HERE;
  } else if (answer.end == SESSION_NO_LOGIN ||
             (answer.end == SESSION_ANSWERED &&
              (answer.status == HTTP_BAD_REQUEST || answer.status == HTTP_NO_LOGIN))) {
    end = TOKEN_REFUSED;
    *ret_says = text_format(arena, "the token server refused the log-on%.*s",
                            TEXT_ARG(error_word(arena, &answer)));
  } else if (answer.end == SESSION_ANSWERED) {
    *ret_says = text_format(arena, "the token server answered %d%s", answer.status,
                            session_is_good(&answer) ? " without a token" : "");
  } else {
    *ret_says = text_format(arena, "the token server: %.*s", TEXT_ARG(answer.says));
  }
  secret_free(answer.secret_body);
  secret_free(form);
  return end;
}

static enum token_end fetch(struct token_source *source, struct arena *arena, int64_t deadline_ms,
                            struct text *ret_says)
{
  enum token_grant grant = source->settings.grant;
  if (source->refused.length != 0) {
    *ret_says = source->refused;
    return TOKEN_REFUSED;
  }
  enum token_end end = TOKEN_REFUSED;
  /* [REC] Both answers hold a refresh token. An assertion lives for minutes, the run for days. */
  if ((grant == TOKEN_PASSWORD || grant == TOKEN_ASSERTION) && source->refresh != NULL) {
    end = ask(source, arena, TOKEN_REFRESH, deadline_ms, ret_says);
    if (end == TOKEN_REFUSED) { /* it has expired: the first grant, once */
      secret_free(source->refresh);
      source->refresh = NULL;
    }
  }
  if (end == TOKEN_REFUSED)
    end = ask(source, arena, grant, deadline_ms, ret_says);
  if (end == TOKEN_REFUSED)
    source->refused = text_copy(source->arena, *ret_says);
  return end;
}

enum token_end token_take(struct token_source *source, struct arena *arena, int64_t deadline_ms,
                          struct secret **ret_token, uint64_t *ret_serial, struct text *ret_says)
{
  enum token_end end = TOKEN_HERE;
  *ret_token = NULL;
  pthread_mutex_lock(&source->lock);
  if (source->token == NULL || source->settings.now_s() >= source->good_until_s)
    end = fetch(source, arena, deadline_ms, ret_says);
  if (end == TOKEN_HERE) {
    *ret_token = twin(source->token);
    *ret_serial = source->serial;
  }
  pthread_mutex_unlock(&source->lock);
  return end;
}

bool token_refused(struct token_source *source, uint64_t serial)
{
  pthread_mutex_lock(&source->lock);
  if (source->serial == serial) {
    secret_free(source->token);
    source->token = NULL;
  }
  bool helps = source->refused.length == 0;
  pthread_mutex_unlock(&source->lock);
  return helps;
}
