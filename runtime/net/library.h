/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library: libcurl, started once for all threads, and what every HTTP handle of renew has.
 *
 * (1) Memory that libcurl and jansson free is cleansed first: both hold copies of passwords, tokens and
 *     answers with keys in them.
 */
#ifndef RENEW_NET_LIBRARY_H
#define RENEW_NET_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

struct net_library {
  const char *version; /* "7.88.1" */
  const char *tls;     /* "OpenSSL/3.0.15"; "" without */
  bool has_https, has_mail;
};

struct net_library net_library_look(void);
void net_library_start(void);   /* repeatable */
CURL *net_library_handle(void); /* NULL where libcurl cannot be started */

struct net_request {
  const char *url, *method;
  const char *roots_file; /* NULL = the system's trust store */
  const char *proxy;      /* "" = none; the environment's are ignored */
  int64_t timeout_ms;
  char *error; /* CURL_ERROR_SIZE bytes */
};

/* HTTP/1.1, no redirects, the server's certificate verified; strings are copied. */
void net_library_set(CURL *curl, const struct net_request *request);

#endif
