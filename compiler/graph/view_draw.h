/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_draw: the pieces of an SVG picture: boxes, texts, lines, and the colours of both themes. One file,
 * nothing loaded from elsewhere; every text goes through libxml2's writer. Not for others.
 */
#ifndef RENEW_GRAPH_VIEW_DRAW_H
#define RENEW_GRAPH_VIEW_DRAW_H

#include <libxml/xmlwriter.h>

#include "compiler/graph/view_int.h"

struct canvas {
  struct arena *arena;
  xmlBufferPtr bytes;
  xmlTextWriterPtr xml;
};

/* Opens the picture: its size, title, colours, arrow heads and ground. */
void draw_start(struct canvas *canvas, struct arena *arena, int width, int height,
                struct text title);
void draw_finish(struct canvas *canvas, struct buffer *ret_bytes);
void draw_begin(struct canvas *canvas, const char *element, const char *class);
void draw_end(struct canvas *canvas);
void draw_characters(struct canvas *canvas, struct text text);
void draw_text(struct canvas *canvas, const char *class, int x, int y, struct text text);
void draw_rectangle(struct canvas *canvas, const char *class, int x, int y, int width, int height,
                    int radius);
void draw_circle(struct canvas *canvas, const char *class, int x, int y, int radius);
/* marker: "url(#arrow)", "url(#letter)", or NULL. */
void draw_path(struct canvas *canvas, const char *class, const char *marker, const char *way);

#endif
