/* SPDX-License-Identifier: Apache-2.0 */
/* exchange: see exchange.h. */
#include "runtime/net/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/net/gzip.h"

enum {
  CONNECT_LIMIT_MS = 15 * 1000,
  HEADERS_MAX = 256,
  HEADERS_FIRST = 16,
  FIRST_BYTES = 4000,  /* a page, of which a secret keeps one byte */
  CURL_TOO_LARGE = 100 /* CURLE_TOO_LARGE, from libcurl 8.6 */
};

struct progress {
  const struct exchange_wish *wish;
  struct arena *arena;
  struct exchange *exchange;
  struct buffer body;
  struct secret *secret;
  size_t secret_bytes;
  size_t header_bytes;
  uint32_t header_room;
  bool was_begun, is_repeated, is_too_large, has_large_header;
};

/* Called when a connection is there and before anything of the request leaves. */
static int on_begin(void *with, char *remote, char *local, int remote_port, int local_port)
{
  struct progress *progress = with;
  (void)remote, (void)local, (void)remote_port, (void)local_port;
  bool is_read =
      strcmp(progress->wish->method, "GET") == 0 || strcmp(progress->wish->method, "HEAD") == 0;
  if (progress->was_begun && !is_read) {
    progress->is_repeated = true;
    return CURL_PREREQFUNC_ABORT;
  }
  progress->was_begun = true;
  return CURL_PREREQFUNC_OK;
}

static size_t body_limit(const struct exchange_wish *wish)
{
  return wish->answer_is_secret && wish->body_limit_bytes > SECRET_LIMIT_BYTES
             ? SECRET_LIMIT_BYTES
             : wish->body_limit_bytes;
}

static bool keep_secret(struct progress *progress, const char *bytes, size_t count)
{
  if (progress->secret_bytes + count > body_limit(progress->wish))
    return false;
  size_t room = progress->secret == NULL ? 0 : secret_size_bytes(progress->secret);
  if (progress->secret_bytes + count > room) {
    room = room == 0 ? FIRST_BYTES : room;
    while (room < progress->secret_bytes + count)
      room *= 2;
    struct secret *larger = secret_new(room < SECRET_LIMIT_BYTES ? room : SECRET_LIMIT_BYTES);
    if (larger == NULL)
      return false;
    if (progress->secret != NULL)
      memcpy(secret_bytes(larger), secret_view(progress->secret), progress->secret_bytes);
    secret_free(progress->secret);
    progress->secret = larger;
  }
  memcpy(secret_bytes(progress->secret) + progress->secret_bytes, bytes, count);
  progress->secret_bytes += count;
  return true;
}

static size_t on_body(char *bytes, size_t size_bytes, size_t count, void *with)
{
  struct progress *progress = with;
  size_t given = size_bytes * count;
  if (progress->wish->answer_is_secret) {
    progress->is_too_large = !keep_secret(progress, bytes, given);
    return progress->is_too_large ? 0 : given;
  }
  if (progress->body.size_bytes + given > progress->wish->body_limit_bytes) {
    progress->is_too_large = true;
    return 0;
  }
  buffer_add(&progress->body, bytes, given);
  return given;
}

static size_t on_header(char *bytes, size_t size_bytes, size_t count, void *with)
{
  struct progress *progress = with;
  struct exchange *exchange = progress->exchange;
  struct text line = {bytes, size_bytes * count};
  progress->header_bytes += line.length;
  if (progress->header_bytes > SESSION_HEADERS_LIMIT_BYTES ||
      exchange->header_count == HEADERS_MAX) {
    progress->has_large_header = true;
    return 0;
  }
  if (text_starts_with(line, "HTTP/")) { /* 100 Continue was only the first one */
    exchange->header_count = 0;
    return line.length;
  }
  const char *colon = memchr(line.at, ':', line.length);
  if (colon == NULL)
    return line.length;
  if (exchange->header_count == progress->header_room) {
    progress->header_room =
        exchange->header_count == 0 ? HEADERS_FIRST : exchange->header_count * 2;
    exchange->headers = arena_grow(progress->arena, exchange->headers, exchange->header_count,
                                   progress->header_room, sizeof *exchange->headers);
  }
  struct text name = {line.at, (size_t)(colon - line.at)};
  struct text value = {colon + 1, line.length - name.length - 1};
  exchange->headers[exchange->header_count++] =
      (struct session_header){text_lower(progress->arena, text_trimmed(name)),
                              text_copy(progress->arena, text_trimmed(value))};
  return line.length;
}

/* libcurl wants a string; its copy is cleansed when it is freed (library.h). */
static void set_secret(CURL *curl, CURLoption option, const struct secret *secret)
{
  struct secret *words = secret_new(secret_size_bytes(secret) + 1);
  if (words == NULL)
    return;
  memcpy(secret_bytes(words), secret_view(secret), secret_size_bytes(secret));
  curl_easy_setopt(curl, option, (const char *)secret_view(words));
  secret_free(words);
}

static void set_login(CURL *curl, const struct exchange_wish *wish)
{
  if (wish->bearer != NULL) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
    set_secret(curl, CURLOPT_XOAUTH2_BEARER, wish->bearer);
  } else if (wish->credentials != NULL) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    set_secret(curl, CURLOPT_USERPWD, wish->credentials);
  }
  if (wish->pair == NULL)
    return;
  struct curl_blob pem = {.data = (void *)(uintptr_t)secret_view(wish->pair),
                          .len = secret_size_bytes(wish->pair),
                          .flags = CURL_BLOB_COPY};
  curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "PEM");
  curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &pem);
  curl_easy_setopt(curl, CURLOPT_SSLKEYTYPE, "PEM");
  curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &pem);
}

