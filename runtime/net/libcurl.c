/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl: the functions of libcurl.def, each of which calls libcurl's own, which is loaded when the
 * first of them is called. Debian's libcurl brings thirty libraries with it (Kerberos, LDAP, RTMP,
 * GnuTLS): loading them takes longer than checking a plan, and only a run speaks HTTP or SMTP.
 *
 * (1) Where libcurl cannot be loaded, what makes a handle returns NULL, as libcurl does without memory.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* const since version 8. */
#if LIBCURL_VERSION_NUM >= 0x080000
typedef const CURLU libcurl_parser;
#else
typedef CURLU libcurl_parser;
#endif

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_share_setopt

static const char library_name[] = "libcurl.so.4";

static struct {
#define FUNCTION(type, name, parameters, arguments, otherwise) type(*name) parameters;
#define ACTION(name, parameters, arguments) void(*name) parameters;
#define OPTION(type, name, parameters) type(*name) parameters;
#include "runtime/net/libcurl.def"
} functions;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_loaded;

static bool find(void *library, const char *name, void *ret_function)
{
  void *found = dlsym(library, name);
  memcpy(ret_function, &found, sizeof found); /* POSIX: a function's address fits; C has no cast */
  return found != NULL;
}

static void load(void)
{
  /* Never closed: its threads and exit handlers may outlive the last handle. */
  void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return;
  is_loaded = true;
#define FUNCTION(type, name, parameters, arguments, otherwise)                                     \
  is_loaded &= find(library, #name, &functions.name);
#define ACTION(name, parameters, arguments) is_loaded &= find(library, #name, &functions.name);
#define OPTION(type, name, parameters) is_loaded &= find(library, #name, &functions.name);
#include "runtime/net/libcurl.def"
}

static bool has_libcurl(void)
{
  pthread_once(&once, load);
  return is_loaded;
}

#define FUNCTION(type, name, parameters, arguments, otherwise)                                     \
  type name parameters                                                                             \
  {                                                                                                \
    return has_libcurl() ? functions.name arguments : (otherwise);                                 \
  }
#define ACTION(name, parameters, arguments)                                                        \
  void name parameters                                                                             \
  {                                                                                                \
    if (has_libcurl())                                                                             \
      functions.name arguments;                                                                    \
  }
#include "runtime/net/libcurl.def"

CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
  enum { TYPE = 10000 }; /* an option's number says what it takes, in ten thousands */
  CURLcode code;
  va_list values;
  if (!has_libcurl())
    return CURLE_FAILED_INIT;
  va_start(values, option);
  switch ((int)option / TYPE * TYPE) {
  case CURLOPTTYPE_LONG:
    code = functions.curl_easy_setopt(curl, option, va_arg(values, long));
    break;
  case CURLOPTTYPE_OFF_T:
    code = functions.curl_easy_setopt(curl, option, va_arg(values, curl_off_t));
    break;
  case CURLOPTTYPE_FUNCTIONPOINT:
    code = functions.curl_easy_setopt(curl, option, va_arg(values, void (*)(void)));
    break;
  default:
    code = functions.curl_easy_setopt(curl, option, va_arg(values, void *));
  }
  va_end(values);
  return code;
}

CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
  if (!has_libcurl())
    return CURLE_FAILED_INIT;
  va_list values;
  va_start(values, info);
  CURLcode code = functions.curl_easy_getinfo(curl, info, va_arg(values, void *));
  va_end(values);
  return code;
}

CURLSHcode curl_share_setopt(CURLSH *share, CURLSHoption option, ...)
{
  CURLSHcode code;
  va_list values;
  if (!has_libcurl())
    return CURLSHE_INVALID;
  va_start(values, option);
  if (option == CURLSHOPT_SHARE || option == CURLSHOPT_UNSHARE)
    code = functions.curl_share_setopt(share, option, va_arg(values, int));
  else if (option == CURLSHOPT_USERDATA)
    code = functions.curl_share_setopt(share, option, va_arg(values, void *));
  else
    code = functions.curl_share_setopt(share, option, va_arg(values, void (*)(void)));
  va_end(values);
  return code;
}
