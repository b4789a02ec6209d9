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
  LEGEND_HEIGHT = 64,
  WIDTH_LEAST = 900 /* the legend's */
};

int box_center(const struct box *box)
{
  return box->x + BOX_WIDTH / 2;
}

static bool *cell(const struct layout *l, uint32_t row, uint32_t lane, uint32_t column)
{
  return &l->taken[((size_t)row * l->lane_count + lane) * LANE_COLUMNS_MAX + column];
}

bool layout_is_taken(const struct layout *layout, uint32_t row, uint32_t lane, uint32_t column)
{
  return *cell(layout, row, lane, column);
}

int lane_column_x(const struct lane *lane, uint32_t column)
{
  return lane->x + LANE_PADDING + (int)column * (BOX_WIDTH + COLUMN_GAP);
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
  uint32_t *free_from; /* by track: the rank from which on it is free again */
  bool *continued;     /* by step: somebody stands on its track below it */
};

/* Steps come in text order, not in the order of their ranks: what is written later may stand beside
 * what was done before. */
static uint32_t take_track(struct tracks *tracks, uint32_t rank)
{
  uint32_t track = 0;
  while (tracks->busy[track] || tracks->free_from[track] > rank)
    track++;
  tracks->busy[track] = true;
  return track;
}

static void give_track(struct tracks *tracks, uint32_t track, uint32_t rank)
{
  tracks->busy[track] = false;
  tracks->free_from[track] = rank + 1;
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
      give_track(tracks, track, box->rank);
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
    box->track = take_track(tracks, box->rank);
}

static void find_tracks(struct layout *l)
{
  const struct graph *graph = l->graph;
  struct tracks tracks = {
      .busy = arena_array(l->arena, (size_t)graph->step_count + 1, sizeof(bool)),
      .free_from = arena_array(l->arena, (size_t)graph->step_count + 1, sizeof(uint32_t)),
      .continued = arena_array(l->arena, graph->step_count, sizeof(bool))};
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_JOIN)
      place_join(l, &tracks, i);
    else
      place_action(l, &tracks, i);
}

/* A track's stay in one lane. */
struct stay {
  uint32_t track;
  uint32_t first_rank, last_rank;
  uint32_t column;
};

static int compare_stays(const void *a, const void *b)
{
  const struct stay *left = a, *right = b;
  return (left->track > right->track) - (left->track < right->track);
}

/* Sorted by track, one a track, over all ranks between its first and last step in the lane. */
static uint32_t find_stays(const struct layout *l, uint32_t lane, struct stay *stays)
{
  uint32_t count = 0, kept = 0;
  for (uint32_t i = 0; i < l->graph->step_count; i++) {
    const struct box *box = &l->boxes[i];
    if (l->graph->steps[i].kind == STEP_ACTION && box->lane == lane)
      stays[count++] = (struct stay){box->track, box->rank, box->rank, 0};
  }
  qsort(stays, count, sizeof *stays, compare_stays);
  for (uint32_t i = 0; i < count; i++) {
    if (i == 0 || stays[i].track != stays[kept - 1].track) {
      stays[kept++] = stays[i];
      continue;
    }
    struct stay *stay = &stays[kept - 1];
    stay->first_rank =
        stays[i].first_rank < stay->first_rank ? stays[i].first_rank : stay->first_rank;
    stay->last_rank = stays[i].last_rank > stay->last_rank ? stays[i].last_rank : stay->last_rank;
  }
  return kept;
}

/* The first column that is free over the whole stay; where none is, they take turns (find_rows then
 * puts them below each other). */
static uint32_t find_column(const struct stay *stay, uint32_t index, bool **used)
{
  for (uint32_t column = 0; column < LANE_COLUMNS_MAX; column++) {
    bool free_column = true;
    for (uint32_t rank = stay->first_rank; rank <= stay->last_rank; rank++)
      free_column = free_column && !used[column][rank];
    if (free_column)
      return column;
  }
  return index % LANE_COLUMNS_MAX;
}

/* Each track that comes through a lane has a column of it. */
static void find_columns(struct layout *l)
{
  const struct graph *graph = l->graph;
  struct stay *stays = arena_array(l->arena, graph->step_count, sizeof *stays);
  bool *used[LANE_COLUMNS_MAX];
  for (uint32_t i = 0; i < LANE_COLUMNS_MAX; i++)
    used[i] = arena_array(l->arena, graph->step_count, sizeof(bool));
  for (uint32_t lane = 0; lane < l->lane_count; lane++) {
    uint32_t count = find_stays(l, lane, stays);
    l->lanes[lane].column_count = 1;
    for (uint32_t i = 0; i < LANE_COLUMNS_MAX; i++)
      memset(used[i], 0, graph->step_count);
    for (uint32_t i = 0; i < count; i++) {
      stays[i].column = find_column(&stays[i], i, used);
      memset(used[stays[i].column] + stays[i].first_rank, true,
             stays[i].last_rank - stays[i].first_rank + 1);
      if (stays[i].column + 1 > l->lanes[lane].column_count)
        l->lanes[lane].column_count = stays[i].column + 1;
    }
    for (uint32_t i = 0; i < graph->step_count; i++) {
      struct box *box = &l->boxes[i];
      if (graph->steps[i].kind != STEP_ACTION || box->lane != lane)
        continue;
      const struct stay *stay =
          bsearch(&(struct stay){.track = box->track}, stays, count, sizeof *stays, compare_stays);
      box->column = stay->column;
    }
  }
}

