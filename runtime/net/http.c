/* SPDX-License-Identifier: Apache-2.0 */
/* http: see http.h. */
#include "runtime/net/http.h"

#include <errno.h>
#include <string.h>

#include "runtime/net/library.h"
#include "runtime/net/url.h"

static size_t drop_body(char *bytes, size_t size_bytes, size_t count, void *with)
{
  (void)bytes;
  (void)with;
  return size_bytes * count;
}

/* "host:port:address:" for CURLOPT_CONNECT_TO: the name stays for SNI, verification and Host. */
static struct curl_slist *pin_address(struct arena *arena, const struct http_wish *wish)
{
  if (wish->address.length == 0)
    return NULL;
  bool is_v6 = memchr(wish->address.at, ':', wish->address.length) != NULL;
  struct text rule = text_format(arena, is_v6 ? "::[%.*s]:" : "::%.*s:", TEXT_ARG(wish->address));
  return curl_slist_append(NULL, rule.at);
}

/* The body and what goes with it; the list is the caller's to free. */
static struct curl_slist *set_body(CURL *curl, struct arena *arena, const struct http_wish *wish)
{
  if (wish->content_type == NULL)
    return NULL;
  struct curl_slist *headers =
      curl_slist_append(NULL, text_format(arena, "Content-Type: %s", wish->content_type).at);
  if (wish->idempotency_key.length != 0)
    headers = curl_slist_append(
        headers, text_format(arena, "Idempotency-Key: %.*s", TEXT_ARG(wish->idempotency_key)).at);
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)wish->body.length);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, wish->body.at);
  return headers;
}

static void set_options(CURL *curl, struct arena *arena, const struct http_wish *wish,
                        struct curl_slist *pinned, char *error)
{
  const struct net_request request = {.url = text_zero(arena, wish->url),
                                      .method = wish->method,
                                      .roots_file = wish->roots_file,
                                      .proxy = text_zero(arena, wish->proxy),
                                      .timeout_ms = wish->timeout_ms,
                                      .error = error};
  net_library_set(curl, &request);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_body);
  if (pinned != NULL)
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, pinned);
}

struct http_answer http_call(struct arena *arena, const struct http_wish *wish)
{
  struct http_answer answer = {.end = HTTP_FAILED};
  char error[CURL_ERROR_SIZE] = "";
  CURL *curl = net_library_handle();
  if (curl == NULL) {
    answer.error = TEXT("libcurl could not be started");
    return answer;
  }
  struct curl_slist *pinned = pin_address(arena, wish);
  struct curl_slist *headers = set_body(curl, arena, wish);
  set_options(curl, arena, wish, pinned, error);
  CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.end = HTTP_ANSWERED;
    answer.status = (int)status;
  } else {
    long fault = 0;
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &fault);
    if (code == CURLE_COULDNT_CONNECT && fault == ECONNREFUSED && wish->proxy.length == 0)
      answer.end = HTTP_NO_LISTENER;
    answer.error = text_copy(arena, text_of(error[0] != '\0' ? error : curl_easy_strerror(code)));
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(pinned);
  curl_slist_free_all(headers);
  return answer;
}
