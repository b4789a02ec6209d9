/* SPDX-License-Identifier: Apache-2.0 */
/* view_layout: see view_layout.h. */
#include "compiler/graph/view_layout.h"

#include <stdlib.h>
#include <string.h>

enum {
  MARGIN = 28,
  LANE_GAP = 14,
  LANE_PADDING = 26,
  COLUMN_GAP = 26,
  BOX_PADDING = 9,
  ROW_GAP = GAP_JOIN + GAP_ENTRY + 13,
  LEGEND_HEIGHT = 64
};

int box_center(const struct box *box)
{
  return box->x + BOX_WIDTH / 2;
}

/* Roles that act, and those that are only told something. */
static void find_lanes(struct layout *l)
{
  const struct graph *graph = l->graph;
  struct numbers roles = view_roles(l->arena, graph);
  l->lanes = arena_array(l->arena, graph->resource_count, sizeof *l->lanes);
  l->lane_of_role = arena_array(l->arena, graph->resource_count, sizeof *l->lane_of_role);
  memset(l->lane_of_role, 0xff, graph->resource_count * sizeof *l->lane_of_role);
  for (uint32_t i = 0; i < roles.count; i++) {
    l->lane_of_role[roles.items[i]] = l->lane_count;
    l->lanes[l->lane_count++].role = roles.items[i];
  }
  for (uint32_t i = 0; i < graph->step_count; i++)
    for (uint32_t j = 0; j < graph->steps[i].arguments.count; j++) {
      const struct argument *argument = &graph->arguments[graph->steps[i].arguments.first + j];
      bool told = argument->kind == ARGUMENT_RESOURCE &&
                  graph->resources[argument->resource].kind == KIND_ROLE;
      if (!told || l->lane_of_role[argument->resource] != INDEX_NONE)
        continue;
      l->lane_of_role[argument->resource] = l->lane_count;
      l->lanes[l->lane_count++].role = argument->resource;
    }
}

struct tracks {
  bool *busy;
  bool *continued; /* by step: somebody stands on its track below it */
  uint32_t lowest_free;
};

static uint32_t take_track(struct tracks *tracks)
{
  while (tracks->busy[tracks->lowest_free])
    tracks->lowest_free++;
  tracks->busy[tracks->lowest_free] = true;
  return tracks->lowest_free;
}

static void give_track(struct tracks *tracks, uint32_t track)
{
  tracks->busy[track] = false;
  if (track < tracks->lowest_free)
    tracks->lowest_free = track;
}

/* A join goes on where its leftmost branch ended, and frees the others. */
static void place_join(struct layout *l, struct tracks *tracks, uint32_t index)
{
  const struct step *step = &l->graph->steps[index];
  struct box *box = &l->boxes[index];
  box->track = INDEX_NONE;
  for (uint32_t i = 0; i < step->waits_for.count; i++) {
    uint32_t before = l->graph->indices[step->waits_for.first + i];
    const struct box *other = &l->boxes[before];
    if (other->rank > box->rank)
      box->rank = other->rank;
    if (other->track < box->track) {
      box->track = other->track;
      box->lane = other->lane;
    }
    tracks->continued[before] = true;
  }
  for (uint32_t i = 0; i < step->waits_for.count; i++) {
    uint32_t track = l->boxes[l->graph->indices[step->waits_for.first + i]].track;
    if (track != box->track)
      give_track(tracks, track);
  }
}

static void place_action(struct layout *l, struct tracks *tracks, uint32_t index)
{
  const struct step *step = &l->graph->steps[index];
  struct box *box = &l->boxes[index];
  box->lane = l->lane_of_role[step->role];
  box->track = INDEX_NONE;
  for (uint32_t i = 0; i < step->waits_for.count; i++) {
    uint32_t before = l->graph->indices[step->waits_for.first + i];
    if (l->boxes[before].rank + 1 > box->rank)
      box->rank = l->boxes[before].rank + 1;
    if (box->track == INDEX_NONE && !tracks->continued[before]) {
      box->track = l->boxes[before].track;
      tracks->continued[before] = true;
    }
  }
  if (box->track == INDEX_NONE)
    box->track = take_track(tracks);
}

