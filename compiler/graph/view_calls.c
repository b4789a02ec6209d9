/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_calls: who calls whom: on the left who calls (a flow on its nodes, an ABAP system, a sender), in
 * the middle what it presents (certificate, keystore, owner), on the right who accepts it.
 *
 * (1) Only what the plan needs is in its graph, so the picture shows what the plan touches.
 * (2) A card is drawn once, however many calls it takes part in; a certificate once for each that it is
 *     shown to, so that no line through it joins a caller with somebody it does not call.
 */
#include "compiler/graph/view_draw.h"

enum {
  CARD_WIDTH = 290,
  CARD_LINES_MAX = 6,
  CARD_COLUMNS = 42, /* characters of a line in a card */
  CARD_NAME_COLUMNS = 30,
  CARD_GAP = 26,
  COLUMN_GAP = 110,
  MARGIN = 28,
  TOP = 116,
  LINE = 15,
  BEND = 45
};

enum column { COLUMN_CALLER, COLUMN_PRESENTED, COLUMN_CALLED, COLUMN__COUNT };

struct card {
  uint32_t resource;
  uint32_t shown_to; /* (2); INDEX_NONE for the others */
  enum column column;
  struct text name;
  struct text lines[CARD_LINES_MAX];
  uint32_t line_count;
  int x, y, height;
};

struct call_line {
  uint32_t from, to; /* cards */
};

struct calls {
  const struct graph *graph;
  struct arena *arena;
  struct card *cards;
  uint32_t card_count;
  struct call_line *lines;
  uint32_t line_count;
};

static const char *const column_words[] = {"who calls", "presenting", "whom"};

static struct text setting(const struct calls *c, uint32_t resource, enum key key, uint32_t slot)
{
  const struct graph_value *value = graph_setting_value(c->graph, resource, key, slot);
  return value == NULL ? TEXT_NONE : value->text;
}

static uint32_t refers(const struct calls *c, uint32_t resource, enum key key, uint32_t slot)
{
  const struct graph_value *value = graph_setting_value(c->graph, resource, key, slot);
  return value == NULL || value->resource >= c->graph->resource_count ? INDEX_NONE
                                                                      : value->resource;
}

static void add_line(struct calls *c, struct card *card, const char *label, struct text text)
{
  if (text.length == 0 || card->line_count == CARD_LINES_MAX)
    return;
  struct text whole =
      text_format(c->arena, "%s%s%.*s", label, label[0] == '\0' ? "" : " ", TEXT_ARG(text));
  card->lines[card->line_count++] = view_fit(c->arena, whole, CARD_COLUMNS);
}

static void add_named(struct calls *c, struct card *card, const char *label, uint32_t resource)
{
  if (resource != INDEX_NONE)
    add_line(c, card, label, c->graph->resources[resource].name);
}

static void add_nodes(struct calls *c, struct card *card, uint32_t resource)
{
  const struct graph *graph = c->graph;
  struct buffer names = {0};
  const struct graph_setting *nodes = graph_setting_nth(graph, resource, KEY_NODES, 0), *node;
  for (uint32_t i = 0; nodes != NULL && i < nodes->values.count; i++)
    buffer_format(&names, "%s%.*s", names.size_bytes == 0 ? "" : ", ",
                  TEXT_ARG(graph->values[nodes->values.first + i].text));
  for (uint32_t i = 0; (node = graph_setting_nth(graph, resource, KEY_NODE, i)) != NULL; i++)
    buffer_format(&names, "%s%.*s", names.size_bytes == 0 ? "" : ", ",
                  TEXT_ARG(graph->values[node->values.first].text));
  add_line(c, card, "nodes", buffer_text(&names));
  buffer_free(&names);
}

static void fill_caller(struct calls *c, struct card *card)
{
  uint32_t tenant = refers(c, card->resource, KEY_ON, 0);
  add_named(c, card, "on", tenant);
  add_nodes(c, card, card->resource);
  if (tenant != INDEX_NONE)
    add_nodes(c, card, tenant);
  add_line(c, card, "", setting(c, card->resource, KEY_URL, 0));
  add_named(c, card, "owner", refers(c, card->resource, KEY_OWNER, 0));
  add_line(c, card, "caches its keystore for", setting(c, card->resource, KEY_CACHES_KEYSTORE, 0));
}

static void fill_presented(struct calls *c, struct card *card)
{
  uint32_t keystore = refers(c, card->resource, KEY_IN, 0);
  add_line(c, card, "", setting(c, card->resource, KEY_SUBJECT, 0));
  add_named(c, card, "in", keystore);
  add_line(c, card, "alias", setting(c, card->resource, KEY_ALIAS, 0));
  if (keystore != INDEX_NONE)
    add_named(c, card, "owner", refers(c, keystore, KEY_OWNER, 0));
  add_named(c, card, "signed by", refers(c, card->resource, KEY_SIGNED_BY, 0));
  add_named(c, card, "issued by", refers(c, card->resource, KEY_ISSUED_BY, 0));
  if (c->graph->resources[card->resource].kind == KIND_SERVICEKEY)
    add_named(c, card, "key of", refers(c, card->resource, KEY_OF, 0));
}

