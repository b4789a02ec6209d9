/* SPDX-License-Identifier: Apache-2.0 */
/* session: see session.h. One attempt is exchange.c; here is who may try again, and with what. */
#include "runtime/net/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/net/exchange.h"
#include "runtime/net/token.h"

enum {
  HANDLES_MAX = 32, /* kept when idle */
  READ_TRIES = 4,
  FIRST_PAUSE_MS = 250,
  BUSY_PAUSE_MS = 1000, /* 429, 503 without Retry-After */
  HEADERS_OF_WISH_MAX = 16,
  MS = 1000,
  NS = 1000 * 1000,
  HTTP_GOOD = 200,
  HTTP_REDIRECT = 300,
  HTTP_NO_LOGIN = 401,
  HTTP_FORBIDDEN = 403,
  HTTP_TOO_MANY = 429,
  HTTP_BAD_GATEWAY = 502,
  HTTP_UNAVAILABLE = 503,
  HTTP_GATEWAY_LATE = 504
};

struct session {
  struct arena *arena; /* of the settings */
  struct session_settings settings;
  struct secret *credentials, *pair;
  const char *proxy;
  CURLSH *share;
  pthread_mutex_t share_lock;
  pthread_mutex_t csrf_lock; /* held while a token is fetched */
  pthread_mutex_t lock;      /* of what follows */
  CURL *idle[HANDLES_MAX];
  uint32_t idle_count;
  char *csrf; /* malloc; NULL = not fetched */
  bool login_was_refused;
};

/* One call, over its attempts. */
struct trip {
  struct session *session;
  struct arena *arena;
  const struct session_wish *wish;
  CURL *curl;
  const char *url;
  bool is_read, may_repeat;
  int64_t waited_ms;
  uint32_t tries, redirects;
  bool has_new_token, has_new_csrf;
  uint64_t token_serial;
};

/* ---- a session's life ---- */

static void lock_share(CURL *curl, curl_lock_data data, curl_lock_access access, void *with)
{
  (void)curl, (void)data, (void)access;
  pthread_mutex_lock(&((struct session *)with)->share_lock);
}

static void unlock_share(CURL *curl, curl_lock_data data, void *with)
{
  (void)curl, (void)data;
  pthread_mutex_unlock(&((struct session *)with)->share_lock);
}

static bool share_cookies(struct session *session)
{
  session->share = curl_share_init();
  if (session->share == NULL)
    return false;
  curl_share_setopt(session->share, CURLSHOPT_LOCKFUNC, lock_share);
  curl_share_setopt(session->share, CURLSHOPT_UNLOCKFUNC, unlock_share);
  curl_share_setopt(session->share, CURLSHOPT_USERDATA, session);
  return curl_share_setopt(session->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) == CURLSHE_OK;
}

static struct secret *secret_twin(const struct secret *secret)
{
  return secret == NULL ? NULL : secret_copy(secret_view(secret), secret_size_bytes(secret));
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
  return value > 0 ? value : otherwise;
}

/* Without the slash at its end: the paths begin with one. */
static struct text without_slash(struct text base)
{
  while (base.length != 0 && base.at[base.length - 1] == '/')
    base.length--;
  return base;
}

struct session *session_new(const struct session_settings *settings, struct arena *arena,
                            struct text *ret_error)
{
  net_library_start();
  struct session *session = calloc(1, sizeof *session);
  if (session == NULL)
    abort();
  pthread_mutex_init(&session->lock, NULL);
  pthread_mutex_init(&session->share_lock, NULL);
  pthread_mutex_init(&session->csrf_lock, NULL);
  session->arena = arena_new("session", 0);
  session->settings = *settings;
  struct session_settings *own = &session->settings;
  own->base = text_copy(session->arena, without_slash(settings->base));
  own->csrf_path = text_copy(session->arena, settings->csrf_path);
  own->roots_file = settings->roots_file == NULL
                        ? NULL
                        : text_zero(session->arena, text_of(settings->roots_file));
  session->proxy = text_zero(session->arena, settings->proxy);
  own->timeout_ms = or_default(own->timeout_ms, SESSION_TIMEOUT_MS);
  own->patience_ms = or_default(own->patience_ms, SESSION_PATIENCE_MS);
  if (own->body_limit_bytes == 0)
    own->body_limit_bytes = SESSION_BODY_LIMIT_BYTES;
  session->credentials = secret_twin(settings->credentials);
  session->pair = secret_twin(settings->pair);
  own->credentials = session->credentials;
  own->pair = session->pair;
  if (share_cookies(session) && session_is_own(session, own->base))
    return session;
  *ret_error = text_format(arena, "`%.*s` is no address of a server", TEXT_ARG(settings->base));
  own->tokens = NULL;
  session_free(session);
  return NULL;
}