static void set_body(CURL *curl, const struct exchange_wish *wish)
{
  if (!wish->has_body)
    return;
  bool is_secret = wish->secret_body != NULL;
  size_t length = is_secret ? secret_size_bytes(wish->secret_body) : wish->body.length;
  const char *at = is_secret ? (const char *)secret_view(wish->secret_body) : wish->body.at;
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, at == NULL ? "" : at);
}

static struct curl_slist *set_headers(CURL *curl, const struct exchange_wish *wish)
{
  struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
  if (!wish->answer_is_secret)
    headers = curl_slist_append(headers, "Accept-Encoding: gzip");
  for (const char *const *one = wish->headers; one != NULL && *one != NULL; one++)
    headers = curl_slist_append(headers, *one);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  return headers;
}

static void set_all(CURL *curl, const struct exchange_wish *wish, struct progress *progress,
                    char *error)
{
  const struct net_request request = {.url = wish->url,
                                      .method = wish->method,
                                      .roots_file = wish->roots_file,
                                      .proxy = wish->proxy,
                                      .timeout_ms = wish->timeout_ms,
                                      .error = error};
  set_body(curl, wish); /* before the method: a body alone means POST */
  net_library_set(curl, &request);
  set_login(curl, wish);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_LIMIT_MS);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_begin);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, progress);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, progress);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, progress);
}

static void take_failure(struct progress *progress, CURLcode code, const char *error)
{
  struct exchange *exchange = progress->exchange;
  const struct exchange_wish *wish = progress->wish;
  struct text why = text_of(error[0] != '\0' ? error : curl_easy_strerror(code));
  exchange->end = progress->was_begun ? EXCHANGE_LOST : EXCHANGE_NOT_SENT;
  exchange->header_count = 0;
  /* So libcurl says of one line that is longer than it takes. */
  bool has_large_header = progress->has_large_header ||
                          (progress->was_begun && code == CURLE_OUT_OF_MEMORY) ||
                          (int)code == CURL_TOO_LARGE;
  if (has_large_header)
    why = TEXT("the answer's header is larger than is taken");
  else if (progress->is_too_large)
    why = text_format(progress->arena, "the answer is larger than %zu bytes", body_limit(wish));
  else if (progress->is_repeated)
    why = TEXT("the connection ended before an answer came");
  exchange->says = text_copy(progress->arena, why);
  exchange->may_help_again = !progress->is_too_large && !has_large_header &&
                             code != CURLE_OPERATION_TIMEDOUT &&
                             code != CURLE_PEER_FAILED_VERIFICATION &&
                             code != CURLE_SSL_CERTPROBLEM && code != CURLE_SSL_CACERT_BADFILE &&
                             code != CURLE_UNSUPPORTED_PROTOCOL && code != CURLE_URL_MALFORMAT;
}

static struct text header_of(const struct exchange *exchange, const char *name)
{
  for (uint32_t i = 0; i < exchange->header_count; i++)
    if (text_is(exchange->headers[i].name, name))
      return exchange->headers[i].value;
  return TEXT_NONE;
}

/* The body as it was meant; NULL, or why it is none. */
static const char *unpack(struct progress *progress, bool *ret_may_help_again)
{
  struct exchange *exchange = progress->exchange;
  struct text encoding = text_lower(progress->arena, header_of(exchange, "content-encoding"));
  struct text bytes = buffer_text(&progress->body);
  *ret_may_help_again = false;
  if (encoding.length == 0 || text_is(encoding, "identity") || bytes.length == 0) {
    exchange->body = (struct text){text_zero(progress->arena, bytes), bytes.length};
    return NULL;
  }
  if (!text_is(encoding, "gzip") && !text_is(encoding, "x-gzip"))
    return "has an encoding that was not asked for";
  enum gzip_end end =
      gzip_unpack(progress->arena, bytes, progress->wish->body_limit_bytes, &exchange->body);
  *ret_may_help_again = end == GZIP_BROKEN;
  return end == GZIP_WHOLE    ? NULL
         : end == GZIP_BROKEN ? "ends early or is broken"
                              : "unpacks to more than is taken";
}

static void take_body(struct progress *progress)
{
  struct exchange *exchange = progress->exchange;
  exchange->end = EXCHANGE_ANSWERED;
  if (progress->wish->answer_is_secret) {
    exchange->secret_body = progress->secret == NULL ? secret_new(0) : progress->secret;
    progress->secret = NULL;
    if (exchange->secret_body != NULL)
      secret_cut(exchange->secret_body, progress->secret_bytes);
    return;
  }
  const char *why = unpack(progress, &exchange->may_help_again);
  if (why == NULL)
    return;
  exchange->end = EXCHANGE_LOST;
  exchange->says = text_format(progress->arena, "the answer's body %s", why);
}

struct exchange exchange_make(CURL *curl, struct arena *arena, const struct exchange_wish *wish)
{
  char error[CURL_ERROR_SIZE] = "";
  struct exchange exchange = {0};
  struct progress progress = {.wish = wish, .arena = arena, .exchange = &exchange};
  struct curl_slist *headers = set_headers(curl, wish);
  set_all(curl, wish, &progress, error);
  CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) {
    long status = 0;
    char *redirect = NULL;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &redirect);
    exchange.status = (int)status;
    if (redirect != NULL)
      exchange.redirect = text_copy(arena, text_of(redirect));
    take_body(&progress);
  } else {
    take_failure(&progress, code, error);
  }
  secret_free(progress.secret);
  buffer_free(&progress.body);
  curl_easy_reset(curl); /* what it holds of the request, it forgets */
  curl_slist_free_all(headers);
  return exchange;
}