static void fill_called(struct calls *c, struct card *card)
{
  const struct graph_value *many =
      graph_setting_value(c->graph, card->resource, KEY_ACCEPTS_MANY, 0);
  struct text by = setting(c, card->resource, KEY_ACCEPTS, 0);
  add_line(c, card, "", setting(c, card->resource, KEY_URL, 0));
  add_line(c, card, "", setting(c, card->resource, KEY_ENDPOINT, 0));
  add_named(c, card, "on", refers(c, card->resource, KEY_ON, 0));
  if (many != NULL)
    add_line(c, card, "accepts",
             many->number != 0 ? TEXT("old and new together") : TEXT("one at a time"));
  add_line(c, card, "compares", by);
  add_named(c, card, "owner", refers(c, card->resource, KEY_OWNER, 0));
}

static uint32_t card_of(struct calls *c, uint32_t resource, enum column column, uint32_t shown_to)
{
  for (uint32_t i = 0; i < c->card_count; i++)
    if (c->cards[i].resource == resource && c->cards[i].column == column &&
        c->cards[i].shown_to == shown_to)
      return i;
  const struct resource *of = &c->graph->resources[resource];
  struct card *card = &c->cards[c->card_count];
  *card =
      (struct card){.resource = resource, .shown_to = shown_to, .column = column, .name = of->name};
  add_line(c, card, "", of->title);
  if (column == COLUMN_CALLER)
    fill_caller(c, card);
  else if (column == COLUMN_PRESENTED)
    fill_presented(c, card);
  else
    fill_called(c, card);
  return c->card_count++;
}

static void join(struct calls *c, uint32_t from, uint32_t to)
{
  for (uint32_t i = 0; i < c->line_count; i++)
    if (c->lines[i].from == from && c->lines[i].to == to)
      return;
  c->lines[c->line_count++] = (struct call_line){from, to};
}

static struct calls find_calls(struct arena *arena, const struct graph *graph)
{
  struct calls c = {.graph = graph, .arena = arena};
  c.cards =
      arena_array(arena, (size_t)graph->resource_count * 2 + graph->setting_count, sizeof *c.cards);
  c.lines = arena_array(arena, (size_t)graph->setting_count * 2, sizeof *c.lines);
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    const struct graph_setting *call;
    for (uint32_t n = 0; (call = graph_setting_nth(graph, i, KEY_CALLS, n)) != NULL; n++) {
      if (call->values.count < 2)
        continue;
      const struct graph_value *values = &graph->values[call->values.first];
      uint32_t caller = card_of(&c, i, COLUMN_CALLER, INDEX_NONE);
      uint32_t presented = card_of(&c, values[1].resource, COLUMN_PRESENTED, values[0].resource);
      join(&c, caller, presented);
      join(&c, presented, card_of(&c, values[0].resource, COLUMN_CALLED, INDEX_NONE));
    }
  }
  return c;
}

/* --- dot, Mermaid --- */

static void calls_dot(const struct calls *c, struct buffer *out)
{
  buffer_add_zero(out, "digraph ");
  view_dot_quote(out, c->graph->name);
  buffer_add_zero(out, " {\n  rankdir=LR;\n  node [shape=box, style=rounded, "
                       "fontname=\"sans-serif\"];\n");
  for (uint32_t column = 0; column < COLUMN__COUNT; column++) {
    buffer_add_zero(out, "  { rank=same;\n");
    for (uint32_t i = 0; i < c->card_count; i++) {
      const struct card *card = &c->cards[i];
      if (card->column != column)
        continue;
      struct buffer label = {0};
      buffer_add_text(&label, card->name);
      for (uint32_t k = 0; k < card->line_count; k++)
        buffer_format(&label, "\n%.*s", TEXT_ARG(card->lines[k]));
      buffer_format(out, "    c%u [label=", i);
      view_dot_lines(out, buffer_text(&label));
      buffer_add_zero(out, "];\n");
      buffer_free(&label);
    }
    buffer_add_zero(out, "  }\n");
  }
  for (uint32_t i = 0; i < c->line_count; i++)
    buffer_format(out, "  c%u -> c%u;\n", c->lines[i].from, c->lines[i].to);
  buffer_add_zero(out, "}\n");
}

