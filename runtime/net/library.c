/* SPDX-License-Identifier: Apache-2.0 */
/* library: see library.h. */
#include "runtime/net/library.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void wiping_free(void *piece)
{
  if (piece == NULL)
    return;
  explicit_bzero(piece, malloc_usable_size(piece));
  free(piece);
}

static void *wiping_realloc(void *piece, size_t size_bytes)
{
  void *other = malloc(size_bytes);
  if (other == NULL || piece == NULL)
    return other;
  size_t had = malloc_usable_size(piece);
  memcpy(other, piece, had < size_bytes ? had : size_bytes);
  wiping_free(piece);
  return other;
}

static void start(void)
{
  curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup, calloc);
  json_set_alloc_funcs(malloc, wiping_free);
}

void net_library_start(void)
{
  pthread_once(&once, start);
}

CURL *net_library_handle(void)
{
  net_library_start();
  return curl_easy_init();
}

void net_library_set(CURL *curl, const struct net_request *request)
{
  curl_easy_setopt(curl, CURLOPT_URL, request->url);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
  if (strcmp(request->method, "HEAD") == 0)
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, request->proxy);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "renew");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, request->error);
  if (request->roots_file != NULL)
    curl_easy_setopt(curl, CURLOPT_CAINFO, request->roots_file);
}

static bool has_protocol(const curl_version_info_data *info, const char *name)
{
  for (const char *const *one = info->protocols; one != NULL && *one != NULL; one++)
    if (strcmp(*one, name) == 0)
      return true;
  return false;
}

struct net_library net_library_look(void)
{
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  if (info == NULL)
    return (struct net_library){.version = "is not here", .tls = ""};
  return (struct net_library){.version = info->version,
                              .tls = info->ssl_version == NULL ? "" : info->ssl_version,
                              .has_https = has_protocol(info, "https"),
                              .has_mail =
                                  has_protocol(info, "smtp") && has_protocol(info, "smtps")};
}
