/* SPDX-License-Identifier: Apache-2.0 */
/* view_draw: see view_draw.h. */
#include "compiler/graph/view_draw.h"

#include <stdlib.h>

/* Light and dark are the same picture: a page says which it is, and without a word it is light. */
static const char style[] =
    "text{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;fill:#1f2937}"
    ".paper{fill:#fff}.title{font-size:20px;font-weight:bold}.facts{font-size:12px;fill:#6b7280}"
    ".lane{fill:#f6f7f9}.head{fill:#e5e9f0}.role{font-size:14px;font-weight:bold}"
    ".name{font-size:11px;fill:#6b7280}"
    ".box{fill:#fff;stroke:#9aa5b5;stroke-width:1.2}.maybe{stroke-dasharray:5 3}"
    ".id{font-size:12px;font-weight:bold}.says{font-size:11px}"
    ".when{font-size:11px;font-style:italic;fill:#6b7280}"
    ".number{font-size:11px;font-weight:bold;fill:#fff;text-anchor:middle}"
    ".act{fill:#64748b}.enter{fill:#c2570c}.look{fill:#15803d}.message{fill:#1d5fd0}"
    ".order{fill:none;stroke:#8a94a3;stroke-width:1.4}"
    ".told{fill:none;stroke:#1d5fd0;stroke-width:1.5}.telling{stroke-dasharray:6 4}"
    ".join{fill:#8a94a3}.letter{fill:#eaf1fd;stroke:#1d5fd0;stroke-width:1.2}"
    ".arrow-head{fill:#8a94a3}.letter-head{fill:#1d5fd0}"
    /* The picture of the proof: what is presented stands on what is accepted. */
    ".cell{fill:none}.rule{stroke:#9aa5b5;stroke-width:1;stroke-dasharray:2 3}"
    ".old{fill:#fbe3bd;stroke:#8a5200;stroke-width:1.4}"
    ".new{fill:#cfe1f9;stroke:#1450a8;stroke-width:1.4}"
    ".some{stroke-dasharray:6 4}.hatch-old{stroke:#8a5200}.hatch-new{stroke:#1450a8}"
    ".floor-old{fill:#8a5200}.floor-new{fill:#1450a8}.floor{font-size:11px;fill:#fff}"
    ".off{fill:none;stroke:#9aa5b5;stroke-width:1;stroke-dasharray:3 3}"
    ".refused{fill:#fff;stroke:#b00020;stroke-width:3}.hatch-refused{stroke:#b00020;stroke-width:1."
    "6}"
    ".alarm{font-size:12px;font-weight:bold;fill:#b00020}"
    ".need{fill:none;stroke:#374151;stroke-width:1.6}"
    "@media(prefers-color-scheme:dark){"
    "text{fill:#e6edf3}.paper{fill:#0d1117}.facts,.name,.when{fill:#9aa7b4}"
    ".lane{fill:#161b22}.head{fill:#21283a}.box{fill:#1c2330;stroke:#5b6675}"
    ".number{fill:#fff}.act{fill:#5b6b80}.look{fill:#1a7f37}"
    ".order{stroke:#7d8794}.told{stroke:#6ea8fe}.join{fill:#7d8794}"
    ".old{fill:#4a3410;stroke:#e0a145}.new{fill:#143055;stroke:#7fb0f5}"
    ".hatch-old{stroke:#e0a145}.hatch-new{stroke:#7fb0f5}.floor-old{fill:#c98a2b}"
    ".floor-new{fill:#5b93e6}.floor{fill:#0d1117}.refused{fill:#0d1117;stroke:#ff7b8b}"
    ".hatch-refused{stroke:#ff7b8b}.alarm{fill:#ff7b8b}.need{stroke:#b6c2cf}"
    ".letter{fill:#16233b;stroke:#6ea8fe}.arrow-head{fill:#7d8794}.letter-head{fill:#6ea8fe}}";

static void attribute(struct canvas *canvas, const char *name, const char *value)
{
  xmlTextWriterWriteAttribute(canvas->xml, BAD_CAST name, BAD_CAST value);
}

static void number_attribute(struct canvas *canvas, const char *name, int value)
{
  xmlTextWriterWriteFormatAttribute(canvas->xml, BAD_CAST name, "%d", value);
}

