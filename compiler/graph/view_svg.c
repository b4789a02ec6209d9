/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_svg: the picture for people who do not read plans: a lane a role, boxes from top to bottom,
 * grey lines for the order, blue ones for what is told and given.
 */
#include <string.h>

#include "compiler/graph/view_draw.h"
#include "compiler/graph/view_layout.h"

enum {
  ENVELOPE_WIDTH = 22,
  ENVELOPE_HEIGHT = 15,
  BADGE_RADIUS = 11,
  SIDE = 10,         /* from a box to a line that passes it */
  TITLE_COLUMN = 13, /* pixels that a character needs at most, bold 20 px */
  FACTS_COLUMN = 7,
  ROLE_COLUMN = 9,
  NAME_COLUMN = 7,
  FOLLOWERS_MAX = 64 /* steps behind a message among which the told one is looked for */
};

struct drawing {
  struct canvas canvas;
  const struct layout *layout;
  const struct graph *graph;
};

static void draw_head(struct drawing *d)
{
  const struct graph *graph = d->graph;
  struct arena *arena = d->layout->arena;
  struct text title = graph->title.length != 0 ? graph->title : graph->name;
  draw_text(&d->canvas, "title", 28, 36,
            view_fit(arena, title, (uint32_t)(d->layout->width - 56) / TITLE_COLUMN));
  struct buffer facts = {0};
  buffer_format(&facts, "%.*s  \xc2\xb7  policy %.*s", TEXT_ARG(graph->name),
                TEXT_ARG(graph->policy));
  const struct graph_value *window =
      graph_setting_value(graph, graph->plan_resource, KEY_DURING, 0);
  if (window != NULL)
    buffer_format(&facts, "  \xc2\xb7  window %.*s",
                  TEXT_ARG(graph->resources[window->resource].name));
  if (graph->change.length != 0)
    buffer_format(&facts, "  \xc2\xb7  change %.*s", TEXT_ARG(graph->change));
  buffer_format(&facts, "  \xc2\xb7  %u steps", graph->action_count);
  draw_text(&d->canvas, "facts", 28, 57,
            view_fit(arena, buffer_text(&facts), (uint32_t)(d->layout->width - 56) / FACTS_COLUMN));
  buffer_free(&facts);
}

static void draw_lanes(struct drawing *d)
{
  for (uint32_t i = 0; i < d->layout->lane_count; i++) {
    const struct lane *lane = &d->layout->lanes[i];
    const struct resource *role = &d->graph->resources[lane->role];
    int bottom = d->layout->height - 56;
    draw_rectangle(&d->canvas, "lane", lane->x, LANE_HEAD_TOP, lane->width, bottom - LANE_HEAD_TOP,
                   8);
    draw_rectangle(&d->canvas, "head", lane->x, LANE_HEAD_TOP, lane->width, 44, 8);
    draw_text(
        &d->canvas, "role", lane->x + 16, LANE_HEAD_TOP + 20,
        view_fit(d->layout->arena, view_title(role), (uint32_t)(lane->width - 32) / ROLE_COLUMN));
    if (role->title.length != 0)
      draw_text(&d->canvas, "name", lane->x + 16, LANE_HEAD_TOP + 36,
                view_fit(d->layout->arena, role->name, (uint32_t)(lane->width - 32) / NAME_COLUMN));
  }
}

static const char *badge_class(const struct step *step)
{
  if (step->effect == EFFECT_MESSAGE || step->effect == EFFECT_DELIVER)
    return "message";
  if (step->effect == EFFECT_LOOK)
    return "look";
  return step->enters ? "enter" : "act";
}

static void draw_step(struct drawing *d, uint32_t index)
{
  const struct step *step = &d->graph->steps[index];
  const struct box *box = &d->layout->boxes[index];
  draw_begin(&d->canvas, "g", NULL);
  draw_begin(&d->canvas, "title", NULL);
  draw_characters(&d->canvas, step->sentence);
  draw_end(&d->canvas);
  draw_rectangle(&d->canvas, step->guard != INDEX_NONE ? "box maybe" : "box", box->x, box->y,
                 BOX_WIDTH, box->height, 7);
  draw_circle(&d->canvas, badge_class(step), box->x + 3, box->y + 3, BADGE_RADIUS);
  draw_text(&d->canvas, "number", box->x + 3, box->y + 7,
            text_format(d->layout->arena, "%u", step->number));
  int y = box->y + 20;
  if (box->prefix.length != 0) {
    draw_text(&d->canvas, "name", box->x + 18, y, box->prefix);
    y += LINE_HEIGHT;
  }
  draw_text(&d->canvas, "id", box->x + (box->prefix.length != 0 ? 12 : 18), y, box->name);
  for (uint32_t i = 0; i < box->line_count; i++)
    draw_text(&d->canvas, box->lines[i].is_condition ? "when" : "says", box->x + 12,
              y += LINE_HEIGHT, box->lines[i].text);
  draw_end(&d->canvas);
}