void session_free(struct session *session)
{
  if (session == NULL)
    return;
  while (session->idle_count > 0)
    curl_easy_cleanup(session->idle[--session->idle_count]);
  if (session->share != NULL)
    curl_share_cleanup(session->share);
  token_source_free(session->settings.tokens);
  secret_free(session->credentials);
  secret_free(session->pair);
  free(session->csrf);
  pthread_mutex_destroy(&session->lock);
  pthread_mutex_destroy(&session->share_lock);
  pthread_mutex_destroy(&session->csrf_lock);
  arena_free(session->arena);
  free(session);
}

static CURL *take_handle(struct session *session)
{
  CURL *curl = NULL;
  pthread_mutex_lock(&session->lock);
  if (session->idle_count > 0)
    curl = session->idle[--session->idle_count];
  pthread_mutex_unlock(&session->lock);
  if (curl != NULL)
    return curl;
  curl = net_library_handle();
  if (curl == NULL)
    return NULL;
  curl_easy_setopt(curl, CURLOPT_SHARE, session->share);
  /* Only a file makes libcurl send shared cookies. The next reset forgets its name, so nothing is ever
   * written; an empty CURLOPT_COOKIEFILE would do the same, and is not freed by a reset (7.88). */
  pthread_mutex_lock(&session->share_lock);
  curl_easy_setopt(curl, CURLOPT_COOKIEJAR, "/dev/null");
  pthread_mutex_unlock(&session->share_lock);
  curl_easy_reset(curl);
  return curl;
}

static void give_handle(struct session *session, CURL *curl)
{
  pthread_mutex_lock(&session->lock);
  bool is_kept = session->idle_count < HANDLES_MAX;
  if (is_kept)
    session->idle[session->idle_count++] = curl;
  pthread_mutex_unlock(&session->lock);
  if (!is_kept)
    curl_easy_cleanup(curl);
}

