/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ics_write: dates as an iCalendar file that Outlook takes: a VTIMEZONE for each TZID whose
 * observances are rules that begin in 1970, times in UTC where a zone has no such rules, DTSTAMP in
 * UTC, stable UIDs. libical folds and ends the lines.
 */
#ifndef RENEW_WHEN_ICS_WRITE_H
#define RENEW_WHEN_ICS_WRITE_H

#include "compiler/when/events.h"

struct ics_entry {
  struct text uid; /* stable over calls: the thing and the local day */
  struct text summary;
  struct text says;        /* the description */
  const struct zone *zone; /* NULL or UTC: times in UTC */
  bool is_day;             /* day_naive, one day; else opening */
  int64_t day_naive;
  struct opening opening;
};

/* before: the file that is replaced, or TEXT_NONE; what moved since then gets a higher SEQUENCE. */
void ics_write(const struct ics_entry *entries, uint32_t count, struct text before, int64_t now_s,
               struct buffer *out);

#endif
