/* SPDX-License-Identifier: Apache-2.0 */
/*
 * properties: a file of Java's java.util.Properties (`parameters.prop` of an integration flow): keys with
 * escaped blanks, colons and equal signs, continued lines, \uXXXX, ISO 8859-1.
 * Source: Properties.load(InputStream), Java SE API.
 */
#ifndef RENEW_SCAN_PROPERTIES_H
#define RENEW_SCAN_PROPERTIES_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct property {
  struct text key, value; /* UTF-8 */
};

struct properties {
  struct property *items;
  uint32_t count;
  struct text_map places; /* of the items; of a key that stands twice the last one counts */
};

/* Never fails: each byte string is a file of properties. bytes may be TEXT_NONE. */
void properties_read(struct arena *arena, struct text bytes, struct properties *ret_properties);
/* False where there is no such key. */
bool properties_find(const struct properties *properties, struct text key, struct text *ret_value);

#endif
