/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_layout: where everything of a picture stands: a lane a role, side by side; time runs down.
 *
 * (1) A step stands below all that it waits for. Steps that wait for the same stand side by side,
 *     on tracks of their own, until the block ends; so a line straight down from a box crosses no
 *     other.
 * (2) All measures are pixels; a text's width is estimated, generously.
 */
#ifndef RENEW_GRAPH_VIEW_LAYOUT_H
#define RENEW_GRAPH_VIEW_LAYOUT_H

#include "compiler/graph/view_int.h"

enum {
  BOX_WIDTH = 226,
  BOX_LINES_MAX = 6,
  BOX_COLUMNS = 34, /* characters of a line in a box */
  ID_COLUMNS = 25,  /* the same, bold */
  LINE_HEIGHT = 15,
  HEADER_HEIGHT = 128, /* above the boxes: title and lane heads */
  LANE_HEAD_TOP = 72,
  LANE_COLUMNS_MAX = 8,
  GAP_JOIN = 15, /* below a row: where the ends of blocks lie */
  GAP_ENTRY = 16 /* above a row: where lines turn towards their box */
};

struct lane {
  uint32_t role;
  int x, width;
  uint32_t column_count;
};

struct box_line {
  struct text text;
  bool is_condition; /* "when ..." */
};

struct box { /* of a step; a join has no lines and no height */
  int x, y, height;
  uint32_t lane, column, track, rank, row;
  bool is_first_row, is_last_row; /* of its rank */
  int rank_top;                   /* where the first row of its rank begins */
  struct text prefix, name;       /* the identity, in two lines where it is nested */
  struct box_line lines[BOX_LINES_MAX];
  uint32_t line_count;
};

struct layout {
  const struct graph *graph;
  struct arena *arena;
  struct lane *lanes;
  uint32_t lane_count;
  uint32_t *lane_of_role; /* by resource; INDEX_NONE */
  struct box *boxes;      /* by step */
  bool *taken;            /* by row, lane and column */
  int width, height;
};

struct layout *view_layout(struct arena *arena, const struct graph *graph);
bool layout_is_taken(const struct layout *layout, uint32_t row, uint32_t lane, uint32_t column);
int box_center(const struct box *box);
int lane_column_x(const struct lane *lane, uint32_t column);

#endif
