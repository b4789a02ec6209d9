/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages: whether the next page of a list is worth asking for. Sends nothing.
 *
 * (1) A next link that was followed before ends the list, however many lie between: no circle is walked
 *     more than three times.
 * (2) A list ends after PAGES_MAX pages, and after PAGES_EMPTY_MAX empty ones behind each other: new
 *     addresses can be thought of without end.
 */
#ifndef RENEW_NET_PAGES_H
#define RENEW_NET_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

enum { PAGES_MAX = 1000, PAGES_EMPTY_MAX = 16 };

/* Begins with the address of the first page. */
struct pages {
  struct text seen;
  uint32_t count, empty;
};

bool pages_go(struct pages *pages, struct text next, bool was_empty);

#endif
