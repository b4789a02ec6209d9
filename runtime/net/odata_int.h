/* SPDX-License-Identifier: Apache-2.0 */
/* odata_int: what the files of odata share. */
#ifndef RENEW_NET_ODATA_INT_H
#define RENEW_NET_ODATA_INT_H

#include <libxml/parser.h>

#include "runtime/net/odata.h"

/* Grows `page` by one entry, and `entry` by one value. */
struct odata_entry *odata_add_entry(struct arena *arena, struct odata_page *page);
struct odata_value *odata_add_value(struct arena *arena, struct odata_entry *entry,
                                    struct text name);
/* On one line, without what cannot be seen, at most ODATA_SAID_MAX bytes. */
struct text odata_said(struct arena *arena, struct text words);

/* odata_json.c */
bool odata_read_json(struct arena *arena, struct text body, struct odata_page *ret_page,
                     struct text *ret_error);
bool odata_problem_of_json(struct arena *arena, struct text body,
                           struct odata_problem *ret_problem);

/* odata_atom.c. The document, bounded; NULL with a reason. */
xmlDoc *odata_open_xml(struct arena *arena, struct text body, struct text *ret_error);
bool odata_read_atom(struct arena *arena, struct text body, struct odata_page *ret_page,
                     struct text *ret_error);
bool odata_problem_of_xml(struct arena *arena, struct text body, struct odata_problem *ret_problem);

#endif
