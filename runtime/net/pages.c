/* SPDX-License-Identifier: Apache-2.0 */
/* pages: see pages.h. The address that is remembered moves on at each power of two (Brent). */
#include "runtime/net/pages.h"

bool pages_go(struct pages *pages, struct text next, bool was_empty)
{
  pages->count++;
  pages->empty = was_empty ? pages->empty + 1 : 0;
  if (pages->count >= PAGES_MAX || pages->empty >= PAGES_EMPTY_MAX || text_equal(next, pages->seen))
    return false;
  if ((pages->count & (pages->count - 1)) == 0)
    pages->seen = next;
  return true;
}
