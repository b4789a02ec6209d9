/* SPDX-License-Identifier: Apache-2.0 */
/* tunnel: see tunnel.h. */
#include "runtime/net/tunnel.h"

#include <fcntl.h>
#include <string.h>

#include <curl/curl.h>

#include "runtime/net/library.h"

static void set_options(CURL *curl, const char *url, const char *proxy, int64_t timeout_ms,
                        char *error)
{
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_PROXY, proxy);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
  curl_easy_setopt(curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "renew");
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
}

int tunnel_connect(struct arena *arena, struct text proxy, struct text host, uint16_t port,
                   int64_t timeout_ms, struct text *ret_error)
{
  char error[CURL_ERROR_SIZE] = "";
  bool is_v6 = memchr(host.at, ':', host.length) != NULL;
  CURL *curl = net_library_handle();
  if (curl == NULL) {
    *ret_error = TEXT("libcurl could not be started");
    return -1;
  }
  /* Plain http: what is spoken through the tunnel is the caller's. */
  const char *url =
      text_format(arena, is_v6 ? "http://[%.*s]:%u" : "http://%.*s:%u", TEXT_ARG(host), port).at;
  set_options(curl, url, text_zero(arena, proxy), timeout_ms, error);
  CURLcode code = curl_easy_perform(curl);
  curl_socket_t socket = CURL_SOCKET_BAD;
  int fd = -1;
  if (code == CURLE_OK && curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK &&
      socket != CURL_SOCKET_BAD)
    fd = fcntl(socket, F_DUPFD_CLOEXEC, 0); /* outlives the handle */
  if (fd < 0)
    *ret_error = text_format(arena, "no way through the proxy %.*s: %s", TEXT_ARG(proxy),
                             error[0] != '\0' ? error : curl_easy_strerror(code));
  else
    fcntl(fd, F_SETFL, O_NONBLOCK);
  curl_easy_cleanup(curl);
  return fd;
}
