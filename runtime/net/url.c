/* SPDX-License-Identifier: Apache-2.0 */
/* url: see url.h. */
#include "runtime/net/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

static struct text take(struct arena *arena, CURLU *parser, CURLUPart part)
{
  char *words = NULL;
  if (curl_url_get(parser, part, &words, CURLU_DEFAULT_PORT) != CURLUE_OK)
    return TEXT_NONE;
  struct text copy = text_copy(arena, text_of(words));
  curl_free(words);
  return copy;
}

bool url_parse(struct arena *arena, struct text words, struct url *ret_url, struct text *ret_error)
{
  CURLU *parser = curl_url();
  if (parser == NULL)
    return false;
  CURLUcode code = curl_url_set(parser, CURLUPART_URL, text_zero(arena, words), 0);
  if (code != CURLUE_OK) {
    *ret_error =
        text_format(arena, "`%.*s` is no address: %s", TEXT_ARG(words), curl_url_strerror(code));
    curl_url_cleanup(parser);
    return false;
  }
  struct url url = {.scheme = take(arena, parser, CURLUPART_SCHEME),
                    .host = take(arena, parser, CURLUPART_HOST),
                    .path = take(arena, parser, CURLUPART_PATH)};
  struct text query = take(arena, parser, CURLUPART_QUERY);
  struct text port = take(arena, parser, CURLUPART_PORT);
  curl_url_cleanup(parser);
  if (query.length != 0)
    url.path = text_format(arena, "%.*s?%.*s", TEXT_ARG(url.path), TEXT_ARG(query));
  if (url.host.length > 2 && url.host.at[0] == '[') {
    url.host.at++;
    url.host.length -= 2;
  }
  url.port = (uint16_t)(port.length == 0 ? 0 : atoi(port.at));
  *ret_url = url;
  return true;
}

/* RFC 3986, 2.3. */
static bool is_unreserved(struct text value)
{
  static const char marks[] = "-._~";
  bool is_plain = true;
  for (size_t i = 0; i < value.length && is_plain; i++)
    is_plain = isalnum((unsigned char)value.at[i]) || memchr(marks, value.at[i], sizeof marks - 1);
  return is_plain;
}

struct text url_escape(struct arena *arena, struct text value)
{
  if (is_unreserved(value)) /* as names and guids are */
    return value.length == 0 ? TEXT("") : value;
  char *words = curl_easy_escape(NULL, value.at, (int)value.length);
  struct text copy = words == NULL ? TEXT("") : text_copy(arena, text_of(words));
  curl_free(words);
  return copy;
}
