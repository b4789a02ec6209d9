/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pins: the files in which a receiver lists the certificates that it accepts. Pure: text in, text
 * out.
 *
 *   pem        PEM blocks
 *   sha256     lower-case hex, one a line, `#` begins a comment
 *   sha1       the same, for receivers that can do no other
 *   nginx-map  `"<certificate as $ssl_client_escaped_cert>" 1; # sha256 <hex>`, for
 *              map $ssl_client_escaped_cert $accepted { default 0; include FILE; }
 *
 * (1) Whatever is not the entry that is added or dropped stays, byte by byte and in its order.
 * (2) Adding twice is adding once; dropping takes every copy of the entry.
 */
#ifndef RENEW_PROVIDERS_PINS_H
#define RENEW_PROVIDERS_PINS_H

#include <stdbool.h>

#include "compiler/base/text.h"
#include "runtime/crypto/cert.h"

enum pins_form { PINS_PEM, PINS_SHA256, PINS_SHA1, PINS_NGINX_MAP };

bool pins_form_find(struct text word, enum pins_form *ret_form);
bool pins_has(struct arena *arena, enum pins_form form, struct text content,
              const struct cert *cert);
struct text pins_add(struct arena *arena, enum pins_form form, struct text content,
                     const struct cert *cert);
struct text pins_drop(struct arena *arena, enum pins_form form, struct text content,
                      const struct cert *cert);

#endif
