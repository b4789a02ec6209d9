/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata: what an OData service answers, as plain texts in an arena: 2.0 in Atom or JSON, 4.0 in JSON; and
 * the texts that go into its addresses. Knows no product. Judges no certificate. Of 4.0, annotations are
 * values under their own names ("@odata.etag").
 *
 * An answer comes from outside and may be hostile:
 * (1) No DOCTYPE, no entities, nothing loaded from elsewhere; the bytes are UTF-8 whatever the
 *     declaration says.
 * (2) At most ODATA_ATTRIBUTES_MAX attributes in an element (libxml2 compares each with each),
 *     ODATA_DEPTH_MAX levels, ODATA_ENTRIES_MAX entries a page: counted before anything is built.
 * (3) What is neither Atom nor JSON is said to be what it is: a gateway's HTML page, nothing at all.
 * Sources of the facts: docs/SYSTEMS.md.
 */
#ifndef RENEW_NET_ODATA_H
#define RENEW_NET_ODATA_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

enum {
  ODATA_ATTRIBUTES_MAX = 128,
  ODATA_DEPTH_MAX = 64,
  ODATA_ENTRIES_MAX = 100000,
  ODATA_SAID_MAX = 300 /* bytes of a server's own words that are passed on */
};

enum odata_version { ODATA_2 = 2, ODATA_4 = 4 };

struct odata_page;

struct odata_value {
  struct text name;
  struct text text; /* numbers and truth values as they are written; TEXT_NONE: null */
  const struct odata_page *inlined; /* what $expand put here; NULL without */
};

struct odata_entry {
  struct odata_value *values;
  uint32_t count;
};

struct odata_page {
  struct odata_entry *entries;
  uint32_t count;
  struct text next; /* the address of the next page; TEXT_NONE on the last */
  enum odata_version version;
};

/* A feed, an entry (a page with one), or a single property (an entry with one value). Texts may lie in the
 * body, which lives as long as the page. False: also what the other version of the protocol says, whose
 * empty list would be taken for "there is none". */
bool odata_read(struct arena *arena, enum odata_version version, struct text body,
                struct odata_page *ret_page, struct text *ret_error);
/* What a $metadata document (EDMX) declares. */
struct odata_set {
  struct text name;        /* an entity set, or a function import */
  struct text *properties; /* of its entity type */
  uint32_t property_count;
};
struct odata_model {
  struct odata_set *sets;
  uint32_t count;
};
bool odata_read_model(struct arena *arena, struct text body, struct odata_model *ret_model,
                      struct text *ret_error);
/* TEXT_NONE where it is null or not there. */
struct text odata_value(const struct odata_entry *entry, const char *name);
const struct odata_page *odata_inlined(const struct odata_entry *entry, const char *name);

struct odata_problem {
  struct text code;    /* "Bad Request"; often "" */
  struct text message; /* on one line, bounded; "" where the answer says nothing */
  bool is_page;        /* HTML: not the service has answered, but something before it */
  bool is_odata; /* an error document of OData, JSON or XML: the service itself has answered */
};
/* What an answer that is an error says, in whatever form: JSON, XML, HTML, text, nothing. Never fails. */
struct odata_problem odata_read_problem(struct arena *arena, struct text body);

/* "/Date(1492098664000)/", "/Date(1492098664000+0000)/", "2019-10-04T00:00:00Z",
 * "2021-03-18T11:19:04.598" (no zone: UTC): milliseconds since 1970. */
bool odata_time(struct text value, int64_t *ret_ms);
/* "datetime'2027-03-06T21:00:00'": a literal of $filter has no zone. Not yet escaped. */
struct text odata_time_literal(struct arena *arena, int64_t time_s);

/* Keys of keystore entries are the hex form of the alias's UTF-8 bytes: the server forbids '/' and '\'
 * in addresses, even escaped. Lower case as in the documents; answers come in upper case. */
struct text odata_hex(struct arena *arena, struct text alias);
bool odata_unhex(struct arena *arena, struct text hex, struct text *ret_alias);
bool odata_same_hex(struct text a, struct text b);
/* Escaped for an address: what is not a letter, a digit or one of -._~ becomes %XX. */
struct text odata_escape(struct arena *arena, struct text value);
/* A string literal in quotes, a quote doubled. Not yet escaped. */
struct text odata_literal(struct arena *arena, struct text value);
/* The same, escaped for an address. */
struct text odata_quote(struct arena *arena, struct text value);
/* The list of a mass deletion: joined by ';', where ';' in an alias is '\;' and '\' is '\\'. */
struct text odata_join(struct arena *arena, const struct text *aliases, uint32_t count);

#endif