/* Lines of messages of one row that stand side by side keep a little apart. */
static int message_y(const struct box *box)
{
  return box->y + box->height / 2 + 4 * ((int)box->column - LANE_COLUMNS_MAX / 2) + 2;
}

/* Where a told lane keeps the letter: in the row of the box, above the step that goes on with it,
 * else in the lane's first column; false where a box fills that place. */
static bool find_letter(const struct layout *l, uint32_t from, uint32_t lane_index, int *ret_x,
                        int *ret_y)
{
  const struct box *box = &l->boxes[from];
  uint32_t column = INDEX_NONE;
  for (uint32_t i = from + 1; i < l->graph->step_count && i <= from + FOLLOWERS_MAX; i++) {
    const struct box *other = &l->boxes[i];
    if (l->graph->steps[i].kind == STEP_ACTION && other->lane == lane_index &&
        other->track == box->track && column == INDEX_NONE)
      column = other->column;
  }
  if (column == INDEX_NONE)
    column = 0;
  if (layout_is_taken(l, box->row, lane_index, column))
    return false;
  *ret_x = lane_column_x(&l->lanes[lane_index], column) + BOX_WIDTH / 2;
  *ret_y = message_y(box);
  return true;
}

static void draw_letter(struct drawing *d, int x, int y)
{
  int left = x - ENVELOPE_WIDTH / 2, top = y - ENVELOPE_HEIGHT / 2;
  draw_rectangle(&d->canvas, "letter", left, top, ENVELOPE_WIDTH, ENVELOPE_HEIGHT, 2);
  draw_path(&d->canvas, "told", NULL,
            text_format(d->layout->arena, "M%d %dL%d %dL%d %d", left, top + 1, x, top + 9,
                        left + ENVELOPE_WIDTH, top + 1)
                .at);
}

/* The line to everybody who is told, or (letters) what arrives there. */
static void draw_message(struct drawing *d, uint32_t index, bool letters)
{
  const struct step *step = &d->graph->steps[index];
  const struct box *box = &d->layout->boxes[index];
  for (uint32_t lane = 0; lane < d->layout->lane_count; lane++) {
    if (lane == box->lane || !view_reaches(d->graph, step, d->layout->lanes[lane].role))
      continue;
    const struct lane *to = &d->layout->lanes[lane];
    bool right = to->x > box->x;
    int x = 0, y = message_y(box), from = right ? box->x + BOX_WIDTH : box->x;
    bool free_place = find_letter(d->layout, index, lane, &x, &y);
    int target = free_place ? x + (right ? -1 : 1) * (ENVELOPE_WIDTH / 2 + 2)
                 : right    ? to->x + 4
                            : to->x + to->width - 4;
    if (letters && free_place)
      draw_letter(d, x, y);
    if (!letters)
      draw_path(&d->canvas, "told telling", "url(#letter)",
                text_format(d->layout->arena, "M%d %dH%d", from, y, target).at);
  }
}

/* From (x, y) down to the box: into its top, or, where another box of its rank stands above it,
 * past that one and into its side. */
static void draw_down(struct drawing *d, const char *class, const char *marker, int x, int y,
                      const struct box *to)
{
  int turn = to->rank_top - GAP_ENTRY;
  const char *way =
      to->is_first_row
          ? text_format(d->layout->arena, "M%d %dV%dH%dV%d", x, y, turn, box_center(to), to->y - 1)
                .at
          : text_format(d->layout->arena, "M%d %dV%dH%dV%dH%d", x, y, turn, to->x - SIDE,
                        to->y + to->height / 2, to->x - 1)
                .at;
  draw_path(&d->canvas, class, marker, way);
}

