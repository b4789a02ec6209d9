/* SPDX-License-Identifier: Apache-2.0 */
/* library: see library.h. */
#include "runtime/net/library.h"

#include <pthread.h>
#include <string.h>

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
  return (struct net_library){.version = info->version,
                              .tls = info->ssl_version == NULL ? "" : info->ssl_version,
                              .has_https = has_protocol(info, "https"),
                              .has_mail =
                                  has_protocol(info, "smtp") && has_protocol(info, "smtps")};
}
