/* SPDX-License-Identifier: Apache-2.0 */
/* url: the parts of an address, by libcurl's parser: there is no second one. */
#ifndef RENEW_NET_URL_H
#define RENEW_NET_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct url {
  struct text scheme; /* "https" */
  struct text host;   /* without the brackets of an IPv6 address */
  struct text path;   /* with the query; "/" at least */
  uint16_t port;
};

bool url_parse(struct arena *arena, struct text words, struct url *ret_url, struct text *ret_error);

/* As one value of a query: what is neither letter, digit nor one of -._~ as %XX. */
struct text url_escape(struct arena *arena, struct text value);

#endif