/* From the letter straight on, where the next step is done by the one who was told. */
static bool draw_told(struct drawing *d, uint32_t before, uint32_t after)
{
  const struct step *message = &d->graph->steps[before];
  const struct box *to = &d->layout->boxes[after];
  int x, y;
  if (d->graph->steps[after].kind == STEP_JOIN || message->kind == STEP_JOIN ||
      d->layout->boxes[before].lane == to->lane ||
      !view_reaches(d->graph, message, d->graph->steps[after].role) ||
      !find_letter(d->layout, before, to->lane, &x, &y))
    return false;
  draw_down(d, "told", "url(#letter)", x, y + ENVELOPE_HEIGHT / 2, to);
  return true;
}

static void draw_edge(struct drawing *d, uint32_t before, uint32_t after)
{
  const struct box *from = &d->layout->boxes[before], *to = &d->layout->boxes[after];
  struct arena *arena = d->layout->arena;
  if (draw_told(d, before, after))
    return;
  int x = box_center(from), y = from->y + from->height;
  if (d->graph->steps[after].kind == STEP_ACTION) {
    draw_down(d, "order", "url(#arrow)", x, y, to);
    return;
  }
  const char *way =
      from->is_last_row
          ? text_format(arena, "M%d %dV%dH%d", x, y, to->y, box_center(to)).at
          : text_format(arena, "M%d %dH%dV%dH%d", from->x + BOX_WIDTH, from->y + from->height / 2,
                        from->x + BOX_WIDTH + SIDE, to->y, box_center(to))
                .at;
  draw_path(&d->canvas, "order", NULL, way);
}

/* The end of a block that nobody waits for needs no sign. */
static bool *find_waited_for(const struct drawing *d)
{
  bool *waited_for = arena_array(d->layout->arena, d->graph->step_count, sizeof *waited_for);
  for (uint32_t i = 0; i < d->graph->step_count; i++)
    for (uint32_t j = 0; j < d->graph->steps[i].waits_for.count; j++)
      waited_for[d->graph->indices[d->graph->steps[i].waits_for.first + j]] = true;
  return waited_for;
}

static void draw_edges(struct drawing *d)
{
  const bool *waited_for = find_waited_for(d);
  for (uint32_t i = 0; i < d->graph->step_count; i++) {
    const struct step *step = &d->graph->steps[i];
    bool is_end = step->kind == STEP_JOIN && !waited_for[i];
    for (uint32_t j = 0; j < step->waits_for.count && !is_end; j++)
      draw_edge(d, d->graph->indices[step->waits_for.first + j], i);
  }
  for (uint32_t i = 0; i < d->graph->step_count; i++)
    if (d->graph->steps[i].kind == STEP_ACTION)
      draw_message(d, i, false);
    else if (waited_for[i])
      draw_circle(&d->canvas, "join", box_center(&d->layout->boxes[i]), d->layout->boxes[i].y, 4);
  for (uint32_t i = 0; i < d->graph->step_count; i++)
    if (d->graph->steps[i].kind == STEP_ACTION)
      draw_message(d, i, true);
}

static void draw_legend(struct drawing *d)
{
  static const struct {
    const char *class;
    const char *says;
    int width;
  } entries[] = {{"enter", "changes what a connection presents or accepts", 296},
                 {"look", "looks", 74},
                 {"message", "tells or gives", 122},
                 {"act", "all else", 84}};
  int x = 36, y = d->layout->height - 24;
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
    draw_circle(&d->canvas, entries[i].class, x, y, 6);
    draw_text(&d->canvas, "name", x + 12, y + 4, text_of(entries[i].says));
    x += entries[i].width;
  }
  draw_text(&d->canvas, "name", x, y + 4, TEXT("dashed box: only when its condition holds"));
}

void view_svg(const struct graph *graph, struct buffer *ret_bytes)
{
  struct arena *arena = arena_new("view", 0);
  struct drawing d = {.layout = view_layout(arena, graph), .graph = graph};
  draw_start(&d.canvas, arena, d.layout->width, d.layout->height,
             graph->title.length != 0 ? graph->title : graph->name);
  draw_head(&d);
  draw_lanes(&d);
  draw_edges(&d);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION)
      draw_step(&d, i);
  draw_legend(&d);
  draw_finish(&d.canvas, ret_bytes);
  arena_free(arena);
}