static void calls_mermaid(const struct calls *c, struct buffer *out)
{
  buffer_add_zero(out, "flowchart LR\n");
  for (uint32_t column = 0; column < COLUMN__COUNT; column++) {
    buffer_format(out, "  subgraph k%u[\"%s\"]\n", column, column_words[column]);
    for (uint32_t i = 0; i < c->card_count; i++) {
      const struct card *card = &c->cards[i];
      if (card->column != column)
        continue;
      buffer_format(out, "    c%u[\"", i);
      view_mermaid_text(card->name, out);
      for (uint32_t k = 0; k < card->line_count; k++) {
        buffer_add_zero(out, "<br/>");
        view_mermaid_text(card->lines[k], out);
      }
      buffer_add_zero(out, "\"]\n");
    }
    buffer_add_zero(out, "  end\n");
  }
  for (uint32_t i = 0; i < c->line_count; i++)
    buffer_format(out, "  c%u --> c%u\n", c->lines[i].from, c->lines[i].to);
}

/* --- svg --- */

/* Cards stand below each other in the order of the plan; a shorter column stands in the middle. */
static int place_cards(struct calls *c)
{
  int heights[COLUMN__COUNT] = {0}, most = 0;
  for (uint32_t i = 0; i < c->card_count; i++) {
    struct card *card = &c->cards[i];
    card->height = 22 + LINE * (1 + (int)card->line_count);
    card->x = MARGIN + (int)card->column * (CARD_WIDTH + COLUMN_GAP);
    card->y = TOP + heights[card->column];
    heights[card->column] += card->height + CARD_GAP;
  }
  for (int i = 0; i < COLUMN__COUNT; i++)
    most = heights[i] > most ? heights[i] : most;
  for (uint32_t i = 0; i < c->card_count; i++)
    c->cards[i].y += (most - heights[c->cards[i].column]) / 2;
  return TOP + most + MARGIN;
}

static const char *card_class(enum column column)
{
  return column == COLUMN_PRESENTED ? "letter" : "box";
}

static void draw_card(struct canvas *canvas, const struct card *card)
{
  int y = card->y + 20;
  draw_begin(canvas, "g", NULL);
  draw_rectangle(canvas, card_class(card->column), card->x, card->y, CARD_WIDTH, card->height, 7);
  draw_text(canvas, "id", card->x + 14, y, view_fit(canvas->arena, card->name, CARD_NAME_COLUMNS));
  for (uint32_t i = 0; i < card->line_count; i++)
    draw_text(canvas, "says", card->x + 14, y += LINE, card->lines[i]);
  draw_end(canvas);
}

static void calls_svg(struct calls *c, struct buffer *out)
{
  struct canvas canvas;
  struct arena *arena = c->arena;
  int height = place_cards(c);
  int width = 2 * MARGIN + COLUMN__COUNT * CARD_WIDTH + (COLUMN__COUNT - 1) * COLUMN_GAP;
  struct text title = c->graph->title.length != 0 ? c->graph->title : c->graph->name;
  draw_start(&canvas, arena, width, height, title);
  draw_text(&canvas, "title", MARGIN, 36, view_fit(arena, title, (uint32_t)(width - 56) / 13));
  draw_text(&canvas, "facts", MARGIN, 57,
            text_format(arena, "%.*s  \xc2\xb7  who calls whom", TEXT_ARG(c->graph->name)));
  for (int i = 0; i < COLUMN__COUNT && c->card_count != 0; i++)
    draw_text(&canvas, "role", MARGIN + i * (CARD_WIDTH + COLUMN_GAP), 94,
              text_of(column_words[i]));
  if (c->card_count == 0)
    draw_text(&canvas, "says", MARGIN, 94, TEXT("nothing that the plan touches calls anything"));
  for (uint32_t i = 0; i < c->line_count; i++) {
    const struct card *from = &c->cards[c->lines[i].from], *to = &c->cards[c->lines[i].to];
    int x = from->x + CARD_WIDTH, y = from->y + from->height / 2, y_to = to->y + to->height / 2;
    draw_path(&canvas, "told", "url(#letter)",
              text_format(arena, "M%d %dC%d %d %d %d %d %d", x, y, x + BEND, y, to->x - BEND, y_to,
                          to->x - 1, y_to)
                  .at);
  }
  for (uint32_t i = 0; i < c->card_count; i++)
    draw_card(&canvas, &c->cards[i]);
  draw_finish(&canvas, out);
}

void view_calls(const struct graph *graph, enum graph_form form, struct buffer *ret_bytes)
{
  struct arena *arena = arena_new("view", 0);
  struct calls calls = find_calls(arena, graph);
  switch (form) {
  case GRAPH_DOT:
    calls_dot(&calls, ret_bytes);
    break;
  case GRAPH_SVG:
    calls_svg(&calls, ret_bytes);
    break;
  case GRAPH_MERMAID:
    calls_mermaid(&calls, ret_bytes);
    break;
  }
  arena_free(arena);
}
