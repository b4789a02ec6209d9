/* SPDX-License-Identifier: Apache-2.0 */
/* library: see library.h. */
#include "runtime/net/library.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

CURL *net_library_handle(void)
{
  pthread_once(&once, start);
  return curl_easy_init();
}