/* ---- addresses ---- */

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
  char *of_a = NULL, *of_b = NULL;
  bool same = curl_url_get(a, part, &of_a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              curl_url_get(b, part, &of_b, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              strcasecmp(of_a, of_b) == 0;
  curl_free(of_a);
  curl_free(of_b);
  return same;
}

bool session_is_own(const struct session *session, struct text address)
{
  char *words = strndup(address.at == NULL ? "" : address.at, address.length);
  CURLU *base = curl_url(), *other = curl_url();
  bool is_own = words != NULL && base != NULL && other != NULL && strlen(words) == address.length &&
                curl_url_set(base, CURLUPART_URL, session->settings.base.at, 0) == CURLUE_OK &&
                curl_url_set(other, CURLUPART_URL, words, 0) == CURLUE_OK &&
                same_part(base, other, CURLUPART_SCHEME) &&
                same_part(base, other, CURLUPART_HOST) && same_part(base, other, CURLUPART_PORT);
  curl_url_cleanup(base);
  curl_url_cleanup(other);
  free(words);
  return is_own;
}

static bool is_absolute(struct text path)
{
  return text_starts_with(path, "https://") || text_starts_with(path, "http://");
}

/* Behind the base it leads to no other server, and nothing in it is to be refused. */
static bool is_plain_path(struct text path)
{
  bool is_plain = path.length != 0 && path.at[0] == '/';
  for (size_t i = 0; i < path.length && is_plain; i++)
    is_plain = path.at[i] > ' ' && path.at[i] <= '~';
  return is_plain;
}

/* ---- waiting ---- */

static int64_t left_ms(const struct trip *trip)
{
  const struct session_settings *settings = &trip->session->settings;
  int64_t left = settings->patience_ms - trip->waited_ms;
  if (trip->wish->deadline_ms != 0) {
    int64_t until = trip->wish->deadline_ms - settings->monotonic_ms();
    left = until < left ? until : left;
  }
  return left;
}

static bool waits(struct trip *trip, int64_t pause_ms)
{
  if (pause_ms > left_ms(trip))
    return false;
  trip->waited_ms += pause_ms;
  struct timespec pause = {pause_ms / MS, pause_ms % MS * NS};
  while (nanosleep(&pause, &pause) != 0)
    continue;
  return true;
}

/* Retry-After in seconds or as a date; else the instant at which a rate limit ends. */
static int64_t wanted_pause_s(const struct trip *trip, const struct session_answer *answer)
{
  struct text after = session_header(answer, "retry-after");
  struct text reset = session_header(answer, "x-ratelimit-reset");
  enum { DAY_S = 86400, EPOCH_FROM_S = 1000000000 };
  int64_t now_s = trip->session->settings.now_s(), wanted_s = 0;
  if (after.length != 0) {
    char *end;
    const char *words = text_zero(trip->arena, after);
    wanted_s = strtoll(words, &end, 10);
    if (*end != '\0') {
      time_t at = curl_getdate(words, NULL);
      wanted_s = at < 0 ? 0 : (int64_t)at - now_s;
    } else if (wanted_s >= EPOCH_FROM_S) {
      wanted_s -= now_s; /* [CODE] cloud_controller_ng gave the instant itself for years */
    }
  } else if (reset.length != 0 && answer->status == HTTP_TOO_MANY) {
    int64_t at_s = strtoll(text_zero(trip->arena, reset), NULL, 10);
    wanted_s = at_s > now_s ? at_s - now_s : 0;
  }
  return wanted_s < 0 ? 0 : wanted_s > DAY_S ? DAY_S : wanted_s;
}

/* ---- one attempt ---- */

static bool log_on(struct trip *trip, struct exchange_wish *request, struct secret **ret_token,
                   struct session_answer *answer)
{
  struct session *session = trip->session;
  pthread_mutex_lock(&session->lock);
  bool was_refused = session->login_was_refused;
  pthread_mutex_unlock(&session->lock);
  request->pair = session->pair;
  if (was_refused) {
    answer->end = SESSION_NO_LOGIN;
    answer->says = TEXT("the log-on was refused before; it is not tried again");
    return false;
  }
  if (session->settings.login == SESSION_BASIC || session->settings.login == SESSION_CLIENT)
    request->credentials = session->credentials;
  if (session->settings.login != SESSION_BEARER)
    return true;
  enum token_end end = token_take(session->settings.tokens, trip->arena, trip->wish->deadline_ms,
                                  ret_token, &trip->token_serial, &answer->says);
  answer->end = end == TOKEN_REFUSED ? SESSION_NO_LOGIN : SESSION_NOT_SENT;
  request->bearer = *ret_token;
  return end == TOKEN_HERE;
}

static void add_header(struct arena *arena, const char **headers, const char *name,
                       struct text value)
{
  uint32_t count = 0;
  while (headers[count] != NULL)
    count++;
  if (count < HEADERS_OF_WISH_MAX)
    headers[count] = text_format(arena, "%s: %.*s", name, TEXT_ARG(value)).at;
}

static const char *const *headers_of(struct trip *trip)
{
  const struct session_wish *wish = trip->wish;
  const char **headers = arena_array(trip->arena, HEADERS_OF_WISH_MAX + 1, sizeof *headers);
  add_header(trip->arena, headers, "Accept", text_of(wish->accept == NULL ? "*/*" : wish->accept));
  if (wish->content_type != NULL)
    add_header(trip->arena, headers, "Content-Type", text_of(wish->content_type));
  pthread_mutex_lock(&trip->session->lock);
  if (!trip->is_read && trip->session->csrf != NULL)
    add_header(trip->arena, headers, "X-CSRF-Token", text_of(trip->session->csrf));
  pthread_mutex_unlock(&trip->session->lock);
  uint32_t count = 0;
  while (headers[count] != NULL)
    count++;
  for (uint32_t i = 0; wish->headers != NULL && wish->headers[i] != NULL; i++)
    if (count < HEADERS_OF_WISH_MAX)
      headers[count++] = wish->headers[i];
  return headers;
}

static struct text request_id_of(const struct session_answer *answer)
{
  static const char *const names[] = {"x-vcap-request-id", "x-correlationid", "x-correlation-id",
                                      "x-request-id"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct text id = session_header(answer, names[i]);
    if (id.length != 0)
      return id;
  }
  return TEXT_NONE;
}

static struct session_answer answer_of(struct trip *trip, const struct exchange *exchange)
{
  struct session_answer answer = {.end = exchange->end == EXCHANGE_ANSWERED   ? SESSION_ANSWERED
                                         : exchange->end == EXCHANGE_NOT_SENT ? SESSION_NOT_SENT
                                                                              : SESSION_LOST,
                                  .status = exchange->status,
                                  .body = exchange->body,
                                  .secret_body = exchange->secret_body,
                                  .headers = exchange->headers,
                                  .header_count = exchange->header_count,
                                  .url = text_of(trip->url),
                                  .says = exchange->says};
  if (answer.end != SESSION_ANSWERED)
    return answer;
  struct text type = session_header(&answer, "content-type");
  const char *end = type.length == 0 ? NULL : memchr(type.at, ';', type.length);
  if (end != NULL)
    type.length = (size_t)(end - type.at);
  while (type.length != 0 && type.at[type.length - 1] == ' ')
    type.length--;
  answer.content_type = text_lower(trip->arena, type);
  answer.request_id = request_id_of(&answer);
  if (answer.status == HTTP_TOO_MANY || answer.status == HTTP_UNAVAILABLE)
    answer.retry_after_s = wanted_pause_s(trip, &answer);
  return answer;
}

static struct session_answer attempt(struct trip *trip, struct exchange *ret_exchange)
{
  struct session *session = trip->session;
  const struct session_wish *wish = trip->wish;
  struct session_answer answer = {.url = text_of(trip->url)};
  struct secret *token = NULL;
  struct exchange_wish request = {.url = trip->url,
                                  .method = wish->method,
                                  .headers = headers_of(trip),
                                  .body = wish->body,
                                  .secret_body = wish->secret_body,
                                  .has_body = wish->content_type != NULL,
                                  .answer_is_secret = wish->answer_is_secret,
                                  .roots_file = session->settings.roots_file,
                                  .proxy = session->proxy,
                                  .timeout_ms = session->settings.timeout_ms,
                                  .body_limit_bytes = session->settings.body_limit_bytes};
  *ret_exchange = (struct exchange){.end = EXCHANGE_NOT_SENT};
  if (log_on(trip, &request, &token, &answer)) {
    int64_t left = wish->deadline_ms == 0 ? request.timeout_ms
                                          : wish->deadline_ms - session->settings.monotonic_ms();
    request.timeout_ms = left < request.timeout_ms ? left : request.timeout_ms;
    if (request.timeout_ms > 0) {
      *ret_exchange = exchange_make(trip->curl, trip->arena, &request);
      answer = answer_of(trip, ret_exchange);
    } else {
      answer.end = SESSION_NOT_SENT;
      answer.says = TEXT("the time is over");
    }
  }
  secret_free(token);
  return answer;
}

/* ---- what an answer asks for ---- */

static void forget_csrf(struct session *session)
{
  pthread_mutex_lock(&session->lock);
  free(session->csrf);
  session->csrf = NULL;
  pthread_mutex_unlock(&session->lock);
}

/* Cookies that come with the token stay in the jar: without them it is worth nothing. */
static bool fetch_csrf(struct session *session, struct arena *arena, int64_t deadline_ms,
                       struct session_answer *ret_answer)
{
  static const char *const fetch[] = {"X-CSRF-Token: Fetch", NULL};
  const struct session_wish wish = {.method = "GET",
                                    .path = session->settings.csrf_path,
                                    .accept = "application/json",
                                    .headers = fetch,
                                    .deadline_ms = deadline_ms};
  *ret_answer = session_call(session, arena, &wish);
  struct text token = session_header(ret_answer, "x-csrf-token");
  if (ret_answer->end != SESSION_ANSWERED)
    return false;
  if (token.length == 0)
    return true; /* a server without such tokens: the write itself will say */
  pthread_mutex_lock(&session->lock);
  free(session->csrf);
  session->csrf = strndup(token.at, token.length);
  pthread_mutex_unlock(&session->lock);
  return true;
}

static bool needs_csrf_now(struct trip *trip)
{
  struct session *session = trip->session;
  pthread_mutex_lock(&session->lock);
  bool needs = !trip->is_read && session->csrf == NULL && session->settings.csrf_path.length != 0 &&
               session->settings.login != SESSION_BEARER;
  pthread_mutex_unlock(&session->lock);
  return needs;
}

static bool asks_for_csrf(const struct trip *trip, const struct session_answer *answer)
{
  struct text token = session_header(answer, "x-csrf-token");
  return answer->status == HTTP_FORBIDDEN && !trip->is_read && !trip->has_new_csrf &&
         trip->session->settings.csrf_path.length != 0 && token.length == strlen("required") &&
         strncasecmp(token.at, "required", token.length) == 0;
}

/* 401: true where another token is worth one more attempt. */
static bool gets_new_token(struct trip *trip, struct session_answer *answer)
{
  struct session *session = trip->session;
  if (session->settings.login == SESSION_BEARER && !session->settings.logs_on_once &&
      !trip->has_new_token && token_refused(session->settings.tokens, trip->token_serial)) {
    trip->has_new_token = true;
    return true;
  }
  if (session->settings.login == SESSION_OPEN || session->settings.login == SESSION_CLIENT)
    return false;
  answer->end = SESSION_NO_LOGIN;
  answer->says = TEXT("the server refused the log-on (401)");
  if (session->settings.login == SESSION_BASIC || session->settings.logs_on_once) {
    pthread_mutex_lock(&session->lock);
    session->login_was_refused = true;
    pthread_mutex_unlock(&session->lock);
  }
  return false;
}

/* True where the read goes on at another address of the same origin. */
static bool follows(struct trip *trip, const struct exchange *exchange,
                    struct session_answer *answer)
{
  if (!trip->is_read || exchange->redirect.length == 0)
    return false;
  if (!session_is_own(trip->session, exchange->redirect)) {
    answer->end = SESSION_ASTRAY;
    answer->says =
        text_format(trip->arena, "redirected to another server, which is not followed: %.*s",
                    TEXT_ARG(text_visible(trip->arena, exchange->redirect)));
    return false;
  }
  if (trip->redirects++ == REDIRECTS_MAX) {
    answer->end = SESSION_ASTRAY;
    answer->says = text_format(trip->arena, "redirected more than %d times", REDIRECTS_MAX);
    return false;
  }
  trip->url = exchange->redirect.at;
  return true;
}

static bool tries_again(struct trip *trip, const struct exchange *exchange,
                        struct session_answer *answer)
{
  if (answer->end == SESSION_ANSWERED && answer->status == HTTP_NO_LOGIN)
    return gets_new_token(trip, answer);
  if (answer->end == SESSION_ANSWERED && asks_for_csrf(trip, answer)) {
    struct session_answer fetched;
    trip->has_new_csrf = true;
    pthread_mutex_lock(&trip->session->csrf_lock);
    forget_csrf(trip->session);
    bool is_here = fetch_csrf(trip->session, trip->arena, trip->wish->deadline_ms, &fetched);
    pthread_mutex_unlock(&trip->session->csrf_lock);
    return is_here;
  }
  if (answer->end == SESSION_ANSWERED && answer->status >= HTTP_REDIRECT &&
      answer->status < HTTP_REDIRECT + 100)
    return follows(trip, exchange, answer);
  bool is_busy = answer->end == SESSION_ANSWERED &&
                 (answer->status == HTTP_TOO_MANY ||
                  (trip->may_repeat &&
                   (answer->status == HTTP_BAD_GATEWAY || answer->status == HTTP_UNAVAILABLE ||
                    answer->status == HTTP_GATEWAY_LATE)));
  if (is_busy)
    return waits(trip, answer->retry_after_s > 0 ? answer->retry_after_s * MS
                                                 : (int64_t)BUSY_PAUSE_MS << trip->tries);
  bool is_lost = answer->end == SESSION_LOST || answer->end == SESSION_NOT_SENT;
  return is_lost && trip->may_repeat && exchange->may_help_again && trip->tries + 1 < READ_TRIES &&
         waits(trip, (int64_t)FIRST_PAUSE_MS << trip->tries);
}

/* One fetch at a time: a token and the cookie of another one's fetch are worth nothing together. */
static bool brings_csrf(struct trip *trip, struct session_answer *answer)
{
  struct session *session = trip->session;
  struct session_answer fetched;
  bool is_here = true;
  if (!needs_csrf_now(trip))
    return true;
  pthread_mutex_lock(&session->csrf_lock);
  if (needs_csrf_now(trip))
    is_here = fetch_csrf(session, trip->arena, trip->wish->deadline_ms, &fetched);
  pthread_mutex_unlock(&session->csrf_lock);
  if (is_here)
    return true;
  *answer = fetched;
  /* The token was lost; of the write nothing left. */
  answer->end = fetched.end == SESSION_LOST ? SESSION_NOT_SENT : fetched.end;
  return false;
}

static bool sets_out(struct trip *trip, struct session_answer *answer)
{
  struct text path = trip->wish->path;
  struct session *session = trip->session;
  bool is_behind_base = is_plain_path(path); /* nearly always: nothing is taken apart then */
  if (!is_absolute(path))
    path = text_format(trip->arena, "%.*s%s%.*s", TEXT_ARG(session->settings.base),
                       path.length == 0 || path.at[0] == '/' ? "" : "/", TEXT_ARG(path));
  trip->url = text_zero(trip->arena, path);
  answer->url = path;
  if (!is_behind_base && !session_is_own(session, path)) {
    answer->end = SESSION_ASTRAY;
    answer->says = text_format(trip->arena, "an address of another server is not called: %.*s",
                               TEXT_ARG(text_visible(trip->arena, path)));
    return false;
  }
  if (!brings_csrf(trip, answer))
    return false;
  trip->curl = take_handle(session);
  answer->end = SESSION_NOT_SENT;
  answer->says = TEXT("libcurl could not be started");
  return trip->curl != NULL;
}

struct session_answer session_call(struct session *session, struct arena *arena,
                                   const struct session_wish *wish)
{
  struct trip trip = {.session = session,
                      .arena = arena,
                      .wish = wish,
                      .is_read =
                          strcmp(wish->method, "GET") == 0 || strcmp(wish->method, "HEAD") == 0};
  trip.may_repeat = trip.is_read || wish->may_repeat;
  struct session_answer answer = {.end = SESSION_NOT_SENT};
  if (!sets_out(&trip, &answer))
    return answer;
  for (;; trip.tries++) {
    struct exchange exchange;
    answer = attempt(&trip, &exchange);
    if (!tries_again(&trip, &exchange, &answer))
      break;
    secret_free(answer.secret_body);
  }
  give_handle(session, trip.curl);
  return answer;
}

struct text session_header(const struct session_answer *answer, const char *name)
{
  for (uint32_t i = 0; i < answer->header_count; i++)
    if (text_is(answer->headers[i].name, name))
      return answer->headers[i].value;
  return TEXT_NONE;
}

bool session_is_good(const struct session_answer *answer)
{
  return answer->end == SESSION_ANSWERED && answer->status >= HTTP_GOOD &&
         answer->status < HTTP_REDIRECT;
}
