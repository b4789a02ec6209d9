/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: an integration flow's model (`.iflw`, BPMN 2.0 with SAP's properties) as a list of elements
 * with their properties; nothing is judged here.
 *
 * (1) The text is hostile: a DOCTYPE, an encoding that flow_text does not know, more than FLOW_BYTES_MAX
 *     bytes, or an element with more than FLOW_ATTRIBUTES_MAX attributes is refused before libxml2 sees it (its
 *     check for equal attributes takes the square of their number); no entity, no network.
 * (2) Keys and values stand in no namespace; a value that is absent is "".
 * Source: measured over published flows of SAP (see uses.def).
 */
#ifndef RENEW_SCAN_FLOW_H
#define RENEW_SCAN_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

enum { FLOW_BYTES_MAX = 16 * 1024 * 1024, FLOW_ATTRIBUTES_MAX = 500, FLOW_ELEMENTS_MAX = 100000 };

enum flow_place {
  FLOW_CHANNEL, /* bpmn2:messageFlow: an adapter between the flow and a system */
  FLOW_STEP     /* bpmn2:callActivity and its like */
};

struct flow_property {
  struct text key, value;
  uint32_t line; /* 1-based */
};

struct flow_element {
  enum flow_place place;
  struct text id, name;
  struct text
      component; /* ComponentType of a channel: "HTTP"; activityType of a step: "PgpEncrypt" */
  struct text direction; /* "Sender", "Receiver"; "" of a step */
  struct text system;    /* the participant at the other end of a channel; "" where none is named */
  uint32_t line;
  struct flow_property *properties;
  uint32_t count;
};

struct flow {
  struct flow_element *elements;
  uint32_t count;
};

/* The document in UTF-8: from UTF-16, or from the one-byte encodings that its declaration may name. The
 * bytes themselves where they are UTF-8 already; false with a reason. */
bool flow_text(struct arena *arena, struct text bytes, struct text *ret_text,
               struct text *ret_error);
/* Of such a text. False with a reason: "has a DOCTYPE, which a flow never has". */
bool flow_read(struct arena *arena, struct text bytes, struct flow *ret_flow,
               struct text *ret_error);
/* The value of the key; false where the element has no such property. */
bool flow_value(const struct flow_element *element, struct text key, struct text *ret_value);

/* `<row><cell id='subjectDN'>..</cell>..</row>*`: a table in a property's value. A cell's id may be "". */
struct flow_cell {
  struct text id, value;
  uint32_t row;
};
/* How many; 0 where the value is no table. */
uint32_t flow_table(struct arena *arena, struct text value, struct flow_cell **ret_cells);

#endif