/* Bytes of the text that fit a line: whole words, or as much of the first one as there is room for. */
static size_t line_bytes(struct text text)
{
  size_t fits = 0, whole = 0;
  while (fits < text.length) {
    size_t next = fits + 1;
    while (next < text.length && ((unsigned char)text.at[next] & 0xC0) == 0x80)
      next++;
    if (text_width((struct text){text.at, next}) > BOX_COLUMNS)
      return whole != 0 ? whole : fits;
    fits = next;
    if (fits == text.length || text.at[fits] == ' ')
      whole = fits;
  }
  return fits;
}

/* Lines of at most BOX_COLUMNS; what does not fit into `most` of them ends with an ellipsis. */
static void wrap(struct layout *l, struct box *box, struct text text, bool is_condition,
                 uint32_t most)
{
  for (uint32_t made = 1; text.length != 0 && made <= most && box->line_count < BOX_LINES_MAX;
       made++) {
    bool is_last = made == most || box->line_count + 1 == BOX_LINES_MAX;
    size_t fits = line_bytes(text);
    struct text line = {text.at, fits};
    if (is_last && fits < text.length)
      line = view_fit(l->arena, text, BOX_COLUMNS);
    text = (struct text){text.at + fits, text.length - fits};
    while (text.length != 0 && text.at[0] == ' ')
      text = (struct text){text.at + 1, text.length - 1};
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
  const char *slash = memrchr(step->id.at, '/', step->id.length);
  size_t length = slash == NULL ? 0 : (size_t)(slash - step->id.at) + 1;
  /* Of what is around it the inner end says most. */
  box->prefix = view_fit_end(l->arena, (struct text){step->id.at, length}, BOX_COLUMNS - 4);
  box->name =
      view_fit(l->arena, (struct text){step->id.at + length, step->id.length - length}, ID_COLUMNS);
  wrap(l, box, says, false, 4);
  if (step->guard != INDEX_NONE) {
    struct buffer out = {0};
    buffer_add_zero(&out, "when ");
    view_guard(l->graph, step->guard, &out);
    wrap(l, box, text_copy(l->arena, buffer_text(&out)), true, 3);
    buffer_free(&out);
  }
  int lines = 1 + (int)box->line_count + (box->prefix.length != 0);
  box->height = 2 * BOX_PADDING + lines * LINE_HEIGHT;
}

/* Boxes of one rank that share lane and column stand below each other, in rows of that rank.
 * Returns the first row of each rank, and one more. */
static uint32_t *find_rows(struct layout *l, uint32_t *ret_rank_count)
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
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct box *box = &l->boxes[i];
    bool join = graph->steps[i].kind == STEP_JOIN;
    box->row = join ? rows[box->rank + 1] - 1 : rows[box->rank] + box->row;
    box->is_first_row = box->row == rows[box->rank];
    box->is_last_row = box->row + 1 == rows[box->rank + 1];
  }
  *ret_rank_count = rank_count;
  return rows;
}

static void find_heights(struct layout *l)
{
  const struct graph *graph = l->graph;
  uint32_t rank_count;
  const uint32_t *rows = find_rows(l, &rank_count);
  uint32_t row_count = rows[rank_count];
  int *heights = arena_array(l->arena, row_count, sizeof *heights);
  int *tops = arena_array(l->arena, (size_t)row_count + 1, sizeof *tops);
  l->taken = arena_array(l->arena, (size_t)row_count * l->lane_count, LANE_COLUMNS_MAX);
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct box *box = &l->boxes[i];
    if (box->height > heights[box->row])
      heights[box->row] = box->height;
    if (graph->steps[i].kind == STEP_ACTION)
      *cell(l, box->row, box->lane, box->column) = true;
  }
  tops[0] = HEADER_HEIGHT + GAP_ENTRY;
  for (uint32_t i = 0; i < row_count; i++)
    tops[i + 1] = tops[i] + heights[i] + ROW_GAP;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    struct box *box = &l->boxes[i];
    bool join = graph->steps[i].kind == STEP_JOIN;
    box->y = tops[box->row] + (join ? heights[box->row] + GAP_JOIN : 0);
    box->rank_top = tops[rows[box->rank]];
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
  if (l->width < WIDTH_LEAST)
    l->width = WIDTH_LEAST;
  for (uint32_t i = 0; i < l->graph->step_count; i++) {
    struct box *box = &l->boxes[i];
    if (l->graph->steps[i].kind == STEP_ACTION)
      box->x = lane_column_x(&l->lanes[box->lane], box->column);
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
  find_heights(l);
  return l;
}