void draw_begin(struct canvas *canvas, const char *element, const char *class)
{
  xmlTextWriterStartElement(canvas->xml, BAD_CAST element);
  if (class != NULL)
    attribute(canvas, "class", class);
}

void draw_end(struct canvas *canvas)
{
  xmlTextWriterEndElement(canvas->xml);
}

/* XML has no place for control characters, however they are written. */
void draw_characters(struct canvas *canvas, struct text text)
{
  char *copy = text_zero(canvas->arena, text);
  for (size_t i = 0; i < text.length; i++)
    if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
      copy[i] = ' ';
  xmlTextWriterWriteString(canvas->xml, BAD_CAST copy);
}

void draw_text(struct canvas *canvas, const char *class, int x, int y, struct text text)
{
  draw_begin(canvas, "text", class);
  number_attribute(canvas, "x", x);
  number_attribute(canvas, "y", y);
  draw_characters(canvas, text);
  draw_end(canvas);
}

void draw_rectangle(struct canvas *canvas, const char *class, int x, int y, int width, int height,
                    int radius)
{
  draw_begin(canvas, "rect", class);
  number_attribute(canvas, "x", x);
  number_attribute(canvas, "y", y);
  number_attribute(canvas, "width", width);
  number_attribute(canvas, "height", height);
  number_attribute(canvas, "rx", radius);
  draw_end(canvas);
}

void draw_circle(struct canvas *canvas, const char *class, int x, int y, int radius)
{
  draw_begin(canvas, "circle", class);
  number_attribute(canvas, "cx", x);
  number_attribute(canvas, "cy", y);
  number_attribute(canvas, "r", radius);
  draw_end(canvas);
}

void draw_path(struct canvas *canvas, const char *class, const char *marker, const char *way)
{
  draw_begin(canvas, "path", class);
  attribute(canvas, "d", way);
  if (marker != NULL)
    attribute(canvas, "marker-end", marker);
  draw_end(canvas);
}

static void draw_marker(struct canvas *canvas, const char *id, const char *class)
{
  draw_begin(canvas, "marker", NULL);
  attribute(canvas, "id", id);
  attribute(canvas, "viewBox", "0 0 8 8");
  attribute(canvas, "refX", "7");
  attribute(canvas, "refY", "4");
  attribute(canvas, "markerWidth", "7");
  attribute(canvas, "markerHeight", "7");
  attribute(canvas, "orient", "auto");
  draw_begin(canvas, "path", class);
  attribute(canvas, "d", "M0 0L8 4L0 8Z");
  draw_end(canvas);
  draw_end(canvas);
}

void draw_start(struct canvas *canvas, struct arena *arena, int width, int height,
                struct text title)
{
  *canvas = (struct canvas){.arena = arena, .bytes = xmlBufferCreate()};
  canvas->xml = canvas->bytes == NULL ? NULL : xmlNewTextWriterMemory(canvas->bytes, 0);
  if (canvas->xml == NULL)
    abort(); /* as any allocation that fails */
  xmlTextWriterSetIndent(canvas->xml, 1);
  draw_begin(canvas, "svg", NULL);
  attribute(canvas, "xmlns", "http://www.w3.org/2000/svg");
  xmlTextWriterWriteFormatAttribute(canvas->xml, BAD_CAST "viewBox", "0 0 %d %d", width, height);
  number_attribute(canvas, "width", width);
  number_attribute(canvas, "height", height);
  draw_begin(canvas, "title", NULL);
  draw_characters(canvas, title);
  draw_end(canvas);
  draw_begin(canvas, "style", NULL);
  xmlTextWriterWriteString(canvas->xml, BAD_CAST style);
  draw_end(canvas);
  draw_begin(canvas, "defs", NULL);
  draw_marker(canvas, "arrow", "arrow-head");
  draw_marker(canvas, "letter", "letter-head");
  draw_end(canvas);
  draw_rectangle(canvas, "paper", 0, 0, width, height, 0);
}

void draw_finish(struct canvas *canvas, struct buffer *ret_bytes)
{
  draw_end(canvas);
  xmlTextWriterEndDocument(canvas->xml);
  xmlFreeTextWriter(canvas->xml);
  buffer_add(ret_bytes, xmlBufferContent(canvas->bytes), (size_t)xmlBufferLength(canvas->bytes));
  xmlBufferFree(canvas->bytes);
}
