/* SPDX-License-Identifier: Apache-2.0 */
/* library: libcurl, started once for all threads. */
#ifndef RENEW_NET_LIBRARY_H
#define RENEW_NET_LIBRARY_H

#include <stdbool.h>

#include <curl/curl.h>

struct net_library {
  const char *version; /* "7.88.1" */
  const char *tls;     /* "OpenSSL/3.0.15"; "" without */
  bool has_https, has_mail;
};

struct net_library net_library_look(void);
CURL *net_library_handle(void); /* NULL where libcurl cannot be started */

#endif
