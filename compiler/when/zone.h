/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone: local time and UTC, by the rule of RFC 5545. Reads the zone database of the machine, never
 * its clock.
 *
 * (1) In a gap the offset before the gap counts (02:30 is then 03:30), in a fold the first of the
 *     two. libical's own conversion answers otherwise, so only its offsets at UTC instants are used.
 * (2) A local time is `naive`: seconds since 1970 as if its zone were UTC.
 */
#ifndef RENEW_WHEN_ZONE_H
#define RENEW_WHEN_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct _icaltimezone;

enum { ZONE_NAME_BYTES = 64, MOMENT_TEXT_BYTES = 96 };

enum zone_kind { ZONE_UTC, ZONE_FIXED, ZONE_NAMED };

struct zone {
  enum zone_kind kind;
  int32_t offset_s;         /* ZONE_FIXED */
  struct _icaltimezone *of; /* ZONE_NAMED; libical's, or that of a calendar file */
  char name[ZONE_NAME_BYTES];
};

/* "Europe/Berlin", "UTC", and fixed offsets: "+01:00", "UTC+1". False: unknown. */
bool zone_find(struct text name, struct zone *ret_zone);
/* An offset was written where a zone is due: +01:00, UTC+1, Etc/GMT-1. */
bool zone_is_offset(struct text name);
/* The most similar name of the zone database; TEXT_NONE without. */
struct text zone_nearest(struct text name);

enum local_kind { LOCAL_PLAIN, LOCAL_GAP, LOCAL_FOLD };

/* ret_kind: NULL is legal. */
int64_t zone_to_utc(const struct zone *zone, int64_t naive_s, enum local_kind *ret_kind);
int64_t zone_to_naive(const struct zone *zone, int64_t utc_s);
int64_t zone_offset(const struct zone *zone, int64_t utc_s);
bool zone_is_daylight(const struct zone *zone, int64_t utc_s);

/* month and day may lie beyond their ranges and then carry over. */
int64_t naive_of(int year, int month, int day, int64_t second);
struct naive_parts {
  int year, month, day, weekday; /* weekday: 0 = Sunday */
  int64_t second;                /* of the day */
};
struct naive_parts naive_parts(int64_t naive_s);
/* 2027-03-01, 2027-03-01T22:00[:30][Z]; *ret_is_utc for the Z. */
bool naive_read(struct text text, int64_t *ret_naive_s, bool *ret_is_utc, bool *ret_is_day);

/* "CET" where the zone has a name for its offset, else "+05:30". */
void zone_abbreviation(const struct zone *zone, int64_t utc_s, char ret_name[16]);
/* "2027-03-06 22:00 CET (21:00 UTC)"; NULL or UTC: "2027-03-06 21:00 UTC". */
void zone_says(const struct zone *zone, int64_t utc_ms, char ret_text[MOMENT_TEXT_BYTES]);

#endif