static void find_tracks(struct layout *l)
{
  const struct graph *graph = l->graph;
  struct tracks tracks = {
      .busy = arena_array(l->arena, (size_t)graph->step_count + 1, sizeof(bool)),
      .continued = arena_array(l->arena, graph->step_count, sizeof(bool))};
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_JOIN)
      place_join(l, &tracks, i);
    else
      place_action(l, &tracks, i);
}

static int compare_tracks(const void *a, const void *b)
{
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

/* Each lane has a column for each track that comes through it. */
static void find_columns(struct layout *l)
{
  const struct graph *graph = l->graph;
  uint32_t *all = arena_array(l->arena, graph->step_count, sizeof *all);
  for (uint32_t lane = 0; lane < l->lane_count; lane++) {
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < graph->step_count; i++)
      if (graph->steps[i].kind == STEP_ACTION && l->boxes[i].lane == lane)
        all[count++] = l->boxes[i].track;
    qsort(all, count, sizeof *all, compare_tracks);
    for (uint32_t i = 0; i < count; i++)
      if (i == 0 || all[i] != all[kept - 1])
        all[kept++] = all[i];
    l->lanes[lane].tracks = arena_array(l->arena, kept, sizeof *all);
    if (kept != 0)
      memcpy(l->lanes[lane].tracks, all, kept * sizeof *all);
    for (uint32_t i = 0; i < graph->step_count; i++) {
      struct box *box = &l->boxes[i];
      if (graph->steps[i].kind != STEP_ACTION || box->lane != lane)
        continue;
      const uint32_t *at = bsearch(&box->track, l->lanes[lane].tracks, kept, sizeof *all,
                                   compare_tracks);
      box->column = (uint32_t)(at - l->lanes[lane].tracks) % LANE_COLUMNS_MAX;
    }
    l->lanes[lane].column_count = kept == 0                  ? 1
                                  : kept > LANE_COLUMNS_MAX ? LANE_COLUMNS_MAX
                                                            : kept;
  }
}

/* Breaks the text at blanks into lines of at most BOX_COLUMNS. */
static void wrap(struct box *box, struct text text, bool is_condition, uint32_t most)
{
  for (uint32_t made = 0; text.length != 0 && made < most && box->line_count < BOX_LINES_MAX;
       made++) {
    size_t fits = 0, length = 0;
    while (length < text.length) {
      size_t next = length + 1;
      while (next < text.length && text.at[next] != ' ')
        next++;
      if (text_width((struct text){text.at, next}) > BOX_COLUMNS && fits != 0)
        break;
      fits = length = next;
    }
    struct text line = {text.at, fits};
    text.at += fits;
    text.length -= fits;
    while (text.length != 0 && text.at[0] == ' ') {
      text.at++;
      text.length--;
    }
    box->lines[box->line_count++] = (struct box_line){line, is_condition};
  }
}

/* The sentence without the role: the lane says that. */
static void fill_box(struct layout *l, uint32_t index)
{
  const struct step *step = &l->graph->steps[index];
  struct box *box = &l->boxes[index];
  struct text says = step->sentence;
  struct text role = l->graph->resources[step->role].name;
  bool starts = step->roles.count == 1 && says.length > role.length + 1 &&
                memcmp(says.at, role.at, role.length) == 0 && says.at[role.length] == ' ';
  if (starts)
    says = (struct text){says.at + role.length + 1, says.length - role.length - 1};
  wrap(box, says, false, 4);
  if (step->guard != INDEX_NONE) {
    struct buffer out = {0};
    buffer_add_zero(&out, "when ");
    view_guard(l->graph, step->guard, &out);
    wrap(box, text_copy(l->arena, buffer_text(&out)), true, 3);
    buffer_free(&out);
  }
  box->height = 2 * BOX_PADDING + (int)(1 + box->line_count) * LINE_HEIGHT;
}

