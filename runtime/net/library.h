/* SPDX-License-Identifier: Apache-2.0 */
/* library: libcurl, started once for all threads. */
#ifndef RENEW_NET_LIBRARY_H
#define RENEW_NET_LIBRARY_H

#include <curl/curl.h>

CURL *net_library_handle(void); /* NULL where libcurl cannot be started */

#endif