/* Boxes of one rank that share lane and column stand below each other, in rows of that rank. */
static void find_rows(struct layout *l)
{
  const struct graph *graph = l->graph;
  uint32_t rank_count = 0;
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (l->boxes[i].rank + 1 > rank_count)
      rank_count = l->boxes[i].rank + 1;
  size_t cells = (size_t)l->lane_count * LANE_COLUMNS_MAX;
  uint32_t **used = arena_array(l->arena, rank_count, sizeof *used);
  uint32_t *rows = arena_array(l->arena, (size_t)rank_count + 1, sizeof *rows);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct box *box = &l->boxes[i];
    if (graph->steps[i].kind == STEP_JOIN)
      continue;
    if (used[box->rank] == NULL)
      used[box->rank] = arena_array(l->arena, cells, sizeof **used);
    box->row = used[box->rank][box->lane * LANE_COLUMNS_MAX + box->column]++;
    if (box->row + 1 > rows[box->rank + 1])
      rows[box->rank + 1] = box->row + 1;
  }
  for (uint32_t i = 0; i < rank_count; i++)
    rows[i + 1] += rows[i];
  uint32_t row_count = rows[rank_count];
  int *heights = arena_array(l->arena, row_count, sizeof *heights);
  int *tops = arena_array(l->arena, (size_t)row_count + 1, sizeof *tops);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct box *box = &l->boxes[i];
    box->row = graph->steps[i].kind == STEP_JOIN ? rows[box->rank + 1] - 1
                                                 : rows[box->rank] + box->row;
    if (box->height > heights[box->row])
      heights[box->row] = box->height;
  }
  tops[0] = HEADER_HEIGHT + GAP_ENTRY;
  for (uint32_t i = 0; i < row_count; i++)
    tops[i + 1] = tops[i] + heights[i] + ROW_GAP;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct box *box = &l->boxes[i];
    bool join = graph->steps[i].kind == STEP_JOIN;
    box->y = tops[box->row] + (join ? heights[box->row] + GAP_JOIN : 0);
  }
  l->height = tops[row_count] + LEGEND_HEIGHT;
}

static void find_places(struct layout *l)
{
  int x = MARGIN;
  for (uint32_t i = 0; i < l->lane_count; i++) {
    struct lane *lane = &l->lanes[i];
    lane->x = x;
    lane->width = 2 * LANE_PADDING + (int)lane->column_count * BOX_WIDTH +
                  (int)(lane->column_count - 1) * COLUMN_GAP;
    x += lane->width + LANE_GAP;
  }
  l->width = x - LANE_GAP + MARGIN;
  for (uint32_t i = 0; i < l->graph->step_count; i++) {
    struct box *box = &l->boxes[i];
    if (l->graph->steps[i].kind == STEP_ACTION)
      box->x = l->lanes[box->lane].x + LANE_PADDING +
               (int)box->column * (BOX_WIDTH + COLUMN_GAP);
  }
  for (uint32_t i = 0; i < l->graph->step_count; i++) {
    const struct step *step = &l->graph->steps[i];
    if (step->kind != STEP_JOIN)
      continue;
    for (uint32_t j = step->waits_for.count; j-- > 0;) {
      const struct box *before = &l->boxes[l->graph->indices[step->waits_for.first + j]];
      if (before->track == l->boxes[i].track)
        l->boxes[i].x = before->x;
    }
  }
}

struct layout *view_layout(struct arena *arena, const struct graph *graph)
{
  struct layout *l = ARENA_NEW(arena, struct layout);
  l->graph = graph;
  l->arena = arena;
  l->boxes = arena_array(arena, graph->step_count, sizeof *l->boxes);
  find_lanes(l);
  find_tracks(l);
  find_columns(l);
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION)
      fill_box(l, i);
  find_places(l);
  find_rows(l);
  return l;
}
